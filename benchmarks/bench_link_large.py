"""Claim: a million records, written by the simulated firm's four systems, are linked in under 90 s and 4 GB on two
cores, and every blocking rule's comparisons are counted before any is made.

    python benchmarks/bench_link_large.py [--quick] [--records 1e5 1e6] [--folder DIR] [--peers PYTHON] [--spark PYTHON]

People and faults are the firm's own (`firm.records`); which systems a person is in, how often and since when is drawn
from the people of a small firm. Each size is linked in a process of its own; the making is not timed. The peer,
recordlinkage, gets the smallest size, already standardised, in an environment of its own (older pandas); so does a
local Spark (``--spark .venv-spark/bin/python``), whose memory is that of Python and of Java together. ``--quick`` links
20,000 records; the limits do not apply to them. ``--folder`` keeps the records for the next run.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from bench_scale import child, table, told
from timing import peak_mb

LIMIT_SECONDS, LIMIT_MB = 90, 4 * 1024


def write_records(path, n, seed=5):
    """About `n` records in a Parquet file, with the person in a column of its own that linking never sees."""
    import numpy as np
    import pandas as pd

    from idic_lib.firm import make_firm
    from idic_lib.firm.records import identities, write_records
    from idic_lib.firm.world import START, Draws

    firm = make_firm(9_000, 104, seed)
    small = firm.records[["system", "opened_on", "consent"]].assign(person=firm.truth["records"].to_numpy())
    small = small.sort_values("opened_on", kind="stable")
    small["copy"] = small.groupby(["person", "system"]).cumcount()
    small["week"] = (small["opened_on"] - START).dt.days // 7
    small["pattern"] = pd.factorize(small["person"])[0]
    patterns = small["pattern"].nunique()
    people, draws = round(n * patterns / len(small)), Draws(seed)
    who = pd.DataFrame({"pattern": draws.generator("pattern").integers(0, patterns, people)})
    slots = who.rename_axis("person").reset_index().merge(small.drop(columns="person"), on="pattern")
    slots = slots.sample(frac=1, random_state=seed, ignore_index=True)
    slots["record_id"] = "r" + pd.Series(np.arange(len(slots))).astype("str").str.zfill(7)
    records = write_records(identities(people, draws), slots, "usual", draws)
    records.assign(person=slots["person"].to_numpy()).to_parquet(path)


def components(left, right, index):
    """The customer of each record: connected components of the pairs, as `link_records` gathers them."""
    import numpy as np
    import pandas as pd
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = index.get_indexer(left), index.get_indexer(right)
    graph = coo_array((np.ones(len(left)), ends), shape=(len(index), len(index)))
    return pd.Series(connected_components(graph, directed=False)[1], index=index)


def quality(customers, truth):
    """Precision and recall over pairs of records, counted from group sizes (no pair is listed)."""
    import pandas as pd

    both = pd.DataFrame({"a": customers.to_numpy(), "b": truth.reindex(customers.index).to_numpy()})
    counts = both.value_counts(), both["a"].value_counts(), both["b"].value_counts()
    pairs = [float((n * (n - 1) // 2).sum()) for n in counts]
    return {"precision": pairs[0] / pairs[1], "recall": pairs[0] / pairs[2]}


def java_mb():
    """Peak memory of the processes that this one started (Spark's Java)."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        parents[stat.parent.name] = stat.read_text().rpartition(")")[2].split()[1]
    mine = {str(os.getpid())}
    while more := {pid for pid, parent in parents.items() if parent in mine} - mine:
        mine |= more
    peaks = [peak_mb(pid) for pid in mine - {str(os.getpid())}]
    return sum(peak for peak in peaks if peak == peak)  # one that has just ended tells nothing


def ours(path, backend="duckdb"):
    import warnings

    import pandas as pd

    from idic_lib.identify import links

    records = pd.read_parquet(path)
    truth = records.set_index("record_id").pop("person")
    records = records.drop(columns="person")
    counted, count = {}, links._prepare
    engine = backend
    if backend == "spark":
        from bench_engines import local_spark

        engine = local_spark()

    def prepare(*args):  # only listens: what the blocking counts before a comparison is made
        made = count(*args)
        counted.update({rule: float(pairs) for rule, (_, pairs, _) in made[2].items()})
        return made

    links._prepare = prepare
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        customers = told("link", lambda: links.link_records(records, backend=engine))
    facts = {"records": len(records), "comparisons": sum(counted.values()), "rules": counted}
    facts |= {"warnings": [str(warning.message).split(":")[0] for warning in said]}
    customers.to_frame("customer").to_parquet(path + "." + backend)
    if backend == "spark":
        facts |= {"version": engine.version, "java": java_mb()}
    print(json.dumps(facts | quality(customers, truth)), flush=True)
    os._exit(0)


def standard(path, out):
    import pandas as pd

    from idic_lib.identify import standardise_records

    records = pd.read_parquet(path)
    made = told("standardise", lambda: standardise_records(records))
    made.assign(person=records["person"]).to_parquet(out)
    print(json.dumps({}), flush=True)


def recordlinkage(path):
    """Its own blocking on equal fields and comparisons, on records that are standard already.

    Two records are one person where three of six fields agree. Its unsupervised classifier (`ECMClassifier`) finds
    another split of these pairs, those that share a birth date against the rest, and groups at a precision of .001.
    """
    import warnings
    from importlib import metadata

    import pandas as pd

    warnings.simplefilter("ignore")
    import recordlinkage as rl

    frame = pd.read_parquet(path).set_index("record_id")

    def run():
        index, compare = rl.Index(), rl.Compare()
        for field in ("phone", "email", "birth_date", "address", "name_key"):
            index.block(field)
        pairs = index.index(frame)
        for field in ("name_key", "address", "email"):
            compare.string(field, field, method="jarowinkler", threshold=0.92)
        for field in ("birth_date", "phone", "city"):
            compare.exact(field, field)
        agree = compare.compute(pairs, frame)
        matches = agree.index[agree.sum(axis=1) >= 3]
        return len(pairs), components(*(matches.get_level_values(k) for k in (0, 1)), frame.index)

    compared, customers = told("link", run)
    facts = {"version": metadata.version("recordlinkage"), "records": len(frame), "comparisons": compared}
    print(json.dumps(facts | quality(customers, frame["person"])), flush=True)


def main():
    import pandas as pd

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="20,000 records; no limits")
    parser.add_argument("--records", type=float, nargs="+", help="sizes; default 1e5 and 1e6 (some four minutes)")
    parser.add_argument("--folder", type=Path, help="where the records are made and kept; default a temporary folder")
    parser.add_argument("--peers", help="a Python that has recordlinkage")
    parser.add_argument("--spark", help="a Python that has pyspark, beside Java")
    parser.add_argument("--one", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, *rest = options.one
        if name == "make":
            told("make", lambda: write_records(Path(rest[0]), int(rest[1])))
            print(json.dumps({}), flush=True)
        else:
            {"ours": ours, "standard": standard, "recordlinkage": recordlinkage}[name](*rest)
        return
    sizes = sorted(int(n) for n in options.records or ([2e4] if options.quick else [1e5, 1e6]))
    rows, missed = [], []
    with tempfile.TemporaryDirectory() as folder:
        folder = options.folder or Path(folder)
        for n in sizes:
            path, neat = folder / f"large{n}.parquet", folder / f"large{n}.standard"
            if not path.exists():
                child(sys.executable, "make", path, n, script=__file__)
            standardised, _ = child(sys.executable, "standard", path, neat, script=__file__)
            runs = [("ours", sys.executable, "ours", path)]
            if n == sizes[0] and options.spark:
                runs.append(("ours, Spark", options.spark, "ours", path, "spark"))
            if n == sizes[0] and options.peers:
                runs.append(("recordlinkage", options.peers, "recordlinkage", neat))
            for label, python, *rest in runs:
                stages, facts = child(python, *rest, script=__file__)
                seconds, busy, peak = stages["link"]
                peak += facts.get("java", 0)
                took = [f"{number:.1f}" for number in (standardised["standardise"][0], seconds, busy)]
                rows.append([f"{label} {facts.get('version', '')}", f"{facts['records']:,}",
                             f"{facts['comparisons']:,.0f}", *took, f"{peak / 1024:.2f}",
                             f"{facts['precision']:.3f}", f"{facts['recall']:.3f}"])  # fmt: skip
                if label == "ours":
                    print(f"{n:,} records: comparisons by rule {facts['rules']}; {facts['warnings']}", flush=True)
                    if not options.quick and (seconds > LIMIT_SECONDS or peak > LIMIT_MB):
                        missed.append(f"{n:,} records: {seconds:.0f} s, {peak / 1024:.1f} GB")
                elif label == "ours, Spark":
                    both = (pd.read_parquet(f"{path}.{engine}")["customer"] for engine in ("spark", "duckdb"))
                    agreed = quality(*both)
                    print(f"{n:,} records: Spark's pairs of one customer against DuckDB's: {agreed}", flush=True)
                    if min(agreed.values()) < 0.999:
                        missed.append(f"{n:,} records: Spark's customers are not those of DuckDB")
    table(["package", "records", "comparisons", "standardising alone (s)", "linking (s)", "CPU s", "peak GB",
           "precision", "recall"], rows)  # fmt: skip
    if not options.quick:
        print("\nmissed: " + ("; ".join(missed) if missed else f"none of the limits ({LIMIT_SECONDS} s, 4 GB)"))


if __name__ == "__main__":
    main()
