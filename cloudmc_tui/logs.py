"""The program's own log and its crash reports, in the state folder: private, redacted, bounded.

Everything that is written here passes :func:`~cloudmc_tui.formats.scrub.scrub`, and has no control
characters in it but line ends.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from cloudmc_tui import __version__
from cloudmc_tui.folders import make_private, open_private, state_folder
from cloudmc_tui.formats.scrub import scrub
from cloudmc_tui.formats.text import visible_lines
from cloudmc_tui.language import _

if TYPE_CHECKING:
    from cloudmc_tui.api.log import RequestRecord

LOG_FILE = "cloudmc-tui.log"

LARGEST = 1_000_000
"""Bytes after which the log is rotated."""

KEPT = 3
"""How many rotated logs are kept."""

CRASHES_KEPT = 20

_SOURCES = ("cloudmc_tui", "asyncio")
"""The loggers that are written down. Not httpx and its like, which log what they send."""

_requests = logging.getLogger("cloudmc_tui.requests")


class Redacting(logging.Formatter):
    """One record as safe lines, its traceback included."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        """The text that is written."""
        return safe(super().format(record))


def safe(text: str) -> str:
    """A text of several lines without secrets and control characters."""
    return "\n".join(visible_lines(scrub(text)))


class LogFile(logging.Handler):
    """A rotating file that several sessions write to; one line, one write.

    Nothing is made before there is something to write. A log that cannot be written is done without.
    """

    def __init__(self, file: FilePath, *, largest: int = LARGEST, kept: int = KEPT) -> None:
        """Make one.

        Args:
            file: where.
            largest: bytes after which it is rotated.
            kept: how many rotated files are kept.
        """
        super().__init__()
        self._file = file
        self._largest = largest
        self._kept = kept
        self.setFormatter(Redacting())

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        try:
            data = (self.format(record) + "\n").encode("utf-8", "backslashreplace")
            descriptor = open_private(self._file, os.O_WRONLY | os.O_APPEND)
            try:
                os.write(descriptor, data)
                if os.fstat(descriptor).st_size > self._largest:
                    self._rotate(descriptor)
            finally:
                os.close(descriptor)
        except Exception:  # whatever a record holds: the program goes on without its log
            return

    def _rotate(self, descriptor: int) -> None:
        """Rename the file and those before it; of several sessions, one does."""
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # ends when the descriptor is closed
        with suppress(OSError):
            if self._file.stat().st_ino != os.fstat(descriptor).st_ino:
                return  # another session has done it
            for number in range(self._kept - 1, 0, -1):
                with suppress(FileNotFoundError):
                    self._numbered(number).rename(self._numbered(number + 1))
            self._file.rename(self._numbered(1))

    def _numbered(self, number: int) -> FilePath:
        return self._file.with_name(f"{self._file.name}.{number}")


def start_logging(*, debug: bool = False, folder: FilePath | None = None) -> Callable[[], None]:
    """Write the program's log from now on: warnings, and with ``debug`` every request.

    Args:
        debug: ``--debug``.
        folder: the state folder.

    Returns:
        what ends it.
    """
    handler = LogFile((folder or state_folder()) / LOG_FILE)
    before = {name: logging.getLogger(name).level for name in _SOURCES}
    propagated = {name: logging.getLogger(name).propagate for name in _SOURCES}
    for name in _SOURCES:
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.propagate = False  # nothing of it goes to the terminal
        logger.setLevel(logging.DEBUG if debug and name == "cloudmc_tui" else logging.WARNING)
    hook, threading.excepthook = threading.excepthook, _thread_failed

    def end() -> None:
        threading.excepthook = hook
        for name in _SOURCES:
            logger = logging.getLogger(name)
            logger.removeHandler(handler)
            logger.propagate = propagated[name]
            logger.setLevel(before[name])

    return end


def _thread_failed(failure: threading.ExceptHookArgs) -> None:
    """What a thread dies of goes to the log, not over the screen."""
    gone = isinstance(failure.exc_value, OSError) and failure.exc_value.errno == errno.EIO
    if gone:  # which ends the program: nothing went wrong in it
        logging.getLogger("cloudmc_tui").warning("the terminal has gone")
    elif failure.exc_value is not None:
        name = failure.thread.name if failure.thread else "?"
        logging.getLogger("cloudmc_tui").error("the thread %s failed", name, exc_info=failure.exc_value)


def log_request(record: RequestRecord) -> None:
    """Write a request to the log, where ``--debug`` asks for that: what and how long, never headers."""
    if _requests.isEnabledFor(logging.DEBUG):
        came = str(record.status) if record.status is not None else "no reply"
        again = f", attempt {record.attempt}" if record.attempt > 1 else ""
        error = f": {record.error}" if record.error else ""
        _requests.debug(
            "%s %s %s in %.3f s, %d bytes%s%s",
            record.method, record.path, came, record.elapsed, record.bytes, again, error,
        )  # fmt: skip


def write_crash_report(
    error: BaseException, *, folder: FilePath | None = None, now: float | None = None
) -> FilePath | None:
    """Write down an error that nobody expected: its traceback without any values, and what ran where.

    Args:
        error: with its traceback and its causes.
        folder: the state folder.
        now: seconds since the epoch, for the name.

    Returns:
        the file; none when it could not be written.
    """
    import platform

    folder = folder or state_folder()
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    lines = [
        f"cloudmc-tui {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"at {stamp}",
        "",
        *traceback.TracebackException.from_exception(error, capture_locals=False).format(),
    ]
    data = safe("\n".join(line.rstrip("\n") for line in lines)).encode("utf-8", "backslashreplace")
    file = folder / f"crash-{stamp}-{os.getpid()}.txt"
    try:
        make_private(folder)
        descriptor = open_private(file, os.O_WRONLY | os.O_TRUNC)
        try:
            os.write(descriptor, data + b"\n")
        finally:
            os.close(descriptor)
        for old in sorted(folder.glob("crash-*.txt"))[:-CRASHES_KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return file


def tell_crash(error: BaseException) -> str:
    """Write a crash report, and say so in two lines.

    Args:
        error: that nobody expected.
    """
    file = write_crash_report(error)
    said = safe("".join(traceback.format_exception_only(type(error), error)).strip()).split("\n")[0]
    where = _("What happened is in {file}", file=file) if file else _("No report could be written.")
    return _("cloudmc-tui crashed: {said}\n  {where}", said=said, where=where)
