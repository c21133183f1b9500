"""Questionnaires and structural models: simulate, test and correct them.

Every number of a survey that the course shows is simulated and called so.
"""

from .confirm import confirm_factors, fit_structure, invariance, split_sample
from .scales import congruence, cronbach_alpha, explore_factors, item_analysis, mcdonald_omega, parallel_analysis
from .simulate import cut, make_survey

__all__ = ["confirm_factors", "congruence", "cronbach_alpha", "cut", "explore_factors", "fit_structure", "invariance",
           "item_analysis", "make_survey", "mcdonald_omega", "parallel_analysis", "split_sample"]  # fmt: skip
