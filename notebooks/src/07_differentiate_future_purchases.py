# ---
# number: "07"
# title: Future purchases
# question: Who will buy again?
# minutes: 60
# seconds: 18
# needs: ["06"]
# data: CDNOW
# part: "II"
# picture: 3
# ---

# %% [markdown]
# # 07 · Future purchases
#
# **Question.** Who will buy again?
#
# **You will be able to**
# - compute by hand the chance that a silent customer is still a customer;
# - fit a model of repeat purchases and set it beside the printed numbers;
# - judge a forecast on weeks that it has not seen, beside luck and beside a simple rule;
# - decide who gets a catalogue, and say how many will come back.
#
# **You need** [lesson 06](06_differentiate_value_today.ipynb), and what a probability distribution is.
#
# **Time** 60 minutes to read, 35 for the exercises, 18 seconds to run.
#
# **Data** CDNOW, a seller of CDs, 1997 and 1998: the published sample of 1/10 of the customers who first bought in early 1997. Its card and
# licence stand in `datasets/README.md`. Exercise 4 uses Complete Journey.

# %%
import textwrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.dates import DateFormatter
from scipy import stats
from scipy.special import betaln, gammaln

from idic_lib import checks, data, differentiate, lifetime_value, plots
from idic_lib.errors import ConvergenceError, DataError

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# It is the evening of 30 September 1997. No customer of a shop signs off: whoever leaves just stops buying. Some of the silent ones
# are gone (churn, ریزش مشتری), others will be back next week, and both look the same in the file.
#
# We use 39 weeks to learn and hide the next 39, the *holdout*. The column `future` is the hidden part; no model reads it.

# %%
def watch(orders, end="1997-09-30", later="1998-06-30"):
    seen, whole = (differentiate.purchase_history(orders, end=day) for day in (end, later))
    return seen.assign(future=whole["frequency"] - seen["frequency"])


orders = data.load_cdnow()
history = watch(orders)
print(f"{len(history):,} customers; {(history['frequency'] > 0).sum()} bought again, {history['frequency'].sum():,} times")

# %% [markdown]
# ## Ten customers
#
# A *purchase* is a day with at least one order. The models keep three numbers of each customer. Here are those of customer 0001.

# %%
END, WEEKS = pd.Timestamp("1997-09-30"), 39
first, *repeats = orders.query("customer_id == '0001' and order_date <= @END")["order_date"]
last_day, today = (repeats[-1] - first).days, (END - first).days
print(f"first purchase {first:%d %B}, then {', '.join(f'{day:%d %B}' for day in repeats)}: x = {len(repeats)} repeats")
print(f"t_x = {last_day} days / 7 = {last_day / 7:.2f} weeks, T = {today} days / 7 = {today / 7:.2f} weeks")

# %% [markdown]
# $x$ counts the repeats (`frequency`), $T$ is the customer's age tonight. Here *recency* is $t_x$, the age **at** the
# last purchase, so large is good; in RFM it is the time **since** it, $T - t_x$, so small is good (lesson 06).
#
# **Guess before you go on.** Here are the first ten customers of the file. Which of them will buy in the next 39 weeks?

# %% alt="Purchases of ten CDNOW customers until 30 September 1997. Five bought once in January and never again; customer 0006 bought eight times, the last time in late July; customers 0001, 0007 and 0002 have been silent for weeks to months, customer 0009 bought in September."
ten = history.head(10)
shown = orders[orders["customer_id"].isin(ten.index) & (orders["order_date"] <= END)]
fig, ax = plt.subplots()
ax.hlines(ten.index, pd.Timestamp("1997-01-01"), END, color=plots.COLOURS["light"], linewidth=1)
ax.plot(shown["order_date"], shown["customer_id"], "o", color=plots.COLOURS["ours"], markersize=5)
ax.axvline(END, color=plots.COLOURS["luck"])
ax.set_xticks(pd.date_range("1997-01-01", END, freq="2MS"))
ax.xaxis.set_major_formatter(DateFormatter("%b"))
ax.invert_yaxis()
ax.set(xlabel="1997 (each dot a purchase; the line is tonight)", ylabel="customer")
ax.set_title("Who is gone, and who is only silent?")
plt.show()

# %% [markdown]
# ## By hand: a coin and a clock
#
# Think of each customer as owning two things. The **clock** rings at random, on average λ times a week, and each ring is a purchase. The
# **coin** is thrown after each repeat purchase: with chance *p* it says "leave", and the customer never buys again. Models of this
# family are called *buy till you die*.
#
# Take a pencil. A customer's clock rings every tenth week ($\lambda = 0.1$), the coin says "leave" with $p = 0.2$. After the last purchase came 20 weeks of
# silence. Two stories fit: the coin said "leave", and silence is certain; or it said "stay", and the clock did not ring for 20
# weeks, which has the chance $e^{-0.1 \cdot 20}$. Which story is the likelier?

# %%
left, stayed = 0.2 * 1, 0.8 * np.exp(-0.1 * 20)
print(f"left and silent {left:.3f}, stayed and silent {stayed:.3f}; still a customer {stayed / (left + stayed):.0%}")

# %% [markdown]
# That is the whole idea of the *probability alive* (احتمال فعال بودن). The odds of "gone" are
# $\frac{p}{1-p}\,e^{\lambda (T - t_x)}$. In life we see neither coin nor clock. The **BG/NBD** model (beta-geometric/negative binomial
# distribution) lets both differ between customers: rates follow a gamma distribution with *r*, *α* (mean $r/\alpha$), coins a beta distribution with
# *a*, *b* (mean $a/(a+b)$). Averaged over all coins and clocks that fit a customer's past, the odds become
#
# $$\frac{a}{b + x - 1}\left(\frac{\alpha + T}{\alpha + t_x}\right)^{r + x}\quad (x > 0),$$
#
# and the chance that a living customer's clock rings within *t* weeks is $1 - \left(\frac{\alpha + T}{\alpha + T + t}\right)^{r + x}$.
# With the four numbers that Fader, Hardie and Lee printed (2005), ten customers take minutes. The last column is what happened: how did your guess do?

# %%
printed = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}


def alive_and_back(h, t, *, r, alpha, a, b):
    x, age = h["frequency"], h["T"]
    gone = a / (b + np.maximum(x, 1) - 1) * ((alpha + age) / (alpha + h["recency"])) ** (r + x)
    alive = 1 / (1 + gone.where(x > 0, 0))
    return pd.DataFrame({"alive": alive, "back": alive * (1 - ((alpha + age) / (alpha + age + t)) ** (r + x))})


paper = lifetime_value.BetaGeoModel.from_params(**printed)
table = ten[["frequency", "recency", "T"]].join(alive_and_back(ten, WEEKS, **printed))
table["alive (idic_lib)"] = paper.expected_probability_alive(ten)
table["purchases"] = paper.expected_purchases(ten, future_t=WEEKS)
print(f"customer 0001: {table.loc['0001', 'purchases']:.3f} purchases")
table.assign(happened=ten["future"]).round(2)

# %% [markdown]
# Library and pencil agree. Three of the four who came had a chance `back` above one half; 0008 is the surprise. `purchases` is the expected number in the next 39 weeks; for customer 0001 it comes to 1.226,
# the number that the authors' own spreadsheet shows, as we remember it.
#
# The customers without a repeat are alive with probability 1. Odd? The coin of BG/NBD is only thrown after a *repeat* purchase, so who never repeats cannot leave, and counts as alive and slow.
#
# Where do the four numbers come from? Each set of parameters gives every past a probability. The *log-likelihood* adds up their logarithms, and the best set has the highest sum:

# %%
def log_likelihood(h, *, r, alpha, a, b):
    x, stays = h["frequency"], (alpha + h["T"]) ** -(r + h["frequency"])
    leaves = a / (b + np.maximum(x, 1) - 1) * (alpha + h["recency"]) ** -(r + x) * (x > 0)
    both = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b)
    return (both + np.log(stays + leaves)).sum()


pd.Series({f"alpha = {alpha}": log_likelihood(history, **printed | {"alpha": alpha}) for alpha in [4, 4.414, 5]}).round(1)

# %% [markdown]
# ## All customers, beside the printed numbers
#
# `fit` searches for it. Beside BG/NBD stand its elder, **Pareto/NBD** (one may leave at any moment, also before the first repeat), and
# **NBD**, in which nobody ever leaves.

# %%
bgnbd, pareto = lifetime_value.BetaGeoModel().fit(history), lifetime_value.ParetoNBDModel().fit(history)
models = {"BG/NBD": bgnbd, "Pareto/NBD": pareto, "NBD": lifetime_value.NBDModel().fit(history)}
ours = pd.concat({name: pd.Series({**m.params_, "log-likelihood": m.log_likelihood_}) for name, m in models.items()})
errors = pd.concat({name: m.standard_errors_ for name, m in models.items()}).reindex(ours.index)
journals = [0.243, 4.414, 0.793, 2.426, -9582.4, 0.553, 10.578, 0.606, 11.669, -9595.0, 0.385, 12.072, -9763.7]
table = pd.DataFrame({"printed": journals, "ours": ours, "standard error": errors})
table.map(lambda v: f"{v:,.1f}" if v < 0 else f"{v:.3f}").replace("nan", "")

# %% [markdown]
# BG/NBD and Pareto/NBD agree with print (as the tests of the open package `lifetimes` quote it); NBD's printed values we give from memory. The likelihood of NBD is far
# below: without leaving, the story does not fit. *a* and *b* have large standard errors;
# the mean coin $a/(a+b)$ is better known, as new samples will show.
#
# How good is the fit? **Guess**: if all customers were *identical*, with one clock for all and no coin, how many would show no repeat at all?

# %% alt="Customers by number of repeat purchases in 39 weeks. BG/NBD follows the data closely from 0 to 7 and more. Identical customers would show far fewer with none and far more with one or two."
counts = bgnbd.expected_repeat_frequencies(history, max_x=7).rename(columns={"expected": "BG/NBD"})
rate = history["frequency"].sum() / history["T"].sum()
identical = stats.poisson.pmf(np.arange(7)[:, None], rate * history["T"].to_numpy()).sum(axis=1)
counts["identical"] = [*identical, len(history) - identical.sum()]
ax = plots.plot_repeat_frequencies(counts[["actual", "BG/NBD"]])
ax.plot(range(8), counts["identical"], **plots.LUCK, marker=".", label="identical customers")
ax.set(title="The model fits; identical customers would not", xlabel="repeat purchases in up to 39 weeks")
ax.legend()
print(counts.loc[["0", "1", "7+"]].round(0).astype(int))
plt.show()

# %% [markdown]
# The spread is not luck: customers do differ. But the model was *fitted* to this picture.
#
# ## The next 39 weeks
#
# Group the customers by their repeats so far. For each group: what happened in the hidden weeks, what did the models expect? The two lines marked "printed" come
# from the walkthrough of the R package BTYD. **Guess** for the whole shop: will the forecast be too high or too low?

# %%
expected = pd.DataFrame({name: m.expected_purchases(history, future_t=WEEKS) for name, m in models.items()})
before = history["frequency"].clip(upper=7).astype(str).replace("7", "7+")
means = pd.concat([history["future"].rename("actual"), expected], axis=1).groupby(before).mean()
means["actual, printed"] = [0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359]
means["BG/NBD, printed"] = [0.225, 0.523, 1.044, 1.520, 2.164, 2.654, 3.504, 6.157]
means.round(3).T

# %% alt="Mean purchases in 39 hidden weeks by number of earlier repeats. What happened rises from 0.24 for none to 6.4 for seven and more; BG/NBD and Pareto/NBD follow it, BG/NBD a little below throughout. Identical customers would show a flat line at 1.2."
ax = plots.plot_conditional_expectations(means[["actual", "BG/NBD", "Pareto/NBD"]], period="the next 39 weeks")
ax.axhline(rate * WEEKS, **plots.LUCK, label="identical customers")
ax.set_title("Who bought more, buys more; BG/NBD is a little low")
ax.set_xlabel("repeat purchases in the first 39 weeks")
ax.legend()
plt.show()

# %% [markdown]
# The order of the groups is right, and it is not luck: identical customers would give the flat line. NBD, in the table, is far too high. BG/NBD is low in every group; Pareto/NBD is mostly better for those who repeated and much too low for those who never did: there the odd "alive and slow" of BG/NBD was nearly right.
#
# ## The trap: four per cent or twelve?
#
# Two colleagues report the error of the *same* BG/NBD fit on the *same* data. Only one of them is helpful.

# %%
total = bgnbd.expected_total_purchases(history, offsets=[0, WEEKS])
bought, future, forecast = history["frequency"].sum(), history["future"].sum(), expected["BG/NBD"].sum()
sums = {"all 78 weeks": (total[WEEKS], bought + future), "seen ones": (total[0], bought), "hidden ones": (total[WEEKS] - total[0], future),
        "hidden ones, past used": (forecast, future)}
for weeks, (expects, happened) in sums.items():
    print(f"{weeks:>22}: {expects:,.0f} expected, {happened:,} happened: {expects / happened - 1:+.1%}")

# %% alt="Left: cumulative repeat purchases over 78 weeks; both models lie close to what happened. Right: the same counted from week 39 on; both models are clearly below at week 78, BG/NBD by 11 percent, Pareto/NBD by 7."
week = np.arange(0, 79)
days = orders.drop_duplicates(["customer_id", "order_date"]).sort_values("order_date")
repeat_days = days.loc[days.duplicated("customer_id"), "order_date"].to_numpy()
evenings = END + pd.to_timedelta(7 * (week - 39), "D")
path = pd.DataFrame({"actual": np.searchsorted(repeat_days, evenings, side="right")}, index=week)
for name in ["BG/NBD", "Pareto/NBD"]:
    path[name] = models[name].expected_total_purchases(history, offsets=week - 39).to_numpy()
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.2))
plots.plot_cumulative_purchases(path, calibration_end=39, ax=axes[0])
plots.plot_cumulative_purchases(path.loc[39:] - path.loc[39], calibration_end=39, ax=axes[1])
axes[0].set(title="Counted from week 0: close", ylabel="repeat purchases since week 0")
axes[1].set(title="Counted from week 39: low", ylabel="repeat purchases since week 39")
plt.show()

# %% [markdown]
# Why is the first number so small? More than half of its purchases had been *fitted*, so they could hardly be wrong; and a small excess there hid a part of
# the shortfall later. (The last line alone uses what each customer did
# since joining; that is the forecast we need.) The paper itself, as we remember it, speaks of about 4 % on the cumulative line, which is true and easy to misread. **Ask of any forecast: which share of this
# number had the model already seen?**
#
# ## The paradox of increasing frequency
#
# Two customers joined 39 weeks ago. Both bought last in week 20. One had made 10 repeats by then, the other 25. **Guess** who will buy more in the
# next 52 weeks.

# %% alt="Probability alive against weeks of silence for customers who are 39 weeks old. With 1 repeat it falls slowly, with 25 repeats it drops to almost nothing within ten weeks; the lines cross. With no repeat it stays at 1, by construction."
two = pd.DataFrame({"frequency": [10, 15, 20, 25], "recency": 20.0, "T": 39.0})
two["ours"] = bgnbd.expected_purchases(two, future_t=52).map("{:.3g}".format)
print(two.assign(printed=[".347", ".0428", ".0042", ".00036"]).to_string(index=False))
silence = np.arange(0, 31)
fig, ax = plt.subplots()
for x, colour in zip([0, 1, 4, 10, 25], ["luck", "light", "ours", "other", "truth"]):
    past = pd.DataFrame({"frequency": x, "recency": (39.0 - silence) * (x > 0), "T": 39.0})
    alive = bgnbd.expected_probability_alive(past)
    ax.plot(silence, alive, color=plots.COLOURS[colour], label=f"{x} repeats")
ax.set(xlabel="weeks since the last purchase", ylabel="probability alive", ylim=(0, 1.05))
ax.set_title("Silence says more about a frequent buyer")
ax.legend(loc="upper right", bbox_to_anchor=(1, 0.9))
plt.show()

# %% [markdown]
# The one with *fewer*. For a customer who came every few days, 19 weeks of silence can hardly be chance; so says the story. It is logical. Is it true? The hidden weeks can tell. Take all who repeated,
# and group them by their probability alive.

# %%
again = history[history["frequency"] > 0]
chance = alive_and_back(again, WEEKS, **bgnbd.params_)
report = pd.DataFrame({"customers": 1, "expected back": chance["back"], "came back": again["future"] > 0,
                       "expected purchases": expected["BG/NBD"][again.index], "purchases": again["future"]})
bins = pd.cut(chance["alive"].rename("probability alive"), [0, 0.1, 0.5, 0.9, 1]).astype(str)
report.groupby(bins).sum().round(0).astype(int)

# %% [markdown]
# The first row is the surprise. The model gives 37 customers up (less than 10 % alive), and expects two of them back. Sixteen came. They were asleep, not
# dead. And the "probably gone" (the first two rows) hold more than half of all the purchases that the forecast misses. A person is not a coin: people move, forget, find
# a new band, return. **"Probability alive" is the model's word. Never delete a customer because of it.**
#
# ## Does a simple rule do as well?
#
# Every manager has a rule. For totals: "as many as before", or "three times the last quarter". For a list of 500: "those with most purchases, the more recent first", or "the
# most recent". **Guess**: of 500 customers on the model's list, how many came back; and on the rules' lists?

# %%
def best_500(score):
    return score.sort_values(ascending=False, kind="stable").index[:500]


since = history["T"] - history["recency"]
lists = {"BG/NBD": best_500(expected["BG/NBD"]), "most purchases": best_500(history["frequency"] - since / 1000),
         "most recent": best_500(-since), "everybody": history.index}
later = orders[orders["order_date"] > END].groupby("customer_id")["amount"].sum()
three_months = bought - differentiate.purchase_history(orders, end="1997-07-01")["frequency"].sum()
print(f"as many as before: {bought / future - 1:+.0%}; three times the last quarter: {3 * three_months / future - 1:+.0%}")
kept = {name: [(history["future"][who] > 0).sum(), history["future"][who].sum(), later.reindex(who).sum()] for name, who in lists.items()}
pd.DataFrame(kept, index=["came back", "purchases", "dollars"]).astype(int)

# %% [markdown]
# A tie. To *rank* customers you do not need the model here, and for the total one rule misses as much upwards as the model downwards. What the model adds: a
# number for each customer and any horizon, a reason, and an error that can be measured.
#
# ## Other samples: was it bad luck?
#
# The standard errors claim to know what another sample would give. CDNOW's full file allows us to look: 21,213 customers are not in the published tenth (ids differ, so we tell them by their histories), just enough for nine new samples
# of the same size. **Guess**: in how many of the nine is BG/NBD too low?

# %%
def numbered(h):  # equal histories are told apart by a running number
    h = h.round(2)
    return pd.MultiIndex.from_frame(h.assign(copy=h.groupby(list(h.columns)).cumcount()))


everyone = watch(data.load_cdnow(sample=False))
others = everyone[~numbered(everyone).isin(numbered(history))]
hand = np.random.default_rng(0).permutation(len(others)) % 9
rows = {}
for name, sample in [("published", history), *others.groupby(hand)]:
    model = lifetime_value.BetaGeoModel().fit(sample)
    seen_too = model.expected_total_purchases(sample, offsets=[WEEKS])[WEEKS]
    rows[name] = model.params_.to_dict() | {
        "all 78 weeks": seen_too / (sample["frequency"] + sample["future"]).sum(),
        "hidden weeks": model.expected_purchases(sample, future_t=WEEKS).sum() / sample["future"].sum()}
    lost = model.expected_probability_alive(sample) < 0.1
    rows[name] |= {"given up": lost.sum(), "came back": (sample["future"][lost] > 0).sum()}
samples = pd.DataFrame(rows).T
coin = samples["a"] / (samples["a"] + samples["b"])
print(f"mean coin {coin.iloc[0]:.3f}; in the nine samples {coin[1:].min():.3f} to {coin[1:].max():.3f}")
print(f"{len(others):,} other customers; given up {samples['given up'][1:].sum():.0f}, of whom {samples['came back'][1:].sum():.0f} came back")
pd.DataFrame({"standard error": bgnbd.standard_errors_, "spread of nine samples": samples.iloc[1:, :4].std()}).round(3)

# %% [markdown]
# The standard errors were about right: the nine samples spread much as they had said. Nor were the sleepers an accident: more than a third of the "lost" came back here too. Now the forecasts. The grey band, for the hidden weeks, is another kind of luck: 40 shops simulated so that BG/NBD is *true*, each fitted and judged as ours.

# %% alt="Error of BG/NBD in ten samples of CDNOW's customers. On the hidden weeks it is too low in all ten, by 6 to 21 percent, in nine of them below the band from minus 10 to plus 13 percent that luck alone would give; on all 78 weeks the same fits look about half as bad."
world, returned = [], []
for seed in range(40):
    shop = bgnbd.simulate(history["T"], future_t=WEEKS, step=1 / 7, seed=seed)
    guess = lifetime_value.BetaGeoModel().fit(shop).expected_purchases(shop, future_t=WEEKS)
    world.append(100 * guess.sum() / shop["future"].sum() - 100)
    returned.append((shop["future"] > 0).sum())
band = np.quantile(world, [0.05, 0.95])
fig, ax = plt.subplots()
ax.axvspan(*band, color=plots.COLOURS["luck"], alpha=0.2, linewidth=0, label="luck, hidden weeks")
ax.plot(100 * samples["all 78 weeks"] - 100, range(10), "D", color=plots.COLOURS["other"], mfc="white", label="all 78 weeks")
ax.plot(100 * samples["hidden weeks"] - 100, range(10), "o", color=plots.COLOURS["ours"], label="hidden weeks only")
ax.set_yticks(range(10), ["published", *(f"new {i}" for i in range(1, 10))])
ax.invert_yaxis()
ax.set(xlabel="forecast minus actual purchases (% of actual)", ylabel="sample")
ax.set_title("All ten forecasts of the hidden weeks are too low")
ax.legend(loc="lower right")
print(f"luck alone, hidden weeks, 5–95 %: {band[0]:+.0f} % to {band[1]:+.0f} %")
plt.show()

# %% [markdown]
# Nine of ten lie below the band: not the luck of one sample. But do not conclude "the model is always low": we have ten samples of *customers* and only **one sample of time**: all lived through the same
# 39 weeks. Exercise 3 moves the date.
#
# ## Where it fails: a fit broken on purpose
#
# First mistake: a till that gives a new customer number at each order. Second: "let us fit our *active* customers only", those who bought in the last 13 weeks.

# %%
files = {"new numbers": watch(orders.assign(customer_id=orders["order_id"])), "active only": history[since <= 13]}
for name, file in files.items():
    try:
        lifetime_value.BetaGeoModel().fit(file)
    except (DataError, ConvergenceError) as error:
        print(f"{name}: {type(error).__name__}\n{textwrap.fill(str(error).splitlines()[-1], 90)}\n")

# %% [markdown]
# The first message names the cause. The second is true *of the file*: nobody in it leaves, because we took out everybody who seemed to. Two ways: follow
# the advice to the letter (NBD), or ask why it came, and put the others back.

# %%
active = files["active only"]
alone = lifetime_value.NBDModel().fit(active).expected_purchases(active, future_t=WEEKS).sum()
print(f"{len(active)} active customers: {active['future'].sum():,} purchases in the hidden weeks.")
print(f"NBD, fitted on them alone: {alone:,.0f}")
print(f"BG/NBD, fitted on everybody, for these {len(active)}: {expected['BG/NBD'][active.index].sum():,.0f}")

# %% [markdown]
# An error message is advice about a file. Why the file looks so, only you can know.
#
# <details><summary>Deeper: the unit of time</summary>
#
# Time in days instead of weeks changes only *α*, seven times larger. But counting customer-*weeks* instead of customer-days merges purchases, changes *x*, and gives other parameters
# without any message. Loud errors are the good ones.
#
# </details>
#
# ## The decision
#
# A printed catalogue, 500 copies. Send it to the rule's 500: like the model's, they spent about two thirds of all dollars that followed, and the list needs
# no fit. Plan stock with the model's number and a margin: its miss changes with the date (exercise 3). Delete nobody: the "lost" get a cheap e-mail.

# %% tags=["headline"]
back, range_back = alive_and_back(history, WEEKS, **bgnbd.params_)["back"].sum(), np.quantile(returned, [0.05, 0.95])
model_500, rule_500 = (history["future"][lists[name]].sum() / future for name in ["BG/NBD", "most purchases"])
print(f"Of {len(history):,} customers BG/NBD expects {back:.0f} back in {WEEKS} weeks ({range_back[0]:.0f} to {range_back[1]:.0f} in nine of ten simulated shops; "
      f"{(history['future'] > 0).sum()} came)\nand {forecast:,.0f} purchases, {1 - forecast / future:.0%} too few; counted with the weeks it had seen, {1 - total[WEEKS] / (bought + future):.0%}.\n"
      f"Its best 500 made {model_500:.0%} of all purchases, a simple rule's {rule_500:.0%}, chance {500 / len(history):.0%}.")

# %% [markdown]
# ## What we found
# - We computed by hand the chance that a silent customer is still a customer, and the library agreed.
# - We fitted BG/NBD, Pareto/NBD and NBD and met the printed numbers.
# - We judged the forecast on hidden weeks: good order, total about 12 % low; a simple rule ranks as well.
# - We decided who gets the catalogue, and said how many come back.
#
# ## What this does not show
#
# One shop, one cohort, one stretch of 39 weeks in the young days of the web. Why the forecast was low we do not know: sleepers who woke up are a part; season, or a shop that became better, may be others,
# and these data cannot tell. Those on the list would mostly have bought **without** the catalogue: who will buy and whom a letter *changes* are two questions, and the second needs an
# experiment. And purchases are not profit: lesson 08 puts money to them.
#
# ## Key ideas
# 1. Without a contract, leaving is never seen; it is inferred from silence, and silence is judged by the customer's own rhythm.
# 2. A coin and a clock, different for each customer, reproduce the spread of purchases that identical customers would not show.
# 3. Judge a forecast only on what the model had not seen; ask which share of a reported number it had.
# 4. "Alive" is a word of the model: some of its dead come back.
# 5. Compare with a simple rule before you praise a model, and with other samples, and other *times*, before you trust it.
#
# ## Exercises

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** With pencil or Python, and with the fitted parameters `bgnbd.params_["r"]`, `["alpha"]`, `["a"]`, `["b"]`: what is the probability alive of customer
# `"0011"` (the row `history.loc["0011"]`)? Store it in `my_alive`. This customer bought again five times and was last seen in week 24 of 39: first guess, above or below one half?

# %% tags=["exercise"]
my_alive = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# The odds of "gone" are $\frac{a}{b+x-1}\left(\frac{\alpha+T}{\alpha+t_x}\right)^{r+x}$; the probability alive is 1 / (1 + odds). $t_x$ is the column `recency`.
#
# </details>

# %% tags=["solution"]
customer, f = history.loc["0011"], bgnbd.params_
odds = f["a"] / (f["b"] + customer["frequency"] - 1)
odds *= ((f["alpha"] + customer["T"]) / (f["alpha"] + customer["recency"])) ** (f["r"] + customer["frequency"])
my_alive = 1 / (1 + odds)

# %% tags=["check"]
checks.check("probability alive of customer 0011", my_alive, expected=bgnbd.expected_probability_alive(history)["0011"], percent=True,
             why="Is it b + x − 1, with x the repeats only? And odds are not yet a probability: 1 / (1 + odds).")

# %% [markdown] tags=["exercise"]
# **Exercise 2 (vary: Pareto/NBD).** Fit a `lifetime_value.ParetoNBDModel()` to `history`. (a) By which share does its forecast for the hidden 39 weeks miss `future`, the purchases that happened? Store it, negative if it is too low, in
# `my_pareto_miss`. (b) BG/NBD calls every customer without a repeat alive for certain. What does Pareto/NBD say of these customers, on average? Store it in `my_pareto_alive`.

# %% tags=["exercise"]
my_pareto_miss = ...
my_pareto_alive = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `expected_purchases(history, future_t=39).sum() / future - 1`; then `expected_probability_alive` of `history[history["frequency"] == 0]`, and its mean.
#
# </details>

# %% tags=["solution"]
my_pareto = lifetime_value.ParetoNBDModel().fit(history)
my_pareto_miss = my_pareto.expected_purchases(history, future_t=39).sum() / future - 1
my_pareto_alive = my_pareto.expected_probability_alive(history[history["frequency"] == 0]).mean()

# %% tags=["check"]
checks.check("miss of Pareto/NBD", my_pareto_miss, expected=expected["Pareto/NBD"].sum() / history["future"].sum() - 1, percent=True,
             why="Sum expected_purchases (from each past, not the line of the figure), divide by what happened in the hidden weeks only, take 1 away.")
checks.check("mean probability alive without a repeat", my_pareto_alive, percent=True,
             expected=pareto.expected_probability_alive(history).loc[history["frequency"] == 0].mean(),
             why="Only the customers with frequency 0, and the mean of the probabilities.")

# %% [markdown] tags=["exercise"]
# **Exercise 3 (vary: another time).** Go to the evening of 1997-12-31. Make the history until then, fit BG/NBD, and forecast the time until 1998-06-30 (181 days; the model counts weeks). By which share does the forecast
# miss what happened? Store it, negative if too low, in `my_later_miss`. Do not round it. Before you run it: again 12 % low?

# %% tags=["exercise"]
my_later_miss = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `watch(orders, end="1997-12-31")` gives the history with its `future`; `future_t` is 181 / 7.
#
# </details>

# %% tags=["solution"]
my_year = watch(orders, end="1997-12-31")
my_model = lifetime_value.BetaGeoModel().fit(my_year)
my_later_miss = my_model.expected_purchases(my_year, future_t=181 / 7).sum() / my_year["future"].sum() - 1

# %% tags=["check"]
late, year_end = days[days["order_date"] > "1997-12-31"], watch(orders, end="1997-12-31")
late_forecast = lifetime_value.BetaGeoModel().fit(year_end).expected_purchases(year_end, future_t=(days["order_date"].max() - pd.Timestamp("1997-12-31")).days / 7)
checks.check("miss from New Year on", my_later_miss, expected=late_forecast.sum() / len(late) - 1, rel_tol=0.02, percent=True,
             why="Fit a new model to the longer history; future_t is in weeks: 181 / 7, not 26, 39 or 181. Rounded? Give three decimals.")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (extend: the grocer).** Complete Journey's households (`data.load_complete_journey().orders`) come about once a week, some much more often. Fit BG/NBD to their history until 2017-06-30. (a) How many households have a
# probability alive below 5 %? (b) How many of *these* bought between then and 2017-12-31? Store the two counts in `my_lost` and `my_returned`. What does that say about the coin?

# %% tags=["exercise"]
my_lost = ...
my_returned = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `watch(baskets, end="2017-06-30", later="2017-12-31")` makes the history with its `future`. A Series of probabilities compared with 0.05 gives True and False, and `.sum()` counts the True.
#
# </details>

# %% tags=["solution"]
my_households = watch(data.load_complete_journey().orders, end="2017-06-30", later="2017-12-31")
my_probability = lifetime_value.BetaGeoModel().fit(my_households).expected_probability_alive(my_households)
my_lost = (my_probability < 0.05).sum()
my_returned = (my_households["future"][my_probability < 0.05] > 0).sum()

# %% tags=["check"]
grocer = watch(data.load_complete_journey().orders, end="2017-06-30", later="2017-12-31")
lost = grocer[lifetime_value.BetaGeoModel().fit(grocer).expected_probability_alive(grocer) < 0.05]
checks.check("households given up", my_lost, expected=len(lost), why="Fit to the history until 2017-06-30 only, then count probabilities below 0.05.")
checks.check("of these, came back", my_returned, expected=int((lost["future"] > 0).sum()), why="Count households, not purchases.")

# %% [markdown]
# If you found that every "lost" household came back: they are few, but a household that shops every few days and then pauses looks dead to a model in which clocks ring at random and nobody sleeps.
#
# ## Quiz
#
# 1. A vendor says: "our model's error after 78 weeks is only 4 %." What do you ask?
#
# <details><summary>Answer</summary>
#
# On which weeks was it fitted? If it had seen half of them, ask for the error on the others alone; here it was 12 %.
#
# </details>
#
# 2. Two customers have been silent for ten weeks. One used to buy weekly, one twice a year. Who is more likely gone, by the model?
#
# <details><summary>Answer</summary>
#
# The weekly buyer. For the other ten weeks of silence are nothing unusual.
#
# </details>
#
# 3. The fit fails with "Nobody seems to leave". Which question comes before you follow the advice?
#
# <details><summary>Answer</summary>
#
# Who is in the file? If somebody took out the customers who stopped buying, the model cannot find them.
#
# </details>
#
# ## References
#
# - Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005), "'Counting Your Customers' the Easy Way", *Marketing Science* 24(2), 275–284 (title page read; the numbers were checked against the tests of the
#   Python package `lifetimes` and the walkthrough of the R package `BTYD`, from which the printed holdout means and the paradox are taken).
# - Schmittlein, D. C., Morrison, D. G. & Colombo, R. (1987), *Management Science* 33(1), 1–24: Pareto/NBD (from memory, not looked up).
#
# ## Next
#
# [Lesson 08](08_differentiate_lifetime_value.ipynb) puts money to the purchases: what is each customer worth?

# %% tags=["varies"]
checks.versions("numpy", "pandas", "scipy", "matplotlib")
