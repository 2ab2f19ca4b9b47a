"""The exercises of an assignment that a person marks: what they ask, what they are worth, what their author goes by."""

from __future__ import annotations

from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from autograder.course.cells import Exercise, all_exercises, grade_id, is_solution, is_task, points, written_cells
from autograder.course.course import Course
from autograder.course.mark_scheme import MarkScheme, mark_scheme, without_scheme
from autograder.errors import UsageError
from autograder.pages.given_texts import headings


@dataclass(frozen=True)
class Written:
    """One exercise that a person marks.

    Parameters
    ----------
    number
        Its place among them, from 1.
    name
        Under which its cells are found in a notebook.
    cell
        The graded cell, in `notebook`.
    asked
        The text of the exercise.
    source, exercises
        The instructor's notebook, and what stands in it.
    """

    number: int
    name: str
    title: str
    notebook: str
    cell: str
    most: float
    scheme: MarkScheme
    asked: NotebookNode
    source: NotebookNode = field(repr=False)
    exercises: tuple[Exercise, ...] = field(repr=False)


def written_exercises(course: Course, name: str) -> list[Written]:
    """Return what a person marks in an assignment, in the order of the notebooks.

    Raises
    ------
    UsageError
        If the assignment is unknown, or has nothing of the kind.
    """
    sources = course.read_sources(name)
    exercises = all_exercises(sources)
    found: list[Written] = []
    for notebook, source in sorted(sources.items()):
        titles = headings(source)
        its = tuple(exercise for exercise in exercises if exercise.notebook == notebook)
        names = written_cells(source, its)
        for place, cell in enumerate(source.cells):
            known = grade_id(cell)
            if known in names:
                found.append(
                    Written(
                        number=len(found) + 1,
                        name=names[known],
                        title=titles.get(known, ""),
                        notebook=notebook,
                        cell=known,
                        most=points(cell),
                        scheme=mark_scheme(cell),
                        asked=_asked(source, place),
                        source=source,
                        exercises=its,
                    )
                )
    if not found:
        raise UsageError(
            f"Nothing in {name} is marked by a person: it has neither a task nor a manually graded answer. Add one in "
            f"{course.source / name} with nbgrader's Create Assignment sidebar, then release and grade again."
        )
    return found


def _asked(source: NotebookNode, place: int) -> NotebookNode:
    """Return the text of an exercise: a task without its scheme, or the text above an answer."""
    cell = source.cells[place]
    if is_task(cell):
        return new_markdown_cell(without_scheme(cell.source), attachments=cell.get("attachments", {}))
    for before in reversed(source.cells[:place]):
        if before.cell_type == "markdown" and not is_solution(before):
            return before
        if is_solution(before):
            break
    return new_markdown_cell("")
