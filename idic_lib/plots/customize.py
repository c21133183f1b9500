"""Figures of offers: each takes results of `customize` by name and ``ax=None``, and returns the Axes."""

import numpy as np

from ..errors import data_error
from .style import COLOURS, _axes, _need

__all__ = ["plot_offers", "plot_regret"]

_LOOKS = [("ours", "-"), ("other", "--"), ("third", "-."), ("fourth", ":"), ("yellow", "-"), ("light", "--")]


def plot_offers(table, *, part, measure="recall", ax=None):
    """What each method found, with its 95 % interval over customers; one part a figure, so that each has its own axis.

    Parameters
    ----------
    table : DataFrame
        One row a method and part: columns method, part, `measure` and its standard error, as rows of
        `customize.evaluate_offers` give them.
    part : str
        "repeats", "discoveries" or "all".
    measure : {"recall", "ndcg"}
    ax : Axes, optional

    Returns
    -------
    Axes
        The best method on top. Intervals are of single methods; whether two differ needs their paired difference
        (``evaluate_offers(..., by_customer=True)``).
    """
    if measure not in ("recall", "ndcg"):
        raise data_error(f"measure={measure!r} is unknown", allowed="'recall', 'ndcg'")
    advice = "put together rows of `evaluate_offers`, with the method's name in a column method"
    _need(table, ["method", "part", measure, f"{measure}_se"], advice)
    rows = table[table["part"] == part].sort_values(measure)
    if rows.empty or rows["method"].duplicated().any():
        raise data_error(f"part {part!r} has not one row a method", column="part", advice=advice)
    ax = _axes(ax)
    ax.errorbar(rows[measure], range(len(rows)), xerr=1.96 * rows[f"{measure}_se"], fmt="o", color=COLOURS["ours"],
                capsize=3)  # fmt: skip
    ax.set_yticks(range(len(rows)), [str(name).replace("_", " ") for name in rows["method"]])
    ax.set(xlabel={"recall": "recall", "ndcg": "nDCG"}[measure], title=part, ylim=(-0.5, len(rows) - 0.5))
    ax.grid(axis="y", visible=False)
    return ax


def plot_regret(results, *, ax=None):
    """What learning cost: mean cumulated regret by customer, with the band that holds 90 % of the replications.

    Parameters
    ----------
    results : dict of Bandit by name
        From `customize.thompson_sampling` and `customize.test_then_roll`.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    good = isinstance(results, dict) and all(hasattr(result, "regret") for result in results.values())
    if not good or not 0 < len(results) <= len(_LOOKS):
        raise data_error("this is no dict of 1 to 6 bandits", advice="pass {'bandit': thompson_sampling(rates, n)}")
    ax = _axes(ax)
    for (name, result), (colour, line) in zip(results.items(), _LOOKS):
        regret, colour = result.regret, COLOURS[colour]
        at = np.unique(np.linspace(0, regret.shape[1] - 1, 400).astype(int))  # 400 points draw the same curve
        low, high = np.quantile(regret[:, at], [0.05, 0.95], axis=0)
        ax.fill_between(at + 1, low, high, color=colour, alpha=0.2, lw=0)
        ax.plot(at + 1, regret[:, at].mean(axis=0), color=colour, linestyle=line, label=str(name))
    ax.set(xlabel="customers", ylabel="regret (expected responses lost)", ylim=(0, None), xlim=(0, None))
    ax.legend(loc="upper left")
    return ax
