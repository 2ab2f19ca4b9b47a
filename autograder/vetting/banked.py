"""Whether the tests catch what the bank of misconceptions knows, whether each is named, and what is unusual passes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from autograder.course.faults import Fault, fault_at
from autograder.engine.inside.diagnosing.bank import Bank, Unusual, Wrong, read
from autograder.vetting.answers import answer
from autograder.vetting.field import Field, Trial, Tried
from autograder.vetting.solution import in_one_line
from autograder.vetting.variants import Place, Variants, lost

CHECK = "misconceptions"
Known = Wrong | Unusual


def read_bank(text: str) -> Bank:
    """Return the bank that a text writes; its functions are not called here.

    Raises
    ------
    Exception
        Whatever the text raises.
    """
    return read(text, _nobody)


def _nobody(name: str) -> NoReturn:
    raise NameError(f"name {name!r} is not defined")


def faults_of_bank(field: Field, variants: Variants) -> Iterator[Fault]:
    """Yield the misconceptions that no hidden test catches or that are taken for others, and what loses wrongly."""
    text = variants.grader.assignment.bank
    if not text:
        return
    try:
        bank = read_bank(text)
    except Exception as error:
        yield Fault(CHECK, f"The bank of misconceptions cannot be read ({type(error).__name__}: {error}). Mend it.")
        return
    sources = variants.grader.assignment.sources

    def fault(place: Place, known: Known, says: str) -> Fault:
        return fault_at(sources, CHECK, f"{known.name} in the bank {says}", place.notebook, place.name)

    trials, whose = dict[str, Trial](), dict[str, tuple[Place, Known]]()
    yield from _strangers(bank, variants)
    for place in variants.places:
        solutions = {one.name: one.source for one in variants.grader.assignment.solutions[place.notebook]}
        of = bank.of(place.name)
        costly = [wrong for wrong in of.wrong if wrong.costs]
        everything: list[Known] = [*costly, *of.unusual]
        for known in everything:
            try:
                made = variants.of_wrong if isinstance(known, Wrong) else variants.of
                trials[known.name] = made(place, answer(known, text, solutions))
            except (ValueError, StopIteration) as error:
                yield fault(place, known, f"cannot be made ({error or 'it is not a function of the bank'}). Mend it.")
            else:
                whose[known.name] = place, known
    for name, tried in field.run("misconceptions", trials):
        place, known = whose[name]
        says = _of_wrong(place, known, tried) if isinstance(known, Wrong) else _of_unusual(place, tried)
        if says:
            yield fault(place, known, says)


def _strangers(bank: Bank, variants: Variants) -> Iterator[Fault]:
    """Yield what belongs to no exercise."""
    exercises = {solution.name for of in variants.grader.assignment.solutions.values() for solution in of}
    everything: list[Known] = [*bank.wrong, *bank.unusual]
    for known in everything:
        if known.of not in exercises:
            says = f"{known.name} in the bank belongs to {known.of!r}, which is not an exercise. Name one that is."
            yield Fault(CHECK, says)


def _of_wrong(place: Place, known: Wrong, tried: Tried) -> str:
    """Return what is wrong with a misconception that was tried; empty if nothing is."""
    if not lost(place, tried):
        return "passes every hidden test of the exercise. Add a test that it fails."
    diagnoses = tried.verdict.diagnoses_of(place.notebook)
    labels = [one.label for of in diagnoses if of.diagnosis.exercise == place.name for one in of.diagnosis.known]
    if labels == [known.name]:
        return ""
    instead = f"taken for {' and '.join(labels)}" if labels else "not recognised"
    return f"is {instead}. Let the bank's inputs tell it from the others."


def _of_unusual(place: Place, tried: Tried) -> str:
    """Return what is wrong with an unusual right answer that was tried; empty if nothing is."""
    tests = lost(place, tried)
    if not tests:
        return ""
    found = tried.verdict.of(place.notebook)[tests[0]]
    return (
        f"is right and loses points in {', '.join(tests)} ({in_one_line(found.detail or found.message)}). Let it pass."
    )
