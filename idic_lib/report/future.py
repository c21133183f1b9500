"""What will be: is this a trade that the models describe, how far off is their forecast, and what is it worth?"""

import re
import warnings

import numpy as np
import pandas as pd

from .. import differentiate
from .. import lifetime_value as clv
from .._intervals import wilson
from ..errors import ConvergenceError, ConvergenceWarning, DataError
from .present import BINS, ENDS, bin_names, draws_for

_NAIVE = "same rate as before"
_FEW = "only {n:,} customers came back and paid, and {least} are needed to tell lasting differences from chance"
_HEAVY = (
    "a few amounts are so large that a mean need not exist (q ≤ 1): look for wholesale among retail or two currencies"
)


def _gaps(known):
    """One row a pair of consecutive purchase days of a customer: who, days between, equal amounts?"""
    day = known["order_date"].dt.normalize()
    daily = known.groupby(["customer_id", day], sort=True)["amount"].sum().reset_index()
    who, amount = pd.factorize(daily["customer_id"])[0], daily["amount"].to_numpy()
    now, before = amount[1:], amount[:-1]
    equal = (np.abs(now - before) <= 0.01 * np.maximum(now, before)) & (now > 0)
    days = daily["order_date"].diff().dt.days.to_numpy(float)[1:]
    return pd.DataFrame({"who": who[1:], "days": days, "equal": equal})[who[1:] == who[:-1]]


def _regularity(gaps):
    """Share of gaps that are alike, within customers or over all, and share of customers who look like contracts."""
    each, middle = gaps.groupby("who")["days"], gaps["days"].median()
    own, n = each.transform("median"), each.transform("size")
    near = ((gaps["days"] - own).abs() <= 0.2 * own) & (own >= 5)  # days are too coarse for shorter rhythms
    often = gaps.assign(near=near)[n >= 3].groupby("who")
    often = often.agg(near=("near", "sum"), others=("near", "size"), equal=("equal", "mean"))
    often["others"] -= 1  # the middle gap is near itself and does not count; by chance 0.14 of the others are
    often["near"] = (often["near"] - 1).clip(lower=0)
    pooled = ((gaps["days"] - middle).abs() <= 0.15 * middle).mean() if middle >= 5 else 0.0
    long = often[often["others"] >= 4]
    like = ((long["near"] >= 0.6 * long["others"]) & (long["equal"] >= 0.6)).mean() if len(long) >= 20 else 0.0
    return float(max(often["near"].sum() / max(often["others"].sum(), 1), pooled)), float(like)


def diagnose(out):
    """Measure whether this is repeat buying without a contract; the fact `refused` is "" or why no model is fitted.

    The limits stand in sentences.json. Share of gaps alike: 0.15 on CDNOW, 0.21 at most on Complete Journey, the firm
    and 180 BG/NBD worlds of nine kinds (0.14 by chance); 0.35 and more in 80 made-up gyms with late payments, freezes,
    a price rise and up to half of the customers without a contract. Share of equal amounts: 0.04 and below in worlds
    with free amounts, 0.5 and more in the gyms. No world was refused, every gym was (tests/test_report.py).
    """
    rows, known, facts = out.customers, out.known, out.facts
    gaps, sales = _gaps(known), np.sort(rows["sales"].to_numpy())[::-1]
    regular, contracts = _regularity(gaps) if len(gaps) else (0.0, 0.0)
    total, again = sales.sum(), int((rows["frequency"] > 0).sum())
    facts |= {"regular": regular, "contracts": contracts, "equal": gaps["equal"].mean() if len(gaps) else 0.0,
              "gap": gaps["days"].median(), "market": known["order_date"].dt.normalize().nunique(), "again": again,
              "observed": facts["days"] / 7, "few": int((np.cumsum(sales) < total / 2).sum() + 1),
              "largest": sales[:5].sum() / total if total > 0 else 0.0, "refused": ""}  # fmt: skip
    out.table("diagnostics", out.diagnostics())
    checks = {"contract": regular >= facts["regular_limit"] and facts["equal"] >= facts["equal_limit"],
              "dates": facts["odd_dates"],
              "market": facts["market"] <= max(facts["market_days"], facts["market_share"] * facts["days"]),
              "clock": regular >= facts["clock"], "once": again == 0, "accounts": facts["n"] < facts["fewest"],
              "short": facts["observed"] < facts["weeks"], "rare": again < facts["repeaters"]}  # fmt: skip
    refused = next((key for key, bad in checks.items() if bad), None)
    out.warn(holders=facts["few"] <= facts["holders"] < facts["n"] and total > 0)
    if refused:
        out.refuse(refused)
        out.say("omissions", "refused")
        out.say("methods", "refused")
        if refused in ("contract", "clock"):
            out.say("methods", "contract")
            if contracts >= facts["contracts_limit"] and facts["equal"] < facts["one_trade"]:
                out.say("omissions", "mixed")
            else:
                _retention(out, gaps)
    habit = regular >= facts["habit"]
    out.warn(habit=habit and not refused, mixture=contracts >= facts["contracts_limit"] and not habit and not refused)


def _retention(out, gaps):
    """Renewals under contract: of those still there after k payments, how many paid again (Kaplan-Meier)."""
    rows, step, unit = out.customers, out.facts["gap"], out.settings["unit_days"]
    # Late and frozen payments: gone is who is silent for longer than nearly all gaps that ended.
    patience = max(1.5 * step, float(gaps["days"].quantile(0.99)))
    new = rows["T"] * unit < out.facts["days"] - 1 - step  # who is there at the start has a past that is not seen
    new = new if new.sum() >= 50 else new | True
    age, last = (rows[new][c].to_numpy() * unit for c in ("T", "recency"))
    paid, gone = np.rint(last / step).astype(int), age - last > patience
    decided = np.clip((age - patience) // step + 1, 0, paid).astype(int)  # of later payments departures are not seen
    size = max(int(decided.max()), 1)
    more = len(paid) - np.cumsum(np.bincount(decided, minlength=size))[:size]
    left = np.bincount(paid[gone], minlength=size)[:size]
    risk = more + left  # made k − 1 renewals, and was seen to make the next one or to leave
    rate = more / np.maximum(risk, 1)
    low, high = wilson(rate, np.maximum(risk, 1))
    table = pd.DataFrame({"renewal": np.arange(1, size + 1), "at_risk": risk, "left": left, "retention": rate})
    table = table.assign(low=low, high=high, survival=np.cumprod(rate))
    out.facts |= {"patience": patience, "dropped": int((~new).sum())}
    if not left.sum() or risk[0] < 5:
        out.say("omissions", "no retention")
        return
    out.table("retention", table[risk >= 5], count="at_risk", keep=["renewal"], partition=False)
    out.sections.append("retention")
    mean = more.sum() / risk.sum()
    out.first("renewal", mean, *wilson(mean, risk.sum()))
    out.say("cautions", "retention")
    out.say("methods", "retention")


def _fit(model, history):
    """The fitted model or None, and in words what the data show where there is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # q ≤ 1, which `_spend` looks at
        try:
            return model.fit(history), ""
        except (DataError, ConvergenceError) as error:
            # The advice of a fit that fails begins with what the data show, up to the first colon.
            return None, re.split(r"[:(\n]", str(error).rsplit("What to try: ")[-1])[0].strip(" .")


def _off(rng, expected, happened):
    """Error of a total in percent, and its interval when customers are drawn again."""
    e, h, n, errors = np.asarray(expected, float), np.asarray(happened, float), len(expected), []
    for _ in range(draws_for(n)):
        pick = rng.integers(n, size=n)
        errors.append(e[pick].sum() / max(h[pick].sum(), 1) - 1)
    return 100 * np.array([e.sum() / h.sum() - 1, *np.quantile(errors, ENDS)])


def holdout(out):
    """Learn from the first two thirds of the time, forecast the rest, and compare."""
    s, facts, unit = out.settings, out.facts, out.settings["unit_days"]
    if facts["refused"]:
        return
    cut = s["first_day"] + pd.Timedelta(days=2 * facts["days"] // 3)
    early = out.known[out.known["order_date"] < cut + pd.Timedelta(days=1)]
    early = differentiate.purchase_history(early, end=cut, time_unit=s["time_unit"])
    rows = out.customers[["frequency", "T"]].add_suffix("_all").join(early, how="inner")
    ahead, x, mean = (s["last_day"] - cut).days / unit, rows["frequency"].to_numpy(float), rows["T"].mean()
    all_of, whole_age = rows["frequency_all"].to_numpy(), rows["T_all"].to_numpy()
    happened = all_of - x
    facts |= {"cut": cut, "early": int((x > 0).sum()), "later": happened.sum(), "seen": len(rows)}
    if min(facts["early"], facts["later"]) < facts["repeaters"]:
        out.say("omissions", "no holdout")
        return
    models = {"BG/NBD": clv.BetaGeoModel(), "Pareto/NBD": clv.ParetoNBDModel(), "nobody leaves (NBD)": clv.NBDModel()}
    forecasts, failed = {}, {}
    for name, model in models.items():
        fitted, why = _fit(model, rows)
        if fitted is None:
            failed[name] = why
            continue
        whole = fitted.expected_purchases_new_customer(whole_age)
        forecasts[name] = fitted.expected_purchases(rows, future_t=ahead).to_numpy(), whole
        if len(forecasts) == 1:
            _track(out, fitted, rows, cut)
    facts |= {"failed": " and ".join(failed), "failed_why": "; ".join(dict.fromkeys(failed.values())).lower()}
    if not forecasts:
        out.say("omissions", "no test")
        return
    forecasts[_NAIVE] = x * ahead / mean, x.mean() / mean * whole_age
    table, alike = [], happened.std() == 0
    for forecast, whole in forecasts.values():
        error = np.abs(forecast - happened).mean()
        r = np.nan if alike or forecast.std() == 0 else np.corrcoef(forecast, happened)[0, 1]
        table.append(["holdout", forecast.sum(), happened.sum(), *_off(out.rng(2), forecast, happened), error, r])
        table.append(["whole period", whole.sum(), all_of.sum(), *_off(out.rng(2), whole, all_of), np.nan, np.nan])
    names = "part expected happened error_percent low high mean_absolute_error correlation"
    table = pd.DataFrame(table, columns=names.split())
    table.insert(0, "forecast", np.repeat(list(forecasts), 2))
    out.table("holdout", table)
    groups = pd.DataFrame({"customers": 1.0, "happened": happened} | {k: v[0] for k, v in forecasts.items()})
    groups = groups.groupby(np.searchsorted(BINS - 1, x, side="right") - 1)
    means = groups.mean().assign(customers=groups.size())
    means.insert(0, "repeats", np.array(bin_names(BINS - 1))[means.index])
    out.table("holdout_by_repeats", means, count="customers")
    out.sections.append("holdout")
    s["cut_day"], facts["best"] = cut, table["forecast"][0]
    errors = table[["error_percent", "low", "high"]].to_numpy()
    for key, row in (("holdout", 0), ("whole", 1), ("naive", -2)):
        out.first(key, *errors[row])
    off, plain = abs(facts["holdout"]), abs(facts["naive"])
    out.warn(failed=failed, off=off > 20, plain=off > plain + 2)
    out.say("methods", "holdout")
    if "Pareto/NBD" in forecasts:
        out.say("methods", "pareto")


def _track(out, model, rows, cut):
    """Cumulative repeat purchases of the customers of the learning part: what happened and what the model expects."""
    s, known = out.settings, out.known
    daily = known[known["customer_id"].isin(rows.index)]
    daily = daily.assign(day=daily["order_date"].dt.normalize())[["customer_id", "day"]].drop_duplicates()
    repeats = np.sort(daily.loc[daily["day"] > daily.groupby("customer_id")["day"].transform("min"), "day"].to_numpy())
    dates = pd.date_range(s["first_day"], s["last_day"], periods=min(out.facts["days"], 61)).normalize()
    expected = model.expected_total_purchases(rows, offsets=((dates - cut).days / s["unit_days"]).to_numpy())
    actual = np.searchsorted(repeats, dates.to_numpy().astype(repeats.dtype), side="right")
    out.table("tracking", pd.DataFrame({"date": dates, "actual": actual, "expected": expected.to_numpy()}))


def model(out):
    """The model on the whole file: parameters, fit, and who is still a customer."""
    rows, facts = out.customers, out.facts
    if facts["refused"]:
        return
    fitted, facts["reason"] = _fit(clv.BetaGeoModel(), rows)
    name = "BG/NBD" if fitted is not None else "NBD"
    fitted = fitted if fitted is not None else _fit(clv.NBDModel(), rows)[0]
    if fitted is None:
        out.say("omissions", "no model")
        return
    out.model, out.settings["transactions"] = fitted, name
    facts["used"] = name if name == "BG/NBD" else "nobody leaves (NBD)"
    out.warn(untested=out.has("holdout") and facts["used"] != facts["best"])
    draws = fitted.parameter_draws(draws_for(len(rows)), seed=out.rng(3))
    out.table("model", _parameters(fitted, draws, {"alpha": out.settings["unit"]}).assign(model=name))
    fit = fitted.expected_repeat_frequencies(rows, max_x=int(BINS[-1] - 1)).rename(columns={"actual": "customers"})
    fit = fit.groupby(np.searchsorted(BINS - 1, np.arange(len(fit)), side="right") - 1).sum()
    fit.insert(0, "repeat_purchases", bin_names(BINS - 1))
    out.table("model_fit", fit[: int(np.flatnonzero(fit["customers"] > 0).max()) + 1], count="customers")
    out.alive, again = fitted.expected_probability_alive(rows), rows["frequency"] > 0
    shown = ", ".join(f"{p} = {v:.3g}" for p, v in fitted.params_.items())
    facts |= {"misfit": (fit["customers"] - fit["expected"]).abs().sum() / 2 / len(rows), "parameters": shown,
              "staying": out.alive[again].mean(), "likelihood": fitted.log_likelihood_}  # fmt: skip
    stay = name == "BG/NBD" and facts["staying"] > 0.9
    singles = name == "BG/NBD" and not stay and (~again).mean() > 0.05
    out.warn(nbd=name == "NBD", misfit=facts["misfit"] > 0.1, stayers=stay, singles=singles)
    out.sections.append("model")
    out.say("methods", f"model {name}")


def _parameters(fitted, draws, units):
    """Estimates with the ends of their 0.95 intervals."""
    table = pd.concat([fitted.params_, draws.quantile(ENDS).T], axis=1).rename_axis("parameter").reset_index()
    table.columns = ["parameter", "value", "low", "high"]
    return table.assign(unit=table["parameter"].map(units).fillna(""))


def _spend(out, rows):
    """The Gamma-Gamma model, draws of its parameters and the rows it holds for, or None and why."""
    facts, back = out.facts, rows["frequency"] > 0
    use = rows[back & (rows["monetary_value"] > 0)]
    if len(use) < facts["spenders"]:
        return None, _FEW.format(n=len(use), least=facts["spenders"])
    fitted, why = _fit(clv.GammaGammaModel(), use)
    if fitted is None:
        return None, f"it has no estimate here ({why[0].lower()}{why[1:]})"
    draws = fitted.parameter_draws(draws_for(len(rows)), seed=out.rng(4))
    if min(fitted.params_["q"], draws["q"].min()) <= 1:
        return None, _HEAVY
    money, report = out.settings["money"], fitted.fit_report_
    facts |= {"free": int(back.sum() - len(use)), "spenders_used": len(use), "r": report["frequency_spend_correlation"]}
    facts["r_low"], facts["r_high"] = report["correlation_interval_95"]
    table = _parameters(fitted, draws, {"v": money})
    mean = (draws["p"] * draws["v"] / (draws["q"] - 1)).quantile(ENDS)
    table.loc[len(table)] = ["mean spend a purchase", fitted.population_mean_, *mean, money]
    out.table("spend", table)
    out.warn(free=facts["free"], correlated=facts["r_low"] > 0.1 or facts["r_high"] < -0.1)
    out.sections.append("spend")
    out.say("methods", "spend")
    return (fitted, draws, use), ""


def _to_come(model, rows, ahead, rng):
    """What customers may really do: purchases by chance, given parameters and past, and who is still there."""
    p, x, time = model.params_, rows["frequency"].to_numpy(), rows["T"].to_numpy()
    there = rng.random(len(rows)) < model.expected_probability_alive(rows).to_numpy()
    count = rng.poisson(rng.gamma(p["r"] + x) / (p["alpha"] + time) * ahead)
    if "a" in p:  # who is still there has stayed x times, and leaves after one of the purchases to come
        count = np.minimum(count, rng.geometric(np.maximum(rng.beta(p["a"], p["b"] + x), 1e-9)))
    return count * there, there


def value(out):
    """Expected purchases and lifetime value within the horizon, with the uncertainty of the fits."""
    if not out.has("model"):
        return
    s, facts, fitted, rng = out.settings, out.facts, out.model, out.rng(5)
    rows, n, paid = out.customers.reset_index(drop=True), len(out.customers), out.values.sum() > 0
    spend, facts["spend_why"] = _spend(out, rows) if paid else (None, "")
    if not spend:
        out.say("omissions", "no spend" if paid else "no value")
    money = {"future_t": s["horizon"], "discount_rate": (1 + s["discount_rate"]) ** (1 / 12) - 1,
             "time_unit": s["time_unit"], "margin": s["margin"]}  # fmt: skip
    ahead, back = s["horizon"] * 30.4375 / s["unit_days"], (rows["frequency"] > 0).to_numpy()
    sales, days, each = rows["sales"].to_numpy(), rows["frequency"].to_numpy() + 1, None
    if spend:
        each = spend[0].expected_customer_spend(spend[2]).reindex(rows.index)
        each = each.where(back, spend[0].population_mean_).fillna(0.0).to_numpy()
    mean = each if spend else sales.sum() / days.sum()
    expected = fitted.expected_purchases(rows, future_t=ahead).to_numpy()
    values = clv.expected_customer_lifetime_value(fitted, pd.Series(mean, rows.index), rows, **money).to_numpy()
    part = values / np.maximum(expected * mean, 1e-300)  # of the money to come: margin, and when it comes
    draws = fitted.parameter_draws(draws_for(n), seed=rng)
    bought, worth = np.empty((2, len(draws), n), np.float32)
    alive = np.empty(len(draws))
    for i, draw in enumerate(draws.to_dict("records")):
        bought[i], there = _to_come(type(fitted).from_params(**draw), rows, ahead, rng)
        alive[i], pick = there[back].mean() if back.any() else np.nan, rng.integers(n, size=n)
        if spend:  # each one's rate of spend as the model knows it after what was paid, and chance in each purchase
            q = spend[1].iloc[i]
            x = np.where(each > 0, rows["frequency"], 0)
            scale = (q["v"] + x * rows["monetary_value"]) / rng.gamma(q["q"] + q["p"] * x)
            worth[i] = part * rng.gamma(q["p"] * bought[i].astype(float)) * scale
        else:
            worth[i] = part * bought[i] * (sales[pick].sum() / days[pick].sum())
    now = out.alive[back].mean()
    if s["transactions"] == "BG/NBD":
        out.first("alive", now, *np.quantile(alive, ENDS))
    out.first("purchases", expected.sum(), *np.quantile(bought.sum(axis=1, dtype=float), ENDS))
    named = {f"expected_purchases_{s['horizon']}_months": expected, "probability_alive": out.alive.to_numpy()}
    out.forecast = pd.DataFrame(named, index=out.customers.index)
    out.warn(far=s["horizon"] > facts["months"], season=facts["days"] < 730)
    if not paid:
        return
    low, high = np.quantile(worth, ENDS, axis=0)
    out.forecast = out.forecast.assign(clv=values, clv_low=low, clv_high=high)
    facts |= {"source": "both models" if spend else "the model of purchases", "monthly": money["discount_rate"]}
    out.first("equity", values.sum(), *np.quantile(worth.sum(axis=1, dtype=float), ENDS))
    decile = 1 + 10 * np.argsort(np.argsort(-values, kind="stable"), kind="stable") // n
    table = pd.DataFrame(
        {"decile": decile, "expected_purchases": expected, "probability_alive": out.alive.to_numpy(), "clv": values}
    )
    table = table.groupby("decile").agg(
        customers=("clv", "size"), expected_purchases=("expected_purchases", "sum"),
        probability_alive=("probability_alive", "mean"), clv=("clv", "sum"), mean_clv=("clv", "mean"))  # fmt: skip
    ends = pd.DataFrame(worth.T).groupby(decile).sum().T.quantile(ENDS)
    table = table.assign(
        clv_low=ends.loc[ENDS[0]], clv_high=ends.loc[ENDS[1]], share_of_clv=table["clv"] / values.sum()
    )
    out.table("clv", table.reset_index(), count="customers", keep=["decile"])
    out.sections.append("clv")
    out.say("methods", "clv")
