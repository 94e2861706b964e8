"""Sessions of the explorer on the demo cloud, through the mirror and past it."""

from __future__ import annotations

import itertools

import pytest
from textual import events
from textual.pilot import Pilot

from cloudmc_tui.session import DemoOptions
from cloudmc_tui.tui.driver.mirror import Mirror
from tests.demo import NOW, demo_app, settle
from tests.tui.driver.emulator import Terminal, cursor, differences
from tests.tui.driver.recording import Recording, Script, record

SIZE = (120, 40)


async def walk(pilot: Pilot[None], _driver: Recording) -> None:
    """The tree, a list, an entity, its JSON, and back."""
    await settle(pilot)
    for key in ("down", "enter", "down", "down", "enter", "down", "enter", "J", "pagedown", "pageup"):
        await pilot.press(key)
        await settle(pilot)
    for key in ("backspace", "tab", "tab", "z", "z", "1", "left", "up", "2", "end", "home"):
        await pilot.press(key)
        await settle(pilot)


async def dialogs(pilot: Pilot[None], _driver: Recording) -> None:
    """What opens above the rest, and goes away again."""
    await settle(pilot)
    for key in ("2", "s", "down", "escape", "question_mark", "pagedown", "escape", "ctrl+p", "t", "escape"):
        await pilot.press(key)
        await settle(pilot)
    for key in ("colon", "ctrl+u", *"compute-on/", "escape", "slash", *"web", "escape", "o", "down", "enter"):
        await pilot.press(key)
        await settle(pilot)


async def sizes(pilot: Pilot[None], driver: Recording) -> None:
    """Other sizes, narrow ones and too small ones among them."""
    await settle(pilot)
    for columns, lines in ((80, 24), (200, 60), (40, 10), (99, 30), (120, 40)):
        await driver.resize(pilot, columns, lines)
        await pilot.press("down")
        await settle(pilot)


async def focus(pilot: Pilot[None], driver: Recording) -> None:
    """The terminal loses the focus, and gains it."""
    await settle(pilot)
    for _ in range(2):
        driver.send_message(events.AppBlur())
        await settle(pilot)
        driver.send_message(events.AppFocus())
        await settle(pilot)


async def themes(pilot: Pilot[None], _driver: Recording) -> None:
    """Every colour changes, and changes back."""
    await settle(pilot)
    for name in ("day", "night"):
        pilot.app.theme = name
        await settle(pilot)


async def long_list(pilot: Pilot[None], _driver: Recording) -> None:
    """A long list, by the page and by the row over the window's edge."""
    await settle(pilot)
    await pilot.press("2", *["pagedown"] * 4, *["down"] * 40, *["up"] * 10, "end", "home")
    await settle(pilot)


@pytest.mark.parametrize(
    ("path", "script"),
    [
        ("", walk),
        ("compute-qc/production/instances", dialogs),
        ("compute-qc/production/instances", sizes),
        ("compute-qc/production/instances", focus),
        ("compute-qc/production", themes),
        ("compute-qc/production/instances", long_list),
    ],
)
@pytest.mark.parametrize("every", [1, 3])
async def test_after_each_frame_the_terminals_show_the_same(path: str, script: Script, every: int) -> None:
    """As fast as the frames come, and with only some of them sent."""
    scale = 300 if script is long_list else None
    app = demo_app(path, demo=DemoOptions(seed=1, now=NOW, scale=scale))
    plain, mirrored = Terminal(*SIZE), Terminal(*SIZE)
    mirror = Mirror(*SIZE, erases_in_colour=True)
    compared = 0
    counter = itertools.count()
    written = await record(app, script, SIZE)
    for data in written:
        if isinstance(data, tuple):
            mirrored.feed(mirror.take())
            plain.resize(*data)
            mirrored.resize(*data)
            mirror.resize(*data)
            continue
        plain.feed(data)
        mirror.feed(data)
        if data.startswith("\x1b[?") or next(counter) % every:
            continue
        mirrored.feed(mirror.take())
        assert not differences(plain.screen, mirrored.screen)
        assert cursor(plain.screen) == cursor(mirrored.screen)
        compared += 1
    assert compared > 3
    assert mirrored.size < plain.size / 3
