"""What a person keeps and takes away: views, bookmarks, exports; and auto-refresh, while somebody looks."""

from __future__ import annotations

from pathlib import Path as FilePath

import pytest
from textual import events
from textual.pilot import Pilot

from cloudmc_tui.path import Path
from cloudmc_tui.profiles import Ask, Profile
from cloudmc_tui.session import Session
from cloudmc_tui.tui.app import ExplorerApp
from cloudmc_tui.tui.memory import Memory
from tests.demo import demo_app, explorer, settle
from tests.odd_cloud import OddCloud, failure, profile

INSTANCES = "compute-qc/production/instances"
SIZE = (120, 40)


def asked(pilot: Pilot[None]) -> int:
    session = explorer(pilot).session
    assert session is not None
    return len(session.requests)


async def test_auto_refresh_reads_what_is_on_screen_and_pauses_while_nobody_looks() -> None:
    async with demo_app(INSTANCES).run_test(size=SIZE) as pilot:
        await settle(pilot)
        shelf = explorer(pilot).shelf
        shelf._set_interval("300")  # the clock is the test's: its ticks are called
        before = asked(pilot)
        shelf._tick()
        await settle(pilot)
        assert asked(pilot) == before + 1
        pilot.app.post_message(events.AppBlur())
        await settle(pilot)
        shelf._tick()
        await settle(pilot)
        assert asked(pilot) == before + 1
        pilot.app.post_message(events.AppFocus())
        await settle(pilot)
        shelf._tick()
        await settle(pilot)
        assert asked(pilot) == before + 2
        shelf._set_interval("0")
        assert shelf.interval == 0


async def test_auto_refresh_asks_ever_more_rarely_while_it_fails() -> None:
    path = "/services/svc/env/instances"
    cloud = OddCloud({path: [{"id": "1", "name": "web"}]})

    async def open_session(_profile: Profile, _ask: Ask) -> Session:
        return await cloud.session()

    app = ExplorerApp(profile(), open_session, start=Path.parse("svc/env/instances"), environ={})
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        shelf = explorer(pilot).shelf
        shelf._set_interval("300")

        async def asked_at(ticks: int) -> list[int]:
            """The ticks, of so many, at which the server was asked."""
            at = []
            for tick in range(ticks):
                before = cloud.requests.count(path)
                shelf._tick()
                await settle(pilot)
                at += [tick] * (cloud.requests.count(path) - before)
            return at

        assert await asked_at(3) == [0, 1, 2]
        cloud.answers[path] = failure(403, 403, "not now")
        assert await asked_at(32) == [0, 1, 3, 7, 15, 23, 31]
        cloud.answers[path] = [{"id": "1", "name": "web"}]
        assert await asked_at(12) == [7, 8, 9, 10, 11]


async def test_an_export_of_what_is_shown_goes_to_a_file_of_ones_own(
    tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with demo_app(INSTANCES).run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("slash", *"state:Stopped", "enter")
        await settle(pilot)
        shown = explorer(pilot).list_pane.shown_count
        explorer(pilot).shelf._export("csv shown file")
        await settle(pilot)
        (file,) = tmp_path.glob("cloudmc-instances-*.csv")
        assert file.stat().st_mode & 0o777 == 0o600
        assert len(file.read_text(encoding="utf-8").splitlines()) == shown + 1


async def test_b_keeps_a_place_and_takes_it_back() -> None:
    async with demo_app(INSTANCES).run_test(size=SIZE) as pilot:
        await settle(pilot)
        memory = explorer(pilot).shelf._memory
        profile = explorer(pilot).app.profile.name
        await pilot.press("b")
        await settle(pilot)
        assert [str(path) for path, _ in memory.bookmarks(profile)] == [INSTANCES]
        await pilot.press("b")
        await settle(pilot)
        assert memory.bookmarks(profile) == []


def test_views_and_bookmarks_outlive_the_session_and_a_broken_file_is_set_aside(tmp_path: FilePath) -> None:
    from cloudmc_tui.inventory.arrange import Sort
    from cloudmc_tui.path import Path as Address
    from cloudmc_tui.tui.panes.list import ViewState

    memory = Memory(tmp_path)
    memory.keep("instances", ViewState(filter="state:run", sort=Sort("name", reverse=True), columns=["name"]))
    memory.name("instances", "mine", ViewState(filter="web"))
    memory.toggle_bookmark("p", Address.parse(INSTANCES), "Instances")
    memory.save()
    again = Memory(tmp_path)
    state = again.state("instances")
    assert (state.filter, state.sort, state.columns) == ("state:run", Sort("name", reverse=True), ["name"])
    assert again.named("instances")["mine"].filter == "web"
    assert again.bookmarks("p") == [(Address.parse(INSTANCES), "Instances")]
    assert again.bookmarks("another") == []
    file = tmp_path / "explorer.json"
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("{broken")
    broken = Memory(tmp_path)
    assert broken.problem
    assert broken.bookmarks("p") == []
    assert (tmp_path / "explorer.broken.json").read_text() == "{broken"
