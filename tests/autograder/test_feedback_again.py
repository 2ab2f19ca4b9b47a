"""`autograder feedback` once more: what is as it has to be stays, and what has changed in any way is written anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from command import autograder
from downloads import collected, imported
from nbgrader.api import Gradebook
from tiny_course import RIGHT, TinyCourse
from told_course import WRONG_DOUBLE, hand_in, with_all

from autograder.course.course import CONFIG_NAME
from autograder.pages import feedback_basis

ALL = ["ada", "bob"]


def path(course: TinyCourse, student: str) -> Path:
    return course.feedback / student / "tiny" / "tiny.html"


def fresh(course: TinyCourse, *options: str) -> list[str]:
    """Write the feedback; return whose pages were written, which is what the command says."""
    before = {student: path(course, student).stat().st_mtime_ns for student in ALL if path(course, student).is_file()}
    kept = {student: path(course, student).read_bytes() for student in before}
    for student in before:
        path(course, student).chmod(0o644)
    code, out, err = autograder(course.root, "feedback", "tiny", *options)
    assert code == 0, err
    found = [student for student in ALL if path(course, student).stat().st_mtime_ns != before.get(student)]
    same = [student for student in ALL if student not in found]
    assert all(path(course, student).read_bytes() == kept[student] for student in same)
    told = f"{len(found)} {'page' if len(found) == 1 else 'pages'} written, {len(same)} as before"
    assert told in " ".join(out.split())
    return found


@pytest.fixture
def course(tiny: TinyCourse) -> TinyCourse:
    """Return the tiny course with all that a page can show, and two students who have their feedback."""
    found = with_all(tiny)
    hand_in(found, "ada", double=WRONG_DOUBLE)
    hand_in(found, "bob", **RIGHT)
    assert autograder(found.root, "grade", "tiny")[0] == 0
    assert fresh(found) == ALL
    assert fresh(found) == []
    return found


def change_gradebook(course: TinyCourse, change: Callable[[Gradebook], object]) -> None:
    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        change(book)
        book.db.commit()


def test_what_people_enter_is_shown(course: TinyCourse) -> None:
    def mark(book: Gradebook) -> None:
        grade = book.find_grade("essay", "tiny", "tiny", "ada")
        grade.manual_score, grade.needs_manual_grade = 2, False

    def extra(book: Gradebook) -> None:
        book.find_grade("test-square-hidden", "tiny", "tiny", "ada").extra_credit = 0.5

    def comment(book: Gradebook) -> None:
        book.find_comment("essay", "tiny", "tiny", "ada").manual_comment = "Read on."

    def name(book: Gradebook) -> None:
        book.update_or_create_student("ada", first_name="Ada", last_name="King")

    for change, shown in ((mark, "2 of 4"), (extra, "0.5"), (comment, "Read on."), (name, "Ada King")):
        change_gradebook(course, change)
        assert fresh(course) == ["ada"], shown
        assert shown in path(course, "ada").read_text()
        assert fresh(course) == []


def test_lateness_is_shown(course: TinyCourse) -> None:
    for student, day in (("ada", 9), ("bob", 1)):
        stamp = course.submitted / student / "tiny" / "timestamp.txt"
        stamp.write_text(f"2026-11-0{day} 12:00:00 UTC")
    assert autograder(course.root, "due", "tiny", "2026-11-05 12:00", "--per-day", "1")[0] == 0
    assert fresh(course) == ["ada"]
    assert fresh(course) == []


def test_what_is_graded_anew_is_shown(course: TinyCourse) -> None:
    hand_in(course, "ada", essay="Since *not*.", double=WRONG_DOUBLE)
    assert autograder(course.root, "grade", "tiny")[0] == 0
    assert fresh(course) == ["ada"]
    assert "not" in path(course, "ada").read_text()


def test_configuration_book_and_source_are_shown(course: TinyCourse) -> None:
    with (course.root / CONFIG_NAME).open("a") as config:
        config.write('\nc.Autograder.book_url = "https://example.org/our-book/"\n')
    assert fresh(course) == ALL
    assert "https://example.org/our-book/book/a.html#equation-eq-double" in path(course, "ada").read_text()
    assert fresh(course) == []
    chapter = course.root / "book" / "a.md"
    chapter.write_text(chapter.read_text().replace("2x", "2y"))
    assert fresh(course) == ALL
    assert fresh(course) == []
    notebook = course.source / "tiny" / "tiny.ipynb"
    notebook.write_text(notebook.read_text().replace("Exercise 1: twice", "Exercise 1: two times"))
    assert fresh(course) == ALL
    assert "two times" in path(course, "ada").read_text()


def test_another_version_of_the_page_is_shown(
    course: TinyCourse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = Path(shutil.copytree(feedback_basis.PACKAGE, tmp_path / "newer" / "autograder"))
    monkeypatch.setattr(feedback_basis, "PACKAGE", newer)
    assert fresh(course) == []
    style = newer / "pages" / "templates" / "feedback" / "feedback.css"
    style.write_text(f"{style.read_text()}\n.card {{ margin: 0; }}\n")
    assert fresh(course) == ALL


def test_a_page_that_somebody_has_changed_or_deleted_is_written_again(course: TinyCourse) -> None:
    right = path(course, "bob").read_bytes()
    path(course, "bob").write_text("mine")
    assert fresh(course) == ["bob"]
    assert path(course, "bob").read_bytes() == right
    path(course, "ada").unlink()
    assert fresh(course) == ["ada"]
    (course.reports / "tiny" / "feedback.json").write_text("[1")
    assert fresh(course) == ALL


def test_the_zip_holds_what_was_not_written_now_too(course: TinyCourse) -> None:
    assert imported(course, "id,name,lms_id\nada,Ada,5001\nbob,Bob,5002\n")[0] == 0
    work = {
        f"{student}_{number}_99_tiny.ipynb": (course.submitted / student / "tiny" / "tiny.ipynb").read_bytes()
        for student, number in (("ada", 5001), ("bob", 5002))
    }
    assert collected(course, work)[0] == 0
    assert fresh(course) == ALL, "they have names now"
    code, out, err = autograder(course.root, "feedback", "tiny", "--zip", "canvas")
    assert code == 0, err
    assert "0 pages written, 2 as before" in " ".join(out.split())
    assert "2 pages" in out
