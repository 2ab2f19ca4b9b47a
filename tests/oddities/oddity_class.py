"""A class of honest students: a small assignment, a right submission, and one grading run of all oddities."""

from __future__ import annotations

import copy
from pathlib import Path

import nbformat
from assignment_cells import nbgrader_cell
from command import run as run_program
from graded_class import GradedClass, answer_cell, course_with, hidden_cell, visible_cell
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook
from oddity import Oddity

from autograder.course.course import Course

SECONDS = 2
HELPER = "TOLERANCE = 1e-9\n"
GIVEN = "import math\nimport matplotlib.pyplot as plt\nimport numpy as np"
RIGHT = {
    "double": 'def double(x):\n    """Return 2 x, for a number or an array."""\n    return 2 * x',
    "relu": 'def relu(Z):\n    """Return the larger of Z and 0, entry by entry."""\n    return np.maximum(Z, 0)',
    "mean_loss": 'def mean_loss(P, Y):\n    """Return the mean of the squared differences."""\n'
    "    return float(np.mean((P - Y) ** 2))",
    "why": "Since a mean does not grow with the number of samples.",
}
NOT_WRITTEN = '    # Your code here.\n    raise NotImplementedError("not written yet")'
STUB = {name: f"{text.rpartition(chr(10))[0]}\n{NOT_WRITTEN}" for name, text in RIGHT.items()}
STUB["why"] = "YOUR ANSWER HERE"
POINTS = {
    "test-double-visible": 1, "test-double-hidden": 1, "test-relu-visible": 0, "test-relu-hidden": 2,
    "test-loss-visible": 1, "test-loss-hidden": 1,
}  # fmt: skip
KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}


def exam() -> NotebookNode:
    """Return the instructor's notebook."""
    role = {"schema_version": 3, "grade": True, "solution": True, "locked": False, "task": False, "points": 2}
    cells = [
        new_markdown_cell("# Exam\n\nThree functions and a question.", id="title"),
        nbgrader_cell("given", GIVEN),
        new_markdown_cell("## To double", id="text-double"),
        answer_cell("double", RIGHT["double"]),
        visible_cell("test-double-visible", "assert double(2) == 4, 'double(2) is not 4'", 1),
        _hidden("test-double-hidden", "assert np.allclose(double(np.arange(3.0)), [0, 2, 4]), 'an array differs'"),
        answer_cell("relu", RIGHT["relu"]),
        visible_cell("test-relu-visible", "seen = relu(np.array([-1.0, 1.0]))\nassert seen[0] == 0, 'below 0'", 0),
        _hidden("test-relu-hidden", "assert np.allclose(relu(np.array([[-2.0, 3.0]])), [[0, 3]]), 'a row differs'"),
        answer_cell("mean_loss", RIGHT["mean_loss"]),
        nbgrader_cell("sample", "sample_loss = mean_loss(np.array([1.0, 2.0]), np.array([1.0, 4.0]))"),
        visible_cell("test-loss-visible", "assert abs(sample_loss - 2) < 1e-9, 'the sample has another loss'", 1),
        _hidden("test-loss-hidden", "assert abs(mean_loss(np.ones(4), np.zeros(4)) - 1) < 1e-9, 'of ones differs'"),
        new_markdown_cell("YOUR ANSWER HERE", id="why", metadata={"nbgrader": {**role, "grade_id": "why"}}),
    ]
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}})


def _hidden(name: str, test: str) -> NotebookNode:
    return hidden_cell(name, test, POINTS[name])


class OddityClass:
    """A course folder with the exam, released."""

    def __init__(self, folder: Path) -> None:
        self.course: Course = course_with(folder / "course", exam(), {"helper.py": HELPER})
        self.run("autograder", "release", "exam")
        self.released = nbformat.read(self.course.release / "exam" / "exam.ipynb", as_version=4)

    def run(self, *words: str) -> tuple[int, str]:
        """Run a program of the course; return exit code and what it said."""
        code, out, err = run_program(self.course.root, *words, COLUMNS="400")
        return code, f"{out}\n{err}"

    def hand_in(self, oddity: Oddity) -> Path:
        """Write a submission; return its folder."""
        folder = self.course.submitted / oddity.student / "exam"
        folder.mkdir(parents=True)
        notebook = self.right()
        for edit in oddity.edits:
            edit(notebook)
        (folder / oddity.file).write_bytes(oddity.save(notebook))
        for name, content in oddity.files.items():
            if not isinstance(content, str):
                other = self.right()
                for edit in content:
                    edit(other)
                content = nbformat.writes(other)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
        return folder

    def right(self) -> NotebookNode:
        """Return the released notebook with right answers."""
        notebook = copy.deepcopy(self.released)
        for cell in notebook.cells:
            cell.source = RIGHT.get(cell.id, cell.source)
        return notebook

    def grade(self, oddities: list[Oddity]) -> GradedClass:
        """Hand in all oddities and grade them in one run."""
        for oddity in oddities:
            self.hand_in(oddity)
        code, said = self.run("autograder", "grade", "exam", "--seconds", str(SECONDS))
        return GradedClass(self.course, code, said)
