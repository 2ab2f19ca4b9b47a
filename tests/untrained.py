"""An assignment without what takes its time: the cells that train and draw, and the tests of trained networks."""

from __future__ import annotations

import ast

from nbformat import NotebookNode

from autograder.course.cells import is_test
from autograder.course.reference import DEFINITIONS


def trains_or_draws(cell: NotebookNode) -> bool:
    """Return whether a code cell does more than define, load data, or test."""
    defines = all(isinstance(node, DEFINITIONS) for node in ast.parse(cell.source).body)
    return not (defines or is_test(cell) or cell.id == "data")


def is_about_training(name: str) -> bool:
    """Return whether a test looks at a trained network, by the name of its cell."""
    return "accuracy" in name


def without_training(notebook: NotebookNode) -> None:
    """Take out of a notebook what trains and draws, and the tests that look at it."""
    notebook.cells = [
        cell
        for cell in notebook.cells
        if not (cell.cell_type == "code" and (trains_or_draws(cell) or is_about_training(cell.id)))
    ]
