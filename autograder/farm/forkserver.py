"""The process from which the workers of this machine are forked: it imports once what all of them need.

It does nothing else, so that it always hears when the process that started it ends, and then all workers end with it:
they are in its process group, and the system kills them when it dies. A terminal's Ctrl-C does not reach its session.
It gets nothing of its starter's but a list of environment variables and one socket. (The standard library's fork
server would inherit the whole environment, import the starter's program in every worker, run one process more, and
leave busy workers alive.)
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import NoReturn

PROGRAM = "import json, sys; sys.path[:] = json.loads(sys.argv[2]); from {0} import serve; serve(int(sys.argv[1]))"
FORK, END = b"f", b"e"
INHERITED = ("HOME", "LANG", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER")
INHERITED_PREFIXES = ("LC_", "LD_", "MPL", "PYTHON", "XDG_")  # of what Python and its libraries look at
ONE_THREAD = {f"{blas}_NUM_THREADS": "1" for blas in ("OMP", "OPENBLAS", "MKL")}


class ForkServer:
    """The starter's end: asks for workers, and ends them.

    Parameters
    ----------
    preload
        The modules that workers have imported from the beginning.
    """

    def __init__(self, preload: Iterable[str]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        kept = {name: value for name, value in os.environ.items() if name.startswith(INHERITED_PREFIXES)}
        kept |= {name: os.environ[name] for name in INHERITED if name in os.environ}
        start = PROGRAM.format(__name__)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", start, str(theirs.fileno()), json.dumps(sys.path), *preload],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._said,
                stderr=self._said,
                env={**kept, **ONE_THREAD},
                start_new_session=True,
            )
        self._control = ours

    def fork(self) -> socket.socket:
        """Ask for a worker and return the line to it, without waiting: if there will be none, the line ends.

        Raises
        ------
        OSError
            If the fork server has ended.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [FORK], [theirs.fileno()], socket.MSG_NOSIGNAL)
            except OSError:
                ours.close()
                raise
        return ours

    def close(self, seconds: float) -> None:
        """Wait until all workers have ended, which they do when their lines are closed; after so long, end them."""
        with contextlib.suppress(OSError):
            self._control.send(END, socket.MSG_NOSIGNAL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """End all workers now, whatever they do."""
        self._control.close()
        self._process.terminate()
        self._process.wait()
        self._said.close()

    def last_words(self) -> str:
        """Return the last line that it or a worker has written."""
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


def serve(descriptor: int) -> None:
    """Fork a worker for each request at the socket, until its other end is closed."""
    from autograder import interrupts
    from autograder.farm.worker import work

    signal.signal(signal.SIGTERM, lambda number, frame: _end_all())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries the dead
    interrupts.ignore()
    control = socket.socket(fileno=descriptor)
    for name in sys.argv[3:]:
        import_module(name)
    gc.collect()
    gc.freeze()
    while True:
        message, lines, _, _ = socket.recv_fds(control, 1, 1)
        if message == END:
            _wait_for_all()
            os._exit(0)
        if message != FORK:
            _end_all()
        with contextlib.suppress(OSError):  # too many processes: the line ends, which says it
            server = os.getpid()
            if os.fork() == 0:
                control.close()
                _become_worker(server, lines[0], work)
        os.close(lines[0])


def _become_worker(server: int, line: int, work: Callable[[int], None]) -> NoReturn:
    from autograder.engine.inside.namespaces import die_with_parent

    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        die_with_parent()
        if os.getppid() == server:
            work(line)
            code = 0
    finally:
        if code:
            sys.excepthook(*sys.exc_info())
        os._exit(code)


def _end_all() -> NoReturn:
    """End all workers and this process."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    _wait_for_all()
    os._exit(0)


def _wait_for_all() -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
