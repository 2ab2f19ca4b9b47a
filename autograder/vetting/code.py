"""Whether every cell is Python, in the source and as students get it; nothing is executed."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping

from nbformat import NotebookNode

from autograder.course.cells import grade_id
from autograder.course.faults import Fault, Place, places

CHECK = "code"
CONFLICT = re.compile(r"(<{7}|={7}|>{7}|\|{7})( .*)?")
PYTHON = ("python", "ipython")


def faults_of_code(sources: Mapping[str, NotebookNode]) -> list[Fault]:
    """Return which cells of the source are not Python, or hold what a merge has left."""
    return [
        fault
        for name, notebook in sorted(sources.items())
        for of in (_of_language(name, notebook), *map(_of_cell, places(name, notebook.cells)))
        for fault in of
    ]


def faults_of_released(sources: Mapping[str, NotebookNode], released: Mapping[str, NotebookNode]) -> list[Fault]:
    """Return which cells are Python in the source and not in the release, where a region has been cut out."""
    found = []
    for name, notebook in sorted(sources.items()):
        given = {grade_id(cell): cell.source for cell in released[name].cells if cell.cell_type == "code"}
        for place in places(name, notebook.cells):
            text = given.get(grade_id(place.cell)) if grade_id(place.cell) else None
            wrong = "" if text is None or syntax_error(place.cell.source) else syntax_error(text)
            if wrong:
                says = f"what students get of it is not Python ({wrong}). Let the region be whole statements."
                found.append(place.fault(CHECK, says))
    return found


def syntax_error(source: str) -> str:
    """Return why a code cell is not Python, with its line; empty if it is, with IPython's magics too."""
    error = _error(source)
    if error is None:
        return ""
    from IPython.core.inputtransformer2 import TransformerManager  # most cells do without

    try:
        if _error(TransformerManager().transform_cell(source)) is None:
            return ""
    except (SyntaxError, RuntimeError):
        pass
    return f"line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else str(error)


def _error(source: str) -> Exception | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            return error
    return None


def _of_language(name: str, notebook: NotebookNode) -> Iterator[Fault]:
    language = notebook.metadata.get("language_info", {}).get("name") or notebook.metadata.get("kernelspec", {}).get(
        "language", PYTHON[0]
    )
    if language not in PYTHON:
        yield Fault(CHECK, f"it is written in {language}, and the grader runs Python. Choose a Python kernel.", name)


def _of_cell(place: Place) -> Iterator[Fault]:
    lines = [number for number, line in enumerate(place.cell.source.splitlines(), 1) if CONFLICT.fullmatch(line)]
    if len(lines) > 1:  # a single line may underline a title
        yield place.fault(CHECK, f"a merge has left its markers in line {lines[0]}. Choose one side and delete them.")
    elif place.cell.cell_type == "code" and (wrong := syntax_error(place.cell.source)):
        yield place.fault(CHECK, f"it is not Python ({wrong}). Put it right.")
