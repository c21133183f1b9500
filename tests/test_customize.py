"""What `customize` promises: offers, their judgement by hand, by peers and in worlds made for it, and bandits."""

import re
import subprocess
import sys
import warnings
from math import log, log2, sqrt

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import stats

from idic_lib.customize import METHODS, Bandit, NextBestOffer, evaluate_offers, test_then_roll, thompson_sampling
from idic_lib.errors import DataError

ENGINES = {
    "pandas": lambda frame: frame, "polars": pl.from_pandas, "lazy polars": lambda frame: pl.from_pandas(frame).lazy(),
    "pyarrow": pa.Table.from_pandas, "duckdb": lambda frame: duckdb.from_df(frame),
}  # fmt: skip


def frame(pairs, **columns):
    return pd.DataFrame(pairs, columns=["customer_id", "product_id"]).assign(**columns)


HISTORY = frame([("a", "x"), ("a", "y"), ("b", "x"), ("b", "z"), ("c", "x"), ("c", "w"), ("c", "v")])
LATER = frame([("a", "x"), ("a", "z"), ("b", "w"), ("c", "q"), ("d", "x")])
OFFERS = pd.DataFrame({"customer_id": list("aabbcc"), "rank": [1, 2] * 3, "item": list("zxywyz")})


def world(seed, customers=300, blocks=3, items=20, share=0.3):
    """Customers of a block buy its items, all alike; two draws of the same people."""
    rng = np.random.default_rng(seed)
    block = np.arange(customers) % blocks
    wants = np.repeat(np.eye(blocks)[block] * 0.9 + 0.05, items, axis=1) * share
    periods = []
    for _ in range(2):
        who, what = np.nonzero(rng.random(wants.shape) < wants)
        periods.append(frame({"customer_id": who, "product_id": what}).assign(order_id=np.arange(len(who))))
    return periods


# --- evaluation ------------------------------------------------------------------------------------------------------


def test_measures_by_hand():
    # a finds both; b its only one, on rank 2; c bought something nobody had sold before; d had no offer.
    out = evaluate_offers(OFFERS, LATER, k=2, history=HISTORY)
    second = 1 / log2(3)
    assert list(out.index) == ["all", "repeats", "discoveries"]
    assert list(out["customers"]) == [3, 1, 3]
    np.testing.assert_allclose(out["recall"], [2 / 3, 1, 2 / 3])
    np.testing.assert_allclose(out["ndcg"], [(1 + second) / 3, second, (1 + second) / 3])
    np.testing.assert_allclose(out["recall_se"], [1 / 3, np.nan, 1 / 3])  # of 1, 1, 0: sd sqrt(1/3), over sqrt(3)
    np.testing.assert_allclose(out["coverage"], 4 / 5)  # v is never offered
    np.testing.assert_allclose(out["novelty"], 5 * log2(3) / 6)  # x, which all bought, tells nothing


def test_by_customer_holds_what_the_means_are_of():
    each = evaluate_offers(OFFERS, LATER, k=2, history=HISTORY, by_customer=True)
    assert each.loc[("all", "b"), "recall"] == 1 and each.loc[("discoveries", "c"), "ndcg"] == 0
    assert ("repeats", "c") not in each.index and "d" not in each.index.get_level_values("customer_id")


def test_recall_divides_by_what_fits_into_the_list():
    later = frame([("a", item) for item in "uvwxyz"])
    offers = pd.DataFrame({"customer_id": "a", "rank": [1, 2, 3], "item": ["u", "no", "v"]})
    assert evaluate_offers(offers, later, k=3).loc["all", "recall"] == pytest.approx(2 / 3)
    assert evaluate_offers(offers, later, k=1).loc["all", ["recall", "ndcg"]].tolist() == [1, 1]
    assert evaluate_offers(offers, later, k=1)[["coverage", "novelty"]].isna().all(axis=None)


def test_ndcg_equals_scikit_learn():
    from sklearn.metrics import ndcg_score

    rng, n, k = np.random.default_rng(5), 40, 6
    relevant = rng.random((n, 15)) < rng.uniform(0.05, 0.8, (n, 1))
    relevant[:, 0] |= ~relevant.any(axis=1)
    listed = np.argsort(rng.random((n, 15)), axis=1)[:, :k]
    score = np.zeros((n, 15))
    np.put_along_axis(score, listed, np.arange(k, 0, -1), axis=1)
    offers = pd.DataFrame({"customer_id": np.repeat(np.arange(n), k), "rank": np.tile(np.arange(k) + 1, n),
                           "item": listed.ravel()})  # fmt: skip
    later = frame(np.argwhere(relevant))
    out = evaluate_offers(offers, later, k=k, by_customer=True)
    out.index = out.index.get_level_values("customer_id").astype(int)
    expected = [ndcg_score(relevant[[i]], score[[i]], k=k) for i in range(n)]
    np.testing.assert_allclose(out["ndcg"].sort_index(), expected)


def test_a_fitted_model_is_a_history():
    history, later = world(1)
    model = NextBestOffer("popularity").fit(history)
    offers = model.recommend(model.customers_, k=5)
    pd.testing.assert_frame_equal(evaluate_offers(offers, later, k=5, history=model),
                                  evaluate_offers(offers, later, k=5, history=history))  # fmt: skip


def test_codes_of_many_customers_and_items_do_not_overflow():
    # 40,000 items and 300 customers: a product of small integer types would wrap.
    history = frame({"customer_id": np.arange(40_000) % 300, "product_id": np.arange(40_000)})
    offers = history.rename(columns={"product_id": "item"}).assign(
        rank=lambda t: t.groupby("customer_id").cumcount() + 1
    )
    out = evaluate_offers(offers, history, k=10, history=history)
    assert list(out.loc["repeats", ["customers", "recall", "ndcg", "coverage"]]) == pytest.approx(
        [300, 1, 1, 3000 / 40_000]
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_engines_agree(engine):
    history, later = world(2)
    convert = ENGINES[engine]
    model = NextBestOffer(factors=4).fit(convert(history))
    offers = model.recommend(range(10), k=5)
    pd.testing.assert_frame_equal(offers, NextBestOffer(factors=4).fit(history).recommend(range(10), k=5))
    out = evaluate_offers(offers, convert(later), k=5, history=convert(history))
    pd.testing.assert_frame_equal(out, evaluate_offers(offers, later, k=5, history=history))


# --- offers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_columns_of_categories_are_read_as_texts(method):
    rng = np.random.default_rng(5)
    pairs = [(f"c{rng.integers(40):02d}", f"p{int(25 * rng.random() ** 2):02d}") for _ in range(800)]
    text = frame(pairs, order_id=[f"o{i}" for i in range(800)])
    # The categories stand in another order than they occur in, and the first half does not hold them all.
    coded = text.astype(
        {"customer_id": "category", "product_id": pd.CategoricalDtype(sorted({*text["product_id"], "zz"})[::-1])}
    )
    shown = []
    for lines in (text, coded):
        model = NextBestOffer(method, factors=4, regularization=0.1).fit(lines[:400])
        offers = model.recommend(sorted({who for who, _ in pairs}), k=5)
        shown.append((offers, evaluate_offers(offers, lines[400:], k=5, history=lines[:400])))
    pd.testing.assert_frame_equal(shown[0][0], shown[1][0])
    pd.testing.assert_frame_equal(shown[0][1], shown[1][1])


def test_importing_implicit_in_a_notebook_prints_nothing():
    # As in a kernel: tqdm then looks for ipywidgets, and warns if they are not installed.
    code = """
import sys, types
sys.modules["ipykernel.zmqshell"] = types.ModuleType("zmqshell")
sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: None)
sys.modules["ipywidgets"] = None
import pandas as pd
from idic_lib.customize import NextBestOffer
lines = pd.DataFrame({"customer_id": ["a", "b", "b"], "product_id": ["x", "x", "y"]})
NextBestOffer(basket=None, factors=1, regularization=0.01).fit(lines)
"""
    done = subprocess.run([sys.executable, "-W", "default", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0 and "TqdmWarning" not in done.stderr, done.stderr


def test_popularity_and_own_frequency_by_hand():
    lines = frame([("a", "x"), ("a", "y"), ("a", "y"), ("a", "y"), ("b", "x"), ("c", "x"), ("c", "z"), ("c", "z")],
                  order_id=[1, 1, 2, 3, 4, 5, 6, 6])  # fmt: skip
    popular = NextBestOffer("popularity").fit(lines)
    assert popular.popularity_.to_dict() == {"x": 1, "y": pytest.approx(1 / 3), "z": pytest.approx(1 / 3)}
    assert list(popular.recommend(["b"], k=3)["item"]) == ["x", "y", "z"]  # y before z: equals go by name
    own = NextBestOffer("own_frequency").fit(lines).recommend(["a", "c", "new"], k=3)
    assert own["item"].tolist() == ["y", "x", "z", "x", "z", "y", "x", "y", "z"]  # c: z twice in one basket counts once
    assert own["score"].tolist() == pytest.approx([3, 1, 1 / 3, 1, 1, 1 / 3, 1, 1 / 3, 1 / 3])
    assert own["basis"].tolist() == ["own_frequency"] * 2 + ["popularity"] + ["own_frequency"] * 2 + ["popularity"] * 4
    assert own["rank"].tolist() == [1, 2, 3] * 3
    lines_count = NextBestOffer("own_frequency", basket=None).fit(lines).recommend(["c"], k=1)
    assert lines_count["item"].item() == "z" and lines_count["score"].item() == 2


def test_item_to_item_equals_brute_force_cosine():
    history, _ = world(3, customers=30, items=5)
    model = NextBestOffer("item_to_item", neighbours=99).fit(history)
    table = pd.crosstab(history["customer_id"], history["product_id"])
    weight = np.log1p(table.to_numpy(float))
    unit = weight / np.sqrt((weight**2).sum(axis=0))
    expected = pd.DataFrame(weight @ unit.T @ unit, table.index.astype(str), table.columns)
    out = model.recommend(table.index, k=table.shape[1])
    out = out[out["basis"] == "item_to_item"].pivot(index="customer_id", columns="item", values="score")
    expected = expected.loc[out.index, out.columns]
    np.testing.assert_allclose(out.fillna(0), expected.where(expected > 1e-9, 0), rtol=1e-5)


def test_neighbours_bound_the_memory():
    history, _ = world(3)
    model = NextBestOffer("item_to_item", neighbours=4).fit(history)
    assert np.diff(model.similarity_.indptr).max() <= 4


@pytest.mark.parametrize("method", METHODS)
def test_new_only_known_only_and_cold_start(method):
    history, _ = world(4, customers=60)
    model = NextBestOffer(method, factors=4).fit(history)
    had = set(zip(history["customer_id"].astype(str), history["product_id"]))
    everyone = [*range(60), "nobody"]
    for options, fits in (({"new_only": True}, lambda pair: pair not in had), ({"known_only": True}, had.__contains__)):
        out = model.recommend(everyone, k=8, **options)
        assert all(fits(pair) for pair in zip(out["customer_id"], out["item"]))
        assert not out.duplicated(["customer_id", "item"]).any() and not out.duplicated(["customer_id", "rank"]).any()
        sizes = out.groupby("customer_id").size()
        mine = history.groupby(history["customer_id"].astype(str))["product_id"].nunique()
        room = mine if "known_only" in options else len(model.items_) - mine
        assert (sizes.reindex(room.index) == room.clip(upper=8)).all()
    cold = model.recommend(["nobody"], k=5)
    assert list(cold["item"]) == list(model.items_[:5]) and set(cold["basis"]) == {"popularity"}
    assert cold["score"].tolist() == model.popularity_.head(5).tolist()
    assert model.recommend(["nobody"], k=5, known_only=True).empty
    assert len(model.recommend([0], k=len(model.items_))) == len(model.items_)


def test_scores_never_rise_with_rank():
    history, _ = world(4)
    for method in METHODS:
        out = NextBestOffer(method, factors=4).fit(history).recommend(range(50), k=12)
        own = out[out["basis"] == method]
        assert (own.groupby("customer_id")["score"].diff().dropna() <= 0).all()
        silent = (out["basis"] == "popularity").astype(int)  # comes last
        assert (silent.groupby(out["customer_id"]).diff().dropna() >= 0).all()


def test_one_seed_one_answer_whatever_the_order_of_the_lines():
    history, _ = world(5)
    first = NextBestOffer(factors=8, seed=3).fit(history)
    again = NextBestOffer(factors=8, seed=3).fit(history.sample(frac=1, random_state=0))
    assert first.item_factors_.tobytes() == again.item_factors_.tobytes()
    assert first.customer_factors_.tobytes() == again.customer_factors_.tobytes()
    assert NextBestOffer(factors=8, seed=4).fit(history).item_factors_.tobytes() != first.item_factors_.tobytes()


def test_batches_do_not_change_the_answer(monkeypatch):
    history, _ = world(5)
    for method in METHODS:
        model = NextBestOffer(method, factors=4).fit(history)
        whole = model.recommend(range(40), k=5)
        with monkeypatch.context() as patch:
            patch.setattr("idic_lib.customize._CELLS", 7 * 60)
            pd.testing.assert_frame_equal(model.recommend(range(40), k=5), whole)


def test_implicit_is_called_as_it_asks():
    # Two threads of BLAS would make implicit warn: the call itself must set one, whatever the environment says.
    import implicit.utils
    from threadpoolctl import threadpool_limits

    history, _ = world(5)
    implicit.utils._checked_blas_config = False
    with threadpool_limits(2, "blas"), warnings.catch_warnings():
        warnings.simplefilter("error")
        NextBestOffer(factors=4).fit(history)


def test_factorisation_learns_blocks_and_popularity_cannot():
    history, later = world(6)
    out = {}
    for method in ("factorisation", "item_to_item", "popularity"):
        model = NextBestOffer(method, factors=6).fit(history)
        offers = model.recommend(model.customers_, k=5, new_only=True)
        out[method] = evaluate_offers(offers, later, k=5, history=model, by_customer=True).loc["discoveries", "recall"]
    # An item of the own block is bought with .285, any with .105: lists of the block find about 2.7 times as much.
    for method in ("factorisation", "item_to_item"):
        gain = out[method] - out["popularity"]
        assert gain.mean() > 5 * gain.sem() and out[method].mean() > 2 * out["popularity"].mean()


def test_lines_left_out_are_counted_and_ids_are_text():
    lines = pd.DataFrame({"who": [7.0, 7, np.nan, 8, 8, 9], "kind": ["x", "y", "z", None, "y", "x"],
                          "quantity": [1, 1, 1, 1, 0, -1], "amount": [5, -5, 5, 5, 0, 5]})  # fmt: skip
    before = lines.copy()
    model = NextBestOffer("popularity", item="kind", customer="who", basket=None).fit(lines)
    assert model.left_out_.to_dict() == {"no customer": 1, "no item": 1, "returned": 2}
    assert model.popularity_.to_dict() == {"x": 0.5, "y": 0.5}
    assert model.recommend([7, "8", 9], k=1)["customer_id"].tolist() == ["7", "8", "9"]
    pd.testing.assert_frame_equal(lines, before)


# --- what is refused -------------------------------------------------------------------------------------------------

FITTED = NextBestOffer("popularity", basket=None).fit(HISTORY)
TWO_RANKS = OFFERS.assign(rank=1)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: NextBestOffer("svd"), "method='svd' is unknown"),
        (lambda: NextBestOffer(factors=0), "factors=0"),
        (lambda: NextBestOffer(iterations=1.5), "iterations=1.5"),
        (lambda: NextBestOffer(neighbours=1), "neighbours=1"),
        (lambda: NextBestOffer(regularization=-1), "regularization=-1"),
        (lambda: NextBestOffer(seed=-1), "seed=-1"),
        (lambda: NextBestOffer().fit([1, 2]), "not a frame"),
        (lambda: NextBestOffer(regularization=10).fit(world(7)[0]), "lower it (regularization=10)"),
        (lambda: NextBestOffer(item="sku").fit(HISTORY), "no column 'sku', 'order_id'"),
        (lambda: NextBestOffer(basket=None).fit(HISTORY.assign(product_id=None)), "no line with a customer"),
        (lambda: NextBestOffer().recommend(["a"]), "call `fit"),
        (lambda: FITTED.recommend(["a"], k=6), "catalogue has 5"),
        (lambda: FITTED.recommend(["a"], k=0), "k=0"),
        (lambda: FITTED.recommend(["a", "a"], k=1), "given twice"),
        (lambda: FITTED.recommend(["a", None], k=1), "missing"),
        (lambda: FITTED.recommend(["a"], k=1, new_only=True, known_only=True), "both new and known"),
        (lambda: evaluate_offers(OFFERS.drop(columns="rank"), LATER), "no column 'rank'"),
        (lambda: evaluate_offers(TWO_RANKS, LATER), "an item or a rank twice"),
        (lambda: evaluate_offers(OFFERS.assign(item=[None, *"xywyz"]), LATER), "missing"),
        (lambda: evaluate_offers(OFFERS.assign(rank=[0, 2] * 3), LATER), "missing"),
        (lambda: evaluate_offers(OFFERS, LATER, k=0), "k=0"),
        (lambda: evaluate_offers(OFFERS, LATER, item="sku"), "no column 'sku'"),
        (lambda: evaluate_offers(OFFERS.assign(item=list("ghghgh")), LATER), "one level of items"),
        (lambda: evaluate_offers(OFFERS, LATER, history=HISTORY.drop(1)), "history does not hold"),
        (lambda: thompson_sampling([0.1], 5), "two or more offers"),
        (lambda: thompson_sampling([0.1, 1.2], 5), "0 to 1"),
        (lambda: thompson_sampling(np.full((4, 2), 0.1), 5), "n rows"),
        (lambda: thompson_sampling([0.1, 0.2], 0), "n=0"),
        (lambda: thompson_sampling([0.1, 0.2], 5, delay=-1), "delay=-1"),
        (lambda: thompson_sampling([0.1, 0.2], 5, replications=0), "replications=0"),
        (lambda: test_then_roll([0.1, 0.2], 5, 3), "needs more than n=5"),
        (lambda: test_then_roll([0.1, 0.2], 5, 0), "n_test=0"),
    ],
)  # fmt: skip
def test_refused_with_a_reason(call, says):
    with pytest.raises(DataError, match=re.escape(says)):
        call()


@pytest.mark.parametrize("method", ["factorisation", "item_to_item"])
def test_without_implicit_the_extra_is_named(monkeypatch, method):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr("idic_lib.customize.import_module", absent)
    with pytest.raises(ImportError, match=r"idic-lib\[course\]"):
        NextBestOffer(method, basket=None).fit(HISTORY)
    assert len(NextBestOffer("own_frequency", basket=None).fit(HISTORY).recommend(["a"], k=2)) == 2


# --- bandits ---------------------------------------------------------------------------------------------------------


def test_two_offers_of_thompson_sampling_by_hand():
    # The first offer is a coin flip. After a yes its posterior is beta(2, 1), which exceeds a uniform draw with 2/3;
    # after a no, beta(1, 2), with 1/3. So P(second is A | first was A) = a 2/3 + (1 - a)/3 = (1 + a)/3.
    a, b, n = 0.8, 0.3, 40_000
    second_is_a = ((1 + a) / 3 + 1 - (1 + b) / 3) / 2
    out = thompson_sampling([a, b], 2, replications=n, seed=1)
    assert isinstance(out, Bandit) and out.regret.shape == (n, 2) and (out.pulls.sum(axis=1) == 2).all()
    expected = np.array([0.5, 0.5 + 1 - second_is_a]) * (a - b)
    np.testing.assert_allclose(out.regret.mean(axis=0), expected, atol=4 * (a - b) / sqrt(n))
    np.testing.assert_allclose(out.regret[:, -1], out.pulls[:, 1] * (a - b))


def test_regret_grows_like_log_n_at_the_rate_of_lai_and_robbins_1985():
    rates, n = [0.9, 0.6, 0.5], 10_000
    divergence = [p * log(p / 0.9) + (1 - p) * log((1 - p) / 0.1) for p in rates[1:]]
    rate = sum((0.9 - p) / kl for p, kl in zip(rates[1:], divergence))
    regret = thompson_sampling(rates, n, replications=200, seed=2).regret.mean(axis=0)
    late, early = regret[n - 1] - regret[n // 10 - 1], regret[n // 10 - 1] - regret[n // 100 - 1]
    for grown in (late, early):  # the bound is on the slope in log n, in the long run: half to one and a half of it
        assert 0.5 * rate * log(10) < grown < 1.5 * rate * log(10)
    assert regret[-1] < 0.01 * n * (0.9 - np.mean(rates))  # a hundredth of what offers at random lose


def test_test_then_roll_loses_what_its_two_parts_must():
    a, b, n, size, replications = 0.3, 0.2, 500, 40, 20_000
    counts = np.arange(size + 1)
    yes_a, yes_b = (stats.binom.pmf(counts, size, p) for p in (a, b))
    joint = np.outer(yes_a, yes_b)
    wrong = np.triu(joint, 1).sum() + np.trace(joint) / 2
    out = test_then_roll([a, b], n, size, replications=replications, seed=3)
    expected = (a - b) * (size + (n - 2 * size) * wrong)
    spread = (a - b) * (n - 2 * size) * sqrt(wrong * (1 - wrong) / replications)
    assert out.regret[:, -1].mean() == pytest.approx(expected, abs=4 * spread)
    np.testing.assert_allclose(out.regret[:, 2 * size - 1], (a - b) * size)
    assert set(out.pulls[:, 0]) == {size, n - size}


def test_answers_that_never_come_teach_nothing():
    out = thompson_sampling([1.0, 0.0], 100, delay=100, replications=400, seed=4)
    assert out.pulls[:, 0].mean() == pytest.approx(50, abs=4 * 5 / 20)  # coins: sd 5, 400 of them
    means = [thompson_sampling([0.5, 0.3], 500, delay=d, seed=4).regret[:, -1].mean() for d in (0, 50, 250)]
    assert means == sorted(means)


def test_rates_may_change_on_the_way():
    rates = np.repeat([[1.0, 0.0], [0.0, 1.0]], 5, axis=0)
    out = test_then_roll(rates, 10, 1, replications=3)
    assert out.regret[:, -1].tolist() == [6, 6, 6]  # one in the test, then five times the old winner
    assert thompson_sampling(rates, 10, replications=3).regret.max() <= 10


def test_bandits_have_one_answer_per_seed():
    for play in (lambda seed: thompson_sampling([0.2, 0.3], 50, seed=seed),
                 lambda seed: test_then_roll([0.2, 0.3], 50, 10, seed=seed)):  # fmt: skip
        assert play(1).regret.tobytes() == play(1).regret.tobytes() != play(2).regret.tobytes()
        assert play(np.random.default_rng(1)).regret.tobytes() == play(1).regret.tobytes()
