"""What is measured of a program."""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyte

from tests.benchmarks.links import Arrival, Link, Program
from tests.benchmarks.subjects import DOWN, PAGE_DOWN, PAGE_UP, UP, Subject, environment

QUIET = 0.15
"""Seconds without output after which a key is taken to be done with."""

_FRAME = re.compile(rb"\x1b\[[\d;]*H[^\x1b]*\x1b\[[\d;]*m|\x1b\[[\d;]*H[^\x1b\n]{2}")
"""What the first frame has and the preparations before it have not."""

HELD, RATE = 90, 30.0
"""A held key: so many, so many a second."""


class Start(NamedTuple):
    """A start: seconds until the first paint and until ready, processor seconds until it is still, bytes,
    megabytes."""

    first_paint: float
    ready: float
    processor: float
    size: int
    memory: float


class Key(NamedTuple):
    """A key: seconds until all that it changes is painted, processor seconds, and bytes."""

    seconds: float
    processor: float
    size: int


class Held(NamedTuple):
    """A held key: bytes and processor seconds a key, seconds from its release until all has arrived."""

    size: float
    processor: float
    caught_up: float


def launch(subject: Subject, link: Link, home: Path) -> Program:
    """Start a program."""
    return Program(subject.command, link=link, environ=environment(home, subject.environ))


def start(subject: Subject, link: Link | None = None) -> Start:
    """Start a program until it is ready, and end it."""
    with tempfile.TemporaryDirectory() as home:
        program = launch(subject, link or Link(), Path(home))
        try:
            return until_ready(program, subject)
        finally:
            program.end()


def until_ready(program: Program, subject: Subject, patience: float = 120.0) -> Start:
    """Wait until a program is ready and still."""
    screen = pyte.Screen(120, 40)
    stream = pyte.ByteStream(screen)
    fed = 0
    ready: Arrival | None = None
    deadline = time.perf_counter() + patience
    while ready is None:
        if time.perf_counter() > deadline:
            raise TimeoutError(f"{subject.name} does not get ready:\n" + "\n".join(screen.display))
        # Screens are made only in pauses, so that reading is not held up.
        program.settle(0.05, 1.0)
        while fed < len(program.arrivals) and ready is None:
            arrival = program.arrivals[fed]
            fed += 1
            stream.feed(arrival.data)
            if subject.ready("\n".join(screen.display)):
                ready = arrival
    program.settle(0.4, 20.0)
    written = b""
    first_paint = ready.time
    for arrival in program.arrivals:
        written += arrival.data
        if _FRAME.search(written):
            first_paint = arrival.time
            break
    return Start(
        first_paint - program.started,
        ready.time - program.started,
        program.processor(),
        program.size,
        program.memory(),
    )


def press(program: Program, key: str) -> Key:
    """Press a key and wait until all is painted."""
    before, count, processor = program.size, len(program.arrivals), program.processor()
    pressed = program.press(key)
    program.run_until(lambda: len(program.arrivals) > count, 2.0)
    program.settle(QUIET)
    last = program.arrivals[-1].time if len(program.arrivals) > count else pressed
    return Key(last - pressed, program.processor() - processor, program.size - before)


def keys(program: Program, pressed: list[str]) -> list[Key]:
    """Press keys, one after another."""
    return [press(program, key) for key in pressed]


def cursor_keys(program: Program, count: int) -> list[Key]:
    """The cursor down and up."""
    return keys(program, [DOWN, DOWN, UP] * (count // 3))


def page_keys(program: Program, count: int) -> list[Key]:
    """Pages down and up; the first is another kind of start."""
    return keys(program, [PAGE_DOWN, *[PAGE_DOWN, PAGE_DOWN, PAGE_UP] * (count // 3)])[1:]


def filter_keys(program: Program, subject: Subject) -> list[Key]:
    """A filter typed by the key, and taken back."""
    press(program, subject.filter_key)
    found = keys(program, [*"web-0", *["\x7f"] * 5])
    press(program, "\x1b")
    program.settle(0.4)
    return found


def held_key(program: Program, key: str = DOWN) -> Held:
    """A key that repeats for three seconds."""
    size, processor = program.size, program.processor()
    released = began = time.perf_counter()
    for number in range(HELD):
        due = began + number / RATE
        program.run_for(max(0.0, due - time.perf_counter()))
        released = program.press(key)
    program.settle(1.0 + program.link.round_trip * 2, 60.0)
    late = program.arrivals[-1].time - released
    return Held((program.size - size) / HELD, (program.processor() - processor) / HELD, max(0.0, late))


def idle(program: Program, seconds: float) -> tuple[int, float]:
    """Bytes, and processor time as a share, while nothing happens."""
    program.settle(0.5)
    size, processor = program.size, program.processor()
    program.run_for(seconds)
    return program.size - size, (program.processor() - processor) / seconds


def focus(program: Program) -> list[Key]:
    """The terminal loses and gains the focus."""
    return keys(program, ["\x1b[O", "\x1b[I"] * 2)


def median_of(values: list[float]) -> float:
    """The median; not a number of nothing."""
    return statistics.median(values) if values else float("nan")


def share_of(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def interleaved(subjects: list[Subject], runs: int, measure: Callable[[Subject], Start]) -> list[list[Start]]:
    """Measure each program as often as wanted, all in turn; each turn begins with another one."""
    found: list[list[Start]] = [[] for _ in subjects]
    for turn in range(runs):
        for step in range(len(subjects)):
            place = (step + turn) % len(subjects)
            found[place].append(measure(subjects[place]))
    return found


def ratio(values: list[float], bases: list[float]) -> float:
    """The median of the ratios within each turn: a shared machine is not as fast in every minute."""
    return statistics.median(value / base for value, base in zip(values, bases, strict=True))
