"""Files as they are handed in: what can be read is read, in bounded memory; the rest is one sentence each."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from tiny_course import RIGHT, TinyCourse, tiny_notebook

from autograder.errors import SubmissionError
from autograder.intake import submission as submission_module
from autograder.intake.limits import MOST_CELLS
from autograder.intake.notebook_file import read_notebook
from autograder.intake.submission import Submission, read_submission

MB = 2**20
WHERE = "submitted/ada/tiny/tiny.ipynb"


def read(course: TinyCourse) -> Submission:
    """Return what ada handed in."""
    return read_submission(course, "tiny", "ada")


def notebook_of(*cells: dict[str, Any]) -> bytes:
    """Return a notebook file."""
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def code(source: Any, **more: Any) -> dict[str, Any]:
    """Return a code cell as it stands in a file."""
    return {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source, **more}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\0\0\0\0 \n", "is empty"),
        (b"%PDF-1.7", "it is not JSON"),
        (notebook_of(code("x"))[:-20], "it is not JSON"),
        (b"3", "no list of cells"),
        (b'{"cells": {}}', "no list of cells"),
        (b'{"cells": [' + b"[" * 5000, "parts within parts"),
        (b"9" * 10_000, "it is not JSON"),
        (notebook_of(*[code("")] * (MOST_CELLS + 1)), f"more than {MOST_CELLS} cells"),
        (notebook_of(code("x" * 21 * MB)), "even without its outputs"),
        ("[".encode("utf-16") + b"\xd8", "it is not JSON"),
    ],
)
def test_what_is_no_notebook_is_one_sentence(content: bytes, said: str) -> None:
    with pytest.raises(SubmissionError) as caught:
        read_notebook(content, WHERE)
    assert said in str(caught.value)
    assert str(caught.value).startswith(WHERE)
    assert "\n" not in str(caught.value)


def test_only_outputs_are_left_out() -> None:
    tricky = 'a = {"outputs": [1, "]"], "cells": [{"outputs": ["\\\\"]}]}'
    picture = {"outputs": {"image/png": "aGk="}}
    content = notebook_of(
        code(tricky, outputs=[{"data": {"text/plain": 'a "quoted" ] text \\'}}], after="\\"),
        {"cell_type": "markdown", "metadata": {}, "source": '"outputs": [', "attachments": picture},
        code("last", outputs=[[[]], {"cells": [{"outputs": []}]}]),
    )
    notebook, oddities = read_notebook(content, WHERE)
    assert [cell.source for cell in notebook.cells] == [tricky, '"outputs": [', "last"]
    assert notebook.cells[1].attachments == picture
    assert [cell.get("outputs") for cell in notebook.cells] == [[], None, []]
    assert oddities == ()
    nbformat.validate(notebook)


def test_ids_depend_on_the_place_only() -> None:
    cells = [code("1"), code("2", id="mine"), code("3", id="mine"), code("4", id="no id!"), code("5", id=["x"])]
    cells += [code("6", metadata={"id": "from-colab"}), code("7", id="cell-1-without-id")]
    notebook, _ = read_notebook(notebook_of(*cells), WHERE)
    ids = [cell.id for cell in notebook.cells]
    assert ids[1] == "mine"
    assert ids[5] == "from-colab"
    assert len(set(ids)) == len(ids)
    assert read_notebook(notebook_of(*cells), WHERE)[0] == notebook
    nbformat.validate(notebook)


@pytest.mark.parametrize(
    "cell",
    [
        {},
        {"cell_type": "code"},
        {"cell_type": ["code"], "source": 3, "metadata": [], "id": 7},
        {"cell_type": "sql", "source": None, "metadata": {"nbgrader": {"grade_id": {}}}},
        {"cell_type": "markdown", "source": ["a", 3, None], "attachments": {"a": 1, "b": {"image/png": ["x"]}}},
        {"cell_type": "heading", "source": "x", "level": "many"},
        {"cell_type": "code", "source": ["half a character: \ud83d"], "outputs": "none"},
    ],
    ids=repr,
)
def test_a_cell_of_any_form_becomes_one_that_is_valid(cell: dict[str, Any]) -> None:
    notebook, _ = read_notebook(notebook_of(cell), WHERE)
    nbformat.validate(notebook)


def test_a_notebook_of_200_mb_is_read_in_bounded_memory(tiny: TinyCourse) -> None:
    notebook = tiny_notebook()
    path = tiny.hand_in("ada", **RIGHT)
    raw = json.loads(nbformat.writes(notebook))
    raw["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["HERE"]}]
    before, after = json.dumps(raw).split('"HERE"')
    picture = base64.b64encode(os.urandom(3 * MB)).decode()
    with path.open("w") as file:
        file.write(before + ", ".join(f'"{picture}"' for _ in range(50)) + after)
    size = path.stat().st_size
    assert size >= 200 * MB
    script = f"""
import resource
from pathlib import Path
from autograder.course.course import Course
from autograder.intake.submission import read_submission
used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = used()
submission = read_submission(Course(Path({str(tiny.root)!r})), "tiny", "ada")
print(used() - before, len(submission.notebooks["tiny"].cells), *submission.oddities)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    more, cells, *words = done.stdout.split()
    assert int(more) < 1.5 * size
    assert int(cells) == len(notebook.cells)
    assert " ".join(words) == "tiny.ipynb has 200 MB; its outputs were left out"


@pytest.mark.parametrize(("name", "size"), [("tiny.ipynb", 300 * MB), ("data.bin", 101 * MB)])
def test_files_that_are_too_large_are_refused_unread(tiny: TinyCourse, name: str, size: int) -> None:
    folder = tiny.hand_in("ada", **RIGHT).parent
    with (folder / name).open("wb") as file:
        file.truncate(size)
    with pytest.raises(SubmissionError, match="holds more than 256 MB of notebooks, 100 MB of other files"):
        read(tiny)


def test_a_name_may_hold_anything(tiny: TinyCourse) -> None:
    path = tiny.hand_in("ada", **RIGHT)
    path.rename(path.with_name(os.fsdecode(b"a\nb \x1b[31m\xfc.ipynb")))
    submission = read(tiny)
    assert list(submission.notebooks) == ["tiny"]
    assert submission.oddities == ("the notebook tiny.ipynb was handed in as a?b ?[31m?.ipynb",)


def test_the_choice_is_part_of_the_digest(tiny: TinyCourse) -> None:
    path = tiny.hand_in("ada", **RIGHT)
    before = read(tiny).digest
    (path.parent / "tiny-Copy1.ipynb").write_bytes(path.read_bytes())
    assert read(tiny).digest != before


def test_what_is_hashed_is_what_was_read(tiny: TinyCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer version may be swapped in at any moment, by `collect` for example."""
    folder = tiny.hand_in("ada", **RIGHT).parent
    (folder / "notes.txt").write_text("old")
    old = read(tiny)

    def swapping(*words: Any) -> Any:
        found = choose(*words)
        folder.rename(tiny.root / "old")
        newer = tiny.hand_in("ada", double="def double(x):\n    return 3 * x").parent
        (newer / "notes.txt").write_text("new")
        return found

    choose = submission_module.choose
    monkeypatch.setattr(submission_module, "choose", swapping)
    assert read(tiny) == old
    monkeypatch.undo()
    assert read(tiny).digest != old.digest


def test_no_more_than_a_few_notebooks_are_looked_at(tiny: TinyCourse) -> None:
    path = tiny.hand_in("ada", **RIGHT)
    for number in range(30):
        (path.parent / f"more-{number}.ipynb").write_bytes(path.read_bytes())
    with pytest.raises(SubmissionError, match="more than 20 notebooks"):
        read(tiny)


def test_a_notebook_in_a_folder_of_its_own_is_pointed_at(tiny: TinyCourse) -> None:
    path = tiny.hand_in("ada", **RIGHT)
    (path.parent / "mine").mkdir()
    path.rename(path.parent / "mine" / "tiny.ipynb")
    with pytest.raises(SubmissionError, match=r"is missing \(it has mine/tiny.ipynb; move it up\)"):
        read(tiny)


def test_notebooks_of_one_assignment_are_told_apart(tiny: TinyCourse) -> None:
    other = tiny_notebook()
    other.cells = other.cells[:1] + [cell for cell in other.cells if "square" in cell.id]
    for cell in other.cells[1:]:
        cell.id = cell.metadata.nbgrader.grade_id = cell.id.replace("square", "cube")
        cell.source = cell.source.replace("square", "cube")
    nbformat.write(other, tiny.source / "tiny" / "more.ipynb")
    path = tiny.hand_in("ada", **RIGHT)
    nbformat.write(other, path.with_name("first.ipynb"))
    path.rename(Path(path.parent) / "second.ipynb")
    submission = read(tiny)
    assert len(submission.notebooks["tiny"].cells) == 8
    assert len(submission.notebooks["more"].cells) == 4
    assert submission.oddities == (
        "the notebook more.ipynb was handed in as first.ipynb",
        "the notebook tiny.ipynb was handed in as second.ipynb",
    )
