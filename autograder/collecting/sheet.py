"""A CSV file of somebody else's, read whatever its encoding and delimiter, and filled in without changing the rest.

Platforms take their own files back; so a cell that is filled in is all that differs, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from autograder.errors import UsageError
from autograder.intake.limits import LARGEST_ROSTER

DELIMITERS = ",;\t|"
SAID = re.compile(r"\ufeff?sep=(.)\r?\n")  # a line for spreadsheets


class Sheet:
    """The rows of a CSV file that say something.

    Parameters
    ----------
    rows
        The cells of each row, as they are meant.
    numbers
        The line of the file that each row begins in.
    """

    def __init__(self, path: Path, text: str, encoding: str) -> None:
        said = SAID.match(text)
        start = said.end() if said else len(text) - len(text.removeprefix("\ufeff"))
        head = next((line for line in text[start:].splitlines() if line.strip()), "")
        self.path, self._encoding = path, encoding
        self._delimiter = said[1] if said else max(DELIMITERS, key=head.count)
        self._before, self._raw, self._ends = text[:start], list[list[str]](), list[list[str]]()
        self.rows, self.numbers, self._places = list[list[str]](), list[int](), list[int]()
        number = 1 + bool(said)
        for raw, ends in self._split(text[start:]):
            self._raw.append(raw)
            self._ends.append(ends)
            cells = [_meant(cell) for cell in raw]
            if any(cell.strip() for cell in cells):
                self.rows.append(cells)
                self.numbers.append(number)
                self._places.append(len(self._raw) - 1)
            number += 1 + sum(cell.count("\n") for cell in raw)

    @classmethod
    def read(cls, path: Path) -> Sheet:
        """Return a CSV file's rows.

        Raises
        ------
        UsageError
            If it cannot be read, is too large, or is not a CSV file.
        """
        try:
            with path.open("rb") as file:
                raw = file.read(LARGEST_ROSTER + 1)
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
        if raw.startswith(b"PK\x03\x04"):
            raise UsageError(f"{path} is a workbook of a spreadsheet, not a CSV file: save the sheet as CSV.")
        if len(raw) > LARGEST_ROSTER:
            raise UsageError(f"{path} is larger than {LARGEST_ROSTER // 2**20} MB: is it the right file?")
        return cls(path, *_decoded(path, raw))

    def put(self, row: int, column: int, text: str) -> None:
        """Fill in one cell of `rows`."""
        raw, ends = self._raw[self._places[row]], self._ends[self._places[row]]
        while len(raw) <= column:  # a short row: the platform writes none, but editors do
            raw.append("")
            ends.insert(-1, self._delimiter)
        is_quoted = raw[column].startswith('"') or any(char in text for char in f'{self._delimiter}"\r\n')
        raw[column] = '"' + text.replace('"', '""') + '"' if is_quoted else text
        cells = self.rows[row]
        cells.extend([""] * (column + 1 - len(cells)))
        cells[column] = text

    def content(self) -> bytes:
        """Return the file as it is now; what its encoding lacks is written as HTML writes it."""
        lines = (
            "".join(map("".join, zip(raw, ends, strict=True))) for raw, ends in zip(self._raw, self._ends, strict=True)
        )
        return (self._before + "".join(lines)).encode(self._encoding, "xmlcharrefreplace")

    def _split(self, text: str) -> Iterator[tuple[list[str], list[str]]]:
        """Yield each row as its cells as they are written, and what ends each of them."""
        mark = re.escape(self._delimiter)
        cell = re.compile(rf'(?P<raw>"(?:[^"]++|"")*+"|(?!")[^{mark}\r\n]*+)(?P<end>{mark}|\r\n|\n|\r|\Z)')
        place, raw, ends = 0, list[str](), list[str]()
        while place < len(text) or raw:
            found = cell.match(text, place)
            if not found:
                line = text.count("\n", 0, place) + 1
                raise UsageError(
                    f"{self.path} is not a CSV file (line {line} has a quotation mark that does not end): save it as "
                    "CSV in a spreadsheet."
                )
            place = found.end()
            raw.append(found["raw"])
            ends.append(found["end"])
            if found["end"] != self._delimiter:
                yield raw, ends
                raw, ends = [], []


def _meant(raw: str) -> str:
    return raw[1:-1].replace('""', '"') if raw.startswith('"') else raw


def _decoded(path: Path, raw: bytes) -> tuple[str, str]:
    """Return a text whose encoding nobody names, and that encoding; a mark of byte order stays in it."""
    guesses = ["utf-8", "cp1252", "latin-1"]
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        guesses = ["utf-16-le" if raw.startswith(b"\xff") else "utf-16-be"]
    elif b"\0" in raw[:1000]:
        guesses = ["utf-16-le" if raw[1:2] == b"\0" else "utf-16-be"]
    for encoding in guesses:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    raise UsageError(f"{path} is not text: save it as CSV, for example from a spreadsheet.")
