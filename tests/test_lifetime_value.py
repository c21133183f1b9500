"""Lifetime value: parity with lifetimes, gradients, recovery, invariants, bad input. Printed numbers: other file."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import check_grad

from idic_lib import data, differentiate
from idic_lib import lifetime_value as lv
from idic_lib.errors import ConvergenceError, ConvergenceWarning, DataError
from idic_lib.lifetime_value.base import as_history, collapse

TRUTH = {
    lv.BetaGeoModel: {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
    lv.ParetoNBDModel: {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669},
    lv.NBDModel: {"r": 0.385, "alpha": 12.072},
    lv.BetaGeoBetaBinomModel: {"alpha": 1.204, "beta": 0.750, "gamma": 0.657, "delta": 2.783},
}
CONTINUOUS = [lv.BetaGeoModel, lv.ParetoNBDModel, lv.NBDModel]
ALL = list(TRUTH)


@pytest.fixture(scope="module")
def cdnow():
    return differentiate.purchase_history(data.load_cdnow(), end="1997-09-30", time_unit="W")


@pytest.fixture(scope="module")
def bg(cdnow):
    return lv.BetaGeoModel().fit(cdnow)


@pytest.fixture(scope="module")
def gg(cdnow):
    return lv.GammaGammaModel().fit(cdnow)


def truth(model):
    return model.from_params(**TRUTH[model])


def sample(model, n=400, seed=0):
    rng = np.random.default_rng(seed)
    age = rng.integers(3, 9, n) if model is lv.BetaGeoBetaBinomModel else rng.integers(190, 272, n) / 7
    return truth(model).simulate(age, seed=seed)


def frame(frequency, recency, age, **more):
    return pd.DataFrame({"frequency": frequency, "recency": recency, "T": age, **more})


# Parity with lifetimes 0.11.3


def compare_with_lifetimes(reference, history):
    some = history.iloc[reference["rows"]]
    for name in ("BetaGeoModel", "ParetoNBDModel"):
        model, want = getattr(lv, name)().fit(history), reference[name]
        np.testing.assert_allclose(model.params_[list(want["params"])], list(want["params"].values()), rtol=5e-4)
        got = model.expected_purchases(some, future_t=39)
        np.testing.assert_allclose(got, want["expected_purchases_39"], rtol=5e-4, atol=1e-9)
        got = model.expected_probability_alive(some)
        np.testing.assert_allclose(got, want["probability_alive"], rtol=5e-4, atol=1e-9)
        assert model.expected_purchases_new_customer(52) == pytest.approx(want["new_customer_52"], rel=5e-4)
    spend, want = lv.GammaGammaModel().fit(history), reference["GammaGammaModel"]
    np.testing.assert_allclose(spend.params_, list(want["params"].values()), rtol=5e-4)
    np.testing.assert_allclose(spend.expected_customer_spend(some), want["expected_spend"], rtol=5e-4)
    got = spend.expected_customer_lifetime_value(
        lv.BetaGeoModel().fit(history), some, future_t=12, discount_rate=0.01, time_unit="W"
    )
    # lifetimes takes 4.345 weeks for a month, we 30.4375 / 7 = 4.348: 0.07 % apart at most, and never less.
    np.testing.assert_allclose(got, want["clv_12_months_1_percent"], rtol=1e-3, atol=1e-6)


def test_parity_with_lifetimes_as_recorded(cdnow):
    file = Path(__file__).parent / "data" / "lifetimes_0_11_3.json"
    compare_with_lifetimes(json.loads(file.read_text(encoding="utf-8")), cdnow)


@pytest.mark.peers
@pytest.mark.filterwarnings("ignore")  # lifetimes 0.11.3 predates pandas 3
def test_parity_with_lifetimes_as_installed(cdnow, monkeypatch):
    pytest.importorskip("lifetimes", reason="peers not installed; `make bench` installs and runs them")
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "data"))
    import make_lifetimes_reference as recorder

    pd.testing.assert_frame_equal(
        recorder.history(), cdnow, check_dtype=False, check_names=False, check_index_type=False
    )
    fresh = recorder.answers(cdnow)
    compare_with_lifetimes(fresh, cdnow)
    # Our model at lifetimes' own parameters: the whole vector, to rounding.
    for name, fitter in zip(("BetaGeoModel", "ParetoNBDModel"), recorder.fitted(cdnow)):
        ours = getattr(lv, name).from_params(**fresh[name]["params"])
        theirs = fitter.conditional_expected_number_of_purchases_up_to_time(
            39, cdnow["frequency"], cdnow["recency"], cdnow["T"]
        )
        np.testing.assert_allclose(ours.expected_purchases(cdnow, future_t=39), theirs, rtol=1e-5, atol=1e-9)


# Likelihoods, gradients, and answers against their definitions


def pieces(model):
    """An objective with its data at a few hundred simulated customers."""
    if model is lv.GammaGammaModel:
        truth_gg = lv.GammaGammaModel.from_params(p=6.25, q=3.74, v=15.44)
        x = np.random.default_rng(0).geometric(0.4, 300).astype(float)
        arrays = [x, truth_gg.simulate(x, seed=1)]
        one = lv.GammaGammaModel()
    elif model is lv.ShiftedBetaGeoModel:
        arrays, one = [np.array([0.0, 1, 2, 3, 3]), np.array([1.0, 1, 1, 1, 0])], lv.ShiftedBetaGeoModel()
    else:
        rows, one = sample(model), model()
        arrays = [rows[name].to_numpy(float) for name in one._columns]
    distinct, weight, _ = collapse(arrays)
    return one, distinct, weight


@pytest.mark.parametrize("model", [*ALL, lv.GammaGammaModel, lv.ShiftedBetaGeoModel])
@pytest.mark.parametrize("seed", range(3))
def test_gradient_equals_finite_differences(model, seed):
    one, arrays, weight = pieces(model)
    objective = one._objective(arrays, weight)
    theta = np.random.default_rng(seed).normal(0.3, 0.8, len(one._names))
    error = check_grad(lambda t: objective(t)[0], lambda t: objective(t)[1], theta)
    assert error < 2e-6 * max(1, np.abs(objective(theta)[1]).max())


@pytest.mark.parametrize(
    ("r", "alpha", "s", "beta"), [(0.55, 10.6, 0.6, 11.7), (3.0, 2.0, 0.2, 0.5), (0.1, 50, 4, 200)]
)
def test_pareto_nbd_likelihood_and_probability_alive_equal_numerical_integration(r, alpha, s, beta):
    rows = frame([0, 2, 26, 3, 120], [0.0, 30.43, 30.86, 1.0, 20.0], [38.86, 38.86, 31.0, 39.0, 39.0])
    model = lv.ParetoNBDModel.from_params(r=r, alpha=alpha, s=s, beta=beta)
    alive = []
    for x, t_x, age in rows.itertuples(index=False):
        # Relative to the likelihood of being alive; the integral over the time of leaving, cut into short pieces.
        def density(u, x=x, age=age):
            rate = (r + x) * np.log((alpha + age) / (alpha + u)) + s * np.log((beta + age) / (beta + u))
            return np.exp(rate) * s / (beta + u)

        edges = np.linspace(t_x, age, 200)
        gone = sum(quad(density, low, high)[0] for low, high in zip(edges, edges[1:]))
        alive.append(1 / (1 + gone))
    np.testing.assert_allclose(model.expected_probability_alive(rows), alive, rtol=1e-8)


@pytest.mark.parametrize("a", [0.01, 0.793, 1.0, 1.0 + 1e-9, 2.5, 40.0])
@pytest.mark.parametrize("x", [0, 1, 26, 600])
def test_bgnbd_expected_purchases_equal_numerical_integration_over_the_dropout_chance(a, x):
    # E[Y(t)] = ∫ (1 − ((α+T)/(α+T+pt))^(r+x)) / p · beta(p | a, b + x) dp for a customer who is alive.
    r, alpha, b, age, t = 0.243, 4.414, 2.426, 39.0, 39.0
    model = lv.BetaGeoModel.from_params(r=r, alpha=alpha, a=a, b=b)
    rng = np.random.default_rng(0)
    p = np.maximum(rng.beta(a, b + x, 400_000), 1e-12)
    draws = -np.expm1(-(r + x) * np.log1p(p * t / (alpha + age))) / p
    got = model._if_alive(np.array([float(x)]), np.array([age]), np.array([t])).item()
    assert abs(got - draws.mean()) < 5 * draws.std() / np.sqrt(len(p)) + 1e-9


def test_bgnbd_expectation_when_overflow_makes_the_hypergeometric_function_fail():
    model = lv.BetaGeoModel.from_params(r=3.0, alpha=4.4, a=40.0, b=0.3)
    # Nearly 1/p on average: E[1/p] = (a + b + x − 1)/(a − 1) for beta(40, 600.3).
    got = model._if_alive(np.array([600.0]), np.array([0.0]), np.array([5000.0])).item()
    assert got == pytest.approx((40 + 600.3 - 1) / 39, rel=1e-6)


@pytest.mark.parametrize("model", ALL)
def test_probabilities_of_counts_sum_to_one_and_have_the_expected_mean(model):
    t, n = (6, np.arange(7)) if model is lv.BetaGeoBetaBinomModel else (26.0, np.arange(400))
    chances = truth(model).probability_of_purchases(n, t=t)
    assert chances.min() >= 0 and chances.sum() == pytest.approx(1, abs=1e-6)
    assert chances @ n == pytest.approx(truth(model).expected_purchases_new_customer(t), rel=1e-5)
    assert truth(model).probability_of_purchases(0, t=t) == pytest.approx(chances[0])


@pytest.mark.parametrize("model", ALL)
def test_probability_of_no_purchase_is_the_likelihood_of_none(model):
    # With x = 0 the likelihood of the history is P(no purchase by T); two separate pieces of code.
    if model is lv.BetaGeoBetaBinomModel:
        ages = np.array([1.0, 4.0, 9.0])
    else:
        ages = np.array([1.0, 20.0, 90.0])
    arrays = [np.zeros(1), np.zeros(1), np.zeros(1)] if model is not lv.NBDModel else [np.zeros(1), np.zeros(1)]
    for age in ages:
        arrays[-1] = np.array([age])
        value, _ = model()._objective(arrays, np.ones(1))(np.log(list(TRUTH[model].values())))
        assert np.exp(-value) == pytest.approx(truth(model).probability_of_purchases(0, t=age), rel=1e-9)


@pytest.mark.parametrize("model", ALL)
def test_simulated_customers_agree_with_every_answer(model):
    discrete = model is lv.BetaGeoBetaBinomModel
    age, future_t = (6, 4) if discrete else (30.0, 20.0)
    n = 40_000
    rows = truth(model).simulate(np.full(n, age), future_t=future_t, seed=5)

    def close(got, wanted):
        assert abs(got.mean() - wanted.mean()) < 4 * got.std() / np.sqrt(n) + 1e-12

    close(rows["frequency"], np.array([truth(model).expected_purchases_new_customer(age)]))
    close(rows["future"], truth(model).expected_purchases(rows, future_t=future_t))
    close(rows["alive"] * 1.0, truth(model).expected_probability_alive(rows))
    for x in range(3):  # conditional on what was seen, not only on average
        some = rows[rows["frequency"] == x]
        gap = some["future"].mean() - truth(model).expected_purchases(some, future_t=future_t).mean()
        assert abs(gap) < 4.5 * some["future"].std() / np.sqrt(len(some))
    table = truth(model).expected_repeat_frequencies(rows, max_x=4)
    assert table.index.tolist() == ["0", "1", "2", "3", "4+"]
    assert table.sum().tolist() == pytest.approx([n, n])
    assert (np.abs(table["actual"] - table["expected"]) < 4.5 * np.sqrt(table["expected"])).all()


# Recovery from simulation, on quantities that the data identify


@pytest.mark.parametrize("model", ALL)
def test_fit_recovers_what_is_identified(model):
    n = 20_000
    age = np.full(n, 6) if model is lv.BetaGeoBetaBinomModel else np.random.default_rng(1).integers(190, 272, n) / 7
    fit = model().fit(truth(model).simulate(age, seed=2))
    true = pd.Series(TRUTH[model])
    error = np.log(fit.params_ / true) / (fit.standard_errors_ / fit.params_)
    assert (np.abs(error) < 4).all()
    ahead = 6 if model is lv.BetaGeoBetaBinomModel else 52
    got, want = (m.expected_purchases_new_customer(ahead) for m in (fit, truth(model)))
    assert got == pytest.approx(want, rel=0.05)


def test_gamma_gamma_recovers_mean_spend():
    true = lv.GammaGammaModel.from_params(p=6.25, q=3.74, v=15.44)
    x = np.random.default_rng(3).geometric(0.35, 20_000)
    rows = pd.DataFrame({"frequency": x, "monetary_value": true.simulate(x, seed=4)})
    fit = lv.GammaGammaModel().fit(rows)
    assert fit.population_mean_ == pytest.approx(6.25 * 15.44 / 2.74, rel=0.02)
    error = (fit.params_ - true.params_) / fit.standard_errors_
    assert (np.abs(error) < 4).all()


def test_shifted_beta_geo_recovers_survival():
    true = lv.ShiftedBetaGeoModel.from_params(alpha=0.7, beta=1.2)
    fit = lv.ShiftedBetaGeoModel().fit(true.simulate(50_000, 8, seed=1))
    assert fit.params_.to_dict() == pytest.approx({"alpha": 0.7, "beta": 1.2}, rel=0.08)
    assert (np.abs(fit.survival(range(13)) - true.survival(range(13))) < 0.01).all()
    assert (fit.standard_errors_ > 0).all()


def test_standard_errors_and_bootstrap_agree(cdnow, bg):
    spread = np.log(bg.parameter_draws(60, seed=1, method="bootstrap")).std()
    normal = np.log(bg.parameter_draws(4000, seed=1)).std()
    np.testing.assert_allclose(normal, bg.standard_errors_ / bg.params_, rtol=0.06)
    assert ((spread / normal).between(0.6, 1.6)).all()


# Invariants


@pytest.mark.parametrize("model", ALL)
def test_weights_equal_repetition_and_order_of_rows_is_irrelevant(model):
    rows = sample(model)
    whole = model().fit(rows)
    counts = rows.groupby(["frequency", "recency", "T"]).size().rename("weight").reset_index()
    for other in (counts, rows.sample(frac=1, random_state=0)):
        fit = model().fit(other)
        pd.testing.assert_series_equal(fit.params_, whole.params_, rtol=1e-6)
        assert fit.log_likelihood_ == pytest.approx(whole.log_likelihood_, rel=1e-10)
        pd.testing.assert_series_equal(fit.standard_errors_, whole.standard_errors_, rtol=1e-4)


@pytest.mark.parametrize("model", CONTINUOUS)
@pytest.mark.parametrize("unit", [7.0, 1 / 52, 604_800.0])
def test_time_unit_rescales_what_has_a_unit_and_nothing_else(model, unit):
    rows = sample(model)
    fit, other = model().fit(rows), model().fit(rows.assign(recency=rows["recency"] * unit, T=rows["T"] * unit))
    ratio = other.params_ / fit.params_
    np.testing.assert_allclose(ratio, [unit if k in ("alpha", "beta") else 1.0 for k in ratio.index], rtol=1e-5)
    got = other.expected_purchases(rows.assign(recency=rows["recency"] * unit, T=rows["T"] * unit), future_t=39 * unit)
    np.testing.assert_allclose(got, fit.expected_purchases(rows, future_t=39), rtol=1e-5)


def test_currency_rescales_v_and_spend(cdnow, gg):
    rials = cdnow.assign(monetary_value=cdnow["monetary_value"] * 42_000)
    other = lv.GammaGammaModel().fit(rials)
    np.testing.assert_allclose(other.params_ / gg.params_, [1, 1, 42_000], rtol=1e-5)
    got = other.expected_customer_spend(rials)
    np.testing.assert_allclose(got, 42_000 * gg.expected_customer_spend(cdnow), rtol=1e-5)


def test_clv_does_not_depend_on_the_history_s_time_unit(cdnow, bg, gg):
    weeks = gg.expected_customer_lifetime_value(bg, cdnow, time_unit="W")
    for unit, days in (("D", 1), ("M", 30.4375), ("Y", 365.25)):
        other = cdnow.assign(recency=cdnow["recency"] * 7 / days, T=cdnow["T"] * 7 / days)
        got = gg.expected_customer_lifetime_value(lv.BetaGeoModel().fit(other), other, time_unit=unit)
        np.testing.assert_allclose(got, weeks, rtol=1e-5, atol=1e-9)


histories = st.integers(0, 300).flatmap(
    lambda x: st.tuples(st.just(x), st.floats(0.01, 1.0) if x else st.just(0.0), st.floats(0.5, 500.0))
)
positive = st.floats(0.02, 30.0)


@pytest.mark.parametrize("model", CONTINUOUS)
@given(history=histories, p=st.tuples(positive, positive, positive, positive), t=st.floats(0.0, 300.0))
def test_answers_are_possible_for_any_history_and_any_parameters(model, history, p, t):
    x, share, age = history
    one = model.from_params(**dict(zip(model._names, p)))
    rows = frame([x], [share * age], [age])
    assert 0 <= one.expected_probability_alive(rows).item() <= 1
    near, far = (one.expected_purchases(rows, future_t=when).item() for when in (t, t + 1))
    assert 0 <= near <= far * (1 + 1e-6) + 1e-9
    # Nobody buys faster than at the expected rate of one who never leaves.
    assert far <= (p[0] + x) / (p[1] + age) * (t + 1) * (1 + 1e-6) + 1e-9


@given(
    x=st.integers(0, 12),
    gap=st.integers(0, 12),
    rest=st.integers(0, 12),
    p=st.tuples(positive, positive, positive, positive),
)
def test_bgbb_answers_are_possible(x, gap, rest, p):
    one = lv.BetaGeoBetaBinomModel.from_params(**dict(zip(("alpha", "beta", "gamma", "delta"), p)))
    recency = x + gap if x else 0
    rows = frame([x], [recency], [recency + rest])
    alive = one.expected_probability_alive(rows).item()
    assert 0 <= alive <= 1 + 1e-12
    a, b = (one.expected_purchases(rows, future_t=n).item() for n in (3, 4))
    assert 0 <= a <= b <= 4 * alive + 1e-9


@given(
    x=st.lists(st.integers(0, 3), min_size=1, max_size=60),
    seed=st.integers(0, 100),
)
def test_collapse_keeps_every_row_and_its_weight(x, seed):
    rng = np.random.default_rng(seed)
    arrays = [np.array(x, float), rng.integers(0, 3, len(x)) / 7, rng.integers(0, 2, len(x)) * 1e9]
    weight = rng.integers(1, 5, len(x)).astype(float)
    distinct, total, inverse = collapse(arrays, weight)
    for kept, original in zip(distinct, arrays):
        np.testing.assert_array_equal(kept[inverse], original)
    rows = set(zip(*distinct))
    assert len(rows) == len(total) and total.sum() == weight.sum()
    assert list(zip(*distinct)) == sorted(rows)


def test_collapse_with_more_possible_keys_than_64_bits_hold():
    rng = np.random.default_rng(0)
    arrays = [rng.permutation(70_000) + 0.5 for _ in range(5)]  # 70,000^5 > 2^64
    distinct, total, inverse = collapse(arrays)
    assert len(total) == 70_000
    for kept, original in zip(distinct, arrays):
        np.testing.assert_array_equal(kept[inverse], original)


def test_a_users_frame_is_not_changed_and_other_columns_do_not_matter(cdnow):
    rows = cdnow.reset_index().assign(name="x")
    before = rows.copy()
    fit = lv.BetaGeoModel().fit(rows)
    assert fit.expected_purchases(rows, future_t=1).index.tolist() == cdnow.index.tolist()
    pd.testing.assert_frame_equal(rows, before)


@pytest.mark.parametrize("engine", ["polars", "lazy polars", "pyarrow", "duckdb"])
def test_histories_of_other_engines(engine, cdnow, bg, gg):
    rows = cdnow.head(300).reset_index()
    if "polars" in engine:
        pl = pytest.importorskip("polars")
        other = pl.from_pandas(rows)
        other = other.lazy() if "lazy" in engine else other
    elif engine == "pyarrow":
        import pyarrow as pa

        other = pa.Table.from_pandas(rows)
    else:
        other = pytest.importorskip("duckdb").from_df(rows)
    want, got = bg.expected_purchases(cdnow.head(300), future_t=39), bg.expected_purchases(other, future_t=39)
    pd.testing.assert_series_equal(got.sort_index(), want, check_index_type=False, check_names=False)
    clv = gg.expected_customer_lifetime_value(bg, other)
    assert clv.sum() == pytest.approx(gg.expected_customer_lifetime_value(bg, cdnow.head(300)).sum())


# Lifetime value


def test_clv_by_hand():
    # Nobody leaves, one purchase a month, 10 a purchase, 10 % a month, two months: 10/1.1 + 10/1.21 = 17.3553.
    nbd = lv.NBDModel.from_params(r=1e6, alpha=1e6)
    rows = frame([0], [0.0], [0.0])
    got = lv.expected_customer_lifetime_value(nbd, 10, rows, future_t=2, discount_rate=0.1, time_unit="M")
    assert got.item() == pytest.approx(17.3553719, rel=1e-6)
    got = lv.expected_customer_lifetime_value(nbd, 10, rows, future_t=2, discount_rate=0.1, time_unit="M", margin=0.3)
    assert got.item() == pytest.approx(0.3 * 17.3553719, rel=1e-6)


def test_gamma_gamma_spend_by_hand():
    # p(v + x m)/(p x + q − 1) with p 2, q 3, v 10: x 4, m 30 gives 2·130/(8 + 2) = 26; x 0 gives 2·10/2 = 10.
    model = lv.GammaGammaModel.from_params(p=2, q=3, v=10)
    rows = pd.DataFrame({"frequency": [4, 0], "monetary_value": [30.0, 0.0]})
    assert model.expected_customer_spend(rows).tolist() == pytest.approx([26, 10])
    assert model.population_mean_ == pytest.approx(10)


def test_undiscounted_clv_is_purchases_times_spend(cdnow, bg, gg):
    clv = gg.expected_customer_lifetime_value(bg, cdnow, future_t=12, discount_rate=0.0)
    want = bg.expected_purchases(cdnow, future_t=365.25 / 7) * gg.expected_customer_spend(cdnow)
    np.testing.assert_allclose(clv, want, rtol=1e-9)
    series = lv.expected_customer_lifetime_value(
        bg, gg.expected_customer_spend(cdnow).iloc[::-1], cdnow, future_t=12, discount_rate=0.0
    )
    np.testing.assert_allclose(series, clv, rtol=1e-12)


def test_clv_with_yearly_chances():
    bgbb = truth(lv.BetaGeoBetaBinomModel)
    rows = frame([2, 0], [5, 0], [6, 6])
    got = lv.expected_customer_lifetime_value(bgbb, 50.0, rows, future_t=24, discount_rate=0.01, time_unit="Y")
    first, both = (bgbb.expected_purchases(rows, future_t=n) for n in (1, 2))
    want = 50 * (first / 1.01**12 + (both - first) / 1.01**24)
    np.testing.assert_allclose(got, want, rtol=1e-12)


def test_intervals_contain_the_estimate_and_widen_with_level_and_with_chance(cdnow, bg, gg):
    some = cdnow.head(60)
    narrow, wide, future = (
        lv.clv_interval(bg, gg, some, level=level, include=include, n_draws=300, seed=3)
        for level, include in ((0.5, "parameters"), (0.95, "parameters"), (0.95, "future"))
    )
    assert ((wide["low"] < wide["clv"]) & (wide["clv"] < wide["high"])).mean() > 0.95
    assert ((narrow["high"] - narrow["low"]) < (wide["high"] - wide["low"])).all()
    assert (future["high"] - future["low"]).mean() > 3 * (wide["high"] - wide["low"]).mean()
    again = lv.clv_interval(bg, gg, some, level=0.95, n_draws=300, seed=3)
    pd.testing.assert_frame_equal(wide, again)


def test_equity_interval_adds_up_and_counts_weights(cdnow, bg, gg):
    some = cdnow.head(60)
    equity = lv.customer_equity_interval(bg, gg, some, n_draws=100, seed=3)
    assert equity["customer_equity"] == pytest.approx(gg.expected_customer_lifetime_value(bg, some).sum())
    assert equity["low"] < equity["customer_equity"] < equity["high"]
    double = lv.customer_equity_interval(bg, gg, some.assign(weight=2), n_draws=100, seed=3)
    np.testing.assert_allclose(double, 2 * equity, rtol=1e-12)
    boot = lv.customer_equity_interval(bg, gg, some, n_draws=40, seed=3, method="bootstrap")
    assert (boot["high"] - boot["low"]) / (equity["high"] - equity["low"]) == pytest.approx(1, abs=0.6)


@pytest.mark.parametrize("model", CONTINUOUS)
def test_future_interval_covers_what_customers_bring(model):
    # 90 % intervals around 3,000 simulated customers' next 12 months.
    rows = truth(model).simulate(np.full(3000, 39.0), future_t=12 * 30.4375 / 7, seed=8)
    rng = np.random.default_rng(9)
    nu = rng.gamma(3.74, 1 / 15.44, len(rows))
    past, future = rows["frequency"].to_numpy(), rows["future"].to_numpy()
    draw = lambda n: rng.gamma(6.25 * np.maximum(n, 1e-9)) / nu * (n > 0)  # noqa: E731
    rows["monetary_value"] = draw(past) / np.maximum(past, 1)
    brought = draw(future)
    fits = model().fit(rows), lv.GammaGammaModel().fit(rows)
    found = lv.clv_interval(*fits, rows, discount_rate=0.0, level=0.9, include="future", n_draws=400, seed=1)
    inside = ((found["low"] <= brought) & (brought <= found["high"])).mean()
    assert inside > 0.88  # more than 0.9 where most bring exactly nothing
    above = (brought > found["high"]).mean()
    assert 0.03 < above < 0.07
    only = lv.clv_interval(*fits, rows, discount_rate=0.0, level=0.9, n_draws=100, seed=1)
    assert ((only["low"] <= brought) & (brought <= only["high"])).mean() < 0.5


# Contractual


def test_residual_lifetimes_are_their_defining_sums():
    model = lv.ShiftedBetaGeoModel.from_params(alpha=1.8, beta=3.0)
    for n in (0, 3):
        ratio = (model.survival(np.arange(n + 1, n + 200_000)) / model.survival(n).item()).to_numpy()
        k = np.arange(len(ratio))
        assert model.expected_residual_lifetime(n, horizon=50) == pytest.approx(ratio[:50].sum())
        # Σ over all k: S falls as k^−1.8, so the tail after 200,000 terms is still 1e-4 of it.
        assert model.expected_residual_lifetime(n) == pytest.approx(ratio.sum(), rel=1e-3)
        want = (ratio[:2000] / 1.1 ** k[:2000]).sum()
        assert model.discounted_expected_residual_lifetime(n, discount_rate=0.1) == pytest.approx(want)


def test_retention_is_the_ratio_of_survivals_and_rises():
    model = lv.ShiftedBetaGeoModel.from_params(alpha=0.7, beta=1.2)
    alive = model.survival(range(11)).to_numpy()
    retention = model.retention_rate(range(1, 11))
    np.testing.assert_allclose(retention, alive[1:] / alive[:-1])
    assert (np.diff(retention) > 0).all()


@pytest.mark.parametrize("n", [0, -5, np.nan])
def test_sbg_cohort_size_is_checked(n):
    with pytest.raises(DataError, match="n_customers is"):
        lv.ShiftedBetaGeoModel().fit([100, 63.1, 46.8], n_customers=n)


def test_sbg_shares_give_the_parameters_of_counts_but_no_standard_errors():
    shares = [100, 63.1, 46.8, 38.2, 32.6]
    known = lv.ShiftedBetaGeoModel().fit(shares, n_customers=1000)
    unknown = lv.ShiftedBetaGeoModel().fit(shares)
    counts = lv.ShiftedBetaGeoModel().fit([1000, 631, 468, 382, 326])
    pd.testing.assert_series_equal(unknown.params_, known.params_, rtol=1e-4)
    pd.testing.assert_series_equal(counts.standard_errors_, known.standard_errors_, rtol=1e-4)
    assert unknown.standard_errors_.isna().all() and "n_customers" in unknown.fit_report_["note"]
    fractions = lv.ShiftedBetaGeoModel().fit(np.divide(shares, 100))
    pd.testing.assert_series_equal(fractions.params_, unknown.params_, rtol=1e-6)
    assert fractions.standard_errors_.isna().all()


def test_markov_clv_by_hand_and_from_arrays():
    # Stays with .8 and pays 10: 10/(1 − .8/1.25) = 27.777…
    chain = [[0.8, 0.2], [0.0, 1.0]]
    got = lv.markov_clv(chain, [10, 0], discount_rate=0.25)
    assert got.tolist() == pytest.approx([10 / (1 - 0.64), 0])
    assert lv.markov_clv(chain, [10, 0], discount_rate=0.25, horizon=1).tolist() == pytest.approx([16.4, 0])
    assert lv.markov_clv(chain, [10, 0], discount_rate=0.0, horizon=1).tolist() == pytest.approx([18, 0])
    assert lv.markov_clv(chain, [10, 0], discount_rate=0.25, horizon=0).tolist() == [10, 0]
    loss = lv.markov_clv(chain, [-3, 1], discount_rate=0.25, horizon=3, may_stop=True)
    assert (loss >= 0).all()


# Reports and messages


def test_fit_report_says_what_was_used(cdnow):
    rows = cdnow.assign(weight=[0] * 7 + [1] * 2350)
    report = lv.BetaGeoModel().fit(rows).fit_report_
    assert report["rows_read"] == 2357 and report["rows_used"] == 2350 and report["rows_left_out"] == 7
    assert report["left_out_because"] == "weight 0" and report["status"] == "converged" and report["starts"] == 1
    assert 0 < report["distinct_histories"] < 2350 and report["gradient_norm"] < 1e-4
    spend = lv.GammaGammaModel().fit(rows).fit_report_
    assert spend["rows_used"] + spend["rows_left_out"] == spend["rows_read"] == 2357
    assert "frequency 0" in spend["left_out_because"]
    low, high = spend["correlation_interval_95"]
    assert low < spend["frequency_spend_correlation"] < high


def test_repr_shows_parameters_and_nothing_that_varies(bg):
    assert repr(lv.BetaGeoModel()) == "BetaGeoModel()"
    assert repr(bg) == "BetaGeoModel(r=0.2426, alpha=4.414, a=0.7929, b=2.426)"


GOOD = {"frequency": [2, 0, 1], "recency": [30.4, 0.0, 1.7], "T": [38.9, 38.9, 38.9]}


@pytest.mark.parametrize("model", [lv.BetaGeoModel, lv.ParetoNBDModel, lv.NBDModel])
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"frequency": [0, 0, 0], "recency": [0.0, 0, 0]}, "no customer made a repeat purchase"),
        ({"recency": [0.0, 0, 1.7]}, "recency 0"),
        ({"recency": [39.9, 0, 1.7]}, "recency is larger than T"),
        ({"recency": [30.4, 5.0, 1.7]}, "without repeat purchases has a recency above 0"),
        ({"frequency": [-2, 0, 1]}, "'frequency': is negative"),
        ({"frequency": [2.5, 0, 1]}, "'frequency': is not a whole number"),
        ({"T": [np.nan, 38.9, 38.9]}, "'T': is missing or infinite"),
        ({"T": [np.inf, 38.9, 38.9]}, "'T': is missing or infinite"),
        ({"T": ["38", "38", "39"]}, "'T': holds str values"),
        ({"frequency": [True, False, True]}, "'frequency': holds bool values"),
        ({"weight": [1, -1, 1]}, "'weight': is negative"),
        ({"weight": [0, 0, 0], "frequency": [1, 1, 1], "recency": [1.0, 1, 1]}, "no customer made a repeat purchase"),
        ({"frequency": [2, 2, 2], "recency": [3.0] * 3, "T": [4.0] * 3}, "all 3 customers have the same history"),
    ],
)
def test_broken_histories(model, change, says):
    with pytest.raises(DataError, match=re.escape(says)) as error:
        model().fit(pd.DataFrame(GOOD | change))
    assert "What to do: " in str(error.value) or "Allowed: " in str(error.value)


def test_one_customer_no_rows_missing_columns_and_no_frame():
    one = pd.DataFrame(GOOD).head(1)
    with pytest.raises(DataError, match="one customer alone"):
        lv.BetaGeoModel().fit(one)
    with pytest.raises(DataError, match="has no rows"):
        lv.BetaGeoModel().fit(one.head(0))
    with pytest.raises(DataError, match=r"lacks the column\(s\) recency, T; it has frequency"):
        lv.BetaGeoModel().fit(one[["frequency"]])
    with pytest.raises(DataError, match="is a data frame, not dict"):
        lv.BetaGeoModel().fit(GOOD)


def test_functions_named_in_advice_exist():
    advice = []
    for broken in (pd.DataFrame(GOOD).drop(columns="T"), pd.DataFrame(GOOD | {"recency": [0.0, 0, 1]})):
        with pytest.raises(DataError) as error:
            as_history(broken, ("frequency", "recency", "T"))
        advice += re.findall(r"differentiate\.(\w+)", str(error.value))
    assert advice and all(hasattr(differentiate, name) for name in advice)


def test_missing_values_of_nullable_columns_are_found():
    rows = pd.DataFrame(GOOD).astype({"frequency": "Int64"})
    rows.loc[1, "frequency"] = pd.NA
    with pytest.raises(DataError, match="'frequency': is missing"):
        lv.BetaGeoModel().fit(rows)


def fails(model, rows):
    one = model()
    with pytest.raises(ConvergenceError) as error:
        one.fit(rows)
    assert one.fit_report_["status"].endswith("check failed") and one.fit_report_["starts"] == 2
    assert not hasattr(one, "params_")
    text = str(error.value)
    assert "did not converge: the " in text and "What to try: " in text
    for name in re.findall(r"\b[A-Z]\w+Model\b", text):
        assert hasattr(lv, name)
    return text


def test_uniform_random_numbers_give_no_finite_estimate_and_say_so():
    rng = np.random.default_rng(0)
    x, age = rng.integers(0, 10, 500), rng.integers(180, 365, 500) / 7
    rows = frame(x, np.where(x > 0, age * rng.uniform(0.01, 1, 500), 0), age)
    assert "Numbers drawn evenly at random also end here" in fails(lv.BetaGeoModel, rows)
    assert "boundary check failed" in fails(lv.ParetoNBDModel, rows)


def test_nobody_leaves_and_the_advice_is_nbd_which_then_fits():
    rows = lv.NBDModel.from_params(r=0.6, alpha=10).simulate(np.full(2000, 39.0), seed=1)
    for model in (lv.BetaGeoModel, lv.ParetoNBDModel):
        assert "Fit NBDModel, in which nobody leaves" in fails(model, rows)
    assert lv.NBDModel().fit(rows).params_["r"] == pytest.approx(0.6, rel=0.2)


def test_customers_alike_but_for_their_age():
    age = np.linspace(27, 39, 85)
    text = fails(lv.BetaGeoModel, frame(5, 0.9 * age, age))
    assert "Customers do not differ in how often they buy" in text
    assert "Customers do not differ" in fails(lv.NBDModel, frame(5, 0.9 * age, age))


def test_everybody_leaves_at_the_first_repeat():
    rng = np.random.default_rng(0)
    x = (rng.random(3000) < 0.7).astype(int)
    age = rng.uniform(200, 300, 3000)
    text = fails(lv.BetaGeoModel, frame(x, np.where(x, age * 0.02 * rng.random(3000) + 0.01, 0), age))
    assert "Nearly everybody seems to leave at the first chance" in text


def test_bgbb_without_leaving():
    rng = np.random.default_rng(0)
    bought = rng.random((500, 6)) < rng.beta(2, 2, (500, 1))
    last = np.where(bought.any(axis=1), 6 - bought[:, ::-1].argmax(axis=1), 0)
    text = fails(lv.BetaGeoBetaBinomModel, frame(bought.sum(axis=1), last, 6))
    assert "Report purchases per chance" in text and "NBDModel" not in text


def test_bgbb_wants_whole_chances():
    with pytest.raises(DataError, match="more often than there were chances"):
        lv.BetaGeoBetaBinomModel().fit(frame([3, 1], [2, 1], [6, 6]))
    with pytest.raises(DataError, match="'recency': is not a whole number"):
        lv.BetaGeoBetaBinomModel().fit(frame([1, 1], [1.5, 1], [6, 6]))
    with pytest.raises(DataError, match="counts whole chances"):
        truth(lv.BetaGeoBetaBinomModel).expected_purchases(frame([1], [1], [6]), future_t=1.5)


def test_spend_that_never_varies_or_is_zero():
    same = pd.DataFrame({"frequency": [1, 2, 3, 4], "monetary_value": [10.0] * 4})
    assert "look at a histogram of monetary_value" in fails(lv.GammaGammaModel, same)
    with pytest.raises(DataError, match="mean spend of 0"):
        lv.GammaGammaModel().fit(same.assign(monetary_value=[10.0, 0, 3, 4]))
    with pytest.raises(DataError, match="no customer made a repeat purchase"):
        lv.GammaGammaModel().fit(same.assign(frequency=0))


def test_mean_that_does_not_exist_is_refused(cdnow, bg):
    heavy = lv.GammaGammaModel.from_params(p=6.0, q=0.8, v=15.0)
    x = np.random.default_rng(1).geometric(0.3, 4000)
    rows = pd.DataFrame({"frequency": x, "monetary_value": heavy.simulate(x, seed=2)})
    with pytest.warns(ConvergenceWarning, match="q = 0.7"):
        fit = lv.GammaGammaModel().fit(rows)
    with pytest.raises(DataError, match="does not exist"):
        fit.expected_customer_spend(rows)
    with pytest.raises(DataError, match="does not exist"):
        _ = heavy.population_mean_
    with pytest.raises(DataError, match="does not exist"):
        heavy.expected_customer_lifetime_value(bg, cdnow)


def test_interval_is_refused_when_some_draws_have_no_mean(cdnow, bg):
    thin = lv.GammaGammaModel.from_params(p=3.0, q=1.3, v=15.0)
    x = np.random.default_rng(1).geometric(0.3, 60)
    rows = pd.DataFrame({"frequency": x, "monetary_value": thin.simulate(x, seed=3)})
    with pytest.raises(DataError, match="of the parameter draws have q ≤ 1"):
        lv.clv_interval(bg, lv.GammaGammaModel().fit(rows), cdnow.head(), seed=1)


def test_infinite_lifetime_is_refused():
    model = lv.ShiftedBetaGeoModel.from_params(alpha=0.7, beta=1.2)
    with pytest.raises(DataError, match="mean lifetime does not exist") as error:
        model.expected_residual_lifetime()
    assert "discounted_expected_residual_lifetime" in str(error.value)
    assert model.expected_residual_lifetime(horizon=10) > 0


@pytest.mark.parametrize(
    ("survivors", "says"),
    [
        ([100, 90], "too few survivors"),
        ([[100, 90, 80]], "too few survivors"),
        ([100, 90, 95], "survivors rise"),
        ([100, np.nan, 80], "must be finite"),
        ([0, 0, 0], "above 0 at period 0"),
        ([100, 100, 100], "nobody left"),
    ],
)
def test_broken_survivors(survivors, says):
    with pytest.raises(DataError, match=says):
        lv.ShiftedBetaGeoModel().fit(survivors)


@pytest.mark.parametrize(
    ("survivors", "says"),
    [([100, 80, 64, 51.2, 40.96], "does not rise with age"), ([100, 50, 50, 50], "stay for ever")],
)
def test_survivors_without_a_finite_estimate(survivors, says):
    with pytest.raises(ConvergenceError, match=says):
        lv.ShiftedBetaGeoModel().fit(survivors)


@pytest.mark.parametrize("t", [-1, 1.5, np.nan])
def test_periods_are_whole(t):
    with pytest.raises(DataError, match="periods are whole numbers"):
        lv.ShiftedBetaGeoModel.from_params(alpha=1, beta=1).survival(t)


@pytest.mark.parametrize("rate", [0.0, -0.1, np.nan])
def test_discounting_for_ever_needs_a_rate(rate):
    with pytest.raises(DataError, match="discount_rate"):
        lv.ShiftedBetaGeoModel.from_params(alpha=1, beta=1).discounted_expected_residual_lifetime(discount_rate=rate)
    with pytest.raises(DataError, match="discount_rate"):
        lv.markov_clv([[1.0]], [1.0], discount_rate=rate)


@pytest.mark.parametrize(
    ("chain", "rewards", "says"),
    [
        ([[0.5, 0.4], [0, 1]], [1, 0], "no distribution"),
        ([[1.5, -0.5], [0, 1]], [1, 0], "no distribution"),
        ([[0.5, 0.5]], [1, 0], "k × k"),
        (pd.DataFrame(np.eye(2), index=["a", "b"], columns=["b", "a"]), [1, 0], "different states"),
        (
            pd.DataFrame(np.eye(2), index=["a", "b"], columns=["a", "b"]),
            pd.Series([1, 0], index=["b", "a"]),
            "other states",
        ),
    ],
)
def test_broken_markov_chains(chain, rewards, says):
    with pytest.raises(DataError, match=says):
        lv.markov_clv(chain, rewards, discount_rate=0.2)


def test_markov_horizon_is_whole():
    with pytest.raises(DataError, match="horizon"):
        lv.markov_clv([[1.0]], [1.0], discount_rate=0.2, horizon=1.5)


@pytest.mark.parametrize("t", [-1.0, np.nan, np.inf, "39"])
def test_lengths_of_time_are_checked(t, bg):
    with pytest.raises(DataError, match="a length of time"):
        bg.expected_purchases(pd.DataFrame(GOOD), future_t=t)


def test_future_t_is_one_number(bg):
    with pytest.raises(DataError, match="one length of time for all"):
        bg.expected_purchases(pd.DataFrame(GOOD), future_t=np.array([1.0, 2.0, 3.0]))


def test_a_failed_fit_forgets_the_one_before(cdnow):
    model = lv.BetaGeoModel().fit(cdnow)
    with pytest.raises(ConvergenceError):
        model.fit(lv.NBDModel.from_params(r=0.6, alpha=10).simulate(np.full(2000, 39.0), seed=1))
    with pytest.raises(DataError, match="has not been fitted"):
        model.expected_probability_alive(cdnow)


@pytest.mark.parametrize("n", [-1, 0.5])
def test_numbers_of_purchases_are_checked(n, bg):
    with pytest.raises(DataError, match="n counts purchases"):
        bg.probability_of_purchases(n, t=10)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"time_unit": "H"}, "time_unit is 'H'"),
        ({"future_t": 0}, "future_t is 0"),
        ({"future_t": 1.5}, "whole number of months"),
        ({"discount_rate": -1}, "discount_rate is -1"),
        ({"margin": np.nan}, "margin is nan"),
    ],
)
def test_options_of_clv_are_checked(options, says, cdnow, bg, gg):
    with pytest.raises(DataError, match=says):
        gg.expected_customer_lifetime_value(bg, cdnow.head(), **options)


def test_more_options_are_checked(cdnow, bg, gg):
    with pytest.raises(DataError, match="some customers of the history have no spend"):
        lv.expected_customer_lifetime_value(bg, pd.Series([1.0], index=["0001"]), cdnow.head())
    with pytest.raises(DataError, match="do not divide into 'W'"):
        lv.expected_customer_lifetime_value(truth(lv.BetaGeoBetaBinomModel), 1.0, frame([1], [1], [6]))
    with pytest.raises(DataError, match="level is 95"):
        lv.clv_interval(bg, gg, cdnow, level=95)
    with pytest.raises(DataError, match="include is 'all'"):
        lv.customer_equity_interval(bg, gg, cdnow, include="all")
    with pytest.raises(DataError, match="method is 'jackknife'"):
        bg.parameter_draws(method="jackknife")
    with pytest.raises(DataError, match="needs a fitted model"):
        truth(lv.BetaGeoModel).parameter_draws()
    with pytest.raises(DataError, match="continuous time only"):
        lv.clv_interval(
            truth(lv.BetaGeoBetaBinomModel),
            gg,
            frame([1], [1], [6], monetary_value=[9.0]),
            time_unit="Y",
            include="future",
        )
    with pytest.raises(DataError, match="has the parameters r, alpha, a, b, not r"):
        lv.BetaGeoModel.from_params(r=1)
    with pytest.raises(DataError, match="finite and positive"):
        lv.NBDModel.from_params(r=1, alpha=-1)
    with pytest.raises(DataError, match=r"call \.fit\(history\) first"):
        lv.NBDModel().expected_purchases(cdnow, future_t=1)


def test_bootstrap_samples_without_an_estimate_are_left_out_with_a_warning():
    # With 120 customers some samples show no differences in the chance of leaving.
    rows = lv.BetaGeoModel.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426).simulate(
        np.random.default_rng(0).integers(190, 272, 120) / 7, seed=2
    )
    fit = lv.BetaGeoModel().fit(rows)
    with pytest.warns(ConvergenceWarning, match="bootstrap samples gave BetaGeoModel no finite estimate"):
        draws = fit.parameter_draws(60, seed=0, method="bootstrap")
    assert 0 < len(draws) < 60


def test_public_names():
    assert lv.__all__ == sorted(lv.__all__) and all(hasattr(lv, name) for name in lv.__all__)
