"""The filter language: what passes, and what is said of what cannot be read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmc_tui.catalog import EntityField, EntityType, Unit, ValueType
from cloudmc_tui.inventory.filters import FilterError, compile_filter, field_names, parse_terms
from tests.json_values import ENTITIES, NOW

KIND = EntityType(
    label="Machines",
    singular="machine",
    fields={
        "name": EntityField(label="Name"),
        "state": EntityField(label="State", type=ValueType.STATE),
        "ipAddress": EntityField(label="IP address", type=ValueType.IP),
        "macAddress": EntityField(label="MAC address"),
        "cidr": EntityField(label="CIDR"),
        "image": EntityField(label="Image"),
        "device": EntityField(label="Device"),
        "cpuCount": EntityField(label="vCPUs", type=ValueType.INTEGER),
        "memoryInMB": EntityField(label="Memory", type=ValueType.SIZE, unit=Unit.MEBIBYTES),
        "port": EntityField(label="Port", type=ValueType.INTEGER),
        "created": EntityField(label="Created", heading="Since", type=ValueType.DATE),
        "isSource": EntityField(label="Source NAT", type=ValueType.BOOLEAN),
        "tags": EntityField(label="Tags", type=ValueType.LIST),
        "zoneId": EntityField(label="Zone"),
        "zoneName": EntityField(label="Zone's name"),
        "password": EntityField(label="Password", secret=True),
    },
    columns=["name", "state", "ipAddress", "image", "memoryInMB", "password"],
)

MACHINES: list[dict[str, Any]] = [
    {
        "name": "web-1", "state": "Running", "ipAddress": "10.0.0.1", "macAddress": "02:58:16:aa:bb:cc",
        "cidr": "10.0.0.0/8", "image": "Debian 12", "device": "/dev/vda", "cpuCount": 2, "memoryInMB": 2048,
        "port": "80", "created": "2026-06-14T09:30:00.000Z", "isSource": True,
        "tags": ["front", "eu west"], "password": "hunter2",
    },
    {
        "name": "web-2", "state": "Stopped", "ipAddress": "10.0.0.11", "macAddress": "fe:54:00:11:22:33",
        "cidr": "10.1.0.0/16", "image": "Ubuntu 24.04, LTS", "device": "/dev/vdb", "cpuCount": "4",
        "memoryInMB": "4096", "port": 443, "created": "2026-06-05 9:30:00 AM UTC",
        "isSource": False, "tags": [],
    },
    {
        "name": "db: main", "state": "Error", "ipAddress": "fe80::1", "image": 'the "best"', "cpuCount": 16,
        "memoryInMB": 65536, "port": "8080", "created": "2025-01-01T00:00:00-0500", "tags": ["a,b"],
    },
    {"name": None, "state": 5, "memoryInMB": "lots", "created": "long ago", "cpuCount": True},
]  # fmt: skip
WEB1, WEB2, DB, ODD = range(4)
COLUMNS = KIND.columns


def passing(
    text: str, *, members: list[str] | None = None, entities: list[dict[str, Any]] | None = None
) -> list[int]:
    """The places of the machines that pass a filter."""
    wanted = compile_filter(text, KIND, COLUMNS, NOW, members or [])
    return [place for place, entity in enumerate(entities or MACHINES) if wanted.matches(entity)]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        # nothing
        ("", [WEB1, WEB2, DB, ODD]),
        ("   ", [WEB1, WEB2, DB, ODD]),
        # words
        ("web", [WEB1, WEB2]),
        ("WEB", [WEB1, WEB2]),
        ("web run", [WEB1]),
        ("web error", []),
        ("lts", [WEB2]),
        ("GiB", [WEB1, WEB2, DB]),
        ("10.0.0.1", [WEB1, WEB2]),
        ("443", []),  # no shown column has it
        # quotations
        ('"Debian 12"', [WEB1]),
        ('"db: main"', [DB]),
        (r'"the \"best\""', [DB]),
        ('"state=Running"', []),
        ('"/dev"', []),
        # contains
        ("state:run", [WEB1]),
        ("name:web state:run", [WEB1]),
        ("device:vd", [WEB1, WEB2]),
        ('image:"Debian 12"', [WEB1]),
        ("image:debian 24", []),
        ("cidr:10.0.0.0/8", [WEB1]),
        ("cidr:/8", None),
        ('cidr:"/8"', [WEB1]),
        ("tags:eu", [WEB1]),
        ("isSource:true", [WEB1]),
        ("memory:gib", [WEB1, WEB2, DB]),
        # is
        ("state=running", [WEB1]),
        ("state==running", [WEB1]),
        ("state = running", [WEB1]),
        ("state=run", []),
        ("ipAddress=10.0.0.1", [WEB1]),
        ("cidr=10.0.0.0/8", [WEB1]),
        ("device=/dev/vda", [WEB1]),
        ("tags=front", [WEB1]),
        ('tags="eu west"', [WEB1]),
        ("isSource=yes", [WEB1]),
        ("isSource=false", [WEB2]),
        ("port=80", [WEB1]),
        ("port=080", [WEB1]),
        ("port:80", [WEB1, DB]),
        ("name=080", []),
        ("memory=4GB", [WEB2]),
        ("memory=4096", [WEB2]),
        ("memory=4096MB", [WEB2]),
        ('memory="4 GiB"', [WEB2]),
        ('name=""', [ODD]),
        # is not
        ("state!=Running", [WEB2, DB, ODD]),
        ("state != Running", [WEB2, DB, ODD]),
        ("state!=Running state!=Stopped", [DB, ODD]),
        ("port!=80", [WEB2, DB, ODD]),
        # one of several
        ("state=Error,Stopped", [WEB2, DB]),
        ("state!=Error,Stopped", [WEB1, ODD]),
        ("port=80,443", [WEB1, WEB2]),
        ("name:db,2", [WEB2, DB]),
        ("tags=a,b", [DB]),
        ('state="Error,Stopped"', []),
        ('image="Ubuntu 24.04, LTS"', [WEB2]),
        # compared
        ("memory>=4GB", [WEB2, DB]),
        ("memory >= 4 ", [WEB1, WEB2, DB]),
        ("memory>4GB", [DB]),
        ("memory<4GiB", [WEB1]),
        ("memory<=4g", [WEB1, WEB2]),
        ("memory>=2097152k", [WEB1, WEB2, DB]),
        ("memory>=0.0625tb", [DB]),
        ("memory>=4194304b", [WEB1, WEB2, DB]),
        ("memory>4096", [DB]),
        ('memory>="4 GB"', [WEB2, DB]),
        ("memory>=2GB memory<8GB", [WEB1, WEB2]),
        ("cpuCount>2", [WEB2, DB]),
        ("cpuCount>-1", [WEB1, WEB2, DB]),
        ("vcpus>=4", [WEB2, DB]),
        ("port<443", [WEB1]),
        # ages
        ("age<2d", [WEB1]),
        ("age>=1w", [WEB2, DB]),
        ("age<1y", [WEB1, WEB2]),
        ("age>1440min", [WEB2, DB]),
        ("age<=1.5d", [WEB1]),
        ("created>2026-06-10", [WEB1]),
        ("created<2026-06-14T09:30:00Z", [WEB2, DB]),
        ("age=1d", [WEB1]),
        ("created:2026-06", [WEB1, WEB2]),
        # expressions
        (r"/^web-\d$/", [WEB1, WEB2]),
        ("/WEB-[13]/", [WEB1]),
        ("name:/^web/", [WEB1, WEB2]),
        ("name=/2$/", [WEB2]),
        ("name!=/^web/", [DB, ODD]),
        (r"device:/^\/dev\/vda$/", [WEB1]),
        ("/eu west/", []),
        ("/[[b]ian/", [WEB1]),  # Python warns of it, which is nothing to the person
        ("tags:/eu west/", [WEB1]),
        # not
        ("!web", [DB, ODD]),
        ("!state:run", [WEB2, DB, ODD]),
        ("!state=Running !state=Stopped", [DB, ODD]),
        ('!"Debian 12"', [WEB2, DB, ODD]),
        ("!/^web/", [DB, ODD]),
        ("!state!=Running", [WEB1]),
        ("!memory>=4GB", [WEB1, ODD]),
        # several terms
        ("state=Error state=Stopped", [WEB2, DB]),
        ("state=Error state=Stopped name:web", [WEB2]),
        ("name:1 name:main state:r", [WEB1, DB]),
        ("state=Running state!=Running", []),
        # addresses
        ("02:58:16", []),  # a word; the address is in no shown column
        ("macAddress:02:58:16", [WEB1]),
        ("mac:fe:54", [WEB2]),
        ("fe:54:00", []),
        ("fe80::1", [DB]),
        ("fe80::/64", []),
        ("ip=fe80::1", [DB]),
        # fields by other names
        ("MEMORYINMB>=4GB", [WEB2, DB]),
        ("mem>=4GB", [WEB2, DB]),
        ("since:2025", [DB]),
        ("ip_address=10.0.0.1", [WEB1]),
        ("zone:x", []),  # just a label, though two begin with it
    ],
)  # fmt: skip
def test_what_passes(text: str, places: list[int] | None) -> None:
    if places is None:
        with pytest.raises(FilterError):
            passing(text)
    else:
        assert passing(text) == places


def test_a_field_found_in_words_when_its_column_is_shown() -> None:
    wanted = compile_filter("02:58:16", KIND, ["name", "macAddress"], NOW)
    assert [m["name"] for m in MACHINES if wanted.matches(m)] == ["web-1"]
    wanted = compile_filter("fe:54:00", KIND, ["name", "macAddress"], NOW)
    assert [m["name"] for m in MACHINES if wanted.matches(m)] == ["web-2"]


@pytest.mark.parametrize(
    ("text", "marked", "said"),
    [
        ("nmae:x", "nmae:x", "did you mean 'name'?"),
        ("web  colour=red", "colour=red", "no field 'colour'"),
        ("fe:54", "fe:54", 'write "fe:…"'),
        ("zoneXYZ:1", "zoneXYZ:1", "no field 'zoneXYZ'"),
        ("cpu>1 s:x", "s:x", "may mean state, created, isSource"),
        ("state=", "state=", "value is missing after state="),
        ("a !", "!", "value is missing after !"),
        ("web !state:", "!state:", "value is missing after state:"),
        ('x "never ends', '"never', "quotation does not end"),
        ('"a"b', '"a"b', "quotation does not end"),
        ('name:"x', 'name:"x', "quotation does not end"),
        ("/web", "/web", "expression does not end"),
        ("name:/web", "name:/web", "expression does not end"),
        ("/var/log", "/var/log", "expression does not end"),
        ("/", "/", "expression does not end"),
        ("/(/", "/(/", "not a regular expression"),
        ("name:/a{99999999999999999999}/", "name:/a{99999999999999999999}/", "not a regular expression"),
        ("x memory>=much", "memory>=much", "'much' is not a number"),
        ("memory>=1.2.3", "memory>=1.2.3", "'1.2.3' is not a number"),
        ("cpuCount>4GB", "cpuCount>4GB", "is not a size"),
        ("name>m", "name>m", "is not a number"),
        ("age>soon", "age>soon", "neither an age"),
        ("age>1.2.3d", "age>1.2.3d", "neither an age"),
        ("created<2026", "created<2026", "neither an age"),
        ("password:x", "password:x", "secret"),
        ("password!=x", "password!=x", "secret"),
        ("!pass=x", "!pass=x", "secret"),
    ],
)
def test_a_mistake_is_pointed_at(text: str, marked: str, said: str) -> None:
    with pytest.raises(FilterError) as told:
        passing(text)
    assert text[told.value.start : told.value.end] == marked
    assert said in told.value.reason
    line, marks, reason = told.value.pointed(text).split("\n")
    assert line[marks.index("^") : marks.index("^") + len(marks.strip())] == marked
    assert reason == told.value.reason


def test_the_mark_stands_under_the_mistake_on_a_terminal() -> None:
    text = "宽\x1b nmae:x"
    with pytest.raises(FilterError) as told:
        passing(text)
    assert told.value.pointed(text).split("\n")[:2] == [r"宽\x1b nmae:x", "       ^^^^^^"]


def test_secrets_are_found_by_no_word() -> None:
    """The column is shown, masked."""
    assert passing("hunter2") == []
    assert passing("/hunter/") == []
    assert passing("•") == []
    with pytest.raises(FilterError, match="secret"):
        passing("adminToken:s3", members=["adminToken"])
    entities = [{"name": "x", "image": {"login": "ann", "token": "s3cr3t"}}]
    assert passing("ann", entities=entities) == [0]
    assert passing("s3cr3t", entities=entities) == passing("image:s3cr3t", entities=entities) == []


def test_members_beyond_the_catalog_can_be_named() -> None:
    entities = [{"name": "x", "hypervisor": "KVM"}]
    assert passing("hypervisor:kvm", members=["hypervisor"], entities=entities) == [0]
    assert passing("hyper=kvm", members=["hypervisor"], entities=entities) == [0]
    with pytest.raises(FilterError):
        passing("hypervisor:kvm", entities=entities)


def test_an_age_needs_a_date() -> None:
    dateless = EntityType(
        label="Zones", singular="zone", fields={"name": EntityField(label="Name")}, columns=["name"]
    )
    with pytest.raises(FilterError, match="no date"):
        compile_filter("age>1d", dateless, ["name"], NOW)


def test_a_filter_knows_whether_it_filters_and_by_what() -> None:
    wanted = compile_filter("state=Running !memory>=4GB web", KIND, COLUMNS, NOW)
    assert set(wanted.fields) == {"state", "memoryInMB"}
    assert wanted
    assert not compile_filter("  ", KIND, COLUMNS, NOW)
    assert field_names(KIND, ["extra", "name"])[-2:] == ["extra", "age"]


def test_terms_know_where_they_stand() -> None:
    text = ' web !state=Running  "a b" /x y/'
    assert [text[t.start : t.end] for t in parse_terms(text)] == ["web", "!state=Running", '"a b"', "/x y/"]


PIECES = st.sampled_from(
    ["web", '"', "/", "\\", "!", ":", "=", "!=", ">=", "<", " ", "state", "memoryInMB", "age", "created",
     "password", "4GB", "2d", "(", "[", "*", ",", "02:58", "宽", "\x1b", "\u3000", "name:/x/", "[[a]"]
)  # fmt: skip
FILTERS = st.one_of(st.text(st.characters()), st.lists(PIECES).map("".join))


@given(FILTERS)
def test_whatever_is_typed_is_read_or_pointed_at(text: str) -> None:
    try:
        compile_filter(text, KIND, COLUMNS, NOW)
    except FilterError as error:
        assert 0 <= error.start < error.end <= len(text)
        assert len(error.pointed(text).split("\n")) == 3


READABLE = st.sampled_from(
    ["web", "state:run", "state=Running", "cpuCount=4", "memory>=4GB", "age<2d", "created>2026-01-31", "/x/",
     "name:/^a/",
     '!tags="a"', "isSource=yes", "id:1", "size:1", "nics:x", 'name=""', "memory=4GB,5", "port!=80"]
)  # fmt: skip


@given(st.lists(READABLE, max_size=4).map(" ".join), ENTITIES)
def test_any_entity_can_be_filtered(text: str, entity: dict[str, Any]) -> None:
    wanted = compile_filter(text, KIND, COLUMNS, NOW, ["id", "size", "nics"])
    assert wanted.matches(entity) in (True, False)


@given(READABLE, ENTITIES)
def test_a_term_or_its_negation_passes(text: str, entity: dict[str, Any]) -> None:
    members = ["id", "size", "nics"]
    one = compile_filter(text, KIND, COLUMNS, NOW, members).matches(entity)
    other = compile_filter(text[1:] if text[0] == "!" else f"!{text}", KIND, COLUMNS, NOW, members).matches(
        entity
    )
    assert one != other


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_what_is_quoted_is_found_as_it_is(text: str) -> None:
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    [term] = parse_terms(quoted)
    assert term.value == text
