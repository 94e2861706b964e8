"""What the single-file build runs first. (CI builds the real file and runs it from a bare folder.)"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import zipapp
from pathlib import Path
from types import ModuleType

import pytest

SOURCE = Path(__file__).parent.parent / ".ci" / "bootstrap.py"

PROGRAM = """
import sys
from pathlib import Path
def main():
    import compiled
    print(compiled.WORD, Path(__file__).parent.parent)
    return int(sys.argv[1])
"""


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", SOURCE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bootstrap = load()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return build(tmp_path, bootstrap.platform_tag())


def build(place: Path, tag: str) -> Path:
    """A program of the same form as the real one, with a module for one kind of machine."""
    staged = place / "staged"
    for name, text in {
        "__main__.py": SOURCE.read_text("utf-8"),
        "digest": "d1",
        "pure/cloudmc_tui/__init__.py": "",
        "pure/cloudmc_tui/__main__.py": PROGRAM,
        f"native/{tag}/compiled.py": "WORD = 'fits'",
        "native/cp999-other/compiled.py": "WORD = 'does not fit'",
    }.items():
        (staged / name).parent.mkdir(parents=True, exist_ok=True)
        (staged / name).write_text(text, "utf-8")
    file = place / "program.pyz"
    zipapp.create_archive(staged, file, compressed=True)
    return file


def start(archive: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(archive), "6"],
        env={"XDG_CACHE_HOME": str(cache), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_unpacks_once_and_byte_compiles_and_hands_on_the_exit_status(
    archive: Path, tmp_path: Path
) -> None:
    first = start(archive, tmp_path / "cache")
    assert first.returncode == 6 and first.stdout.startswith("fits ")
    assert "unpacking, this once" in first.stderr
    folder = Path(first.stdout.split(" ", 1)[1].strip())
    assert folder.is_relative_to(tmp_path / "cache")
    assert folder.stat().st_mode & 0o777 == 0o700 == folder.parent.stat().st_mode & 0o777
    assert list(folder.rglob("*.pyc"))
    second = start(archive, tmp_path / "cache")
    assert (second.returncode, second.stdout, second.stderr) == (6, first.stdout, "")
    assert [f.name for f in folder.parent.iterdir()] == [folder.name], "nothing is left over"


def test_a_machine_that_it_has_nothing_for_is_told(tmp_path: Path) -> None:
    outcome = start(build(tmp_path, "cp998-yet-another"), tmp_path / "cache")
    assert outcome.returncode == 1
    assert (
        f"nothing for {bootstrap.platform_tag()}, but for: cp998-yet-another, cp999-other" in outcome.stderr
    )


def test_what_others_could_have_changed_is_not_run(archive: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    planted = Path(start(archive, cache).stdout.split(" ", 1)[1].strip())
    planted.chmod(0o777)
    (planted / "compiled.py").write_text("WORD = 'planted'", "utf-8")
    outcome = start(archive, cache)
    assert outcome.returncode == 6 and outcome.stdout.startswith("fits ")
    used = Path(outcome.stdout.split(" ", 1)[1].strip())
    assert used != planted and not used.exists(), "the temporary folder has gone with the program"


def test_a_folder_that_cannot_be_written_is_no_obstacle(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, where a folder should be", "utf-8")
    outcome = start(archive, tmp_path / "cache")
    assert outcome.returncode == 6 and outcome.stdout.startswith("fits ")


def test_copies_that_nobody_starts_any_more_are_removed(tmp_path: Path) -> None:
    now = 1_000 * 86_400.0
    for name, days in (("old", 91), ("new", 89)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (0, now - days * 86_400))
    bootstrap.forget(tmp_path, now)
    assert [f.name for f in tmp_path.iterdir()] == ["new"]
