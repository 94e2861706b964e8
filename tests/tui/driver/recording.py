"""What Textual writes for a session of the explorer, recorded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from textual import events
from textual.driver import Driver
from textual.geometry import Size
from textual.pilot import Pilot

from cloudmc_tui.tui.app import ExplorerApp

Script = Callable[[Pilot[Any], "Recording"], Awaitable[None]]


class Recording(Driver):
    """A terminal that keeps what is written to it.

    Attributes:
        written: what was written, and each new size where the terminal took one.
    """

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self.written: list[str | tuple[int, int]] = []

    def write(self, data: str) -> None:
        self.written.append(data)

    def start_application_mode(self) -> None:
        self.write("\x1b[?1049h")

    def stop_application_mode(self) -> None:
        self.write("\x1b[?1049l")

    def disable_input(self) -> None:
        """There is none."""

    async def resize(self, pilot: Pilot[Any], columns: int, lines: int) -> None:
        """Give the terminal another size."""
        self.written.append((columns, lines))
        self._size = (columns, lines)
        size = Size(columns, lines)
        self._app.post_message(events.Resize(size, size))
        await pilot.pause()


async def record(
    app: ExplorerApp, script: Script, size: tuple[int, int] = (120, 40)
) -> list[str | tuple[int, int]]:
    """Run the explorer through a script.

    Args:
        app: made for this.
        script: what is done.
        size: the terminal's columns and lines.

    Returns:
        what was written, and the sizes.
    """
    app.driver_class = Recording
    drivers: list[Recording] = []

    async def play(pilot: Pilot[Any]) -> None:
        driver = app._driver
        assert isinstance(driver, Recording)
        drivers.append(driver)
        await script(pilot, driver)
        app.exit()

    await app.run_async(mouse=False, size=size, auto_pilot=play)
    return drivers[0].written
