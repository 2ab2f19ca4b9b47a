"""Serves the marking page on this machine until it is told to stop."""

from __future__ import annotations

import asyncio
import errno
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from socket import socket

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from autograder.errors import EnvironmentProblem
from autograder.marking.desk import Desk
from autograder.marking.guard import Guard
from autograder.marking.handlers import application
from autograder.marking.limits import LARGEST_REQUEST, WORKERS


def serve(desk: Desk, port: int, ready: Callable[[str, int], None]) -> None:
    """Serve until Ctrl-C; what is being written then is finished first.

    Parameters
    ----------
    port
        0 for any free one.
    ready
        Is told the address with its token, and the port.

    Raises
    ------
    EnvironmentProblem
        If the port cannot be had.
    """
    sockets = _sockets(port)
    port = sockets[0].getsockname()[1]
    guard = Guard(port)

    async def run() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(one, stop.set)
        with ThreadPoolExecutor(WORKERS) as pool:  # at its end it waits for what it has begun
            server = HTTPServer(application(desk, guard, pool), max_body_size=LARGEST_REQUEST)
            server.add_sockets(sockets)
            ready(f"http://127.0.0.1:{port}/?token={guard.token}", port)
            await stop.wait()
            server.stop()
            await server.close_all_connections()

    asyncio.run(run())


def _sockets(port: int) -> list[socket]:
    try:
        return bind_sockets(port, "127.0.0.1")
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            why = "is taken, perhaps by another `autograder mark`: end that"
        else:
            why = f"cannot be used ({error.strerror})"
        raise EnvironmentProblem(f"Port {port} {why}, or choose another port with --port, 0 for any.") from error
