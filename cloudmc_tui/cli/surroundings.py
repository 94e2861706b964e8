"""What the program stands on: the terminal, Python and its packages, its folders. Nothing is changed."""

from __future__ import annotations

import os
import shlex
import shutil
import ssl
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path as FilePath

from cloudmc_tui import __version__
from cloudmc_tui.api.checks import Outcome
from cloudmc_tui.folders import cache_folder, config_folder, open_to_others, state_folder
from cloudmc_tui.formats.system import reason
from cloudmc_tui.language import N_, _
from cloudmc_tui.profiles import child_environment

NEEDED = ("textual", "httpx", "msgspec", "platformdirs", "tomli", "tomlkit", "starlette")
"""The packages that the program cannot do without."""

OPTIONAL = {"uvicorn": "cloudmc-tui simulate", "keyring": N_("keys in a keyring")}
"""Packages that only something needs, and what."""

NARROW = 80

_TMUX_SECONDS = 2.0


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        section: to which it belongs.
        name: what it is.
        outcome: whether it is well; ``SKIPPED`` is a plain fact.
        detail: what was found.
        hint: what to do about it; may be empty.
        seconds: how long it took, where that matters.
    """

    section: str
    name: str
    outcome: Outcome
    detail: str
    hint: str = ""
    seconds: float | None = None


def terminal(
    environ: Mapping[str, str],
    *,
    at_terminal: bool,
    encoding: str,
    size: tuple[int, int],
    tmux: Callable[[str], str | None],
) -> Iterator[Finding]:
    """Look at the terminal.

    Args:
        environ: the process's environment.
        at_terminal: whether output goes to one.
        encoding: of the output.
        size: columns and lines.
        tmux: gives the value of one of tmux's options; none where it cannot be told.
    """

    def found(name: str, outcome: Outcome, detail: str, hint: str = "") -> Finding:
        return Finding(_("terminal"), name, outcome, detail, hint)

    if not at_terminal:
        yield found(_("output"), Outcome.SKIPPED, _("goes to a pipe or a file: no terminal to look at"))
    else:
        columns, lines = size
        small = columns < NARROW or lines < 24
        hint = _("the explorer wants {narrow}×24 at least", narrow=NARROW) if small else ""
        yield found(_("size"), Outcome.WARNING if small else Outcome.OK, f"{columns}×{lines}", hint)
        yield _kind(environ, found)
    utf8 = encoding.casefold().replace("-", "") in ("utf8", "utf8sig")
    hint = "" if utf8 else _("export LANG=C.UTF-8 (or another UTF-8 locale)")
    yield found("Unicode", Outcome.OK if utf8 else Outcome.WARNING, encoding, hint)
    yield _clipboard(environ, found, tmux)
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        yield found("SSH", Outcome.SKIPPED, _("yes: the explorer sends little (--low-bandwidth)"))


Found = Callable[..., Finding]


def _kind(environ: Mapping[str, str], found: Found) -> Finding:
    """TERM and its colours."""
    term, extra = environ.get("TERM", ""), environ.get("COLORTERM", "")
    if term in ("", "dumb", "unknown"):
        hint = _("export TERM=xterm-256color, or what your terminal really is")
        return found("TERM", Outcome.FAILED, term or _("not set"), hint)
    if extra in ("truecolor", "24bit"):
        colors = _("16 million colours")
    elif "256" in term or "kitty" in term or "alacritty" in term or "ghostty" in term:
        colors = _("256 colours")
    else:
        hint = _("if your terminal has more: export TERM=xterm-256color, or COLORTERM=truecolor")
        return found("TERM", Outcome.WARNING, _("{term}: 16 colours or fewer", term=term), hint)
    off = _("; none on the command line (NO_COLOR)") if environ.get("NO_COLOR") else ""
    return found("TERM", Outcome.OK, f"{term}: {colors}{off}")


def _clipboard(environ: Mapping[str, str], found: Found, tmux: Callable[[str], str | None]) -> Finding:
    """Whether a copied text gets through to the terminal, as far as that can be told."""
    way = _("by OSC 52, if your terminal takes it")
    if environ.get("TMUX"):
        takes, hands_on = tmux("set-clipboard"), tmux("allow-passthrough")
        shown = f"tmux: set-clipboard {takes or '?'}, allow-passthrough {hands_on or 'off'}"
        if takes == "on" or hands_on in ("on", "all"):
            return found(_("clipboard"), Outcome.OK, f"{shown}; {way}")
        if takes is None:
            return found(_("clipboard"), Outcome.SKIPPED, _("{shown}; tmux does not tell", shown=shown))
        hint = _("tmux set -g set-clipboard on (for good: in ~/.tmux.conf)")
        return found(
            _("clipboard"), Outcome.WARNING, _("{shown}: copied texts stop there", shown=shown), hint
        )
    if environ.get("STY"):
        return found(_("clipboard"), Outcome.SKIPPED, _("through screen, {way}", way=way))
    return found(_("clipboard"), Outcome.SKIPPED, way)


def ask_tmux(option: str) -> str | None:
    """The value of one of tmux's global options; none where tmux does not tell."""
    program = shutil.which("tmux")
    if program is None:
        return None
    try:
        ran = subprocess.run(  # noqa: S603
            [program, "show-options", "-gqv", option],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env=child_environment(),
            timeout=_TMUX_SECONDS,
            text=True,
            errors="replace",
        )
        if ran.returncode or not ran.stdout.strip():
            ran = subprocess.run(  # noqa: S603
                [program, "show-options", "-sqv", option],
                capture_output=True,
                stdin=subprocess.DEVNULL,
                env=child_environment(),
                timeout=_TMUX_SECONDS,
                text=True,
                errors="replace",
            )
    except (OSError, subprocess.SubprocessError):
        return None
    return ran.stdout.strip() or None


def packages() -> Iterator[Finding]:
    """Look at Python and the packages."""
    running = ".".join(map(str, sys.version_info[:3]))
    yield Finding(_("versions"), "cloudmc-tui", Outcome.OK, __version__)
    old = sys.version_info < (3, 10)
    yield Finding(
        _("versions"), "Python", Outcome.FAILED if old else Outcome.OK, f"{running}, {sys.executable}"
    )
    yield Finding(_("versions"), "OpenSSL", Outcome.OK, ssl.OPENSSL_VERSION)
    for name in (*NEEDED, *OPTIONAL):
        try:
            yield Finding(_("versions"), name, Outcome.OK, version(name))
        except PackageNotFoundError:
            if name in NEEDED:
                yield Finding(
                    _("versions"), name, Outcome.FAILED, _("is not installed"), f"pip install {name}"
                )
            else:
                detail = _("is not installed; only {optional} would need it", optional=_(OPTIONAL[name]))
                yield Finding(_("versions"), name, Outcome.SKIPPED, detail)


def folders(config: FilePath) -> Iterator[Finding]:
    """Look at the folders and who can use them.

    Args:
        config: the config file.
    """
    places = {
        _("configuration"): config.parent,
        _("state"): state_folder(),
        _("cache"): cache_folder(),
    }
    for name, folder in places.items():
        yield _folder(name, folder)
    ours = dict.fromkeys((*places.values(), config_folder()))
    for warning in open_to_others(ours, files=[config]):
        what, _colon, fix = warning.rpartition(": ")
        yield Finding(_("folders"), _("privacy"), Outcome.WARNING, what.rstrip(), fix)


def _folder(name: str, folder: FilePath) -> Finding:
    try:
        found = folder.stat()
    except FileNotFoundError:
        return Finding(_("folders"), name, Outcome.SKIPPED, _("{folder} (not made yet)", folder=folder))
    except OSError as error:
        return Finding(_("folders"), name, Outcome.FAILED, f"{folder}: {reason(error).lower()}")
    mode = _("{folder} (mode {s_imode:04o})", folder=folder, s_imode=stat.S_IMODE(found.st_mode))
    if not stat.S_ISDIR(found.st_mode):
        return Finding(
            _("folders"),
            name,
            Outcome.FAILED,
            _("{folder} is no folder", folder=folder),
            _("move {folder} away", folder=folder),
        )
    if found.st_uid != os.getuid():
        return Finding(_("folders"), name, Outcome.WARNING, _("{mode} belongs to another user", mode=mode))
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        fix = f"chmod u+rwx {shlex.quote(str(folder))}"
        return Finding(_("folders"), name, Outcome.FAILED, _("{mode} cannot be written to", mode=mode), fix)
    return Finding(_("folders"), name, Outcome.OK, mode)
