"""What the program keeps in SQLite files: private ones, for several sessions, set aside when broken."""

from __future__ import annotations

from cloudmc_tui.database.database import Database, Do, storable
from cloudmc_tui.database.place import DatabaseError

__all__ = ["Database", "DatabaseError", "Do", "storable"]
