"""Dialogue: worked numbers, what must always hold, recovery of a known table, and every error."""

import time

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idic_lib import interact as i
from idic_lib.errors import DataError

NEEDS = ["gift", "study"]


def model_of(table, rate=1.0):
    """A model whose table {question: {answer: chances by need}} is known."""
    model = i.AnswerModel()
    rows = {(q, a): p for q, answers in table.items() for a, p in answers.items()}
    columns = NEEDS if len(next(iter(rows.values()))) == 2 else None
    model.probabilities_ = pd.DataFrame(rows, index=columns).T.rename_axis(["question", "answer"])
    rates = dict.fromkeys(table, rate) if np.isscalar(rate) else rate
    model.response_rate_ = pd.DataFrame({"rate": pd.Series(rates)})
    return model


def beliefs_of(*rows, needs=NEEDS):
    return pd.DataFrame(rows, columns=needs, index=[f"c{k}" for k in range(len(rows))], dtype=float)


# yes with chance .8 under gift and .2 under study; a question that says nothing; one that says all
KNOWN = model_of({"q1": {"no": [0.2, 0.8], "yes": [0.8, 0.2]}, "q2": {"a": [0.3, 0.3], "b": [0.7, 0.7]},
                  "q3": {"g": [1.0, 0.0], "s": [0.0, 1.0]}})  # fmt: skip
PAYOFF = pd.DataFrame([[10.0, 0.0], [0.0, 10.0]], index=NEEDS, columns=["gift letter", "study letter"])


def test_worked_yes_no_question():
    """Half and half: the answer is yes with 1/2, then gift with .8: 1 - H(.8) = 1 - .722 bits, 8 - 5 = 3 in money."""
    half = beliefs_of([0.5, 0.5])
    assert i.belief_entropy(half)["c0"] == 1.0
    np.testing.assert_allclose(i.information_gain(half, KNOWN).loc["c0"], [1 - 0.7219280948873623, 0, 1], atol=1e-12)
    np.testing.assert_allclose(i.value_of_information(half, KNOWN, PAYOFF).loc["c0"], [3, 0, 5], atol=1e-12)
    after = i.AnswerModel.update(KNOWN, half, pd.DataFrame({"customer_id": ["c0"], "question": "q1", "answer": "yes"}))
    np.testing.assert_allclose(after.loc["c0"], [0.8, 0.2])


def test_informative_and_worth_nothing():
    """At 9 to 1 no answer changes the letter: yes 36 : 1, no 9 : 4. The bits are not zero, the money is."""
    sure = beliefs_of([0.9, 0.1])
    assert i.value_of_information(sure, KNOWN, PAYOFF).loc["c0", "q1"] == pytest.approx(0, abs=1e-12)
    answer_yes = 0.9 * 0.8 + 0.1 * 0.2
    by_hand = -sum(p * np.log2(p) for p in (answer_yes, 1 - answer_yes)) - 0.7219280948873623
    assert i.information_gain(sure, KNOWN).loc["c0", "q1"] == pytest.approx(by_hand)
    assert by_hand > 0.1


def test_an_unanswered_question_teaches_nothing():
    half = beliefs_of([0.5, 0.5])
    quarter = model_of({"q3": {"g": [1.0, 0.0], "s": [0.0, 1.0]}}, rate=0.25)
    assert i.information_gain(half, quarter).loc["c0", "q3"] == pytest.approx(0.25)
    assert i.value_of_information(half, quarter, PAYOFF).loc["c0", "q3"] == pytest.approx(1.25)
    silence = pd.DataFrame({"customer_id": ["c0"], "question": ["q1"], "answer": [None]})
    pd.testing.assert_frame_equal(KNOWN.update(half, silence), half)


def test_answers_age():
    """A quarter's drift of 20 %: .64 of an answer is left after two quarters, the rest is the prior."""
    sure = beliefs_of([1.0, 0.0], [1.0, 0.0])
    old = i.age_beliefs(sure, pd.Series([2.0, 0.0], ["c0", "c1"]), drift=0.2)
    np.testing.assert_allclose(old, [[0.64 + 0.36 / 2, 0.36 / 2], [1, 0]])
    prior = pd.Series([0.75, 0.25], NEEDS)
    np.testing.assert_allclose(i.age_beliefs(sure, 1, drift=1.0, prior=prior), [prior, prior])
    assert (i.belief_entropy(i.age_beliefs(sure, 3, drift=0.06)) > 0).all()


shares = st.lists(st.floats(0.01, 1), min_size=3, max_size=3)


@settings(max_examples=60, deadline=None)
@given(st.lists(shares, min_size=1, max_size=5), st.lists(shares, min_size=3, max_size=3), st.floats(0, 1),
       st.lists(st.lists(st.floats(-100, 100), min_size=2, max_size=2), min_size=3, max_size=3))  # fmt: skip
def test_gain_and_value_stay_in_their_bounds(rows, table, rate, money):
    needs = ["a", "b", "c"]
    beliefs = pd.DataFrame(rows, columns=needs).pipe(lambda f: f.div(f.sum(axis=1), axis=0))
    chances = np.array(table) / np.sum(table, axis=0)
    model = model_of({"q": dict(zip("xyz", chances, strict=True)), "same": {"x": [0.4] * 3, "y": [0.6] * 3}}, rate)
    model.probabilities_.columns = needs
    gain = i.information_gain(beliefs, model)
    assert (gain >= 0).all(axis=None)
    assert (gain["q"] <= rate * i.belief_entropy(beliefs) + 1e-9).all()
    payoff = pd.DataFrame(money, index=needs, columns=["left", "right"])
    value = i.value_of_information(beliefs, model, payoff)
    perfect = beliefs @ payoff.max(axis=1) - (beliefs @ payoff).max(axis=1)
    assert (value >= 0).all(axis=None)
    assert (value["q"] <= rate * perfect + 1e-9).all()
    np.testing.assert_allclose(gain["same"], 0, atol=1e-12)
    np.testing.assert_allclose(value["same"], 0, atol=1e-9)


def pilot(n, seed, sharp=2.0):
    """Customers with a need, soft beliefs that are right on average, and their answers to five questions."""
    rng = np.random.default_rng(seed)
    prior = rng.dirichlet(np.full(3, 1 / sharp), n)
    need = (rng.random(n)[:, None] > prior.cumsum(axis=1)).sum(axis=1).clip(max=2)  # so the beliefs are calibrated
    table = rng.dirichlet(np.full(3, 0.6), (5, 3))  # question, need, answer
    question = np.tile(np.arange(5), n)
    who = np.repeat(np.arange(n), 5)
    draw = rng.random(5 * n)[:, None] > table[question, need[who]].cumsum(axis=1)
    answer = np.array(["x", "y", "z"], dtype=object)[draw.sum(axis=1).clip(max=2)]
    silent = rng.random(5 * n) < 0.1 * question
    answer[silent] = None
    answers = pd.DataFrame({"customer_id": who, "question": [f"q{k}" for k in question], "answer": answer})
    truth = {(f"q{q}", "xyz"[a]): table[q, :, a] for q in range(5) for a in range(3)}
    return answers, pd.DataFrame(prior, columns=["a", "b", "c"]), pd.DataFrame(truth, index=["a", "b", "c"]).T


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_soft_beliefs_recover_the_table_better_than_hard_labels(seed):
    answers, beliefs, truth = pilot(4000, seed)
    model = i.AnswerModel().fit(answers, beliefs)
    assert model.converged_
    assert model.response_rate_["asked"].eq(4000).all()
    np.testing.assert_allclose(model.response_rate_["rate"], 1 - 0.1 * np.arange(5), atol=0.03)
    np.testing.assert_allclose(model.probabilities_.groupby("question").sum(), 1)
    label = pd.DataFrame(np.eye(3)[beliefs.to_numpy().argmax(axis=1)], columns=beliefs.columns)
    hard = i.AnswerModel(max_iter=1).fit(answers, label)
    soft_error, hard_error = ((m.probabilities_ - truth).abs().to_numpy().mean() for m in (model, hard))
    assert soft_error < 0.02
    assert soft_error < 0.5 * hard_error


def test_likelihood_rises_and_updates_sharpen():
    answers, beliefs, truth = pilot(500, 7)
    logs = [i.AnswerModel(max_iter=k, smoothing=0).fit(answers, beliefs).log_likelihood_ for k in (1, 2, 5, 100)]
    assert logs == sorted(logs)
    model = i.AnswerModel().fit(answers, beliefs)
    after = model.update(beliefs, answers)
    np.testing.assert_allclose(after.sum(axis=1), 1)
    assert i.belief_entropy(after).mean() < i.belief_entropy(beliefs).mean()
    shuffled = model.update(beliefs.iloc[::-1, ::-1], answers.sample(frac=1, random_state=0))
    pd.testing.assert_frame_equal(shuffled.loc[beliefs.index], after)


def test_smoothing_says_nothing_in_the_limit():
    answers, beliefs, _ = pilot(50, 3)
    flat = i.AnswerModel(smoothing=1e9).fit(answers, beliefs)
    assert i.information_gain(beliefs, flat).to_numpy().max() < 1e-6
    shares = answers.dropna().groupby("question")["answer"].value_counts(normalize=True).sort_index()
    np.testing.assert_allclose(flat.probabilities_["a"], shares, rtol=1e-6)


def test_a_need_that_nobody_has_answers_as_all():
    answers = pd.DataFrame({"customer_id": ["c0", "c1", "c2"], "question": "q", "answer": ["x", "x", "y"]})
    only = beliefs_of([1, 0], [1, 0], [1, 0])
    table = i.AnswerModel(smoothing=0).fit(answers, only).probabilities_
    np.testing.assert_allclose(table, [[2 / 3, 2 / 3], [1 / 3, 1 / 3]])


def test_next_question_pays_and_is_not_asked_again():
    half = beliefs_of([0.5, 0.5], [0.9, 0.1])
    ask = i.next_question(half, KNOWN, payoff=PAYOFF, cost=0.99)
    assert ask.tolist() == ["q3", "q3"]  # worth 5, and 10 - 9 = 1
    assert i.next_question(half, KNOWN, payoff=PAYOFF, cost=1.01).isna().tolist() == [False, True]
    asked = pd.DataFrame({"customer_id": ["c0", "c1"], "question": ["q3", "q3"]})
    again = i.next_question(half, KNOWN, payoff=PAYOFF, cost=1.0, asked=asked)
    assert again["c0"] == "q1"
    assert pd.isna(again["c1"])
    dear = pd.Series({"q1": 0.0, "q2": 0.0, "q3": 4.0})
    assert i.next_question(half, KNOWN, payoff=PAYOFF, burden_cost=dear)["c0"] == "q1"
    bits = i.next_question(half, KNOWN, by="gain", asked=asked)
    assert bits.tolist() == ["q1", "q1"]
    assert i.next_question(half, KNOWN, by="gain", asked=asked, cost=0.28).isna().all()  # .278 bits at most


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 3))
def test_no_question_twice_and_none_at_a_loss(seed, cost):
    answers, beliefs, truth = pilot(30, seed)
    model = i.AnswerModel().fit(answers, beliefs)
    rng = np.random.default_rng(seed)
    asked = answers[rng.random(len(answers)) < 0.5]
    payoff = pd.DataFrame(10 * np.eye(3), index=list("abc"), columns=list("abc"))
    chosen = i.next_question(beliefs, model, payoff=payoff, cost=cost, asked=asked).dropna()
    assert not set(chosen.items()) & set(zip(asked["customer_id"], asked["question"], strict=True))
    value = i.value_of_information(beliefs, model, payoff).stack()
    assert all(value[pair] > cost for pair in chosen.items())


def test_a_hundred_thousand_customers_in_a_second():
    rng = np.random.default_rng(0)
    needs = list("abcdef")
    beliefs = pd.DataFrame(rng.dirichlet(np.ones(6), 100_000), columns=needs)
    table = {f"q{q}": dict(zip("wxyz", rng.dirichlet(np.ones(4), 6).T, strict=True)) for q in range(10)}
    model = model_of(table)
    model.probabilities_.columns = needs
    begin = time.perf_counter()
    chosen = i.next_question(beliefs, model, payoff=pd.DataFrame(np.eye(6), needs, needs), cost=0.01)
    assert time.perf_counter() - begin < 2.0  # a second on a free machine
    assert chosen.notna().any()


# ---- channels

CONTACTS = pd.DataFrame({"channel": ["sms"] * 4 + ["email"] * 10 + ["letter"] * 2,
                         "cost": [0.6] * 4 + [0.2] * 10 + [5.0] * 2,
                         "opened": [True, True, True, False] + [True] * 5 + [False] * 5 + [False] * 2,
                         "responded": [True] + [False] * 3 + [True] + [False] * 9 + [False] * 2})  # fmt: skip


def test_channels_by_hand():
    out = i.channel_economics(CONTACTS)
    assert out.index.tolist() == ["email", "letter", "sms"]
    assert out["contacts"].tolist() == [10, 2, 4]
    np.testing.assert_allclose(out["cost"], [2.0, 10.0, 2.4])
    np.testing.assert_allclose(out["opened"], [0.5, 0, 0.75])
    np.testing.assert_allclose(out["responded"], [0.1, 0, 0.25])
    np.testing.assert_allclose(out["cost_per_contact"], [0.2, 5, 0.6])
    np.testing.assert_allclose(out["cost_per_opening"], [0.4, np.inf, 0.8])
    np.testing.assert_allclose(out["cost_per_response"], [2.0, np.inf, 2.4])
    # Wilson's interval of 5 in 10, to four places: (0.2366, 0.7634)
    np.testing.assert_allclose(out.loc["email", ["opened_low", "opened_high"]], [0.2366, 0.7634], atol=1e-4)
    by_two = i.channel_economics(CONTACTS.assign(year=2024), by=["channel", "year"])
    assert by_two.loc[("sms", 2024), "contacts"] == 4


def test_channels_on_other_engines():
    pl, pa, duckdb = (pytest.importorskip(name) for name in ("polars", "pyarrow", "duckdb"))
    table = pa.Table.from_pandas(CONTACTS, preserve_index=False)
    expected = i.channel_economics(CONTACTS)
    for frame in (pl.from_pandas(CONTACTS), pl.from_pandas(CONTACTS).lazy(), table, duckdb.from_arrow(table)):
        got = i.channel_economics(frame)
        assert isinstance(got, type(frame))
        got = nw.from_native(got).lazy().collect().to_pandas().set_index("channel")
        pd.testing.assert_frame_equal(got, expected, check_index_type=False, check_column_type=False)


# ---- errors

HALF = beliefs_of([0.5, 0.5])
ASKED = pd.DataFrame({"customer_id": ["c0"], "question": ["q1"], "answer": ["yes"]})
BAD = {
    "no frame": (lambda: i.belief_entropy([0.5, 0.5]), "not a pandas frame"),
    "not 1 in sum": (lambda: i.belief_entropy(beliefs_of([0.5, 0.4])), "divide each row by its sum"),
    "missing belief": (lambda: i.belief_entropy(beliefs_of([np.nan, 1.0])), "no probabilities"),
    "text": (lambda: i.belief_entropy(HALF.astype(object).replace(0.5, "half")), "no probabilities"),
    "customer twice": (lambda: i.belief_entropy(pd.concat([HALF, HALF])), "several rows"),
    "other needs": (lambda: i.information_gain(HALF.rename(columns={"gift": "party"}), KNOWN), "party"),
    "drift": (lambda: i.age_beliefs(HALF, 1, drift=6), "no chance"),
    "age": (lambda: i.age_beliefs(HALF, -1, drift=0.1), "below 0"),
    "age of nobody": (lambda: i.age_beliefs(HALF, pd.Series(1, ["c9"]), drift=0.1), "missing"),
    "prior": (lambda: i.age_beliefs(HALF, 1, drift=0.1, prior=pd.Series([1.0, 1.0], NEEDS)), "no probabilities"),
    "not fitted": (lambda: i.AnswerModel().update(HALF, ASKED), "no fitted"),
    "no model": (lambda: i.information_gain(HALF, "q1"), "no fitted"),
    "smoothing": (lambda: i.AnswerModel(smoothing=-1), "pseudo-answers"),
    "max_iter": (lambda: i.AnswerModel(max_iter=0), "max_iter"),
    "no column": (lambda: i.AnswerModel().fit(ASKED.drop(columns="answer"), HALF), "answer"),
    "unknown customer": (lambda: i.AnswerModel().fit(ASKED.assign(customer_id="c9"), HALF), "c9"),
    "no question": (lambda: i.AnswerModel().fit(ASKED.assign(question=None), HALF), "no question"),
    "never answered": (lambda: i.AnswerModel().fit(ASKED.assign(answer=None), HALF), "nobody answered"),
    "empty pilot": (lambda: i.AnswerModel().fit(ASKED.iloc[:0], HALF), "empty"),
    "unknown answer": (lambda: KNOWN.update(HALF, ASKED.assign(answer="perhaps")), "perhaps"),
    "unknown question": (lambda: i.information_gain(HALF, KNOWN, questions=["q9"]), "q9"),
    "impossible": (lambda: KNOWN.update(beliefs_of([1, 0]), ASKED.assign(question="q3", answer="s")), "impossible"),
    "payoff rows": (lambda: i.value_of_information(HALF, KNOWN, PAYOFF.iloc[:1]), "payoff"),
    "payoff missing": (lambda: i.value_of_information(HALF, KNOWN, PAYOFF.where(PAYOFF > 5)), "payoff"),
    "payoff array": (lambda: i.value_of_information(HALF, KNOWN, np.eye(2)), "payoff"),
    "no payoff": (lambda: i.next_question(HALF, KNOWN), "needs payoff"),
    "by": (lambda: i.next_question(HALF, KNOWN, by="bits"), "'gain'"),
    "cost": (lambda: i.next_question(HALF, KNOWN, payoff=PAYOFF, cost=-1.0), "no cost"),
    "burden": (lambda: i.next_question(HALF, KNOWN, by="gain", burden_cost=pd.Series({"q1": 1.0})), "q2"),
    "asked": (lambda: i.next_question(HALF, KNOWN, by="gain", asked=ASKED[["question"]]), "customer_id"),
    "contacts": (lambda: i.channel_economics({"cost": [1]}), "not a dataframe"),
    "contacts column": (lambda: i.channel_economics(CONTACTS.drop(columns="opened")), "opened"),
    "contacts text": (lambda: i.channel_economics(CONTACTS.assign(opened="yes")), "opened"),
    "contacts missing": (lambda: i.channel_economics(CONTACTS.assign(channel=None)), "lacks a value"),
    "contacts nan": (lambda: i.channel_economics(CONTACTS.assign(cost=np.nan)), "lacks a value"),
    "contacts cost": (lambda: i.channel_economics(CONTACTS.assign(cost=-1)), "less than 0"),
    "contacts percent": (lambda: i.channel_economics(CONTACTS.assign(opened=50)), "in part"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_says_what_to_do(case):
    call, words = BAD[case]
    with pytest.raises(DataError, match=words):
        call()


def test_inputs_stay_as_they_were():
    answers, beliefs, _ = pilot(20, 1)
    before = answers.copy(), beliefs.copy()
    model = i.AnswerModel().fit(answers, beliefs)
    model.update(beliefs, answers)
    i.next_question(beliefs, model, by="gain", asked=answers)
    pd.testing.assert_frame_equal(answers, before[0])
    pd.testing.assert_frame_equal(beliefs, before[1])
