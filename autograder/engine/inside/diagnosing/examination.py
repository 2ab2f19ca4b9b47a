"""Finds out what is wrong with a student's function, on inputs of its bank: never on those of a hidden test.

The function is called with each input, beside the author's. It has the first misconception that does the same on all
inputs, or two that are edits of the author's solution, together. Where none does, the first rung of the ladder on which
it differs says what is wrong, and, if only values are, what they are right up to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from .. import protocol
from .bank import Bank, Wrong
from .calls import Call
from .examples import Drawn, smallest
from .functions import function_of
from .ladder import LADDER, Relation, Rung
from .outcomes import Difference, Outcome, Path, alike, difference
from .questions import Question, questions
from .relations import Pair, relation
from .shown import MOST_TEXT, shown

LookUp = Callable[[str], Any]
FEWEST = 5  # wrong results on ordinary inputs that must agree for a name to be given


@dataclass(frozen=True)
class Probe:
    """One input, and what student and author make of it."""

    call: Call
    drawn: Drawn
    theirs: Outcome
    right: Outcome

    @cached_property
    def difference(self) -> Difference | None:
        """Where the student's outcome differs from the right one."""
        return difference(self.theirs, self.right, self.call.given.same)


class Examination:
    """The examination of one function.

    Parameters
    ----------
    exercise
        The name of the function.
    bank
        What is known of it.
    theirs, author
        Return functions by their names: the student's, as far as earlier exercises are right; the author's.
    solution
        The author's text.
    probes, looks
        How many inputs to try, and how many calls to spend on the smallest one; with none, there is no example.
    asked
        These inputs with what is right for them, if they are drawn already.
    """

    def __init__(
        self,
        exercise: str,
        bank: Bank,
        theirs: LookUp,
        author: LookUp,
        solution: str,
        *,
        probes: int,
        looks: int,
        asked: list[Question] | None = None,
    ) -> None:
        self.exercise = exercise
        self.bank = bank
        self.theirs = theirs
        self.author = author
        self.solution = solution
        self.most_looks = looks
        self._asked = questions(bank, author, probes) if asked is None else asked
        self._found: tuple[protocol.Diagnosis, Probe] | None = None
        self._alone = {wrong.name: self._function(wrong) for wrong in bank.wrong}

    def diagnosis(self) -> protocol.Diagnosis | None:
        """Return what is wrong; None if nothing is, as far as the inputs show."""
        probes = [
            Probe(one.call, one.drawn, one.call.with_functions(one.drawn, self.theirs), one.right)
            for one in self._asked
        ]
        wrong = [probe for probe in probes if probe.difference is not None]
        if not wrong:
            return None
        known = self._known(probes)
        rung = _most_frequent(wrong)
        telling = [probe for probe in wrong if probe.difference and (known or probe.difference.rung == rung)]
        found = protocol.Diagnosis(
            labels=[one.name for one in known],
            says=[one.says for one in known],
            see=[one.see for one in known],
            kinds=[one.kind for one in known],
            rung=rung,
            where=[],
            relation=None,
            example=None,
        )
        if not self.most_looks:
            return found
        example = self._example(telling, known, rung)
        found = self._showing(example, found)
        self._found = found, example
        first = example.difference
        if first is not None and not known and rung in (Rung.value, Rung.shape):
            between = _relation(probes, first.path)
            found["relation"] = asdict(between) if between else None
        return found

    def again(self, theirs: LookUp) -> protocol.Diagnosis | None:
        """Return the diagnosis as it is for functions that have not been called yet: what a student will see.

        A function may keep something from one call to the next. Where its example gives something else now, this is
        shown; and if no misconception is known that does the same, it is what is wrong.
        """
        if self._found is None:
            return None
        found, probe = self._found
        first, second = (probe.call.with_functions(probe.drawn, theirs) for _ in range(2))
        others = [later for later in (second, probe.theirs) if not alike(first, later) and _text(first) != _text(later)]
        if not others:
            return found
        fresh = replace(probe, theirs=first)
        if not found["labels"] and not all(alike(first, later, probe.call.given.same) for later in others):
            words = f"{_text(first)} at first, {_text(others[0])} later"
            example = protocol.Example(
                lines=_lines(probe), call=probe.call.given.call, theirs=words, right=shown(probe.right.value), raised=""
            )
            return {**found, "rung": Rung.unsteady, "where": [], "relation": None, "example": example}
        return self._showing(fresh, found) if fresh.difference else {**found, "example": None}

    def _showing(self, probe: Probe, found: protocol.Diagnosis) -> protocol.Diagnosis:
        """Return a diagnosis with an example, and with what is the first to break there."""
        first = probe.difference
        assert first is not None, "an example shows a mistake"
        where = [key if isinstance(key, int) else str(key) for key in first.path]
        return {**found, "example": self._shown(probe), "where": where, "rung": first.rung}

    # Which misconceptions it has.

    def _known(self, probes: list[Probe]) -> list[Wrong]:
        """Return the misconception that does what the student's function does, or two of them together."""
        for wrong in self.bank.wrong:
            if self._does_the_same(self._alone[wrong.name], probes):
                return [wrong]
        made = [wrong for wrong in self.bank.wrong if wrong.edits]
        for one, other in combinations(made, 2):
            if self._does_the_same(self._function(one, other), probes):
                return [one, other]
        return self._known_beside_a_side_effect(probes) or self._known_on_ordinary(probes)

    def _known_beside_a_side_effect(self, probes: list[Probe]) -> list[Wrong]:
        """Return the misconception that gives the same results, and the one that changes the same arguments."""
        if not any(probe.theirs.changed for probe in probes):
            return []
        unchanged = [replace(probe, theirs=replace(probe.theirs, changed=())) for probe in probes]
        if all(probe.difference is None for probe in unchanged):
            return []
        for wrong in self.bank.wrong:
            if self._does_the_same(self._alone[wrong.name], unchanged):
                others = (other for other in self.bank.wrong if other.kind == "side effect")
                beside = (other for other in others if self._changes_the_same(self._alone[other.name], probes))
                return [wrong, *beside][:2]
        return []

    def _known_on_ordinary(self, probes: list[Probe]) -> list[Wrong]:
        """Return the misconception that does the same on all ordinary inputs, and on most of the others.

        The first inputs of a bank are the ordinary ones; on the others, which are extreme in some way, a function may
        have a second mistake.
        """
        ordinary = [probe for probe in probes if probe.call.given is self.bank.inputs[0]]
        if sum(probe.difference is not None for probe in ordinary) < FEWEST:
            return []
        alike = [wrong for wrong in self.bank.wrong if self._does_the_same(self._alone[wrong.name], ordinary)]

        def same(wrong: Wrong) -> int:
            return sum(self._does_the_same(self._alone[wrong.name], [probe]) for probe in probes)

        return [max(alike, key=same)] if alike else []

    def _changes_the_same(self, function: Any, probes: list[Probe]) -> bool:
        return function is not None and all(
            probe.theirs.changed == probe.call.with_functions(probe.drawn, self._with(function)).changed
            for probe in probes
        )

    def _function(self, wrong: Wrong, *more: Wrong) -> Any:
        try:
            edits = [edit for other in more for edit in other.edits]
            return function_of(wrong, self.solution, self.author, *edits)
        except Exception:  # two edits of one line do not go together
            return None

    def _with(self, function: Any) -> LookUp:
        return lambda name: function if name == self.exercise else self.author(name)

    def _does_the_same(self, function: Any, probes: list[Probe]) -> bool:
        return function is not None and all(
            alike(probe.theirs, probe.call.with_functions(probe.drawn, self._with(function)), probe.call.given.same)
            for probe in probes
        )

    # The smallest input that shows it.

    def _example(self, wrong: list[Probe], known: list[Wrong], rung: Rung) -> Probe:
        """Return the smallest input that shows this mistake, and as few others as can be."""
        call = wrong[0].call
        here = [probe for probe in wrong if probe.call is call]
        functions = [self._alone[other.name] for other in self.bank.wrong if other not in known]
        rivals = [self._with(function) for function in functions if function is not None]

        def confused(probe: Probe, most: int) -> int:
            """Return how many others do the same on this input, counted until they are more than `most`."""
            found = 0
            for rival in tuple(rivals):
                if alike(probe.theirs, call.with_functions(probe.drawn, rival), call.given.same):
                    found += 1
                    rivals.remove(rival)  # it is asked earlier next time: most often it is the same one again
                    rivals.insert(0, rival)
                if found > most:
                    break
            return found

        most = len(rivals)
        for probe in here:
            most = min(most, confused(probe, most)) if most else 0

        def looked_at(drawn: Drawn) -> Probe | None:
            right = call.with_functions(drawn, self.author)
            if right.error:
                return None
            probe = Probe(call, drawn, call.with_functions(drawn, self.theirs), right)
            there = probe.difference
            shows = there is not None and (bool(known) or there.rung == rung) and confused(probe, most) <= most
            return probe if shows else None

        assert call.given.draw is not None
        looks = call.given.share(self.most_looks)
        found = smallest(call.given.draw(), lambda drawn: looked_at(drawn) is not None, looks)
        shrunk = None if found is None else looked_at(found)
        return shrunk or here[0]  # what keeps a state of its own may give something else the next time

    def _shown(self, probe: Probe) -> protocol.Example:
        there, call = probe.difference, probe.call.given.call
        theirs = _text(probe.theirs)
        right = shown(probe.right.value)
        if there is not None and there.rung is Rung.side_effect:
            names = ", ".join(probe.theirs.changed)
            theirs, right = f"changes {names}", f"leaves {names} as before"
        elif there is not None and there.path and not probe.theirs.error:
            theirs, right = shown(there.theirs), shown(there.right)
            call = probe.call.text_of(there.path)
        elif there is not None and there.rung is Rung.form and (probe.theirs.error or probe.theirs.returned is None):
            theirs, right = shown(probe.theirs.returned), shown(probe.right.returned)
            call = probe.call.text_alone
        raised = "" if probe.theirs.is_of_no_use else probe.theirs.text[:MOST_TEXT]
        return protocol.Example(lines=_lines(probe), call=call, theirs=theirs, right=right, raised=raised)


def _lines(probe: Probe) -> list[str]:
    return [f"{name} = {shown(value)}" for name, value in probe.drawn.items()]


def _text(outcome: Outcome) -> str:
    return f"raises {outcome.error}" if outcome.error else shown(outcome.value)


def _most_frequent(wrong: list[Probe]) -> Rung:
    rungs = [probe.difference.rung for probe in wrong if probe.difference]
    return max(LADDER, key=lambda rung: (rungs.count(rung), -LADDER.index(rung)))


def _relation(probes: list[Probe], path: Path) -> Relation | None:
    """Return what holds between wrong and right values at one place of the results."""
    pairs = [pair for probe in probes if not probe.theirs.error for pair in _pairs(probe, path)]
    return relation(pairs)


def _pairs(probe: Probe, path: Path) -> Iterator[Pair]:
    theirs, right = probe.theirs.value, probe.right.value
    try:
        for key in path:
            theirs, right = theirs[key], right[key]
        theirs, right = np.asarray(theirs, dtype=float), np.asarray(right, dtype=float)
    except (LookupError, TypeError, ValueError):
        return
    if theirs.size == right.size == 1:
        theirs = theirs.reshape(right.shape)
    if (theirs.ndim == 2 and theirs.shape == right.shape[::-1] != right.shape) or theirs.shape == right.shape:
        yield Pair(theirs, right, probe.drawn)
