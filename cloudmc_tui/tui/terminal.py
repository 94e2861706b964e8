"""What is said to the terminal itself, over SSH and through tmux and screen: its clipboard (OSC 52) and
its notifications (OSC 9).

The terminal never answers, so all that can be said is that the text was sent to it.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping

from cloudmc_tui.language import _, number

LIMIT = 74_994
"""The most base64 characters that are sent: what xterm and tmux take at most."""

_SCREEN_CHUNK = 76


def osc52(text: str, environ: Mapping[str, str]) -> str:
    """The control sequence that puts a text on the terminal's clipboard.

    Args:
        text: what to copy.
        environ: tells tmux (``TMUX``) and screen (``STY``).

    Returns:
        the sequence; under tmux both the plain form, which tmux takes when its ``set-clipboard`` is
        on, and the form that it hands through to the terminal (``allow-passthrough``).

    Raises:
        ValueError: when the text is too long for terminals to take.
    """
    encoded = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")
    if len(encoded) > LIMIT:
        raise ValueError(
            _(
                "{count} characters are more than terminals take (about {limit} bytes)",
                count=number(len(text)),
                limit=number(LIMIT * 3 // 4),
            )
        )
    plain = f"\x1b]52;c;{encoded}\x07"
    if environ.get("TMUX"):
        return plain + through_tmux(plain)
    if environ.get("STY"):
        chunks = [plain[i : i + _SCREEN_CHUNK] for i in range(0, len(plain), _SCREEN_CHUNK)]
        return "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks)
    return plain


def through_tmux(sequence: str) -> str:
    """A control sequence that tmux hands through to the terminal, where ``allow-passthrough`` is on."""
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"


def notice(text: str, ways: Collection[str], environ: Mapping[str, str]) -> str:
    """The control sequences that call for attention.

    Args:
        text: what has happened; a safe line.
        ways: ``"bell"``, ``"osc9"`` (a desktop notification, in terminals that have them), or both.
        environ: tells tmux (``TMUX``).
    """
    sequence = f"\x1b]9;{text}\x07" if "osc9" in ways else ""
    if sequence and environ.get("TMUX"):
        sequence = through_tmux(sequence)
    return ("\x07" if "bell" in ways else "") + sequence
