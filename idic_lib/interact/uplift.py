"""Whom a contact changes: a two-model uplift, the Qini curve that judges a ranking, and what no data can tell."""

import numpy as np
import pandas as pd

from .._guards import choice, refuse_if, share, whole
from .effects import _arms, _zero_one

__all__ = ["TwoModelUplift", "qini_coefficient", "qini_curve", "response_type_bounds", "uplift_at_k"]


class TwoModelUplift:
    """Uplift as the difference of two models: one learned from the treated, one from the control arm.

    Parameters
    ----------
    estimator : scikit-learn classifier or regressor, optional
        Cloned for each arm. A classifier needs a 0/1 outcome and `predict_proba`. The default is gradient boosting with
        shallow trees and large leaves: ``HistGradientBoostingClassifier`` for a 0/1 outcome, else
        ``HistGradientBoostingRegressor``, with 50 trees of at most 8 leaves, learning rate 0.1, and leaves of at
        least 1 % of the smaller arm (20 customers at least).

    Attributes
    ----------
    models_ : dict
        The fitted models, "treated" and "control".
    features_ : list
        Columns of X, in order.

    Notes
    -----
    What it predicts is an average over customers who look alike, not the effect on one person.

    References
    ----------
    Radcliffe (2007), "Using control groups to target on predicted lift: Building and assessing uplift models", Direct
    Marketing Analytics Journal, 14-21.
    """

    def __init__(self, estimator=None):
        self.estimator = estimator

    def fit(self, X, y, treated):
        """Learn from a randomised test.

        Parameters
        ----------
        X : DataFrame or array of customers x features
            Numbers known before the contact.
        y : Series or array
            Outcome: numbers or 0/1. A Series is aligned with X by index.
        treated : Series or array
            1 or True for those assigned to the contact.

        Returns
        -------
        TwoModelUplift

        Raises
        ------
        DataError
            For one arm only, an outcome that is neither numeric nor 0/1, a classifier with another outcome than 0/1,
            customers that do not match, features that are no numbers.
        """
        from sklearn.base import clone, is_classifier

        index = X.index if isinstance(X, pd.DataFrame) else None
        y, treated, _ = _arms(y, treated, index, X=np.zeros(len(X)))  # X only for its number of rows
        X = pd.DataFrame(X)
        self.features_ = list(X.columns)
        values, binary = self._values(X), bool(np.isin(y, (0, 1)).all())
        estimator = self._default(binary, treated) if self.estimator is None else self.estimator
        self._proba = is_classifier(estimator)
        refuse_if(self._proba and not binary, "a classifier needs a 0/1 outcome", advice="give a regressor")
        self.models_ = {}
        for arm, rows in (("treated", treated), ("control", ~treated)):
            same = self._proba and np.ptp(y[rows]) == 0
            refuse_if(same, f"all outcomes of the {arm} arm are equal, and a classifier needs both", column="outcome")
            self.models_[arm] = clone(estimator).fit(values[rows], y[rows])
        return self

    @staticmethod
    def _default(binary, treated):
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        leaf = max(20, min(treated.sum(), (~treated).sum()) // 100)
        kind = HistGradientBoostingClassifier if binary else HistGradientBoostingRegressor
        # It draws lots even without early stopping: above 200,000 rows its bins come from a sample.
        return kind(max_iter=50, max_leaf_nodes=8, min_samples_leaf=int(leaf), early_stopping=False, random_state=0)

    def _values(self, X):
        bad = [name for name in self.features_ if name not in X or not pd.api.types.is_numeric_dtype(X[name])]
        refuse_if(len(bad), f"X lacks a column, or it holds no numbers: {', '.join(map(repr, bad[:6]))}",
                  advice="give the features of `fit`, words as 0/1 (`pandas.get_dummies(X)`)")  # fmt: skip
        return X[self.features_].to_numpy(float, na_value=np.nan)

    def predict(self, X):
        """Expected outcome if contacted minus expected outcome if not.

        Parameters
        ----------
        X : DataFrame or array of customers x features

        Returns
        -------
        Series
            Named "uplift", on the index of X, in the unit of the outcome.

        Raises
        ------
        DataError
            Before `fit`, and for features that differ from those of `fit`.
        """
        refuse_if(not hasattr(self, "models_"), "this model has learned nothing yet", advice="call `fit` first")
        X = pd.DataFrame(X)
        values = self._values(X)
        gives = {arm: m.predict_proba(values)[:, 1] if self._proba else m.predict(values)
                 for arm, m in self.models_.items()}  # fmt: skip
        return pd.Series(gives["treated"] - gives["control"], X.index, name="uplift")


def _curve(y, uplift, treated):
    """Depths where the score changes, and the Qini gain there; both begin at 0."""
    order = np.argsort(-uplift, kind="stable")
    ends = np.r_[np.flatnonzero(np.diff(uplift[order])), len(y) - 1]  # equal scores are taken together
    n_treated, sum_treated, sum_all = (np.cumsum(each[order])[ends] for each in (treated, y * treated, y))
    n_control = ends + 1 - n_treated
    ratio = np.divide(n_treated, n_control, out=np.zeros(len(ends)), where=n_control > 0)
    return np.r_[0, ends + 1], np.r_[0.0, sum_treated - (sum_all - sum_treated) * ratio]


def _area(n, gain):
    """Area between a curve and the straight line to its end, customers x outcome."""
    return np.trapezoid(gain, n) - n[-1] * gain[-1] / 2


def qini_curve(y, uplift, treated):
    r"""What contacting the customers with the highest scores would have brought, at every depth.

    Among the n customers with the highest scores, with :math:`n_T` treated and :math:`n_C` in the control arm,

    .. math:: \text{gain}(n) = \sum_{treated} y - \frac{n_T}{n_C} \sum_{control} y

    (0 controls count as no subtraction). Customers with equal scores are taken together, so the order of rows does not
    matter; between two points the curve is a straight line.

    Parameters
    ----------
    y, uplift, treated : Series or array
        Outcome (numbers or 0/1), score (higher: contacted first), and 1 or True for the treated, of a randomised test
        that the score did not learn from. Series are aligned by index.

    Returns
    -------
    DataFrame
        `share` of customers and `n` customers contacted, `gain` among the treated of them, and `gain_per_customer` =
        gain / treated in all: at share 1 it is the effect on everybody, in the unit of y. The first row is 0.

    Raises
    ------
    DataError
        For one arm only, missing values, an outcome that is neither numeric nor 0/1, customers that do not match.

    References
    ----------
    Radcliffe (2007), "Using control groups to target on predicted lift: Building and assessing uplift models", Direct
    Marketing Analytics Journal, 14-21; the formula is that of scikit-uplift 0.5.1 (``sklift.metrics.qini_curve``).
    """
    y, treated, uplift = _arms(y, treated, uplift=uplift)
    n, gain = _curve(y, uplift, treated)
    return pd.DataFrame({"share": n / len(y), "n": n, "gain": gain, "gain_per_customer": gain / treated.sum()})


def qini_coefficient(y, uplift, treated, *, normalised=False):
    """Area between the Qini curve and the straight line of contacting customers at random.

    Not normalised: the area under `gain_per_customer` over `share`, less that of the line: how much more than random
    choice the ranking brings per customer, averaged over all depths, in the unit of y. Normalised: divided by the same
    area of the ranking that puts treated buyers first and control buyers last (``qini_auc_score`` of scikit-uplift with
    its default ``negative_effect=True``). No model can know that ranking, so far below 1 may be good; 0 is no better
    than chance. (With more buyers in the control arm than treated customers that ranking is not the best, and the ratio
    can exceed 1: compare areas then.)

    Parameters
    ----------
    y, uplift, treated : Series or array
        As in `qini_curve`.
    normalised : bool
        Needs a 0/1 outcome.

    Returns
    -------
    float

    Raises
    ------
    DataError
        As `qini_curve`; and when normalised for an outcome that is not 0/1, or that no ranking could order.
    """
    y, treated, uplift = _arms(y, treated, uplift=uplift)
    area = _area(*_curve(y, uplift, treated))
    if not normalised:
        return float(area / len(y) / treated.sum())
    y = _zero_one(y, "outcome")
    best = _area(*_curve(y, np.where(treated, y, -1.0 * y), treated))
    refuse_if(not best, "no ranking of this outcome differs from chance: it cannot be normalised")
    return float(area / best)


def _top(score, n):
    """Weight of each customer among the n with the highest scores; those tied at the edge share what is left."""
    edge = np.partition(score, len(score) - n)[len(score) - n]
    above, tied = score > edge, score == edge
    return above + tied * ((n - above.sum()) / tied.sum())


def uplift_at_k(y, uplift, treated, *, k=0.3, strategy="overall"):
    """Effect among the customers with the highest scores: difference in means between the arms.

    Parameters
    ----------
    y, uplift, treated : Series or array
        As in `qini_curve`.
    k : float or int
        Share of the customers (rounded down), or their number.
    strategy : {"overall", "by_group"}
        Take the top k of all customers, or the top k of each arm. Equal scores at the edge share the places that are
        left, so the order of rows does not matter; without ties it is ``uplift_at_k`` of scikit-uplift.

    Returns
    -------
    float
        In the unit of y.

    Raises
    ------
    DataError
        As `qini_curve`; and if k is no share or number of customers, or finds nobody in an arm.
    """
    y, treated, uplift = _arms(y, treated, uplift=uplift)
    choice(strategy, ("overall", "by_group"), "strategy")
    count = not isinstance(k, (float, np.floating))
    k = whole(k, "k", 1) if count else share(k, "k")
    weight = np.zeros(len(y))
    for rows in [np.full(len(y), True)] if strategy == "overall" else [treated, ~treated]:
        n = k if count else int(rows.sum() * k)
        refuse_if(not 0 < n <= rows.sum(), f"k={k} takes {n:,} of {rows.sum():,} customers")
        weight[rows] = _top(uplift[rows], n)
    lone = min(weight[treated].sum(), weight[~treated].sum()) <= 0
    refuse_if(lone, f"the top k={k} holds customers of one arm only", advice='take a larger k, or "by_group"')
    means = [np.average(y[arm], weights=weight[arm]) for arm in (treated, ~treated)]
    return float(means[0] - means[1])


def response_type_bounds(y, treated, *, groups=None):
    """Between which limits the shares of the four response types lie; no data can say more, and never of one person.

    Persuadables buy only if contacted, sleeping dogs only if not, sure things in any case, lost causes in none. Nobody
    is seen both ways, so the rates p1 (treated) and p0 (control) only bound the shares (Fréchet and Hoeffding):
    persuadables between max(0, p1 - p0) and min(p1, 1 - p0), and so on.

    Parameters
    ----------
    y, treated : Series or array
        0/1 outcome, and 1 or True for the treated, of a randomised test.
    groups : Series or array, optional
        A group per customer, known before the contact: the bounds are then the means of the groups' bounds, weighted
        by size, and so never wider in truth. Take few large groups: in small ones luck alone looks like an effect, and
        pulls the bounds too close together.

    Returns
    -------
    DataFrame
        Index persuadables, sleeping_dogs, sure_things, lost_causes; columns low, high (shares). Sampling error is not
        in them.

    Raises
    ------
    DataError
        For an outcome that is not 0/1, one arm only (also within a group), missing values or groups.

    References
    ----------
    Tian and Pearl (2000), "Probabilities of causation: bounds and identification", Annals of Mathematics and Artificial
    Intelligence 28, 287-313.
    """
    names = pd.Series(np.zeros(np.shape(y)) if groups is None else groups)
    refuse_if(names.isna(), "groups is missing", column="groups", rows=names, advice="name a group for them too")
    code = pd.Series(pd.factorize(names)[0], names.index)
    y, treated, code = _arms(y, treated, groups=code if isinstance(groups, pd.Series) else code.to_numpy())
    y, code = _zero_one(y, "outcome"), code.astype(int)
    sizes = np.array([np.bincount(code, arm, minlength=code.max() + 1) for arm in (treated, ~treated)])
    refuse_if(sizes.min() == 0, "a group has one arm only", column="groups", advice="merge small groups")
    p1, p0 = np.array([np.bincount(code, y & arm, minlength=code.max() + 1) for arm in (treated, ~treated)]) / sizes
    weight = sizes.sum(axis=0) / len(y)
    # One line a type: the chance of what it does if contacted, and of what it does if not.
    types = {"persuadables": (p1, 1 - p0), "sleeping_dogs": (1 - p1, p0), "sure_things": (p1, p0),
             "lost_causes": (1 - p1, 1 - p0)}  # fmt: skip
    rows = [(weight @ np.maximum(0, a + b - 1), weight @ np.minimum(a, b)) for a, b in types.values()]
    return pd.DataFrame(rows, index=list(types), columns=["low", "high"])
