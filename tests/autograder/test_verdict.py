"""Verdicts: what each ending of a test means in words and points, and a schema that holds."""

from __future__ import annotations

import ast
import copy
import json
import math
from collections.abc import Callable

import pytest
from engine_reports import failed, job_of, released_of, reports_on, verdict_on
from nbgrader.utils import determine_grade, is_grade
from tiny_course import RIGHT, TinyCourse, tiny_notebook

from autograder.course.assignment import Assignment, read_assignment
from autograder.engine.findings import Finding, FindingKind, Line, Origin
from autograder.engine.items import CellReport, not_well
from autograder.errors import UsageError
from autograder.grading.decides import PACKAGE, deciding_files
from autograder.grading.outputs import with_outputs
from autograder.grading.verdict import Status, Verdict
from autograder.intake.align import Aligned, align
from autograder.intake.submission import read_submission
from autograder.records.measurements import measurements

Work = tuple[Assignment, Aligned]
Run = Callable[..., tuple[int, str, str]]
NOT_WRITTEN = Finding(FindingKind.raised, Origin.student, exception="NotImplementedError", text="not written yet")


@pytest.fixture
def work(tiny: TinyCourse) -> Work:
    """Return the tiny assignment, and a submission that left `square` alone."""
    assignment = read_assignment(tiny, "tiny", {"tiny": released_of(tiny_notebook())})
    stub = next(cell.source for cell in assignment.released["tiny"].cells if cell.id == "square")
    tiny.hand_in("ada", double=RIGHT["double"], square=stub)
    return assignment, align(assignment, read_submission(tiny, "tiny", "ada"), 60)


def test_every_ending_has_its_status(work: Work) -> None:
    verdict = verdict_on(
        *work,
        test_double_visible=failed("double(2) is wrong"),
        test_double_hidden=not_well(Finding(FindingKind.time_limit, numbers={"seconds": 2})),
        test_square_hidden=not_well(NOT_WRITTEN),
    )
    told = {cell.test: (cell.status, cell.points, cell.max_points, cell.message, cell.detail) for cell in verdict.cells}
    assert told == {
        "test-double-visible": (Status.failed, 0, 0, "double(2) is wrong", ""),
        "test-double-hidden": (Status.timeout, 0, 2, "Stopped after 2 seconds: this did not come to an end.", ""),
        "test-square-hidden": (
            Status.not_attempted,
            0,
            1,
            "square is still as it was handed out.",
            "NotImplementedError: not written yet",
        ),
        "test-square-negative": (Status.passed, 2, 2, "", ""),
    }
    assert (verdict.score, verdict.max_score) == (2, 5)
    assert {cell.notebook for cell in verdict.cells} == {"tiny"}
    secret = Finding(
        FindingKind.raised,
        Origin.student,
        "test-double-hidden",
        lines=(Line(0, 2, "return x"),),
        exception="ValueError",
        text="7654321",
    )
    error = verdict_on(*work, test_double_hidden=not_well(secret))
    cell = error.of("tiny")["test-double-hidden"]
    assert (cell.status, cell.finding) == (Status.error, secret)
    assert (
        cell.message
        == "ValueError: what it says is left out, since a hidden test was running (line 2 of the cell given: return x)"
    )
    assert cell.detail == "line 2 of the cell given: return x\nValueError: 7654321"


@pytest.mark.parametrize(
    ("credit", "status", "points"),
    [
        (None, "passed", 2),
        (2.0, "passed", 2),
        (0.5, "failed", 0.5),
        (0.0, "failed", 0),
        (-1.0, "passed", 2),
        (2.5, "error", 0),
        (math.inf, "error", 0),
        (math.nan, "error", 0),
    ],
)
def test_a_number_at_the_end_is_partial_credit(work: Work, credit: float | None, status: str, points: float) -> None:
    cell = verdict_on(*work, test_double_hidden=CellReport(credit=credit)).of("tiny")["test-double-hidden"]
    assert (cell.status, cell.points) == (status, points)
    assert bool(cell.message) == (status != "passed")


def test_nbgrader_comes_to_the_same_points(work: Work) -> None:
    """Whatever the cells print: warnings on stderr, values that look like partial credit."""
    noise = [
        {"output_type": "stream", "name": "stderr", "text": "careful"},
        {"output_type": "execute_result", "data": {"text/plain": "0.25"}, "metadata": {}, "execution_count": None},
    ]
    assignment, aligned = work
    for double in (CellReport(noise), CellReport(noise, credit=0.5), CellReport(noise, credit=9.0), failed()):
        special = {"test_double_hidden": double, "test_square_hidden": failed(), "test_double_visible": double}
        verdict = verdict_on(assignment, aligned, **special)
        notebook = with_outputs(aligned, reports_on(aligned, **special), verdict)["tiny"]
        earned = {c.metadata.nbgrader.grade_id: determine_grade(c)[0] for c in notebook.cells if is_grade(c)}
        assert earned == {cell.test: cell.points for cell in verdict.cells}
    assert not any(cell.outputs for cell in aligned.notebooks["tiny"].cells if cell.cell_type == "code")


def test_a_missing_notebook_and_a_missing_report_earn_nothing(work: Work) -> None:
    assignment, aligned = work
    gone = Aligned({}, {}, {}, ("the notebook tiny.ipynb is missing",), ())
    verdict = verdict_on(assignment, gone)
    assert {(cell.status, cell.points, cell.message) for cell in verdict.cells} == {
        (Status.error, 0, "the notebook tiny.ipynb is missing from the submission")
    }
    assert verdict.max_score == 5
    from autograder.grading.judge import judge

    assert judge(assignment, job_of(aligned), {}, "vendored", {}).score == 0


def test_a_verdict_comes_back_from_its_json(work: Work) -> None:
    assignment, aligned = work
    verdict = verdict_on(assignment, aligned, test_double_hidden=failed("half a character: \ud83d"))
    text = verdict.to_json()
    assert text.encode()
    assert verdict_on(assignment, aligned, test_double_hidden=failed("half a character: \ud83d")).to_json() == text
    assert Verdict.from_json(text) == verdict
    assert json.loads(text)["schema"] == 7


def test_the_schema_refuses(work: Work) -> None:
    body = json.loads(verdict_on(*work).to_json())
    for path, value in {
        ("schema",): 1,
        ("student",): "",
        ("surprise",): 1,
        ("cells", 0, "status"): "fine",
        ("cells", 0, "points"): -1,
        ("cells", 0, "message"): None,
        ("environment", "python"): 3.11,
        ("oddities",): "none",
        ("basis", "tests"): ["double"],
    }.items():
        broken = copy.deepcopy(body)
        place = broken
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        with pytest.raises(UsageError, match="does not keep to schema 7"):
            Verdict.from_json(json.dumps(broken))
    del body["tampering"]
    with pytest.raises(UsageError, match="tampering"):
        Verdict.from_json(json.dumps(body))
    with pytest.raises(UsageError, match="not JSON"):
        Verdict.from_json("{")
    with pytest.raises(ValueError, match="schema"):
        verdict_on(*work, student="").to_json()


def test_the_schema_before_is_read_and_a_newer_one_is_named(work: Work) -> None:
    verdict = verdict_on(*work, test_double_hidden=failed("wrong"))
    body = json.loads(verdict.to_json())
    del body["draw"]  # which no verdict had before schema 7
    for older in (3, 4, 5, 6):
        assert Verdict.from_json(json.dumps({**body, "schema": older})) == verdict
    with pytest.raises(UsageError, match="schema 8, and this version of autograder reads 7 and older"):
        Verdict.from_json(json.dumps({**body, "schema": 8}))


def test_what_graded_classes_have_is_reported_after_an_update(tiny: TinyCourse, run_autograder: Run) -> None:
    """The class report and feedback read verdicts that the version before has written."""
    tiny.hand_in("ada", **{**RIGHT, "square": "def square(x):\n    return 3 * x"})
    assert run_autograder("grade", "tiny")[0] == 0
    path = tiny.reports / "tiny" / "verdicts" / "ada.json"
    path.write_text(path.read_text().replace('"schema": 7', '"schema": 3'))
    assert run_autograder("report", "tiny")[0] == run_autograder("feedback", "tiny")[0] == 0
    said = "wrong below 0"
    assert said in (tiny.reports / "tiny" / "report.html").read_text()
    assert said in (tiny.feedback / "ada" / "tiny" / "tiny.html").read_text()
    path.write_text(path.read_text().replace('"schema": 3', '"schema": 8'))
    for command in ("report", "feedback"):
        code, _, err = run_autograder(command, "tiny")
        assert code != 0
        assert "install the version that wrote it" in " ".join(err.split())


def test_a_verdict_depends_on_what_decides_it_only() -> None:
    """All that the grader imports of this package counts, and no door, page or record."""
    decide = {path.relative_to(PACKAGE).as_posix() for path in deciding_files()}
    reached, waiting = set(), ["autograder.grading.grader", "autograder.engine.session"]
    while waiting:
        module = waiting.pop()
        path = PACKAGE.parent / (module.replace(".", "/") + ".py")
        if module in reached or not path.is_file():
            continue
        reached.add(module)
        tree = ast.parse(path.read_text())
        for node in (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module):
            waiting += [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
    used = {f"{module.removeprefix('autograder.').replace('.', '/')}.py" for module in reached}
    # These say where things are, what a course may set (a verdict depends on the values) and what went wrong.
    places = {"errors.py", "course/course.py", "course/settings.py", "files/digest.py"}
    places |= {"course/late_rule.py", "course/times.py"}  # how the settings on late work are read
    assert used - places <= decide
    assert len(used) > 20
    rooms = {name.split("/")[0] for name in decide}
    assert rooms == {"engine", "intake", "grading", "shown", "course"}


def test_measurements_stand_apart(work: Work) -> None:
    _, aligned = work
    found = json.loads(measurements(aligned, reports_on(aligned)))
    assert found["total"] == {"cpu": 0.25 * 7, "wall": 0.5 * 7, "memory": 1000}
    assert found["cells"][0] == {"notebook": "tiny", "cell": "given", "cpu": 0.25, "wall": 0.5, "memory": 1000}
