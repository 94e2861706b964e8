"""The request log: what was asked; copied without the key; repeated where that is safe; as a script."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

from textual.pilot import Pilot

from cloudmc_tui.api import RequestLog
from cloudmc_tui.path import Path
from cloudmc_tui.profiles import Ask, Profile
from cloudmc_tui.session import Session
from cloudmc_tui.tui.app import ExplorerApp
from cloudmc_tui.tui.screens.requests import RequestLines, Requests
from cloudmc_tui.tui.screens.text import TextLines, TextScreen
from cloudmc_tui.tui.widgets.bar import Bar
from tests.demo import demo_app, settle
from tests.odd_cloud import KEY, OddCloud, failure, profile
from tests.tui.test_explorer import text_of

INSTANCES = "compute-qc/production/instances"


def odd(cloud: OddCloud) -> ExplorerApp:
    async def open_session(_profile: Profile, _ask: Ask) -> Session:
        return await cloud.session()

    path = Path.parse("svc/env/instances")
    return ExplorerApp(profile(), open_session, start=path, clock=lambda: 1_781_515_800.0, environ={})


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


def lines(app: ExplorerApp) -> list[str]:
    view = TextLines if isinstance(app.screen, TextScreen) else RequestLines
    return [text for line in text_of(app.screen.query_one(view)) if (text := line.strip())]


def copied(app: ExplorerApp) -> Callable[[], str]:
    """Lets one see what is sent to the terminal's clipboard."""
    sent: list[str] = []
    app.send_to_terminal = sent.append  # type: ignore[method-assign, assignment]

    def last() -> str:
        found = re.search(r"\x1b\]52;c;([A-Za-z0-9+/=]+)", sent[-1])
        assert found is not None
        return base64.b64decode(found[1]).decode()

    return last


async def reboot(pilot: Pilot[None]) -> None:
    """Restart the second instance."""
    await press(pilot, "down", "o", "down", "down", "down", "enter", "right", "enter")


async def test_every_request_is_there_newest_first_with_what_came_of_it() -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "L")
        assert isinstance(app.screen, Requests)
        shown = lines(app)
        assert len(shown) == len(list(app.explorer.session.requests))  # type: ignore[union-attr]
        assert {line.split()[-1] for line in shown[1:]} == {"/services/connections", f"/services/{INSTANCES}"}
        assert re.match(r"\d\d:\d\d:\d\d GET +200 +[\d.]+ \w+ +\d+ ms +/environments", shown[0])
        await press(pilot, "r", "escape")  # a repeated one is a request, too
        assert len(lines(app)) == len(shown) + 1


async def test_a_failed_request_is_told_with_its_reason() -> None:
    cloud = OddCloud({"/services/svc/env/instances": failure(403, 403, "You may not.")})
    app = odd(cloud)
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "L")
        assert " 403 " in lines(app)[0]


async def test_filter_narrows_and_escape_goes_one_step_back() -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "L")
        every = lines(app)
        await pilot.press("slash", *"environments")  # at once: no letter is a command
        await settle(pilot)
        assert [line.split()[-1] for line in lines(app)] == ["/environments"]
        await press(pilot, "enter", "enter")
        assert any(line.startswith("URL") and line.endswith("/environments") for line in lines(app))
        await press(pilot, "escape", "escape")
        assert lines(app) == every
        await press(pilot, "slash", *"zzz")
        assert lines(app) == ["No request matches /zzz"]
        await press(pilot, "escape", "escape")
        assert app.screen is app.explorer


async def test_a_request_is_copied_as_curl_without_the_key() -> None:
    app = odd(OddCloud({"/services/svc/env/instances": [{"id": "a b", "name": "x"}]}))
    last = copied(app)
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "L", "slash", *"instances", "enter", "y")
        assert last() == (
            'curl -sS http://odd.invalid/v1/services/svc/env/instances -H "MC-Api-Key: $CLOUDMC_API_KEY"'
        )
        await press(pilot, "enter")
        assert KEY not in "\n".join(lines(app))


async def test_a_change_is_copied_whole_and_not_repeated() -> None:
    app = demo_app(INSTANCES)
    last = copied(app)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await reboot(pilot)
        await press(pilot, "L", "slash", *"post", "enter")
        assert len(lines(app)) == 1
        await press(pilot, "y")
        assert last().startswith(
            "curl -sS -X POST 'http://demo.invalid/v1/services/compute-qc/production/inst"
        )
        assert "operation=reboot" in last()
        await press(pilot, "r")
        assert app.message.startswith("Only a GET is repeated")
        assert len([r for r in app.explorer.session.requests if r.method == "POST"]) == 1  # type: ignore[union-attr]


async def test_a_repeated_get_shows_its_reply_without_secrets() -> None:
    app = demo_app("compute-qc/production/sitetositevpns")
    async with app.run_test(size=(120, 60)) as pilot:
        await settle(pilot)
        details = app.explorer.details_here()
        assert details is not None
        await press(pilot, "L", "slash", *"sitetositevpns", "enter", "r")
        shown = "\n".join(lines(app))
        assert details.entity["name"] in shown
        assert details.entity["ipSecPsk"] not in shown


async def test_a_repeated_get_that_fails_says_why() -> None:
    cloud = OddCloud({"/services/svc/env/instances": []})
    app = odd(cloud)
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        cloud.answers["/services/svc/env/instances"] = failure(403, 403, "You may not any more.")
        await press(pilot, "L", "slash", *"instances", "enter", "r")
        assert "You may not any more." in "\n".join(lines(app))


async def test_the_changes_are_shown_as_a_script() -> None:
    app = demo_app(INSTANCES)
    last = copied(app)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "L", "s")
        assert lines(app)[-1] == "# nothing was changed in this session"
        await press(pilot, "escape", "escape")
        await reboot(pilot)
        await press(pilot, "L", "s", "y")
        script = last().splitlines()
        assert script[0] == "#!/bin/sh"
        assert re.fullmatch(
            r"cloudmc-tui run compute-qc/production/instances/\S+ reboot --yes --wait", script[-1]
        )


async def test_memory_is_bounded_and_the_newest_are_kept() -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        session = app.explorer.session
        assert session is not None
        record = list(session.requests)[-1]
        limit = RequestLog()._records.maxlen
        assert limit is not None
        for _ in range(limit + 10):
            session.requests(record)
        await press(pilot, "L")
        assert len(lines(app)) <= limit
        assert f"Requests · {limit}" in str(app.screen.query_one("#requests").border_title)


async def test_it_tells_its_keys() -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "L")
        assert "/ filter" in app.screen.query_one("#requests-keys", Bar).text
