"""What the learning platform calls students, their groups and their work: kept, so that grades find the way back.

It is one file of the course folder, `.lms.json`, as private as the gradebook. Imports of a roster and `collect` write
it; `export` and `feedback --zip` read it. Without it, nothing is lost that another import would not bring back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from autograder.collecting.people import letters
from autograder.course.course import Course
from autograder.errors import UsageError
from autograder.files.durable import write_atomically
from autograder.files.lock import held


def place(course: Course) -> Path:
    """Return the file that keeps them."""
    return course.root / ".lms.json"


def lock(course: Course) -> Path:
    """Return the lock of those who change it."""
    return course.root / "_build" / "locks" / "lms.lock"


class StudentNames(msgspec.Struct, omit_defaults=True):
    """What the platform says of one student.

    Parameters
    ----------
    columns
        The cells of the platform's own file that name the student, by their heads: `SIS User ID`, `Identifier`.
    groups
        The groups that the student is in.
    participants
        The numbers that Moodle gives the student, another one in each assignment; no two students share one.
    """

    columns: dict[str, str] = {}
    groups: list[str] = []
    participants: list[str] = []


class WorkNames(msgspec.Struct, omit_defaults=True):
    """What a download calls a student's work: its layout, the files' names, and the student's number in Moodle.

    `group` is what it calls the group that has handed it in, if it is a group's.
    """

    layout: str = ""
    called: list[str] = []
    participant: str = ""
    group: str = ""


class LmsNames(msgspec.Struct, omit_defaults=True):
    """All that is kept: students by their ids, their work by assignment and id, and why some of it was refused."""

    students: dict[str, StudentNames] = {}
    work: dict[str, dict[str, WorkNames]] = {}
    refused: dict[str, dict[str, str]] = {}

    @classmethod
    def of(cls, course: Course) -> LmsNames:
        """Return what is kept of a course; nothing if nothing has been imported.

        Raises
        ------
        UsageError
            If the file cannot be read.
        """
        try:
            return msgspec.json.decode(place(course).read_bytes(), type=cls)
        except FileNotFoundError:
            return cls()
        except (OSError, msgspec.MsgspecError) as error:
            raise UsageError(
                f"{place(course)}, which keeps what the learning platform calls your students, cannot be read "
                f"({' '.join(str(error).split())}): move it away, and import the roster and collect again."
            ) from error

    def keep(self, course: Course) -> None:
        """Write all of it to the course folder, for nobody else to read."""
        text = msgspec.json.format(msgspec.json.encode(self, order="deterministic"), indent=1)
        write_atomically(place(course), text.decode() + "\n", mode=0o600)

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Return who is in which group, by the letters of its name."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for student, names in sorted(self.students.items()):
            for group in names.groups:
                found[letters(group)].append(student)
        return {group: tuple(members) for group, members in found.items()}

    def participants(self) -> dict[str, str]:
        """Return whose the numbers of Moodle are."""
        return {number: student for student, names in self.students.items() for number in names.participants}


@contextmanager
def changing(course: Course) -> Iterator[LmsNames]:
    """Yield the names of a course for the time of a `with` statement; nobody else changes them, and they are kept."""
    with held(lock(course), f"is changing {place(course)}"):
        names = LmsNames.of(course)
        before = msgspec.json.encode(names)
        yield names
        if msgspec.json.encode(names) != before:
            names.keep(course)
