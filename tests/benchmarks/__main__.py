"""Run the benchmark and print its tables."""

from __future__ import annotations

import argparse
import platform
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks import measures
from tests.benchmarks.links import Link
from tests.benchmarks.measures import median_of, share_of
from tests.benchmarks.subjects import (
    DOWN,
    PAGE_DOWN,
    Subject,
    bare,
    cloud,
    demo,
    explorer,
    reply_seconds,
    table,
)

LINKS = (Link("30 kB/s, 100 ms", 30_000, 0.1), Link("9.6 kB/s, 300 ms", 9_600, 0.3))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few runs, small lists")
    parser.add_argument("--runs", type=int, help="starts of each program")
    options = parser.parse_args()
    runs = options.runs or (3 if options.quick else 9)
    sizes = (100, 10_000) if options.quick else (100, 10_000, 50_000)
    print(f"Machine: {machine()}; Python {platform.python_version()}; 120×40; {runs} starts each, in turn.\n")
    with ExitStack() as stack:
        clouds = {size: stack.enter_context(cloud(size)) for size in sizes}
        starts(clouds, runs)
        use(clouds, 12 if options.quick else 30, 3.0 if options.quick else 10.0)
        links(clouds[sizes[0]])


def machine() -> str:
    """The machine's processor and its number of cores."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    return (
        f"{name or platform.machine()}, {len([x for x in lines if x.startswith('processor')]) or '?'} cores"
    )


def row(*cells: object) -> None:
    """Print a table's row."""
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def head(*cells: str) -> None:
    """Print a table's head."""
    row(*cells)
    row("---", *["---:"] * (len(cells) - 1))


def starts(clouds: dict[int, str], runs: int) -> None:
    """The starts, as ratios to the bare app."""
    subjects = [bare(), demo("plain"), demo("cells")]
    replies: dict[str, float] = {}
    for size, base in clouds.items():
        subjects += [explorer(size, base, "plain"), explorer(size, base, "cells"), table(size)]
        seconds = statistics.median(reply_seconds(base) for _ in range(3))
        replies |= dict.fromkeys((subjects[-3].name, subjects[-2].name), seconds)
    found = measures.interleaved(subjects, runs, measures.start)
    bare_paints = [start.first_paint for start in found[0]]
    bare_processor = [start.processor for start in found[0]]
    bare_memory = [start.memory for start in found[0]]
    print("### Start\n")
    head(
        "program",
        "first paint",
        "ratio",
        "ready",
        "ratio",
        "without the reply",
        "processor",
        "ratio",
        "bytes",
        "MB",
        "ratio",
    )
    for subject, results in zip(subjects, found, strict=True):
        paint = [start.first_paint for start in results]
        ready = [start.ready for start in results]
        rest = [seconds - replies.get(subject.name, 0.0) for seconds in ready]
        memory = [start.memory for start in results]
        processor = [start.processor for start in results]
        row(
            subject.name,
            f"{median_of(paint) * 1000:,.0f} ms",
            f"{measures.ratio(paint, bare_paints):.2f}",
            f"{median_of(ready) * 1000:,.0f} ms",
            f"{measures.ratio(ready, bare_paints):.2f}",
            f"{measures.ratio(rest, bare_paints):.2f}",
            f"{median_of(processor) * 1000:,.0f} ms",
            f"{measures.ratio(processor, bare_processor):.2f}",
            f"{median_of([start.size for start in results]):,.0f}",
            f"{median_of(memory):.0f}",
            f"{measures.ratio(memory, bare_memory):.2f}",
        )
    print()


def use(clouds: dict[int, str], count: int, idle_seconds: float) -> None:
    """Keys, idling, the focus."""
    print("### Use: median time (that of 95 %), processor time, bytes\n")
    head(
        "program",
        "cursor key",
        "page",
        "filter key",
        "focus",
        f"idle {idle_seconds:.0f} s",
        "held key",
    )
    for size, base in clouds.items():
        for subject in (table(size), explorer(size, base, "plain"), explorer(size, base, "cells")):
            with tempfile.TemporaryDirectory() as home:
                program = measures.launch(subject, Link(), Path(home))
                try:
                    measures.until_ready(program, subject)
                    cursor = measures.cursor_keys(program, count)
                    page = measures.page_keys(program, count)
                    typed = measures.filter_keys(program, subject) if subject.filter_key else []
                    focused = measures.focus(program)
                    size_idle, processor = measures.idle(program, idle_seconds)
                    held = measures.held_key(program)
                finally:
                    program.end()
            row(
                subject.name,
                told(cursor),
                told(page),
                told(typed, late=True) if typed else "",
                f"{median_of([key.size for key in focused]):,.0f} B",
                f"{size_idle:,} B, {processor:.1%} of a core",
                f"{held.size:,.0f} B, {held.processor * 1000:.1f} ms of processor",
            )
    print()


def links(base: str) -> None:
    """A held key over slow links."""
    print(f"### A key held over a link: {measures.HELD} at {measures.RATE:.0f} a second\n")
    head("program", "link", "key", "bytes a key", "caught up after", "ready after")
    subjects: list[Subject] = [table(100), explorer(100, base, "plain"), explorer(100, base, "cells")]
    thin = explorer(100, base, "cells")
    subjects.append(
        Subject(thin.name + ", low bandwidth", (*thin.arguments, "--low-bandwidth"), thin.ready, thin.environ)
    )
    for link in LINKS:
        for subject in subjects:
            for name, key in (("down", DOWN), ("page down", PAGE_DOWN)):
                with tempfile.TemporaryDirectory() as home:
                    program = measures.launch(subject, link, Path(home))
                    try:
                        ready = measures.until_ready(program, subject)
                        held = measures.held_key(program, key)
                    finally:
                        program.end()
                row(
                    subject.name,
                    link.name,
                    name,
                    f"{held.size:,.0f}",
                    f"{held.caught_up:.2f} s",
                    f"{ready.ready:.1f} s",
                )
    print()


def told(pressed: list[measures.Key], *, late: bool = False) -> str:
    """Keys in short: median time, time of 95 %, processor time, bytes."""
    seconds = [key.seconds for key in pressed]
    slow = f" ({share_of(seconds, 0.95) * 1000:.0f})" if late else ""
    processor = median_of([key.processor for key in pressed])
    size = median_of([key.size for key in pressed])
    return f"{median_of(seconds) * 1000:.0f}{slow} ms, {processor * 1000:.1f} ms, {size:,.0f} B"


if __name__ == "__main__":
    main()
