"""Make the README's generated parts anew: ``python -m tests.readme`` (``--check`` only compares)."""

from __future__ import annotations

import sys
from pathlib import Path

from cloudmc_tui.tui.actions import ACTIONS, Scope, keys_of

README = Path(__file__).parent.parent / "README.md"


def keys() -> str:
    """The key table."""
    lines = ["| | | |", "| --- | --- | --- |"]
    for scope in Scope:
        heading = f"**{scope.heading}**"
        for action in (a for a in ACTIONS if a.scope is scope):
            shown = " ".join(f"`{k}`" for k in keys_of(action)) or "palette"
            lines.append(f"| {heading} | {shown} | {action.help} |")
            heading = ""
    return "\n".join(lines)


PARTS = {"keys": keys}


def generated(text: str) -> str:
    """The README with its generated parts as they should be."""
    for name, make in PARTS.items():
        before, _, rest = text.partition(f"<!-- generated: {name} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        if not end:
            raise SystemExit(f"the README has no place for {name}")
        text = f"{before}<!-- generated: {name} -->\n{make()}\n{end}{after}"
    return text


def main(check: bool) -> int:
    """Write the README, or compare it.

    Returns:
        the exit status.
    """
    old = README.read_text("utf-8")
    new = generated(old)
    if check:
        return int(old != new)
    README.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
