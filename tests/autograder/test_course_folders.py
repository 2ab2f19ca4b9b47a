"""The folders and the gradebook lie where nbgrader is configured to have them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from class_with_faults import ClassWithFaults, exit_code
from tiny_course import TinyCourse

from autograder.course import course as course_module
from autograder.course.course import Course
from autograder.doors import cli
from autograder.doors.formgrader import holds_work_of_students

FOLDERS = {step: f"my {step}" for step in ("source", "release", "submitted", "autograded", "feedback")}


def configure(course: TinyCourse, folders: dict[str, str]) -> None:
    lines = [f"c.CourseDirectory.{step}_directory = {folder!r}" for step, folder in folders.items()]
    lines.append(f"c.CourseDirectory.db_url = {'sqlite:///' + str(course.root / 'my grades.db')!r}")
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write("\n".join(["", *lines, ""]))


@pytest.mark.parametrize("outside", [False, True], ids=["in the course", "outside of it"])
def test_every_command_goes_where_nbgrader_is_configured_to(
    tiny: TinyCourse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, outside: bool
) -> None:
    folders = FOLDERS | ({"submitted": str(tmp_path / "handed in")} if outside else {})
    tiny.source.rename(tiny.root / folders["source"])
    configure(tiny, folders)
    grading = ClassWithFaults(tiny, monkeypatch, capsys)
    grading.hand_in("ada", "bob")
    (tiny.submitted / "bob" / "tiny" / "link").symlink_to("/etc/passwd")

    for command in ("release", "grade", "feedback", "report"):
        if command == "grade":
            done = grading.grade()
            assert done.graded == {"ada"}
            assert "my submitted/bob/tiny/link is a link" in done.named["bob"] or outside
            assert "handed in/bob/tiny/link is a link" in done.named["bob"] or not outside
            continue
        monkeypatch.setattr(sys, "argv", ["autograder", command, "tiny", "--course", str(tiny.root)])
        assert exit_code(cli.main) == 0, capsys.readouterr().err

    for step, name in (("release", ""), ("autograded", "ada"), ("feedback", "ada")):
        suffix = "html" if step == "feedback" else "ipynb"
        assert tiny.root.joinpath(folders[step], name, "tiny", f"tiny.{suffix}").is_file()
    assert tiny.gradebook == tiny.root / "my grades.db"
    assert tiny.gradebook.is_file()
    there = {path.name for path in tiny.root.iterdir()}
    assert not there & {*FOLDERS, "gradebook.db"}
    assert ("my submitted" in there) is not outside


def test_a_configuration_is_run_once_until_it_changes(tiny: TinyCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = 0

    class Counting(course_module.PyFileConfigLoader):
        def load_config(self) -> object:
            nonlocal runs
            runs += 1
            return super().load_config()

    monkeypatch.setattr(course_module, "PyFileConfigLoader", Counting)
    configure(tiny, {})
    assert Course(tiny.root).submitted == tiny.root / "submitted"
    changed = Course(tiny.root).config()
    changed.CourseDirectory.submitted_directory = "elsewhere"
    assert tiny.submitted == tiny.root / "submitted"
    assert runs == 1
    configure(tiny, FOLDERS)
    assert tiny.submitted == tiny.root / "my submitted"
    assert runs == 2


def test_a_folder_without_a_configuration_is_laid_out_as_usual(tmp_path: Path) -> None:
    assert Course(tmp_path).submitted == tmp_path / "submitted"


def test_the_formgrader_opens_no_configured_folder_of_students(tiny: TinyCourse) -> None:
    configure(tiny, FOLDERS)
    coursedir = tiny.nbgrader().coursedir
    assert holds_work_of_students(tiny.root / "my submitted" / "eve" / "tiny", coursedir)
    assert holds_work_of_students(tiny.root / "my autograded", coursedir)
    assert not holds_work_of_students(tiny.root / "my source", coursedir)
