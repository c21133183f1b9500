"""The analysis of anybody's orders: its numbers against the library and by hand, traps, refusals, privacy."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import idic_lib
from idic_lib import data, differentiate, firm, lifetime_value, report
from idic_lib.errors import DataError
from idic_lib.lifetime_value import BetaGeoModel, GammaGammaModel
from idic_lib.report import future, present

DAY = pd.Timestamp("2022-01-01")
CUSTOMER_PARTS = ("concentration", "tiers", "frequency", "rfm", "cohorts", "model", "holdout", "spend", "clv", "needs")


def orders_of(customers, days, amounts):
    """Orders from three columns; `days` count from the first of January 2022."""
    date = DAY + pd.to_timedelta(np.asarray(days).astype(int), unit="D")
    out = pd.DataFrame({"customer_id": np.asarray(customers).astype(str), "order_date": date, "amount": amounts})
    return out.assign(order_id=np.arange(len(out)).astype(str))


def gym(n=300, months=24, *, late=3.0, freeze=0.03, churn=0.05, visitors=0.0, step=30.4375, amounts=0.0, seed=0):
    """Members who pay at a step of days, late by `late` days on average, who freeze, leave, and see one price rise."""
    rng, rows = np.random.default_rng(seed), []
    for i in range(n):
        time, plan = rng.uniform(0, 24 * months), rng.choice([30, 45, 60])
        while time < 30.4 * months:
            price = plan * (1.1 if time > 15 * months else 1) * rng.gamma(1e6 if not amounts else amounts**-2)
            rows.append((f"m{i}", time + rng.exponential(late), price / (1e6 if not amounts else amounts**-2)))
            if rng.random() < churn:
                break
            time += step * (1 + (rng.integers(1, 4) if rng.random() < freeze else 0))
    for i in range(int(visitors * n)):
        days = np.cumsum(rng.exponential(40, 8))
        rows += [(f"v{i}", day, rng.gamma(4, 3)) for day in days[days < 30 * months]]
    return orders_of(*zip(*rows))


def world(n=1000, days=546, *, r=0.243, alpha=4.414, a=0.793, b=2.426, price=None, seed=0):
    """Orders of BG/NBD customers (rates a week) with Gamma-Gamma spend (CDNOW's), or all at one price."""
    rng, who, when = np.random.default_rng(seed), [], []
    rate, lives = rng.gamma(r, 7 / alpha / 49, n), rng.geometric(np.maximum(rng.beta(a, b, n), 1e-12))
    spend, start = rng.gamma(3.74, 1 / 15.44, n), rng.uniform(0, 0.6 * days, n)
    for i in range(n):
        most = int(min(lives[i], rng.poisson(rate[i] * days) + 50))
        times = start[i] + np.r_[0, np.cumsum(rng.exponential(1 / max(rate[i], 1e-12), most))]
        when.append(times[times < days])
        who.append(np.full(len(when[-1]), i))
    who, when = np.concatenate(who), np.concatenate(when)
    return orders_of(
        who, when, rng.gamma(6.25, size=len(who)) / spend[who] if price is None else np.full(len(who), price)
    )


def wholesaler(n, big, *, noise=0.25, seed=0):
    """Accounts that order every one, two or four weeks; `big` of them buy a hundred times as much."""
    rng, rows = np.random.default_rng(seed), []
    for i in range(n):
        time, step, size = rng.uniform(0, 60), rng.choice([7, 14, 30]), rng.gamma(2, 200) * (100 if i < big else 1)
        while time < 730:
            rows.append((f"w{i}", time, size * rng.gamma(10, 0.1)))
            time += step * max(0.2, 1 + noise * rng.normal())
    return orders_of(*zip(*rows))


def diagnosed(orders):
    """The diagnostics alone: the steps of `analyse` up to them."""
    history = differentiate.purchase_history(orders)
    settings = {"time_unit": "W", "unit": "weeks", "unit_days": 7.0, "money": "money", "seed": 0}
    out = report.Analysis(orders, None, settings)
    out.known, out.customers = orders, history.join(orders.groupby("customer_id")["amount"].sum().rename("sales"))
    out.facts |= {
        "days": (orders["order_date"].max() - orders["order_date"].min()).days + 1,
        "n": len(history),
        "odd_dates": False,
    }
    future.diagnose(out)
    return out


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    """Fewer draws where a test makes an analysis of its own; the two of the module come before this and are whole."""
    monkeypatch.setattr(present, "draws_for", lambda n: 25)
    monkeypatch.setattr(future, "draws_for", lambda n: 25)


@pytest.fixture(scope="module")
def cdnow():
    return report.analyse(data.load_cdnow(), currency="USD")


@pytest.fixture(scope="module")
def journey():
    return report.analyse()


def first(out, key, **facts):
    """The row of the first page that a key of sentences.json makes."""
    return out.first_page.set_index("what").loc[out_names()["first"][key][0].format_map(out.facts | facts)]


def out_names():
    path = idic_lib.report.analysis._FILES.joinpath("sentences.json")
    return json.loads(path.read_text(encoding="utf-8"))


# Numbers ------------------------------------------------------------------------------------------------------------


def test_ten_orders_by_hand():
    orders = orders_of(list("aabbcdefgh") * 1, [0, 40, 1, 1, 2, 3, 4, 5, 6, 45], [10, 20, 5, 5, 0, 8, 8, 8, 8, 28])
    out = report.analyse(orders, currency="USD")
    assert (first(out, "orders")["value"], first(out, "sales")["value"], first(out, "customers")["value"]) == (
        10,
        100,
        8,
    )
    assert out.history.loc["a"].tolist() == [1, 40 / 7, 45 / 7, 20.0]
    assert out.values.to_dict() == dict(a=30, b=10, c=0, d=8, e=8, f=8, g=8, h=28)
    assert first(out, "known")["value"] == 1.0
    sales = out.tables["sales"].set_index("month")
    assert sales["sales_USD"].isna().all()  # February has two customers, and is what January leaves of the 100
    more = orders_of(list("ijklm"), [44] * 5, [4] * 5).assign(order_id=list("ijklm"))
    sales = report.analyse(pd.concat([orders, more]), currency="USD", end="2022-02-15").tables["sales"]
    sales = sales.set_index("month")
    assert sales.loc["2022-02", ["orders", "customers", "sales_USD"]].tolist() == [7, 7, 68]
    assert sales.loc["2022-01", "sales_USD"] == 52 and sales.loc["2022-01", "mean_order_USD"] == pytest.approx(52 / 8)
    assert sales.loc["2022-01", "days_seen"] == 31 and bool(sales.loc["2022-01", "whole_month"])
    assert sales.loc["2022-02", "days_seen"] == 15 and not sales.loc["2022-02", "whole_month"]


def test_lines_of_one_order_are_one_order():
    orders = orders_of(["a", "a", "b"], [0, 0, 0], [1.0, 2.0, 4.0]).assign(order_id=["1", "1", "1"])
    out = report.analyse(orders.assign(product_id=["x", "y", "x"]))
    assert first(out, "orders")["value"] == 2  # one number, two customers: two orders
    assert sorted(out.baskets["amount"]) == [3.0, 4.0]


def test_concentration_and_luck_line_are_the_librarys(cdnow):
    table, value = cdnow.tables["concentration"].set_index("measure"), cdnow.values
    np.testing.assert_allclose(table["observed"], differentiate.concentration(value))
    assert (table["low"] < table["observed"]).all() and (table["observed"] < table["high"]).all()
    luck = differentiate.luck_line(data.load_cdnow(), replications=50, seed=3).shares
    np.testing.assert_allclose(table["luck_mean"], luck["mean"], rtol=0.01)
    assert first(cdnow, "top")["value"] == table.loc["top_20", "observed"]


def test_frequency_rfm_tiers_cohorts_add_up(cdnow):
    history, tables = cdnow.history, cdnow.tables
    count = (history["frequency"] + 1).value_counts().sort_index()
    shown = tables["frequency"].set_index("purchases")["customers"]
    assert [shown[str(k)] for k in range(1, 6)] == [count[k] for k in range(1, 6)]
    assert shown["6-10"] == count.loc[6:10].sum() and shown.sum() == 2357
    assert tables["frequency"]["share"].sum() == pytest.approx(1)
    assert tables["tiers"]["share_of_sales"].sum() == pytest.approx(1) and tables["tiers"]["customers"].sum() == 2357
    scores = differentiate.rfm_scores(history.join(cdnow.values), monetary="sales")
    cell = tables["rfm"].set_index(["recency_score", "frequency_score"]).loc[(5, 5)]
    assert cell["customers"] == ((scores["recency_score"] == 5) & (scores["frequency_score"] == 5)).sum()
    cohorts = tables["cohorts"].dropna(subset="active")
    assert cohorts[cohorts["age"] == 0]["customers"].sum() == 2357
    days = data.load_cdnow().assign(month=lambda f: f["order_date"].dt.to_period("M"))
    start = days.groupby("customer_id")["month"].transform("min")
    again = days[(start == "1997-01") & (days["month"] == "1997-04")]["customer_id"].nunique()
    assert cohorts.set_index(["cohort", "age"]).loc[("1997-01", 3), "active"] == again
    assert "may have bought before" in cohorts.iloc[0]["note"]
    assert any("first seen in 1997-01" in text for text in cdnow.cautions)


def test_model_and_values_are_the_librarys(cdnow):
    history = cdnow.history
    model = BetaGeoModel().fit(history)
    assert cdnow.tables["model"].set_index("parameter")["value"].to_dict() == pytest.approx(
        model.params_.to_dict(), rel=1e-4
    )
    spend = GammaGammaModel().fit(history)
    monthly = 1.10 ** (1 / 12) - 1
    clv = spend.expected_customer_lifetime_value(model, history, future_t=12, discount_rate=monthly, time_unit="W")
    row = first(cdnow, "equity")
    assert row["value"] == pytest.approx(clv.sum(), rel=1e-4) and row["unit"] == "USD"
    chance = {"discount_rate": monthly, "include": "future", "seed": 1}
    equity = lifetime_value.customer_equity_interval(model, spend, history, **chance)
    assert row["low"] == pytest.approx(equity["low"], rel=0.04) and row["high"] == pytest.approx(
        equity["high"], rel=0.04
    )
    expected = model.expected_purchases(history, future_t=12 * 30.4375 / 7).sum()
    row = first(cdnow, "purchases")
    assert row["value"] == pytest.approx(expected, rel=1e-4) and row["low"] < expected < row["high"]
    deciles = cdnow.tables["clv"]
    assert deciles["share_of_clv"].sum() == pytest.approx(1) and deciles["customers"].sum() == 2357
    assert deciles["clv_USD"].is_monotonic_decreasing
    assert (cdnow.tables["model_fit"]["expected"].sum()) == pytest.approx(2357, rel=0.01)


def test_holdout_error_by_hand(cdnow):
    """The cut lies at two thirds of 546 days, on 1997-12-31; the rest is what the library says."""
    orders, cut = data.load_cdnow(), "1997-12-31"
    assert f"{cdnow.settings['cut_day']:%Y-%m-%d}" == cut
    early, whole = differentiate.purchase_history(orders, end=cut), differentiate.purchase_history(orders)
    happened = (whole["frequency"] - early["frequency"]).sum()
    ahead = 181 / 7  # 1998-01-01 to 1998-06-30
    model = BetaGeoModel().fit(early)
    error = 100 * (model.expected_purchases(early, future_t=ahead).sum() / happened - 1)
    assert first(cdnow, "holdout")["value"] == pytest.approx(error, abs=0.01)
    total = model.expected_total_purchases(early, offsets=[ahead]).iloc[0]
    assert first(cdnow, "whole")["value"] == pytest.approx(100 * (total / whole["frequency"].sum() - 1), abs=0.01)
    rate = early["frequency"].sum() / early["T"].sum()
    assert first(cdnow, "naive")["value"] == pytest.approx(100 * (rate * ahead * len(early) / happened - 1), abs=0.01)
    row = first(cdnow, "holdout")
    assert row["low"] < error < row["high"] and 10 < row["high"] - row["low"] < 40
    track = cdnow.tables["tracking"].iloc[-1]
    assert track["actual"] == whole["frequency"].sum() and track["expected"] == pytest.approx(total)


def test_the_published_holdout_of_cdnow():
    """Fader, Hardie & Lee (2005): from week 39 on, BG/NBD ends 4 % low on the whole and 12 % low in the holdout."""
    orders = data.load_cdnow()
    early = differentiate.purchase_history(orders, end="1997-09-30")
    whole = differentiate.purchase_history(orders)
    model, happened = BetaGeoModel().fit(early), whole["frequency"] - early["frequency"]
    expected = model.expected_purchases(early, future_t=39)
    error = future._off(np.random.default_rng(0), expected, happened)
    assert error[0] == pytest.approx(-12.2, abs=0.1) and error[1] < -12.2 < error[2]
    assert future._off(np.random.default_rng(0), model.expected_purchases_new_customer(whole["T"].to_numpy()),
                       whole["frequency"])[0] == pytest.approx(-4.1, abs=0.1)  # fmt: skip


def test_the_holdout_interval_covers_in_worlds_where_the_model_holds():
    """Of 20 plain worlds the 95 % interval holds 0 in at least 15: it leaves out the uncertainty of the fit."""
    inside = 0
    for seed in range(20):
        orders = world(800, seed=seed, r=0.6)
        cut = DAY + pd.Timedelta(days=364)
        early, whole = differentiate.purchase_history(orders, end=cut), differentiate.purchase_history(orders)
        rows = whole[["frequency"]].add_suffix("_all").join(early, how="inner")
        ahead = ((orders["order_date"].max() - cut).days) / 7
        expected = BetaGeoModel().fit(rows).expected_purchases(rows, future_t=ahead)
        happened = rows["frequency_all"] - rows["frequency"]
        _, low, high = future._off(np.random.default_rng(seed), expected, happened)
        inside += low <= 0 <= high
    assert inside >= 15


# Complete Journey ---------------------------------------------------------------------------------------------------


def test_complete_journey_is_told_honestly(journey):
    assert journey.audit.rows_read == 1_469_307 and first(journey, "orders")["value"] == 155_848
    assert journey.settings["money"] == "USD" and journey.has("needs") and journey.has("holdout")
    text = " ".join(journey.cautions)
    assert (
        "hardly anybody is seen to leave" in text and "1,982 of 2,469 customers (80%) are first seen in 2017-01" in text
    )
    assert "cannot be compared there: Pareto/NBD (" in text and "two years" in text
    assert abs(first(journey, "holdout")["value"]) < 5
    needs = journey.tables["needs"]
    assert needs.groupby("group")["share_of_lines"].sum().to_numpy() == pytest.approx(1)
    assert "schmittlein1987pareto" not in journey.references and "schmittlein" not in journey.bibtex()


def test_complete_journey_ends_where_told(monkeypatch):
    class Little:
        lines = data.load_complete_journey().lines.tail(30_000)
        products = data.load_complete_journey().products

    monkeypatch.setattr(data, "load_complete_journey", Little)
    monkeypatch.setattr(report.analysis.people, "needs", lambda out: None)
    out = report.analyse(end="2017-12-30")
    assert out.orders["order_date"].max() < pd.Timestamp("2017-12-31") and out.settings["last_day"] == pd.Timestamp(
        "2017-12-30"
    )
    assert out.audit.rows_read == 30_000 == out.audit.rows_used + out.audit.rows_set_aside
    assert out.audit.rows_used == len(out.orders) and out.audit.reasons["rows"].sum() == out.audit.rows_set_aside > 0


# The three traps ----------------------------------------------------------------------------------------------------

GYMS = {"plain": {}, "late": dict(late=6, freeze=0.1), "very late": dict(late=10, freeze=0.15, churn=0.1),
        "half visitors": dict(visitors=0.5), "as many visitors": dict(visitors=1.0), "small": dict(n=60),
        "yearly": dict(step=365.25, months=60, churn=0.2), "weekly": dict(step=7, months=6, late=0.6)}  # fmt: skip


@pytest.mark.parametrize("kind", GYMS)
def test_gyms_are_refused(kind):
    for seed in range(3):
        out = diagnosed(gym(seed=seed, **GYMS[kind]))
        assert "This looks like contracts" in out.facts["refused"] and out.why("model") == out.why("clv") != ""


WORLDS = {"cdnow": {}, "small": dict(n=150), "frequent": dict(n=300, r=1.4, alpha=1.4, a=0.3, b=100),
          "short": dict(days=120, r=1, alpha=2), "loyal": dict(r=3, alpha=12, a=0.2, b=5), "one price": dict(price=9.9),
          "frequent, one price": dict(n=200, price=9.9, r=1.4, alpha=0.4, a=0.3, b=100),
          "alike, one price": dict(price=9.9, r=20, alpha=80, a=0.2, b=10),
          "alike, short": dict(n=100, days=90, price=5, r=20, alpha=40, a=0.2, b=10)}  # fmt: skip


@pytest.mark.parametrize("kind", WORLDS)
def test_worlds_without_contracts_are_not_refused(kind):
    for seed in range(3):
        out = diagnosed(world(seed=seed, **WORLDS[kind]))
        assert out.facts["refused"] == "" and out.cautions == [] and out.facts["regular"] < 0.3


def test_the_firm_and_cdnow_are_not_refused(cdnow):
    sample = data.load_firm()
    known = sample.orders.assign(customer_id=sample.orders["record_id"]).dropna(subset="customer_id")
    plain = [firm.make_firm(n_people=800, weeks=78, seed=seed, world="plain").orders for seed in range(2)]
    for orders in [known, *(p.assign(customer_id=p["record_id"]) for p in plain)]:
        out = diagnosed(orders)
        assert out.facts["refused"] == "" and out.cautions == [] and out.facts["regular"] < 0.2
    assert cdnow.facts["refused"] == "" and cdnow.facts["regular"] < 0.2


def test_a_gym_gets_retention_in_place_of_a_model():
    out = report.analyse(gym(400, churn=0.05))
    assert out.has("retention") and not any(map(out.has, ("model", "holdout", "spend", "clv")))
    row = first(out, "renewal")
    assert row["low"] < 0.95 < row["high"] and row["value"] == pytest.approx(0.95, abs=0.01)  # it leaves with 0.05
    table = out.tables["retention"]
    assert table["survival"].iloc[5] == pytest.approx(0.95**6, abs=0.05)
    assert out.references == ["fader2007retention"] and "@article{fader2007retention" in out.bibtex()
    assert re.search(r"\d+% of the gaps between purchases are alike \(about 3\d days", out.why("model"))


def test_retention_by_hand():
    """60 members join in the second month; 12 stop after 2 payments, the rest pay ten times to the end."""
    rows = [(f"m{i}", 40 + 30 * k, 20.0) for i in range(60) for k in range(2 if i < 12 else 10)]
    out = report.analyse(orders_of(*zip(*[("old", 0, 20.0), *rows])))
    table = out.tables["retention"].set_index("renewal")
    assert table.loc[1, ["at_risk", "left", "retention"]].tolist() == [60, 0, 1.0]
    assert table.loc[2, ["at_risk", "left", "retention"]].tolist() == [60, 12, 0.8]
    assert table.loc[3, ["at_risk", "left", "survival"]].tolist() == [48, 0, 0.8]


def test_bills_by_the_calendar_are_refused_whatever_their_amounts():
    assert "This looks like contracts" in diagnosed(gym(late=2, freeze=0.0, amounts=0.3)).facts["refused"]


def test_a_market_has_no_history():
    rng = np.random.default_rng(0)
    who, amount = rng.integers(300, size=600), rng.gamma(3, 4, 600)
    for days in (np.zeros(600), rng.integers(3, size=600), rng.integers(3, size=600) + 365 * rng.integers(3, size=600)):
        out = report.analyse(orders_of(who, days, amount))
        assert "as at a market or fair" in out.why("model") and out.has("concentration") and not out.has("clv")
    assert f"on {out.facts['market']} of {out.facts['days']:,} days" in out.why("model")
    out = report.analyse(orders_of(range(600), rng.integers(300, size=600), amount))
    assert "none of the 600 customers bought on more than one day" in out.why("model")


def test_days_in_the_future_are_named_before_anything_is_forecast():
    """21 slips of the year in a file of two years; a file made for days to come has no silence in it."""
    now, orders = pd.Timestamp.now().normalize(), world(800, r=1, seed=3)
    slips = orders.assign(order_date=orders["order_date"].mask(orders.index < 21, now + pd.Timedelta(days=3000)))
    out = report.analyse(slips)
    assert "dated in the future" in out.why("model") and any(
        "21 row(s) are dated after today" in c for c in out.cautions
    )
    shifted = orders.assign(order_date=orders["order_date"] - orders["order_date"].max() + now + pd.Timedelta(days=200))
    assert report.analyse(shifted.assign(order_date=shifted["order_date"].dt.normalize())).has("model")


@pytest.mark.parametrize("share", [0.06, 0.3])
def test_the_number_of_a_till_is_found(share):
    """A till gives everybody without a card the number 99999; nobody in worlds without it is taken for a till."""
    orders, rng = world(900, r=1, seed=4), np.random.default_rng(0)
    orders.loc[rng.random(len(orders)) < share, "customer_id"] = "99999"
    found = (orders["customer_id"] == "99999").mean()
    said = [text for text in report.analyse(orders).cautions if "till's number" in text]
    assert (
        len(said) == 1 and f"1 customer number(s) hold {found:.0%} of the orders" in said[0] and "99999" not in said[0]
    )
    for other in (world(900, r=1, seed=4), world(seed=1), wholesaler(200, 3), wholesaler(60, 1), gym(60)):
        assert not any("till's number" in text for text in report.analyse(other).cautions)


def test_amounts_out_of_proportion_are_named():
    orders, rng = world(600, r=1, seed=5), np.random.default_rng(0)
    assert not any("largest order is" in text or "two heaps" in text for text in report.analyse(orders).cautions)
    slip = orders.assign(amount=orders["amount"].where(orders.index != 7, 5e9))
    said = [text for text in report.analyse(slip).cautions if "largest order is more than" in text]
    assert len(said) == 1 and re.search(r"more than 10{6,8}(,000)* times|more than [\d,]+ times", said[0])
    mixed = orders.assign(amount=orders["amount"].mask(rng.random(len(orders)) < 0.3, orders["amount"] * 1e5))
    assert any("two heaps far apart" in text for text in report.analyse(mixed).cautions)


def test_a_wholesaler_is_refused_or_qualified():
    out = report.analyse(wholesaler(30, 3))
    assert "30 customers are too few" in out.why("model") and any(
        "The five largest of 30" in text for text in out.cautions
    )
    out = report.analyse(wholesaler(200, 3))
    held = out.values.nlargest(5).sum() / out.values.sum()
    assert any(f"The five largest of 200 customers hold {held:.0%}" in text for text in out.cautions) and out.has("clv")
    assert any("order by the calendar" in text for text in out.cautions) and any("NBD" in text for text in out.cautions)


def test_subscribers_among_others_are_named():
    mixed = pd.concat([gym(60), world(400, seed=1, r=2, alpha=8, a=0.3, b=4)]).assign(
        order_id=lambda f: np.arange(len(f)).astype(str)
    )
    out = diagnosed(mixed)
    assert out.facts["refused"] == "" and any("like subscribers" in text for text in out.cautions)


def test_no_retention_rate_is_made_of_a_box_and_a_shop():
    """Half subscribe and leave with 0.07 a month, half buy freely: their pauses would be counted as departures."""
    shop = world(500, seed=7, r=0.5, alpha=6, a=0.8, b=3).assign(customer_id=lambda f: "s" + f["customer_id"])
    out = report.analyse(pd.concat([gym(500, late=0.5, churn=0.07), shop]).assign(order_id=lambda f: np.arange(len(f))))
    assert "This looks like contracts" in out.why("model") and not out.has("retention")
    assert "subscribers stand among others" in out.why("retention") and "customer equity" not in str(out.first_page)


def test_the_interval_of_customer_equity_covers_what_came():
    """Twelve worlds that are as the models say; two years are seen and the next is bought. 0.95 asked for: with 12,
    9 or fewer has a chance of 0.02. The parameters alone, 0.09 wide, cover about half."""
    hits = []
    for seed in range(12):
        people = firm.make_firm(700, 156, seed=seed, world="plain", detail=False)
        orders = people.orders.assign(customer_id=people.orders["order_id"].map(people.truth["orders"]))
        cut = pd.Timestamp("2026-03-20")
        past, later = orders[orders["order_date"] <= cut], orders[orders["order_date"] > cut]
        out = report.analyse(past[["order_id", "customer_id", "order_date", "amount"]], end="2026-03-20")
        days = (later["order_date"] - cut).dt.days
        later = later[later["customer_id"].isin(past["customer_id"]) & (days <= 365)]
        paid = (later["amount"] * 1.1 ** (-np.ceil(days[later.index] / 30.4375) / 12)).sum()
        row = first(out, "equity")
        hits.append(row["low"] <= paid <= row["high"])
    assert sum(hits) >= 10


# Refusals and edges -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options, name", [
    ({"time_unit": "Q"}, "time_unit"), ({"horizon": 0}, "horizon"), ({"horizon": 500}, "horizon"),
    ({"margin": 0}, "margin"),
    ({"margin": 1.2}, "margin"), ({"margin": float("nan")}, "margin"), ({"discount_rate": -0.1}, "discount_rate"),
    ({"discount_rate": "x"}, "discount_rate"), ({"currency": 5}, "currency"), ({"seed": -1}, "seed"),
    ({"end": "soon"}, "end"),
])  # fmt: skip
def test_bad_arguments_before_anything_is_read(options, name, monkeypatch):
    monkeypatch.setattr(report.analysis, "read_export", lambda *a, **k: pytest.fail("the file was read"))
    with pytest.raises(DataError, match=name):
        report.analyse("no such file.csv", **options)


def test_an_unreadable_file_is_one_error(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        report.analyse(tmp_path / "no such file.csv")


def test_where_no_model_fits_the_first_two_thirds_nothing_is_said_to_be_tested():
    """200 customers with 40 purchases each, on days by lot, differ less than by chance: no model has an estimate."""
    days = np.random.default_rng(0).integers(500, size=8000)
    out = report.analyse(orders_of(np.repeat(range(200), 40), days, np.full(8000, 5.0) + days % 7))
    assert out.has("holdout") == ("tracking" in out.tables) and out.has("holdout") == (out.why("holdout") == "")
    assert "no model could be fitted to the first two thirds" in out.why("holdout")


def test_every_absent_section_has_its_sentence():
    rng = np.random.default_rng(2)
    few = orders_of([*range(500), *range(12)], [*rng.integers(200, size=500), *range(201, 213)], [1] * 512)
    files = {"one order": orders_of(["a"], [0], [1.0]), "three": orders_of(["a", "b", "c"], [0, 3, 50], [1.0, 2, 0]),
             "one customer": orders_of(["a"] * 90, range(90), rng.gamma(3, 1, 90)),
             "nobody": world(200).assign(customer_id=None), "free": world(300, r=1).assign(amount=0.0),
             "few come back": few,
             "short": world(300, days=50, r=5)}  # fmt: skip
    for name, orders in files.items():
        out = report.analyse(orders)
        assert all(out.has(part) != bool(out.why(part)) for part in CUSTOMER_PARTS), name
        assert len(out.first_page) <= 14 and out.first_page["what"].is_unique and "{" not in " ".join(out.omissions), (
            name
        )
        assert set(map(out.why, CUSTOMER_PARTS)) - {""} == set(out.omissions), name
    assert "covers 50 days" in report.analyse(files["short"]).why("model")
    assert "only 12 of 500" in report.analyse(files["few come back"]).why("model")
    assert report.analyse(files["nobody"]).history is None


def test_without_a_customer_column_coverage_only(tmp_path):
    path = tmp_path / "till.csv"
    world(50).drop(columns="customer_id").to_csv(path, index=False)
    out = report.analyse(path)
    assert out.sections == ["reading", "audit", "coverage", "sales"] and "no order in the file carries one" in out.why(
        "model"
    )


def test_a_share_of_nothing_is_zero_and_not_a_trace_of_it():
    """Wilson's lower end of 0 of 12 is 0 by arithmetic, and 1e-17 by floating point."""
    out = report.analyse(orders_of(np.tile(range(12), 4), np.repeat([0, 40, 80, 120], 12), 5.0))
    assert first(out, "once")["low"] == 0 and first(out, "once")["value"] == 0


def test_unknown_orders_are_counted_and_said():
    orders = world(400, r=1, seed=4)
    orders["customer_id"] = orders["customer_id"].where(np.arange(len(orders)) % 4 != 0)
    out = report.analyse(orders)
    assert first(out, "known")["value"] == pytest.approx(0.75, abs=0.001)
    assert any(text.startswith("25% of the orders have no customer") for text in out.cautions)
    assert first(out, "customers")["value"] == orders["customer_id"].nunique()


def test_equal_spend_refuses_gamma_gamma_and_values_at_the_mean():
    out = report.analyse(world(600, r=1, price=10.0), horizon=6, discount_rate=0, margin=0.5)
    assert "Gamma-Gamma model of spend is refused" in out.why("spend") and out.has("clv")
    each = 0.5 * out.values.sum() / (out.history["frequency"] + 1).sum()  # two orders of one day are one purchase
    assert first(out, "equity")["value"] == pytest.approx(each * first(out, "purchases")["value"], rel=1e-4)
    assert "fader2013gamma" not in out.references and "fader2005rfm" in out.references


@pytest.mark.parametrize(
    "options", [{"time_unit": "D"}, {"time_unit": "M"}, {"horizon": 1}, {"horizon": 60}, {"discount_rate": 0}]
)
def test_units_and_horizons(options):
    orders = world(400, r=1, alpha=6, a=0.5, b=3, seed=2)
    base, out = report.analyse(orders), report.analyse(orders, **options)
    if "time_unit" in options:  # a unit rescales and changes nothing else
        for key in ("purchases", "equity", "holdout"):
            assert first(out, key)["value"] == pytest.approx(first(base, key)["value"], rel=1e-3)
        assert f"T_{out.settings['unit']}" in out.tables["customers"]
    else:
        assert (first(out, "equity")["value"] > first(base, "equity")["value"]) == (options != {"horizon": 1})
    assert any("beyond the length of the file" in text for text in out.cautions) == (options == {"horizon": 60})


def test_end_cuts_and_huge_amounts_stand():
    orders = world(500, r=1, seed=3)
    out = report.analyse(orders.assign(amount=orders["amount"] * 1e9), end="2023-01-31", currency="rial")
    assert out.settings["last_day"] == pd.Timestamp("2023-01-31") and out.audit.rows_set_aside > 0
    base = report.analyse(orders, end="2023-01-31")
    assert first(out, "equity")["value"] == pytest.approx(1e9 * first(base, "equity")["value"], rel=1e-4)
    assert "sales_rial" in out.tables["sales"]


# Needs --------------------------------------------------------------------------------------------------------------


def tastes(kinds, n=150, lines=30, seed=0):
    rng = np.random.default_rng(seed)
    rows = [
        (f"c{i}", rng.integers(300), 1.0, rng.choice(len(kinds[0]), p=kinds[i % len(kinds)]))
        for i in range(n)
        for _ in range(lines)
    ]
    who, days, amounts, category = zip(*rows)
    return orders_of(who, days, amounts).assign(category=np.array(list("pqrstuvw"))[list(category)])


def test_three_planted_needs_are_found_and_none_among_equals():
    kinds = np.full((3, 6), 0.04)
    kinds[np.arange(3), np.arange(3) * 2] = kinds[np.arange(3), np.arange(3) * 2 + 1] = 0.42
    out = report.analyse(tastes(kinds))
    assert out.has("needs") and out.tables["needs"]["group"].nunique() == 3
    assert out.tables["customers"]["needs_group"].value_counts().tolist() == [50, 50, 50]
    alike = report.analyse(tastes(np.full((1, 6), 1 / 6)))
    assert not alike.has("needs") and "none are stable" in alike.why("needs") and "needs_stability" in alike.tables


def test_too_few_categories_or_lines_for_needs():
    assert "names 2 categories" in report.analyse(tastes([[0.5, 0.5]])).why("needs")
    assert "names no categories" in report.analyse(world(100)).why("needs")
    assert "0 customers have 20 lines" in report.analyse(tastes([[0.3, 0.3, 0.4]], lines=5)).why("needs")


# Invariants ---------------------------------------------------------------------------------------------------------


def test_rows_read_are_used_or_set_aside(tmp_path):
    orders = world(200, r=1).astype({"order_date": str})
    orders.loc[[3, 5], "order_date"] = "nonsense"
    path = tmp_path / "orders.csv"
    orders.to_csv(path, index=False)
    audit = report.analyse(path).tables["audit"].set_index("what")["rows"]
    assert audit["read"] == len(orders) and audit["read"] == audit["used"] + audit[2:].sum() and audit[2:].sum() == 2


def test_the_order_of_rows_and_the_names_of_customers_change_nothing():
    orders = world(300, r=1, alpha=6, a=0.5, b=3, seed=5)
    rng = np.random.default_rng(0)
    new = pd.Series(rng.permutation(300).astype(str), index=np.arange(300).astype(str))
    other = orders.assign(customer_id="x" + orders["customer_id"].map(new)).sample(frac=1, random_state=1)
    one, two = report.analyse(orders, seed=7), report.analyse(other, seed=7)
    pd.testing.assert_frame_equal(one.first_page, two.first_page, rtol=1e-6)
    assert one.tables.keys() == two.tables.keys()
    for name in one.tables.keys() - {"customer_numbers", "notes", "reading"}:
        pd.testing.assert_frame_equal(one.tables[name], two.tables[name], rtol=1e-6)
    assert one.methods == two.methods and one.cautions == two.cautions


def test_methods_cite_what_was_used(cdnow):
    assert cdnow.references == ["schmittlein1987pareto", "fader2005counting", "fader2005rfm", "fader2013gamma"]
    cited = set(re.findall(r"@(\w+)", cdnow.methods))
    assert cited == set(re.findall(r"@\w+\{(\w+),", cdnow.bibtex())) == set(cdnow.references)
    assert "24(2)" not in cdnow.methods and "doi     = {10.1287/mksc.1040.0098}" in cdnow.bibtex()
    assert not re.search(r"nan|\{|\}", cdnow.methods)


# Privacy ------------------------------------------------------------------------------------------------------------


def test_every_work_that_a_sentence_may_cite_is_in_the_bibliography():
    folder = Path(idic_lib.__file__).parent
    keys = set(re.findall(r"^@\w+\{(\w+),", (folder / "references.bib").read_text(encoding="utf-8"), flags=re.M))
    cited = set(re.findall(r"@(\w+)", (folder / "report" / "sentences.json").read_text(encoding="utf-8")))
    assert len(cited) >= 5 and cited <= keys


def test_no_customer_id_outside_its_key():
    orders = world(300, r=1, alpha=6, a=0.5, b=3, seed=6)
    orders["customer_id"] = "user" + orders["customer_id"] + "@example.org"
    out = report.analyse(orders)
    words = " ".join([*out.omissions, *out.cautions, out.methods, out.bibtex(), out.first_page.to_csv()])
    for name, table in out.tables.items():
        assert ("@example.org" in table.to_csv()) == (name == "customer_numbers"), name
    assert "@example.org" not in words
    key, rows = out.tables["customer_numbers"], out.tables["customers"]
    assert set(key["customer_id"]) == set(orders["customer_id"]) and sorted(key["number"]) == [*range(1, 301)]
    total = rows.set_index("number")["sales_money"].loc[key["number"]].to_numpy()
    np.testing.assert_allclose(total, orders.groupby("customer_id")["amount"].sum().loc[key["customer_id"]])


def test_numbers_tell_no_order(cdnow):
    key, rows = cdnow.tables["customer_numbers"], cdnow.tables["customers"]
    by_id = key.sort_values("customer_id")["number"].to_numpy()
    n = len(key)
    assert abs(np.corrcoef(by_id, np.arange(n))[0, 1]) < 3 / np.sqrt(n)
    first_day = data.load_cdnow().groupby("customer_id")["order_date"].min()
    for values in (rows["sales_USD"], rows["T_weeks"], first_day.loc[key["customer_id"]].astype("int64")):
        assert abs(np.corrcoef(values, np.arange(n))[0, 1]) < 3 / np.sqrt(n)


@pytest.mark.parametrize("orders", [world(60, r=1, seed=8), world(300, seed=9), wholesaler(55, 2), gym(60)])
def test_groups_under_five_are_empty(orders):
    out = report.analyse(orders)
    by_customers = ("coverage", "sales", "frequency", "rfm", "clv", "tiers", "model_fit")
    counts = dict.fromkeys(by_customers, "customers") | {"cohorts": "active", "retention": "at_risk"}
    for name, column in counts.items():
        shown = out.tables.get(name, pd.DataFrame({column: []}))[column].dropna()
        assert not shown.between(1, 4).any(), name
    for name in ("frequency", "rfm", "tiers"):  # what is hidden does not follow from the total either
        hidden = len(out.history) - out.tables[name]["customers"].sum() if name in out.tables else 0
        assert hidden == 0 or hidden >= 5, name
    assert out.tables["lorenz"]["share_of_customers"].diff().iloc[1] * len(out.history) >= 4.99


def test_a_month_of_three_customers_is_not_the_rest_of_a_sum():
    """Sales of all months but one, taken from the sales on page one, are those of the three who bought in it."""
    orders = world(400, days=300, r=1, seed=2)
    alone = orders_of(["x", "y", "z"], [340, 341, 345], [7.0, 8.0, 9.0]).assign(order_id=["x", "y", "z"])
    out = report.analyse(pd.concat([orders, alone]))
    for name in ("coverage", "sales"):
        shown, total = out.tables[name]["sales_money"], first(out, "sales")["value"]
        assert shown.isna().sum() == 2 and total - shown.sum() > 100
    cells = out.tables["cohorts"]
    assert cells["sales_money"].isna().sum() != 1


def test_hide_takes_the_next_group_along():
    out = report.Analysis(None, None, {"money": "USD", "unit": "weeks"})
    out.table(
        "t", pd.DataFrame({"group": list("abc"), "customers": [3, 50, 8], "sales": [1.0, 2.0, 3.0]}), count="customers"
    )
    assert out.tables["t"]["customers"].isna().tolist() == [True, False, True]
    assert out.tables["t"]["sales_USD"].isna().tolist() == [True, False, True] and out.hidden == {"t": 2}


def test_names_of_groups():
    assert present.bin_names(np.array([1, 2, 4])) == ["1", "2-3", "4+"]


def test_a_forecast_by_a_model_that_was_not_tested_says_so(monkeypatch):
    """Where BG/NBD can be fitted to the whole file only, page one tests another model than the one that forecasts."""
    fit, seen = future._fit, []

    def later(model, history):
        seen.append(type(model).__name__)
        return fit(model, history) if seen.count("BetaGeoModel") > 1 or seen[-1] != "BetaGeoModel" else (None, "tried")

    honest = report.analyse(data.load_cdnow())
    assert not any("hint only" in text for text in honest.cautions)
    monkeypatch.setattr(future, "_fit", later)
    out = report.analyse(data.load_cdnow())
    assert any("tests the forecast by Pareto/NBD, but what is to come is forecast by BG/NBD" in t for t in out.cautions)
    assert "units of the file" in out.methods and " money" not in out.methods
