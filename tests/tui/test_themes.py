"""Themes: read and refused, readable in every state, and one's own while it is being written."""

from __future__ import annotations

import itertools
import os
from pathlib import Path as FilePath

import msgspec
import pytest
from msgspec.structs import replace
from rich.color import Color, ColorType
from rich.style import Style
from textual.pilot import Pilot

from cloudmc_tui.profiles.config import read_config
from cloudmc_tui.profiles.profile import COLORS, Profile, demo_profile
from cloudmc_tui.tui import themes
from cloudmc_tui.tui.app import ExplorerApp
from cloudmc_tui.tui.colors import ACCENTS, accent_style, contrast, nearest_of_256
from cloudmc_tui.tui.looks import Colors, Look
from cloudmc_tui.tui.preferences import Preferences, preferences
from cloudmc_tui.tui.screens.text import TextScreen
from cloudmc_tui.tui.themes import Library, ThemeFile, load_themes, own_folder, user_folder
from cloudmc_tui.tui.widgets.bar import Bar
from tests.demo import demo_app, explorer, settle

READABLE = 4.5
"""The least contrast of text, by WCAG 2 (level AA)."""

OWN = load_themes([own_folder()])

NAMES = {"night", "day", "high-contrast", "sixteen", "mono", "fjord", "solstice"}

# What terminals of 16 colours make of them: xterm, the VGA text mode and the Linux console, Windows.
PALETTES = {
    "xterm": "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5"
    " 7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff",
    "vga": "000000 aa0000 00aa00 aa5500 0000aa aa00aa 00aaaa aaaaaa"
    " 555555 ff5555 55ff55 ffff55 5555ff ff55ff 55ffff ffffff",
    "windows": "0c0c0c c50f1f 13a10e c19c00 0037da 881798 3a96dd cccccc"
    " 767676 e74856 16c60c f9f1a5 3b78ff b4009e 61d6d6 f2f2f2",
}

TEXTS = (
    "muted",
    "heading",
    "reference",
    "match",
    "key",
    "tone-ok",
    "tone-off",
    "tone-busy",
    "tone-warn",
    "tone-bad",
    "tone-unknown",
)
"""The roles of text in panes, in modal screens and in bars."""


def shades(theme: ThemeFile) -> list[bool]:
    """In which depths a theme is shown: true colour, and reduced to 256."""
    return [False] if theme.native else [False, True]


def palette_of(name: str, *, reduced: bool = False) -> tuple[dict[str, str], dict[str, str]]:
    """A theme's colours and roles, by name."""
    theme = OWN.themes[name]
    tables = [msgspec.to_builtins(theme.colors), msgspec.to_builtins(theme.roles)]
    colors, roles = [{n: of_256(c) if reduced else c for n, c in table.items()} for table in tables]
    return colors, roles


def of_256(color: str) -> str:
    """What a colour ``#rrggbb`` is shown as on a terminal of 256."""
    number = nearest_of_256(*Color.parse(color).get_truecolor())
    return Color.from_ansi(number).get_truecolor().hex


def measured(one: str, other: str, palette: str) -> float:
    """The contrast of two colours; the terminal's default ones are readable on each other, and nothing
    is known of them on others."""
    if "ansi_default" in (one, other):
        return 21.0 if one == other else 0.0
    return contrast(shown(one, palette), shown(other, palette))


def shown(color: str, palette: str) -> str:
    """A colour as a terminal shows it."""
    if color.startswith("#"):
        return color
    names = [f"ansi_{bright}{name}" for bright in ("", "bright_") for name in ANSI]
    return "#" + PALETTES[palette].split()[names.index(color)]


ANSI = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")

SHOWN = [(name, reduced) for name, theme in OWN.themes.items() for reduced in shades(theme)]


def test_there_are_seven_themes_and_none_is_broken() -> None:
    assert OWN.errors == []
    assert set(OWN.themes) == NAMES
    assert all(file.stem == name for name, file in OWN.files.items())


@pytest.mark.parametrize(("name", "reduced"), SHOWN)
@pytest.mark.parametrize("palette", PALETTES)
def test_every_role_can_be_read_wherever_it_stands(name: str, reduced: bool, palette: str) -> None:
    colors, roles = palette_of(name, reduced=reduced)
    behind = (colors["background"], colors["surface"], colors["panel"], roles["bar-background"])
    pairs = [(roles[text], back) for text, back in itertools.product(TEXTS, behind)]
    pairs += [(colors["foreground"], back) for back in behind]
    pairs += [
        (roles["bar"], roles["bar-background"]),
        (roles["cursor"], roles["cursor-background"]),
        (roles["cursor-blurred"], roles["cursor-blurred-background"]),
    ]
    dim = {pair: found for pair in pairs if (found := measured(*pair, palette)) < READABLE}
    if name == "sixteen":  # its inputs are on blue, where only what they hold is written
        written = {(colors["foreground"], colors["panel"]), (roles["muted"], colors["panel"])}
        dim = {pair: found for pair, found in dim.items() if pair[1] != colors["panel"] or pair in written}
    assert not dim


def test_high_contrast_is_high() -> None:
    colors, roles = palette_of("high-contrast")
    behind = (colors["background"], colors["surface"], colors["panel"], roles["bar-background"])
    assert all(contrast(roles[text], back) >= 7 for text, back in itertools.product(TEXTS, behind))


# The same on what is really painted: every place where a theme meets Textual's own styles.

WALK = (
    "down space",
    "slash / (",  # a filter that cannot be read
    "escape enter",  # an entity, beside the list, whose cursor is blurred
    "J",
    "x",
    "question_mark",
    "escape o",
    "escape D",
    "ctrl+s",  # a plan that wants a word
    "escape escape escape 2 n ctrl+s",  # a form with problems
    "f4",  # an editor
    "escape escape escape slash",
    "escape L",
    "s",
    "escape slash x",
    "escape escape colon w",
    "escape f",
    "w e b",
    "escape ctrl+p t h",
    "escape 4",
    "P",
)
"""Through every kind of screen: keys, and then a look."""

_LINES = set("─│━┃╭╮╰╯ ")


def painted(pilot: Pilot[None]) -> dict[tuple[str, str], str]:
    """The pairs of colours that text is painted in, each with such a text."""
    found = {}
    for strip in pilot.app.screen._compositor.render_strips():
        for segment in strip:
            if segment.style is not None and not set(segment.text) <= _LINES:
                assert not segment.style.dim
                found[_css(segment.style.color), _css(segment.style.bgcolor)] = segment.text
    return found


def faint(theme: ThemeFile, pairs: dict[tuple[str, str], str]) -> dict[str, float]:
    """What of these cannot be read, on some terminal, with its contrast."""
    found = {}
    for (one, other), text in pairs.items():
        measures = [measured(one, other, palette) for palette in PALETTES]
        if not theme.native:
            measures.append(contrast(of_256(one), of_256(other)))
        if min(measures) < READABLE:
            found[text] = min(measures)
    return found


def _css(color: Color | None) -> str:
    if color is None or color.type is ColorType.DEFAULT:
        return "ansi_default"
    if color.type in (ColorType.TRUECOLOR, ColorType.EIGHT_BIT):
        return color.get_truecolor().hex
    assert color.number is not None and color.number < 16
    return f"ansi_{'bright_' if color.number > 7 else ''}{ANSI[color.number % 8]}"


def shown_on(look: Look, theme: str = "", profile: Profile | None = None, setting: str = "") -> ExplorerApp:
    """The explorer on a terminal."""
    wanted = Preferences(look=look, theme=setting)
    return demo_app("compute-qc/production/instances", theme=theme, preferences=wanted, profile=profile)


async def test_everything_that_is_painted_can_be_read() -> None:
    app = shown_on(Look(), "night")
    dim, kinds = {}, set()
    async with app.run_test(size=(140, 50)) as pilot:
        await settle(pilot)
        for keys in WALK:
            await pilot.press(*keys.split())
            await settle(pilot)
            kinds.add(type(app.screen).__name__)
            for name, theme in OWN.themes.items():
                app.theme = name
                await pilot.pause()
                if found := faint(theme, painted(pilot)):
                    dim[name, keys] = found
    assert not dim
    assert {"Explorer", "Help", "PlanScreen", "Picker", "Find", "Editor", "Profiles", "Requests"} <= kinds


# Where there is no colour


def test_without_colour_the_cursor_focus_and_marks_are_told_by_attributes() -> None:
    styles = OWN.themes["mono"].styles
    assert styles.cursor == "reverse"
    assert styles.cursor_blurred not in ("none", styles.cursor)
    assert "bold" in styles.mark and "bold" in styles.heading
    assert styles.tone_bad != styles.tone_ok


def look_of_row(app: ExplorerApp, pane: str, row: int) -> tuple[Style, ...]:
    view = app.screen.query_one(f"#{pane}")
    return tuple(s.style or Style() for s in view.render_line(row))


async def test_under_no_color_no_colour_is_painted_and_the_cursor_is_seen() -> None:
    app = shown_on(Look(colors=Colors.NONE), profile=replace(demo_profile(), color="red"))
    async with app.run_test(size=(140, 50)) as pilot:
        await settle(pilot)
        assert app.theme == "mono"
        for key in ("down", "enter"):
            await pilot.press(key)
            await settle(pilot)
            for strip in app.screen._compositor.render_strips():
                for segment in strip:
                    style = segment.style or Style()
                    assert style.color is None or style.color.is_default, segment
                    assert style.bgcolor is None or style.bgcolor.is_default, segment
        focused, blurred = look_of_row(app, "entity", 0), look_of_row(app, "list", 2)
        other = look_of_row(app, "list", 3)
        assert all(style.reverse for style in focused)
        assert all(style.underline and not style.reverse for style in blurred)
        assert not any(style.reverse or style.underline for style in other)


async def test_without_colour_only_colourless_themes_are_offered() -> None:
    app = shown_on(Look(colors=Colors.NONE), "night")
    async with app.run_test() as pilot:
        await settle(pilot)
        assert app.theme == "mono"
        assert [t.name for t in app.appearance.fitting()] == ["mono"]
        assert any("NO_COLOR" in problem for problem in app.problems)


# Which theme


@pytest.mark.parametrize(
    ("colors", "flag", "of_profile", "setting", "expected"),
    [
        (Colors.TRUE, "", "", "", "night"),
        (Colors.SIXTEEN, "", "", "", "sixteen"),
        (Colors.NONE, "", "", "", "mono"),
        (Colors.TRUE, "", "", "day", "day"),
        (Colors.TRUE, "", "fjord", "day", "fjord"),
        (Colors.TRUE, "mono", "fjord", "day", "mono"),
        (Colors.SIXTEEN, "", "", "day", "day"),
        (Colors.NONE, "day", "fjord", "day", "mono"),
        (Colors.TRUE, "", "no-such", "day", "night"),
    ],
)
async def test_the_flag_wins_over_the_profile_and_that_over_the_settings(
    colors: Colors, flag: str, of_profile: str, setting: str, expected: str
) -> None:
    app = shown_on(Look(colors=colors), flag, replace(demo_profile(), theme=of_profile), setting)
    async with app.run_test():
        assert app.theme == expected


async def test_a_profiles_theme_comes_and_goes_with_it() -> None:
    app = shown_on(Look(), profile=replace(demo_profile(), theme="fjord"))
    async with app.run_test() as pilot:
        await settle(pilot)
        app.connections.switch(replace(demo_profile(), theme="day"))
        await settle(pilot)
        assert app.theme == "day"
        app.connections.switch(demo_profile())
        await settle(pilot)
        assert app.theme == "night"


# One's own


OWN_THEME = """\
extends = "night"
name = "mine"
label = "Mine"

[roles]
heading = "#ff0000"
"""


@pytest.fixture
def mine() -> FilePath:
    """A theme file of the user's."""
    file = user_folder() / "mine.toml"
    file.parent.mkdir(parents=True)
    file.write_text(OWN_THEME, encoding="utf-8")
    return file


def with_own_themes(theme: str) -> ExplorerApp:
    return demo_app(theme=theme, library=load_themes([own_folder(), user_folder()]))


def edit(file: FilePath, text: str) -> None:
    """Write a file anew, later than before."""
    before = file.stat().st_mtime_ns
    file.write_text(text, encoding="utf-8")
    os.utime(file, ns=(before + 10**9, before + 10**9))


def heading(app: ExplorerApp) -> str:
    color = explorer_crumbs(app).piece_style("bar--heading").color
    assert color is not None
    return color.name


def explorer_crumbs(app: ExplorerApp) -> Bar:
    return app.explorer.query_one("#crumbs", Bar)


def test_a_theme_that_extends_another_says_only_what_differs(mine: FilePath) -> None:
    library = load_themes([own_folder(), user_folder()])
    own, night = library.themes["mine"], library.themes["night"]
    assert own.roles.heading == "#ff0000"
    assert (own.roles.muted, own.colors) == (night.roles.muted, night.colors)


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('extends = "night"', 'extends = "nigth"', "extends", "none of"),
        ('name = "mine"', 'name = "My theme"', "name", "not made of"),
        ('heading = "#ff0000"', 'heading = "ansi_reddish"', "roles.heading", "not a colour"),
        ("[roles]", '[styles]\nkey = "bold blink"\n[roles]', "styles.key", "'blink' is none of"),
        ("[roles]", '[styles]\nsparkle = "bold"\n[roles]', "styles", "sparkle"),
    ],
)
def test_what_cannot_be_used_is_named(mine: FilePath, old: str, new: str, key: str, reason: str) -> None:
    edit(mine, OWN_THEME.replace(old, new))
    library = load_themes([own_folder(), user_folder()])
    assert set(library.themes) == NAMES
    assert [(e.file, e.key) for e in library.errors] == [("mine.toml", key)]
    assert reason in str(library.errors[0])


async def test_a_broken_theme_is_told_on_screen(mine: FilePath) -> None:
    edit(mine, OWN_THEME.replace("#ff0000", "reddish"))
    app = with_own_themes("night")
    async with app.run_test() as pilot:
        await settle(pilot)
        assert "1 problem" in explorer(pilot).query_one("#status", Bar).text
        await app.do("app.problems")
        await settle(pilot)
        assert isinstance(app.screen, TextScreen)
        assert "mine.toml: roles.heading" in app.problems[0]


async def test_a_theme_is_shown_as_it_is_written(mine: FilePath) -> None:
    app = with_own_themes("mine")
    async with app.run_test() as pilot:
        await settle(pilot)
        assert heading(app) == "#ff0000"
        app.appearance.reload()  # nothing has changed
        assert app.message == ""
        edit(mine, OWN_THEME.replace("#ff0000", "#00ff00"))
        app.appearance.reload()
        await settle(pilot)
        assert heading(app) == "#00ff00"
        edit(mine, OWN_THEME.replace("#ff0000", "#zzz"))
        app.appearance.reload()
        await settle(pilot)
        assert heading(app) == "#00ff00"
        assert "roles.heading" in app.message
        edit(mine, OWN_THEME.replace("#ff0000", "#0000ff").replace('name = "mine"', 'name = "mine-too"'))
        app.appearance.reload()
        await settle(pilot)
        assert (app.theme, heading(app)) == ("mine-too", "#0000ff")


async def test_only_the_file_of_ones_own_present_theme_is_looked_at(mine: FilePath) -> None:
    app = with_own_themes("mine")
    async with app.run_test() as pilot:
        await settle(pilot)
        watched = [app.appearance.watches]
        app.appearance.show("day")
        watched.append(app.appearance.watches)
        assert watched == [True, False]
        mine.unlink()
        app.appearance.show("mine")
        app.appearance.reload()  # a file that is gone changes nothing
        assert app.theme == "mine"


async def test_the_picker_shows_each_theme_and_the_old_one_when_it_is_left() -> None:
    app = demo_app(theme="night")
    async with app.run_test() as pilot:
        await settle(pilot)
        await app.do("app.theme")
        await settle(pilot)
        await pilot.press("down")
        await settle(pilot)
        assert app.theme != "night"
        await pilot.press("escape")
        await settle(pilot)
        assert app.theme == "night"


# Colours


def test_each_of_the_256_colours_is_nearest_to_itself() -> None:
    for number in range(16, 256):
        color = Color.from_ansi(number).get_truecolor()
        assert Color.from_ansi(nearest_of_256(*color)).get_truecolor() == color


def test_nearly_black_becomes_neither_black_nor_green() -> None:
    assert of_256("#2b303b") == "#303030"
    assert of_256("#171e27") == "#1c1c1c"


async def test_on_256_colours_every_colour_is_sent_by_its_number() -> None:
    app = shown_on(Look(colors=Colors.MANY), profile=replace(demo_profile(), color="#123456"))
    async with app.run_test() as pilot:
        await settle(pilot)
        for strip in app.screen._compositor.render_strips():
            for segment in strip:
                for color in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                    assert color is None or color.type is ColorType.EIGHT_BIT


@pytest.mark.parametrize("sixteen", [False, True])
def test_a_profiles_name_can_be_read_on_its_accent(sixteen: bool) -> None:
    assert set(ACCENTS) == set(COLORS)
    for name in COLORS:
        style = accent_style(name, sixteen=sixteen)
        assert style.color is not None and style.bgcolor is not None
        assert contrast(style.color.get_truecolor().hex, style.bgcolor.get_truecolor().hex) >= READABLE, name


def test_what_the_settings_say_of_looks_is_read_and_mistakes_are_told(tmp_path: FilePath) -> None:
    text = '[settings]\ntheme = "day"\nascii = true\ncolors = "265"\n'
    config = read_config(text, tmp_path / "config.toml")
    found = preferences(config, Look())
    assert found.theme == "day"
    assert len(found.problems) == 1 and "line 4" in found.problems[0] and "'256'" in found.problems[0]
    look = Look().wanted(config.settings.get("colors"), config.settings.get("ascii"))
    assert look == Look(Colors.TRUE, ascii=True)


def test_a_library_says_what_is_nearest() -> None:
    with pytest.raises(themes.ThemeError, match="did you mean fjord"):
        OWN.find("fjrod")
    with pytest.raises(themes.ThemeError, match="there are"):
        Library(dict(OWN.themes)).find("zzzzzz")
