"""Answers to exercises: right ones pass however they are written, wrong ones are told in which way they are wrong."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idic_lib import checks

SERIES = pd.Series({"a": 0.1, "b": 0.2, "c": 0.7})


@pytest.fixture(autouse=True)
def not_strict(monkeypatch):
    monkeypatch.delenv("IDIC_STRICT", raising=False)


RIGHT = [
    (0.545, 0.54512, {}),
    (0.55, 0.54512, {}),
    (54.5, 0.54512, {"percent": True}),
    (55, 0.54512, {"percent": True}),
    (40, 0.4036, {"percent": True}),
    (np.float64(0.54512), 0.54512, {}),
    ([0.54512], 0.54512, {}),
    (2457, 2457, {}),
    (2457.0, np.int64(2457), {}),
    ([0.1, 0.2, 0.7], SERIES, {}),
    (SERIES.to_numpy(), SERIES, {}),
    (SERIES.iloc[::-1], SERIES, {}),
    (SERIES.to_frame(), SERIES, {}),
    ((10, 20, 70), SERIES, {"percent": True}),
    (["x", "y"], {"y", "x"}, {}),
    ("mvc ", "MVC", {}),
    (True, np.bool_(True), {}),
    ({"a": 0.1, "b": 0.2, "c": 0.7}, SERIES.to_dict(), {}),
    (pd.DataFrame({"n": [1, 2], "more": 0}), pd.DataFrame({"n": [1, 2]}), {}),
    (lambda x: 2 * x, 4.0, {"args": (2,)}),
    (pd.Timestamp("1997-09-30"), pd.Timestamp("1997-09-30"), {}),
    (["a", "b"], np.array(["a", "b"]), {}),
]


@pytest.mark.parametrize(("got", "expected", "options"), RIGHT)
def test_right_answers_pass_however_they_are_written(got, expected, options, capsys):
    checks.check("it", got, expected, **options)
    assert capsys.readouterr().out == "✓ it: right.\n"


WRONG = [
    (..., 0.5, {}, "no answer in place of the dots"),
    (None, 0.5, {}, "None"),
    (0.6, 0.545, {}, "0.6 is too large"),
    (0.9, 0.545, {}, "much too large"),
    (60, 0.545, {"percent": True}, "60 is too large"),
    (1.0, 0.937, {}, "1 is too large"),
    (1.0, 0.937, {"percent": True}, "1 is too large"),
    (2.0, 1.6, {}, "2 is too large"),
    (0.00545, 0.545, {"percent": True}, "much too small"),
    (0.54, 0.551, {}, "too small"),
    (0.5, 0.545, {}, "too small"),
    (54.5, 0.545, {}, "fraction is asked for, not percent"),
    (0.545, 54.5, {}, "percent is asked for"),
    (-0.545, 0.545, {}, "sign"),
    (0.455, 0.545, {}, "one minus"),
    (4.0, 0.25, {}, "upside down"),
    (2450, 2457, {}, "a little too small"),
    (2457.4, 2457, {}, "too large"),
    ("0.545", 0.545, {}, "text"),
    (np.nan, 0.545, {}, "nan"),
    ([1.0, 2.0], 0.545, {}, "one number"),
    ({1.0, 2.0}, 0.545, {}, "one number is asked for, these are 2"),
    ({"a": 0.545}, 0.545, {}, "these are 1 in a dict"),
    ({0.1, 0.2, 0.7}, SERIES, {}, "a set has no order"),
    (0.1, SERIES, {}, "3 values are asked for"),
    (["10%", "20%", "70%"], SERIES, {}, "no % sign"),
    (19_700.4, 21_000.5, {}, "19,700 is too small"),
    ([0.1, 0.2], SERIES, {}, "3 values are asked for, these are 2"),
    ([0.7, 0.1, 0.2], SERIES, {}, "another order"),
    ([10, 20, 70], SERIES, {}, "hundred times"),
    ([0.1, 0.2, 0.6], SERIES, {}, "1 of 3 values"),
    ({"x"}, {"x", "y"}, {}, "1 missing"),
    (3, {"x", "y"}, {}, "several things"),
    ("mgc", "MVC", {}, "not the one"),
    (7, "MVC", {}, "text"),
    (1, True, {}, "True or False"),
    (False, True, {}, "the other one"),
    (print, 3.0, {}, "call it"),
    (lambda x: None, 3.0, {"args": (1,)}, "return"),
    (3.0, 3.0, {"args": (1,)}, "function is asked for"),
    (lambda x: 1 / 0, 3.0, {"args": (1,)}, "ZeroDivisionError"),
    (object(), 3.0, {}, "could not be compared"),
    (SERIES, pd.DataFrame({"n": [1]}), {}, "table"),
    (pd.DataFrame({"m": [1]}), pd.DataFrame({"n": [1]}), {}, "lacks the column"),
    (pd.DataFrame({"n": [2]}), pd.DataFrame({"n": [1]}), {}, "in column 'n'"),
    (3, {"a": 1}, {}, "dict"),
    ({"c": 1.0, "d": 2.0}, {"a": 1.0, "b": 2.0}, {}, "keys asked for are 'a', 'b'"),
    ({"a": np.ones(2), "b": np.ones(2)}, {"a": 1.0, "b": 2.0}, {}, "one value for each key"),
]


@pytest.mark.parametrize(("got", "expected", "options", "said"), WRONG)
def test_wrong_answers_are_told_why(got, expected, options, said, capsys):
    checks.check("it", got, expected, **options)
    out = capsys.readouterr().out
    assert out.startswith("✗ it: not yet") and said in out


def test_strict_raises_what_it_would_print(monkeypatch, capsys):
    monkeypatch.setenv("IDIC_STRICT", "1")
    checks.check("it", 2, 2)
    with pytest.raises(AssertionError, match="much too large. Look again"):
        checks.check("it", 9, 2, why="Look again.")
    with pytest.raises(AssertionError, match="dots"):
        checks.check("it", ..., 2)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_an_answer_far_off_never_passes_and_an_exact_one_always_does(got, expected):
    assert checks._problem(expected, expected, 0.005, False, None) is None
    if abs(got - expected) > 0.01 * abs(expected) + 1:
        assert checks._problem(got, expected, 0.005, False, None)


@given(st.one_of(st.none(), st.text(), st.lists(st.integers()), st.dictionaries(st.text(), st.integers()), st.binary()))
def test_no_answer_ends_in_a_traceback(got):
    for expected in (1.5, 3, "x", True, {"x"}, {"a": 1}, SERIES, pd.DataFrame({"n": [1.0]})):
        checks.check("it", got, expected)


def test_environment_is_ok_here_and_says_what_is_missing(monkeypatch, capsys):
    assert checks.check_environment() and capsys.readouterr().out.startswith("OK")
    monkeypatch.setattr(
        checks.metadata, "requires", lambda name: ["no-such-package>=1", "numpy>=999", "x; extra == 'dev'"]
    )
    assert not checks.check_environment()
    out = capsys.readouterr().out
    assert "no-such-package is missing" in out and "the course needs >=999" in out and "make env" in out


def test_versions_names_python_and_packages(capsys):
    checks.versions("numpy")
    assert capsys.readouterr().out.startswith("Python 3.") and np.__version__
