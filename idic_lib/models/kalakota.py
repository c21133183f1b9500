"""Acquire, enhance, retain: the customer life cycle of Kalakota & Robinson (1999) as a working analysis.

The book names three phases, each with a focus: acquire (differentiation), enhance (bundling), retain (adaptability). As
far as we know it gives no rules by which a customer is in one of them and no formulas: the rules here are ours, and the
formulas come from the papers that each function names.
"""

from collections import namedtuple

import numpy as np
import pandas as pd

from .._guards import refuse_if, share, whole
from ..firm import NEEDS, START, Actions
from ._shared import THEME

__all__ = ["KalakotaPolicy", "PHASES", "Response", "against_chance", "allocate_budget", "balance", "channel_quality",
           "customer_equity", "elasticities", "flows", "inferred_spells", "look_alike", "phases", "project",
           "recency_chain", "transition_shares"]  # fmt: skip

#: In this order; a prospect has not bought yet.
PHASES = ["prospect", "acquire", "enhance", "retain", "at risk", "lost"]
#: In these a customer bought in the quarter; with "at risk" they are the customers that the firm has.
BUYING = PHASES[1:4]


def _known(orders, columns=("order_date", "amount")):
    """Orders whose customer is known."""
    lost = [name for name in ("customer_id", *columns) if name not in getattr(orders, "columns", ())]
    advice = "link the records first: `identify.assign_customers(orders, links)`"
    refuse_if(lost, f"orders lack the column(s) {', '.join(lost)}", advice=advice)
    known = orders.dropna(subset=["customer_id"])
    refuse_if(known.empty, "no order has a customer", column="customer_id", advice=advice)
    return known


def phases(orders, *, good=None, weeks=13, start=None, end=None, silent=2):
    """Phase of each customer in each quarter, by rules that a pencil can follow.

    ``prospect``: has not bought yet. ``acquire``: bought for the first time. ``retain``: bought again and spent, on
    average over the quarters since the first purchase (this one included), at least `good`: a customer worth keeping.
    ``enhance``: bought again, but spent less than that: worth raising. ``at risk``: silent for less than `silent`
    quarters. ``lost``: silent for longer; a later purchase leads back to enhance or retain.

    Parameters
    ----------
    orders : DataFrame
        `customer_id` (rows without are left out), `order_date`, `amount`.
    good : float, optional
        Spend a quarter from which a customer counts as good, in the unit of `amount`. Default: the median over all
        customers and quarters in which somebody bought again.
    weeks : int
        Length of a quarter.
    start, end : date, optional
        First and last day; default those of the orders. An incomplete quarter at the end is left out.
    silent : int
        Quarters without a purchase after which a customer is lost.

    Returns
    -------
    DataFrame
        One row a customer, one column a quarter (0, 1 …), values out of `PHASES`; ``attrs["good"]`` holds `good`.

    Raises
    ------
    DataError
        Missing columns, no customer, or not one whole quarter.

    References
    ----------
    The three phases: Kalakota & Robinson (1999), e-Business: Roadmap for Success (read at second hand).
    """
    known, days = _known(orders), 7 * whole(weeks, "weeks", 1)
    start = pd.Timestamp(start) if start is not None else known["order_date"].min()
    end = pd.Timestamp(end) if end is not None else known["order_date"].max()
    n = ((end - start).days + 1) // days
    refuse_if(n < 1, f"{start:%Y-%m-%d} to {end:%Y-%m-%d} is not one quarter of {weeks} weeks")
    quarter = (known["order_date"] - start).dt.days // days
    known, quarter = known[quarter.between(0, n - 1)], quarter[quarter.between(0, n - 1)].to_numpy()
    row, ids = pd.factorize(known["customer_id"], sort=True)
    spend, bought = np.zeros((len(ids), n)), np.zeros((len(ids), n), bool)
    np.add.at(spend, (row, quarter), known["amount"].to_numpy(float))
    bought[row, quarter] = True
    first, now = bought.argmax(axis=1)[:, None], np.arange(n)
    pace = spend.cumsum(axis=1) / np.maximum(now - first + 1, 1)
    again = bought & (now > first)
    good = (float(np.median(pace[again])) if again.any() else 0.0) if good is None else good
    quiet = now - np.maximum.accumulate(np.where(bought, now, -1), axis=1)
    rules = [now < first, now == first, again & (pace < good), again, quiet < whole(silent, "silent", 1)]
    frame = pd.DataFrame(np.select(rules, PHASES[:5], PHASES[5]), pd.Index(ids, name="customer_id"), now)
    frame.attrs["good"] = good
    return frame.rename_axis(columns="quarter")


def flows(phases):
    """Customers who go from one phase to another between two quarters.

    Parameters
    ----------
    phases : DataFrame
        From `phases`.

    Returns
    -------
    DataFrame
        quarter (of arrival), from, to, customers; only moves that somebody made, staying included.
    """
    codes = _codes(phases)
    n, k = codes.shape[1], len(PHASES)
    cell = (np.arange(1, n) * k + codes[:, :-1]) * k + codes[:, 1:]
    cell, count = np.unique(cell, return_counts=True)
    names = np.array(PHASES, object)
    columns = {"quarter": cell // k**2, "from": names[cell // k % k], "to": names[cell % k], "customers": count}
    return pd.DataFrame(columns)


def balance(phases):
    """The customer account, one row a quarter: opening + acquired + won_back − lost = closing.

    Customers are those in acquire, enhance, retain or at risk; the rest are not yet, or no longer, customers.

    Parameters
    ----------
    phases : DataFrame
        From `phases`.

    Returns
    -------
    DataFrame
        One row a quarter: opening, acquired, won_back, lost, closing (customers).
    """
    codes = _codes(phases)
    before = np.column_stack([np.zeros(len(codes), int), codes[:, :-1]])
    is_one, was_one, gone = (codes > 0) & (codes < 5), (before > 0) & (before < 5), before == 5
    account = {"opening": was_one, "acquired": (before == 0) & is_one, "won_back": gone & is_one,
               "lost": was_one & (codes == 5), "closing": is_one}  # fmt: skip
    return pd.DataFrame({name: cells.sum(axis=0) for name, cells in account.items()}, index=phases.columns)


def _codes(frame):
    """Numbers of the phases, one row a customer, one column a quarter."""
    codes = pd.Index(PHASES).get_indexer(frame.to_numpy(object).ravel()).reshape(frame.shape)
    refuse_if(codes < 0, "a cell holds no phase", allowed=", ".join(PHASES), advice="give what `phases` gives")
    return codes


def transition_shares(flows, *, last=None):
    """Share of each phase (row) that is in each phase (column) a quarter later; rows sum to 1, or 0 if empty.

    Parameters
    ----------
    flows : DataFrame
        From `flows`.
    last : int, optional
        Use the last so many quarters; default all.

    Returns
    -------
    DataFrame, `PHASES` by `PHASES`
    """
    rows = flows if last is None else flows[flows["quarter"] > flows["quarter"].max() - whole(last, "last", 1)]
    table = rows.pivot_table(index="from", columns="to", values="customers", aggfunc="sum", fill_value=0)
    table = table.reindex(index=PHASES, columns=PHASES, fill_value=0)
    return table.div(table.sum(axis=1).clip(lower=1), axis=0)


#: What each lever changes: from these phases less goes to the first one, and the difference to the second one.
LEVERS = {"enhance": [(name, "enhance", "retain") for name in ("acquire", "enhance", "at risk")],
          "retain": [(name, "at risk", back) for name, back in zip(BUYING, ["enhance", "enhance", "retain"])]
          + [("at risk", "lost", "enhance")]}  # fmt: skip


def project(stocks, shares, *, new, quarters=8, acquire=0.0, enhance=0.0, retain=0.0):
    """Stocks and flows: the customer base run forward, a small model of system dynamics.

    Parameters
    ----------
    stocks : Series
        Customers in each phase now.
    shares : DataFrame
        From `transition_shares`; the row of prospects is not used.
    new : float
        Customers won a quarter: a flow from outside, since nobody counts those whom the firm has never met.
    quarters : int
    acquire, enhance, retain : float
        What a scenario improves, as a share: more new customers; fewer of those who buy again (or come back) stay
        below `good` spend, and become good customers instead; fewer fall silent, and fewer of the silent are lost.

    Returns
    -------
    DataFrame
        One row a quarter (0 is now), one column a phase without prospects. Nobody appears or vanishes: all stocks
        together grow by the new customers alone.
    """
    names = PHASES[1:]
    step = shares.loc[names, names].to_numpy(float, copy=True)
    refuse_if(np.abs(step.sum(axis=1) - 1) > 1e-6, "a row of the shares does not sum to 1",
              rows=shares.loc[names], advice="give more quarters, or phases that somebody was in")  # fmt: skip
    for lever, better in {"enhance": enhance, "retain": retain}.items():
        refuse_if(not 0 <= better <= 1, f"{lever}={better!r}", allowed="a share from 0 to 1")
        for where, less, more in LEVERS[lever]:
            row, moved = names.index(where), better * step[names.index(where), names.index(less)]
            step[row, names.index(less)] -= moved
            step[row, names.index(more)] += moved
    path = [stocks.reindex(names, fill_value=0).to_numpy(float)]
    arriving = new * (1 + acquire) * (np.array(names) == "acquire")
    for _ in range(whole(quarters, "quarters", 1)):
        path.append(path[-1] @ step + arriving)
    return pd.DataFrame(path, columns=names).rename_axis("quarter")


def channel_quality(orders, channel, *, weeks=26, value="margin", cost=None, end=None):
    """What customers won through each channel brought in their first weeks.

    Parameters
    ----------
    orders : DataFrame
        `customer_id`, `order_date` and the column `value`.
    channel : Series by customer_id
        Customers without a channel are left out.
    weeks : int
        From the first purchase on. Customers seen for a shorter time are left out: channels are compared at one age.
    value : str
        Column that is summed: margin before the cost of winning, say.
    cost : Series by channel, optional
        Of winning one customer.
    end : date, optional
        Last day of observation; default that of the orders.

    Returns
    -------
    DataFrame
        One row a channel: customers, bought_again (share with a second purchase day), value (mean a customer), low and
        high (95 %, normal), and with `cost` also cost and net (value − cost); the best channel first.
    """
    known = _known(orders, ("order_date", value))
    first = known.groupby("customer_id")["order_date"].min()
    end, days = known["order_date"].max() if end is None else pd.Timestamp(end), 7 * whole(weeks, "weeks", 1)
    first = first[(first <= end - pd.Timedelta(days=days - 1)) & channel.reindex(first.index).notna()]
    refuse_if(first.empty, f"no customer with a channel was seen for {weeks} weeks", column="channel")
    known = known[known["customer_id"].isin(first.index)]
    known = known[(known["order_date"] - known["customer_id"].map(first)).dt.days < days].groupby("customer_id")
    each = pd.DataFrame({"value": known[value].sum(), "again": known["order_date"].nunique() > 1})
    found = each.groupby(channel.reindex(each.index).rename("channel"))
    mean, half = found["value"].mean(), 1.959964 * found["value"].sem()
    table = {"customers": found.size(), "bought_again": found["again"].mean(), "value": mean, "low": mean - half}
    table = pd.DataFrame(table | {"high": mean + half})
    if cost is not None:
        table = table.assign(cost=cost.reindex(table.index), net=table["value"] - cost.reindex(table.index))
    return table.sort_values("value" if cost is None else "net", ascending=False)


def look_alike(customers, value, prospects, *, best=0.2, penalty=5.0):
    """Score prospects by their likeness to the best customers.

    Each attribute becomes 0/1 columns (numbers are cut at the customers' quartiles, missing is a level of its own), and
    a ridge regression says how the share of best customers depends on them.

    Parameters
    ----------
    customers, prospects : DataFrame
        The same attributes, one row a person.
    value : Series on the customers' index
    best : float
        Share of customers, by value, who count as the best.
    penalty : float
        Of the ridge, in customers: levels that few have are drawn towards the average.

    Returns
    -------
    Series on the prospects' index
        Score; the higher, the more alike.
    """
    lost = [name for name in customers if name not in prospects]
    refuse_if(lost, f"prospects lack the column(s) {', '.join(map(str, lost))}", allowed="the same as customers")
    both, columns = pd.concat([customers, prospects[customers.columns]], ignore_index=True), {}
    for name, values in both.items():
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            values = np.digitize(values, np.nanquantile(customers[name].to_numpy(float), [0.25, 0.5, 0.75]))
        columns[name] = pd.Series(values).astype("str").fillna("missing")
    x = pd.get_dummies(pd.DataFrame(columns)).to_numpy(float)
    star = value.reindex(customers.index).rank(pct=True, method="first").to_numpy() > 1 - share(best, "best")
    mean, known = x[: len(customers)].mean(axis=0), x[: len(customers)]
    weights = np.linalg.solve((known - mean).T @ (known - mean) + penalty * np.eye(x.shape[1]),
                              (known - mean).T @ (star - star.mean()))  # fmt: skip
    return pd.Series(star.mean() + (x[len(customers) :] - mean) @ weights, prospects.index, name="score")


def against_chance(score, outcome, *, top=0.2, draws=2000, seed=0):
    """Did those picked by score do better than as many picked by lot?

    Parameters
    ----------
    score, outcome : Series on one index
        What the rule says, and what came of it.
    top : float
        Share picked.
    draws, seed : int
        Number of lots drawn, and their seed.

    Returns
    -------
    Series
        picked, all (means), low and high (95 % of the means of as many people picked by lot), p_value (share of lots
        at least as good), n.
    """
    outcome = outcome.reindex(score.index).to_numpy(float)
    refuse_if(~np.isfinite(outcome), "no outcome for this person", rows=score, column="outcome")
    n, rng = max(round(share(top, "top") * len(outcome)), 1), np.random.default_rng(seed)
    order = np.argsort(-score.to_numpy() + 1e-12 * rng.random(len(score)), kind="stable")  # ties by lot
    picked, lots = outcome[order[:n]].mean(), [outcome[rng.permutation(len(outcome))[:n]].mean() for _ in range(draws)]
    low, high = np.quantile(lots, [0.025, 0.975])
    found = {"picked": picked, "all": outcome.mean(), "low": low, "high": high, "p_value": np.mean(lots >= picked)}
    return pd.Series(found | {"n": n})


def inferred_spells(orders, *, gap, end=None):
    """Lives of customers who never say goodbye: whoever is silent for more than `gap` weeks left at the last purchase.

    Parameters
    ----------
    orders : DataFrame
        `customer_id`, `order_date`.
    gap : float
        Weeks.
    end : date, optional
        Last day of observation; default that of the orders.

    Returns
    -------
    DataFrame by customer_id
        started, last (days), weeks (from the first purchase to the last one, or to the end for those still here), ended
        (bool): as a survival curve needs them. Only the first spell counts.
    """
    known = _known(orders, ("order_date",))
    end = known["order_date"].max() if end is None else pd.Timestamp(end)
    days = known[["customer_id", "order_date"]].drop_duplicates().sort_values(["customer_id", "order_date"])
    pause = (days.groupby("customer_id")["order_date"].shift(-1).fillna(end) - days["order_date"]).dt.days
    ends = days[pause > 7 * gap].drop_duplicates("customer_id").set_index("customer_id")["order_date"]
    started = days.groupby("customer_id")["order_date"].min()
    last, ended = ends.reindex(started.index), started.index.isin(ends.index)
    weeks = (last.fillna(end) - started).dt.days / 7
    return pd.DataFrame({"started": started, "last": last, "weeks": weeks, "ended": ended})


def recency_chain(phases, *, longest=4):
    """Chances of buying by quarters since the last purchase, as a chain for `lifetime_value.markov_clv`.

    States as in Pfeifer & Carraway (2000): r is a customer whose last purchase was r quarters ago, at the moment of the
    next chance to buy (r = 1 has just bought); the last state, "former", is never left.

    Parameters
    ----------
    phases : DataFrame
        From `phases`.
    longest : int
        Quarters of silence after which somebody is former.

    Returns
    -------
    DataFrame, shape (longest + 1, longest + 1)
        Transition probabilities; who buys goes to state 1, who does not to r + 1.
    """
    codes, now = _codes(phases), np.arange(phases.shape[1])
    bought = (codes > 0) & (codes < 4)
    since = now - np.maximum.accumulate(np.where(bought, now, -999), axis=1) + 1
    states = [*range(1, longest + 1), "former"]
    chain = pd.DataFrame(0.0, states, states)
    for r in range(1, longest + 1):
        here = since[:, :-1] == r
        refuse_if(not here.any(), f"nobody was silent for {r - 1} quarters", advice="give more quarters or longest=")
        again = bought[:, 1:][here].mean()
        chain.loc[r, 1], chain.loc[r, states[r]] = again, 1 - again
    chain.loc["former", "former"] = 1.0
    return chain


class Response(namedtuple("Response", "spend rate ceiling floor", defaults=(0.0,))):
    """How a rate answers to money: floor + (ceiling − floor)(1 − e^(−k x)), through what is spent and reached now.

    The ceiling is a manager's guess of what no money could exceed, the floor of what comes without money; `spend` is
    per head. Blattberg & Deighton (1996), as cited by others; they know no floor.
    """

    def at(self, spend):
        """The rate at a spend per head (array or number)."""
        good = self.spend > 0 and 0 <= self.floor < self.rate < self.ceiling
        refuse_if(not good, f"{self}", allowed="spend above 0 and 0 <= floor < rate now < ceiling")
        left = (self.ceiling - self.rate) / (self.ceiling - self.floor)
        return self.floor + (self.ceiling - self.floor) * (1 - left ** (np.asarray(spend, float) / self.spend))


def customer_equity(split, *, budget, acquire, enhance, retain, prospects, customers, margin, discount_rate):
    """Customer equity under a split of this year's budget; formula and other arguments as in `allocate_budget`.

    Parameters
    ----------
    split : array, shape (…, 3)
        Shares of the budget for acquire, enhance, retain.

    Returns
    -------
    float or array, shape (…)
        In the unit of the margin.
    """
    split = np.asarray(split, float) * budget
    a, e, r = split[..., 0] / prospects, split[..., 1] / customers, split[..., 2] / customers
    won, lift, stay = acquire.at(a), enhance.at(e), np.maximum(retain.at(r), 1e-9)
    kept = stay / (1 + discount_rate)
    later = (margin * (1 + lift) - (e + r) / stay) * kept / (1 - kept)
    return prospects * (won * margin - a) + (prospects * won + customers) * later


def allocate_budget(budget, *, acquire, enhance, retain, prospects, customers, margin, discount_rate):
    r"""Split a year's budget between acquiring, enhancing and retaining.

    With :math:`A` spent per prospect, :math:`E` and :math:`R` per customer, :math:`a(A)` won, :math:`r(R)` retained,
    :math:`e(E)` more margin and :math:`r' = r/(1+d)`, a customer is worth
    :math:`V = (m(1 + e) - (E + R)/r)\,r'/(1 - r')` from next year on, and equity is
    :math:`N(a\,m - A) + (N a + C)\,V`; all of the budget is spent, :math:`N A + C (E + R) = \text{budget}`. Without
    :math:`E` and :math:`C` this is the test of Blattberg & Deighton, as we remember it; :math:`E` is ours.

    Parameters
    ----------
    budget : float
        Money this year; the same `E` and `R` per customer are spent in later years.
    acquire, retain : Response
        Share of prospects won, share of customers retained by year's end (ceilings below 1).
    enhance : Response
        What is added to the margin of a customer, as a share of it.
    prospects, customers : float
        People: N and C.
    margin : float
        Of a customer a year, before this spending.
    discount_rate : float
        A year.

    Returns
    -------
    Series
        acquire, enhance, retain (shares of the budget, they add up to 1), won, lift, retained (rates there), equity.

    References
    ----------
    Blattberg & Deighton (1996), Manage marketing by the customer equity test, HBR 74(4), 136-144 (from memory).
    """
    from scipy.optimize import minimize

    problem = "budget, prospects, customers and margin must be above 0"
    refuse_if(not min(budget, prospects, customers, margin) > 0, problem)
    refuse_if(retain.ceiling > 1 or acquire.ceiling > 1, "a share cannot exceed 1", column="ceiling")
    facts = {"budget": budget, "acquire": acquire, "enhance": enhance, "retain": retain, "prospects": prospects,
             "customers": customers, "margin": margin, "discount_rate": discount_rate}  # fmt: skip
    grid = np.array([(a, e, 20 - a - e) for a in range(21) for e in range(21 - a)]) / 20
    start = grid[customer_equity(grid, **facts).argmax()]  # the curves need not make one hill: begin on the highest one
    scale, rule = abs(customer_equity(start, **facts)) + 1, {"type": "eq", "fun": lambda x: x.sum() - 1}
    found = minimize(lambda x: -customer_equity(x, **facts) / scale, start, bounds=[(0, 1)] * 3, constraints=rule,
                     method="SLSQP", options={"ftol": 1e-12})  # fmt: skip
    x = np.clip(found.x, 0, 1)
    rates = acquire.at(x[0] * budget / prospects), enhance.at(x[1] * budget / customers)
    rates = dict(zip(["won", "lift", "retained"], [*rates, retain.at(x[2] * budget / customers)]))
    equity = {"equity": customer_equity(x, **facts)}
    return pd.Series(dict(zip(["acquire", "enhance", "retain"], x)) | rates | equity).astype(float)


def elasticities(*, customers, margin, retention, discount_rate, new=0.0, acquisition_cost=0.0, years=10, change=0.01):
    r"""By how many percent the value of the customer base rises when each lever improves by `change`.

    The value is :math:`C\,m\,M + \sum_{k=1}^{years} n (m\,M - c)/(1 + i)^k` with the margin multiple
    :math:`M = r/(1 + i - r)`, `n` customers won a year at cost `c`.

    Parameters
    ----------
    customers, new : float
        Now, and won a year.
    margin, acquisition_cost : float
        Of a customer a year; of winning one.
    retention, discount_rate : float
        A year.
    years : int
        Years in which customers are won.
    change : float
        Improvement as a share: 0.01 is 1 % (of the lever, not one point); costs and discount rate fall by it.

    Returns
    -------
    Series
        retention, margin, acquisition_cost, discount_rate: percent of value for each percent of improvement.

    References
    ----------
    Gupta, Lehmann & Stuart (2004), Valuing customers, J. Marketing Research 41(1), 7-18 (abstract read: 5, 1 and 0.1 %
    in five firms); they model growth by a curve, here the same number is won each year. Without new customers the
    retention elasticity tends to (1 + i)/(1 + i − r), the duration of a customer (Pfeifer & Farris 2004, abstract).
    """
    share(retention, "retention")
    facts = {"retention": retention, "margin": margin, "acquisition_cost": acquisition_cost,
             "discount_rate": discount_rate}  # fmt: skip

    def value(retention, margin, acquisition_cost, discount_rate):
        worth = margin * retention / (1 + discount_rate - retention)
        wait = ((1 + discount_rate) ** -np.arange(1.0, whole(years, "years", 0) + 1)).sum()
        return customers * worth + new * wait * (worth - acquisition_cost)

    base = value(**facts)
    refuse_if(not base > 0, f"the customer base is worth {base:,.4g}", advice="elasticities need a value above 0")
    sign = {"acquisition_cost": -1, "discount_rate": -1}
    better = {name: value(**facts | {name: now * (1 + sign.get(name, 1) * change)}) for name, now in facts.items()}
    return (pd.Series(better) / base - 1) / change


class KalakotaPolicy:
    """What a manager would do who believed in acquire, enhance and retain alone.

    From the model: every customer is in one phase, and the phase says what to send. Acquire, by differentiation and
    innovation: those who first bought in the last 13 weeks hear of new things ("discovery"). Enhance, by bundling:
    those who buy again but spend little hear of sets ("gift"). Retain, by adaptability and listening: good customers,
    and those at risk, hear of what they themselves buy most. Who is lost is let go.

    Our choices: the phases' rules (as in `phases`, counted back from today; good is the median spend a quarter of
    repeat buyers in the first week); one letter to a record in 13 weeks; retain leads, so with a budget good
    customers come first, then those at risk, enhance and acquire. A record is a customer: the model has no step that
    identifies. No coupons (its levers are product, bundle and service, not price) and no apologies: a service desk's
    record is linked to no phase.
    """

    def __init__(self):
        self._who, self._good = np.zeros((0, 4 + len(NEEDS))), 0.0  # first, last, sent (weeks), spend, goods by theme

    def decide(self, view):
        ids = pd.Index(view.records["record_id"].to_numpy(object))
        blank = np.tile([1e3, -1e3, -1e3] + [0.0] * (1 + len(NEEDS)), (len(ids) - len(self._who), 1))
        who = self._who = np.vstack([self._who, blank])  # new records come last
        orders, lines = view.orders, view.order_lines
        buyer = ids.get_indexer(orders["record_id"].to_numpy(object, na_value=None))
        place = pd.Index(orders["order_id"].to_numpy(object)).get_indexer(lines["order_id"].to_numpy(object))
        theme = pd.Index(NEEDS).get_indexer(lines["category"].map(THEME))
        known, told = buyer >= 0, (buyer[place] >= 0) & (theme >= 0)
        week = ((orders["order_date"] - START).dt.days // 7).to_numpy()[known]
        np.minimum.at(who[:, 0], buyer[known], week)
        np.maximum.at(who[:, 1], buyer[known], week)
        np.add.at(who[:, 3], buyer[known], orders["amount"].to_numpy()[known])
        np.add.at(who, (buyer[place][told], 4 + theme[told]), 1)
        age, quiet, since, pace = *(view.week - who[:, :3]).T, who[:, 3] / np.maximum((view.week - who[:, 0]) / 13, 1)
        again = (age > 13) & (quiet <= 13)
        self._good = np.median(pace[again]) if view.first and again.any() else self._good
        rank = np.select([quiet > 26, quiet > 13, age <= 13, pace < self._good], [9, 1, 3, 2], 0)
        able = view.records["consent"].to_numpy() & (view.records["system"] != "service").to_numpy()
        rows = np.flatnonzero(able & (rank < 9) & (since >= 13))
        rows = rows[np.argsort(rank[rows], kind="stable")]
        if view.budget is not None:
            cost = np.where(view.records["system"].to_numpy(object)[rows] == "club", 0.6, 0.2)
            rows = rows[cost.cumsum() <= view.budget]
        who[rows, 2] = view.week
        own = np.array(NEEDS, object)[who[rows, 4:].argmax(axis=1)]
        theme = np.select([rank[rows] == 3, rank[rows] == 2], ["discovery", "gift"], own)
        return Actions(pd.DataFrame({"record_id": ids[rows], "theme": theme}))
