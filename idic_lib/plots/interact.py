"""Figures of contact: each takes effects or curves of `interact` and ``ax=None``, and returns the Axes."""

import numpy as np
import pandas as pd

from .style import _CYCLE, COLOURS, LUCK, _axes, _need

__all__ = ["plot_effects", "plot_qini"]


def plot_effects(effects, truth=None, *, unit="unit of the outcome", label="estimate and 95 % interval", ax=None):
    """Forest of estimates with their intervals, the first on top, beside the truth.

    Parameters
    ----------
    effects : dict or DataFrame
        Name -> `interact.Effect` or `interact.PolicyValue`; or a frame with estimate, low, high, its index the names.
    truth : float, Series or dict, optional
        One true value, drawn as a line through all; or one for each name (those without have no mark).
    unit : str
        Of the effect.
    label : str
        Name of the points: say the level, where it is another.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    if isinstance(effects, dict):
        effects = pd.DataFrame.from_dict({k: v._asdict() for k, v in effects.items()}, orient="index")
    _need(effects, ["estimate", "low", "high"], "pass `{name: effect(outcome, treated)}`")
    ax = _axes(ax)
    place = np.arange(len(effects))
    ends = [effects["estimate"] - effects["low"], effects["high"] - effects["estimate"]]
    ax.errorbar(effects["estimate"], place, xerr=ends, fmt="o", color=COLOURS["ours"], capsize=3, label=label)
    if truth is not None and np.isscalar(truth):
        ax.axvline(truth, color=COLOURS["truth"], linewidth=1.2, label="truth")
    elif truth is not None:
        known = effects.index.map(dict(truth)).astype(float)
        ax.plot(known, place, linestyle="", marker="D", markersize=4, color=COLOURS["truth"], label="truth", zorder=3)
    ax.axvline(0, label="no effect", **LUCK)
    ax.set(xlabel=f"effect ({unit})", ylabel="", ylim=(len(effects) - 0.5, -0.5))
    ax.set_yticks(place, [str(name) for name in effects.index])
    ax.grid(axis="y", visible=False)
    ax.legend(loc="best")
    return ax


def plot_qini(curves, *, unit="unit of the outcome", ax=None):
    """Qini curves beside the line of contacting customers at random.

    Parameters
    ----------
    curves : DataFrame or dict
        From `interact.qini_curve`; or name -> such a frame, all of the same customers.
    unit : str
        Of the outcome.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    curves = curves if isinstance(curves, dict) else {"by score": curves}
    ax = _axes(ax)
    dashes = ["-", (0, (4, 1)), "-.", ":"] * len(curves)
    for colour, dash, (name, curve) in zip(_CYCLE * len(curves), dashes, curves.items()):
        _need(curve, ["share", "gain_per_customer"], "pass `qini_curve(y, uplift, treated)`")
        ax.plot(curve["share"], curve["gain_per_customer"], color=colour, linestyle=dash, label=name)
    ax.plot([0, 1], [0, curve["gain_per_customer"].iloc[-1]], label="at random", **LUCK)
    ax.set(
        xlabel="share of customers contacted, highest score first", ylabel=f"gain per customer ({unit})", xlim=(0, 1)
    )
    ax.xaxis.set_major_formatter("{x:.0%}")
    ax.legend(loc="best")
    return ax
