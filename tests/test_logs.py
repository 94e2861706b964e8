"""The program's log and its crash reports: what is in them, and what never is."""

from __future__ import annotations

import logging
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path as FilePath

import pytest

from cloudmc_tui import logs
from cloudmc_tui.api import RequestRecord
from cloudmc_tui.formats.scrub import remember, scrub
from cloudmc_tui.logs import LogFile, log_request, start_logging, tell_crash, write_crash_report

SECRET = "SENTINEL-5f-log"

LOGGER = logging.getLogger("cloudmc_tui.somewhere")


@pytest.fixture
def folder(tmp_path: FilePath) -> FilePath:
    return tmp_path / "state"


@pytest.fixture
def log(folder: FilePath) -> Iterator[Callable[..., Callable[[], str]]]:
    """Start logging; gives what reads the log."""
    ends: list[Callable[[], None]] = []

    def start(**more: bool) -> Callable[[], str]:
        ends.append(start_logging(folder=folder, **more))
        return lambda: (folder / "cloudmc-tui.log").read_text()

    yield start
    for end in ends:
        end()


def request(**more: object) -> RequestRecord:
    when = datetime(2026, 3, 1, tzinfo=timezone.utc)
    known = {"method": "GET", "path": "/services/connections?org_id=o", "status": 200, "error": ""}
    known |= {"started": when, "elapsed": 0.1234, "bytes": 512, "attempt": 1}
    return RequestRecord(**{**known, **more})  # type: ignore[arg-type]


def test_nothing_is_made_before_there_is_something_to_write(
    log: Callable[..., object], folder: FilePath
) -> None:
    log()
    LOGGER.info("nothing")
    log_request(request())
    assert not folder.exists()


def test_a_line_says_when_who_and_what(log: Callable[..., Callable[[], str]], folder: FilePath) -> None:
    read = log()
    LOGGER.warning("something %s", "odd")
    assert re.fullmatch(
        r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ \d+ WARNING cloudmc_tui.somewhere: something odd\n", read()
    )
    assert stat.S_IMODE((folder / "cloudmc-tui.log").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_debug_adds_the_requests(log: Callable[..., Callable[[], str]]) -> None:
    read = log(debug=True)
    log_request(request())
    log_request(request(method="POST", status=None, error="no answer", attempt=2))
    first, second = read().splitlines()
    assert first.endswith("GET /services/connections?org_id=o 200 in 0.123 s, 512 bytes")
    assert second.endswith("no reply in 0.123 s, 512 bytes, attempt 2: no answer")


def test_what_logs_headers_is_not_written_down(log: Callable[..., Callable[[], str]]) -> None:
    read = log(debug=True)
    for name in ("httpx", "httpcore", "httpcore.http11", "anything"):
        logging.getLogger(name).error("MC-Api-Key: %s", SECRET)
    LOGGER.error("the end")
    assert len(read().splitlines()) == 1


@pytest.mark.parametrize(
    "text",
    [
        f"the key is {SECRET}.",
        f"{{'MC-Api-Key': '{SECRET}', 'Accept': '*/*'}}",
        f"mc-api-key: {SECRET}",
        f"(b'MC-Api-Key', b'{SECRET}')",
        f'"MC-API-KEY"="{SECRET}"',
        f"Authorization: Bearer-{SECRET}",
        f"https://ann:{SECRET}@proxy.example:3128/",
    ],
)
def test_what_is_or_looks_like_a_key_is_masked(log: Callable[..., Callable[[], str]], text: str) -> None:
    if text.startswith("the key"):
        remember([SECRET])
    read = log()
    LOGGER.error(text)
    assert SECRET not in read()
    assert "••••" in read()


def test_ordinary_text_is_left_alone() -> None:
    for text in ("https://cloud.example/api/v1", "ann@example.org", "line 5: profiles.x.key_env: is empty"):
        assert scrub(text) == text


def test_short_secrets_are_not_searched_for() -> None:
    remember(["abc", ""])
    assert scrub("abc abcabc") == "abc abcabc"


def test_tracebacks_are_redacted_and_text_from_outside_is_text(log: Callable[..., Callable[[], str]]) -> None:
    remember([SECRET])
    read = log()
    try:
        raise ValueError(f"bad \x1b[2J {SECRET}")
    except ValueError:
        LOGGER.exception("it failed\x1b]0;x\x07")
    assert "Traceback" in read()
    assert r"bad \x1b[2J ••••" in read()
    assert SECRET not in read()
    assert "\x1b" not in read()


def test_a_thread_that_dies_goes_to_the_log_and_not_over_the_screen(
    log: Callable[..., Callable[[], str]], capfd: pytest.CaptureFixture[str]
) -> None:
    read = log()

    def die() -> None:
        raise RuntimeError("in a thread")

    thread = threading.Thread(target=die, name="worker")
    thread.start()
    thread.join()
    assert "the thread worker failed" in read()
    assert "RuntimeError: in a thread" in read()
    assert capfd.readouterr() == ("", "")


def test_it_is_rotated_and_bounded(folder: FilePath) -> None:
    handler = LogFile(folder / "x.log", largest=1000, kept=2)
    for number in range(100):
        handler.emit(logging.makeLogRecord({"msg": f"line {number} {'x' * 80}", "levelname": "INFO"}))
    assert {p.name for p in folder.iterdir()} - {"x.log"} == {"x.log.1", "x.log.2"}
    assert sum(p.stat().st_size for p in folder.iterdir()) < 4000
    assert {stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()} == {0o600}
    lines = [line for p in sorted(folder.iterdir(), reverse=True) for line in p.read_text().splitlines()]
    numbers = [int(line.split("line ")[1].split()[0]) for line in lines]
    assert numbers == list(range(numbers[0], 100))


LOG_MANY = """
import logging, sys
from pathlib import Path
from cloudmc_tui.logs import LogFile
handler = LogFile(Path(sys.argv[1]), largest=2000, kept=1000)
sys.stdin.read(1)
for i in range(200):
    handler.emit(logging.makeLogRecord({"msg": f"{sys.argv[2]}{i} " + "x" * 50, "levelname": "INFO"}))
"""


def test_sessions_that_log_at_once_lose_nothing(folder: FilePath) -> None:
    command = [sys.executable, "-c", LOG_MANY, str(folder / "x.log")]
    sessions = [subprocess.Popen([*command, name], stdin=subprocess.PIPE) for name in "ab"]
    for session in sessions:
        session.communicate(b"go", timeout=120)
    text = "".join(p.read_text() for p in folder.iterdir())
    found = re.findall(r": ([ab]\d+) x{50}\n", text)
    assert sorted(found) == sorted(f"{s}{i}" for s in "ab" for i in range(200))


def test_a_log_that_cannot_be_written_is_done_without(folder: FilePath) -> None:
    (folder / "x.log").mkdir(parents=True)
    LogFile(folder / "x.log").emit(logging.makeLogRecord({"msg": "x"}))
    LogFile(folder / "y.log").emit(logging.makeLogRecord({"msg": "%d", "args": ("x",)}))


def test_ending_it_leaves_nothing_behind(folder: FilePath) -> None:
    logger, hook = logging.getLogger("cloudmc_tui"), threading.excepthook
    before = (list(logger.handlers), logger.level, logger.propagate)
    start_logging(folder=folder, debug=True)()
    assert (list(logger.handlers), logger.level, logger.propagate) == before
    assert threading.excepthook is hook


# Crash reports


def crash() -> BaseException:
    """An error with the secret in a local, in its message and in what led to it."""
    key = SECRET
    try:
        try:
            raise KeyError(key)
        except KeyError as error:
            raise RuntimeError(f"unexpected \x1b[2J {key}") from error
    except RuntimeError as error:
        return error


def test_a_crash_report_has_the_traceback_and_no_values(folder: FilePath) -> None:
    remember([SECRET])
    file = write_crash_report(crash(), folder=folder, now=0)
    assert file is not None
    text = file.read_text()
    assert file.name.startswith("crash-19700101T000000Z-")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "in crash" in text
    assert "raise KeyError(key)" in text
    assert "RuntimeError: unexpected \\x1b[2J ••••" in text
    assert "Python 3." in text
    assert SECRET not in text


def test_only_so_many_reports_are_kept(folder: FilePath, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "CRASHES_KEPT", 3)
    files = [write_crash_report(ValueError(), folder=folder, now=n * 86400) for n in range(5)]
    assert sorted(folder.iterdir()) == files[2:]


def test_the_person_is_told_where_it_is(monkeypatch: pytest.MonkeyPatch, folder: FilePath) -> None:
    remember([SECRET])
    monkeypatch.setattr(logs, "state_folder", lambda: folder)
    told = tell_crash(crash())
    (file,) = folder.iterdir()
    assert (
        told
        == f"cloudmc-tui crashed: RuntimeError: unexpected \\x1b[2J ••••••••\n  What happened is in {file}"
    )
    monkeypatch.setattr(logs, "state_folder", lambda: FilePath("/dev/null/x"))
    assert "No report could be written." in tell_crash(crash())
