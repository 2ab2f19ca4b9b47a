"""The parts of a class report that decide something: which code and which messages are the same, and the numbers."""

from __future__ import annotations

import pytest
from bounded import bounded

from autograder.engine.findings import Finding, FindingKind, Origin
from autograder.grading.verdict import CellVerdict, Status
from autograder.intake.elsewhere import looks_like
from autograder.pages.report import data
from autograder.pages.report.alike import LONGEST, bare
from autograder.pages.report.data import Alike, Discrimination, Irregular, Kind, Late, Report, Said, State, Student
from autograder.pages.report.messages import grouped, without_numbers
from autograder.pages.report.page import render
from autograder.pages.report.statistics import FEWEST, discrimination, figures

ONE = """def step(W, b):
    '''Do a step.'''
    total = 0  # of mine
    for i in range(len(W)):
        total += W[i] * b
    return total, "x" """
OTHER = """def step(weights,  bias):  # by somebody else
    s = 0
    for index in range(len(weights)):
        s += weights[index] * bias

    return (s, 'x')"""


def failed(message: str, finding: Finding | None = None, student: str = "n") -> CellVerdict:
    """Return the outcome of a test that says this."""
    return CellVerdict(student, "test", "exercise", Status.failed, 0.0, 1.0, message, "", finding)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (OTHER, True),
        (OTHER.replace("* bias", "/ bias"), False),
        (OTHER.replace("s = 0", "s = 1"), False),
        (OTHER.replace("weights[index] * bias", "bias * weights[index]"), False),
        (OTHER.replace("range", "enumerate"), False),
    ],
)
def test_code_is_the_same_but_for_comments_and_names_of_variables(other: str, same: bool) -> None:
    first, second = bare(ONE, "step"), bare(other, "step")
    assert first
    assert second
    assert (first.text == second.text) is same
    assert first.text.startswith("def step(")
    assert "Do a step" not in first.text


@pytest.mark.parametrize("text", ["", "def f(:", "x = " + "-" * 15_000 + "1", "(" * 15_000, "a" * (LONGEST + 1)])
def test_what_nobody_can_compare_is_left_out(text: str) -> None:
    assert bounded(lambda: bare(text, "f")) is None


def test_the_longest_answer_is_compared_in_little_time() -> None:
    text = "\n".join(f"v{n} = [v{n - 1} for a in b]" for n in range(LONGEST // 30))
    assert bounded(lambda: bare(text, "f")) is not None


def test_messages_with_other_numbers_are_one() -> None:
    told = grouped([failed(f"After 10 epochs the loss is {loss}, not 0.5.") for loss in (0.3, 1e-7, -2, "nan")])
    assert [(said.text, said.students) for said in told] == [("After 10 epochs the loss is …, not 0.5.", 4)]
    assert len(grouped([failed("W1 is wrong"), failed("W2 is wrong")])) == 2, "these are names"


def test_exceptions_of_one_type_are_one() -> None:
    raised = [Finding(FindingKind.raised, Origin.student, exception="ValueError", text=t) for t in ("a", "b", "b")]
    other = Finding(FindingKind.raised, Origin.student, exception="KeyError", text="'A'")
    told = grouped([failed("told", finding) for finding in (*raised, other)])
    assert [(said.text, said.students) for said in told] == [("ValueError: b", 3), ("KeyError: 'A'", 1)]


def test_however_many_messages_there_are_few_are_shown() -> None:
    texts = [f"{'a' * n} is wrong" for n in range(1, 300)]
    told = grouped([failed(text) for text in texts])
    assert len(told) == 9
    assert sum(said.students for said in told) == 299
    long = "1.e" * 400_000
    assert bounded(lambda: len(without_numbers(long))) > 0
    assert bounded(lambda: len(grouped([failed(long)])[0].text)) < 1000


def test_a_correlation_with_the_rest_needs_students() -> None:
    rows: list[dict[str, float | None]] = [{"a": n % 2, "b": n % 2, "c": None} for n in range(FEWEST)]
    assert discrimination("a", rows) == Discrimination(pytest.approx(1.0), FEWEST)
    assert discrimination("a", rows[1:]) == Discrimination(None, FEWEST - 1)
    assert discrimination("c", rows) == Discrimination(None, 0)
    assert discrimination("a", [{"a": 1.0, "b": n} for n in range(FEWEST)]) == Discrimination(None, FEWEST)


def test_the_distribution_counts_everybody() -> None:
    found = figures([0, 9.99, 10, 55, 99.9, 100, 105], 100)
    assert found.bars == (2, 1, 0, 0, 0, 1, 0, 0, 0, 3)
    assert (found.mean, found.median) == (pytest.approx(54.27), 55)
    assert (figures([], 10).mean, sum(figures([], 10).bars)) == (None, 0)


def test_another_assignment_is_recognised_by_the_names_of_its_cells() -> None:
    from nbformat.v4 import new_code_cell, new_notebook

    def notebook(*names: str) -> object:
        return new_notebook(cells=[new_code_cell("", metadata={"nbgrader": {"grade_id": name}}) for name in names])

    others = {"first": frozenset("abc"), "second": frozenset("cdefg")}
    own = {"x", "y", "c"}
    assert looks_like([notebook("d", "e", "f", "x")], own, lambda: others) == ("this looks like your assignment second")
    assert looks_like([notebook("p", "q", "r", "s")], own, lambda: others) == "", "nobody knows these"
    assert looks_like([notebook("x", "y", "c", "d")], own, lambda: 1 / 0) == "", "nobody is asked"  # type: ignore[arg-type, return-value]


def test_a_page_for_three_hundred_weighs_little_whatever_they_do() -> None:
    """Everybody has tampered in a way of their own, and the tests say the longest things that they may."""
    crowd = tuple(
        Student(f"s{n}", f"{'A' * 60} {n}", State.graded, {"e": 1.0}, 1.0, Late(9e5, 1.0), notes=("n" * 300,))
        for n in range(300)
    )
    said = tuple(Said("&" * 600, 1) for _ in range(9))
    tests = tuple(data.Test(f"test-{n}", "title", 1.0, 300, 0, 0, said) for n in range(20))
    none = Discrimination(None, 300)
    exercise = data.Exercise("e", "E", 1.0, 300, 300, 1.0, 0, 0, 0, none, tests)
    odd = tuple(Irregular(kind, f"{kind} {n} {'x' * 100}", (f"s{n % 300}",)) for kind in Kind for n in range(3000))
    alike = tuple(Alike("e", ("s1", "s2"), ("c" * 3000, "c" * 3000)) for _ in range(30))
    moved = tuple(data.ScoreChange(f"s{n}", 0.0, 1.0, "why " * 20) for n in range(300))
    report = Report(
        1, "tiny", "now", "now", 1.0, {"vendored": 300}, {"": 300}, figures([1.0] * 300, 1.0), (exercise,), crowd,
        irregular=odd, alike=alike, since=data.Since("then", scores=moved),
    )  # fmt: skip
    assert len(render(report).encode()) < 1_000_000
