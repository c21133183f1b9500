"""How many answers a questionnaire needs, as found: ``datasets/survey_recovery.csv``.

    python datasets/make/survey_recovery.py

Study "recovery": 200 simulated samples of the questionnaire of lesson 18 at 60, 150 and 300 answers; are its five
factors found again, by exploring and by confirming? Study "invariance": 80 simulated samples of two equally large
languages at 150, 300 and 600 answers, one item shifted by 0, 0.3 or 0.6 standard deviations: found? others accused?
Takes five minutes with one BLAS thread.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from idic_lib import data, survey
from idic_lib.errors import ConvergenceError, ConvergenceWarning

FILE = Path(__file__).resolve().parent.parent / "survey_recovery.csv"
ITEMS = data.load_questionnaire().set_index("item")
MODEL = {construct: list(part.index) for construct, part in ITEMS.groupby("construct", sort=False)}
LOADS = ITEMS["loading"] * (1 - 2 * ITEMS["reverse"])
MEASURES = {construct: LOADS[items].to_dict() for construct, items in MODEL.items()}
TARGET = pd.DataFrame({construct: ITEMS["loading"].where(ITEMS["construct"] == construct, 0) for construct in MODEL})
PLANTED = ITEMS.index[ITEMS["shift"] != 0][0]


def sample(n, seed, shift=0.0):
    """Answers 1 … 7 with reversed items recoded, and the language; the planted item is shifted in Persian."""
    wide = survey.make_survey(n, measures=MEASURES, factor_correlation=0.5, points=None, seed=seed).answers
    language = np.where(np.arange(n) < n // 2, "English", "Persian")
    wide[PLANTED] += shift * (language == "Persian")
    answers = survey.cut(wide)
    return answers * (1 - 2 * ITEMS["reverse"]) + 8 * ITEMS["reverse"], language


def recover(n, seed):
    """One sample explored and confirmed."""
    answers, _ = sample(n, seed)
    row = {"study": "recovery", "n": n, "seed": seed}
    row["factors"] = int(survey.parallel_analysis(answers, seed=seed)["kept"].sum())
    explored = survey.explore_factors(answers, len(MODEL))
    alike = survey.congruence(explored.loadings, TARGET)
    row |= {"least_congruence": alike.min(), "median_congruence": alike.median()}
    row["largest_communality"] = explored.communalities.max()
    try:
        fit = survey.confirm_factors(answers, MODEL)
    except ConvergenceError:
        return row | {"solution": "none"}
    off = fit.loadings["loading"].droplevel("construct") - ITEMS["loading"]
    row |= {"solution": "proper" if fit.proper else "improper"} | fit.measures[
        ["chi_square", "p", "cfi", "rmsea"]
    ].to_dict()
    return row | {"loading_error": (off**2).mean() ** 0.5}


def compare(n, seed, shift):
    """One sample in two languages."""
    answers, language = sample(n, seed, shift)
    row = {"study": "invariance", "n": n, "seed": seed, "shift": shift}
    try:
        found = survey.invariance(answers, language, MODEL)
    except ConvergenceError:
        return row | {"solution": "none"}
    differs, naive = found.items["differs"], answers[MODEL["interact"]].mean(axis=1)
    row |= {
        "solution": "fitted",
        "found": bool(differs["intercept"][PLANTED]),
        "p_scalar": found.steps.loc["scalar", "p_change"],
    }
    row["false_alarms"] = int(differs.drop(("intercept", PLANTED)).sum())
    for model, name in (("scalar", "gap_scalar"), (found.steps.index[-1], "gap_partial")):
        row[name] = found.means.loc[(model, "interact"), "difference"]
    row["gap_mean_score"] = naive[language == "Persian"].mean() - naive[language == "English"].mean()
    return row


def table(samples=200, pairs=80):
    """The table, a row a sample."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # improper solutions are counted
        rows = [recover(n, seed) for n in (60, 150, 300) for seed in range(samples)]
        rows += [compare(n, 1000 + seed, shift) for n in (150, 300, 600) for shift in (0.0, -0.3, -0.6)
                 for seed in range(pairs)]  # fmt: skip
    return pd.DataFrame(rows)


if __name__ == "__main__":
    result = table()
    result.to_csv(FILE, index=False, encoding="utf-8", lineterminator="\n", float_format="%.4f")
    print(f"{len(result)} rows in {FILE.name}")
