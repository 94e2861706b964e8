"""Make ``screenshots/`` anew from the demo cloud at a fixed seed and time.

``python -m tests.screenshots`` writes them; ``python -m tests.screenshots --check`` says which are out
of date, with exit status 1.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

from tests.demo import demo_app, settle, use_utc

FOLDER = Path(__file__).parent.parent / "screenshots"

INSTANCES = "compute-qc/production/instances"

REBOOT = ("down", "o", "down", "down", "down", "enter")
"""From the list to the plan of a restart of its second instance."""

PICTURES: dict[str, tuple[str, tuple[int, int], tuple[str, ...], str]] = {
    "explorer": (INSTANCES, (120, 34), ("down", "enter"), "night"),
    "tree": ("", (120, 34), ("down", "enter", "down"), "night"),
    "filter": (INSTANCES, (100, 24), ("slash", *"state=Running memory>=8GB"), "night"),
    "json": (INSTANCES, (80, 24), ("down", "enter", "J"), "night"),
    "path": (INSTANCES, (80, 24), ("colon", *"web"), "night"),
    "day": (INSTANCES, (120, 34), ("down", "enter"), "day"),
    "find": (
        "",
        (100, 24),
        ("f", "1", "0", "full_stop", "0", "full_stop", "4", "full_stop", "1", "0"),
        "night",
    ),
    "operations": (INSTANCES, (100, 30), ("down", "o", "down", "down", "down"), "night"),
    "plan": (INSTANCES, (100, 30), REBOOT, "night"),
    "tasks": (INSTANCES, (100, 16), (*REBOOT, "right", "enter", "t"), "night"),
    "profile": ("", (100, 30), ("P", "a"), "night"),
}
"""Name → where the explorer starts, the terminal's size, the keys pressed, the theme."""


async def picture(path: str, size: tuple[int, int], keys: tuple[str, ...], theme: str) -> str:
    """One screenshot, as SVG."""
    app = demo_app(path, theme=theme)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)
        return stable(app.export_screenshot(title="cloudmc-tui"))


def stable(svg: str) -> str:
    """The picture without the random names that Rich gives to its classes."""
    return re.sub(r"terminal-\d+", "terminal", svg)


async def main(check: bool) -> int:
    """Write the pictures, or compare them with those that are there.

    Returns:
        the exit status.
    """
    use_utc()
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.dict(os.environ, {"CLOUDMC_CONFIG": f"{folder}/none.toml"}),
    ):
        return await _make(check)


async def _make(check: bool) -> int:
    FOLDER.mkdir(exist_ok=True)
    stale = [f.name for f in FOLDER.glob("*.svg") if f.stem not in PICTURES]
    for name, parts in PICTURES.items():
        file = FOLDER / f"{name}.svg"
        made = await picture(*parts)
        if not file.exists() or file.read_text("utf-8") != made:
            stale.append(file.name)
            if not check:
                file.write_text(made, encoding="utf-8")
    for name in stale:
        print(f"{'out of date' if check else 'made'}: {name}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main("--check" in sys.argv[1:])))
