"""No message of a hidden test tells a right value, or a value of its inputs, whatever the student's code returns.

Wrong answers meet the hidden tests in this process, without the engine. What a test hands to the reference's functions
and what it gets from them is recorded; a message must not hold a number of four digits or more that is one of these.
An assignment takes part once its name stands in `ASSIGNMENTS`; its wrong answers come from `test_NAME_variants.py`.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import io
import re
import warnings
from collections.abc import Callable, Iterator
from textwrap import dedent
from types import CodeType
from typing import Any

import numpy as np
import pytest
from assignment_cells import REPOSITORY
from assignment_variants import variants_of
from nbformat import NotebookNode
from notebook_form import HELPERS

from autograder.course.cells import code_cells, grade_id, is_solution
from autograder.course.course import Course
from autograder.course.draws import PUBLIC, Draw, drawn
from autograder.course.reference import DEFINITIONS
from autograder.vetting.trivial import DOES_NOTHING, NOTHING

ASSIGNMENTS = ("two_layer", "multi_layer", "momentum", "foundations", "deep")

# What returns a number of its arguments in the right form: a message that shows it shows an input of the test.
SPY = (
    "_filled(right, lambda shape: np.full(shape, next((float(np.ravel(a)[0]) for a in arguments if np.ndim(a)), 0.0)))"
)
NUMBER = re.compile(r"(?<![\w.])\d+\.?\d*(?:e[+-]?\d+)?")
DIGITS_THAT_TELL = 4
MOST_ENTRIES = 100  # of an array, that a message could show
SMALL = 10  # whole numbers up to this one, and one divided by another, are labels, sizes, means of probabilities


TALKATIVE = """
import numpy as np
A, Y = _probabilities(np.random.RandomState(52).randn(10, 3)), np.array([[3, 0, 9]])
loss, right = cross_entropy(A.copy(), Y.copy()), _mean_loss(A, Y)
assert abs(loss - right) < 5e-5, f"For 3 samples the loss is {loss:.5f} where {right:.5f} is right."
"""


class Rehearsal:
    """The hidden tests of an assignment, run in this process, with everybody's inputs or with those of another draw."""

    def __init__(self, name: str, draw: Draw = PUBLIC) -> None:
        course = Course(REPOSITORY)
        self.cells = list(code_cells(drawn({name: course.read_source(name)}, name, draw)[name]))
        self.exercises = [str(grade_id(cell)) for cell in self.cells if is_solution(cell)]
        released = (course.release / name / f"{name}.ipynb").read_text(encoding="utf-8")
        self.known = set(NUMBER.findall(released))
        given = [cell for cell in self.cells if not cell.metadata.nbgrader.grade]
        self.definitions = [
            (str(cell.id), compiled(cell.source))
            for cell in self.cells
            if cell.id == HELPERS
            or (cell in given and all(isinstance(node, DEFINITIONS) for node in ast.parse(cell.source).body))
        ]

    def hidden(self, exercise: str) -> Iterator[NotebookNode]:
        """Yield the hidden tests of an exercise, but for those that need a trained network."""
        for cell in self.cells:
            mine = str(cell.id).startswith(f"test-{exercise}-")
            if mine and not cell.id.endswith("-visible") and "accuracy" not in cell.id:
                yield cell

    def names(self, answers: dict[str, str]) -> dict[str, Any]:
        """Return what the notebook defines, some of its functions answered otherwise."""
        names: dict[str, Any] = {}
        for cell, code in self.definitions:
            exec(compiled(dedent(answers[cell]).strip()) if cell in answers else code, names)
        return names

    def messages(self, exercise: str, answer: str) -> dict[str, str]:
        """Return what the hidden tests of an exercise say of an answer; what is no assertion, the engine words."""
        failures = self.failures(exercise, {exercise: answer})
        return {test: str(error) for test, error in failures.items() if isinstance(error, AssertionError)}

    def failures(self, exercise: str, answers: dict[str, str]) -> dict[str, Exception]:
        """Return how the hidden tests of an exercise fail on these answers."""
        failed = {}
        for cell in self.hidden(exercise):
            names = self.names(answers)
            with quiet():
                try:
                    exec(compiled(cell.source), names)
                except Exception as error:
                    failed[str(cell.id)] = error
        return failed

    def secrets(self, cell: NotebookNode) -> set[float]:
        """Return the numbers that pass between a test and the reference's functions."""
        names, found = self.names({}), set[float]()
        for exercise in self.exercises:
            names[exercise] = recorded(names[exercise], found)
        with quiet():
            exec(compiled(cell.source), names)
        return {number for number in found if np.isfinite(number) and not is_simple(number)}


@functools.cache
def compiled(source: str) -> CodeType:
    """Return the code of a cell."""
    return compile(source, "<cell>", "exec")


def is_simple(number: float, unit: float = 1e-9) -> bool:
    """Return whether a number, known to a unit, is one that says nothing: small and whole, or two such ones divided."""
    return abs(number) <= SMALL and any(abs(number * k - round(number * k)) <= k * unit for k in range(1, SMALL + 1))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Show nothing of what is printed or warned of."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def recorded(function: Callable[..., Any], found: set[float]) -> Callable[..., Any]:
    """Return a function that adds the numbers of its arguments and results to those found."""

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        for argument in (*arguments, *named.values()):
            found.update(numbers_in(argument))
        result = function(*arguments, **named)
        found.update(numbers_in(result))
        for part in result if isinstance(result, tuple) else (result,):
            if isinstance(part, (float, np.floating)) and part:
                found.add(1 / float(part))  # a constant answer divided by the right one tells that one
        return result

    return call


def numbers_in(value: Any) -> set[float]:
    """Return the entries of a value and what is often said of an array: its norm, sum, mean and limits."""
    if isinstance(value, dict):
        return set().union(*map(numbers_in, value.values()))
    if isinstance(value, (tuple, list)) and not all(isinstance(entry, (int, float)) for entry in value):
        return set().union(*map(numbers_in, value))
    try:
        array = np.asarray(value, dtype=float).ravel()
    except (TypeError, ValueError):
        return set()
    if not array.size:
        return set()
    with np.errstate(all="ignore"):
        of_all = (np.linalg.norm(array), array.sum(), array.mean(), array.min(), array.max(), array.std())
    return {float(number) for number in (*array[:MOST_ENTRIES], *of_all)}


def given_away(message: str, secrets: set[float], known: set[str]) -> list[str]:
    """Return the numbers of a message that are secret; what the released notebook says is not."""
    return [text for text in NUMBER.findall(message) if text not in known and tells(text, secrets)]


def tells(text: str, secrets: set[float]) -> bool:
    """Return whether a written number, of enough digits, is one of the secrets as far as it is written."""
    mantissa, _, power = text.partition("e")
    digits = mantissa.replace(".", "").lstrip("0")
    if len(digits) < DIGITS_THAT_TELL:
        return False
    last = 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2]))  # the unit of its last digit
    if is_simple(float(text), last / 2):
        return False
    return any(abs(abs(secret) - float(text)) <= 0.5001 * last for secret in secrets)


def wrong_answers(name: str, rehearsal: Rehearsal) -> Iterator[tuple[str, str, str]]:
    """Yield wrong answers of an assignment: what it is, its exercise and its text."""
    for what, (exercise, answer, _) in variants_of(name).mistakes.items():
        yield what, exercise, answer
    right = {str(grade_id(cell)): cell.source for cell in rehearsal.cells if is_solution(cell)}
    for exercise, answer in right.items():
        for what, returned in (*NOTHING.items(), ("a spy", SPY)):
            yield what, exercise, f"{answer}\n{DOES_NOTHING.format(exercise=exercise, returned=returned)}"


@pytest.fixture(scope="module", params=ASSIGNMENTS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def rehearsal(name: str) -> Iterator[Rehearsal]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(REPOSITORY / "source")  # for the students' module
        yield Rehearsal(name)


@pytest.fixture(scope="module")
def secrets(rehearsal: Rehearsal) -> dict[str, set[float]]:
    cells = [cell for exercise in rehearsal.exercises for cell in rehearsal.hidden(exercise)]
    return {str(cell.id): rehearsal.secrets(cell) for cell in cells}


def test_no_message_gives_a_value_away(name: str, rehearsal: Rehearsal, secrets: dict[str, set[float]]) -> None:
    said, told = 0, []
    for what, exercise, answer in wrong_answers(name, rehearsal):
        for test, message in rehearsal.messages(exercise, answer).items():
            said += 1
            told += [(test, what, message)] * bool(given_away(message, secrets[test], rehearsal.known))
    assert said > 100
    assert not told


def test_a_message_that_tells_a_right_value_would_be_found(
    rehearsal: Rehearsal, secrets: dict[str, set[float]]
) -> None:
    """Each test has secrets, and each of them is found in a message, however many digits it has there."""
    assert all(secrets.values()), [test for test, numbers in secrets.items() if not numbers]
    for numbers in secrets.values():
        for number in list(numbers)[:20]:
            if 0.01 < abs(number) < 1e6 and len(repr(number)) > 8 and not is_simple(round(number, 6), 1e-6):
                for message in (f"The loss is 0.5 where {number:.6f} is right.", f"a[0] is {number!r}, too large"):
                    assert given_away(message, numbers, set()), message


def test_a_talkative_test_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way, with the words that a test of this course once had."""
    monkeypatch.syspath_prepend(REPOSITORY / "source")
    rehearsal = Rehearsal("two_layer")
    (cell,) = [cell for cell in rehearsal.hidden("cross_entropy") if cell.id.endswith("-mean")]
    cell.source = TALKATIVE
    hidden = rehearsal.secrets(cell)
    for answer, gives_away in (("np.sum", True), ("1.0 + 0 * np.sum", True), ("np.mean", False)):
        wrong = f"def cross_entropy(A, Y):\n    return {answer}(-np.log(A[Y[0], np.arange(Y.size)]))"
        said = rehearsal.messages("cross_entropy", wrong).get(str(cell.id), "")
        assert bool(given_away(said, hidden, rehearsal.known)) == gives_away, said


def test_a_factor_of_the_batch_is_no_secret() -> None:
    assert not given_away("3.0000 times as large for 3 samples, 0.1111 times for 9", {0.7317, 2.0}, set())
    assert given_away("is 0.7317 here", {0.73168}, set()) == ["0.7317"]
    assert given_away("is 7.317e-01 here", {-0.73168}, set()) == ["7.317e-01"]
    assert not given_away("is 0.7317 here", {0.73168}, {"0.7317"})
