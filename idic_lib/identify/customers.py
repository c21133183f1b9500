"""What linking is worth: customers on orders, quality against the truth, coverage, and the payoff of knowing."""

from typing import NamedTuple

import narwhals as nw
import numpy as np
import pandas as pd

from .._guards import refuse_if, whole
from .._intervals import wilson
from ..errors import DataError
from .records import needs, text_ids


def _by_record(series, name):
    found = series.set_axis(text_ids(series.index.to_series())) if isinstance(series, pd.Series) else None
    good = found is not None and found.index.is_unique and not found.index.hasnans and not found.isna().any()
    refuse_if(not good, f"{name} is not a Series with one id for each record_id, none missing",
              advice="give what `link_records` gives, and `firm.truth['records']`")  # fmt: skip
    return found


def assign_customers(orders, links):
    """Give every order the customer whose record it carries.

    Parameters
    ----------
    orders : DataFrame
        With `record_id`; missing where nobody showed a record. Ids are compared as text, 7 and 7.0 alike.
    links : Series by record_id
        From `link_records`.

    Returns
    -------
    DataFrame
        A copy with `customer_id` (text, missing stays missing), which the other steps need.

    Raises
    ------
    DataError
        Where an order carries a record that `links` does not know, and where orders is no pandas frame or links no
        Series with one id for each record.
    """
    needs(orders, "orders", "record_id")
    record = text_ids(orders["record_id"])
    customer = record.map(_by_record(links, "links")).astype("str")
    lost = record.notna() & customer.isna()
    refuse_if(lost, "orders carry records that links does not know", column="record_id", rows=orders,
              advice="link all records of the firm together: `link_records(records)`")  # fmt: skip
    return orders.assign(customer_id=customer)


def linkage_quality(links, truth):
    """Precision, recall and F1 of pairs and of whole clusters.

    Pairs are counted from cluster sizes, never listed. A cluster is right if it holds all records of one person and no
    other; so a person with a single record, left alone, is a right cluster too, and cluster figures read higher than
    pair figures where most people have one record.

    Parameters
    ----------
    links, truth : Series by record_id
        Customer found and true person of the same records.

    Returns
    -------
    Series
        precision, recall, f1, cluster_precision, cluster_recall, cluster_f1. Without any pair found, precision is 1;
        without any true pair, recall is 1.

    Raises
    ------
    DataError
        If either is no Series with one id for each record, or they are not of the same records.
    """
    links, truth = _by_record(links, "links"), _by_record(truth, "truth")
    lost = links.index.symmetric_difference(truth.index)
    refuse_if(len(lost), f"links and truth are not of the same records: {len(lost):,} are in one of them only",
              rows=lost.to_series(name="record_id"), advice="give both the same; if unlinked, its own id")  # fmt: skip
    size = pd.DataFrame({"link": links, "true": truth}).groupby(["link", "true"]).size()
    sides = [size.groupby(name) for name in ("link", "true")]
    pairs = [(n * (n - 1) / 2).sum() for n in (size, *(side.sum() for side in sides))]
    right = np.logical_and(*(size == side.transform("sum") for side in sides)).sum()
    clusters, out = (right, *(side.ngroups for side in sides)), {}
    for prefix, (hits, claimed, there) in {"": pairs, "cluster_": clusters}.items():
        precision, recall = hits / claimed if claimed else 1.0, hits / there if there else 1.0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        out |= {f"{prefix}precision": precision, f"{prefix}recall": recall, f"{prefix}f1": f1}
    return pd.Series(out)


def linkage_calibration(pairs, truth, *, bins=10):
    """Is a pair scored 0.9 the same person nine times in ten?

    Parameters
    ----------
    pairs : DataFrame
        From `score_pairs`.
    truth : Series by record_id
        True person of every record in `pairs`.
    bins : int or sequence of float
        Number of bins of equal width over 0 to 1, or their edges, rising; pairs outside the edges are not counted.

    Returns
    -------
    DataFrame indexed by bin (interval of probability)
        `pairs`, `predicted` (mean probability), `observed` (share of one person), `low`, `high` (95 % interval of the
        share after Wilson 1927, as if pairs were independent). Empty bins are left out.

    Raises
    ------
    DataError
        If a probability is none, `truth` lacks a record, or `bins` are neither a number nor rising edges.
    """
    needs(pairs, "pairs", "record_id_l", "record_id_r", "match_probability")
    truth = _by_record(truth, "truth")
    left, right = (truth.reindex(text_ids(pairs[f"record_id_{side}"])).to_numpy() for side in "lr")
    lost = int((pd.isna(left) | pd.isna(right)).sum())
    refuse_if(lost, f"truth lacks records of {lost:,} pair(s): give the true person of every record scored")
    p = pd.to_numeric(pairs["match_probability"], errors="coerce")
    refuse_if(~p.between(0, 1), "this is no probability", column="match_probability", rows=pairs, allowed="0 to 1")
    edges = np.linspace(0, 1, whole(bins, "bins", 1) + 1) if np.ndim(bins) == 0 else bins
    edges = pd.to_numeric(pd.Series(edges, dtype=object), errors="coerce").to_numpy(float)
    refuse_if(len(edges) < 2 or ~(np.diff(edges) > 0), f"bins={bins!r} are no edges", allowed="two or more, rising")
    same = pd.Series(left == right, index=pairs.index, dtype=float)
    grouped = pd.DataFrame({"p": p, "same": same}).groupby(pd.cut(p, edges, include_lowest=True), observed=True)
    out = grouped.agg(pairs=("p", "size"), predicted=("p", "mean"), observed=("same", "mean"))
    low, high = wilson(out["observed"], out["pairs"])
    return out.assign(low=low, high=high).rename_axis("match_probability")


def recover_orders(orders):
    """Give anonymous orders the customer who paid with the same token elsewhere.

    A token (a card, hashed by the till) that is seen with exactly one customer lends this customer to its anonymous
    orders; one seen with several (a family's card) decides nothing.

    Parameters
    ----------
    orders : DataFrame
        `payment_token` (missing: cash) and `customer_id`, missing where anonymous. Without `customer_id`, `record_id`
        takes its place.

    Returns
    -------
    DataFrame
        A copy, every row kept, with `customer_id` filled and `recovered`: "recorded", "token", "ambiguous token" or
        "unknown". ``out["recovered"].value_counts()`` is the account.

    Raises
    ------
    DataError
        If orders is no pandas frame or lacks these columns.
    """
    buyer = "customer_id" if isinstance(orders, pd.DataFrame) and "customer_id" in orders else "record_id"
    needs(orders, "orders", "payment_token", buyer)
    known, token = text_ids(orders[buyer]), text_ids(orders["payment_token"])
    owners = known.groupby(token).agg(["nunique", "first"]).reindex(token)
    count = owners["nunique"].fillna(0).to_numpy()
    how = np.select([known.notna(), count == 1, count > 1], ["recorded", "token", "ambiguous token"], "unknown")
    lent = pd.Series(owners["first"].to_numpy(), index=orders.index, dtype="str")
    return orders.assign(customer_id=known.where(how != "token", lent), recovered=how)


def identification_coverage(orders, by=None):
    """Share of orders and of money whose buyer is known, in all or per group.

    Parameters
    ----------
    orders : dataframe of any engine
        `customer_id` (missing: buyer unknown) and `amount`.
    by : str, list of str or Series, optional
        Column or columns to group by; or, for a pandas frame, a Series on its index, such as
        ``orders["order_date"].dt.to_period("M").rename("month")``.

    Returns
    -------
    dataframe of the kind that came in, sorted by group; pandas: indexed by it, else its columns come first
        `orders`, `amount`, `known_orders`, `known_amount`, `order_share`, `amount_share` (0 to 1; missing where there
        is nothing to share). Lazy stays lazy.

    Raises
    ------
    DataError
        If orders is no dataframe or lacks a column, amounts are no numbers, or a group has the name of a result.
    """
    names = [by] if np.ndim(by) == 0 and by is not None else list(() if by is None else by)
    if isinstance(by, pd.Series):
        names, fits = [by.name or "group"], isinstance(orders, pd.DataFrame) and by.index.equals(orders.index)
        refuse_if(not fits, "by is a Series that does not have the index of orders (a pandas frame)",
                  advice="compute it from orders, or name a column")  # fmt: skip
        orders = orders.assign(**{names[0]: by.astype(str)})
    frame = nw.from_native(orders, pass_through=True)
    refuse_if(not isinstance(frame, (nw.DataFrame, nw.LazyFrame)), f"orders is {type(orders)}, not a dataframe")
    schema, totals = frame.collect_schema(), ["orders", "amount", "known_orders", "known_amount"]
    needs(schema, "orders", "customer_id", "amount", *names)
    refuse_if(not schema["amount"].is_numeric(), "not numbers", column="amount", advice="convert it: `.astype(float)`")
    clash = len({"customer_id", *totals, *names}) < 5 + len(names)
    refuse_if(clash, f"by={names}: twice the same, or the name of a column of the result", advice="rename it")
    known, amount = ~nw.col("customer_id").is_null(), nw.col("amount").cast(nw.Float64)
    sums = frame.with_columns(amount=amount, orders=nw.lit(1), known_orders=known.cast(nw.Int64),
                              known_amount=nw.when(known).then(amount).otherwise(0.0))  # fmt: skip
    sums = (sums.group_by(*names).agg if names else sums.select)(nw.col(*totals).sum())
    out = sums.select(*names, *(nw.col(name).cast(nw.Float64 if "amount" in name else nw.Int64) for name in totals))
    share = {name: nw.col(f"known_{name}") / nw.when(nw.col(name) != 0).then(nw.col(name)) for name in totals[:2]}
    out = out.with_columns(order_share=share["orders"], amount_share=share["amount"])
    out = (out.sort(*names, nulls_last=True) if names else out).to_native()
    return out if not isinstance(out, pd.DataFrame) else out.set_index(names) if names else out.set_axis(["all"])


class Payoff(NamedTuple):
    """What `identification_payoff` finds: `net_value` of knowing a customer, `break_even` in orders a year (arrays)."""

    net_value: np.ndarray
    break_even: np.ndarray


def identification_payoff(margin, repeat_rate, *, order_value, uplift, cost, cost_per_year=0.0, retention=0.7,
                          discount_rate=0.2, years=3):  # fmt: skip
    r"""Is it worth knowing who a customer is?

    Knowing lets the firm remember, remind and recommend, which raises the yearly contribution by the share `uplift`.
    With :math:`q = \text{retention} / (1 + \text{discount rate})` and :math:`S = \sum_{t=0}^{years-1} q^t`,

    .. math:: \text{net value} = S\,(\text{repeat rate} \cdot \text{order value} \cdot \text{margin} \cdot
              \text{uplift} - \text{cost per year}) - \text{cost}

    and it breaks even at a repeat rate of
    :math:`(\text{cost}/S + \text{cost per year}) / (\text{order value} \cdot \text{margin} \cdot \text{uplift})`.

    Parameters
    ----------
    margin : float or array
        Contribution as a share of the order value, 0 to 1.
    repeat_rate : float or array
        Orders of an active customer in a year.
    order_value, cost, cost_per_year : float or array
        Money: mean order; cost to identify once; cost to keep the record and talk to the customer for a year.
    uplift : float or array
        Relative rise of the contribution that knowing allows; the assumption to doubt (a test measures it).
    retention, discount_rate : float or array
        Share of customers still active after a year; yearly interest.
    years : int
        Horizon; the first year counts in full.

    Returns
    -------
    Payoff
        All arguments broadcast: ``identification_payoff(margins[:, None], rates[None, :], ...)`` is a heat map. Where
        margin or uplift is 0, the break-even is infinite.

    Raises
    ------
    DataError
        For terms that are no finite numbers in their range, or whose shapes do not broadcast.
    """
    given = {"margin": margin, "repeat_rate": repeat_rate, "order_value": order_value, "uplift": uplift, "cost": cost,
             "cost_per_year": cost_per_year, "retention": retention, "discount_rate": discount_rate}  # fmt: skip
    try:
        np.broadcast_shapes(*(np.asarray(value, float).shape for value in given.values()))
    except (TypeError, ValueError) as error:
        raise DataError(f"{', '.join(given)} are not numbers whose shapes fit together: {error}.") from error
    for name, value in given.items():
        top, array = 1.0 if name in ("margin", "retention") else np.inf, np.asarray(value, float)
        given[name], bad = array, ~((array >= 0) & (array <= top) & np.isfinite(array))
        refuse_if(bad, f"{name}={value!r} is out of range", allowed=f"finite numbers from 0 to {top:g}")
    margin, rate, value, uplift, cost, yearly, stay, interest = given.values()
    expected_years = ((stay / (1 + interest))[..., None] ** np.arange(whole(years, "years", 1))).sum(axis=-1)
    per_order = value * margin * uplift
    net = expected_years * (rate * per_order - yearly) - cost
    with np.errstate(divide="ignore", invalid="ignore"):
        even = np.where(per_order > 0, (cost / expected_years + yearly) / per_order, np.inf)
    return Payoff(net, even)
