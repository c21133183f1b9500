"""Figures of value: they draw what they were given, with units, on the Axes they were given, and restyle nothing."""

import inspect

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

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


def scores():
    history = pd.DataFrame({"frequency": [0, 1, 2, 3, 9], "recency": [0, 2, 2, 5, 9.0], "T": [9, 8, 5, 6, 9.5]})
    return d.rfm_scores(history.assign(monetary_value=1.0))


def tiers():
    actual = values() - 5
    return d.value_tiers(actual, actual + values(seed=1), value_quantile=0.8, growth_above=60)


def gains():
    outcome = values(seed=2)
    return d.holdout_gains({"a": values(seed=3), "b": outcome + 30}, outcome)


def migration():
    groups = [d.value_groups(values(seed=seed), 3) for seed in (4, 5)]
    return d.migration_table(*groups)


CALLS = {
    "plot_concentration": lambda **o: plots.plot_concentration(d.lorenz_points(values()), luck(), **o),
    "plot_deciles": lambda **o: plots.plot_deciles(d.decile_table(values()), luck=luck(), **o),
    "plot_holdout_lift": lambda **o: plots.plot_holdout_lift(gains(), top=0.2, **o),
    "plot_migration": lambda **o: plots.plot_migration(migration(), migration() + 1, **o),
    "plot_rfm": lambda **o: plots.plot_rfm(scores(), **o),
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


@pytest.mark.parametrize("name", ["plot_concentration", "plot_deciles", "plot_holdout_lift", "plot_value_tiers"])
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


def test_deciles_draw_the_measure_and_what_luck_gives():
    table = d.decile_table(values())
    ax = plots.plot_deciles(table, measure="lift")
    np.testing.assert_allclose([bar.get_height() for bar in ax.patches[:10]], table["lift"])
    np.testing.assert_allclose(ax.patches[-1].get_data().values, 1)
    known = luck()
    steps = plots.plot_deciles(table, luck=known).patches[-1].get_data().values
    curve = known.lorenz.set_index("share_of_customers")["mean"]
    np.testing.assert_allclose(steps[0], 1 - curve.loc[0.9])
    np.testing.assert_allclose(steps.sum(), 1)
    assert len(plots.plot_deciles(table, measure="mean").patches) == 10


def cell_texts(ax):
    return [text.get_text() for text in ax.texts]


def test_rfm_writes_customers_or_means_and_leaves_empty_cells_empty():
    frame = scores()
    assert sorted(cell_texts(plots.plot_rfm(frame))) == ["1"] * 5
    means = plots.plot_rfm(frame, pd.Series([1000.0, 10, 20, 30, 40]), unit="sales ($)")
    assert sorted(cell_texts(means)) == ["1,000", "10", "20", "30", "40"]
    shown = means.images[0].get_array()
    assert np.isnan(np.asarray(shown.filled(np.nan))).sum() == 20


def test_text_in_cells_can_be_read():
    ax = plots.plot_rfm(scores(), pd.Series([0.0, 10, 20, 30, 40]))
    image = ax.images[0]

    def luminance(colour):  # relative, as WCAG defines it
        rgb = np.array(mpl.colors.to_rgb(colour))
        return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]

    assert len(ax.texts) == 5
    for text in ax.texts:
        column, row = text.get_position()
        paper = luminance(image.cmap(image.norm(image.get_array()[int(row), int(column)]))[:3])
        dark, light = sorted([paper, luminance(text.get_color())])
        assert (light + 0.05) / (dark + 0.05) > 4.5


def test_migration_writes_shares_of_the_row_with_luck_below():
    table = pd.DataFrame([[1, 3], [0, 4]], index=["low", "high"], columns=["low", "high"])
    assert cell_texts(plots.plot_migration(table)) == ["25%", "75%", "0%", "100%"]
    other = pd.DataFrame([[2.0, 2.0], [1.0, 3.0]], index=table.index, columns=table.columns)
    assert cell_texts(plots.plot_migration(table, other))[0] == "25%\n(50%)"


def test_migration_takes_the_whole_result_with_its_stable_world():
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(120) % 60, unit="D")
    orders = pd.DataFrame({"customer_id": np.arange(120) % 7, "order_date": days, "amount": np.arange(120.0)})
    result = d.luck_migration(orders, split="2024-02-01", n_groups=2, replications=4)
    texts = cell_texts(plots.plot_migration(result))
    row = result.stable.loc["2"] / result.stable.loc["2"].sum()
    assert texts[-1].endswith(f"({row['2']:.0%})")


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
        (lambda: plots.plot_deciles(pd.DataFrame()), "decile_table"),
        (lambda: plots.plot_deciles(d.decile_table(values()), measure="profit"), "measure='profit' is unknown"),
        (lambda: plots.plot_rfm(pd.DataFrame({"recency_score": [1]})), "'frequency_score'.*\n.*rfm_scores"),
        (lambda: plots.plot_value_tiers(pd.DataFrame()), "value_tiers"),
        (lambda: plots.plot_migration(pd.DataFrame([[1]], index=["a"], columns=["b"])), "migration_table"),
        (lambda: plots.plot_migration(migration(), migration().iloc[:2, :2]), "other groups"),
        (lambda: plots.plot_holdout_lift(pd.DataFrame()), "holdout_gains"),
    ],
)
def test_wrong_frames_say_what_to_pass(call, said):
    with pytest.raises(DataError, match=said) as caught:
        call()
    for name in d.__all__:
        if f"`{name}(" in str(caught.value):
            assert callable(getattr(d, name))
