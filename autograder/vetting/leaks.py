"""Whether a solution, a hidden test or a mark scheme stands in anything that students get."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from nbformat import NotebookNode, from_dict

from autograder.course.attachments import unshown
from autograder.course.cells import is_solution
from autograder.course.faults import Fault, Place, places
from autograder.course.markers import MARKER, hidden_lines, markers

CHECK = "leak"
LEAST_OF_A_LINE, LEAST_OF_A_PAIR = 12, 24  # characters that tell something
Lines = tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """Something that students get: where it is, and its text."""

    where: str
    text: str


def faults_of_leaks(sources: Mapping[str, NotebookNode], content: Mapping[str, bytes]) -> list[Fault]:
    """Return what students get and should not.

    Parameters
    ----------
    sources
        The instructor's notebooks.
    content
        What students get: the content of each file by its name.
    """
    shown = [one for name, data in sorted(content.items()) for one in _texts(name, data)]
    by_lines: dict[Lines, str] = {}
    for one in shown:
        for lines in _pieces(one.text.splitlines(), single=True):
            by_lines.setdefault(lines, one.where)
    return [*_of_text(sources, content, by_lines), *_of_notebooks(content)]


def _of_text(
    sources: Mapping[str, NotebookNode], content: Mapping[str, bytes], shown: Mapping[Lines, str]
) -> Iterator[Fault]:
    for name, notebook in sorted(sources.items()):
        given = set().union(
            *(_pieces(open_lines(cell), single=True) for cell in notebook.cells if not is_solution(cell))
        )
        stubs = _stubs(name, content)
        for place in places(name, notebook.cells):
            public = given
            if is_solution(place.cell):
                public = set() if any(markers(place.cell.source)) else stubs.get(place.name, set())
            for lines in _secrets(place):
                if lines in shown and lines not in public and _tells(lines):
                    quoted = " and ".join(repr(line) for line in lines)
                    yield place.fault(
                        CHECK,
                        f"{quoted} of what students must not see can be read in {shown[lines]}. "
                        "Take it out there, or change one of the two.",
                    )
                    break


def _of_notebooks(content: Mapping[str, bytes]) -> Iterator[Fault]:
    """Yield pictures that no text shows, and outputs, in the notebooks that students get."""
    for name, data in sorted(content.items()):
        for place in places(name.removesuffix(".ipynb"), _cells(name, data)):
            for picture in unshown(place.cell):
                yield place.fault(CHECK, f"students get the picture {picture}, which no text shows. Delete it.")
            if place.cell.get("outputs"):
                yield place.fault(CHECK, "students get its output. Clear the outputs of the notebook.")


def open_lines(cell: NotebookNode) -> list[str]:
    """Return the lines of a cell outside of its regions, markers left out."""
    hidden = {line for lines in hidden_lines(cell.source) for line in lines}
    return [line for line in cell.source.splitlines() if line.strip() not in hidden and not MARKER.fullmatch(line)]


def _stubs(name: str, content: Mapping[str, bytes]) -> dict[str, set[Lines]]:
    """Return what stands in the release for each answer; what is cut out as a whole may say the same."""
    released = places(name, _cells(f"{name}.ipynb", content.get(f"{name}.ipynb", b'{"cells": []}')))
    return {place.name: _pieces(place.cell.source.splitlines(), single=True) for place in released}


def _secrets(place: Place) -> Iterator[Lines]:
    """Yield what must not be read of a cell: two lines that follow each other, or the only one of a region."""
    regions = hidden_lines(place.cell.source)
    if not regions and is_solution(place.cell):  # all of it is cut out
        regions = [place.cell.source.splitlines()]
    for lines in regions:
        yield from _pieces(lines, single=False)


def _pieces(lines: Iterable[str], *, single: bool) -> set[Lines]:
    """Return the pairs of lines, and single lines where there is but one, or if they are asked for."""
    bare = [line.strip() for line in lines if line.strip()]
    found: set[Lines] = set(pairwise(bare))
    return found | {(line,) for line in bare} if single or len(bare) == 1 else found


def _tells(lines: Lines) -> bool:
    return sum(map(len, lines)) >= (LEAST_OF_A_LINE if len(lines) == 1 else LEAST_OF_A_PAIR)


def _texts(name: str, data: bytes) -> Iterator[Shown]:
    """Yield the texts of a file: of a notebook cell by cell, with all that it holds."""
    cells = _cells(name, data)
    if not cells:
        yield Shown(name, data.decode("utf-8", "replace"))
    for number, cell in enumerate(cells, start=1):
        for text in _strings(cell):
            yield Shown(f"{name}, cell {number}", text)
    if cells:
        for text in _strings(json.loads(data).get("metadata")):
            yield Shown(f"{name}, its metadata", text)


def _cells(name: str, data: bytes) -> list[NotebookNode]:
    """Return the cells of a notebook's file with their texts in one piece; none of another file."""
    if not name.endswith(".ipynb"):
        return []
    cells = [from_dict(cell) for cell in json.loads(data)["cells"]]
    for cell in cells:
        cell["source"] = "".join(cell["source"])
    return cells


def _strings(value: Any) -> Iterator[str]:
    """Yield all texts that a piece of JSON holds; a list of lines is one text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, held in value.items():
            yield str(key)
            yield from _strings(held)
    elif isinstance(value, list):
        if value and all(isinstance(held, str) for held in value):
            yield "".join(value)
        else:
            for held in value:
                yield from _strings(held)
