"""An atlas of customer-relationship models: what each asks for, which steps of IDIC it serves, who has checked it."""

import pandas as pd

from .._guards import choice, refuse_if, whole
from ..data import load_crm_models, load_crm_stages

__all__ = ["Atlas", "DATA", "LEVELS", "OUTSIDE", "STEPS"]

#: The steps of IDIC that a stage may serve; T is technology that enables any of them.
STEPS = {"I": "identify", "Dv": "differentiate by value", "Dn": "differentiate by needs", "N": "interact",
         "K": "customize", "T": "enabling technology"}  # fmt: skip
#: How a stage is marked that no step of IDIC covers.
OUTSIDE = "outside IDIC"
#: What a model may ask for.
DATA = {"records": "names, phones and addresses, from which one customer is recognised",
        "orders": "who bought, when, for how much", "lines": "which products stand in each order",
        "contacts": "letters, messages and calls, by channel, with their response",
        "answers": "what single customers told the firm: wishes, feedback, reasons for leaving",
        "survey": "a questionnaire to customers", "assessment": "managers or assessors rate the firm",
        "staff": "satisfaction and turnover of employees, by branch", "profit": "margin and cost to serve",
        "spend": "what was spent on winning and keeping customers, and what came of it",
        "cohorts": "customers won and lost by period", "prospects": "people who have not bought yet",
        "network": "suppliers, partners, referrals", "social": "activity on social media",
        "documents": "studies, programmes or cases that a researcher reads and codes"}  # fmt: skip
#: How well a row was checked, the best first.
LEVELS = ("yes", "reference", "no")
_KEEP = ["name", "name_fa", "year", "authors", "unit", "verified"]


def _parts(column):
    return column.str.split(";").map(frozenset)


def _read(frame, name, needed, words):
    """The table, if its columns are there and each coded cell holds words of its closed list only."""
    lost = [column for column in needed if column not in getattr(frame, "columns", ())]
    refuse_if(bool(lost), f"{name} has no column {', '.join(map(repr, lost))}", advice="start from data.load_crm_*()")
    for column, allowed in words.items():
        bad = ~frame[column].fillna("").astype("str").str.split(";").map(lambda cell, ok=allowed: set(cell) <= set(ok))
        refuse_if(bad, "a code is unknown", column=column, rows=frame[[needed[0], column]],
                  allowed=", ".join(allowed) + ", several separated by ';'")  # fmt: skip
    return frame


class Atlas:
    """Some fifty models of customer relationships, with questions that one can ask of them.

    Parameters
    ----------
    models, stages : DataFrame, optional
        Tables of the form of `data.load_crm_models` and `data.load_crm_stages`, for example those with a row of your
        own; without them, those of the course.
    least : {"yes", "reference", "no"}
        The worst level of checking that is let in. "yes" (default): a page was read that shows authors, year, outlet
        and stages, and only stages so seen (mark V) count. "reference": also models of which only the reference was
        seen. "no": all. `timeline` and `matrix`, made for figures, take no notice of it.

    Attributes
    ----------
    models : DataFrame
        The models let in, indexed by ``model_id``: ``name``, ``name_fa``, ``year``, ``authors``, ``unit`` (C customer,
        F firm, P process, T technology), ``verified``, ``steps`` and ``data`` (sets of codes, see `STEPS`, `DATA`).
    stages : DataFrame
        Their stages, as `data.load_crm_stages` gives them.
    left_out : Series
        Number of models left out, by level.

    Raises
    ------
    DataError
        If a column is missing, an id occurs twice or is unknown, or a code is outside its closed list.

    Notes
    -----
    That a stage serves a step is our reading, not the authors'. Sources: ``how_checked`` of each row.
    """

    def __init__(self, models=None, stages=None, *, least="yes"):
        self.least = choice(least, LEVELS, "least")
        table = load_crm_models() if models is None else models
        table = _read(table, "models", ["model_id", *_KEEP, "data_needed"],
                      {"verified": LEVELS, "unit": "CFPT", "data_needed": DATA})  # fmt: skip
        parts = load_crm_stages() if stages is None else stages
        parts = _read(parts, "stages", ["model_id", "order", "stage", "stage_fa", "idic_step", "mark"],
                      {"idic_step": [*STEPS, OUTSIDE], "mark": "VMU"})  # fmt: skip
        for bad, problem, rows in (
            (table["model_id"].duplicated(), "an id occurs twice in models", table),
            (~parts["model_id"].isin(table["model_id"]), "a stage belongs to no model", parts),
        ):
            refuse_if(bad, problem, column="model_id", rows=rows)
        self._all, self._parts = table.set_index("model_id"), parts
        kept = self._all["verified"].isin(LEVELS[: LEVELS.index(least) + 1])
        self.left_out = self._all.loc[~kept, "verified"].value_counts().reindex(LEVELS, fill_value=0).rename("models")
        self.stages = parts[parts["model_id"].isin(kept.index[kept]) & ((least != "yes") | parts["mark"].eq("V"))]
        served = self.stages.assign(idic_step=_parts(self.stages["idic_step"])).groupby("model_id")["idic_step"]
        served = served.agg(lambda sets: frozenset.union(*sets) - {OUTSIDE}).reindex(kept.index[kept])
        steps = served.map(lambda cell: cell if isinstance(cell, frozenset) else frozenset())
        self.models = self._all.loc[kept, _KEEP].assign(steps=steps, data=_parts(self._all["data_needed"]))

    def __repr__(self):
        return f"Atlas of {len(self.models)} models; left out: {self.left_out.sum()}"

    def usable(self, have, *, missing=0):
        """Models whose data you have.

        Parameters
        ----------
        have : collection of str
            Codes of `DATA`, for example ``["orders", "lines"]``.
        missing : int
            How many codes may be lacking.

        Returns
        -------
        DataFrame
            One row a model, those that lack least first: ``name``, ``year``, ``data``, ``lacks`` (text, separated by
            ``;``) and ``steps``.
        """
        have = {choice(code, list(DATA), "have") for code in ([have] if isinstance(have, str) else have)}
        lacks = self.models["data"].map(lambda data: sorted(data - have))
        out = self.models.assign(lacks=lacks.str.join(";"), many=lacks.str.len())
        out = out[out["many"] <= whole(missing, "missing", 0)].sort_values(["many", "year", "name"])
        text = {column: out[column].map(lambda codes: ";".join(sorted(codes))) for column in ("data", "steps")}
        return out.assign(**text)[["name", "year", "data", "lacks", "steps"]]

    def serving(self, step):
        """Stages that serve a step (a key of `STEPS`, or `OUTSIDE`): ``name``, ``order``, ``stage``, ``stage_fa``."""
        choice(step, [*STEPS, OUTSIDE], "step")
        here = self.stages[_parts(self.stages["idic_step"]).map(lambda steps: step in steps)]
        out = here.join(self.models[["name", "year"]], on="model_id").sort_values(["year", "model_id", "order"])
        return out.set_index("model_id")[["name", "year", "order", "stage", "stage_fa"]]

    def neighbours(self, model_id, *, k=5):
        """The `k` models most like one: ``name``, ``year``, ``jaccard``, ``shared``.

        Jaccard's index: codes (steps served and data needed, in one set) that both have over codes that one has.
        """
        codes = self.models["steps"].combine(self.models["data"], frozenset.union)
        refuse_if(model_id not in codes, f"model_id={model_id!r} is not among the models let in",
                  allowed=", ".join(codes.index), advice='look at Atlas(least="no").models')  # fmt: skip
        mine, others = codes[model_id], codes.drop(model_id)
        near = others.map(lambda theirs: len(mine & theirs) / len(mine | theirs))
        shared = others.map(lambda theirs: ";".join(sorted(mine & theirs)))
        out = self.models[["name", "year"]].drop(model_id).assign(jaccard=near, shared=shared)
        return out.sort_values(["jaccard", "year", "name"], ascending=[False, True, True]).head(whole(k, "k", 1))

    def timeline(self):
        """``name``, ``year``, ``authors``, ``verified`` of models whose reference was seen, the oldest first."""
        seen = self._all[self._all["verified"].isin(LEVELS[:2])]
        return seen.sort_values(["year", "name"])[["name", "year", "authors", "verified"]]

    def matrix(self):
        """Models (rows, by year) × steps: the number of stages that serve a step, of what was seen on a page only."""
        sure = self._all[self._all["verified"].eq("yes")].sort_values(["year", "name"])
        seen = self._parts[self._parts["mark"].eq("V") & self._parts["model_id"].isin(sure.index)]
        seen = seen.assign(step=seen["idic_step"].str.split(";")).explode("step")
        counts = pd.crosstab(seen["model_id"], seen["step"])
        return counts.reindex(index=sure.index, columns=[*STEPS, OUTSIDE], fill_value=0)
