"""Needs from what people buy: category profiles, segments, drift beyond noise, skew of value x diversity of needs."""

import warnings

import narwhals as nw
import numpy as np
import pandas as pd

from .._guards import choice, refuse_if, whole
from ..errors import ConvergenceWarning
from ._inputs import _numbers, _opened
from .value import _concentration

__all__ = ["NeedsSegments", "category_profiles", "needs_drift", "skew_diversity"]

_NMF = {"solver": "mu", "beta_loss": "kullback-leibler", "init": "nndsvda", "max_iter": 1000}
_LONG = 2000  # steps of EM, of which fits to halves need fewer
_COUNTS = 'pass counts of lines, as `category_profiles(lines, value="lines", share=False)` gives them'


def _open_lines(lines, columns):
    """`lines` of any engine as a narwhals frame that has these columns, without rows that lack one of the first two."""
    frame, schema = _opened(lines, "lines", columns, "join lines and orders by order_id, or rename the columns")
    texts = [nw.col(name).cast(nw.String) for name in columns[:2] if schema[name] in (nw.Categorical, nw.Enum)]
    frame = frame.with_columns(*texts) if texts else frame  # engines sort categories in different ways
    return frame.filter(~nw.col(columns[0]).is_null() & ~nw.col(columns[1]).is_null()), schema


def category_profiles(lines, *, value="lines", customer="customer_id", category="category", categories=None,
                      share=False):  # fmt: skip
    """What each customer buys: one row per customer, one column per category.

    Parameters
    ----------
    lines : dataframe
        One row per order line with the columns `customer` and `category`; lines that lack one of the two are left out
        first. pandas, polars (eager or lazy), pyarrow, DuckDB or PySpark.
    value : str
        "lines" counts lines: one for each, minus one for a returned line (a negative `amount`, where there is such a
        column). Any other name is a column of numbers to be added up, as "amount".
    customer, category : str
        Names of the columns.
    categories : list of str, optional
        Columns of the result, in this order; lines of other categories are left out. Default: all, sorted.
    share : bool
        True: shares of the customer's total, which add up to 1.

    Returns
    -------
    dataframe of the kind that came in, sorted by customer
        pandas: indexed by customer; another engine: customer is the first column, and lazy stays lazy (one pass to
        check the numbers and find the categories is run at once). Returns lower their category, and what is below 0
        then counts 0. A customer for whom nothing is left keeps a row of zeros, so that nobody is lost in silence.

    Raises
    ------
    DataError
        A column is missing or not numeric, a number is missing or infinite, no line has customer and category.

    Examples
    --------
    >>> import pandas as pd
    >>> lines = pd.DataFrame({"customer_id": ["ann", "ann", "ann", "ben"], "category": ["tea", "tea", "book", "book"]})
    >>> category_profiles(lines)
                 book  tea
    customer_id
    ann           1.0  2.0
    ben           1.0  0.0
    """
    frame, schema = _open_lines(lines, [customer, category] + ([] if value == "lines" else [value]))
    number, source = nw.lit(1.0), "amount" if value == "lines" else value
    if source in schema:
        refuse_if(not schema[source].is_numeric(), f"holds {schema[source]}", column=source, allowed="numbers")
        number = nw.col(source).cast(nw.Float64)
        good = (number > -float("inf")) & (number < float("inf"))  # a missing number fails in every engine
        rows = frame.lazy().filter(~nw.when(good).then(True).otherwise(False)).head(5).collect().to_pandas()
        refuse_if(len(rows) > 0, "missing or infinite", column=source, rows=rows, allowed="a finite number in each row")
        if value == "lines":
            number = nw.when(number < 0).then(-1.0).otherwise(1.0)
    if categories is None:
        categories = sorted(frame.lazy().select(category).unique().collect()[category].to_list())
        refuse_if(not categories, "no line has both a customer and a category")
    cells = frame.select(_who=nw.col(customer), _what=nw.col(category), _value=number)
    cells = cells.group_by("_who", "_what").agg(nw.col("_value").sum())
    held = nw.when(nw.col("_value") > 0).then(nw.col("_value")).otherwise(0.0)
    columns = {str(name): nw.when(nw.col("_what") == name).then(held).otherwise(0.0) for name in categories}
    wide = cells.select("_who", **columns).group_by("_who").agg(*[nw.col(name).sum() for name in columns])
    if share:
        total = nw.sum_horizontal(*columns)
        wide = wide.with_columns(*[nw.col(name) / nw.when(total > 0).then(total).otherwise(1.0) for name in columns])
    native = wide.sort("_who").select(nw.col("_who").alias(customer), *columns).to_native()
    return native.set_index(customer).rename_axis(columns=None) if isinstance(native, pd.DataFrame) else native


def _scores(counts, profiles, sizes):
    """Log likelihood of each customer's lines together with each group (customers, groups)."""
    return counts @ np.log(profiles).T + np.log(sizes)


def _mixture(counts, k, rng, steps):
    """Profiles and sizes of `k` latent classes of multinomial customers, by EM: four short runs, then the best one."""
    average = counts.sum(axis=0) + 0.5  # half a line for a category that nobody here buys
    average /= average.sum()

    def run(profiles, sizes, steps):
        old = -np.inf
        for _ in range(steps):
            weights = _scores(counts, profiles, sizes)
            top = weights.max(axis=1, keepdims=True)
            np.exp(weights - top, out=weights)
            total = weights.sum(axis=1, keepdims=True)
            fit, weights = (np.log(total) + top).mean(), weights / total
            sizes = weights.mean(axis=0) + 1e-12
            profiles = weights.T @ counts + average  # one line of the average customer keeps every chance above 0
            profiles /= profiles.sum(axis=1, keepdims=True)
            if fit - old < 1e-5:
                break
            old = fit
        else:
            if steps == _LONG:
                message = f"the mixture of {k} groups did not converge in {steps} steps: try fewer groups"
                warnings.warn(message, ConvergenceWarning, stacklevel=5)
        return fit, profiles, sizes

    starts = (counts[rng.choice(len(counts), k, replace=False)] + 5 * average for _ in range(4))
    runs = [run(some / some.sum(axis=1, keepdims=True), np.full(k, 1 / k), 10) for some in starts]
    _, profiles, sizes = run(*max(runs, key=lambda found: found[0])[1:], steps)
    return profiles, sizes


def _fit(method, totals, k, rng, steps=300):
    """Profiles (groups, categories) and sizes of `k` groups, the largest first; rows and sizes add up to 1."""
    if method == "mixture":
        profiles, sizes = _mixture(totals, k, rng, steps)
    else:
        from sklearn.cluster import KMeans
        from sklearn.decomposition import NMF

        state = int(rng.integers(2**31))
        if method == "kmeans":
            shares = totals / totals.sum(axis=1, keepdims=True)
            model = KMeans(k, n_init=5, random_state=state).fit(shares)
            profiles, sizes = model.cluster_centers_.clip(0), np.bincount(model.labels_, minlength=k) / len(totals)
        else:
            model = NMF(k, random_state=state, **_NMF)
            weights, profiles = model.fit_transform(totals), model.components_
            sizes = weights.sum(axis=0) * profiles.sum(axis=1) / totals.sum()
        profiles = profiles / np.maximum(profiles.sum(axis=1, keepdims=True), 1e-300)
    order = np.argsort(-sizes, kind="stable")
    return profiles[order], sizes[order]


def _weights(method, totals, profiles, sizes):
    """Share of each group in each customer (customers, groups)."""
    if method == "mixture":
        score = _scores(totals, profiles, sizes)
        weights = np.exp(score - score.max(axis=1, keepdims=True))
    elif method == "kmeans":
        shares = totals / totals.sum(axis=1, keepdims=True)
        nearest = (np.square(profiles).sum(axis=1) - 2 * shares @ profiles.T).argmin(axis=1)
        weights = np.eye(len(profiles))[nearest]
    else:
        from sklearn.decomposition import non_negative_factorization

        weights = non_negative_factorization(totals, H=profiles, update_H=False, **_NMF)[0] + 1e-12
    return weights / weights.sum(axis=1, keepdims=True)


class NeedsSegments:
    """Groups of customers who buy alike, and how many groups the data carry.

    Parameters
    ----------
    n_groups : int, optional
        Default: chosen by stability, see Notes.
    method : {"mixture", "nmf", "kmeans"}
        - mixture: each customer has one need, each need its own chances of the categories, and the lines are drawn from
          them (latent classes of multinomials, by EM). It counts lines, so a customer with two lines says less than one
          with twenty; `transform` gives the probability of each group.
        - nmf: each customer has a mix of needs: non-negative factorisation of the totals with the Kullback-Leibler
          loss, which is the likelihood of such a mix (PLSA). `transform` gives the mix.
        - kmeans: nearest centre on the shares; every customer weighs the same, however few the lines.
    max_groups : int
        Largest number that is tried; never as many as there are categories, where each group would be a category.
    resamples : int
        Splits of the customers into two halves for each number of groups.
    least : float
        Stability that more than two groups must reach.
    seed : int or numpy Generator

    Attributes
    ----------
    n_groups_ : int
    profiles_ : DataFrame (groups, categories)
        What each group buys: rows add up to 1. Group 0 is the largest.
    sizes_ : Series (groups,)
        Share of each group.
    stability_ : DataFrame (n_groups, mean, low, high), or None if the number was given
        Adjusted Rand index of all customers' groups under two models, each fitted to one half; 5-95 % over the splits.

    Notes
    -----
    The rule: among three groups and more, the *largest* number whose mean index is within 0.05 of the best one, if the
    best reaches `least`; else two, with a ConvergenceWarning if two do not reach it either. Two are left out at first
    since one coarse cut is stable in almost any data. The margins are conventions: look at the whole table (1 = the two
    halves agree on everybody, 0 = as by chance). Trust it for the mixture, whose index is near 0 when all customers are
    alike; k-means and NMF agree with themselves well above 0 even then, for they cut few lines along the categories.

    Examples
    --------
    >>> counts = pd.DataFrame({"tea": [9, 8, 1, 0], "book": [1, 0, 7, 9]}, index=["ann", "ben", "eva", "zoe"])
    >>> NeedsSegments(2).fit(counts).predict(counts).to_dict()
    {'ann': 0, 'ben': 0, 'eva': 1, 'zoe': 1}
    """

    def __init__(self, n_groups=None, *, method="mixture", max_groups=10, resamples=10, least=0.6, seed=0):
        self.n_groups, self.method, self.max_groups = n_groups, method, max_groups
        self.resamples, self.least, self.seed = resamples, least, seed

    def fit(self, profiles):
        """Find the groups.

        Parameters
        ----------
        profiles : DataFrame (customers, categories)
            Indexed by customer: counts of lines (mixture), totals (nmf), totals or shares (kmeans).
        """
        choice(self.method, ("mixture", "nmf", "kmeans"), "method")
        totals, rng = self._totals(profiles), np.random.default_rng(self.seed)
        size = f"{len(totals):,} customers with {totals.shape[1]} categories"
        most = min(whole(self.max_groups, "max_groups", 2), totals.shape[1] - 1, len(totals) // 2)
        self.stability_, k = None, self.n_groups
        if k is None:
            refuse_if(most < 2, f"{size} are too few to choose a number of groups", advice="give n_groups=2")
            self.stability_ = self._stability(totals, range(2, most + 1), rng)
            k = self._choose()
        possible = min(totals.shape) if self.method == "nmf" else len(totals)
        refuse_if(whole(k, "n_groups", 1) > possible, f"{size} cannot make {k} groups")
        found, sizes = _fit(self.method, totals, k, rng, _LONG)
        groups = pd.RangeIndex(k, name="group")
        self.n_groups_, self.profiles_ = k, pd.DataFrame(found, index=groups, columns=profiles.columns)
        self.sizes_ = pd.Series(sizes, index=groups, name="share")
        return self

    def _totals(self, profiles, columns=None):
        refuse_if(not isinstance(profiles, pd.DataFrame), "profiles is not a pandas DataFrame", advice=_COUNTS)
        extra = [] if columns is None else sorted(set(profiles.columns) ^ set(columns), key=str)
        problem = f"the categories are not those of fit: {', '.join(map(repr, extra))} stand on one side only"
        refuse_if(extra != [], problem, advice="give `category_profiles` the option categories=list(model.profiles_)")
        numeric = all(pd.api.types.is_numeric_dtype(kind) for kind in profiles.dtypes) and not profiles.empty
        refuse_if(not numeric, "profiles needs customers, and columns of numbers only", advice=_COUNTS)
        totals = profiles[list(profiles if columns is None else columns)].to_numpy(float)
        bad = ~(np.isfinite(totals) & (totals >= 0)).all(axis=1)
        refuse_if(bad, "a number is missing, infinite or negative", rows=profiles, allowed="0 or more")
        advice = "leave these customers out and say how many: `profiles[profiles.sum(axis=1) > 0]`"
        refuse_if(totals.sum(axis=1) == 0, "a customer bought nothing", rows=profiles, advice=advice)
        counted = self.method != "mixture" or (totals == np.round(totals)).all()
        refuse_if(not counted, "the mixture counts lines, and these are not whole numbers", advice=_COUNTS)
        return totals

    def _stability(self, totals, numbers, rng):
        from sklearn.metrics import adjusted_rand_score

        half, rows = len(totals) // 2, []
        for k in numbers:
            index = []
            for _ in range(whole(self.resamples, "resamples", 1)):
                order = rng.permutation(len(totals))
                models = (_fit(self.method, totals[part], k, rng) for part in (order[:half], order[half:]))
                index.append(adjusted_rand_score(*(_weights(self.method, totals, *m).argmax(axis=1) for m in models)))
            rows.append([k, np.mean(index), *np.quantile(index, [0.05, 0.95])])
        return pd.DataFrame(rows, columns=["n_groups", "mean", "low", "high"])

    def _choose(self):
        table = self.stability_.set_index("n_groups")["mean"]
        best = table.loc[3:].max()  # missing if only two groups were tried
        if best >= self.least:
            return int(table.loc[3:].index[table.loc[3:] >= best - 0.05].max())
        if table.max() < self.least:
            message = f"no number of groups is stable: the index reaches {table.max():.2f} at most, below {self.least}"
            warnings.warn(f"{message}. These categories may not tell needs apart.", ConvergenceWarning, stacklevel=3)
        return 2

    def transform(self, profiles):
        """Share of each group in each customer, for these or new customers: DataFrame whose rows add up to 1."""
        refuse_if(not hasattr(self, "profiles_"), "the model is not fitted", advice="call fit(profiles) first")
        totals = self._totals(profiles, self.profiles_.columns)
        weights = _weights(self.method, totals, self.profiles_.to_numpy(), self.sizes_.to_numpy())
        return pd.DataFrame(weights, index=profiles.index, columns=self.profiles_.index)

    def predict(self, profiles):
        """Number of each customer's group (0 = the largest), for these or new customers: Series named group."""
        return pd.Series(self.transform(profiles).to_numpy().argmax(axis=1), index=profiles.index, name="group")


def needs_drift(lines, segments, *, weeks=13, gap=1, at_least=3, replications=100, seed=0):
    """Share of customers whose group changes between two periods, beside what customers who do not change would show.

    A customer's group in a period is guessed from few lines, so it changes by luck alone. The noise line deals each
    customer's own lines of the two periods at random over the two, their numbers kept: a world in which nobody changes
    between them.

    Parameters
    ----------
    lines : dataframe of any engine
        One row per line: `customer_id`, `order_date`, `category`; lines without customer or category and returned lines
        (a negative `amount`, where there is such a column) are left out.
    segments : NeedsSegments
        Fitted; lines of categories that it does not know are left out.
    weeks : int
        Length of a period, counted from the first day; an incomplete last period is left out.
    gap : int
        Periods from the first to the second of the two that are compared.
    at_least : int
        Lines that a customer must have in both.
    replications : int
    seed : int or numpy Generator

    Returns
    -------
    DataFrame, one row per first period (from 1) and a last row "all"
        customers : with enough lines in both; lines : their mean number of lines in a period
        changed : share whose group differs
        noise, low, high : the same share among customers who do not change: mean and 5-95 % band

    Notes
    -----
    What all customers do together (a season of gifts) also lies above the noise line: it is change, but not of needs.
    Those who did change raise the noise line a little (their two periods are dealt together), so it is a careful one.
    "all" counts a customer once for each pair of periods, so its band is a little too narrow.
    """
    weeks, gap, at_least = whole(weeks, "weeks", 1), whole(gap, "gap", 1), whole(at_least, "at_least", 1)
    frame, schema = _open_lines(lines, ["customer_id", "category", "order_date"])
    frame = frame.filter(nw.col("amount") >= 0) if "amount" in schema else frame
    table = frame.lazy().select("customer_id", "category", "order_date").collect().to_pandas()
    dates = pd.api.types.is_datetime64_dtype(table["order_date"]) or schema["order_date"] == nw.Date
    refuse_if(not dates or table["order_date"].isna().any(), f"holds {schema['order_date']}, or a date is missing",
              column="order_date", advice="give them as dates without a time zone")  # fmt: skip
    names = segments.profiles_.columns
    what = names.get_indexer(table["category"].astype("str"))
    day = table["order_date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    n = int(day.max() - day.min() + 1) // (7 * weeks) if len(day) else 0
    refuse_if(n <= gap, f"the lines cover {n} whole period(s) of {weeks} weeks; gap={gap} needs {gap + 1}")
    when = (day - day.min()) // (7 * weeks)
    used = (what >= 0) & (when < n)
    who, people = pd.factorize(table["customer_id"][used], sort=True)
    what, when, pairs = what[used], when[used], n - gap
    before, after = when < pairs, when >= gap
    unit = np.r_[(who * pairs + when)[before], (who * pairs + when - gap)[after]]  # a customer in two periods
    late = np.repeat([0, 1], [before.sum(), after.sum()])
    size = np.bincount(2 * unit + late, minlength=2 * pairs * len(people)).reshape(-1, 2)
    enough = (size >= at_least).all(axis=1)
    refuse_if(not enough.any(), f"no customer has {at_least} lines in both periods", advice="take longer periods")
    kept = enough[unit]
    row, pair = (np.cumsum(enough) - 1)[unit[kept]], np.flatnonzero(enough) % pairs
    order = np.argsort(row, kind="stable")
    row, what, late = row[order], np.r_[what[before], what[after]][kept][order], late[kept][order]

    def means(values):
        sums = np.bincount(pair, values, minlength=pairs)
        return np.append(sums, sums.sum()) / np.maximum(np.append(people_in, people_in.sum()), 1)

    def changed(what):
        cells = np.bincount((2 * row + late) * len(names) + what, minlength=2 * len(pair) * len(names))
        group = segments.predict(pd.DataFrame(cells.reshape(-1, len(names)), columns=names)).to_numpy().reshape(-1, 2)
        return means(group[:, 0] != group[:, 1])

    rng, people_in = np.random.default_rng(seed), np.bincount(pair, minlength=pairs)
    shuffles = range(whole(replications, "replications", 1))
    draws = [changed(what[np.lexsort((rng.random(len(row)), row))]) for _ in shuffles]
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    out = {"customers": np.append(people_in, len(pair)), "lines": means(size[enough].mean(axis=1))}
    out = pd.DataFrame(out | {"changed": changed(what), "noise": np.mean(draws, axis=0), "low": low, "high": high})
    out.index = pd.Index([*map(str, range(1, pairs + 1)), "all"], name="period")
    return out[out["customers"] > 0]


def skew_diversity(values, counts, *, replications=100, seed=0):
    """Where a firm stands on Peppers and Rogers' map: skew of customers' values, diversity of what they need.

    Parameters
    ----------
    values : array-like (customers,)
        What each customer is worth, 0 or more.
    counts : DataFrame (customers, categories)
        Lines of each customer, from `category_profiles`; customers with fewer than two lines tell nothing and are left
        out. The two need not be the same customers.

    Returns
    -------
    DataFrame of one row
        customers; skew : Gini coefficient of `values`; diversity : see Notes; luck, low, high : diversity if all
        customers were alike and had these numbers of lines (mean, 5-95 % band).

    Notes
    -----
    diversity = 1 - (chance that two lines of one customer differ in category) / (chance that two lines of two customers
    do): 0 when all customers are alike, 1 when each buys one category only. It is Nei's (1973) measure of how diverse
    populations are, with customers for populations; pairs are drawn without replacement, so few lines do not raise it.
    """
    refuse_if(not isinstance(counts, pd.DataFrame), "counts is not a pandas DataFrame", advice=_COUNTS)
    totals = NeedsSegments(1)._totals(counts[counts.sum(axis=1) != 0])
    totals = totals[totals.sum(axis=1) > 1]
    refuse_if(len(totals) < 2, "fewer than two customers have two lines or more", advice=_COUNTS)
    size, rng = totals.sum(axis=1), np.random.default_rng(seed)

    def diversity(x):
        within = 1 - ((x * (x - 1)).sum(axis=1) / (size * (size - 1))).mean()
        shares = x / size[:, None]
        pairs = (np.square(shares.sum(axis=0)) - np.square(shares).sum(axis=0)).sum() / (len(x) * (len(x) - 1))
        return 1 - within / (1 - pairs) if pairs < 1 else 0.0

    common = totals.sum(axis=0) / totals.sum()
    luck = [diversity(rng.multinomial(size.astype(int), common)) for _ in range(whole(replications, "replications", 1))]
    low, high = np.quantile(luck, [0.05, 0.95])
    skew = _concentration(np.sort(_numbers(values, "values", negative=False)))[-1]
    row = {"customers": len(totals), "skew": skew, "diversity": diversity(totals), "luck": np.mean(luck)}
    return pd.DataFrame([row | {"low": low, "high": high}])
