"""How the scripts beside this one take time and memory."""

import time
import tracemalloc

import numpy as np


def seconds(call, repeats):
    """Median seconds of a few runs, and what the last one gave."""
    taken, result = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        result = call()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken)), result


def peak_megabytes(call):
    """Peak of what Python and NumPy allocate during a call."""
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20
