"""The simulated firm Chai & Ketab, whose truth is known: tea and books, branches, a web shop and a club.

``make_firm`` makes a firm of any size from a seed. Its generative model stands on one page in ``datasets/README.md``.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from idic_lib._guards import refuse_if
from idic_lib.firm import show, tables
from idic_lib.firm.history import run
from idic_lib.firm.live import Actions, Lived, View
from idic_lib.firm.live import live as _live
from idic_lib.firm.people import population
from idic_lib.firm.records import identities
from idic_lib.firm.systems import Records, text_ids
from idic_lib.firm.world import CITIES, NEEDS, START, SWITCHES, Draws, switches

__all__ = ["Actions", "Firm", "Lived", "NEEDS", "START", "SWITCHES", "View", "make_firm"]

#: Tables of the firm, in the order of the data card; those in LARGE are saved as Parquet, the others as CSV.
TABLES = ("records", "orders", "order_lines", "products", "campaigns", "assignments", "contacts", "answers",
          "questions", "tickets", "feedback", "survey_answers", "subscriptions", "branches", "prospects",
          "campaign_test")  # fmt: skip
LARGE = {"orders", "order_lines", "contacts", "assignments", "survey_answers", "campaign_test"}
#: What a table of text cannot tell, above all an empty one; ids are text.
TYPES = {"phone": "str", "birth_date": "str", "address": "str", "answer": "str", "birth_year": int, "apology": bool,
         "first_response_hours": float, "resolved_hours": float, "cost": float}  # fmt: skip
#: The large campaign test is made of other people than the firm: its seed lies this far away.
_OTHERS = 10**5


@dataclass(repr=False)
class Firm:
    """A firm: what it sees, as frames, and the truth behind it.

    Attributes
    ----------
    records, orders, order_lines, products, campaigns, assignments, contacts, answers, questions, tickets, feedback, \
survey_answers, subscriptions, branches, prospects, campaign_test : DataFrame
        What the firm sees; every column with its unit stands in ``datasets/README.md``. Empty frames where they were
        not asked for. Amounts in thousand toman.
    truth : dict
        ``people`` (frame by person_id), ``records`` and ``orders`` (Series → person_id), ``needs`` and ``stages``
        (frames by person_id, a column a quarter), ``effects`` (frame), ``campaign`` (both potential outcomes of each
        person in a campaign), ``campaign_test`` (the same for the large table), ``feedback`` (Series → themes).
    made : dict
        The arguments that it was made with.
    """

    made: dict
    tables: dict
    truth: dict = field(default_factory=dict)
    #: The world at the end of the history, made when `live` first needs it.
    _end: dict | None = field(default=None, compare=False)

    def __getattr__(self, name):
        if name in TABLES and "tables" in self.__dict__:
            return self.tables[name]
        raise AttributeError(f"a Firm has no attribute {name!r}")

    def __repr__(self):
        sizes = ", ".join(f"{name} {len(frame):,}" for name, frame in self.tables.items() if len(frame))
        return f"Firm({', '.join(f'{k}={v!r}' for k, v in self.made.items())}): {sizes}"

    def save(self, folder):
        """Write all tables and the truth into a folder: small ones as CSV (UTF-8), large ones as Parquet.

        Raises
        ------
        DataError
            If the folder holds other files: nothing is overwritten but a firm.
        """
        folder = Path(folder)
        others = folder.is_dir() and any(folder.iterdir()) and not (folder / "firm.json").is_file()
        refuse_if(others, f"The folder {folder} holds other files than a firm: choose a new or an empty folder")
        (folder / "truth").mkdir(parents=True, exist_ok=True)
        for old in [*folder.glob("*.csv"), *folder.glob("*.parquet"), *folder.glob("truth/*.parquet")]:
            old.unlink()  # of the firm that was here before
        (folder / "firm.json").write_text(json.dumps(self.made, indent=1) + "\n", encoding="utf-8", newline="\n")
        for name, frame in self.tables.items():
            if name in LARGE and len(frame.columns):
                frame.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd")
            elif len(frame.columns):
                frame.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8", lineterminator="\n")
        for name, values in self.truth.items():
            pd.DataFrame(values).to_parquet(folder / "truth" / f"{name}.parquet", compression="zstd")

    @classmethod
    def load(cls, folder):
        """Read a firm that `save` or ``python -m idic_lib.firm`` wrote.

        Raises
        ------
        DataError
            If the folder holds no firm.
        """
        folder = Path(folder)
        call = "python -m idic_lib.firm --people 4000 --seed 77 --out my_firm"
        whole = "firm.json", "orders.parquet", "truth/orders.parquet"
        lost = [name for name in whole if not (folder / name).is_file()]
        problem = f"The folder {folder.absolute()} holds no firm, or a part of one (there is no {', no '.join(lost)})"
        refuse_if(lost, f"{problem}. Copy the whole folder, with truth/ in it, or make one with `{call}`")
        read = {name: _read(folder / f"{name}.{'parquet' if name in LARGE else 'csv'}") for name in TABLES}
        truth = {path.stem: pd.read_parquet(path) for path in sorted((folder / "truth").glob("*.parquet"))}
        truth = {name: f if set(f) - {"person_id", "themes"} else f.iloc[:, 0] for name, f in truth.items()}
        return cls(json.loads((folder / "firm.json").read_text(encoding="utf-8")), read, truth)

    def live(self, weeks, policy=None, seed=0, *, run_off=0, budget=None):
        """Let the firm live on from its last week under a policy.

        Parameters
        ----------
        weeks : int
            Weeks in which the policy acts.
        policy : callable, optional
            ``policy(view)`` is called at the beginning of each week with a `live.View`, what the firm sees, and returns
            `Actions` or None. None: nobody is contacted.
        seed : int
            Of the future: the same seed gives the same chances to every policy (random numbers are keyed by purpose,
            person and week), so that policies are compared on common numbers.
        run_off : int
            Further weeks in which nothing is sent, so that fatigue and lost customers are not free.
        budget : float, optional
            Thousand toman a week for letters.

        Returns
        -------
        Lived
            `.ledger` by week, `.people` (truth), `.consent`.

        Raises
        ------
        DataError
            For a letter to a record that is unknown, has opted out or is on no list, two letters to one record in a
            week, an unknown theme, question, ticket or leaflet, or letters beyond the budget.

        Notes
        -----
        New customers come (the prospects), the rival has its weeks of discounts, needs drift and records are opened as
        before; newsletters and campaigns are sent only if the policy sends them, and apologies given only if it gives
        them. The ledger takes goods at the mean share of cost of the categories that a person's needs buy, and orders
        before returns.
        """
        if self._end is None:
            made = {name: value for name, value in self.made.items() if name in SWITCHES}
            sw, draws = switches(self.made["world"], made), Draws(self.made["seed"])
            n, past = self.made["weeks"], _past(self.made["n_people"], self.made["weeks"], sw, draws, False)
            records = Records(past[1], past[4][3], n, sw, draws)
            self._end = {"people": past[1], "state": past[4][3], "records": records, "sw": sw, "who": past[0],
                         "draws": draws, "weeks": n}  # fmt: skip
        return _live(self, self._end, weeks, policy, seed, run_off=run_off, budget=budget)


def _read(path):
    if not path.is_file():  # a table that this firm does not have
        return pd.DataFrame()
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    head = pd.read_csv(path, nrows=0).columns
    types = TYPES | {name: "str" for name in head if name.endswith("_id")}
    days = {name: "datetime64[us]" for name in head if name.endswith("_on")}
    frame = pd.read_csv(path, dtype=types, parse_dates=list(days), date_format="%Y-%m-%d", keep_default_na=False,
                        na_values=[""]).astype(days)  # fmt: skip
    return frame.astype({name: "str" for name in frame if frame[name].dtype == object})  # an empty table knows no types


def _past(n_people, weeks, sw, draws, detail):
    """People, branches and the history that they lived."""
    who = identities(n_people, draws, sw["households"], text=detail)
    people = population(n_people, weeks, sw, draws, pd.Index(list(CITIES)).get_indexer(who["city"]))
    places = tables.branch_quarters(draws, -(-weeks // 13), sw["service"])
    failure_rate = tables.failure_rates(places)
    return who, people, places, failure_rate, run(people, weeks, sw, draws, failure_rate, forks=detail)


def make_firm(n_people=4000, weeks=104, seed=20, world="rich", *, detail=True, campaign_test=0, **strength):
    """Make the firm Chai & Ketab from a seed.

    Parameters
    ----------
    n_people : int
        People, among them about a tenth of prospects who have not bought yet.
    weeks : int
        Weeks of history from 2024-03-23 (a Saturday).
    seed : int
        The same seed gives the same firm, byte for byte.
    world : {"rich", "plain"}
        ``"plain"`` is exactly BG/NBD purchasing with gamma-gamma spend, everybody identified and nobody contacted;
        ``"rich"`` has all mechanisms on.
    detail : bool
        False: only orders and contacts (and the truth of people, records and orders), for many people. Without order
        lines there are no returns.
    campaign_test : int
        People in the large table of the randomised campaign (0: none), a sample of the same world beside the firm. Four
        times as many are simulated; where the switches leave fewer than a quarter who can be reached, the table has
        only these.
    **strength
        Any switch of ``firm.SWITCHES`` by name, 0 turns a mechanism off: ``make_firm(world="plain", seasons=1)``.

    Returns
    -------
    Firm

    Raises
    ------
    DataError
        For an unknown switch or world, or a size that makes no firm.

    Notes
    -----
    The plain world: P. S. Fader, B. G. S. Hardie and K. L. Lee (2005), "Counting Your Customers the Easy Way: An
    Alternative to the Pareto/NBD Model", *Marketing Science* 24(2), 275–284 (purchases); the gamma-gamma model of spend
    (P. S. Fader and B. G. S. Hardie, note of 2013). The other mechanisms and all their parameters are ours.
    """
    sizes = {"n_people": (n_people, 10, 10**8), "weeks": (weeks, 4, 1040), "seed": (seed, 0, 2**63 - 1),
             "campaign_test": (campaign_test, 0, 10**7)}  # fmt: skip
    for name, (value, least, most) in sizes.items():
        good = isinstance(value, (int, np.integer)) and least <= value <= most
        refuse_if(not good, f"{name}={value!r}: a whole number from {least} to {most:,} is needed")
    sw, draws = switches(world, strength), Draws(seed)
    who, people, places, failure_rate, (events, letters, assigned, state) = _past(n_people, weeks, sw, draws, detail)
    city = pd.Index(list(CITIES)).get_indexer(who["city"])
    records = Records(people, state, weeks, sw, draws)
    orders, event = show.orders_table(events, people, records, who, draws)
    contacts, sent = show.contacts_table(letters, event, records, draws)
    seen = {name: pd.DataFrame() for name in TABLES} | {"orders": orders, "contacts": contacts}
    index = pd.Index(text_ids("P", np.arange(n_people), 6), name="person_id")
    truth = {"people": show.people_table(people, state, city, who, weeks, index),
             "records": pd.Series(index[records.slots["person"]], records.slots["record_id"], name="person_id"),
             "orders": pd.Series(index[event["person"]], orders["order_id"], name="person_id")}  # fmt: skip
    made = {name: int(value) for name, (value, _, _) in sizes.items()} | {"world": world}
    made |= {name: value if isinstance(value, str) else float(value) for name, value in strength.items()}
    if not detail:
        return Firm(made, seen, truth)
    details = show.Details(people, state, records, who, event, orders, weeks, sw, draws, index)
    more, known = details.all(contacts, sent, assigned, places)
    seen, truth = seen | more, truth | known
    if campaign_test:
        others = Draws(seed + _OTHERS)
        seen["campaign_test"], outcomes = show.large_test(campaign_test, sw, others, failure_rate)
        truth |= {"campaign_test": outcomes} if len(outcomes) else {}
    return Firm(made, seen, truth)
