"""``cloudmc-tui ls``: every level, every form, filtered, sorted, with chosen columns."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from cloudmc_tui.api.large import LARGE
from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.formats.text import visible
from tests.cli.conftest import Command, Connect
from tests.odd_cloud import HOSTILE, OddCloud

INSTANCES = "compute-qc/production/instances"
ODD = "svc/env/instances"
ODD_LIST = "/services/svc/env/instances"


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("path", "heading", "first"),
    [
        ("", "NAME CODE TYPE REACHABLE", "compute-qc"),
        ("compute-qc", "NAME DESCRIPTION ORGANIZATION AGE", "production"),
        ("compute-qc/production", "ENTITY TYPE COUNT GROUP PATH NAME", "instances"),
        (INSTANCES, "NAME STATE IP VCPUS MEMORY", "bastion"),
    ],
)
def test_every_level(cloudmc: Command, path: str, heading: str, first: str) -> None:
    table = cloudmc("ls", "--demo", path)
    assert (table.status, table.err) == (Exit.DONE, "")
    assert " ".join(table.lines[0].split()).startswith(heading)
    assert first in table.lines[1]

    sent = json.loads(cloudmc("ls", "--demo", path, "-o", "json").out)
    assert len(sent) == len(table.lines) - 1

    lines = rows(cloudmc("ls", "--demo", path, "-o", "csv").out)
    assert len(lines) == len(table.lines)
    assert all(len(line) == len(lines[0]) for line in lines)
    assert first in lines[1]


def test_a_slash_in_front_and_behind_changes_nothing(cloudmc: Command) -> None:
    assert cloudmc("ls", "--demo", "/compute-qc/").out == cloudmc("ls", "--demo", "compute-qc").out != ""


def test_filtered(cloudmc: Command) -> None:
    outcome = cloudmc("ls", "--demo", INSTANCES, "--filter", "state=Stopped memory>=4GB")
    states = {line.split("Stopped")[0].strip() for line in outcome.lines[1:]}
    assert outcome.lines[1:]
    assert len(states) == len(outcome.lines) - 1
    assert f"cloudmc-tui: {len(outcome.lines) - 1} of " in outcome.err
    assert outcome.err.endswith(" instances\n")

    sent = json.loads(
        cloudmc("ls", "--demo", INSTANCES, "--filter", "state=Stopped memory>=4GB", "-o", "json").out
    )
    assert len(sent) == len(states)
    assert all(e["state"] == "Stopped" and e["memoryInMB"] >= 4096 for e in sent)


def test_a_filter_that_nothing_passes(cloudmc: Command) -> None:
    outcome = cloudmc("ls", "--demo", INSTANCES, "--filter", "zzz")
    assert (outcome.status, outcome.out) == (Exit.DONE, "")
    assert outcome.err == "cloudmc-tui: no instances match\n"
    assert cloudmc("ls", "--demo", INSTANCES, "--filter", "zzz", "-o", "json").out == "[]\n"


def test_chosen_columns_in_their_order(cloudmc: Command) -> None:
    outcome = cloudmc("ls", "--demo", INSTANCES, "--columns", "id, NAME,memoryinmb", "-o", "csv")
    assert rows(outcome.out)[0] == ["id", "name", "memoryInMB"]
    assert rows(outcome.out)[1][2].isdigit(), "unrounded"


@pytest.mark.parametrize("output", ["table", "json", "csv"])
def test_sorted_both_ways(cloudmc: Command, output: str) -> None:
    def order(sort: str) -> list[str]:
        outcome = cloudmc("ls", "--demo", INSTANCES, "--columns", "name", "--sort", sort, "-o", output)
        assert outcome.status == Exit.DONE
        return [e["name"] for e in json.loads(outcome.out)] if output == "json" else outcome.lines[1:]

    up, down = order("name"), order("-name")
    assert up == down[::-1]
    assert up.index("api-01") < up.index("web-01")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--columns", "nmae"], "--columns: there is no member 'nmae'. Did you mean 'name'? There are: "),
        (["--columns", "name,"], "--columns: there is no member ''"),
        (["--columns", ","], "--columns: there is no member ''"),
        (["--sort", "-nmae"], "--sort: there is no member 'nmae'. Did you mean 'name'?"),
        (["--sort", "-"], "--sort: there is no member ''"),
        (["--sort", "\x1b"], r"'\x1b'"),
        (["--filter", "nmae:x"], "there is no field 'nmae'; did you mean 'name'?"),
        (["--filter", 'x "y'], "the quotation does not end"),
    ],
)
def test_mistakes_in_options(cloudmc: Command, arguments: list[str], said: str) -> None:
    outcome = cloudmc("ls", "--demo", INSTANCES, *arguments)
    assert (outcome.status, outcome.out) == (Exit.USAGE, "")
    assert said in outcome.err


def test_a_mistake_in_a_filter_is_pointed_at(cloudmc: Command) -> None:
    outcome = cloudmc("ls", "--demo", INSTANCES, "--filter", "state=Running nmae:x")
    _, line, marks, _ = outcome.err.splitlines()
    assert line[marks.index("^") :] == "nmae:x"
    assert set(marks.strip()) == {"^"}


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("compute-qk", "no service 'compute-qk'. Did you mean 'compute-qc'? The services there: compute-qc,"),
        ("compute-qc/produktion", "no environment 'produktion' in compute-qc. Did you mean 'production'?"),
        ("compute-qc/production/instance", "in compute-qc/production. Did you mean 'instances'?"),
        ("compute-qc/zzz/instances", "no environment 'zzz' in compute-qc. The environments there: prod"),
        ("\x1b[2J", r"no service '\x1b[2J'."),
    ],
)  # fmt: skip
def test_unknown_paths(cloudmc: Command, path: str, said: str) -> None:
    outcome = cloudmc("ls", "--demo", path)
    assert (outcome.status, outcome.out) == (Exit.NOT_FOUND, "")
    assert said in outcome.err


@pytest.mark.parametrize(
    ("path", "said"),
    [(f"{INSTANCES}/abc", "cloudmc-tui show"), ("compute-qc//instances", "the environment is empty")],
)
def test_paths_that_are_none(cloudmc: Command, path: str, said: str) -> None:
    outcome = cloudmc("ls", "--demo", path)
    assert (outcome.status, outcome.out) == (Exit.USAGE, "")
    assert said in outcome.err


# Odd clouds


def test_json_is_what_was_sent(cloudmc: Command, connect: Connect) -> None:
    sent = [{"zeta": 1.0, "id": "a/b", "alpha": None, "nested": {"password": "x", "l": [1, "é"]}}]
    connect(OddCloud({ODD_LIST: sent}).app)
    out = cloudmc("ls", ODD, "-o", "json").out
    assert json.loads(out) == sent
    assert list(json.loads(out)[0]) == list(sent[0]), "in its order"


@pytest.mark.parametrize("output", ["table", "json", "csv"])
@pytest.mark.parametrize("options", [(), ("--filter", "name:1"), ("--sort", "-name")])
def test_a_large_listing_is_like_a_small_one(
    cloudmc: Command, connect: Connect, output: str, options: tuple[str, ...]
) -> None:
    entities = [{"id": f"i{n}", "name": f"web-{n}", "note": "x" * 100} for n in range(LARGE // 100)]
    connect(OddCloud({ODD_LIST: entities}).app)
    outcome = cloudmc("ls", ODD, "-o", output, *options)
    assert outcome.status == Exit.DONE
    wanted = [e for e in entities if not options or options[0] == "--sort" or "1" in e["name"]]
    if options and options[0] == "--sort":
        wanted.reverse()
    if output == "json":
        assert json.loads(outcome.out) == wanted
    else:
        assert len(outcome.lines) == len(wanted) + 1
        assert wanted[0]["name"] in outcome.lines[1] and wanted[-1]["name"] in outcome.lines[-1]


@pytest.mark.parametrize("output", ["table", "json", "csv"])
def test_hostile_names_are_text(cloudmc: Command, connect: Connect, output: str) -> None:
    entities: list[dict[str, Any]] = [
        {"id": f"i{n}", "name": name, "state": name} for n, name in enumerate(HOSTILE)
    ]
    entities.append({"id": "\x1b]0;title\x07", "name": {"a": ["\x9b"]}, "a\x1b[31m": "\x1b[31m"})
    connect(OddCloud({ODD_LIST: entities}).app)
    outcome = cloudmc("ls", ODD, "-o", output, "--columns", "name,state,id")
    assert (outcome.status, outcome.err) == (Exit.DONE, "")
    assert [visible(line) for line in outcome.out.splitlines()] == outcome.out.splitlines()
    if output == "json":
        assert json.loads(outcome.out) == entities
    elif output == "csv":
        assert [row[2] for row in rows(outcome.out)[1:-1]] == [e["id"] for e in entities[:-1]]
    else:
        assert len(outcome.lines) == len(entities) + 1
        assert all(line.endswith(e["id"]) for line, e in zip(outcome.lines[1:], entities[:-1], strict=False))
        assert outcome.lines[1].startswith("[bold red]markup[/]")


def test_an_unknown_type_with_hostile_members(cloudmc: Command, connect: Connect) -> None:
    connect(
        OddCloud(
            {
                "/services/svc/env/buckets": [
                    {"id": "1", "a\x1b[31m": "x", "\u202eb": "y", "adminToken": "s3cr3t"}
                ]
            }
        ).app
    )
    for output in ("table", "csv"):
        outcome = cloudmc("ls", "svc/env/buckets", "-o", output)
        assert outcome.status == Exit.DONE
        assert len(outcome.lines) == 2
        assert all(line == visible(line) for line in outcome.lines)
        assert "s3cr3t" not in outcome.out


def test_secrets_stay_out_of_tables_and_csv(cloudmc: Command, connect: Connect) -> None:
    connect(
        OddCloud(
            {ODD_LIST: [{"id": "1", "name": "web", "adminPassword": "s3cr3t", "nics": [{"psk": "s3cr3t"}]}]}
        ).app
    )
    for output in ("table", "csv"):
        outcome = cloudmc("ls", ODD, "-o", output, "--columns", "name,adminPassword,nics")
        assert "web" in outcome.out
        assert "s3cr3t" not in outcome.out


@pytest.mark.parametrize(
    ("sent", "note", "count"),
    [
        ([None, None], "set aside, not an entity: 2 × null", 0),
        ("a text", "the server sent a text instead of a list", 0),
        ([{"name": "nameless"}, {"id": "1"}], "1 entity has no id and cannot be opened", 2),
    ],
)
def test_what_is_odd_is_shown_as_far_as_it_goes_and_noted(
    cloudmc: Command, connect: Connect, sent: Any, note: str, count: int
) -> None:
    connect(OddCloud({ODD_LIST: sent}).app)
    outcome = cloudmc("ls", ODD)
    assert outcome.status == Exit.DONE
    assert f"cloudmc-tui: note: {note}" in outcome.err
    assert len(outcome.lines) == (count + 1 if count else 0)
    assert note not in outcome.out
    assert len(json.loads(cloudmc("ls", ODD, "-o", "json").out)) == count


def test_an_empty_listing_says_so_and_what_to_do(cloudmc: Command, connect: Connect) -> None:
    connect(OddCloud({ODD_LIST: [], "/environments": []}).app)
    outcome = cloudmc("ls", "svc")
    assert (outcome.status, outcome.out) == (Exit.DONE, "")
    assert outcome.err.startswith("cloudmc-tui: there are no environments. ")
    assert cloudmc("ls", "svc", "-o", "csv").out == "name,description,organization.name,creationDate\r\n"
