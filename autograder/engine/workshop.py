"""The worker's side of the sandbox: starts its server, asks for processes, watches and kills them."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from autograder.engine.inside import protocol
from autograder.engine.inside.frames import Channel, Closed, Malformed, hear_hello, pair
from autograder.engine.items import SandboxKind
from autograder.engine.limits import Limits
from autograder.engine.prepared import Prepared
from autograder.engine.process import Process
from autograder.engine.sandbox import (
    HOME,
    cannot_start,
    command,
    environment,
    interpreter,
    own_files,
    prefixes,
    server_environment,
)
from autograder.errors import EnvironmentProblem


class Workshop:
    """A pre-imported server in its sandbox, from which student and test processes are forked.

    `masked` are folders that lie in what the sandbox shows and are to be empty in there.

    Raises
    ------
    EnvironmentProblem
        If the sandbox cannot start.
    """

    def __init__(
        self, kind: SandboxKind, data: Path | None, limits: Limits | None = None, masked: tuple[Path, ...] = ()
    ) -> None:
        if sys.platform != "linux":
            raise EnvironmentProblem(
                "Grading needs Linux, so nothing was graded: use a Linux machine, WSL on Windows, or a container."
            )
        self.kind = kind
        self.data = data
        self.masked = masked
        self.limits = limits or Limits()
        self.isolated = kind is SandboxKind.bwrap
        self._asking = threading.Lock()
        self.prepared = Prepared(self)
        self._start()

    def _start(self) -> None:
        ours, theirs = pair()
        self.said = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the server
        try:
            self.server = self._popen(theirs, self.said)
        except BaseException:
            ours.close()
            self.said.close()
            raise
        finally:
            theirs.close()
        self.control = Channel(ours, self.limits.patience.send)
        try:
            why = self._why_not_ready()
        except BaseException:
            self.close()
            raise
        if why:
            self.close()
            raise EnvironmentProblem(cannot_start(why))

    def _popen(self, theirs: socket.socket, said: BinaryIO) -> subprocess.Popen[bytes]:
        code = "/run/engine" if self.isolated else str(Path(__file__).parent)
        start = f"import sys; sys.path.insert(0, {code!r}); from inside.server import main; main()"
        options = json.dumps(self._options(code))
        words = [interpreter(), "-s", "-B", "-P", "-c", start, str(theirs.fileno()), options]
        with contextlib.ExitStack() as stack:
            files = {
                where: stack.enter_context(path.open("rb")).fileno()
                for where, path in (own_files() if self.isolated else {}).items()
            }
            return subprocess.Popen(
                command(words, self.kind, self.data, files, self.limits, self.masked),
                pass_fds=[theirs.fileno(), *files.values()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                env=server_environment(isolated=self.isolated),
                start_new_session=True,
            )

    def _options(self, code: str) -> protocol.Options:
        home = HOME if self.isolated else tempfile.gettempdir()
        return protocol.Options(
            isolate=self.isolated,
            home=home,
            code=code,
            disk=self.limits.disk,
            small=self.limits.small,
            kept=[prefix for prefix in prefixes() if prefix.startswith("/tmp/")],
            reap=self.limits.patience.reap,
            limits={role: asdict(self.limits.of(role, isolated=self.isolated)) for role in ("student", "test")},
            environment=environment(home, self.data, isolated=self.isolated),
        )

    def _why_not_ready(self) -> str:
        """Wait for the server; return why it cannot start, or an empty string."""
        patience = self.limits.patience
        try:
            message, _ = self.control.receive_soon(patience.ready)
            return str(message.get("why", "")) if message.get("op") != "ready" else ""
        except (Closed, Malformed):
            pass
        try:
            code = self.server.wait(patience.end)
        except subprocess.TimeoutExpired:
            return f"it did not answer within {patience.ready:g} seconds"
        self.said.seek(0)
        said = self.said.read().decode(errors="replace").strip().splitlines()
        return said[-1].removeprefix("bwrap: ") if said else f"exit code {code}"

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
        try:
            with theirs, self._asking:
                self.control.send(protocol.Spawn(op="spawn", role=role), descriptors=(theirs.fileno(),))
            process = self._heard(ours)
        except BaseException:
            ours.close()
            raise
        try:
            folder = ""
            if not self.isolated:
                process.folder = tempfile.TemporaryDirectory(prefix="bbh-")
                folder = process.folder.name
            names, contents = [name for name, _ in files], [content for _, content in files]
            process.channel.send(protocol.Files(folder=folder, files=names), contents)
        except BaseException:
            process.kill()
            raise
        return process

    def copy_of(self, process: Process) -> tuple[Process, socket.socket]:
        """Ask a process to fork, a student's or a prepared one; return the copy and the end of its line for a test.

        Raises
        ------
        Closed
            If the process did not do it.
        """
        ours, theirs = pair()
        try:
            with theirs:
                process.channel.send(protocol.Copy(op="copy"), descriptors=(theirs.fileno(),))
            message, _ = process.channel.receive_soon(self.limits.patience.answer, blobs=0)
            if message.get("op") != "copied":
                raise Closed
            copy = self._heard(ours)
        except (Closed, Malformed):
            ours.close()
            raise Closed from None
        if copy.namespace() != process.namespace() or not copy.is_alive():
            copy.leave()  # it has ended, and its number may be somebody else's by now
            ours.close()
            raise Closed
        return copy, ours

    def turn(self, process: Process) -> tuple[Process, socket.socket]:
        """Let a student process itself answer a test from now on; return it, and the end of its line for the test.

        Raises
        ------
        Closed
            If it does not, or if another process answers.
        """
        ours, theirs = pair()
        try:
            with theirs:
                process.channel.send(protocol.Turn(op="turn"), descriptors=(theirs.fileno(),))
            turned = self._heard(ours)
        except (Closed, Malformed):
            ours.close()
            raise Closed from None
        if turned.pid != process.pid:
            turned.leave()
            ours.close()
            raise Closed
        turned.folder, process.folder = process.folder, None
        process.channel.close()
        process.leave()
        return turned, ours

    def _heard(self, ours: socket.socket) -> Process:
        """Return the process that says hello at the other end."""
        ours.settimeout(self.limits.patience.hello)
        process = Process(Channel(ours, self.limits.patience.send), hear_hello(ours))
        ours.settimeout(None)
        return process

    def is_alive(self) -> bool:
        """Return whether the server has not ended."""
        return self.server.poll() is None

    def close(self) -> None:
        """End the server and everything that was forked from it."""
        self.prepared.close()
        self.control.close()
        try:
            self.server.wait(timeout=self.limits.patience.end)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        self.said.close()
