"""Groups by need where the file names categories, and the one table with a row per customer."""

import warnings

import numpy as np
import pandas as pd

from .. import differentiate
from ..errors import ConvergenceWarning


def needs(out):
    """Groups of customers who buy alike, if halves of the customers agree on them."""
    lines, facts = out.orders, out.facts
    if "category" in lines:
        lines = lines.loc[lines["customer_id"].notna() & lines["category"].notna(), ["customer_id", "category"]]
    top = lines["category"].value_counts().sort_index() if "category" in lines else pd.Series(dtype=int)
    top = list(top.sort_values(ascending=False, kind="stable").index[:20])
    facts |= {"categories": len(top) or "no", "shown_categories": len(top)}
    if len(top) < 3:
        out.say("omissions", "no categories")
        return
    counts = differentiate.category_profiles(lines, categories=top)
    counts = counts[counts.sum(axis=1) >= facts["lines"]]
    facts["tasters"] = len(counts)
    if len(counts) < facts["tastes"]:
        out.say("omissions", "few lines")
        return
    counts = counts.iloc[np.lexsort(counts.to_numpy().T)]
    sample = counts.iloc[np.sort(out.rng(6).permutation(len(counts))[:5_000])]  # stability needs no more
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # what they warn of is read from the table below
        model = differentiate.NeedsSegments(max_groups=6, resamples=4, least=facts["index"], seed=out.rng(7)).fit(
            sample
        )
    out.table("needs_stability", model.stability_)
    facts["agreement"] = model.stability_["mean"].max()
    out.say("methods", "needs")
    if facts["agreement"] < facts["index"]:
        out.say("omissions", "no groups")
        return
    out.groups = model.predict(counts).rename("needs_group")
    long = model.profiles_.T.rename_axis("category").reset_index()
    long = long.melt("category", var_name="group", value_name="share_of_lines")
    long["times_average"] = long["share_of_lines"] / long["category"].map(counts.sum() / counts.to_numpy().sum())
    long["customers"] = long["group"].map(out.groups.value_counts()).fillna(0).astype(int)
    columns = ["group", "customers", "category", "share_of_lines", "times_average"]
    out.table("needs", long[columns], count="customers", keep=["group"], partition=False)
    out.sections.append("needs")
    out.warn(two_groups=model.n_groups_ == 2)


def customers(out):
    """One row a pseudonymous number, and apart from it the key."""
    table = out.customers
    for more in (out.scores, out.forecast, out.groups):
        table = table if more is None else table.join(more)
    # Numbers by lot over customers in the order of what they bought: where rows tie they are equal in every column, so
    # a number says nothing that its row does not say.
    number = 1 + out.rng(8).permutation(len(table))
    key = pd.DataFrame({"number": number, "customer_id": table.index})
    out.table("customers", table.assign(number=number).set_index("number").sort_index().reset_index())
    out.table("customer_numbers", key.sort_values("number"))
    out.say("cautions", "pseudonyms")
