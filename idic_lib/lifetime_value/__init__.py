"""Lifetime value: how long customers stay, how much they buy and spend, and what that is worth today."""

from .contractual import ShiftedBetaGeoModel, markov_clv
from .non_contractual import BetaGeoBetaBinomModel, BetaGeoModel, NBDModel, ParetoNBDModel
from .spend import GammaGammaModel, clv_interval, customer_equity_interval, expected_customer_lifetime_value

__all__ = [
    "BetaGeoBetaBinomModel", "BetaGeoModel", "GammaGammaModel", "NBDModel", "ParetoNBDModel", "ShiftedBetaGeoModel",
    "clv_interval", "customer_equity_interval", "expected_customer_lifetime_value", "markov_clv",
]  # fmt: skip
