"""How does a table name a function whose module is loaded only if the function is called?

A command imports hundreds of modules. A table that names a function as text leaves out those that
the command does not need.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


def by_name(package: str, place: str) -> Any:
    """Return the function that `module:function` names in a package. Load its module."""
    module, function = place.split(":")
    return getattr(import_module(f"{package}.{module}"), function)
