"""How the scripts beside this one take time and memory."""

import time
import tracemalloc
from pathlib import Path

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


def peak_mb(process="self"):
    """Peak resident memory of one process: `ru_maxrss` would count what its parent held when it was started."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    except (OSError, StopIteration):  # not on Linux
        return float("nan")
