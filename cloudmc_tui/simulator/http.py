"""Requests and replies as the simulator's endpoints see them, and the table of endpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from cloudmc_tui.simulator import errors
from cloudmc_tui.simulator.store import encode

if TYPE_CHECKING:
    from cloudmc_tui.simulator.world import World

Segments = tuple[str, ...]


class Reply(Struct, frozen=True):
    """What is sent back.

    Attributes:
        content: the encoded body, empty for 204.
    """

    content: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"

    @classmethod
    def of(cls, body: Any, status: int = 200) -> Reply:
        """Encode a body."""
        return cls(encode(body), status)

    @classmethod
    def data(cls, data: Any) -> Reply:
        """A platform endpoint's reply; a list has its metadata."""
        if isinstance(data, list):
            return cls.of({"data": data, "metadata": {"recordCount": len(data)}})
        return cls.of({"data": data})

    @classmethod
    def error(cls, error: errors.ApiError) -> Reply:
        """What an error is answered with."""
        return cls(encode({"errors": error.items}), error.status, error.headers)


NO_CONTENT = Reply(b"", 204)


class Request(Struct, frozen=True):
    """What was asked.

    Attributes:
        world: the cloud.
        method: the HTTP method.
        variables: the variable parts of the path, unencoded, by name.
        query: the query's parameters; the last of several counts.
        content: the raw body.
    """

    world: World
    method: str
    variables: Mapping[str, str]
    query: Mapping[str, str]
    content: bytes

    def parameter(self, *names: str) -> str | None:
        """The first of these query parameters that has a value."""
        return next((self.query[n] for n in names if self.query.get(n)), None)

    @property
    def organization_id(self) -> str | None:
        """The organization asked for, by any of the names the API has for it."""
        return self.parameter("org_id", "organizationId", "organization_id")


Endpoint = Callable[[Request], Reply]


class Router:
    """Endpoints by method and path; a variable part of a path starts with a colon."""

    def __init__(self) -> None:
        self._endpoints: dict[Segments, dict[str, Endpoint]] = {}

    def route(self, methods: str, path: str) -> Callable[[Endpoint], Endpoint]:
        """Register the decorated endpoint.

        Args:
            methods: one or more, separated by blanks.
            path: such as ``"/environments/:id"``.
        """

        def register(endpoint: Endpoint) -> Endpoint:
            known = self._endpoints.setdefault(tuple(path.strip("/").split("/")), {})
            known.update(dict.fromkeys(methods.split(), endpoint))
            return endpoint

        return register

    def match(self, segments: Segments) -> tuple[Segments, dict[str, str], dict[str, Endpoint]]:
        """Find a path's endpoints; fixed parts go before variable ones.

        Returns:
            the template, the variables, and the endpoints by method.

        Raises:
            ApiError: 404.
        """
        candidates = [t for t in self._endpoints if _fits(t, segments)]
        if not candidates:
            raise errors.unknown("endpoint", "/" + "/".join(segments))
        template = min(candidates, key=lambda t: [part.startswith(":") for part in t])
        variables = {t[1:]: s for t, s in zip(template, segments, strict=True) if t.startswith(":")}
        return template, variables, self._endpoints[template]

    def merge(self, other: Router) -> None:
        """Take in another router's endpoints."""
        for template, endpoints in other._endpoints.items():
            self._endpoints.setdefault(template, {}).update(endpoints)


def _fits(template: Segments, segments: Segments) -> bool:
    return len(template) == len(segments) and all(
        t.startswith(":") or t == s for t, s in zip(template, segments, strict=True)
    )
