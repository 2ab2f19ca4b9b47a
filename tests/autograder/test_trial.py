"""`autograder try`: the verdict on one notebook, with nothing recorded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from tiny_course import RIGHT, TinyCourse, tiny_notebook

from autograder.grading.verdict import Status, Verdict

Run = Callable[..., tuple[int, str, str]]
HALF = {**RIGHT, "square": "def square(x):\n    return 2 * x"}


def moved(tiny: TinyCourse, where: Path, **answers: str) -> Path:
    """Write a submission to `where`, outside of the course."""
    path = tiny.hand_in("ada", **answers)
    where.parent.mkdir(parents=True, exist_ok=True)
    path.rename(where)
    shutil.rmtree(tiny.submitted)
    return where


def verdict(run: Run, *words: object) -> Verdict:
    """Return the verdict that the command prints."""
    code, out, err = run("try", *map(str, words), "--json")
    assert code == 0, err
    return Verdict.from_json(out)


def files(tiny: TinyCourse) -> set[str]:
    """Return the names of all files of a course but for what is made by building."""
    return {str(path) for path in tiny.root.rglob("*") if "_build" not in path.parts}


def test_a_table_and_nothing_recorded(tiny: TinyCourse, run_autograder: Run, tmp_path: Path) -> None:
    path = moved(tiny, tmp_path / "elsewhere" / "tiny.ipynb", **HALF)
    before, content = files(tiny), path.read_bytes()
    code, out, _ = run_autograder("try", str(path))
    assert code == 0
    assert "2 of 5 points" in out
    assert "test-square-hidden: wrong at 3" in out
    assert files(tiny) == before
    assert path.read_bytes() == content


def test_the_verdict_is_that_of_a_grading_run(tiny: TinyCourse, run_autograder: Run) -> None:
    path = tiny.hand_in("ada", **HALF)
    assert run_autograder("grade", "tiny")[0] == 0
    recorded = Verdict.from_json((tiny.reports / "tiny" / "verdicts" / "ada.json").read_text())
    tried = verdict(run_autograder, path)
    assert tried.cells == recorded.cells
    assert (tried.data_set, tried.environment) == (recorded.data_set, recorded.environment)


@pytest.mark.parametrize("name", ["anything.ipynb", "tiny (1).ipynb"])
def test_the_assignment_is_told_by_the_cells(tiny: TinyCourse, run_autograder: Run, tmp_path: Path, name: str) -> None:
    assert verdict(run_autograder, moved(tiny, tmp_path / "other" / name, **RIGHT)).score == 5


def test_a_folder_is_taken_with_its_files(tiny: TinyCourse, run_autograder: Run, tmp_path: Path) -> None:
    answers = {**RIGHT, "double": "from helper import double"}
    path = moved(tiny, tmp_path / "work" / "tiny.ipynb", **answers)
    (path.parent / "helper.py").write_text("def double(x):\n    return 2 * x\n")
    assert verdict(run_autograder, path.parent, "tiny").score == 5
    assert verdict(run_autograder, path, "tiny").score == 3


def test_what_is_wanted_at_least_decides_the_exit_code(tiny: TinyCourse, run_autograder: Run, tmp_path: Path) -> None:
    path = moved(tiny, tmp_path / "tiny.ipynb", **HALF)
    assert run_autograder("try", str(path), "--at-least", "2")[0] == 0
    code, _, err = run_autograder("try", str(path), "--at-least", "3")
    assert code == 1
    assert "2 of 5 points, and 3 are wanted" in err


def test_what_cannot_be_tried_is_one_sentence(tiny: TinyCourse, run_autograder: Run, tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear instructor")
    secret = tmp_path / "folder" / "tiny.ipynb"
    secret.parent.mkdir()
    secret.symlink_to(path)
    endless = tmp_path / "unnamed" / "x.ipynb"
    endless.parent.mkdir()
    endless.symlink_to("/dev/zero")
    for words, wanted, said in (
        (["nowhere.ipynb"], 2, "There is no nowhere.ipynb"),
        ([str(path)], 2, "does not say which assignment it is"),
        ([str(path), "tiny"], 3, ""),
        ([str(secret.parent), "tiny"], 3, "is a link"),
        ([str(endless.parent)], 2, "does not say which assignment it is"),
        ([str(path), "large"], 2, "no assignment called 'large'"),
    ):
        code, out, err = run_autograder("try", *words)
        assert code == wanted
        assert said in err
        assert err.strip().count("\n") == 0
        assert not out.strip()


def test_oddities_and_tampering_are_shown(tiny: TinyCourse, run_autograder: Run, tmp_path: Path) -> None:
    notebook = tiny_notebook()
    notebook.cells = [cell for cell in notebook.cells if cell.id != "given"]
    notebook.cells[-1].source = "assert True"
    path = tmp_path / "tiny.ipynb"
    nbformat.write(notebook, path)
    code, out, _ = run_autograder("try", str(path))
    assert code == 0
    assert "oddity: the locked cell given was deleted" in " ".join(out.split())
    assert "tampering: the text of the test cell test-square-negative was changed" in " ".join(out.split())
    found = verdict(run_autograder, path)
    assert found.score == 5
    assert {cell.status for cell in found.cells} == {Status.passed}
    assert json.loads(found.to_json())["score"] == 5


def test_data_behind_a_link_are_refused(tiny: TinyCourse, run_autograder: Run, tmp_path: Path) -> None:
    """The sandbox could not follow it, and would go on with the vendored digits."""
    path = moved(tiny, tmp_path / "elsewhere" / "tiny.ipynb")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mnist").symlink_to(tmp_path / "elsewhere")
    code, _, err = run_autograder("try", str(path), "--data", str(tmp_path / "data"))
    assert code == 2
    assert "data/mnist is a link" in err.replace("\n", "")
