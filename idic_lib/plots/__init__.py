"""Figures of the course: each ``plot_*`` takes a fitted object or a frame and ``ax=None`` and returns the Axes."""

from .style import COLOURS, LUCK, STYLE

__all__ = ["COLOURS", "LUCK", "STYLE"]
