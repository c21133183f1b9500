"""Make the table of errors in lifetime value on the firm Chai & Ketab again: ``datasets/firm_clv_waterfall.csv``.

python datasets/make/firm_clv_waterfall.py

One firm of 157 weeks a seed, cut after week 104: fitted on what was bought before the cut, compared with what the same
customers bought in the twelve months (365 days) after it. Takes about a minute on one core.
"""

from pathlib import Path
from unittest import mock

import pandas as pd

from idic_lib import differentiate, lifetime_value
from idic_lib.firm import START, history, make_firm
from idic_lib.firm.people import DROPOUT, RATE, SPEND

FILE = Path(__file__).resolve().parent.parent / "firm_clv_waterfall.csv"
SEEDS = range(20, 30)
#: The firm has 157 weeks, not 156, because twelve months are a day longer than 52 weeks.
PEOPLE, WEEKS, CUT_WEEK = 4000, 157, 104
CUT = START + pd.Timedelta(weeks=CUT_WEEK)
END = CUT + pd.Timedelta(days=365)
MARGIN, MONTHLY = 0.40, 1.12 ** (1 / 12) - 1
AS_NOW = history.wave


def no_letters(week, *args):
    """The newsletter ends at the cut."""
    return None if week >= CUT_WEEK else AS_NOW(week, *args)


def fitting_letters(week, people, *args):
    """From the cut on, each letter has the theme of its reader's main need."""
    sent = AS_NOW(week, people, *args)
    if sent is not None and week >= CUT_WEEK:
        sent["theme"] = people["need"][sent["who"], week // 13].astype("int64")
    return sent


def orders_of(world, seed, wave=AS_NOW, **switches):
    """Orders of a firm with the true person beside the record, and the person of each record."""
    with mock.patch.object(history, "wave", wave):
        firm = make_firm(PEOPLE, WEEKS, seed, world, detail=False, **switches)
    orders = firm.orders[["record_id", "order_date", "amount"]]
    return orders.assign(person=firm.truth["orders"].to_numpy()), firm.truth["records"]


def next_year(orders):
    """What each customer from before the cut brings in the twelve months after it, discounted as in the forecast."""
    later = orders[(orders["order_date"] >= CUT) & (orders["order_date"] < END)]
    month = (later["order_date"] - CUT).dt.days // 30.4375 + 1
    value = MARGIN * later["amount"] / (1 + MONTHLY) ** month
    customers = orders.loc[orders["order_date"] < CUT, "person"].unique()
    return value.groupby(later["person"]).sum().reindex(customers, fill_value=0.0)


def forecast(orders, key, models=None):
    """Lifetime value and spend (all, and of the last 26 weeks) by `key` (person or record) at the cut."""
    past = orders[orders["order_date"] < CUT].dropna(subset=[key]).rename(columns={key: "customer_id"})
    seen = differentiate.purchase_history(past, end=CUT - pd.Timedelta(days=1))
    buying, spending = models or (
        lifetime_value.BetaGeoModel().fit(seen),
        lifetime_value.GammaGammaModel().fit(seen),
    )
    clv = lifetime_value.expected_customer_lifetime_value(
        buying, spending, seen, future_t=12, discount_rate=MONTHLY, margin=MARGIN
    )
    late = past[past["order_date"] >= CUT - pd.Timedelta(weeks=26)]
    spent = {"past_spend": past, "recent_spend": late}
    sums = {name: some.groupby("customer_id")["amount"].sum() for name, some in spent.items()}
    return pd.DataFrame({"clv": clv} | sums).fillna(0.0)


def row(seed, rung, truth, scores, persons=None):
    """One row of the table; `persons` gives the person of each record where records were scored.

    A person's value is the sum over their records; a person is among the best if one of their records is.
    """
    who = scores.index if persons is None else persons.reindex(scores.index).to_numpy()
    value = scores["clv"].groupby(who).sum().reindex(truth.index, fill_value=0.0)
    best = scores.groupby(who).max().reindex(truth.index, fill_value=0.0)
    shares = {name: truth[best[name].nlargest(len(truth) // 10).index].sum() / truth.sum() for name in scores}
    return {
        "seed": seed,
        "rung": rung,
        "customers": len(truth),
        "seen": len(scores),
        "truth": round(truth.sum()),
        "computed": round(value.sum()),
        "mean_absolute_error": round((value - truth).abs().mean(), 1),
    } | {f"share_best_by_{name}": round(share, 4) for name, share in shares.items()}


def rungs(seed):
    """All rungs of one seed."""
    plain, _ = orders_of("plain", seed)
    silent, _ = orders_of("rich", seed, contact=0)
    rich, records = orders_of("rich", seed)
    right = (
        lifetime_value.BetaGeoModel.from_params(**RATE, **DROPOUT),
        lifetime_value.GammaGammaModel.from_params(**SPEND),
    )
    truth, by_record = next_year(rich), forecast(rich, "record_id")
    yield row(seed, "chance", next_year(plain), forecast(plain, "person", right))
    yield row(seed, "sampling", next_year(plain), forecast(plain, "person"))
    yield row(seed, "model", next_year(silent), forecast(silent, "person"))
    yield row(seed, "contacts", truth, forecast(rich, "person"))
    yield row(seed, "anonymity", truth, forecast(rich.dropna(subset=["record_id"]), "person"))
    yield row(seed, "split identities", truth, by_record, records)
    for rung, wave in {"no letters": no_letters, "fitting letters": fitting_letters}.items():
        yield row(seed, rung, next_year(orders_of("rich", seed, wave)[0]), by_record, records)


def table():
    """All rungs of all seeds."""
    return pd.DataFrame([line for seed in SEEDS for line in rungs(seed)])


if __name__ == "__main__":
    table().to_csv(FILE, index=False, lineterminator="\n")
    print(f"{FILE.stat().st_size:,} bytes in {FILE.name}")
