"""Where the program keeps what: configuration, state, cache. Private to the user, and checked to be."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath

import platformdirs

from cloudmc_tui.language import _

APP_NAME = "cloudmc-tui"

CONFIG_VARIABLE = "CLOUDMC_CONFIG"
CONFIG_FILE = "config.toml"

FOLDER_MODE = 0o700
FILE_MODE = 0o600

OTHERS = 0o077
"""The permission bits that nobody but the user may have."""


def config_folder() -> FilePath:
    """Where the config file lies, and the user's own catalog and theme files."""
    return FilePath(platformdirs.user_config_dir(APP_NAME))


def config_file(environ: Mapping[str, str] | None = None) -> FilePath:
    """Where the config file is: ``CLOUDMC_CONFIG``, or ``config.toml`` in the user's config folder."""
    named = (os.environ if environ is None else environ).get(CONFIG_VARIABLE, "").strip()
    return FilePath(named).expanduser().absolute() if named else config_folder() / CONFIG_FILE


def user_catalog_folder() -> FilePath:
    """Where a user's own catalog files lie."""
    return config_folder() / "catalog"


def state_folder() -> FilePath:
    """Where the task ledger, the audit log, the log and crash reports lie."""
    return FilePath(platformdirs.user_state_dir(APP_NAME))


def cache_folder() -> FilePath:
    """Where listings are kept between sessions."""
    return FilePath(platformdirs.user_cache_dir(APP_NAME))


def make_private(folder: FilePath) -> FilePath:
    """Make a folder, private to the user, where it is not there yet.

    Returns:
        the folder.

    Raises:
        OSError: when it cannot be made.
    """
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    return folder


def open_private(file: FilePath, flags: int) -> int:
    """Open a file, private to the user from its first moment; one that was open to others is closed to them.

    Args:
        file: its folder is made, too.
        flags: of :func:`os.open`; it is made where it is not there.

    Returns:
        the file descriptor.

    Raises:
        OSError: when it cannot be opened.
    """
    make_private(file.parent)
    descriptor = os.open(file, flags | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
    try:
        if os.fstat(descriptor).st_mode & OTHERS:
            os.fchmod(descriptor, FILE_MODE)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def open_to_others(folders: Iterable[FilePath] | None = None, files: Iterable[FilePath] = ()) -> list[str]:
    """Look whether anything of ours can be used by others.

    Args:
        folders: by default the three above; what lies directly in them is looked at, too.
        files: more files.

    Returns:
        warnings, one line each, that name the fix. What is not there, or is not ours, is left out.
    """
    found = []
    for folder in (config_folder(), state_folder(), cache_folder()) if folders is None else folders:
        if _is_open(folder):
            found.append(folder)
        try:
            inside = sorted(folder.iterdir())
        except OSError:
            inside = []
        # A closed folder keeps its files from others, but files are copied and moved.
        found += [entry for entry in inside if not entry.is_symlink() and entry.is_file() and _is_open(entry)]
    found += [file for file in files if _is_open(file)]
    return [_warning(path) for path in dict.fromkeys(found)]


def _warning(path: FilePath) -> str:
    mode = stat.S_IMODE(path.stat().st_mode)
    return _(
        "{path} is open to others (mode {mode:04o}): chmod go-rwx {path2}",
        path=path,
        mode=mode,
        path2=shlex.quote(str(path)),
    )


def _is_open(path: FilePath) -> bool:
    try:
        found = path.stat()
    except OSError:
        return False
    return found.st_uid == os.getuid() and bool(found.st_mode & OTHERS)
