"""Dialogue: what an answer tells about a customer's need, what it is worth, and so which question to ask next."""

import narwhals as nw
import numpy as np
import pandas as pd

from .._guards import choice, refuse_if, whole
from .._intervals import wilson

__all__ = ["AnswerModel", "age_beliefs", "belief_entropy", "channel_economics", "information_gain", "next_question",
           "value_of_information"]  # fmt: skip


def _beliefs(beliefs, needs=None):
    """Beliefs as an array (customers, needs), the needs in the order asked for."""
    refuse_if(not isinstance(beliefs, pd.DataFrame), f"beliefs is {type(beliefs)}, not a pandas frame")
    odd = set() if needs is None else set(needs) ^ set(beliefs.columns)
    refuse_if(odd != set(), f"beliefs and what they are used with differ in the needs {sorted(map(str, odd))}")
    twice = beliefs.index.duplicated(keep=False)
    refuse_if(twice, "a customer has several rows of beliefs", rows=beliefs, advice="keep one row a customer")
    frame = beliefs if needs is None else beliefs[list(needs)]
    array = frame.apply(pd.to_numeric, errors="coerce").to_numpy(float)
    bad = ~((array >= 0).all(axis=1) & (np.abs(array.sum(axis=1) - 1) < 1e-6))
    advice = "divide each row by its sum; who is unknown gets the average belief"
    allowed = "0 to 1 each, and 1 in sum over the needs"
    refuse_if(bad, "beliefs are no probabilities", rows=beliefs, allowed=allowed, advice=advice)
    return array / array.sum(axis=1, keepdims=True)


def _entropy(p, axis):
    """Bits along an axis; 0 log 0 is 0."""
    return -(p * np.log2(np.where(p > 0, p, 1.0))).sum(axis=axis)


def belief_entropy(beliefs):
    """How much the firm does not know, in bits: 0 if it is sure, log2 of the number of needs if all are equally likely.

    Parameters
    ----------
    beliefs : DataFrame (customers, needs)
        Probability of each need; a row sums to 1.

    Returns
    -------
    Series by customer
        Shannon's (1948) entropy, bits.
    """
    return pd.Series(_entropy(_beliefs(beliefs), 1), index=beliefs.index, name="entropy")


def age_beliefs(beliefs, periods, *, drift, prior=None):
    """What is still known when the answers have aged.

    In each period a customer's need is drawn anew from `prior` with chance `drift`; so after t periods the share
    (1 - drift)^t of the belief is left, and the rest is `prior`.

    Parameters
    ----------
    beliefs : DataFrame (customers, needs)
    periods : float or Series by customer
        Age in periods, 0 or more.
    drift : float
        Chance in one period, 0 to 1.
    prior : Series by need, optional
        What anybody needs (often ``beliefs.mean()``); without it all needs are equally likely.

    Returns
    -------
    DataFrame
        Like `beliefs`.
    """
    array, needs = _beliefs(beliefs), list(beliefs.columns)
    flat = pd.Series(1 / len(needs), needs) if prior is None else prior
    target = _beliefs(pd.DataFrame([flat]), needs)
    refuse_if(not (np.isscalar(drift) and 0 <= drift <= 1), f"drift={drift!r} is no chance", allowed="0 to 1")
    age = periods.reindex(beliefs.index) if isinstance(periods, pd.Series) else periods
    age = np.broadcast_to(np.asarray(age, float), len(array))
    refuse_if(~((age >= 0) & np.isfinite(age)), "periods are missing or below 0", rows=beliefs, allowed="0 or more")
    left = ((1 - drift) ** age)[:, None]
    return pd.DataFrame(left * array + (1 - left) * target, index=beliefs.index, columns=needs)


def _rows(answers, customers, *names):
    """Questions put (a row each): position of the customer among `customers`, and the columns asked for, as text."""
    names = ["customer_id", *names]
    lost = [name for name in names if name not in getattr(answers, "columns", ())]
    refuse_if(lost != [], f"answers is no frame with {', '.join(lost)}", advice="see `rename(columns=...)` of pandas")
    who, advice = customers.get_indexer(answers["customer_id"]), "give who is new the average belief"
    refuse_if(who < 0, "beliefs has no row for this customer", column="customer_id", rows=answers, advice=advice)
    refuse_if(answers["question"].isna(), "no question", column="question", rows=answers)
    return who, *(answers[name].astype("str").to_numpy() for name in names[1:])


class AnswerModel:
    """Chance of each answer under each need, learned from a pilot whose customers' needs nobody knows for sure.

    Expectation–maximisation (Dempster, Laird and Rubin 1977) with the beliefs as each customer's prior: E, the
    posterior of a customer's need given the answers; M, answers counted with these weights. Two assumptions: answers
    of one customer are independent given the need, and whether somebody answers does not depend on the need.

    Parameters
    ----------
    smoothing : float
        Strength of the prior "the answer says nothing": each need gets `smoothing` times the number of possible answers
        of pseudo-answers, shared out as all answers to the question. 0 is maximum likelihood.
    max_iter : int
        Most rounds; `converged_` says whether the likelihood stood still before.

    Attributes
    ----------
    probabilities_ : DataFrame indexed by (question, answer), a column a need
        The answers of one question sum to 1 under each need.
    response_rate_ : DataFrame by question
        asked, answered, rate.
    log_likelihood_, converged_
        Of the pilot's answers at the end, summed over customers.
    """

    def __init__(self, *, smoothing=1.0, max_iter=100):
        bad = not (np.isscalar(smoothing) and 0 <= smoothing < np.inf)
        refuse_if(bad, f"smoothing={smoothing!r} is no number of pseudo-answers", allowed="0 or more")
        self.smoothing, self.max_iter = smoothing, whole(max_iter, "max_iter", 1)

    def fit(self, answers, beliefs):
        """Learn from a pilot.

        Parameters
        ----------
        answers : DataFrame
            A row a question put: customer_id, question, answer (missing: none came).
        beliefs : DataFrame (customers, needs)
            What is believed of each customer *without* these answers, as from purchases; a row sums to 1.
        """
        prior, (who, question, answer) = _beliefs(beliefs), _rows(answers, beliefs.index, "question", "answer")
        given = answers["answer"].notna().to_numpy()
        rate = pd.Series(given).groupby(pd.Index(question, name="question")).agg(["size", "sum", "mean"])
        rate.columns = ["asked", "answered", "rate"]
        refuse_if(rate["answered"].to_numpy() == 0, "nobody answered this question", rows=rate, advice="leave it out")
        refuse_if(not len(rate), "answers is empty", advice="a pilot needs at least one answer")
        code, kinds = pd.factorize(pd.MultiIndex.from_arrays([question[given], answer[given]]), sort=True)
        who, asked = who[given], pd.factorize(kinds.get_level_values(0))[0]
        counted = np.bincount(code).astype(float)
        overall = counted / np.bincount(asked, counted)[asked]
        extra = self.smoothing * np.bincount(asked)[asked] * overall
        weights, before = prior[who], -np.inf
        for _ in range(self.max_iter):
            counts = np.column_stack([np.bincount(code, column) for column in weights.T]) + extra[:, None]
            total = np.column_stack([np.bincount(asked, column) for column in counts.T])[asked]
            # without smoothing, a need that nobody of the pilot can have answers as all do
            table = np.where(total > 0, counts / np.where(total > 0, total, 1), overall[:, None])
            posterior, evidence = _posterior(prior, table, code, who)
            objective = evidence.sum() + extra @ np.log(np.maximum(table, 1e-300)).sum(axis=1)
            self.converged_ = bool(objective - before < 1e-7 * (1 + abs(objective)))
            weights, before = posterior[who], objective
            if self.converged_:
                break
        kinds = kinds.set_names(["question", "answer"])
        self.probabilities_ = pd.DataFrame(table, index=kinds, columns=beliefs.columns)
        self.response_rate_, self.log_likelihood_ = rate, float(evidence.sum())
        return self

    def update(self, beliefs, answers):
        """Beliefs after answers (Bayes' rule).

        Parameters
        ----------
        beliefs : DataFrame (customers, needs)
        answers : DataFrame
            customer_id, question, answer; a missing answer changes nothing, nor does a customer without a row.

        Returns
        -------
        DataFrame
            Like `beliefs`, the needs in the order of the model.
        """
        _fitted(self)
        needs, known = self.probabilities_.columns, self.probabilities_.index
        prior, (who, question, answer) = _beliefs(beliefs, needs), _rows(answers, beliefs.index, "question", "answer")
        given = answers["answer"].notna().to_numpy()
        code = known.get_indexer(pd.MultiIndex.from_arrays([question[given], answer[given]]))
        rows, advice = answers[given], "see `probabilities_`; fit on a pilot in which it occurs"
        refuse_if(code < 0, "the model knows no such answer to this question", rows=rows, advice=advice)
        posterior, evidence = _posterior(prior, self.probabilities_.to_numpy(), code, who[given])
        advice = "fit AnswerModel(smoothing=1.0): then no answer has chance 0"
        refuse_if(~np.isfinite(evidence), "answers impossible under the model", rows=beliefs, advice=advice)
        return pd.DataFrame(posterior, index=beliefs.index, columns=needs)


def _posterior(prior, table, code, who):
    """Posterior (customers, needs) and the log of the chance of each customer's answers."""
    with np.errstate(divide="ignore"):
        logs = np.log(table)[code]
        joint = np.log(prior) + np.column_stack([np.bincount(who, column, len(prior)) for column in logs.T])
    top = joint.max(axis=1, keepdims=True)
    top[~np.isfinite(top)] = 0.0
    joint = np.exp(joint - top)
    total = joint.sum(axis=1)
    with np.errstate(divide="ignore"):
        return joint / np.where(total > 0, total, 1)[:, None], np.log(total) + top[:, 0]


def _fitted(model):
    fitted = isinstance(model, AnswerModel) and hasattr(model, "probabilities_")
    refuse_if(not fitted, "model is no fitted AnswerModel", advice="AnswerModel().fit(answers, beliefs)")


def _each_question(beliefs, model, questions, measure):
    """A column a question: response rate x measure(chance of each answer and of each need, answer by answer)."""
    _fitted(model)
    # needs first: sums and maxima over few rows of many customers are fast, over many short rows slow
    array, rate = _beliefs(beliefs, model.probabilities_.columns).T.copy(), model.response_rate_["rate"]
    names = list(rate.index if questions is None else questions)
    lost = [name for name in names if name not in rate.index]
    refuse_if(lost != [], f"questions {lost} are not in the model", allowed=", ".join(rate.index))
    columns = {q: rate[q] * np.maximum(measure(array, model.probabilities_.loc[q].to_numpy()), 0.0) for q in names}
    return pd.DataFrame(columns, index=beliefs.index)


def information_gain(beliefs, model, *, questions=None):
    """Bits by which each question is expected to lower the entropy of the belief (Lindley 1956).

    Response rate x (entropy of the answer - its mean entropy given the need): an unanswered question teaches nothing.

    Parameters
    ----------
    beliefs : DataFrame (customers, needs)
    model : AnswerModel
    questions : list of str, optional
        Only these; else all of the pilot.

    Returns
    -------
    DataFrame (customers, questions)
        Bits, from 0 to the entropy of the belief.
    """
    return _each_question(beliefs, model, questions, lambda b, p: _entropy(p @ b, 0) - _entropy(p, 0) @ b)


def value_of_information(beliefs, model, payoff, *, questions=None):
    """Money that each question is expected to bring, because the best action may differ by the answer.

    Response rate x (mean over the answers of the best action's payoff then - the payoff of the best action now), the
    preposterior analysis of Raiffa and Schlaifer (1961), before any cost. A question whose every answer leads to the
    same action is worth 0, however informative.

    Parameters
    ----------
    beliefs : DataFrame (customers, needs)
    model : AnswerModel
    payoff : DataFrame (needs, actions)
        What each action brings from a customer with this need, in money.
    questions : list of str, optional
        Only these; else all of the pilot.

    Returns
    -------
    DataFrame (customers, questions)
        In the unit of payoff; from 0 to what knowing the need for sure would be worth.
    """
    _fitted(model)
    needs, money = model.probabilities_.columns, np.array(np.nan)
    if isinstance(payoff, pd.DataFrame) and payoff.index.is_unique and set(payoff.index) == set(needs):
        money = payoff.loc[needs].apply(pd.to_numeric, errors="coerce").to_numpy(float).T
    bad = not np.isfinite(money).all()
    refuse_if(bad, "payoff is not a frame with one row of numbers a need", allowed=", ".join(map(str, needs)))

    def gain(b, p):
        return sum((money * row @ b).max(axis=0) for row in p) - (money @ b).max(axis=0)

    return _each_question(beliefs, model, questions, gain)


def next_question(beliefs, model, *, payoff=None, cost=0.0, burden_cost=None, asked=None, by="value"):
    """The question to put to each customer next, or none.

    Parameters
    ----------
    beliefs : DataFrame (customers, needs)
    model : AnswerModel
    payoff : DataFrame (needs, actions)
        As in `value_of_information`; needed for ``by="value"``.
    cost : float
        Of putting any question; in the unit of `by`: money, or bits.
    burden_cost : Series by question, optional
        What each question costs beside (goodwill), in the same unit.
    asked : DataFrame, optional
        customer_id and question of what was put before, answered or not; it is not put again.
    by : {"value", "gain"}
        Money (`value_of_information`) or bits (`information_gain`).

    Returns
    -------
    Series by customer, named question
        Missing where no question left is worth more than it costs. Of equals, the first by name.
    """
    problem, advice = "by='value' needs payoff", "give payoff= (needs, actions), or ask by='gain'"
    refuse_if(choice(by, ("value", "gain"), "by") == "value" and payoff is None, problem, advice=advice)
    worth = information_gain(beliefs, model) if by == "gain" else value_of_information(beliefs, model, payoff)
    price = pd.Series(0.0, worth.columns) if burden_cost is None else burden_cost.reindex(worth.columns)
    price = price.astype(float) + cost
    allowed = "0 or more: cost= one number, burden_cost= a Series with every question"
    refuse_if(~(price >= 0), "no cost for this question", rows=price.rename("cost"), allowed=allowed)
    net = worth.to_numpy() - price.to_numpy()
    if asked is not None:
        who, question = _rows(asked, beliefs.index, "question")
        column = worth.columns.get_indexer(question)
        net[who[column >= 0], column[column >= 0]] = -np.inf
    best = net.argmax(axis=1)
    names = pd.Series(worth.columns.to_numpy()[best], index=beliefs.index, name="question", dtype="str")
    return names.where(net.max(axis=1) > 0)


def channel_economics(contacts, *, by="channel"):
    """What each channel (or each customer) costs, how often it is read, and how often somebody responds.

    Parameters
    ----------
    contacts : dataframe of any engine
        A row a contact: `cost` (money), `opened` and `responded` (true or false), and the columns of `by`.
    by : str or list of str
        Column or columns to group by. ``by="customer_id"`` sums up the contacts of each customer, as `contact_policy`
        wants them: ``contacts_so_far=table["contacts"]``.

    Returns
    -------
    dataframe of the kind that came in, sorted by group; pandas: indexed by it, else its columns come first
        contacts, cost, opened and responded (shares of all contacts) with their `_low` and `_high` (95 % interval of
        Wilson 1927, as if contacts were independent), cost_per_contact, cost_per_opening, cost_per_response (infinite
        where there was none). Lazy stays lazy, though one pass to check the values is run at once.
    """
    names, parts = [by] if isinstance(by, str) else list(by), ["cost", "opened", "responded"]
    frame = nw.from_native(contacts, pass_through=True)
    refuse_if(not isinstance(frame, (nw.DataFrame, nw.LazyFrame)), f"contacts is {type(contacts)}, not a dataframe")
    lost = [name for name in [*names, *parts] if name not in (schema := frame.collect_schema())]
    refuse_if(lost != [], f"contacts has no column {', '.join(lost)}")
    wrong = [name for name in parts if not (schema[name].is_numeric() or schema[name] == nw.Boolean)]
    refuse_if(wrong != [], f"contacts holds no numbers, nor true and false, in {', '.join(wrong)}")
    rows = frame.select(*names, nw.col(*parts).cast(nw.Float64), contacts=nw.lit(1))
    good = nw.all_horizontal(nw.col("cost") >= 0, *(nw.col(n).is_between(0, 1) for n in parts[1:]), ignore_nulls=False)
    empty = nw.any_horizontal(*(nw.col(n).is_null() for n in [*names, *parts]), ignore_nulls=False)
    faults = rows.lazy().filter(empty | ~good).drop("contacts").head(5).collect().to_pandas()
    refuse_if(len(faults) > 0, "a contact lacks a value, costs less than 0, or was opened or answered in part",
              rows=faults, advice="leave these contacts out and report them apart")  # fmt: skip
    sums, n = rows.group_by(*names).agg(nw.col("contacts", *parts).sum()), nw.col("contacts").cast(nw.Float64)
    table = {"contacts": nw.col("contacts").cast(nw.Int64), "cost": nw.col("cost")}
    for name in parts[1:]:
        low, high = wilson(nw.col(name) / n, n)
        table |= {name: nw.col(name) / n, f"{name}_low": low, f"{name}_high": high}
    for unit, name in {"contact": "contacts", "opening": "opened", "response": "responded"}.items():
        each = nw.col("cost") / nw.col(name)
        table[f"cost_per_{unit}"] = nw.when(nw.col(name) > 0).then(each).otherwise(float("inf"))
    out = sums.select(*names, **table).sort(*names).to_native()
    return out.set_index(names) if isinstance(out, pd.DataFrame) else out
