"""Endpoints as people write them, keys that cannot be sent, and a key that never shows."""

from __future__ import annotations

import copy
import pickle

import pytest

from cloudmc_tui.api import (
    BadSettings,
    Client,
    ConnectionSettings,
    Secret,
    is_bare,
    is_loopback,
    parse_endpoint,
)

from .conftest import KEY


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("cloud.example", "https://cloud.example"),
        ("https://cloud.example/", "https://cloud.example"),
        ("  https://Cloud.Example/api/V1/  ", "https://cloud.example/api/V1"),
        ("https://cloud.example//api//v1//", "https://cloud.example/api/v1"),
        ("cloud.example:8443/v1", "https://cloud.example:8443/v1"),
        ("http://cloud.example/v1", "http://cloud.example/v1"),
        ("HTTPS://cloud.example/v1?", "https://cloud.example/v1"),
        ("localhost:8080/v1", "http://localhost:8080/v1"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("https://localhost/v1", "https://localhost/v1"),
        ("10.0.0.1/v1", "https://10.0.0.1/v1"),
    ],
)
def test_an_endpoint_is_brought_to_one_form(text: str, url: str) -> None:
    assert parse_endpoint(text) == url
    assert parse_endpoint(url) == url


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("ftp://cloud.example", "neither http:// nor https://"),
        ("https://", "names no host"),
        ("https:///v1", "names no host"),
        ("https://cloud.example:99999/v1", "not a URL"),
        ("https://cloud.example:x/v1", "not a URL"),
        ("https://cloud.example:0/v1", "names no port"),
        ("https://cloud example/v1", "a space"),
        ("https://cloud.example\\v1", "backslash"),
        ("https://cloud.example/v1\r\nX: y", "control character"),
        ("https://cloud..example/v1", "not a URL"),
        ("https://[::1/v1", "not a URL"),
        ("https://cloud.example/v1?org=1", "query"),
        ("https://cloud.example/v1#top", "fragment"),
    ],
)
def test_a_bad_endpoint_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(BadSettings, match=reason):
        parse_endpoint(text)


@pytest.mark.parametrize(
    "text",
    ["https://ann:pa55word@cloud.example/v1", "ann:pa55word@cloud.example", "http://ann:pa55word/@x/v1"],
)
def test_an_endpoint_with_a_password_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(BadSettings, match="user name or a password") as caught:
        parse_endpoint(text)
    assert "pa55word" not in str(caught.value) + caught.value.hint
    assert "pa55word" not in repr(ConnectionSettings(text, Secret(KEY)))


def test_a_bare_host_is_told_from_a_base() -> None:
    assert is_bare("cloud.example")
    assert is_bare("https://cloud.example//")
    assert not is_bare("https://cloud.example/v1")


def test_loopback_is_this_machine_only() -> None:
    assert all(is_loopback(host) for host in ("localhost", "LOCALHOST", "a.localhost", "127.9.9.9", "::1"))
    assert not any(is_loopback(host) for host in ("localhost.example", "10.0.0.1", "cloud.example", ""))


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("", "empty"),
        ("S3CR3T\nkey", "a line break at position 7 of 10"),
        ("S3CR3T\r", "a line break"),
        ("S3CR3T key", "a space at position 7"),
        ("S3CR3T\x00", "a control character"),
        ("S3CR3Té", "a character outside ASCII"),
    ],
)
def test_a_key_that_no_header_can_carry_is_refused_unseen(key: str, reason: str) -> None:
    with pytest.raises(BadSettings, match=reason) as caught:
        Client(ConnectionSettings("https://cloud.example/v1", Secret(key)))
    assert "S3CR3T" not in str(caught.value) + repr(caught.value) + caught.value.hint


def test_a_secret_never_shows() -> None:
    secret = Secret(KEY)
    settings = ConnectionSettings(
        "https://cloud.example",
        secret,
        proxy="http://ann:pa55word@proxy.example:3128",
        client_certificate=("a.pem", "a.key", "pa55word"),
    )
    shown = f"{secret} {secret!r} {[secret]} {settings} {settings!r}"
    assert KEY not in shown
    assert "pa55word" not in shown
    assert "proxy.example:3128" in shown
    assert secret.reveal() == KEY
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert copy.deepcopy(secret) is secret


def test_a_plain_key_is_wrapped() -> None:
    settings = ConnectionSettings("https://cloud.example", KEY)  # type: ignore[arg-type]
    assert KEY not in repr(settings)
    assert settings.key == Secret(KEY) != Secret("another")
