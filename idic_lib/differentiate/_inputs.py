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
        raise data_error(f"{name} is a {type(rows).__name__}, not a dataframe",
                         allowed="pandas, polars, pyarrow, DuckDB or PySpark frames") from error  # fmt: skip
    schema = frame.collect_schema()
    lost = [column for column in columns if column not in schema]
    refuse_if(lost != [], f"{name} has no column {', '.join(map(repr, lost))}; it has {', '.join(map(repr, schema))}",
              advice=advice)  # fmt: skip
    return frame, schema


def _given_back(table, rows):
    """A small pandas table as a frame of the kind of `rows`, its index as the first columns (pandas: as it is)."""
    if nw.from_native(rows).implementation.is_pandas():
        return table
    import pyarrow as pa

    frame, arrow = nw.from_native(rows), pa.Table.from_pandas(table.reset_index(), preserve_index=False)
    if frame.implementation.is_duckdb():
        return rows.query("orders", "FROM arrow")  # on the connection of `rows`, so that the two can be joined
    if frame.implementation.is_pyspark():
        return rows.sparkSession.createDataFrame(arrow)
    made = nw.from_arrow(arrow, backend=frame.implementation)
    return (made if isinstance(frame, nw.DataFrame) else made.lazy()).to_native()


def _numbers(values, name, *, negative=True):
    """`values` as a one-dimensional float array without missing values; a frame of one column will do."""
    allowed = "one column of numbers, one value per customer"
    if getattr(values, "ndim", 1) == 2:
        names = f" ({', '.join(map(str, values.columns[:6]))})" if hasattr(values, "columns") else ""
        refuse_if(values.shape[1] != 1, f"{name} is a table of {values.shape[1]} columns{names}", allowed=allowed,
                  advice="choose a column, and sum it by customer if there are several rows of one")  # fmt: skip
    series = values.squeeze(axis=1) if isinstance(values, pd.DataFrame) else values
    if isinstance(series, nw.Series) or type(series).__module__.startswith(("polars", "pyarrow")):
        series = series.to_numpy()
    series = series if isinstance(series, pd.Series) else pd.Series(np.asarray(series).ravel())
    numeric = pd.api.types.is_numeric_dtype(series) and (negative or not pd.api.types.is_bool_dtype(series))
    refuse_if(not numeric, f"{name} holds {series.dtype}", allowed=allowed)
    array = series.to_numpy(float, na_value=np.nan)
    refuse_if(not len(array), f"{name} is empty")
    refuse_if(~np.isfinite(array), f"{name} is missing or infinite", rows=series, advice="fill or leave out these rows")
    refuse_if(not negative and array < 0, f"{name} is negative, and a share of a total needs values of 0 or more",
              rows=series, advice="leave these customers out and report them apart, or clip at 0")  # fmt: skip
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
        advice = f"give both the same customers: `{name}.reindex({score}.index, fill_value=0)`"
        refuse_if(lost or len(outcome) != n, f"{score} has {n:,} customers, {name} {len(outcome):,}; {lost:,} of the "
                  "former are not there", advice=advice)  # fmt: skip
        outcome = outcome.reindex(index)
    array = _numbers(outcome, name)
    refuse_if(len(array) != n, f"{score} has {n:,} customers and {name} {len(array):,}")
    return array
