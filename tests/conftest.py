"""Shared settings of the tests: one BLAS thread, derandomised hypothesis, the tools on the path."""

import importlib.util
import os
import sys
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("MPLBACKEND", "Agg")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

settings.register_profile("course", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("course")


@pytest.fixture(scope="session")
def script():
    """A script of ``datasets/make`` as a module, by its name."""

    def load(name):
        path = Path(__file__).resolve().parents[1] / "datasets" / "make" / f"{name}.py"
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load
