"""What programmes gain in worlds that differ from the usual one in one respect: ``datasets/firm_programmes.csv``.

    python datasets/make/firm_programmes.py [PROCESSES]

Each world is lived by several firms under nobody, mass mailing, and the full loop with two settings, on common random
numbers. Money is kept by kind, so that a reader can change margins and the price of a letter without running anything.
Takes about an hour on one core. Its firms have other seeds than those that the settings were tuned on, and than the
firm of the lessons.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from idic_lib.firm import make_firm
from idic_lib.identify import link_records
from idic_lib.programme import Desk, Programme, tuned_settings
from idic_lib.programme.coalitions import DISCOUNT, RUN_OFF

FILE = Path(__file__).resolve().parent.parent / "firm_programmes.csv"
SEEDS, FUTURES, PEOPLE, WEEKS = (2001, 2002, 2003), (0,), 16_000, 52
LOOP = tuned_settings("IDNC")
#: Name, steps (None: nobody is contacted) and settings.
CANDIDATES = {
    "nobody": (None, {}),
    "mass, every 13 weeks": ("", {"gap": 13}),
    "loop, seldom": ("IDNC", LOOP | {"gap": 4}),
    "loop": ("IDNC", LOOP),
    "loop without identify": ("DNC", LOOP),
}
ONE_RECORD = {"systems": 0, "duplicates": 0, "errors": "clean"}
#: What is turned (axis), to which level, and the switches that do it; the usual world is a point of most axes.
WORLDS = [
    ("usual", 1, {}),
    *(("match", level, {"match": level}) for level in (0, 0.15, 0.45, 0.6)),
    ("records", 0, ONE_RECORD),
    ("records", 0.5, {"duplicates": 0.5}),
    ("errors", 2.2, {"errors": "poor"}),
    ("permission", 0.3, {"permission": 0.3}),
    *(("value_skew", level, {"value_skew": level}) for level in (0, 1.5)),
    ("backlash", 3, {"backlash": 3}),
    ("forward_buying", 0.6, {"forward_buying": 0.6}),
    ("rival", 1, {"rival": 0.5, "match": 0.15}),
    *((f"needs {needs:g}", rate, {"needs": needs, "repeat_rate": rate})
      for rate, needs in product((0.25, 1, 4), (0, 0.5, 1)) if (rate, needs) != (1, 1)),
]  # fmt: skip
MONEY = ["sales", "goods", "serving", "contact", "service"]


def lives(number, seed, worlds=WORLDS, futures=FUTURES, candidates=CANDIDATES):
    """Rows of the table: a firm in a world under every candidate; thousand toman a person, and letters."""
    axis, level, switches = worlds[number]
    firm = make_firm(PEOPLE, seed=seed, campaign_test=20_000, **switches)
    desks, rows = {False: Desk(firm), True: Desk(firm, link_records(firm.records))}, []
    for (name, (steps, settings)), future in product(candidates.items(), futures):
        policy = None if steps is None else Programme(desks["I" in steps], steps, **settings)
        run = firm.live(WEEKS, policy, future, run_off=RUN_OFF)
        row = {"axis": axis, "level": level, "seed": seed, "future": future, "policy": name}
        year, after = run.ledger.iloc[:WEEKS].sum(), run.ledger.iloc[WEEKS:].sum()
        row |= {kind: round((year[kind] + after[kind] / (1 + DISCOUNT)) / PEOPLE, 3) for kind in MONEY}
        rows.append(row | {"letters": round(year["letters"] / PEOPLE, 3), "consent": round(run.consent, 4)})
    return rows


def table(processes=1):
    """The table, a row a world, firm, policy and future."""
    tasks = list(product(range(len(WORLDS)), SEEDS))
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        rows = []
        for done, several in zip(tasks, pool.map(lives, *zip(*tasks))):
            rows += several
            print(WORLDS[done[0]], done[1], flush=True)
    return pd.DataFrame(rows)


if __name__ == "__main__":
    table(int((sys.argv[1:] or [2])[0])).to_csv(FILE, index=False, encoding="utf-8", lineterminator="\n")
