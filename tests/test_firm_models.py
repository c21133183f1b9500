"""The table of the models' policies on unseen firms: complete, and what its script makes."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from idic_lib import data
from idic_lib.programme import arena, arena_firm, score_policy


def test_every_firm_has_lived_every_future_under_every_policy_and_budget(script):
    table, made = data.load_firm_models(), script("firm_models")
    keys = ["seed", "budget", "policy", "future"]
    wanted = set(product(made.SEEDS, made.BUDGETS, made.POLICIES, made.FUTURES))
    assert set(map(tuple, table[keys].to_numpy())) == wanted
    assert len(table) == len(wanted) == 252
    assert np.isfinite(table.drop(columns=["budget", "policy"])).all(axis=None)
    assert table["consent"].between(0, 1).all()
    assert (table.loc[table["budget"] == "equal", "contact"] <= 52 * made.BUDGETS["equal"] + 1e-3).all()
    silent = (
        table[table["policy"].isin(["nobody", "tuned mass"])].set_index(keys)["value"].unstack(["policy", "budget"])
    )
    assert (silent.nunique(axis=1) == 1).all()  # mass mailing was tuned to silence


def test_one_life_is_what_the_script_makes(script):
    table = data.load_firm_models()
    made = script("firm_models").lives(4001, ["nobody", "Payne", "Buttle"], [0], {"equal": 0.05})
    keys = ["seed", "budget", "policy", "future"]
    kept = table.set_index(keys).loc[map(tuple, made[keys].to_numpy())].reset_index()
    pd.testing.assert_frame_equal(made, kept[list(made)], rtol=1e-6, atol=2e-4)


def test_the_arena_gives_the_same_gain(script, monkeypatch):
    monkeypatch.setattr(arena, "RIVALS", ["nobody"])
    firm, made = arena_firm(4002), script("firm_models")
    own = pd.Series(firm.records["record_id"].to_numpy(), firm.records["record_id"])
    scored = score_policy(made.OURS["Kalakota"], firm, replications=1, links=[own])
    value = (
        data.load_firm_models().query("seed == 4002 and budget == 'none' and future == 0").set_index("policy")["value"]
    )
    gain = scored.loc["KalakotaPolicy", "gain"]
    assert gain == pytest.approx(value["Kalakota"] - value["nobody"], abs=2e-3)
