"""A record of every request: what was asked, what came of it; never headers, never the key."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct


class RequestRecord(Struct, frozen=True):
    """One attempt at a request.

    Attributes:
        method, path: what was asked; ``path`` follows the API's base URL and has the query.
        status: the reply's HTTP status; none without a reply.
        error: what went wrong, in one line; empty when nothing did.
        started: when, in local time with its zone.
        elapsed: in seconds, the reply's body included.
        bytes: of the reply's body, unpacked.
        attempt: 1 for the first.
    """

    method: str
    path: str
    status: int | None
    error: str
    started: datetime
    elapsed: float
    bytes: int
    attempt: int


class RequestLog:
    """The last requests, newest last; give it to a client as ``on_request``.

    Args:
        limit: how many to keep.
    """

    def __init__(self, limit: int = 500) -> None:
        self._records: deque[RequestRecord] = deque(maxlen=limit)

    def __call__(self, record: RequestRecord) -> None:
        self._records.append(record)

    def clear(self) -> None:
        """Forget them all."""
        self._records.clear()

    def __iter__(self) -> Iterator[RequestRecord]:
        return iter(tuple(self._records))

    def __len__(self) -> int:
        return len(self._records)
