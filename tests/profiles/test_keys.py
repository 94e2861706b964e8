"""Key sources: each gives the key, or says why not; none is replaced by another, none shows the key."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path as FilePath
from types import ModuleType
from typing import Any

import pytest

from cloudmc_tui.api import Secret
from cloudmc_tui.profiles import HeldKey, KeySource, KeyUnavailable, NobodyToAsk, Profile, keys, resolve_key
from cloudmc_tui.profiles.sources import (
    CommandKey,
    EnvironmentKey,
    FileKey,
    KeyringKey,
    PlainKey,
    PromptKey,
)

KEY = "SENTINEL-k3y-5d1f"


def profile(source: KeySource) -> Profile:
    return Profile("prod", "https://prod.example/v1", source)


async def key_of(source: KeySource, **more: Any) -> str:
    return (await resolve_key(profile(source), **more)).reveal()


async def refusal_of(source: KeySource, **more: Any) -> KeyUnavailable:
    with pytest.raises(KeyUnavailable) as told:
        await resolve_key(profile(source), **more)
    assert KEY not in str(told.value) + told.value.hint
    assert "'prod'" in str(told.value)
    return told.value


def python(code: str, *arguments: str) -> CommandKey:
    """A key command that is a Python script."""
    return CommandKey((sys.executable, "-c", code, *arguments))


async def test_a_key_that_is_there() -> None:
    assert await key_of(HeldKey(Secret(KEY), "a test")) == KEY
    assert await key_of(PlainKey(Secret(KEY))) == KEY


async def test_the_environment() -> None:
    assert await key_of(EnvironmentKey("A_KEY"), environ={"A_KEY": f" {KEY}\n"}) == KEY
    for environ, said in (({}, "A_KEY is not set"), ({"A_KEY": " "}, "A_KEY is empty")):
        told = await refusal_of(EnvironmentKey("A_KEY"), environ={**environ, "CLOUDMC_API_KEY": KEY})
        assert said in str(told)
        assert "export A_KEY" in told.hint


# Commands


async def test_a_command(tmp_path: FilePath) -> None:
    file = tmp_path / "store"
    file.write_text(KEY + "\n")
    assert await key_of(CommandKey(("cat", str(file)))) == KEY
    assert await key_of(python(f"print({KEY!r}, end='')")) == KEY
    assert await key_of(python(f"print({KEY!r}, end='\\r\\n')")) == KEY


async def test_a_command_is_run_without_a_shell() -> None:
    assert await key_of(CommandKey(("echo", "$HOME;", "`id`"))) == "$HOME; `id`"


async def test_a_command_gets_no_keys_no_input_and_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDMC_API_KEY", KEY)
    code = (
        "import json, os, sys\n"
        "try: terminal = bool(os.open('/dev/tty', os.O_RDWR))\n"
        "except OSError: terminal = False\n"
        "print(json.dumps([sys.stdin.read(), os.environ.get('CLOUDMC_API_KEY'), terminal]))\n"
    )
    assert json.loads(await key_of(python(code))) == ["", None, False]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "printed nothing"),
        ("print()", "printed nothing"),
        ("import sys; sys.stderr.write('locked')", "printed nothing; it said:\n  locked"),
        (f"print({KEY!r}); print('url: x')", "printed 2 lines: the key has to be the only one"),
        ("print('x' * 70000)", "printed more than 65,536 bytes"),
        ("while True: print('x' * 70000)", "printed more than 65,536 bytes"),
        ("import sys; sys.stdout.buffer.write(b'\\xff\\xfe')", "printed something that is no text"),
        ("import sys; sys.exit(3)", "failed (status 3), and said nothing"),
        ("import sys; sys.exit('no such entry')", "failed (status 1):\n  no such entry"),
        ("import os; os.kill(os.getpid(), 9)", "failed (killed by SIGKILL), and said nothing"),
        ("import sys; sys.exit('\\x1b[2Jx')", "failed (status 1):\n  \\x1b[2Jx"),
    ],
)
async def test_a_command_that_gives_no_key(code: str, said: str) -> None:
    told = await refusal_of(python(code))
    assert f"the key command '{sys.executable}' {said}" in str(told)


async def test_what_a_command_printed_as_the_key_is_not_repeated_with_its_complaints() -> None:
    code = f"import sys; print({KEY!r}); sys.stderr.write('+ echo {KEY}'); sys.exit(1)"
    assert "  + echo •••" in str(await refusal_of(python(code)))


async def test_only_the_last_complaints_are_told() -> None:
    told = str(await refusal_of(python("import sys; sys.exit('\\n'.join(map(str, range(100))))")))
    assert told.endswith("  94\n  95\n  96\n  97\n  98\n  99")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("no-such-program-here", "x"), "the key command 'no-such-program-here' is not there"),
        (("/etc",), "the key command '/etc' cannot be run: Permission denied"),
    ],
)
async def test_a_command_that_cannot_be_run(words: tuple[str, ...], said: str) -> None:
    assert said in str(await refusal_of(CommandKey(words)))


def is_running(pid: int) -> bool:
    try:
        state = FilePath(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


HANGING = """
import os, sys
if os.fork():
    open(sys.argv[1], 'w').write(str(os.getpid()))
    os.rename(sys.argv[1], sys.argv[2])
while True: os.read(0, 1) or __import__('signal').pause()
"""


async def test_a_command_that_hangs_is_stopped_with_all_that_it_started(tmp_path: FilePath) -> None:
    told = await refusal_of(python(HANGING, str(tmp_path / "new"), str(tmp_path / "pid")), limit=1.0)
    assert "has not ended after 1 s and was stopped" in str(told)
    assert "no terminal to ask on" in told.hint
    pid = int((tmp_path / "pid").read_text())
    assert not is_running(pid)
    group = [p for p in FilePath("/proc").iterdir() if p.name.isdigit() and in_group(p, pid)]
    assert not any(is_running(int(p.name)) for p in group)


def in_group(process: FilePath, group: int) -> bool:
    try:
        return process.joinpath("stat").read_text().rpartition(")")[2].split()[2] == str(group)
    except OSError:
        return False


async def test_a_command_that_nobody_waits_for_from_the_start_is_stopped(tmp_path: FilePath) -> None:
    for turns in range(6):  # given up ever later while it is being started
        pid_file = tmp_path / f"pid{turns}"
        waiting = asyncio.ensure_future(key_of(python(HANGING, str(tmp_path / f"new{turns}"), str(pid_file))))
        for _ in range(turns):
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asyncio.shield(waiting), 30)
        assert not pid_file.exists() or not is_running(int(pid_file.read_text()))


async def test_a_command_that_nobody_waits_for_any_more_is_stopped(tmp_path: FilePath) -> None:
    pid_file = tmp_path / "pid"
    waiting = asyncio.ensure_future(key_of(python(HANGING, str(tmp_path / "new"), str(pid_file))))
    while not (pid_file.exists() and pid_file.read_text()):
        await asyncio.sleep(0.01)  # for another process, which tells in no other way
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not is_running(int(pid_file.read_text()))


async def test_a_grandchild_that_keeps_the_pipe_open_is_not_waited_for() -> None:
    code = f"import os; os.fork() or (os.setsid(), __import__('time').sleep(60)); print({KEY!r}, flush=True)"
    told = await refusal_of(python(code), limit=1.0)
    assert "has not ended after 1 s" in str(told)


# Files


@pytest.fixture
def key_file(tmp_path: FilePath) -> FilePath:
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    file.chmod(0o600)
    return file


async def test_a_file(key_file: FilePath) -> None:
    assert await key_of(FileKey(str(key_file))) == KEY
    key_file.chmod(0o400)
    assert await key_of(FileKey(str(key_file))) == KEY


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o777])
async def test_a_file_that_others_can_use_is_refused(key_file: FilePath, mode: int) -> None:
    key_file.chmod(mode)
    told = await refusal_of(FileKey(str(key_file)))
    assert f"is refused: others than you can use it (mode {mode:04o})" in str(told)
    assert f"chmod go-rwx {key_file}" in told.hint


async def test_files_that_hold_no_key(key_file: FilePath) -> None:
    for content, said in (
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"x" * 70_000, "is too large for a key"),
        (f"{KEY}\nsecond\n".encode(), "has 2 lines: the key has to be the only one"),
        (b"\xff\xfe", "holds something that is no text"),
    ):
        key_file.write_bytes(content)
        assert said in str(await refusal_of(FileKey(str(key_file))))


async def test_what_is_no_file(tmp_path: FilePath) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name, said in (
        ("none", "cannot be read: no such file or directory"),
        ("pipe", "is not a regular file"),
        (".", "is not a regular file"),
    ):
        assert said in str(await refusal_of(FileKey(str(tmp_path / name))))


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
async def test_a_file_of_another_user_is_refused(key_file: FilePath) -> None:
    os.chown(key_file, 12345, -1)
    assert "belongs to another user" in str(await refusal_of(FileKey(str(key_file))))


# People


async def test_the_person_is_asked() -> None:
    asked = []

    async def ask(prompt: str) -> str:
        asked.append(prompt)
        return f" {KEY} "

    assert await key_of(PromptKey(), ask=ask) == KEY
    assert asked == ["API key for prod (https://prod.example/v1): "]


async def test_a_person_who_gives_none() -> None:
    async def ask(_prompt: str) -> str:
        return ""

    assert "none was given" in str(await refusal_of(PromptKey(), ask=ask))


async def test_nobody_to_ask() -> None:
    told = await refusal_of(PromptKey())
    assert isinstance(told, NobodyToAsk)
    assert "key_command" in told.hint


# The keyring


class Keyring(ModuleType):
    """The package keyring, with one entry."""

    def __init__(self) -> None:
        super().__init__("keyring")
        self.entries = {("cloudmc-tui", "prod"): KEY}
        self.problem: Exception | None = None
        self.errors = ModuleType("keyring.errors")
        self.errors.KeyringError = type("KeyringError", (Exception,), {})  # type: ignore[attr-defined]
        self.errors.NoKeyringError = type("NoKeyringError", (self.errors.KeyringError, RuntimeError), {})  # type: ignore[attr-defined]

    def get_password(self, service: str, user: str) -> str | None:
        if self.problem is not None:
            raise self.problem
        return self.entries.get((service, user))

    def set_password(self, service: str, user: str, password: str) -> None:
        if self.problem is not None:
            raise self.problem
        self.entries[service, user] = password


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keyring]:
    made = Keyring()
    monkeypatch.setitem(sys.modules, "keyring", made)
    monkeypatch.setitem(sys.modules, "keyring.errors", made.errors)
    yield made


async def test_the_keyring(keyring: Keyring) -> None:
    assert await key_of(KeyringKey("prod")) == KEY
    told = await refusal_of(KeyringKey("ann"))
    assert "has no entry for 'ann' under 'cloudmc-tui'" in str(told)
    assert told.hint == "keyring set cloudmc-tui ann"
    await keys.store_in_keyring("ann", Secret("another-key"))
    assert await key_of(KeyringKey("ann")) == "another-key"


async def test_a_keyring_without_a_backend(keyring: Keyring) -> None:
    keyring.problem = keyring.errors.NoKeyringError("No recommended backend was available.")
    told = await refusal_of(KeyringKey("prod"))
    assert "there is no keyring on this machine" in str(told)
    assert "key_command" in told.hint


async def test_a_keyring_that_fails(keyring: Keyring) -> None:
    keyring.problem = keyring.errors.KeyringError("locked\x1b[2J")
    assert r"the keyring fails: locked\x1b[2J" in str(await refusal_of(KeyringKey("prod")))


async def test_a_keyring_that_hangs(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    released = threading.Event()
    monkeypatch.setattr(keys, "KEYRING_SECONDS", 0.05)
    monkeypatch.setattr(keyring, "get_password", lambda *_: released.wait(30) and None)
    assert "has not answered within 0.05 s" in str(await refusal_of(KeyringKey("prod")))
    released.set()


async def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    told = await refusal_of(KeyringKey("prod"))
    assert "the package keyring, which is not installed" in str(told)
    assert "cloudmc-tui[keyring]" in told.hint


def test_signals_are_named() -> None:
    from cloudmc_tui.profiles.command import _by_signal

    assert _by_signal(signal.SIGTERM) == "killed by SIGTERM"
    assert _by_signal(99) == "killed by signal 99"
