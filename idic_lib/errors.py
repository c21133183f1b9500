"""What can go wrong, said so that the reader can mend it."""

import pandas as pd

__all__ = ["ConvergenceError", "ConvergenceWarning", "DataError", "data_error"]


class DataError(ValueError):
    """The data do not allow an answer; the message names the column, the rows and the remedy."""


class ConvergenceError(RuntimeError):
    """A fit did not converge; the message says which check failed and what to try for that cause."""


class ConvergenceWarning(UserWarning):
    """A fit gave an answer that deserves a second look; the message says why."""


def data_error(problem, *, column=None, rows=None, allowed=None, advice=None, show=5, count=None):
    """Build a `DataError` whose parts always stand in the same order.

    Parameters
    ----------
    problem : str
        What is wrong, in one sentence without the final full stop.
    column : str, optional
        Column that is at fault.
    rows : DataFrame or Series, optional
        The offending rows, indexed as in the file; only the first `show` are printed.
    allowed : str, optional
        What is allowed there.
    advice : str, optional
        What to do, as an instruction or as the call to write.
    show : int
        Number of offending rows to print.
    count : int, optional
        How many rows offend, where `rows` holds only the first of them (an engine that fetched no more).

    Returns
    -------
    DataError
        To be raised by the caller: ``raise data_error(...)``.
    """
    lines = [f"column {column!r}: {problem}." if column is not None else f"{problem}."]
    if rows is not None and len(rows):
        head = rows.head(show)
        frame = head.to_frame() if isinstance(head, pd.Series) else head
        with pd.option_context("display.max_columns", 8, "display.max_colwidth", 40, "display.width", 100):
            text = frame.to_string(max_colwidth=40)  # of its own accord to_string shortens nothing
        lines.append(f"First of {len(rows) if count is None else count:,} such row(s):\n{text}")
    if allowed:
        lines.append(f"Allowed: {allowed}.")
    if advice:
        lines.append(f"What to do: {advice}.")
    return DataError("\n".join(lines))
