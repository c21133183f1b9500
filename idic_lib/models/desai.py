"""The ability to change and CRM: structure after Desai, Sahu & Sinha (2007); all data simulated; all parameters ours.

What can be said of the paper (title page and part of the summary read): drivers lead to *dynamic capability*, the
ability to keep improving and reconfiguring resources; it leads to the *competitive performance of CRM*, and *IT
competence* moderates that step. Its drivers, items, sample and coefficients were not seen. The four drivers here carry
the names of the dynamic capabilities of Pavlou & El Sawy (2011), who use them in another model (product development).
"""

import numpy as np
import pandas as pd
from scipy import stats

from .._guards import refuse_if
from ..errors import ConvergenceError, DataError
from ..survey import confirm, paths, simulate

__all__ = ["CONSTRUCTS", "DRIVERS", "LOADINGS", "PRODUCT", "TRUTH", "compare_estimators", "composites", "expected",
           "expected_reliability", "fit_path_model", "fit_structural_model", "make_desai_survey",
           "settings"]  # fmt: skip

DRIVERS = ["sensing", "learning", "coordinating", "integrating"]
CONSTRUCTS = [*DRIVERS, "capability", "it", "performance"]
#: Of the four items of each construct, standardised.
LOADINGS = (0.85, 0.75, 0.75, 0.65)
#: Between each two of the drivers and IT competence.
CORRELATION = 0.3
PRODUCT = "capability × it → performance"
#: Standardised coefficients. One driver does nothing: how often is an effect of it "found"?
TRUTH = pd.Series({"sensing → capability": 0.30, "learning → capability": 0.25, "coordinating → capability": 0.20,
                   "integrating → capability": 0.0, "capability → performance": 0.40, "it → performance": 0.20,
                   PRODUCT: 0.15}, name="truth")  # fmt: skip


def settings():
    """The simulation's settings, all ours, as one table: what, value, note."""
    rows = [("firms", 200, "one answer a firm"), ("items of each construct", len(LOADINGS), "composite: their mean"),
            ("answer categories", 7, "see survey.simulate.cut"),
            *[(f"loading of item {i}", x, "standardised") for i, x in enumerate(LOADINGS, 1)],
            ("correlation of drivers and it", CORRELATION, "each pair"), ("method variance", 0, "share of an item"),
            *[(path, x, "standardised path") for path, x in TRUTH.items()]]  # fmt: skip
    return pd.DataFrame(rows, columns=["what", "value", "note"])


def make_desai_survey(n=200, *, effects=None, loadings=LOADINGS, method_variance=0.0, points=7, seed=0):
    """Simulate a survey of `n` firms with the structure of this module.

    Parameters
    ----------
    n, method_variance, points, seed
        As in `survey.simulate.make_survey`.
    effects : dict, optional
        Path -> coefficient, as in `TRUTH`; those not named keep theirs.
    loadings : sequence of float
        Of the items of every construct.

    Returns
    -------
    Survey
        `.answers`, `.scores`, `.items`, `.correlations`; items are named construct + 1, 2 …
    """
    strange = [path for path in effects or {} if path not in TRUTH]
    refuse_if(strange, f"effects name {', '.join(map(repr, strange))}", allowed=", ".join(map(repr, TRUTH.index)))
    arrows = {tuple(path.split(" → ")): x for path, x in (TRUTH.to_dict() | dict(effects or {})).items()}
    return simulate.make_survey(
        n, measures=dict.fromkeys(CONSTRUCTS, list(loadings)), factor_correlation=CORRELATION, points=points, seed=seed,
        paths={(a, b): x for (a, b), x in arrows.items() if " × " not in a}, method_variance=method_variance,
        interactions={(tuple(a.split(" × ")), b): x for (a, b), x in arrows.items() if " × " in a},
    )  # fmt: skip


def _items(answers):
    """Construct -> its items among the columns."""
    refuse_if(not isinstance(answers, pd.DataFrame), f"answers is a {type(answers).__name__}, not a frame",
              advice="give the `.answers` of a survey")  # fmt: skip
    items = {name: [one for one in answers if one.rstrip("0123456789") == name] for name in CONSTRUCTS}
    lost = [name for name, found in items.items() if len(found) < 2]
    refuse_if(lost, f"fewer than two items of {', '.join(lost)}", allowed="columns as sensing1, sensing2 …")
    return items


def composites(answers):
    """Mean of the items of each construct (frame, one column a construct)."""
    return pd.DataFrame({name: answers[found].mean(axis=1) for name, found in _items(answers).items()})


def fit_path_model(answers, *, corrected=False, level=0.95):
    """The path model by two regressions on composites: capability on the drivers, performance on capability × it.

    Parameters
    ----------
    answers : DataFrame
        Items, as from `make_desai_survey`.
    corrected : bool
        Correct for unreliability, Cronbach's alpha taken as known (see `survey.paths.moderated_regression`).
    level : float
        Of the intervals (HC3).

    Returns
    -------
    DataFrame
        One row a path as in `TRUTH`: estimate (standardised), se, low, high, p.
    """
    means, rel = composites(answers), None
    if corrected:
        cov = answers.cov()  # alpha = k / (k − 1) × (1 − sum of variances / variance of the sum)
        blocks = {name: cov.loc[found, found].to_numpy() for name, found in _items(answers).items()}
        rel = {name: len(c) / (len(c) - 1) * (1 - np.trace(c) / c.sum()) for name, c in blocks.items()}
    parts = []
    for effect, causes, pair in (("capability", DRIVERS, None), ("performance", *2 * [["capability", "it"]])):
        fit = paths.moderated_regression(means, effect, causes, product=pair, reliability=rel, level=level)
        parts.append(fit.table.drop("constant").rename(lambda name, effect=effect: f"{name} → {effect}"))
    return pd.concat(parts)


def fit_structural_model(answers, *, level=0.95):
    """The structural model: constructs measured by their items, the interaction by products of standardised items.

    Item 1 of capability times item 1 of it, and so on, measure the product (matched pairs, unconstrained: Marsh, Wen &
    Hau 2004 [from memory]). Maximum likelihood supposes normal items; products are not normal.

    Parameters
    ----------
    answers : DataFrame
        Items; capability and it with as many items.
    level : float
        Of the intervals (Wald).

    Returns
    -------
    DataFrame
        As `fit_path_model`. Coefficients are put in standard deviations of the latent scores (of the product: of its
        two parts), whose own uncertainty the standard errors leave out. ``attrs["measures"]`` holds measures of fit.

    Raises
    ------
    ConvergenceError
        The optimiser did not succeed, or a latent variance is not positive.
    """
    items, z = _items(answers), (answers - answers.mean()) / answers.std()
    pairs = list(zip(items["capability"], items["it"]))
    z = z.assign(**{f"product{i}": z[a] * z[b] for i, (a, b) in enumerate(pairs, 1)})
    items["product"] = [f"product{i}" for i, _ in enumerate(pairs, 1)]
    measured = [f"{name} =~ {' + '.join(found)}" for name, found in items.items()]
    arrows = [f"capability ~ {' + '.join(DRIVERS)}", "performance ~ capability + it + product"]
    fit = confirm.fit_structure("\n".join(measured + arrows), z)
    rows = fit.estimates.set_index(["left", "right"])
    sd = {name: rows["standardised"].get((found[0], name)) for name, found in items.items()}
    sd["product"] = sd["capability"] * sd["it"]
    if not all(value > 0 for value in sd.values()):
        raise ConvergenceError("a construct of the structural model has no positive variance")
    table = {}
    for path in TRUTH.index:
        cause, effect = path.replace("capability × it", "product").split(" → ")
        table[path] = rows.loc[(effect, cause), ["estimate", "se"]].astype(float) * sd[cause] / sd[effect]
    table = pd.DataFrame(table).T
    half = stats.norm.ppf(0.5 + level / 2) * table["se"]
    table = table.assign(low=table["estimate"] - half, high=table["estimate"] + half,
                         p=2 * stats.norm.sf((table["estimate"] / table["se"]).abs()))  # fmt: skip
    table.attrs["measures"] = fit.measures
    return table


#: The three ways, by name.
ESTIMATORS = {"composite": fit_path_model, "corrected": lambda answers: fit_path_model(answers, corrected=True),
              "structural": fit_structural_model}  # fmt: skip


def compare_estimators(answers, *, estimators=tuple(ESTIMATORS)):
    """The paths by several estimators: index (estimator, path); one that fails gives missing values.

    Parameters
    ----------
    answers : DataFrame
    estimators : sequence of "composite", "corrected", "structural"
    """
    _items(answers)  # a wrong frame is no failed estimate
    found = {}
    for name in estimators:
        try:
            found[name] = ESTIMATORS[name](answers)
        except (DataError, ConvergenceError):
            found[name] = pd.DataFrame(np.nan, TRUTH.index, ["estimate", "se", "low", "high", "p"])
        found[name].attrs = {}
    return pd.concat(found, names=["estimator", "path"])


def expected_reliability(method_variance=0.0, *, loadings=LOADINGS, points=7):
    """Reliability of a composite that the settings imply.

    Parameters
    ----------
    method_variance : float
        Share of every item's variance that the method makes.
    loadings, points
        As in `make_desai_survey`. Cutting is taken to shrink all covariances of items by one factor.

    Returns
    -------
    Series
        alpha (Cronbach's: takes the method for construct), construct (share of the composite's variance that the
        construct makes; without method this is omega), method (its share), kept (share of an item's variance that
        survives the cut into categories).
    """
    load, k, kept = np.array(loadings, dtype=float), len(loadings), 1.0
    if points is not None:
        edges = simulate.REACH * (2 * np.arange(1, points) / points - 1)
        chance = np.diff(stats.norm.cdf(edges), prepend=0, append=1)
        kept = stats.norm.pdf(edges).sum() ** 2 / (chance @ np.arange(points) ** 2 - (chance @ np.arange(points)) ** 2)
    shared = kept * (load.sum() ** 2 - load @ load + k * (k - 1) * method_variance)
    whole = (k + shared) / k**2
    return pd.Series({"alpha": k / (k - 1) * (1 - 1 / (k * whole)), "construct": kept * load.mean() ** 2 / whole,
                      "method": kept * method_variance / whole, "kept": kept})  # fmt: skip


def expected(method_variance=0.0, *, loadings=LOADINGS, points=7):
    """What regressions on composites estimate in an endless sample, as far as scores and answers are normal.

    Parameters
    ----------
    method_variance, loadings, points
        As in `expected_reliability`.

    Returns
    -------
    DataFrame
        Rows as `TRUTH`; columns composite, corrected (by alpha).
    """
    alpha, share, method, _ = expected_reliability(method_variance, loadings=loadings, points=points)
    true = make_desai_survey(1).correlations
    r = share * true + method  # two composites hold their constructs' correlation and the same method
    table = pd.DataFrame(index=TRUTH.index, columns=["composite", "corrected"], dtype=float)
    for effect, causes in (("capability", DRIVERS), ("performance", ["capability", "it"])):
        names = [f"{cause} → {effect}" for cause in causes]
        inner = r.loc[causes, causes].to_numpy(copy=True)
        for column, diagonal in (("composite", 1.0), ("corrected", alpha)):
            np.fill_diagonal(inner, diagonal)
            table.loc[names, column] = np.linalg.solve(inner, r.loc[causes, effect])
    seen, link = r.loc["capability", "it"], true.loc["capability", "it"]
    top = share**1.5 * TRUTH[PRODUCT] * (1 + link**2)
    table.loc[PRODUCT] = top / (1 + seen**2), top * alpha**0.5 / (alpha**2 + seen**2)
    return table
