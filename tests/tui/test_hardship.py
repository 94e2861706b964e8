"""The explorer when the cloud, the network or the data misbehave."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from starlette.responses import Response
from textual.screen import Screen

from cloudmc_tui.path import Path
from cloudmc_tui.profiles import Ask, Profile
from cloudmc_tui.profiles.keys import KeyUnavailable
from cloudmc_tui.session import Session
from cloudmc_tui.tui.app import ExplorerApp
from cloudmc_tui.tui.screens.find import Find
from cloudmc_tui.tui.screens.profiles import Profiles
from cloudmc_tui.tui.screens.requests import Requests
from tests.demo import explorer, settle
from tests.odd_cloud import ENVIRONMENT, HOSTILE, KEY, SERVICE, OddCloud, failure, profile, reply
from tests.tui.test_explorer import screen_text, text_of

INSTANCES = "/services/svc/env/instances"
SIZE = (120, 40)

ONE = [{"id": "i1", "name": "web-01", "state": "Running"}, {"id": "i2", "name": "web-02", "state": "Stopped"}]


def odd_app(cloud: OddCloud, path: str = "svc/env/instances") -> ExplorerApp:
    async def open_session(_profile: Profile, _ask: Ask) -> Session:
        return await cloud.session()

    return ExplorerApp(
        profile(), open_session, start=Path.parse(path), clock=lambda: 1_781_515_800.0, environ={}
    )


async def test_a_failed_refresh_keeps_the_last_good_rows_and_says_so() -> None:
    cloud = OddCloud({INSTANCES: ONE})
    app = odd_app(cloud)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        cloud.answers[INSTANCES] = failure(500, 500, "boom")
        await pilot.press("down", "r")
        await settle(pilot)
        shown = screen_text(pilot)
        assert "web-02" in shown
        assert "stale" in shown
        assert "Not renewed:" in app.message and "boom" in app.message and INSTANCES in app.message
        app.say("")
        await pilot.press("r")
        await settle(pilot)
        assert not app.message, "the same is not said over and over, as by an automatic refresh"
        assert explorer(pilot).list_pane.cursor == 1
        cloud.answers[INSTANCES] = ONE
        await pilot.press("r")
        await settle(pilot)
        assert "stale" not in screen_text(pilot)


async def test_a_refresh_keeps_the_cursor_on_its_entity_when_rows_come_and_go() -> None:
    cloud = OddCloud({INSTANCES: ONE})
    app = odd_app(cloud)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("down")
        cloud.answers[INSTANCES] = [{"id": f"n{n}", "name": f"new-{n}"} for n in range(5)] + ONE
        await pilot.press("r")
        await settle(pilot)
        assert explorer(pilot).list_pane.path == Path.parse("svc/env/instances/i2")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda: failure(403, 403, "You may not see instances"), "You may not see instances"),
        (lambda: failure(401, 401, "Bad key"), "key"),
        (lambda: failure(404, 404, "No such type"), "No such type"),
        (lambda: Response("<html><body>Bad gateway</body></html>", 502, media_type="text/html"), "502"),
        (lambda: Response('{"data": [', media_type="application/json"), "JSON"),
    ],
)
async def test_a_listing_that_cannot_be_read_says_why_in_its_pane(answer: Any, said: str) -> None:
    cloud = OddCloud({INSTANCES: answer})
    app = odd_app(cloud)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert said in "\n".join(text_of(explorer(pilot).list_pane))
        assert KEY not in screen_text(pilot)
        assert any(
            line.split() == ["▸", "Instances", "unread"] for line in text_of(explorer(pilot).tree_pane)
        )


async def test_a_refused_key_says_so_and_enter_on_the_tree_tries_again() -> None:
    cloud = OddCloud({"/services/connections": failure(401, 401, "Unauthorized")})
    app = odd_app(cloud)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert "key" in "\n".join(text_of(explorer(pilot).list_pane))
        cloud.answers["/services/connections"] = [SERVICE]
        await pilot.press("enter")  # the tree has the focus: nothing else could be read
        await settle(pilot)
        assert "Service" in "\n".join(text_of(explorer(pilot).tree_pane))


async def test_an_empty_listing_says_what_to_do() -> None:
    app = odd_app(OddCloud({INSTANCES: []}))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        shown = "\n".join(text_of(explorer(pilot).list_pane))
        assert "There are no instances here." in shown
        assert "r reads again" in shown


@pytest.mark.parametrize(
    ("data", "note"),
    [
        ([None, None], "null"),
        ("a string", "instead of a list"),
        ({"id": "lone"}, "instead of a list"),
        ([{"name": "nameless"}, {"id": "i1", "name": "whole"}], "has no id"),
        ([1, "two", ["three"], {"id": "i1", "name": "whole"}], "set aside"),
    ],
)
async def test_an_odd_listing_is_shown_as_far_as_it_goes_with_a_note(data: Any, note: str) -> None:
    app = odd_app(OddCloud({INSTANCES: reply(data)}))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        shown = screen_text(pilot)
        assert note in shown
        if isinstance(data, list) and isinstance(data[-1], dict):
            assert "whole" in shown
        await pilot.press("enter")
        await settle(pilot)


async def test_hostile_names_are_shown_as_text_everywhere() -> None:
    rows = [{"id": f"i{n}", "name": name, "state": name, "hostname": name} for n, name in enumerate(HOSTILE)]
    answers: dict[str, Any] = {INSTANCES: rows}
    for row in rows:
        answers[f"{INSTANCES}/{row['id']}"] = row
    answers["/services/connections"] = [{**SERVICE, "name": HOSTILE[0]}]
    answers["/environments"] = [
        {**ENVIRONMENT, "description": HOSTILE[3], "organization": {"id": "o", "name": HOSTILE[1]}}
    ]
    app = odd_app(OddCloud(answers))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        for n in range(len(rows)):
            await pilot.press("2", "home", *["down"] * n, "enter")
            await settle(pilot)
            for key in ("J", "d", "1", "f1", "escape"):
                await pilot.press(key)
                shown = screen_text(pilot)
                assert not set(shown.replace("\n", "")) & {
                    *map(chr, range(32)),
                    "\x7f",
                    "\x9b",
                    "\u202e",
                    "\u202c",
                }
        assert "[bold red]markup[/]" in screen_text(pilot)
        assert "\\x1b[2J" in screen_text(pilot)


async def test_an_unknown_entity_type_is_listed_with_columns_from_its_data() -> None:
    cloud = OddCloud(
        {"/services/svc/env/widgets": [{"uuid": "w1", "name": "gear", "state": "Turning", "teeth": 12}]}
    )
    app = odd_app(cloud, "svc/env/widgets")
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        lines = text_of(explorer(pilot).list_pane)
        assert lines[0].split() == ["Name", "State", "Uuid", "Teeth"]
        assert lines[1].split() == ["gear", "?", "Turning", "w1", "12"]


async def test_a_service_of_an_unknown_type_says_how_to_go_on() -> None:
    app = odd_app(OddCloud({"/services/connections": [{**SERVICE, "type": "novel"}]}), "svc/env")
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert "by its path" in "\n".join(text_of(explorer(pilot).list_pane))


async def test_secrets_are_masked_until_asked_for_and_again_on_the_next_entity() -> None:
    path = "/services/svc/env/remoteaccessvpns"
    rows = [
        {"id": f"v{n}", "publicIpAddress": f"192.0.2.{n}", "presharedKey": f"psk-secret-{n}"} for n in (1, 2)
    ]
    cloud = OddCloud({path: rows, f"{path}/v1": rows[0], f"{path}/v2": rows[1]})
    app = odd_app(cloud, "svc/env/remoteaccessvpns")
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        for key in ("d", "J"):
            await pilot.press(key)
            assert "psk-secret" not in screen_text(pilot)
        texts = [each.text for each in explorer(pilot).entity_pane.copy_offers()]
        assert not any("psk-secret" in text for text in texts)
        await pilot.press("V")
        await pilot.pause()
        assert "psk-secret-1" in screen_text(pilot)
        await pilot.press("2", "down", "enter")
        await settle(pilot)
        assert "psk-secret" not in screen_text(pilot)


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (timedelta(hours=3), "the server's clock is 3 hours ahead of this machine's"),
        (timedelta(minutes=-20), "the server's clock is 20 minutes behind this machine's"),
        (timedelta(minutes=1), ""),
    ],
)
async def test_a_server_whose_clock_is_off_is_noticed_when_the_explorer_opens(
    ahead: timedelta, said: str
) -> None:
    def services() -> Response:
        answer = reply([SERVICE])
        answer.headers["Date"] = format_datetime(datetime.now(timezone.utc) + ahead, usegmt=True)
        return answer

    app = odd_app(OddCloud({"/services/connections": services, INSTANCES: ONE}))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert app.message == said
        assert (said in screen_text(pilot)) and "web-02" in screen_text(pilot)
        assert app.problems == ([said] if said else []), "kept among the problems after the footer is gone"


async def test_a_crash_shows_no_locals(capsys: pytest.CaptureFixture[str]) -> None:
    cloud = OddCloud({INSTANCES: ONE})
    app = odd_app(cloud)

    def burst() -> None:
        secret_local = KEY
        raise RuntimeError(f"burst {len(secret_local)}")

    with pytest.raises(RuntimeError, match="burst"):
        async with app.run_test(size=SIZE) as pilot:
            await settle(pilot)
            app.call_later(burst)
            await settle(pilot)
    captured = capsys.readouterr()
    assert "burst" in captured.err
    assert KEY not in captured.err + captured.out
    assert msgspec.json.encode(KEY).decode() not in captured.err


async def test_without_a_connection_it_says_so_and_tries_again_when_told() -> None:
    cloud = OddCloud({INSTANCES: ONE})
    refusals = [KeyUnavailable("no key for the profile 'odd': the environment variable K is not set")]

    async def open_it(_profile: Profile, _ask: Ask) -> Session:
        if refusals:
            raise refusals.pop()
        return await cloud.session()

    app = ExplorerApp(profile(), open_it, start=Path.parse("svc/env/instances"), environ={})
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        shown = screen_text(pilot)
        assert "not connected" in shown and "connecting" not in shown
        assert "the environment variable K is not set" in shown and "enter tries again" in shown
        await pilot.press("enter")
        await settle(pilot)
        shown = screen_text(pilot)
        assert "web-02" in shown and "not connected" not in shown


async def test_a_profile_without_a_key_that_is_gone_to_says_so_in_every_pane() -> None:
    cloud = OddCloud({INSTANCES: ONE})

    async def open_session(chosen: Profile, _ask: Ask) -> Session:
        if chosen.name == "bare":
            raise KeyUnavailable("the environment variable K is not set")
        return await cloud.session()

    app = ExplorerApp(profile(), open_session, clock=lambda: 1_781_515_800.0, environ={})
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        app.connections.switch(replace(profile(), name="bare"))
        await settle(pilot)
        shown = screen_text(pilot)
        assert "the environment variable K is not set" in shown
        assert "not connected" in shown and "connecting" not in shown


async def test_a_connection_that_fails_once_another_profile_was_gone_to_is_not_told_there() -> None:
    cloud = OddCloud({INSTANCES: ONE})
    refused = asyncio.Event()

    async def open_session(chosen: Profile, _ask: Ask) -> Session:
        if chosen.name == "slow":
            await refused.wait()
            raise KeyUnavailable("the slow one has no key")
        return await cloud.session()

    app = ExplorerApp(
        replace(profile(), name="slow"), open_session, clock=lambda: 1_781_515_800.0, environ={}
    )
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.connections.switch(profile())
        refused.set()
        await settle(pilot)
        shown = screen_text(pilot)
        assert "the slow one" not in shown and "Service" in shown


@pytest.mark.parametrize(
    ("key", "kind", "late"), [("f", Find, "_again"), ("P", Profiles, "_reload"), ("L", Requests, "_look")]
)
async def test_what_comes_late_to_a_window_that_was_left_does_not_end_the_program(
    key: str, kind: type[Screen[Any]], late: str
) -> None:
    # Its widgets are gone before its timers and what it reads in the background are dropped.
    async with odd_app(OddCloud({INSTANCES: ONE})).run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press(key)
        await settle(pilot)
        window = pilot.app.screen
        assert isinstance(window, kind)
        await pilot.press("escape")
        await settle(pilot)
        await pilot.press("r")  # with a request that the list of them has not seen
        await settle(pilot)
        assert pilot.app.screen is explorer(pilot)
        getattr(window, late)()
