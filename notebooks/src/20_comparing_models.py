# ---
# number: "20"
# title: Comparing models
# question: Which model should this firm, and yours, use?
# minutes: 55
# seconds: 20
# needs: ["13", "14", "15", "16", "17"]
# data: Chai & Ketab, a table of arena firms, CDNOW
# part: III
# ---

# %% [markdown]
# # 20 · Comparing models
#
# **Question.** Which model should this firm, and yours, use?
#
# **You will be able to**
# - put models on one page: what each asks, needs, decides and leaves out;
# - compare their "best customers", and their policies on firms that nobody saw, with intervals;
# - turn judgements into weights, check them, and rank by TOPSIS with a pencil;
# - say how far a ranking hangs on its weights, and when it is a draw.
#
# **You need** lessons [13](13_idic_loop.ipynb), [14](14_atlas_of_models.ipynb), [15](15_payne_five_processes.ipynb), [16](16_kalakota_life_cycle.ipynb) and [17](17_buttle_stages_and_value_chain.ipynb).
#
# **Time** 55 minutes to read, 40 for the exercises, 20 seconds to run.
#
# **Data** Chai & Ketab (simulated; thousand toman), a table of six other firms, computed before; CDNOW in an exercise; cards: `datasets/README.md`.

# %%
from itertools import combinations, product

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from pymcdm import normalizations
from pymcdm.methods import TOPSIS
from scipy.stats import t

from idic_lib import checks, data, differentiate, identify, lifetime_value, plots
from idic_lib.models import atlas, buttle, kalakota, payne

plt.rcParams.update(plots.STYLE)
pd.set_option("display.max_colwidth", None)

# %% [markdown]
# ## The board wants one answer
#
# You worked through IDIC, Payne & Frow, Kalakota & Robinson, and Buttle. "Good. Which one do we take?", asks the board of Chai & Ketab. It likes a table with stars and a winner. Such tables are easily bent, so first we make one by hand.
#
# ## By hand: weights
#
# Three **criteria** (معیار): *money* it brings, *questions* it answers, *data* that we lack. The board says: money is 3 times as important as questions, 4 times as data; questions 2 times as data. This is Saaty's analytic hierarchy process (AHP, فرایند تحلیل سلسله‌مراتبی): compare two at a time, on a scale from 1 to 9.
#
# Take a pencil. For each criterion multiply its row and take the cube root; divide by the sum: these are the **weights** (here exactly Saaty's, the eigenvector).
#
# | | money | questions | data | product | cube root |
# |---|---|---|---|---|---|
# | money | 1 | 3 | 4 | 12 | 2.29 |
# | questions | 1/3 | 1 | 2 | 2/3 | 0.87 |
# | data | 1/4 | 1/2 | 1 | 1/8 | 0.50 |
#
# Did the board contradict itself? 3 and then 2 makes 6, but it said 4. With $d = 3·2/4$ the largest eigenvalue of such a table is $λ = 1 + \sqrt[3]{d} + 1/\sqrt[3]{d}$ (take it on trust); it is 3 if nothing contradicts. The *consistency index* is $(λ-3)/2$, and the **consistency ratio** (نسبت سازگاری) divides it by 0.58, published as the mean index of tables filled by chance. Up to 0.1 is taken as good enough.

# %%
def weights_of(a, b, c):
    """Weights and consistency ratio; a: first over second, b: first over third, c: second over third."""
    values, vectors = np.linalg.eig(np.array([[1, a, b], [1 / a, 1, c], [1 / b, 1 / c, 1]]))
    top = values.real.argmax()
    weights = np.abs(vectors[:, top].real)
    return weights / weights.sum(), (values[top].real - 3) / 2 / 0.58

# %%
roots = np.array([12, 2 / 3, 1 / 8]) ** (1 / 3)
d = 3 * 2 / 4
by_hand = (d ** (1 / 3) + d ** (-1 / 3) - 2) / 2 / 0.58
print("roots", roots.round(2), "weights", (roots / roots.sum()).round(2), f"consistency ratio {by_hand:.3f}")
print("by eigenvector:", weights_of(3, 4, 2)[0].round(2), f"{weights_of(3, 4, 2)[1]:.3f}")

# %% [markdown]
# **The published number.** 0.58 is often quoted as Saaty's; the R package *ahpsurvey* uses 0.525. Who is right? There are 17 possible judgements (1/9 … 9), so only 17 · 17 · 17 tables: we can fill *all* of them.

# %%
scale = [1 / k for k in range(9, 1, -1)] + list(range(1, 10))
circle = np.array([a * c / b for a, b, c in product(scale, repeat=3)]) ** (1 / 3)
index = (circle + 1 / circle - 2) / 2
print(f"{len(index):,} tables: mean index {index.mean():.4f}; published 0.58 (Saaty), 0.5252 (R package ahpsurvey)")
print(f"filled by chance and still 'consistent': {(index / index.mean() <= 0.1).mean():.0%}")

# %% [markdown]
# If every judgement is as likely, the newer value is right, the old one a tenth too large. It matters little, because a good ratio proves little: one in five tables filled by chance passes.
#
# ## By hand: a ranking
#
# **TOPSIS** (تاپسیس; Hwang & Yoon 1981): near the ideal, far from its opposite. Three invented models, two criteria, weights one half each. *Money* 6, 3, 2 has length $\sqrt{36+9+4} = 7$; *questions* 1, 2, 2 has length 3. Divide by the length, times the weight. The ideal has the best of each column, the anti-ideal the worst. Score: distance to the anti-ideal, divided by the sum of both distances. **Do model A with the pencil.**

# %%
def topsis(table, weights, better):
    """Score of each row, 0 (worst) to 1; better is 1 where more is better, -1 where less is. Weights: one set or many."""
    x = np.asarray(table, float)
    length = np.sqrt((x**2).sum(axis=-2, keepdims=True))
    v = x / np.where(length > 0, length, 1) * better * np.asarray(weights)[..., None, :]
    to_ideal = np.sqrt(((v - v.max(axis=-2, keepdims=True)) ** 2).sum(axis=-1))
    to_worst = np.sqrt(((v - v.min(axis=-2, keepdims=True)) ** 2).sum(axis=-1))
    return to_worst / (to_ideal + to_worst)


toy = pd.DataFrame({"money": [6, 3, 2], "questions": [1, 2, 2]}, index=list("ABC"))
print(f"A by hand: {2 / 7:.3f} / ({2 / 7:.3f} + {1 / 6:.3f}) = {(2 / 7) / (2 / 7 + 1 / 6):.3f}")
print("by function:", dict(zip(toy.index, topsis(toy, [0.5, 0.5], 1).round(3).tolist())))

# %% [markdown]
# ## Four models on one page
#
# *Needs* comes from the atlas (lesson 14), *lacks* from the firm's tables. The questions are ten that its manager asked in these lessons; a 1 says that a model has a part for it. **That is our reading; change it if you disagree.** **Guess**: which model answers most, which two together?

# %%
chai = data.load_firm()
ASKS = pd.DataFrame({
    "IDIC":     [1, 1, 1, 1, 0, 0, 1, 0, 0, 0],
    "Payne":    [1, 1, 0, 0, 0, 1, 1, 1, 0, 1],
    "Kalakota": [0, 1, 0, 0, 1, 1, 0, 0, 1, 0],
    "Buttle":   [1, 1, 1, 0, 1, 0, 0, 1, 1, 0]},
    index=["same person?", "worth?", "needs?", "what to say next?", "win, raise or keep?", "which source of customers?", "channels as one?", "staff and service?", "how close, when over?", "did it pay?"])
ID = {"IDIC": "idic", "Payne": "payne_frow", "Kalakota": "kalakota_robinson", "Buttle": "buttle_value_chain"}
shelf = {"records": chai.records, "orders": chai.orders, "lines": chai.order_lines, "contacts": chai.contacts, "answers": chai.answers,
         "survey": chai.survey_answers, "profit": chai.orders["cost_to_serve"], "staff": chai.branches["staff_satisfaction"], "prospects": chai.prospects}  # a table for each code of the atlas, if there is one
have = {code for code, table in shelf.items() if len(table)}
needs = atlas.Atlas(least="no").models["data"]


def lacking(have):
    return pd.Series({name: sorted(needs[ID[name]] - set(have)) for name in ASKS})


page = pd.DataFrame({"questions": ASKS.sum(), "needs": [", ".join(sorted(needs[ID[name]])) for name in ASKS], "lacks": lacking(have).str.join(", ")})
page["leads to"] = ["which letter for whom", "which process to mend", "how to split a budget", "how to treat each stage"]
page["leaves out"] = ["winning customers, staff, results", "needs, what to say to one", "who is who, needs, service", "what to say to one, channels, results"]
pairs = pd.Series({" + ".join(two): ASKS[list(two)].max(axis=1).sum() for two in combinations(ASKS, 2)})
print(f"most together: {pairs.idxmax()}, {pairs.max()} of {len(ASKS)}; all four: {ASKS.max(axis=1).sum()}")
page

# %% [markdown]
# (Kalakota & Robinson's row of the atlas is not verified. Buttle's network of suppliers and partners is a question that nobody asked here.) No model answers all ten; the pair that answers most does not say what to write to one customer. Already the board's question looks odd: they lead to *different decisions*.
#
# ## Who are the best customers?
#
# On one question all four have an answer. The best fifth, in our reading: **IDIC**: expected purchases of a year (lesson 07) × contribution an order. **Payne**: contribution of the last year, value today. **Kalakota**: those in *retain*, then the other phases, by spend a quarter. **Buttle**: the committed, then the other stages, by contribution so far. **Guess** Jaccard's index of two lists: names on both, divided by names on either.

# %%
links = identify.link_records(chai.records)
known = payne.customer_orders(chai, links).dropna(subset=["customer_id"])
end = chai.orders["order_date"].max()
history = differentiate.purchase_history(known, end=end)
ids, by_customer = history.index, known.groupby("customer_id")
left = by_customer["contribution"].agg(["sum", "size"]).reindex(ids)
an_order = (left["sum"] + 3 * known["contribution"].mean()) / (left["size"] + 3)  # few orders: nearer to the mean of all
phases = kalakota.phases(known, end=end)
quarters = (phases != "prospect").sum(axis=1)

# %%
def ranked(groups, value):
    """First by group, the best last; within a group by value."""
    return groups.reindex(ids).cat.codes + value.reindex(ids).rank(pct=True) / 2


phase = phases.iloc[:, -1].astype(pd.CategoricalDtype(["lost", "acquire", "enhance", "at risk", "retain"]))
stage = buttle.recency_stage(known, end=end).astype(pd.CategoricalDtype(["dissolution", "exploration", "expansion", "commitment"]))
last_year = known[known["order_date"] > end - pd.Timedelta(weeks=52)].groupby("customer_id")["contribution"].sum()
score = pd.DataFrame({
    "IDIC": lifetime_value.BetaGeoModel().fit(history).expected_purchases(history, future_t=52) * an_order,
    "Payne": last_year.reindex(ids).fillna(0),
    "Kalakota": ranked(phase, by_customer["amount"].sum() / quarters),
    "Buttle": ranked(stage, left["sum"])})

# %% [markdown]
# The truth: the simulated firm lives on for a year in which nobody is written to, four times. Two futures tell who the best fifth are; in the other two we count the money, so that luck does not help the truth.

# %%
owner = pd.DataFrame({"customer": links, "person": chai.truth["records"]}).groupby("customer")["person"].agg(lambda who: who.mode()[0])
people = owner.reindex(ids)  # who stands as two customers brings a share to each, so that nobody counts twice
lives = pd.DataFrame({future: people.map(chai.live(52, None, future).people) for future in range(4)}).div(people.map(people.value_counts()), axis=0)
score["truth"], coming = lives[[0, 1]].mean(axis=1), lives[[2, 3]].mean(axis=1)
best = score.rank(ascending=False, method="first") <= len(ids) // 5
jaccard = pd.DataFrame({a: {b: (best[a] & best[b]).sum() / (best[a] | best[b]).sum() for b in best} for a in best})

# %% [markdown]
# How sure is the money? We draw the customers again, 500 times.

# %% alt="Left: Jaccard's index between the best fifths of four models and the truth: roughly a third to a half in common, far more than luck. Right: share of next year's contribution that each fifth brings, with intervals; all catch far more than a fifth, expected value catches most and the truth more still."
draws = np.random.default_rng(0).multinomial(len(ids), np.full(len(ids), 1 / len(ids)), 500)
caught = pd.DataFrame({name: draws @ (coming * best[name]) / (draws @ coming) for name in best})
fig, (ax, right) = plt.subplots(1, 2, figsize=(9.0, 3.2))
ax.imshow(jaccard, cmap="Blues", vmin=0, vmax=1, aspect="auto")
for (i, j), value in np.ndenumerate(jaccard.to_numpy()):
    ax.text(j, i, f"{value:.2f}", ha="center", va="center", color="white" if value > 0.6 else "black")
ax.set(xticks=range(5), yticks=range(5), xticklabels=best.columns, yticklabels=best.columns, title="Same word, other people (Jaccard)")
ax.grid(False)
middle, (low, high) = 100 * (coming @ best) / coming.sum(), 100 * caught.quantile([0.025, 0.975]).to_numpy()
right.errorbar(middle, best.columns, xerr=[middle - low, high - middle], fmt="o", capsize=3)
right.axvline(20, **plots.LUCK)
right.text(21, 3.6, "luck", color=plots.COLOURS["luck"])
right.invert_yaxis()
right.set(xlim=(0, 100), xlabel="share of next year's contribution\nin the chosen fifth (%)", title="Looking ahead catches most")
plt.show()
print(f"luck would share {0.2 * 0.2 / (0.4 - 0.04):.2f} of the names")

# %%
ahead = {f"IDIC less {name}": 100 * (caught["IDIC"] - caught[name]) for name in ("Payne", "Kalakota", "Buttle")}
pd.DataFrame({name: {"points": x.mean(), "low": x.quantile(0.025), "high": x.quantile(0.975)} for name, x in ahead.items()}).T.round(1)

# %% [markdown]
# Of all names on two models' lists roughly half or fewer stand on both. A letter, a tier, a gift would go elsewhere. For *next year's contribution* the forecast does best: it is the only one made for this question. But any manager may forecast: this compares one look ahead with three looks back, not four books. Value so far also counts those who are gone, and the stages can hardly be seen (lesson 17).
#
# ## The arena
#
# Now each model gets a manager who believes it alone, as a policy. The readings stand in the docstrings (`help(payne.PaynePolicy)`); in short:
#
# - **IDIC**: link records; write the theme a customer most likely needs, to nobody if unsure.
# - **Payne**: the better half by contribution; the silent hear of what they buy most, the others of their second need; apologies to the better half.
# - **Kalakota**: newcomers hear of novelties, small buyers of sets, good ones of their own goods; one letter a quarter.
# - **Buttle**: many letters early, few to the committed; a coupon to the good who fell silent; apologies in expansion and commitment.
#
# Six firms that nobody saw, each with other mechanisms; three futures; a year, and a year after it (lesson 13). IDIC had an advantage: its settings were tuned on other firms. So it stands twice; the fair entry is *untuned*. **Predict** the order, and who loses money.

# %%
lived = data.load_firm_models()
value = lived.pivot(index=["budget", "seed", "future"], columns="policy", values="value")
gain = value.sub(value["nobody"], axis=0).groupby(["budget", "seed"]).mean().drop(columns="nobody")


def told(frame):
    """Mean and 95 % interval over firms (Student's t) of each column."""
    mean, half = frame.mean(), t.ppf(0.975, len(frame) - 1) * frame.sem()
    return pd.DataFrame({"gain": mean, "low": mean - half, "high": mean + half})


arena = {name: told(gain.loc[budget]) for name, budget in {"no limit": "none", "equal budget": "equal"}.items()}
both = pd.concat(arena, names=["budget", "policy"]).sort_values(["budget", "gain"], ascending=[True, False])
spent = lived.assign(budget=lived["budget"].map({"none": "no limit", "equal": "equal budget"}))
print(both.join(spent.groupby(["budget", "policy"])[["letters", "contact", "service", "consent"]].mean()).round(2).to_string())
worth = value["nobody"].mean()
print(f"silence is worth {worth:.0f} a person; tuned IDIC adds {arena['no limit'].loc['IDIC, tuned', 'gain'] / worth:.1%}")

# %% alt="Gain over silence of six policies with intervals over six firms, without a limit and with an equal budget. Only IDIC with tuned settings lies clear of zero; untuned IDIC leans to the right but touches zero; Payne, Kalakota and Buttle lie at zero."
fig, axes = plt.subplots(1, 2, figsize=(9.0, 3.2), sharey=True, sharex=True)
for ax, (name, table) in zip(axes, arena.items()):
    rows = table.loc[arena["no limit"].sort_values("gain").index]
    ax.errorbar(rows["gain"], rows.index, xerr=[rows["gain"] - rows["low"], rows["high"] - rows["gain"]], fmt="o", capsize=3)
    ax.set(xlabel="gain over silence (thousand toman a person)", title=f"One is clear of zero: {name}")
    ax.axvline(0, color="black", lw=0.8)

# %% [markdown]
# Thousand toman a person; the interval is over firms. *Letters* are a person's in the year, *contact* and *service* what letters and complaints cost, *consent* the share that still allows letters. *Tuned mass* learned on other firms to write to nobody: it is silence. *Equal*: 0.05 a person and week, an e-mail to a quarter of the people.
#
# The limit hardly binds, except for Payne's manager. IDIC with tuned settings is the only one whose interval lies above silence, and what it gains is about one percent of what a person is worth (last line). Untuned, the same loop cannot be told from silence. Nor can the other three. Nobody's mean is far below zero; the apologies of Payne's and Buttle's managers stand in *service*.
#
# Overlapping intervals are no test, though. Compare two models *on the same firms*:

# %%
FAIR = {"IDIC": "IDIC, untuned", "Payne": "Payne", "Kalakota": "Kalakota", "Buttle": "Buttle"}
fair = gain.loc["equal"][list(FAIR.values())].set_axis(list(FAIR), axis=1)
free = gain.loc["none"][list(FAIR.values())].set_axis(list(FAIR), axis=1)

# %%
def duels(frame):
    """Differences on the same firms, and how many firms show them in four of five trials, if they are as large as seen."""
    pairs = pd.DataFrame({f"{a} - {b}": frame[a] - frame[b] for a, b in combinations(FAIR, 2)})
    out = told(pairs)
    out["verdict"] = np.select([out["low"] > 0, out["high"] < 0], ["first", "second"], "a draw")
    return out.assign(firms_needed=np.ceil((2.8 * pairs.std() / out["gain"]) ** 2 + 2).astype(int))  # + 2: few firms, so t instead of normal


print(pd.concat({"no limit": duels(free), "equal budget": duels(fair)}).round(2).to_string())

# %% [markdown]
# IDIC leads each of the others by two to four thousand toman a person, about one percent. Without a limit all three intervals clear zero, one of them only just; at the equal budget only one does. Between the other three nothing is settled: their one clear duel becomes a draw at the other budget. With six tests each, one clear result may be luck. So we call it: **for letters a lead of IDIC that six firms do not settle; the rest a draw, also with silence**. A draw does not say *equal*: *firms needed* tells roughly how many would show the difference, were it as large as it looks here.
#
# ## One ranking
#
# Back to the board: three criteria, its judgements, our TOPSIS; and the package `pymcdm`, which must be told to divide by lengths (its own default is another scaling).

# %%
better = np.array([1, 1, -1])
choice = pd.DataFrame({"money": fair.mean(), "questions": ASKS.sum(), "data": lacking(have).str.len()})
weights, ratio = weights_of(3, 4, 2)
peers = {"pymcdm": TOPSIS(normalizations.vector_normalization), "its default": TOPSIS()}
scores = pd.DataFrame({"score": topsis(choice, weights, better)} | {name: peer(choice.to_numpy(float), weights, better) for name, peer in peers.items()}, choice.index)
choice.join(scores).round(2)

# %% [markdown]
# A winner, and by far! But wait: we just said that six firms do not settle the money. **TOPSIS knows no draw, and no size**: after the division by the length only relations are left. Had all gains been a hundred times smaller, the scores would be the same (next cell, first line).
#
# And the weights are one board's opinion on one morning. **Sensitivity** (تحلیل حساسیت): draw thousands of weights, all equally likely, and count who comes first. Then also draw six firms again, because *money* has an interval. Last, as an extreme, give all the same money. **Guess** the winner's share in each.

# %%
def first_share(table, by_firm, n=4000):
    """Share of random weights in which each model is first: with fixed money, and with money drawn anew from the firms."""
    rng = np.random.default_rng(0)
    weights = rng.dirichlet([1, 1, 1], n)
    x = np.tile(table.to_numpy(float), (n, 1, 1))
    fixed = topsis(x, weights, better).argmax(axis=1)
    x[:, :, 0] = by_firm.to_numpy()[rng.integers(len(by_firm), size=(n, len(by_firm)))].mean(axis=1)
    winners = {"weights": fixed, "weights and money": topsis(x, weights, better).argmax(axis=1)}
    return weights, fixed, pd.DataFrame({name: np.bincount(w, minlength=len(table)) / n for name, w in winners.items()}, table.index)


small = choice.assign(money=choice["money"] / 100)
print("a hundredth of the money, the same scores:", np.allclose(topsis(small, weights, better), scores["score"]))
drawn, winner, share = first_share(choice, fair)
one_more = topsis(choice.assign(money=1, questions=choice["questions"] + (choice.index == "IDIC")), weights, better)
print("same money, and IDIC answers one question more:", dict(zip(choice.index, one_more.round(2).tolist())))
tied = topsis(choice.assign(money=1), drawn, better).argmax(axis=1)
share["same money"] = np.bincount(tied, minlength=len(choice)) / len(tied)
share.round(2)

# %% alt="Left: triangle of all weights for money, questions and data; IDIC wins nearly everywhere, Payne only in a strip where money hardly counts. Right: IDIC is first in about nine of ten random weights, also when money is drawn anew; if all get the same money, Payne is first everywhere."
fig, (ax, right) = plt.subplots(1, 2, figsize=(9.0, 3.2))
corners = np.array([[0.5, 0.866], [0, 0], [1, 0]])
tints = [plots.COLOURS[name] for name in ("ours", "third", "yellow", "other")]
for k in np.unique(winner):
    ax.scatter(*(drawn[winner == k] @ corners).T, s=3, color=tints[k], label=choice.index[k])
ax.legend(loc="upper left", markerscale=5)
ax.plot(*(weights @ corners), "k*", markersize=11)
for (x, y), name in zip(corners, ["only money", "only questions", "only data"]):
    ax.text(x, y + (0.05 if y else -0.09), name, ha="center")
ax.set(xlim=(-0.25, 1.25), ylim=(-0.15, 1.02), title="Who wins at which weights (star: the board)")
ax.axis("off")
share.plot.barh(ax=right, color=[plots.COLOURS[name] for name in ("ours", "light", "other")])
right.invert_yaxis()
right.set(xlabel="share of random weights in which it is first", ylabel="", xlim=(0, 1), title="Robust to weights, not to every column")
plt.show()

# %% [markdown]
# IDIC wins at nine of ten weights, and nearly so with firms drawn again (six from the same six: a little too sure). The ranking is *robust to weights*. Now the third bar: with the same money, Payne wins at **every** weight; it answers one question more and lacks no more data. That is no truth either: a draw is not equality. And it hangs on one of our own 0s and 1s: with one question more, IDIC stands level (second line). Vary the weights, but vary the *table* first.
#
# ## Where it fails: rank reversal
#
# Take the three invented models again. A vendor adds D: money 6 and no questions. D is *worse than A or equal* in everything, so nobody would take it. **Predict**: what happens to the order of A and B?

# %%
four = pd.concat([toy, pd.DataFrame({"money": [6], "questions": [0]}, index=["D"])])
before, after = pd.Series(topsis(toy, [0.5, 0.5], 1), toy.index), pd.Series(topsis(four, [0.5, 0.5], 1), four.index)
assert before["A"] > before["B"] and after["B"] > after["A"]
pd.DataFrame({"without D": before, "with D": after}).round(3)

# %% [markdown]
# B overtakes A, though nothing about A or B changed. D moved the worst number of questions from 1 to 0: B and C are now far from it, A only half as far. This is **rank reversal** (وارونگی رتبه), first described for AHP by Belton & Gear (1983). So who may add alternatives can choose the winner. Leave rows out one by one, and add *silence*: no money, no questions, no data. Does an order turn in ours?

# %%
def order_of(table):
    return " > ".join(pd.Series(topsis(table, weights, better), table.index).sort_values(ascending=False).index)


print("all:", order_of(choice))
for name in choice.index:
    print(f"without {name}: {order_of(choice.drop(index=name))}")
print("with silence:", order_of(pd.concat([choice, pd.DataFrame(0, ["silence"], choice.columns)])))

# %% [markdown]
# Among the four no order turned: this weak point we did not find.
#
# ## The decision
#
# Do not buy *a model*. Buy answers, one decision at a time:
#
# - **Who is worth most?** Expected value, not value so far: the clearest result of the lesson. Whom a letter moves is another question (lesson 11).
# - **Which letters?** The loop, tuned, if its set-up costs less than it brings (lesson 13); else silence.
# - **Is the firm in order?** Payne's metrics once a year; letters cannot show what they are worth.
# - **How to split the budget, how to treat a failure?** Kalakota's and Buttle's questions, when the missing data are there.

# %% tags=["headline"]
share_of = (coming @ best) / coming.sum()
print(f"Best fifth: expected value catches {share_of['IDIC']:.0%} of next year's contribution, the others {share_of[['Payne', 'Kalakota', 'Buttle']].min():.0%} to {share_of[['Payne', 'Kalakota', 'Buttle']].max():.0%}.")
rows = arena["equal budget"].round(1)
print("Letters on unseen firms, thousand toman a person over silence:", "; ".join(f"{name} {x['gain']} ({x['low']} to {x['high']})" for name, x in rows.loc[["IDIC, tuned", *FAIR.values()]].iterrows()))
print(f"TOPSIS puts IDIC first at {share.loc['IDIC', 'weights']:.0%} of weights, Payne at {share.loc['Payne', 'same money']:.0%} if all bring the same money. One model is the wrong wish: {pairs.idxmax()} answer {pairs.max()} of ten questions, and neither says what to write.")

# %% [markdown]
# ## What we found
# - On one page the models ask different questions; none answers all ten.
# - Their "best customers" are other people; expected value catches most. In the arena IDIC leads, and six firms do not settle it.
# - Pencil, eigenvector and `pymcdm` agree.
# - The winner was robust to weights, and fell when all got the same money; that new winner hangs on one judgement of ours.
#
# ## What this does not show
#
# **We are a party.** This course teaches IDIC; we chose the ten questions, the three criteria and the readings. The arena pays for letters, apologies and coupons only: it plays on IDIC's ground. Payne's staff and channels, Kalakota's budget for winning customers, Buttle's network cannot act there. A better reading of a model may gain more; write one (lesson 13). *Untuned* is not blind: who set the defaults knew this world, and IDIC's programme also learns from answers and from a coupon test. Six firms and one year are few. "Best" was judged in one firm and a simulated year without letters. Equally likely weights are an opinion, too.
#
# ## Key ideas
# 1. Ask first which decision you face; models that lead to different decisions are no rivals.
# 2. "Best customer" needs a unit and a horizon; else four models name four groups.
# 3. Compare policies on the same unseen firms, and call a draw a draw.
# 4. Weights are opinions: check their consistency, then vary them.
# 5. A ranking depends on who else is in the table.
#
# ## Exercises

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** A board buys a CRM product. Price is 4 times as important as service; service is 2 times as important as speed; price is *equally* important as speed. With a pencil: the consistency ratio (with 0.58). Store it in `my_ratio`. Would you use these judgements?

# %% tags=["exercise"]
my_ratio = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# $d$ = (price over service) · (service over speed) / (price over speed); its cube root is a whole number. λ = 1 + root + 1/root.
#
# </details>

# %% tags=["solution"]
root = (4 * 2 / 1) ** (1 / 3)
my_ratio = (1 + root + 1 / root - 3) / 2 / 0.58
print(f"{my_ratio:.2f}: far above 0.1; ask the board again")

# %% tags=["check"]
checks.check("consistency ratio", my_ratio, expected=weights_of(4, 1, 2)[1], rel_tol=0.02,
             why="d = 4 · 2 / 1; then λ, the index (λ − 3) / 2, and divide by 0.58.")

# %% [markdown] tags=["exercise"]
# **Exercise 2 (the other data set).** CDNOW, `data.load_cdnow()`, with `end="1998-06-30"`. Two best fifths: by money spent so far, and by expected purchases of the next 39 weeks (`lifetime_value.BetaGeoModel`; `differentiate.purchase_history` prepares). A fifth: `len(history) // 5` customers, the largest by `nlargest`. Their Jaccard's index goes to `my_overlap`.

# %% tags=["exercise"]
my_overlap = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `set(....nlargest(n).index)` twice; shared names over all names.
#
# </details>

# %% tags=["solution"]
cdnow = data.load_cdnow()
music = differentiate.purchase_history(cdnow, end="1998-06-30")
n = len(music) // 5
past = set(cdnow.groupby("customer_id")["amount"].sum().nlargest(n).index)
future = set(lifetime_value.BetaGeoModel().fit(music).expected_purchases(music, future_t=39).nlargest(n).index)
my_overlap = len(past & future) / len(past | future)
print(f"{my_overlap:.2f}")

# %% tags=["check"]
discs = data.load_cdnow()
records = differentiate.purchase_history(discs, end="1998-06-30")
ahead_of = lifetime_value.BetaGeoModel().fit(records).expected_purchases(records, future_t=39)
spent_so_far = discs.groupby("customer_id")["amount"].sum().reindex(records.index)
fifth = [x.rank(ascending=False, method="first") <= len(records) // 5 for x in (ahead_of, spent_so_far)]
checks.check("overlap on CDNOW", my_overlap, expected=(fifth[0] & fifth[1]).sum() / (fifth[0] | fifth[1]).sum(), rel_tol=0.02,
             why="Shared names divided by all names in either set, not by the size of one set.")

# %% [markdown] tags=["exercise"]
# **Exercise 3 (vary; a CRM product).** Three invented products: A costs 30 (million toman a year), starts in 2 months and has 8 functions; B 55, 4, 16; C 90, 9, 20. Less is better for price and months. Weights: price 0.5, months 0.2, functions 0.3. Store the TOPSIS score of B in `my_b`.

# %% tags=["exercise"]
my_b = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `topsis(table, weights, better)`, with rows A, B, C; `better` is -1 for price and months.
#
# </details>

# %% tags=["solution"]
products = pd.DataFrame({"price": [30, 55, 90], "months": [2, 4, 9], "functions": [8, 16, 20]}, index=list("ABC"))
my_b = topsis(products, [0.5, 0.2, 0.3], np.array([-1, -1, 1]))[1]
print(dict(zip("ABC", topsis(products, [0.5, 0.2, 0.3], np.array([-1, -1, 1])).round(2).tolist())))
wins = topsis(products, np.random.default_rng(0).dirichlet([1, 1, 1], 4000), np.array([-1, -1, 1])).argmax(axis=1)
print("first at random weights:", {name: round(float((wins == k).mean()), 2) for k, name in enumerate("ABC")})

# %% tags=["check"]
offers = np.array([[30, 2, 8], [55, 4, 16], [90, 9, 20]], float)
peer = TOPSIS(normalizations.vector_normalization)(offers, np.array([0.5, 0.2, 0.3]), np.array([-1, -1, 1]))
checks.check("score of B", my_b, expected=peer[1], why="Less is better for price and for months: better = -1, -1, 1.")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (your firm).** Fill the form. `my_have`: the data that your firm has, a set of codes (`print(atlas.DATA)` tells them). `my_judgements`: three numbers, money over questions, money over data, questions over data (1/9 to 9); their consistency ratio must be at most 0.1. Then build the table as `choice` was built (column *data*: the number of codes lacking with *your* data), rank it with your weights, and store the name of the first in `my_first`. Look at `first_share` of your table: how sure is it?

# %% tags=["exercise"]
my_have = ...
my_judgements = ...
my_first = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `choice.assign(data=lacking(my_have).str.len())`, then `topsis(..., weights_of(*my_judgements)[0], better)`; `.argmax()` gives the row.
#
# </details>

# %% tags=["solution"]
my_have = {"records", "orders", "lines"}
my_judgements = (1, 2, 2)
mine = choice.assign(data=lacking(my_have).str.len())
my_first = mine.index[topsis(mine, weights_of(*my_judgements)[0], better).argmax()]
print(my_first, first_share(mine, fair)[2].round(2).to_dict("index")[my_first], f"ratio {weights_of(*my_judgements)[1]:.2f}")

# %% tags=["check"]
three = np.shape(my_judgements) == (3,)
filled = my_have is not ... and three
codes, judged = (set(my_have), my_judgements) if filled else (have, (3, 4, 2))
form = np.column_stack([fair.mean(), ASKS.sum(), [len(needs[ID[name]] - codes) for name in FAIR]])
peer_weights = np.cbrt([judged[0] * judged[1], judged[2] / judged[0], 1 / judged[1] / judged[2]])
lengths = np.linalg.norm(form, axis=0)
rows = form / np.where(lengths > 0, lengths, 1) * peer_weights / peer_weights.sum() * better
far, near = (np.linalg.norm(rows - end_point, axis=1) for end_point in (rows.min(axis=0), rows.max(axis=0)))
checks.check("codes that the atlas does not know", len(codes - set(atlas.DATA)) if filled else ..., expected=len(have - set(atlas.DATA)), why="A set or list, with codes of `atlas.DATA` only.")
checks.check("judgements that agree", bool(weights_of(*judged)[1] <= 0.1) if filled else ... if three else my_judgements, expected=bool(ratio <= 0.1),
             why="Three numbers in a list or tuple; the first times the third should be near the second.")
checks.check("first for your firm", my_first, expected=list(FAIR)[(far / (far + near)).argmax()],
             why="Count the codes that a model needs and you lack; less of them is better.")

# %% [markdown]
# ## Quiz
#
# 1. A consultant's table has nine criteria, five products and a winner by 0.02. Which two questions do you ask?
#
# <details><summary>Answer</summary>
#
# In which share of other weights does it still win; and what happens if one of the losing products is left out?
#
# </details>
#
# 2. In the arena, Payne's policy gains less than IDIC's. Is Payne's model worse?
#
# <details><summary>Answer</summary>
#
# Not said. The arena pays for letters only, by one reading of ours. Payne's questions on staff, channels and results move nothing there.
#
# </details>
#
# 3. The consistency ratio is zero. Are the weights right?
#
# <details><summary>Answer</summary>
#
# No: only free of contradiction. The opposite taste can be as consistent.
#
# </details>
#
# ## References
#
# - Belton, V. & Gear, T. (1983), "On a Short-coming of Saaty's Method of Analytic Hierarchies", *Omega* (not read; what it found, at second hand).
# - Hwang, C. L. & Yoon, K. (1981), *Multiple Attribute Decision Making*, Springer (not read; the method from later descriptions).
# - Saaty, T. L. (1977), "A Scaling Method for Priorities in Hierarchical Structures", *Journal of Mathematical Psychology* 15, 234–281 (abstract read; 0.58 and the limit of 0.1 at second hand).
# - Cho, F., *ahpsurvey*, R package (its source read; random index after Saaty & Tran 2007).
# - The models: lessons 13 to 17.
#
# ## Next
#
# [21 Your own data](21_your_own_data.ipynb) · [All lessons](README.md)

# %% tags=["varies"]
checks.versions("numpy", "pandas", "pymcdm", "splink")
