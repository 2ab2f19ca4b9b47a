"""What the hidden tests catch of mutants: the solution with one slip of the pen each.

A mutant that passes is compared with the solution on the inputs of the bank. Where these show no difference, it counts
as equivalent; where they do, or where there is no bank, it has survived, and a test could be added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from autograder.engine.items import Cell, Item, Kind
from autograder.vetting.field import Field, Trial, Tried
from autograder.vetting.mutation import Mutant, mutants
from autograder.vetting.variants import Place, Variants, lost

BANK_FAULT = "the bank of misconceptions cannot be used"  # what the engine says if it cannot compare
ASKED = "vetting-asks"  # a test that fails, so that the engine looks at the function


@dataclass(frozen=True)
class Survivor:
    """A mutant that passes all hidden tests of its exercise although it gives something else."""

    notebook: str
    exercise: str
    rule: str
    line: int
    difference: str


@dataclass(frozen=True)
class Mutated:
    """What became of the mutants."""

    killed: int
    equivalent: int
    survivors: tuple[Survivor, ...]

    @property
    def share(self) -> float:
        """Which share of the mutants that are not equivalent was killed."""
        differing = self.killed + len(self.survivors)
        return self.killed / differing if differing else 1.0


def try_mutants(field: Field, variants: Variants, diagnosing: Variants) -> Mutated:
    """Try the mutants of all exercises.

    Parameters
    ----------
    variants, diagnosing
        What makes notebooks without and with the bank.
    """
    made = {
        f"{place.notebook}/{place.name}/{number}": (place, mutant)
        for place in variants.places
        for number, mutant in enumerate(mutants(place.solution.source))
    }
    trials = {key: variants.of_wrong(place, mutant.source) for key, (place, mutant) in made.items()}
    passed = [key for key, tried in field.run("mutants", trials) if not lost(made[key][0], tried)]
    passing = {key: made[key] for key in sorted(passed, key=list(made).index)}
    same = _equivalent(field, diagnosing, passing) if diagnosing.grader.assignment.bank else set()
    survivors = tuple(_survivor(*passing[key]) for key in passing if key not in same)
    return Mutated(len(made) - len(passing), len(same), survivors)


def _equivalent(field: Field, variants: Variants, passing: Mapping[str, tuple[Place, Mutant]]) -> set[str]:
    """Return the mutants that give what the solution gives, on all inputs of the bank."""
    known = {place.name: place for place in variants.places}
    trials = {
        key: _asking(variants.of(known[place.name], mutant.source), place) for key, (place, mutant) in passing.items()
    }
    tried = dict(field.run("survivors", trials))
    return {key for key, (place, _) in passing.items() if _is_unnoticed(place, tried[key])}


def _is_unnoticed(place: Place, tried: Tried) -> bool:
    report = tried.reports[place.notebook]
    is_broken = any(sentence.startswith(BANK_FAULT) for sentence in report.oddities)
    return not is_broken and not any(one.exercise == place.name for one in report.diagnoses)


def _asking(trial: Trial, place: Place) -> Trial:
    """Return a trial with one more test of the exercise, which fails."""
    item = trial.job.items[place.notebook]
    return Trial(trial.grader, replace(trial.job, items={place.notebook: _with_test(item, place)}))


def _with_test(item: Item, place: Place) -> Item:
    test = Cell(Kind.test, ASKED, "assert False", "")
    last = max(number for number, cell in enumerate(item.cells) if cell.name in (place.name, *place.tests))
    cells = (*item.cells[: last + 1], test, *item.cells[last + 1 :])
    solutions = tuple(
        replace(solution, tests=(ASKED,)) if solution.name == place.name else solution for solution in item.solutions
    )
    return replace(item, cells=cells, tests=frozenset({ASKED}), solutions=solutions)


def _survivor(place: Place, mutant: Mutant) -> Survivor:
    return Survivor(place.notebook, place.name, mutant.rule, mutant.line, mutant.difference(place.solution.source))
