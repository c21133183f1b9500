"""Differentiate by value and by need: purchase history, RFM, concentration, tiers, migration, segments, and the luck
line beside each.

Functions that see one row per *order* or *line* (`purchase_history`, `customer_base_audit`, `luck_line`,
`luck_migration`, `category_profiles`) take any dataframe that narwhals speaks: pandas, polars, pyarrow, DuckDB,
PySpark. What has one row per *customer* is pandas.
"""

from . import needs
from .history import customer_base_audit, purchase_history
from .lift import decile_table, holdout_gains, holdout_lift
from .luck import LuckLine, LuckMigration, luck_line, luck_migration, migration_table
from .needs import *  # noqa: F403
from .value import concentration, lorenz_points, rfm_scores, value_groups, value_tiers

__all__ = [
    "LuckLine", "LuckMigration", "concentration", "customer_base_audit", "decile_table", "holdout_gains",
    "holdout_lift", "lorenz_points", "luck_line", "luck_migration", "migration_table", "purchase_history",
    "rfm_scores", "value_groups", "value_tiers",
]  # fmt: skip
__all__ = sorted([*__all__, *needs.__all__])
