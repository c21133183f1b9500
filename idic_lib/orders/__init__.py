"""Read an orders file of any usual shape, and account for every row of it.

Public as ``idic_lib.data.read_orders``. `files` finds the table and its columns, `cells` reads ids, numbers and dates,
this module decides what becomes of each row.
"""

import html
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .._guards import choice, refuse_if
from ..errors import data_error
from .cells import check_currency, to_dates, to_ids, to_numbers, to_text
from .files import FIELDS, check_columns, column_error, empty_rows, match_columns, read_cells

__all__ = ["OrdersAudit", "read_orders"]

# In the order in which they are tried: a row gets the first that applies. 0 = used.
_REASONS = ("", "empty row", "more cells than columns", "missing or unreadable date", "unreadable amount",
            "date after end", "duplicate", "return without its order", "returned in full")  # fmt: skip
_IDS = ("customer_id", "order_id", "product_id")
_EMPTY, _LONG, _DATE, _AMOUNT, _LATE, _DUPLICATE, _ORPHAN, _RETURNED = range(1, 9)


@dataclass(frozen=True, eq=False, repr=False)
class OrdersAudit:
    """What became of every row of an orders file.

    Attributes
    ----------
    columns : dict
        Column of the contract -> column of the file.
    rows_read, rows_used, rows_set_aside : int
        ``rows_read == rows_used + rows_set_aside``, in rows of the file.
    rows_returned : int
        Used rows that are returns: they lowered another row, so the orders have ``rows_used - rows_returned`` rows.
    rows_anonymous : int
        Rows of the orders without a customer.
    reasons : DataFrame
        ``reason``, ``rows``, ``first_rows`` (index of the first five in `set_aside`).
    set_aside : DataFrame
        The rows set aside as they were read, after their ``reason``; the index is the row of the sheet (the first line
        of the file is 1) or the index of the frame that was given.
    notes : list of str
        How the file was understood, in sentences.
    """

    columns: dict
    rows_read: int
    rows_used: int
    rows_set_aside: int
    rows_returned: int
    rows_anonymous: int
    reasons: pd.DataFrame
    set_aside: pd.DataFrame
    notes: list = field(default_factory=list)

    def _lines(self):
        yield f"{self.rows_read:,} rows read = {self.rows_used:,} used + {self.rows_set_aside:,} set aside"
        yield f"of those used: {self.rows_anonymous:,} without a customer, {self.rows_returned:,} returns"
        yield "columns: " + ", ".join(f"{role} <- {name!r}" for role, name in self.columns.items())
        yield from self.notes

    def __repr__(self):
        lines = list(self._lines())
        if len(self.reasons):
            lines += ["set aside:", *self.reasons.to_string(index=False).splitlines()]
        return "OrdersAudit: " + "\n  ".join(lines)

    def _repr_html_(self):
        items = "".join(f"<li>{html.escape(line)}</li>" for line in self._lines())
        return f"<ul>{items}</ul>" + (self.reasons.to_html(index=False) if len(self.reasons) else "")


def read_orders(source, columns=None, calendar="auto", date_order=None, end=None):
    """Read orders from a file or a frame; nothing is dropped without a reason.

    Parameters
    ----------
    source : path or DataFrame
        A file ``.csv`` (also ``.txt``, ``.tsv``; comma, semicolon or tab; UTF-8, UTF-16 or cp1256), ``.xlsx`` or
        ``.parquet``, or a frame of pandas, polars, pyarrow, DuckDB or another engine that narwhals reads.
    columns : dict, optional
        Column of the contract -> column of the file, for example ``{"order_date": "Date of sale"}``; None as a value
        says that the file has no such column. What is not named here is found by its exact name, else by a
        table of synonyms in English and Persian.
    calendar : {"auto", "jalali", "gregorian"}
        "auto" reads a year of 1250–1500 as Jalali and 1900–2100 as Gregorian and refuses a file with both; with the
        other two, dates of the other calendar are set aside.
    date_order : {"dmy", "mdy"}, optional
        Order of day and month where the year stands last; needed only where no value in the column decides.
    end : str or date, optional
        Last day of observation, included; later rows are set aside. There is no default of "today".

    Returns
    -------
    orders : DataFrame
        ``order_id`` (text), ``customer_id`` (text or missing), ``order_date`` (datetime64[us], local time without
        zone), ``amount`` (float, never negative, in the unit of the file) and, where the file has them,
        ``product_id``, ``category``, ``quantity``, ``unit_price``, ``channel``; in the order of the file. An
        order with several lines keeps a row a line.
    audit : OrdersAudit
        Rows read, used and set aside, with reasons; columns found; notes.

    Raises
    ------
    DataError
        If the file cannot be read without guessing, or if no row is usable (then the error's attribute ``audit`` holds
        the audit).

    Notes
    -----
    *Ids* are text: digits of any script become Latin, spaces around and a trailing ``.0`` go, leading zeros stay.
    Without a column of order ids the rows are numbered and no row is a duplicate; with one, a row that equals an
    earlier one in every column of the file is a duplicate.

    *Returns* (negative amount or quantity) lower the order whose id they carry: first its lines of the same product,
    then all its lines in proportion; quantity falls in the same proportion. Such a return is *used*, without a row of
    its own. An order brought to zero is set aside with its returns; so is a return without its order.

    *One order id, several customers* (a till that starts again each day): each customer's rows are an order of their
    own, and a note says so; a return then lowers the order of its own customer.

    *Numbers*: ``٫`` is a decimal and ``٬`` a thousands mark; ``.`` and ``,`` are understood from the whole column;
    ``12,500`` alone is twelve thousand five hundred, ``12.500`` alone is refused as ambiguous.
    """
    choice(calendar, ("auto", "jalali", "gregorian"), "calendar")
    choice(date_order, (None, "dmy", "mdy"), "date_order")
    columns, last = check_columns(columns), None
    if end is not None:
        last = to_dates(pd.Series([end], dtype=object), "auto", date_order, pd.Index(["end"]))[0].iloc[0]
        problem, allowed = f"end={end!r} cannot be read as a day", 'a date, or text such as "2017-12-31"'
        refuse_if(last is pd.NaT, problem, allowed=allowed)
    try:
        raw, notes, long_rows = read_cells(source, columns)
        found, problems = match_columns(raw.columns, columns)
        if problems:
            raise column_error(problems, raw.columns)
        refuse_if(len(raw) == 0, "no row stands under the names of the columns", allowed="at least one order")
        return _account(raw, notes, long_rows, found, calendar, date_order, last)
    except UnicodeError as error:
        raise data_error(f"a cell holds text that is not valid Unicode ({error.reason})") from None


def _account(raw, notes, long_rows, found, calendar, date_order, last):
    """Orders and audit from raw cells; `found`: position of each role's column, `last`: last day or None."""
    n = len(raw)
    cells = {role: raw.iloc[:, at].reset_index(drop=True) for role, at in found.items()}
    state = np.zeros(n, np.int8)  # index into _REASONS

    def put_aside(rows, why):
        state[np.asarray(rows, bool) & (state == 0)] = why

    put_aside(empty_rows(raw), _EMPTY)
    put_aside(long_rows, _LONG)
    dates, said = to_dates(cells["order_date"], calendar, date_order, raw.index)
    notes += said
    put_aside(dates.isna(), _DATE)

    if "currency" in cells:
        check_currency(cells["currency"], raw.index)
    numbers = {}
    for role in ("amount", "quantity", "unit_price"):
        if role in cells:
            numbers[role], said = to_numbers(cells[role], role, raw.index)
            notes += said
    quantity = numbers.get("quantity", pd.Series(1.0, index=range(n)))
    if "amount" not in cells:
        notes.append("amount = quantity × unit_price: the file has no column of amounts.")
    amount = numbers["amount"] if "amount" in cells else quantity * numbers["unit_price"]
    amount = amount.where(np.isfinite(amount))
    put_aside(amount.isna(), _AMOUNT)
    if last is not None:
        put_aside(dates.dt.normalize() > last.normalize(), _LATE)

    ids = {role: to_ids(cells[role], role, raw.index) for role in _IDS if role in cells}
    customer, order, product = (ids.get(role, pd.Series(np.nan, index=range(n), dtype="str")) for role in _IDS)
    twice = (order.duplicated(keep=False) & order.notna()).to_numpy(bool) if "order_id" in cells else np.zeros(n, bool)
    if twice.any():
        rows = np.flatnonzero(twice & (state == 0))
        equal = pd.DataFrame({at: to_text(raw.iloc[rows, at]) for at in range(raw.shape[1])}).duplicated()
        put_aside(np.isin(np.arange(n), rows[equal.to_numpy()]), _DUPLICATE)

    back = ((amount < 0) | (quantity < 0)).to_numpy()
    key = _order_keys(order, customer, twice & (state == 0), back, notes) if twice.any() else np.full(n, -1)
    left = _apply_returns(key, product, amount, back, state, put_aside, notes)

    used = state == 0
    values = numbers | {role: to_text(cells[role]) for role in ("category", "channel") if role in cells}
    values |= {"order_id": order, "customer_id": customer, "order_date": dates, "amount": left, "product_id": product}
    orders = pd.DataFrame({role: values[role] for role in FIELDS if role in FIELDS[:4] or role in cells})
    if "quantity" in cells:
        orders["quantity"] *= (left / amount).where(left != amount, 1.0)
    keep = used & ~back
    orders = orders if keep.all() else orders[keep].reset_index(drop=True)
    nameless = orders["order_id"].isna()
    if nameless.any():
        number = pd.Series(np.flatnonzero(keep) + 1).astype("str")
        if "order_id" in cells:
            number = "row " + number
            notes.append(f"{int(nameless.sum()):,} used row(s) have no order id and are numbered.")
        else:
            notes.append("The file has no order ids: rows are numbered, and no row is taken for a duplicate.")
        orders["order_id"] = orders["order_id"].fillna(number)

    unused = [repr(str(name)[:40]) for at, name in enumerate(raw.columns) if at not in found.values()]
    if unused:
        notes.append("Columns not used: " + ", ".join(unused[:12]) + (" …" if len(unused) > 12 else "") + ".")
    if len(orders):
        notes.append("Orders from {:%Y-%m-%d} to {:%Y-%m-%d}.".format(*orders["order_date"].agg(["min", "max"])))
    aside = raw[~used]
    whys = [_REASONS[why] for why in state[~used]]
    aside.insert(0, "reason", whys, allow_duplicates=True)
    groups = [(why, len(rows), list(rows.index[:5])) for why, rows in aside.groupby(np.array(whys, object))]
    reasons = pd.DataFrame(sorted(groups, key=lambda group: -group[1]), columns=["reason", "rows", "first_rows"])
    audit = OrdersAudit(
        {role: str(raw.columns[at]) for role, at in found.items()}, n, int(used.sum()), len(aside),
        int((used & back).sum()), int(orders["customer_id"].isna().sum()), reasons, aside, notes,
    )  # fmt: skip
    if orders.empty:
        listed = "; ".join(f"{row.reason}: {row.rows:,}" for row in reasons.itertuples())
        read = ", ".join(f"{role} <- {name!r}" for role, name in audit.columns.items())
        advice = f"see whether the right columns are read: {read}"
        error = data_error(f"no usable order: all {n:,} row(s) are set aside ({listed})", rows=aside, advice=advice)
        error.audit = audit
        raise error
    return orders, audit


def _order_keys(order, customer, usable, back, notes):
    """A number for each order: an order id, together with the customer where an id has several; -1 = no order."""
    ids, owners = pd.factorize(order)[0], pd.factorize(customer)[0]
    buyers = pd.Series(owners).where(usable & ~back & (owners >= 0)).groupby(ids)
    shared = (buyers.transform("nunique") > 1).to_numpy() & (ids >= 0)
    if shared.any():
        several = order[shared].unique()
        said = f"{len(several):,} order id(s) stand with more than one customer ({', '.join(map(repr, several[:3]))})"
        notes.append(f"{said}: each customer's rows count as an order of their own.")
    keys = ids.astype("int64") * (owners.max() + 2) + np.where(shared, owners + 1, 0)
    return np.where((ids < 0) | (shared & (owners < 0) & back), -1, keys)


def _apply_returns(key, product, amount, back, state, put_aside, notes):
    """Amounts lowered by the returns that carry their order's key; sets aside orphans and orders returned in full."""
    amount, sale = amount + 0.0, (state == 0) & ~back  # -0.0 becomes 0.0
    put_aside(back & ~((key >= 0) & np.isin(key, key[sale])), _ORPHAN)
    touched = (state == 0) & (key >= 0) & np.isin(key, key[back & (state == 0)])
    if not touched.any():
        return amount
    part = pd.DataFrame({"key": key, "product": product, "gross": amount.where(sale, 0.0)})[touched]
    part["minus"] = amount.abs().where(back, 0.0)
    part["left"], named = part["gross"], part["product"].notna()
    if named.any():
        lines = part[named].groupby(["key", "product"])[["gross", "minus"]].transform("sum")
        share = 1 - (lines["minus"] / lines["gross"].where(lines["gross"] > 0)).fillna(0)
        part.loc[named, "left"] *= share.clip(lower=0)
    totals = part.groupby("key")[["gross", "minus", "left"]].transform("sum")
    net = (totals["gross"] - totals["minus"]).clip(lower=0)
    part["left"] *= (net / totals["left"].where(totals["left"] > 0)).fillna(0)
    full = net <= 1e-9 * totals["gross"]
    over = part["key"][totals["minus"] > totals["gross"] * (1 + 1e-9)].nunique()
    put_aside(np.isin(np.arange(len(key)), part.index[full]), _RETURNED)
    if over:
        notes.append(f"{over:,} order(s) had more returned than bought; they count as returned in full.")
    if not full.all():
        orders, rows = part["key"][~full].nunique(), int((back & (state == 0)).sum())
        notes.append(f"{rows:,} return row(s) lowered {orders:,} order(s); they have no row of their own.")
    # Rounding takes away the noise of binary fractions, far below the smallest coin.
    amount[part.index] = part["left"].round(6)
    return amount
