"""Files that are either as before or complete, whatever happens: a kill at any moment, a power loss.

What is renamed is on the disk before its new name is, so that no name ever leads to half a file.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO

FORMULA = re.compile(r"'*[=+\-@\t\r\n]")  # what a spreadsheet might take for one, and what was made harmless before
# The same within a text, where a spreadsheet may begin another cell: many separate cells by semicolons or tabs.
WITHIN = r"""(?=['"]*[=+\-@])"""
CELL_WITHIN, MADE_HARMLESS = re.compile(rf"([;\t\r\n]){WITHIN}"), re.compile(rf"([;\t\r\n])'{WITHIN}")


def write_atomically(path: Path, content: str | bytes, mode: int | None = None) -> None:
    """Write a file so that it is either as before or complete; after a power loss it may be as before.

    Parameters
    ----------
    mode
        Who may read it from its first byte on; None for what is usual.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    if mode is not None:
        partial.unlink(missing_ok=True)
        partial.touch(mode)
    partial.write_bytes(content.encode() if isinstance(content, str) else content)
    sync(partial)
    partial.replace(path)


def append_rows(path: Path, head: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Add rows to a CSV file, which gets its head first if it is new; half a row of a killed process is taken off."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        whole = _length_in_whole_lines(file)
        file.truncate(whole)
        file.write(csv_text([*([] if whole else [head]), *rows]).encode("utf-8", "replace"))
        file.flush()
        os.fsync(file.fileno())
    sync(path.parent)


def _length_in_whole_lines(file: BinaryIO) -> int:
    length = file.seek(0, os.SEEK_END)
    while length:
        start = max(0, length - io.DEFAULT_BUFFER_SIZE)
        file.seek(start)
        found = file.read(length - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        length = start
    return 0


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV text; a spreadsheet takes none of its texts for a formula, whatever separates its cells."""
    lines: list[str] = []
    file = SimpleNamespace(write=lines.append)  # a call a row; both ends of line are named so that both are quoted
    csv.writer(file, lineterminator="\r\n").writerows([_inert(cell) for cell in row] for row in rows)
    return "".join(line.removesuffix("\r\n") + "\n" for line in lines)


def _inert(value: object) -> object:
    if not isinstance(value, str):
        return value
    value = CELL_WITHIN.sub(r"\1'", value)
    return f"'{value}" if FORMULA.match(value) else value


def as_written(cell: str) -> str:
    """Return what a cell of a CSV file said before `csv_text` made it harmless."""
    cell = MADE_HARMLESS.sub(r"\1", cell)
    return cell[1:] if cell[:1] == "'" and FORMULA.match(cell) else cell


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Bring a folder and all that is in it to the disk."""
    for here, _, files in os.walk(folder):
        for name in files:
            sync(Path(here, name))
        sync(Path(here))
