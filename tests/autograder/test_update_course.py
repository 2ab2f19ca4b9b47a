"""`autograder update-course`: what an instructor has not touched follows the public course, the rest stays."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tiny_course import TinyCourse

from autograder.course.course import Course
from autograder.course.new_course import new_course

Run = Callable[..., tuple[int, str, str]]
HELPER = "source/tiny/helper.py"
NOTEBOOK = "source/tiny/tiny.ipynb"


@pytest.fixture
def private(tiny: TinyCourse, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Return a private course of the tiny one, which has a helper module too."""
    (tiny.root / HELPER).write_text("ONE = 1\n")
    made, _ = new_course(tiny, tmp_path_factory.mktemp("private") / "course")
    return made


def write(course: Course, path: str, text: str) -> None:
    place = course.root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


def test_a_course_that_was_just_made_is_up_to_date(
    tiny: TinyCourse, tmp_path_factory: pytest.TempPathFactory, run_autograder: Run
) -> None:
    """A package of misconceptions has an `__init__.py`, which a course does without."""
    for name in ("__init__.py", "tiny.py"):
        write(tiny, f"bank/misconceptions/{name}", '"""Misconceptions."""\n')
    made, _ = new_course(tiny, tmp_path_factory.mktemp("private") / "course")
    assert (made.root / "bank/misconceptions/tiny.py").is_file()
    assert "0 files would change" in run_autograder("update-course", str(made.root), "--dry-run")[1]


def test_what_nobody_touched_follows_and_what_is_new_comes(
    tiny: TinyCourse, private: Course, run_autograder: Run
) -> None:
    write(tiny, HELPER, "ONE = 2\n")
    write(tiny, "source/second/second.ipynb", (tiny.root / NOTEBOOK).read_text())
    (tiny.source / "second" / "helper.py").symlink_to("../tiny/helper.py")
    code, out, _ = run_autograder("update-course", str(private.root), "--dry-run")
    assert code == 0
    assert "2 files would change" in out
    assert (private.root / HELPER).read_text() == "ONE = 1\n"
    code, out, _ = run_autograder("update-course", str(private.root))
    assert code == 0
    assert HELPER in out
    assert (private.root / HELPER).read_text() == "ONE = 2\n"
    assert private.assignments() == ["second", "tiny"]
    assert (private.source / "second" / "helper.py").read_text() == "ONE = 2\n"
    assert "0 files changed" in run_autograder("update-course", str(private.root))[1]


def test_what_the_instructor_changed_stays(tiny: TinyCourse, private: Course, run_autograder: Run) -> None:
    write(private, HELPER, "ONE = 3\n")
    assert "yours, and unchanged in the public course" in run_autograder("update-course", str(private.root))[1]
    write(tiny, HELPER, "ONE = 2\n")
    code, out, _ = run_autograder("update-course", str(private.root))
    assert code == 0
    assert "changed by both" in out
    assert (private.root / HELPER).read_text() == "ONE = 3\n"
    assert (private.root / "incoming" / HELPER).read_text() == "ONE = 2\n"
    assert not list((private.source / "tiny").glob("*.part"))
    assert "changed by both" not in run_autograder("update-course", str(private.root))[1], "it was told once"


def test_what_the_instructor_took_away_does_not_come_back(
    tiny: TinyCourse, private: Course, run_autograder: Run
) -> None:
    (private.root / HELPER).unlink()
    write(tiny, HELPER, "ONE = 2\n")
    assert run_autograder("update-course", str(private.root))[0] == 0
    assert not (private.root / HELPER).exists()


def test_an_assignment_that_is_handed_in_is_left_alone_unless_named(
    tiny: TinyCourse, private: Course, run_autograder: Run
) -> None:
    write(tiny, HELPER, "ONE = 2\n")
    write(private, "submitted/ada/tiny/tiny.ipynb", "{}")
    code, out, _ = run_autograder("update-course", str(private.root))
    assert code == 0
    assert "since work is handed in" in out
    assert (private.root / HELPER).read_text() == "ONE = 1\n"
    assert run_autograder("update-course", str(private.root), "tiny")[0] == 0
    assert (private.root / HELPER).read_text() == "ONE = 2\n"


def test_without_a_note_of_the_origin_nothing_is_overwritten(
    tiny: TinyCourse, private: Course, run_autograder: Run
) -> None:
    (private.root / ".origin.json").unlink()
    write(tiny, HELPER, "ONE = 2\n")
    assert run_autograder("update-course", str(private.root))[0] == 0
    assert (private.root / HELPER).read_text() == "ONE = 1\n"
    assert (private.root / "incoming" / HELPER).read_text() == "ONE = 2\n"
    assert json.loads((private.root / ".origin.json").read_text())[NOTEBOOK]


@pytest.mark.parametrize("text", ["[1]", "{", "\udcff"])
def test_a_note_that_cannot_be_read_is_said(private: Course, run_autograder: Run, text: str) -> None:
    (private.root / ".origin.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    code, _, err = run_autograder("update-course", str(private.root))
    assert code == 2
    assert ".origin.json" in err


def test_the_public_course_and_a_folder_without_a_course_are_refused(
    tiny: TinyCourse, tmp_path_factory: pytest.TempPathFactory, run_autograder: Run
) -> None:
    code, _, err = run_autograder("update-course", str(tiny.root))
    assert code == 2
    assert "is the public course itself" in " ".join(err.split())
    assert run_autograder("update-course", str(tmp_path_factory.mktemp("empty")))[0] == 2
