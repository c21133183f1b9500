"""Figures of lifetime value: right numbers on the axes, units in the labels, one legend, nothing restyled."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

from idic_lib import lifetime_value as lv  # noqa: E402
from idic_lib.errors import DataError  # noqa: E402
from idic_lib.plots import lifetime_value as plots  # noqa: E402

MODEL = lv.BetaGeoModel.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
COUNTS = pd.DataFrame({"actual": [5.0, 3, 1], "BG/NBD": [4.0, 4, 1], "NBD": [6.0, 2, 1]}, index=["0", "1", "2+"])
WEEKS = pd.DataFrame({"actual": [1.0, 3, 7, 8], "BG/NBD": [2.0, 4, 6, 8]}, index=[1, 2, 3, 4])
VALUES = pd.DataFrame({"clv": [10.0, 30, 20], "low": [8.0, 20, 15], "high": [13.0, 45, 30]}, index=["a", "b", "c"])
SBG = lv.ShiftedBetaGeoModel.from_params(alpha=0.704, beta=1.182)

DRAW = {
    "frequencies": lambda ax=None: plots.plot_repeat_frequencies(COUNTS, ax=ax),
    "conditional": lambda ax=None: plots.plot_conditional_expectations(COUNTS, period="39 weeks", ax=ax),
    "cumulative": lambda ax=None: plots.plot_cumulative_purchases(WEEKS, calibration_end=2, ax=ax),
    "clv": lambda ax=None: plots.plot_clv_interval(VALUES, n=2, money="$", months=12, ax=ax),
    "survival": lambda ax=None: plots.plot_survival(SBG, [100, 63.1, 46.8, 38.2], fitted=2, ax=ax),
}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def line(ax, label):
    return next(one for one in ax.get_lines() if one.get_label() == label)


@pytest.mark.parametrize("name", DRAW)
def test_draws_on_the_given_axes_or_on_new_ones_labels_them_and_restyles_nothing(name):
    before = dict(mpl.rcParams)
    figure, mine = plt.subplots()
    assert DRAW[name](ax=mine) is mine
    made = DRAW[name]()
    assert made.figure is not figure
    assert made.get_xlabel() and made.get_ylabel()
    made.figure.canvas.draw()
    assert dict(mpl.rcParams) == before


def test_all_public_plots_are_tried_here():
    assert plots.__all__ == sorted(plots.__all__) and len(plots.__all__) == len(DRAW)


def test_repeat_frequencies_are_the_heights_of_the_bars():
    ax = DRAW["frequencies"]()
    heights = [[bar.get_height() for bar in bars] for bars in ax.containers]
    assert heights == COUNTS.T.to_numpy().tolist()
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0", "1", "2+"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["actual", "BG/NBD", "NBD"]


def test_conditional_expectations_and_their_unit():
    ax = DRAW["conditional"]()
    assert line(ax, "NBD").get_ydata().tolist() == [6, 2, 1]
    assert "39 weeks" in ax.get_ylabel()


def test_cumulative_and_incremental_purchases_mark_the_end_of_calibration():
    ax = DRAW["cumulative"]()
    assert line(ax, "actual").get_ydata().tolist() == [1, 3, 7, 8]
    assert any(np.allclose(one.get_xdata(), 2) and len(one.get_xdata()) == 2 for one in ax.get_lines())
    ax = plots.plot_cumulative_purchases(WEEKS, calibration_end=2, incremental=True, unit="week")
    assert line(ax, "actual").get_ydata().tolist() == [2, 4, 1]
    assert ax.get_ylabel() == "repeat purchases per week"
    assert [text.get_text() for text in ax.texts] == ["forecast →"]
    assert not list(plots.plot_cumulative_purchases(WEEKS, calibration_end=WEEKS.index[0]).texts)


def test_clv_intervals_show_the_largest_with_unit_and_horizon():
    ax = DRAW["clv"]()
    assert [text.get_text() for text in ax.get_yticklabels()] == ["c", "b"]
    assert line(ax, "expected").get_xdata().tolist() == [20, 30]
    assert ax.collections[0].get_segments()[1][:, 0].tolist() == [20, 45]
    assert "$" in ax.get_xlabel() and "12 months" in ax.get_xlabel()


def test_survival_in_percent_with_the_forecast_shaded():
    ax = DRAW["survival"]()
    assert line(ax, "actual").get_ydata().tolist() == pytest.approx([100, 63.1, 46.8, 38.2])
    assert line(ax, "sBG").get_ydata()[1] == pytest.approx(100 * 1.182 / (0.704 + 1.182))
    assert "forecast" in ax.get_legend_handles_labels()[1]
    ax = plots.plot_survival({"one": SBG, "two": SBG}, [10, 8, 7], fitted=2)
    assert {"one", "two"} <= set(ax.get_legend_handles_labels()[1])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: plots.plot_repeat_frequencies(COUNTS.drop(columns="actual")), "'actual'"),
        (lambda: plots.plot_conditional_expectations([1, 2]), "'actual'"),
        (lambda: plots.plot_repeat_frequencies(pd.DataFrame({k: [1] for k in ["actual", *"abcdef"]})), "too many"),
        (lambda: plots.plot_clv_interval(VALUES[["clv"]]), "no column 'low', 'high'"),
    ],
)
def test_what_cannot_be_drawn(call, says):
    with pytest.raises(DataError, match=says) as error:
        call()
    if "lifetime_value." in str(error.value):
        assert hasattr(lv, "clv_interval")
