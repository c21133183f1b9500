"""Tests, uplift and contact: by hand, published numbers, simulation, two peers, and the firm whose truth is known."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy import stats

import idic_lib
from idic_lib import data
from idic_lib import interact as i
from idic_lib.errors import DataError


@pytest.fixture(scope="module")
def firm():
    return data.load_firm()


@pytest.fixture(scope="module")
def campaign(firm):
    """The large randomised test with both potential outcomes beside it."""
    return firm.campaign_test.set_index("test_id").join(firm.truth["campaign_test"])


# The effect


def test_effect_by_hand():
    # means 5 and 2, variances 4 and 2 over 3 and 2 customers: se² = 4/3 + 2/2 = 7/3;
    # degrees of freedom (7/3)² / ((4/3)²/2 + 1²/1) = (49/9) / (17/9) = 49/17
    found = i.effect([3, 5, 7, 1, 3], [1, 1, 1, 0, 0])
    se, df = np.sqrt(7 / 3), 49 / 17
    half = stats.t.ppf(0.975, df) * se
    assert found[:4] == pytest.approx((3, 3 - half, 3 + half, se))
    assert found.p_value == pytest.approx(2 * stats.t.sf(3 / se, df))
    assert found[5:] == (3, 2, 5, 2)


@given(st.integers(0, 10_000), st.sampled_from([0.5, 0.9, 0.99]))
def test_effect_is_welchs_test(seed, level):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(1, 3, size=rng.integers(2, 30)), rng.normal(size=rng.integers(2, 30))
    peer = stats.ttest_ind(a, b, equal_var=False)
    found = i.effect(np.r_[a, b], np.r_[np.ones(len(a)), np.zeros(len(b))], level=level)
    assert found.p_value == pytest.approx(peer.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(peer.confidence_interval(level)))


def test_effect_of_a_share_and_of_an_outcome_that_never_varies():
    bought = pd.Series([True, True, False, True, False, False, False, True])
    assert i.effect(bought, [1, 1, 1, 1, 0, 0, 0, 0]).estimate == 0.5
    same = i.effect([2, 2, 1, 1], [1, 1, 0, 0])
    assert (same.estimate, same.low, same.high, same.p_value) == (1, 1, 1, 0)
    assert i.effect([1, 1, 1, 1], [1, 1, 0, 0]).p_value == 1


def test_series_are_aligned_by_index_and_not_changed():
    outcome = pd.Series([3.0, 5, 7, 1, 3], index=list("abcde"))
    treated = pd.Series([0, 0, 1, 1, 1], index=list("edcba"))
    before = outcome.copy(), treated.copy()
    assert i.effect(outcome, treated) == i.effect([3, 5, 7, 1, 3], [1, 1, 1, 0, 0])
    pd.testing.assert_series_equal(outcome, before[0])
    pd.testing.assert_series_equal(treated, before[1])


def test_interval_covers_where_arms_differ_in_size_and_spread():
    # 20 treated with sd 6, 100 controls with sd 1: a pooled variance would cover 70 %.
    rng, hits = np.random.default_rng(0), 0
    treated = np.arange(120) < 20
    for _ in range(1500):
        outcome = rng.normal(size=120) * np.where(treated, 6, 1) + 2 * treated
        found = i.effect(outcome, treated)
        hits += found.low <= 2 <= found.high
    assert hits / 1500 == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 1500))


@pytest.mark.parametrize("spread", [1.0, 3.0])
def test_hillstrom_2008_mens_email_against_none(spread):
    # Printed: 21,307 and 21,306 customers with means 1.422617 and 0.652789; pooled t = 5.300, p = 1.16e-7. With arms
    # of equal size Welch's standard error equals the pooled one, however the variance is split between the arms: so
    # outcomes with these means and this pooled variance, and any split, must give the printed numbers.
    sizes, means = np.array([21_307, 21_306]), np.array([1.422617, 0.652789])
    pooled = ((means[0] - means[1]) / 5.300) ** 2 / (1 / sizes).sum()
    variance = pooled * sizes.sum() / (spread * sizes[0] + sizes[1]) * np.array([spread, 1])
    arms = []
    for n, mean, one in zip(sizes, means, variance):
        shape = stats.norm.ppf((np.arange(n) + 0.5) / n)
        arms.append(mean + (shape - shape.mean()) / shape.std(ddof=1) * np.sqrt(one))
    found = i.effect(np.concatenate(arms), np.repeat([1, 0], sizes))
    assert found.estimate == pytest.approx(0.769827, abs=1.1e-6)  # a difference of two rounded means
    assert found.estimate / found.se == pytest.approx(5.300, abs=0.0005)
    assert found.p_value == pytest.approx(1.16e-7, rel=0.005)


def test_randomised_campaign_covers_the_truth(campaign):
    truth = (campaign["y1"] - campaign["y0"]).mean()
    lot = np.random.default_rng(5).random((200, len(campaign))) < 0.5
    hits = 0
    for treated in lot:
        found = i.effect(np.where(treated, campaign["y1"], campaign["y0"]), treated)
        hits += found.low <= truth <= found.high
    assert hits >= 180  # 95 % of 200 is 190, less three standard errors of 3.1
    recorded = i.effect(campaign["spend"], campaign["treated"])
    assert recorded.estimate == pytest.approx(18.3, abs=0.05) and recorded.se == pytest.approx(
        4.5, abs=0.05
    )  # the card


# Test size


def test_sample_size_by_hand():
    # (1.959964 + 0.841621)² · 2 · 600² / 20² = 7.848879 · 1800 = 14127.98
    assert i.sample_size(20, 600) == (28_256, 14_128, 14_128)
    assert i.sample_size(-20, 600) == i.sample_size(20, 600)
    # one in five treated: N = 7.848879 · 900 · (5 + 1.25) = 44149.94
    assert i.sample_size(20, 600, share_treated=0.2) == (44_150, 8_830, 35_320)


@pytest.mark.parametrize(("effect", "level", "power"), [(0.1, 0.95, 0.8), (0.3, 0.9, 0.95), (0.8, 0.99, 0.5)])
@pytest.mark.parametrize("part", [0.5, 0.2])
def test_sample_size_against_statsmodels(effect, level, power, part):
    from statsmodels.stats.power import NormalIndPower, TTestIndPower

    asked = {"effect_size": effect, "alpha": 1 - level, "power": power, "ratio": (1 - part) / part}
    found = i.sample_size(effect, 1, power=power, level=level, share_treated=part)
    assert found.treated - NormalIndPower().solve_power(**asked) == pytest.approx(0.5, abs=0.5001)  # rounded up
    assert abs(found.treated - TTestIndPower().solve_power(**asked)) < 2.5  # by t about z² / 4 an arm more
    assert found.total == found.treated + found.control


def test_sample_size_has_the_power_it_promises():
    plan = i.sample_size(0.5, 1, share_treated=0.3)
    rng, treated = np.random.default_rng(0), np.arange(plan.total) < plan.treated
    found = [i.effect(rng.normal(size=plan.total) + 0.5 * treated, treated).p_value < 0.05 for _ in range(1500)]
    assert np.mean(found) == pytest.approx(0.8, abs=0.04)


def test_feit_berman_2019_test_and_roll_website_example():
    # Feit & Berman 2019, Marketing Science 38(6), first application: N = 100,000, mu = .68, sigma = .03 -> n* = 2,284
    # (per arm; the value stands in the authors' code that replicates the paper)
    plan = i.test_and_roll(100_000, mean=0.68, sigma=0.03)
    assert plan.n_per_arm == 2284
    assert i.test_and_roll(100_000, sd=np.sqrt(0.68 * 0.32), sigma=0.03).n_per_arm == 2284
    # the classical size for a lift of 2 %: 2 · 7.848879 · 0.2176 / 0.0136² = 18467.95
    assert i.sample_size(0.02 * 0.68, np.sqrt(0.68 * 0.32)).treated == 18_468


def test_feit_berman_2019_closed_forms_of_the_authors_code():
    # nn_functions.R: 2n mu + (N-2n)(mu + 2 sigma² / (sqrt(2 pi) sqrt(2 s²/n + 2 sigma²))), with perfect information
    # N (mu + sigma/sqrt(pi)), wrong arm 1/2 - atan(sqrt(2) sigma sqrt(n/2) / s) / pi
    plan = i.test_and_roll(100_000, mean=0.68, sigma=0.03, test_sizes=[100, 18_468])
    n, s2 = plan.sizes["n_per_arm"].to_numpy()[1:], 0.68 * 0.32
    assert plan.sizes["n_per_arm"].tolist() == [0, 100, 2284, 18_468]
    win = 0.68 + 2 * 0.03**2 / (np.sqrt(2 * np.pi) * np.sqrt(2 * s2 / n + 2 * 0.03**2))
    profit = 2 * n * 0.68 + (100_000 - 2 * n) * win
    np.testing.assert_allclose(plan.sizes["profit"], np.r_[68_000, profit])
    np.testing.assert_allclose(plan.sizes["regret"], 100_000 * (0.68 + 0.03 / np.sqrt(np.pi)) - plan.sizes["profit"])
    wrong = 0.5 - np.arctan(np.sqrt(2) * 0.03 * np.sqrt(n / 2) / np.sqrt(s2)) / np.pi
    np.testing.assert_allclose(plan.sizes["error"], np.r_[0.5, wrong])
    assert (plan.profit, plan.regret) == tuple(plan.sizes.loc[2, ["profit", "regret"]])


@pytest.mark.parametrize(("n", "sigma", "sd"), [(1000, 1.0, 5.0), (50_000, 0.1, 30.0), (40, 2.0, 0.5)])
def test_test_and_roll_size_is_the_best_of_all(n, sigma, sd):
    plan = i.test_and_roll(n, sigma=sigma, sd=sd, test_sizes=range(n // 2 + 1))
    best = plan.sizes.loc[plan.sizes["profit"].idxmax(), "n_per_arm"]
    assert abs(plan.n_per_arm - best) <= 1  # the whole number beside the best real one


def test_test_and_roll_profit_by_simulation():
    n_all, n, sigma, sd, mean = 1000, 50, 1.0, 5.0, 3.0
    rng = np.random.default_rng(0)
    truth = rng.normal(mean, sigma, size=(200_000, 2))
    seen = truth + rng.normal(size=truth.shape) * sd / np.sqrt(n)
    won = truth[np.arange(len(truth)), seen.argmax(axis=1)]
    profit = n * truth.sum(axis=1) + (n_all - 2 * n) * won
    row = i.test_and_roll(n_all, sigma=sigma, sd=sd, mean=mean, test_sizes=[n]).sizes.set_index("n_per_arm").loc[n]
    assert profit.mean() == pytest.approx(row["profit"], abs=4 * profit.std() / np.sqrt(len(profit)))
    assert (won < truth.max(axis=1)).mean() == pytest.approx(row["error"], abs=0.005)
    assert (n_all * truth.max(axis=1) - profit).mean() == pytest.approx(row["regret"], rel=0.02)


# Sample ratio


def test_sample_ratio_is_the_exact_binomial_test():
    found = i.sample_ratio_check([1, 1, 0, 0, 0, 0, 0, 0, 0, 0], expected=0.5)
    assert found[:3] == (2, 8, 0.2) and not found.broken
    assert found.p_value == pytest.approx(2 * (1 + 10 + 45) / 2**10)
    assert i.sample_ratio_check((20, 45), expected=0.4).p_value == pytest.approx(stats.binomtest(20, 65, 0.4).pvalue)
    assert i.sample_ratio_check((44_000, 45_000)).p_value == pytest.approx(0.0008, abs=5e-5)  # srm.osc.garden's example
    assert i.sample_ratio_check(pd.Series([True, False])).n_treated == 1  # two customers, not two counts


def test_broken_campaign_is_found_and_the_randomised_one_is_not(firm):
    arms = firm.assignments.assign(person=firm.assignments["record_id"].map(firm.truth["records"]))
    people = arms.drop_duplicates(["campaign_id", "person"]).groupby("campaign_id")["arm"]
    broken = i.sample_ratio_check(people.get_group("broken") == "contact")
    assert broken[:2] == (726, 869) and broken.broken  # the card of the data
    fair = i.sample_ratio_check(people.get_group("randomised") == "contact")
    assert fair[:2] == (677, 682) and not fair.broken


def test_a_fair_lot_is_called_broken_about_once_in_a_thousand():
    counts, times = np.unique(np.random.default_rng(0).binomial(1000, 0.3, size=20_000), return_counts=True)
    broken = [i.sample_ratio_check((n, 1000 - n), expected=0.3).broken for n in counts]
    assert 5 <= times[broken].sum() <= 35  # at most 20 expected, in an exact test rather fewer


# Uplift


def test_two_models_by_hand():
    # treated with x = 1 buy in 3 of 4, with x = 0 in 1 of 4; controls in 1 of 4 and 2 of 4
    x = np.repeat([1, 0, 1, 0], 4)
    treated = np.repeat([1, 1, 0, 0], 4)
    y = np.array([1, 1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0])
    from sklearn.linear_model import LinearRegression
    from sklearn.tree import DecisionTreeClassifier

    X = pd.DataFrame({"x": x}, index=[f"c{k}" for k in range(16)])
    for estimator in (LinearRegression(), DecisionTreeClassifier()):
        model = i.TwoModelUplift(estimator)
        assert model.fit(X, y, treated) is model
        found = model.predict(X.loc[["c4", "c0"]])
        assert found.name == "uplift" and found.index.tolist() == ["c4", "c0"]
        np.testing.assert_allclose(found, [-0.25, 0.5])
    assert not hasattr(estimator, "tree_")  # the caller's estimator is cloned, not fitted


def made(n=20_000, seed=0, money=False):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 3)), columns=["a", "b", "c"]).rename(index="p{}".format)
    treated = pd.Series(rng.random(n) < 0.5, index=X.index)
    uplift = 0.2 * (X["a"] > 0) - 0.1 * (X["b"] > 1)
    chance = 0.2 + 0.1 * (X["c"] > 0) + uplift * treated
    y = (rng.random(n) < chance).astype(float)
    return X, y * rng.gamma(4, 25, size=n) if money else y, treated, uplift * (100 if money else 1)


@pytest.mark.parametrize("money", [False, True])
def test_the_default_finds_a_known_ranking(money):
    X, y, treated, uplift = made(money=money)
    new, new_y, new_treated, truth = made(seed=1, money=money)
    model = i.TwoModelUplift().fit(X, y, treated)
    found = model.predict(new)
    assert np.corrcoef(found, truth)[0, 1] > 0.85
    assert found.mean() == pytest.approx(truth.mean(), rel=0.15)
    best = i.qini_coefficient(new_y, truth, new_treated)
    assert 0.85 * best < i.qini_coefficient(new_y, found, new_treated)
    again = i.TwoModelUplift().fit(X, y, treated).predict(new[["c", "b", "a"]])  # the order of columns is fit's
    pd.testing.assert_series_equal(again, found)


def test_the_default_gives_the_same_answer_twice():
    X, y, treated, _ = made(420_000)  # above 200,000 rows an arm scikit-learn draws the rows that set its bins
    X = X[["a"]]
    one, two = (i.TwoModelUplift().fit(X, y, treated).predict(X[:1000]) for _ in range(2))
    pd.testing.assert_series_equal(one, two)


def test_outcomes_are_aligned_with_the_features():
    X, y, treated, _ = made(2000)
    mixed = i.TwoModelUplift().fit(X, y.sample(frac=1, random_state=1), treated.sample(frac=1, random_state=2))
    pd.testing.assert_series_equal(mixed.predict(X), i.TwoModelUplift().fit(X, y, treated).predict(X))
    plain = i.TwoModelUplift().fit(X.to_numpy(), y, treated).predict(X.to_numpy())  # an array goes by place
    np.testing.assert_array_equal(plain, mixed.predict(X))


def test_uplift_ranks_the_firms_customers_by_true_effect(campaign):
    X = campaign[["frequency", "spend_before", "club", "web"]].assign(
        weeks=campaign["weeks_since_last"].astype(float).fillna(99), **pd.get_dummies(campaign["top_category"])
    )
    learn = np.arange(len(X)) % 2 == 0
    model = i.TwoModelUplift().fit(X[learn], campaign["spend"][learn], campaign["treated"][learn])
    score, effect = model.predict(X[~learn]), (campaign["y1"] - campaign["y0"])[~learn]
    top = score >= score.quantile(0.7)
    assert effect[top].mean() > 1.4 * effect.mean()


# Qini

# Eight customers in the order of their score, treated ones 1, 3, 6, 7, buyers 1, 3, 5, 7:
# gain 1 · 1 · 2 · 2 · 2-1·2/3 · 2-1·3/3 ... counted so far: (y_t - y_c n_t / n_c) below
EIGHT = {"y": [1, 0, 1, 0, 1, 0, 1, 0], "uplift": [8, 7, 6, 5, 4, 3, 2, 1], "treated": [1, 0, 1, 0, 0, 1, 1, 0]}


def test_qini_by_hand():
    curve = i.qini_curve(**EIGHT)
    # after 5: 2 treated buyers, 1 control buyer, 2 treated, 3 controls: 2 - 2/3; after 6: 2 - 3/3; after 7: 3 - 4/3
    gain = [0, 1, 1, 2, 2, 4 / 3, 1, 5 / 3, 2]
    np.testing.assert_allclose(curve["gain"], gain)
    assert curve["n"].tolist() == list(range(9)) and curve["share"].tolist() == [k / 8 for k in range(9)]
    np.testing.assert_allclose(curve["gain_per_customer"], np.array(gain) / 4)
    # trapezoids 11, line 8·2/2 = 8; perfect 0 1 2 3 3 3 3 3 2 would be 19: (.5 + 1.5 + 2.5 + 3·4 + 2.5) = 19
    assert i.qini_coefficient(**EIGHT) == pytest.approx(3 / 8 / 4)
    assert i.qini_coefficient(**EIGHT, normalised=True) == pytest.approx(3 / 11)


def test_equal_scores_are_one_point():
    tied = i.qini_curve(y=[1, 0, 0, 1], uplift=[2, 2, 1, 1], treated=[1, 0, 0, 1])
    np.testing.assert_allclose(tied["gain"], [0, 1, 2])
    assert i.qini_coefficient(y=[1, 0, 1, 1], uplift=[5, 5, 5, 5], treated=[1, 0, 0, 1]) == 0


def test_uplift_at_k_by_hand():
    assert i.uplift_at_k(**EIGHT, k=5) == pytest.approx(1 - 1 / 3)
    assert i.uplift_at_k(**EIGHT, k=0.7) == pytest.approx(1 - 1 / 3)  # 5.6 customers are 5
    assert i.uplift_at_k(**EIGHT, k=3, strategy="by_group") == pytest.approx(2 / 3 - 1 / 3)
    # the second (treated, no buyer) and the third (control, buyer) are tied for one place and get half of it each
    half = i.uplift_at_k([1, 0, 1, 1], [3, 2, 2, 1], [1, 1, 0, 0], k=2)
    assert half == pytest.approx(1 / 1.5 - 1)


SCIKIT_UPLIFT = [([1, 1], [0.1, 0.3], [0, 1], 1), ([1, 1], [0.1, 0.3], [1, 0], 0),
                 ([0, 1], [0.1, 0.3], [1, 0], 1), ([1, 0], [0.1, 0.3], [0, 1], 1)]  # fmt: skip


@pytest.mark.parametrize(("y", "uplift", "treated", "printed"), SCIKIT_UPLIFT)
def test_qini_of_scikit_uplifts_own_tests(y, uplift, treated, printed):
    assert i.qini_coefficient(y, uplift, treated, normalised=True) == pytest.approx(printed)


def four_hundred():
    n = np.arange(400)
    return (n * 7919 % 23 < 7).astype(int), n * 31337 % 97 / 10, (n * 104729 % 5 < 3).astype(int), n * 31337 % 401


def test_parity_with_scikit_uplift_as_recorded():
    # scikit-uplift 0.5.1, Python 3.11: qini_auc_score and uplift_at_k of these arrays
    y, tied, treated, distinct = four_hundred()
    assert i.qini_coefficient(y, tied, treated, normalised=True) == pytest.approx(-0.029519196011265)
    curve = i.qini_curve(y, tied, treated)
    assert len(curve) == 98 and curve["n"].tolist()[:6] == [0, 4, 8, 12, 16, 20]
    np.testing.assert_allclose(curve["gain"].tolist()[:6], [0, 0, 1, 3, 7 / 3, 2.5])
    recorded = {"overall": [0.09313020983041104, 0.041666666666666685, 0.02716468590831922],
                "by_group": [0.09722222222222221, 0.041666666666666685, 0.06]}  # fmt: skip
    for strategy, values in recorded.items():
        found = [i.uplift_at_k(y, distinct, treated, k=k, strategy=strategy) for k in (0.3, 0.1, 50)]
        np.testing.assert_allclose(found, values)


@pytest.mark.peers
@pytest.mark.filterwarnings("ignore:Function `?stable_cumsum:FutureWarning")  # scikit-uplift 0.5.1 on scikit-learn 1.8
@pytest.mark.parametrize("seed", range(20))
def test_parity_with_scikit_uplift_as_installed(seed):
    peer = pytest.importorskip("sklift.metrics", reason="peers not installed; `make bench` installs and runs them")
    rng = np.random.default_rng(seed)
    n = int(rng.integers(50, 3000))
    treated, score = (rng.random(n) < rng.uniform(0.2, 0.8)).astype(int), rng.normal(size=n)
    y = (rng.random(n) < 0.3 + 0.1 * treated * (score > 0)).astype(int)
    for uplift in (score, score.round(1), np.sign(score)):  # few ties, many, nearly all
        ours = i.qini_coefficient(y, uplift, treated, normalised=True)
        assert ours == pytest.approx(peer.qini_auc_score(y, uplift, treated), abs=1e-12)
        places, gain = peer.qini_curve(y, uplift, treated)
        np.testing.assert_array_equal(i.qini_curve(y, uplift, treated)["n"], places)
        np.testing.assert_allclose(i.qini_curve(y, uplift, treated)["gain"], gain)
    for k in (0.1, 0.3, 0.77, 15):
        for strategy in ("overall", "by_group"):  # in case of ties theirs goes by the order of rows
            theirs = peer.uplift_at_k(y, score, treated, strategy=strategy, k=k)
            ours = i.uplift_at_k(y, score, treated, k=k, strategy=strategy)
            assert (np.isnan(theirs) and np.isnan(ours)) or ours == pytest.approx(theirs, abs=1e-12)


tests_of_few = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.integers(0, 4)), min_size=4, max_size=30
).filter(lambda rows: len({row[1] for row in rows}) == 2)  # fmt: skip


def columns(rows):
    y, treated, score = (np.array(column, dtype=float) for column in zip(*rows))
    return y, score, treated


@given(tests_of_few, st.randoms(use_true_random=False))
def test_qini_knows_neither_the_order_of_rows_nor_the_scale_of_the_score(rows, random):
    y, score, treated = columns(rows)
    curve = i.qini_curve(y, score, treated)
    pd.testing.assert_frame_equal(i.qini_curve(y, np.exp(score) - 7, treated), curve)
    mixed = columns(random.sample(rows, len(rows)))
    pd.testing.assert_frame_equal(i.qini_curve(*mixed), curve)
    assert curve["gain"].iloc[-1] == pytest.approx(
        treated.sum() * (y[treated == 1].mean() - y[treated == 0].mean())
    )  # everybody: the effect
    for strategy in ("overall", "by_group"):
        try:
            found = i.uplift_at_k(y, score, treated, k=0.5, strategy=strategy)
        except DataError:
            continue  # few rows: one arm only among the first half
        assert i.uplift_at_k(*mixed, k=0.5, strategy=strategy) == pytest.approx(found)


@given(tests_of_few)
def test_no_ranking_beats_the_one_that_normalises(rows):
    y, score, treated = columns(rows)
    assume(y[treated == 0].sum() <= treated.sum())  # else it is not the best, and the docstring says so
    best = np.where(treated == 1, y, -y)
    assert i.qini_coefficient(y, score, treated) <= i.qini_coefficient(y, best, treated) + 1e-12
    flat = np.full(len(y), 3)
    assert i.qini_coefficient(y, flat, treated) == pytest.approx(0, abs=1e-12)
    assume(i.qini_coefficient(y, best, treated) > 1e-9)
    ratio = i.qini_coefficient(y, score, treated) / i.qini_coefficient(y, best, treated)
    assert i.qini_coefficient(y, score, treated, normalised=True) == pytest.approx(ratio)


def test_a_reversed_ranking_loses_what_the_ranking_wins():
    X, y, treated, uplift = made(50_000)
    right, wrong = (i.qini_coefficient(y, sign * uplift, treated) for sign in (1, -1))
    assert right > 0.01 and wrong == pytest.approx(-right, rel=0.15)


def test_qini_coefficient_in_money_by_arithmetic():
    # Two halves with true effects 10 and 0, arms alike: gain per customer rises to 5 at half the list and stays there,
    # the line reaches 2.5 there: area between is a triangle of base 1 and height 2.5.
    y, uplift, treated = [30, 20, 8, 8] * 50, [1, 1, 0, 0] * 50, [1, 0, 1, 0] * 50
    assert i.qini_coefficient(y, uplift, treated) == pytest.approx(1.25)
    assert i.qini_curve(y, uplift, treated)["gain_per_customer"].tolist() == [0, 5, 5]


# Response types


def test_bounds_by_hand():
    # p1 = 3/4, p0 = 2/4: persuadables from 1/4 to 2/4 (not more than 1 - p0), sleeping dogs 0 to 1/4 (1 - p1)
    y, treated = [1, 1, 1, 0, 1, 1, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0]
    found = i.response_type_bounds(y, treated)
    assert found.loc["persuadables"].tolist() == [0.25, 0.5]
    assert found.loc["sleeping_dogs"].tolist() == [0, 0.25]
    assert found.loc["sure_things"].tolist() == [0.25, 0.5]
    assert found.loc["lost_causes"].tolist() == [0, 0.25]
    # groups of two and two: in a (1, 1 | 1, 1) all are sure things; in b (1, 0 | 0, 0) half are persuadables
    known = i.response_type_bounds(y, treated, groups=list("aabbaabb"))
    assert known["low"].tolist() == known["high"].tolist() == [0.25, 0, 0.5, 0.25]


def test_bounds_of_hillstroms_mens_email():
    # printed conversions 1.2531 % and 0.5726 %: persuadables from 0.6805 % to 1.2531 %, sleeping dogs to 0.5726 %
    y = np.repeat([1, 0, 1, 0], [267, 21_307 - 267, 122, 21_306 - 122])
    found = 100 * i.response_type_bounds(y, np.repeat([1, 0], [21_307, 21_306]))
    assert found.loc["persuadables"].tolist() == pytest.approx([0.6805, 1.2531], abs=1e-4)
    assert found.loc["sleeping_dogs"].tolist() == pytest.approx([0, 0.5726], abs=1e-4)


def test_bounds_hold_the_truth_of_the_firm_and_groups_tighten_them(campaign):
    rng = np.random.default_rng(0)
    treated = pd.Series(rng.random(len(campaign)) < 0.5, index=campaign.index)
    without, contacted = campaign["y0"] > 0, campaign["y1"] > 0
    types = {"persuadables": contacted & ~without, "sleeping_dogs": without & ~contacted}
    types |= {"sure_things": contacted & without, "lost_causes": ~contacted & ~without}
    truth = pd.DataFrame(types).mean()
    bought = contacted.where(treated, without)
    groups = campaign["frequency"].clip(upper=12)
    wide, narrow = (i.response_type_bounds(bought, treated, groups=g) for g in (None, groups))
    luck = 3 * np.sqrt(2 * 0.25 / 30_000)
    for found in (wide, narrow):
        assert ((found["low"] - luck <= truth) & (truth <= found["high"] + luck)).all()
    width = [found["high"] - found["low"] for found in (wide, narrow)]
    assert (width[1] <= width[0] + luck).all() and width[1].sum() < 0.96 * width[0].sum()
    shuffled = groups.map("g{}".format).sample(frac=1, random_state=0)  # names, in another order
    pd.testing.assert_frame_equal(i.response_type_bounds(bought, treated, groups=shuffled), narrow)


# Contact policy


def test_contact_policy_by_hand():
    value = pd.Series([5.0, 9, 1, 7, 8, 6], index=list("abcdef"))
    yes = pd.Series(True, index=list("fedcbaz"))
    everybody = i.contact_policy(value, cost=2, consent=yes)
    assert everybody.name == "contact" and everybody.dtype == bool
    assert everybody[everybody].index.tolist() == list("abdef")  # c is worth less than its letter
    assert i.contact_policy(value, cost=5, consent=yes)["a"] is np.False_  # worth no more than its cost
    two = i.contact_policy(value, cost=2, budget=5, consent=yes)
    assert two[two].index.tolist() == ["b", "e"]
    no = yes.astype(object).where(yes.index != "b", None)
    assert i.contact_policy(value, cost=2, budget=5, consent=no).pipe(lambda s: s[s]).index.tolist() == ["d", "e"]
    tired = i.contact_policy(
        value, cost=2, consent=yes, contacts_so_far=pd.Series(range(6), index=list("abcdef")), limit=4
    )
    assert tired[tired].index.tolist() == ["a", "b", "d"]
    assert i.contact_policy([0.3, 0.3, 0.3, 0.3], cost=0.1, budget=0.3, consent=[1, 1, 1, 1]).sum() == 3
    # costs differ: by value per cost, 8/1, 9/6, 5/5 (which is not above its cost)
    assert i.contact_policy([9, 8, 5], cost=[6, 1, 5], budget=6, consent=[True] * 3).tolist() == [False, True, False]


@pytest.mark.parametrize("kind", ["boolean", object, "Int64", float])
def test_missing_consent_is_no_in_every_kind_of_column(kind):
    consent = pd.Series([True, None, False, True], dtype="boolean").astype(kind)
    assert i.contact_policy([9.0] * 4, cost=1, consent=consent).tolist() == [True, False, False, True]
    assert i.contact_policy([9.0] * 4, cost=1, consent=consent.array).tolist() == [True, False, False, True]


customers = st.lists(
    st.tuples(
        st.floats(-5, 20),  # value
        st.sampled_from([True, False, None]),  # consent
        st.integers(0, 5),  # contacts so far
        st.floats(0.01, 5),  # cost
    ),
    min_size=1, max_size=25,
)  # fmt: skip


@given(customers, st.floats(0, 40), st.integers(0, 6), st.randoms(use_true_random=False), st.booleans())
@example([(9.0, None, 0, 1.0), (8.0, False, 0, 1.0), (1.5, True, 0, 1.0)], 2.0, 1, None, True)
def test_contact_policy_never_breaks_its_limits(rows, budget, limit, random, one_cost):
    index = [f"c{k}" for k in range(len(rows))]
    frame = pd.DataFrame(rows, columns=["value", "consent", "contacts", "cost"], index=index)
    frame["consent"] = frame["consent"].astype(object)
    mixed = frame.loc[random.sample(index, len(index))] if random else frame
    cost = 1.0 if one_cost else mixed["cost"]
    asked = {"budget": budget, "limit": limit, "consent": mixed["consent"], "contacts_so_far": mixed["contacts"]}
    chosen = i.contact_policy(frame["value"], cost=cost, **asked)
    assert chosen.index.tolist() == index
    paid = pd.Series(1.0, index=index) if one_cost else frame["cost"]
    inside = frame[chosen]
    assert all(answer is True for answer in inside["consent"])  # never one who said no, or nothing
    assert (inside["contacts"] < limit).all()
    assert (inside["value"] > paid[chosen]).all()
    assert paid[chosen].sum() <= budget * (1 + 1e-9)
    # and no one is left out who could have come in: the best of the rest does not fit
    allowed = (frame["consent"].map(lambda one: one is True)) & (frame["contacts"] < limit) & (frame["value"] > paid)
    rest = allowed & ~chosen
    if rest.any():
        worth = frame["value"] / paid
        first = worth[rest].idxmax()
        assert paid[chosen].sum() + paid[first] > budget * (1 - 1e-9)
        assert not chosen.any() or worth[chosen].min() >= worth[rest].max()


# What a policy earns


def test_policy_value_by_hand():
    # chosen: treated 10, 14 against 4, 8: 12 - 6 = 6; half of the list: 0.5 (0.5 · 6 - 1) = 1
    outcome, treated = [10, 14, 4, 8, 90, 91, 92, 93], [1, 1, 0, 0, 1, 0, 1, 0]
    chosen = [1, 1, 1, 1, 0, 0, 0, 0]
    found = i.policy_value(outcome, treated, chosen, cost=1, margin=0.5)
    # variances 8/2 and 8/2 of the means, times (0.5 · 0.5)²; worth 2 for half of the list and 0 for half: 1/8
    assert (found.estimate, found.se) == pytest.approx((1, np.sqrt(8 / 16 + 1 / 8)))
    assert found.low < 1 < found.high and (found.share_contacted, found.n) == (0.5, 8)
    costs = [1, 3, 1, 3, 99, 99, 99, 99]  # a cost counts for those who are contacted only
    assert i.policy_value(outcome, treated, chosen, cost=costs).estimate == pytest.approx(0.5 * (6 - 2))
    nobody = i.policy_value(outcome, treated, np.zeros(8), cost=1)
    assert (nobody.estimate, nobody.low, nobody.high, nobody.share_contacted) == (0, 0, 0, 0)


def test_contacting_all_earns_the_effect_less_the_cost(campaign):
    whole = i.effect(campaign["spend"], campaign["treated"])
    found = i.policy_value(campaign["spend"], campaign["treated"], np.ones(len(campaign)), cost=2, margin=0.3)
    assert found[:4] == pytest.approx(tuple(0.3 * np.array(whole[:3]) - 2) + (0.3 * whole.se,), rel=1e-6)


@given(st.integers(0, 1000))
def test_policies_are_compared_customer_by_customer(seed):
    rng = np.random.default_rng(seed)
    outcome, treated = rng.gamma(2, 10, 80), np.arange(80) % 2
    a, b = (rng.random((2, 80)) < 0.5).repeat(2, axis=1)[:, :80]
    ab = i.policy_value(outcome, treated, a, cost=1, against=b)
    ba = i.policy_value(outcome, treated, b, cost=1, against=a)
    assert (ab.estimate, ab.se) == pytest.approx((-ba.estimate, ba.se))
    assert i.policy_value(outcome, treated, a, cost=1, against=a)[:4] == (0, 0, 0, 0)
    alone = i.policy_value(outcome, treated, a, cost=1)
    nobody = i.policy_value(outcome, treated, a, cost=1, against=np.zeros(80))
    assert nobody == alone


@pytest.mark.parametrize("again", [False, True])
def test_policy_value_is_unbiased_and_covers(campaign, again):
    # the lot falls anew each time: among the same customers, or among others drawn from the 60,000
    good = (campaign["frequency"] > 2).to_numpy()
    rival = (campaign["spend_before"] > 500).to_numpy()
    y0, y1 = campaign["y0"].to_numpy(), campaign["y1"].to_numpy()
    each = 0.3 * (y1 - y0) - 2
    truth = (good * each).mean(), ((good * 1 - rival) * each).mean()
    rng, found = np.random.default_rng(1), []
    for _ in range(200):
        rows = rng.integers(len(y0), size=20_000) if again else slice(None)
        treated = rng.random(len(y0[rows])) < 0.5
        outcome = np.where(treated, y1[rows], y0[rows])
        rest = {"cost": 2, "margin": 0.3}
        found.append((i.policy_value(outcome, treated, good[rows], **rest),
                      i.policy_value(outcome, treated, good[rows], against=rival[rows], **rest)))  # fmt: skip
    for column, true in zip(zip(*found), truth):
        estimates = np.array([one.estimate for one in column])
        assert estimates.mean() == pytest.approx(true, abs=3.5 * estimates.std() / np.sqrt(200))
        covered = np.mean([one.low <= true <= one.high for one in column])
        assert 0.91 <= covered <= 0.99
        assert np.mean([one.se for one in column]) == pytest.approx(estimates.std(), rel=0.2)


# Errors

Y, T, S = [1.0, 2, 3, 4], [1, 1, 0, 0], [4, 3, 2, 1]
X4 = pd.DataFrame({"a": [1.0, 2, 3, 4]})
LOST = pd.Series(Y, index=[0, 1, 2, 9])


def classifier():
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: i.effect(Y, [1, 1, 1, 1]), "'treated'.*4 customers were treated, 0 were not"),
        (lambda: i.effect(Y, [1, 0, 0, 0]), "Allowed: 2 or more in each arm"),
        (lambda: i.effect(["1", "2", "x", "4"], T), "'outcome': outcome holds.*\n(.*\n)*Allowed: numbers or 0/1"),
        (lambda: i.effect(Y, ["contact", "contact", "control", "control"]), 'as `arm == "contact"`'),
        (lambda: i.effect([1, np.nan, 3, 4], T), "column 'outcome': outcome is missing or infinite"),
        (lambda: i.effect([1, np.inf, 3, 4], T), "outcome is missing or infinite"),
        (lambda: i.effect(Y, [1, 2, 0, 0]), "treated is neither 0 nor 1"),
        (lambda: i.effect(Y, pd.Series([True, None, False, False], dtype="boolean")), "treated is missing"),
        (lambda: i.effect(LOST, pd.Series(T)), "treated has not the same customers"),
        (lambda: i.effect(pd.Series(Y), pd.Series(T, index=list("0123"))), "treated has not the same customers"),
        (lambda: i.effect(pd.Series(Y, index=[0, 0, 1, 2]), pd.Series(T)), "a customer occurs twice"),
        (lambda: i.effect(Y, [1, 0, 1]), "treated has 3 rows, the rest 4"),
        (lambda: i.effect(np.ones((4, 2)), T), "outcome is not one column"),
        (lambda: i.effect([], []), "0 customers were treated"),
        (lambda: i.effect(Y, T, level=95), "level=95 is not a share"),
        (lambda: i.sample_size(0, 1), "effect=0 is not a number above 0"),
        (lambda: i.sample_size(1, -2), "sd=-2"),
        (lambda: i.sample_size(1, 1, power=80), "power=80"),
        (lambda: i.test_and_roll(1000, sigma=0.1), "mean=None is not a share"),
        (lambda: i.test_and_roll(1000, sigma=0.0, sd=1), "sigma=0.0"),
        (lambda: i.test_and_roll(1000, sigma=1, sd=1, test_sizes=[501]), "at most 500 customers an arm"),
        (lambda: i.test_and_roll(10.5, sigma=1, sd=1), "n_customers=10.5"),
        (lambda: i.sample_ratio_check([0.3, 0.2, 1]), "treated is neither 0 nor 1"),
        (lambda: i.sample_ratio_check([-3, 10]), "no counts"),
        (lambda: i.sample_ratio_check([]), "treated is empty"),
        (lambda: i.TwoModelUplift().predict(X4), "call `fit` first"),
        (lambda: i.TwoModelUplift().fit(X4, Y, [1, 1, 1, 1]), "0 were not"),
        (lambda: i.TwoModelUplift().fit(X4, list("abcd"), T), "outcome holds"),
        (lambda: i.TwoModelUplift().fit(X4, LOST, T), "outcome has not the same customers"),
        (lambda: i.TwoModelUplift().fit(X4[:3], Y, T), "X has 3 rows, the rest 4"),
        (lambda: i.TwoModelUplift(classifier()).fit(X4, Y, T), "a classifier needs a 0/1 outcome"),
        (lambda: i.TwoModelUplift(classifier()).fit(X4, [1, 0, 1, 1], T), "all outcomes of the control arm are equal"),
        (lambda: i.TwoModelUplift().fit(X4.assign(city="Yazd"), Y, T), "holds no numbers: 'city'"),
        (lambda: i.TwoModelUplift().fit(X4, Y, T).predict(X4.rename(columns={"a": "b"})), "X lacks a column.*: 'a'"),
        (lambda: i.qini_curve(Y, S, [0, 0, 0, 0]), "0 customers were treated"),
        (lambda: i.qini_curve(Y, [1, 2, np.nan, 3], T), "uplift is missing"),
        (lambda: i.qini_coefficient(Y, S, T, normalised=True), "outcome is neither 0 nor 1"),
        (lambda: i.qini_coefficient([0, 0, 0, 0], S, T, normalised=True), "no ranking of this outcome"),
        (lambda: i.uplift_at_k(Y, S, T, k=1.5), "k=1.5 is not a share"),
        (lambda: i.uplift_at_k(Y, S, T, k=5), "k=5 takes 5 of 4"),
        (lambda: i.uplift_at_k(Y, S, T, k=0.1), "k=0.1 takes 0 of 4"),
        (lambda: i.uplift_at_k(Y, S, T, k=2), "one arm only"),
        (lambda: i.uplift_at_k(Y, S, T, strategy="best"), "strategy='best' is unknown"),
        (lambda: i.response_type_bounds(Y, T), "outcome is neither 0 nor 1"),
        (lambda: i.response_type_bounds([1, 0, 1, 0], T, groups=["a", "a", "b", "b"]), "a group has one arm only"),
        (lambda: i.response_type_bounds([1, 0, 1, 0], T, groups=["a", None, "b", "b"]), "groups is missing"),
        (lambda: i.contact_policy(LOST, cost=1, consent=pd.Series([True] * 4)), "'consent': consent has not the same"),
        (lambda: i.contact_policy(Y, cost=1, consent=["yes", "no", "yes", "no"]), 'consent == "yes"'),
        (lambda: i.contact_policy(Y, cost=1, consent=[True] * 3), "consent has 3 rows"),
        (lambda: i.contact_policy([1, np.nan], cost=1, consent=[True] * 2), "value is missing"),
        (lambda: i.contact_policy(Y, cost=-1, consent=[True] * 4), "cost is below 0"),
        (lambda: i.contact_policy(Y, cost=1, budget=-1, consent=[True] * 4), "budget=-1"),
        (lambda: i.contact_policy(Y, cost=1, consent=[True] * 4, limit=2), "belong together"),
        (lambda: i.contact_policy(Y, cost=1, consent=[True] * 4, contacts_so_far=[1] * 4), "belong together"),
        (lambda: i.contact_policy(pd.Series(Y, index=[1, 1, 2, 3]), cost=1, consent=[True] * 4), "twice in value"),
        (lambda: i.policy_value(Y, T, [1, 1, 0, 0]), "fewer than two customers of an arm"),
        (lambda: i.policy_value(Y, T, [1, 2, 0, 0]), "chosen is neither 0 nor 1"),
        (lambda: i.policy_value(Y, T, pd.Series([True] * 4, index=list("abcd")), against=LOST), "against has not"),
    ],
)  # fmt: skip
def test_bad_input_is_one_clear_error(call, said):
    with pytest.raises(DataError, match=said) as caught:
        call()
    for name in re.findall(r"`(\w+)\(", str(caught.value)):
        assert hasattr(idic_lib.interact, name)


def test_no_function_labels_a_person(campaign):
    found = i.response_type_bounds(campaign["orders"] > 0, campaign["treated"], groups=campaign["city"])
    assert found.shape == (4, 2) and found.index.tolist()[:2] == ["persuadables", "sleeping_dogs"]
