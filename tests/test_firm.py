"""The simulated firm: one seed one firm, the plain world is its model, the rich one has the design's properties."""

import hashlib
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from idic_lib import data
from idic_lib.differentiate import purchase_history
from idic_lib.errors import DataError
from idic_lib.firm import SWITCHES, TABLES, Firm, make_firm
from idic_lib.firm.__main__ import main
from idic_lib.firm.history import CAMPAIGNS, OUTCOME_WEEKS
from idic_lib.firm.people import DROPOUT, RATE, SPEND
from idic_lib.firm.world import CLUB_WEEK, LEVELS, START, Draws, pick
from idic_lib.lifetime_value import BetaGeoModel, GammaGammaModel

OFF = {name: "clean" if name == "errors" else 0 for name in SWITCHES if name not in LEVELS}
MIDDLE, END = START + pd.Timedelta(days=52 * 7 - 1), START + pd.Timedelta(days=104 * 7 - 1)
#: Tables with a record, and the day on which it was used.
DATED = {"orders": "order_date", "contacts": "contacted_on", "answers": "answered_on", "tickets": "opened_on",
         "feedback": "given_on", "survey_answers": "answered_on", "subscriptions": "started_on"}  # fmt: skip


@cache
def firm(n_people=1200, seed=3, **changed):
    """A firm, made once: tests read it and change nothing."""
    return make_firm(n_people, seed=seed, **changed)


@pytest.fixture(scope="module")
def sample():
    """The committed sample, whatever IDIC_FIRM says."""
    return Firm.load(data._data_file("firm/firm.json").parent)


def orders_of(f):
    """Orders with the person, the week and the number of the order in the week (0 only for a first order)."""
    orders = f.orders.assign(person=f.orders["order_id"].map(f.truth["orders"]))
    orders["week"] = (orders["order_date"] - START).dt.days // 7
    orders = orders.sort_values(["person", "order_date"])
    debut = orders.groupby("person")["week"].transform("min") == orders["week"]
    orders["turn"] = orders.groupby(["person", "week"]).cumcount() + ~debut
    return orders.assign(gross=(orders["amount"] + orders["discount"]).round(1))


def history(f, end=END):
    return purchase_history(f.orders.assign(customer_id=f.orders["order_id"].map(f.truth["orders"])), end=end)


def digests(folder):
    return {p.relative_to(folder): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def same(left, right):
    """Both frames or both Series, equal in values and types."""
    getattr(pd.testing, "assert_series_equal" if isinstance(left, pd.Series) else "assert_frame_equal")(left, right)


def chi_square(counts, shares):
    return stats.chisquare(counts, np.sum(counts) * np.asarray(shares)).pvalue


# One seed, one firm --------------------------------------------------------------------------------------------


def test_one_seed_gives_one_firm_byte_for_byte_and_another_seed_another(tmp_path):
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        make_firm(300, seed=seed, campaign_test=200).save(tmp_path / name)
    a, b, c = (digests(tmp_path / name) for name in "abc")
    assert a == b
    shared = {"products.csv", "questions.csv", "campaigns.csv", "questions.parquet"}  # the same in every firm
    equal = {path.name for path in a if path in c and a[path] == c[path]}
    assert set(a) == set(c) and equal <= shared


def test_blocks_of_people_do_not_matter():
    """What happens to a person does not depend on who else is simulated along with them."""
    from idic_lib.firm.history import run
    from idic_lib.firm.people import population
    from idic_lib.firm.world import CITIES, switches

    draws, sw = Draws(1), switches("rich", {})
    people = population(200, 70, sw, draws, pick(np.array(list(CITIES.values())), draws.generator("city").random(200)))
    rate = np.full((6, 13), 0.05)
    whole, parts = (run(people, 70, sw, draws, rate, block=block) for block in (200, 64))
    for left, right in zip(whole[:2], parts[:2]):
        keys = ["who", "week"] + ["turn"] * ("turn" in left)
        left, right = (pd.DataFrame(t).sort_values(keys, ignore_index=True) for t in (left, right))
        same(left, right)


def test_keyed_uniforms_are_uniform_independent_and_the_same_in_any_company():
    draws = Draws(0)
    u = draws.uniform("x", np.arange(20_000)[:, None], np.arange(3), 1)
    assert stats.kstest(u.ravel(), "uniform").pvalue > 0.001
    near = [
        np.corrcoef(u[:, 0], other)[0, 1]
        for other in (u[:, 1], np.roll(u[:, 0], 1), draws.uniform("y", np.arange(20_000)))
    ]
    assert np.abs(near).max() < 4 / np.sqrt(20_000)
    assert draws.uniform("x", 17, 2, 1) == u[17, 2] and Draws(1).uniform("x", 17, 2, 1) != u[17, 2]
    assert pick(np.array([0.2, 0.8]), np.array([0.1, 0.21])).tolist() == [0, 1]


def test_a_saved_firm_is_read_as_it_was(tmp_path):
    kinds = {
        "rich": {"n_people": 300, "campaign_test": 100},
        "plain": {"world": "plain"},
        "bare": {"detail": False},
        "calm": {"contact": 0, "campaign_test": 50},
    }
    for name, kind in kinds.items():
        made = make_firm(**({"n_people": 60} | kind))
        made.save(tmp_path / name)
        read = Firm.load(tmp_path / name)
        assert read.made == made.made and set(read.truth) == set(made.truth) and list(read.tables) == list(TABLES)
        for table in (t for t in TABLES if len(made.tables[t])):
            same(made.tables[table], read.tables[table])
            assert sum(len(made.tables[t]) != len(read.tables[t]) for t in TABLES) == 0
        for table in made.truth:
            same(made.truth[table], read.truth[table])


def test_save_replaces_a_firm_but_no_other_files(tmp_path):
    make_firm(300).save(tmp_path / "firm")
    bare = make_firm(50, detail=False)
    bare.save(tmp_path / "firm")
    assert set(Firm.load(tmp_path / "firm").truth) == set(bare.truth)  # nothing of the first firm is left
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("mine")
    with pytest.raises(DataError, match="holds other files than a firm"):
        bare.save(tmp_path / "thesis")
    assert [p.name for p in (tmp_path / "thesis").iterdir()] == ["chapter.txt"]


def test_load_firm_reads_a_folder_or_the_variable_or_the_sample(tmp_path, monkeypatch, sample):
    make_firm(50, seed=8, detail=False).save(tmp_path / "mine")
    monkeypatch.delenv("IDIC_FIRM", raising=False)
    assert data.load_firm().made == sample.made
    assert data.load_firm(tmp_path / "mine").made["seed"] == 8
    monkeypatch.setenv("IDIC_FIRM", str(tmp_path / "mine"))
    assert data.load_firm().made["seed"] == 8
    with pytest.raises(DataError, match=r"holds no firm.*python -m idic_lib\.firm --people 4000"):
        data.load_firm(tmp_path)
    (tmp_path / "mine" / "truth" / "orders.parquet").unlink()  # a copy that left something behind
    with pytest.raises(DataError, match=r"a part of one \(there is no truth/orders.parquet\)"):
        data.load_firm()


def test_the_command_makes_the_firm_that_make_firm_makes(tmp_path, capsys):
    words = ["--people", "80", "--weeks", "70", "--seed", "9", "--test", "30", "--errors", "poor"]
    main([*words, "--out", str(tmp_path / "x")])
    assert "IDIC_FIRM" in capsys.readouterr().out
    make_firm(80, 70, 9, campaign_test=30, errors="poor").save(tmp_path / "y")
    assert digests(tmp_path / "x") == digests(tmp_path / "y")
    small = ["--people", "2", "--seed", "1", "--out", str(tmp_path / "z")]
    for bad, message in (([*words, "--out", str(tmp_path)], "other files"), (small, "n_people=2")):
        with pytest.raises(SystemExit, match="2"):
            main(bad)
        assert message in capsys.readouterr().err
    assert not (tmp_path / "z").exists()


# Bad input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad, message",
    [
        ({"n_people": 9}, "n_people=9: a whole number"),
        ({"n_people": 20.5}, r"n_people=20\.5"),
        ({"n_people": "many"}, "n_people='many'"),
        ({"weeks": 3}, "weeks=3"),
        ({"weeks": float("nan")}, "weeks=nan"),
        ({"weeks": 10**6}, "weeks=1000000"),
        ({"campaign_test": -1}, "campaign_test=-1"),
        ({"seed": "a"}, "seed='a'"),
        ({"seed": 1.5}, r"seed=1\.5"),
        ({"world": "real"}, "There is no world 'real': write world=\"plain\""),
        ({"season": 1}, "There is no switch 'season'. The switches are: households"),
        ({"rival": -0.1}, r"rival=-0\.1"),
        ({"rival": float("nan")}, "rival=nan"),
        ({"rival": "strong"}, "rival='strong'"),
        ({"seasons": float("inf")}, "seasons=inf"),
        ({"coupon": 3}, "coupon=3"),
        ({"households": 2}, "households=2"),
        ({"errors": "bad"}, "errors='bad': the levels are clean, usual, poor"),
        ({"errors": 1}, "errors=1: the levels are"),
    ],
)
def test_a_bad_argument_is_one_sentence_that_names_it(bad, message):
    with pytest.raises(DataError, match=message):
        make_firm(**({"n_people": 20, "weeks": 10} | bad))


@pytest.mark.parametrize(
    "size", [{"n_people": 10, "weeks": 4}, {"n_people": 11, "weeks": 15}, {"world": "plain", "weeks": 53}]
)
def test_very_small_firms_are_made(size):
    f = make_firm(**({"n_people": 12} | size))
    assert len(f.truth["people"]) == size.get("n_people", 12) and repr(f).startswith("Firm(n_people=")
    with pytest.raises(AttributeError, match="no attribute 'customers'"):
        _ = f.customers


# The plain world -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plain():
    """Of 20 plain firms: fitted parameters, expected purchases against the truth's, and forecasts of a second year."""
    true, rows = BetaGeoModel.from_params(**RATE, **DROPOUT), []
    for seed in range(20):
        f = make_firm(2000, seed=seed, world="plain", detail=False)
        both, first = history(f), history(f, MIDDLE)
        model = BetaGeoModel().fit(both)
        late = f.orders["order_date"] > MIDDLE
        happened = f.orders["order_id"][late].map(f.truth["orders"]).isin(first.index).sum()
        expected = [m.expected_purchases(both, future_t=52).mean() for m in (model, true)]
        row = {"ratio": expected[0] / expected[1], "happened": happened}
        row["true_forecast"] = true.expected_purchases(first, future_t=52).sum()
        row["fitted_forecast"] = BetaGeoModel().fit(first).expected_purchases(first, future_t=52).sum()
        rows.append(row | model.params_.to_dict() | GammaGammaModel().fit(both).params_.to_dict())
    return pd.DataFrame(rows)


def test_plain_world_expected_purchases_lie_within_two_percent_over_20_seeds(plain):
    assert plain["ratio"].mean() == pytest.approx(1, abs=0.02)
    # And the world does what the model with its true parameters foresees: the next year of people known for one.
    assert plain["true_forecast"].sum() / plain["happened"].sum() == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("name, value", (RATE | DROPOUT | SPEND).items())
def test_plain_world_parameters_are_recovered_within_sampling_error(plain, name, value):
    gap = np.log(plain[name] / value)  # in logs, for the estimates are skewed
    assert abs(gap.mean()) < 3 * gap.std() / np.sqrt(len(gap))


def test_plain_world_is_nothing_but_purchases():
    f = firm(400, world="plain")
    assert f.orders["record_id"].notna().all() and (f.orders["discount"] == 0).all()
    assert all(len(f.tables[t]) == 0 for t in ("contacts", "assignments", "answers", "tickets", "subscriptions"))
    assert (f.order_lines["amount"] >= 0).all() and set(f.records["system"]) == {"club"}
    assert f.truth["records"].is_unique and f.records[["name", "birth_date", "phone", "email"]].notna().all(axis=None)
    assert (f.truth["needs"].nunique(axis=1) == 1).all()
    buyers = f.truth["people"]["first_purchase_on"].notna()
    assert f.truth["records"].nunique() == buyers.sum() == f.truth["orders"].nunique()


@pytest.mark.parametrize("changed, least", [({"seasons": 1}, 1.04), ({"stages": 1}, 1.02), ({"world": "rich"}, 1.10)])
def test_a_mechanism_alone_and_the_rich_world_bias_the_forecast(plain, changed, least):
    """Against the same seeds of the plain world, the forecast of the second year is too high."""
    forecast = happened = 0
    for seed in range(4):
        f = make_firm(2000, seed=seed, detail=False, **({"world": "plain"} | changed))
        first = history(f, MIDDLE)
        forecast += BetaGeoModel().fit(first).expected_purchases(first, future_t=52).sum()
        late = f.orders["order_id"][f.orders["order_date"] > MIDDLE]
        happened += late.map(f.truth["orders"]).isin(first.index).sum()
    start = plain.head(4)
    assert forecast / happened > least * start["fitted_forecast"].sum() / start["happened"].sum()


# Switches ------------------------------------------------------------------------------------------------------

#: Where a switch that is turned off shows: a table, or a part of the truth.
SHOWS = {
    "households": "records", "quality": "orders", "referral": "truth people", "seasons": "orders", "rival": "orders",
    "returns": "order_lines", "anonymity": "orders", "club": "records", "club_effect": "orders",
    "cost_to_serve": "orders", "roaming": "orders", "needs": "order_lines", "occasions": "order_lines",
    "drift": "truth needs",
    "contact": "contacts", "match": "orders", "fatigue": "contacts", "backlash": "truth people",
    "forward_buying": "orders", "coupon": "orders", "coupon_visibility": "orders", "consent_reacts": "records",
    "service": "tickets", "apology": "tickets", "stages": "truth stages", "subscription": "subscriptions",
    "systems": "records", "duplicates": "records", "errors": "records",
}  # fmt: skip
#: What people are like, drawn once, that a switch may change; no other switch changes it.
TRAITS = {
    "households": {"household", "gender", "birth_date", "given_name", "family_name", "city", "web"},
    "quality": {"rate"}, "referral": {"source", "referrer", "acquisition_cost", "rate"}, "cost_to_serve": {"serve"},
    "needs": {f"weight_{need}" for need in ("ritual", "gift", "study", "discovery", "children", "comfort")},
}  # fmt: skip
LIVED = {"club_on", "web_on", "stage", "alive", "mood", "consent"}  # what happened to people, not what they are


def test_every_switch_is_tested_below():
    assert set(SHOWS) == set(OFF) and set(TRAITS) <= set(SWITCHES)


@pytest.mark.parametrize("name", OFF)
def test_a_switch_has_an_effect_and_leaves_all_other_draws_unchanged(name):
    on, off = firm(), make_firm(1200, seed=3, **{name: OFF[name]})
    where = SHOWS[name].split()
    shown = [f.truth[where[1]] if len(where) > 1 else f.tables[where[0]] for f in (on, off)]
    assert not shown[0].equals(shown[1])

    traits = {c for c in on.truth["people"] if not on.truth["people"][c].equals(off.truth["people"][c])} - LIVED
    assert traits <= TRAITS.get(name, set())
    if name in TRAITS:
        assert traits
    # First purchase days are the people's own; an order that happens in both worlds is the same order.
    keys = ["person", "week", "turn"]
    a, b = (orders_of(f).set_index(keys) for f in (on, off))
    both = a.index.intersection(b.index)
    assert len(both) > 0.75 * len(a)
    a, b = a.loc[both], b.loc[both]
    # Returned lines lower an amount after the fact: those orders are compared by nothing but their channel.
    whole = np.ones(len(both), dtype=bool)
    for f, orders in ((on, a), (off, b)):
        back = f.order_lines["order_id"][f.order_lines["amount"] < 0] if len(f.order_lines) else []
        whole &= ~orders["order_id"].isin(back).to_numpy()
    assert whole.mean() > 0.9
    assert (a["gross"][whole] == b["gross"][whole]).all()
    if name != "households":  # who lives together lives in one city, with its branches
        assert (a["channel"] == b["channel"]).all() and ((a["branch"] == b["branch"]).all() or name == "roaming")
        assert (a["payment_token"].isna() == b["payment_token"].isna()).all()
        if name != "cost_to_serve":
            assert (a["cost_to_serve"] == b["cost_to_serve"]).all()


def test_the_levels_set_the_repeat_rate_the_spread_of_values_and_consent():
    usual = make_firm(1200, seed=3, detail=False).truth["people"]
    often, flat, steep, asked = (
        make_firm(1200, seed=3, detail=False, **{name: value}).truth["people"]
        for name, value in (("repeat_rate", 2), ("value_skew", 0), ("value_skew", 1.5), ("permission", 0.4))
    )
    np.testing.assert_allclose(often["rate"], 2 * usual["rate"])
    # Quality is a matter of channels and stays: without it all rates are equal.
    channel = (1.25 * 0.2 + 1.05 * 0.25 + 1.0 * 0.3 + 1.1 * 0.1 + 0.55 * 0.15) / 1
    assert flat.groupby("source")["rate"].std().max() < 1e-12 and flat["spend"].std() < 1e-9
    assert flat["rate"].mean() == pytest.approx(0.125 * channel, rel=0.1)
    np.testing.assert_allclose(flat["spend"], usual["spend"].mean())
    assert steep["spend"].mean() == pytest.approx(usual["spend"].mean()) and steep["spend"].std() > usual["spend"].std()
    assert (steep["spend"].rank() == usual["spend"].rank()).all()
    assert asked["consent"].mean() < 0.42 < 0.7 < usual["consent"].mean() < 0.85


@pytest.mark.parametrize(
    "name", ["cost_to_serve", "needs", "occasions", "coupon_visibility", "subscription", "errors", "returns"]
)
def test_a_switch_that_nobody_reacts_to_changes_no_order(name):
    """These act on what the firm sees or on the bill: the same people buy on the same days."""
    columns = ["person", "order_date", "channel", "branch", "payment_token"]
    on, off = (
        orders_of(f)[columns].reset_index(drop=True) for f in (firm(), make_firm(1200, seed=3, **{name: OFF[name]}))
    )
    same(on, off)


def test_people_roam_within_their_city_and_only_the_card_is_known_there():
    f = firm()
    till = orders_of(f).query('channel == "till"').assign(city=lambda x: x["branch"].str.rsplit(" ", n=1).str[0])
    assert (till.groupby("person")["city"].nunique() == 1).all()
    home = till.groupby("person")["branch"].agg(lambda x: x.mode()[0])
    big = till[till["city"].isin(["Tehran", "Isfahan", "Shiraz", "Mashhad"])]  # Tabriz has one branch
    regular = big[big.groupby("person")["branch"].transform("size") >= 8]
    away = regular["branch"] != regular["person"].map(home)
    assert away.mean() == pytest.approx(0.15, abs=0.03)
    # Before the club opens a name is known by the web account, and that only in the usual branch.
    early = regular["order_date"] < START + pd.Timedelta(weeks=CLUB_WEEK)
    assert regular.loc[early & away, "record_id"].isna().mean() > 0.97
    assert regular.loc[early & ~away, "record_id"].isna().mean() < 0.97


def test_anonymity_is_drawn_apart_from_everything_else():
    """One uniform decides whether an order is hidden: a weaker anonymity only shows more of them."""
    half = make_firm(1200, seed=3, anonymity=0.5)
    keys = ["person", "week", "turn"]
    a, b = (orders_of(f).set_index(keys)["record_id"].isna() for f in (firm(), half))
    both = a.index.intersection(b.index)
    hidden, still = a[both], b[both]
    # Some stay hidden all the same: their people have no record yet.
    assert (still & ~hidden).sum() < 0.02 * hidden.sum() and still.sum() < 0.95 * hidden.sum()


def test_orders_without_detail_are_those_with_detail_before_returns():
    bare, full = make_firm(600, seed=3, detail=False, households=0), make_firm(600, seed=3, returns=0, households=0)
    same(bare.orders, full.orders)
    same(bare.contacts, full.contacts)
    same(bare.truth["orders"], full.truth["orders"])
    same(bare.truth["records"], full.truth["records"])


def test_two_switches_by_name_build_a_world_up_from_the_plain_one():
    f = make_firm(600, seed=3, world="plain", returns=0.2)
    back = (f.order_lines["amount"] < 0).sum()
    assert abs(back - 0.2 * len(f.orders)) < 4 * np.sqrt(0.16 * len(f.orders))
    assert f.made == {"n_people": 600, "weeks": 104, "seed": 3, "campaign_test": 0, "world": "plain", "returns": 0.2}


# What the tables say to each other -------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["sample", 3, 4, 5])
def rich(request, sample):
    return sample if request.param == "sample" else firm(seed=request.param)


def test_ids_are_unique_and_keys_resolve(rich):
    for table in ("records", "orders", "products", "campaigns", "tickets", "feedback", "prospects"):
        key = table.removesuffix("s") + "_id"
        assert rich.tables[table][key].is_unique and rich.tables[table][key].notna().all()
    records = set(rich.records["record_id"])
    for table in [*DATED, "assignments"]:
        used = rich.tables[table]["record_id"]
        assert len(used) and set(used.dropna()) <= records
        assert used.notna().all() or table == "orders"
    orders, f = set(rich.orders["order_id"]), rich
    assert set(f.order_lines["order_id"]) == orders and set(f.tickets["order_id"].dropna()) <= orders
    assert set(f.order_lines["product_id"]) <= set(f.products["product_id"])
    category = f.products.set_index("product_id")["category"]
    assert (f.order_lines["product_id"].map(category) == f.order_lines["category"]).all()
    assert set(f.assignments["campaign_id"]) == set(f.campaigns["campaign_id"]) == set(CAMPAIGNS)
    assert set(f.contacts["campaign_id"].dropna()) == set(CAMPAIGNS)
    assert set(f.answers["question"]) <= set(f.questions["question"])
    assert set(f.orders["branch"]) <= set(f.branches["branch"])
    assert ((f.orders["branch"] == "web") == (f.orders["channel"] == "web")).all()


def test_every_record_and_order_is_of_its_person_and_no_record_is_used_before_it_was_opened(rich):
    opened, owner = rich.records.set_index("record_id")["opened_on"], rich.truth["records"]
    assert opened.between(START, END).all()
    for table, day in DATED.items():
        used = rich.tables[table].dropna(subset="record_id")
        assert (used[day] >= used["record_id"].map(opened)).all(), table
    known = rich.orders.dropna(subset="record_id")
    assert (known["record_id"].map(owner) == known["order_id"].map(rich.truth["orders"])).all()
    told = rich.tickets.dropna(subset="order_id")
    assert (told["record_id"].map(owner) == told["order_id"].map(rich.truth["orders"])).all()


def test_lines_and_branches_add_up_to_the_orders(rich):
    lines = rich.order_lines.groupby("order_id")["amount"].sum().reindex(rich.orders["order_id"])
    assert np.abs(lines.to_numpy() - rich.orders["amount"].to_numpy()).max() < 1e-6
    assert (rich.orders["amount"] >= 0).all() and (rich.orders["discount"] >= 0).all()
    assert rich.branches["sales"].sum() == pytest.approx(rich.orders["amount"].sum())
    assert rich.branches["orders"].sum() == len(rich.orders)
    assert rich.branches["complaints"].sum() == len(rich.tickets)


def test_the_truth_is_complete(rich):
    f, people = rich, rich.truth["people"]
    assert len(people) == f.made["n_people"] and people.index.is_unique
    for table in ("records", "orders"):
        truth = f.truth[table]
        assert set(truth.index) == set(f.tables[table].iloc[:, 0]) and truth.index.is_unique
        assert set(truth) <= set(people.index)
    for table in ("needs", "stages"):
        assert f.truth[table].index.equals(people.index) and f.truth[table].shape[1] == 8
    assert set(f.truth["prospects"].index) == set(f.prospects["prospect_id"])
    assert people.loc[f.truth["prospects"], "first_purchase_on"].isna().all()
    assert people["first_purchase_on"].isna().sum() == len(f.prospects)
    first = f.orders.groupby(f.orders["order_id"].map(f.truth["orders"]))["order_date"].min()
    assert (first == people["first_purchase_on"].dropna()[first.index]).all() and len(first) == len(people) - len(
        f.prospects
    )
    assert set(f.truth["feedback"].index) == set(f.feedback["feedback_id"])
    friends = people["first_purchase_on"].notna() & people["referrer"].notna()  # who brings a friend was there before
    brought, by = (people.loc[who, "first_purchase_on"] for who in (people.index[friends], people["referrer"][friends]))
    assert friends.mean() > 0.1 and (by.to_numpy() <= brought.to_numpy()).all()


def test_a_tenth_is_never_contacted_nor_assigned(rich):
    holdout = rich.truth["people"]["holdout"]
    assert abs(holdout.mean() - 0.1) < 4 * np.sqrt(0.09 / len(holdout))
    for table in ("contacts", "assignments"):
        assert not holdout[rich.tables[table]["record_id"].map(rich.truth["records"])].any()


def test_who_said_no_is_not_contacted_and_contacts_make_more_say_no():
    calm = make_firm(1200, seed=3, consent_reacts=0)
    consent = calm.records.set_index("record_id")["consent"]
    assert consent[calm.contacts["record_id"]].all() and 0.80 < calm.truth["people"]["consent"].mean() < 0.90
    left = calm.truth["people"]["consent"] & ~firm().truth["people"]["consent"]
    assert left.any() and not left[calm.truth["people"]["holdout"]].any()
    # Whoever opted out gets no letter in the last wave.
    last = firm().contacts.query("contacted_on == contacted_on.max()")["record_id"]
    assert firm().records.set_index("record_id")["consent"][last].mean() > 0.95


# Properties of the design ----------------------------------------------------------------------------------------


def test_the_best_fifth_of_a_years_buyers_brings_55_to_75_percent_of_sales(rich):
    orders = orders_of(rich)
    for year in (0, 1):
        spent = orders[orders["week"] // 52 == year].groupby("person")["amount"].sum().sort_values(ascending=False)
        assert 0.55 <= spent.head(len(spent) // 5).sum() / spent.sum() <= 0.75


def test_the_whale_curve_peaks_above_all_profit(rich):
    lines = rich.order_lines
    margin = lines["amount"] - lines["quantity"] * lines["product_id"].map(
        rich.products.set_index("product_id")["unit_cost"]
    )
    profit = (
        margin.groupby(lines["order_id"]).sum().reindex(rich.orders["order_id"]).to_numpy()
        - rich.orders["cost_to_serve"]
    )
    each = profit.groupby(rich.orders["order_id"].map(rich.truth["orders"])).sum().sort_values(ascending=False).cumsum()
    assert each.iloc[-1] > 0 and each.max() / each.iloc[-1] > 1.02


def test_half_of_till_orders_are_anonymous_fewer_after_the_club_and_no_web_order(rich):
    orders = orders_of(rich)
    hidden, till = orders["record_id"].isna(), orders["channel"] == "till"
    assert 0.45 <= hidden[till].mean() <= 0.65 and not hidden[~till].any()
    before, after = (hidden[till & orders["week"].between(*w)].mean() for w in ((0, CLUB_WEEK - 1), (52, 103)))
    assert after < before - 0.2
    assert rich.records.query("system == 'club'")["opened_on"].min() >= START + pd.Timedelta(weeks=CLUB_WEEK)
    # Not at random: those who buy often are known more often; and a part of the rest can be found by the token.
    often = orders.groupby("person")["person"].transform("size") > 10
    assert hidden[till & often].mean() < hidden[till & ~often].mean()
    known = set(orders["payment_token"][~hidden].dropna())
    assert 0.1 < orders["payment_token"][hidden].isin(known).mean() < 0.9


def test_records_are_up_to_four_a_person_with_some_doubled_and_people_with_none(rich):
    records = rich.records.assign(person=rich.records["record_id"].map(rich.truth["records"]))
    assert set(records["system"]) == {"club", "web", "newsletter", "service"}
    assert 1.3 < len(records) / records["person"].nunique() < 2.5 and records["person"].nunique() < 0.9 * len(
        rich.truth["people"]
    )
    assert 0.02 < (records.groupby(["person", "system"]).size() > 1).mean() < 0.08


def by_person(f, campaign):
    """One row a person of a campaign: treated, spend in the outcome weeks."""
    arms = f.assignments.query("campaign_id == @campaign")
    arms = arms.assign(person=arms["record_id"].map(f.truth["records"])).drop_duplicates("person").set_index("person")
    when = CAMPAIGNS[campaign][0]
    orders = orders_of(f)
    inside = orders["week"].between(when, when + OUTCOME_WEEKS - 1)
    spent = orders[inside].groupby("person")["amount"].sum().reindex(arms.index).fillna(0)
    return pd.DataFrame({"treated": arms["arm"] == "contact", "spent": spent})


def difference(spent, treated):
    arms = spent[treated], spent[~treated]
    return arms[0].mean() - arms[1].mean(), np.sqrt(sum(arm.var() / len(arm) for arm in arms))


def test_both_outcomes_are_what_happens():
    """Of the two potential outcomes in the truth, the one of the arm is what the person then spent."""
    f = firm(seed=3, returns=0)
    for campaign in CAMPAIGNS:
        truth = f.truth["campaign"].query("campaign_id == @campaign")
        seen = by_person(f, campaign).reindex(truth.index)
        assert len(seen) > 100 and (seen["treated"] == truth["treated"]).all()
        happened = np.where(truth["treated"], truth["y1"], truth["y0"])
        np.testing.assert_allclose(seen["spent"], happened, atol=0.05)
        assert (truth["y0"] != truth["y1"]).any()


def test_the_targeted_campaign_looks_far_better_than_it_is(rich):
    seen = by_person(rich, "targeted")
    naive, error = difference(seen["spent"], seen["treated"])
    assert naive - 3 * error > rich.truth["effects"].loc["targeted"].max()


def test_the_randomised_campaign_covers_the_truth(sample):
    z = []
    for f in [sample, *(firm(seed=seed) for seed in (3, 4, 5))]:
        seen = by_person(f, "randomised")
        naive, error = difference(seen["spent"], seen["treated"])
        z.append((naive - f.truth["effects"].loc["randomised", "everybody"]) / error)
    assert np.abs(z).max() < 3 and abs(np.mean(z)) < 3 / 2
    test, truth = sample.campaign_test, sample.truth["campaign_test"]
    assert len(test) == 60_000 and test["test_id"].tolist() == truth.index.tolist()
    assert chi_square(np.bincount(test["treated"]), [0.5, 0.5]) > 0.01
    naive, error = difference(test["spend"].to_numpy(), test["treated"].to_numpy())
    gain = (truth["y1"] - truth["y0"]).mean()
    assert abs(naive - gain) < 2 * error and naive > 2 * error  # it covers the truth, and zero it does not
    # The firm sees a part: of what was spent, never more (but for a tenth) and not always all.
    happened = np.where(test["treated"], truth["y1"], truth["y0"])
    assert (test["spend"] <= happened + 0.2).all() and (test["spend"] < happened - 0.2).any()


def test_the_broken_split_shows_as_a_mismatch_of_the_sample_ratio_and_the_good_one_does_not(sample):
    firms = [sample, *(firm(seed=seed) for seed in (3, 4, 5))]
    counts = {
        c: sum(np.bincount(by_person(f, c)["treated"], minlength=2) for f in firms) for c in ("randomised", "broken")
    }
    assert chi_square(counts["broken"], [0.5, 0.5]) < 0.0005 < 0.01 < chi_square(counts["randomised"], [0.5, 0.5])
    own = np.bincount(by_person(sample, "broken")["treated"])
    assert chi_square(own, [0.5, 0.5]) < 0.01  # the course's own firm shows it


def test_service_failures_follow_the_truth_of_the_branches():
    f = firm(seed=3, service=3)
    rate = f.truth["branches"].set_index(["branch", "quarter"])["failure_rate"]
    orders = orders_of(f)
    expected = rate.reindex(zip(orders["branch"], orders["week"] // 13)).to_numpy() * 0.35  # 35 % complain
    assert abs(len(f.tickets) - expected.sum()) < 4 * np.sqrt(expected.sum())
    given = f.tickets["apology"]
    assert chi_square(np.bincount(given), [0.5, 0.5]) > 0.01  # by lot


def test_seasons_move_demand_by_what_their_table_says():
    """Seasons only: repeat purchases of the two weeks before Nowruz and after it, against the same people without."""
    f = make_firm(12_000, seed=1, world="plain", detail=False, seasons=1)
    calm = make_firm(12_000, seed=1, world="plain", detail=False)
    week = [orders_of(g).query("turn > 0")["week"].value_counts() for g in (f, calm)]
    ratio = (week[0][[50, 51]].sum() / week[1][[50, 51]].sum(), week[0][[52, 53]].sum() / week[1][[52, 53]].sum())
    assert ratio == pytest.approx((1.8, 0.7), rel=0.12)  # dropout follows purchases, so a little less by then
