"""Buying under contract: renewal and survival are seen, and value follows from them."""

import numpy as np
import pandas as pd
from scipy.special import betaln, digamma, hyp2f1

from .._guards import refuse_if
from .base import ADVICE, FittedModel

__all__ = ["ShiftedBetaGeoModel", "markov_clv"]


class ShiftedBetaGeoModel(FittedModel):
    """sBG: at each renewal a customer leaves with their own chance, and the chances are beta(alpha, beta) distributed.

    Retention rises with age because those likely to leave have left, not because anybody grows loyal.

    References
    ----------
    Fader & Hardie (2007), How to project customer retention, J. Interactive Marketing 21(1), 76-90; residual lifetimes:
    Fader & Hardie (2010), Customer-base valuation in a contractual setting, Marketing Science 29(1), 85-93 (formula
    checked against its defining sum, not against the printed page).
    """

    _names = ("alpha", "beta")

    def _causes(self, which, params):
        return [ADVICE["contract"]["settled" if params.sum() < 0.01 else "all leave alike"]]

    def fit(self, survivors, *, n_customers=None):
        """Fit by maximum likelihood.

        Parameters
        ----------
        survivors : sequence of float
            Customers, or their share in any unit, still there at period 0, 1, 2 …: three or more, never rising.
        n_customers : float, optional
            Number of customers at period 0. Needed for standard errors when `survivors` are shares; the parameters do
            not depend on it.

        Returns
        -------
        self
            With ``params_``, ``log_likelihood_``, ``fit_report_``; ``standard_errors_`` and ``covariance_`` are missing
            (nan) if survivors begin at 1 or 100 and `n_customers` is not given: shares do not say how many there were.

        Raises
        ------
        DataError
            Numbers that rise, are negative or are too few, or nobody leaves.
        ConvergenceError
            No finite estimate was found.
        """
        alive = np.asarray(survivors, dtype=float)
        shown = pd.Series(alive.ravel(), name="survivors").rename_axis("period")
        allowed = "one row of at least three numbers, for period 0, 1, 2 …"
        refuse_if(alive.ndim != 1 or len(alive) < 3, "too few survivors", allowed=allowed)
        bad = ~np.isfinite(alive) | (alive < 0) | (np.arange(len(alive)) == 0) & (alive <= 0)
        refuse_if(bad, "survivors must be finite, not negative, and above 0 at period 0", rows=shown)
        refuse_if(
            np.append(False, np.diff(alive) > 0), "survivors rise: somebody came back", rows=shown,
            allowed="numbers that never rise", advice="follow one cohort: those who join later belong to another",
        )  # fmt: skip
        problem = "nobody left, so nothing can be learned about leaving"
        refuse_if(alive[-1] == alive[0], problem, advice="observe more periods")
        wrong = n_customers is not None and not n_customers > 0
        refuse_if(wrong, f"n_customers is {n_customers!r}", allowed="a number above 0")
        known = n_customers is not None or alive[0] not in (1.0, 100.0)
        n = float(n_customers or (alive[0] if known else 100))
        lost = -np.diff(alive) * n / alive[0]
        periods = np.arange(1.0, len(alive))
        # A row per period of leaving, and one for those still there: (periods survived, left afterwards?).
        lived, left = np.append(periods - 1, periods[-1]), np.append(np.ones(len(lost)), 0.0)
        weight = np.append(lost, alive[-1] * n / alive[0])
        note = {} if known else {"note": "survivors are shares: standard errors need n_customers"}
        self._fit([lived, left], weight, {"rows_read": len(alive)} | note)
        if not known:
            for name in ("standard_errors_", "covariance_", "_log_covariance"):
                setattr(self, name, getattr(self, name) * np.nan)
        return self

    def _start(self, data, weight):
        lived, left = data
        churn = np.clip(weight @ left / (weight @ (lived + left)), 0.01, 0.99)
        return np.log([2 * churn, 2 * (1 - churn)])

    def _objective(self, data, weight):
        lived, left = data
        n = weight.sum()

        def objective(theta):
            a, b = np.exp(theta)
            value = weight @ (betaln(a + left, b + lived) - betaln(a, b))
            common = digamma(a + b) - digamma(a + b + lived + left)
            d_a = weight @ (digamma(a + left) - digamma(a) + common)
            d_b = weight @ (digamma(b + lived) - digamma(b) + common)
            return -value / n, -np.array([d_a * a, d_b * b]) / n

        return objective

    def survival(self, t):
        """Share of a cohort still there after `t` periods (array or number, t ≥ 0); a Series indexed by period."""
        a, b = self._values()
        t = self._periods(t)
        return pd.Series(np.exp(betaln(a, b + t) - betaln(a, b)), index=pd.Index(t, name="period"), name="survival")

    def retention_rate(self, t):
        """Share of those there at period t − 1 who stay through period `t` (t ≥ 1): (β + t − 1)/(α + β + t − 1)."""
        a, b = self._values()
        t = self._periods(t, least=1)
        rate = (b + t - 1) / (a + b + t - 1)
        return pd.Series(rate, index=pd.Index(t, name="period"), name="retention_rate")

    def expected_residual_lifetime(self, n_renewals=0, *, horizon=None):
        """Further renewals expected of a customer who has renewed `n_renewals` times.

        Parameters
        ----------
        n_renewals : int
        horizon : int, optional
            Count only the next so many periods. Without it α must be above 1: else the mean does not exist.

        Returns
        -------
        float
            Periods, not counting the current one.

        Raises
        ------
        DataError
            α ≤ 1 and no horizon: the mean is infinite.
        """
        a, b = self._values()
        n = float(self._periods(n_renewals)[0])
        if horizon is None:
            problem = f"alpha = {a:.3g} is not above 1, so the mean lifetime does not exist (it is infinite)"
            advice = "give horizon=, or use discounted_expected_residual_lifetime, which always exists"
            refuse_if(a <= 1, problem, allowed="alpha > 1, or a horizon", advice=advice)
            return float((b + n) / (a - 1))
        ahead = np.arange(1, int(self._periods(horizon)[0]) + 1)
        return float(np.exp(betaln(a, b + n + ahead) - betaln(a, b + n)).sum())

    def discounted_expected_residual_lifetime(self, n_renewals=0, *, discount_rate):
        """Renewals still to come, each discounted: the number of margins a customer is worth (DERL).

        The customer has renewed `n_renewals` times and the next renewal decision is due now; a renewal k decisions
        ahead (k = 0 is the one due now) counts 1/(1 + d)^k: Σ_k S(n + 1 + k)/S(n) / (1 + d)^k.

        Parameters
        ----------
        n_renewals : int
        discount_rate : float
            Per period, above 0.

        Returns
        -------
        float
        """
        a, b = self._values()
        n = float(self._periods(n_renewals)[0])
        _check_discount(discount_rate, 0)
        return float((b + n) / (a + b + n) * hyp2f1(1, b + n + 1, a + b + n + 1, 1 / (1 + discount_rate)))

    def _periods(self, t, least=0):
        t = np.atleast_1d(np.asarray(t, dtype=float))
        bad = ~np.isfinite(t) | (t < least) | (t != np.round(t))
        refuse_if(bad, "periods are whole numbers", allowed=f"{least}, {least + 1}, {least + 2} …")
        return t.astype(int)

    def simulate(self, n_customers, n_periods, *, seed=None):
        """Survivors of a cohort that behaves exactly as the model says: int array for period 0 … `n_periods`."""
        rng = np.random.default_rng(seed)
        leave = np.maximum(rng.beta(*self._values(), n_customers), 1e-15)
        lived = rng.geometric(leave) - 1
        return (lived[:, None] >= np.arange(n_periods + 1)).sum(axis=0)


def _check_discount(rate, least):
    bad = not np.isfinite(rate) or rate <= least
    refuse_if(bad, f"discount_rate is {rate!r}", allowed="a number above 0, per period")


def markov_clv(transitions, rewards, *, discount_rate, horizon=None, may_stop=False):
    """Expected present value of a customer in each state of a Markov chain.

    Parameters
    ----------
    transitions : DataFrame or array, shape (k, k)
        Probability of going from the row's state to the column's in one period; rows sum to 1.
    rewards : Series or array, shape (k,)
        Received on being in a state, at the start of a period (the first one undiscounted).
    discount_rate : float
        Per period, above 0 unless a horizon is given.
    horizon : int, optional
        Last period T: rewards at t = 0 … T count. Default: for ever, V = (I − P/(1 + d))⁻¹ R.
    may_stop : bool
        The firm may drop a customer at any time for a value of 0, and does so wherever going on is worth less.

    Returns
    -------
    Series
        On the index of `transitions` (0 … k − 1 for an array).

    Raises
    ------
    DataError
        Shapes or labels do not agree, rows do not sum to 1, or the discount rate is not allowed.

    References
    ----------
    Pfeifer & Carraway (2000), Modeling customer relationships as Markov chains, J. Interactive Marketing 14(2), 43-55.
    """
    frame = transitions if isinstance(transitions, pd.DataFrame) else pd.DataFrame(np.asarray(transitions, dtype=float))
    bad = isinstance(transitions, pd.DataFrame) and list(frame.index) != list(frame.columns)
    problem = "rows and columns of transitions name different states"
    refuse_if(bad, problem, allowed="one list of states, one order")
    bad = isinstance(rewards, pd.Series) and list(rewards.index) != list(frame.index)
    refuse_if(bad, "rewards name other states than transitions", allowed="the same states in the same order")
    p, reward = frame.to_numpy(dtype=float), np.asarray(rewards, dtype=float)
    good = p.shape == (len(reward), len(reward)) and np.isfinite(p).all() and np.isfinite(reward).all()
    refuse_if(not good, f"transitions are {p.shape}, rewards {reward.shape}", allowed="finite, k × k and k numbers")
    bad, problem = (p < 0).any(axis=1) | (np.abs(p.sum(axis=1) - 1) > 1e-9), "a row of transitions is no distribution"
    advice = "look for a missing absorbing state ('former customer'), or for rows and columns swapped"
    refuse_if(bad, problem, rows=frame, allowed="probabilities from 0 that sum to 1 in each row", advice=advice)
    _check_discount(discount_rate, 0 if horizon is None else -1)
    bad = horizon is not None and (horizon != int(horizon) or horizon < 0)
    refuse_if(bad, f"horizon is {horizon!r}", allowed="a whole number of periods from 0 up")
    step, floor = p / (1 + discount_rate), 0.0 if may_stop else -np.inf
    if horizon is not None:
        value = np.maximum(reward, floor)
        for _ in range(int(horizon)):
            value = np.maximum(reward + step @ value, floor)
    else:
        # Policy iteration: at most as many rounds as there are sets of states, in practice two or three.
        go = np.ones(len(reward), dtype=bool)
        while True:
            value = np.linalg.solve(np.eye(len(reward)) - step * go[:, None], reward * go)
            better = reward + step @ value >= floor
            if (better == go).all():
                break
            go = better
    return pd.Series(value + 0.0, index=frame.index, name="clv")  # no minus zero
