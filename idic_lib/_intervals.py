"""Intervals that more than one step shows."""

import numpy as np

__all__ = ["wilson"]


def wilson(share, n):
    """Low and high end of the 95 % interval of a share seen in `n` cases (Wilson 1927); Series or arrays."""
    z2 = 1.959964**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    return middle - half, middle + half
