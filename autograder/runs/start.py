"""The door to grading: looks at what is asked for, starts the workers, and leaves the rest to `run`.

It imports little, so that the workers start while the rest of the machinery is still being loaded.
"""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches

from autograder.course.course import Course
from autograder.engine.items import SandboxKind, Settings
from autograder.engine.sandbox import require_program
from autograder.errors import UsageError
from autograder.farm.pool import Pool
from autograder.farm.processes import Processes
from autograder.files.lock import held
from autograder.intake.submission import students
from autograder.logs import written_to
from autograder.runs import errand
from autograder.runs.errand import Answer, Errand
from autograder.runs.request import Outcome, Request, Watcher, log_path

PRELOAD = ("autograder.engine.session", "autograder.runs.errand", "matplotlib")  # all that workers need


def grade(course: Course, request: Request, watcher: Watcher, pool: Pool[Errand, Answer] | None = None) -> Outcome:
    """Grade the submissions of one assignment and record them.

    Parameters
    ----------
    pool
        The workers, with what `errand.duty` says as their duty. Default: those that the request asks for. Tests give
        `Inline(errand.duty(settings))`, which starts no process but the sandbox.

    Raises
    ------
    UsageError
        If the assignment is unknown or nobody handed anything in.
    EnvironmentProblem
        If the sandbox or the workers cannot start, the gradebook cannot be written, or another process grades this
        assignment.
    """
    with pool or _pool(course, request, watcher) as workers:  # they start while this process goes on
        request = replace(request, settings=_out_of_sight(course, request.settings))
        handed_in, missing = _handed_in(course, request)
        with (
            held(course.grading_lock(request.assignment), f"is grading {request.assignment}"),
            written_to(log_path(course, request.assignment)),
        ):
            from autograder.records.record import Recorder  # they bring nbgrader along
            from autograder.runs.run import Run

            with Recorder(course, request.assignment) as recorder:
                outcome = Run(course, request, watcher, workers, recorder).grade(handed_in)
    outcome.account_for(handed_in)
    outcome.problems |= {student: _is_missing(course, request.assignment, student) for student in missing}
    return outcome


def _pool(course: Course, request: Request, watcher: Watcher) -> Pool[Errand, Answer]:
    """Return the workers that are asked for, no more than there are submissions."""
    settings = request.settings
    if request.scheduler:
        from autograder.farm.dask.clusters import cluster  # Dask takes long to import
        from autograder.farm.dask.farm import ClusterPool

        submissions = len(_handed_in(course, request)[0])
        most = min(request.workers or submissions, submissions)
        duty = errand.duty_far(_out_of_sight(course, settings))
        return ClusterPool(cluster(request.scheduler), duty, most, watcher.tell)
    return workers_here(settings, request.workers, course)


def _out_of_sight(course: Course, settings: Settings) -> Settings:
    """Let students' code see nothing of the course, whose folders its configuration names, which loads nbgrader."""
    return replace(settings, private=course.private())


def workers_here(settings: Settings, workers: int = 0, course: Course | None = None) -> Pool[Errand, Answer]:
    """Return so many workers of this machine, 0 for one per core; they start with the `with` statement.

    The folders of a course are out of their sight: those that `settings` names already, or else all of `course`.

    Raises
    ------
    EnvironmentProblem
        If there is no sandbox here.
    """
    if settings.sandbox is SandboxKind.bwrap:
        require_program()
    return Processes(
        lambda: errand.duty(settings if course is None else _out_of_sight(course, settings)), workers, PRELOAD
    )


def _handed_in(course: Course, request: Request) -> tuple[list[str], list[str]]:
    """Return the students whose work is to be graded, and those who were named and have handed in nothing."""
    course.source_notebook(request.assignment)  # says so if there is no such assignment
    name, found = request.assignment, students(course, request.assignment)
    wanted = list(dict.fromkeys(request.only)) or found
    if not wanted:
        raise UsageError(f"Nothing to grade: there is no {course.submitted}/STUDENT/{name}/{name}.ipynb.")
    missing = [student for student in wanted if student not in found]
    if len(missing) == len(wanted):
        told = " ".join(_is_missing(course, name, student) for student in missing)
        raise UsageError(f"Nothing to grade for {', '.join(missing)}: {told}")
    return [student for student in found if student in wanted], missing


def _is_missing(course: Course, name: str, student: str) -> str:
    close = get_close_matches(student, students(course, name), n=1)
    hint = f"is it {close[0]}?" if close else "collect it first, or correct the name."
    return f"{student} has handed in nothing, since there is no folder {course.submitted / student / name}: {hint}"
