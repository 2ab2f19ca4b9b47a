"""The worker's side of the sandbox: starts its server, asks for processes, watches and kills them."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from autograder.engine.inside import protocol
from autograder.engine.inside.frames import Channel, Closed, Malformed, hear_hello, pair
from autograder.engine.proc import children_of, cpu_of, is_called_away, peak_of
from autograder.engine.sandbox import DATA, HOME, Limits, command, own_files, prefixes
from autograder.engine.work import SandboxKind
from autograder.errors import EnvironmentProblem

HELLO_SECONDS = 20.0
PATIENCE = 20.0  # seconds for a process to take what it is sent


@dataclass
class Process:
    """A process of the sandbox: a line to it, and its id as the system vouches for it."""

    channel: Channel
    pid: int
    folder: tempfile.TemporaryDirectory[str] | None = None
    descriptor: int = field(init=False)

    def __post_init__(self) -> None:
        try:
            self.descriptor = os.pidfd_open(self.pid)
        except OSError:
            self.channel.close()
            raise Closed from None

    def namespace(self) -> int:
        """Return what tells its process namespace from others."""
        try:
            return Path(f"/proc/{self.pid}/ns/pid").stat().st_ino
        except OSError:
            return 0

    def cpu(self) -> float:
        """Return the CPU seconds that it and the children that it waited for have used."""
        return cpu_of(self.pid)

    def peak(self) -> int:
        """Return the most bytes that were resident at once."""
        return peak_of(self.pid)

    def children(self) -> list[int]:
        """Return the ids of its children."""
        return children_of(self.pid)

    def is_alive(self) -> bool:
        """Tell whether it has not ended."""
        return self.descriptor >= 0 and not select.select([self.descriptor], [], [], 0)[0]

    def is_waiting(self) -> bool:
        """Tell whether it is there and nobody has sent it a signal that ends or stops it, not even just now."""
        return not is_called_away(self.pid) and self.is_alive()

    def kill(self) -> None:
        """End it at once, whatever it does."""
        with contextlib.suppress(ProcessLookupError, OSError):
            signal.pidfd_send_signal(self.descriptor, signal.SIGKILL)
        self.channel.close()
        with contextlib.suppress(OSError):
            os.close(self.descriptor)
        self.descriptor = -1
        if self.folder is not None:
            self.folder.cleanup()


class Workshop:
    """A pre-imported server in its sandbox, from which student and test processes are forked.

    Raises
    ------
    EnvironmentProblem
        If the sandbox cannot start.
    """

    def __init__(self, kind: SandboxKind, data: Path | None, limits: Limits | None = None) -> None:
        if sys.platform != "linux":
            raise EnvironmentProblem(
                "Grading needs Linux, so nothing was graded: use a Linux machine, WSL on Windows, or a container."
            )
        self.kind = kind
        self.data = data
        self.limits = limits or Limits()
        self.isolated = kind is SandboxKind.bwrap
        self._start()

    def _start(self) -> None:
        ours, theirs = pair()
        home = HOME if self.isolated else tempfile.gettempdir()
        code = "/run/engine" if self.isolated else str(Path(__file__).parent)
        options = protocol.Options(
            isolate=self.isolated,
            home=home,
            code=code,
            disk=self.limits.disk,
            small=self.limits.small,
            kept=[prefix for prefix in prefixes() if prefix.startswith("/tmp/")],
            limits={role: asdict(self.limits.of(role, isolated=self.isolated)) for role in ("student", "test")},
            environment=_environment(home, self.data, isolated=self.isolated),
        )
        start = f"import sys; sys.path.insert(0, {code!r}); from inside.server import main; main()"
        words = [sys.executable, "-s", "-B", "-P", "-c", start, str(theirs.fileno()), json.dumps(options)]
        self.said = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the server
        with contextlib.ExitStack() as stack:
            files = {
                where: stack.enter_context(path.open("rb")).fileno()
                for where, path in (own_files() if self.isolated else {}).items()
            }
            self.server = subprocess.Popen(
                command(words, self.kind, self.data, files),
                pass_fds=[theirs.fileno(), *files.values()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self.said,
                env=_server_environment(isolated=self.isolated),
                start_new_session=True,
            )
        theirs.close()
        self.control = Channel(ours, PATIENCE)
        self._require_ready()

    def _require_ready(self) -> None:
        try:
            message, _ = self.control.receive()
            why = str(message.get("why", "")) if message.get("op") != "ready" else ""
        except (Closed, Malformed):
            self.server.wait()
            self.said.seek(0)
            said = self.said.read().decode(errors="replace").strip().splitlines()
            why = said[-1].removeprefix("bwrap: ") if said else f"exit code {self.server.returncode}"
        if why:
            self.close()
            raise EnvironmentProblem(cannot_start(why))

    def spawn(self, role: protocol.Role, files: list[tuple[str, bytes]]) -> Process:
        """Return a new process, `student` or `test`, that has the files beside it; start the server anew if it fails.

        Raises
        ------
        Closed
            If that fails too.
        """
        try:
            return self._spawn(role, files)
        except (Closed, Malformed):
            self.close()
            self._start()
            return self._spawn(role, files)

    def _spawn(self, role: protocol.Role, files: list[tuple[str, bytes]]) -> Process:
        ours, theirs = pair()
        with theirs:
            self.control.send(protocol.Spawn(op="spawn", role=role), descriptors=(theirs.fileno(),))
        ours.settimeout(HELLO_SECONDS)
        try:
            process = Process(Channel(ours, PATIENCE), hear_hello(ours))
        except Closed:
            ours.close()
            raise
        ours.settimeout(None)
        folder = ""
        if not self.isolated:
            process.folder = tempfile.TemporaryDirectory(prefix="bbh-")
            folder = process.folder.name
        names, contents = [name for name, _ in files], [content for _, content in files]
        process.channel.send(protocol.Files(folder=folder, files=names), contents)
        return process

    def close(self) -> None:
        """End the server and everything that was forked from it."""
        self.control.close()
        try:
            self.server.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        self.said.close()


def cannot_start(why: str) -> str:
    """Return the sentence that says what to do where the sandbox does not start."""
    return (
        f"The sandbox cannot start ({why}), so nothing was graded. Allow unprivileged user namespaces "
        "(`sudo sysctl kernel.unprivileged_userns_clone=1`; on Ubuntu 24.04 also "
        "`sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`), or grade work that you trust with "
        "--sandbox none."
    )


def copy_of(process: Process) -> tuple[Process, socket.socket]:
    """Ask a student process to fork; return the copy and the end of its line that is for a test.

    Raises
    ------
    Closed
        If the process did not do it.
    """
    ours, theirs = pair()
    with theirs:
        process.channel.send(protocol.Copy(op="copy"), descriptors=(theirs.fileno(),))
    try:
        message, _ = process.channel.receive_soon(blobs=0)
        if message.get("op") != "copied":
            raise Closed
        ours.settimeout(HELLO_SECONDS)
        copy = Process(Channel(ours, PATIENCE), hear_hello(ours))
        if copy.namespace() != process.namespace() or not copy.is_alive():
            os.close(copy.descriptor)  # it has ended, and its number may be somebody else's by now
            raise Closed
    except (Closed, Malformed):
        ours.close()
        raise Closed from None
    ours.settimeout(None)
    return copy, ours


def _environment(home: str, data: Path | None, *, isolated: bool) -> dict[str, str]:
    """Return the whole environment of the student's code: one BLAS thread, fixed hashes, nothing of the caller's.

    Without a data set it names a folder that has none: what the machine has besides must change no grade.
    """
    where = DATA if isolated else str(data or Path(__file__).parent)
    return {
        "HOME": home,
        "USER": "student",
        "LOGNAME": "student",
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONHASHSEED": "0",
        **{f"{blas}_NUM_THREADS": "1" for blas in ("OMP", "OPENBLAS", "MKL")},
        "DIGITS_DATA": where,
    }


def _server_environment(*, isolated: bool) -> dict[str, str]:
    scratch = "/tmp" if isolated else tempfile.gettempdir()
    environment = _environment(scratch, None, isolated=isolated)
    return {**environment, "MPLCONFIGDIR": f"{scratch}/matplotlib", "IPYTHONDIR": f"{scratch}/ipython"}
