"""The functions that see orders give the same on pandas, polars, pyarrow, DuckDB and Spark."""

import shutil

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idic_lib import differentiate as d
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


@pytest.mark.parametrize("engine", ENGINES)
def test_audit_luck_and_scores_take_every_engine(engine):
    make, _ = ENGINES[engine]
    orders = some_orders()
    other = make(orders)
    pd.testing.assert_frame_equal(d.customer_base_audit(other), d.customer_base_audit(orders), check_column_type=False)
    split = {"split": "2024-01-25", "replications": 3, "n_groups": 2}
    pd.testing.assert_frame_equal(d.luck_migration(other, **split).observed, d.luck_migration(orders, **split).observed)
    luck = [d.luck_line(o, replications=20).shares["mean"] for o in (other, orders)]
    np.testing.assert_allclose(*luck, atol=0.02)
    scores = d.rfm_scores(d.purchase_history(other))
    pd.testing.assert_frame_equal(scores, d.rfm_scores(d.purchase_history(orders)), check_index_type=False)


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore")  # pyspark 4.3 warns at each conversion that it does not fully support pandas 3
def test_spark_gives_the_history_and_profiles_of_pandas(monkeypatch):
    pyspark = pytest.importorskip("pyspark", reason="pyspark is not installed: pip install 'idic-lib[spark]'")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, and none is on the path")
    import sys

    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    builder = pyspark.sql.SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    session = (
        builder.config("spark.sql.shuffle.partitions", "2").config("spark.sql.session.timeZone", "UTC").getOrCreate()
    )
    try:
        orders = some_orders(60)
        rows = [
            (None if pd.isna(o.customer_id) else o.customer_id, o.order_date.to_pydatetime(), o.amount)
            for o in orders.itertuples()
        ]
        frame = session.createDataFrame(rows, "customer_id string, order_date timestamp_ntz, amount double")
        for options in ({}, {"end": "2024-01-20", "time_unit": "D"}):
            history = d.purchase_history(frame, **options)
            assert isinstance(history, pyspark.sql.DataFrame) and history.columns[0] == "customer_id"
            got = pd.DataFrame([row.asDict() for row in history.collect()]).set_index("customer_id")
            same(got, d.purchase_history(orders, **options))
        lines = orders[["customer_id", "amount"]].assign(category=np.resize(["tea", "book", "gift"], len(orders)))
        rows = [(row[0], category, row[2]) for row, category in zip(rows, lines["category"])]
        profiles = d.category_profiles(
            session.createDataFrame(rows, "customer_id string, category string, amount double")
        )
        assert isinstance(profiles, pyspark.sql.DataFrame) and profiles.columns[0] == "customer_id"
        got = pd.DataFrame([row.asDict() for row in profiles.collect()]).set_index("customer_id")
        pd.testing.assert_frame_equal(got, d.category_profiles(lines), check_index_type=False)
    finally:
        session.stop()


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
