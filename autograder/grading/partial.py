"""Grading a part of a submission again: everything else keeps the outputs that are recorded in `autograded/`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.course.cells import code_cells, grade_id
from autograder.grading.verdict import Verdict

Outputs = dict[str, list[NotebookNode]]


@dataclass(frozen=True)
class Part:
    """The exercises of a submission that are graded again, and the recorded outputs of its cells by notebook."""

    exercises: frozenset[str]
    outputs: dict[str, Outputs]

    def tests(self, verdict: Verdict, notebook: str) -> set[str]:
        """Return the tests of a notebook that are graded again."""
        return {cell.test for cell in verdict.of(notebook).values() if cell.exercise in self.exercises}

    def keep(self, notebooks: Mapping[str, NotebookNode], verdict: Verdict, run: Collection[str]) -> None:
        """Give the notebooks of a submission the outputs that stay: all outputs of a notebook that is not in `run`.

        Of the others, tests of exercises that were not graded keep theirs; the student's cells have new ones.
        """
        for name, notebook in notebooks.items():
            graded, known = self.tests(verdict, name), self.outputs.get(name, {})
            for cell in code_cells(notebook):
                if name not in run or (grade_id(cell) in verdict.of(name) and grade_id(cell) not in graded):
                    cell.outputs = known.get(_key(cell), [])
                    for output in cell.outputs:
                        if output.output_type == "execute_result":
                            output.execution_count = cell.execution_count


def outputs_of(notebook: NotebookNode) -> Outputs:
    """Return the outputs of a recorded notebook by cell."""
    return {_key(cell): list(cell.outputs) for cell in code_cells(notebook)}


def _key(cell: NotebookNode) -> str:
    return grade_id(cell) or f"id {cell.get('id')}"
