"""Is a score any good? Decile tables, gain curves and lift in a holdout."""

import numpy as np
import pandas as pd

from .._guards import refuse_if, share, whole
from ._inputs import _aligned, _numbers, _total

__all__ = ["decile_table", "holdout_gains", "holdout_lift"]


def decile_table(score, outcome=None, *, n_groups=10):
    """Customers in groups of equal size from the highest score to the lowest, and what each group brought.

    Parameters
    ----------
    score : array-like (customers,)
        What they are sorted by; the higher, the better.
    outcome : array-like (customers,), optional
        What is counted; Series are matched by index. Default: the score itself.
    n_groups : int

    Returns
    -------
    DataFrame indexed by decile (1 = best)
        customers, total, mean, share, cumulative_share, lift (mean of the group / mean of all). Where customers tie
        across a boundary each counts as the mean of the tie: the table that random order gives on average.
    """
    n_groups = whole(n_groups, "n_groups", 2)
    rank = _numbers(score, "score")
    value = rank if outcome is None else _aligned(outcome, getattr(score, "index", None), len(rank))
    total = _total(value, "outcome")
    refuse_if(len(rank) < n_groups, f"{len(rank)} customers cannot fill {n_groups} groups")
    value = pd.Series(value).groupby(rank).transform("mean").to_numpy()[np.argsort(-rank, kind="stable")]
    edges = np.arange(n_groups + 1) * len(rank) // n_groups
    size, held = np.diff(edges), np.add.reduceat(value, edges[:-1])
    table = {"customers": size, "total": held, "mean": held / size, "share": held / total,
             "cumulative_share": np.cumsum(held / total), "lift": held / size / (total / len(rank))}  # fmt: skip
    return pd.DataFrame(table, index=pd.RangeIndex(1, n_groups + 1, name="decile"))


class _Gain:
    """Share of the outcome held by the best scored; ties are taken at random, so the curve is linear inside a tie."""

    def __init__(self, score, value):
        self.order = np.argsort(-score, kind="stable")
        ranked = score[self.order]
        self.starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
        self.value = value[self.order]

    def __call__(self, depth, weight=None):
        weight = np.ones(len(self.value)) if weight is None else weight[self.order]
        people = np.r_[0, np.cumsum(np.add.reduceat(weight, self.starts))]
        held = np.r_[0, np.cumsum(np.add.reduceat(weight * self.value, self.starts))]
        return np.interp(np.asarray(depth) * people[-1], people, held) / (held[-1] or np.nan)


def _gains(score, outcome):
    name = "score" if getattr(score, "name", None) is None else score.name
    one = {name: score if isinstance(score, pd.Series) else np.ravel(score)}
    scores = pd.DataFrame(score if isinstance(score, (pd.DataFrame, dict)) else one)
    refuse_if(not scores.shape[1], "there is no score: the frame has no column")
    by_index = (
        isinstance(score, (pd.DataFrame, pd.Series)) or isinstance(score, dict) and isinstance(outcome, pd.Series)
    )
    value = _aligned(outcome, scores.index if by_index else None, len(scores))
    refuse_if(
        value < 0, "outcome is negative", advice="clip it at 0, or use `decile_table`, which takes negative values"
    )
    _total(value, "outcome")
    curves = {str(name): _Gain(_numbers(scores[name], str(name)), value) for name in scores.columns}
    curves["perfect foresight"] = _Gain(value, value)
    return curves, len(value)


def holdout_gains(score, outcome, *, points=101):
    """Share of the holdout's outcome reached by the best-scored share of customers, for every depth.

    Parameters
    ----------
    score : Series, DataFrame (a column a score), dict of arrays or array (customers,)
        Scores made from calibration data only; the higher, the better.
    outcome : array-like (customers,)
        What the same customers brought in the holdout, 0 or more; Series are matched by index.
    points : int
        Depths from 0 to 1.

    Returns
    -------
    DataFrame
        share_of_customers, a column a score, "perfect foresight" (sorted by the outcome itself) and "chance".
    """
    curves, _ = _gains(score, outcome)
    grid = np.linspace(0, 1, whole(points, "points", 2))
    columns = {name: curve(grid) for name, curve in curves.items()}
    return pd.DataFrame({"share_of_customers": grid, **columns, "chance": grid})


def holdout_lift(score, outcome, *, top=0.2, level=0.95, replications=1000, seed=0):
    """Is a score any good? Lift of the customers it puts on top, counted in a holdout.

    Parameters
    ----------
    score, outcome
        As in `holdout_gains`.
    top : float
        Depth: the best-scored share of customers.
    level : float
        Of the intervals: percentiles of a bootstrap over customers, the scores held fixed; the same customers are drawn
        for all scores, so their differences are paired.
    replications : int
    seed : int or numpy Generator

    Returns
    -------
    DataFrame, a row a score, then "perfect foresight" and "chance"
        share : share of the outcome that the top holds
        lift, low, high : share / `top`, with its interval
        of_possible : (lift - 1) / (lift of perfect foresight - 1)
        difference, difference_low, difference_high : lift minus the lift of the *first* score
    """
    top, level = share(top, "top"), share(level, "level")
    replications = whole(replications, "replications", 1)
    curves, n = _gains(score, outcome)
    rng = np.random.default_rng(seed)
    lift = np.array([curve(top) for curve in curves.values()]) / top
    draws = np.empty((replications, len(lift)))
    for i in range(replications):
        weight = np.bincount(rng.integers(n, size=n), minlength=n)
        draws[i] = [curve(top, weight) / top for curve in curves.values()]
    tail, room = [(1 - level) / 2, (1 + level) / 2], lift[-1] - 1
    low, high = np.nanquantile(draws, tail, axis=0)
    d_low, d_high = np.nanquantile(draws - draws[:, :1], tail, axis=0)
    table = {"share": lift * top, "lift": lift, "low": low, "high": high,
             "of_possible": (lift - 1) / room if room > 0 else np.nan, "difference": lift - lift[0],
             "difference_low": d_low, "difference_high": d_high}  # fmt: skip
    table = pd.DataFrame(table, index=pd.Index(curves, name="score"))
    table.loc["chance", ["share", "lift", "low", "high", "of_possible"]] = [top, 1.0, 1.0, 1.0, 0.0]
    return table
