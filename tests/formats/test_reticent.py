"""Values that do not tell all of themselves."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec.structs import replace
from rich.pretty import pretty_repr

from cloudmc_tui.api import ConnectionSettings, Secret
from cloudmc_tui.formats.reticent import Reticent


class Reply(Reticent, frozen=True):
    UNSAID: ClassVar = frozenset({"body"})

    status: int
    body: Any = None


def test_what_is_unsaid_is_in_no_repr_but_tells_values_apart() -> None:
    reply = Reply(200, "the password")
    assert repr(reply) == str(reply) == pretty_repr(reply) == "Reply(status=200)"
    assert reply != replace(reply, body="another")


def test_settings_tell_neither_the_key_nor_the_passwords_in_addresses() -> None:
    settings = ConnectionSettings(
        "https://user:pass1@cloud.example/v1", Secret("key-1"), proxy="http://me:pass2@proxy:3128"
    )
    for told in (repr(settings), pretty_repr(settings), pretty_repr({"settings": [settings]})):
        assert "cloud.example" in told and "proxy:3128" in told
        assert not any(secret in told for secret in ("key-1", "pass1", "pass2"))
