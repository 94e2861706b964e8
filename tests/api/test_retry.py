"""Pauses between attempts."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone

import pytest

from cloudmc_tui.api.retry import backoff, parse_http_date, parse_retry_after

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=timezone.utc)


def test_the_pause_doubles_with_full_jitter() -> None:
    source = random.Random(1)
    for retry, longest in ((1, 0.5), (2, 1.0), (3, 2.0)):
        pauses = [backoff(retry, source) for _ in range(500)]
        assert 0 <= min(pauses) < longest * 0.1
        assert longest * 0.9 < max(pauses) <= longest


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("-5", 0.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sunday, 01-Mar-26 12:00:30 GMT", 30.0),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("9" * 400, None),
        ("Sun, 99 Mar 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert parse_retry_after(text, date=None, now=NOW) == seconds


def test_a_date_is_compared_to_the_servers_own_clock() -> None:
    servers = NOW + timedelta(hours=1)
    assert parse_retry_after("Sun, 01 Mar 2026 13:00:30 GMT", date=servers, now=NOW) == 30.0


def test_no_date_is_no_date() -> None:
    assert parse_http_date("") is None
    assert parse_http_date("Sun, 01 Mar 2026 12:00:00 GMT") == NOW
