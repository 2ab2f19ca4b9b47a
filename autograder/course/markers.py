"""The lines that mark what students never see, and lines that look like one and are not: these would be released.

nbgrader looks for the words in capitals anywhere in a line, and passes by everything else without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rapidfuzz.fuzz import ratio

from autograder.course.cells import is_solution, is_task, nbgrader_metadata
from autograder.course.faults import Fault, Place

REGIONS = ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME")
WHERE = {
    "SOLUTION": "a cell that students write (an autograded or manually graded answer)",
    "HIDDEN TESTS": "a test cell (autograder tests)",
    "MARK SCHEME": "a task cell (a manually graded task)",
}
DECORATION = r"[\s#=*/<>!-]*"
MARKER = re.compile(rf"{DECORATION}(BEGIN|END) ({'|'.join(REGIONS)}){DECORATION}")
WORDS = [f"{edge} {region}" for edge in ("BEGIN", "END") for region in REGIONS]
CHECK = "form"
ALIKE, FIRST_ALIKE = 80, 60  # of 100: a line and a marker, and their first words
LONGEST_SHOWN = 60


class Marker(NamedTuple):
    """A marker: whether a region begins or ends, which kind of region, and the line, from 1."""

    begins: bool
    region: str
    line: int


def markers(source: str) -> Iterator[Marker]:
    """Yield the markers in the text of a cell."""
    for number, line in enumerate(source.splitlines(), start=1):
        if found := MARKER.fullmatch(line):
            yield Marker(found[1] == "BEGIN", found[2], number)


def faults_of_markers(place: Place) -> Iterator[Fault]:
    """Yield what is wrong with the markers of a cell."""
    yield from (place.fault(CHECK, says) for says in (*_nearly(place), *_unbalanced(place), *_misplaced(place)))


def hidden_lines(source: str) -> list[list[str]]:
    """Return the lines of each region of a cell, without blanks around them; empty lines are left out."""
    found: list[list[str]] = []
    inside = False
    marks = {marker.line: marker for marker in markers(source)}
    for number, line in enumerate(source.splitlines(), start=1):
        if number in marks:
            inside = marks[number].begins
            if inside:
                found.append([])
        elif inside and line.strip():
            found[-1].append(line.strip())
    return found


def _nearly(place: Place) -> Iterator[str]:
    """Yield a sentence for each line that is nearly a marker."""
    is_code = place.cell.cell_type == "code"
    for number, line in enumerate(place.cell.source.splitlines(), start=1):
        meant = None if MARKER.fullmatch(line) else meant_by(line, is_code=is_code)
        if meant:
            shown = line.strip()[:LONGEST_SHOWN]
            yield (
                f"line {number}, {shown!r}, is nearly a marker, and students might read what it should hide. "
                f"Write '### {meant}', or put it in other words."
            )


def meant_by(line: str, *, is_code: bool) -> str | None:
    """Return the marker that a line is meant to be, or None: another case, a letter more or less, two blanks."""
    held = next((words for words in WORDS if words in line), None)
    if held is not None:
        return held
    if is_code and not line.lstrip().startswith("#"):
        return None
    text = " ".join(re.findall(r"[a-zA-Z]+", line.replace("_", " "))).upper()
    best = max(WORDS, key=lambda words: ratio(text, words))
    first = ratio(text.partition(" ")[0], best.partition(" ")[0])
    return best if ratio(text, best) >= ALIKE and first >= FIRST_ALIKE else None


def _unbalanced(place: Place) -> Iterator[str]:
    opened: Marker | None = None
    for marker in markers(place.cell.source):
        words = f"{'BEGIN' if marker.begins else 'END'} {marker.region} in line {marker.line}"
        if marker.begins and opened is not None:
            yield f"{words} stands within a region that began in line {opened.line}. End that one first."
        elif not marker.begins and (opened is None or opened.region != marker.region):
            yield f"{words} ends nothing: no BEGIN {marker.region} stands above it. Add it, or delete this line."
        opened = marker if marker.begins else None
    if opened is not None:
        yield f"the region {opened.region} that begins in line {opened.line} is left open. Add END {opened.region}."


def _misplaced(place: Place) -> Iterator[str]:
    cell = place.cell
    belongs = {
        "SOLUTION": is_solution(cell),
        "HIDDEN TESTS": bool(nbgrader_metadata(cell).get("grade")) and cell.cell_type == "code",
        "MARK SCHEME": is_task(cell),
    }
    for region in dict.fromkeys(marker.region for marker in markers(cell.source)):
        if not belongs[region]:
            yield (
                f"it holds a region {region}, which is cut out of {WHERE[region]} only, and this cell is not one. "
                "Change the type of the cell in nbgrader's sidebar, or move the region."
            )
