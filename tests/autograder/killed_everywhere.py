"""Kills the recording of a submission at each of its writes, and says whether the next run makes it good.

`test_resume` starts this program, which forks for each kill: a process that has other threads must not fork.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from engine_reports import failed, reports_on
from graded_here import Quiet
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine
from tiny_course import RIGHT, TinyCourse

from autograder.engine.inside.analysis import parse
from autograder.engine.items import CellReport, Ending, Item, Report
from autograder.files import swap
from autograder.grading.solution import AUTHOR
from autograder.intake.align import Aligned
from autograder.logs import written_to
from autograder.records.changes import changes_path
from autograder.records.record import Recorder
from autograder.runs.errand import Answer, Errand
from autograder.runs.request import Request, log_path
from autograder.runs.run import Run

WRITES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "os.truncate", "os.link", "ctypes.dlsym"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
MOST_WRITES = 500


class Desk:
    """Gives the answers that workers would give, without any workers."""

    def __init__(self, **special: CellReport) -> None:
        self.special = special
        self.waiting: list[tuple[str, Errand]] = []
        self.asked: dict[str, int] = {}  # how many tests were run of each submission

    def share(self, name: str, value: object) -> None:
        """Take what all workers get."""

    def room(self) -> int:
        """Take one errand after the other."""
        return 1 - len(self.waiting)

    def submit(self, student: str, errand: Errand) -> None:
        """Take an errand."""
        self.waiting.append((student, errand))

    def results(self, on_step: object) -> Iterator[tuple[str, Answer]]:
        """Yield the answer to each errand."""
        while self.waiting:
            student, errand = self.waiting.pop(0)
            items = {name: item for name, (item, _) in errand.items.items()}
            reports = reports_on(Aligned({}, items, {}, (), ()), **({} if student == AUTHOR else self.special))
            kept = {name: _kept(item, reports[name]) for name, item in items.items()}
            if student != AUTHOR:
                self.asked[student] = _tests_of(kept)
            yield student, Answer(kept, 0.1)


def _tests_of(reports: dict[str, Report]) -> int:
    return sum(cell.ending is not Ending.kept for report in reports.values() for cell in report.cells)


def _kept(item: Item, report: Report) -> Report:
    cells = [
        CellReport(ending=Ending.kept) if cell.kind == "test" and item.tests and cell.name not in item.tests else said
        for cell, said in zip(item.cells, report.cells, strict=True)
    ]
    return Report(tuple(cells))


def grade(course: TinyCourse, desk: Desk, **more: Any) -> int:
    """Grade all that was handed in; return how many submissions were left alone."""
    with written_to(log_path(course, "tiny")), Recorder(course, "tiny") as recorder:
        outcome = Run(course, Request("tiny", **more), Quiet(), desk, recorder).grade(["ada", "bob"])  # type: ignore[arg-type]
    assert not outcome.problems, outcome.problems
    return len(outcome.unchanged)


def state(course: TinyCourse) -> dict[str, Any]:
    """Return all that was written: files by name, rows of the gradebook, changes without their time."""
    files = {str(path.relative_to(course.root)): path for path in sorted(course.root.rglob("*"))}
    found: dict[str, Any] = {name: path.read_bytes().hex() for name, path in files.items() if path.is_file()}
    for name in ("reports/tiny/grading.log", "reports/tiny/changes.csv", "gradebook.db"):
        found.pop(name)
    with closing(sqlite3.connect(course.gradebook)) as book:
        for table in ("grade", "comment", "submitted_assignment", "submitted_notebook", "student"):
            found[table] = sorted(map(repr, book.execute(f"SELECT * FROM {table}")))
    with changes_path(course, "tiny").open() as lines:
        found["changes"] = [row[1:] for row in csv.reader(lines)]
    return found


def die_at(number: int) -> None:
    """Make this process die where it is about to write for the time `number`."""
    left = number

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(name: str, arguments: tuple[Any, ...]) -> None:
        if name in WRITES or (name == "open" and arguments[2] & WRITING):
            count()

    sys.addaudithook(audit)
    for name in ("before_cursor_execute", "begin", "commit"):
        event.listen(Engine, name, count)


def in_a_child(work: Callable[[], None]) -> int:
    """Do something in a process of its own; return 0, or the signal that ended it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0, status
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def import_the_rest() -> None:
    """Import here what a run imports when it first needs it: else each of the hundreds of children does."""
    parse("")
    create_engine("sqlite://").connect().close()


def main(root: Path, change: str) -> None:
    """Grade two submissions, change something, and kill the second run at every write."""
    import_the_rest()
    start, work = TinyCourse(root / "start"), TinyCourse(root / "work")
    special: dict[str, CellReport] = {"test_square_hidden": failed()}
    if change == "two steps":
        swap.EXCHANGE = 1 << 20  # the file system cannot swap
    for student in ("ada", "bob"):
        start.hand_in(student, **RIGHT)
    in_a_child(lambda: print(grade(start, Desk()), file=sys.stderr))
    if change == "test":
        source = start.read_source("tiny")
        source.cells[-2].source = source.cells[-2].source.replace("wrong at 3", "not nine")
        start.write_source(source)
    else:
        (start.submitted / "ada" / "tiny" / "notes.txt").write_text("more")
    made_again = work.root / "done"

    def reset() -> None:
        shutil.rmtree(work.root, ignore_errors=True)
        shutil.copytree(start.root, work.root)

    def register() -> None:
        with Recorder(work, "tiny") as recorder:
            recorder.register()

    def resume() -> None:
        desk = Desk(**special)
        unchanged = grade(work, desk)
        print(json.dumps([unchanged, desk.asked, state(work)]), file=made_again.open("w"))

    def told() -> Any:
        found = json.loads(made_again.read_text())
        made_again.unlink()
        return found

    if change == "test":
        shutil.copytree(start.root, work.root)
        in_a_child(register)
        shutil.rmtree(start.root)
        work.root.rename(start.root)
    reset()
    in_a_child(resume)
    _, asked, wanted = told()
    faults, number, graded_again = [], 0, []
    while number < MOST_WRITES:
        number += 1
        reset()

        def killed(at: int = number) -> None:
            die_at(at)
            grade(work, Desk(**special))
            (root / "after").touch()  # one more write, so that one kill comes when all is recorded

        if in_a_child(killed) == 0:
            break
        in_a_child(resume)
        unchanged, again, found = told()
        graded_again.append(len(again))
        if found != wanted:
            differing = [name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)]
            faults.append([number, differing])
        if any(again[student] != asked.get(student) for student in again):
            faults.append([number, again])
        if unchanged + len(again) != 2:
            faults.append([number, unchanged])
    print(json.dumps({"writes": number - 1, "faults": faults, "graded again": graded_again, "asked": asked}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
