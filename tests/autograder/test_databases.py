"""The gradebook on SQLite and on a real PostgreSQL server: many who write at the same time, a server that is gone."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from assignment_cells import nbgrader_cell
from gradebook_writer import rounds_of
from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook, get_alembic_version
from sqlalchemy import create_engine, inspect, text
from tiny_course import RIGHT, TinyCourse, tiny_notebook

from autograder.course import gradebook
from autograder.errors import EnvironmentProblem
from autograder.marking.store import Changed, Mark, MarkBook
from autograder.marking.written import written_exercises
from autograder.records.record import Recorder

SECONDS = 600  # more than anything here takes on a busy machine
HERE = Path(__file__).parent
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
STUDENTS = [f"s{number:02}" for number in range(8)]
Run = Callable[..., tuple[int, str, str]]


class Server:
    """A PostgreSQL server in a folder of its own, which only its user can reach: no network, no password."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = PROGRAMS[-1]
        self.user = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name  # initdb refuses root
        if os.getuid() == 0:
            owner = pwd.getpwnam(self.user)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        self._run("initdb", "-D", folder / "data", "-U", "grader", "--auth=trust", "--no-sync", "-E", "UTF8")
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off"
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-o", options, "-l", self.folder / "log", "start")

    def stop(self) -> None:
        """Stop it, whoever is connected."""
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-m", "immediate", "stop")

    def new_database(self, name: str) -> str:
        """Make an empty database; return its address."""
        self._run("createdb", "-h", self.folder, "-U", "grader", name)
        return f"postgresql://grader@/{name}?host={self.folder}"

    def _run(self, program: str, *words: str | Path) -> None:
        done = subprocess.run(
            [self.programs / program, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the server keeps it open
            stderr=subprocess.PIPE if program != "pg_ctl" else subprocess.DEVNULL,
            text=True,
            check=False,
            cwd=self.folder,
            user=self.user if os.getuid() == 0 else None,
            group=pwd.getpwnam(self.user).pw_gid if os.getuid() == 0 else None,
            extra_groups=[] if os.getuid() == 0 else None,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        )
        assert done.returncode == 0, done.stderr or (self.folder / "log").read_text()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if not PROGRAMS:
        pytest.skip("there is no PostgreSQL server on this machine: sudo apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))
    found = Server(folder)
    yield found
    found.stop()
    shutil.rmtree(folder)


@pytest.fixture
def url(tiny: TinyCourse, request: pytest.FixtureRequest) -> str:
    """Return the address of an empty gradebook, which the tiny course is told of: `sqlite` or `postgresql`."""
    if request.param == "sqlite":
        return f"sqlite:///{tiny.gradebook}"
    address: str = request.getfixturevalue("server").new_database(f"course{abs(hash(tiny.root)) % 10**9}")
    configure(tiny, address)
    return address


BOTH = pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
SERVER = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


def configure(course: TinyCourse, address: str) -> None:
    path = course.root / "nbgrader_config.py"
    path.write_text(f"{path.read_text()}\nc.CourseDirectory.db_url = {address!r}\n")


def hand_in(course: TinyCourse, square: str = RIGHT["square"]) -> None:
    for student in STUDENTS:
        course.hand_in(student, double=RIGHT["double"], square=square)


def rounds(stop: Path) -> dict[str, int]:
    """Return how many rounds each writer has completed."""
    notes = {student: rounds_of(student, stop) for student in STUDENTS}
    return {student: len(note.read_text().split()) if note.exists() else 0 for student, note in notes.items()}


def until(it_is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + SECONDS
    while not it_is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


@contextmanager
def writers(url: str, stop: Path) -> Iterator[list[dict[str, dict[str, object]]]]:
    """Let one process for each student grade by hand; what they have written is in the list afterwards."""
    words = [sys.executable, str(HERE / "gradebook_writer.py"), url, str(stop), *STUDENTS]
    started = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    told: list[dict[str, dict[str, object]]] = []
    try:
        until(lambda: all(rounds(stop).values()) or started.poll() is not None)
        yield told
    finally:
        stop.touch()
        out, err = started.communicate(timeout=SECONDS)
    assert started.returncode == 0, err
    told += json.loads(out)


@BOTH
def test_eight_who_grade_by_hand_and_a_grading_run(tiny: TinyCourse, url: str, run_autograder: Run) -> None:
    hand_in(tiny)
    assert run_autograder("grade", "tiny")[0] == 0
    stop = tiny.root / "stop"
    with writers(url, stop) as told:
        for square in ("def square(x):\n    return abs(x) * x", "def square(x):\n    return 0"):
            hand_in(tiny, square)
            before = rounds(stop)
            code, out, err = run_autograder("grade", "tiny")
            assert code == 0
            assert "locked" not in out + err
            assert "deadlock" not in out + err
            assert rounds(stop) != before, "nobody has written beside the grading run"
    automatic = {"test-double-hidden": 2.0, "test-square-hidden": 0.0, "test-square-negative": 0.0}
    with Gradebook(url) as book:
        for said in told:
            for who, (score, extra) in said["scores"].items():  # type: ignore[misc]
                student, cell = who.split()
                grade = book.find_grade(cell, "tiny", "tiny", student)
                assert [grade.manual_score, grade.extra_credit] == [score, extra], who
                assert grade.auto_score == automatic[cell], who
            for who, comment in said["comments"].items():
                student, cell = who.split()
                assert book.find_comment(cell, "tiny", "tiny", student).manual_comment == comment, who
        assert len(book.submission_dicts("tiny")) == len(STUDENTS)


@BOTH
def test_a_score_entered_meanwhile_asks_for_a_second_look(tiny: TinyCourse, url: str, run_autograder: Run) -> None:
    """A grading run and a person meet in one row: the person waits, or the run sees the manual score."""
    tiny.hand_in("ada", **RIGHT)
    with Recorder(tiny, "tiny") as recorder:
        recorder.register()
        code, _, _ = run_autograder("grade", "tiny")
        assert code == 0
        engine = recorder.book.engine
        entered = threading.Event()

        def person() -> None:
            with Gradebook(url) as book:
                grade = book.find_grade("test-double-hidden", "tiny", "tiny", "ada")
                grade.manual_score, grade.needs_manual_grade = 1.0, False
                book.db.flush()  # the row is changed, and not yet committed
                entered.set()
                threading.Event().wait(1.0)
                book.db.commit()

        thread = threading.Thread(target=person)
        thread.start()
        entered.wait(SECONDS)
        tiny.hand_in("ada", double="def double(x): return 0", square=RIGHT["square"])
        assert run_autograder("grade", "tiny")[0] == 0
        thread.join()
        with engine.connect() as connection:
            found = connection.execute(text("SELECT auto_score, manual_score, needs_manual_grade FROM grade")).all()
        assert (0.0, 1.0, True) in [tuple(row) for row in found]


@BOTH
def test_a_gradebook_is_made_whole_or_not_at_all(tiny: TinyCourse, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.config()
    with monkeypatch.context() as patch:
        patch.setattr(gradebook, "LATEST", "no SQL at all")
        with pytest.raises(EnvironmentProblem), Recorder(tiny, "tiny") as recorder:
            recorder.register()
    engine = create_engine(url)
    assert inspect(engine).get_table_names() == []
    threads = [threading.Thread(target=gradebook.prepare, args=(url,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as connection:
        versions = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
        assert versions == [get_alembic_version()]  # just what nbgrader itself would have written
        assert "grade" in inspect(connection).get_table_names()
    engine.dispose()


@SERVER
def test_stock_commands_work_on_a_server(tiny: TinyCourse, url: str, run_autograder: Run) -> None:
    tiny.hand_in("ada", **RIGHT)
    assert run_autograder("grade", "tiny")[0] == 0
    assert not tiny.gradebook.exists()
    for words in ("autograde tiny --force", "generate_feedback tiny", "export", "db upgrade"):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *words.split()],
            cwd=tiny.root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert "ada" in (tiny.root / "grades.csv").read_text()
    assert (tiny.feedback / "ada" / "tiny" / "tiny.html").is_file()
    assert "unchanged" in run_autograder("grade", "tiny")[1], "the stock command leaves a verdict like ours"
    assert run_autograder("report", "tiny")[0] == 0


@SERVER
def test_a_server_that_is_gone_is_one_sentence(tiny: TinyCourse, url: str, server: Server, run_autograder: Run) -> None:
    tiny.hand_in("ada", **RIGHT)
    server.stop()
    try:
        code, _, err = run_autograder("grade", "tiny")
        assert code == 4
        assert "see that its server runs" in err
        assert err.count("\n") == 1
        assert run_autograder("report", "tiny")[0] == 4
    finally:
        server.start()
    assert run_autograder("grade", "tiny")[0] == 0


@SERVER
def test_a_server_that_starts_anew_costs_nothing(tiny: TinyCourse, url: str, server: Server) -> None:
    with Recorder(tiny, "tiny") as recorder:
        recorder.register()
        book = recorder.book
        book.write("ada", None, {}, lambda *_: {})
        server.stop()
        server.start()
        book.write("bob", None, {}, lambda *_: {})
        assert book.students() == {"ada", "bob"}


@SERVER
def test_a_row_that_somebody_holds_is_waited_for_a_while(tiny: TinyCourse, url: str, run_autograder: Run) -> None:
    tiny.hand_in("ada", **RIGHT)
    assert run_autograder("grade", "tiny")[0] == 0
    engine = create_engine(url)
    with engine.begin() as holder:
        holder.execute(text("SELECT * FROM grade FOR UPDATE"))
        code, _, err = run_autograder("grade", "tiny", "--force")
        assert code == 4
        assert "close the program that holds it" in err
        assert err.count("\n") == 1
    engine.dispose()


@pytest.mark.parametrize("address", ["nonsense", "neither://a/b", "mysql+nothing://a/b"])
def test_an_address_that_makes_no_sense_is_one_sentence(tiny: TinyCourse, run_autograder: Run, address: str) -> None:
    tiny.hand_in("ada", **RIGHT)
    configure(tiny, address)
    code, _, err = run_autograder("grade", "tiny")
    assert code == 4
    assert "names no database" in err
    assert err.count("\n") == 1


def test_sqlite_writes_ahead(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("ada", **RIGHT)
    assert run_autograder("grade", "tiny")[0] == 0
    with closing(sqlite3.connect(tiny.gradebook)) as book:
        assert book.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert [path.name for path in tiny.root.glob("gradebook.db*")] == ["gradebook.db"], "one file to back up"


@SERVER
def test_late_work_is_settled_on_a_server_too(tiny: TinyCourse, url: str, run_autograder: Run) -> None:
    (tiny.hand_in("ada", **RIGHT).parent / "timestamp.txt").write_text("2027-03-03 12:00:00 UTC")
    words = ("due", "tiny", "2027-03-01", "--zone", "UTC", "--per-day", "20%")
    assert run_autograder(*words)[0] == 0
    assert run_autograder("due", "tiny", "--extend", "ada", "1d")[0] == 0  # it waits for the submission
    assert run_autograder("grade", "tiny")[0] == 0
    with Gradebook(url) as book:
        assert book.find_submission("tiny", "ada").late_submission_penalty == 1
    assert "ada 1 -> 2 points off (extension)" in run_autograder("due", "tiny", "--extend", "ada", "0")[1]
    assert run_autograder("due", "tiny", "--clear")[0] == 0
    with Gradebook(url) as book:
        submission = book.find_submission("tiny", "ada")
        assert (submission.late_submission_penalty, submission.assignment.duedate) == (0, None)


@BOTH
def test_of_two_who_mark_an_answer_at_once_one_is_told(tiny: TinyCourse, url: str) -> None:
    notebook = tiny_notebook()
    task = nbgrader_cell("essay", "", points=4, task=True).metadata
    notebook.cells.append(new_markdown_cell("## An essay", id="essay", metadata=task))
    tiny.write_source(notebook)
    (essay,) = written_exercises(tiny, "tiny")
    gradebook.prepare(url)
    with Gradebook(url) as book:
        book.add_assignment("tiny")
        book.add_notebook("tiny", "tiny")
        book.add_task_cell("essay", "tiny", "tiny", max_score=4, cell_type="markdown")
        book.add_student("ada")
        book.add_submission("tiny", "ada")
    marks = MarkBook(url, "tiny")
    (answer,) = marks.answers(essay)
    told: list[object] = []

    def mark(points: float) -> None:
        try:
            told.append(marks.write(essay, "ada", answer.version, Mark(points, f"{points}", is_waiting=False))[1])
        except Changed as error:
            told.append(error.now)

    threads = [threading.Thread(target=mark, args=(points,)) for points in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (now,) = marks.answers(essay)
    marks.close()
    assert told == [now] * 4, "one has written it, and the others were shown what"
    assert now.mark.comment == f"{now.mark.points:g}"
    assert not now.mark.is_waiting
