# ---
# number: "03"
# title: Identify, whom do we know?
# question: Which of our buyers do we know, and is it worth knowing more?
# minutes: 50
# seconds: 15
# needs: ["00"]
# data: Chai & Ketab, Complete Journey
# part: "II"
# ---

# %% [markdown]
# # 03 · Identify, whom do we know?
#
# **Question.** Which of our buyers do we know, and is it worth knowing more?
#
# **You will be able to**
# - measure how much of the orders and of the money has a known buyer, and recover some of the rest;
# - work out when knowing a customer pays;
# - split "club members spend more" into effect, selection and recording;
# - decide which strangers to ask for their names, in toman.
#
# **You need** [lesson 00](00_start_here.ipynb); `groupby`, a mean, the idea of an interval.
#
# **Time** 50 minutes to read, 40 for the exercises, 15 seconds to run.
#
# **Data** Chai & Ketab, a *simulated* seller of tea and books with branches and a web shop; a customers' club (باشگاه مشتریان) opens after half a year. Money in thousand toman. Card:
# `datasets/README.md`.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from idic_lib import checks, data, identify, plots
from idic_lib.firm import make_firm

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# ## What Identify means
#
# You buy tea in the same shop for years. One day you order on its web site, which greets you as a new customer. The shop has *met* you often. It has not *identified* you.
#
# **Identify** (شناسایی) means: recognise the same individual at every contact and in every channel. The question is *have we met?*, not yet what the person needs (that is Differentiate and Interact).
#
# Some firms recognise you easily, others hardly (idea: a Persian lesson; entries: ours).
#
# business | knows its buyer? | mechanism | misses
# --- | --- | --- | ---
# bank | yes, by law | contract, national id | joint accounts
# telecom operator | the line | contract, SIM | who holds the phone
# supermarket | with card or app | club, bank card | cash, forgotten cards
# publisher | no, the bookshop does | own web shop, events | nearly all readers
# tea packer | no, the grocer does | a code in the packet, a prize | nearly all drinkers
# light-bulb or toothbrush maker | no | guarantee; subscription for brush heads | nearly all
# car maker | first buyer, by the dealer | chassis number, service | the second owner
# laptop maker | who registers | serial number, account | who owns it now
# seller on a platform | a name on a parcel | the platform keeps the key | the same buyer elsewhere
# falafel stand | the face, perhaps | the owner's memory | all, when the owner is away
#
# The last row need be no failure: perhaps knowing would not pay.
#
# ## By hand: ten till slips
#
# **Coverage** (پوشش شناسایی) is the share of orders (or of money) whose buyer is known. Here are ten slips of the firm's tills. A till keeps no card number but a **payment token**: a code, the same for the same card. Cards and records are numbered for short; no card means cash, no record an unknown buyer.

# %%
firm = data.load_firm()
orders = firm.orders
opening = firm.records.query("system == 'club'")["opened_on"].min()
print(f"{len(orders):,} orders, {orders['order_date'].min():%d %B %Y} to {orders['order_date'].max():%d %B %Y}")
print(f"{len(firm.records):,} records; the club opens on {opening:%d %B %Y}")

# %%
till = orders[orders["channel"] == "till"]
card = till.groupby("payment_token")["record_id"].agg(["size", "count", "nunique"])
kinds = ["size == 3 and count == 1", "size == 3 and count == 2 and nunique == 2", "size == 2 and count == 0"]
cash = till[till["payment_token"].isna()]

# %%
chosen = till[till["payment_token"].isin([card.query(kind).index[0] for kind in kinds])]
two = cash[~cash["record_id"].isna().duplicated()]  # the first with a record, the first without
ten = pd.concat([chosen, two]).sort_values("order_id").set_axis(range(1, 11)).rename_axis("slip")
short = ten[["payment_token", "record_id"]].apply(lambda column: pd.factorize(column)[0] + 1).replace(0, "-")
short.assign(amount=ten["amount"]).set_axis(["card", "record", "thousand toman"], axis=1).T

# %% [markdown]
# Take a pencil. (1) On how many slips is the buyer known? (2) A card that was seen with one record lends this record to its other slips. How many become known? (3) One card was seen with *two* records. What would you do with its third slip?

# %%
found = identify.recover_orders(ten)
print(f"known at the till: {ten['record_id'].notna().sum()} of 10, with the cards: {found['customer_id'].notna().sum()}")
found["recovered"].to_frame("how").T

# %% [markdown]
# The library leaves it open (*ambiguous*: a card in doubt): two records on one card may be one person twice, or two sisters (lesson 04). The card that never met a record belongs to a *stranger who comes back*.
#
# ## On the data: coverage by channel and month
#
# **Guess before you run**: which share of till orders has a known buyer before the club opens? And in the last months?

# %%
named = orders.assign(customer_id=orders["record_id"], month=orders["order_date"].dt.to_period("M").astype("str"))
coverage = identify.identification_coverage(named, by="channel")
coverage.loc["all"] = identify.identification_coverage(named).loc["all"]
(100 * coverage[["order_share", "amount_share"]]).round(1).rename(columns=lambda c: c.replace("_", " ") + " (%)")

# %% alt="Lines of the share of orders with a known buyer, by month: the web shop knows every buyer; the tills start near zero, rise slowly with web accounts, then faster from the club's opening on, and stay below the web shop."
monthly = identify.identification_coverage(named, by=["channel", "month"])["order_share"].unstack("channel")
fig, ax = plt.subplots()
x = pd.to_datetime(monthly.index)
ax.plot(x, 100 * monthly["web"], color=plots.COLOURS["other"], label="web shop")
ax.plot(x, 100 * monthly["till"], color=plots.COLOURS["ours"], label="tills")
ax.axvline(opening, **plots.LUCK)
ax.text(opening, 88, " the club opens", color=plots.COLOURS["luck"])
ax.set(xlabel="month", ylabel="orders with a known buyer (%)", title="The club opens the eyes of the tills", ylim=(0, 104))
ax.legend(loc="lower right")
ax.xaxis.set_major_locator(plt.matplotlib.dates.MonthLocator([1, 7]))
ax.xaxis.set_major_formatter(plt.matplotlib.dates.DateFormatter("%b %Y"))
plt.show()

# %% [markdown]
# The web shop knows everybody: nothing is delivered without a name. The tills knew few (people with a web account who told the clerk its number); with the club they know many more.
#
# A card has paid in the web shop, so the firm *has* a name for it. Later it pays at a till. **Guess**: how often does the till know who it is? As often in the card's *usual* branch (where it pays most) as in another?

# %%
first_web = orders[orders["channel"] == "web"].groupby("payment_token")["order_date"].min()
met = till[till["order_date"] > till["payment_token"].map(first_web)]
time = np.where(met["order_date"] < opening, "before the club", "with the club")
usual = pd.crosstab(till["payment_token"], till["branch"]).idxmax(axis=1)  # a tie: the first by name
place = np.where(met["branch"] == met["payment_token"].map(usual), "usual branch", "another branch")
(100 * met["record_id"].notna()).groupby([time, place]).agg(**{"orders": "size", "till knows (%)": "mean"}).round(0).astype(int)

# %% [markdown]
# Look at the first two rows (few orders; shared cards blur them): **a regular in one branch is a stranger in another**, until the club's card, which every till reads, brings the two much closer.
#
# ## With the library: what the cards recover
#
# `recover_orders` does for all orders what you did for ten. First with records as they are. Then, from here on, we *borrow one thing from the truth*: which records belong to one person (پیوند رکوردها, record linkage). Lesson 04 will earn it. **Guess**: which share of all orders do the cards add?

# %%
linked = identify.assign_customers(orders, firm.truth["records"])
recovered = identify.recover_orders(linked)
ways = ["recorded", "token", "ambiguous token", "unknown"]
both = {"records as they are": identify.recover_orders(orders), "records linked": recovered}
shares = pd.DataFrame({name: frame["recovered"].value_counts(normalize=True) for name, frame in both.items()})
(100 * shares.reindex(ways).fillna(0)).round(1).rename_axis("% of orders")

# %% [markdown]
# Cards bring back part of the anonymous orders without asking anybody. Linking brings more: most cards in doubt belonged to one person with two records. Where is the rest?

# %% alt="Stacked bars of till orders in three periods: recorded orders grow after the club opens, those found by card shrink in turn; cash, and cards that never met a name, stay unknown, though fewer than before."
eras = [pd.Timestamp.min, opening, opening + pd.Timedelta(weeks=26), pd.Timestamp.max]
era = pd.cut(recovered["order_date"], eras, right=False, labels=["before\nthe club", "its first\nhalf-year", "later"])
how = recovered["recovered"].mask(recovered["recovered"].eq("unknown") & recovered["payment_token"].notna(), "stranger's card")
how = how.replace({"recorded": "recorded", "token": "found by card", "ambiguous token": "card in doubt", "unknown": "cash"})
at_till = recovered["channel"] == "till"
parts = 100 * pd.crosstab(era[at_till], how[at_till], normalize="index")
fig, ax = plt.subplots()
base, tone = np.zeros(len(parts)), ["ours", "light", "yellow", "other", "luck"]
for name, colour in zip(["recorded", "found by card", "card in doubt", "stranger's card", "cash"], tone):
    height = parts.get(name, 0 * parts.iloc[:, 0])
    ax.bar(parts.index.astype(str), height, bottom=base, color=plots.COLOURS[colour], edgecolor="white", label=name, width=0.6,
           hatch="xx" if name == "cash" else "")
    base += height.to_numpy()
ax.set(xlabel="time of the order", ylabel="till orders (%)", title="Cards look back; cash stays dark")
ax.legend(*(handles[::-1] for handles in ax.get_legend_handles_labels()), loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# Cards work *backwards*: who joins the club lends a name to card orders of long ago. So recovery is not even-handed: it finds the past of those who became known, and of nobody else.
#
# Is it right? The simulation knows who bought.

# %%
recovered["person"] = recovered["order_id"].map(firm.truth["orders"])
lent, hidden = recovered[recovered["recovered"] == "token"], recovered[recovered["customer_id"].isna()]
nameless = ~pd.Index(recovered["person"].unique()).isin(recovered["customer_id"])
print(f"of the orders found by card, {(lent['customer_id'] == lent['person']).mean():.0%} are given to the right person")
print(f"still without a name: {len(hidden) / len(orders):.0%} of orders, {hidden['amount'].sum() / orders['amount'].sum():.0%} of money")
print(f"of the people who ever bought, {nameless.mean():.0%} never appear under a name")

# %% [markdown]
# A card misleads where several people use it, like a family's. Good enough to count regulars, not to write about what was bought.
#
# ## Is it worth knowing more? The economics
#
# To know a customer costs money: a card, a clerk's minute, a welcome gift; then messages every year. It pays only if the known customer brings *more*. **Contribution** is what goods and serving leave of the money (lesson 01: also letters, tickets); its rise, as a share, is the **uplift** (اثر افزایشی). With $S$ the years that we expect the customer to stay (later years count less),
#
# $$\text{net value} = S\,(\text{orders a year} \times \text{contribution of an order} \times \text{uplift} - \text{yearly cost}) - \text{cost once}$$
#
# By hand, for one tea drinker: 10 orders a year, 100 thousand toman of contribution each, uplift 5 %; cost 60 thousand once, 10 a year; each year 70 % stay; interest 20 %; three years.

# %%
stay = 1 + 0.7 / 1.2 + (0.7 / 1.2) ** 2
print(f"by hand: {stay:.3f} years x (10 x 100 x 0.05 - 10) - 60 = {stay * (10 * 100 * 0.05 - 10) - 60:.1f} thousand toman")
terms = {"cost": 60, "cost_per_year": 10, "retention": 0.7, "discount_rate": 0.2, "years": 3}
one = identify.identification_payoff(1.0, 10, order_value=100, uplift=0.05, **terms)
print(f"library: {one.net_value:.1f} thousand toman; it breaks even at {one.break_even:.1f} orders a year")

# %% [markdown]
# (The library multiplies an order's value by a margin; we give the contribution, and a margin of 1.) Now the businesses of the table. **Every number is a guess of ours**: replace them. **Predict**: for which four does knowing pay?

# %%
guesses = pd.DataFrame(
    [("bank", 300, 12, 5), ("telecom", 80, 12, 5), ("supermarket", 60, 80, 60), ("publisher", 70, 2, 100),
     ("tea packer", 40, 8, 150), ("light bulbs", 15, 2, 150), ("toothbrushes", 12, 4, 150),
     ("car maker", 60_000, 0.15, 500), ("laptop maker", 5_000, 0.25, 200), ("platform seller", 100, 3, 100),
     ("falafel stand", 25, 3, 60)],
    columns=["business", "contribution", "orders_a_year", "cost"]).set_index("business")
own_cost = terms | {"cost": guesses["cost"]}
guesses["net_value"] = identify.identification_payoff(
    1.0, guesses["orders_a_year"], order_value=guesses["contribution"], uplift=0.05, **own_cost).net_value
guesses.sort_values("net_value", ascending=False).round(2).rename(columns=lambda name: name.replace("_", " "))

# %% alt="Heat map of the net value of knowing a customer over contribution of an order and orders a year, log scales: knowing pays up and right of a falling break-even line. Bank, telecom, supermarket and car maker lie on the paying side; bulbs, toothbrushes, tea packer, publisher, platform seller and falafel stand below it; the laptop maker is just above it, but does not pay at its own cost."
left, rate = np.geomspace(0.3, 3e6, 90), np.geomspace(0.06, 200, 90)
net = identify.identification_payoff(1.0, rate[:, None], order_value=left[None, :], uplift=0.05, **terms).net_value
fig, ax = plt.subplots(figsize=(6.8, 4.4))
shade = ax.pcolormesh(left, rate, net, cmap="PuOr", vmin=-300, vmax=300, alpha=0.4, rasterized=True)
fig.colorbar(shade, label="net value (thousand toman; cut at 300)", extend="max")
for uplift, line in [(0.02, ":"), (0.05, "-"), (0.10, "--")]:
    even = identify.identification_payoff(1.0, 1.0, order_value=left, uplift=uplift, **terms).break_even
    ax.plot(left, even, "k", linestyle=line, linewidth=1.3, label=f"break-even, uplift {uplift:.0%}")
for name, row in guesses.iterrows():
    x, y, pays = row["contribution"], row["orders_a_year"], row["net_value"] > 0
    ax.plot(x, y, "o", color="k", markerfacecolor="k" if pays else "w", markersize=6)
    side = -1 if name in ("telecom", "tea packer", "falafel stand", "laptop maker", "light bulbs", "toothbrushes") else 1
    ax.annotate(name, (x, y), (7 * side, -3), textcoords="offset points", ha="left" if side > 0 else "right", size=9,
                bbox={"facecolor": "white", "alpha": 0.6, "linewidth": 0, "pad": 0.5})
ax.set(xscale="log", yscale="log", xlim=(0.3, 3e6), ylim=(0.06, 200), xlabel="contribution of an order (thousand toman)",
       ylabel="orders a year", title="Knowing pays where contribution × repeats is large")
ax.legend(loc="lower left", fontsize=8)
plt.show()

# %% [markdown]
# Black points pay at *their own* cost of asking (the laptop maker's is high); the colour uses one cost for all. What matters is contribution *times* repeats. So the car maker, whose buyers return once in many years, lies beyond the line; the falafel stand does not: by these guesses it neglects nothing. Then look at the three lines: **the uplift decides**, and it is the number that nobody has. Take it from the club, says the manager: *"Our members spend far more than other customers."*
#
# ## "Club members spend more"
#
# Take all customers with a club or web record half a year after the club's start. Compare, in the firm's books, members and others in the 52 weeks from then on: the *level*. A second claim: *"and their spend rose since they joined."* For that we take the *change* from the half-year before the club to the same half-year a year later. **Guess**: how much of the first gap did the club *cause*: all, half, a tenth?

# %%
def week(k):
    return opening + pd.Timedelta(weeks=k)


def spend(frame, first, last, who="customer_id", what="sum"):
    part = frame[(frame["order_date"] >= week(first)) & (frame["order_date"] < week(last))]
    return part.groupby(who)["amount"].agg(what).reindex(people.index).fillna(0.0)


system, owner = firm.records["system"], firm.records["record_id"].map(firm.truth["records"])
open_then = system.isin(["club", "web"]) & (firm.records["opened_on"] < week(26))
people = pd.DataFrame({"member": system[open_then].eq("club").groupby(owner[open_then]).any()})
# books: recorded orders; with cards: all orders that have a name; cards only: what cards paid, with a name
views = {"books": recovered[recovered["recovered"] == "recorded"], "with cards": recovered,
         "cards only": recovered[recovered["payment_token"].notna()]}
level = pd.DataFrame({name: spend(frame, 26, 78) for name, frame in views.items()})
change = pd.DataFrame({name: spend(frame, 26, 52) - spend(frame, -26, 0) for name, frame in views.items()})
level.groupby(people["member"]).mean().round(0).assign(people=people["member"].value_counts())

# %% [markdown]
# Intervals come from the **bootstrap**: draw as many *people* again, with replacement, many times; each draw gives a gap. `gap` also compares **like with like**: members with others who ordered as often in each half of the first year (a *cell*).

# %%
member, rng = people["member"].to_numpy(), np.random.default_rng(3)
draws = rng.multinomial(len(people), np.full(len(people), 1 / len(people)), size=400)
times = np.vstack([np.ones(len(people), int), draws])  # first row: everybody once


def gap(y, cells=None):
    """Members minus others, within cells: for the data, then for each draw."""
    y, cells = np.asarray(y, float), np.zeros(len(member)) if cells is None else np.asarray(cells)
    total = weight = 0
    for cell in np.unique(cells):
        groups = [(times[:, g], y[g]) for g in (member & (cells == cell), ~member & (cells == cell))]
        n, n_others = (w.sum(axis=1) for w, _ in groups)
        use = np.where(n_others > 0, n, 0)  # no others there: these members cannot be compared
        mean, mean_others = (w @ v / np.maximum(w.sum(axis=1), 1) for w, v in groups)
        total, weight = total + use * (mean - mean_others), weight + use
    return total / weight

# %%
def past(frame):
    bands = [np.digitize(spend(frame, a, a + 26, what="size"), [1, 2, 3, 5, 8]) for a in (-26, 0)]
    return 10 * bands[0] + bands[1]


claims = {"level: books": gap(level["books"]), "level: books and cards": gap(level["with cards"]),
          "level: the same, like with like": gap(level["with cards"], past(recovered)),
          "change: books": gap(change["books"]), "change: books and cards": gap(change["with cards"]),
          "change: cards only": gap(change["cards only"]),
          "change: cards only, like with like": gap(change["cards only"], past(views["cards only"]))}
table = pd.DataFrame({"gap": [g[0] for g in claims.values()], "low": [np.quantile(g[1:], 0.025) for g in claims.values()],
                      "high": [np.quantile(g[1:], 0.975) for g in claims.values()]}, claims)
table.round(0)

# %% [markdown]
# Members minus others, thousand toman a person, with 95 % intervals. Adding the cards makes the *level* gap larger, not smaller: both groups gain orders, and members, who buy more, gain more. More data, no fairer comparison. In the *change* they help: before they joined, members bought at tills that did not see them. "Cards only" measures before and after with one instrument. "Like with like" sets aside those who had already left: **one must still be a customer in order to join.** But its intervals are wide, and half of its first year is after the opening: it may hide some effect.
#
# ## Against the truth
#
# **A small box: potential outcomes.** Each person has two spends: $Y_1$ with the club's effect, $Y_0$ without. For a member $Y_0$ never happens, and of $Y_1$ the firm sees only the *recorded* part $R$. With $Y$ for what happened, $R = Y_0 + (Y - Y_0) + (R - Y)$, so a gap between groups has exactly three parts:
#
# part | the question | in the data
# --- | --- | ---
# **selection** | would they differ anyway? | gap of $Y_0$
# **effect** | what did the club cause? | gap of $Y - Y_0$
# **recording** | do we only *see* more of them? | gap of $R - Y$
#
# A simulation can show both worlds: the same people, much of the same luck, the club's effect switched off. **Predict** the sign of each part.

# %%
without = make_firm(**(firm.made | {"campaign_test": 0, "club_effect": 0.0}))  # and no data of lesson 11's test
without_orders = without.orders.assign(person=without.orders["order_id"].map(without.truth["orders"]))


def three_parts(books, difference):
    y, y0 = difference(recovered), difference(without_orders)
    return {"selection": gap(y0), "effect": gap(y - y0), "recording": gap(books - y), "gap in the books": gap(books)}


truth = {"level, in a year": three_parts(level["books"], lambda f: spend(f, 26, 78, "person")),
         "change, in a half-year": three_parts(
             change["books"], lambda f: spend(f, 26, 52, "person") - spend(f, -26, 0, "person"))}
for parts_of in truth.values():  # exact for each draw, although some others joined later
    assert np.allclose(sum(list(parts_of.values())[:3]), parts_of["gap in the books"])
levels, changed = truth.values()
effect, level_gap = levels["effect"], levels["gap in the books"]
happened, would = spend(recovered, 26, 78, "person"), spend(without_orders, 26, 78, "person")
rise = times @ (member * (happened - would)).to_numpy() / (times @ (member * would).to_numpy())
(low, high), (least, most) = (np.quantile(x[1:], [0.025, 0.975]) for x in (effect, rise))
held = level["books"].groupby(member).sum() / happened.groupby(member).sum()
print(f"true effect: {effect[0]:.0f} thousand toman a year ({low:.0f} to {high:.0f}), {effect[0] / level_gap[0]:.0%} of the gap;")
print(f"the members' own rise: {rise[0]:.1%} of what they would have spent anyway ({least:.1%} to {most:.1%});")
print(f"recording: {changed['recording'][0] / changed['gap in the books'][0]:.0%} of the gap in the change;")
print(f"the books hold {held[True]:.0%} of what members spent in that year, and {held[False]:.0%} of what others spent")

# %% alt="Two panels of bars with intervals. Level in a year: selection is about as large as the gap in the books, the effect is small, recording is negative. Change in a half-year: selection and recording make up nearly all of it, the effect is again small."
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.2), sharex=True, sharey=True)
colours = [plots.COLOURS[c] for c in ("third", "other", "yellow", "ours")]
for ax, (name, parts_of) in zip(axes, truth.items()):
    middle = np.array([g[0] for g in parts_of.values()])
    ends = np.array([np.quantile(g[1:], [0.025, 0.975]) for g in parts_of.values()]).T
    ax.barh(list(parts_of), middle, color=colours, height=0.6, xerr=abs(ends - middle), error_kw={"capsize": 3})
    ax.axvline(0, color="k", linewidth=0.8)
    ax.set(xlabel="members minus others\n(thousand toman a person)", title=name)
    ax.invert_yaxis() if ax is axes[0] else None
fig.suptitle("The club caused little of either gap", x=0.02, ha="left", size=11)
plt.show()

# %% [markdown]
# Selection alone is about the whole level gap: who shops much is asked more often, and joins. Recording is even *negative*: the books hold a similar share of both groups' spend, so they miss more toman of those who spend more. In the *change* recording is large: the club taught the tills to see, and the manager took seeing for selling. **Recording matters where the instrument changes.**
#
# Even the true effect has an interval: members are few, and the two worlds do not share all their luck. If it holds 0, one firm is too small to show the effect. Like with like cannot settle it: what makes people join is not all in the books. A *test* would tell: invite half of a list by lot (lesson 11).
#
# ## The decision
#
# Who is still worth asking? The strangers with a card: tokens of the last 52 weeks that no record ever met. We take the contribution of a till order, the costs above, and each uplift that somebody might believe. **Guess** the break-even at the true uplift.

# %%
goods = firm.order_lines.merge(firm.products[["product_id", "unit_cost"]], on="product_id")
goods = (goods["quantity"] * goods["unit_cost"]).groupby(goods["order_id"]).sum()
till_contribution = (till["amount"] - till["order_id"].map(goods) - till["cost_to_serve"]).mean()
last_year = recovered["order_date"] > recovered["order_date"].max() - pd.Timedelta(weeks=52)
strangers = recovered[(recovered["recovered"] == "unknown") & last_year]["payment_token"].dropna().value_counts()
fair, mine = claims["level: the same, like with like"][0], level["with cards"][member].mean()
beliefs = {"naive gap": level_gap[0] / level["books"][~member].mean(), "like with like": fair / (mine - fair),
           "the truth": rise[0], "the truth, at most": most}
rows = {}
for name, uplift in beliefs.items():
    worth = identify.identification_payoff(1.0, strangers, order_value=till_contribution, uplift=max(uplift, 0), **terms)
    pays = worth.net_value > 0
    rows[name] = {"uplift (%)": 100 * uplift, "break-even (orders a year)": float(worth.break_even),
                  "cards worth asking": pays.sum(), "these bring (million toman)": worth.net_value[pays].sum() / 1000,
                  "all would bring (million toman)": worth.net_value.sum() / 1000}
choice = pd.DataFrame(rows).T
choice.round(1)

# %% tags=["headline"]
till_now, real = monthly["till"].iloc[-6:].mean(), choice.loc["the truth"]
print(f"Of late, tills know the buyer of {till_now:.0%} of orders; the club caused {effect[0] / level_gap[0]:.0%} of the members' lead. "
      f"Strangers' cards worth asking: {real['cards worth asking']:.0f} of {len(strangers):,}. Asking all would bring "
      f"{real.iloc[-1]:,.0f} million toman, not the {choice.iloc[0, -1]:,.0f} that the naive gap promises.")

# %% [markdown]
# (*inf*: never.) Believe the naive gap, and you ask everybody. Believe the truth, and you ask few, if any, and gain next to nothing; even at the top of its interval (last row), far from all. The clerk needs one line on the till: *this card comes often, ask now.* Nobody outside a simulation knows the uplift: begin with those who pay under a *small* one, by lot, and measure.
#
# Using the names (lessons 06 and after) may raise the uplift.
#
# ## What we found
# - We measured coverage: full in the web shop, low at the tills until the club; cards recover part of the rest, mostly for the right person.
# - We worked out when knowing pays: contribution × repeats × uplift against the cost; with our guesses, for most businesses it does not.
# - We split the members' gap: mostly selection in the level; selection and recording in the change; little effect in either.
# - We decided to ask only strangers whose cards pass the break-even.
#
# ## What this does not show
#
# The generator decided much: each person has a usual branch, and another one knows only the club's card. Who joins depends on how often they buy; the club raises its members' rate by one small share, the same for all. Real selection has more roots. We were flattered by linked records, and by two worlds that share much luck.
#
# *Effect* is the club's own; messages to its phone numbers go out in both worlds (exercise 3). A stranger's card may be the second card of somebody known, and last year's orders need not return. A token follows a buyer who never agreed to it; whether the firm *may* is a question of law and trust (lesson 05). Costs are guesses.
#
# ## Key ideas
# 1. Identify is recognition: the same person, at every contact.
# 2. Coverage belongs to a channel and a time; one number for the firm hides both.
# 3. Knowing a customer is an investment: contribution × repeats × uplift against the cost. Not knowing can be right.
# 4. A gap between groups is selection + effect + recording; the parts need different remedies.
# 5. When the way of measuring changes, "more seen" looks like "more sold".
#
# ## Exercises

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** Use `recovered`. Of the *money* taken at the *tills* in the last 26 weeks (dates later than the last `order_date` minus 26 weeks), which share has a known buyer, if we count orders found by card? Store it in `my_share`.

# %% tags=["exercise"]
my_share = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# Filter by `channel` and `order_date`. `recovered` already has `customer_id`, so `identify.identification_coverage(...)` does the rest; look for `amount_share`.
#
# </details>

# %% tags=["solution"]
recent = recovered["order_date"] > recovered["order_date"].max() - pd.Timedelta(weeks=26)
my_share = identify.identification_coverage(recovered[recent & (recovered["channel"] == "till")])["amount_share"].item()
print(f"{my_share:.1%}")

# %% tags=["check"]
tail = recovered[(recovered["order_date"] > recovered["order_date"].max() - pd.Timedelta(weeks=26))
                 & (recovered["channel"] == "till")]
checks.check("known money at the tills", my_share, percent=True,
             expected=tail.loc[tail["customer_id"].notna(), "amount"].sum() / tail["amount"].sum(),
             why="Money, not orders; tills only; recorded and found by card (customer_id, not record_id).")

# %% [markdown] tags=["exercise"]
# **Exercise 2 (vary).** The club's card becomes an app: asking costs 20 thousand toman once, and messages cost 2 a year. All else as in `terms`. With an uplift of 5 % and the mean contribution of our till orders (`till_contribution`): at how many orders a year does knowing break even? Store it in `my_break_even`.

# %% tags=["exercise"]
my_break_even = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `terms | {"cost": 20, "cost_per_year": 2}` changes two of the terms. The second argument of `identification_payoff`, the orders a year, does not change the break-even.
#
# </details>

# %% tags=["solution"]
app = terms | {"cost": 20, "cost_per_year": 2}
my_break_even = float(identify.identification_payoff(1.0, 1.0, order_value=till_contribution, uplift=0.05, **app).break_even)
print(f"{my_break_even:.1f} orders a year")

# %% tags=["check"]
checks.check("break-even of the app", my_break_even, expected=(20 / stay + 2) / (till_contribution * 0.05),
             why="Both costs change, the one paid once and the yearly one; order_value=till_contribution; uplift=0.05.")

# %% [markdown] tags=["exercise"]
# **Exercise 3 (extend).** The club also put phone numbers on a list, and messages were sent to them. Make the firm without *any* club: the arguments `firm.made`, with `"campaign_test": 0` and `"club": 0.0`. For the members (`member`, those of *our* world), take what each spent in weeks 26 to 78 after the opening (`recovered`, all orders of the true `person`) minus what the same person spent in that world. Store the mean over the members, in thousand toman, in `my_whole_effect`.

# %% tags=["exercise"]
my_whole_effect = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# Do as with `without` and `without_orders`, with another switch; then `spend(..., 26, 78, "person")` twice, a difference, and the mean of `[member]`.
#
# </details>

# %% tags=["solution"]
no_club = make_firm(**(firm.made | {"campaign_test": 0, "club": 0.0}))
no_club_orders = no_club.orders.assign(person=no_club.orders["order_id"].map(no_club.truth["orders"]))
difference = spend(recovered, 26, 78, "person") - spend(no_club_orders, 26, 78, "person")
my_whole_effect = difference[member].mean()
print(f"the whole club: {my_whole_effect:.0f} thousand toman a member; its own effect alone: {(happened - would)[member].mean():.0f}")
print("Small differences are chance: compare with the interval of the effect.")

# %% tags=["check"]
world = make_firm(**(firm.made | {"campaign_test": 0, "club": 0.0}))
world_orders = world.orders.assign(person=world.orders["order_id"].map(world.truth["orders"]))
whole = (spend(recovered, 26, 78, "person") - spend(world_orders, 26, 78, "person"))[member].mean()
checks.check("effect of the whole club", my_whole_effect, expected=whole,
             why="By the true person (who='person') in both worlds; the switch is club, not club_effect; the mean of members.")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (the other data set).** Complete Journey's grocer knows every household by its card, but knows *something about* only some of them: those in `journey.demographics`. Load it with `data.load_complete_journey()`. Treat the orders of the other households as "unknown buyer" and store the share of orders in `my_known_orders` and of money in `my_known_money` (fractions). Then compare with the share of households.

# %% tags=["exercise"]
my_known_orders = ...
my_known_money = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `customer_id.where(customer_id.isin(...))` keeps the known and makes the others missing; then `identification_coverage`.
#
# </details>

# %% tags=["solution"]
journey = data.load_complete_journey()
described = journey.orders["customer_id"].isin(journey.demographics["customer_id"])
grocer = journey.orders.assign(customer_id=journey.orders["customer_id"].where(described))
row = identify.identification_coverage(grocer).loc["all"]
my_known_orders, my_known_money = row["order_share"], row["amount_share"]
print(f"{len(journey.demographics) / journey.orders['customer_id'].nunique():.0%} of households, "
      f"{my_known_orders:.0%} of orders, {my_known_money:.0%} of money")

# %% tags=["check"]
shop = data.load_complete_journey()
with_facts = shop.orders["customer_id"].isin(shop.demographics["customer_id"])
checks.check("share of orders", my_known_orders, expected=with_facts.mean(), percent=True,
             why="Orders, not households.")
checks.check("share of money", my_known_money, percent=True, why="Money of the known, divided by all money.",
             expected=shop.orders.loc[with_facts, "amount"].sum() / shop.orders["amount"].sum())

# %% [markdown] tags=["exercise"]
# **Exercise 5 (your own supplier).** Think of a business that you buy from. Does it know you, or is each visit new to it? Fill a form: a dict `my_supplier` with the texts `name`, `knows_me`, `how`, `strength`, `weakness` and `verdict` ("known", "neglect" or "not worth it"), and your guesses for `contribution` (of an order, in thousand toman), `orders_a_year` (of a buyer like you) and `cost` (thousand toman, to learn who you are), numbers above 0. Then compute the net value of knowing you with an uplift of 5 % and the other terms as in `terms`, and store it in `my_net`. The check draws your supplier on the map. Does the verdict agree?

# %% tags=["exercise"]
my_supplier = ...
my_net = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `my_supplier = {"name": "...", "knows_me": "...", ..., "contribution": 40, "orders_a_year": 20, "cost": 60}`; then do for it what the lesson did for the tea drinker, with its own cost.
#
# </details>

# %% tags=["solution"]
my_supplier = {"name": "baker", "knows_me": "by face", "how": "the seller's memory", "strength": "warm, and free",
               "weakness": "only while she is there", "verdict": "not worth it",
               "contribution": 12, "orders_a_year": 60, "cost": 60}
my_net = float(identify.identification_payoff(
    1.0, my_supplier["orders_a_year"], order_value=my_supplier["contribution"], uplift=0.05,
    **(terms | {"cost": my_supplier["cost"]})).net_value)
print(f"{my_supplier['name']}: {my_net:.1f} thousand toman")

# %% tags=["check"] alt="The break-even line of the map with the point of one supplier: above and right of the line knowing the buyer pays."
fields = {"name", "knows_me", "how", "strength", "weakness", "verdict", "contribution", "orders_a_year", "cost"}
form = dict(my_supplier) if isinstance(my_supplier, (dict, pd.Series)) else {}
good = {key: isinstance(form.get(key), (int, float, np.number)) and form[key] > 0 and form[key] is not True
        for key in ("contribution", "orders_a_year", "cost")}  # numbers above 0, not texts
good["verdict"] = str(form.get("verdict")).strip().lower() in ("known", "neglect", "not worth it")
form = {key: value for key, value in form.items() if good.get(key, True)}
checks.check("fields of the form", ... if my_supplier is ... else set(form) & fields, expected=set(fields),
             why=f"Look at {sorted(fields - set(form))}: written as in the task, a verdict of its three, numbers above 0.")
if fields <= set(form):
    x, y = form["contribution"], form["orders_a_year"]
    checks.check("net value of knowing you", my_net, expected=stay * (x * y * 0.05 - terms["cost_per_year"]) - form["cost"],
                 why="Your own cost, once; terms for the rest; 5 % uplift.")
    fig, ax = plt.subplots()
    ax.plot(left, identify.identification_payoff(1.0, 1.0, order_value=left, uplift=0.05, **terms).break_even, "k")
    ax.plot(x, y, "o", color=plots.COLOURS["other"], markersize=8)
    ax.annotate(form["name"], (x, y), (7, 5), textcoords="offset points")
    ax.set(xscale="log", yscale="log", xlim=(0.3, 3e6), ylim=(0.06, 200), ylabel="orders a year",
           xlabel="contribution of an order (thousand toman)",
           title="Your supplier, and the break-even line (uplift 5 %)")
    plt.show()

# %% [markdown]
# ## Quiz
#
# 1. A page defines Identify as "collecting the customer's needs". What would you answer?
#
# <details><summary>Answer</summary>
#
# Identify is recognising the same individual at every contact; needs come later.
#
# </details>
#
# 2. After the club opened, recorded sales to its members rose, but what these people really bought did not. Which part is that?
#
# <details><summary>Answer</summary>
#
# Recording: the same purchases, now seen.
#
# </details>
#
# 3. Must a firm whose buyers are unknown have neglected them?
#
# <details><summary>Answer</summary>
#
# No. Where contribution × repeats × uplift stays below the cost, not knowing is right.
#
# </details>
#
# ## References
#
# - Peppers, D., Rogers, M. & Dorf, B. (1999), "Is Your Company Ready for One-to-One Marketing?", *Harvard Business Review* 77(1), 151–160 (summary read).
# - Peppers, D. & Rogers, M., *Managing Customer Experience and Relationships*, 3rd ed., chapter 5 (opening read: what Identify means).
# - Dowling, G. R. & Uncles, M. (1997), *Sloan Management Review* 38(4): the evidence that loyalty programmes pay is mixed (not checked by us).
#
# ## Next
#
# One card, two records: one person or two sisters? [Lesson 04](04_identify_one_customer.ipynb) links the records.

# %% tags=["varies"]
checks.versions("numpy", "pandas", "matplotlib")
