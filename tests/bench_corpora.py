"""What stock nbgrader and this grader make of both corpora: part of `make bench`.

Stock runs a submission's code with the rights of whoever grades. So it meets each of them in a throw-away sandbox: an
ordinary user, a copy of the course that is deleted afterwards, nothing else to write to, no network, limits on time,
memory, processes and the size of files.
"""

from __future__ import annotations

import copy
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import another_user
from cheat import Cheat
from cheat_class import POINTS, WRONG, Classroom, hand_in
from cheat_corpus import CHEATS
from graded_class import ASSIGNMENT, GradedClass
from nbgrader.api import Gradebook
from oddity import Oddity
from oddity_class import POINTS as HONEST_POINTS
from oddity_class import OddityClass
from oddity_corpus import ODDITIES
from rich.console import Console
from rich.progress import track
from rich.table import Table

from autograder.course.course import CONFIG_NAME, Course

STOCK_CONFIG = "c = get_config()\nc.CourseDirectory.course_id = 'stock'\n"
CORES = len(os.sched_getaffinity(0))
SECONDS = 60
LIMITS = ["--nproc=400", f"--as={6 * 2**30}", f"--fsize={2**30}", "--cpu=40", "--core=0"]
Points = dict[str, float]


def stock(course: Course, *words: str) -> None:
    """Run a command of stock nbgrader on a course that nobody needs any more; whatever becomes of it."""
    root = str(course.root)
    become = another_user.become() or []
    if become:
        subprocess.run(["chown", "-hR", f"{another_user.ID}:{another_user.ID}", root], check=True)
    own = ["--unshare-all", "--die-with-parent", "--new-session", "--proc", "/proc", "--dev", "/dev"]
    files = ["--ro-bind", "/", "/", "--tmpfs", "/tmp", "--bind", root, root, "--chdir", root]
    programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # nbgrader wants `alembic`
    settings = {"HOME": root, "PATH": programs, "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = ["bwrap", *files, *own, "--", "prlimit", *LIMITS, "--", sys.executable, "-m", "nbgrader", *words]
    running = subprocess.Popen(
        [*become, *command],
        env=settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        running.wait(SECONDS)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()


def paid(course: Course, student: str) -> Points:
    """Return what stock's gradebook says of each test; nothing if it does not know the submission, or is destroyed."""
    try:
        with Gradebook(f"sqlite:///{course.gradebook}") as book:
            submission = book.find_submission(ASSIGNMENT, student)
            return {grade.name: float(grade.score) for notebook in submission.notebooks for grade in notebook.grades}
    except Exception:  # of whatever kind: this is what an attack has left
        return {}


def share(points: Points, exercise: str) -> Points:
    """Return what belongs to an exercise."""
    prefix = f"test-{exercise.removeprefix('mean_')}-"
    return {test: got for test, got in points.items() if test.startswith(prefix)}


def in_full(points: Points, exercise: str) -> bool:
    """Return whether all points of an exercise were given."""
    return sum(share(points, exercise).values()) >= sum(share(POINTS, exercise).values())


def prepared(course: Course) -> Course:
    """Make a course one of stock's, and tell its gradebook of the assignment."""
    (course.root / CONFIG_NAME).write_text(STOCK_CONFIG)
    stock(course, "generate_assignment", ASSIGNMENT, "--force")
    return course


def each_alone(course: Course, students: list[str], hand_in_to: Callable[[Course, int], None]) -> Iterator[Points]:
    """Yield what stock pays each student, who meets it in a run and a copy of the course of their own."""

    def pays(number: int) -> Points:
        copied = Course(course.root.with_name(f"copy-{number}"))
        shutil.copytree(course.root, copied.root)
        hand_in_to(copied, number)
        stock(copied, "autograde", ASSIGNMENT, "--student", students[number])
        found = paid(copied, students[number])
        shutil.rmtree(copied.root, ignore_errors=True)
        return found

    with ThreadPoolExecutor(CORES) as pool:
        told = pool.map(pays, range(len(students)))
        yield from track(told, "stock: submissions", total=len(students), console=Console(stderr=True))


def stock_on_cheats(folder: Path, cheats: list[Cheat]) -> int:
    """Return how many cheats stock pays in full."""
    room = Classroom(folder, [], 0)
    room.run("release", ASSIGNMENT)

    def hand_in_to(course: Course, number: int) -> None:
        cheat = cheats[number]
        hand_in(course, cheat.student, cheat, cheat.goes_for, {**room.replace, "COURSE_PATH": str(course.root)})

    found = each_alone(prepared(room.course), [cheat.student for cheat in cheats], hand_in_to)
    total = sum(in_full(points, cheat.goes_for) for points, cheat in zip(found, cheats, strict=True))
    room.close()
    return total


def stock_on_oddities(folder: Path, oddities: list[Oddity]) -> int:
    """Return how many honest submissions get less from stock than they deserve."""
    room = OddityClass(folder)

    def hand_in_to(course: Course, number: int) -> None:
        other = copy.copy(room)
        other.course = course
        other.hand_in(oddities[number])

    found = each_alone(prepared(room.course), [oddity.student for oddity in oddities], hand_in_to)
    return sum(is_harmed(points, oddity) for points, oddity in zip(found, oddities, strict=True))


def is_harmed(points: Points, oddity: Oddity) -> bool:
    """Return whether a submission has less than it deserves."""
    lost = [test for exercise in oddity.lost for test in share(HONEST_POINTS, exercise)]
    return any(points.get(test, 0) < most for test, most in HONEST_POINTS.items() if test not in lost)


def ours_on_cheats(folder: Path) -> int:
    """Return how many cheats bring a point here that an untouched submission would not get."""
    room = Classroom(folder, [], 0)
    graded = room.grade()
    room.close()
    deserved = {exercise: graded.points(f"untouched-{exercise}") for exercise in WRONG}
    return sum(
        any(got > deserved[cheat.goes_for][test] for test, got in graded.points(cheat.student).items())
        for cheat in CHEATS
        if graded.is_graded(cheat.student)
    )


def ours_on_oddities(folder: Path, oddities: list[Oddity]) -> int:
    """Return how many honest submissions get less here than they deserve."""
    graded: GradedClass = OddityClass(folder).grade(oddities)
    return sum(
        not graded.is_graded(oddity.student) or is_harmed(graded.points(oddity.student), oddity) for oddity in oddities
    )


def main() -> None:
    """Print what both make of both corpora."""
    honest = [oddity for oddity in ODDITIES if not oddity.refused]
    with tempfile.TemporaryDirectory(prefix="corpora-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in ("ours", "stock"):
            (folder / part / "oddities").mkdir(parents=True)
        ours, harmed = ours_on_cheats(folder / "ours"), ours_on_oddities(folder / "ours" / "oddities", honest)
        stock_pays = stock_on_cheats(folder / "stock", CHEATS)
        stock_harms = stock_on_oddities(folder / "stock" / "oddities", honest)
    table = Table("corpus", "submissions", "stock nbgrader", "this grader")
    table.add_row("cheats", str(len(CHEATS)), f"pays {stock_pays} in full", f"pays {ours}")
    table.add_row("honest oddities", str(len(honest)), f"harms {stock_harms}", f"harms {harmed}")
    Console().print(table)


if __name__ == "__main__":
    main()
