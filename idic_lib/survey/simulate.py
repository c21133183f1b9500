"""Simulated surveys: constructs, the paths between them, items that measure them, and a habit of answering.

Every number that these functions give is simulated; no firm and no person has answered.
"""

from collections import namedtuple
from itertools import chain

import numpy as np
import pandas as pd
from scipy.linalg import block_diag

from .._guards import refuse_if, whole

__all__ = ["Survey", "cut", "make_survey"]

#: Answers cover this many standard deviations on both sides of the middle; the outer categories are open.
REACH = 2.1

Survey = namedtuple("Survey", "answers scores items correlations")


def make_survey(n, *, measures, paths=None, factor_correlation=None, interactions=None, method_variance=0.0, points=7,
                seed=0):  # fmt: skip
    """Simulate the answers of `n` respondents to items that measure correlated or causally linked constructs.

    All scores are standardised (mean 0, variance 1). A construct that nothing leads to is *exogenous* and normal. Every
    other one is the sum of its causes times their coefficients plus a normal disturbance, whose variance is what is
    left to 1. An interaction enters as the product of two scores minus its mean. An item is

        loading × score + sqrt(m) × method + sqrt(1 − loading² − m) × error,

    with one standard-normal method factor for all items (halo, acquiescence, a common mood) and m the share of the
    item's variance that comes from it. A negative loading makes a reversed item; method always pushes upwards.

    Parameters
    ----------
    n : int
        Respondents.
    measures : dict
        Construct -> list of standardised loadings (items are then named construct + 1, 2 …), or construct ->
        dict item -> loading. An item belongs to one construct. A construct with an empty list is not measured.
    paths : dict, optional
        (cause, effect) -> standardised coefficient. The arrows must not form a circle.
    factor_correlation : float, array or DataFrame, optional
        Of the exogenous constructs, in the order of `measures` (a frame: by name). A number holds for each pair;
        default 0.
    interactions : dict, optional
        ((a, b), effect) -> coefficient of the product of the scores. `a` and `b` must themselves be free of
        interactions, since only then are they normal and the variance of their product known.
    method_variance : float or dict
        Share of each item's variance that the common method factor makes; or a dict of items or constructs -> share
        (those not named: 0).
    points : int or None
        Number of answer categories (see `cut`); None keeps the continuous items (mean 0, variance 1).
    seed : int or numpy.random.Generator
        The same seed draws the same people: another coefficient, loading or method share changes nothing else.

    Returns
    -------
    Survey
        `answers` (frame n × items), `scores` (frame n × constructs, the truth), `items` (dict construct -> names of its
        items), `correlations` (frame: the exact correlations of the constructs that the settings imply).

    Raises
    ------
    DataError
        Unknown constructs, a circle, an impossible correlation matrix, causes that would explain more than all of a
        construct's variance, or an item whose loading and method share exceed its variance.

    References
    ----------
    Covariances of products of normal variables: Isserlis (1918), Biometrika 12 [from memory]:
    cov(ab, cd) = r_ac r_bd + r_ad r_bc. Common method factor: Podsakoff et al. (2003), J. Applied Psychology 88
    [from memory].

    Examples
    --------
    >>> survey = make_survey(200, measures={"x": [.7] * 4, "y": [.8] * 4}, paths={("x", "y"): .4}, seed=1)
    >>> survey.answers.shape
    (200, 8)
    """
    n, rng, names = whole(n, "n", 1), np.random.default_rng(seed), list(measures)
    refuse_if(not names, "measures is empty")
    into = _causes(names, paths or {}, interactions or {})
    order, bent = _order(names, into)
    corr, left = _implied(names, into, order, bent, factor_correlation)
    z = dict(zip(names, rng.standard_normal((len(names), n))))
    outer = [name for name in names if not into[name]]
    scores = dict(zip(outer, _root(corr.loc[outer, outer].to_numpy()) @ [z[name] for name in outer]))
    for name in order:
        parts = [weight * (np.prod([scores[one] for one in cause], axis=0) - (corr.loc[cause] if len(cause) > 1 else 0))
                 for cause, weight in into[name].items()]  # fmt: skip
        scores[name] = sum(parts, np.sqrt(left[name]) * z[name]) if parts else scores[name]
    items, loads, owner = _items(measures)
    method = _method(method_variance, items, owner)
    unique = 1 - loads**2 - method
    what = pd.DataFrame({"item": items, "loading": loads, "method": method})
    refuse_if(unique < -1e-12, "loading² and method share of an item exceed 1", rows=what)
    values = loads * np.column_stack([scores[name] for name in owner]) if items else np.empty((n, 0))
    values += np.sqrt(method) * rng.standard_normal(n)[:, None]
    values += np.sqrt(unique.clip(0)) * rng.standard_normal((n, len(items)))
    answers = pd.DataFrame(values, columns=items)
    whose = {name: [item for item, one in zip(items, owner) if one == name] for name in names}
    return Survey(answers if points is None else cut(answers, points), pd.DataFrame(scores)[names], whose,
                  corr)  # fmt: skip


def cut(items, points=7):
    """Cut standardised items to the categories 1 … `points`.

    Parameters
    ----------
    items : DataFrame or array
        Standardised values.
    points : int
        Number of categories. They split −2.1 … 2.1 into equal parts; the two outer ones are open. With 7: thresholds
        at ±0.3, ±0.9 and ±1.5, and 6.7 % of a standard-normal item in each outer category.

    Returns
    -------
    As `items`, whole numbers.
    """
    points = whole(points, "points", 2)
    return np.floor((items / REACH + 1) * points / 2).clip(0, points - 1).astype("int64") + 1


def _causes(names, paths, interactions):
    """Effect -> {(cause,) or (cause, cause): coefficient}."""
    into = {name: {} for name in names}
    for (cause, effect), weight in [*paths.items(), *interactions.items()]:
        cause = cause if isinstance(cause, tuple) else (cause,)
        strange = [str(name) for name in (*cause, effect) if name not in into]
        refuse_if(strange, f"paths or interactions name {', '.join(map(repr, strange))}", column="measures",
                  allowed=", ".join(map(repr, names)))  # fmt: skip
        into[effect][cause] = float(weight)
    return into


def _order(names, into):
    """Constructs in causal order, those that an interaction has reached at the end; and which these are."""
    order, bent = [], set()
    while waiting := [name for name in names if name not in order]:
        ready = [name for name in waiting if set(chain(*into[name])) <= {*order}]
        refuse_if(not ready, f"the paths form a circle among {', '.join(map(str, waiting))}",
                  advice="leave out one of its arrows")  # fmt: skip
        for name in ready:
            pairs = [cause for cause in into[name] if len(cause) > 1]
            twice = sorted(bent & set(chain(*pairs)))
            refuse_if(twice, f"{', '.join(twice)} depends on an interaction and cannot be part of another one")
            if pairs or bent & set(chain(*into[name])):
                bent.add(name)
        order += ready
    return sorted(order, key=lambda name: name in bent), bent


def _implied(names, into, order, bent, given):
    """Exact correlations of the constructs, and the variance that is left to each one's disturbance."""
    known = [(name,) for name in names if not into[name]]
    s, left = _given(given, [name for (name,) in known]), {}
    pairs = list(dict.fromkeys(cause for name in order for cause in into[name] if len(cause) > 1))
    for name in order:
        if name in bent and pairs:  # products of normal scores, which are uncorrelated with normal scores themselves
            a, b = np.array([[known.index((one,)) for one in pair] for pair in pairs]).T
            s = block_diag(s, s[np.ix_(a, a)] * s[np.ix_(b, b)] + s[np.ix_(a, b)] * s[np.ix_(b, a)])
            known, pairs = known + pairs, []
        if into[name]:
            weights = np.array(list(into[name].values()))
            at = [known.index(cause) for cause in into[name]]
            row = weights @ s[at]
            left[name] = 1 - weights @ row[at]
            refuse_if(left[name] < 0, f"the causes of {name!r} explain {1 - left[name]:.3f} of its variance of 1",
                      advice="give smaller coefficients")  # fmt: skip
            s = np.block([[s, row[:, None]], [row, 1.0]])
            known.append((name,))
    at = [known.index((name,)) for name in names]
    return pd.DataFrame(s[np.ix_(at, at)], names, names), left


def _given(given, outer):
    """Correlation matrix of the exogenous constructs."""
    allowed = f"a number, or a matrix of correlations of {', '.join(map(repr, outer))}"
    if isinstance(given, pd.DataFrame):
        strange = set(given.index) ^ set(outer) or set(given.columns) ^ set(outer)
        refuse_if(strange, "factor_correlation has other names", allowed=allowed)
        given = given.loc[outer, outer]
    r, one = np.array(0.0 if given is None else given, dtype=float), np.eye(len(outer))
    r = np.where(one == 1, 1.0, r) if r.ndim == 0 else r
    good = r.shape == one.shape and np.allclose(r, r.T) and np.allclose(np.diag(r), 1)
    good = good and np.linalg.eigvalsh(r)[0] > -1e-9
    refuse_if(not good, "factor_correlation is no correlation matrix", allowed=allowed)
    return r


def _root(r):
    """A matrix whose product with its transpose is r; r may be singular."""
    values, vectors = np.linalg.eigh(r)
    return vectors * np.sqrt(values.clip(0)) @ vectors.T


def _items(measures):
    """Names of the items, their loadings and their constructs."""
    loads = {name: dict(x) if isinstance(x, dict) else {f"{name}{i}": one for i, one in enumerate(x, 1)}
             for name, x in measures.items()}  # fmt: skip
    rows = [(item, loading, name) for name, found in loads.items() for item, loading in found.items()]
    items, loads, owner = [list(column) for column in zip(*rows)] if rows else ([], [], [])
    twice = sorted({str(item) for item in items if items.count(item) > 1})
    refuse_if(twice, f"item(s) {', '.join(twice)} belong to two constructs", allowed="one construct an item")
    return items, np.array(loads, dtype=float), owner


def _method(share, items, owner):
    """Share of each item's variance that the method factor makes."""
    if isinstance(share, dict):
        strange = [str(one) for one in share if one not in {*items, *owner}]
        refuse_if(strange, f"method_variance names {', '.join(strange)}", allowed="items or constructs of measures")
        share = [share.get(item, share.get(name, 0.0)) for item, name in zip(items, owner)]
    share = np.broadcast_to(np.asarray(share, dtype=float), len(items))
    refuse_if(~((share >= 0) & (share <= 1)), "a method share lies outside 0 … 1", column="method_variance")
    return share
