"""Kalakota & Robinson: phases and flows by hand, curves and equity against sums, published numbers, the policy."""

import inspect
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idic_lib import firm, lifetime_value
from idic_lib.errors import DataError
from idic_lib.firm import NEEDS
from idic_lib.models import kalakota as k
from idic_lib.programme import foul_play

# Ten customers, four quarters: what they spent; by hand with good = 60 a quarter.
SPENT = [[100, 100, 100, 100], [20, 30, 0, 40], [80, 0, 0, 0], [0, 50, 0, 0], [0, 90, 70, 60], [0, 0, 40, 90],
         [30, 0, 0, 200], [0, 0, 0, 70], [150, 0, 60, 0], [0, 10, 40, 80]]  # fmt: skip
BY_HAND = ["A R R R", "A E ! E", "A ! L L", "- A ! L", "- A R R", "- - A R", "A ! L E", "- - - A", "A ! R !", "- A E E"]
LETTER = dict(zip("-AER!L", k.PHASES))


def orders_of(spent, weeks=13):
    rows = [(f"c{i}", q, v) for i, row in enumerate(spent) for q, v in enumerate(row) if v]
    frame = pd.DataFrame(rows, columns=["customer_id", "quarter", "amount"])
    day = pd.Timestamp("2025-01-04") + pd.to_timedelta(7 * weeks * frame["quarter"] + 5, unit="D")
    return frame.drop(columns="quarter").assign(order_date=day, amount=frame["amount"].astype(float))


def ten_phases(**more):
    window = {"start": "2025-01-04", "end": "2026-01-02", "good": 60}
    return k.phases(orders_of(SPENT), **window | more)


def test_phases_of_ten_customers_by_hand():
    found = ten_phases()
    assert found.to_numpy().tolist() == [[LETTER[sign] for sign in row.split()] for row in BY_HAND]
    assert list(found.columns) == [0, 1, 2, 3] and found.attrs["good"] == 60


def test_balance_and_flows_of_ten_customers_by_hand():
    account = k.balance(ten_phases())
    assert account["acquired"].tolist() == [5, 3, 1, 1] and account["lost"].tolist() == [0, 0, 2, 1]
    assert account["won_back"].tolist() == [0, 0, 0, 1] and account["closing"].tolist() == [5, 8, 7, 8]
    moves = k.flows(ten_phases()).set_index(["quarter", "from", "to"])["customers"]
    assert moves[1, "acquire", "at risk"] == 3 and moves[3, "lost", "enhance"] == 1 and moves[2, "at risk", "lost"] == 2
    shares = k.transition_shares(k.flows(ten_phases()), last=1)
    assert shares.loc["retain", ["retain", "at risk"]].tolist() == [2 / 3, 1 / 3]


def test_good_by_default_is_the_median_of_those_who_buy_again():
    # again: 100 100 100 | 25 22.5 | 80 220/3 | 65 | 57.5 | 70 | 25 130/3 -> the middle of 65 and 70
    assert ten_phases(good=None).attrs["good"] == pytest.approx(67.5)


def test_phases_see_only_whole_quarters_and_known_customers():
    rows = orders_of(SPENT)
    more = pd.concat([rows, rows.assign(customer_id=None), rows.assign(order_date=pd.Timestamp("2026-01-30"))])
    kept = more.copy()
    same = k.phases(more, start="2025-01-04", end="2026-02-15", good=60)
    pd.testing.assert_frame_equal(same, ten_phases(), check_index_type=False)
    pd.testing.assert_frame_equal(more, kept)
    assert (ten_phases(silent=3).to_numpy() == "lost").sum() == 1  # only the third customer, in the last quarter


@settings(max_examples=20)
@given(st.lists(st.lists(st.sampled_from([0, 0, 10, 60, 200]), min_size=5, max_size=5), min_size=1, max_size=30))
def test_flows_balance_every_quarter(spent):
    spent.append([10, 0, 60, 0, 200])
    found = k.phases(orders_of(spent), start="2025-01-04", end="2026-04-03", good=50)
    moves, account = k.flows(found), k.balance(found)
    for quarter in range(1, 5):
        now = moves[moves["quarter"] == quarter]
        for side, column in {"to": quarter, "from": quarter - 1}.items():
            stock = found[column].value_counts()
            assert now.groupby(side)["customers"].sum().to_dict() == stock[stock > 0].to_dict()
    ends = account["opening"] + account["acquired"] + account["won_back"] - account["lost"]
    assert (ends == account["closing"]).all() and (account["opening"][1:] == account["closing"][:-1].to_numpy()).all()
    rows = k.transition_shares(moves).sum(axis=1)
    assert np.allclose(rows[rows > 0], 1)


def shares(**rows):
    """Transition shares from rows such as acquire={"retain": 1}."""
    return pd.DataFrame(rows).T.reindex(index=k.PHASES, columns=k.PHASES).fillna(0.0)


SHARES = shares(prospect={"acquire": 1}, acquire={"enhance": 0.5, "at risk": 0.5},
                enhance={"enhance": 0.6, "at risk": 0.4}, retain={"retain": 0.8, "at risk": 0.2}, lost={"lost": 1},
                **{"at risk": {"enhance": 0.25, "lost": 0.75}})  # fmt: skip


def test_project_two_quarters_by_hand():
    path = k.project(pd.Series({"acquire": 100, "retain": 50}), SHARES, new=40, quarters=2)
    assert path.loc[1].tolist() == pytest.approx([40, 50, 40, 60, 0])
    assert path.loc[2].tolist() == pytest.approx([40, 20 + 30 + 15, 32, 20 + 20 + 8, 45])
    grown = k.project(pd.Series({"acquire": 100}), SHARES, new=40, quarters=6, acquire=0.5, enhance=0.2, retain=0.3)
    assert grown.sum(axis=1).diff().dropna().to_numpy() == pytest.approx(60.0)  # nobody appears or vanishes


def test_levers_move_what_they_say():
    start = pd.Series({"acquire": 100, "enhance": 100, "retain": 100, "at risk": 100})
    plain, raised, kept = (k.project(start, SHARES, new=0, quarters=1, **lever).loc[1]
                           for lever in ({}, {"enhance": 0.1}, {"retain": 0.1}))  # fmt: skip
    # enhance: of 50 + 60 + 25 who would buy little, a tenth buys much
    assert (raised - plain).tolist() == pytest.approx([0, -13.5, 13.5, 0, 0])
    # retain: 5 + 4 + 2 stay who would fall silent, 7.5 return who would be lost
    assert (kept - plain).tolist() == pytest.approx([0, 5 + 4 + 7.5, 2, -11, -7.5])


def test_project_refuses():
    with pytest.raises(DataError, match="sum to 1"):
        k.project(pd.Series({"acquire": 1}), SHARES * 0.5, new=1)
    with pytest.raises(DataError, match="retain=2"):
        k.project(pd.Series({"acquire": 1}), SHARES, new=1, retain=2)


def test_channel_quality_by_hand():
    day = pd.to_datetime(["2025-01-01", "2025-01-05", "2025-04-30", "2025-02-01", "2025-01-10", "2025-05-20"])
    rows = pd.DataFrame({"customer_id": list("aaabcd"), "order_date": day, "margin": [10.0, 20, 99, 5, 7, 50]})
    channel = pd.Series({"a": "friend", "b": "friend", "c": "advert", "d": "advert", "e": "advert"})
    cost = pd.Series({"friend": 1.0, "advert": 9.0})
    table = k.channel_quality(
        rows, channel, weeks=8, cost=cost
    )  # d is seen for a day, the end of April is too late for a
    assert table.index.tolist() == ["friend", "advert"] and table["customers"].tolist() == [2, 1]
    assert table["value"].tolist() == [17.5, 7] and table["net"].tolist() == [16.5, -2]
    assert table.loc["friend", "bought_again"] == 0.5
    assert table.loc["friend", "high"] - 17.5 == pytest.approx(1.959964 * 12.5)
    with pytest.raises(DataError, match="no customer with a channel"):
        k.channel_quality(rows, channel[["d"]], weeks=8)


def people(n, seed):
    rng = np.random.default_rng(seed)
    city = np.where(rng.random(n) < 0.1, None, rng.choice(["Tehran", "Rasht", "Ahvaz"], n))
    return pd.DataFrame({"city": city, "age": rng.integers(16, 80, n).astype(float)})


def test_look_alike_finds_what_was_planted_and_chance_is_chance():
    rng, before, after = np.random.default_rng(0), people(1500, 1), people(1500, 2)
    after.loc[:9, "age"] = np.nan
    made = [rng.exponential(1 + 2.0 * (who["city"] == "Rasht") + (who["age"] > 60)) for who in (before, after)]
    score = k.look_alike(before, pd.Series(made[0]), after)
    found = k.against_chance(score, pd.Series(made[1]))
    assert (
        found["n"] == 300 and found["picked"] > found["high"] > found["all"] > found["low"] and found["p_value"] < 0.01
    )
    assert score[after["city"] == "Rasht"].mean() > score[after["city"] == "Ahvaz"].mean() + 0.1
    luck = [k.against_chance(pd.Series(rng.random(200)), pd.Series(rng.exponential(size=200)), draws=100, seed=s)
            for s in range(150)]  # fmt: skip
    assert 0.005 < np.mean([one["p_value"] < 0.05 for one in luck]) < 0.10
    with pytest.raises(DataError, match="city"):
        k.look_alike(before, pd.Series(made[0]), after[["age"]])
    with pytest.raises(DataError, match="no outcome"):
        k.against_chance(score, pd.Series(made[1])[:-1])


def test_inferred_spells_by_hand():
    day = pd.to_datetime(["2025-01-01", "2025-01-15", "2025-04-30", "2025-03-05", "2025-05-07", "2025-01-01"])
    rows = pd.DataFrame({"customer_id": list("aaabbc"), "order_date": day})
    spells = k.inferred_spells(rows, gap=10, end="2025-05-14")
    assert spells["ended"].to_dict() == {"a": True, "b": False, "c": True}  # a came back after 15 weeks: too late
    assert spells["weeks"].to_dict() == {"a": 2, "b": 10, "c": 0}
    assert k.inferred_spells(rows, gap=16, end="2025-05-14")["ended"].to_dict() == {"a": False, "b": False, "c": True}


PAPER = pd.DataFrame([[0.3, 0.7, 0, 0, 0], [0.2, 0, 0.8, 0, 0], [0.15, 0, 0, 0.85, 0], [0.05, 0, 0, 0, 0.95],
                      [0, 0, 0, 0, 1.0]], index=[1, 2, 3, 4, "former"], columns=[1, 2, 3, 4, "former"])  # fmt: skip


def test_recency_chain_recovers_pfeifer_carraway_2000_and_its_values():
    rng, state, rows = np.random.default_rng(0), np.ones(20_000, int), [np.full(20_000, 9.0)]
    for _ in range(7):
        bought = rng.random(len(state)) < np.array([0, 0.3, 0.2, 0.15, 0.05, 0])[state]
        state = np.where(bought, 1, np.minimum(state + 1, 5))
        rows.append(9.0 * bought)
    found = k.phases(orders_of(np.column_stack(rows), weeks=1), weeks=1, start="2025-01-04", end="2025-02-28")
    chain = k.recency_chain(found)
    assert np.allclose(chain, PAPER, atol=0.02) and list(chain.index) == [1, 2, 3, 4, "former"]
    value = lifetime_value.markov_clv(chain, [36, -4, -4, -4, 0], discount_rate=0.2)
    assert np.allclose(value, [52.320, 5.554, 1.251, -1.820, 0], atol=1.5)
    exact = lifetime_value.markov_clv(PAPER, [36, -4, -4, -4, 0], discount_rate=0.2)
    assert exact.round(3).tolist() == [52.320, 5.554, 1.251, -1.820, 0]


def test_recency_chain_by_hand():
    chain = k.recency_chain(ten_phases(), longest=2)
    # of 15 quarters with a purchase and one to follow, 9 were followed by another; of 5 with a quarter's pause 2
    assert chain.loc[1, 1] == pytest.approx(9 / 15) and chain.loc[2, 1] == pytest.approx(2 / 5)
    assert chain.loc[2, "former"] == pytest.approx(3 / 5)
    with pytest.raises(DataError, match="silent for 3 quarters"):
        k.recency_chain(ten_phases(), longest=4)


def test_response_goes_through_now_and_ends_at_the_ceiling():
    curve = k.Response(spend=20, rate=0.3, ceiling=0.5)
    constant = -np.log(1 - 0.3 / 0.5) / 20  # Blattberg & Deighton's k
    assert curve.at(20) == pytest.approx(0.3) and curve.at(0) == 0 and curve.at(1e6) == pytest.approx(0.5)
    assert curve.at([5.0, 50.0]) == pytest.approx(0.5 * (1 - np.exp(-constant * np.array([5, 50]))))
    assert k.Response(20, 0.3, 0.5, 0.2).at(0) == pytest.approx(0.2)
    for bad in (k.Response(0, 0.3, 0.5), k.Response(20, 0.5, 0.5), k.Response(20, 0.3, 0.5, 0.3)):
        with pytest.raises(DataError, match="ceiling"):
            bad.at(1)


FIRM = {"acquire": k.Response(5, 0.2, 0.4), "enhance": k.Response(8, 0.1, 0.3), "retain": k.Response(6, 0.6, 0.8, 0.5),
        "prospects": 4000.0, "customers": 1500.0, "margin": 300.0, "discount_rate": 0.2}  # fmt: skip


def test_equity_is_the_sum_of_all_years():
    budget, split = 60_000.0, np.array([0.5, 0.2, 0.3])
    a, e, r = split[0] * budget / 4000, split[1] * budget / 1500, split[2] * budget / 1500
    stay, margin, here, won = FIRM["retain"].at(r), 300 * (1 + FIRM["enhance"].at(e)), 1.0, FIRM["acquire"].at(a)
    later = 0.0
    for year in range(1, 400):  # those still here are served at the year's end, those who stay then buy
        later += (here * stay * margin - here * (e + r)) / 1.2**year
        here *= stay
    by_hand = 4000 * (won * 300 - a) + (4000 * won + 1500) * later
    assert k.customer_equity(split, budget=budget, **FIRM) == pytest.approx(by_hand)


@pytest.mark.parametrize("budget", [5_000, 60_000, 400_000])
@pytest.mark.parametrize("change", [
    {}, {"retain": k.Response(6, 0.6, 0.95, 0.5)}, {"acquire": k.Response(5, 0.02, 0.03)},
    {"retain": k.Response(6, 0.6, 0.8)}, {"enhance": k.Response(8, 0.01, 0.02)}])  # fmt: skip
def test_best_split_agrees_with_a_grid_search_to_the_step(budget, change):
    facts, step = FIRM | change, 200
    grid = np.array([(a, e, step - a - e) for a in range(step + 1) for e in range(step + 1 - a)]) / step
    equity = k.customer_equity(grid, budget=budget, **facts)
    best = k.allocate_budget(budget, **facts)
    assert best["equity"] >= equity.max() * (1 - 1e-9)
    assert np.abs(best[["acquire", "enhance", "retain"]] - grid[equity.argmax()]).max() <= 1 / step + 1e-4
    assert best[["acquire", "enhance", "retain"]].sum() == pytest.approx(1)


def test_allocate_budget_refuses():
    with pytest.raises(DataError, match="above 0"):
        k.allocate_budget(0, **FIRM)
    with pytest.raises(DataError, match="cannot exceed 1"):
        k.allocate_budget(10, **FIRM | {"retain": k.Response(1, 0.5, 1.2)})


#: Numbers of our own, of the kind of a firm that grows: most value lies with customers still to be won.
GROWING = {"customers": 100, "new": 60, "margin": 100, "retention": 0.87, "discount_rate": 0.12, "acquisition_cost": 40}


def test_gupta_lehmann_stuart_2004_five_one_and_a_tenth():
    found = k.elasticities(**GROWING)
    assert found["retention"] == pytest.approx(5, abs=0.5) and found["margin"] == pytest.approx(1, abs=0.15)
    assert found["acquisition_cost"] == pytest.approx(0.1, abs=0.05)
    assert 4.5 < found["retention"] / found["discount_rate"] < 6  # "almost five times" in the abstract


def test_elasticities_are_those_of_the_sum_over_years():
    def value(customers, new, margin, retention, discount_rate, acquisition_cost):
        t = np.arange(1, 2000)
        one = (margin * retention**t / (1 + discount_rate) ** t).sum()
        return customers * one + sum(
            new * (one - acquisition_cost) / (1 + discount_rate) ** year for year in range(1, 11)
        )

    base, found = value(**GROWING), k.elasticities(**GROWING)
    for name, factor in {"retention": 1.01, "margin": 1.01, "acquisition_cost": 0.99, "discount_rate": 0.99}.items():
        better = value(**GROWING | {name: GROWING[name] * factor})
        assert found[name] == pytest.approx(100 * (better / base - 1))


def test_retention_elasticity_is_the_duration_pfeifer_farris_2004():
    # the mean time of the discounted margins, each weighted with its present value
    t = np.arange(1, 3000)
    weight = (0.9 / 1.12) ** t
    found = k.elasticities(customers=7, margin=3, retention=0.9, discount_rate=0.12, change=1e-7)
    assert found["retention"] == pytest.approx((t * weight).sum() / weight.sum(), rel=1e-4)
    with pytest.raises(DataError, match="is worth"):
        k.elasticities(**GROWING | {"acquisition_cost": 4000})


@pytest.mark.parametrize("rows, words", [
    (orders_of(SPENT).drop(columns="customer_id"), "assign_customers"),
    (orders_of(SPENT).assign(customer_id=None), "no order"), (orders_of(SPENT)[:1], "not one quarter")])  # fmt: skip
def test_phases_refuse(rows, words):
    with pytest.raises(DataError, match=words):
        k.phases(rows)


def test_flows_refuse_what_is_no_phase():
    with pytest.raises(DataError, match="no phase"):
        k.flows(ten_phases().replace("lost", "gone"))


@pytest.fixture(scope="module")
def small():
    return firm.make_firm(700, 78, 4, campaign_test=0)


@pytest.mark.parametrize("budget", [None, 15.0])
def test_policy_lives_within_the_rules(small, budget):
    policy, seconds = k.KalakotaPolicy(), []

    def timed(view):
        view.orders, view.order_lines, view.records  # noqa: B018  (frames are built when first asked for)
        start = time.process_time()
        actions = policy.decide(view)
        seconds.append(time.process_time() - start)
        return actions

    lived = small.live(20, timed, 1, budget=budget)
    assert lived.ledger["letters"].sum() > 50 and np.median(seconds) < 0.02
    assert foul_play(inspect.getsource(k.KalakotaPolicy)) is None
    assert budget is None or lived.ledger["contact"].max() <= budget


def test_policy_says_what_the_phase_says(small):
    told = []

    def look(view):
        told.append((view.week, k.KalakotaPolicy().decide(view).letters) if view.first else None)

    small.live(1, look, 1)
    week, letters = told[0]
    orders = small.orders.dropna(subset=["record_id"])
    age = week - (orders.groupby("record_id")["order_date"].min() - firm.START).dt.days // 7
    quiet = week - (orders.groupby("record_id")["order_date"].max() - firm.START).dt.days // 7
    written = letters.set_index("record_id")["theme"]
    assert quiet[written.index].max() <= 26 and set(written) <= set(NEEDS)
    newcomers = (age <= 13) & (quiet <= 13)
    assert set(written[newcomers.reindex(written.index)]) == {"discovery"}
    assert (letters["theme"].iloc[: len(letters) // 8] == "gift").mean() < 0.6  # retain first, and not all of one theme
