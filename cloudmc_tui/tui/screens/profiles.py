"""The profiles: list, switch, add, change, test, duplicate, remove, make the default one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from cloudmc_tui.formats.text import fit, visible
from cloudmc_tui.profiles import Config, Profile, ProfileError, demo_profile
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.screens.check import TestProfile
from cloudmc_tui.tui.screens.picker import Choice
from cloudmc_tui.tui.screens.profile_form import ProfileForm
from cloudmc_tui.tui.widgets.bar import Bar, keys
from cloudmc_tui.tui.widgets.lines import LineView, Piece

if TYPE_CHECKING:
    from cloudmc_tui.tui.app import ExplorerApp


class ProfileLines(LineView):
    """A profile a line."""

    def __init__(self) -> None:
        super().__init__(id="profile-lines")
        self.profiles: list[tuple[str, Profile | None, str]] = []
        self.default = ""
        self.current = ""

    def show(self, config: Config, current: str) -> None:
        """Show the profiles of the config file, and the demo cloud."""
        rows: list[tuple[str, Profile | None, str]] = []
        for name in config.names:
            try:
                rows.append((name, config.profile(name), ""))
            except ProfileError as error:
                rows.append((name, None, " ".join(str(error).split())))
        rows.append((demo_profile().name, demo_profile(), ""))
        self.profiles = rows
        self.default, self.current = config.default or "", current
        self.set_rows(len(rows))

    @property
    def row(self) -> tuple[str, Profile | None, str]:
        """The profile under the cursor: its name, itself where it can be used, what is wrong with it."""
        return self.profiles[self.cursor]

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        name, profile, problem = self.profiles[row]
        mark = "●" if name == self.current else "*" if name == self.default else " "
        pieces: list[Piece] = [(f" {mark} ", "line--key"), (fit(visible(name), 18), ""), ("  ", "")]
        if profile is None:
            return [*pieces, (visible(problem), "line--error")]
        where = "demo cloud" if profile.demo else visible(profile.endpoint)
        return [
            *pieces,
            (fit(where, 34), "line--text"),
            (f"  {fit(profile.mode.value, 9)}", "line--muted"),
            (f"  {profile.key_source}", "line--muted"),
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

    def compose(self) -> ComposeResult:
        with Vertical(id="profiles") as box:
            box.border_title = "Profiles"
            yield ProfileLines()
            yield Bar(id="profiles-notes")
            yield Bar(id="profiles-keys")

    def on_mount(self) -> None:
        pairs = (
            ("enter", "go to it"),
            ("a", "add"),
            ("e", "change"),
            ("t", "test"),
            ("c", "duplicate"),
            ("x", "remove"),
            ("d", "default"),
        )
        self.query_one("#profiles-keys", Bar).say(keys(*pairs))
        self._reload()

    def _reload(self) -> None:
        config = self._config()
        self.lines.show(config, self.app.profile.name)
        told = config.told()
        note = f" {len(told)} to look at: {visible(told[0])}" if told else f" {visible(str(config.file))}"
        self.query_one("#profiles-notes", Bar).say([(note, "bar--warn" if told else "bar--muted")])

    @property
    def lines(self) -> ProfileLines:
        """The list."""
        return self.query_one(ProfileLines)

    @on(LineView.Opened)
    def _opened(self, event: LineView.Opened) -> None:
        event.stop()
        _, profile, problem = self.lines.row
        if profile is None:
            self.app.say(visible(problem))
        else:
            self.dismiss(profile)

    @on(LineView.Moved)
    def _moved(self, event: LineView.Moved) -> None:
        event.stop()

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_add(self) -> None:
        self.app.push_screen(ProfileForm(self._config().file), self._kept)

    def _kept(self, profile: Profile | None) -> None:
        if profile is not None:
            self._reload()

    def _own(self) -> str | None:
        """The name of the profile under the cursor, if it stands in the config file."""
        name, profile, _ = self.lines.row
        if profile is not None and profile.demo:
            self.app.say("The demo cloud is part of the program: there is nothing to change.")
            return None
        return name

    def action_change(self) -> None:
        _, profile, problem = self.lines.row
        if profile is None:
            self.app.say(visible(f"{problem} Mend it in the file."))
        elif self._own():
            self.app.push_screen(ProfileForm(self._config().file, profile), self._kept)

    def action_test(self) -> None:
        _, profile, problem = self.lines.row
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
            Choice("", "Keep it"),
            Choice(name, f"Remove {visible(name)}", "its settings are gone then"),
        ]
        self.app.pick(
            "Remove the profile?", choices, lambda n: self._edit("remove_profile", n) if n else None
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
