"""What feedback shows of a notebook: a table of the exercises on top, no hidden test, no mark scheme."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.api import Gradebook
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.course.cells import (
    HIDDEN_BEGIN,
    HIDDEN_END,
    SCHEME_BEGIN,
    SCHEME_END,
    all_exercises,
    grade_id,
    is_hidden_test,
    is_task,
    is_test,
)
from autograder.course.course import Course
from autograder.errors import AutograderError
from autograder.grading.verdict import CellVerdict, Verdict
from autograder.pages.feedback_page import WAITING
from autograder.records.verdicts import verdict_path

HIDDEN_REGION = re.compile(rf"^[^\n]*{HIDDEN_BEGIN}.*?(?:{HIDDEN_END}[^\n]*\n?|\Z)", re.DOTALL | re.MULTILINE)
MARK_SCHEME = re.compile(rf"^[^\n]*{SCHEME_BEGIN}.*?(?:{SCHEME_END}[^\n]*\n?|\Z)", re.DOTALL | re.MULTILINE)
TO_BE_GRADED = "This is graded by a person, and has not been yet."
Resources = dict[str, Any]


class ExerciseTable(NbGraderPreprocessor):
    """Puts a table on top of feedback: each exercise, its points, and what its tests had to say."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the notebook with the table as its first cell; the list of test cells above it takes less room."""
        names, course = resources["nbgrader"], Course.find()
        graded = {grade_id(cell): cell for cell in nb.cells if is_test(cell) or is_task(cell)}
        verdict, waiting = _verdict(resources), _waiting(resources)
        outcomes = verdict.of(names["notebook"]) if verdict else {}
        resources[WAITING] = sorted(waiting)
        rows = ""
        for exercise in all_exercises(course.read_sources(names["assignment"])):
            if exercise.notebook != names["notebook"]:
                continue
            cells = [graded[name] for name in (*exercise.tests, exercise.task) if name in graded]
            earned = sum(float(cell.metadata.nbgrader.get("score") or 0) for cell in cells)
            told = [outcomes[test].message for test in exercise.tests if test in outcomes]
            todo = exercise.task in waiting
            if exercise.task:
                told = [TO_BE_GRADED if todo else str(cell.metadata.nbgrader.get("comment") or "") for cell in cells]
            said = dict.fromkeys(_shown(message) for message in told if message)
            rows += (
                f'<tr><td><code>{escape(exercise.name)}</code></td><td style="white-space: nowrap">'
                f"{'?' if todo else f'{earned:g}'} of "
                f"{exercise.points:g}</td><td>{'<br>'.join(said)}</td></tr>"
            )
        head = "<tr><th>exercise</th><th>points</th><th>what its tests say</th></tr>"
        style = "<style>#toc ol { columns: 4; font-size: 80%; } #exercises td { vertical-align: top; }</style>"
        table = f'{style}<table id="exercises" class="table"><thead>{head}</thead><tbody>{rows}</tbody></table>'
        table += _put_right(verdict.oddities if verdict else ())
        nb.cells.insert(0, new_markdown_cell(table))
        return nb, resources


def _put_right(oddities: tuple[str, ...]) -> str:
    """Return what was put right about the notebook, as a list; no HTML if it is nothing."""
    items = "".join(f"<li>{_shown(sentence)}</li>" for sentence in oddities)
    return f'<p>Before grading:</p><ul id="put-right">{items}</ul>' if items else ""


def _shown(message: str) -> str:
    """Return a message as HTML in one line: what follows a blank line would be Markdown again."""
    return f'<span class="mathjax_ignore">{"<br>".join(map(escape, message.splitlines()))}</span>'


class HideTests(NbGraderPreprocessor):
    """Takes hidden tests, and whatever their cells printed, out of feedback; the verdict's messages come instead.

    Mark schemes of tasks go too: nbgrader's own feedback would print them.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the notebook as its student may see it."""
        verdict = _verdict(resources)
        outcomes = verdict.of(resources["nbgrader"]["notebook"]) if verdict else {}
        for cell in nb.cells:
            if is_test(cell):
                _hide(cell, outcomes.get(str(grade_id(cell))))
            elif is_task(cell):
                cell.source = MARK_SCHEME.sub("", cell.source).rstrip()
        return nb, resources


def _hide(cell: NotebookNode, outcome: CellVerdict | None) -> None:
    """Leave of a test cell what its student may see; of a visible test, that is what it printed."""
    cell.metadata = NotebookNode(nbgrader=cell.metadata.nbgrader)
    cell.pop("attachments", None)
    if is_hidden_test(cell):
        cell.source = HIDDEN_REGION.sub("", cell.source).rstrip()
        message = outcome.message if outcome else ""
        cell.outputs = [new_output("stream", text=f"{message}\n")] if message else []


def _verdict(resources: Resources) -> Verdict | None:
    """Return the verdict on a submission; None if something else has graded it.

    Raises
    ------
    NbGraderException
        If there is a verdict and it cannot be read: feedback without it would hide why points are missing.
    """
    names = resources["nbgrader"]
    path = verdict_path(Course.find(), names["assignment"], names["student"])
    try:
        return Verdict.from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeError, AutograderError) as error:
        raise NbGraderException(f"{path} cannot be read, so there is no feedback: grade again. ({error})") from error


def _waiting(resources: Resources) -> set[str]:
    """Return the cells of a notebook that a person has yet to grade."""
    names = resources["nbgrader"]
    with Gradebook(names["db_url"]) as book:
        notebook = book.find_submission_notebook(names["notebook"], names["assignment"], names["student"])
        return {grade.name for grade in notebook.grades if grade.needs_manual_grade}
