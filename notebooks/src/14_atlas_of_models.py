# ---
# number: "14"
# title: An atlas of models
# question: Which models exist, and what can I use with the data I have?
# minutes: 40
# seconds: 6
# needs: ["00"]
# data: the atlas of models
# part: III
# ---

# %% [markdown]
# # 14 · An atlas of models
#
# **Question.** Which models exist, and what can I use with the data I have?
#
# **You will be able to**
# - code a model by the steps of IDIC and by the data it needs;
# - say which models your tables allow, and which table to get next;
# - measure how alike two models are, and say what the number cannot tell;
# - keep what was checked apart from what is only remembered.
#
# **You need** [lesson 00](00_start_here.ipynb): the four steps of IDIC; in `pandas`, how to select rows and columns of a frame.
#
# **Time** 40 minutes to read, 20 for the exercises, 6 seconds to run.
#
# **Data** The atlas: models of customer relationships and their stages, two small tables made for this course. Card, codes and licence: `datasets/README.md`.

# %%
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from idic_lib import checks, data, plots
from idic_lib.models import atlas

plt.rcParams.update(plots.STYLE)
pd.set_option("display.max_colwidth", 160)

# %% [markdown]
# ## Too many models
#
# The manager of Chai & Ketab comes back from a conference. One speaker showed a pyramid of customers, one a value chain, one "thirty relationships", one eight building blocks. "Which of these do *we* need?", she asks. Fair questions come first: what is each model made of, what must we know to use it, and did anybody check the slide?
#
# ## By hand: three models on one sheet
#
# These are the parts of three models, in our words. All were seen on a page, mostly in an abstract. (Lesson 01 tried the second on the firm.)
#
# | model | its parts |
# | --- | --- |
# | **customer pyramid** (هرم مشتریان), Zeithaml, Rust & Lemon 2001 | tiers by profitability · a response for each tier · move customers up |
# | **loyalty and profitability**, Reinartz & Kumar 2002 | true friends · butterflies · barnacles · strangers |
# | **CUSAMS**, Bolton, Lemon & Verhoef 2004 | marketing instruments · length · depth · breadth of the relationship |
#
# Write beside each part the step of IDIC that it serves: **I** identify, **Dv** differentiate by value, **Dn** differentiate by needs, **N** interact, **K** customize (C in lesson 13); **T** for technology; or *outside IDIC*. Do it before you run the cell.

# %%
models, stages = data.load_crm_models(), data.load_crm_stages()
three = ["customer_pyramid", "loyalty_profitability", "cusams"]
seen = stages[stages["mark"] == "V"]
seen[seen["model_id"].isin(three)].set_index("model_id")[["stage", "stage_fa", "idic_step"]]

# %% [markdown]
# Did you agree? The mapping is **our reading**, not the authors'. (`mark` is as in lesson 02: V, seen on a page; M, from memory.) You may well have put *marketing instruments* under K. Keep your sheet.
#
# How alike are the first two? Put steps and needed data into one bag each. The pyramid: {Dv, K, orders, profit}. Loyalty and profitability: {Dv, orders, profit}. **Jaccard's index** (شاخص ژاکارد) is what both have, divided by what at least one has. Take the pencil: three shared, out of four. For sets, Python writes `&` for what both have and `|` for what at least one has.

# %%
pyramid, loyalty = {"Dv", "K", "orders", "profit"}, {"Dv", "orders", "profit"}
print(f"shared {len(pyramid & loyalty)}, together {len(pyramid | loyalty)}: "
      f"Jaccard {len(pyramid & loyalty) / len(pyramid | loyalty)}")

# %% [markdown]
# ## The atlas
#
# One row a model. Every row says how it was checked, and what in it is from memory. `unit` tells what the model looks at (C: a customer); the codes in `data_needed` are told below.

# %%
models.set_index("model_id").loc["customer_pyramid"].to_frame("one row of the atlas")

# %% [markdown]
# The column `verified` has three levels. **yes**: a page was read that shows authors, year, outlet and parts of the model. **reference**: only the reference was seen. **no**: neither, or too little of it. **Guess**: what share of the rows is fully verified?

# %%
book = atlas.Atlas()
print(book)
models["verified"].value_counts().reindex(atlas.LEVELS).to_frame("models").assign(
    share=lambda t: (t["models"] / t["models"].sum()).map("{:.0%}".format))

# %% [markdown]
# `Atlas()` lets in only the first level, counts what it left out, and of those models takes only parts that were seen. Is that fussy? While the atlas was made we met four copies of one "summary" of a famous article of 1994. Here is where each copy says the article stands (volume, issue, pages).

# %%
copies = pd.Series(["72(2), 184-274", "82(2), 175-174", "72(1), 254-172", "72(2), 164-174"], name="the copy says")
pages = copies.str.extract(r"(\d+)-(\d+)").astype("int64")
ours = models.set_index("model_id").loc["service_profit_chain", "reference"]
pd.DataFrame({"the copy says": copies, "ends after it begins": pages[1] > pages[0],
              "as in the atlas": [copy in ours for copy in copies]})

# %% [markdown]
# Four copies, four answers. Two betray themselves: the article would end before it begins. The other two look sound, though the first would be very long for that magazine. The last agrees with our memory; only a second, independent page could confirm it. We used none of the four. Later we met the last copy's pages in an encyclopedia's list of references, and `how_checked` now names it.
#
# ## When were they written?
#
# **Guess** the five years in a row with the most models. (Reference seen is enough for a date.)

# %% alt="Dots stacked by year of publication: few before the late nineties, a tower in the early two-thousands, then a thin tail. Dwyer et al., IDIC, Payne and Frow, and Fader are marked."
when = book.timeline()
when["height"] = when.groupby("year").cumcount() + 1
busiest = max(range(1983, 2013), key=lambda first: when["year"].between(first, first + 4).sum())
inside = when["year"].between(busiest, busiest + 4)
fig, ax = plt.subplots()
for level, colour in (("yes", plots.COLOURS["ours"]), ("reference", plots.COLOURS["yellow"])):
    part = when[when["verified"] == level]
    ax.scatter(part["year"], part["height"], color=colour, s=34, label={"yes": "verified"}.get(level, "reference only"))
thin = {"arrowstyle": "-", "color": plots.COLOURS["luck"]}
for who, name, x, y in (("idic", "IDIC", 1998, 4), ("payne_frow", "Payne & Frow", 2010, 6),
                        ("fader_centricity", "Fader", 2012, 3), ("dwyer_schurr_oh", "Dwyer et al.", 1987, 4)):
    ax.annotate(name, when.loc[who, ["year", "height"]], (x, y), ha="center", fontsize=9, arrowprops=thin)
ax.set(xlabel="year of publication", ylabel="models (one dot each)", ylim=(0, 9.5),
       title=f"{inside.mean():.0%} of the models are from {busiest}–{busiest + 4}")
ax.legend(loc="upper left")
plt.show()

# %% [markdown]
# A wave: databases and the web made the questions urgent, and in a few years everybody drew a diagram. That is our explanation, not something that the dates prove. And *our* list is not a census: it holds what textbooks and reviews cite.
#
# ## What do they cover?
#
# Each cell counts the parts of a model that serve a step. **Guess**: which of I, D, N, K do fewest models serve?

# %%
table = book.matrix()
served = (table > 0).sum().rename("models")
steps = pd.Series({**atlas.STEPS, atlas.OUTSIDE: "culture, staff, finance, acquisition …"}, name="step")
pd.concat([steps, served], axis=1)

# %% alt="Map of models by steps, models in order of years: the rows of value and interaction are filled most, the technology row least, and many models have parts outside IDIC. Only a few columns are filled in all four steps."
short = models.set_index("model_id").loc[table.index]
short = short["authors"].str.split(r"[; ]").str[0] + " " + short["year"].astype("str")
whole = (table[["I", "N", "K"]] > 0).all(axis=1) & (table[["Dv", "Dn"]] > 0).any(axis=1)
fig, ax = plt.subplots(figsize=(9.0, 3.2))
image = ax.imshow(table.T.clip(upper=4), cmap="Blues", aspect="auto")
ax.set_xticks(range(len(table)), short, rotation=90, fontsize=7)
for tick, full in zip(ax.get_xticklabels(), whole, strict=True):
    tick.set_fontweight("bold" if full else "normal")
ax.set_yticks(range(7), ["identify", "D: value", "D: needs", "interact", "customize", "technology", "outside IDIC"])
ax.grid(False)
bar = fig.colorbar(image, ax=ax, ticks=range(5), label="parts (number)")
bar.ax.set_yticklabels(["0", "1", "2", "3", "4 +"])
ax.set(xlabel="verified model, by year (bold: all four steps)",
       title=f"{whole.sum()} of {len(table)} models touch all four steps of IDIC")
plt.show()

# %% [markdown]
# Technology apart, *identify* comes last, but by a single model: one code set otherwise and *needs* would tie. Perhaps most models begin with the customer known. Many have parts outside IDIC, such as staff, finance or suppliers; that is what IDIC leaves out.
#
# A published count to lay beside ours: Ngai, Xiu and Chau (2009) sorted papers on data mining by four tasks, and *retention* had most (abstract read). In our codes retention is interact and customize, and *interact* leads. Their list counts papers, ours models, so this is a likeness, not a test.
#
# ## What can I use with an orders file?
#
# Fifteen codes say what a model may ask for.

# %%
pd.Series(atlas.DATA, name=f"what the {len(atlas.DATA)} codes mean").to_frame()

# %% [markdown]
# A model is *usable* if you have everything that it needs. **Guess**: of the verified models, how many work with an orders file alone (who, when, how much)?

# %%
book.usable(["orders"])

# %% [markdown]
# These are lessons [07](07_differentiate_future_purchases.ipynb) and [08](08_differentiate_lifetime_value.ipynb): predict purchases, then choose customers. Which table next? We add one code at a time.

# %% alt="Bars: how many models become usable if one more kind of data joins the orders file. Asking managers opens most, but these models rate the firm; among data about customers and partners, several kinds tie, well behind."
more = pd.Series({code: len(book.usable(["orders", code])) for code in atlas.DATA}).drop("orders").sort_values()
desk = more.index.isin(["assessment", "documents"])
fig, ax = plt.subplots()
ax.barh(more.index, more, color=np.where(desk, plots.COLOURS["light"], plots.COLOURS["ours"]))
ax.axvline(len(book.usable(["orders"])), color=plots.COLOURS["truth"], linestyle=":")
ax.set(xlabel="models usable with orders and this (dotted: orders alone)",
       title="Managers' ratings open most, customers' data few")
plt.show()

# %%
about = ~desk
best = more[about][more[about] == more[about].max()].index
print("of data about customers, staff or partners, these open most:", ", ".join(sorted(best)))
no_rows = book.models["data"].map(lambda codes: codes <= {"assessment", "documents"})
print(f"{no_rows.sum()} of {len(no_rows)} models need no row about a customer")

# %% [markdown]
# Look at the light bars. Nearly a third of the models want no customer's row: managers or assessors rate the firm, or a researcher codes documents. But ratings tell what managers *think*. Among the dark bars several kinds tie, and many open nothing alone: models on customers often need several kinds together.
#
# Chai & Ketab's shelf is fuller. It lacks, for example, social media, and what was spent on winning customers.

# %%
shelf = ["records", "orders", "lines", "contacts", "answers", "survey", "profit", "staff", "prospects", "cohorts"]
can = book.usable(shelf)
print(f"usable at Chai & Ketab: {len(can)} of {len(book.models)} verified models")
can.groupby("steps").agg(models=("name", "count"), for_example=("name", "first"))

# %% [markdown]
# A table is not yet the right table. The firm's survey holds one question on trust, and its table of branches tells how content the staff are, not how many left. Read a model before you call it usable.
#
# ## Neighbours
#
# Now the library repeats the sum that you did by hand, against all models. Two models picked blindly also share something, so we draw the median pair as a dashed line. **Guess** IDIC's nearest neighbour.

# %% alt="Bars of Jaccard's index with IDIC for its six nearest verified models: Winer first, then Buttle and Payne and Frow, all far above the dashed line of the median pair."
codes = book.models["steps"].combine(book.models["data"], frozenset.union)
pairs = np.median([len(a & b) / len(a | b) for a, b in combinations(codes, 2)])
near = book.neighbours("idic", k=6)[::-1]
fig, ax = plt.subplots()
ax.barh(short[near.index], near["jaccard"], color=plots.COLOURS["ours"])
ax.axvline(pairs, **plots.LUCK)
ax.text(pairs + 0.01, -0.2, "median pair", color="white", fontsize=9)
ax.set(xlabel="Jaccard's index with IDIC (0 nothing, 1 everything shared)",
       title=f"Nearest to IDIC: {short[near.index[-1]]}")
plt.show()
print("IDIC has, the nearest has not:", ", ".join(sorted(codes["idic"] - codes[near.index[-1]])))

# %% [markdown]
# By our codes Winer's framework of 2001 serves the same steps, and only *records* (who is who) are missing from its data, although it begins with a database of customers: a code that one may doubt. The next two are the models of lessons 17 and 15. *Alike* does not mean that one copied the other, nor that one can replace the other.
#
# ## Where it fails
#
# **Coarse codes.** Take the steps alone, without the data. How many models are then *identical* to IDIC?

# %%
mine = book.models["steps"]["idic"]
twins = book.models.index[book.models["steps"] == mine].drop("idic")
print(len(twins), "models cannot be told from IDIC by their steps:", ", ".join(short[twins]))

# %% [markdown]
# One comes from a review of five views, one is a measure for a survey. Five letters cannot hold a model.
#
# **Uneven codes.** One task, winning new customers, has no step of its own in IDIC. What did we do with it?

# %%
winning = seen["stage"].str.contains("acquisition|attraction|prospecting|initiation|more like")
seen.loc[winning & seen["model_id"].isin(book.models.index), ["model_id", "stage", "idic_step"]]

# %% [markdown]
# Now *identify*, now *interact*, now outside. Each choice can be defended; together they move the counts above by more than the gap between *identify* and *needs*.
#
# **Memory.** Now let in the unverified rows, on purpose.

# %%
loose = atlas.Atlas(least="no")
loose.neighbours("idic", k=5).join(models.set_index("model_id")["verified"])[["name", "year", "jaccard", "verified"]].round(2)

# %% [markdown]
# Two rows whose parts we saw on no page join the nearest, one of them level with Winer. Did memory pull them towards IDIC, the model that we know best? That suspicion can be tested: compare the averages.

# %%
every = loose.neighbours("idic", k=60).join(models.set_index("model_id")["verified"])
every.groupby("verified")["jaccard"].agg(["count", "mean", "median"]).round(2)

# %% [markdown]
# No clear pull, and too few rows to exclude one: of the unverified groups one lies above the verified rows, one below, with a handful of models each. The trouble is simpler. *Who is nearest?* now has an answer that rests on parts that we did not see. So such rows stay out: those whose reference was seen enter the timeline only (other colour), the rest no figure. Here they are, apart.

# %%
apart = models[models["verified"] != "yes"].sort_values(["verified", "year"])
apart.set_index("name")[["name_fa", "year", "authors", "verified", "how_checked"]]

# %% [markdown]
# One of them, *acquire, enhance, retain*, is in many textbooks, and lesson 16 works with it: we read its phases and its authors, but on no page the year with the publisher.
#
# ## The decision
#
# The manager gets one page, not fifty diagrams.

# %% tags=["headline"]
alone = book.usable(["orders"])["name"]
gain = book.usable(["orders", "profit"])["name"]
print(f"{len(book.models)} of {len(models)} models verified. An orders file alone feeds {len(alone)}: {', '.join(alone)}.")
print(f"With margin and cost to serve also: {', '.join(gain.drop(alone.index))}.")
print(f"The whole shelf of Chai & Ketab feeds {len(can)}; {whole.sum()} models touch all four steps, IDIC among them.")

# %% [markdown]
# Start with the orders. Then compute margin and cost to serve by customer. By count *profit* only ties with others; it comes first because it tells whom to serve how, and because the firm has the entries. The rest of the shelf comes after. Choose among models by the *decision* that they lead to; that is [the later lessons'](README.md) work.
#
# ## What we found
# - Three models were coded by hand; our codes are a reading, and yours may differ.
# - An orders file alone feeds very few models, and a good part of all want no customer's row.
# - By steps and data IDIC has near neighbours; by steps alone several cannot be told from it.
# - Let in, rows from memory changed IDIC's neighbours; they are shown apart.
#
# ## What this does not show
#
# *Verified* means that one reader saw a page, mostly an abstract or a title page, not that the article was read, or that the model works. Volumes and pages in the atlas are in part from memory, as its notes say. One person coded steps and data, not always evenly; no second rater has tested that. Where we knew no usual Persian name, we made one. The list is a choice, nearly all in English, so shares and towers describe the list. Counting usable models says nothing of their worth: one that fits your decision beats ten that do not.
#
# ## Key ideas
# 1. A model is usable if you have all that it needs; ask that first.
# 2. Data on margins turn an orders file into an account by customer.
# 3. Many models ask managers, not customers.
# 4. Jaccard's index compares codes, not truths.
# 5. Say of each fact where it was seen, and keep memory apart.
#
# ## Exercises

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** How many verified models have a part that serves *customize*? `book.serving("K")` has a row for each *part*. Store the number of models in `my_customize`.

# %% tags=["exercise"]
my_customize = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# A model can have two such parts. Count different entries of the index: `.index.nunique()`.
#
# </details>

# %% tags=["solution"]
my_customize = book.serving("K").index.nunique()

# %% tags=["check"]
checks.check("models that serve customize", my_customize, expected=(table["K"] > 0).sum(),
             why="Count models, not parts: some models have two parts that serve K.")

# %% [markdown] tags=["exercise"]
# **Exercise 2 (vary).** A mail-order firm has `orders`, `contacts` and `profit`, nothing else. Store the *set* of ids of the verified models that it can use in `my_models`.

# %% tags=["exercise"]
my_models = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `book.usable([...]).index` holds the ids; `set(...)` makes the set.
#
# </details>

# %% tags=["solution"]
my_models = set(book.usable(["orders", "contacts", "profit"]).index)

# %% tags=["check"]
have = {"orders", "contacts", "profit"}
checks.check("usable models", my_models, expected={name for name, needs in book.models["data"].items() if needs <= have},
             why="All that a model needs must be there; one code in common is not enough. Ids are asked for, not names.")

# %% [markdown] tags=["exercise"]
# **Exercise 3 (vary).** The series `codes` holds each model's set of steps and data. Compute Jaccard's index of `codes["idic"]` and `codes["payne_frow"]` with `&`, `|` and `len`. Store it in `my_jaccard`.

# %% tags=["exercise"]
my_jaccard = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# Shared: `codes["idic"] & codes["payne_frow"]`. Together: the same with `|`.
#
# </details>

# %% tags=["solution"]
my_jaccard = len(codes["idic"] & codes["payne_frow"]) / len(codes["idic"] | codes["payne_frow"])

# %% tags=["check"]
checks.check("IDIC and Payne & Frow", my_jaccard, expected=book.neighbours("idic", k=50).loc["payne_frow", "jaccard"],
             why="Divide by the union: a shared code counts once there, so it is not the sum of both sizes.")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (extend).** A hotel writes to its guests before and after the stay (N) and asks in a questionnaire what they missed (Dn). It needs `contacts` and `survey`. Which verified model has the highest Jaccard's index with these four codes? Store its id in `my_nearest`.

# %% tags=["exercise"]
my_nearest = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# Put the four codes into a set `hotel`. Then `codes.map(lambda theirs: len(hotel & theirs) / len(hotel | theirs))`, and `.idxmax()`.
#
# </details>

# %% tags=["solution"]
hotel = {"N", "Dn", "contacts", "survey"}
my_nearest = codes.map(lambda theirs: len(hotel & theirs) / len(hotel | theirs)).idxmax()

# %% tags=["check"]
guests = frozenset(["N", "Dn", "contacts", "survey"])
score = {name: len(guests & theirs) / len(guests | theirs) for name, theirs in codes.items()}
checks.check("nearest to the hotel", my_nearest, expected=max(score, key=score.get),
             why="Divide by the union: big models share much, but they also hold much that the hotel lacks. Store the id.")

# %% [markdown]
# ## Quiz
#
# 1. Two models have Jaccard's index 1. Are they the same model?
#
# <details><summary>Answer</summary>
#
# No. They have the same codes, in our coding.
#
# </details>
#
# 2. A web page gives volume and pages of an article. Is that verified?
#
# <details><summary>Answer</summary>
#
# It was seen once. Look for a second page that does not copy the first, best the publisher's.
#
# </details>
#
# 3. Why may a row from memory not enter a figure?
#
# <details><summary>Answer</summary>
#
# A figure shows no doubt: a dot from memory looks like a dot from a page, and it changes the answer.
#
# </details>
#
# ## References
#
# Read as far as `how_checked` says in the atlas, which has all references.
#
# - Bolton, R. N., Lemon, K. N. & Verhoef, P. C. (2004), "The Theoretical Underpinnings of Customer Asset Management", *Journal of the Academy of Marketing Science* 32(3), 271–292.
# - Ngai, E. W. T., Xiu, L. & Chau, D. C. K. (2009), "Application of Data Mining Techniques in Customer Relationship Management", *Expert Systems with Applications* 36(2), 2592–2602.
# - Reinartz, W. & Kumar, V. (2002), "The Mismanagement of Customer Loyalty", *Harvard Business Review* 80(7), 86–94.
# - Winer, R. S. (2001), "A Framework for Customer Relationship Management", *California Management Review* 43(4).
# - Zeithaml, V. A., Rust, R. T. & Lemon, K. N. (2001), "The Customer Pyramid", *California Management Review* 43(4).
#
# ## Next
#
# [15 Payne, five processes](15_payne_five_processes.ipynb): do strategy, value, channels, information and results fit together? · [All lessons](README.md)

# %% tags=["varies"]
checks.versions("numpy", "pandas", "matplotlib")
