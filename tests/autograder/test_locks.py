"""Two who grade one assignment at once: the second is told who was first, and nothing is changed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from class_with_faults import ClassWithFaults
from tiny_course import RIGHT, TinyCourse

from autograder.files.lock import held

Run = Callable[..., tuple[int, str, str]]
GRADE = [sys.executable, "-m", "autograder", "grade", "tiny", "--force", "--workers", "1", "--seconds", "600"]


def start(course: TinyCourse) -> subprocess.Popen[str]:
    return subprocess.Popen(GRADE, cwd=course.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_of_four_who_grade_at_once_one_does(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("ada", double="while True: pass")
    first = start(tiny)
    holder = tiny.grading_lock("tiny").with_name("tiny.lock.holder")
    while not (holder.exists() and holder.read_text()):
        assert first.poll() is None
        time.sleep(0.1)
    others = [start(tiny) for _ in range(3)]
    for other in others:
        _, said = other.communicate()
        assert other.returncode == 4
        assert f"Another process is grading tiny (process {first.pid} of " in said
        assert socket.gethostname() in said
        assert "Traceback" not in said
    assert first.poll() is None

    first.send_signal(signal.SIGKILL)  # nobody has to clear up after it
    first.communicate()
    tiny.hand_in("ada", **RIGHT)
    assert run_autograder("grade", "tiny", "--workers", "1")[0] == 0


def test_the_doors_of_nbgrader_take_the_same_lock(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("ada", **RIGHT)
    kept = tiny.autograded / "ada" / "tiny" / "kept.txt"
    kept.parent.mkdir(parents=True)
    kept.touch()
    said = f"Another process is grading tiny (process {os.getpid()} of "
    button = f"""
from pathlib import Path
from autograder.course.course import Course
run = Course(Path({str(tiny.root)!r})).nbgrader().autograde("tiny", "ada", force=True)
print(run["success"], run["log"])
"""
    with held(tiny.grading_lock("tiny"), "is grading tiny"):
        words = [sys.executable, "-m", "nbgrader", "autograde", "tiny", "--force"]
        stock = subprocess.run(words, cwd=tiny.root, capture_output=True, text=True, check=False)
        pressed = subprocess.run([sys.executable, "-c", button], capture_output=True, text=True, check=True)
    assert stock.returncode != 0
    assert said in stock.stderr
    assert pressed.stdout.startswith("False")
    assert said in pressed.stdout
    assert kept.exists()


@pytest.mark.parametrize("other", ["another assignment", "collecting"])
def test_what_does_not_collide_does_not_wait(
    tiny: TinyCourse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], other: str
) -> None:
    grading = ClassWithFaults(tiny, monkeypatch, capsys)
    grading.hand_in("ada")
    path = tiny.collecting_lock if other == "collecting" else tiny.grading_lock("tiny2")
    with held(path, "is busy"):
        assert grading.grade().code == 0


def test_a_lock_names_nobody_who_has_let_it_go(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "one.lock"
    with held(path, "is one"):
        assert path.with_name("one.lock.holder").read_text().startswith(f"process {os.getpid()} of ")
    assert not path.with_name("one.lock.holder").exists()
    with held(path, "is two"):
        pass
