"""Scales: do the items of a questionnaire hang together, and how many things do they measure?"""

from collections import namedtuple

import numpy as np
import pandas as pd
from scipy import optimize, stats

from .._guards import choice, refuse_if, share, whole
from .confirm import _Groups, answers

__all__ = ["congruence", "cronbach_alpha", "explore_factors", "item_analysis", "mcdonald_omega", "parallel_analysis"]


Factors = namedtuple("Factors", "loadings correlations communalities")


def _alpha(x):
    """Alpha of an array respondents x items."""
    return x.shape[1] / (x.shape[1] - 1) * (1 - x.var(axis=0, ddof=1).sum() / x.sum(axis=1).var(ddof=1))


def cronbach_alpha(items, *, level=0.95):
    """Cronbach's alpha of the sum of the items, with Feldt's interval.

    Parameters
    ----------
    items : DataFrame
        One row a respondent, one column an item of *one* scale, reversed items recoded. Rows with a missing answer are
        left out (`n` says how many stayed).
    level : float
        Level of the interval.

    Returns
    -------
    Series
        alpha, low, high, n.

    Raises
    ------
    DataError
        Fewer than two items, answers that are no numbers, items without variation, too few respondents.

    Notes
    -----
    Cronbach (1951); interval: Feldt (1965), exact if items are normal and of equal true variance and covariance.
    Alpha equals the reliability of the sum if all loadings are equal and errors independent; else see `mcdonald_omega`.
    """
    x = answers(items).to_numpy()
    n, k = x.shape
    tail = (1 - share(level, "level")) / 2
    ends = 1 - (1 - _alpha(x)) * stats.f.isf([tail, 1 - tail], n - 1, (n - 1) * (k - 1))
    return pd.Series({"alpha": _alpha(x), "low": ends[0], "high": ends[1], "n": n})


def mcdonald_omega(items, *, level=0.95):
    """McDonald's omega: the share of the sum's variance that one common factor explains.

    Parameters
    ----------
    items : DataFrame
        As for `cronbach_alpha`; at least three items.
    level : float
        Level of the interval (delta method on log(1 - omega), from the expected information).

    Returns
    -------
    Series
        omega, low, high, n.

    Notes
    -----
    McDonald (1999): (sum of loadings)² / ((sum of loadings)² + sum of error variances), of the one-factor model fitted
    by maximum likelihood. It supposes that one factor is enough: test that by `confirm_factors`.
    """
    x = answers(items, least=3)
    fit, k = _Groups([x], {"sum": list(x)}), x.shape[1]
    load, error = fit.full[:k].sum(), fit.full[2 * k : 3 * k].sum()
    total = load**2 + error
    slope = np.zeros(len(fit.full))
    slope[:k], slope[2 * k : 3 * k] = 2 * load * error / total**2, -(load**2) / total**2
    slope = slope @ fit.map
    spread = (slope @ fit.covariance @ slope) ** 0.5 / (error / total)
    ends = 1 - error / total * np.exp(stats.norm.ppf(0.5 + share(level, "level") / 2) * spread * np.array([1, -1]))
    return pd.Series({"omega": 1 - error / total, "low": ends[0], "high": ends[1], "n": len(x)})


def item_analysis(items):
    """One row an item of one scale: what it looks like, and whether it pulls with the others.

    Returns
    -------
    DataFrame
        mean, sd, missing (share), floor and ceiling (shares at the lowest and the highest answer that anybody gave to
        the scale), item_rest (correlation with the sum of the others), alpha_without, reversed (item_rest is negative:
        recode the item, or ask what it measures). Correlations use complete respondents.

    Raises
    ------
    DataError
        As `cronbach_alpha`; at least three items.
    """
    full = answers(items, least=3)
    rest = pd.Series({name: full[name].corr(full.drop(columns=name).sum(axis=1)) for name in full})
    return pd.DataFrame({
        "mean": items.mean(), "sd": items.std(), "missing": items.isna().mean(),
        "floor": (items == items.min(axis=None)).sum() / items.count(),
        "ceiling": (items == items.max(axis=None)).sum() / items.count(), "item_rest": rest,
        "alpha_without": {name: _alpha(full.drop(columns=name).to_numpy()) for name in full}, "reversed": rest < 0,
    }).rename_axis("item")  # fmt: skip


def explore_factors(items, n_factors, *, rotation="oblimin"):
    """Exploratory factor analysis by maximum likelihood, rotated.

    Parameters
    ----------
    items : DataFrame
        One row a respondent, one column an item. Rows with a missing answer are left out.
    n_factors : int
        How many factors; `parallel_analysis` proposes a number.
    rotation : {"oblimin", "varimax"}
        Oblique (factors may correlate; direct quartimin) or orthogonal.

    Returns
    -------
    Factors
        `.loadings` (items x factors, the pattern; each factor's sum is positive), `.correlations`, `.communalities`.

    Notes
    -----
    Jöreskog (1967), profiled over the uniquenesses, which are kept at 0.005 and more as in R's ``factanal``: with few
    respondents a communality of .995 is such a bound (a Heywood case). Rotation by statsmodels.
    """
    from statsmodels.multivariate.factor_rotation import rotate_factors

    n, x, p = whole(n_factors, "n_factors", 1), answers(items), items.shape[1]
    method = {"oblimin": "quartimin", "varimax": "varimax"}[choice(rotation, ("oblimin", "varimax"), "rotation")]
    refuse_if(n > p // 2, f"{n} factors of {p} items are too many", allowed="at most half as many as items")
    seen = np.corrcoef(x.to_numpy().T)

    def fit(unique):
        values, vectors = np.linalg.eigh(seen / np.sqrt(np.outer(unique, unique)))
        load = vectors[:, -n:] * np.sqrt(unique[:, None] * (values[-n:] - 1).clip(0))
        slope = ((load**2).sum(axis=1) + unique - 1) / unique**2
        return (values[:-n] - np.log(values[:-n]) - 1).sum(), slope, load

    start = (1 - 0.5 * n / p) / np.linalg.inv(seen).diagonal()
    best = optimize.minimize(lambda u: fit(u)[:2], start, jac=True, bounds=[(0.005, 1)] * p)
    load, turn = rotate_factors(fit(best.x)[2], method) if n > 1 else (fit(best.x)[2], np.eye(1))
    sign, names = np.where(load.sum(axis=0) < 0, -1.0, 1.0), [f"factor_{k}" for k in range(1, n + 1)]
    correlations = pd.DataFrame(turn.T @ turn * np.outer(sign, sign), names, names)
    return Factors(pd.DataFrame(load * sign, x.columns, names), correlations, pd.Series(1 - best.x, x.columns))


def parallel_analysis(items, *, replications=100, level=0.95, seed=0):
    """How many factors stand out from luck: eigenvalues beside those of answers shuffled within each item.

    Returns
    -------
    DataFrame
        One row an eigenvalue of the correlation matrix: eigenvalue, luck (its `level` quantile over `replications`
        shuffles), kept (all up to the first that luck reaches). ``["kept"].sum()`` is the proposed number.

    Notes
    -----
    Horn (1965), by permutation; the quantile in place of the mean as in Glorfeld (1995).
    """
    x, rng = answers(items).to_numpy(), np.random.default_rng(seed)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    deals = rng.permuted(np.broadcast_to(z, (whole(replications, "replications", 1), *z.shape)), axis=1)
    luck = np.linalg.eigvalsh(deals.transpose(0, 2, 1) @ deals / len(z))[:, ::-1]
    luck, seen = np.quantile(luck, share(level, "level"), axis=0), np.linalg.eigvalsh(z.T @ z / len(z))[::-1]
    index = pd.RangeIndex(1, len(seen) + 1, name="factor")
    return pd.DataFrame({"eigenvalue": seen, "luck": luck, "kept": np.cumprod(seen > luck).astype(bool)}, index)


def congruence(loadings, target):
    """Are factors found again? Tucker's congruence of each target column with its best partner among `loadings`.

    Parameters
    ----------
    loadings, target : DataFrame
        Items x factors, on the same items.

    Returns
    -------
    Series
        By column of `target`, from 0 to 1; each factor is partner of one column only, signs do not count.

    Notes
    -----
    Tucker (1951). Lorenzo-Seva & ten Berge (2006): .85-.94 is fair, .95 and more as good as equal.
    """
    refuse_if(loadings.shape[1] < target.shape[1], "there are fewer factors than target columns")
    a, b = loadings.loc[target.index].to_numpy(), target.to_numpy()
    cosines = np.abs((a / np.linalg.norm(a, axis=0)).T @ (b / np.linalg.norm(b, axis=0)))
    rows, columns = optimize.linear_sum_assignment(-cosines)
    return pd.Series(cosines[rows, columns], target.columns[columns]).reindex(target.columns)
