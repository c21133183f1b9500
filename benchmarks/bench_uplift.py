"""Claim: TwoModelUplift learns from 1 million customers, scores them and gives their Qini coefficient in under 15 s.

The peer is scikit-uplift with the same estimator in the same run: its TwoModels and its qini_auc_score. Where it is not
installed, two bare fits of the same estimator by scikit-learn stand in, and the Qini coefficient has no peer. Peak
memory is what tracemalloc sees in an extra run of ours.

    python benchmarks/bench_uplift.py [--quick]        # --quick: 100,000 customers
"""

import argparse
import os
import time
import tracemalloc
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from idic_lib import interact  # noqa: E402


def customers(n, seed=0):
    """Eight features, a lot, a 0/1 outcome of which a twentieth is due to the contact, and the true uplift."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 8)), columns=[f"x{k}" for k in range(8)])
    treated = rng.random(n) < 0.5
    uplift = 0.05 * (X["x0"] > 0) - 0.02 * (X["x1"] > 1)
    y = (rng.random(n) < 0.1 + 0.05 * (X["x2"] > 0) + uplift * treated).astype(int)
    return X, y, treated.astype(int), uplift


def timed(call):
    """Seconds by the clock, CPU seconds, and the result."""
    clock, cpu = time.perf_counter(), time.process_time()
    result = call()
    return time.perf_counter() - clock, time.process_time() - cpu, result


def peer(estimator):
    """Name of the peer, its two models, and its Qini coefficient (or None)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # scikit-uplift 0.5.1 predates scikit-learn 1.8
            from sklift.metrics import qini_auc_score
            from sklift.models import TwoModels
    except ImportError:
        from sklearn.base import clone

        def by_hand(X, y, treated):
            models = [clone(estimator).fit(X[treated == arm], y[treated == arm]) for arm in (1, 0)]
            return models[0].predict_proba(X)[:, 1] - models[1].predict_proba(X)[:, 1]

        return "two bare fits", by_hand, None

    def models(X, y, treated):
        from sklearn.base import clone

        both = TwoModels(clone(estimator), clone(estimator), method="vanilla")
        return both.fit(X, y, pd.Series(treated, index=X.index)).predict(X)

    def qini(*arrays):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return qini_auc_score(*arrays)

    return "scikit-uplift", models, qini


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true")
    quick = options.parse_args().quick
    X, y, treated, truth = customers(100_000 if quick else 1_000_000)
    interact.TwoModelUplift().fit(X[:2000], y[:2000], treated[:2000])  # the first call also imports

    def ours():
        return interact.TwoModelUplift().fit(X, y, treated).predict(X)

    model = interact.TwoModelUplift().fit(X[:2000], y[:2000], treated[:2000]).models_["treated"]
    leaf = min(treated.sum(), len(y) - treated.sum()) // 100  # as the default chooses
    name, their_models, their_qini = peer(model.set_params(min_samples_leaf=int(leaf)))
    clock, cpu, uplift = timed(ours)
    their_clock, their_cpu, theirs = timed(lambda: their_models(X, y, treated))
    rows = [("two models, fit and predict", clock, cpu, their_clock, np.abs(uplift - theirs).max())]
    q_clock, q_cpu, qini = timed(lambda: interact.qini_coefficient(y, uplift, treated, normalised=True))
    if their_qini is not None:
        their_q_clock, _, other = timed(lambda: their_qini(y, uplift, treated))
        rows.append(("Qini coefficient", q_clock, q_cpu, their_q_clock, abs(qini - other)))
        their_clock += their_q_clock
    else:
        rows.append(("Qini coefficient", q_clock, q_cpu, np.nan, np.nan))
    rows.append(("together", clock + q_clock, cpu + q_cpu, their_clock, np.nan))

    tracemalloc.start()
    interact.qini_coefficient(y, ours(), treated, normalised=True)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    head = (f"{len(y):,} customers, 8 features", "ours (s)", "CPU s", f"{name} (s)", "ratio", "answers differ by")
    print("| " + " | ".join(head) + " |\n|" + " --- |" * len(head))
    for what, mine, cpu_mine, other, gap in rows:
        line = f"| {what} | {mine:.2f} | {cpu_mine:.2f} | {other:.2f} | {other / mine:.2f} | {gap:.0e} |"
        print(line.replace("nan", "–"))
    clock, cpu = ("met" if seconds < 15 else "MISSED" for seconds in rows[-1][1:3])
    verdict = "" if quick else f"; under 15 s by the clock: {clock}, of one CPU (the clock of an idle machine): {cpu}"
    print(f"\nQini coefficient {qini:.4f}, correlation with the true uplift {np.corrcoef(uplift, truth)[0, 1]:.3f}; "
          f"our peak {peak:.0f} MB{verdict}")  # fmt: skip


if __name__ == "__main__":
    main()
