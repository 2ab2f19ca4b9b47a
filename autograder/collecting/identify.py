"""Which student of the gradebook a line of a roster is: by id, number, e-mail address, then name.

Platforms call one student by different ids; a student who is there already must not become a second one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
        self.participants = participants
        self.trusts_names = trusts_names

    def find(self, person: Person) -> Person | None:
        """Return who it is; None for somebody who is new.

        Raises
        ------
        SubmissionError
            If it could be one of several.
        """
        same = [known for known in self.persons if folded(known.id) == folded(person.id)]
        if same and not person.problem:
            return same[0]
        for what, fits in (
            ("the same number", self._has_number),
            ("the same e-mail address", _has_address),
            ("the same name", self._has_name),
        ):
            found = [known for known in self.persons if fits(person, known)]
            if len(found) == 1:
                return found[0]
            if found:
                them = " and ".join(known.id for known in found)
                raise SubmissionError(f"it could be {them}, who have {what}; give the file a column id with theirs")
        return None

    def _has_number(self, person: Person, known: Person) -> bool:
        if person.participant:  # of one assignment; only whoever was given it in another file is meant
            return self.participants.get(person.participant) == known.id
        return bool(person.lms_id) and person.lms_id == known.lms_id

    def _has_name(self, person: Person, known: Person) -> bool:
        """Return whether they have one name, and nothing tells them apart."""
        numbers = person.lms_id and known.lms_id and not person.participant
        if not (person.is_guessed or self.trusts_names) or numbers or (person.email and known.email):
            return False
        mine = {letters(person.first_name + person.last_name), letters(person.last_name + person.first_name)} - {""}
        return letters(known.first_name + known.last_name) in mine


def _has_address(person: Person, known: Person) -> bool:
    return bool(person.email) and folded(person.email) == folded(known.email)
