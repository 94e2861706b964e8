"""What the steps of a test look like in a pipe and on paper."""

from __future__ import annotations

from typing import Any

from cloudmc_tui.api.checks import LABELS, Check, Outcome
from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.formats.scrub import scrub
from cloudmc_tui.formats.text import fit, width
from cloudmc_tui.language import _, number

_STATUS = {
    "name": Exit.NO_CONNECTION,
    "connection": Exit.NO_CONNECTION,
    "certificate": Exit.NO_CONNECTION,
    "source": Exit.NOT_ALLOWED,
    "key": Exit.NOT_ALLOWED,
}


def told(check: Check) -> str:
    """A step, with what to try on a line of its own."""
    fast = check.elapsed < 10
    took = f"{number(round(check.elapsed * 1000))} ms" if fast else f"{number(round(check.elapsed, 1))} s"
    labels = max(18, *(width(_(label)) for label in LABELS.values()))
    line = f"{check.outcome.word:8} {fit(check.label, labels)} {took:>8}  {check.detail}"
    return scrub(line + (f"\n{' ' * (labels + 20)}{check.hint}" if check.hint else ""))


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
