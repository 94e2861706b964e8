"""Packages that hand on names of their modules, and import a module only when one of its names is asked for.

What the first paint does not need is not imported before it: a package's list of names would pull in all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def lazily(package: str, modules: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """A package's ``__getattr__``. Type checkers read the same from imports under ``TYPE_CHECKING``.

    Args:
        package: its ``__name__``.
        modules: the names that each of its modules gives.
    """
    homes = {name: module for module, names in modules.items() for name in names}

    def get(name: str) -> Any:
        module = homes.get(name)
        if module is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{module}"), name)
        setattr(import_module(package), name, value)
        return value

    return get
