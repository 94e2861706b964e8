"""Reading for the explorer: workers that fetch, and messages that tell what they got."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.widget import Widget

from cloudmc_tui.api.errors import CloudMCError
from cloudmc_tui.formats.text import visible
from cloudmc_tui.inventory import Details, Listing, UnknownPath
from cloudmc_tui.path import ROOT, Level, Path, PathError
from cloudmc_tui.tui.work import begin

if TYPE_CHECKING:
    from cloudmc_tui.inventory.describe import Line
    from cloudmc_tui.session import Session

COUNTERS = 3
"""How many listings are read at once to count an environment's entities."""

FAILURES = (CloudMCError, UnknownPath, PathError)


class Listed(Message):
    """A listing was read, or was known already."""

    def __init__(self, listing: Listing) -> None:
        super().__init__()
        self.listing = listing


class ListFailed(Message):
    """A listing could not be read, and nothing is known of it."""

    def __init__(self, path: Path, error: Exception) -> None:
        super().__init__()
        self.path = path
        self.error = error


class EntityRead(Message):
    """An entity was read, or was known already; names of what it refers to may follow."""

    def __init__(self, details: Details, names: dict[str, str]) -> None:
        super().__init__()
        self.details = details
        self.names = names


class EntityFailed(ListFailed):
    """An entity could not be read, and nothing is known of it."""


class Related(Message):
    """What an entity is related to, as far as it is known by now."""

    def __init__(self, path: Path, lines: list[Line]) -> None:
        super().__init__()
        self.path = path
        self.lines = lines


class Started(Message):
    """Services and environments are known: the explorer can go to its first place."""


class Resolved(Message):
    """A path as typed leads somewhere."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path


class Unresolved(ListFailed):
    """A path as typed leads nowhere."""


def explain(error: Exception) -> str:
    """An error for a pane: what happened, to what, and what to try."""
    hint = getattr(error, "hint", "")
    text = visible(str(error))
    return f"{text}\n{visible(hint)}" if hint else text


class Reader:
    """Starts reads on behalf of a widget, which gets their messages.

    A read of a kind that is still under way is dropped when another of that kind starts: what counts
    is where the person is now.
    """

    def __init__(self, owner: Widget, session: Session) -> None:
        """Make one.

        Args:
            owner: the widget that runs the workers and gets the messages.
            session: what is read from.
        """
        self._owner = owner
        self._inventory = session.inventory
        self._session = session
        self._counted: set[Path] = set()

    def start(self, path: Path = ROOT) -> None:
        """Read the services and the environments of them all.

        Args:
            path: where the explorer goes then: what it lists is asked for at once, too.
        """
        self._run("start", partial(self._start, path))

    def list(self, path: Path, *, refresh: bool = False) -> None:
        """Read the listing that the list shows."""
        self._run("list", partial(self._list, path, refresh))

    def branch(self, path: Path, *, refresh: bool = False) -> None:
        """Read a listing that the tree shows."""
        self._run(f"branch {path}", partial(self._list, path, refresh))

    def entity(self, path: Path, *, refresh: bool = False) -> None:
        """Read an entity, then the names of what it refers to."""
        self._run("entity", partial(self._entity, path, refresh))

    def relations(self, details: Details) -> None:
        """Find what an entity uses and what uses it, reading the listings that may tell."""
        self._run("relations", partial(self._relations, details))

    def resolve(self, text: str) -> None:
        """Find out whether a path as typed leads somewhere."""
        self._run("resolve", partial(self._resolve, text))

    def count(self, path: Path, *, again: bool = False) -> None:
        """Read an environment's listings in the background, so that they can be counted.

        Args:
            path: the environment's.
            again: also those that were read before.
        """
        if again or path not in self._counted:
            self._counted.add(path)
            self._run(f"count {path}", partial(self._count, path, again))

    def _run(self, group: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        begin(self._owner, group, work)

    async def _start(self, path: Path) -> None:
        """Tell that it can go on as soon as services and environments are known: at once, where an earlier
        session has seen them."""
        restored = await self._inventory.restore()
        if restored:
            self._owner.post_message(Started())
        elif path.level >= Level.ENTITY_TYPE:
            self._run("ahead", partial(self._read_ahead, path.up_to(Level.ENTITY_TYPE)))
        try:
            await self._read_structure(self._inventory.peek(ROOT) if restored else None)
        except FAILURES as error:
            self._owner.post_message(ListFailed(ROOT, error))
            return
        if not restored:
            self._owner.post_message(Started())

    async def _read_ahead(self, path: Path) -> None:
        """Begin to read what the explorer is to show; what goes wrong is told when it does."""
        with contextlib.suppress(*FAILURES):
            async for _listing in self._inventory.list(path):
                pass

    async def _read_structure(self, known: Listing | None) -> None:
        """Read the services, and with one request the environments of them all.

        Args:
            known: the services as an earlier session has seen them; then both are read at once, and told.
        """
        services = known or await self._inventory.refresh(ROOT)
        first = [p for s in services.entities if (p := services.child_path(s)) is not None][:1]
        if known is None:
            for path in first:
                await self._inventory.refresh(path)
            return
        await asyncio.gather(*(self._renew(path) for path in (ROOT, *first)))
        services = self._inventory.peek(ROOT) or services
        for path in (ROOT, *(p for s in services.entities if (p := services.child_path(s)))):
            if (listing := self._inventory.peek(path)) is not None:
                self._owner.post_message(Listed(listing))

    async def _renew(self, path: Path) -> None:
        with contextlib.suppress(UnknownPath):  # that service is no more; what there is is known by now
            await self._inventory.refresh(path)

    async def _list(self, path: Path, refresh: bool) -> None:
        try:
            async for listing in self._inventory.list(path, refresh=refresh):
                self._owner.post_message(Listed(listing))
        except FAILURES as error:
            self._owner.post_message(ListFailed(path, error))

    async def _entity(self, path: Path, refresh: bool) -> None:
        try:
            details: Details | None = None
            async for details in self._inventory.details(path, refresh=refresh):
                self._owner.post_message(EntityRead(details, {}))
            if details is not None and (names := await self._session.reference_names(details)):
                self._owner.post_message(EntityRead(details, names))
        except FAILURES as error:
            self._owner.post_message(EntityFailed(path, error))

    async def _relations(self, details: Details) -> None:
        from cloudmc_tui.inventory.relations import listings_to_read, relation_lines

        path = details.path
        types = self._session.types(path)
        missing = listings_to_read(path, types, self._inventory)

        def tell(reading: bool) -> None:
            lines = relation_lines(details, types, self._inventory, reading=reading)
            self._owner.post_message(Related(path, lines))

        tell(bool(missing))

        async def read(listing: Path) -> None:
            try:
                await self._inventory.refresh(listing)
            except FAILURES:
                return  # what cannot be read is not shown as related; opening the type says why
            tell(True)

        await asyncio.gather(*(read(p) for p in missing))
        tell(False)

    async def _resolve(self, text: str) -> None:
        path = ROOT
        try:
            path = Path.parse(text)
            known = await self._inventory.recall(path.parent) if path.level is Level.ENTITY else None
            if known is not None and known.find(path.name) is not None:
                self._owner.post_message(Resolved(path))  # opening it tells whether it is still there
                return
            await self._inventory.resolve(path)
            if path.level is Level.ENTITY:
                path = (await self._session.find(path)).path
            elif path.level is Level.ENTITY_TYPE:
                await self._inventory.refresh(path)
        except FAILURES as error:
            self._owner.post_message(Unresolved(path, error))
            return
        self._owner.post_message(Resolved(path))

    async def _count(self, path: Path, again: bool) -> None:
        types = self._inventory.peek(path)
        if types is None:
            return
        gate = asyncio.Semaphore(COUNTERS)

        async def count(child: Path) -> None:
            async with gate:
                try:
                    listing = await self._inventory.refresh(child, background=True)
                except FAILURES:
                    return  # the tree shows no count; opening the type says why
            self._owner.post_message(Listed(listing))

        children = [c for e in types.entities if (c := types.child_path(e)) is not None]
        await asyncio.gather(*(count(c) for c in children if again or self._inventory.peek(c) is None))
