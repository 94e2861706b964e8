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
from cloudmc_tui.profiles import child_environment

NEEDED = ("textual", "httpx", "msgspec", "platformdirs", "tomli", "tomlkit", "starlette")
"""The packages that the program cannot do without."""

OPTIONAL = {"uvicorn": "cloudmc-tui simulate", "keyring": "keys in a keyring"}
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
        return Finding("terminal", name, outcome, detail, hint)

    if not at_terminal:
        yield found("output", Outcome.SKIPPED, "goes to a pipe or a file: no terminal to look at")
    else:
        columns, lines = size
        small = columns < NARROW or lines < 24
        hint = f"the explorer wants {NARROW}×24 at least" if small else ""
        yield found("size", Outcome.WARNING if small else Outcome.OK, f"{columns}×{lines}", hint)
        yield _kind(environ, found)
    utf8 = encoding.casefold().replace("-", "") in ("utf8", "utf8sig")
    hint = "" if utf8 else "export LANG=C.UTF-8 (or another UTF-8 locale)"
    yield found("Unicode", Outcome.OK if utf8 else Outcome.WARNING, encoding, hint)
    yield _clipboard(environ, found, tmux)
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        yield found("SSH", Outcome.SKIPPED, "yes: the explorer sends little (--low-bandwidth)")


Found = Callable[..., Finding]


def _kind(environ: Mapping[str, str], found: Found) -> Finding:
    """TERM and its colours."""
    term, extra = environ.get("TERM", ""), environ.get("COLORTERM", "")
    if term in ("", "dumb", "unknown"):
        hint = "export TERM=xterm-256color, or what your terminal really is"
        return found("TERM", Outcome.FAILED, term or "not set", hint)
    if extra in ("truecolor", "24bit"):
        colors = "16 million colours"
    elif "256" in term or "kitty" in term or "alacritty" in term or "ghostty" in term:
        colors = "256 colours"
    else:
        hint = "if your terminal has more: export TERM=xterm-256color, or COLORTERM=truecolor"
        return found("TERM", Outcome.WARNING, f"{term}: 16 colours or fewer", hint)
    off = "; none on the command line (NO_COLOR)" if environ.get("NO_COLOR") else ""
    return found("TERM", Outcome.OK, f"{term}: {colors}{off}")


def _clipboard(environ: Mapping[str, str], found: Found, tmux: Callable[[str], str | None]) -> Finding:
    """Whether a copied text gets through to the terminal, as far as that can be told."""
    way = "by OSC 52, if your terminal takes it"
    if environ.get("TMUX"):
        takes, hands_on = tmux("set-clipboard"), tmux("allow-passthrough")
        shown = f"tmux: set-clipboard {takes or '?'}, allow-passthrough {hands_on or 'off'}"
        if takes == "on" or hands_on in ("on", "all"):
            return found("clipboard", Outcome.OK, f"{shown}; {way}")
        if takes is None:
            return found("clipboard", Outcome.SKIPPED, f"{shown}; tmux does not tell")
        hint = "tmux set -g set-clipboard on (for good: in ~/.tmux.conf)"
        return found("clipboard", Outcome.WARNING, f"{shown}: copied texts stop there", hint)
    if environ.get("STY"):
        return found("clipboard", Outcome.SKIPPED, f"through screen, {way}")
    return found("clipboard", Outcome.SKIPPED, way)


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
    yield Finding("versions", "cloudmc-tui", Outcome.OK, __version__)
    old = sys.version_info < (3, 10)
    yield Finding("versions", "Python", Outcome.FAILED if old else Outcome.OK, f"{running}, {sys.executable}")
    yield Finding("versions", "OpenSSL", Outcome.OK, ssl.OPENSSL_VERSION)
    for name in (*NEEDED, *OPTIONAL):
        try:
            yield Finding("versions", name, Outcome.OK, version(name))
        except PackageNotFoundError:
            if name in NEEDED:
                yield Finding("versions", name, Outcome.FAILED, "is not installed", f"pip install {name}")
            else:
                detail = f"is not installed; only {OPTIONAL[name]} would need it"
                yield Finding("versions", name, Outcome.SKIPPED, detail)


def folders(config: FilePath) -> Iterator[Finding]:
    """Look at the folders and who can use them.

    Args:
        config: the config file.
    """
    places = {
        "configuration": config.parent,
        "state": state_folder(),
        "cache": cache_folder(),
    }
    for name, folder in places.items():
        yield _folder(name, folder)
    ours = dict.fromkeys((*places.values(), config_folder()))
    for warning in open_to_others(ours, files=[config]):
        what, _, fix = warning.rpartition(": ")
        yield Finding("folders", "privacy", Outcome.WARNING, what, fix)


def _folder(name: str, folder: FilePath) -> Finding:
    try:
        found = folder.stat()
    except FileNotFoundError:
        return Finding("folders", name, Outcome.SKIPPED, f"{folder} (not made yet)")
    except OSError as error:
        return Finding("folders", name, Outcome.FAILED, f"{folder}: {(error.strerror or '').lower()}")
    mode = f"{folder} (mode {stat.S_IMODE(found.st_mode):04o})"
    if not stat.S_ISDIR(found.st_mode):
        return Finding("folders", name, Outcome.FAILED, f"{folder} is no folder", f"move {folder} away")
    if found.st_uid != os.getuid():
        return Finding("folders", name, Outcome.WARNING, f"{mode} belongs to another user")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        fix = f"chmod u+rwx {shlex.quote(str(folder))}"
        return Finding("folders", name, Outcome.FAILED, f"{mode} cannot be written to", fix)
    return Finding("folders", name, Outcome.OK, mode)
