"""The tables that the simulated firm shows: lines, branches, tickets, feedback, answers, survey."""

import numpy as np
import pandas as pd
import pytest

from idic_lib.firm import tables
from idic_lib.firm.world import BRANCH_NAMES, CATEGORIES, NEED_CATEGORY, NEEDS, START, Draws

DRAWS = Draws(5)
N = 20_000


@pytest.fixture(scope="module")
def people():
    """Rows with every column that the renderers ask for, and one need each (a sixth of the people per need)."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"person": np.arange(N), "week": 7, "turn": np.arange(N) % 3, "satisfaction": 0.0})
    frame["record_id"] = "r" + frame["person"].astype(str)
    frame["order_id"] = "o" + frame["person"].astype(str).str.zfill(6)
    frame["opened_on"] = frame["given_on"] = frame["answered_on"] = START + pd.Timedelta(days=51)
    frame["branch"] = np.where(rng.random(N) < 0.5, "web", "Tehran 1")
    frame["apology"], frame["response_minutes"] = rng.random(N) < 0.5, 12.0
    frame["satisfaction"], frame["share"], frame["rate"] = rng.normal(0, 0.5, N), rng.beta(2, 2, N), rng.normal(0, 1, N)
    frame["script"] = np.where(rng.random(N) < 0.6, "fa", "en")
    frame["amount"] = np.maximum(rng.gamma(2, 200, N), 1).round(1)
    return frame


@pytest.fixture(scope="module")
def weights():
    return np.eye(6)[np.arange(N) % 6]


def bits(p):
    """Mutual information of answer (rows) and need (columns, equally likely), by its definition."""
    joint = p / p.shape[1]
    independent = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    return np.where(joint > 0, joint * np.log2(np.maximum(joint, 1e-300) / independent), 0).sum()


def render(name, people, weights, draws=DRAWS):
    args = {"order_lines": (people, weights, draws), "answers": (people, weights, draws)}.get(name, (people, draws))
    made = getattr(tables, name)(*args)
    return made if isinstance(made, pd.DataFrame) else made[0].assign(themes=made[1].to_numpy())


RENDERERS = ["order_lines", "tickets", "feedback", "answers", "survey"]


@pytest.mark.parametrize("name", RENDERERS)
def test_same_seed_same_rows_other_seed_others_and_the_users_frame_stays(name, people, weights):
    before = people.head(500).copy()
    first = render(name, people.head(500), weights[:500])
    pd.testing.assert_frame_equal(first, render(name, people.head(500), weights[:500], Draws(5)))
    assert not first.equals(render(name, people.head(500), weights[:500], Draws(6)))
    pd.testing.assert_frame_equal(people.head(500), before)


@pytest.mark.parametrize("name", RENDERERS)
def test_a_row_does_not_depend_on_the_other_rows(name, people, weights):
    """Keyed draws: what the last 200 of 500 show is the same when they are rendered alone."""
    key = "order_id" if name == "order_lines" else "record_id"
    whole, part = (render(name, people[a:500], weights[a:500]) for a in (0, 300))
    late = whole[whole[key].isin(people[key][300:500])].reset_index(drop=True)
    own = [column for column in whole if column not in ("ticket_id", "feedback_id")]  # numbered from the first row
    pd.testing.assert_frame_equal(late[own], part[own])


@pytest.mark.parametrize("name", RENDERERS)
def test_no_rows_give_a_table_without_rows(name, people, weights):
    whole, empty = (render(name, people.head(n), weights[:n]) for n in (50, 0))
    assert len(empty) == 0 and list(empty) == list(whole)


def test_products_cover_the_categories_within_their_prices():
    goods = tables.products()
    assert list(goods) == ["product_id", "title", "title_fa", "category", "price", "unit_cost"]
    assert goods["product_id"].is_unique and goods["title"].is_unique and goods["title_fa"].is_unique
    assert list(goods["category"].unique()) == CATEGORIES and goods["category"].value_counts().min() >= 12
    assert goods["title_fa"].str.contains("[\u0600-\u06ff]").all() and not goods["title_fa"].str.contains("[يك]").any()
    step = goods.groupby("category")["price"].pct_change().dropna()
    assert step.min() > 0.1 and step.max() < 0.32
    assert goods["price"].between(30, 3000).all() and (goods["unit_cost"] / goods["price"]).between(0.44, 0.76).all()


def test_order_lines_add_up_and_are_bounded(people, weights):
    lines = tables.order_lines(people, weights, DRAWS, returns=0.0)
    assert list(lines) == ["order_id", "product_id", "category", "quantity", "unit_price", "amount"]
    sums = lines.groupby("order_id", sort=False)["amount"].sum()
    assert list(sums.index) == list(people["order_id"])
    np.testing.assert_allclose(sums, people["amount"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(lines["unit_price"] * lines["quantity"], lines["amount"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(lines["amount"] * 10, np.round(lines["amount"] * 10), rtol=0, atol=1e-8)
    assert lines["quantity"].between(1, 6).all() and (lines["amount"] > 0).all()
    size = lines.groupby("order_id", sort=False).size().to_numpy()
    assert set(size) == {1, 2, 3, 4, 5}
    small, large = (size[part].mean() for part in (people["amount"] < 200, people["amount"] > 800))
    assert small < 1.4 and large > 2.5
    # two lines of one category: shares are uniform on 0.3-1, so at most 10 : 3, and on average well apart
    pair = lines[lines.groupby("order_id")["category"].transform("size") == 2].groupby("order_id")
    ratio = (pair["amount"].max() / pair["amount"].min())[pair["category"].nunique() == 1]
    assert 1.3 < ratio.median() < 2 and ratio.max() < 3.4
    goods = tables.products().set_index("product_id")
    assert (lines["product_id"].map(goods["category"]) == lines["category"]).all()
    off = np.log(lines["unit_price"] / lines["product_id"].map(goods["price"])).abs()
    assert off.median() < 0.07 and (off < 0.3).mean() > 0.95  # the rest: less than the category's cheapest good


def test_lines_of_an_amount_that_is_no_tenth_still_add_up():
    orders = pd.DataFrame({"order_id": ["a", "b", "c"], "person": [1, 2, 3], "week": 0, "turn": 0})
    orders["amount"] = [1234.56789, 0.0, 40_000.03]
    lines = tables.order_lines(orders, np.full((3, 6), 1 / 6), DRAWS, returns=0.0)
    assert lines.groupby("order_id")["amount"].sum().tolist() == pytest.approx([1234.56789, 0, 40_000.03], abs=1e-9)
    assert lines["quantity"].between(1, 6).all()


def test_returned_lines_mirror_a_line_of_their_order(people, weights):
    lines = tables.order_lines(people, weights, DRAWS, returns=0.1)
    back = lines["quantity"] < 0
    # Binomial(20,000, 0.1): mean 2,000, sd 42
    assert abs(back.sum() - 2000) < 4 * 42 and (back == (lines["amount"] < 0)).all()
    assert lines.groupby("order_id")["amount"].sum().min() > -1e-9
    kept = lines[~back].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, tables.order_lines(people, weights, DRAWS, returns=0.0))
    undone = lines[back].assign(quantity=-lines["quantity"], amount=-lines["amount"])
    assert len(undone.merge(kept.drop_duplicates())) == len(undone)
    last = ~lines["order_id"].duplicated(keep="last")
    assert last[back].all() and lines["order_id"].is_monotonic_increasing


def test_needs_show_in_the_lines_and_equal_weights_give_everybodys_mix(people, weights):
    lines = tables.order_lines(people, weights, DRAWS, returns=0.0)
    need = lines["order_id"].map(pd.Series(weights.argmax(1), index=people["order_id"]))
    seen = pd.crosstab(need, lines["category"], normalize="index")[CATEGORIES].to_numpy()
    # each row about 6,000 lines: standard error of a share at most 0.0065
    np.testing.assert_allclose(seen, NEED_CATEGORY, atol=4 * 0.0065)
    plain = tables.order_lines(people, np.full((N, 6), 1 / 6), DRAWS, returns=0.0)
    mix = plain["category"].value_counts(normalize=True)[CATEGORIES].to_numpy()
    np.testing.assert_allclose(mix, NEED_CATEGORY.mean(axis=0), atol=4 * 0.003)


def test_branches_have_a_row_per_quarter_and_plausible_values():
    frame = tables.branch_quarters(DRAWS, 8)
    assert frame.groupby("branch", sort=False)["quarter"].apply(list).to_dict() == {
        name: list(range(8)) for name in [*BRANCH_NAMES, "web"]
    }
    assert frame["staff_satisfaction"].between(1, 7).all() and (frame["training_hours"] >= 0).all()
    assert 0.035 < frame["failure_rate"].mean() < 0.07 and frame["failure_rate"].between(0.005, 0.3).all()
    assert (frame[["response_minutes", "promised_days", "delivered_days"]] > 0).all().all()
    assert (tables.branch_quarters(DRAWS, 8, service=0.0)["failure_rate"] == 0).all()
    pd.testing.assert_frame_equal(  # more quarters change nothing of the first ones
        frame[frame["quarter"] < 3].reset_index(drop=True), tables.branch_quarters(DRAWS, 3)
    )


def test_failures_fall_with_training_through_staff_and_response_as_documented():
    frames = [tables.branch_quarters(Draws(seed), 8).query("branch != 'web'") for seed in range(30)]
    frame = pd.concat(frames)
    hours, staff = frame["training_hours"] - 6, frame["staff_satisfaction"]
    slope = np.polyfit(hours, staff, 1)[0]
    assert slope == pytest.approx(0.30, abs=0.03)
    assert np.polyfit(staff, np.log(frame["response_minutes"]), 1)[0] == pytest.approx(-0.30, abs=0.03)
    X = np.column_stack([np.ones(len(frame)), hours, np.log(frame["response_minutes"])])
    fitted = np.linalg.lstsq(X, np.log(frame["failure_rate"]), rcond=None)[0]
    assert fitted[1:] == pytest.approx([-0.03, 0.6], abs=0.06)
    # total effect of an hour, by the chain: 0.3 x (-0.3) x 0.6 - 0.03 = -0.084
    assert np.polyfit(hours, np.log(frame["failure_rate"]), 1)[0] == pytest.approx(-0.084, abs=0.02)


def test_tickets_follow_the_complaints(people):
    frame = tables.tickets(people, DRAWS)
    assert list(frame) == [
        "ticket_id", "record_id", "opened_on", "channel", "topic", "order_id", "first_response_hours", "resolved_hours",
        "apology", "cost",
    ]  # fmt: skip
    assert frame["ticket_id"].is_unique and (frame["record_id"] == people["record_id"]).all()
    assert set(frame["channel"]) == set(tables.CHANNELS) and set(frame["topic"]) == set(tables.TOPICS)
    web = (people["branch"] == "web").to_numpy()
    late = (frame["topic"] == "late_delivery").groupby(web).mean()
    assert late[True] == pytest.approx(0.34, abs=0.02) and late[False] == pytest.approx(0.06, abs=0.01)
    assert (frame["resolved_hours"] >= frame["first_response_hours"] - 0.06).all()
    assert frame.groupby("apology")["cost"].mean().diff()[True] == pytest.approx(50, abs=2)
    slow = tables.tickets(people.assign(response_minutes=24.0), DRAWS)
    assert (slow["first_response_hours"] / frame["first_response_hours"]).median() == pytest.approx(2, abs=0.05)


def test_phrases_are_many_and_in_both_languages():
    phrases = tables._read("phrases.csv")
    assert phrases["text"].is_unique and set(phrases["theme"]) == set(tables.THEMES)
    assert phrases.groupby(["theme", "language"]).size().min() >= 8
    persian = phrases["text"].str.contains("[\u0600-\u06ff]")
    assert (persian == (phrases["language"] == "fa")).all() and not phrases["text"].str.contains("[يك]").any()


def test_feedback_says_what_its_themes_say(people):
    frame, themes = tables.feedback(people, DRAWS)
    assert list(frame) == ["feedback_id", "record_id", "given_on", "channel", "text"]
    assert list(themes.index) == list(frame["feedback_id"])
    persian = frame["text"].str.contains("[\u0600-\u06ff]")
    assert (persian == (people["script"] == "fa")).all()
    assert frame["text"][persian].str.contains("[يك]").mean() == pytest.approx(0.25, abs=0.02)
    named = themes.str.split("|")
    assert set(named.explode()) == set(tables.THEMES) and named.map(lambda t: len(t) == len(set(t))).all()
    assert named.str.len().value_counts(normalize=True).sort_index().tolist() == pytest.approx(
        [0.6, 0.3, 0.1], abs=0.02
    )
    # a text of one theme is a phrase of it; misspelt ones and Arabic letters aside, one in ten is not
    phrases = tables._read("phrases.csv").set_index("text")["theme"]
    one = (named.str.len() == 1).to_numpy()
    clean = frame["text"][one].str.replace("ي", "ی").str.replace("ك", "ک").map(phrases)
    assert clean.isna().mean() == pytest.approx(0.1, abs=0.015)
    assert (clean.dropna() == themes.to_numpy()[clean.dropna().index]).all()


def test_the_dissatisfied_complain_and_the_satisfied_praise(people):
    unhappy, happy = (tables.feedback(people.assign(satisfaction=s), DRAWS)[1] for s in (-1.0, 1.0))
    # P(well spoken of) = 1 / (1 + e^3) = 0.047 and 0.953
    assert unhappy.str.contains("praise").mean() < 0.06 and happy.str.contains("praise").mean() > 0.3
    assert happy.str.contains("damaged").mean() < 0.02 < unhappy.str.contains("damaged").mean()
    assert unhappy.str.contains("off_topic").mean() == pytest.approx(happy.str.contains("off_topic").mean(), abs=0.02)


def test_questions_differ_in_what_they_tell_and_what_they_cost():
    bank = tables._read("questions.csv")
    assert list(bank["question"].unique()) == [f"q{k:02d}" for k in range(1, 11)]
    asked = bank.groupby("question")
    np.testing.assert_allclose(asked[NEEDS].sum(), 1, atol=1e-9)
    assert (asked["burden"].nunique() == 1).all() and bank["burden"].between(0, 1).all()
    assert bank["text_fa"].str.contains("[\u0600-\u06ff]").all() and bank["answer_fa"].str.contains("[ا-ی]").all()
    told = pd.Series({name: bits(group[NEEDS].to_numpy()) for name, group in asked})
    assert told[["q01", "q02"]].min() > 0.6 and told[["q04", "q07", "q10"]].max() < 0.01  # golden; useless and wallet
    assert told.idxmax() == "q05" and told.max() < np.log2(6)
    gained = told * (1 - asked["burden"].first())
    assert (
        gained.idxmax() == "q02" and gained["q05"] < gained["q01"]
    )  # long: informative when answered, seldom answered


def test_answers_follow_the_need_and_the_burden(people, weights):
    many, w = pd.concat([people.assign(week=k) for k in range(5)]), np.tile(weights, (5, 1))
    frame = tables.answers(many, w, DRAWS)
    assert list(frame) == ["record_id", "answered_on", "question", "answer"] and len(frame) == 5 * N
    bank = tables._read("questions.csv")
    silent = frame["answer"].isna().groupby(frame["question"]).mean()
    np.testing.assert_allclose(silent, bank.groupby("question")["burden"].first(), atol=0.02)
    assert frame["question"].value_counts(normalize=True).between(0.09, 0.11).all()
    need = np.array(NEEDS)[w.argmax(1)]
    for name in ("q01", "q04", "q10"):
        mine = (frame["question"] == name).to_numpy()
        seen = pd.crosstab(frame["answer"][mine], need[mine], normalize="columns")
        expected = bank[bank["question"] == name].set_index("answer")[NEEDS]
        # about 1,000 answers a need: standard error at most 0.016
        np.testing.assert_allclose(seen.loc[expected.index, NEEDS], expected, atol=4 * 0.019)


def test_survey_scales_and_reliability(people):
    frame = tables.survey(people, DRAWS)
    assert list(frame) == ["record_id", "answered_on", "item", "answer"] and len(frame) == len(tables.ITEMS) * N
    wide = frame.pivot(index="record_id", columns="item", values="answer").loc[people["record_id"]]
    for name in wide:
        values = range(0, 101, 10) if name == "wallet_share" else range(11) if name == "recommend" else range(1, 6)
        assert set(wide[name]) == set(values), name
    assert 0.15 < (wide["satisfaction"] == 5).mean() < 0.35  # a ceiling
    latent = people[["satisfaction", "share"]].to_numpy()
    for name, column in (("satisfaction", 0), ("wallet_share", 1)):
        # classical test theory: the squared correlation with the true score is the reliability, by the formula
        # 0.84^2 / (0.84^2 + 0.3^2 + 0.5^2) = 0.67, a little less for rounding and the ceiling
        assert 0.5 < np.corrcoef(wide[name], latent[:, column])[0, 1] ** 2 < 0.68
    later = tables.survey(people.assign(answered_on=START + pd.Timedelta(days=140)), DRAWS)
    again = later.pivot(index="record_id", columns="item", values="answer").loc[people["record_id"]]
    # asked again, the lasting inclination to say yes counts too: (0.84^2 + 0.3^2) / (0.84^2 + 0.3^2 + 0.5^2) = 0.76
    assert wide.corrwith(again).between(0.6, 0.77).all()


def test_survey_yea_saying_lifts_unrelated_items_together(people):
    """Price sensitivity and trust have no true cause in common, only a share of 0.3^2 of their variance by style."""
    same = people.assign(satisfaction=0.0, share=0.5, rate=0.0)
    wide = tables.survey(same, DRAWS).pivot(index="record_id", columns="item", values="answer")
    assert 0.03 < wide["price_sensitive"].corr(wide["trust"]) < 0.2
