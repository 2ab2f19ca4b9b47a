"""One test is edited: its exercise is graded again for everybody, nothing else moves, and the list says who and why."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from assignment_cells import nbgrader_cell
from engine_reports import BASIS, released_of
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook
from tiny_course import RIGHT, TinyCourse, hidden, tiny_notebook

from autograder.course.assignment import read_assignment
from autograder.course.names import needed_names
from autograder.engine.items import Settings
from autograder.grading.basis import Dependencies
from autograder.grading.verdict import Basis, Verdict, exercise_points
from autograder.intake.submission import read_submission
from autograder.records.changes import Change, ChangeList, Recorded, changes_path, is_current, stale

Run = Callable[..., tuple[int, str, str]]
AT_RANDOM = "import os\ndef double(x):\n    return 2 * x if os.urandom(1)[0] < 128 else 0"
ONLY_ABOVE = "def square(x):\n    return x * abs(x)"


def edited(old: str, new: str, notebook: NotebookNode | None = None) -> NotebookNode:
    """Return the tiny assignment with another text in one cell."""
    notebook = notebook or tiny_notebook()
    (cell,) = [cell for cell in notebook.cells if old in cell.source]
    cell.source = cell.source.replace(old, new)
    return notebook


def verdicts(course: TinyCourse) -> dict[str, str]:
    """Return every verdict as it is written."""
    return {path.stem: path.read_text() for path in sorted(course.reports.glob("tiny/verdicts/*.json"))}


def listed(course: TinyCourse) -> list[list[str]]:
    """Return what changed, but for the time."""
    path = changes_path(course, "tiny")
    if not path.exists():
        return []
    with path.open(newline="") as lines:
        head, *rows = csv.reader(lines)
    assert head == ["time", "student", "exercise", "before", "after", "why"]
    for row in rows:
        assert datetime.fromisoformat(row[0]).tzinfo is not None
    return [row[1:] for row in rows]


def test_one_edited_test_regrades_one_exercise(tiny: TinyCourse, run_autograder: Run) -> None:
    lucky = [f"lucky{number}" for number in range(6)]  # each run comes to something else
    tiny.hand_in("ada", **RIGHT)
    tiny.hand_in("bob", double=RIGHT["double"], square=ONLY_ABOVE)
    tiny.hand_in("eve", double=RIGHT["double"], square="def square(x):\n    print('seen')\n    return 9")
    for student in lucky:
        tiny.hand_in(student, double=AT_RANDOM, square=RIGHT["square"])
    assert run_autograder("grade", "tiny")[0] == 0
    before = verdicts(tiny)
    seen = nbformat.read(tiny.autograded / "eve" / "tiny" / "tiny.ipynb", as_version=4)
    with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        grade = book.find_grade("test-double-hidden", "tiny", "tiny", "ada")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 1.5, 0.5, False
        book.find_comment("square", "tiny", "tiny", "ada").manual_comment = "nice"
        book.db.commit()

    tiny.write_source(edited("square(-3) == 9, 'wrong below 0'", "square(-4) == 16, 'wrong at -4'"))
    code, out, _ = run_autograder("grade", "tiny")
    assert code == 0
    assert listed(tiny) == [["eve", "square", "3", "1", "test edited"]]
    assert "eve" in out.split("scores that have changed")[1]
    assert "changes.csv" in out
    after = verdicts(tiny)
    for student, text in before.items():
        old, new = (Verdict.from_json(words) for words in (text, after[student]))
        assert [c for c in old.cells if c.exercise == "double"] == [c for c in new.cells if c.exercise == "double"]
    assert "wrong at -4" in after["bob"]
    with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        grade = book.find_grade("test-double-hidden", "tiny", "tiny", "ada")
        assert (grade.manual_score, grade.extra_credit, grade.needs_manual_grade) == (1.5, 0.5, False)
        assert book.find_comment("square", "tiny", "tiny", "ada").manual_comment == "nice"
        for student in lucky:
            points = exercise_points(after[student])
            assert book.find_grade("test-double-hidden", "tiny", "tiny", student).auto_score == points["double"]
    now = nbformat.read(tiny.autograded / "eve" / "tiny" / "tiny.ipynb", as_version=4)
    nbformat.validate(now)
    outputs = [{cell.id: cell.outputs for cell in found.cells if cell.cell_type == "code"} for found in (seen, now)]
    assert "'seen\\n" in repr(outputs[1]["test-square-hidden"])
    assert "wrong at -4" in repr(outputs[1].pop("test-square-negative"))
    outputs[0].pop("test-square-negative")
    assert outputs[0] == outputs[1]

    assert "9 unchanged" in run_autograder("grade", "tiny")[1]
    code, out, _ = run_autograder(
        "grade", "tiny", "--force", *(w for s in ("ada", "bob", "eve") for w in ("--student", s))
    )
    assert "unchanged" not in out
    assert {student: verdicts(tiny)[student] for student in ("ada", "bob", "eve")} == {
        student: after[student] for student in ("ada", "bob", "eve")
    }, "what was graded in two parts is what one run comes to"
    assert len(listed(tiny)) == 1


def test_reasons_other_than_a_test(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("ada", **RIGHT)
    tiny.hand_in("bob", double="def double(x):\n    return 2 * x + (x == 5)", square=RIGHT["square"])
    assert run_autograder("grade", "tiny")[0] == 0
    assert listed(tiny) == []
    tiny.hand_in("ada", double="def double(x): return 0", square=RIGHT["square"])
    assert run_autograder("grade", "tiny")[0] == 0
    tiny.write_source(
        edited("'wrong at 21'", "'wrong at 21'\nassert double(5) == 10", edited("import math", "import math, os"))
    )
    assert run_autograder("grade", "tiny")[0] == 0
    assert listed(tiny) == [
        ["ada", "double", "2", "0", "submission changed"],
        ["bob", "double", "2", "0", "assignment changed, test edited"],
    ]


def test_points_may_change_and_cells_may_not(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("ada", double=AT_RANDOM, square=RIGHT["square"])
    assert run_autograder("grade", "tiny")[0] == 0
    double = exercise_points(verdicts(tiny)["ada"])["double"]
    notebook = tiny_notebook()
    notebook.cells[-1].metadata.nbgrader["points"] = 7
    tiny.write_source(notebook)
    assert run_autograder("grade", "tiny")[0] == 0
    assert listed(tiny) == [["ada", "square", "3", "8", "test edited"]]
    with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        assert book.find_assignment("tiny").max_score == 10
        assert book.find_submission("tiny", "ada").score == 8 + double
    notebook.cells.append(nbgrader_cell("test-square-more", hidden("assert square(0) == 0"), grade=True, points=1))
    tiny.write_source(notebook)
    code, _, err = run_autograder("grade", "tiny")
    assert code == 1
    assert "no cell come or go (new: test-square-more)" in err
    assert "test cell that is there already" in err
    assert err.count("\n") == 1


def test_late_penalties_and_written_answers_stay(tiny: TinyCourse, run_autograder: Run) -> None:
    notebook = tiny_notebook()
    role = {"schema_version": 3, "grade": True, "solution": True, "locked": False, "task": False, "points": 3}
    notebook.cells.append(new_markdown_cell("so", id="why", metadata={"nbgrader": {**role, "grade_id": "why"}}))
    tiny.write_source(notebook)
    answers = nbformat.from_dict(notebook)
    for cell in answers.cells:
        known = {**RIGHT, "square": "def square(x):\n    return x * x + (x == -7)", "why": "since it is so"}
        cell.source = known.get(cell.id, cell.source)
    path = tiny.hand_in_bytes("ada", nbformat.writes(answers).encode())
    (path.parent / "timestamp.txt").write_text("2030-01-01 14:00 UTC")
    (tiny.root / "late.py").write_text(
        "from nbgrader.plugins import BasePlugin\nclass Half(BasePlugin):\n"
        "    def late_submission_penalty(self, student_id, score, seconds):\n        return score / 2\n"
    )
    config = tiny.root / "nbgrader_config.py"
    config.write_text(
        "import sys\nfrom pathlib import Path\nsys.path.insert(0, str(Path.cwd()))\n"
        f"{config.read_text()}\nc.AssignLatePenalties.plugin_class = 'late.Half'\n"
    )
    assert run_autograder("grade", "tiny")[0] == 0
    with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        book.update_or_create_assignment("tiny", duedate=datetime(2030, 1, 1, 12))
        grade = book.find_grade("why", "tiny", "tiny", "ada")
        grade.manual_score, grade.needs_manual_grade = 3.0, False
        book.db.commit()
    tiny.write_source(edited("'wrong below 0'", "'wrong below 0'\nassert square(-7) == 49", notebook))
    assert run_autograder("grade", "tiny")[0] == 0
    with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        grade = book.find_grade("why", "tiny", "tiny", "ada")
        assert (grade.manual_score, grade.needs_manual_grade) == (3.0, False), "nobody has to read the answer again"
        assert book.find_submission("tiny", "ada").late_submission_penalty == (2 + 1 + 3) / 2


def test_a_notebook_without_an_edited_test_is_not_run(tiny: TinyCourse, run_autograder: Run) -> None:
    path = tiny.hand_in("ada", double=f"{AT_RANDOM}\nprint(os.urandom(8))", square=RIGHT["square"])
    for folder in (tiny.source / "tiny", path.parent):
        (folder / "other.ipynb").write_bytes((folder / "tiny.ipynb").read_bytes())
    assert run_autograder("grade", "tiny")[0] == 0
    kept, other = (tiny.autograded / "ada" / "tiny" / f"{name}.ipynb" for name in ("tiny", "other"))
    before = kept.read_bytes(), other.read_bytes()
    nbformat.write(edited("'wrong at 3'", "'no'"), tiny.source / "tiny" / "other.ipynb")
    assert run_autograder("grade", "tiny")[0] == 0
    assert kept.read_bytes() == before[0]
    assert other.read_bytes() != before[1], "what a student's cell prints at random is printed anew"
    kept.write_text("nothing that could be kept")
    nbformat.write(edited("'wrong at 3'", "'not at all'"), tiny.source / "tiny" / "other.ipynb")
    assert run_autograder("grade", "tiny")[0] == 0
    assert kept.read_bytes()[:1] == b"{", "then all of it is graded"


# What depends on what, without a run.


@pytest.fixture
def basis_of(tiny: TinyCourse) -> Callable[[NotebookNode], tuple[Dependencies, Basis]]:
    """Return a function that says what a verdict depends on if the assignment is this notebook."""
    tiny.hand_in("ada", **RIGHT)
    submission = read_submission(tiny, "tiny", "ada")

    def find(notebook: NotebookNode) -> tuple[Dependencies, Basis]:
        tiny.write_source(notebook)
        assignment = read_assignment(tiny, "tiny", {"tiny": released_of(notebook)})
        dependencies = Dependencies(assignment, Settings())
        return dependencies, dependencies.basis(submission)

    return find


def differing(before: Basis, after: Basis) -> set[str]:
    """Return the names of the parts that differ."""
    return {
        name
        for old, new in ((before.shared, after.shared), (before.tests, after.tests))
        for name in old.keys() | new.keys()
        if old.get(name) != new.get(name)
    }


def test_a_digest_for_each_exercise(basis_of: Callable[[NotebookNode], tuple[Dependencies, Basis]]) -> None:
    work, before = basis_of(tiny_notebook())
    own = {"test-square-hidden", "test-square-negative"}
    assert work.tests_for({"square"}) == {"tiny": {"test-double-hidden", *own}}  # it may follow from that one
    for old, new, expected in (
        ("'wrong at 21'", "'no'", {"double", "square"}),
        ("'wrong at 3'", "'no'", {"square"}),
        ("double(2) is wrong", "no", {"double"}),
        ("# Tiny", "# Tinier", {"assignment"}),
        ("import math", "import os", {"assignment"}),
        ("return x * x", "return x ** 2", {"assignment"}),
        ("assert double(2)", "two = 2; assert double(2)", {"assignment", "double"}),  # a name for the student's cells
    ):
        assert differing(before, basis_of(edited(old, new))[1]) == expected, new
    notebook = tiny_notebook()
    notebook.cells.insert(4, nbgrader_cell("test-double-0", hidden("assert double(0) == 0"), grade=True, points=1))
    assert differing(before, basis_of(notebook)[1]) == {"double", "square"}
    notebook = tiny_notebook()
    notebook.cells[4].metadata.nbgrader["points"] = 3
    assert differing(before, basis_of(notebook)[1]) == {"double", "square"}


def test_an_exercise_needs_the_tests_that_its_tests_build_upon(
    basis_of: Callable[[NotebookNode], tuple[Dependencies, Basis]],
) -> None:
    def notebook(helper: str) -> NotebookNode:
        made = edited("assert double(21) == 42", f"def near(a, b): return {helper}\nassert double(21) == 42")
        return edited("assert square(3) == 9", "assert near(square(3), 9)", made)

    work, before = basis_of(notebook("a == b"))
    assert work.tests_for({"square"})["tiny"] == {"test-double-hidden", "test-square-hidden", "test-square-negative"}
    assert work.tests_for({"double"})["tiny"] == {"test-double-visible", "test-double-hidden"}
    assert differing(before, basis_of(notebook("abs(a - b) < 1"))[1]) == {"double", "square"}


def test_an_edited_helper_cell_is_an_edit_of_the_tests_that_use_it(
    basis_of: Callable[[NotebookNode], tuple[Dependencies, Basis]],
) -> None:
    def notebook(body: str) -> NotebookNode:
        helpers = hidden(f"def _near(a, b): return {body}\ndef _close(a, b): return _near(a, b)")
        made = edited("assert square(3) == 9", "assert _close(square(3), 9)")
        made.cells.insert(2, nbgrader_cell("test-helpers", helpers, grade=True, points=0))
        return made

    work, before = basis_of(notebook("a == b"))
    assert before.tests.keys() == {"double", "square"}
    own = {"test-square-hidden", "test-square-negative"}
    assert work.tests_for({"square"})["tiny"] == {"test-helpers", "test-double-hidden", *own}
    assert work.tests_for({"double"})["tiny"] == {"test-double-visible", "test-double-hidden"}
    assert differing(before, basis_of(notebook("abs(a - b) < 1"))[1]) == {"square"}


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        ("x = f(1)\nassert x == y", {"f", "y"}),
        ("x = x + 1", {"x"}),
        ("x += 1", {"x"}),
        ("x = 1\nx += 1", set()),
        ("for i in a:\n    b = i\nb", {"a"}),
        ("[i + k for i in a]", {"a", "k"}),
        ("def f(n, m=d):\n    t = n\n    return f(t) + g", {"d", "g"}),
        ("with p as q:\n    q", {"p"}),
        ("%timeit z", {"get_ipython"}),
        ("this is no Python", set()),
    ],
)
def test_names_that_a_cell_needs(source: str, needed: set[str]) -> None:
    assert needed_names(source) == needed


def test_what_is_stale() -> None:
    verdict = Verdict("tiny", "ada", "vendored", BASIS, (), {})
    recorded = Recorded({}, BASIS, verdict, frozenset(BASIS.tests))
    everything = {"double", "square"}
    assert is_current(recorded, BASIS)
    assert stale(Recorded({}), BASIS) == everything
    assert stale(recorded, Basis(BASIS.shared, {**BASIS.tests, "square": "new"})) == {"square"}
    assert stale(recorded, Basis({"submission": "new"}, BASIS.tests)) == everything
    assert stale(recorded, Basis(BASIS.shared, {"double": "1"})) == {"double"}, "the verdict says too much"
    restored = Recorded({}, BASIS, verdict, frozenset({"double"}))
    assert stale(restored, BASIS) == {"square"}
    assert not is_current(restored, BASIS)
    nothing = Basis(BASIS.shared, {})
    assert is_current(Recorded({}, nothing, Verdict("t", "a", "v", nothing, (), {})), nothing)
    assert not is_current(Recorded({}), nothing)
    assert not is_current(recorded, nothing)


def test_the_list_only_grows_and_says_nothing_twice(tiny: TinyCourse) -> None:
    down, up = Change("=ada, jr", "double", 2, 0.5, "test edited"), Change("=ada, jr", "double", 0.5, 2, "test edited")
    path = changes_path(tiny, "tiny")
    ChangeList(tiny, "tiny").add([])
    assert not path.exists()
    ChangeList(tiny, "tiny").add([down])
    with path.open("a") as file:
        file.write("2030-01-01T12:00:00+00:00,bob,doub")  # a run was killed here
    again = ChangeList(tiny, "tiny")
    again.add([down])
    assert "bob" in path.read_text(), "nothing is written where nothing is new"
    again.add([up])
    ChangeList(tiny, "tiny").add([down, down])
    assert listed(tiny) == [
        ["'=ada, jr", "double", "2", "0.5", "test edited"],
        ["'=ada, jr", "double", "0.5", "2", "test edited"],
        ["'=ada, jr", "double", "2", "0.5", "test edited"],
    ]


def test_measurements_of_what_was_not_run_stay(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("ada", **RIGHT)
    assert run_autograder("grade", "tiny")[0] == 0
    path: Path = tiny.reports / "tiny" / "times" / "ada.json"
    told = json.loads(path.read_text())
    for cell in told["cells"]:
        cell["cpu"] = 100.0
    path.write_text(json.dumps(told))
    tiny.write_source(edited("'wrong at 3'", "'no'"))
    assert run_autograder("grade", "tiny")[0] == 0
    now = {cell["cell"]: cell["cpu"] for cell in json.loads(path.read_text())["cells"]}
    assert {name for name, cpu in now.items() if cpu == 100.0} == {"test-double-visible"}
