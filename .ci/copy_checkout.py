"""Copy a checkout's own files, and nothing that was built or installed in it, to an empty folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

LEFTOVERS = (".git", ".venv", "dist", "build", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis")


def copy_checkout(root: Path, target: Path) -> None:
    """Copy what git tracks or would track; without git, all but the usual leftovers."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        shutil.copytree(root, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*LEFTOVERS))
        return
    for name in filter(None, listed.split("\0")):
        if (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, target / name)


if __name__ == "__main__":
    copy_checkout(Path(sys.argv[1]), Path(sys.argv[2]))
