"""Notebooks that are right but for one answer, and run with the tests of that answer's exercise only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from autograder.course.cells import code_cells, grade_id, points
from autograder.engine.items import Cell, Item, Kind, Solution
from autograder.grading.grader import Grader
from autograder.vetting.field import Trial, Tried
from autograder.vetting.slow import Quick, Times, without_slow

TIMES_LONGER, LEAST_SECONDS = 20, 3.0  # what a wrong answer may take: that of the solution, and at least


@dataclass(frozen=True)
class Place:
    """An exercise that a machine grades: its notebook, the author's solution, and the tests to run."""

    notebook: str
    solution: Solution
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of the exercise."""
        return self.solution.name


class Variants:
    """Makes variants of an assignment's solution.

    Parameters
    ----------
    grader
        Who grades them.
    taken
        CPU seconds of the solution's cells, by notebook.
    in_haste
        Whether a variant gets not much more time than the solution has taken, as fits what may never end.
    """

    def __init__(self, grader: Grader, taken: Mapping[str, Times], *, in_haste: bool) -> None:
        self.grader = grader
        self._taken = taken
        self._in_haste = in_haste
        self._job = grader.solution()
        self._items: dict[Place, Item] = {}

    @cached_property
    def _quick(self) -> dict[str, Quick]:
        seconds = self.grader.settings.seconds
        return {name: without_slow(item, seconds, self._taken.get(name, {})) for name, item in self._job.items.items()}

    @cached_property
    def places(self) -> list[Place]:
        """The exercises that have a test with points that does not take long, in their order."""
        return list(self._places())

    def _places(self) -> Iterator[Place]:
        for name, solutions in sorted(self.grader.assignment.solutions.items()):
            source = self.grader.assignment.sources[name]
            worth = {str(grade_id(cell)) for cell in code_cells(source) if points(cell)}
            there = {cell.name for cell in self._quick[name].cells}
            for solution in solutions:
                tests = tuple(test for test in solution.tests if test in there & worth)
                if tests and solution.name in there:
                    yield Place(name, solution, tests)

    def of(self, place: Place, answer: str) -> Trial:
        """Return the notebook in which an exercise has another answer."""
        item = self._item(place)
        cells = tuple(self._in_time(place, _answered(cell, place.name, answer)) for cell in item.cells)
        return Trial(self.grader, replace(self._job, items={place.notebook: replace(item, cells=cells)}))

    def of_wrong(self, place: Place, answer: str) -> Trial:
        """Return the same for an answer that is wrong: one test that it fails is enough."""
        trial = self.of(place, answer)
        item = replace(trial.job.items[place.notebook], enough=frozenset(place.tests))
        return replace(trial, job=replace(trial.job, items={place.notebook: item}))

    def _item(self, place: Place) -> Item:
        """Return the solution's notebook with what the tests of an exercise need."""
        if place not in self._items:
            chosen = self.grader.only(self._job, {(place.notebook, test) for test in place.tests})
            tests = chosen.items[place.notebook].tests
            self._items[place] = self._quick[place.notebook].of(self._job.items[place.notebook], tests)
        return self._items[place]

    def _in_time(self, place: Place, cell: Cell) -> Cell:
        if not self._in_haste:
            return cell
        most = LEAST_SECONDS + TIMES_LONGER * self._taken.get(place.notebook, {}).get(cell.name, 0.0)
        return replace(cell, seconds=min(cell.seconds, most))


def earned(place: Place, tried: Tried) -> dict[str, float]:
    """Return the points that a variant has earned, by the tests of its exercise."""
    found = tried.verdict.of(place.notebook)
    return {test: found[test].points for test in place.tests}


def lost(place: Place, tried: Tried) -> list[str]:
    """Return the tests of its exercise in which a variant has lost points."""
    found = tried.verdict.of(place.notebook)
    return [test for test in place.tests if found[test].points < found[test].max_points]


def _answered(cell: Cell, name: str, answer: str) -> Cell:
    is_it = cell.kind is Kind.student and cell.name == name
    return replace(cell, source=answer, released=answer) if is_it else cell
