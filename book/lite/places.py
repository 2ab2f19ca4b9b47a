"""Looks for files by their names in folders and archives; it unpacks nothing else and writes nothing.

Of an entry of an archive only the last part of its path counts, so that no archive says where a file goes.
"""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from autograder.errors import UsageError

LARGEST = 64 << 20  # bytes; the largest piece has 10 million


def files_named(place: Path, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of each file with one of these names that lies in a folder or an archive.

    Raises
    ------
    UsageError
        If there is no such folder or archive, or it cannot be read.
    """
    try:
        if place.is_dir():
            yield from _in_folder(place, names)
        elif not place.is_file():
            raise UsageError(f"{place} does not exist: PYODIDE names a folder or an archive with the files of Pyodide.")
        elif zipfile.is_zipfile(place):
            yield from _in_zip(place, names)
        elif tarfile.is_tarfile(place):
            yield from _in_tar(place, names)
        else:
            raise UsageError(f"{place} is neither a folder nor an archive (zip, whl, tar): PYODIDE names one of these.")
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UsageError(f"{place} is damaged ({error}): copy or download it again.") from error


def _in_folder(place: Path, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
    for path in sorted(place.rglob("*")):
        if path.name in names and path.is_file():
            with path.open("rb") as file:
                yield path.name, _content(file)


def _in_zip(place: Path, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(place) as archive:
        for entry in archive.infolist():
            if (name := PurePosixPath(entry.filename).name) in names and not entry.is_dir():
                with archive.open(entry) as file:
                    yield name, _content(file)


def _in_tar(place: Path, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(place) as archive:
        for entry in archive:
            if (name := PurePosixPath(entry.name).name) in names and entry.isfile():
                file = archive.extractfile(entry)
                if file is not None:
                    yield name, _content(file)


def _content(file: IO[bytes]) -> bytes:
    """Read a file; of one that is too large to be right, just enough to have another SHA-256."""
    return file.read(LARGEST)
