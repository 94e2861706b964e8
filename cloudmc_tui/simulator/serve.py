"""Serving a simulated cloud over TCP."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from cloudmc_tui.formats.system import reason
from cloudmc_tui.language import _
from cloudmc_tui.simulator.app import SimulatorApp
from cloudmc_tui.simulator.settings import Settings

Announce = Callable[[str], None]


class ServeError(Exception):
    """The simulator cannot be served; the message says why and what to do."""


def serve(
    settings: Settings, host: str = "127.0.0.1", port: int = 0, announce: Announce = lambda _: None
) -> None:
    """Serve a simulated cloud until interrupted; see :func:`serve_async`, which this runs in a loop."""
    asyncio.run(serve_async(settings, host, port, announce))


async def serve_async(
    settings: Settings, host: str = "127.0.0.1", port: int = 0, announce: Announce = lambda _: None
) -> None:
    """Serve a simulated cloud until interrupted.

    In the main thread, SIGINT and SIGTERM end it cleanly and are then raised again, so that whoever
    runs it ends as it would without it. Elsewhere, nobody ends it.

    Args:
        settings: what it is like.
        host: the address to listen on.
        port: the port, or 0 for any free one.
        announce: called once it listens, with its base URL (``http://127.0.0.1:PORT/v1``).

    Raises:
        ServeError: uvicorn is not installed, or the address cannot be had.
    """
    try:
        import uvicorn
    except ImportError:
        message = _("Serving the simulator needs uvicorn: pip install 'cloudmc-tui[simulate]'")
        raise ServeError(message) from None
    app = SimulatorApp(settings)
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", ws="none")
    with _listening(host, port) as listener:
        shown = f"[{host}]" if listener.family is socket.AF_INET6 else host
        announce(f"http://{shown}:{listener.getsockname()[1]}/v1")
        await uvicorn.Server(config).serve(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    """A listening socket; who connects before it is served waits."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends without delay only what says that it is TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        why = reason(error) if isinstance(error, OSError) else str(error)
        told = _("Cannot listen on {host} port {port}: {why}", host=host, port=port, why=why)
        raise ServeError(told) from None
    return listener
