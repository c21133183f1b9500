"""Figures of value: each takes a frame or a result of `differentiate` and ``ax=None``, and returns the Axes."""

import numpy as np
import pandas as pd

from ..errors import data_error
from .style import COLOURS, LUCK, _axes, _need

__all__ = [
    "plot_concentration", "plot_deciles", "plot_holdout_lift", "plot_migration", "plot_rfm", "plot_value_tiers",
]  # fmt: skip

_CYCLE = [COLOURS[name] for name in ("ours", "other", "third", "fourth", "yellow", "light")]


def _percent(*axes):
    for axis in axes:
        axis.set_major_formatter("{x:.0%}")


def _cells(ax, table, texts, *, xlabel, ylabel, cmap="cividis", vmax=None):
    """A heat map with its numbers written in, dark on light and light on dark; missing cells stay empty."""
    values = np.asarray(table, dtype=float)
    top = np.nanmax(values) if vmax is None else vmax
    image = ax.imshow(values, cmap=cmap, vmin=0, vmax=top or 1, aspect="auto")
    for (i, j), value in np.ndenumerate(values):
        if np.isfinite(value):
            rgb = np.asarray(image.cmap(image.norm(value))[:3])
            linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
            ink = "black" if linear @ [0.2126, 0.7152, 0.0722] > 0.18 else "white"  # the better contrast (WCAG)
            ax.text(j, i, texts[i][j], ha="center", va="center", color=ink, fontsize=9)
    ax.set_xticks(range(values.shape[1]), [str(name) for name in table.columns])
    ax.set_yticks(range(values.shape[0]), [str(name) for name in table.index])
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.grid(False)
    ax.tick_params(length=0)
    return image


def plot_concentration(points, luck=None, *, label="observed", ax=None):
    """Lorenz curve beside the luck line and the diagonal of equality.

    Parameters
    ----------
    points : DataFrame
        From `differentiate.lorenz_points`.
    luck : LuckLine, optional
        From `differentiate.luck_line`: drawn dashed, with its 5-95 % band.
    label : str
        Name of the observed curve.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    _need(points, ["share_of_customers", "share_of_value"], "pass `lorenz_points(values)`")
    ax = _axes(ax)
    ax.plot(points["share_of_customers"], points["share_of_value"], color=COLOURS["ours"], label=label)
    if luck is not None:
        band = luck.lorenz
        ax.fill_between(band["share_of_customers"], band["low"], band["high"], color=LUCK["color"], alpha=0.3, lw=0)
        ax.plot(band["share_of_customers"], band["mean"], label="luck: identical customers", **LUCK)
    ax.plot([0, 1], [0, 1], color=COLOURS["truth"], linewidth=0.8, linestyle=":", label="all equal")
    ax.set(xlabel="share of customers, smallest first", ylabel="share of value", xlim=(0, 1), ylim=(0, 1))
    _percent(ax.xaxis, ax.yaxis)
    ax.legend(loc="upper left")
    return ax


def plot_deciles(table, *, measure="share", luck=None, ax=None):
    """Bars of a decile table, best decile first.

    Parameters
    ----------
    table : DataFrame
        From `differentiate.decile_table`.
    measure : {"share", "cumulative_share", "mean", "lift"}
    luck : LuckLine, optional
        From `differentiate.luck_line`: groups of identical customers, sorted by what luck gave them; for a table
        that is sorted by the value itself (not for "mean"). Without it the line is that of a score without information.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    names = {
        "share": "share of value", "cumulative_share": "share of value, cumulated",
        "mean": "value per customer (unit of the data)", "lift": "lift (mean of the decile / mean of all)",
    }  # fmt: skip
    if measure not in names:
        raise data_error(f"measure={measure!r} is unknown", allowed=", ".join(map(repr, names)))
    _need(table, [measure], "pass `decile_table(score, outcome)`")
    ax = _axes(ax)
    place = np.arange(1, len(table) + 1)
    ax.bar(place, table[measure], color=COLOURS["ours"], width=0.75)
    share = held = table["customers"] / table["customers"].sum()
    if luck is not None:
        depth = np.r_[0, share.cumsum()]
        held = -np.diff(np.interp(1 - depth, luck.lorenz["share_of_customers"], luck.lorenz["mean"]))
    line = {"share": held, "cumulative_share": np.cumsum(held), "lift": held / share}.get(measure)
    if line is not None:
        text = "luck: identical customers" if luck is not None else "score without information"
        edges = np.r_[place - 0.5, place[-1] + 0.5]
        ax.stairs(np.asarray(line, dtype=float), edges, baseline=None, label=text, **LUCK)
        ax.legend(loc="upper left" if measure == "cumulative_share" else "upper right")
    ax.set(xlabel=f"group of customers (1 = best of {len(table)})", ylabel=names[measure])
    ax.set_xticks(place)
    ax.grid(axis="x", visible=False)
    if "share" in measure:
        _percent(ax.yaxis)
    return ax


def plot_rfm(scores, values=None, *, ax=None, unit="value"):
    """Heat map of customers, or of their mean value, by recency and frequency score.

    Parameters
    ----------
    scores : DataFrame
        From `differentiate.rfm_scores`.
    values : Series, optional
        Value per customer on the same index: cells then show its mean instead of the number of customers.
    ax : Axes, optional
    unit : str
        What `values` measure, for the colour bar.

    Returns
    -------
    Axes
        Empty cells hold no customer.
    """
    _need(scores, ["recency_score", "frequency_score"], "pass `rfm_scores(history)`")
    ax = _axes(ax)
    keys = [scores["frequency_score"], scores["recency_score"]]
    cells = scores.groupby(keys).size() if values is None else values.reindex(scores.index).groupby(keys).mean()
    levels = range(1, int(scores[["recency_score", "frequency_score"]].to_numpy().max()) + 1)
    table = cells.unstack().reindex(index=reversed(levels), columns=levels).astype(float)
    biggest = np.nanmax(table.to_numpy())
    digits = 0 if values is None or biggest >= 100 else 1 if biggest >= 10 else 2
    texts = [[f"{value:,.{digits}f}" for value in row] for row in table.to_numpy()]
    best = len(levels)
    xlabel, ylabel = f"recency score ({best} = most recent)", f"frequency score ({best} = most often)"
    image = _cells(ax, table, texts, xlabel=xlabel, ylabel=ylabel)
    ax.figure.colorbar(image, ax=ax, label="customers" if values is None else f"mean {unit}")
    return ax


def plot_value_tiers(tiers, *, unit="money", luck=None, ax=None):
    """Actual value against room to grow, with the thresholds that divide the five tiers.

    Parameters
    ----------
    tiers : DataFrame
        From `differentiate.value_tiers`.
    unit : str
        Unit of money, for the labels.
    luck : LuckLine, optional
        From `differentiate.luck_line` of the orders behind `actual`: a dashed line at the value that 5 % of identical
        customers would exceed by chance.
    ax : Axes, optional

    Returns
    -------
    Axes
        Axes are cut at the 99.5th percentile (0.5th below zero) so that one customer does not squeeze the rest; the
        title says how many lie outside.
    """
    _need(tiers, ["actual", "growth", "tier"], "pass `value_tiers(actual, potential, ...)`")
    ax = _axes(ax)
    limits = tiers.attrs.get("thresholds", {})
    colours = [COLOURS[name] for name in ("ours", "third", "yellow", "luck", "other")]
    for name, colour, marker in zip(tiers["tier"].cat.categories, colours, "o^Dsv"):
        group = tiers[tiers["tier"] == name]
        label = f"{name} ({len(group):,})"
        ax.scatter(group["actual"], group["growth"], s=14, color=colour, marker=marker, alpha=0.55, lw=0, label=label)
    for draw, key in ((ax.axvline, "value"), (ax.axhline, "growth")):
        if key in limits:
            draw(limits[key], color=COLOURS["truth"], linewidth=1, linestyle=":")
    if (tiers["actual"] < 0).any():
        ax.axvline(0, color=COLOURS["truth"], linewidth=1, linestyle=":")
    if luck is not None:  # the slope of a Lorenz curve, times the mean, is the value at that rank
        curve = np.interp([0.94, 0.96], luck.lorenz["share_of_customers"], luck.lorenz["mean"])
        beyond = np.diff(curve)[0] / 0.02 * tiers["actual"].mean()
        ax.axvline(beyond, label="luck: 5 % of identical\ncustomers beyond", **LUCK)
    low = min(np.quantile(tiers["actual"], 0.005), 0.0)
    right, top = (float(np.quantile(tiers[name], 0.995)) or 1.0 for name in ("actual", "growth"))
    outside = int(((tiers["actual"] > right) | (tiers["growth"] > top) | (tiers["actual"] < low)).sum())
    ax.set(
        xlabel=f"actual value ({unit})", ylabel=f"room to grow ({unit})",
        xlim=(low - 0.03 * (right - low), right * 1.03), ylim=(-0.03 * top, top * 1.03),
        title=f"{outside:,} customers lie outside the frame" if outside else "",
    )  # fmt: skip
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), markerscale=1.6, handletextpad=0.2)
    return ax


def plot_migration(table, luck=None, *, ax=None):
    """Where each group went, as shares of the row; beside it the same by luck.

    Parameters
    ----------
    table : DataFrame or LuckMigration
        Counts from `differentiate.migration_table`, or the whole result of `luck_migration` (its *stable* world is
        written beside the observed one).
    luck : DataFrame, optional
        Counts of the luck world to write under each share, for example ``result.stable`` or ``result.identical``.
    ax : Axes, optional

    Returns
    -------
    Axes
        Each cell: the observed share of its row and, below, in brackets, the share by luck.
    """
    if hasattr(table, "observed"):
        luck = table.stable if luck is None else luck
        table = table.observed
    if not isinstance(table, pd.DataFrame) or list(table.index) != list(table.columns):
        raise data_error("this is no square table of groups", advice="pass `migration_table(before, after)`")
    if luck is not None and (list(luck.index) != list(table.index) or list(luck.columns) != list(table.columns)):
        problem = "the luck table has other groups than the observed one"
        raise data_error(problem, advice="make both with the same groups")
    ax = _axes(ax)

    def shares(counts):
        total = counts.sum(axis=1)
        return counts.div(total.where(total > 0), axis=0)

    seen = shares(table)
    texts = [[f"{value:.0%}" for value in row] for row in seen.to_numpy()]
    if luck is not None:
        chance = shares(luck).to_numpy()
        texts = [[f"{a}\n({b:.0%})" for a, b in zip(row, other)] for row, other in zip(texts, chance)]
    image = _cells(ax, seen, texts, xlabel="group after", ylabel="group before", vmax=1.0)
    ax.figure.colorbar(image, ax=ax, label="share of the group before").ax.yaxis.set_major_formatter("{x:.0%}")
    if luck is not None:
        ax.set_title("observed share (in brackets: by luck)")
    return ax


def plot_holdout_lift(gains, *, top=None, ax=None):
    """Gain curves: share of the holdout's value reached by the best-scored share of customers.

    Parameters
    ----------
    gains : DataFrame
        From `differentiate.holdout_gains`.
    top : float, optional
        Depth to mark with a vertical line, as 0.2.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    _need(gains, ["share_of_customers", "perfect foresight", "chance"], "pass `holdout_gains(score, outcome)`")
    ax = _axes(ax)
    depth = gains["share_of_customers"]
    ax.plot(depth, gains["perfect foresight"], color=COLOURS["truth"], linewidth=1.2, label="perfect foresight")
    names = [name for name in gains.columns if name not in ("share_of_customers", "perfect foresight", "chance")]
    for i, name in enumerate(names):
        style = ["-", "-.", (0, (5, 1)), (0, (1, 1))][i % 4]
        ax.plot(depth, gains[name], color=_CYCLE[i % len(_CYCLE)], linestyle=style, label=str(name))
    ax.plot(depth, gains["chance"], label="luck: chance", **LUCK)
    if top is not None:
        ax.axvline(top, color=COLOURS["truth"], linewidth=0.8, linestyle=":")
    ax.set(xlabel="share of customers, best score first", ylabel="share of holdout value", xlim=(0, 1), ylim=(0, 1.01))
    _percent(ax.xaxis, ax.yaxis)
    ax.legend(loc="lower right")
    return ax
