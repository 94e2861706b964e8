"""What the steps of a test look like in a pipe and on paper."""

from __future__ import annotations

from typing import Any

from cloudmc_tui.api.checks import Check, Outcome
from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.formats.scrub import scrub
from cloudmc_tui.formats.text import fit

_STATUS = {
    "name": Exit.NO_CONNECTION,
    "connection": Exit.NO_CONNECTION,
    "certificate": Exit.NO_CONNECTION,
    "source": Exit.NOT_ALLOWED,
    "key": Exit.NOT_ALLOWED,
}


def told(check: Check) -> str:
    """A step, with what to try on a line of its own."""
    took = f"{check.elapsed * 1000:,.0f} ms" if check.elapsed < 10 else f"{check.elapsed:,.1f} s"
    line = f"{check.outcome.value:8} {fit(check.label, 18)} {took:>8}  {check.detail}"
    return scrub(line + (f"\n{' ' * 38}{check.hint}" if check.hint else ""))


def as_json(check: Check) -> dict[str, Any]:
    """A step for programs; ``seconds`` is how long it took."""
    return {
        "step": check.id,
        "label": check.label,
        "outcome": check.outcome.value,
        "detail": scrub(check.detail),
        "hint": scrub(check.hint),
        "seconds": round(check.elapsed, 6),
    }


def status_of(checks: list[Check]) -> Exit:
    """The exit status that a test means."""
    failed = next((each for each in checks if each.outcome is Outcome.FAILED), None)
    return Exit.DONE if failed is None else _STATUS.get(failed.id, Exit.FAILED)
