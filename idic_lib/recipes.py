"""Exports of shops, as their programs write them, and databases -> orders and an audit of every row.

`read_export` knows a few layouts and hands over to `orders.read_orders`, so the contract and the audit are the same.
"""

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ._guards import choice, refuse_if
from .errors import DataError, data_error
from .orders import OrdersAudit, read_orders
from .orders.cells import PLAIN, WORDS, to_dates, to_numbers, to_text
from .orders.files import FIELDS, check_columns, match_columns, read_cells, squash

__all__ = ["read_export", "read_mapping"]

# Names of columns without case, spaces and units, the preferred one first; what a status says of an order; codes that
# are no products. Where each was seen is told in YOUR_DATA.md.
_KNOWN = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
_LAYOUTS = ("auto", "plain", "shopify", "woocommerce", "online_retail", "persian_shop")
_UNITS = {word: unit for unit, words in WORDS["currencies"].items() for word in words if len(word) > 2}
_TOTALS = r"(?:(?:grand |sub)?totals?|sum|(?:جمع|مجموع)(?: ?کل)?(?: ?(?:صفحه|فروش))?)\s*:?"
_SPACE = re.compile(r"[\s()\[\]_\-–/:,]+")
_SQLITE = (".sqlite", ".sqlite3", ".db")


def read_export(source, *, layout="auto", columns=None, calendar="auto", date_order=None, end=None, query=None):
    """Read orders from the export of a shop, a database or any file or frame that `read_orders` reads.

    Parameters
    ----------
    source : path, DataFrame or SQLAlchemy connectable
        What `read_orders` takes; also a database ``.sqlite``, ``.db`` or ``.duckdb``, opened for reading only.
    layout : {"auto", "plain", "shopify", "woocommerce", "online_retail", "persian_shop"}
        "auto" recognises a layout by its columns and says so in ``audit.notes``; "plain" is `read_orders`.
    columns, calendar, date_order, end
        As in `read_orders`; `columns` goes before what the layout knows.
    query : str, optional
        One SELECT whose answer is read instead; in a file that is no database, the table is called ``orders`` and all
        its columns are text. Without it, a database must hold one table.

    Returns
    -------
    orders : DataFrame
        As from `read_orders`.
    audit : OrdersAudit
        The same, for all rows of the source: rows read = rows used + rows set aside, where the layout adds its own
        reasons ("cancelled", "not paid", "test order", "shipping or fee line", "adjustment", "zero price", "not a
        sale", "totals row").

    Raises
    ------
    DataError
        As `read_orders`; also if the layout that was asked for is not in the file, if two units of money are named, or
        if the query fails.

    Notes
    -----
    *Shopify*: one row a line of an order; the lines share `Subtotal` (after discounts, before shipping and tax) by
    price × quantity, less the share of `Total` that was refunded. *WooCommerce*: `order_total` less `refunded_total`,
    shared equally by the rows of an order; in the file of the analytics page refunds are rows of their own.
    *Online Retail*: a C-invoice lowers the latest earlier invoice of the same customer with at least as many pieces of
    the product; where there is none it is set aside. *Persian shop*: rows of type برگشت are returns of the order that
    their column of references names. Amounts are never converted: ریال stays ریال, and a note says so.

    Where no column is named as one of customers, a single one of e-mail addresses, cards or telephones takes its place;
    a file without any is read without customers. Words such as "guest" or متفرقه for a customer are nobody. Notes
    say each of these.
    """
    choice(layout, _LAYOUTS, "layout")
    choice(calendar, ("auto", "jalali", "gregorian"), "calendar")
    choice(date_order, (None, "dmy", "mdy"), "date_order")
    source, notes = _ask(source, query)
    columns = check_columns(columns)
    try:
        raw, said, long_rows = read_cells(source, columns)
        table, labels = raw.reset_index(drop=True), raw.index if raw.index.is_unique else pd.RangeIndex(len(raw))
        why = pd.Series(np.where(long_rows, "more cells than columns", ""), dtype="str")
        name, found = _recognise(table.columns, layout, columns)
        file = _File(table, labels, found, why, notes + said, (calendar, date_order))
        file.check_unit()
        if name != "shopify":  # where most lines of an order have no date
            file.set_totals_aside()
        if name != "plain":
            file.notes.append(f"Layout: {name}{', recognised by its columns' if layout == 'auto' else ''}.")
            table, columns = _apply(name, file, columns)
        options = columns | _tell_apart(table, columns, file.notes), calendar, date_order, end
        return _account(table.set_axis(labels), raw.set_axis(labels), file.why, file.notes, options)
    except UnicodeError as error:
        raise data_error(f"a cell holds text that is not valid Unicode ({error.reason})") from None


def _account(frame, raw, why, notes, options):
    """Orders of the rows without a reason in `why`, and the audit of all rows."""
    keep, orders, part = (why == "").to_numpy(), None, OrdersAudit({}, 0, 0, 0, 0, 0, None, None)
    try:
        orders, part = read_orders(frame if keep.all() else frame[keep], *options)
    except DataError as error:
        if raw.empty or (keep.any() and not hasattr(error, "audit")):
            raise
        part = getattr(error, "audit", part)
    why = why.astype(object).set_axis(raw.index)
    if part.set_aside is not None:
        why[part.set_aside.index] = part.set_aside["reason"].to_numpy()
    why = why[why != ""]
    aside = raw.loc[why.index]
    aside.insert(0, "reason", why.to_numpy(), allow_duplicates=True)
    groups = sorted(((said, len(rows), list(rows.index[:5])) for said, rows in why.groupby(why)), key=lambda g: -g[1])
    reasons = pd.DataFrame(groups, columns=["reason", "rows", "first_rows"])
    audit = replace(part, rows_read=len(raw), rows_set_aside=len(aside), reasons=reasons, set_aside=aside,
                    notes=notes + [note for note in part.notes if note not in notes])  # fmt: skip
    if orders is None:
        listed = "; ".join(f"{said}: {rows:,}" for said, rows, _ in groups)
        advice = 'see whether these rows should be orders; if so, give layout="plain", or name other columns'
        problem = f"no usable order: all {len(raw):,} row(s) are set aside ({listed})"
        error = data_error(problem, rows=aside, advice=advice)
        error.audit = audit
        raise error
    if late := int((orders["order_date"] > pd.Timestamp.now()).sum()):
        audit.notes.append(f"{late:,} row(s) are dated after today: mend them, or give the last day as end.")
    return orders, audit


def _key(name):
    """Name of a column without case, spaces, marks, brackets and the words of a unit."""
    words = _SPACE.split(re.sub(r"\(.*?\)|\[.*?\]", " ", str(name).translate(PLAIN)).lower())
    return squash("".join(word for word in words if word not in _UNITS and word not in {*_KNOWN["multiples"], "به"}))


def _recognise(names, layout, columns):
    """Name of the layout and position of each of its roles; those that `columns` names go first."""
    texts = [str(name) for name in names]
    keys = ["" if "(formatted)" in text or text in columns.values() else _key(text) for text in texts]
    lacking = {}
    for name, spec in _KNOWN["layouts"].items():
        if layout not in ("auto", name.split()[0]):
            continue
        fits = {role: next((key for key in known if key in keys), None) for role, known in spec["columns"].items()}
        free = {role: fit for role, fit in fits.items() if fit and role not in columns}
        places = {role: [at for at, key in enumerate(keys) if key == fit] for role, fit in free.items()}
        places |= {role: [texts.index(text)] for role, text in columns.items() if text in texts}
        found = {role: at[0] for role, at in places.items()}
        lacking[name] = set(spec["need"]) - found.keys()
        if {"quantity", "unit_price"} <= found.keys():
            lacking[name].discard("amount")
        if not lacking[name] and (layout != "auto" or fits["order_date"] or fits["amount"]):
            twice = {r: [texts[i] for i in at] for r, at in places.items() if len(at) > 1 and r in spec["need"]}
            refuse_if(twice, f"several columns fit: {twice}", advice="name one of them in columns")
            return name, found
    refuse_if(layout not in ("auto", "plain"), f"columns of the layout {layout!r} are not in the file: {lacking}",
              allowed="the columns of the file are " + ", ".join(repr(text[:40]) for text in texts[:30]),
              advice='name them in columns, or give layout="auto"')  # fmt: skip
    return "plain", match_columns(names, columns)[0]


@dataclass
class _File:
    """What is read of a file, and what becomes of its rows: `why` is empty for those that are used."""

    table: pd.DataFrame
    labels: pd.Index
    found: dict
    why: pd.Series
    notes: list
    reading: tuple

    def cells(self, role):
        nothing = pd.Series(np.nan, self.table.index, "str")
        return self.table.iloc[:, self.found[role]] if role in self.found else nothing

    def text(self, role):
        return to_text(self.cells(role))

    def number(self, role):
        values, said = to_numbers(self.cells(role), role, self.labels)
        self.notes += [note for note in said if note not in self.notes]
        return values

    def title(self, role):
        return repr(str(self.table.columns[self.found[role]]))

    def put(self, rows, reason):
        self.why[rows.eq(True).to_numpy(bool) & (self.why == "").to_numpy()] = reason

    def set_totals_aside(self):
        undated = self.table[self.text("order_date").isna().to_numpy(bool) if "order_date" in self.found else []]
        for at in range(undated.shape[1] if len(undated) else 0):
            total = to_text(undated.iloc[:, at]).str.fullmatch(_TOTALS, case=False)
            self.put(total.reindex(self.table.index), "totals row")

    def check_unit(self):
        """Refuses two units in header, column of currencies and cells; tells the one that is there."""
        role, units = next((role for role in ("amount", "unit_price") if role in self.found), None), {}
        if role:
            words = _SPACE.split(self.title(role).strip("'").translate(PLAIN).lower())
            at = [i for i, word in enumerate(words) if word in _UNITS]
            times = _KNOWN["multiples"].get(words[at[0] - 1], "") if at and at[0] else ""
            units = {f"the header {self.title(role)} says": times + _UNITS[words[i]] for i in at[:1]}
        for name in self.text("currency").dropna().unique()[:1] if "currency" in self.found else ():
            units[f"the column {self.title('currency')} says"] = _UNITS.get(name.translate(PLAIN).lower(), name)
        if role and units:
            in_cells = re.findall(r"the unit is (\S+),", " ".join(to_numbers(self.cells(role), role, self.labels)[1]))
            units |= dict.fromkeys(["the cells say"] * len(in_cells), *in_cells)
        listed = "; ".join(f"{unit}, as {who}" for who, unit in units.items())
        refuse_if(len(set(units.values())) > 1, f"two or more currencies: {listed}", allowed="one currency in a file",
                  advice="see which is right and mend the header or the cells")  # fmt: skip
        if units and "the cells say" not in units:  # of the cells `read_orders` tells
            self.notes.append(f"amount: the unit is {listed}; it was not converted.")


def _apply(name, file, columns):
    """Frame with what a layout computes, and its columns of the contract."""
    found, made = file.found, _MAKERS[name](file)
    if "customer_id" in found and _key(file.title("customer_id")) in _KNOWN["names_of_people"]:
        said = f"customer_id: customers are told apart by {file.title('customer_id')}"
        file.notes.append(f"{said}; if these are names, two people of one name count as one.")
    frame, roles = file.table.copy(deep=False), {role: str(file.table.columns[at]) for role, at in found.items()}
    for role, values in made.items():
        if role in found and role != "amount":
            frame.isetitem(found[role], values.to_numpy())
        elif role not in columns or role in found:
            frame[values.name] = values.to_numpy()
            roles[role] = values.name
    if "currency" in found:  # the one name by which `read_orders` knows it
        frame = frame.rename(columns={roles["currency"]: "currency"})
    helpers = {text for role, text in roles.items() if role not in (*FIELDS, "currency", "line")}
    if helpers:
        file.notes.append(f"Also read for the layout: {', '.join(map(repr, sorted(helpers)))}.")
    return frame.drop(columns=list(helpers)), {role: roles.get(role) for role in FIELDS} | {
        role: text for role, text in columns.items() if role not in found}  # fmt: skip


def _tell_apart(table, columns, notes):
    """The column of customers where none is named as one; in `table`, e-mail in small letters and nobody left empty."""
    found, problems = match_columns(table.columns, columns)
    at = found.get("customer_id")
    if problems == ["customer_id: no column fits"]:
        keys = ["" if str(name) in columns.values() else squash(name) for name in table.columns]
        at = next((keys.index(key) for key in _KNOWN["contacts"] if keys.count(key) == 1), None)
        columns = {"customer_id": None if at is None else str(table.columns[at])}
        notes.append(_KNOWN["customers"][at is not None].format(columns["customer_id"]))
    if at is not None and table.dtypes.iloc[at].kind not in "iuf":
        who = to_text(table.iloc[:, at])
        who = who.str.lower() if who.str.contains("@", na=False).any() else who  # one box, however it is typed
        nobody = who.isin([name for name in who.unique() if squash(name) in _KNOWN["nobody"]])
        table.isetitem(at, who.mask(nobody))
        if said := str(list(who[nobody].unique()[:5]))[1:-1]:
            notes.append(f"customer_id: {nobody.sum():,} row(s) say {said} for a customer; they count as unknown.")
    return columns


def _states(file, down=lambda values: values):
    """Sets aside what its status excludes; mask of the orders that the status calls refunded."""
    text = down(file.text("status")).where((file.why == "").to_numpy())
    state = text.str.removeprefix("wc-").map(squash, na_action="ignore")
    for reason in ("cancelled", "not paid"):
        file.put(state.isin(_KNOWN["statuses"][reason]), reason)
    other = text[state.notna() & ~state.isin(sum(_KNOWN["statuses"].values(), []))].value_counts()
    if len(other):
        listed = ", ".join(f"{said!r} ({rows:,})" for said, rows in other.head(5).items())
        file.notes.append(f"Statuses that the layout does not know; their rows are used: {listed}.")
    return state.isin(_KNOWN["statuses"]["refunded"])


def _less(file, gross, total, refunded, called, order):
    """Amounts of rows less the share of their order's total that was refunded; all of it if only the status says so."""
    refunded = refunded.fillna(0).abs()
    share = (1 - refunded / total.where(total > 0)).clip(0, 1).fillna(1.0).mask(called & (refunded == 0), 0.0)
    file.put(share <= 1e-9, "returned in full")
    some = ((share < 1) & (file.why == "").to_numpy()).to_numpy()
    if some.any():
        file.notes.append(f"{order[some].nunique():,} order(s) were lowered by a refund in part.")
    return (gross * share).round(6)


def _shopify(file):
    name, first = file.text("order_id").ffill(), file.text("status").notna()
    first |= name != name.shift()  # the other lines of an order leave most columns empty
    block = first.cumsum()

    def down(values):
        return values.where(first).groupby(block).transform("first")

    file.put(block.map(name[first].set_axis(block[first]).duplicated()), "duplicate")
    file.put(down(file.text("payment")).str.contains("bogus", case=False), "test order")
    file.put(down(file.text("tags")).str.contains(r"\btest\b", case=False), "test order")
    file.put(down(file.text("cancelled")).notna(), "cancelled")
    called = _states(file, down)
    gross, subtotal = file.number("quantity") * file.number("unit_price"), down(file.number("subtotal"))
    whole = gross.groupby(block).transform("sum")
    net = (gross * subtotal / whole.where(whole > 0)).fillna(gross)
    total = down(file.number("total")).fillna(subtotal)
    amount = _less(file, net, total, down(file.number("refunded")), called, name)
    said = "amount: the lines of an order share its Subtotal (after discounts, before shipping and tax), less the share"
    file.notes.append(f"{said} of its Total that was refunded.")
    copied = {"customer_id", "order_date", "channel", "currency"} & file.found.keys()
    made = {role: down(file.text(role)) for role in copied}
    # So that equal lines of one order are no duplicates.
    line = (block.groupby(block).cumcount() + 1).rename("line of the order")
    return made | {"order_id": name, "line": line, "amount": amount.rename("share of Subtotal, less refunds")}


def _woocommerce(file):
    file.put(file.table.astype("str").duplicated(), "duplicate")
    order, total = file.text("order_id").where((file.why == "").to_numpy()), file.number("amount")
    called = _states(file)
    rows = order.groupby(order).transform("size").where(total.groupby(order).transform("nunique") == 1, 1)
    if (rows > 1).any():
        file.notes.append("amount: the rows of an order repeat its total; each takes an equal share.")
    file.notes.append("amount: what the customer paid, with shipping and tax, less what was refunded.")
    amount = _less(file, total / rows, total, file.number("refunded"), called, order)
    who = file.text("customer_id")  # 0 is the number of all guests
    return {"amount": amount.rename("order_total less refunds"), "customer_id": who.where(who != "0")}


def _analytics(file):
    order, lowered = file.text("order_id"), file.number("amount") < 0
    file.put(_states(file) & ~order.isin(order[lowered]), "returned in full")
    return {}


def _online_retail(file):
    invoice, product, pieces = file.text("order_id"), file.text("product_id").str.upper(), file.number("quantity")
    about = file.text("description")
    file.put(invoice.str.match("[aA]") | about.str.contains("bad debt", case=False, na=False), "adjustment")
    for reason, codes in _KNOWN["online_retail"].items():
        file.put(product.isin(codes), reason)
    file.put(file.number("unit_price") == 0, "zero price")
    day = to_dates(file.cells("order_date"), *file.reading, file.labels)[0]
    lines = pd.DataFrame({"who": file.text("customer_id"), "product": product, "invoice": invoice, "day": day,
                          "pieces": pieces, "row": file.table.index})  # fmt: skip
    lines, key = lines[(file.why == "").to_numpy()].dropna(subset="who"), ["who", "product", "invoice"]
    back = lines["invoice"].str.match("[cC]", na=False).astype(bool)
    sold = lines[~back & (lines["pieces"] > 0)].groupby(key, as_index=False).agg({"day": "first", "pieces": "sum"})
    pairs = lines[back].merge(sold, on=key[:2], suffixes=("", "_sold")).sort_values(["day_sold", "invoice_sold"])
    pairs = pairs[(pairs["day_sold"] <= pairs["day"]) & (pairs["pieces_sold"] >= -pairs["pieces"])]
    pairs = pairs.drop_duplicates("row", keep="last").sort_values(["day", "row"])
    given_back = -pairs.groupby(["who", "product", "invoice_sold"])["pieces"].cumsum()
    pairs = pairs[given_back <= pairs["pieces_sold"]]
    file.notes.append(f"{len(pairs):,} row(s) of C-invoices lower the latest earlier invoice of their customer with as "
                      "many pieces of the product.")  # fmt: skip
    invoice[pairs["row"]] = pairs["invoice_sold"].to_numpy()
    return {"order_id": invoice}


def _persian(file):
    kind, order, made = file.text("type").str.translate(PLAIN), file.text("order_id"), {}
    file.put(kind.str.contains("خرید"), "not a sale")
    file.put(kind.str.contains("پیش.?فاکتور"), "not paid")
    back = kind.str.contains("برگشت|مرجوع").eq(True)
    role = "amount" if "amount" in file.found else "quantity"
    values = file.number(role)
    if back.any():
        made[role] = values.where(~back, -values.abs()).rename(f"{role}, returns negative")
        made["order_id"] = file.text("reference").where(back).fillna(order)
    file.put(_states(file) & ~back & ~order.isin(order[values < 0]), "returned in full")
    if file.text("discount").notna().any():
        file.notes.append("amount: the column of discounts was not subtracted; the amount is read as it stands.")
    return made


_MAKERS = {"shopify": _shopify, "woocommerce": _woocommerce, "woocommerce analytics": _analytics,
           "online_retail": _online_retail, "persian_shop": _persian}  # fmt: skip


def _ask(source, query):
    """The answer of a query, or the one table of a database, as a frame, and a note; any other source as it is."""
    path = Path(source) if isinstance(source, (str, Path)) else None
    kind = path.suffix.lower() if path else ""
    if query is None and kind not in (*_SQLITE, ".duckdb"):
        return source, []
    refuse_if(path and not path.is_file(), f"the file {path and path.name!r} does not exist", advice="check the path")
    try:
        if type(source).__module__.startswith("sqlalchemy"):
            from sqlalchemy import text

            return pd.read_sql_query(text(query), source), [f"Read by SQL: {query}"]
        if kind in _SQLITE:
            tables = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
            with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
                query = query or _only_table(pd.read_sql_query(tables, base)["name"], path)
                return pd.read_sql_query(query, base), [f"Read by SQL: {query}"]
        import duckdb

        with duckdb.connect(str(path), read_only=True) if kind == ".duckdb" else duckdb.connect() as base:
            if kind != ".duckdb":
                cells = read_cells(source, {})[0]
                base.register("orders", pd.DataFrame({name: to_text(column) for name, column in cells.items()}))
            base.execute("SET enable_external_access = false")  # a query reads this source and writes nothing
            tables = "SELECT table_name AS name FROM information_schema.tables"
            query = query or _only_table(base.execute(tables).df()["name"], path)
            return base.execute(query).df(), [f"Read by SQL: {query}"]
    except DataError:
        raise
    except Exception as error:  # each engine has its own
        problem = f"the query cannot be run ({type(error).__name__}: {' '.join(str(error).split())[:200]})"
        raise data_error(problem, allowed="one SELECT from a database, or from orders in a file") from error


def _only_table(names, path):
    advice = "say in query= which rows to read: SELECT ... FROM ..."
    refuse_if(len(names) != 1, f"{path.name!r} holds {len(names)} tables: {list(names[:20])}", advice=advice)
    return f'SELECT * FROM "{names[0]}"'


def read_mapping(path):
    """Read a mapping file: what a reader says of an orders file, in YAML.

    Parameters
    ----------
    path : path
        UTF-8 text with some of the keys ``columns`` (column of the contract: name in the file, empty for none),
        ``layout``, ``calendar``, ``date_order``, ``end``, ``query`` (as in `read_export`), ``currency`` (text),
        ``time_unit`` (D, W, M or Y), ``horizon`` (months), ``discount_rate`` (a year, as 0.10), ``margin`` (share of
        the amount).

    Returns
    -------
    dict
        The keys that the file has, checked; dates stay text, so that a Jalali day is read as one.

    Raises
    ------
    DataError
        If the file is no mapping, or a key or a value is not allowed; the message names the key.
    """
    import yaml

    path = Path(path)
    refuse_if(not path.is_file(), f"the mapping file {path.name!r} does not exist")

    class Loader(yaml.SafeLoader):  # without dates: 1402-02-31 is a day, but none of the Gregorian calendar
        yaml_implicit_resolvers = {letter: [rule for rule in rules if not rule[0].endswith(":timestamp")]
                                   for letter, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()}  # fmt: skip

    try:
        mapping = yaml.load(path.read_text(encoding="utf-8-sig"), Loader)
    except (yaml.YAMLError, ValueError) as error:
        problem = f"the mapping file {path.name!r} is not YAML in UTF-8: {' '.join(str(error).split())[:200]}"
        raise data_error(problem, allowed="lines such as currency: toman") from None
    mapping = {} if mapping is None else mapping
    refuse_if(not isinstance(mapping, dict), f"{path.name!r} is no mapping", allowed="lines such as currency: toman")
    unknown = [key for key in mapping if key not in _KEYS]
    refuse_if(unknown != [], f"the mapping file has unknown key(s) {unknown}", allowed=", ".join(_KEYS))
    for key, value in mapping.items():
        rule, number = _KEYS[key], isinstance(value, (int, float)) and not isinstance(value, bool)
        if isinstance(rule, type):
            good = isinstance(value, rule) and value != ""
            allowed = "a text" if rule is str else "indented lines, as order_date: Day"
        elif isinstance(rule[0], str):
            good, allowed = value in rule, ", ".join(rule)
        else:
            good, allowed = number and rule[0] <= value <= rule[1], f"a number from {rule[0]} to {rule[1]}"
        refuse_if(not good, f"the mapping file says {key}: {value!r}"[:300], allowed=f"for {key}, {allowed}")
    return mapping | ({"columns": check_columns(mapping["columns"])} if "columns" in mapping else {})


_KEYS = {"columns": dict, "layout": _LAYOUTS, "calendar": ("auto", "jalali", "gregorian"), "date_order": ("dmy", "mdy"),
         "end": str, "currency": str, "query": str, "time_unit": ("D", "W", "M", "Y"), "horizon": (1, 120),
         "discount_rate": (0, 0.99), "margin": (0.001, 1)}  # fmt: skip
