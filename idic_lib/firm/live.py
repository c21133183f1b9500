"""The firm lives on under a policy: each week it sees what the firm sees and sends letters; then people live a week.

`life` says how people live and `systems` what of it is recorded; here both go on from where the history ended.
"""

from copy import copy
from dataclasses import dataclass

import numpy as np
import pandas as pd

from idic_lib._guards import refuse_if
from idic_lib.firm import show, tables
from idic_lib.firm.life import FAILURE_HARM, step
from idic_lib.firm.systems import dates, text_ids, whole_numbers, words
from idic_lib.firm.world import CATEGORIES, NEED_CATEGORY, NEEDS, START, Draws

#: Thousand toman: a leaflet given out at the till, an hour's third at the service desk, the present of an apology.
LEAFLET, TICKET, PRESENT = 0.3, 42.5, 50.0
#: What each system's list is written by; the service desk has no list.
CHANNEL = {"club": "sms", "web": "email", "newsletter": "email"}
LETTER = ["record_id", "theme", "coupon", "question"]


@dataclass
class Actions:
    """What a policy does in a week.

    Attributes
    ----------
    letters : DataFrame, optional
        One row a letter: ``record_id``, ``theme`` (one of `NEEDS`), and if wanted ``coupon`` (bool) and ``question``
        (id of the bank, missing for none). A record of the club is written by message, one of the web shop or the
        newsletter by e-mail.
    apologies : sequence of str
        Tickets of the week before that are answered with an apology and a small present.
    leaflet : str, optional
        Theme of the leaflet given this week to those who buy at the till and are not recognised.
    """

    letters: pd.DataFrame | None = None
    apologies: tuple = ()
    leaflet: str | None = None


class View:
    """What the firm sees at the beginning of a week; frames are built when they are first asked for.

    Attributes
    ----------
    week : int
        Weeks since `START`.
    today : Timestamp
    budget : float or None
        Thousand toman a week for letters; None: no limit.
    first : bool
        True in the first week: then the frames below hold all of the history, later the rows of the week before.
    records : DataFrame
        All records so far: record_id, system, opened_on, consent (may be written to now).
    orders, order_lines, contacts, answers, tickets : DataFrame
        Columns as in ``datasets/README.md``; before returns; `contacts` without ``campaign_id``.
    products, questions : DataFrame
    """

    def __init__(self, week, first, frames, budget=None):
        self.week, self.first, self.today = week, first, START + pd.Timedelta(days=7 * week)
        self.budget = budget
        self._frames = frames

    def __getattr__(self, name):
        if name.startswith("_") or name not in self._frames:
            names = ", ".join(["week", "today", "first", "budget", *self._frames])
            raise AttributeError(f"a View has no {name!r}: it has {names}")
        value = self._frames[name]
        self.__dict__[name] = value() if callable(value) else value
        return self.__dict__[name]


@dataclass
class Lived:
    """What came of it.

    Attributes
    ----------
    ledger : DataFrame
        One row a week: orders (number), letters (number), and in thousand toman sales, discounts, goods, serving,
        contact, service and profit.
    people : Series
        Truth: profit by person over all weeks, thousand toman.
    consent : float
        Share of people who may still be written to.
    """

    ledger: pd.DataFrame
    people: pd.Series
    consent: float


def live(firm, end, weeks, policy, seed, *, run_off=0, budget=None):
    """See `Firm.live`; `end` holds the world at the end of the history."""
    people, records, sw, who, begin = end["people"], copy(end["records"]), end["sw"], end["who"], end["weeks"]
    records.day, records.number = records.day.copy(), records.number.copy()
    state = {name: values.copy() for name, values in end["state"].items()}
    draws, ids = Draws(1_000_003 * (firm.made["seed"] + 1) + seed), np.arange(len(state["alive"]), dtype=np.int32)
    places = tables.branch_quarters(end["draws"], -(-(begin + weeks + run_off) // 13), sw["service"])
    failure_rate = tables.failure_rates(places)
    goods = tables.products().assign(share=lambda f: f["unit_cost"] / f["price"]).groupby("category")["share"].mean()
    cost_share = NEED_CATEGORY @ goods[CATEGORIES].to_numpy()
    frames = {name: getattr(firm, name) for name in ("orders", "order_lines", "contacts", "answers", "tickets")}
    n_orders, n_tickets = len(firm.orders), len(firm.tickets)
    complaints, leaflets, profit, ledger = {}, None, np.zeros(len(ids)), []
    for week in range(begin, begin + weeks + run_off):
        records.open(people, state, week)
        actions = Actions()
        if week < begin + weeks and policy is not None:
            more = {"records": lambda: _records(records, state), "products": firm.products, "questions": firm.questions}
            given = policy(View(week, week == begin, frames | more, budget))
            wrong = given is not None and not isinstance(given, Actions)
            problem = f"the policy answered with a {type(given).__name__}"
            refuse_if(wrong, problem, allowed="firm.Actions(letters), or None")
            actions = given or actions
        sent = _letters(week, actions.letters, records, state, firm.questions)
        contact = sent["cost"].sum()
        problem = f"week {week}: letters for {contact:,.1f} thousand toman; the budget is {budget} a week"
        refuse_if(budget is not None and contact > budget * (1 + 1e-9), problem)  # sums of 0.2 and 0.6 round
        sorry = _apologies(actions.apologies, complaints)
        harm = FAILURE_HARM * np.where(state["stage"][sorry] == 2, 0.5, 1.0) * sw["apology"]
        np.add.at(state["mood"], sorry, harm)
        posted = _posted(sent, leaflets)
        orders, read = step(week, ids, people, state, sw | {"apology": 0}, draws, failure_rate, posted)
        buyer, n = orders["who"], len(orders["who"])
        first = ~pd.Series(sent["person"]).duplicated().to_numpy()  # the second copy stays closed
        reads = np.zeros(len(ids), bool)
        reads[read["who"][read["opened"]] if posted else []] = True
        sent["opened"] = first & reads[sent["person"]]
        weights = show.need_weights(people, buyer, np.full(n, week), sw)
        goods = orders["gross"] * (weights @ cost_share)
        serving = np.where(orders["web"], show.COST["web"], show.COST["till"]) * people["serve"][buyer]
        service = TICKET * orders["complains"]
        np.add.at(profit, buyer, orders["amount"] - goods - serving - service)
        np.subtract.at(profit, sent["person"], sent["cost"])
        np.subtract.at(profit, sorry, PRESENT)
        leaflets = None
        if actions.leaflet is not None:
            refuse_if(actions.leaflet not in NEEDS, f"leaflet={actions.leaflet!r}", allowed=", ".join(NEEDS))
            leaflets = np.unique(buyer[~orders["web"] & ~orders["shown"]]), NEEDS.index(actions.leaflet)
            profit[leaflets[0]] -= LEAFLET
            contact += LEAFLET * len(leaflets[0])
        ledger.append({
            "week": week, "orders": n, "letters": len(sent["person"]), "sales": orders["amount"].sum(),
            "discounts": (orders["gross"] - orders["amount"]).sum(), "goods": goods.sum(), "serving": serving.sum(),
            "contact": contact, "service": service.sum() + PRESENT * len(sorry)})  # fmt: skip
        if policy is not None and week + 1 < begin + weeks:
            event = orders | {"week": np.full(n, week, dtype=np.int16)}
            table, event = show.orders_table(event, people, records, who, draws, first=n_orders + 1)
            frames = _frames(firm, table, event, sent, people, records, sw, draws, places, n_tickets)
            complaints = frames.pop("complaints")
            n_orders, n_tickets = n_orders + n, n_tickets + len(complaints)
    ledger = pd.DataFrame(ledger).set_index("week")
    ledger["profit"] = ledger["sales"] - ledger[["goods", "serving", "contact", "service"]].sum(axis=1)
    profit = pd.Series(profit, firm.truth["people"].index, name="profit")
    return Lived(ledger, profit, float(state["consent"].mean()))


def _apologies(tickets, complaints):
    """Who complained in these tickets of the week before."""
    unknown = [ticket for ticket in tickets if ticket not in complaints]
    refuse_if(unknown, f"no ticket {unknown[:3]} was opened in the week before", allowed="those of view.tickets")
    return np.array([complaints[ticket] for ticket in dict.fromkeys(tickets)], dtype=np.int64)


def _records(records, state):
    """All records so far, with the consent of now."""
    frame = records.slots[["record_id", "system", "opened_on"]]
    return frame.assign(consent=state["consent"][records.slots["person"]])


def _letters(week, letters, records, state, questions):
    """The letters of a policy as arrays, or the reason why they cannot go out."""
    if letters is None or not len(letters):
        letters = pd.DataFrame(columns=LETTER)
    lost = [name for name in LETTER[:2] if name not in letters]
    refuse_if(lost, f"letters lack the column(s) {', '.join(lost)}", allowed=", ".join(LETTER))
    ids = letters["record_id"].astype("str")
    number = whole_numbers(ids.where(ids.str.fullmatch("r([0-9]{7}|[1-9][0-9]{7})")))
    lost = (number < 0) | (number >= len(records.slots))
    refuse_if(lost, "no such record", column="record_id", rows=letters, allowed="view.records")
    twice = np.bincount(number, minlength=1)[number] > 1
    refuse_if(twice, "two letters to one record in a week", column="record_id", rows=letters)
    person, system = (records.slots[name].iloc[number] for name in ("person", "system"))
    person, email = person.to_numpy(), (system != "club").to_numpy()
    off = ~state["consent"][person]
    refuse_if(off, "this record has opted out", column="record_id", rows=letters, allowed="view.records.consent")
    problem = "the service desk's records are on no list"
    refuse_if((system == "service").to_numpy(), problem, column="record_id", rows=letters, allowed=", ".join(CHANNEL))
    theme = pd.Index(NEEDS, dtype=object).get_indexer(letters["theme"].to_numpy(object))
    refuse_if(theme < 0, "no such theme", column="theme", rows=letters, allowed=", ".join(NEEDS))
    coupon = letters["coupon"].to_numpy(bool) if "coupon" in letters else np.zeros(len(letters), bool)
    question = letters["question"].to_numpy(object) if "question" in letters else np.full(len(letters), None, object)
    unknown = ~pd.isna(question)
    if unknown.any():
        unknown &= pd.Index(questions["question"].unique(), dtype=object).get_indexer(question) < 0
    refuse_if(unknown, "no such question", column="question", rows=letters, allowed="view.questions")
    cost = np.where(email, show.COST["email"], show.COST["sms"])
    return {"week": np.full(len(person), week), "person": person, "record": number, "theme": theme, "coupon": coupon,
            "question": question, "email": email, "cost": cost}  # fmt: skip


def _posted(sent, leaflets):
    """Letters by person, as `step` takes them (the first one counts, others only weary), then last week's leaflets."""
    parts = []
    if len(sent["person"]):
        who, first, letters = np.unique(sent["person"], return_index=True, return_counts=True)
        parts.append({"who": who, "letters": letters} | {k: sent[k][first] for k in ("email", "theme", "coupon")})
    if leaflets is not None:
        who = np.setdiff1d(leaflets[0], parts[0]["who"] if parts else [])
        one = np.ones(len(who), np.int64)
        parts.append({"who": who, "letters": one, "email": one > 0, "theme": leaflets[1] * one, "coupon": one < 0})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else None


def _frames(firm, orders, event, sent, people, records, sw, draws, places, n_tickets):
    """The week's tables, as makers where they cost time; ``complaints`` says who stands behind each ticket."""
    rows, week = np.flatnonzero(event["complains"]), event["week"].astype(np.int64)
    empty = firm.answers.iloc[:0]
    tickets = text_ids("t", n_tickets + 1 + np.arange(len(rows)), 6)

    def order_lines():
        numbered = orders[["order_id", "amount"]].assign(**{name: event[name] for name in ("person", "week", "turn")})
        return tables.order_lines(numbered, show.need_weights(people, event["person"], week, sw), draws, 0.0)

    def opened_tickets():
        told = {name: values[rows] for name, values in event.items()} | {"apology": np.zeros(len(rows), dtype=bool)}
        told = show.complaints(orders.iloc[rows], told, records, places)
        return tables.tickets(told, draws).assign(ticket_id=tickets)

    def contacts():
        email, theme = sent["email"].astype(int), words(NEEDS, sent["theme"])
        click = sent["opened"] & (draws.uniform("click", sent["person"], sent["week"]) < show.CLICK)
        frame = {"record_id": text_ids("r", sent["record"]), "contacted_on": dates(7 * sent["week"] + 3),
                 "channel": words(["sms", "email"], email), "theme": theme, "cost": sent["cost"],
                 "opened": sent["opened"], "responded": click}  # fmt: skip
        return pd.DataFrame(frame)

    def answers():
        asked = np.flatnonzero(sent["opened"] & ~pd.isna(sent["question"]))
        if not len(asked):
            return empty
        asked = {name: sent[name][asked] for name in ("person", "week", "record", "question")}
        more = {"record_id": text_ids("r", asked["record"]), "answered_on": dates(7 * asked["week"] + 4)}
        weights = show.need_weights(people, asked["person"], asked["week"], sw)
        return tables.answers(pd.DataFrame(asked | more), weights, draws)

    return {"orders": orders, "order_lines": order_lines, "contacts": contacts, "answers": answers,
            "tickets": opened_tickets, "complaints": dict(zip(tickets, event["person"][rows]))}  # fmt: skip
