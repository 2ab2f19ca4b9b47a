"""A tiny course in a scratch folder, which tests of several rooms hand something in to."""

from __future__ import annotations

from pathlib import Path

import nbformat
from assignment_cells import nbgrader_cell
from nbformat.v4 import new_markdown_cell, new_notebook

from autograder.course.course import Course

DOUBLE = '''def double(x):
    """Return 2 x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION'''
SQUARE = '''def square(x):
    """Return x squared."""
    ### BEGIN SOLUTION
    return x * x
    ### END SOLUTION'''


def hidden(test: str, said: str = "a released comment") -> str:
    """Return the source of a hidden test."""
    return f"# {said}\n### BEGIN HIDDEN TESTS\n{test}\n### END HIDDEN TESTS"


def tiny_notebook() -> nbformat.NotebookNode:
    """Return an assignment with two exercises of two and three points."""
    stub = {"solution": True, "locked": False}
    cells = [
        new_markdown_cell("# Tiny", id="title"),
        nbgrader_cell("given", "import math"),
        nbgrader_cell("double", DOUBLE, **stub),
        nbgrader_cell("test-double-visible", "assert double(2) == 4, 'double(2) is wrong'", grade=True, points=0),
        nbgrader_cell("test-double-hidden", hidden("assert double(21) == 42, 'wrong at 21'"), grade=True, points=2),
        nbgrader_cell("square", SQUARE, **stub),
        nbgrader_cell("test-square-hidden", hidden("assert square(3) == 9, 'wrong at 3'"), grade=True, points=1),
        nbgrader_cell("test-square-negative", hidden("assert square(-3) == 9, 'wrong below 0'"), grade=True, points=2),
    ]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


class TinyCourse(Course):
    """A course in a scratch folder with one assignment, `tiny`, and a way to hand something in."""

    def hand_in(self, student: str, **answers: str) -> Path:
        """Write a submission; an exercise without an answer stays a stub. Return the notebook's path."""
        notebook = tiny_notebook()
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                stub = (
                    cell.source.split("    ###")[0]
                    + '    # Your code here.\n    raise NotImplementedError("not written yet")'
                )
                cell.source = answers.get(cell.id, stub)
        return self.hand_in_bytes(student, nbformat.writes(notebook).encode())

    def hand_in_bytes(self, student: str, content: bytes) -> Path:
        """Write `content` as the submitted notebook; return its path."""
        path = self.submitted / student / "tiny" / "tiny.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def write_source(self, notebook: nbformat.NotebookNode) -> None:
        """Replace the instructor's notebook."""
        path = self.source / "tiny" / "tiny.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)


RIGHT = {"double": "def double(x):\n    return x + x", "square": "def square(x):\n    return x**2"}
