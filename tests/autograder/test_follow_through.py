"""What fails because of an earlier exercise has its points, and everybody who looks is told so."""

from __future__ import annotations

from collections.abc import Callable

import nbformat
import pytest
from assignment_cells import nbgrader_cell
from nbgrader.api import Gradebook
from tiny_course import RIGHT, TinyCourse, hidden, tiny_notebook

from autograder.course.course import CONFIG_NAME
from autograder.grading.verdict import Status, Verdict

Run = Callable[..., tuple[int, str, str]]
FOURFOLD = '''def fourfold(x):
    """Return 4 x."""
    ### BEGIN SOLUTION
    return double(double(x))
    ### END SOLUTION'''
RIGHT_FOURFOLD = "def fourfold(x):\n    return double(x) + double(x)"
WRONG_DOUBLE = "def double(x):\n    return x * x"
SAID = "Right in itself: this failed because of double, from an earlier exercise."


@pytest.fixture
def course(tiny: TinyCourse) -> TinyCourse:
    """Return the tiny course with a third exercise, which builds on the first: two tests of three points and one."""
    notebook = tiny_notebook()
    notebook.cells += [
        nbgrader_cell("fourfold", FOURFOLD, solution=True, locked=False),
        nbgrader_cell("test-fourfold-visible", "assert fourfold(3) == 12, 'seen'", grade=True, points=0),
        nbgrader_cell("test-fourfold", hidden("assert fourfold(3) == 12, 'wrong at 3'"), grade=True, points=3),
        nbgrader_cell("test-fourfold-more", hidden("assert fourfold(-3) == -12, 'wrong'"), grade=True, points=1),
    ]
    tiny.write_source(notebook)
    return tiny


def hand_in(course: TinyCourse, student: str, double: str, fourfold: str) -> None:
    """Hand in a notebook that has all three functions."""
    path = course.hand_in(student, double=double, square=RIGHT["square"])
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbgrader_cell("fourfold", fourfold, solution=True, locked=False))
    nbformat.write(notebook, path)


def share(course: TinyCourse, value: object) -> None:
    """Set what a test gives that only follows."""
    path = course.root / CONFIG_NAME
    lines = [line for line in path.read_text().splitlines() if "follow_through" not in line]
    path.write_text("\n".join([*lines, f"c.Autograder.follow_through = {value!r}", ""]))


def verdict(course: TinyCourse, student: str = "ada") -> Verdict:
    """Return what is recorded of a student."""
    return Verdict.from_json((course.reports / "tiny" / "verdicts" / f"{student}.json").read_text())


def test_a_mistake_costs_its_own_exercise_and_everybody_is_told(course: TinyCourse, run_autograder: Run) -> None:
    hand_in(course, "ada", WRONG_DOUBLE, RIGHT_FOURFOLD)
    hand_in(course, "bob", WRONG_DOUBLE, "def fourfold(x):\n    return double(x)")
    assert run_autograder("grade", "tiny")[0] == 0
    found = verdict(course).of("tiny")["test-fourfold"]
    assert (found.status, found.points, found.follows) == (Status.followed, 3, ("double",))
    assert found.message == SAID
    assert "wrong at 3" in found.detail
    seen = {student: verdict(course, student).of("tiny")["test-fourfold-visible"] for student in ("ada", "bob")}
    assert {student: cell.status for student, cell in seen.items()} == {"ada": Status.followed, "bob": Status.failed}
    assert (seen["ada"].message, seen["ada"].points, seen["bob"].message) == (SAID, 0, "seen")
    assert (verdict(course).score, verdict(course, "bob").score) == (7, 3)
    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        assert [book.find_submission("tiny", student).score for student in ("ada", "bob")] == [7, 3]
        assert book.find_comment("fourfold", "tiny", "tiny", "ada").comment == SAID
        assert book.find_comment("fourfold", "tiny", "tiny", "bob").comment is None
    assert run_autograder("feedback", "tiny")[0] == 0
    assert SAID in (course.feedback / "ada" / "tiny" / "tiny.html").read_text()
    code, out, _ = run_autograder("report", "tiny")
    assert code == 0
    table = [line.split() for line in out.replace("│", " ").splitlines() if line.split()[:1] == ["fourfold"]]
    assert table[0][-1] == "1", "Ada, who is right in herself"


@pytest.mark.parametrize(("value", "score"), [(0, 3), (0.5, 5), (1, 7)])
def test_the_course_says_what_a_test_gives_that_only_follows(
    course: TinyCourse, run_autograder: Run, value: float, score: float
) -> None:
    hand_in(course, "ada", WRONG_DOUBLE, RIGHT_FOURFOLD)
    share(course, value)
    assert run_autograder("grade", "tiny")[0] == 0
    found = verdict(course)
    assert found.score == score
    assert found.of("tiny")["test-fourfold"].status == (Status.followed if value else Status.failed)
    if value == 0.5:
        assert found.of("tiny")["test-fourfold"].message == f"{SAID} It gives 1.5 of its 3 points."
    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        assert book.find_submission("tiny", "ada").score == score


def test_another_share_grades_anew(course: TinyCourse, run_autograder: Run) -> None:
    hand_in(course, "ada", WRONG_DOUBLE, RIGHT_FOURFOLD)
    assert run_autograder("grade", "tiny")[0] == 0
    assert "1 unchanged" in run_autograder("grade", "tiny")[1]
    share(course, 0)
    run_autograder("grade", "tiny")
    assert verdict(course).score == 3


@pytest.mark.parametrize("value", [2, -0.5, "all", True, None])
def test_a_share_that_makes_no_sense_is_named(course: TinyCourse, run_autograder: Run, value: object) -> None:
    hand_in(course, "ada", WRONG_DOUBLE, RIGHT_FOURFOLD)
    share(course, value)
    code, _, err = run_autograder("grade", "tiny")
    assert code != 0
    assert "c.Autograder.follow_through" in err
    assert repr(value) in err
    assert not (course.reports / "tiny" / "verdicts").exists()


def test_an_edited_test_of_an_earlier_exercise_regrades_what_follows(course: TinyCourse, run_autograder: Run) -> None:
    hand_in(course, "ada", WRONG_DOUBLE, RIGHT_FOURFOLD)
    assert run_autograder("grade", "tiny")[0] == 0
    source = course.read_source("tiny")
    for cell in source.cells:  # the wrong function passes from now on, so it is no excuse any more
        cell.source = cell.source.replace("double(21) == 42", "double(2) == 4")
    course.write_source(source)
    assert run_autograder("grade", "tiny")[0] == 0
    assert {test: cell.points for test, cell in verdict(course).of("tiny").items() if cell.max_points} == {
        "test-double-hidden": 2,
        "test-square-hidden": 1,
        "test-square-negative": 2,
        "test-fourfold": 0,
        "test-fourfold-more": 0,
    }
    changed = (course.reports / "tiny" / "changes.csv").read_text()
    assert "double" in changed
    assert "fourfold" in changed


def test_what_is_still_as_handed_out_follows_from_nothing(course: TinyCourse, run_autograder: Run) -> None:
    course.hand_in("ada", double=WRONG_DOUBLE, square=RIGHT["square"])
    assert run_autograder("grade", "tiny")[0] == 0
    assert verdict(course).score == 3
    assert all(not cell.follows for cell in verdict(course).cells)


def test_one_notebook_on_trial_says_it_too(course: TinyCourse, run_autograder: Run) -> None:
    hand_in(course, "ada", WRONG_DOUBLE, RIGHT_FOURFOLD)
    _, out, _ = run_autograder("try", str(course.submitted / "ada" / "tiny" / "tiny.ipynb"), "tiny")
    assert "followed through" in out
    assert "Right in itself" in " ".join(out.split())
