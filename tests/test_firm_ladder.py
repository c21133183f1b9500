"""The ladder of lesson 07: its table is what its script makes, and the plain world is recovered."""

import numpy as np
import pandas as pd
import pytest

from idic_lib import data
from idic_lib.firm import SWITCHES, make_firm


@pytest.fixture(scope="module")
def make(script):
    return script("firm_ladder")


@pytest.fixture(scope="module")
def table():
    return data.load_firm_ladder()


def test_the_script_makes_the_rows_of_the_table(make, table):
    made = make.ladder(seeds=[3], rungs=["plain world", "duplicates"])
    kept = table[(table["seed"] == 3) & table["rung"].isin([0, 8])].reset_index(drop=True)
    # The optimiser's last digits depend on the processor; the sums of the firm do not.
    pd.testing.assert_frame_equal(made, kept, rtol=2e-3, check_dtype=False)
    whole = ["people", "customers", "happened", "happened_seen"]
    assert (made[whole] == kept[whole]).all(axis=None)


def test_the_ladder_begins_in_the_plain_world_and_ends_in_the_rich_one(make):
    rungs = list(make.RUNGS)
    assert make.switched_on(rungs[0]) == {} and make.switched_on(rungs[-1]) == SWITCHES
    named = [switch for rung in rungs for switch in make.RUNGS[rung]]
    assert sorted(named) == sorted(SWITCHES)


def test_in_the_plain_world_the_fit_forecasts_within_two_per_cent_over_20_seeds(table):
    plain = table[table["rung"] == 0]
    assert sorted(plain["seed"]) == list(range(20))
    assert plain["forecast_true"].sum() / plain["happened"].sum() == pytest.approx(1, abs=0.02)
    # Recovery: the fit forecasts what the generating parameters forecast.
    assert (plain["forecast_true"] / plain["forecast_known"]).mean() == pytest.approx(1, abs=0.02)
    assert (
        plain[["forecast_true", "error_true"]].to_numpy() == plain[["forecast_file", "error_file"]].to_numpy()
    ).all()


def test_each_mechanism_does_what_the_model_of_the_firm_says(table):
    by_rung = {name: rows.set_index("seed") for name, rows in table.groupby("mechanism")}
    # Needs decide what is bought, not when; nothing changes while nobody is contacted.
    numbers = ["happened", "forecast_true", "error_true", "correlation_true"]
    assert by_rung["needs that drift"][numbers].equals(by_rung["seasons"][numbers])
    # Weeks 79-104 hold Yalda and the weeks before Nowruz.
    assert (by_rung["seasons"]["happened"] > by_rung["plain world"]["happened"]).all()
    assert (by_rung["anonymity"]["customers"] < by_rung["anonymity"]["people"]).all()
    splits = [by_rung[name]["customers"] for name in ("anonymity", "four systems", "duplicates")]
    assert (splits[0] < splits[1]).all() and (splits[1] < splits[2]).all()
    for name in ("anonymity", "four systems", "duplicates"):
        rows = by_rung[name]
        own, truth = rows["forecast_file"] / rows["happened_seen"], rows["forecast_file"] / rows["happened"]
        assert abs(own.mean() - 1) < 0.05 and (truth < own - 0.1).all()


def test_a_judgement_by_hand(make):
    firm = make_firm(300, 104, 5, "plain", detail=False)
    row = make.judge(firm)
    days = (firm.orders["order_date"] - make.START).dt.days
    people = firm.truth["orders"].to_numpy()
    early = days < 7 * 78
    assert row["people"] == len(np.unique(people[early]))
    later = pd.DataFrame({"who": people, "day": days})[~early].drop_duplicates()
    assert row["happened"] == later["who"].isin(people[early]).sum() == row["happened_seen"]
    assert row["orders_seen"] == 1
