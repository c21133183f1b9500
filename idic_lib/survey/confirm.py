"""Does the structure that we wrote down fit the answers, and does it hold in two groups (languages, countries)?

Factor models are fitted here by maximum likelihood (Jöreskog 1969; groups: Jöreskog 1971) with Fisher scoring, answers
taken as continuous. Factors have variance 1 (in the first group), so no item is a marker. Anything with arrows between
constructs goes to semopy by `fit_structure`, the one place that calls it.
"""

import warnings
from collections import namedtuple
from itertools import chain, combinations, combinations_with_replacement

import numpy as np
import pandas as pd
from scipy import linalg, optimize, stats

from .._guards import refuse_if, share, to_pandas
from ..errors import ConvergenceError, ConvergenceWarning

__all__ = ["confirm_factors", "fit_structure", "invariance", "split_sample"]


FactorFit = namedtuple("FactorFit", "loadings correlations measures proper")
StructureFit = namedtuple("StructureFit", "estimates measures")
Invariance = namedtuple("Invariance", "steps items means")


def answers(items, names=None, least=2):
    """The named items as numbers, without respondents who left one out; `DataError` if they cannot be analysed."""
    frame = to_pandas(items, "items is not a frame", allowed="one row a respondent, one column an item")
    names = list(dict.fromkeys(frame if names is None else names))
    lost = [name for name in names if name not in frame]
    refuse_if(bool(lost), f"the model names items that are no columns: {lost}", allowed=", ".join(map(str, frame)))
    text = [name for name in names if not pd.api.types.is_numeric_dtype(frame[name])]
    refuse_if(bool(text), f"the answers to {text} are not numbers", advice="code them as numbers, or leave them out")
    full = frame[names].dropna().astype(float)
    refuse_if(len(names) < least, f"{len(names)} item(s) are too few", allowed=f"at least {least}")
    refuse_if(len(full) <= len(names), f"{len(full)} complete answers to {len(names)} items are too few",
              advice="leave out items that few people answered, or ask more people")  # fmt: skip
    flat = list(full.columns[full.nunique() < 2])
    refuse_if(bool(flat), f"everybody gave the same answer to {flat}", advice="leave them out")
    return full


def split_sample(items, *, seed):
    """Two random halves of the respondents (frames): one to explore, one to confirm."""
    first = np.random.default_rng(seed).permutation(len(items)) < len(items) // 2
    return items[first], items[~first]


def fit_measures(chi_square, df, seen, implied):
    """Series of chi-square, df, p, CFI, TLI, RMSEA with its 90 % interval, SRMR and n.

    `seen` has a pair (respondents, covariance matrix with divisor n) for each group, `implied` the model's covariances.
    CFI: Bentler 1990; TLI: Tucker & Lewis 1973; RMSEA: Steiger & Lind 1980, for groups Steiger 1998. The model of the
    baseline lets no two variables correlate.
    """
    n, groups, p = sum(size for size, _ in seen), len(seen), len(seen[0][1])
    base = sum(size * (np.log(cov.diagonal()).sum() - np.linalg.slogdet(cov)[1]) for size, cov in seen)
    base_df, scales = groups * p * (p - 1) // 2, [np.sqrt(np.outer(cov.diagonal(), cov.diagonal())) for _, cov in seen]
    gaps = [((cov - m) / s)[np.tril_indices(p)] for (_, cov), m, s in zip(seen, implied, scales, strict=True)]

    def rmsea(excess):
        return np.sqrt(groups * max(excess, 0) / max(df, 1) / n)

    def bound(level):
        if df == 0 or stats.chi2.cdf(chi_square, df) < level:
            return 0.0
        return optimize.brentq(lambda x: stats.ncx2.cdf(chi_square, df, x) - level, 1e-9, 3 * chi_square + 100)

    over, base_over = chi_square - df, base - base_df
    return pd.Series({"chi_square": chi_square, "df": df, "p": stats.chi2.sf(chi_square, df) if df else np.nan,
                      "cfi": 1 - max(over, 0) / max(over, base_over, 1e-12),
                      "tli": 1 - over / df * base_df / base_over if df else np.nan, "rmsea": rmsea(over),
                      "rmsea_low": rmsea(bound(0.95)), "rmsea_high": rmsea(bound(0.05)),
                      "srmr": np.mean(np.square(gaps)) ** 0.5, "n": n})  # fmt: skip


class _Groups:
    """Maximum likelihood of one factor model in one or more groups, some parameters equal between them.

    `same` holds "loading" and/or "intercept", `free` the pairs (kind, item) that may differ nevertheless.
    """

    def __init__(self, samples, model, same=(), free=()):
        self.items, self.model, self.same, self.free = list(samples[0]), model, same, free
        self.loads = [(construct, item) for construct, names in model.items() for item in names]
        self.rows = np.array([self.items.index(item) for _, item in self.loads])
        self.cols = np.array([list(model).index(construct) for construct, _ in self.loads])
        self.moments = [(len(s), s.mean().to_numpy(), np.cov(s.to_numpy().T, bias=True)) for s in samples]
        names = np.array([name for g in range(len(samples)) for name in self._names(g)])
        self.names = np.unique(names[~np.isin(names, ["=0", "=1"])])
        self.fixed, self.map = (names == "=1").astype(float), (names[:, None] == self.names).astype(float)
        self._fit()

    def _names(self, g):
        """A name for each parameter of group g: equal names are one parameter, "=1" and "=0" are fixed."""
        tied = {(kind, item) for kind in self.same for item in self.items} - set(self.free)
        own, (shape, level) = f" {g}", (g and kind in self.same for kind in ("loading", "intercept"))
        pairs = combinations_with_replacement(self.model, 2)
        return ([f"{f}=~{i}" + own * (("loading", i) not in tied) for f, i in self.loads]
                + [f"{i}~1" + own * (("intercept", i) not in tied) for i in self.items]
                + [f"{i} error{own}" for i in self.items]
                + ["=1" if a == b and not shape else f"{a}~~{b}{own}" for a, b in pairs]
                + [f"{f} mean{own}" if level else "=0" for f in self.model])  # fmt: skip

    def _implied(self, full):
        """Of a group: means, covariances, their derivatives by its parameters, factor covariances, error variances."""
        p, k, m = len(self.items), len(self.model), len(self.loads)
        (a, b), t, every = np.triu_indices(k), np.arange(m), np.arange(p)
        load, nu, theta, upper, alpha = np.split(full, np.cumsum([m, p, p, len(a)]))
        lam, phi = np.zeros((p, k)), np.zeros((k, k))
        lam[self.rows, self.cols], phi[a, b], phi[b, a] = load, upper, upper
        d_mean, d_cov = np.zeros((len(full), p)), np.zeros((len(full), p, p))
        d_mean[t, self.rows], d_mean[m + every, every], d_mean[-k:] = alpha[self.cols], 1, lam.T
        d_cov[t, self.rows], d_cov[m + p + every, every, every] = (phi @ lam.T)[self.cols], 0.5
        d_cov[m + 2 * p : -k] = np.einsum("it,jt->tij", lam[:, a], lam[:, b]) / (1 + (a == b))[:, None, None]
        d_cov += d_cov.transpose(0, 2, 1)
        return nu + lam @ alpha, lam @ phi @ lam.T + np.diag(theta), d_mean, d_cov, phi, theta

    def _step(self, values):
        """Minus twice the log-likelihood against the saturated model, its score and expected information."""
        parts = np.split(self.fixed + self.map @ values, len(self.moments))
        total, scores, infos = 0.0, [], []
        for part, (n, mean, cov) in zip(parts, self.moments, strict=True):
            mu, sigma, d_mean, d_cov, *_ = self._implied(part)
            if np.linalg.eigvalsh(sigma)[0] <= 0:
                return np.inf, None, None
            inverse, gap = np.linalg.inv(sigma), mean - mu
            seen, turned = cov + np.outer(gap, gap), inverse @ d_cov
            total += n * ((inverse * seen).sum() - len(mu) - np.linalg.slogdet(cov @ inverse)[1])
            flat, back = turned.reshape(len(part), -1), turned.transpose(0, 2, 1).reshape(len(part), -1)
            scores.append(n * (flat @ (inverse @ (seen - sigma)).T.ravel() / 2 + d_mean @ inverse @ gap))
            infos.append(n * (flat @ back.T / 2 + d_mean @ inverse @ d_mean.T))
        return total, np.concatenate(scores), linalg.block_diag(*infos)

    def _fit(self):
        k = len(self.model)
        phi = np.where(np.equal(*np.triu_indices(k)), 1.0, 0.3)
        start = [np.r_[0.7 * cov.diagonal()[self.rows] ** 0.5, mean, cov.diagonal() / 2, phi, np.zeros(k)]
                 for _, mean, cov in self.moments]  # fmt: skip
        self.values = self.map.T @ np.concatenate(start) / self.map.sum(axis=0)
        now, scale = self._step(self.values), 1.0
        for _ in range(200):
            inner = self.map.T @ now[2] @ self.map
            self.covariance = np.linalg.inv(inner + np.diag(1e-12 * inner.diagonal()))
            move = self.covariance @ (slope := self.map.T @ now[1])
            if (gain := slope @ move) < 1e-9 or scale < 1e-4:
                break
            scale = 1.0
            while scale > 1e-4 and (new := self._step(self.values + scale * move))[0] > now[0]:
                scale /= 2
            self.values, now = self.values + scale * move, new
        if not abs(gain) < 1e-6 or np.divide(*np.linalg.eigvalsh(inner)[[0, -1]]) < 1e-10:
            raise ConvergenceError("the factor model did not converge: the likelihood still rises, or is flat; usual "
                                   "causes are few answers, a construct of two weak items, a wrong model")  # fmt: skip
        (self.chi_square, self.score, self.info), self.full = now, self.fixed + self.map @ self.values
        self.df = len(self.moments) * len(self.items) * (len(self.items) + 3) // 2 - len(self.values)
        self.fits = [self._implied(part) for part in np.split(self.full, len(self.moments))]
        self.proper = all(theta.min() > 0 and np.linalg.eigvalsh(phi)[0] > 0 for *_, phi, theta in self.fits)

    def measures(self):
        seen = [(n, cov) for n, _, cov in self.moments]
        return fit_measures(self.chi_square, self.df, seen, [fit[1] for fit in self.fits])

    def at(self, names):
        """Estimates of named parameters, and their standard errors."""
        place = np.searchsorted(self.names, np.array(names, str))
        return self.values[place], self.covariance.diagonal()[place] ** 0.5

    def score_tests(self, kind):
        """Of each item held equal: p, and how far the second group's parameter would move if it were free."""
        first, names = (0, [i for _, i in self.loads]) if kind == "loading" else (len(self.loads), self.items)
        held = [place for place, item in enumerate(names) if (kind, item) not in self.free]
        at = len(self.full) // 2 + first + np.array(held, int)
        ties, score = self.map.T @ self.info[:, at], self.score[at]
        spread = self.info[at, at] - (ties * (self.covariance @ ties)).sum(axis=0)
        tests = {"p": stats.chi2.sf(score**2 / spread, 1), "move": score / spread, "se": spread**-0.5}
        return pd.DataFrame(tests, [names[place] for place in held]).sort_values("p")


def _intervals(estimate, spread, level, title, index):
    """Frame of estimates with Wald intervals."""
    half = stats.norm.ppf(0.5 + share(level, "level") / 2) * np.asarray(spread)
    return pd.DataFrame({title: estimate, "low": estimate - half, "high": estimate + half}, index)


def confirm_factors(items, model, *, level=0.95):
    """Fit the factor model that was written down before the data were seen (confirmatory factor analysis).

    Parameters
    ----------
    items : DataFrame
        One row a respondent, one column an item; other columns are not used. Rows with a missing answer are left out.
    model : dict of str to list of str
        Construct -> its items. The constructs may correlate; an item may belong to two.
    level : float
        Level of the intervals (Wald).

    Returns
    -------
    FactorFit
        `.loadings` (standardised; rows construct, item), `.correlations` (of the constructs) with `low` and `high`,
        `.measures` (chi_square, df, p, cfi, tli, rmsea with its 90 % interval, srmr, n) and `.proper`.

    Raises
    ------
    DataError
        Items that are missing, no numbers, without variation, or too few for the model.
    ConvergenceError
        The likelihood has no maximum that was found.

    Warns
    -----
    ConvergenceWarning
        The best solution is improper: a negative variance, or constructs that correlate by 1 and more.

    Notes
    -----
    Maximum likelihood (Jöreskog 1969), n in the chi-square as in lavaan. Answers are taken as continuous.
    """
    fit = _Groups([answers(items, chain(*model.values()), 3)], model)
    if not fit.proper:
        why = "the solution is improper (a negative variance, or a correlation of 1 or more)"
        warnings.warn(f"{why}: do not read it; ask more people, or drop a construct", ConvergenceWarning, stacklevel=2)
    _, sigma, _, d_cov, *_ = fit.fits[0]
    size, variance = len(fit.rows), sigma.diagonal()[fit.rows]
    slopes = np.eye(size, len(fit.full)) / variance[:, None] ** 0.5
    slopes -= 0.5 * (fit.full[:size] / variance**1.5)[:, None] * d_cov[:, fit.rows, fit.rows].T
    slopes = slopes @ fit.map
    spread = np.einsum("ij,jk,ik->i", slopes, fit.covariance, slopes) ** 0.5
    index = pd.MultiIndex.from_tuples(fit.loads, names=["construct", "item"])
    loadings = _intervals(fit.full[:size] / variance**0.5, spread, level, "loading", index)
    pairs = list(combinations(model, 2))
    index = pd.MultiIndex.from_frame(pd.DataFrame(pairs, columns=["construct", "other"]))
    correlations = _intervals(*fit.at([f"{a}~~{b} 0" for a, b in pairs]), level, "correlation", index)
    return FactorFit(loadings, correlations, fit.measures(), fit.proper)


def invariance(items, groups, model, *, level=0.95):
    """Do the items measure alike in two groups? Configural, metric and scalar models, and the items that differ.

    Parameters
    ----------
    items : DataFrame
        As for `confirm_factors`.
    groups : Series or array
        Group of each respondent: exactly two values. "Second" is the later one in sorted order.
    model : dict of str to list of str
        Construct -> its items.
    level : float
        An item is named as different if its Holm-adjusted p is below 1 - `level`.

    Returns
    -------
    Invariance
        `.steps`: configural (same items), metric (equal loadings), scalar (equal intercepts, too), each of the last two
        followed by a "partial" row if items had to be set free; fit, and the change of chi-square against the model
        it is nested in. `.items`, by kind ("loading", "intercept") and item: whether it `differs` and was set free,
        Holm-adjusted p, and the `difference` (second group less first, in points of the answer scale) with its
        interval, in one step from the last model that held the item equal; missing: free before it was tested.
        `.means`: by model (scalar; partial) and construct, second group less first in standard deviations of the first.

    Notes
    -----
    Multi-group maximum likelihood (Jöreskog 1971; steps as in Meredith 1993). Items are tested one by one by
    score tests in the model that holds all of them equal; the worst is set free and the rest tested again, until none
    is left or a construct would keep fewer than two equal items. This is a search: what it finds asks for new data.
    """
    items = to_pandas(items, "items is not a frame")
    frame = answers(items, chain(*model.values()), 3)
    refuse_if(len(groups) != len(items), f"{len(groups)} groups for {len(items)} respondents")
    labels = pd.Series(np.asarray(groups), items.index)[items[list(frame)].notna().all(axis=1)]
    values = sorted(labels.dropna().unique())
    refuse_if(len(values) != 2, f"{len(values)} groups among complete answers", allowed="exactly two")
    samples = [answers(frame[(labels == value).to_numpy()]) for value in values]
    fit, free, tables, means = _Groups(samples, model), set(), {}, {}
    steps, same = {"configural": _line(fit, None)}, ()
    for kind, step in (("loading", "metric"), ("intercept", "scalar")):
        same = (*same, kind)
        base, fit, found = fit, _Groups(samples, model, same, free), []
        while True:
            steps[step] = _line(fit, base)
            if kind == "intercept":
                means[step] = _intervals(*fit.at([f"{c} mean 1" for c in model]), level, "difference", list(model))
            tests = fit.score_tests(kind)
            tests["p"] = (tests["p"] * np.arange(len(tests), 0, -1)).clip(upper=1).cummax()  # Holm 1979
            enough = {i for chosen in model.values() if sum((kind, i) not in free for i in chosen) > 2 for i in chosen}
            worst = [item for item in tests.index[tests["p"] < 1 - level] if item in enough][:1]
            found.append(tests.loc[worst].assign(differs=True))
            if not worst:
                break
            # An item whose slope differs has no comparable intercept either.
            free = free | {(kind, worst[0]), ("intercept", worst[0])}
            fit, step = _Groups(samples, model, same, free), step.split(",")[0] + ", partial"
        table = pd.concat([*found, tests.assign(differs=False)])
        moves = _intervals(table["move"], table["se"], level, "difference", table.index)
        table = table[["differs", "p"]].join(moves).reindex(list(frame)).rename_axis("item")
        tables[kind] = table.assign(differs=table["differs"].eq(True))
    means = pd.concat(means, names=["model", "construct"])
    return Invariance(pd.DataFrame(steps).T, pd.concat(tables, names=["kind"]), means)


def _line(fit, base):
    """Row of the table of steps: fit, and the likelihood-ratio test against `base`."""
    gap, df = (fit.chi_square - base.chi_square, fit.df - base.df) if base else (np.nan, np.nan)
    return fit.measures().to_dict() | {"change": gap, "df_change": df, "p_change": stats.chi2.sf(gap, df)}


def fit_structure(description, frame):
    """Fit a structural model (arrows between constructs or variables) by maximum likelihood: the adapter to semopy.

    Parameters
    ----------
    description : str
        In the syntax that semopy shares with lavaan: ``x =~ x1 + x2 + x3`` (measured by), ``y ~ x + z`` (regression),
        ``x ~~ z`` (covariance), one a line.
    frame : DataFrame
        Must hold the observed variables; rows with one missing are left out.

    Returns
    -------
    StructureFit
        `.estimates`: columns left, op, right, estimate, se, p, standardised, low, high (95 %, Wald; estimate and
        interval in the variables' own units; missing for what is fixed). `.measures` as in `confirm_factors`.

    Raises
    ------
    DataError
        A variable that the frame does not have, or unusable answers.
    ConvergenceError
        semopy's optimiser did not succeed.
    """
    from semopy import Model

    model = Model(description)
    data = answers(frame, model.vars["observed"])
    p, size = data.shape[1], len(data)
    solution = model.fit(data)
    if not solution.success:
        raise ConvergenceError(f"the structural model did not converge: {solution.message}")
    table = model.inspect(std_est=True).replace("-", np.nan).infer_objects()
    table.columns = ["left", "op", "right", "estimate", "standardised", "se", "z", "p"]
    ends, both = table[["left", "right"]], table["op"] == "~~"  # semopy's order changes from run to run
    table.loc[both, ["left", "right"]] = np.sort(ends[both].to_numpy(str), axis=1)
    table = table.drop(columns="z").sort_values(["op", "left", "right"], ignore_index=True)
    half = stats.norm.ppf(0.975) * table["se"].astype(float)
    table = table.assign(low=table["estimate"] - half, high=table["estimate"] + half)
    sigma, seen = model.calc_sigma()[0], np.cov(data.to_numpy().T, bias=True)
    df = p * (p + 1) // 2 - len(model.param_vals)
    return StructureFit(table, fit_measures(size * solution.fun, df, [(size, seen)], [sigma]))
