"""Pictures that are attached to a cell and that its text does not show: what is left of a solution that was cut out.

nbgrader clears the text of a solution and of a mark scheme, and leaves the pictures that were pasted into it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import nbformat
from nbformat import NotebookNode


def unshown(cell: NotebookNode) -> list[str]:
    """Return the names of the pictures of a cell that its text does not name."""
    text = unquote(cell.source)
    return [name for name in cell.get("attachments", {}) if f"attachment:{unquote(name)}" not in text]


def drop_unshown(notebook: Path) -> None:
    """Take pictures that no text shows out of a notebook file; a file without such pictures stays as it is."""
    found = nbformat.read(notebook, as_version=4)
    if any([*_dropped(found)]):
        nbformat.write(found, notebook)


def _dropped(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        for name in unshown(cell):
            del cell.attachments[name]
            yield name
        if "attachments" in cell and not cell.attachments:
            del cell["attachments"]
