"""A class report in which nobody can be recognised: other names, and nothing that a student has written.

A pseudonym is the same in every report of a course, and only the course's own key leads from an id to it. The order of
the students is that of the pseudonyms.
"""

from __future__ import annotations

import builtins
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec.structs import replace

from autograder.course.course import Course
from autograder.errors import EnvironmentProblem
from autograder.files.durable import sync
from autograder.pages.report.alike import bare
from autograder.pages.report.data import Alike, Exercise, Irregular, Kind, Mistake, Report, Said, Student, Test
from autograder.pages.report.messages import DIFFERS

KEY = ".pseudonyms"  # in reports/
WORD = re.compile(r"[^\W_]+")
SHORTEST = 3  # letters of a name that is looked for in a text
FILE = re.compile(r"\S*(?:\.[^\W\d]\w*|[/\\])\S*")
QUOTED = re.compile(r"(?<!\w)'[^']*'(?!\w)|\"[^\"]*\"")
RAISED = re.compile(r"(?<= raises )(\S+) \(.*\)", re.DOTALL)  # and what it says
OWN_EXCEPTION = "an exception of their own"
REFUSED = "what was handed in cannot be graded"
Pseudonym = Callable[[str], str]


def pseudonyms(course: Course) -> Pseudonym:
    """Return what gives a student's id another name, always the same in this course.

    Raises
    ------
    EnvironmentProblem
        If the course's key can neither be read nor made.
    """
    path = course.reports / KEY
    try:
        key = _key(path)
    except OSError as error:
        raise EnvironmentProblem(
            f"The key of the course's pseudonyms, {path}, cannot be read or written ({error.strerror}): see that you "
            "may write there and that the disk has room."
        ) from error
    return lambda student: (
        f"student-{hmac.new(key, student.encode('utf-8', 'replace'), hashlib.sha256).hexdigest()[:10]}"
    )


def _key(path: Path) -> bytes:
    """Return the key, made if there is none yet."""
    if path.is_file() and (key := path.read_bytes()):
        return key
    path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_hex().encode()
    path.touch(mode=0o600)
    path.write_bytes(key)
    sync(path)
    return key


def anonymous(report: Report, pseudonym: Pseudonym) -> Report:
    """Return the report without anything that tells who somebody is."""
    scrub = _scrubber(report.students)
    students = sorted((_student(student, pseudonym) for student in report.students), key=lambda student: student.id)
    since = report.since
    if since is not None:
        scores = [replace(change, student=pseudonym(change.student)) for change in since.scores]
        since = replace(since, scores=tuple(sorted(scores, key=lambda change: change.student)))
    return replace(
        report,
        students=tuple(students),
        exercises=tuple(_exercise(exercise, scrub) for exercise in report.exercises),
        irregular=tuple(_irregular(report.irregular, pseudonym, scrub)),
        alike=tuple(_alike(alike, pseudonym, scrub) for alike in report.alike),
        since=since,
        anonymous=True,
    )


def _student(student: Student, pseudonym: Pseudonym) -> Student:
    why = REFUSED if student.why else ""
    return replace(student, id=pseudonym(student.id), name="", why=why, notes=(), feedback="", notebook="")


def _exercise(exercise: Exercise, scrub: Callable[[str], str]) -> Exercise:
    mistakes = [
        Mistake(scrub(RAISED.sub(r"\1", one.text)), one.students, one.see, one.href) for one in exercise.mistakes
    ]
    return replace(exercise, tests=tuple(_test(test, scrub) for test in exercise.tests), mistakes=tuple(mistakes))


def _test(test: Test, scrub: Callable[[str], str]) -> Test:
    """Return what a test says; of an exception only the type, if it is one of Python's."""
    return replace(test, messages=tuple(Said(scrub(_impersonal(said)), said.students) for said in test.messages))


def _impersonal(said: Said) -> str:
    if not said.exception:
        return said.text
    return said.exception if hasattr(builtins, said.exception) else OWN_EXCEPTION


def _irregular(found: Iterable[Irregular], pseudonym: Pseudonym, scrub: Callable[[str], str]) -> Iterable[Irregular]:
    """Yield what is irregular, without names of files and whatever else a student has chosen."""
    merged: dict[tuple[Kind, str], set[str]] = {}
    for one in found:
        merged.setdefault((one.kind, _without_choice(one, scrub)), set()).update(map(pseudonym, one.students))
    return (Irregular(kind, text, tuple(sorted(students))) for (kind, text), students in merged.items())


def _without_choice(one: Irregular, scrub: Callable[[str], str]) -> str:
    """Return the sentence on something irregular without any name that a student has chosen."""
    if one.kind is Kind.other:
        return one.text
    if one.kind is Kind.environment:  # between kind and exercise stands what is missing
        return ", ".join(dict.fromkeys((one.text.split(", ")[0], one.text.split(", ")[-1])))
    return scrub(FILE.sub(DIFFERS, one.text))


def _alike(alike: Alike, pseudonym: Pseudonym, scrub: Callable[[str], str]) -> Alike:
    """Return the answers once, without comments, texts and the students' own names for things."""
    found = bare(alike.code[0], alike.exercise.rpartition("/")[2])
    code = (scrub(found.text),) if found else ()
    return Alike(alike.exercise, tuple(sorted(map(pseudonym, alike.students))), code)


def _scrubber(students: Iterable[Student]) -> Callable[[str], str]:
    """Return what takes out of a text whatever names somebody in the class, texts in quotes, and names of files."""
    ids = {student.id for student in students}
    words = {word.casefold() for student in students for word in WORD.findall(f"{student.id} {student.name}")}
    names = {word for word in words if len(word) >= SHORTEST and not word.isdigit()} | {name.casefold() for name in ids}
    composed = sorted((name for name in ids if not WORD.fullmatch(name)), key=len, reverse=True)

    def without_name(word: re.Match[str]) -> str:
        return DIFFERS if word[0].casefold() in names else word[0]

    def scrub(text: str) -> str:
        for name in composed:
            text = text.replace(name, DIFFERS)
        return WORD.sub(without_name, QUOTED.sub(DIFFERS, text))

    return scrub
