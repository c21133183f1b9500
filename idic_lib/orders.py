"""Read an orders file of any usual shape, and account for every row of it.

One row of the result is one row of the file, unless an audit line says what became of it. Public as
``idic_lib.data.read_orders``.
"""

import csv
import html
import io
import re
import warnings
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from idic_lib.errors import DataError, data_error

__all__ = ["OrdersAudit", "read_orders"]

FIELDS = (
    "order_id", "customer_id", "order_date", "amount", "product_id", "category", "quantity", "unit_price", "channel",
)  # fmt: skip

# Other names, without case, spaces and marks; at most 60 together, so that a name never fits by accident.
SYNONYMS = {
    "order_id": "invoice invoiceno invoiceid invoicenumber orderno ordernumber basketid receiptno شمارهفاکتور "
    "شمارهسفارش کدسفارش",
    "customer_id": "customer customerno customernumber clientid memberid householdid شمارهمشتری کدمشتری شناسهمشتری "
    "مشتری",
    "order_date": "date invoicedate purchasedate transactiondate timestamp تاریخ تاریخسفارش تاریخفاکتور تاریخخرید",
    "amount": "total totalamount totalprice sales salesvalue revenue مبلغ مبلغکل جمعکل",
    "product_id": "stockcode product sku کدکالا کدمحصول",
    "category": "productcategory دسته گروهکالا",
    "quantity": "qty تعداد مقدار",
    "unit_price": "price قیمت قیمتواحد فی",
    "channel": "کانال کانالفروش",
    "currency": "ارز واحدپول",
}
SYNONYMS = {role: tuple(names.split()) for role, names in SYNONYMS.items()}

# One code for each way of writing a currency, without spaces and case; what is not here makes an amount unreadable.
_CURRENCIES = {
    "toman": "toman tomans تومان تومن",
    "thousand toman": "هزارتومان",
    "rial": "rial rials irr ریال ﷼",
    "USD": "$ usd us$ دلار",
    "EUR": "€ eur euro یورو",
    "GBP": "£ gbp",
    "JPY": "¥ jpy",
    "INR": "₹ inr",
    "TRY": "₺ try لیر",
    "AED": "aed درهم",
    "CHF": "chf",
    "CAD": "cad c$",
    "AUD": "aud a$",
    "SEK": "sek",
}
_CURRENCY = {text: code for code, texts in _CURRENCIES.items() for text in texts.split()}

_MISSING = {"", "nan", "none", "null", "na", "n/a", "<na>", "nat", "#n/a", "-"}
_DIGITS = {ord(c): str(i % 10) for i, c in enumerate("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩")}
# Marks that steer the direction of writing are invisible and stand in many exported cells.
_INVISIBLE = dict.fromkeys([*range(0x200E, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
_PLAIN = _DIGITS | _INVISIBLE | {ord("ي"): "ی", ord("ك"): "ک", ord("−"): "-", ord("،"): ","}

_EMPTY, _LONG = "empty row", "more cells than columns"
_NO_DATE, _NO_AMOUNT, _LATE = "missing or unreadable date", "unreadable amount", "date after end"
_DUPLICATE, _ORPHAN, _RETURNED = "duplicate", "return without its order", "returned in full"


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
        The rows set aside as they were read, under their ``reason``; the index is the row of the sheet (the first line
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
        lines = [f"OrdersAudit: {line}" if i == 0 else f"  {line}" for i, line in enumerate(self._lines())]
        if len(self.reasons):
            lines += ["  set aside:", *("    " + line for line in self.reasons.to_string(index=False).splitlines())]
        return "\n".join(lines)

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
    for name, value, allowed in (
        ("calendar", calendar, ("auto", "jalali", "gregorian")),
        ("date_order", date_order, (None, "dmy", "mdy")),
    ):
        if value not in allowed:
            raise data_error(f"{name}={value!r} is not known", allowed=", ".join(map(repr, allowed)))
    columns = _check_columns(columns)
    try:
        raw, notes, long_rows = _read(source, columns)
        return _to_orders(raw, notes, long_rows, columns, calendar, date_order, end)
    except UnicodeError as error:
        raise data_error(f"a cell holds text that is not valid Unicode ({error})") from None


def _to_orders(raw, notes, long_rows, columns, calendar, date_order, end):
    n = len(raw)
    found, problems = _match_columns(list(raw.columns), columns)
    if problems:
        raise _column_error(problems, raw.columns)
    if n == 0:
        raise data_error("there is no row of data under the names of the columns", allowed="at least one order")
    cells = {role: raw.iloc[:, at].reset_index(drop=True) for role, at in found.items()}

    reason = pd.Series(
        pd.Categorical([None] * n, [_EMPTY, _LONG, _NO_DATE, _NO_AMOUNT, _LATE, _DUPLICATE, _ORPHAN, _RETURNED])
    )

    def put_aside(rows, why):
        reason[rows & reason.isna()] = why

    put_aside(_empty_rows(raw), _EMPTY)
    put_aside(pd.Series(long_rows), _LONG)
    last = None if end is None else _last_day(end, date_order)
    dates, said = _dates(cells["order_date"], calendar, date_order, raw.index)
    notes += said
    put_aside(dates.isna(), _NO_DATE)

    _one_currency(cells.pop("currency", None))
    numbers = {}
    for role in ("amount", "quantity", "unit_price"):
        if role in cells:
            numbers[role], said = _numbers(cells[role], role, raw.index)
            notes += said
    quantity = numbers.get("quantity")
    if "amount" in numbers:
        amount = numbers["amount"]
    else:
        amount = quantity * numbers["unit_price"]
        notes.append("amount = quantity × unit_price: the file has no column of amounts.")
    amount = amount.where(np.isfinite(amount)) + 0.0  # -0.0 becomes 0.0
    put_aside(amount.isna(), _NO_AMOUNT)
    if last is not None:
        put_aside(dates.dt.normalize() > last, _LATE)

    customer = _ids(cells["customer_id"], "customer_id", raw.index)
    product = _ids(cells["product_id"], "product_id", raw.index) if "product_id" in cells else None
    if "order_id" in cells:
        order = _ids(cells["order_id"], "order_id", raw.index)
        carried = order[reason.isna()].dropna()
        twice = carried.index[carried.duplicated(keep=False)]
        equal = pd.Series(False, index=order.index)
        equal[twice] = _text_frame(raw.iloc[twice]).duplicated().to_numpy()
        put_aside(equal, _DUPLICATE)
    else:
        order = pd.Series(np.nan, index=range(n), dtype="str")
        notes.append("The file has no order ids: rows are numbered, and no row is taken for a duplicate.")
    numbered = pd.Series(np.arange(1, n + 1).astype(str), dtype="str")
    if "order_id" in cells and order.isna().any():
        numbered = "row " + numbered
        notes.append(f"{int((order.isna() & reason.isna()).sum()):,} used row(s) had no order id and are numbered.")

    back = amount < 0
    if quantity is not None:
        back |= quantity < 0
    amount, share, said = _apply_returns(order, customer, product, amount, back, reason, put_aside)
    notes += said

    used = reason.isna()
    keep = used & ~back
    orders = pd.DataFrame(
        {"order_id": order.fillna(numbered), "customer_id": customer, "order_date": dates, "amount": amount}
    )
    for role in FIELDS[4:]:
        if role == "quantity" and role in numbers:
            orders[role] = quantity * share
        elif role in cells:
            orders[role] = numbers[role] if role in numbers else product if role == "product_id" else _text(cells[role])
    orders = orders[keep].reset_index(drop=True)

    unused = [repr(str(name)) for at, name in enumerate(raw.columns) if at not in found.values()]
    if unused:
        notes.append("Columns not used: " + ", ".join(unused[:12]) + (" …." if len(unused) > 12 else "."))
    if len(orders):
        first, final = orders["order_date"].min(), orders["order_date"].max()
        notes.append(f"Orders from {first:%Y-%m-%d} to {final:%Y-%m-%d}.")
    aside = raw[reason.notna().to_numpy()]
    aside.insert(0, "reason", reason.dropna().astype("str").to_numpy(), allow_duplicates=True)
    groups = aside.groupby(aside.iloc[:, 0].to_numpy(), sort=False)
    reasons = pd.DataFrame(
        [(why, len(rows), list(rows.index[:5])) for why, rows in groups], columns=["reason", "rows", "first_rows"]
    ).sort_values("rows", ascending=False, ignore_index=True, kind="stable")
    audit = OrdersAudit(
        columns={role: str(raw.columns[at]) for role, at in found.items()},
        rows_read=n,
        rows_used=int(used.sum()),
        rows_set_aside=len(aside),
        rows_returned=int((used & back).sum()),
        rows_anonymous=int(orders["customer_id"].isna().sum()),
        reasons=reasons,
        set_aside=aside,
        notes=notes,
    )
    if orders.empty:
        listed = "; ".join(f"{row.reason}: {row.rows:,}" for row in reasons.itertuples())
        error = data_error(
            f"no usable order: {n:,} row(s) read, all set aside ({listed})",
            rows=aside,
            advice="see that the right columns are read: "
            + ", ".join(f"{k} <- {v!r}" for k, v in audit.columns.items()),
        )
        error.audit = audit
        raise error
    return orders, audit


# Columns ---


def _squash(name):
    """Name without case, spaces, marks and a unit in brackets: ``"Total Amount (USD)"`` -> ``"totalamount"``."""
    name = re.sub(r"\(.*?\)|\[.*?\]", "", str(name).translate(_PLAIN))
    return re.sub(r"[\W_]+", "", name).lower()


def _check_columns(columns):
    columns = dict(columns or {})
    unknown = [role for role in columns if role not in FIELDS]
    if unknown:
        raise data_error(
            f"columns= has unknown key(s) {unknown}",
            allowed=", ".join(FIELDS) + " as keys; names in the file as values",
            advice="turn the dict round if it reads {name in the file: name here}",
        )
    named = [str(name) for name in columns.values() if name is not None]
    double = sorted({name for name in named if named.count(name) > 1})
    if double:
        raise data_error(f"columns= gives two meanings to one column: {double}", allowed="one meaning a column")
    return columns


def _match_columns(names, columns):
    """Positions of the columns by role, and what stands in the way."""
    texts, keys = [str(name) for name in names], [_squash(name) for name in names]
    found, problems = {}, []
    claimed = {str(name) for name in columns.values() if name is not None}
    for role, others in SYNONYMS.items():
        if role in columns:
            hits = [i for i, text in enumerate(texts) if columns[role] is not None and text == str(columns[role])]
            if not hits and columns[role] is not None:
                problems.append(f"{role}: there is no column {columns[role]!r}")
        else:
            free = [i for i, text in enumerate(texts) if text not in claimed]
            hits = [i for i in free if texts[i] == role]
            hits = hits or [i for i in free if keys[i] == _squash(role)]
            hits = hits or [i for i in free if keys[i] in others]
        if len(hits) == 1:
            found[role] = hits[0]
        elif hits and (role in FIELDS[:4] or role in columns):
            problems.append(f"{role}: several columns fit, {[texts[i] for i in hits]}")
    missing = [role for role in ("customer_id", "order_date") if role not in found]
    if "amount" not in found and not {"quantity", "unit_price"} <= found.keys():
        missing.append("amount")
    problems += [f"{role}: no column fits" for role in missing if not any(p.startswith(role) for p in problems)]
    return found, problems


def _column_error(problems, names):
    roles = [problem.split(":")[0] for problem in problems]
    call = ", ".join(f'"{role}": "name in the file"' for role in dict.fromkeys(roles))
    return data_error(
        "columns not found: " + "; ".join(problems),
        allowed="columns of the file are " + ", ".join(repr(str(name)[:40]) for name in list(names)[:30]),
        advice=f"write read_orders(source, columns={{{call}}}); an amount may also come from quantity and unit_price, "
        "and None says that the file has no such column",
    )


# Files ---


def _read(source, columns):
    """Cells as they are, notes, and a mask of rows with too many cells."""
    if not isinstance(source, (str, Path)):
        return _from_frame(source)
    path = Path(source)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise data_error(f"the file {path.name!r} {what}", advice="check the path; it is read from the current folder")
    kind = path.suffix.lower()
    if kind in (".parquet", ".pq"):
        try:
            return _from_frame(pd.read_parquet(path))
        except DataError:
            raise
        except Exception as error:
            raise data_error(f"{path.name!r} cannot be read as Parquet ({type(error).__name__})") from error
    if kind in (".xlsx", ".xlsm"):
        return _read_excel(path, columns)
    if kind in (".csv", ".txt", ".tsv"):
        return _read_text(path, columns)
    raise data_error(
        f"{path.name!r} is of an unknown kind",
        allowed=".csv, .txt, .tsv, .xlsx, .parquet",
        advice="save it as one of these (an .xls as .xlsx), or give the frame",
    )


def _from_frame(frame):
    if not isinstance(frame, pd.DataFrame):
        import narwhals as nw

        try:
            frame = nw.from_native(frame)
            frame = (frame.collect() if isinstance(frame, nw.LazyFrame) else frame).to_pandas()
        except TypeError:
            raise data_error(
                f"orders cannot be read from a {type(frame).__name__}", allowed="a path or a frame"
            ) from None
    frame = frame.copy(deep=False)
    if isinstance(frame.columns, pd.MultiIndex):
        raise data_error("the names of the columns have several levels", allowed="one name a column")
    for at, dtype in enumerate(frame.dtypes):
        if isinstance(dtype, (pd.ArrowDtype, pd.CategoricalDtype)):
            frame.isetitem(at, frame.iloc[:, at].astype(object))
    return frame, [], np.zeros(len(frame), bool)


def _header_row(rows, columns):
    """Which of the first rows names the columns: the one in which most roles are found."""
    scores = [len(_match_columns(["" if c is None else c for c in row], columns)[0]) for row in rows]
    filled = [i for i, row in enumerate(rows) if any(c not in (None, "") for c in row)]
    return scores.index(max(scores)) if max(scores, default=0) else (filled or [0])[0]


def _with_names(table, rows, at, notes):
    """Frame under the names found in row `at`, indexed by the row of the sheet, trailing empty rows cut."""
    if at:
        notes.append(f"The names of the columns stand in row {at + 1}; the rows above were not read.")
    names = [f"column {i + 1}" if c in (None, "") else str(c).strip() for i, c in enumerate(rows[at])]
    names += [f"column {i + 1}" for i in range(len(names), table.shape[1])]
    table = table.iloc[at + 1 :]
    table.columns = names[: table.shape[1]]
    table.index = pd.RangeIndex(at + 2, at + 2 + len(table), name="row")
    filled = np.flatnonzero(~_empty_rows(table))
    return table.iloc[: filled[-1] + 1 if len(filled) else 0]


def _empty_rows(table):
    empty = np.ones(len(table), bool)
    for at in range(table.shape[1]):
        if not empty.any():
            break
        column = table.iloc[:, at]
        empty &= (column.isna() | (column == "")).to_numpy(bool)
    return empty


def _decode(data, name):
    if data[:4] == b"PK\x03\x04" or data[:4] == b"PAR1" or data[:4] == b"\xd0\xcf\x11\xe0":
        raise data_error(f"{name!r} is not text but a workbook or a Parquet file", advice="give it the right ending")
    notes, head = [], data[:4000]
    if data[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        encoding = "utf-32"
    elif data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif head.count(0) > len(head) // 5:  # every other byte of Latin text in UTF-16
        encoding = "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    else:
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", "replace")
        broken = text.count("\ufffd")
        if encoding != "utf-8-sig" or sum(c > "\x7f" for c in text) > 2 * broken:
            raise data_error(
                f"{name!r} is damaged: byte {error.start:,} is not {encoding.removesuffix('-sig')}",
                allowed="UTF-8, UTF-16 or cp1256",
                advice="export it again as UTF-8",
            ) from None
        text = data.decode("cp1256")
        notes.append("Read as cp1256 (Windows Arabic), because it is not UTF-8: look at the names in the result.")
    if "\0" in text:
        raise data_error(f"{name!r} holds NUL bytes: it is damaged or not text", advice="export it again as UTF-8")
    return text, notes


def _read_text(path, columns):
    text, notes = _decode(path.read_bytes(), path.name)
    if not text.strip():
        raise data_error(f"{path.name!r} is empty", allowed="a line of names and at least one order")
    head = text[:100_000]

    def split(sep):
        rows = list(csv.reader(io.StringIO(head, newline=""), delimiter=sep))[:15]
        at = _header_row(rows, columns)
        return len(_match_columns(rows[at], columns)[0]), len(rows[at]), sep, rows, at

    _, width, sep, rows, at = max((split(sep) for sep in "\t;,"), key=lambda found: found[:2])
    widest = max(len(row) for row in rows[: at + 1])
    for spare in (1, 50):  # one more column than named shows a row that is too long; more are tried only if needed
        try:
            table = pd.read_csv(
                io.StringIO(text), sep=sep, header=None, names=range(widest + spare), index_col=False, dtype="str",
                na_filter=False, skip_blank_lines=False, low_memory=False,
            )  # fmt: skip
            break
        except pd.errors.ParserError as error:
            problem = error
    else:
        raise data_error(
            f"{path.name!r} is not a table ({str(problem).split('C error: ')[-1].strip()})",
            advice="look at that line: a quotation mark that is not closed, or cells that hold the separator",
        ) from None
    table = _with_names(table, rows, at, notes)
    beyond = ~_empty_rows(table.iloc[:, width:])
    return table.iloc[:, :width], notes, beyond


def _read_excel(path, columns):
    import openpyxl

    def sheets(values):
        with warnings.catch_warnings():  # openpyxl warns of styles and validations that it does not keep
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=values)
            try:
                for sheet in book.worksheets:
                    sheet.reset_dimensions()  # some programs write a wrong size
                    yield sheet.title, [list(row) for row in sheet.iter_rows(values_only=True)]
            finally:
                book.close()

    try:
        book = dict(sheets(True))
    except Exception as error:  # openpyxl lets zip, XML and key errors through
        raise data_error(
            f"{path.name!r} cannot be read as a workbook ({type(error).__name__})",
            advice="open it in a spreadsheet program and save it as .xlsx without a password",
        ) from error
    filled = {title: rows for title, rows in book.items() if any(c is not None for row in rows for c in row)}
    if not filled:
        raise data_error(f"{path.name!r} is empty", allowed="a row of names and at least one order")
    headers = {title: _header_row(rows[:15], columns) for title, rows in filled.items()}
    fit = [title for title, rows in filled.items() if not _match_columns(rows[headers[title]], columns)[1]]
    if len(fit) > 1:
        raise data_error(
            f"{path.name!r} has {len(fit)} sheets of orders: {fit}",
            allowed="one sheet of orders",
            advice="give one frame: read_orders(pandas.concat(pandas.read_excel(path, sheet_name=[...]).values()))",
        )
    title = fit[0] if fit else next(iter(filled))
    rows, at, notes = filled[title], headers[title], []
    if len(filled) > 1:
        notes.append(f"Sheet {title!r} was read; not read: {[other for other in filled if other != title]}.")
    found = _match_columns(rows[at], columns)[0]
    if any(row[i] is None for row in rows[at + 1 :] for i in found.values() if i < len(row)):
        # A formula that no program has computed has no value: show its text instead of an empty cell.
        formulas = dict(sheets(False))[title]
        rows = [
            [f if v is None and isinstance(f, str) and f.startswith("=") else v for v, f in zip(row, other)]
            for row, other in zip(rows, formulas)
        ]
    table = _with_names(pd.DataFrame(rows, dtype=object), rows, at, notes)
    return table, notes, np.zeros(len(table), bool)


# Cells ---


def _cell(value):
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (date, np.datetime64)):
        return "" if value is pd.NaT else pd.Timestamp(value).isoformat()
    if isinstance(value, (float, np.floating)):
        return (
            ""
            if np.isnan(value)
            else str(int(value))
            if value.is_integer() and abs(value) < 1e15
            else repr(float(value))
        )
    return "" if value is None or value is pd.NA or value is pd.NaT else str(value)


def _text(cells):
    """Cells as stripped text; missing where there is nothing."""
    if not isinstance(cells.dtype, pd.StringDtype):
        cells = pd.Series([_cell(value) for value in cells.astype(object)], index=cells.index, dtype="str")
    text = cells.str.strip()
    return text.where(text != "")


def _text_frame(raw):
    return pd.DataFrame({at: _text(raw.iloc[:, at]) for at in range(raw.shape[1])})


def _plain(text):
    """Latin digits and no invisible marks; costs nothing where all is ASCII."""
    foreign = text.str.contains(r"[^\x00-\x7f]", na=False)
    return text.where(~foreign, text[foreign].map(lambda t: t.translate(_PLAIN).strip())) if foreign.any() else text


def _ids(cells, role, index):
    """Ids as text: Latin digits, no trailing ``.0``, missing where nothing stands."""
    text = _text(cells)
    odd = text.str.contains("[۰-۹٠-٩\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]", na=False)
    if odd.any():
        text = text.where(~odd, text[odd].map(lambda t: t.translate(_DIGITS | _INVISIBLE).strip()))
    text = text.where(~text.str.lower().isin(_MISSING))
    whole = text.str.fullmatch(r"\d+\.0", na=False)
    text = text.where(~whole, text.str.slice(0, -2)) if whole.any() else text
    lost = text.str.fullmatch(r"\d(\.\d+)?[eE]\+\d\d+", na=False)
    if lost.any():
        raise data_error(
            "ids stand in scientific notation, so digits are lost and customers may be confused",
            column=role,
            rows=_shown(cells, lost, index),
            advice="export the file again with this column formatted as text",
        )
    return text


def _shown(cells, rows, index):
    """Offending cells under their index in the source."""
    return pd.Series(cells[rows].to_numpy(object), index=index[rows.to_numpy(bool)], name=cells.name).astype(str)


def _one_currency(cells):
    if cells is None:
        return
    kinds = _plain(_text(cells)).str.lower().dropna()
    kinds = kinds.map(lambda text: _CURRENCY.get(text, text))
    if kinds.nunique() > 1:
        raise data_error(
            f"two or more currencies: {sorted(kinds.unique())[:6]}",
            column=cells.name,
            allowed="one currency in one file",
            advice="convert the amounts, or read each currency on its own",
        )


_GROUPS = r"\d{1,3}(?:,\d{2,3})*,\d{3}"  # 1,234,567 and the Indian 12,34,567
_SHAPES = {  # what one number says of the marks in its column
    "dot": rf"{_GROUPS}\.\d+|\d{{1,3}}(?:,\d{{2,3}})+,\d{{3}}|\d*\.\d+|\d+\.",
    "comma": r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}|\d*,\d+|\d+,",
    "either_dot": r"[1-9]\d{0,2}\.\d{3}",
    "either_comma": r"[1-9]\d{0,2},\d{3}",
    "sure": r"\d+|[\d.,]*٫\d+",
}


def _numbers(cells, role, index):
    """Numbers of a column as float, missing where unreadable, and notes on how marks were understood."""
    if cells.dtype.kind in "iuf" and not isinstance(cells.dtype, pd.StringDtype):
        return pd.Series(cells.to_numpy("float64", na_value=np.nan)), []
    notes, text = [], _plain(_text(cells))
    direct = pd.to_numeric(text, errors="coerce").astype("float64")
    if (direct.notna() | text.isna()).all():
        shape = text[text.str.contains(".", regex=False, na=False)].str.lstrip("+-")
        if not len(shape) or not shape.iloc[:1000].str.fullmatch(_SHAPES["either_dot"]).all():
            return direct, notes

    bare = text.str.replace(r"[\s'’٬\u200c]", "", regex=True)
    parts = bare.str.extract(r"^(\(?)([-+]?)([^\d.,٫()+-]*)([-+]?)(\d[\d.,٫]*|[.,٫]\d+)([^\d.,٫()+-]*)(-?)(\)?)$")
    before, after = (parts[at].str.lower().fillna("") for at in (2, 5))
    money = (before + after).map(lambda mark: _CURRENCY.get(mark, "" if mark == "" else None), na_action="ignore")
    readable = (
        parts[4].notna() & money.notna() & ((before == "") | (after == "")) & (parts[0].eq("(") == parts[7].eq(")"))
    )
    body = parts[4].where(readable)
    kinds = sorted(set(money[readable]) - {""})
    if len(kinds) > 1:
        raise data_error(
            f"two or more currencies in one column: {kinds}",
            column=role,
            rows=_shown(cells, readable & (money != "") & ~money.duplicated(), index),
            allowed="one currency",
            advice="convert the amounts, or read each currency on its own",
        )
    if kinds:
        notes.append(f"{role}: the unit is {kinds[0]}, as the cells say; it was not converted.")

    fits = {name: body.str.fullmatch(pattern, na=False) for name, pattern in _SHAPES.items()}
    for either, mark in (("either_dot", "dot"), ("either_comma", "comma")):
        fits[mark] &= ~fits[either]
    dot, comma = fits["dot"].any(), fits["comma"].any()
    doubt = fits["either_dot"] | fits["either_comma"]
    if dot and comma:
        both = fits["dot"] & ~fits["dot"].duplicated() | fits["comma"] & ~fits["comma"].duplicated()
        raise data_error(
            "both . and , are used as decimal marks", column=role, rows=_shown(cells, both, index),
            allowed="one decimal mark in a column", advice="write all numbers in one way, for example 1234.50",
        )  # fmt: skip
    if not dot and not comma and fits["either_dot"].any():
        if role != "quantity" or fits["either_comma"].any():
            raise data_error(
                "12.500 may be twelve and a half or twelve thousand five hundred, and no other value decides",
                column=role, rows=_shown(cells, doubt, index),
                allowed="numbers without a thousands mark",
                advice="remove the mark, or give a frame in which the column is numeric",
            )  # fmt: skip
        dot = True
    decimal, thousands = (",", ".") if comma else (".", ",")
    if body.str.contains(",", regex=False, na=False).any():
        notes.append(f"{role}: {thousands!r} was read as thousands mark and {decimal!r} as decimal mark.")
    valid = fits["sure"] | fits["dot"] | fits["comma"] | doubt
    arabic = body.str.contains("٫", regex=False, na=False)
    clean = body.where(~arabic, body.str.replace("[.,]", "", regex=True).str.replace("٫", decimal, regex=False))
    clean = clean.str.replace(thousands, "", regex=False).str.replace(decimal, ".", regex=False)
    values = pd.to_numeric(clean.where(valid), errors="coerce").astype("float64")
    minus = (parts[0] == "(") | (parts[1] == "-") | (parts[3] == "-") | (parts[6] == "-")
    values = values.where(~minus, -values)
    powers = text.str.fullmatch(r"[-+]?\d+(\.\d+)?[eE][-+]?\d+", na=False)
    return values.where(~powers, direct), notes


# Dates ---

_DATE = re.compile(
    r"""(?:(?P<y1>\d{4})[-/.\s](?P<m1>\d{1,2})[-/.\s](?P<d1>\d{1,2})
      |(?P<y2>\d{4})(?P<m2>\d\d)(?P<d2>\d\d)
      |(?P<a3>\d{1,2})[-/.\s](?P<b3>\d{1,2})[-/.\s](?P<y3>\d{4})
      |(?:[^\W\d_]+,\s*)?(?P<d4>\d{1,2})[-/.\s]*(?P<n4>[^\W\d_]+)\.?[-/,\s]*(?P<y4>\d{4})
      |(?:[^\W\d_]+,\s*)?(?P<n5>[^\W\d_]+)\.?\s*(?P<d5>\d{1,2}),?\s+(?P<y5>\d{4}))
    (?:[T,\s-]*(?P<H>\d{1,2}):(?P<M>\d\d)(?::(?P<S>\d\d)(?:[.,](?P<f>\d{1,9}))?)?
      \s*(?P<half>[AaPp]\.?[Mm]\.?|ق\.?ظ\.?|ب\.?ظ\.?)?\s*(?P<zone>Z|UTC|[+-]\d\d(?::?\d\d)?)?)?""",
    re.VERBOSE,
)
_ISO = r"(?:19|20)\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?"


def _month_names():
    from calendar import month_name

    from persiantools.jdatetime import MONTH_NAMES_FA

    names = {name[:k].lower(): i for i, name in enumerate(month_name) for k in (3, len(name)) if name} | {"sept": 9}
    return names, {name: i for i, name in enumerate(MONTH_NAMES_FA) if name}


def _split_date(text, english, persian):
    """Year, two numbers, whether their order is open, microseconds of the day, a mark; None if unreadable."""
    if re.fullmatch(r"\d{5}(\.\d+)?", text):  # a spreadsheet's count of days
        day, part = divmod(float(text), 1)
        when = pd.Timestamp("1899-12-30") + pd.Timedelta(days=day)
        return when.year, when.month, when.day, False, round(part * 86_400) * 1_000_000, "serial"
    found = _DATE.fullmatch(text)
    if not found:
        return None
    g = found.groupdict()
    clock = 0
    if g["H"]:
        hour, half = int(g["H"]), (g["half"] or "").replace(".", "").lower()
        if half and not 1 <= hour <= 12:
            return None
        if half:
            hour = hour % 12 + 12 * (half in ("pm", "بظ"))
        if hour > 23 or int(g["M"]) > 59 or int(g["S"] or 0) > 59:
            return None
        clock = (hour * 3600 + int(g["M"]) * 60 + int(g["S"] or 0)) * 1_000_000 + int((g["f"] or "0").ljust(6, "0")[:6])
    zone = "zone" if g["zone"] else ""
    for k in "12":
        if g["y" + k]:
            return int(g["y" + k]), int(g["m" + k]), int(g["d" + k]), False, clock, zone
    if g["y3"]:
        return int(g["y3"]), int(g["a3"]), int(g["b3"]), True, clock, zone
    k = "4" if g["y4"] else "5"
    year, name = int(g["y" + k]), g["n" + k].lower()
    month = persian.get(name) if year < 1600 else english.get(name)
    return None if month is None else (year, month, int(g["d" + k]), False, clock, zone)


def _jalali(days):
    from persiantools.jdatetime import JalaliDate

    def gregorian(day):
        try:
            return np.datetime64(JalaliDate(*map(int, day)).to_gregorian(), "D")
        except ValueError:
            return np.datetime64("NaT", "D")

    unique, inverse = np.unique(days, axis=0, return_inverse=True)
    return np.array([gregorian(day) for day in unique], "datetime64[D]")[inverse.ravel()]


def _dates(cells, calendar, date_order, index):
    """Days and times of a column as datetime64[us], NaT where unreadable, and notes."""
    notes = []
    if cells.dtype.kind == "M":
        if cells.dt.tz is not None:
            cells = cells.dt.tz_localize(None)
            notes.append("order_date: the time zone was left out; times are local as written.")
        years = cells.dt.year.dropna()
        if calendar != "jalali" and years.between(1900, 2100).all():
            return cells.astype("datetime64[us]"), notes
    codes, unique = pd.factorize(_text(cells))
    text = _plain(pd.Series(unique, dtype="str"))
    if calendar != "jalali" and text.str.fullmatch(_ISO).all():
        days = pd.to_datetime(text, format="ISO8601", errors="coerce").astype("datetime64[us]")
        days = days.where(days.dt.year <= 2100)
        return _spread(days, codes), notes

    names = _month_names()
    parts = [_split_date(value, *names) or (0, 0, 0, False, 0, "") for value in text]
    parts = pd.DataFrame(parts, columns=["year", "first", "second", "open", "clock", "mark"])
    open_ = parts["open"]
    high_first, high_second = open_ & (parts["first"] > 12), open_ & (parts["second"] > 12)

    def rows_with(unique_rows):
        return _shown(cells, pd.Series(np.append(unique_rows.to_numpy(), False)[codes]), index)

    if date_order is None and (high_first & ~high_second).any() and (high_second & ~high_first).any():
        both = high_first & ~high_first.duplicated() | high_second & ~high_second.duplicated()
        raise data_error(
            "day and month are swapped in some rows: a first number above 12 in some, a second one in others",
            column="order_date", rows=rows_with(both), allowed="one order in a column",
            advice='mend the file, or write date_order="dmy" or "mdy" and the others are set aside',
        )  # fmt: skip
    undecided = open_ & (parts["first"] != parts["second"])
    if date_order is None and undecided.any() and not high_first.any() and not high_second.any():
        raise data_error(
            "no value shows which number is the day and which the month",
            column="order_date", rows=rows_with(undecided), allowed="one value above 12, or date_order",
            advice='write date_order="dmy" (day first) or date_order="mdy" (month first)',
        )  # fmt: skip
    day_first = open_ & (high_first.any() if date_order is None else date_order == "dmy")
    month = parts["first"].where(~day_first, parts["second"])
    day = parts["second"].where(~day_first, parts["first"])

    jalali, christian = parts["year"].between(1250, 1500), parts["year"].between(1900, 2100)
    ymd = pd.DataFrame({"year": parts["year"], "month": month, "day": day})
    days = pd.Series(np.datetime64("NaT", "us"), index=ymd.index, dtype="datetime64[us]")
    if christian.any():
        days[christian] = pd.to_datetime(ymd[christian], errors="coerce").astype("datetime64[us]")
    if jalali.any():
        days[jalali] = _jalali(ymd[jalali].to_numpy()).astype("datetime64[us]")
    if calendar == "auto" and days[jalali].notna().any() and days[christian].notna().any():
        one = jalali & days.notna()
        other = christian & days.notna()
        raise data_error(
            "Jalali and Gregorian years stand in one column",
            column="order_date", rows=rows_with(one & ~one.duplicated() | other & ~other.duplicated()),
            allowed="one calendar in a file",
            advice='convert the file, or write calendar="jalali" or "gregorian" and the others are set aside',
        )  # fmt: skip
    if calendar != "auto":
        days[christian if calendar == "jalali" else jalali] = pd.NaT
    if days[jalali].notna().any():
        notes.append("order_date: Jalali dates were turned into Gregorian ones.")
    if open_.any():
        notes.append(f"order_date: the {'day' if day_first.any() else 'month'} stands first.")
    if (parts["mark"] == "zone").any():
        notes.append("order_date: the time zone was left out; times are local as written.")
    if (parts["mark"] == "serial").any():
        notes.append("order_date: numbers of five digits were read as a spreadsheet's count of days.")
    return _spread(days + pd.to_timedelta(parts["clock"], unit="us"), codes), notes


def _spread(days, codes):
    """Back from unique values to rows; code -1 is a missing cell."""
    values = np.append(days.to_numpy("datetime64[us]"), np.datetime64("NaT", "us"))
    return pd.Series(values[codes])


def _last_day(end, date_order):
    day, _ = _dates(pd.Series([end], dtype=object), "auto", date_order, pd.Index(["end"]))
    if day.isna().any():
        raise data_error(f"end={end!r} cannot be read as a day", allowed='a date, or text such as "2017-12-31"')
    return day.iloc[0].normalize()


# Returns ---


def _apply_returns(order, customer, product, amount, back, reason, put_aside):
    """Lower orders by the returns that carry their id; amounts, share of each row that is left, notes."""
    notes, share = [], pd.Series(1.0, index=amount.index)
    key = order
    sale = reason.isna() & ~back
    several = order[sale & order.duplicated(keep=False) & order.notna()]
    if len(several):
        owners = customer[several.index].groupby(several).nunique()
        shared = owners.index[owners > 1]
        if len(shared):
            own = order + "\x1f" + customer
            key = order.where(~order.isin(shared), own.where(customer.notna() | back, order))
            names = ", ".join(repr(name) for name in shared[:3])
            notes.append(
                f"{len(shared):,} order id(s) stand with more than one customer ({names}): "
                "each customer's rows count as an order of their own."
            )
    if not (back & reason.isna()).any():
        return amount, share, notes
    put_aside(back & ~(key.notna() & key.isin(key[sale])), _ORPHAN)
    back = back & reason.isna()
    touched = key.isin(key[back]) & key.notna() & reason.isna()
    if not touched.any():
        return amount, share, notes
    part = pd.DataFrame({"key": key, "gross": amount.where(sale, 0.0), "minus": amount.abs().where(back, 0.0)})[touched]
    part["left"] = part["gross"]
    if product is not None:
        part["product"] = product[touched]
        lines = part.groupby(["key", "product"])[["gross", "minus"]].transform("sum")
        part["left"] *= (1 - lines["minus"] / lines["gross"].where(lines["gross"] > 0)).clip(lower=0).fillna(1)
    totals = part.groupby("key")[["gross", "minus", "left"]].transform("sum")
    net = (totals["gross"] - totals["minus"]).clip(lower=0)
    part["left"] *= (net / totals["left"].where(totals["left"] > 0)).fillna(0)
    full = net <= 1e-9 * totals["gross"]
    put_aside(full.reindex(amount.index, fill_value=False), _RETURNED)
    over = part["key"][totals["minus"] > totals["gross"] * (1 + 1e-9)].nunique()
    if over:
        notes.append(f"{over:,} order(s) had more returned than bought; they count as returned in full.")
    lowered = part[~full & (part["gross"] > 0)]
    # Rounding takes away the noise of binary fractions, far below the smallest coin.
    left = lowered["left"].round(6)
    share[lowered.index] = left / lowered["gross"]
    amount = amount.copy()
    amount[lowered.index] = left
    returns = int((back & reason.isna()).sum())
    if returns:
        lower = part["key"][~full].nunique()
        notes.append(f"{returns:,} return row(s) lowered {lower:,} order(s); they have no row of their own.")
    return amount, share, notes
