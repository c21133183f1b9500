"""Scales and factor models: published values, peers, values implied by loadings, and simulated surveys."""

import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from idic_lib import data, survey
from idic_lib.errors import ConvergenceError, ConvergenceWarning, DataError
from idic_lib.survey.confirm import _Groups

HS = {"visual": ["x1", "x2", "x3"], "textual": ["x4", "x5", "x6"], "speed": ["x7", "x8", "x9"]}
TEN = pd.DataFrame(
    [[5, 4, 5, 4], [3, 3, 2, 4], [6, 5, 6, 6], [2, 3, 3, 2], [7, 6, 6, 7], [4, 4, 5, 3], [5, 6, 4, 5], [1, 2, 2, 1],
     [6, 6, 7, 5], [4, 3, 4, 4]], columns=list("abcd"))  # fmt: skip
LOADS = [0.7, 0.6, 0.65, 0.5]


@pytest.fixture(scope="module")
def schools():
    from semopy.examples import holzinger39

    return holzinger39.get_data()


def two_scales(n, seed, **more):
    return survey.make_survey(
        n, measures={"a": LOADS, "b": LOADS}, factor_correlation=0.5, points=None, seed=seed, **more
    ).answers


# --- reliability


def test_alpha_of_four_people_by_hand():
    items = pd.DataFrame({"one": [1, 2, 3, 4], "two": [2, 1, 4, 3], "three": [1, 2, 4, 5]})
    # variances 5/3, 5/3, 10/3; sums 4, 5, 11, 12: variance 50/3; so 3/2 · (1 − (20/3) / (50/3)) = 0.9
    assert survey.cronbach_alpha(items.loc[[0, 1, 2, 3]])["alpha"] == pytest.approx(0.9, abs=1e-12)


@pytest.mark.parametrize(
    ("columns", "alpha", "low", "high"),
    [(["x4", "x5", "x6"], 0.8827069128757955, 0.858, 0.904), (["x1", "x2", "x3"], 0.6261171318849805, 0.547, 0.694)],
)
def test_alpha_and_feldts_interval_as_pingouin_0_7_0_printed_them(schools, columns, alpha, low, high):
    got = survey.cronbach_alpha(schools[columns])
    assert got["alpha"] == pytest.approx(alpha, abs=1e-12)
    assert (round(got["low"], 3), round(got["high"], 3)) == (low, high)


def test_alpha_of_ten_people_as_pingouin_0_7_0_printed_it():
    got, wide = survey.cronbach_alpha(TEN, level=0.9), survey.cronbach_alpha(TEN)
    assert got["alpha"] == pytest.approx(0.953900709219858, abs=1e-12)
    assert (round(got["low"], 3), round(got["high"], 3)) == (0.896, 0.984)
    assert (round(wide["low"], 3), round(wide["high"], 3)) == (0.879, 0.987)


def test_omega_and_alpha_are_what_the_loadings_imply():
    # (Σλ)² / ((Σλ)² + Σ(1 − λ²)); alpha from the implied covariances
    load = np.array([0.9, 0.7, 0.5, 0.3])
    omega = load.sum() ** 2 / (load.sum() ** 2 + (1 - load**2).sum())
    implied = np.outer(load, load) + np.diag(1 - load**2)
    alpha = 4 / 3 * (1 - 4 / implied.sum())
    x = survey.make_survey(40_000, measures={"x": load}, points=None, seed=3).answers
    assert survey.mcdonald_omega(x)["omega"] == pytest.approx(omega, abs=0.006)
    assert survey.cronbach_alpha(x)["alpha"] == pytest.approx(alpha, abs=0.006)
    assert omega - alpha > 0.02  # unequal loadings: alpha falls short
    # and exactly, where the covariance matrix of the sample is the implied one
    raw = np.random.default_rng(1).standard_normal((500, 4))
    white = (raw - raw.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T, bias=True))).T
    exact = pd.DataFrame(white @ np.linalg.cholesky(implied).T, columns=list("abcd"))
    assert survey.mcdonald_omega(exact)["omega"] == pytest.approx(omega, abs=1e-6)


def test_intervals_of_alpha_and_omega_cover():
    truth, hits = 2.45**2 / (2.45**2 + sum(1 - x**2 for x in LOADS)), []
    load = np.array(LOADS)
    alpha = 4 / 3 * (1 - 4 / (np.outer(load, load) + np.diag(1 - load**2)).sum())
    for seed in range(200):
        x = survey.make_survey(120, measures={"x": LOADS}, points=None, seed=seed).answers
        a, w = survey.cronbach_alpha(x), survey.mcdonald_omega(x)
        hits.append((a["low"] < alpha < a["high"], w["low"] < truth < w["high"]))
    # 200 surveys at 95 %: standard error 1.5 %
    assert ((np.mean(hits, axis=0) > 0.91) & (np.mean(hits, axis=0) < 0.99)).all()


def test_item_analysis_by_hand_and_of_a_reversed_item():
    got = survey.item_analysis(TEN)
    assert got.loc["a", "item_rest"] == pytest.approx(TEN["a"].corr(TEN["b"] + TEN["c"] + TEN["d"]), abs=1e-12)
    assert got.loc["a", "alpha_without"] == pytest.approx(survey.cronbach_alpha(TEN[["b", "c", "d"]])["alpha"])
    assert got.loc["a", "ceiling"] == 0.1 and got.loc["b", "ceiling"] == 0 and got.loc["a", "floor"] == 0.1
    assert not got["reversed"].any()
    turned = survey.item_analysis(TEN.assign(d=8 - TEN["d"]))
    assert turned["reversed"].to_list() == [False, False, False, True]
    holes = TEN.astype(float)
    holes.loc[0, "a"] = np.nan
    assert survey.item_analysis(holes).loc["a", "missing"] == 0.1
    assert survey.cronbach_alpha(holes)["n"] == 9 and holes.isna().sum().sum() == 1


# --- exploring


def test_exploratory_loadings_as_statsmodels_fits_them(schools):
    from statsmodels.multivariate.factor import Factor

    items = schools[[f"x{i}" for i in range(1, 10)]]
    peer = Factor(items.to_numpy(), n_factor=3, method="ml").fit(rng=1)
    peer.rotate("oblimin")
    got = survey.explore_factors(items, 3)
    ours, theirs = (x[:, np.argmax(np.abs(x[[0, 3, 7]]), axis=1)] for x in (got.loadings.to_numpy(), peer.loadings))
    assert np.abs(np.abs(ours) - np.abs(theirs)).max() < 0.002
    assert np.abs(got.communalities.to_numpy() - peer.communality).max() < 0.001
    implied = (got.loadings @ got.correlations * got.loadings).sum(axis=1)
    assert np.allclose(implied, got.communalities, atol=1e-4)
    varimax = survey.explore_factors(items, 3, rotation="varimax")
    assert np.allclose(varimax.correlations, np.eye(3))
    assert np.allclose(varimax.communalities, got.communalities)


def test_explored_factors_of_a_large_simulated_survey_are_the_planted_ones():
    x = two_scales(20_000, 5)
    got = survey.explore_factors(x, 2)
    target = pd.DataFrame({"a": [*LOADS, 0, 0, 0, 0], "b": [0, 0, 0, 0, *LOADS]}, x.columns)
    assert survey.congruence(got.loadings, target).min() > 0.99
    assert got.correlations.iloc[0, 1] == pytest.approx(0.5, abs=0.05)
    assert survey.congruence(-got.loadings[["factor_2", "factor_1"]], target).min() > 0.99
    assert np.allclose(survey.congruence(target, target), 1)
    # cosine of (1, 1) and (1, 0)
    one = survey.congruence(pd.DataFrame({"f": [1.0, 1.0]}), pd.DataFrame({"t": [1.0, 0.0]}))
    assert one["t"] == pytest.approx(0.5**0.5)


def test_parallel_analysis_counts_factors_and_finds_none_in_noise():
    assert survey.parallel_analysis(two_scales(600, 1))["kept"].sum() == 2
    noise = np.random.default_rng(0)
    frames = [pd.DataFrame(noise.standard_normal((80, 6))).add_prefix("q") for _ in range(40)]
    found = [survey.parallel_analysis(frame, seed=1)["kept"].any() for frame in frames]
    assert np.mean(found) < 0.2
    again = [survey.parallel_analysis(TEN, seed=4)["luck"] for _ in range(2)]
    assert again[0].equals(again[1])


# --- confirming


def test_holzinger_swineford_as_in_lavaans_tutorial(schools):
    fit = survey.confirm_factors(schools, HS)
    m = fit.measures
    assert (round(m["chi_square"], 3), m["df"], m["n"]) == (85.306, 24, 301)
    assert [round(m[name], 3) for name in ("cfi", "tli", "rmsea", "rmsea_low", "srmr")] == [
        0.931, 0.896, 0.092, 0.071, 0.065]  # fmt: skip
    assert fit.proper and fit.loadings.index[0] == ("visual", "x1")


def test_factor_models_agree_with_semopy(schools):
    text = "\n".join(f"{name} =~ {' + '.join(items)}" for name, items in HS.items())
    ours, theirs = survey.confirm_factors(schools, HS), survey.fit_structure(text, schools)
    names = ["chi_square", "df", "cfi", "tli", "rmsea", "srmr"]
    assert np.allclose(ours.measures[names], theirs.measures[names], atol=1e-3)
    loads = theirs.estimates.query("op == '~'").set_index(["right", "left"])["standardised"]
    assert np.allclose(ours.loadings["loading"], loads.loc[ours.loadings.index].astype(float), atol=2e-3)
    marks = theirs.estimates.query("op == '~~' and left == 'speed' and right == 'textual'").iloc[0]
    assert marks["standardised"] == pytest.approx(ours.correlations.loc[("textual", "speed"), "correlation"], abs=1e-3)
    assert marks["low"] < marks["estimate"] < marks["high"] and 0 <= marks["p"] < 0.01


def test_intervals_of_loadings_and_correlations_cover():
    hits = []
    for seed in range(100):
        fit = survey.confirm_factors(
            two_scales(250, seed), {"a": ["a1", "a2", "a3", "a4"], "b": ["b1", "b2", "b3", "b4"]}
        )
        hits.append([*fit.loadings["low"].lt(LOADS * 2) & fit.loadings["high"].gt(LOADS * 2),
                     fit.correlations["low"].iloc[0] < 0.5 < fit.correlations["high"].iloc[0]])  # fmt: skip
    share = np.mean(hits, axis=0)
    assert share[:8].mean() == pytest.approx(0.95, abs=0.03) and share[8] > 0.88


def test_chi_square_of_the_right_model_is_a_chi_square():
    model = {"a": ["a1", "a2", "a3", "a4"], "b": ["b1", "b2", "b3", "b4"]}
    fits = [survey.confirm_factors(two_scales(500, seed), model).measures for seed in range(60)]
    values = np.array([fit["chi_square"] for fit in fits])
    assert fits[0]["df"] == 19 and values.mean() == pytest.approx(19, abs=2.4)  # standard error 0.8
    wrong = {"a": ["a1", "a2", "b3", "b4"], "b": ["b1", "b2", "a3", "a4"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        assert survey.confirm_factors(two_scales(500, 0), wrong).measures["p"] < 1e-6


def test_an_item_may_belong_to_two_constructs():
    x = two_scales(3000, 2)
    x["both"] = (x["a1"] + x["b1"]) / 2 + np.random.default_rng(1).standard_normal(len(x)) / 2
    fit = survey.confirm_factors(x, {"a": ["a2", "a3", "a4", "both"], "b": ["b2", "b3", "b4", "both"]})
    assert fit.loadings.loc[[("a", "both"), ("b", "both")], "low"].gt(0.2).all()


def test_an_impossible_solution_is_called_improper():
    model, seen = {"a": ["a1", "b1"], "b": ["a2", "b2"]}, 0  # not how the items were made
    for seed in range(12):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                proper = survey.confirm_factors(two_scales(30, seed), model).proper
            except ConvergenceError as problem:
                assert "few answers" in str(problem)
                continue
        assert proper == (not any(issubclass(w.category, ConvergenceWarning) for w in said))
        seen += not proper
    assert seen > 0


def test_one_construct_with_four_items_has_two_degrees_of_freedom():
    one = survey.confirm_factors(two_scales(400, 3), {"a": ["a1", "a2", "a3", "a4"]})
    assert one.measures["df"] == 2 and one.correlations.empty and len(one.loadings) == 4


# --- invariance


def test_two_schools_as_in_lavaans_tutorial(schools):
    # Printed there: 115.85 (48), 124.04 (54), 164.10 (60); differences 8.192 and 40.059.
    fits = [_Groups([part[list(schools.columns[6:15])] for _, part in schools.groupby("school")], HS, same)
            for same in ((), ("loading",), ("loading", "intercept"))]  # fmt: skip
    assert [(round(fit.chi_square, 2), fit.df) for fit in fits] == [(115.85, 48), (124.04, 54), (164.10, 60)]
    assert [round(b.chi_square - a.chi_square, 3) for a, b in pairwise(fits)] == [8.192, 40.059]
    got = survey.invariance(schools, schools["school"], HS)
    assert list(got.steps.index) == ["configural", "metric", "scalar", "scalar, partial"]
    assert round(got.steps.loc["metric", "change"], 3) == 8.192 and got.steps.loc["metric", "df_change"] == 6
    odd = got.items.loc["intercept"].query("differs").index
    assert set(odd) == {"x3", "x7"} and not got.items.loc["loading", "differs"].any()
    # the tutorial's partial model with these two intercepts free
    assert got.steps.loc["scalar, partial", ["chi_square", "df"]].round(2).to_list() == [129.42, 58]


def planted(n, seed, *, shift=0.0, load=1.0):
    """Two groups; in the second, item a1 answers `shift` lower and hangs on its construct `load` times as much."""
    drawn = survey.make_survey(2 * n, measures={"a": LOADS, "b": LOADS}, factor_correlation=0.5, points=None, seed=seed)
    x, second = drawn.answers, np.arange(2 * n) >= n
    x["a1"] = x["a1"] + second * (shift + (load - 1) * 0.7 * drawn.scores["a"])
    return x, np.where(second, "second", "first")


MODEL = {"a": ["a1", "a2", "a3", "a4"], "b": ["b1", "b2", "b3", "b4"]}


def test_a_planted_intercept_is_found_measured_and_repaired():
    x, group = planted(600, 1, shift=-0.6)
    got = survey.invariance(x, group, MODEL)
    odd = got.items[got.items["differs"]]
    assert list(odd.index) == [("intercept", "a1")]
    assert odd["low"].iloc[0] < -0.6 < odd["high"].iloc[0] and odd["p"].iloc[0] < 1e-6
    # nobody differs in truth: the full scalar model sees a gap, the partial one does not
    assert got.means.loc[("scalar", "a"), "difference"] < -0.1
    assert got.means.loc[("scalar, partial", "a"), "low"] < 0 < got.means.loc[("scalar, partial", "a"), "high"]
    swapped = survey.invariance(x, np.where(group == "first", "z", "a"), MODEL)
    assert swapped.items.loc[("intercept", "a1"), "difference"] == pytest.approx(-odd["difference"].iloc[0], rel=0.1)


def test_a_planted_loading_is_found_and_its_intercept_is_freed_too():
    x, group = planted(1500, 2, load=0.3)
    got = survey.invariance(x, group, MODEL)
    assert list(got.items[got.items["differs"]].index) == [("loading", "a1")]
    assert np.isnan(got.items.loc[("intercept", "a1"), "p"])
    assert got.items.loc[("loading", "a1"), "difference"] == pytest.approx(-0.49, abs=0.12)
    assert "metric, partial" in got.steps.index and got.steps.loc["scalar", "p_change"] > 0.001


def test_without_a_difference_alarms_are_rare():
    alarms = [survey.invariance(*planted(150, seed), MODEL).items["differs"].any() for seed in range(30)]
    # two families of tests at 5 % each: at most 10 % expected, standard error 5 %
    assert np.mean(alarms) <= 0.25


# --- halves, guards, files


def test_halves_share_no_respondent_and_lose_none():
    one, two = survey.split_sample(TEN, seed=1)
    assert len(one) == len(two) == 5 and set(one.index) | set(two.index) == set(TEN.index)
    assert not survey.split_sample(TEN, seed=2)[0].index.equals(one.index)


@pytest.mark.parametrize(("call", "words"), [
    (lambda: survey.cronbach_alpha(TEN[["a"]]), "too few"),
    (lambda: survey.mcdonald_omega(TEN[["a", "b"]]), "at least 3"),
    (lambda: survey.cronbach_alpha(TEN.assign(a="yes")), "not numbers"),
    (lambda: survey.cronbach_alpha(TEN.assign(c=3)), r"same answer to \['c'\]"),
    (lambda: survey.cronbach_alpha(TEN.head(4)), "4 complete answers"),
    (lambda: survey.cronbach_alpha([1, 2, 3]), "not a frame"),
    (lambda: survey.cronbach_alpha(TEN, level=95), "not a share"),
    (lambda: survey.explore_factors(TEN, 3), "at most half"),
    (lambda: survey.explore_factors(TEN, 1, rotation="promax"), "oblimin"),
    (lambda: survey.congruence(TEN[["a"]], TEN[["a", "b"]]), "fewer factors"),
    (lambda: survey.confirm_factors(TEN, {"s": ["a", "b", "z"]}), r"no columns: \['z'\]"),
    (lambda: survey.invariance(TEN, ["x"] * 9, {"s": list("abcd")}), "9 groups"),
    (lambda: survey.invariance(TEN, ["x"] * 10, {"s": list("abcd")}), "exactly two"),
    (lambda: survey.fit_structure("a ~ q", TEN), r"no columns: \['q'\]"),
])  # fmt: skip
def test_bad_input_is_one_clear_error(call, words):
    with pytest.raises(DataError, match=words):
        call()


def test_a_model_that_two_items_cannot_hold_is_refused_or_does_not_converge():
    with pytest.raises(DataError, match="at least 3"):
        survey.confirm_factors(TEN, {"s": ["a", "b"]})


def test_the_questionnaire_is_what_its_card_says():
    items = data.load_questionnaire()
    assert len(items) == 24 and items["item"].is_unique
    assert items.groupby("construct").size().to_dict() == {
        "identify": 4, "differentiate": 4, "interact": 4, "customize": 4, "organisation": 8}  # fmt: skip
    assert items["loading"].between(0.5, 0.7).all() and set(items["reverse"]) == {0, 1}
    assert (items["shift"] != 0).sum() == 1 and (items["planted"] != "").equals(items["shift"] != 0)
    assert items["persian"].str.contains("[آ-ی]").all() and not items["persian"].str.contains("[يك]").any()
    assert not items["english"].str.contains(" and | or ").any()  # one thing an item


def test_the_recovery_table_is_what_its_card_says():
    table = data.load_survey_recovery()
    assert table.groupby(["study", "n"]).size().to_dict() == {
        ("invariance", 150): 240, ("invariance", 300): 240, ("invariance", 600): 240,
        ("recovery", 60): 200, ("recovery", 150): 200, ("recovery", 300): 200}  # fmt: skip
    assert set(table["solution"]) <= {"proper", "improper", "none", "fitted"}
