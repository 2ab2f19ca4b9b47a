"""A class of thirteen with all that a class report can show, graded once: for the tests of the report and its page."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
from assignment_cells import REPOSITORY, nbgrader_cell
from command import autograder
from nbgrader.api import Gradebook
from tiny_course import RIGHT, TinyCourse
from told_course import WRONG_DOUBLE, with_all
from told_course import hand_in as hand_in_all

HOSTILE = "</script><script>alert(1)</script>"
ROSTER = {
    "ada": ("Ada", "King"),
    "ben": (HOSTILE, "=HYPERLINK(1)"),
    "cem": ("", ""),
    "dora": ("Dora", "Ito"),
    "emil": ("Emil", "Noether"),
    "fay": ("Fay", "Quist"),
    "gita": ("Gita", "Rao"),
    "hugo": ("Hugo", "Late"),
    "ines": ("Ines", "Stopped"),
}
SAME = """def square({0}):
    # {1} wrote this
    {2} = 0
    for _ in range(abs({0})):
        {2} = {2} + abs({0})
    if {0} < 0:
        {2} = -{2}
    return {2} + 1"""
MISTAKEN = "def square(x):\n    return x + {}"
CHANGED = ("'wrong at 3'", "f'square(3) is {square(3)}, which is wrong'")


def reported_class(root: Path) -> TinyCourse:
    """Make the course, hand in, and grade."""
    root.mkdir()
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    tiny = with_all(TinyCourse(root))
    _with_number(tiny)
    _another_assignment(tiny)
    hand_in(tiny, "ada", **RIGHT)
    hand_in(tiny, "ben", double=WRONG_DOUBLE, square=MISTAKEN.format(5))
    hand_in(tiny, "cem", double=f"def double(x):\n    raise ValueError({HOSTILE!r})", square=MISTAKEN.format(7))
    hand_in(tiny, "dora", double=RIGHT["double"], square=SAME.format("x", "dora", "total"))
    hand_in(tiny, "emil", double=RIGHT["double"], square=SAME.format("n", "emil", "sum_of_all"))
    hand_in(tiny, "hugo", **RIGHT)
    hand_in(tiny, "ines", double="import nowhere_to_be_found\ndef double(x):\n    return 2 * x", square=RIGHT["square"])
    tiny.hand_in_bytes("gita", b"no notebook")
    path = tiny.submitted / "mia" / "tiny" / "tiny.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(nbformat.read(tiny.source / "other" / "other.ipynb", as_version=4), path)
    (tiny.submitted / "hugo" / "tiny" / "timestamp.txt").write_text("2026-02-03 00:00:00.000000 UTC")
    with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        for student, (first, last) in ROSTER.items():
            book.add_student(student, first_name=first, last_name=last)
    assert autograder(root, "grade", "tiny")[0] != 0, "two are refused"
    _by_hand(tiny)
    hand_in(tiny, "zoe", **RIGHT)
    assert autograder(root, "feedback", "tiny")[0] == 0
    return tiny


def hand_in(tiny: TinyCourse, student: str, **answers: str) -> None:
    """Hand in a notebook; Cem's has another test than it was given."""
    hand_in_all(tiny, student, **answers)
    path = tiny.submitted / student / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells if student != "cem" else ():
        cell.source = cell.source.replace(*CHANGED)
    nbformat.write(notebook, path)


def _with_number(tiny: TinyCourse) -> None:
    """Let a hidden test say a number of the student's own."""
    source = tiny.read_source("tiny")
    for cell in source.cells:
        cell.source = cell.source.replace(*CHANGED)
    tiny.write_source(source)


def _another_assignment(tiny: TinyCourse) -> None:
    """Give the course a second assignment."""
    cells = [
        nbgrader_cell(f"other-{number}", f"other_{number} = 1", solution=True, locked=False) for number in range(4)
    ]
    cells.append(nbgrader_cell("test-other", "assert other_1 == 1", grade=True, points=10))
    (tiny.source / "other").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tiny.source / "other" / "other.ipynb")


def _by_hand(tiny: TinyCourse) -> None:
    """Grade all essays but Ada's, and take points off Hugo for being late."""
    rule = ("2026-02-01T00:00", "--zone", "UTC", "--per-day", "1")
    assert autograder(tiny.root, "due", "tiny", *rule)[0] == 0
    with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        for submission in book.assignment_submissions("tiny"):
            student = submission.student.id
            grade = book.find_grade("essay", "tiny", "tiny", student)
            if student != "ada":
                grade.manual_score, grade.needs_manual_grade = 3.0, False
        book.find_comment("essay", "tiny", "tiny", "ben").manual_comment = f"well argued {HOSTILE}"
        book.db.commit()


def data_of(course: TinyCourse, stem: str = "report") -> dict:
    """Return what the JSON file of a report holds."""
    return json.loads((course.reports / "tiny" / f"{stem}.json").read_text())
