"""The one writer: one transaction a submission, nothing of people's lost, no half state after an interruption."""

from __future__ import annotations

import copy
import json
import sqlite3
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from engine_reports import BASIS, ENVIRONMENT, failed, read, reports_on
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook
from sqlalchemy import event
from tiny_course import RIGHT, TinyCourse, tiny_notebook

from autograder.course import gradebook
from autograder.course.assignment import read_assignment
from autograder.engine.items import CellReport
from autograder.errors import EnvironmentProblem, SubmissionError
from autograder.grading.job import Job
from autograder.grading.judge import judge
from autograder.grading.verdict import SCHEMA, Basis, Verdict
from autograder.records import record as record_module
from autograder.records import registration
from autograder.records.changes import Recorded
from autograder.records.record import Recorder
from autograder.records.verdicts import times_path, verdict_path

PENALTIES = """
from nbgrader.plugins import BasePlugin


class TenPerHour(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        if student_id == "eve":
            raise KeyError("no such student")
        return 10 * total_seconds_late / 3600
"""


def with_written_answer() -> NotebookNode:
    """Return the tiny assignment with a written answer and a task."""
    notebook = tiny_notebook()
    role = {"schema_version": 3, "grade": True, "solution": True, "locked": False, "task": False, "points": 3}
    notebook.cells.append(new_markdown_cell("so", id="why", metadata={"nbgrader": {**role, "grade_id": "why"}}))
    role |= {"grade": False, "solution": False, "locked": True, "task": True, "points": 4}
    notebook.cells.append(new_markdown_cell("do it", id="task", metadata={"nbgrader": {**role, "grade_id": "task"}}))
    return notebook


def hand_in_all(course: TinyCourse, recorder: Recorder) -> None:
    """Hand in right answers of `ada`, the written one too."""
    notebook = copy.deepcopy(recorder.register()["tiny"])
    for cell in notebook.cells:
        cell.source = {**RIGHT, "why": "since it is so"}.get(cell.id, cell.source)
    course.hand_in_bytes("ada", nbformat.writes(notebook).encode())


def grade(course: TinyCourse, recorder: Recorder, student: str, **special: CellReport) -> Verdict:
    """Judge and record a submission of which only the named cells did not end well."""
    released = recorder.register()
    submission, aligned = read(course, "tiny", student, released)
    reports = reports_on(aligned, **special)
    assignment = read_assignment(course, "tiny", released)
    basis = Basis({"submission": submission.digest}, {"double": "1", "square": "2"})
    job = Job(submission, aligned, basis, aligned.items)
    verdict = judge(assignment, job, reports, "vendored", ENVIRONMENT)
    recorder.record(job, reports, verdict)
    return verdict


def grades(course: TinyCourse, student: str) -> dict[str, tuple[float | None, float | None, bool]]:
    """Return automatic score, manual score and the need of a person for each graded cell."""
    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        found = [grade for notebook in book.find_submission("tiny", student).notebooks for grade in notebook.grades]
        return {grade.name: (grade.auto_score, grade.manual_score, grade.needs_manual_grade) for grade in found}


def test_one_submission_is_one_transaction(tiny: TinyCourse) -> None:
    tiny.write_source(with_written_answer())
    with Recorder(tiny, "tiny") as recorder:
        hand_in_all(tiny, recorder)
        commits: list[object] = []
        event.listen(recorder.book.engine, "commit", commits.append)
        for _ in range(2):
            before = len(commits)
            verdict = grade(tiny, recorder, "ada", test_square_negative=failed())
            assert len(commits) == before + 1
    assert grades(tiny, "ada") == {
        "test-double-visible": (0, None, False),
        "test-double-hidden": (2, None, False),
        "test-square-hidden": (1, None, False),
        "test-square-negative": (0, None, False),
        "why": (None, None, True),
        "task": (None, None, True),
    }
    with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        assert book.find_submission("tiny", "ada").score == 3
        assert book.find_comment("why", "tiny", "tiny", "ada").auto_comment is None
    folder = tiny.autograded / "ada" / "tiny"
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]
    notebook = nbformat.read(folder / "tiny.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[7].outputs[-1].evalue == "wrong"
    assert Verdict.from_json(verdict_path(tiny, "tiny", "ada").read_text()) == verdict
    assert json.loads(times_path(tiny, "tiny", "ada").read_text())["total"]["cpu"] > 0


def test_recording_takes_no_longer_in_a_larger_class(tiny: TinyCourse) -> None:
    """No statement may read through a table that has rows for every student."""
    tiny.write_source(with_written_answer())
    plans = []

    def explain(_: object, cursor: sqlite3.Cursor, statement: str, values: object, __: object, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE")):
            first = values[0] if many and isinstance(values, list) else values
            asked = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", first)
            plans.extend((row[3], statement) for row in asked)

    with Recorder(tiny, "tiny") as recorder:
        hand_in_all(tiny, recorder)
        grade(tiny, recorder, "ada")
        event.listen(recorder.book.engine, "before_cursor_execute", explain)
        grade(tiny, recorder, "ada")
    assert any("SEARCH grade USING INDEX" in plan for plan, _ in plans)
    of_all = ("SCAN grade", "SCAN comment", "SCAN submitted_", "SCAN student")
    assert [found for found in plans if found[0].startswith(of_all)] == []


def test_an_empty_answer_is_no_response(tiny: TinyCourse) -> None:
    tiny.write_source(with_written_answer())
    with Recorder(tiny, "tiny") as recorder:
        released = recorder.register()
        tiny.hand_in_bytes("bob", nbformat.writes(released["tiny"]).encode())
        grade(tiny, recorder, "bob", test_double_hidden=failed())
    assert grades(tiny, "bob")["why"] == (0, None, False)
    with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        for cell, comment in {"why": "No response.", "double": "No response.", "task": None}.items():
            assert book.find_comment(cell, "tiny", "tiny", "bob").auto_comment == comment


def test_what_people_entered_is_kept(tiny: TinyCourse) -> None:
    tiny.write_source(with_written_answer())
    with Recorder(tiny, "tiny") as recorder:
        hand_in_all(tiny, recorder)
        grade(tiny, recorder, "ada")
    with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        for cell, points in {"why": 2.5, "test-double-hidden": 1.0, "task": 4.0}.items():
            found = book.find_grade(cell, "tiny", "tiny", "ada")
            found.manual_score, found.needs_manual_grade, found.extra_credit = points, False, 0.5
        book.find_comment("double", "tiny", "tiny", "ada").manual_comment = "nice"
        book.db.commit()
    with Recorder(tiny, "tiny") as recorder:
        grade(tiny, recorder, "ada", test_double_hidden=failed())
    now = grades(tiny, "ada")
    assert now["test-double-hidden"] == (0, 1.0, True)
    assert now["why"] == (None, 2.5, True)
    assert now["task"] == (None, 4.0, False), "nbgrader leaves tasks alone"
    with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        assert book.find_comment("double", "tiny", "tiny", "ada").comment == "nice"
        assert book.find_grade("why", "tiny", "tiny", "ada").extra_credit == 0.5
        assert book.find_submission("tiny", "ada").score == 3 + 2.5 + 1 + 4 + 1.5


def test_late_penalties_are_the_plugins(tiny: TinyCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    (tiny.root / "late_penalties.py").write_text(PENALTIES)
    monkeypatch.syspath_prepend(str(tiny.root))
    config = tiny.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "\nc.AssignLatePenalties.plugin_class = 'late_penalties.TenPerHour'\n")
    times = {"on-time": "12:00", "some": "12:06", "much": "20:00", "eve": "13:00", "odd": "25:61", "empty": ""}
    with Recorder(tiny, "tiny") as recorder:
        recorder.register()
        with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
            book.update_or_create_assignment("tiny", duedate=datetime(2030, 1, 1, 12))
        for student, time in times.items():
            path = tiny.hand_in(student, **RIGHT)
            (path.parent / "timestamp.txt").write_text(f"2030-01-01 {time} UTC" if time else "")
        for student in ("on-time", "some", "much", "empty"):
            grade(tiny, recorder, student)
        with pytest.raises(SubmissionError, match="late penalty plugin failed"):
            grade(tiny, recorder, "eve")
        with pytest.raises(SubmissionError, match="does not hold a time"):
            grade(tiny, recorder, "odd")
    with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        found = {s.student.id: s.late_submission_penalty for s in book.assignment_submissions("tiny")}
        assert found == {"on-time": 0, "some": pytest.approx(1), "much": 5, "empty": 0}
        assert book.find_submission("tiny", "some").timestamp == datetime(2030, 1, 1, 12, 6)
    assert not verdict_path(tiny, "tiny", "eve").exists()
    assert not (tiny.autograded / "eve" / "tiny").exists()


def test_a_locked_gradebook_changes_nothing(tiny: TinyCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradebook, "BUSY_SECONDS", 0.2)
    tiny.hand_in("ada", **RIGHT)
    with Recorder(tiny, "tiny") as recorder:
        grade(tiny, recorder, "ada")
        before = snapshot(tiny)
        tiny.hand_in("ada", double="def double(x): return 0")
        released = recorder.register()
        submission, aligned = read(tiny, "tiny", "ada", released)
        reports = reports_on(aligned)
        assignment = read_assignment(tiny, "tiny", released)
        job = Job(submission, aligned, BASIS, aligned.items)
        verdict = judge(assignment, job, reports, "vendored", ENVIRONMENT)
        holder = sqlite3.connect(tiny.gradebook)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(EnvironmentProblem, match="close the program that holds it"):
            recorder.record(job, reports, verdict)
        with pytest.raises(EnvironmentProblem, match="cannot be written"):
            recorder.register()
        holder.close()
        assert snapshot(tiny) == before
        assert recorder.recorded("ada").verdict != verdict
        recorder.record(job, reports, verdict)
        assert recorder.recorded("ada").verdict == verdict


def snapshot(course: TinyCourse) -> dict[str, bytes]:
    """Return all that was written for students."""
    paths = [path for folder in (course.autograded, course.reports) for path in folder.rglob("*") if path.is_file()]
    return {str(path): path.read_bytes() for path in paths}


@pytest.mark.parametrize("broken", ["_build", "_write_scores", "swap_in", "write_verdict"])
def test_an_interrupted_write_is_done_again(tiny: TinyCourse, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    tiny.hand_in("ada", **RIGHT)
    with Recorder(tiny, "tiny") as recorder:
        first = grade(tiny, recorder, "ada")
        before = snapshot(tiny)
        tiny.hand_in("ada", double=RIGHT["double"])

        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(Recorder if broken.startswith("_") else record_module, broken, interrupt)
            with pytest.raises(KeyboardInterrupt):
                grade(tiny, recorder, "ada", test_square_hidden=failed())
        assert [path.name for path in (tiny.autograded / "ada").iterdir()] == ["tiny"]
        if broken != "write_verdict":
            assert snapshot(tiny) == before
        assert verdict_path(tiny, "tiny", "ada").read_text() == first.to_json()
    with Recorder(tiny, "tiny") as recorder:
        found = recorder.recorded("ada")
        scores_are_old = broken in ("_build", "_write_scores")
        assert found.verdict == first
        assert found.sound == ({"double", "square"} if scores_are_old else {"double"})
        second = grade(tiny, recorder, "ada", test_square_hidden=failed())
        found = recorder.recorded("ada")
        assert found.verdict == second != first
        assert found.sound == {"double", "square"}


def test_work_counts_as_recorded_only_if_all_of_it_is_there(tiny: TinyCourse) -> None:
    tiny.hand_in("ada", **RIGHT)
    with Recorder(tiny, "tiny") as recorder:
        verdict = grade(tiny, recorder, "ada")
        points = {"double": 2.0, "square": 3.0}
        assert recorder.recorded("ada") == Recorded(points, verdict.basis, verdict, frozenset(points))
        assert recorder.recorded("bob") == Recorded({})
        path = verdict_path(tiny, "tiny", "ada")
        text = path.read_text()
        for damaged in ("", "{}", "null", '{"cells": 1}', '{"cells": [{"exercise": "double", "points": "?"}]}'):
            path.write_text(damaged)
            assert recorder.recorded("ada") == Recorded({})
        path.write_text(text.replace(f'"schema": {SCHEMA}', '"schema": 2'))
        assert recorder.recorded("ada") == Recorded(points), "what an older engine wrote is enough to tell a change"
        path.write_text(text)
    with Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        book.remove_submission("tiny", "ada")
    with Recorder(tiny, "tiny") as recorder:
        assert recorder.recorded("ada") == Recorded(points, verdict.basis)


def test_registering_again_is_skipped_until_something_changes(
    tiny: TinyCourse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Recorder(tiny, "tiny") as recorder:
        released = recorder.register()
        with monkeypatch.context() as patch:
            patch.setattr(registration, "scratch", None)
            assert recorder.register() == released
        notebook = tiny_notebook()
        notebook.cells[0].source = "# Tiny again"
        tiny.write_source(notebook)
        assert recorder.register()["tiny"].cells[0].source == "# Tiny again"
    tiny.gradebook.unlink()
    with Recorder(tiny, "tiny") as recorder:
        recorder.register()
        assert len(recorder.book.registered()) == 7


def test_students_files_never_take_the_place_of_ours(tiny: TinyCourse) -> None:
    (tiny.source / "tiny" / "helper.py").write_text("FACTOR = 2\n")
    (tiny.source / "tiny" / "data").mkdir()
    (tiny.source / "tiny" / "data" / "a.txt").write_text("a")
    folder = tiny.hand_in("ada", **RIGHT).parent
    (folder / "helper.py").mkdir()
    (folder / "helper.py" / "x").write_text("x")
    (folder / "data").write_text("no folder")
    (folder / "mine.txt").write_text("mine")
    with Recorder(tiny, "tiny") as recorder:
        grade(tiny, recorder, "ada")
    made = tiny.autograded / "ada" / "tiny"
    assert sorted(str(path.relative_to(made)) for path in made.rglob("*") if path.is_file()) == [
        "data/a.txt",
        "helper.py",
        "mine.txt",
        "tiny.ipynb",
    ]
    assert Path(made / "tiny.ipynb").stat().st_mode & 0o777 == 0o444
