"""Simulated surveys, moderated regression, and what a sample can see."""

import numpy as np
import pandas as pd
import pytest

from idic_lib.errors import DataError
from idic_lib.survey import paths, simulate

MEASURES = {"A": [0.7] * 3, "B": [0.8, 0.6], "C": [0.75] * 4, "D": [0.9]}


def big(**settings):
    settings = {"measures": MEASURES, "points": None, "seed": 3, "factor_correlation": 0.4} | settings
    return simulate.make_survey(200_000, **settings)


def test_scores_and_items_have_the_moments_that_the_settings_imply():
    survey = big(paths={("A", "C"): 0.3, ("B", "C"): 0.5, ("C", "D"): 0.6}, method_variance=0.1)
    # By hand: r(A, C) = .3 + .5 × .4 = .5; r(B, C) = .5 + .3 × .4 = .62; D inherits .6 of each.
    hand = pd.DataFrame([[1, 0.4, 0.5, 0.3], [0.4, 1, 0.62, 0.372], [0.5, 0.62, 1, 0.6], [0.3, 0.372, 0.6, 1]],
                        list("ABCD"), list("ABCD"))  # fmt: skip
    pd.testing.assert_frame_equal(survey.correlations, hand)
    assert np.abs(survey.scores.cov() - hand).to_numpy().max() < 0.015
    # Two items of a construct: .7 × .7 + .1; of two constructs: .7 × .4 × .8 + .1.
    cov = survey.answers.cov()
    assert cov.loc["A1", "A2"] == pytest.approx(0.59, abs=0.012)
    assert cov.loc["A1", "B1"] == pytest.approx(0.324, abs=0.012)
    assert np.diag(cov) == pytest.approx(np.ones(10), abs=0.012)
    assert survey.items == {"A": ["A1", "A2", "A3"], "B": ["B1", "B2"], "C": ["C1", "C2", "C3", "C4"], "D": ["D1"]}


def test_an_interaction_keeps_the_variance_of_its_effect_at_one():
    survey = big(paths={("A", "C"): 0.4, ("B", "C"): 0.3, ("C", "D"): 0.5}, interactions={(("A", "B"), "C"): 0.3})
    a, b, c, d = survey.scores.to_numpy().T
    assert [c.var(), d.var()] == pytest.approx([1, 1], abs=0.015)
    product = a * b - (a * b).mean()
    assert (product @ c) / len(c) == pytest.approx(0.3 * 1.16, abs=0.015)  # coefficient × (1 + .4²)
    # The disturbance: 1 − (.16 + .09 + 2 × .4 × .3 × .4) − .09 × 1.16 = .5496.
    rest = c - 0.4 * a - 0.3 * b - 0.3 * (a * b - 0.4)
    assert rest.var() == pytest.approx(0.5496, abs=0.01)
    assert np.corrcoef(d, c)[0, 1] == pytest.approx(0.5, abs=0.01)


def test_two_products_that_share_a_construct_and_a_later_effect_of_both_are_counted_exactly():
    settings = {"paths": {("A", "D"): 0.3, ("C", "D"): 0.3},
                "interactions": {(("A", "B"), "C"): 0.4, (("A", "A"), "C"): 0.2, (("A", "B"), "D"): 0.2}}  # fmt: skip
    survey = big(**settings)
    assert survey.scores.var().to_numpy() == pytest.approx(np.ones(4), abs=0.02)
    # var of C's causes: .16 × 1.16 + .04 × 2 + 2 × .4 × .2 × (2 × .4) = .3936, the rest is noise.
    a, b, c = survey.scores[["A", "B", "C"]].to_numpy().T
    assert (c - 0.4 * (a * b - 0.4) - 0.2 * (a * a - 1)).var() == pytest.approx(1 - 0.3936, abs=0.01)


def test_the_seed_draws_the_same_people_whatever_else_changes():
    first, second = (simulate.make_survey(50, measures=MEASURES, seed=5, method_variance=m) for m in (0, 0.1))
    pd.testing.assert_frame_equal(first.scores, second.scores)
    assert not first.answers.equals(second.answers)
    pd.testing.assert_frame_equal(first.answers, simulate.make_survey(50, measures=MEASURES, seed=5).answers)
    assert not first.answers.equals(simulate.make_survey(50, measures=MEASURES, seed=6).answers)


def test_items_are_cut_into_categories_at_the_stated_thresholds():
    values = np.array([-9, -1.51, -1.49, -0.31, -0.29, 0, 0.31, 1.51, 9])
    assert simulate.cut(values).tolist() == [1, 1, 2, 3, 4, 4, 5, 7, 7]
    answers = big(points=5).answers
    assert answers.isin(range(1, 6)).all(axis=None)
    assert (answers["A1"] == 1).mean() == pytest.approx(0.1038, abs=0.004)  # normal distribution below −1.26


def test_reversed_items_named_items_and_method_for_some():
    survey = big(measures={"A": {"x": 0.7, "y": -0.7}, "B": [0.5, 0.5]}, method_variance={"A": 0.2, "B1": 0.1})
    cov = survey.answers.cov()
    assert cov.loc["x", "y"] == pytest.approx(-0.49 + 0.2, abs=0.012)  # method pushes both upwards
    assert cov.loc["x", "B1"] == pytest.approx(0.7 * 0.4 * 0.5 + np.sqrt(0.2 * 0.1), abs=0.012)
    assert cov.loc["x", "B2"] == pytest.approx(0.14, abs=0.012)


def test_a_matrix_of_factor_correlations_goes_by_name_or_by_order():
    r = pd.DataFrame([[1, 0.6, 0.1], [0.6, 1, 0.3], [0.1, 0.3, 1]], list("ABC"), list("ABC"))
    kept = {name: MEASURES[name] for name in "ABC"}
    found = big(measures=kept, factor_correlation=r.loc[list("CAB"), list("CAB")]).correlations
    pd.testing.assert_frame_equal(found, r)
    pd.testing.assert_frame_equal(big(measures=kept, factor_correlation=r.to_numpy()).correlations, r)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"paths": {("A", "Z"): 0.3}}, "'Z'"),
        ({"interactions": {(("A", "Z"), "B"): 0.3}}, "'Z'"),
        ({"paths": {("A", "B"): 0.3, ("B", "A"): 0.3}}, "circle"),
        ({"paths": {("A", "C"): 0.9, ("B", "C"): 0.9}}, "explain 2.268"),
        ({"factor_correlation": -0.9}, "no correlation matrix"),
        ({"factor_correlation": np.eye(2)}, "no correlation matrix"),
        ({"factor_correlation": pd.DataFrame(np.eye(2), list("AB"), list("AB"))}, "other names"),
        ({"method_variance": 0.5}, "exceed 1"),
        ({"method_variance": {"Q": 0.1}}, "names Q"),
        ({"method_variance": -0.1}, "outside 0"),
        ({"measures": {}}, "measures is empty"),
        ({"measures": {"A": {"x": 0.5}, "B": {"x": 0.5}}}, "two constructs"),
        ({"points": 1}, "points=1"),
        ({"interactions": {(("A", "B"), "C"): 0.3, (("A", "C"), "D"): 0.3}}, "depends on an interaction"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, says):
    with pytest.raises(DataError, match=says):
        simulate.make_survey(10, **{"measures": MEASURES, "factor_correlation": 0.4} | settings)


def test_a_survey_needs_respondents():
    with pytest.raises(DataError, match="n=0"):
        simulate.make_survey(0, measures=MEASURES)


# Moderated regression


def sample(n=60, seed=2):
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=n), rng.normal(size=n)
    y = 1 + 0.5 * x + 0.2 * z + 0.3 * x * z + rng.normal(size=n) * (1 + 0.5 * np.abs(x))
    return pd.DataFrame({"y": y, "x": x, "z": z})


@pytest.mark.parametrize("errors", ["HC3", "classical"])
def test_moderated_regression_equals_statsmodels_on_the_same_columns(errors):
    import statsmodels.formula.api as smf

    frame = sample()
    ours = paths.moderated_regression(frame, "y", ["x", "z"], product=("x", "z"), standardise=False, errors=errors)
    centred = frame - frame.mean()
    peer = smf.ols("y ~ x + z + x:z", centred).fit()
    peer = peer.get_robustcov_results("HC3", use_t=True) if errors == "HC3" else peer
    assert ours.table["estimate"].to_numpy() == pytest.approx(np.asarray(peer.params))
    assert ours.table["se"].to_numpy() == pytest.approx(np.asarray(peer.bse))
    assert ours.table[["low", "high"]].to_numpy() == pytest.approx(np.asarray(peer.conf_int()))
    assert ours.table["p"].to_numpy() == pytest.approx(np.asarray(peer.pvalues))
    assert (ours.n, ours.left_out, ours.df) == (60, 0, 56)


def test_moderated_regression_of_ten_rows_by_hand():
    # Two predictors of −1 and 1, crossed; y is 10 + 2a + 1b + 3ab exactly, with ±1 that cancels in each cell.
    a, b = np.repeat([-1, -1, 1, 1], 4), np.tile(np.repeat([-1, 1], 4), 2)
    frame = pd.DataFrame({"a": a, "b": b, "y": 10 + 2 * a + b + 3 * a * b + np.tile([-1, 1], 8)})
    fit = paths.moderated_regression(frame, "y", ["a", "b"], product=("a", "b"), standardise=False, errors="classical")
    assert fit.table["estimate"].to_dict() == pytest.approx({"constant": 0, "a": 2, "b": 1, "a × b": 3}, abs=1e-12)
    assert fit.table["se"].to_numpy() == pytest.approx(np.full(4, np.sqrt(16 / 12 / 16)))  # s² = 16 / (16 − 4)
    spread = np.sqrt(16 / 15)
    slopes = paths.simple_slopes(fit)
    assert slopes["estimate"].to_numpy() == pytest.approx(2 + 3 * np.array([-1, 0, 1]) * spread)
    assert slopes["se"].to_numpy() == pytest.approx(np.sqrt((1 + np.array([1, 0, 1]) * spread**2) / 12))


def test_rows_with_a_missing_answer_are_left_out_and_counted():
    frame = sample()
    frame.loc[[3, 7], "x"] = np.nan
    before = frame.copy()
    fit = paths.moderated_regression(frame, "y", ["x", "z"])
    assert (fit.n, fit.left_out) == (58, 2)
    pd.testing.assert_frame_equal(frame, before)


def test_units_change_nothing_but_the_units():
    frame = sample()
    first = paths.moderated_regression(frame, "y", ["x", "z"], product=("x", "z"), standardise=False).table
    scaled = frame.assign(x=frame["x"] * 1e-6, z=frame["z"] * 1e7)
    second = paths.moderated_regression(scaled, "y", ["x", "z"], product=("x", "z"), standardise=False).table
    assert second["estimate"].to_numpy() == pytest.approx(first["estimate"].to_numpy() * [1, 1e6, 1e-7, 0.1])
    assert second["p"].to_numpy() == pytest.approx(first["p"].to_numpy())


def test_standardised_coefficients_are_those_of_standardised_columns():
    frame = sample()
    z = (frame - frame.mean()) / frame.std()
    first = paths.moderated_regression(frame, "y", ["x", "z"], product=("x", "z"))
    second = paths.moderated_regression(z, "y", ["x", "z"], product=("x", "z"), standardise=False)
    pd.testing.assert_frame_equal(first.table, second.table)


def test_one_predictor_corrected_is_spearmans_formula():
    # Spearman (1904): r / sqrt(ρ_x ρ_y).
    frame = sample(400)
    r = frame["x"].corr(frame["y"])
    fit = paths.moderated_regression(frame, "y", ["x"], reliability={"x": 0.7, "y": 0.8})
    assert fit.table.loc["x", "estimate"] == pytest.approx(r / np.sqrt(0.7 * 0.8))


def test_the_correction_finds_the_true_coefficients_in_a_large_survey():
    measures = {"A": [0.7] * 4, "B": [0.8] * 3, "C": [0.75] * 4}
    truth = {"A": 0.4, "B": 0.2, "A × B": 0.25}
    survey = simulate.make_survey(200_000, measures=measures, paths={("A", "C"): 0.4, ("B", "C"): 0.2}, seed=4,
                                  interactions={(("A", "B"), "C"): 0.25}, factor_correlation=0.3,
                                  points=None)  # fmt: skip
    means = pd.DataFrame({name: survey.answers[items].mean(axis=1) for name, items in survey.items.items()})
    # Spearman–Brown for k parallel items of reliability λ²: kλ² / (1 + (k − 1) λ²).
    rel = {name: len(x) * x[0] ** 2 / (1 + (len(x) - 1) * x[0] ** 2) for name, x in measures.items()}
    plain = paths.moderated_regression(means, "C", ["A", "B"], product=("A", "B"))
    fixed = paths.moderated_regression(means, "C", ["A", "B"], product=("A", "B"), reliability=rel)
    assert fixed.table["estimate"][list(truth)].to_numpy() == pytest.approx(list(truth.values()), abs=0.012)
    assert plain.table.loc["A × B", "estimate"] < 0.22 and plain.table.loc["A", "estimate"] < 0.37
    # The product's observed reliability: the squared correlation with the true product.
    r = means["A"].corr(means["B"])
    seen = ((means["A"] - means["A"].mean()) * (means["B"] - means["B"].mean())).corr(
        survey.scores["A"] * survey.scores["B"]
    )
    assert seen**2 == pytest.approx(paths.product_reliability(rel["A"], rel["B"], r), abs=0.01)


def test_product_reliability_by_hand():
    assert paths.product_reliability(0.7, 0.7) == pytest.approx(0.49)
    assert paths.product_reliability(0.8, 0.8, 0.5) == pytest.approx((0.64 + 0.25) / 1.25)
    assert paths.product_reliability(1, 1, 0.3) == 1


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"predictors": ["x", "q"]}, "lacks the column"),
        ({"product": ("x", "q")}, "product="),
        ({"product": ("x",)}, "product="),
        ({"product": ("x", "x")}, "product="),
        ({"predictors": ["x", "word"]}, "word hold no numbers"),
        ({"errors": "HC9"}, "HC9"),
        ({"reliability": {"x": 1.2}}, "outside 0"),
        ({"reliability": {"x": 0.9}, "errors": "classical"}, "with a reliability"),
        ({"reliability": {"x": 0.001}}, "no more than error"),
        ({"level": 95}, "level=95"),
        ({"predictors": ["x", "z", "same"]}, "repeats another"),
        ({"predictors": ["x", "flat"]}, "same value"),
    ],
)
def test_a_regression_that_cannot_be_is_refused(settings, says):
    frame = sample().assign(same=lambda f: f["x"] * 2, flat=1.0, word="a")
    with pytest.raises(DataError, match=says):
        paths.moderated_regression(frame, "y", **{"predictors": ["x", "z"]} | settings)


def test_a_frame_is_needed():
    with pytest.raises(DataError, match="not a frame"):
        paths.moderated_regression([1, 2], "y", ["x"])


def test_too_few_rows_and_slopes_without_a_product_are_refused():
    with pytest.raises(DataError, match="too few"):
        paths.moderated_regression(sample(4), "y", ["x", "z"], product=("x", "z"))
    with pytest.raises(DataError, match="no product"):
        paths.simple_slopes(paths.moderated_regression(sample(), "y", ["x", "z"]))


# Power


def draw(rng, effect=0.3, n=50):
    x = rng.normal(size=n)
    return pd.DataFrame({"x": x, "y": effect * x + rng.normal(size=n)})


def slope(frame):
    return paths.moderated_regression(frame, "y", ["x"], standardise=False, errors="classical").table.loc[["x"]]


def test_power_of_one_slope_is_that_of_the_noncentral_t():
    from scipy import stats

    found = paths.power(draw, slope, truth=pd.Series({"x": 0.3}), surveys=600, seed=1).loc["x"]
    # Noncentrality given x is effect × sqrt(sum of squares); averaged over its chi-square distribution (49 df).
    edge, ss = stats.t.ppf(0.975, 48), stats.chi2.ppf(np.linspace(0.0005, 0.9995, 500), 49)
    exact = np.mean(stats.nct.sf(edge, 48, 0.3 * np.sqrt(ss)) + stats.nct.cdf(-edge, 48, 0.3 * np.sqrt(ss)))
    assert found["power_low"] < exact < found["power_high"]
    assert found["coverage_low"] < 0.95 < found["coverage_high"]
    assert found["bias"] == pytest.approx(0, abs=4 * found["sd"] / np.sqrt(600))


def test_power_has_a_stream_a_survey_counts_failures_and_draws_a_bar(capsys):
    def strange(frame):
        if frame["x"].iloc[0] > 0:
            raise DataError("no")
        return slope(frame)

    all_of_them = paths.power(draw, slope, surveys=20, seed=3, progress=True)
    assert "surveys" in capsys.readouterr().err
    some = paths.power(draw, strange, surveys=20, seed=3)
    assert capsys.readouterr().err == ""
    assert some["surveys"].item() + some.attrs["failed"] == 20 and 0 < some.attrs["failed"] < 20
    assert all_of_them.attrs["failed"] == 0 and "coverage" not in all_of_them
    first = paths.power(draw, slope, surveys=1, seed=3)["mean"].item()
    assert first == slope(draw(np.random.default_rng([3, 0])))["estimate"].item()
    with pytest.raises(DataError, match="none of the 3"):
        paths.power(draw, lambda frame: slope(frame[:1]), surveys=3)
