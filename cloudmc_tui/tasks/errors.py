"""What can be wrong with the ledger."""

from __future__ import annotations

from cloudmc_tui.database import DatabaseError


class LedgerError(DatabaseError):
    """The ledger cannot be read or written; the message says why in one line."""


class NoSuchTask(LedgerError):
    """The ledger does not have that task (any more): a person had it forgotten."""
