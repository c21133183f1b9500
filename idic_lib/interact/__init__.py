"""Interact: the dialogue that learns what a customer needs, and the test that says whom a contact changes."""

from . import contact, dialogue, effects, uplift
from .contact import *  # noqa: F403
from .dialogue import *  # noqa: F403
from .effects import *  # noqa: F403
from .uplift import *  # noqa: F403

__all__ = sorted([*contact.__all__, *dialogue.__all__, *effects.__all__, *uplift.__all__])
