# ---
# number: "08"
# title: Lifetime value
# question: What is each customer worth, how sure are we, and under which policy?
# minutes: 60
# seconds: 15
# needs: ["07"]
# data: CDNOW, published tables
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
# - test a value against what customers did afterwards;
# - decide whom to contact, and whom to stop contacting, in money.
#
# **You need** [lesson 07](07_differentiate_future_purchases.ipynb): who will buy again. And discounting: 100 dollars in a year are
# worth less than 100 dollars now.
#
# **Time** 60 minutes to read, 15 seconds to run.
#
# **Data** CDNOW, the published sample of 2,357 customers (`datasets/README.md`), and two small tables from papers, which stand in the cells.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from idic_lib import checks, data, differentiate, lifetime_value, plots
from idic_lib.lifetime_value import clv_interval, customer_equity_interval, expected_customer_lifetime_value

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# *Customer lifetime value*, CLV (ارزش طول عمر مشتری), is a forecast: the cash that one customer will still bring, each part discounted to
# today, under a stated policy of the firm. It is not what the customer has brought so far. It is not sales,
# since goods cost money. And it does not belong to the person alone: change the policy and the value changes.
# The sum over all customers is *customer equity* (ارزش ویژهٔ مشتری).
#
# We stand on 30 September 1997, as in lesson 07: 39 weeks of orders to learn from, 39 weeks kept for the test.

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
# that 30 % of sales is left after the cost of the goods**, and come back to that. Money costs 12 % a year (the *discount rate*); for one month that is
# $d = 1.12^{1/12} - 1$.
#
# **Guess first**: what is the *next year* of this customer worth today: 70, 35, 11 or 3 dollars?
#
# Then run the next cell and take a pencil. For each month multiply: purchases × spend × 0.30; divide by $(1+d)$ once for each month; add the three. (Why 24.65
# dollars, not 22? See the next section.)

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
# Pencil and library agree. If you guessed too high: did you forget the margin, or that the customer may be gone?
#
# **The trap is in the units.** `future_t` counts *months*, although our history counts weeks; `discount_rate` is per month; `time_unit`
# says what the history counts. Somebody wants 39 weeks, which is 9 months, and slips:

# %%
pd.Series({
    "right: 9 months": value_of(9, d),
    "39, meant as weeks": value_of(39, d),
    "12 % a year taken as monthly": value_of(9, 0.12),
    "weeks called months": value_of(9, d, "M"),
}).round(2)

# %% [markdown]
# No slip gives an error; each gives a number that somebody would believe.
#
# ## Spend: the mean pulls back
#
# Imagine three customers who spent 300 dollars a purchase; one has a single repeat purchase to show, one has three, one has 21.
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
# One large purchase is partly a large taste and partly a large day. That is *regression to the mean*. Is it real? Look at customers with
# exactly one repeat purchase who bought again later. If the own mean were the best forecast, the points would lie on the grey line.

# %% alt="Spend per purchase after September 1997 against the one repeat purchase before, for five groups of customers. The three cheaper groups spent more later; the dearest a little less, with an interval that covers the grey line of equality. The points rise less steeply than that line, much as the Gamma-Gamma line does."
after = later.groupby(["customer_id", "order_date"])["amount"].sum().groupby("customer_id").mean()
once = history[history["frequency"] == 1].join(after.rename("after"), how="inner")
fifths = once.groupby(pd.qcut(once["monetary_value"], 5))
before, mean = fifths["monetary_value"].mean(), fifths["after"].mean()
grid = pd.DataFrame({"frequency": 1, "monetary_value": np.linspace(5, 90, 50)})
fig, ax = plt.subplots()
ax.plot([5, 90], [5, 90], **plots.LUCK, label="own mean, unchanged")
expected = spending.expected_customer_spend(grid)
ax.plot(grid["monetary_value"], expected, color=plots.COLOURS["ours"], label="Gamma-Gamma")
ax.errorbar(before, mean, 1.96 * fifths["after"].sem(), fmt="ko", label="what they did (95 % interval)")
ax.set(xlabel="the one repeat purchase before (dollars)", ylabel="later, per purchase (dollars)",
       title=f"After a small purchase, larger ones: {len(once)} who returned")
ax.legend()
plt.show()

# %% [markdown]
# The cheap groups came back with more, even more than the model says. The dearest group's interval is too wide to show a fall.
#
# Now the published values, beside ours. The model also assumes that spend does not
# depend on frequency: the correlation should be near zero. Watch what *one* customer does to it.

# %%
print(pd.DataFrame({"published": [6.25, 3.74, 15.44], "ours": spending.params_}).round(2).T)
print(f"mean of all customers: {spending.population_mean_:.2f} dollars a purchase")
repeaters = history[history["frequency"] > 0]
for name, some in {"all": repeaters, "without customer 1901": repeaters.drop("1901")}.items():
    correlation = some["frequency"].corr(some["monetary_value"])
    print(f"{name}: {len(some)} repeaters, correlation of frequency and spend {correlation:.3f}")

# %% [markdown]
# ## How sure are we?
#
# Two doubts. *Parameters*: other customers in the sample would have given other parameters. *The future*: even if we knew
# every parameter, one customer buys by chance. **Guess**: for the best customer, which doubt is wider? And for the sum of all 2,357?

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

# %% alt="Twelve-month lifetime value of the ten best customers. The dark parameter interval is narrow, tens of dollars; the light interval with the chance of the future begins at 0 and is many times as wide."
ax = plots.plot_clv_interval(each["future"], n=10, money="dollars", months=12)
narrow = each["parameters"][::-1]
ax.hlines(range(10), narrow["low"], narrow["high"], color=plots.COLOURS["ours"], linewidth=3)
ax.legend(["with the chance of the future", "expected", "parameters only"], loc="lower right")
ax.set_title("We know what such customers bring, not what this one will")
plt.show()

# %% [markdown]
# For one customer chance is nearly everything: "worth 354 dollars" means that *such customers* bring this on average; this one may bring nothing.
# In the sum chance largely cancels out; what is left widens the interval by about a third.
#
# ## Against what they did
#
# Now the test: the forecast of 39 weeks' sales, against what the same customers spent. Sort by forecast, cut into ten equal groups. **Guess** where the forecast
# fails most, in proportion: among the best, in the middle, or among the last?

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
# Nearly half of decile 10 had bought again and then fell silent, so the model gave them up; more than a quarter of those came back. And does all this rank better than plain
# *past spend*, which costs nothing? **Guess** which share of later sales the best 10 % by each rule hold.

# %%
past = orders[orders["order_date"] <= "1997-09-30"].groupby("customer_id")["amount"].sum()
scores, columns = {"forecast": forecast, "past spend": past}, {}
for top in (5, 10, 20):
    lift = differentiate.holdout_lift(scores, spent, top=top / 100, replications=500)
    # lift x top is a share in percent; the minus turns "past spend minus forecast" round
    gap = -top * lift.loc["past spend", ["difference", "difference_high", "difference_low"]]
    columns[f"best {top} %"] = [*(100 * lift.loc[[*scores, "chance"], "share"]), *gap]
names = ["by forecast", "by past spend", "by chance", "forecast minus past spend",
         "its interval: low", "its interval: high"]
pd.DataFrame(columns, index=names).round(1)

# %% [markdown]
# All in percent of later sales. The honest answer: among the best 5 % the forecast is ahead, and the interval just leaves out zero, in one of three looks; at 10 and 20 % we cannot tell the two rules apart.
# What the model adds is less the *order* than the *unit*: dollars still to come, which a cost can be compared with. And it may prevent a large mistake (one customer, no proof): who comes first by past spend?

# %%
how = {"future_t": 9, "discount_rate": 0.0, "include": "future", "n_draws": 1000, "seed": 0}
ones = clv_interval(buying, spending, history, **how)
total = customer_equity_interval(buying, spending, history, **how)
inside, star = spent.between(ones["low"], ones["high"]), past.idxmax()
print(f"customer {star}, first by past spend: {past[star]:,.0f}; CLV {clv[star]:.2f}; later {spent[star]:.2f}")
print(f"inside their own 95 % interval: {inside.mean():.1%} of customers; all intervals begin at {ones['low'].max():.0f}")
print(f"above the upper end: {(spent > ones['high']).mean():.1%} of all, a right model has about 2.5 %")
low, middle, high = total[["low", "customer_equity", "high"]].round(-2)
print(f"the sum: {middle:,.0f} ({low:,.0f} to {high:,.0f}); actual {spent.sum():,.0f} dollars")

# %% [markdown]
# **Where it fails, most instructively.** "About 95 % inside" looks perfect, and is not. All intervals begin at 0, and nobody spends less; so only the upper end can be missed, and it was missed too
# often. In one customer nobody notices. The *sum* shows it: more was bought than its upper end. An error that all customers share (a good season, silent customers who return) hides
# behind chance in each one; in the sum chance cancels and the error stays. The interval covers sampling and chance, never a wrong model. Say so.
#
# ## Under which policy?
#
# A catalogue firm, after Pfeifer & Carraway (2000; their example as we remember it). A purchase brings 40 dollars, a year of mailings costs 4, money
# costs 20 %. *Recency* counts the years since the last purchase, 1 for a customer who just bought. At recency 1, 2, 3, 4 a customer buys in the next year with chance .30, .20, .15, .05; after that the firm gives up.
#
# **By hand**, this year and the next. Recency 1: $36 + (0.30 \cdot 36 - 0.70 \cdot 4)/1.2$. Recency 4: $-4 + 0.05 \cdot 36/1.2$ (mail now, perhaps sell next year). Compare with the column *2 years*; then let it run for ever.

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
# The column *remembered* is the paper's, quoted from memory. A customer of
# recency 4 is worth *less than nothing*, so stop mailing there. All four gain: recency 3 more than doubles. Same person, same history, another
# policy. CDNOW's values above hold for what CDNOW did then.
#
# ## Under contract: does loyalty grow?
#
# A gym or a newspaper knows who has left. Its retention rate (نرخ نگهداشت) rises with the years a customer has stayed, and the loyalty programme is praised for it. Before you believe
# it, take 100 customers: 50 stay each year with chance .9, 50 with chance .5, for ever. **Guess** the retention rates of the first three years.

# %%
stay, start = np.array([0.9, 0.5]), np.array([50, 50])
alive = np.array([(start * stay**year).sum() for year in range(4)])
print("still there:", alive.round(1), " retention:", (alive[1:] / alive[:-1]).round(3))

# %% [markdown]
# 70 %, then 76 %, then 81 %, and *nobody changed*. Those likely to leave (ریزش مشتری, churn) left first. Sorting alone makes retention rise, so the rise alone does not show loyalty.
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
# The textbook shortcut takes one retention rate for ever (Gupta & Lehmann 2005, from memory): the first year's, say, or the average of years 1 to 7. **Guess**: which
# would you take for *Regular*, and how many are left in year 12?

# %% alt="Survival of the Regular segment over twelve years. The sBG fitted to years 0 to 7 runs through the actual points up to year 12, 17 percent; a constant first-year rate falls to almost none by year 8, a constant average rate to about 5 percent by year 12."
sbg = lifetime_value.ShiftedBetaGeoModel().fit(regular[:8])
rates = {"first year's rate": regular[1] / regular[0],
         "average rate": regular[1:8].sum() / regular[:7].sum()}
fig, ax = plt.subplots()
for (name, rate), colour in zip(rates.items(), ("other", "yellow")):
    ax.plot(100 * rate ** np.arange(13), "--", color=plots.COLOURS[colour], label=f"{name}, constant")
plots.plot_survival(sbg, regular, fitted=7, ax=ax)
ax.set_title("A constant rate forgets that customers were sorted")
plt.show()

# %%
def worth(survivors):
    """100 dollars a year from those who stay, up to year 12, at 10 % a year."""
    return 100 * survivors[1:] / survivors[0] @ 1.10 ** -np.arange(1.0, len(survivors))


ways = {"actual": regular, "sBG": sbg.survival(range(13)).to_numpy()}
ways |= {name: rate ** np.arange(13) for name, rate in rates.items()}
pd.DataFrame({n: {"new": worth(s), "after 7 years": worth(s[7:])} for n, s in ways.items()}).round()

# %% [markdown]
# The average rate values a *new* customer nearly right, by luck of the years averaged. It values those who stayed seven years far too low, and a firm that follows it would spend too little on keeping them.
#
# <details><summary>Deeper: return on customer, acquisition, and what "lifetime" means</summary>
#
# *Return on customer* (بازده مشتری) of Peppers & Rogers treats equity as capital: cash of the year plus the change in customer equity, divided by the
# equity at the start. Exercise 2 computes it.
#
# CLV leaves out what it cost to win the customer (جذب مشتری): for customers you have, that money is gone. For "shall we win more like these?", compare it with the
# value of a *new* customer, first purchase included.
#
# The Gamma-Gamma mean exists only for $q > 1$. A few wholesalers among readers may break that; the library then refuses.
#
# Our "lifetime" is twelve months. A longer one would be larger, and rest on behaviour that 39 weeks of data cannot show.
#
# </details>
#
# ## The decision
#
# A series of postcards costs 5 dollars a customer and year. We *hope* that it raises purchases by 20 %. It pays where 20 % of CLV exceeds 5 dollars. **Guess** what mailing *all* brings, and what happens to
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
# Mailing all loses money at all three margins. One margin for all changes no order; it changes the decision. "Who is best?" needs no accountant, "whom do we contact?" does. A lift of 10 % does just what half
# the margin does. So: ask for the margin, mail those for whom the card pays, but leave some, drawn by lot, without a card, to measure the lift. And never pay more
# to keep a customer than the customer is worth, and less if the customer would stay anyway.

# %% tags=["headline"]
year, best = equity["future"].round(-2), each["future"].iloc[0]
miss = 1 - total["customer_equity"] / spent.sum()
base = plan["margin 30%"]
print(f"At a margin of 30 %, if the firm goes on as before, the next year of {len(clv):,} customers is worth "
      f"{year['customer_equity']:,.0f} dollars ({year['low']:,.0f} to {year['high']:,.0f} if the model holds; "
      f"in the 39-week test the sum was {miss:.0%} too low), the best one's {best['clv']:.0f} ({best['low']:.0f} to {best['high']:.0f}). "
      f"If a mailing of 5 dollars lifts purchases by 20 %, it gains {base[4]} dollars on the {base[1]} customers for whom "
      f"it pays; sent to all, it loses {base[5].lstrip('-')}.")

# %% [markdown]
# ## What we found
# - We computed a value by hand, month by month, and the library gave the same.
# - For one customer chance is nearly everything; in the sum it mostly cancels out, an error shared by all does not.
# - Tested on 39 later weeks, the forecast found the best, ranked little better than past spend, and was too low in sum.
# - We decided whom to mail at which margin (all would lose money), and to stop where value is below zero.
#
# ## What this does not show
#
# The margin and the 20 % are assumptions: whether a mailing changes anybody takes an experiment. The test saw 39 weeks, the decision takes 52. A customer with a high CLV is not one on whom contact *works*. We know nothing of cost to serve, returns, referrals or what else people buy. CDNOW's
# customers all came in one quarter of the early web. The survival table has two segments and no sizes, so we give no intervals there; seven years sufficed for the sBG, fewer did not (exercise 4). And a value
# computed under one policy says nothing sure about another that was never tried.
#
# ## Key ideas
# 1. CLV is a forecast of discounted margin from one customer, under a stated policy.
# 2. A customer's average of few purchases pulls back to everybody's average.
# 3. Chance rules one customer's value and mostly cancels in the sum; a shared error does the opposite.
# 4. Ranking needs no margin (if it is the same for all); deciding does.
# 5. Retention that rises with age is what sorting does, even if nobody grows loyal.
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
begin, cash, ends = 1000, 90, np.array([1060, 930])
checks.check("return on customer", my_returns, expected=(cash + ends - begin) / begin, percent=True,
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
# **Exercise 4 (vary).** The published fit used years 0–7. Fit the sBG to years 0–4 of `high_end` only and forecast year 12. Store the forecast, in percent of the first year's customers, in `my_year_12`. How far
# is it from what happened?

# %% tags=["exercise"]
my_year_12 = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# Years 0–4 are five numbers (from four the library refuses to fit). `survival(12)` gives a Series with one fraction.
#
# </details>

# %% tags=["solution"]
my_year_12 = 100 * lifetime_value.ShiftedBetaGeoModel().fit(high_end[:5]).survival(12).iloc[0]

# %% tags=["check"]
early = lifetime_value.ShiftedBetaGeoModel().fit(high_end[:5])
checks.check("forecast of year 12", my_year_12, expected=100 * early.survival(12).loc[12],
             why="Five numbers, year 0 to year 4: high_end[:5].")

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
# Margin, horizon, discount rate and policy. And the interval is that of the mean of such customers: this one may bring nothing at all.
#
# </details>
#
# 2. Retention rises from 63 % in year one to 95 % in year twelve. Has the loyalty programme worked?
#
# <details><summary>Answer</summary>
#
# Not shown. A model in which nobody changes gives nearly the same curve: those likely to leave have left.
#
# </details>
#
# 3. You rank by CLV with a margin of 30 %; finance says 20 %. What changes?
#
# <details><summary>Answer</summary>
#
# Not the order. The number of customers on whom a given cost pays becomes smaller.
#
# </details>
#
# ## References
#
# - Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005), "RFM and CLV", *Journal of Marketing Research* 42(4), 415–430 (not opened by us).
# - Fader, P. S. & Hardie, B. G. S. (2013), note 025, the Gamma-Gamma model (published p, q, v taken from the tests of the package *lifetimes*).
# - Fader, P. S. & Hardie, B. G. S. (2007), *Journal of Interactive Marketing* 21(1), 76–90 (not opened; parameters, and the survival table of Berry & Linoff 2004, as quoted in a public notebook of pymc-marketing).
# - Pfeifer, P. E. & Carraway, R. L. (2000), *Journal of Interactive Marketing* 14(2), 43–55 (first pages read; example and values from memory).
# - Fader, P. S., Hardie, B. G. S. & Shang, J. (2010), *Marketing Science* 29(6), 1086–1108 (the donors; not opened by us).
# - Gupta, S. & Lehmann, D. R. (2005), *Managing Customers as Investments* (from memory); return on customer: Peppers & Rogers, *Return on Customer* (2005; formula read in a review).
#
# ## Next
#
# [All lessons](README.md)

# %% tags=["varies"]
checks.versions("numpy", "pandas", "scipy", "matplotlib")
