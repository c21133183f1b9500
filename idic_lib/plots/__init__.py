"""Figures of the course: each ``plot_*`` takes a fitted object or a frame and ``ax=None`` and returns the Axes."""

from . import customize, differentiate, interact, lifetime_value, needs
from .customize import *  # noqa: F403
from .differentiate import *  # noqa: F403
from .interact import *  # noqa: F403
from .lifetime_value import *  # noqa: F403
from .needs import *  # noqa: F403
from .style import COLOURS, LUCK, STYLE  # noqa: F401 (in __all__ below)

__all__ = sorted(["COLOURS", "LUCK", "STYLE", *customize.__all__, *differentiate.__all__, *interact.__all__,
                  *lifetime_value.__all__, *needs.__all__])  # fmt: skip
