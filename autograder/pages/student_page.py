"""What the feedback page of one notebook says, as data: a card for each exercise, and where to begin.

It decides nothing: status and words are the verdict's, points are the gradebook's. `feedback_html` makes a page of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from markupsafe import Markup
from nbformat import NotebookNode

from autograder.course.book import Book, Place
from autograder.course.cells import Exercise, grade_id, is_solution, is_written, nbgrader_metadata, points
from autograder.course.mark_scheme import Item
from autograder.engine.diagnoses import Counterexample
from autograder.grading.diagnosed import which_result
from autograder.grading.verdict import CellVerdict, ExerciseDiagnosis, Status, Verdict
from autograder.pages.given_texts import comments_of, headings
from autograder.records.said import said

TO_BE_GRADED = "This is graded by a person, and has not been yet."
CHANGED = "This has changed since a person graded it, and waits to be graded again."


class Mark(StrEnum):
    """How a tested thing, or an exercise, turned out; the page gives each its shape."""

    passed = "passed"
    failed = "failed"
    followed = "followed through"
    untried = "not attempted"
    waiting = "waits for a person"
    graded = "graded by a person"
    fault = "not counted"  # the test itself is at fault


MARKS = {
    Status.passed: Mark.passed,
    Status.failed: Mark.failed,
    Status.error: Mark.failed,
    Status.timeout: Mark.failed,
    Status.followed: Mark.followed,
    Status.not_attempted: Mark.untried,
    Status.test_fault: Mark.fault,
}


@dataclass(frozen=True)
class Line:
    """One tested thing."""

    mark: Mark
    title: str
    earned: float
    most: float
    message: str = ""


@dataclass(frozen=True)
class Problem:
    """What is wrong with a function, the call that shows it, where the book explains it."""

    message: str
    example: Counterexample | None = None
    which: str = ""
    see: tuple[Place, ...] = ()


@dataclass
class Card:
    """An exercise."""

    name: str
    title: str
    mark: Mark
    earned: float
    most: float
    lines: list[Line] = field(default_factory=list)
    problem: Problem | None = None
    quiet: str = ""
    items: tuple[Item, ...] = ()
    comment: str = ""
    own: Markup = field(default_factory=Markup)
    anchor: str = ""
    is_written: bool = False

    def wait_again(self) -> None:
        """Take back what was said of another answer than the one that is here now."""
        self.items, self.comment, self.quiet = (), "", CHANGED

    def hear(self, comment: str) -> None:
        """Take what a person has said: the items of the mark scheme that the answer has, and a comment."""
        words = said(comment)
        self.items, self.comment = words.items, words.text

    @property
    def is_untouched(self) -> bool:
        """Whether the student has not begun."""
        return self.mark is Mark.untried and all(line.mark is Mark.untried for line in self.lines)

    @property
    def is_quiet(self) -> bool:
        """Whether all there is to say is that it fails because of earlier exercises."""
        return self.mark is Mark.followed

    @property
    def first_message(self) -> str:
        """What the most telling of its tests says."""
        failed = [line for line in self.lines if line.mark is Mark.failed and line.message]
        return next((line.message for line in failed if line.most), failed[0].message if failed else "")


@dataclass(frozen=True)
class Beginning:
    """The exercise to begin with, what is wrong with it, how many others fail because of it."""

    card: Card
    says: str
    others: int


@dataclass(frozen=True)
class Page:
    """All that a page says."""

    notebook: str
    assignment: str
    student: str
    name: str
    score: float
    most: float
    penalty: float
    cards: list[Card]
    notes: list[str]
    beginning: Beginning | None = None
    rest: Markup = field(default_factory=Markup)

    @property
    def waiting(self) -> list[Card]:
        """What a person has yet to grade."""
        return [card for card in self.cards if card.mark is Mark.waiting]

    @property
    def waiting_points(self) -> float:
        """The points that a person has yet to give."""
        return sum(card.most for card in self.waiting)


def cards_of(
    exercises: Iterable[Exercise],
    graded: Mapping[str, NotebookNode],
    source: NotebookNode,
    verdict: Verdict | None,
    waiting: Collection[str],
    comments: Mapping[str, str],
    book: Book,
) -> list[Card]:
    """Return a card for each exercise of a notebook, then for each other answer that a person grades.

    Parameters
    ----------
    graded
        The graded notebook's cells by name, with the gradebook's scores.
    source
        The instructor's notebook.
    verdict
        None if something else than this grader has graded it.
    waiting
        The cells that a person has yet to grade.
    comments
        What a person has said, by the answer or task.
    """
    found, titled = [], headings(source)
    for exercise in exercises:
        outcomes = verdict.of(exercise.notebook) if verdict else {}
        diagnosed = {one.exercise: one for one in verdict.diagnoses} if verdict else {}
        if exercise.task:
            card = _written(exercise.task, graded, waiting)
        else:
            card = _tested(exercise, graded, source, outcomes)
            card.problem = _problem(diagnosed.get(exercise.name), book) if card.mark is Mark.failed else None
        card.title = titled.get(exercise.stub or exercise.task, "")
        card.hear(comments.get(exercise.stub or exercise.task, ""))
        found.append(card)
    known = {card.name for card in found}
    for cell in source.cells:
        name = grade_id(cell)
        if name and name not in known and is_solution(cell) and is_written(cell):
            found.append(_written(name, graded, waiting))
            found[-1].title = titled.get(name, "")
            found[-1].hear(comments.get(name, ""))
    for number, card in enumerate(found, start=1):
        card.anchor = f"exercise-{number}"
    return found


def beginning(cards: list[Card], verdict: Verdict | None) -> Beginning | None:
    """Return the failed exercise on which most depends; of several, the first that the student has tried."""
    open_ones = [card for card in cards if card.mark in (Mark.failed, Mark.untried)]
    if not open_ones:
        return None
    named: dict[str, set[str]] = {}
    for cell in verdict.cells if verdict else ():
        for function in cell.follows:
            named.setdefault(function, set()).add(cell.exercise)
    others = {card.name: len(named.get(card.name.rpartition("/")[2], ())) for card in open_ones}
    first = max(open_ones, key=lambda card: (others[card.name], card.mark is Mark.failed))
    if first.mark is Mark.untried:
        says = "It is still as it was handed out."
    else:
        says = first.problem.message if first.problem else first.first_message or "Some of its tests fail."
    return Beginning(first, says, others[first.name])


def put_right(verdict: Verdict | None) -> list[str]:
    """Return what was put right before grading, such as a given function that had been changed, in sentences."""
    oddities = verdict.oddities if verdict else ()
    return [
        f"{'T' + oddity[1:] if oddity.startswith(('the ', 'this ')) else oddity.rstrip('.')}." for oddity in oddities
    ]


def _tested(
    exercise: Exercise, graded: Mapping[str, NotebookNode], source: NotebookNode, outcomes: Mapping[str, CellVerdict]
) -> Card:
    comments = comments_of(source)
    lines, told = [], set[str]()
    for test in exercise.tests:
        if test not in graded:
            continue
        cell, outcome = graded[test], outcomes.get(test)
        earned, most = _score(cell), points(cell)
        mark = MARKS[outcome.status] if outcome else _mark(cell, earned, most)
        message = outcome.message if outcome else ""
        if mark not in (Mark.failed, Mark.fault) or message in told:
            message = ""
        told.add(message)
        title = comments.get(test) or test.removeprefix("test-").removeprefix(exercise.stub).strip("-_ ") or test
        lines.append(Line(mark, title, earned, most, message))
    marks = {line.mark for line in lines}
    order = (Mark.failed, Mark.untried, Mark.followed, Mark.passed, Mark.fault)
    mark = next((mark for mark in order if mark in marks), Mark.passed)
    card = Card(exercise.name, "", mark, sum(line.earned for line in lines), exercise.points, lines)
    if mark is Mark.followed:
        messages = dict.fromkeys(o.message for test in exercise.tests if (o := outcomes.get(test)) and o.follows)
        card.quiet = " ".join(messages)
    return card


def _mark(cell: NotebookNode, earned: float, most: float) -> Mark:
    """Return the mark of a test that something else has run."""
    if most:
        return Mark.passed if earned >= most else Mark.failed
    return Mark.failed if any(output.output_type == "error" for output in cell.get("outputs", [])) else Mark.passed


def _written(name: str, graded: Mapping[str, NotebookNode], waiting: Collection[str]) -> Card:
    cell = graded.get(name)
    most = points(cell) if cell is not None else 0.0
    earned = _score(cell) if cell is not None else 0.0
    if name in waiting:
        card = Card(name, "", Mark.waiting, 0.0, most, quiet=TO_BE_GRADED)
    else:
        card = Card(name, "", Mark.passed if earned >= most else Mark.graded, earned, most)
    card.is_written = True
    return card


def _score(cell: NotebookNode) -> float:
    return float(nbgrader_metadata(cell).get("score") or 0)


def _problem(one: ExerciseDiagnosis | None, book: Book) -> Problem | None:
    if one is None:
        return None
    labels = dict.fromkeys(known.see for known in one.diagnosis.known if known.see)
    see = tuple(place for label in labels if (place := book.place(label)))
    return Problem(one.message, one.diagnosis.example, which_result(one.diagnosis), see)
