# ---
# number: "17"
# title: Buttle, stages and value chain
# question: How close are we, how do relationships end, and who forgives?
# minutes: 50
# seconds: 20
# needs: ["06"]
# data: Chai & Ketab, CDNOW
# part: III
# ---

# %% [markdown]
# # 17 · Buttle, stages and value chain
#
# **Question.** How close are we, how do relationships end, and who forgives?
#
# **You will be able to**
# - compute by hand what purchases say about a hidden stage, and fit a hidden Markov model;
# - judge inferred stages against a simple rule, luck and the truth;
# - say who forgives a failure, and whether an apology pays;
# - score a firm on Buttle's value chain, with evidence or with "no evidence".
#
# **You need** lesson [06](06_differentiate_value_today.ipynb): purchase histories, luck. Lessons [04](04_identify_one_customer.ipynb) (links) and [11](11_interact_effect.ipynb) (lots) help.
#
# **Time** 50 minutes to read, 40 for the exercises, 20 seconds to run.
#
# **Data** Chai & Ketab (simulated; thousand toman), CDNOW in an exercise; cards: `datasets/README.md`.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from idic_lib import checks, data, identify, interact, plots
from idic_lib.models import buttle

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# ## Five stages
#
# Francis Buttle's textbook borrows its stages of a relationship from Dwyer, Schurr and Oh (1987), who wrote about buyers and sellers in industry. We read the article's first pages; the list, and that Buttle uses it, are from memory:
#
# 1. **awareness** (آگاهی): they know of us, nothing is bought;
# 2. **exploration** (کاوش): trial purchases, low cost of leaving;
# 3. **expansion** (گسترش): both sides gain more and depend more on each other;
# 4. **commitment** (تعهد): both mean to stay;
# 5. **dissolution** (انحلال): one side withdraws.
#
# Pages that retell this often add *erosion* and *repair*.
#
# No table has a column "stage". A **state** that we cannot see, but which moves what we see, is *hidden*.
#
# ## By hand: one customer, four periods
#
# A *close* customer buys 1.5 times a period on average, an *away* one 0.1 times. At first 8 of 10 are close. From period to period 8 of 10 close ones stay close, 9 of 10 away ones stay away. Ours buys 2, 0, 0, 1 times.
#
# The **forward algorithm** has three steps a period: *move* (what was believed goes through the transitions), *times* (the chance of the count in each state), *divide* (so that it adds up to 1). The chance of count $x$ at rate $m$ is Poisson's, $e^{-m}m^x/x!$.
#
# **Predict**: is "away" likelier than "close" after 2, 0, 0? And after the last purchase?

# %%
start, stay = np.array([0.2, 0.8]), np.array([[0.9, 0.1], [0.2, 0.8]])  # away, close
chance = {0: np.array([0.905, 0.223]), 1: np.array([0.090, 0.335]), 2: np.array([0.005, 0.251])}
moved = start
for count in [2, 0, 0, 1]:
    belief = moved * chance[count] / (moved * chance[count]).sum()
    print(f"moved to {moved.round(2)}; buys {count}: away {belief[0]:.2f}, close {belief[1]:.2f}")
    moved = belief @ stay

# %% [markdown]
# Two empty periods make *away* likely; one purchase brings the odds back to even, no further. The library, without our rounding:

# %%
hand = buttle.HiddenMarkov.from_params(start, stay, pd.Series({"away": 0.1, "close": 1.5}))
one = pd.DataFrame([[2.0, 0, 0, 1]])
pd.DataFrame({name: [hand.probabilities(one, smooth=smooth, period=t)["away"].iloc[0] for t in range(4)]
              for name, smooth in {"away, known then": False, "away, in hindsight": True}.items()},
             index=["2", "0", "0", "1"]).round(2)  # rows: purchases

# %% [markdown]
# Left: what the firm could know *then*. Right: after all four, going backwards too. A manager stands in the left column.
#
# ## The firm
#
# Records become customers, payment tokens recover some orders. We count purchase days in periods of four weeks, without the period of the first purchase.

# %%
firm = data.load_firm()
links = identify.link_records(firm.records)
orders = identify.recover_orders(identify.assign_customers(firm.orders, links)).dropna(subset=["customer_id"])
end = firm.orders["order_date"].max()
panel = buttle.purchase_panel(orders, weeks=4, end=end)
print(f"{len(panel):,} customers, {panel.shape[1]} periods; awareness: {len(firm.prospects)} prospects, nothing to count")

# %% [markdown]
# ## Four hidden states
#
# A **hidden Markov model** has a start, transitions and a rate for each state, the same for all customers. *Markov*: the next state depends only on the present one. *Baum and Welch's algorithm* finds the parameters: guess, compute everybody's states forward and backward, count, guess again. Netzer, Lattin and Srinivasan (2008) brought such models to customer relationships; theirs is richer (transitions depend on encounters with the firm, and people may differ).
#
# The model numbers its states; **names are ours**. Rule: where people buy least is dissolution, then exploration, expansion, commitment. **Predict** the four rates (purchase days in four weeks), and how long people stay.

# %%
model = buttle.HiddenMarkov(buttle.BY_RATE, seed=0).fit(panel)
pd.DataFrame({"purchases in 4 weeks": model.rates_, "chance to stay": np.diag(model.transitions_),
              "start": model.start_}).round(3)

# %% [markdown]
# The lowest state: hardly a purchase, and hardly anybody comes back. That is no stage, that is the end. The other three have rates several times apart, and people rarely move between them. Are these stages of one person?
#
# Here is the longest silence that ended, with six purchase days or more on both sides. We chose it *because* it ended; most long silences do not.

# %%
days = orders.drop_duplicates(["customer_id", "order_date"]).sort_values("order_date")
earlier, later = (days.groupby("customer_id").cumcount(ascending=way) for way in (True, False))
who = days.loc[days.groupby("customer_id")["order_date"].diff()[(earlier >= 6) & (later >= 6)].idxmax(), "customer_id"]
life = panel.loc[[who]].dropna(axis=1)  # from the first counted period on
seen = {name: [model.probabilities(life, smooth=smooth, period=t)["dissolution"].iloc[0] for t in range(life.shape[1])]
        for name, smooth in {"known then": False, "in hindsight": True}.items()}

# %% alt="Purchases of one customer in periods of four weeks, and above them the chance of the lowest state. What could be known then rises in a long silence and falls when the customer buys again; hindsight knows more."
fig, (top, ax) = plt.subplots(2, 1, sharex=True, figsize=(5.6, 3.8))
for (name, values), colour in zip(seen.items(), ["other", "ours"]):
    top.plot(life.columns, values, color=plots.COLOURS[colour], label=name)
top.set(title="Silence looks like the end, until they buy", ylabel="chance of the\nlowest state (0–1)", ylim=(-0.05, 1.5), yticks=[0, 0.5, 1])
top.legend(loc="upper left", ncols=2)
ax.bar(life.columns, life.iloc[0], width=20, color=plots.COLOURS["luck"])
ax.set(ylabel="purchase days\nin 4 weeks", xlabel="last day of the period")
ax.tick_params(axis="x", rotation=25)
plt.show()

# %% [markdown]
# ## A rule without a model
#
# A rule that fits on a card: no purchase for 13 weeks: *dissolution*; else first purchase within 13 weeks, or fewer than three purchase days: *exploration*; else first purchase more than 39 weeks ago: *commitment*; else *expansion*. **Predict** which one is nearer to the truth.

# %%
rule = buttle.recency_stage(orders, end=end)
inferred = model.stages(panel).iloc[:, -1].fillna("exploration")  # came in the last period: nothing counted yet
pd.crosstab(inferred.rename("model"), rule.rename("rule"))

# %% [markdown]
# They agree on who is silent, and on little else: the model sees *how often*, the rule *how long*.
#
# ## The truth
#
# In this firm each person has a stage. It lasts for a time (not of the kind that a hidden Markov model assumes) and multiplies the person's own rate of buying. Who ends dissolution without being won back has *left*; we count that as dissolution.
#
# The **adjusted Rand index** (Hubert and Arabie 1985) compares two groupings: 1 if they are the same, 0 on average for luck.

# %%
owner = pd.DataFrame({"customer": links, "person": firm.truth["records"]}).groupby("customer")["person"].agg(
    lambda people: people.mode()[0]).reindex(panel.index)  # whom most of the records belong to
now = firm.truth["stages"].iloc[:, -1]
true = owner.map(now)
merged, alive = true.replace("left", "dissolution"), (true != "left") & (true != "prospect")
print(true.value_counts().to_dict())

# %% [markdown]
# Against these:

# %%
scores, gone = {}, true == "left"
for name, found in {"hidden Markov model": inferred, "recency rule": rule}.items():
    called, shuffled = found == "dissolution", found.sample(frac=1, random_state=0).to_numpy()
    scores[name] = {"all": adjusted_rand_score(merged, found), "luck": adjusted_rand_score(merged, shuffled),
                    "only who has not left": adjusted_rand_score(true[alive], found[alive]),
                    "right: left or not": (gone == called).mean(), "had left, of its dissolution": gone[called].mean()}
scores = pd.DataFrame(scores).T
scores.round(2) + 0.0

# %% [markdown]
# Three indices, then two shares. Over all customers both look fair, because both find most of those who left (and call others gone, too: last column). Among people who are still there the model is hardly better than luck, the rule a little. Row by row:

# %% alt="Two tables as heat maps: true stage against inferred stage, rows adding up to 100 per cent. Both methods put those who left into dissolution. Beyond that the model's columns are alike for expansion and commitment; the rule tells newcomers and old customers apart."
fig, axes = plt.subplots(1, 2, figsize=(7.6, 3.2), sharey=True)
for ax, (name, found) in zip(axes, {"Model": inferred, "Rule": rule}.items()):
    table = pd.crosstab(true, found, normalize="index").reindex([*buttle.STAGES, "left"])[buttle.STAGES]
    ax.imshow(table, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (i, j), value in np.ndenumerate(table.to_numpy()):
        ax.text(j, i, f"{value:.0%}", ha="center", va="center", color="white" if value > 0.5 else "black")
    ax.set(title=f"{name}: who left is found,\nwho is close is not", xlabel="inferred stage")
    ax.set_xticks(range(4), table.columns, rotation=20)
    ax.set_yticks(range(5), table.index)
    ax.grid(visible=False)
axes[0].set_ylabel("true stage (rows: 100 %)")
plt.show()

# %% [markdown]
# ## Why the model fails
#
# What do the states hold, if not stages? Compare each person's *own* true rate, before any stage moves it.

# %%
own = 4 * owner.map(firm.truth["people"]["rate"])  # purchases in 4 weeks
by = {"by state of the model": inferred, "by true stage": true}
own_rates = pd.DataFrame({name: own[alive].groupby(groups[alive]).mean() for name, groups in by.items()})
assert own_rates.iloc[:, 0].max() / own_rates.iloc[:, 0].min() > 2 * own_rates.iloc[:, 1].max() / own_rates.iloc[:, 1].min()
own_rates.loc[buttle.STAGES].round(2)

# %% [markdown]
# The states are **kinds of people**: rare and frequent buyers. Between true stages own rates differ far less. People differ many times over, a stage changes the rate only between 0.40 and 1.35 times; so the model spends its states on people. Our *names* were wrong.
#
# Could a better model do it? An oracle may know each person's own rate, the true effects of stages and their mean length, and see everybody's orders, also the anonymous.

# %%
people = firm.truth["people"]
all_orders = firm.orders.assign(customer_id=firm.orders["order_id"].map(firm.truth["orders"]))
everything = buttle.purchase_panel(all_orders, weeks=4, end=end)
print(f"the oracle sees {len(all_orders):,} orders, the firm {len(orders):,} with a name")

# %%
effect = pd.Series([0.85, 1.15, 1.35, 0.40, 1e-6], index=[*buttle.STAGES, "left"])  # as printed in datasets/README.md
e, x, c, d = 4 / (np.array([14, 22, 45, 12]) * np.exp(0.6**2 / 2))  # chance to leave a stage in 4 weeks
moves = [[1 - e, 0.65 * e, 0, 0.35 * e, 0], [0, 1 - x, 0.6 * x, 0.4 * x, 0], [0, 0, 1 - c, c, 0],
         [0, 0.5 * d, 0, 1 - d, 0.5 * d], [0, 0, 0, 0, 1]]
oracle = buttle.HiddenMarkov.from_params([1, 0, 0, 0, 0], moves, effect)
rates = np.tile(4 * people["rate"].reindex(everything.index).to_numpy()[:, None], everything.shape[1])
guess = oracle.probabilities(everything, exposure=rates).idxmax(axis=1).replace("left", "dissolution")
truly = now.reindex(guess.index)
still = truly != "left"
print(f"oracle: {adjusted_rand_score(truly.replace('left', 'dissolution'), guess):.2f} of all, "
      f"{adjusted_rand_score(truly[still], guess[still]):.2f} of who has not left")

# %% [markdown]
# Even the oracle stays far from 1. In this firm **purchases show little of closeness**: a fact about the data, not the method. Who wants to know how close a customer feels must ask.
#
# ## How relationships end: erosion, then repair or end
#
# Half a year back, take customers with at least five purchase days, and ring an alarm where the silence is longer than twice their own mean gap. Some alarms are luck: a steady buyer at random days has long gaps, too. With $n$ gaps behind the mean, the chance is $(1+2/n)^{-n}$. **Predict**: how many alarms are there, and how many of these customers buy again?

# %%
at = end - pd.Timedelta(weeks=26)
past = days[days["order_date"] <= at].groupby("customer_id")["order_date"].agg(["min", "max", "size"]).query("size >= 5")
gaps = past["size"] - 1
alarm = (at - past["max"]).dt.days > 2 * (past["max"] - past["min"]).dt.days / gaps
back = past.index.isin(days.loc[days["order_date"] > at, "customer_id"])
before = owner.reindex(past.index).map(firm.truth["stages"].iloc[:, -3])  # the truth on that day
ended = before.eq("left")
print(f"{len(past)} customers, alarm for {alarm.mean():.0%}; if all were steady, {((1 + 2 / gaps) ** -gaps).mean():.0%}")
ring = pd.DataFrame({"customers": alarm.groupby(alarm).size(), "bought again": pd.Series(back, past.index).groupby(alarm).mean(),
                     "had left that day": ended.groupby(alarm).mean(),
                     "others: in dissolution": before[~ended].eq("dissolution").groupby(alarm[~ended]).mean()})
ring.rename_axis("alarm").round(2)

# %% [markdown]
# The alarm rings far more often than by luck, and it is right: few come back. But most of those it names **had already left**. Repair needs somebody who is still there. Among these (last column) dissolution is more frequent with an alarm: a sign, but mostly the end is already there.
#
# ## Who forgives?
#
# Complaints do announce something. And half of them, by lot, got an apology with a small present. Compare the arms: margin in the 26 weeks after (amount less goods and serving: *contribution*), where the customer is known and the 26 weeks are over. Stage: the model's, at the last full period before. **Predict** the width of the intervals.

# %%
cases = firm.tickets.assign(customer_id=firm.tickets["record_id"].map(links))
cases = buttle.follow_up(orders, cases[cases["customer_id"].isin(panel.index)], weeks=26)
known_then = model.stages(panel, smooth=False).fillna("exploration").to_numpy()
last = np.maximum(np.searchsorted(panel.columns, cases["opened_on"]) - 1, 0)
cases["stage"] = known_then[panel.index.get_indexer(cases["customer_id"]), last]
paid = interact.effect(firm.tickets["cost"], firm.tickets["apology"])
price = paid.estimate
lots = {f"all ({len(cases)})": interact.effect(cases["margin"], cases["apology"])}
for stage, group in cases.groupby("stage"):
    if group["apology"].value_counts().reindex([True, False], fill_value=0).min() >= 5:
        lots[f"{stage} ({len(group)})"] = interact.effect(group["margin"], group["apology"])
print(f"an apology costs {price:.0f} ({paid.low:.0f} to {paid.high:.0f}) thousand toman more than none")

# %% [markdown]
# For the truth, a world of a million people was run on three times for all buyers of three weeks: the order went well; failed; failed and an apology followed (`datasets/make/firm_forgiveness.py`). **Careful**: the figure has two kinds of stages in one row. Circles are groups by the *model's* stage, diamonds the true effect in the *true* stage of that name: not the same people. Only the top row has all stages on both sides.

# %% alt="Effect of an apology on margin in 26 weeks, by stage, with 95 per cent intervals, beside the true effect in the true stage of the same name. All intervals are hundreds of thousand toman wide; the true effects lie between about 20 and 50, close to zero at this scale."
table = data.load_firm_forgiveness().set_index(["outcome", "stage"])
truth = {name: table.loc[("margin", name.split(" (")[0]), "mended"] for name in lots}
ax = plots.plot_effects(lots, truth=truth, unit="thousand toman in 26 weeks")
ax.set(title="The lot is fair, but far too small", ylabel="all, or the model's stage (complaints)")
width = 2 * (lots[next(iter(lots))].high - lots[next(iter(lots))].low)
ax.set_xlim(-width, width)  # the intervals of tiny groups run out of the picture
handles, names = ax.get_legend_handles_labels()
names = ["truth (in the true stage)" if name == "truth" else name for name in names]
ax.legend(handles, names, loc="upper center", bbox_to_anchor=(0.4, -0.2), ncols=3)
plt.show()

# %% [markdown]
# So few complaints cannot show an effect of this size. And one fair interval in twenty misses the truth; the lot alone cannot tell. Did this one? How many complaints could show an effect as large as the price?

# %%
need = interact.sample_size(effect=price, sd=cases["margin"].std()).total
whole, real = lots[next(iter(lots))], table.loc[("margin", "all"), "mended"]
print(f"the interval of all {'holds' if whole.low <= real <= whole.high else 'misses'} the true effect, {real:.0f}")
print(f"complaints needed: {need:,}; complaints in two years: {len(firm.tickets)}, followed for 26 weeks: {len(cases)}")

# %% [markdown]
# The firm cannot learn it from its own lot. Who forgives: whose margin falls least, in per cent?

# %% alt="Two bars for each true stage: margin lost in a year by a failure, and the part an apology wins back; a dashed line marks the apology's price. The committed lose least and gain least, clearly below the price; elsewhere the gain is at the price or above."
year = table.loc["margin of a year"].loc[buttle.STAGES]
fig, ax = plt.subplots()
place = np.arange(4)
ax.bar(place - 0.2, -year["harm"], 0.38, yerr=1.96 * year["harm_se"], color=plots.COLOURS["other"], label="lost by a failure")
ax.bar(place + 0.2, year["mended"], 0.38, yerr=1.96 * year["mended_se"], color=plots.COLOURS["ours"], label="won back by an apology")
ax.axhline(price, **plots.LUCK, label="price of the apology")
ax.set_xticks(place, [f"{stage}\n(loses {share:.0%})" for stage, share in (-year["harm"] / year["well"]).items()])
ax.set(title="The committed forgive; to them an apology does not pay", xlabel="true stage at the failure",
       ylabel="thousand toman a person, in a year", ylim=(0, 1.6 * -year["harm"].min()))
ax.legend(ncols=2, loc="upper left")
assert year.loc["commitment", "mended"] < price < year.loc["expansion", "mended"]
plt.show()

# %% [markdown]
# The committed forgive most: we wrote that a failure hurts them half as much. Others found the opposite. Grégoire, Tripp and Legoux (2009) followed online complainers, and loyal ones held the grudge *longer*. In a field experiment with 1.5 million riders, the best apology carried money, and repeated apologies could do harm (Halperin and others 2022). Carry our design to your firm, not our result.
#
# An apology also keeps a few customers from leaving (`left` in the table); what they bring after the year is not counted.
#
# ## The value chain as a checklist
#
# Buttle's **CRM value chain** (زنجیرهٔ ارزش, 2004) has five primary stages (of work, not of closeness): customer portfolio analysis, customer intimacy, network development, value proposition, and managing the life cycle (acquire, retain, develop). Its supporting conditions are leadership and culture, data and IT, people, processes. (Stages from a summary, conditions from memory. The *network*: suppliers, partners, owners, employees.)
#
# A checklist is worth its evidence. Measures and targets are **our choice**. Which lines will have none?

# %%
chain = buttle.value_chain(firm, links)
chain[["evidence", "value", "target", "verdict"]].round(2)

# %% [markdown]
# Two lines have no table behind them; to score them zero, or met, would invent. The firm sends one theme to all, and few have answered a question. Two lines flatter: *develop* counts only who stayed, *data and IT* praises a firm that finds no doubles because it does not look.
#
# ## A metaphor with limits
#
# "Relationship" is a **metaphor**. It helps: a failure may weigh differently early and late. It misleads: most customers of a tea shop never decided to be in a relationship. O'Malley and Tynan (1999) asked whether the image carries over to mass consumer markets at all. Use a stage as a *hypothesis on behaviour*, with a test.
#
# ## The decision
#
# Drop the four names as long as only purchases feed them; keep "gone or not", by either method, knowing that a good part of those called gone are still there. Give no present where you know (by asking, not from purchases) that the relation is committed; elsewhere it wins back its price or a little more. First avoid failures, where this costs less than they lose: an apology wins back only a part.

# %% tags=["headline"]
overall, others = table.loc[("margin of a year", "all")], (-year["harm"] / year["well"]).drop("commitment")
print(f"How close? Purchases hardly say: among who has not left, agreement with true stages is {scores.iloc[0, 2]:.2f} (model) and {scores.iloc[1, 2]:.2f} (rule).")
print(f"How does it end? In silence: of the customers named by an alarm {ring.loc[True, 'had left that day']:.0%} had already left.")
print(f"Who forgives? The committed: they lose {-year.loc['commitment', 'harm'] / year.loc['commitment', 'well']:.0%} of a year's margin, others {others.min():.0%} to {others.max():.0%}.")
print(f"Does an apology pay? The lot says {whole.estimate:.0f} ({whole.low:.0f} to {whole.high:.0f}) thousand toman in 26 weeks, the truth {real:.0f}; in a year "
      f"{overall['mended']:.0f} at a price of {price:.0f}. A failure avoided is worth {-overall['harm']:.0f}.")

# %% [markdown]
# ## What we found
# - By hand and by library, a chance for each hidden state.
# - The states were kinds of buyers; a rule came a little nearer, and even an oracle stayed far from 1.
# - The committed forgive; from others an apology wins back its price or a little more; the firm's lot is too small to know.
# - The checklist had evidence for nine lines, and none for two.
#
# ## What this does not show
#
# We wrote the stages, their effects, and that the committed forgive. Elsewhere stages may move behaviour more. A model with each customer's own rate (as in Netzer and others), covariates or lengths of stay may do better. The oracle speaks of purchase counts only and is no exact bound: it ends stages with the same chance each month, knows no season, mood or letters, and is scored on more people than the firm knows. Names by rate, four weeks and four states are choices. Who does not complain is not in the lot. The three worlds count all buyers, not only who complained. What avoiding a failure costs is unknown here. The model was fitted on both years, so "known then" flatters a little. Intervals treat cases as independent, though a few people complained twice. A silence may hide purchases without a name.
#
# ## Key ideas
# 1. A hidden state is a name for a pattern; the name needs its own proof.
# 2. The forward algorithm: move, times, divide. Hindsight knows more than the manager.
# 3. A model with one rate a state takes different people for different stages.
# 4. Silence mostly reports the end too late; complaints are a chance, and rare.
# 5. A fair lot can be too small; and preventing beats apologising.
#
# ## Exercises

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** Same two states as by hand (start away 0.2, close 0.8; away stays with 0.9, close with 0.8). Another customer buys 1, then 0 times. Chances of the counts: 0 has 0.905 (away) and 0.223 (close), 1 has 0.090 and 0.335. How likely is *away* after the second period? Store it in `my_away`.

# %% tags=["exercise"]
my_away = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# First period: 0.2 · 0.090 against 0.8 · 0.335, divided by their sum. Then move: away is 0.9 · away + 0.2 · close. Then times, divide.
#
# </details>

# %% tags=["solution"]
first = np.array([0.2 * 0.090, 0.8 * 0.335])
first = first / first.sum()
second = (first @ np.array([[0.9, 0.1], [0.2, 0.8]])) * np.array([0.905, 0.223])
my_away = second[0] / second.sum()
print(f"{my_away:.2f}")

# %% tags=["check"]
two = pd.DataFrame([[1.0, 0.0]])
checks.check("chance of away", my_away, expected=hand.probabilities(two)["away"].iloc[0], rel_tol=0.02, percent=True,
             why="Divide in each period, and move before the second count.")

# %% [markdown] tags=["exercise"]
# **Exercise 2 (vary).** Let the rule wait longer: `gone=26` instead of 13 weeks in `buttle.recency_stage`. What is its adjusted Rand index with `merged`, over all customers? Store it in `my_rand`. Which stage gains the people that dissolution loses?

# %% tags=["exercise"]
my_rand = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `adjusted_rand_score(merged, ...)`; the rule's answer is sorted by customer, as `merged` is. `pd.crosstab` of both rules shows who moved.
#
# </details>

# %% tags=["solution"]
patient = buttle.recency_stage(orders, end=end, gone=26)
my_rand = adjusted_rand_score(merged, patient)
print(f"{my_rand:.2f} instead of {scores.loc['recency rule', 'all']:.2f}: half a year of silence finds those who left too late")
print(patient[rule == "dissolution"].value_counts().to_dict())

# %% tags=["check"]
silent = (end - orders.groupby("customer_id")["order_date"].max()).dt.days / 7 > 26
awake = buttle.recency_stage(orders, end=end, gone=1000).mask(silent, "dissolution")
checks.check("adjusted Rand index", my_rand, expected=adjusted_rand_score(merged.to_numpy(), awake.to_numpy()), rel_tol=0.002,
             why="All customers, `merged` (left counts as dissolution), gone=26 and nothing else changed.")

# %% [markdown] tags=["exercise"]
# **Exercise 3 (extend).** Let the alarm ring only at *four* own gaps of silence. Among customers with that alarm: which share had already left on that day? Store it in `my_late`. (Use `past`, `gaps`, `at`, `ended`.)

# %% tags=["exercise"]
my_late = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# The line of `alarm` with 4 instead of 2; then `ended[...]` of these, its mean.
#
# </details>

# %% tags=["solution"]
late = (at - past["max"]).dt.days > 4 * (past["max"] - past["min"]).dt.days / gaps
my_late = ended[late].mean()
print(f"{late.mean():.0%} have the alarm, {my_late:.0%} of them had left: surer, and later")

# %% tags=["check"]
quiet = (at - past["max"]) / ((past["max"] - past["min"]) / gaps) > 4
checks.check("had left already", my_late, expected=(before[quiet] == "left").mean(), percent=True,
             why="Of those with the alarm, not of all; the truth on the day `at`, not today.")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (extend, a decision).** The firm has 1,000 failures a year in each of the four true stages and learns of all. It may give apologies (`year["mended"]`, the gain of a year a person) at `price` each, to any of the stages. What is the most it can earn in the year, in million toman? Store it in `my_gain`.

# %% tags=["exercise"]
my_gain = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# Gain less price by stage; keep only what is above 0; times 1,000 people; a million toman is 1,000 thousand toman.
#
# </details>

# %% tags=["solution"]
net = year["mended"] - price
my_gain = 1000 * net.clip(lower=0).sum() / 1000
print(f"{my_gain:.0f} million toman, from {', '.join(net.index[net > 0])}; with apologies to all {net.sum():.0f}; "
      f"without failures {-year['harm'].sum():.0f}")

# %% tags=["check"]
checks.check("most that apologies earn (million toman)", my_gain,
             expected=sum(max(gain - price, 0) for gain in year["mended"]), rel_tol=0.03,
             why="Leave out stages where the gain is below the price; 1,000 people times thousand toman is a million.")

# %% [markdown] tags=["exercise"]
# **Exercise 5 (the other data set).** Fit a model of *two* states, `["asleep", "awake"]`, `seed=0`, to CDNOW (`data.load_cdnow()`), periods of four weeks. For which share of customers is *asleep* the likelier state in the last period? Store it in `my_asleep`.

# %% tags=["exercise"]
my_asleep = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `buttle.purchase_panel(data.load_cdnow())`, `buttle.HiddenMarkov([...], seed=0).fit(...)`, then `.stages(...)`, its last column.
#
# </details>

# %% tags=["solution"]
cdnow = buttle.purchase_panel(data.load_cdnow())
sleepers = buttle.HiddenMarkov(["asleep", "awake"], seed=0).fit(cdnow)
my_asleep = (sleepers.stages(cdnow).iloc[:, -1] == "asleep").mean()
print(f"{my_asleep:.0%} asleep; rates {sleepers.rates_.round(3).to_dict()} purchases in 4 weeks")

# %% tags=["check"]
counted = buttle.purchase_panel(data.load_cdnow(), weeks=4)
asleep = buttle.HiddenMarkov(["asleep", "awake"], restarts=3, seed=1).fit(counted).probabilities(counted)["asleep"]
checks.check("share asleep", my_asleep, expected=(asleep > 0.5).mean(), rel_tol=0.003, percent=True,
             why="Two states, four weeks; the share of customers whose likelier state in the last period is asleep, not the mean chance.")

# %% [markdown]
# ## Quiz
#
# 1. A vendor's model has found "four loyalty stages" in your purchases. What do you ask first?
#
# <details><summary>Answer</summary>
#
# Are they stages of one person's path, or kinds of people? Do people move between them? What, other than purchases, did you compare them with?
#
# </details>
#
# 2. The model's chance of "ended" looks excellent on last year's data. Which chance was it?
#
# <details><summary>Answer</summary>
#
# Ask whether it used later purchases (hindsight). Only the forward chance was there on the day.
#
# </details>
#
# 3. The apology's interval includes zero. Does the apology not work?
#
# <details><summary>Answer</summary>
#
# Not said. Zero is one of many values that fit. Compare the width with the effect that would pay: here the lot is too small, and one interval in twenty misses the truth.
#
# </details>
#
# ## References
#
# - Buttle, F. (2004), *Customer Relationship Management: Concepts and Tools*, Elsevier Butterworth-Heinemann (not read: summaries of the value chain and part of a paper by the author read).
# - Dwyer, F. R., Schurr, P. H. & Oh, S. (1987), "Developing Buyer-Seller Relationships", *Journal of Marketing* 51(2), 11–27 (first pages read; list of phases from memory).
# - Grégoire, Y., Tripp, T. M. & Legoux, R. (2009), "When Customer Love Turns into Lasting Hate", *Journal of Marketing* (executive summary read).
# - Halperin, B., Ho, B., List, J. A. & Muir, I. (2022), "Toward an Understanding of the Economics of Apologies", *Economic Journal* 132(641), 273–298 (abstract read).
# - Hubert, L. & Arabie, P. (1985), "Comparing Partitions", *Journal of Classification* 2, 193–218 (first page read).
# - Netzer, O., Lattin, J. M. & Srinivasan, V. (2008), "A Hidden Markov Model of Customer Relationship Dynamics", *Marketing Science* 27(2), 185–204 (abstract read).
# - O'Malley, L. & Tynan, C. (1999), "The Utility of the Relationship Metaphor in Consumer Markets: A Critical Evaluation", *Journal of Marketing Management* 15, 587–602 (first page read).
#
# ## Next
#
# [18 How mature is our CRM?](18_crm_maturity_survey.ipynb), or [20 Comparing models](20_comparing_models.ipynb) · [All lessons](README.md)

# %% tags=["varies"]
checks.versions("numpy", "pandas", "matplotlib", "scikit-learn", "splink")
