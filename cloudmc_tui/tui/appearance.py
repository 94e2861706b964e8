"""How the explorer looks: which theme, in how many colours, in ASCII or not; and a user's theme while it is
being written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.filter import LineFilter, Monochrome, NoColor

from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import _
from cloudmc_tui.tui.choice import Choice
from cloudmc_tui.tui.colors import Of256
from cloudmc_tui.tui.glyphs import AsciiOnly
from cloudmc_tui.tui.looks import Colors, Look
from cloudmc_tui.tui.themes import (
    DEFAULT,
    MONO,
    SIXTEEN,
    Library,
    ThemeError,
    ThemeFile,
    load_theme,
    user_folder,
)

if TYPE_CHECKING:
    from textual.timer import Timer

    from cloudmc_tui.profiles import Profile
    from cloudmc_tui.tui.app import ExplorerApp

LOOK_EVERY = 1.0
"""Seconds between two looks at the file of a user's theme while that is shown."""


class Appearance:
    """The application's looks.

    Attributes:
        look: what the terminal can show.
        library: the themes that there are.
    """

    def __init__(
        self, app: ExplorerApp, look: Look, library: Library, *, flag: str = "", setting: str = ""
    ) -> None:
        """Make it.

        Args:
            app: what looks like this.
            look: what the terminal can show.
            library: the themes that there are; :data:`DEFAULT` among them.
            flag: the theme that was asked for on the command line: whatever the profile says.
            setting: the theme of the config file: where the profile says nothing.
        """
        self.look = look
        self.library = library
        self._app = app
        self._flag = flag
        self._setting = setting
        colors: dict[Colors, LineFilter] = {Colors.NONE: NoColor(), Colors.MANY: Of256()}
        found = (colors.get(look.colors), AsciiOnly() if look.ascii else None)
        self._filters = tuple(each for each in found if each is not None)
        self._timer: Timer | None = None
        self._seen: tuple[int, int] | None = None

    def filters(self, filters: Sequence[LineFilter]) -> Sequence[LineFilter]:
        """What every line passes before it is painted.

        Args:
            filters: Textual's own.
        """
        if not self._filters:
            return filters
        kept = [f for f in filters if not isinstance(f, (Monochrome, NoColor))]
        return (*kept, *self._filters)

    # Which theme

    def register(self) -> None:
        """Tell the application the themes."""
        for theme in self.library.themes.values():
            self._app.register_theme(theme.to_theme())

    def fitting(self) -> list[ThemeFile]:
        """The themes that this terminal can show: without colour, only those that need none."""
        themes = self.library.themes.values()
        return [t for t in themes if t.colorless or self.look.colors is not Colors.NONE]

    def theme_for(self, profile: Profile) -> tuple[str, str]:
        """The theme of a profile: of the flag, the profile, the settings, or what the terminal can show.

        Returns:
            its name, and what is wrong with what was asked for.
        """
        usual = {Colors.NONE: MONO, Colors.SIXTEEN: SIXTEEN}.get(self.look.colors, DEFAULT)
        wanted = self._flag or profile.theme or self._setting
        if not wanted:
            return usual, ""
        try:
            theme = self.library.find(wanted)
        except ThemeError as error:
            return usual, str(error)
        if theme not in self.fitting():
            return usual, _(
                "theme {wanted!r}: has colours, and NO_COLOR is set", wanted=wanted
            ) if self._flag else ""
        return theme.name, ""

    def show(self, name: str) -> None:
        """Show a theme."""
        if self._app.theme != name:
            self._app.theme = name
        self._watch()

    def choose(self) -> None:
        """Let the person choose, seeing each."""
        choices = [Choice(t.name, _(t.label), _("dark") if t.dark else _("light")) for t in self.fitting()]
        self._app.pick(_("Theme"), choices, self.show, current=self._app.theme, preview=self.show)

    # A theme that is being written

    @property
    def watches(self) -> bool:
        """Whether the present theme's file is looked at: only that of a user's own."""
        return self._timer is not None

    def _watch(self) -> None:
        file = self.library.files.get(self._app.theme)
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if file is not None and file.parent == user_folder():
            self._seen = self._stamp()
            self._timer = self._app.set_interval(LOOK_EVERY, self.reload)

    def _stamp(self) -> tuple[int, int] | None:
        """What tells one writing of the present theme's file from another."""
        try:
            found = self.library.files[self._app.theme].stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def reload(self) -> None:
        """Show the present theme as its file is now, if that is another than before."""
        stamp = self._stamp()
        if stamp is None or stamp == self._seen:
            return
        self._seen = stamp
        file = self.library.files[self._app.theme]
        try:
            theme = load_theme(file)
        except ThemeError as error:
            self._app.say(visible(str(error)))
            return
        self.library.themes[theme.name] = theme
        self.library.files[theme.name] = file
        self._app.register_theme(theme.to_theme())
        if theme.name == self._app.theme:
            self._app.mutate_reactive(type(self._app).theme)
        else:
            self.show(theme.name)
        self._app.say(_("{name}: shown as it is now.", name=file.name))
