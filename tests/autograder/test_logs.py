"""Tracebacks are kept in files of bounded size, a crash says so, and no text of a student's passes for a record."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable

import pytest
from class_with_faults import ClassWithFaults
from tiny_course import TinyCourse

from autograder import logs
from autograder.doors import cli
from autograder.grading import grader as grader_module
from autograder.pages.report import files
from autograder.records.record import Recorder

RECORD = re.compile(r"\d{4}-\d\d-\d\dT[\d:]+[+-]\d\d:\d\d\t([^\t]+)\t.*")
Said = Callable[..., tuple[int, str]]


@pytest.fixture(autouse=True)
def as_before() -> object:
    """Leave the loggers as they were."""
    before, level = list(logs.ours.handlers), logs.ours.level
    yield
    logs.ours.handlers[:] = before
    logs.ours.setLevel(level)


@pytest.fixture
def faulty(tiny: TinyCourse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> ClassWithFaults:
    """Return a class in which things go wrong."""
    return ClassWithFaults(tiny, monkeypatch, capsys)


@pytest.fixture
def report(tiny: TinyCourse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Return a function that asks for a class report, which crashes."""

    def crash(*_: object) -> None:
        raise KeyError("a bug of ours")

    def say(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(files, "class_report", crash)
        monkeypatch.setattr(sys, "argv", ["autograder", *words, "report", "tiny", "--course", str(tiny.root)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), capsys.readouterr().err

    return say


def test_a_crash_while_grading_says_so_and_its_traceback_is_kept(faulty: ClassWithFaults) -> None:
    faulty.hand_in("ada", "bob", "zoe")
    faulty.raise_at(grader_module, "judge", {"bob": KeyError("a bug of ours")})

    done = faulty.grade()

    log = faulty.course.reports / "tiny" / "grading.log"
    assert "a fault of autograder, not of the student" in done.named["bob"]
    assert str(log) in done.named["bob"]
    assert "Traceback" not in done.out + done.err
    text = log.read_text()
    assert f"{logs.SET_IN}Traceback (most recent call last):" in text
    assert "class_with_faults.py" in text
    assert "KeyError: 'a bug of ours'" in text


def test_no_text_of_a_students_passes_for_a_record(faulty: ClassWithFaults) -> None:
    faulty.hand_in("ada", "bob", "cy", "zoe")
    forged = "x\n2030-01-01T00:00:00+00:00\tcy\t5/5\r2030-01-01T00:00:00+00:00\tcy\t5/5\x1b[2J\u2028x\x85x"
    faulty.raise_at(grader_module, "judge", {"bob": ValueError(forged)})
    (faulty.course.submitted / "e\nve\tx" / "tiny").mkdir(parents=True)

    done = faulty.grade(answers={"cy": RuntimeError(forged)})

    text = (faulty.course.reports / "tiny" / "grading.log").read_text()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028]", text)
    records = [line for line in text.split("\n") if line and not line.startswith(logs.SET_IN)]
    matches = [RECORD.fullmatch(line) for line in records]
    assert all(matches), records
    assert sorted(found[1] for found in matches if found) == ["ada", "bob", "cy", "e ve x", "zoe"]
    assert done.code == 3


def test_the_log_does_not_grow_for_ever(faulty: ClassWithFaults, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LARGEST", 4000)
    students = [f"kim{number}" for number in range(30)]
    faulty.hand_in(*students)
    faulty.raise_at(grader_module, "judge", {student: KeyError("x" * 500) for student in students})
    faulty.grade()
    found = list((faulty.course.reports / "tiny").glob("grading.log*"))
    assert len(found) == 1 + logs.BACKUPS
    assert all(path.stat().st_size < 8000 for path in found)


def test_a_crash_of_any_command_keeps_its_traceback(tiny: TinyCourse, report: Said) -> None:
    code, said = report()
    log = tiny.root / "_build" / "autograder.log"
    assert code == 1
    assert "a fault of autograder, not of yours (KeyError: 'a bug of ours')" in said
    assert str(log) in said
    assert "Traceback" not in said
    assert "KeyError: 'a bug of ours'" in log.read_text()


def test_debug_raises_the_traceback_of_a_crash(tiny: TinyCourse, report: Said) -> None:
    with pytest.raises(KeyError, match="a bug of ours"):
        report("--debug")


def test_debug_shows_the_log(faulty: ClassWithFaults) -> None:
    faulty.hand_in("ada", "bob")
    faulty.raise_at(grader_module, "judge", {"bob": KeyError("a bug of ours")})
    done = faulty.grade("--debug")
    assert "\tada\t5/5\t" in done.err
    assert "KeyError: 'a bug of ours'" in done.err
    assert done.code == 3


def test_recording_changes_no_level_of_the_process(tiny: TinyCourse) -> None:
    before = logging.getLogger("traitlets").level
    with Recorder(tiny, "tiny") as recorder:
        recorder.register()
        assert logging.getLogger("traitlets").level == before
