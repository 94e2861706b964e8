"""Where a person has been, and how they left each place."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from cloudmc_tui.path import ROOT, Path
from cloudmc_tui.tui.panes.list import ViewState

KEPT = 100
"""How many steps back are remembered."""


class Place(Struct, frozen=True):
    """A place in the explorer.

    Attributes:
        path: whose children the list shows.
        entity: the entity that is open, or none.
    """

    path: Path = ROOT
    entity: Path | None = None

    @property
    def address(self) -> Path:
        """What the breadcrumbs show: the entity, or else the list's path."""
        return self.entity or self.path


class History:
    """The way back, and each list's view state."""

    def __init__(self, begin: Callable[[Path], ViewState] = lambda _: ViewState()) -> None:
        """Begin at the root.

        Args:
            begin: gives the state that a list begins with.
        """
        self.place = Place()
        self._begin = begin
        self._back: list[Place] = []
        self._states: dict[Path, ViewState] = {}

    def go(self, place: Place) -> None:
        """Be somewhere else; the present place is remembered."""
        if place != self.place:
            self._back.append(self.place)
            del self._back[:-KEPT]
            self.place = place

    def back(self) -> Place | None:
        """Be where one was before.

        Returns:
            that place, or none when there is no way back.
        """
        if not self._back:
            return None
        self.place = self._back.pop()
        return self.place

    def state(self, path: Path) -> ViewState:
        """How the list of a path was left; or how lists of its kind begin."""
        if path not in self._states:
            self._states[path] = self._begin(path)
        return self._states[path]
