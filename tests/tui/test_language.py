"""No word of the explorer is without a translation; French fits where English does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import ModalScreen, Screen

from cloudmc_tui import language
from cloudmc_tui.catalog import load_catalog
from cloudmc_tui.formats.text import width
from cloudmc_tui.inventory.infer import words_of
from cloudmc_tui.path import Path
from cloudmc_tui.profiles import Mode, config_file
from cloudmc_tui.profiles.profile import demo_profile
from cloudmc_tui.tasks import Status, TaskRecord
from cloudmc_tui.tui import glyphs, profile_fields
from cloudmc_tui.tui.app import ExplorerApp
from cloudmc_tui.tui.choice import Choice
from cloudmc_tui.tui.panes.entity import LABEL_CELLS
from cloudmc_tui.tui.panes.form import LABELS
from cloudmc_tui.tui.preferences import Preferences
from cloudmc_tui.tui.screens.ask import Ask
from cloudmc_tui.tui.screens.check import TestProfile
from cloudmc_tui.tui.screens.editor import Editor
from cloudmc_tui.tui.screens.picker import Picker
from cloudmc_tui.tui.screens.profile_form import ProfileForm
from cloudmc_tui.tui.screens.secret import SecretScreen
from cloudmc_tui.tui.screens.task import TaskScreen
from tests import pseudo
from tests.demo import NOW, demo_app, explorer, settle
from tests.odd_cloud import OddCloud, failure
from tests.tui.test_snapshots import DELETION, INSTANCES, LARGE, MANY_ROLES, SMALL, after, odd

SnapCompare = Callable[..., bool]

KEYS = {
    *("enter", "esc", "escape", "space", "tab", "ctrl", "shift", "backspace", "PgUp", "PgDn", "Home", "End"),
    *("up", "down", "left", "right", "delete", "apostrophe", "fg"),
}
"""Names of keys, as one writes them in the config file."""

NAMES = {"CloudMC", "cloudmc", "tui", "JSON", "CSV", "ID", "curl", "ssh", "UTC", "demo", "http", "invalid"}
"""What is called the same everywhere."""

COMMAND = {
    *(
        "curl",
        "sS",
        "DELETE",
        "POST",
        "PUT",
        "GET",
        "MC",
        "Api",
        "Key",
        "CLOUDMC",
        "API",
        "KEY",
        "run",
        "delete",
    ),
    *("services", "yes", "wait", "unlock", "stop", "dry", "sh", "set", "bin", "export", "PROFILE"),
}
"""Of requests and command lines."""


VALUES = {"normal", "connections", "environments", "ms", "Labo", "labo", "npackage", "npackages"}
"""Of settings and requests, an organization, and words after a line end in JSON."""


@pytest.fixture
def _pseudo() -> Iterator[None]:
    with pseudo.spoken():
        yield


def shown(screen: Screen[Any]) -> str:
    """Everything on a screen; of one that lies over another, its own part."""
    lines = ["".join(s.text for s in strip) for strip in screen._compositor.render_strips()]
    if isinstance(screen, ModalScreen):
        box = screen.children[0].region
        lines = [line[box.x : box.right] for line in lines[box.y : box.bottom]]
    return "\n".join(lines)


def _data(pilot: Pilot[None]) -> set[str]:
    """The words of what the cloud sent, in whole and cut at the end of a column; of members that the catalog
    does not know, also as they are called."""
    session, details = explorer(pilot).session, explorer(pilot).entity_pane.details
    assert session is not None
    entities = [dict(e) for each in session.inventory._listings.values() for e in each.entities]
    entities += [dict(details.entity)] if details else []
    found = pseudo.words(entities) | {word for e in entities for key in e for word in words_of(key).split()}
    for service in load_catalog().services.values():
        for name, kind in service.types.items():
            found |= {name, *kind.fields}
            found |= {
                word for o in kind.operations.values() for word in (*o.fields, *o.from_states, o.to_state)
            }
    return found | {word[:n] for word in found for n in range(2, len(word))}


def untranslated(pilot: Pilot[None], *known: str) -> set[str]:
    """The words on screen that no translation passed."""
    left = pseudo.words(shown(pilot.app.screen)) - KEYS - NAMES
    return left - _data(pilot) - {word for text in known for word in pseudo.words(text)}


SCENES: dict[str, tuple[str, ...]] = {
    "list": (),
    "entity": ("down", "enter"),
    "JSON": ("enter", "J"),
    "relations": ("enter", "x"),
    "changes": ("enter", "c"),
    "tree": ("1",),
    "tasks": ("4",),
    "marked": MANY_ROLES,
    "filter": ("slash",),
    "wrong filter": ("slash", *"zz=1"),
    "empty filter": ("slash", *"zzz", "enter"),
    "path": ("colon",),
    "wrong path": ("colon", "ctrl+u", *"compute-qc/prodcution", "enter"),
    "sort": ("s",),
    "columns": ("w",),
    "auto-refresh": ("R",),
    "export": ("E",),
    "copy": ("enter", "y"),
    "bookmarked": ("b",),
    "bookmarks": ("b", "B"),
    "find": ("f", *"web"),
    "palette": ("ctrl+p",),
    "help": ("question_mark",),
    "profiles": ("P",),
    "a new profile": ("P", "a"),
    "organizations": ("O",),
    "requests": ("L",),
    "operations": ("down", "o"),
    "form": ("n",),
    "incomplete form": ("n", "ctrl+s"),
    "update": ("down", "e"),
    "plan": DELETION,
    "dry run": ("down", "o", "down", "down", "enter", "ctrl+s", "d"),
    "unlock": ("U",),
    "ssh": ("down", "S"),
}


@pytest.mark.usefixtures("_pseudo")
@pytest.mark.parametrize("scene", SCENES)
async def test_every_word_is_translated(scene: str) -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=LARGE) as pilot:
        await after(*SCENES[scene])(pilot)
        typed = "".join(key for key in SCENES[scene] if len(key) == 1)
        assert untranslated(pilot, *COMMAND, *VALUES, typed, str(config_file())) == set()


@pytest.mark.usefixtures("_pseudo")
async def test_a_protected_profile_is_told_of_in_translation() -> None:
    from msgspec.structs import replace

    app = demo_app(INSTANCES, profile=replace(demo_profile(), mode=Mode.PROTECTED))
    async with app.run_test(size=LARGE) as pilot:
        await after("U", *DELETION)(pilot)
        assert untranslated(pilot, *COMMAND) == set()


RECORD = TaskRecord(
    profile="QQ",
    endpoint="QQ",
    path=Path.parse(INSTANCES),
    entity_type="instances",
    operation="stop",
    label="Stop",
    method="POST",
    url="/QQ",
    title="QQ",
    body='{"QQ": 1}',
    result='{"QQ": 2}',
    status=Status.UNKNOWN,
    finished_at=NOW,
    error="no longer known to the server",
    code="QQ",
    poll_error="QQ",
)

WINDOWS: dict[str, Callable[[], ModalScreen[Any]]] = {
    "task": lambda: TaskScreen(RECORD),
    "secret": lambda: SecretScreen("QQ", {"QQ": "QQ"}),
    "question": lambda: Ask("QQ"),
    "editor": lambda: Editor("QQ", "QQ"),
    "choice": lambda: Picker("QQ", [Choice("QQ", "QQ")], several=True),
    "test of a profile": lambda: TestProfile(demo_profile(), keep=False),
    "test of a new profile": lambda: TestProfile(demo_profile(), keep=True),
    "no profile yet": lambda: ProfileForm(config_file()),
}


@pytest.mark.usefixtures("_pseudo")
@pytest.mark.parametrize("window", WINDOWS)
async def test_every_word_of_a_window_is_translated(window: str) -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=LARGE) as pilot:
        await settle(pilot)
        app.push_screen(WINDOWS[window]())
        await settle(pilot)
        assert untranslated(pilot, "QQ UNKNOWN", *COMMAND, *VALUES) == set()


ODD: dict[str, dict[str, Any]] = {
    "forbidden": {"/services/svc/env/instances": failure(403, 403, "QQ")},
    "empty": {"/services/svc/env/instances": []},
    "key refused": {"/services/connections": failure(401, 401, "QQ")},
    "no services": {"/services/connections": []},
}


@pytest.mark.usefixtures("_pseudo")
@pytest.mark.parametrize("cloud", ODD)
async def test_what_goes_wrong_is_told_in_translation(cloud: str) -> None:
    app = odd(OddCloud(ODD[cloud]))
    async with app.run_test(size=LARGE) as pilot:
        await after()(pilot)
        left = pseudo.words(shown(app.screen)) - KEYS - NAMES
        data = "odd Org svc env instances Service services connections GET QQ API Unauthorized environments"
        assert left - set(data.split()) == set()


@pytest.mark.usefixtures("_pseudo")
async def test_a_terminal_that_is_too_small_is_told_so_in_translation() -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=(50, 12)) as pilot:
        await settle(pilot)
        assert pseudo.words(shown(app.screen)) - NAMES == set()


@pytest.fixture
def _french() -> None:
    language.use("fr")


@pytest.mark.usefixtures("_french")
def test_the_list_in_french(snap_compare: SnapCompare) -> None:
    assert snap_compare(demo_app(INSTANCES), terminal_size=SMALL, run_before=after(*MANY_ROLES))


@pytest.mark.usefixtures("_french")
def test_a_plan_in_french(snap_compare: SnapCompare) -> None:
    assert snap_compare(demo_app(INSTANCES), terminal_size=SMALL, run_before=after(*DELETION))


@pytest.mark.usefixtures("_french")
async def test_what_is_said_above_the_keys_fits_80_cells_in_french() -> None:
    """The keys that a newcomer needs stay in the footer, those of the program whole."""
    app: ExplorerApp = demo_app(INSTANCES, preferences=Preferences())
    async with app.run_test(size=SMALL) as pilot:
        await after("down")(pilot)
        footer = shown(app.screen).splitlines()[-1]
        assert "Ouvrir" in footer and footer.rstrip().endswith("Quitter")
        assert len(footer) == SMALL[0]


def test_french_has_a_stand_in_for_each_of_its_letters() -> None:
    """What the catalogs say can be drawn in ASCII, cell by cell, without a question mark."""
    from tests import translations

    for message in translations.read("fr"):
        for said in translations.forms(message.string):
            unknown = {c for c in said if not c.isascii() and glyphs.to_ascii(c) == glyphs.UNKNOWN}
            assert not unknown, (said, unknown)


@pytest.mark.usefixtures("_french")
def test_labels_in_french_fit_their_columns() -> None:
    """Those of the operations, of the forms, of the details and of the tree, as the panes cut them."""
    for kind in load_catalog().services["cloudstack"].types.values():
        assert width(kind.label) <= 27, kind.label
        assert all(width(f.label) <= LABEL_CELLS for f in kind.fields.values()), kind.label
        for operation in kind.operations.values():
            assert width(operation.label) <= 28, operation.label
            assert all(width(f.label) <= LABELS for f in operation.fields.values()), operation.label
    assert all(width(f.label) <= LABELS for f in profile_fields.fields().values())
