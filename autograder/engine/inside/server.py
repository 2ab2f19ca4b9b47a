"""The program in the sandbox: imports everything once, then forks a student or a test process for every request.

It never runs anybody's code itself and knows nothing that a student may not know. It ends when the line to its worker
is closed, and everything that it started ends with it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import cast

from . import large_pages, namespaces, protocol
from .frames import Channel, Closed, Malformed, close_all_but, say_hello

UNPRIVILEGED = 65534


def main() -> None:
    """Serve the worker at the socket whose number the command line gives."""
    number, options = int(sys.argv[1]), json.loads(sys.argv[2])
    sys.argv[:] = ["ipykernel_launcher.py"]
    control = Channel(socket.socket(fileno=number))
    try:
        own = _prepare(options)
    except OSError as error:
        control.send(protocol.Unable(op="unable", why=f"{error.strerror or error}"))
        return
    control.send(protocol.Ready(op="ready"))
    while True:
        try:
            message, _, descriptors = control.receive_with_descriptors()
        except (Closed, Malformed):
            return
        if _fork(message["role"], own) == 0:
            control.sock.close()
            _child(message["role"], descriptors[0], options)
        os.close(descriptors[0])


def _prepare(options: protocol.Options) -> int | None:
    """Import and use what every child needs; return a descriptor of the process namespace, if there is a sandbox."""
    own = None
    if options["isolate"]:
        if os.getuid() == 0:
            namespaces.mount("proc", "/proc", flags=namespaces.MS_NOSUID | namespaces.MS_NODEV | namespaces.MS_NOEXEC)
            namespaces.become(UNPRIVILEGED)
        own = namespaces.nest()
        _try_out(options, own)
    python = {Path(prefix) for prefix in (sys.prefix, sys.base_prefix, "/usr")}
    sys.path[:] = [path for path in sys.path if any(Path(path).is_relative_to(prefix) for prefix in python)]
    from .shell import make_shell

    make_shell()
    _use_what_is_slow_at_first()
    os.environ.clear()
    os.environ.update(options["environment"])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    large_pages.gather()
    return own


def _fork(role: protocol.Role, own: int | None) -> int:
    """Fork. A student's process begins a process namespace.

    A test process runs the instructor's code and is looked after by the server: it needs no process namespace.
    """
    return os.fork() if own is None or role == "test" else namespaces.fork_apart(own)


def _try_out(options: protocol.Options, own: int) -> None:
    """Find out whether a child can have namespaces of its own."""
    reading, writing = os.pipe()
    pid = _fork("student", own)
    if pid == 0:
        try:
            _isolate(options, "student")
        except OSError as error:
            os.write(writing, str(error.strerror).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(pid, 0)
    why = os.read(reading, 1000).decode()
    os.close(reading)
    if why:
        raise OSError(0, why)


def _use_what_is_slow_at_first() -> None:
    import numpy as np

    from . import student, tester, values  # noqa: F401 - every child needs them

    for wrong in (np.ones(2), np.zeros((2, 2))):
        try:
            np.testing.assert_allclose(np.arange(2.0), wrong)
        except AssertionError:
            traceback.format_exc()
    np.linalg.norm(np.linalg.inv(np.eye(2)))
    np.random.default_rng(0).permutation(3)
    with contextlib.suppress(ImportError):
        from tqdm import tqdm

        tqdm.monitor_interval = 0  # its thread would wake up stuck bars, and keep every notebook from being copied


def _child(role: protocol.Role, descriptor: int, options: protocol.Options) -> None:
    """Become the process that was asked for; never return."""
    sock = socket.socket(fileno=descriptor)
    try:
        close_all_but(descriptor)
        os.setsid()  # a signal to one's process group goes through the walls of a process namespace
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        namespaces.die_with_parent()
        if options["isolate"]:
            _isolate(options, role)
        os.chdir(options["home"])
        _run(role, sock, options)
    except (Closed, Malformed, EOFError):
        pass
    except BaseException:
        if role == "test":
            traceback.print_exc()
    finally:
        os._exit(0)


def _isolate(options: protocol.Options, role: protocol.Role) -> None:
    """Enter namespaces of its own."""
    namespaces.unshare(processes=role == "student")
    kept = {folder: os.open(folder, os.O_PATH) for folder in options["kept"]}
    namespaces.settle(options["home"], options["disk"], options["small"], [options["code"]], kept=kept)


def _run(role: protocol.Role, sock: socket.socket, options: protocol.Options) -> None:
    from .randomness import start_afresh
    from .shell import ZMQInteractiveShell, connect_streams
    from .student import Student
    from .tester import Tester

    channel = Channel(sock)
    shell = ZMQInteractiveShell.instance()
    if role == "student":
        connect_streams(shell)
    namespaces.limit(**options["limits"][role])
    say_hello(sock)
    received, blobs = channel.receive()
    message = cast(protocol.Files, received)
    home = options["home"] if options["isolate"] else message["folder"]
    os.chdir(home)
    for name, content in zip(message["files"], blobs, strict=True):
        _write(Path(home), name, content)
    sys.path.append(home)
    start_afresh()
    (Student if role == "student" else Tester)(channel, shell, options["reap"]).serve()


def _write(home: Path, name: str, content: bytearray) -> None:
    path = home / name
    if not path.is_relative_to(home) or ".." in Path(name).parts:
        return
    with contextlib.suppress(OSError, ValueError):  # a name that cannot be a file's
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
