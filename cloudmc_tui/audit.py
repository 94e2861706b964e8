"""The audit log: who changed what, where, when and how it ended. Lines are only ever added.

One JSON object a line, in a file that only the user can read:

``time`` (UTC), ``event``, ``user`` (and ``sudo_user``, who became that one), ``profile``, ``endpoint``,
``organization``, ``path``, ``title``, ``operation``, ``danger``, ``record`` (the ledger's number), ``task``
(the server's id), ``outcome``, ``error``, ``reason``.

An event is ``sent`` (written before the request leaves), ``accepted`` (there is a task) or ``ended``. What
nobody can tell any more ends with the outcome UNKNOWN, which each session that comes to know it may note.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import pwd
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Literal

from cloudmc_tui.folders import open_private
from cloudmc_tui.formats.scrub import scrub
from cloudmc_tui.formats.system import reason
from cloudmc_tui.language import _

if TYPE_CHECKING:
    from cloudmc_tui.tasks import TaskRecord

AUDIT_FILE = "audit.jsonl"

Event = Literal["sent", "accepted", "ended"]

_logger = logging.getLogger(__name__)


class AuditLog:
    """Adds lines to the audit log.

    Attributes:
        problem: why the last line could not be written; empty when it was. Changes go on all the same.
    """

    def __init__(
        self,
        file: FilePath | None,
        *,
        clock: Callable[[], float] = time.time,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """Make one.

        Args:
            file: where; none writes nothing, as for the demo cloud.
            clock: gives seconds since the epoch.
            environ: the process's environment, for who became the present user.
        """
        self._file = file
        self._clock = clock
        self._user = _user()
        self._sudo_user = (os.environ if environ is None else environ).get("SUDO_USER", "")
        self._writing: set[asyncio.Task[None]] = set()
        self.problem = ""

    async def write(self, event: Event, record: TaskRecord, reason: str = "") -> None:
        """Add a line, off the event loop. It is on its way to the disk when this returns.

        Args:
            event: what happened.
            record: to which task.
            reason: why the person wanted it, where they said.
        """
        if self._file is not None:
            await asyncio.to_thread(self._add, self._line(event, record, reason))

    def write_soon(self, event: Event, record: TaskRecord) -> None:
        """The same without waiting; :meth:`aclose` waits for it."""
        if self._file is not None:
            writing = asyncio.ensure_future(self.write(event, record))
            self._writing.add(writing)
            writing.add_done_callback(self._writing.discard)

    async def aclose(self) -> None:
        """See that everything is written."""
        if self._writing:
            await asyncio.gather(*self._writing)

    def _line(self, event: Event, record: TaskRecord, reason: str) -> str:
        when = datetime.fromtimestamp(self._clock(), timezone.utc)
        entry = {
            "time": when.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "event": event,
            "user": self._user,
            "sudo_user": self._sudo_user,
            "profile": record.profile,
            "endpoint": record.endpoint,
            "organization": record.organization_id,
            "path": str(record.path),
            "title": record.title,
            "operation": record.operation,
            "danger": record.danger.value,
            "record": record.key,
            "task": record.task_id,
            "outcome": record.status.value if event == "ended" else None,
            "error": record.error,
            "reason": reason,
        }
        told = {name: value for name, value in entry.items() if value not in ("", None)}
        # in ASCII: nothing in it can upset a terminal that shows it
        return scrub(json.dumps(told)) + "\n"

    def _add(self, line: str) -> None:
        assert self._file is not None
        try:
            descriptor = open_private(self._file, os.O_WRONLY | os.O_APPEND)
            try:
                os.write(descriptor, line.encode("utf-8"))  # in one piece: other sessions write, too
            finally:
                os.close(descriptor)
        except OSError as error:
            self.problem = _(
                "the audit log {file} cannot be written: {strerror}",
                file=self._file,
                strerror=reason(error),
            )
            _logger.error(self.problem)
        else:
            self.problem = ""


def _user() -> str:
    """Who runs this, as the system knows them."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
