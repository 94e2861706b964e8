"""Secrets that no catalog names: told by what they are called, and masked wherever they turn up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cloudmc_tui.catalog.schema import is_blank

MASK = "••••••••"
"""What a secret is shown as."""

_SECRET = re.compile(
    r"password|passwd|passphrase|secret|psk|pre_?shared|private_?key|api_?key|token|credential", re.IGNORECASE
)
_QUESTION = re.compile(r"(is|has)(?=[A-Z_])")


def sounds_secret(name: str, value: Any = None) -> bool:
    """Whether a member that the catalog does not know is taken for a secret, going by its name.

    Args:
        name: the member's, such as ``"presharedKey"``.
        value: one of its values; whether there is a secret (``"passwordEnabled": true``) is none.
    """
    return not isinstance(value, bool) and bool(_SECRET.search(name)) and not _QUESTION.match(name)


def hide_secrets(value: Any) -> Any:
    """A JSON value with a mask in place of what sounds like a secret inside it, at any depth."""
    if isinstance(value, Mapping):
        return {name: mask_if(sounds_secret(name, inner), inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [hide_secrets(item) for item in value]
    return value


def mask_if(secret: bool, value: Any) -> Any:
    """A mask in place of a value that is secret; otherwise the value without the secrets inside it."""
    if not secret:
        return hide_secrets(value)
    return value if is_blank(value) else MASK
