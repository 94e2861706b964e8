"""What the operating system says, in the language that is spoken."""

from __future__ import annotations

from cloudmc_tui.language import N_, _

ERRORS = (
    N_("Permission denied"),
    N_("Operation not permitted"),
    N_("No such file or directory"),
    N_("File exists"),
    N_("Not a directory"),
    N_("Is a directory"),
    N_("Directory not empty"),
    N_("Read-only file system"),
    N_("No space left on device"),
    N_("Disk quota exceeded"),
    N_("Too many open files"),
    N_("Too many levels of symbolic links"),
    N_("File name too long"),
    N_("Input/output error"),
    N_("Exec format error"),
    N_("Text file busy"),
    N_("Address already in use"),
    N_("Cannot assign requested address"),
    N_("Broken pipe"),
    N_("Connection refused"),
    N_("Connection reset by peer"),
    N_("Invalid argument"),
)
"""What it may well say to this program; anything else stays as it is."""


def reason(error: OSError) -> str:
    """Why it refused."""
    return _(error.strerror or "") or str(error)
