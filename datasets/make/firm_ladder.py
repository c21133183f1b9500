"""How far BG/NBD's forecast is from what happened, mechanism by mechanism: ``datasets/firm_ladder.csv``.

    python datasets/make/firm_ladder.py

For each rung of the ladder and each seed a firm of 4,000 people is made, BG/NBD is fitted to its first 78 weeks and
forecasts the next 26: once with the true ids of all orders, once with the file that the firm has. Takes two minutes.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from idic_lib.differentiate import purchase_history
from idic_lib.firm import START, SWITCHES, make_firm
from idic_lib.firm.people import DROPOUT, RATE
from idic_lib.lifetime_value import BetaGeoModel

FILE = Path(__file__).resolve().parent.parent / "firm_ladder.csv"
PEOPLE, SEEN, AHEAD, SEEDS = 4000, 78, 26, range(20)
CONTACT = ("contact", "match", "fatigue", "backlash", "forward_buying", "coupon", "coupon_visibility", "consent_reacts")
LATER = ("seasons", "needs", "occasions", "drift", "stages", "anonymity", "systems", "duplicates", "errors")
OTHER = tuple(switch for switch in SWITCHES if switch not in CONTACT + LATER)
#: Each rung turns on, at its strength in the rich world, what it names, and keeps what the rungs before it turned on.
RUNGS = {
    "plain world": (),
    "seasons": ("seasons",),
    "needs that drift": ("needs", "occasions", "drift"),
    "contact and fatigue": CONTACT,
    "stages": ("stages",),
    "all other behaviour": OTHER,
    "anonymity": ("anonymity",),
    "four systems": ("systems",),
    "duplicates": ("duplicates", "errors"),
}


def switched_on(rung):
    """The switches of a rung and of all below it, as `make_firm` takes them."""
    names = list(RUNGS)[: list(RUNGS).index(rung) + 1]
    return {switch: SWITCHES[switch] for name in names for switch in RUNGS[name]}


def forecast(orders):
    """Forecast and outcome of each customer of a file: frame by customer_id with `forecast`, `known` and `happened`.

    `forecast` is that of the fit; `known` has the parameters that the plain world was drawn from.
    """
    days = [START + pd.Timedelta(days=7 * weeks - 1) for weeks in (SEEN, SEEN + AHEAD)]
    history, later = (purchase_history(orders, end=day) for day in days)
    happened = later["frequency"].reindex(history.index) - history["frequency"]
    models = {"forecast": BetaGeoModel().fit(history), "known": BetaGeoModel.from_params(**RATE, **DROPOUT)}
    guesses = {name: model.expected_purchases(history, future_t=AHEAD) for name, model in models.items()}
    return pd.DataFrame(guesses | {"happened": happened})


def judge(firm):
    """One row of the table: with true ids, with the file's ids, and the file's forecast against the truth."""
    orders, person = firm.orders, firm.truth["orders"].to_numpy()
    true = forecast(orders.assign(customer_id=person))
    file = forecast(orders.rename(columns={"record_id": "customer_id"}))
    told = file["forecast"].groupby(firm.truth["records"].reindex(file.index)).sum().reindex(true.index, fill_value=0)
    actual = true["happened"]
    row = {"people": len(true), "customers": len(file), "orders_seen": orders["record_id"].notna().mean()}
    row |= {"happened": actual.sum(), "happened_seen": file["happened"].sum()}
    for name, guess in (("known", true["known"]), ("true", true["forecast"]), ("file", told)):
        row[f"forecast_{name}"] = guess.sum()
        row[f"error_{name}"] = (guess - actual).abs().mean()
        row[f"correlation_{name}"] = np.corrcoef(guess, actual)[0, 1]
    return row


def ladder(seeds=SEEDS, rungs=RUNGS):
    """The table, a row a rung and seed."""
    rows = []
    for rung in rungs:
        for seed in seeds:
            firm = make_firm(PEOPLE, SEEN + AHEAD, seed, world="plain", detail=False, **switched_on(rung))
            rows.append({"rung": list(RUNGS).index(rung), "mechanism": rung, "seed": seed} | judge(firm))
    table = pd.DataFrame(rows)
    return table.round({name: 1 if name.startswith("forecast") else 4 for name in table.select_dtypes("float")})


if __name__ == "__main__":
    table = ladder()
    table.to_csv(FILE, index=False, encoding="utf-8", lineterminator="\n")
    print(f"{len(table)} rows in {FILE.name}")
