"""Colours by their number among 256, where that is close enough."""

from __future__ import annotations

_STEPS = (0, 95, 135, 175, 215, 255)
"""The levels of red, green and blue in the colour cube."""

CLOSE = 12
"""How much each of red, green and blue may differ, of 255."""


class Palette:
    """Gives numbers for true colours, which take half as many bytes.

    Only close ones, and never the same for two colours: what was to differ still differs.
    """

    def __init__(self) -> None:
        self._taken: dict[int, str] = {}
        self._known: dict[str, str] = {}

    def reduce(self, colour: str) -> str:
        """A colour as it is to be sent.

        Args:
            colour: SGR parameters, ``38;…`` or ``48;…``.

        Returns:
            ``38;5;N`` or ``48;5;N`` for a true colour that is close to one of them; others as they are.
        """
        plane, _, rest = colour.partition(";")
        if not rest.startswith("2;"):
            return colour
        known = self._known.get(rest)
        if known is None:
            number = _nearest(*map(int, rest[2:].split(";")))
            fits = number is not None and self._taken.setdefault(number, rest) == rest
            known = self._known[rest] = f"5;{number}" if fits else rest
        return f"{plane};{known}"


def _nearest(red: int, green: int, blue: int) -> int | None:
    """The number of the nearest colour of the cube or the greys, if it is close."""
    indexes = [_level(red), _level(green), _level(blue)]
    grey = max(0, min(23, round(((red + green + blue) / 3 - 8) / 10)))
    found: list[tuple[int, int]] = []
    for number, levels in (
        (16 + 36 * indexes[0] + 6 * indexes[1] + indexes[2], tuple(_STEPS[i] for i in indexes)),
        (232 + grey, (8 + 10 * grey,) * 3),
    ):
        found.append((max(abs(a - b) for a, b in zip(levels, (red, green, blue), strict=True)), number))
    distance, number = min(found)
    return number if distance <= CLOSE else None


def _level(part: int) -> int:
    """The index of the nearest level of the cube."""
    return min(range(len(_STEPS)), key=lambda index: abs(_STEPS[index] - part))
