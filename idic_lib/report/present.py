"""What is there today: reading, coverage, sales, concentration, frequency, RFM, tiers, cohorts."""

import numpy as np
import pandas as pd

from .. import differentiate
from .._intervals import wilson
from ..identify import identification_coverage

#: Lower ends of the groups of purchase days, and less one those of repeats.
BINS = np.array([1, 2, 3, 4, 5, 6, 11, 21, 51, 101])
ENDS = [0.025, 0.975]
#: Notes of the reading that belong among the cautions.
_GRAVE = ("dated after today", "count as one", "does not know", "not subtracted", "no column of customers is read",
          "the only column that tells customers apart", "count as unknown")  # fmt: skip


def bin_names(edges):
    """Names of the groups that begin at `edges`: "1", "6-10", "101+"."""
    return [str(a) if b == a + 1 else f"{a}-{b - 1}" for a, b in zip(edges, edges[1:])] + [f"{edges[-1]}+"]


def draws_for(n):
    """How many times `n` customers are drawn again: fewer for large files, whose intervals are narrow."""
    return int(np.clip(2e7 // n, 40, 200))


def reading(out):
    """What was taken for what, what became of each row, and one row an order."""
    audit, s = out.audit, out.settings
    pairs = [(role, audit.columns.get(role, "(not in the file)")) for role in out.orders]
    out.table("reading", pd.DataFrame(pairs, columns=["meaning", "column_of_the_file"]))
    kinds = [("read", audit.rows_read), ("used", audit.rows_used)]
    kinds += [(f"set aside: {r.reason}", int(r.rows)) for r in audit.reasons.itertuples()]
    rows = pd.DataFrame(kinds, columns=["what", "rows"])
    out.table("audit", rows.assign(share_of_rows_read=rows["rows"] / max(audit.rows_read, 1)))
    out.table("notes", pd.DataFrame({"note": list(audit.notes)}, dtype=object))
    out.sections += ["reading", "audit"]
    orders = out.orders[["order_id", "customer_id", "order_date", "amount"]]
    if orders["order_id"].duplicated().any():
        # A till that starts again each day: one id with two customers is two orders.
        ids, who = (pd.factorize(orders[c])[0].astype(np.int64) for c in ("order_id", "customer_id"))
        how = {"order_id": "first", "customer_id": "first", "order_date": "min", "amount": "sum"}
        orders = orders.groupby(ids * (who.max() + 2) + who, sort=False).agg(how)
    out.baskets = orders.reset_index(drop=True)
    days = (s["last_day"] - s["first_day"]).days + 1
    out.facts |= {"days": days, "read": audit.rows_read, "used": audit.rows_used, "aside": audit.rows_set_aside,
                  "months": days / 30.4375}  # fmt: skip
    out.first("rows", audit.rows_read)
    out.first("orders", len(orders))
    out.first("sales", orders["amount"].sum())
    out.say("methods", "reading")
    grave = [note for note in audit.notes if any(words in note for words in _GRAVE)]
    out.cautions += grave
    # A few days after a long silence are slips; days without a break are a file that was made for another year.
    day, now = out.baskets["order_date"].dt.normalize(), pd.Timestamp.now()
    out.facts["odd_dates"] = day[day > now].nunique() < 0.1 * (day.max() - now).days
    size = np.sort(orders["amount"].to_numpy(float))
    size, m = np.log10(size[size > 0]), len(size) // 100
    if len(size) >= 200:  # one amount out of all proportion, or two heaps with hardly any between
        far, middle = size[-1] - np.quantile(size, 0.99), size[len(size) // 20 : -(len(size) // 20)]
        out.facts |= {"giant": 10 ** int(far), "apart": (middle[m:] - middle[:-m]).max()}
        out.warn(giant=far >= 2, heaps=out.facts["apart"] >= 1)


def coverage(out):
    """Whose orders are known, and sales by month."""
    baskets, s = out.baskets, out.settings
    month = baskets["order_date"].dt.strftime("%Y-%m").rename("month")
    table, total = identification_coverage(baskets, by=month), identification_coverage(baskets).iloc[0]
    names = {"amount": "sales", "known_amount": "known_sales", "amount_share": "sales_share"}
    known, table = baskets["customer_id"].notna(), table.rename(columns=names)
    table["customers"] = baskets["customer_id"].groupby(month).nunique().reindex(table.index, fill_value=0)
    out.table("coverage", table.reset_index(), count="customers")
    begin = pd.to_datetime(table.index + "-01")
    end = begin + pd.offsets.MonthEnd(0)
    seen = (np.minimum(end, s["last_day"]) - np.maximum(begin, s["first_day"])).days + 1
    sales = table[["orders", "customers", "sales"]].assign(mean_order=table["sales"] / table["orders"], days_seen=seen)
    sales = sales.assign(whole_month=seen == end.day).reset_index()
    out.table("sales", sales, count="customers", keep=["days_seen"])
    out.sections += ["coverage", "sales"]
    share, worth = total["order_share"], np.nan_to_num(total["amount_share"])
    out.facts |= {"known_sales": worth, "unknown": 1 - share}
    out.first("known", share)
    if share == 0:
        out.say("omissions", "nobody")
        return
    out.warn(unknown=share < 0.9)
    out.known = baskets[known]
    out.history = differentiate.purchase_history(out.known, end=s["last_day"], time_unit=s["time_unit"])
    rows = out.history.join(out.known.groupby("customer_id")["amount"].sum().rename("sales"))
    # What is drawn by lot is drawn over customers in the order of their numbers, never of their names or the file.
    order = ("sales", "monetary_value", "T", "recency", "frequency")
    count = out.known["customer_id"].value_counts()
    several = count / (rows["frequency"].reindex(count.index) + 1) >= 1.5
    till = count[(count >= 0.05 * count.sum()) & (several | (count >= 5 * count.quantile(0.99)))]
    out.facts |= {"till": len(till), "till_share": till.sum() / count.sum()}
    out.warn(till=len(till) and len(rows) >= 20)
    out.customers = rows.iloc[np.lexsort([rows[c].round(6) for c in order])]
    out.values, out.facts["n"] = out.customers["sales"], len(rows)
    out.first("customers", len(rows))
    out.say("methods", "coverage")


def concentration(out):
    """Who holds the sales, beside what luck alone would show; and the fifths by sales."""
    value, n = out.values, len(out.values)
    if not value.sum() > 0 or n < 10:
        out.say("omissions", "handful" if value.sum() > 0 else "worthless")
        return
    rng, array, points = out.rng(1), value.to_numpy(), min(101, n // 5 + 1)  # a step is at least five customers
    amounts = np.sort(out.known["amount"].to_numpy())
    deals = max(20, draws_for(len(amounts)) // 4)
    out.luck = differentiate.luck_line(amounts, n, replications=deals, points=points, seed=rng)
    found, fifths, shares, held = differentiate.concentration(value), differentiate.value_groups(value, 5), [], []
    for _ in range(draws_for(n)):
        again = array[rng.integers(n, size=n)]
        if again.sum() > 0:
            shares.append(differentiate.concentration(again))
            held.append(np.bincount(differentiate.value_groups(again, 5).cat.codes, again, 6) / again.sum())
    low, high = np.quantile(shares, ENDS, axis=0)
    table = pd.DataFrame({"measure": found.index, "observed": found.to_numpy(), "low": low, "high": high})
    table = table.join(out.luck.shares.reset_index(drop=True).add_prefix("luck_"))
    small = [*(n * k // 100 < 5 for k in (1, 5, 10, 20)), False]
    table.loc[small, table.columns[1:]] = np.nan
    out.table("concentration", table)
    curve = out.luck.lorenz.rename(columns={"mean": "luck_mean", "low": "luck_low", "high": "luck_high"})
    curve.insert(1, "observed", differentiate.lorenz_points(value, points=points)["share_of_value"])
    out.table("lorenz", curve)
    if not small[3]:
        out.facts["draws"] = len(shares)
        out.first("top", *table.loc[3, ["observed", "low", "high"]])
        out.first("luck", *out.luck.shares.loc["top_20"])
        out.say("methods", "top")
    grouped = out.customers.assign(tier=fifths, often=out.customers["frequency"] + 1).groupby("tier", observed=False)
    tiers = grouped.agg(customers=("sales", "size"), sales=("sales", "sum"), mean_purchases=("often", "mean"))
    low, high = np.quantile(held, ENDS, axis=0)
    tiers = tiers.assign(share_of_sales=tiers["sales"] / value.sum(), low=low, high=high).reset_index()
    tiers["tier"] = ["no sales", *(f"fifth {k}" for k in range(1, 6))]
    out.table("tiers", tiers[tiers["customers"] > 0].iloc[::-1], count="customers")
    out.sections += ["concentration", "tiers"]
    out.warn(tiers=True)


def frequency(out):
    """How often customers bought, and the cells of recency and frequency."""
    rows, n = out.customers, len(out.customers)
    group = np.searchsorted(BINS, rows["frequency"] + 1, side="right") - 1
    count = np.bincount(group, minlength=len(BINS))
    low, high = wilson(count / n, n)
    table = pd.DataFrame(
        {"purchases": bin_names(BINS), "customers": count, "share": count / n, "low": low, "high": high}
    )
    out.table("frequency", table.iloc[: count.nonzero()[0].max() + 1], count="customers")
    out.sections.append("frequency")
    if (rare := min(count[0], n - count[0])) == 0 or rare >= 5:
        out.first("once", *table.loc[0, ["share", "low", "high"]])
        out.say("methods", "once")
    if n < out.facts["fewest"]:
        out.say("omissions", "no rfm")
        return
    out.scores = differentiate.rfm_scores(rows, monetary="sales")
    cells = rows.join(out.scores).groupby(["recency_score", "frequency_score"])["sales"].agg(["size", "sum"])
    cells = cells.reset_index().rename(columns={"size": "customers", "sum": "sales"})
    cells["share_of_customers"], total = cells["customers"] / n, rows["sales"].sum()
    cells["share_of_sales"] = cells["sales"] / (total if total > 0 else np.nan)
    out.table("rfm", cells, count="customers", keep=["recency_score", "frequency_score"])
    out.sections.append("rfm")


def cohorts(out):
    """Customers by the period of their first purchase: how many bought again, period after period."""
    days, last = out.facts["days"], out.settings["last_day"]
    out.facts["kind"] = kind = "month" if days <= 550 else "quarter" if days <= 1830 else "year"
    table = differentiate.cohort_table(out.known, period=kind[0].upper(), end=last).reset_index()
    if table["age"].max() == 0:
        out.say("omissions", "no cohorts")
        return
    n, age, share = table["customers"], table["age"], table["share_active"]
    low, high = (end.where(age > 0) for end in wilson(share, n))  # at age 0 all are there by definition
    first, newest = table["cohort"] == table["cohort"][0], age == age.groupby(table["cohort"]).transform("max")
    now, tomorrow = (day.to_period(kind[0].upper()) for day in (last, last + pd.Timedelta(days=1)))
    notes = [(first, "first cohort: may have bought before the file begins"),
             (newest & (now == tomorrow), "period not over")]  # fmt: skip
    note = ["; ".join(text for hit, (_, text) in zip(row, notes) if hit) for row in zip(*(hits for hits, _ in notes))]
    table = table.assign(period_kind=kind, low=low, high=high, note=note)
    columns = ["cohort", "period_kind", "age", "customers", "active", "share_active", "low", "high", "sales", "note"]
    shown, size = table[columns], n[age == 0]
    shown = shown.assign(active=shown["active"].where(n >= 5, n))  # a small cohort hides all its rows
    out.table("cohorts", shown, count="active", keep=["age"])
    out.sections.append("cohorts")
    out.facts |= {"first": int(size[0]), "first_share": size[0] / size.sum(), "cohort": table["cohort"][0]}
    out.warn(first_cohort=size[0] >= 5)
