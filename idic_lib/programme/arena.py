"""The arena: score anybody's policy beside the built-in programmes, and refuse what plays foul, with the reason."""

import ast
import inspect
import re
import signal
import textwrap
import threading
import time
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from .._guards import refuse_if, whole
from ..errors import DataError
from ..firm import make_firm
from ..identify import link_records
from .coalitions import built_in, interval, lived
from .desk import Desk

__all__ = ["arena_firm", "foul_play", "score_policy"]

RIVALS = ["nobody", "tuned mass", "IDNC"]
#: What a policy may import; of the firm only what it needs to answer. Data, and programmes with their desks, are not.
FAIR = re.compile(r"(math|collections|functools|itertools|dataclasses|numpy|pandas|scipy|sklearn)(\..*)?|"
                  r"idic_lib\.(identify|differentiate|lifetime_value|interact|customize|models|errors)(\..*)?|"
                  r"idic_lib\.firm\.(Actions|NEEDS|START)")  # fmt: skip
#: Names by which it could reach the truth, or files.
FOUL = re.compile("__.*|truth|gc|inspect|sys|os|builtins|importlib|eval|exec|compile|open|getattr|vars|globals|locals|"
                  "make_firm|Firm|fromfile|memmap|genfromtxt|read_.*|load.*")  # fmt: skip


def foul_play(source):
    """Why a policy with this source is refused before it runs, or None: it is read, not run.

    A scan stops mistakes and plain tricks, not somebody who is set on cheating: read the code of the winner.
    """
    try:
        tree = ast.parse(textwrap.dedent(source))
    except SyntaxError as error:
        return f"line {error.lineno}: this is no Python: {error.msg}"
    for node in ast.walk(tree):
        names = []
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            base = "." * node.level + f"{node.module or ''}." if isinstance(node, ast.ImportFrom) else ""
            names = [one.name for one in node.names if FOUL.fullmatch(one.name) or not FAIR.fullmatch(base + one.name)]
        elif isinstance(node, (ast.Attribute, ast.Name)):
            name = getattr(node, "attr", None) or node.id
            private = isinstance(node, ast.Attribute) and name[0] == "_" and getattr(node.value, "id", "") != "self"
            names = [name] * bool(private or FOUL.fullmatch(name))
        if names:
            return f"line {node.lineno}: it uses {', '.join(names)}, which no policy needs that acts on the view"
    return None


class _Slow(BaseException):
    """Not an Exception, which a policy might catch."""


class _Timed:
    """A policy whose time is taken; where the system has an alarm clock, also one that never answers is stopped."""

    def __init__(self, policy, limit):
        self.decide, self.limit, self.seconds = getattr(policy, "decide", policy), limit, 0.0

    def __call__(self, view):
        alarm = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
        start = time.perf_counter()
        if alarm:
            before = signal.signal(signal.SIGALRM, self._stop)
            signal.setitimer(signal.ITIMER_REAL, max(self.limit - self.seconds, 1e-3))
        try:
            return self.decide(view)
        finally:
            if alarm:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, before)
            self.seconds += time.perf_counter() - start
            if self.seconds > self.limit:
                self._stop()

    def _stop(self, *_):
        raise _Slow(f"too slow: it may take {self.limit:g} s for the decisions of all weeks together")


#: Between which bounds the switches of an arena firm are drawn.
SWITCHES = {"match": (0.1, 0.5), "backlash": (0, 2), "fatigue": (0.5, 2), "needs": (0.5, 1), "drift": (0, 0.15),
            "anonymity": (0.3, 1), "duplicates": (0, 0.15), "rival": (0, 0.5), "apology": (0.2, 0.9),
            "forward_buying": (0, 0.8), "consent_reacts": (0, 3)}  # fmt: skip


def arena_firm(seed, n_people=2000):
    """A firm that differs from others in mechanisms, not only in luck: its switches are drawn from the seed."""
    drawn = np.random.default_rng([seed, 13]).uniform(*np.transpose(list(SWITCHES.values()))).round(3)
    return make_firm(n_people, 104, seed, campaign_test=20_000, **dict(zip(SWITCHES, drawn.tolist())))


def score_policy(policy, firms, *, weeks=52, replications=10, seed=0, budget=None, limit_seconds=30.0, links=None):
    """What a policy brings beside nobody, tuned mass and the full loop.

    Parameters
    ----------
    policy : class, factory or path, or dict of them by name
        A class or factory is called without arguments for each life, so that no policy remembers another life. What it
        gives has a method ``decide(view)``, or is itself called with the view, and answers with `firm.Actions` or None.
        A file defines ``class Policy`` with that method, or ``decide(view)`` alone.
    firms : Firm or list of Firm
        With a `campaign_test`.
    weeks, replications, seed, budget
        As in `run_coalitions`; the budget (``view.budget``) binds everybody.
    limit_seconds : float
        For all decisions of one life.
    links : list of Series, optional
        Of each firm, for the full loop; default: linked here.

    Returns
    -------
    DataFrame by policy, best first
        gain : value above nobody, thousand toman per person of the firm, mean over firms and replications, with its 95
        % interval low, high (over firms if there are three or more, else over replications); letters per person and
        year; consent at the end; seconds that it took to decide, a life; reason, if it was disqualified (then nothing
        else is said): `foul_play`, an action that `Firm.live` refuses, too slow, or whatever it raised.
    """
    given = policy if isinstance(policy, dict) else {getattr(policy, "__name__", Path(str(policy)).stem): policy}
    firms = firms if isinstance(firms, (list, tuple)) else [firms]
    refuse_if(set(given) & set(RIVALS), f"a policy has the name of a rival: {', '.join(RIVALS)}")
    entries, rows = {name: _entry(one) for name, one in given.items()}, []
    reasons = {name: reason for name, (_, source) in entries.items() if (reason := foul_play(source))}
    for number, firm in enumerate(firms):
        desks = [Desk(firm), Desk(firm, link_records(firm.records) if links is None else links[number])]
        people = firm.made["n_people"]
        for name, future in product([*RIVALS, *entries], range(whole(replications, "replications", 1))):
            if name in reasons:
                continue
            try:
                one = entries[name][0]() if name in entries else built_in(name, desks)
                one = one and _Timed(one, limit_seconds if name in entries else 1e6)
                row = lived(firm, one, weeks, seed + future, budget) | {
                    "policy": name,
                    "firm": number,
                    "future": future,
                }
                row |= {"value": row["value"] / people, "letters": row["letters"] / people * 52 / weeks}
                rows.append(row | {"seconds": one.seconds if one else 0.0})
            except (DataError, _Slow) as error:
                reasons[name] = str(error).splitlines()[0]
            except Exception as error:  # whatever a guest's code does, the others still run
                reasons[name] = f"it raised {type(error).__name__}: {error}"
    table = pd.DataFrame(rows).set_index(["firm", "future"])
    nobody, out = table.loc[table["policy"] == "nobody", "value"], {}
    for name, mine in table[~table["policy"].isin(reasons)].groupby("policy"):
        gain = mine["value"] - nobody
        found = interval(gain.groupby("firm").mean() if len(firms) > 2 else gain)
        out[name] = dict(zip(["gain", "low", "high"], found)) | mine[["letters", "consent", "seconds"]].mean().to_dict()
    out = pd.DataFrame.from_dict(out, orient="index").reindex([*RIVALS, *entries]).rename_axis("policy")
    out["reason"] = [reasons.get(name) for name in out.index]
    return out.sort_values("gain", ascending=False, na_position="last", kind="stable")


def _entry(policy):
    """Factory and source text; a file is not run before its source was looked at."""
    if not isinstance(policy, (str, Path)):
        # Of a class written in a notebook only the source of its methods can be read.
        in_cell = inspect.isclass(policy) and policy.__module__ == "__main__"
        parts = filter(inspect.isfunction, vars(policy).values()) if in_cell else [policy]
        try:
            return policy, "\n".join(textwrap.dedent(inspect.getsource(part)) for part in parts)
        except (OSError, TypeError):
            return policy, "a class or function whose source can be read"  # no Python, so it is refused with this line
    refuse_if(not Path(policy).is_file(), f"there is no file {policy}")
    source = Path(policy).read_text(encoding="utf-8")

    def made():
        scope = {"__name__": Path(policy).stem}
        exec(compile(source, str(policy), "exec"), scope)
        refuse_if(not {"Policy", "decide"} & set(scope), "it defines neither `class Policy` nor `decide(view)`")
        return scope["Policy"]() if "Policy" in scope else scope["decide"]

    return made, source
