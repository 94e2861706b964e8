"""``cloudmc-tui tasks`` and ``task``: the ledger from the command line, watched in place, waited for."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any

import pytest
from msgspec.structs import replace

from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.path import Path
from cloudmc_tui.session import LEDGER_FILE, state_folder
from cloudmc_tui.tasks import Ledger, Status, TaskRecord
from tests.cli.conftest import Command, Connect, Outcome, program
from tests.odd_cloud import HOSTILE, KEY, failure
from tests.task_cloud import SENTINEL, Cloud, accepted, found, quick_pace, task
from tests.terminal import Terminal

ODD = "svc/env/instances/web-01"

RECORD = TaskRecord(
    profile="environment",
    endpoint="https://cloud.example/v1",
    path=Path.parse("svc/env/instances/i1"),
    title="web-01",
    entity_type="instances",
    operation="stop",
    label="Stop",
    method="POST",
    url="/services/svc/env/instances/i1?operation=stop",
    pending_word="stopping",
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_pace(monkeypatch)


def ledger() -> Ledger:
    """The ledger that the commands have."""
    return Ledger(state_folder() / LEDGER_FILE)


def write(*records: TaskRecord, status: Status = Status.PENDING, error: str = "") -> list[int]:
    """Put tasks into the ledger; their keys."""
    with ledger() as open_ledger:
        keys = [open_ledger.begin(record) for record in records]
        for key in keys:
            open_ledger.submitted(key, f"task-{key}")
            if status.done:
                open_ledger.finish(key, status, error=error)
        open_ledger.release("")
        return keys


# The list


def test_there_are_none_at_first(cloudmc: Command) -> None:
    for output in ("table", "json", "csv"):
        outcome = cloudmc("tasks", "-o", output)
        assert (outcome.status, outcome.err) == (0, "cloudmc-tui: no task was started on this machine\n")
        assert outcome.out == {"table": "", "json": "[]\n", "csv": outcome.out}[output]


def test_they_are_listed_newest_first_without_a_connection(cloudmc: Command) -> None:
    write(RECORD, status=Status.FAILED, error="The host is full")
    write(replace(RECORD, title="web-02", operation="start", label="Start"))
    outcome = cloudmc("tasks")
    assert (outcome.status, outcome.err) == (0, "")
    assert [line.split()[:5] for line in outcome.lines] == [
        ["KEY", "STATUS", "TOOK", "OPERATION", "TARGET"],
        ["2", "PENDING", "0s", "Start", "web-02"],
        ["1", "FAILED", "0s", "Stop", "web-01"],
    ]
    assert outcome.lines[2].endswith("The host is full")


def test_they_are_listed_for_programs(cloudmc: Command) -> None:
    write(RECORD, replace(RECORD, title='a, "b"'))
    listed = json.loads(cloudmc("tasks", "-o", "json").out)
    assert [(r["key"], r["taskId"], r["status"], r["title"]) for r in listed] == [
        (2, "task-2", "PENDING", 'a, "b"'),
        (1, "task-1", "PENDING", "web-01"),
    ]
    assert listed[0]["path"] == "svc/env/instances/i1"
    assert listed[0]["finishedAt"] is None
    rows = list(csv.DictReader(io.StringIO(cloudmc("tasks", "-o", "csv").out)))
    assert [(r["key"], r["target"]) for r in rows] == [("2", 'a, "b"'), ("1", "web-01")]


def test_they_are_filtered_and_counted_off(cloudmc: Command) -> None:
    write(RECORD, replace(RECORD, title="db-01"), replace(RECORD, title="web-02", label="Start"))
    for given, titles in (
        (["--filter", "web"], ["web-02", "web-01"]),
        (["--filter", "WEB start"], ["web-02"]),
        (["--limit", "1"], ["web-02"]),
    ):
        assert [r["title"] for r in json.loads(cloudmc("tasks", *given, "-o", "json").out)] == titles
    nothing = cloudmc("tasks", "--filter", "zzz")
    assert (nothing.out, nothing.err) == ("", "cloudmc-tui: no task matches\n")


def test_names_from_the_cloud_obey_no_terminal(cloudmc: Command) -> None:
    keys = [write(replace(RECORD, title=name))[0] for name in HOSTILE]
    for command in (["tasks"], ["tasks", "-o", "json"], ["task", *map(str, keys)]):
        outcome = cloudmc(*command)
        assert outcome.status == 0
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", outcome.out + outcome.err)
    assert len(cloudmc("tasks").lines) == len(HOSTILE) + 1


# One, or several


def test_a_task_is_shown_by_its_key_and_by_the_servers_id_without_a_connection(cloudmc: Command) -> None:
    write(RECORD)
    for identity in ("1", "task-1"):
        outcome = cloudmc("task", identity)
        assert (outcome.status, outcome.err) == (0, "")
        assert outcome.out == "PENDING  Stop web-01  0s\n"


def test_the_exit_status_is_that_of_the_worst(cloudmc: Command) -> None:
    write(RECORD, status=Status.SUCCESS)
    write(RECORD, status=Status.FAILED, error="The host is full")
    write(RECORD, status=Status.UNKNOWN, error="no longer known")
    assert cloudmc("task", "1").status == Exit.DONE
    assert cloudmc("task", "1", "3").status == Exit.UNKNOWN
    outcome = cloudmc("task", "1", "2", "3", "1")
    assert outcome.status == Exit.FAILED
    assert [line.split()[0] for line in outcome.lines] == ["SUCCESS", "FAILED", "UNKNOWN"]
    assert outcome.lines[1].endswith("The host is full")


def test_one_that_is_not_there_is_named(cloudmc: Command, connect: Connect) -> None:
    write(RECORD)
    connect(Cloud().app)
    for more in ([], ["--wait"]):
        outcome = cloudmc("task", "1", "77", "task-x", *more)
        assert (outcome.status, outcome.out) == (Exit.NOT_FOUND, "")
        assert "no such task in this machine's ledger: 77, task-x" in outcome.err
        assert "cloudmc-tui tasks lists them" in outcome.err


def test_a_task_for_programs_has_the_apis_shape(cloudmc: Command) -> None:
    write(RECORD, status=Status.SUCCESS)
    write(RECORD, status=Status.FAILED, error="The host is full")
    assert json.loads(cloudmc("task", "1", "-o", "json").out) == {"taskId": "task-1", "taskStatus": "SUCCESS"}
    both = json.loads(cloudmc("task", "1", "2", "-o", "json").out)
    assert [t["taskStatus"] for t in both] == ["SUCCESS", "FAILED"]
    assert both[1]["errors"] == [{"code": None, "message": "The host is full"}]


# Waiting


def started(cloudmc: Command, *operation: str) -> str:
    """Start something, and give the ledger's key of it."""
    outcome = cloudmc("run", ODD, *operation)
    assert outcome.status == 0, outcome.err
    key = re.search(r"cloudmc-tui task (\d+) --wait", outcome.err)
    assert key
    return key[1]


def test_whoever_waits_gets_the_secrets_and_nobody_else(cloudmc: Command, connect: Connect) -> None:
    result = {"id": "i1", "password": SENTINEL}
    connect(Cloud(t1=[("PENDING",), ("SUCCESS", result)]).app)
    key = started(cloudmc, "resetPassword")
    first = cloudmc("task", key, "--wait")
    assert first.status == 0
    assert re.fullmatch(rf"SUCCESS  Reset password web-01  \d+s\n  password: {SENTINEL}\n", first.out)
    assert SENTINEL not in first.err
    for again in (cloudmc("task", key, "--wait"), cloudmc("task", key), cloudmc("task", key, "-o", "json")):
        assert again.status == 0
        assert SENTINEL not in again.out + again.err
    assert found(FilePath(os.environ["HOME"])) == []


def test_whoever_waits_for_json_gets_the_result_as_sent(cloudmc: Command, connect: Connect) -> None:
    result = {"id": "i1", "password": SENTINEL}
    connect(Cloud(t1=[("PENDING",), ("SUCCESS", result)]).app)
    outcome = cloudmc("task", started(cloudmc, "resetPassword"), "--wait", "-o", "json")
    assert json.loads(outcome.out) == {"taskId": "t1", "taskStatus": "SUCCESS", "result": result}
    assert SENTINEL not in outcome.err


def test_several_are_waited_for_and_each_is_told_once(cloudmc: Command, connect: Connect) -> None:
    ids = iter(("t1", "t2", "t3"))
    cloud = Cloud(
        lambda: accepted(next(ids)),
        t1=[("SUCCESS",)],
        t2=[("PENDING",), ("PENDING",), ("FAILED", None, [{"code": 1, "message": "No room"}])],
        t3=[("PENDING",), ("SUCCESS",)],
    )
    connect(cloud.app)
    keys = [started(cloudmc, "reboot") for _ in range(3)]
    assert cloudmc("task", keys[0], "--wait").status == 0
    outcome = cloudmc("task", *keys, "--wait")
    assert outcome.status == Exit.FAILED
    assert sorted(line.split()[0] for line in outcome.lines) == ["FAILED", "SUCCESS", "SUCCESS"]
    assert outcome.lines[0].startswith("SUCCESS"), "the one that had ended is told first"
    assert outcome.err == ""


def test_the_wait_has_a_limit(cloudmc: Command, connect: Connect) -> None:
    ids = iter(("t1", "t2"))
    connect(Cloud(lambda: accepted(next(ids)), t1=[("PENDING",)], t2=[("SUCCESS",)]).app)
    keys = [started(cloudmc, "reboot") for _ in range(2)]
    outcome = cloudmc("task", *keys, "--wait", "--timeout", "0.5")
    assert outcome.status == Exit.UNKNOWN
    assert sorted(line.split()[0] for line in outcome.lines) == ["PENDING", "SUCCESS"]
    assert f"not all have ended yet. To wait for it: cloudmc-tui task {keys[0]} --wait" in outcome.err
    assert cloudmc("task", keys[0], "--timeout", "1").status == Exit.USAGE


def test_a_task_of_another_connection_is_not_waited_for(cloudmc: Command, connect: Connect) -> None:
    connect(Cloud().app)
    write(RECORD)
    outcome = cloudmc("task", "1", "--wait")
    assert (outcome.status, outcome.out) == (Exit.USAGE, "")
    assert "not of this connection" in outcome.err
    assert "https://cloud.example/v1" in outcome.err
    write(RECORD, status=Status.SUCCESS)
    assert cloudmc("task", "2", "--wait").status == 0, "it has ended: there is nothing to wait for"


def test_trouble_while_waiting_is_told_once_and_got_over(cloudmc: Command, connect: Connect) -> None:
    cloud = Cloud(t1=[failure(500, 500, "broken"), failure(500, 500, "broken"), ("SUCCESS",)])
    connect(cloud.app)
    outcome = cloudmc("task", started(cloudmc, "reboot"), "--wait")
    assert outcome.status == 0
    assert outcome.err.count("broken") == 1
    assert "trying again" in outcome.err


def test_waiting_needs_a_connection(cloudmc: Command) -> None:
    write(RECORD)
    outcome = cloudmc("task", "1", "--wait")
    assert outcome.status == Exit.USAGE
    assert "CLOUDMC_ENDPOINT" in outcome.err


# Watching


Ending = Callable[[], Any]


class Slow(Cloud):
    """A cloud whose task ends when it is told to."""

    def __init__(self, result: Any = None) -> None:
        super().__init__()
        self.go_on = threading.Event()
        self.answers["/tasks/t1"] = lambda: task(
            "t1", *(("SUCCESS", result) if self.go_on.is_set() else ("PENDING",))
        )


def test_nothing_under_way_is_watched_to_its_end_at_once(cloudmc: Command, connect: Connect) -> None:
    connect(Cloud().app)
    assert cloudmc("tasks", "--watch") == Outcome(0, "", "")


def test_each_end_is_a_line_where_there_is_no_terminal(cloudmc: Command, connect: Connect) -> None:
    ids = iter(("t1", "t2"))
    result = {"id": "i1", "password": SENTINEL}
    cloud = Cloud(lambda: accepted(next(ids)), t1=[("PENDING",), ("SUCCESS", result)], t2=[("SUCCESS",)])
    connect(cloud.app)
    started(cloudmc, "resetPassword")
    started(cloudmc, "reboot")
    outcome = cloudmc("tasks", "--watch")
    assert (outcome.status, outcome.err) == (0, "")
    told = [line for line in outcome.lines if not line.startswith(" ")]
    assert {" ".join(line.split()[:-1]) for line in told} == {
        "SUCCESS Reset password web-01",
        "SUCCESS Reboot web-01",
    }
    assert f"  password: {SENTINEL}" in outcome.lines, "a secret is told once, so it is not dropped"
    assert "\x1b" not in outcome.out
    with ledger() as open_ledger:
        assert open_ledger.unseen() == []


def test_a_watch_for_programs_lists_what_came_of_all(cloudmc: Command, connect: Connect) -> None:
    connect(Cloud(t1=[("PENDING",), ("SUCCESS",)]).app)
    started(cloudmc, "reboot")
    (record,) = json.loads(cloudmc("tasks", "--watch", "-o", "json").out)
    assert record["status"] == "SUCCESS"


def test_at_a_terminal_the_view_stays_in_place_until_all_has_ended(
    cloudmc: Command, connect: Connect
) -> None:
    cloud = Slow()
    base = connect(cloud.app)
    started(cloudmc, "reboot")
    with Terminal(["tasks", "--watch"], environ={"CLOUDMC_ENDPOINT": base}) as terminal:
        terminal.wait_for(lambda text: bool(re.search(r"1  PENDING +[2-9]s  Reboot", text)))
        assert terminal.text.count("PENDING") == 1, "painted over itself"
        cloud.go_on.set()
        assert terminal.wait() == 0
        lines = [line for line in terminal.text.splitlines() if line]
        assert [line.split()[:2] for line in lines] == [["KEY", "STATUS"], ["1", "SUCCESS"]]
        assert b"\x1b[?1049h" not in terminal.written, "not over the whole screen"


def test_the_view_is_cut_to_a_small_terminal(cloudmc: Command, connect: Connect) -> None:
    cloud = Slow()
    base = connect(cloud.app)
    started(cloudmc, "reboot")
    write(*(replace(RECORD, endpoint=base, title=f"db-{n:02}" * 9) for n in range(20)), status=Status.SUCCESS)
    environ = {"CLOUDMC_ENDPOINT": base}
    with Terminal(["tasks", "--watch"], columns=50, lines=8, environ=environ) as terminal:
        shown = terminal.wait_for("… and 16 more")
        assert shown.splitlines()[1].split()[:2] == ["1", "PENDING"], "what is under way comes first"
        cloud.go_on.set()
        assert terminal.wait() == 0
        assert "PENDING" not in terminal.text
        assert terminal.text.count("STATUS") == terminal.text.count("… and 16 more") == 1


def test_ctrl_c_leaves_the_view_and_says_how_to_watch_again(cloudmc: Command, connect: Connect) -> None:
    cloud = Slow()
    base = connect(cloud.app)
    started(cloudmc, "reboot")
    with Terminal(["tasks", "--watch"], environ={"CLOUDMC_ENDPOINT": base}) as terminal:
        terminal.wait_for("PENDING")
        terminal.press("ctrl+c")
        assert terminal.wait() == Exit.INTERRUPTED
        shown = " ".join(terminal.text.split())
        assert "Task 1 goes on. To watch again: cloudmc-tui tasks --watch" in shown
        assert "Traceback" not in shown
    cloud.go_on.set()
    assert cloudmc("tasks", "--watch").lines[0].startswith("SUCCESS  Reboot")


# Several programs at once


def test_two_programs_wait_for_one_task_and_both_see_its_end(cloudmc: Command, connect: Connect) -> None:
    cloud = Slow(result={"id": "i1", "state": "Running"})
    connect(cloud.app)
    key = started(cloudmc, "reboot")
    outcomes: list[Outcome] = []
    threads = [threading.Thread(target=lambda: outcomes.append(program("task", key, "--wait"))) for _ in "ab"]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 60
    while sum(path == "/services/connections" for path in cloud.requests) < 3:  # both have begun to wait
        assert time.monotonic() < deadline
        time.sleep(0.05)
    cloud.go_on.set()
    for thread in threads:
        thread.join(60)
    assert [(o.status, o.out.split()[:3]) for o in outcomes] == [(0, ["SUCCESS", "Reboot", "web-01"])] * 2


def test_the_key_is_in_no_file(cloudmc: Command, connect: Connect) -> None:
    connect(Cloud(t1=[("SUCCESS", {"echo": KEY})]).app)
    cloudmc("task", started(cloudmc, "reboot"), "--wait")
    assert found(FilePath(os.environ["HOME"]), KEY) == []


def test_the_files_are_private(cloudmc: Command, connect: Connect) -> None:
    connect(Cloud(t1=[("SUCCESS",)]).app)
    cloudmc("task", started(cloudmc, "reboot"), "--wait")
    for file in state_folder().iterdir():
        assert file.stat().st_mode & 0o077 == 0, file
    assert state_folder().stat().st_mode & 0o077 == 0
