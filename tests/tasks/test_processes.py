"""Several processes on one ledger, some of which are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from cloudmc_tui.tasks import Ledger, LedgerError, Status
from cloudmc_tui.tasks.owner import is_gone, new_owner
from tests.tasks.harness import RECORD

PREAMBLE = """
import sys, time
from msgspec.structs import replace
from pathlib import Path
from cloudmc_tui.path import Path as Address
from cloudmc_tui.tasks import Ledger, LedgerError, Status, TaskRecord
from cloudmc_tui.tasks.owner import new_owner

RECORD = TaskRecord(
    profile="p", endpoint="e", path=Address(("s", "e", "instances", "i")), entity_type="instances",
    operation="stop", label="Stop", method="POST", url="/x",
)
path, owner = Path(sys.argv[1]), new_owner()

def ready():
    print("ready", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.sqlite3"


class Process:
    """Another session: a Python process that has said that it is ready."""

    def __init__(self, path: Path, code: str) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-c", PREAMBLE + dedent(code), str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def line(self) -> str:
        """The next line that it says."""
        assert self.popen.stdout is not None
        return self.popen.stdout.readline()

    def ready(self) -> Process:
        """Wait until it is."""
        assert self.line() == "ready\n", self.popen.communicate()
        return self

    def go(self) -> None:
        """Let it go on."""
        assert self.popen.stdin is not None
        self.popen.stdin.write("\n")
        self.popen.stdin.flush()

    def end(self) -> list[str]:
        """Let it go on to its end; the words that it said."""
        out, error = self.popen.communicate("\n", timeout=60)
        assert self.popen.returncode == 0, error
        return out.split()

    def kill(self) -> None:
        self.popen.kill()
        self.popen.communicate()
        assert self.popen.returncode == -signal.SIGKILL


def test_many_processes_may_write_at_once(path: Path) -> None:
    code = """
        ready()
        with Ledger(path, busy=60) as ledger:
            for i in range(25):
                key = ledger.begin(RECORD, owner=owner)
                ledger.submitted(key, f"{owner}-{i}")
                ledger.finish(key, Status.SUCCESS)
                ledger.changed(), ledger.recent(5)
    """
    processes = [Process(path, code).ready() for _ in range(4)]
    for process in processes:
        process.go()  # all of them first make the file, at once
    for process in processes:
        process.end()
    with Ledger(path) as ledger:
        records = ledger.recent(1000)
        assert ledger.counts() == {Status.SUCCESS: 100}
        assert len({record.key for record in records}) == len({record.task_id for record in records}) == 100
        assert ledger.notes == ()


def test_of_many_claimants_each_task_gets_one(path: Path) -> None:
    with Ledger(path) as ledger:
        for i in range(60):
            ledger.submitted(ledger.begin(RECORD), f"t{i}")
    code = """
        ready()
        with Ledger(path) as ledger:
            print(*(record.key for record in ledger.claim(owner).claimed), flush=True)
            ready()
    """
    processes = [Process(path, code).ready() for _ in range(4)]
    for process in processes:
        process.go()
    # All of them live until all have claimed: a dead one's tasks are the next one's.
    claimed = [key for process in processes for key in process.line().split()]
    for process in processes:
        process.end()
    assert len(claimed) == len(set(claimed)) == 60


def test_a_session_that_is_killed_loses_nothing_and_is_not_waited_for(path: Path) -> None:
    killed = Process(
        path,
        """
        ledger = Ledger(path)
        for i in range(3):
            ledger.submitted(ledger.begin(RECORD, owner=owner), f"t{i}")
        ledger.submitted(ledger.begin(RECORD, owner=owner), "done", Status.SUCCESS)
        ledger.begin(RECORD, owner=owner)
        ledger._connection.execute("BEGIN IMMEDIATE")
        ledger._connection.execute("DELETE FROM tasks")
        ready()
        """,
    ).ready()
    with pytest.raises(LedgerError, match="locked"):
        Ledger(path, busy=0)
    killed.kill()
    with Ledger(path) as ledger:
        assert ledger.notes == ()
        claim = ledger.claim(new_owner())
        assert [record.task_id for record in claim.claimed] == ["t0", "t1", "t2"]
        assert [record.status for record in claim.unknown] == [Status.UNKNOWN]
        assert ledger.counts() == {Status.PENDING: 3, Status.SUCCESS: 1, Status.UNKNOWN: 1}


def test_a_session_that_lives_keeps_its_tasks(path: Path) -> None:
    living = Process(
        path,
        """
        with Ledger(path) as ledger:
            ledger.submitted(ledger.begin(RECORD, owner=owner), "t")
            ledger.begin(RECORD, owner=owner)
            ready()
            ledger.goodbye(owner)
        """,
    ).ready()
    with Ledger(path) as ledger:
        me = new_owner()
        assert ledger.claim(me).claimed == () == ledger.claim(me).unknown
        living.end()
        assert [record.task_id for record in ledger.claim(me).claimed] == ["t"]
        assert ledger.counts() == {Status.PENDING: 1, Status.UNKNOWN: 1}


def test_of_many_who_find_it_broken_one_sets_it_aside(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_bytes(b"not a database " * 1000)
    code = """
        ready()
        with Ledger(path) as ledger:
            ledger.begin(RECORD, owner=owner)
            print(len(ledger.notes))
    """
    processes = [Process(path, code).ready() for _ in range(4)]
    for process in processes:
        process.go()
    said = [int(process.end()[0]) for process in processes]
    assert len(list(path.parent.glob("*.broken-*"))) == 1
    assert sum(said) >= 1
    with Ledger(path) as ledger:
        assert len(ledger.recent()) == 4


def test_whether_a_process_is_gone_is_told_only_for_certain() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = new_owner(process.pid)
    assert not is_gone(owner) and not is_gone(new_owner())
    random_part, place, pid, started = owner.split(":")
    if not place:
        pytest.skip("the kernel does not tell")
    assert is_gone(f"{random_part}:{place}:{pid}:1"), "another process has its number now"
    assert not is_gone(f"{random_part}:elsewhere:{pid}:1")
    for unknown in ("", "me", "a:b:c", f"{random_part}:{place}:x:1", f"{random_part}:{place}:{pid}:", ":::"):
        assert not is_gone(unknown)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert is_gone(owner), "dead, although nobody has fetched it yet"
    process.communicate()
    assert is_gone(owner)
    assert is_gone(f"{random_part}:{place}:{pid}:{started}")


def test_two_sessions_of_one_process_are_two() -> None:
    assert new_owner() != new_owner()
