"""Lays the pieces together in a folder, `_build/pyodide`, which any page can load Pyodide from.

The folder holds `pyodide.mjs`, the interpreter, its standard library, the wheels of NumPy, Matplotlib and IPython, and
a lock file that names these and no others; every file has a SHA-256 that the repository knows. In the built book it
lies in `lite/static/pyodide/`: a module worker of a page may import `pyodide.mjs` from there and call
`loadPyodide({packages: ["numpy"]})`, which then asks no other host.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograder.errors import EnvironmentProblem, UsageError
from autograder.files.swap import scratch, swap_in

from .pieces import LOCK, Pieces, sha256
from .places import files_named


def assemble(places: Sequence[Path], target: Path, pieces: Pieces, root: Path) -> None:
    """Look for all pieces in folders and archives and lay them into `target`, which appears whole or not at all.

    Raises
    ------
    UsageError
        If a piece is missing, or is not the file that was tested.
    EnvironmentProblem
        If there is no room for it.
    """
    found = _collected(places, pieces)
    with room_for(target), scratch(root) as folder:
        fresh = folder / target.name
        fresh.mkdir()
        for name, content in found.items():
            (fresh / name).write_bytes(content)
        entries = (wheel.entry(found[wheel.file]) for wheel in pieces.wheels)
        (fresh / LOCK).write_text(pieces.lock(entries), encoding="utf-8")
        target.parent.mkdir(parents=True, exist_ok=True)
        swap_in(fresh, target)


def check(folder: Path, pieces: Pieces) -> None:
    """See that an assembled folder is whole.

    Raises
    ------
    UsageError
        If a file of it is missing or has changed.
    """
    try:
        found = _collected([folder], pieces)
        entries: Iterable[dict[str, Any]] = (wheel.entry(found[wheel.file]) for wheel in pieces.wheels)
        is_whole = (folder / LOCK).read_text(encoding="utf-8") == pieces.lock(entries)
    except (UsageError, OSError, UnicodeError) as error:
        raise UsageError(f"{error} Remove {folder}, and run make lite.") from error
    if not is_whole:
        raise UsageError(f"{folder / LOCK} does not name the files beside it: remove {folder}, and run make lite.")


@contextmanager
def room_for(target: Path) -> Iterator[None]:
    """Say in a sentence that a folder cannot be written."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise EnvironmentProblem(f"The disk has no room for {target}: free some, then run make lite.") from error
        raise EnvironmentProblem(f"{target} cannot be written ({error.strerror or error}).") from error


def _collected(places: Sequence[Path], pieces: Pieces) -> dict[str, bytes]:
    """Return the content of each piece by the name of its file; of the interpreter, one version."""
    found: dict[tuple[str, str], bytes] = {}
    wrong: dict[str, Path] = {}
    for place in places:
        for name, content in files_named(place, pieces.names):
            if (digest := sha256(content)) in pieces.known(name):
                found[name, digest] = content
            else:
                wrong[name] = place
    wanted = _core(found, pieces)
    for wheel in pieces.wheels:
        wanted[wheel.file] = next((digest for digest in wheel.known if (wheel.file, digest) in found), wheel.released)
    missing = sorted(item[0] for item in wanted.items() if item not in found)
    if missing:
        raise UsageError(_missing(missing, wrong, places, pieces))
    return {name: found[name, digest] for name, digest in wanted.items()}


def _core(found: Mapping[tuple[str, str], bytes], pieces: Pieces) -> dict[str, str]:
    """Return name and SHA-256 of the interpreter's files in the version of which most files are there."""
    versions = [dict(files) for files in pieces.core.values()]
    return max(versions, key=lambda files: sum(item in found for item in files.items()))


def _missing(missing: list[str], wrong: dict[str, Path], places: Sequence[Path], pieces: Pieces) -> str:
    more = f", and {len(missing) - 1} more files are missing or wrong" if len(missing) > 1 else ""
    name = next((name for name in missing if name in wrong), missing[0])
    if name in wrong:
        fault = f"{name} in {wrong[name]} is not the file that was tested (its SHA-256 is another one)"
    else:
        fault = f"{places[-1]} has no {name}"
    return f"{fault}{more}: what is needed are the files of Pyodide {max(pieces.core)}."
