"""Customer programmes: a policy for `Firm.live` out of the four steps, each of which may be on or off."""

from pathlib import Path

import numpy as np
import pandas as pd

from .._guards import choice, refuse_if, whole
from ..firm import NEEDS, Actions
from ..firm.show import COST as LETTER_COST
from ..firm.systems import text_ids, words
from ..interact import contact_policy

__all__ = ["Programme", "tuned_settings"]

COST = np.array([LETTER_COST["sms"], LETTER_COST["email"]])


def tuned_settings(policy):
    """Settings of a built-in policy, tuned on training firms by ``datasets/make/programme_settings.py``: dict."""
    table = pd.read_csv(Path(__file__).with_name("settings.csv"), index_col="policy", keep_default_na=False)
    return table.to_dict("index")[policy]


class Programme:
    """A customer programme: call it with a `View`, it returns `Actions`.

    Parameters
    ----------
    desk : Desk
        With links if "I" is among the steps, else without. The programme works on a copy.
    steps : str or set
        Out of "I", "D", "N", "C".
    gap : int
        Weeks between two letters to a customer; 0: no letters.
    theme : str, optional
        Without C of all letters (default "ritual"); with C of those to customers of whom it is not sure (default
        "none": they get none).
    score, reach, spread : str, int, int
        With D: customers are ranked by "uplift" or "value"; the best `reach` thirds of them get letters, the middle
        third every `spread` x `gap` weeks, the last one every `spread` x `spread` x `gap`.
    least : float
        With C: the chance from which on the likeliest theme of a customer is written.
    channel : str
        With I and N: "opened", the one whose letters this customer opens most, or "cheapest".
    ask : int
        With N and C: 0 for no question; else one with each letter, at most one a month, and if `ask` is more than 1,
        every `ask` weeks also letters with a question to customers below `least`.
    apologise : int
        With N: whose complaints are answered with an apology and a present: 0 nobody's, 3 everybody's; with D those of
        the best 1, 2 or 3 thirds.
    """

    def __init__(self, desk, steps="", *, gap=4, theme=None, score="uplift", reach=3, spread=2, least=0.6,
                 channel="opened", ask=0, apologise=0):  # fmt: skip
        self.steps, self.desk, self.begin = frozenset(steps), desk.copy(), desk.week
        refuse_if(self.steps - set("IDNC"), f"steps={steps!r}", allowed="some of the letters I, D, N, C")
        refuse_if(("I" in self.steps) != desk.linked, "the step I needs a desk with links, the others one without")
        themes = [*NEEDS, "none"] if "C" in self.steps else NEEDS
        self.theme = themes.index(choice(theme or ("none" if "C" in self.steps else "ritual"), themes, "theme"))
        self.score = choice(score, ("uplift", "value"), "score")
        self.opened = "N" in self.steps and choice(channel, ("opened", "cheapest"), "channel") == "opened"
        self.gap, self.ask, self.reach = whole(gap, "gap", 0), whole(ask, "ask", 0), whole(reach, "reach", 1)
        self.spread, self.least, self.apologise = whole(spread, "spread", 1), least, apologise

    def __call__(self, view):
        # Without a rank the score decides nothing, and is not kept.
        ranks = self.reach < 3 or self.spread > 1 or 0 < self.apologise < 3 or view.budget is not None
        self.desk.see(view, self.steps if ranks else self.steps - {"D"})
        sorry = ()
        if "N" in self.steps and self.apologise and not view.first and len(view.tickets):
            unit = self.desk.units(view.tickets["record_id"])
            sorry = view.tickets["ticket_id"][(unit >= 0) & (self._third()[unit] < self.apologise)].to_list()
        return Actions(self._letters(view), sorry)

    def _third(self):
        """0 for the best third of the customers by the score, 1 for the middle, 2 for the last; without D all are 0."""
        if "D" not in self.steps:
            return np.zeros(self.desk.n, int)
        score = getattr(self.desk, self.score)
        reachable = np.bincount(self.desk.unit[self.desk.kind >= 0], minlength=self.desk.n) > 0
        return np.searchsorted(-np.quantile(score[reachable], [2 / 3, 1 / 3]), -score)

    def _letters(self, view):
        desk, on, week = self.desk, self.steps, view.week - self.begin
        wave = self.gap > 0 and week % self.gap == 0
        asks = {"N", "C"} <= on and self.ask > 1 and week % self.ask == 0
        if not (wave or asks):
            return None
        third, theme = self._third(), np.full(desk.n, self.theme)
        due = wave & (third < self.reach) & (week % (max(self.gap, 1) * self.spread**third) == 0)
        if "C" in on:
            belief = desk.beliefs()
            sure = belief.max(axis=1) >= self.least
            due &= sure | (self.theme < len(NEEDS))
            theme = np.where(sure | (theme == len(NEEDS)), belief.argmax(axis=1), theme)
            due |= asks & ~sure & (third < self.reach) & ~desk.asked.all(axis=1)
        rows = np.flatnonzero(view.records["consent"].to_numpy() & (desk.kind >= 0) & due[desk.unit])
        unit, email = desk.unit[rows], np.minimum(desk.kind[rows], 1)
        if "I" in on:  # one letter a customer: by the channel that they open or the cheapest
            better = desk.openings(unit, email) if self.opened else email
            order = np.lexsort((-better, unit))
            chosen = order[np.unique(unit[order], return_index=True)[1]]
            rows, unit, email = rows[chosen], unit[chosen], email[chosen]
        if view.budget is not None:  # as much as it pays for: with D the best customers first, else e-mails first
            score = getattr(desk, self.score)[unit] if "D" in on else np.zeros(len(unit))
            keep = contact_policy(1 + score - score.min(initial=0), cost=COST[email], budget=view.budget,
                                  consent=np.ones(len(unit), bool)).to_numpy()  # fmt: skip
            rows, unit = rows[keep], unit[keep]
        letters = pd.DataFrame({"record_id": text_ids("r", rows), "theme": words(NEEDS, theme[unit])})
        return letters.assign(question=desk.ask(unit)) if {"N", "C"} <= on and self.ask and len(unit) else letters
