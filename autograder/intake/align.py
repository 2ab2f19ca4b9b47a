"""Lays a submitted notebook beside the released assignment: which cell is which, what is put back, what was changed.

What comes out has the instructor's cells in the instructor's order, with the student's answers and extra cells in it;
only the instructor's metadata are left. Which cell is which, `matching` knows.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from autograder.course.assignment import Assignment
from autograder.course.cells import grade_id, is_locked, is_solution, is_test, seconds
from autograder.course.released_cells import ReleasedCells
from autograder.engine.items import Cell, Item, Kind
from autograder.errors import SubmissionError
from autograder.intake.aligned_cells import Ids, as_handed_in, bare
from autograder.intake.edits import Edits, kind_of
from autograder.intake.elsewhere import other_assignment
from autograder.intake.matching import BY_NAMES, match, plain
from autograder.intake.submission import Submission, own_files, replaced_files

MOST_SENTENCES = 40
NAMED = 20  # cells in one sentence
PYTHON = frozenset({"python3", "python"})  # what Jupyter and JupyterLite call one and the same language


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
    texts
        What the instructor wrote besides code; a submission holds it too.
    """

    notebooks: dict[str, NotebookNode]
    items: dict[str, Item]
    code: dict[str, list[int]]
    oddities: tuple[str, ...]
    tampering: tuple[str, ...]
    texts: frozenset[str] = frozenset()


def align(assignment: Assignment, submission: Submission, seconds: int) -> Aligned:
    """Lay a submission beside its assignment.

    Parameters
    ----------
    seconds
        CPU seconds for a cell that does not ask for its own.

    Raises
    ------
    SubmissionError
        If nothing of the assignment can be recognised in the submission.
    """
    own = own_files(submission, (name for name, _ in assignment.given))
    result = Aligned({}, {}, {}, (), ())
    other = other_assignment(assignment, submission.notebooks.values())
    oddities = [*filter(None, [other]), *submission.oddities, *replaced_files(submission, dict(assignment.given))]
    tampering: list[str] = []
    for name in sorted(assignment.sources):
        if name not in submission.notebooks:
            oddities.append(f"the notebook {name}.ipynb is missing")
            continue
        sheet = _Sheet(assignment, name, submission.notebooks[name])
        if not sheet.is_recognised:
            oddities.append(f"nothing of the assignment can be recognised in the notebook {name}.ipynb")
            continue
        notebook = sheet.notebook()
        where = f"{name}: " if len(assignment.sources) > 1 else ""
        oddities += [where + sentence for sentence in sheet.oddities]
        tampering += [where + sentence for sentence in sheet.tampering]
        result.notebooks[name] = notebook
        result.code[name] = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
        cells = tuple(sheet.cell(notebook.cells[index], index, seconds) for index in result.code[name])
        known = assignment.answers[name], assignment.imports[name]
        result.items[name] = Item(
            cells,
            *known,
            assignment.given,
            own,
            solutions=assignment.solutions[name],
            follow_through=bool(assignment.follow_through),
            bank=assignment.bank,
        )
    if not result.notebooks:
        raise SubmissionError(
            f"Nothing of the assignment {assignment.name} can be recognised in what {submission.student} handed in"
            f"{f' ({other})' if other else ''}: ask for the notebook that the answers stand in."
        )
    texts = frozenset(
        cell.source
        for notebook in (*assignment.sources.values(), *assignment.released.values())
        for cell in notebook.cells
        if cell.cell_type != "code"
    )
    return Aligned(result.notebooks, result.items, result.code, _bounded(oddities), _bounded(tampering), texts)


class _Sheet:
    """One notebook of the instructor's, and the student's cells that are laid beside it."""

    def __init__(self, assignment: Assignment, name: str, theirs: NotebookNode) -> None:
        source, released = assignment.sources[name], assignment.released[name]
        releases = assignment.releases.get(name, ReleasedCells())
        self.source = source
        self.cells = theirs.cells
        self.edits = Edits(releases, assignment.written.get(name, {}))
        self.oddities, self.tampering = self.edits.oddities, self.edits.tampering
        self.stubs = [cell for cell in released.cells if grade_id(cell)]
        written = {grade_id(cell): cell for cell in source.cells if grade_id(cell)}
        self.known = [written.get(grade_id(cell), cell) for cell in self.stubs]  # a header's cells are only released
        self.released_text = {str(grade_id(cell)): cell.source for cell in self.stubs}
        self.limits = {str(grade_id(cell)): seconds(cell) for cell in self.known}
        others = [cell.source for cell in released.cells if not grade_id(cell)]
        self.matching = match(self.known, self.stubs, self.cells, others, releases)
        self._look_at_kernel(theirs)

    @property
    def is_recognised(self) -> bool:
        """Return whether there is anything of the assignment in the student's notebook."""
        return not self.known or self.matching.recognised > 0

    def notebook(self) -> NotebookNode:
        """Return the aligned notebook, and note what was put right."""
        found = self.matching.found
        self._look_at_ways()
        self._look_at_order([index for index in found if index is not None])
        theirs: dict[int, NotebookNode] = {}
        extras: dict[int, list[NotebookNode]] = {}
        before = -1
        for number, (cell, index) in enumerate(zip(self.cells, found, strict=True), 1):
            self._look_at_claim(cell, number, index)
            if index is not None:
                theirs[index] = cell
                before = index
            elif number - 1 not in self.matching.given_up:
                extras.setdefault(before, []).append(as_handed_in(cell, cell.cell_type))
        names = Ids(self.known)
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
            self._look_at_missing(index)
        else:
            self.edits.note(known, stub, theirs)
        if is_locked(known):
            cell = bare(known.cell_type, known.source, known.get("attachments"))
        elif theirs is None and index in self.matching.merged:
            where = self._name(self.matching.merged[index])
            cell = bare(known.cell_type, f"# The answer stands in the cell {where}.", None)
        else:
            cell = as_handed_in(stub if theirs is None else theirs, known.cell_type)
            cell.source = self._without_merged(index, cell.source)
        cell.id = known.get("id") or name
        cell.metadata = copy.deepcopy(stub.metadata)
        if is_locked(known):
            cell.metadata.nbgrader.checksum = compute_checksum(cell)
        return cell

    def _without_merged(self, index: int, text: str) -> str:
        """Return an answer without the instructor's cells that were merged into it; these are put back."""
        for other, into in self.matching.merged.items():
            if into == index and is_locked(self.known[other]):
                for given in (self.stubs[other].source, *self.edits.releases.texts(self.stubs[other])):
                    text = plain(text).replace(plain(given), "", 1)
        return text

    def _name(self, index: int) -> str:
        return str(grade_id(self.stubs[index]))

    def _label(self, index: int) -> str:
        return f"{kind_of(self.known[index])} {self._name(index)}"

    def _look_at_missing(self, index: int) -> None:
        into, label = self.matching.merged.get(index), self._label(index)
        if into is None:
            self.oddities.append(f"the {label} was deleted; it was put back")
        elif is_locked(self.known[index]):
            self.oddities.append(f"the {label} was merged into the {self._label(into)}; it was put back")
            merged = self.cells[self.matching.found.index(into)]
            self.edits.note_merged(self.known[index], self.stubs[index], merged)
        else:
            self.oddities.append(f"the {label} was merged into the {self._label(into)}; it was found there")

    def _look_at_claim(self, cell: NotebookNode, number: int, index: int | None) -> None:
        """Note that a cell bears another name than its own."""
        name, claimed = grade_id(cell), cell.metadata.get("nbgrader")
        if index is not None and name == self._name(index):
            return
        if name is not None and name in self.released_text:
            self._look_at_second(cell, number, name)
        elif name is not None and self.edits.releases.had_name(name):
            self.oddities.append(f"cell {number} is called {name[:40]!r}, as in an earlier release")
        elif name is not None:
            self.oddities.append(f"cell {number} calls itself {name[:40]!r}, which the assignment does not have")
        elif claimed and (not isinstance(claimed, dict) or claimed.get("grade_id")):
            self.oddities.append(f"the grading metadata of cell {number} make no sense; they were taken off")

    def _look_at_second(self, cell: NotebookNode, number: int, name: str) -> None:
        """Note that a cell bears a name that is another cell's."""
        index = next(index for index in range(len(self.known)) if self._name(index) == name)
        first = self.matching.found.index(index) if index in self.matching.found else None
        text = self.matching.texts[number - 1]
        if number - 1 in self.matching.given_up or self.matching.merged.get(index) is not None:
            return
        if is_locked(self.known[index]):
            known, stub = self.known[index], self.stubs[index]
            if self.edits.is_text_of(text, known, stub) or self.edits.was_given(cell, known):
                self.oddities.append(f"the cell {name} is there more than once; the first one counts")
            else:
                self.tampering.append(f"cell {number} bears the name of the {self._label(index)}, but has another text")
        elif first is None or text in (self.matching.texts[first], plain(self.stubs[index].source)):
            self.oddities.append(f"the cell {name} is there more than once; the first one counts")
        else:
            self.oddities.append(f"the {self._label(index)} is there in several pieces; all of them are run, in order")

    def _look_at_ways(self) -> None:
        """Note which cells had lost their name, and how they were recognised."""
        found: dict[str, list[str]] = {}
        for cell, way in self.matching.ways.items():
            index = self.matching.found[cell]
            if index is not None and way == BY_NAMES and self.matching.given_up:
                way = f"{way}, in cell {cell + 1}"
            if index is not None:
                found.setdefault(way, []).append(self._name(index))
        for way, names in found.items():
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            one = f"the cell {names[0]} does" if len(names) == 1 else f"the cells {', '.join(names[:NAMED])}{more} do"
            self.oddities.append(f"{one} not bear the name that nbgrader gave; recognised by {way}")

    def _look_at_kernel(self, theirs: NotebookNode) -> None:
        ours = self.source.metadata.get("kernelspec", {}).get("name")
        asked = theirs.metadata.get("kernelspec", {}).get("name", ours)
        if asked != ours and ours and not {asked, ours} <= PYTHON:
            self.oddities.append(f"the notebook asks for the kernel {asked[:40]!r}; it was run with {ours!r}")

    def _look_at_order(self, indices: list[int]) -> None:
        latest, moved = -1, []
        for index in indices:
            if index < latest:
                moved.append(self._name(index))
            latest = max(latest, index)
        if moved:
            self.oddities.append(
                f"the cells stood in another order ({', '.join(moved)}); the assignment's order was restored"
            )


def _bounded(sentences: list[str]) -> tuple[str, ...]:
    clean = list(dict.fromkeys(sentences))
    more = len(clean) - MOST_SENTENCES
    return (*clean[:MOST_SENTENCES], f"and {more} more of the kind") if more > 0 else tuple(clean)
