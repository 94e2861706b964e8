"""Run a command that prints a key: without a shell, with a time limit, with no more output than a key's."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence

from cloudmc_tui.formats.system import reason
from cloudmc_tui.formats.text import shorten, visible
from cloudmc_tui.formats.text import visible_lines as safe_lines
from cloudmc_tui.language import _, decimal, number
from cloudmc_tui.profiles.environment import child_environment
from cloudmc_tui.profiles.profile import ProfileError

SECONDS = 30.0
"""How long a key command may take: enough to touch a hardware token."""

MOST_BYTES = 65_536
"""How much of its output is read at all."""

_LINES_TOLD = 6
"""How many of the last lines on its stderr are shown."""


async def key_printed_by(words: Sequence[str], *, limit: float = SECONDS) -> str:
    """The one line that a command prints.

    It gets no standard input, no terminal and none of our keys; at the time limit, or when nobody waits
    for it any more, it is killed with everything that it started.

    Args:
        words: the program and its arguments.
        limit: seconds.

    Raises:
        ProfileError: when it cannot be run, fails, takes too long, or prints anything but one line. What
            it printed on stdout is never told.
    """
    called = _("the key command '{words}'", words=visible(words[0]))
    try:
        process = await _started(words)
    except FileNotFoundError:
        raise ProfileError(
            _("{called} is not there", called=called), _("see that it is installed and in PATH")
        ) from None
    except (OSError, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else str(error)
        raise ProfileError(_("{called} cannot be run: {why}", called=called, why=visible(why))) from None
    try:
        out, err = await asyncio.wait_for(_output(process), limit)
    except asyncio.TimeoutError:
        raise ProfileError(
            _(
                "{called} has not ended after {limit} s and was stopped",
                called=called,
                limit=decimal(f"{limit:g}"),
            ),
            _("it gets no terminal to ask on: unlock the password store first, or use key_prompt"),
        ) from None
    except _TooMuch:
        raise ProfileError(
            _(
                "{called} printed more than {most_bytes} bytes: a key is one line",
                called=called,
                most_bytes=number(MOST_BYTES),
            )
        ) from None
    finally:
        await _end(process)
    if process.returncode:
        how = (
            _("status {returncode}", returncode=process.returncode)
            if process.returncode > 0
            else _by_signal(-process.returncode)
        )
        said = _told(err, out)
        raise ProfileError(
            _("{called} failed ({how})", called=called, how=how)
            + (f":\n{said}" if said else _(", and said nothing"))
        )
    return _one_line(out, called, _told(err, out))


async def _started(words: Sequence[str]) -> asyncio.subprocess.Process:
    """Start it.

    Once begun this is finished, also when nobody waits for it any more: of a half-started process asyncio
    would wait for ever for the end.
    """
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=child_environment(),
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with contextlib.suppress(OSError, ValueError):
            await _end(await starting)
        raise


class _TooMuch(Exception):
    """More output than a key command may have."""


async def _output(process: asyncio.subprocess.Process) -> tuple[bytes, bytes]:
    """What it printed on stdout and on stderr, by the time that it ends."""
    assert process.stdout is not None and process.stderr is not None
    reading = [asyncio.ensure_future(_read(stream)) for stream in (process.stdout, process.stderr)]
    try:
        out, err = await asyncio.gather(*reading)
        await process.wait()
    finally:
        for each in reading:
            each.cancel()
    return out, err


async def _read(stream: asyncio.StreamReader) -> bytes:
    """A stream to its end."""
    data = b""
    while chunk := await stream.read(MOST_BYTES):
        data += chunk
        if len(data) > MOST_BYTES:
            raise _TooMuch
    return data


async def _end(process: asyncio.subprocess.Process) -> None:
    """See that nothing of it is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # it leads a process group of its own
    transport = getattr(process, "_transport", None)
    if transport is not None:  # what is still in the pipes, or held by a grandchild, is not waited for
        for number in (1, 2):
            if (pipe := transport.get_pipe_transport(number)) is not None:
                pipe.close()
    await asyncio.shield(process.wait())
    if transport is not None:
        transport.close()


def _by_signal(number: int) -> str:
    with contextlib.suppress(ValueError):
        return _("killed by {name}", name=signal.Signals(number).name)
    return _("killed by signal {number}", number=number)


def _told(err: bytes, out: bytes) -> str:
    """The last lines of its stderr, without what it printed as the key."""
    text = err.decode("utf-8", "replace").strip()
    for word in {*out.decode("utf-8", "replace").split()}:
        if len(word) >= 6:
            text = text.replace(word, "•••")
    return "\n".join(f"  {shorten(line, 200)}" for line in safe_lines(text)[-_LINES_TOLD:] if line)


def _one_line(out: bytes, called: str, said: str) -> str:
    try:
        text = out.decode("utf-8").strip("\r\n")
    except UnicodeDecodeError:
        raise ProfileError(_("{called} printed something that is no text", called=called)) from None
    if not text.strip():
        raise ProfileError(
            _("{called} printed nothing", called=called)
            + (_("; it said:\n{said}", said=said) if said else "")
        )
    lines = text.splitlines()
    if len(lines) > 1:
        raise ProfileError(
            _(
                "{called} printed {count} lines: the key has to be the only one",
                called=called,
                count=len(lines),
            ),
            _("where the first line is the key, let a script of your own print only that"),
        )
    return lines[0].strip()
