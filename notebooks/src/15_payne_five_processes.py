# ---
# number: "15"
# title: Payne, five processes
# question: Do strategy, value, channels, information and results fit together?
# minutes: 55
# seconds: 15
# needs: ["00", "03", "06"]
# data: Chai & Ketab, Complete Journey
# part: III
# ---

# %% [markdown]
# # 15 · Payne, five processes
#
# **Question.** Do strategy, value, channels, information and results fit together?
#
# **You will be able to**
# - measure Payne and Frow's five processes in a firm's own tables, each metric with its formula;
# - trace one late order through all five, and find where they do not meet;
# - judge the chain from employees to profit with intervals that are honest about a dozen branches;
# - find a metric that improves while the firm loses.
#
# **You need** lessons [00](00_start_here.ipynb), [03](03_identify_coverage.ipynb) and [06](06_differentiate_value_today.ipynb).
#
# **Time** 55 minutes to read, 40 for the exercises, 15 seconds to run.
#
# **Data** Chai & Ketab (simulated; thousand toman); for one exercise Complete Journey (a grocer's year). Cards: `datasets/README.md`.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from idic_lib import checks, data, identify, interact, plots
from idic_lib.firm import START, Actions, Firm, make_firm
from idic_lib.models import payne

plt.rcParams.update(plots.STYLE)
pd.set_option("display.max_colwidth", None)

# %% [markdown]
# ## What the model says
#
# A parcel is late. Whose fault is it? The post's, the service desk's, the advert's that promised too much, the manager's who rewards nobody for speed? IDIC's four steps have no place for this question. Payne and Frow (پین و فرو) have one: for them customer relationship management (مدیریت ارتباط با مشتری, CRM) is five **processes** that cross all departments.
#
# They first ask which CRM we speak of. Their three perspectives, in our words: (1) *narrow*: one technology project, such as a new call system; (2) *broad*: all technology that faces the customer; (3) *strategic*: managing relationships so that customers and owners both gain value. The five processes belong to the third.

# %% tags=["folded"] alt="Diagram of the five processes: strategy development and value creation act on each other, lead to multichannel integration and on to performance assessment, from which an arrow leads back to strategy; information management lies below all four and feeds them."
fig, ax = plt.subplots(figsize=(8.6, 3.0))
boxes = {"strategy\ndevelopment\n(whom?)": 0, "value\ncreation\n(what for both?)": 1, "multichannel\nintegration\n(how met?)": 2,
         "performance\nassessment\n(what came of it?)": 3}
for name, k in boxes.items():
    ax.text(0.5 + k, 0.62, name, ha="center", va="center", bbox={"boxstyle": "round,pad=0.5", "fc": (plots.COLOURS["light"], 0.2), "ec": "0.3"})
    ax.annotate("", (0.5 + k, 0.42), (0.5 + k, 0.27), arrowprops={"arrowstyle": "<->", "color": plots.COLOURS["third"]})
ax.add_patch(plt.Rectangle((0.12, 0.1), 3.76, 0.15, fc=(plots.COLOURS["third"], 0.15), ec="0.3"))
ax.text(2, 0.17, "information management: what is known, and where it is needed", ha="center", va="center")
for k, style in enumerate(["<->", "->", "->"]):
    ax.annotate("", (1.08 + k, 0.62), (0.92 + k, 0.62), arrowprops={"arrowstyle": style, "lw": 2})
ax.annotate("", (0.5, 0.82), (3.5, 0.82), arrowprops={"arrowstyle": "->", "connectionstyle": "bar,fraction=0.05",
                                                      "color": plots.COLOURS["other"]})
ax.set(xlim=(0, 4), ylim=(0.05, 1.05), title="Five processes that feed each other (after Payne 2005)")
ax.axis("off")
plt.show()

# %% [markdown]
# - **Strategy development** (تدوین راهبرد): which business, which customers, how finely told apart?
# - **Value creation** (خلق ارزش): what the customer receives, what the firm receives, what both make together (هم‌آفرینی, co-creation).
# - **Multichannel integration** (یکپارچه‌سازی چندکاناله): branches, web, telephone, letters: one good experience at a cost that we can bear.
# - **Information management** (مدیریت اطلاعات): data, systems, analysis; the *front office* (پیشخوان) meets customers, the *back office* (پشت‌صحنه) does not.
# - **Performance assessment** (ارزیابی عملکرد): results for owners, employees and customers; standards and metrics.
#
# The arrows run in circles: this is no pipeline with a last stage.
#
# ## By hand: ten orders, four metrics
#
# The framework names what to look at. It gives no formulas; ours stand in each table. `links` says whose each record is (an entry of the club, the web shop, the desk …; lesson 04). Here are ten of the firm's orders from two half-years: customers A, B and C, and two strangers. `left` is what an order leaves: amount − 58 % of the list price for the goods − cost to serve. The list price is amount + discount. One of these orders brought a complaint.

# %%
firm = data.load_firm()
links = identify.link_records(firm.records)
orders = payne.customer_orders(firm, links).assign(half=lambda f: f["quarter"] // 2 + 1)
early = orders[orders["half"] <= 2]
often = early.pivot_table(index="customer_id", columns="half", values="amount", aggfunc="count", fill_value=0)

# %%
early = early.assign(upset=early["order_id"].isin(firm.tickets["order_id"]))
upset = early.groupby("customer_id")["upset"].sum().reindex(often.index)
patterns = {"A": (2, 2, 0), "B": (2, 0, 0), "C": (0, 2, 1)}
names = {often.index[(often[1] == one) & (often[2] == two) & (upset == sad)][0]: who
         for who, (one, two, sad) in patterns.items()}
strangers = early[early["customer_id"].isna() & ~early["upset"]].groupby("half").head(1)
ten = pd.concat([early[early["customer_id"].isin(names)], strangers]).sort_values("order_id")
bill = firm.tickets[firm.tickets["order_id"].isin(ten["order_id"])]
print(f"the complaint: order {bill['order_id'].item()}, it cost {bill['cost'].item()} thousand toman")
shown = ten.assign(customer=ten["customer_id"].map(names).fillna("-"), left=ten["contribution"].round(1))
shown[["order_id", "half", "customer", "amount", "discount", "cost_to_serve", "left"]].set_index("order_id")

# %% [markdown]
# Take a pencil, for half-year 2: (1) *retention*: which share of the known buyers of half-year 1 bought again? (2) *up-sell*: the mean order of customers who had bought in half-year 1; (3) *complaints* per 100 orders; (4) *contribution*: all that is left, minus the complaint.

# %%
second = ten[ten["half"] == 2]
old = second[second["customer_id"].map(names) == "A"]
print(f"by hand: retention 1 of 2; up-sell {old['amount'].sum():.1f} / {len(old)} = {old['amount'].mean():.1f}; "
      f"complaints {len(bill)} in {len(second)} = {100 * len(bill) / len(second):.0f} per 100; "
      f"contribution {second['contribution'].sum():.1f} - {bill['cost'].sum()} = "
      f"{second['contribution'].sum() - bill['cost'].sum():.1f} thousand toman")
# the same firm, cut down to these ten orders: one row an order, no letters
small = Firm(firm.made, firm.tables | {"orders": ten[firm.orders.columns], "tickets": bill, "contacts": firm.contacts.iloc[:0]})
library = payne.metrics(small, links, end=START + pd.Timedelta(days=363)).droplevel("process")
library.loc[["retention", "up-sell", "complaints", "contribution"], ["value", "unit"]].map(lambda x: x if isinstance(x, str) else f"{x:.4g}")

# %% [markdown]
# ## On the data: five tables
#
# The same for all orders, by half-year. `verdict` compares the last half-year with the one before; it is the sign of the change, no test. It is empty where more is neither good nor bad. **Guess before you run**: of all verdicts, which share is "better"?

# %%
table = payne.metrics(firm, links)
judged = table["verdict"].dropna()
print(f"{len(table)} metrics, {len(judged)} with a verdict: {(judged == 'better').sum()} better, {(judged == 'worse').sum()} worse")


def show(process):
    part = table.loc[process, ["formula", "unit", *(column for column in table if isinstance(column, int)), "verdict"]]
    return part.map(lambda x: x if isinstance(x, str) else "" if pd.isna(x) else f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}")


show("strategy")

# %% [markdown]
# *Strategy*: whom do we want? A fifth of the known buyers brings most of the sales; one in seven or so leaves less than nothing. Share of wallet was asked once: no trend.

# %%
show("value")

# %% [markdown]
# *Value*: first what customers receive, then what they bring, by **ACURA** (Payne's handbook, as quoted): acquisition (جذب مشتری), cross-sell (فروش متقاطع), up-sell (بیش‌فروشی), retention (نگهداشت), advocacy (توصیه به دیگران). Read acquisition: it falls in every half-year (in the first one everybody counts as new). And one number is missing: what a new customer *cost*. Payne calls it acquisition economics; this firm's tables have no such column (lesson 16 borrows it from the truth).

# %%
show("channels")

# %% [markdown]
# *Channels*: serving a web order costs about four times as much as a till order. An e-mail waits far longer for its first answer than a visitor in a branch: no single experience.

# %%
show("information")

# %% [markdown]
# *Information*: records grow and grow; about a third of them repeat a customer. Tills see half of their buyers (front office); linking and payment cards find about a third of the rest (back office). So beware: whoever is *recognised* more seems to buy more (lesson 03; exercise 3).

# %%
show("performance")

# %% [markdown]
# *Performance*: sales rise. Contribution *per record* has fallen since the start: a database can grow faster than the business. Do the tables fit?
#
# ## One late order through all five
#
# We take web orders of the second year's first half that were complained of as late, and among these the customer who had bought most before (so the outcome does not choose the case). **Predict**: will the desk's ticket carry the same record as the order?

# %%
tickets = firm.tickets.merge(orders[["order_id", "record_id", "customer_id", "order_date", "half", "channel"]],
                             on="order_id", suffixes=("", "_order"))
tickets["who"] = tickets["record_id"].map(links)
late = tickets.query("topic == 'late_delivery' and channel_order == 'web' and half == 3")
past = orders[orders["half"] <= 2].groupby("customer_id")["amount"].sum()
case = late.loc[late["who"].map(past).fillna(0).idxmax(), "order_id"]
trace = payne.trace_order(firm, links, case)
trace["answer"] = [x if not isinstance(x, float) else f"{x:,.0f}" if abs(x) >= 1000 else f"{x:.4g}" for x in trace["answer"]]
trace.set_index("process")

# %% [markdown]
# Strategy knows what this customer was worth. The desk did not: its ticket hangs on a record of its own. So nobody could treat a good customer specially; who got an apology was drawn by lot. The last two lines show what the customer left before and after. But *one* case shows no effect: good customers fall back by themselves (lesson 06).
#
# Is it a rule? Best fifth: by sales in the year before the last half-year.

# %%
before, last = orders[orders["half"].isin([2, 3])], tickets[tickets["opened_on"] >= START + pd.Timedelta(weeks=78)]
spend = before.groupby("customer_id")["amount"].sum()
best = spend.index[spend >= spend.quantile(0.8)]
group = np.where(last["who"].isin(best), "best fifth", "others")
print(f"tickets with the record of their order: {(tickets['record_id'] == tickets['record_id_order']).mean():.0%}; "
      f"tickets whose order number names a known buyer: {tickets['customer_id'].notna().mean():.0%}; "
      f"tickets whose own record is linked to that buyer: {(tickets['who'] == tickets['customer_id']).mean():.0%}")
last.groupby(group).agg(tickets=("ticket_id", "size"), first_response_hours=("first_response_hours", "median"),
                        resolved_hours=("resolved_hours", "median"), apology=("apology", "mean")).round(2)

# %% [markdown]
# Never the same record: the service desk opens its own. No clear sign (few tickets) that the best fifth is answered sooner; how could it be? (Apologies differ by luck: the lot drew them.) Yet the ticket carries an *order number*, and most orders have a buyer: one join brings them together. Linking records (lesson 04) helps too, but for fewer tickets.
#
# ## The chain: employees → customers → profit
#
# Performance assessment claims a chain: trained, satisfied employees serve well, customers stay, profit follows (the service–profit chain; a retailer, Sears, told of its own in 1998). We have it for each branch and quarter. Each slope is least squares on the differences from the quarter's mean.
#
# How sure? The eight quarters of one branch resemble each other: they are not eight witnesses. An honest interval leaves out one *branch* at a time and sees how far the slope moves (the cluster jackknife). **Predict**: for which links will zero lie outside the interval?

# %%
panel = payne.branch_quarters(firm, links)
chain = payne.linkage(panel)
chain[["slope", "low", "high", "branches", "rows"]].round(2)

# %% [markdown]
# Units: one hour of training; one point of satisfaction (1–7); 1 in the natural log of minutes; one complaint per 100 orders; percentage points of known buyers who come back next quarter; % by which the branch's contribution differs next quarter. The intervals are 95 %. The figure gives each slope in standard deviations: of the effect, for one of the cause.

# %% alt="Slopes of six links from employees to profit with intervals: training to staff satisfaction and satisfaction to response time stand clear of zero; response time to complaints barely, if at all; complaints to return, return to growth and satisfaction to growth all have intervals across zero."
scale = [panel[cause].std() / panel[effect].std() for cause, effect in chain.index]
std = chain.drop(columns=["branches", "rows"]).mul(scale, axis=0)
fig, ax = plt.subplots(figsize=(7.6, 3.4))
for k, row in enumerate(std.to_numpy()[::-1]):
    ax.plot(row[3:5], [k + 0.16] * 2, color=plots.COLOURS["yellow"], lw=2, label="rows taken as independent" if not k else None)
    ax.plot(row[1:3], [k, k], color=plots.COLOURS["ours"], lw=3, label="by branch" if not k else None)
    ax.plot(row[0], k, "o", color=plots.COLOURS["ours"])
words = {"log_response": "log response time", "growth": "contribution next quarter"}
ax.set_yticks(range(len(std)), [" → ".join(words.get(x, x.replace("_", " ")) for x in link) for link in std.index[::-1]])
ax.axvline(0, **plots.LUCK)
ax.set(xlabel="slope, in standard deviations (95 % interval)", title="The chain fades on its way to profit")
ax.legend(loc="upper left", fontsize=8)
plt.show()

# %% [markdown]
# Training → satisfaction → speed is clear. Whoever takes the rows as independent is too sure there, because training and satisfaction last in a branch. Speed → complaints is weaker. From complaints on nothing can be told, nor from the short cut (satisfaction to profit). "Not shown" is not "zero": the truth below says which it is.
#
# ## A metric that improves while the firm loses
#
# The discovery campaign sent a letter with a coupon of 15 %, by lot, to half of 60,000 people. Its report would say: *sales per person rise*. What is *left* of them? Goods cost 58 % of the *list* price, each order its serving. How much discount a coupon user took we learn from the firm's own campaigns. `interact.effect` gives the difference of two means, with its 95 % interval (lesson 11, whose *profit* has slightly other costs). **Predict** both signs.

# %%
parts = []
for start in firm.campaigns["starts_on"]:
    window = orders[orders["order_date"].between(start, start + pd.Timedelta(weeks=8), inclusive="left")]
    window = window.dropna(subset="record_id")
    users = window.loc[window["discount"] > 0, "customer_id"]
    parts.append(window.loc[window["customer_id"].isin(users), ["discount", "amount"]].sum())
taken = sum(parts)["discount"] / sum(parts)["amount"]
test = firm.campaign_test
discount = taken * test["spend"] * test["coupon_used"]
letter = test["treated"] * np.where(test["club"], 0.6, 0.2)  # thousand toman: text message to the club, e-mail to others
left = test["spend"] - payne.GOODS * (test["spend"] + discount) - orders["cost_to_serve"].mean() * test["orders"] - letter

# %%
gains = {"sales": interact.effect(test["spend"], test["treated"]), "contribution": interact.effect(left, test["treated"])}
assert gains["sales"].low > 0 > gains["contribution"].low
print(f"{len(test):,} people")
for name, gain in gains.items():
    print(f"{name}: {gain.estimate:+.1f} thousand toman a person ({gain.low:.1f} to {gain.high:.1f})")

# %% alt="Effect of the coupon on sales and on contribution per person, with intervals: sales clearly rise; contribution lies at or below zero."
fig, ax = plt.subplots(figsize=(5.6, 2.4))
for k, gain in enumerate(gains.values()):
    ax.barh(1 - k, gain.estimate, height=0.55, color=plots.COLOURS[["light", "other"][k]],
            xerr=[[gain.estimate - gain.low], [gain.high - gain.estimate]])
ax.axvline(0, color="k", lw=1)
ax.set(yticks=[1, 0], yticklabels=gains, xlabel="thousand toman a person in eight weeks (95 % interval)",
       title="Sales rise; what is left does not")
plt.show()

# %% [markdown]
# Sales rise beyond doubt. What is left shows no rise: the discount also goes to those who would have come anyway, and each order costs its serving. A metric that stops at one process hides what the next one pays.
#
# ## The truth
#
# The firm is simulated, so we may look. First the chain: the slopes that made the data, and what failures really cost. A second world is the same firm with the same luck, but nothing ever goes wrong.

# %%
made = firm.made | {"campaign_test": 0, "detail": False}
real, flawless = make_firm(**made), make_firm(**(made | {"service": 0.0}))
lost = flawless.orders["amount"].sum() / real.orders["amount"].sum() - 1
failing = panel.merge(firm.truth["branches"]).assign(failures=lambda f: 100 * f["failure_rate"])
speed = payne.linkage(failing, [("log_response", "failures")])["slope"].item()
chain[["slope", "low", "high"]].iloc[:3].assign(truth=[0.3, -0.3, 0.35 * speed]).round(2)

# %%
link = payne.linkage(failing, [("failures", "growth")]).iloc[0]
point, half_width = 100 * lost / failing["failures"].mean(), (link["high"] - link["low"]) / 2
branches = link["branches"] * (half_width / point) ** 2
print(f"without failures, sales would be {lost:.1%} higher: about {point:.1f} % for each failure in 100 orders.")
print(f"A dozen branches, even with the true failure rates, see such a slope to within ± {half_width:.1f} %.")
print(f"Branches for an interval that just reaches from it to zero: about {branches:.0f}.")

# %% [markdown]
# (The first two slopes stand in `idic_lib/firm/tables.py`; the third is 35 % of that of the true failure rate: so many failures become tickets. The number of branches is rough, and even so many would exclude zero only every second time.)
#
# So the way from failures to sales is *real and worth money*, and a dozen branches cannot show it: they differ too little in failures, and quarters swing too much. Now the coupon. First the true effect on sales in the test. Then the firm's next eight weeks, lived twice with the same luck: the coupon goes once to everybody who may be written to, once to nobody. The row is the difference (mean of two such pairs; sales after discounts).

# %%
def coupon_once(view):
    able = view.records["consent"] & (view.records["system"] != "service") & view.first
    return Actions(view.records.loc[able, ["record_id"]].assign(theme="discovery", coupon=True))


change = sum(firm.live(8, coupon_once, k).ledger.sum() - firm.live(8, None, k).ledger.sum() for k in range(2)) / 2000
print(f"true effect in the test, unrecorded sales too: {firm.truth['campaign_test'].eval('y1 - y0').mean():+.1f} thousand toman a person")
change[["sales", "discounts", "goods", "serving", "contact", "profit"]].round(1).to_frame("million toman").T

# %% [markdown]
# ## Payne beside IDIC
#
# question | IDIC | Payne & Frow
# --- | --- | ---
# Is this the same person? | Identify, the first step | information management
# What is each worth, what does each need? | Differentiate | strategy (choice), value to the firm; needs hardly
# What do we say and do for *this* one next? | Interact, Customize | co-creation; little detail
# What does winning a customer cost? | silent | acquisition economics
# Do branch, web, telephone and letter act as one? | inside Interact | a process of its own
# What of staff and service? | silent | employee value
# Did it pay, and who learns from it? | silent | performance assessment
#
# (The mapping is ours; "silent" speaks of the four steps, not of all their authors wrote.) IDIC is a way to treat *a customer*; Payne is a way to run *the firm* around customers.
#
# ## The decision
#
# Three claims lie on the table: link the desk, train for profit, repeat the coupon.

# %% tags=["headline"]
assert change["profit"] < 0
weak, named, met = chain.iloc[-1], tickets["customer_id"].notna().mean(), (tickets["record_id"] == tickets["record_id_order"]).mean()
print(f"No: {(judged == 'better').sum()} of {len(judged)} metrics improved, but of the orders complained of the desk knows the record "
      f"of {met:.0%}; their number would name {named:.0%}. The coupon changes sales by {gains['sales'].estimate:+.0f} thousand toman a "
      f"person, what is left by {gains['contribution'].estimate:+.1f}. A point of staff satisfaction changes next quarter's "
      f"contribution by {weak['low']:.0f} to {weak['high']:+.0f} %: nobody can tell.")

# %% [markdown]
# Link the desk now: the order number is there, and a join costs little. Whether faster answers for the best fifth pay, test by lot. Train staff for quicker answers: there the chain is clear (in a real firm, test it by lot). Promise nobody a profit from these branches. Stop sending the coupon to everybody, and put *what is left* on the campaign's report.
#
# ## What we found
# - We measured five processes with formulas: most metrics moved, and none says why.
# - We traced a late order: two processes held the same customer under two records.
# - We judged the chain: clear as far as response time, then fading, and silent on profit although failures cost the firm a few per cent of its sales.
# - We found the coupon's sales: up, while what is left shows no rise; sent to everybody, the coupon loses money.
#
# ## What this does not show
#
# The generator decided much: the chain *is* linear in logs, and training is not given to bad branches on purpose. In a real firm managers send trainers where things go badly, and even the first slopes may mislead.
#
# Known customers are a choice (lesson 03), and links are imperfect. Verdicts are signs, and with so many metrics some change by luck. The coupon's discount per user is borrowed from other campaigns, and the test alone need not exclude that it broke even; the truth (two futures) does. Part of a recorded rise may be recognition (who uses a coupon shows a record), and eight weeks say nothing of customers who stay. We read the article's first page, the opening of the handbook's chapter on performance, and ACURA only in a copy; formulas and mapping are ours.
#
# ## Key ideas
# 1. Payne and Frow: five cross-functional processes in a circle, not a pipeline.
# 2. A metric is a formula, a yardstick and a trend; its cause is another question.
# 3. Follow one order through all processes: the gaps lie between departments.
# 4. Quarters of one branch are not independent; a dozen branches cannot show the last link, and "not shown" is not "zero".
# 5. Judge a metric by what the next process pays for it.
#
# ## Exercises

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** Complaints per 100 orders hide the channel. From `tickets` (one row a ticket; `channel_order` is where the order was made, `half` its half-year) and `orders`: how many tickets per 100 *web* orders were there in half-year 4? Store it in `my_web_complaints`. Then look at the tills.

# %% tags=["exercise"]
my_web_complaints = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# Count rows with `channel_order == 'web' and half == 4` in `tickets`, and with `channel == 'web' and half == 4` in `orders`.
#
# </details>

# %% tags=["solution"]
count = {way: 100 * len(tickets.query("channel_order == @way and half == 4")) / len(orders.query("channel == @way and half == 4"))
         for way in ("web", "till")}
my_web_complaints = count["web"]
print({way: round(number, 2) for way, number in count.items()})

# %% tags=["check"]
web_orders = (orders["channel"] == "web") & (orders["half"] == 4)
checks.check("complaints per 100 web orders", my_web_complaints, expected=100 * orders.loc[web_orders, "order_id"].isin(tickets["order_id"]).mean(),
             why="Divide by the web orders of half-year 4, not by all orders; times 100.")

# %% [markdown] tags=["exercise"]
# **Exercise 2 (vary).** Perhaps slow branches are unlike quick ones in other ways, too. `payne.linkage(..., within=True)` also takes out each branch's own mean. For the link from `log_response` to `complaint_rate` in `panel`: store the low end of the interval in `my_low`. Does zero still lie outside the interval?

# %% tags=["exercise"]
my_low = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `payne.linkage(panel, [("log_response", "complaint_rate")], within=True)` has one row; look at its column `low`.
#
# </details>

# %% tags=["solution"]
inside = payne.linkage(panel, [("log_response", "complaint_rate")], within=True).iloc[0]
my_low = inside["low"]
print(f"{inside['slope']:.2f} ({inside['low']:.2f} to {inside['high']:.2f}): less is left to learn from, so the interval widens")

# %% tags=["check"]
checks.check("low end within branches", my_low, expected=payne.linkage(panel, within=True).loc[("log_response", "complaint_rate"), "low"],
             why="within=True, and `low`, not `naive_low`.")

# %% [markdown] tags=["exercise"]
# **Exercise 3 (extend).** Retention changed from half-year 3 to 4 (table "value"). Recognition changed, too. The web shop recognised everybody all the time. Of the customers who bought *by web* in half-year 3 (`orders`, column `half`), which share bought *by web* again in half-year 4? Store it in `my_web_retention` (a fraction). Compare with the same for half-years 2 and 3.

# %% tags=["exercise"]
my_web_retention = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# Two sets of `customer_id`: web orders of half-year 3, web orders of half-year 4. Which share of the first is in the second?
#
# </details>

# %% tags=["solution"]
web = orders[orders["channel"] == "web"].groupby("half")["customer_id"].agg(set)
kept = {half: len(web[half] & web[half + 1]) / len(web[half]) for half in (1, 2, 3)}
my_web_retention = kept[3]
print({half: round(share, 3) for half, share in kept.items()})

# %% tags=["check"]
bought = pd.crosstab(orders.loc[orders["channel"] == "web", "customer_id"], orders["half"]) > 0
checks.check("web retention", my_web_retention, expected=(bought[3] & bought[4]).sum() / bought[3].sum(), percent=True,
             why="Web orders only, in both half-years; divide by the buyers of half-year 3.")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (the other data set).** Load `data.load_complete_journey()` and split its `orders` at 2017-07-01 (first half: before that day). Store in `my_retention` the share of households of the first half that came again in the second (a fraction), and in `my_up_sell` the mean basket of the second half of these returning households (dollars). Why is retention so high?

# %% tags=["exercise"]
my_retention = ...
my_up_sell = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `first = baskets[baskets["order_date"] < "2017-07-01"]["customer_id"].unique()`; then the baskets from that day on whose `customer_id` is in `first`.
#
# </details>

# %% tags=["solution"]
baskets = data.load_complete_journey().orders
first = baskets.loc[baskets["order_date"] < "2017-07-01", "customer_id"].unique()
again = baskets[(baskets["order_date"] >= "2017-07-01") & baskets["customer_id"].isin(first)]
my_retention, my_up_sell = again["customer_id"].nunique() / len(first), again["amount"].mean()
print(f"{my_retention:.1%}, {my_up_sell:.2f} dollars: a panel of households that shop there all year; whoever was lost before is not in it")

# %% tags=["check"]
grocer = data.load_complete_journey().orders
halves = pd.crosstab(grocer["customer_id"], grocer["order_date"] >= "2017-07-01") > 0
stay = halves.index[halves[False] & halves[True]]
later = grocer[(grocer["order_date"] >= "2017-07-01") & grocer["customer_id"].isin(stay)]
checks.check("retention", my_retention, expected=len(stay) / halves[False].sum(), percent=True, why="Count households, not baskets: those of the first half that came again, divided by all of the first half.")
checks.check("up-sell", my_up_sell, expected=later["amount"].mean(), rel_tol=5e-4, why="The mean of baskets of the second half, returning households only.")

# %% [markdown]
# ## Quiz
#
# 1. A page lists Payne's model as "five stages, the last is performance assessment". What would you correct?
#
# <details><summary>Answer</summary>
#
# Processes, not stages: they run together and feed each other; assessment leads back to strategy. And Pennie Frow is co-author (2005).
#
# </details>
#
# 2. Ninety-six rows of branches and quarters: how many witnesses?
#
# <details><summary>Answer</summary>
#
# For what lasts in a branch, a dozen: one a branch. Intervals must leave out branches, not rows.
#
# </details>
#
# 3. The campaign's sales rose, by lot, beyond doubt. Was it a success?
#
# <details><summary>Answer</summary>
#
# Not known before goods, serving and discounts are taken off: here what is left shows no rise.
#
# </details>
#
# ## References
#
# - Payne, A. & Frow, P. (2005), "A Strategic Framework for Customer Relationship Management", *Journal of Marketing* 69(4), 167–176 (abstract and first page read).
# - Payne, A. (2005), *Handbook of CRM: Achieving Excellence in Customer Management*, Butterworth-Heinemann (opening of chapter 6 read, with the framework's figure; ACURA read in an unsigned copy only).
# - Rucci, A., Kirn, S. & Quinn, R. (1998), "The Employee-Customer-Profit Chain at Sears", *Harvard Business Review*, January (abstract and an excerpt read).
# - Heskett, J. L. et al. (1994), "Putting the Service-Profit Chain to Work", *Harvard Business Review* 72(2) (not checked by us).
#
# ## Next
#
# Acquire, enhance or retain? [Lesson 16: Kalakota](16_kalakota_life_cycle.ipynb) · [All lessons](README.md)

# %% tags=["varies"]
checks.versions("numpy", "pandas", "matplotlib")
