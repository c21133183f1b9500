# ---
# number: "07"
# title: Future purchases
# question: Who will buy again?
# minutes: 60
# seconds: 20
# needs: ["06"]
# data: CDNOW, Chai & Ketab
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
# - judge a forecast on weeks that it has not seen, beside luck and a simple rule, and say which faults a holdout cannot show;
# - decide who gets a catalogue, and say how many will come back.
#
# **You need** [lesson 06](06_differentiate_value_today.ipynb), and what a probability distribution is.
#
# **Time** 60 minutes to read, 40 for the exercises, 20 seconds to run.
#
# **Data** CDNOW, a seller of CDs, 1997–98: the published tenth of the customers who first bought in early 1997; and Chai & Ketab, our simulated
# firm. Exercise 4 uses Complete Journey.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import stats

from idic_lib import checks, data, differentiate, errors, firm, lifetime_value, plots

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# It is the evening of 30 September 1997. No customer says goodbye: whoever leaves just stops buying. Some of the silent ones
# are gone (churn, ریزش مشتری), others will be back next week; in the file both look the same.
#
# We learn from 39 weeks and hide the next 39, the *holdout*, in the column `future`, which no model reads.

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
END, SEEN, WEEKS = pd.Timestamp("1997-09-30"), 39, 39  # weeks seen, weeks to foresee
first, *repeats = orders.query("customer_id == '0001' and order_date <= @END")["order_date"]
last_day, today = (repeats[-1] - first).days, (END - first).days
print(f"first purchase {first:%d %B}, then {', '.join(f'{day:%d %B}' for day in repeats)}: x = {len(repeats)} repeats")
print(f"t_x = {last_day} days / 7 = {last_day / 7:.2f} weeks, T = {today} days / 7 = {today / 7:.2f} weeks")

# %% [markdown]
# $x$ counts the repeats (`frequency`), $T$ is the customer's age tonight. Here *recency* is $t_x$, the age **at** the
# last purchase: large is good. In RFM it is the time **since** it, $T - t_x$ (lesson 06).
#
# **Guess before you go on.** Here are the first ten customers of the file. Which of them will buy in the next 39 weeks?

# %% alt="Purchases of ten CDNOW customers until 30 September 1997. Five bought once in January and never again; customer 0006 bought eight times, the last time in late July; customers 0001, 0007 and 0002 have been silent for weeks to months, customer 0009 bought in September."
ten = history.head(10)
shown = orders[orders["customer_id"].isin(ten.index) & (orders["order_date"] <= END)]
fig, ax = plt.subplots()
ax.hlines(ten.index, pd.Timestamp("1997-01-01"), END, color=plots.COLOURS["light"], linewidth=1)
ax.plot(shown["order_date"], shown["customer_id"], "o", color=plots.COLOURS["ours"], markersize=5)
ax.axvline(END, color=plots.COLOURS["luck"])
ax.set_xticks(pd.date_range("1997-01-01", END, freq="2MS"), ["Jan", "Mar", "May", "Jul", "Sep"])
ax.invert_yaxis()
ax.set(xlabel="1997 (each dot a purchase; the line is tonight)", ylabel="customer")
ax.set_title("Who is gone, and who is only silent?")
plt.show()

# %% [markdown]
# ## By hand: a coin and a clock
#
# Each customer owns two things. The **clock** rings at random, on average λ times a week, and each ring is a purchase. The
# **coin** is thrown after each repeat purchase: with chance *p* it says "leave", and the customer never buys again. Such models are called *buy till you die*.
#
# A customer's clock rings every tenth week ($\lambda = 0.1$), the coin says "leave" with $p = 0.2$. After the last purchase came 20 weeks of
# silence. Two stories fit: the coin said "leave", and silence is certain; or it said "stay", and the clock did not ring for 20
# weeks, which has the chance $e^{-0.1 \cdot 20}$.

# %%
left, stayed = 0.2 * 1, 0.8 * np.exp(-0.1 * 20)
print(f"left and silent {left:.3f}, stayed and silent {stayed:.3f}; still a customer {stayed / (left + stayed):.0%}")

# %% [markdown]
# That is the *probability alive* (احتمال فعال بودن). The odds of "gone" are
# $\frac{p}{1-p}\,e^{\lambda (T - t_x)}$. We see neither coin nor clock. The **BG/NBD** model (beta-geometric/negative binomial
# distribution) lets both differ between customers: rates follow a gamma distribution (numbers above 0) with *r*, *α* (mean $r/\alpha$), coins a beta distribution (between 0 and 1) with
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
# They agree. Three of the four who came had a chance `back` above one half; 0008 is the surprise. `purchases` is the expected number in 39 weeks; for customer 0001 it is 1.226,
# as in the authors' own spreadsheet (from memory).
#
# Without a repeat the probability alive is 1: the coin is only thrown after a *repeat* purchase, so who never repeats cannot leave, and counts as alive and slow.
#
# Where do the four numbers come from? Each set of parameters gives every past a probability. The *log-likelihood* adds up their logarithms; the best set has the highest sum, and `fit` searches for it.

# %% [markdown]
# ## All customers, beside the printed numbers
#
# Beside BG/NBD stand its elder, **Pareto/NBD** (one may leave at any moment, also before the first repeat), and
# **NBD**, in which nobody ever leaves.

# %%
bgnbd, pareto = lifetime_value.BetaGeoModel().fit(history), lifetime_value.ParetoNBDModel().fit(history)
models = {"BG/NBD": bgnbd, "Pareto/NBD": pareto, "NBD": lifetime_value.NBDModel().fit(history)}
ours = pd.concat({name: pd.Series({**m.params_, "log-likelihood": m.log_likelihood_}) for name, m in models.items()})
standard = pd.concat({name: m.standard_errors_ for name, m in models.items()}).reindex(ours.index)
journals = [0.243, 4.414, 0.793, 2.426, -9582.4, 0.553, 10.578, 0.606, 11.669, -9595.0, 0.385, 12.072, -9763.7]
pd.DataFrame({"printed": journals, "ours": ours, "standard error": standard}).map(lambda v: f"{v:,.1f}" if v < 0 else f"{v:.3f}").replace("nan", "")

# %% [markdown]
# BG/NBD and Pareto/NBD agree with print (as the tests of `lifetimes` quote it); NBD's printed values are from memory. NBD's likelihood is far
# below: without leaving, the story does not fit. *a* and *b* have large standard errors.
#
# **Guess**: if all customers were *identical*, with one clock for all and no coin, how many would show no repeat at all?

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
# Customers do differ. But the model was *fitted* to this picture.
#
# ## The next 39 weeks
#
# Group the customers by their repeats so far. What happened in the hidden weeks, what did the models expect? The lines marked "printed" come
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
# The order of the groups is right, not luck (the flat line). NBD is far too high. BG/NBD is low in every group; Pareto/NBD is mostly better for those who repeated, and much too low for the others.
#
# ## The trap: four per cent or twelve?
#
# Two colleagues report the error of the *same* fit on the *same* data.

# %%
total = bgnbd.expected_total_purchases(history, offsets=[0, WEEKS])
bought, future, forecast = history["frequency"].sum(), history["future"].sum(), expected["BG/NBD"].sum()
sums = {"all 78 weeks": (total[WEEKS], bought + future), "seen ones": (total[0], bought), "hidden ones": (total[WEEKS] - total[0], future),
        "hidden ones, past used": (forecast, future)}
for weeks, (expects, happened) in sums.items():
    print(f"{weeks:>22}: {expects:,.0f} expected, {happened:,} happened: {expects / happened - 1:+.1%}")

# %% alt="Left: cumulative repeat purchases over 78 weeks; both models lie close to what happened. Right: the same counted from week 39 on; both models are clearly below at week 78, BG/NBD by 11 percent, Pareto/NBD by 7."
week = np.arange(0, SEEN + WEEKS + 1)
days = orders.drop_duplicates(["customer_id", "order_date"]).sort_values("order_date")
repeat_days = days.loc[days.duplicated("customer_id"), "order_date"].to_numpy()
evenings = END + pd.to_timedelta(7 * (week - SEEN), "D")
path = pd.DataFrame({"actual": np.searchsorted(repeat_days, evenings, side="right")}, index=week)
for name in ["BG/NBD", "Pareto/NBD"]:
    path[name] = models[name].expected_total_purchases(history, offsets=week - SEEN).to_numpy()
fig, axes = plt.subplots(1, 2, figsize=(6.6, 2.9))
plots.plot_cumulative_purchases(path, calibration_end=SEEN, ax=axes[0])
plots.plot_cumulative_purchases(path.loc[SEEN:] - path.loc[SEEN], calibration_end=SEEN, ax=axes[1])
axes[0].set(title="Counted from week 0: close", ylabel="repeats since week 0")
axes[1].set(title="Counted from week 39: low", ylabel="repeats since week 39")
plt.show()

# %% [markdown]
# More than half of the first number's purchases had been *fitted*, so they could hardly be wrong; a small excess there hid a part of
# the shortfall later. (Only the last line uses what each customer did; that is the forecast we need.) The paper, as we remember it, speaks of about 4 % on the cumulative
# line: true, and easy to misread. **Ask of any forecast: which share of it had the model already seen?**
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
# The one with *fewer*: for a customer who came every few days, 19 weeks of silence can hardly be chance. Is it true? Take all who repeated, grouped by their probability alive.

# %%
again = history[history["frequency"] > 0]
chance = alive_and_back(again, WEEKS, **bgnbd.params_)
report = pd.DataFrame({"customers": 1, "expected back": chance["back"], "came back": again["future"] > 0,
                       "expected purchases": expected["BG/NBD"][again.index], "purchases": again["future"]})
bins = pd.cut(chance["alive"].rename("probability alive"), [0, 0.1, 0.5, 0.9, 1]).astype(str)
report.groupby(bins).sum().round(0).astype(int)

# %% [markdown]
# The model gives 37 customers up (less than 10 % alive), and expects two of them back. Sixteen came: asleep, not
# dead. The "probably gone" (the first two rows) hold more than half of all the purchases that the forecast misses. Silent people
# return. **"Probability alive" is the model's word. Never delete a customer because of it.**
#
# ## Does a simple rule do as well?
#
# For totals: "as many as before", or "three times the last quarter". For a list of 500: "most purchases, the more recent first", or "the
# most recent". **Guess**: of the 500 on the model's list, how many came back; and on the rules' lists?

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
# A tie. To *rank* customers you do not need the model here, and for the total one rule misses as much upwards as the model downwards. The model adds a
# number for each customer and any horizon.
#
# ## Was it bad luck?
#
# Other *customers*: ten random tenths of CDNOW's full file. Other *dice*: 40 simulated shops in which BG/NBD is **true**. Each is fitted and judged as ours.

# %%
def miss(h, t=WEEKS):
    return 100 * lifetime_value.BetaGeoModel().fit(h).expected_purchases(h, future_t=t).sum() / h["future"].sum() - 100


lucky = [bgnbd.simulate(history["T"], future_t=WEEKS, step=1 / 7, seed=seed) for seed in range(40)]
everyone, luck = watch(data.load_cdnow(sample=False)), np.quantile([miss(shop) for shop in lucky], [0.05, 0.95])
tenths = [miss(h) for _, h in everyone.groupby(np.random.default_rng(0).permutation(len(everyone)) % 10)]
print(f"ours {miss(history):+.0f} %; luck {luck[0]:+.0f} to {luck[1]:+.0f} %; ten tenths {min(tenths):+.0f} to {max(tenths):+.0f} %")

# %% [markdown]
# All ten are too low: not the luck of one sample, though all are **one sample of time** (exercise 3). *Why* too low, CDNOW cannot tell.
#
# ## The ladder: one reason after another
#
# In Chai & Ketab, our simulated seller of tea and books, we can switch reasons on: 4,000 people, two years. Its *plain world* is coin and clock (at most one purchase a day), each order under its true person. Every *rung* (step) of the ladder adds a mechanism to those before:
# **seasons** (Nowruz, Yalda), **needs that drift**, **contact and fatigue** (too many letters), **stages** of the relationship, **all other behaviour** (a rival, bad service). Then
# what the firm *sees* shrinks: **anonymity** (orders at the till without a name), **four systems** and **duplicates** (one person, several records). We fit 78 weeks and forecast 26.
#
# To begin, three of the nine rungs for your firm. "true ids": every order named. "own weeks": the firm's own holdout test; "truth": the same forecast beside what all did. **Guess**: which column is worst?

# %%
SEED, DAYS = data.load_firm().made["seed"], ("2025-09-19", "2026-03-20")
worlds = {"plain world": {"world": "plain"}, "seasons": {"world": "plain", "seasons": 1}, "duplicates": {"world": "rich"}}
shops, rows = {}, {}
for name, switches in worlds.items():
    shop = firm.make_firm(4000, 104, SEED, detail=False, **switches)
    shops[name] = shop.orders.assign(customer_id=shop.truth["orders"].to_numpy())
    true, file = watch(shops[name], *DAYS), watch(shop.orders.rename(columns={"record_id": "customer_id"}), *DAYS)
    whole = (1 + miss(file, 26) / 100) * file["future"].sum() / true["future"].sum()
    rows[name] = {"true ids": miss(true, 26), "file, own weeks": miss(file, 26), "file, truth": 100 * whole - 100}
print("forecast minus actual, % of actual, seed", SEED)
pd.DataFrame(rows).T.round(1)

# %% [markdown]
# `datasets/make/firm_ladder.py` did it for 20 firms (seeds) and nine rungs. **Guess**: which rung hurts most? Which does nothing?

# %% alt="Error of BG/NBD in total, mean of 20 seeds for nine rungs. With true ids all nine means lie within the luck of one firm, near zero. From anonymity on the firm's own holdout still looks right, but against the truth the same forecast is about a third too low."
ladder = data.load_firm_ladder()
pairs = {"true ids": ("true", "happened"), "file, own weeks": ("file", "happened_seen"), "file, truth": ("file", "happened")}
off = pd.DataFrame({name: 100 * ladder[f"forecast_{a}"] / ladder[b] - 100 for name, (a, b) in pairs.items()})
by_rung = off.groupby(ladder["mechanism"], sort=False)
middle, half = by_rung.mean(), stats.t.ppf(0.975, 19) * by_rung.sem()
fig, ax = plt.subplots(figsize=(6.2, 3.8))
ax.axvspan(*off["true ids"][ladder["rung"] == 0].quantile([0.05, 0.95]), color=plots.COLOURS["luck"], alpha=0.2, linewidth=0, label="luck (plain world, 5–95 %)")
for name, marker, colour, shift in zip(off, "oDs", ["ours", "light", "other"], [0, 0.25, 0], strict=True):
    rungs = np.arange(9) if name == "true ids" else np.arange(6, 9)
    ax.errorbar(middle[name].iloc[rungs], rungs + shift, xerr=half[name].iloc[rungs], fmt=marker, color=plots.COLOURS[colour], markersize=5, label=name)
mine = pd.DataFrame(rows).T
ax.plot(mine[["true ids", "file, truth"]], [0, 1, 8], "x", color=plots.COLOURS["truth"], label=["your firm's seed", "_"])
ax.set_yticks(range(9), ["plain world", *("+ " + name for name in middle.index[1:])])
ax.invert_yaxis()
ax.set(xlabel="error of the total (% of actual): mean of 20 seeds, 95 % interval", ylabel="mechanism added", title="What the file lacks hurts more than what people do")
ax.legend(loc="center left", bbox_to_anchor=(0.03, 0.64))
plt.show()

# %%
each = ladder.groupby("mechanism", sort=False).mean(numeric_only=True)
step = off["true ids"].groupby(ladder["seed"]).diff().groupby(ladder["mechanism"], sort=False).agg(["mean", "sem"])
frozen = (100 * ladder["forecast_known"] / ladder["happened"] - 100).groupby(ladder["mechanism"], sort=False).mean()
people = {"miss %": middle["true ids"], "step": step["mean"], "±": stats.t.ppf(0.975, 19) * step["sem"], "not refitted %": frozen,
          "bought": each["happened"] / each["people"], "error": each["error_true"]}
known = {"orders named %": 100 * each["orders_seen"], "error, true ids": each["error_true"], "error, file": each["error_file"],
         "correlation, true ids": each["correlation_true"], "correlation, file": each["correlation_file"]}
assert abs(middle["true ids"].iloc[0]) < 2 and middle["file, truth"].iloc[-1] < middle["true ids"].min() - 10
print("TRUE IDS. step: from the rung above, same seeds, with its 95 % interval\nnot refitted: miss with the plain world's own four parameters\n"
      "bought, error: purchases and mean absolute error for each buyer in the 26 weeks\n")
print(pd.DataFrame(people).rename_axis(None).map("{:.2f}".format).replace("nan", "").to_string())
print("\nTHE FILE, judged by the truth. customers: records with an order\ncorrelation: of forecast and purchases, over buyers")
pd.DataFrame(known).iloc[5:].map("{:.2f}".format).assign(customers=each["customers"].round().astype(int))

# %% [markdown]
# In the plain world the forecast is right within 2 % on average. One firm scatters more (grey: nine in ten), so crosses may lie outside.
#
# *Behaviour changes the purchases, but hardly the miss.* Needs that drift change nothing: here they decide **what** is bought, not when. Stages take purchases away, yet the miss stays small, for each rung is
# **fitted again**: four wrong parameters absorb much (see `not refitted`). Half a year averages the seasons (exercise 5). The error for *each* buyer is large even where the model is true: dice.
#
# *What the file lacks moves the total most.* It is mostly counting: more than a third of the orders have no name, and the forecast is about a third too low. The firm's own test **does not see it**: its hidden weeks lack such orders too. Nor
# does the error: most people buy little, so a low guess is rewarded; the correlation
# tells. Split records hardly move the total, but count people twice. (True ids move a little: the unnamed get no letters.) **A holdout from the same file finds faults of the model, not what the file never held.** Look at the share of
# orders named; identification (شناسایی) raises it (lessons 03, 04).
#
# ## Where it fails: a fit broken on purpose
#
# First mistake: a till that gives a new customer number at each order. Second: "let us fit our *active* customers only", those who bought in the last 13 weeks.

# %%
files = {"new numbers": watch(orders.assign(customer_id=orders["order_id"])), "active only": history[since <= 13]}
for name, file in files.items():
    try:
        lifetime_value.BetaGeoModel().fit(file)
    except (errors.DataError, errors.ConvergenceError) as error:
        print(f"{name}: {type(error).__name__}\n{str(error).splitlines()[-1]}\n")
active = files["active only"]
alone = lifetime_value.NBDModel().fit(active).expected_purchases(active, future_t=WEEKS).sum()
print(f"{len(active)} active customers: {active['future'].sum():,} purchases in the hidden weeks.")
print(f"NBD, fitted on them alone: {alone:,.0f}")
print(f"BG/NBD, fitted on everybody, for these {len(active)}: {expected['BG/NBD'][active.index].sum():,.0f}")

# %% [markdown]
# The first message names the cause. The second is true *of the file*: nobody in it leaves, because we took out everybody who seemed to. Its advice (NBD) forecasts far too much; the mend is to put the
# others back.
#
# ## The decision
#
# A printed catalogue, 500 copies. Send it to the rule's 500: like the model's, they spent about two thirds of all dollars that followed. Plan stock with the model's number and a margin (exercise 3), and add the orders of buyers without a name. Delete nobody: the "lost" get a cheap e-mail.

# %% tags=["headline"]
back = alive_and_back(history, WEEKS, **bgnbd.params_)["back"].sum()
range_back = np.quantile([(shop["future"] > 0).sum() for shop in lucky], [0.05, 0.95])
model_500, rule_500 = (history["future"][lists[name]].sum() / future for name in ["BG/NBD", "most purchases"])
print(f"Of {len(history):,} customers BG/NBD expects {back:.0f} back in {WEEKS} weeks ({range_back[0]:.0f} to {range_back[1]:.0f} in nine of ten simulated shops; "
      f"{(history['future'] > 0).sum()} came)\nand {forecast:,.0f} purchases, {1 - forecast / future:.0%} too few; counted with the weeks it had seen, {1 - total[WEEKS] / (bought + future):.0%}.\n"
      f"Its best 500 made {model_500:.0%} of all purchases, a simple rule's {rule_500:.0%}, chance {500 / len(history):.0%}.")

# %% [markdown]
# ## What we found
# - We computed by hand the chance that a silent customer is still one, and the library agreed.
# - We fitted BG/NBD, Pareto/NBD and NBD and met the printed numbers.
# - We judged the forecast on hidden weeks: good order, total about 12 % low; a simple rule ranks as well; and a holdout from the same file hides what the file lacks.
# - We decided who gets the catalogue, and said how many come back.
#
# ## What this does not show
#
# Why CDNOW's forecast was low we still do not know: sleepers, season, a better shop? The ladder flatters: its plain world **is** the model; no shock comes between past and forecast; new customers arrive all the time, at CDNOW in one quarter. We chose each
# mechanism, its strength and the order (a step depends on what stands below it); that needs leave timing alone, we decided.
# Those on the list would mostly have bought **without** the catalogue: whom a letter *changes* needs an experiment. And purchases are not profit (lesson 08).
#
# ## Key ideas
# 1. Without a contract, leaving is never seen: it is inferred from silence, judged by the customer's own rhythm.
# 2. A coin and a clock, different for each customer, reproduce the spread of purchases.
# 3. Judge a forecast only on what the model had not seen.
# 4. "Alive" is a word of the model: some of its dead come back. A simple rule may rank as well.
# 5. A holdout from the same file shows faults of the model; what the file lacks, both sides lack.
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

# %% [markdown] tags=["exercise"]
# **Exercise 5 (extend: the firm before Nowruz).** `shops["seasons"]` holds the orders of Chai & Ketab in the plain world with seasons, each under its true `customer_id`. Fit BG/NBD to the history until `"2025-09-19"` and
# forecast only weeks 25 and 26 after it, 2026-03-07 to 2026-03-20: the forecast of 26 weeks minus that of 24. By which share does it miss the purchases that these buyers (no newcomers) made in the two weeks? Store it, negative if too low, in
# `my_nowruz_miss`. First guess: over all 26 weeks the miss was small. And here?

# %% tags=["exercise"]
my_nowruz_miss = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `watch(shops["seasons"], "2025-09-19", "2026-03-20")` has in `future` the purchases of 26 weeks; with `"2026-03-06"` those of 24. Subtract; do the same with `expected_purchases(..., future_t=26)` and `future_t=24`.
#
# </details>

# %% tags=["solution"]
my_half, my_24 = (watch(shops["seasons"], "2025-09-19", day) for day in ("2026-03-20", "2026-03-06"))
my_fit = lifetime_value.BetaGeoModel().fit(my_half)
my_two_weeks = my_fit.expected_purchases(my_half, future_t=26).sum() - my_fit.expected_purchases(my_half, future_t=24).sum()
my_nowruz_miss = my_two_weeks / (my_half["future"].sum() - my_24["future"].sum()) - 1

# %% tags=["check"]
buyers = watch(shops["seasons"], *DAYS)
both = lifetime_value.BetaGeoModel().fit(buyers)
in_two = (both.expected_purchases(buyers, future_t=26) - both.expected_purchases(buyers, future_t=24)).sum()
happened = (buyers["future"] - watch(shops["seasons"], DAYS[0], "2026-03-06")["future"]).sum()
checks.check("miss in the two weeks before Nowruz", my_nowruz_miss, expected=in_two / happened - 1, percent=True,
             why="Both the forecast and what happened are differences, 26 weeks minus 24; divide the one by the other, take 1 away.")

# %% [markdown]
# A forecast is right *for a horizon*: half a year hides what two weeks show. And the grocer's "lost" only slept.
#
# ## Quiz
#
# 1. A vendor says: "our model's error after 78 weeks is only 4 %." What do you ask?
#
# <details><summary>Answer</summary>
#
# On which weeks was it fitted? Ask for the error on the others alone; here it was 12 %.
#
# </details>
#
# 2. Your forecast missed the hidden weeks by 1 %. Is it right within 1 % for all your buyers?
#
# <details><summary>Answer</summary>
#
# No: only the total, and only for orders in the file. Which share of orders carries a customer?
#
# </details>
#
# 3. The fit fails with "Nobody seems to leave". Which question comes before you follow the advice?
#
# <details><summary>Answer</summary>
#
# Who is in the file? Perhaps somebody took out those who stopped buying.
#
# </details>
#
# ## References
#
# - Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005), "'Counting Your Customers' the Easy Way", *Marketing Science* 24(2), 275–284 (title page read; numbers checked against the tests of
#   `lifetimes` (Python) and the walkthrough of `BTYD` (R), the source of the printed holdout means and the paradox).
# - Schmittlein, D. C., Morrison, D. G. & Colombo, R. (1987), *Management Science* 33(1), 1–24: Pareto/NBD (from memory, not looked up).
# - Data cards, generative model: `datasets/README.md`.
#
# ## Next
#
# [Lesson 08](08_differentiate_lifetime_value.ipynb) puts money to the purchases: what is each customer worth?

# %% tags=["varies"]
checks.versions("numpy", "pandas", "scipy", "matplotlib")
