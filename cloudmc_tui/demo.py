"""How the demo cloud is made. Importing this is light: the cloud itself is the simulator's."""

from __future__ import annotations

from msgspec import Struct

DEMO_ENDPOINT = "http://demo.invalid/v1"
"""Where the demo cloud seems to be; it is served in process, so nothing is looked up."""


class DemoOptions(Struct, frozen=True):
    """How the demo cloud is made.

    Attributes:
        seed: same seed, same cloud.
        scale: instances in each environment; none for the demo's own handful.
        latency: seconds that every request takes.
        now: the demo's time at its start, in seconds since the epoch; none for the present.
    """

    seed: int = 1
    scale: int | None = None
    latency: float = 0.0
    now: float | None = None
