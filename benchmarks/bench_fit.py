"""Claim: BG/NBD is fitted at least 5 times as fast as by lifetimes on the CDNOW sample, and at least 30 times as fast,
in under 2 s, on 2,357,000 simulated customers.

Both fit the same raw rows in one run; ours includes checking the history and collapsing identical rows. lifetimes fits
the large set once, since that takes long. Peak memory is what tracemalloc sees in an extra run of ours.

    python benchmarks/bench_fit.py [--quick]        # --quick: 235,700 customers, fewer repeats
"""

import argparse
import os
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402
from timing import peak_megabytes, seconds  # noqa: E402

from idic_lib import data, differentiate  # noqa: E402
from idic_lib.lifetime_value import BetaGeoModel, ParetoNBDModel  # noqa: E402


def peer(name):
    """A fit by lifetimes as a function of a history, or None where it is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # lifetimes 0.11.3 predates pandas 3
            import lifetimes
    except ImportError:
        return None

    def fit(history):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return getattr(lifetimes, name)().fit(history["frequency"], history["recency"], history["T"])

    return fit


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true")
    quick = options.parse_args().quick
    sample = differentiate.purchase_history(data.load_cdnow(), end="1997-09-30", time_unit="W")
    copies = 100 if quick else 1000
    published = BetaGeoModel.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    large = published.simulate(np.tile(sample["T"].to_numpy(), copies), step=1 / 7, seed=1)

    rows = []
    for claim, ours, theirs, history, repeats, target, limit in (
        ("BG/NBD, CDNOW sample", BetaGeoModel, "BetaGeoFitter", sample, 15, 5, None),
        ("Pareto/NBD, CDNOW sample", ParetoNBDModel, "ParetoNBDFitter", sample, 5, None, None),
        (f"BG/NBD, {len(large):,} simulated", BetaGeoModel, "BetaGeoFitter", large, 3, 30, 2.0),
    ):
        ours().fit(history)  # the first call also imports
        mine, model = seconds(lambda: ours().fit(history), repeats)  # noqa: B023
        fit, other, ratio, gap = peer(theirs), "not installed", "–", "–"
        if fit is not None:
            their_time, their_model = seconds(lambda: fit(history), min(repeats, 5) if history is sample else 1)  # noqa: B023
            other, ratio = f"{their_time:.3f} s", f"{their_time / mine:.0f}"
            gap = f"{(their_model.params_[model.params_.index] / model.params_ - 1).abs().max():.0e}"
        checks = []
        if target and fit is not None:
            checks.append(f"at least {target} times: {'met' if their_time / mine >= target else 'MISSED'}")
        if limit and not quick:
            checks.append(f"under {limit:g} s: {'met' if mine < limit else 'MISSED'}")
        memory = f"{peak_megabytes(lambda: ours().fit(history)):.1f} MB"  # noqa: B023
        rows.append(
            (claim, f"{model.fit_report_['distinct_histories']:,}", f"{mine:.3f} s", other, ratio, gap, memory)
            + ("; ".join(checks),)
        )
    head = ("claim", "distinct histories", "ours", "lifetimes", "ratio", "parameters differ by", "our peak", "target")
    for row in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
