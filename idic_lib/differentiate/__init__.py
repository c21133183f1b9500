"""Differentiate by value: purchase history, RFM, concentration, tiers, migration, and the luck line beside each.

Functions that see one row per *order* (`purchase_history`, `customer_base_audit`, `luck_line`, `luck_migration`)
take any dataframe that narwhals speaks: pandas, polars, pyarrow, DuckDB, PySpark. What has one row per *customer* is
pandas.
"""

from .history import customer_base_audit, purchase_history
from .lift import decile_table, holdout_gains, holdout_lift
from .luck import LuckLine, LuckMigration, luck_line, luck_migration, migration_table
from .value import concentration, lorenz_points, rfm_scores, value_groups, value_tiers

__all__ = [
    "LuckLine", "LuckMigration", "concentration", "customer_base_audit", "decile_table", "holdout_gains",
    "holdout_lift", "lorenz_points", "luck_line", "luck_migration", "migration_table", "purchase_history",
    "rfm_scores", "value_groups", "value_tiers",
]  # fmt: skip
