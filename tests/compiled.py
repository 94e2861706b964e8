"""The program's catalog files as JSON, which is what is read at every start.

    python -m tests.compiled

brings each up to date. A test fails where that was forgotten; the program reads the catalog file itself then.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from cloudmc_tui.catalog.loader import SERVICES, Compiled, compiled_of


def files() -> list[Path]:
    """The program's own catalog files."""
    return sorted(SERVICES.glob("*.toml"))


def compiled(file: Path) -> bytes:
    """What is to stand beside a catalog file."""
    return msgspec.json.encode(Compiled.of(file.read_bytes())) + b"\n"


def main() -> int:
    """Bring all of them up to date."""
    for file in files():
        compiled_of(file).write_bytes(compiled(file))
    return 0


if __name__ == "__main__":
    sys.exit(main())
