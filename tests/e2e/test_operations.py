"""Operations and their tasks: the installed program in a real pseudo-terminal, against a served cloud.

Every wait is for a screen, or for what the cloud says of a task; none is for time.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.terminal import PATIENCE, Terminal

PROGRAM = [sys.executable, "-m", "cloudmc_tui"]
KEY = "key-of-this-test-41d8a7"
INSTANCES = "compute-qc/production/instances"

LONG = 25.0
"""Seconds of a typical task that is to outlive the program: here, starting an instance takes 30 and changing
a network 10 (see ``duration`` of the simulator), which leaves a busy machine time to kill and start again."""


@dataclass
class Place:
    """A served cloud, and the folders of a program that works on it.

    Attributes:
        folder: under which the program may write.
        endpoint: the cloud's base URL.
    """

    folder: Path
    endpoint: str

    @property
    def environ(self) -> dict[str, str]:
        """What the program sees of the environment beyond the terminal's."""
        folders = {
            f"XDG_{name}_HOME": str(self.folder / name.lower())
            for name in ("CONFIG", "STATE", "CACHE", "DATA")
        }
        (self.folder / "tmp").mkdir(exist_ok=True)
        return {
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder / "tmp"),
            "LANG": "C.UTF-8",
            "CLOUDMC_ENDPOINT": self.endpoint,
            "CLOUDMC_API_KEY": KEY,
            **folders,
        }

    def open(self) -> Terminal:
        """The explorer at the instances."""
        return Terminal([INSTANCES], environ=self.environ)

    def recorded(self) -> list[dict[str, str]]:
        """The tasks in the ledger, newest first, as ``cloudmc-tui tasks -o json`` has them."""
        done = subprocess.run(
            [*PROGRAM, "tasks", "-o", "json"],
            env={**os.environ, **self.environ},
            check=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        tasks: list[dict[str, str]] = json.loads(done.stdout)
        return tasks

    def status(self, task: str) -> str:
        """What the cloud says of a task."""
        request = urllib.request.Request(f"{self.endpoint}/tasks/{task}", headers={"MC-Api-Key": KEY})
        with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
            return str(json.load(reply)["data"]["status"])

    def ended(self, task: str) -> str:
        """Wait until the cloud has a task ended; how it did."""
        deadline = time.monotonic() + PATIENCE
        while (status := self.status(task)) == "PENDING":
            assert time.monotonic() < deadline
            time.sleep(0.1)  # between two questions
        return status

    def files_with(self, text: str) -> list[Path]:
        """The files that have a text, in any encoding that SQLite or JSON would write it in."""
        spellings = [text.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")]
        files = [each for each in self.folder.rglob("*") if each.is_file()]
        return [each for each in files if any(spelling in each.read_bytes() for spelling in spellings)]


@contextmanager
def place(folder: Path, *, task_seconds: float) -> Iterator[Place]:
    """Serve a cloud for a program of its own."""
    command = [*PROGRAM, "simulate", "--port", "0", "--key", KEY, "--task-seconds", str(task_seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        (folder / "home").mkdir()
        try:
            yield Place(folder / "home", process.stdout.readline().strip())
        finally:
            process.terminate()


# What a person sees and does


def matches(pattern: str) -> Callable[[str], bool]:
    """Whether a screen has what a pattern says."""
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda text: compiled.search(text) is not None


def row_of(name: str, state: str) -> Callable[[str], bool]:
    """Whether a screen has the row of an instance in a state."""
    return matches(rf"{name} +[^\w\s] {state}")


def task_of(label: str, name: str, status: str) -> Callable[[str], bool]:
    """Whether a screen has the line of a task with a status."""
    return matches(rf"{status} +\S+ +{label} +{name}")


def pick(terminal: Terminal, field: str, typed: str, wanted: str) -> None:
    """Choose for the form's field under the cursor from its picker, narrowed by what is typed."""
    terminal.press("enter")
    terminal.wait_for(f"─ {field} ─")
    terminal.wait_for(wanted)  # the live ones have come
    terminal.press(typed)
    terminal.wait_for(matches(rf"│ {re.escape(typed)} +│"))
    terminal.press("enter")
    terminal.wait_for(matches(rf"{field} +{re.escape(wanted)} *$"))


def narrow(terminal: Terminal, name: str) -> None:
    """Filter the list by a name."""
    terminal.press("/")
    terminal.wait_for("a word, or state=Running")
    terminal.press(name)
    terminal.wait_for(f"Instances · 1 of 34 · /{name}")
    terminal.press("enter")
    terminal.wait_for("o Operations")


def choose(terminal: Terminal, target: str, label: str) -> None:
    """Open the operations of the entity under the cursor, and choose one."""
    terminal.press("o")
    terminal.wait_for(f"Operations · {target}")
    shown = terminal.wait_for("Release bare metal")  # the last one
    offers = shown[shown.index(f"Operations · {target}") :].splitlines()[1:]
    row = next(n for n, line in enumerate(offers) if re.search(rf"│ [ ▲✖]+{label}(  |$)", line))
    terminal.press("g", *["down"] * row, "enter")


def confirm(terminal: Terminal, label: str, target: str) -> None:
    """Send a plan of which Cancel has the focus."""
    terminal.wait_for(f"─ {label} · {target} ")
    terminal.wait_for("Cancel")
    terminal.press("right", "enter")
    terminal.wait_for(lambda text: f"─ {label} · {target} " not in text)


def test_from_a_form_to_a_password_to_destruction(tmp_path: Path) -> None:
    with place(tmp_path, task_seconds=1) as cloud:
        with cloud.open() as terminal:
            terminal.wait_for("live ")
            terminal.press("n")
            terminal.wait_for("Continue")
            terminal.press("e2e-box", "down")
            terminal.wait_for("The image to start from.")
            pick(terminal, "Template", "Debian", "Debian 12")
            terminal.press("down")
            terminal.wait_for("How much CPU and memory it gets.")
            pick(terminal, "Compute offering", "2 vCPU, 4", "2 vCPU, 4 GB")
            terminal.press("down")
            terminal.wait_for("Where its first NIC is connected.")
            pick(terminal, "Network", "livraison-app", "livraison-app")
            terminal.press("down")
            terminal.wait_for("A free address of the network")
            terminal.press("down")
            terminal.wait_for("A registered key that may log in.")
            pick(terminal, "SSH key", "deploy", "deploy")
            terminal.press("ctrl+s")
            terminal.wait_for("─ Create · e2e-box ")
            terminal.wait_for('"sshKeyName": "deploy"')
            terminal.press("enter")
            shown = terminal.wait_for("shown once, stored nowhere")
            password = re.search(r"│ password +(\S{12,}) +│", shown)
            assert password, shown
            terminal.press("escape")
            terminal.wait_for(lambda text: password[1] not in text)
            terminal.wait_for(task_of("Create", "e2e-box", "SUCCESS"))
            terminal.press("4")
            terminal.wait_for("Tasks · 1 task")
            terminal.press("enter")
            terminal.wait_for("─ Create e2e-box ─")
            terminal.press("G")
            terminal.wait_for('"password":')
            assert password[1] not in terminal.text, "the task's result has it masked"
            terminal.press("escape")
            terminal.wait_for("x Target")
            terminal.wait_for(lambda text: "copy the task id" not in text)
            terminal.press("2")
            terminal.wait_for("━Instances")
            terminal.press("G")
            terminal.wait_for(row_of("e2e-box", "Running"))

            choose(terminal, "e2e-box", "Stop")
            terminal.wait_for("Continue")
            terminal.press("ctrl+s")
            confirm(terminal, "Stop", "e2e-box")
            terminal.wait_for("stopping…")
            terminal.wait_for(row_of("e2e-box", "Stopped"))

            choose(terminal, "e2e-box", "Start")
            terminal.wait_for("─ Start · e2e-box ")
            terminal.press("enter")
            terminal.wait_for(row_of("e2e-box", "Running"))

            choose(terminal, "e2e-box", "Reboot")
            confirm(terminal, "Reboot", "e2e-box")
            terminal.wait_for(task_of("Reboot", "e2e-box", "SUCCESS"))

            choose(terminal, "e2e-box", "Delete")
            terminal.wait_for("Purge at once")
            terminal.press("ctrl+s")
            terminal.wait_for("To confirm, type: e2e-box")
            terminal.press("e2e-bo", "enter")
            terminal.wait_for("That is not e2e-box: nothing was sent.")
            terminal.press("x", "enter")
            terminal.wait_for(task_of("Delete", "e2e-box", "SUCCESS"))
            terminal.wait_for(row_of("e2e-box", "Destroyed"))
            terminal.press("q")
            assert terminal.wait() == 0
        assert [task["operation"] for task in cloud.recorded()] == [
            "delete",
            "reboot",
            "start",
            "stop",
            "create",
        ]
        assert cloud.files_with("e2e-box"), "the search finds what is there"
        assert cloud.files_with(password[1]) == []
        assert cloud.files_with(KEY) == []


def test_tasks_outlive_a_program_that_is_killed(tmp_path: Path) -> None:
    with place(tmp_path, task_seconds=LONG) as cloud:
        with cloud.open() as terminal:
            terminal.wait_for("live ")
            narrow(terminal, "worker-01")
            choose(terminal, "worker-01", "Start")
            terminal.wait_for("─ Start · worker-01 ")
            terminal.press("enter")
            terminal.wait_for("Tasks · 1 under way")
            terminal.press(":")
            terminal.wait_for(f":{INSTANCES}")
            terminal.press("ctrl+u", "compute-qc/production/networks")
            terminal.wait_for(":compute-qc/production/networks")
            terminal.press("enter")
            terminal.wait_for(matches(r"Networks · \d+"))
            terminal.wait_for(matches(r"│ principal-front "))
            terminal.press("e")
            terminal.wait_for("Continue")
            terminal.press("-2", "ctrl+s")
            terminal.wait_for("─ Update · principal-front ")
            terminal.wait_for('"name": "principal-front-2"')
            terminal.press("enter")
            terminal.wait_for("Tasks · 2 under way")
            os.kill(terminal.pid, signal.SIGKILL)
            assert terminal.wait() == -signal.SIGKILL
        update, start = cloud.recorded()
        assert (update["status"], start["status"]) == ("PENDING", "PENDING"), "nobody has seen their ends"
        assert cloud.ended(update["taskId"]) == "SUCCESS"
        with cloud.open() as terminal:
            terminal.wait_for("1 finished while you were away")
            shown = terminal.wait_for(task_of("Update", "principal-front", "SUCCESS"))
            assert task_of("Start", "worker-01", "PENDING")(shown), shown
            assert "starting…" in shown
            terminal.wait_for(task_of("Start", "worker-01", "SUCCESS"))
            terminal.wait_for(row_of("worker-01", "Running"))
            terminal.press("q")
            assert terminal.wait() == 0
        with cloud.open() as terminal:
            terminal.wait_for(task_of("Start", "worker-01", "SUCCESS"))
            terminal.wait_for("live ")
            assert b"while you were away" not in terminal.written, "it is told once"
            terminal.press("q")
            assert terminal.wait() == 0
        assert cloud.files_with("worker-01"), "the search finds what is there"
        assert cloud.files_with(KEY) == []
