"""What the program keeps in SQLite files: private ones, for several sessions, set aside when broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudmc_tui.lazy import lazily

if TYPE_CHECKING:
    from cloudmc_tui.database.database import Database, Do, storable
    from cloudmc_tui.database.place import DatabaseError
else:
    __getattr__ = lazily(
        __name__,
        {
            "database": ["Database", "Do", "storable"],
            "place": ["DatabaseError"],
        },
    )

__all__ = ["Database", "DatabaseError", "Do", "storable"]
