"""Values that do not tell all of themselves."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct


class Reticent(Struct, frozen=True):
    """A value of which some members stay out of its ``repr``: they may hold secrets, or are long."""

    UNSAID: ClassVar[frozenset[str]] = frozenset()
    """The members that stay out."""

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({said})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [(name, getattr(self, name)) for name in self.__struct_fields__ if name not in self.UNSAID]
