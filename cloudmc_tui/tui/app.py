"""The explorer's application: themes, keymap, messages, clipboard, and a crash that tells no secrets."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import App
from textual.binding import BindingType
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen
from textual.theme import Theme

from cloudmc_tui.formats.dates import clock_time
from cloudmc_tui.formats.text import shorten, visible
from cloudmc_tui.language import _
from cloudmc_tui.path import ROOT, Path
from cloudmc_tui.profiles import Config, Profile, load_config
from cloudmc_tui.tui import themes
from cloudmc_tui.tui.actions import BY_ID, Scope, bindings, keys_of
from cloudmc_tui.tui.appearance import Appearance
from cloudmc_tui.tui.choice import Choice
from cloudmc_tui.tui.connections import Connections, Open
from cloudmc_tui.tui.preferences import Preferences
from cloudmc_tui.tui.terminal import notice, osc52
from cloudmc_tui.tui.turns import Turn, Turns

MESSAGES_KEPT = 200
"""How many messages can be read again."""

MESSAGE_SECONDS = 6.0
"""How long a message stays in the footer."""


class ExplorerApp(App[None]):
    """The explorer."""

    TITLE = "CloudMC"
    CSS_PATH = FilePath(__file__).with_name("styles") / "explorer.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.APP)

    def __init__(
        self,
        profile: Profile,
        open_session: Open,
        *,
        start: Path = ROOT,
        theme: str = "",
        library: themes.Library | None = None,
        preferences: Preferences | None = None,
        clock: Callable[[], float] = time.time,
        environ: Mapping[str, str] = os.environ,
        state_folder: FilePath | None = None,
        notify: Collection[str] = (),
        first_run: bool = False,
        read_only: bool = False,
        is_thin: bool = False,
        config: Callable[[], Config] = load_config,
        driver_class: type[Driver] | None = None,
    ) -> None:
        """Make the application.

        Args:
            profile: the connection, for the status line.
            open_session: opens a session on a profile; first called after the first paint.
            start: where to go first.
            theme: a theme's name, whatever the profile's; empty leaves it to that, and to the preferences.
            library: the themes that there are; none to read them.
            preferences: what the config file says of the explorer.
            clock: gives seconds since the epoch.
            environ: the process's environment.
            config: reads the config file, for the profiles that can be switched to.
            first_run: there is no connection yet: offer to set one up; the profile is the demo's.
            read_only: nothing that changes anything is sent, on whatever profile.
            notify: how to call for attention when a task has ended: ``"bell"``, ``"osc9"``.
            state_folder: where bookmarks and views are kept; none keeps nothing.
            is_thin: the link to the terminal is: what only passes the time is painted less often.
            driver_class: what Textual writes to the terminal with; none for its own.
        """
        super().__init__(driver_class=driver_class)
        self.profile = profile
        self.clock = clock
        self.is_thin = is_thin
        self.message = ""
        self.said: deque[str] = deque(maxlen=MESSAGES_KEPT)
        self.connections = Connections(self, open_session, config, read_only=read_only)
        self._start = start
        self._environ = environ
        self._state_folder = state_folder
        self._notify = frozenset(notify)
        self._first_run = first_run
        self._message_timer: Any = None
        self._turns = Turns(self)
        library = library or themes.load_themes([themes.own_folder()])
        preferences = preferences or Preferences()
        self.preferences = preferences
        self.keymap_now = preferences.keymap.keys
        self.set_keymap(preferences.keymap.to_textual())
        for action in preferences.keymap.actions:
            if action.id in preferences.commands and (keys := preferences.keymap.keys_of(action)):
                self.bind(",".join(keys), f"own({action.id!r})", show=False)
        self.problems = [*preferences.problems, *(visible(str(error)) for error in library.errors)]
        self.appearance = Appearance(self, preferences.look, library, flag=theme, setting=preferences.theme)
        self.appearance.register()
        self.theme = self._theme_for(profile)
        self._styled: Theme | None = None
        self._variables: dict[str, str] = {}
        # The styles are read for this theme at once; Textual reads them for its own, and then again.
        self._variables_to_come = self.get_css_variables()
        self.stylesheet.set_variables(self._variables_to_come)
        self.animation_level = "none"
        self._disable_tooltips = self._disable_notifications = True  # what is said is in the footer

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The explorer's own colours, for Textual's themes, which do not have them."""
        return self.appearance.library.themes[themes.DEFAULT].to_theme().variables

    def get_css_variables(self) -> dict[str, str]:
        if not hasattr(self, "appearance"):  # Textual asks before it is there, for its own theme
            return {}
        theme = self.current_theme
        if theme is not self._styled:
            self._styled, self._variables = theme, super().get_css_variables()
        return self._variables

    def refresh_css(self, animate: bool = True) -> None:
        """Read the styles for another theme; when the program starts, they are read for its theme already."""
        expected, self._variables_to_come = self._variables_to_come, {}
        if expected != self.get_css_variables():
            super().refresh_css(animate)

    def get_line_filters(self) -> Sequence[LineFilter]:
        return self.appearance.filters(super().get_line_filters())

    def _theme_for(self, profile: Profile) -> str:
        """The theme of a profile; what is wrong with what was asked for is among the problems."""
        name, problem = self.appearance.theme_for(profile)
        if problem and visible(problem) not in self.problems:
            self.problems.append(visible(problem))
        return name

    def get_default_screen(self) -> Screen[None]:
        from cloudmc_tui.tui.memory import Memory
        from cloudmc_tui.tui.screens.explorer import Explorer

        self._memory = Memory(self._state_folder)
        self.explorer = Explorer(self._start, self._memory)
        self.explorer._push_result_callback(self, None)  # as of one that was pushed: it can be switched
        return self.explorer

    def on_mount(self) -> None:
        self.appearance.show(self.theme)

    def came_up(self) -> None:
        """An explorer has been painted for the first time: open its session, while the terminal is told."""
        if self._first_run:
            self._first_run = False
            self.call_after_refresh(self.connections.set_up)
        else:
            self.connect()

    def connect(self) -> None:
        """Open the session, off the first paint; or try again."""
        self.connections.connect()

    def show_profile(self, profile: Profile, start: Path | None = None) -> None:
        """Begin anew on another profile, where it says or at another path."""
        from cloudmc_tui.tui.screens.explorer import Explorer

        self.profile = profile
        self.appearance.show(self._theme_for(profile))
        self.explorer = Explorer(start or Path.parse(profile.path), self._memory)
        self.switch_screen(self.explorer)

    async def on_unmount(self) -> None:
        await self.connections.aclose()

    # Keys

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, (events.Key, events.Paste)) or event.is_forwarded:
            await super().on_event(event)
        elif self._turns.take(event):
            await self._give_turn(event)

    async def on_turn(self, turn: Turn) -> None:
        turn.stop()
        if ready := self._turns.returned(turn):
            await self._give_turn(*ready)

    async def _give_turn(self, *ready: events.Event) -> None:
        for event in ready:
            await super().on_event(event)
        self._turns.follow()

    # Messages

    def say(self, message: str) -> None:
        """Show a message in the footer for a while. Text from the API must have been made safe."""
        self.message = message
        if message:
            self.said.append(f"{clock_time(self.clock(), self.clock())}  {message}")
        if self._message_timer is not None:
            self._message_timer.stop()
        self._message_timer = self.set_timer(MESSAGE_SECONDS, self._unsay)
        self.explorer.refresh_bars()

    def notify(self, message: str, **_options: Any) -> None:
        """Say what Textual has to say, too."""
        self.say(visible(message))

    def announce(self, message: str) -> None:
        """Say something that a person may be waiting for, also when they look elsewhere."""
        self.say(message)
        if sequence := notice(message, self._notify, self._environ):
            self.send_to_terminal(sequence)

    def _unsay(self) -> None:
        self.message = ""
        self.explorer.refresh_bars()

    def copy_to_clipboard(self, text: str, *, secret: bool = False) -> None:
        """Send a text to the terminal's clipboard, and say so; a secret is not repeated in that."""
        try:
            sequence = osc52(text, self._environ)
        except ValueError as error:
            self.say(_("Not copied: {error}.", error=error))
            return
        self.send_to_terminal(sequence)
        shown = _("the secret") if secret else shorten(visible(text), 40)
        self.say(_("Sent to the terminal's clipboard: {shown}", shown=shown))

    @on(Driver.SignalResume)
    def _come_back(self) -> None:
        """Paint everything again after Ctrl-Z and ``fg``: a shell has written over it."""
        self.refresh(layout=True)

    @property
    def can_suspend(self) -> bool:
        """Whether another program can have the terminal for a while."""
        return self._driver is not None and self._driver.can_suspend

    @contextmanager
    def suspend(self) -> Iterator[None]:
        """Give the terminal away for a while; it comes back also where something is raised meanwhile."""
        raised: BaseException | None = None
        with super().suspend():
            try:
                yield
            except BaseException as error:
                raised = error
        if raised is not None:
            raise raised

    def send_to_terminal(self, sequence: str) -> None:
        """Write a control sequence that paints nothing."""
        if self._driver is not None:
            self._driver.write(sequence)

    def pick(
        self,
        title: str,
        choices: Sequence[Choice],
        use: Callable[[str], None],
        *,
        current: str | None = None,
        preview: Callable[[str], None] | None = None,
    ) -> None:
        """Let the person choose, then use what they chose.

        Args:
            title: what is being chosen.
            choices: what there is.
            use: called with the chosen value.
            current: the value that the cursor starts on.
            preview: called with the value under the cursor; with ``current`` when nothing is chosen.
        """
        from cloudmc_tui.tui.screens.picker import Picker

        def chosen(value: str | list[str] | None) -> None:
            if isinstance(value, str):
                use(value)
            elif preview is not None and current is not None:
                preview(current)

        self.push_screen(Picker(title, choices, current=current, preview=preview), chosen)

    def pick_several(
        self,
        title: str,
        choices: Sequence[Choice],
        use: Callable[[list[str]], None],
        *,
        marked: Sequence[str],
    ) -> None:
        """Let the person choose any number, then use what they chose.

        Args:
            title: what is being chosen.
            choices: what there is.
            use: called with the chosen values, in the choices' order.
            marked: what is chosen at first.
        """
        from cloudmc_tui.tui.screens.picker import Picker

        def chosen(value: str | list[str] | None) -> None:
            if isinstance(value, list):
                use(value)

        self.push_screen(Picker(title, choices, several=True, marked=marked), chosen)

    # Crashes

    def _fatal_error(self) -> None:
        """End after an unhandled exception, without Textual's traceback: that one prints locals, and
        among them could be the API key. The report has neither."""
        import sys

        from cloudmc_tui.logs import tell_crash

        error = sys.exc_info()[1] or self._exception
        self.bell()
        if error is not None:
            self._exit_renderables.append(Text(tell_crash(error)))
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """Say once what has happened; Textual would add how to run it for its own developers."""
        for renderable in self._exit_renderables[:1]:
            self.error_console.print(renderable)
        self._exit_renderables.clear()

    # Actions that work everywhere

    def action_go_palette(self) -> None:
        """Offer every action by name."""
        choices = [
            Choice(
                a.id,
                _("{label}: {help}", label=_(a.label).rstrip("…"), help=_(a.help)),
                " ".join(keys_of(a, self.keymap_now)),
            )
            for a in self.preferences.keymap.actions
            if a.palette
        ]

        def use(identity: str) -> None:
            self.call_later(self.do, identity)

        self.pick(_("Actions"), choices, use)

    async def do(self, identity: str) -> None:
        """Do an action wherever it is to be had: by what has the focus, around it, in another pane, in the
        program.

        Args:
            identity: the action's id.
        """
        if identity in self.preferences.commands:
            self.action_own(identity)
            return
        method = BY_ID[identity].method
        explorer = self.explorer
        around = explorer.focused.ancestors_with_self if explorer.focused else [explorer, self]
        panes = (explorer.entity_pane, explorer.list_pane, explorer.tree_pane, explorer.tasks_pane)
        node = next(n for n in (*around, *panes) if hasattr(n, f"action_{method}"))
        await self.run_action(method, node)

    def action_own(self, identity: str) -> None:
        """Run a command of the user's on what the cursor is on.

        Args:
            identity: its action's id.
        """
        from cloudmc_tui.tui.own import run

        run(self, self.preferences.commands[identity], self.explorer.details_here())

    def action_app_key(self) -> None:
        self.connections.renew_key()

    def action_app_profiles(self) -> None:
        self.connections.choose_profile()

    def action_app_organizations(self) -> None:
        self.connections.choose_organization()

    def action_app_requests(self) -> None:
        """Show the session's requests."""
        from cloudmc_tui.tui.screens.requests import Requests

        if self.explorer.session is None:
            self.say(_("Nothing was asked yet."))
        else:
            self.push_screen(Requests(self.explorer.session))

    def action_app_theme(self) -> None:
        """Choose a theme, seeing it before."""
        self.appearance.choose()

    def action_app_problems(self) -> None:
        """Show what is wrong with the config file and the themes."""
        from cloudmc_tui.tui.screens.text import TextScreen

        self.push_screen(
            TextScreen(_("Problems"), self.problems or [_("Nothing is wrong with your settings.")])
        )

    @property
    def scope(self) -> Scope | None:
        """The actions of what has the focus: of a window, where one is open."""
        if self.screen is self.explorer:
            return self.explorer.scope
        found = (BY_ID.get(active.binding.id or "") for active in self.screen.active_bindings.values())
        return next((a.scope for a in found if a and a.scope not in (Scope.MOVE, Scope.APP)), None)

    def action_app_messages(self) -> None:
        """Show what was said, whole, the newest first."""
        from cloudmc_tui.tui.screens.text import TextScreen

        self.push_screen(TextScreen(_("Messages"), [*reversed(self.said)] or [_("Nothing was said yet.")]))

    def action_app_help(self) -> None:
        from cloudmc_tui.tui.screens.help import Help

        if isinstance(self.screen, Help):
            self.pop_screen()
        else:
            self.push_screen(Help(self.scope, self.keymap_now, self.preferences.keymap.actions))

    def action_app_help_now(self) -> None:
        self.action_app_help()

    def action_app_quit(self) -> None:
        self.exit()

    def action_app_quit_now(self) -> None:
        self.exit()
