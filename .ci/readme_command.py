"""Print the command that the README gives under a name: the code block after ``<!-- command: NAME -->``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def command(name: str) -> str:
    """The block's text, without the fence."""
    block = rf"<!-- command: {re.escape(name)} -->\s*```sh\n(.*?)```"
    match = re.search(block, README.read_text("utf-8"), re.DOTALL)
    if match is None:
        sys.exit(f"the README has no command {name!r}")
    return match.group(1).strip()


if __name__ == "__main__":
    sys.stdout.write(command(sys.argv[1]) + "\n")
