"""Shared settings of the tests: one BLAS thread, derandomised hypothesis, the tools on the path."""

import os
import sys
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("MPLBACKEND", "Agg")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from hypothesis import settings  # noqa: E402

settings.register_profile("course", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("course")
