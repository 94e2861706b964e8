"""Build the whole program as one file, for machines without internet: copy it there, run it with Python 3.10
or newer.

    python3 .ci/single_file.py [FILE]

It holds the program and what it depends on, in the versions of ``constraints.txt``; compiled modules for
each supported Python and kind of machine. ``bootstrap.py`` tells how it starts.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipapp
import zipfile
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
CONSTRAINTS = HERE / "constraints.txt"
DEFAULT = ROOT / "dist" / "cloudmc-tui.pyz"

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")

PLATFORMS = {
    "manylinux-x86_64": "manylinux2014_x86_64",
    "manylinux-aarch64": "manylinux2014_aarch64",
    "musllinux-x86_64": "musllinux_1_2_x86_64",
    "macosx-arm64": "macosx_11_0_arm64",
}
"""Kinds of machine, as the bootstrap and as pip call them."""

FOR_OLDER = ("exceptiongroup", "typing-extensions")
"""What only older Pythons need: pip reads such conditions as they are for the Python that it runs in."""


def build(target: Path) -> None:
    """Build the file."""
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        wheels, staged = work / "wheels", work / "staged"
        pip("wheel", "--no-deps", "-w", str(wheels), str(ROOT))
        (program,) = wheels.glob("*.whl")
        oldest = ("--python-version", PYTHONS[0], "--platform", next(iter(PLATFORMS.values())))
        download(wheels, (str(program), *FOR_OLDER), (*oldest, "-c", str(constraints_of_oldest(work))))
        for wheel in sorted(wheels.glob("*.whl")):
            if wheel.stem.endswith("-none-any"):
                unpack(wheel, staged / "pure")
            else:
                add_compiled(wheel, work, staged)
        shutil.copy2(HERE / "bootstrap.py", staged / "__main__.py")
        (staged / "digest").write_text(digest(staged), "ascii")
        target.parent.mkdir(parents=True, exist_ok=True)
        zipapp.create_archive(staged, target, "/usr/bin/env python3", compressed=True)


def add_compiled(wheel: Path, work: Path, staged: Path) -> None:
    """Add a package that has compiled modules: its plain form, if it has one, else one for each machine."""
    name, version = wheel.name.split("-")[:2]
    wanted = f"{name}=={version}"
    plain = work / "plain"
    try:
        download(plain, (wanted,), ("--no-deps", "--platform", "any", "--python-version", PYTHONS[0]))
    except subprocess.CalledProcessError:
        pass
    else:
        for found in plain.glob(f"{name}-*.whl"):
            unpack(found, staged / "pure")
        return
    for python in PYTHONS:
        for ours, platform in PLATFORMS.items():
            tag = f"cp{python.replace('.', '')}-{ours}"
            download(work / tag, (wanted,), ("--no-deps", "--platform", platform, "--python-version", python))
            for found in (work / tag).glob(f"{name}-*.whl"):
                unpack(found, staged / "native" / tag)


def download(folder: Path, what: Iterable[str], options: Iterable[str]) -> None:
    """Get wheels."""
    pip("download", "--only-binary", ":all:", "-d", str(folder), *options, *what)


def constraints_of_oldest(work: Path) -> Path:
    """The constraints as they are for the oldest Python, whose packages all newer ones can run; pip would
    read the conditions as they are for the Python that it runs in."""
    kept = []
    for line in CONSTRAINTS.read_text("utf-8").splitlines():
        pin, _, condition = line.partition(";")
        if ">=" not in condition:
            kept.append(pin)
    file = work / "constraints.txt"
    file.write_text("\n".join(kept) + "\n", "utf-8")
    return file


def pip(*arguments: str) -> None:
    """Run pip; what it says matters only when it fails."""
    command = [sys.executable, "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise subprocess.CalledProcessError(ran.returncode, command, stderr=ran.stderr)


def unpack(wheel: Path, folder: Path) -> None:
    """Unpack a wheel's packages."""
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder)


def digest(folder: Path) -> str:
    """What tells this build from others."""
    total = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            total.update(f"{file.relative_to(folder)}\0".encode() + file.read_bytes())
    return total.hexdigest()[:16]


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    try:
        build(chosen)
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(error.cmd)}\n{error.stderr}")
    sys.stdout.write(f"{chosen}: {chosen.stat().st_size / 1e6:.1f} MB\n")
