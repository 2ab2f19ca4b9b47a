"""Finds out which cell of an assignment each of a student's cells is, whatever an editor has done to the notebook.

It looks at nbgrader's name of the cell first, then at the cell's id, its text, the names that it binds, and its place.
It changes nothing; what is made of the answer is the business of `align`. What it costs is bounded for any notebook.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from nbformat import NotebookNode
from rapidfuzz import fuzz

from autograder.course.cells import grade_id, is_locked, is_solution
from autograder.course.names import bound_names
from autograder.course.released_cells import ReleasedCells

ALIKE = 80  # percent, for a text to be taken for a changed form of another
COMPARED = 4000  # characters of a text that are compared, and
MOST_COMPARED = 200  # how many cells are
SEARCHED = 50_000  # characters of a cell in which names are looked for
LONGEST_PLAIN = 200_000  # characters of a text that is laid beside a released one, or in which one is looked for
SHORTEST = 10  # characters of a text that is looked for within another
TODAY_ONLY = ReleasedCells()
BINDING = re.compile(  # no parser: a student's text may be broken, of another language, or made to be slow
    r"^(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)|^([A-Za-z_]\w*(?:[ \t]*,[ \t]*[A-Za-z_]\w*)*)[ \t]*(?::[^=\n]*)?=(?!=)",
    re.MULTILINE,
)


@dataclass
class Matching:
    """Which cell is which; cells go by their index.

    Parameters
    ----------
    found
        For each of the student's cells the instructor's cell that it is, or None. Each of the instructor's cells is
        found once at most.
    ways
        How the cells were recognised that do not bear their name, by the student's cell.
    merged
        The instructor's cells that stand in the cell of another one: the other one.
    given_up
        Answers that were left as they were released, since the student has answered in another cell.
    texts
        What the student's cells say, without what editors change.
    """

    found: list[int | None]
    ways: dict[int, str] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)
    given_up: set[int] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)

    @property
    def recognised(self) -> int:
        """How many of the instructor's cells there are, as far as a cell tells it by itself."""
        guessed = sum(way == BY_PLACE for way in self.ways.values())
        return sum(index is not None for index in self.found) - guessed


BY_ID, BY_TEXT, BY_NAMES, BY_LIKENESS, BY_PLACE = (
    "cell id", "text", "the names that they define", "a text that is much alike", "place",
)  # fmt: skip


def match(
    known: list[NotebookNode],
    stubs: list[NotebookNode],
    cells: list[NotebookNode],
    given: Collection[str] = (),
    releases: ReleasedCells = TODAY_ONLY,
) -> Matching:
    """Recognise the cells of an assignment in a student's notebook.

    Parameters
    ----------
    known, stubs
        The instructor's cells that nbgrader knows, as they were written and as they were released.
    cells
        The student's.
    given
        The texts of the released cells that nbgrader does not know: they are nobody's answer.
    releases
        The cells of all releases: a student may have an earlier one.
    """
    beside = _Beside(known, stubs, cells, {plain(text) for text in given}, releases)
    beside.by_grade_id()
    for way, pairs in (
        (BY_ID, beside.same_ids),
        (BY_TEXT, beside.same_texts),
        (BY_NAMES, beside.same_names),
        (BY_LIKENESS, beside.much_alike),
        (BY_PLACE, beside.same_place),
    ):
        beside.take(way, pairs)
    beside.part_merged()
    return beside.matching


def plain(text: str) -> str:
    """Return a text without what editors change: line endings, blanks at the end of lines and of the text.

    A text that is longer than those of any assignment, with a picture in it for example, stays as it is.
    """
    if len(text) > LONGEST_PLAIN:
        return text
    return "\n".join(line.rstrip() for line in text.splitlines()).rstrip()


class _Beside:
    """The cells of an assignment and a student's cells, and what is known so far of which is which."""

    def __init__(
        self,
        known: list[NotebookNode],
        stubs: list[NotebookNode],
        cells: list[NotebookNode],
        given: set[str],
        releases: ReleasedCells,
    ) -> None:
        self.known, self.cells, self.given = known, cells, given
        self.matching = Matching([None] * len(cells))
        self.found = self.matching.found
        self.free = set(range(len(known)))
        self.named = {grade_id(cell): index for index, cell in enumerate(known)}
        self.ids = {cell.get("id"): index for index, cell in [*enumerate(known), *enumerate(stubs)] if cell.get("id")}
        self.stubs = [plain(stub.source) for stub in stubs]
        self.texts = [
            {
                plain(text)
                for text in (shown.source, *releases.texts(shown), *([cell.source] if is_locked(cell) else []))
            }
            for cell, shown in zip(known, stubs, strict=True)
        ]
        self.answers = [
            bound_names(cell.source) if is_solution(cell) and cell.cell_type == "code" else frozenset[str]()
            for cell in known
        ]
        self.wanted = frozenset[str]().union(*self.answers)
        self.theirs = self.matching.texts = [plain(cell.source) for cell in cells]
        self.bound: dict[int, frozenset[str]] = {}

    def take(self, way: str, pairs: Callable[[], Iterable[tuple[int, int]]]) -> None:
        """Take pairs of a student's cell and an instructor's, as long as both are free."""
        for cell, index in list(pairs()):
            if self.found[cell] is None and index in self.free:
                self.found[cell] = index
                self.free.discard(index)
                self.matching.ways[cell] = way

    def lost(self) -> list[int]:
        """Return the student's cells of which nothing is known."""
        given_up = self.matching.given_up
        return [cell for cell, index in enumerate(self.found) if index is None and cell not in given_up]

    def by_grade_id(self) -> None:
        """Take cells by the name that they bear; of several, the one that has the text, or an answer."""
        claims: dict[int, list[int]] = defaultdict(list)
        for cell, node in enumerate(self.cells):
            name = grade_id(node)
            if name in self.named:
                claims[self.named[name]].append(cell)
        for index, claimers in claims.items():
            locked = is_locked(self.known[index])
            best = (cell for cell in claimers if (self.theirs[cell] in self.texts[index]) == locked)
            self.found[next(best, claimers[0])] = index
            self.free.discard(index)

    def same_ids(self) -> Iterator[tuple[int, int]]:
        """Yield the cells that have the id of a released cell."""
        for cell in self.lost():
            index = self.ids.get(self.cells[cell].get("id"))
            if index is not None:
                yield cell, index

    def same_texts(self) -> Iterator[tuple[int, int]]:
        """Yield the cells with the text of a released one, where as many cells have it as there should be."""
        for text, (theirs, ours) in self._by_text().items():
            if len(theirs) == len(ours) and text:
                yield from zip(theirs, ours, strict=True)

    def _by_text(self) -> dict[str, tuple[list[int], list[int]]]:
        """Return the free cells that have the same text, the student's and the instructor's, by that text."""
        ours: dict[str, list[int]] = defaultdict(list)
        for index in sorted(self.free):
            for text in self.texts[index]:
                ours[text].append(index)
        theirs: dict[str, list[int]] = defaultdict(list)
        for cell in self.lost():
            theirs[self.theirs[cell]].append(cell)
        return {text: (theirs[text], ours[text]) for text in theirs if text in ours}

    def same_names(self) -> Iterator[tuple[int, int]]:
        """Yield the cells that bind the names of an answer; an answer that was left as it was released is given up."""
        binds = {cell: self._bound(cell) for cell in self.lost()}
        binds = {cell: names for cell, names in binds.items() if names}
        untouched = {
            index: cell
            for cell, index in enumerate(self.found)
            if index is not None and self.theirs[cell] in self.texts[index]
        }
        for index, names in enumerate(self.answers):
            if index not in self.free and index not in untouched:
                continue
            best = max(binds, key=lambda cell: len(binds[cell] & names), default=None)
            if best is None or not binds[best] & names:
                continue
            if index in untouched:
                if self.theirs[best] in self.texts[index]:
                    continue
                self.found[untouched[index]] = None
                self.matching.given_up.add(untouched[index])
                self.matching.ways.pop(untouched[index], None)
                self.free.add(index)
            del binds[best]
            yield best, index

    def _bound(self, cell: int) -> frozenset[str]:
        """Return the names of answers that a student's cell binds."""
        if cell not in self.bound:
            names = (found[1] or found[2] for found in BINDING.finditer(self.theirs[cell][:SEARCHED]))
            self.bound[cell] = frozenset(name.strip() for some in names for name in some.split(",")) & self.wanted
        return self.bound[cell]

    def much_alike(self) -> Iterator[tuple[int, int]]:
        """Yield the cells whose text is close to a released one, the closest first."""
        pairs = []
        for index in sorted(self.free):
            text = self.stubs[index][:COMPARED]
            if len(text) < 2 * SHORTEST:
                continue
            for cell in self.lost()[:MOST_COMPARED]:
                if self.theirs[cell] not in self.given:
                    alike = fuzz.ratio(text, self.theirs[cell][:COMPARED], score_cutoff=ALIKE)
                    pairs += [(-alike, cell, index)] if alike else []
        return ((cell, index) for _, cell, index in sorted(pairs))

    def same_place(self) -> Iterator[tuple[int, int]]:
        """Yield cells that stand where one is missing: with the same text as others, or an answer in words."""
        place = {index: cell for cell, index in enumerate(self.found) if index is not None}
        texts, lost = self._by_text(), self.lost()
        for index in sorted(self.free):
            before = max((place[other] for other in place if other < index), default=-1)
            behind = min((c for other, c in place.items() if other > index and c > before), default=len(self.cells))
            same = [cell for theirs, ours in texts.values() if index in ours for cell in theirs if cell > before]
            between = [cell for cell in lost if before < cell < behind and self._may_answer(cell, index)]
            chosen = next((cell for cell in [*same, *between] if cell not in place.values()), None)
            if chosen is not None:
                place[index] = chosen
                yield chosen, index

    def _may_answer(self, cell: int, index: int) -> bool:
        known, text = self.known[index], self.theirs[cell]
        fits = is_solution(known) and not self.answers[index] and self.cells[cell].cell_type == known.cell_type
        return fits and grade_id(self.cells[cell]) is None and bool(text) and text not in self.given

    def part_merged(self) -> None:
        """Find the cells that were merged into another: answers by their names, the instructor's by their text."""
        for index in sorted(self.free):
            names = self.answers[index]
            for cell, other in enumerate(self.found):
                if other is None or not names & self._bound(cell) - self.answers[other]:
                    continue
                if not is_locked(self.known[other]):
                    self.matching.merged[index] = other
                elif self.theirs[cell] not in self.texts[other]:  # the answer is the student's, the rest is not
                    self.found[cell] = index
                    self.free.add(other)
                    self.free.discard(index)
                    self.matching.ways.pop(cell, None)
                    self.matching.merged[other] = index
                else:
                    continue
                break
        for index in sorted(self.free - set(self.matching.merged)):
            if is_locked(self.known[index]) and len(self.stubs[index]) >= SHORTEST:
                for cell, other in enumerate(self.found):
                    if other is None or not is_solution(self.known[other]) or len(self.theirs[cell]) > LONGEST_PLAIN:
                        continue
                    if any(len(text) >= SHORTEST and text in self.theirs[cell] for text in self.texts[index]):
                        self.matching.merged[index] = other
                        break
