"""The functions that see orders or contacts give the same on pandas, polars, pyarrow, DuckDB; Spark: test_spark.py."""

import re
from pathlib import Path

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idic_lib import differentiate as d
from idic_lib import identify, interact, lifetime_value
from idic_lib.errors import DataError

pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")
duckdb = pytest.importorskip("duckdb")


def to_duckdb(orders):
    table = pa.Table.from_pandas(orders, preserve_index=False)
    return duckdb.from_arrow(table)


def to_pyarrow(orders):
    return pa.Table.from_pandas(orders, preserve_index=False)


#: engine -> how to make its frame of a pandas frame, and what comes back
ENGINES = {
    "polars": (pl.from_pandas, pl.DataFrame),
    "polars lazy": (lambda orders: pl.from_pandas(orders).lazy(), pl.LazyFrame),
    "pyarrow": (to_pyarrow, pa.Table),
    "duckdb": (to_duckdb, duckdb.DuckDBPyRelation),
}


def to_pandas(history):
    """History of another engine as pandas has it; also checks that customer_id is its first column."""
    assert nw.from_native(history).collect_schema().names()[0] == "customer_id"
    if isinstance(history, pl.LazyFrame):
        history = history.collect()
    frame = history.df() if isinstance(history, duckdb.DuckDBPyRelation) else history.to_pandas()
    return frame.set_index("customer_id")


def some_orders(n=400, seed=1):
    rng = np.random.default_rng(seed)
    who = np.array(["0007", "7", "Ali", "علی", "zoe", "Émile", "b2"])[rng.integers(7, size=n)].astype(object)
    who[rng.random(n) < 0.1] = None
    seconds = rng.integers(0, 40 * 86_400, size=n).astype("timedelta64[s]")
    # Across a leap day and the year's end.
    date = np.datetime64("2023-12-20", "us") + np.where(rng.random(n) < 0.5, seconds, seconds + np.timedelta64(45, "D"))
    amount = rng.gamma(2, 10, size=n).round(2) * (rng.random(n) > 0.05)
    orders = pd.DataFrame(
        {"order_id": np.arange(n).astype(str), "customer_id": who, "order_date": date, "amount": amount}
    )
    return orders.astype({"customer_id": "str", "order_id": "str"})


def same(got, expected):
    pd.testing.assert_frame_equal(got, expected, check_dtype=False, check_index_type=False, check_column_type=False,
                                  check_names=False, rtol=1e-9, atol=1e-12)  # fmt: skip


@pytest.mark.parametrize("options", [{}, {"end": "2024-01-20", "time_unit": "D"}, {"time_unit": "M"}], ids=str)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_history_of_pandas(engine, options):
    make, kind = ENGINES[engine]
    orders = some_orders()
    expected = d.purchase_history(orders, **options)
    history = d.purchase_history(make(orders), **options)
    assert isinstance(history, kind)
    got = to_pandas(history)
    assert got.index.tolist() == expected.index.tolist()  # sorted, and text of any script stays as it was
    assert got["frequency"].dtype == np.int64
    same(got, expected)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=15)
@given(rows=st.lists(st.tuples(st.sampled_from([1, 2, 30, None]), st.integers(-700_000, 60_000), st.integers(0, 10**6)),
                     min_size=1, max_size=15).filter(lambda rows: any(row[0] for row in rows)))  # fmt: skip
def test_engines_agree_on_whole_number_ids_and_any_date(engine, rows):
    who, day, cents = zip(*rows)
    start = np.datetime64("2001-01-01", "us")
    orders = pd.DataFrame({
        "customer_id": pd.array(who, dtype="Int64"),
        "order_date": start + np.array(day).astype("timedelta64[D]"),
        "amount": np.array(cents) / 100,
    })  # fmt: skip
    same(
        to_pandas(d.purchase_history(ENGINES[engine][0](orders), time_unit="Y")),
        d.purchase_history(orders, time_unit="Y"),
    )


def test_the_three_ways_to_the_history_are_equal():
    # pandas and pyarrow use a sparse matrix, DuckDB its SQL, all others narwhals: the last must also do for pandas.
    from idic_lib.differentiate.history import _history_by_narwhals

    orders = some_orders().dropna(subset="customer_id")
    end = orders["order_date"].max().toordinal()
    expected = d.purchase_history(orders, time_unit="W")
    for make in (lambda orders: orders, to_pyarrow, to_duckdb):
        got = nw.to_native(_history_by_narwhals(nw.from_native(make(orders)).lazy(), end, 7.0))
        same((got if isinstance(got, pd.DataFrame) else got.to_pandas() if isinstance(got, pa.Table) else got.df())
             .set_index("customer_id"), expected)  # fmt: skip


@pytest.mark.parametrize("dtype", ["str", "object", "category", "string", pd.ArrowDtype(pa.string())], ids=str)
def test_pandas_ids_of_any_text_dtype(dtype):
    orders = some_orders()
    expected = d.purchase_history(orders)
    got = d.purchase_history(orders.astype({"customer_id": dtype}))
    assert got.index.tolist() == expected.index.tolist() and got.index.name == "customer_id"
    same(got, expected)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint16", "Int64", "category", "int64[pyarrow]"])
def test_pandas_ids_of_any_whole_number_dtype(dtype):
    orders = some_orders().dropna(subset="customer_id")
    numbers = orders.assign(customer_id=pd.factorize(orders["customer_id"], sort=True)[0] * 5)
    got = d.purchase_history(numbers.astype({"customer_id": dtype}))
    assert got.index.tolist() == sorted(numbers["customer_id"].unique().tolist())
    same(got.reset_index(drop=True), d.purchase_history(orders).reset_index(drop=True))


@pytest.mark.parametrize("backend", ["pyarrow", "numpy_nullable"])
def test_pandas_with_nullable_dtypes_in_every_column(backend):
    orders = some_orders()
    same(d.purchase_history(orders.convert_dtypes(dtype_backend=backend)), d.purchase_history(orders))
    luck = [d.luck_line(o, replications=3).shares for o in (orders, orders.convert_dtypes(dtype_backend=backend))]
    pd.testing.assert_frame_equal(*luck)


def test_dates_without_time_decimals_and_dictionaries():
    orders = some_orders()
    orders["order_date"] = orders["order_date"].dt.normalize()
    expected = d.purchase_history(orders, end="2024-02-29")
    table = to_pyarrow(orders)
    for name, dtype in [("order_date", pa.date32()), ("amount", pa.decimal128(12, 2))]:
        table = table.set_column(table.column_names.index(name), name, table[name].cast(dtype))
    coded = table.set_column(1, "customer_id", table["customer_id"].dictionary_encode())
    frames = {
        "pyarrow": table,
        "pyarrow dictionary": coded,
        "duckdb": duckdb.from_arrow(table),
        "polars": pl.from_arrow(table),
        "polars categorical": pl.from_arrow(coded),
        "polars enum": pl.from_arrow(table).with_columns(
            pl.col("customer_id").cast(pl.Enum(sorted(orders["customer_id"].dropna().unique(), reverse=True)))
        ),
    }
    for frame in frames.values():
        got = to_pandas(d.purchase_history(frame, end="2024-02-29"))
        got.index = got.index.astype("str")
        same(got, expected)
    arrow = table.to_pandas(types_mapper=pd.ArrowDtype)
    same(d.purchase_history(arrow, end="2024-02-29"), expected)


@pytest.mark.parametrize("engine", ENGINES)
def test_bad_amounts_are_shown_on_every_engine(engine):
    orders = some_orders()
    orders.loc[[3, 30], "amount"] = [-77.5, np.nan]
    with pytest.raises(DataError, match=r"negative, missing or infinite in 2 row[\s\S]*-77.5[\s\S]*read_orders"):
        d.purchase_history(ENGINES[engine][0](orders))
    with pytest.raises(DataError, match="no column 'amount'"):
        d.purchase_history(ENGINES[engine][0](orders[["customer_id", "order_date"]]))


def test_polars_nan_is_missing():
    with pytest.raises(DataError, match="in 1 row"):
        d.purchase_history(pl.from_pandas(some_orders(3)).with_columns(amount=pl.Series([1.0, float("nan"), 2.0])))


def gathered(table, *index):
    """A table of any engine as pandas has it, these columns as its index."""
    frame = nw.from_native(table).lazy().collect().to_pandas()
    return frame.set_index(list(index)) if index else frame


@pytest.mark.parametrize("period", ["M", "Q", "H", "Y"])
@pytest.mark.parametrize("engine", ENGINES)
def test_cohorts_and_audit_come_back_as_their_engine_has_them(engine, period):
    make, kind = ENGINES[engine]
    orders = some_orders()
    late = orders["customer_id"].isin(["zoe", "7"]) & (orders["order_date"] < "2024-01-15")
    orders = orders[~late]  # so that there are two cohorts
    for function, index in ((d.cohort_table, ["cohort", "age"]), (d.customer_base_audit, ["period"])):
        expected, got = function(orders, period=period), function(make(orders), period=period)
        assert isinstance(got, kind) and isinstance(expected, pd.DataFrame)
        assert nw.from_native(got).collect_schema().names()[: len(index)] == index
        same(gathered(got, *index), expected)


def test_a_cohort_table_by_hand():
    # ann: January, February, April; ben: February; eva: April. The cohort of March is empty and so is not there.
    day = ["2024-01-03", "2024-02-01", "2024-02-09", "2024-04-30", "2024-02-29", "2024-04-01", "2024-04-02"]
    who = ["ann", "ann", "ann", "ann", "ben", "eva", None]
    orders = pd.DataFrame({"customer_id": who, "order_date": pd.to_datetime(day), "amount": [1.0, 2, 4, 8, 16, 32, 64]})
    table = d.cohort_table(orders, period="M")
    assert table.index.tolist() == [("2024-01", 0), ("2024-01", 1), ("2024-01", 2), ("2024-01", 3), ("2024-02", 0),
                                    ("2024-02", 1), ("2024-02", 2), ("2024-04", 0)]  # fmt: skip
    assert table["active"].tolist() == [1, 1, 0, 1, 1, 0, 0, 1]
    assert table["sales"].tolist() == [1, 6, 0, 8, 16, 0, 0, 32]
    assert table["customers"].tolist() == [1] * 8 and table["share_active"].tolist() == [1, 1, 0, 1, 1, 0, 0, 1]
    assert d.cohort_table(orders, period="M", end="2024-06-30").index[-1] == ("2024-04", 2)
    assert d.cohort_table(orders, period="Y").index.tolist() == [("2024", 0)]
    with pytest.raises(DataError, match="period='W'"):
        d.cohort_table(orders, period="W")


def test_a_duckdb_answer_stays_on_the_connection_of_the_orders():
    connection = duckdb.connect()
    connection.register("orders", to_pyarrow(some_orders()))
    table = d.cohort_table(connection.sql("FROM orders WHERE amount > 0"), period="M")  # any query
    joined = table.join(connection.sql("SELECT 0 AS age"), "age")  # of another connection it would be refused
    assert joined.aggregate("sum(active)").fetchall() == [(7,)]


@pytest.mark.parametrize("engine", ENGINES)
def test_luck_and_scores_take_every_engine(engine):
    make, _ = ENGINES[engine]
    orders = some_orders()
    other = make(orders)
    split = {"split": "2024-01-25", "replications": 3, "n_groups": 2}
    pd.testing.assert_frame_equal(d.luck_migration(other, **split).observed, d.luck_migration(orders, **split).observed)
    luck = [d.luck_line(o, replications=20).shares["mean"] for o in (other, orders)]
    np.testing.assert_allclose(*luck, atol=0.02)
    scores = d.rfm_scores(d.purchase_history(other))
    pd.testing.assert_frame_equal(scores, d.rfm_scores(d.purchase_history(orders)), check_index_type=False)


@pytest.mark.parametrize("engine", ENGINES)
def test_coverage_and_contacts_come_back_as_their_engine_has_them(engine):
    make, kind = ENGINES[engine]
    orders = some_orders().assign(channel=np.resize(["web", "till", "till"], 400))
    for by in ("channel", ["channel"], None):
        got = identify.identification_coverage(make(orders), by)
        assert isinstance(got, kind)
        index = [] if by is None else ["channel"]
        expected = identify.identification_coverage(orders, by)
        same(gathered(got, *index), expected if index else expected.reset_index(drop=True))
    nothing = gathered(identify.identification_coverage(make(orders.assign(amount=0.0)), "channel"), "channel")
    assert nothing["amount_share"].isna().all()
    contacts = orders.dropna(subset="customer_id").assign(cost=lambda f: f["amount"] / 10, responded=False)
    contacts = contacts.assign(opened=contacts["amount"] > 20)[["customer_id", "cost", "opened", "responded"]]
    got = interact.channel_economics(make(contacts), by="customer_id")  # the summary of each customer's contacts
    assert isinstance(got, kind)
    got = gathered(got, "customer_id")
    same(got, interact.channel_economics(contacts, by="customer_id"))
    assert got["contacts"].to_dict() == contacts["customer_id"].value_counts().to_dict()


def weighted(columns):
    """A few hundred customers who share few distinct histories."""
    rng = np.random.default_rng(4)
    history = lifetime_value.BetaGeoModel.from_params(r=0.5, alpha=3, a=0.8, b=2).simulate(
        rng.integers(10, 40, 900), step=1, seed=5
    )
    history = history[(history["frequency"] == 0) | (history["recency"] > 0)]
    money = np.where(history["frequency"] > 0, rng.integers(1, 9, len(history)) * 5.0, 0.0)
    return history[["frequency", "recency", "T"]].assign(monetary_value=money)[columns]


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        (lifetime_value.BetaGeoModel, ["frequency", "recency", "T"]),
        (lifetime_value.ParetoNBDModel, ["frequency", "recency", "T"]),
        (lifetime_value.NBDModel, ["frequency", "recency", "T"]),
        (lifetime_value.GammaGammaModel, ["frequency", "monetary_value"]),
    ],
)
def test_a_fit_to_collapsed_histories_is_the_fit_to_all(model, columns):
    history = weighted(columns)
    groups = d.collapse_history(history, columns)
    assert len(groups) < 0.8 * len(history) and groups["weight"].sum() == len(history)
    full, short = model().fit(history), model().fit(groups)
    np.testing.assert_allclose(short.params_, full.params_, rtol=1e-9)
    np.testing.assert_allclose(short.log_likelihood_, full.log_likelihood_, rtol=1e-12)
    np.testing.assert_allclose(short.standard_errors_, full.standard_errors_, rtol=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_collapses_to_the_same_rows(engine):
    make, _ = ENGINES[engine]
    history = weighted(["frequency", "recency", "T"])
    expected = d.collapse_history(history)
    assert list(expected) == ["frequency", "recency", "T", "weight"]
    assert expected["weight"].tolist() == history.groupby(["frequency", "recency", "T"]).size().tolist()
    same(d.collapse_history(make(history)), expected)
    # Weights are added up: collapsing twice changes nothing.
    pd.testing.assert_frame_equal(d.collapse_history(expected), expected)
    with pytest.raises(DataError, match="no column 'T'"):
        d.collapse_history(make(history[["frequency", "recency"]]))


def test_the_recipes_of_the_page_on_scale_run(tmp_path, monkeypatch):
    """Every block of Python in SCALING.md that is not for a cluster runs, one after the other, on a Parquet folder."""
    text = (Path(__file__).parents[1] / "SCALING.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.S)
    blocks = [block for block in blocks if "SparkSession" not in block]
    assert len(blocks) >= 4
    # Customers whose histories come from the models, or there would be no finite estimate.
    rng = np.random.default_rng(3)
    bought = lifetime_value.BetaGeoModel.from_params(r=0.5, alpha=3, a=0.8, b=2)
    bought = bought.simulate(rng.integers(10, 40, 800), step=1 / 7, seed=6)
    between = [rng.uniform(0, t, max(x - 1, 0)) for x, t in zip(bought["frequency"], bought["recency"])]
    weeks = np.concatenate([[-age, *(t[: x > 0] - age), *(b - age)] for age, x, t, b in zip(
        bought["T"], bought["frequency"], bought["recency"].to_numpy()[:, None], between)])  # fmt: skip
    who = np.repeat(np.arange(800), bought["frequency"] + 1)
    day = np.datetime64("2024-12-31", "D") + np.rint(7 * weeks).astype("timedelta64[D]")
    amount = rng.gamma(6.25, 1, len(who)) * (15.4 / rng.gamma(3.74, 1, 800))[who]
    orders = pd.DataFrame({"customer_id": who, "order_date": day.astype("datetime64[us]"), "amount": amount})
    (tmp_path / "orders").mkdir()
    for part in range(3):
        orders[part::3].to_parquet(tmp_path / "orders" / f"{part}.parquet")
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in blocks:
        exec(compile(block, "SCALING.md", "exec"), names)
    written = pd.read_parquet(tmp_path / "expected.parquet").set_index("customer_id").sort_index()
    history = d.purchase_history(orders)
    expected = lifetime_value.BetaGeoModel().fit(history).expected_purchases(history, future_t=52)
    np.testing.assert_allclose(written["expected_purchases"], expected, rtol=1e-9)
    assert written.index.tolist() == expected.index.tolist()


@pytest.mark.parametrize(
    ("dtype", "ids"),
    [
        ("int8", [-100, 100, -100]),
        ("uint8", [3, 255, 3]),
        ("uint64", [2**64 - 2, 2**64 - 1, 2**64 - 2]),
        ("int64", [-(2**62), 2**62, -(2**62)]),
        ("Int64", [7, 5, 7]),
        ("int16[pyarrow]", [7, 5, 7]),
    ],
)
def test_whole_numbers_of_any_width_are_counted_off_or_hashed_alike(dtype, ids):
    dates = pd.to_datetime(["2024-01-01", "2024-01-03", "2024-01-08"])
    orders = pd.DataFrame({"customer_id": pd.array(ids, dtype=dtype), "order_date": dates, "amount": [1.0, 2.0, 4.0]})
    got = d.purchase_history(orders, end="2024-01-08")
    assert [int(i) for i in got.index] == sorted(set(ids)) and str(got.index.dtype) == dtype
    twice = got.loc[got.index == ids[0]]
    assert twice["frequency"].tolist() == [1] and twice["monetary_value"].tolist() == [4.0]
