"""Claim: pandas, polars, pyarrow, DuckDB and a local Spark give the same numbers, to 1e-9, on a million orders.

Run ``python benchmarks/bench_engines.py [--quick]`` with an environment that has polars and DuckDB, and pyspark for
Spark (`make test-spark` makes one: ``.venv-spark``); an engine that is missing is named and left out. Compared with
pandas: the history of each customer, the fitted BG/NBD, coverage by channel, cohorts and the audit of the base. Seconds
are those of `purchase_history` alone, its result taken as pandas; the orders lie in one Parquet file.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from bench_purchase_history import make_orders  # noqa: E402

LIMIT = 1e-9


def local_spark():
    """A Spark session of this machine, on two cores."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    from pyspark.sql import SparkSession

    settings = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "4", "spark.driver.memory": "3g"}
    session = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def open_engine(name, path):
    """The orders as a frame of one engine; ImportError if it is missing."""
    if name == "pandas":
        return pd.read_parquet(path)
    if name.startswith("polars"):
        import polars

        return polars.scan_parquet(path) if name.endswith("lazy") else polars.read_parquet(path)
    if name == "pyarrow":
        import pyarrow.parquet

        return pyarrow.parquet.read_table(path)
    if name == "duckdb":
        import duckdb

        return duckdb.sql(f"FROM '{path}'")
    if not shutil.which("java") and not os.environ.get("JAVA_HOME"):
        raise ImportError("Java is missing")
    return local_spark().read.parquet(path)


def as_pandas(frame, index):
    import narwhals as nw

    if not isinstance(frame, pd.DataFrame):
        frame = nw.from_native(frame).lazy().collect().to_pandas()
    frame = frame.reset_index() if frame.index.names != [None] else frame
    return frame.set_index(index).sort_index()


def answers(orders):
    """Every event-level answer as pandas, and the seconds of the history."""
    from idic_lib import differentiate, identify, lifetime_value

    start = time.perf_counter()
    history = as_pandas(differentiate.purchase_history(orders), "customer_id")
    seconds = time.perf_counter() - start
    collapsed = differentiate.collapse_history(differentiate.purchase_history(orders))
    parameters = lifetime_value.BetaGeoModel().fit(collapsed).params_.to_frame("value")
    return seconds, {
        "history": history,
        "BG/NBD": parameters,
        "coverage": as_pandas(identify.identification_coverage(orders, by="channel"), "channel"),
        "cohorts": as_pandas(differentiate.cohort_table(orders), ["cohort", "age"]),
        "audit": as_pandas(differentiate.customer_base_audit(orders), "period"),
    }


def largest_difference(ours, theirs):
    """Largest relative difference of two frames with the same index; whole numbers must be equal."""
    if ours.index.tolist() != theirs.index.tolist():
        raise SystemExit("the rows differ")
    a, b = (frame[list(ours)].to_numpy(float, na_value=np.nan) for frame in (ours, theirs))
    if (np.isnan(a) != np.isnan(b)).any():
        raise SystemExit("missing values differ")
    gap = np.abs(a - b)
    return float(np.max(gap / np.maximum(np.abs(a), 1e-12), initial=0, where=gap > 0))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100,000 orders")
    n = 100_000 if parser.parse_args().quick else 1_000_000
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "orders.parquet")
        orders = make_orders(n).sort_values("order_date", ignore_index=True)
        orders["channel"] = np.where(orders["customer_id"] % 3 == 0, "web", "till")
        orders.to_parquet(path)
        print(
            f"\n{n:,} orders of {orders['customer_id'].nunique():,} customers; largest relative difference to pandas\n"
        )
        names, base = None, None
        for engine in ("pandas", "polars", "polars, lazy", "pyarrow", "duckdb", "spark"):
            try:
                frame = open_engine(engine, path)
            except ImportError as error:
                print(f"| {engine} | left out: {error} |")
                continue
            seconds, found = answers(frame)
            if names is None:
                names, base = list(found), found
                print("| engine | seconds |" + "".join(f" {name} |" for name in names) + "\n" + "| --- " * 7 + "|")
            gaps = [largest_difference(base[name], found[name]) for name in names]
            print(f"| {engine} | {seconds:.2f} |" + "".join(f" {gap:.1e} |" for gap in gaps), flush=True)
            missed += [f"{engine}, {name}: {gap:.1e}" for name, gap in zip(names, gaps) if gap > LIMIT]
    print("\nmissed: " + ("; ".join(missed) if missed else f"none: all within {LIMIT:g}"))
    sys.stdout.flush()
    os._exit(bool(missed))  # DuckDB's Python types print a harmless note on leaked references at exit


if __name__ == "__main__":
    main()
