"""Reads what students handed in, without trusting it: a submission is checked before anything is copied or run.

What comes out is a `Submission`, a value that the rest of the engine can rely on; what cannot be read becomes a
`SubmissionError`, one sentence that an instructor can forward.
"""

from __future__ import annotations

import errno
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from nbformat import NotebookNode

from autograder.course.course import Course
from autograder.errors import SubmissionError
from autograder.files.digest import BY_PRODUCTS, combined
from autograder.intake.choice import choose
from autograder.intake.folder import is_notebook, opened
from autograder.intake.limits import LONGEST_ID, LONGEST_ID_FILE
from autograder.intake.notebook_file import shown_name

TIMESTAMP = "timestamp.txt"  # nbgrader writes it when it collects
LATE_MARK = "late-mark.txt"  # names the learning platform that marks a submission as late
UNKNOWN_TIME = "time-unknown.txt"  # files came anew, and nothing tells when: an earlier time is not theirs
BESIDE = frozenset({TIMESTAMP, LATE_MARK, UNKNOWN_TIME})  # about the submission, and no part of it
STUDENT = re.compile(r"\w[\w .@+'-]*")  # what nbgrader can put into a path and a glob pattern


@dataclass(frozen=True)
class Submission:
    """One student's work on one assignment, read and checked.

    `notebooks` go by the assignment's names for them; `files` are the other files by their name relative to the folder,
    with the content that went into the `digest`: nothing is read twice. When it was handed in does not count in it, as
    no code has to run again for it. `oddities` say what was odd about the files.
    """

    student: str
    folder: Path
    notebooks: dict[str, NotebookNode]
    files: Mapping[PurePath, bytes]
    digest: str
    oddities: tuple[str, ...] = ()


def students(course: Course, name: str) -> list[str]:
    """Return the students who have a folder for assignment `name`, or one that nobody can look into, sorted."""
    try:
        there = list(course.submitted.iterdir())
    except FileNotFoundError:
        return []
    return sorted(folder.name for folder in there if _may_hold(folder, name))


def _may_hold(folder: Path, name: str) -> bool:
    try:
        (folder / name).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # whoever reads it says why it cannot be read: nobody is left out without a word
        return True
    return True


def own_files(submission: Submission, given: Iterable[str]) -> tuple[tuple[str, bytes], ...]:
    """Return the student's files that the notebooks find beside them: (name relative to the notebook, content).

    Nothing shadows a given file, neither by its name nor as a package or an extension module of that name. Hidden
    files (`.ipython`, `.config`) stay out, for they would change how Python starts, and so does the time stamp.

    Parameters
    ----------
    given
        The names of the instructor's files, relative to the notebook.
    """
    taken = {_module(PurePath(name)) for name in given}
    found = []
    for name, content in submission.files.items():
        hidden = any(part.startswith(".") for part in name.parts)
        if _module(name) not in taken and not hidden and str(name) not in BESIDE:
            found.append((str(name), content))
    return tuple(found)


def replaced_files(submission: Submission, given: Mapping[str, bytes]) -> Iterator[str]:
    """Yield a sentence for each of the student's files that is not used, since a given file has its name.

    Parameters
    ----------
    given
        The instructor's files: name relative to the notebook, and content.
    """
    taken = {_module(PurePath(name)) for name in given}
    for name, content in submission.files.items():
        shown = shown_name(str(name))
        if str(name) in given:
            if content != given[str(name)]:
                yield f"the file {shown} is not as it was handed out; the instructor's is used"
        elif _module(name) in taken:
            yield f"the file {shown} was left out: a file of the assignment has its name"


def _module(name: PurePath) -> str:
    return name.parts[0].split(".")[0]


def is_short(student: str) -> bool:
    """Return whether the gradebook and the names of files have room for a student's id."""
    return len(student) <= LONGEST_ID and len(student.encode("utf-8", "replace")) <= LONGEST_ID_FILE


def read_submission(course: Course, name: str, student: str) -> Submission:
    """Return the submission of `student` for assignment `name`.

    Raises
    ------
    SubmissionError
        If it cannot be graded; the message names the file, what is wrong and what to do.
    """
    if not STUDENT.fullmatch(student) or not is_short(student):
        raise SubmissionError(
            f"The folder name {student!r} in {course.submitted.name}/ cannot be a student's id: use letters, digits, "
            f"spaces and . @ + - _ ' only, {LONGEST_ID} characters and {LONGEST_ID_FILE} bytes at most. "
            "Rename the folder."
        )
    try:
        return _read(course, name, student)
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):  # the machine's trouble, not the student's
            raise
        where = Path(course.submitted / student / name, str(error.filename or ""))  # it may be a name in that folder
        raise SubmissionError(f"{where} cannot be read: {error.strerror}.") from error


def _read(course: Course, name: str, student: str) -> Submission:
    folder = course.submitted / student / name
    hashes: dict[PurePath, bytes] = {}
    with opened(folder, course.root) as work:

        def read(path: PurePath) -> bytes:
            content = work.read(path)
            hashes[path] = hashlib.sha256(content).digest()
            return content

        names = work.files()
        notebooks = [folder / path for path in names if is_notebook(path) and not _is_by_product(path)]
        chosen = choose(course, name, folder, notebooks, lambda path: read(path.relative_to(folder)))
        files = {path: read(path) for path in names if not is_notebook(path)}
    hashes = {path: content for path, content in hashes.items() if str(path) not in BESIDE}
    return Submission(student, folder, chosen.notebooks, files, combined(hashes), chosen.oddities)


def _is_by_product(name: PurePath) -> bool:
    """Return whether a file was left by an editor or a system: checkpoints, what a Mac puts into archives."""
    return any(part.startswith(".") or part in (*BY_PRODUCTS, "__MACOSX") for part in name.parts)
