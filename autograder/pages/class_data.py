"""What a class report is made of: a row for each student, and what the tests said."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from autograder.course.cells import Exercise
from autograder.files.durable import csv_text


@dataclass(frozen=True)
class StudentRow:
    """One student's line of the report; points by exercise; `pending` are those that a person has yet to grade.

    The messages are those of the verdict, after what a person has written. `environment` are the faults of environment
    by exercise, in few words.
    """

    student: str
    points: dict[str, float]
    penalty: float
    needs_grading: bool
    messages: dict[str, tuple[str, ...]]
    pending: tuple[str, ...] = ()
    environment: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """The points of all exercises less the late penalty, never below 0."""
        return max(0.0, sum(self.points.values()) - self.penalty)


@dataclass(frozen=True)
class Summary:
    """The class report: its exercises in the order of the notebook, its students by name.

    `faults` are sentences on tests that are at fault themselves.
    """

    assignment: str
    exercises: tuple[Exercise, ...]
    rows: tuple[StudentRow, ...]
    faults: tuple[str, ...] = ()

    @property
    def max_score(self) -> float:
        """The most points of the assignment."""
        return sum(exercise.points for exercise in self.exercises)

    def full_marks(self, exercise: Exercise) -> int:
        """Return how many students earned every point of an exercise."""
        return sum(row.points.get(exercise.name, 0) >= exercise.points for row in self.rows)

    def common_message(self, exercise: Exercise) -> str:
        """Return the message that most students were given in an exercise, or an empty text."""
        told = Counter(message for row in self.rows for message in set(row.messages.get(exercise.name, ())))
        return min(told, key=lambda message: (-told[message], message)) if told else ""

    def environment(self) -> dict[str, list[str]]:
        """Return the faults of environment, the most frequent first: for each, who has it in which exercise."""
        found: dict[str, list[str]] = {}
        for row in self.rows:
            for exercise, labels in row.environment.items():
                for label in labels:
                    found.setdefault(label, []).append(f"{row.student} ({exercise})")
        return dict(sorted(found.items(), key=lambda fault: (-len(fault[1]), fault[0])))

    def to_csv(self) -> str:
        """Return the report as CSV text: a line per student, a column per exercise."""
        names = [exercise.name for exercise in self.exercises]
        table: list[list[object]] = [["student", "score", "max_score", "late_penalty", *names]]
        for row in self.rows:
            earned = ["" if name in row.pending else row.points.get(name, 0.0) for name in names]
            table.append([row.student, row.score, self.max_score, row.penalty, *earned])
        return csv_text(table)
