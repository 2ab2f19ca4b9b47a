"""Puts what the engine reports into the cells of an aligned submission, as the formgrader shows it.

The outputs of a test are such that nbgrader's own `determine_grade` comes to the points of the verdict. What the
student wrote in Markdown is made harmless here; the engine has done so with outputs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from html import escape
from typing import Any

from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_output

from autograder.course.cells import grade_id, is_locked, nbgrader_metadata
from autograder.engine.items import Cell, CellReport, Report
from autograder.engine.limits import OutputLimits
from autograder.grading.redaction import Released
from autograder.grading.verdict import CellVerdict, Status, Verdict
from autograder.grading.wording import as_error
from autograder.intake.align import Aligned
from autograder.shown.harmless import clean_attachments, clean_markdown


def with_outputs(aligned: Aligned, reports: Mapping[str, Report], verdict: Verdict) -> dict[str, NotebookNode]:
    """Return the notebooks of a submission with the outputs of the grading run."""
    return {
        name: _readable(
            _filled(notebook, aligned.code[name], aligned.items[name].cells, reports.get(name), verdict.of(name)),
            aligned.texts,
        )
        for name, notebook in aligned.notebooks.items()
    }


def _readable(notebook: NotebookNode, given: Collection[str]) -> NotebookNode:
    """Return a notebook that a browser may show; `given` are the instructor's own texts, which stay as they are."""
    taken = {name for cell in notebook.cells for name in _ids_of_controls(cell)}
    left, cells = OutputLimits().for_outputs(), []
    for cell in notebook.cells:
        is_given = is_locked(cell) or (cell.source in given and "attachment:" not in cell.source)
        if cell.cell_type == "markdown" and not is_locked(cell):
            pictures = clean_attachments(cell.get("attachments"))
            text = cell.source if is_given else clean_markdown(cell.source, pictures, taken, left)
            rest = {key: value for key, value in cell.items() if key != "attachments"}
            cell = NotebookNode({**rest, "source": text, **({"attachments": from_dict(pictures)} if pictures else {})})
        elif cell.cell_type == "raw" and not is_given and "<" in cell.source:
            cell = NotebookNode({**cell, "source": escape(cell.source, quote=False)})
        cells.append(cell)
    return NotebookNode({**notebook, "cells": cells})


def _ids_of_controls(cell: NotebookNode) -> set[str]:
    """Return the ids that nbgrader's pages give to the fields for the points and the comment of a cell."""
    name, role = grade_id(cell), nbgrader_metadata(cell)
    if name is None:
        return set()
    points = {name, f"{name}_extra_credit"} if role.get("grade") or role.get("task") else set()
    return {*points, f"{name}-comment"}


def _filled(
    notebook: NotebookNode,
    places: list[int],
    items: tuple[Cell, ...],
    report: Report | None,
    outcomes: Mapping[str, CellVerdict],
) -> NotebookNode:
    cells = list(notebook.cells)
    reports = report.cells if report else ()
    released = Released(items)
    for number, (place, item) in enumerate(zip(places, items, strict=True)):
        said = reports[number] if number < len(reports) else CellReport()
        outputs = [from_dict(output) for output in _with_finding(said, released)]
        if item.name in outcomes:
            outputs = _of_test(outputs, outcomes[item.name])
        cells[place] = NotebookNode({**cells[place], "outputs": outputs, "execution_count": number + 1})
        for output in outputs:
            if output.output_type == "execute_result":
                output.execution_count = number + 1
    return NotebookNode({**notebook, "cells": cells})


def _with_finding(report: CellReport, released: Released) -> list[dict[str, Any]]:
    """Return the outputs of a cell; what was found of it takes the place of the exception that its process shows."""
    outputs = list(report.outputs)
    if report.finding is None:
        return outputs
    if outputs and outputs[-1]["output_type"] == "error":
        outputs.pop()
    return [*outputs, as_error(report.finding, released)]


def _of_test(outputs: list[NotebookNode], outcome: CellVerdict) -> list[NotebookNode]:
    """Return the outputs of a test: an error if it earned nothing, a number if it earned a part, else neither."""
    shown = [_harmless(output) for output in outputs if output.output_type != "error"]
    if outcome.status is Status.passed:
        return shown
    if outcome.points > 0:
        return [*shown, new_output("execute_result", data={"text/plain": repr(outcome.points)})]
    errors = [output for output in outputs if output.output_type == "error"]
    return [*shown, *(errors or [_error(outcome)])]


def _harmless(output: NotebookNode) -> NotebookNode:
    """Return an output that nbgrader takes for nothing but an output: no failure, no partial credit."""
    if output.output_type == "stream" and output.name == "stderr":
        return new_output("stream", name="stdout", text=output.text)
    if output.output_type == "execute_result":
        return new_output("display_data", data=output.data, metadata=output.metadata)
    return output


def _error(outcome: CellVerdict) -> NotebookNode:
    name = "AssertionError" if outcome.status is Status.failed else "Error"
    told = outcome.detail or outcome.message
    return new_output("error", ename=name, evalue=told, traceback=[f"{name}: {told}"])
