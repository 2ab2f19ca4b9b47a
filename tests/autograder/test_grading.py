"""A class graded through the command line: scores, bad submissions, resuming, what is written."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from collections.abc import Callable

import nbformat
import pytest
from graded_here import Quiet
from tiny_course import RIGHT, TinyCourse, tiny_notebook

from autograder.engine.items import Settings
from autograder.farm.inline import Inline
from autograder.farm.pool import Duty, Worker
from autograder.runs import errand
from autograder.runs.request import Request
from autograder.runs.start import grade

Run = Callable[..., tuple[int, str, str]]


def scores(course: TinyCourse) -> dict[str, float]:
    """Return every student's score as nbgrader's gradebook has it."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        return {submission.student.id: submission.score for submission in book.assignment_submissions("tiny")}


def test_a_class_is_graded_and_bad_submissions_are_named(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("ada", **RIGHT)
    tiny.hand_in("bob", double="def double(x):\n    return 3 * x", square=RIGHT["square"])
    tiny.hand_in("cleo", double=RIGHT["double"], square="def square(x):\n    return abs(x) * x")
    tiny.hand_in("dan")
    tiny.hand_in("ed", double="import tensorflow\ndef double(x):\n    return 2 * x", square=RIGHT["square"])
    tiny.hand_in_bytes("fay", b"")
    tiny.hand_in_bytes("gus", b"%PDF-1.7 not a notebook")
    tiny.hand_in_bytes("hal", b'{"some": "JSON"}')
    bare = tiny_notebook()
    for cell in bare.cells:
        cell.metadata = nbformat.NotebookNode()
    tiny.hand_in_bytes("ida", nbformat.writes(bare).encode())
    broken = json.loads(nbformat.writes(tiny_notebook()))
    del broken["metadata"], broken["cells"][0]["metadata"]
    tiny.hand_in_bytes("joe", json.dumps(broken).encode())
    (tiny.submitted / "kim" / "tiny").mkdir(parents=True)
    (tiny.submitted / "kim" / "tiny" / "mine.ipynb").write_text("{}")
    linked = tiny.hand_in("leo", **RIGHT)
    (linked.parent / "x.db").symlink_to(tiny.root / "gradebook.db")

    code, out, err = run_autograder("grade", "tiny")

    assert code == 3, err
    assert "5 could not be graded, 7 are graded" in err
    assert scores(tiny) == {"ada": 5, "bob": 3, "cleo": 3, "dan": 0, "ed": 3, "ida": 5, "joe": 5}
    problems = dict(
        line.removeprefix("not graded: ").split(": ", 1) for line in out.splitlines() if line.startswith("not graded:")
    )
    assert "is empty" in problems["fay"]
    assert "not JSON" in problems["gus"]
    assert "no list of cells" in problems["hal"]
    assert "mine.ipynb is JSON, but not a notebook" in problems["kim"]
    assert "is a link" in problems["leo"]
    assert not (tiny.autograded / "leo").exists()
    assert "Traceback" not in out + err

    code, out, _ = run_autograder("grade", "tiny", "--student", "ada", "--student", "bob")
    assert code == 0
    assert "2 unchanged" in out

    tiny.hand_in("bob", **RIGHT)
    code, out, _ = run_autograder("grade", "tiny", "--student", "ada", "--student", "bob")
    assert "1 unchanged" in out
    assert scores(tiny)["bob"] == 5


def test_verdicts_name_what_happened(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("bob", double="def double(x):\n    return 3 * x")
    tiny.hand_in("eve", double="def double(x):\n    raise ValueError('no idea')", square="def square(x): while")
    assert run_autograder("grade", "tiny")[0] == 0

    def cells(student: str) -> dict[str, tuple[str, str]]:
        verdict = json.loads((tiny.reports / "tiny" / "verdicts" / f"{student}.json").read_text())
        return {cell["test"]: (cell["status"], cell["message"]) for cell in verdict["cells"]}

    assert cells("bob")["test-double-hidden"] == ("failed", "wrong at 21")
    assert cells("bob")["test-square-hidden"][0] == "not attempted"
    assert cells("eve")["test-double-visible"] == (
        "error",
        "ValueError: no idea (line 2, in double: raise ValueError('no idea'))",
    )
    assert cells("eve")["test-square-hidden"][0] == "error"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("def double(x):\n    while True: pass", "timeout"),
        (
            "def double(x):\n    while True:\n        try:\n            while True: pass\n"
            "        except BaseException: pass",
            "timeout",
        ),
        ("def double(x):\n    import os\n    os._exit(0)", "error"),
        ("def double(x):\n    return bytearray(2**36)", "error"),
    ],
    ids=["endless loop", "swallows the interrupt", "kills the process", "takes all memory"],
)
def test_a_bad_cell_costs_its_exercise_only(tiny: TinyCourse, run_autograder: Run, answer: str, status: str) -> None:
    tiny.hand_in("bad", double=answer, square=RIGHT["square"])
    assert run_autograder("grade", "tiny", "--seconds", "3")[0] == 0
    assert scores(tiny) == {"bad": 3}
    verdict = json.loads((tiny.reports / "tiny" / "verdicts" / "bad.json").read_text())
    assert {cell["status"] for cell in verdict["cells"] if cell["exercise"] == "double"} == {status}


def test_warnings_prints_and_plots_cost_nothing(tiny: TinyCourse, run_autograder: Run) -> None:
    noisy = """import sys, warnings
def double(x):
    warnings.warn('careful')
    print('x', file=sys.stderr)
    return 2 * x"""
    tiny.hand_in("ann", double=noisy, square=RIGHT["square"])
    assert run_autograder("grade", "tiny")[0] == 0
    assert scores(tiny) == {"ann": 5}


def test_changed_tests_and_points_do_not_help(tiny: TinyCourse, run_autograder: Run) -> None:
    notebook = tiny_notebook()
    for cell in notebook.cells:
        role = cell.metadata.get("nbgrader", {})
        if role.get("grade"):
            cell.source, role["points"] = "pass", 100
        elif role.get("solution"):
            cell.source = f"{cell.id} = None"
    tiny.hand_in_bytes("mal", nbformat.writes(notebook).encode())
    assert run_autograder("grade", "tiny")[0] == 0
    assert scores(tiny) == {"mal": 0}


def test_a_run_says_what_was_irregular_and_which_test_nobody_passes(tiny: TinyCourse, run_autograder: Run) -> None:
    wrong_below = {**RIGHT, "square": "def square(x):\n    return x * abs(x)"}
    for student in ("ada", "bob", "cem"):
        path = tiny.hand_in(student, **wrong_below)
    path.write_text(path.read_text().replace("assert double(2) == 4", "assert True or 4"))
    code, out, _ = run_autograder("grade", "tiny")
    told = {line.split()[0]: line for line in out.splitlines() if line.startswith("  ")}
    assert code == 0
    assert "1 tampering" in told["cem"]
    assert "tampering" not in told["ada"]
    assert "autograder report" in out
    (about,) = [line for line in out.splitlines() if "nobody in this run has passed it" in line]
    assert about.startswith("test: test-square-negative")
    tiny.hand_in("dora", **RIGHT)
    assert "nobody in this run" not in run_autograder("grade", "tiny", "--force")[1]


@pytest.mark.parametrize(
    "metadata",
    ["text", {"grade_id": ["x"]}, {"grade_id": "double", "schema_version": 1}, {"grade_id": "double", "solution": "?"}],
)
def test_hostile_metadata_cost_their_own_student_only(tiny: TinyCourse, run_autograder: Run, metadata: object) -> None:
    tiny.hand_in("ada", **RIGHT)
    notebook = tiny_notebook()
    notebook.cells[2].metadata["nbgrader"] = metadata
    tiny.hand_in_bytes("mal", nbformat.writes(notebook).encode())
    code, out, err = run_autograder("grade", "tiny")
    assert code in (0, 3)
    assert "Traceback" not in out + err
    assert scores(tiny) == {"ada": 5, "mal": 5}, "the answers are right, and only the instructor's metadata count"


def test_extra_files_help_but_never_shadow(tiny: TinyCourse, run_autograder: Run) -> None:
    (tiny.source / "tiny" / "helper.py").write_text("FACTOR = 2\n")
    answer = "from helper import FACTOR\nfrom mine import add\ndef double(x):\n    return add(x, (FACTOR - 1) * x)"
    path = tiny.hand_in("amy", double=answer, square=RIGHT["square"])
    (path.parent / "mine.py").write_text("def add(a, b):\n    return a + b\n")
    (path.parent / "helper.py").write_text("FACTOR = 1\n")
    (path.parent / "helper.abi3.so").write_text("would win over helper.py\n")
    (path.parent / "helper").mkdir()
    (path.parent / "helper" / "__init__.py").write_text("FACTOR = 1\n")
    (path.parent / os.fsdecode(b"\xfcbung.txt")).write_text("a name in another encoding\n")
    (path.parent / "math.py").write_text("raise SystemExit\n")
    (path.parent / ".config").write_text("a file where Matplotlib wants a folder\n")
    startup = path.parent / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("raise SystemExit\n")
    assert run_autograder("grade", "tiny")[0] == 0
    assert scores(tiny) == {"amy": 5}


def test_a_locked_gradebook_is_one_sentence_and_loses_nothing(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("ada", **RIGHT)
    assert run_autograder("grade", "tiny")[0] == 0
    before = (tiny.autograded / "ada" / "tiny" / "tiny.ipynb").read_bytes()
    holder = sqlite3.connect(tiny.gradebook)
    holder.execute("BEGIN IMMEDIATE")
    code, _, err = run_autograder("grade", "tiny", "--force")
    holder.rollback()
    holder.close()
    assert code == 4
    assert err.count("\n") == 1
    assert "gradebook" in err
    assert "close the program" in err
    assert (tiny.autograded / "ada" / "tiny" / "tiny.ipynb").read_bytes() == before
    assert scores(tiny) == {"ada": 5}


def test_a_damaged_gradebook_is_one_sentence(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("ada", **RIGHT)
    tiny.gradebook.write_bytes(b"not a database at all, and long enough to be looked at" * 100)
    code, _, err = run_autograder("grade", "tiny")
    assert code == 4
    assert "is damaged" in err
    assert err.count("\n") == 1


def test_a_new_gradebook_is_filled_again(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("ada", **RIGHT)
    assert run_autograder("grade", "tiny")[0] == 0
    tiny.gradebook.rename(tiny.root / "old.db")
    assert "5/5" in run_autograder("grade", "tiny")[1]
    assert scores(tiny) == {"ada": 5}


def test_a_deleted_test_is_put_back_and_named(tiny: TinyCourse, run_autograder: Run) -> None:
    path = tiny.hand_in("bob", double=RIGHT["double"], square="def square(x):\n    return x * abs(x)")
    notebook = nbformat.read(path, as_version=4)
    del notebook.cells[-1]
    nbformat.write(notebook, path)
    assert "3/5" in run_autograder("grade", "tiny")[1]
    verdict = json.loads((tiny.reports / "tiny" / "verdicts" / "bob.json").read_text())
    assert any("test-square-negative" in oddity for oddity in verdict["oddities"])


def test_a_linked_student_folder_is_refused(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("ada", **RIGHT)
    (tiny.submitted / "bob").symlink_to(tiny.submitted / "ada")
    code, out, _ = run_autograder("grade", "tiny", "--student", "bob")
    assert code == 3
    assert "submitted/bob is a link" in out


def test_whatever_a_worker_says_costs_its_own_submission_only(tiny: TinyCourse) -> None:
    tiny.hand_in("ada", double="def double(x):\n    return x + len('bomb') * x // 4", square=RIGHT["square"])
    tiny.hand_in("bob", **RIGHT)

    def run(task: errand.Errand, worker: Worker) -> errand.Answer:
        if any("bomb" in cell.source for item, _ in task.items.values() for cell in item.cells):
            raise OSError(errno.ENOMEM, "Cannot allocate memory")
        return errand.run(task, worker)

    settings = Settings()
    duty = Duty(run, errand.duty(settings).prepare, errand.close)
    outcome = grade(tiny, Request("tiny", settings), Quiet(), Inline(duty))
    said = "ada could not be run (OSError: [Errno 12] Cannot allocate memory). The traceback is in "
    assert outcome.problems == {"ada": f"{said}{outcome.log}: send this file along when you ask for help."}
    assert "in run" in outcome.log.read_text(), "the traceback of the worker"
    assert [(line.student, line.score) for line in outcome.graded] == [("bob", 5)]
