"""Models beside IDIC, each worked out on a firm's data: write ``from idic_lib.models import payne``.

``atlas`` holds what is known of some fifty models and how it was checked; the other modules hold one model each.
"""

__all__ = []  # nothing is imported here: a module is loaded when it is asked for
