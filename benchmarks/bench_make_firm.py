"""Claim: one million people for two years, orders and contacts, are made in under 30 s and 3 GB.

Run: ``python benchmarks/bench_make_firm.py [--quick]``. Each size is a process of its own, so that its peak memory is
its own (importing included). No peer makes such a firm; the plain world is timed too, to show what the mechanisms cost.
``--quick`` makes 200,000 people; the limits do not apply to them.
"""

import argparse
import os
import subprocess
import sys

LIMIT_SECONDS, LIMIT_MB = 30, 3 * 1024
CODE = """
import time
from idic_lib.firm import make_firm
start, busy = time.perf_counter(), time.process_time()
firm = make_firm({n}, weeks=104, seed=20, world="{world}", detail=False)
print(time.perf_counter() - start, time.process_time() - busy, len(firm.orders), len(firm.contacts))
try:
    import resource
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
except ImportError:  # not on Windows
    print("nan")
"""


def run(n, world):
    """Seconds, CPU seconds, orders, contacts and peak MB of one firm in a fresh process."""
    one = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    command = [sys.executable, "-c", CODE.format(n=n, world=world)]
    out = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | one).stdout
    return [float(word) for word in out.split()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="200,000 people")
    quick = parser.parse_args().quick
    n, missed = 200_000 if quick else 1_000_000, []
    limits = ("", "") if quick else (f"{LIMIT_SECONDS}", f"{LIMIT_MB:,}")
    print("\n| world | people | orders | contacts | seconds | limit | CPU s | peak MB | limit |")
    print("| --- " * 9 + "|")
    for world in ("rich", "plain"):
        seconds, busy, orders, contacts, peak = run(n, world)
        cells = [world, f"{n:,}", f"{orders:,.0f}", f"{contacts:,.0f}", f"{seconds:.1f}", limits[0], f"{busy:.1f}"]
        print("|", " | ".join([*cells, f"{peak:,.0f}", limits[1]]), "|", flush=True)
        if not quick and (seconds > LIMIT_SECONDS or peak > LIMIT_MB):
            missed.append(f"{world}: {seconds:.1f} s, {peak:,.0f} MB")
    print("\nmissed: " + ("; ".join(missed) if missed else "none of the limits"))


if __name__ == "__main__":
    main()
