"""Our parts in nbgrader's pipeline: nbgrader_config.py names these classes, and every stock door goes through them.

`nbgrader autograde` and the formgrader's button grade with our engine here and now, one submission after the other;
`autograder grade` does not come this way. Feedback shows what the verdict says, never a hidden test.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import setenv
from traitlets import Enum, Integer, Unicode

from autograder.course import Course, find_programs
from autograder.engine.work import SECONDS, SandboxKind, Settings
from autograder.errors import AutograderError
from autograder.formgrader import guard_formgrader
from autograder.intake.align import Aligned, Assignment, align, read_assignment
from autograder.intake.submission import Submission, read_submission
from autograder.notebook import (
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
from autograder.outputs import with_outputs
from autograder.records.record import released_notebooks, verdict_path, write_verdict
from autograder.verdict import CellVerdict, Verdict, judge

HIDDEN_REGION = re.compile(rf"^[^\n]*{HIDDEN_BEGIN}.*?(?:{HIDDEN_END}[^\n]*\n?|\Z)", re.DOTALL | re.MULTILINE)
MARK_SCHEME = re.compile(rf"^[^\n]*{SCHEME_BEGIN}.*?(?:{SCHEME_END}[^\n]*\n?|\Z)", re.DOTALL | re.MULTILINE)
TO_BE_GRADED = "This is graded by a person, and has not been yet."
Resources = dict[str, Any]


@dataclass
class _UnderWay:
    """What a stock grading run remembers between the notebooks of a submission, and between submissions."""

    course: Course
    submission: Submission
    assignment: Assignment
    aligned: Aligned
    notebooks: dict[str, NotebookNode] | None = None


class RunCells(NbGraderPreprocessor):
    """Takes the place of nbgrader's `Execute`: lays a submission beside its assignment and runs it in the sandbox."""

    sandbox = Enum([kind.value for kind in SandboxKind], "bwrap", help="Where students' code runs.").tag(config=True)
    seconds = Integer(SECONDS, help="CPU seconds that a cell may take.").tag(config=True)
    data = Unicode("", help="Folder of real data sets; empty for the vendored one.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the aligned notebook with the outputs of all its cells; the verdict is written on the way.

        Raises
        ------
        NbGraderException
            If the submission cannot be graded.
        """
        under_way: _UnderWay = self.parent.parent.under_way  # our converter's, see `prepare_nbgrader`
        if under_way.notebooks is None:
            try:
                under_way.notebooks = self._grade(under_way)
            except AutograderError as error:
                raise NbGraderException(str(error)) from error
        return under_way.notebooks[resources["nbgrader"]["notebook"]], resources

    def _grade(self, under_way: _UnderWay) -> dict[str, NotebookNode]:
        from autograder.engine.session import environment, run_item  # only needed to grade
        from autograder.records.changes import Work

        course, submission, assignment = under_way.course, under_way.submission, under_way.assignment
        settings = Settings(SandboxKind(self.sandbox), Path(self.data) if self.data else None, self.seconds)
        versions = environment(settings)
        work = Work(assignment, settings, versions)
        aligned = under_way.aligned
        reports = {name: run_item(item, settings, lambda: None) for name, item in aligned.items.items()}
        student, basis = submission.student, work.basis(submission)
        verdict = judge(assignment, aligned, reports, student, work.data_set, basis, versions)
        write_verdict(course, verdict, verdict.to_json(), aligned, reports)
        return with_outputs(aligned, reports, verdict)


class ExerciseTable(NbGraderPreprocessor):
    """Puts a table on top of feedback: each exercise, its points, and what its tests had to say."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the notebook with the table as its first cell; the list of test cells above it takes less room."""
        names, course = resources["nbgrader"], Course.find()
        graded = {grade_id(cell): cell for cell in nb.cells if is_test(cell) or is_task(cell)}
        outcomes, waiting = _outcomes(resources), _waiting(resources)
        rows = ""
        for exercise in all_exercises(course.read_sources(names["assignment"])):
            if exercise.notebook != names["notebook"]:
                continue
            cells = [graded[name] for name in (*exercise.tests, exercise.task) if name in graded]
            earned = sum(float(cell.metadata.nbgrader.get("score") or 0) for cell in cells)
            told = [outcomes[test].message for test in exercise.tests if test in outcomes]
            if exercise.task:
                todo = exercise.task in waiting
                told = [TO_BE_GRADED if todo else str(cell.metadata.nbgrader.get("comment") or "") for cell in cells]
            said = dict.fromkeys(_shown(message) for message in told if message)
            rows += (
                f'<tr><td><code>{escape(exercise.name)}</code></td><td style="white-space: nowrap">{earned:g} of '
                f"{exercise.points:g}</td><td>{'<br>'.join(said)}</td></tr>"
            )
        head = "<tr><th>exercise</th><th>points</th><th>what its tests say</th></tr>"
        style = "<style>#toc ol { columns: 4; font-size: 80%; } #exercises td { vertical-align: top; }</style>"
        table = f'{style}<table id="exercises" class="table"><thead>{head}</thead><tbody>{rows}</tbody></table>'
        nb.cells.insert(0, new_markdown_cell(table))
        return nb, resources


def _shown(message: str) -> str:
    """Return a message as HTML in one line: what follows a blank line would be Markdown again."""
    return f'<span class="mathjax_ignore">{"<br>".join(map(escape, message.splitlines()))}</span>'


class HideTests(NbGraderPreprocessor):
    """Takes hidden tests, and whatever their cells printed, out of feedback; the verdict's messages come instead.

    Mark schemes of tasks go too: nbgrader's own feedback would print them.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the notebook as its student may see it."""
        outcomes = _outcomes(resources)
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


def _outcomes(resources: Resources) -> dict[str, CellVerdict]:
    """Return the verdict's words on a notebook by test; none if something else has graded it."""
    names = resources["nbgrader"]
    path = verdict_path(Course.find(), names["assignment"], names["student"])
    try:
        return Verdict.from_json(path.read_text(encoding="utf-8")).of(names["notebook"])
    except (OSError, UnicodeError, AutograderError):
        return {}


def _waiting(resources: Resources) -> set[str]:
    """Return the cells of a notebook that a person has yet to grade."""
    names = resources["nbgrader"]
    with Gradebook(names["db_url"]) as book:
        notebook = book.find_submission_notebook(names["notebook"], names["assignment"], names["student"])
        return {grade.name for grade in notebook.grades if grade.needs_manual_grade}


def prepare_nbgrader() -> None:
    """Put right what configuration alone cannot: nbgrader's intake and formgrader, and how it finds its programs."""
    _guard_intake()
    guard_formgrader()
    find_programs()


def _guard_intake() -> None:
    """Make nbgrader's `Autograde` check and align a submission with our intake before it copies any file of it.

    nbgrader has no hook that may refuse a submission (its `pre_convert_hook` swallows exceptions), its own copying
    follows links, and it passes by a notebook that was renamed or that it cannot read; so two of its methods are
    wrapped. Calling this twice does no harm.
    """
    copy_files = Autograde.init_assignment
    if getattr(copy_files, "is_guarded", False):
        return

    def init_assignment(self: Autograde, assignment_id: str, student_id: str) -> None:
        try:
            course, before = Course.find(), getattr(self, "under_way", None)
            submission = read_submission(course, assignment_id, student_id)
            if before is not None and before.assignment.name == assignment_id:
                assignment = before.assignment
            else:
                assignment = read_assignment(course, assignment_id, released_notebooks(course, assignment_id))
            aligned = align(assignment, submission, RunCells(config=self.config).seconds)
        except AutograderError as error:
            raise NbGraderException(str(error)) from error
        self.under_way = _UnderWay(course, submission, assignment, aligned)
        wanted = self.coursedir.notebook_id
        names = [name for name in aligned.notebooks if fnmatchcase(name, wanted)]
        self.notebooks = [str(submission.folder / f"{name}.ipynb") for name in names]
        copy_files(self, assignment_id, student_id)

    def convert_single_notebook(self: Autograde, notebook_filename: str) -> None:
        """Write the aligned notebook where sanitising would write the student's, and grade it there."""
        under_way: _UnderWay = self.under_way
        place = Path(self._format_dest(under_way.assignment.name, under_way.submission.student))
        place.mkdir(parents=True, exist_ok=True)
        copy = place / Path(notebook_filename).name
        nbformat.write(under_way.aligned.notebooks[copy.stem], copy)
        self._sanitizing = False
        self._init_preprocessors()
        try:
            with setenv(NBGRADER_EXECUTION="autograde"):
                BaseConverter.convert_single_notebook(self, str(copy))
        finally:
            self._sanitizing = True

    init_assignment.is_guarded = True  # type: ignore[attr-defined]
    Autograde.init_assignment = init_assignment
    Autograde.convert_single_notebook = convert_single_notebook
