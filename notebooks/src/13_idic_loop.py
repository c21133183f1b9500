# ---
# number: "13"
# title: The loop
# question: What is each step worth, and when does IDIC not pay?
# minutes: 65
# seconds: 40
# needs: ["04", "08", "10", "11", "12"]
# data: Chai & Ketab
# part: II
# ---

# %% [markdown]
# # 13 · The loop
#
# **Question.** What is each step worth, and when does IDIC not pay?
#
# **You will be able to**
# - share out a result among steps that need each other (Shapley value), by pencil;
# - judge a programme by a year's profit *and* what is left of the customers;
# - say for which firm the loop pays, with an interval, and for which it does not;
# - write a policy of your own and let it live on a firm.
#
# **You need** lessons [04](04_identify_one_customer.ipynb), [08](08_differentiate_lifetime_value.ipynb), [10](10_interact_dialogue.ipynb), [11](11_interact_effect.ipynb) and [12](12_customize_offer.ipynb).
#
# **Time** 65 minutes to read, 60 for the exercises, 40 seconds to run.
#
# **Data** Chai & Ketab (simulated; thousand toman), and two tables of many such firms, computed before; cards: `datasets/README.md`.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import stats

from idic_lib import checks, data, firm, identify, plots, programme

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# ## A step is a switch
#
# Now the firm lives on for a year under a whole *programme* (برنامه): each week it decides who gets which letter. A step is a switch: some information, and the one decision that uses it.
#
# | step | off | on |
# |---|---|---|
# | **I** dentify | a letter to each record | to each linked customer; card orders recovered (lessons 03, 04) |
# | **D** ifferentiate | everybody equally often | the third to whom a letter adds most, more often (08, 11) |
# | **N** (interact) | broadcast | a question a month, the channel that is opened, complaints answered (10) |
# | **C** ustomize | one theme for all | the theme that this customer most likely needs, none if unsure (09, 12) |
#
# Sixteen sets of steps. Who shall get the credit? If C works only on what N learned, both may claim it.
#
# ## By hand: ten customers
#
# A letter costs 1. A fitting theme brings `gain`; a wrong one loses 6. Without I each record gets one, and a second letter only costs. With D only those are written to whose gain is 10 or more. C writes what an answer says, if N asked; else what purchases say (with I of all records); else nothing. Without C all get *ritual*.

# %%
ten = pd.DataFrame(
    [(2, "gift", "ritual", "gift", None, 30), (1, "ritual", "ritual", "ritual", "ritual", 20), (1, "study", "ritual", "ritual", "study", 25),
     (2, "comfort", None, "comfort", "comfort", 10), (1, "ritual", "ritual", "ritual", None, 5), (1, "gift", "gift", "gift", "gift", 15),
     (1, "children", "study", "study", "children", 20), (2, "ritual", "gift", "ritual", None, 10), (1, "discovery", None, None, "discovery", 12),
     (1, "study", "study", "study", None, 8)], columns=["records", "need", "one_record_says", "all_records_say", "answer", "gain"], index=list("ABCDEFGHIJ"))


def worth(steps):
    says = ten["all_records_say" if "I" in steps else "one_record_says"]
    theme = (ten["answer"].fillna(says) if "N" in steps else says) if "C" in steps else pd.Series("ritual", ten.index)
    written = theme.notna() & ((ten["gain"] >= 10) | ("D" not in steps))
    letters = 1 if "I" in steps else ten["records"]
    return (np.where(theme == ten["need"], ten["gain"], -6) - letters)[written].sum()


print({steps or "none": int(worth(steps)) for steps in ("", "I", "ID", "IN", "IDN", "IDC", "INC", "IDNC")})
ten

# %% [markdown]
# Not every order makes sense: D and N need to know whom they speak of, C needs something to say. So I comes first and C after D or N: IDNC, IDCN, INDC, INCD. In each, write by pencil what a step adds when it comes. **The Shapley value** (ارزش شپلی) is the mean of a step over these orders. What is N worth? And D?

# %%
sets = ["".join(s for s, on in zip("IDNC", f"{k:04b}") if on == "1") for k in range(16)]
game = pd.DataFrame({"policy": [s or "tuned mass" for s in sets], "replication": 0, "value": [worth(s) for s in sets]})
programme.value_of_each_step(game)[["shapley", "first_in", "last_in", "low", "high"]].rename(columns=lambda c: c.replace("_", " "))

# %% [markdown]
# N alone adds nothing, and in one order nearly half of all. D helps a broadcast (fewer wrong letters) and harms a programme that knows the themes. *First in*: what a step adds to no step; *last in*: what is lost if it is taken from all four; *low*, *high*: the least and the most in any of all 24 orders.
#
# ## The outcome
#
# A year's profit can be bought with tired customers. So we count the year's profit, **plus** the profit of a second year in which nobody is contacted, divided by 1.2 (interest 20 %). Against nobody contacted, that second part is the change of customer equity (lesson 08). Goods, serving, letters and presents are paid; set-up is not, yet.
#
# The same two numbers give lesson 08's **return on customer** (Peppers & Rogers 2005): cash of the period plus change of equity, over equity at its beginning.

# %%
print(f"equity 1,000 -> 1,060, cash 90: {(90 + 1060 - 1000) / 1000:.0%}; equity falls to 930, same cash: {(90 + 930 - 1000) / 1000:.0%}")

# %% [markdown]
# ## Live: one firm, one more year
#
# **Predict.** Compare nobody contacted; *mass*, one theme to all every fourth week; *tuned mass*, its best frequency and theme as found on training firms; C alone; all four steps, the *loop*. Which wins? Does mass mailing beat silence?
#
# A policy is a function from what the firm sees (`view`) to `Actions`:

# %%
chai = data.load_firm()
people, futures = chai.made["n_people"], 2


def mass(view):
    if view.week % 4:
        return None
    able = view.records[view.records["consent"] & (view.records["system"] != "service")]
    return firm.Actions(able[["record_id"]].assign(theme="ritual"))


forced = [chai.live(52, mass, future, run_off=52).ledger for future in range(futures)]
mass_value = [ledger["profit"].iloc[:52].sum() + ledger["profit"].iloc[52:].sum() / 1.2 for ledger in forced]

links = identify.link_records(chai.records)  # once, before anything runs

# %%
live = programme.run_coalitions(chai, links=links, replications=futures, policies=["nobody", "C", "IDNC"])
value = live.pivot(index="replication", columns="policy", values="value").assign(mass=mass_value) / people
gain = value.sub(value["nobody"], axis=0).drop(columns="nobody").T.add_prefix("future ")
print(f"weeks between letters of tuned mass: {programme.tuned_settings('tuned mass')['gap']} (0: it never writes)")
print(f"nobody: {value['nobody'].mean():,.0f} thousand toman a person; gain over nobody, thousand toman a person:")
gain.assign(mean=gain.mean(axis=1)).round(1)

# %% [markdown]
# Tuned mass *is* nobody: on the training firms every mass mailing lost, so its best frequency was **zero**. A theme that is wrong for most tires them (lesson 12). All four steps gain a few percent at most; two futures cannot rank them against C alone.
#
# One firm is an anecdote. Six others were run before: 18 policies, four futures each. Does yours lie where one more such firm should (*from*, *to*)?

# %%
table = data.load_firm_coalitions().assign(value=lambda t: t["value"] / 4000)  # a person
own, equal = (table[table["budget"] == budget] for budget in ("own", "equal"))
by_firm = own.groupby(["firm", "policy"])["value"].mean().unstack()
six = by_firm[["C", "IDNC"]].sub(by_firm["nobody"], axis=0)
half = 4.03 * six.std() * (7 / 6) ** 0.5  # t with 5 degrees of freedom, for one more firm
pd.DataFrame({"here": gain.mean(axis=1), "99 % from": six.mean() - half, "to": six.mean() + half}).loc[six.columns].round(1)

# %% [markdown]
# ## What each step is worth
#
# Left: each set at its *own* best settings, silence among them. Right: the *same budget* for all sets, silence not allowed; a step can only choose better, and zero is a mass mailing.

# %% alt="Shapley value of each step with 95 percent intervals over six firms, first-in and last-in marked. Both panels: Customize has nearly all of the gain of about five thousand toman a person. Identify, always first, gets nothing or little, but adds about two when it comes last; Interact adds one when last at own settings; Differentiate nothing that can be told from zero."
fig, axes = plt.subplots(1, 2, figsize=(9, 3.2), sharex=True)
shares = {}
for ax, (budget, rows) in zip(axes, {"own settings": own, "equal budget": equal}.items()):
    shares[budget] = share = programme.value_of_each_step(rows)
    spread = np.abs(share[["firms_low", "firms_high"]].T - share["shapley"])
    ax.barh(share.index, share["shapley"], color=plots.COLOURS["light"], xerr=spread.to_numpy(), capsize=3)
    for name, mark, colour in (("first_in", ">", "other"), ("last_in", "<", "third")):
        ax.plot(share[name][:-1], share.index[:-1], mark, color=plots.COLOURS[colour], label=name.replace("_", " "))
    ax.axvline(0, color="black", lw=0.8)
    ax.set(xlabel="gain over no step (thousand toman a person)", ylabel="step", title=f"C has nearly all: {budget}", ylim=(4.6, -0.6))
axes[1].legend(loc="upper right")
plt.show()
print(pd.concat(shares).round(2)[["shapley", "noise_low", "noise_high", "firms_low", "firms_high", "first_in", "last_in"]].to_string())
lost = pd.DataFrame({s: by_firm["IDNC"] - by_firm["IDNC".replace(s, "")] for s in "IDNC"})  # own settings, last in
print("last in, own settings:", {s: f"{x.mean():.1f} ± {stats.t.ppf(0.975, 5) * x.sem():.1f} (95 %, firms)" for s, x in lost.items()})

# %% [markdown]
# Two intervals, two doubts: *noise* (another future of these firms) and *firms* (another firm).
#
# **Knowing what to write** is what pays. Look at I on the left: Shapley zero. Useless? It always comes first, when nobody uses it yet: the trap of *first in*. Taken from all four, it costs about a third of the gain, and N, which asks, about a fifth (less surely). D is zero in each order: on the training firms no way of writing more to the best was found that paid.

# %%
def over_nobody(rows):
    """Gain over nobody, thousand toman a person, with the 95 % interval over firms."""
    worth = rows.groupby(["firm", "policy"])["value"].mean().unstack()
    gain, sem = worth.sub(worth["nobody"], axis=0).agg(["mean", "sem"]).to_numpy()
    half = stats.t.ppf(0.975, len(worth) - 1) * sem
    more = {"letters a person": rows.groupby("policy")["letters"].mean() / 4000, "consent at the end": rows.groupby("policy")["consent"].mean()}
    return pd.DataFrame({"gain": gain, "low": gain - half, "high": gain + half}, index=worth.columns).assign(**more)


summary, at_equal = over_nobody(own), over_nobody(equal)
both = {"own": summary.loc[["nobody", "tuned mass", "propensity", "C", "IC", "NC", "IDNC"]], "equal budget": at_equal.loc[["tuned mass", "C", "IDNC"]]}
pd.concat(both, names=["budget"]).round(2)

# %% [markdown]
# Gain over *nobody* with 95 % interval over six firms. **The best mass mailing is none**, and writing to the likeliest buyers (*propensity*) was tuned to silence, too. In the last rows all must write every second week: the loop beats mass by as much as before, but its gain over silence cannot be told from zero. Most of that victory is harm avoided.

# %%
money = own.groupby("policy")[["profit", "profit_after"]].mean().loc[["nobody", "IDNC"]] / 4000
start, end = money.loc["nobody", "profit"] / 1.2, money["profit_after"] / 1.2  # equity: a horizon of one year
roc = (money["profit"] + end - start) / start
print(f"Return on Customer: nobody {roc['nobody']:.1%}, loop {roc['IDNC']:.1%}")

# %% [markdown]
# Equity looks one year ahead (at the beginning: nobody's year, discounted): the level says little, the difference is the loop's.
#
# ## What may it cost?
#
# Sources name four lines of set-up: market research, training, IT, infrastructure. **Every number below is a guess of ours**, a year's cost in thousand toman.

# %%
guess = {"market research": 40_000, "training": 30_000, "IT": 150_000, "infrastructure": 80_000}
low, middle, high = summary.loc["IDNC", ["low", "gain", "high"]]
print(f"The loop gains {middle:.1f} ({low:.1f} to {high:.1f}) thousand toman a customer and year; set-up {sum(guess.values()):,}")
n = pd.Index([1_000, 4_000, 100_000, 1_000_000], name="customers")
pays = pd.DataFrame({"pays below": middle * n, "at the low end": low * n, "month of delay": middle * n / 12}, index=n)
pays.round(-2).astype(int).assign(pays=middle * n > sum(guess.values()))

# %% alt="Set-up cost per customer and year falls with the number of customers; it crosses the band of the loop's gain at some tens of thousands of customers. With a quarter of the costs the crossing comes four times earlier."
many = np.geomspace(1_000, 1_000_000, 50)
fig, ax = plt.subplots()
ax.loglog(many, sum(guess.values()) / many, color=plots.COLOURS["other"], label="set-up, our guess")
ax.loglog(many, sum(guess.values()) / many / 4, ":", color=plots.COLOURS["other"], label="a quarter of it")
ax.axhspan(low, high, color=plots.COLOURS["light"], alpha=0.4)
ax.axhline(middle, color=plots.COLOURS["ours"], label="gain of the loop, 95 % interval")
ax.set(xlabel="customers", ylabel="thousand toman a customer and year", title="A small shop cannot pay for the loop")
ax.legend()
plt.show()

# %% [markdown]
# Scale helps here: no sign was found that the gain per customer depends on their number (below); the set-up does.
#
# ## Other worlds
#
# The strength of a *match*, what a fitting letter adds to the rate of buying, is our assumption; so is *backlash*, what a wrong one takes. So we turn them, and much else: three firms of 16,000 people, one future each, one thing changed at a time. In each world mass and loop take their best frequency (silence allowed). Best is chosen on the *other* firms, so that choosing flatters nobody (and can lose).

# %%
worlds = data.load_firm_programmes()
LOOP, MASS = ["nobody", "loop, seldom", "loop"], ["nobody", "mass, every 13 weeks"]
cost_share = worlds["goods"].sum() / worlds["sales"].sum()


def gained(axis, level, mine=LOOP, over=MASS, margin=1 - cost_share, letter=1.0):
    """Gain of the best of `mine` over the best of `over` in each life, thousand toman a person."""
    rows = worlds[(worlds["axis"] == axis) & (worlds["level"] == level)]
    costs = rows["goods"] * (1 - margin) / cost_share + rows["serving"] + letter * rows["contact"] + rows["service"]
    lives = rows.assign(profit=rows["sales"] - costs).pivot(index=["seed", "future"], columns="policy", values="profit")
    chosen = [pd.concat([lives.loc[[s], lives.drop(s)[some].mean().idxmax()] for s in lives.index.unique(0)]) for some in (mine, over)]
    return chosen[0] - chosen[1]


def told(cases):
    """Mean of each case over the firms, the least and the most of them."""
    return pd.DataFrame(cases).agg(["mean", "min", "max"]).T


def bars(found):
    return np.abs(found[["min", "max"]].T - found["mean"]).to_numpy()

# %% [markdown]
# **Predict**: at which strength does the loop begin to pay? Which of the other worlds ruins it?

# %% alt="Left: gain of the loop over mass by the strength of the match. Without a match silence is best; the loop must reach about a tenth to pay, gains about four thousand toman a person at the usual strength and twice as much at one and a half times that. Right: in adverse worlds, from the least to the most of three firms, backlash takes little of the gain, a rival most, needs that are alike all."
usual = ("usual", 1)
at = {x: usual if x == 0.3 else ("match", x) for x in (0, 0.15, 0.3, 0.45, 0.6)}
free, bound = (told({x: gained(*world, mine=mine) for x, world in at.items()}) for mine in (LOOP, ["loop"]))
even = np.interp(0, bound["mean"].iloc[:2], bound.index[:2])  # between the first two points
other = {"usual": usual, "backlash × 3": ("backlash", 3), "more bought early": ("forward_buying", 0.6), "rival does it too": ("rival", 1),
         "needs all alike": ("needs 0", 1), "few may be written to": ("permission", 0.3), "a quarter of purchases": ("needs 1", 0.25)}
adverse = told({name: gained(*world) for name, world in other.items()})[::-1]
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2))
left.errorbar(free.index, free["mean"], bars(free), fmt="o-", capsize=3, label="best frequency, or silence")
left.plot(bound.index, bound["mean"], "s:", color=plots.COLOURS["other"], label="must write, as tuned")
left.axvline(even, ymax=0.45, **plots.LUCK)
left.annotate(f"break-even\n{even:.2f}", (even, 6.5), ha="center", fontsize=8)
hillstrom = 1.0772 / 0.6528 - 1  # dollars a customer in two weeks: women's letter, none
left.annotate(f"Hillstrom: at least {hillstrom / 0.8:.1f} →", (0.62, -3.6), ha="right", va="bottom", fontsize=8)
left.set(xlabel="strength of the match (usual: 0.3)", ylabel="gain over mass\n(thousand toman a person)", title="No match, no gain", ylim=(-4, 18))
left.legend(loc="upper left", fontsize=8)
right.errorbar(adverse["mean"], adverse.index, xerr=bars(adverse), fmt="o", capsize=3)
right.axvline(0, color="black", lw=0.8)
right.set(xlabel="gain over mass (thousand toman a person)", title="Alike needs take all of it, a rival most")
plt.show()

# %%
rows = worlds[worlds["policy"].isin(["nobody", "loop"]) & worlds["axis"].isin(["match", "usual"])]
sales = rows.assign(match=rows["level"].where(rows["axis"] == "match", 0.3)).pivot_table(index="match", columns="policy", values="sales")
print("extra sales of the loop, %:", (100 * (sales["loop"] / sales["nobody"] - 1)).round(1).to_dict())
print(f"one opened, fitting letter, first two weeks: {(1 + 0.6) / 2 * 0.3:.0%} more purchases; Hillstrom, women's letter, all who got it: {hillstrom:.0%}")
print("recommendations in a web shop, one month: 8 to 20 % more revenue; first name in the subject line: 20 % more openings, and none in a repetition")

# %% [markdown]
# Without a match the loop's best is silence, and writing all the same loses. From the dashed line on it pays, and then grows faster than the match. Bars: the least and the most of three firms. Where needs are alike nothing is left in any firm; if a rival does the same (we assume half the match), little.
#
# **Anchors.** In our unit: a boost fades to 0.6 of itself each week, so an opened fitting letter adds about 0.8 of its strength to two weeks' purchases. Hillstrom's randomised e-mails (2008) did far more, opened or not. A randomised month of recommendations in a web shop raised revenue (Belluf et al. 2012), a first name in the subject line openings (Sahni et al. 2018), in a repetition not (Defau & Zauner 2023). Other markets, other outcomes: our 0.3 is not absurd, no more.
#
# Where permission, records, *skew* (how unequal customers are), prices or margin differ:

# %% alt="Five small panels of the gain over mass: by the share who may be written to, chance of a duplicate record, skew of value, price of a letter, and margin. A third who may be written to leave a third of the gain; duplicates and the skew of value hardly move it; it rises steeply with the margin, from zero at a fifth, and is gone when letters cost four times as much."
panels = {"share who may\nbe written to": {0.3: ("permission", 0.3), 0.85: usual},
          "chance of a\nduplicate": {0: ("records", 0), 0.05: usual, 0.5: ("records", 0.5)},
          "skew of value": {0: ("value_skew", 0), 1: usual, 1.5: ("value_skew", 1.5)}}
panels = {name: {x: gained(*world) for x, world in some.items()} for name, some in panels.items()}
panels["price of a letter\n(times)"] = {x: gained(*usual, letter=x) for x in (1, 2, 4, 8)}
panels["margin"] = {x: gained(*usual, margin=x) for x in (0.2, 0.3, 0.42, 0.6)}
fig, axes = plt.subplots(1, 5, figsize=(9, 2.8), sharey=True)
for ax, (name, cases) in zip(axes, panels.items()):
    line = told(cases)
    ax.errorbar(line.index, line["mean"], bars(line), fmt="o-", capsize=2)
    ax.axhline(0, color="black", lw=0.8)
    ax.set(xlabel=name)
axes[0].set(ylabel="gain over mass (thousand\ntoman a person)")
axes[3].set_xticks([1, 2, 4, 8])
fig.suptitle("A thin margin or dear letters end it", x=0.01, ha="left", fontsize=11)
plt.show()

# %% [markdown]
# What is **Identify** worth in the full loop, when records are better or worse?

# %%
files = {"one clean record a person": ("records", 0), "usual": usual, "chance of a duplicate 0.5": ("records", 0.5), "many errors": ("errors", 2.2)}
identify_adds = told({name: gained(*world, mine=["loop"], over=["loop without identify"]) for name, world in files.items()})
identify_adds.round(1)

# %% [markdown]
# Least where each person has one clean record (what remains are card orders). Else firms differ more than worlds: no rise with duplicates or errors can be told.
#
# ## The map
#
# Margin, how much a customer buys, and how much needs differ. Businesses from lesson 03; **every position is a guess of ours**. **Predict** the one that gains most.

# %% alt="Three maps of the gain over mass by margin and yearly sales of a customer, for needs that do not differ, differ half, and as here. Where not all three firms gain the map is dotted. Light bulbs, toothbrushes and a falafel stand lie on the first, tea packer, telecom and platform seller on the second, publisher and bank on the third. The first map has no gain at all; gains grow with margin and sales, most where needs differ as here."
rates, margins = [0.25, 1, 4], np.linspace(0.1, 0.7, 5)
silent = worlds[worlds["policy"] == "nobody"].groupby(["axis", "level"])["sales"].mean() / (1 + 1 / 1.2)  # a year
places = {0: {"light bulbs": (0.25, 300), "toothbrushes": (0.4, 280), "falafel stand": (0.5, 700)},
          0.5: {"tea packer": (0.3, 640), "telecom": (0.5, 800), "platform seller": (0.2, 500)},
          1: {"publisher": (0.4, 350), "bank": (0.6, 700)}}  # a supermarket or a car maker lies above the map
fig, axes = plt.subplots(1, 3, figsize=(9, 3.2), sharey=True)
for ax, needs in zip(axes, places):
    world = [usual if (needs, r) == (1, 1) else (f"needs {needs:g}", r) for r in rates]
    cells, bought = [told({m: gained(*one, margin=m) for m in margins}) for one in world], silent.loc[world]
    shade = ax.contourf(margins, bought, [cell["mean"] for cell in cells], levels=[-20, -1, 1, 5, 10, 20, 40], colors=plt.get_cmap("PuOr")([0.2, 0.5, 0.6, 0.7, 0.8, 0.9]), extend="both")
    ax.contourf(margins, bought, [cell["min"] <= 0 for cell in cells], levels=[0.5, 1], colors="none", hatches=[".."])
    for name, (margin, yearly) in places[needs].items():
        ax.plot(margin, yearly, "ko", markersize=4)
        ax.text(margin, yearly, f"  {name}  ", ha="right" if margin > 0.45 else "left", va="center", fontsize=8, bbox={"fc": "white", "lw": 0, "pad": 0}, zorder=1.9)
    ax.set_yscale("log", subs=[])
    ax.set(xlabel="margin (share of sales)", title=f"needs differ: {['no', 'half', 'as here'][int(2 * needs)]}")
axes[0].set(ylabel="sales a customer and year\n(thousand toman)", ylim=(bought.min(), bought.max()), yticks=[300, 500, 800], yticklabels=["300", "500", "800"])
fig.colorbar(shade, ax=axes, label="gain over mass\n(thousand toman a person)")
fig.suptitle("It pays where needs differ and the margin is high", x=0.01, ha="left", fontsize=11)
plt.show()

# %% [markdown]
# Dotted: not all three firms gain. Where needs do not differ, no margin helps; by our guesses bank and telecom gain most, the platform seller and the whole first map nothing.
#
# ## Three promises, four warnings
#
# A web article lists them; lesson 02 asked who says them ("complex": Peppers, Rogers & Dorf 1999 themselves). Each as a number of this lesson:

# %%
sizes = f"{middle:.1f} at 4,000 (six firms), {adverse.loc['usual', 'mean']:.1f} at 16,000 (three)"
last = shares["own settings"]["last_in"].round(1)
verdicts = {
    "promise: you know your customers exactly": f"Identify, last in: {last['I']:+.1f}",
    "promise: an edge over rivals": f"gain {adverse.loc['usual', 'mean']:.1f}; if a rival does it too {adverse.loc['rival does it too', 'mean']:.1f}",
    "promise: close, active contact": f"Interact, last in: {last['N']:+.1f}",
    "warning: complex, takes time": f"a month of delay at 100,000 customers: {middle * 1e5 / 12:,.0f}",
    "warning: needs exact data": f"Identify: usual records {identify_adds.loc['usual', 'mean']:+.1f}, many errors {identify_adds.loc['many errors', 'mean']:+.1f}",
    "warning: costs": f"at 4,000 customers it pays below {middle * 4000:,.0f} a year",
    "warning: limits of scale": f"gain a customer: {sizes}"}
for claim, number in verdicts.items():
    print(f"{claim:42} {number}")

# %% [markdown]
# ## The arena opens
#
# The course project: **a policy of your own**, a class with a method `decide(self, view)`, called weekly; made anew for each life.
#
# - `view.week`, `view.today`, `view.budget`, `view.first`; frames `records` (record_id, system, opened_on, consent), `orders` (with record_id, missing if anonymous), `order_lines` (order_id, category …), `contacts`, `answers`, `tickets`. In the first week they hold the whole history, then the week before; so keep (`self.…`) what you need.
# - It answers `None` or `firm.Actions(letters)`: a frame with `record_id` and `theme`, one letter a record. A club record is written by message (0.6), others by e-mail (0.2); records of `system` *service* are on no list.
#
# Refused with the reason: who overspends, writes to somebody who opted out, is too slow (half a minute a life), raises an error, or reaches for the truth:

# %%
THEME = {category: theme for theme, categories in programme.desk.LEADING.items() for category in categories}
print(THEME)
for line in ("rows = view.truth", "import os", "from idic_lib import firm", "from idic_lib.firm import Actions"):
    print(f"{line:34} {programme.foul_play(line) or 'fair'}")

# %% [markdown]
# Save it as `my_policy.py`: the class is named **`Policy`**; above it stand `import pandas as pd`, `from idic_lib.firm import Actions` (never `firm` itself; it answers `Actions(letters)`) and a copy of `THEME`. `make arena POLICY=my_policy.py SEEDS="1 2 3"` scores it on firms that nobody has seen, whose mechanisms differ, too: a minute or two for each. Marks: half for the written defence (what you assumed and predicted, what is noise, what would change your mind), a quarter for value on unseen firms, a quarter for code and reading.
#
# ## The decision
#
# Do not write to everybody. Where needs differ and show in purchases, write seldom, only where you are sure of the theme; link records before, ask a little. No value tiers for letters until a test says otherwise. Build it only if set-up stays below what it brings: with few customers, keep silent.

# %% tags=["headline"]
print(f"Against the best mass mailing, which is none, the loop gains {middle:.1f} thousand toman a customer and year ({low:.1f} to {high:.1f}), {middle / by_firm['nobody'].mean():.1%} of their value.")
print(f"Customize has {shares['own settings'].loc['C', 'shapley'] / middle:.0%} of it (Shapley); without Identify {lost['I'].mean() / middle:.0%} is lost, without Interact {lost['N'].mean() / middle:.0%}, without Differentiate {lost['D'].mean() / middle:.0%}. It pays if set-up and running cost less than {4000 * middle:,.0f} a year at 4,000 customers, {1e6 * middle:,.0f} at a million.")
print(f"It does not pay without a match (below about {even:.2f}), nor where needs are alike: {adverse.loc['needs all alike', 'mean']:+.1f}.")

# %% [markdown]
# ## What we found
# - Customize carried nearly all of the gain; Identify and Interact were worth something only after somebody used them; Differentiate by value nothing.
# - With the next year counted, every mass mailing that was tried lost. The best one is none, and over it the loop gains about a sixtieth of customers' value.
# - It does not pay without a match, at a thin margin, with dear letters, or for few customers; permission, backlash and early buying cut it.
# - In the arena your own policy stands beside it.
#
# ## What this does not show
#
# **What favours IDIC here.** There are six needs, the naming of segments knows them, and a theme fits or does not. The programme knows how often needs change, and the weeks of presents. No rival answers within the week. Settings were tuned on firms of the same kind.
#
# **What is against it.** It may only write letters: no better product, price, service level, or call. Differentiate's score was learned from one coupon test, though the letters have no coupon. Two years only: a learning relationship may need longer.
#
# Sets of steps share settings where a step gains nothing, so some zeros are exact by construction. Three firms with one future show the direction of each other world and the break-even; they are too few for an interval.
#
# ## Key ideas
# 1. A step is information and the one decision that uses it; without the decision it is worth nothing.
# 2. When steps need each other, say first in, last in and Shapley; one number hides the order.
# 3. The rival of a programme is the best simple one, zero letters allowed.
# 4. Count what is left of the customers, not the year alone.
# 5. A gain has an address: the firm with differing needs, margin and many customers.
#
# ## Exercises

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** Another game, same four orders (IDNC, IDCN, INDC, INCD). Worths: none 0, I 2, ID 6, IN 2, IDN 6, IDC 14, INC 22, IDNC 24. With a pencil: the Shapley value of C. Store it in `my_c`.

# %% tags=["exercise"]
my_c = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# In each order: the worth with C, less the worth of the steps before it. Then the mean of four.
#
# </details>

# %% tags=["solution"]
my_c = ((24 - 6) + (14 - 6) + (24 - 6) + (22 - 2)) / 4

# %% tags=["check"]
other_game = {"I": 2, "ID": 6, "IN": 2, "IDN": 6, "IDC": 14, "INC": 22, "IDNC": 24}
before_c = ["IDN", "ID", "IDN", "IN"]
with_c = ["".join(s for s in "IDNC" if s in some + "C") for some in before_c]
checks.check("Shapley value of C", my_c, expected=np.mean([other_game[a] - other_game[b] for a, b in zip(with_c, before_c)]),
             why="All four orders count, also those where C comes late.")

# %% [markdown] tags=["exercise"]
# **Exercise 2 (vary; your firm).** Guess a year's set-up and running cost of *your* firm in thousand toman, as a dict of the four lines (market research, training, IT, infrastructure), in `my_costs`. From how many customers on would the loop pay, at the gain `middle` a customer? Store the number in `my_customers`.

# %% tags=["exercise"]
my_costs = ...
my_customers = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# Add up the four lines, and divide by what one customer brings.
#
# </details>

# %% tags=["solution"]
my_costs = {"market research": 10_000, "training": 20_000, "IT": 60_000, "infrastructure": 10_000}
my_customers = sum(my_costs.values()) / middle
print(f"{my_customers:,.0f} customers")

# %% tags=["check"]
lines = pd.to_numeric(pd.Series(my_costs if isinstance(my_costs, (dict, pd.Series)) else guess), errors="coerce")
checks.check("four lines", ... if my_costs is ... else len(my_costs), expected=len(guess), why="A dict with the four lines of `guess`, each a plain number.")
checks.check("customers from which on it pays", my_customers, expected=lines.sum() / middle, rel_tol=0.01,
             why="Cost of the firm over gain of a customer; both a year.")

# %% [markdown] tags=["exercise"]
# **Exercise 3 (vary).** Return on Customer of the forced mass mailing on the live firm. `forced` holds a ledger for each future, a row a week with `profit`: first 52 weeks, then 52 without letters. Equity looks one year ahead (divide by 1.2); at the beginning it is nobody's first year, column `profit` in `live` where `policy` is `"nobody"`. Take the mean of the futures for each number, store the return in `my_roc`.

# %% tags=["exercise"]
my_roc = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# (cash + equity at the end − equity at the beginning) / equity at the beginning; cash is the profit of the 52 weeks.
#
# </details>

# %% tags=["solution"]
cash = np.mean([ledger["profit"].iloc[:52].sum() for ledger in forced])
left_over = np.mean([ledger["profit"].iloc[52:].sum() for ledger in forced]) / 1.2
began = live.loc[live["policy"] == "nobody", "profit"].mean() / 1.2
my_roc = (cash + left_over - began) / began
print(f"{my_roc:.1%}")

# %% tags=["check"]
begin_equity = live.groupby("policy")["profit"].mean()["nobody"] / 1.2
checks.check("Return on Customer of mass mailing", my_roc, expected=np.mean(mass_value) / begin_equity - 1, rel_tol=0.001, percent=True,
             why="Discount what comes a year later, and use nobody's equity at the beginning for both.")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (extend; the arena).** Write a class with a method `decide(self, view)`, made without arguments, and store the class (not an object) in `my_policy`. From all weeks so far it counts the order lines of each record by theme; `THEME` gives the theme of a category, lines of other categories do not count. Every second week (`view.week % 2 == 0`) it writes to each record of which it is sure: at least four lines counted, and **more than half** of them of one theme. This is the letter's theme. Only records with consent, none of the service desk. Then predict, and see what a quarter of a year brings on this firm: `programme.score_policy({"mine": my_policy}, chai, weeks=13, replications=1, links=[links])` (one future: no interval).

# %% tags=["exercise"]
my_policy = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# In `__init__`, `self.counts = pd.DataFrame()`. Each week merge `view.order_lines` with `view.orders[["order_id", "record_id"]]`, count with `pd.crosstab(record, theme)` and add: `self.counts.add(..., fill_value=0).fillna(0)`. `.idxmax(axis=1)` gives the theme of each record; merge with the records that may be written to.
#
# </details>

# %% tags=["solution"]
class Policy:
    def __init__(self):
        self.counts = pd.DataFrame()  # what it remembers: lines by record and theme

    def decide(self, view):
        lines = view.order_lines.merge(view.orders[["order_id", "record_id"]])
        new = pd.crosstab(lines["record_id"], lines["category"].map(THEME))
        self.counts = self.counts.add(new, fill_value=0).fillna(0)
        if view.week % 2:
            return None
        total, most = self.counts.sum(axis=1), self.counts.max(axis=1)
        sure = self.counts[(total >= 4) & (most > total / 2)].idxmax(axis=1)
        able = view.records[view.records["consent"] & (view.records["system"] != "service")]
        letters = able.merge(sure.rename("theme"), left_on="record_id", right_index=True)
        return firm.Actions(letters[["record_id", "theme"]])


my_policy = Policy
programme.score_policy({"mine": my_policy}, chai, weeks=13, replications=1, links=[links])[["gain", "letters", "reason"]].round(2)

# %% tags=["check"]
def first_letters():
    sent = []
    chai.live(1, lambda view: sent.append(my_policy().decide(view)) or sent[0])
    return {} if sent[0] is None else dict(sent[0].letters[["record_id", "theme"]].to_numpy())


of_theme = chai.order_lines.merge(chai.orders[["order_id", "record_id"]]).assign(theme=lambda t: t["category"].map(THEME)).groupby(["record_id", "theme"]).size()
of_record = of_theme.groupby("record_id").transform("sum")
leading = of_theme[(of_theme / of_record > 0.5) & (of_record >= 4)].reset_index("theme")["theme"]
seen = []
chai.live(1, lambda view: seen.append(view.records))
may = seen[0].loc[seen[0]["consent"] & (seen[0]["system"] != "service"), "record_id"]
leading = leading[leading.index.isin(may)].to_dict()
why = "At least four lines with a theme, more than half of them one theme; consent, not the service desk; the answer is `firm.Actions(frame)`; store the class, not an object."
number, fits = lambda: len(first_letters()), lambda: sum(leading.get(r) == t for r, t in first_letters().items())
checks.check("letters of the first week", ... if my_policy is ... else number, expected=len(leading), args=(), why=why)
checks.check("of these with the right record and theme", ... if my_policy is ... else fits, expected=len(leading), args=(), why=why)

# %% [markdown]
# ## Quiz
#
# 1. "Our personalized letters sell 20 % more than our old mass letters." What is missing?
#
# <details><summary>Answer</summary>
#
# Silence. The old letters may have lost; and profit, not sales, over more than the campaign.
#
# </details>
#
# 2. A step is worth nothing when it comes first, and much when it comes last. May we drop it?
#
# <details><summary>Answer</summary>
#
# No: what the others do needs it. First-in alone hides that.
#
# </details>
#
# 3. Why is "best setting" chosen on other firms than those that are scored?
#
# <details><summary>Answer</summary>
#
# The best of several tries on the same firm is partly luck; scored there, it looks better than it is.
#
# </details>
#
# ## References
#
# - Peppers, D., Rogers, M. & Dorf, B. (1999), "Is Your Company Ready for One-to-One Marketing?", *Harvard Business Review* 77(1), 151–160 (summary read).
# - Peppers, D. & Rogers, M. (2005), *Return on Customer*, Currency/Doubleday (formula read in a review).
# - Shapley, L. S. (1953), "A Value for n-Person Games"; with some orders only: Faigle, U. & Kern, W. (1992), *International Journal of Game Theory* 21, 249–266 (not read).
# - Sahni, N. S., Wheeler, S. C. & Chintagunta, P. (2018), "Personalization in Email Marketing…", *Marketing Science* 37, 236–258 (abstract of the working paper read).
# - Defau, L. & Zauner, A. (2023), "Personalized subject lines in email marketing", *Marketing Letters*, issue 4 (abstract read).
# - Belluf, T., Xavier, L. & Giglio, R. (2012), "Case study on the business value impact of personalized recommendations on a large online retailer", *ACM Conference on Recommender Systems* (abstract read).
# - Hillstrom, K. (2008), "The MineThatData E-Mail Analytics and Data Mining Challenge" (his post read; the numbers as others computed them).
#
# ## Next
#
# [14 An atlas of models](14_atlas_of_models.ipynb) · [All lessons](README.md)

# %% tags=["varies"]
print(f"learning, done once before the programmes ran, took less than {30 * np.ceil(live.attrs['learning_seconds'] / 30):.0f} seconds")
checks.versions("numpy", "pandas", "splink")
