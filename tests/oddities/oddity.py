"""An honest oddity, and the words to say it in: edits of a right submission, and ways to save it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, writes

Edit = Callable[[NotebookNode], None]
Save = Callable[[NotebookNode], bytes]
LOST_IDS = ["0aB3", "kZ9x", "Tq71"]  # how ids begin that another program draws


def as_jupyter(notebook: NotebookNode) -> bytes:
    """Return the file as Jupyter saves it."""
    return writes(notebook).encode()


@dataclass(frozen=True)
class Oddity:
    """One submission that is odd but honest, and what has to become of it.

    Parameters
    ----------
    edits
        What was done to a notebook with right answers, in order.
    save, file
        How the notebook was saved, and under which name.
    files
        What was handed in beside it; an edit makes another notebook.
    lost
        The exercises that it costs.
    odd
        Words of the oddities that have to be named, each in one sentence; without any, nothing may be named.
    changed
        Words of what is named as tampering; without any, nothing may be.
    said
        Words that its student has to read where points were lost.
    refused
        Words of the sentence that says why it is not graded.
    """

    name: str
    edits: tuple[Edit, ...] = ()
    save: Save = as_jupyter
    file: str = "exam.ipynb"
    files: dict[str, str | tuple[Edit, ...]] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    said: str = ""
    refused: str = ""

    @property
    def student(self) -> str:
        """The id under which it is handed in."""
        return "-".join("".join(c if c.isalnum() and c.isascii() else " " for c in self.name).lower().split())


def place(notebook: NotebookNode, name: str) -> int:
    """Return where the cell is that has a name."""
    return next(i for i, cell in enumerate(notebook.cells) if cell.id == name)


def write(**texts: str) -> Edit:
    """Change the text of cells; `_` stands for `-`."""

    def edit(notebook: NotebookNode) -> None:
        for name, text in texts.items():
            notebook.cells[place(notebook, name.replace("_", "-"))].source = text

    return edit


def answer(name: str, text: str) -> Edit:
    """Change one answer."""
    return lambda notebook: notebook.cells[place(notebook, name)].update(source=text)


def extra(text: str, behind: str = "test-double-visible") -> Edit:
    """Add a cell of the student's own."""

    def edit(notebook: NotebookNode) -> None:
        count = len(notebook.cells)
        notebook.cells.insert(place(notebook, behind) + 1, new_code_cell(text, id=f"own-{count}"))

    return edit


def first(text: str) -> Edit:
    """Add a cell of the student's own before all others."""
    return lambda notebook: notebook.cells.insert(0, new_code_cell(text, id="own-first"))


def delete(*names: str) -> Edit:
    """Delete cells."""

    def edit(notebook: NotebookNode) -> None:
        notebook.cells = [cell for cell in notebook.cells if cell.id not in names]

    return edit


def double_up(name: str, text: str | None = None) -> Edit:
    """Copy a cell as Jupyter does: with its metadata, under another id."""

    def edit(notebook: NotebookNode) -> None:
        twin = copy.deepcopy(notebook.cells[place(notebook, name)])
        twin.id = f"{name}-twin"
        twin.source = twin.source if text is None else text
        notebook.cells.insert(place(notebook, name) + 1, twin)

    return edit


def merge(above: str, below: str) -> Edit:
    """Merge a cell with another one that comes later."""

    def edit(notebook: NotebookNode) -> None:
        gone = notebook.cells.pop(place(notebook, below))
        notebook.cells[place(notebook, above)].source += f"\n\n{gone.source}"

    return edit


def move(name: str, behind: str) -> Edit:
    """Move a cell."""

    def edit(notebook: NotebookNode) -> None:
        cell = notebook.cells.pop(place(notebook, name))
        notebook.cells.insert(place(notebook, behind) + 1, cell)

    return edit


def turn(name: str, kind: str) -> Edit:
    """Change the type of a cell."""

    def edit(notebook: NotebookNode) -> None:
        cell = notebook.cells[place(notebook, name)]
        cell.cell_type = kind
        for key in ("outputs", "execution_count"):
            cell.pop(key, None)
        if kind == "code":
            cell.update(outputs=[], execution_count=None)

    return edit


def forget(*names: str) -> Edit:
    """Drop nbgrader's metadata, of all cells unless some are named."""

    def edit(notebook: NotebookNode) -> None:
        for cell in notebook.cells:
            if not names or cell.id in names:
                cell.metadata.pop("nbgrader", None)

    return edit


def new_ids(notebook: NotebookNode) -> None:
    """Give every cell another id."""
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{LOST_IDS[number % len(LOST_IDS)]}{number}"


def kernel(**kernelspec: str) -> Edit:
    """Change the kernel that the notebook asks for; without words there is none."""

    def edit(notebook: NotebookNode) -> None:
        notebook.metadata = NotebookNode(kernelspec=NotebookNode(kernelspec)) if kernelspec else NotebookNode()

    return edit


def output(**value: Any) -> Edit:
    """Give every code cell an output."""

    def edit(notebook: NotebookNode) -> None:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = [NotebookNode(value)]

    return edit


def as_json(change: Callable[[dict[str, Any]], Any]) -> Save:
    """Return a way to save a notebook whose JSON is changed by hand."""

    def save(notebook: NotebookNode) -> bytes:
        raw = json.loads(writes(notebook))
        return json.dumps(change(raw) or raw, ensure_ascii=False).encode()

    return save


def each_cell(change: Callable[[dict[str, Any]], Any]) -> Save:
    """Return a way to save a notebook in which the JSON of each cell is changed by hand."""
    return as_json(lambda raw: [change(cell) for cell in raw["cells"]] and raw)


def as_bytes(change: Callable[[bytes], bytes]) -> Save:
    """Return a way to save a notebook whose bytes are changed."""
    return lambda notebook: change(as_jupyter(notebook))


def encoded(encoding: str) -> Save:
    """Return a way to save a notebook in another encoding."""
    return lambda notebook: writes(notebook).encode(encoding)


def colab(raw: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook as Colab saves it: format 4.0, ids in the metadata, metadata of its own."""
    for cell in raw["cells"]:
        cell["metadata"] = {"id": cell.pop("id"), "colab": {"base_uri": "https://localhost:8080/"}}
        if cell["cell_type"] == "code":
            cell["metadata"]["outputId"] = "f00"
    raw["metadata"] = {
        "colab": {"provenance": [], "toc_visible": True},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
        "accelerator": "GPU",
    }
    raw["nbformat_minor"] = 0
    return raw


def vs_code(raw: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook as some versions of VS Code save it: ids are kept, nbgrader's metadata are not."""
    for cell in raw["cells"]:
        cell["metadata"] = {"vscode": {"languageId": "python"}} if cell["cell_type"] == "code" else {}
    raw["metadata"]["kernelspec"] = {"display_name": ".venv", "language": "python", "name": "python3"}
    return raw


def format_3(raw: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook as IPython 2 saved it."""
    cells = []
    for cell in raw["cells"]:
        old = {"cell_type": cell["cell_type"], "metadata": cell["metadata"]}
        if cell["cell_type"] == "code":
            old |= {"input": cell["source"], "language": "python", "collapsed": False, "prompt_number": 1}
            old["outputs"] = [{"output_type": "stream", "stream": "stdout", "text": ["old\n"]}]
        else:
            old["source"] = cell["source"]
        cells.append(old)
    heading = {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Mine"]}
    return {
        "metadata": {"name": "exam"},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [{"cells": [*cells, heading], "metadata": {}}],
    }
