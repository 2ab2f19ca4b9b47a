"""A class that cheats: an assignment with random canaries in its hidden tests, the class, and one grading run of it."""

from __future__ import annotations

import base64
import copy
import json
import os
import random
import re
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path

import nbformat
import numpy as np
from assignment_cells import nbgrader_cell
from bs4 import BeautifulSoup
from cheat import Cheat
from cheat_corpus import CHEATS
from cheat_matters import GIVEN_TEXT
from graded_class import GradedClass, answer_cell, course_with, hidden_cell, visible_cell
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course.course import Course

SECONDS = 3
ALONE = 300  # wall seconds that two submissions get; they take three on a machine that is not busy
RIGHT = {
    "double": "def double(x):\n    return 2 * x",
    "relu": "def relu(Z):\n    return np.maximum(Z, 0)",
    "mean_loss": "def mean_loss(P, Y):\n    return float(np.mean((P - Y) ** 2))",
    "guess": "def guess(X):\n    return (X.sum(axis=0) > 0).astype(int)",
}
WRONG = {
    "double": "def double(x):\n    return 3 * x",
    "relu": "def relu(Z):\n    return Z",
    "mean_loss": "def mean_loss(P, Y):\n    return -1.0",
    "guess": "def guess(X):\n    return np.zeros(X.shape[1], int)",
}
POINTS = {
    "test-double-visible": 0, "test-double-number": 1, "test-double-six": 1, "test-double-text": 1,
    "test-double-random": 1, "test-relu-visible": 0, "test-relu-array": 2, "test-loss-visible": 0,
    "test-loss-value": 1, "test-loss-close": 1, "test-guess-given": 1, "test-guess-loaded": 1,
}  # fmt: skip
SECRET = "SECRET_OF_THE_TEACHER"
HONEST = ["honest-first", "zz-honest-last"]
HELPER = """
import os
TOLERANCE = 1e-9
def images():
    import numpy
    path = os.path.join(os.environ.get("DIGITS_DATA", ""), "images.npz")
    vendored = os.path.join(os.path.dirname(__file__), "images.npz")
    with numpy.load(path if os.path.exists(path) else vendored) as data:
        return data["X"], data["Y"]
"""
KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
MANY = 100  # numbers in a text, from which on one of them begins like a canary by chance, once in a while


@dataclass(frozen=True)
class Canaries:
    """What stands in hidden tests and in the bank only, drawn anew for each run: words, and numbers of many digits."""

    words: tuple[str, ...]
    numbers: tuple[float, ...]

    @classmethod
    def draw(cls) -> Canaries:
        """Draw them."""
        generator = random.SystemRandom()
        letters = ["".join(generator.choices("bcdfghjklmnpqrstvwxz", k=12)) for _ in range(5)]
        digits = ["".join(generator.choices("123456789", k=12)) for _ in range(8)]
        return cls(tuple(letters), tuple(float(f"0.{some}") for some in digits))

    def told_by(self, text: str) -> list[str]:
        """Return the canaries that a text gives away: as they are, with fewer digits, encoded, cut up, or reversed."""
        plain = text.lower()
        letters, digits = re.sub(r"[^a-z]", "", plain), re.sub(r"[^0-9]", "", plain)
        enough = 6 if len(re.findall(r"[0-9]{6}", plain)) < MANY else 8  # as many as NumPy prints
        found = []
        for word in self.words:
            forms = {word, word[::-1]}
            if any(form in letters for form in forms) or _encoded(word.encode(), text, plain):
                found.append(word)
        for number in (*self.numbers, *(2 * number for number in self.numbers)):
            whole = f"{number:.12f}".lstrip("0.").replace(".", "").rstrip("0")
            bits = struct.pack("<d", number)
            if (
                _written(number, whole, plain, enough)
                or whole[:11] in digits
                or whole[:11][::-1] in digits
                or number.hex()[4:14] in plain
                or any(_encoded(content, text, plain) for content in (whole[:8].encode(), bits, bits[::-1]))
            ):
                found.append(repr(number))
        return found


def _written(number: float, whole: str, plain: str, enough: int) -> bool:
    """Return whether a text holds a number, `whole` its digits, with `enough` digits or with the word line before 5."""
    rounded = f"{number:.{enough - 1}e}"[: enough + 1].replace(".", "")
    forms = [(f"line {whole[:5]}", True, False)]  # what it looks like, and whether digits may not precede, or follow
    for some in (whole[:enough], rounded):
        forms += [(f".{some}", False, False), (some, True, True), (f"{some[:1]}.{some[1:]}", True, False)]
        forms += [(f"{some[::-1]}.", False, False), (some[::-1], True, True)]
    return any(
        look in plain and re.search(rf"{'(?<![0-9a-f])' * first}{re.escape(look)}{'(?![0-9])' * last}", plain)
        for look, first, last in forms
    )


def _encoded(content: bytes, text: str, plain: str) -> bool:
    """Return whether a text, `plain` in small letters, holds bytes in hexadecimal digits or in base64."""
    bases = [base64.b64encode(b"x" * shift + content).decode()[4 if shift else 0 : -4] for shift in range(3)]
    return content.hex() in plain or any(base in text for base in bases if len(base) >= 6)


def bank(canaries: Canaries) -> str:
    """Return the bank of misconceptions: what `relu` is compared with where it has failed; few cheats go for that."""
    return f'''
import numpy as np
from hypothesis import strategies as st
from autograder.misconceptions import edited, inputs, matrix, misconception

@inputs("relu", call="relu(Z)")
def numbers():
    return st.fixed_dictionaries({{"Z": st.one_of(matrix(1, 2), matrix(2, 3))}})

turned = edited("relu", ("np.maximum", "np.minimum"), says="You keep the wrong side.", see="eq:relu")

@misconception("relu", see="eq:relu")
def {canaries.words[4]}(Z):
    """You take it {canaries.words[4]} times."""
    return 12345 * Z
'''


def exam(canaries: Canaries) -> NotebookNode:
    """Return the instructor's notebook."""
    comment, name, text, other, _ = canaries.words
    a, b, c, d, e, f, g, h = canaries.numbers
    relu = f"Z = np.array([[{a!r}, -{b!r}], [-{c!r}, {d!r}]])"
    cells = [
        new_markdown_cell("# Exam", id="title"),
        nbgrader_cell("given", GIVEN_TEXT + "def same(a, b):\n    return abs(a - b) < 1e-9"),
        answer_cell("double", RIGHT["double"]),
        _test("test-double-visible", "six = 6\nassert double(2) == 4, 'double(2) is wrong'"),
        _hidden(
            "test-double-number",
            f"# {comment}\n{name} = {a!r}\nassert abs(double({name}) - {2 * a!r}) < helper.TOLERANCE, 'off'",
        ),
        _hidden("test-double-six", "assert SIZE == 4 and same(double(3), six), 'off'"),
        _hidden("test-double-text", f"assert double('{text}') == '{text}{text}', 'text is not repeated'"),
        _hidden(
            "test-double-random",
            "X = np.random.rand(3, 4)\nwanted = X + X\nassert np.allclose(double(X), wanted, atol=1e-6), 'off'",
        ),
        answer_cell("relu", RIGHT["relu"]),
        _test("test-relu-visible", "seen = relu(np.array([-1.0, 1.0]))\nassert seen[0] == 0 and seen[1] == 1"),
        _hidden(
            "test-relu-array",
            f"{relu}\nwanted = np.array([[{a!r}, 0], [0, {d!r}]])\n"
            f"np.testing.assert_allclose(relu(Z), wanted, err_msg='{other}')",
        ),
        answer_cell("mean_loss", RIGHT["mean_loss"]),
        nbgrader_cell(
            "sample", "sample_loss = mean_loss(np.array([1.0, 2.0]), np.array([1.0, 4.0]))\nprint(sample_loss)"
        ),
        _test("test-loss-visible", "assert abs(sample_loss - 2) < 1e-9, 'the loss of the sample is wrong'"),
        _hidden(
            "test-loss-value",
            f"assert abs(mean_loss(np.array([[{e!r}]]), np.array([[{f!r}]])) - {(e - f) ** 2!r}) < 1e-9, 'off'\n"
            "def close(found, wanted):\n    return abs(found - wanted) < 1e-9",
        ),
        _hidden(
            "test-loss-close", f"assert close(mean_loss(np.array([{g!r}]), np.array([{h!r}])), {(g - h) ** 2!r}), 'off'"
        ),
        nbgrader_cell("images", "X_test, Y_test = helper.images()"),
        answer_cell("guess", RIGHT["guess"]),
        _hidden("test-guess-given", "assert np.mean(guess(X_test.copy()) == Y_test) > 0.9, 'off'"),
        _hidden("test-guess-loaded", "X, Y = helper.images()\nassert np.mean(guess(X.copy()) == Y) > 0.9, 'off'"),
    ]
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}})


def _test(name: str, source: str) -> NotebookNode:
    return visible_cell(name, source, POINTS[name])


def _hidden(name: str, test: str) -> NotebookNode:
    return hidden_cell(name, test, POINTS[name])


@dataclass(frozen=True)
class Page:
    """What a page of feedback holds: scripts, the attributes of all tags, the text that was not the student's own."""

    scripts: frozenset[str]
    attributes: tuple[tuple[str, str], ...]
    text: str

    @classmethod
    @cache  # several tests look at each
    def read(cls, path: Path) -> Page:
        """Take a page apart."""
        page = BeautifulSoup(path.read_text(), "html.parser")
        scripts = frozenset(script.get_text() for script in page.select("script:not([src])"))
        attributes = tuple((name, str(value)) for tag in page.find_all(True) for name, value in tag.attrs.items())
        for own in page.select(".own-code, script, style"):
            own.decompose()
        return cls(scripts, attributes, page.get_text(" "))


@dataclass
class Graded(GradedClass):
    """What a grading run of the class has left behind."""

    canaries: Canaries
    left_processes: list[str]
    connections: int
    before: dict[str, str]
    after: dict[str, str]
    cheats: Collection[Cheat]
    alone: dict[str, int] = field(default_factory=dict)  # exit codes
    stranded: dict[str, list[str]] = field(default_factory=dict)  # processes left behind

    def messages(self, student: str) -> Iterator[tuple[str, str]]:
        """Yield all that a student may read that was not their own before: (where, text)."""
        if not self.is_graded(student):
            return
        for cell in self.verdict(student)["cells"]:
            yield f"message of {cell['test']}", cell["message"]
        for diagnosis in self.verdict(student)["diagnoses"]:
            yield f"diagnosis of {diagnosis['exercise']}", json.dumps(diagnosis)
        notebook = nbformat.read(self.course.autograded / student / "exam" / "exam.ipynb", as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code" and "BEGIN HIDDEN" not in cell.source:
                yield f"outputs of {cell.id}", json.dumps(cell.outputs)
        yield "feedback page", self.page(student).text

    def page(self, student: str) -> Page:
        """Return what stands on the page of feedback."""
        return Page.read(self.course.feedback / student / "exam" / "exam.html")

    def files(self, *folders: Path) -> Iterator[tuple[str, str]]:
        """Yield all files below folders, and what archives hold: (where, text)."""
        for folder in folders:
            for path in (path for path in folder.rglob("*") if path.is_file()):
                if path.suffix == ".zip":
                    with zipfile.ZipFile(path) as archive:
                        yield from (
                            (f"{path.name}:{n}", archive.read(n).decode(errors="replace")) for n in archive.namelist()
                        )
                else:
                    yield path.name, path.read_text(errors="replace")


def hand_in(course: Course, student: str, cheat: Cheat, goes_for: str | None, replace: dict[str, str]) -> None:
    """Write the submission of a cheat; `goes_for` is the exercise that is answered wrongly."""

    def filled(text: str) -> str:
        for word, value in replace.items():
            text = text.replace(word, value)
        return text

    notebook = nbformat.read(course.release / "exam" / "exam.ipynb", as_version=4)
    answers = {**RIGHT, **({goes_for: WRONG[goes_for]} if goes_for else {}), **cheat.answers}
    cells = [new_code_cell(filled(cheat.first), id="first")] if cheat.first else []
    for cell in notebook.cells:
        role = cell.metadata.get("nbgrader", {})
        name = role.get("grade_id")
        if name in cheat.deletes:
            continue
        if name in cheat.twice:
            cells.append(new_code_cell(cheat.twice[name], metadata=copy.deepcopy(cell.metadata)))
        role.update(cheat.metadata.get(name, {}))
        if cell.cell_type == "code":
            cell.outputs = [nbformat.from_dict(output) for output in cheat.outputs]
        cell.source = filled(answers.get(name, cheat.text.get(name, cell.source)))
        if cheat.points is not None and role.get("grade"):
            role["points"] = cheat.points
        cells.append(cell)
        if name == "test-double-visible" and cheat.middle:
            cells.append(new_code_cell(filled(cheat.middle), id="middle"))
    cells += [new_code_cell(filled(cheat.last), id=f"last-{n}") for n in range(cheat.times)] if cheat.last else []
    for number, text in enumerate(cheat.markdown):
        cells.append(new_markdown_cell(filled(text), id=f"text-{number}", attachments=cheat.attachments))
    notebook.cells = cells
    folder = course.submitted / student / "exam"
    for name, content in {"exam.ipynb": nbformat.writes(notebook), **cheat.files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    for name in {"helper.py", "images.npz"} - cheat.files.keys():
        shutil.copy(course.release / "exam" / name, folder)
    for name, where in cheat.links.items():
        (folder / name).symlink_to(filled(where))


WATCHED = """
import ctypes, json, subprocess, sys, time
import psutil
libc = ctypes.CDLL(None)
libc.prctl(36, 1, 0, 0, 0)  # whatever loses its parent becomes ours
libc.syscall(250, 1, None)  # a session keyring, as a login has one
everybody = lambda: psutil.Process().children(recursive=True)
run = subprocess.Popen(sys.argv[3:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
try:
    said = run.communicate(timeout=float(sys.argv[2]))[0]
except subprocess.TimeoutExpired:
    [process.kill() for process in everybody()]
    said = f'{run.communicate()[0]} -- it hung'
end = time.monotonic() + 60
def alive():
    found = []
    for process in everybody():
        try:
            if process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
        except psutil.NoSuchProcess:
            pass  # it has ended while we looked
    return found
while (left := alive()) and time.monotonic() < end:
    time.sleep(0.05)
for process in everybody():
    try:
        process.kill()
    except psutil.NoSuchProcess:
        pass
json.dump([run.returncode, said, left], open(sys.argv[1], 'w'))
"""


class Classroom:
    """A course folder with the exam, released; `become` are the words before a command that make it another user's."""

    def __init__(self, folder: Path, become: list[str], user: int, cheats: Collection[Cheat] = CHEATS) -> None:
        self.become, self.user, self.cheats = become, user, cheats
        root = folder / "course"
        self.canaries = Canaries.draw()
        self.course = course_with(root, exam(self.canaries), {"helper.py": HELPER})
        self.course.banks.mkdir(parents=True)
        (self.course.banks / "exam.py").write_text(bank(self.canaries))
        images = np.random.default_rng(1).normal(size=(8, 60))
        np.savez(self.course.source / "exam" / "images.npz", X=images, Y=(images.sum(axis=0) > 0).astype(int))
        (root / "witness").write_text("untouched")
        self.witness = Path(tempfile.mkstemp(prefix="witness-")[1])
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.replace = {
            "COURSE_PATH": str(root),
            "WITNESS_PATH": str(self.witness),
            "PORT": str(self.listener.getsockname()[1]),
        }

    def run(self, *words: str, limit: int = 900) -> tuple[int, str, list[str]]:
        """Run the command line; return exit code, what it said, and the processes that it left behind.

        It may take `limit` seconds.
        """
        answer = self.course.root / "answer.json"
        command = [sys.executable, "-c", WATCHED, str(answer), str(limit), sys.executable, "-m", "autograder", *words]
        environment = {**os.environ, SECRET: SECRET, "HOME": str(self.course.root), "PYTHONDONTWRITEBYTECODE": "1"}
        subprocess.run([*self.become, *command], cwd=self.course.root, env=environment, check=True)
        code, said, left = json.loads(answer.read_text())
        answer.unlink()
        print(said)  # pytest shows it when a test fails
        return code, said, left

    def own(self) -> None:
        """Give all files to the user who grades."""
        if self.become:
            paths = (self.course.root, self.witness, *self.course.root.rglob("*"))
            for path in paths:
                with suppress(FileNotFoundError):  # what a database keeps beside it comes and goes
                    os.chown(path, self.user, self.user, follow_symlinks=False)

    def grade(self) -> Graded:
        """Grade the untouched submissions, then the class, then those that want to be alone."""
        self.own()
        assert self.run("release", "exam")[0] == 0
        for exercise in WRONG:
            hand_in(self.course, f"untouched-{exercise}", Cheat("", ""), exercise, {})
        hand_in(self.course, "untouched", Cheat("", ""), None, {})
        self.own()
        code, said, _ = self.run("grade", "exam", "--seconds", str(SECONDS))
        assert code == 0, said
        for honest in HONEST:
            hand_in(self.course, honest, Cheat("", ""), None, {})
        for cheat in self.cheats:
            if not cheat.alone:
                hand_in(self.course, cheat.student, cheat, cheat.goes_for, self.replace)
        self.own()
        before = self.state()
        code, said, left = self.run("grade", "exam", "--seconds", str(SECONDS))
        alone: dict[str, int] = {}
        stranded: dict[str, list[str]] = {}
        for cheat in self.cheats:
            if cheat.alone:
                neighbour = f"zz-{cheat.student}"
                hand_in(self.course, cheat.student, cheat, cheat.goes_for, self.replace)
                hand_in(self.course, neighbour, Cheat("", "", last=cheat.accomplice), None, {})
                self.own()
                only = ["--student", cheat.student, "--student", neighbour, "--workers", "1"]
                alone[cheat.student], more, too = self.run(
                    "grade", "exam", "--seconds", str(SECONDS), *only, limit=ALONE
                )
                said += more
                stranded[cheat.student] = too
        after = self.state()
        assert self.run("feedback", "exam")[0] == 0
        return Graded(
            self.course,
            code,
            said,
            self.canaries,
            left,
            self.connections(),
            before,
            after,
            self.cheats,
            alone,
            stranded,
        )

    def state(self) -> dict[str, str]:
        """Return what no submission may change, by name, as hashes; what is there later only does not count."""
        found = {"witness in the system's folder": _hash(self.witness.read_bytes())}
        for folder in (self.course.source, self.course.release, self.course.submitted):
            for path in (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
                found[str(path.relative_to(self.course.root))] = _hash(path.read_bytes())
        for name in ("witness", "nbgrader_config.py"):
            found[name] = _hash((self.course.root / name).read_bytes())
        for path in (self.course.reports / "exam" / "verdicts").glob("untouched*"):
            found[f"verdict of {path.stem}"] = _hash(path.read_bytes())
        with sqlite3.connect(self.course.gradebook) as book:
            for name, assignment in book.execute(
                "SELECT student_id, group_concat(id || timestamp) FROM submitted_assignment "
                "WHERE student_id LIKE 'untouched%' GROUP BY student_id"
            ):
                grades = book.execute(
                    "SELECT grade.* FROM grade JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id "
                    "JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id "
                    "WHERE student_id = ? ORDER BY grade.id",
                    (name,),
                ).fetchall()
                found[f"gradebook of {name}"] = _hash(repr((assignment, grades)).encode())
            found["assignment in the gradebook"] = _hash(
                repr(book.execute("SELECT * FROM grade_cells").fetchall()).encode()
            )
        return found

    def connections(self) -> int:
        """Return how often somebody has connected to our port."""
        try:
            self.listener.accept()
        except BlockingIOError:
            return 0
        return 1

    def close(self) -> None:
        """Remove what lies outside of the course folder."""
        self.listener.close()
        self.witness.unlink(missing_ok=True)


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()
