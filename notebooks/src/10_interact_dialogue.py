# ---
# number: "10"
# title: Interact, the next question
# question: Which question do we ask next, through which channel?
# minutes: 65
# seconds: 20
# needs: ["00"]
# data: Chai & Ketab, CDNOW
# part: II
# ---

# %% [markdown]
# # 10 · Interact, the next question
#
# **Question.** Which question do we ask next, through which channel?
#
# **You will be able to**
# - say what a question tells (in bits), beside luck, and what it is worth (in toman);
# - learn from a small pilot what answers mean, though nobody's need is known for sure;
# - choose the next question for each customer, its channel, or none;
# - test whether two people code complaints alike, and go from theme to fix.
#
# **You need** [lesson 00](00_start_here.ipynb); chance, a mean, Bayes' rule; [lesson 09](09_differentiate_needs.ipynb) (needs) helps.
#
# **Time** 65 minutes to read, 40 for the exercises, 20 seconds to run.
#
# **Data** Chai & Ketab, a *simulated* seller of tea and books; money in thousand toman; CDNOW in an exercise. Cards and licences: `datasets/README.md`.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn import decomposition, feature_extraction

from idic_lib import checks, data, interact, plots

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# ## A drop at a time
#
# **Interact** (تعامل) is no long form. It is a dialogue (گفت‌وگو) that goes on where it stopped, and after which *both* sides do something differently. One or two questions a contact is called **drip-irrigation dialogue** (our Persian: گفت‌وگوی قطره‌ای; definition from memory, not checked). A
# **golden question** (پرسش طلایی) reveals much about a person and need not look like a survey (Peppers, 2012). The firm asks because it will *act*. So the next letter fits better, and the customer, who would have to teach a rival from the start, stays: a **learning relationship** (رابطهٔ یادگیرنده; Pine, Peppers and Rogers 1995).
#
# The firm has ten questions. Each puts some people off; this share is its *burden*. **Guess**: which two are golden? And how many people would fill in all ten at once?

# %%
firm = data.load_firm()
bank = firm.questions.groupby("question").first()[["text", "burden"]]
short = pd.Series(["for whom", "free hour", "glasses a day", "season", "rank ten goods", "child at home", "morning or evening",
                   "examination", "what matters in tea", "share of wallet"], bank.index)
print(bank.set_axis(short).to_string(justify="left", formatters={"text": "{:<85}".format}),
      f"all ten at once (if independent): {(1 - bank['burden']).prod():.1%} would fill them in", sep="\n\n")

# %% [markdown]
# ## By hand: ten customers and one question
#
# Five buy *gifts*, five *study*; we happen to know. Asked "For whom did you buy?", four of the first five and one of the others say: for a present. Now a new customer comes; we believe gift and study equally likely. By pencil:
#
# 1. The chance of a "yes" is 1/2; after it, gift has 4/5, after a "no" 1/5. Doubt is measured by **entropy** (آنتروپی), in bits: $-\sum p \log_2 p$; 1 for half and half, 0.72 for four to one. What does the question take away?
# 2. A fitting letter brings 10, a wrong one 0. Without asking you earn 5. With the answer?
# 3. Another new customer: we believe *gift* at nine to one. Would any answer change your letter?

# %%
hand = pd.DataFrame({"customer_id": range(10), "question": "present?", "answer": list("yyyynynnnn")})
small = interact.AnswerModel(smoothing=0).fit(hand, pd.get_dummies(["gift"] * 5 + ["study"] * 5).astype(float))  # 0: shares as counted
new = pd.DataFrame({"gift": [0.5, 0.8, 0.9], "study": [0.5, 0.2, 0.1]}, index=["half and half", "4 to 1", "9 to 1"])
ten = pd.DataFrame(10.0 * np.eye(2), index=new.columns, columns=["gift letter", "study letter"])
pd.DataFrame({"doubt (bits)": interact.belief_entropy(new), "gain (bits)": interact.information_gain(new, small)["present?"],
              "value (money)": interact.value_of_information(new, small, ten)["present?"]}).round(2)

# %% [markdown]
# In the last rows the question still tells something, and is worth **nothing**: after a "no" nine to one is still nine to four, and the letter stays the same. Howard (1966) said it of Shannon's bits: they know the chances, not the consequences. A
# question has value only if an answer can *change what you do*.
#
# ## What we believe before we ask
#
# Nobody's need stands in the file. But people buy. An analyst of the firm writes down which three kinds of goods each of six needs (نیازهای مشتری; listed in `buys`) buys most. The weights 8, 4, 2 against 1 for the rest, and that a third of what anybody buys is for another occasion, are guesses. (Lesson 09 would *find* groups in the purchases; groups have no
# names until somebody names them.) Bayes' rule turns each record's lines into a belief. Here a record counts as a customer; lesson 04 links them.

# %%
buys = {"ritual": "black_tea green_tea sweets", "gift": "gift_set teaware sweets",
        "study": "textbook stationery black_tea", "discovery": "novel green_tea herbal_tea",
        "children": "children_book stationery sweets", "comfort": "herbal_tea green_tea novel"}
lines = firm.order_lines.query("quantity > 0").merge(firm.orders[["order_id", "record_id", "order_date"]])
bought = pd.crosstab(lines["record_id"], lines["category"])
table = pd.DataFrame(1.0, index=list(buys), columns=bought.columns)
for need, goods in buys.items():
    table.loc[need, goods.split()] = [8, 4, 2]
table = table.div(table.sum(axis=1), axis=0)
table = 2 / 3 * table + 1 / 3 * table.mean()


def to_shares(logs):
    weights = np.exp(logs.sub(logs.max(axis=1), axis=0))
    return weights.div(weights.sum(axis=1), axis=0)


beliefs = to_shares(bought @ np.log(table).T)
print(f"{len(beliefs):,} records with purchases; doubt left: {interact.belief_entropy(beliefs).mean():.2f} bits "
      f"of {np.log2(6):.2f}; chance of the likeliest need: {beliefs.max(axis=1).mean():.0%}")

# %% [markdown]
# ## A pilot: what do answers mean?
#
# The firm put one question after four of five text messages that were opened. To learn what "for a present" means we would need people whose need is certain. There are none. The way out is a circle that settles, **EM** (expectation-maximisation; lesson 09): weigh each answer by the belief about who gave it; count; correct the beliefs by the answers;
# count again. Silence teaches nothing.

# %%
asked = firm.answers.rename(columns={"record_id": "customer_id"})
pilot = beliefs.reindex(asked["customer_id"].unique()).fillna(beliefs.mean())  # nothing bought: the average
first = interact.AnswerModel().fit(asked, pilot)
print(f"{len(asked):,} questions put to {len(pilot):,} records; answered: from {first.response_rate_['rate'].min():.0%} "
      f"to {first.response_rate_['rate'].max():.0%} by question")
first.probabilities_.loc["q01"].round(2)

# %% [markdown]
# **Now luck.** With so few answers *any* question seems to tell something: by chance one need says "yes" more often than another. So we deal the answers of each question (and its silences) anew among those asked. Now they mean nothing; what the model still "learns" is luck. A question that tells more than 95 % of 60 deals is **beyond luck**.
# **Predict**: which of the ten are not?

# %% alt="Bars of the bits that each of ten questions tells on average, with a mark for what dealt answers reach. Half of the bars at most, the free hour among them, are dark and end beyond their marks; the others, such as the share of wallet, end before them."
rng, dealt = np.random.default_rng(10), []
for _ in range(60):
    mixed = asked.groupby("question")["answer"].transform(lambda given: rng.permutation(given.to_numpy()))
    fake = interact.AnswerModel().fit(asked.assign(answer=mixed), pilot)
    dealt.append(interact.information_gain(beliefs, fake).mean())
bits = pd.DataFrame({"gain": interact.information_gain(beliefs, first).mean(),
                     "luck": pd.concat(dealt, axis=1).quantile(0.95, axis=1)}).sort_values("gain")
kept = bits.index[bits["gain"] > bits["luck"]]
fig, ax = plt.subplots()
tone = [plots.COLOURS["ours" if question in kept else "light"] for question in bits.index]
ax.barh(short[bits.index], bits["gain"], color=tone)
ax.plot(bits["luck"], short[bits.index], "D", color="white", markeredgecolor=plots.COLOURS["truth"], markersize=7, clip_on=False,
        label="luck: 95 % of deals stay below")
ax.set(xlabel="expected gain, silence counted (bits a customer)", title=f"{len(kept)} of ten questions tell more than luck would")
ax.grid(axis="y", visible=False)
ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.2))
plt.show()

# %% [markdown]
# Dark bars pass; the firm uses only these. (One empty question in twenty passes; a good one may fail in a small pilot.) The **share of wallet** (سهم از کیف پول) says how much a customer buys from *rivals*, and nothing about needs. It serves another decision: where there is room to grow ([lesson 06](06_differentiate_value_today.ipynb)).
#
# ## Through which channel?
#
# A question is put when somebody *reads* it. **Guess**: which costs less a reading, an e-mail or a text message? (Costs in thousand toman; `opened`, `responded`: shares of contacts.)

# %%
channels = interact.channel_economics(firm.contacts)
desk = firm.tickets.groupby("channel")[["first_response_hours", "cost"]].median().add_suffix(" (median)")
print(channels[["cost_per_contact", "opened", "responded", "cost_per_opening", "cost_per_response"]].round(2).T)
contact = channels["cost_per_opening"].min()
desk.round(1)

# %% [markdown]
# A text message is read far more often; an e-mail costs so much less that a *reading* costs less, too. We ask there. (At the service desk an e-mail waits longest for its answer.)
#
# ## From bits to toman
#
# What is a right guess worth? We *borrow from the truth* what a tested letter brought from people whom its theme fitted, and from the others. Times the margin; times four letters, one a quarter, while 6 % of the needs are drawn anew each quarter (so the firm was made).
#
# And the burden has a price: goodwill. We say **5 thousand toman** a person; below we vary it.

# %%
test, goods = firm.truth["campaign_test"], firm.order_lines.merge(firm.products[["product_id", "unit_cost"]])
wrong, fits = (test["y1"] - test["y0"]).groupby(test["need"] == "discovery").mean()
margin = 1 - (goods["quantity"] * goods["unit_cost"]).sum() / goods["amount"].sum()
payoff = pd.DataFrame(margin * (4 * wrong + np.eye(6) * (fits - wrong) * (0.94 ** np.arange(4)).sum()), list(buys), list(buys))
print(f"thousand toman of sales a letter: {fits:.0f} if it fits, {wrong:.0f} if not; margin {margin:.0%}; so four leave "
      f"{payoff.iloc[0, 0]:.0f} or {payoff.iloc[0, 1]:.0f} thousand toman")

# %% [markdown]
# **Predict** for the average customer: which questions that beat luck are *not* worth asking? (`value`, `cost`, `net`: thousand toman.)

# %%
model = interact.AnswerModel().fit(asked[asked["question"].isin(kept)], pilot)
worth = pd.DataFrame({"gain (bits)": interact.information_gain(beliefs, model).mean(),
                      "value": interact.value_of_information(beliefs, model, payoff).mean(),
                      "cost": contact + 5.0 * (1 - model.response_rate_["rate"])})
worth.assign(net=worth["value"] - worth["cost"]).sort_values("net").rename(index=short).round(2)

# %% [markdown]
# Look at the first row: beyond luck in bits, and it loses money. A long ranking says much about the few who answer, and puts most people off. (An **explicit bargain** (معاملهٔ صریح), a stated benefit in return, might raise its response. An *implicit bargain* (معاملهٔ ضمنی), as free reading against adverts, puts no question. Both terms: attributed to Peppers and
# Rogers; from memory.)
#
# ## The dialogue, simulated
#
# No file can say what people *would* have answered. So we let the simulated people behind the records answer, those outside the pilot, each in three lives. The firm knows only its model. Four ways to ask, up to eight contacts (readings), meet the same people, with the same answers and silences, at the same prices:
#
# - **by value**: the question with the largest net value for *this* customer now, or none;
# - **by gain**: the most bits, whatever it costs;
# - **at random**, from all ten; what did not pass teaches nothing;
# - **the long form**: all ten at once. Whoever is put off by one sends nothing.

# %%
fresh = beliefs.index.difference(pilot.index)
people = firm.truth["people"].loc[firm.truth["records"][np.tile(fresh, 3)]]
weights = people[[f"weight_{need}" for need in buys]].to_numpy()
start = beliefs.loc[np.tile(fresh, 3)].set_axis(range(3 * len(fresh)))
true_need, n, replies = pd.Index(list(buys)).get_indexer(people["need"]), len(start), {}
for question, rows in firm.truth["questions"].groupby("question"):
    occasion = (rng.random((n, 1)) > weights.cumsum(axis=1)).sum(axis=1).clip(max=5)  # the need that speaks
    chances = rows[list(buys)].to_numpy()[:, occasion]
    pick = (rng.random(n) > chances.cumsum(axis=0)).sum(axis=0).clip(max=len(rows) - 1)
    silent = rng.random(n) < rows["burden"].iloc[0]
    replies[question] = np.where(silent, None, rows["answer"].to_numpy(object)[pick])
replies = pd.DataFrame(replies).stack(future_stack=True).rename_axis(["customer_id", "question"]).rename("answer")


# %%
def talk(choose, price=5.0, learned=model, contacts=8):
    """Doubt, and toman of each customer less all costs, after 0, 1, … contacts."""
    belief, spent, said, path = start, np.zeros(n), asked.iloc[:0], []
    for step in range(contacts + 1):
        letter = (belief @ payoff).round(6).to_numpy().argmax(axis=1)  # of equals, the first
        path.append((interact.belief_entropy(belief).mean(), payoff.to_numpy()[true_need, letter] - spent))
        put = choose(belief, said, step, price, learned)
        put = put.assign(answer=replies.loc[pd.MultiIndex.from_frame(put)].to_numpy())
        off = put["answer"].isna().groupby(put["customer_id"]).any()  # one silence, and the contact is lost
        put["answer"] = put["answer"].mask(put["customer_id"].map(off).astype(bool))
        spent = spent + (contact + price * off).reindex(range(n), fill_value=0.0).to_numpy()
        heard = put["question"].isin(learned.response_rate_.index)
        belief, said = learned.update(belief, put[heard]), pd.concat([said, put])
    return path


def one_each(question):
    return question.dropna().rename("question").rename_axis("customer_id").reset_index()


def by_gain(belief, said, step, price, learned):
    return one_each(interact.next_question(belief, learned, by="gain", asked=said))


# %%
def by_value(belief, said, step, price, learned):
    burden = price * (1 - learned.response_rate_["rate"])
    return one_each(interact.next_question(
        belief, learned, payoff=payoff, cost=contact, burden_cost=burden, asked=said))


shuffled, whole = rng.permuted(np.tile(bank.index, (n, 1)), axis=1), replies.index.to_frame(index=False)
ways = {"by value": by_value, "by gain": by_gain,
        "at random": lambda belief, said, step, *_: one_each(pd.Series(shuffled[:, step], belief.index)),
        "long form": lambda belief, said, step, *_: whole if step == 0 else whole.iloc[:0]}
paths = {name: talk(way) for name, way in ways.items()}
nothing = paths["by value"][0][1]


def account(way, price, learned):
    """Share asked first, what the model promised and what it brought; what five contacts left; in the lives no pilot heard."""
    put, path = ways[way](start, asked.iloc[:0], 0, price, learned), talk(ways[way], price, learned, contacts=5)
    net = interact.value_of_information(start, learned, payoff) - contact - price * (1 - learned.response_rate_["rate"])
    once, left = ((path[k][1] - nothing).reshape(3, -1)[1:].mean(axis=0) for k in (1, -1))
    return {"asked": len(put) / n, "promised": net.stack()[pd.MultiIndex.from_frame(put)].sum() / n, "brought": once.mean(),
            "left": left.mean(), "± 2 se": 2 * left.std() / len(left) ** 0.5}


lives = (paths["by value"][-1][1] - nothing).reshape(3, -1).mean(axis=0)
print(f"likeliest need: stated {start.max(axis=1).mean():.0%}, right {(start.to_numpy().argmax(axis=1) == true_need).mean():.0%}; "
      f"four letters leave {nothing.mean():.0f} unasked, {payoff.iloc[0, 0]:.0f} if each need were known (thousand toman)")

# %% [markdown]
# **Predict before you look**: which way ends with the least doubt? Which with the most money?

# %% alt="Two panels by number of contacts. Left: doubt falls furthest when asked by gain, less when asked by value, at random slowly, hardly with the long form. Right: toman a customer against asking nothing. By value rises a little within two contacts and stays; by gain falls far below zero; at random falls steadily; the long form loses at once."
marks = {"by value": ("ours", "o"), "by gain": ("other", "v"), "at random": ("luck", "s"), "long form": ("fourth", "^")}
fig, (left, right) = plt.subplots(1, 2, figsize=(8.2, 3.2))
for name, path in paths.items():
    look = {"color": plots.COLOURS[marks[name][0]], "marker": marks[name][1], "markersize": 4, "label": name}
    left.plot([doubt for doubt, _ in path], **look)
    right.plot([(money - nothing).mean() for _, money in path], **look)
right.axhline(0, color=plots.COLOURS["truth"], linewidth=1)
left.set(xlabel="contacts", ylabel="doubt about the need (bits)", title="By gain knows most …")
right.set(xlabel="contacts", ylabel="thousand toman a customer,\nagainst asking nothing", title="… and by value earns most")
right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# By gain buys bits that change no letter, from people who mind being asked. By value stops by itself, and asks many nothing: no answer would pay. The long form is returned by few; its ranking alone stops most.
#
# What hangs on our price, and on the small pilot? In the last two rows everybody answered all ten questions in one of the lives, for free: a pilot that no firm could have; the other two lives judge. First the bits; then the share `asked` at the first contact, what the model `promised` of it, what it `brought`, and what five contacts `left` (thousand toman a customer against asking nothing).

# %%
large = interact.AnswerModel().fit(replies.loc[: n // 3 - 1].reset_index(), start)
cases = {"price 0": (0.0, model), "price 5": (5.0, model), "price 20": (20.0, model), "5, large pilot": (5.0, large)}
rows = {(case, way): account(way, *terms) for case, terms in cases.items() for way in ("by value", "by gain")}
print(bits["gain"].to_frame("pilot").assign(large=interact.information_gain(beliefs, large).mean()).rename(short).round(3))
pd.DataFrame(rows).T.round(2)

# %% [markdown]
# What the small pilot heard in "season" was mostly noise. By value adapts to the price: it asks fewer. But it brings less than promised: what *looks* best is partly the luckiest, and beliefs are too sure (above: stated, right). Who knows better what answers *mean* keeps more: so each answer goes back into the model.
#
# ## The memory of one relationship
#
# Somebody must remember purchases, readings, questions, answers and texts in one place. And needs change: with a **drift** of 6 % a quarter an old belief fades towards the average (`age_beliefs`). Here is the record of the pilot that answers moved *most*. Follow what moves the belief: an answer, a purchase, time.

# %%
useful = asked[asked["question"].isin(kept)].dropna()
moved = (model.update(pilot, useful) - pilot).abs().sum(axis=1)
moved = moved[moved.index.isin(firm.feedback["record_id"]) & moved.index.isin(bought.index[bought.sum(axis=1) > 3])]
one = moved.idxmax()
kinds = {"writes": firm.feedback[["record_id", "given_on", "text"]],
         "is asked": firm.answers[["record_id", "answered_on", "answer", "question"]],
         "reads": firm.contacts.query("opened")[["record_id", "contacted_on", "theme"]],
         "buys": lines[["record_id", "order_date", "category"]]}
memory = pd.concat([kind.set_axis(["record", "day", "what", "question"][: kind.shape[1]], axis=1).assign(event=name)
                    for name, kind in kinds.items()]).query("record == @one")
memory = memory.assign(day=pd.to_datetime(memory["day"])).sort_values("day", kind="stable")
now, last, story = beliefs.mean().to_frame(one).T, memory["day"].min(), []
for day, event, what, question in memory[["day", "event", "what", "question"]].itertuples(index=False):
    now, last = interact.age_beliefs(now, (day - last).days / 91.3, drift=0.06, prior=beliefs.mean()), day
    if event == "buys":
        now = to_shares(np.log(now) + np.log(table[what]))
    if event == "is asked" and question in kept:
        now = model.update(now, pd.DataFrame({"customer_id": [one], "question": question, "answer": what}))
    story.append(now.loc[one])
story = pd.DataFrame(story).set_axis(memory["day"])

# %% alt="Timeline of one record over two years: rows of dots for what the customer buys, reads, is asked and writes, the answers that the model uses numbered; below, lines of the belief in three needs, which step at purchases and answers and fade between them."
fig, (above, below) = plt.subplots(2, 1, figsize=(6.8, 4), sharex=True, height_ratios=[2, 3])
for row, name in enumerate(kinds):
    part = memory[memory["event"] == name]
    face = [plots.COLOURS["ours"] if known else "white" for known in part["what"].notna()]
    above.scatter(part["day"], [row] * len(part), color=face, edgecolor=plots.COLOURS["ours"], s=28)
told = memory[(memory["event"] == "is asked") & memory["question"].isin(kept)].dropna(subset="what")
for number, day in enumerate(told["day"], 1):
    above.annotate(f"{number}", (day, 1), (0, 5), textcoords="offset points", ha="center", size=8)
    below.axvline(day, **plots.LUCK)
above.set_yticks(range(4), ["writes", "is asked\n(hollow: silent)", "reads", "buys"])
above.set(ylim=(-0.6, 3.6), title="What the firm remembers, and what it believes")
for need, tone, dash in zip(story.max().nlargest(3).index, ["ours", "other", "third"], ["-", "-.", ":"], strict=True):
    below.step(story.index, story[need], where="post", color=plots.COLOURS[tone], ls=dash, label=need)
below.set(xlabel="date", ylabel="belief in the need (chance)", ylim=(0, 1))
below.xaxis.set_major_formatter(plt.matplotlib.dates.ConciseDateFormatter(below.xaxis.get_major_locator()))
below.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
print("; ".join(f"{k} {short[q]}: {a}" for k, (q, a) in enumerate(zip(told["question"], told["what"], strict=True), 1)))

# %% [markdown]
# ## When the customer speaks first
#
# Texts of customers cost no question. Before you count themes (what a text is about), ask whether two people would *find the same*. **Krippendorff's alpha** is 1 when two coders always agree and 0 when they agree as often as chance: $1 - D_o/D_e$, observed over expected disagreement. Ten texts; "is it about delivery?" One coder says 0100000010, the other
# 1110010000: they agree on six of ten. **Guess** alpha.

# %%
def alpha(codes):
    """Nominal alpha of a frame texts x coders; a missing code is left out."""
    counts = pd.DataFrame({code: (codes == code).sum(axis=1) for code in codes.stack().dropna().unique()})
    coders = counts.sum(axis=1)
    counts, coders = counts[coders > 1], coders[coders > 1]
    n, each = coders.sum(), counts.sum()
    observed = 1 - (counts * (counts - 1)).sum(axis=1).div(coders - 1).sum() / n
    expected = 1 - (each * (each - 1)).sum() / (n * (n - 1))
    return 1 - observed / expected


binary = pd.DataFrame({"one": list("0100000010"), "two": list("1110010000")})
four = pd.DataFrame(map(list, ["123321412...", "1233224125.3", ".3332342251.", "12332441251."])).T.replace(".", None)
print(f"ten texts, two coders: {alpha(binary):.3f}; twelve units, four coders: {alpha(four):.3f} (printed: 0.743)")

# %% [markdown]
# Six of ten is hardly better than chance: both say mostly "no". (Data as we remember Krippendorff's examples; we saw his value for the second quoted in two programs.)
#
# A **codebook** says what counts as a theme. Ours have two "coders" who never tire: *word lists* in Persian and English, one narrow, one wide, over all texts. The wide list holds the narrow one, so they can differ in one direction only. **Predict** alpha where they agree on nine texts of ten.

# %% alt="Bars by theme: the share of texts on which the two codebooks agree is high for all five themes; alpha beside it is far lower, for most themes below the dotted line."
texts = firm.feedback["text"].str.lower().str.replace("ي", "ی").str.replace("ك", "ک")
persian = texts.str.contains("[آ-ی]")
book = {"delivery": ("deliver|courier|ارسال|پیک", "parcel|late|sending|week|بسته|دیر|تحویل|هفته"),
        "staff": ("staff|colleague|همکار|پرسنل|فروشنده", "counter|phone|nobody|call|lady|صندوق|تلفن|هیچ‌کس|برخورد"),
        "price": ("price|expensive|قیمت|گران", "cheap|discount|cost|ارزان|تخفیف|پول|هزینه"),
        "assortment": ("choice|titles|عنوان|انتخاب|موجود", "novel|teas|finished|kinds|shelf|books|تمام|رمان|دمنوش|قفسه|کتاب"),
        "web site": ("site|web|سایت", "page|basket|search|صفحه|سبد|پرداخت|پیامک")}
narrow = pd.DataFrame({theme: texts.str.contains(few) for theme, (few, _) in book.items()})
wide = pd.DataFrame({theme: texts.str.contains(f"{few}|{more}") for theme, (few, more) in book.items()})
agree = pd.DataFrame({"same code": (narrow == wide).mean(), "alpha": [
    alpha(pd.concat([narrow[theme], wide[theme]], axis=1, keys=["a", "b"])) for theme in book]})
ax = agree.plot.bar(color=[plots.COLOURS["luck"], plots.COLOURS["ours"]], rot=0, width=0.7)
ax.axhline(0.667, color=plots.COLOURS["other"], linewidth=1, linestyle=":", label="usual least alpha")
ax.set(xlabel="theme", ylabel="share of texts; alpha", ylim=(0, 1), title="They agree on most texts, and not on the themes")
ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncol=3)
plt.show()
meant = firm.truth["feedback"].loc[firm.feedback["feedback_id"]].str.get_dummies("|").astype(bool).set_axis(texts.index)
right = {theme: alpha(pd.DataFrame({"a": wide[theme], "b": meant[theme.replace(" ", "_")]})) for theme in book}
print("alpha of the wide list with the truth:", pd.Series(right).round(2).to_dict())

# %% [markdown]
# Most themes stay below the usual least alpha, 0.667 (Krippendorff's, from memory). Mend the codebook before you report "a quarter complain of …". Alpha is about agreement, not truth; the last line compares with the themes that each writer meant (the truth). Can the machine find the themes alone? **NMF** sorts texts by words that occur together; beside each topic stand the shares that the wide codebook gives, and that are Persian.

# %%
grams = feature_extraction.text.TfidfVectorizer(min_df=4, token_pattern=r"[^\W\d_]{3,}")
nmf = decomposition.NMF(8, init="nndsvda", max_iter=1000, random_state=0)
topic = nmf.fit_transform(grams.fit_transform(texts)).argmax(axis=1)
words = [" ".join(grams.get_feature_names_out()[row.argsort()[:-4:-1]]) for row in nmf.components_]
topics = wide.assign(Persian=persian).groupby(topic).mean()
topics.set_axis([words[k] for k in topics.index]).round(2)

# %% [markdown]
# The clearest "theme" is a *language*: all English falls into one topic. Codes first; topics may then suggest what the codebook forgot.
#
# From theme to fix: a theme becomes useful with a price, an owner and a date. The clerks' topics have a price. And who is *not* heard? We take from the truth which records are one person, and look at those who told the survey that they are dissatisfied (1 or 2 of 5).

# %%
owner, topic_cost = firm.truth["records"], firm.tickets.groupby("topic")["cost"].agg(["size", "sum"])
heard = pd.concat([firm.tickets["record_id"], firm.feedback["record_id"]]).map(owner)
unhappy = firm.survey_answers.query("item == 'satisfaction' and answer <= 2")["record_id"].map(owner).drop_duplicates()
mute = 1 - unhappy.isin(heard).mean()
print(f"of {len(unhappy)} dissatisfied people {mute:.0%} never complained or wrote, in two years")
topic_cost.sort_values("sum", ascending=False).head(3).round(0).astype(int).set_axis(["tickets", "thousand toman"], axis=1)

# %% [markdown]
# A fix that costs less than the tickets it saves pays even if only those who speak are counted; most of the unhappy say nothing, even without those who answer no survey. A short "was everything right?" after a failure is a question, too.
#
# ## The decision
#
# Ask drop by drop, by value, where a reading is cheapest; ask nothing where no answer would change the letter; give up the long form. The gain is small beside what the letters bring, and with an unlucky pilot hardly above nothing: drops pay only because they are cheap.

# %% tags=["headline"]
best, spent_on = worth["value"].idxmax(), (worth["value"] - worth["cost"]).idxmin()
final = {name: (path[-1][1] - nothing).mean() for name, path in paths.items()}
assert max(final, key=final.get) == "by value"
print(f"Ask first, by {channels['cost_per_opening'].idxmin()}: {short[best]!r}; to all never {short[spent_on]!r}. Asked by value, "
      f"a customer brings {final['by value']:.1f} ± {2 * lives.std() / len(lives) ** 0.5:.1f} thousand toman more than unasked; "
      f"by gain {final['by gain']:.1f}, at random {final['at random']:.1f}, with the long form {final['long form']:.1f}.")

# %% [markdown]
# ## What we found
# - Many questions tell no more than dealt answers would; an informative one was not worth asking.
# - We learned what answers mean from a pilot without one certain need; it promised more than it brought.
# - We chose question, channel, or silence for each customer: by value earned most, knowing less than by gain.
# - High agreement of coders hid a low alpha, topics found languages, most of the unhappy were mute.
#
# ## What this does not show
#
# The price of burden is ours; a customer put off may leave, or answer the next question. What a fitting letter brings was borrowed from the truth, for one theme, taken for all, and counted before the discount and the cost of serving ([lesson 11](11_interact_effect.ipynb) counts them): a bit is worth less than here. The pilot went to readers of text messages; we ask by e-mail. Needs are six because the simulation says so; answers are independent, as our model nearly assumes; silence does not depend on need. The analyst's goods, the third and the drift are close to how the firm was made. The ± counts other customers and answers, not another pilot. The long form was put without any bargain. Word lists are no coders.
#
# ## Key ideas
# 1. A question has value only if an answer can change what you do.
# 2. Bits measure doubt, toman the decision; compare bits with luck and toman with cost.
# 3. Burden is a cost: one good question a contact, or none.
# 4. Remember every answer, and let it age.
# 5. Agreement first (alpha), themes second; and ask who says nothing.
#
# ## Exercises

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** Another new customer: we believe *gift* at 0.7 and *study* at 0.3. A fitting letter brings 10, a wrong one 0. The question "present?" gets "yes" with chance 0.8 under gift and 0.2 under study, and everybody answers. What is it worth? Work with a pencil and store the number in `my_value`.

# %% tags=["exercise"]
my_value = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# Without asking you earn 7. "Yes and gift" has chance 0.7 · 0.8, "yes and study" 0.3 · 0.2; after a yes you send the letter with the larger of the two. The same for no. Add both, and take off 7.
#
# </details>

# %% tags=["solution"]
my_value = 10 * max(0.7 * 0.8, 0.3 * 0.2) + 10 * max(0.7 * 0.2, 0.3 * 0.8) - 7
print(round(my_value, 2))

# %% tags=["check"]
seven = pd.DataFrame({"gift": [0.7], "study": [0.3]})
checks.check("value of the question", my_value, expected=interact.value_of_information(seven, small, ten).iloc[0, 0],
             why="After each answer take the better letter, weigh by the chance of the answer, and subtract what you "
                 "earn without asking.")

# %% [markdown] tags=["exercise"]
# **Exercise 2 (vary).** Take the question with the largest `value` in `worth`. At which price of burden (thousand toman a person put off) is its net value for the average customer exactly zero? `contact` is the cost of a reading, `model.response_rate_["rate"]` the share who answer. Store the price in `my_price`.

# %% tags=["exercise"]
my_price = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# value = contact + price · (1 − rate). Solve for the price.
#
# </details>

# %% tags=["solution"]
top = worth["value"].idxmax()
my_price = (worth.loc[top, "value"] - contact) / (1 - model.response_rate_.loc[top, "rate"])
print(f"{short[top]}: {my_price:.1f} thousand toman")

# %% tags=["check"]
richest = worth.sort_values("value").iloc[-1]
silent_share = (richest["cost"] - contact) / 5.0
checks.check("price of burden at which it breaks even", my_price, expected=(richest["value"] - contact) / silent_share,
             why="The contact is paid by all; the burden only by the share 1 - rate who are put off.")

# %% [markdown] tags=["exercise"]
# **Exercise 3 (extend).** Be a coder. Print the first fifteen texts without Persian letters: `english = texts[~persian].head(15)`, then `print(*english, sep="\n")`. Write for each whether it is about *delivery*, as a list of fifteen `True` or `False`, in `my_codes`. Then store alpha between you and the wide codebook, `wide["delivery"]`, in
# `my_alpha`. Where you disagree, who is right?

# %% tags=["exercise"]
my_codes = ...
my_alpha = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `alpha` wants a frame, a column a coder: `pd.DataFrame({"me": my_codes, "book": wide.loc[english.index, "delivery"]})`.
#
# </details>

# %% tags=["solution"]
english = texts[~persian].head(15)
my_codes = firm.truth["feedback"].loc[firm.feedback.loc[english.index, "feedback_id"]].str.contains("delivery").tolist()
my_alpha = alpha(pd.DataFrame({"me": my_codes, "book": wide.loc[english.index, "delivery"]}))
# Here the coder who wrote the texts plays you.
print(f"alpha {my_alpha:.2f}")

# %% tags=["check"]
theirs = wide.loc[~persian, "delivery"].iloc[:15].tolist()
yours = list(my_codes) if isinstance(my_codes, (list, tuple, np.ndarray, pd.Series)) else []
fair = len(yours) == 15 and all(code in (True, False) for code in yours)  # else no alpha can be right
checks.check("alpha between you and the codebook", my_alpha, rel_tol=0.02,
             expected=alpha(pd.DataFrame({"x": theirs, "y": yours if fair else [not code for code in theirs]})),
             why="my_codes must be a plain list of fifteen True or False (no text), in the order of the texts; give alpha "
                 "both columns, yours and that of the wide codebook for the same texts.")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (the other data set).** A golden question need not be a question: it may be a choice that you observe. CDNOW (`cd = data.load_cdnow()`): "does this customer ever buy again on another day?" Observed at the first purchase day: did it hold two or more CDs (`quantity`, summed over that day)? How many bits does this
# choice tell about a customer of whom we know nothing else? Use `AnswerModel(smoothing=0)` with sure beliefs, and store the number in `my_bits` (not rounded). Is it golden?

# %% tags=["exercise"]
my_bits = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `days = cd.groupby(["customer_id", "order_date"])["quantity"].sum()`; `days.groupby("customer_id").first()` is the first day, `.size() > 1` says who came back. Beliefs: columns `again` and `once`, 1.0 or 0.0. Then `information_gain` for one row, the means of the two columns.
#
# </details>

# %% tags=["solution"]
cd = data.load_cdnow()
days = cd.groupby(["customer_id", "order_date"])["quantity"].sum().groupby("customer_id")
again, two = days.size() > 1, days.first() > 1
certain = pd.DataFrame({"again": again.astype(float), "once": 1.0 - again})
choice = pd.DataFrame({"customer_id": two.index, "question": "two CDs?", "answer": two.astype("str").to_numpy()})
seen = interact.AnswerModel(smoothing=0).fit(choice, certain)
my_bits = interact.information_gain(certain.mean().to_frame("anybody").T, seen).iloc[0, 0]
print(f"{my_bits:.3f} bits of {interact.belief_entropy(certain.mean().to_frame().T).iloc[0]:.2f}: hardly golden")

# %% tags=["check"]
sales = data.load_cdnow().groupby(["customer_id", "order_date"], as_index=False)["quantity"].sum()
opening = sales.drop_duplicates("customer_id").set_index("customer_id")["quantity"] >= 2
joint = pd.crosstab(opening, sales["customer_id"].value_counts().ge(2), normalize=True).to_numpy()
told_bits = (joint * np.log2(joint / joint.sum(axis=1, keepdims=True) / joint.sum(axis=0))).sum()
checks.check("bits of two CDs at the first purchase", my_bits, expected=told_bits, rel_tol=0.0005,
             why="Add up the CDs of the first day; 'again' means another day. Use smoothing=0 and the average belief (not half and half); do not round.")

# %% [markdown]
# ## Quiz
#
# 1. A question tells 0.3 bits and no answer changes what you do. What is it worth?
#
# <details><summary>Answer</summary>
#
# Nothing, for this decision; less the contact and the burden.
#
# </details>
#
# 2. "Two coders agreed on 90 % of our texts." Enough?
#
# <details><summary>Answer</summary>
#
# If the theme is rare, chance alone agrees as often. Ask for alpha.
#
# </details>
#
# 3. Last year few complained. Are the customers content?
#
# <details><summary>Answer</summary>
#
# Perhaps they are silent. Ask those whose order went wrong.
#
# </details>
#
# ## References
#
# - Pine, B. J., Peppers, D. & Rogers, M. (1995), "Do You Want to Keep Your Customers Forever?", *Harvard Business Review* 73(2), 103–114 (abstract read).
# - Peppers, D. (2012), "Gaining customer insight with Golden Questions", a post of 16 October (read in a copy).
# - Howard, R. A. (1966), "Information Value Theory", *IEEE Transactions on Systems Science and Cybernetics* SSC-2(1), 22–26 (abstract read).
# - Krippendorff, K. (2011), "Computing Krippendorff's Alpha-Reliability", University of Pennsylvania (opening read; 0.743 seen quoted in two programs).
# - Shannon, C. E. (1948), "A Mathematical Theory of Communication", *Bell System Technical Journal* 27 (not read by us).
#
# ## Next
#
# Whom does contact change? [Lesson 11](11_interact_effect.ipynb) asks it of a randomised test. [All lessons](README.md)

# %% tags=["varies"]
checks.versions("numpy", "pandas", "matplotlib", "scikit-learn")
