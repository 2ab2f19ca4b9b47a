"""The parts of nbgrader's pipeline that make feedback: what a student may see of a notebook, as one page.

No hidden test and no mark scheme goes into the page, and nothing of what their cells have printed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.api import Gradebook
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.course.book import Book
from autograder.course.cells import (
    HIDDEN_BEGIN,
    HIDDEN_END,
    Exercise,
    all_exercises,
    grade_id,
    is_hidden_test,
    is_task,
    is_test,
    nbgrader_metadata,
)
from autograder.course.course import Course
from autograder.course.mark_scheme import without_scheme
from autograder.engine.limits import OutputLimits
from autograder.errors import AutograderError
from autograder.grading.verdict import CellVerdict, Verdict
from autograder.pages.feedback_html import render
from autograder.pages.own_cells import FileBeside, files_beside, own_cells
from autograder.pages.student_page import Mark, Page, beginning, cards_of, put_right
from autograder.records.answers import Changed, cells_by_exercise
from autograder.records.verdicts import verdict_path

HIDDEN_REGION = re.compile(rf"^[^\n]*{HIDDEN_BEGIN}.*?(?:{HIDDEN_END}[^\n]*\n?|\Z)", re.DOTALL | re.MULTILINE)
Resources = dict[str, Any]


class FeedbackPage(NbGraderPreprocessor):
    """Makes the page, which the template `feedback` prints; the notebook that goes on has no hidden test in it."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the notebook as its student may see it; the page is among the resources."""
        names, course, verdict = resources["nbgrader"], Course.find(), _verdict(resources)
        if "feedback_page" not in resources:  # an older configuration names this class by two names
            sources = course.read_sources(names["assignment"])
            exercises = [e for e in all_exercises(sources) if e.notebook == names["notebook"]]
            resources["feedback_page"] = render(_page(nb, names, course, exercises, sources, verdict))
        return without_tests(nb, verdict.of(names["notebook"]) if verdict else {}), resources


# How configurations of before name it.
ExerciseTable = HideTests = FeedbackPage


def without_tests(nb: NotebookNode, outcomes: dict[str, CellVerdict]) -> NotebookNode:
    """Take hidden tests, and whatever their cells printed, out of a notebook; the verdict's messages come instead.

    Mark schemes of tasks go too.
    """
    for cell in nb.cells:
        if is_test(cell):
            _hide(cell, outcomes.get(str(grade_id(cell))))
        elif is_task(cell):
            cell.source = without_scheme(cell.source)
    return nb


def _hide(cell: NotebookNode, outcome: CellVerdict | None) -> None:
    """Leave of a test cell what its student may see; of a visible test, that is what it printed."""
    cell.metadata = NotebookNode(nbgrader=cell.metadata.nbgrader)
    cell.pop("attachments", None)
    if is_hidden_test(cell):
        cell.source = HIDDEN_REGION.sub("", cell.source).rstrip()
        message = outcome.message if outcome else ""
        cell.outputs = [new_output("stream", text=f"{message}\n")] if message else []


def _page(
    nb: NotebookNode,
    names: dict[str, Any],
    course: Course,
    exercises: list[Exercise],
    sources: dict[str, NotebookNode],
    verdict: Verdict | None,
) -> Page:
    """Return what the page of a graded notebook says."""
    source = sources[names["notebook"]]
    graded = {name: cell for cell in nb.cells if (name := grade_id(cell))}
    waiting, comments, name = _in_gradebook(names)
    folder = course.autograded / names["student"] / names["assignment"]
    cards = cards_of(exercises, graded, source, verdict, waiting, comments, Book.of(course, names["assignment"]))
    again = Changed(course, names["assignment"]).of(names["student"])
    open_cards = [card for card in cards if card.mark is Mark.waiting]
    for card in open_cards:
        if (names["notebook"], card.name) in again:
            card.wait_again()
    of_before = sum(float(nbgrader_metadata(graded[card.name]).get("score") or 0) for card in open_cards)
    own = _own_cells(nb, exercises, source, files_beside(folder))
    for card in cards:
        card.own = own.pop(card.name, Markup(""))
    return Page(
        notebook=names["notebook"],
        assignment=names["assignment"],
        student=names["student"],
        name=name,
        score=float(names["score"]) - of_before,
        most=float(names["max_score"]),
        penalty=float(names["late_penalty"]),
        cards=cards,
        notes=put_right(verdict),
        beginning=beginning(cards, verdict),
        rest=own.get("", Markup("")),
    )


def _own_cells(
    nb: NotebookNode, exercises: list[Exercise], source: NotebookNode, beside: FileBeside
) -> dict[str, Markup]:
    """Return the student's cells, and what given cells have shown, by the exercise that they stand at."""
    allowance = OutputLimits().for_page()
    found = cells_by_exercise(nb, exercises, source).items()
    return {name: own_cells(cells, beside, allowance) for name, cells in found}


def _verdict(resources: Resources) -> Verdict | None:
    """Return the verdict on a submission; None if something else has graded it.

    Raises
    ------
    NbGraderException
        If there is a verdict and it cannot be read: feedback without it would hide why points are missing.
    """
    names = resources["nbgrader"]
    path: Path = verdict_path(Course.find(), names["assignment"], names["student"])
    try:
        return Verdict.from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeError, AutograderError) as error:
        raise NbGraderException(f"{path} cannot be read, so there is no feedback: grade again. ({error})") from error


def _in_gradebook(names: dict[str, Any]) -> tuple[set[str], dict[str, str], str]:
    """Return the cells of a notebook that a person has yet to grade, what a person has said, the student's name."""
    with Gradebook(names["db_url"]) as book:
        notebook = book.find_submission_notebook(names["notebook"], names["assignment"], names["student"])
        student = notebook.student
        name = " ".join(filter(None, (student.first_name, student.last_name)))
        waiting = {grade.name for grade in notebook.grades if grade.needs_manual_grade}
        said = {one.name: one.manual_comment for one in notebook.comments if one.manual_comment != one.auto_comment}
        return waiting, {cell: text for cell, text in said.items() if text}, name or names["student"]
