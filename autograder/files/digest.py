"""One hash for many files: how the engine knows whether anything has changed since it looked last."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath

BY_PRODUCTS = ("__pycache__", ".ipynb_checkpoints")


def digest(files: Iterable[Path], root: Path) -> str:
    """Return a SHA-256 over the names (relative to `root`) and the contents of files, in the order of their names."""
    hashes: dict[PurePath, bytes] = {}
    for path in files:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").digest()
        hashes[path.relative_to(root) if path.is_relative_to(root) else path] = content
    return combined(hashes)


def combined(hashes: Mapping[PurePath, bytes]) -> str:
    """Return a SHA-256 over the names of files and the SHA-256 of each, in the order of their names."""
    total = hashlib.sha256()
    for name, content in sorted(hashes.items()):
        total.update(os.fsencode(name) + b"\0" + content)
    return total.hexdigest()


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, except what Python and Jupyter leave behind."""
    return (p for p in folder.rglob("*") if p.is_file() and not any(part in BY_PRODUCTS for part in p.parts))
