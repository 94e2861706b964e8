"""The rate's limit, counted where the requests arrive."""

from __future__ import annotations

import asyncio
import random

import pytest

from cloudmc_tui.tasks import RateLimiter
from cloudmc_tui.tasks.timing import TimeLimit, pause, within
from tests.tasks.harness import busiest
from tests.tasks.virtual import loop_of_test, virtual


def limiter(rate: int = 5) -> RateLimiter:
    return RateLimiter(rate, clock=loop_of_test().time)


@pytest.mark.parametrize("seed", range(5))
@virtual
async def test_no_second_on_the_servers_clock_sees_more_than_the_limit(seed: int) -> None:
    luck, limit, arrived = random.Random(seed), limiter(), list[float]()

    async def ask() -> None:
        async with limit.slot():
            await asyncio.sleep(luck.choice((0.0, 0.01, 0.3, 0.99)))  # on its way there
            arrived.append(loop_of_test().now)
            await asyncio.sleep(luck.choice((0.0, 0.01, 0.5, 3.0)))  # the server's time, and the way back

    await asyncio.gather(*(ask() for _ in range(100)))
    assert len(arrived) == 100
    assert busiest(arrived) <= 5


@virtual
async def test_with_a_quick_server_the_limit_is_used() -> None:
    limit = limiter()
    for _ in range(50):
        async with limit.slot():
            pass
    assert 9 < loop_of_test().now < 10


@virtual
async def test_requests_without_a_reply_hold_up_nobody_for_long() -> None:
    limit = limiter(2)

    async def hang() -> None:
        async with limit.slot():
            await asyncio.sleep(1000)

    hanging = [asyncio.ensure_future(hang()) for _ in range(2)]
    await asyncio.sleep(0.5)
    async with limit.slot():
        assert loop_of_test().now < 2.1
    for each in hanging:
        each.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)


@virtual
async def test_an_early_reply_lets_the_next_go_early() -> None:
    limit = limiter(1)

    async def quick() -> None:
        async with limit.slot():
            await asyncio.sleep(0.2)

    first = asyncio.ensure_future(quick())
    await asyncio.sleep(0.1)
    async with limit.slot():
        assert loop_of_test().now == pytest.approx(1.22)
    await first


@virtual
async def test_first_come_first_served_and_whoever_gives_up_harms_nobody() -> None:
    limit, order = limiter(1), list[int]()

    async def ask(number: int) -> None:
        async with limit.slot():
            order.append(number)

    asking = [asyncio.ensure_future(ask(number)) for number in range(6)]
    await asyncio.sleep(0.5)
    asking[1].cancel()
    asking[3].cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    assert order == [0, 2, 4, 5]
    assert loop_of_test().now == pytest.approx(3 * 1.02)


@virtual
async def test_a_slot_that_was_not_used_is_free_at_once() -> None:
    limit = limiter(1)
    for _ in range(3):
        async with limit.slot() as slot:
            slot.unused = True
    assert loop_of_test().now == 0


@virtual
async def test_work_that_takes_too_long_is_ended() -> None:
    ended = []

    async def work() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            ended.append(loop_of_test().now)

    with pytest.raises(TimeLimit):
        await within(5, work(), asyncio.sleep)
    assert ended == [5]
    assert await within(5, asyncio.sleep(1, "done"), asyncio.sleep) == "done"
    with pytest.raises(KeyError):
        await within(5, _fail(), asyncio.sleep)


async def _fail() -> None:
    raise KeyError


@virtual
async def test_a_cancelled_wait_takes_its_work_along() -> None:
    outer = asyncio.ensure_future(within(50, asyncio.sleep(40), asyncio.sleep))
    await asyncio.sleep(1)
    outer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await outer
    assert len(asyncio.all_tasks()) == 1


@virtual
async def test_a_pause_ends_by_time_or_by_event() -> None:
    event = asyncio.Event()
    await pause(event, 3, asyncio.sleep)
    assert loop_of_test().now == 3
    loop_of_test().call_later(2, event.set)
    await pause(event, None, asyncio.sleep)
    await pause(event, 100, asyncio.sleep)
    await pause(event, -1, asyncio.sleep)
    assert loop_of_test().now == 5
