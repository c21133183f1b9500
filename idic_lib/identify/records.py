"""Records as people type them, in Persian or Latin script -> one form for each field, and a key both scripts share."""

import json
import re
import unicodedata
import warnings
from contextlib import suppress
from functools import lru_cache, reduce
from pathlib import Path

import narwhals as nw
import numpy as np
import pandas as pd

from .._guards import refuse_if
from ..orders.cells import to_ids

#: The fields that can link records; a name may come in two columns, given_name and family_name.
FIELDS = ("name", "birth_date", "phone", "email", "address", "city")
_TABLES = json.loads(Path(__file__).with_name("scripts.json").read_text(encoding="utf-8"))  # says what each is
_MISSING, _NOISE, _LATIN = (_TABLES[name] for name in ("missing", "noise", "latin"))
_ODD, _PERSIAN = (str.maketrans(*_TABLES[name]) for name in ("odd", "persian"))
_MARKS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def needs(frame, name, *columns, advice=None):
    """Refuse what is no pandas frame (nor a schema of another engine's), has a column twice, or lacks one of these."""
    kind = isinstance(frame, (pd.DataFrame, nw.Schema))
    refuse_if(not kind, f"{name} is {type(frame)}, not a pandas DataFrame", advice="convert it first: `.to_pandas()`")
    has, listed = pd.Index(list(frame)), ", ".join(map(repr, frame))
    absent = ", ".join(repr(column) for column in columns if column not in has)
    refuse_if(absent != "", f"{name} has no column {absent}; it has {listed or 'none'}", advice=advice)
    refuse_if(has.has_duplicates, f"{name} has two columns of one name: {listed}", advice="rename or drop one of them")


def text_ids(column):
    """Ids as text, as in orders: 7, 7.0, "7" and " 7 " are one id; an empty text is missing."""
    return to_ids(column.reset_index(drop=True), "record_id", column.index).set_axis(column.index).rename(column.name)


def _fold(text):
    """Lower case without accents, marks and half-spaces; Persian letters and Latin digits in one form."""
    text = text.casefold().strip()
    return text if text.isascii() else _MARKS.sub("", unicodedata.normalize("NFKD", text)).translate(_ODD)


@lru_cache(2**16)  # words come again and again
def _token_key(token):
    """Consonants of one word, written alike from either script.

    Short vowels are dropped, as Persian does not write them; a written ی and و (i, ee, ei; oo, ou) stays as y and w,
    so that Hossein is not Hassan; letters of one sound become one (ز ذ ض ظ: z); C, S, X, q are ch, sh, kh, gh.
    """
    if token.isdigit() or token in _NOISE:
        return token if token.isdigit() else ""
    if re.search("[\u0600-\u06ff]", token):
        key = token.replace("خوا", "خا")
        key = re.sub("^ای|ه$", "", re.sub("(?<=ا)و|^و|و(?=ا|ی(?!ا))", "v", key)).replace("و", "w").translate(_PERSIAN)
    else:
        key = reduce(lambda word, rule: re.sub(*rule, word), _LATIN, token)
    return re.sub(r"(.)\1+", r"\1", key).removesuffix("h") or token


def _on_distinct(series, function):
    """`function` of each distinct text; missing stays, and what it gives as "" becomes, missing."""
    codes, values = pd.factorize(series)
    made = np.array([function(value) or None for value in values.to_numpy(object)] + [None], dtype=object)
    return pd.Series(pd.array(made, dtype="str")[codes], index=series.index)


def _plain_text(column):
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        column = column.dt.strftime("%Y-%m-%d")
    elif not isinstance(column.dtype, pd.StringDtype):
        column = column.astype(object).map(str, na_action="ignore").astype("str").str.replace(r"\.0$", "", regex=True)
    return _on_distinct(column, lambda text: "" if (text := _fold(text)) in _MISSING else text)


def _date(text):
    from persiantools.jdatetime import JalaliDate

    parts = re.findall(r"\d+", re.sub(r"^(\d{4})(\d\d)(\d\d)$", r"\1 \2 \3", text))
    if len(parts) < 3 or not {len(parts[0]), len(parts[2])} & {4}:
        return ""
    year, month, day = map(int, parts[:3] if len(parts[0]) == 4 else parts[2::-1])
    month, day = (day, month) if month > 12 else (month, day)
    with suppress(ValueError):  # no such day: missing
        date = (JalaliDate if 1250 <= year <= 1500 else pd.Timestamp)(year, month, day)
        return (date.to_gregorian() if isinstance(date, JalaliDate) else date).strftime("%Y-%m-%d")


def _phone(text):
    # North America, with or without its country code; then Iran
    digits = re.sub(r"^1(?=[2-9]\d\d[2-9]\d{6}$)", "", re.sub(r"\D", "", text))
    digits = re.sub(r"^(00)?98(?=\d{10}$)|^00980(?=\d{10}$)|^980(?=\d{10}$)", "0", digits)
    digits = "0" + digits if len(digits) == 10 and digits[0] == "9" else digits.removeprefix("00")
    return digits if len(digits) >= 7 and len(set(digits[-7:])) > 1 else ""


def standardise_records(records):
    """Bring every field of customer records to one form, whatever the script, digits, calendar or habit of its writer.

    Parameters
    ----------
    records : DataFrame
        `record_id` (distinct; read as text, 7 and 7.0 alike) and at least two of `name` (or `given_name`,
        `family_name`), `birth_date`, `phone`, `email`, `address`, `city`; missing allowed, other columns are not used.

    Returns
    -------
    DataFrame with the index and rows of `records`
        `record_id`, then of the fields that are there and not constant: `name` (folded text), `name_key` (the words'
        consonants, sorted, alike from Persian and Latin script), `birth_date` (ISO, from Jalali or Gregorian; a day
        and month in doubt are read day first), `phone` (digits: Iranian numbers as 0912..., North American ones
        without the 1, others as they stand, so with and without a country code they differ), `email`, `address` (key),
        `city` (key). What cannot be read is missing.

    Warns
    -----
    UserWarning
        For a field with one single value (it says nothing) or with none that can be read, which are left out, and for
        records without any usable field.

    Raises
    ------
    DataError
        If records is no pandas frame, has no rows, a column twice or no `record_id`, with missing or repeated ids, or
        with fewer than two usable fields.

    >>> people = pd.DataFrame({"record_id": ["a", "b"], "name": ["Mohammad Hosseini", "حسيني، محمّد"],
    ...                        "birth_date": ["1986-06-02", "۱۳۶۵/۳/۱۲"], "phone": ["+98 912 000 0001", "۰۹۱۲۰۰۰۰۰۰۱"]})
    >>> standardise_records(people)[["name_key", "birth_date", "phone"]]
         name_key  birth_date        phone
    0  hsyny mhmd  1986-06-02  09120000001
    1  hsyny mhmd  1986-06-02  09120000001
    """
    number = "rename the column of ids, or number the rows: `records.assign(record_id=range(len(records)))`"
    needs(records, "records", "record_id", advice=number)
    out = text_ids(records["record_id"]).to_frame()
    bad = out["record_id"].isna() | out["record_id"].duplicated(keep=False)
    refuse_if(bad, "ids are missing or occur twice", column="record_id", rows=records, allowed="one id for each record")
    parts = [column for column in ("given_name", "family_name") if column in records]
    fields = {field: _plain_text(records[field]) for field in FIELDS if field in records}
    if parts and "name" not in fields:
        given, *family = (_plain_text(records[part]).fillna("") for part in parts)
        fields["name"] = _on_distinct(given.str.cat(family, sep=" "), str.strip)
    makers = {"birth_date": _date, "phone": _phone, "email": lambda text: text if "@" in text else "",
              "name": lambda text: " ".join(re.findall(r"\w+", re.sub("['’]", "", text)))}  # fmt: skip
    keys = {"name": _key, "address": _key, "city": lambda text: _key(text, "", list)}
    for field in sorted(fields, key=FIELDS.index):
        column = _on_distinct(fields[field], makers[field]) if field in makers else fields[field]
        key, values = _on_distinct(column, keys[field]) if field in keys else column, column.dropna()
        if len(values) >= 10 and values.nunique() == 1:
            warnings.warn(f"column {field!r} holds one single value in all {len(values):,} records that have one: "
                          "it tells nobody apart and is left out.", stacklevel=2)  # fmt: skip
        elif len(values):
            out = out.assign(name=column, name_key=key) if field == "name" else out.assign(**{field: key})
        elif given := int(fields[field].notna().sum()):
            warnings.warn(f"column {field!r}: none of its {given:,} values can be read; it is left out.", stacklevel=2)
    usable = [field for field in FIELDS if field in out]
    refuse_if(len(usable) < 2, f"{len(out):,} records have {len(usable)} usable field(s): {', '.join(usable)}",
              allowed=f"at least two of {', '.join(FIELDS)} (or given_name, family_name) with more than one value",
              advice="rename the columns of your file to these names")  # fmt: skip
    if empty := int(out[usable].isna().all(axis=1).sum()):
        warnings.warn(f"{empty:,} record(s) have no usable field: each stays a customer of its own.", stacklevel=2)
    return out


def _key(text, glue=" ", order=sorted):
    return glue.join(order(key for word in re.findall(r"\w+", text) if (key := _token_key(word))))
