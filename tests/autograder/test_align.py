"""Submissions beside their assignment: honest ones come out clean, every repair is named, hostile ones never raise."""

from __future__ import annotations

import copy
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from assignment_cells import REPOSITORY, nbgrader_cell
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from tiny_course import RIGHT, TinyCourse, tiny_notebook

from autograder.course.assignment import Assignment, read_assignment
from autograder.course.cells import code_cells, grade_id, is_solution
from autograder.course.course import Course
from autograder.course.names import bound_names, import_statements
from autograder.course.release import generated
from autograder.course.samples import without_marks
from autograder.engine.items import Kind
from autograder.errors import SubmissionError
from autograder.intake.align import Aligned, align
from autograder.intake.submission import read_submission

SECONDS = 60


def assignment_of(course: Course, name: str) -> Assignment:
    """Return an assignment as it would be released now."""
    with generated(course, name) as folder:
        released = {n: nbformat.read(folder / f"{n}.ipynb", as_version=4) for n in course.notebooks(name)}
    return read_assignment(course, name, released)


def hand_in(course: Course, assignment: Assignment, **notebooks: NotebookNode) -> Path:
    """Write a submission of student `ada`; return its folder."""
    folder = course.submitted / "ada" / assignment.name
    folder.mkdir(parents=True, exist_ok=True)
    for name, notebook in notebooks.items():
        nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder


def aligned(course: Course, assignment: Assignment, **notebooks: NotebookNode) -> Aligned:
    """Hand in notebooks and lay them beside the assignment."""
    hand_in(course, assignment, **notebooks)
    return align(assignment, read_submission(course, assignment.name, "ada"), SECONDS)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    """Return the tiny notebook as students get it."""
    course = TinyCourse(tmp_path_factory.mktemp("released"))
    shutil.copy(REPOSITORY / "nbgrader_config.py", course.root)
    course.write_source(tiny_notebook())
    return assignment_of(course, "tiny").released["tiny"]


@pytest.fixture
def honest(tiny: TinyCourse, released: NotebookNode) -> tuple[Assignment, NotebookNode]:
    """Return the tiny assignment and a right answer to it."""
    assignment = read_assignment(tiny, "tiny", {"tiny": copy.deepcopy(released)})
    notebook = copy.deepcopy(assignment.released["tiny"])
    for cell in notebook.cells:
        cell.source = RIGHT.get(cell.id, cell.source)
    return assignment, notebook


Honest = tuple[Assignment, NotebookNode]


def names(found: Aligned) -> list[str | None]:
    """Return the cells by grade id."""
    return [grade_id(cell) for cell in found.notebooks["tiny"].cells]


def test_an_honest_submission_comes_out_clean(tiny: TinyCourse, honest: Honest) -> None:
    assignment, notebook = honest
    notebook.cells.insert(3, new_code_cell("double(4)", id="mine"))
    notebook.cells[1].source += " \r\n"
    found = aligned(tiny, assignment, tiny=notebook)
    assert (found.oddities, found.tampering) == ((), ())
    item = found.items["tiny"]
    assert [(cell.kind, cell.name) for cell in item.cells] == [
        (Kind.locked, "given"),
        (Kind.student, "double"),
        (Kind.student, "cell 4"),
        (Kind.test, "test-double-visible"),
        (Kind.test, "test-double-hidden"),
        (Kind.student, "square"),
        (Kind.test, "test-square-hidden"),
        (Kind.test, "test-square-negative"),
    ]
    assert item.cells[1].source == RIGHT["double"]
    hidden = item.cells[4]
    assert hidden.is_hidden
    assert hidden.released == "# a released comment"
    assert "double(21)" in hidden.source
    assert item.answers == {"double", "square"}
    assert item.imports == "import math\n"
    assert [found.notebooks["tiny"].cells[place].cell_type for place in found.code["tiny"]] == ["code"] * 8
    assert pickle.loads(pickle.dumps((assignment, found))) == (assignment, found)
    nbformat.validate(found.notebooks["tiny"])


def test_honest_submissions_of_the_course_come_out_clean(course: Course, tmp_path: Path) -> None:
    assignment = assignment_of(course, "multi_layer")
    released = copy.deepcopy(assignment.released["multi_layer"])
    right = {grade_id(c): without_marks(c.source) for c in code_cells(course.read_source("multi_layer"))}
    for cell in code_cells(released):
        if is_solution(cell):
            cell.source = right[grade_id(cell)]
    here = Course(tmp_path)
    (tmp_path / "source").symlink_to(course.source)
    found = aligned(here, assignment, multi_layer=released)
    assert (found.oddities, found.tampering) == ((), ())
    training = next(cell for cell in found.items["multi_layer"].cells if cell.name == "training")
    assert training.seconds == 600
    assert "relu_der" in found.items["multi_layer"].answers
    assert "import numpy as np\n" in found.items["multi_layer"].imports


def test_the_quickstart_course_comes_out_clean(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "quickstart", "qs"], cwd=tmp_path, check=True, capture_output=True
    )
    course = Course(tmp_path / "qs")
    assert course.assignments() == ["ps1"]
    assert course.notebooks("ps1") == ["problem1", "problem2"]
    assignment = assignment_of(course, "ps1")
    found = aligned(course, assignment, **copy.deepcopy(assignment.released))
    assert (found.oddities, found.tampering) == ((), ())
    assert [cell.name for cell in found.items["problem1"].cells if cell.kind is Kind.test] == [
        "correct_squares",
        "squares_invalid_input",
        "correct_sum_of_squares",
        "sum_of_squares_uses_squares",
    ]
    assert [cell.name for cell in found.items["problem2"].cells] == ["cell 2"], "of the header"
    for notebook in found.notebooks.values():
        nbformat.validate(notebook)
    os.remove(course.submitted / "ada" / "ps1" / "problem2.ipynb")  # noqa: PTH107
    found = align(assignment, read_submission(course, "ps1", "ada"), SECONDS)
    assert list(found.notebooks) == ["problem1"]
    assert found.oddities == ("the notebook problem2.ipynb is missing",)


def _delete(name: str) -> Callable[[NotebookNode], None]:
    def edit(notebook: NotebookNode) -> None:
        notebook.cells = [cell for cell in notebook.cells if grade_id(cell) != name]

    return edit


def _copy(name: str) -> Callable[[NotebookNode], None]:
    def edit(notebook: NotebookNode) -> None:
        place = next(i for i, cell in enumerate(notebook.cells) if grade_id(cell) == name)
        notebook.cells.insert(place + 1, copy.deepcopy(notebook.cells[place]))

    return edit


def _change(name: str, **values: Any) -> Callable[[NotebookNode], None]:
    def edit(notebook: NotebookNode) -> None:
        cell = next(cell for cell in notebook.cells if grade_id(cell) == name)
        for key, value in values.items():
            if key in ("source", "cell_type"):
                cell[key] = value
            else:
                cell.metadata.nbgrader[key] = value
        if cell.cell_type != "code":
            cell.pop("outputs", None)
            cell.pop("execution_count", None)

    return edit


def _swap(notebook: NotebookNode) -> None:
    notebook.cells.append(notebook.cells.pop(2))


@pytest.mark.parametrize(
    ("edit", "oddities", "tampering"),
    [
        (_delete("test-double-hidden"), ["the test cell test-double-hidden was deleted; it was put back"], []),
        (_delete("given"), ["the locked cell given was deleted; it was put back"], []),
        (_delete("square"), ["the answer cell square was deleted; it was put back"], []),
        (_copy("double"), ["the cell double is there more than once; the first one counts"], []),
        (_swap, ["the cells stood in another order (double); the assignment's order was restored"], []),
        (
            _change("square", cell_type="markdown"),
            ["the answer cell square had become a markdown cell; it was turned back into code"],
            [],
        ),
        (
            _change("square", grade_id="cube"),
            [
                "the cell square does not bear the name that nbgrader gave; recognised by cell id",
                "cell 6 calls itself 'cube', which the assignment does not have",
            ],
            [],
        ),
        (
            _change("test-double-visible", source="pass"),
            [],
            ["the text of the test cell test-double-visible was changed"],
        ),
        (
            _change("given", source="import os"),
            ["math, os in the locked cell given were changed; they were graded as handed out"],
            [],
        ),
        (
            _change("test-double-hidden", points=100),
            [],
            ["the points of the test cell test-double-hidden were changed"],
        ),
        (_change("double", solution="?"), [], ["the grading flags of the answer cell double were changed"]),
    ],
)
def test_each_repair_is_named(
    tiny: TinyCourse,
    honest: Honest,
    edit: Callable[[NotebookNode], None],
    oddities: list[str],
    tampering: list[str],
) -> None:
    assignment, notebook = honest
    whole = aligned(tiny, assignment, tiny=copy.deepcopy(notebook))
    edit(notebook)
    found = aligned(tiny, assignment, tiny=notebook)
    assert (list(found.oddities), list(found.tampering)) == (oddities, tampering)
    tests = [cell for cell in found.items["tiny"].cells if cell.kind is not Kind.student]
    assert tests == [cell for cell in whole.items["tiny"].cells if cell.kind is not Kind.student]
    assert [name for name in names(found) if name] == [name for name in names(whole) if name]
    for cell, same in zip(
        (cell for cell in found.notebooks["tiny"].cells if grade_id(cell)),
        (cell for cell in whole.notebooks["tiny"].cells if grade_id(cell)),
        strict=True,
    ):
        assert cell.metadata == same.metadata
    nbformat.validate(found.notebooks["tiny"])


def test_an_answer_in_a_cell_of_its_own_takes_the_place_of_its_stub(tiny: TinyCourse, honest: Honest) -> None:
    assignment, notebook = honest
    notebook.cells[2] = new_code_cell(RIGHT["double"], id="mine")
    found = aligned(tiny, assignment, tiny=notebook)
    assert names(found)[:4] == [None, "given", "double", "test-double-visible"]
    assert found.items["tiny"].cells[1].source == RIGHT["double"]


def test_the_pieces_of_an_answer_stay_together(tiny: TinyCourse, honest: Honest) -> None:
    assignment, notebook = honest
    for cell in notebook.cells:
        cell.metadata = NotebookNode()
        cell.id = f"new-{cell.id}"
    notebook.cells[2].source = "def double(x):\n    return twice(x)"
    notebook.cells.insert(3, new_code_cell("def twice(x):\n    return 2 * x", id="piece"))
    found = aligned(tiny, assignment, tiny=notebook)
    assert names(found)[:5] == [None, "given", "double", None, "test-double-visible"]
    assert found.items["tiny"].cells[2].source.startswith("def twice")


def test_of_merged_answers_none_is_overwritten(tiny: TinyCourse, honest: Honest) -> None:
    assignment, notebook = honest
    notebook.cells[2].source += f"\n{notebook.cells.pop(5).source}"
    found = aligned(tiny, assignment, tiny=notebook)
    cells = {cell.name: cell.source for cell in found.items["tiny"].cells}
    assert cells["double"] == f"{RIGHT['double']}\n{RIGHT['square']}"
    assert cells["square"] == "# The answer stands in the cell double."


def test_what_was_merged_into_an_answer_does_not_run_with_it(tiny: TinyCourse, honest: Honest) -> None:
    assignment, notebook = honest
    notebook.cells[2].source += f"\n\n{notebook.cells.pop(3).source}"
    found = aligned(tiny, assignment, tiny=notebook)
    cells = {cell.name: cell.source for cell in found.items["tiny"].cells}
    assert cells["double"].strip() == RIGHT["double"]
    assert cells["test-double-visible"] == "assert double(2) == 4, 'double(2) is wrong'"


def test_an_answer_in_the_place_of_a_test_is_found_and_the_change_is_named(tiny: TinyCourse, honest: Honest) -> None:
    assignment, notebook = honest
    notebook.cells[3].source = RIGHT["double"]
    del notebook.cells[2]
    found = aligned(tiny, assignment, tiny=notebook)
    assert found.tampering == ("the text of the test cell test-double-visible was changed",)
    cells = {cell.name: cell.source for cell in found.items["tiny"].cells}
    assert cells["double"] == RIGHT["double"]
    assert cells["test-double-visible"] == "assert double(2) == 4, 'double(2) is wrong'"


def test_a_notebook_of_which_nothing_is_recognised_is_refused(tiny: TinyCourse, honest: Honest) -> None:
    assignment, notebook = honest
    notebook.cells = [new_markdown_cell("# Tiny"), new_code_cell("print(1)")]
    with pytest.raises(SubmissionError, match="Nothing of the assignment tiny can be recognised in what ada"):
        aligned(tiny, assignment, tiny=notebook)


@pytest.mark.parametrize(
    "text", ["x" * 9000, "a=\n" * 15_000, "a," * 50_000, "def double" * 5000, " " * 90_000 + "=", "(" * 9000]
)
def test_a_flood_of_cells_is_matched_all_the_same(tiny: TinyCourse, honest: Honest, text: str) -> None:
    assignment, notebook = honest
    for cell in notebook.cells:
        cell.metadata = NotebookNode()
        cell.id = f"new-{cell.id}"
    notebook.cells = [new_code_cell(text, id=f"n-{n}") for n in range(60)] + notebook.cells
    found = aligned(tiny, assignment, tiny=notebook)
    assert {cell.name: cell.source for cell in found.items["tiny"].cells}["square"] == RIGHT["square"]


def test_the_checksums_are_those_of_the_gradebook(tiny: TinyCourse, honest: Honest) -> None:
    from autograder.records.record import Recorder

    assignment, notebook = honest
    with Recorder(tiny, "tiny") as recorder:
        recorder.register()
        known = {cell: checksum for _, cell, checksum in recorder.book.registered()}
    found = aligned(tiny, assignment, tiny=notebook)
    cells = [cell for cell in found.notebooks["tiny"].cells if grade_id(cell)]
    assert {grade_id(cell): cell.metadata.nbgrader.checksum for cell in cells} == known


HOSTILE: list[Any] = [
    "text",
    7,
    None,
    ["a"],
    {},
    {"grade_id": ["x"]},
    {"grade_id": {"a": 1}},
    {"grade_id": None, "points": "many"},
    {"grade_id": "double", "schema_version": 1},
    {"grade_id": "double", "points": {"a": []}, "solution": [], "checksum": 3},
    {"grade_id": "\ud800" * 1000},
    {"grade_id": "test-square-hidden", "solution": True, "grade": "no"},
]


@pytest.mark.parametrize("place", [0, 2, 3])
@pytest.mark.parametrize("metadata", HOSTILE, ids=lambda metadata: repr(metadata)[:60])
def test_hostile_metadata_never_raise(tiny: TinyCourse, honest: Honest, metadata: Any, place: int) -> None:
    from nbgrader.nbgraderformat import MetadataValidator

    assignment, notebook = honest
    notebook.cells[place].metadata = {"nbgrader": metadata, "autograder": "x", "tags": 3, "jupyter": ["?"]}
    notebook.cells[place].source = "half a character: '\ud83d'"
    notebook.metadata.kernelspec = {"name": "bash", "display_name": "x", "language": "sh"}
    path = hand_in(tiny, assignment) / "tiny.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    submission = read_submission(tiny, "tiny", "ada")
    found = align(assignment, submission, SECONDS)
    assert align(assignment, submission, SECONDS) == found
    MetadataValidator().validate_nb(found.notebooks["tiny"])
    nbformat.validate(found.notebooks["tiny"])
    assert len({cell.id for cell in found.notebooks["tiny"].cells}) == len(found.notebooks["tiny"].cells)
    assert found.notebooks["tiny"].metadata == assignment.sources["tiny"].metadata
    nbformat.writes(found.notebooks["tiny"]).encode()
    pickle.dumps(found)


def test_a_flood_of_irregular_cells_is_counted(tiny: TinyCourse, honest: Honest) -> None:
    assignment, notebook = honest
    for number in range(200):
        notebook.cells.append(nbgrader_cell(f"unknown-{number}", "1"))
    found = aligned(tiny, assignment, tiny=notebook)
    assert len(found.oddities) == 41
    assert found.oddities[-1] == "and 160 more of the kind"


def test_written_answers_and_tasks_keep_the_students_words(tiny: TinyCourse) -> None:
    source = tiny_notebook()
    role = {"schema_version": 3, "grade": True, "solution": True, "locked": False, "task": False, "points": 3}
    source.cells.append(new_markdown_cell("the answer", id="why", metadata={"nbgrader": {**role, "grade_id": "why"}}))
    role |= {"grade": False, "solution": False, "locked": True, "task": True}
    source.cells.append(new_markdown_cell("do it", id="task", metadata={"nbgrader": {**role, "grade_id": "task"}}))
    tiny.write_source(source)
    assignment = assignment_of(tiny, "tiny")
    notebook = copy.deepcopy(assignment.released["tiny"])
    notebook.cells[8].source = "since it is so"
    notebook.cells[8].attachments = {"a.png": {"image/png": "aGk="}}
    found = aligned(tiny, assignment, tiny=notebook)
    assert (found.oddities, found.tampering) == ((), ())
    answer, task = found.notebooks["tiny"].cells[8:]
    assert answer.source == "since it is so"
    assert answer.attachments == notebook.cells[8].attachments
    assert answer.metadata == assignment.released["tiny"].cells[8].metadata
    assert task.source == "do it"
    del notebook.cells[8:]
    assert aligned(tiny, assignment, tiny=notebook).notebooks["tiny"].cells[8].source == "YOUR ANSWER HERE"


def test_files_beside_the_notebook(tiny: TinyCourse) -> None:
    (tiny.source / "tiny" / "helper.py").write_text("FACTOR = 2\n")
    assignment = assignment_of(tiny, "tiny")
    folder = hand_in(tiny, assignment, tiny=assignment.released["tiny"])
    (folder / "mine.py").write_text("ONE = 1\n")
    (folder / "timestamp.txt").write_text("2030-01-01 00:00:00 UTC")
    (folder / ".hidden").write_text("x")
    (folder / "helper").mkdir()
    (folder / "helper" / "__init__.py").write_text("FACTOR = 1\n")
    submission = read_submission(tiny, "tiny", "ada")
    found = align(assignment, submission, SECONDS)
    assert found.oddities == ("the file __init__.py was left out: a file of the assignment has its name",)
    (folder / "helper.py").write_text("FACTOR = 3\n")
    changed = align(assignment, read_submission(tiny, "tiny", "ada"), SECONDS)
    assert "the file helper.py is not as it was handed out; the instructor's is used" in changed.oddities
    item = found.items["tiny"]
    assert item.given == (("helper.py", b"FACTOR = 2\n"),)
    assert item.own == (("mine.py", b"ONE = 1\n"),)
    (folder / "mine.py").unlink()
    (folder / "mine.py").symlink_to("/etc/passwd")
    again = align(assignment, submission, SECONDS).items["tiny"]
    assert again.own == item.own, "what was read once is not read again"
    with pytest.raises(SubmissionError, match="is a link"):
        read_submission(tiny, "tiny", "ada")


@pytest.mark.parametrize(
    ("source", "bound"),
    [
        ("def f(): g = 1\nclass C:\n    x = 1", {"f", "C"}),
        ("a, (b, *c) = 1, (2, 3)\nd: int = 4\ne += 1\nx[0] = o.attribute = 1", {"a", "b", "c", "d", "e"}),
        ("for i in y:\n    j = i\nwith open(f) as h: pass", {"i", "j", "h"}),
        ("import os.path, numpy as np\nfrom m import a as b, c\nfrom n import *", {"os", "np", "b", "c"}),
        ("if (n := 1): pass\n[k for k in (w := [1])]\nlambda q: (p := 1)", {"n", "w"}),
        ("match v:\n    case {'a': a, **rest}: pass\n    case [x, *y] as z: pass", {"a", "rest", "x", "y", "z"}),
        ("%matplotlib inline\nfiles = !ls\nz = 1", {"files", "z"}),
        ("def broken(:", set()),
    ],
)
def test_bound_names(source: str, bound: set[str]) -> None:
    assert bound_names(source) == bound


def test_import_statements() -> None:
    cells = [
        "import a\nx = 1\nfrom b import c",
        "import a\ndef f():\n    import d",
        "from __future__ import annotations",
    ]
    assert import_statements(cells) == "from __future__ import annotations\nimport a\nfrom b import c\n"
