"""Figures of value: they draw what they were given, with units, on the Axes they were given, and restyle nothing."""

import inspect

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from test_style import linear

from idic_lib import differentiate as d
from idic_lib.errors import DataError
from idic_lib.plots import differentiate as plots
from idic_lib.plots.style import COLOURS, LUCK


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    yield
    plt.close("all")


def values(n=80, seed=0):
    return pd.Series(np.random.default_rng(seed).gamma(1, 50, size=n).round(2), index=range(n))


def luck(n=80):
    return d.luck_line(np.full(300, 10.0), n, replications=5)


def tiers():
    actual = values() - 5
    return d.value_tiers(actual, actual + values(seed=1), value_quantile=0.8, growth_above=60)


def gains():
    outcome = values(seed=2)
    return d.holdout_gains({"a": values(seed=3), "b": outcome + 30}, outcome)


CALLS = {
    "plot_concentration": lambda **o: plots.plot_concentration(d.lorenz_points(values()), luck(), **o),
    "plot_holdout_lift": lambda **o: plots.plot_holdout_lift(gains(), top=0.2, **o),
    "plot_value_tiers": lambda **o: plots.plot_value_tiers(tiers(), luck=luck(), **o),
}


def test_every_plot_is_tried_here():
    assert sorted(CALLS) == plots.__all__


@pytest.mark.parametrize("name", CALLS)
def test_plots_return_labelled_axes_and_restyle_nothing(name):
    before = dict(mpl.rcParams)
    ax = CALLS[name]()
    assert isinstance(ax, mpl.axes.Axes)
    assert len(ax.get_xlabel()) > 3 and len(ax.get_ylabel()) > 3
    _, mine = plt.subplots()
    open_figures = plt.get_fignums()
    assert CALLS[name](ax=mine) is mine and plt.get_fignums() == open_figures
    assert dict(mpl.rcParams) == before
    assert inspect.signature(getattr(plots, name)).parameters["ax"].default is None
    mine.figure.canvas.draw()


@pytest.mark.parametrize("name", ["plot_concentration", "plot_holdout_lift", "plot_value_tiers"])
def test_the_luck_line_is_drawn_in_its_own_style(name):
    ax = CALLS[name]()
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert [label for label in labels if label.startswith("luck")] != []
    artists = [*ax.lines, *ax.patches]
    lucky = [a for a in artists if str(a.get_label()).startswith("luck")]
    colour = lucky[0].get_color() if hasattr(lucky[0], "get_color") else lucky[0].get_edgecolor()
    assert mpl.colors.same_color(colour, LUCK["color"]) and lucky[0].get_linestyle() in ("--", "dashed")


def test_concentration_draws_the_lorenz_points():
    points = d.lorenz_points(values())
    line = plots.plot_concentration(points, luck()).lines[0]
    np.testing.assert_array_equal(line.get_ydata(), points["share_of_value"])
    assert mpl.colors.same_color(line.get_color(), COLOURS["ours"])


def test_text_in_cells_can_be_read():
    table = pd.DataFrame([[0.0, 10, 20], [30, 40, np.nan]])
    _, ax = plt.subplots()
    image = plots._cells(ax, table, table.astype(str).to_numpy(), xlabel="column", ylabel="row")

    def luminance(colour):  # relative, as WCAG defines it
        return linear(colour) @ [0.2126, 0.7152, 0.0722]

    assert len(ax.texts) == 5  # the cell without a number stays empty
    for text in ax.texts:
        column, row = text.get_position()
        paper = luminance(image.cmap(image.norm(image.get_array()[int(row), int(column)]))[:3])
        dark, light = sorted([paper, luminance(text.get_color())])
        assert (light + 0.05) / (dark + 0.05) > 4.5


def test_tiers_show_the_thresholds_and_say_what_lies_outside():
    ax = plots.plot_value_tiers(tiers())
    limits = tiers().attrs["thresholds"]
    drawn = [float(np.ravel(line.get_xdata())[0]) for line in ax.lines] + [
        float(np.ravel(line.get_ydata())[0]) for line in ax.lines
    ]
    assert limits["value"] in drawn and limits["growth"] in drawn
    assert "outside the frame" in ax.get_title()
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert sum(int(label.rsplit("(")[1].rstrip(")")) for label in labels) == 80


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: plots.plot_concentration(values()), "lorenz_points"),
        (lambda: plots.plot_value_tiers(pd.DataFrame()), "value_tiers"),
        (lambda: plots.plot_holdout_lift(pd.DataFrame()), "holdout_gains"),
    ],
)
def test_wrong_frames_say_what_to_pass(call, said):
    with pytest.raises(DataError, match=said) as caught:
        call()
    for name in d.__all__:
        if f"`{name}(" in str(caught.value):
            assert callable(getattr(d, name))
