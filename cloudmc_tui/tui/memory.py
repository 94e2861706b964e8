"""What the explorer remembers from one session to the next: views of entity types, bookmarks.

A JSON file in the state folder, private to the user. It holds paths and names of fields, no entities.
"""

from __future__ import annotations

import os
from pathlib import Path as FilePath

import msgspec

from cloudmc_tui.formats.system import reason
from cloudmc_tui.inventory.arrange import Sort
from cloudmc_tui.language import _
from cloudmc_tui.path import Path, PathError
from cloudmc_tui.tui.panes.list import ViewState

FILE = "explorer.json"

BOOKMARKS = 200
"""How many bookmarks are kept at most."""


class View(msgspec.Struct):
    """How the entities of one type are shown.

    Attributes:
        columns: the members shown as columns; empty: the catalog's.
        sort: the member that they are sorted by, with a dash before it for downwards; empty: the server's
            order.
        filter: the filter's text.
    """

    columns: list[str] = []
    sort: str = ""
    filter: str = ""

    def to_state(self) -> ViewState:
        """A list's state that begins like this."""
        return ViewState(
            filter=self.filter, sort=Sort.parse(self.sort) if self.sort else None, columns=list(self.columns)
        )

    @classmethod
    def of(cls, state: ViewState) -> View:
        """What of a list's state is worth remembering."""
        sort = state.sort
        text = "" if sort is None else f"-{sort.member}" if sort.reverse else sort.member
        return cls(list(state.columns), text, state.filter)


class Bookmark(msgspec.Struct):
    """A path worth coming back to.

    Attributes:
        profile: the profile that it belongs to.
        path: the address.
        title: what it was called.
    """

    profile: str
    path: str
    title: str = ""


class _Kept(msgspec.Struct):
    views: dict[str, View] = {}
    named: dict[str, dict[str, View]] = {}
    bookmarks: list[Bookmark] = []


class Memory:
    """The explorer's memory. A file that cannot be read is set aside; one that cannot be written costs
    nothing but the memory."""

    def __init__(self, folder: FilePath | None) -> None:
        """Read it.

        Args:
            folder: the state folder; none remembers nothing.
        """
        self._file = None if folder is None else folder / FILE
        self.problem = ""
        self._kept = self._read()

    def _read(self) -> _Kept:
        if self._file is None:
            return _Kept()
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=_Kept)
        except FileNotFoundError:
            return _Kept()
        except (OSError, msgspec.DecodeError) as error:
            aside = self._file.with_suffix(".broken.json")
            self.problem = _(
                "bookmarks and views could not be read ({error}); the file is kept as {name}",
                error=error,
                name=aside.name,
            )
            try:
                self._file.replace(aside)
            except OSError:
                self._file = None
            return _Kept()

    def save(self) -> None:
        """Write it, whole or not at all. Blocking: call it off the event loop."""
        if self._file is None:
            return
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = self._file.with_suffix(f".{os.getpid()}.new")
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(self._kept))
            new.replace(self._file)
        except OSError as error:
            self.problem = _("bookmarks and views could not be written: {strerror}", strerror=reason(error))

    # Views

    def state(self, kind: str) -> ViewState:
        """How the lists of an entity type begin.

        Args:
            kind: the entity type's name.
        """
        view = self._kept.views.get(kind)
        return view.to_state() if view else ViewState()

    def keep(self, kind: str, state: ViewState) -> None:
        """Remember how an entity type's list is shown now."""
        view = View.of(state)
        if view == View():
            self._kept.views.pop(kind, None)
        else:
            self._kept.views[kind] = view

    def named(self, kind: str) -> dict[str, View]:
        """The named views of an entity type."""
        return self._kept.named.get(kind, {})

    def name(self, kind: str, name: str, state: ViewState) -> None:
        """Keep how an entity type's list is shown now, under a name."""
        self._kept.named.setdefault(kind, {})[name] = View.of(state)

    def forget_view(self, kind: str, name: str) -> None:
        """Forget a named view."""
        self._kept.named.get(kind, {}).pop(name, None)

    # Bookmarks

    def bookmarks(self, profile: str) -> list[tuple[Path, str]]:
        """A profile's bookmarks, each with what it was called; the newest first."""
        found = []
        for bookmark in self._kept.bookmarks:
            if bookmark.profile == profile:
                try:
                    found.append((Path.parse(bookmark.path), bookmark.title))
                except PathError:
                    continue
        return found

    def toggle_bookmark(self, profile: str, path: Path, title: str) -> bool:
        """Bookmark a path; or, where it is bookmarked, remove the bookmark.

        Returns:
            whether it is bookmarked now.
        """
        there = [b for b in self._kept.bookmarks if (b.profile, b.path) == (profile, str(path))]
        if there:
            self._kept.bookmarks = [b for b in self._kept.bookmarks if b not in there]
            return False
        self._kept.bookmarks.insert(0, Bookmark(profile, str(path), title))
        del self._kept.bookmarks[BOOKMARKS:]
        return True
