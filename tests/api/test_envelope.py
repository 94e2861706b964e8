"""Replies in every shape, and in none."""

from __future__ import annotations

import pytest

from cloudmc_tui.api.envelope import (
    Unreadable,
    decode,
    excerpt,
    open_envelope,
    read_errors,
    read_stray_errors,
)
from cloudmc_tui.api.errors import ErrorItem
from cloudmc_tui.api.large import LARGE


@pytest.mark.parametrize("body", [b"", b"  \r\n", b"\xef\xbb\xbf"])
def test_an_empty_body_is_nothing(body: bytes) -> None:
    assert decode(body) is None


def test_text_that_is_not_quite_unicode_does_not_cost_the_reply() -> None:
    assert decode(b'{"name": "caf\xe9"}') == {"name": "caf\ufffd"}
    assert decode(rb'{"name": "a\ud800b", "n": 1}') == {"name": "a?b", "n": 1}
    assert decode(b'\xef\xbb\xbf{"n": 1}') == {"n": 1}


def test_whole_numbers_stay_whole() -> None:
    assert decode(b"[123456789012345678901234567890]") == [123456789012345678901234567890]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "an HTML page"),
        (b"  \n<html>", "an HTML page"),
        (b"<?xml version='1.0'?><error/>", "an XML document"),
        (b'{"data": [{"id": "1"}, {"id"', "JSON that breaks off"),
        (b'{"data": nope}', "broken JSON"),
        (b"Bad Gateway", "not JSON"),
        (b"\x00\x01\x02", "not JSON"),
        (b"[" * 200_000, "broken JSON"),
        (b'{"n": 1e999}', "broken JSON"),
    ],
)
def test_what_is_not_json_is_named(body: bytes, what: str) -> None:
    with pytest.raises(Unreadable, match=f"^{what}"):
        decode(body)


def test_an_excerpt_is_short_and_safe() -> None:
    shown = excerpt(b"<h1>\x1b[2Jno\r\n\r\n   such\xff thing</h1>" + b"x" * 9999)
    assert shown.startswith("<h1>\\x1b[2Jno such\ufffd thing</h1>xxx")
    assert len(shown) == 200
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("value", "items"),
    [
        ([{"code": 2012, "message": "no"}], [("2012", "no", {})]),
        ([{"errorCode": "NOT_FOUND", "message": "no"}], [("NOT_FOUND", "no", {})]),
        ([{"code": 2012, "errorCode": "OTHER", "message": "no"}], [("2012", "no", {})]),
        ([{"code": "2012", "message": "no", "context": {"a": 1}}], [("2012", "no", {"a": 1})]),
        ([{"code": 1, "message": "a"}, {"code": 2, "message": "b"}], [("1", "a", {}), ("2", "b", {})]),
        ({"code": 1, "message": "alone"}, [("1", "alone", {})]),
        ("just words", [(None, "just words", {})]),
        (["one", None, "two"], [(None, "one", {}), (None, "two", {})]),
        ([{"code": 1}], [("1", "(the server gives no message)", {})]),
        ([{"odd": True}], [(None, '{"odd":true}', {})]),
        ([{"code": True, "context": "y"}], [(None, '{"code":true,"context":"y"}', {})]),
        ([], []),
        (None, []),
        ({}, []),
        (False, []),
    ],
)  # fmt: skip
def test_errors_are_read_in_every_shape(
    value: object, items: list[tuple[str | None, str, dict[str, object]]]
) -> None:
    assert read_errors(value) == tuple(ErrorItem(*item) for item in items)


def test_a_failure_without_errors_may_say_something_all_the_same() -> None:
    assert read_stray_errors({"message": "no"}) == (ErrorItem(None, "no"),)
    assert read_stray_errors({"status": 500, "error": "Oops"}) == (ErrorItem(None, "Oops"),)
    assert read_stray_errors("words") == (ErrorItem(None, "words"),)
    assert read_stray_errors({"data": []}) == ()
    assert read_stray_errors([1]) == ()


@pytest.mark.parametrize(
    "raw", [None, [], "x", 7, True, {}, {"data": None, "errors": None, "metadata": None, "taskId": None}]
)
def test_an_envelope_of_nothing_is_empty(raw: object) -> None:
    envelope = open_envelope(raw)
    assert (envelope.data, envelope.errors, envelope.metadata) == (None, (), {})
    assert (envelope.task_id, envelope.task_status) == ("", "")
    assert envelope.raw == raw


@pytest.mark.parametrize("end", [b'"\xff"]}', b'"\\ud800"]}'])
def test_a_large_reply_with_odd_text_is_read_all_the_same(end: bytes) -> None:
    body = b'{"data": [' + b'"a", ' * (LARGE // 4) + end
    assert decode(body, listing=True)["data"][-1] in ("\ufffd", "?")


def test_a_large_reply_that_breaks_off_is_told_as_that() -> None:
    with pytest.raises(Unreadable, match="breaks off"):
        decode(b'{"data": [' + b'"a", ' * (LARGE // 4), listing=True)
