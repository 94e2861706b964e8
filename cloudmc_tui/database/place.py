"""Where a database lies: a private file in a private folder, set aside when it is broken."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath

from cloudmc_tui.formats.system import reason
from cloudmc_tui.language import _

COMPANIONS = ("-wal", "-shm", "-journal")
"""What SQLite puts beside a database, by what it adds to the name."""

_MAGIC = b"SQLite format 3\0"

_SHARED_FILESYSTEMS = re.compile(r"nfs|cifs|smb|afs|9p|ceph|gluster|lustre|gfs|ocfs|sshfs|beegfs|virtiofs")


class DatabaseError(Exception):
    """A database of ours cannot be read or written; the message says which and why, in one line."""


def prepare(path: FilePath, what: str) -> list[str]:
    """Make the folder (0700) and the file (0600), where they are not there yet.

    Args:
        path: the file.
        what: what people call it, here and below, such as ``"the task ledger"``.

    Returns:
        notes for people, one line each: what was found open to others, and what to do about it.

    Raises:
        DatabaseError: when either cannot be made.
    """
    folder = path.parent
    notes = []
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
        if found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) & 0o077:
            notes.append(_("{folder} is open to others: chmod 700 {folder}", folder=folder))
        # Made here and not by SQLite, which would go by the umask; its companions get the same mode.
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if stat.S_IMODE(os.fstat(file).st_mode) & 0o077:
                os.fchmod(file, 0o600)
                notes.append(_("{path} was open to others; it is not any more", path=path))
        finally:
            os.close(file)
        for companion in _companions(path):
            with contextlib.suppress(FileNotFoundError):
                if stat.S_IMODE(companion.stat().st_mode) & 0o077:
                    companion.chmod(0o600)
    except OSError as error:
        raise DatabaseError(
            _(
                "cannot keep {what} in {path}: {strerror}",
                what=what,
                path=path,
                strerror=reason(error),
            )
        ) from None
    return notes


@contextmanager
def alone(path: FilePath, what: str) -> Iterator[None]:
    """Hold the lock under which a database is opened: of two who find it broken, one sets it aside.

    Args:
        path: the file; the lock is a file beside it.
        what: as in :func:`prepare`.

    Raises:
        DatabaseError: when the lock cannot be made.
    """
    try:
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DatabaseError(
            _(
                "cannot keep {what} in {path}: {strerror}",
                what=what,
                path=path,
                strerror=reason(error),
            )
        ) from None
    try:
        with contextlib.suppress(OSError):  # a filesystem without locks: then by luck, as SQLite itself
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def is_foreign(path: FilePath, what: str) -> bool:
    """Whether a file is neither empty nor an SQLite database.

    Raises:
        DatabaseError: when it cannot be read.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(_MAGIC))
    except OSError as error:
        raise DatabaseError(
            _("cannot read {what} {path}: {strerror}", what=what, path=path, strerror=reason(error))
        ) from None
    return bool(start) and start != _MAGIC


def which(path: FilePath) -> tuple[int, int] | None:
    """Which file lies there, by what stays the same when it is renamed; none when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def set_aside(path: FilePath, what: str, now: float) -> FilePath:
    """Rename a broken database, with what SQLite put beside it; nothing is deleted.

    Args:
        path: the file.
        what: as in :func:`prepare`.
        now: seconds since the epoch, for its new name.

    Returns:
        where it is now.

    Raises:
        DatabaseError: when it cannot be renamed.
    """
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    number, aside = 1, path.with_name(f"{path.name}.broken-{stamp}")
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.broken-{stamp}-{number}")
    try:
        for companion in _companions(path):
            with contextlib.suppress(FileNotFoundError):
                companion.rename(f"{aside}{companion.name.removeprefix(path.name)}")
        path.rename(aside)
    except OSError as error:
        raise DatabaseError(
            _(
                "{what} {path} is broken and cannot be set aside: {strerror}",
                what=what,
                path=path,
                strerror=reason(error),
            )
        ) from None
    return aside


def is_shared(path: FilePath, mounts: FilePath = FilePath("/proc/self/mountinfo")) -> bool:
    """Whether a file lies on a filesystem that other machines write to as well.

    SQLite's write-ahead log needs memory that all its writers share, which machines do not.

    Args:
        path: the file.
        mounts: Linux's list of what is mounted; where there is none, nobody can tell.
    """
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
        place = path.resolve()
    except OSError:
        return False
    deepest, kind = -1, ""
    for line in lines:
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:
            continue
        point = FilePath(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[4]))
        if place.is_relative_to(point) and len(point.parts) >= deepest:  # of two there, the later one
            deepest, kind = len(point.parts), after.split(" ")[0]
    return bool(_SHARED_FILESYSTEMS.search(kind))


def asides(path: FilePath) -> list[FilePath]:
    """What was set aside of a database, oldest first; what SQLite put beside it is left out."""
    found = path.parent.glob(f"{glob.escape(path.name)}.broken-*")
    return sorted(each for each in found if not each.name.endswith(COMPANIONS))


def remove(path: FilePath) -> None:
    """Delete a database that nobody has open, with what SQLite put beside it.

    Raises:
        OSError: when that cannot be done.
    """
    for each in (*_companions(path), path):
        each.unlink(missing_ok=True)


def _companions(path: FilePath) -> list[FilePath]:
    return [path.with_name(path.name + suffix) for suffix in COMPANIONS]
