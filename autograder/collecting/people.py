"""Who is who: what can be a student's id, and whom a learning platform means by a name, a number, an address, a group.

It knows no files; `roster` brings the people, `collect` asks for them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from autograder.collecting.entries import DEVICES
from autograder.errors import SubmissionError
from autograder.intake.submission import STUDENT, is_short
from autograder.shown.terminal import one_line

# What platforms call groups by themselves; other names are groups only if the roster says so.
LIKE_A_GROUP = re.compile(
    r"(?:\w+[-_ ])?(?:group|gruppe|groupe|grupo|gruppo|team|equipe|équipe|equipo)[-_ ]?(?:\d{1,4}|[a-z])", re.IGNORECASE
)
ANONYMOUS = ("participant", "teilnehmer", "teilnehmerin")  # Moodle's name for everybody where marking is blind
OF_NO_GROUP = ("defaultgroup", "standardgruppe")  # Moodle's name for those who are in none
NO_NAMES: Mapping[str, str] = MappingProxyType({})
NO_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True)
class Person:
    """A student as the roster has them; what is not known is empty.

    Parameters
    ----------
    columns, groups, participant
        What `LmsNames` keeps of them; `groups` is None where the roster has no column for it.
    is_guessed
        Whether the id is not one that somebody gave: the roster has no column for ids, or none that can be used.
    problem
        Why a new student cannot have this id. The line may still be about a student known by number, address or name.
    row
        Which row of the roster it is.
    """

    id: str
    first_name: str = ""
    last_name: str = ""
    lms_id: str = ""
    email: str = ""
    columns: Mapping[str, str] = field(default_factory=dict, compare=False)
    groups: tuple[str, ...] | None = field(default=None, compare=False)
    participant: str = field(default="", compare=False)
    is_guessed: bool = field(default=False, compare=False)
    problem: str = field(default="", compare=False)
    row: int = field(default=0, compare=False)


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
    others
        What they may be known by besides, if nobody is known by the name.
    """

    label: str
    name: str
    number: str = ""
    by_name: bool = False
    others: tuple[str, ...] = ()


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
    """The students of the course, by whatever they may be known.

    Parameters
    ----------
    groups
        Who is in which group, by the letters of its name.
    participants
        Whose the numbers of Moodle are.
    """

    def __init__(
        self,
        persons: Iterable[Person],
        groups: Mapping[str, tuple[str, ...]] = NO_GROUPS,
        participants: Mapping[str, str] = NO_NAMES,
    ) -> None:
        self.ids: dict[str, Person] = {}
        self._by_folded_id: defaultdict[str, list[Person]] = defaultdict(list)
        self._by_lms_id: defaultdict[str, list[Person]] = defaultdict(list)
        self._by_email: defaultdict[str, list[Person]] = defaultdict(list)
        self._by_name: defaultdict[str, list[Person]] = defaultdict(list)
        self.is_roster = False
        for person in persons:
            self.ids[person.id] = person
            self._by_folded_id[folded(person.id)].append(person)
            self.is_roster |= any((person.first_name, person.last_name, person.lms_id, person.email))
            if person.lms_id:
                self._by_lms_id[person.lms_id].append(person)
            if person.email:
                self._by_email[folded(person.email)].append(person)
            for name in _names(person):
                self._by_name[name].append(person)
        self._groups, self._participants = groups, participants

    def knows(self, text: str) -> bool:
        """Return whether somebody is known by this, or a group."""
        return bool(self._called(Owner(text, text))) or letters(text) in self._groups

    def means(self, owner: Owner) -> bool:
        """Return whether somebody is known by the name and number of an owner."""
        return bool(self._called(owner))

    def is_called(self, owner: Owner) -> bool:
        """Return whether the name fits: a group has it, or the student with that number has it or no name."""
        name, found = letters(owner.name), self._called(owner)
        return name in self._groups or any(not _has_name(person) or name in _names(person) for person in found)

    def is_group(self, owner: Owner) -> bool:
        """Return whether a group is called like this, or those who are in none."""
        name = letters(owner.name)
        return name in self._groups or name in OF_NO_GROUP

    def whose(self, owner: Owner) -> tuple[str, ...]:
        """Return the ids of all whose work it is: one student, or the members of a group.

        Raises
        ------
        SubmissionError
            If nobody is meant, it could be one of several, or nobody says who is in the group.
        """
        self._require_own_number(owner)
        name, found = letters(owner.name), self._called(owner)
        members = (self._groups.get(name) if name else ()) or self._without_group(name)
        numbered = [person.id for person in found] if owner.number and not owner.by_name else []
        if members and numbered and not set(numbered) & set(members) and name not in _names(found[0]):
            raise SubmissionError(
                f"{owner.label} could be the group of that name, but {' and '.join(numbered)}, whose number it has, is "
                "not in it: import the groups as they are now, and run this command again."
            )
        if members and (not found or (numbered and name not in _names(found[0]))):
            return members
        if members:
            them = " or ".join(person.id for person in found)
            raise SubmissionError(f"{owner.label} could be {them} or the group of that name: give one another name.")
        is_somebody = bool(found)
        if owner.number and not owner.by_name:  # a group has the number of one of its members
            is_somebody = any(name in _names(person) or folded(owner.name) == folded(person.id) for person in found)
        if not is_somebody and (LIKE_A_GROUP.fullmatch(owner.name) or name in OF_NO_GROUP):
            raise SubmissionError(
                f"{owner.label} is a group, and nothing says who is in it: import the groups (`autograder roster "
                "import FILE.csv` with Canvas's export of the groups, Moodle's participants or a column group), and "
                "run this command again."
            )
        return ((self._behind_a_group(owner) if owner.by_name and not found else "") or self.find(owner),)

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
            tell = (
                "import the assignment's grading worksheet, which has the number of each (`autograder roster import`), "
                "and run this command again"
                if owner.by_name
                else "give the roster the number of each in the learning platform (lms_id)"
            )
            raise SubmissionError(f"{owner.label} could be {them}: {tell}.")
        if self.is_roster:
            raise SubmissionError(
                f"{owner.label} is nobody in the roster: add a line for them, or their name, lms_id or email to their "
                "line, and run `autograder roster import` and this command again."
            )
        try:
            return require_id(owner.name)
        except SubmissionError as error:
            raise SubmissionError(f"{owner.label} is not in a roster, and {error}: import a roster.") from error

    def _require_own_number(self, owner: Owner) -> None:
        """Check that a name is not given together with the number that an import has given to somebody else.

        People can change their name in the platform, to that of another student or of a group; their number stays.
        """
        known = self.ids.get(self._participants.get(owner.number, "")) if owner.by_name and owner.number else None
        if not known or letters(owner.name) in ANONYMOUS or known in self._named(owner.name):
            return
        if self._behind_a_group(owner) == known.id or not (_has_name(known) or self._named(owner.name)):
            return
        raise SubmissionError(
            f"{owner.label} has the number that the grading worksheet gives to {known.id}, but not their name: ask "
            "whose it is, and put it into the folder of that student yourself."
        )

    def _without_group(self, name: str) -> tuple[str, ...]:
        """Return those who are in no group, if that is what the name means and groups are known."""
        if name not in OF_NO_GROUP or not self._groups:
            return ()
        grouped = {member for members in self._groups.values() for member in members}
        return tuple(sorted(self.ids.keys() - grouped))

    def _behind_a_group(self, owner: Owner) -> str:
        """Return the student whose name stands behind that of a group, `Group A-Alice Smith`; empty if nobody is."""
        words = owner.name.split("-")
        rest = ["-".join(words[place:]).strip() for place in range(1, len(words))]
        found = {person.id for name in rest for person in self._called(replace(owner, name=name))}
        return found.pop() if len(found) == 1 else ""

    def _called(self, owner: Owner) -> list[Person]:
        name, number = owner.name, owner.number
        if owner.by_name:
            named = self._named(name)
            known = self.ids.get(self._participants.get(number, ""))
            if known and (known in named or letters(name) in ANONYMOUS):
                return [known]
            if len(named) != 1 and number:
                numbered = self._by_lms_id[number]
                return [person for person in numbered if person in named or not _has_name(person)] or named
            return named
        if number:
            return self._by_lms_id[number] or [p for p in self._by_name[letters(name)] if not p.lms_id]
        return next((found for word in (name, *owner.others) if word and (found := self._known_by(word))), [])

    def _named(self, name: str) -> list[Person]:
        return self._by_name[letters(name)] or self._by_folded_id[folded(name)]

    def _known_by(self, word: str) -> list[Person]:
        exact = [person for person in self._by_folded_id[folded(word)] if person.id == word]
        return (
            exact
            or self._by_folded_id[folded(word)]
            or self._by_email[folded(word)]
            or self._by_lms_id[word]
            or self._by_name[letters(word)]
        )


def _names(person: Person) -> set[str]:
    """Return the letters of a person's name, in either order."""
    first, last = person.first_name, person.last_name
    return {letters(name) for name in (first + last, last + first)} - {""}


def _has_name(person: Person) -> bool:
    return bool(person.first_name or person.last_name)
