"""Requests that make no sense, stopping in the middle, help: what a person meets at the command line."""

from __future__ import annotations

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
from command import run
from tiny_course import RIGHT, TinyCourse

Run = Callable[..., tuple[int, str, str]]
SECONDS = 600  # more than anything here takes on a busy machine


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("grade", "nonsense"), "no assignment called 'nonsense'"),
        (("grade", "nonsense", "--workers", "1"), "no assignment called 'nonsense'"),
        (("grade", "nonsense", "--scheduler", "tcp://127.0.0.1:1"), "no assignment called 'nonsense'"),
        (("release", "nonsense"), "Assignments there: tiny"),
        (("feedback", "nonsense"), "no assignment called"),
        (("report", "tiny"), "has been graded yet"),
        (("feedback", "tiny"), "has been graded yet"),
        (("grade", "tiny"), "Nothing to grade"),
        (("grade", "tiny", "--student", "nobody"), "for nobody"),
    ],
)
def test_a_request_that_makes_no_sense_is_one_sentence(run_autograder: Run, words: tuple[str, ...], said: str) -> None:
    code, _, err = run_autograder(*words)
    assert code == 2
    assert said in err
    assert err.startswith("autograder: ")
    assert err.count("\n") == 1


def test_commands_start_without_compiling_a_grammar() -> None:
    """From version 4.25 on, jsonschema does at each import of nbformat, for a second: see constraints.txt."""
    words = [sys.executable, "-c", "import sys, nbformat.v4; sys.exit('lark' in sys.modules)"]
    assert subprocess.run(words, check=False).returncode == 0


def test_one_unknown_student_among_known_ones_is_named(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("ada", **RIGHT)
    code, out, err = run_autograder("grade", "tiny", "--student", "ada", "--student", "adda", "--student", "ada")
    assert code == 3
    assert "1 could not be graded, 1 are graded" in err
    told = " ".join(out.split())
    assert "ada 5/5" in told
    assert "not graded: adda: adda has handed in nothing" in told
    assert "is it ada?" in told


def test_what_could_not_be_graded_always_gives_three(tiny: TinyCourse, run_autograder: Run) -> None:
    """In a process of its own, with real workers, and in this one; also when all the others are unchanged."""
    tiny.hand_in("ada", **RIGHT)
    tiny.hand_in_bytes("bob", b"{")
    (tiny.hand_in("eve", **RIGHT).parent / "timestamp.txt").write_text("soon")
    for code, _, err in (
        run(tiny.root, "autograder", "grade", "tiny", "--workers", "2"),
        run_autograder("grade", "tiny"),
        run_autograder("grade", "tiny", "--force"),
    ):
        assert (code, "2 could not be graded, 1 are graded" in err) == (3, True), err
    assert run_autograder("grade", "tiny", "--student", "ada")[0] == 0


def test_a_damaged_verdict_is_named(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("ada", **RIGHT)
    assert run_autograder("grade", "tiny")[0] == 0
    (tiny.reports / "tiny" / "verdicts" / "ada.json").write_text('{"cells"')
    code, _, err = run_autograder("report", "tiny")
    assert code == 2
    assert "ada.json cannot be read" in err
    assert "--force" in err


def test_a_wrong_option_names_the_option(run_autograder: Run) -> None:
    code, _, err = run_autograder("grade", "tiny", "--sandbox", "maybe")
    assert code == 2
    assert "--sandbox" in err


def test_a_missing_source_folder_is_one_sentence(tiny: TinyCourse, run_autograder: Run) -> None:
    shutil.rmtree(tiny.source)
    code, _, err = run_autograder("grade", "tiny")
    assert code == 2
    assert "has no source/ folder" in err


def test_outside_a_course(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "release"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "There is no course in" in done.stderr


def test_without_bubblewrap_nothing_is_graded(tiny: TinyCourse) -> None:
    tiny.hand_in("ada", **RIGHT)
    words = [sys.executable, "-m", "autograder", "grade", "tiny"]
    empty = {**os.environ, "PATH": str(tiny.root)}
    done = subprocess.run(words, cwd=tiny.root, env=empty, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "apt-get install bubblewrap" in done.stderr
    assert not tiny.gradebook.exists()


def test_sandbox_none_works_and_warns(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("ada", **RIGHT)
    code, out, err = run_autograder("grade", "tiny", "--sandbox", "none")
    assert code == 0
    assert "Warning" in err
    assert "5/5" in out


def test_every_command_explains_itself(run_autograder: Run) -> None:
    code, out, _ = run_autograder("--help")
    assert code == 0
    for command in ("vet", "release", "collect", "roster", "grade", "try", "feedback", "report", "new-course", "demo"):
        assert command in out
        assert run_autograder(command, "--help")[0] == 0


def test_ctrl_c_leaves_no_process_and_keeps_what_was_graded(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("ada", **RIGHT)
    tiny.hand_in("loop", double="while True: pass")
    grading = subprocess.Popen(
        [sys.executable, "-m", "autograder", "grade", "tiny", "--workers", "2"],
        cwd=tiny.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore Ctrl-C
    )
    deadline = time.monotonic() + SECONDS
    while not (tiny.reports / "tiny" / "verdicts" / "ada.json").exists():
        assert time.monotonic() < deadline, "ada was not graded"
        time.sleep(0.1)
    kernels = psutil.Process(grading.pid).children(recursive=True)
    assert kernels, "the endless loop should still be running"
    grading.send_signal(signal.SIGINT)
    _, err = grading.communicate(timeout=SECONDS)
    assert grading.returncode == 130
    assert "goes on from there" in err
    assert "Traceback" not in err
    assert not psutil.wait_procs(kernels, timeout=SECONDS)[1]
    assert "1 unchanged" in run_autograder("grade", "tiny", "--student", "ada")[1]


def test_a_full_disk_is_one_sentence_and_the_old_release_stays(tiny: TinyCourse, tmp_path: Path) -> None:
    """The course lies on a file system of three megabytes that only this test sees."""
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f"""
        cp -r . "{disk}/course" && cd "{disk}/course"
        "{sys.executable}" -m autograder release && cp -r release before
        cat /dev/zero > filler 2>/dev/null
        "{sys.executable}" -m autograder release; echo "exit $?"
        diff -r release before && echo "as before"
    """
    small = ["bwrap", "--dev-bind", "/", "/", "--size", str(3 * 2**20), "--tmpfs", str(disk)]
    done = subprocess.run([*small, "sh", "-c", script], cwd=tiny.root, capture_output=True, text=True, check=False)
    assert "exit 4\nas before" in done.stdout
    assert "No space left on device" in done.stderr
    assert done.stderr.count("\n") == 1
    assert "[(" not in done.stderr
