"""The operation panel: what is offered, and forms that lose nothing."""

from __future__ import annotations

import contextlib
import re
import shlex
import sys
from pathlib import Path as FilePath
from typing import Any

import pytest
from textual import events
from textual.widgets import Input, TextArea

from cloudmc_tui.profiles import Mode
from cloudmc_tui.tui.app import ExplorerApp
from cloudmc_tui.tui.screens.editor import Editor
from cloudmc_tui.tui.screens.picker import Picker
from cloudmc_tui.tui.widgets.bar import Bar
from tests.odd_cloud import HOSTILE, failure, reply
from tests.task_cloud import INSTANCE, WEB_URL, Cloud, accepted, quick_pace
from tests.tui.operating import Stage, as_json, odd, sent, simulated
from tests.tui.test_explorer import text_of


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_pace(monkeypatch)
    for name in ("EDITOR", "VISUAL"):
        monkeypatch.delenv(name, raising=False)


async def on_instance(stage: Stage, name: str) -> None:
    """Put the list's cursor on an instance."""
    titles = [e["name"] for e in stage.screen.list_pane.entities]
    stage.screen.list_pane.move_to(titles.index(name))
    await stage.pilot.pause()


# What is offered


async def test_what_cannot_be_done_now_is_greyed_with_its_reason_and_does_nothing() -> None:
    async with simulated() as (cloud, stage):
        await on_instance(stage, "web-01")
        await stage.press("o")
        assert "Operations · web-01" in stage.text
        assert "needs Stopped, is Running" in stage.offer("start")
        assert "needs Destroyed, is Running" in stage.offer("purge")
        assert "needs" not in stage.offer("stop")
        operations = stage.screen.panel.operations
        styles = {o.name: dict(operations.row_pieces(n, 100))[f"{o.operation.label:28}"]
                  for n, o in enumerate(operations.offered)}  # fmt: skip
        assert (styles["start"], styles["stop"]) == ("line--muted", "")
        await stage.choose("start")
        assert "Start is not possible: needs Stopped, is Running." in stage.footer
        assert not stage.screen.panel.shows_form
        assert not stage.planning()
        assert sent(cloud) == []


async def test_danger_is_marked_and_not_by_colour_alone() -> None:
    async with simulated() as (_, stage):
        await on_instance(stage, "web-01")
        await stage.press("o")
        marks = {name: stage.offer(name).split()[0] for name in ("stop", "delete", "update")}
        assert marks == {"stop": "▲", "delete": "✖", "update": "Update"}


async def test_the_panel_of_a_type_offers_what_creates_and_that_of_several_what_all_can() -> None:
    async with simulated() as (_, stage):
        await stage.press("1", "o")
        assert [o.name for o in stage.screen.panel.operations.offered] == ["create", "acquireBareMetal"]
        await stage.press("escape", "2")
        for name in ("web-01", "web-02"):
            await on_instance(stage, name)
            await stage.press("space")
        await stage.press("o")
        assert "Operations · 2 instances (2 targets)" in stage.text
        assert "create" not in [o.name for o in stage.screen.panel.operations.offered]
        assert "needs Stopped, is Running" in stage.offer("start")


async def test_keys_for_new_update_and_delete_go_straight_on() -> None:
    async with simulated() as (cloud, stage):
        await on_instance(stage, "web-01")
        await stage.press("n")
        assert "Create · a new instance" in stage.text
        await stage.press("escape", "escape", "e")
        assert "Update · web-01" in stage.text
        assert stage.screen.panel.form_pane.form is not None
        assert stage.screen.panel.form_pane.form.value("name") == "web-01"
        await stage.press("escape", "escape", "D")
        assert "Delete · web-01" in stage.text
        assert sent(cloud) == []


async def test_what_cannot_be_created_is_said() -> None:
    async with simulated("zones") as (cloud, stage):
        for key, said in (("n", "created"), ("e", "updated"), ("D", "deleted")):
            await stage.press(key)
            assert f"Zones cannot be {said}." in stage.footer
        await stage.press("o")
        assert "Nothing can be done with zones." in stage.text
        assert sent(cloud) == []


async def test_a_read_only_profile_says_so_and_sends_nothing() -> None:
    async with simulated(mode=Mode.READ_ONLY) as (cloud, stage):
        await on_instance(stage, "web-01")
        await stage.press("o")
        lines = [line for line in text_of(stage.screen.panel.operations) if line]
        assert lines
        assert all("read-only" in line for line in lines)
        await stage.choose("stop")
        assert "Stop is not possible: this profile is read-only" in stage.footer
        for key in ("n", "e", "D"):
            await stage.press("escape", key)
            assert "read-only" in stage.footer
            assert not stage.screen.panel.shows_form
        assert sent(cloud) == []


async def test_what_is_offered_follows_the_target_as_it_is_now() -> None:
    cloud = Cloud()
    async with odd(cloud) as stage:
        cloud.answers[WEB_URL] = {**INSTANCE, "state": "Stopped"}
        await stage.press("o")
        assert "needs Running, is Stopped" in stage.offer("stop")
        assert "needs" not in stage.offer("start")


async def test_names_from_the_cloud_are_text() -> None:
    rows = [{**INSTANCE, "id": f"i{n}", "name": name} for n, name in enumerate(HOSTILE)]
    cloud = Cloud()
    cloud.answers["/services/svc/env/instances"] = rows
    cloud.answers |= {f"/services/svc/env/instances/{row['id']}": row for row in rows}
    async with odd(cloud) as stage:
        for n in range(len(rows)):
            stage.screen.list_pane.move_to(n)
            await stage.operate("reboot")
            assert stage.planning()
            assert not OBEYED.search(stage.text)
            await stage.press("escape")
            await stage.choose("update")
            assert not OBEYED.search(stage.text)
            await stage.press("escape", "escape")
    assert cloud.sent == []


OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")
"""What a terminal would obey."""


# Nothing typed is ever lost


async def test_a_form_that_is_left_keeps_what_was_typed() -> None:
    async with simulated() as (cloud, stage):
        await stage.press("n")
        await stage.type("name", "essai-01")
        await stage.pick("templateId", "Debian 12")
        await stage.press("escape", "escape")
        assert not stage.screen.panel.display
        await stage.press("n")
        assert "essai-01" in await stage.go_to("name")
        assert "Debian 12" in await stage.go_to("templateId")
        assert sent(cloud) == []


async def test_a_form_keeps_what_was_typed_when_its_target_is_read_again() -> None:
    """Details have more than a listing's row, and a state may change while one types."""
    cloud = Cloud()
    async with odd(cloud) as stage:
        await stage.press("e")
        await stage.type("hostname", "typed-before")
        cloud.answers[WEB_URL] = {**INSTANCE, "state": "Stopped", "nics": [], "hostname": "of-the-server"}
        await stage.press("escape", "escape", "o")
        await stage.choose("update")
        assert "typed-before" in await stage.go_to("hostname")
        await stage.press("f10")
        assert as_json(str(stage.plan.plan.fields).replace("'", '"')) == {"hostname": "typed-before"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda: failure(400, 2012, "The name is taken"), "code 2012: The name is taken"),
        (
            lambda: failure(400, 2022, "The quota of instances is used up"),
            "The quota of instances is used up",
        ),
        (lambda: failure(403, 403, "You may not do that"), "You may not do that"),
        (lambda: failure(404, 404, "There is no such instance"), "There is no such instance"),
        (lambda: failure(500, 500, "Something broke"), "Something broke"),
    ],
    ids=["code", "quota", "403", "404", "500"],
)
async def test_a_request_that_fails_says_why_and_the_form_stays(answer: Any, said: str) -> None:
    cloud = Cloud(answer)
    async with odd(cloud) as stage:
        await stage.press("e")
        await stage.type("name", "web-99")
        await stage.press("f10", "enter")
        assert said in stage.message
        assert stage.planning(), "the plan stays"
        await stage.press("escape")
        assert stage.screen.panel.shows_form, "and so does the form"
        assert "web-99" in await stage.go_to("name")
        cloud.mutation = accepted("t1")
        await stage.press("f10", "enter")
        assert not stage.planning()
        assert [s.body for s in cloud.sent] == [{"name": "web-99"}] * 2


async def test_a_form_that_was_sent_starts_anew() -> None:
    async with odd(Cloud(accepted("t1"))) as stage:
        await stage.press("e")
        await stage.type("name", "web-99")
        await stage.press("f10", "enter")
        await stage.press("e")
        assert "web-01" in await stage.go_to("name")


# What is wrong


async def test_what_is_wrong_is_said_beside_its_field_as_one_types() -> None:
    async with simulated() as (cloud, stage):
        await stage.press("n")
        assert "◂" not in "\n".join(text_of(stage.form)), "nothing is wrong before one has begun"
        await stage.type("ipAddress", "10.0.0")
        assert "◂ is not an IP address, such as 10.0.0.12" in await stage.go_to("ipAddress")
        await stage.pilot.press(*".9")
        await stage.pilot.pause()
        assert "◂" not in await stage.go_to("ipAddress")
        await stage.type("ipAddress", "10.0.0")
        await stage.press("f10")
        assert "Nothing was sent: 5 fields need attention." in stage.footer
        assert stage.form.slot is not None and stage.form.slot.key == "name", "on the first of them"
        wrong = [line for line in text_of(stage.form) if "◂ is required" in line]
        assert len(wrong) == 4
        assert not stage.planning()
        assert sent(cloud) == []


async def test_an_update_without_a_change_is_said_and_not_sent() -> None:
    async with simulated() as (cloud, stage):
        await on_instance(stage, "web-01")
        await stage.press("e", "f10")
        assert "nothing is changed yet" in stage.footer
        await stage.type("name", "web-1")
        await stage.press("f10")
        assert as_json(str(dict(stage.plan.plan.fields)).replace("'", '"')) == {"name": "web-1"}
        assert sent(cloud) == []


async def test_required_fields_are_marked() -> None:
    async with simulated() as (_, stage):
        await stage.press("n")
        assert (await stage.go_to("name")).lstrip().startswith("*")
        assert not (await stage.go_to("ipAddress")).lstrip().startswith("*")


# Fields by their types


async def test_conditional_fields_come_and_go_with_what_they_depend_on() -> None:
    async with simulated() as (_, stage):
        await stage.press("n")
        assert "cpuCount" not in [s.key for s in stage.form.shown]
        offerings = stage.session.inventory
        await stage.go_to("computeOfferingId")
        await stage.press("enter")
        listing = offerings.peek(stage.screen.history.place.path.parent.child("computeofferings"))
        assert listing is not None
        names = {bool(e["custom"]): e["name"] for e in listing.entities}
        assert set(stage.choices) == {e["name"] for e in listing.entities}
        await stage.press("escape")
        await stage.pick("computeOfferingId", names[True])
        assert [s.key for s in stage.form.shown][10:12] == ["cpuCount", "memoryInMB"]
        help_line = stage.screen.query_one("#form-help", Bar)
        await stage.go_to("cpuCount")
        assert "one of" in help_line.text
        await stage.type("cpuCount", "99")
        assert "◂ is one of" in await stage.go_to("cpuCount")
        await stage.pick("computeOfferingId", names[False])
        assert "cpuCount" not in [s.key for s in stage.form.shown]


async def test_a_picker_offers_only_what_fits_what_else_was_chosen() -> None:
    async with simulated("networks") as (cloud, stage):
        vpcs = await cloud.all("vpcs")
        acls = await cloud.all("networkacls")
        tier = await cloud.one("networkofferings", vpcOnly=True)
        assert len(vpcs) > 1
        for vpc in vpcs:
            await stage.press("n")
            await stage.pick("networkOfferingId", tier["name"])
            await stage.pick("vpcId", vpc["name"])
            await stage.go_to("networkAclId")
            await stage.press("enter")
            fitting = {a["name"] for a in acls if a.get("vpcId") in (None, vpc["id"])}
            assert set(stage.choices) == fitting
            await stage.press("escape", "escape", "escape")


async def test_a_picker_with_nothing_to_pick_says_so_and_the_form_stays() -> None:
    cloud = Cloud()
    cloud.answers["/services/svc/env/sshkeys"] = []
    cloud.answers["/services/svc/env/isos"] = [{"id": "iso", "name": "boots", "bootable": True}]
    async with odd(cloud) as stage:
        await stage.operate("associateSSHKey")
        await stage.press("enter")
        assert "No SSH key to choose: there are none." in stage.footer
        assert stage.screen.panel.shows_form
        await stage.press("escape")
        await stage.choose("attachIso")
        await stage.press("enter")
        assert "No ISO to choose: none of the 1 ISO fits what is chosen." in stage.footer


async def test_a_picker_whose_listing_cannot_be_read_says_why_and_the_form_stays() -> None:
    cloud = Cloud()
    cloud.answers["/services/svc/env/sshkeys"] = failure(403, 403, "You may not see keys")
    async with odd(cloud) as stage:
        await stage.operate("associateSSHKey")
        await stage.press("enter")
        assert "You may not see keys" in stage.footer
        assert stage.screen.panel.shows_form


async def test_a_name_is_shown_and_the_id_is_sent() -> None:
    cloud = Cloud(reply({}))
    cloud.answers["/services/svc/env/networks"] = [{"id": "n-17", "name": "front"}]
    async with odd(cloud) as stage:
        await stage.operate("changeNetwork")
        await stage.pick("networkId", "front")
        assert "front" in await stage.go_to("networkId")
        await stage.press("f10")
        assert '"networkId": "n-17"  front' in stage.text, "the plan tells which network that is"
        await stage.press("right", "enter")
        assert [s.body for s in cloud.sent] == [{"networkId": "n-17"}]


async def test_several_are_picked_with_tab() -> None:
    async with simulated("affinitygroups") as (cloud, stage):
        await stage.press("n")
        await stage.type("name", "ensemble")
        await stage.go_to("instanceIds")
        await stage.press("enter")
        labels = stage.choices[:3]
        await stage.pilot.press("tab", "tab")
        await stage.press("enter")
        line = await stage.go_to("instanceIds")
        assert labels[0] in line and labels[1] in line and labels[2] not in line
        await stage.press("enter")
        await stage.pilot.press("tab")  # unmarks the first
        await stage.press("enter")
        assert labels[0] not in await stage.go_to("instanceIds")
        form = stage.screen.panel.form_pane.form
        assert form is not None
        (chosen,) = form.as_list("instanceIds")
        assert (await cloud.get("instances", chosen))["name"] == labels[1]


async def test_a_yes_or_no_is_toggled_and_a_choice_stepped_through() -> None:
    async with simulated("networkaclrules") as (_, stage):
        await stage.press("n")
        form = stage.screen.panel.form_pane.form
        assert form is not None
        await stage.go_to("protocol")
        seen = []
        for _ in range(5):
            seen.append(form.value("protocol"))
            await stage.press("space")
        assert seen == ["TCP", "UDP", "ICMP", "ALL", "TCP"]
        await stage.press("space")  # ICMP
        shown = [s.key for s in stage.form.shown]
        assert "icmpType" in shown and "startPort" not in shown
        await stage.press("delete")
        assert form.value("protocol") is None


async def test_a_boolean_is_toggled_with_space_and_with_enter() -> None:
    async with simulated() as (_, stage):
        await on_instance(stage, "web-01")
        await stage.operate("stop")
        assert "no" in (await stage.go_to("forceStop")).split()
        await stage.press("space")
        assert "yes" in (await stage.go_to("forceStop")).split()
        await stage.press("enter")
        assert "no" in (await stage.go_to("forceStop")).split()


async def test_a_secret_is_not_shown_while_it_is_typed() -> None:
    async with simulated("vpnusers") as (_, stage):
        await stage.press("n")
        await stage.type("password", "sentinel-typed")
        assert "sentinel-typed" not in stage.text
        await stage.go_to("username")
        assert "sentinel-typed" not in stage.text
        await stage.type("username", "ada")
        await stage.press("f10")
        assert "sentinel-typed" not in stage.text
        assert "<password>" in stage.text
        await stage.press("escape", "f4")
        assert "sentinel-typed" not in stage.text, "nor in the body as JSON"


async def test_tab_and_arrows_go_from_field_to_field_and_enter_to_the_plan() -> None:
    async with simulated("vpnusers") as (_, stage):
        await stage.press("n")
        await stage.pilot.press(*"ada", "tab", *"pass-word-1", "enter")
        await stage.press("enter")
        assert stage.plan.plan.fields == {"username": "ada", "password": "pass-word-1"}
        await stage.press("escape", "up", "up")
        assert stage.form.slot is not None and stage.form.slot.key == "username"
        await stage.press("shift+tab")
        assert stage.form.slot.key == "username"


async def test_what_is_typed_at_once_with_a_tab_goes_to_the_field_that_it_led_to() -> None:
    async with simulated("vpnusers") as (_, stage):
        await stage.press("n")
        for key in (*"ada", "tab", *"pass-word-1"):
            stage.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await stage.until(
            lambda: stage.form.form is not None and stage.form.form.value("password") is not None
        )
        await stage.press("ctrl+s")
        assert stage.plan.plan.fields == {"username": "ada", "password": "pass-word-1"}


# Texts of several lines, and bodies as JSON


async def test_a_text_of_several_lines_is_edited_on_a_screen_of_its_own() -> None:
    async with simulated() as (_, stage):
        await stage.press("n")
        await stage.go_to("userData")
        await stage.press("enter")
        assert isinstance(stage.app.screen, Editor)
        await stage.pilot.press(*"#!/bin/sh", "enter", *"reboot")
        await stage.press("ctrl+s")
        form = stage.screen.panel.form_pane.form
        assert form is not None and form.value("userData") == "#!/bin/sh\nreboot"
        assert "#!/bin/sh\\nreboot" in await stage.go_to("userData")
        await stage.press("enter")
        await stage.pilot.press(*"more")
        await stage.press("escape")
        assert form.value("userData") == "#!/bin/sh\nreboot", "left as it was"


async def test_the_body_as_json_starts_from_the_form_and_says_what_it_cannot() -> None:
    cloud = Cloud(reply({}))
    async with odd(cloud) as stage:
        await stage.press("e")
        await stage.type("name", "web-99")
        await stage.press("f4")
        area = stage.app.screen.query_one(TextArea)
        assert as_json(area.text)["name"] == "web-99"
        area.text = "{"
        await stage.press("ctrl+s", "f10")
        assert "the body is not JSON" in stage.footer
        await stage.press("f4")
        assert stage.app.screen.query_one(TextArea).text == "{", "nothing typed is lost"
        stage.app.screen.query_one(TextArea).text = '{"name": "web-98", "tags": [1, {"a": null}]}'
        await stage.press("ctrl+s", "f10", "enter")
        assert [s.body for s in cloud.sent] == [{"name": "web-98", "tags": [1, {"a": None}]}]


async def test_an_empty_body_leads_back_to_the_form() -> None:
    async with odd(Cloud()) as stage:
        await stage.press("e")
        await stage.type("name", "web-99")
        await stage.press("f4")
        stage.app.screen.query_one(TextArea).text = ""
        await stage.press("ctrl+s", "f10")
        assert stage.plan.plan.fields == {"name": "web-99"}


EDITOR = """\
import pathlib, sys
file = pathlib.Path(sys.argv[-1])
assert file.stat().st_mode & 0o077 == 0
before = file.read_text("utf-8")
file.write_text({text!r}.replace("BEFORE", before), "utf-8")
sys.exit({status})
"""


@pytest.fixture
def use_editor(monkeypatch: pytest.MonkeyPatch, tmp_path: FilePath) -> Any:
    """Let ``$EDITOR`` be a program that writes a text and ends with a status."""

    def use(text: str, status: int = 0) -> None:
        script = tmp_path / "an editor.py"
        script.write_text(EDITOR.format(text=text, status=status), "utf-8")
        monkeypatch.setenv("EDITOR", f"{shlex.quote(sys.executable)} {shlex.quote(str(script))}")
        monkeypatch.setattr(ExplorerApp, "can_suspend", True)
        monkeypatch.setattr(ExplorerApp, "suspend", lambda self: contextlib.nullcontext())

    return use


async def test_an_editor_of_ones_own_is_used_where_there_is_one(use_editor: Any) -> None:
    async with simulated() as (_, stage):
        await stage.press("n")
        await stage.go_to("userData")
        form = stage.screen.panel.form_pane.form
        assert form is not None
        use_editor("#!/bin/sh\nécho\n")
        await stage.press("enter")
        assert form.value("userData") == "#!/bin/sh\nécho"
        use_editor("BEFORE and more")
        await stage.press("enter")
        assert form.value("userData") == "#!/bin/sh\nécho and more"
        use_editor("lost", status=1)
        await stage.press("enter")
        assert form.value("userData") == "#!/bin/sh\nécho and more"
        assert "ended with status 1: nothing is changed." in stage.footer


async def test_an_editor_that_is_not_there_is_said(use_editor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with simulated() as (_, stage):
        await stage.press("n")
        await stage.go_to("userData")
        use_editor("")
        monkeypatch.setenv("EDITOR", "/no/such/editor")
        await stage.press("enter")
        assert "/no/such/editor could not be started: No such file or directory." in stage.footer
        assert not isinstance(stage.app.screen, (Editor, Picker))


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (99, 30), (200, 60)])
async def test_a_form_can_be_used_at_every_size(size: tuple[int, int]) -> None:
    async with simulated(size=size) as (_, stage):
        await stage.press("n")
        for key in ("name", "userData", "ipAddress"):
            line = await stage.go_to(key)
            assert stage.form.slot is not None and stage.form.slot.key == key
            assert stage.form.slot.field.label[:10] in line
        await stage.pilot.press(*"10.0.0.77")
        editor = stage.screen.query_one("#form-input", Input)
        assert editor.display and editor.value == "10.0.0.77"
        assert editor.region.width >= 10
        assert editor.region.y == stage.form.region.y + stage.form.cursor - stage.form.scroll_offset.y
        await stage.press("f10")
        assert "need attention" in stage.footer
