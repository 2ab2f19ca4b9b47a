"""The tiny course with all that a page of feedback can show: a bank, a book, what follows on, a written answer."""

from __future__ import annotations

import nbformat
from assignment_cells import nbgrader_cell
from nbformat.v4 import new_markdown_cell
from tiny_course import TinyCourse, hidden, tiny_notebook

BANK = '''
from hypothesis import strategies as st
from autograder.misconceptions import inputs, misconception


@inputs("double", call="double(x)")
@st.composite
def numbers(draw):
    return {"x": float(draw(st.integers(-9, 9)))}


@misconception("double", see="eq:double")
def threefold(x):
    """You add x once too often: a <double> is two of them."""
    return 3 * x
'''
WRONG_DOUBLE = "def double(x):\n    return 3 * x"
SAID = "You add x once too often: a <double> is two of them."
SCHEME = "## An essay (4 points)\n\nWhy?\n\n### BEGIN MARK SCHEME\n4 points: secret scheme\n### END MARK SCHEME"
QUADRUPLE = '''def quadruple(x):
    """Return 4 x."""
    ### BEGIN SOLUTION
    return double(double(x))
    ### END SOLUTION'''


def with_all(tiny: TinyCourse) -> TinyCourse:
    """Give the tiny course a bank, a book, an exercise that follows on and an essay."""
    notebook = tiny_notebook()
    notebook.cells[2:2] = [
        new_markdown_cell("## Exercise 1: twice (2 points)\n\nSee [the double](../../_build/html/book/a.html).", id="h")
    ]
    notebook.cells += [
        nbgrader_cell("quadruple", QUADRUPLE, solution=True, locked=False),
        nbgrader_cell(
            "test-quadruple-hidden",
            hidden("assert quadruple(3) == 12, 'wrong'", "Hidden test (3 points): four times a number."),
            grade=True,
            points=3,
        ),
        new_markdown_cell(SCHEME, id="essay", metadata=nbgrader_cell("essay", "", points=4, task=True).metadata),
        new_markdown_cell("*Your answer*", id="answer"),
    ]
    tiny.write_source(notebook)
    bank = tiny.root / "bank" / "misconceptions"
    bank.mkdir(parents=True)
    (bank / "tiny.py").write_text(BANK)
    (tiny.root / "book").mkdir()
    (tiny.root / "book" / "a.md").write_text("# Numbers\n\n$$\nx\n$$ (eq:one)\n\n$$\n2x\n$$ (eq:double)\n")
    (tiny.root / "_toc.yml").write_text(
        "parts:\n  - caption: c\n    numbered: 1\n    chapters:\n      - file: book/a\n"
    )
    return tiny


def hand_in(course: TinyCourse, student: str, essay: str = "Since *so*.", **answers: str) -> None:
    """Hand in a notebook with all exercises."""
    path = course.hand_in(student, **answers)
    notebook = nbformat.read(path, as_version=4)
    source = nbformat.read(course.source / "tiny" / "tiny.ipynb", as_version=4).cells
    follows = answers.get("quadruple", "def quadruple(x):\n    return double(double(x))")
    task = new_markdown_cell(SCHEME.split("\n\n###")[0], id="essay", metadata=source[-2].metadata)
    notebook.cells += [
        nbgrader_cell("quadruple", follows, solution=True, locked=False),
        task,
        new_markdown_cell(essay, id="answer"),
    ]
    nbformat.write(notebook, path)
