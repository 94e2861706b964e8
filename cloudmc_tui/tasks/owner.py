"""Who polls a task: a session's id, and whether that session is certain to be no more.

The lease alone would do. But a session that was killed can be told from one that lives, where the kernel
tells: then the next one takes over at once, and does not wait for the lease to run out.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path as FilePath
from zlib import crc32

_PROC = FilePath("/proc")


def new_owner(pid: int | None = None) -> str:
    """A new session's id: a random part, and which process it is, where that can be told.

    Args:
        pid: the process; by default this one.
    """
    pid = os.getpid() if pid is None else pid
    return f"{os.urandom(8).hex()}:{_place()}:{pid}:{_started(pid) or ''}"


def is_gone(owner: str) -> bool:
    """Whether a session is certain to have ended. False also when nobody can tell.

    Args:
        owner: from :func:`new_owner`, of any machine.
    """
    parts = owner.split(":")
    if len(parts) != 4 or not parts[1] or parts[1] != _place() or not parts[2].isdigit() or not parts[3]:
        return False
    return _started(int(parts[2])) != parts[3]  # the same number may be another process by now


@lru_cache(maxsize=1)
def _place() -> str:
    """Where a process number means a certain process: this boot of this machine, this container."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        namespace = str((_PROC / "self/ns/pid").readlink())
    except OSError:
        return ""
    return f"{crc32(f'{boot}/{namespace}'.encode()):08x}"


def _started(pid: int) -> str | None:
    """When a process started, in the kernel's ticks; none for one that has ended."""
    try:
        text = (_PROC / str(pid) / "stat").read_text("utf-8", "replace")
    except OSError:
        return None
    state, *rest = text.rpartition(")")[2].split()  # the name before it may hold anything
    return None if state in "ZX" or len(rest) < 19 else rest[18]
