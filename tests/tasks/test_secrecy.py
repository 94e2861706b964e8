"""No byte of a secret in any file that the ledger has written."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from cloudmc_tui.tasks import Redacted, Status, TaskEnded, TaskRecord, Watcher
from cloudmc_tui.tasks.redact import redact
from tests.tasks.harness import ENDPOINT, PROFILE, RECORD, Server, ledger_at, task
from tests.tasks.virtual import loop_of_test, virtual

SENTINEL = "s3ntinel-7f1c-Ünicode"


def found_in(folder: Path) -> list[Path]:
    """The files that have it, in any encoding that SQLite or JSON would write it in."""
    spellings = [SENTINEL.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be", "latin-1")]
    spellings.append(SENTINEL.encode("ascii", "backslashreplace"))
    files = [each for each in folder.rglob("*") if each.is_file()]
    assert files
    return [each for each in files if any(spelling in each.read_bytes() for spelling in spellings)]


@virtual
async def test_a_secret_in_a_result_is_in_no_file_and_was_told_once(tmp_path: Path) -> None:
    results = {
        "create": {"id": "i-1", "password": SENTINEL, "note": f"the password is {SENTINEL}"},
        "generateDownloadUrl": {"url": f"https://cloud.example/{SENTINEL}"},
        "bare": f"https://cloud.example/{SENTINEL}",
        "nested": {"vpn": [{"ipSecPsk": SENTINEL}], SENTINEL: "name", "password": SENTINEL},
        "broken": {"password": SENTINEL},
    }

    def redactor(record: TaskRecord, result: Any) -> Redacted:
        if record.task_id == "broken":
            raise KeyError(record.operation)
        return redact(result, ["url"])

    answers = {name: [task(), task(status="SUCCESS", result=result)] for name, result in results.items()}
    heard = []
    async with ledger_at(tmp_path / "ledger.sqlite3") as ledger:
        watcher = Watcher(
            ledger,
            Server({name: list(each) for name, each in answers.items()}).fetch,
            redactor,
            profile=PROFILE,
            endpoint=ENDPOINT,
            clock=loop_of_test().time,
        )
        watcher.subscribe(lambda event: heard.append(event) if isinstance(event, TaskEnded) else None)
        await watcher.start()
        keys = []
        for name in results:
            body = f'{{"name":"x","password":"{SENTINEL}"}}'
            keys.append(await ledger.begin(replace(RECORD, body=body), owner=watcher.owner))
            watcher.add(await ledger.submitted(keys[-1], name))
        records = await watcher.wait(keys)
        assert all(record.status is Status.SUCCESS for record in records)
        assert found_in(tmp_path) == [], "while it is open, with its log"
        assert (tmp_path / "ledger.sqlite3-wal").stat().st_size > 0
        assert SENTINEL not in repr(records) + repr(heard)
        assert {event.record.task_id: event.task.result for event in heard if event.task} == results
        (broken,) = (record for record in records if record.task_id == "broken")
        assert broken.result is None, "without its result, rather than with its secrets"
        await watcher.aclose()
    assert found_in(tmp_path) == [], "and after it was closed"


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\x00" + SENTINEL.encode() + b"\x00")
    assert found_in(tmp_path) == [tmp_path / "a"]


@virtual
async def test_what_cannot_be_redacted_is_not_logged_either(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def redactor(_: TaskRecord, result: Any) -> Redacted:
        raise ValueError(result)

    async with ledger_at(tmp_path / "ledger.sqlite3") as ledger:
        server = Server({"": [task(status="SUCCESS", result={"password": SENTINEL})]})
        watcher = Watcher(
            ledger, server.fetch, redactor, profile=PROFILE, endpoint=ENDPOINT, clock=loop_of_test().time
        )
        await watcher.start()
        key = await ledger.begin(RECORD, owner=watcher.owner)
        watcher.add(await ledger.submitted(key, "t"))
        with caplog.at_level(logging.DEBUG):
            await watcher.wait([key])
        await watcher.aclose()
    assert "could not be redacted" in caplog.text and SENTINEL not in caplog.text
