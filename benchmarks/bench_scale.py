"""Claim: 100 million orders of 5 million customers, a folder of Parquet files, become histories, a fitted BG/NBD and
the purchases expected of each customer in under 90 s and 5 GB on two cores; time grows no faster than the orders.

    python benchmarks/bench_scale.py [--quick] [--orders 1e6 1e7 1e8] [--folder DIR] [--out benchmarks/images]

Orders are drawn from the BG/NBD itself (r 1.5, alpha 8 weeks, a 0.8, b 25; four years, everybody's first order in the
first two: 20 orders a customer), by customers in chunks, and stored as people store them: a file a month, in the order
of time. Each size runs in a process of its own, so that its peak memory is its own. Stages: `history` (DuckDB reads
the folder, writes one row per customer), `collapse` (DuckDB counts equal histories), `fit`, `predict` (in blocks).

Peers on the smallest size: lifetimes and the summary by hand in pandas and polars; pymc-marketing's MAP
needs an environment of its own (other pandas), given by ``--pymc PYTHON``. ``--quick`` makes 100,000 and a million
orders; the limits do not apply to them. ``--folder`` keeps the orders (100 million: 1.2 GB) for the next run.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402
from timing import peak_mb  # noqa: E402

TRUTH, WEEKS, JOINING = {"r": 1.5, "alpha": 8.0, "a": 0.8, "b": 25.0}, 208, 104
START, PER_CUSTOMER, CHUNK = np.datetime64("2020-01-06", "D"), 20, 250_000
END, FUTURE = str(START + 7 * WEEKS - 1), 52
LIMIT_SECONDS, LIMIT_MB = 90, 5 * 1024
COLUMNS, STAGES = ("frequency", "recency", "T", "monetary_value"), ("history", "collapse", "fit", "predict")
ROW = np.dtype([("customer_id", "<i4"), ("minute", "<i4"), ("cents", "<i4")])


def draw(n, rng):
    """First purchases of `n` customers (weeks from the start), then who repeats and when: the BG/NBD, no loop.

    Given how many purchases a Poisson process makes, their times are uniform; a geometric number of them is lived.
    """
    first, rate = rng.uniform(0, JOINING, n), rng.gamma(TRUTH["r"], 1 / TRUTH["alpha"], n)
    lives = rng.geometric(np.maximum(rng.beta(TRUTH["a"], TRUTH["b"], n), 1e-12))
    made = rng.poisson(rate * (WEEKS - first))
    who = np.repeat(np.arange(n), made)
    place = who + rng.random(len(who))
    place.sort()  # by customer, then by time
    lived = np.arange(len(who)) - (np.cumsum(made) - made)[who] < lives[who]
    who = who[lived]
    return first, who, first[who] + (place[lived] - who) * (WEEKS - first[who])


def write_orders(folder, customers, seed=20):
    """A Parquet file a month under `folder`, and the histories at exact times of the first chunk; the rows written."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True)
    months = np.arange(START.astype("M8[M]"), np.datetime64(END, "M") + 2)
    edges, total = (months.astype("M8[D]") - START).astype(int) * 1440, 0
    for begin in range(0, customers, CHUNK):
        n, rng = min(CHUNK, customers - begin), np.random.default_rng([seed, begin])
        first, who, when = draw(n, rng)
        if not begin:
            last, count = first.copy(), np.bincount(who, minlength=n)
            np.maximum.at(last, who, when)
            exact = {"frequency": count, "recency": last - first, "T": WEEKS - first}
            pd.DataFrame(exact).to_parquet(folder.with_suffix(".exact"))
        rows = np.empty(n + len(who), ROW)
        # Numbers are scattered over the chunks, as customers come in no order.
        rows["customer_id"] = (begin + np.r_[np.arange(n), who]).astype(np.int64) * 48_271 % customers
        rows["minute"] = np.r_[first, when] * (7 * 1440)
        rows["cents"] = rng.gamma(6.25, 560, len(rows))
        month = np.searchsorted(edges, rows["minute"], side="right") - 1
        order, cut = np.argsort(month, kind="stable"), np.searchsorted(np.sort(month), np.arange(len(months)))
        for k, part in enumerate(np.split(rows[order], cut[1:])):
            with open(folder / f"{months[k]}.raw", "ab") as file:
                part.tofile(file)
        total += len(rows)
    for raw in sorted(folder.glob("*.raw")):
        rows = np.fromfile(raw, ROW)
        raw.unlink()
        if len(rows):
            rows = rows[np.argsort(rows["minute"], kind="stable")]
            when = START.astype("M8[us]") + rows["minute"].astype(np.int64) * np.timedelta64(60_000_000, "us")
            table = {"customer_id": rows["customer_id"].astype(np.int64), "order_date": when}
            table = pa.table(table | {"amount": rows["cents"] / 100})
            pq.write_table(table, raw.with_suffix(".parquet"), compression="zstd")
    return total


def told(name, call):
    """Run a stage and print its seconds, CPU seconds and the peak memory so far, as the parent reads them."""
    start, busy = time.perf_counter(), time.process_time()
    result = call()
    print(json.dumps([name, time.perf_counter() - start, time.process_time() - busy, peak_mb()]), flush=True)
    return result


def run(folder, threads, memory):
    """Parquet -> histories -> distinct rows -> fit -> expected purchases, as a user would write it."""
    import duckdb
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    from idic_lib.differentiate import collapse_history, purchase_history
    from idic_lib.lifetime_value import BetaGeoModel

    scratch = folder.with_suffix(".work")
    scratch.mkdir(exist_ok=True)
    history, expected = str(scratch / "history.parquet"), str(scratch / "expected.parquet")
    con = duckdb.connect(config={"threads": threads, "memory_limit": memory, "temp_directory": str(scratch / "spill")})

    def histories():
        purchase_history(con.read_parquet(str(folder / "*.parquet")), end=END).to_parquet(history)

    told("history", histories)
    rows = told("collapse", lambda: collapse_history(con.read_parquet(history)))
    con.close()  # gives DuckDB's memory back before the fit
    model = told("fit", lambda: BetaGeoModel().fit(rows))

    def predict():
        schema = pa.schema({"customer_id": pa.int64(), "expected_purchases": pa.float64()})
        with pq.ParquetFile(history) as source, pq.ParquetWriter(expected, schema) as out:
            for block in source.iter_batches(500_000, columns=["customer_id", "frequency", "recency", "T"]):
                values = model.expected_purchases(block.to_pandas(), future_t=FUTURE)
                out.write_table(pa.Table.from_pandas(values.reset_index(), schema, preserve_index=False))

    told("predict", predict)
    report = model.fit_report_
    orders = sum(pq.read_metadata(file).num_rows for file in folder.glob("*.parquet"))
    facts = {"orders": orders, "customers": int(report["customers"]), "distinct": int(report["distinct_histories"]),
             "days": [model.params_.to_dict(), model.standard_errors_.to_dict()],
             "sums": {name: pd.read_parquet(history, columns=[name])[name].sum().item() for name in COLUMNS},
             "expected": float(pq.read_table(expected)["expected_purchases"].to_numpy().sum())}  # fmt: skip
    exact = BetaGeoModel().fit(pd.read_parquet(folder.with_suffix(".exact")))
    facts |= {"exact": [exact.params_.to_dict(), exact.standard_errors_.to_dict()]}
    print(json.dumps(facts), flush=True)
    os._exit(0)  # DuckDB's Python types print a harmless note on leaked references at exit


def peer(name, folder, threads):
    """The same three answers by another package, each from the folder of Parquet files on."""
    import warnings

    warnings.simplefilter("ignore")  # the peers' own, on packages newer than they are
    import pandas as pd

    def frame():
        return pd.read_parquet(folder)

    def by_pandas():
        orders = frame()
        orders["day"] = orders["order_date"].dt.normalize()
        daily = orders.groupby(["customer_id", "day"], as_index=False)["amount"].sum()
        daily["repeat"] = daily["amount"].where(daily["customer_id"].duplicated())
        by = daily.groupby("customer_id").agg(n=("day", "size"), first=("day", "min"), last=("day", "max"),
                                              money=("repeat", "mean"))  # fmt: skip
        history = {"frequency": by["n"] - 1, "recency": (by["last"] - by["first"]).dt.days / 7}
        history |= {"T": (pd.Timestamp(END) - by["first"]).dt.days / 7, "monetary_value": by["money"].fillna(0)}
        return pd.DataFrame(history)

    def by_polars():
        import polars as pl

        day, money, n = pl.col("day"), pl.col("amount"), pl.len()
        daily = pl.scan_parquet(folder / "*.parquet").group_by("customer_id", day=pl.col("order_date").dt.date())
        customers = daily.agg(money.sum()).group_by("customer_id").agg(
            frequency=n.cast(pl.Int64) - 1, recency=(day.max() - day.min()).dt.total_days() / 7,
            T=(pl.lit(END).str.to_date() - day.min()).dt.total_days() / 7,
            monetary_value=((money.sum() - money.get(day.arg_min())) / (n - 1)).fill_nan(0))  # fmt: skip
        return customers.sort("customer_id").collect(engine="streaming").to_pandas().set_index("customer_id")

    if name == "pandas":
        history = told("history", by_pandas)
    elif name == "polars":
        os.environ["POLARS_MAX_THREADS"] = str(threads)
        history = told("history", by_polars)
    elif name == "lifetimes":
        import lifetimes
        from lifetimes.utils import summary_data_from_transaction_data as summary

        columns = ("customer_id", "order_date", "amount")
        history = told("history", lambda: summary(frame(), *columns, observation_period_end=END, freq_multiplier=7))
        seen = history["frequency"], history["recency"], history["T"]
        model = told("fit", lambda: lifetimes.BetaGeoFitter().fit(*seen))
        expected = told("predict", lambda: model.conditional_expected_number_of_purchases_up_to_time(FUTURE, *seen))
    else:
        from pymc_marketing import clv

        columns = ("customer_id", "order_date", "amount")
        more = {"observation_period_end": END, "time_unit": "D", "time_scaler": 7}
        history = told("history", lambda: clv.rfm_summary(frame(), *columns, **more)).set_index("customer_id")
        rows = history.reset_index()
        model = clv.BetaGeoModel(data=rows)
        told("fit", lambda: model.fit(method="map", progressbar=False))
        expected = told("predict", lambda: model.expected_purchases(rows, future_t=FUTURE).to_numpy().ravel())
    facts = {"sums": {name: float(history[name].sum()) for name in COLUMNS}}
    if name in ("lifetimes", "pymc-marketing"):
        params = model.params_ if name == "lifetimes" else model.fit_summary()
        facts |= {"days": {key: float(params[key]) for key in TRUTH}, "expected": float(expected.sum())}
    package = metadata.version(name)
    print(json.dumps(facts | {"version": package}), flush=True)
    os._exit(0)


def child(python, *args, script=__file__):
    """The stages (name -> seconds, CPU seconds, MB) and the facts of a fresh process; None if it could not run."""
    out = subprocess.run([python, script, "--one", *map(str, args)], capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in out.stdout.splitlines() if line[:1] in "[{"]
    if out.returncode or not lines or not isinstance(lines[-1], dict):
        if "ModuleNotFoundError" not in out.stderr:
            raise SystemExit(f"{args[0]} failed:\n{out.stderr}")
        return None
    return {name: rest for name, *rest in lines[:-1]}, lines[-1]


def table(head, rows):
    for row in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(map(str, row)) + " |", flush=True)


def figure(sizes, path):
    """Seconds and memory against orders on logarithmic axes, with the slopes between sizes."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from idic_lib.plots import COLOURS, STYLE

    plt.rcParams.update(STYLE)
    fig, axes = plt.subplots(1, 2, figsize=(7.4, 3.2))
    orders = sizes["orders"]
    for ax, column, unit, limit in ((axes[0], "seconds", "seconds", LIMIT_SECONDS),
                                    (axes[1], "peak_gb", "GB", LIMIT_MB / 1024)):  # fmt: skip
        ax.loglog(orders, sizes[column], "o-", color=COLOURS["ours"], label="from Parquet to expected purchases")
        line = sizes[column].iloc[-1] * orders / orders.iloc[-1]
        ax.loglog(orders, line, ":", color=COLOURS["luck"], label="slope 1")
        ax.plot(orders.iloc[-1], limit, "_", color=COLOURS["other"], markersize=14, markeredgewidth=2, label="limit")
        slopes = np.diff(np.log(sizes[column])) / np.diff(np.log(orders))
        ax.set(xlabel="orders", title=f"{unit}: slope " + ", ".join(f"{slope:.2f}" for slope in slopes))
    axes[0].legend(loc="upper left")
    fig.savefig(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100,000 and a million orders; no limits")
    parser.add_argument("--orders", type=float, nargs="+", help="sizes; default 1e6 1e7 1e8")
    parser.add_argument("--folder", type=Path, help="where the orders are made and kept; default a temporary folder")
    parser.add_argument("--out", type=Path, help="write scale.png and scale.csv into this folder")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="3GB", help="DuckDB's memory_limit; more is kept on disk")
    parser.add_argument("--peers", type=float, help="the size that the peers run; default the smallest")
    parser.add_argument("--pymc", help="a Python that has pymc-marketing")
    parser.add_argument("--one", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, folder, *rest = options.one
        if name == "make":
            told("make", lambda: write_orders(Path(folder), int(rest[0])))
            print(json.dumps({}), flush=True)
        elif name == "ours":
            run(Path(folder), int(rest[0]), rest[1])
        else:
            peer(name, Path(folder), rest[0])
        return
    sizes = sorted(int(n) for n in options.orders or ([1e5, 1e6] if options.quick else [1e6, 1e7, 1e8]))
    with tempfile.TemporaryDirectory() as folder:
        compare(options, sizes, options.folder or Path(folder))


def compare(options, sizes, folder):
    """Every size in a process of its own, the peers on one, the tables, the figure and what was missed."""
    import pandas as pd

    growth, facts, n = [], {}, sizes[0] if options.peers is None else int(options.peers)
    for size in sizes:
        place = folder / f"{size}"
        if not place.exists():
            child(sys.executable, "make", place, size // PER_CUSTOMER)
        load = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else float("nan")
        stages, facts[size] = child(sys.executable, "ours", place, options.threads, options.memory)
        row = {name: facts[size][name] for name in ("orders", "customers", "distinct")}
        row |= {name: stages[name][0] for name in STAGES} | {"seconds": sum(stages[name][0] for name in STAGES)}
        row |= {"cpu_seconds": sum(stages[name][1] for name in STAGES)}
        growth.append(row | {"peak_gb": max(stages[name][2] for name in STAGES) / 1024, "load_before": load})
    growth = pd.DataFrame(growth, index=sizes)
    rows = [[f"{value:,.0f}" if k < 3 else f"{value:.2f}" for k, value in enumerate(row)] for row in growth.to_numpy()]
    table(growth.columns.str.replace("_", " "), rows)
    if len(sizes) > 1:
        slope = np.polyfit(np.log(growth["orders"]), np.log(growth["seconds"]), 1)[0]
        print(f"\nslope of seconds against orders, log-log: {slope:.2f}")
    if options.out:
        options.out.mkdir(exist_ok=True)
        growth.round(3).to_csv(options.out / "scale.csv", index=False, lineterminator="\n")
        figure(growth, options.out / "scale.png")

    print("\nParameters (standard error) from whole days, and from exact times of the first customers\n")
    rows = [["drawn with", *TRUTH.values()]]
    for size, kind in ((size, kind) for size in sizes for kind in ("days", "exact")):
        found = facts[size][kind]
        rows.append([f"{size:,} orders, {kind}", *(f"{found[0][k]:.4f} ({found[1][k]:.4f})" for k in TRUTH)])
    table(["", *TRUTH], rows)

    mine, steps = growth.loc[n], ("history", "fit", "predict")
    print(f"\nPeers on {facts[n]['orders']:,} orders: seconds (ratio to ours)\n")
    rows = [["ours, DuckDB", "", *(f"{mine[step]:.2f}" for step in steps), f"{mine['peak_gb']:.2f}", "", ""]]
    for name in ("pandas", "polars", "lifetimes", "pymc-marketing"):
        python = options.pymc if name == "pymc-marketing" else sys.executable
        found = child(python, name, folder / f"{n}", options.threads) if python else None
        if found is None:
            rows.append([name, "not installed", *["–"] * 6])
            continue
        stages, other = found
        cells = [f"{stages[k][0]:.2f} ({stages[k][0] / mine[k]:.1f})" if k in stages else "–" for k in steps]
        peak = max(stage[2] for stage in stages.values()) / 1024
        gaps = [f"{max(abs(other['sums'][k] / facts[n]['sums'][k] - 1) for k in COLUMNS):.0e}", "–"]
        if "days" in other:
            gaps[1] = f"{max(abs(other['days'][k] / facts[n]['days'][0][k] - 1) for k in TRUTH):.0e}"
        rows.append([name, other["version"], *cells, f"{peak:.2f}", *gaps])
    table(["package", "version", *steps, "peak GB", "histories differ by", "parameters differ by"], rows)
    last, limits = growth.iloc[-1], f"{LIMIT_SECONDS} s and {LIMIT_MB // 1024} GB for 100 million orders"
    if not options.quick and last["orders"] > 9e7:
        kept = last["seconds"] <= LIMIT_SECONDS and last["peak_gb"] <= LIMIT_MB / 1024
        print(f"\n{'kept' if kept else 'missed'}: {limits}")


if __name__ == "__main__":
    main()
