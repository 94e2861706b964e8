"""A profile: one CloudMC connection under a name."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from cloudmc_tui.api.settings import ConnectionSettings, Secret, Timeouts, is_insecure
from cloudmc_tui.formats.reticent import Reticent
from cloudmc_tui.language import _
from cloudmc_tui.profiles.sources import CommandKey, HeldKey, KeySource, PlainKey

DEMO_NAME = "demo"

ENVIRONMENT_NAME = "environment"
"""What the connection is called that the environment describes."""

RESERVED_NAMES = (DEMO_NAME, ENVIRONMENT_NAME)
"""Names that no profile of the config file can have."""

COLORS = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "grey")
"""The accent colours that have a name; ``#rrggbb`` is one, too."""

DEFAULT_TIMEOUTS = Timeouts()


class ProfileError(ValueError):
    """No connection can be made from what was given; the message says how to go on.

    Attributes:
        hint: what to try; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Mode(str, Enum):
    """What a profile lets one do."""

    NORMAL = "normal"
    """Everything, each as its danger asks."""
    PROTECTED = "protected"
    """Changes only while unlocked; what interrupts or destroys only after typing the target's name."""
    READ_ONLY = "read-only"

    @property
    def word(self) -> str:
        """What people read."""
        words = {"normal": _("normal"), "protected": _("protected"), "read-only": _("read-only")}
        return words[self.value]

    """Nothing that changes anything."""


class Profile(Reticent, frozen=True):
    """Where to connect and as whom. The key is not in it, only where it comes from.

    Attributes:
        name: what the person calls it.
        endpoint: the API's base URL, or a bare host; empty for the demo cloud.
        key: where the API key comes from.
        organization_id: the organization to act in, or none for the key's own.
        demo: the demo cloud, in process.
        mode: what it lets one do.
        color: its accent, one of :data:`COLORS` or ``#rrggbb``; or empty.
        verify: whether the server's certificate is checked.
        ca_file: a file or folder of authorities to trust instead of the usual ones; or empty.
        client_certificate, client_key: files; or empty.
        proxy: a proxy's URL; empty leaves it to the environment.
        timeouts: see :class:`~cloudmc_tui.api.Timeouts`.
        path: where to start in the tree; or empty.
        notes: the person's own words.
        theme: the explorer's theme here; or empty.
    """

    UNSAID: ClassVar = frozenset({"proxy"})

    name: str
    endpoint: str
    key: KeySource
    organization_id: str | None = None
    demo: bool = False
    mode: Mode = Mode.NORMAL
    color: str = ""
    verify: bool = True
    ca_file: str = ""
    client_certificate: str = ""
    client_key: str = ""
    proxy: str = ""  # may hold a password
    timeouts: Timeouts = DEFAULT_TIMEOUTS
    path: str = ""
    notes: str = ""
    theme: str = ""

    @property
    def key_source(self) -> str:
        """Where the key comes from, for people."""
        return self.key.label

    @property
    def warnings(self) -> tuple[str, ...]:
        """What makes this connection less safe than it could be, one line each; told every time."""
        told = []
        if isinstance(self.key, PlainKey):
            told.append(
                _(
                    "the key of the profile {name!r} is in the config file itself (key_plain): whoever "
                    "reads the file has it. Better: key_command, key_file or key_prompt",
                    name=self.name,
                )
            )
        if isinstance(self.key, CommandKey) and self.key.holds_key:
            told.append(
                _(
                    "the key of the profile {name!r} is in the config file itself, and in the "
                    "arguments of a process while that runs (key_command). Better: key_file or "
                    "key_prompt",
                    name=self.name,
                )
            )
        if not self.demo and is_insecure(self.endpoint):
            told.append(
                _(
                    "the endpoint of {name!r} is http, not https: the key travels in clear, for "
                    "everyone on the way to read",
                    name=self.name,
                )
            )
        if not self.verify:
            told.append(
                _(
                    "the profile {name!r} does not check the server's certificate (verify = false): "
                    "anyone on the way can pose as the server and take the key. Better: ca_file",
                    name=self.name,
                )
            )
        return tuple(told)

    def settings(self, key: Secret) -> ConnectionSettings:
        """What a client needs to know to connect.

        Args:
            key: the API key, from :func:`~cloudmc_tui.profiles.keys.resolve_key`.
        """
        certificate = tuple(file for file in (self.client_certificate, self.client_key) if file)
        return ConnectionSettings(
            self.endpoint,
            key,
            organization_id=self.organization_id,
            timeouts=self.timeouts,
            verify=(self.ca_file or True) if self.verify else False,
            client_certificate=certificate or None,
            proxy=self.proxy or None,
        )


def demo_profile() -> Profile:
    """The demo cloud: nothing is stored and nothing leaves the machine."""
    return Profile(DEMO_NAME, "", HeldKey(Secret("demo-key"), _("built in")), demo=True)
