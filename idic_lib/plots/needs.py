"""Figures of needs: each takes a fitted object or a frame and ``ax=None`` and returns the Axes."""

import numpy as np

from ..errors import data_error
from .differentiate import _cells, _percent
from .style import COLOURS, LUCK, _axes, _need

__all__ = ["plot_drift", "plot_segments", "plot_skew_diversity", "plot_stability"]


def plot_segments(model, *, names=None, ax=None):
    """Heat map of a fitted `NeedsSegments`: what each group buys, and the share of customers in it.

    Parameters
    ----------
    model : differentiate.NeedsSegments
    names : list of str, optional
        A name for each group, in the order of ``model.profiles_``.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax, table = _axes(ax), model.profiles_
    names = table.index if names is None else names
    labels = [f"{name} ({share:.0%})" for name, share in zip(names, model.sizes_, strict=True)]
    texts = [[f"{100 * x:.0f}" for x in row] for row in table.to_numpy()]
    _cells(ax, table.set_axis(labels), texts, xlabel="category (% of the group's lines)", ylabel="group (its share)")
    ax.tick_params(axis="x", rotation=60)
    return ax


def plot_stability(model, *, label="observed", ax=None, **line):
    """Adjusted Rand index between halves against the number of groups, with its 5-95 % band; the choice is a ring.

    Parameters
    ----------
    model : differentiate.NeedsSegments
        Fitted with n_groups=None.
    label : str
    ax : Axes, optional
    line
        Colour and style of the line.

    Returns
    -------
    Axes
    """
    table = model.stability_
    if table is None:
        raise data_error("this model was told its number of groups", advice="fit NeedsSegments(n_groups=None)")
    ax = _axes(ax)
    (drawn,) = ax.plot(
        table["n_groups"], table["mean"], **{"marker": "o", "color": COLOURS["ours"]} | line, label=label
    )
    ax.fill_between(table["n_groups"], table["low"], table["high"], color=drawn.get_color(), alpha=0.2, lw=0)
    ax.set(xlabel="number of groups", ylabel="agreement of two halves\n(adjusted Rand index)", ylim=(None, 1))
    ax.set_xticks(table["n_groups"])
    return ax


def plot_drift(drift, *, ax=None):
    """Share of customers whose group changed, period by period, beside the noise line and its 5-95 % band.

    Parameters
    ----------
    drift : DataFrame
        From `differentiate.needs_drift`.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    _need(drift, ["changed", "noise", "low", "high"], "pass `needs_drift(lines, segments)`")
    ax, rows = _axes(ax), drift.drop(index="all", errors="ignore")
    at = np.arange(len(rows))
    ax.plot(at, rows["changed"], "o", color=COLOURS["ours"], label="seem to have changed")
    band = {"color": LUCK["color"], "width": 0.7}
    ax.bar(at, rows["high"] - rows["low"], bottom=rows["low"], alpha=0.3, label="noise: nobody changes", **band)
    ax.hlines(rows["noise"], at - 0.35, at + 0.35, **LUCK)
    ax.set_xticks(at, [str(name) for name in rows.index])
    ax.set(xlabel="first period of the two compared", ylabel="share of customers", ylim=(0, 1))
    _percent(ax.yaxis)
    ax.legend(loc="lower left")
    return ax


def plot_skew_diversity(table, *, ax=None):
    """Firms on the map of value skew (Gini) and diversity of needs.

    Parameters
    ----------
    table : DataFrame
        Rows of `differentiate.skew_diversity`, indexed by the names of the firms.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    _need(table, ["skew", "diversity", "low", "high"], "join rows of `skew_diversity(values, counts)`")
    ax = _axes(ax)
    ax.plot(table["skew"], table["diversity"], "o", color=COLOURS["ours"], markersize=9)
    low, high = table["low"].min(), table["high"].max()
    ax.axhspan(low, high, color=LUCK["color"], alpha=0.3, lw=0, label="luck: all customers alike")
    top = max(table["diversity"].max() * 1.4, table["high"].max())
    ax.set(xlabel="skew of values (Gini)", ylabel="diversity of needs (0 to 1)", xlim=(0, 1), ylim=(None, top))
    for name, row in table.iterrows():
        ax.annotate(str(name), (row["skew"], row["diversity"]), xytext=(7, 5), textcoords="offset points")
    ax.legend(loc="upper left")
    return ax
