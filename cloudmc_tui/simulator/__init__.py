"""A CloudMC cloud in a box: an ASGI application that behaves like the API, for demos and tests.

It holds made-up entities and lets every operation change them as the cloud would, over time. It
knows nothing of the program's client: the two agree because both follow the API.
"""

from __future__ import annotations

from cloudmc_tui.simulator.app import SimulatorApp
from cloudmc_tui.simulator.serve import ServeError, serve, serve_async
from cloudmc_tui.simulator.settings import Settings

__all__ = ["ServeError", "Settings", "SimulatorApp", "serve", "serve_async"]
