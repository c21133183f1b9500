# ---
# number: "04"
# title: Identify one customer
# question: Which records are the same person?
# minutes: 55
# seconds: 20
# needs: ["03"]
# data: Chai & Ketab
# part: "II"
# ---

# %% [markdown]
# # 04 · Identify one customer
#
# **Question.** Which records are the same person?
#
# **You will be able to**
# - bring Persian and Latin records to one form;
# - weigh the evidence for a pair of records with a pencil, and let the library weigh all pairs;
# - judge a linkage against the truth, and set its threshold by money;
# - say what wrong identities do to lists and totals.
#
# **You need** [lesson 03](03_identify_coverage.ipynb) (whom we know); `merge`, `groupby`, logarithms to base 2.
#
# **Time** 55 minutes to read, 40 for the exercises, 20 seconds to run.
#
# **Data** Chai & Ketab, a *simulated* seller of tea and books; money in thousand toman. All people and telephone numbers are invented. Card: `datasets/README.md`.

# %%
import datetime as dt
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from persiantools.jdatetime import JalaliDate
from rapidfuzz import fuzz
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from idic_lib import checks, data, differentiate, identify, plots
from idic_lib.firm import make_firm
from idic_lib.lifetime_value import BetaGeoModel, GammaGammaModel, expected_customer_lifetime_value

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# ## How many customers are these?
#
# The firm has four systems that never spoke to each other: the **club** (a clerk types at the till), the **web** shop (the customer types), the
# **newsletter**, and the **service** desk (heard on the telephone). Here are some rows. **Guess**: how many people?

# %%
firm = data.load_firm()
records, orders, truth = firm.records, firm.orders, firm.truth["records"]
buys = orders.groupby(orders["record_id"].map(truth))["record_id"].agg(["nunique", "size"])
buys["systems"] = records.groupby(records["record_id"].map(truth))["system"].nunique()
who = buys[buys["nunique"] > 1].sort_values(["systems", "size"]).index[-1]
mine = records[records["record_id"].map(truth) == who].set_index("record_id")
mine[["system", "name", "birth_date", "phone", "email"]].fillna("")

# %% [markdown]
# One. (Only the simulation's *truth* can tell us so.) No field is equal in all rows. The next
# figure shows what the firm sees of this person. (Matplotlib 3.11 or newer joins the Persian letters, from right to left.)

# %% alt="Orders of one person over two years, one line for each record, labelled with the Persian and Latin names as typed. The person's purchases are divided between records of different systems; other records have none."
known = orders[orders["record_id"].notna()].assign(person=lambda t: t["record_id"].map(truth))
fig, ax = plt.subplots(figsize=(5.6, 2.8))
for place, record in enumerate(mine.index):
    own = known[known["record_id"] == record]
    ax.scatter(own["order_date"], [place] * len(own), s=own["amount"] / 6 + 8, alpha=0.6, color=plots.COLOURS["ours"])
    label = f"{len(own)} orders, {own['amount'].sum():,.0f}"
    ax.annotate(label, (0.5, place + 0.22), xycoords=("axes fraction", "data"), ha="center", size=9)
names = mine["name"].fillna("بی‌نام")
ax.set_yticks(range(len(mine)), [f"{name}\n({system})" for name, system in zip(names, mine["system"])])
ax.set_ylim(-0.5, len(mine) - 0.3)
ax.margins(x=0.03)
months = pd.date_range("2024-04-01", orders["order_date"].max(), freq="6MS")
ax.set_xticks(months, months.strftime("%Y-%m"))
ax.set(title="One person, seen as several customers", xlabel="date of order (dot size: amount; sums: thousand toman)")
plt.show()

# %% [markdown]
# Each record shows part of a customer, or nothing. Our work is **record linkage** (پیوند رکوردها), also called *entity resolution*
# (تطبیق هویت). It has five steps: *normalise, block, compare, weigh, cluster*.
#
# ## By hand: ten records, one form
#
# Habits of writing must go first. The same letter has two codes: Arabic ي and ك, Persian ی and ک. Inside a name stands a
# *half-space* (نیم‌فاصله), a space or nothing. Persian `۴۵۶`, Arabic `٤٥٦` and Latin `456` are the same digits. A phone begins with `0`, `+98`, `0098` or `9`. The year `1370` is Jalali, 1991
# Gregorian. The next cell brings ten records to one form (left as typed, right ours).
# (A date in Arabic digits may *look* reversed on the screen.) Which cases do the functions forget?

# %%
LETTERS = str.maketrans("يك۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩",
                        "یک01234567890123456789", "\u200c ")


def one_name(text):  # letters, half-space, space, capitals
    return text.translate(LETTERS).lower()


def one_phone(text):  # the last ten digits
    return "0" + re.sub(r"\D", "", text.translate(LETTERS))[-10:]


def one_date(text):  # Jalali if the year is before 1500
    year, month, day = map(int, re.findall(r"\d+", text.translate(LETTERS)))
    calendar = JalaliDate if year < 1500 else dt.date
    try:
        date = calendar(year, month, day)
    except ValueError:
        return "?"
    return str(date.to_gregorian() if year < 1500 else date)


full = records.dropna(subset=["name", "phone", "birth_date"]).assign(person=lambda t: t["record_id"].map(truth))
ten = full[full["person"].duplicated(keep=False)].sort_values("person", kind="stable").head(10)
makers = {"name": one_name, "phone": one_phone, "birth_date": one_date}
ours = pd.DataFrame({f"our {field}": ten[field].map(make) for field, make in makers.items()})
print("different forms:", ten[list(makers)].nunique().to_dict(), "→", ours.nunique().to_dict())
pd.concat([ten[["name", "phone", "birth_date"]], ours], axis=1).set_index(ten["person"])

# %% [markdown]
# Dates and phones come together, unless mistyped or none at all (a month 13, a row of zeros). Names often do not: two scripts cannot be compared letter by letter. The library goes on. It writes every name in Latin letters (*transliteration*, نویسه‌گردانی) and keeps little more than the consonants, as Persian
# writes no short vowels: a *key*, mostly the same from both scripts. It also sorts the words, drops titles, and sets to missing what cannot be read.

# %%
standard = identify.standardise_records(records)
everybody = firm.truth["people"].rename_axis("record_id").reset_index()
true_names = (everybody["given_name"] + " " + everybody["family_name"]).nunique()
key_names = identify.standardise_records(everybody)["name_key"].nunique()
print(f"all people: {true_names:,} different names, {key_names:,} different keys")
ten[["person", "name"]].join(standard["name_key"]).set_index("person")

# %% [markdown]
# Two scripts, one key for most. The price: a few different names get one key. Typing errors stay.
#
# ## Weigh: the rarer the agreement, the more it is worth
#
# Two records have the same phone, and different birth dates. The same person? Fellegi and Sunter (1969) ask two questions of each field.
#
# - **m**: how often does it agree if both are *one person*? (Errors make it less than 1.)
# - **u**: how often does it agree if they are *two people*? (Chance.)
#
# Agreement is worth $\log_2(m/u)$ bits of evidence, disagreement $\log_2\frac{1-m}{1-u}$. One bit doubles the odds.
#
# Nobody gives us the truth. But of *all* pairs nearly all are two people: they give $u$. And records with the same e-mail address are nearly all one person: they give $m$. For
# e-mail itself we take pairs with the same name and phone. **Guess** before you run: which field has the largest agreement weight, and which the smallest?

# %%
compared = ["name_key", "birth_date", "phone", "email", "city"]
values = standard.set_index("record_id")[compared]


def agreement(left, right):
    a, b = values.loc[left].reset_index(drop=True), values.loc[right].reset_index(drop=True)
    return (a == b).astype(float).where(a.notna() & b.notna())  # 1, 0, or missing


def sharing(*same):
    some = standard.dropna(subset=list(same))[["record_id", *same]]
    both = some.merge(some, on=list(same)).query("record_id_x < record_id_y")
    return both["record_id_x"], both["record_id_y"]


u = pd.Series({field: values[field].value_counts().pipe(lambda c: (c * (c - 1)).sum() / (c.sum() * (c.sum() - 1)))
               for field in compared})  # pairs that agree, of all pairs
m = agreement(*sharing("email")).mean()
m["email"] = agreement(*sharing("name_key", "phone"))["email"].mean()
m = m.clip(upper=0.999)  # a field that never erred yet may err
weights = pd.DataFrame({"m": m, "u": u, "agree": np.log2(m / u), "disagree": np.log2((1 - m) / (1 - u))})
weights.round({"agree": 1, "disagree": 1}).assign(m=m.round(2), u=[f"{x:.2g}" for x in u])

# %% [markdown]
# The city agrees nearly always, and its agreement is worth least: many strangers live in one city. Its *dis*agreement says most. A missing value says nothing: weight 0.
# One fault: many pairs that share something rare *are* one person. They make our $u$ too large, our weights too small; the library subtracts them.
#
# Start from the odds *before* any evidence. If each record has about one partner among $n$, these are 1 to $n$, so $-\log_2 n$ bits. Then add.
# Here are ten pairs: four share a phone but not the name, three share both, three share a birth date. **Take a pencil for the row numbered 0**: add its weights and the start. The odds $o$ are 2 to that power, the probability is $o/(1+o)$. Does it come out as the last two columns say?

# %%
drawn = [pd.concat(sharing(field), axis=1).set_axis(["left", "right"], axis=1) for field in ("phone", "birth_date")]
named = [agreement(pair["left"], pair["right"])["name_key"].to_numpy() for pair in drawn]
chosen = (drawn[0][named[0] == 0], 4), (drawn[0][named[0] == 1], 3), (drawn[1], 3)
pairs_ten = pd.concat([some.sample(k, random_state=6) for some, k in chosen], ignore_index=True)

# %%
agree, start = agreement(pairs_ten["left"], pairs_ten["right"]), -np.log2(len(records)).round(1)
bits = agree * weights["agree"].round(1) + (1 - agree) * weights["disagree"].round(1)
pairs_ten = pairs_ten.join(bits).assign(start=start, sum=(bits.sum(axis=1) + start).round(1))
pairs_ten["probability"] = (1 / (1 + 2 ** -pairs_ten["sum"])).round(3)
pairs_ten.astype({field: object for field in compared}).fillna(dict.fromkeys(compared, ""))

# %% [markdown]
# ## With the library
#
# `identify.score_pairs` does the same with the package Splink, for all pairs worth comparing, and refines it three times. *Nearly* equal counts too (one letter off, one name inside the
# other). Rare values count more than common ones (a default birth date `1300/01/01` proves little). Phone and address are weighed together, because a home shares
# both. It learns m by a method called EM, without *labels* (pairs whose truth is known), from several groups of pairs as we did from one. **Guess** how far its sums are from ours.

# %%
pairs = identify.score_pairs(records)
library = pairs.set_index(["record_id_l", "record_id_r"])["match_weight"].rename("library")
beside = pairs_ten[["left", "right", "sum"]].join(library, on=["left", "right"])
beside["one person"] = truth[beside["left"]].to_numpy() == truth[beside["right"]].to_numpy()
print(f"{len(pairs):,} pairs listed, of {len(records) * (len(records) - 1) // 2:,} possible")
beside.rename(columns={"sum": "by hand"}).round(1)

# %% [markdown]
# Signs mostly agree. Mostly the library goes further from zero: its $u$ is cleaner, rare values and near agreement count. Compare the first four rows with the truth: one phone with two names is often one person, misspelt; sometimes two people of one *household*.
#
# ## Block: what is not compared is hardly found
#
# The library did not compare all pairs, only those that share something: a phone, an e-mail, a birth date, an address, two name parts and the city, one name part and the year of birth. This is **blocking** (بلوک‌بندی). It saves work, and puts a cap on *recall*, the share of the true pairs that we find.

# %%
real = int(truth.value_counts().pipe(lambda count: count * (count - 1) / 2).sum())
pairs["same"] = truth[pairs["record_id_l"]].to_numpy() == truth[pairs["record_id_r"]].to_numpy()
cap = pairs["same"].sum() / real
print(f"true pairs: {real:,}; compared: {pairs['same'].sum():,}, so recall of single pairs is at most {cap:.1%}")
left, right = sharing("name_key")
print(f"{(truth[left].to_numpy() == truth[right].to_numpy()).mean():.0%} of the pairs with one name key are one person")

# %% [markdown]
# Pairs that share too little (a newsletter with an e-mail address, a club card with a phone) are found only by a detour, which comes next; people without *any* record (lesson 03) never. The last line is the fault of our $u$.
#
# ## Cluster: from pairs to customers
#
# If A is B, and B is C, then A is C, even if A and C were never compared. What hangs together is one customer (*connected components*).
# **Precision** (دقت): of the pairs we joined, the share that is one person. **Recall** (بازیابی): of the true pairs, the share we joined. F1 is their harmonic mean. Pairs count from 0.9 on. `identify.link_records(records, threshold=0.9)` scores and clusters in one line; we cluster ourselves, to try other thresholds without scoring again.

# %%
ids = pd.Index(records["record_id"])
ends = ids.get_indexer(pairs["record_id_l"]), ids.get_indexer(pairs["record_id_r"])


def customers(keep):
    joined = coo_array((np.ones(keep.sum()), (ends[0][keep], ends[1][keep])), shape=(len(ids), len(ids)))
    return pd.Series(connected_components(joined, directed=False)[1], index=ids)

# %%
probability = pairs["match_probability"].to_numpy()
linked = customers(probability >= 0.9)
quality = identify.linkage_quality(linked, truth)
print(f"{len(ids):,} records, {linked.nunique():,} customers found, {truth.nunique():,} true people")
print(f"precision {quality['precision']:.3f}, recall {quality['recall']:.3f} (the cap of single pairs was {cap:.3f})")

# %% [markdown]
# Chains can lift recall above the cap, and they can also join people in a row.
#
# ### Against simple rules
#
# Two rivals. *Exact*: same standardised name and phone. *rapidfuzz*: how alike are the letters, on average over the fields that both records have? We give it three presents: our
# standard form, our candidate pairs, and the cut that is best *on the truth*, which no firm could choose. **Rank them.**

# %%
exact = (standard["name_key"] + standard["phone"]).fillna(standard["record_id"]).set_axis(ids)
texts = values.drop(columns="city").to_numpy(object)
likeness = np.array([np.mean([fuzz.ratio(a, b) for a, b in zip(*both) if a == a and b == b] or [0])
                     for both in zip(texts[ends[0]], texts[ends[1]])])
tried = {cut: identify.linkage_quality(customers(likeness >= cut), truth) for cut in range(60, 100, 2)}

# %%
cut = max(tried, key=lambda c: tried[c]["f1"])
rules = {"exact": identify.linkage_quality(exact, truth), f"rapidfuzz, best cut {cut}": tried[cut],
         "library, 0.9": quality, "library, 0.5": identify.linkage_quality(customers(probability >= 0.5), truth)}
pd.DataFrame(rules).T[["precision", "recall", "f1"]].round(3)

# %% [markdown]
# Exact is nearly never wrong and finds few. Likeness hardly reaches the library, in some firms not nearly: it gives every field the same weight, and one field in common may be chance (a birth date) or proof (an e-mail address).
#
# One firm may be luck. A table (`datasets/make/firm_linkage.py`) has five firms at three levels of error: *clean*, *usual* (ours), *poor*. There, rapidfuzz also runs over all pairs; in `link_records_best` the library too gets the cut that is best on the truth.

# %% alt="F1 of five ways to link, five firms at each level of error. With clean records all are near 1. With usual errors exact matching falls far, rapidfuzz less; the library is highest in most firms, at its best cut in all. With poor records the library at 0.9 is no better than rapidfuzz on its candidates in most firms, and at its best cut clearly above."
table = data.load_firm_linkage()
styles = {"exact": ("other", "v"), "rapidfuzz": ("third", "s"), "rapidfuzz_candidates": ("light", "D"),
          "link_records": ("ours", "o"), "link_records_best": ("fourth", "^")}
fig, ax = plt.subplots()
for shift, (method, (colour, marker)) in zip((-0.3, -0.15, 0, 0.15, 0.3), styles.items()):
    part = table[table["method"] == method]
    place = part["level"].map({"clean": 0, "usual": 1, "poor": 2}) + shift
    ax.plot(place, part["f1"], marker, color=plots.COLOURS[colour], label=method, alpha=0.7)
ax.set_xticks(range(3), ["clean", "usual", "poor"])
ax.set(xlabel="errors in the records", ylabel="F1 of pairs (0 to 1)", ylim=(0, 1.03),
       title="Clean records need no model; usual ones gain by it")
ax.legend(loc="lower left")
plt.show()
same = table[(table["level"] == "usual") & (table["method"] == "link_records")].set_index("seed")["f1"]
print(f"F1 of this firm in the table: {same.round(3).get(firm.made['seed'], 'not there')}; we found {quality['f1']:.3f}")
print(table.pivot_table(index="method", columns="level", values=["precision", "recall", "f1"], sort=False).round(2).to_string())

# %% [markdown]
# Usual errors: the library leads in most firms, with its default of 0.9. Poor records: 0.9 is too careful, nearly half of the links are missed; likeness with presents is mostly ahead. Give both the same present, and the library leads in every firm.
#
# ## The threshold is a price
#
# A *missed link* (پیوند ازدست‌رفته) sends every letter twice and divides a good customer. A *wrong merge* (ادغام نادرست) shows one person another's orders; a complaint follows. Suppose that a missed link costs 20 thousand toman a pair, a wrong merge 100 (our assumption; ask your
# service desk). Joining a pair of probability $p$ costs $(1-p) \cdot 100$ on average; leaving it apart costs $p \cdot 20$. So join if $p$ is at least
#
# $$p^* = \frac{\text{wrong}}{\text{wrong} + \text{missed}} = \frac{100}{120}$$
#
# **Guess**: is the best threshold on the truth lower than this, or higher?

# %% alt="Left: as the threshold rises, precision rises and recall falls; the blocking cap is drawn as a dotted line. Right: total cost by threshold for two price lists; the careful firm's cost is lowest at a high threshold, the newsletter's, flatter, at a lower one."
def bill(q, wrong, missed):
    return wrong * q["recall"] * real * (1 / q["precision"] - 1) + missed * real * (1 - q["recall"])


prices = {"careful": (100, 20), "newsletter": (10, 30)}
grid = [0.01, 0.05, 0.1, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999]
curve = pd.DataFrame({t: identify.linkage_quality(customers(probability >= t), truth) for t in grid}).T
odds, (fig, (one, two)) = np.log2(curve.index / (1 - curve.index)), plt.subplots(1, 2, figsize=(7.4, 3.3))
for (name, price), colour, marker in zip(prices.items(), ("ours", "other"), "os"):
    cost = curve[name] = bill(curve, *price) / 1000
    print(f"{name}: the formula says {price[0] / sum(price):.2f}, the truth {cost.idxmin()}")
    two.plot(odds, cost, marker + "-", color=plots.COLOURS[colour], label=f"{name}: wrong {price[0]}, missed {price[1]}")
    two.plot(odds[cost.argmin()], cost.min(), "k*", markersize=13)
one.plot(odds, curve["precision"], "o-", color=plots.COLOURS["ours"], label="precision")
one.plot(odds, curve["recall"], "s--", color=plots.COLOURS["other"], label="recall")
one.axhline(cap, color=plots.COLOURS["truth"], linestyle=":", linewidth=1, label="cap of single pairs")
for ax, y, title in ((one, "share of pairs", "A threshold is a trade …"), (two, "cost (million toman)", "… prices choose it (star)")):
    ax.set(xlabel="threshold (its odds, log scale)", ylabel=y, title=title)
    ax.set_xticks([-6.6, 0, 3.2, 6.6, 10], ["0.01", "0.5", "0.9", "0.99", "0.999"])
    ax.legend()
plt.show()

# %% [markdown]
# Two price lists, two thresholds: no prices, no "best" one. Near the bottom the lines are flat: a star's exact place is luck. But both lie *higher* than the formula says. Why?
#
# ## Is "0.9" a probability?
#
# If it were, nine of ten pairs scored 0.9 would be one person. **Guess** first.

# %% alt="Share of pairs that are truly one person, by predicted probability, with 95 percent intervals. Below 0.9 the points scatter about the diagonal; between 0.9 and 0.99 the point lies clearly below it: there the model is too sure."
edges = [0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1]
calibration = identify.linkage_calibration(pairs, truth, bins=edges)
fig, ax = plt.subplots()
ax.plot([0, 1], [0, 1], color=plots.COLOURS["truth"], linestyle=":", linewidth=1, label="a true probability")
spread = [calibration["observed"] - calibration["low"], calibration["high"] - calibration["observed"]]
ax.errorbar(calibration["predicted"], calibration["observed"], np.abs(spread), fmt="o", color=plots.COLOURS["ours"],
            label="our pairs, 95 % interval")
ax.set(xlabel="predicted probability", ylabel="share that is one person", title="Near the top the score is too sure")
ax.legend()
plt.show()
print(calibration.round(3).set_axis([f"{a:g} to {b:g}" for a, b in zip(edges, edges[1:])][-len(calibration):]))

# %% [markdown]
# The formula adds the fields as if they erred independently. They do not. Sisters may share phone, address, family name and city *together*: correlated evidence is counted twice. And one wrong pair, once joined, merges *all* records of both people. (One family gives several pairs: the true intervals are wider than drawn.) Who are the wrong pairs?
#
# ## Sisters, one "best customer"
#
# Among the linked customers we look for several women of one home and family name, and take those who spent most.

# %%
book = records.drop(columns="gender").assign(person=truth[ids].to_numpy(), customer=linked.to_numpy())
book = book.join(firm.truth["people"][["household", "given_name", "family_name", "gender"]], on="person")
book["spent"] = book["record_id"].map(known.groupby("record_id")["amount"].sum()).fillna(0)
groups = book.groupby("customer")
mixed = groups[["person", "household", "family_name"]].nunique().assign(
    women=groups["gender"].agg(lambda g: set(g) == {"f"}), spent=groups["spent"].sum()).query("person > 1")
print(f"{len(mixed)} customers hold records of several people; in {(mixed['household'] == 1).sum()} all live in one home")
homes = mixed.query("household == 1").sort_values(["women", "family_name", "spent"], ascending=[True, False, True])
story = book[book["customer"] == homes.index[-1]].assign(true_name=book["given_name"] + " " + book["family_name"])
story[["true_name", "system", "name", "birth_date", "phone", "spent"]].fillna("").set_index("true_name").round()

# %% [markdown]
# What agrees is what a home shares (not shown: the address); what would tell them apart is missing or was outweighed. Added up they are a good customer. An adviser hears: "Which of us do you mean?" Nearly all wrong
# merges are like this: not strangers, but one home.
#
# ## What it does to the list and to the total
#
# The firm can look after as many customers as the true best fifth of buyers has. It takes the biggest spenders of the last 52 weeks: among *records* (unlinked), by exact match, linked, or **over-linked**, with a threshold of 0.001. Customer equity (ارزش ویژهٔ مشتری) is the customers' forecast value, summed, by the models of lessons 07 and 08: twelve months,
# margin 40 %, discount rate 20 % a year. **Guess** for each: how many of the true best are found? Is equity too high or low?

# %%
end = orders["order_date"].max()
late = known[known["order_date"] > end - pd.Timedelta(weeks=52)]
true_spend = late.groupby("person")["amount"].sum()
true_best = true_spend.nlargest(len(true_spend) // 5)


def consequences(links):
    seen = identify.assign_customers(known, links)
    year = seen.loc[late.index]
    spend = year.groupby("customer_id")["amount"].sum()
    by_owner = year.groupby(["customer_id", "person"], as_index=False)["amount"].sum().sort_values("amount")
    owner = by_owner.groupby("customer_id")["person"].last()  # who spent most under this number answers the call
    listed = set(owner[spend.nlargest(len(true_best)).index])
    history = differentiate.purchase_history(seen[seen["amount"] > 0], end=end)
    equity = expected_customer_lifetime_value(BetaGeoModel().fit(history), GammaGammaModel().fit(history), history,
                                              discount_rate=1.2 ** (1 / 12) - 1, margin=0.4)
    lost = true_best[~true_best.index.isin(listed)]
    return {"buyers": len(spend), "spend each": spend.mean(), "best found": 1 - len(lost) / len(true_best),
            "listed twice": len(true_best) - len(listed), "spend missed": lost.sum() / 1000,
            "equity": equity.sum() / 1000, "CLV each": equity.mean()}

# %%
identities = {"truth": truth[ids], "unlinked": pd.Series(ids, index=ids), "exact": exact, "linked, 0.9": linked,
              "over-linked, 0.001": customers(probability >= 0.001)}
outcome = pd.DataFrame({name: consequences(links) for name, links in identities.items()}).T
outcome.map("{:,.4g}".format)

# %% [markdown]
# (*Spend missed*, of the true best who are not listed, and *equity* are in million toman; *each* is in thousand. "Truth" knows the owner of each *recorded* order; its equity is a forecast too. *CLV each* (lifetime value): equity per customer.)
#
# Unlinked, buyers are too many and too small: the spend of the true best is divided, so they miss the list or stand on it twice. Linked, most come back. Over-linked, buyers are too few and too big. With either mistake the *sum*, equity, is off by much less than the value of *each*: a total can look right while the names are wrong.
#
# ## The decision
#
# Which threshold, and what for?

# %% tags=["headline"]
found, missed = outcome["best found"], outcome["spend missed"]
print(f"Linked at 0.9, {len(ids):,} records are {linked.nunique():,} customers (truth: {truth.nunique():,} people; "
      f"precision {quality['precision']:.2f}, recall {quality['recall']:.2f}). The list finds {found['linked, 0.9']:.0%} "
      f"of the true best fifth, not {found['unlinked']:.0%}: best customers who spent "
      f"{missed['unlinked'] - missed['linked, 0.9']:.0f} million toman in a year come back.")

# %% [markdown]
# **Our answer.** Link. Use a high threshold wherever a person will *see* the result, a lower one for letters. Before an adviser calls, somebody looks at customers with two birth dates or two given names. Keep records and links apart, so that a wrong merge can be undone.
#
# ## What we found
# - Two scripts, three kinds of digits and two calendars came to one form.
# - We weighed pairs with a pencil, the library all pairs, without labels.
# - We judged by precision and recall under a cap; prices set the threshold, and the score was too sure.
# - Identities change lists and the value of each customer; the total hides it.
#
# ## What this does not show
#
# The errors were invented by the team that wrote the rules against them, which flatters the rules. Here no two people share an e-mail address; real families do, and real names are more varied. The generator decided how many people share a home and a phone, and so how many wrong merges there are. Costs per pair are assumed. The list's "truth" knows recorded orders only. And linking *exposes* people: it
# shows more than a person told any one system. Did they agree? Link only what you may join ([05](05_privacy_and_trust.ipynb): what linking risks).
#
# ## Key ideas
# 1. Normalise first: most differences are habits of writing, not people.
# 2. The rarer an agreement, the more it is worth; a missing value says nothing.
# 3. What blocking does not compare, only a chain can find; who has no record is never found.
# 4. The threshold is the price of a wrong merge against that of a missed link.
# 5. Most wrong merges are families: what a home shares is counted twice.
#
# ## Exercises
#
# Use new names.

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** One person, or two of one name? Two records agree on `name_key` and `city` and disagree on `birth_date`; one has no phone and no e-mail. With the lesson's `weights` and `start`, how probable is it that they are one person? Store it in `my_probability`. Guess first.

# %% tags=["exercise"]
my_probability = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `weights.loc["city", "agree"]` is one of three weights. Add them and `start`; the odds are 2 to that power; probability = odds / (1 + odds).
#
# </details>

# %% tags=["solution"]
sum_of_bits = start + weights.loc[["name_key", "city"], "agree"].sum() + weights.loc["birth_date", "disagree"]
my_probability = 2**sum_of_bits / (1 + 2**sum_of_bits)
print(f"{sum_of_bits:.1f} bits, probability {my_probability:.2f}")

# %% tags=["check"]
evidence = start + weights["agree"][["name_key", "city"]].sum() + weights["disagree"]["birth_date"]
checks.check("probability of one person", my_probability, expected=1 - 1 / (1 + 2**evidence), percent=True, rel_tol=0.05,
             why="Two agreements, a disagreement and the start (both negative), then odds / (1 + odds). Missing adds nothing.")

# %% [markdown] tags=["exercise"]
# **Exercise 2 (vary).** A bank: a wrong merge costs 950 thousand toman a pair, a missed link 50. Store the formula's threshold in `my_threshold`, and the bill in thousand toman of linking at exactly this threshold in `my_bill` (use `customers`, `probability`, `identify.linkage_quality` and `bill`).

# %% tags=["exercise"]
my_threshold = ...
my_bill = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# Wrong divided by wrong plus missed. Then `bill(identify.linkage_quality(customers(probability >= ...), truth), 950, 50)`.
#
# </details>

# %% tags=["solution"]
my_threshold = 950 / (950 + 50)
my_bill = bill(identify.linkage_quality(customers(probability >= my_threshold), truth), 950, 50)
at_99 = bill(curve.loc[0.99], 950, 50)
print(f"{my_bill:,.0f} thousand toman at {my_threshold}, {at_99:,.0f} at 0.99")

# %% tags=["check"]
bank = np.array([950, 50])
bank_links = customers(probability >= bank[0] / bank.sum())
checks.check("threshold", my_threshold, expected=bank[0] / bank.sum(), percent=True,
             why="The price of the wrong merge stands above the line.")
checks.check("bill", my_bill, expected=bill(identify.linkage_quality(bank_links, truth), *bank),
             why="Wrong merges first, missed links second; join pairs at or above the threshold.")

# %% [markdown] tags=["exercise"]
# **Exercise 3 (vary).** A colleague proposes: "One phone, one customer." Link by the standardised `phone` alone (a record without phone stays a customer of its own) and store the precision of pairs in `my_precision`. Guess first: above or below 0.9?

# %% tags=["exercise"]
my_precision = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `exact` in the lesson shows how: fill what is missing with the record's own id, and use `record_id` as index.
#
# </details>

# %% tags=["solution"]
by_phone = standard["phone"].fillna(standard["record_id"]).set_axis(ids)
my_precision = identify.linkage_quality(by_phone, truth)["precision"]
print(identify.linkage_quality(by_phone, truth)[["precision", "recall", "f1"]].round(3).to_dict())

# %% tags=["check"]
phones = standard.set_index("record_id")["phone"]
phones = phones.where(phones.notna(), phones.index.to_series())
checks.check("precision of one phone, one customer", my_precision, percent=True,
             expected=identify.linkage_quality(phones, truth)["precision"],
             why="Use the standardised phone; records without a phone must not become one customer.")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (extend, another firm).** Make a firm with poor records: `make_firm(1500, weeks=52, seed=5, errors="poor")`. Link its records by *exact* match: same `name_key` and same `phone` after
# `identify.standardise_records`; a record that lacks one of them stays alone. What share of its true pairs (`.truth["records"]`) is found? Store it in `my_recall`. Guess first: more or less than in the lesson's firm?

# %% tags=["exercise"]
my_recall = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# As `exact` in the lesson, with the new firm's `.records`. Recall is one of the names that `identify.linkage_quality` gives.
#
# </details>

# %% tags=["solution"]
poor = make_firm(1500, weeks=52, seed=5, errors="poor")
form = identify.standardise_records(poor.records).set_index("record_id")
key = (form["name_key"] + form["phone"]).fillna(form.index.to_series())
my_recall = identify.linkage_quality(key, poor.truth["records"])["recall"]
print(f"{my_recall:.1%}, against {rules['exact']['recall']:.1%} in the lesson's firm")

# %% tags=["check"]
other = make_firm(1500, weeks=52, seed=5, errors="poor")
shape = identify.standardise_records(other.records).set_index("record_id")
joined_key = (shape["name_key"] + "|" + shape["phone"]).fillna(shape.index.to_series())
checks.check("recall of exact matching, poor records", my_recall, percent=True, rel_tol=0.05,
             expected=identify.linkage_quality(joined_key, other.truth["records"])["recall"],
             why="Standardise first; name and phone together; recall, not precision, against this firm's own truth.")

# %% [markdown]
# ## Quiz
#
# 1. Two records agree on the city and on a very rare family name. Which agreement is worth more, and why?
#
# <details><summary>Answer</summary>
#
# The rare name: strangers hardly ever share it (small u), but often a city.
#
# </details>
#
# 2. A vendor promises "99 % precision". What do you ask?
#
# <details><summary>Answer</summary>
#
# At which recall, on whose records, and who knew the truth? Joining identical records has high precision and finds few.
#
# </details>
#
# 3. After linking, customer equity is almost what it was before. Was linking useless?
#
# <details><summary>Answer</summary>
#
# No. The total hardly depends on who owns an order; the list of the best does.
#
# </details>
#
# ## References
#
# - Fellegi, I. P., Sunter, A. B. (1969), "A Theory for Record Linkage", *Journal of the American Statistical Association* (from memory, not checked).
# - Splink 5, the package that `identify.score_pairs` calls, and rapidfuzz: their documentation.
# - Peppers & Rogers, *Managing Customer Experience and Relationships*, 3rd ed., ch. 5: identify is to recognise the *same* individual at every contact (recap read).
#
# ## Next
#
# [05 Privacy and trust](05_privacy_and_trust.ipynb): linking exposes people: what may we know? · [All lessons](README.md)

# %% tags=["varies"]
checks.versions("numpy", "pandas", "matplotlib", "splink", "rapidfuzz", "persiantools")
