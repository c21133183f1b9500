"""The firm lives on under a policy: what a policy sees, what it may do, and what comes of it."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from idic_lib.errors import DataError
from idic_lib.firm import NEEDS, START, Actions, Firm, make_firm

PARTS = ["goods", "serving", "contact", "service"]


@cache
def firm(n_people=800, seed=4, **changed):
    """A firm of half a year, made once; nothing here changes it."""
    return make_firm(n_people, 30, seed, **changed)


def on_list(view):
    return view.records[view.records["consent"] & (view.records["system"] != "service")]


def newsletter(theme="ritual", every=4, **more):
    def policy(view):
        if view.week % every:
            return None
        return Actions(pd.DataFrame({"record_id": on_list(view)["record_id"], "theme": theme} | more))

    return policy


class Diary:
    """A policy that keeps what it saw, and does what another one says."""

    def __init__(self, policy):
        self.policy, self.views = policy, []

    def __call__(self, view):
        frames = {name: getattr(view, name) for name in ("records", "orders", "order_lines", "contacts", "answers")}
        self.views.append(frames | {"tickets": view.tickets, "week": view.week, "first": view.first})
        return self.policy(view)


def fitting(f, shift=0):
    """Themes by the truth, for tests of the world: a policy can not do this."""
    person = f.truth["records"]

    def policy(view):
        if view.week % 4:
            return None
        known = on_list(view)["record_id"]
        known = known[known.isin(person.index)]
        need = f.truth["needs"].iloc[:, -1].reindex(person[known]).to_numpy()
        theme = np.array(NEEDS)[(pd.Index(NEEDS).get_indexer(need) + shift) % len(NEEDS)]
        return Actions(pd.DataFrame({"record_id": known.to_numpy(), "theme": theme}))

    return policy


def test_one_seed_one_future_and_other_seeds_other_ones():
    f = firm()
    first, again, other = (f.live(12, newsletter(), seed).ledger for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not np.allclose(first["sales"], other["sales"])


def test_a_saved_firm_lives_on_as_the_one_that_was_made(tmp_path):
    firm().save(tmp_path / "f")
    loaded = Firm.load(tmp_path / "f")
    pd.testing.assert_frame_equal(loaded.live(6, newsletter()).ledger, firm().live(6, newsletter()).ledger)


def test_no_policy_is_a_policy_that_does_nothing():
    nobody, silent = firm().live(10), firm().live(10, lambda view: None)
    pd.testing.assert_frame_equal(nobody.ledger, silent.ledger)
    assert nobody.ledger["letters"].sum() == 0 == nobody.ledger["contact"].sum()
    assert nobody.ledger["orders"].min() > 0


def test_the_ledger_adds_up_and_so_do_the_people():
    lived = firm().live(12, lambda view: Actions(newsletter(every=2)(view).letters, view.tickets["ticket_id"], "gift")
                        if view.week % 2 == 0 and not view.first else None)  # fmt: skip
    ledger = lived.ledger
    np.testing.assert_allclose(ledger["profit"], ledger["sales"] - ledger[PARTS].sum(axis=1))
    assert lived.people.sum() == pytest.approx(ledger["profit"].sum(), abs=1e-6)
    assert (ledger[["sales", "goods", "serving"]] > 0).all().all() and ledger["contact"].sum() > 0


def test_whoever_gets_no_letter_lives_as_if_nobody_did():
    f = firm()
    chosen = f.records.loc[f.records["consent"] & (f.records["system"] == "club"), "record_id"].iloc[::2]

    def policy(view):
        return Actions(pd.DataFrame({"record_id": chosen, "theme": "gift"})) if view.first else None

    changed = (f.live(20, policy).people - f.live(20).people).abs() > 1e-9
    touched = f.truth["records"].reindex(chosen).unique()
    assert set(changed.index[changed]) <= set(touched)
    assert changed.sum() == len(touched)  # each letter costs something


def test_the_first_view_is_the_history_and_later_ones_a_week():
    f, diary = firm(), Diary(newsletter(every=1, question="q01"))
    f.live(6, diary)
    first, later = diary.views[0], diary.views[1:]
    assert first["first"] and [view["week"] for view in diary.views] == list(range(30, 36))
    for name in ("orders", "order_lines", "contacts", "answers", "tickets"):
        pd.testing.assert_frame_equal(first[name], getattr(f, name))
    orders = pd.concat([view["orders"] for view in diary.views])
    assert orders["order_id"].is_unique and list(orders) == list(f.orders)
    for view in later:
        days = (view["orders"]["order_date"] - START).dt.days
        assert set(days // 7) == {view["week"] - 1}
        assert view["orders"]["record_id"].dropna().isin(view["records"]["record_id"]).all()
        amounts = view["order_lines"].groupby("order_id")["amount"].sum()
        np.testing.assert_allclose(amounts, view["orders"].set_index("order_id")["amount"].loc[amounts.index])
        assert len(amounts) == len(view["orders"])
        read = view["contacts"].loc[view["contacts"]["opened"], "record_id"]
        assert list(view["answers"]["record_id"]) == list(read) and set(view["answers"]["question"]) == {"q01"}


def test_records_keep_their_ids_and_new_ones_are_opened():
    f, diary = firm(), Diary(lambda view: None)
    f.live(26, diary)
    begin, end = diary.views[0]["records"], diary.views[-1]["records"]
    assert list(begin["record_id"]) == sorted(f.records["record_id"])
    assert list(end["record_id"][: len(begin)]) == list(begin["record_id"])
    new = end.iloc[len(begin) :]
    assert len(new) > 50 and new["record_id"].is_unique and (new["opened_on"] >= START + pd.Timedelta(days=210)).all()
    systems = f.records.set_index("record_id")["system"]
    assert (begin.set_index("record_id")["system"] == systems.reindex(begin["record_id"])).all()


def test_views_do_not_depend_on_the_truth():
    f = firm()
    blind = Firm(f.made, f.tables, {"people": f.truth["people"][[]]})  # only how many there are
    seen, unseen = Diary(newsletter(every=2)), Diary(newsletter(every=2))
    f.live(8, seen), blind.live(8, unseen)
    for one, other in zip(seen.views, unseen.views):
        for name in ("records", "orders", "order_lines", "contacts", "tickets"):
            pd.testing.assert_frame_equal(one[name], other[name])
    view = []
    f.live(1, view.append)
    with pytest.raises(AttributeError, match="a View has no 'truth'"):
        _ = view[0].truth


def test_a_person_with_two_records_opens_one_of_two_letters():
    f = firm(duplicates=0.9)
    diary = Diary(newsletter(every=1))
    f.live(3, diary)
    contacts = diary.views[1]["contacts"]
    person = contacts["record_id"].map(f.truth["records"])
    assert person.duplicated().sum() > 30
    assert contacts["opened"].groupby(person).sum().max() == 1


def test_fitting_themes_pay_and_wrong_ones_do_harm():
    f = firm(4000, 5)
    nobody, fit, wrong = (f.live(26, policy).ledger for policy in (None, fitting(f), fitting(f, 1)))
    assert wrong["sales"].sum() < nobody["sales"].sum() < fit["sales"].sum()
    off = firm(4000, 5, match=0, backlash=0, consent_reacts=0)
    same = [off.live(26, policy).ledger for policy in (None, fitting(off), fitting(off, 1))]
    for ledger in same[1:]:
        np.testing.assert_allclose(ledger["sales"], same[0]["sales"])
        assert ledger["contact"].sum() > 0


def test_wrong_themes_cost_consent_and_a_run_off_sends_nothing():
    f = firm()
    lived = f.live(8, newsletter(every=1), run_off=4)
    assert lived.consent < f.live(8, None, run_off=4).consent
    assert (lived.ledger["letters"].iloc[:8] > 0).all() and (lived.ledger["letters"].iloc[8:] == 0).all()
    assert len(lived.ledger) == 12


def test_apologies_cost_now_and_bring_customers_back():
    f = firm(4000, 5)
    nobody = f.live(40).ledger
    sorry = f.live(40, lambda view: None if view.first else Actions(apologies=view.tickets["ticket_id"])).ledger
    assert sorry["service"].sum() > nobody["service"].sum() + 50 * 20
    assert sorry["sales"].sum() > nobody["sales"].sum()


def test_leaflets_reach_those_who_are_not_recognised():
    f = firm()
    lived = f.live(6, lambda view: Actions(leaflet="ritual"))
    changed = (lived.people - f.live(6).people).abs() > 1e-9
    till = f.truth["people"].index[changed.to_numpy()]
    assert lived.ledger["contact"].sum() > 0 and len(till) > 30


def test_coupons_take_their_share_off():
    ledger = firm().live(8, newsletter(coupon=True)).ledger
    assert ledger["discounts"].sum() > 0
    plain = firm().live(8, newsletter()).ledger
    assert plain["discounts"].iloc[4:].sum() <= ledger["discounts"].iloc[4:].sum()


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (lambda r: pd.DataFrame({"record_id": ["r9999999"], "theme": "gift"}), "no such record"),
        (lambda r: pd.DataFrame({"record_id": r[~r["consent"]]["record_id"][:1], "theme": "gift"}), "opted out"),
        (lambda r: pd.DataFrame({"record_id": r[r["consent"]]["record_id"].iloc[[0, 0]], "theme": "gift"}), "two let"),
        (lambda r: pd.DataFrame({"record_id": r[r["consent"]]["record_id"][:1], "theme": "golf"}), "no such theme"),
        (lambda r: pd.DataFrame({"record_id": r[r["consent"]]["record_id"][:1]}), r"lack the column\(s\) theme"),
        (lambda r: pd.DataFrame({"record_id": r[r["consent"] & (r["system"] == "service")]["record_id"][:1],
                                 "theme": "gift"}), "on no list"),
    ],
)  # fmt: skip
def test_letters_that_can_not_go_out_are_refused(frame, words):
    with pytest.raises(DataError, match=words):
        firm().live(2, lambda view: Actions(frame(view.records)))


def test_other_actions_that_can_not_be_are_refused():
    f = firm()
    one = lambda view, **more: pd.DataFrame({"record_id": on_list(view)["record_id"][:1], "theme": "gift"} | more)  # noqa: E731
    with pytest.raises(DataError, match="no such question"):
        f.live(1, lambda view: Actions(one(view, question="q99")))
    with pytest.raises(DataError, match=r"no ticket \['t999999'\]"):
        f.live(2, lambda view: Actions(apologies=["t999999"]))
    with pytest.raises(DataError, match="leaflet='golf'"):
        f.live(1, lambda view: Actions(leaflet="golf"))
    with pytest.raises(DataError, match=r"week 32: letters for .* the budget is 5"):
        f.live(8, newsletter(), budget=5)


def test_a_policy_answers_with_actions_or_nothing():
    with pytest.raises(DataError, match="answered with a DataFrame") as error:
        firm().live(1, lambda view: on_list(view))
    assert "firm.Actions(letters), or None" in str(error.value)
