"""Questionnaires and structural models: simulate, test and correct them.

Every number of a survey that the course shows is simulated and called so.
"""

from .confirm import confirm_factors, fit_structure, invariance, split_sample
from .paths import moderated_regression, power, product_reliability, simple_slopes
from .scales import congruence, cronbach_alpha, explore_factors, item_analysis, mcdonald_omega, parallel_analysis
from .simulate import Survey, cut, make_survey

__all__ = ["Survey", "confirm_factors", "congruence", "cronbach_alpha", "cut", "explore_factors", "fit_structure",
           "invariance", "item_analysis", "make_survey", "mcdonald_omega", "moderated_regression", "parallel_analysis",
           "power", "product_reliability", "simple_slopes", "split_sample"]  # fmt: skip
