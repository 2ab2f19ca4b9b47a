"""What stock nbgrader and this grader make of both corpora: part of `make bench`.

Stock runs a submission's code with the rights of whoever grades. So it meets each of them in a throw-away sandbox: an
ordinary user, a copy of the course that is deleted afterwards, nothing else to write to, no network, limits on time,
memory, processes and the size of files.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
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

from autograder.course import CONFIG_NAME, Course

STOCK_CONFIG = "c = get_config()\nc.CourseDirectory.course_id = 'stock'\n"
CORES = len(os.sched_getaffinity(0))
SECONDS_FOR_ONE, SECONDS_FOR_ALL = 60, 1800
LIMITS = ["--nproc=400", f"--as={6 * 2**30}", f"--fsize={2**30}", "--cpu=40", "--core=0"]
Points = dict[str, float]


def stock(course: Course, seconds: float, *words: str) -> None:
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
        running.wait(seconds)
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
    """Tell whether all points of an exercise were given."""
    return sum(share(points, exercise).values()) >= sum(share(POINTS, exercise).values())


def stock_on_cheats(folder: Path) -> Iterator[bool]:
    """Yield for each cheat whether stock pays it in full. Each gets a run and a copy of the course of its own."""
    room = Classroom(folder / "cheats", [], 0)
    room.run("release", ASSIGNMENT)
    (room.course.root / CONFIG_NAME).write_text(STOCK_CONFIG)
    stock(room.course, SECONDS_FOR_ONE, "generate_assignment", ASSIGNMENT, "--force")

    def pays(cheat: Cheat) -> bool:
        course = Course(folder / f"copy-{cheat.student}"[:100])
        shutil.copytree(room.course.root, course.root)
        hand_in(course, cheat.student, cheat, cheat.goes_for, {**room.replace, "COURSE_PATH": str(course.root)})
        stock(course, SECONDS_FOR_ONE, "autograde", ASSIGNMENT, "--student", cheat.student)
        found = in_full(paid(course, cheat.student), cheat.goes_for)
        shutil.rmtree(course.root, ignore_errors=True)
        return found

    with ThreadPoolExecutor(CORES) as pool:
        yield from pool.map(pays, CHEATS)
    room.close()


def stock_on_oddities(folder: Path, oddities: list[Oddity]) -> int:
    """Return how many honest submissions get less from stock than they deserve."""
    room = OddityClass(folder / "oddities")
    (room.course.root / CONFIG_NAME).write_text(STOCK_CONFIG)
    stock(room.course, SECONDS_FOR_ONE, "generate_assignment", ASSIGNMENT, "--force")
    for oddity in oddities:
        room.hand_in(oddity)
    stock(room.course, SECONDS_FOR_ALL, "autograde", ASSIGNMENT)
    return sum(is_harmed(paid(room.course, oddity.student), oddity) for oddity in oddities)


def is_harmed(points: Points, oddity: Oddity) -> bool:
    """Tell whether a submission has less than it deserves."""
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
            (folder / part).mkdir()
        progress = Console(stderr=True)
        ours, harmed = ours_on_cheats(folder / "ours"), ours_on_oddities(folder / "ours" / "honest", honest)
        told = track(stock_on_cheats(folder / "stock"), "stock: cheats", total=len(CHEATS), console=progress)
        stock_pays = sum(told)
        stock_harms = stock_on_oddities(folder / "stock", honest)
    table = Table("corpus", "submissions", "stock nbgrader", "this grader")
    table.add_row("cheats", str(len(CHEATS)), f"pays {stock_pays} in full", f"pays {ours}")
    table.add_row("honest oddities", str(len(honest)), f"harms {stock_harms}", f"harms {harmed}")
    Console().print(table)


if __name__ == "__main__":
    main()
