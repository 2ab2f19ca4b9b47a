"""The built book, made once for all tests of this folder."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
from book_pages import ROOT, build


@pytest.fixture(scope="session")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the built book; $BOOK_HTML names one that is built already."""
    if ready := os.environ.get("BOOK_HTML"):
        return Path(ready).resolve()
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    output = shared / "the-book"
    with (shared / "the-book.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (output / "done").exists():
            result = build(ROOT, output)
            assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-4000:]
            (output / "done").touch()
    return output / "_build" / "html"
