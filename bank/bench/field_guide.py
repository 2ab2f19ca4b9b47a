"""What each misconception of the bank does to a training, and which check notices it: `book/field-guide.json`.

The book's field guide is made of it. Everything is drawn from fixed seeds and trained on the vendored digits. What
plays no part in a training is only checked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from autograder.course.cells import code_cells, grade_id, is_solution
from autograder.course.course import Course
from autograder.course.reference import reference
from autograder.engine.inside.diagnosing.bank import Bank, Wrong, read
from autograder.engine.inside.diagnosing.functions import function_of
from bank.bench.checks import AbsoluteLoss, notice, quiet
from bank.bench.learning import LEARNING, Learning, with_function

ASSIGNMENTS = ("two_layer", "multi_layer", "momentum", "foundations", "deep")  # in the order of the chapters
CHECKS = ("start", "gradient", "double", "visible")
POINTS = 25  # of a curve
FILE = Path("book") / "field-guide.json"
Entry = dict[str, Any]


def learning_of(assignment: str, exercise: str) -> Learning | None:
    """Return the training that calls an exercise, or what its loss is checked with; None if there is neither."""
    if assignment == AbsoluteLoss.assignment and exercise in AbsoluteLoss.checked:
        return AbsoluteLoss()
    return next((one for one in LEARNING if one.assignment == assignment and exercise in one.trained), None)


def author_of(assignment: str) -> Callable[[str], Any]:
    """Return what looks up the author's functions of an assignment."""
    module = reference(assignment)

    def look_up(name: str) -> Any:
        try:
            return getattr(module, name)
        except AttributeError:
            raise NameError(f"name {name!r} is not defined") from None

    return look_up


def bank_of(course: Course, assignment: str) -> Bank:
    """Return the bank of an assignment; `author` is this assignment's until another bank is read."""
    return read(course.misconceptions(assignment), author_of(assignment))


def solutions(course: Course, assignment: str) -> dict[str, str]:
    """Return the author's text of each exercise."""
    cells = code_cells(course.read_source(assignment))
    return {str(grade_id(cell)): cell.source for cell in cells if is_solution(cell)}


def curve(losses: Any) -> list[float | None]:
    """Return a few of the losses of a training; None stands for what is not a number."""
    values = np.array([np.asarray(loss, dtype=float).mean() for loss in losses])
    places = np.unique(np.linspace(0, len(values) - 1, POINTS).round().astype(int))
    return [float(f"{value:.3g}") if np.isfinite(value) else None for value in values[places]]


def trained(learning: Learning, functions: Any) -> Entry:
    """Return the losses of a training and the accuracy that it reaches, or the error that stops it."""
    with quiet():
        try:
            losses, accuracy = learning.train(functions, learning.data())
            return {"losses": curve(losses), "accuracy": round(float(np.squeeze(accuracy)), 3)}
        except Exception as error:
            return {"error": type(error).__name__}


def measured(course: Course, assignment: str, wrong: Wrong, solution: str) -> Entry:
    """Return what a misconception does; `bank_of` must have read its assignment's bank last."""
    functions = with_function(assignment, wrong.of, function_of(wrong, solution, author_of(assignment)))
    learning = learning_of(assignment, wrong.of)
    trains = learning is not None and wrong.of in learning.trained and wrong.kind != "slow"
    entry = trained(learning, functions) if trains and learning else {}
    return entry | {"found": notice(course, learning, wrong.of, assignment, functions)}


def right_trainings() -> dict[str, Entry]:
    """Return what the author's functions do in each training."""
    found = {}
    for one in LEARNING:
        functions = with_function(one.assignment, "", None)
        about = {"assignment": one.assignment, "exercises": sorted(one.trained), "network": one.network}
        found[type(one).__name__] = about | trained(one, functions)
    return found


def each(course: Course) -> Iterator[tuple[str, Wrong]]:
    """Yield all misconceptions, bank by bank: each bank is read when its first one is asked for."""
    for assignment in ASSIGNMENTS:
        for wrong in bank_of(course, assignment).wrong:
            yield assignment, wrong


def measure(course: Course, known: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return all that the field guide prints; what was measured before and is `known` is not measured again."""
    before = known["wrong"] if known else {}
    total = sum(len(bank_of(course, assignment).wrong) for assignment in ASSIGNMENTS)
    texts = {assignment: solutions(course, assignment) for assignment in ASSIGNMENTS}
    found: dict[str, dict[str, Entry]] = {assignment: {} for assignment in ASSIGNMENTS}
    all_of_them = track(each(course), "field guide: misconceptions", total, console=Console(stderr=True))
    for assignment, wrong in all_of_them:
        entry = before.get(assignment, {}).get(wrong.name)
        found[assignment][wrong.name] = entry or measured(course, assignment, wrong, texts[assignment][wrong.of])
    return {"right": known["right"] if known else right_trainings(), "wrong": found}


def written(found: dict[str, Any]) -> str:
    """Return it as JSON with a line for each misconception, so that a change is easy to see."""
    lines = ["{", ' "right": {']
    lines += _lines(found["right"], "  ")
    lines += [" },", ' "wrong": {']
    for number, (assignment, entries) in enumerate(found["wrong"].items(), 1):
        end = "" if number == len(found["wrong"]) else ","
        lines += [f"  {json.dumps(assignment)}: {{", *_lines(entries, "   "), f"  }}{end}"]
    return "\n".join([*lines, " }", "}"]) + "\n"


def _lines(entries: dict[str, Entry], indent: str) -> list[str]:
    texts = [f"{indent}{json.dumps(name)}: {json.dumps(entry)}" for name, entry in entries.items()]
    return [f"{text}," for text in texts[:-1]] + texts[-1:]


def show(course: Course, console: Console, *, keep: bool, new: bool = False) -> None:
    """Measure it all, or what is new; print how many mistakes each check notices; keep it for the book, if wanted."""
    found = measure(course, json.loads((course.root / FILE).read_text(encoding="utf-8")) if new else None)
    table = Table("assignment", "mistakes", *CHECKS, "none", title="misconceptions that the checks notice")
    for assignment, entries in found["wrong"].items():
        counts = [sum(check in entry["found"] for entry in entries.values()) for check in CHECKS]
        unnoticed = sum(not entry["found"] for entry in entries.values())
        table.add_row(assignment, *map(str, (len(entries), *counts, unnoticed)))
    console.print(table)
    if keep:
        (course.root / FILE).write_text(written(found), encoding="utf-8")
