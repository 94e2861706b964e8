"""How many requests things cost."""

from __future__ import annotations

from collections import Counter

from textual.pilot import Pilot

from tests.demo import demo_app, explorer, settle

INSTANCES = "compute-qc/production/instances"
SIZE = (120, 40)


def asked(pilot: Pilot[None]) -> list[str]:
    """The paths of all requests so far, the first one first."""
    session = explorer(pilot).session
    assert session is not None
    return [record.path for record in session.requests]


async def test_opening_a_list_asks_twice_and_once_for_the_list() -> None:
    async with demo_app(INSTANCES).run_test(size=SIZE) as pilot:
        await settle(pilot)
        wanted = ("/services/connections", "/environments", f"/services/{INSTANCES}")
        assert Counter(asked(pilot)) == Counter(wanted)


async def test_unfolding_in_the_tree_asks_nothing_more_than_what_it_shows() -> None:
    async with demo_app().run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("down", "right")  # the entity types come from the catalog
        await settle(pilot)
        assert len(asked(pilot)) == 2


async def test_a_refresh_asks_once() -> None:
    async with demo_app(INSTANCES).run_test(size=SIZE) as pilot:
        await settle(pilot)
        before = len(asked(pilot))
        await pilot.press("r")
        await settle(pilot)
        assert asked(pilot)[before:] == [f"/services/{INSTANCES}"]


async def test_who_has_an_address_is_answered_with_one_request_a_listing_and_then_with_none() -> None:
    async with demo_app().run_test(size=SIZE) as pilot:
        await settle(pilot)
        before = len(asked(pilot))
        await pilot.press("f", *"10.0.0.11")
        await settle(pilot)
        paths = asked(pilot)[before:]
        assert len(paths) > 20
        assert max(Counter(paths).values()) == 1
        await pilot.press("enter")
        await settle(pilot)
        assert explorer(pilot).history.place.entity is not None
        assert str(explorer(pilot).history.place.path) == INSTANCES
        before = len(asked(pilot))
        await pilot.press("f", "end", *["backspace"] * 9, *"10.0.0.10")
        await settle(pilot)
        assert asked(pilot)[before:] == []
        assert "10.0.0.10" in pilot.app.screen.query_one("#find-input").value  # type: ignore[attr-defined]
