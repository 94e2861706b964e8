"""The profiles: list, switch, add, change, test, duplicate, remove, make the default one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from rich.style import Style
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.fuzzy import Matcher
from textual.screen import ModalScreen
from textual.widgets import Input

from cloudmc_tui.formats.text import fit, visible, width
from cloudmc_tui.language import _
from cloudmc_tui.profiles import Config, Mode, Profile, ProfileError, demo_profile
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.choice import Choice
from cloudmc_tui.tui.colors import accent_style
from cloudmc_tui.tui.looks import Colors
from cloudmc_tui.tui.screens.check import TestProfile
from cloudmc_tui.tui.screens.profile_form import ProfileForm
from cloudmc_tui.tui.widgets.bar import Bar, keys
from cloudmc_tui.tui.widgets.box import Box
from cloudmc_tui.tui.widgets.entry import Entry
from cloudmc_tui.tui.widgets.lines import LineView, Piece
from cloudmc_tui.tui.work import is_left

if TYPE_CHECKING:
    from cloudmc_tui.tui.app import ExplorerApp


_ACCENT = "accent:"
"""What a piece's role begins with whose colour is a profile's own."""


class Row(NamedTuple):
    """A line of the list.

    Attributes:
        name: the profile's.
        profile: itself, where it can be used.
        problem: what is wrong with it, or empty.
    """

    name: str
    profile: Profile | None
    problem: str

    @property
    def words(self) -> str:
        """What it is found by."""
        profile = self.profile
        if profile is None:
            return self.name
        return " ".join(
            (
                self.name,
                profile.endpoint,
                profile.organization_id or "",
                profile.mode.value,
                profile.mode.word,
            )
        )


class ProfileLines(LineView):
    """A profile a line."""

    app: ExplorerApp

    def __init__(self) -> None:
        super().__init__(id="profile-lines")
        self._all: list[Row] = []
        self._text = ""
        self.profiles: list[Row] = []
        self.default = ""
        self.current = ""

    def show(self, config: Config, current: str) -> None:
        """Show the profiles of the config file, and the demo cloud."""
        rows: list[Row] = []
        for name in config.names:
            try:
                rows.append(Row(name, config.profile(name), ""))
            except ProfileError as error:
                found = [problem.message for problem in config.problems_of(name)]
                rows.append(Row(name, None, found[0] if found else " ".join(str(error).split())))
        rows.append(Row(demo_profile().name, demo_profile(), ""))
        self._all = rows
        self.default, self.current = config.default or "", current
        self.narrow(self._text)

    def narrow(self, text: str) -> None:
        """Show what matches, the best first; all of them where nothing is asked for."""
        cursor = 0 if text != self._text else None
        self._text = text
        self.profiles = self._all
        if text.strip():
            matcher = Matcher(text)
            scored = sorted(((matcher.match(row.words), row) for row in self._all), key=lambda each: -each[0])
            self.profiles = [row for score, row in scored if score > 0]
        self.set_rows(len(self.profiles), cursor)
        self.moved()

    @property
    def row(self) -> Row | None:
        """What the cursor is on; none when nothing matches."""
        return self.profiles[self.cursor] if self.profiles else None

    def placeholder(self) -> Sequence[Piece]:
        return [(_("nothing matches"), "line--muted")]

    def piece_style(self, name: str) -> Style:
        if name.startswith(_ACCENT):  # as on the status line, where it will be felt
            sixteen = self.app.appearance.look.colors is Colors.SIXTEEN
            return accent_style(name.removeprefix(_ACCENT), sixteen=sixteen)
        return super().piece_style(name)

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        name, profile, problem = self.profiles[row]
        mark = "●" if name == self.current else "*" if name == self.default else " "
        style = f"{_ACCENT}{profile.color}" if profile is not None and profile.color else ""
        pieces: list[Piece] = [(f" {mark} ", "line--key"), (fit(visible(name), 18), style), ("  ", "")]
        if profile is None:
            return [*pieces, (visible(problem), "line--error")]
        where = _("demo cloud") if profile.demo else visible(profile.endpoint)
        normal = profile.mode is Mode.NORMAL
        modes = max(10, *(width(mode.word) for mode in Mode))
        room = max(12, cells - 23 - 2 - 16 - 2 - modes)
        return [
            *pieces,
            (fit(where, room), "line--text"),
            (f"  {fit(visible(profile.organization_id or ''), 16)}", "line--muted"),
            (
                f"  {fit(profile.mode.word, modes)}",
                "line--muted" if normal else "line--match",
            ),
        ]


class Profiles(ModalScreen["Profile | None"]):
    """Gives the profile to go to, or none."""

    app: ExplorerApp
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PROFILES)

    def __init__(self, config: Callable[[], Config]) -> None:
        """Make one.

        Args:
            config: reads the config file.
        """
        super().__init__()
        self._config = config
        self._told: tuple[str, ...] = ()
        self._file = ""

    def compose(self) -> ComposeResult:
        with Box(id="profiles") as box:
            box.border_title = _("Profiles")
            yield Entry(placeholder=_("name, endpoint, organization or mode"), id="profiles-filter")
            yield ProfileLines()
            yield Bar(id="profiles-notes")
            yield Bar(id="profiles-keys")

    def on_mount(self) -> None:
        pairs = (
            ("enter", _("go to it")),
            ("/", _("find")),
            ("a", _("add")),
            ("e", _("change")),
            ("t", _("test")),
            ("c", _("duplicate")),
            ("x", _("remove")),
            ("d", _("default")),
        )
        self.query_one("#profiles-keys", Bar).say(keys(*pairs))
        self._filter.cursor_blink = False
        self._filter.display = False
        self.lines.focus()
        self._reload()

    @property
    def _filter(self) -> Input:
        return self.query_one("#profiles-filter", Input)

    def _reload(self) -> None:
        if is_left(self):
            return
        config = self._config()
        self.lines.show(config, self.app.profile.name)
        self._told = config.told()
        self._file = visible(str(config.file))
        self._note()

    def _note(self) -> None:
        """Say what is wrong with the file, else where the key of the profile under the cursor comes from."""
        row = self.lines.row
        if self._told:
            note = _(" {count} to look at: {told}", count=len(self._told), told=visible(self._told[0]))
        elif row is not None and row.profile is not None and not row.profile.demo:
            note = _(" key: {key_source}", key_source=row.profile.key_source)
        else:
            note = ""
        style = "bar--warn" if self._told else "bar--muted"
        self.query_one("#profiles-notes", Bar).say([(note, style)], [(f"{self._file} ", "bar--muted")])

    @property
    def lines(self) -> ProfileLines:
        """The list."""
        return self.query_one(ProfileLines)

    @on(LineView.Opened)
    def _opened(self, event: LineView.Opened) -> None:
        event.stop()
        self._go()

    def _go(self) -> None:
        """Go to the profile under the cursor."""
        row = self.lines.row
        if row is not None and row.profile is None:
            self.app.say(visible(row.problem))
        elif row is not None:
            self.dismiss(row.profile)

    @on(LineView.Moved)
    def _moved(self, event: LineView.Moved) -> None:
        event.stop()
        self._note()

    @on(Input.Changed, "#profiles-filter")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.lines.narrow(event.value)

    @on(Input.Submitted, "#profiles-filter")
    def _taken(self, event: Input.Submitted) -> None:
        event.stop()
        self._go()

    def on_key(self, event: events.Key) -> None:
        """While one types, the arrows move in the list."""
        if self._filter.has_focus and event.key in ("up", "down"):
            event.stop()
            self.lines.move_to(self.lines.cursor + (1 if event.key == "down" else -1))

    def action_filter(self) -> None:
        self._filter.display = True
        self._filter.focus()

    def action_leave(self) -> None:
        if self._filter.display:
            self._filter.value = ""
            self._filter.display = False
            self.lines.focus()
        else:
            self.dismiss(None)

    def action_add(self) -> None:
        self.app.push_screen(ProfileForm(self._config().file), self._kept)

    def _kept(self, profile: Profile | None) -> None:
        if profile is not None:
            self._reload()

    def _own(self) -> str | None:
        """The name of the profile under the cursor, if it stands in the config file."""
        row = self.lines.row
        if row is None:
            return None
        name, profile, _problem = row
        if profile is not None and profile.demo:
            self.app.say(_("The demo cloud is part of the program: there is nothing to change."))
            return None
        return name

    def action_change(self) -> None:
        row = self.lines.row
        if row is None:
            return
        _name, profile, problem = row
        if profile is None:
            self.app.say(
                visible(_("{problem}: mend it in {file}", problem=problem, file=self._config().file))
            )
        elif self._own():
            self.app.push_screen(ProfileForm(self._config().file, profile), self._kept)

    def action_test(self) -> None:
        row = self.lines.row
        if row is None:
            return
        _name, profile, problem = row
        if profile is None:
            self.app.say(visible(problem))
        else:
            self.app.push_screen(TestProfile(profile, keep=False))

    def action_duplicate(self) -> None:
        if name := self._own():
            taken = set(self._config().names)
            new = next(n for n in (f"{name}-{i}" for i in range(2, 1000)) if n not in taken)
            self._edit("duplicate_profile", name, new)

    def action_default(self) -> None:
        if name := self._own():
            self._edit("set_default", name)

    def action_remove(self) -> None:
        name = self._own()
        if name is None:
            return
        choices = [
            Choice("", _("Keep it")),
            Choice(name, _("Remove {name}", name=visible(name)), _("its settings are gone then")),
        ]
        self.app.pick(
            _("Remove the profile?"), choices, lambda n: self._edit("remove_profile", n) if n else None
        )

    def _edit(self, what: str, *arguments: Any) -> None:
        """Edit the config file."""

        async def work() -> None:
            from cloudmc_tui.profiles import edit

            try:
                await asyncio.to_thread(getattr(edit, what), self._config().file, *arguments)
            except (ProfileError, OSError) as error:
                self.app.say(visible(" ".join(str(error).split())))
            self._reload()

        self.run_worker(work(), group="edit", exclusive=True)
