"""Puts what the engine reports into the cells of an aligned submission, as the formgrader shows it.

The outputs of a test are such that nbgrader's own `determine_grade` comes to the points of the verdict.
"""

from __future__ import annotations

from collections.abc import Mapping

from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_output

from autograder.align import Aligned
from autograder.engine.work import Cell, CellReport, Report
from autograder.verdict import CellVerdict, Status, Verdict


def with_outputs(aligned: Aligned, reports: Mapping[str, Report], verdict: Verdict) -> dict[str, NotebookNode]:
    """Return the notebooks of a submission with the outputs of the grading run."""
    return {
        name: _filled(notebook, aligned.code[name], aligned.items[name].cells, reports.get(name), verdict.of(name))
        for name, notebook in aligned.notebooks.items()
    }


def _filled(
    notebook: NotebookNode,
    places: list[int],
    items: tuple[Cell, ...],
    report: Report | None,
    outcomes: Mapping[str, CellVerdict],
) -> NotebookNode:
    cells = list(notebook.cells)
    reports = report.cells if report else ()
    for number, (place, item) in enumerate(zip(places, items, strict=True)):
        said = reports[number] if number < len(reports) else CellReport()
        outputs = [from_dict(output) for output in said.outputs]
        if item.name in outcomes:
            outputs = _of_test(outputs, outcomes[item.name])
        cells[place] = NotebookNode({**cells[place], "outputs": outputs, "execution_count": number + 1})
        for output in outputs:
            if output.output_type == "execute_result":
                output.execution_count = number + 1
    return NotebookNode({**notebook, "cells": cells})


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
