"""What a class report says, as data: the page, the table and the JSON file all say it from here.

The JSON file holds a `Report` field by field, so these types are its schema. A number that nobody knows is None and
never 0: the points of an answer that waits for a person, the mean of nobody.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

from msgspec import Struct

SCHEMA: Final = 1


class State(StrEnum):
    """Where a student's work stands."""

    graded = "graded"
    waits = "waits for a person"  # graded, but for an answer that a person grades
    ungraded = "not graded yet"  # handed in
    refused = "refused"  # handed in, and it cannot be graded
    missing = "not handed in"


GRADED = frozenset({State.graded, State.waits})


class Kind(StrEnum):
    """What is irregular."""

    tampering = "tampering"
    other = "another assignment"
    environment = "environment"
    oddity = "oddity"


class Late(Struct, frozen=True, forbid_unknown_fields=True):
    """How late a submission is, the points that this costs, and why it is as it is, if there is more to say."""

    seconds: float
    penalty: float
    reason: str = ""


class Student(Struct, frozen=True, forbid_unknown_fields=True):
    """A student of the roster, or one who has handed something in.

    `points` are those of each exercise, None where they are not known; `score` is their sum less the late penalty, so
    far as it is known. `why` says why the work was refused. `notes` are what people wrote, and other remarks.
    `feedback` and `notebook` are links from the report, empty where there is nothing.
    """

    id: str
    name: str
    state: State
    points: dict[str, float | None] = {}
    score: float | None = None
    late: Late | None = None
    why: str = ""
    notes: tuple[str, ...] = ()
    feedback: str = ""
    notebook: str = ""


class Said(Struct, frozen=True, forbid_unknown_fields=True):
    """A message, with an ellipsis where it differs from student to student, and how many were given it.

    `exception` is the type of an exception, whose words can be anybody's.
    """

    text: str
    students: int
    exception: str = ""


class Mistake(Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong with a function, how many have it, where the book explains it, in words and as a link."""

    text: str
    students: int
    see: str = ""
    href: str = ""


class Test(Struct, frozen=True, forbid_unknown_fields=True):
    """A test: what it checks in words, how many it has looked at, how many passed it or are right in themselves.

    `fault` says why it is at fault itself.
    """

    name: str
    title: str
    points: float
    looked_at: int
    passed: int
    followed: int
    messages: tuple[Said, ...] = ()
    fault: str = ""

    @property
    def nobody(self) -> bool:
        """Whether it has failed several answers and nobody has got past it."""
        return sum(said.students for said in self.messages) > 1 and not self.passed + self.followed


class Discrimination(Struct, frozen=True, forbid_unknown_fields=True):
    """How the points of an exercise go with those of all others: a correlation over so many students.

    `value` is None where these are too few, or all have earned the same.
    """

    value: float | None
    students: int


class Exercise(Struct, frozen=True, forbid_unknown_fields=True):
    """An exercise: how many students have points in it, all of them, wait, have not begun, are right in themselves."""

    name: str
    title: str
    points: float
    graded: int
    full: int
    mean: float | None
    waiting: int
    untouched: int
    followed: int
    discrimination: Discrimination
    tests: tuple[Test, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


class Figures(Struct, frozen=True, forbid_unknown_fields=True):
    """Mean, median and distribution of the points: over how many students, out of how many points.

    `left_out` are the exercises in which somebody still waits for a person; they count for nobody. `bars` counts the
    students in each tenth of the points, the best possible score in the last.
    """

    students: int
    most: float
    mean: float | None
    median: float | None
    left_out: tuple[str, ...] = ()
    bars: tuple[int, ...] = ()


class Irregular(Struct, frozen=True, forbid_unknown_fields=True):
    """Something irregular, in a sentence, and who has it."""

    kind: Kind
    text: str
    students: tuple[str, ...]


class Alike(Struct, frozen=True, forbid_unknown_fields=True):
    """Answers to an exercise that earn no full marks and are the same code, but for comments and names of variables.

    `code` are the texts of the first of these students.
    """

    exercise: str
    students: tuple[str, ...]
    code: tuple[str, ...]


class ScoreChange(Struct, frozen=True, forbid_unknown_fields=True):
    """A score that is not what it was, and what the grading runs in between say of it."""

    student: str
    before: float | None
    after: float | None
    why: str = ""


class Since(Struct, frozen=True, forbid_unknown_fields=True):
    """What is not as it was in the report before, which was made at this time."""

    made: str
    states: dict[str, tuple[int, int]] = {}
    mean: tuple[float | None, float | None] | None = None
    full: dict[str, tuple[int, int]] = {}
    scores: tuple[ScoreChange, ...] = ()


class Report(Struct, frozen=True, forbid_unknown_fields=True):
    """A class report.

    `made` and `graded` are times: of the report, and of the latest verdict in it. `data_sets` and `draws` say what the
    verdicts were made with, and how many; the draw without a name is the course's usual one. `faults` are sentences on
    tests that are at fault.
    """

    schema: Literal[1]
    assignment: str
    made: str
    graded: str
    most: float
    data_sets: dict[str, int]
    draws: dict[str, int]
    figures: Figures
    exercises: tuple[Exercise, ...]
    students: tuple[Student, ...]
    faults: tuple[str, ...] = ()
    irregular: tuple[Irregular, ...] = ()
    alike: tuple[Alike, ...] = ()
    since: Since | None = None
    anonymous: bool = False

    @property
    def states(self) -> dict[State, int]:
        """How many students there are in each state, none left out."""
        return {state: sum(student.state is state for student in self.students) for state in State}

    @property
    def late(self) -> int:
        """How many are late."""
        return sum(student.late is not None for student in self.students)

    def of_kind(self, kind: Kind) -> list[Irregular]:
        """Return what is irregular in this way."""
        return [one for one in self.irregular if one.kind is kind]
