"""Intervals that more than one step shows."""

__all__ = ["wilson"]


def wilson(share, n):
    """Low and high end of the 95 % interval of a share seen in `n` cases (Wilson 1927); Series, arrays or a narwhals
    expression."""
    z2 = 1.959964**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = (z2 * (share * (1 - share) / n + z2 / (4 * n**2))) ** 0.5 / (1 + z2 / n)
    return middle - half, middle + half
