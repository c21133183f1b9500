"""Nobody who said no is ever on a contact list, and the small functions that lesson 05 shows do what it says."""

import ast
import hashlib
import hmac
import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
from build_notebooks import read_lessons
from hypothesis import given, settings
from hypothesis import strategies as st

from idic_lib import firm, identify, interact
from idic_lib.errors import DataError


@cache
def lesson_body():
    lesson = next(one for one in read_lessons() if one.number == "05")
    return ast.parse("\n".join(c.source for c in lesson.cells if c.cell_type == "code")).body


def from_lesson(*names, **given_names):
    """Functions as lesson 05 defines them, so that the test fails if the lesson's code goes wrong."""
    found = [f for f in lesson_body() if isinstance(f, ast.FunctionDef) and f.name in names]
    assert sorted(f.name for f in found) == sorted(names)
    space = {"pd": pd, "np": np, "hmac": hmac, "hashlib": hashlib, "json": json, **given_names}
    exec(compile(ast.Module(found, []), "lesson 05", "exec"), space)
    return [space[name] for name in names]


@st.composite
def customers_of_records(draw):
    """Consent by record (yes, no, missing), the customer of each record in another order, and value and cost."""
    n = draw(st.integers(1, 25))
    of = draw(st.lists(st.integers(0, n - 1), min_size=n, max_size=n))
    ids = pd.Index([f"r{i}" for i in range(n)], name="record_id")
    answers = st.lists(st.sampled_from([True, True, True, False, None]), min_size=n, max_size=n)
    consent = pd.Series(draw(answers), ids, dtype=object)
    links = pd.Series([f"c{c}" for c in of], ids)[draw(st.permutations(list(ids)))]
    worth = st.lists(st.floats(-5, 50), min_size=n, max_size=n)
    value = pd.Series(draw(worth), ids).groupby(links).sum()
    return consent, links, value, draw(st.integers(0, 40)) / 4, draw(st.none() | st.floats(0, 100))


@settings(max_examples=80)
@given(customers_of_records())
def test_one_no_on_one_record_keeps_the_whole_person_off_every_list(case):
    consent, links, value, cost, budget = case
    (may_contact,) = from_lesson("may_contact")
    by_record = may_contact(consent, links)
    # The lesson's rule once more, with sets: any record that is not a yes silences its customer.
    silent = {links[record] for record in consent.index if consent[record] is not True}
    assert by_record.index.equals(consent.index)
    assert {links[record] for record in consent.index if not by_record[record]} == silent
    listed = interact.contact_policy(value, cost=cost, budget=budget, consent=by_record.groupby(links).all())
    assert not silent & set(listed.index[listed])
    if budget is None:  # and nobody else is lost
        assert set(listed.index[listed]) == {c for c in value.index if c not in silent and value[c] > cost}


@settings(max_examples=40)
@given(customers_of_records(), st.randoms(use_true_random=False))
def test_a_list_depends_on_labels_and_not_on_the_order_of_the_consents(case, random):
    consent, links, value, cost, budget = case
    yes = consent.eq(True).groupby(links).all()
    order = list(yes.index)
    random.shuffle(order)
    kept = interact.contact_policy(value, cost=cost, budget=budget, consent=yes)
    mixed = interact.contact_policy(value, cost=cost, budget=budget, consent=yes[order])
    pd.testing.assert_series_equal(kept, mixed)
    assert not kept[~yes].any()


def test_consent_by_record_cannot_slip_in_where_consent_by_customer_is_asked():
    """Ann has two records, one says no: both answers under her name are an error, whichever comes first."""
    for answers in ([True, False, True], [False, True, True]):
        consent = pd.Series(answers, ["ann", "ann", "ben"])
        with pytest.raises(DataError, match="occurs twice"):
            interact.contact_policy(pd.Series([9.0, 9.0], ["ann", "ben"]), cost=1, consent=consent)
    with pytest.raises(DataError, match="has not the same customers"):
        interact.contact_policy(pd.Series([9.0, 9.0], ["ann", "ben"]), cost=1, consent=pd.Series([True], ["ben"]))


@pytest.fixture(scope="module")
def world():
    return firm.make_firm(400, weeks=60, seed=3)


def test_in_the_firm_an_opt_out_heard_by_one_system_reaches_all_linked_records(world):
    (may_contact,) = from_lesson("may_contact")
    records, person = world.records, world.truth["records"]
    no = ~records.set_index("record_id")["consent"]
    heard = no[no].groupby(person).head(1).index
    consent = pd.Series(~no.index.isin(heard), no.index)
    assert (consent & no).sum() > 5  # records of people who said no elsewhere: by record they would get a letter
    links = identify.link_records(records)
    value = pd.Series(1.0, no.index).groupby(links).sum()
    reached = {}
    for name, of in {"links": links, "truth": person}.items():
        by_customer = may_contact(consent, of).groupby(of).all()
        listed = interact.contact_policy(value if name == "links" else pd.Series(1.0, by_customer.index), cost=0.5,
                                         consent=by_customer)  # fmt: skip
        letters = of[no.index].map(listed)
        assert not set(of[heard]) & set(listed.index[listed])
        reached[name] = (letters & no).sum()
    assert reached["truth"] == 0 < (consent & no).sum()
    assert reached["links"] < (consent & no).sum() / 2  # what linking misses is the only way through


FILE = pd.DataFrame(
    [("a", 1, "N"), ("a", 2, "N"), ("a", 3, "S"), ("a", 4, "S"), ("a", 5, "N")]
    + [("b", 1, "N"), ("b", 2, "N"), ("b", 3, "S"), ("b", 4, "S"), ("b", 6, "N")]
    + [("c", 1, "S"), ("c", 2, "S")],
    columns=["number", "day", "place"],
)


def test_candidates_by_hand():
    """a and b share days 1 to 4 at the same places; only day 5 or 6 tells them apart. c has too few orders."""
    (candidates,) = from_lesson("candidates")
    fit = candidates(FILE, ["day", "place"])
    assert fit.shape == (2, 5) and set(fit.ravel()) <= {1, 2} and (fit[:, 4] == 1).all()
    drawn = FILE.assign(code=range(len(FILE)))
    assert (candidates(drawn, ["code"]) == 1).all()  # every order is its own point
    assert (candidates(FILE.assign(all=1), ["all"]) == 3).all()  # one point: a, b and c fit
    assert (candidates(FILE[FILE["number"] != "c"], ["place"]) == 2).all()  # N or S fits a and b, never only one


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.sampled_from("NS")), min_size=30, max_size=80))
def test_a_coarser_file_and_fewer_purchases_never_find_more(rows):
    (candidates,) = from_lesson("candidates")
    file = pd.DataFrame(rows, columns=["number", "day", "place"]).assign(week=lambda t: t["day"] // 5)
    fine, coarse = candidates(file, ["day", "place"]), candidates(file, ["week", "place"])
    assert (fine >= 1).all() and (coarse >= fine).all() and (np.diff(fine, axis=1) <= 0).all()


def test_pseudonym_is_hmac_sha256_rfc_4231_case_2():
    (pseudonym,) = from_lesson("pseudonym")
    published = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert pseudonym("what do ya want for nothing?", b"Jefe") == published


@settings(max_examples=40)
@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5)), min_size=1, max_size=8),
       st.data())  # fmt: skip
def test_a_changed_or_removed_line_breaks_the_seals_of_the_log(entries, data):
    log = []
    seal, use = from_lesson("seal", "use", log=log)
    use.__globals__["seal"] = seal
    for entry in entries:
        use(*entry)

    def fits(lines):
        return all(r[-1] == seal(r[:-1], b[-1]) for b, r in zip([[""], *lines], lines))

    assert fits(log) and [row[:-1] for row in log] == [list(e) for e in entries]
    place, field = data.draw(st.integers(0, len(log) - 1)), data.draw(st.integers(0, 2))
    altered = [list(row) for row in log]
    altered[place][field] += "x"
    assert not fits(altered)
    if place < len(log) - 1:
        assert not fits(log[:place] + log[place + 1 :])


@pytest.mark.parametrize("bias, scale", [(0.0, 2.0), (1.0, 1.0), (3.0, 0.5)])
def test_the_mean_error_that_the_lesson_draws_is_that_of_laplace_noise_and_bias(bias, scale):
    """E|L - B| = B + s exp(-B / s), against the integral of the density."""
    x = np.linspace(-60, 60, 1_200_001)
    density = np.exp(-np.abs(x) / scale) / (2 * scale)
    assert bias + scale * np.exp(-bias / scale) == pytest.approx(np.trapezoid(np.abs(x - bias) * density, x), abs=1e-4)
