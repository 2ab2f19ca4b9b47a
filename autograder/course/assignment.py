"""An assignment as the instructor wrote it and as students were given it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from types import MappingProxyType

from nbformat import NotebookNode

from autograder.course.cells import (
    Exercise,
    all_exercises,
    cell_names,
    code_cells,
    exercises,
    grade_id,
    is_solution,
    is_test,
    points,
)
from autograder.course.course import Course
from autograder.course.draws import PUBLIC, Draw, draw_of, drawn
from autograder.course.names import bound_names, import_statements
from autograder.course.released_cells import ReleasedCells
from autograder.engine.items import Solution


@dataclass(frozen=True)
class Assignment:
    """What the instructor wrote, and what students were given of it, by the name of the notebook.

    `answers` are the names that the student is to define, `imports` the import statements of the instructor's own
    cells, `solutions` the instructor's answers to the exercises, `given` the files beside the notebooks as (name,
    content). `follow_through` is the share of its points that a test gives if it fails only because of earlier
    exercises. `bank` is the text of its bank of misconceptions, `draw` the draw that the inputs in `sources` are of.
    `releases` are the cells of all releases that there have been, and `written` the texts of the instructor's cells
    before their inputs were drawn, by notebook and name; they decide no points.
    `elsewhere` returns the names of the cells of the course's other assignments.
    """

    name: str
    sources: dict[str, NotebookNode]
    released: dict[str, NotebookNode]
    answers: dict[str, frozenset[str]]
    imports: dict[str, str]
    solutions: dict[str, tuple[Solution, ...]]
    given: tuple[tuple[str, bytes], ...]
    follow_through: float = 1.0
    bank: str = ""
    draw: Draw = PUBLIC
    releases: Mapping[str, ReleasedCells] = field(default_factory=dict)
    elsewhere: Callable[[], Mapping[str, frozenset[str]]] = field(default=dict, compare=False)
    written: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def exercises(self) -> tuple[Exercise, ...]:
        """The exercises of all notebooks, in their order."""
        return tuple(all_exercises(self.sources))

    @cached_property
    def points(self) -> dict[tuple[str, str], float]:
        """The most that each code cell can earn, by the names of notebook and cell."""
        return {
            (name, str(grade_id(cell))): points(cell)
            for name, source in self.sources.items()
            for cell in code_cells(source)
        }

    @cached_property
    def stubs(self) -> dict[tuple[str, str], str]:
        """The text of each stub as students were given it, by the names of notebook and cell."""
        return {
            (name, str(grade_id(cell))): cell.source.strip()
            for name, released in self.released.items()
            for cell in code_cells(released)
        }


def read_assignment(
    course: Course,
    name: str,
    released: Mapping[str, NotebookNode],
    draw: str | None = None,
    releases: Mapping[str, ReleasedCells] = MappingProxyType({}),
) -> Assignment:
    """Return an assignment.

    Parameters
    ----------
    released
        Its notebooks as students were given them.
    draw
        The name of the draw that hidden tests take their inputs from. Default: what the course's configuration says.
    releases
        The cells of every release, by notebook. Default: there has been no other.
    """
    chosen = draw_of(course, draw)
    written = course.read_sources(name)
    sources = drawn(written, name, chosen)
    given = tuple((str(where), path.read_bytes()) for where, path in course.given_files(name))
    answers = {notebook: _answers(source) for notebook, source in sources.items()}
    imports = {notebook: _imports(sources[notebook], released[notebook]) for notebook in sources}
    share = course.follow_through
    solutions = {notebook: _solutions(source, released[notebook]) for notebook, source in sources.items()}
    bank = course.misconceptions(name)
    return Assignment(
        name,
        sources,
        dict(released),
        answers,
        imports,
        solutions,
        given,
        share,
        bank,
        chosen,
        dict(releases),
        partial(cells_elsewhere, course, name),
        {notebook: {str(grade_id(cell)): cell.source for cell in source.cells} for notebook, source in written.items()},
    )


def cells_elsewhere(course: Course, name: str) -> dict[str, frozenset[str]]:
    """Return the names of the cells of each assignment of a course except `name`."""
    return {other: cell_names(course.read_sources(other).values()) for other in course.assignments() if other != name}


def _solutions(source: NotebookNode, released: NotebookNode) -> tuple[Solution, ...]:
    """Return the solutions of the exercises, with the tests that give points for them and the stubs."""
    known = {str(grade_id(cell)): cell for cell in code_cells(source)}
    stubs = {str(grade_id(cell)): cell.source for cell in code_cells(released)}
    return tuple(
        Solution(
            exercise.stub,
            known[exercise.stub].source,
            bound_names(known[exercise.stub].source),
            tuple(test for test in exercise.tests if points(known[test])),
            stubs.get(exercise.stub, ""),
        )
        for exercise in exercises(source)
        if exercise.stub
    )


def _answers(source: NotebookNode) -> frozenset[str]:
    return frozenset().union(*(bound_names(cell.source) for cell in code_cells(source) if is_solution(cell)))


def _imports(source: NotebookNode, released: NotebookNode) -> str:
    """Return the import statements of all cells but the tests; a header's cells stand in the release only."""
    both = (cell for notebook in (source, released) for cell in code_cells(notebook))
    return import_statements(cell.source for cell in both if not is_test(cell))
