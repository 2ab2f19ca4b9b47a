"""Which names of a notebook a test reaches, and which cells have to run again where some of these change.

It is read from the text, of the student's cells too, so it may be too much, and whatever goes another way than by its
name is missed: then a test runs once more for nothing, or is not followed through.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from autograder.engine.inside.analysis import DEFINITIONS, bound_names, parse, skim, used_names
from autograder.engine.inside.bounds import MOST_SKIMMED
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
        theirs = skimmed(cell.released if cell.kind is Kind.student else "" for cell in cells)
        self._statements = [
            statement
            for place, (cell, text) in enumerate(zip(cells, theirs, strict=True))
            for statement in _statements(place, skim(text) if cell.kind is Kind.student else parse(_text(cell)))
        ]
        self._binding: dict[str, list[Statement]] = {}
        self._using: dict[str, list[Statement]] = {}
        for statement in self._statements:
            for names, known in ((statement.binds, self._binding), (statement.uses, self._using)):
                for name in names:
                    known.setdefault(name, []).append(statement)

    def of_test(self, place: int) -> frozenset[str]:
        """Return the names that the test at `place` uses, and all that these use."""
        return self.of_names(used_names(parse(self.cells[place].source).body))

    def of_names(self, names: Iterable[str]) -> frozenset[str]:
        """Return these names, and all that these use."""
        found, seen, waiting = set[str](), set[int](), set(names)
        while waiting:
            name = waiting.pop()
            found.add(name)
            for statement in _not_in(seen, self._binding.get(name, [])):
                waiting |= statement.uses - found
        return frozenset(found)

    def bound_at(self, name: str) -> frozenset[str]:
        """Return the names that the cell of this name binds."""
        places = {place for place, cell in enumerate(self.cells) if cell.name == name}
        return frozenset().union(*(statement.binds for statement in self._statements if statement.place in places))

    def affected(self, place: int, changed: Collection[str]) -> list[int]:
        """Return the cells before `place` whose results the test there uses, and which have used changed names."""
        reached, touched = self.of_test(place), self._touched(changed)
        return sorted(
            {
                statement.place
                for statement in touched
                if statement.place < place and self.cells[statement.place].kind is not Kind.test
                if not statement.is_definition and not statement.binds.isdisjoint(reached)
            }
        )

    def needless(self, called: Collection[str], names: Iterable[str]) -> set[int]:
        """Return cells that bind none of the names, nor what these use: locked ones, and those that call functions.

        The functions and imports of locked cells are kept, too, since any call may need them.
        """
        locked = {place for place, cell in enumerate(self.cells) if cell.kind is Kind.locked}
        given = (one.binds for one in self._statements if one.is_definition and one.place in locked)
        needed = self.of_names(frozenset(names).union(*given))
        binding = {statement.place for statement in self._statements if not statement.binds.isdisjoint(needed)}
        calling = {statement.place for statement in self._touched(called) if not statement.is_definition}
        return (calling | locked) - binding

    def _touched(self, changed: Iterable[str]) -> list[Statement]:
        """Return the statements that use one of these names, or a name that is made with one."""
        found, seen, known, waiting = list[Statement](), set[int](), set[str](), set(changed)
        while waiting:
            name = waiting.pop()
            known.add(name)
            for statement in _not_in(seen, self._using.get(name, [])):
                found.append(statement)
                waiting |= statement.binds - known
        return found


def _not_in(seen: set[int], statements: Iterable[Statement]) -> Iterator[Statement]:
    """Yield the statements that were not seen before: each is looked at once, however many names lead to it."""
    for statement in statements:
        if id(statement) not in seen:
            seen.add(id(statement))
            yield statement


def skimmed(texts: Iterable[str]) -> Iterator[str]:
    """Yield texts of a student's as long as they are not too long together, and nothing for the others."""
    left = MOST_SKIMMED
    for text in texts:
        left -= len(text)
        yield text if left >= 0 else ""


def _text(cell: Cell) -> str:
    return cell.source if cell.is_hidden else cell.released


def _statements(place: int, tree: ast.Module) -> Iterator[Statement]:
    for node in tree.body:
        uses = used_names([node])
        yield Statement(place, frozenset(bound_names([node])), frozenset(uses), isinstance(node, DEFINITIONS))
