"""What the gradebook says of an answer by itself, which the formgrader shows below it: one or two plain lines."""

from __future__ import annotations

from collections.abc import Iterable

from autograder.grading.verdict import CellVerdict, ExerciseDiagnosis

NO_RESPONSE = "No response."
LONGEST = 1000


def comment_on(answer: str, outcomes: Iterable[CellVerdict], diagnoses: Iterable[ExerciseDiagnosis] = ()) -> str | None:
    """Return what is wrong with an answer, the call that shows it, and what failed because of earlier exercises."""
    said = [line for one in diagnoses if is_about(one.exercise, answer) for line in _lines(one)]
    said += [cell.message for cell in outcomes if cell.follows and is_about(cell.exercise, answer)]
    return "\n".join(dict.fromkeys(said))[:LONGEST] or None


def is_about(exercise: str, answer: str) -> bool:
    """Return whether an exercise, which may bear its notebook's name, has this answer cell."""
    return exercise.rpartition("/")[2] == answer


def _lines(one: ExerciseDiagnosis) -> list[str]:
    """Return a diagnosis in one line or two."""
    example = one.diagnosis.example
    if example is None:
        return [one.message]
    call = "; ".join((*example.lines, example.call))
    return [one.message, f"{call}  # yours: {example.theirs}, right: {example.right}"]
