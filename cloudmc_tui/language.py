"""The language that the program speaks: English as it stands in the source, or French from its catalog.

What a person reads is written ``_("… {name} …", name=…)``; constants that are made before the language is
known are marked with :func:`N_` and pass :func:`_` where they are shown. What programs read stays English:
JSON, logs, the audit log.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gettext import GNUTranslations

ENGLISH = "en"
DOMAIN = "cloudmc_tui"
LOCALE = Path(__file__).with_name("locale")
"""The folder of the translations."""

VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""What says a language: the first that is set does."""

NAMES = {ENGLISH: "English", "fr": "français"}
"""The languages that there are, each called as it calls itself."""

NO_BREAK = "\N{NO-BREAK SPACE}"
NARROW = "\N{NARROW NO-BREAK SPACE}"

_translations: GNUTranslations | None = None
_language = ENGLISH
_english: dict[str, str] = {}


def wanted(environ: Mapping[str, str], setting: object = None) -> str:
    """The language that is asked for.

    Args:
        environ: the process's environment.
        setting: the config file's ``language``, which counts before the environment.

    Returns:
        one of :data:`NAMES`; English where another one is asked for, or none.
    """
    asked = setting or next((value for name in VARIABLES if (value := environ.get(name))), "")
    code = str(asked).replace("-", "_").partition("_")[0].partition(".")[0].lower()
    return code if code in NAMES else ENGLISH


def use(language: str) -> None:
    """Speak a language from now on; English, where its translations are not there.

    Args:
        language: one of :data:`NAMES`.
    """
    global _translations, _language
    _language, _translations = ENGLISH, None
    _english.clear()
    if language == ENGLISH:
        return
    from gettext import GNUTranslations

    try:
        with (LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as file:
            _translations = GNUTranslations(file)
    except OSError:
        return
    _language = language


def current() -> str:
    """The language that is spoken."""
    return _language


def _(message: str, /, **values: object) -> str:
    """A message in the language that is spoken; what no catalog has stays as it is.

    Args:
        message: in English, with ``{name}`` for each value.
        values: what is put in; where there are none, braces are plain braces.
    """
    said = _translations.gettext(message) if _translations is not None and message else message
    return said.format(**values) if values else said


def N_(message: str) -> str:
    """Mark a constant as a message, which passes :func:`_` where it is shown."""
    return message


def ngettext(one: str, many: str, count: int, /) -> str:
    """The form of a message that goes with a count, as it stands: nothing is put in."""
    if _translations is not None:
        return _translations.ngettext(one, many, count)
    return one if count == 1 else many


def counted(one: str, many: str, count: int, /, **values: object) -> str:
    """The same with the count in place of ``{count}``.

    Args:
        one: in English, for one.
        many: in English, for any other number.
        count: how many.
        values: what else is put in.
    """
    return ngettext(one, many, count).format(**{"count": number(count), **values})


def english(message: str) -> str:
    """What a message says in English: names that were typed are known in both languages."""
    if _translations is None:
        return message
    if not _english:
        table: Mapping[str, str] = getattr(_translations, "_catalog", {})
        _english.update((said, key) for key, said in table.items() if isinstance(key, str))
    uncapitalized = message[:1].lower() + message[1:]
    return _english.get(message) or _english.get(uncapitalized, message)


# Numbers


def number(count: float) -> str:
    """A number with its thousands set apart: ``"12,000"``; in French ``"12 000"``, with a narrow blank."""
    text = f"{count:,}"
    return text.translate({ord(","): NARROW, ord("."): ","}) if _language == "fr" else text


def decimal(text: str) -> str:
    """A number that is written with a point, with the language's own mark."""
    return text.replace(".", ",") if _language == "fr" else text
