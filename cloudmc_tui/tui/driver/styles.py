"""Styles as small numbers, and the shortest SGR sequence from one to another.

A style is what SGR sequences and hyperlinks have set: attributes, colours, a link. Screens hold many
cells and few styles, so that cells hold a style's number and every answer here is remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

PLAIN = 0
"""The number of the style that a reset gives."""

MOST_STYLES = 5000
"""How many styles, or ways from one to another, are remembered before it is time to forget them."""

_ON = frozenset((1, 2, 3, 4, 5, 6, 7, 8, 9, 21, 51, 52, 53))
_OFF = {
    22: frozenset((1, 2)),
    23: frozenset((3,)),
    24: frozenset((4, 21)),
    25: frozenset((5, 6)),
    27: frozenset((7,)),
    28: frozenset((8,)),
    29: frozenset((9,)),
    54: frozenset((51, 52)),
    55: frozenset((53,)),
}
"""What switches which attributes off."""

_OFF_ONE_BY_ONE = {1: 22, 2: 22, 3: 23, 4: 24, 5: 25, 7: 27, 8: 28, 9: 29}
"""What every terminal understands to switch an attribute off; for the rare others it takes a reset."""

_SEEN_ON_BLANKS = frozenset((4, 7, 9, 21, 51, 52, 53))
"""Attributes that show even where there is no character."""


class NotUnderstood(Exception):
    """Output of which the effect on the screen is not known here."""


class Style(NamedTuple):
    """What a cell looks like.

    Attributes:
        attributes: SGR numbers that are on.
        foreground: SGR parameters of the colour, empty for the terminal's own.
        background: the same.
        link: a hyperlink's parameters and address as OSC 8 has them, empty for none.
    """

    attributes: frozenset[int] = frozenset()
    foreground: str = ""
    background: str = ""
    link: str = ""


class Styles:
    """The styles of one screen."""

    def __init__(self, reduce: Callable[[str], str] = str) -> None:
        """Make an empty table.

        Args:
            reduce: gives a colour's SGR parameters as they are to be sent.
        """
        self._reduce = reduce
        self.clear()

    def clear(self) -> None:
        """Forget every style; numbers given so far mean nothing any more."""
        self._styles: list[Style] = []
        self._numbers: dict[Style, int] = {}
        self._applied: dict[tuple[int, str], int] = {}
        self._changes: dict[tuple[int | None, int], str] = {}
        self._blank_changes: dict[tuple[int | None, int], tuple[str, int]] = {}
        self._blanks: list[int] = []
        self.number(Style())

    @property
    def full(self) -> bool:
        """Whether it is time to :meth:`renew`."""
        return len(self._styles) > MOST_STYLES or len(self._changes) > MOST_STYLES

    def renew(self) -> Callable[[int], int]:
        """Forget every style but those that are asked for.

        Returns:
            gives an old number's new one.
        """
        before = self._styles
        self.clear()
        return lambda number: self.number(before[number])

    def number(self, style: Style) -> int:
        """A style's number."""
        number = self._numbers.get(style)
        if number is None:
            number = self._numbers[style] = len(self._styles)
            self._styles.append(style)
            self._blanks.append(number)  # its own, until it is known better
            if style.attributes.isdisjoint(_SEEN_ON_BLANKS) and not style.link:
                self._blanks[number] = self.number(Style(background=style.background))
        return number

    def style(self, number: int) -> Style:
        """The style of a number."""
        return self._styles[number]

    def blank(self, number: int) -> int:
        """The style that a space of this style is as good as: of most, only the background shows."""
        return self._blanks[number]

    def is_plain_blank(self, number: int) -> bool:
        """Whether nothing but a background is set: what erasing leaves on terminals that erase in it."""
        style = self._styles[number]
        return not (style.attributes or style.foreground or style.link)

    # What sequences do

    def apply(self, number: int, parameters: str) -> int:
        """The style after an SGR sequence.

        Args:
            number: the style before.
            parameters: between ``CSI`` and ``m``.

        Raises:
            NotUnderstood: for parameters that set what a style does not have.
        """
        key = number, parameters
        found = self._applied.get(key)
        if found is None:
            found = self._applied[key] = self.number(self._after(self._styles[number], parameters))
        return found

    def linked(self, number: int, link: str) -> int:
        """The style with another hyperlink; empty for none."""
        style = self._styles[number]
        return number if style.link == link else self.number(style._replace(link=link))

    def _after(self, style: Style, parameters: str) -> Style:
        attributes, foreground, background = style.attributes, style.foreground, style.background
        codes = parameters.split(";")
        try:
            numbers = [int(code) if code else 0 for code in codes]
        except ValueError:
            raise NotUnderstood(parameters) from None
        place = 0
        while place < len(numbers):
            code = numbers[place]
            place += 1
            if code == 0:
                attributes, foreground, background = frozenset(), "", ""
            elif code in _ON:
                attributes |= {code}
            elif code in _OFF:
                attributes -= _OFF[code]
            elif 30 <= code <= 37 or 90 <= code <= 97:
                foreground = codes[place - 1]
            elif 40 <= code <= 47 or 100 <= code <= 107:
                background = codes[place - 1]
            elif code == 39:
                foreground = ""
            elif code == 49:
                background = ""
            elif code in (38, 48):
                length = {5: 2, 2: 4}.get(numbers[place] if place < len(numbers) else -1, 0)
                if not length or place + length > len(numbers):
                    raise NotUnderstood(parameters)
                colour = self._reduce(";".join(codes[place - 1 : place + length]))
                place += length
                if code == 38:
                    foreground = colour
                else:
                    background = colour
            else:
                raise NotUnderstood(parameters)
        return Style(attributes, foreground, background, style.link)

    # What is to be sent

    def change(self, old: int | None, new: int) -> str:
        """The shortest sequence from one style to another.

        Args:
            old: the terminal's style now; none when it is not known.
            new: what it is to be.
        """
        if old == new:
            return ""
        key = old, new
        found = self._changes.get(key)
        if found is None:
            found = self._changes[key] = self._shortest(old, self._styles[new])
        return found

    def change_for_blank(self, old: int | None, new: int) -> tuple[str, int]:
        """The shortest sequence from a style to one in which a space looks as in another.

        Args:
            old: the terminal's style now; none when it is not known.
            new: the style of the space, as :meth:`blank` gives it.

        Returns:
            the sequence, and the terminal's style after it.
        """
        if old is not None and self._blanks[old] == new:
            return "", old
        key = old, new
        found = self._blank_changes.get(key)
        if found is None:
            found = self._blank_changes[key] = self._shortest_for_blank(old, new)
        return found

    def _shortest_for_blank(self, old: int | None, new: int) -> tuple[str, int]:
        whole = self.change(old, new), new
        if old is None or self._blanks[new] != new or not self.is_plain_blank(new):
            return whole
        before = self._styles[old]
        kept = self.number(
            Style(before.attributes - _SEEN_ON_BLANKS, before.foreground, self._styles[new].background, "")
        )
        part = self.change(old, kept), kept
        return part if len(part[0]) <= len(whole[0]) else whole

    def _shortest(self, old: int | None, new: Style) -> str:
        anew = ["0", *map(str, sorted(new.attributes))]
        anew += [colour for colour in (new.foreground, new.background) if colour]
        absolute = f"\x1b[{';'.join(anew)}m" if len(anew) > 1 else "\x1b[m"
        if old is None:
            return absolute + (_link(new.link) if new.link else "")
        before = self._styles[old]
        link = _link(new.link) if new.link != before.link else ""
        relative = _difference(before, new)
        if relative is None:
            return absolute + link
        return min(f"\x1b[{relative}m" if relative else "", absolute, key=len) + link


def _difference(old: Style, new: Style) -> str | None:
    """SGR parameters from one style to another without a reset; none where that takes one."""
    lost = old.attributes - new.attributes
    if not lost <= _OFF_ONE_BY_ONE.keys():
        return None
    codes: list[str] = []
    kept = old.attributes
    for code in sorted({_OFF_ONE_BY_ONE[attribute] for attribute in lost}):
        codes.append(str(code))
        kept -= _OFF[code]
    codes += map(str, sorted(new.attributes - kept))
    if old.foreground != new.foreground:
        codes.append(new.foreground or "39")
    if old.background != new.background:
        codes.append(new.background or "49")
    return ";".join(codes)


def _link(link: str) -> str:
    return f"\x1b]8;{link or ';'}\x1b\\"
