"""Answers to exercises, checked kindly; and a look at whether this machine can run the course."""

import os
import re
import sys
from importlib import metadata
from numbers import Number

import numpy as np
import pandas as pd

__all__ = ["check", "check_environment", "versions"]


def check(name, got, expected, *, rel_tol=0.005, percent=False, args=None, why=None):
    """Say whether an exercise's answer is right and, if not, in which way it is not.

    Parameters
    ----------
    name : str
        What is asked for, in words; it opens the answer.
    got : object
        The learner's answer. ``...`` means that there is none yet. A function is called with `args`.
    expected : object
        The right answer, computed from the lesson's data (so that the same lesson serves a class with another firm):
        a number, text, truth value, set, dict, list, array, Series or frame.
    rel_tol : float
        Relative tolerance for numbers that are not whole. A number rounded to two or more significant digits passes
        too. Whole numbers are counts and must be met exactly.
    percent : bool
        True if 54.5 is as good an answer as 0.545.
    args : tuple, optional
        Arguments for an answer that is a function.
    why : str, optional
        What to look at again; printed with a wrong answer only.

    Raises
    ------
    AssertionError
        Only with the environment variable ``IDIC_STRICT=1``, which the course's own tests set.
    """
    try:
        problem = _problem(got, expected, rel_tol, percent, args)
    except Exception as error:  # a learner's mistake must never end in a traceback
        problem = f"your answer could not be compared ({type(error).__name__}: {error})"
    if problem is None:
        print(f"✓ {name}: right.")
        return
    message = f"✗ {name}: not yet, {problem}." + (f" {why}" if why and got is not ... else "")
    if os.environ.get("IDIC_STRICT") == "1":
        raise AssertionError(message)
    print(message)


def _problem(got, expected, rel_tol, percent, args):
    """What is wrong with an answer, or None."""
    if got is ...:
        return "there is no answer in place of the dots (...)"
    if args is not None and not callable(got):
        return "a function is asked for"
    if args is not None:
        got = got(*args)
        if got is None:
            return "your function gives back nothing; does it end in `return`?"
    elif callable(got):
        return "this is a function or method; call it with ( )"
    if got is None:
        return "the answer is None"
    if isinstance(expected, (bool, np.bool_)):
        if not isinstance(got, (bool, np.bool_)):
            return "True or False is asked for"
        return None if bool(got) == bool(expected) else "the other one"
    if isinstance(expected, str) and not isinstance(got, str):
        return "a text (in quotes) is asked for"
    if isinstance(expected, str):
        return None if got.strip().casefold() == expected.strip().casefold() else f"{got!r} is not the one"
    if isinstance(expected, (set, frozenset)):
        return _set_problem(got, expected)
    if isinstance(expected, dict):
        if not isinstance(got, (dict, pd.Series)):
            return "a dict (or a Series) is asked for"
        if set(got.keys()) != set(expected):
            return f"the keys asked for are {', '.join(map(repr, expected))}"
        if any(np.ndim(got[key]) > np.ndim(value) for key, value in expected.items()):
            return "one value for each key is asked for"
        return _many_problem(pd.Series(got)[list(expected)], pd.Series(expected), rel_tol, percent)
    if isinstance(expected, pd.DataFrame):
        return _frame_problem(got, expected, rel_tol, percent)
    if np.ndim(expected) == 0:
        return _one_problem(got, expected, rel_tol, percent)
    return _many_problem(got, expected, rel_tol, percent)


def _set_problem(got, expected):
    if isinstance(got, (str, Number)) or not hasattr(got, "__iter__"):
        return "several things are asked for (a set or a list)"
    got = {g.strip() if isinstance(g, str) else g for g in got}
    missing, extra = len(expected - got), len(got - expected)
    parts = [f"{missing} missing"] * bool(missing) + [f"{extra} too many"] * bool(extra)
    return " and ".join(parts) or None


def _frame_problem(got, expected, rel_tol, percent):
    if not isinstance(got, pd.DataFrame):
        return f"a table (DataFrame) is asked for, this is a {type(got).__name__}"
    absent = [c for c in expected.columns if c not in got.columns]
    if absent:
        return f"the table lacks the column(s) {absent}"
    for column in expected.columns:
        problem = _many_problem(got[column], expected[column], rel_tol, percent)
        if problem:
            return f"in column {column!r} {problem}"
    return None


def _one_problem(got, expected, rel_tol, percent):
    if isinstance(got, str):
        return f"a number is asked for, this is the text {got!r} (no quotes, no % sign)"
    if isinstance(got, (set, frozenset, dict)):
        return f"one number is asked for, these are {len(got):,} in a {type(got).__name__}"
    if np.ndim(got) > 0 and np.size(got) == 1:
        got = np.asarray(got).ravel()[0]
    if np.ndim(got) > 0:
        return f"one number is asked for, these are {np.size(got):,}"
    if isinstance(got, (pd.Timestamp, np.datetime64)) or isinstance(expected, (pd.Timestamp, np.datetime64)):
        return None if pd.Timestamp(got) == pd.Timestamp(expected) else "another date"
    got, expected = _plain(got), _plain(expected)
    if pd.isna(got):
        return "your answer is missing (nan)"
    return None if _same(got, expected, rel_tol, percent) else _how_far(got, expected, rel_tol, percent)


def _many_problem(got, expected, rel_tol, percent):
    if isinstance(got, pd.DataFrame) and got.shape[1] == 1:
        got = got.iloc[:, 0]
    got = pd.Series(got) if isinstance(got, dict) else got
    if isinstance(got, (set, frozenset)):
        return "a set has no order: a list (or an array, a Series) is asked for"
    if isinstance(got, (str, Number)) or not hasattr(got, "__len__"):
        return f"{len(expected):,} values are asked for, this is one"
    if len(got) != len(expected):
        return f"{len(expected):,} values are asked for, these are {len(got):,}"
    both = isinstance(got, pd.Series) and isinstance(expected, pd.Series)
    if both and got.index.is_unique and set(got.index) == set(expected.index):
        got = got.reindex(expected.index)  # the same labels in another order are the same answer
    got, expected = np.asarray(got), np.asarray(expected)
    if expected.dtype.kind in "OUSTb" or isinstance(expected.ravel()[0], str):
        wrong = np.array([str(g) != str(e) for g, e in zip(got.ravel(), expected.ravel())])
    elif got.dtype.kind in "OUST" and any(isinstance(g, str) for g in got.ravel()):
        return "numbers are asked for, these are texts (no quotes, no % sign)"
    else:
        got, expected = got.astype(float).ravel(), expected.ravel()
        wrong = np.array([not _same(g, e, rel_tol, percent) for g, e in zip(got, expected)])
    if not wrong.any():
        return None
    if wrong.all() and len(wrong) > 1 and expected.dtype.kind in "fiu":
        ratio = got / np.where(expected == 0, np.nan, expected)
        if np.nanmax(np.abs(ratio - 100)) < 0.5:
            return "all values are a hundred times too large (fractions are asked for, not percent)"
        if np.allclose(np.sort(got), np.sort(expected.astype(float)), rtol=rel_tol):
            return "the values are right but stand in another order"
    first = int(np.flatnonzero(wrong)[0])
    return f"{int(wrong.sum()):,} of {len(wrong):,} values are off, the first at position {first}"


def _same(got, expected, rel_tol, percent):
    if pd.isna(expected) or pd.isna(got):
        return pd.isna(expected) and pd.isna(got)
    got, expected = _plain(got), _plain(expected)
    return _close(got, expected, rel_tol) or (percent and _close(got, 100 * expected, rel_tol))


def _plain(value):
    """A NumPy or pandas number as Python's int or float, so that its digits can be read."""
    value = value.item() if hasattr(value, "item") else value
    return value if isinstance(value, (int, float)) else float(value)


def _close(got, expected, rel_tol):
    if isinstance(expected, int):
        return float(got) == expected
    if np.isclose(got, expected, rtol=rel_tol, atol=1e-12):
        return True
    # A rounded answer is right if it shows two significant digits or more.
    shown = repr(int(got)) if float(got).is_integer() else repr(got)  # 1.0 shows one digit, not two
    mantissa, _, exponent = shown.lower().partition("e")
    if exponent or not re.search(r"[1-9]\D*\d", mantissa):
        return False
    decimals = len(mantissa.partition(".")[2])
    return abs(got - expected) <= 0.5 * 10.0**-decimals + 1e-12


def _how_far(got, expected, rel_tol, percent):
    if expected and _close(-got, expected, rel_tol):
        return "the size is right, the sign is not"
    if not percent and abs(expected) <= 1 and _close(got / 100, expected, rel_tol):
        return "a fraction is asked for, not percent (0.5, not 50)"
    if not percent and 1 < abs(expected) <= 100 and _close(got * 100, expected, rel_tol):
        return "this is a hundred times too small (if percent is asked for: 50, not 0.5)"
    if 0 < expected < 1 and _close(1 - got, expected, rel_tol):
        return "this is the other part: one minus the answer"
    if expected and got and _close(1 / got, expected, rel_tol):
        return "this is the answer upside down (one divided by it)"
    shown = got
    if percent and abs(got) > 1 >= abs(expected):
        got = got / 100  # the message keeps the learner's unit, the distance is measured in the answer's
    direction = "large" if got > expected else "small"
    off = abs(got - expected) / abs(expected) if expected else 1.0
    size = "a little " if off <= 0.05 else "" if off <= 0.5 else "much "
    text = f"{shown:,.0f}" if abs(shown) >= 10_000 else f"{shown:.4g}"
    return f"{text} is {size}too {direction}"


def versions(*packages):
    """Print the versions of Python and of the packages that a lesson stands on.

    Parameters
    ----------
    *packages : str
        Names as pip knows them.
    """
    named = [f"Python {sys.version_info.major}.{sys.version_info.minor}"]
    named += [f"{p} {metadata.version(p)}" for p in packages]
    print(" · ".join(named))


def check_environment():
    """Print OK, or what to do, for Python and for each package that the lessons need.

    Returns
    -------
    bool
        True if everything that the course needs is there.
    """
    from packaging.requirements import Requirement

    faults = []
    if sys.version_info < (3, 11):
        faults.append(f"Python {sys.version.split()[0]} is too old; install 3.11 or newer")
    for line in metadata.requires("idic-lib") or []:
        need = Requirement(line)
        if need.marker is not None and not need.marker.evaluate({"extra": "course"}):
            continue
        try:
            have = metadata.version(need.name)
        except metadata.PackageNotFoundError:
            faults.append(f"{need.name} is missing")
            continue
        if not need.specifier.contains(have, prereleases=True):
            faults.append(f"{need.name} is {have}, the course needs {need.specifier}")
    remedy = "Run `make env` in the course's folder and choose its kernel; TROUBLESHOOTING.md says more."
    lines = [f"✗ {fault}" for fault in faults] + [remedy]
    print("\n".join(lines) if faults else "OK: Python and all packages are what the course needs.")
    return not faults
