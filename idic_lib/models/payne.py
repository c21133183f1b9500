"""Payne and Frow's five processes, measured in a firm's own tables: metrics, one order traced, employees to profit.

The framework (Payne and Frow 2005, "A Strategic Framework for Customer Relationship Management", Journal of Marketing
69(4), 167-176) names the processes: strategy development, value creation, multichannel integration, information
management, performance assessment. It gives no formulas: those of ``payne_metrics.csv`` are ours.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from .._guards import refuse_if, share, whole
from ..differentiate import concentration
from ..firm import NEEDS, START, Actions
from ..identify import assign_customers, recover_orders
from ._shared import GOODS, THEME

__all__ = ["CHAIN", "PaynePolicy", "branch_quarters", "customer_orders", "linkage", "metrics", "trace_order"]

#: The need that a category speaks of to `PaynePolicy`; sweets and stationery go with every need.
NEED_OF = {category: need for category, need in THEME.items() if category != "stationery"}
FIELDS = ["name", "birth_date", "phone", "email", "address"]
#: Links of the chain from employees to profit (cause, effect), names of `branch_quarters`.
CHAIN = [("training_hours", "staff_satisfaction"), ("staff_satisfaction", "log_response"),
         ("log_response", "complaint_rate"), ("complaint_rate", "return_rate"), ("return_rate", "growth"),
         ("staff_satisfaction", "growth")]  # fmt: skip


def customer_orders(firm, links):
    """Orders with their customer, where the records or a card tell, and what they leave.

    Parameters
    ----------
    firm : Firm
        Of its tables: orders.
    links : Series by record_id
        From `identify.link_records`.

    Returns
    -------
    DataFrame
        `firm.orders` with customer_id and recovered (`identify.recover_orders`), quarter (0 = the first 13 weeks) and
        contribution: amount - 0.58 x list price - cost to serve, thousand toman.
    """
    orders = recover_orders(assign_customers(firm.orders, links))
    goods = GOODS * (orders["amount"] + orders["discount"])
    contribution = orders["amount"] - goods - orders["cost_to_serve"]
    return orders.assign(quarter=(orders["order_date"] - START).dt.days // 91, contribution=contribution)


def metrics(firm, links, *, weeks=26, targets=None, end=None):
    """The five processes as a table of named metrics, with formula, value, yardstick and trend.

    Parameters
    ----------
    firm : Firm
        Its visible tables; never `truth`.
    links : Series by record_id
        From `identify.link_records`.
    weeks : int
        Length of a period, a multiple of 13. Periods count from the firm's first day; a last, shorter one is left out.
    targets : dict of float by metric, optional
        Takes the place of the period before as the yardstick.
    end : date, optional
        Last day of observation; default: that of the latest order.

    Returns
    -------
    DataFrame indexed by process and metric
        part (of the process), formula (in words), unit, one column a period (1, 2 ...; missing where the tables are
        silent), value (last period), against (target, or the period before), change and verdict: better, worse, same;
        missing where more is neither better nor worse or nothing is there to compare. The sign of a change, no test.

    Notes
    -----
    "Known" rests on links and cards: who is recognised more seems to buy more. A metric says nothing of its cause.
    """
    refuse_if(whole(weeks, "weeks", 13) % 13, f"weeks={weeks} is no multiple of 13", advice="write 13, 26 or 52")
    table = pd.read_csv(Path(__file__).with_name("payne_metrics.csv")).set_index(["process", "metric"])
    unknown = set(targets or {}) - set(table.index.get_level_values("metric"))
    refuse_if(unknown, f"targets for unknown metrics: {', '.join(sorted(unknown))}")
    values = _values(firm, links, weeks)
    last = pd.Timestamp(firm.orders["order_date"].max() if end is None else end)
    periods = range(((last - START).days + 7) // (7 * weeks))  # a week without an order on its last days still counts
    refuse_if(len(periods) < 1, f"the orders do not fill a period of {weeks} weeks")
    trend = pd.DataFrame({name: series.reindex(periods) for name, series in values.items()}).T.astype(float)
    trend = trend.set_axis([k + 1 for k in periods], axis=1).loc[table.index.get_level_values("metric")]
    out = table.drop(columns="better").join(trend.set_axis(table.index))
    out["value"] = trend.iloc[:, -1].to_numpy()
    before = trend.iloc[:, -2] if trend.shape[1] > 1 else trend.iloc[:, -1] * np.nan
    out["against"] = before.index.map(before.to_dict() | (targets or {})).to_numpy(float)
    out["change"] = out["value"] - out["against"]
    sign = np.sign(out["change"]) * table["better"].map({"up": 1, "down": -1})
    return out.assign(verdict=sign.map({1: "better", -1: "worse", 0: "same"}))


def _values(firm, links, weeks):
    """Every metric of the table: Series by period."""

    def period(days):
        return ((pd.to_datetime(days) - START).dt.days // (7 * weeks)).rename("period")

    orders = customer_orders(firm, links).assign(period=lambda f: period(f["order_date"]))
    known = orders.dropna(subset="customer_id")
    first = known.groupby("customer_id")["period"].transform("min")
    old = known[known["period"] > first]
    per = known.pivot_table(index="customer_id", columns="period", values=["amount", "contribution"], aggfunc="sum")
    spent, left = per["amount"], per["contribution"]
    came = spent.notna()
    stayed = (came & came.shift(1, axis=1, fill_value=False)).sum() / came.sum().shift(1)
    lines = firm.order_lines[["order_id", "category"]].merge(old[["order_id", "customer_id", "period"]])
    kinds = lines.drop_duplicates(["customer_id", "period", "category"]).groupby(["period", "customer_id"]).size()
    ways = known.drop_duplicates(["customer_id", "period", "channel"]).groupby(["period", "customer_id"]).size()
    records = firm.records.assign(
        period=period(firm.records["opened_on"]), customer=firm.records["record_id"].map(links)
    )
    number = records.groupby("period").size().cumsum()
    customers = records.groupby("customer")["period"].min().value_counts().sort_index().cumsum()
    source = records.dropna(subset="source").groupby("period")["source"]
    survey = firm.survey_answers.groupby(["item", period(firm.survey_answers["answered_on"])])["answer"].mean()
    tickets = firm.tickets.assign(period=period(firm.tickets["opened_on"]))
    hours = tickets.groupby(["period", "channel"])["first_response_hours"].median().unstack()
    contacts = firm.contacts.assign(period=period(firm.contacts["contacted_on"])).groupby("period")
    said = pd.concat([period(firm.feedback["given_on"]), period(firm.answers.dropna()["answered_on"])]).value_counts()
    places = firm.branches.assign(period=firm.branches["quarter"] * 13 // weeks)
    places = places.assign(late=places["delivered_days"] / places["promised_days"]).groupby("period")
    grouped, way = orders.groupby("period"), orders.groupby(["channel", "period"])
    n, nameless = grouped.size(), orders[orders["record_id"].isna()].groupby("period")["customer_id"]
    serving, seen = way["cost_to_serve"].mean(), way["record_id"].count() / way.size()
    total = grouped["contribution"].sum().sub(contacts["cost"].sum(), fill_value=0)
    total = total.sub(tickets.groupby("period")["cost"].sum(), fill_value=0)
    return {
        "buyers": came.sum(), "below zero": 100 * (left < 0).sum() / came.sum(),
        "top fifth": 100 * spent.apply(lambda s: concentration(s.dropna())["top_20"]),
        "share of wallet": _item(survey, "wallet_share"), "satisfaction": _item(survey, "satisfaction"),
        "delivery": places["late"].mean(), "complaints": 100 * tickets.groupby("period").size() / n,
        "acquisition": known.drop_duplicates("customer_id")["period"].value_counts(),
        "cross-sell": kinds.groupby("period").mean(), "up-sell": old.groupby("period")["amount"].mean(),
        "retention": 100 * stayed, "advocacy": 100 * source.apply(lambda s: (s == "friend").mean()),
        "voices": 100 * said / n, "web share": 100 * way.size().loc["web"] / n,
        "both channels": 100 * (ways == 2).groupby("period").mean(),
        "serving a till order": serving.loc["till"], "serving a web order": serving.loc["web"],
        "first response": tickets.groupby("period")["first_response_hours"].median(),
        "consistency gap": hours.max(axis=1) / hours.min(axis=1), "letters opened": 100 * contacts["opened"].mean(),
        "records": number, "duplicates": 100 * (1 - customers / number),
        "completeness": 100 * records[FIELDS].notna().groupby(records["period"]).mean().mean(axis=1),
        "recognised": 100 * seen.loc["till"], "recovered": 100 * nameless.count() / nameless.size(),
        "sales": grouped["amount"].sum() / 1000, "contribution": total / 1000,
        "a customer's contribution": left.sum() / came.sum(), "staff satisfaction": places["staff_satisfaction"].mean(),
        "training": places["training_hours"].mean(), "contribution per record": total / number}  # fmt: skip


def _item(survey, name):
    return survey.loc[name] if name in survey.index.get_level_values(0) else pd.Series(dtype=float)


def trace_order(firm, links, order_id):
    """What each process's tables say about one order that a customer complained of.

    Parameters
    ----------
    firm, links
        As in `metrics`.
    order_id : str
        An order with a ticket.

    Returns
    -------
    DataFrame
        process, question, answer (number or text), unit.

    Raises
    ------
    DataError
        For an order without a ticket.
    """
    ticket = firm.tickets[firm.tickets["order_id"] == order_id]
    refuse_if(not len(ticket), f"order {order_id!r} has no ticket", advice="choose one of firm.tickets['order_id']")
    ticket, orders = ticket.iloc[0], customer_orders(firm, links)
    order = orders[orders["order_id"] == order_id].iloc[0]
    who, day = links[ticket["record_id"]], order["order_date"]
    age = (day - orders["order_date"]).dt.days
    year = orders[age.between(1, 364)].groupby("customer_id")["amount"].sum()
    mine = orders[orders["customer_id"] == who]
    place = firm.branches.query("branch == @order.branch and quarter == @order.quarter").iloc[0]
    records = firm.records[firm.records["record_id"].map(links) == who]
    gap = (mine["order_date"] - day).dt.days
    before, after = (mine[span] for span in (gap.between(-182, -1), gap.between(1, 182)))
    rank = 100 * (year >= year.get(who, np.inf)).mean() if who in year else np.nan
    rows = [
        ("strategy", "sales to this customer in the 52 weeks before", year.get(who, 0.0), "thousand toman"),
        ("strategy", "share of known buyers who brought as much or more", rank, "%"),
        ("value", "delivery promised by the place (branch or web shop)", place["promised_days"], "days"),
        ("value", "delivery, mean of that place in the quarter", place["delivered_days"], "days"),
        ("value", "what the order left before the complaint", order["contribution"], "thousand toman"),
        ("channels", "bought by", order["channel"], ""), ("channels", "complained by", ticket["channel"], ""),
        ("channels", "first response", ticket["first_response_hours"], "hours"),
        ("channels", "solved", ticket["resolved_hours"], "hours"),
        ("information", "records of this customer", len(records), "records"),
        ("information", "in the systems", ", ".join(sorted(set(records["system"]))), ""),
        ("information", "order and ticket carry the same record",
         "yes" if order["record_id"] == ticket["record_id"] else "no", ""),
        ("performance", "cost of the ticket", ticket["cost"], "thousand toman"),
        ("performance", "apology", "yes" if ticket["apology"] else "no", ""),
        ("performance", "order and ticket together", order["contribution"] - ticket["cost"], "thousand toman"),
        ("performance", "contribution in the 26 weeks before", before["contribution"].sum(), "thousand toman"),
        ("performance", "contribution in the 26 weeks after", after["contribution"].sum(), "thousand toman"),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["process", "question", "answer", "unit"])


def branch_quarters(firm, links):
    """The branches (without the web shop) by quarter, with what the chain from employees to profit needs.

    Parameters
    ----------
    firm, links
        As in `metrics`.

    Returns
    -------
    DataFrame
        The columns of `firm.branches` and: log_response (natural log of the minutes), complaint_rate (per 100 orders),
        return_rate (% of the branch's known buyers who buy again in the next quarter, anywhere), contribution
        (thousand toman, its orders) and growth (% by which the next quarter's contribution differs, as 100 x log
        ratio). The last quarter has no next one: missing.
    """
    orders = customer_orders(firm, links)
    buyers = orders.dropna(subset="customer_id").drop_duplicates(["branch", "quarter", "customer_id"])
    days = pd.MultiIndex.from_frame(buyers[["customer_id", "quarter"]])
    again = pd.MultiIndex.from_frame(buyers[["customer_id", "quarter"]].assign(quarter=buyers["quarter"] + 1)).isin(
        days
    )
    at = ["branch", "quarter"]
    rate = buyers.assign(return_rate=100.0 * again).groupby(at)["return_rate"].mean()
    panel = firm.branches[firm.branches["branch"] != "web"].set_index(at).join(rate)
    panel = panel.join(orders.groupby(at)["contribution"].sum()).sort_index().reset_index()
    following = panel.groupby("branch")["contribution"].shift(-1)
    last = panel["quarter"] == panel["quarter"].max()
    return panel.assign(
        log_response=np.log(panel["response_minutes"]), complaint_rate=100 * panel["complaints"] / panel["orders"],
        return_rate=panel["return_rate"].mask(last),
        growth=100 * np.log((following / panel["contribution"]).where(lambda r: r > 0)))  # fmt: skip


def linkage(panel, chain=CHAIN, *, within=False, level=0.95):
    """Slopes along a chain of causes and effects over branches and quarters, with intervals for few branches.

    Each slope is least squares on what differs from the mean of the quarter (so seasons and growth of the whole firm
    drop out). Quarters of one branch are not independent, so the interval leaves out one branch at a time (the cluster
    jackknife) and takes the t distribution with branches - 1 degrees of freedom; `naive_low`, `naive_high` treat all
    rows as independent.

    Parameters
    ----------
    panel : DataFrame
        From `branch_quarters`, or any frame with branch, quarter and the columns of the chain; one row a branch and
        quarter. Quarters in which one of the two is missing anywhere are left out.
    chain : list of (cause, effect)
    within : bool
        Also take out each branch's own mean, so that what lasts in a branch cannot pose as an effect.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame indexed by cause and effect
        slope (units of the effect for one unit of the cause), low, high, naive_low, naive_high, branches, rows.

    Raises
    ------
    DataError
        For missing columns, fewer than three branches, two rows of one branch and quarter, or a cause that never
        differs.
    """
    from scipy import stats

    tail, out = (1 + share(level, "level")) / 2, []
    lost = {"branch", "quarter", *np.ravel(chain)} - set(panel.columns)
    refuse_if(lost, f"panel has no column {', '.join(sorted(lost))}", advice="make it with `branch_quarters`")
    refuse_if(panel.duplicated(["branch", "quarter"]), "two rows of one branch and quarter", rows=panel)
    refuse_if(panel["branch"].nunique() < 3, "fewer than three branches: nothing can be said of branches")

    def centred(rows):
        rows = rows - rows.mean(axis=-2, keepdims=True)
        return rows - rows.mean(axis=-1, keepdims=True) if within else rows

    for cause, effect in chain:
        sides = [panel.pivot(index="branch", columns="quarter", values=name) for name in (cause, effect)]
        full = sides[0].notna().all() & sides[1].notna().all()
        pair = np.array([side.loc[:, full].to_numpy(float) for side in sides])
        fold = np.array([np.delete(pair, k, axis=1) for k in range(pair.shape[1])])
        (x, y), (fx, fy) = centred(pair), centred(fold).transpose(1, 0, 2, 3)
        refuse_if(not x.size or np.isclose((x**2).sum(), 0), f"{cause} never differs between branches", column=cause)
        slope = (x * y).sum() / (x**2).sum()
        shifts = (fx * fy).sum(axis=(1, 2)) / (fx**2).sum(axis=(1, 2)) - slope
        branches, quarters = x.shape
        half = stats.t.ppf(tail, branches - 1) * np.sqrt((branches - 1) / branches * (shifts**2).sum())
        free = x.size - quarters - (branches - 1) * within - 1
        naive = stats.t.ppf(tail, free) * np.sqrt(((y - slope * x) ** 2).sum() / free / (x**2).sum())
        out.append((cause, effect, slope, slope - half, slope + half, slope - naive, slope + naive, branches, x.size))
    names = ["cause", "effect", "slope", "low", "high", "naive_low", "naive_high", "branches", "rows"]
    return pd.DataFrame(out, columns=names).set_index(["cause", "effect"])


class PaynePolicy:
    """What a manager would do who believed Payne and Frow alone; a policy for `Firm.live` and the arena.

    Reading, process by process. *Strategy*: serve the half of the recognised buyers (records) who left most
    contribution. *Value creation*: of ACURA keep before you sell more: those of them who were silent for eight weeks
    get a letter on the need whose goods they buy most (retention), the others one on their second need (cross-sell);
    no coupons, which give away what the organisation receives; whoever of them complained gets an apology.
    *Multichannel*: if money is short, retention first, and e-mails before dearer messages. *Information*: what tills
    and web shop put to each record, older sales fading by 2 % a week. *Performance*: each quarter the share of letters
    opened is compared with the quarter before; if it fell, the pause between letters (eight weeks at first) grows
    by four, if it rose it shrinks (4 to 16). Half, weeks, 2 % and pauses are our choice, and so
    is which goods speak of which need.
    """

    def __init__(self):
        self.ids, self.left, self.last, self.kinds = pd.Index([]), np.zeros(0), np.zeros(0), np.zeros((0, len(NEEDS)))
        self.sent, self.opened, self.rate, self.gap = 0, 0, np.nan, 8

    def decide(self, view):
        chosen, theirs = self.learn(view)
        if view.week % 13 == 0 and self.sent:
            rate, self.sent, self.opened = self.opened / self.sent, 0, 0
            change = 4 * (rate < self.rate) - 4 * (rate > self.rate)  # at first there is nothing to compare
            self.gap, self.rate = min(max(self.gap + change, 4), 16), rate
        sorry = () if view.first else view.tickets.loc[view.tickets["order_id"].isin(theirs), "ticket_id"]
        return Actions(self.letters(view, chosen) if view.week % self.gap == 0 else None, tuple(sorry))

    def learn(self, view):
        new = view.records["record_id"].to_numpy(object)[len(self.ids) :]
        self.ids, more = self.ids.append(pd.Index(new)), (0, len(new))
        self.left, self.last = np.pad(0.98 * self.left, more), np.pad(self.last, more)
        self.kinds = np.pad(self.kinds, (more, (0, 0)))
        row = self.ids.get_indexer(view.orders["record_id"].to_numpy(object))
        orders, row = view.orders[row >= 0], row[row >= 0]  # the rest showed no record
        left = orders["amount"] - GOODS * (orders["amount"] + orders["discount"]) - orders["cost_to_serve"]
        np.add.at(self.left, row, left)
        np.maximum.at(self.last, row, (orders["order_date"] - START).dt.days)
        place = pd.Index(orders["order_id"]).get_indexer(view.order_lines["order_id"])
        need = pd.Index(NEEDS).get_indexer(view.order_lines["category"].map(NEED_OF))
        np.add.at(self.kinds, (row[place], need), (place >= 0) & (need >= 0))
        self.sent, self.opened = self.sent + len(view.contacts), self.opened + view.contacts["opened"].sum()
        chosen = self.left > max(np.median(self.left[self.left != 0]), 0)
        return chosen, orders["order_id"][chosen[row]]

    def letters(self, view, chosen):
        system, quiet = view.records["system"].to_numpy(object), self.last < 7 * view.week - 56
        theme = np.argsort(self.kinds, kind="stable")[np.arange(len(quiet)), np.where(quiet, -1, -2)]
        able = view.records["consent"].to_numpy() & (system != "service") & chosen
        who = np.flatnonzero(able & (self.kinds[np.arange(len(quiet)), theme] > 0))
        price = np.where(system == "club", 0.6, 0.2)
        who = who[np.lexsort((-self.left[who], price[who], ~quiet[who]))]
        who = who[np.cumsum(price[who]) <= (np.inf if view.budget is None else view.budget)]
        return pd.DataFrame({"record_id": self.ids[who], "theme": np.array(NEEDS, object)[theme[who]]})
