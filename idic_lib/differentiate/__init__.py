"""Differentiate by value and by need: purchase history, RFM, concentration, tiers, migration, segments, and the luck
line beside each.

Functions that see one row per *order* or *line* (`purchase_history`, `category_profiles`, `cohort_table`,
`customer_base_audit`) take any dataframe that narwhals speaks: pandas, polars, pyarrow, DuckDB, PySpark; its engine
does the work, and they give back the same kind. So does it for `collapse_history`, whose distinct rows are pandas.
`luck_line`, `luck_migration` and `needs_drift` take any of them too, but simulate in memory, order by order.
"""

from . import needs
from .history import cohort_table, collapse_history, customer_base_audit, purchase_history
from .lift import decile_table, holdout_gains, holdout_lift
from .luck import LuckLine, LuckMigration, luck_line, luck_migration, migration_table
from .needs import *  # noqa: F403
from .value import concentration, lorenz_points, rfm_scores, value_groups, value_tiers

__all__ = [
    "LuckLine", "LuckMigration", "cohort_table", "collapse_history", "concentration", "customer_base_audit",
    "decile_table", "holdout_gains", "holdout_lift", "lorenz_points", "luck_line", "luck_migration", "migration_table",
    "purchase_history", "rfm_scores", "value_groups", "value_tiers",
]  # fmt: skip
__all__ = sorted([*__all__, *needs.__all__])
