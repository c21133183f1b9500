"""What the firm's systems show of what happened: order lines, branches, tickets, feedback, answers, survey.

Every function renders what the engine decided (`life`), and decides nothing that acts on people, but for the failure
rates of the branches. Draws are keyed by person, week and turn: a row is the same whatever other rows are asked for.
Amounts in thousand toman.
"""

from functools import cache

import numpy as np
import pandas as pd
from scipy.special import expit, ndtri

from .systems import text_ids
from .world import BRANCH_NAMES, CATEGORIES, NEED_CATEGORY, NEEDS, START, _read, pick

#: Of a line, how often one piece is bought, two ... six.
QUANTITY = [0.66, 0.19, 0.08, 0.04, 0.02, 0.01]
#: Tickets: shares of the channels and topics of branches (first row) and the web shop; hours to a first response for an
#: hour that a customer waits in the branch.
CHANNELS = ["phone", "chat", "e-mail", "branch"]
CHANNEL_SHARE = np.array([[0.45, 0.12, 0.08, 0.35], [0.33, 0.40, 0.25, 0.02]])
CHANNEL_HOURS = np.array([1.0, 2.0, 40.0, 0.5])
TOPICS = ["late_delivery", "damaged", "wrong_item", "staff", "price", "web_site", "other"]
TOPIC_SHARE = np.array([[0.06, 0.18, 0.15, 0.26, 0.18, 0.03, 0.14], [0.34, 0.20, 0.16, 0.04, 0.07, 0.12, 0.07]])
#: Feedback: how often each theme is spoken of by those who complain of it (first row) and those who praise it.
THEMES = ["delivery", "damaged", "staff", "price", "assortment", "gift_wrapping", "web_site", "praise", "off_topic"]
THEME_SHARE = np.array([[0.24, 0.11, 0.15, 0.18, 0.10, 0.06, 0.12, 0.00, 0.04],
                        [0.12, 0.00, 0.17, 0.08, 0.16, 0.08, 0.06, 0.29, 0.04]])  # fmt: skip
#: Survey: middle, spread, lowest, highest and step of the scale; weights of satisfaction, share of wallet, purchase
#: rate, a lasting attitude and what is the item's own (made to have length 1).
ITEMS = _read("survey_items.csv").set_index("item")


def _keys(frame):
    """Person, week and turn (0 if not there) of each row."""
    turn = frame["turn"].to_numpy() if "turn" in frame else np.zeros(len(frame), np.int64)
    return frame["person"].to_numpy(), frame["week"].to_numpy(), turn


def _numbered(frame, letter, name, *columns):
    """These columns of a frame, after ids numbered from 1."""
    ids = text_ids(letter, np.arange(1, len(frame) + 1), 6)
    return pd.DataFrame({name: ids} | {column: frame[column].array for column in columns})


def products():
    """What the chain sells: product_id, title, title_fa, category, price and unit_cost, by category and price."""
    return _read("products.csv")


@cache
def _goods():
    """Product ids and logs of prices of each category, by price; read once, for a firm that lives week by week."""
    goods = [products().query("category == @name") for name in CATEGORIES]
    return [g["product_id"].to_numpy(object) for g in goods], [np.log(g["price"].to_numpy(float)) for g in goods]


@cache
def _bank():
    """Questions, and the chance of each answer: question, answer, need."""
    bank = _read("questions.csv")
    code, names = pd.factorize(bank["question"])
    first, number = np.unique(code, return_index=True)[1], bank.groupby("question").cumcount().to_numpy()
    chance = np.zeros((len(names), number.max() + 1, len(NEEDS)))
    chance[code, number] = bank[NEEDS]
    return bank, names, first, chance


def order_lines(orders, weights, draws, returns=0.03):
    """Lines of orders.

    The number of lines grows with the amount (1 to 5, at most one per 60: 1 + whole part of an exponential with mean
    amount / 300); a line's category follows weights times `NEED_CATEGORY`; its share of the amount is uniform on 0.3-1
    times the root of the category's middle price, made to sum to 1; its quantity is drawn, and the product is the one
    whose price times quantity is nearest in proportion. What was paid is the line's amount, so `unit_price` lies around
    the price, and far below it where an order is worth less than the category's cheapest good.

    Parameters
    ----------
    orders : DataFrame
        order_id (text), person, week, turn (int), amount (gross, thousand toman); one row per order.
    weights : array of shape (n_orders, 6)
        Weight of each need for the buyer at that time; rows sum to 1.
    returns : float
        Probability that one line of an order comes back: an extra line, quantity and amount negative.

    Returns
    -------
    DataFrame
        order_id, product_id, category, quantity, unit_price, amount; sorted by order, a returned line last. Without
        the returned lines the amounts of an order add up to its amount (to 1e-9).
    """
    codes, log_price = _goods()
    person, week, turn = _keys(orders)
    paid = orders["amount"].to_numpy(float)
    n_lines = 1 - np.log(draws.uniform("lines/number", person, week, turn)) * paid / 300
    n_lines = np.minimum(n_lines, np.clip(paid / 60, 1, 5)).astype(np.int64)
    order = np.repeat(np.arange(len(orders)), n_lines)
    first = np.cumsum(n_lines) - n_lines
    number = np.arange(len(order)) - first[order]

    def uniform(purpose):
        return draws.uniform(purpose, person[order], week[order] * 8 + number, turn[order])

    category = pick((np.asarray(weights, float) @ NEED_CATEGORY)[order], uniform("lines/category"))
    share = (0.3 + 0.7 * uniform("lines/share")) * np.exp(0.5 * np.array([p.mean() for p in log_price]))[category]
    amount = np.floor(10 * paid[order] * share / np.bincount(order, share)[order]) / 10
    rest = np.round(paid - np.bincount(order, amount, minlength=len(orders)), 10)
    amount[first] = np.round(amount[first] + rest, 10)

    low, high = (np.exp([edge(p) for p in log_price])[category] for edge in (np.min, np.max))
    quantity = np.minimum(1 + pick(QUANTITY, uniform("lines/quantity")), np.maximum(amount // low, 1))
    quantity = np.clip(quantity, np.ceil(amount / high), 6).astype(np.int64)
    log_unit = np.log(np.maximum(amount, 0.1) / quantity)
    product = np.empty(len(order), object)
    for k, prices in enumerate(log_price):
        mine = category == k
        product[mine] = codes[k][np.searchsorted((prices[1:] + prices[:-1]) / 2, log_unit[mine])]

    back = np.flatnonzero(draws.uniform("lines/return", person, week, turn) < returns)
    back = first[back] + (draws.uniform("lines/which", person, week, turn)[back] * n_lines[back]).astype(np.int64)
    sign = np.repeat([1, -1], [len(order), len(back)])
    rows = np.concatenate([np.arange(len(order)), back])
    sort = np.argsort(order[rows], kind="stable")
    rows, sign = rows[sort], sign[sort]
    lines = pd.DataFrame({"order_id": orders["order_id"].to_numpy()[order[rows]], "product_id": product[rows]})
    lines["category"] = np.array(CATEGORIES, object)[category[rows]]
    lines = lines.astype("str").assign(quantity=sign * quantity[rows], unit_price=amount[rows] / quantity[rows])
    return lines.assign(amount=sign * amount[rows])


def branch_quarters(draws, quarters, service=1.0):
    """Staff, service and failures of each branch and of the web shop in each quarter.

    A causal chain with a lasting branch effect b and noise e (standard normal) at each link; satisfaction shows the
    training of the quarter: hours = 6 + 1.5 b1 + 1.5 e1 · satisfaction = 4.6 + 0.3 (hours - 6) + 0.4 b2 + 0.3 e2, on
    1-7 · log(minutes) = log(9, web 25) - 0.3 (satisfaction - 4.6) + 0.1 b3 + 0.1 e3 · log(failure rate) =
    log(0.05 service) + 0.6 (log(minutes) - its centre) - 0.03 (hours - 6) + 0.1 b4 + 0.1 e4, at most 0.5. Delivery
    takes as many days as promised (web 4, branch 1) times exp(0.5 (log(minutes) - its centre) + 0.1 e5).

    Returns
    -------
    DataFrame
        branch, quarter (0 ...), staff_satisfaction (1-7), training_hours (an employee a quarter), response_minutes,
        promised_days, delivered_days (means), failure_rate (share of orders); one row per branch and quarter.
    """
    branch = np.repeat(np.arange(len(BRANCH_NAMES) + 1), quarters)
    quarter = np.tile(np.arange(quarters), len(BRANCH_NAMES) + 1)
    web = branch == len(BRANCH_NAMES)
    b = ndtri(draws.uniform("branch/lasting", branch, 0, np.arange(6)[:, None]))
    e = ndtri(draws.uniform("branch/quarter", branch, quarter, np.arange(6)[:, None]))
    hours = np.maximum(6 + 1.5 * (b[1] + e[1]), 0).round(1)
    staff = np.clip(4.6 + 0.3 * (hours - 6) + 0.4 * b[2] + 0.3 * e[2], 1, 7).round(2)
    slow = -0.3 * (staff - 4.6) + 0.1 * (b[3] + e[3])
    promised = np.where(web, 4.0, 1.0)
    failure = 0.05 * service * np.exp(0.6 * slow - 0.03 * (hours - 6) + 0.1 * (b[4] + e[4]))
    frame = {"branch": np.array([*BRANCH_NAMES, "web"])[branch], "quarter": quarter, "staff_satisfaction": staff,
             "training_hours": hours, "response_minutes": (np.where(web, 25, 9) * np.exp(slow)).round(1),
             "promised_days": promised, "delivered_days": (promised * np.exp(0.5 * slow + 0.1 * e[5])).round(1),
             "failure_rate": np.minimum(failure, 0.5).round(4)}  # fmt: skip
    return pd.DataFrame(frame)


def failure_rates(places):
    """Chance that an order goes wrong, from `branch_quarters`: array of quarters and branches, the web shop last."""
    return places["failure_rate"].to_numpy().reshape(len(BRANCH_NAMES) + 1, -1).T


def tickets(complaints, draws):
    """Tickets of the service desk, one a complaint, in the order given.

    The first response takes the branch's response time, times what the channel adds, times exp(0.5 e); solving it
    another 20 exp(0.8 e) hours. A ticket costs 1.5 a minute for 25 exp(0.5 e) minutes, and 50 for the present that goes
    with an apology.

    Parameters
    ----------
    complaints : DataFrame
        person, week, turn, record_id, order_id, opened_on, branch (name or "web"), apology (bool), response_minutes.

    Returns
    -------
    DataFrame
        ticket_id, record_id, opened_on, channel, topic, order_id, first_response_hours, resolved_hours (from opening),
        apology, cost (thousand toman).
    """
    keys = _keys(complaints)
    web = (complaints["branch"] == "web").to_numpy(int)
    channel = pick(CHANNEL_SHARE[web], draws.uniform("ticket/channel", *keys))
    topic = pick(TOPIC_SHARE[web], draws.uniform("ticket/topic", *keys))
    e = [ndtri(draws.uniform(f"ticket/{name}", *keys)) for name in ("response", "solution", "minutes")]
    first = complaints["response_minutes"].to_numpy(float) / 60 * CHANNEL_HOURS[channel] * np.exp(0.5 * e[0])
    apology = complaints["apology"].to_numpy(bool)
    return _numbered(complaints, "t", "ticket_id", "record_id", "opened_on").assign(
        channel=np.array(CHANNELS)[channel], topic=np.array(TOPICS)[topic], order_id=complaints["order_id"].array,
        first_response_hours=first.round(2), resolved_hours=(first + 20 * np.exp(0.8 * e[1])).round(1),
        apology=apology, cost=(37.5 * np.exp(0.5 * e[2]) + 50 * apology).round(1))  # fmt: skip


def _misspelt(text, u):
    """`text` with two neighbouring letters swapped or a letter left out, at a place that `u` in (0, 1) decides."""
    at = 1 + int(u * (len(text) - 2))
    return text[:at] + (text[at + 1] + text[at] if at % 2 else text[at + 1]) + text[at + 2 :]


def feedback(voices, draws):
    """What customers write, in Persian and English, and what they mean.

    A text has one theme (60 %), two or three (10 %), spoken well of with probability 1 / (1 + exp(-3 satisfaction)),
    drawn apart for each theme. One text in ten has a typing error, one Persian text in four Arabic letters.

    Parameters
    ----------
    voices : DataFrame
        person, week (and turn), record_id, given_on, satisfaction (about -1 to 1), script ("fa" or "en").

    Returns
    -------
    tuple of (DataFrame, Series)
        feedback_id, record_id, given_on, channel, text; and the themes in the text's order, joined by "|", with
        feedback_id as index.
    """
    person, week, turn = _keys(voices)

    def uniform(purpose):
        return draws.uniform(f"feedback/{purpose}", person[:, None], week[:, None] * 16 + np.arange(9), turn[:, None])

    good = uniform("good") < expit(3 * voices["satisfaction"].to_numpy(float))[:, None]
    share = np.where(good, THEME_SHARE[1], THEME_SHARE[0])
    # The smallest of exponential times with these rates: a draw without replacement.
    theme = np.argsort(-np.log(uniform("theme")) / np.maximum(share, 1e-9), axis=1)[:, :3]
    phrases = _read("phrases.csv")
    bank = {key: group.to_numpy(object) for key, group in phrases.groupby(["theme", "polarity", "language"])["text"]}
    u = uniform("other")
    count = 1 + pick([0.6, 0.3, 0.1], u[:, 0])
    texts, meant = [], []
    for k, script in enumerate(voices["script"]):
        parts = [(THEMES[j], good[k, j] * 2 - 1 if j < 8 else 0, uk) for j, uk in zip(theme[k, : count[k]], u[k, 1:])]
        said = [bank[name, tone, script][int(uk * len(bank[name, tone, script]))] for name, tone, uk in parts]
        text = ("؛ " if script == "fa" else ". ").join(said).replace("؟؛", "؟").replace("?.", "?")
        if script == "fa" and u[k, 4] < 0.25:
            text = text.translate(str.maketrans("یک", "يك"))
        texts.append(_misspelt(text, u[k, 6]) if u[k, 5] < 0.1 else text)
        meant.append("|".join(name for name, _, _ in parts))
    channel = np.array(["web form", "text message", "card in the shop"])[pick([0.45, 0.35, 0.2], u[:, 7])]
    frame = _numbered(voices, "f", "feedback_id", "record_id", "given_on")
    frame = frame.assign(channel=channel, text=pd.Series(texts, dtype="str"))
    return frame, pd.Series(meant, index=frame["feedback_id"], name="themes", dtype="str")


def answers(asked, weights, draws):
    """Answers to one question each, drawn from the ten of questions.csv, where P(answer | need) stands.

    A person answers with probability 1 - burden of the question, out of one need drawn from their weights.

    Parameters
    ----------
    asked : DataFrame
        person, week (and turn), record_id, answered_on; question (id) where it was chosen: else one is drawn.
    weights : array of shape (n, 6)
        Weight of each need; rows sum to 1.

    Returns
    -------
    DataFrame
        record_id, answered_on, question, answer (missing where not answered); a row per row of `asked`.
    """
    keys = _keys(asked)
    bank, names, first, chance = _bank()
    question = pick(np.ones(len(names)), draws.uniform("answer/question", *keys))
    if "question" in asked:
        question = names.get_indexer(asked["question"])
    need = pick(np.asarray(weights, float), draws.uniform("answer/need", *keys))
    # The bank holds the answers to a question one after the other.
    row = first[question] + pick(chance[question, :, need], draws.uniform("answer/answer", *keys))
    silent = draws.uniform("answer/given", *keys) < bank["burden"].to_numpy()[row]
    seen = asked[["record_id", "answered_on"]].reset_index(drop=True)
    return seen.assign(question=names[question], answer=bank["answer"].iloc[row].reset_index(drop=True).mask(silent))


def survey(asked, draws):
    """Answers to the survey's eight items, a row per person and item.

    An item is middle + spread (0.84 w'z + 0.3 y + 0.5 e), rounded and cut to its scale (so it has a ceiling): w its
    weights, y the person's lasting inclination to say yes, e noise. Reliability is about 0.7. People claim 5 points of
    wallet too much, in tens.

    Parameters
    ----------
    asked : DataFrame
        person, record_id, answered_on, satisfaction (mean 0, sd 0.5), share (of wallet, 0-1), rate (log, standardised).

    Returns
    -------
    DataFrame
        record_id, answered_on, item, answer: satisfaction, intention, trust, price_sensitive and two loyalty items 1-5,
        recommend 0-10, wallet_share in percent.
    """
    person = asked["person"].to_numpy()[:, None]
    day = (asked["answered_on"] - START).dt.days.to_numpy()[:, None]
    middle, spread, low, high, step, *weights = ITEMS.to_numpy(float).T
    item = np.arange(len(ITEMS))
    attitude, yes = (ndtri(draws.uniform(f"survey/{name}", person)) for name in ("attitude", "yes"))
    own = ndtri(draws.uniform("survey/own", person, 0, item))
    noise = ndtri(draws.uniform("survey/noise", person, day, item))
    known = asked[["satisfaction", "share", "rate"]].to_numpy(float).T[:, :, None]
    z = (known[0] / 0.5, (known[1] - 0.5) / 0.3, known[2], attitude, own)
    latent = sum(w * part for w, part in zip(weights, z)) / np.linalg.norm(weights, axis=0)
    answer = middle + spread * (0.84 * latent + 0.3 * yes + 0.5 * noise)
    answer = np.clip(np.round(answer / step) * step, low, high)
    frame = asked[["record_id", "answered_on"]].loc[asked.index.repeat(len(ITEMS))].reset_index(drop=True)
    return frame.assign(item=np.tile(list(ITEMS.index), len(asked)), answer=answer.ravel())
