"""Payne and Frow's processes: metrics by hand, the chain to profit against peers and truth, the policy."""

import inspect
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from idic_lib import identify
from idic_lib.errors import DataError
from idic_lib.firm import START, make_firm
from idic_lib.firm.tables import branch_quarters as true_quarters
from idic_lib.firm.world import Draws
from idic_lib.models import payne
from idic_lib.programme import foul_play


def day(n):
    return START + pd.Timedelta(days=n)


@pytest.fixture
def tiny():
    """Two quarters of three customers (r1 and r2 are one of them) and a stranger, small enough for a pencil."""
    orders = pd.DataFrame(
        [  # quarter 0, then quarter 1
            ("o1", "r1", day(0), 100.0, "till", "A", "t1", 0.0, 10.0),
            ("o2", "r2", day(10), 200.0, "web", "web", None, 0.0, 60.0),
            ("o3", "r3", day(20), 300.0, "till", "A", None, 0.0, 20.0),
            ("o4", None, day(30), 50.0, "till", "A", None, 0.0, 30.0),
            ("o5", None, day(100), 100.0, "till", "A", "t1", 50.0, 10.0),  # paid with the card of r1
            ("o6", "r2", day(110), 40.0, "web", "web", None, 0.0, 60.0),
            ("o7", "r4", day(181), 500.0, "till", "A", None, 0.0, 10.0),
        ],
        columns=[
            "order_id",
            "record_id",
            "order_date",
            "amount",
            "channel",
            "branch",
            "payment_token",
            "discount",
            "cost_to_serve",
        ],  # fmt: skip
    )
    kinds = [("o1", "novel"), ("o2", "sweets"), ("o5", "novel"), ("o5", "teaware"), ("o6", "sweets"), ("o7", "novel")]
    records = pd.DataFrame({
        "record_id": ["r1", "r2", "r3", "r4"], "system": ["club", "web", "club", "club"], "name": ["a", "a", "c", None],
        "birth_date": [None] * 4, "phone": ["1", "1", None, None], "email": [None, "e", None, None],
        "address": [None] * 4, "source": ["friend", None, "street", "friend"],
        "opened_on": [day(0), day(10), day(20), day(181)]})  # fmt: skip
    tickets = pd.DataFrame({
        "ticket_id": ["t1", "t2", "t3"], "record_id": ["r3", "r2", "r2"], "opened_on": [day(25), day(111), day(120)],
        "channel": ["phone", "chat", "phone"], "order_id": ["o3", "o6", "o2"], "first_response_hours": [2.0, 1.0, 4.0],
        "resolved_hours": [5.0, 6.0, 7.0], "apology": [False, True, False], "cost": [30.0, 80.0, 5.0]})  # fmt: skip
    contacts = pd.DataFrame({"record_id": ["r1", "r2"], "contacted_on": [day(40), day(100)], "cost": [0.6, 0.2],
                             "opened": [True, False]})  # fmt: skip
    places = pd.DataFrame({
        "branch": ["A", "web"] * 2, "quarter": [0, 0, 1, 1], "staff_satisfaction": [5.0, 4, 6, 4],
        "training_hours": [6.0, 6, 8, 6], "response_minutes": [10.0, 20, 5, 20], "promised_days": [1.0, 4, 1, 4],
        "delivered_days": [1.0, 6, 1, 4], "orders": [3, 1, 2, 1], "complaints": [1, 0, 0, 2]})  # fmt: skip
    survey = pd.DataFrame({"item": ["satisfaction", "satisfaction", "recommend"], "answered_on": day(150),
                           "answer": [5.0, 2.0, 9.0]})  # fmt: skip
    lines = pd.DataFrame(kinds, columns=["order_id", "category"])
    said = pd.DataFrame({"given_on": [day(3), day(140)]})
    answers = pd.DataFrame({"answered_on": [day(140), day(141)], "answer": ["yes", None]})
    firm = SimpleNamespace(orders=orders, order_lines=lines, records=records, tickets=tickets, contacts=contacts,
                           branches=places, survey_answers=survey, feedback=said, answers=answers)  # fmt: skip
    return firm, pd.Series(["c1", "c1", "c3", "c4"], index=["r1", "r2", "r3", "r4"])


@pytest.fixture(scope="module")
def firm():
    return make_firm(700, 104, 4, campaign_test=0)


def test_metrics_by_hand(tiny):
    table = payne.metrics(*tiny, weeks=13).droplevel("process")
    hand = {
        "buyers": (2, 2),  # c1 and c3; c1 and c4
        "retention": (np.nan, 50),  # of c1 and c3, c1 came back
        "acquisition": (2, 1),  # c4
        "cross-sell": (np.nan, 3),  # c1: novel, teaware, sweets
        "up-sell": (np.nan, (100 + 40) / 2),
        "recovered": (0, 100),  # o4 has no card; o5 has that of r1
        "recognised": (100 * 2 / 3, 50),
        "duplicates": (100 * 1 / 3, 100 * 1 / 4),
        "complaints": (25, 200 / 3),
        "below zero": (0, 50),  # c1 in quarter 1: see contribution
        # 0.42 x 650 - 120 - 0.6 - 30; (100 - 0.58 x 150 - 10) + (0.42 x 40 - 60) + (210 - 10) - 0.2 - 85
        "contribution": (122.4 / 1000, 74.6 / 1000),
        "a customer's contribution": ((0.42 * 600 - 90) / 2, (3 - 43.2 + 200) / 2),
        "delivery": (1.25, 1),
        "completeness": (100 * (2 + 3 + 1) / 15, 0),
        "advocacy": (50, 100),
        "both channels": (50, 50),
        "consistency gap": (1, 4),
        "satisfaction": (np.nan, 3.5),
        "voices": (25, 200 / 3),
        "top fifth": (0, 0),  # the best fifth of two customers is nobody
    }
    for name, (first, second) in hand.items():
        assert table.loc[name, [1, 2]].to_numpy(float) == pytest.approx([first, second], nan_ok=True), name


def test_every_metric_has_a_formula_and_is_read_from_visible_tables(tiny):
    table = payne.metrics(*tiny, weeks=13)  # no truth there to be read
    assert list(table.index.unique("process")) == ["strategy", "value", "channels", "information", "performance"]
    assert table[["part", "formula", "unit"]].notna().all(axis=None) and table.index.is_unique
    assert list(table.query("part == 'ACURA'").droplevel(0).index) == [
        "acquisition", "cross-sell", "up-sell", "retention", "advocacy"]  # fmt: skip


def test_yardstick_and_verdict(tiny):
    table = payne.metrics(*tiny, weeks=13, targets={"complaints": 70.0, "web share": 1.0}).droplevel("process")
    assert table.loc["complaints", ["against", "verdict"]].to_list() == [70.0, "better"]  # fewer than the target
    assert table.loc["acquisition", ["against", "change", "verdict"]].to_list() == [2, -1, "worse"]
    assert table.loc["buyers", "verdict"] == "same" and pd.isna(table.loc["web share", "verdict"])
    assert pd.isna(table.loc["satisfaction", "verdict"])  # one survey, nothing to compare
    assert payne.metrics(*tiny, weeks=26)["against"].isna().all()
    assert 2 not in payne.metrics(*tiny, weeks=13, end=day(170))  # the second quarter is not over


def test_few_orders_and_silent_tables(tiny):
    firm, links = tiny
    firm.contacts, firm.tickets, firm.survey_answers = (
        frame.iloc[:0] for frame in (firm.contacts, firm.tickets, firm.survey_answers))  # fmt: skip
    table = payne.metrics(firm, links, weeks=13).droplevel("process")
    assert table.loc["contribution", [1, 2]].to_list() == pytest.approx([0.153, 0.1598])  # nothing to take off
    assert table.loc[["letters opened", "first response", "satisfaction"], [1, 2]].isna().all(axis=None)


def test_totals_of_a_whole_firm(firm):
    links = firm.truth["records"]  # linking is tested elsewhere
    table = payne.metrics(firm, links).droplevel("process")
    trend = table[[1, 2, 3, 4]]
    assert trend.loc["sales"].sum() == pytest.approx(firm.orders["amount"].sum() / 1000)
    left = payne.customer_orders(firm, links)["contribution"].sum()
    net = left - firm.contacts["cost"].sum() - firm.tickets["cost"].sum()
    assert trend.loc["contribution"].sum() == pytest.approx(net / 1000)
    assert trend.loc["acquisition"].sum() == payne.customer_orders(firm, links)["customer_id"].nunique()
    assert trend.loc["records"].iloc[-1] == len(firm.records)
    assert trend.drop(["satisfaction", "share of wallet", "cross-sell", "up-sell", "retention"]).notna().all(axis=None)
    cover = identify.identification_coverage(firm.orders.assign(customer_id=firm.orders["record_id"]), by="channel")
    known = (trend.loc["recognised"] * (1 - trend.loc["web share"] / 100)).sum()  # near it: periods differ in size
    assert known / (1 - trend.loc["web share"] / 100).sum() == pytest.approx(
        100 * cover.loc["till", "order_share"], abs=5
    )


@pytest.mark.parametrize("more", [{"weeks": 20}, {"weeks": 52}, {"targets": {"joy": 1.0}}])
def test_metrics_refuses(tiny, more):
    with pytest.raises(DataError):
        payne.metrics(*tiny, **more)


def test_trace_of_an_order_by_hand(tiny):
    trace = payne.trace_order(*tiny, "o6").set_index("question")["answer"]
    assert trace["what the order left before the complaint"] == pytest.approx(0.42 * 40 - 60)
    assert trace["order and ticket together"] == pytest.approx(0.42 * 40 - 60 - 80)
    assert trace["sales to this customer in the 52 weeks before"] == 400  # o1, o2, and o5 by its card
    assert trace["share of known buyers who brought as much or more"] == 50  # c3 brought 300
    assert trace["contribution in the 26 weeks before"] == pytest.approx(0.42 * 300 - 70 + 100 - 0.58 * 150 - 10)
    assert trace["contribution in the 26 weeks after"] == 0
    assert trace["records of this customer"] == 2 and trace["in the systems"] == "club, web"
    assert trace["order and ticket carry the same record"] == "yes" and trace["apology"] == "yes"
    with pytest.raises(DataError, match="no ticket"):
        payne.trace_order(*tiny, "o1")


def test_branch_quarters_by_hand(tiny):
    panel = payne.branch_quarters(*tiny)
    assert panel["branch"].to_list() == ["A", "A"]  # without the web shop
    assert panel["complaint_rate"].to_list() == pytest.approx([100 / 3, 0])
    assert panel["return_rate"].to_list() == pytest.approx([50, np.nan], nan_ok=True)  # c1 came back (elsewhere, too)
    now, then = 0.42 * 450 - 60, 3 + 200
    assert panel["growth"].to_list() == pytest.approx([100 * np.log(then / now), np.nan], nan_ok=True)
    assert panel["log_response"].to_list() == pytest.approx(np.log([10, 5]))


def panel_of(rng, slope=0.5, branches=12, quarters=8):
    """What lasts in a branch moves cause and effect apart from each other: rows of a branch resemble each other."""
    shape = (branches, quarters)
    x = rng.normal(size=(branches, 1)) + rng.normal(size=shape)
    y = slope * x + rng.normal(size=(branches, 1)) + rng.normal(size=shape) + np.arange(quarters)
    where = pd.MultiIndex.from_product([range(branches), range(quarters)], names=["branch", "quarter"])
    return pd.DataFrame({"x": x.ravel(), "y": y.ravel()}, index=where).reset_index()


@pytest.mark.parametrize("within", [False, True])
def test_linkage_agrees_with_least_squares_on_dummies(within):
    smf = pytest.importorskip("statsmodels.formula.api")
    panel = panel_of(np.random.default_rng(1))
    row = payne.linkage(panel, [("x", "y")], within=within).loc[("x", "y")]
    formula = "y ~ x + C(quarter)" + " + C(branch)" * within
    fit = smf.ols(formula, panel).fit()
    assert row["slope"] == pytest.approx(fit.params["x"])
    assert row[["naive_low", "naive_high"]].to_list() == pytest.approx(fit.conf_int().loc["x"].to_list())
    fold = [smf.ols(formula, panel[panel["branch"] != k]).fit().params["x"] for k in range(12)]
    se = np.sqrt(11 / 12 * ((np.array(fold) - row["slope"]) ** 2).sum())
    assert row["high"] - row["slope"] == pytest.approx(2.200985 * se, rel=1e-5)  # t table, 11 degrees of freedom
    assert row[["branches", "rows"]].to_list() == [12, 96]


def test_interval_by_branch_covers_and_the_naive_one_does_not():
    rng, tables = np.random.default_rng(5), []
    for _ in range(120):
        tables.append(payne.linkage(panel_of(rng), [("x", "y")]).iloc[0])
    found = pd.DataFrame(tables)
    covers = ((found["low"] < 0.5) & (found["high"] > 0.5)).mean()
    naive = ((found["naive_low"] < 0.5) & (found["naive_high"] > 0.5)).mean()
    assert covers > 0.91 and naive < 0.85


def test_links_of_the_generating_chain_are_recovered():
    """datasets/README.md: satisfaction takes 0.3 of training hours; log(minutes) -0.3 of satisfaction."""
    hits = []
    for seed in range(30):
        panel = true_quarters(Draws(seed), 8).query("branch != 'web'")
        panel = panel.assign(log_response=np.log(panel["response_minutes"]))
        rows = payne.linkage(panel, payne.CHAIN[:2], within=True)
        hits.append((rows["low"] < [0.3, -0.3]) & (rows["high"] > [0.3, -0.3]))
    assert (np.mean(hits, axis=0) > 0.85).all()


def test_linkage_leaves_out_quarters_that_are_missing_somewhere(firm):
    panel = panel_of(np.random.default_rng(2))
    with_gap = panel.assign(y=panel["y"].mask((panel["quarter"] == 7) & (panel["branch"] == 3)))
    rows = payne.linkage(with_gap, [("x", "y")])
    pd.testing.assert_frame_equal(rows, payne.linkage(panel[panel["quarter"] < 7], [("x", "y")]))
    links = firm.truth["records"]  # linking is tested elsewhere
    chain = payne.linkage(payne.branch_quarters(firm, links))
    assert list(chain.index) == payne.CHAIN and chain["rows"].to_list()[:3] == [96] * 3
    assert (chain["rows"].iloc[3:] <= 84).all()  # the last quarter has no next one, and here some have no known buyer


def test_linkage_refuses():
    panel = panel_of(np.random.default_rng(3))
    for wrong in (panel.drop(columns="x"), panel[panel["branch"] < 2], pd.concat([panel, panel.head(1)]),
                  panel.assign(x=panel["quarter"])):  # fmt: skip
        with pytest.raises(DataError):
            payne.linkage(wrong, [("x", "y")])


@pytest.mark.parametrize("budget", [None, 20.0])
def test_policy_keeps_the_rules(budget):
    young = make_firm(700, 78, 4, campaign_test=0)
    policy, apologies = payne.PaynePolicy(), []

    def watched(view):
        actions = policy.decide(view)
        apologies.extend(actions.apologies)
        return actions

    lived = young.live(20, watched, 0, budget=budget)  # `live` refuses whatever breaks a rule
    weekly = lived.ledger["contact"]
    assert lived.ledger["letters"].sum() > 50 and len(apologies) > 0
    assert budget is None or (weekly.max() <= budget + 1e-9 and weekly.max() > 0.9 * budget)
    assert foul_play(inspect.getsource(payne.PaynePolicy)) is None
