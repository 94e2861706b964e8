"""Find anywhere, over several profiles: each opened to read from, each with its own luck."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any

from msgspec.structs import replace
from textual.pilot import Pilot

from cloudmc_tui.api import CloudMCError
from cloudmc_tui.path import Path
from cloudmc_tui.profiles import Ask, Config, Mode, Profile
from cloudmc_tui.profiles.profile import demo_profile
from cloudmc_tui.session import DemoOptions, Session
from cloudmc_tui.tui.app import ExplorerApp
from cloudmc_tui.tui.panes.hits import Group, Hits, Source
from cloudmc_tui.tui.screens.ask import Ask as AskScreen
from cloudmc_tui.tui.screens.find import Find
from cloudmc_tui.tui.screens.picker import Choices, Picker
from cloudmc_tui.tui.widgets.bar import Bar
from tests.demo import NOW, explorer, settle
from tests.odd_cloud import OddCloud, failure, profile
from tests.tui.test_explorer import screen_text

SIZE = (120, 40)
ROWS = "/services/svc/env/instances"


class Stage:
    """An explorer on the demo cloud, beside which there are profiles of other clouds.

    Attributes:
        clouds: profile → what it answers; what is not here cannot be connected to.
        opened: the sessions of other profiles than the first, in order.
        closed: those of them that were closed.
        asks: the profiles whose key is asked for.
    """

    def __init__(self, **clouds: OddCloud) -> None:
        self.clouds = clouds
        self.opened: list[Session] = []
        self.closed: list[Session] = []
        self.asks: set[str] = set()
        self.answers: list[str] = []
        self.may_open = asyncio.Event()
        self.may_open.set()
        profiles = {name: replace(profile(), name=name) for name in (*clouds, "down")}
        home = replace(demo_profile(), name="home")
        self.config = Config(FilePath("config.toml"), {"home": home, **profiles}, broken=("bent",))
        self.app = ExplorerApp(
            home, self.open, clock=lambda: NOW, environ={}, config=lambda: self.config, start=Path.parse("")
        )

    async def open(self, chosen: Profile, ask: Ask) -> Session:
        if chosen.name == "home":
            home = await Session.open(demo_profile(), demo=DemoOptions(seed=1, now=NOW), clock=lambda: NOW)
            home.profile = chosen
            return home
        if chosen.name in self.asks:
            self.answers.append(await ask(f"key for {chosen.name}"))
        await self.may_open.wait()
        if chosen.name not in self.clouds:
            raise CloudMCError("nobody answers at [down].invalid")
        session = await self.clouds[chosen.name].session(clock=lambda: NOW)
        session.profile = chosen
        session.guard.mode = chosen.mode
        self.opened.append(session)
        whole = session.aclose

        async def aclose() -> None:
            self.closed.append(session)
            await whole()

        session.aclose = aclose  # type: ignore[method-assign]
        return session


def cloud(*names: str, **answers: Any) -> OddCloud:
    rows = [{"id": f"i-{n}", "name": n, "ipAddress": f"10.9.8.{k}"} for k, n in enumerate(names, 1)]
    return OddCloud({ROWS: rows, **{f"{ROWS}/{r['id']}": r for r in rows}, **answers})


def hits(pilot: Pilot[None]) -> Hits:
    return pilot.app.screen.query_one(Hits)


def named(pilot: Pilot[None]) -> list[str]:
    """What is shown: ``+ profile``, ``path``, ``- entity``."""
    shown = []
    for item in hits(pilot).items:
        if isinstance(item, Source):
            shown.append(f"+ {item.name}")
        elif isinstance(item, Group):
            shown.append(str(item.path))
        else:
            shown.append(f"- {item.hit.title}")
    return shown


async def search_in(pilot: Pilot[None], *names: str) -> None:
    """Choose profiles, by typing what they are called."""
    await pilot.press("ctrl+o")
    await pilot.pause()
    assert isinstance(pilot.app.screen, Picker)
    for name in names:
        await pilot.press("ctrl+u", *name, "tab")
    await pilot.press("enter")


async def test_results_of_several_profiles_are_grouped_and_one_that_fails_says_why() -> None:
    stage = Stage(east=cloud("web-77"), west=cloud("db-1", "web-78"))
    async with stage.app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("f", *"10.9.8.")
        await settle(pilot)
        assert named(pilot) == [], "the demo cloud has no such address"
        await search_in(pilot, "est", "east", "down", "bent")
        await settle(pilot)
        assert named(pilot) == [
            "+ home",
            "+ east",
            "svc/env/instances",
            "- web-77",
            "+ west",
            "svc/env/instances",
            "- db-1",
            "- web-78",
            "+ down",
            "+ bent",
        ]
        shown = screen_text(pilot)
        assert "■ down  nobody answers at [down].invalid" in shown
        assert "■ bent  the profile 'bent' cannot be used" in shown
        assert "3 of 3 found" in pilot.app.screen.query_one("#find-bar", Bar).text


async def test_each_listing_of_each_profile_is_asked_for_once() -> None:
    east, west = cloud("web-77"), cloud("web-78")
    stage = Stage(east=east, west=west)
    async with stage.app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("f", *"web-7")
        await search_in(pilot, "east", "west")
        await settle(pilot)
        for each in (east, west):
            asked = Counter(each.requests)
            assert set(asked.values()) == {1}
            assert {"/services/connections", "/environments", ROWS} <= set(asked)
        await pilot.press("8")
        await settle(pilot)
        assert named(pilot)[-1] == "- web-78"
        assert set(Counter(west.requests).values()) == {1}, "typing asks nobody"


async def test_listings_that_cannot_be_read_are_counted_and_the_others_found() -> None:
    hidden = {"/services/svc/env/volumes": failure(403, 403, "no")}
    stage = Stage(east=cloud("web-77", **hidden))
    async with stage.app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("f", *"web-77")
        await search_in(pilot, "east")
        await settle(pilot)
        assert named(pilot)[-1] == "- web-77"
        assert " could not be read" in pilot.app.screen.query_one("#find-bar", Bar).text


async def test_a_profile_whose_services_cannot_be_read_says_why() -> None:
    stage = Stage(east=cloud("web-77", **{"/services/connections": failure(401, 401, "Unauthorized")}))
    async with stage.app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("f", *"web-77")
        await search_in(pilot, "east")
        await settle(pilot)
        assert "the API key was refused" in screen_text(pilot)


async def test_opening_a_result_goes_to_its_profile_at_its_path() -> None:
    stage = Stage(east=cloud("web-77"))
    async with stage.app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("f", *"web-77")
        await search_in(pilot, "east")
        await settle(pilot)
        assert stage.opened[0].guard.mode is Mode.READ_ONLY
        await pilot.press("enter")
        await settle(pilot)
        assert stage.app.profile is stage.config.profiles["east"]
        assert explorer(pilot).history.place.entity == Path.parse("svc/env/instances/i-web-77")
        assert [session.profile.name for session in stage.closed] == ["east"], (
            "what was only looked into is closed"
        )
        assert stage.opened[1].guard.mode is Mode.NORMAL
        assert stage.app.connections.session is stage.opened[1]


async def test_leaving_closes_what_was_opened_also_what_was_still_being_opened() -> None:
    stage = Stage(east=cloud("web-77"), west=cloud("web-78"))
    async with stage.app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        home = explorer(pilot).session
        await pilot.press("f")
        await search_in(pilot, "east")
        await settle(pilot)
        stage.may_open.clear()
        await search_in(pilot, "west")
        await pilot.pause()
        assert "■ west  connecting…" in screen_text(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, Find)
        stage.may_open.set()
        await settle(pilot)
        assert len(stage.opened) == 2
        assert stage.closed == stage.opened
        assert explorer(pilot).session is home


async def test_a_profile_that_is_chosen_no_more_is_closed_and_its_results_go() -> None:
    stage = Stage(east=cloud("web-77"), west=cloud("web-78"))
    async with stage.app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("f", *"web-7")
        await search_in(pilot, "east", "west")
        await settle(pilot)
        await search_in(pilot, "east")  # marked: so unmarked
        await settle(pilot)
        assert [line for line in named(pilot) if line.startswith("+")] == ["+ home", "+ west"]
        assert [session.profile.name for session in stage.closed] == ["east"]


async def test_the_end_of_the_program_closes_what_is_open() -> None:
    stage = Stage(east=cloud("web-77"))
    async with stage.app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("f")
        await search_in(pilot, "east")
        await settle(pilot)
    assert stage.closed == stage.opened != []


async def test_keys_are_asked_for_one_after_the_other_and_not_again_on_going_there() -> None:
    stage = Stage(east=cloud("web-77"), west=cloud("web-78"))
    stage.asks = {"east", "west"}
    async with stage.app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("f", *"web-7")
        await search_in(pilot, "east", "west")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskScreen))
        assert "key for east" in screen_text(pilot)
        assert sum(isinstance(screen, AskScreen) for screen in pilot.app.screen_stack) == 1
        await pilot.press("escape")
        await until(pilot, lambda: "key for west" in screen_text(pilot))
        await pilot.press(*"secret", "enter")
        await settle(pilot)
        assert "■ east  no key was given" in screen_text(pilot)
        assert named(pilot)[-1] == "- web-78"
        await pilot.press("enter")
        await settle(pilot)
        assert stage.app.profile.name == "west"
        assert stage.answers == ["secret", "secret"]
        assert not isinstance(pilot.app.screen, AskScreen)


async def test_what_was_searched_too_is_offered_marked_the_next_time() -> None:
    stage = Stage(east=cloud("web-77"), west=cloud("web-78"))
    async with stage.app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("f")
        await search_in(pilot, "west")
        await settle(pilot)
        await pilot.press("escape", "f", "ctrl+o")
        await pilot.pause()
        assert pilot.app.screen.query_one(Choices).marked == {"west"}


async def test_where_there_are_no_other_profiles_that_is_said() -> None:
    stage = Stage()
    stage.config = Config(FilePath("config.toml"), {"home": replace(demo_profile(), name="home")})
    async with stage.app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("f", "ctrl+o")
        await pilot.pause()
        assert "There are no other profiles" in screen_text(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Find)


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    """Wait for something, while questions are open: workers that ask do not end."""
    for _ in range(1000):
        if true():
            return
        await pilot.pause()
    raise AssertionError(screen_text(pilot))
