"""What all models of buying without a contract share: the questions they answer, simulation, and what to try."""

import numpy as np
import pandas as pd
from scipy.special import gammaln

from .._guards import refuse_if
from .base import ADVICE, FittedModel, as_history, blocks, collapse

__all__ = []


class TransactionModel(FittedModel):
    """Questions that any model of repeat purchases answers."""

    _columns = ("frequency", "recency", "T")
    _scaled = ("alpha",)
    _discrete = False

    def fit(self, history):
        """Fit by maximum likelihood.

        Parameters
        ----------
        history : DataFrame
            One row per customer: columns frequency (whole number of repeat purchases), recency, T, optionally weight
            (how many customers share the row). Any engine that narwhals knows.

        Returns
        -------
        self
            With ``params_``, ``log_likelihood_`` (summed over customers), ``standard_errors_``, ``covariance_`` and
            ``fit_report_`` (set even when no estimate is found).

        Raises
        ------
        DataError
            The history is broken, nobody bought again, or all customers are alike.
        ConvergenceError
            No finite estimate was found; the message says which check failed and what to try.
        """
        _, columns = self._read(history)
        x, weight = columns["frequency"], columns["weight"]
        problem, allowed = "no customer made a repeat purchase", "at least some customers with frequency > 0"
        advice = "observe for longer, or check that orders carry the right customer"
        advice += " (anonymous orders make everybody a first-time buyer)"
        refuse_if(not (x * weight).any(), problem, column="frequency", allowed=allowed, advice=advice)
        return self._fit([columns[name] for name in self._columns], weight, {"rows_read": len(x)})

    def _read(self, history):
        return as_history(history, ("frequency", "recency", "T"), whole=("frequency",))

    def _rate_start(self, x, age, weight):
        # Moments of the counts: their variance beyond chance is the variance of the rates.
        mean = weight @ x / weight.sum()
        extra = max(weight @ (x - mean) ** 2 / weight.sum() - mean, 0.05 * mean)
        r = np.clip(mean**2 / extra, 0.05, 20.0)
        return r, r * (weight @ age / weight.sum()) / mean

    def _loss_start(self, data, weight):
        # Silent for more than three of the own mean gaps: looks lost.
        x, t_x, age = data
        lost = weight @ ((x > 0) & (age - t_x > 3 * t_x / np.maximum(x, 1)))
        return lost, weight @ x

    def expected_purchases(self, history, *, future_t):
        """Expected number of purchases of each customer in the next `future_t` units of time.

        Parameters
        ----------
        history : DataFrame
            As for `fit`.
        future_t : float
            Length of the future, 0 or more, in the history's time unit.

        Returns
        -------
        Series
            On the history's index.
        """
        index, columns = self._read(history)
        self._check_time(future_t)
        refuse_if(np.ndim(future_t) > 0, "future_t is one length of time for all customers", allowed="a number")
        values = self._expected(columns, np.array([float(future_t)]))[:, 0]
        return pd.Series(values, index=index, name="expected_purchases")

    def expected_probability_alive(self, history):
        """Probability that each customer is still a customer at the end of observation.

        Returns
        -------
        Series
            In [0, 1], on the history's index.
        """
        index, columns = self._read(history)
        return pd.Series(self._alive(columns), index=index, name="probability_alive")

    def expected_purchases_new_customer(self, t):
        """Expected repeat purchases of a customer just acquired.

        Parameters
        ----------
        t : float or array
            Time since the first purchase, in the history's unit.

        Returns
        -------
        float or ndarray of the shape of `t`
        """
        times = np.asarray(t, dtype=float)
        self._check_time(times)
        values = self._expected_new(np.atleast_1d(times))
        return values.reshape(times.shape) if times.ndim else float(values[0])

    def probability_of_purchases(self, n, *, t):
        """Probability that a customer just acquired makes exactly `n` repeat purchases within `t`.

        Parameters
        ----------
        n : int or array of int
        t : float or array
            Broadcast against `n`.

        Returns
        -------
        float or ndarray
        """
        n, t = np.broadcast_arrays(np.asarray(n), np.asarray(t, dtype=float))
        self._check_time(t)
        refuse_if((n < 0) | (n != np.round(n)), "n counts purchases", allowed="0, 1, 2 …")
        values = self._pmf(n.astype(float).ravel(), t.ravel()).reshape(n.shape)
        return values if n.ndim else float(values)

    def expected_repeat_frequencies(self, history, *, max_x=7):
        """Customers expected to show 0, 1, … repeats by the end of observation, given only their ages T.

        Parameters
        ----------
        history : DataFrame
            As for `fit`; only T (and weight) matter.
        max_x : int
            The last row counts `max_x` and more.

        Returns
        -------
        DataFrame
            Columns actual and expected, a row per number of repeats.
        """
        _, columns = self._read(history)
        (age,), weight, _ = collapse([columns["T"]], columns["weight"])
        n = np.arange(max_x)
        expected = np.zeros(max_x)
        for block in blocks(len(age), 5_000):  # the nodes of Pareto/NBD make each age some 400 numbers
            expected += weight[block] @ self.probability_of_purchases(n[None, :], t=age[block, None])
        repeats = np.minimum(columns["frequency"], max_x).astype(int)
        actual = np.bincount(repeats, weights=columns["weight"], minlength=max_x + 1)
        labels = pd.Index([*map(str, n), f"{max_x}+"], name="repeat_purchases")
        return pd.DataFrame({"actual": actual, "expected": [*expected, weight.sum() - expected.sum()]}, index=labels)

    def expected_total_purchases(self, history, *, offsets):
        """Cumulative repeat purchases of the whole cohort, from its first customer on.

        Parameters
        ----------
        history : DataFrame
            As for `fit`; only T (and weight) matter.
        offsets : array
            Times counted from the end of observation: −39 … 0 looks back, 0 … 39 forward.

        Returns
        -------
        Series
            Expected cumulative repeats, indexed by offset.
        """
        _, columns = self._read(history)
        (age,), weight, _ = collapse([columns["T"]], columns["weight"])
        offsets = np.atleast_1d(np.asarray(offsets, dtype=float))
        since = np.maximum(age[None, :] + offsets[:, None], 0.0)
        times, back = np.unique(since, return_inverse=True)
        values = self._expected_new(times)[back.reshape(since.shape)] @ weight
        return pd.Series(values, index=pd.Index(offsets, name="offset"), name="expected_total_purchases")

    def _check_time(self, t):
        values = np.asarray(t)
        good = np.issubdtype(values.dtype, np.number) and np.isfinite(values).all() and (values >= 0).all()
        refuse_if(not good, f"a length of time is {t!r}", allowed="finite numbers from 0 up, in the history's unit")
        problem = f"{type(self).__name__} counts whole chances to buy, not {t!r}"
        advice = "round the time, or fit BetaGeoModel, whose time is continuous"
        refuse_if(self._discrete and values != np.round(values), problem, allowed="0, 1, 2 …", advice=advice)

    def simulate(self, T, *, future_t=0.0, step=None, seed=None):
        """Customers who behave exactly as the model says.

        Parameters
        ----------
        T : array, shape (n,)
            Age of each customer at the end of observation.
        future_t : float
            Also count what they buy in this time after it.
        step : float, optional
            Record times rounded up to this grain (1/7: days in a history of weeks); no purchases are merged.
        seed : int or numpy.random.Generator, optional

        Returns
        -------
        DataFrame
            Columns frequency, recency, T, future (purchases after T) and alive (at T; the truth that data never show).
        """
        rng, age = np.random.default_rng(seed), np.asarray(T, dtype=float)
        self._check_time(age)
        self._check_time(future_t)
        rate, lives, death = self._draw_customers(len(age), rng)
        x, last, future = np.zeros(len(age), dtype=int), np.zeros(len(age)), np.zeros(len(age), dtype=int)
        for who, when in purchase_times(rate, np.minimum(age + future_t, death), lives, rng):
            seen = when <= age[who]
            x[who[seen]] += 1
            last[who[seen]] = when[seen]
            future[who[~seen]] += 1
        if step:
            last = np.minimum(np.ceil(last / step) * step, age)
        alive = (x < lives) & (death > age)
        seen = {"frequency": x, "recency": last, "T": age, "future": future, "alive": alive}
        return pd.DataFrame(seen).rename_axis("customer_id")


def purchase_times(rate, end, lives, rng):
    """Walk customers from purchase to purchase: yield (positions, times) of every customer's next purchase.

    A customer stops at time `end`, or for good after `lives` purchases.
    """
    who = np.arange(len(rate))
    when, made = np.zeros(len(rate)), 0
    while who.size:
        with np.errstate(divide="ignore", over="ignore"):  # a rate that underflows to 0 never buys
            when = when + rng.standard_exponential(who.size) / rate[who]
        on = when <= end[who]
        who, when, made = who[on], when[on], made + 1
        yield who, when
        on = lives[who] > made
        who, when = who[on], when[on]


def log_negative_binomial(n, t, r, alpha):
    """ln P(n purchases by t) when rates are gamma(r, alpha) and nobody leaves."""
    with np.errstate(divide="ignore"):
        log_t = np.where(n > 0, n * np.log(np.where(n > 0, t, 1.0)), 0.0)
    return gammaln(r + n) - gammaln(r) - gammaln(n + 1) + r * np.log(alpha) + log_t - (r + n) * np.log(alpha + t)


def causes(which, rates, leaving, kind="buying in continuous time"):
    """What to try, from the parameters that ran away and the share that leaves (at a purchase, or by the mean T)."""
    loss = "nobody leaves" if leaving < 0.02 else "all leave at once" if leaving > 0.98 else "all leave alike"
    return list(dict.fromkeys(ADVICE[kind]["rate" if name in rates else loss] for name in which))
