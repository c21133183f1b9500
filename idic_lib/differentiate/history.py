"""From orders of any engine to one row per customer, and to one row per period."""

import datetime

import narwhals as nw
import numpy as np
import pandas as pd

from .._guards import choice, refuse_if
from ..errors import data_error
from ._inputs import _given_back, _opened

__all__ = ["cohort_table", "collapse_history", "customer_base_audit", "purchase_history"]

_DAYS_PER_UNIT = {"D": 1.0, "W": 7.0, "M": 30.4375, "Y": 365.25}
_READ = "read the file with `data.read_orders`, which cleans it and says what it set aside"


def _date(value, name):
    """`value` as a day without a zone."""
    try:
        day = pd.Timestamp(value)
    except (ValueError, TypeError):
        day = pd.NaT
    problem = f"{name}={value!r} is not a date without a time zone"
    refuse_if(pd.isna(day) or day.tzinfo is not None, problem, advice=f'write {name}="1997-09-30"')
    return day.normalize()


def _day_number(column="order_date"):
    """Days counted as by `date.toordinal`: calendar arithmetic is the one form that all engines share."""
    date = nw.col(column).dt
    year = date.year().cast(nw.Int64) - 1
    return year * 365 + year // 4 - year // 100 + year // 400 + date.ordinal_day().cast(nw.Int64)


def _open_orders(orders, *, end=None):
    """Check the columns, dtypes and values of `orders` in one pass.

    Returns
    -------
    frame : narwhals LazyFrame or DataFrame
        With customer_id (not missing, no category), order_date (not after `end`), amount (float).
    last : datetime.date-like
        The last day of observation.
    """
    columns = ["amount", "customer_id", "order_date"]
    frame, schema = _opened(orders, "orders", columns, _READ + " and renames its columns")
    ids, days = schema["customer_id"], schema["order_date"]
    categories = ids in (nw.Categorical, nw.Enum)
    for column, good, allowed in [
        ("customer_id", ids == nw.String or categories or ids.is_integer(), "text or whole numbers"),
        ("order_date", days == nw.Date or days == nw.Datetime and days.time_zone is None, "dates without a time zone"),
        ("amount", schema["amount"].is_numeric(), "numbers"),
    ]:
        refuse_if(not good, f"holds {schema[column]}", column=column, allowed=allowed, advice=_READ)

    amount, date = nw.col("amount").cast(nw.Float64), nw.col("order_date")
    good_amount = (amount >= 0) & (amount < float("inf"))  # in every engine missing and NaN fail one of the two
    used = ~nw.col("customer_id").is_null()
    if end is not None:
        end = _date(end, "end")
        limit = (end + pd.Timedelta(days=1)).to_pydatetime()
        used = used & (date < (limit.date() if days == nw.Date else limit))
    masks = {"amounts": good_amount, "undated": date.is_null(), "used": used}
    sums = {name: mask.cast(nw.Int64).sum() for name, mask in masks.items()}
    summary = frame.lazy().select(rows=nw.len(), last=date.max(), **sums).collect()
    counts = {name: int(summary[name][0] or 0) for name in ("rows", *masks)}
    for column, what, bad, n_bad, allowed in [
        ("order_date", "missing", date.is_null(), counts["undated"], "a date in every row"),
        ("amount", "negative, missing or infinite", ~nw.when(good_amount).then(True).otherwise(False),
         counts["rows"] - counts["amounts"], "0 or more, finite; a return belongs to the order that it lowers"),
    ]:  # fmt: skip
        if n_bad:
            rows, problem = frame.lazy().filter(bad).head(5).collect().to_pandas(), f"{what} in {n_bad:,} row(s)"
            raise data_error(problem, column=column, rows=rows, count=n_bad, allowed=allowed, advice=_READ)
    when = "" if end is None else f" on or before {end.date()}"
    refuse_if(not counts["used"], f"no order with a customer{when} among {counts['rows']:,} rows")
    frame = frame.select("customer_id", "order_date", amount=amount).filter(used)
    if categories and not isinstance(orders, pd.DataFrame):
        frame = frame.with_columns(nw.col("customer_id").cast(nw.String))
    return frame, (end if end is not None else summary["last"][0])


def _coded_orders(orders):
    """`orders` of any engine -> customer code (0 … n-1 by first appearance), date, amount as arrays, and n."""
    table = _open_orders(orders)[0].lazy().collect().to_pandas()
    codes, ids = pd.factorize(table["customer_id"])
    return codes, _to_days(table["order_date"]), table["amount"].to_numpy(float), len(ids)


def _to_days(dates):
    return dates.astype("datetime64[us]").to_numpy().astype("datetime64[D]")


def purchase_history(orders, *, end=None, time_unit="W"):
    """One row per customer: how often, how recently, how long, how much.

    A *purchase* is a distinct customer-day with at least one order: two orders on one day are one purchase, whose value
    is their sum. The definitions are those of Fader, Hardie & Lee (2005) and give their CDNOW numbers; with
    ``time_unit="W"`` they equal lifetimes' ``summary_data_from_transaction_data(..., freq="D", freq_multiplier=7)`` and
    pymc-marketing's ``rfm_summary(..., time_unit="D", time_scaler=7)``, whose own ``"W"`` counts customer-*weeks*.

    Parameters
    ----------
    orders : dataframe
        One row per order with `customer_id` (text or whole number; missing = anonymous, left out), `order_date` (no
        time zone; the time of day is ignored) and `amount` (0 or more). pandas, polars (eager or lazy), pyarrow,
        DuckDB or PySpark.
    end : date-like, optional
        Last day of observation, included; later orders are left out. Default: the latest order date in `orders`, of
        anonymous orders too. There is no default of "today".
    time_unit : {"D", "W", "M", "Y"}
        Unit of `recency` and `T`: 1, 7, 30.4375 or 365.25 days. It rescales; it never merges days into weeks.

    Returns
    -------
    dataframe of the kind that came in, sorted by `customer_id`
        pandas: indexed by `customer_id`; another engine: `customer_id` is the first column, and lazy stays lazy (though
        one pass to check the amounts is run at once).

        - frequency : purchases after the first (int)
        - recency : from the first to the last purchase, in `time_unit` (RFM's *time since* the last is ``T - recency``)
        - T : from the first purchase to `end`, in `time_unit`
        - monetary_value : mean value of the purchases after the first; 0.0 if there is none

    Raises
    ------
    DataError
        A column is missing or of the wrong type, a date is missing, an amount is missing or negative, no order is left.

    Examples
    --------
    Ann buys on day 1 (twice: 10 and 5), on day 15 (20) and on day 22 (40), Ben once, on day 8; we look on day 29. Ann:
    three days, so 2 repeats; recency 21/7 = 3; T 28/7 = 4; (20 + 40)/2 = 30, for the first day is left out.

    >>> import pandas as pd
    >>> days = pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-15", "2024-01-22", "2024-01-08"])
    >>> orders = pd.DataFrame({"customer_id": ["ann", "ann", "ann", "ann", "ben"], "order_date": days,
    ...                        "amount": [10.0, 5.0, 20.0, 40.0, 7.0]})
    >>> purchase_history(orders, end="2024-01-29")
                 frequency  recency    T  monetary_value
    customer_id
    ann                  2      3.0  4.0            30.0
    ben                  0      0.0  3.0             0.0
    """
    unit = _DAYS_PER_UNIT[choice(time_unit, _DAYS_PER_UNIT, "time_unit")]
    frame, last = _open_orders(orders, end=end)
    end_day = last.toordinal()
    # Each engine's own path halves the time of the general one, and a test holds all equal (bench_purchase_history.py).
    if frame.implementation.is_pandas() or frame.implementation.is_pyarrow():
        table = frame.to_native()
        table = table if isinstance(table, pd.DataFrame) else table.to_pandas(types_mapper=pd.ArrowDtype)
        return _given_back(_history_in_memory(table, end_day, unit), orders)
    if frame.implementation.is_duckdb():
        return _history_in_duckdb(frame.to_native(), datetime.date.fromordinal(end_day), unit)
    history = _history_by_narwhals(frame.lazy(), end_day, unit)
    return (history.collect() if isinstance(frame, nw.DataFrame) else history).to_native()


def _history_by_narwhals(frame, end_day, unit):
    daily = frame.select("customer_id", "amount", day=_day_number()).group_by("customer_id", "day")
    daily = daily.agg(nw.col("amount").sum()).with_columns(first=nw.col("day").min().over("customer_id"))
    daily = daily.with_columns(repeat=nw.when(nw.col("day") > nw.col("first")).then(nw.col("amount")).otherwise(0.0))
    customers = daily.group_by("customer_id").agg(days=nw.len(), first=nw.col("day").min(), last=nw.col("day").max(),
                                                  repeat=nw.col("repeat").sum())  # fmt: skip
    frequency = nw.col("days").cast(nw.Int64) - 1
    recency, age = (nw.col("last") - nw.col("first")) / unit, (end_day - nw.col("first")) / unit
    money = nw.col("repeat") / nw.max_horizontal(frequency, nw.lit(1))
    money = nw.when(frequency > 0).then(money).otherwise(0.0)
    history = customers.select("customer_id", frequency=frequency, recency=recency, T=age, monetary_value=money)
    return history.sort("customer_id")


def _history_in_duckdb(relation, end, unit):
    # arg_min finds the first day's value without the general path's window over all customer-days.
    return relation.query(
        "orders",
        f"""SELECT customer_id, count(*) - 1 AS frequency, (max(day) - min(day)) / {unit}::DOUBLE AS recency,
                   (DATE '{end}' - min(day)) / {unit}::DOUBLE AS "T", CASE WHEN count(*) > 1
                   THEN (sum(value) - arg_min(value, day)) / (count(*) - 1) ELSE 0.0 END::DOUBLE AS monetary_value
            FROM (SELECT customer_id, order_date::DATE AS day, sum(amount) AS value FROM orders GROUP BY ALL)
            GROUP BY customer_id ORDER BY customer_id""",
    )


def _history_in_memory(table, end_day, unit):
    """Customers x days as a sparse matrix of amounts: its rows are the customers' purchase days in order."""
    from scipy.sparse import csr_array

    ids = table["customer_id"]
    kind = getattr(ids.dtype, "categories", ids).dtype  # sorting and hashing Python objects takes four times as long
    codes, customers = _places(ids.astype("str" if pd.api.types.is_object_dtype(kind) else kind))
    day = _to_days(table["order_date"]).astype(np.int64)
    start = day.min()
    shape = (len(customers), day.max() - start + 1)
    matrix = csr_array((table["amount"].to_numpy(float), (codes, (day - start).astype(np.int32))), shape=shape)
    matrix.sum_duplicates()
    begin, days = matrix.indptr[:-1], np.diff(matrix.indptr)
    first, last = matrix.indices[begin], matrix.indices[matrix.indptr[1:] - 1]
    matrix.data[begin] = 0.0  # the first purchase does not count
    repeat = np.add.reduceat(matrix.data, begin)
    epoch = np.datetime64("1970-01-01", "D").item().toordinal()
    age, first, last = end_day - epoch - start, first.astype(np.int64), last.astype(np.int64)
    history = {"frequency": days.astype(np.int64) - 1, "recency": (last - first) / unit, "T": (age - first) / unit}
    history["monetary_value"] = repeat / np.maximum(days - 1, 1)
    return pd.DataFrame(history).set_axis(pd.Index(customers, name="customer_id"), axis=0)


def _places(ids):
    """Each row's place among the distinct ids in order, and these."""
    if pd.api.types.is_integer_dtype(ids.dtype):
        low, high = int(ids.min()), int(ids.max())
        if high - low < 8 * len(ids) and high < 2**63:
            # Numbers that lie this densely are counted off, which takes a third of the time of hashing and sorting.
            offset, there = ids.to_numpy(np.int64) - low, np.zeros(high - low + 1, dtype=bool)
            there[offset] = True
            return (np.cumsum(there) - 1)[offset], pd.array(np.flatnonzero(there) + low, dtype=ids.dtype)
    return pd.factorize(ids, sort=True)


_MONTHS = {"M": 1, "Q": 3, "H": 6, "Y": 12}


def _customer_periods(orders, period, end=None):
    """On the engine of `orders` one row per customer and period (counted from year 0): customer_id, period, amount and
    `first`, the customer's first period; and the last period of observation.
    """
    months = _MONTHS[choice(period, _MONTHS, "period")]
    (frame, last), date = _open_orders(orders, end=end), nw.col("order_date").dt
    month = date.year().cast(nw.Int64) * 12 + date.month().cast(nw.Int64) - 1
    cells = frame.lazy().select("customer_id", "amount", period=month // months)
    cells = cells.group_by("customer_id", "period").agg(nw.col("amount").sum())
    cells = cells.with_columns(first=nw.col("period").min().over("customer_id"))
    return cells, (last.year * 12 + last.month - 1) // months


def _period_names(numbers, period):
    label = {"M": "{}-{:02d}", "Q": "{}-Q{}", "H": "{}-H{}", "Y": "{}"}[period]
    return [label.format(year, part + 1) for year, part in zip(*np.divmod(np.asarray(numbers), 12 // _MONTHS[period]))]


def customer_base_audit(orders, *, period="Q"):
    """Who was active, new, retained, returned or lapsed in each period, and whose money it was.

    Parameters
    ----------
    orders : dataframe of any engine
        Columns as for `purchase_history`.
    period : {"M", "Q", "H", "Y"}
        Month, quarter, half-year, year of the calendar.

    Returns
    -------
    dataframe of the kind that came in; pandas: indexed by period (text, as "2017-Q1"), else `period` is a column
        customers: `active` = `new` (first order ever in the data) + `retained` (bought in the period before too) +
        `returned` (bought earlier, not in the period before); `lapsed` = active in the period before and not now.
        Money: `sales`, and its shares `share_new`, `share_retained`, `share_returned`. In the first period everybody is
        new because the data begin there: read it as unknown.
    """
    cells, _ = _customer_periods(orders, period)
    now = cells.with_columns(active=nw.lit(1), before=nw.lit(0))
    # Each purchase is also laid beside the next period, where it says "bought before": no engine needs to sort for it.
    later = cells.with_columns(nw.col("period") + 1, amount=nw.lit(0.0), active=nw.lit(0), before=nw.lit(1))
    both = nw.concat([now, later]).group_by("customer_id", "period", "first")
    both = both.agg(nw.col("amount", "active", "before").sum())
    new, retained = (nw.col("period") == nw.col("first")).cast(nw.Int64), nw.col("active") * nw.col("before")
    kinds = {"new": new, "retained": retained, "returned": nw.col("active") - new - retained}
    both = both.with_columns(**kinds, **{f"share_{kind}": nw.col("amount") * flag for kind, flag in kinds.items()})
    sums = nw.col("active", *kinds, "amount", *(f"share_{kind}" for kind in kinds)).sum()
    table = both.group_by("period").agg(sums).collect().to_pandas().set_index("period")
    table = table.reindex(range(table.index.min(), table.index.max()), fill_value=0).rename(columns={"amount": "sales"})
    table = table.astype({name: int for name in ("active", *kinds)})
    table.insert(4, "lapsed", table["active"].shift(fill_value=0) - table["retained"])
    for kind in kinds:
        table[f"share_{kind}"] /= table["sales"].where(table["sales"] > 0)
    return _given_back(table.set_axis(pd.Index(_period_names(table.index, period), name="period")), orders)


def cohort_table(orders, *, period="Q", end=None):
    """Customers by the period of their first purchase: how many buy again one, two, three ... periods later.

    Parameters
    ----------
    orders : dataframe of any engine
        Columns as for `purchase_history`.
    period : {"M", "Q", "H", "Y"}
        As in `customer_base_audit`.
    end : date-like, optional
        Last day of observation, as in `purchase_history`; the last period may not be over.

    Returns
    -------
    dataframe of the kind that came in; pandas: indexed by `cohort` (text, as "2017-Q1") and `age` (periods since then)
        `customers` of the cohort, `active` among them at this age, `share_active`, `sales`; a row for each age up to
        `end`, also where nobody bought. ``table["share_active"].unstack("age")`` is the usual triangle. Who is in the
        first cohort may have bought before the data begin.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-05", "2024-02-01", "2024-03-31", "2024-02-09"])
    >>> orders = pd.DataFrame({"customer_id": ["ann", "ann", "ann", "ben"], "order_date": days,
    ...                        "amount": [10.0, 5.0, 20.0, 7.0]})
    >>> cohort_table(orders, period="M")
                 customers  active  share_active  sales
    cohort  age
    2024-01 0            1       1           1.0   10.0
            1            1       1           1.0    5.0
            2            1       1           1.0   20.0
    2024-02 0            1       1           1.0    7.0
            1            1       0           0.0    0.0
    """
    cells, last = _customer_periods(orders, period, end)
    cells = cells.select("amount", cohort="first", age=nw.col("period") - nw.col("first")).group_by("cohort", "age")
    table = cells.agg(active=nw.len(), sales=nw.col("amount").sum()).collect().to_pandas().set_index(["cohort", "age"])
    grid = [(start, age) for start in sorted(table.index.unique(0)) for age in range(last - start + 1)]
    grid = pd.MultiIndex.from_tuples(grid, names=table.index.names)
    table = table.astype({"active": int}).reindex(grid, fill_value=0)
    table.insert(0, "customers", table["active"].groupby("cohort").transform("first"))
    table.insert(2, "share_active", table["active"] / table["customers"])
    table.index = table.index.set_levels(_period_names(table.index.levels[0], period), level=0)
    return _given_back(table, orders)


def collapse_history(history, columns=("frequency", "recency", "T")):
    """The distinct rows of a history with their numbers of customers, counted by its engine.

    A model needs no more than these: ``fit(collapse_history(history))`` is ``fit(history)``, however many customers
    share a row, and what is asked of a model is answered once per row.

    Parameters
    ----------
    history : dataframe of any engine
        From `purchase_history`; a column `weight` is added up.
    columns : sequence of str
        What makes a row distinct. For `GammaGammaModel`: ("frequency", "monetary_value").

    Returns
    -------
    DataFrame
        pandas: `columns`, sorted by them, and `weight` (customers). Those who bought once make at most as many rows as
        there are days of observation. With few purchases a customer the rows are far fewer than customers; with twenty
        over four years hardly two customers are alike.

    Examples
    --------
    >>> history = pd.DataFrame({"frequency": [0, 2, 0], "recency": [0.0, 3.0, 0.0], "T": [3.0, 4.0, 3.0]})
    >>> collapse_history(history)
       frequency  recency    T  weight
    0          0      0.0  3.0     2.0
    1          2      3.0  4.0     1.0
    """
    frame, schema = _opened(history, "history", columns, "make it with `purchase_history`")
    weight = nw.col("weight").sum() if "weight" in schema else nw.len()
    groups = frame.lazy().group_by(*columns).agg(weight=weight).with_columns(nw.col("weight").cast(nw.Float64))
    return groups.sort(*columns).collect().to_pandas().reset_index(drop=True)
