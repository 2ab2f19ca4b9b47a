"""A class in which something goes wrong with some students, graded through the command line of this process.

No worker and no sandbox takes part unless a test brings a pool: answers come from a desk. This is the one place that
knows how a run gets them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from killed_everywhere import Desk
from tiny_course import RIGHT, TinyCourse

from autograder.doors import cli
from autograder.runs import start

LOST = object()  # stands for an answer that never comes


class DeskFarm(Desk):
    """Gives the answers of a farm; for some students an exception, or whatever else is to come back."""

    def __init__(self, answers: Mapping[str, object] | None = None) -> None:
        super().__init__()
        self.answers = answers or {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        pass

    def room(self) -> int:
        return 2 - len(self.waiting)

    def results(self, on_step: object) -> Iterator[Any]:
        for student, answer in super().results(on_step):
            answer = self.answers.get(student, answer)
            if answer is not LOST:
                yield student, answer


@dataclass
class Graded:
    """What the command line did: its exit code, what it said, and who was graded."""

    code: int
    out: str
    err: str
    graded: set[str]

    @property
    def named(self) -> dict[str, str]:
        """Who was not graded, and why."""
        return dict(re.findall(r"^not graded: ([^:]+): (.*)$", self.out, re.MULTILINE))


class ClassWithFaults:
    """Grades a tiny class in this process."""

    def __init__(self, course: TinyCourse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.course, self.monkeypatch, self.capsys = course, monkeypatch, capsys
        self.students: list[str] = []
        self.latest = ""

    def hand_in(self, *students: str) -> None:
        """Hand in a right solution of each of these students."""
        content = self.course.hand_in(students[0], **RIGHT).read_bytes()
        for student in students:
            self.course.hand_in_bytes(student, content)
            self.students.append(student)

    def raise_at(self, owner: Any, name: str, errors: Mapping[str, Exception]) -> None:
        """Make a function raise when it is called for one of these students."""
        original = getattr(owner, name)

        def raising(*words: Any, **more: Any) -> Any:
            self.latest = self._whose((*words, *more.values())) or self.latest
            if self.latest in errors:
                raise errors[self.latest]
            return original(*words, **more)

        self.monkeypatch.setattr(owner, name, raising)

    def _whose(self, words: tuple[Any, ...]) -> str:
        """Return the student whom the arguments of a call are about."""
        for word in words:
            whose = getattr(word, "submission", word)  # a job knows its submission
            parts = word.parts if isinstance(word, Path) else (word, getattr(whose, "student", None))
            for part in parts:
                if isinstance(part, str) and part in self.students:
                    return part
        return ""

    def grade(self, *before: str, answers: Mapping[str, object] | None = None) -> Graded:
        """Grade the class with the command line, with these words before the command."""
        return self.grade_with(DeskFarm(answers), *before)

    def grade_with(self, pool: Any, *before: str) -> Graded:
        """Do the same with a pool of workers."""
        self.monkeypatch.setattr(start, "_pool", lambda *_: pool)
        self.monkeypatch.setattr(
            sys, "argv", ["autograder", *before, "grade", "tiny", "--course", str(self.course.root)]
        )
        code = exit_code(cli.main)
        out, err = self.capsys.readouterr()
        verdicts = self.course.reports / "tiny" / "verdicts"
        return Graded(code, out, err, {path.stem for path in verdicts.glob("*.json")})


def exit_code(main: Callable[[], None]) -> int:
    """Return what a command line ends with."""
    try:
        main()
    except SystemExit as error:
        return int(error.code or 0)
    return 0
