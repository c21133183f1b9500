"""What all lifetime-value models share: reading histories, collapsing them, climbing a likelihood, saying what failed.

A model states its log-likelihood with its gradient on the log scale of its parameters; everything else is here.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from .._guards import refuse_if, to_pandas
from ..errors import ConvergenceError, ConvergenceWarning

__all__ = []

ADVICE = json.loads(Path(__file__).with_name("advice.json").read_text(encoding="utf-8"))  # what failed, what to try
_BOX = 14.0  # the search stays within exp(-14) .. exp(14) of the data's own scale
_EDGE = 9.0  # a finite estimate that lies beyond exp(9) = 8,103 times that scale is no estimate
_VAGUE = 4.0  # standard error of a log parameter from which the data say nothing about it

_HISTORY = "differentiate.purchase_history(orders) makes a frame with the columns frequency, recency, T, monetary_value"


def as_history(history, need, *, whole=()):
    """Check a purchase history and give its columns as arrays.

    Parameters
    ----------
    history : DataFrame
        One row per customer. A pandas frame is indexed by customer (or has a column ``customer_id``); a frame of
        another engine that narwhals knows is converted.
    need : sequence of str
        Columns that the caller uses, among frequency, recency, T, monetary_value.
    whole : sequence of str
        Columns that must hold whole numbers.

    Returns
    -------
    index : pandas.Index
        Customers, in row order.
    columns : dict of str to ndarray
        Float arrays of length n; always with ``weight`` (1 where the frame has no such column).

    Raises
    ------
    DataError
        A column is missing, is not numeric, is not finite or is negative, or two columns contradict each other.
    """
    history = to_pandas(history, f"a purchase history is a data frame, not {type(history).__name__}", advice=_HISTORY)
    if "customer_id" in history.columns:
        history = history.set_index("customer_id")
    missing = ", ".join(c for c in need if c not in history.columns)
    problem = f"the history lacks the column(s) {missing}; it has {', '.join(map(str, history.columns))}"
    refuse_if(missing, problem, advice=_HISTORY)
    refuse_if(not len(history), "the history has no rows", advice="check the filter or the join that made it")
    columns = {}
    for name in [*need, *(["weight"] if "weight" in history.columns else [])]:
        column = history[name]
        numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        problem = f"holds {column.dtype} values"
        refuse_if(not numeric, problem, column=name, rows=column, allowed="numbers", advice=_HISTORY)
        values = columns[name] = column.to_numpy(dtype=float, na_value=np.nan)
        for bad, problem, allowed, advice in (
            (~np.isfinite(values), "is missing or infinite", "finite numbers", "remove or mend these rows"),
            (values < 0, "is negative", "numbers from 0 up", "look for returns or swapped dates upstream"),
            (name in whole and values != np.round(values), "is not a whole number", "0, 1, 2 …", _HISTORY),
        ):
            refuse_if(bad, problem, column=name, rows=column, allowed=allowed, advice=advice)
    columns.setdefault("weight", np.ones(len(history)))
    if {"recency", "T"} <= columns.keys():
        x, t_x, age = columns["frequency"], columns["recency"], columns["T"]
        for bad, problem, allowed, advice in (
            (t_x > age + 1e-9 * age, "recency is larger than T",
             "recency ≤ T: recency runs from the first to the last purchase, T from the first purchase to the end",
             "check whether the two columns are swapped, or in different time units"),
            ((x > 0) & (t_x == 0), "a customer with repeat purchases has recency 0", "recency > 0 where frequency > 0",
             "merge purchases of one day first, as differentiate.purchase_history does"),
            ((x == 0) & (t_x > 0), "a customer without repeat purchases has a recency above 0",
             "recency = 0 where frequency = 0",
             "recency is the age at the last purchase, not the time since it: use T − (time since last purchase)"),
        ):  # fmt: skip
            refuse_if(bad, problem, rows=history[["frequency", "recency", "T"]], allowed=allowed, advice=advice)
        columns["recency"] = np.minimum(t_x, age)
    return history.index, columns


def collapse(arrays, weight=None):
    """Find the distinct rows of equally long arrays.

    Hashing each column and then one combined integer key is several times as fast as sorting rows, and the result does
    not depend on the order of the rows.

    Returns
    -------
    distinct : list of ndarray
        One array per input, a value per distinct row, sorted by the first array, then the second …
    total : ndarray
        Summed weights of each distinct row.
    inverse : ndarray of int
        Position among the distinct rows of each input row.
    """
    key, levels = np.zeros(len(arrays[0]), dtype=np.int64), []
    for values in arrays:
        code, level = pd.factorize(values, sort=True)
        if levels and np.prod([float(len(seen)) for seen in levels]) * len(level) > 2.0**62:
            key, _ = pd.factorize(key, sort=True)  # a key beyond 64 bits is packed again
        key = key * len(level) + code
        levels.append(level)
    inverse, used = pd.factorize(key, sort=True)
    first = np.empty(len(used), dtype=np.int64)
    first[inverse[::-1]] = np.arange(len(key))[::-1]
    total = np.bincount(inverse, weights=weight, minlength=len(used)).astype(float)
    return [np.asarray(values)[first] for values in arrays], total, inverse


def blocks(n, size):
    """Slices that cut `n` rows into pieces of `size`, so that what is made of each piece stays small."""
    return [slice(start, start + size) for start in range(0, n, size)]


def _hessian(objective, theta, step=1e-4):
    """Second derivatives by central differences of the analytic gradient, made symmetric."""
    moves = step * np.eye(len(theta))
    hessian = np.array([objective(theta + move)[1] - objective(theta - move)[1] for move in moves]) / (2 * step)
    return (hessian + hessian.T) / 2


def _climb(objective, start, n):
    """Maximise from one start; say which check failed, if any.

    `objective` gives minus the mean log-likelihood and its gradient. L-BFGS goes most of the way, Newton steps finish:
    what is still to be gained is judged in units of log-likelihood, so it means the same for ten customers and for ten
    million.
    """
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=[(-_BOX, _BOX)] * len(start))
    theta, iterations = found.x, int(found.nit)
    for _ in range(12):
        value, gradient = objective(theta)
        hessian = _hessian(objective, theta)
        size, direction = np.linalg.eigh(hessian)
        if size[0] <= 1e-10 * max(size[-1], 1e-10) or np.abs(theta).max() > _EDGE:
            break
        step = -np.linalg.solve(hessian, gradient)
        gain = -gradient @ step / 2
        if n * gain < 1e-7:
            break
        step = step / max(1.0, np.abs(step).max())
        while objective(theta + step)[0] > value and np.abs(step).max() > 1e-12:
            step = step / 2
        theta, iterations = theta + step, iterations + 1
    out = {"theta": theta, "value": value, "gradient": gradient, "hessian": hessian, "iterations": iterations}
    loads = np.abs(direction[:, 0]) > 0.3  # parameters that the flattest direction moves
    if np.abs(theta).max() > _EDGE:
        return out | {"failed": "boundary", "which": np.abs(theta) > _EDGE}
    if size[0] <= 1e-10 * max(size[-1], 1e-10) or 1 / np.sqrt(n * size[0]) > _VAGUE:
        return out | {"failed": "Hessian", "which": loads}
    if n * gain >= 1e-4:
        return out | {"failed": "gradient", "which": np.abs(gradient) >= np.abs(gradient).max() / 2}
    return out | {"failed": None, "which": None}


class FittedModel:
    """Maximum likelihood on the log scale of positive parameters, over distinct rows with weights."""

    _names = ()
    _scaled = ()  # parameters that carry the unit of time or of money

    def __repr__(self):
        if hasattr(self, "params_"):
            return f"{type(self).__name__}({', '.join(f'{k}={v:.4g}' for k, v in self.params_.items())})"
        return f"{type(self).__name__}()"

    @classmethod
    def from_params(cls, **params):
        """A model with given parameters, for instance those printed in a paper; nothing is fitted.

        Parameters
        ----------
        **params : float
            Every parameter of the model, by name, positive.

        Returns
        -------
        model
            Answers as a fitted one does; it has no likelihood, standard errors or report.
        """
        problem = f"{cls.__name__} has the parameters {', '.join(cls._names)}, not {', '.join(params)}"
        refuse_if(set(params) != set(cls._names), problem)
        values = pd.Series({name: float(params[name]) for name in cls._names}, name="params")
        refuse_if(~(np.isfinite(values) & (values > 0)), "parameters must be finite and positive", rows=values)
        model = cls()
        model.params_ = values
        return model

    @property
    def fit_report_(self):
        """What the last call of `fit` read, left out, tried and found (Series)."""
        return pd.Series(self._report, dtype=object, name="fit_report")

    def _values(self):
        problem = f"this {type(self).__name__} has not been fitted"
        refuse_if(not hasattr(self, "params_"), problem, advice="call .fit(history) first")
        return tuple(self.params_[name] for name in self._names)

    def _fit(self, arrays, weight, report):
        """Fit to arrays (first the counts, then what has a unit); sets every learned attribute."""
        begun = {"model": type(self).__name__, "rows_read": 0, "rows_used": 0, "rows_left_out": 0}
        # Kept also when the fit fails: it says how far it came.
        self._report = report = begun | {"left_out_because": ""} | report
        for name in ("params_", "log_likelihood_", "standard_errors_", "covariance_", "_sample"):
            self.__dict__.pop(name, None)  # a failed fit must not answer with the one before
        keep = weight > 0
        if not keep.all():
            report["rows_left_out"] += int((~keep).sum())
            report["left_out_because"] = "; ".join(filter(None, [report["left_out_because"], "weight 0"]))
            arrays, weight = [a[keep] for a in arrays], weight[keep]
        distinct, total, _ = collapse(arrays, weight)
        n = total.sum()
        report |= {"rows_used": len(weight), "customers": float(n), "distinct_histories": len(total)}
        problem = "one customer alone" if n == 1 else f"all {n:,.0f} customers have the same history"
        advice = f"{type(self).__name__} describes differences between customers: give it many of them"
        refuse_if(len(total) < 2, problem, advice=advice)
        scale = self._scale(distinct, total)
        data = self._rescale(distinct, scale)
        objective = self._objective(data, total)
        for number, start in enumerate((self._start(data, total), np.zeros(len(self._names))), 1):
            end = _climb(objective, np.clip(start, -4, 4), n)
            report |= {"starts": number, "iterations": end["iterations"]}
            report["gradient_norm"] = float(np.abs(end["gradient"]).max())
            report["status"] = f"{end['failed']} check failed" if end["failed"] else "converged"
            if not end["failed"]:
                break
        shift = self._shift(scale)
        params = pd.Series(np.exp(end["theta"] + shift), index=list(self._names), name="params")
        if end["failed"]:
            raise ConvergenceError(self._explain(end, params, report))
        self.params_ = params
        # Evaluated at the history's own unit, so that it is the number which papers print.
        self.log_likelihood_ = float(-n * self._objective(distinct, total)(end["theta"] + shift)[0])
        self._log_covariance = np.linalg.inv(end["hessian"]) / n
        covariance = self._log_covariance * np.outer(params, params)
        self.covariance_ = pd.DataFrame(covariance, index=params.index, columns=params.index)
        self.standard_errors_ = pd.Series(np.sqrt(np.diag(self.covariance_)), index=params.index, name="standard_error")
        self._sample = (distinct, total)
        return self

    def _scale(self, data, weight):
        """Mean of what carries the unit, so that the search works in the data's own."""
        return float(weight @ data[-1] / weight.sum()) or 1.0 if self._scaled else 1.0

    def _rescale(self, data, scale):
        return [data[0], *(column / scale for column in data[1:])]

    def _shift(self, scale):
        return np.array([np.log(scale) if name in self._scaled else 0.0 for name in self._names])

    def _explain(self, end, params, report):
        which = [name for name, hit in zip(self._names, end["which"]) if hit]
        shown = ", ".join(f"{name} = {params[name]:.3g}" for name in which)
        return (
            f"{type(self).__name__} did not converge: the {end['failed']} check failed ({shown}): "
            f"{ADVICE['failed check'][end['failed']]}. "
            f"Starts tried: {report['starts']}; iterations of the last: {end['iterations']}; "
            f"largest gradient per customer: {report['gradient_norm']:.1e}.\n"
            f"What to try: {' '.join(self._causes(which, np.exp(end['theta'])))}"
        )

    def parameter_draws(self, n=1000, *, seed=None, method="hessian"):
        """Parameters that the data might as well have given: the uncertainty of the fit.

        Parameters
        ----------
        n : int
            Number of draws.
        seed : int or numpy.random.Generator, optional
            Source of chance.
        method : {"hessian", "bootstrap"}
            "hessian": normal on the log scale, from the curvature of the likelihood at its top (instant).
            "bootstrap": customers drawn again with replacement and the model fitted to each sample; a sample without a
            finite estimate is left out with a warning (slower, asks no normality).

        Returns
        -------
        DataFrame, shape (n, number of parameters)
            In the unit of the history that the model was fitted to.

        Raises
        ------
        DataError
            The model was not fitted, or the method is unknown.
        """
        fitted, methods = hasattr(self, "_sample"), ("hessian", "bootstrap")
        refuse_if(not fitted, "parameter_draws needs a fitted model", advice="call .fit(history) first")
        refuse_if(method not in methods, f"method is {method!r}", allowed="'hessian' or 'bootstrap'")
        rng, theta = np.random.default_rng(seed), np.log(self.params_.to_numpy())
        if method == "hessian":
            draws = rng.multivariate_normal(theta, self._log_covariance, size=n, method="eigh")
            return pd.DataFrame(np.exp(draws), columns=list(self._names))
        distinct, total = self._sample
        scale = self._scale(distinct, total)
        shift = self._shift(scale)
        data, size = self._rescale(distinct, scale), int(round(total.sum()))
        ends = []
        for _ in range(n):
            count = rng.multinomial(size, total / total.sum()).astype(float)
            seen = count > 0
            end = _climb(self._objective([a[seen] for a in data], count[seen]), theta - shift, size)
            if end["failed"] is None:
                ends.append(end["theta"] + shift)
        if len(ends) < n:
            said = f"{n - len(ends)} of {n} bootstrap samples gave {type(self).__name__} no finite estimate; left out"
            warnings.warn(said, ConvergenceWarning, stacklevel=2)
        return pd.DataFrame(np.exp(ends), columns=list(self._names))
