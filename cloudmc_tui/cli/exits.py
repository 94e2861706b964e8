"""Exit statuses, and which of them an error means."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What the exit status says."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NO_CONNECTION = 3
    NOT_ALLOWED = 4
    NOT_FOUND = 5
    REFUSED = 6
    UNKNOWN = 7
    INTERRUPTED = 130


class UsageError(ValueError):
    """Arguments that cannot be followed; the message says which, and what would do."""


def exit_for(error: Exception) -> Exit:
    """The exit status that an error means."""
    from cloudmc_tui.api.errors import (
        CallTimeout,
        ConnectionFailed,
        NotAllowed,
        NotFound,
        OutcomeUnknown,
        WriteRefused,
    )
    from cloudmc_tui.inventory import AmbiguousName, UnknownPath
    from cloudmc_tui.profiles import KeyUnavailable

    if isinstance(error, KeyUnavailable):
        return Exit.NOT_ALLOWED
    if isinstance(error, (ValueError, AmbiguousName)):
        return Exit.USAGE
    if isinstance(error, ConnectionFailed):
        return Exit.NO_CONNECTION
    if isinstance(error, WriteRefused):
        return Exit.REFUSED
    if isinstance(error, NotAllowed):
        return Exit.NOT_ALLOWED
    if isinstance(error, (NotFound, UnknownPath)):
        return Exit.NOT_FOUND
    if isinstance(error, (CallTimeout, OutcomeUnknown)):
        return Exit.UNKNOWN
    return Exit.FAILED
