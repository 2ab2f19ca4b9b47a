"""Our parts in nbgrader's pipeline: nbgrader_config.py names these classes, and every door goes through them.

`nbgrader autograde` and the formgrader's button run the cells here and now; `autograder grade` has run them already, on
all cores, and hands the results over in the configuration.
"""

from __future__ import annotations

import os
import re
import sys
from html import escape
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Dict, Enum, Integer, Unicode

from autograder.course import Course
from autograder.errors import AutograderError
from autograder.execute import SECONDS, Settings, run_cells
from autograder.intake import files_beside, read_submission
from autograder.notebook import HIDDEN_BEGIN, HIDDEN_END, exercises, grade_id, is_hidden_test, is_test, time_limits
from autograder.sandbox import SandboxKind, require_sandbox
from autograder.verdict import MISSING

HIDDEN_REGION = re.compile(rf"^[^\n]*{HIDDEN_BEGIN}.*?(?:{HIDDEN_END}[^\n]*\n?|\Z)", re.DOTALL | re.MULTILINE)
Resources = dict[str, Any]


class RunCells(NbGraderPreprocessor):
    """Takes the place of nbgrader's `Execute`: runs a submission in the sandbox, one bad cell at a time."""

    sandbox = Enum([kind.value for kind in SandboxKind], "bwrap", help="Where students' code runs.").tag(config=True)
    seconds = Integer(SECONDS, help="Wall-clock seconds that a cell may take.").tag(config=True)
    data = Unicode("", help="Folder of real data sets; empty for the vendored one.").tag(config=True)
    executed = Dict(help="Notebooks that have been run already, by student.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the notebook with the outputs of all its cells."""
        done = self.executed.get(resources["nbgrader"]["student"])
        return (done if done is not None else self._run(nb, resources)), resources

    def _run(self, nb: NotebookNode, resources: Resources) -> NotebookNode:
        settings = Settings(SandboxKind(self.sandbox), Path(self.data) if self.data else None, self.seconds)
        try:
            if settings.sandbox is SandboxKind.bwrap:
                require_sandbox()
            course, name = Course.find(), resources["nbgrader"]["assignment"]
            limits, given = time_limits(course.read_source(name)), course.given_files(name)
        except AutograderError as error:
            raise NbGraderException(str(error)) from error
        folder = Path(resources["metadata"]["path"])
        files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".ipynb"]
        beside = files_beside([(path.relative_to(folder), path) for path in files], given)
        return run_cells(nb, limits, beside, settings)


class ExerciseTable(NbGraderPreprocessor):
    """Puts a table on top of feedback: each exercise, its points, and what its tests had to say."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the notebook with the table as its first cell; the list of test cells above it takes less room."""
        tests = {grade_id(cell): cell for cell in nb.cells if is_test(cell)}
        rows = ""
        for exercise in exercises(Course.find().read_source(resources["nbgrader"]["assignment"])):
            cells = [tests[test] for test in exercise.tests if test in tests]
            earned = sum(float(cell.metadata.nbgrader.get("score") or 0) for cell in cells)
            said = [f"{test}: {MISSING}" for test in exercise.tests if test not in tests]
            said += list(dict.fromkeys(escape(_message(cell)) for cell in cells if _message(cell)))
            rows += (
                f'<tr><td><code>{escape(exercise.name)}</code></td><td style="white-space: nowrap">{earned:g} of '
                f"{exercise.points:g}</td><td>{'<br>'.join(said)}</td></tr>"
            )
        head = "<tr><th>exercise</th><th>points</th><th>what its tests say</th></tr>"
        style = "<style>#toc ol { columns: 4; font-size: 80%; } #exercises td { vertical-align: top; }</style>"
        table = f'{style}<table id="exercises" class="table"><thead>{head}</thead><tbody>{rows}</tbody></table>'
        nb.cells.insert(0, new_markdown_cell(table))
        return nb, resources


def _message(cell: NotebookNode) -> str:
    error = next((output for output in cell.outputs if output.output_type == "error"), None)
    return "" if error is None else f"{error.ename}: {error.evalue}".removeprefix("AssertionError: ")


class HideTests(NbGraderPreprocessor):
    """Takes hidden tests, and whatever their cells printed, out of feedback; their messages stay."""

    def preprocess_cell(self, cell: NotebookNode, resources: Resources, index: int) -> tuple[NotebookNode, Resources]:
        """Return the cell as its student may see it."""
        if is_hidden_test(cell):
            cell.source = HIDDEN_REGION.sub("", cell.source).rstrip()
            message = _message(cell)
            cell.outputs = [new_output("stream", text=f"{message}\n")] if message else []
        return cell, resources


def prepare_nbgrader() -> None:
    """Put right what configuration alone cannot: nbgrader's intake, and its way of finding its own programs."""
    _guard_intake()
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):  # nbgrader starts `alembic` by its name
        os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", os.defpath)])


def _guard_intake() -> None:
    """Make nbgrader's `Autograde` check a submission with our intake before it copies any file of it.

    nbgrader has no hook that may refuse a submission (its `pre_convert_hook` swallows exceptions), and its own copying
    follows links; so `init_assignment` is wrapped. Calling this twice does no harm.
    """
    copy_files = Autograde.init_assignment
    if getattr(copy_files, "is_guarded", False):
        return

    def init_assignment(self: Autograde, assignment_id: str, student_id: str) -> None:
        try:
            read_submission(Course.find(), assignment_id, student_id)
        except AutograderError as error:
            raise NbGraderException(str(error)) from error
        copy_files(self, assignment_id, student_id)

    init_assignment.is_guarded = True  # type: ignore[attr-defined]
    Autograde.init_assignment = init_assignment
