"""Checks of what the functions of this package are given."""

import narwhals as nw
import numpy as np
import pandas as pd

from .._guards import refuse_if
from ..errors import data_error


def _opened(rows, name, columns, advice):
    """A frame of any engine as a narwhals frame that has these columns, and its schema."""
    try:
        frame = nw.from_native(rows)
    except TypeError as error:
        allowed = "pandas, polars, pyarrow, DuckDB or PySpark frames"
        raise data_error(f"{name} is a {type(rows).__name__}, not a dataframe", allowed=allowed) from error
    schema = frame.collect_schema()
    lost = [column for column in columns if column not in schema]
    problem = f"{name} has no column {', '.join(map(repr, lost))}; it has {', '.join(map(repr, schema))}"
    refuse_if(lost != [], problem, advice=advice)
    return frame, schema


def _numbers(values, name, *, negative=True):
    """`values` as a one-dimensional float array without missing values; a frame of one column will do."""
    allowed = "one column of numbers, one value per customer"
    if getattr(values, "ndim", 1) == 2:
        names = f" ({', '.join(map(str, values.columns[:6]))})" if hasattr(values, "columns") else ""
        advice = "choose a column, and sum it by customer if there are several rows of one"
        problem = f"{name} is a table of {values.shape[1]} columns{names}"
        refuse_if(values.shape[1] != 1, problem, allowed=allowed, advice=advice)
    series = values.squeeze(axis=1) if isinstance(values, pd.DataFrame) else values
    if isinstance(series, nw.Series) or type(series).__module__.startswith(("polars", "pyarrow")):
        series = series.to_numpy()
    series = series if isinstance(series, pd.Series) else pd.Series(np.asarray(series).ravel())
    numeric = pd.api.types.is_numeric_dtype(series) and (negative or not pd.api.types.is_bool_dtype(series))
    refuse_if(not numeric, f"{name} holds {series.dtype}", allowed=allowed)
    array = series.to_numpy(float, na_value=np.nan)
    refuse_if(not len(array), f"{name} is empty")
    advice = "fill or leave out these customers"
    refuse_if(~np.isfinite(array), f"{name} is missing or infinite", rows=series, advice=advice)
    problem = f"{name} is negative, and a share of a total needs values of 0 or more"
    advice = "leave these customers out and report them apart, or clip at 0 and say so"
    refuse_if(not negative and array < 0, problem, rows=series, advice=advice)
    return array


def _total(array, name):
    total = array.sum()
    refuse_if(not total > 0, f"{name} sums to {total:g}: there is nothing to share")
    return total


def _aligned(outcome, index, n, names=("score", "outcome")):
    """`outcome` in the order of the score: by index if both have one, else by position."""
    score, name = names
    if isinstance(outcome, pd.Series) and index is not None:
        twice = outcome.index.has_duplicates or index.has_duplicates
        refuse_if(twice, f"a customer occurs twice in {score} or {name}", advice="group by customer_id first")
        lost = len(index.difference(outcome.index))
        problem = f"{score} has {n:,} customers, {name} {len(outcome):,}; {lost:,} of the former are not there"
        advice = f"give both the same customers: `{name}.reindex({score}.index, fill_value=0)`"
        refuse_if(lost or len(outcome) != n, problem, advice=advice)
        outcome = outcome.reindex(index)
    array = _numbers(outcome, name)
    refuse_if(len(array) != n, f"{score} has {n:,} customers and {name} {len(array):,}")
    return array
