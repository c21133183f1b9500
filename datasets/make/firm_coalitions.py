"""All sets of steps on several firms, with their own budget and with an equal one: ``datasets/firm_coalitions.csv``.

    python datasets/make/firm_coalitions.py [PROCESSES]

*Own*: `run_coalitions`, each policy with its tuned settings, silence among them. *Equal*: every set of steps writes
every second week and may spend the same, half of what letters to all records cost; so a step can only choose better, to
whom and what, and silence is not among the choices. About a quarter of an hour on two cores. The firms have other seeds
than those that the settings were tuned on, and than the firm of the lessons.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from idic_lib.firm import make_firm
from idic_lib.identify import link_records
from idic_lib.programme import Desk, Programme, run_coalitions
from idic_lib.programme.coalitions import COALITIONS, lived

FILE = Path(__file__).resolve().parent.parent / "firm_coalitions.csv"
SEEDS, FUTURES, PEOPLE, WEEKS = range(3001, 3007), 4, 4000, 52
EQUAL = {"gap": 2, "theme": "ritual", "score": "uplift", "reach": 3, "spread": 1, "least": 0.6, "channel": "opened",
         "ask": 1, "apologise": 0}  # fmt: skip


def equal_budget(firm, links, futures=FUTURES, policies=COALITIONS):
    """Rows as of `run_coalitions`, of nobody and of sets of steps that may all spend the same."""
    desks, rows = {False: Desk(firm), True: Desk(firm, links)}, []
    wave = firm.live(1, Programme(desks[False], "", **EQUAL)).ledger["contact"].sum()
    for steps, future in product([None, *policies], range(futures)):
        policy = None if steps is None else Programme(desks["I" in steps], steps, **EQUAL)
        name = "nobody" if steps is None else steps or "tuned mass"
        rows.append({"policy": name, "replication": future} | lived(firm, policy, WEEKS, future, wave / 2))
    return pd.DataFrame(rows)


def one_firm(seed):
    """Both tables of a firm."""
    firm = make_firm(PEOPLE, 104, seed, campaign_test=20_000)
    links = link_records(firm.records)
    own = run_coalitions(firm, weeks=WEEKS, replications=FUTURES, links=links)
    both = {"own": own, "equal": equal_budget(firm, links)}
    return pd.concat([rows.assign(firm=seed, budget=name) for name, rows in both.items()])


if __name__ == "__main__":
    with ProcessPoolExecutor(int((sys.argv[1:] or [2])[0]), get_context("spawn")) as pool:
        rows = pd.concat(pool.map(one_firm, SEEDS))
    table = rows[["firm", "budget", "policy", "replication", *rows.columns.difference(
        ["firm", "budget", "policy", "replication"], sort=False)]]  # fmt: skip
    table.round(4).to_csv(FILE, index=False, encoding="utf-8", lineterminator="\n")
