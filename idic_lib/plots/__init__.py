"""Figures of the course: each ``plot_*`` takes a fitted object or a frame and ``ax=None`` and returns the Axes."""

from . import differentiate, lifetime_value
from .differentiate import *  # noqa: F403
from .lifetime_value import *  # noqa: F403
from .style import COLOURS, LUCK, STYLE  # noqa: F401 (in __all__ below)

__all__ = sorted(["COLOURS", "LUCK", "STYLE", *differentiate.__all__, *lifetime_value.__all__])
