"""What the single-file build runs first: unpacks itself once for this Python, then starts the program.

A compiled module cannot be imported from within an archive, and unpacked files can be byte-compiled, so that
each later start is as fast as that of an installed program. Needs the standard library only.
"""

from __future__ import annotations

import atexit
import compileall
import os
import platform
import shutil
import stat
import sys
import tempfile
import time
import zipfile
from pathlib import Path

OLDEST = (3, 10)

UNUSED_DAYS = 90
"""An unpacked copy that nobody has started for so long is removed."""

PURE = "pure/"
NATIVE = "native/"
DIGEST = "digest"


def main() -> None:
    """Unpack, unless that is done already, and run the program."""
    if sys.version_info < OLDEST:
        sys.exit(
            f"cloudmc-tui needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {platform.python_version()}"
        )
    sys.path.insert(0, str(unpacked(Path(__file__).parent, cache_folder())))
    from cloudmc_tui.__main__ import main as run

    sys.exit(run())


def cache_folder() -> Path:
    """Where unpacked copies are kept."""
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser() / "cloudmc-tui" / "unpacked"


def unpacked(archive: Path, folder: Path) -> Path:
    """The folder with the program's packages, unpacked if need be.

    Args:
        archive: this file.
        folder: where unpacked copies are kept; where that cannot be written, or is open to others, a
            temporary folder is used instead, which goes with the program.

    Raises:
        SystemExit: when the archive has nothing for this Python on this machine.
    """
    with zipfile.ZipFile(archive) as packed:
        native = f"{NATIVE}{platform_tag()}/"
        if not any(name.startswith(native) for name in packed.namelist()):
            known = sorted(
                {name.split("/")[1] for name in packed.namelist() if name.startswith(NATIVE)} - {""}
            )
            sys.exit(f"this file has nothing for {platform_tag()}, but for: {', '.join(known)}")
        target = folder / f"{packed.read(DIGEST).decode()}-{platform_tag()}"
        try:
            if not is_ours(target):
                folder.mkdir(0o700, parents=True, exist_ok=True)
                forget(folder, time.time())
                place(packed, native, target)
            os.utime(target)
            if is_ours(target):
                return target
        except OSError:
            pass
        passing = Path(tempfile.mkdtemp(prefix="cloudmc-tui-"))
        atexit.register(shutil.rmtree, passing, ignore_errors=True)
        extract(packed, native, passing)
        return passing


def platform_tag() -> str:
    """Which compiled modules fit: ``cp311-manylinux-x86_64``."""
    if sys.platform == "darwin":
        system = "macosx"
    else:
        system = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    return f"cp{sys.version_info[0]}{sys.version_info[1]}-{system}-{platform.machine()}"


def is_ours(folder: Path) -> bool:
    """Whether a folder is there, and nobody else can have put anything into it."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022


def place(packed: zipfile.ZipFile, native: str, target: Path) -> None:
    """Unpack beside the target, then put it there at once, so that nobody ever sees half of it."""
    sys.stderr.write("cloudmc-tui: unpacking, this once …\n")
    beside = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    try:
        extract(packed, native, beside)
        compileall.compile_dir(beside, quiet=2)
        beside.rename(target)
    except OSError:
        if not is_ours(target):  # else another process was faster
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def extract(packed: zipfile.ZipFile, native: str, target: Path) -> None:
    """Unpack what is the same for all, and the compiled modules for this Python."""
    for name in packed.namelist():
        prefix = next((p for p in (PURE, native) if name.startswith(p)), None)
        if prefix is None or name.endswith("/"):
            continue
        file = target / name[len(prefix) :]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(packed.read(name))


def forget(folder: Path, now: float) -> None:
    """Remove unpacked copies that nobody uses."""
    for copy in folder.iterdir():
        if now - copy.lstat().st_mtime > UNUSED_DAYS * 86_400:
            shutil.rmtree(copy, ignore_errors=True)


if __name__ == "__main__":
    main()
