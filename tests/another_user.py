"""How root runs a command as an ordinary user: for tests of what such a user meets, and for programs nobody trusts."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from pathlib import Path

from assignment_cells import REPOSITORY

ID = 1000


def become() -> list[str] | None:
    """Return the words before a command that run it as an ordinary user without any capability; None if we cannot."""
    bwrap, setpriv = shutil.which("bwrap"), shutil.which("setpriv")
    if os.getuid() != 0 or bwrap is None or setpriv is None:
        return None
    needed = {Path(sys.base_prefix), Path(sys.prefix), REPOSITORY}
    rights = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"]
    user = [setpriv, f"--reuid={ID}", f"--regid={ID}", "--clear-groups", "--bounding-set=-all"]
    return [bwrap, "--dev-bind", "/", "/", *_reachable(sorted(needed)), *rights, "--", *user]


def _reachable(paths: list[Path]) -> list[str]:
    """Return bubblewrap's words that let everybody reach paths below folders that are root's alone."""
    words: list[str] = []
    for path in paths:
        shut = [folder for folder in reversed(path.parents) if not folder.stat().st_mode & stat.S_IXOTH]
        if shut:
            steps = [folder for folder in reversed(path.parents) if folder.is_relative_to(shut[0])]
            if str(shut[0]) not in words:
                words += ["--perms", "0755", "--tmpfs", str(shut[0])]
            words += [word for step in steps[1:] for word in ("--perms", "0755", "--dir", str(step))]
            words += ["--ro-bind", str(path), str(path)]
    return words
