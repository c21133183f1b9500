"""What a survey of 200 or 800 firms can see: ``datasets/survey_power.csv``.

    python datasets/make/survey_power.py [folder for parts]

For each number of firms and each share of method variance, 1,000 surveys with the structure of `idic_lib.models.desai`
are simulated, and every path is estimated by each estimator. Takes about 20 minutes of one core; with a folder each
finished setting is kept there, and a second run goes on where the first one stopped.
"""

import sys
from pathlib import Path

import pandas as pd

from idic_lib.models import desai
from idic_lib.survey import paths, scales

FILE = Path(__file__).resolve().parent.parent / "survey_power.csv"
SURVEYS, SEED, FIRMS = 1000, 19, (200, 800)
#: With 0.11 the inflation by the method and the attenuation by error cancel in capability → performance.
FULL, QUICK = (0.0, 0.11), (0.05, 0.22)
RELIABILITY = "reliability of capability"


def estimate(survey, full, true_scores):
    """All estimates from one survey, by estimator and path; quick settings leave out the structural model."""
    names = ("composite", "corrected", "structural") if full else ("composite", "corrected")
    found = {name: rows for name, rows in desai.compare_estimators(survey.answers, estimators=names).groupby(level=0)}
    parts = [found[name] for name in names]
    if true_scores:  # what one would find if the constructs themselves could be seen
        seen = survey.scores.add_suffix("1").join(survey.scores.add_suffix("2"))
        parts.append(pd.concat({"true scores": desai.fit_path_model(seen)}))
    items = survey.answers[survey.items["capability"]]
    for name, rule in (("alpha", scales.cronbach_alpha), ("omega", scales.mcdonald_omega)):
        row = rule(items).rename({name: "estimate"})
        row = pd.DataFrame([row], index=pd.MultiIndex.from_tuples([(name, RELIABILITY)])).assign(p=1.0)
        parts.append(row)
    return pd.concat(parts)


def setting(firms, method):
    """The rows of one setting."""
    implied = desai.expected_reliability(method)
    truth = pd.concat([desai.TRUTH, pd.Series({RELIABILITY: implied["construct"]})])
    table = paths.power(
        lambda rng: desai.make_desai_survey(firms, method_variance=method, seed=rng),
        lambda survey: estimate(survey, method in FULL, method == 0),
        truth=truth,
        surveys=SURVEYS,
        seed=SEED,
    )
    table = table.rename_axis(["estimator", "path"]).reset_index()
    theory = desai.expected(method).stack().swaplevel()
    theory = pd.concat([theory, pd.Series({("alpha", RELIABILITY): implied["alpha"]})])
    if method == 0:
        theory[("omega", RELIABILITY)] = implied["construct"]
    table["expected"] = theory.reindex(pd.MultiIndex.from_frame(table[["estimator", "path"]])).to_numpy()
    table.loc[table["path"] == RELIABILITY, ["power", "power_low", "power_high"]] = float("nan")
    order = ["firms", "method_variance", "estimator", "path", "surveys", "truth", "expected", "mean", "sd", "bias",
             "power", "power_low", "power_high", "coverage", "coverage_low", "coverage_high"]  # fmt: skip
    return table.assign(firms=firms, method_variance=method)[order].round(4)


def main(folder=None):
    parts = []
    for firms in FIRMS:
        for method in sorted(FULL + QUICK):
            part = Path(folder or "") / f"survey_power_{firms}_{method}.csv"
            if folder and part.exists():
                parts.append(pd.read_csv(part))
                continue
            parts.append(setting(firms, method))
            if folder:
                parts[-1].to_csv(part, index=False, lineterminator="\n")
    pd.concat(parts).to_csv(FILE, index=False, lineterminator="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
