"""Regressions between composites of a survey: moderation, correction for unreliability, and power by simulation."""

import sys
from collections import namedtuple

import numpy as np
import pandas as pd
from scipy import stats

from .._guards import choice, refuse_if, share, to_pandas, whole
from .._intervals import wilson
from ..errors import ConvergenceError, DataError

__all__ = ["ModeratedFit", "moderated_regression", "power", "product_reliability", "simple_slopes"]


ModeratedFit = namedtuple("ModeratedFit", "table covariance spread product n left_out df level")


def product_reliability(first, second, correlation=0.0):
    """Reliability of the product of two centred normal measures: (ρ₁ρ₂ + r²) / (1 + r²).

    Parameters
    ----------
    first, second : float or array
        Reliabilities of the two measures.
    correlation : float or array
        Observed correlation r of the two measures.

    References
    ----------
    Bohrnstedt & Marwell (1978), Sociological Methodology 9 (read at second hand).
    """
    return (first * second + correlation**2) / (1 + correlation**2)


def moderated_regression(frame, outcome, predictors, *, product=None, reliability=None, standardise=True,
                         errors="HC3", level=0.95):  # fmt: skip
    """Regress an outcome on centred predictors and, if asked, the product of two of them.

    With `reliability` the error variance is taken out of the moments before solving (errors in variables):
    b = (X'X − (n − 1)E)⁻¹ X'y, E diagonal with (1 − ρ) s² for a predictor and (1 − ρ₁ρ₂) s₁² s₂² for the product, which
    is `product_reliability` in other words. Standardised coefficients then refer to the true scores.

    Parameters
    ----------
    frame : DataFrame
        One row a respondent. Rows with a missing value in a column in use are left out and counted.
    outcome : str
    predictors : list of str
    product : tuple of two predictors, optional
        Whose product is added, named "a × b": the second moderates the first, or the other way round.
    reliability : dict or Series, optional
        Column -> reliability; columns not named count as measured without error. It is taken as known: the intervals
        hold no doubt about it. Errors of two columns are taken as uncorrelated, which a common method contradicts.
    standardise : bool
        Divide columns by their standard deviation first; the product is that of the standardised predictors.
    errors : "HC3" or "classical"
        HC3 (MacKinnon & White 1985) allows for unequal spread; with `reliability` it becomes the sandwich of the
        corrected moments. Classical takes no reliability.
    level : float
        Of the intervals (t distribution).

    Returns
    -------
    ModeratedFit
        `table` (frame, one row a term: estimate, se, low, high, p), `covariance` (of the estimates), `spread` (standard
        deviation of each predictor; of the true scores where a reliability was given), `product`, `n` and `left_out`
        (respondents used, and left out because an answer is missing), `df` (residual degrees of freedom), `level`.

    Raises
    ------
    DataError
        Columns that are missing or constant, too few rows, a reliability outside 0 … 1, or so low that nothing of the
        predictors is left.

    References
    ----------
    Aiken & West (1991), Multiple Regression; Fuller (1987), Measurement Error Models, section 2.2 [both from memory].
    """
    frame = to_pandas(frame, "frame is not a frame", allowed="one row a respondent")
    choice(errors, ("HC3", "classical"), "errors")
    names, pair, rel = list(predictors), tuple(product or ()), dict({} if reliability is None else reliability)
    lost = [str(name) for name in [outcome, *names] if name not in frame]
    refuse_if(lost, f"frame lacks the column(s) {', '.join(lost)}", allowed=", ".join(map(str, frame)))
    text = [str(name) for name in [outcome, *names] if not pd.api.types.is_numeric_dtype(frame[name])]
    refuse_if(text, f"the column(s) {', '.join(text)} hold no numbers", advice="code the answers as numbers")
    refuse_if(pair and (len({*pair}) != 2 or len(pair) != 2 or not {*pair} <= {*names}), f"product={product!r}",
              allowed="None, or two different ones of " + ", ".join(map(repr, names)))  # fmt: skip
    refuse_if(any(not 0 < value <= 1 for value in rel.values()), "a reliability lies outside 0 … 1",
              column="reliability", rows=pd.Series(rel, dtype=float))  # fmt: skip
    refuse_if(rel and errors == "classical", "errors='classical' with a reliability", allowed="errors='HC3'")
    full = frame[[outcome, *names]].dropna().astype(float)
    terms = ["constant", *names, *([" × ".join(pair)] if pair else [])]
    n, at = len(full), [names.index(name) for name in pair]
    refuse_if(n <= len(terms) + 1, f"{n} complete answers are too few for {len(terms)} coefficients")
    z, kept = full.to_numpy() - full.to_numpy().mean(axis=0), np.array([rel.get(name, 1.0) for name in full.columns])
    sd = z.std(axis=0, ddof=1)
    refuse_if(sd < 1e-12, "everybody has the same value", rows=full.std())
    z, sd = (z / sd, sd / sd) if standardise else (z, sd)
    y, x, noise = z[:, 0], z[:, 1:], (1 - kept[1:]) * sd[1:] ** 2
    if pair:
        noise = np.append(noise, (1 - kept[1:][at].prod()) * sd[1:][at].prod() ** 2)
        x = np.column_stack([x, x[:, at].prod(axis=1)])
    x, noise = np.column_stack([np.ones(n), x]), np.append(0.0, noise)
    inner = x.T @ x - (n - 1) * np.diag(noise)
    length = np.sqrt((x**2).sum(axis=0))
    hollow = np.linalg.eigvalsh(inner / np.outer(length, length))[0] < 1e-8
    refuse_if(hollow, "the predictors hold no more than error, or one repeats another",
              advice="leave out a predictor, or measure more reliably")  # fmt: skip
    bread, df = np.linalg.inv(inner), n - len(terms)
    b = bread @ x.T @ y
    left = y - x @ b
    scores = x * (left / (1 - ((x @ bread) * x).sum(axis=1)))[:, None] + noise * b
    cov = bread @ (scores.T @ scores) @ bread if errors == "HC3" else bread * (left @ left) / df
    true = sd * np.sqrt(kept)
    if standardise:  # from the units of the measures to those of the true scores
        unit = np.concatenate([[1.0], true[1:], [true[1:][at].prod()][: len(pair)]]) / true[0]
        b, cov, true = b * unit, cov * np.outer(unit, unit), np.ones(len(true))
    table, cov = _table(b, np.sqrt(np.diag(cov)), terms, df, share(level, "level")), pd.DataFrame(cov, terms, terms)
    return ModeratedFit(table, cov, pd.Series(true[1:], names), pair or None, n, len(frame) - n, df, level)


def simple_slopes(fit, *, at=(-1, 0, 1)):
    """Slope of the product's first predictor where its second one is `at` standard deviations from its mean.

    Parameters
    ----------
    fit : ModeratedFit
        With a product.
    at : sequence of float

    Returns
    -------
    DataFrame
        Index `at`; estimate (b₁ + b₃ · at · spread), se, low, high, p.
    """
    refuse_if(fit.product is None, "the fit has no product", advice="give product=(a, b) to `moderated_regression`")
    first, second = fit.product
    weights = pd.DataFrame(0.0, index=pd.Index(at, name=f"{second} (SD)"), columns=fit.table.index)
    weights[first], weights[" × ".join(fit.product)] = 1.0, np.array(at, dtype=float) * fit.spread[second]
    se = np.sqrt(((weights @ fit.covariance) * weights).sum(axis=1))
    return _table(weights @ fit.table["estimate"], se, weights.index, fit.df, fit.level)


def _table(b, se, index, df, level):
    """Estimates with errors, intervals and p values of the t distribution."""
    half, p = stats.t.ppf(0.5 + level / 2, df) * se, 2 * stats.t.sf(np.abs(b / se), df)
    return pd.DataFrame({"estimate": b, "se": se, "low": b - half, "high": b + half, "p": p}, index=index)


def power(simulate, estimate, *, truth=None, surveys=1000, seed=0, progress=None):
    """What a survey can see: simulate many, estimate in each, and count.

    Parameters
    ----------
    simulate : callable
        Gives the data of one survey for a seed (a numpy Generator).
    estimate : callable
        Gives a frame with columns estimate, low, high, p, one row a path, for these data.
    truth : Series, optional
        The true coefficient of each path, by the (last level of the) index that `estimate` gives.
    surveys, seed : int
        How many, and the seed of all. Survey i has its own stream: more surveys leave the others as they were.
    progress : bool, optional
        A bar on stderr; default: where that is a terminal.

    Returns
    -------
    DataFrame
        One row a path: mean and sd of the estimates, power (share with p < .05), power_low, power_high (Wilson's 95 %
        interval), surveys (that gave an estimate), and with `truth` also truth, bias (mean − truth), coverage (share of
        intervals that hold the truth), coverage_low, coverage_high. A survey whose estimate fails (`DataError`,
        `ConvergenceError`) is counted in ``attrs["failed"]``.
    """
    from tqdm import tqdm

    quiet = not (sys.stderr.isatty() if progress is None else progress)
    found, failed = [], 0
    for i in tqdm(range(whole(surveys, "surveys", 1)), disable=quiet, file=sys.stderr, desc="surveys"):
        try:
            found.append(estimate(simulate(np.random.default_rng([seed, i])))[["estimate", "low", "high", "p"]])
        except (DataError, ConvergenceError):
            failed += 1
    refuse_if(not found, f"none of the {surveys} surveys gave an estimate", advice="try one survey by hand")
    every = pd.concat(found, keys=range(len(found))).dropna()
    paths, shares = list(range(1, every.index.nlevels)), {"power": every["p"] < 0.05}
    table = every["estimate"].groupby(level=paths, sort=False).agg(mean="mean", sd="std", surveys="size")
    if truth is not None:
        real = truth.reindex(every.index.get_level_values(-1)).to_numpy()
        table["truth"] = truth.reindex(table.index.get_level_values(-1)).to_numpy()
        table["bias"] = table["mean"] - table["truth"]
        shares["coverage"] = (every["low"] <= real) & (real <= every["high"])
    for name, hits in shares.items():
        table[name] = hits.groupby(level=paths, sort=False).mean()
        table[f"{name}_low"], table[f"{name}_high"] = wilson(table[name], table["surveys"])
    table.attrs["failed"] = failed
    return table
