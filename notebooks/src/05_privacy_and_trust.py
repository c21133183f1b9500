# ---
# number: "05"
# title: Privacy and trust
# question: "Linking exposes people: what may we know, and what does protection cost?"
# minutes: 55
# seconds: 20
# needs: ["04"]
# data: Chai & Ketab
# part: "II"
# ---

# %% [markdown]
# # 05 · Privacy and trust
#
# **Question.** Linking exposes people: what may we know, and what does protection cost?
#
# **You will be able to**
# - measure how many people an "anonymous" file gives away;
# - choose among pseudonyms, groups and noise, and say what each does not protect;
# - test that nobody who said no is on a contact list, and see who is passed over;
# - decide which file an analyst gets, by its risk and its cost.
#
# **You need** [lesson 04](04_identify_one_customer.ipynb) (records and persons); `groupby`, sets. The forecast of a customer's value is a black box here; lessons 07 and 08 open it.
#
# **Time** 55 minutes to read, 40 for the exercises, 20 seconds to run.
#
# **Data** Chai & Ketab, a *simulated* seller of tea and books; money in thousand toman. All people and telephone numbers are invented. Card: `datasets/README.md`.

# %%
import hashlib
import hmac
import json
import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from statsmodels.stats.proportion import proportion_confint

from idic_lib import checks, data, differentiate, identify, interact, plots
from idic_lib.lifetime_value import BetaGeoModel, GammaGammaModel, expected_customer_lifetime_value

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# ## By hand: an "anonymous" file
#
# We linked records to persons. Now a partner asks for the orders. "We take out names and phones", says the firm,
# "and give everybody a random number." Is that **privacy** (حریم خصوصی)? Here are some of the rows. **Take a pencil.** You once stood behind a friend at the till, on the day printed below. How many numbers
# can be hers? Then she mentions another purchase. How many now?
#
# (The simulation's truth says who is one person: we protect persons, not records.)

# %%
firm = data.load_firm()
records, orders, truth, people = firm.records, firm.orders, firm.truth["records"], firm.truth["people"]
standard = identify.standardise_records(records).assign(person=truth[records["record_id"]].to_numpy())
known = orders[orders["record_id"].notna()].assign(person=lambda t: t["record_id"].map(truth), day=lambda t: t["order_date"])
known["number"] = known["person"].map(pd.Series(np.random.default_rng(5).permutation(len(people)), people.index))
release = known[["number", "day", "branch", "amount"]].copy()

# %%
seen = release[release["branch"] != "web"].groupby(["day", "branch"])["number"].agg(set)
rows_of = seen[seen.map(len).between(3, 4)].map(lambda who: release["number"].isin(who).sum())
day, branch = (rows_of - 10).abs().idxmin()
ten = release[release["number"].isin(seen[day, branch])].sort_values(["number", "day"])
print(f"You saw her at {branch} on {day.date()}.")
ten.set_index("number").astype({"day": str})

# %%
hers = ten["number"].value_counts().idxmax()
second = ten[(ten["number"] == hers) & (ten["day"] != day)].iloc[0]
also = release[(release["day"] == second["day"]) & (release["branch"] == second["branch"])]["number"]
print(f"one purchase: {len(seen[day, branch])} numbers fit")
print(f"with {second['branch']} on {second['day'].date()}: {len(seen[day, branch] & set(also))}")

# %% [markdown]
# Two purchases were as good as her name, and now you know the others too. This is **re-identification** (بازشناسایی).
#
# ## On all the data: one to five known purchases
#
# For each *regular*, a person with five recorded orders or more, we draw five at random. The attacker knows the first, then the first two, and so on. She is re-identified if only *one* of all numbers in the file fits.
# Then we make the file coarser: day, week, month; branch, city, channel (till or web). **Guess**: which share is found from four purchases by day and branch? By month and city?

# %%
def candidates(file, columns):  # how many numbers fit 1 … 5 known purchases; a row for each number with five orders or more
    code = file.groupby(columns).ngroup()
    holders = file["number"].groupby(code).agg(set)
    many = code[file.groupby("number")["day"].transform("size") >= 5].sample(frac=1, random_state=5)
    drawn = many.groupby(file["number"]).head(5).map(holders).groupby(file["number"]).agg(list)
    return np.array([[len(set.intersection(*sets[:k])) for k in range(1, 6)] for sets in drawn])

# %% alt="Share of regulars re-identified against the number of known purchases, with 95 percent intervals. Day and branch: about a fifth from one purchase, nearly all from two. Week and branch, and month with channel and amount band: most from three. Month and city: about a fifth from four. Month and channel: few."
release["week"], release["month"] = release["day"].dt.to_period("W"), release["day"].dt.to_period("M")
release["city"] = release["branch"].str.split().str[0]  # "web" stays "web"
release["channel"] = release["city"].where(release["city"] == "web", "till")
release["band"] = release["amount"] // 100  # of 100 thousand toman
levels = ["day branch", "week branch", "month channel band", "month city", "month channel"]
unique = {name: candidates(release, name.split()) == 1 for name in levels}
fig, ax = plt.subplots(figsize=(7, 3.4))
for colour, marker, (name, one) in zip(["ours", "light", "other", "third", "luck"], "osD^v", unique.items()):
    low, high = proportion_confint(one.sum(axis=0), len(one), method="wilson")
    ax.fill_between(range(1, 6), 100 * low, 100 * high, color=plots.COLOURS[colour], alpha=0.25, linewidth=0)
    ax.plot(range(1, 6), 100 * one.mean(axis=0), marker=marker, color=plots.COLOURS[colour], label=name.replace(" ", ", "))
ax.plot(4, 90, "*", color=plots.COLOURS["truth"], markersize=13, linestyle="", label="published: 90 %\nof 1.1 million")
ax.set(xlabel="purchases that the attacker knows", ylabel="re-identified (% of regulars)", xticks=range(1, 6),
       ylim=(-3, 103), title="Coarser helps, until the amount comes back")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
print(f"{len(one):,} regulars among {release['number'].nunique():,} numbers; orders without a number are not in the file")
print(pd.DataFrame({name: one.mean(axis=0) for name, one in unique.items()}, index=range(1, 6)).T.round(2))

# %% [markdown]
# (Shaded: 95 % interval.) The star: among 1.1 million people with three months of card payments, four points in time and place find 90 %; knowing the price raises the risk (de Montjoye and others 2015). Our crowd is
# small, which helps the attacker (exercise 4); shops and weeks differ too. Month and channel hide people well; an *amount* beside them undoes it. No column is harmless by itself: combinations find people.
#
# ## Hashing a phone number protects nobody
#
# "Then we hash the phones." A **hash** (درهم‌سازی) is a string computed from the number; no way *back* is known. But anybody can compute *forward*, and after a prefix of five digits only a million numbers are left. **Guess** the seconds.

# %% tags=["varies"]
phones = standard["phone"][standard["phone"].str.len() == 11]
hashed = set(phones.map(lambda phone: hashlib.sha256(phone.encode()).hexdigest()))  # what the partner gets
prefix, started = phones.str[:5].mode()[0], time.perf_counter()
cracked = [g for g in (f"{prefix}{rest:06d}" for rest in range(10**6)) if hashlib.sha256(g.encode()).hexdigest() in hashed]
seconds = time.perf_counter() - started  # the published table holds 118 billion numbers
print(f"{prefix}…: less than {(limit := 10 if seconds < 10 else 100)} seconds; all {10**9:,} numbers 09…: less than {limit / 3.6:.0f} hours (extrapolated)")

# %% [markdown]
# (`seconds` holds the time of your machine. An Iranian mobile number is 09 and nine digits. Hagen and others made a table of all 118 billion possible mobile numbers.)
#
# A **keyed pseudonym** (نام مستعار کلیددار, HMAC) mixes a secret key into the hash. Guessing forward now needs the key. **Guess**: what can a thief still do who has *two* such files?

# %%
def pseudonym(phone, key=b"a real key is long, random, and kept elsewhere"):
    return hmac.new(key, phone.encode(), "sha256").hexdigest()

keyed, plain = set(phones.map(pseudonym)), {hashlib.sha256(g.encode()).hexdigest() for g in cracked}
assert len(cracked) == phones[phones.str[:5] == prefix].nunique()  # all of them
print(f"numbers with the prefix that were cracked: {len(plain & hashed)} if hashed, {len(plain & keyed)} if keyed")

# %%
club, web = (phones[records["system"] == system] for system in ("club", "web"))
for text, keys in {"one key": (b"one", b"one"), "a key for each purpose": (b"club", b"web")}.items():
    first, other = ({pseudonym(phone, key) for phone in some} for some, key in zip((club, web), keys))
    print(f"{text}: {len(first & other)} phones can be followed from the club's file to the web shop's")

# %% [markdown]
# A key stops strangers. It does not stop whoever holds it; one key for all joins files; and the *purchases* behind a pseudonym still give people away, as in the first figure. Under the European GDPR, data that more
# information could tie to a person stay personal (Art. 4(5), Recital 26); for a receiver without reasonable means to do so perhaps not (EU Court, EDPS v SRB). Which law binds you, ask a lawyer.
#
# ## A group of five, and what it still tells
#
# Outsiders may know age, city and gender. A table is **k-anonymous** in them if each combination in it is shared by at least $k$ *persons*; counting *rows* misleads. Even five are not enough if they share the secret (here: the favourite category): **l-diversity**, in its simplest form, asks for at least $l$ different secrets in each group. With $l = 1$, to be in the group tells all: the *homogeneity attack*. **Guess**: in ten-year bands, how many groups look large enough by rows and are not?

# %%
persons = standard.assign(gender=records["gender"]).groupby("person")[["birth_date", "city", "gender"]].first()
persons["age"] = (orders["order_date"].max() - pd.to_datetime(persons["birth_date"])).dt.days // 365.25
spent = firm.order_lines.merge(known[["order_id", "person"]]).groupby(["person", "category"])["amount"].sum()
persons["favourite"] = spent.reset_index().sort_values("amount").groupby("person")["category"].last()
persons = persons.dropna().query("age < 90")  # older ones have a default birth date
rows = known.join(persons.assign(ten=persons["age"] // 10)[["ten", "city", "gender"]], on="person")
group = rows.groupby(["ten", "city", "gender"])["person"].agg(rows="size", persons="nunique")
print(f"{len(persons):,} of {len(people):,} persons (all columns known), {len(group)} groups of ten years; fewer than five: {(group['rows'] < 5).sum()} by rows, "
      f"{(group['persons'] < 5).sum()} by persons; most orders of one alone: {group.query('persons == 1')['rows'].max()}")
table = {}
for name, width in {"birth date": None, "age": 1, "five years": 5, "ten years": 10, "twenty years": 20}.items():
    band = persons["age"] // width if width else persons["birth_date"]
    secrets = persons.groupby([band, "city", "gender"])["favourite"]
    k, different = secrets.transform("size"), secrets.transform("nunique")
    table[name] = [f"{(k == 1).mean():.1%}", f"{(k < 5).mean():.1%}", ((k > 1) & (different == 1)).sum()]
pd.DataFrame(table, index=["alone (k = 1)", "fewer than five (k < 5)", "persons with k > 1, l = 1"]).T

# %% [markdown]
# A regular who is alone in a group looks like a crowd by rows. With the birth date nearly every person is alone *in this file* (in the city perhaps not). Bands of ten years leave some, whom we would leave out. Those in the last column were not alone; their favourite is known all the same.
#
# ## Noise, and a budget
#
# **Differential privacy** (حریم خصوصی تفاضلی) must hold even if the attacker knows everything about everybody else. So the *answer* must be uncertain: we add Laplace noise, random numbers around zero of mean size $s/\varepsilon$ (the *scale*). The *sensitivity* $s$ is the most that one person, in the file or not, can change the answer. And $\varepsilon$ is a bet:
# he asks "is she in the file?". Before, he is right half the time; after, at most $e^\varepsilon/(1+e^\varepsilon)$. Here: the mean error of the number of persons at a branch, and the bets.

# %%
counts = known.groupby("person")["branch"].agg(lambda b: b.mode()[0]).value_counts()  # each person once, so s = 1
rng, epsilons = np.random.default_rng(0), np.array([0.1, 1, 10])
table = pd.DataFrame({f"epsilon {e:g}": rng.laplace(0, 1 / e, 20_000) for e in epsilons}).abs().mean().to_frame("persons")
table["% of smallest"], table["% of largest"] = (100 * table.iloc[:, 0] / size for size in (counts.min(), counts.max()))
table["bets, % at most"] = 100 * np.exp(epsilons) / (1 + np.exp(epsilons))
table.map("{:.3g}".format)

# %% [markdown]
# (Each person counts at one branch, and the list of branches is public. Of *orders* one regular can have dozens: without a limit for each person there is no $s$ at all.)
#
# Now money: customer equity (ارزش ویژهٔ مشتری), the sum of all customers' lifetime values. One rich customer could change it by *anything*. So we **clip**: nobody counts for more than $C$; then $s = C$. A low $C$ makes the
# sum too small (bias), a high $C$ makes it noisy. **Guess**: does stronger protection want a lower or a higher $C$?

# %% alt="Mean error of customer equity in percent against the clip C, log scales. Each of the three curves falls and then rises; the smaller epsilon is, the lower is the best clip and the larger its error."
history = differentiate.purchase_history(known[known["amount"] > 0].assign(customer_id=lambda t: t["person"]))
clv = expected_customer_lifetime_value(BetaGeoModel().fit(history), GammaGammaModel().fit(history), history,
                                       discount_rate=1.2 ** (1 / 12) - 1, margin=0.4)
clip = clv.max() * np.append(np.geomspace(0.01, 1, 100), np.geomspace(1.02, 4, 40))
bias, best = clv.sum() - np.minimum(clv.to_numpy(), clip[:, None]).sum(axis=1), {}
fig, ax = plt.subplots()
for e, colour in zip(epsilons, ("other", "ours", "third")):
    error = 100 * (bias + clip / e * np.exp(-bias * e / clip)) / clv.sum()  # the mean of |noise - bias|
    best[f"epsilon {e:g}"] = clip[error.argmin()], error.min(), 100 * clv.max() / e / clv.sum()
    ax.loglog(clip, error, color=plots.COLOURS[colour], label=f"epsilon {e:g}")
    ax.plot(clip[error.argmin()], error.min(), "o", color=plots.COLOURS[colour])
ax.set(xlabel="clip C (thousand toman a person)", ylabel="mean error of equity (%)", title="Less budget, lower clip, larger error")
ax.legend()
plt.show()
pd.DataFrame(best, index=["best C", "error, %", "error if C is the largest value, %"]).map(lambda v: f"{float(f'{v:.3g}'):,g}")

# %% [markdown]
# (We treat the models' parameters as public; they are fitted to the same people, so a real release pays for them too. And a real $C$ must not be chosen by looking at the data, as these dots were.)
#
# Noise averages out. If the same question gets *new* noise each time, the attacker takes the mean. At worst the $\varepsilon$ of all answers **add up**: that is the budget.

# %% alt="Share of bets that the attacker wins against the number of answers. With epsilon 1 for each answer it rises from about 70 percent to nearly all at a hundred answers; with one budget of 1 divided among all answers it stays below the bound of 73 percent."
asked, wins = np.array([1, 2, 5, 10, 20, 50, 100]), {}
for name, each in {"epsilon 1 for each answer": np.ones(7), "a budget of 1, divided": 1 / asked}.items():
    noise = [rng.laplace(0, 1 / e, (4000, n)).mean(axis=1) for e, n in zip(each, asked)]
    wins[name] = [100 * (mean < 0.5).mean() for mean in noise]  # he says "not in" below the middle
fig, ax = plt.subplots()
for (name, share), colour, marker in zip(wins.items(), ("other", "ours"), "os"):
    ax.semilogx(asked, share, marker=marker, color=plots.COLOURS[colour], label=name)
ax.axhline(100 * np.e / (1 + np.e), **plots.LUCK, label="the most that a budget of 1 allows")
ax.set(xlabel="answers to the same question", ylabel="bets that the attacker wins (%)", ylim=(45, 122), yticks=range(50, 101, 10),
       title="A hundred noisy answers keep no secret")
ax.set_xticks(asked, asked)
ax.legend(loc="upper left")
plt.show()

# %% [markdown]
# So answer once, store it, and count the budget.
#
# ## Consent that the program obeys
#
# `interact.contact_policy` chooses whom to write to (lesson 11). It takes the **consent** (رضایت آگاهانه) of each customer; missing means no. We test it: in 300 random cases there must be no broken promise. A customer may be several records; *one* no is a no.

# %%
pairs, ids = identify.score_pairs(records), pd.Index(records["record_id"])
said_no = ~records.set_index("record_id")["consent"]

def linked(threshold):  # as in lesson 04: records joined by pairs of at least this probability
    sure = pairs[pairs["match_probability"] >= threshold]
    ends = ids.get_indexer(sure["record_id_l"]), ids.get_indexer(sure["record_id_r"])
    return pd.Series(connected_components(coo_array((np.ones(len(sure)), ends), shape=(len(ids),) * 2), directed=False)[1], ids)

def may_contact(consent, links):  # by record: do all records of this customer say yes? Missing is no
    return links[consent.index].map(consent.eq(True).groupby(links[consent.index]).all())

sent = broken = 0
for _ in range(300):
    n = rng.integers(1, 40)
    links, consent = pd.Series(rng.integers(0, n, n)), pd.Series(rng.choice([True, False, None], n, p=[0.7, 0.2, 0.1]))
    value = pd.Series(rng.gamma(1, 5, n)).groupby(links).sum()
    allowed = may_contact(consent, links).groupby(links).first()
    listed = interact.contact_policy(value, cost=rng.uniform(0, 3), budget=rng.uniform(0, 50), consent=allowed)
    sent, broken = sent + listed.sum(), broken + (links.map(listed) & ~consent.eq(True)).sum()
print(f"{sent:,} contacts in 300 cases; {broken} records among them had not said yes")

# %% [markdown]
# So the rule holds for customers *as linked*. In our firm all records of a person agree: too good. Let *one* record hear each no: a click in the newsletter, a word at the till. **Guess**: how many of those who said no still get letters, if each record decides for itself?

# %%
heard = said_no[said_no].sample(frac=1, random_state=3).groupby(truth).head(1).index  # one record of each who said no
consent = pd.Series(~ids.isin(heard), ids)
ways = {"each record alone": ids.to_series(), "linked at 0.9": linked(0.9), "linked at 0.1": linked(0.1), "true persons": truth}
letters = pd.DataFrame({name: may_contact(consent, links) for name, links in ways.items()})
pd.DataFrame({"said no, gets letters": [truth[ids[go & said_no]].nunique() for _, go in letters.items()],
              "said yes, gets none": [truth[ids[~go & ~said_no]].nunique() for _, go in letters.items()]}, index=ways)

# %% [markdown]
# (Persons.) A missed link is a broken promise. A wrong merge only costs a letter. So for a *no* we link at a low threshold, for an adviser's call at a high one (lesson 04), and compare the list with the phones and e-mails of those who said no (exercise 3).
#
# ### Who used which record, for what?
#
# A customer may ask. The answer is a log. Each line gets a seal made of the line *and the seal before it*: change one line, and the seals no longer fit.

# %%
def seal(entry, before):
    return hashlib.sha256(json.dumps([*entry, before]).encode()).hexdigest()[:8]

def use(*entry):
    log.append([*entry, seal(entry, log[-1][-1] if log else "")])

log, star = [], known.groupby("record_id")["amount"].sum().idxmax()
for record, ticket in firm.tickets[["record_id", "ticket_id"]].head(3).to_numpy().tolist():
    use("service desk", record, f"complaint {ticket}")
use("analyst", star, "report on value")
use("clerk 7", star, "curious")
altered = [*log[:-1], [*log[-1][:2], "complaint", log[-1][3]]]
for name, lines in {"the log": log, "an altered log": altered}.items():
    print(f"{name} fits its seals:", all(r[-1] == seal(r[:-1], b[-1]) for b, r in zip([[""], *lines], lines)))
pd.DataFrame(log, columns=["who", "record", "for what", "seal"]).query("record == @star")

# %% [markdown]
# It shows the curious clerk, and stops nobody. Whoever can write *all* seals anew can lie, so the last seal is kept elsewhere.
#
# ## Who is passed over?
#
# The firm gives a present to its best fifth by *recorded* spend of a year. The rule reads no gender, age or city. **Guess**: for which of the three is it still not neutral?

# %% alt="Share of people in the best fifth by gender, age and kind of city, with 95 percent intervals, by recorded orders and by all orders. Gender and age differ little. People in cities without a branch are chosen at least about as often as others by recorded orders, and clearly less often if every order is counted."
year, who = orders["order_date"] > orders["order_date"].max() - pd.Timedelta(weeks=52), people.loc[truth.unique()]
age, near = (orders["order_date"].max() - who["birth_date"]).dt.days / 365.25, who["city"].isin(release["city"])
groups = {"women": who["gender"] == "f", "men": who["gender"] == "m", "under 30": age < 30, "30 to 59": age.between(30, 60),
          "60 and over": age > 60, "branch in the city": near, "no branch": ~near}
n, fair = np.array([g.sum() for g in groups.values()]), pd.DataFrame(index=groups)
every = orders.assign(person=orders["order_id"].map(firm.truth["orders"]))
for name, some in {"recorded": known[year[known.index]], "every": every[year]}.items():
    spend = some.groupby("person")["amount"].sum().reindex(who.index, fill_value=0)
    chosen = spend.rank(ascending=False, method="first") <= len(who) // 5
    fair[name] = [100 * chosen[g].mean() for g in groups.values()]
ends = 100 * np.array(proportion_confint(fair["recorded"] / 100 * n, n, method="wilson"))
fig, ax = plt.subplots()
ax.errorbar(fair["recorded"], fair.index, xerr=np.abs(ends - fair["recorded"].to_numpy()), fmt="o", color=plots.COLOURS["ours"],
            label="by recorded orders, 95 % interval")
ax.plot(fair["every"], fair.index, "D", color=plots.COLOURS["truth"], label="if every order counted (truth)")
ax.set(xlabel="chosen (% of the group)", title="Recorded spend favours those without a branch", ylim=(9.2, -0.6))
ax.legend(loc="lower center")
plt.show()
print(fair.round(1).T.to_string())

# %% [markdown]
# Compare dots with diamonds. For women and men, young and old, they differ by luck only (the generator made them alike). Not so for the city: people without a branch get more presents than all their orders would earn, and others pay for it. They buy in the web shop, where *every* order is recorded; at the till many stay unseen (lesson 03). Who shows less, gets less. To look for this the firm needs the very columns that it does not use; and the diamonds only a simulation has.
#
# ## What does protection cost?
#
# From the orders until half a year before the end we forecast each customer's margin in the last 26 weeks (40 % of sales, assumed). Which part of what then came did the best fifth by forecast bring? Beside it stands the risk: the same regulars and the same three known purchases for each form, found if just one row (or record) fits.
#
# One form is new. The models of lessons 07 and 08 read only *four numbers*: repeat purchases, time of the last, time since the first, mean spend. So hand over these, in whole weeks and bands of 50 thousand toman, and no orders. **Guess**: which form costs most? (*No file*: zero for all, a fifth taken blindly.)

# %%
def four_numbers(file):
    return differentiate.purchase_history(file.rename(columns={"number": "customer_id", "day": "order_date"}), end=end)

def forecast(four):
    return 0.4 * BetaGeoModel().fit(four).expected_purchases(four, future_t=26) * GammaGammaModel().fit(four).expected_customer_spend(four)

end = orders["order_date"].max() - pd.Timedelta(weeks=26)
past = release[(release["day"] <= end) & (release["amount"] > 0)]
month = past.assign(day=np.minimum(past["month"].dt.start_time + pd.Timedelta(days=14), end), amount=past["band"] * 100 + 50)
single = past.assign(number=pd.factorize(known.loc[past.index, "record_id"])[0])  # every record a customer of its own
full, owner = four_numbers(past), past["number"].groupby(single["number"]).first()
weeks = full.assign(recency=np.ceil(full["recency"]), T=np.ceil(full["T"]), monetary_value=full["monetary_value"] // 50 * 50)
weeks["monetary_value"] += 25 * (full["frequency"] > 0)
came = 0.4 * release[release["day"] > end].groupby("number")["amount"].sum().reindex(full.sample(frac=1, random_state=5).index, fill_value=0)
values = {"orders, keyed": forecast(full), "records unlinked": forecast(four_numbers(single)).groupby(owner).sum(),
          "month and band": forecast(four_numbers(month)), "four numbers": forecast(weeks)}
many = past[past.groupby("number")["day"].transform("size") >= 5].sample(frac=1, random_state=5).groupby("number").head(3)
ago = ((end - many["day"]).dt.days / 7).groupby(many["number"]).agg(["min", "max"])  # weeks
later = many["amount"].where(many["day"] > many.groupby("number")["day"].transform("min"), 0).groupby(many["number"]).sum()
first, last, most = weeks["T"], weeks["T"] - weeks["recency"] - 1, weeks["frequency"] * (weeks["monetary_value"] + 25)
fits = np.array([(first >= a) & (last <= b) & (most >= c) for a, b, c in zip(ago["max"], ago["min"], later)])
assert fits[range(len(ago)), weeks.index.get_indexer(ago.index)].all()  # her own row always fits

# %%
def found(file, columns):  # share of regulars for whom exactly one row (or record) holds all three purchases
    code = file.groupby(columns).ngroup()
    sets = code[many.index].map(file["number"].groupby(code).agg(set)).groupby(many["number"]).agg(list)
    return np.mean([len(set.intersection(*some)) == 1 for some in sets])

risk = [found(past, ["day", "branch"]), found(single, ["day", "branch"]), found(month, ["month", "band"]), np.mean(fits.sum(axis=1) == 1), 0]

# %% alt="Part of the margin that the best fifth by forecast brought, against the share of regulars re-identified from three purchases. Orders under a keyed pseudonym: nearly all re-identified. Unlinked records: most. Month with band: about half. Four numbers: almost nobody, and about the same margin as the orders. No file: no risk, and only about a fifth of the margin."
values["no file"] = values["orders, keyed"] * 0
chosen = pd.DataFrame({name: value.reindex(came.index).rank(ascending=False, method="first") <= len(came) // 5 for name, value in values.items()})
held = chosen.mul(came, axis=0)
gap = held.sub(held["orders, keyed"], axis=0)
spread = gap.sub(np.outer(came, gap.sum() / came.sum())).std() * len(came) ** 0.5  # of the difference of two shares
bill = 100 * pd.DataFrame({"re-identified, %": np.array(risk), "best fifth holds, %": held.sum() / came.sum(),
                           "difference": gap.sum() / came.sum(), "+/-": 1.96 * spread / came.sum()})
bill["mean error"] = [(value.reindex(came.index) - came).abs().mean() for value in values.values()]
fig, ax, places = *plt.subplots(), {"records unlinked": (8, -22), "month and band": (-30, -24)}
ax.errorbar(bill.iloc[:, 0], bill.iloc[:, 1], bill["+/-"], fmt="o", color=plots.COLOURS["ours"])
for name, row in bill.iterrows():
    ax.annotate(name, row.iloc[:2], xytext=places.get(name, (6, 6)), textcoords="offset points")
ax.set(xlabel="regulars re-identified from three purchases (%)", ylabel="margin held by the best fifth (%)",
       title="Four numbers: little risk, hardly any loss", xlim=(-5, 145), ylim=(0, 80), xticks=range(0, 101, 20))
plt.show()
alone = ~weeks[["frequency", "recency", "T", "monetary_value"]].duplicated(keep=False)
print(bill.round(1).to_string())
print(f"{len(ago)} regulars; of {len(weeks):,} rows of four numbers {np.median(fits.sum(axis=1)):.0f} fit one of them (median), "
      f"but {alone[ago.index].mean():.0%} of their rows are the only one of their kind")

# %% [markdown]
# (Whiskers and +/-: 95 % interval of the difference to the orders. Mean error: thousand toman a customer. Most bought nothing, so zero for all looks good by it: we go by the margin.)
#
# A keyed pseudonym costs nothing and leaves the risk. Unlinked records (the firm adds their forecasts up by person) protect few: most regulars have one record that holds all three. Month and band make the error larger, since two purchases in a month become one, and still betray many. Four numbers cost hardly anything, and many rows fit. The cheapest protection is what the analyst never gets: *data minimisation*. But the file is not anonymous: nearly every regular's row is the only one of its kind, and who knows *all* her purchases finds it.
#
# ## The decision
#
# Who gets what?

# %% tags=["headline"]
four, whole = bill.loc["four numbers"], bill.loc["orders, keyed"]
wrong = {name: truth[ids[go & said_no]].nunique() for name, go in letters.items()}
print(f"Three known purchases re-identify {whole.iloc[0]:.0f} % of regulars in the orders under a pseudonym and {four.iloc[0]:.1f} % in "
      f"four numbers a customer, whose best fifth then brought {four.iloc[1]:.1f} % of the margin instead of {whole.iloc[1]:.1f} %.\n"
      f"Of {truth[heard].nunique()} persons who said no, {wrong['each record alone']} would still get letters if each record decided, "
      f"{wrong['linked at 0.1']} after linking (at 0.1).")

# %% [markdown]
# **Our answer.** Link: without it a no is not heard, and few are safer. Give the analyst four numbers under a key that stays with one person, and guard them as personal data. Publish groups of five persons or more that do not share the secret, or noisy counts from one budget. A no on one record silences all; every use is logged. And look once a year at who is passed over.
#
# ## What we found
# - We measured: two days and branches are nearly a name.
# - We chose: keys stop strangers, groups hide rows, noise hides presence; none does all.
# - We tested 300 contact lists, and saw whom recorded spend favours.
# - We decided by risk and cost: four numbers.
#
# ## What this does not show
#
# The attacker's purchases are drawn at random and without error; a real neighbour knows other ones, mistakes some, and may not know who is in the file. We looked for regulars only. The generator made women and men alike, and every *no* we placed by lot. Persons are the truth's: a firm has links. Small costs hide in wide intervals. Harm is not counted: being found is worse for some than for others. What is lawful, or right, no figure says.
#
# ## Key ideas
# 1. Without names is not anonymous: a few purchases are a name.
# 2. A hash can be guessed forward; a key moves the secret, and does not remove it.
# 3. Count persons, not rows; a group that shares the secret hides nothing.
# 4. Noise protects by a budget, which every answer spends.
# 5. One no counts for the whole person; the best protection is not to hand over.
#
# ## Exercises
#
# Give your own variables new names.

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** The partner offers: "Then only the *day* and the *city* (or web)." Which share of regulars is re-identified from two known purchases? Use `candidates` and `release`; store the share in `my_share`. Guess first.

# %% tags=["exercise"]
my_share = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `candidates` gives a row for each person, a column for each number of known purchases. The second column is number 1. Exactly one must fit.
#
# </details>

# %% tags=["solution"]
my_share = (candidates(release, ["day", "city"])[:, 1] == 1).mean()
print(f"{my_share:.0%}; with the branch {unique['day branch'][:, 1].mean():.0%}")

# %% tags=["check"]
fitting = candidates(release, ["day", "city"])
checks.check("re-identified by day and city", my_share, expected=np.mean(fitting[:, 1] == 1), percent=True,
             why="Two purchases are column 1; count the rows in which exactly one number fits, and divide by all rows.")

# %% [markdown] tags=["exercise"]
# **Exercise 2 (vary).** You have a budget of $\varepsilon = 2$ for a year and a report every quarter. Each report gives the number of customers of each branch, with Laplace noise; in a report each customer counts in *two* branches at most. The four reports share the budget equally. What is the mean error of one number, in persons? Store it in `my_error`.

# %% tags=["exercise"]
my_error = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# The mean size of Laplace noise is its scale, $s/\varepsilon$. What is $\varepsilon$ for one report? By how much can one person change the sum of all its numbers?
#
# </details>

# %% tags=["solution"]
my_error = 2 / (2 / 4)

# %% tags=["check"]
quarters, budget, places = 4, 2, 2
checks.check("mean error of one number", my_error, expected=places * quarters / budget,
             why="Each of four reports gets a quarter of the budget; one person moves two numbers by one each, so s = 2.")

# %% [markdown] tags=["exercise"]
# **Exercise 3 (extend).** A firm that cannot link keeps a *stop list*: the standardised phones and e-mails (columns of `standard`) of the records in `heard`. A record gets no letter if its own `consent` is no, or its phone or e-mail stands on the stop list. Missing values match nobody. How many *persons* who said no still get letters? Store the number in `my_wrong`. Guess first: nearer to each record alone, or to linking?

# %% tags=["exercise"]
my_wrong = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `reach = standard.set_index("record_id")`; `reach["phone"].isin(reach.loc[heard, "phone"].dropna())` marks records on the list. Then count as in the lesson: `truth[ids[...]].nunique()`.
#
# </details>

# %% tags=["solution"]
reach = standard.set_index("record_id")
stopped = reach["phone"].isin(reach.loc[heard, "phone"].dropna()) | reach["email"].isin(reach.loc[heard, "email"].dropna())
my_wrong = truth[ids[consent & ~stopped & said_no]].nunique()
print(f"{my_wrong}; persons who said yes and get none: {truth[ids[~(consent & ~stopped) & ~said_no]].nunique()} (one phone, one home)")

# %% tags=["check"]
told = standard[standard["record_id"].isin(heard)]
free = [~(standard[c].notna() & standard[c].isin(set(told[c]))) for c in ("phone", "email")]
late = standard[free[0] & free[1] & consent.to_numpy() & said_no.to_numpy()]
checks.check("persons who still get letters", my_wrong, expected=late["person"].nunique(),
             why="Phone OR e-mail stops; missing values match nobody; the record's own no counts; persons, not records.")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (another data set).** Does a larger crowd hide you? Take CDNOW: the sample (`data.load_cdnow()`) and all customers (`data.load_cdnow(sample=False)`). The attacker knows only the days of *two* purchases. Rename `customer_id` to `number` and `order_date` to `day`; store the two shares re-identified as a list in `my_shares` (sample first). Guess first.

# %% tags=["exercise"]
my_shares = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `candidates(file.rename(columns=...), ["day"])`, and column 1, as in exercise 1. A list of two numbers.
#
# </details>

# %% tags=["solution"]
names = {"customer_id": "number", "order_date": "day"}
my_shares = [(candidates(data.load_cdnow(sample=small).rename(columns=names), ["day"])[:, 1] == 1).mean() for small in (True, False)]
print("sample {:.0%}, ten times as many customers {:.0%}".format(*my_shares))

# %% tags=["check"]
crowds = [data.load_cdnow(sample=some).rename(columns={"customer_id": "number", "order_date": "day"}) for some in (True, False)]
checks.check("shares, sample and all", my_shares, expected=[np.mean(candidates(c, ["day"])[:, 1] == 1) for c in crowds],
             percent=True, why="Two known purchases are column 1, `== 1` before the mean; the sample first.")

# %% [markdown]
# ## Quiz
#
# 1. "We hash e-mail addresses, so our file is anonymous." Your answer?
#
# <details><summary>Answer</summary>
#
# Addresses can be guessed and hashed like phones; and the rows behind a hash find people even if the key is good.
#
# </details>
#
# 2. A dashboard adds new noise at $\varepsilon = 1$ each time it is opened. What is wrong?
#
# <details><summary>Answer</summary>
#
# Opened a hundred times it has spent 100; the mean of the answers is the secret. Draw once and store.
#
# </details>
#
# 3. The sister of a customer who said no shares her phone, and was merged with her. Who gets a letter?
#
# <details><summary>Answer</summary>
#
# Nobody. Wrongly silent costs a letter; wrongly loud costs a promise. Then mend the merge.
#
# </details>
#
# ## References
#
# - de Montjoye, Y.-A., Radaelli, L., Singh, V. K., Pentland, A. (2015), "Unique in the shopping mall: On the reidentifiability of credit card metadata", *Science* 347(6221), 536–539 (abstract read).
# - Hagen, C., Weinert, C., Sendner, C., Dmitrienko, A., Schneider, T., "All the Numbers are US: Large-scale Abuse of Contact Discovery in Mobile Messengers" (abstract read).
# - Machanavajjhala, A., Gehrke, J., Kifer, D., Venkitasubramaniam, M., "ℓ-Diversity: Privacy Beyond k-Anonymity" (abstract, introduction read; it credits k-anonymity to Samarati and Sweeney).
# - Dwork, C., McSherry, F., Nissim, K., Smith, A. (2006), "Calibrating Noise to Sensitivity in Private Data Analysis", *Theory of Cryptography*, 265–284 (not read; mechanism from the manual of R's DPpack).
# - GDPR, Article 4(5) and Recital 26 (copies read); EU Court of Justice, C-413/23 P, EDPS v SRB, 4 September 2025 (summaries read); US Federal Trade Commission staff (2024), "No, hashing still doesn't make your data anonymous" (read in part).
# - Peppers & Rogers, *Managing Customer Relationships*, 2nd ed., ch. 9 (opening read): customers share as long as they trust.
#
# ## Next
#
# [06 Value today](06_differentiate_value_today.ipynb): who is valuable today? · [All lessons](README.md)

# %% tags=["varies"]
checks.versions("numpy", "pandas", "matplotlib", "statsmodels")
