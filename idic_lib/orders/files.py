"""From a file or a frame to a table of raw cells under the names of its columns, and which column is which."""

import csv
import io
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from .._guards import refuse_if, to_pandas
from ..errors import DataError, data_error
from .cells import PLAIN, WORDS

FIELDS = ("order_id", "customer_id", "order_date", "amount")
FIELDS += ("product_id", "category", "quantity", "unit_price", "channel")

# Other names, without case, spaces and marks; at most 60 together, so that a name never fits by accident. The currency
# is not kept: it is only looked at, for two currencies in one file.
SYNONYMS = WORDS["synonyms"]


def squash(name):
    """Name without case, spaces, marks and a unit in brackets: ``"Total Amount (USD)"`` -> ``"totalamount"``."""
    return re.sub(r"[\W_]+", "", re.sub(r"\(.*?\)|\[.*?\]", "", str(name).translate(PLAIN))).lower()


def check_columns(columns):
    """The argument `columns` as a dict whose keys and values make sense by themselves."""
    columns = {role: None if name is None else str(name) for role, name in dict(columns or {}).items()}
    unknown = [role for role in columns if role not in FIELDS]
    advice, allowed = "turn the dict round if it reads {name in the file: name here}", f"keys {', '.join(FIELDS)}"
    refuse_if(unknown != [], f"columns= has unknown key(s) {unknown}", allowed=allowed, advice=advice)
    named = [name for name in columns.values() if name is not None]
    double = sorted({name for name in named if named.count(name) > 1})
    refuse_if(double != [], f"columns= gives two meanings to one column: {double}", allowed="one meaning a column")
    return columns


def match_columns(names, columns):
    """Position of each role's column among `names`, and a list of what is missing or in doubt."""
    texts, keys = [str(name) for name in names], [squash(name) for name in names]
    found, problems = {}, []
    for role, others in SYNONYMS.items():
        if role in columns:
            hits = [i for i, text in enumerate(texts) if text == columns[role]]
            if columns[role] is not None and not hits:
                problems.append(f"{role}: there is no column {columns[role]!r}")
        else:
            free = [(i, text, keys[i]) for i, text in enumerate(texts) if text not in columns.values()]
            exact = [i for i, text, _ in free if text == role] or [i for i, _, key in free if key == squash(role)]
            hits = exact or [i for i, _, key in free if key in others]
        if len(hits) == 1:
            found[role] = hits[0]
        elif hits and (role in FIELDS[:4] or role in columns):
            problems.append(f"{role}: several columns fit, {[texts[i] for i in hits]}")
    need = {"order_date", "amount"} | ({"customer_id"} if columns.get("customer_id", "") is not None else set())
    need -= found.keys()
    if {"quantity", "unit_price"} <= found.keys():
        need.discard("amount")
    problems += [f"{role}: no column fits" for role in sorted(need) if not any(p.startswith(role) for p in problems)]
    return found, problems


def column_error(problems, names):
    """The error for columns that were not found, with the call to write."""
    call = ", ".join(f'"{role}": "name in the file"' for role in dict.fromkeys(p.split(":")[0] for p in problems))
    return data_error(
        "columns not found: " + "; ".join(problems),
        allowed="the columns of the file are " + ", ".join(repr(str(name)[:40]) for name in list(names)[:30]),
        advice=f"write read_orders(source, columns={{{call}}}); an amount may also come from quantity and unit_price, "
        "and None as a name says that the file has no such column",
    )


def read_cells(source, columns):
    """Raw cells (text, or typed as in the frame or workbook), notes, and a mask of rows with too many cells."""
    if not isinstance(source, (str, Path)):
        return _from_frame(source)
    path, kind = Path(source), Path(source).suffix.lower()
    problem = f"the file {path.name!r} {'is a folder' if path.is_dir() else 'does not exist'}"
    refuse_if(not path.is_file(), problem, advice="check the path; it is read from the current folder")
    readers = {".csv": _read_text, ".txt": _read_text, ".tsv": _read_text, ".xlsx": _read_excel, ".xlsm": _read_excel}
    readers |= dict.fromkeys([".parquet", ".pq"], lambda path, columns: _from_frame(pd.read_parquet(path)))
    problem = f"{path.name!r} is of an unknown kind"
    advice = "save it as one of these (an .xls as .xlsx), or give the frame"
    refuse_if(kind not in readers, problem, allowed=", ".join(readers), advice=advice)
    try:
        return readers[kind](path, columns)
    except (DataError, UnicodeError, MemoryError):
        raise
    except Exception as error:  # the readers of workbooks and Parquet let zip, XML, key and Arrow errors through
        advice = "open it in the program that wrote it and save it again, without a password"
        raise data_error(f"{path.name!r} cannot be read as {kind} ({type(error).__name__})", advice=advice) from error


def _from_frame(frame):
    problem = f"orders cannot be read from a {type(frame).__name__}"
    frame = to_pandas(frame, problem, allowed="a path or a frame").copy(deep=False)
    several = isinstance(frame.columns, pd.MultiIndex)
    refuse_if(several, "the names of the columns have several levels", allowed="one name a column")
    for at, dtype in enumerate(frame.dtypes):
        if isinstance(dtype, (pd.ArrowDtype, pd.CategoricalDtype)):
            frame.isetitem(at, frame.iloc[:, at].astype(object))
    return frame, [], np.zeros(len(frame), bool)


def _header_row(rows, columns):
    """Which of the first rows names the columns: the one in which most roles are found, else the first filled one."""
    scores = [len(match_columns(["" if c is None else c for c in row], columns)[0]) for row in rows]
    filled = [i for i, row in enumerate(rows) if any(c not in (None, "") for c in row)]
    return scores.index(max(scores)) if max(scores) else filled[0] if filled else 0


def _with_names(table, rows, at, notes):
    """Table under the names found in row `at`, indexed by the row of the sheet; trailing empty rows are cut."""
    if at:
        notes.append(f"The names of the columns stand in row {at + 1}; the rows above were not read.")
    names = [str(cell).strip() if cell is not None else "" for cell in rows[at]] + [""] * table.shape[1]
    table = table.iloc[at + 1 :]
    table.columns = [names[i] or f"column {i + 1}" for i in range(table.shape[1])]
    table.index = pd.RangeIndex(at + 2, at + 2 + len(table), name="row")
    filled = np.flatnonzero(~empty_rows(table))
    return table.iloc[: filled[-1] + 1 if len(filled) else 0]


def empty_rows(table):
    """Mask of the rows in which no cell holds anything."""
    rows = np.arange(len(table))
    for at in range(table.shape[1]):
        column = table.iloc[rows, at]
        rows = rows[(column.isna() | (column == "")).to_numpy(bool)]
    return np.isin(np.arange(len(table)), rows)


def _decode(data, name):
    head, other = data[:4000], data[:4] in (b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0")
    advice = "give it its right ending: .xlsx, .parquet"
    refuse_if(other, f"{name!r} is not text but a workbook or a Parquet file", advice=advice)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif head.count(0) > len(head) // 5:  # every other byte of Latin text in UTF-16
        encoding = "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    else:
        encoding = "utf-8-sig"
    notes, allowed, advice = [], "UTF-8, UTF-16 or cp1256", "export the file again as UTF-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", "replace")
        # Text in cp1256 is hardly ever UTF-8 by chance; much good UTF-8 with a few bad bytes is a damaged file.
        if encoding != "utf-8-sig" or sum(c > "\x7f" for c in text) > 2 * text.count("\ufffd"):
            problem = f"{name!r} is damaged: byte {error.start:,} is not {encoding.removesuffix('-sig')}"
            raise data_error(problem, allowed=allowed, advice=advice) from None
        text = data.decode("cp1256")
        notes.append("Read as cp1256 (Windows Arabic), because it is not UTF-8: look at the names in the result.")
    refuse_if("\0" in text, f"{name!r} holds NUL bytes: it is damaged or not text", allowed=allowed, advice=advice)
    return text, notes


def _read_text(path, columns):
    text, notes = _decode(path.read_bytes(), path.name)
    refuse_if(not text.strip(), f"{path.name!r} is empty", allowed="a line of names and at least one order")

    def head(sep):
        rows = list(csv.reader(io.StringIO(text[:100_000], newline=""), delimiter=sep))[:15]
        at = _header_row(rows, columns)
        return len(match_columns(rows[at], columns)[0]), len(rows[at]), sep, rows, at

    _, width, sep, rows, at = max((head(sep) for sep in ",;\t"), key=lambda found: found[:2])
    widest = max(len(row) for row in rows[: at + 1])
    for spare in (1, 50):  # one column more than named shows a row that is too long; more are tried only if needed
        try:
            table = pd.read_csv(
                io.StringIO(text), sep=sep, header=None, names=range(widest + spare), index_col=False, dtype="str",
                na_filter=False, skip_blank_lines=False, low_memory=False,
            )  # fmt: skip
            break
        except pd.errors.ParserError as error:
            problem = f"{path.name!r} is not a table ({str(error).split('C error: ')[-1].strip()})"
    else:
        advice = "look at that line: a quotation mark that is not closed, or a cell that holds the separator"
        raise data_error(problem, advice=advice)
    table = _with_names(table, rows, at, notes)
    return table.iloc[:, :width], notes, ~empty_rows(table.iloc[:, width:])


def _read_excel(path, columns):
    def sheets(**options):
        with warnings.catch_warnings():  # openpyxl warns of styles and validations that it does not keep
            warnings.simplefilter("ignore")
            return pd.read_excel(path, sheet_name=None, header=None, dtype=object, na_filter=False, **options)

    book = {title: table for title, table in sheets().items() if table.size}
    refuse_if(not book, f"{path.name!r} is empty", allowed="a row of names and at least one order")
    heads = {title: table.head(15).to_numpy().tolist() for title, table in book.items()}
    headers = {title: _header_row(rows, columns) for title, rows in heads.items()}
    fit = [title for title, rows in heads.items() if not match_columns(rows[headers[title]], columns)[1]]
    advice = "give one frame: read_orders(pandas.concat(pandas.read_excel(path, sheet_name=[...]).values()))"
    refuse_if(len(fit) > 1, f"{path.name!r} has {len(fit)} sheets of orders: {fit}", allowed="one", advice=advice)
    title = (fit or list(book))[0]
    table, rows, at, notes = book[title], heads[title], headers[title], []
    if len(book) > 1:
        notes.append(f"Sheet {title!r} was read; not read: {[other for other in book if other != title]}.")
    if (table.iloc[at + 1 :, list(match_columns(rows[at], columns)[0].values())] == "").any(axis=None):
        # A formula that no program has computed has no value: its text says more than an empty cell.
        formulas = sheets(engine_kwargs={"data_only": False})[title].reindex_like(table)
        table = table.mask((table == "") & formulas.map(lambda cell: str(cell).startswith("=")), formulas)
    table = _with_names(table, rows, at, notes)
    return table, notes, np.zeros(len(table), bool)
