"""The tiny course with two exercises that a person reads, handed in and graded, and the server of `autograder mark`."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import nbformat
import pytest
from assignment_cells import REPOSITORY, nbgrader_cell
from command import autograder
from downloads import collected, imported
from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook
from tiny_course import RIGHT, TinyCourse, tiny_notebook

SCHEME = """
### BEGIN MARK SCHEME
Any notation will do.

- [2] names the chain rule
- [1] has the shape of $W^{[1]}$,
  with a reason
- [1] says where the mean enters
- [-1] quotes the result
### END MARK SCHEME"""
ESSAY = "## An essay (4 points)\n\nWhy is $2x$ right?\n"
WORDS = "*In words.*"
ESSAYS = {
    "ada": "By the **chain rule**: $\\frac{a}{b}$.",
    "bob": "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">\n\n"
    '<form action="/api/save"><button id="save">Save</button></form> [a](javascript:alert(1))',
    "cem": "I do not know.",
    "dora": "*Your answer*",
}
NAMES = {"ada": ("Ada", "King"), "bob": ("<img src=x onerror=alert(1)>", "\u202eRowles")}


def _cells(task: str, essay: str, words: str) -> list[nbformat.NotebookNode]:
    asked = nbgrader_cell("essay", "", points=4, task=True).metadata
    answered = nbgrader_cell("words", "", points=3, grade=True, solution=True, locked=False).metadata
    return [
        new_markdown_cell(task, id="essay", metadata=asked),
        new_markdown_cell(essay, id="answer"),
        new_markdown_cell("## Two words", id="asks"),
        new_markdown_cell(words, id="words", metadata=answered),
    ]


def written_course(root: Path) -> TinyCourse:
    """Return the course with the assignment and what was handed in."""
    root.mkdir()
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    course = TinyCourse(root)
    notebook = tiny_notebook()
    notebook.cells += _cells(ESSAY + SCHEME, "*Your answer*", WORDS)
    course.write_source(notebook)
    for student, essay in ESSAYS.items():
        path = course.hand_in(student, **RIGHT)
        handed_in = nbformat.read(path, as_version=4)
        handed_in.cells += _cells(ESSAY.strip(), essay, f"Words of mine: {len(essay)}")
        nbformat.write(handed_in, path)
    return course


@cache
def graded_course(root: Path) -> TinyCourse:
    """Return the course, graded; it is graded once for all modules that run in this process, so take a copy."""
    course = written_course(root)
    assert autograder(root, "grade", "tiny")[0] == 0
    name_students(course)
    return course


def a_copy(factory: pytest.TempPathFactory, where: Path) -> TinyCourse:
    """Return a copy of the graded course in `where`."""
    graded = graded_course(factory.getbasetemp() / "marked course")
    return TinyCourse(Path(shutil.copytree(graded.root, where)))


def name_students(course: TinyCourse) -> None:
    """Tell the gradebook what students are called."""
    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        for student, (first, last) in NAMES.items():
            book.update_or_create_student(student, first_name=first, last_name=last, email=f"{student}@example.org")


def form_a_team(course: TinyCourse) -> None:
    """Let cem, dora and emil hand in what cem has, as the group Team A of Moodle."""
    members = "".join(f"{student},{student.title()} Doe,Team A\n" for student in ("cem", "dora", "emil"))
    assert imported(course, f"id,name,group\n{members}")[0] == 0
    work = (course.submitted / "cem" / "tiny" / "tiny.ipynb").read_bytes()
    assert collected(course, {"Team A_345_assignsubmission_file/tiny.ipynb": work})[0] == 0
    assert autograder(course.root, "grade", "tiny")[0] == 0


@contextmanager
def marking(root: Path, *options: str) -> Iterator[str]:
    """Run `autograder mark tiny` on a free port, yield the address with the token, and stop it with Ctrl-C."""
    command = [sys.executable, "-m", "autograder", "mark", "tiny", "--port", "0", *options]
    server = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    try:
        said = ""
        while not (found := re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", said)):
            line = server.stdout.readline()
            assert line, said
            said += line
        yield found[0]
        server.send_signal(signal.SIGINT)
        said = server.stdout.read()
        assert server.wait() == 0
        assert "Marked so far" in said
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
