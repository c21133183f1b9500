"""How well records are linked at three levels of error, beside simple rules: ``datasets/firm_linkage.csv``.

    python datasets/make/firm_linkage.py

For each level and seed a firm of 4,000 people is made, its records are linked in five ways, and the pairs are compared
with the truth. The two rules by rapidfuzz, and ``link_records_best``, get the cut that is best *on the truth*, which no
real firm could choose; ``link_records`` has its default threshold, 0.9.
Takes five minutes.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from idic_lib import identify
from idic_lib.firm import make_firm

FILE = Path(__file__).resolve().parent.parent / "firm_linkage.csv"
PEOPLE, WEEKS, LEVELS, SEEDS = 4000, 104, ("clean", "usual", "poor"), range(20, 25)
FIELDS, CUTS = ["name_key", "phone", "email", "birth_date"], range(60, 100, 2)
THRESHOLDS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)


def gathered(ids, left, right):
    """Customers: records that hang together by the pairs (row numbers) `left`, `right`."""
    _, number = connected_components(coo_array((np.ones(len(left)), (left, right)), shape=(len(ids), len(ids))))
    return pd.Series(number, index=ids)


def exact(standard):
    """One customer for each standardised name and phone; a record that lacks one of them stays alone."""
    key = standard["name_key"] + " " + standard["phone"]
    return pd.Series(key.fillna(standard["record_id"]).to_numpy(), index=pd.Index(standard["record_id"]))


def alike(standard):
    """Mean likeness (0 to 100, rapidfuzz) of the fields that two records both have, and how many these are."""
    total, fields = np.zeros((2, len(standard), len(standard)), np.float32)
    for field in FIELDS:
        text, there = standard[field].fillna("").to_numpy(object), standard[field].notna().to_numpy()
        both = there[:, None] & there
        total += process.cdist(text, text, scorer=fuzz.ratio, dtype=np.uint8) * both
        fields += both
    return total / np.maximum(fields, 1), fields


def best_cut(ids, left, right, score, truth, cuts=CUTS):
    """Quality of the cut with the highest F1 on the truth."""
    tried = [identify.linkage_quality(gathered(ids, left[score >= cut], right[score >= cut]), truth) for cut in cuts]
    return max(tried, key=lambda quality: quality["f1"])


def judge(firm):
    """Quality of each method on one firm: dict of Series."""
    records, truth = firm.records, firm.truth["records"]
    standard, pairs = identify.standardise_records(records), identify.score_pairs(records)
    ids, (score, fields) = pd.Index(records["record_id"]), alike(standard)
    left, right = ids.get_indexer(pairs["record_id_l"]), ids.get_indexer(pairs["record_id_r"])
    probability = pairs["match_probability"].to_numpy()
    sure = probability >= 0.9  # as link_records does, without scoring the pairs again
    # Among all pairs one field in common proves nothing (a given name); among candidates it may be the e-mail address.
    rows, columns = np.nonzero(np.triu((score >= min(CUTS)) & (fields > 1), 1))
    return {
        "exact": identify.linkage_quality(exact(standard), truth),
        "rapidfuzz": best_cut(ids, rows, columns, score[rows, columns], truth),
        "rapidfuzz_candidates": best_cut(ids, left, right, score[left, right], truth),
        "link_records": identify.linkage_quality(gathered(ids, left[sure], right[sure]), truth),
        "link_records_best": best_cut(ids, left, right, probability, truth, THRESHOLDS),
    }


def table(seeds=SEEDS, levels=LEVELS):
    """One row a level, seed and method."""
    rows = []
    for level in levels:
        for seed in seeds:
            firm = make_firm(PEOPLE, WEEKS, seed, errors=level)
            for method, quality in judge(firm).items():
                rows.append({"level": level, "seed": seed, "method": method} | dict(quality[:3].round(4)))
    return pd.DataFrame(rows)


if __name__ == "__main__":
    made = table()
    made.to_csv(FILE, index=False, encoding="utf-8", lineterminator="\n")
    print(f"{len(made)} rows in {FILE.name}")
