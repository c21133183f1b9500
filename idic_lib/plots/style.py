"""The one look of the course's figures. Nothing is applied on import: lessons call ``plt.rcParams.update(STYLE)``."""

from ..errors import data_error

__all__ = ["COLOURS", "LUCK", "STYLE"]

#: Okabe & Ito's palette, told apart by readers with any common colour-vision deficiency, with a darker blue, so that
#: `ours` is told from the rest in grey too. The rest are of like lightness: give them markers, dashes or hatches.
#: ours is what our data or model say; truth what happened, or was printed in a journal; other a rival model, or what
#: warns; luck what identical customers would show.
COLOURS = {"ours": "#00538A", "truth": "#000000", "other": "#D55E00", "third": "#009E73", "fourth": "#CC79A7",
           "luck": "#777777", "light": "#56B4E9", "yellow": "#E69F00"}  # fmt: skip

#: How the luck line is drawn wherever it appears.
LUCK = {"color": COLOURS["luck"], "linestyle": "--", "linewidth": 1.5}

#: The order in which lines take their colours where nothing says what they are.
_CYCLE = [COLOURS[name] for name in ("ours", "other", "third", "fourth", "yellow", "light")]

STYLE = {"axes.prop_cycle": f"cycler('color', {_CYCLE})", "figure.figsize": (5.6, 3.4),
         "figure.dpi": 90, "savefig.dpi": 90, "figure.constrained_layout.use": True,
         "font.size": 10, "font.family": ["DejaVu Sans"], "axes.titlesize": 11, "axes.titlelocation": "left",
         "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.25,
         "axes.axisbelow": True, "legend.frameon": False, "legend.fontsize": 9, "lines.linewidth": 1.8}  # fmt: skip


def _axes(ax):
    """The axes that a ``plot_*`` draws on: the caller's, or new ones."""
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots()
    return ax


def _need(frame, columns, advice):
    """Refuse a frame that lacks one of the columns."""
    lost = [name for name in columns if name not in getattr(frame, "columns", ())]
    if lost:
        raise data_error(f"this frame has no column {', '.join(map(repr, lost))}", advice=advice)
