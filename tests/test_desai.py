"""The structure after Desai, Sahu & Sinha (2007), on simulated surveys: what each estimator finds of the settings."""

import numpy as np
import pandas as pd
import pytest

from idic_lib import data
from idic_lib.errors import ConvergenceError, DataError
from idic_lib.models import desai
from idic_lib.survey import confirm, paths

TO_PERFORMANCE = ["capability → performance", "it → performance", desai.PRODUCT]


def test_bollen_1989_political_democracy_as_printed_by_lavaan():
    # lavaan 0.5-23's printed output: coefficients and standard errors of the three structural paths (75 countries).
    from semopy.examples import political_democracy

    fit = confirm.fit_structure(political_democracy.get_model(), political_democracy.get_data())
    rows = fit.estimates.set_index(["left", "right"])
    for path, (estimate, se) in {("dem60", "ind60"): (1.483, 0.399), ("dem65", "ind60"): (0.572, 0.221),
                                 ("dem65", "dem60"): (0.837, 0.098)}.items():  # fmt: skip
        assert rows.loc[path, "estimate"] == pytest.approx(estimate, abs=0.0015)
        assert rows.loc[path, "se"] == pytest.approx(se, abs=0.001)
    assert fit.measures["chi_square"] == pytest.approx(38.125, abs=0.01) and fit.measures["df"] == 35


def test_the_settings_are_the_stated_ones_and_can_be_changed():
    table = desai.settings().set_index("what")["value"]
    assert [table[path] for path in desai.TRUTH.index] == [0.30, 0.25, 0.20, 0.0, 0.40, 0.20, 0.15]
    assert table["firms"] == 200 and table["answer categories"] == 7 and table["items of each construct"] == 4
    survey = desai.make_desai_survey(30, effects={"capability → performance": 0.0, desai.PRODUCT: 0.0}, seed=1)
    assert survey.answers.shape == (30, 28) and survey.answers.isin(range(1, 8)).all(axis=None)
    # By hand: r(capability, it) = .3 × (.3 + .25 + .2) = .225; performance inherits .2 of it.
    assert survey.correlations.loc["capability", "it"] == pytest.approx(0.225)
    assert survey.correlations.loc["capability", "performance"] == pytest.approx(0.045)


def test_expected_reliability_by_hand():
    # Four items of loading .7, not cut: 4 × .49 / (1 + 3 × .49); with a method share of .1 items correlate .59.
    plain = desai.expected_reliability(loadings=[0.7] * 4, points=None)
    assert plain["alpha"] == pytest.approx(1.96 / 2.47) and plain["construct"] == pytest.approx(1.96 / 2.47)
    method = desai.expected_reliability(0.1, loadings=[0.7] * 4, points=None)
    assert method["alpha"] == pytest.approx(2.36 / 2.77)
    assert method["construct"] == pytest.approx(1.96 / 2.77) and method["method"] == pytest.approx(0.4 / 2.77)
    # Unequal loadings: omega is (sum of loadings)² / ((sum)² + sum of errors) = 9 / (9 + 4 − 2.27); alpha is below it.
    unequal = desai.expected_reliability(points=None)
    assert unequal["construct"] == pytest.approx(9 / 10.73) and unequal["alpha"] < unequal["construct"]
    # Two categories keep 2/π of a normal item.
    assert desai.expected_reliability(points=2)["kept"] == pytest.approx(2 / np.pi)


@pytest.mark.parametrize(("method", "points"), [(0.0, None), (0.0, 7), (0.15, 7)])
def test_expected_estimates_are_those_of_a_large_survey(method, points):
    survey = desai.make_desai_survey(100_000, method_variance=method, points=points, seed=2)
    found = desai.compare_estimators(survey.answers, estimators=("composite", "corrected"))["estimate"].unstack(0)
    theory = desai.expected(method, points=points)
    assert (found.loc[theory.index] - theory).abs().to_numpy().max() < 0.02
    for name in ("capability", "it"):
        items = survey.answers[survey.items[name]]
        total, k = items.cov().to_numpy(), items.shape[1]
        alpha = k / (k - 1) * (1 - np.trace(total) / total.sum())
        implied = desai.expected_reliability(method, points=points)
        assert alpha == pytest.approx(implied["alpha"], abs=0.006)
        share = items.mean(axis=1).corr(survey.scores[name]) ** 2
        assert share == pytest.approx(implied["construct"], abs=0.006)


def test_corrected_and_structural_estimates_find_the_truth_where_no_method_interferes():
    survey = desai.make_desai_survey(20_000, seed=5)
    found = desai.compare_estimators(survey.answers)["estimate"]
    for name in ("corrected", "structural"):
        assert (found[name] - desai.TRUTH).abs().max() < 0.03
    assert found["composite"]["capability → performance"] < 0.36  # attenuated: .334 by theory


def test_method_inflates_the_main_path_and_deflates_the_product():
    # Siemsen, Roth & Oliveira (2010): common method variance deflates interactions.
    shares = [desai.expected(share).loc[TO_PERFORMANCE, "composite"] for share in (0.0, 0.1, 0.2)]
    main, _, product = np.array(shares).T
    assert (np.diff(main) > 0).all() and (np.diff(product) < 0).all()
    assert main[0] < desai.TRUTH["capability → performance"] < main[2]


def test_the_path_model_is_two_least_squares_regressions_on_standardised_means():
    survey = desai.make_desai_survey(150, seed=7)
    means = pd.DataFrame({name: survey.answers[items].mean(axis=1) for name, items in survey.items.items()})
    pd.testing.assert_frame_equal(desai.composites(survey.answers), means)
    z = (means - means.mean()) / means.std()
    x = np.column_stack([np.ones(150), z[["capability", "it"]], z["capability"] * z["it"]])
    first = np.linalg.lstsq(x, z["performance"], rcond=None)[0][1:]
    second = np.linalg.lstsq(z[desai.DRIVERS], z["capability"], rcond=None)[0]
    found = desai.fit_path_model(survey.answers)["estimate"]
    assert found[TO_PERFORMANCE].to_numpy() == pytest.approx(first)
    assert found.iloc[:4].to_numpy() == pytest.approx(second)
    assert list(found.index) == list(desai.TRUTH.index)


def test_the_structural_paths_are_semopys_standardised_ones():
    answers = desai.make_desai_survey(300, seed=8).answers
    found = desai.fit_structural_model(answers)
    z = (answers - answers.mean()) / answers.std()
    z = z.assign(**{f"product{i}": z[f"capability{i}"] * z[f"it{i}"] for i in range(1, 5)})
    parts = [*desai.CONSTRUCTS, "product"]
    text = [f"{name} =~ " + " + ".join(f"{name}{i}" for i in range(1, 5)) for name in parts]
    text += ["capability ~ sensing + learning + coordinating + integrating", "performance ~ capability + it + product"]
    rows = confirm.fit_structure("\n".join(text), z).estimates.set_index(["left", "right"])
    for path in desai.TRUTH.index[:6]:
        cause, effect = path.split(" → ")
        assert found.loc[path, "estimate"] == pytest.approx(rows.loc[(effect, cause), "standardised"], rel=0.01)
    assert found.attrs["measures"]["df"] > 400
    raw = rows.loc[("performance", "product")]
    assert found.loc[desai.PRODUCT, "p"] == pytest.approx(raw["p"], abs=1e-6)


def test_an_estimator_that_fails_gives_missing_values_and_the_others_stay():
    few = desai.make_desai_survey(20, seed=1).answers
    found = desai.compare_estimators(few, estimators=("composite", "structural"))
    assert found.loc["structural"].isna().all(axis=None) and found.loc["composite"].notna().all(axis=None)
    with pytest.raises((DataError, ConvergenceError)):
        desai.fit_structural_model(few)


def test_a_construct_without_variance_is_no_structural_estimate(monkeypatch):
    answers = desai.make_desai_survey(120, seed=1).answers
    fit = confirm.fit_structure

    def broken(description, frame):
        found = fit(description, frame)
        found.estimates.loc[found.estimates["left"] == "product1", "standardised"] = 0.5
        found.estimates.loc[found.estimates["left"] == "it1", "standardised"] = np.nan
        return found

    monkeypatch.setattr(confirm, "fit_structure", broken)
    with pytest.raises(ConvergenceError, match="no positive variance"):
        desai.fit_structural_model(answers)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: desai.make_desai_survey(effects={"it → capability": 0.2}), "it → capability"),
        (lambda: desai.composites(pd.DataFrame({"sensing1": [1, 2]})), "fewer than two items of sensing, learning"),
        (lambda: desai.make_desai_survey(method_variance=0.5), "exceed 1"),
    ],
)
def test_bad_input_is_refused(call, says):
    with pytest.raises(DataError, match=says):
        call()


# The committed grid: 1,000 surveys a setting


@pytest.fixture(scope="module")
def grid():
    return data.load_survey_power()


def test_the_grid_holds_every_setting_and_surveys_that_failed_are_few(grid):
    assert set(grid["firms"]) == {200, 800} and set(grid["method_variance"]) == {0, 0.05, 0.11, 0.22}
    full = grid[grid["method_variance"].isin([0, 0.11])]
    assert (full.groupby(["firms", "method_variance"])["estimator"].nunique() >= 5).all()
    assert grid["surveys"].between(980, 1000).all()


def test_the_grids_means_are_those_that_theory_expects(grid):
    rows = grid.dropna(subset="expected")
    # Small samples, categories and the bent scores of performance cost a little: one hundredth, besides sampling error.
    slack = 4 * rows["sd"] / np.sqrt(rows["surveys"]) + 0.012
    assert ((rows["mean"] - rows["expected"]).abs() < slack).all()
    assert (rows["bias"] - (rows["mean"] - rows["truth"])).abs().max() < 2e-4


def test_a_small_grid_made_again_agrees_with_the_committed_one(grid):
    again = paths.power(
        lambda rng: desai.make_desai_survey(200, method_variance=0.11, seed=rng),
        lambda survey: desai.compare_estimators(survey.answers, estimators=("composite",)),
        truth=desai.TRUTH,
        surveys=60,
        seed=123,
    ).loc["composite"]
    row = grid.query("firms == 200 and method_variance == 0.11 and estimator == 'composite'").set_index("path")
    row = row.loc[again.index]
    assert ((again["mean"] - row["mean"]).abs() < 4 * row["sd"] / np.sqrt(60)).all()
    for name in ("power", "coverage"):
        assert (row[name].between(again[f"{name}_low"] - 0.05, again[f"{name}_high"] + 0.05)).all()


@pytest.mark.parametrize("name", ["fit_path_model", "fit_structural_model", "compare_estimators"])
def test_a_survey_in_place_of_its_answers_is_told_so(name):
    with pytest.raises(DataError, match="(?s)not a frame.*`.answers`"):
        getattr(desai, name)(desai.make_desai_survey(50, seed=1))
