"""One hash for many files: how the engine knows whether anything has changed since it looked last."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

BY_PRODUCTS = ("__pycache__", ".ipynb_checkpoints")


def digest(files: Iterable[Path], root: Path) -> str:
    """Return a SHA-256 over the names (relative to `root`) and the contents of files, in the order of their names."""
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(os.fsencode(path.relative_to(root)) + b"\0")
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder but for what Python and Jupyter leave behind."""
    return (p for p in folder.rglob("*") if p.is_file() and not any(part in BY_PRODUCTS for part in p.parts))
