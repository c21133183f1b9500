"""Programmes: what a policy knows, what it does, what each step is worth, and who is refused in the arena."""

from functools import cache
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from idic_lib.errors import DataError
from idic_lib.firm import NEEDS, Actions, Firm, make_firm
from idic_lib.identify import recover_orders
from idic_lib.interact import AnswerModel
from idic_lib.programme import (
    POLICIES,
    Desk,
    Programme,
    arena,
    arena_firm,
    coalitions,
    foul_play,
    run_coalitions,
    score_policy,
    tuned_settings,
    value_of_each_step,
)  # fmt: skip
from idic_lib.programme.coalitions import ADMISSIBLE, COALITIONS, lived

#: The records of a firm of 700 people are enough for all that is exact; what is random says its own size.
LOUD = {"gap": 1, "least": 0.6, "ask": 4, "apologise": 3}  # settings under which every step does something


@cache
def firm(n_people=700, seed=4, **changed):
    """A firm of a year and a half, made once; nothing here changes it."""
    return make_firm(n_people, 78, seed, campaign_test=2000, **changed)


def true_links(f):
    """The linking itself is tested elsewhere, and takes seconds."""
    return f.truth["records"].rename("customer_id")


def links(n_people=700, seed=4):
    return true_links(firm(n_people, seed))


@cache
def desk(linked=True, n_people=700, seed=4):
    return Desk(firm(n_people, seed), links(n_people, seed) if linked else None)


class Diary:
    """A policy that keeps what another one sees and does."""

    def __init__(self, policy):
        self.policy, self.seen, self.done = policy, [], []

    def __call__(self, view):
        actions = self.policy(view)
        self.seen.append(view)
        self.done.append(actions)
        return actions

    def letters(self):
        frames = [(view, done.letters) for view, done in zip(self.seen, self.done) if done.letters is not None]
        return pd.concat([letters.assign(week=view.week) for view, letters in frames], ignore_index=True)


def run(steps, weeks=12, of=None, **settings):
    diary = Diary(Programme(desk("I" in steps), steps, **(LOUD | settings)))
    return diary, (of or firm()).live(weeks, diary)


@pytest.fixture
def short(monkeypatch):
    """A run-off of 4 weeks, where the value itself is not the question."""
    monkeypatch.setattr(coalitions, "RUN_OFF", 4)


# -- the desk ----------------------------------------------------------------------------------------------------------


def test_units_are_records_or_linked_customers_and_tokens_recover_orders_as_identify_does():
    f, linked = firm(), desk()
    assert desk(False).n == len(f.records) and linked.n == links().nunique()
    known = f.orders.assign(customer_id=f.orders["record_id"].map(links()))
    told = recover_orders(known)["customer_id"]
    counted = pd.Series(linked.orders, pd.factorize(links().reindex(linked.ids))[1])
    # Both leave out a family's card from when it is known as one; ours had lent it before, so it may know a few more.
    assert abs(counted.sum() / told.notna().sum() - 1) < 0.02
    assert counted.corr(told.value_counts().reindex(counted.index).fillna(0)) > 0.99
    assert desk(False).orders.sum() == f.orders["record_id"].notna().sum() < counted.sum()


def test_beliefs_are_chances_and_better_than_the_largest_need():
    for one in (desk(), desk(False)):
        belief = one.beliefs()
        np.testing.assert_allclose(belief.sum(axis=1), 1)
        need = firm().truth["needs"].iloc[:, -1].reindex(firm().truth["records"].reindex(one.ids)).to_numpy()
        best = belief.argmax(axis=1)[one.unit]
        sure = belief.max(axis=1)[one.unit] > 0.6
        assert (np.array(NEEDS)[best] == need)[sure].mean() > 0.6 > 0.35 > (need == "ritual").mean()


def test_answers_move_a_belief_as_bayes_and_the_answer_model_say():
    one = desk().copy()
    assert isinstance(one.answers_, AnswerModel)
    answers = pd.DataFrame({"record_id": one.ids[[0, 5]], "question": "q06", "answer": ["yes", "no"]})
    units = one.units(answers["record_id"])
    before = pd.DataFrame(one.beliefs(), columns=NEEDS)
    one._read_answers(answers, units)
    expected = one.answers_.update(before, answers.assign(customer_id=units))
    np.testing.assert_allclose(one.beliefs(), expected, atol=1e-9)
    assert not np.allclose(before, expected) and one.asked[units, one.questions.get_loc("q06")].all()


def test_a_copy_learns_alone():
    one = desk()
    before = one.beliefs().copy(), one.orders.copy(), len(one.ids)
    run("IDNC", weeks=4)
    np.testing.assert_array_equal(one.beliefs(), before[0])
    np.testing.assert_array_equal(one.orders, before[1])
    assert len(one.ids) == before[2] and not np.isfinite(one.asked_on).any()


def test_a_desk_needs_a_test_to_learn_from():
    with pytest.raises(DataError, match="no campaign_test"):
        Desk(make_firm(300, 30, 1))
    with pytest.raises(DataError, match="links lack this record"):
        Desk(firm(), links().iloc[1:])


# -- what a programme does ---------------------------------------------------------------------------------------------


def test_one_letter_a_customer_with_identify_and_one_a_record_without():
    unlinked, linked = run("", gap=4)[0].letters(), run("I", gap=4)[0].letters()
    person = firm().truth["records"]
    first = linked[linked["week"] == 78]
    assert not first["record_id"].map(person).duplicated().any()
    twice = unlinked[unlinked["week"] == 78]["record_id"].map(person)
    assert twice.duplicated().sum() > 50 and set(twice) == set(first["record_id"].map(person))
    assert set(unlinked["theme"]) == {"ritual"} == set(linked["theme"])


def test_differentiate_writes_to_the_best_third_most_often_and_reach_leaves_the_last_out():
    diary, _ = run("ID", weeks=8, gap=2)
    letters = diary.letters()
    third = Programme(desk(), "ID")._third()  # no new scores before week 78 is over
    old = letters[letters["record_id"].isin(firm().records["record_id"])]
    share = old.groupby([third[desk().units(old["record_id"])], "week"]).size().unstack(fill_value=0)
    assert (share.loc[0] > 100).all() and (share[80] > 20).tolist() == [True, False, False]
    assert (share[82] > 20).tolist() == [True, True, False] and (share[78] > 90).all()
    some = run("ID", weeks=1, gap=2, reach=1)[0].letters()
    assert set(third[desk().units(some["record_id"])]) == {0}


def test_interact_asks_once_a_month_apologises_and_writes_where_the_customer_reads():
    diary, lived_ = run("INC", weeks=20)
    letters = diary.letters()
    put = letters.dropna(subset="question")
    put = put[put["record_id"].isin(firm().records["record_id"])]  # the others may join a customer later
    unit = desk().units(put["record_id"])
    assert len(put) > 200
    gaps = put.groupby(unit)["week"].diff().dropna()
    assert (gaps >= 4).all() and not pd.MultiIndex.from_arrays([unit, put["question"]]).duplicated().any()
    assert sum(len(done.apologies) for done in diary.done) > 3
    club = firm().records.set_index("record_id")["system"].eq("club")
    by_message, cheapest = letters["record_id"].map(club).mean(), run("IC")[0].letters()["record_id"].map(club).mean()
    assert by_message > cheapest + 0.1


def test_customize_writes_what_is_believed_and_nothing_to_those_it_is_unsure_of():
    diary, _ = run("IC", weeks=1, least=0.7)
    letters, belief = diary.letters(), desk().beliefs()
    unit = desk().units(letters["record_id"])
    assert (belief[unit].max(axis=1) >= 0.7).all() and letters["theme"].nunique() == 6
    assert (np.array(NEEDS)[belief[unit].argmax(axis=1)] == letters["theme"]).all()


def test_with_identical_values_differentiating_changes_no_letter():
    alike, letters = desk().copy(), []
    alike.value = np.ones(alike.n)
    for steps in ("I", "ID"):
        diary = Diary(Programme(alike, steps, gap=2, score="value", reach=1))
        firm().live(6, diary)
        known = diary.letters().query("record_id in @alike.ids").reset_index(drop=True)
        letters.append(known)  # whoever came since has no value yet
    assert len(letters[0]) > 500
    pd.testing.assert_frame_equal(*letters)


@pytest.mark.parametrize(
    ("steps", "more", "off"),
    [("I", "ID", {"spread": 1}), ("I", "IN", {"channel": "cheapest"}), ("I", "IC", {"least": 2, "theme": "gift"}),
     ("IC", "IDNC", {"spread": 1, "channel": "cheapest"}), ("D", "DNC", {"least": 2, "theme": "gift"})],
)  # fmt: skip
def test_more_steps_can_do_what_fewer_do(steps, more, off):
    theme = {} if "C" in steps else {"theme": "gift"}
    diaries = [Diary(Programme(desk("I" in steps), some, gap=2, **theme | settings))
               for some, settings in ((steps, {}), (more, off))]  # fmt: skip
    for diary in diaries:
        firm().live(16, diary)
    assert len(diaries[0].letters()) > 200
    pd.testing.assert_frame_equal(*(diary.letters() for diary in diaries))


def test_whom_it_is_unsure_of_may_get_the_theme_of_all():
    letters, belief = run("IC", weeks=1, least=0.7, theme="children")[0].letters(), desk().beliefs()
    unit = desk().units(letters["record_id"])
    unsure = belief[unit].max(axis=1) < 0.7
    assert unsure.sum() > 50 and set(letters["theme"][unsure]) == {"children"} != set(letters["theme"][~unsure])


def test_questions_go_with_letters_and_with_their_own():
    none, some, more = (run("INC", weeks=1, ask=ask)[0].letters() for ask in (0, 1, 4))
    assert "question" not in none and some["question"].notna().sum() > 50
    assert len(more) > len(none) == len(some)


def test_settings_of_silence():
    diary, life = run("IDNC", gap=0, ask=0)
    assert life.ledger["letters"].sum() == 0 and sum(len(done.apologies) for done in diary.done) > 0


@pytest.mark.parametrize(
    ("steps", "settings", "words"),
    [("X", {}, "steps="), ("C", {"gap": -1}, "gap=-1"), ("C", {"theme": "golf"}, "theme="),
     ("IC", {}, "the step I needs"), ("C", {"score": "age"}, "score=")],
)  # fmt: skip
def test_settings_that_can_not_be_are_refused(steps, settings, words):
    with pytest.raises(DataError, match=words):
        Programme(desk(False), steps, **settings)


def test_actions_do_not_depend_on_the_truth():
    f = firm()
    blind = Firm(f.made, f.tables, {"people": f.truth["people"][[]]})  # only how many there are
    seen, unseen = Diary(Programme(Desk(f, links()), "IDNC", **LOUD)), Diary(None)
    unseen.policy = Programme(Desk(blind, links()), "IDNC", **LOUD)
    f.live(8, seen), blind.live(8, unseen)
    assert len(seen.letters()) > 500
    pd.testing.assert_frame_equal(seen.letters(), unseen.letters())
    assert [done.apologies for done in seen.done] == [done.apologies for done in unseen.done]


def test_nobody_who_opted_out_is_written_to_and_the_budget_is_kept():
    for steps in ("", "IDNC"):
        diary, _ = run(steps)
        for view, done in zip(diary.seen, diary.done):
            if done.letters is not None:
                off = view.records.loc[~view.records["consent"], "record_id"]
                assert not done.letters["record_id"].isin(off).any()
        free = Diary(Programme(desk("I" in steps), steps, **LOUD))
        tight = firm().live(8, Diary(Programme(desk("I" in steps), steps, **LOUD)), budget=20).ledger["contact"]
        assert tight.max() <= 20 + 1e-9 < firm().live(8, free).ledger["contact"].max()


def test_with_differentiate_a_tight_budget_goes_to_the_best():
    diary = Diary(Programme(desk(), "ID", gap=1, reach=3, score="value"))
    firm().live(1, diary, budget=20)
    unit = desk().units(diary.letters()["record_id"])
    assert np.median(desk().value[unit]) > 2 * np.median(desk().value[desk().value > 0])


# -- coalitions and the value of a step --------------------------------------------------------------------------------


@pytest.mark.usefixtures("short")
def test_run_coalitions_runs_every_policy_on_common_numbers():
    table = run_coalitions(firm(), weeks=6, replications=2, links=links())
    assert list(table["policy"].unique()) == POLICIES and len(POLICIES) == 18 and len(table) == 36
    assert table.attrs["linking_seconds"] < 1 < 1e3 * table.attrs["learning_seconds"]
    nobody = table[table["policy"] == "nobody"].set_index("replication")
    assert nobody["letters"].sum() == 0 and nobody["value"].nunique() == 2
    expected = firm().live(6, None, 1, run_off=4).ledger["profit"]
    assert nobody.loc[1, "profit"] == pytest.approx(expected.iloc[:6].sum())
    assert nobody.loc[1, "value"] == pytest.approx(expected.iloc[:6].sum() + expected.iloc[6:].sum() / 1.2)
    again = run_coalitions(firm(), weeks=6, replications=1, seed=1, links=links(), policies=["nobody", "IDNC"])
    later = table[(table["replication"] == 1) & table["policy"].isin(["nobody", "IDNC"])]
    np.testing.assert_allclose(again["value"], later["value"])
    with pytest.raises(DataError, match="policy='DI' is unknown"):
        run_coalitions(firm(), links=links(), policies=["DI"])


def test_two_processes_find_what_one_finds():
    some = {"weeks": 3, "replications": 2, "links": links(), "policies": ["nobody", "IC"]}
    pd.testing.assert_frame_equal(run_coalitions(firm(), **some), run_coalitions(firm(), **some, processes=2))


def test_every_policy_has_tuned_settings():
    for name in POLICIES[1:]:
        steps = {"tuned mass": "", "propensity": "ID"}.get(name, name)
        assert isinstance(Programme(desk("I" in steps), steps, **tuned_settings(name)), Programme)
    assert tuned_settings("propensity")["score"] == "value"


def game(worth, noise=(0, 0)):
    """A frame as `run_coalitions` gives, of a game on sets of steps."""
    rows = [{"policy": name or "tuned mass", "replication": k, "value": worth(set(name)) + more * len(name)}
            for name in COALITIONS for k, more in enumerate(noise)]  # fmt: skip
    return pd.DataFrame(rows)


def test_shapley_values_by_hand():
    assert sorted(ADMISSIBLE) == ["IDCN", "IDNC", "INCD", "INDC"]
    # I is worth 4, C 12 but only after D or N, and N 6 more if C is there too.
    worth = lambda s: 4 * ("I" in s) + 12 * ("C" in s and bool(s & set("DN"))) + 6 * (s >= set("NC"))  # noqa: E731
    table = value_of_each_step(game(worth))
    # Orders IDCN, IDNC, INCD, INDC. C adds 12, 18, 18, 18; N adds 6, 0, 0, 0; D nothing.
    np.testing.assert_allclose(table["shapley"], [4, 0, 1.5, 16.5, 22])
    np.testing.assert_allclose(table["first_in"].iloc[:4], [4, 0, 0, 0])
    np.testing.assert_allclose(table["last_in"].iloc[:4], [4, 0, 6, 18])
    np.testing.assert_allclose(table["low"].iloc[:4], [4, 0, 0, 0])
    np.testing.assert_allclose(table["high"].iloc[:4], [4, 12, 18, 18])
    assert table["firms_low"].isna().all()


def test_noise_and_firms_stand_apart():
    worth = lambda s: 10.0 * len(s)  # noqa: E731
    firms = [game(worth, (-1, 1)).assign(firm=k) for k in range(2)]
    firms[1]["value"] += 5 * firms[1]["policy"].str.contains("C")
    table = value_of_each_step(pd.concat(firms))
    # By hand: two values 9 and 11 have mean 10 and half-width 12.706 x 1.4142 / 1.4142.
    np.testing.assert_allclose(
        table.loc["I", ["shapley", "noise_low", "noise_high"]], [10, -2.7062, 22.7062], atol=1e-3
    )
    np.testing.assert_allclose(table.loc["I", ["firms_low", "firms_high"]], 10)
    np.testing.assert_allclose(table.loc["C", ["shapley", "firms_low"]], [12.5, 12.5 - 12.7062 * 2.5], atol=1e-3)
    with pytest.raises(DataError, match="coalitions lacks IDNC"):
        value_of_each_step(game(worth).query("policy != 'IDNC'"))


def test_the_four_values_add_up_in_every_order():
    rng = np.random.default_rng(0)
    value = {frozenset(name): rng.normal() for name in COALITIONS}
    table = value_of_each_step(game(lambda s: value[frozenset(s)]))
    assert table["shapley"].iloc[:4].sum() == pytest.approx(table.loc["all", "shapley"])
    some = next(permutations("IDNC"))
    assert (table["low"].iloc[:4] <= table["high"].iloc[:4]).all() and len(some) == 4


# -- the results emerge ------------------------------------------------------------------------------------------------


def gain(f, steps, seeds, **settings):
    """Paired gains of a programme with true links over nobody."""
    one = Desk(f, true_links(f))
    lives = [[lived(f, policy, 52, s)["value"] for policy in (Programme(one, steps, **settings), None)] for s in seeds]
    return -np.diff(lives)


def test_fitting_content_pays_where_it_matters():
    assert gain(firm(1000, 5, match=0.6), "IC", seeds=[0, 1], gap=1).mean() > 3000


@pytest.mark.usefixtures("short")
def test_in_an_inert_world_letters_cost_their_letters_and_nothing_else_happens():
    inert = firm(match=0, backlash=0, consent_reacts=0)
    life = lived(inert, Programme(Desk(inert, true_links(inert)), "IC", gap=1), 52, 0)
    assert life["contact"] > 0
    assert life["value"] - lived(inert, None, 52, 0)["value"] == pytest.approx(-life["contact"], abs=0.01)


def test_with_identical_needs_content_is_worth_nothing():
    alike = firm(1000, 5, needs=0, occasions=0)
    one = Desk(alike, true_links(alike))
    need = alike.truth["needs"].iloc[:, -1].reindex(alike.truth["records"].reindex(one.ids)).to_numpy()
    assert abs((np.array(NEEDS)[one.beliefs().argmax(axis=1)[one.unit]] == need).mean() - 0.18) < 0.06
    assert gain(alike, "IC", seeds=[0, 1], gap=1).mean() < 1000


def test_linking_saves_more_letters_the_more_records_a_person_has():
    saved = []
    for duplicates in (0.0, 0.3, 0.9):
        f = firm(400, 4, duplicates=duplicates)
        true = true_links(f)
        letters = [f.live(1, Programme(one, "I" if one.linked else "", gap=1)).ledger["letters"].sum()
                   for one in (Desk(f), Desk(f, true))]  # fmt: skip
        saved.append(letters[0] - letters[1])
    assert saved[0] < saved[1] < saved[2]
    single = firm(400, 4, systems=0, duplicates=0)
    assert len(single.records) == single.truth["records"].nunique()


@pytest.mark.usefixtures("short")
def test_the_value_of_identify_rises_from_zero_with_the_records_a_person():
    """In an inert world a letter does nothing: identify is worth what second letters cost, to the toman."""
    worth = []
    for more in ({"systems": 0, "duplicates": 0, "anonymity": 0}, {"duplicates": 0}, {"duplicates": 0.3},
                 {"duplicates": 0.9}):  # fmt: skip
        f = firm(400, 4, match=0, backlash=0, consent_reacts=0, **more)
        lives = [lived(f, Programme(one, "I" if one.linked else "", gap=4), 12, 0)
                 for one in (Desk(f), Desk(f, true_links(f)))]  # fmt: skip
        worth.append(lives[1]["value"] - lives[0]["value"])
        assert worth[-1] == pytest.approx(lives[0]["contact"] - lives[1]["contact"], abs=0.01)
    assert worth[0] == pytest.approx(0, abs=1e-6) and worth[0] < worth[1] < worth[2] < worth[3]


def test_where_everybody_has_one_record_and_is_known_identify_changes_no_letter():
    f, letters = firm(400, 4, systems=0, duplicates=0, anonymity=0, errors="clean"), []
    for steps, one in (("DNC", Desk(f)), ("IDNC", Desk(f, true_links(f)))):
        diary = Diary(Programme(one, steps, channel="cheapest", **LOUD))
        f.live(16, diary)
        letters.append(diary.letters().sort_values(["week", "record_id"], ignore_index=True))
    assert len(letters[0]) > 500
    pd.testing.assert_frame_equal(*letters)


# -- the arena ---------------------------------------------------------------------------------------------------------


class Newsletter:
    """A beginner's policy: herbal tea to those who bought it last, every fourth week."""

    def __init__(self):
        self.last = {}

    def decide(self, view):
        lines = view.order_lines.merge(view.orders[["order_id", "record_id"]].dropna(), on="order_id")
        theme = {"herbal_tea": "comfort", "children_book": "children", "novel": "discovery", "black_tea": "ritual"}
        bought = lines.assign(theme=lines["category"].map(theme)).dropna(subset="theme")
        self.last.update(bought.groupby("record_id")["theme"].last())
        if view.week % 4:
            return None
        allowed = view.records[view.records["consent"] & (view.records["system"] != "service")]
        letters = allowed[["record_id"]].assign(theme=allowed["record_id"].map(self.last))
        return Actions(letters.dropna())


def everybody(view):
    return view.records["record_id"]


class OptedOut:
    def decide(self, view):
        return Actions(pd.DataFrame({"record_id": everybody(view), "theme": "gift"}))


class Spender:
    def decide(self, view):
        known = view.records[view.records["consent"] & (view.records["system"] != "service")]["record_id"]
        return Actions(pd.DataFrame({"record_id": known, "theme": "gift"}))


class Crash:
    def decide(self, view):
        return view.records["no such column"]


class Slow:
    def decide(self, view):
        while True:
            try:
                _ = sum(range(1000))
            except Exception:
                continue


class Spy:
    def decide(self, view):
        people = view._frames["orders"]
        return Actions(people)


@pytest.mark.usefixtures("short")
def test_a_beginners_policy_is_scored_and_five_bad_ones_are_refused_with_their_reasons():
    bad = {one.__name__: one for one in (OptedOut, Spender, Crash, Slow, Spy)}
    table = score_policy({"Newsletter": Newsletter} | bad, firm(), weeks=6, replications=2, budget=100, limit_seconds=1,
                         links=[links()])  # fmt: skip
    reasons = table["reason"].dropna()
    assert set(reasons.index) == set(bad) and set(table.index) == {"nobody", "tuned mass", "IDNC", "Newsletter", *bad}
    for name, words in {"OptedOut": "opted out", "Spender": "the budget is 100", "Crash": "raised KeyError",
                        "Slow": "too slow", "Spy": "_frames"}.items():  # fmt: skip
        assert words in reasons[name], name
    good = table[table["reason"].isna()]
    assert good["gain"].is_monotonic_decreasing and good.loc["nobody", ["gain", "letters"]].eq(0).all()
    assert good.loc["Newsletter", "letters"] > 0 and good.loc["Newsletter", "low"] <= good.loc["Newsletter", "gain"]


@pytest.mark.usefixtures("short")
def test_a_class_written_in_a_notebook_is_read_by_its_methods():
    def decide(self, view):
        return None

    def spy(self, view):
        return view._frames

    cells = {name: type(name, (), {"decide": method, "__module__": "__main__"})
             for name, method in (("Mine", decide), ("Spied", spy))}  # fmt: skip
    table = score_policy(cells, firm(), weeks=3, replications=1, links=[links()])
    assert table.loc["Mine", "gain"] == 0 and "_frames" in table.loc["Spied", "reason"]


@pytest.mark.usefixtures("short")
def test_a_policy_from_a_file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def decide(view):\n    return None\n", encoding="utf-8")
    table = score_policy(path, [firm()], weeks=3, replications=1, links=[links()])
    assert table.loc["mine", "gain"] == 0 == table.loc["mine", "letters"]
    path.write_text("x = 1\n", encoding="utf-8")
    table = score_policy(str(path), firm(), weeks=3, replications=1, links=[links()])
    assert "neither `class Policy` nor `decide(view)`" in table.loc["mine", "reason"]
    path.write_text("import os\nos.remove('x')\n", encoding="utf-8")
    assert "uses os" in score_policy(path, firm(), weeks=3, replications=1, links=[links()]).loc["mine", "reason"]
    with pytest.raises(DataError, match="there is no file"):
        score_policy(tmp_path / "none.py", firm())
    with pytest.raises(DataError, match="name of a rival"):
        score_policy({"nobody": Newsletter}, firm())


@pytest.mark.parametrize(
    "line",
    ["import os", "from idic_lib import data", "import idic_lib.firm", "from idic_lib.firm import make_firm",
     "from idic_lib.programme import Desk", "from .firm import x", "x = view.truth", "x = view._frames",
     "x = f.__closure__", "import gc", "import inspect", "x = open('f')", "x = getattr(view, 'tr' + 'uth')",
     "x = pd.read_parquet('f')", "x = np.load('f')", "x = __builtins__", "def f(:",
     "from numpy import load", "from pandas import read_csv as x"],
)  # fmt: skip
def test_foul_play_is_seen_in_the_source(line):
    assert foul_play(line) and "line 1" in foul_play(line)


def test_fair_play_is_let_through():
    source = (
        "from idic_lib.firm import NEEDS, Actions\nimport numpy as np\nfrom idic_lib.interact import contact_policy\n"
    )
    assert foul_play(source + "class Policy:\n    def __init__(self):\n        self._last = {}\n") is None


def test_firms_of_the_arena_differ_in_mechanisms(monkeypatch):
    asked = []
    monkeypatch.setattr(arena, "make_firm", lambda *args, **switches: asked.append((args, switches)))
    arena_firm(1), arena_firm(2)
    (args, one), (_, other) = asked
    assert args == (2000, 104, 1) and one["match"] != other["match"] and 0.1 <= one["match"] <= 0.5
    assert one.pop("campaign_test") == 20_000
    assert len(make_firm(60, 8, 1, **one).records) > 20  # a firm can be made with all of these switches


@pytest.mark.usefixtures("short")
def test_linking_is_done_when_no_links_are_given(monkeypatch):
    given = []
    monkeypatch.setattr(coalitions, "link_records", lambda records: given.append(records) or links())
    run_coalitions(firm(), weeks=2, replications=1, policies=["I"])
    assert given[0] is firm().records
