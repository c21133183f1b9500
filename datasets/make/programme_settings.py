"""Tune the built-in programmes on training firms: ``idic_lib/programme/settings.csv``.

    python datasets/make/programme_settings.py [PROCESSES]

Each set of steps begins from the best settings found with one step less (the first from silence) and tries one setting
after the other. A value is taken if its gain in profit and discounted run-off, a mean over lives of the training firms,
is greater than its standard error; a set of steps that gains nothing keeps what it began from. On the training firms a
further step therefore costs nothing, but for I, which changes who a customer is. The firms that are scored later have
other seeds.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from idic_lib.firm import NEEDS, make_firm
from idic_lib.identify import link_records
from idic_lib.programme import Desk, Programme
from idic_lib.programme.coalitions import COALITIONS, lived

FILE = Path(__file__).resolve().parents[2] / "idic_lib" / "programme" / "settings.csv"
SEEDS, PEOPLE, FUTURES = (1000, 1001, 1002), 3000, 2
#: Silence, and settings under which no step does anything yet.
START = {"gap": 0, "theme": "ritual", "score": "uplift", "reach": 3, "spread": 1, "least": 2.0, "channel": "cheapest",
         "ask": 0, "apologise": 0}  # fmt: skip


def grids(steps):
    """The settings to tune and the values to try, in this order."""
    found = {"spread": (1, 2), "reach": (1, 2, 3)} if "D" in steps else {}
    found |= {"least": (0.45, 0.6, 0.75), "gap": (0, 1, 2, 4)} if "C" in steps else {"gap": (0, 4, 8, 13)}
    if not steps:
        found = {"theme": NEEDS, **found}
    if {"I", "N"} <= set(steps):
        found["channel"] = ("opened", "cheapest")
    if {"N", "C"} <= set(steps):
        found["ask"] = (0, 1, 4)
    if "N" in steps:
        found["apologise"] = (0, 1, 2, 3) if "D" in steps else (0, 3)
    return found


@cache
def training(seed):
    """A firm and its two desks."""
    firm = make_firm(PEOPLE, 104, seed, campaign_test=20_000)
    return firm, [Desk(firm), Desk(firm, link_records(firm.records))]


def worth(seed, future, steps, settings):
    """Value of a policy in one life of a training firm, thousand toman."""
    firm, desks = training(seed)
    policy = None if steps is None else Programme(desks["I" in steps], steps, **settings)
    return lived(firm, policy, 52, future)["value"]


def acting(steps, one):
    """The steps that do something under these settings; None if nobody does anything."""
    if not (one["gap"] or one["ask"] > 1 or one["apologise"]):
        return None
    off = {"D": one["spread"] == 1 and one["reach"] == 3 and one["apologise"] in (0, 3),
           "N": one["channel"] == "cheapest" and not one["ask"] and not one["apologise"],
           "C": one["least"] > 1}  # fmt: skip
    return "".join(step for step in steps if not off.get(step))


class Search:
    """Lives that were run are kept; many are run at once."""

    def __init__(self, pool):
        self.pool, self.known = pool, {}

    def lives(self, steps, several, future):
        """Values by settings and training firm."""
        keys = [(on := acting(steps, one), future, *(() if on is None else one.values())) for one in several]
        new = {key: one for key, one in zip(keys, several) if key not in self.known}
        tasks = [(seed, future, key[0], one) for (key, one), seed in product(new.items(), SEEDS)]
        values = np.reshape(list(self.pool.map(worth, *zip(*tasks))) if tasks else [], (-1, len(SEEDS)))
        self.known |= dict(zip(new, values))
        return np.array([self.known[key] for key in keys])

    def better(self, steps, old, others):
        """The best of the others, if it is better than the old settings by more than the standard error, else those."""
        gains = np.zeros((len(others), 0))
        for future in range(FUTURES):  # what loses in the first future is not tried in the next one
            lived_ = self.lives(steps, [old, *others], future)
            gains = np.hstack([gains, lived_[1:] - lived_[0]])
            keep = np.flatnonzero(gains.mean(axis=1) > 0)
            gains, others = gains[keep], [others[k] for k in keep]
            if not others:
                return old
        best = gains.mean(axis=1).argmax()
        error = gains[best].std(ddof=1) / len(gains[best]) ** 0.5
        return others[best] if gains[best].mean() > error else old

    def mean(self, steps, settings):
        return np.mean([self.lives(steps, [settings], future) for future in range(FUTURES)])

    def tune(self, steps, start):
        """The settings of these steps. In silence no setting matters, so the search begins with some letters."""
        found = start | {"gap": start["gap"] or 4}
        if "C" in steps and found["least"] > 1:
            found |= {"gap": 2, "least": 0.6, "theme": "none"}
        for name, grid in grids(steps).items():
            if found["gap"] or name == "apologise":
                found = self.better(steps, found, [found | {name: one} for one in grid if one != found[name]])
        return self.better(steps, start, [found]) if found != start else start


def tuned(pool):
    """The table of settings."""
    search, found = Search(pool), {}
    for steps in COALITIONS:
        less = [steps.replace(step, "") for step in steps]
        best = max(less, key=lambda some: search.mean(some, found[some]), default=None)
        found[steps] = search.tune(steps, START if best is None else found[best])
        print(f"{steps or 'tuned mass'}: {found[steps]}, {search.mean(steps, found[steps]):,.0f}", flush=True)
    found["propensity"] = search.tune("ID", START | {"score": "value"})
    table = pd.DataFrame.from_dict(found, orient="index").rename_axis("policy")
    return table.rename(index={"": "tuned mass"})


if __name__ == "__main__":
    with ProcessPoolExecutor(int((sys.argv[1:] or [2])[0]), get_context("spawn")) as pool:
        tuned(pool).to_csv(FILE, encoding="utf-8", lineterminator="\n")
