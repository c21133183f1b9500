"""Identify: bring records to one form, find which are the same person, and say what knowing them is worth."""

from .customers import Payoff, assign_customers, identification_coverage, identification_payoff

# isort: split
from .customers import linkage_calibration, linkage_quality, recover_orders
from .links import link_records, score_pairs
from .records import standardise_records

__all__ = ["Payoff", "assign_customers", "identification_coverage", "identification_payoff", "link_records",
           "linkage_calibration", "linkage_quality", "recover_orders", "score_pairs",
           "standardise_records"]  # fmt: skip
