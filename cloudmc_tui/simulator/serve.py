"""Serving a simulated cloud over TCP."""

from __future__ import annotations

import socket
from collections.abc import Callable

from cloudmc_tui.simulator.app import create_app
from cloudmc_tui.simulator.settings import Settings


class ServeError(Exception):
    """The simulator cannot be served; the message says why and what to do."""


def serve(
    settings: Settings,
    host: str = "127.0.0.1",
    port: int = 0,
    announce: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve a simulated cloud until interrupted.

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
        raise ServeError("Serving the simulator needs uvicorn: pip install 'cloudmc-tui[simulate]'") from None
    app = create_app(settings)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(128)
        except OSError as error:
            raise ServeError(f"Cannot listen on {host} port {port}: {error.strerror or error}") from None
        shown = f"[{host}]" if family is socket.AF_INET6 else host
        announce(f"http://{shown}:{listener.getsockname()[1]}/v1")
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", ws="none")
        uvicorn.Server(config).run(sockets=[listener])
