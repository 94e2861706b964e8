"""What was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Sequence


def nearest(name: str, known: Sequence[str]) -> str | None:
    """The closest of the names that exist, without regard to case; none when none is close."""
    folded = {k.casefold(): k for k in known}
    match = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    if match:
        return folded[match[0]]
    starts = [k for f, k in folded.items() if f.startswith(name.casefold())]
    return starts[0] if len(starts) == 1 else None
