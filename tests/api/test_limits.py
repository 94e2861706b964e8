"""Slots and time limits."""

from __future__ import annotations

import asyncio

import pytest

from cloudmc_tui.api.limits import Slots, TimeLimit, within


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class Workers:
    """Tasks that hold a slot until they are let go."""

    def __init__(self, slots: Slots) -> None:
        self.slots = slots
        self.holding: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, *, background: bool = False) -> None:
        self.gates[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._work(name, background))

    async def _work(self, name: str, background: bool) -> None:
        async with self.slots.slot(background=background):
            self.holding.append(name)
            await self.gates[name].wait()
            self.holding.remove(name)

    async def finish(self, name: str) -> None:
        self.gates[name].set()
        await self.tasks[name]
        await settle()


async def test_no_more_than_the_limit_at_once() -> None:
    workers = Workers(Slots(2))
    for name in "abc":
        workers.start(name)
    await settle()
    assert workers.holding == ["a", "b"]
    await workers.finish("a")
    assert workers.holding == ["b", "c"]
    for name in "bc":
        await workers.finish(name)


async def test_a_person_goes_before_the_background() -> None:
    workers = Workers(Slots(1))
    workers.start("first")
    await settle()
    workers.start("counting", background=True)
    await settle()
    workers.start("person")
    await settle()
    await workers.finish("first")
    assert workers.holding == ["person"]
    await workers.finish("person")
    assert workers.holding == ["counting"]
    await workers.finish("counting")


async def test_the_background_never_takes_every_slot() -> None:
    workers = Workers(Slots(8))
    for number in range(20):
        workers.start(f"counting {number}", background=True)
    await settle()
    assert len(workers.holding) == 6
    workers.start("person")
    workers.start("another")
    await settle()
    assert {"person", "another"} < set(workers.holding)
    for name in list(workers.tasks):
        await workers.finish(name)


@pytest.mark.parametrize("background", [False, True])
async def test_who_gives_up_waiting_takes_no_slot_along(background: bool) -> None:
    workers = Workers(Slots(1))
    workers.start("first")
    await settle()
    workers.start("impatient", background=background)
    await settle()
    workers.tasks["impatient"].cancel()
    workers.gates["first"].set()  # freed in the same moment
    await settle()
    workers.start("next", background=background)
    await settle()
    assert workers.holding == ["next"]
    await workers.finish("next")


async def test_who_is_cancelled_just_when_the_turn_comes_gives_it_back() -> None:
    slots = Slots(1)
    workers = Workers(slots)
    workers.start("first")
    await settle()
    workers.start("unlucky")
    await settle()
    slots._release(False)  # grants the slot to the one who waits ...
    workers.tasks["unlucky"].cancel()  # ... who is cancelled before running again
    await settle()
    workers.start("next")
    await settle()
    assert "next" in workers.holding
    await workers.finish("next")
    await workers.finish("first")


async def test_work_in_time_gives_its_result_or_its_error() -> None:
    async def good() -> int:
        return 7

    async def bad() -> int:
        raise KeyError("x")

    assert await within(5, good()) == 7
    with pytest.raises(KeyError):
        await within(5, bad())


async def test_work_out_of_time_is_cancelled_and_waited_for() -> None:
    ended = []

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(True)

    with pytest.raises(TimeLimit):
        await within(0.01, slow())
    assert ended == [True]


async def test_a_cancelled_caller_takes_the_work_along() -> None:
    ended = []

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    task = asyncio.create_task(within(60, slow()))
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [True]
