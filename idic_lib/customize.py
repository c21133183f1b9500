"""Customize: what to offer next, how to judge an offer, and how to learn while offering."""

import warnings
from importlib import import_module
from typing import NamedTuple

import numpy as np
import pandas as pd

from ._guards import choice, refuse_if, to_pandas, whole
from .orders.cells import to_ids

__all__ = ["Bandit", "NextBestOffer", "evaluate_offers", "test_then_roll", "thompson_sampling"]

METHODS = ("factorisation", "item_to_item", "own_frequency", "popularity")
_CELLS = 2**22  # customers times items scored in one go: 16 MB of scores


def _text(ids):
    """Customer ids as text, each distinct one converted once; what is no id is missing."""
    codes, values = pd.factorize(pd.Series(ids))
    names, texts = pd.factorize(to_ids(pd.Series(values), "customers", range(len(values))))
    return pd.Categorical.from_codes(np.append(names, -1)[codes], texts)


def _bought(lines, name, item, customer, basket=None):
    """What was bought, one row per line (customer, item, basket), and how many lines say nothing of it and why."""
    frame = to_pandas(lines, f"{name} is {type(lines)}, not a frame", allowed="a frame of any engine, a row per line")
    columns = [customer, item, *([basket] if basket else [])]
    lost = [column for column in columns if column not in frame]
    advice = "name the columns: `item=`, `customer=`" + ("; `basket=None` counts lines" if basket else "")
    refuse_if(bool(lost), f"{name} has no column {', '.join(map(repr, lost))}", advice=advice,
              allowed=", ".join(map(repr, frame)))  # fmt: skip
    codes, kinds = pd.factorize(frame[item])
    if isinstance(kinds, pd.CategoricalIndex):  # its categories stand in their own order, some of them without a line
        kinds = kinds.astype(kinds.categories.dtype)
    kinds = pd.Categorical.from_codes(codes, kinds)
    out = pd.DataFrame({"customer": _text(frame[customer]), "item": kinds})
    out["basket"] = pd.factorize(frame[basket])[0] if basket else np.arange(len(frame))
    back = np.zeros(len(frame), dtype=bool)
    for column in {"quantity", "amount"}.intersection(frame):
        back |= (frame[column] < 0).to_numpy(bool, na_value=False)
    why = {"no customer": out["customer"].isna(), "no item": out["item"].isna(), "returned": back}
    first = np.select(list(why.values()), list(why), "")
    counts = pd.Series(first[first != ""]).value_counts().reindex(list(why), fill_value=0).rename("lines")
    out = out[first == ""]
    refuse_if(out.empty, f"{name} holds no line with a customer and an item")
    return out, counts


def _candidates(scores, k):
    """Row and column of every score that no k others of its row exceed."""
    kth = np.partition(scores, -k, axis=1)[:, -k:].min(axis=1)
    return np.nonzero(scores >= np.maximum(kth, np.finfo(scores.dtype).min)[:, None])


def _implicit(module, method):
    try:
        from tqdm import TqdmWarning

        with warnings.catch_warnings():
            # implicit asks tqdm for the bar of a notebook, which is never shown; where ipywidgets lack, tqdm warns.
            warnings.simplefilter("ignore", TqdmWarning)
            return import_module(f"implicit.{module}")
    except ImportError as error:
        raise ImportError(f'method="{method}" needs implicit: pip install "idic-lib[course]"') from error


def _pairs(bought, people, items):
    """Each customer's place in `people` times the number of items plus the item's place in `items`, once each."""
    who, what = (
        places.get_indexer(bought[column].cat.categories)[bought[column].cat.codes]
        for places, column in ((people, "customer"), (items, "item"))
    )
    return pd.unique((who * len(items) + what)[(who >= 0) & (what >= 0)])


class NextBestOffer:
    """What to offer each customer next, learned from what all have bought.

    Parameters
    ----------
    method : {"factorisation", "item_to_item", "own_frequency", "popularity"}
        "popularity": what most customers bought. "own_frequency": what this customer bought in most baskets, the rival
        to beat on repeats. "item_to_item": cosine between items over customers (Linden, Smith & York 2003), summed over
        what the customer has. "factorisation": alternating least squares on implicit feedback (Hu, Koren & Volinsky
        2008, eq. 4 and 5) by package implicit, on one thread.
    item, customer : str
        Columns of the lines; `item` may be any level, as ``"category"``.
    basket : str or None
        Column that tells one purchase from the next (order or day); None counts every line as one.
    factors, regularization, iterations : int, float, int
        Of the factorisation. Choose them on a validation period: few customers bear neither many factors nor strong
        regularization, which shrinks every factor to nothing (refused).
    neighbours : int
        Most similar items kept for each item, itself among them; bounds memory.
    seed : int
        Of the factorisation's start; one seed, one answer.

    Attributes
    ----------
    items_ : Index
        The catalogue: items sold in `fit`'s lines, the most widely bought first.
    popularity_ : Series by item
        Share of the customers who bought it.
    left_out_ : Series
        Lines that say nothing of who bought what: "no customer", "no item", "returned" (quantity or amount below 0).

    Notes
    -----
    The weight of an item is log(1 + baskets in which the customer bought it); on Complete Journey's third quarter,
    learned from the first two, it finds as many discoveries as the number of baskets itself or more, at each level.
    """

    def __init__(self, method="factorisation", *, item="product_id", customer="customer_id", basket="order_id",
                 factors=16, regularization=3.0, iterations=10, neighbours=100, seed=0):  # fmt: skip
        self.method, self.item, self.customer, self.basket = choice(method, METHODS, "method"), item, customer, basket
        self.factors, self.iterations = whole(factors, "factors", 1), whole(iterations, "iterations", 1)
        good = isinstance(regularization, (int, float, np.number)) and 0 <= regularization < np.inf
        refuse_if(not good, f"regularization={regularization!r} is no number of 0 or more")
        self.regularization, self.neighbours = float(regularization), whole(neighbours, "neighbours", 2)
        self.seed = whole(seed, "seed", 0)

    def fit(self, lines):
        """Learn from `lines`: a frame of any engine, one row per item in a basket.

        Raises
        ------
        DataError
            If a column is missing or no line has both a customer and an item.
        """
        from scipy.sparse import csr_matrix, diags  # implicit wants matrices, not arrays

        bought, self.left_out_ = _bought(lines, "lines", self.item, self.customer, self.basket)
        pairs = bought.drop_duplicates().groupby(["customer", "item"], sort=False, observed=True).size().reset_index()
        pairs = pairs.astype({column: bought[column].cat.categories.dtype for column in ("customer", "item")})
        buyers = pairs["item"].value_counts().sort_index(key=lambda items: items.astype("str"))
        self.popularity_ = buyers.sort_values(ascending=False, kind="stable").rename("popularity")
        self.items_, self.customers_ = self.popularity_.index, pd.Index(pairs["customer"].unique()).sort_values()
        self.popularity_ /= len(self.customers_)
        places = self.customers_.get_indexer(pairs["customer"]), self.items_.get_indexer(pairs["item"])
        shape = len(self.customers_) + 1, len(self.items_)  # the last row stays empty: a customer without history
        self.counts_ = csr_matrix((pairs[0].to_numpy("float32"), places), shape=shape)
        self.counts_.sort_indices()  # sums in one order
        weights = self.counts_.log1p()
        if self.method == "item_to_item":
            length = np.sqrt(weights.multiply(weights).sum(axis=0).A1)
            unit = (weights @ diags(1 / length)).tocsr().astype("float64")
            module = _implicit("nearest_neighbours", self.method)
            self.similarity_ = module.all_pairs_knn(unit, self.neighbours, show_progress=False, num_threads=1).tocsr()
        elif self.method == "factorisation":
            from threadpoolctl import threadpool_limits

            als = _implicit("cpu.als", self.method).AlternatingLeastSquares
            with threadpool_limits(1, "blas"):  # as implicit asks: threads of BLAS slow it and change last digits
                model = als(self.factors, regularization=self.regularization, iterations=self.iterations,
                            num_threads=1, random_state=self.seed)  # fmt: skip
                model.fit(weights, show_progress=False)
            self.customer_factors_, self.item_factors_ = model.user_factors, model.item_factors
            span = np.ptp(self.item_factors_) * np.ptp(self.customer_factors_)
            refuse_if(span < 0.01, "regularization has shrunk all factors to nothing",
                      advice=f"lower it (regularization={self.regularization:g})")  # fmt: skip
        return self

    def _scores(self, rows):
        if self.method == "factorisation":
            return self.customer_factors_[rows] @ self.item_factors_.T
        if self.method == "popularity":
            return np.zeros((len(rows), len(self.items_)), "float32")  # the order of the columns decides
        block = self.counts_[rows]
        return (block if self.method == "own_frequency" else block.log1p() @ self.similarity_).toarray()

    def recommend(self, customers, *, k=10, new_only=False, known_only=False):
        """The k best offers of each customer.

        Parameters
        ----------
        customers : sequence of ids
        k : int
            At most the number of items in the catalogue.
        new_only, known_only : bool
            Only items that the customer has not bought yet (discoveries), or only those bought before (repeats).

        Returns
        -------
        DataFrame
            `customer_id` (text), `rank` (1 = best), `item`, `score`, `basis`; customers in the order given. `basis` is
            the method, or "popularity" where the method knows nothing to say: for a customer without history, and
            where own items or neighbours run out. A score of popularity is the share of customers who bought the item;
            scores of one basis only compare within a customer. Fewer than k rows where fewer items are allowed; with
            `known_only` a customer without history has none.

        Raises
        ------
        DataError
            If k exceeds the catalogue, a customer is missing or given twice, or both restrictions are asked for.
        """
        refuse_if(not hasattr(self, "items_"), "nothing is fitted yet", advice="call `fit(lines)` first")
        k, n = whole(k, "k", 1), len(self.items_)
        refuse_if(k > n, f"k={k} offers, but the catalogue has {n:,} item(s)", allowed=f"1 to {n}")
        refuse_if(new_only and known_only, "no item is both new and known", allowed="new_only or known_only")
        asked = pd.Series(np.asarray(_text(np.atleast_1d(customers)), object), name="customer_id")
        refuse_if(asked.isna() | asked.duplicated(), "customers are missing or given twice", rows=asked)
        found, tables = self.customers_.get_indexer(asked), []
        for start in range(0, len(asked), step := max(1, _CELLS // n)):
            place = found[start : start + step]  # -1, a customer without history, finds the empty last row
            score, block = self._scores(place), self.counts_[place]
            silent = (place < 0)[:, None] if self.method == "factorisation" else score <= 0
            score = np.where(silent, -np.arange(n, dtype=score.dtype), score)  # columns stand by popularity
            row, top = known = np.repeat(np.arange(len(place)), np.diff(block.indptr)), block.indices
            if not known_only:
                score[known] = -np.inf if new_only else score[known]
                row, top = _candidates(score, k)
            order = np.lexsort((top, -score[row, top], row))  # of equals the more popular, so that no sort decides
            row, top = row[order], top[order]
            rank = np.arange(len(row)) - np.searchsorted(row, row) + 1
            row, top, rank = row[rank <= k], top[rank <= k], rank[rank <= k]
            tables.append((start + row, rank, top, score[row, top]))
        customer, rank, item, score = map(np.concatenate, zip(*tables)) if tables else np.zeros((4, 0), int)
        silent = (found[customer] < 0) | ((self.method != "factorisation") & (score <= 0))
        score = np.where(silent, self.popularity_.to_numpy()[item], score).astype(float)
        return pd.DataFrame({"customer_id": asked.to_numpy()[customer], "rank": rank, "item": self.items_[item],
                             "score": score, "basis": np.where(silent, "popularity", self.method)})  # fmt: skip


def evaluate_offers(recommended, lines, *, k=10, history=None, item="product_id", customer="customer_id",
                    by_customer=False):  # fmt: skip
    """Do customers buy what was offered? Offers made before, judged by what was bought afterwards.

    Parameters
    ----------
    recommended : DataFrame
        From `NextBestOffer.recommend`; the first k ranks are judged, as they were shown.
    lines : frame of any engine
        What was bought afterwards.
    k : int
    history : frame of any engine or fitted NextBestOffer, optional
        What was bought before, the lines that the offers were learned from, or (faster) the model that learned from
        them: splits repeats from discoveries.
    item, customer : str
        Columns of `lines` and `history`.
    by_customer : bool
        One row per customer and part instead, for paired differences between methods.

    Returns
    -------
    DataFrame indexed by part: "all", and with `history` "repeats" and "discoveries"
        customers : those with an offer who bought at least one relevant item; others have no recall.
        recall, recall_se : relevant items among the first k, divided by min(k, relevant items), so that 1 can be
            reached (Liang et al. 2018); mean over customers and its standard error.
        ndcg, ndcg_se : sum of 1/log2(1 + rank) over the relevant items among the first k, divided by that of the ideal
            list, which begins with min(k, relevant items) relevant ones (Jarvelin & Kekalainen 2002, gains 0 and 1).
        coverage : share of the items sold in `history` that are offered to anyone; novelty : mean over the offers of
            -log2(share of `history`'s customers who bought the item), in bits. Both are of the lists, not of the part.

    Notes
    -----
    Relevant are the items bought in `lines`; for repeats only those that the customer also bought in `history`, for
    discoveries only the others. A list that mixes both wastes places in either part: for a fair comparison judge
    repeats with lists of `known_only=True` and discoveries with lists of `new_only=True`, for all methods alike.

    Raises
    ------
    DataError
        If columns are missing, a customer holds a rank or an item twice, nobody offered anything bought, or no offer
        was sold at all (another item level?), or offers are not in `history`.
    """
    k = whole(k, "k", 1)
    lost = {"customer_id", "rank", "item"} - set(getattr(recommended, "columns", ()))
    refuse_if(bool(lost), f"recommended has no column {', '.join(map(repr, sorted(lost)))}",
              advice="give what `NextBestOffer.recommend` gives")  # fmt: skip
    shown = pd.DataFrame({"customer": _text(recommended["customer_id"]), "item": recommended["item"].to_numpy(object),
                          "rank": recommended["rank"].to_numpy()})  # fmt: skip
    bad = shown["customer"].isna() | shown["item"].isna() | ~shown["rank"].ge(1)
    bad |= shown.duplicated(["customer", "item"]) | shown.duplicated(["customer", "rank"])
    refuse_if(bad, "a customer, an item or a rank is missing, or a customer has an item or a rank twice", rows=shown)
    bought = _bought(lines, "lines", item, customer)[0]
    if isinstance(history, NextBestOffer):
        cells = history.counts_.tocoo()
        past = pd.DataFrame({"customer": pd.Categorical.from_codes(cells.row, history.customers_),
                             "item": pd.Categorical.from_codes(cells.col, history.items_)})  # fmt: skip
    elif history is not None:
        past = _bought(history, "history", item, customer)[0].drop(columns="basket").drop_duplicates()
    shown, people = shown[shown["rank"] <= k], shown["customer"].cat.categories
    items = bought["item"].cat.categories.append(pd.Index(shown["item"])).unique()
    places = shown["customer"].cat.codes.to_numpy(int), shown["rank"].to_numpy(int) - 1
    item_place = items.get_indexer(shown["item"])
    offers, sold = pd.Index(places[0] * len(items) + item_place), len(bought["item"].cat.categories)
    refuse_if(not (item_place < sold).any(), "no item offered was sold to anyone in lines", column=item,
              advice="offers and lines must speak of one level of items: `item=`")  # fmt: skip
    parts, coverage, novelty = {"all": _pairs(bought, people, items)}, np.nan, np.nan
    if history is not None:
        had = pd.Index(parts["all"]).isin(_pairs(past, people, items))
        parts |= {"repeats": parts["all"][had], "discoveries": parts["all"][~had]}
        buyers = np.append(np.bincount(past["item"].cat.codes, minlength=len(past["item"].cat.categories)), 0)
        offered = buyers[past["item"].cat.categories.get_indexer(shown["item"])]  # -1, not there, finds the last: 0
        refuse_if(offered == 0, "items are offered that history does not hold", rows=shown,
                  advice="give the lines that the offers were learned from")  # fmt: skip
        coverage = shown["item"].nunique() / (buyers > 0).sum()
        novelty = -np.log2(offered / past["customer"].nunique()).mean()
    gain, tables = 1 / np.log2(np.arange(k) + 2), {}
    for part, relevant in parts.items():
        hit, size = offers.isin(relevant), len(people)
        n = np.bincount(relevant // len(items), minlength=size).clip(max=k)
        found = np.bincount(places[0], hit, size), np.bincount(places[0], hit * gain[places[1]], size)
        table = pd.DataFrame({"recall": found[0] / n.clip(1), "ndcg": found[1] / gain.cumsum()[n - 1]}, index=people)
        tables[part] = table[n > 0]
    table = pd.concat(tables, names=["part", "customer_id"])
    if by_customer:
        return table
    by_part = table.groupby(level="part")
    out = by_part.mean().join(by_part.sem().add_suffix("_se")).reindex(list(parts))
    out.insert(0, "customers", by_part.size().reindex(list(parts), fill_value=0))
    out = out[["customers", "recall", "recall_se", "ndcg", "ndcg_se"]]
    return out.assign(coverage=coverage, novelty=novelty)


class Bandit(NamedTuple):
    """What a way of choosing between offers cost while it learned."""

    #: replications x n: what was lost up to each customer against always making the best offer, in expected responses
    regret: np.ndarray
    #: replications x offers: how often each was made
    pulls: np.ndarray


def _arms(rates, n, replications, seed):
    rates, n = np.asarray(rates, dtype=float), whole(n, "n", 1)
    good = rates.ndim in (1, 2) and rates.shape[-1] > 1 and np.all((rates >= 0) & (rates <= 1))
    good &= rates.ndim == 1 or len(rates) == n
    refuse_if(
        not good, "rates are not the response rates of two or more offers", allowed="each 0 to 1; or n rows of it"
    )
    rates = np.broadcast_to(rates, (n, rates.shape[-1]))
    return rates, n, whole(replications, "replications", 1), np.random.default_rng(seed)


def _regret(rates, chosen):
    lost = rates.max(axis=1, keepdims=True) - rates
    pulls = [(chosen == arm).sum(axis=1) for arm in range(rates.shape[1])]
    return Bandit(np.cumsum(lost[np.arange(len(rates)), chosen], axis=1), np.stack(pulls, axis=1))


def thompson_sampling(rates, n, *, delay=0, replications=200, seed=0):
    """Offer by offer, each as often as it is probably the best one (Thompson 1933), on simulated customers.

    Every offer's unknown response rate has a beta(1, 1) prior. For each customer a rate is drawn from each offer's
    posterior, the offer with the highest draw is made, and the answer (yes or no) updates its posterior.

    Parameters
    ----------
    rates : array-like (offers,) or (n, offers)
        True response rate of each offer, unknown to the method; with n rows it changes from customer to customer.
    n : int
        Customers, one after the other.
    delay : int
        The answer of a customer is known only after so many more have had their offer.
    replications : int
        Repetitions, run side by side.
    seed : int or numpy Generator

    Returns
    -------
    Bandit
        `regret` (replications, n), cumulated: per customer the best rate minus the rate of the offer made; `pulls`.
        With constant rates no consistent method loses less, in the long run, than
        sum((best - rate) / KL(rate, best)) log(n) (Lai & Robbins 1985), and this one reaches that rate (Kaufmann,
        Korda & Munos 2012).

    Raises
    ------
    DataError
        If rates are no shares or fewer than two, and for numbers that are not whole.
    """
    rates, n, replications, rng = _arms(rates, n, replications, seed)
    delay, each = whole(delay, "delay", 0), np.arange(replications)
    yes, no = np.ones((2, replications, rates.shape[1]))
    chosen, answers = np.empty((2, replications, n), dtype=int)
    for i in range(n):
        arm = chosen[:, i] = rng.beta(yes, no).argmax(axis=1)
        answers[:, i] = rng.random(replications) < rates[i, arm]
        if i >= delay:  # one answer comes in, of the customer `delay` back
            arm, answer = chosen[:, i - delay], answers[:, i - delay]
            yes[each, arm] += answer
            no[each, arm] += 1 - answer
    return _regret(rates, chosen)


def test_then_roll(rates, n, n_test, *, replications=200, seed=0):
    """The rival of the bandit: test all offers on the first customers, then make the winner to all others.

    Parameters
    ----------
    rates, n, replications, seed
        As for `thompson_sampling`.
    n_test : int
        Customers per offer in the test, so offers x `n_test` in all, at most n; offers take turns. Of winners that
        tie, one is drawn.

    Returns
    -------
    Bandit

    Raises
    ------
    DataError
        As `thompson_sampling`, and if the test needs more than n customers.
    """
    rates, n, replications, rng = _arms(rates, n, replications, seed)
    arms = rates.shape[1]
    tested = whole(n_test, "n_test", 1) * arms
    refuse_if(tested > n, f"a test of {arms} x {n_test} customers needs more than n={n}", allowed=f"1 to {n // arms}")
    chosen = np.tile(np.arange(n) % arms, (replications, 1))
    answers = rng.random((replications, tested)) < rates[np.arange(tested), chosen[:, :tested]]
    yes = answers.reshape(replications, n_test, arms).sum(axis=1)
    chosen[:, tested:] = (yes + rng.random(yes.shape)).argmax(axis=1)[:, None]
    return _regret(rates, chosen)


test_then_roll.__test__ = False  # a name that pytest would collect
