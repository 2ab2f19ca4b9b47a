"""A run that dies, at any moment and of whatever, and is started again: nothing is lost, nothing is done twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from assignment_cells import REPOSITORY
from tiny_course import RIGHT, TinyCourse

from autograder.course.release import release
from autograder.records.verdicts import verdict_path

SECONDS = 600  # more than anything here takes on a busy machine
HERE = Path(__file__).parent
Run = Callable[..., tuple[int, str, str]]
FOR_EVER = "import time\ndef double(x):\n    while True:\n        time.sleep(1)"


@pytest.mark.parametrize("change", ["submission", "test", pytest.param("two steps", marks=pytest.mark.long)])
def test_a_run_may_be_killed_at_any_write(tiny: TinyCourse, change: str) -> None:
    scratch = tiny.root.parent
    (scratch / "courses").mkdir()
    tiny.root.rename(scratch / "courses" / "start")
    shutil.copytree(REPOSITORY / "autograder", scratch / "autograder")  # nobody edits this copy of the engine meanwhile
    done = subprocess.run(
        [sys.executable, HERE / "killed_everywhere.py", scratch / "courses", change],
        env={"PYTHONPATH": f"{scratch}:{REPOSITORY / 'tests'}:{HERE}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["faults"] == []
    assert told["writes"] > 40, "the recording has fewer writes than it must have"
    assert told["asked"] == ({"ada": 6, "bob": 6} if change == "test" else {"ada": 7})
    again = told["graded again"]
    assert again == sorted(again, reverse=True), "what was complete stays complete"
    assert again[0] == len(told["asked"])
    assert again[-1] == 0, "nothing is left to do once the verdict is written"


@pytest.fixture
def grading(tiny: TinyCourse) -> Callable[..., subprocess.Popen[str]]:
    """Return a function that starts the command line in the tiny course."""

    def start(*words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "autograder", "grade", "tiny", *words],
            cwd=tiny.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    return start


def wait_for(what: Callable[[], object], why: str) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < deadline, why
        time.sleep(0.05)


def sandboxes(process: psutil.Process) -> list[psutil.Process]:
    """Return the students' and the tests' processes below a worker: they are in a process space of their own."""
    return [child for child in process.children(recursive=True) if "bwrap" in child.name()]


def test_nothing_survives_the_supervisor(
    tiny: TinyCourse, grading: Callable[..., subprocess.Popen[str]], run_autograder: Run
) -> None:
    tiny.hand_in("ada", **RIGHT)
    tiny.hand_in("bob", **RIGHT)
    tiny.hand_in("zoe", double=FOR_EVER, square=RIGHT["square"])
    supervisor = grading("--workers", "2")
    wait_for(lambda: len(list(tiny.reports.glob("tiny/verdicts/*.json"))) == 2, "nobody was graded")
    family = psutil.Process(supervisor.pid).children(recursive=True)
    assert sandboxes(psutil.Process(supervisor.pid)), "nothing runs in a sandbox"
    supervisor.kill()
    supervisor.wait(SECONDS)
    assert not psutil.wait_procs(family, timeout=SECONDS)[1]
    before = {student: verdict_path(tiny, "tiny", student).stat().st_mtime_ns for student in ("ada", "bob")}
    tiny.hand_in("zoe", **RIGHT)
    code, out, _ = run_autograder("grade", "tiny")
    assert code == 0
    assert "2 unchanged" in out
    assert {student: verdict_path(tiny, "tiny", student).stat().st_mtime_ns for student in before} == before
    assert sorted(path.name for path in tiny.autograded.glob("*/*")) == ["tiny"] * 3
    assert sorted(path.name for path in tiny.root.glob("gradebook*")) == ["gradebook.db"]


@pytest.mark.parametrize("victim", ["worker", "fork server"])
def test_a_killed_worker_costs_nobody_anything(
    tiny: TinyCourse, grading: Callable[..., subprocess.Popen[str]], victim: str
) -> None:
    slow = "import time\ntime.sleep(2)\n" + RIGHT["double"]
    for student in ("ada", "bob"):
        tiny.hand_in(student, double=slow, square=RIGHT["square"])
    supervisor = grading("--workers", "1")
    found: list[psutil.Process] = []

    def worker_is_busy() -> bool:
        servers = psutil.Process(supervisor.pid).children()
        candidates = servers if victim == "fork server" else [child for one in servers for child in one.children()]
        found[:] = [child for child in candidates if len(sandboxes(child)) > 0]
        return bool(found)

    wait_for(worker_is_busy, "no worker has a sandbox")
    below = found[0].children(recursive=True)
    found[0].send_signal(signal.SIGKILL)
    out, _ = supervisor.communicate(timeout=SECONDS)
    assert supervisor.returncode == 0, out
    assert out.count("5/5") == 2
    assert not psutil.wait_procs(below, timeout=SECONDS)[1]


def test_what_a_killed_process_left_in_the_scratch_room_is_removed(tiny: TinyCourse) -> None:
    left = tiny.root / "_build" / "scratch-old"
    (left / "half a release").mkdir(parents=True)
    new = tiny.root / "_build" / "scratch-new"
    new.mkdir()
    os.utime(left, (0, 0))
    release(tiny, "tiny")
    assert not left.exists()
    assert new.exists(), "its process may just have begun"
