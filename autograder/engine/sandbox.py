"""The outer sandbox, a bubblewrap command line: no network, the system read-only, nothing of the course.

Root runs it without a user namespace and becomes an ordinary user inside (`inside.namespaces.become`), because for
root the limit on the number of processes does not bind.
"""

from __future__ import annotations

import functools
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from autograder.engine.items import SandboxKind
from autograder.engine.limits import Limits
from autograder.errors import EnvironmentProblem

HOME = "/home/student"
DATA = "/data"
NOBODY = "65534"
CODE = Path(__file__).parent / "inside"
OURS = "/run/engine/inside"
CONTAINERS = "/run/.containerenv", "/.dockerenv"  # what Podman and Docker leave in theirs
PARTS = ("bin", "lib", "lib32", "lib64", "share", "etc", "pyvenv.cfg")  # of the folder that a Python lives in


def command(
    words: list[str],
    kind: SandboxKind,
    data: Path | None,
    files: Mapping[str, int],
    limits: Limits,
    masked: Sequence[Path] = (),
) -> list[str]:
    """Return the command line that runs `words` in the sandbox.

    Parameters
    ----------
    masked
        Folders that lie in what the sandbox shows and are to be empty in there: what `exposed` finds.
    files
        What `own_files` lists, each with a descriptor from which it is copied into the sandbox.
    limits
        The size of the scratch folders.

    Raises
    ------
    EnvironmentProblem
        If bubblewrap is not installed.
    """
    if kind is SandboxKind.none:
        return words
    program = require_program()
    mounts = [word for where, number in files.items() for word in ("--perms", "0444", "--file", str(number), where)]
    mounts += ["--ro-bind", str(data), DATA] if data else ["--dir", DATA]
    inside = [*_scratch(limits.small), *_system(), *_empty(masked), *mounts, *_read_only(masked)]
    return [program, *_alone(), *inside, "--", *words]


def require_program() -> str:
    """Return the path of bubblewrap.

    Raises
    ------
    EnvironmentProblem
        If it is not installed.
    """
    program = shutil.which("bwrap")
    if program is None:
        raise EnvironmentProblem(
            "The sandbox program bubblewrap is not installed, so nothing was graded. "
            "Install it with `sudo apt-get install bubblewrap`, or grade work that you trust with --sandbox none."
        )
    return program


def own_files() -> dict[str, Path]:
    """Return what the sandbox gets of ours, by its place in there: our code, and Matplotlib's lists of fonts.

    It is copied, not mounted: the list of mounts, which everybody in there can read, would tell where it comes from.
    """
    import matplotlib

    fonts = sorted(Path(matplotlib.get_cachedir()).glob("fontlist-*.json"))  # else a server searches for fonts anew
    code = {f"{OURS}/{path.relative_to(CODE)}": path for path in sorted(CODE.rglob("*.py"))}
    return code | {f"/tmp/matplotlib/{path.name}": path for path in fonts}


def _folders() -> list[str]:
    return sorted({f"{OURS}/{path.parent.relative_to(CODE)}" for path in CODE.rglob("*.py") if path.parent != CODE})


def _alone() -> list[str]:
    # As the first process of its namespace the server takes all others with it when it ends.
    common = "--new-session --as-pid-1 --unshare-pid --unshare-net --unshare-ipc --unshare-uts"
    if not in_container():  # which may not set a name; its own says nothing of the machine
        common += " --hostname localhost"
    if os.getuid() == 0:
        privileges = "--cap-add CAP_SYS_ADMIN --cap-add CAP_SETUID --cap-add CAP_SETGID --dir /proc"
        return [*common.split(), "--dev", "/dev", *privileges.split()]
    return [*common.split(), "--dev", "/dev", *f"--unshare-user --uid {NOBODY} --gid {NOBODY} --proc /proc".split()]


def _scratch(size: int) -> list[str]:
    words = [word for folder in (HOME, DATA, OURS, *_folders()) for word in _folder(Path(folder))]
    for folder in ("/tmp", "/dev/shm"):
        words += ["--perms", "1777", "--size", str(size), "--tmpfs", folder]
    return [*words, "--perms", "0777", "--dir", "/tmp/matplotlib"]


def _read_only(masked: Sequence[Path]) -> list[str]:
    """Let nothing be written any more. Below `/tmp`, students would share what can be written around their Python."""
    places = ["/dev", *prefixes(), *map(str, masked), "/"]
    return [*(word for place in places for word in ("--remount-ro", place)), "--chdir", "/"]


def _system() -> list[str]:
    words = [*_folder(Path("/etc")), "--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            words += ["--ro-bind", str(path), str(path)]
    for name in ("ld.so.cache", "fonts", "localtime"):
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return words + [word for prefix in prefixes() for word in _python(Path(prefix))]


def _python(prefix: Path) -> list[str]:
    """Show what Python needs of a folder that it lives in, and nothing else: a course may lie in there too."""
    parts = [str(prefix / part) for part in PARTS if (prefix / part).exists()]
    shown = [word for part in parts for word in ("--ro-bind", part, part)]
    return [*_folder(prefix), "--perms", "0755", "--tmpfs", str(prefix), *shown]


def exposed(places: Iterable[Path]) -> tuple[Path, ...]:
    """Return where the sandbox would show these folders, since they lie in the system or beside Python."""
    ways = _shown(tuple(prefixes()))
    found = set()
    for place in {place.resolve() for place in places if place.is_dir()}:
        found |= {part / place.relative_to(real) for part, real in ways if place.is_relative_to(real)}
    return tuple(sorted(place for place in found if found.isdisjoint(place.parents)))


@functools.cache  # every notebook asks, and the system and a Python that runs stay where they are
def _shown(pythons: tuple[str, ...]) -> list[tuple[Path, Path]]:
    """Return the folders that the sandbox shows of the system and of these Pythons, each with where it really is."""
    shown = [Path("/usr"), *(Path(python, part) for python in pythons for part in PARTS)]
    return [(part, part.resolve()) for part in shown]


def _empty(masked: Sequence[Path]) -> list[str]:
    """Lay empty folders over these, and the Pythons that live in them over that."""
    words = []
    for place in masked:
        below = [Path(prefix) for prefix in prefixes() if Path(prefix).is_relative_to(place)]
        words += ["--perms", "0755", "--tmpfs", str(place), *(word for prefix in below for word in _python(prefix))]
    return words


def interpreter() -> str:
    """Return the path of this Python, in a folder that the sandbox has too: the way to it may lead through others."""
    path = Path(sys.executable)
    return str(path.parent.resolve() / path.name)


def prefixes() -> list[str]:
    """Return the folders outside of /usr that Python lives in."""
    return [prefix for prefix in sorted({sys.prefix, sys.base_prefix}) if not Path(prefix).is_relative_to("/usr")]


def _folder(path: Path) -> list[str]:
    """Make a folder that every user may enter: bubblewrap's own would be root's alone."""
    steps = [*reversed(path.parents), path][1:]
    return [word for step in steps for word in ("--perms", "0755", "--dir", str(step))]


def in_container() -> bool:
    """Return whether this is a container of Podman or Docker."""
    return any(Path(mark).exists() for mark in CONTAINERS)


def cannot_start(why: str) -> str:
    """Return the sentence that says what to do where the sandbox does not start."""
    if in_container():
        return (
            f"The sandbox cannot start ({why}), so nothing was graded. A container has to allow it: start it with "
            "`podman run --security-opt unmask=ALL`, or with `docker run --security-opt systempaths=unconfined "
            "--security-opt seccomp=unconfined --security-opt apparmor=unconfined`, as an ordinary user; or grade work "
            "that you trust with --sandbox none."
        )
    return (
        f"The sandbox cannot start ({why}), so nothing was graded. It needs Linux 5.8 or newer and unprivileged user "
        "namespaces: allow these (`sudo sysctl kernel.unprivileged_userns_clone=1`; on Ubuntu 24.04 also "
        "`sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`), or grade work that you trust with "
        "--sandbox none."
    )


def environment(home: str, data: Path | None, *, isolated: bool) -> dict[str, str]:
    """Return the whole environment of the student's code: one BLAS thread, fixed hashes, nothing of the caller's.

    Without a data set it names a folder that has none: what the machine has besides must change no grade.
    """
    where = DATA if isolated else str(data or CODE.parent)
    return {
        "HOME": home,
        "USER": "student",
        "LOGNAME": "student",
        "PATH": f"{Path(interpreter()).parent}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONHASHSEED": "0",
        **{f"{blas}_NUM_THREADS": "1" for blas in ("OMP", "OPENBLAS", "MKL")},
        "DIGITS_DATA": where,
    }


def server_environment(*, isolated: bool) -> dict[str, str]:
    """Return the environment of the server: the student's, and folders for what the server itself writes."""
    scratch = "/tmp" if isolated else tempfile.gettempdir()
    usual = environment(scratch, None, isolated=isolated)
    return {**usual, "MPLCONFIGDIR": f"{scratch}/matplotlib", "IPYTHONDIR": f"{scratch}/ipython"}
