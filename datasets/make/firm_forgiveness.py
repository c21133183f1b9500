"""What a failure and an apology change, by stage of the relationship: ``datasets/firm_forgiveness.csv``.

    python datasets/make/firm_forgiveness.py

In three weeks of a firm of a million people the world is run on three times for everybody who buys: the order went
well, it went wrong, it went wrong and an apology followed. All three runs use the same random numbers. Takes a minute.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from idic_lib.firm import tables
from idic_lib.firm.history import wave
from idic_lib.firm.life import FAILURE_HARM, STAGES, newborn, step
from idic_lib.firm.people import population
from idic_lib.firm.records import identities
from idic_lib.firm.show import COST
from idic_lib.firm.world import CITIES, Draws, switches
from idic_lib.models.payne import GOODS

FILE = Path(__file__).resolve().parent.parent / "firm_forgiveness.csv"
PEOPLE, SEED, FORKS, AHEAD = 1_000_000, 0, (52, 65, 78), (26, 52)


def ahead(week, ids, people, state, sw, draws, rates):
    """Orders, margin and who has left, over the weeks that follow in a copy of the world, by person."""
    state = {name: values.copy() for name, values in state.items()}
    orders, margin = np.zeros(len(ids)), np.zeros(len(ids))
    found = {}
    for now in range(week + 1, week + 1 + AHEAD[1]):
        made, _ = step(now, ids, people, state, sw, draws, rates, wave(now, people, state, sw, draws))
        earned = made["amount"] - GOODS * made["gross"]
        earned -= np.where(made["web"], COST["web"], COST["till"]) * people["serve"][made["who"]]
        orders += np.bincount(made["who"], minlength=len(ids))
        margin += np.bincount(made["who"], earned, len(ids))
        if now - week == AHEAD[0]:
            found = {"orders": orders.copy(), "margin": margin.copy(), "left": 1.0 - state["alive"]}
    return found | {"margin of a year": margin}


def main():
    sw, draws, ids = switches("rich", {}), Draws(SEED), np.arange(PEOPLE, dtype=np.int32)
    who = identities(PEOPLE, draws, sw["households"], text=False)
    weeks = max(FORKS) + AHEAD[1] + 1
    people = population(PEOPLE, weeks, sw, draws, pd.Index(list(CITIES)).get_indexer(who["city"]))
    rates = tables.failure_rates(tables.branch_quarters(draws, -(-weeks // 13), sw["service"]))
    state, cases = newborn(people, ids, sw, draws), []
    for week in range(max(FORKS) + 1):
        letters = wave(week, people, state, sw, draws)
        if week in FORKS:  # a copy in which nothing goes wrong this week, then three ways for those who bought
            base = {name: values.copy() for name, values in state.items()}
            made, _ = step(week, ids, people, base, sw, draws, 0 * rates, letters)
            buyers = np.unique(made["who"])
            buyers = buyers[base["alive"][buyers]]
            stage, ways = base["stage"][buyers], {}
            for way, share in (("well", 0.0), ("failed", 1.0), ("apology", 1.0 - sw["apology"])):
                world = base | {"mood": base["mood"].copy()}
                world["mood"][buyers] -= share * FAILURE_HARM * np.where(stage == 2, 0.5, 1.0)
                later = ahead(week, ids, people, world, sw, draws, rates)
                ways |= {(outcome, way): values[buyers] for outcome, values in later.items()}
            cases.append(pd.DataFrame(ways, index=np.array(STAGES)[stage]))
        step(week, ids, people, state, sw, draws, rates, letters)
    cases, rows = pd.concat(cases), []
    for stage in [*STAGES, "all"]:
        part = cases if stage == "all" else cases.loc[stage]
        for outcome in ("orders", "margin", "left", "margin of a year"):
            one = part[outcome]
            row = {"stage": stage, "outcome": outcome, "cases": len(one)} | one.mean().to_dict()
            for name, change in (("harm", one["failed"] - one["well"]), ("mended", one["apology"] - one["failed"])):
                row |= {name: change.mean(), f"{name}_se": change.std() / np.sqrt(len(one))}
            rows.append(row | {"spread": one["failed"].std()})
    pd.DataFrame(rows).round(5).to_csv(FILE, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
