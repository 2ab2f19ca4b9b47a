"""Edits of given cells: put back, named kindly, and not taken for tampering; the student's page says it too."""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections.abc import Callable
from functools import partial

import nbformat
import pytest
from assignment_cells import nbgrader_cell
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.utils import compute_checksum
from tiny_course import RIGHT, TinyCourse, hidden, tiny_notebook

from autograder.course.assignment import Assignment, read_assignment
from autograder.course.release import release
from autograder.course.releases import registered_folder, released_cells
from autograder.intake.align import Aligned, align
from autograder.intake.submission import read_submission

Run = Callable[..., tuple[int, str, str]]
GIVEN = "import math\nEPOCHS = 20\ndef twice(x):\n    return 2 * x\nprint(EPOCHS)"
TWICE = "def given(x):\n    return 2 * x"


def large_notebook() -> NotebookNode:
    """Return the tiny assignment with a given function, a written answer and a locked text."""
    notebook = tiny_notebook()
    notebook.cells[1].source = GIVEN
    notebook.cells.insert(2, nbgrader_cell("given-function", TWICE.replace("given", "halve")))
    locked = {"grade": False, "solution": False, "locked": True, "schema_version": 3, "task": False}
    text = {"nbgrader": {**locked, "grade_id": "text"}}
    notebook.cells.append(new_markdown_cell("Read this.", id="text", metadata=text))
    written = {"nbgrader": {**locked, "grade_id": "why", "grade": True, "solution": True, "locked": False, "points": 2}}
    notebook.cells.append(new_markdown_cell("YOUR ANSWER HERE", id="why", metadata=written))
    return notebook


def assigned(tiny: TinyCourse, notebook: NotebookNode) -> Assignment:
    """Release a notebook; return the assignment as it is released."""
    tiny.write_source(notebook)
    released = nbformat.read(release(tiny, "tiny") / "tiny.ipynb", as_version=4)
    return read_assignment(tiny, "tiny", {"tiny": released}, releases=released_cells(tiny, "tiny"))


def answered(assignment: Assignment, **texts: str) -> NotebookNode:
    """Return what a student hands in: right answers, and other texts in some cells (`_` stands for `-`)."""
    notebook = copy.deepcopy(assignment.released["tiny"])
    texts = {name.replace("_", "-"): text for name, text in texts.items()}
    for cell in notebook.cells:
        cell.source = {**RIGHT, "why": "Since.", **texts}.get(cell.id, cell.source)
    return notebook


def found_in(tiny: TinyCourse, assignment: Assignment, notebook: NotebookNode) -> Aligned:
    """Lay a submission beside the assignment."""
    tiny.hand_in_bytes("ada", nbformat.writes(notebook).encode())
    return align(assignment, read_submission(tiny, "tiny", "ada"), 60)


EDITS = {
    "a constant": (
        {"given": GIVEN.replace("20", "5")},
        "EPOCHS in the locked cell given was changed; it was graded as handed out",
    ),
    "an import": (
        {"given": f"import os\n{GIVEN}"},
        "os in the locked cell given was changed; it was graded as handed out",
    ),
    "a function": (
        {"given": GIVEN.replace("2 * x", "x + x")},
        "twice in the locked cell given was changed; it was graded as handed out",
    ),
    "several": (
        {"given": "a = b = c = d = 1"},
        "EPOCHS, a, b, ... in the locked cell given were changed; they were graded as handed out",
    ),
    "a line that binds nothing": (
        {"given": f"{GIVEN}\nprint(1)"},
        "the locked cell given was changed; it was graded as handed out",
    ),
    "what is not Python": (
        {"given": "?!"},
        "EPOCHS, math, twice in the locked cell given were changed; they were graded as handed out",
    ),
    "a text": ({"text": "I have read this."}, "the locked cell text was changed; it was put back"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_of_a_given_cell_is_an_oddity(tiny: TinyCourse, edit: str) -> None:
    texts, sentence = EDITS[edit]
    assignment = assigned(tiny, large_notebook())
    found = found_in(tiny, assignment, answered(assignment, **texts))
    assert (found.oddities, found.tampering) == ((sentence,), ())
    whole = found_in(tiny, assignment, answered(assignment))
    assert (whole.oddities, whole.tampering) == ((), ())
    assert found.items == whole.items


def test_a_given_function_is_called_by_its_name(tiny: TinyCourse) -> None:
    notebook = large_notebook()
    notebook.cells[2].source, notebook.cells[2].metadata.nbgrader.grade_id = TWICE.replace("given", "halve"), "halve"
    assignment = assigned(tiny, notebook)
    theirs = answered(assignment)
    theirs.cells[2].source = "def halve(x):\n    return x / 2"
    assert found_in(tiny, assignment, theirs).oddities == ("halve was changed; it was graded as handed out",)


def test_an_edit_of_a_test_stays_what_it_is(tiny: TinyCourse) -> None:
    assignment = assigned(tiny, large_notebook())
    theirs = answered(assignment, test_double_visible="pass")
    found = found_in(tiny, assignment, theirs)
    assert (found.oddities, found.tampering) == ((), ("the text of the test cell test-double-visible was changed",))
    theirs = answered(assignment)
    theirs.cells[4].metadata.nbgrader.points = 50
    assert found_in(tiny, assignment, theirs).tampering == (
        "the points of the test cell test-double-visible were changed",
    )


def later(change: Callable[[NotebookNode], None]) -> NotebookNode:
    """Return the notebook after an edit of the instructor's."""
    notebook = large_notebook()
    change(notebook)
    return notebook


def _cell(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if cell.id == name)


LATER = {
    "the text of a visible test": (
        lambda nb: _cell(nb, "test-double-visible").update(source="assert double(3) == 6, 'double(3) is wrong'"),
        "the text of the test cell test-double-visible is that of an earlier release; today's is used",
    ),
    "the comment of a hidden test": (
        lambda nb: _cell(nb, "test-double-hidden").update(source=hidden("assert double(1) == 2", "another comment")),
        "the text of the test cell test-double-hidden is that of an earlier release; today's is used",
    ),
    "the points of a test": (
        lambda nb: _cell(nb, "test-double-hidden").metadata.nbgrader.update(points=7),
        "the points of the test cell test-double-hidden are those of an earlier release; today's count",
    ),
    "the points of a written answer": (
        lambda nb: _cell(nb, "why").metadata.nbgrader.update(points=7),
        "the points of the answer cell why are those of an earlier release; today's count",
    ),
    "a given cell": (
        lambda nb: _cell(nb, "given").update(source="import math"),
        "the text of the locked cell given is that of an earlier release; today's is used",
    ),
}


@pytest.mark.parametrize("edit", LATER)
def test_a_later_edit_of_the_instructor_is_not_the_students(tiny: TinyCourse, edit: str) -> None:
    change, sentence = LATER[edit]
    theirs = answered(assigned(tiny, large_notebook()))
    found = found_in(tiny, assigned(tiny, later(change)), theirs)
    assert (found.oddities, found.tampering) == ((sentence,), ())


def test_an_edit_of_a_test_before_a_later_release_is_still_named(tiny: TinyCourse) -> None:
    theirs = answered(assigned(tiny, large_notebook()), test_double_visible="pass")
    found = found_in(tiny, assigned(tiny, later(LATER["the text of a visible test"][0])), theirs)
    assert found.tampering == ("the text of the test cell test-double-visible was changed",)


def forged(theirs: NotebookNode, name: str, text: str | None = None, points: float | None = None) -> NotebookNode:
    """Return a notebook in which a cell was changed and given a checksum that fits."""
    cell = _cell(theirs, name)
    if text is not None:
        cell.source = text
    if points is not None:
        cell.metadata.nbgrader.points = points
    cell.metadata.nbgrader.checksum = compute_checksum(cell)
    return theirs


def test_a_forged_checksum_excuses_nobody(tiny: TinyCourse) -> None:
    assignment = assigned(tiny, large_notebook())
    theirs = forged(answered(assignment), "test-double-visible", "assert True")
    forged(theirs, "test-double-hidden", points=50)
    expected = (
        "the text of the test cell test-double-visible was changed",
        "the points of the test cell test-double-hidden were changed",
    )
    assert found_in(tiny, assignment, theirs).tampering == expected
    later_one = assigned(tiny, later(LATER["a given cell"][0]))
    assert found_in(tiny, later_one, theirs).tampering == expected


def test_where_a_release_may_be_missing_nobody_is_accused(tiny: TinyCourse) -> None:
    """The course was used before releases were kept: a right checksum may be that of such a release."""
    theirs = forged(answered(assigned(tiny, large_notebook())), "test-double-visible", "assert double(1) == 2")
    registered_folder(tiny, "tiny").mkdir(parents=True)
    shutil.rmtree(tiny.reports)
    found = found_in(tiny, assigned(tiny, large_notebook()), theirs)
    assert found.tampering == ()
    assert found.oddities == (
        "the text of the test cell test-double-visible may be that of a release that is not kept here; today's is used",
    )
    theirs = answered(assigned(tiny, large_notebook()), test_double_visible="pass")
    assert found_in(tiny, assigned(tiny, large_notebook()), theirs).tampering != (), "its checksum is wrong"


def test_several_releases_and_cells_without_their_metadata(tiny: TinyCourse) -> None:
    """Colab takes metadata and ids; what is left is the text of the first of three releases."""
    texts = [f"assert double({number}) == {2 * number}, 'double({number}) is wrong'" for number in (2, 300, 40_000)]

    def version(text: str) -> NotebookNode:
        return later(lambda nb: _cell(nb, "test-double-visible").update(source=text))

    first, second, third = (assigned(tiny, version(text)) for text in texts)
    sentence = "the text of the test cell test-double-visible is that of an earlier release; today's is used"
    for earlier in (first, second):
        assert found_in(tiny, third, answered(earlier)).oddities == (sentence,)
        stripped = answered(earlier)
        for cell in stripped.cells:
            cell.metadata, cell.id = NotebookNode(), f"colab-{cell.id}"
        found = found_in(tiny, third, stripped)
        assert sentence in found.oddities
        assert found.tampering == ()
        assert not any("deleted" in oddity for oddity in found.oddities)
    both = answered(third)
    both.cells.insert(5, copy.deepcopy(_cell(answered(first), "test-double-visible")))
    both.cells[5].id = "twice"
    found = found_in(tiny, third, both)
    assert found.tampering == ()
    assert found.oddities == ("the cell test-double-visible is there more than once; the first one counts",)


def test_a_renamed_test_is_not_the_students_doing(tiny: TinyCourse) -> None:
    theirs = answered(assigned(tiny, large_notebook()))

    def rename(notebook: NotebookNode) -> None:
        cell = _cell(notebook, "test-double-visible")
        cell.metadata.nbgrader.grade_id = "test-double-seen"
        cell.source = "assert double(2) == 4, 'two and two'"

    found = found_in(tiny, assigned(tiny, later(rename)), theirs)
    assert found.tampering == ()
    assert "cell 5 is called 'test-double-visible', as in an earlier release" in found.oddities
    assert "the text of the test cell test-double-seen is that of an earlier release; today's is used" in found.oddities


def test_hidden_lines_may_be_edited_at_any_time(tiny: TinyCourse) -> None:
    theirs = answered(assigned(tiny, large_notebook()))
    edit = later(lambda nb: _cell(nb, "test-double-hidden").update(source=hidden("assert double(8) == 16")))
    found = found_in(tiny, assigned(tiny, edit), theirs)
    assert (found.oddities, found.tampering) == ((), ())


def test_every_door_that_releases_keeps_what_it_releases(tiny: TinyCourse, run_autograder: Run) -> None:
    from command import run

    notebooks = []
    for text, release_it in (
        ("assert double(2) == 4, 'one'", partial(run, tiny.root, "nbgrader", "generate_assignment", "tiny")),
        ("assert double(3) == 6, 'two'", partial(run_autograder, "release", "tiny", "--no-vet")),
        ("assert double(4) == 8, 'three'", partial(run_autograder, "release", "tiny", "--no-vet")),
    ):
        tiny.write_source(later(lambda nb, text=text: _cell(nb, "test-double-visible").update(source=text)))
        code, _, err = release_it()
        assert code == 0, err
        notebooks.append(nbformat.read(tiny.release / "tiny" / "tiny.ipynb", as_version=4))
    shutil.rmtree(tiny.root / "_build")  # as `make clean` does
    tiny.write_source(large_notebook())
    for number, notebook in enumerate(notebooks):
        for cell in notebook.cells:
            cell.source = RIGHT.get(cell.id, cell.source)
        path = tiny.hand_in_bytes(f"student{number}", nbformat.writes(notebook).encode())
    forged(notebook, "test-double-visible", "assert True")
    tiny.hand_in_bytes("mallory", nbformat.writes(notebook).encode())
    assert "tampering" not in run_autograder("try", str(path))[1]
    assert run_autograder("grade", "tiny")[0] == 0
    for student, tampering in {
        **{f"student{number}": [] for number in range(3)},
        "mallory": ["the text of the test cell test-double-visible was changed"],
    }.items():
        verdict = json.loads((tiny.reports / "tiny" / "verdicts" / f"{student}.json").read_text())
        assert verdict["tampering"] == tampering, student
        assert tampering or any("earlier release" in oddity for oddity in verdict["oddities"])


def test_the_student_reads_of_it_everywhere(tiny: TinyCourse, run_autograder: Run) -> None:
    assignment = assigned(tiny, large_notebook())
    path = tiny.hand_in_bytes("ada", nbformat.writes(answered(assignment, given="EPOCHS = '<b>'")).encode())
    sentence = "EPOCHS, math, twice in the locked cell given were changed; they were graded as handed out"
    assert f"oddity: {sentence}" in " ".join(run_autograder("try", str(path))[1].split())
    assert run_autograder("grade", "tiny")[0] == run_autograder("feedback", "tiny")[0] == 0
    verdict = json.loads((tiny.reports / "tiny" / "verdicts" / "ada.json").read_text())
    assert (verdict["oddities"], verdict["tampering"]) == ([sentence], [])
    page = (tiny.feedback / "ada" / "tiny" / "tiny.html").read_text()
    assert f"<li>{sentence}.</li>" in page


def test_a_notebook_that_is_as_it_should_be_says_nothing(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("ada", **RIGHT)
    assert run_autograder("grade", "tiny")[0] == run_autograder("feedback", "tiny")[0] == 0
    assert "Before grading" not in (tiny.feedback / "ada" / "tiny" / "tiny.html").read_text()


@pytest.mark.parametrize("words", [["autograder", "feedback"], ["nbgrader", "generate_feedback", "--force"]])
def test_what_a_person_has_yet_to_grade_does_not_look_final(
    tiny: TinyCourse, run_autograder: Run, words: list[str]
) -> None:
    from command import run

    assignment = assigned(tiny, large_notebook())
    tiny.hand_in_bytes("ada", nbformat.writes(answered(assignment)).encode())
    assert run_autograder("grade", "tiny")[0] == 0
    code, _, err = run(tiny.root, *words, "tiny")
    assert code == 0, err
    page = (tiny.feedback / "ada" / "tiny" / "tiny.html").read_text()
    assert re.search(r"<strong>5</strong> of 5 points</p>\s*<p>2 points more wait for a person", page)
    assert page.count("2 points open") == 2, "in the list, and on its card"
    assert "0 of 2" not in page
    assert "1 of 1" in page
