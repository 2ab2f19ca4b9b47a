"""Whatever goes wrong with one student costs nobody else anything, and whoever was not graded is named."""

from __future__ import annotations

import builtins
import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from class_with_faults import LOST, ClassWithFaults
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError, StatementError
from tiny_course import RIGHT, TinyCourse

from autograder import errors
from autograder.errors import SubmissionError
from autograder.farm.tasks import WorkerDied
from autograder.files.disk import TROUBLES
from autograder.grading import grader as grader_module
from autograder.grading.basis import Dependencies
from autograder.grading.verdict import Verdict
from autograder.intake.limits import DEEPEST, LONGEST_ID, LONGEST_NAME, LONGEST_PATH, MOST_FILES, MOST_FOLDERS
from autograder.intake.submission import read_submission
from autograder.records import record as record_module
from autograder.records.record import Recorder
from autograder.records.scores import ScoreBook
from autograder.runs import errand
from autograder.runs import run as run_module

# Every call from intake to record that looks at one submission.
PLACES: dict[str, tuple[Any, str]] = {
    "read": (run_module, "read_submission"),
    "basis": (Dependencies, "basis"),
    "recorded": (Recorder, "recorded"),
    "align": (grader_module, "align"),
    "pack": (errand, "pack"),
    "judge": (grader_module, "judge"),
    "changes": (run_module, "changes"),
    "to_json": (Verdict, "to_json"),
    "outputs": (record_module, "with_outputs"),
    "build": (Recorder, "_build"),
    "sync": (record_module, "sync_tree"),
    "scores": (ScoreBook, "write"),
    "swap": (record_module, "swap_in"),
    "write": (record_module, "write_verdict"),
    "record": (Recorder, "record"),
}
ODD_ERRNOS = ("EPERM", "ENOENT", "EINTR", "ENOMEM", "EACCES", "EBUSY", "EEXIST", "ENOTDIR", "EISDIR", "EINVAL", "EFBIG",
              "EPIPE", "ENAMETOOLONG", "ELOOP", "ETIMEDOUT", "ECONNRESET", "ESTALE")  # fmt: skip


class Unprintable(Exception):
    """An exception that nobody can print."""

    def __str__(self) -> str:
        raise RecursionError("again and again")


def exceptions() -> Iterator[Exception]:
    """Yield an exception of every kind that is about one submission, wherever it is raised."""
    special: dict[type, tuple[Any, ...]] = {
        UnicodeDecodeError: ("utf-8", b"x", 0, 1, "odd"),
        UnicodeEncodeError: ("utf-8", "x", 0, 1, "odd"),
        UnicodeTranslateError: ("x", 0, 1, "odd"),
        ExceptionGroup: ("odd", [ValueError("odd")]),
    }
    for kind in vars(builtins).values():
        if isinstance(kind, type) and issubclass(kind, Exception):
            yield kind(*special.get(kind, ("odd",)))
    for name in ODD_ERRNOS:
        yield OSError(getattr(errno, name), os.strerror(getattr(errno, name)), "/somewhere/autograded")
    for kind in (errors.AutograderError, errors.UsageError, errors.SubmissionError, errors.Stopped, shutil.Error):
        yield kind("odd")
    yield SQLAlchemyError("odd")
    yield StatementError("odd", "SELECT 1", {}, ValueError("odd"))
    for kind in (DBAPIError, IntegrityError):
        yield kind("SELECT 1", {}, ValueError("odd"))
    yield Unprintable()


@pytest.fixture
def faulty(tiny: TinyCourse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> ClassWithFaults:
    """Return a class in which things go wrong."""
    return ClassWithFaults(tiny, monkeypatch, capsys)


@pytest.mark.parametrize("place", PLACES)
def test_no_exception_about_one_submission_ends_the_run(faulty: ClassWithFaults, place: str) -> None:
    found = {f"kim{number}": error for number, error in enumerate(exceptions())}
    faulty.hand_in("ada", *found, "zoe")
    faulty.raise_at(run_module, "read_submission", {})
    faulty.raise_at(*PLACES[place], found)

    done = faulty.grade()

    assert done.graded == {"ada", "zoe"}, done.err
    assert done.named.keys() == found.keys()
    assert done.code == 3
    assert f"{len(found)} could not be graded, 2 are graded" in done.err


def test_nothing_that_a_worker_sends_back_ends_the_run(faulty: ClassWithFaults) -> None:
    disk = [OSError(number, os.strerror(number), "/x") for number in TROUBLES]
    sent = [*exceptions(), *disk, errors.EnvironmentProblem("odd"), WorkerDied()]
    found = {f"kim{number}": error for number, error in enumerate(sent)}
    faulty.hand_in("ada", *found, "zoe")

    done = faulty.grade(answers=found)

    assert done.graded == {"ada", "zoe"}, done.err
    assert done.named.keys() == found.keys()
    assert done.code == 3


@pytest.mark.parametrize("lost", [LOST, None, "no reports"])
def test_whoever_gets_no_answer_is_named(faulty: ClassWithFaults, lost: object) -> None:
    faulty.hand_in("ada", "bob", "zoe")
    done = faulty.grade(answers={"bob": lost})
    assert (done.code, done.graded, done.named.keys()) == (3, {"ada", "zoe"}, {"bob"})
    assert faulty.grade().code == 0


def test_a_folder_that_nobody_can_look_into_is_named(faulty: ClassWithFaults) -> None:
    faulty.hand_in("ada")
    (faulty.course.submitted / "bob").symlink_to("bob")
    (faulty.course.submitted / "notes.txt").touch()
    done = faulty.grade()
    assert (done.code, done.graded, done.named.keys()) == (3, {"ada"}, {"bob"})
    assert "submitted/bob is a link" in done.named["bob"]


@pytest.mark.parametrize("number", TROUBLES, ids=lambda number: errno.errorcode[number])
def test_a_disk_that_fails_ends_the_run_with_a_sentence(faulty: ClassWithFaults, number: int) -> None:
    faulty.hand_in("ada", "bob", "zoe")
    place = faulty.course.autograded / "bob"
    faulty.raise_at(record_module, "sync_tree", {"bob": OSError(number, os.strerror(number), str(place))})

    done = faulty.grade()

    assert done.code == 4
    assert done.graded == {"ada"}
    assert TROUBLES[number] in done.err
    assert str(place) in done.err


def test_an_unreadable_file_of_one_student_is_about_that_student(faulty: ClassWithFaults) -> None:
    faulty.hand_in("ada", "bob", "zoe")
    path = faulty.course.submitted / "bob" / "tiny" / "tiny.ipynb"
    faulty.raise_at(grader_module, "align", {"bob": OSError(errno.EIO, os.strerror(errno.EIO), str(path))})

    done = faulty.grade()

    assert (done.code, done.graded, done.named.keys()) == (3, {"ada", "zoe"}, {"bob"})


def test_a_version_that_comes_meanwhile_is_not_recorded_as_the_one_that_was_graded(
    faulty: ClassWithFaults, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty.hand_in("ada", "bob")
    folder = faulty.course.submitted / "bob" / "tiny"
    files = {"notes.txt": "old", "timestamp.txt": "2030-01-31 12:00:00 UTC"}
    for name, text in files.items():
        (folder / name).write_text(text)
    align = grader_module.align

    def meanwhile(*words: Any) -> Any:
        if words[1].student == "bob":
            faulty.course.hand_in("bob", double="def double(x):\n    return 3 * x")
            for name in files:
                (folder / name).write_text("new")
        return align(*words)

    monkeypatch.setattr(grader_module, "align", meanwhile)
    assert faulty.grade().code == 0
    copy = faulty.course.autograded / "bob" / "tiny"
    assert {name: (copy / name).read_text() for name in files} == files
    monkeypatch.setattr(grader_module, "align", align)
    done = faulty.grade()
    assert "1 unchanged" in done.out
    assert "timestamp.txt does not hold a time" in done.named["bob"]


@pytest.fixture
def deep_file() -> Iterator[Callable[[Path, list[str]], None]]:
    """Return a function that writes a file whose path may be longer than any that a system call takes.

    Such folders are removed here: what Python and pytest remove them with recurses, and ends at a thousand levels.
    """
    tops = []

    def write(folder: Path, parts: list[str]) -> None:
        tops.append(folder / parts[0])
        here = os.open(folder, os.O_RDONLY)
        for part in parts[:-1]:
            os.mkdir(part, dir_fd=here)
            below = os.open(part, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(os.open(parts[-1], os.O_CREAT | os.O_WRONLY, dir_fd=here))
        os.close(here)

    yield write
    subprocess.run(["rm", "-rf", "--", *tops], check=True)


def whole_path(length: int) -> list[str]:
    """Return the parts of a path of so many bytes."""
    parts = ["d" * 200] * (length // 201)
    return [*parts, "f" * max(1, length - 201 * len(parts))]


TOO_LONG = {
    "4,091 bytes": whole_path(4091),
    "more than a path can have": whole_path(9000),
    "one byte": whole_path(LONGEST_PATH + 1),
    "one level": ["d"] * (DEEPEST + 1),
    "5,000 levels": ["d"] * 5000,
}


@pytest.mark.parametrize("parts", TOO_LONG.values(), ids=TOO_LONG)
def test_a_path_that_is_too_long_is_about_its_student(
    faulty: ClassWithFaults, deep_file: Any, parts: list[str]
) -> None:
    faulty.hand_in("ada", "bob", "zoe")
    deep_file(faulty.course.submitted / "bob" / "tiny", parts)

    done = faulty.grade()

    assert (done.code, done.graded, done.named.keys()) == (3, {"ada", "zoe"}, {"bob"}), done.err
    assert "submitted/bob/tiny/d" in done.named["bob"]
    assert "move it up, give it a shorter name, or delete it" in done.named["bob"]
    assert len(done.named["bob"]) < 400


def test_the_longest_path_is_recorded_whole(faulty: ClassWithFaults, deep_file: Any) -> None:
    faulty.hand_in("ada")
    longest = ["n" * LONGEST_NAME, *whole_path(LONGEST_PATH - LONGEST_NAME - 2)]
    deep_file(faulty.course.submitted / "ada" / "tiny", longest)
    assert faulty.grade().code == 0
    assert faulty.course.autograded.joinpath("ada", "tiny", *longest).is_file()


@pytest.mark.parametrize("student", ["x" * (LONGEST_ID + 1), "\u00e9" * 120])
def test_an_id_that_is_too_long_is_about_its_student(faulty: ClassWithFaults, student: str) -> None:
    faulty.hand_in("ada", student, "zoe")
    done = faulty.grade()
    assert (done.code, done.graded) == (3, {"ada", "zoe"}), done.err
    assert "Rename the folder" in done.named[student]


@pytest.mark.parametrize(("make", "most"), [(Path.mkdir, MOST_FOLDERS), (Path.touch, MOST_FILES)])
def test_too_many_of_anything_is_one_sentence(tiny: TinyCourse, make: Any, most: int) -> None:
    folder = tiny.hand_in("ada", **RIGHT).parent
    for number in range(most + 1):
        make(folder / str(number))
    with pytest.raises(SubmissionError, match=f"{most} fo?"):
        read_submission(tiny, "tiny", "ada")
