"""What each student of the course has earned in one assignment: the one truth that every export writes.

A student who handed in nothing has no score, which is not the same as 0; nor does one who waits for a person. It reads
the gradebook, with manual scores and late penalties, and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment

from autograder.collecting.lms_names import LmsNames
from autograder.collecting.people import Person
from autograder.collecting.roster import people_of
from autograder.course.cells import all_exercises
from autograder.course.course import Course
from autograder.course.gradebook import has_gradebook, open_gradebook, require_gradebook
from autograder.errors import UsageError
from autograder.intake.submission import students


class State(Enum):
    """How far a student's work has come."""

    graded = "graded"
    waiting = "a person has yet to grade an answer"
    ungraded = "handed in, but not graded"
    missing = "nothing handed in"


@dataclass(frozen=True)
class Grade:
    """One student's grade.

    Parameters
    ----------
    score
        The points less the late penalty, never below 0; None if there is none yet.
    points
        What was earned in each exercise, and what it is worth.
    said
        What people have written about the answers.
    """

    state: State
    score: float | None = None
    penalty: float | None = None
    points: dict[str, tuple[float, float]] = field(default_factory=dict)
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grades:
    """The grades of an assignment: the most points, the students of the course, and what each has."""

    assignment: str
    max_score: float
    persons: tuple[Person, ...]
    of: dict[str, Grade]

    def those(self, state: State) -> list[str]:
        """Return the students whose work has come so far."""
        return [student for student, grade in self.of.items() if grade.state is state]


def grades_of(course: Course, name: str) -> Grades:
    """Return the grades of an assignment.

    Raises
    ------
    UsageError
        If there is no gradebook, or nothing of the assignment is in it.
    """
    api = course.nbgrader()
    if not has_gradebook(api.coursedir.db_url):
        raise UsageError("There is no gradebook yet: `autograder roster import FILE.csv` or grading makes it.")
    require_gradebook(api.coursedir.db_url)
    persons = tuple(people_of(course))
    handed_in = {*students(course, name), *LmsNames.of(course).refused.get(name, {})}
    with open_gradebook(api) as book:
        most, submissions = _submissions(book, name)
        exercises = _exercises(course, name)
        graded = {submission.student.id: _grade(submission, exercises) for submission in submissions}
    without = {
        person.id: Grade(State.ungraded if person.id in handed_in else State.missing)
        for person in persons
        if person.id not in graded
    }
    return Grades(name, most, persons, dict(sorted({**graded, **without}.items())))


def _submissions(book: Gradebook, name: str) -> tuple[float, list[SubmittedAssignment]]:
    try:
        return float(book.find_assignment(name).max_score), list(book.assignment_submissions(name))
    except MissingEntry as error:
        raise UsageError(f"The gradebook has no assignment {name!r}: run `autograder grade {name}` first.") from error


def _exercises(course: Course, name: str) -> dict[tuple[str, str], str]:
    """Return which exercise a cell belongs to, by notebook and cell, as far as the source is there."""
    if name not in course.assignments():
        return {}
    parts = all_exercises(course.read_sources(name))
    return {(part.notebook, cell): part.name for part in parts for cell in (*part.tests, part.stub, part.task) if cell}


def _grade(submission: SubmittedAssignment, exercises: dict[tuple[str, str], str]) -> Grade:
    points: dict[str, tuple[float, float]] = {}
    said: dict[str, None] = {}
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            exercise = exercises.get((notebook.name, grade.name))
            if exercise:
                earned, most = points.get(exercise, (0.0, 0.0))
                points[exercise] = (earned + (grade.score or 0.0), most + (grade.max_score or 0.0))
        for comment in notebook.comments:
            if comment.manual_comment:
                exercise = exercises.get((notebook.name, comment.name), comment.name)
                said[f"{exercise}: {' '.join(comment.manual_comment.split())}"] = None
    if submission.needs_manual_grade:
        return Grade(State.waiting)
    points = {exercise: points[exercise] for exercise in dict.fromkeys(exercises.values()) if exercise in points}
    penalty = float(submission.late_submission_penalty or 0.0)
    return Grade(State.graded, max(0.0, float(submission.score) - penalty), penalty, points, tuple(said))
