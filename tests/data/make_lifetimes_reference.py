"""Record what lifetimes 0.11.3 answers on CDNOW, so that the ordinary tests can compare without installing it.

Run with an environment that has the extra ``peers``::

    python tests/data/make_lifetimes_reference.py

Its input is the history of the CDNOW sample to 1997-09-30, made here with pandas alone.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

ROWS = [0, 1, 19, 500, 1180, 1515, 1900, 2356]  # positions of the customers that are recorded


def history():
    """frequency, recency, T (weeks), monetary_value of the CDNOW sample to 1997-09-30, from the committed file."""
    file = Path(__file__).resolve().parents[2] / "datasets" / "cdnow" / "cdnow_sample.csv"
    orders = pd.read_csv(file, dtype={"customer_id": "str"}, parse_dates=["order_date"])
    orders = orders[orders["order_date"] <= "1997-09-30"]
    days = orders.groupby(["customer_id", "order_date"])["amount"].sum().reset_index()
    first = days.groupby("customer_id")["order_date"].min()
    last = days.groupby("customer_id")["order_date"].max()
    again = days[days["order_date"] > days["customer_id"].map(first)]
    return pd.DataFrame(
        {
            "frequency": days.groupby("customer_id").size() - 1,
            "recency": (last - first).dt.days / 7,
            "T": (pd.Timestamp("1997-09-30") - first).dt.days / 7,
            "monetary_value": again.groupby("customer_id")["amount"].mean().reindex(first.index).fillna(0.0),
        }
    )


def fitted(h):
    """The three fitters of lifetimes on a history."""
    from lifetimes import BetaGeoFitter, GammaGammaFitter, ParetoNBDFitter

    bg = BetaGeoFitter().fit(h["frequency"], h["recency"], h["T"], tol=1e-10)
    pareto = ParetoNBDFitter().fit(h["frequency"], h["recency"], h["T"], tol=1e-10, maxiter=5000)
    again = h[h["frequency"] > 0]
    return bg, pareto, GammaGammaFitter().fit(again["frequency"], again["monetary_value"])


def answers(h):
    """Parameters and answers for the recorded customers."""
    bg, pareto, gg = fitted(h)
    some = h.iloc[ROWS]
    arguments = some["frequency"], some["recency"], some["T"]
    out = {"rows": ROWS}
    for name, model in (("BetaGeoModel", bg), ("ParetoNBDModel", pareto)):
        out[name] = {
            "params": {key: float(value) for key, value in model.params_.items()},
            "expected_purchases_39": np.asarray(
                model.conditional_expected_number_of_purchases_up_to_time(39, *arguments)
            ).tolist(),
            "probability_alive": np.asarray(model.conditional_probability_alive(*arguments)).tolist(),
            "new_customer_52": float(model.expected_number_of_purchases_up_to_time(52)),
        }
    out["GammaGammaModel"] = {
        "params": {key: float(value) for key, value in gg.params_.items()},
        "expected_spend": gg.conditional_expected_average_profit(some["frequency"], some["monetary_value"]).tolist(),
        "clv_12_months_1_percent": gg.customer_lifetime_value(
            bg, *arguments, some["monetary_value"], time=12, discount_rate=0.01, freq="W"
        ).tolist(),
    }
    return out


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    target = Path(__file__).with_name("lifetimes_0_11_3.json")
    target.write_text(json.dumps(answers(history()), indent=1) + "\n", encoding="utf-8")
    print(target.name, "written")
