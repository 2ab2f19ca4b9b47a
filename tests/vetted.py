"""Changes of the tiny notebook that make it unfit: each is a function that changes the notebook it is given."""

from __future__ import annotations

from collections.abc import Callable

import nbformat
from nbformat.v4 import new_markdown_cell

Notebook = nbformat.NotebookNode
HIDDEN = "test-double-hidden"


def cell_of(notebook: Notebook, name: str) -> Notebook:
    """Return a cell by its name."""
    (cell,) = [cell for cell in notebook.cells if cell.id == name]
    return cell


def with_source(name: str, source: str) -> Callable[[Notebook], None]:
    """Return what gives a cell another text."""

    def change(notebook: Notebook) -> None:
        cell_of(notebook, name).source = source

    return change


def with_metadata(name: str, **values: object) -> Callable[[Notebook], None]:
    """Return what changes nbgrader's metadata of a cell; None takes a key out."""

    def change(notebook: Notebook) -> None:
        metadata = cell_of(notebook, name).metadata.nbgrader
        metadata.update(values)
        for key in [key for key, value in values.items() if value is None]:
            del metadata[key]

    return change


def replaced(name: str, old: str, new: str) -> Callable[[Notebook], None]:
    """Return what replaces a piece of a cell's text."""

    def change(notebook: Notebook) -> None:
        cell = cell_of(notebook, name)
        assert old in cell.source
        cell.source = cell.source.replace(old, new)

    return change


def as_markdown(name: str) -> Callable[[Notebook], None]:
    """Return what makes a Markdown cell of a code cell."""

    def change(notebook: Notebook) -> None:
        index = [cell.id for cell in notebook.cells].index(name)
        code = notebook.cells[index]
        notebook.cells[index] = new_markdown_cell(code.source, id=name, metadata=code.metadata)

    return change


def in_r(notebook: Notebook) -> None:
    """Give a notebook another language."""
    notebook.metadata.language_info.name = "R"
