"""Linking 100,000 records of the simulated firm: seconds and peak memory, standardising included.

The records are those of a firm of 90,000 people at the usual level of errors; only linking is timed. Limits: 20 s and
2 GB on two idle cores. CPU seconds are of all threads: on a busy machine they say more.
"""

import argparse
import time

from bench_purchase_history import peak_mb

from idic_lib.firm import make_firm
from idic_lib.identify import link_records, linkage_quality, standardise_records


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the records; the limits do not apply")
    options = parser.parse_args()
    firm = make_firm(9_000 if options.quick else 90_000, 104, 5)
    records = firm.records.head(10_000 if options.quick else 100_000)
    truth = firm.truth["records"].reindex(records["record_id"])
    start = time.perf_counter()
    standardise_records(records)
    standard = time.perf_counter() - start
    start, started = time.perf_counter(), time.process_time()
    links = link_records(records)
    seconds, work, quality = time.perf_counter() - start, time.process_time() - started, linkage_quality(links, truth)
    print("| records | standardising (s) | linking in all (s) | CPU s | peak MB | precision | recall | F1 |")
    print("| ---: " * 8 + "|")
    print(f"| {len(records):,} | {standard:.1f} | {seconds:.1f} | {work:.1f} | {peak_mb():,.0f} | "
          f"{quality.precision:.3f} | {quality.recall:.3f} | {quality.f1:.3f} |")  # fmt: skip
    missed = not options.quick and (seconds > 20 or peak_mb() > 2048)
    print("\nmissed: " + ("the limit of 20 s and 2 GB" if missed else "none of the limits in seconds and memory"))


if __name__ == "__main__":
    main()
