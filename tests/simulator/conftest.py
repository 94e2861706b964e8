"""A fresh simulated cloud for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.simulator.harness import Cloud


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with Cloud() as made:
        yield made
