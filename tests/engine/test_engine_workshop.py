"""How a worker starts its servers and processes, and what it keeps of one that fails: nothing."""

from __future__ import annotations

import os
import resource
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from engine_cells import answer, check, extra, hidden, item, printed, visible

from autograder.engine.inside.frames import Channel, Closed
from autograder.engine.items import SandboxKind, Settings
from autograder.engine.limits import Limits, Patience
from autograder.engine.session import close, run_item
from autograder.engine.workshop import Workshop
from autograder.errors import EnvironmentProblem

NONE = Settings(sandbox=SandboxKind.none)
MANY = 1100  # descriptors, more than select() knows


@contextmanager
def many_descriptors() -> Iterator[None]:
    """Have so many files open that each new one has a number above 1,023."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * MANY:
        pytest.skip(f"this user may open {hard} files only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * MANY), hard))
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(MANY)]
    try:
        yield
    finally:
        for descriptor in opened:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def descriptors() -> set[str]:
    """Return the descriptors of this process, and what they stand for."""
    found = set()
    for path in Path("/proc/self/fd").iterdir():
        try:
            found.add(f"{path.name} {path.readlink()}")
        except OSError:
            continue  # the one that lists them
    return {name for name in found if "/proc/" not in name}


def test_a_process_with_more_descriptors_than_select_knows_can_grade() -> None:
    close()
    with many_descriptors():
        check(
            answer("def f(x):\n    return x + 1"),
            extra("f(1)"),
            visible("assert f(1) == 2"),
            hidden("assert f(2) == 3"),
        )
        close()


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Put a program called bwrap first on the path."""
    program = folder / "bwrap"
    program.write_text(f"#!{sys.executable}\n{text}")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_a_server_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "import time\ntime.sleep(10**6)")
    before = descriptors()
    with pytest.raises(EnvironmentProblem, match="it did not answer within"):
        Workshop(SandboxKind.bwrap, None, Limits(patience=Patience(ready=0.5, end=0.1)))
    assert descriptors() <= before


def test_a_server_that_says_why_it_cannot_start_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "import sys\nsys.exit('bwrap: no namespaces here')")
    before = descriptors()
    with pytest.raises(EnvironmentProblem, match="no namespaces here"):
        Workshop(SandboxKind.bwrap, None)
    assert descriptors() <= before


def test_a_program_that_cannot_be_started_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bwrap").write_bytes(b"\x7fELF is not enough")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    before = descriptors()
    with pytest.raises(OSError, match="Exec format"):
        Workshop(SandboxKind.bwrap, None)
    assert descriptors() <= before


def test_a_process_that_cannot_be_sent_its_files_leaves_nothing() -> None:
    workshop = Workshop(SandboxKind.bwrap, None)
    try:
        before = descriptors()
        too_much = [("file", bytes(1))] * 100_001
        with pytest.raises(Exception, match="larger than what may be handed"):
            workshop._spawn("student", too_much)
        assert descriptors() <= before
        ours, theirs = socket.socketpair()
        ours.close()
        theirs.close()
        workshop.control.sock.shutdown(socket.SHUT_RDWR)
        with pytest.raises(Closed):
            workshop._spawn("student", [])
        assert descriptors() <= before
    finally:
        workshop.close()


def test_a_frame_is_sent_even_if_its_reader_closes_at_once() -> None:
    for _ in range(300):
        ours, theirs = socket.socketpair()

        def read_and_close(end: socket.socket = theirs) -> None:
            _, _, (descriptor,) = Channel(end).receive_with_descriptors()
            end.close()
            os.close(descriptor)

        reader = threading.Thread(target=read_and_close)
        reader.start()
        with ours:
            Channel(ours).send({"op": "turn"}, descriptors=(0,))
        reader.join()


def test_threads_share_a_workshop() -> None:
    found: list[str] = []
    work = item(extra("print('here')"), answer("def f(): return 1"), hidden("assert f() == 1"))
    threads = [threading.Thread(target=lambda: found.append(printed(run_item(work, NONE).cells[0]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["here"] * 4


def test_limits_that_change_a_grade_belong_to_what_it_depends_on() -> None:
    usual = Limits()
    assert Limits(patience=Patience(hello=1)).for_grades() == usual.for_grades()
    assert Limits(memory=1).for_grades() != usual.for_grades()
    assert Limits(notebook_seconds=1).for_grades() != usual.for_grades()
