"""Claim: the factorisation trains on all 1.47 million lines of Complete Journey in under 10 s on one thread, reading
and counting the lines included, and recommends for all customers in a few seconds.

The peer in the same run is package implicit called by hand on the same matrix, for which a ratio near 1 is right: what
it exceeds 1 by is the counting of lines. Offers are compared with the peer's own, item-to-item likewise. Peak memory is
what tracemalloc sees in an extra run.

    python benchmarks/bench_recommend.py [--quick]        # --quick: the first quarter's lines
"""

import argparse
import os
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402
from implicit.als import AlternatingLeastSquares  # noqa: E402
from implicit.nearest_neighbours import CosineRecommender  # noqa: E402
from timing import peak_megabytes, seconds  # noqa: E402

from idic_lib import data  # noqa: E402
from idic_lib.customize import NextBestOffer  # noqa: E402


def main():
    warnings.filterwarnings("ignore", message="Method expects CSR")  # implicit 0.7.3 hands itself another matrix
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true")
    quick = options.parse_args().quick
    repeats, k = 1 if quick else 2, 10
    lines = data.load_complete_journey().lines
    if quick:
        lines = lines[lines["order_date"] < "2017-04-01"]
    head = ("method", "lines", "size", "fit", "implicit's fit", "ratio", "recommend", "implicit's", "ratio",
            "same offers", "peak of fit", "target")  # fmt: skip
    for row in (head, ["---"] * len(head)):
        print("| " + " | ".join(row) + " |")
    for method in ("factorisation", "item_to_item", "own_frequency", "popularity"):
        fit_time, model = seconds(lambda: NextBestOffer(method).fit(lines), repeats)  # noqa: B023
        offer_time, offers = seconds(lambda: model.recommend(model.customers_, k=k), repeats)  # noqa: B023
        weights, people = model.counts_.log1p(), np.arange(len(model.customers_))
        if method == "factorisation":
            rival = AlternatingLeastSquares(model.factors, regularization=model.regularization, num_threads=1,
                                            iterations=model.iterations, random_state=model.seed)  # fmt: skip
        elif method == "item_to_item":
            rival = CosineRecommender(K=model.neighbours, num_threads=1)
        else:
            rival = None
        theirs, ratio, their_offers, offer_ratio, same = ["–"] * 5
        if rival is not None:
            fitted, _ = seconds(lambda: rival.fit(weights, show_progress=False), 1)  # noqa: B023
            took, (places, _) = seconds(
                lambda: rival.recommend(people, weights[people], N=k, filter_already_liked_items=False),  # noqa: B023
                repeats,
            )
            places = [set(row) for row in model.items_.to_numpy()[places]]
            mine = offers.groupby("customer_id")["item"].agg(set)[model.customers_]
            same = f"{np.mean([len(a & b) / k for a, b in zip(mine, places)]):.1%}"
            theirs, ratio = f"{fitted:.2f} s", f"{fit_time / fitted:.2f}"
            their_offers, offer_ratio = f"{took:.2f} s", f"{offer_time / took:.2f}"
        memory = f"{peak_megabytes(lambda: NextBestOffer(method).fit(lines)):.0f} MB"  # noqa: B023
        met = "" if quick else f"under 10 s: {'met' if fit_time < 10 else 'MISSED'}"
        size = f"{len(model.customers_):,} x {len(model.items_):,}"
        row = (method, f"{len(lines):,}", size, f"{fit_time:.2f} s", theirs, ratio, f"{offer_time:.2f} s",
                     their_offers, offer_ratio, same, memory, met)  # fmt: skip
        print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
