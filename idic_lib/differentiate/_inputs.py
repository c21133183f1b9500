"""Checks of what the functions of this package are given."""

import narwhals as nw
import numpy as np
import pandas as pd

from ..errors import data_error


def _choice(value, allowed, name):
    if value not in allowed:
        raise data_error(f"{name}={value!r} is unknown", allowed=", ".join(map(repr, allowed)))
    return value


def _whole(value, name, least):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise data_error(f"{name}={value!r} is not a whole number of at least {least}")
    return int(value)


def _share(value, name):
    if not (np.isscalar(value) and 0 < value < 1):
        raise data_error(f"{name}={value!r} is not a share", allowed="a number above 0 and below 1, as 0.2 for 20 %")
    return float(value)


def _numbers(values, name, *, negative=True):
    """`values` as a one-dimensional float array without missing values; a frame of one column will do."""
    if getattr(values, "ndim", 1) == 2 and values.shape[1] != 1:
        names = f" ({', '.join(map(str, values.columns[:6]))})" if hasattr(values, "columns") else ""
        raise data_error(
            f"{name} is a table of {values.shape[1]} columns{names}",
            allowed="one column of numbers, one value per customer",
            advice="choose a column, and sum it by customer if there are several rows of one",
        )
    series = values.squeeze(axis=1) if isinstance(values, pd.DataFrame) else values
    if isinstance(series, nw.Series) or type(series).__module__.startswith(("polars", "pyarrow")):
        series = series.to_numpy()
    series = series if isinstance(series, pd.Series) else pd.Series(np.asarray(series).ravel())
    if not pd.api.types.is_numeric_dtype(series) or pd.api.types.is_bool_dtype(series) and not negative:
        raise data_error(f"{name} holds {series.dtype}", allowed="one column of numbers, one value per customer")
    array = series.to_numpy(float, na_value=np.nan)
    if not len(array):
        raise data_error(f"{name} is empty")
    bad = ~np.isfinite(array)
    if bad.any():
        raise data_error(f"{name} is missing or infinite", rows=series[bad], advice="fill or leave out these customers")
    if not negative and (array < 0).any():
        raise data_error(
            f"{name} is negative, and a share of a total needs values of 0 or more", rows=series[array < 0],
            advice="leave these customers out and report them apart, or clip at 0 and say so",
        )  # fmt: skip
    return array


def _total(array, name):
    total = array.sum()
    if not total > 0:
        raise data_error(f"{name} sums to {total:g}: there is nothing to share")
    return total


def _aligned(outcome, index, n, names=("score", "outcome")):
    """`outcome` in the order of the score: by index if both have one, else by position."""
    score, name = names
    if isinstance(outcome, pd.Series) and index is not None:
        if outcome.index.has_duplicates or index.has_duplicates:
            raise data_error(f"a customer occurs twice in {score} or {name}", advice="group by customer_id first")
        lost = index.difference(outcome.index)
        if len(lost) or len(outcome) != n:
            raise data_error(
                f"{score} has {n:,} customers, {name} {len(outcome):,}; {len(lost):,} of the former are not there",
                advice=f"give both the same customers: `{name}.reindex({score}.index, fill_value=0)`",
            )
        outcome = outcome.reindex(index)
    array = _numbers(outcome, name)
    if len(array) != n:
        raise data_error(f"{score} has {n:,} customers and {name} {len(array):,}")
    return array
