"""Claims: 18 policies are compared in under 3 minutes, and one runs on a million people in under 60 s and 6 GB.

Run: ``python benchmarks/bench_programme.py [--quick]``.

- 18 policies x 10 replications on 4,000 people and 52 weeks (52 more without contact), links given, two processes.
- One policy (all four steps, as tuned) on 1,000,000 people, true links given, 52 weeks. The seconds of the claim are
  those weeks; what comes before once, whatever the policy, stands beside them: reading the firm, the desk that learns
  from its history, and the history lived again.

Each claim is measured in a fresh process, importing included in its peak memory; the large firm is made by a process
of its own before. No peer runs customer programmes on a firm. ``--quick``: 2 replications, and 50,000 people; the
limits do not apply to them.
"""

import argparse
import os
import subprocess
import sys
import tempfile

LIMIT_COMPARE, LIMIT_SECONDS, LIMIT_MB = 180, 60, 6 * 1024
HEAD = """
import pickle, sys, time
from idic_lib.firm import make_firm
from idic_lib.programme import Desk, Programme, run_coalitions, tuned_settings
def told(name, call):
    start, busy = time.perf_counter(), time.process_time()
    result = call()
    print(name, time.perf_counter() - start, time.process_time() - busy, sep="|")
    return result
def compare(n):
    firm = make_firm(4000, 104, 20, campaign_test=20_000)
    links = firm.truth["records"]
    told("18 policies", lambda: run_coalitions(firm, replications=n, links=links, processes=2))
def make(n, path):
    firm = told("making the firm", lambda: make_firm(n, 104, 20, campaign_test=20_000))
    with open(path, "wb") as file:
        pickle.dump(firm, file, protocol=5)
def one(path):
    with open(path, "rb") as file:
        firm = told("reading the firm", lambda: pickle.load(file))
    desk = told("the desk learns", lambda: Desk(firm, firm.truth["records"]))
    told("the history again", lambda: firm.live(1))
    programme = Programme(desk, "IDNC", **tuned_settings("IDNC"))
    told("52 weeks", lambda: firm.live(52, programme))
if __name__ == "__main__":
    {call}
    try:
        import resource
        print("peak MB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 0, sep="|")
    except ImportError:  # not on Windows
        print("peak MB|nan|0")
"""


def run(call, folder):
    """Seconds and CPU seconds by part of a call in a fresh process, and its peak MB."""
    path, one = os.path.join(folder, "part.py"), ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEAD.replace("{call}", call))
    env = os.environ | dict.fromkeys(one, "1")
    out = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True, env=env).stdout
    parts = {name: (float(wall), float(busy)) for name, wall, busy in (row.split("|") for row in out.splitlines())}
    return parts, parts.pop("peak MB")[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="2 replications, 50,000 people")
    quick = parser.parse_args().quick
    replications, people, missed = (2, 50_000, []) if quick else (10, 1_000_000, [])
    print("\n| what | seconds | limit | CPU s | peak MB | limit |\n" + "| --- " * 6 + "|")

    def row(name, wall, busy=None, limit="", peak=None, most=""):
        cells = [
            name,
            f"{wall:.1f}",
            limit,
            "" if busy is None else f"{busy:.1f}",
            "" if peak is None else f"{peak:,.0f}",
            most,
        ]
        print("|", " | ".join(cells), "|", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        wall, _ = run(f"compare({replications})", folder)[0]["18 policies"]
        row(f"18 policies x {replications}, 4,000 people", wall, limit="" if quick else f"{LIMIT_COMPARE}")
        missed += [f"18 policies: {wall:.1f} s"] if not quick and wall > LIMIT_COMPARE else []
        firm = os.path.join(folder, "firm.pickle")
        parts, peak = run(f"make({people}, {firm!r})", folder)
        row(f"{people:,} people: making the firm", *parts["making the firm"], peak=peak)
        parts, peak = run(f"one({firm!r})", folder)
        wall, busy = parts.pop("52 weeks")
        for name, (before, cpu) in parts.items():
            row(f"{people:,} people: {name}", before, cpu)
        limits = ("", "") if quick else (f"{LIMIT_SECONDS}", f"{LIMIT_MB:,}")
        row(f"{people:,} people: 52 weeks under IDNC", wall, busy, limits[0], peak, limits[1])
        if not quick and (wall > LIMIT_SECONDS or peak > LIMIT_MB):
            missed.append(f"one policy: {wall:.1f} s, {peak:,.0f} MB")
    print("\nmissed: " + ("; ".join(missed) if missed else "none of the limits"))


if __name__ == "__main__":
    main()
