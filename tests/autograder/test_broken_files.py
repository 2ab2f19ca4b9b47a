"""Files that should be notebooks: told apart by what they are, and read where no answer is in doubt."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tiny_course import RIGHT, TinyCourse

from autograder.errors import SubmissionError
from autograder.intake.notebook_file import read_notebook
from autograder.intake.submission import read_submission

Run = Callable[..., tuple[int, str, str]]
TEXT = json.dumps(
    {
        "cells": [
            {"cell_type": "code", "execution_count": 3, "metadata": {}, "outputs": [{"a": 1}], "source": ["x = 1"]}
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 4,
    },
    indent=1,
)


def conflict(ours: str, theirs: str, before: str = "") -> str:
    """Return two versions of some lines as git leaves them."""
    middle = f"||||||| 1a2b\n{before}\n" if before else ""
    return f"<<<<<<< HEAD\n{ours}\n{middle}=======\n{theirs}\n>>>>>>> mine"


COUNTER, OUTPUT, SOURCE = '   "execution_count": 3,', '     "a": 1', '    "x = 1"'


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace(COUNTER, conflict(COUNTER, COUNTER.replace("3", "4"))),
        TEXT.replace(COUNTER, conflict(COUNTER, COUNTER.replace("3", "4"), COUNTER.replace("3", "null"))),
        TEXT.replace(COUNTER, conflict(COUNTER, COUNTER.replace("3", "4"))).replace(
            OUTPUT, conflict(OUTPUT, OUTPUT.replace("1", "2"))
        ),
        TEXT.replace("\n", "\r\n").replace(f"{COUNTER}\r", conflict(f"{COUNTER}\r", '"execution_count": 9,\r')),
    ],
)
def test_a_conflict_in_counters_or_outputs_is_read(text: str) -> None:
    notebook, oddities = read_notebook(text.encode(), "exam.ipynb")
    assert [cell.source for cell in notebook.cells] == ["x = 1"]
    assert oddities == ("exam.ipynb held a conflict of git in counters or outputs only; it was read as one version",)


SCRIPT = "import numpy as np\n\n\ndef f(x):\n    return x\n"


@pytest.mark.parametrize(
    ("text", "said", "todo"),
    [
        (TEXT.replace(SOURCE, conflict(SOURCE, SOURCE.replace("1", "2"))), "a conflict in git", "one version"),
        ("\n<!DOCTYPE html>\n<html lang='en'>", "but a web page", "Download raw file"),
        (
            "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n",
            "a pointer of Git LFS",
            "git lfs pull",
        ),
        (SCRIPT, "but a Python script", "the .ipynb file itself"),
        ("%PDF-1.7", "but a PDF document", "the .ipynb file itself"),
        ("PK\x03\x04zip", "but a zip archive", "take the notebook out"),
        (TEXT.replace(SOURCE, f"{SOURCE},"), "has a comma too many", "save it there"),
        (f"{TEXT.rstrip()[:-1]},}}", "has a comma too many", "save it there"),
        (TEXT[: len(TEXT) // 2], "saving or sending it has broken off", "save it there"),
        ("Hello", "it is not JSON (", "save it there"),
    ],
)
def test_what_is_no_notebook_is_told_apart(text: str, said: str, todo: str) -> None:
    with pytest.raises(SubmissionError) as caught:
        read_notebook(text.encode(), "submitted/ada/exam/exam.ipynb")
    assert said in str(caught.value)
    assert todo in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["<<<<<<< a\n" * 50_000, conflict("{", "[") * 20_000])
def test_many_conflicts_take_little_time(text: str) -> None:
    with pytest.raises(SubmissionError):
        read_notebook(text.encode(), "exam.ipynb")


@pytest.mark.parametrize("name", ["tiny.ipynb.json", "tiny.ipynb.txt", "TINY.IPYNB", "Tiny.Ipynb.TXT"])
def test_a_notebook_with_another_ending_is_read(tiny: TinyCourse, name: str) -> None:
    path = tiny.hand_in("ada", **RIGHT)
    path.rename(path.with_name(name))
    submission = read_submission(tiny, "tiny", "ada")
    assert list(submission.notebooks) == ["tiny"]
    assert not submission.files
    assert submission.oddities == (f"the notebook tiny.ipynb was handed in as {name}",)


def test_try_takes_it_too(tiny: TinyCourse, run_autograder: Run) -> None:
    path = tiny.hand_in("ada", **RIGHT)
    other = path.rename(path.with_name("tiny.ipynb.txt"))
    code, out, _ = run_autograder("try", str(other), "--at-least", "5")
    assert code == 0
    assert "was handed in as tiny.ipynb.txt" in " ".join(out.split())


def test_other_files_are_no_notebooks(tiny: TinyCourse) -> None:
    path = tiny.hand_in("ada", **RIGHT)
    (path.parent / "data.json").write_text("{}")
    (path.parent / "notes.ipynb.md").write_text("")
    assert {str(name) for name in read_submission(tiny, "tiny", "ada").files} == {"data.json", "notes.ipynb.md"}
