"""The ledger's file: the database that it is, and how its rows become records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from cloudmc_tui.database import Database, DatabaseError
from cloudmc_tui.language import N_, _
from cloudmc_tui.tasks.errors import LedgerError, NoSuchTask
from cloudmc_tui.tasks.schema import MIGRATIONS, to_record

if TYPE_CHECKING:
    from cloudmc_tui.tasks.record import TaskRecord


class Store(Database):
    """An open ledger file, for one thread. Its methods raise :class:`LedgerError`."""

    WHAT: ClassVar[str] = N_("the task ledger")
    MIGRATIONS: ClassVar[tuple[str, ...]] = MIGRATIONS
    ERROR: ClassVar[type[DatabaseError]] = LedgerError
    DURABLE: ClassVar[bool] = True  # a mutation is on record before it is sent

    def _all(self, where: str, values: Any) -> list[TaskRecord]:
        with self._told():
            rows = self._connection.execute(f"SELECT * FROM tasks WHERE {where}", values).fetchall()  # noqa: S608
            return [to_record(row) for row in rows]

    def _first(self, where: str, values: Any) -> TaskRecord | None:
        found = self._all(f"{where} ORDER BY key DESC LIMIT 1", values)
        return found[0] if found else None

    def _one(self, key: int) -> TaskRecord:
        found = self._first("key = ?", [key])
        if found is None:
            raise NoSuchTask(_("task {key} is not in the ledger (any more)", key=key))
        return found
