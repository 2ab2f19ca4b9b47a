"""Lays a submitted notebook beside the released assignment: which cell is which, what is put back, what was changed.

What comes out has the instructor's cells in the instructor's order, with the student's answers and extra cells in it;
only the instructor's metadata are left. Whatever a student writes into the file, nothing here raises.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count

from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from autograder.course import Course
from autograder.definitions import bound_names, import_statements, seeds_in
from autograder.engine.work import Cell, Item, Kind
from autograder.intake import CELL_ID, Submission, own_files
from autograder.notebook import code_cells, grade_id, is_locked, is_solution, is_test, nbgrader_metadata, seconds

FLAGS = ("grade", "solution", "locked", "task")
MOST_SENTENCES = 40
Match = list[int | None]


@dataclass(frozen=True)
class Assignment:
    """What the instructor wrote, and what students were given of it, by the name of the notebook.

    `answers` are the names that the student is to define, `imports` the import statements of the instructor's own
    cells, `seeds` what it starts random numbers from, `given` the files beside the notebooks as (name, content).
    """

    name: str
    sources: dict[str, NotebookNode]
    released: dict[str, NotebookNode]
    answers: dict[str, frozenset[str]]
    imports: dict[str, str]
    seeds: dict[str, tuple[int, ...]]
    given: tuple[tuple[str, bytes], ...]
    digest: str


@dataclass(frozen=True)
class Aligned:
    """A submission in the assignment's order.

    Parameters
    ----------
    notebooks
        All cells without outputs, as they go to `autograded/` once the outputs are in.
    items
        The code cells of each notebook, ready to run.
    code
        For each notebook, the index of each of its item's cells among all cells.
    oddities, tampering
        What was put right, and what was changed that is not the student's to change; a sentence each.
    """

    notebooks: dict[str, NotebookNode]
    items: dict[str, Item]
    code: dict[str, list[int]]
    oddities: tuple[str, ...]
    tampering: tuple[str, ...]


def read_assignment(course: Course, name: str, released: Mapping[str, NotebookNode]) -> Assignment:
    """Return the assignment `name`; `released` are its notebooks as students were given them."""
    sources = course.read_sources(name)
    given = tuple((str(where), path.read_bytes()) for where, path in course.given_files(name))
    texts = {  # without the ids: nbgrader gives new ones to the cells of a header
        notebook: [[cell.cell_type, cell.source, cell.metadata] for cell in released[notebook].cells]
        for notebook in sources
    }
    total = hashlib.sha256(json.dumps([sources, texts], sort_keys=True).encode())
    for where, content in given:
        total.update(where.encode("utf-8", "surrogateescape") + b"\0" + hashlib.sha256(content).digest())
    answers = {notebook: _answers(source) for notebook, source in sources.items()}
    imports = {notebook: _imports(sources[notebook], released[notebook]) for notebook in sources}
    seeds = {notebook: seeds_in(cell.source for cell in code_cells(source)) for notebook, source in sources.items()}
    return Assignment(name, sources, dict(released), answers, imports, seeds, given, total.hexdigest())


def _answers(source: NotebookNode) -> frozenset[str]:
    return frozenset().union(*(bound_names(cell.source) for cell in code_cells(source) if is_solution(cell)))


def _imports(source: NotebookNode, released: NotebookNode) -> str:
    """Return the import statements of all cells but the tests; a header's cells stand in the release only."""
    both = (cell for notebook in (source, released) for cell in code_cells(notebook))
    return import_statements(cell.source for cell in both if not is_test(cell))


def align(assignment: Assignment, submission: Submission, seconds: int) -> Aligned:
    """Lay a submission beside its assignment.

    Parameters
    ----------
    seconds
        CPU seconds for a cell that does not ask for its own.

    Raises
    ------
    SubmissionError
        If one of the student's extra files cannot be read any more.
    """
    own = own_files(submission, (name for name, _ in assignment.given))
    result = Aligned({}, {}, {}, (), ())
    oddities: list[str] = []
    tampering: list[str] = []
    for name in sorted(assignment.sources):
        if name not in submission.notebooks:
            oddities.append(f"the notebook {name}.ipynb is missing")
            continue
        sheet = _Sheet(assignment.sources[name], assignment.released[name], submission.notebooks[name].cells)
        notebook = sheet.notebook()
        where = f"{name}: " if len(assignment.sources) > 1 else ""
        oddities += [where + sentence for sentence in sheet.oddities]
        tampering += [where + sentence for sentence in sheet.tampering]
        result.notebooks[name] = notebook
        result.code[name] = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
        cells = tuple(sheet.cell(notebook.cells[index], index, seconds) for index in result.code[name])
        known = assignment.answers[name], assignment.imports[name], assignment.seeds[name]
        result.items[name] = Item(cells, *known, assignment.given, own)
    return Aligned(result.notebooks, result.items, result.code, _bounded(oddities), _bounded(tampering))


def match(known: list[NotebookNode], cells: list[NotebookNode]) -> Match:
    """Return for each of the student's cells the index of the instructor's cell that it is, or None.

    Each of the instructor's cells is matched once at most: the first that claims it wins.
    """
    found: Match = [None] * len(cells)
    for way in (_by_grade_id,):
        free = set(range(len(known))) - set(found)
        for index, claimed in enumerate(way(known, cells)):
            if found[index] is None and claimed in free:
                found[index] = claimed
                free.discard(claimed)
    return found


def _by_grade_id(known: list[NotebookNode], cells: list[NotebookNode]) -> Match:
    place = {grade_id(cell): index for index, cell in enumerate(known)}
    return [place.get(name) if (name := grade_id(cell)) else None for cell in cells]


class _Sheet:
    """One notebook of the instructor's, and the student's cells that are laid beside it."""

    def __init__(self, source: NotebookNode, released: NotebookNode, cells: list[NotebookNode]) -> None:
        self.source = source
        self.released = released
        self.cells = cells
        self.oddities: list[str] = []
        self.tampering: list[str] = []
        self.stubs = [cell for cell in released.cells if grade_id(cell)]
        written = {grade_id(cell): cell for cell in source.cells if grade_id(cell)}
        self.known = [written.get(grade_id(cell), cell) for cell in self.stubs]  # a header's cells are only released
        self.released_text = {str(grade_id(cell)): cell.source for cell in self.stubs}
        self.limits = {str(grade_id(cell)): seconds(cell) for cell in self.known}

    def notebook(self) -> NotebookNode:
        """Return the aligned notebook, and note what was put right."""
        found = match(self.known, self.cells)
        self._look_at_order([index for index in found if index is not None])
        theirs: dict[int, NotebookNode] = {}
        extras: dict[int, list[NotebookNode]] = {}
        before = -1
        for number, (cell, index) in enumerate(zip(self.cells, found, strict=True), 1):
            if index is None:
                self._look_at_extra(cell, number)
                extras.setdefault(before, []).append(_students(cell, cell.cell_type))
            else:
                theirs[index] = cell
                before = index
        names = _Ids(self.known)
        cells = [names.give_extra(cell) for cell in self._in_order(theirs, extras)]
        metadata = {
            key: self.source.metadata[key] for key in ("kernelspec", "language_info") if key in self.source.metadata
        }
        return NotebookNode(nbformat=4, nbformat_minor=5, metadata=copy.deepcopy(metadata), cells=cells)

    def cell(self, cell: NotebookNode, index: int, seconds: int) -> Cell:
        """Return what the engine needs to know of a code cell of the aligned notebook."""
        name = grade_id(cell)
        if name is None:
            return Cell(Kind.student, f"cell {index + 1}", cell.source, cell.source, seconds)
        limit = self.limits[name] or seconds
        if not is_locked(cell):
            return Cell(Kind.student, name, cell.source, cell.source, limit)
        return Cell(Kind.test if is_test(cell) else Kind.locked, name, cell.source, self.released_text[name], limit)

    def _in_order(self, theirs: dict[int, NotebookNode], extras: dict[int, list[NotebookNode]]) -> list[NotebookNode]:
        """Return all cells: an extra cell stays behind the known one that it followed.

        A stub that is put back comes before the extra cells at its place: its answer may stand in one of them.
        """
        cells: list[NotebookNode] = []
        waiting = extras.get(-1, [])
        for index, known in enumerate(self.known):
            if waiting and not (index not in theirs and is_solution(known)):
                cells += waiting
                waiting = []
            cells.append(self._known_cell(index, theirs.get(index)))
            waiting = waiting + extras.get(index, [])
        return cells + waiting

    def _known_cell(self, index: int, theirs: NotebookNode | None) -> NotebookNode:
        """Return a cell of the assignment: locked ones as the instructor wrote them, the others as the student did."""
        known, stub = self.known[index], self.stubs[index]
        name = str(grade_id(stub))
        if theirs is None:
            self.oddities.append(f"the {_kind(known)} {name} was deleted; it was put back")
        else:
            self._compare(name, known, stub, theirs)
        if is_locked(known):
            cell = _node(known.cell_type, known.source, known.get("attachments"))
        else:
            cell = _students(stub if theirs is None else theirs, known.cell_type)
        cell.id = known.get("id") or name
        cell.metadata = copy.deepcopy(stub.metadata)
        if is_locked(known):
            cell.metadata.nbgrader.checksum = compute_checksum(cell)
        return cell

    def _compare(self, name: str, known: NotebookNode, stub: NotebookNode, theirs: NotebookNode) -> None:
        """Note what the student changed about a cell that is not the student's to change."""
        kind = _kind(known)
        if theirs.cell_type != known.cell_type:
            self.oddities.append(
                f"the {kind} {name} had become a {theirs.cell_type} cell; it was turned back into {known.cell_type}"
            )
        allowed = {_plain(stub.source), _plain(known.source)}
        if is_locked(known) and _plain(theirs.source) not in allowed:
            self.tampering.append(f"the text of the {kind} {name} was changed")
        given, claimed = nbgrader_metadata(stub), nbgrader_metadata(theirs)
        if claimed.get("points") != given.get("points"):
            self.tampering.append(f"the points of the {kind} {name} were changed")
        if any(claimed.get(flag, False) != given.get(flag, False) for flag in FLAGS):
            self.tampering.append(f"the grading flags of the {kind} {name} were changed")

    def _look_at_extra(self, cell: NotebookNode, number: int) -> None:
        name, claimed = grade_id(cell), cell.metadata.get("nbgrader")
        if name is not None and name in self.released_text:
            self.oddities.append(f"the cell {name} is there more than once; the first one counts")
        elif name is not None:
            self.oddities.append(f"cell {number} calls itself {name[:40]!r}, which the assignment does not have")
        elif claimed and (not isinstance(claimed, dict) or claimed.get("grade_id")):
            self.oddities.append(f"the grading metadata of cell {number} make no sense; they were taken off")

    def _look_at_order(self, indices: list[int]) -> None:
        latest, moved = -1, []
        for index in indices:
            if index < latest:
                moved.append(str(grade_id(self.known[index])))
            latest = max(latest, index)
        if moved:
            self.oddities.append(
                f"the cells stood in another order ({', '.join(moved)}); the assignment's order was restored"
            )


class _Ids:
    """Cell ids: the instructor's own for known cells, the student's for extra cells as far as they are usable."""

    def __init__(self, known: list[NotebookNode]) -> None:
        self.taken = {str(cell.get("id") or grade_id(cell)) for cell in known}
        self.numbers = count(1)

    def give_extra(self, cell: NotebookNode) -> NotebookNode:
        """Return the cell with an id that no other cell has."""
        if grade_id(cell) is None:
            wish = cell.get("id")
            if not (isinstance(wish, str) and CELL_ID.fullmatch(wish)) or wish in self.taken:
                wish = next(name for n in self.numbers if (name := f"extra-{n}") not in self.taken)
            self.taken.add(wish)
            cell.id = wish
        return cell


def _students(cell: NotebookNode, cell_type: str) -> NotebookNode:
    """Return a student's cell without its metadata and outputs."""
    attachments = cell.get("attachments")
    node = _node(cell_type, cell.source.encode("utf-8", "replace").decode(), attachments)
    if isinstance(cell.get("id"), str):
        node.id = cell.id
    return node


def _node(cell_type: str, source: str, attachments: object) -> NotebookNode:
    cell = NotebookNode(cell_type=cell_type, id="", metadata=NotebookNode(), source=source)
    if cell_type == "code":
        cell.execution_count = None
        cell.outputs = []
    elif attachments:
        cell.attachments = copy.deepcopy(attachments)
    return cell


def _kind(cell: NotebookNode) -> str:
    kinds: list[tuple[Callable[[NotebookNode], bool], str]] = [
        (is_test, "test cell"),
        (is_locked, "locked cell"),
        (is_solution, "answer cell"),
    ]
    return next((word for holds, word in kinds if holds(cell)), "cell")


def _plain(text: str) -> str:
    """Return a text without what editors change: line endings, blanks at the end of lines and of the text."""
    return "\n".join(line.rstrip() for line in text.splitlines()).rstrip()


def _bounded(sentences: list[str]) -> tuple[str, ...]:
    clean = [sentence.encode("utf-8", "replace").decode() for sentence in dict.fromkeys(sentences)]
    more = len(clean) - MOST_SENTENCES
    return (*clean[:MOST_SENTENCES], f"and {more} more of the kind") if more > 0 else tuple(clean)
