"""Which names of a notebook a test reaches, and which cells have to run again where some of these change.

It is read from the text, of the student's cells too, so it may be too much, and whatever goes another way than by its
name is missed: then a test runs once more for nothing, or is not followed through.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from autograder.engine.inside.analysis import DEFINITIONS, bound_names, parse, used_names
from autograder.engine.items import Cell, Kind


@dataclass(frozen=True)
class Statement:
    """One statement of a cell, which may be a definition: the place of the cell, the names that it binds and uses."""

    place: int
    binds: frozenset[str]
    uses: frozenset[str]
    is_definition: bool


class Reach:
    """What the cells of a notebook bind and use."""

    def __init__(self, cells: tuple[Cell, ...]) -> None:
        self.cells = cells
        self._statements = [
            statement for place, cell in enumerate(cells) for statement in _statements(place, _text(cell))
        ]
        self._uses: dict[str, set[str]] = {}
        for statement in self._statements:
            for name in statement.binds:
                self._uses.setdefault(name, set()).update(statement.uses)

    def of_test(self, place: int) -> frozenset[str]:
        """Return the names that the test at `place` uses, and all that these use."""
        return self._closure(used_names(parse(self.cells[place].source).body))

    def bound_at(self, name: str) -> frozenset[str]:
        """Return the names that the cell of this name binds."""
        places = {place for place, cell in enumerate(self.cells) if cell.name == name}
        return frozenset().union(*(statement.binds for statement in self._statements if statement.place in places))

    def affected(self, place: int, changed: Collection[str]) -> list[int]:
        """Return the cells before `place` whose results the test there uses, and which have used changed names."""
        reached = self.of_test(place)
        return sorted(
            {
                statement.place
                for statement in self._statements
                if statement.place < place and self.cells[statement.place].kind is not Kind.test
                if not statement.is_definition and statement.binds & reached
                if not self._closure(statement.uses).isdisjoint(changed)
            }
        )

    def _closure(self, names: Iterable[str]) -> frozenset[str]:
        found: set[str] = set()
        waiting = set(names)
        while waiting:
            name = waiting.pop()
            found.add(name)
            waiting |= self._uses.get(name, set()) - found
        return frozenset(found)


def _text(cell: Cell) -> str:
    return cell.source if cell.is_hidden else cell.released


def _statements(place: int, text: str) -> Iterator[Statement]:
    for node in parse(text).body:
        uses = used_names([node])
        yield Statement(place, frozenset(bound_names([node])), frozenset(uses), isinstance(node, DEFINITIONS))
