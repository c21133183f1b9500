"""Cells as people type them -> ids, numbers and dates; a column is understood as a whole or refused."""

import json
import re
from datetime import date
from numbers import Number
from pathlib import Path

import numpy as np
import pandas as pd

from .._guards import refuse_if

# Synonyms of columns, one word for each way of writing a currency (what is not here makes an amount unreadable), what
# stands for a missing id, and names of months: all without spaces and case.
WORDS = json.loads(Path(__file__).with_name("words.json").read_text(encoding="utf-8"))
_CURRENCY = {text: unit for unit, texts in WORDS["currencies"].items() for text in texts}
# Marks that steer the direction of writing are invisible and stand in many exported cells.
_MARKS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "0123456789" * 2, _MARKS)
PLAIN = _DIGITS | str.maketrans("يك−،", "یک-,")


def _cell(value):
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, (date, np.datetime64)):
        return pd.Timestamp(value).isoformat()
    if isinstance(value, (float, np.floating)):
        whole = float(value).is_integer() and abs(value) < 1e15
        return "" if np.isnan(value) else str(int(value)) if whole else repr(float(value))
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def to_text(cells):
    """Cells as stripped text; missing where there is nothing."""
    if not isinstance(cells.dtype, pd.StringDtype):
        if cells.dtype.kind in "iu":
            return cells.astype("str")
        cells = pd.Series([_cell(value) for value in cells.astype(object)], index=cells.index, dtype="str")
    text = cells.str.strip()
    return text.where(text != "")


def _translated(text, table):
    foreign = text.str.contains(r"[^\x00-\x7f]", na=False)
    return text.where(~foreign, text[foreign].map(lambda t: t.translate(table).strip())) if foreign.any() else text


def _first_of(*masks):
    return np.isin(np.arange(len(masks[0])), [int(np.argmax(mask)) for mask in masks])


def to_ids(cells, role, index):
    """Ids as text: Latin digits, no trailing ``.0``, missing where nothing stands."""
    text = _translated(to_text(cells), _DIGITS)
    text = text.where(~text.str.lower().isin(WORDS["missing"]))
    whole = text.str.fullmatch(r"\d+\.0", na=False)
    text = text.where(~whole, text.str.slice(0, -2)) if whole.any() else text
    lost = text.str.fullmatch(r"\d(\.\d+)?[eE]\+\d\d+", na=False)
    problem = "ids stand in scientific notation, so digits are lost and two ids may have become one"
    advice = "export the file again with this column formatted as text"
    refuse_if(lost, problem, column=role, rows=cells.set_axis(index), allowed="ids as text", advice=advice)
    return text


def _two_currencies(kinds, cells, index):
    """Raise if the Series `kinds` (missing = none written) names two currencies."""
    rows = cells.set_axis(index)[(kinds.notna() & ~kinds.duplicated()).to_numpy()]
    advice = "convert the amounts, or read each currency on its own"
    problem, allowed = f"two or more currencies: {sorted(kinds.dropna().unique())[:6]}", "one currency in a file"
    refuse_if(len(rows) > 1, problem, column=str(cells.name), rows=rows, allowed=allowed, advice=advice)


def check_currency(cells, index):
    """Refuse a column of currencies that names more than one."""
    names = _translated(to_text(cells), PLAIN).str.lower()
    _two_currencies(names.map(lambda text: _CURRENCY.get(text, text), na_action="ignore"), cells, index)


_GROUPS = r"\d{1,3}(?:,\d{2,3})*,\d{3}"  # 1,234,567 and the Indian 12,34,567
_SHAPES = {  # what one number says of the marks in its column
    "dot": rf"{_GROUPS}\.\d+|\d{{1,3}}(?:,\d{{2,3}})+,\d{{3}}|\d*\.\d+|\d+\.",
    "comma": r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}|\d*,\d+|\d+,",
    "dot_or_group": r"[1-9]\d{0,2}\.\d{3}",
    "comma_or_group": r"[1-9]\d{0,2},\d{3}",
    "sure": r"\d+|[\d.,]*٫\d+",
}
_NUMBER = (
    r"^(?P<open>\(?)(?P<sign>[-+]?)(?P<before>[^\d.,٫()+-]*)(?P<inner>[-+]?)(?P<number>\d[\d.,٫]*|[.,٫]\d+)"
    r"(?P<after>[^\d.,٫()+-]*)(?P<tail>-?)(?P<close>\)?)$"
)


def to_numbers(cells, role, index):
    """Numbers as float, missing where unreadable, and notes on how the column's marks were understood."""
    if cells.dtype.kind in "iuf" and not isinstance(cells.dtype, pd.StringDtype):
        return pd.Series(cells.to_numpy("float64", na_value=np.nan)), []
    notes, typed = [], np.zeros(len(cells), bool)
    if cells.dtype == object:  # a number in a workbook has no marks that could be evidence
        typed = np.array([isinstance(value, Number) and not isinstance(value, bool) for value in cells], bool)
    text = _translated(to_text(cells.where(~typed) if typed.any() else cells), PLAIN)
    direct = pd.to_numeric(text, errors="coerce").astype("float64")
    direct[typed] = cells[typed].astype("float64")
    if (direct.notna() | text.isna()).all():
        dotted = text[text.str.contains(".", regex=False, na=False)].str.lstrip("+-").head(1000)
        if not len(dotted) or not dotted.str.fullmatch(_SHAPES["dot_or_group"]).all():
            return direct, notes

    parts = _extract(text.str.replace(r"[\s'’٬\u200c]", "", regex=True), _NUMBER)
    unit = parts["before"].str.lower() + parts["after"].str.lower()
    unit = unit.map(lambda mark: _CURRENCY.get(mark) if mark else "", na_action="ignore")
    readable = unit.notna() & (parts["open"].eq("(") == parts["close"].eq(")"))
    unit = unit.where(readable & (unit != ""))
    _two_currencies(unit, cells, index)
    if unit.notna().any():
        notes.append(f"{role}: the unit is {unit.dropna().iloc[0]}, as the cells say; it was not converted.")

    body = parts["number"].where(readable)
    fits = {name: body.str.fullmatch(pattern, na=False) for name, pattern in _SHAPES.items()}
    fits["dot"] &= ~fits["dot_or_group"]
    fits["comma"] &= ~fits["comma_or_group"]
    dot, comma, doubt = fits["dot"].any(), fits["comma"].any(), fits["dot_or_group"] | fits["comma_or_group"]
    problem, allowed = "both . and , are decimal marks", "one decimal mark in a column"
    advice, rows = "write all numbers in one way, for example 1234.50", cells.set_axis(index)
    both = dot and comma and _first_of(fits["dot"], fits["comma"])
    refuse_if(both, problem, column=role, rows=rows, allowed=allowed, advice=advice)
    unclear = fits["dot_or_group"].any() and not dot and not comma
    unclear = unclear and (role != "quantity" or fits["comma_or_group"].any())
    problem = "12.500 may be 12½ or twelve thousand five hundred, and no other value decides"
    advice, allowed = "remove the thousands mark, or give a numeric column in a frame", "numbers without thousands mark"
    refuse_if(unclear and doubt, problem, column=role, rows=rows, allowed=allowed, advice=advice)
    decimal, thousands = (",", ".") if comma else (".", ",")
    if body.str.contains(",", regex=False, na=False).any():
        notes.append(f"{role}: {thousands!r} was read as thousands mark and {decimal!r} as decimal mark.")
    arabic = body.str.contains("٫", regex=False, na=False)
    clean = body.where(~arabic, body.str.replace("[.,]", "", regex=True).str.replace("٫", decimal, regex=False))
    clean = clean.str.replace(thousands, "", regex=False).str.replace(decimal, ".", regex=False)
    valid = fits["sure"] | fits["dot"] | fits["comma"] | doubt
    values = pd.to_numeric(clean.where(valid), errors="coerce").astype("float64")
    values = values.where(~parts[["open", "sign", "inner", "tail"]].isin(["(", "-"]).any(axis=1), -values)
    return direct.where(text.str.fullmatch(r"[-+]?\d+(\.\d+)?[eE][-+]?\d+", na=False) | typed, values), notes


_ISO = r"(?:19|20)\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?"
_DAY = [  # letters: year, month, day, or one of the two whose order the column decides
    (r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})", "ymd"),
    (r"(\d{4})(\d\d)(\d\d)", "ymd"),
    (r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", "12y"),
    (r"(?:[^\W\d_]+, *)?(\d{1,2})[-/. ]*([^\W\d_]{3,})\.?[-/, ]*(\d{4})", "dmy"),
    (r"(?:[^\W\d_]+, *)?([^\W\d_]{3,})\.? *(\d{1,2}),? +(\d{4})", "mdy"),
]
_CLOCK = re.compile(
    r"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? *([ap]\.?m\.?|ق\.?ظ\.?|ب\.?ظ\.?)? *(z|utc|[+-]\d\d(?::?\d\d)?)?",
    re.I,
)


def _split_day(text):
    """Year, first and second number (month and day if closed), whether their order is open."""
    for pattern, letters in _DAY:
        found = re.fullmatch(pattern, text)
        if found:
            part = dict(zip(letters, found.groups()))
            year = int(part["y"])
            if "1" in part:
                return year, int(part["1"]), int(part["2"]), True
            month, names = part["m"].lower(), WORDS["months"]["jalali" if year < 1600 else "gregorian"]
            word = month if year < 1600 else month[:3]
            month = int(month) if month.isdigit() else names.index(word) + 1 if word in names else 0
            return year, month, int(part["d"]), False
    return 0, 0, 0, False


def _clock(text):
    """Microseconds since midnight (missing if unreadable) and whether a zone is written."""
    found = _CLOCK.fullmatch(text)
    if not found:
        return np.nan, False
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    half = (found[5] or "").replace(".", "").lower()
    if minute > 59 or second > 59 or hour > 23 or (half and not 1 <= hour <= 12):
        return np.nan, False
    hour = hour % 12 + 12 * (half in ("pm", "بظ")) if half else hour
    return ((hour * 60 + minute) * 60 + second) * 10**6 + int((found[4] or "").ljust(6, "0")[:6]), bool(found[6])


def _jalali(days):
    from persiantools.jdatetime import JalaliDate

    def gregorian(day):
        try:
            return np.datetime64(JalaliDate(*map(int, day)).to_gregorian(), "D")
        except ValueError:
            return np.datetime64("NaT", "D")

    unique, inverse = np.unique(days, axis=0, return_inverse=True)
    return np.array([gregorian(day) for day in unique], "datetime64[us]")[inverse.ravel()]


def _extract(text, pattern):
    """Named groups of a pattern as columns: ``str.extract``, but by Arrow, so ten times as fast."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.extract_regex(pa.array(text, pa.large_string(), from_pandas=True), pattern)
    names = [found.type.field(i).name for i in range(found.type.num_fields)]
    return pd.DataFrame({name: group.to_pandas().astype("str") for name, group in zip(names, found.flatten())})


def _by_unique(function, text, columns):
    """Frame of what `function` says of each value, computed once a distinct value."""
    codes, unique = pd.factorize(text)
    return pd.DataFrame([function(value) for value in unique], columns=columns).take(codes).reset_index(drop=True)


def to_dates(cells, calendar, date_order, index):
    """Days and times as datetime64[us], NaT where unreadable, and notes; `calendar`, `date_order` as in read_orders."""
    notes, zone_note = [], "order_date: the time zone was left out; times are local as written."
    if cells.dtype.kind == "M":
        if cells.dt.tz is not None:
            cells = cells.dt.tz_localize(None)
            notes.append(zone_note)
        if calendar != "jalali" and cells.dt.year.dropna().between(1900, 2100).all():
            return cells.astype("datetime64[us]"), notes
    codes, unique = pd.factorize(to_text(cells))
    text = _translated(pd.Series(unique, dtype="str"), PLAIN)
    if calendar != "jalali" and text.str.fullmatch(_ISO).all():
        days = pd.to_datetime(text, format="ISO8601", errors="coerce").astype("datetime64[us]")
        return _spread(days, codes), notes

    halves = _extract(text, r"^(?P<day>.*?)(?:[T,\s-]*(?P<clock>\d{1,2}:.*))?$")
    day = _by_unique(_split_day, halves["day"].fillna(""), ["year", "first", "second", "open"])
    clock = _by_unique(_clock, halves["clock"].fillna("").replace("", "0:00"), ["clock", "zone"])

    def refuse(mask, problem, allowed, advice):
        rows, mask = cells.set_axis(index), np.append(mask, False)[codes]
        refuse_if(mask, problem, column="order_date", rows=rows, allowed=allowed, advice=advice)

    open_ = day["open"]
    high_1, high_2 = open_ & day["first"].between(13, 31), open_ & day["second"].between(13, 31)
    if date_order is None and high_1.any() and high_2.any():
        problem = "day and month are swapped in some rows: above 12 stands the first number, in others the second"
        advice = 'mend the file, or write date_order="dmy" or "mdy", which sets the others aside'
        refuse(_first_of(high_1, high_2), problem, "one order in a column", advice)
    if date_order is None and not high_1.any() and not high_2.any():
        problem, allowed = "no value shows which number is the day", "one value above 12, or date_order"
        advice = 'write date_order="dmy" (day first) or date_order="mdy" (month first)'
        refuse(open_ & (day["first"] != day["second"]), problem, allowed, advice)
    day_first = open_ & (high_1.any() if date_order is None else date_order == "dmy")
    ymd = pd.DataFrame({"year": day["year"], "month": day["first"], "day": day["second"]})
    ymd.loc[day_first, ["month", "day"]] = day.loc[day_first, ["second", "first"]].to_numpy()

    here, there = ymd["year"].between(1900, 2100), ymd["year"].between(1250, 1500)
    days = pd.Series(np.datetime64("NaT"), index=ymd.index, dtype="datetime64[us]")
    days[here] = pd.to_datetime(ymd[here], errors="coerce").astype("datetime64[us]")
    if there.any():
        days[there] = _jalali(ymd[there].to_numpy())
    here, there = here & days.notna(), there & days.notna()
    if calendar == "auto" and here.any() and there.any():
        advice = 'convert the file, or write calendar="jalali" or "gregorian", which sets the others aside'
        problem, allowed = "Jalali and Gregorian years stand in one column", "one calendar in a file"
        refuse(_first_of(here, there), problem, allowed, advice)
    if calendar != "auto":
        days[here if calendar == "jalali" else there] = pd.NaT
    for said, note in (
        (days[there].notna().any(), "order_date: Jalali dates were turned into Gregorian ones."),
        (open_.any(), f"order_date: the {'day' if day_first.any() else 'month'} stands first."),
        (clock["zone"].any(), zone_note),
    ):
        notes += [note] * bool(said)
    return _spread(days + pd.to_timedelta(clock["clock"], unit="us"), codes), notes


def _spread(days, codes):
    """Back from distinct values to rows; code -1 is a missing cell."""
    values = np.append(days.to_numpy("datetime64[us]"), np.datetime64("NaT", "us"))
    return pd.Series(values[codes])
