"""An assignment as the instructor wrote it and as students were given it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.course.cells import code_cells, is_solution, is_test
from autograder.course.course import Course
from autograder.course.names import bound_names, import_statements


@dataclass(frozen=True)
class Assignment:
    """What the instructor wrote, and what students were given of it, by the name of the notebook.

    `answers` are the names that the student is to define, `imports` the import statements of the instructor's own
    cells, `given` the files beside the notebooks as (name, content).
    """

    name: str
    sources: dict[str, NotebookNode]
    released: dict[str, NotebookNode]
    answers: dict[str, frozenset[str]]
    imports: dict[str, str]
    given: tuple[tuple[str, bytes], ...]


def read_assignment(course: Course, name: str, released: Mapping[str, NotebookNode]) -> Assignment:
    """Return the assignment `name`; `released` are its notebooks as students were given them."""
    sources = course.read_sources(name)
    given = tuple((str(where), path.read_bytes()) for where, path in course.given_files(name))
    answers = {notebook: _answers(source) for notebook, source in sources.items()}
    imports = {notebook: _imports(sources[notebook], released[notebook]) for notebook in sources}
    return Assignment(name, sources, dict(released), answers, imports, given)


def _answers(source: NotebookNode) -> frozenset[str]:
    return frozenset().union(*(bound_names(cell.source) for cell in code_cells(source) if is_solution(cell)))


def _imports(source: NotebookNode, released: NotebookNode) -> str:
    """Return the import statements of all cells but the tests; a header's cells stand in the release only."""
    both = (cell for notebook in (source, released) for cell in code_cells(notebook))
    return import_statements(cell.source for cell in both if not is_test(cell))
