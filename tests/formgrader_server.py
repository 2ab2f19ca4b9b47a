"""A real Jupyter server with nbgrader's formgrader in a course folder, as an instructor has it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS = 300  # far more than it takes on an idle machine


@contextmanager
def formgrader(root: Path, token: str = "") -> Iterator[str]:
    """Start the server, yield its address, end it; whoever has the token may use it, and anybody where it is empty."""
    options = [
        f"--ServerApp.root_dir={root}",
        "--ServerApp.jpserver_extensions={'nbgrader.server_extensions.formgrader': True}",
        "--ServerApp.allow_root=True",
    ]
    with running([sys.executable, "-m", "jupyter_server", *options], root, token) as address:
        yield address


@contextmanager
def running(command: list[str], root: Path, token: str = "") -> Iterator[str]:
    """Start a Jupyter server that the command is all of but its address, in a folder; yield that address, end it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    options = [
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}",
        "--ServerApp.open_browser=False",
    ]
    own = {name: str(root / "home") for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    log = root / "server.log"
    with log.open("w") as said:
        server = subprocess.Popen(
            [*command, *options],
            cwd=root, env={**os.environ, **own}, stdout=said, stderr=said,
        )  # fmt: skip
        try:
            end = time.monotonic() + SECONDS
            while not _answers(address):
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < end, log.read_text()
                time.sleep(0.1)
            yield address
        finally:
            server.terminate()
            try:
                server.wait(SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/api", timeout=SECONDS):
            return True
    except OSError:
        return False
