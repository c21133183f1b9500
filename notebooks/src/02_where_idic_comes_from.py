# ---
# number: "02"
# title: Where IDIC comes from
# question: Who made IDIC, what does it say, and can a web page about it be trusted?
# minutes: 45
# seconds: 6
# needs: ["00"]
# data: claims of web articles
# part: "I"
# ---

# %% [markdown]
# # 02 · Where IDIC comes from
#
# **Question.** Who made IDIC, what does it say, and can a web page about it be trusted?
#
# **You will be able to**
# - trace a claim to the page that shows it, and say how far you read;
# - name the four steps, and tell the two readings of *Differentiate* apart by one question;
# - measure whether two readers judge alike, beyond chance, by Cohen's kappa;
# - say how sure kappa is, and what it cannot show.
#
# **You need** [lesson 00](00_start_here.ipynb): luck, `groupby`; what a share is.
#
# **Time** 45 minutes to read, 40 for the exercises, 6 seconds to run.
#
# **Data** Sixty claims of Persian web articles on customer models, in our words, articles unnamed (card: `datasets/README.md`); a table of Cohen (1968); in one exercise Chai & Ketab, the simulated firm.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.metrics import cohen_kappa_score

from idic_lib import checks, data, plots

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# ## A page for the staff handbook
#
# Chai & Ketab will train its staff in IDIC. Somebody drafts a page out of five popular articles. It begins: *McKinsey & Company presented the IDIC model in the 1990s.* May we print that? We took sixty claims from the articles (S0 to S4). Each got one of three words:
#
# - **supported** (مستند): a source that can be named (author and year, or data) shows the claim as it stands;
# - **doubtful** (تردیدپذیر): partly right; something is wrong, missing, misdated or too strong, or good sources disagree;
# - **unsupported** (بی‌پشتوانه): no source that can be named shows it, or a good one shows the opposite. *Unsupported is not the same as false.*

# %%
claims = data.load_source_claims().set_index("claim_id")
order = ["unsupported", "doubtful", "supported"]
twenty = claims[claims["lesson02"] == 1]
pd.crosstab(claims["kind"], claims["source"], margins=True)

# %% [markdown]
# *Origin*: who and when. *Content*: what an idea says. *Effect*: what leads to what. *Use*: where it works. Be a rater (داور) yourself. Here are twenty (in Persian: `claim_fa`).

# %%
for name, claim in twenty["claim"].items():
    print(f'"{name}": "",  # {claim}')

# %% [markdown] tags=["exercise"]
# **Exercise 1 (do it now: ten minutes, no searching).** Mark the twenty claims. Copy the printed lines into a dict `my_verdicts = {…}` and put one of the three words between each pair of quotes. There is no score: you will see later how far you, we and a second rater agree.

# %% tags=["exercise"]
my_verdicts = ...

# %% [markdown]
# ## One claim, traced step by step
#
# Take the first sentence of the draft. Five questions, each with what we found and how far we read (**V**: the page named was read; **M**: from memory, not checked):
#
# 1. *Does the page agree with itself?* It says that McKinsey presented the model, and that it was published in a book by Don Peppers and Martha Rogers.
# 2. *What does the book say?* *The One to One Future* is of 1993. In January 1997 the authors summed it up: sell one customer as much as possible, by memory and dialogue (V). One-to-one marketing (بازاریابی یک‌به‌یک) is there. Four named steps are not in what we read.
# 3. *Where do the four words first stand in a row?* The earliest page that we could read: Peppers, Rogers and Bob Dorf, "Is Your Company Ready for One-to-One Marketing?", *Harvard Business Review*, January–February 1999. The journal's summary (V) names identify, differentiate, interact, customize, in this order, as stages that *overlap* and grow more complex and more useful; two analyse, two act. The by-line has the three names. We did not read the whole article.
# 4. *Does anybody support the claim?* Two searches found no other page, and no text by McKinsey.
# 5. *Does anybody speak against it?* A former partner of the authors calls it theirs (V).
#
# Verdict: **unsupported**. Not proved false. A safe sentence: *ideas from 1993 on; the four steps in print in 1999; the authors' textbook is built on the acronym from 2004 (M).* Look at the last row of the figure: which of those dates is right?

# %%
books = pd.DataFrame([
    (1993, "V", "The One to One Future: the ideas"), (1995, "V", "article: the learning relationship"),
    (1997, "V", "Enterprise One to One"), (1999, "V", "HBR: four steps, in order"),
    (1999, "V", "One to One Fieldbook: a toolkit"), (2004, "M", "textbook, 1st ed.: built on IDIC"),
    (2011, "M", "textbook, 2nd ed."), (2017, "V", "textbook, 3rd ed., new title"), (2022, "V", "textbook, 4th ed.")],
    columns=["year", "mark", "what"])  # fmt: skip
given = [1993, 1995, 1998]  # years to which web pages date IDIC

# %% tags=["folded"] alt="Timeline of nine works by Peppers, Rogers and co-authors, 1993 to 2022. The ideas come in 1993 and 1995; the four steps can first be read in 1999; the textbook of 2004 is from memory. Web pages date IDIC to 1993, 1995 and 1998, all before the line of 1999."
fig, ax = plt.subplots(figsize=(6.6, 3.4))
ax.axvline(1999, color=plots.COLOURS["luck"], linestyle=":")
for mark, fill, label in [("V", plots.COLOURS["ours"], "V: a page about it was read"), ("M", "white", "M: year from memory")]:
    part = books[books["mark"] == mark]
    ax.plot(part["year"], part.index, "o", ms=8, mfc=fill, mec=plots.COLOURS["ours"], label=label)
ax.plot(given, [len(books)] * 3, "x", ms=8, mew=2, color=plots.COLOURS["other"])
ax.set_yticks(range(len(books) + 1), [*books["what"], "dates that web pages give for IDIC"])
ax.invert_yaxis()
ax.set(xlabel="year", xlim=(1991, 2024), title="Ideas from 1993; the four steps can be read from 1999")
ax.legend(loc="upper right")
plt.show()

# %% [markdown]
# 1993 is the book, 1995 an article on the learning relationship (رابطهٔ یادگیرنده), 1998 stands in citations. A wrong date can be the *right date of something else*.
#
# ## What the four steps say
#
# | step | its question | sub-tasks | mark |
# | --- | --- | --- | --- |
# | **Identify** (شناسایی) | is this the *same* person, at every contact? | collect names, link, update; delete dead records | V; "collect, link" M |
# | **Differentiate** (متمایزسازی مشتریان) | what is each worth to us, what does each need from us? | value first, then needs; find the top, those who cost money, those who buy less than last year | V; order M |
# | **Interact** (تعامل) | how do we make contact cheaper *and* more telling? | cheap channels; a question or two; go on where the dialogue stopped | V; last two M |
# | **Customize** (سفارشی‌سازی) | what do we change for this person, because of what we learned? | rules and modules, no handicraft (mass customization) | V |
#
# V: summaries, chapter openings, slides, or another author's textbook; never a whole book.
#
# ### Two readings of Differentiate
#
# The draft says: *in Differentiate, a firm sets itself apart from its competitors.* Ask one question: **what is the grammatical object, the customers or ourselves?** The page of 1999 differentiates *them*, by value and needs; chapter 5 of the textbook is called "Differentiating Customers" (both V). Setting *ourselves* apart is positioning (تمایز در برابر رقبا; Porter 1980, M).
#
# The mistake is tempting. In strategy courses the word has the other meaning (M). The authors argue that the result of all four steps *is* hard for a rival to copy (V). And in the model of Kalakota and Robinson the first phase has "differentiation" as its focus (V, in a secondary text).
#
# ### Three promises, four warnings
#
# | | what | who says it |
# | --- | --- | --- |
# | promise | you learn more about customers; you fit the offer; they stay | the summary of 1999 (V): an argument, no measurement |
# | warning | complex | the authors themselves (V), who also see it misused to flood people with mail |
# | warning | needs much data | Pitta 1998 (V: title page) |
# | warning | can add needless cost | Gilmore and Pine 1997 (V: preview) |
# | warning | hard with very many customers | a popular page; the authors answer with a graded start (V) and modules (V) |
#
# ## By hand: do two readers judge alike?
#
# A second rater marked all sixty claims: the same three definitions, general knowledge and some searches, none of our reasons. Neither of us changed a word afterwards. Do we judge alike? **Cohen's kappa** (ضریب کاپای کوهن) is the agreement beyond chance, as a share of what was possible beyond chance:
#
# $$\kappa = \frac{p_o - p_e}{1 - p_e}$$
#
# $p_o$ is the share of claims that both mark alike. $p_e$ is the share expected by chance: for each word, the first rater's share times the second's, added up. Take a pencil: count the equal rows, and how often each used each word; multiply, add, divide.

# %%
ten = twenty[["verdict", "second_verdict"]].head(10).set_axis(["we", "second rater"], axis=1)
ten

# %%
uses = ten.apply(lambda rater: rater.value_counts()).reindex(order).fillna(0)
p_o = (ten["we"] == ten["second rater"]).mean()
p_e = (uses["we"] / 10 * uses["second rater"] / 10).sum()
print(f"alike {p_o:.2f}, by chance {p_e:.2f}, kappa {(p_o - p_e) / (1 - p_e):.2f}")
uses.astype(int)

# %% [markdown]
# ## The library, and a printed number
#
# scikit-learn has the same: `cohen_kappa_score`. First a function of our own that works on a *table* of counts, and a check against a number printed in 1968: two judges sorted 200 cases into three diagnoses.

# %%
def kappa(counts, cost=None):
    """1 - observed disagreement / disagreement by chance; `cost` of each cell, else 0 on the diagonal and 1 beside."""
    share = np.asarray(counts) / np.sum(counts)
    cost = 1 - np.eye(len(share)) if cost is None else np.asarray(cost)
    return 1 - (cost * share).sum() / (cost * np.outer(share.sum(axis=1), share.sum(axis=0))).sum()


cohen = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
one, two = np.indices(cohen.shape).reshape(2, -1).repeat(cohen.ravel(), axis=1)  # the 200 cases again
print(f"ours {kappa(cohen):.3f}, scikit-learn {cohen_kappa_score(one, two):.3f}, printed 0.492")
print(f"the ten claims: {cohen_kappa_score(ten['we'], ten['second rater']):.2f}")

# %% [markdown]
# ### Not all disagreements are equal
#
# *Unsupported* is further from *supported* than *doubtful* is. **Weighted kappa** (Cohen 1968) gives each cell a cost: for our ordered words 0, 1, 2 (`weights="linear"`) or 0, 1, 4 (`"quadratic"`); Cohen's costs for the diagnoses were 1, 3 and 6.

# %%
print(f"Cohen's costs: {kappa(cohen, [[0, 1, 3], [1, 0, 6], [3, 6, 0]]):.3f} (printed 0.348)")

# %% [markdown]
# ## The second rater and we
#
# Now twenty, and all sixty. **Guess** kappa. For the handbook only one question counts: print it or not? So the last two columns join *doubtful* and *unsupported*. Will kappa rise or fall?

# %%
def compare(part):
    a, b = part["verdict"], part["second_verdict"]
    return {"claims": len(part), "alike": (a == b).mean(), "kappa": cohen_kappa_score(a, b, labels=order),
            "alike, print or not": ((a == "supported") == (b == "supported")).mean(),
            "kappa, print or not": cohen_kappa_score(a == "supported", b == "supported")}


pd.DataFrame.from_dict({"the twenty": compare(twenty), "all sixty": compare(claims)}, orient="index").round(2)

# %% [markdown]
# On *print or not* we agree far better. Where do we differ, then? Look for the largest cell off the diagonal. (The twenty are no sample of the sixty: each word of ours stands about as often in them.)

# %% alt="Heat map of our verdicts against the second rater's for sixty claims. Most claims lie on the diagonal. The largest cell beside it holds claims that we call unsupported and the second rater doubtful. Hardly any claim that we call supported is marked otherwise."
both = pd.crosstab(claims["verdict"], claims["second_verdict"]).reindex(index=order, columns=order, fill_value=0)
fig, ax = plt.subplots(figsize=(4.8, 3.4))
ax.imshow(both, cmap="Blues", vmin=0, vmax=1.4 * both.to_numpy().max())
for (row, column), count in np.ndenumerate(both.to_numpy()):
    ax.text(column, row, count, ha="center", va="center", size=12, weight="bold" if row == column else "normal")
ax.set_xticks(range(3), order)
ax.set_yticks(range(3), order)
ax.grid(False)
ax.set(xlabel="second rater's verdict (numbers: claims)", ylabel="our verdict", title="Doubtful or unsupported? There we differ")
plt.show()

# %% [markdown]
# *Read the differences*:

# %%
differ = twenty[twenty["verdict"] != twenty["second_verdict"]]
for name, row in differ.iterrows():
    print(f"{name} {row['claim']}\n    we: {row['verdict']}. {row['reason']} [{row['mark']}]\n"
          f"    second rater: {row['second_verdict']}. {row['second_reason']}")

# %% [markdown]
# Neither column is the truth. We had our sources; the second rater's reasons we did not check. Payne's date: our own definition calls what is *misdated* doubtful, so the second rater kept to it better than we did. Twenty models: the only full contradiction, and our source is a list of our own, partly from memory; a strict reader would say *doubtful*.
#
# Now fill in exercise 1 above and run the next cells.

# %% [markdown] tags=["hint"]
# <details><summary>Hint for exercise 1</summary>
#
# `my_verdicts = {"c01": "doubtful", …}`: all twenty ids, and only the three words. The rest of a line after `#` is a comment and does no harm.
#
# </details>

# %% tags=["solution"]
# No right answers here, so this "solution" is a lazy reader who looks at the kind of a claim only.
my_verdicts = twenty["kind"].map({"content": "supported", "use": "supported", "origin": "doubtful", "effect": "unsupported"})
my_verdicts = my_verdicts.to_dict()

# %% tags=["check"]
mine = my_verdicts if my_verdicts is ... else pd.Series(my_verdicts).reindex(twenty.index).astype("str").str.strip().str.lower()
off = [] if mine is ... else mine.index[~mine.isin(order)]
checks.check("twenty claims marked with the three words", mine if mine is ... else mine.isin(order).sum(),
             expected=twenty["claim"].size, why=f"Look at {', '.join(off[:5])}: a dict with all twenty ids, only the three words, spelled as above.")
if mine is not ... and mine.isin(order).all():
    for rater, column in [("us", "verdict"), ("the second rater", "second_verdict")]:
        print(f"you and {rater}: alike on {(mine == twenty[column]).sum()} of 20, "
              f"kappa {cohen_kappa_score(mine, twenty[column], labels=order):.2f}")

# %% [markdown]
# ## How sure is it?
#
# *Luck*: deal the second rater's words anew among the claims, 2,000 times. *Other claims*: draw the claims again with replacement (a **bootstrap**, خودگردان‌سازی), 2,000 times. The table leaves out the lowest and the highest 2.5 % of the draws. **Guess**: how wide is the interval with twenty claims? And with sixty?

# %%
def many_kappas(part, how, seed=0, times=2000):
    a, b = (part[c].map(order.index).to_numpy() for c in ("verdict", "second_verdict"))
    rng = np.random.default_rng(seed)
    draw = rng.integers(len(part), size=(times, len(part)))
    second = rng.permuted(np.tile(b, (times, 1)), axis=1) if how == "luck" else b[draw]
    first = np.tile(a, (times, 1)) if how == "luck" else a[draw]
    return [kappa(np.bincount(3 * x + y, minlength=9).reshape(3, 3)) for x, y in zip(first, second)]


sizes = {"the twenty": twenty, "all sixty": claims, "all sixty, print or not": claims.replace("doubtful", "unsupported")}
sure = {(size, how): np.quantile(many_kappas(part, how), [0.025, 0.975])
        for size, part in sizes.items() for how in ("luck", "bootstrap")}
pd.DataFrame(sure, index=["low", "high"]).T.round(2)

# %% [markdown]
# Beyond luck, and loosely known. Words such as "substantial" for a kappa above 0.6 (Landis and Koch 1977, M) are a custom; the interval for sixty spans several. And we did not draw our claims by lot (by chance): we took what looked interesting, and true ones on purpose. It says nothing about another rater, or the web.
#
# ## Where it fails
#
# **Predict.** Two pairs of raters agree on 90 of 100 claims. The first pair uses two words half of the time each; the second judges a careful textbook, where nearly all is supported. Which has the larger kappa?

# %%
popular, textbook = [[45, 5], [5, 45]], [[90, 5], [5, 0]]
believers = pd.DataFrame({"one": ["supported"] * 19 + ["doubtful"], "two": ["supported"] * 19 + ["doubtful"]})
print(f"half and half: kappa {kappa(popular):.2f}; nearly all supported: kappa {kappa(textbook):.2f}")
print(f"two who both believe 19 of 20: kappa {cohen_kappa_score(believers['one'], believers['two']):.2f}")

# %% [markdown]
# Same agreement, and kappa falls below zero: when one word is rare, chance alone agrees as often. This *prevalence* (شیوع) of the words makes a paradox of kappa; report $p_o$ and the table beside it (Lantz and Nebenzahl 1996). Worse: two readers of the same wrong page agree perfectly. **Agreement is not truth.**
#
# ## The decision
#
# What may go into the handbook? Tracing a claim takes half an hour, say. Four rules, judged by our own verdicts: so a rule that traces prints nothing else. *Lost*: supported, not printed. The second rater's hours are not counted.

# %%
stands, believed = claims["verdict"] == "supported", claims["second_verdict"] == "supported"
rules = {"print everything": (stands | True, 0), "print what the second rater believes": (believed, 0),
         "trace what the second rater believes": (believed & stands, believed.sum()),
         "trace everything": (stands, len(claims))}
rules = pd.DataFrame.from_dict({name: {"printed": printed.sum(), "not fully supported": (printed & ~stands).sum(),
                                       "lost": (stands & ~printed).sum(), "hours": traced / 2}
                                for name, (printed, traced) in rules.items()}, orient="index")  # fmt: skip
from_memory = (stands & (claims["mark"] == "M")).sum()
print(f"lost: {', '.join(claims.index[stands & ~believed])}; supported, but partly from memory: {from_memory}")
rules

# %% tags=["headline"]
(low, high), all_sixty = sure["all sixty", "bootstrap"], compare(claims)
low_print, high_print = sure["all sixty, print or not", "bootstrap"]
first = rules.loc["trace what the second rater believes"]
print(f"IDIC: Peppers, Rogers and Dorf, four steps in print in 1999; no support for McKinsey. Of {len(claims)} claims "
      f"{stands.sum()} stand as they are, {from_memory} of these partly from memory. A second rater agrees with us on "
      f"{all_sixty['alike']:.0%} (kappa {all_sixty['kappa']:.2f}, {low:.2f} to {high:.2f}; print or not: "
      f"{all_sixty['kappa, print or not']:.2f}, {low_print:.2f} to {high_print:.2f}). To trace only what that reader believes "
      f"takes {first['hours']:.1f} hours instead of {rules.loc['trace everything', 'hours']:.0f} and loses "
      f"{first['lost']:.0f} of the {stands.sum()}.")

# %% [markdown]
# **Our answer.** Do not print the draft. Let a well-read colleague mark it; strike out what is not believed; trace the rest to a page (those from memory too); print with name and year.
#
# ## What we found
# - We traced one claim to the page of 1999: no support for McKinsey.
# - The four steps act on customers; in *Differentiate* the object is the customers, not ourselves.
# - We and a second rater agree well beyond luck; on *print or not* more than on *doubtful or unsupported*.
# - The interval is wide; prevalence can push kappa below zero.
#
# ## What this does not show
#
# One team chose, worded and judged the claims: the shares describe our choice, not the web. "Read" often means a summary or a title page; a reason marked M may be wrong. Both raters may have learned from the same books. The rule was judged on the claims that suggested it, with one reader: another may lose more. A doubtful claim can often be mended; no rule counts that.
#
# ## Key ideas
# 1. Trace a claim to a page, and say how far you read.
# 2. A wrong date can be the right date of something else.
# 3. Differentiate: ask for the grammatical object.
# 4. Kappa is agreement beyond chance, for the words you chose; report the table and $p_o$ with it.
# 5. Agreement is not truth.
#
# ## Exercises
#
# Exercise 1 stands above.

# %% [markdown] tags=["exercise"]
# **Exercise 2 (recall).** Which reading of *Differentiate* is it? Mark each sentence by its object: `"customers"` or `"ourselves"`. Store a list of five words in `my_objects`.
#
# 1. We give the tenth that brings most margin a personal adviser.
# 2. No other shop in town grinds the tea in front of you.
# 3. We ask who buys for children and who buys gifts.
# 4. Our price is lower than the price of the chain next door.
# 5. We sort the club by what each member may still buy from us.

# %% tags=["exercise"]
my_objects = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# Who is told apart from whom: one customer from another, or our shop from other shops?
#
# </details>

# %% tags=["solution"]
my_objects = ["customers", "ourselves", "customers", "ourselves", "customers"]

# %% tags=["check"]
reading = {"c": "customers", "o": "ourselves"}
checks.check("five objects", my_objects, expected=[reading[letter] for letter in "cococ"],
             why="(Position 0 is sentence 1; small letters.) To compare us with other shops is positioning, not IDIC's step.")

# %% [markdown] tags=["exercise"]
# **Exercise 3 (vary).** Compute the *weighted* kappa (linear) between us and the second rater for the claims on `"origin"` and for those on `"content"`, out of all sixty. Store a dict with these two keys in `my_weighted`. How many claims is each built on, and would you trust the difference?

# %% tags=["exercise"]
my_weighted = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `part = claims[claims["kind"] == "origin"]`, then `cohen_kappa_score(..., labels=order, weights="linear")`. Without `labels`, which order would the words have?
#
# </details>

# %% tags=["solution"]
my_weighted = {kind: cohen_kappa_score(part["verdict"], part["second_verdict"], labels=order, weights="linear")
               for kind, part in claims.groupby("kind") if kind in ("origin", "content")}
print({kind: round(value, 2) for kind, value in my_weighted.items()})

# %% tags=["check"]
distance = np.abs(np.subtract.outer(range(3), range(3)))
tables = {kind: pd.crosstab(part["verdict"], part["second_verdict"]).reindex(index=order, columns=order, fill_value=0)
          for kind, part in claims.groupby("kind")}
checks.check("weighted kappas", my_weighted, expected={k: kappa(tables[k], distance) for k in ("origin", "content")},
             why="All sixty claims? Linear weights? The order of the words? (The alphabet puts doubtful at one end.)")

# %%
firm = data.load_firm()
asked = firm.survey_answers.query("item == 'loyalty_would_stay'").groupby("record_id")["answer"].last()
print(f"{len(asked)} records answered 'I would stay', from {asked.min():.0f} to {asked.max():.0f}")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (extend; the firm).** Kappa also compares words with deeds. `asked` holds the answers to "I would stay a customer", one a record. *Word*: the answer is at least 4. *Deed*: the record has an order after the last day of the survey (`firm.survey_answers["answered_on"].max()`). Guess, then store Cohen's kappa of word and deed, with three decimals or more, in `my_kappa`. Why may an honest "I would stay" show no deed? Name two reasons.

# %% tags=["exercise"]
my_kappa = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `later = firm.orders[firm.orders["order_date"] > day]["record_id"]`, then `asked.index.isin(later)`. Both lists as True and False.
#
# </details>

# %% tags=["solution"]
day = firm.survey_answers["answered_on"].max()
later = firm.orders[firm.orders["order_date"] > day]["record_id"]
word, deed = asked >= 4, asked.index.isin(later)
my_kappa = cohen_kappa_score(word, deed)
print(f"word and deed alike: {(word == deed).mean():.0%}; kappa {my_kappa:.2f}")

# %% tags=["check"]
after = firm.orders.loc[firm.orders["order_date"] > firm.survey_answers["answered_on"].max(), "record_id"]
said_and_did = pd.crosstab(asked.to_numpy() >= 4, asked.index.isin(after))
checks.check("kappa of word and deed", my_kappa, rel_tol=0.01, expected=kappa(said_and_did),
             why="Orders strictly after the survey's last day, and only the records in `asked`; agreement itself is not kappa.")
if my_kappa is not ...:
    print("No deed, yet honest: who buys rarely; who bought without a name, or under another record of the same person.")

# %% [markdown]
# ## Quiz
#
# 1. A page says: "IDIC (Peppers & Rogers, 1995)". What do you write?
#
# <details><summary>Answer</summary>
#
# Two of the authors, without Dorf; the year is that of their article with Pine on the learning relationship. The four steps can be read from 1999 on.
#
# </details>
#
# 2. "Our two coders agreed on 92 % of the complaints." Enough?
#
# <details><summary>Answer</summary>
#
# No. If most complaints have one code, chance agrees nearly as often.
#
# </details>
#
# 3. Two experts have kappa 1 on twenty claims. Are the twenty verdicts right?
#
# <details><summary>Answer</summary>
#
# We know only that they agree.
#
# </details>
#
# ## References
#
# - Peppers, D., Rogers, M., Dorf, B. (1999), "Is Your Company Ready for One-to-One Marketing?", *Harvard Business Review* 77(1), 151–160 (the journal's summary and part of the first page read; volume and pages not checked).
# - Peppers, D., Rogers, M. (1993), *The One to One Future*, Doubleday/Currency (their summary in *Inc.*, January 1997, read).
# - Pine, B. J., Peppers, D., Rogers, M. (1995), "Do You Want to Keep Your Customers Forever?", *Harvard Business Review* 73(2), 103–114 (abstract read; volume not checked); Peppers, D., Rogers, M. (1997), *Enterprise One to One*, Doubleday (a review read).
# - Peppers, D., Rogers, M., Dorf, B. (1999), *The One to One Fieldbook*, Currency/Doubleday (a library's catalogue read).
# - Peppers, D., Rogers, M., *Managing Customer Relationships*, later *Managing Customer Experience and Relationships*, Wiley, four editions (chapter openings of the 2nd and 3rd read; the 1st not checked).
# - Pitta, D. A. (1998), *Journal of Consumer Marketing* 15(5) (title page read; volume not checked); Gilmore, J. H., Pine, B. J. (1997), "The Four Faces of Mass Customization", *Harvard Business Review* 75(1) (preview read); Porter, M. (1980), *Competitive Strategy*; Kalakota, R., Robinson, M. (1999), *e-Business* (both not checked; of the last a table in a secondary text read).
# - Cohen, J. (1960), "A Coefficient of Agreement for Nominal Scales", *Educational and Psychological Measurement* 20(1), 37–46; Cohen, J. (1968), "Weighted Kappa", *Psychological Bulletin* 70(4), 213–220 (both not read; table and printed numbers from the manual of the R package psych).
# - Lantz, C. A., Nebenzahl, E. (1996), *Journal of Clinical Epidemiology* 49(4), 431–434 (abstract read); Landis, J. R., Koch, G. G. (1977) (not checked).
#
# ## Next
#
# [03 Identify, whom do we know?](03_identify_coverage.ipynb): which buyers do we know, and should we know more? · [All lessons](README.md)

# %% tags=["varies"]
checks.versions("numpy", "pandas", "matplotlib", "scikit-learn")
