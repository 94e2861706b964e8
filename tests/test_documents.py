"""The README and the screenshots say what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cloudmc_tui.cli.main import COMMANDS
from tests import readme, screenshots

ROOT = Path(__file__).parent.parent


def test_the_readmes_generated_parts_are_up_to_date() -> None:
    assert readme.main(check=True) == 0, "run: python -m tests.readme"


async def test_the_screenshots_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert await screenshots.main(check=True) == 0, (
        f"run: python -m tests.screenshots\n{capsys.readouterr().out}"
    )


def test_the_readme_names_every_subcommand_and_links_to_what_is_there() -> None:
    text = readme.README.read_text("utf-8")
    assert all(f"cloudmc-tui {name}" in text for name in COMMANDS)
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (ROOT / target).exists(), target
