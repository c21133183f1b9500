"""Guards: a line each at the top of a function, so that bad input ends in one `DataError` and nowhere further on."""

import numpy as np
import pandas as pd

from .errors import data_error

__all__ = ["choice", "refuse_if", "share", "to_pandas", "whole"]


def refuse_if(bad, problem, *, rows=None, **parts):
    """Raise what `data_error` builds of the other arguments if `bad` holds; a mask also picks the rows at fault."""
    mask = np.asarray(bad, dtype=bool)
    if mask.any():
        raise data_error(problem, rows=rows[mask] if mask.ndim and rows is not None else rows, **parts)


def choice(value, allowed, name):
    """`value`, if it is one of those allowed."""
    refuse_if(value not in allowed, f"{name}={value!r} is unknown", allowed=", ".join(map(repr, allowed)))
    return value


def whole(value, name, least):
    """`value` as int, if it is a whole number of at least `least`."""
    number = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    refuse_if(not number or value < least, f"{name}={value!r} is not a whole number of at least {least}")
    return int(value)


def share(value, name):
    """`value` as float, if it lies between 0 and 1."""
    good = np.isscalar(value) and 0 < value < 1
    refuse_if(not good, f"{name}={value!r} is not a share", allowed="a number above 0 and below 1, as 0.2 for 20 %")
    return float(value)


def to_pandas(frame, problem, **parts):
    """A frame of any engine as pandas; a lazy one is collected."""
    if isinstance(frame, pd.DataFrame):
        return frame
    import narwhals as nw

    try:
        return nw.from_native(frame).lazy().collect().to_pandas()
    except TypeError:
        raise data_error(problem, **parts) from None
