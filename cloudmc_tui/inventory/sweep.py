"""Reading all of a connection's listings in the background, so that everything can be found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from cloudmc_tui.api.errors import CloudMCError
from cloudmc_tui.inventory.errors import UnknownPath
from cloudmc_tui.inventory.listing import Freshness, Listing
from cloudmc_tui.inventory.search import all_paths
from cloudmc_tui.path import ROOT, Path

if TYPE_CHECKING:
    from cloudmc_tui.inventory.inventory import Inventory

AT_ONCE = 4
"""How many listings are read at once."""

MOST = 400
"""How many listings are read at most for one search; the rest can be read by opening them."""


class Sweep:
    """One reading of what is not known yet, and of what only an earlier session has read: once each.

    Attributes:
        to_read: how many listings there are to be read.
        read: how many were, also in vain.
        failed: how many could not be.
    """

    def __init__(self, inventory: Inventory, *, most: int = MOST) -> None:
        """Make one.

        Args:
            inventory: whose listings are read.
            most: how many are read at most.
        """
        self._inventory = inventory
        self._most = most
        self.to_read = self.read = self.failed = 0

    async def run(self, tell: Callable[[], object]) -> None:
        """Read: first what an earlier session has left, then from the server.

        Args:
            tell: called whenever more is known.

        Raises:
            CloudMCError: when not even the services could be read.
        """
        await self._recall(tell)
        await self._read_structure()
        await self._recall(tell)
        wanted = [path for path in all_paths(self._inventory) if _is_old(self._inventory.peek(path))]
        wanted = wanted[: self._most]
        self.to_read = len(wanted)
        tell()
        gate = asyncio.Semaphore(AT_ONCE)

        async def read(path: Path) -> None:
            async with gate:
                try:
                    listing = await self._inventory.refresh(path, background=True)
                    self.failed += listing.error is not None
                except (CloudMCError, UnknownPath):
                    self.failed += 1
                self.read += 1
            tell()

        await asyncio.gather(*(read(path) for path in wanted))

    async def _recall(self, tell: Callable[[], object]) -> None:
        await self._inventory.restore()
        for path in all_paths(self._inventory):
            if self._inventory.peek(path) is None and await self._inventory.recall(path) is not None:
                tell()

    async def _read_structure(self) -> None:
        """Read the services, and the environments of them all, where they are not known for certain."""
        services = await self._renewed(ROOT)
        first = next((p for s in services.entities if (p := services.child_path(s)) is not None), None)
        if first is not None:
            await self._renewed(first)

    async def _renewed(self, path: Path) -> Listing:
        known = self._inventory.peek(path)
        if known is not None and not _is_old(known):
            return known
        listing = await self._inventory.refresh(path)
        if listing.error is not None:
            raise listing.error
        return listing


def _is_old(listing: Listing | None) -> bool:
    return listing is None or listing.freshness is Freshness.CACHED
