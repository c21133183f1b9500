"""Helper library of the course *Chai & Ketab*: customer-relationship models, one module a step.

``import idic_lib`` loads nothing but names; each module is imported when it is first used.
"""

from importlib import import_module

__all__ = [
    "checks", "customize", "data", "differentiate", "errors", "firm", "identify", "interact", "lifetime_value",
    "models", "plots", "programme", "recipes", "report", "survey",
]  # fmt: skip


def __getattr__(name):
    # PEP 562: idic_lib.data works without making every user pay for every import.
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("idic-lib")
        except PackageNotFoundError:  # a copy of the folder without an installation
            return "0+unknown"
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
