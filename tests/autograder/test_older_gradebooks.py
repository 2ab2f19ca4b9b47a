"""A gradebook of an older nbgrader, a full disk, a name that nbgrader refuses: one sentence at every door."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import nbgrader
import pytest
from class_with_faults import exit_code
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from tiny_course import RIGHT, TinyCourse

from autograder.course.gradebook import trouble
from autograder.doors import cli

Said = Callable[..., tuple[int, str]]
OLD = Path(nbgrader.__file__).parent / "tests" / "apps" / "files" / "gradebook.db"
DOORS = {
    "roster export": ("roster", "export", "out.csv"),
    "roster import": ("roster", "import", "in.csv"),
    "collect": ("collect", "tiny", "download"),
    "report": ("report", "tiny"),
    "grade": ("grade", "tiny"),
}


@pytest.fixture
def say(tiny: TinyCourse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Return a function that runs the command line in this process: (exit code, stderr)."""

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.chdir(tiny.root)
        monkeypatch.setattr(sys, "argv", ["autograder", *words])
        code = exit_code(cli.main)
        return code, capsys.readouterr().err

    return run


@pytest.mark.parametrize("words", DOORS.values(), ids=DOORS)
def test_a_gradebook_of_an_older_nbgrader_is_one_sentence(tiny: TinyCourse, say: Said, words: tuple[str, ...]) -> None:
    tiny.hand_in("ada", **RIGHT)
    (tiny.root / "in.csv").write_text("id,name\nada,Ada\n")
    (tiny.root / "download" / "ada").mkdir(parents=True)
    (tiny.root / "download" / "ada" / "tiny.ipynb").write_text("{}")
    shutil.copy(OLD, tiny.gradebook)
    before = tiny.gradebook.read_bytes()

    code, said = say(*words)

    assert code == 4
    assert "was made by an older nbgrader" in said
    assert "back it up, run `nbgrader db upgrade`" in said
    assert len(said.strip().splitlines()) == 1
    with closing(sqlite3.connect(tiny.gradebook)) as book:
        assert book.execute("SELECT count(*) FROM student").fetchone()
    assert len(tiny.gradebook.read_bytes()) == len(before)


def test_a_full_disk_is_not_somebody_elses_lock(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'full.db'}"
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA max_page_count = 2"))
        connection.execute(text("CREATE TABLE t (x)"))
        with pytest.raises(DBAPIError) as caught:
            connection.execute(text("INSERT INTO t VALUES (zeroblob(100000))"))
    engine.dispose()
    said = str(trouble(url, caught.value))
    assert "database or disk is full" in said
    assert "make room on its disk" in said
    assert "close the program" not in said


@pytest.mark.parametrize("command", ["release", "grade", "report"])
def test_an_assignment_with_a_plus_in_its_name_is_one_sentence(tiny: TinyCourse, say: Said, command: str) -> None:
    (tiny.source / "tiny").rename(tiny.source / "hw+1")
    (tiny.source / "hw+1" / "tiny.ipynb").rename(tiny.source / "hw+1" / "hw+1.ipynb")
    code, said = say(command, "hw+1")
    assert code == 2
    assert "nbgrader lets no assignment have a + in its name. Rename the folder" in said
