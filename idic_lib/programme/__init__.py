"""Programmes: policies out of the four steps run forward on the firm, the value of each step, and the arena."""

from .arena import arena_firm, foul_play, score_policy
from .coalitions import POLICIES, run_coalitions, value_of_each_step
from .desk import Desk
from .policy import Programme, tuned_settings

__all__ = ["Desk", "POLICIES", "Programme", "arena_firm", "foul_play", "run_coalitions", "score_policy",
           "tuned_settings", "value_of_each_step"]  # fmt: skip
