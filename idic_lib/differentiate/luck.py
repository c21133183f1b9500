"""The luck line: what identical customers, or customers who do not change, would show."""

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd

from .._guards import refuse_if, whole
from ._inputs import _numbers, _total
from .history import _coded_orders, _date
from .value import _MEASURES, _concentration, _group_codes, _lorenz

__all__ = ["LuckLine", "LuckMigration", "luck_line", "luck_migration", "migration_table"]


def _identical_counts(n_orders, n_customers, at_least_one, rng):
    """Orders per customer when `n_orders` fall on identical customers."""
    if not at_least_one:
        return np.bincount(rng.integers(n_customers, size=n_orders), minlength=n_customers)
    # Equal chances given that nobody is left out: zero-truncated Poisson with this mean, then set to the exact sum.
    mean = n_orders / n_customers
    if mean == 1:
        return np.ones(n_customers, dtype=np.int64)
    from scipy.optimize import brentq

    rate = brentq(lambda x: x / -np.expm1(-x) - mean, 1e-12, mean)
    # A truncated count is 1 + the events after the first one, whose time is exponential within the unit interval.
    wait = -np.log1p(rng.random(n_customers) * np.expm1(-rate)) / rate
    counts = 1 + rng.poisson(rate * (1 - wait))
    surplus = int(counts.sum()) - n_orders
    if surplus > 0:
        spare = np.repeat(np.arange(n_customers), counts - 1)
        counts -= np.bincount(rng.choice(spare, surplus, replace=False), minlength=n_customers)
    elif surplus < 0:
        counts += np.bincount(rng.integers(n_customers, size=-surplus), minlength=n_customers)
    return counts


def _band(draws):
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    return {"mean": draws.mean(axis=0), "low": low, "high": high}


@dataclass(frozen=True, repr=False)
class LuckLine:
    """What identical customers would show; see `luck_line`.

    Attributes
    ----------
    shares : DataFrame
        Rows top_1 … gini as in `concentration`; mean over the replications and the 5-95 % band (low, high).
    lorenz : DataFrame
        share_of_customers; mean, low, high of the share of value, as in `lorenz_points`.
    n_customers, n_orders, replications : int
    """

    shares: pd.DataFrame
    lorenz: pd.DataFrame
    n_customers: int
    n_orders: int
    replications: int

    def __repr__(self):
        head = f"{self.n_orders:,} orders dealt to {self.n_customers:,} identical customers, {self.replications} times"
        return f"{head}\n{self.shares.round(4).to_string()}"


def luck_line(orders, n_customers=None, *, at_least_one=True, replications=200, points=101, seed=0):
    """Concentration among *identical* customers: the firm's own orders dealt at random.

    Every order goes to a customer by lot, all customers alike; each amount is used once. What the observed curve shows
    beyond this line is difference between customers; what it shares with it is chance.

    Parameters
    ----------
    orders : dataframe of any engine, or array-like of amounts
        Columns as for `purchase_history` (the customer's name then only counts customers), or one amount per order.
    n_customers : int, optional
        Customers among whom the orders are dealt; needed for amounts. Default for a frame: its customers.
    at_least_one : bool
        True: each customer bought at least once, as everybody in an orders file has (counts are zero-truncated
        Poisson). False: some may get none, for a base that lists non-buyers too.
    replications : int
    points : int
        Points of the Lorenz curve.
    seed : int or numpy Generator

    Returns
    -------
    LuckLine
        `.shares`, `.lorenz`: mean and 5-95 % band.

    Examples
    --------
    Five orders a year each, all worth the same: the top fifth of identical customers holds a third of them.

    >>> luck_line(np.ones(50_000), 10_000, at_least_one=False, replications=5).shares["mean"].round(2)["top_20"]
    np.float64(0.33)
    """
    if isinstance(nw.from_native(orders, pass_through=True), (nw.DataFrame, nw.LazyFrame)):
        codes, _, amounts, n = _coded_orders(orders)
        n_customers = n if n_customers is None else n_customers
    else:
        amounts = _numbers(orders, "amounts", negative=False)
        refuse_if(n_customers is None, "amounts alone do not say how many customers there are: give n_customers=…")
    n_customers = whole(n_customers, "n_customers", 1)
    refuse_if(at_least_one and n_customers > len(amounts), f"{len(amounts):,} orders cannot give each of "
              f"{n_customers:,} customers one", advice="set at_least_one=False")  # fmt: skip
    _total(amounts, "amount")
    replications, grid = whole(replications, "replications", 1), np.linspace(0, 1, whole(points, "points", 2))
    rng = np.random.default_rng(seed)
    shares, curves = np.empty((replications, len(_MEASURES))), np.empty((replications, len(grid)))
    for i in range(replications):
        counts = _identical_counts(len(amounts), n_customers, at_least_one, rng)
        held = np.bincount(np.repeat(np.arange(n_customers), counts), rng.permutation(amounts), n_customers)
        held.sort()
        shares[i], curves[i] = _concentration(held), _lorenz(held, grid)
    lorenz = pd.DataFrame({"share_of_customers": grid, **_band(curves)})
    return LuckLine(pd.DataFrame(_band(shares), index=_MEASURES), lorenz, n_customers, len(amounts), replications)


def migration_table(before, after):
    """Customers by group before (rows) and after (columns).

    Parameters
    ----------
    before, after : Series of groups (customers,)
        As from `value_groups`, `rfm_scores` or `value_tiers`; matched by index, both with the same customers.

    Returns
    -------
    DataFrame of counts; every group of either side has a row and a column.
    """
    refuse_if({type(before), type(after)} != {pd.Series}, "before and after must be Series indexed by customer")
    same = not before.index.has_duplicates and set(before.index) == set(after.index) and len(before) == len(after)
    advice = 'reindex both to all customers and give the absent their own group, as "none" of `value_groups`'
    refuse_if(not same, f"before has {len(before):,} customers, after {len(after):,}, and they are not the same, each "
              "once", advice=advice)  # fmt: skip
    both = pd.DataFrame({"before": before, "after": after.reindex(before.index)})
    refuse_if(both.isna().any(axis=1), "a customer has no group", rows=both)
    categorical = isinstance(before.dtype, pd.CategoricalDtype)
    groups = list(before.cat.categories) if categorical else sorted(set(before) | set(after))
    table = pd.crosstab(both["before"].astype(object), both["after"].astype(object))
    return table.reindex(index=groups, columns=groups, fill_value=0).rename_axis(index="before", columns="after")


@dataclass(frozen=True, repr=False)
class LuckMigration:
    """Observed migration beside two worlds in which no customer changed; see `luck_migration`.

    Attributes
    ----------
    observed, identical, stable : DataFrame
        Customers by group before (rows) and after (columns); the two luck tables are means over the replications.
    summary : DataFrame
        Rows: stayed, moved_up, moved_down (shares of all customers), top_stayed (share of the best group before that is
        best after). Columns: observed; identical and stable, each with its 5-95 % band (_low, _high).
    """

    observed: pd.DataFrame
    identical: pd.DataFrame
    stable: pd.DataFrame
    summary: pd.DataFrame

    def __repr__(self):
        return f"migration between two periods, observed and by luck\n{self.summary.round(3).to_string()}"


def luck_migration(orders, *, split, n_groups=4, at_least_one=True, replications=200, seed=0):
    """How much migration between value groups would chance alone show?

    Customers are grouped by spend before and from `split` on (`value_groups`: "none", then `n_groups` equal groups
    among those who spent). Beside the observed table stand two in which *nobody changed*:

    - *identical*: all orders are dealt at random to identical customers, each order keeping its period;
    - *stable*: customers differ, but each keeps their own rate: each customer's own orders fall into the two periods at
      random, with the chance that an order of the firm has (so growth and season of the firm stay). This is the exact
      distribution given each customer's orders if their rate did not change; its movement is regression to the mean.

    Parameters
    ----------
    orders : dataframe of any engine
        Columns as for `purchase_history`. Cut it to two periods of equal length first.
    split : date-like
        First day of the second period.
    n_groups : int
    at_least_one : bool
        As in `luck_line`, for the identical customers over both periods together.
    replications : int
    seed : int or numpy Generator

    Returns
    -------
    LuckMigration
        `.observed`, `.identical`, `.stable`, `.summary`.

    Notes
    -----
    A customer who came during the first period had less time in it; the *stable* world does not know that, so let the
    observation begin with customers who are already there, or read "moved up" with care.
    """
    n_groups, replications = whole(n_groups, "n_groups", 2), whole(replications, "replications", 1)
    codes, dates, amounts, n = _coded_orders(orders)
    late = dates >= np.datetime64(_date(split, "split"), "D")
    refuse_if(late.all() or not late.any(), f"split={split!r} leaves no order in one of the two periods",
              allowed=f"after {dates.min()} and not after {dates.max()}")  # fmt: skip
    rng, size = np.random.default_rng(seed), n_groups + 1

    def table(who, when):
        first, second = (_group_codes(np.bincount(who[half], amounts[half], n), n_groups) for half in (~when, when))
        return np.bincount(first * size + second, minlength=size * size).reshape(size, size)

    def measures(counts):
        up, down = (np.triu(counts, 1).sum() / n, np.tril(counts, -1).sum() / n)
        return [1 - up - down, up, down, counts[-1, -1] / max(counts[-1].sum(), 1)]

    observed = table(codes, late)
    draws = {"identical": [], "stable": []}
    everyone, chance = np.arange(n), late.mean()
    for _ in range(replications):
        dealt = np.repeat(everyone, _identical_counts(len(codes), n, at_least_one, rng))
        draws["identical"].append(table(rng.permutation(dealt), late))
        draws["stable"].append(table(codes, rng.random(len(codes)) < chance))
    labels = pd.Index(["none", *map(str, range(1, size))])
    sides = {"index": labels.rename("before"), "columns": labels.rename("after")}
    summary = pd.DataFrame({"observed": measures(observed)}, index=["stayed", "moved_up", "moved_down", "top_stayed"])
    for name, tables in draws.items():
        for end, values in _band(np.array([measures(t) for t in tables])).items():
            summary[name if end == "mean" else f"{name}_{end}"] = values
    identical, stable = (pd.DataFrame(np.mean(tables, axis=0), **sides) for tables in draws.values())
    return LuckMigration(pd.DataFrame(observed, **sides), identical, stable, summary)
