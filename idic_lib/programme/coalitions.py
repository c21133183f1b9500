"""Programmes compared on one firm, and what each step is worth."""

import time
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations, permutations, product
from multiprocessing import get_context

import numpy as np
import pandas as pd

from .._guards import choice, refuse_if, whole
from ..identify import link_records
from .desk import Desk
from .policy import Programme, tuned_settings

__all__ = ["POLICIES", "run_coalitions", "value_of_each_step"]

COALITIONS = ["".join(some) for size in range(5) for some in combinations("IDNC", size)]
#: Nobody is contacted; no step, tuned; the other fifteen sets of steps; the likeliest buyers, one theme for all.
POLICIES = ["nobody", "tuned mass", *COALITIONS[1:], "propensity"]
RUN_OFF, DISCOUNT = 52, 0.2  # weeks, a year
#: I before D and N, which need it; C after D or N, which know what a customer wants.
ADMISSIBLE = [order for order in map("".join, permutations("IDNC"))
              if order[0] == "I" and order.index("C") > min(order.index("D"), order.index("N"))]  # fmt: skip


def built_in(name, desks):
    """A fresh policy of this name; None for nobody, and for one tuned to silence. `desks`: without and with links."""
    settings = {} if name == "nobody" else tuned_settings(name)
    if not any(settings.get(name) for name in ("gap", "ask", "apologise")):
        return None
    steps = {"tuned mass": "", "propensity": "ID"}.get(name, name)
    return Programme(desks["I" in steps], steps, **settings)


def lived(firm, policy, weeks, seed, budget=None):
    """One life of the firm under a policy as a row of `run_coalitions`."""
    run = firm.live(weeks, policy, seed, run_off=RUN_OFF, budget=budget)
    year, after = (part["profit"].sum() for part in (run.ledger.iloc[:weeks], run.ledger.iloc[weeks:]))
    worth = {"profit": year, "profit_after": after, "value": year + after / (1 + DISCOUNT), "consent": run.consent}
    return worth | run.ledger[["letters", "contact", "orders"]].sum().to_dict()


_shared = []  # of a process: what all tasks need


def _share(*everything):
    _shared[:] = everything


def _task(replication, name):
    firm, desks, weeks, seed, budget = _shared
    return lived(firm, built_in(name, desks), weeks, seed + replication, budget)


def run_coalitions(firm, *, weeks=52, replications=20, seed=0, links=None, budget=None, policies=None, processes=1):
    """Let the firm live on under each programme, on common random numbers.

    Parameters
    ----------
    firm : Firm
        With a `campaign_test`.
    weeks : int
        In which the policies act; then nobody is contacted for 52 weeks, so that fatigue and lost customers count.
    replications : int
        Futures, with seeds from `seed` on; the same ones for all policies.
    links : Series by record_id, optional
        Default: `identify.link_records` links once, before anything runs.
    budget : float, optional
        Thousand toman a week for letters, for every policy. Default: each spends what its settings ask for.
    policies : list of str, optional
        Some of `POLICIES` (default: all).
    processes : int
        More than one: in a script, call this under ``if __name__ == "__main__":``.

    Returns
    -------
    DataFrame
        A row a policy and replication: policy, replication; thousand toman of all people: profit (of `weeks`),
        profit_after (of the run-off), value = profit + profit_after / 1.2; consent (share at the end); letters, contact
        (cost) and orders (both years). ``.attrs`` has linking_seconds and learning_seconds, which are in no row.
    """
    names = [choice(name, POLICIES, "policy") for name in (POLICIES if policies is None else policies)]
    start = time.perf_counter()
    links = link_records(firm.records) if links is None else links
    seconds = {"linking_seconds": time.perf_counter() - start}
    desks = [Desk(firm), Desk(firm, links)]
    seconds["learning_seconds"] = time.perf_counter() - start - seconds["linking_seconds"]
    shared = [firm, desks, weeks, seed, budget]
    # Who is tuned to silence lives as nobody does: one life for all of them.
    lives = {name: name if built_in(name, desks) else "nobody" for name in names}
    tasks = list(product(range(whole(replications, "replications", 1)), dict.fromkeys(lives.values())))
    if whole(processes, "processes", 1) == 1:
        _share(*shared)
        rows = list(map(_task, *zip(*tasks)))
        _shared.clear()
    else:
        firm.live(1)  # makes the end of the history, which then goes along
        with ProcessPoolExecutor(processes, get_context("spawn"), _share, shared) as pool:
            rows = list(pool.map(_task, *zip(*tasks), chunksize=2))
    rows = dict(zip(tasks, rows))
    out = pd.DataFrame([{"policy": name, "replication": number} | rows[number, lives[name]]
                        for number, name in product(range(replications), names)])  # fmt: skip
    out.attrs = seconds
    return out


def interval(values, level=0.95):
    """Mean of the values and its interval (Student's t); infinite for one value."""
    from scipy.stats import t

    values = np.asarray(values, float)
    n, mean = len(values), values.mean()
    half = t.ppf(0.5 + level / 2, n - 1) * values.std(ddof=1) / n**0.5 if n > 1 else np.inf
    return mean, mean - half, mean + half


def value_of_each_step(coalitions, *, measure="value"):
    """What each step adds to tuned mass (the programme without any step).

    Parameters
    ----------
    coalitions : DataFrame
        From `run_coalitions`, all 16 sets of steps; of several firms if it has a column `firm`.
    measure : str
        Column to share out.

    Returns
    -------
    DataFrame by step I, D, N, C and a row all
        - shapley : mean of what the step adds when it comes, over the admissible orders: I before D and N, C after D or
          N. The four add up to the row all = all steps less tuned mass.
        - noise_low, noise_high : 95 % interval over replications (mean over firms in each).
        - firms_low, firms_high : 95 % interval over firms, each a mean over its replications; missing for one firm.
        - first_in, last_in : added to no step; taken from all steps.
        - low, high : the least and the most that it adds in any of the 24 orders.

    References
    ----------
    Shapley (1953), "A value for n-person games"; with some orders only: Faigle and Kern (1992), "The Shapley value for
    cooperative games under precedence constraints", International Journal of Game Theory 21, 249-266.
    """
    table = coalitions if "firm" in coalitions else coalitions.assign(firm=0)
    worth = table.pivot(index=["firm", "replication"], columns="policy", values=measure)
    lost = [name or "tuned mass" for name in COALITIONS if (name or "tuned mass") not in worth]
    refuse_if(lost != [], f"coalitions lacks {', '.join(lost)}", advice="run all: `run_coalitions(firm)`")
    worth = {frozenset(name.replace("tuned mass", "")): worth[name] for name in worth}

    def adds(step, order):
        before = frozenset(order[: order.index(step)])
        return worth[before | {step}] - worth[before]

    rows = {}
    for step in "IDNC":
        every = [adds(step, order).mean() for order in map("".join, permutations("IDNC"))]
        share = sum(adds(step, order) for order in ADMISSIBLE) / len(ADMISSIBLE)
        last = "IDNC".replace(step, "") + step
        ends = {"first_in": adds(step, step).mean(), "last_in": adds(step, last).mean()}
        rows[step] = _row(share) | ends | {"low": min(every), "high": max(every)}
    rows["all"] = _row(worth[frozenset("IDNC")] - worth[frozenset()])
    return pd.DataFrame(rows).T.rename_axis("step")


def _row(values):
    mean, *noise = interval(values.groupby("replication").mean())
    firms = values.groupby("firm").mean()
    firms = interval(firms)[1:] if len(firms) > 1 else [np.nan] * 2
    return dict(zip(["shapley", "noise_low", "noise_high", "firms_low", "firms_high"], [mean, *noise, *firms]))
