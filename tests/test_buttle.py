"""Buttle: the hidden Markov model against paths counted one by one and a peer, stages, follow-up, checklist, policy."""

import inspect
from itertools import product
from math import exp, factorial, log

import numpy as np
import pandas as pd
import pytest

from idic_lib import data, identify
from idic_lib.errors import ConvergenceWarning, DataError
from idic_lib.firm import START, make_firm
from idic_lib.firm.life import FAILURE_HARM
from idic_lib.models import buttle
from idic_lib.programme import foul_play

START3, RATES3 = [0.2, 0.5, 0.3], [0.1, 1.0, 4.0]
MOVE3 = np.array([[0.9, 0.08, 0.02], [0.1, 0.8, 0.1], [0.05, 0.15, 0.8]])


def simulated(n, periods, seed=1):
    """Counts and states of a true hidden Markov model."""
    rng, states = np.random.default_rng(seed), np.empty((n, periods), int)
    for i in range(n):
        k = rng.choice(3, p=START3)
        for t in range(periods):
            states[i, t] = k
            k = rng.choice(3, p=MOVE3[k])
    return pd.DataFrame(rng.poisson(np.array(RATES3)[states])).astype(float), states


def by_paths(counts, exposure, start, move, rates):
    """Log-likelihood, smoothed and forward chances of one customer: every path of states, one by one."""
    k, n = len(rates), len(counts)
    smooth, forward = np.zeros((n, k)), np.zeros((n, k))
    for upto in range(1, n + 1):
        for path in product(range(k), repeat=upto):
            chance = start[path[0]] * np.prod([move[a][b] for a, b in zip(path, path[1:])])
            for t, state in enumerate(path):
                if not np.isnan(counts[t]):
                    mean = rates[state] * exposure[t]
                    chance *= exp(-mean) * mean ** counts[t] / factorial(int(counts[t]))
            forward[upto - 1, path[-1]] += chance
            if upto == n:
                for t, state in enumerate(path):
                    smooth[t, state] += chance
    return log(forward[-1].sum()), *(x / x.sum(axis=1, keepdims=True) for x in (smooth, forward))


def test_forward_and_backward_agree_with_every_path_counted():
    counts, exposure = np.array([2.0, 0.0, np.nan, 5.0]), np.array([1.0, 0.5, 1.0, 2.0])
    value, smooth, forward = by_paths(counts, exposure, START3, MOVE3, RATES3)
    # A second customer begins two periods later: leading periods are no part of the chain.
    later = by_paths(np.array([1.0, 3.0]), exposure[2:], START3, MOVE3, RATES3)
    panel = pd.DataFrame([counts, [np.nan, np.nan, 1.0, 3.0]], index=["a", "b"])
    weights = pd.DataFrame([exposure, exposure])
    model = buttle.HiddenMarkov.from_params(START3, MOVE3, RATES3)
    for t in range(4):
        got = model.probabilities(panel, exposure=weights, period=t)
        np.testing.assert_allclose(got.loc["a"], smooth[t])
        np.testing.assert_allclose(
            model.probabilities(panel, exposure=weights, smooth=False, period=t).loc["a"], forward[t]
        )
        np.testing.assert_allclose(got.loc["b"], START3 if t < 2 else later[1][t - 2])
    now = {"start": np.array(START3), "move": MOVE3, "rates": np.array(RATES3)}
    found = buttle._expect(now, *buttle._cells(panel, weights))[2]
    assert found == pytest.approx(value + later[0])
    stages = model.stages(panel, exposure=weights)
    assert stages.loc["b"].isna().tolist() == [True, True, False, False]
    assert stages.loc["a"].tolist() == [f"state {k}" for k in smooth.argmax(axis=1)]


def test_far_out_counts_do_not_underflow():
    model = buttle.HiddenMarkov.from_params(
        [0.5, 0.5], [[0.5, 0.5], [0.5, 0.5]], pd.Series([0.001, 0.002], ["low", "high"])
    )
    got = model.probabilities(pd.DataFrame([[900.0]]))
    assert np.isfinite(got.to_numpy()).all() and got["high"].iloc[0] == pytest.approx(1)


#: hmmlearn 0.3.3, PoissonHMM(3, init_params="", params="stl", n_iter=2000, tol=1e-9), begun at the true parameters, on
#: simulated(60, 12) as 60 sequences: `score` before and after `fit`, then lambdas_.
PEER = {"at_truth": -1083.2541658142256, "fitted": -1076.1419887709546, "rates": [0.02342, 0.78281, 3.91751]}


def test_fit_finds_the_maximum_recorded_from_hmmlearn():
    panel, _ = simulated(60, 12)
    assert panel.to_numpy().sum() == 1078  # the same data as recorded
    model = buttle.HiddenMarkov(["low", "middle", "high"], tolerance=1e-12, max_iter=3000).fit(panel)
    assert model.log_likelihood_ == pytest.approx(PEER["fitted"], abs=1e-4)
    np.testing.assert_allclose(model.rates_, PEER["rates"], atol=1e-3)
    now = {"start": np.array(START3), "move": MOVE3, "rates": np.array(RATES3)}
    assert buttle._expect(now, *buttle._cells(panel, None))[2] == pytest.approx(PEER["at_truth"], abs=1e-7)


def test_parity_with_hmmlearn():
    hmm = pytest.importorskip("hmmlearn.hmm", reason="hmmlearn is a peer (extra `peers`): no wheel for each Python")
    panel, _ = simulated(60, 12)
    peer = hmm.PoissonHMM(3, init_params="", params="stl", n_iter=2000, tol=1e-9)
    peer.startprob_, peer.transmat_, peer.lambdas_ = np.array(START3), MOVE3, np.array(RATES3)[:, None]
    cells, lengths = panel.to_numpy(int).reshape(-1, 1), [12] * 60
    model = buttle.HiddenMarkov.from_params(START3, MOVE3, RATES3)
    theirs = peer.predict_proba(cells, lengths).reshape(60, 12, 3)
    for t in (0, 5, 11):
        np.testing.assert_allclose(model.probabilities(panel, period=t), theirs[:, t], atol=1e-8)
    peer.fit(cells, lengths)
    ours = buttle.HiddenMarkov(["low", "middle", "high"], tolerance=1e-12, max_iter=3000).fit(panel)
    assert ours.log_likelihood_ == pytest.approx(peer.score(cells, lengths), abs=1e-4)
    np.testing.assert_allclose(ours.transitions_, peer.transmat_, atol=5e-3)


def test_recovery_of_a_true_hidden_markov_model():
    panel, states = simulated(1500, 20, seed=4)
    panel = panel.mask(np.arange(20) < np.random.default_rng(0).integers(0, 12, 1500)[:, None])  # people come later
    model = buttle.HiddenMarkov(["low", "middle", "high"], seed=3).fit(panel)
    np.testing.assert_allclose(model.rates_, RATES3, rtol=0.12)
    np.testing.assert_allclose(model.transitions_, MOVE3, atol=0.03)
    assert model.rates_.is_monotonic_increasing and model.converged_
    right = (model.stages(panel).iloc[:, -1] == np.array(["low", "middle", "high"])[states[:, -1]]).mean()
    best = buttle.HiddenMarkov.from_params(START3, MOVE3, pd.Series(RATES3, ["low", "middle", "high"]))
    ceiling = (best.stages(panel).iloc[:, -1] == np.array(["low", "middle", "high"])[states[:, -1]]).mean()
    assert ceiling - 0.02 < right <= ceiling + 0.02


def test_each_step_climbs_and_the_order_of_customers_does_not_matter():
    panel, _ = simulated(80, 10, seed=7)
    values = []
    for steps in (1, 5, 20):
        with pytest.warns(ConvergenceWarning, match="still climbing after"):
            values.append(buttle.HiddenMarkov(max_iter=steps, restarts=1, tolerance=1e-15).fit(panel).log_likelihood_)
    assert values == sorted(values)
    one, other = (buttle.HiddenMarkov(["a", "b"]).fit(rows) for rows in (panel, panel.iloc[::-1]))
    np.testing.assert_allclose(one.rates_, other.rates_, rtol=1e-6)
    again = buttle.HiddenMarkov(["a", "b"]).fit(panel)
    assert again.log_likelihood_ == one.log_likelihood_ and len(one.restarts_) == 5


def test_a_state_that_holds_nobody_is_said():
    panel = pd.DataFrame(np.zeros((40, 6)))
    panel.iloc[0, 3] = 30.0
    with pytest.warns(ConvergenceWarning, match="of the periods: try fewer states"):
        buttle.HiddenMarkov(["quiet", "loud"]).fit(panel)


def test_model_errors():
    good = pd.DataFrame([[1.0, 2.0], [0.0, np.nan]], index=["a", "b"])
    model = buttle.HiddenMarkov(["low", "high"])
    for bad in (good - 1, good + 0.5):
        with pytest.raises(DataError, match="not a count"):
            model.fit(bad)
    with pytest.raises(DataError, match="no count at all"):
        model.fit(good * np.nan)
    with pytest.raises(DataError, match="no pandas frame"):
        model.fit(good.to_numpy())
    for bad in (np.ones((2, 3)), np.zeros((2, 2))):
        with pytest.raises(DataError, match="exposure"):
            model.fit(good, exposure=bad)
    with pytest.raises(DataError, match="fit"):
        model.stages(good)
    for bad in (["one"], ["one", "one"]):
        with pytest.raises(DataError, match="two or more names"):
            buttle.HiddenMarkov(bad)
    with pytest.raises(DataError, match="add up to 1"):
        buttle.HiddenMarkov.from_params([0.5, 0.6], np.eye(2), [1, 2])


ORDERS = pd.DataFrame({
    "customer_id": ["a", "a", "a", "a", "b", "c", None],
    "order_date": pd.to_datetime(["2024-01-01", "2024-01-29", "2024-01-29", "2024-03-24", "2024-03-20", "2024-01-05",
                                  "2024-01-06"]),
    "amount": [100.0, 50.0, 50.0, 200.0, 80.0, 10.0, 5.0]})  # fmt: skip


def test_panel_by_hand():
    panel = buttle.purchase_panel(ORDERS)  # 84 days, three periods: 1 to 28 January, to 25 February, to 24 March
    assert [str(day.date()) for day in panel.columns] == ["2024-01-28", "2024-02-25", "2024-03-24"]
    expected = [[np.nan, 1, 1], [np.nan, np.nan, np.nan], [np.nan, 0, 0]]  # two orders of one day are one purchase
    np.testing.assert_array_equal(panel.loc[["a", "b", "c"]], expected)
    assert buttle.purchase_panel(ORDERS, end="2024-02-25").shape == (2, 2)
    assert len(ORDERS.columns) == 3  # the caller's frame is as it was
    with pytest.raises(DataError, match="no period of 40 weeks"):
        buttle.purchase_panel(ORDERS, weeks=40)
    with pytest.raises(DataError, match="assign_customers"):
        buttle.purchase_panel(ORDERS.drop(columns="customer_id"))
    assert callable(identify.assign_customers)
    with pytest.raises(DataError, match="no order of a known customer"):
        buttle.purchase_panel(ORDERS, end="2023-01-01")


def test_recency_rule_by_hand():
    dates = {"gone": ["2024-01-01", "2024-02-01", "2024-03-01"], "new": ["2024-11-01", "2024-11-10", "2024-12-01"],
             "few": ["2024-01-01", "2024-12-01"], "grows": ["2024-06-01", "2024-09-01", "2024-12-01"],
             "bond": ["2024-01-01", "2024-09-01", "2024-12-01"]}  # fmt: skip
    rows = [(who, pd.Timestamp(day)) for who, days in dates.items() for day in days]
    stage = buttle.recency_stage(pd.DataFrame(rows, columns=["customer_id", "order_date"]), end="2024-12-31")
    assert stage.to_dict() == {"gone": "dissolution", "new": "exploration", "few": "exploration", "grows": "expansion",
                               "bond": "commitment"}  # fmt: skip
    assert set(stage) <= set(buttle.STAGES)


def test_follow_up_by_hand():
    orders = ORDERS.assign(cost_to_serve=10.0, discount=[0, 0, 0, 100.0, 0, 0, 0])
    days = pd.to_datetime(["2024-01-01", "2024-01-28", "2024-03-20", "2024-01-05"])
    cases = pd.DataFrame({"customer_id": ["a", "a", "b", "c"], "opened_on": days}, index=list("wxyz"))
    found = buttle.follow_up(orders, cases, weeks=8, goods=0.6)
    assert list(found.index) == ["w", "x", "z"]  # y is not followed to the end
    assert found["orders"].tolist() == [2, 3, 0] and found["bought"].tolist() == [True, True, False]
    # Twice 50 less 30 of goods and 10 of serving; then 200 less 60 % of 300 less 10.
    np.testing.assert_allclose(found["margin"], [20.0, 20.0 + 10.0, 0.0])
    assert "margin" not in cases


def test_true_forgiveness_holds_together():
    table = data.load_firm_forgiveness()
    assert set(table["stage"]) == {*buttle.STAGES, "all"} and table["cases"].min() > 1000
    np.testing.assert_allclose(table["harm"], table["failed"] - table["well"], atol=2e-5)
    np.testing.assert_allclose(table["mended"], table["apology"] - table["failed"], atol=2e-5)
    orders = table.query("outcome == 'orders'").set_index("stage")
    # A failure of 0.9 (half for the committed) fades by 0.08 a week and lowers the rate by a quarter of itself: the
    # share of purchases lost in 26 weeks, before anybody leaves because of it.
    weeks = 0.25 * FAILURE_HARM * (1 - 0.92**26) / 0.08 / 26
    lost = (-orders["harm"] / orders["well"]).loc[buttle.STAGES]
    assert (lost > pd.Series([weeks, weeks, weeks / 2, weeks], buttle.STAGES) * 0.8).all()
    assert lost["commitment"] < 0.6 * lost.drop("commitment").min()


@pytest.fixture(scope="module")
def small():
    return make_firm(700, 78, 4, campaign_test=0)


def test_value_chain(small):
    links = small.truth["records"].rename("customer_id")
    table = buttle.value_chain(small, links)
    assert (table["part"] == "primary").sum() == 7 and (table["part"] == "supporting").sum() == 4
    silent = table.index[table["verdict"] == "no evidence"]
    assert list(silent) == ["network development", "leadership and culture"]
    named = identify.recover_orders(identify.assign_customers(small.orders, links)).dropna(subset=["customer_id"])
    assert table.loc["customer portfolio analysis", "value"] == pytest.approx(
        named["amount"].sum() / small.orders["amount"].sum()
    )
    assert table.loc["data and IT", "value"] == small.truth["records"].nunique() / len(small.records)
    assert table.loc["value proposition", "value"] == 1  # a newsletter has one theme for all
    half = named["order_date"] < START + (small.orders["order_date"].max() - START) / 2
    first, second = (set(named.loc[side, "customer_id"]) for side in (half, ~half))
    assert table.loc["life cycle: retain", "value"] == pytest.approx(len(first & second) / len(first), abs=0.01)
    easy = buttle.value_chain(small, links, targets={"people": 1.0})
    assert easy.loc["people", "verdict"] == "reached" and easy.loc["people", "target"] == 1
    assert easy.drop(index="people").equals(table.drop(index="people"))
    with pytest.raises(DataError, match="no link staff"):
        buttle.value_chain(small, links, targets={"staff": 1})


@pytest.mark.parametrize("budget", [None, 8.0])
def test_policy_lives_within_the_rules(small, budget):
    policy, seen = buttle.ButtlePolicy(), []

    def watch(view):
        seen.append((view, policy.decide(view)))
        return seen[-1][1]

    lived = small.live(20, watch, seed=1, budget=budget)
    assert lived.ledger["letters"].sum() > 0 and (budget is None or lived.ledger["contact"].max() <= budget)
    for view, actions in seen:
        assert actions.letters.empty or view.week % 4 == 0
    assert any(a.apologies for _, a in seen)
    assert foul_play(inspect.getsource(buttle.ButtlePolicy)) is None


def test_policy_writes_by_the_stage_of_the_rule(small):
    kept = []
    policy = buttle.ButtlePolicy()
    small.live(20, lambda view: kept.append((view, policy.decide(view))) or kept[-1][1])
    (view, actions), orders = next((v, a) for v, a in kept if v.week == 96), small.orders  # 96 = 4 · 8 · 3: all stages
    orders = pd.concat([v.orders for v, _ in kept if v.week <= 96]).rename(columns={"record_id": "customer_id"})
    stage = buttle.recency_stage(orders, end=view.today)
    letters = actions.letters.set_index("record_id")
    coupon = stage.reindex(letters.index[letters["coupon"]])
    assert (stage.reindex(letters.index[~letters["coupon"]]) != "dissolution").all()
    assert len(coupon) and (coupon == "dissolution").all()
    able = view.records.query("consent and system != 'service'")["record_id"]
    close = stage[(stage != "dissolution") & stage.index.isin(able)]
    assert close.index.isin(letters.index).mean() > 0.95  # the few others bought nothing that names a need
