"""Whom to contact, within budget, consent and patience; and what a policy earns, read off a randomised test."""

from collections import namedtuple

import numpy as np
import pandas as pd

from .._guards import refuse_if, share
from .effects import _arms, _arrays, _difference, _interval, _zero_one

__all__ = ["PolicyValue", "contact_policy", "policy_value"]


class PolicyValue(namedtuple("PolicyValue", "estimate low high se share_contacted n")):
    """Money per customer of the list with its interval and standard error; share contacted, customers of the list."""


def contact_policy(value, *, cost, budget=None, consent, contacts_so_far=None, limit=None):
    """The customers worth contacting who may be contacted, as many as the budget pays for.

    Taken in are customers who consent, had fewer contacts than the limit, and whose value exceeds the cost; of these
    the first by value (by value per cost, where costs differ) whose costs together stay within the budget. Between
    equal customers the earlier row comes first.

    Parameters
    ----------
    value : Series by customer
        What a contact is expected to bring, before its cost: margin times uplift, in money.
    cost : float or Series
        Of a contact, 0 or more, in the same money.
    budget : float, optional
        For all contacts together.
    consent : Series by customer, or array
        May the firm contact this customer? Missing means no; but a customer who does not occur here is an error. A
        customer made of several records consents if all of them do: ``consent.eq(True).groupby(links).all()``.
    contacts_so_far : Series by customer, or array, optional
        Contacts in the time that `limit` is about.
    limit : int, optional
        A customer with this number of contacts, or more, gets no other. Needs `contacts_so_far`.

    Returns
    -------
    Series
        True and False on the index of `value`, named "contact".

    Raises
    ------
    DataError
        For customers without a row in consent, cost or contacts, missing values (but in consent), consent that is
        neither true nor false, a negative cost or budget, a limit without contacts or contacts without a limit.
    """
    index = value.index if isinstance(value, pd.Series) else pd.RangeIndex(len(value))
    refuse_if(index.has_duplicates, "a customer occurs twice in value", advice="group by customer_id first")
    refuse_if((limit is None) != (contacts_so_far is None), "limit and contacts_so_far belong together")
    for name, amount in (("budget", budget), ("limit", limit)):
        refuse_if(amount is not None and not amount >= 0, f"{name}={amount!r} is not a number of 0 or more")
    given = {"value": value, "consent": _consent(consent), "cost": _column(cost, index)}
    given["contacts_so_far"] = _column(0 if limit is None else contacts_so_far, index)
    value, consent, cost, contacts = _arrays(index, more=True, **given)
    refuse_if(cost < 0, "cost is below 0", column="cost", rows=pd.Series(cost, index))
    good = (consent == 1) & (value > cost) & (contacts < (np.inf if limit is None else limit))
    if budget is not None:
        worth = np.divide(value, cost, out=np.full(len(cost), np.inf), where=cost > 1e-200)  # smaller is free
        order = np.flatnonzero(good)[np.argsort(-worth[good], kind="stable")]
        good[order[np.cumsum(cost[order]) > budget * (1 + 1e-12)]] = False  # 3 times 0.1 is not above 0.3
    return pd.Series(good, index, name="contact")


def _column(value, index):
    """One number for all as a column."""
    return pd.Series(value, index) if np.isscalar(value) else value


def _consent(consent):
    """Consent as 0/1; missing is 0, and anything but true and false an error."""
    known = pd.Series(consent, dtype=object)
    bad = known.notna() & ~known.isin([True, False])
    refuse_if(bad, "consent is neither true nor false", column="consent", rows=known,
              allowed="True, False or missing (no)", advice='compare first, as `consent == "yes"`')  # fmt: skip
    yes = known.isin([True]).astype(int)
    return yes if isinstance(consent, pd.Series) else yes.to_numpy()


def policy_value(outcome, treated, chosen, *, cost=0.0, margin=1.0, level=0.95, against=None):
    r"""What a contact policy earns per customer, against contacting nobody, on a test that was drawn by lot.

    The policy is not run again: among the customers it would contact, the arms of the test show what the contact
    brings. With the share :math:`w`, the arms' means :math:`\bar y` and the mean cost :math:`\bar c` of the chosen,

    .. math:: \text{value} = w \, (\text{margin} \, (\bar y_{treated} - \bar y_{control}) - \bar c) .

    Against another policy only those count who are contacted by one and not by the other: the paired difference,
    whose interval is narrower than the two apart let one think. Judge a policy on customers that it did not learn from.

    Parameters
    ----------
    outcome, treated : Series or array
        As in `effect`, for all customers of the test.
    chosen : Series or array
        1 or True for those whom the policy contacts.
    cost : float or Series
        Of a contact, in money.
    margin : float
        Contribution in one unit of the outcome.
    level : float
        Of the interval: Welch's, with the part that comes from who happens to be in the list.
    against : Series or array, optional
        The policy to compare with, 1 or True for those whom it contacts.

    Returns
    -------
    PolicyValue
        Money per customer of the whole list.

    Raises
    ------
    DataError
        As `effect`; and if fewer than two chosen customers are in an arm.
    """
    level = share(level, "level")
    n = np.shape(outcome)
    given = {"chosen": chosen, "against": np.zeros(n) if against is None else against}
    given["cost"] = np.full(n, float(cost)) if np.isscalar(cost) else cost
    outcome, treated, chosen, against, cost = _arms(outcome, treated, **given)
    chosen, against = _zero_one(chosen, "chosen"), _zero_one(against, "against")
    sign = chosen.astype(int) - against
    parts, worth = [], np.zeros(n)
    for one in np.unique(sign[sign != 0]):
        rows = sign == one
        arms = treated[rows]
        few = min(arms.sum(), (~arms).sum()) < 2  # in an arm, of those whom it contacts (or one of two does)
        refuse_if(few, "the policy is decided by fewer than two customers of an arm", advice="judge on a larger test")
        (mean_treated, mean_control), variances = _difference(outcome[rows], arms)
        worth[rows] = one * (margin * (mean_treated - mean_control) - cost[rows].mean())
        parts += [(variance * (margin * rows.mean()) ** 2, freedom) for variance, freedom in variances]
    parts.append((worth.var() / len(worth), len(worth) - 1))  # another list would hold other customers
    low, high, se, _ = _interval(float(worth.mean()), parts, level)
    return PolicyValue(float(worth.mean()), low, high, se, float(chosen.mean()), len(chosen))
