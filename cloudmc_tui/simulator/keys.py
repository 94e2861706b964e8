"""SSH public keys."""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode


def fingerprint(public_key: str) -> str:
    """The MD5 fingerprint, in pairs of hex digits with colons, as the API shows it.

    Args:
        public_key: in OpenSSH's one-line form.

    Raises:
        ValueError: it is no such key.
    """
    kind, _, rest = public_key.strip().partition(" ")
    blob = rest.split(" ", 1)[0]
    if not kind.startswith(("ssh-", "ecdsa-", "sk-")) or not blob:
        raise ValueError("not an OpenSSH public key")
    try:
        raw = b64decode(blob, validate=True)
    except binascii.Error:
        raise ValueError("not an OpenSSH public key") from None
    return hashlib.md5(raw, usedforsecurity=False).digest().hex(":")
