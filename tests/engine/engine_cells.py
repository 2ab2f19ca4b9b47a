"""Short words for the cells of a notebook, and a way to send them through the engine."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import Any

from autograder.engine.inside.analysis import bound_names, parse
from autograder.engine.items import Cell, CellReport, Ending, Item, Kind, Report, Settings
from autograder.engine.session import run_item
from autograder.grading.redaction import Released
from autograder.grading.wording import for_instructor, for_student


@dataclass(frozen=True)
class Worded(CellReport):
    """What became of a cell, with its finding in words: for the student, and for the instructor."""

    message: str = ""
    detail: str = ""


SECONDS = 20  # far more than anything takes that comes to an end
NUMPY = "import numpy as np"


def answer(source: str, seconds: float = SECONDS) -> Cell:
    """Return a cell in which the student answers; what it binds is what the assignment asks for."""
    return Cell(Kind.student, "answer", source, source, seconds)


def extra(source: str, seconds: float = SECONDS) -> Cell:
    """Return a cell that the student has added."""
    return Cell(Kind.student, "extra", source, source, seconds)


def locked(source: str, seconds: float = SECONDS) -> Cell:
    """Return a cell of the instructor's that is no test."""
    return Cell(Kind.locked, "locked", source, source, seconds)


def visible(source: str, seconds: float = SECONDS) -> Cell:
    """Return a test that students can read."""
    return Cell(Kind.test, "visible", source, source, seconds)


def hidden(source: str, released: str = "# what this checks", seconds: float = SECONDS) -> Cell:
    """Return a test of which students see the released lines only."""
    return Cell(Kind.test, "hidden", f"{released}\n{source}", released, seconds)


def item(*cells: Cell, **more: Any) -> Item:
    """Return a notebook; its answers and imports are what the cells say, unless `more` says otherwise."""
    answers = bound_names(node for cell in cells if cell.name == "answer" for node in parse(cell.source).body)
    imports = [
        ast.unparse(node)
        for cell in cells
        if cell.kind is Kind.locked
        for node in parse(cell.source).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    known = {"answers": frozenset(answers), "imports": "\n".join(imports)}
    return Item(cells, **{**known, **more})


def run(*cells: Cell, settings: Settings | None = None, **more: Any) -> Report:
    """Run a notebook in the sandbox; its findings are worded as in a verdict."""
    report = run_item(item(*cells, **more), settings or Settings())
    released = Released(cells)
    return replace(report, cells=tuple(_worded(cell, released) for cell in report.cells))


def _worded(report: CellReport, released: Released) -> Worded:
    if report.finding is None:
        return Worded(**vars(report))
    return Worded(
        **vars(report),
        message=for_student(report.finding, released),
        detail=for_instructor(report.finding, released),
    )


def last(*cells: Cell, **more: Any) -> Worded:
    """Run a notebook; return what became of its last cell."""
    return run(*cells, **more).cells[-1]


def check(*cells: Cell, **more: Any) -> Report:
    """Run a notebook; every cell of it has to end well."""
    report = run(*cells, **more)
    for cell, found in zip(cells, report.cells, strict=True):
        assert found.ending is Ending.ok, f"{cell.source}\n{found.message}\n{found.detail}"
    return report


def endings(report: Report) -> list[str]:
    """Return how the cells ended."""
    return [str(cell.ending) for cell in report.cells]


def printed(report: CellReport) -> str:
    """Return what a cell has printed, without spaces around it."""
    return "".join(output["text"] for output in report.outputs if output["output_type"] == "stream").strip()


def said(*cells: str, **more: Any) -> list[str]:
    """Run the student's cells; return what each printed, or else the name of the exception that it raised."""
    report = run(*(extra(cell) for cell in cells), **more)
    return [
        printed(cell) or "".join(output["ename"] for output in cell.outputs if output["output_type"] == "error")
        for cell in report.cells
    ]
