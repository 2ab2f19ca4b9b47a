"""A test that the author's own solution fails is at fault: nobody loses points by it, and the instructor is told."""

from __future__ import annotations

import json
from collections.abc import Callable

import nbformat
import pytest
from nbgrader.api import Gradebook
from tiny_course import RIGHT, TinyCourse, hidden, tiny_notebook

from autograder.grading.verdict import Status, Verdict

Run = Callable[..., tuple[int, str, str]]
FAULTS = {
    "not Python": "assert square(3) == 9 if",
    "a misspelt name": "assert square(np_float(3)) == 9",
    "wrong": "assert square(3) == 10, 'wrong at 3'",
    "what cannot cross": "import fractions\nassert square(fractions) == 9",
    "more than all points": "square(3)\n2.5",
}
WRONG = {**RIGHT, "square": "def square(x):\n    return 'nine'"}


def with_test(text: str) -> nbformat.NotebookNode:
    """Return the tiny assignment with another first hidden test of `square`, which is worth one point."""
    notebook = tiny_notebook()
    (cell,) = [cell for cell in notebook.cells if cell.id == "test-square-hidden"]
    cell.source = hidden(text)
    return notebook


def verdict(course: TinyCourse, student: str) -> Verdict:
    return Verdict.from_json((course.reports / "tiny" / "verdicts" / f"{student}.json").read_text())


@pytest.mark.parametrize("fault", FAULTS)
def test_nobody_loses_points_by_a_test_that_the_solution_fails(
    tiny: TinyCourse, run_autograder: Run, fault: str
) -> None:
    tiny.write_source(with_test(FAULTS[fault]))
    tiny.hand_in("right", **RIGHT)
    tiny.hand_in("wrong", **WRONG)
    tiny.hand_in("nothing", double=RIGHT["double"])
    code, out, err = run_autograder("grade", "tiny")
    assert code == 0, err
    assert "test-square-hidden" in out
    assert "solution in source/ fails" in " ".join(out.split())
    found = {student: verdict(tiny, student) for student in ("right", "wrong", "nothing")}
    tests = {student: found[student].of("tiny")["test-square-hidden"] for student in found}
    assert {student: (cell.status, cell.points) for student, cell in tests.items()} == {
        "right": (Status.test_fault, 1),
        "wrong": (Status.test_fault, 1),
        "nothing": (Status.not_attempted, 0),
    }
    assert {student: of.score for student, of in found.items()} == {"right": 5, "wrong": 3, "nothing": 2}
    assert "at fault, not your answer" in tests["right"].message
    assert tests["right"].detail.startswith("For the solution: ")
    with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        assert book.find_submission("tiny", "wrong").score == 3


def test_what_a_students_odd_answer_makes_a_test_raise_is_held_against_them(
    tiny: TinyCourse, run_autograder: Run
) -> None:
    tiny.write_source(with_test("assert 1 / (10 - square(3)) == 1"))
    tiny.hand_in("odd", **{**RIGHT, "square": "def square(x):\n    return 10"})
    tiny.hand_in("text", **WRONG)
    code, out, _ = run_autograder("grade", "tiny")
    assert code == 0
    assert "at fault" not in out
    assert {verdict(tiny, student).of("tiny")["test-square-hidden"].status for student in ("odd", "text")} == {
        Status.error
    }


def test_the_solution_runs_once_and_again_when_the_assignment_has_changed(
    tiny: TinyCourse, run_autograder: Run
) -> None:
    kept = tiny.reports / "tiny" / "solution.json"
    tiny.hand_in("right", **RIGHT)
    run_autograder("grade", "tiny")
    assert not kept.exists()  # nobody lost a point, so there was nothing to try
    tiny.hand_in("wrong", **WRONG)
    run_autograder("grade", "tiny")
    first = kept.stat().st_mtime_ns
    assert {cell["status"] for cell in json.loads(kept.read_text())["cells"]} == {"passed"}
    tiny.hand_in("other", **{**WRONG, "double": "def double(x):\n    return 0"})
    run_autograder("grade", "tiny")
    assert kept.stat().st_mtime_ns == first
    tiny.write_source(with_test(FAULTS["wrong"]))
    run_autograder("grade", "tiny")
    assert kept.stat().st_mtime_ns > first
    assert verdict(tiny, "other").of("tiny")["test-square-hidden"].status is Status.test_fault


def test_a_solution_that_has_met_a_limit_of_time_is_tried_anew(tiny: TinyCourse, run_autograder: Run) -> None:
    kept = tiny.reports / "tiny" / "solution.json"
    tiny.write_source(with_test("assert square(3) == 9\nwhile square(3):\n    pass"))
    tiny.hand_in("right", **RIGHT)
    run_autograder("grade", "tiny", "--seconds", "1")
    assert verdict(tiny, "right").of("tiny")["test-square-hidden"].status is Status.test_fault
    first = kept.stat().st_mtime_ns
    tiny.hand_in("wrong", **WRONG)
    run_autograder("grade", "tiny", "--seconds", "1")
    assert kept.stat().st_mtime_ns > first
    wrong = verdict(tiny, "wrong").of("tiny")["test-square-hidden"]
    assert wrong.status is Status.failed, "a wrong answer is as wrong on a busy machine"


def test_one_notebook_on_trial_says_so_and_ends_with_code_1(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.write_source(with_test(FAULTS["wrong"]))
    path = tiny.hand_in("right", **RIGHT)
    code, out, err = run_autograder("try", str(path))
    assert code == 1
    assert "test fault" in out
    assert "test-square-hidden" in err
    assert "solution in source/ fails" in " ".join(err.split())


def test_stock_autograde_comes_to_the_same(tiny: TinyCourse, run_autograder: Run) -> None:
    from autograder.course.course import Course

    tiny.write_source(with_test(FAULTS["not Python"]))
    tiny.hand_in("wrong", **WRONG)
    assert run_autograder("grade", "tiny")[0] == 0
    ours = verdict(tiny, "wrong")
    (tiny.reports / "tiny" / "verdicts" / "wrong.json").unlink()
    done = Course(tiny.root).nbgrader().autograde("tiny", "wrong", force=True)
    assert done["success"], done
    assert verdict(tiny, "wrong").cells == ours.cells
    with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        assert book.find_submission("tiny", "wrong").score == 3


def test_the_class_report_names_the_tests_that_are_at_fault(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.write_source(with_test(FAULTS["a misspelt name"]))
    tiny.hand_in("right", **RIGHT)
    run_autograder("grade", "tiny")
    code, out, _ = run_autograder("report", "tiny")
    assert code == 0
    assert "test-square-hidden is at fault" in " ".join(out.split())
    assert "test-square-hidden is at fault" in (tiny.reports / "tiny" / "report.html").read_text()
