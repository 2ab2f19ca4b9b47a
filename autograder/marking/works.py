"""Which answers are one piece of work: what a group has handed in is marked once, for every member.

Nothing of this is kept. Members whose marks differ, because somebody has changed one of them, stand apart as long as
they do; those who have no mark yet belong to the one mark that there is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from autograder.collecting.lms_names import LmsNames, place
from autograder.course.course import Course
from autograder.marking.store import Answer, Mark

UNTOUCHED = Mark()


@dataclass(frozen=True)
class Work:
    """One piece of work: the answers of those who have handed it in, by id; they have one mark, or none yet.

    Parameters
    ----------
    group
        What the group is called, if it is a group's.
    apart
        Answers of members of the group who have a mark of their own.
    """

    answers: tuple[Answer, ...]
    group: str = ""
    apart: tuple[Answer, ...] = ()

    @property
    def student(self) -> str:
        """The first of those who have handed it in, by whom it is found."""
        return self.answers[0].student

    @cached_property
    def first(self) -> Answer:
        """The answer that has a mark, or any."""
        return next((one for one in self.answers if one.mark != UNTOUCHED), self.answers[0])

    @property
    def is_waiting(self) -> bool:
        """Whether any of them waits for a person."""
        return any(one.mark.is_waiting for one in self.answers)

    @property
    def is_partly_marked(self) -> bool:
        """Whether some of them wait and some do not."""
        return self.is_waiting and not all(one.mark.is_waiting for one in self.answers)

    @property
    def version(self) -> str:
        """What is different as soon as anything of it is."""
        if len(self.answers) == 1:
            return self.answers[0].version
        seen = [(one.student, one.version) for one in self.answers]
        return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:16]

    def has(self, student: str) -> bool:
        """Return whether it is this student's, too."""
        return any(one.student == student for one in self.answers)


class Groups:
    """The groups that have handed in an assignment together, as `collect` has found them."""

    def __init__(self, course: Course, name: str) -> None:
        self.course, self.name = course, name
        self._seen: object = None
        self._of: dict[str, str] = {}

    def read(self) -> dict[str, str]:
        """Return what the group of each student is called; nothing for those who have handed in alone."""
        path = place(self.course)
        state = path.stat() if path.exists() else None
        seen = state and (state.st_mtime_ns, state.st_ino)
        if seen != self._seen:
            work = LmsNames.of(self.course).work.get(self.name, {})
            self._of, self._seen = {student: one.group for student, one in work.items() if one.group}, seen
        return self._of


def works(answers: Iterable[Answer], groups: dict[str, str], digest: Callable[[str], str | None]) -> list[Work]:
    """Return the pieces of work that these answers are.

    Parameters
    ----------
    groups
        What the group of a student is called.
    digest
        Returns what tells a student's answer from others; None if nobody knows.
    """
    found: list[Work] = []
    together: dict[tuple[str, str], list[Answer]] = {}
    for answer in sorted(answers, key=lambda one: one.student):
        group = groups.get(answer.student, "")
        text = digest(answer.student) if group else None
        if text is None:
            found.append(Work((answer,)))
        else:
            together.setdefault((group, text), []).append(answer)
    for (group, _), members in together.items():
        if len(members) == 1:
            found.append(Work(tuple(members)))
        else:
            found += _one_mark_each(group, members)
    return found


def _one_mark_each(group: str, members: list[Answer]) -> list[Work]:
    """Return the work of a group: once, or once for each mark that its members have."""
    by_mark: dict[object, list[Answer]] = {}
    for answer in members:
        by_mark.setdefault((answer.points, answer.mark), []).append(answer)
    marked = [key for key, answers in by_mark.items() if answers[0].mark != UNTOUCHED]
    if len(marked) <= 1:
        return [Work(tuple(members), group)]
    each = [Work(tuple(answers), group) for answers in by_mark.values()]
    return [replace(one, apart=tuple(a for a in members if not one.has(a.student))) for one in each]
