"""What a manager brings who believes one model alone, on firms that nobody saw: ``datasets/firm_models.csv``.

    python datasets/make/firm_models.py [PROCESSES]

Six firms of the arena (seeds 4001-4006, 2,000 people, each with switches of its own) live on for a year, and a run-off
year in which nobody is contacted, under each model's policy: with as much money as the policy asks for, and with the
same weekly budget for all, an e-mail to a quarter of the people (0.05 thousand toman a person; what is not spent in its
week is lost). Three futures, common random numbers. IDIC stands twice: with the settings tuned on training firms, as in
the arena, and with those that `Programme` has by itself, which nobody tuned, as nobody tuned the other models. About
seven minutes on one core.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from idic_lib.identify import link_records
from idic_lib.models.buttle import ButtlePolicy
from idic_lib.models.kalakota import KalakotaPolicy
from idic_lib.models.payne import PaynePolicy
from idic_lib.programme import Desk, Programme, arena_firm
from idic_lib.programme.coalitions import DISCOUNT, RUN_OFF, built_in

FILE = Path(__file__).resolve().parent.parent / "firm_models.csv"
SEEDS, FUTURES, PEOPLE, WEEKS = range(4001, 4007), range(3), 2000, 52
BUDGETS = {"none": None, "equal": 0.05}  # thousand toman a person and week
OURS = {"Payne": PaynePolicy, "Kalakota": KalakotaPolicy, "Buttle": ButtlePolicy}
POLICIES = ["nobody", "tuned mass", "IDIC, tuned", "IDIC, untuned", *OURS]


def lives(seed, policies=POLICIES, futures=FUTURES, budgets=BUDGETS):
    """Rows of the table for one firm; thousand toman and letters a person."""
    firm, rows = arena_firm(seed, PEOPLE), []
    desks = [Desk(firm), Desk(firm, link_records(firm.records))] if {*policies} - {"nobody", *OURS} else None
    made = {"nobody": lambda: None, "tuned mass": lambda: built_in("tuned mass", desks), **OURS,
            "IDIC, tuned": lambda: built_in("IDNC", desks),
            "IDIC, untuned": lambda: Programme(desks[1], "IDNC")}  # fmt: skip
    lived = {}
    for future, name, budget in product(futures, policies, budgets):
        policy = made[name]()
        life = (future, *((name, budget) if policy else ()))  # silence is one life, whatever its name
        if life not in lived:
            money = budgets[budget] and budgets[budget] * PEOPLE
            run = firm.live(WEEKS, getattr(policy, "decide", policy), future, run_off=RUN_OFF, budget=money)
            year, after = run.ledger.iloc[:WEEKS].sum() / PEOPLE, run.ledger.iloc[WEEKS:].sum() / PEOPLE
            row = {"value": year["profit"] + after["profit"] / (1 + DISCOUNT), "profit": year["profit"]}
            lived[life] = row | year[["contact", "service", "letters"]].to_dict() | {"consent": run.consent}
        rows.append({"seed": seed, "budget": budget, "policy": name, "future": future} | lived[life])
    return pd.DataFrame(rows).round(4)


if __name__ == "__main__":
    with ProcessPoolExecutor(int((sys.argv[1:] or [2])[0]), get_context("spawn")) as pool:
        table = pd.concat(pool.map(lives, SEEDS))
    table.to_csv(FILE, index=False, encoding="utf-8", lineterminator="\n")
