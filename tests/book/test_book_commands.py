"""Every command of the instructor's pages works, in the order in which the pages type it, with a class of two."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
import yaml
from assignment_cells import REPOSITORY
from command import autograder
from downloads import zipped
from page_commands import Command, commands
from tiny_course import RIGHT, TinyCourse
from told_course import with_all

from autograder.doors.cli import app

PUBLIC = {"new-course", "update-course"}  # commands that are typed in the folder of the project
ELSEWHERE = {"clusters"}  # its commands need a cluster: tests/autograder/test_cluster.py has one
STOCK = {"autograde", "generate_assignment", "generate_feedback", "export"}  # these are in test_stock_commands.py
ROSTER = "id,name,lms_id,email\nalice,Alice King,11,alice@example.org\nbob,Bob Ito,12,bob@example.org\n"
GRADEBOOK = (
    "Student,ID,SIS User ID,SIS Login ID,Section,tiny (77)\n    Points Possible,,,,,12\n"
    '"King, Alice",11,s1,alice,A,\n"Ito, Bob",12,s2,bob,A,\n'
)
WORKSHEET = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (submission),"
    "Last modified (grade),Feedback comments\n"
    "Participant 345,Alice King,alice@example.org,Submitted for grading,,12,Yes,-,-,\n"
    "Participant 346,Bob Ito,bob@example.org,Submitted for grading,,12,Yes,-,-,\n"
)


def pages() -> list[str]:
    """Return the instructor's pages in the order of the book."""
    parts = yaml.safe_load((REPOSITORY / "_toc.yml").read_text())["parts"]
    (chapters,) = (part["chapters"] for part in parts if part["caption"].startswith("For instructors"))
    return [Path(chapter["file"]).name for chapter in chapters]


def is_a_mention(command: Command) -> bool:
    """Return whether a sentence only names a command, without what it needs."""
    return not command.is_block and len(command.words) <= 2 + command.text.startswith("autograder roster")


@dataclass
class Term:
    """A term in a private course: what the pages' placeholders stand for."""

    public: TinyCourse
    folder: Path
    courses: list[Path] = field(default_factory=list)

    @property
    def root(self) -> Path:
        """The private course that the pages work in."""
        return self.courses[0]

    def run(self, command: Command) -> tuple[int, str, str]:
        """Do what a page says."""
        if command.words[1] == "new-course":
            self.courses.append(self.folder / f"analysis-{len(self.courses)}")
        words = [self.meant(word) for word in command.words[1:]]
        if words[0] == "mark":
            return self.mark(words)
        root = self.public.root if words[0] in PUBLIC else self.root
        done = autograder(root, *words)
        if words[0] == "new-course" and not done[0]:
            self.begin(self.courses[-1])
        if words[0] == "release":
            self.hand_in()
        return done

    def meant(self, word: str) -> str:
        """Return what a placeholder stands for."""
        if word == "../analysis-2027":
            return str(self.courses[-1])
        files = {"FILE.ipynb": "alice.ipynb", "FILE.csv": "out.csv"}
        return files.get(word, re.sub(r"\b(NAME|multi_layer)\b", "tiny", word))

    def begin(self, root: Path) -> None:
        """Lay out what an instructor has from elsewhere."""
        for name, text in {"roster.csv": ROSTER, "EXPORTED.csv": GRADEBOOK, "WORKSHEET.csv": WORKSHEET}.items():
            (root / name).write_text(text)

    def hand_in(self) -> None:
        """Let both students hand in, and download it as each platform packs it."""
        notebook = nbformat.read(self.root / "release" / "tiny" / "tiny.ipynb", as_version=4)
        answers = {**RIGHT, "quadruple": "def quadruple(x):\n    return double(double(x))"}
        for cell in notebook.cells:
            cell.source = answers.get(cell.id, cell.source)
        data = nbformat.writes(notebook).encode()
        (self.root / "alice.ipynb").write_bytes(data)
        self.download({"kingalice_11_101_tiny.ipynb": data, "itobob_12_102_tiny.ipynb": data})

    def download(self, content: dict[str, bytes]) -> None:
        """Lay out a download."""
        (self.root / "DOWNLOAD.zip").write_bytes(zipped(content))

    def mark(self, words: list[str]) -> tuple[int, str, str]:
        """Start the page for marking, and end it as a person does."""
        line = [sys.executable, "-u", "-m", "autograder", *words, "--port", "0"]
        environment = {**os.environ, "COLUMNS": "200"}
        process = subprocess.Popen(
            line, cwd=self.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert process.stdout is not None
        said = []
        for text in process.stdout:
            said.append(text)
            if "http://127.0.0.1" in text:
                process.send_signal(signal.SIGINT)
        return process.wait(), "".join(said), ""


@pytest.fixture(scope="module")
def term(tmp_path_factory: pytest.TempPathFactory) -> Term:
    """Return a term that has not begun."""
    folder = tmp_path_factory.mktemp("term")
    public = TinyCourse(folder / "project")
    public.root.mkdir()
    shutil.copy(REPOSITORY / "nbgrader_config.py", public.root)
    return Term(with_all(public), folder)


COMMANDS = [command for page in pages() if page not in ELSEWHERE for command in commands(page)]
TYPED = [command for command in COMMANDS if command.words[0] == "autograder" and not is_a_mention(command)]
RUN = [command for at, command in enumerate(TYPED) if command.text not in {before.text for before in TYPED[:at]}]


@pytest.mark.xdist_group("the term")
@pytest.mark.parametrize("command", RUN, ids=lambda command: f"{command.page}: {command.text}")
def test_the_command_works(term: Term, command: Command) -> None:
    if "/opt/" in command.text:
        pytest.skip("it is typed in a container: tests/autograder/test_container.py has one")
    if "moodle" in command.text and "--zip" in command.text:
        data = (term.root / "alice.ipynb").read_bytes()
        term.download({"Alice King_345_assignsubmission_file/tiny.ipynb": data})
        assert autograder(term.root, "collect", "tiny", "DOWNLOAD.zip")[0] == 0
    if "--pattern" in command.text:
        term.download({"hw1-alice/tiny.ipynb": (term.root / "alice.ipynb").read_bytes()})
    at_least = command.text.replace("85", "8")  # of the tiny course's twelve points
    code, out, err = term.run(Command(command.page, at_least, command.is_block))
    assert code == 0, f"{out}\n{err}"


def test_each_command_that_is_named_exists() -> None:
    import typer

    ours = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    assert {command.words[1] for command in COMMANDS if command.words[0] == "autograder"} <= ours
    assert {command.words[1] for command in COMMANDS if command.words[0] == "nbgrader"} <= STOCK | {"db"}
    hidden = {"summary", "demo", "version"}
    assert ours - hidden <= {command.words[1] for command in COMMANDS}, "the pages name every command"
