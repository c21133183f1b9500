"""One number per customer: RFM scores, groups, concentration, the five tiers."""

import numpy as np
import pandas as pd

from .._guards import refuse_if, share, to_pandas, whole
from ._inputs import _aligned, _numbers, _total

__all__ = ["concentration", "lorenz_points", "rfm_scores", "value_groups", "value_tiers"]

_TOP = (1, 5, 10, 20)


def _rank_groups(values, n_groups):
    """1 … n_groups: 1 + floor(n_groups x share of customers strictly below); equal values get equal groups."""
    below = np.searchsorted(np.sort(values), values, side="left")
    return 1 + n_groups * below // len(values)


def rfm_scores(history, n_bins=5, *, monetary="monetary_value"):
    """Recency, frequency and monetary scores from 1 (worst) to `n_bins` (best).

    Recency here is the time since the *last* purchase, ``T - recency`` of the history: the shorter, the better. A score
    is 1 + floor(`n_bins` x share of customers who are strictly worse), so equal values get equal scores, and where many
    customers tie (most bought once) some scores stay empty: no boundary is invented inside a tie.

    Parameters
    ----------
    history : DataFrame
        From `purchase_history`.
    n_bins : int
        2 to 9; 5 gives the usual quintiles.
    monetary : str
        Column for the monetary score. The history's `monetary_value` is 0.0 for those who bought once; join a column of
        total sales and name it here if you mean total spend.

    Returns
    -------
    DataFrame on the index of `history`
        recency_score, frequency_score, monetary_score (int) and `cell`, their digits as text ("555" is best).

    Examples
    --------
    >>> history = pd.DataFrame({"frequency": [0, 0, 1, 4], "recency": [0.0, 0.0, 2.0, 9.0], "T": [8.0, 3.0, 6.0, 9.5],
    ...                         "monetary_value": [0.0, 0.0, 30.0, 12.0]}, index=list("abcd"))
    >>> rfm_scores(history, n_bins=4)
       recency_score  frequency_score  monetary_score cell
    a              1                1               1  111
    b              3                1               1  311
    c              2                3               4  234
    d              4                4               3  443
    """
    n_bins, advice = whole(n_bins, "n_bins", 2), "make it with `purchase_history`"
    refuse_if(n_bins > 9, f"n_bins={n_bins} is above 9", allowed="2 to 9, so that each score is one digit of the cell")
    if not isinstance(history, pd.DataFrame):
        history = to_pandas(history, "history is not a dataframe", advice=advice).set_index("customer_id")
    missing = sorted({"frequency", "recency", "T", monetary} - set(history.columns))
    refuse_if(missing != [], f"history has no column {', '.join(missing)}", advice=advice)
    silence = _numbers(history["T"], "T") - _numbers(history["recency"], "recency")
    often, money = _numbers(history["frequency"], "frequency"), _numbers(history[monetary], monetary)
    values = {"recency_score": -silence, "frequency_score": often, "monetary_score": money}
    scores = pd.DataFrame({name: _rank_groups(v.round(9), n_bins) for name, v in values.items()}, index=history.index)
    return scores.assign(cell=(scores.to_numpy() @ [100, 10, 1]).astype(str))


def value_groups(values, n_groups=5):
    """Groups "none" (value 0) and "1" … "`n_groups`" (best) of equal size among those with a value above 0.

    Equal values get equal groups, as in `rfm_scores`. Returns a Series of ordered categories on the index of `values`.
    """
    n_groups = whole(n_groups, "n_groups", 2)
    array = _numbers(values, "values", negative=False)
    labels = ["none", *map(str, range(1, n_groups + 1))]
    groups = pd.Categorical.from_codes(_group_codes(array, n_groups), labels, ordered=True)
    return pd.Series(groups, index=values.index if isinstance(values, pd.Series) else None, name="group")


def _group_codes(values, n_groups):
    codes, active = np.zeros(len(values), dtype=np.int64), values > 0
    if active.any():
        codes[active] = _rank_groups(values[active], n_groups)
    return codes


def _concentration(ascending):
    """Top shares and Gini of an ascending array with a positive sum."""
    n, total = len(ascending), ascending.sum()
    held = [ascending[n - n * k // 100 :].sum() / total for k in _TOP]
    # Mean absolute difference in closed form (the O(n^2) double sum over pairs, sorted).
    gini = (2 * np.arange(1, n + 1) - n - 1) @ ascending / (n * total)
    return np.array([*held, max(gini, 0.0)])


_MEASURES = [*(f"top_{k}" for k in _TOP), "gini"]


def concentration(values):
    """How much of the value the largest customers hold.

    Parameters
    ----------
    values : array-like (customers,)
        Value per customer, 0 or more, in any unit: sales, orders, expected lifetime value.

    Returns
    -------
    Series
        top_1, top_5, top_10, top_20: share held by the floor(n k %) largest customers (0.0 while that is nobody);
        gini: 0 if all are equal, towards 1 if one holds all; sum |x_i - x_j| / (2 n sum x).

    See Also
    --------
    luck_line : what identical customers would show; no concentration says anything before it stands beside that line.
    """
    array = _numbers(values, "values", negative=False)
    _total(array, "values")
    return pd.Series(_concentration(np.sort(array)), index=_MEASURES, name="concentration")


def _lorenz(ascending, grid):
    held = np.r_[0.0, np.cumsum(ascending)]
    return np.interp(grid * len(ascending), np.arange(len(held)), held / held[-1])


def lorenz_points(values, *, points=101):
    """Lorenz curve: share of value held by the smallest customers.

    Parameters
    ----------
    values : array-like (customers,)
        As in `concentration`.
    points : int or None
        Points at even steps of the share of customers (the curve is linear between customers, so these are exact);
        None gives one point a customer.

    Returns
    -------
    DataFrame
        share_of_customers, share_of_value; from (0, 0) to (1, 1), smallest customers first.
    """
    array = _numbers(values, "values", negative=False)
    _total(array, "values")
    grid = np.linspace(0, 1, len(array) + 1 if points is None else whole(points, "points", 2))
    return pd.DataFrame({"share_of_customers": grid, "share_of_value": _lorenz(np.sort(array), grid)})


def value_tiers(actual, potential, *, value_above=None, growth_above=None, value_quantile=None, growth_quantile=None):
    """The five groups of Peppers & Rogers: actual value and room to grow (potential - actual).

    ==================  ======  ======  =================
    tier                value   growth  treatment
    ==================  ======  ======  =================
    most valuable       high    low     retain
    super-growth        high    high    retain and grow
    most growable       low     high    grow
    low-maintenance     low     low     automate
    below zero          < 0     any     mend, or let go
    ==================  ======  ======  =================

    Parameters
    ----------
    actual : array-like (customers,)
        Value on present expectation, in money.
    potential : array-like (customers,)
        The highest value within reach if the best were done for this customer; never below `actual`.
    value_above, growth_above : float
        *High* means strictly above this amount of money.
    value_quantile, growth_quantile : float
        Instead of an amount: the quantile of all customers that sets it (0.8: the best fifth is high, fewer if they
        tie). Each axis needs exactly one of the two; there is no hidden default.

    Returns
    -------
    DataFrame on the index of `actual`
        actual, potential, growth, tier (ordered category); the thresholds in money are in
        ``.attrs["thresholds"]`` as {"value": …, "growth": …}.

    Notes
    -----
    The book keeps "below zero" for customers who cannot be brought above zero whatever is done; here it is an actual
    value below zero. Compare `potential` before letting anyone go.
    """
    value = _numbers(actual, "actual")
    index = actual.index if isinstance(actual, pd.Series) else None
    best = _aligned(potential, index, len(value), ("actual", "potential"))
    growth = best - value
    out, limits = pd.DataFrame({"actual": value, "potential": best, "growth": growth}, index=index), {}
    refuse_if(growth < 0, "potential is below actual value: an estimate may fall short, `potential.clip(lower=actual)`",
              rows=out[["actual", "potential"]])  # fmt: skip
    for name, above, quantile in [("value", value_above, value_quantile), ("growth", growth_above, growth_quantile)]:
        advice = f"write {name}_above=… (money) or {name}_quantile=0.8 (the best fifth)"
        refuse_if((above is None) == (quantile is None), f"the threshold of {name} must be given, once", advice=advice)
        if above is None:
            axis = value if name == "value" else growth
            limits[name] = float(np.quantile(axis, share(quantile, f"{name}_quantile")))
        else:
            refuse_if(not (np.isscalar(above) and np.isfinite(above)), f"{name}_above={above!r} is no amount of money")
            limits[name] = float(above)
    high, room = value > limits["value"], growth > limits["growth"]
    tiers = ["most valuable", "super-growth", "most growable", "low-maintenance", "below zero"]
    codes = np.select([value < 0, high & ~room, high & room, ~high & room], [4, 0, 1, 2], 3)
    out["tier"] = pd.Categorical.from_codes(codes, tiers, ordered=True)
    out.attrs["thresholds"] = limits
    return out
