"""Buttle: stages of a relationship inferred from purchases, who forgives a failure, and the value chain as a checklist.

The stages are those of F. R. Dwyer, P. H. Schurr and S. Oh (1987), "Developing Buyer-Seller Relationships", *Journal of
Marketing* 51(2), 11–27, which Buttle's textbook takes over: awareness (nothing bought yet, so not in any panel of
purchases), exploration, expansion, commitment, dissolution. The value chain is that of F. Buttle (2004), *Customer
Relationship Management: Concepts and Tools*. How they are measured here is our choice and stated with each function.
"""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from .._guards import refuse_if, share, whole
from ..errors import ConvergenceWarning
from ..firm import NEEDS, Actions
from ..identify import assign_customers, recover_orders
from ._shared import GOODS, THEME

__all__ = ["BY_RATE", "ButtlePolicy", "HiddenMarkov", "STAGES", "follow_up", "purchase_panel", "recency_stage",
           "value_chain"]  # fmt: skip

STAGES = ["exploration", "expansion", "commitment", "dissolution"]
#: The naming rule of `HiddenMarkov`: the state in which people buy least is called dissolution, and so on upwards.
BY_RATE = ["dissolution", "exploration", "expansion", "commitment"]


def _known(orders, *more, end=None):
    """Orders of known customers up to `end`, and that day."""
    columns = ["customer_id", "order_date", *more]
    refuse_if(not isinstance(orders, pd.DataFrame), "orders is no pandas frame")
    lost = [name for name in columns if name not in orders]
    refuse_if(lost, f"orders lack the column(s) {', '.join(lost)}", allowed=", ".join(columns),
              advice="put orders to customers with `identify.assign_customers(orders, links)`")  # fmt: skip
    end = orders["order_date"].max().normalize() if end is None else pd.Timestamp(end)
    orders = orders[orders["customer_id"].notna() & (orders["order_date"] < end + pd.Timedelta(days=1))]
    refuse_if(not len(orders), "no order of a known customer is left", column="customer_id")
    return orders.assign(day=orders["order_date"].dt.normalize()), end


def purchase_panel(orders, *, weeks=4, start=None, end=None):
    """Count the purchase days of each customer in periods of equal length.

    Parameters
    ----------
    orders : DataFrame
        `customer_id` (missing: left out) and `order_date`.
    weeks : int
        Length of a period.
    start, end : date, optional
        First and last day; None: those of the orders. Periods count backwards from `end`, so that the last one is full;
        days at the beginning that fill no period are left out.

    Returns
    -------
    DataFrame
        One row a customer, one column a period (named by its last day), floats. Missing up to and with the period of
        the first purchase: only the periods after it are fully at risk of a *repeat* purchase.

    Raises
    ------
    DataError
        If a column is missing or no period fits in.
    """
    orders, end = _known(orders, end=end)
    start = orders["day"].min() if start is None else pd.Timestamp(start)
    n = ((end - start).days + 1) // (7 * whole(weeks, "weeks", 1))
    refuse_if(n < 1, f"from {start:%Y-%m-%d} to {end:%Y-%m-%d} there is no period of {weeks} weeks")
    days = orders[["customer_id", "day"]].drop_duplicates()
    days["period"] = n - 1 - (end - days["day"]).dt.days // (7 * weeks)
    panel = days.groupby(["customer_id", "period"]).size().unstack(fill_value=0)
    first = days.groupby("customer_id")["period"].min().to_numpy()
    panel = panel.reindex(columns=range(n), fill_value=0).astype(float).mask(np.arange(n) <= first[:, None])
    return panel.set_axis(pd.DatetimeIndex([end - pd.Timedelta(weeks=weeks * (n - 1 - k)) for k in range(n)]), axis=1)


class HiddenMarkov:
    """Hidden Markov model of purchase counts: in each hidden state people buy at the state's Poisson rate.

    All customers share start, transitions and rates. Fitted by Baum and Welch's algorithm (EM), in scaled form; see
    L. R. Rabiner (1989), "A Tutorial on Hidden Markov Models and Selected Applications in Speech Recognition",
    *Proceedings of the IEEE* 77(2), 257–286.

    Parameters
    ----------
    states : sequence of str
        Names of the states, given in the order of their fitted rates: the first name goes to the lowest rate.
    restarts : int
        Random starts; each climbs for 20 steps, the best one climbs on.
    max_iter : int
        Most steps of the last climb.
    tolerance : float
        It ends when a step gains less than this share of the log-likelihood.
    seed : int or Generator

    Attributes
    ----------
    start_, rates_ : Series by state
        Chance to begin in it; purchases in a period (times exposure).
    transitions_ : DataFrame
        From the state of the row to that of the column, one period later.
    log_likelihood_, n_iter_, converged_
        Summed over customers; steps of the last climb; did it end by `tolerance`.
    restarts_ : list
        Log-likelihood of each start after its 20 steps.
    """

    def __init__(self, states=BY_RATE, *, restarts=5, max_iter=1000, tolerance=1e-7, seed=0):
        self.states, self.restarts = list(states), whole(restarts, "restarts", 1)
        refuse_if(len(set(self.states)) < max(2, len(self.states)), f"states={self.states}: two or more names differ")
        self.max_iter, self.tolerance, self.seed = whole(max_iter, "max_iter", 1), share(tolerance, "tolerance"), seed

    @classmethod
    def from_params(cls, start, transitions, rates):
        """A model with known parameters, in this order of states: three frames or arrays, names from a Series."""
        model = cls(list(rates.index) if isinstance(rates, pd.Series) else [f"state {k}" for k in range(len(rates))])
        start, move, rates = (np.asarray(values, float) for values in (start, transitions, rates))
        sums = [start.sum(), *np.atleast_2d(move).sum(axis=1)]
        bad = not np.allclose(sums, 1) or min(start.min(), move.min()) < 0 or rates.min() <= 0
        refuse_if(bad, "start and each row of transitions are chances that add up to 1, rates lie above 0")
        model._keep({"start": start, "move": move, "rates": rates, "value": np.nan})
        return model

    def fit(self, panel, *, exposure=None):
        """Fit to a panel.

        Parameters
        ----------
        panel : DataFrame
            As from `purchase_panel`: whole numbers from 0 on, missing where a customer was not observed. A customer's
            chain begins with the first period observed.
        exposure : array or DataFrame of the same shape, optional
            The rate of a cell is its exposure times that of the state; 1 where not given.

        Raises
        ------
        DataError
            If the panel holds anything else.

        Warns
        -----
        ConvergenceWarning
            If the climb was cut off, or a state holds less than 1 % of all periods.
        """
        counts, first, exposure = _cells(panel, exposure)
        seen = ~np.isnan(counts)
        refuse_if(not seen.any(), "the panel holds no count at all", advice="take a longer time or shorter periods")
        rng, k = np.random.default_rng(self.seed), len(self.states)
        mean = max(counts[seen].sum(), 1) / exposure[seen].sum()
        climbs = []
        for _ in range(self.restarts):
            move = 0.8 * np.eye(k) + 0.2 * rng.dirichlet(np.ones(k), k)
            rates = mean * np.linspace(0.2, 2.5, k) * np.exp(rng.normal(0, 0.3, k))
            begin = {"start": rng.dirichlet(np.full(k, 5.0)), "move": move, "rates": rates, "value": -np.inf}
            climbs.append(self._climb(begin, counts, first, exposure, 20)[0])
        self.restarts_ = [float(found["value"]) for found in climbs]
        best = max(climbs, key=lambda found: found["value"])
        best, self.n_iter_, self.converged_ = self._climb(best, counts, first, exposure, self.max_iter)
        order = np.argsort(best["rates"], kind="stable")
        best |= {"start": best["start"][order], "move": best["move"][np.ix_(order, order)]}
        self._keep(best | {"rates": best["rates"][order]})
        held = pd.Series(best["held"][order] / best["held"].sum(), self.states)
        rare = held.index[held < 0.01]
        doubt = [] if self.converged_ else [f"still climbing after {self.max_iter} steps: raise max_iter"]
        doubt += [f"{name} holds {held[name]:.1%} of the periods: try fewer states" for name in rare]
        if doubt:
            warnings.warn(f"HiddenMarkov: {'; '.join(doubt)}.", ConvergenceWarning, stacklevel=2)
        return self

    def _keep(self, found):
        self.start_, self.rates_ = (pd.Series(found[name], self.states, name=name) for name in ("start", "rates"))
        self.transitions_ = pd.DataFrame(found["move"], self.states, self.states)
        self.log_likelihood_ = float(found["value"])

    def _climb(self, now, counts, first, exposure, steps):
        """Baum and Welch's steps: expected states under the parameters of now, then the parameters that fit them."""
        seen, who = ~np.isnan(counts), np.flatnonzero(first < len(counts))
        filled, at_risk = np.where(seen, counts, 0.0), exposure * seen
        for step in range(1, steps + 1):  # noqa: B007 (it is given back)
            state, moves, value = _expect(now, counts, first, exposure)
            done = value - now["value"] < self.tolerance * abs(value)
            rates = np.einsum("tn,tkn->k", filled, state) / np.einsum("tn,tkn->k", at_risk, state)
            begin = state[first[who], :, who].sum(axis=0)
            now = {"start": begin / begin.sum(), "move": moves / moves.sum(axis=1, keepdims=True), "value": value,
                   "rates": np.maximum(rates, 1e-9), "held": np.einsum("tn,tkn->k", seen, state)}  # fmt: skip
            if done:
                break
        return now, step, bool(done)

    def probabilities(self, panel, *, exposure=None, smooth=True, period=-1):
        """Chance of each state in one period, by customer.

        Parameters
        ----------
        panel, exposure
            As in `fit`; other customers too.
        smooth : bool
            True: given all periods; False: given those up to this one only (the forward algorithm), what a firm could
            have known then.
        period : int
            Place of the period; -1: the last one.

        Returns
        -------
        DataFrame
            A row a customer. Before the first period observed: the start.
        """
        return pd.DataFrame(self._states(panel, exposure, smooth)[period].T, panel.index, self.states)

    def stages(self, panel, *, exposure=None, smooth=True):
        """The likeliest state of each customer in each period: DataFrame like `panel`, missing before the first one."""
        names = np.array(self.states, object)[self._states(panel, exposure, smooth).argmax(axis=1).T]
        begun = panel.notna().cummax(axis=1)
        return pd.DataFrame(names, panel.index, panel.columns).where(begun)

    def _states(self, panel, exposure, smooth):
        refuse_if(not hasattr(self, "rates_"), "this model has no parameters yet", advice="call `fit(panel)` first")
        now = {"start": self.start_.to_numpy(), "move": self.transitions_.to_numpy(), "rates": self.rates_.to_numpy()}
        return _expect(now, *_cells(panel, exposure), smooth)[0]


def _cells(panel, exposure):
    """Counts (period, customer), each customer's first period observed, and exposure."""
    refuse_if(not isinstance(panel, pd.DataFrame), "the panel is no pandas frame", advice="use `purchase_panel`")
    counts = panel.to_numpy(float, na_value=np.nan).T
    with np.errstate(invalid="ignore"):
        bad = (counts < 0) | (counts % 1 != 0) & ~np.isnan(counts)
    refuse_if(bad.any(axis=0), "not a count", rows=panel, allowed="whole numbers from 0 on, or missing")
    exposure = np.ones_like(counts) if exposure is None else np.asarray(exposure, float).T
    problem = "exposure has another shape than the panel, or is not above 0"
    refuse_if(exposure.shape != counts.shape or not (exposure > 0).all(), problem)
    seen = ~np.isnan(counts)
    return counts, np.where(seen.any(axis=0), seen.argmax(axis=0), len(counts)), exposure


def _expect(now, counts, first, exposure, smooth=True):
    """Forward and backward: chance of states (period, state, customer), expected moves, log-likelihood (Rabiner, V.A).

    Scaled: each forward step is divided by its sum, the chance of the count given those before it.
    """
    from scipy.special import gammaln

    seen, filled = ~np.isnan(counts), np.nan_to_num(counts)
    begun, rates = (np.arange(len(counts))[:, None] > first)[:, None], now["rates"][:, None]
    chance = filled[:, None] * np.log(rates)
    chance -= exposure[:, None] * rates
    top = chance.max(axis=1)  # far out all chances round to 0; only their ratios matter
    chance -= top[:, None]
    np.exp(chance, out=chance)
    chance[np.broadcast_to(~seen[:, None], chance.shape)] = 1.0
    forward, scale = np.empty_like(chance), np.empty_like(counts)
    for t, step in enumerate(forward):
        start = now["start"][:, None]
        np.multiply(np.where(begun[t], now["move"].T @ forward[t - 1], start) if t else start, chance[t], out=step)
        step.sum(axis=0, out=scale[t])
        step /= scale[t]
    value = ((top + filled * np.log(exposure) - gammaln(filled + 1)) * seen).sum() + np.log(scale).sum()
    if not smooth:
        return forward, None, value
    chance /= scale[:, None]
    state, moves, after = forward.copy(), np.zeros_like(now["move"]), 1.0
    for t in range(len(chance) - 1, 0, -1):
        ahead = chance[t]
        ahead *= after
        ahead *= begun[t]
        moves += forward[t - 1] @ ahead.T
        after = np.where(begun[t], now["move"] @ ahead, 1.0)
        state[t - 1] *= after
    return state, moves * now["move"], value


def recency_stage(orders, *, end=None, gone=13, new=13, settled=39, few=3):
    """Stage of each customer on one day by a rule that needs no model.

    Parameters
    ----------
    orders : DataFrame
        `customer_id` (missing: left out) and `order_date`; later orders than `end` are left out.
    end : date, optional
        The day; None: the last one of the orders.
    gone : float
        Dissolution: the last purchase lies more than so many weeks back.
    new, few : float, int
        Else exploration: the first one lies at most `new` weeks back, or there were fewer than `few` purchase days.
    settled : float
        Else commitment if the first one lies more than so many weeks back, and expansion if not.

    Returns
    -------
    Series by customer_id
        One of `STAGES`. The limits are our choice.
    """
    orders, end = _known(orders, end=end)
    seen = orders.groupby("customer_id")["day"].agg(["min", "max", "nunique"])
    age, since = ((end - seen[name]).dt.days / 7 for name in ("min", "max"))
    rules = [since > gone, (age <= new) | (seen["nunique"] < few), age > settled]
    names = np.select(rules, ["dissolution", "exploration", "commitment"], "expansion")
    return pd.Series(names, seen.index, name="stage")


def follow_up(orders, cases, *, weeks=26, goods=GOODS):
    """What customers did in the weeks after an event.

    Parameters
    ----------
    orders : DataFrame
        `customer_id`, `order_date`, `amount` and, if the firm has it, `cost_to_serve` and `discount`.
    cases : DataFrame
        One row an event: `customer_id` and `opened_on` (its day, which is not counted).
    weeks : int
        Weeks that are counted. Cases later than that before the last order are not followed to the end and left out.
    goods : float
        Cost of goods as a share of the price before a discount.

    Returns
    -------
    DataFrame
        Those cases that were followed, on their index, with `orders` (number), `margin` (amount less goods and cost to
        serve, in the unit of `amount`) and `bought` (was there any order).
    """
    orders, end = _known(orders, "amount")
    weeks = pd.Timedelta(weeks=whole(weeks, "weeks", 1))
    cases = cases[(cases["opened_on"] + weeks <= end) & cases["customer_id"].notna()]
    full = orders["amount"] + orders.get("discount", 0)
    orders = orders.assign(margin=orders["amount"] - goods * full - orders.get("cost_to_serve", 0))
    both = cases[["customer_id", "opened_on"]].assign(case=np.arange(len(cases)))
    both = both.merge(orders[["customer_id", "day", "margin"]], on="customer_id")
    both = both[(both["day"] > both["opened_on"]) & (both["day"] <= both["opened_on"] + weeks)]
    found = both.groupby("case")["margin"].agg(["size", "sum"]).reindex(range(len(cases)), fill_value=0)
    return cases.assign(orders=found["size"].to_numpy(), margin=found["sum"].to_numpy(float),
                        bought=found["size"].to_numpy() > 0)  # fmt: skip


def value_chain(firm, links, *, targets=None):
    """Buttle's value chain as a checklist, with the firm's own numbers as evidence.

    Parameters
    ----------
    firm : Firm
        Its visible tables are read.
    links : Series by record_id
        From `identify.link_records(firm.records)`.
    targets : dict of str to float, optional
        For some links, what would satisfy us, instead of the column `target`. All targets are our choice.

    Returns
    -------
    DataFrame
        By `link`, primary stages before supporting conditions: `part`, `evidence` (in words), `value`, `target`,
        `verdict`: "reached", "not reached", or "no evidence" where no table of the firm speaks of it.

    Raises
    ------
    DataError
        If a target names no link.
    """
    table = pd.read_csv(Path(__file__).with_name("value_chain.csv"), index_col="link")
    unknown = set(targets or ()) - set(table.index)
    refuse_if(unknown, f"no link {', '.join(sorted(unknown))}", column="link", allowed=", ".join(table.index))
    orders = recover_orders(assign_customers(firm.orders, links))
    known, day = orders[orders["customer_id"].notna()], orders["order_date"]
    second = known["order_date"] >= day.min() + (day.max() - day.min()) / 2
    spend = known.groupby(["customer_id", second.rename("half")])["amount"].sum().unstack()
    early, both = spend[False].notna(), spend.notna().all(axis=1)
    answered = firm.answers.dropna(subset=["answer"])["record_id"].map(links)
    newsletters = firm.contacts[firm.contacts["campaign_id"].isna()]
    values = {"customer portfolio analysis": known["amount"].sum() / orders["amount"].sum(),
              "customer intimacy": spend.index.isin(answered).mean(),
              "value proposition": newsletters.groupby("contacted_on")["theme"].nunique().mean(),
              "life cycle: acquire": firm.records["source"].notna().mean(),
              "life cycle: retain": both.sum() / early.sum(),
              "life cycle: develop": spend.loc[both, True].sum() / spend.loc[both, False].sum(),
              "data and IT": links.nunique() / len(links), "people": firm.branches["staff_satisfaction"].mean(),
              "processes": (firm.tickets["resolved_hours"] <= 48).mean()}  # fmt: skip
    table = table.assign(
        value=pd.Series(values), target=pd.Series(targets, dtype=float).reindex(table.index).fillna(table["target"])
    )
    verdict = np.where(table["value"] >= table["target"], "reached", "not reached")
    table["verdict"] = np.where(table["value"].isna(), "no evidence", verdict)
    return table[["part", "evidence", "value", "target", "verdict"]]


class ButtlePolicy:
    """What a manager would do who believed Buttle alone: each stage of the relationship gets its own treatment.

    Stages are those of `recency_stage` with its own limits, by record. Exploration gets a letter every fourth week
    (build expectations), expansion every eighth (develop the customer), commitment every twelfth (keep, do not press).
    Dissolution gets one letter with a coupon, 13 to 17 weeks after the last order, if the customer was significant
    (five orders or more); afterwards the relationship may end. Complaints of customers in expansion and commitment get
    an apology. The strategically significant, with most orders, come first where a budget is short. Letters speak to
    the need whose goods were bought most. That treatment goes by stage and significance is the model's; how many
    letters, the limits, the coupon and the way to a theme are our choice.
    """

    def __init__(self):
        self._book = np.zeros((0, 9))  # by record: weeks of the first and last order, orders, goods by need

    def decide(self, view):
        first, last, orders, bought, ids, hurt = self._read(view)
        age, since = view.week - first, view.week - last
        stage = np.select([since > 13, (age <= 13) | (orders < 3), age > 39], [3, 0, 2], 1)
        dear = view.tickets["ticket_id"][(hurt >= 0) & np.isin(stage[hurt], [1, 2]) & (not view.first)]
        lost = (stage == 3) & (since <= 17) & (orders >= 5) & (view.week % 4 == 0)
        due = (lost | (stage < 3) & (view.week % (4 * (stage + 1)) == 0)) & (bought.max(axis=1) > 0)
        system = view.records["system"].to_numpy(object)
        who = np.flatnonzero(due & view.records["consent"].to_numpy(bool) & (system != "service"))
        who = who[np.argsort(-orders[who], kind="stable")]
        if view.budget is not None:
            who = who[np.where(system[who] == "club", 0.6, 0.2).cumsum() <= view.budget]
        theme = np.array(NEEDS, object)[bought[who].argmax(axis=1)]
        return Actions(pd.DataFrame({"record_id": ids[who], "theme": theme, "coupon": lost[who]}), tuple(dear))

    def _read(self, view):
        ids = pd.Index(view.records["record_id"].to_numpy(object))  # new records come last
        blank = np.tile([np.inf, -np.inf, *[0.0] * 7], (len(ids) - len(self._book), 1))
        self._book = book = np.append(self._book, blank, axis=0)
        owner = ids.get_indexer(view.orders["record_id"].to_numpy(object))
        week = view.week + (view.orders["order_date"] - view.today).dt.days.to_numpy() / 7
        known, number = owner >= 0, pd.Index(view.orders["order_id"].to_numpy(object))
        np.minimum.at(book[:, 0], owner[known], week[known])
        np.maximum.at(book[:, 1], owner[known], week[known])
        np.add.at(book[:, 2], owner[known], 1)
        line = number.get_indexer(view.order_lines["order_id"].to_numpy(object))
        need = pd.Index(NEEDS).get_indexer(view.order_lines["category"].map(THEME))
        good = (owner[line] >= 0) & (need >= 0)
        np.add.at(book, (owner[line[good]], 3 + need[good]), 1)
        hurt = owner[number.get_indexer(view.tickets["order_id"].to_numpy(object))]
        return book[:, 0], book[:, 1], book[:, 2], book[:, 3:], ids, hurt
