"""What a student has changed about a cell that is the instructor's: honest edits are told apart from tampering.

Whatever was changed, the instructor's text and points count; this only says so. An edit of a given cell gains nothing
and is honest; an edit of a test is tampering. What any release had, nobody has edited: the releases themselves say so.
A cell's checksum, which anybody can compute, excuses nobody; it counts only where a release may be missing.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from autograder.course.cells import grade_id, is_locked, is_solution, is_test, nbgrader_metadata
from autograder.course.names import same_code
from autograder.course.released_cells import ReleasedCells, role_of
from autograder.engine.inside.analysis import bound_names, skim
from autograder.intake.matching import plain

MOST_PARSED = 20  # earlier texts of one cell, the latest
NAMED = 3
LONGEST_NAME = 40
LONGEST_EDIT = 20  # times as long as what was given


@dataclass
class Edits:
    """Sentences on what was changed: oddities are honest, tampering is not.

    `releases` are all that there have been, `written` the instructor's texts before their inputs were drawn.
    """

    releases: ReleasedCells = field(default_factory=ReleasedCells)
    written: Mapping[str, str] = field(default_factory=dict)
    oddities: list[str] = field(default_factory=list)
    tampering: list[str] = field(default_factory=list)

    def note(self, known: NotebookNode, stub: NotebookNode, theirs: NotebookNode) -> None:
        """Note what differs between a cell as it was handed out and as it was handed in.

        Parameters
        ----------
        known, stub, theirs
            The cell as the instructor wrote it, as it is released, and as it was handed in.
        """
        cell = f"{kind_of(known)} {grade_id(stub)}"
        if theirs.cell_type != known.cell_type:
            self.oddities.append(
                f"the {cell} had become a {theirs.cell_type} cell; it was turned back into {known.cell_type}"
            )
        may_be_earlier = not self.releases.is_complete and _has_its_checksum(stub, theirs)
        if is_locked(known) and not self.is_text_of(plain(theirs.source), known, stub):
            self._note_text(known, stub, theirs, may_be_earlier=may_be_earlier)
        if grade_id(theirs) != grade_id(stub):
            return
        (points, flags), (claimed_points, claimed_flags) = role_of(stub), role_of(theirs)
        for what, differs, is_earlier in (
            ("points", claimed_points != points, self.releases.had_points(theirs)),
            ("grading flags", claimed_flags != flags, self.releases.had_flags(theirs)),
        ):
            if differs and is_earlier:
                self.oddities.append(f"the {what} of the {cell} are those of an earlier release; today's count")
            elif differs and may_be_earlier:
                self.oddities.append(f"the {what} of the {cell} may be those of a release that is not kept here")
            elif differs:
                self.tampering.append(f"the {what} of the {cell} were changed")

    def _note_text(
        self, known: NotebookNode, stub: NotebookNode, theirs: NotebookNode, *, may_be_earlier: bool
    ) -> None:
        cell = f"{kind_of(known)} {grade_id(stub)}"
        if same_code(theirs.source, stub.source):
            self.oddities.append(f"the {cell} was written in another form; the instructor's text is used")
        elif self.was_given(theirs, known, stub):
            self.oddities.append(f"the text of the {cell} is that of an earlier release; today's is used")
        elif may_be_earlier:
            self.oddities.append(
                f"the text of the {cell} may be that of a release that is not kept here; today's is used"
            )
        elif is_test(known):
            self.tampering.append(f"the text of the {cell} was changed")
        else:
            self.oddities.append(_changed(known, stub.source, theirs.source))

    def is_text_of(self, text: str, known: NotebookNode, stub: NotebookNode) -> bool:
        """Return whether a plain text is that of a cell: as it is released, as it is graded, or as its author has it.

        The inputs of a hidden test are drawn after its author has written it.
        """
        written = self.written.get(str(grade_id(known)), known.source)
        return text in map(plain, (stub.source, known.source, written))

    def was_given(self, theirs: NotebookNode, *cells: NotebookNode) -> bool:
        """Return whether one of these cells was once released with the text of a student's, or with the same code."""
        texts = self.releases.texts(theirs, *cells)
        return plain(theirs.source) in map(plain, texts) or any(
            same_code(theirs.source, text) for text in texts[-MOST_PARSED:]
        )

    def note_merged(self, known: NotebookNode, stub: NotebookNode, merged: NotebookNode) -> None:
        """Note that a cell of the instructor's is not in the cell that it was merged into as it was handed out."""
        if any(plain(text) in plain(merged.source) for text in (stub.source, *self.releases.texts(stub, known))):
            return
        if is_test(known):
            self.tampering.append(f"the text of the {kind_of(known)} {grade_id(stub)} was changed")
        else:
            self.oddities.append(_put_back(known, f"the {kind_of(known)} {grade_id(stub)}"))


def kind_of(cell: NotebookNode) -> str:
    """Return how a sentence calls a kind of cell."""
    if is_test(cell):
        return "test cell"
    return "locked cell" if is_locked(cell) else "answer cell" if is_solution(cell) else "cell"


def _has_its_checksum(stub: NotebookNode, theirs: NotebookNode) -> bool:
    """Return whether a cell has the checksum of a cell that was handed out with these points, and with this text.

    The text of an answer is the student's, so there the stub's is taken.
    """
    claimed = nbgrader_metadata(theirs)
    if grade_id(theirs) != grade_id(stub) or not claimed.get("checksum"):
        return False
    cell = copy.deepcopy(theirs)
    if is_solution(stub):
        cell.source = stub.source
    try:
        return bool(compute_checksum(cell) == claimed.checksum)
    except Exception:  # whatever stands in metadata that somebody has written by hand
        return False


def _changed(known: NotebookNode, given: str, theirs: str) -> str:
    """Return the sentence on a given cell that the student has edited, with the names that it is about."""
    cell = f"the locked cell {grade_id(known)}"
    if known.cell_type != "code":
        return _put_back(known, cell)
    if len(theirs) > LONGEST_EDIT * (1 + len(given)):  # it is not worth the time to look for what is still there
        return _put_back(known, cell)
    one, other = (_statements(text) for text in (given, theirs))
    names = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    if grade_id(known) in names:
        return _put_back(known, str(grade_id(known)))
    listed = ", ".join(name[:LONGEST_NAME] for name in names[:NAMED]) + (", ..." if len(names) > NAMED else "")
    return _put_back(known, f"{listed} in {cell}" if names else cell, is_one=len(names) < 2)


def _put_back(known: NotebookNode, what: str, *, is_one: bool = True) -> str:
    was, it = ("was", "it was") if is_one else ("were", "they were")
    return f"{what} {was} changed; {it} {'graded as handed out' if known.cell_type == 'code' else 'put back'}"


def _statements(text: str) -> dict[str, list[str]]:
    """Return the statements of a text by the names that they bind."""
    found: dict[str, list[str]] = {}
    for name, statement in _bound(skim(text)):
        found.setdefault(name, []).append(statement)
    return found


def _bound(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        try:
            written = ast.dump(node)
        except RecursionError:  # deeper than anybody writes: as good as another text
            written = ""
        for name in bound_names([node]):
            yield name, written
