"""A server on a real socket that answers with whatever bytes a test wants."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(repr=False)  # tracebacks with locals must not find the key here
class Seen:
    """A request as it arrived."""

    head: str
    body: bytes

    @property
    def method(self) -> str:
        return self.head.split(" ", 1)[0]

    @property
    def target(self) -> str:
        return self.head.split(" ", 2)[1]

    @property
    def headers(self) -> dict[str, str]:
        lines = self.head.split("\r\n")[1:]
        return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


Action = Callable[[asyncio.StreamWriter], Awaitable[bool]]
"""Answers one request; whether the connection stays open."""


def reply(status: int = 200, body: bytes | str = b"", **headers: str) -> Action:
    """A well-formed reply."""
    content = body.encode() if isinstance(body, str) else body
    named = {"content-type": "application/json", "content-length": str(len(content))}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return raw(f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + content, keep=True)


def raw(data: bytes, *, keep: bool = False) -> Action:
    """Any bytes, then the end of the connection."""

    async def act(writer: asyncio.StreamWriter) -> bool:
        writer.write(data)
        await writer.drain()
        return keep

    return act


def reset(data: bytes = b"") -> Action:
    """Some bytes, then a reset."""

    async def act(writer: asyncio.StreamWriter) -> bool:
        writer.write(data)
        await writer.drain()
        writer.transport.abort()
        return False

    return act


def hang(data: bytes = b"") -> Action:
    """Some bytes, then nothing more."""

    async def act(writer: asyncio.StreamWriter) -> bool:
        writer.write(data)
        await writer.drain()
        await asyncio.Event().wait()
        return False

    return act


@dataclass(repr=False)
class RawServer:
    """Answers the first request with the first action, and so on; the last one repeats."""

    actions: list[Action]
    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    greeting: bytes | None = None
    """What to say, and then hang up, instead of waiting for a request."""
    tunnel_to: int | None = None
    """A port to connect to on CONNECT, as a proxy does."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def targets(self) -> list[str]:
        return [seen.target for seen in self.seen]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while self.greeting is None:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip()
                seen = Seen(head, b"")
                seen.body = await reader.readexactly(int(seen.headers.get("content-length", "0")))
                self.seen.append(seen)
                if self.tunnel_to is not None:
                    return await self._tunnel(reader, writer)
                action = self.actions[min(len(self.seen), len(self.actions)) - 1]
                if not await action(writer):
                    return None
            writer.write(self.greeting)
            writer.write_eof()
            await reader.read()  # until the other side has had enough: an early end would be a reset
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.tunnel_to)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
            sink.close()

        try:
            await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer), return_exceptions=True)
        finally:
            far_writer.close()


@asynccontextmanager
async def serving(*actions: Action, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """Run a :class:`RawServer` on a free port of the loopback interface."""
    raw_server = RawServer(list(actions))
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await raw_server.serve(reader, writer)
        except asyncio.CancelledError:
            pass  # the end of the test
        finally:
            running.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    raw_server.port = server.sockets[0].getsockname()[1]
    try:
        yield raw_server
    finally:
        server.close()
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await server.wait_closed()


def closed_port() -> int:
    """A port that nobody listens on: held for a moment, and given back."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port
