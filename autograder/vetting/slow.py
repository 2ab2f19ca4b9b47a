"""Which cells take long, and what is left of a notebook without them: vetting runs hundreds of notebooks.

A cell takes long if it asks for more time than others have, as those that train do, or if it was seen to. What uses a
name that only such a cell binds is left out with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from autograder.course.names import bound_names, needed_names
from autograder.engine.inside import analysis
from autograder.engine.items import Cell, Item, Kind, Report

LONG = 5.0  # CPU seconds
NOTICED = 0.05  # CPU seconds, from which on a cell that nothing needs is left out
Times = Mapping[str, float]  # CPU seconds by the name of the cell


def times(item: Item, report: Report) -> dict[str, float]:
    """Return how long each cell has taken."""
    return {cell.name: of.cpu for cell, of in zip(item.cells, report.cells, strict=True) if cell.name}


@dataclass(frozen=True)
class Quick:
    """A notebook without what takes long.

    Parameters
    ----------
    cells
        Those of its cells that are left.
    left_out
        The names of the tests that are not among them.
    """

    cells: tuple[Cell, ...]
    left_out: frozenset[str]

    def of(self, item: Item, tests: Collection[str] | None = None) -> Item:
        """Return a notebook that has these cells only; of the tests, those that are named, or all."""
        if tests is None:
            return replace(item, cells=self.cells, tests=None)
        return replace(item, cells=_for_tests(self.cells, tests), tests=frozenset(tests))


def without_slow(item: Item, seconds: float, taken: Times) -> Quick:
    """Return a notebook without what takes long, and without what takes a while and serves nothing.

    Parameters
    ----------
    seconds
        What a cell may take that does not ask for more.
    taken
        How long cells took, as far as it is known.
    """
    kept, gone = _without(item.cells, seconds, taken)
    needed: set[str] = set()
    serving = []
    for cell in reversed(kept):
        serves = cell.kind is not Kind.locked or bound_names(cell.source) & needed
        if serves or taken.get(cell.name, 0.0) < NOTICED:
            needed |= needed_names(cell.source)
            serving.append(cell)
    return Quick(tuple(reversed(serving)), gone)


def _for_tests(cells: tuple[Cell, ...], tests: Collection[str]) -> tuple[Cell, ...]:
    """Return the cells without the tests that are not named and bind nothing that a later cell uses."""
    needed, kept = set[str](), []
    for cell in reversed(cells):
        if cell.kind is not Kind.test or cell.name in tests or bound_names(cell.released) & needed:
            needed |= needed_names(cell.source)
            kept.append(cell)
    return tuple(reversed(kept))


def _without(cells: Collection[Cell], seconds: float, taken: Times) -> tuple[list[Cell], frozenset[str]]:
    """Return the cells that neither take long nor use what only such a cell binds, and the tests that do.

    A given cell that does more than define is left out as well if it uses a value that such a cell would have changed.
    """
    kept, gone, bound, lost, stale = [], set[str](), set[str](), set[str](), set[str]()
    for cell in cells:
        binds, needs = bound_names(cell.source), needed_names(cell.source)
        defined = _defined(cell.source)
        is_long = cell.kind is not Kind.student and (cell.seconds > seconds or taken.get(cell.name, 0.0) > LONG)
        is_stale = cell.kind is Kind.locked and needs & stale and _does_more(cell.source)
        if is_long or is_stale or needs & lost:
            lost |= binds - bound
            stale |= binds - defined
            if cell.kind is Kind.test:
                gone.add(cell.name)
        else:
            lost -= binds
            stale -= binds
            bound |= binds
            kept.append(cell)
    return kept, frozenset(gone)


def _defined(source: str) -> frozenset[str]:
    """Return the names of the functions, classes and modules that a cell defines or imports."""
    return frozenset(analysis.bound_names(analysis.definitions(analysis.parse(source))))


def _does_more(source: str) -> bool:
    """Return whether a cell does more than define and import."""
    tree = analysis.parse(source)
    return len(analysis.definitions(tree)) < len(tree.body)
