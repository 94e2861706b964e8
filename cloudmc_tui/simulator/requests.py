"""What was asked of the simulator: counts, and the latest requests."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping

from msgspec import Struct

from cloudmc_tui.simulator.http import Reply, Segments


class Entry(Struct, frozen=True):
    """One request.

    Attributes:
        time: when it was answered, in the cloud's seconds since the epoch.
        method: the HTTP method.
        template: such as ``/services/:service/:environment/instances/:id?operation=start``.
        path: the path below the base, decoded.
        status: of the reply.
        size: of the reply's body, in bytes.
    """

    time: float
    method: str
    template: str
    path: str
    status: int
    size: int


class RequestLog:
    """Counts of requests by method and path template, and the latest of them.

    Attributes:
        counts: (method, template) → how often. The entity type stands in the template as it is.
        recent: the latest requests, oldest first.
    """

    def __init__(self, keep: int = 10_000) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.recent: deque[Entry] = deque(maxlen=keep)

    @property
    def total(self) -> int:
        """How many requests there were."""
        return self.counts.total()

    def clear(self) -> None:
        """Forget them all."""
        self.counts.clear()
        self.recent.clear()

    def note(
        self,
        moment: float,
        method: str,
        template: Segments,
        segments: Segments,
        query: Mapping[str, str],
        reply: Reply,
    ) -> None:
        """Take down a request and its reply."""
        shown = [s if t == ":type" else t for t, s in zip(template, segments, strict=True)]
        path = "/" + "/".join(shown)
        if query.get("operation"):
            path += f"?operation={query['operation']}"
        self.counts[method, path] += 1
        self.recent.append(
            Entry(moment, method, path, "/" + "/".join(segments), reply.status, len(reply.content))
        )
