"""The release: the same bytes as the committed one, without solutions, without hidden tests, in one step."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import zipfile
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from assignment_cells import REPOSITORY
from tiny_course import TinyCourse, tiny_notebook
from untrained import trains_or_draws

from autograder.course.cells import HIDDEN_BEGIN, HIDDEN_END, code_cells, is_hidden_test, is_solution
from autograder.course.course import Course
from autograder.course.handout import pack
from autograder.course.release import generated, release
from autograder.course.samples import without_marks
from autograder.errors import AutograderError, UsageError
from autograder.files.digest import files_below
from autograder.files.swap import swap_in

ASSIGNMENTS = Course(REPOSITORY).assignments()


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in files_below(folder)}


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_committed_release_is_what_the_source_generates(course: Course, name: str) -> None:
    committed = {path: data for path, data in files(course.release / name).items() if not path.startswith("book/")}
    with generated(course, name) as fresh:
        assert files(fresh) == committed, "run `make release` and commit what it changes"


def given_away(notebook: nbformat.NotebookNode, texts: list[str]) -> list[str]:
    """Return the exercises of which two consecutive lines of the solution, or all of a shorter one, stand in a text."""
    lines = [[line.strip() for line in text.splitlines() if line.strip()] for text in texts]
    known = {pair for text in lines for pair in pairwise(text)} | {(line,) for text in lines for line in text}
    found = []
    for cell in code_cells(notebook):
        if is_solution(cell):
            body = re.search(r"### BEGIN SOLUTION\n(.*?)\n\s*### END SOLUTION", cell.source, re.DOTALL)
            assert body, f"{cell.id} has no solution region"
            solution = [line.strip() for line in body[1].splitlines() if line.strip()]
            parts = list(pairwise(solution)) or [tuple(solution)]
            found += [cell.id] if any(part in known for part in parts) else []
    return found


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_no_solution_is_released(course: Course, name: str) -> None:
    source = course.read_source(name)
    released = nbformat.read(course.release / name / f"{name}.ipynb", as_version=4)
    texts = [cell.source for cell in released.cells]
    modules = [*(course.release / name).glob("*.py"), *(course.release / name / "checks").glob("*.py")]
    assert len(modules) > 5
    texts += [path.read_text() for path in modules]
    assert given_away(source, texts) == []
    solutions = [cell for cell in code_cells(source) if is_solution(cell)]
    leaked = given_away(source, [without_marks(cell.source) for cell in solutions])
    assert leaked == [cell.id for cell in solutions], "every solution would be noticed"


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_no_word_of_a_hidden_region_is_released(tmp_path: Path, name: str) -> None:
    """Every hidden region is filled with random canaries: comments, names, texts, numbers, arrays."""
    course = scratch_copy(tmp_path)
    notebook = course.read_source(name)
    numbers = random.Random(20)
    canaries = []
    for cell in code_cells(notebook):
        if is_hidden_test(cell):
            word, value = f"canary{numbers.getrandbits(64):x}", f"{numbers.random():.15f}"
            canaries += [word, value]
            filled = f'# {word}\n{word} = np.array([{value}])\nassert {word} == {value}, "{word}"\n'
            cell.source = re.sub(
                rf"({HIDDEN_BEGIN}[^\n]*\n).*?([^\n]*{HIDDEN_END})",
                rf"\g<1>{filled}\g<2>",
                cell.source,
                flags=re.DOTALL,
            )
    assert len(canaries) > 20
    nbformat.write(notebook, course.source_notebook(name))
    for path in (release(course, name), pack(course, name)):
        content = files(path) if path.is_dir() else unzipped(path)
        everything = b"\n".join(content.values()).decode("utf-8", "replace")
        assert [canary for canary in canaries if canary in everything] == []


def scratch_copy(tmp_path: Path) -> Course:
    """Return a copy of the repository's course: configuration and source, and no book."""
    import shutil

    root = tmp_path / "course"
    root.parent.mkdir(exist_ok=True)
    shutil.copytree(REPOSITORY / "source", root / "source", symlinks=True)
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    return Course(root)


def unzipped(path: Path) -> dict[str, bytes]:
    """Return the content of an archive."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_archive_is_all_that_a_student_needs(tmp_path: Path, name: str) -> None:
    course = scratch_copy(tmp_path / "made")
    release(course, name)
    content = unzipped(pack(course, name))
    assert content == unzipped(pack(course, name))
    for wanted in (
        f"{name}.ipynb",
        "digits.py",
        "digits.npz",
        "checks/ladder.py",
        "requirements.txt",
        "README.txt",
    ):
        assert f"{name}/{wanted}" in content
    assert len(content[f"{name}/README.txt"].splitlines()) == 9
    constraints = (REPOSITORY / "constraints.txt").read_text().splitlines()
    assert set(content[f"{name}/requirements.txt"].decode().split()) <= set(constraints)
    assert "book/" not in content[f"{name}/{name}.ipynb"].decode(), "no book is known, so no link leads into it"
    for path, data in content.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    started = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            "import sys; sys.path[:0] = ['.']; import digits, checks; print(digits.current('mnist').key)",
        ],
        cwd=tmp_path / name,
        capture_output=True,
        text=True,
        check=True,
        env={"HOME": str(tmp_path), "MPLCONFIGDIR": str(tmp_path)},
    )
    assert started.stdout.strip() == "digits"


def test_the_archive_leads_to_the_published_book_and_is_dated_like_its_release(tmp_path: Path) -> None:
    course = scratch_copy(tmp_path)
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write("c.Autograder.book_url = 'https://example.org/backprop/'\n")
    folder = release(course, "two_layer")
    archive = pack(course, "two_layer")
    content, first = unzipped(archive), archive.read_bytes()
    text = content["two_layer/two_layer.ipynb"].decode()
    assert text == (folder / "two_layer.ipynb").read_text()
    source = course.source_notebook("two_layer").read_text()
    links = re.findall(r"\]\(\.\./\.\./_build/html(/book/[^)]*)\)", source)
    assert len(links) > 10
    assert not [path for path in content if path.startswith("two_layer/book/")]
    assert re.findall(r"\]\(https://example\.org/backprop(/book/[^)]*)\)", text) == links
    assert "_build" not in text
    assert "course book (https://example.org/backprop/book/index.html)." in content["two_layer/README.txt"].decode()
    newest = datetime.fromtimestamp(max(path.stat().st_mtime for path in folder.iterdir()))
    with zipfile.ZipFile(archive) as found:
        dates = {datetime(*entry.date_time) for entry in found.infolist()}
    (date,) = dates
    assert abs((date - newest).total_seconds()) <= 2, "a zip knows every other second"
    assert pack(course, "two_layer").read_bytes() == first


def test_the_archive_follows_from_the_assignment(tiny: TinyCourse) -> None:
    """Its packages are what it imports, its README names what lies beside it, and says nothing of other courses."""
    notebook = tiny_notebook()
    code = "%matplotlib inline", "import json, sklearn.cluster", "from helper import load", "import pandas_of_2031"
    notebook.cells.insert(1, nbformat.v4.new_code_cell("\n".join(code)))
    tiny.write_source(notebook)
    folder = tiny.source / "tiny"
    (folder / "helper.py").write_text("import numpy\n\ndef load():\n    import torch\n")
    (folder / "cities.csv").write_text("name,size\n")
    release(tiny, "tiny")
    content = unzipped(pack(tiny, "tiny"))
    packages = [line.partition("==")[0] for line in content["tiny/requirements.txt"].decode().split()]
    assert packages == ["jupyterlab", "numpy", "pandas_of_2031", "scikit-learn"]
    said = content["tiny/README.txt"].decode()
    assert "jupyter lab tiny.ipynb" in said
    assert "The notebook finds beside it: cities.csv." in said
    assert "Hand in the file tiny.ipynb." in said
    assert "eq:relu" not in said
    assert "digits" not in said


def test_the_archive_keeps_what_the_assignment_says_itself(tiny: TinyCourse) -> None:
    own = {"README.txt": "Ask Ada.\n", "requirements.txt": "numpy<3\n"}
    for name, text in own.items():
        (tiny.source / "tiny" / name).write_text(text)
    second = tiny_notebook()
    nbformat.write(second, tiny.source / "tiny" / "more.ipynb")
    release(tiny, "tiny")
    content = unzipped(pack(tiny, "tiny"))
    assert content["tiny/README.txt"].decode() == own["README.txt"]
    assert re.fullmatch(r"numpy<3\njupyterlab==[\d.]+\n", content["tiny/requirements.txt"].decode())
    (tiny.source / "tiny" / "README.txt").unlink()
    release(tiny, "tiny")
    assert "Hand in the files more.ipynb and tiny.ipynb." in unzipped(pack(tiny, "tiny"))["tiny/README.txt"].decode()


@pytest.mark.parametrize(
    "url",
    [
        "../book",
        "javascript:alert(1)",
        3,
        "https://a b",
        'https://a.example/"><script>alert(1)</script>',
        "https://a.example/\\u0022",
        "https://a.example/?page=1",
        "https://a.example/book/index.html",
    ],
)
def test_an_address_that_makes_no_sense_is_refused(tiny: TinyCourse, url: object) -> None:
    with (tiny.root / "nbgrader_config.py").open("a") as config:
        config.write(f"c.Autograder.book_url = {url!r}\n")
    with pytest.raises(UsageError, match="it has to be the address of the folder"):
        assert tiny.book_url


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_validate_reports_the_stubs_and_is_content_with_the_solution(tmp_path: Path, course: Course, name: str) -> None:
    """`nbgrader validate` always exits 0, so its words are looked at.

    What trains and draws is left out of the solved one, for time: the sample class runs it.
    """
    for path, content in files(course.release / name).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)  # a release of a built book has pages in a folder
        (tmp_path / path).write_bytes(content)
    notebook = nbformat.read(tmp_path / f"{name}.ipynb", as_version=4)
    source = {cell.id: cell.source for cell in code_cells(course.read_source(name)) if is_solution(cell)}
    said = validate(tmp_path, name)
    assert "TESTS FAILED" in said.upper() or "failed" in said
    assert "not written yet" in said
    for cell in notebook.cells:
        if is_solution(cell):
            cell.source = without_marks(source[cell.id])
    notebook.cells = [cell for cell in notebook.cells if not (cell.cell_type == "code" and trains_or_draws(cell))]
    nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    assert "Success" in validate(tmp_path, name)


def validate(folder: Path, name: str) -> str:
    """Run the stock validator on a notebook; return what it printed."""
    command = [sys.executable, "-m", "nbgrader", "validate", f"{name}.ipynb", "--Validator.timeout=900"]
    command += ["--Execute.timeout=900"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_a_release_that_cannot_be_generated_leaves_the_old_one(tiny: TinyCourse) -> None:
    release(tiny, "tiny")
    before = files(tiny.release / "tiny")
    notebook = tiny_notebook()
    notebook.cells[2].source = notebook.cells[2].source.replace("### END SOLUTION", "")
    tiny.write_source(notebook)
    with pytest.raises(AutograderError, match="could not generate tiny"):
        release(tiny, "tiny")
    assert files(tiny.release / "tiny") == before
    assert list((tiny.root / "_build").iterdir()) == []


def test_swapping_replaces_the_whole_folder(tmp_path: Path) -> None:
    fresh, target = tmp_path / "fresh", tmp_path / "target"
    for folder, content in ((fresh, "new"), (target, "old")):
        folder.mkdir()
        (folder / f"{content}.txt").write_text(content)
    swap_in(fresh, target)
    assert list(files(target)) == ["new.txt"]
    assert list(files(fresh)) == ["old.txt"]


def test_test_cells_added_after_grading_are_refused_in_a_sentence(tiny: TinyCourse) -> None:
    from autograder.records.record import Recorder

    tiny.hand_in("ada")
    recorder = Recorder(tiny, "tiny")
    recorder.register()
    with __import__("nbgrader.api", fromlist=["Gradebook"]).Gradebook(f"sqlite:///{tiny.gradebook}") as book:
        book.add_student("ada")
        book.add_submission("tiny", "ada")
    notebook = tiny_notebook()
    del notebook.cells[-1]
    tiny.write_source(notebook)
    with pytest.raises(AutograderError, match=r"lets no cell come or go \(gone: test-square-negative\)"):
        recorder.register()
