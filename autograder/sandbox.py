"""Where a student's kernel runs: a bubblewrap sandbox without network, without the course and with limits.

This module builds the command line and the kernel manager; it runs nothing itself. A submission sees the system and
Python read-only, an empty home folder of limited size with its own files in it, and no other process.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from traitlets import Instance

from autograder.errors import EnvironmentProblem

HOME = "/home/student"
DATA = "/data"
NOBODY = "65534"
MEBIBYTE = 2**20
TEMPORARY = 64 * MEBIBYTE  # the size of /tmp and of /dev/shm


class SandboxKind(StrEnum):
    """How a submission is kept apart from the machine."""

    bwrap = "bwrap"
    none = "none"


@dataclass(frozen=True)
class Limits:
    """What one submission may use; memory, file and disk in bytes, CPU time in seconds."""

    memory: int = 4096 * MEBIBYTE
    file_size: int = 128 * MEBIBYTE
    disk: int = 256 * MEBIBYTE
    cpu_seconds: int = 1800


@dataclass(frozen=True)
class Room:
    """What one submission gets: a folder with its files, a folder for the kernel's sockets, the data set."""

    files: Path
    sockets: Path
    data: Path | None = None
    kind: SandboxKind = SandboxKind.bwrap
    limits: Limits = field(default_factory=Limits)

    @property
    def home(self) -> str:
        """The folder that the student's code starts in, as that code sees it."""
        return HOME if self.kind is SandboxKind.bwrap else str(self.files)

    def environment(self) -> dict[str, str]:
        """Return the whole environment of the kernel: one BLAS thread, fixed hashes, nothing of the caller's."""
        data = {SandboxKind.bwrap: DATA, SandboxKind.none: str(self.data)}[self.kind]
        return {
            "HOME": self.home,
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TMPDIR": "/tmp",
            "MPLCONFIGDIR": f"{self.home}/.config/matplotlib",
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            **{f"{blas}_NUM_THREADS": "1" for blas in ("OMP", "OPENBLAS", "MKL")},
            **({"DIGITS_DATA": data} if self.data else {}),
        }

    def command(self, argv: list[str]) -> list[str]:
        """Return the command line that runs `argv` in this room."""
        limited = [*self._prlimit(), *argv]
        if self.kind is SandboxKind.none:
            return limited
        return [*_bwrap(), *self._mounts(), *self._variables(), "--", *limited]

    def _mounts(self) -> list[str]:
        mounts = ["--size", str(self.limits.disk), "--tmpfs", HOME]
        for path in sorted(self.files.iterdir()):
            mounts += ["--ro-bind", str(path), f"{HOME}/{path.name}"]
        for path in font_caches():
            mounts += ["--ro-bind", str(path), f"{HOME}/.config/matplotlib/{path.name}"]
        if self.data:
            mounts += ["--ro-bind", str(self.data), DATA]
        return [*mounts, "--bind", str(self.sockets), str(self.sockets), "--chdir", HOME]

    def _variables(self) -> list[str]:
        settings = [("--setenv", name, value) for name, value in self.environment().items()]
        return ["--clearenv", *(word for setting in settings for word in setting)]

    def _prlimit(self) -> list[str]:
        limits, program = self.limits, shutil.which("prlimit")
        if program is None:  # not Linux, so there is no sandbox either
            return []
        return [
            program,
            f"--as={limits.memory}",
            f"--fsize={limits.file_size}",
            f"--cpu={limits.cpu_seconds}",
            "--core=0",
            "--",
        ]


class StudentKernelManager(AsyncKernelManager):
    """Starts the kernel of one submission in its room and talks to it over sockets in the file system."""

    room = Instance(Room)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, transport="ipc", **kwargs)
        self.connection_file = str(self.room.sockets / "kernel.json")
        spec = self.kernel_spec
        assert spec is not None
        spec.interrupt_mode = "message"  # signals do not reach into the process namespace

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        """Return the kernel's command line; the submission's own files come last on its `sys.path`."""
        kernel = [sys.executable, "-m", "ipykernel_launcher", "-f", self.connection_file]
        options = [
            "--InteractiveShellApp.ignore_cwd=True",
            f"--InteractiveShellApp.exec_lines=__import__('sys').path.append({self.room.home!r})",
            "--HistoryManager.enabled=False",
        ]
        return self.room.command([*kernel, *options, *(extra_arguments or [])])


def require_sandbox() -> None:
    """Check that bubblewrap works here.

    Raises
    ------
    EnvironmentProblem
        If it is not installed or may not create namespaces; the message says what to do.
    """
    if shutil.which("bwrap") is None:
        raise EnvironmentProblem(
            "The sandbox program bubblewrap is not installed, so nothing was graded. "
            "Install it with `sudo apt-get install bubblewrap`, or grade work that you trust with --sandbox none."
        )
    trial = subprocess.run([*_bwrap(), "--", "/usr/bin/true"], capture_output=True, text=True, check=False)
    if trial.returncode != 0:
        reason = trial.stderr.strip().removeprefix("bwrap: ") or f"exit code {trial.returncode}"
        raise EnvironmentProblem(
            f"The sandbox cannot start ({reason}), so nothing was graded. Allow unprivileged user namespaces "
            "(`sudo sysctl kernel.unprivileged_userns_clone=1`; on Ubuntu 24.04 also "
            "`sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`), or grade work that you trust with "
            "--sandbox none."
        )


def font_caches() -> list[Path]:
    """Return Matplotlib's font lists on this machine, so that a fresh kernel does not search for fonts anew."""
    import matplotlib.font_manager

    return sorted(Path(matplotlib.get_cachedir()).glob("fontlist-*.json"))


def _bwrap() -> list[str]:
    alone = f"bwrap --unshare-all --unshare-user --uid {NOBODY} --gid {NOBODY} --hostname localhost"
    bound = "--die-with-parent --new-session --proc /proc --dev /dev"
    small = f"--size {TEMPORARY} --tmpfs /tmp --size {TEMPORARY} --tmpfs /dev/shm"
    return [*alone.split(), *bound.split(), *small.split(), *_system()]


def _system() -> list[str]:
    words = ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            words += ["--ro-bind", str(path), str(path)]
    for name in ("ld.so.cache", "fonts", "localtime"):
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for prefix in sorted({sys.prefix, sys.base_prefix}):
        if not Path(prefix).is_relative_to("/usr"):
            words += ["--ro-bind", prefix, prefix]
    return words
