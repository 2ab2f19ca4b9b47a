"""Grading on a cluster that is not ours: real schedulers and workers in processes of their own."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import dask
import psutil
import pytest
from distributed import Client, LocalCluster
from distributed.security import Security
from farm_tasks import Arrival, answer_that_runs, forget, wait_for, who
from graded_here import grade_here
from tiny_course import RIGHT, TinyCourse

import autograder
from autograder.engine.items import Settings
from autograder.errors import EnvironmentProblem, UsageError
from autograder.farm.dask.clusters import Patience, cluster
from autograder.farm.dask.farm import ClusterPool
from autograder.farm.dask.station import Left, Station, Unknown
from autograder.farm.pool import Duty, Worker, nothing, results_of

TASKS = str(Path(__file__).parent)  # where workers find `farm_tasks`
SECONDS = 120  # more than anything here takes, so that a fault does not hang the tests


PATIENT = Patience(reach=SECONDS, answer=SECONDS, join=SECONDS, silent=SECONDS)
NO_PACKAGE = "raise ModuleNotFoundError('No module named autograder', name='autograder')"
PROGRAM = ("-m", "dask")


class Elsewhere:
    """A Dask cluster as somebody else would run it; its workers keep their files below `folder`.

    Its scheduler does without our package.
    """

    def __init__(self, folder: Path, *tls: str, program: tuple[str, ...] = PROGRAM) -> None:
        folder.mkdir()
        (folder / "none").mkdir()
        (folder / "none" / "autograder.py").write_text(NO_PACKAGE)
        self.folder, self.tls, self.program = folder, tls, program
        self.processes: list[subprocess.Popen[bytes]] = []
        note = folder / "scheduler.json"
        protocol = ["--protocol", "tls"] if tls else []
        words = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(note), *protocol]
        self._start("scheduler", *words, **self.without_package())
        wait_for(note.exists)
        self.address = str(json.loads(note.read_text())["address"])

    def worker(self, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker; it joins when it is ready."""
        common = ["--no-nanny", "--no-dashboard", "--nworkers", "1", "--local-directory", str(self.folder)]
        threads = [] if "--nthreads" in words else ["--nthreads", "1"]
        return self._start("worker", self.address, *common, *threads, *words, **environment)

    def without_package(self) -> dict[str, str]:
        """Return the environment of a process in which our package is not installed."""
        return {"PYTHONPATH": str(self.folder / "none")}

    def _start(self, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        found = filter(None, [os.environ.get("PYTHONPATH")])
        log = (self.folder / f"{words[0]}-{len(self.processes)}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, *self.program, *words, *self.tls],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([TASKS, *found]), **environment},
            stdout=log,
            stderr=log,
        )
        self.processes.append(process)
        return process

    def close(self) -> None:
        """End all of it, the workers first."""
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    """Return a cluster without workers; each test starts those that it needs."""
    found = Elsewhere(tmp_path_factory.mktemp("somewhere") / "else")
    yield found
    found.close()


@pytest.fixture
def workers(elsewhere: Elsewhere) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Return a function that starts a worker, waits for it, and ends it after the test."""
    started: list[subprocess.Popen[bytes]] = []

    with Client(elsewhere.address, set_as_default=False) as client:

        def start(*words: str, wait: bool = True, **environment: str) -> subprocess.Popen[bytes]:
            started.append(elsewhere.worker(*words, **environment))
            if wait:
                client.wait_for_workers(len(started), timeout=SECONDS)
            return started[-1]

        yield start
        for process in started:
            process.terminate()
        for process in started:
            process.wait(SECONDS)
        wait_for(lambda: not client.nthreads())


def without_bwrap(folder: Path) -> dict[str, str]:
    """Return the environment of a worker that does not find bubblewrap."""
    return {"PATH": str(folder)}


def grade(course: TinyCourse, address: str, *words: str) -> subprocess.Popen[str]:
    """Start grading on a cluster, as a terminal would."""
    return subprocess.Popen(
        [sys.executable, "-m", "autograder", "grade", "tiny", *(("--scheduler", address) if address else ()), *words],
        cwd=course.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore Ctrl-C
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for a command; return its exit code, stdout and stderr."""
    out, err = process.communicate(timeout=SECONDS)
    print(out, err, sep="\n")  # pytest shows it when the test fails
    return process.returncode, out, err


def verdicts(course: TinyCourse) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (course.reports / "tiny" / "verdicts").glob("*.json")}


def executed(address: str) -> list[int]:
    """Return how many tasks each worker has done."""
    with Client(address, set_as_default=False) as client:
        return sorted(client.run(lambda dask_worker: dask_worker.state.executed_count).values())


def left_on(address: str) -> list[object]:
    """Return all that a run could have left on a cluster."""

    def on_scheduler(dask_scheduler: Any) -> list[object]:
        plugins = [name for name in dask_scheduler.worker_plugins if "autograder" in name]
        return [*map(str, dask_scheduler.tasks), *plugins]

    def on_worker(dask_worker: Any) -> list[object]:
        children = [
            child.name() for child in psutil.Process().children(recursive=True) if "resource" not in child.name()
        ]
        folders = [path.name for path in Path(dask_worker.local_directory).rglob("autograder-*")]
        return [*map(str, dask_worker.data), *map(str, dask_worker.state.tasks), *children, *folders]

    with Client(address, set_as_default=False) as client:
        found = client.run(on_worker).values()
        return [*client.run_on_scheduler(on_scheduler), *(thing for things in found for thing in things)]


READS_DATA = """import os
from pathlib import Path
def double(x):
    data = Path(os.environ["DIGITS_DATA"])
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1", "threads"
    assert str(data) == "/data" and not os.access(data / "factor", os.W_OK), "data"
    return int((data / "factor").read_text()) * int((data / "more" / "one").read_text()) * x"""


def test_two_graders_on_one_cluster_write_the_same_verdicts_as_at_home(
    tiny: TinyCourse, tmp_path: Path, elsewhere: Elsewhere, workers: Callable[..., object]
) -> None:
    data = tmp_path / "data"
    (data / "more").mkdir(parents=True)
    (data / "factor").write_text("2")
    (data / "more" / "one").write_text("1")
    tiny.hand_in("ada", double=READS_DATA, square=RIGHT["square"])
    tiny.hand_in("bob", double="def double(x):\n    return 3 * x", square=READS_DATA)
    tiny.hand_in("cleo", double="def double(x):\n    raise ValueError(x)", square=RIGHT["square"])
    tiny.hand_in("dan")
    tiny.hand_in_bytes("eve", b"no notebook")
    other = TinyCourse(shutil.copytree(tiny.root, tmp_path / "another course"))
    home, alone, here = (TinyCourse(shutil.copytree(tiny.root, tmp_path / name)) for name in ("home", "alone", "here"))
    workers("--nthreads", "3", OMP_NUM_THREADS="8", OPENBLAS_NUM_THREADS="8")
    workers(**without_bwrap(tmp_path))

    words = ("--data", str(data), "--seconds", "2")
    runs = [grade(tiny, elsewhere.address, *words), grade(other, elsewhere.address, *words)]
    runs += [grade(home, "", *words, "--workers", "3"), grade(alone, "", *words, "--workers", "1")]
    for code, out, err in map(ended, runs):
        assert code == 3, err
        assert "1 could not be graded, 4 are graded" in err
        assert "Traceback" not in out + err
    assert set(verdicts(home)) == {"ada.json", "bob.json", "cleo.json", "dan.json"}
    assert set(grade_here(here, settings=Settings(data=data, seconds=2)).problems) == {"eve"}
    assert verdicts(tiny) == verdicts(other) == verdicts(home) == verdicts(alone) == verdicts(here)
    assert json.loads(verdicts(tiny)["ada.json"])["score"] == 5
    assert executed(elsewhere.address) == [2, 12], "two entries, eight submissions, twice the solution"
    assert left_on(elsewhere.address) == []


def test_the_sentences_on_workers_that_get_nothing(
    tiny: TinyCourse, tmp_path: Path, elsewhere: Elsewhere, workers: Callable[..., object]
) -> None:
    tiny.hand_in("ada", **RIGHT)
    old = tmp_path / "old"
    shutil.copytree(Path(autograder.__file__).parent, old / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
    session = old / "autograder" / "engine" / "session.py"
    session.write_text(session.read_text() + "\n")
    workers(wait=False, **without_bwrap(tmp_path))
    workers(wait=False, PYTHONPATH=str(old))
    workers(**elsewhere.without_package())

    code, out, err = ended(grade(tiny, elsewhere.address))
    assert code == 4
    assert err.count("\n") == 1
    assert f"No worker at {elsewhere.address} can grade, so grading has ended." in err
    refused = [line for line in out.splitlines() if line.startswith("The worker tcp://127.0.0.1:")]
    assert len(refused) == 3
    assert (
        sum("gets no work. The sandbox program bubblewrap is not installed. Install it" in line for line in refused)
        == 1
    )
    assert sum("the engine's content is" in line and "there" in line for line in refused) == 1
    assert sum("The package autograder is not installed there" in line for line in refused) == 1
    assert executed(elsewhere.address) == [1, 1, 1]
    assert left_on(elsewhere.address) == []


def test_a_worker_dies_and_another_joins(
    tmp_path: Path, elsewhere: Elsewhere, workers: Callable[..., subprocess.Popen[bytes]]
) -> None:
    first = workers()
    note = tmp_path / "arrivals"
    told: list[str] = []
    results: list[object] = []

    def tasks() -> Iterator[tuple[str, float]]:
        """Yield tasks until three workers have done some, however long that takes."""
        deadline = time.monotonic() + SECONDS
        while len(set(results)) < 3 and time.monotonic() < deadline:
            yield "one more", 0.1

    with ClusterPool(cluster(elsewhere.address, PATIENT), Duty(who), tell=told.append) as pool:
        pool.share("something", Arrival(note))
        for _, result in results_of(pool, tasks()):
            results.append(result)
            if len(results) == 2:
                workers("--nthreads", "2")
            if len(results) == 6:
                first.kill()  # with the only copy of what is shared, perhaps
            if len(results) == 8:
                workers(wait=False)
    assert set(map(type, results)) == {int}
    assert len(set(results)) == 3
    arrivals = note.read_text().split()
    assert sorted(arrivals) == sorted(set(arrivals)) == sorted(map(str, set(results))), "once for each worker"
    assert not told
    assert left_on(elsewhere.address) == []


def test_ctrl_c_leaves_the_cluster_clean_and_usable(
    tiny: TinyCourse, elsewhere: Elsewhere, workers: Callable[..., object]
) -> None:
    workers()
    for student in ("ada", "bob", "cleo"):
        tiny.hand_in(student, double="import time\ntime.sleep(600)\ndef double(x):\n    return 2 * x")
    run = grade(tiny, elsewhere.address)
    wait_for(lambda: "bwrap" in left_on(elsewhere.address), every=1)
    time.sleep(1)  # it sleeps in its first cell by then
    os.killpg(run.pid, signal.SIGINT)
    time.sleep(0.1)
    os.killpg(run.pid, signal.SIGINT)  # people press it twice
    code, _, err = ended(run)  # long before the cell's own limit of three minutes
    assert code == 130, err
    assert err.count("\n") == 1
    wait_for(lambda: left_on(elsewhere.address) == [], every=0.5)
    tiny.hand_in("ada", **RIGHT)
    assert ended(grade(tiny, elsewhere.address, "--student", "ada"))[0] == 0
    assert left_on(elsewhere.address) == []


def test_a_cluster_that_grows_when_it_is_asked(tmp_path: Path) -> None:
    options = {"processes": True, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "silence_logs": 50}
    with LocalCluster(n_workers=0, host="127.0.0.1", local_directory=str(tmp_path), **options) as there:
        there.adapt(minimum=0, maximum=2, interval="200ms", target_duration="200ms")
        results: set[object] = set()

        def tasks() -> Iterator[tuple[str, float]]:
            """Yield tasks until it has grown, however long that takes."""
            deadline = time.monotonic() + SECONDS
            while len(results) < 2 and time.monotonic() < deadline:
                yield "one more", 0.1

        with ClusterPool(cluster(there.scheduler_address, PATIENT), Duty(who)) as pool:
            for _, result in results_of(pool, tasks()):
                results.add(result)
    assert len(results) == 2, "it grows from nothing to all that it may be"


def test_a_cluster_over_tls(tmp_path: Path) -> None:
    files = files_of(Security.temporary())
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    there = Elsewhere(tmp_path / "there", *(word for name in files for word in (f"--tls-{name}", str(tmp_path / name))))
    try:
        there.worker()
        assert there.address.startswith("tls://")
        door = cluster(there.address, PATIENT)
        with ClusterPool(door, Duty(who)) as pool, pytest.raises(EnvironmentProblem, match="TLS__CA_FILE"):
            list(results_of(pool, [("1", 0)]))
        client = {"cert": str(tmp_path / "cert"), "key": str(tmp_path / "key")}
        settings = {"distributed.comm.tls.ca-file": str(tmp_path / "ca-file"), "distributed.comm.tls.client": client}
        with dask.config.set(settings), ClusterPool(door, Duty(who)) as pool:
            pool.share("something", "a value")
            assert all(isinstance(result, int) for _, result in results_of(pool, [(str(n), 0) for n in range(3)]))
        hasty = cluster(there.address, replace(PATIENT, reach=5))
        for name, content in files_of(Security.temporary()).items():  # somebody's who has made them alone
            (tmp_path / name).write_text(content)
        with dask.config.set(settings), pytest.raises(EnvironmentProblem, match="cannot be reached"), hasty.open():
            pass
    finally:
        there.close()


def files_of(made: Security) -> dict[str, str]:
    """Return certificates and a key by the names that Dask's settings have for their files."""
    return {"ca-file": made.tls_ca_file, "cert": made.tls_client_cert, "key": made.tls_client_key}


CALLS_HOME = """def double(x):
    import socket
    try:
        socket.create_connection(({host!r}, {port}), timeout=5)
    except OSError:
        return 2 * x
    raise AssertionError("the scheduler answers")"""


def test_a_students_code_on_a_worker_does_not_reach_the_scheduler(
    tiny: TinyCourse, elsewhere: Elsewhere, workers: Callable[..., object]
) -> None:
    workers()
    host, _, port = elsewhere.address.removeprefix("tcp://").rpartition(":")
    socket.create_connection((host, int(port)), timeout=SECONDS).close()  # from outside, everybody does
    tiny.hand_in("ada", double=CALLS_HOME.format(host=host, port=port), square=RIGHT["square"])
    assert ended(grade(tiny, elsewhere.address))[0] == 0
    assert json.loads(verdicts(tiny)["ada.json"])["score"] == 5


def test_whoever_runs_the_workers_can_run_programs_where_the_grader_runs(
    tmp_path: Path, elsewhere: Elsewhere, workers: Callable[..., object]
) -> None:
    """SECURITY.md says so, and asks to use no cluster that one would not trust with the gradebook."""
    workers()
    with ClusterPool(cluster(elsewhere.address, PATIENT), Duty(answer_that_runs)) as pool:
        list(results_of(pool, [("1", str(tmp_path / "written"))]))
    assert (tmp_path / "written").read_text() == str(os.getpid())


def test_nobody_answers(tiny: TinyCourse) -> None:
    tiny.hand_in("ada", **RIGHT)
    with socket.create_server(("127.0.0.1", 0)) as silent, socket.create_server(("127.0.0.1", 0)) as free:
        web = HTTPServer(("127.0.0.1", 0), _Silent)
        threading.Thread(target=web.serve_forever, daemon=True).start()
        closed = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        free.close()
        run, started = grade(tiny, closed), time.monotonic()
        others = [f"tcp://127.0.0.1:{port}" for port in (silent.getsockname()[1], web.server_port)]
        with ThreadPoolExecutor() as pool:
            said = list(pool.map(why_not, others))
        assert time.monotonic() - started < SECONDS
        web.shutdown()
        web.server_close()
    code, out, err = ended(run)
    assert code == 4
    assert err.count("\n") == 1
    assert "Traceback" not in out + err
    for address, sentence in zip([closed, *others], [err, *said], strict=True):
        assert f"The scheduler {address} cannot be reached" in sentence


def test_a_scheduler_of_another_version(tmp_path: Path) -> None:
    code = (
        "import importlib.metadata as metadata; found = metadata.version; "
        "metadata.version = lambda name: '2020.1.0' if name == 'distributed' else found(name); "
        "from dask.__main__ import main; main()"
    )
    there = Elsewhere(tmp_path / "there", program=("-c", code))
    try:
        assert f"The scheduler {there.address} runs version 2020.1.0 of Dask's distributed" in why_not(there.address)
    finally:
        there.close()


def why_not(address: str) -> str:
    """Return why a scheduler cannot be reached."""
    with pytest.raises(EnvironmentProblem) as caught, cluster(address).open():
        pass
    return str(caught.value)


class _Silent(BaseHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        """Print nothing."""


def test_no_worker_comes(elsewhere: Elsewhere) -> None:
    with (
        ClusterPool(cluster(elsewhere.address, replace(PATIENT, join=1.0)), Duty(who)) as pool,
        pytest.raises(EnvironmentProblem, match=r"There was no worker at tcp://127\.0\.0\.1:\d+ for 1 seconds"),
    ):
        list(results_of(pool, [("1", 0)]))
    assert left_on(elsewhere.address) == []


@pytest.mark.parametrize("address", ["localhost:8786", "http://127.0.0.1:8786", "tcp://", "tcp://host", "tls://a b:1"])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(UsageError, match="not the address of a Dask scheduler"):
        cluster(address)


def test_workers_that_have_forgotten_a_run_are_asked_in_again(
    tmp_path: Path, elsewhere: Elsewhere, workers: Callable[..., object]
) -> None:
    workers()
    note = tmp_path / "arrivals"
    with ClusterPool(cluster(elsewhere.address, PATIENT), Duty(who)) as pool:
        pool.share("something", Arrival(note))
        assert len(list(results_of(pool, [("1", 0)]))) == 1
        pool.client.run(forget)
        assert all(isinstance(result, int) for _, result in results_of(pool, [(str(n), 0) for n in range(4)]))
    assert len(note.read_text().split()) == 2, "they get what is shared anew"


def test_a_run_that_leaves_takes_its_task_along_and_the_last_one_everything() -> None:
    station, closed, began = Station(), list[str](), threading.Event()
    station.enter("ours", nothing, lambda: closed.append("ours"))
    station.enter("theirs", nothing, lambda: closed.append("theirs"))

    def endless(argument: str, worker: Worker) -> None:
        began.set()
        while True:
            time.sleep(0.01)
            worker.step()

    def work(run: str, function: Callable[[Any, Worker], object]) -> object:
        return station.work(run, function, pickle.dumps("argument"), {"pi": pickle.dumps(3.14)}, ("pi",), print)

    with ThreadPoolExecutor() as threads:
        task = threads.submit(work, "ours", endless)
        began.wait(SECONDS)
        waits = threads.submit(work, "theirs", lambda argument, worker: (argument, worker.shared("pi")))
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
