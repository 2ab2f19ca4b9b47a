"""Our parts in nbgrader's pipeline: nbgrader_config.py names these classes, and every stock door goes through them.

`nbgrader autograde` and the formgrader's button grade with our engine here and now, one submission after the other;
`autograder grade` does not come this way. Feedback shows what the verdict says, never a hidden test.
"""

from __future__ import annotations

import fnmatch
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.preprocessors import IncludeHeaderFooter, NbGraderPreprocessor
from nbgrader.utils import setenv
from traitlets import Enum, Integer, Unicode

from autograder.course.assignment import read_assignment
from autograder.course.book_pages import bring_pages, leads, link_release
from autograder.course.course import Course, find_programs
from autograder.course.releases import keep_release, released_cells
from autograder.doors.exchange import guard_release_feedback
from autograder.doors.formgrader import guard_formgrader
from autograder.engine.items import SECONDS, SandboxKind, Settings
from autograder.errors import AutograderError
from autograder.files.lock import held
from autograder.grading.grader import Grader
from autograder.grading.job import Job
from autograder.grading.outputs import with_outputs
from autograder.intake.submission import read_submission
from autograder.pages.feedback_cells import Resources
from autograder.records.marks import Marks
from autograder.records.registration import released_notebooks
from autograder.records.settle import settle_all
from autograder.records.verdicts import write_verdict
from autograder.runs.alone import Alone


@dataclass
class _UnderWay:
    """What a stock grading run remembers between the notebooks of a submission, and between submissions."""

    course: Course
    alone: Alone
    job: Job
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

    def settings(self) -> Settings:
        """Return the settings of a grading run as they are configured."""
        return Settings(SandboxKind(self.sandbox), Path(self.data) if self.data else None, self.seconds)

    def _grade(self, under_way: _UnderWay) -> dict[str, NotebookNode]:
        job = under_way.job
        verdict, reports = under_way.alone.grade(job)
        write_verdict(under_way.course, verdict, verdict.to_json(), job.aligned, reports)
        return with_outputs(job.aligned, reports, verdict)


def prepare_nbgrader() -> None:
    """Put right what configuration alone cannot: nbgrader's intake and formgrader, and how it finds its programs."""
    _guard_intake()
    _keep_releases()
    guard_formgrader()
    guard_release_feedback()
    find_programs()


class BookLinks(NbGraderPreprocessor):
    """Lets links into the book lead to where students have it, before anything is hashed or written down."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the notebook as it is released, as far as its links go."""
        converter = self.parent.parent  # of the exporter
        link_release(nb, leads(Course.find(Path(converter.coursedir.root))))
        return nb, resources


def _keep_releases() -> None:
    """Make nbgrader's `GenerateAssignment` keep what it releases, and what it replaces; calling it twice does no harm.

    Its links lead to where students have the book, and the pages that they need are laid beside it.
    """
    start = GenerateAssignment.start
    if getattr(start, "is_guarded", False):
        return

    def start_and_keep(self: GenerateAssignment) -> None:
        course, name = _releasing(self), self.coursedir.assignment_id
        if course is not None:
            keep_release(course, name, course.release / name)
        if BookLinks not in self.preprocessors:
            place = IncludeHeaderFooter in self.preprocessors
            self.preprocessors = [*self.preprocessors[:place], BookLinks, *self.preprocessors[place:]]
        start(self)
        if course is not None:
            keep_release(course, name, course.release / name)
            if (course.release / name).is_dir():
                bring_pages(course, name, course.release / name)

    start_and_keep.is_guarded = True  # type: ignore[attr-defined]
    GenerateAssignment.start = start_and_keep


def _releasing(converter: GenerateAssignment) -> Course | None:
    """Return the course whose assignment is released; None if it only is generated somewhere, or is unknown."""
    root, name = Path(converter.coursedir.root).resolve(), converter.coursedir.assignment_id
    try:
        course = Course.find(root)
        is_release = course.root / converter.coursedir.release_directory == course.release
        return course if course.root == root and is_release and name in course.assignments() else None
    except AutograderError:
        return None


def _alone(converter: Autograde, course: Course, name: str) -> Alone:
    """Return what grades an assignment: the same as for the student before, if that was the same assignment."""
    before: _UnderWay | None = getattr(converter, "under_way", None)
    if before is not None and before.alone.grader.assignment.name == name:
        return before.alone
    assignment = read_assignment(course, name, released_notebooks(course, name), releases=released_cells(course, name))
    settings = RunCells(config=converter.config).settings()
    return Alone(Grader(assignment, replace(settings, private=course.private())))


def _guard_intake() -> None:
    """Make nbgrader's `Autograde` check and align a submission with our intake before it copies any file of it.

    nbgrader has no hook that may refuse a submission (its `pre_convert_hook` swallows exceptions), its own copying
    follows links, it passes by a notebook that was renamed or that it cannot read, and it knows no locks; so three of
    its methods are wrapped. Calling this twice does no harm.
    """
    copy_files, start = Autograde.init_assignment, Autograde.start
    if getattr(copy_files, "is_guarded", False):
        return

    def init_assignment(self: Autograde, assignment_id: str, student_id: str) -> None:
        try:
            course = Course.find()
            submission = read_submission(course, assignment_id, student_id)
            alone = _alone(self, course, assignment_id)
            self.under_way = _UnderWay(course, alone, alone.grader.prepare(submission))
        except AutograderError as error:
            raise NbGraderException(str(error)) from error
        wanted = self.coursedir.notebook_id
        names = [name for name in self.under_way.job.aligned.notebooks if fnmatch.fnmatchcase(name, wanted)]
        self.notebooks = [str(submission.folder / f"{name}.ipynb") for name in names]
        copy_files(self, assignment_id, student_id)

    def convert_single_notebook(self: Autograde, notebook_filename: str) -> None:
        """Write the aligned notebook where sanitising would write the student's, and grade it there."""
        under_way: _UnderWay = self.under_way
        place = Path(self._format_dest(under_way.alone.grader.assignment.name, under_way.job.submission.student))
        place.mkdir(parents=True, exist_ok=True)
        copy = place / Path(notebook_filename).name
        nbformat.write(under_way.job.aligned.notebooks[copy.stem], copy)
        self._sanitizing = False
        self._init_preprocessors()
        try:
            with setenv(NBGRADER_EXECUTION="autograde"):
                BaseConverter.convert_single_notebook(self, str(copy))
        finally:
            self._sanitizing = True

    def start_alone(self: Autograde) -> None:
        """Hold the locks of what is graded; this comes before nbgrader removes anything."""
        course, wanted = Course.find(Path(self.coursedir.root)), self.coursedir.assignment_id
        try:
            with ExitStack() as locks:
                known = course.assignments()
                names = [wanted] if wanted in known else fnmatch.filter(known, wanted)
                for name in names:
                    locks.enter_context(held(course.grading_lock(name), f"is grading {name}"))
                marks = [Marks(course, name) for name in names]
                try:
                    start(self)
                finally:  # nbgrader raises if any submission has failed
                    for one in marks:
                        one.compare()
                        settle_all(course, one.name)
        except AutograderError as error:
            self.log.error(str(error))
            raise NbGraderException(str(error)) from error

    init_assignment.is_guarded = True  # type: ignore[attr-defined]
    Autograde.start = start_alone
    Autograde.init_assignment = init_assignment
    Autograde.convert_single_notebook = convert_single_notebook
