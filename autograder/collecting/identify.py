"""Which student of the gradebook a line of a roster is: by id, number, e-mail address, then name.

Platforms call one student by different ids; a student who is there already must not become a second one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from autograder.collecting.people import Person, folded, letters
from autograder.errors import SubmissionError


class Known:
    """The students who are in the gradebook already.

    Parameters
    ----------
    participants
        Whose the numbers of Moodle are.
    trusts_names
        Whether a name is enough where the file has ids of its own: nobody new is made then, who could be a namesake.
    """

    def __init__(
        self, persons: Iterable[Person], participants: Mapping[str, str], *, trusts_names: bool = False
    ) -> None:
        self.persons = list(persons)
        self.participants, self.trusts_names = participants, trusts_names
        self._ids = _index(self.persons, lambda person: folded(person.id))
        self._numbers = _index(self.persons, lambda person: person.lms_id)
        self._addresses = _index(self.persons, lambda person: folded(person.email))
        self._names = _index(self.persons, lambda person: letters(person.first_name + person.last_name))

    def find(self, person: Person) -> Person | None:
        """Return who it is; None for somebody who is new.

        Raises
        ------
        SubmissionError
            If it could be one of several.
        """
        same = self._ids.get(folded(person.id), [])
        if same and not person.problem:
            return same[0]
        for what, found in (
            ("number", self._by_number(person)),
            ("e-mail address", self._addresses.get(folded(person.email), [])),
            ("name", self._by_name(person)),
        ):
            if len(found) == 1:
                return found[0]
            if found:
                them = " and ".join(known.id for known in found)
                raise SubmissionError(
                    f"it could be {them}, who have the same {what}; give the file a column id with theirs"
                )
        return None

    def _by_number(self, person: Person) -> list[Person]:
        if not person.participant:
            return self._numbers.get(person.lms_id, [])
        # Moodle numbers students anew in each assignment: an earlier file says whose number this is.
        return self._ids.get(folded(self.participants.get(person.participant, "")), [])

    def _by_name(self, person: Person) -> list[Person]:
        """Return those who have the name and cannot be told from this person."""
        if not (person.is_guessed or self.trusts_names):
            return []
        mine = {letters(person.first_name + person.last_name), letters(person.last_name + person.first_name)}
        found = [known for name in sorted(mine) for known in self._names.get(name, [])]
        number = "" if person.participant else person.lms_id
        return [k for k in found if not (number and k.lms_id) and not (person.email and k.email)]


def _index(persons: list[Person], key: Callable[[Person], str]) -> dict[str, list[Person]]:
    """Return the persons by one of their texts; those without it are left out."""
    found: defaultdict[str, list[Person]] = defaultdict(list)
    for person in persons:
        if text := key(person):
            found[text].append(person)
    return dict(found)
