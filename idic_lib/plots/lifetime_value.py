"""Figures of lifetime value: what happened beside what a model expected, who is still a customer, who is worth what."""

import numpy as np
import pandas as pd

from ..errors import data_error
from .style import _CYCLE, COLOURS, _axes, _need

__all__ = [
    "plot_clv_interval", "plot_conditional_expectations", "plot_cumulative_purchases", "plot_repeat_frequencies",
    "plot_survival",
]  # fmt: skip

_MODELS = _CYCLE[:5]
_MARKERS = "os^Dv"


def _table(table, what):
    if not isinstance(table, pd.DataFrame) or "actual" not in table.columns or table.shape[1] < 2:
        problem = f"{what} takes a frame with a column 'actual' and a column for each model"
        raise data_error(problem, advice="for instance pd.DataFrame({'actual': ..., 'BG/NBD': ...})")
    if table.shape[1] - 1 > len(_MODELS):
        raise data_error(f"{table.shape[1] - 1} models are too many to tell apart", allowed=f"up to {len(_MODELS)}")
    return [name for name in table.columns if name != "actual"]


def plot_repeat_frequencies(table, *, ax=None):
    """How many customers made 0, 1, 2 … repeat purchases, and how many the models expected.

    Parameters
    ----------
    table : DataFrame
        What `expected_repeat_frequencies` of a model gives: a row per number of repeats, column ``actual``, and a
        column per model (rename ``expected`` to the model's name).
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
    """
    models, ax = _table(table, "plot_repeat_frequencies"), _axes(ax)
    place, width = np.arange(len(table)), 0.8 / (len(models) + 1)
    for k, name in enumerate(["actual", *models]):
        colour = COLOURS["truth"] if k == 0 else _MODELS[k - 1]
        ax.bar(place - 0.4 + (k + 0.5) * width, table[name], width, color=colour, label=name)
    ax.set_xticks(place, [str(label) for label in table.index])
    ax.set(xlabel="repeat purchases", ylabel="customers")
    ax.legend()
    return ax


def plot_conditional_expectations(table, *, period="the next period", ax=None):
    """Mean purchases in the holdout by the number of repeats before, and what models expected.

    Parameters
    ----------
    table : DataFrame
        A row per number of repeats (0 … 7+), column ``actual`` and a column per model: mean purchases per customer.
    period : str
        Length of the holdout in words, for the axis: "39 weeks".
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
    """
    models, ax = _table(table, "plot_conditional_expectations"), _axes(ax)
    place = np.arange(len(table))
    ax.plot(place, table["actual"], color=COLOURS["truth"], marker=".", label="actual")
    for name, colour, marker in zip(models, _MODELS, _MARKERS):
        ax.plot(place, table[name], color=colour, marker=marker, markersize=4, linestyle="--", label=name)
    ax.set_xticks(place, [str(label) for label in table.index])
    ax.set(xlabel="repeat purchases before", ylabel=f"mean purchases in {period}", ylim=(0, None))
    ax.legend()
    return ax


def plot_cumulative_purchases(table, *, calibration_end, incremental=False, unit="week", ax=None):
    """Repeat purchases of the whole cohort over time, actual and expected, with the end of calibration marked.

    Parameters
    ----------
    table : DataFrame
        Indexed by time; column ``actual`` and a column per model, all cumulative.
    calibration_end : float
        Where on the index the models stopped seeing data.
    incremental : bool
        Show purchases per row of the table instead of their sum.
    unit : str
        Unit of the index.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
    """
    models, ax = _table(table, "plot_cumulative_purchases"), _axes(ax)
    shown = table.diff().iloc[1:] if incremental else table
    ax.plot(shown.index, shown["actual"], color=COLOURS["truth"], label="actual")
    for name, colour in zip(models, _MODELS):
        ax.plot(shown.index, shown[name], color=colour, linestyle="--", label=name)
    if calibration_end > table.index[0]:  # a table that starts there is forecast throughout
        ax.axvline(calibration_end, color=COLOURS["luck"], linewidth=1)
        ax.annotate(
            "forecast →", (calibration_end, 0.02), xycoords=("data", "axes fraction"), xytext=(4, 0),
            textcoords="offset points", color=COLOURS["luck"],
        )  # fmt: skip
    what = f"repeat purchases per {unit}" if incremental else "cumulative repeat purchases"
    ax.set(xlabel=unit, ylabel=what, ylim=(0, None))
    ax.legend(loc="best")
    return ax


def plot_clv_interval(intervals, *, n=25, money="", months=None, ax=None):
    """Lifetime values of the customers that are worth most, with their intervals.

    Parameters
    ----------
    intervals : DataFrame
        Columns clv, low, high, as `clv_interval` gives.
    n : int
        Number of customers shown.
    money : str
        Currency, for the axis.
    months : int, optional
        Horizon, for the axis.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
    """
    _need(intervals, ["clv", "low", "high"], "give what lifetime_value.clv_interval(...) returns")
    ax, top = _axes(ax), intervals.nlargest(n, "clv").iloc[::-1]
    place = np.arange(len(top))
    ax.hlines(place, top["low"], top["high"], color=COLOURS["light"], linewidth=3, label="interval")
    ax.plot(top["clv"], place, "o", color=COLOURS["ours"], markersize=4, label="expected")
    ax.set_yticks(place, [str(label) for label in top.index], fontsize=7)
    horizon = f", next {months} months" if months else ""
    unit = f" ({money})" if money else ""
    ax.set(xlabel=f"lifetime value{unit}{horizon}", ylabel=f"customer (the {len(top)} largest)")
    ax.legend(loc="lower right")
    return ax


def plot_survival(model, survivors, *, fitted, unit="year", label="sBG", ax=None):
    """Survival of a cohort under contract: data, model, and the part that the model had not seen.

    Parameters
    ----------
    model : fitted ShiftedBetaGeoModel, or dict of name to such models
    survivors : sequence of float
        Customers or shares at period 0, 1, 2 …, also those beyond the fit.
    fitted : int
        Last period that the model was fitted to; what follows is shaded.
    unit : str
        Unit of a period.
    label : str
        Name of the model, if there is one.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
    """
    ax, alive = _axes(ax), np.asarray(survivors, dtype=float)
    periods = np.arange(len(alive))
    if len(alive) - 1 > fitted:
        ax.axvspan(fitted, periods[-1], color=COLOURS["luck"], alpha=0.12, linewidth=0, label="forecast")
    ax.plot(periods, 100 * alive / alive[0], "o", color=COLOURS["truth"], markersize=4, label="actual")
    for (name, one), colour in zip((model if isinstance(model, dict) else {label: model}).items(), _MODELS):
        ax.plot(periods, 100 * one.survival(periods).to_numpy(), color=colour, label=name)
    ax.set(xlabel=unit, ylabel="still customers (%)", ylim=(0, 103))
    ax.legend()
    return ax
