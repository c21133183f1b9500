"""Buying without a contract: who is still a customer, and how much will each buy?

Times are in the unit of the history (weeks, if it was made with ``time_unit="W"``). In every model `frequency` counts
*repeat* purchases x, `recency` is the age t_x at the last purchase and `T` the age at the end of observation.
"""

import numpy as np
import pandas as pd
from scipy.special import betainc, betaln, digamma, expit, gammaln, hyp2f1, logsumexp, roots_jacobi

from .._guards import refuse_if
from .base import ADVICE, as_history, blocks, collapse
from .transactions import TransactionModel, causes, log_negative_binomial

__all__ = ["BetaGeoBetaBinomModel", "BetaGeoModel", "NBDModel", "ParetoNBDModel"]

_ROWS = 20_000  # × 32 nodes at a time
_FREQUENCIES = 60  # Gauss-Legendre nodes for probabilities of counts
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)
_NODES, _LOG_WEIGHTS = (_NODES + 1) / 2, np.log(_WEIGHTS / 2)


class BetaGeoModel(TransactionModel):
    """BG/NBD: customers buy at random at their own rate, and after each repeat purchase may leave for good.

    Rates are gamma(r, alpha) over customers, chances of leaving beta(a, b).

    References
    ----------
    Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2), 275-284: likelihood
    eq. (6), counts eq. (8), new customer eq. (9), conditional expectation eq. (10).

    Examples
    --------
    >>> model = BetaGeoModel().fit(history)                      # doctest: +SKIP
    >>> model.expected_purchases(history, future_t=39)           # doctest: +SKIP
    """

    _names = ("r", "alpha", "a", "b")

    def _causes(self, which, params):
        return causes(which, ("r", "alpha"), params[2] / (params[2] + params[3]))

    def _start(self, data, weight):
        r, alpha = self._rate_start(data[0], data[2], weight)
        lost, chances = self._loss_start(data, weight)
        p = np.clip(lost / chances, 0.05, 0.95)
        return np.log([r, alpha, 2 * p, 2 * (1 - p)])

    def _objective(self, data, weight):
        x, t_x, age = data
        n = weight.sum()
        # Functions of one variable are computed once per value of it, not once per row.
        i_x, values_x = pd.factorize(x)
        i_t, values_t = pd.factorize(age)
        per_x, per_t = np.bincount(i_x, weight), np.bincount(i_t, weight)
        x_per_t = np.bincount(i_t, weight * x)
        again = np.flatnonzero(x > 0)
        x1, w1, i_x1, i_t1 = x[again], weight[again], i_x[again], i_t[again]
        i_r1, values_r = pd.factorize(t_x[again])

        def objective(theta):
            r, alpha, a, b = np.exp(theta)
            log_alpha, log_t, log_r = theta[1], np.log(alpha + values_t), np.log(alpha + values_r)
            whole = gammaln(r + values_x) - gammaln(r) + r * log_alpha
            whole += betaln(a, b + values_x) - betaln(a, b)
            odds_x = np.log(a) - np.log(b + np.maximum(values_x, 1) - 1)
            gap = log_t[i_t1] - log_r[i_r1]
            odds = odds_x[i_x1] + (r + x1) * gap  # log odds that a customer has left
            small = np.exp(-np.abs(odds))
            left = w1 * np.where(odds > 0, 1.0, small) / (1 + small)
            value = per_x @ whole - (r * per_t + x_per_t) @ log_t + w1 @ (np.maximum(odds, 0) + np.log1p(small))
            left_x = np.bincount(i_x1, left, minlength=len(values_x))
            common = digamma(a + b) - digamma(a + b + values_x)
            d_r = per_x @ (digamma(r + values_x) - digamma(r) + log_alpha) - per_t @ log_t + left @ gap
            d_alpha = n * r / alpha - (r * per_t + x_per_t) @ (1 / (alpha + values_t))
            d_alpha += left @ ((r + x1) * ((1 / (alpha + values_t))[i_t1] - (1 / (alpha + values_r))[i_r1]))
            d_a = per_x @ common + left.sum() / a
            d_b = per_x @ (common + digamma(b + values_x) - digamma(b))
            d_b -= left_x @ np.where(values_x > 0, 1 / (b + np.maximum(values_x, 1) - 1), 0.0)
            return -value / n, -np.array([d_r * r, d_alpha * alpha, d_a * a, d_b * b]) / n

        return objective

    def _alive(self, columns):
        r, alpha, a, b = self._values()
        x, t_x, age = (columns[name] for name in self._columns)
        odds = np.log(a) - np.log(b + np.maximum(x, 1) - 1) + (r + x) * (np.log(alpha + age) - np.log(alpha + t_x))
        return np.where(x > 0, expit(-odds), 1.0)

    def _if_alive(self, x, age, times):
        """E[purchases in each of `times`], given alive at T: shape (len(x), len(times)).

        Eq. (10) after Euler's transformation of its 2F1, whose arguments then do not grow with x.
        """
        r, alpha, a, b = self._values()
        a = a + 1e-7 * (abs(a - 1) < 1e-7)  # a removable singularity
        c = a + b + x[:, None] - 1
        c = c + 1e-7 * (np.abs(c) < 1e-7)
        span = alpha + age[:, None]
        z, log_stay = times / (span + times), np.log(span) - np.log(span + times)
        with np.errstate(all="ignore"):
            values = c / (a - 1) * (1 - np.exp((a - 1) * log_stay) * hyp2f1(a + b - 1 - r, a - 1, c, z))
        for i in np.flatnonzero(~np.isfinite(values).all(axis=1)):  # overflow, when nearly everybody leaves at once
            p, weight = roots_jacobi(100, b + x[i] - 1, a - 1)
            p = (1 + p)[:, None] / 2
            values[i] = weight / weight.sum() @ (-np.expm1(-(r + x[i]) * np.log1p(p * times / span[i])) / p)
        return values

    def _expected(self, columns, times):
        (x, age), _, back = collapse([columns["frequency"], columns["T"]])
        return self._alive(columns)[:, None] * self._if_alive(x, age, times)[back]

    def _expected_new(self, times):
        return self._if_alive(np.zeros(1), np.zeros(1), times)[0]

    def _pmf(self, n, t):
        r, alpha, a, b = self._values()
        stay = np.exp(betaln(a, b + n) - betaln(a, b) + log_negative_binomial(n, t, r, alpha))
        some = np.maximum(n, 1)
        leave = np.exp(betaln(a + 1, b + some - 1) - betaln(a, b)) * betainc(some, r, t / (alpha + t))
        return stay + np.where(n > 0, leave, 0.0)

    def _draw_customers(self, n, rng):
        r, alpha, a, b = self._values()
        p = np.maximum(rng.beta(a, b, n), 1e-15)
        return rng.gamma(r, 1 / alpha, n), rng.geometric(p).astype(float), np.full(n, np.inf)

    def _draw_futures(self, columns, rng):
        r, alpha, a, b = self._values()
        x, age = columns["frequency"], columns["T"]
        p = np.maximum(rng.beta(a, b + x), 1e-15)
        lives = np.where(rng.random(len(x)) < self._alive(columns), rng.geometric(p), 0)
        return rng.gamma(r + x, 1 / (alpha + age)), lives.astype(float), np.full(len(x), np.inf)


class ParetoNBDModel(TransactionModel):
    """Pareto/NBD: customers buy at random at their own rate until, at a random time, they leave.

    Purchase rates are gamma(r, alpha) over customers, leaving rates gamma(s, beta).

    Notes
    -----
    The papers write the likelihood as a difference of two 2F1, which cancels for long histories. Here the same quantity
    is the integral over the unseen time of leaving, a positive sum by Gauss-Legendre nodes on a logarithmic scale; its
    gradient is exact under the integral.

    References
    ----------
    Schmittlein, Morrison & Colombo (1987), Management Science 33(1), 1-24; Fader & Hardie (2005), "A Note on Deriving
    the Pareto/NBD Model and Related Expressions", http://brucehardie.com/notes/009/.
    """

    _names = ("r", "alpha", "s", "beta")
    _scaled = ("alpha", "beta")

    def _causes(self, which, params):
        return causes(which, ("r", "alpha"), -np.expm1(-params[2] * np.log1p(1 / params[3])))

    def _start(self, data, weight):
        r, alpha = self._rate_start(data[0], data[2], weight)
        lost, _ = self._loss_start(data, weight)
        rate = np.clip(lost / (weight @ (data[0] > 0)), 0.05, 0.95) / (weight @ data[2] / weight.sum())
        return np.log([r, alpha, 1.0, 1 / rate])

    def _terms(self, x, t_x, age, theta):
        """Log likelihood of still being here, of having left unseen, and what the gradient needs of the latter.

        The factor common to both, Γ(r+x) α^r β^s / Γ(r), is left out.
        """
        r, alpha, s, beta = np.exp(theta)
        here = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
        # ∫ (α+u)^-(r+x) (β+u)^-(s+1) du over t_x..T, with ln(min(α,β)+u) as variable; beyond `cut` nothing is left.
        low, high = min(alpha, beta), max(alpha, beta)
        e_low, e_high = (r + x, s + 1) if alpha <= beta else (s + 1, r + x)
        with np.errstate(over="ignore", divide="ignore"):
            cut_low = 32 / np.maximum(e_low - 1, 1e-300)
            cut_high = np.log(((high + t_x) * np.exp(32 / e_high) - high + low) / (low + t_x))
        width = np.minimum(np.log((low + age) / (low + t_x)), np.minimum(cut_low, cut_high))
        u = (low + t_x)[:, None] * np.exp(width[:, None] * _NODES) - low
        log_a, log_b = np.log(alpha + u), np.log(beta + u)
        terms = -(r + x)[:, None] * log_a - (s + 1) * log_b + np.log(low + u) + _LOG_WEIGHTS
        top = terms.max(axis=1)
        share = np.exp(terms - top[:, None])
        total = share.sum(axis=1)
        with np.errstate(divide="ignore"):
            gone = np.log(s) + top + np.log(total) + np.log(width)
        return here, gone, share / total[:, None], u, log_a, log_b

    def _objective(self, data, weight):
        n = weight.sum()

        def objective(theta):
            r, alpha, s, beta = np.exp(theta)
            value, gradient = 0.0, np.zeros(4)
            for block in blocks(len(weight), _ROWS):
                x, t_x, age = (column[block] for column in data)
                w = weight[block]
                here, gone, share, u, log_a, log_b = self._terms(x, t_x, age, theta)
                left = expit(gone - here)
                stay = 1 - left
                both = gammaln(r + x) - gammaln(r) + r * theta[1] + s * theta[3]
                value += w @ (both + np.logaddexp(here, gone))
                mean = [(share * f).sum(axis=1) for f in (log_a, log_b, 1 / (alpha + u), 1 / (beta + u))]
                d_r = digamma(r + x) - digamma(r) + theta[1] - stay * np.log(alpha + age) - left * mean[0]
                d_s = theta[3] - stay * np.log(beta + age) + left * (1 / s - mean[1])
                d_alpha = r / alpha - (r + x) * (stay / (alpha + age) + left * mean[2])
                d_beta = s / beta - s * stay / (beta + age) - (s + 1) * left * mean[3]
                gradient += [w @ d_r * r, w @ d_alpha * alpha, w @ d_s * s, w @ d_beta * beta]
            return -value / n, -gradient / n

        return objective

    def _alive(self, columns):
        theta = np.log(self._values())
        rows, _, back = collapse([columns[name] for name in self._columns])
        alive = np.empty(len(rows[0]))
        for block in blocks(len(alive), _ROWS):
            here, gone, *_ = self._terms(*(column[block] for column in rows), theta)
            alive[block] = expit(here - gone)
        return alive[back]

    def _if_alive(self, x, age, times):
        r, alpha, s, beta = self._values()
        age = age[:, None]
        log_stay = np.log(beta + age) - np.log(beta + age + times)
        time = log_stay * -1.0 if s == 1 else -np.expm1((s - 1) * log_stay) / (s - 1)  # expected time still here
        return (r + x[:, None]) / (alpha + age) * (beta + age) * time

    def _expected(self, columns, times):
        return self._alive(columns)[:, None] * self._if_alive(columns["frequency"], columns["T"], times)

    def _expected_new(self, times):
        return self._if_alive(np.zeros(1), np.zeros(1), times)[0]

    def _pmf(self, n, t):
        r, alpha, s, beta = self._values()
        stay = np.exp(log_negative_binomial(n, t, r, alpha) + s * (np.log(beta) - np.log(beta + t)))
        # Left at u, with n purchases until then; nodes on a logarithmic scale, as in the likelihood.
        nodes, weights = np.polynomial.legendre.leggauss(_FREQUENCIES)
        low = min(alpha, beta)
        width = np.log1p(t / low)[:, None]
        u = low * np.expm1(width * (nodes + 1) / 2)
        density = np.log(s) + s * np.log(beta) - (s + 1) * np.log(beta + u)
        inside = np.exp(log_negative_binomial(n[:, None], u, r, alpha) + density) * (low + u)
        return stay + (inside * width * weights / 2).sum(axis=1)

    def _draw_customers(self, n, rng):
        r, alpha, s, beta = self._values()
        rate, leave = rng.gamma(r, 1 / alpha, n), rng.gamma(s, 1 / beta, n)
        with np.errstate(divide="ignore", over="ignore"):
            return rate, np.full(n, np.inf), rng.standard_exponential(n) / leave

    def _draw_futures(self, columns, rng):
        r, alpha, s, beta = self._values()
        x, age = columns["frequency"], columns["T"]
        with np.errstate(divide="ignore", over="ignore"):
            stay = rng.standard_exponential(len(x)) / rng.gamma(s, 1 / (beta + age))
        death = np.where(rng.random(len(x)) < self._alive(columns), stay, 0.0)
        return rng.gamma(r + x, 1 / (alpha + age)), np.full(len(x), np.inf), death


class NBDModel(TransactionModel):
    """NBD: customers buy at random at their own gamma(r, alpha) rate, and nobody ever leaves. The benchmark.

    References
    ----------
    Ehrenberg (1959), Applied Statistics 8(1), 26-41. The likelihood is that of the purchase times, as in the two models
    above, so that the three can be compared.
    """

    _names = ("r", "alpha")
    _columns = ("frequency", "T")

    def _causes(self, which, params):
        return [ADVICE["buying in continuous time"]["rate"]]

    def _start(self, data, weight):
        return np.log(self._rate_start(*data, weight))

    def _objective(self, data, weight):
        x, age = data
        n = weight.sum()

        def objective(theta):
            r, alpha = np.exp(theta)
            log_t = np.log(alpha + age)
            value = weight @ (gammaln(r + x) - gammaln(r) + r * theta[1] - (r + x) * log_t)
            d_r = weight @ (digamma(r + x) - digamma(r) + theta[1] - log_t)
            d_alpha = weight @ (r / alpha - (r + x) / (alpha + age))
            return -value / n, -np.array([d_r * r, d_alpha * alpha]) / n

        return objective

    def _alive(self, columns):
        return np.ones(len(columns["frequency"]))

    def _expected(self, columns, times):
        r, alpha = self._values()
        return ((r + columns["frequency"]) / (alpha + columns["T"]))[:, None] * times

    def _expected_new(self, times):
        r, alpha = self._values()
        return r / alpha * times

    def _pmf(self, n, t):
        return np.exp(log_negative_binomial(n, t, *self._values()))

    def _draw_customers(self, n, rng):
        r, alpha = self._values()
        return rng.gamma(r, 1 / alpha, n), np.full(n, np.inf), np.full(n, np.inf)

    def _draw_futures(self, columns, rng):
        r, alpha = self._values()
        never = np.full(len(columns["frequency"]), np.inf)
        return rng.gamma(r + columns["frequency"], 1 / (alpha + columns["T"])), never, never


class BetaGeoBetaBinomModel(TransactionModel):
    """BG/BB: at each of a number of chances (a year, a concert) a customer may leave for good, else may buy.

    Chances of buying are beta(alpha, beta) over customers, of leaving beta(gamma, delta). recency and T are whole
    numbers of chances after the first purchase; `future_t` and `t` count further chances.

    References
    ----------
    Fader, Hardie & Shang (2010), Customer-Base Analysis in a Discrete-Time Noncontractual Setting, Marketing Science
    29(6), 1086-1108.
    """

    _names = ("alpha", "beta", "gamma", "delta")
    _scaled = ()
    _discrete = True

    def _causes(self, which, params):
        return causes(which, ("alpha", "beta"), params[2] / (params[2] + params[3]), "buying at chances")

    def _read(self, history):
        index, columns = as_history(history, ("frequency", "recency", "T"), whole=("frequency", "recency", "T"))
        problem = "a customer bought more often than there were chances up to the last purchase"
        allowed = "frequency ≤ recency: at most one purchase a chance"
        advice = "merge purchases of one period, or fit BetaGeoModel, whose time is continuous"
        more, bought = columns["frequency"] > columns["recency"], pd.Series(columns["frequency"], index=index)
        refuse_if(more, problem, column="frequency", rows=bought, allowed=allowed, advice=advice)
        return index, columns

    def _start(self, data, weight):
        x, t_x, age = data
        buy = np.clip(weight @ x / max(weight @ t_x, 1), 0.05, 0.95)
        lost = weight @ ((x > 0) & (age - t_x > 2 * t_x / np.maximum(x, 1)))
        leave = np.clip(lost / (weight @ age), 0.01, 0.9)
        return np.log([2 * buy, 2 * (1 - buy), 2 * leave, 2 * (1 - leave)])

    def _paths(self, x, t_x, age):
        """For every row, the possible numbers of chances that the customer lived through (rows × paths) and a mask."""
        lived = t_x[:, None] + np.arange(int((age - t_x).max(initial=0)) + 1)
        return np.minimum(lived, age[:, None]), lived <= age[:, None]

    def _log_paths(self, x, lived, age, params):
        alpha, beta, gamma, delta = params
        x, gone = x[:, None], lived < age[:, None]
        buy = betaln(alpha + x, beta + lived - x) - betaln(alpha, beta)
        return buy + betaln(gamma + gone, delta + lived) - betaln(gamma, delta)

    def _objective(self, data, weight):
        x, t_x, age = data
        lived, real = self._paths(x, t_x, age)
        gone, n = (lived < age[:, None]) * 1.0, weight.sum()

        def objective(theta):
            alpha, beta, gamma, delta = np.exp(theta)
            terms = np.where(real, self._log_paths(x, lived, age, (alpha, beta, gamma, delta)), -np.inf)
            value = logsumexp(terms, axis=1)
            share = np.exp(terms - value[:, None])
            bought = digamma(alpha + beta) - digamma(alpha + beta + lived)
            stayed = digamma(gamma + delta) - digamma(gamma + delta + lived + gone)
            d_alpha = (digamma(alpha + x)[:, None] - digamma(alpha) + bought) * alpha
            d_beta = (digamma(beta + lived - x[:, None]) - digamma(beta) + bought) * beta
            d_gamma = (digamma(gamma + gone) - digamma(gamma) + stayed) * gamma
            d_delta = (digamma(delta + lived) - digamma(delta) + stayed) * delta
            gradient = [weight @ (share * slope).sum(axis=1) for slope in (d_alpha, d_beta, d_gamma, d_delta)]
            return -(weight @ value) / n, -np.array(gradient) / n

        return objective

    def _alive_now(self, x, t_x, age):
        params = self._values()
        lived, real = self._paths(x, t_x, age)
        terms = np.where(real, self._log_paths(x, lived, age, params), -np.inf)
        here = self._log_paths(x, age[:, None], age, params)[:, 0]
        return np.exp(here - logsumexp(terms, axis=1))

    def _alive(self, columns):
        rows, _, back = collapse([columns[name] for name in self._columns])
        return self._alive_now(*rows)[back]

    def _expected(self, columns, times):
        alpha, beta, gamma, delta = self._values()
        (x, t_x, age), _, back = collapse([columns[name] for name in self._columns])
        # Alive through the j-th further chance, times the chance to buy at it.
        further = np.arange(1, int(times.max(initial=0)) + 1)
        stay = np.exp(betaln(gamma, delta + age[:, None] + further) - betaln(gamma, delta + age[:, None]))
        total = np.concatenate([np.zeros((len(x), 1)), stay.cumsum(axis=1)], axis=1)[:, times.astype(int)]
        return (self._alive_now(x, t_x, age) * (alpha + x) / (alpha + beta + age))[:, None][back] * total[back]

    def _expected_new(self, times):
        return self._expected(dict.fromkeys(self._columns, np.zeros(1)), times)[0]

    def _pmf(self, n, t):
        # x purchases among the chances lived through, whichever they were.
        params = self._values()
        lived, real = self._paths(n, np.minimum(n, t), t)
        ways = gammaln(lived + 1) - gammaln(n + 1)[:, None] - gammaln(np.maximum(lived - n[:, None], 0) + 1)
        real &= lived >= n[:, None]
        lived = np.where(real, lived, n[:, None])
        terms = np.where(real, ways + self._log_paths(n, lived, t, params), -np.inf)
        with np.errstate(divide="ignore"):
            return np.exp(logsumexp(terms, axis=1))

    def simulate(self, T, *, future_t=0, seed=None):
        """Customers who behave exactly as the model says; see `TransactionModel.simulate`. T counts chances."""
        rng, age = np.random.default_rng(seed), np.asarray(T, dtype=float)
        self._check_time(age)
        self._check_time(future_t)
        alpha, beta, gamma, delta = self._values()
        buy, leave = rng.beta(alpha, beta, len(age)), np.maximum(rng.beta(gamma, delta, len(age)), 1e-15)
        lived = rng.geometric(leave, len(age)) - 1
        x, last, future = (np.zeros(len(age), dtype=int) for _ in range(3))
        for chance in range(1, int(age.max(initial=0) + future_t) + 1):
            bought = (lived >= chance) & (rng.random(len(age)) < buy)
            seen = chance <= age
            x += bought & seen
            last = np.where(bought & seen, chance, last)
            future += bought & ~seen & (chance <= age + future_t)
        seen = {"frequency": x, "recency": last, "T": age, "future": future, "alive": lived >= age}
        return pd.DataFrame(seen).rename_axis("customer_id")
