"""Figures of value: each takes a frame or a result of `differentiate` and ``ax=None``, and returns the Axes."""

import numpy as np

from .style import _CYCLE, COLOURS, LUCK, _axes, _need

__all__ = ["plot_concentration", "plot_holdout_lift", "plot_value_tiers"]


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
