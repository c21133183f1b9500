"""Figures of contact: they draw what they were given, with units, on the Axes they were given, and restyle nothing."""

import inspect

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from idic_lib import interact as i
from idic_lib.errors import DataError
from idic_lib.plots import interact as plots
from idic_lib.plots.style import COLOURS, LUCK


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    yield
    plt.close("all")


OUTCOME, TREATED, SCORE = [30, 20, 8, 8] * 10, [1, 1, 0, 0] * 10, [4, 3, 2, 1] * 10
EFFECTS = {
    "naive": i.effect([3, 5, 7, 1, 3], [1, 1, 1, 0, 0]),
    "by lot": i.effect([3, 5, 4, 1, 3], [1, 1, 1, 0, 0]),
    "policy": i.policy_value(OUTCOME, [1, 0] * 20, np.ones(40)),
}
CURVE = i.qini_curve(OUTCOME, SCORE, [1, 0, 1, 0] * 10)

CALLS = {
    "plot_effects": lambda **o: plots.plot_effects(EFFECTS, 2.5, unit="thousand toman", **o),
    "plot_qini": lambda **o: plots.plot_qini({"uplift": CURVE, "propensity": CURVE}, unit="thousand toman", **o),
}


def test_every_plot_is_tried_here():
    assert sorted(CALLS) == plots.__all__


@pytest.mark.parametrize("name", CALLS)
def test_plots_return_labelled_axes_and_restyle_nothing(name):
    before = dict(mpl.rcParams)
    ax = CALLS[name]()
    assert "thousand toman" in ax.get_xlabel() + ax.get_ylabel()
    _, mine = plt.subplots()
    open_figures = plt.get_fignums()
    assert CALLS[name](ax=mine) is mine and plt.get_fignums() == open_figures
    assert dict(mpl.rcParams) == before
    assert inspect.signature(getattr(plots, name)).parameters["ax"].default is None
    mine.figure.canvas.draw()


def marks(ax, label):
    """Places of the artists that the legend calls so."""
    named = dict(zip(*reversed(ax.get_legend_handles_labels())))
    line = named[label][0] if isinstance(named[label], mpl.container.ErrorbarContainer) else named[label]
    return np.asarray(line.get_xdata(), dtype=float), np.asarray(line.get_ydata(), dtype=float)


def test_effects_are_drawn_first_on_top_with_their_intervals_and_one_truth():
    ax = CALLS["plot_effects"]()
    x, y = marks(ax, "estimate and 95 % interval")
    np.testing.assert_allclose(x, [one.estimate for one in EFFECTS.values()])
    assert y.tolist() == [0, 1, 2] and ax.get_ylim() == (2.5, -0.5)
    assert [label.get_text() for label in ax.get_yticklabels()] == list(EFFECTS)
    bars = ax.containers[0].lines[2][0].get_segments()
    np.testing.assert_allclose([bar[:, 0] for bar in bars], [(one.low, one.high) for one in EFFECTS.values()])
    assert set(marks(ax, "truth")[0]) == {2.5} and set(marks(ax, "no effect")[0]) == {0}


def test_effects_may_be_a_frame_with_a_truth_for_some():
    frame = pd.DataFrame({"estimate": [1.0, 2], "low": [0.0, 1], "high": [2.0, 3]}, index=["a", "b"])
    ax = plots.plot_effects(frame, {"b": 1.5})
    x, _ = marks(ax, "truth")
    assert np.isnan(x[0]) and x[1] == 1.5
    assert "truth" not in plots.plot_effects(frame).get_legend_handles_labels()[1]
    series = plots.plot_effects(frame, pd.Series({"a": 0.5, "b": 1.5}))
    assert marks(series, "truth")[0].tolist() == [0.5, 1.5]


def test_qini_draws_the_curves_and_the_line_of_chance():
    ax = plots.plot_qini(CURVE)
    x, y = marks(ax, "by score")
    np.testing.assert_array_equal(x, CURVE["share"])
    np.testing.assert_array_equal(y, CURVE["gain_per_customer"])
    x, y = marks(ax, "at random")
    assert x.tolist() == [0, 1] and y.tolist() == [0, CURVE["gain_per_customer"].iloc[-1]]
    assert ax.lines[-1].get_linestyle() == LUCK["linestyle"]
    several = CALLS["plot_qini"]()
    assert mpl.colors.same_color(several.lines[0].get_color(), COLOURS["ours"])
    assert several.lines[0].get_color() != several.lines[1].get_color()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: plots.plot_effects(pd.DataFrame({"estimate": [1]})),
            "'low', 'high'.*\n.*effect\\(outcome, treated\\)",
        ),
        (lambda: plots.plot_qini(pd.DataFrame({"share": [1]})), "'gain_per_customer'.*\n.*qini_curve"),
    ],
)
def test_wrong_frames_say_what_to_pass(call, said):
    with pytest.raises(DataError, match=said):
        call()
