"""Memory that was needed for a while."""

from __future__ import annotations

import contextlib


def give_back() -> None:
    """Let the system have the memory that was needed for a while: it lies between what stays, where the C
    library keeps it. Not every C library can be told."""
    with contextlib.suppress(ImportError, OSError, AttributeError, TypeError):
        import ctypes

        ctypes.CDLL(None).malloc_trim(0)
