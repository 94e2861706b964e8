"""Where an API key comes from: exactly one source a profile. Data only; the keys themselves are had by
:mod:`cloudmc_tui.profiles.keys`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct

from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import _

if TYPE_CHECKING:
    from cloudmc_tui.api.settings import Secret

KEY_VARIABLE = "CLOUDMC_API_KEY"
"""The environment variable for a connection without a profile."""

KEYRING_SERVICE = "cloudmc-tui"
"""Under which service the keyring has the keys; the user name is the profile's, or another one."""


class EnvironmentKey(Struct, frozen=True):
    """An environment variable.

    Attributes:
        variable: its name.
    """

    setting: ClassVar[str] = "key_env"
    variable: str

    @property
    def label(self) -> str:
        """For people."""
        return f"${visible(self.variable)}"


class CommandKey(Struct, frozen=True):
    """What a command prints: exactly one line. It is run without a shell.

    Attributes:
        words: the program and its arguments.
    """

    setting: ClassVar[str] = "key_command"
    words: tuple[str, ...]

    @property
    def holds_key(self) -> bool:
        """Whether it only repeats what it is given, so that the key is in the command itself."""
        return self.words[0].rpartition("/")[2] in ("echo", "printf")

    @property
    def label(self) -> str:
        """For people."""
        if self.holds_key:
            return _("command: {words} •••", words=visible(self.words[0]))
        return _("command: {words}", words=visible(shlex.join(self.words)))


class FileKey(Struct, frozen=True):
    """A file that is private to the user and holds the key alone.

    Attributes:
        file: its absolute path.
    """

    setting: ClassVar[str] = "key_file"
    file: str

    @property
    def label(self) -> str:
        """For people."""
        return _("file: {file}", file=visible(self.file))


class PromptKey(Struct, frozen=True):
    """Whoever sits there, asked each time; the key is kept in memory only."""

    setting: ClassVar[str] = "key_prompt"

    @property
    def label(self) -> str:
        """For people."""
        return _("asked for")


class KeyringKey(Struct, frozen=True):
    """The desktop's keyring, where there is one.

    Attributes:
        user: the entry's user name, under the service :data:`KEYRING_SERVICE`.
    """

    setting: ClassVar[str] = "key_keyring"
    user: str

    @property
    def label(self) -> str:
        """For people."""
        return _(
            "keyring: {keyring_service}, {user}", keyring_service=KEYRING_SERVICE, user=visible(self.user)
        )


class PlainKey(Struct, frozen=True):
    """The config file itself, for whoever insists.

    Attributes:
        key: the key.
    """

    setting: ClassVar[str] = "key_plain"
    key: Secret

    @property
    def label(self) -> str:
        """For people."""
        return _("in the config file itself")


class HeldKey(Struct, frozen=True):
    """A key that is there already: the demo's, a test's, one that was typed in a setup.

    Attributes:
        key: the key.
        label: where it came from, for people.
    """

    setting: ClassVar[str] = ""
    key: Secret
    label: str


KeySource = EnvironmentKey | CommandKey | FileKey | PromptKey | KeyringKey | PlainKey | HeldKey
"""Any of them."""

KEY_SETTINGS = tuple(
    source.setting for source in (EnvironmentKey, CommandKey, FileKey, PromptKey, KeyringKey, PlainKey)
)
"""The settings of a profile that name a source."""
