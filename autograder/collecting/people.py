"""Who is who: what can be a student's id, and whom a learning platform means by a name, a number or an address.

It knows no files; `roster` brings the people, `collect` asks for them.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.collecting.entries import DEVICES
from autograder.errors import SubmissionError
from autograder.intake.submission import STUDENT, is_short
from autograder.shown.terminal import one_line


@dataclass(frozen=True)
class Person:
    """A student as the roster has them; what is not known is empty."""

    id: str
    first_name: str = ""
    last_name: str = ""
    lms_id: str = ""
    email: str = ""


@dataclass(frozen=True)
class Owner:
    """Whose work a file of a download is, in the words of the download.

    Parameters
    ----------
    label
        How to name them in a sentence.
    name
        A person's name, an id or an address.
    number
        The user's number in the learning platform; empty if the download has none.
    by_name
        Whether the number is only good to tell people with one name apart (Moodle numbers them anew each time).
    """

    label: str
    name: str
    number: str = ""
    by_name: bool = False


def folded(text: str) -> str:
    """Return a text such that texts that some file system or person takes for the same are equal."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def letters(name: str) -> str:
    """Return the letters and digits of a name, without case and accents: all that platforms agree on."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    return "".join(char for char in plain if char.isalnum())


def require_id(text: str) -> str:
    """Return a student's id, with composed characters.

    Raises
    ------
    SubmissionError
        If nbgrader could not use it; the message proposes another one.
    """
    text = unicodedata.normalize("NFC", text)
    if is_short(text) and STUDENT.fullmatch(text) and text[-1] not in " ." and not DEVICES.fullmatch(text):
        return text
    reason = "ids are letters, digits, spaces and . @ + - _ ', begin with a letter or digit and are not too long"
    raise SubmissionError(
        f"{one_line(text)!r} cannot be a student's id ({reason}); for example, use {proposed(text)!r}"
    )


def proposed(text: str) -> str:
    """Return an id that is like `text` and can be one."""
    plain = unicodedata.normalize("NFKC", text)
    kept = "".join(char if char.isalnum() or char in "_@.+'-" else "-" for char in plain)
    kept = "-".join(part for part in kept.split("-") if part).strip(".@+'-")[:40].strip(".@+'-")
    return f"student-{kept or 1}" if not kept or DEVICES.fullmatch(kept) else kept


class People:
    """The students of the course, by whatever they may be known."""

    def __init__(self, persons: Iterable[Person]) -> None:
        self.ids: dict[str, str] = {}
        self._by_folded_id: defaultdict[str, list[Person]] = defaultdict(list)
        self._by_lms_id: defaultdict[str, list[Person]] = defaultdict(list)
        self._by_email: defaultdict[str, list[Person]] = defaultdict(list)
        self._by_name: defaultdict[str, list[Person]] = defaultdict(list)
        self.is_roster = False
        for person in persons:
            self.ids[person.id] = person.id
            self._by_folded_id[folded(person.id)].append(person)
            self.is_roster |= any((person.first_name, person.last_name, person.lms_id, person.email))
            if person.lms_id:
                self._by_lms_id[person.lms_id].append(person)
            if person.email:
                self._by_email[folded(person.email)].append(person)
            names = (person.first_name + person.last_name, person.last_name + person.first_name)
            for name in {letters(name) for name in names} - {""}:
                self._by_name[name].append(person)

    def knows(self, text: str) -> bool:
        """Return whether somebody is known by this."""
        return bool(self._called(Owner(text, text)))

    def find(self, owner: Owner) -> str:
        """Return the id of the student that the download means.

        Without a roster, what the download calls them is the id.

        Raises
        ------
        SubmissionError
            If nobody is meant, or it could be one of several.
        """
        found = self._called(owner)
        if len(found) == 1:
            return found[0].id
        if found:
            them = " and ".join(sorted(person.id for person in found))
            raise SubmissionError(
                f"{owner.label} could be {them}: give the roster the number of each in the learning platform (lms_id)."
            )
        if self.is_roster:
            raise SubmissionError(
                f"{owner.label} is nobody in the roster: add a line for them, or their name, lms_id or email to their "
                "line, and run `autograder roster import` and this command again."
            )
        try:
            return require_id(owner.name)
        except SubmissionError as error:
            raise SubmissionError(f"{owner.label} is not in a roster, and {error}: import a roster.") from error

    def _called(self, owner: Owner) -> list[Person]:
        name, number = owner.name, owner.number
        if owner.by_name:
            named = self._by_name[letters(name)] or self._by_folded_id[folded(name)]
            if len(named) != 1 and number:
                numbered = self._by_lms_id[number]
                return [person for person in numbered if person in named or not _has_name(person)] or named
            return named
        if number:
            return self._by_lms_id[number] or [p for p in self._by_name[letters(name)] if not p.lms_id]
        exact = [person for person in self._by_folded_id[folded(name)] if person.id == name]
        return (
            exact
            or self._by_folded_id[folded(name)]
            or self._by_email[folded(name)]
            or self._by_lms_id[name]
            or self._by_name[letters(name)]
        )


def _has_name(person: Person) -> bool:
    return bool(person.first_name or person.last_name)
