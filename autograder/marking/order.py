"""In which order students are marked, by whom, and what they are called where nobody is to know who they are.

Without names, the order differs from exercise to exercise, so that nobody is always first, and rests on a key that lies
in the course folder: it is the same at every start, and the page tells nothing that could be looked up in a roster.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from autograder.course.course import Course
from autograder.errors import UsageError

PART = re.compile(r"([1-9]\d{0,2})/([1-9]\d{0,2})")


@dataclass(frozen=True)
class Part:
    """One of several parts of a class, about equally large: a student stays in it, whoever else hands in."""

    number: int = 1
    of: int = 1

    @classmethod
    def parse(cls, text: str) -> Part:
        """Return the part that a text like 1/3 names.

        Raises
        ------
        UsageError
            If it names none.
        """
        found = PART.fullmatch(text.strip())
        if not found or int(found[1]) > int(found[2]):
            raise UsageError(f"--part {text} does not name a part: write 1/3 for the first of three.")
        return cls(int(found[1]), int(found[2]))

    def has(self, assignment: str, student: str) -> bool:
        """Return whether a student is in this part; every machine comes to the same answer."""
        digest = hashlib.sha256(f"{assignment}\0{student}".encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:8]) % self.of == self.number - 1


@dataclass(frozen=True)
class Order:
    """Names answers so that only this course can tell whose they are, and puts them into an order."""

    key: bytes
    assignment: str
    is_anonymous: bool

    def handle(self, student: str) -> str:
        """Return what the page calls a student's answers."""
        return self._digest("handle", student)[:20]

    def place(self, student: str, exercise: str) -> tuple[str, str]:
        """Return what students are sorted by."""
        return (self._digest(f"place\0{exercise}", student) if self.is_anonymous else student.casefold(), student)

    def _digest(self, purpose: str, student: str) -> str:
        return _digest(self.key, f"{purpose}\0{self.assignment}\0{student}")


@cache
def _digest(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), "sha256").hexdigest()


def course_key(course: Course) -> bytes:
    """Return the course's key, made at the first call."""
    path = marking_folder(course) / "key"
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"key.{secrets.token_hex(8)}")
    if not path.exists():
        fresh.write_bytes(secrets.token_bytes(32))
        fresh.chmod(0o660)
        with suppress(FileExistsError):  # somebody else was faster
            os.link(fresh, path)
        fresh.unlink()
    return path.read_bytes()


def marking_folder(course: Course) -> Path:
    """Return where marking keeps what it can do without."""
    return course.root / "_build" / "marking"
