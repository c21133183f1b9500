"""The desk: what a firm knows of its customers from what it sees, brought up to date week by week."""

import warnings
from copy import copy

import numpy as np
import pandas as pd

from .._guards import refuse_if
from ..differentiate import NeedsSegments, category_profiles, purchase_history
from ..errors import ConvergenceError, ConvergenceWarning
from ..firm import NEEDS, START
from ..firm.systems import whole_numbers
from ..interact import AnswerModel, TwoModelUplift, information_gain
from ..lifetime_value import BetaGeoModel, NBDModel
from ..models._shared import THEME

__all__ = ["Desk"]

#: How the analyst names the segments: each theme goes to the segment that buys most of its leading goods.
LEADING = {theme: [category for category, need in THEME.items() if need == theme] for theme in NEEDS}
#: Lists to write by, in the order of their numbers: the club's by message, the others by e-mail; the rest -1.
LISTS = pd.Index(["club", "web", "newsletter"])
FEATURES = ["frequency", "spend_before", "weeks_since_last", "club", "web"]
#: Chance that a need changes in a quarter (an assumption), and the weeks before Yalda and Nowruz: presents for others.
DRIFT, PRESENTS = 0.06, (37, 38, 50, 51)


class Desk:
    """What the firm knows of each customer, from its own tables only.

    A customer here is a *unit*: with `links` the records that were linked, with the anonymous orders that their payment
    tokens recover; without, each record is a unit of its own.

    Parameters
    ----------
    firm : Firm
        With `campaign_test` (``make_firm(..., campaign_test=20_000)``). `firm.truth` is never read.
    links : Series by record_id, optional
        From `identify.link_records`.

    Attributes
    ----------
    segments_, answers_, purchases_, uplift_
        The fitted models: `NeedsSegments` (6 groups, named by `LEADING`), `AnswerModel`, `BetaGeoModel`
        (`NBDModel` where it has no estimate), `TwoModelUplift`. They are fitted once, on the history, and all
        copies share them.
    """

    def __init__(self, firm, links=None):
        refuse_if(not len(firm.campaign_test), "this firm has no campaign_test to learn the uplift from",
                  advice="make it with `make_firm(..., campaign_test=20_000)`")  # fmt: skip
        self.linked, self.week, self.blank = links is not None, int(firm.made["weeks"]), {}
        self.token, self.owner = np.zeros((2, 0), np.int64)  # payment tokens, sorted, and their units (-1: several)
        records = firm.records.iloc[np.argsort(whole_numbers(firm.records["record_id"]))]
        self.ids = pd.Index(records["record_id"])  # those linked, by number as in `unit` and `kind`; later ones follow
        self.unit = pd.factorize(records["record_id"] if links is None else records["record_id"].map(links))[0]
        refuse_if(self.unit < 0, "links lack this record", column="record_id", rows=records)
        self.kind = LISTS.get_indexer(records["system"])
        self.n = self.used = int(self.unit.max()) + 1
        self._hold(orders=0.0, spend=0.0, days=0.0, first=np.inf, last=-np.inf, asked_on=-np.inf, value=0.0, uplift=0.0,
                   known=False)  # fmt: skip
        self._who(firm.orders)  # twice: an anonymous order may come before its token is seen with a record
        self._fit(firm, firm.orders.assign(customer_id=self._who(firm.orders)))

    def _fit(self, firm, orders):
        self._count(orders, orders["customer_id"].to_numpy())
        self.known |= self.orders > 0
        place = _order(orders, firm.order_lines)
        unit, week = orders["customer_id"].to_numpy()[place], _days(orders)[place] // 7
        orders = orders.loc[orders["customer_id"] >= 0, ["customer_id", "order_date", "amount"]]
        with warnings.catch_warnings():  # a doubtful fit still ranks customers, and tuning finds what it is worth
            warnings.simplefilter("ignore", ConvergenceWarning)
            history = purchase_history(orders, end=START + pd.Timedelta(days=7 * self.week - 1))
            try:
                self.purchases_ = BetaGeoModel().fit(history)
            except ConvergenceError:  # so few customers leave that their chances have no estimate
                self.purchases_ = NBDModel().fit(history)
        lines = firm.order_lines[["category", "amount"]].assign(customer_id=unit, week=week)
        lines = lines[(unit >= 0) & (lines["amount"] > 0) & ~np.isin(week % 52, PRESENTS)]
        counts = category_profiles(lines)
        self.segments_ = NeedsSegments(6).fit(counts)
        profiles = self.segments_.profiles_ / (counts.sum() / counts.to_numpy().sum())
        from scipy.optimize import linear_sum_assignment

        fits = np.array([profiles[LEADING[theme]].mean(axis=1) for theme in NEEDS])
        group = linear_sum_assignment(-np.log(fits))[1]
        self.categories, self.prior = counts.columns, np.log(self.segments_.sizes_.to_numpy()[group])
        self.lines_ = np.log(self.segments_.profiles_.to_numpy()[group]).T  # category, theme
        self._hold(belief=self.prior, sent=np.zeros((2, 2)))  # letters by opened, e-mail
        for _, now in lines.groupby(lines["week"] // 13):
            self._age()
            self._read_lines(now, now["customer_id"].to_numpy())
        asked = firm.answers.assign(customer_id=self.units(firm.answers["record_id"]))
        self.answers_ = AnswerModel().fit(asked, pd.DataFrame(self.beliefs(), columns=NEEDS))
        self.questions = self.answers_.response_rate_.index
        self._hold(asked=np.zeros(len(self.questions), bool))
        self._read_answers(asked, asked["customer_id"].to_numpy())
        self._read_contacts(firm.contacts)
        self.open_rate = self.sent[:, 1].sum(axis=0) / self.sent.sum(axis=(0, 1))
        test = firm.campaign_test
        self.uplift_ = TwoModelUplift().fit(test[FEATURES].astype(float), test["spend"], test["treated"])
        self._score()

    def copy(self):
        """A desk that learns on its own from here; the fitted models are shared."""
        new = copy(self)
        vars(new).update({k: v.copy() for k, v in vars(self).items() if isinstance(v, (np.ndarray, dict))})
        return new

    def see(self, view, steps="IDNC"):
        """Take in what a `View` shows of the week before, as far as these steps need it."""
        new, on, self.week = view.records.iloc[len(self.unit) :], set(steps), view.week
        if len(new):
            self.unit = np.append(self.unit, self.used + np.arange(len(new)))
            self.kind = np.append(self.kind, LISTS.get_indexer(new["system"]))
            self._grow(len(new))
        if view.first or not on:  # the desk was built from that history
            return
        unit = self._who(view.orders)
        if "D" in on:
            self._count(view.orders, unit)
        if {"I", "N"} <= on:
            self._read_contacts(view.contacts)
        if view.week % 13 == 0:
            self._age()
            if "D" in on:
                self._score()
        if "C" in on and (view.week - 1) % 52 not in PRESENTS:
            self._read_lines(view.order_lines, unit[_order(view.orders, view.order_lines)])
        if {"C", "N"} <= on and len(view.answers):
            self._read_answers(view.answers, self.units(view.answers["record_id"]))

    def beliefs(self, units=slice(None)):
        """Chance of each theme (units, `NEEDS`)."""
        chance = self.belief[units].T.copy()  # few long rows are faster than many short ones
        np.exp(chance - chance.max(axis=0), out=chance)
        return (chance / chance.sum(axis=0)).T

    def openings(self, units, email):
        """Chance that a unit opens a letter of this channel: its own record, and four letters of the average."""
        closed, opened = self.sent[units, 0, email], self.sent[units, 1, email]
        return (opened + 4 * self.open_rate[email]) / (closed + opened + 4)

    def ask(self, units):
        """The question put to each of these units now: at most one a month, and none twice; None for no question."""
        question = np.full(len(units), None, object)
        once = np.unique(units, return_index=True)[1]
        free = once[self.week >= self.asked_on[units[once]] + 4]
        gain = information_gain(pd.DataFrame(self.beliefs(units[free]), columns=NEEDS), self.answers_)
        gain = np.where(self.asked[units[free]], 0.0, gain)
        free, best = free[(gain > 0).any(axis=1)], gain.argmax(axis=1)[(gain > 0).any(axis=1)]
        question[free], self.asked_on[units[free]] = self.questions.to_numpy(object)[best], self.week
        self.asked[units[free], best] = True
        return question

    # -- how it learns -------------------------------------------------------------------------------------------------

    def _hold(self, **blank):
        """Keep an array by unit for each, in which a unit begins with this."""
        self.blank |= blank
        vars(self).update({name: np.repeat(np.array(one)[None], self.n, 0) for name, one in blank.items()})

    def _grow(self, more):
        self.used += more
        if self.used > self.n:  # with room for those who come later
            more, self.n = self.used + self.n // 20 - self.n, self.used + self.n // 20
            for name, one in self.blank.items():
                setattr(self, name, np.concatenate([getattr(self, name), np.repeat(np.array(one)[None], more, 0)]))

    def units(self, record_ids):
        place = whole_numbers(record_ids)
        return np.where(place < 0, -1, self.unit[place])

    def _who(self, orders):
        """Unit of each order, -1: unknown. A token that one unit alone has used names who bought anonymously.

        As if read one by one: a token belongs to the first unit that shows it, until another one shows it too.
        """
        unit, token = self.units(orders["record_id"]), whole_numbers(orders["payment_token"])
        if not self.linked:
            return unit
        rows = np.flatnonzero(token >= 0)
        token, code = np.unique(token[rows], return_inverse=True)
        mine, at, order, none = unit[rows], np.searchsorted(self.token, token), np.arange(len(rows)), len(rows)
        known, old = mine >= 0, np.append(self.token, -1)[at] == token
        begin, end = np.where(old, -1, none), np.full(len(token), none)
        np.minimum.at(begin, code[known], order[known])
        new = ~old & (begin < none)
        owner = np.where(old, np.append(self.owner, -1)[at], np.append(mine, -1)[begin])
        theirs = owner[code]
        other = known & (theirs >= 0) & (mine != theirs)
        place = whole_numbers(orders["record_id"])[rows]
        same = other & (place >= len(self.ids)) & ~self.known[mine]  # a record opened since: the same person
        np.minimum.at(end, code[other & ~same], order[other & ~same])  # a family's card
        moves = (begin[code] < order) & (order < end[code]) & (same | ~known)
        unit[rows[moves]], same = theirs[moves], same & moves
        self.unit[place[same]] = theirs[same]
        owner = np.where(end < none, -1, owner)
        self.owner[at[old]] = owner[old]
        self.token, self.owner = np.insert(self.token, at[new], token[new]), np.insert(self.owner, at[new], owner[new])
        return unit

    def _count(self, orders, unit):
        known = unit >= 0
        unit, day = unit[known], _days(orders)[known]
        self.orders += np.bincount(unit, minlength=self.n)
        np.add.at(self.spend, unit, orders["amount"].to_numpy()[known])
        both = np.sort(unit * 10**5 + day)
        self.days += np.bincount(both[np.diff(both, prepend=-1) > 0] // 10**5, minlength=self.n)
        np.minimum.at(self.first, unit, day)
        np.maximum.at(self.last, unit, day)

    def _read_lines(self, lines, unit):
        place = self.categories.get_indexer(lines["category"].to_numpy(object))
        good = (unit >= 0) & (place >= 0) & (lines["amount"].to_numpy() > 0)
        np.add.at(self.belief, unit[good], self.lines_[place[good]])

    def _read_answers(self, answers, unit):
        table, good = self.answers_.probabilities_, unit >= 0
        code = table.index.get_indexer(pd.MultiIndex.from_frame(answers[["question", "answer"]]))
        self.asked[unit[good], self.questions.get_indexer(answers["question"])[good]] = True
        good &= code >= 0
        np.add.at(self.belief, unit[good], np.log(table.to_numpy()[code[good]]))

    def _read_contacts(self, contacts):
        unit = self.units(contacts["record_id"])
        opened, email = contacts["opened"].to_numpy(int), (contacts["channel"] == "email").to_numpy(int)
        np.add.at(self.sent.reshape(-1), 4 * unit + 2 * opened + email, 1.0)

    def _age(self):
        beliefs = self.beliefs(slice(self.used))
        self.belief[: self.used] = np.log((1 - DRIFT) * beliefs + DRIFT * np.exp(self.prior))

    def _score(self):
        """Expected spend in a quarter (`value`) and what a letter is expected to add to it (`uplift`), each unit."""
        bought, now = np.flatnonzero(self.days > 0), 7 * self.week
        first, last = self.first[bought], self.last[bought]
        history = {"frequency": self.days[bought] - 1, "recency": (last - first) / 7, "T": (now - 1 - first) / 7}
        expected = self.purchases_.expected_purchases(pd.DataFrame(history), future_t=13).to_numpy()
        mean = self.spend[: self.used].sum() / self.orders.sum()
        self.value[:] = 0.0
        self.value[bought] = expected * (self.spend[bought] + 2 * mean) / (self.orders[bought] + 2)
        since = np.where(self.days > 0, np.floor((now - np.maximum(self.last, 0)) / 7), np.nan)
        lists = np.zeros((self.n, len(LISTS) + 1))  # the last one of those on none
        lists[self.unit, self.kind] = 1
        seen = np.column_stack([self.orders, self.spend, since, lists[:, :2]])[: self.used]
        self.uplift[: self.used] = self.uplift_.predict(pd.DataFrame(seen, columns=FEATURES))


def _days(orders):
    """Days since START."""
    date = orders["order_date"].to_numpy().astype("datetime64[D]")
    return (date - np.datetime64(START, "D")).astype(int)


def _order(orders, lines):
    """Row of each line's order: orders come in the order of their numbers."""
    return np.searchsorted(whole_numbers(orders["order_id"]), whole_numbers(lines["order_id"]))
