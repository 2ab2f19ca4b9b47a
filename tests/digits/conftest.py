"""A small stand-in for MNIST, and a server on loopback that hands it out well or badly."""

import gzip
import hashlib
import os
import sys
import threading
from collections.abc import Callable, Container, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

SOURCE = Path(__file__).resolve().parents[2] / "source"
sys.path.insert(0, str(SOURCE))

import digits  # noqa: E402

N_COMPLETE, N_PARTIAL, N_TEST = 30, 10, 20
REAL_DATA = os.environ.get("DIGITS_DATA", "")


def idx(array: np.ndarray) -> bytes:
    """Return an array of bytes as an IDX file: two zeros, 8, dimensions, sizes, items."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes((0, 0, 8, array.ndim)) + sizes + array.astype(np.uint8).tobytes()


class Stand:
    """The stand-in: the content of its four files, complete (`full`) and partial (`part`)."""

    def __init__(self) -> None:
        rng = np.random.default_rng(20)
        self.images = rng.integers(0, 256, (N_COMPLETE, 28, 28), np.uint8)
        self.labels = rng.integers(0, 10, N_COMPLETE, np.uint8)
        self.test_images = rng.integers(0, 256, (N_TEST, 28, 28), np.uint8)
        self.test_labels = rng.integers(0, 10, N_TEST, np.uint8)
        arrays = self.images, self.labels, self.test_images, self.test_labels
        self.full = dict(zip(digits.FILES, map(idx, arrays), strict=True))
        self.part = self.full | {
            digits.TRAIN_IMAGES: idx(self.images[:N_PARTIAL]),
            digits.TRAIN_LABELS: idx(self.labels[:N_PARTIAL]),
        }
        self.sha256 = {
            file: {
                int.from_bytes(content[4:8], "big"): hashlib.sha256(content).hexdigest()
                for content in (self.full[file], self.part[file])
            }
            for file in digits.FILES
        }


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Hide the data of this machine; return the folder where downloads go."""
    monkeypatch.delenv("DIGITS_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "cache" / "backprop-by-hand"


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Stand:
    """Make the module take the stand-in for MNIST."""
    stand = Stand()
    small = replace(digits.DATA_SETS["mnist"], sha256=stand.sha256, mirrors=())
    monkeypatch.setitem(digits.DATA_SETS, "mnist", small)
    return stand


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return an empty folder to which DIGITS_DATA is set."""
    path = tmp_path / "data"
    path.mkdir()
    monkeypatch.setenv("DIGITS_DATA", str(path))
    return path


@pytest.fixture
def real() -> Path:
    """Return the folder of the real data sets, or skip."""
    if not (Path(REAL_DATA) / "mnist").is_dir() or not REAL_DATA:
        pytest.skip("DIGITS_DATA is not set to a folder with the real data sets")
    return Path(REAL_DATA)


def fill(path: Path, files: dict[str, bytes], *, packed: bool = True) -> None:
    path.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        if packed:
            (path / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (path / name).write_bytes(content)


@pytest.fixture(name="fill")
def fill_fixture() -> Callable[..., None]:
    """Return the function that writes files, packed or not."""
    return fill


@pytest.fixture(name="idx")
def idx_fixture() -> Callable[[np.ndarray], bytes]:
    """Return the function that makes the content of an IDX file."""
    return idx


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Return a function that serves bodies by name and returns the URL of the mirror.

    `cut` names are announced in full and end half way; `asked` collects what was asked for.
    """
    servers: list[ThreadingHTTPServer] = []

    def start(bodies: dict[str, bytes], cut: Container[str] = (), asked: list | None = None) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rsplit("/", 1)[1]
                if asked is not None:
                    asked.append(name)
                body = bodies.get(name)
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write((body or b"")[: len(body or b"") // 2 if name in cut else None])

            def log_message(self, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/sub/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
