"""What students and instructors read afterwards: feedback without hidden tests, a report that adds up."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable

import nbformat
from assignment_cells import nbgrader_cell
from tiny_course import RIGHT, TinyCourse, hidden, tiny_notebook

Run = Callable[..., tuple[int, str, str]]
CANARY = "canary7f3a"


def grade_two(course: TinyCourse, run: Run) -> None:
    """Grade a class whose hidden tests hold canaries."""
    notebook = tiny_notebook()
    notebook.cells[4].source = hidden(f"{CANARY} = 21  # {CANARY}\nassert double({CANARY}) == 42, 'your double is off'")
    course.write_source(notebook)
    course.hand_in("ada", **RIGHT)
    course.hand_in("bob", double="def double(x):\n    print('asked for', x)\n    return 3 * x", square=RIGHT["square"])
    assert run("grade", "tiny")[0] == 0


def test_feedback_shows_messages_and_no_hidden_test(tiny: TinyCourse, run_autograder: Run) -> None:
    grade_two(tiny, run_autograder)
    code, out, _ = run_autograder("feedback", "tiny")
    assert code == 0
    assert "2 pages" in out
    page = (tiny.feedback / "bob" / "tiny" / "tiny.html").read_text()
    assert "your double is off" in page
    assert "A released comment" in page
    assert "asked for" in page, "the answer itself is the student's to read"
    assert "asked for 21" not in page, "hidden input"
    for path in tiny.feedback.rglob("*"):
        if path.is_file():
            assert CANARY not in path.read_text(errors="replace")


def test_the_report_adds_up(tiny: TinyCourse, run_autograder: Run) -> None:
    grade_two(tiny, run_autograder)
    code, out, _ = run_autograder("report", "tiny")
    assert code == 0
    assert "1 of 2" in out
    folder = tiny.reports / "tiny"
    rows = list(csv.DictReader((folder / "report.csv").open()))
    assert [(row["student"], row["score"], row["double"], row["square"]) for row in rows] == [
        ("ada", "5.0", "2.0", "3.0"),
        ("bob", "3.0", "0.0", "3.0"),
    ]
    page = (folder / "report.html").read_text()
    assert "median 4 of 5 points" in page
    assert "double(2) is wrong" in page
    assert page.count("<script") == 1, "its own"
    assert not re.search(r"<(?:img|link|iframe|object)|(?:src|href)=.https?:|url\(.?http", page), "it asks for nothing"


def test_a_helper_cell_is_no_exercise(tiny: TinyCourse, run_autograder: Run) -> None:
    notebook = tiny_notebook()
    helpers = hidden(f"def _twice(x):\n    return 2 * x  # {CANARY}", "what hidden tests share")
    notebook.cells.insert(2, nbgrader_cell("test-helpers", helpers, grade=True, points=0))
    notebook.cells[5].source = hidden("assert double(21) == _twice(21), 'wrong at 21'")
    tiny.write_source(notebook)
    path = tiny.hand_in("ada", double="def _twice(x):\n    return 'mine'\ndef double(x):\n    return 2 * x")
    assert "test-helpers" not in path.read_text(), "deleted by the student"
    for words in ("grade", "feedback", "report"):
        code, out, _ = run_autograder(words, "tiny")
        assert code == 0
        assert "helpers" not in out
    page = (tiny.feedback / "ada" / "tiny" / "tiny.html").read_text()
    assert re.findall(r'class="what"><code>(\w+)</code></span> <span class="worth">(\d of \d)<', page) == [
        ("double", "2 of 2"),
        ("square", "0 of 3"),
    ]
    assert "what hidden tests share" not in page, "it tests nothing"
    assert CANARY not in page
    with (tiny.reports / "tiny" / "report.csv").open() as lines:
        assert next(csv.reader(lines))[-2:] == ["double", "square"]
    assert "helpers" not in json.dumps(json.loads((tiny.reports / "tiny" / "report.json").read_text())["exercises"])


def test_text_of_students_is_never_markup(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("eve", double="def double(x):\n    raise ValueError('<script>alert(1)</script>[bold]')")
    assert run_autograder("grade", "tiny")[0] == 0
    code, out, _ = run_autograder("report", "tiny")
    assert code == 0
    assert "[bold]" in out
    page = (tiny.reports / "tiny" / "report.html").read_text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_equal_submissions_get_equal_verdicts_from_one_and_two_workers(tiny: TinyCourse, run_autograder: Run) -> None:
    for student in ("ada", "bob", "cleo"):
        tiny.hand_in(student, **RIGHT)
    verdicts = []
    for workers in ("1", "2"):
        assert run_autograder("grade", "tiny", "--workers", workers, "--force")[0] == 0
        folder = tiny.reports / "tiny" / "verdicts"
        verdicts.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert verdicts[0] == verdicts[1]
    assert len(verdicts[0]) == 3
    assert json.loads(verdicts[0]["ada.json"])["score"] == 5


def test_autograded_notebooks_keep_the_outputs_for_the_formgrader(tiny: TinyCourse, run_autograder: Run) -> None:
    grade_two(tiny, run_autograder)
    notebook = nbformat.read(tiny.autograded / "bob" / "tiny" / "tiny.ipynb", as_version=4)
    test = next(
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "test-double-hidden"
    )
    assert test.outputs[-1].evalue == "your double is off"
    assert CANARY in test.source
