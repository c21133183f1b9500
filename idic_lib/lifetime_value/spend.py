"""How much a customer spends per purchase, and what all future purchases are worth today."""

import warnings

import numpy as np
import pandas as pd
from scipy.special import digamma, gammaln

from .._guards import refuse_if
from ..errors import ConvergenceWarning
from .base import ADVICE, FittedModel, as_history, blocks
from .transactions import purchase_times

__all__ = ["GammaGammaModel", "clv_interval", "customer_equity_interval", "expected_customer_lifetime_value"]

#: Units of each kind in a month of 365.25 / 12 days: the lengths that `purchase_history` uses.
_PER_MONTH = {"D": 30.4375, "W": 30.4375 / 7, "M": 1.0, "Y": 1 / 12}


class GammaGammaModel(FittedModel):
    """Gamma-Gamma: purchases vary around each customer's own mean, and these means vary over customers.

    A purchase is gamma(p, ν), ν is gamma(q, v) over customers; the mean over customers is p·v/(q − 1) and exists only
    for q > 1. The model takes spend to be independent of frequency: ``fit_report_`` holds their correlation with an
    interval.

    References
    ----------
    Fader, Hardie & Lee (2005), "RFM and CLV", J. Marketing Research 42(4), 415-430; Fader & Hardie (2013), note 025,
    "The Gamma-Gamma Model of Monetary Value", http://brucehardie.com/notes/025/ (its γ is v here).
    """

    _names = ("p", "q", "v")
    _scaled = ("v",)

    def _causes(self, which, params):
        return [ADVICE["spend"]]

    def fit(self, history):
        """Fit by maximum likelihood to the customers with repeat purchases.

        Parameters
        ----------
        history : DataFrame
            One row per customer: frequency, monetary_value (mean value of a repeat purchase), optionally weight. Rows
            with frequency 0 say nothing about spend: they are left out and counted in ``fit_report_``.

        Returns
        -------
        self
            With ``params_`` (p, q, v; v in the unit of money), ``log_likelihood_``, ``standard_errors_``,
            ``covariance_``, ``fit_report_``.

        Raises
        ------
        DataError
            Nobody bought again, or a repeat customer's mean spend is 0.
        ConvergenceError
            No finite estimate was found.
        """
        index, columns = self._read(history)
        x, money, weight = (columns[name] for name in ("frequency", "monetary_value", "weight"))
        use = x > 0
        problem, allowed = "no customer made a repeat purchase", "at least some customers with frequency > 0"
        advice = "observe for longer; the mean of first purchases is then all there is"
        refuse_if(not (use & (weight > 0)).any(), problem, column="frequency", allowed=allowed, advice=advice)
        report = {"rows_read": len(x), "rows_left_out": int((~use).sum())}
        report["left_out_because"] = "frequency 0" if not use.all() else ""
        report |= _correlation(x[use], money[use], weight[use])
        self._fit([x[use], money[use]], weight[use], report)
        if self.params_["q"] <= 1:
            said = f"GammaGammaModel: q = {self.params_['q']:.3g} is not above 1, so mean spend does not exist"
            warnings.warn(said + " and questions about it will be refused", ConvergenceWarning, stacklevel=2)
        return self

    def _read(self, history):
        index, columns = as_history(history, ("frequency", "monetary_value"), whole=("frequency",))
        problem = "a customer with repeat purchases has a mean spend of 0"
        allowed = "amounts above 0 where frequency > 0"
        advice = "a gamma distribution has no zeros: leave these customers out for the spend model and count them, "
        advice += "for instance history[(history.frequency == 0) | (history.monetary_value > 0)]"
        x, money = columns["frequency"], columns["monetary_value"]
        rows = pd.Series(money, index=index)
        refuse_if((x > 0) & (money == 0), problem, column="monetary_value", rows=rows, allowed=allowed, advice=advice)
        return index, columns

    def _start(self, data, weight):
        x, money = data
        share = weight / weight.sum()
        spread = share @ (money - share @ money) ** 2 / (share @ money) ** 2
        q = np.clip(2 + 1 / max(spread, 1e-3), 2.05, 20)
        return np.log([2.0, q, (q - 1) / 2 * (share @ money)])

    def _objective(self, data, weight):
        x, money = data
        n, log_x, log_m, total = weight.sum(), np.log(x), np.log(money), x * money

        def objective(theta):
            p, q, v = np.exp(theta)
            px, log_sum = p * x, np.log(total + v)
            ratio = log_x + log_m - log_sum
            value = gammaln(px + q) - gammaln(px) - gammaln(q) + q * (theta[2] - log_sum) + px * ratio - log_m
            d_p = x * (digamma(px + q) - digamma(px) + ratio)
            d_q = digamma(px + q) - digamma(q) + theta[2] - log_sum
            d_v = q / v - (px + q) / (total + v)
            return -(weight @ value) / n, -np.array([weight @ d_p * p, weight @ d_q * q, weight @ d_v * v]) / n

        return objective

    def _mean_or_refuse(self):
        p, q, v = self._values()
        problem = f"q = {q:.3g} is not above 1, so the model's mean spend per purchase does not exist (it is infinite)"
        advice = "look for a few enormous amounts in monetary_value (one currency? wholesale among retail?), "
        advice += "model such customers apart, or report medians, which always exist"
        refuse_if(q <= 1, problem, allowed="q > 1", advice=advice)
        return p, q, v

    @property
    def population_mean_(self):
        """Mean spend per purchase over all customers, p·v/(q − 1); a DataError where q ≤ 1 and it does not exist."""
        p, q, v = self._mean_or_refuse()
        return p * v / (q - 1)

    def expected_customer_spend(self, history):
        """Expected value of a future purchase of each customer.

        The customer's own mean, drawn towards the population's the more, the fewer purchases it rests on.

        Parameters
        ----------
        history : DataFrame
            As for `fit`; customers with frequency 0 get the population mean.

        Returns
        -------
        Series
            In the unit of monetary_value, on the history's index.

        Raises
        ------
        DataError
            q ≤ 1: the mean does not exist.
        """
        p, q, v = self._mean_or_refuse()
        index, columns = self._read(history)
        values = self._spend(columns["frequency"], columns["monetary_value"], p, q, v)
        return pd.Series(values, index=index, name="expected_spend")

    @staticmethod
    def _spend(x, money, p, q, v):
        return p * (v + x * money) / (p * x + q - 1)

    def expected_customer_lifetime_value(
        self, transaction_model, history, *, future_t=12, discount_rate=0.01, time_unit="W", margin=1.0
    ):
        """Present value of each customer's purchases in the next `future_t` months.

        See `expected_customer_lifetime_value` in this module, which this calls with the model itself as `spend`.
        """
        money = {"future_t": future_t, "discount_rate": discount_rate, "time_unit": time_unit, "margin": margin}
        return expected_customer_lifetime_value(transaction_model, self, history, **money)

    def simulate(self, frequency, *, seed=None):
        """Mean repeat spend of customers with the given numbers of repeat purchases (0.0 where there are none).

        Parameters
        ----------
        frequency : array of int, shape (n,)
        seed : int or numpy.random.Generator, optional

        Returns
        -------
        ndarray, shape (n,)
        """
        p, q, v = self._values()
        rng, x = np.random.default_rng(seed), np.asarray(frequency, dtype=float)
        nu, some = rng.gamma(q, 1 / v, len(x)), np.maximum(x, 1)
        return np.where(x > 0, rng.gamma(p * some) / (nu * some), 0.0)


def _correlation(x, money, weight):
    """Correlation of frequency and mean spend with its 95 % interval (Fisher's z); nan where it is not defined."""
    n, r, interval = weight.sum(), np.nan, np.full(2, np.nan)
    if len(x) > 1 and n > 3:
        with np.errstate(invalid="ignore", divide="ignore"):
            covariance = np.cov(x, money, aweights=weight)
            r = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
            interval = np.tanh(np.arctanh(r) + np.array([-1.96, 1.96]) / np.sqrt(n - 3))
    low, high = (round(float(end), 4) for end in interval)
    return {"frequency_spend_correlation": round(float(r), 4), "correlation_interval_95": (low, high)}


def _months(model, future_t, discount_rate, time_unit, margin):
    """Ends of the months in the model's unit of time and the discount factor of each, with `margin` in it."""
    allowed = "'D', 'W', 'M' or 'Y', as in purchase_history"
    refuse_if(time_unit not in _PER_MONTH, f"time_unit is {time_unit!r}", allowed=allowed)
    options = {"future_t": (future_t, 0), "discount_rate": (discount_rate, -1), "margin": (margin, -np.inf)}
    for name, (value, least) in options.items():
        bad = not np.isscalar(value) or not np.isfinite(value) or value <= least
        refuse_if(bad, f"{name} is {value!r}", allowed=f"one finite number above {least}")
    refuse_if(future_t != int(future_t), f"future_t is {future_t!r}", allowed="a whole number of months")
    step, who = 12 if model._discrete and time_unit == "Y" else 1, type(model).__name__
    problem = f"{who} counts whole chances to buy: {future_t} months do not divide into {time_unit!r}"
    bad = model._discrete and (time_unit not in ("M", "Y") or future_t % step != 0)
    refuse_if(bad, problem, allowed="time_unit='M', or 'Y' with future_t a multiple of 12")
    months = np.arange(step, int(future_t) + 1, step)
    return months / step if model._discrete else months * _PER_MONTH[time_unit], margin / (1 + discount_rate) ** months


def _discounted(model, columns, ends, factors):
    """Expected purchases of each customer, each weighted by the discount factor of its month."""
    total = np.zeros(len(columns["frequency"]))
    for rows in blocks(len(total), 200_000):
        block = {name: column[rows] for name, column in columns.items()}
        total[rows] = np.diff(model._expected(block, ends), axis=1, prepend=0.0) @ factors
    return total


def expected_customer_lifetime_value(
    transaction_model, spend, history, *, future_t=12, discount_rate=0.01, time_unit="W", margin=1.0
):
    """Present value of each customer's purchases in the next `future_t` months.

    Expected purchases of each month × expected spend × margin / (1 + discount_rate)^month, summed: a month's purchases
    count at its end, as in lifetimes and pymc-marketing. What the first purchase brought is not in it.

    Parameters
    ----------
    transaction_model : fitted BetaGeoModel, ParetoNBDModel, NBDModel or BetaGeoBetaBinomModel
    spend : fitted GammaGammaModel, number or Series
        Where spend comes from: the model, or a value per purchase (a Series on the history's index).
    history : DataFrame
        One row per customer: frequency, recency, T and, for a GammaGammaModel, monetary_value.
    future_t : int
        Months.
    discount_rate : float
        Per month: 0.01 is 1 % a month, 12.7 % a year.
    time_unit : {"D", "W", "M", "Y"}
        Unit of recency and T. A month is 30.4375 days (lifetimes: 30 days or 4.345 weeks).
    margin : float
        Share of spend that is left after costs.

    Returns
    -------
    Series
        In the unit of monetary_value, on the history's index.

    Raises
    ------
    DataError
        An option is not allowed, or the mean spend does not exist (q ≤ 1).
    """
    ends, factors = _months(transaction_model, future_t, discount_rate, time_unit, margin)
    index, columns = transaction_model._read(history)
    if isinstance(spend, GammaGammaModel):
        value = spend.expected_customer_spend(history).to_numpy()
    elif isinstance(spend, pd.Series):
        value = spend.reindex(index).to_numpy(dtype=float)
        rows, advice = pd.Series(value, index=index, name="spend"), "give a Series with the index of the history"
        refuse_if(np.isnan(value), "some customers of the history have no spend", rows=rows, advice=advice)
    else:
        value = float(spend)
    return pd.Series(_discounted(transaction_model, columns, ends, factors) * value, index=index, name="clv")


def _value_draws(transaction_model, spend_model, history, money, include, method, n_draws, seed):
    """Yield (slice of customers, values of shape (n_draws, customers)) block by block, so that memory stays small."""
    ends, factors = _months(transaction_model, **money)
    rng, future = np.random.default_rng(seed), include == "future"
    index, columns = transaction_model._read(history)
    columns = columns | {"monetary_value": spend_model._read(history)[1]["monetary_value"]}
    problem = "include='future' is there for models in continuous time only"
    refuse_if(future and transaction_model._discrete, problem, advice="use include='parameters'")
    buying = transaction_model.parameter_draws(n_draws, seed=rng, method=method).to_dict("records")
    spending = spend_model.parameter_draws(n_draws, seed=rng, method=method)
    infinite = (spending["q"] <= 1).mean()
    problem = f"{infinite:.1%} of the parameter draws have q ≤ 1, where mean spend does not exist"
    advice = "more customers, or a spend model without the few enormous amounts that make q uncertain"
    refuse_if(infinite > 0, problem, advice=advice)
    make = type(transaction_model).from_params
    pairs = [(make(**b), s) for b, s in zip(buying, spending.to_dict("records"))]
    for rows in blocks(len(index), max(1, 4_000_000 // n_draws)):
        block = {name: column[rows] for name, column in columns.items()}
        x, spent = block["frequency"], block["monetary_value"]
        values = np.empty((len(pairs), len(x)))
        for row, (model, s) in zip(values, pairs):
            if future:
                row[:] = _one_future(model, s, block, ends, factors, rng)
            else:
                row[:] = _discounted(model, block, ends, factors) * GammaGammaModel._spend(x, spent, **s)
        yield rows, values


def _one_future(model, spend, block, ends, factors, rng):
    """What each customer happens to bring in one possible future under these parameters."""
    x, money = block["frequency"], block["monetary_value"]
    nu = rng.gamma(spend["q"] + spend["p"] * x, 1 / (spend["v"] + x * money))
    rate, lives, death = model._draw_futures(block, rng)
    death = np.where(lives > 0, death, 0.0)
    total = np.zeros(len(x))
    for who, when in purchase_times(rate, np.minimum(death, ends[-1]), lives, rng):
        total[who] += rng.gamma(spend["p"], size=who.size) / nu[who] * factors[np.searchsorted(ends, when)]
    return total


def clv_interval(
    transaction_model, spend_model, history, *, future_t=12, discount_rate=0.01, time_unit="W", margin=1.0,
    level=0.95, include="parameters", method="hessian", n_draws=200, seed=None,
):  # fmt: skip
    """Expected lifetime value of each customer with an interval.

    Parameters
    ----------
    transaction_model, spend_model : fitted models
        A model of purchases and a GammaGammaModel, fitted by `fit` (given parameters have no uncertainty).
    history : DataFrame
        frequency, recency, T, monetary_value, one row per customer.
    future_t, discount_rate, time_unit, margin
        As in `expected_customer_lifetime_value`.
    level : float
        Share of the draws inside the interval.
    include : {"parameters", "future"}
        "parameters": how far the *expected* value would move had other customers been sampled. It says nothing on how
        a single customer will turn out. "future": that, and the chance in each customer's own purchases and amounts;
        what a customer really brings lies inside about as often as `level` says, if the models hold.
    method : {"hessian", "bootstrap"}
        As in `parameter_draws`.
    n_draws : int
        With "future", take 1,000 or more: the ends of the interval are then single customers' rare futures.
    seed : int or numpy.random.Generator, optional

    Returns
    -------
    DataFrame
        Columns clv, low, high, on the history's index.

    Raises
    ------
    DataError
        An option is not allowed, a model was not fitted, or mean spend does not exist in some draws (q ≤ 1).

    Notes
    -----
    The two models' uncertainties are drawn independently. Neither kind covers a wrong model, nor a changed policy.
    """
    money = {"future_t": future_t, "discount_rate": discount_rate, "time_unit": time_unit, "margin": margin}
    edges = _check_interval(level, include)
    clv = expected_customer_lifetime_value(transaction_model, spend_model, history, **money)
    out = pd.DataFrame({"clv": clv, "low": 0.0, "high": 0.0}, index=clv.index)
    for rows, values in _value_draws(transaction_model, spend_model, history, money, include, method, n_draws, seed):
        out.iloc[rows, 1:] = np.quantile(values, edges, axis=0).T
    return out


def customer_equity_interval(
    transaction_model, spend_model, history, *, future_t=12, discount_rate=0.01, time_unit="W", margin=1.0,
    level=0.95, include="parameters", method="hessian", n_draws=200, seed=None,
):  # fmt: skip
    """The sum of all customers' lifetime values (customer equity) with an interval.

    Parameters
    ----------
    All as in `clv_interval`; a row of the history counts as many times as its `weight` says.

    Returns
    -------
    Series
        customer_equity, low, high.

    Notes
    -----
    Chance in single customers largely evens out in the sum, so here "future" adds little to "parameters".
    """
    money = {"future_t": future_t, "discount_rate": discount_rate, "time_unit": time_unit, "margin": margin}
    edges = _check_interval(level, include)
    clv = expected_customer_lifetime_value(transaction_model, spend_model, history, **money)
    weight, totals = transaction_model._read(history)[1]["weight"], 0.0
    for rows, values in _value_draws(transaction_model, spend_model, history, money, include, method, n_draws, seed):
        totals = totals + values @ weight[rows]
    low, high = np.quantile(totals, edges)
    return pd.Series({"customer_equity": float(clv @ weight), "low": low, "high": high}, name="customer_equity")


def _check_interval(level, include):
    refuse_if(not 0 < level < 1, f"level is {level!r}", allowed="a number between 0 and 1")
    refuse_if(include not in ("parameters", "future"), f"include is {include!r}", allowed="'parameters' or 'future'")
    return [(1 - level) / 2, (1 + level) / 2]
