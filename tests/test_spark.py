"""What the library does on Spark: the numbers of pandas and DuckDB, from a local session (pyspark and Java 17)."""

import shutil
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from test_dialogue import CONTACTS
from test_engines import same, some_orders
from test_identify import firm_like

from idic_lib import differentiate as d
from idic_lib import identify, interact, lifetime_value
from idic_lib.errors import DataError

pytestmark = [
    pytest.mark.spark,
    # pyspark 4.3.0 says so when a session starts; our own code hands Arrow tables over, which it does support.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # its gateway leaves sockets to the garbage collector
]
#: For tables of a few hundred rows: compiling a query takes longer than running it.
SMALL = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
}


@pytest.fixture(scope="module")
def spark():
    pytest.importorskip("pyspark", reason="pyspark is not installed: pip install 'idic-lib[spark]'")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17, and no java is on the path")
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.master("local[1]")
        for name, value in SMALL.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        yield session
        session.stop()


def to_spark(spark, frame):
    made = spark.createDataFrame(pa.Table.from_pandas(frame, preserve_index=False))
    return made.withColumns(
        {name: made[name].cast("timestamp_ntz") for name, kind in made.dtypes if kind == "timestamp"}
    )


def gathered(frame, *index):
    from pyspark.sql import DataFrame

    assert isinstance(frame, DataFrame) and frame.columns[: len(index)] == list(index)
    table = frame.toArrow().to_pandas()
    return table.set_index(list(index)) if index else table


@pytest.fixture(scope="module")
def orders():
    made = some_orders(200).assign(channel=np.resize(["web", "till", "till"], 200))
    return made[~(made["customer_id"].isin(["zoe", "7"]) & (made["order_date"] < "2024-01-15"))]  # two cohorts


@pytest.mark.parametrize("options", [{}, {"end": "2024-01-20", "time_unit": "D"}], ids=str)
def test_the_history_and_its_distinct_rows(spark, orders, options):
    expected = d.purchase_history(orders, **options)
    history = d.purchase_history(to_spark(spark, orders), **options)
    got = gathered(history, "customer_id")
    assert got.index.tolist() == expected.index.tolist()
    same(got, expected)
    same(d.collapse_history(history), d.collapse_history(expected))


def test_cohorts_and_the_audit_of_the_customer_base(spark, orders):
    frame = to_spark(spark, orders)
    same(gathered(d.cohort_table(frame, period="M"), "cohort", "age"), d.cohort_table(orders, period="M"))
    same(gathered(d.customer_base_audit(frame, period="M"), "period"), d.customer_base_audit(orders, period="M"))


def test_coverage_profiles_and_contacts(spark, orders):
    frame = to_spark(spark, orders)
    coverage = identify.identification_coverage
    same(gathered(coverage(frame, "channel"), "channel"), coverage(orders, "channel"))
    same(gathered(coverage(frame)), coverage(orders).reset_index(drop=True))
    nothing = coverage(to_spark(spark, orders.assign(amount=0.0)), "channel")  # Spark refuses to divide by 0
    assert gathered(nothing, "channel")["amount_share"].isna().all()
    lines = orders.rename(columns={"channel": "category"})
    profiles = gathered(d.category_profiles(to_spark(spark, lines)), "customer_id")
    same(profiles, d.category_profiles(lines))
    channels = gathered(interact.channel_economics(to_spark(spark, CONTACTS)), "channel")
    same(channels, interact.channel_economics(CONTACTS))


def test_a_fit_to_what_spark_collapsed_is_the_fit_to_all(spark):
    drawn = lifetime_value.BetaGeoModel.from_params(r=0.5, alpha=3, a=0.8, b=2).simulate(
        np.random.default_rng(1).integers(10, 40, 600), step=1, seed=2
    )
    history = drawn.loc[(drawn["frequency"] == 0) | (drawn["recency"] > 0), ["frequency", "recency", "T"]]
    groups = d.collapse_history(to_spark(spark, history))
    assert groups["weight"].sum() == len(history) > len(groups)
    full, short = (lifetime_value.BetaGeoModel().fit(rows).params_ for rows in (history, groups))
    np.testing.assert_allclose(short, full, rtol=1e-9)


def test_spark_links_as_duckdb_does(spark, monkeypatch):
    records, _ = firm_like(60)
    expected = identify.score_pairs(records)
    opened, opening = [], identify.links._backend
    monkeypatch.setattr(identify.links, "_backend", lambda engine: opened.append(engine) or opening(engine))
    got = identify.score_pairs(records, backend="spark")  # the session that runs
    assert opened == ["spark", "duckdb"]  # so few records are all drawn to learn from: the numbers would hide it
    # The model is learned by DuckDB for both. Only nearness of texts is computed by two programs, which may differ in
    # the last digits; no pair may be lost or change sides.
    pd.testing.assert_frame_equal(got, expected, check_exact=False, atol=1e-4)
    with pytest.raises(DataError, match="a Spark session"):
        identify.score_pairs(records, backend=42)
