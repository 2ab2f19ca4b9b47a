"""What every pool promises: answers, back-pressure, workers that fail or die, and nothing that is left behind."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import dask
import farm_tasks as tasks
import psutil
import pytest
from class_with_faults import ClassWithFaults
from distributed import LocalCluster
from farm_tasks import Note, NotTheFirst, Trouble, Unless, wait_for
from tiny_course import RIGHT, TinyCourse

from autograder.engine.items import Settings
from autograder.errors import EnvironmentProblem, SubmissionError, UsageError
from autograder.farm.dask.clusters import Patience, cluster
from autograder.farm.dask.farm import ClusterPool
from autograder.farm.forkserver import ForkServer
from autograder.farm.inline import Inline
from autograder.farm.pool import Duty, Pool, results_of
from autograder.farm.processes import Processes
from autograder.farm.tasks import TaskFailed, WorkerDied
from autograder.runs import errand

SECONDS = 120  # more than anything here takes, so that a fault does not hang the tests
PATIENT = Patience(reach=SECONDS, answer=SECONDS, join=SECONDS, after_refusal=0, silent=SECONDS)
CONNECTING = 30  # for so many seconds Dask tries to reach a worker that is not there
Open = Callable[..., Pool[Any, Any]]

SLEEPER = """
import subprocess

def sleeper(seconds, worker):
    subprocess.run(["sleep", str(seconds)])
"""
SUPERVISOR = """
from sleepers import sleeper
from autograder.farm.pool import Duty, results_of
from autograder.farm.processes import Processes

if __name__ == "__main__":
    with Processes(Duty(sleeper), 2) as pool:
        for _ in results_of(pool, ((str(number), 600) for number in range(10))):
            pass
"""


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a cluster of two workers, which are started again when they die."""
    folder = str(tmp_path_factory.mktemp("dask"))
    options = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "silence_logs": 50, "memory_limit": 0}
    # Else the cluster gives up a worker that dies again within seconds.
    keep = dask.config.set({"distributed.deploy.lost-worker-timeout": "1 hour"})
    with keep, LocalCluster(n_workers=2, processes=True, host="127.0.0.1", local_directory=folder, **options) as there:
        yield there.scheduler_address


@pytest.fixture(params=["inline", "processes", "dask"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=["processes", "dask"])
def apart(request: pytest.FixtureRequest) -> str:
    """Return a kind of pool whose workers are other processes."""
    return request.param


@pytest.fixture
def pool_of(request: pytest.FixtureRequest) -> Callable[..., Pool[Any, Any]]:
    """Return a function that makes a pool of a kind, with two workers if it has any, and its duty."""

    def make(kind: str, *duty: Any) -> Pool[Any, Any]:
        if kind == "inline":
            return Inline(Duty(*duty))
        if kind == "processes":
            return Processes(Duty(*duty), 2)
        address = request.getfixturevalue("scheduler")
        return ClusterPool(cluster(address, PATIENT), Duty(*duty))

    return make


def named(*all_tasks: Any) -> Iterator[tuple[str, Any]]:
    return ((f"task {number}", task) for number, task in enumerate(all_tasks))


def test_every_task_is_answered(pool_of: Open, kind: str) -> None:
    with pool_of(kind, tasks.square) as pool:
        assert dict(results_of(pool, named(*range(50)))) == {f"task {n}": n * n for n in range(50)}
        assert not list(pool.results())
        pool.submit("one more", 7)
        answers = pool.results()
        assert next(answers) == ("one more", 49)
        pool.submit("and another", 8)
        assert list(answers) == [("and another", 64)]


def test_tasks_are_taken_as_they_are_needed(pool_of: Open, kind: str) -> None:
    taken, done, most = 0, 0, 0

    def all_tasks() -> Iterator[tuple[str, int]]:
        nonlocal taken
        for number in range(100):
            taken += 1
            yield str(number), number

    with pool_of(kind, tasks.square) as pool:
        for _ in results_of(pool, all_tasks()):
            most = max(most, taken - done)
            done += 1
    assert done == 100
    assert most == (1 if kind == "inline" else 6), "two for each of two workers, and two more"


def test_steps_are_told_now_and_then(pool_of: Open, kind: str) -> None:
    told: list[tuple[str, int]] = []
    with pool_of(kind, tasks.walk) as pool:
        ((_, seconds),) = results_of(pool, named(200), lambda key, steps: told.append((key, steps)))
    assert {key for key, _ in told} == {"task 0"}
    steps = [count for _, count in told]
    assert steps == sorted(set(steps))
    assert steps[-1] <= 200
    assert kind == "inline" or len(steps) <= seconds / 0.5


def test_workers_share_values_and_folders(pool_of: Open, kind: str, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("a text")
    with pool_of(kind, tasks.look) as pool:
        pool.share("pi", 3.14)
        pool.share_folder("folder", tmp_path)
        ((_, found),) = results_of(pool, named(None))
    assert found[:2] == (3.14, "a text")


def test_workers_of_this_machine_get_and_import_next_to_nothing(
    pool_of: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "password")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "8")
    (tmp_path / "text").touch()
    with pool_of("processes", tasks.look) as pool:
        pool.share("pi", 3.14)
        pool.share_folder("folder", tmp_path)
        ((_, (_, _, modules, environment)),) = results_of(pool, named(None))
    assert "A_SECRET" not in environment
    assert environment["OPENBLAS_NUM_THREADS"] == environment["OMP_NUM_THREADS"] == "1"
    assert not modules & {"nbgrader", "nbconvert", "nbformat", "sqlalchemy", "typer", "pytest", "autograder.doors.cli"}


@pytest.mark.parametrize("trouble", ["memory", "value", "odd", "machine"])
def test_a_task_that_fails_once_is_done_by_another_worker(
    pool_of: Open, kind: str, trouble: str, tmp_path: Path
) -> None:
    task = Trouble(trouble, tmp_path, 1)
    with pool_of(kind, tasks.suffer, Note(tmp_path, "prepared")) as pool:
        assert [answer for _, answer in results_of(pool, named(task))] == ["done"]


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("memory", "OSError: [Errno 12] Cannot allocate memory"),
        ("value", "ValueError: not two"),
        ("odd", "_Odd: onetwo"),
        ("machine", "No sandbox."),
    ],
)
def test_a_task_that_always_fails_is_named_and_costs_itself_only(
    pool_of: Open, kind: str, trouble: str, said: str, tmp_path: Path
) -> None:
    good, bad = Trouble("value", tmp_path / "good", 0), Trouble(trouble, tmp_path, 99)
    with pool_of(kind, tasks.suffer) as pool:
        answers = dict(results_of(pool, named(good, good, bad, good, good, good)))
    failed = answers.pop("task 2")
    assert isinstance(failed, TaskFailed)
    assert str(failed) == said
    assert "in suffer" in failed.__notes__[0], "the worker's traceback"
    assert list(answers.values()) == ["done"] * 5
    begun = bad.begun()
    assert len(begun) == 3
    assert kind == "inline" or len(set(begun)) >= 2, "another worker has tried it, too"


def test_a_submission_that_cannot_be_graded_is_an_answer_at_once(pool_of: Open, kind: str, tmp_path: Path) -> None:
    task = Trouble("submission", tmp_path, 99)
    with pool_of(kind, tasks.suffer) as pool:
        ((_, answer),) = results_of(pool, named(task))
    assert isinstance(answer, SubmissionError)
    assert str(answer) == "It is too long."
    assert len(task.begun()) == 1


def test_a_result_that_cannot_travel_is_a_failure(pool_of: Open, apart: str) -> None:
    with pool_of(apart, tasks.unspeakable) as pool:
        ((_, answer),) = results_of(pool, named(None))
    assert isinstance(answer, TaskFailed)


def test_a_task_whose_worker_was_killed_runs_again(pool_of: Open, apart: str, tmp_path: Path) -> None:
    bad, good = Trouble("kill", tmp_path, 1), Trouble("value", tmp_path / "good", 0)
    with pool_of(apart, tasks.suffer) as pool:
        assert [answer for _, answer in results_of(pool, named(bad, *[good] * 5))] == ["done"] * 6
    assert len(bad.begun()) == 1


def test_a_task_that_always_kills_its_worker_costs_itself_only(pool_of: Open, apart: str, tmp_path: Path) -> None:
    bad, good = Trouble("kill", tmp_path, 99), Trouble("value", tmp_path / "good", 0)
    with pool_of(apart, tasks.suffer) as pool:
        answers = dict(results_of(pool, named(*[good] * 3, bad, *[good] * 8)))
    assert isinstance(answers.pop("task 3"), WorkerDied)
    assert list(answers.values()) == ["done"] * 11
    assert len(bad.begun()) == 3


def test_a_student_whose_work_kills_three_workers_is_named_and_the_others_are_graded(
    pool_of: Open,
    apart: str,
    tiny: TinyCourse,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for student in ("ada", "zoe"):
        tiny.hand_in(student, **RIGHT)
    tiny.hand_in("bob", double=f"{tasks.DEADLY}\n{RIGHT['double']}", square=RIGHT["square"])
    pool = pool_of(apart, tasks.grade_or_die, partial(errand.prepare, Settings()), errand.close)
    done = ClassWithFaults(tiny, monkeypatch, capsys).grade_with(pool)
    assert (done.code, done.graded) == (3, {"ada", "zoe"}), done.err
    assert done.named == {"bob": "bob could not be run (each worker process that took it up died)."}
    assert "1 could not be graded, 2 are graded" in done.err


def test_leaving_does_not_wait_for_a_worker_that_has_died(scheduler: str) -> None:
    with ClusterPool(cluster(scheduler, PATIENT), Duty(tasks.who)) as pool:
        ((_, worker),) = results_of(pool, named(0))
        there = set(pool.client.nthreads())
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: there - set(pool.client.nthreads()))
        start = time.monotonic()
    assert time.monotonic() - start < CONNECTING / 2


def test_what_is_shared_reaches_workers_that_come_later(pool_of: Open, apart: str, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("a text")
    with pool_of(apart, tasks.look) as pool:
        pool.share("pi", 3.14)
        pool.share_folder("folder", tmp_path)
        answers = []
        for _, answer in results_of(pool, named(*[None] * 12)):
            answers.append(answer[:2])
            if len(answers) == 3 and apart == "processes":
                for worker in psutil.Process().children(recursive=True):
                    with contextlib.suppress(psutil.NoSuchProcess):  # it has ended with another
                        if "autograder.farm.forkserver" in " ".join(worker.cmdline()):
                            worker.kill()  # the workers, or all of them with the process that they are forked from
    assert answers == [(3.14, "a text")] * 12


def test_a_worker_that_cannot_be_prepared_gets_nothing_and_the_others_do_all(
    pool_of: Open, apart: str, tmp_path: Path
) -> None:
    note = tmp_path / "first"
    with pool_of(apart, tasks.who, NotTheFirst(note)) as pool:
        answers = [answer for _, answer in results_of(pool, named(*[0] * 6))]
    assert len(answers) == 6
    assert note.read_text() not in map(str, answers)


def test_without_any_worker_the_run_ends_with_the_reason(pool_of: Open, kind: str) -> None:
    with pool_of(kind, tasks.who, tasks.refuse) as pool, pytest.raises(EnvironmentProblem, match=r"No sandbox\.$"):
        list(results_of(pool, named(0, 0)))


def test_a_machine_that_breaks_during_a_run_ends_it(pool_of: Open, kind: str, tmp_path: Path) -> None:
    good, bad = Trouble("value", tmp_path / "good", 0), Trouble("machine", tmp_path, 99)
    with pool_of(kind, tasks.suffer, Unless(tmp_path / "broken")) as pool:
        assert [answer for _, answer in results_of(pool, named(good))] == ["done"]
        (tmp_path / "broken").touch()
        with pytest.raises(EnvironmentProblem, match=r"No sandbox\.$"):
            list(results_of(pool, named(*[bad] * 9)))


def test_workers_that_die_while_they_start_are_one_sentence(pool_of: Open) -> None:
    with pool_of("processes", tasks.who, tasks.die) as pool, pytest.raises(EnvironmentProblem, match="cannot start"):
        list(results_of(pool, named(0)))
    with (
        Processes(Duty(tasks.who), 1, ("no_such_module",)) as lost,
        pytest.raises(
            EnvironmentProblem, match=r"cannot start \(ModuleNotFoundError: No module named 'no_such_module'\)"
        ),
    ):
        list(results_of(lost, named(0)))


def test_memory_stays_flat(pool_of: Open) -> None:
    """A thousand tasks carry 100 megabytes to the workers and back; none of it stays.

    Not tried with Dask: its scheduler, which keeps a diary of all tasks, is in this process here.
    """
    content = os.urandom(100_000)
    process = psutil.Process()

    with pool_of("processes", tasks.weigh) as pool:

        def run(number: int) -> int:
            for key, result in results_of(pool, named(*[content] * number)):
                assert isinstance(result, bytes), key
            gc.collect()
            return process.memory_info().rss

        before = run(200)
        assert run(1000) - before < 20 * 2**20


def test_every_worker_is_prepared_and_closed_and_none_is_left(pool_of: Open, tmp_path: Path) -> None:
    others = set(psutil.Process().children(recursive=True))
    with pool_of("processes", tasks.meet, Note(tmp_path, "prepared"), Note(tmp_path, "closed")) as pool:
        assert len(dict(results_of(pool, named(*[tmp_path] * 4)))) == 4
        workers = set(psutil.Process().children(recursive=True)) - others
        assert len(list(tmp_path.glob("prepared-*"))) == 2
        assert not list(tmp_path.glob("closed-*"))
    assert not [worker for worker in workers if worker.is_running()]
    assert len(list(tmp_path.glob("closed-*"))) >= 1


def test_grading_on_this_machine_imports_nothing_of_dask() -> None:
    code = "import sys, autograder.doors.cli, autograder.runs.start, autograder.runs.run; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "autograder.farm.processes" in modules
    assert not [name for name in modules if name.partition(".")[0] in ("dask", "distributed")]


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Return a process that has a pool of sleepers, as a terminal would start it: leader of its process group."""
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


def family(process: subprocess.Popen[str]) -> tuple[list[psutil.Process], list[psutil.Process]]:
    """Return the workers of a supervisor, and what they have started, once both sleepers sleep."""
    found: list[psutil.Process] = []

    def both_sleep() -> bool:
        found[:] = psutil.Process(process.pid).children(recursive=True)
        return sum(child.name() == "sleep" for child in found) == 2

    wait_for(both_sleep)
    return [child for child in found if child.name() != "sleep"], [child for child in found if child.name() == "sleep"]


def test_ctrl_c_ends_everything_quietly(supervisor: subprocess.Popen[str]) -> None:
    workers, sleepers = family(supervisor)
    os.killpg(supervisor.pid, signal.SIGINT)  # what a terminal does: all of the group get it
    time.sleep(0.05)
    os.killpg(supervisor.pid, signal.SIGINT)  # and people press it twice
    _, err = supervisor.communicate(timeout=SECONDS)
    assert not psutil.wait_procs([*workers, *sleepers], timeout=SECONDS)[1]
    assert err.count("Traceback") == 1, err  # the script's own KeyboardInterrupt
    assert err.rstrip().endswith("KeyboardInterrupt"), err


def test_ctrl_c_during_the_start(supervisor: subprocess.Popen[str]) -> None:
    children: list[psutil.Process] = []

    def has_begun() -> bool:
        children[:] = psutil.Process(supervisor.pid).children(recursive=True)
        return bool(children)

    wait_for(has_begun, every=0.01)
    os.killpg(supervisor.pid, signal.SIGINT)
    _, err = supervisor.communicate(timeout=SECONDS)
    assert not psutil.wait_procs(children, timeout=SECONDS)[1]
    assert err.count("Traceback") == 1, err


def test_ctrl_c_while_the_start_is_ordered(monkeypatch: pytest.MonkeyPatch) -> None:
    order = ForkServer.fork

    def interrupted(self: ForkServer) -> object:
        ordered = order(self)
        signal.raise_signal(signal.SIGINT)
        return ordered

    monkeypatch.setattr(ForkServer, "fork", interrupted)
    before = set(psutil.Process().children(recursive=True))
    with pytest.raises(KeyboardInterrupt), Processes(Duty(tasks.square), 2):
        pass
    assert not set(psutil.Process().children(recursive=True)) - before


def test_a_duty_is_found_out_while_the_modules_are_imported() -> None:
    """To read a course's configuration takes as long, and workers are told of it."""
    before = set(psutil.Process().children(recursive=True))

    def found_out() -> Duty[int, int]:
        assert set(psutil.Process().children(recursive=True)) - before  # the fork server imports
        return Duty(tasks.square)

    with Processes(found_out, 1) as pool:
        assert list(results_of(pool, [("three", 3)])) == [("three", 9)]


def test_a_duty_that_cannot_be_found_out_leaves_no_process() -> None:
    def fails() -> Duty[int, int]:
        raise UsageError("nbgrader_config.py cannot be loaded")

    before = set(psutil.Process().children(recursive=True))
    with pytest.raises(UsageError, match="cannot be loaded"), Processes(fails, 1):
        pass
    assert not set(psutil.Process().children(recursive=True)) - before


def test_workers_end_when_the_supervisor_is_killed(supervisor: subprocess.Popen[str]) -> None:
    workers, sleepers = family(supervisor)
    supervisor.kill()
    supervisor.wait(SECONDS)
    assert not psutil.wait_procs([*workers, *sleepers], timeout=SECONDS)[1]


@pytest.mark.parametrize(("submitted", "started"), [(1, 1), (2, 2), (9, 3)])
def test_no_more_workers_start_than_there_are_tasks(tmp_path: Path, submitted: int, started: int) -> None:
    with Processes(Duty(tasks.who, Note(tmp_path, "prepared")), 3) as pool:
        processes = set(dict(results_of(pool, named(*[0.5] * submitted))).values())
        assert processes
        assert len(list(tmp_path.glob("prepared-*"))) == started
