"""The cached client's memory: listings with their age, the filter language, relations, search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudmc_tui.lazy import lazily

if TYPE_CHECKING:
    from cloudmc_tui.inventory.errors import AmbiguousName, UnknownPath
    from cloudmc_tui.inventory.inventory import Inventory
    from cloudmc_tui.inventory.listing import Details, Freshness, Listing
else:
    __getattr__ = lazily(
        __name__,
        {
            "errors": ["AmbiguousName", "UnknownPath"],
            "inventory": ["Inventory"],
            "listing": ["Details", "Freshness", "Listing"],
        },
    )

__all__ = ["AmbiguousName", "Details", "Freshness", "Inventory", "Listing", "UnknownPath"]
