"""Numbers printed in papers, each test named after paper and table.

Where the paper itself was not at hand the number comes from the authors' own software or walkthrough (BTYD), and the
comment says so. Tolerances are half a unit of the last printed digit unless a comment says why not.
"""

import numpy as np
import pandas as pd
import pytest

from idic_lib import data, differentiate
from idic_lib import lifetime_value as lv

WEEK_39 = "1997-09-30"
REGULAR = [100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3]
HIGH_END = [100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4]


@pytest.fixture(scope="module")
def orders():
    return data.load_cdnow()


@pytest.fixture(scope="module")
def history(orders):
    return differentiate.purchase_history(orders, end=WEEK_39, time_unit="W")


@pytest.fixture(scope="module")
def holdout(orders, history):
    later = orders[orders["order_date"] > WEEK_39].drop_duplicates(["customer_id", "order_date"])
    return later.groupby("customer_id").size().reindex(history.index, fill_value=0)


@pytest.fixture(scope="module")
def bg(history):
    return lv.BetaGeoModel().fit(history)


@pytest.fixture(scope="module")
def pareto(history):
    return lv.ParetoNBDModel().fit(history)


@pytest.fixture(scope="module")
def donations():
    return data.load_donations()


@pytest.fixture(scope="module")
def bgbb(donations):
    return lv.BetaGeoBetaBinomModel().fit(donations)


def near(got, printed, digits):
    np.testing.assert_allclose(np.asarray(got, dtype=float), printed, rtol=0, atol=0.5001 * 10.0**-digits)


def customers(*rows):
    return pd.DataFrame(rows, columns=["frequency", "recency", "T"])


# CDNOW: the data that everything below rests on


def test_fader_hardie_lee_2005_cdnow_sample_counts(history, holdout):
    assert len(history) == 2357
    assert history["frequency"].sum() == 2457
    assert (history["frequency"] > 0).sum() == 946
    assert holdout.sum() == 1882
    near([history["T"].min(), history["T"].max()], [27.00, 38.86], 2)


def test_fader_hardie_lee_2005_marketing_science_table_2_bgnbd(bg):
    near(bg.params_[["r", "alpha", "a", "b"]], [0.243, 4.414, 0.793, 2.426], 3)
    near(bg.log_likelihood_, -9582.4, 1)


def test_fader_hardie_lee_2005_marketing_science_table_2_pareto_nbd(pareto):
    near(pareto.params_[["r", "alpha", "s"]], [0.553, 10.578, 0.606], 3)
    near(pareto.params_["beta"], 11.67, 2)  # 11.669 in the paper, 11.656 by BTYD: a flat top
    near(pareto.log_likelihood_, -9595.0, 1)


def test_fader_hardie_lee_2005_marketing_science_table_2_nbd(history):
    nbd = lv.NBDModel().fit(history)
    near(nbd.params_[["r", "alpha"]], [0.385, 12.072], 3)
    near(nbd.log_likelihood_, -9763.7, 1)


def test_fader_hardie_2013_note_025_gamma_gamma(history):
    spend = lv.GammaGammaModel().fit(history)
    near(spend.params_[["p", "q", "v"]], [6.25, 3.74, 15.44], 2)
    assert spend.fit_report_["rows_used"] == 946 and spend.fit_report_["rows_left_out"] == 1411
    near(history.loc[history["frequency"] > 0, "monetary_value"].mean(), 35.08, 2)
    near(spend.population_mean_, 35.17, 2)


def test_fader_hardie_lee_2005_rfm_and_clv_correlation_of_frequency_and_spend(history):
    spend = lv.GammaGammaModel().fit(history)
    near(spend.fit_report_["frequency_spend_correlation"], 0.11, 2)
    near(lv.GammaGammaModel().fit(history.drop("1901")).fit_report_["frequency_spend_correlation"], 0.06, 2)


# CDNOW: what follows from the parameters


def test_fader_hardie_lee_2005_customer_0001_expects_1_226_purchases_in_39_weeks(bg, history):
    near(bg.expected_purchases(customers((2, 30.43, 38.86)), future_t=39), [1.226], 3)
    near(bg.expected_purchases(history.loc[["0001"]], future_t=39), [1.226], 3)


def test_btyd_walkthrough_holdout_means_by_number_of_repeats(bg, history, holdout):
    group = history["frequency"].clip(upper=7)
    assert group.value_counts().sort_index().tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    near(holdout.groupby(group).mean(), [0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359], 3)
    expected = bg.expected_purchases(history, future_t=39).groupby(group).mean()
    near(expected, [0.225, 0.523, 1.044, 1.520, 2.164, 2.654, 3.504, 6.157], 3)


def test_btyd_walkthrough_new_customer_in_52_weeks(bg, pareto):
    near(bg.expected_purchases_new_customer(52), 1.444, 3)
    near(pareto.expected_purchases_new_customer(52), 1.473, 3)


# BTYD's own parameters differ from ours in the fourth digit, so these use the parameters that it prints.
BTYD_BG = {"r": 0.24260, "alpha": 4.4137, "a": 0.79299, "b": 2.42616}


def test_btyd_walkthrough_customer_1516(bg, pareto, history):
    row = history.loc[["1516"]]
    assert row["frequency"].item() == 26
    near(row[["recency", "T"]].iloc[0], [30.86, 31.00], 2)
    published = lv.BetaGeoModel.from_params(**BTYD_BG)
    near(published.expected_purchases(row, future_t=52), [25.757], 2)
    np.testing.assert_allclose(bg.expected_purchases(row, future_t=52), [25.757], rtol=2e-4)
    near(bg.expected_probability_alive(row), [0.9689], 4)
    np.testing.assert_allclose(pareto.expected_purchases(row, future_t=52), [25.456], rtol=2e-4)
    near(pareto.expected_probability_alive(row), [0.9979], 4)


def test_btyd_walkthrough_increasing_frequency_paradox(bg):
    paradox = bg.expected_purchases(customers(*((x, 20.0, 39.0) for x in (10, 15, 20, 25))), future_t=52)
    for got, printed, digits in zip(paradox, (0.347, 0.0428, 0.0042, 0.00036), (3, 4, 4, 5)):
        near(got, printed, digits)


def test_fader_hardie_lee_2005_figure_cumulative_repeats_at_week_78(bg, pareto, history, holdout):
    assert history["frequency"].sum() + holdout.sum() == 4339
    for model, total in ((bg, 4161), (pareto, 4270)):
        near(model.expected_total_purchases(history, offsets=[39]), [total], 0)


@pytest.mark.parametrize(("name", "total"), [("bg", 1653), ("pareto", 1666)])
def test_cdnow_holdout_alone_is_forecast_12_percent_low(name, total, history, holdout, request):
    forecast = request.getfixturevalue(name).expected_purchases(history, future_t=39).sum()
    near(forecast, total, 0)
    assert -0.13 < forecast / holdout.sum() - 1 < -0.11


# Donations


def test_fader_hardie_shang_2010_table_3_bgbb(bgbb):
    near(bgbb.params_[["alpha", "beta", "gamma", "delta"]], [1.204, 0.750, 0.657, 2.783], 3)
    near(bgbb.log_likelihood_, -33225.6, 1)
    assert bgbb.fit_report_["customers"] == 11104


def test_btyd_walkthrough_bgbb_new_donor_and_two_histories(bgbb):
    near(bgbb.expected_purchases_new_customer(10), 3.180, 3)
    # 3.628 was computed from BTYD's parameters of five digits.
    near(bgbb.expected_purchases(customers((0, 0, 6), (4, 5, 6)), future_t=10), [0.130, 3.628], 3)


def test_btyd_walkthrough_bgbb_holdout_means_by_number_of_repeats(bgbb, donations):
    weight = donations["weight"]
    total = (bgbb.expected_purchases(donations, future_t=5) * weight).groupby(donations["frequency"]).sum()
    count = weight.groupby(donations["frequency"]).sum()
    assert count.tolist() == [3464, 1823, 1430, 1085, 1036, 1063, 1203]
    # Half a digit, and as much again because BTYD computed these from its own parameters of five digits.
    np.testing.assert_allclose(total / count, [0.073, 0.325, 0.709, 1.334, 2.031, 2.784, 3.753], rtol=0, atol=0.001)


def test_btyd_walkthrough_bgbb_total_repeats_1996_to_2006(bgbb, donations):
    near(bgbb.expected_total_purchases(donations, offsets=[5]) / 10, [3762.7], 0)
    assert (donations["frequency"] * donations["weight"]).sum() == 24615


# Contractual


@pytest.mark.parametrize(
    ("survivors", "alpha", "beta", "year_12", "mape"),
    [(REGULAR, 0.704, 1.182, 17.0, 1.5), (HIGH_END, 0.668, 3.806, 37.8, 2.8)],
    ids=["regular", "high_end"],
)
def test_fader_hardie_2007_table_sbg_fitted_to_years_0_to_7(survivors, alpha, beta, year_12, mape):
    model = lv.ShiftedBetaGeoModel().fit(survivors[:8])
    near(model.params_, [alpha, beta], 3)
    forecast = 100 * model.survival(np.arange(8, 13)).to_numpy()
    near(forecast[-1], year_12, 1)
    near(100 * np.abs(forecast / survivors[8:] - 1).mean(), mape, 1)


@pytest.mark.parametrize(
    ("survivors", "years", "alpha", "beta"),
    [
        (REGULAR, 4, 0.764, 1.296),
        (HIGH_END, 4, 1.281, 7.790),
        (REGULAR, 12, 0.697, 1.169),
        (HIGH_END, 12, 0.596, 3.327),
    ],
)
def test_sbg_depends_on_the_years_fitted_so_the_trap_is_real(survivors, years, alpha, beta):
    # Not printed in the paper but computed once by a second program, whose optimiser left the third digit of 7.79 open.
    np.testing.assert_allclose(lv.ShiftedBetaGeoModel().fit(survivors[: years + 1]).params_, [alpha, beta], rtol=1e-3)


def pfeifer_carraway():
    states = ["recency 1", "recency 2", "recency 3", "recency 4", "former"]
    chain = pd.DataFrame(0.0, index=states, columns=states)
    for i, buys in enumerate((0.30, 0.20, 0.15, 0.05)):
        chain.iloc[i, 0], chain.iloc[i, i + 1] = buys, 1 - buys
    chain.iloc[4, 4] = 1.0
    return chain, pd.Series([36.0, -4.0, -4.0, -4.0, 0.0], index=states)


def test_pfeifer_carraway_2000_infinite_horizon():
    near(lv.markov_clv(*pfeifer_carraway(), discount_rate=0.2), [52.320, 5.554, 1.251, -1.820, 0], 3)


def test_pfeifer_carraway_2000_horizon_4():
    near(lv.markov_clv(*pfeifer_carraway(), discount_rate=0.2, horizon=4), [50.115, 4.220, 0.592, -1.980, 0], 3)


def test_pfeifer_carraway_2000_stop_mailing_at_recency_4():
    stopped = [53.149, 6.621, 2.644, 0, 0]
    near(lv.markov_clv(*pfeifer_carraway(), discount_rate=0.2, may_stop=True), stopped, 3)
    chain, rewards = pfeifer_carraway()
    chain.loc["recency 4"] = [0, 0, 0, 0, 1.0]
    rewards["recency 4"] = 0.0
    near(lv.markov_clv(chain, rewards, discount_rate=0.2), stopped, 3)
