"""The farm: results, back-pressure, workers that die, and what is left of it after Ctrl-C or a kill."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from farm_tasks import forget, who

from autograder.errors import EnvironmentProblem
from autograder.farm.dask.clusters import Door, local
from autograder.farm.dask.farm import Farm, WorkerDied
from autograder.farm.dask.station import Left, Station, Unknown, nothing, shared

Step = Callable[[], None]
SECONDS = 60  # more than anything here takes, so that a fault does not hang the tests

SLEEPER = """
import subprocess

def sleeper(seconds, step):
    subprocess.run(["sleep", str(seconds)])
"""
SUPERVISOR = """
from sleepers import sleeper
from autograder.farm.dask.clusters import local
from autograder.farm.dask.farm import Farm

if __name__ == "__main__":
    with Farm(local(2)) as farm:
        farm.client
        print("open", flush=True)
        for _ in farm.run(sleeper, ((number, 600) for number in range(10))):
            pass
"""


def square(number: int, step: Step) -> int:
    return number * number


def refuse(number: int, step: Step) -> int:
    if number == 2:
        raise ValueError("not two")
    return number


def walk(steps: int, step: Step) -> int:
    for _ in range(steps):
        time.sleep(0.1)
        step()
    return steps


def die_once(note: str, step: Step) -> str:
    """End this process, unless it was done before."""
    if note and not Path(note).exists():
        Path(note).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def die_always(is_deadly: bool, step: Step) -> str:
    time.sleep(0.1)  # so that others are at work and waiting by then
    if is_deadly:
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def look(_: object, step: Step) -> tuple[object, set[str], str | None]:
    """Return the shared value, the modules that this process has imported, and its BLAS threads."""
    return shared("pi"), set(sys.modules), os.environ.get("OPENBLAS_NUM_THREADS")


def weigh(content: bytes, step: Step) -> bytes:
    return content[::-1]


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    with Farm(local(2)) as farm:
        yield farm


def test_every_task_gives_its_result(farm: Farm) -> None:
    assert dict(farm.run(square, ((f"task {n}", n) for n in range(50)))) == {f"task {n}": n * n for n in range(50)}
    assert not list(farm.run(square, ()))


def test_a_task_that_fails_gives_its_exception(farm: Farm) -> None:
    results = dict(farm.run(refuse, ((n, n) for n in range(5))))
    assert isinstance(results.pop(2), ValueError)
    assert results == {0: 0, 1: 1, 3: 3, 4: 4}


def test_tasks_are_taken_as_they_are_needed(farm: Farm) -> None:
    taken, done, most = 0, 0, 0

    def tasks() -> Iterator[tuple[int, int]]:
        nonlocal taken
        for number in range(100):
            taken += 1
            yield number, number

    for _ in farm.run(square, tasks()):
        most = max(most, taken - done)
        done += 1
    assert done == 100
    assert most == 6  # two for each of two workers, and two more


def test_steps_are_told_while_a_task_runs(farm: Farm) -> None:
    told: list[tuple[str, int]] = []
    assert dict(farm.run(walk, [("long", 20)], lambda key, steps: told.append((key, steps)))) == {"long": 20}
    assert {key for key, _ in told} == {"long"}
    steps = [count for _, count in told]
    assert 1 <= len(steps) <= 4
    assert steps == sorted(steps)
    assert steps[-1] <= 20


def test_workers_share_a_value_and_import_next_to_nothing(farm: Farm) -> None:
    farm.share("pi", 3.14)
    (_, result), *_ = farm.run(look, [(1, None)])
    assert not isinstance(result, Exception)
    value, modules, threads = result
    assert value == 3.14
    assert threads == "1"
    assert not modules & {"nbgrader", "nbconvert", "nbformat", "sqlalchemy", "typer", "autograder.doors.cli"}


def test_a_task_whose_worker_was_killed_runs_again(farm: Farm, tmp_path: Path) -> None:
    farm.share("pi", 3.14)
    notes = [str(tmp_path / "died"), "", "", "", "", ""]
    assert set(dict(farm.run(die_once, enumerate(notes))).values()) == {"done"}
    assert (tmp_path / "died").exists()
    results = [result for _, result in farm.run(look, ((n, None) for n in range(6)))]
    assert [result[0] for result in results if not isinstance(result, Exception)] == [3.14] * 6


def test_a_task_that_always_kills_its_worker_costs_itself_only(farm: Farm) -> None:
    results = dict(farm.run(die_always, ((number, number == 3) for number in range(12))))
    assert isinstance(results.pop(3), WorkerDied)
    assert list(results.values()) == ["done"] * 11


def test_memory_stays_flat(farm: Farm) -> None:
    """A thousand tasks carry 100 megabytes to the workers and back; none of it stays."""
    content = os.urandom(100_000)
    process = psutil.Process()

    def run(tasks: int) -> int:
        for number, result in farm.run(weigh, ((number, content) for number in range(tasks))):
            assert isinstance(result, bytes), number
        return process.memory_info().rss

    before = run(200)
    assert run(1000) - before < 20 * 2**20


def test_every_worker_is_prepared_and_closed_and_none_is_left(tmp_path: Path) -> None:
    others = set(psutil.Process().children(recursive=True))
    with Farm(local(2), Note(tmp_path, "prepared"), Note(tmp_path, "closed")) as farm:
        assert len(dict(farm.run(walk, ((n, 3) for n in range(4))))) == 4
        workers = set(psutil.Process().children(recursive=True)) - others
        assert len(list(tmp_path.glob("prepared-*"))) == 2
        assert not list(tmp_path.glob("closed-*"))
    assert len(list(tmp_path.glob("closed-*"))) == 2
    assert not [worker for worker in workers if worker.is_running() and "spawn_main" in " ".join(worker.cmdline())]


class Note:
    """Leaves a file in a folder; a function that travels by value."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name

    def __call__(self) -> None:
        """Write the number of this process."""
        (self.folder / f"{self.name}-{os.getpid()}").touch()


def test_workers_that_have_forgotten_a_run_are_asked_in_again(farm: Farm) -> None:
    farm.share("pi", 3.14)
    assert [result for _, result in farm.run(who, [(1, 0)])]
    farm.client.run(forget)
    results = [result for _, result in farm.run(look, ((n, None) for n in range(4)))]
    assert [result[0] for result in results if not isinstance(result, Exception)] == [3.14] * 4


def test_a_run_that_leaves_takes_its_task_along_and_the_last_one_everything() -> None:
    station, closed, began = Station(), list[str](), threading.Event()
    station.enter("ours", nothing, lambda: closed.append("ours"))
    station.enter("theirs", nothing, lambda: closed.append("theirs"))

    def endless(argument: str, step: Step) -> None:
        began.set()
        while True:
            time.sleep(0.01)
            step()

    def work(run: str, function: Callable[[Any, Step], object]) -> object:
        return station.work(run, function, pickle.dumps("argument"), {"pi": pickle.dumps(3.14)}, ("pi",), print)

    with ThreadPoolExecutor() as pool:
        task = pool.submit(work, "ours", endless)
        began.wait(SECONDS)
        waits = pool.submit(work, "theirs", lambda argument, step: (argument, station.kept("pi")))
        assert not waits.done(), "one task at a time"
        station.leave("ours")
        assert isinstance(task.exception(SECONDS), Left)
        assert waits.result(SECONDS) == ("argument", 3.14)
    assert closed == ["ours"], "it ends what its task waits for; the other run goes on"
    station.end_all()
    assert closed == ["ours", "theirs"]
    with pytest.raises(Unknown):
        work("theirs", endless)
    with pytest.raises(KeyError):
        station.kept("pi")


def test_a_worker_that_cannot_be_prepared_gets_nothing_and_the_others_do_all(tmp_path: Path) -> None:
    with Farm(local(2), First(tmp_path)) as farm:
        results = [result for _, result in farm.run(who, ((n, 0.2) for n in range(6)))]
    assert len(results) == 6
    assert str((tmp_path / "first").read_text()) not in map(str, results)
    with Farm(local(2), refuse_all) as farm, pytest.raises(EnvironmentProblem, match=r"^No sandbox\.$"):
        list(farm.run(who, [(1, 0)]))


def refuse_all() -> None:
    raise EnvironmentProblem("No sandbox.")


class First:
    """Refuses the first process that it is called in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self) -> None:
        """Raise, if this process is the first."""
        with contextlib.suppress(FileExistsError):
            with (self.folder / "first").open("x") as note:
                note.write(str(os.getpid()))
            raise EnvironmentProblem("No sandbox.")


def test_workers_that_cannot_start_are_one_sentence() -> None:
    def door() -> None:
        raise OSError("no room\nleft")

    with Farm(Door(door)) as farm, pytest.raises(EnvironmentProblem, match=r"cannot start \(no room left\)"):  # type: ignore[arg-type]
        list(farm.run(square, [(1, 1)]))


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Return a process that runs a farm of sleepers, as a terminal would start it: leader of its process group."""
    script = tmp_path / "supervisor.py"
    script.write_text(SUPERVISOR)
    (tmp_path / "sleepers.py").write_text(SLEEPER)
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore Ctrl-C
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return the descendants of a supervisor once both sleepers sleep."""
    deadline = time.monotonic() + SECONDS
    while True:
        found = psutil.Process(process.pid).children(recursive=True)
        if sum(child.name() == "sleep" for child in found) == 2:
            return found
        assert time.monotonic() < deadline, "the tasks did not start"
        time.sleep(0.1)


def test_ctrl_c_ends_everything_quietly(supervisor: subprocess.Popen[str]) -> None:
    children = family(supervisor)
    os.killpg(supervisor.pid, signal.SIGINT)  # what a terminal does: all of the group get it
    time.sleep(0.05)
    os.killpg(supervisor.pid, signal.SIGINT)  # and people press it twice
    _, err = supervisor.communicate(timeout=SECONDS)
    assert not psutil.wait_procs(children, timeout=5)[1]
    assert err.count("Traceback") == 1, err  # the script's own KeyboardInterrupt
    assert err.rstrip().endswith("KeyboardInterrupt"), err


def test_ctrl_c_during_the_start(supervisor: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + SECONDS
    while not (children := psutil.Process(supervisor.pid).children(recursive=True)):
        assert time.monotonic() < deadline, "no worker was started"
        time.sleep(0.01)
    os.killpg(supervisor.pid, signal.SIGINT)
    _, err = supervisor.communicate(timeout=SECONDS)
    assert not psutil.wait_procs(children, timeout=5)[1]
    assert err.count("Traceback") == 1, err


def test_ctrl_c_while_the_start_is_ordered(monkeypatch: pytest.MonkeyPatch) -> None:
    order = ThreadPoolExecutor.submit

    def interrupted(self: ThreadPoolExecutor, *words: object) -> object:
        ordered = order(self, *words)
        signal.raise_signal(signal.SIGINT)
        return ordered

    monkeypatch.setattr(ThreadPoolExecutor, "submit", interrupted)
    before = set(psutil.Process().children(recursive=True))
    with pytest.raises(KeyboardInterrupt), Farm(local(1)):
        pass
    # The process that forks workers stays until we end; its children do not.
    forked = {worker for child in psutil.Process().children() for worker in child.children(recursive=True)}
    assert not psutil.wait_procs(forked - before, timeout=10)[1]


def test_workers_end_when_the_supervisor_is_killed(supervisor: subprocess.Popen[str]) -> None:
    workers = [child for child in family(supervisor) if child.name() != "sleep"]
    sleepers = [child for child in family(supervisor) if child.name() == "sleep"]
    try:
        supervisor.kill()
        supervisor.wait(SECONDS)
        assert not psutil.wait_procs(workers, timeout=10)[1]
    finally:
        for sleeper in sleepers:  # what a task starts has to watch its worker itself, as the sandbox does
            sleeper.kill()
