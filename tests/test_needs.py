"""Needs: profiles on every engine, segments against known groups, drift against its noise line, the map."""

import doctest
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.decomposition import NMF
from sklearn.metrics import adjusted_rand_score
from test_engines import ENGINES, to_pandas

from idic_lib import differentiate as d
from idic_lib import plots
from idic_lib.errors import ConvergenceWarning, DataError

ROWS = pd.DataFrame({
    "customer_id": ["ann", "ann", "ann", "ben", "ben", "eva", "eva", None, "zoe"],
    "category": ["tea", "tea", "book", "book", "tea", "gift", "gift", "tea", None],
    "amount": [10.0, 30.0, 60.0, 5.0, -1.0, 20.0, -20.0, 99.0, 99.0],
})  # fmt: skip


def some_lines(n=600, seed=3):
    rng = np.random.default_rng(seed)
    who = np.array(["0007", "7", "Ali", "علی", "zoe", "Émile"])[rng.integers(6, size=n)].astype(object)
    what = np.array(["tea", "چای", "book", "gift"])[rng.integers(4, size=n)].astype(object)
    who[rng.random(n) < 0.1], what[rng.random(n) < 0.1] = None, None
    amount = rng.normal(20, 30, n).round(1)
    return pd.DataFrame({"customer_id": who, "category": what, "amount": amount}).astype(
        {"customer_id": "str", "category": "str"}
    )


# Six needs with overlapping baskets, as rows of chances.
BASKETS = np.array([[0.44, 0.16, 0.10, 0.16, 0.07, 0.07], [0.08, 0.05, 0.53, 0.15, 0.10, 0.09],
                    [0.14, 0.10, 0.03, 0.08, 0.60, 0.05], [0.08, 0.50, 0.06, 0.06, 0.05, 0.25]])  # fmt: skip
SIZES = np.array([0.4, 0.25, 0.2, 0.15])


def some_customers(n=3000, lines=(5, 30), seed=0, alike=False):
    rng = np.random.default_rng(seed)
    group = rng.choice(len(SIZES), n, p=SIZES)
    chances = np.tile(SIZES @ BASKETS, (n, 1)) if alike else BASKETS[group]
    counts = rng.multinomial(rng.integers(*lines, size=n), chances)
    return pd.DataFrame(counts, columns=list("abcdef")), group


# --- profiles


def test_profiles_by_hand():
    counts = d.category_profiles(ROWS)
    # ann: 2 teas, 1 book. ben: a book; his tea came back (0). eva: a gift, returned. zoe has no category.
    expected = pd.DataFrame({"book": [1.0, 1, 0], "gift": [0.0, 0, 0], "tea": [2.0, 0, 0]}, index=["ann", "ben", "eva"])
    pd.testing.assert_frame_equal(counts, expected.rename_axis("customer_id"), check_index_type=False)
    money = d.category_profiles(ROWS, value="amount", share=True)
    assert money.loc["ann"].tolist() == [0.6, 0, 0.4]
    assert money.loc["eva"].tolist() == [0, 0, 0]
    picked = d.category_profiles(ROWS, categories=["tea", "toys"])
    assert list(picked) == ["tea", "toys"] and picked.index.tolist() == ["ann", "ben", "eva"]
    assert picked["tea"].tolist() == [2, 0, 0] and picked["toys"].eq(0).all()
    renamed = ROWS.drop(columns="amount").rename(columns={"customer_id": "who", "category": "dept"})
    by_name = d.category_profiles(renamed, customer="who", category="dept")
    assert by_name.index.name == "who" and by_name.loc["ben"].tolist() == [1, 0, 1]  # no amount: nothing is a return


@pytest.mark.parametrize("options", [{}, {"value": "amount", "share": True}, {"categories": ["tea", "book"]}], ids=str)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_profiles_of_pandas(engine, options):
    make, kind = ENGINES[engine]
    expected = d.category_profiles(some_lines(), **options)
    got = d.category_profiles(make(some_lines()), **options)
    assert isinstance(got, kind)
    pd.testing.assert_frame_equal(to_pandas(got), expected, check_index_type=False, check_column_type=False)


def test_profiles_of_categorical_columns_and_integer_customers():
    lines = some_lines().dropna()
    codes = lines.assign(customer_id=pd.factorize(lines["customer_id"])[0])
    expected = d.category_profiles(codes)
    got = d.category_profiles(codes.assign(category=codes["category"].astype("category")))
    pd.testing.assert_frame_equal(got, expected)
    assert expected.index.tolist() == list(range(6))


@pytest.mark.parametrize("bad, words", [
    (lambda f: [1, 2], "not a dataframe"),
    (lambda f: f.drop(columns="category"), "no column 'category'"),
    (lambda f: f.assign(amount="x"), "column 'amount': holds"),
    (lambda f: f.assign(amount=[np.nan, *f["amount"][1:]]), "missing or infinite"),
    (lambda f: f.assign(amount=[np.inf, *f["amount"][1:]]), "missing or infinite"),
    (lambda f: f.assign(category=None), "no line has both"),
])  # fmt: skip
def test_profiles_refuse(bad, words):
    with pytest.raises(DataError, match=words):
        d.category_profiles(bad(ROWS), value="amount")


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("abc"), st.integers(-5, 50)), min_size=1))
def test_shares_add_up_and_totals_bound_the_lines(rows):
    lines = pd.DataFrame(rows, columns=["customer_id", "category", "amount"])
    share = d.category_profiles(lines, share=True)
    total = share.sum(axis=1)
    assert (np.isclose(total, 1) | (total == 0)).all() and (share >= 0).all().all()
    assert d.category_profiles(lines).to_numpy().sum() <= (lines["amount"] >= 0).sum()
    assert sorted(set(lines["customer_id"])) == share.index.tolist()  # nobody is lost


# --- segments


def test_mixture_recovers_known_groups_as_well_as_the_bayes_rule():
    counts, group = some_customers()
    model = d.NeedsSegments(4).fit(counts)
    bayes = (counts.to_numpy() @ np.log(BASKETS).T + np.log(SIZES)).argmax(axis=1)
    ceiling = adjusted_rand_score(group, bayes)
    assert adjusted_rand_score(group, model.predict(counts)) == pytest.approx(ceiling, abs=0.02)
    assert ceiling < 0.97  # the test could fail: it is not a trivial separation
    np.testing.assert_allclose(model.profiles_, BASKETS, atol=0.03)  # both run from the largest group down
    np.testing.assert_allclose(model.sizes_, SIZES, atol=0.03)


def test_the_probabilities_of_the_mixture_are_calibrated():
    counts, group = some_customers(8000, lines=(2, 9))
    belief = d.NeedsSegments(4).fit(counts).transform(counts)
    top, right = belief.max(axis=1), belief.to_numpy().argmax(axis=1) == group
    for low in (0.5, 0.7, 0.9):  # of those given 50-60 % about 55 % are in that group
        there = top.between(low, low + 0.1)
        assert there.sum() > 400
        assert right[there].mean() == pytest.approx(top[there].mean(), abs=0.05)


def test_new_customers_are_assigned_as_well_as_those_of_the_fit():
    model = d.NeedsSegments(4).fit(some_customers(seed=1)[0])
    new, group = some_customers(seed=2)
    bayes = (new.to_numpy() @ np.log(BASKETS).T + np.log(SIZES)).argmax(axis=1)
    assert adjusted_rand_score(group, model.predict(new)) == pytest.approx(adjusted_rand_score(group, bayes), abs=0.03)
    assert model.predict(new).equals(model.predict(new[list("fedcba")]))  # the order of the columns does not matter
    again = pickle.loads(pickle.dumps(model))
    assert again.predict(new).equals(model.predict(new))


def test_stability_finds_the_number_of_groups():
    model = d.NeedsSegments(resamples=6).fit(some_customers()[0])
    assert model.n_groups_ == 4 == len(model.profiles_)
    assert list(model.stability_) == ["n_groups", "mean", "low", "high"]
    assert model.stability_["n_groups"].tolist() == [2, 3, 4, 5]  # six categories: six groups would be the categories
    assert model.stability_["mean"].between(model.stability_["low"] - 0.2, model.stability_["high"] + 0.2).all()


def test_customers_who_are_alike_have_no_stable_groups_for_the_mixture_but_for_kmeans():
    alike, _ = some_customers(alike=True, lines=(3, 8))
    with pytest.warns(ConvergenceWarning, match="no number of groups is stable"):
        model = d.NeedsSegments(resamples=4).fit(alike)
    assert model.stability_["mean"].max() < 0.3 and model.n_groups_ == 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fooled = d.NeedsSegments(method="kmeans", resamples=4).fit(alike)
    assert fooled.stability_["mean"].max() > 0.4


def test_nmf_and_kmeans_agree_with_scikit_learn():
    counts, _ = some_customers(800)
    for method in ("nmf", "kmeans"):
        model = d.NeedsSegments(3, method=method, seed=5).fit(counts)
        state = int(np.random.default_rng(5).integers(2**31))
        if method == "nmf":
            peer = NMF(3, solver="mu", beta_loss="kullback-leibler", init="nndsvda", max_iter=1000, random_state=state)
            expected = (peer.fit_transform(counts.to_numpy(float)) * peer.components_.sum(axis=1)).argmax(axis=1)
        else:
            shares = counts.div(counts.sum(axis=1), axis=0)
            expected = KMeans(3, n_init=5, random_state=state).fit_predict(shares.to_numpy())
        assert adjusted_rand_score(expected, model.predict(counts)) > 0.97
        np.testing.assert_allclose(model.transform(counts).sum(axis=1), 1)
        np.testing.assert_allclose(model.profiles_.sum(axis=1), 1)
        assert model.sizes_.is_monotonic_decreasing and model.sizes_.sum() == pytest.approx(1)


def test_a_mixture_that_does_not_converge_says_so(monkeypatch):
    monkeypatch.setattr(d.needs, "_LONG", 1)
    with pytest.warns(ConvergenceWarning, match="did not converge in 1 steps"):
        d.NeedsSegments(4).fit(some_customers(500)[0])


def test_kmeans_takes_shares_and_the_mixture_asks_for_counts():
    counts, _ = some_customers(300)
    shares = counts.div(counts.sum(axis=1), axis=0)
    one, other = (d.NeedsSegments(3, method="kmeans").fit(x).predict(x) for x in (counts, shares))
    assert one.equals(other)
    with pytest.raises(DataError, match="not whole numbers(.|\n)*category_profiles"):
        d.NeedsSegments(3).fit(shares)


@pytest.mark.parametrize("change, words", [
    (lambda c: c.to_numpy(), "not a pandas DataFrame"),
    (lambda c: c.assign(a="x"), "columns of numbers only"),
    (lambda c: c.iloc[:0], "needs customers"),
    (lambda c: c.assign(a=-1), "missing, infinite or negative"),
    (lambda c: c.assign(a=np.nan), "missing, infinite or negative"),
    (lambda c: c * 0, "a customer bought nothing"),
    (lambda c: c.iloc[:2], "2 customers with 6 categories cannot make 3 groups"),
])  # fmt: skip
def test_fit_refuses(change, words):
    with pytest.raises(DataError, match=words):
        d.NeedsSegments(3).fit(change(some_customers(50)[0]))


def test_a_category_that_nobody_or_one_half_buys_does_no_harm():
    counts, _ = some_customers(200)
    rare = counts.assign(never=0, once=[1] + [0] * 199)
    model = d.NeedsSegments(resamples=2, max_groups=3, least=0).fit(rare)
    assert np.isfinite(model.transform(rare)).all().all() and model.stability_.notna().all().all()


def test_other_refusals():
    counts, _ = some_customers(50)
    with pytest.raises(DataError, match="'lda' is unknown"):
        d.NeedsSegments(3, method="lda").fit(counts)
    with pytest.raises(DataError, match="not fitted"):
        d.NeedsSegments(3).predict(counts)
    with pytest.raises(DataError, match="'a', 'z' stand on one side only"):
        d.NeedsSegments(3).fit(counts).predict(counts.rename(columns={"a": "z"}))
    with pytest.raises(DataError, match="6 categories cannot make 7 groups"):
        d.NeedsSegments(7, method="nmf").fit(counts)
    with pytest.raises(DataError, match="too few to choose"):
        d.NeedsSegments().fit(counts[["a", "b"]])


@given(st.integers(0, 10**6), st.integers(1, 4), st.sampled_from(["mixture", "nmf", "kmeans"]))
def test_weights_add_up_and_one_seed_gives_one_answer(seed, k, method):
    counts, _ = some_customers(60, seed=seed)
    before = counts.copy()
    one, two = (d.NeedsSegments(k, method=method, seed=seed).fit(counts) for _ in range(2))
    np.testing.assert_allclose(one.transform(counts).sum(axis=1), 1)
    pd.testing.assert_frame_equal(one.profiles_, two.profiles_)
    pd.testing.assert_frame_equal(counts, before)
    assert one.predict(counts).between(0, k - 1).all()


# --- drift


def stable_lines(drift=0.0, n=500, periods=4, per=5, seed=0):
    """Lines of customers with `per` in each of `periods` of 13 weeks; with chance `drift` a need is drawn anew."""
    rng = np.random.default_rng(seed)
    need = rng.choice(4, n, p=SIZES)
    frames = []
    for period in range(periods):
        anew = rng.random(n) < drift
        need = np.where(anew, rng.choice(4, n, p=SIZES), need) if period else need
        what = (rng.random((n, per, 1)) > np.cumsum(BASKETS[need], axis=1)[:, None, :]).sum(axis=2)
        day = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(91, size=n * per) + 91 * period, unit="D")
        frames.append(pd.DataFrame({"customer_id": np.repeat(np.arange(n), per), "order_date": day,
                                    "category": np.array(list("abcdef"))[what.ravel()]}))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def test_stable_customers_stay_within_the_noise_line_and_seem_to_change_often():
    model = d.NeedsSegments(4).fit(some_customers()[0])
    inside = []
    for seed in range(12):
        drift = d.needs_drift(stable_lines(seed=seed), model, replications=40, seed=seed)
        assert drift.index.tolist() == ["1", "2", "3", "all"] and (drift["customers"].iloc[:3] <= 500).all()
        assert drift.loc["all", "lines"] == pytest.approx(5, abs=0.2)
        assert 0.2 < drift.loc["all", "noise"] < 0.45  # nobody changed, and a third seem to
        inside.append(drift.loc["all", "low"] <= drift.loc["all", "changed"] <= drift.loc["all", "high"])
    assert 8 <= sum(inside) <= 12  # a 90 % band


def test_drift_lies_beyond_the_noise_line_and_more_so_over_a_longer_gap():
    model = d.NeedsSegments(4).fit(some_customers()[0])
    lines = stable_lines(drift=0.3)
    near, far = (d.needs_drift(lines, model, gap=gap, replications=40).loc["all"] for gap in (1, 3))
    assert near["changed"] > near["high"]
    assert far["changed"] - far["noise"] > near["changed"] - near["noise"]


def test_drift_counts_by_hand():
    model = d.NeedsSegments(2).fit(pd.DataFrame({"tea": [9, 8, 1, 0], "book": [1, 0, 7, 9]}))
    days = ["2024-01-01", "2024-01-02", "2024-01-08", "2024-01-09", "2024-01-14", "2024-01-15"]
    tea, book = ["tea"] * 6, ["tea", "tea", "book", "book", "book", "book"]
    lines = pd.DataFrame({"customer_id": ["ann"] * 6 + ["ben"] * 6, "order_date": pd.to_datetime(days * 2),
                          "category": tea + book, "amount": 1.0})  # fmt: skip
    drift = d.needs_drift(lines, model, weeks=1, at_least=2, replications=5)
    assert drift.loc["1", ["customers", "lines", "changed"]].tolist() == [2, 2.5, 0.5]  # ben changed; day 15 is cut off
    assert drift.loc["all", "noise"] <= 0.5  # ann has tea only, so she never seems to change
    returned = lines.assign(amount=[1, 1, 1, 1, 1, 1, 1, -1, 1, 1, 1, 1])
    assert d.needs_drift(returned, model, weeks=1, at_least=2, replications=1).loc["1", "customers"] == 1
    polars = pytest.importorskip("polars").from_pandas(lines)
    pd.testing.assert_frame_equal(d.needs_drift(polars, model, weeks=1, at_least=2, replications=5), drift)


def test_drift_refuses():
    model = d.NeedsSegments(4).fit(some_customers()[0])
    lines = stable_lines(n=20)
    with pytest.raises(DataError, match="cover . whole period"):
        d.needs_drift(lines, model, gap=9)
    with pytest.raises(DataError, match="no customer has 99 lines"):
        d.needs_drift(lines, model, at_least=99)
    with pytest.raises(DataError, match="no column 'order_date'"):
        d.needs_drift(lines.drop(columns="order_date"), model)
    for dates in (lines["order_date"].astype("str"), lines["order_date"].mask(lines.index == 3)):
        with pytest.raises(DataError, match="column 'order_date'(.|\n)*a date is missing"):
            d.needs_drift(lines.assign(order_date=dates), model)


# --- skew and diversity


def test_diversity_by_hand_and_at_its_ends():
    # Two lines each. Within a customer they never differ, between the two always: 1.
    apart = pd.DataFrame({"tea": [2, 0], "book": [0, 2]})
    row = d.skew_diversity([1, 1], apart).iloc[0]
    assert row["diversity"] == 1 and row["skew"] == 0 and row["customers"] == 2
    # ann tea, tea, book; ben tea, book, book: within 4 of 6 ordered pairs differ, between 5 of 9 -> 1 - (2/3) / (5/9).
    near = pd.DataFrame({"tea": [2, 1], "book": [1, 2]})
    assert d.skew_diversity([1, 3], near)["diversity"][0] == pytest.approx(1 - (2 / 3) / (5 / 9))
    assert d.skew_diversity([1, 3], near)["skew"][0] == pytest.approx(0.25)  # Gini of 1 and 3


def test_diversity_does_not_depend_on_the_number_of_lines():
    p = SIZES @ BASKETS
    true = 1 - (1 - SIZES @ np.square(BASKETS).sum(axis=1)) / (1 - np.square(p).sum())
    for lines in [(2, 4), (20, 30)]:
        counts, _ = some_customers(6000, lines=lines)
        row = d.skew_diversity(np.ones(5), counts, replications=20).iloc[0]
        assert row["diversity"] == pytest.approx(true, abs=0.015)
        assert row["low"] < 0 < row["high"] < 0.03
        alike, _ = some_customers(6000, lines=lines, alike=True)
        assert abs(d.skew_diversity(np.ones(5), alike, replications=20)["diversity"][0]) < 0.02


def test_diversity_refuses():
    with pytest.raises(DataError, match="two lines or more"):
        d.skew_diversity([1.0], pd.DataFrame({"a": [1, 1], "b": [0, 1]}))
    with pytest.raises(DataError, match="not a pandas DataFrame"):
        d.skew_diversity([1.0], [[1, 2]])
    with pytest.raises(DataError, match="values is negative"):
        d.skew_diversity([-1.0], pd.DataFrame({"a": [2, 3], "b": [2, 1]}))


# --- figures


def test_figures_show_what_they_are_given():
    counts, _ = some_customers(300)
    model = d.NeedsSegments(resamples=2, max_groups=4).fit(counts)
    ax = plots.plot_segments(model)
    assert len(ax.texts) == model.profiles_.size
    ax = plots.plot_stability(model)
    assert ax.lines[0].get_ydata().tolist() == model.stability_["mean"].tolist()
    drift = d.needs_drift(stable_lines(n=60), model, replications=5)
    ax = plots.plot_drift(drift)
    assert ax.lines[0].get_ydata().tolist() == drift["changed"].iloc[:-1].tolist()
    table = pd.concat([d.skew_diversity([1, 3], counts, replications=3)] * 2, keys=["shop", "chain"]).droplevel(1)
    ax = plots.plot_skew_diversity(table)
    assert [text.get_text() for text in ax.texts[-2:]] == ["shop", "chain"]
    for each in (ax, plots.plot_drift(drift), plots.plot_stability(model), plots.plot_segments(model)):
        assert each.get_xlabel() and each.get_ylabel()
    with pytest.raises(DataError, match="n_groups=None"):
        plots.plot_stability(d.NeedsSegments(2).fit(counts))
    with pytest.raises(DataError, match="needs_drift"):
        plots.plot_drift(counts)


def test_docstrings_tell_the_truth():
    done = doctest.testmod(d.needs, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert done.attempted >= 5 and not done.failed
