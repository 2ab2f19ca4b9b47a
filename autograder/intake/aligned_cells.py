"""The cells of an aligned notebook, made anew: of a submission only texts, pictures and usable ids are in them."""

from __future__ import annotations

import copy
from itertools import count

from nbformat import NotebookNode

from autograder.course.cells import grade_id
from autograder.intake.notebook_file import CELL_ID


class Ids:
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


def as_handed_in(cell: NotebookNode, cell_type: str) -> NotebookNode:
    """Return a student's cell without its metadata and outputs."""
    attachments = cell.get("attachments")
    node = bare(cell_type, cell.source, attachments)
    if isinstance(cell.get("id"), str):
        node.id = cell.id
    return node


def bare(cell_type: str, source: str, attachments: object) -> NotebookNode:
    """Return a cell with this text and nothing else, except the pictures of a text."""
    cell = NotebookNode(cell_type=cell_type, id="", metadata=NotebookNode(), source=source)
    if cell_type == "code":
        cell.execution_count = None
        cell.outputs = []
    elif attachments:
        cell.attachments = copy.deepcopy(attachments)
    return cell
