"""What a contact changes: the effect of a randomised test, how large the test must be, and whether its lot was fair."""

from collections import namedtuple

import numpy as np
import pandas as pd

from .._guards import refuse_if, share, whole

__all__ = ["Effect", "RollPlan", "SampleRatio", "SampleSize", "effect", "sample_ratio_check", "sample_size",
           "test_and_roll"]  # fmt: skip


class Effect(namedtuple("Effect", "estimate low high se p_value n_treated n_control mean_treated mean_control")):
    """Difference in means with its interval, standard error and p-value; size and mean of both arms."""


class RollPlan(namedtuple("RollPlan", "n_per_arm profit regret sizes")):
    """Best test size with its expected profit and regret, and a frame that compares it with other sizes."""


class SampleRatio(namedtuple("SampleRatio", "n_treated n_control share_treated p_value broken")):
    """Customers in both arms, share treated, its p-value under the planned split; broken: p below 0.001."""


class SampleSize(namedtuple("SampleSize", "total treated control")):
    """Customers that a test needs: in all, and in each arm."""


def _arrays(index=None, *, more=False, **given):
    """Each as finite floats, one per customer: a Series in the order of the first one's index, others by place.

    With `more` a Series may hold other customers besides.
    """
    arrays = []
    for name, values in given.items():
        refuse_if(np.ndim(values) != 1, f"{name} is not one column with a row for each customer")
        if isinstance(values, pd.Series):
            index = values.index if index is None else index
            if not values.index.equals(index):
                twice = index.has_duplicates or values.index.has_duplicates
                refuse_if(twice, f"a customer occurs twice, so {name} cannot be put in the order of the rest")
                differ = index.difference if more else index.symmetric_difference
                lost = differ(values.index, sort=False).to_series(name="customer")
                refuse_if(len(lost), f"{name} has not the same customers as the rest", rows=lost, column=name,
                          advice="look these customers up, or leave them out of all columns")  # fmt: skip
                values = values.reindex(index)
        column = (values if isinstance(values, pd.Series) else pd.Series(np.asarray(values))).rename(name)
        refuse_if(not pd.api.types.is_numeric_dtype(column), f"{name} holds {column.dtype}", column=name, rows=column,
                  allowed="numbers or 0/1", advice='turn words into 0/1, as `arm == "contact"`')  # fmt: skip
        array = column.to_numpy(float, na_value=np.nan)
        refuse_if(~np.isfinite(array), f"{name} is missing or infinite", column=name, rows=column,
                  advice="fill or leave out these customers, and say which")  # fmt: skip
        arrays.append(array)
        refuse_if(len(array) != len(arrays[0]), f"{name} has {len(array):,} rows, the rest {len(arrays[0]):,}")
    return arrays


def _zero_one(array, name):
    """The array as booleans, if it holds nothing but 0 and 1."""
    bad = (array != 0) & (array != 1)
    refuse_if(bad, f"{name} is neither 0 nor 1", column=name, rows=pd.Series(array, name=name), allowed="0 and 1")
    return array == 1


def _arms(outcome, treated, index=None, *, least=1, **others):
    """Outcome and other columns as floats, and who was treated as booleans; refuses an arm of too few customers."""
    outcome, treated, *others = _arrays(index, outcome=outcome, treated=treated, **others)
    treated = _zero_one(treated, "treated")
    found = int(treated.sum()), int((~treated).sum())
    refuse_if(min(found) < least, f"{found[0]:,} customers were treated, {found[1]:,} were not", column="treated",
              allowed=f"{least} or more in each arm", advice="give both arms of the test")  # fmt: skip
    return outcome, treated, *others


def _interval(estimate, parts, level):
    """Interval, standard error and p-value from variances of independent parts, each with its degrees of freedom."""
    from scipy import stats

    variance, freedom = np.array(parts, dtype=float).reshape(-1, 2).T
    se = float(np.sqrt(variance.sum()))
    if se == 0:
        return estimate, estimate, 0.0, float(estimate == 0)
    df = variance.sum() ** 2 / (variance**2 / freedom).sum()  # Welch and Satterthwaite
    half = float(se * stats.t.ppf((1 + level) / 2, df))
    return estimate - half, estimate + half, se, float(2 * stats.t.sf(abs(estimate) / se, df))


def _difference(outcome, treated):
    """Means of both arms, and the two parts of the variance of their difference."""
    arms = outcome[treated], outcome[~treated]
    return [float(arm.mean()) for arm in arms], [(arm.var(ddof=1) / len(arm), len(arm) - 1) for arm in arms]


def effect(outcome, treated, *, level=0.95):
    """Effect of being assigned to the contact (intention to treat): difference in means, variances not taken as equal.

    Parameters
    ----------
    outcome : Series or array
        One number, or 0/1, per customer, for *all* customers who were assigned: also those who were not reached.
    treated : Series or array
        1 or True for those assigned to the contact, 0 or False for the control arm; a Series is aligned by index.
    level : float
        Of the interval.

    Returns
    -------
    Effect
        In the unit of the outcome; for a 0/1 outcome a difference of shares.

    Raises
    ------
    DataError
        For one arm only, an outcome that is neither numeric nor 0/1, missing values, or customers that do not match.

    References
    ----------
    Welch (1947), "The generalization of 'Student's' problem when several different population variances are involved",
    Biometrika 34, 28-35: the interval and its degrees of freedom.
    """
    level = share(level, "level")
    outcome, treated = _arms(outcome, treated, least=2)
    (mean_treated, mean_control), parts = _difference(outcome, treated)
    estimate = mean_treated - mean_control
    sizes = int(treated.sum()), int((~treated).sum())
    return Effect(estimate, *_interval(estimate, parts, level), *sizes, mean_treated, mean_control)


def _positive(value, name):
    good = np.isscalar(value) and np.isfinite(value) and value > 0
    refuse_if(not good, f"{name}={value!r} is not a number above 0")
    return float(value)


def sample_size(effect, sd, *, power=0.8, level=0.95, share_treated=0.5):
    r"""How many customers a test needs to find an effect of this size.

    .. math:: n = (z_{(1 + level)/2} + z_{power})^2 \, \frac{sd^2}{effect^2}
              \left(\frac{1}{share} + \frac{1}{1 - share}\right)

    for a two-sided test, by the normal approximation: about one customer an arm fewer than by the t distribution.

    Parameters
    ----------
    effect : float
        Smallest difference in means worth finding, in the unit of the outcome; its sign does not matter.
    sd : float
        Standard deviation of the outcome within an arm; for a 0/1 outcome of rate p it is sqrt(p (1 - p)).
    power, level : float
        Chance to find the effect if it is there; level of the interval that is to leave out 0.
    share_treated : float
        Share of the customers who are contacted.

    Returns
    -------
    SampleSize
        Customers in `total`, and of these `treated` and `control` (each rounded up).

    Raises
    ------
    DataError
        If effect or sd is not a number above 0, or another argument no share.
    """
    from scipy import stats

    effect, sd, part = _positive(abs(effect), "effect"), _positive(sd, "sd"), share(share_treated, "share_treated")
    z = stats.norm.ppf([(1 + share(level, "level")) / 2, share(power, "power")]).sum()
    n = (z * sd / effect) ** 2 * (1 / part + 1 / (1 - part))
    treated, control = (int(np.ceil(round(n * each, 9))) for each in (part, 1 - part))
    return SampleSize(treated + control, treated, control)


def test_and_roll(n_customers, *, sigma, sd=None, mean=None, test_sizes=()):
    r"""Test size that earns most when the winner is rolled out to the rest of a finite list.

    Two versions A and B, of which nothing sets one apart beforehand: each version's mean response is drawn from
    N(mean, sigma²), a customer's response has standard deviation s around it. Testing n customers of each arm and
    giving the other N - 2n the version that did better is best at

    .. math:: n^* = \sqrt{\frac{N}{4}\frac{s^2}{\sigma^2} + \left(\frac{3}{4}\frac{s^2}{\sigma^2}\right)^2}
                    - \frac{3}{4}\frac{s^2}{\sigma^2},
              \qquad \text{profit}(n) = N \cdot \text{mean}
              + (N - 2n) \, \frac{\sigma^2}{\sqrt{\pi}\,\sqrt{\sigma^2 + s^2/n}} .

    Parameters
    ----------
    n_customers : int
        N: everybody who will get one of the two, test included.
    sigma : float
        How much versions of this kind differ in their mean response (from earlier tests).
    sd : float, optional
        s, within an arm; without it the response is 0/1 and s is sqrt(mean (1 - mean)).
    mean : float, optional
        Expected response of a customer before the test; 0 if only `sd` is given: profit is then what testing adds.
    test_sizes : iterable of int
        Other sizes per arm to compare, as `sample_size(...).treated`.

    Returns
    -------
    RollPlan
        `n_per_arm` (the nearest whole number), `profit` and `regret` (against knowing the better version from the
        start) in units of the response; `sizes`: frame n_per_arm, profit, regret, error (chance that the worse version
        is rolled out), one row for no test (0), the best size and each other, in order of size.

    Raises
    ------
    DataError
        If neither sd nor a mean between 0 and 1 is given, a number is not above 0, or a test does not fit the list.

    References
    ----------
    Feit and Berman (2019), "Test & Roll: Profit-Maximizing A/B Tests", Marketing Science 38(6), 1038-1058, and the
    authors' code, github.com/eleafeit/testandroll (closed forms of size, profit and error).
    """
    n_all, sigma = whole(n_customers, "n_customers", 2), _positive(sigma, "sigma")
    sd = np.sqrt(share(mean, "mean") * (1 - mean)) if sd is None else sd  # without sd the response is 0/1
    ratio = (_positive(sd, "sd") / sigma) ** 2
    best = max(1, round(np.sqrt(n_all / 4 * ratio + (0.75 * ratio) ** 2) - 0.75 * ratio))
    n = np.array(sorted({0, best, *(whole(size, "test size", 0) for size in test_sizes)}))
    refuse_if(2 * n > n_all, f"a test does not fit a list of {n_all:,} customers", rows=pd.Series(n, name="n_per_arm"),
              allowed=f"at most {n_all // 2:,} customers an arm")  # fmt: skip
    gain = (n_all - 2 * n) * sigma * np.sqrt(n / (np.pi * (n + ratio)))
    profit = n_all * (mean or 0.0) + gain
    regret = n_all * sigma / np.sqrt(np.pi) - gain
    error = np.arctan2(np.sqrt(ratio), np.sqrt(n)) / np.pi  # P(the signs of two correlated normals differ)
    sizes = pd.DataFrame({"n_per_arm": n, "profit": profit, "regret": regret, "error": error})
    at = int(np.flatnonzero(n == best)[0])
    return RollPlan(int(best), float(profit[at]), float(regret[at]), sizes)


test_and_roll.__test__ = False


def sample_ratio_check(treated, *, expected=0.5):
    """Did the lot give both arms the customers that were planned?

    Parameters
    ----------
    treated : Series, array, or pair of counts
        0/1 per person who was assigned; or how many people were treated and how many not, as ``(726, 869)``. Count what
        was drawn: people, if the lot fell on people, not their records.
    expected : float
        Planned share of the treated.

    Returns
    -------
    SampleRatio
        With the exact two-sided p-value of the binomial distribution. Below 0.001 the split is `broken`: customers were
        lost from an arm after the lot fell, and the arms are no longer alike. The limit is strict because every test
        is checked.

    Raises
    ------
    DataError
        For anything that is neither 0/1 nor two counts.

    References
    ----------
    Fabijan et al. (2019), "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", KDD '19 (they test by
    chi-square, which agrees with the exact test for counts of this size; limits in use differ).
    """
    from scipy import stats

    (values,) = _arrays(treated=treated)
    if len(values) == 2 and values.max() > 1:
        refuse_if((values < 0) | (values % 1 > 0), "treated holds two numbers that are no counts")
        n, total = int(values[0]), int(values.sum())
    else:
        n, total = int(_zero_one(values, "treated").sum()), len(values)
    refuse_if(total == 0, "treated is empty")
    p_value = float(stats.binomtest(n, total, share(expected, "expected")).pvalue)
    return SampleRatio(n, total - n, n / total, p_value, p_value < 0.001)
