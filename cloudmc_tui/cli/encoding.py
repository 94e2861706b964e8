"""Terminals whose encoding cannot say all that the program says: what they cannot, they say nearly."""

from __future__ import annotations

import codecs
import sys

NAME = "nearly"
"""The error handler's name, for :func:`codecs.register_error`."""

STAND_INS = {
    "…": "...",
    "→": "->",
    "×": "x",
    "·": "-",
    "’": "'",
    "«": '"',
    "»": '"',
    "\N{NO-BREAK SPACE}": " ",
    "\N{NARROW NO-BREAK SPACE}": " ",
}


def nearly(error: UnicodeError) -> tuple[str, int]:
    """What stands for characters that cannot be encoded: letters without their accents, signs like them, or
    the escape that means them."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    import unicodedata

    said = ""
    for char in error.object[error.start : error.end]:
        plain = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
        said += STAND_INS.get(char) or plain or char.encode("ascii", "backslashreplace").decode()
    return said, error.end


def let_all_be_said() -> None:
    """Let nothing that is said fail for the terminal's encoding. What is data goes its own way later."""
    for stream in (sys.stdout, sys.stderr):
        encoding = (getattr(stream, "encoding", None) or "").lower().replace("-", "")
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None and encoding != "utf8":
            codecs.register_error(NAME, nearly)
            reconfigure(errors=NAME)
