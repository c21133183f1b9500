"""Figures of offers: they draw what they were given, on the Axes they were given, and restyle nothing."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from idic_lib.customize import Bandit
from idic_lib.customize import test_then_roll as roll
from idic_lib.customize import thompson_sampling as sample
from idic_lib.errors import DataError
from idic_lib.plots import COLOURS, plot_offers, plot_regret

TABLE = pd.DataFrame({"method": ["popularity", "item_to_item", "popularity"], "recall": [0.2, 0.3, 0.9],
                      "part": ["repeats", "repeats", "discoveries"], "recall_se": [0.01, 0.02, 0.03]})  # fmt: skip


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    yield
    plt.close("all")


def test_offers_are_dots_with_intervals_best_on_top():
    ax = plot_offers(TABLE, part="repeats")
    dots, _, (bars,) = ax.containers[0]
    assert dots.get_xdata().tolist() == [0.2, 0.3] and list(dots.get_ydata()) == [0, 1]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["popularity", "item to item"]
    ends = [segment[:, 0] for segment in bars.get_segments()]
    np.testing.assert_allclose(ends, [[0.2 - 0.0196, 0.2 + 0.0196], [0.3 - 0.0392, 0.3 + 0.0392]])
    assert ax.get_xlabel() == "recall" and ax.get_title() == "repeats"


def test_regret_is_the_mean_and_the_band_of_nine_tenths():
    regret = np.outer(np.linspace(0, 1, 101), np.arange(1, 51))
    ax = plot_regret({"bandit": Bandit(regret, None), "test": roll([0.1, 0.2], 60, 5)})
    line = ax.get_lines()[0]
    np.testing.assert_allclose(line.get_ydata(), 0.5 * np.arange(1, 51))
    assert line.get_xdata().tolist() == list(range(1, 51)) and line.get_color() == COLOURS["ours"]
    band = ax.collections[0].get_paths()[0].vertices
    at_end = band[band[:, 0] == 50, 1]
    np.testing.assert_allclose([at_end.min(), at_end.max()], [0.05 * 50, 0.95 * 50])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["bandit", "test"]
    assert "customers" in ax.get_xlabel() and "regret" in ax.get_ylabel()


def test_long_runs_are_thinned_but_end_where_they_end():
    result = sample([0.1, 0.2], 3000, replications=4)
    line = plot_regret({"bandit": result}).get_lines()[0]
    assert len(line.get_xdata()) <= 400 and line.get_xdata()[-1] == 3000
    assert line.get_ydata()[-1] == pytest.approx(result.regret[:, -1].mean())


CALLS = [lambda **o: plot_offers(TABLE, part="repeats", **o),
         lambda **o: plot_regret({"a": roll([0.1, 0.2], 60, 5)}, **o)]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_draws_on_the_given_axes_and_restyles_nothing(call):
    _, ax = plt.subplots()
    before = dict(mpl.rcParams)
    assert call(ax=ax) is ax and plt.get_fignums() == [1]
    assert dict(mpl.rcParams) == before and ax.get_xlabel()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: plot_offers(TABLE, part="repeats", measure="precision"), "measure='precision'"),
        (lambda: plot_offers(TABLE.drop(columns="recall_se"), part="repeats"), "no column 'recall_se'"),
        (lambda: plot_offers(TABLE, part="all"), "not one row a method"),
        (lambda: plot_offers(pd.concat([TABLE, TABLE]), part="repeats"), "not one row a method"),
        (lambda: plot_regret({}), "no dict"),
        (lambda: plot_regret(roll([0.1, 0.2], 60, 5)), "no dict"),
        (lambda: plot_regret({"a": 1}), "no dict"),
    ],
)
def test_refused_with_a_reason(call, says):
    with pytest.raises(DataError, match=says):
        call()
    assert not plt.get_fignums()
