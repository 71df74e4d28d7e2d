"""Channels for the tests, each a module of its own."""

from types import ModuleType
from typing import Any


def module(**functions: Any) -> ModuleType:
    """A module with these functions."""
    made = ModuleType("app")
    vars(made).update(functions)
    return made
