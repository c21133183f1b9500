# ---
# number: "08"
# title: Lifetime value
# question: What is each customer worth, how sure are we, and under which policy?
# minutes: 60
# seconds: 20
# needs: ["07"]
# data: CDNOW, Chai & Ketab, published tables
# part: II
# ---

# %% [markdown]
# # 08 · Lifetime value
#
# **Question.** What is each customer worth, how sure are we, and under which policy?
#
# **You will be able to**
# - compute the lifetime value of a customer, by hand and with one line;
# - say how sure the value of one customer is, and how sure the sum of all;
# - test a value against what customers did afterwards, and say where its error comes from;
# - decide whom to contact, and whom to stop contacting, in money.
#
# **You need** [lesson 07](07_differentiate_future_purchases.ipynb): who will buy again. And discounting: 100 dollars in a year are
# worth less than 100 now.
#
# **Time** 60 minutes to read, 40 for the exercises, 20 seconds to run.
#
# **Data** CDNOW, the published sample of 2,357 customers; the simulated firm Chai & Ketab (`datasets/README.md`); two small tables from papers.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from idic_lib import checks, data, differentiate, firm, lifetime_value, plots
from idic_lib.lifetime_value import clv_interval, customer_equity_interval, expected_customer_lifetime_value

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# *Customer lifetime value*, CLV (ارزش طول عمر مشتری), is a forecast: the cash that one customer will still bring, each part discounted to
# today, under a stated policy of the firm. It is not past spend, nor sales, since goods cost money. And it does not belong to the person alone: change the policy and it changes.
# The sum over all customers is *customer equity* (ارزش ویژهٔ مشتری).
#
# As in lesson 07: 39 weeks of orders to learn from, until 30 September 1997, and 39 for the test.

# %%
orders = data.load_cdnow()
history = differentiate.purchase_history(orders, end="1997-09-30")
later = orders[orders["order_date"] > "1997-09-30"]
buying = lifetime_value.BetaGeoModel().fit(history)
spending = lifetime_value.GammaGammaModel().fit(history)
history.loc[["0001", "0003", "1901"]].round(2)

# %% [markdown]
# ## By hand: one customer, three months
#
# Customer 0001 bought three times; a repeat purchase was worth about 22 dollars. We do not know CDNOW's margin. **We assume
# that 30 % of sales is left after the cost of the goods**. Money costs 12 % a year (the *discount rate*); for one month that is
# $d = 1.12^{1/12} - 1$.
#
# **Guess first**: what is the *next year* of this customer worth today: 70, 35, 11 or 3 dollars?
#
# Take a pencil. For each month: purchases × spend × 0.30, divided by $(1+d)$ once for each month; add the three. (Why 24.65,
# not 22? See below.)

# %%
d, week, one = 1.12 ** (1 / 12) - 1, 30.4375 / 7, history.loc[["0001"]]
bought = [buying.expected_purchases(one, future_t=m * week).iloc[0] for m in (0, 1, 2, 3)]
spend = spending.expected_customer_spend(one).iloc[0]
print(f"d = {d:.3%} a month; {spend:.2f} dollars a purchase")
print("purchases in months 1, 2, 3:", np.diff(bought).round(4))

# %%
def value_of(months, rate, unit="W"):
    """Lifetime value of customer 0001 in dollars, by the library."""
    how = {"future_t": months, "discount_rate": rate, "time_unit": unit, "margin": 0.30}
    return expected_customer_lifetime_value(buying, spending, one, **how).iloc[0]


by_hand = 0.30 * spend * np.diff(bought) / (1 + d) ** np.array([1, 2, 3])
print(f"by hand {by_hand.sum():.3f}, library {value_of(3, d):.3f}; 12 months {value_of(12, d):.2f} dollars")

# %% [markdown]
# **The trap is in the units.** `future_t` counts *months*, although our history counts weeks; `discount_rate` is per month; `time_unit`
# says what the history counts. Somebody wants 39 weeks (9 months) and slips:

# %%
pd.Series({
    "right: 9 months": value_of(9, d),
    "39, meant as weeks": value_of(39, d),
    "12 % a year taken as monthly": value_of(9, 0.12),
    "weeks called months": value_of(9, d, "M"),
}).round(2)

# %% [markdown]
# No slip gives an error message; each gives a number that somebody would believe.
#
# ## Spend: the mean pulls back
#
# Three customers spent 300 dollars a purchase: over one repeat purchase, over three, over 21.
# **Guess** what each will spend next time, when the average customer spends 35.
#
# The *Gamma-Gamma model* says: amounts vary around each customer's own mean, and these means differ between customers. So the best forecast lies
# between the customer's mean and everybody's. With $x$ repeat purchases the own mean gets the weight $px/(px+q-1)$; $p$ and $q$ come from the fit.

# %%
p, q, v = spending.params_
three = pd.DataFrame({"frequency": [1, 3, 21], "monetary_value": 300.0})
three["weight"] = p * three["frequency"] / (p * three["frequency"] + q - 1)
three["by_hand"] = three["weight"] * 300 + (1 - three["weight"]) * spending.population_mean_
three["library"] = spending.expected_customer_spend(three)
three.round(2)

# %% [markdown]
# One large purchase is partly a large taste and partly a large day: *regression to the mean* (lesson 06). The model also assumes that
# spend does not depend on frequency. Watch what *one* customer does.

# %%
print(f"p, q, v published 6.25, 3.74, 15.44; ours {p:.2f}, {q:.2f}, {v:.2f}; mean {spending.population_mean_:.2f} dollars")
repeaters = history[history["frequency"] > 0]
for name, some in {"all": repeaters, "without customer 1901": repeaters.drop("1901")}.items():
    correlation = some["frequency"].corr(some["monetary_value"])
    print(f"{name}: {len(some)} repeaters, correlation of frequency and spend {correlation:.3f}")

# %% [markdown]
# ## How sure are we?
#
# Two doubts. *Parameters*: another sample would have given others. *The future*: even if we knew
# them all, one customer buys by chance. **Guess**: for the best customer, which doubt is wider? And for the sum of all 2,357?

# %%
money = {"future_t": 12, "discount_rate": d, "margin": 0.30}
clv = expected_customer_lifetime_value(buying, spending, history, **money)
ten, each, equity = history.loc[clv.nlargest(10).index], {}, {}
for kind, draws in {"parameters": 500, "future": 1000}.items():
    how = money | {"include": kind, "n_draws": draws, "seed": 0}
    each[kind] = clv_interval(buying, spending, ten, **how)
    equity[kind] = customer_equity_interval(buying, spending, history, **how)
first = pd.DataFrame({kind: each[kind].iloc[0] for kind in each}).round(0).astype(int)
label = {"future": "parameters and future"}
print(f"customer {ten.index[0]}, dollars:", first.rename(columns=label), sep="\n")
print("the sum, to hundreds:", pd.DataFrame(equity).round(-2).astype(int).rename(columns=label), sep="\n")

# %% alt="Twelve-month lifetime value of the ten best customers. The dark parameter interval is narrow, about a hundred dollars at most; the light interval with the chance of the future begins at 0 and is many times as wide."
ax = plots.plot_clv_interval(each["future"], n=10, money="dollars", months=12)
narrow = each["parameters"][::-1]
ax.hlines(range(10), narrow["low"], narrow["high"], color=plots.COLOURS["ours"], linewidth=3)
ax.legend(["with the chance of the future", "expected", "parameters only"], loc="lower right")
ax.set_title("We know what such customers bring, not what this one will")
plt.show()

# %% [markdown]
# For one customer chance is nearly everything: "worth 354 dollars" means that *such customers* bring this on average; this one may bring nothing.
# In the sum chance largely cancels; what is left widens the interval by about a third.
#
# ## Against what they did
#
# Forecast of 39 weeks' sales against what the same customers spent, in ten equal groups by forecast. **Guess** where it
# fails most, in proportion: among the best, in the middle, or the last?

# %% alt="Actual and forecast 39-week spend by decile of the forecast. The first decile spent about 152 dollars each, forecast 145; deciles 2 and 3 spent more than forecast, and the last decile three times its forecast. Identical customers would all lie on one level line at 30."
spent = later.groupby("customer_id")["amount"].sum().reindex(history.index, fill_value=0.0)
forecast = buying.expected_purchases(history, future_t=39)
forecast = forecast * spending.expected_customer_spend(history)
actual = differentiate.decile_table(forecast, spent)["mean"]
expected = differentiate.decile_table(forecast)["mean"]
fig, ax = plt.subplots()
ax.bar(actual.index, actual, color=plots.COLOURS["light"], label="actual")
ax.plot(expected, "o", color=plots.COLOURS["ours"], label="forecast")
ax.axhline(spent.mean(), **plots.LUCK, label="identical customers")
ax.set(xlabel="decile by forecast (1 = best)", ylabel="39-week spend per customer (dollars)",
       xticks=actual.index, title="The best are found; deciles 2, 3 and 10 are forecast too low")
ax.legend()
plt.show()
silent = history.index[(forecast.rank() <= 236) & (history["frequency"] > 0)]
print(f"decile 10: {len(silent)} had bought again, {(spent[silent] > 0).sum()} came back; "
      f"forecast {forecast[silent].mean():.1f}, actual {spent[silent].mean():.1f} dollars each")
pd.DataFrame({"forecast": expected, "actual": actual}).round(1).T

# %% [markdown]
# Nearly half of decile 10 had bought again and then fell silent, so the model gave them up; more than a quarter came back. Does all this rank better than
# *past spend*? **Guess** which share of later sales the best 10 % by each rule hold. And who comes first by past spend?

# %%
how = {"future_t": 9, "discount_rate": 0.0, "include": "future", "n_draws": 1000, "seed": 0}
ones = clv_interval(buying, spending, history, **how)
total = customer_equity_interval(buying, spending, history, **how)
past = orders[orders["order_date"] <= "1997-09-30"].groupby("customer_id")["amount"].sum()
inside, star = spent.between(ones["low"], ones["high"]), past.idxmax()
lift = differentiate.holdout_lift({"forecast": forecast, "past spend": past}, spent, top=0.10, replications=500)
gap = -10 * lift.loc["past spend", ["difference", "difference_high", "difference_low"]]  # lift x 10 % is a share
print("best 10 %:", (100 * lift["share"]).round(1).to_dict(), "forecast minus past spend, with interval:", *gap.round(1))
print(f"customer {star}, first by past spend: {past[star]:,.0f}; CLV {clv[star]:.2f}; later {spent[star]:.2f}")
print(f"inside their own 95 % interval: {inside.mean():.1%} of customers; all intervals begin at {ones['low'].max():.0f}")
print(f"above the upper end: {(spent > ones['high']).mean():.1%} of all, a right model has about 2.5 %")
low, middle, high = total[["low", "customer_equity", "high"]].round(-2)
print(f"the sum: {middle:,.0f} ({low:,.0f} to {high:,.0f}); actual {spent.sum():,.0f} dollars")

# %% [markdown]
# Among the best 10 % we cannot tell the two rules apart. The model adds less the *order* than the *unit*: dollars to come, to compare with a cost.
#
# **Where it fails.** "About 95 % inside" looks perfect. But all intervals begin at 0, so only the upper end can be missed, and it was missed too
# often. The *sum* shows it: more was bought than its upper end. An error that all share hides
# behind chance in each one; in the sum it stays. The interval covers sampling and chance, never a wrong model.
#
# ## Where does the error come from?
#
# CDNOW cannot tell why the sum was too low. So we change to a firm whose truth is known: Chai & Ketab, simulated (thousand toman). After two years, at Nowruz, we compute the third as the firm would (margin 40 %; 12 % a year, elsewhere 20 %).

# %%
def live(**world):
    """Orders of two years with their true person, and what these customers truly bring in the third year."""
    chai, cut = firm.make_firm(4000, weeks=157, seed=20, detail=False, **world), pd.Timestamp("2026-03-21")
    rows = chai.orders.assign(person=chai.truth["orders"].to_numpy())
    ahead = (rows["order_date"] - cut).dt.days
    before = rows[ahead < 0]
    third = rows[ahead.between(0, 364) & rows["person"].isin(before["person"])]
    return before, 0.40 * (third["amount"] / (1 + d) ** (ahead // 30.4375 + 1)).sum()


def sum_of_clv(seen, key):
    """Customer equity of 12 months by a firm that sees these orders and takes `key` for the customer."""
    seen = differentiate.purchase_history(seen.rename(columns={key: "customer_id"}), end="2026-03-20")
    models = lifetime_value.BetaGeoModel().fit(seen), lifetime_value.GammaGammaModel().fit(seen)
    return expected_customer_lifetime_value(*models, seen, **money | {"margin": 0.40}).sum()


# %% [markdown]
# Three views of one past. *All orders*, with their true persons: no real firm sees this. *Anonymity*: only orders
# with a club card or web account. *Split identities*: of these, each *record* is taken for a customer; a person may have several.
# **Guess** for each: too high or too low?

# %%
before, truth = live()
shown = before.dropna(subset=["record_id"])
computed = {"all orders": sum_of_clv(before, "person"), "anonymity": sum_of_clv(shown, "person"),
            "split identities": sum_of_clv(shown, "record_id")}
print(f"orders without a name: {1 - len(shown) / len(before):.0%}")
pd.Series({"true": truth} | computed).round().astype(int)

# %% [markdown]
# Too high, then too low. Now ten such firms (seeds 20 to 29), with one more source of error in each row (*rung*). *Chance*: a plain world,
# just as the models assume, with its true parameters: only luck is left. *Sampling*: the same, fitted. *Model*: a rich world with seasons, a
# rival, stages, other ways to leave. *Contacts*: the firm writes letters (*all orders* above). Then it loses sight. **Guess** the largest step.

# %%
table = data.load_firm_clv_waterfall().set_index(["rung", "seed"])
twenty, rungs = table.xs(20, level="seed")["contacts":"split identities"], table.index.unique("rung")
assert np.allclose([twenty["truth"].iloc[0], *twenty["computed"]], [truth, *computed.values()], rtol=0.01), "make the table again"
error = ((table["computed"] - table["truth"]) / 1000).unstack("rung")[rungs]
step = error.diff(axis=1).fillna(error[["chance"]])
step["fitting letters"] = error["fitting letters"] - error["split identities"]  # as "no letters": from the last view
mean, half = step.mean(), 2.262 * step.sem()  # 2.262: t, for a 95 % interval from ten values
means = table.groupby("rung", sort=False).mean()
best_by = 100 * means.filter(like="best_by").set_axis(["best by CLV", "all spend", "26 weeks"], axis=1)
pd.DataFrame({"true": means["truth"] / 1000, "step": mean, "+/-": half, "seen": means["seen"],
              "error each": means["mean_absolute_error"]}).join(best_by).round().astype(int)

# %% [markdown]
# *True* and *step* (with 95 % interval) are in million toman. The first two rows are the plain world, which buys more: compare steps. *Seen*: persons, then records. *Error each*: mean absolute
# error per customer, thousand toman. Last: percent of the true year by the best 10 % by CLV, by all past spend, by that of 26 weeks.

# %% alt="Waterfall from the true next year of the customers to what the firm computes, mean of ten simulated firms. Chance and sampling add nothing that can be told from zero, the wrong model adds about a tenth, letters almost nothing; anonymous orders take away more than the model added, split identities a little more."
at = begin = means.loc["contacts", "truth"] / 1000
fig, ax = plt.subplots()
ax.barh("true next year", begin, color=plots.COLOURS["light"])
for rung in rungs[:6]:
    colour = plots.COLOURS["ours" if mean[rung] > 0 else "other"]
    ax.barh(rung, mean[rung], left=at, xerr=half[rung], color=colour)
    ax.annotate(f"{mean[rung]:+.0f}", (1, rung), xycoords=("axes fraction", "data"), va="center")
    at = at + mean[rung]
ax.barh("the firm computes", at, color=plots.COLOURS["light"])
ax.invert_yaxis()
ax.set(xlabel="customer equity, twelve months (million toman)", title="Two errors of opposite sign; anonymity is the larger")
plt.show()
blind, blind_truth = live(world="plain", anonymity=1, club=1, systems=1)
right_model = sum_of_clv(blind.dropna(subset=["record_id"]), "person") / blind_truth - 1
print(f"named orders only, one firm: wrong model {computed['anonymity'] / truth - 1:+.0%}, right model {right_model:+.0%}")

# %% [markdown]
# Chance and sampling have no direction: over ten firms they average out. (One firm's interval is more than three times as wide, $\sqrt{10}$: luck can hide the model's error.) The wrong
# model computes too much; then orders, and whole customers, have no name, and the sum falls by more. Would a better model alone help? See the last line: where the model is right and the firm as blind, the sum is *further off*. One error had hidden part of the other.
#
# **A trap**: the mean error per customer is *lower* when the firm sees less. Is it wiser? No: most customers bring little, so too low is close for most. In row *contacts* divide *true* by *seen*: "zero for everybody" would err by that, hardly more.
# Judge by sum and ranking.
#
# The *ranking* suffers little: heavy buyers join the club more readily. CLV beats all past spend clearly, the last half year's by a few points: most of its gain is to know who bought lately.
#
# The last two rows change the *policy*. The firm computes the same, the truth moves: up a little if letters stop, more if each fits its reader.
#
# ## Under which policy?
#
# A catalogue firm, after Pfeifer & Carraway (2000). A purchase brings 40 dollars, a year of mailings costs 4, money
# costs 20 %. *Recency* counts the years since the last purchase, 1 for a customer who just bought. At recency 1, 2, 3, 4 a customer buys in the next year with chance .30, .20, .15, .05; after that the firm gives up. Only this year's state counts (a *Markov chain*).
#
# **By hand**, this year and the next. Recency 1: $36 + (0.30 \cdot 36 - 0.70 \cdot 4)/1.2$. Recency 4: $-4 + 0.05 \cdot 36/1.2$. Compare with the column *2 years*; then let it run for ever.

# %%
states = ["recency 1", "recency 2", "recency 3", "recency 4", "former"]
# a row is the state this year, a column the state next year
moves = pd.DataFrame(np.diag([0.70, 0.80, 0.85, 0.95], 1), states, states)
moves["recency 1"], moves.loc["former", "former"] = [0.30, 0.20, 0.15, 0.05, 0], 1
profit = pd.Series([40 - 4, -4, -4, -4, 0], states)
policy = {"2 years": {"horizon": 1}, "5 years": {"horizon": 4}, "for ever": {},
          "may stop": {"may_stop": True}}
table = pd.DataFrame({name: lifetime_value.markov_clv(moves, profit, discount_rate=0.20, **how)
                      for name, how in policy.items()})
table.insert(3, "remembered", [52.320, 5.554, 1.251, -1.820, 0])
table.round(3)

# %% [markdown]
# The column *remembered* is the paper's, like the example from memory. A customer of
# recency 4 is worth *less than nothing*, so stop mailing there. All four gain: recency 3 more than doubles.
#
# ## Under contract: does loyalty grow?
#
# A gym knows who has left. Its retention rate (نرخ نگهداشت) rises with the years a customer has stayed, and the loyalty programme is praised for it. But
# take 100 customers: 50 stay each year with chance .9, 50 with chance .5, for ever. **Guess** the retention rates of the first three years.

# %%
stay, start = np.array([0.9, 0.5]), np.array([50, 50])
alive = np.array([(start * stay**year).sum() for year in range(4)])
print("still there:", alive.round(1), " retention:", (alive[1:] / alive[:-1]).round(3))

# %% [markdown]
# 70 %, 76 %, 81 %, and *nobody changed*. Those likely to leave (ریزش مشتری, churn) left first: sorting.
# The *shifted beta-geometric model*, sBG, needs just this: each customer keeps one chance of leaving, and the chances differ. Fader & Hardie
# (2007) fitted it to years 0–7 of two segments.

# %%
regular = np.array([100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3])
high_end = np.array([100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4])
segments = {"Regular": (regular, [0.704, 1.182]), "High-End": (high_end, [0.668, 3.806])}
report = {}
for name, (percent, printed) in segments.items():
    model = lifetime_value.ShiftedBetaGeoModel().fit(percent[:8])
    ahead = 100 * model.survival(range(8, 13)).to_numpy()
    miss = 100 * np.abs(ahead / percent[8:] - 1).mean().round(3)
    report[name] = [printed, model.params_.round(3).tolist(), ahead[-1].round(1), percent[12], miss]
names = ["alpha, beta printed", "ours", "year 12, forecast %", "actual %", "mean error, years 8-12, %"]
pd.DataFrame(report, index=names)

# %% [markdown]
# The textbook shortcut takes one retention rate for ever (Gupta & Lehmann 2005, from memory). **Guess** for *Regular*: how many would be left in year 12?

# %% alt="Survival of the Regular segment over twelve years. The sBG fitted to years 0 to 7 runs through the actual points up to year 12, 17 percent; a constant first-year rate falls to almost none by year 8, a constant average rate to about 5 percent by year 12."
rates = {"first year's": regular[1] / regular[0], "average": regular[1:8].sum() / regular[:7].sum()}
constant = pd.DataFrame({f"{name} rate, constant": 100 * rate ** np.arange(13) for name, rate in rates.items()})
ax = constant.plot(style="--", color=[plots.COLOURS["other"], plots.COLOURS["yellow"]])
plots.plot_survival(lifetime_value.ShiftedBetaGeoModel().fit(regular[:8]), regular, fitted=7, ax=ax)
ax.set_title("A constant rate forgets that customers were sorted")
plt.show()

# %% [markdown]
# A firm that believes a constant rate values those who have stayed too low.
#
# <details><summary>Deeper: return on customer</summary>
#
# *Return on customer* (بازده مشتری) of Peppers & Rogers treats equity as capital; exercise 2 has the formula.
#
# </details>
#
# ## The decision
#
# Postcards cost 5 dollars a customer and year. We *hope* that they raise purchases by 20 %. They pay where 20 % of CLV exceeds 5 dollars. **Guess** what mailing *all* brings, and what happens to
# the ranking and to the number of customers worth a card if the margin is half of 30 %. (Low and high end: of the parameter interval.)

# %%
cost, effect, plan = 5, 0.20, {}
everybody = clv_interval(buying, spending, history, seed=0, **money)
for margin in (0.15, 0.30, 0.45):
    at = everybody * margin / 0.30
    pays = effect * at > cost
    gain = (effect * at["clv"] - cost)[pays["clv"]].sum()
    gain_all = (effect * at["clv"] - cost).sum()
    same = (at["clv"].rank() == clv.rank()).all()
    counts = pays[["clv", "low", "high"]].sum()
    plan[f"margin {margin:.0%}"] = [same, *counts, f"{gain:,.0f}", f"{gain_all:,.0f}"]
names = ["same order", "customers it pays for", "at CLV's low end", "at CLV's high end",
         "gain on them, dollars", "gain if all get it"]
pd.DataFrame(plan, index=names)

# %% [markdown]
# Mailing all loses money at all three margins. One margin for all changes no order; it changes the decision. So: ask for the margin, mail those for whom the card pays, but leave some, drawn by lot, without one, to measure the effect. At Chai & Ketab
# the sum needs names before a better model (lessons 03, 04); to choose the best tenth, the names it has nearly suffice.

# %% tags=["headline"]
year, best = equity["future"].round(-2), each["future"].iloc[0]
miss = 1 - total["customer_equity"] / spent.sum()
base = plan["margin 30%"]
print(f"At a margin of 30 %, if the firm goes on as before, the next year of {len(clv):,} customers is worth "
      f"{year['customer_equity']:,.0f} dollars ({year['low']:,.0f} to {year['high']:,.0f} if the model holds; "
      f"in the 39-week test the sum was {miss:.0%} too low), the best one's {best['clv']:.0f} ({best['low']:.0f} to {best['high']:.0f}). "
      f"If a mailing of 5 dollars lifts purchases by 20 %, it gains {base[4]} dollars on the {base[1]} customers for whom "
      f"it pays; sent to all, it loses {base[5].lstrip('-')}.")
share = {rung: f"{mean[rung] / begin:+.0%} (± {half[rung] / begin:.0%})" for rung in ("model", "anonymity")}
print(f"On the simulated firm (mean of ten) the wrong model moves the sum by {share['model']} of the truth, "
      f"anonymous orders by {share['anonymity']}.")

# %% [markdown]
# ## What we found
# - By hand and by library a value came out the same.
# - For one customer chance is nearly everything; in the sum it mostly cancels, a shared error does not.
# - CDNOW's forecast found the best and was too low in sum; on the simulated firm a wrong model raised it, and missing names lowered it by more.
# - Mailing all loses money; mail those for whom it pays, stop where value is below zero.
#
# ## What this does not show
#
# The margins and the 20 % are assumptions: whether a mailing changes anybody takes an experiment. The CDNOW test saw 39 weeks, the decision takes 52. We left out cost to serve, returns and referrals.
#
# The firm does not explain CDNOW, where every order had a name and the sum was too low. Its generator decided how many orders are anonymous and whose, how people leave, how little letters (here free) move. It flatters us: spend is gamma-gamma, prices
# stand still, the tea box of exercise 4 is an sBG. A firm knows its total sales and could scale the sum up; it still would not know *who* is missing. In another order the steps would differ. Scores of persons add up their records, which
# a firm cannot do.
#
# ## Key ideas
# 1. CLV is a forecast of discounted margin from one customer, under a stated policy.
# 2. A customer's average of few purchases pulls back to everybody's average.
# 3. Chance rules one customer's value and mostly cancels in the sum; a shared error does the opposite.
# 4. What a firm cannot see can move the sum more than a wrong model, and two errors can hide each other.
# 5. Sorting alone makes retention rise with age, even if nobody grows loyal.
#
# ## Exercises

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** A customer has 4 repeat purchases of 80 dollars on average. What does the Gamma-Gamma model (`p`, `q`, `v` from above) expect of the next one? Compute it by the weight $px/(px+q-1)$ and store
# it in `my_spend`.

# %% tags=["exercise"]
my_spend = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `weight * 80 + (1 - weight) * spending.population_mean_`, with x = 4.
#
# </details>

# %% tags=["solution"]
my_spend = 4 * p / (4 * p + q - 1) * 80 + (q - 1) / (4 * p + q - 1) * spending.population_mean_

# %% tags=["check"]
four = pd.DataFrame({"frequency": [4], "monetary_value": [80.0]})
checks.check("expected spend", my_spend, expected=spending.expected_customer_spend(four).iloc[0],
             why="The rest of the weight belongs to the mean over all customers, spending.population_mean_.")

# %% [markdown] tags=["exercise"]
# **Exercise 2 (recall).** Return on customer is (cash of the year + change in customer equity) / equity at the start. Two managers start with an equity of 1,000 and
# take 90 in cash; equity ends at 1,060 under the first, at 930 under the second. Store both returns in `my_returns`, a list, first manager first.

# %% tags=["exercise"]
my_returns = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# The change is end minus start, and may be negative.
#
# </details>

# %% tags=["solution"]
my_returns = [(90 + 1060 - 1000) / 1000, (90 + 930 - 1000) / 1000]

# %% tags=["check"]
start_equity, cash, ends = 1000, 90, np.array([1060, 930])
checks.check("return on customer", my_returns, expected=(cash + ends - start_equity) / start_equity, percent=True,
             why="Cash counts too, and so does the sign of the change in equity.")

# %% [markdown] tags=["exercise"]
# **Exercise 3 (vary).** Money becomes dear: 30 % a *year* instead of 12 %. What is the customer equity of the next 12 months now, at the margin of 30 %? Store it in `my_equity`. Before you run it: by how many percent does
# it fall?

# %% tags=["exercise"]
my_equity = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `expected_customer_lifetime_value` wants the rate per month: not 0.30, nor 0.30 / 12.
#
# </details>

# %% tags=["solution"]
dear = 1.30 ** (1 / 12) - 1
my_equity = expected_customer_lifetime_value(
    buying, spending, history, future_t=12, discount_rate=dear, margin=0.30).sum()

# %% tags=["check"]
dearer = {"future_t": 12, "discount_rate": 1.30 ** (1 / 12) - 1, "margin": 0.30}
at_30 = expected_customer_lifetime_value(buying, spending, history, **dearer)
checks.check("equity at 30 % a year", my_equity, expected=at_30.sum(), rel_tol=0.005,
             why="Twelve months at the monthly rate must make 30 % a year: (1 + d)**12 = 1.30. The margin stays 0.30; sum over all.")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (vary, the firm's tea box).** `boxes` below are subscriptions of Chai & Ketab that had at least a year: `started_on`, and `ended_on` (missing: still running). Make the survival table: a list or array of 13 numbers,
# how many are still there after 0, 1, … 12 months (a month is 30.4375 days; round the life of a box to whole months; a box that ended after 3 months is *not* there at 3). Fit the sBG to months 0–6 only. Store in
# `my_box` how many it expects at month 12. The check then prints what happened, and what the first month's rate, kept for ever, gives.
#
# Begin with `boxes = data.load_firm().subscriptions` and keep those with `boxes["started_on"] <= boxes["started_on"].max() - pd.Timedelta(days=366)`.

# %% tags=["exercise"]
my_box = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `months = ((boxes["ended_on"] - boxes["started_on"]).dt.days / 30.4375).round()`; missing months are never `<= m`, so `len(boxes) - (months <= m).sum()` counts who is there. Seven *counts* go into the
# fit; `survival(12)` is a fraction. If the fit does not converge, count again: are the running boxes still there at every month, and are those that ended at `m` gone?
#
# </details>

# %% tags=["solution"]
boxes = data.load_firm().subscriptions
boxes = boxes[boxes["started_on"] <= boxes["started_on"].max() - pd.Timedelta(days=366)]
months = ((boxes["ended_on"] - boxes["started_on"]).dt.days / 30.4375).round()
there = [len(boxes) - (months <= m).sum() for m in range(13)]
my_box = there[0] * lifetime_value.ShiftedBetaGeoModel().fit(there[:7]).survival(12).iloc[0]

# %% tags=["check"]
tea = data.load_firm().subscriptions
tea = tea[tea["started_on"] <= tea["started_on"].max() - pd.Timedelta(days=366)]
life = ((tea["ended_on"] - tea["started_on"]).dt.days / 30.4375).round().fillna(np.inf).to_numpy()
stayed = (life > np.arange(13)[:, None]).sum(axis=1)
box = lifetime_value.ShiftedBetaGeoModel().fit(stayed[:7]).survival(12).iloc[0] * len(tea)
print(f"month 12: actual {stayed[12]}, first month's rate for ever {len(tea) * (stayed[1] / len(tea)) ** 12:.0f}")
checks.check("boxes at month 12", my_box, expected=box, rel_tol=0.005,
             why="Seven numbers, month 0 to month 6, and the answer in boxes, not as a fraction.")

# %% [markdown] tags=["exercise"]
# **Exercise 5 (extend, another data set).** `data.load_donations()`: 22 patterns of yearly giving; `weight` counts the people of each. Fit `lifetime_value.BetaGeoBetaBinomModel`, the sister of BG/NBD for one chance a year. A gift is 50 dollars (our assumption), money costs
# 10 % a year. Store in `my_donors` what all donors together will give in the next five years, in today's dollars. (`expected_customer_lifetime_value` takes `50.0` in place of a spend model; use `time_unit="Y"`, and five years in months.)

# %% tags=["exercise"]
my_donors = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `expected_customer_lifetime_value(model, 50.0, donors, future_t=60, time_unit="Y", discount_rate=...)` gives one value per *pattern*. The rate is per month here too.
#
# </details>

# %% tags=["solution"]
donors = data.load_donations()
giving = lifetime_value.BetaGeoBetaBinomModel().fit(donors)
per_person = expected_customer_lifetime_value(
    giving, 50.0, donors, future_t=60, time_unit="Y", discount_rate=1.10 ** (1 / 12) - 1)
my_donors = (per_person * donors["weight"]).sum()

# %% tags=["check"]
gifts = data.load_donations()
yearly = lifetime_value.BetaGeoBetaBinomModel().fit(gifts)
total_by_year = [yearly.expected_purchases(gifts, future_t=n) @ gifts["weight"] for n in range(6)]
print("published: alpha 1.204, beta .750, gamma .657, delta 2.783, LL -33,225.6")
print("ours:     ", *yearly.params_.round(3), f"LL {yearly.log_likelihood_:,.1f}")
checks.check("what the donors will give", my_donors, rel_tol=0.005,
             expected=50 * np.diff(total_by_year) @ 1.10 ** -np.arange(1.0, 6),
             why="A row stands for many people (weight), and the discount rate is per month.")

# %% [markdown]
# ## Quiz
#
# 1. A report says: "our best customer is worth 354 dollars, give or take a little." What is missing?
#
# <details><summary>Answer</summary>
#
# Margin, horizon, discount rate and policy. And the interval is that of the mean of such customers: this one may bring nothing.
#
# </details>
#
# 2. Retention rises from 63 % in year one to 95 % in year twelve. Has the loyalty programme worked?
#
# <details><summary>Answer</summary>
#
# Not shown: a model in which nobody changes gives nearly the same curve.
#
# </details>
#
# 3. You rank by CLV with a margin of 30 %; finance says 20 %. What changes?
#
# <details><summary>Answer</summary>
#
# Not the order. But a given cost pays on fewer customers.
#
# </details>
#
# ## References
#
# - Fader, P. S. & Hardie, B. G. S. (2013), note 025, the Gamma-Gamma model (not opened; published p, q, v taken from the tests of the package *lifetimes*).
# - Fader, P. S. & Hardie, B. G. S. (2007), *Journal of Interactive Marketing* 21(1), 76–90 (not opened; parameters, and the survival table of Berry & Linoff 2004, as quoted in a public notebook of pymc-marketing).
# - Pfeifer, P. E. & Carraway, R. L. (2000), *Journal of Interactive Marketing* 14(2), 43–55 (first pages read; example and values from memory).
# - Fader, P. S., Hardie, B. G. S. & Shang, J. (2010), *Marketing Science* 29(6), 1086–1108 (the donors; not opened by us).
# - Gupta, S. & Lehmann, D. R. (2005), *Managing Customers as Investments* (from memory); return on customer: Peppers & Rogers, *Return on Customer* (2005; formula read in a review).
#
# ## Next
#
# [09 Needs](09_differentiate_needs.ipynb) · [All lessons](README.md)

# %% tags=["varies"]
checks.versions("numpy", "pandas", "scipy", "matplotlib")
