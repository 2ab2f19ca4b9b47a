"""Ways to workers: processes that are started on this machine, or a Dask cluster that runs elsewhere already.

On a cluster we are guests: it is never stopped or changed, and others may use it meanwhile. It sees everything that is
graded on it, hidden tests and submissions, and whoever can reach its scheduler can run programs on its workers. So it
has to be one that no student can reach. `tcp://` is neither encrypted nor does it ask who comes; `tls://` does both.
What a worker answers is believed, and unpickled here: who runs the cluster could run programs here, too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from tempfile import TemporaryDirectory

import dask
import psutil
from distributed import Client, LocalCluster, Security, Worker, WorkerPlugin, rpc
from distributed.utils import silence_logging_cmgr
from distributed.versions import VersionMismatchWarning

from autograder import interrupts
from autograder.errors import EnvironmentProblem, UsageError

SECONDS_TO_CONNECT = 8
SECONDS_TO_REACH = 10  # and to get an answer
SECONDS_TO_START = 60.0
SECONDS_TO_JOIN = 300.0
ALWAYS = {"distributed.admin.large-graph-warning-threshold": "10 GiB"}  # a task carries its submission
SETTINGS = {
    **ALWAYS,
    "distributed.worker.multiprocessing-method": "forkserver",  # what all workers import is imported once
    "distributed.scheduler.allowed-failures": 10,  # the farm counts them itself
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.scheduler.http.routes": [],  # nothing that other users of this machine could ask
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,
    "distributed.admin.low-level-log-length": 100,
    "distributed.nanny.pre-spawn-environ": {f"{blas}_NUM_THREADS": "1" for blas in ("OMP", "OPENBLAS", "MKL")},
}


@dataclass(frozen=True)
class Door:
    """A way to workers.

    Parameters
    ----------
    open
        Opens the connection; closing it ends the workers, if they are ours.
    patience
        For how many seconds a run waits for a worker where there is none.
    address
        Where the workers are, for messages; empty if they are processes of this machine that are started for us, see
        our files and end with us.
    """

    open: Callable[[], AbstractContextManager[Client]]
    patience: float = SECONDS_TO_START
    address: str = ""

    @property
    def is_ours(self) -> bool:
        """Tell whether the workers are there for us alone."""
        return not self.address


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def local(workers: int = 0) -> Door:
    """Return a door to worker processes on this machine, one per core unless told otherwise.

    They speak TLS with credentials of their own, so that no other user of the machine can give them work.
    """
    return Door(partial(_started, workers or cores()))


def cluster(address: str) -> Door:
    """Return a door to a Dask cluster that runs already; for `tls://` Dask's settings name the certificates.

    Raises
    ------
    UsageError
        If that is no address of a scheduler.
    """
    if not re.fullmatch(r"(tcp|tls)://[^\s/]+:\d{1,5}", address):
        raise UsageError(
            f"{address!r} is no address of a Dask scheduler: it looks like tcp://HOST:8786, or tls://HOST:8786."
        )
    return Door(partial(_reached, address), SECONDS_TO_JOIN, address)


@contextlib.contextmanager
def _started(workers: int) -> Iterator[Client]:
    with (
        TemporaryDirectory(prefix="autograder-", ignore_cleanup_errors=True) as folder,
        dask.config.set({**SETTINGS, "temporary-directory": folder}),
        silence_logging_cmgr(logging.CRITICAL),  # until all is closed: the cluster itself speaks again a little earlier
        _hidden_main(),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            security=True,
            memory_limit=0,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            local_directory=folder,
            silence_logs=logging.CRITICAL,
            plugins=[_Deaf()],
        ) as here,
        contextlib.closing(Client(here, set_as_default=False)) as client,
    ):
        try:
            yield client
        except BaseException:
            _kill(here)
            raise


@contextlib.contextmanager
def _reached(address: str) -> Iterator[Client]:
    warnings.filterwarnings("ignore", category=VersionMismatchWarning)  # we look ourselves
    with (
        dask.config.set(ALWAYS),
        silence_logging_cmgr(logging.CRITICAL),
        contextlib.closing(_connect(address)) as client,
    ):
        yield client


def _connect(address: str) -> Client:
    """Return a connection to a scheduler that has answered and runs the same version of Dask."""
    if address.startswith("tls:") and not dask.config.get("distributed.comm.tls.ca-file"):
        raise EnvironmentProblem(
            f"The scheduler {address} wants certificates, and none are named, so nothing was graded: set "
            "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and "
            "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY to their files."
        )
    try:  # a client would wait for ever for something else that listens there
        theirs = asyncio.run(asyncio.wait_for(_version_of(address), SECONDS_TO_REACH))
        ours = version("distributed")
        if theirs == ours:
            return Client(address, timeout=SECONDS_TO_REACH, set_as_default=False)
    except Exception as error:
        reason = " ".join(str(error).split()) or "no answer of the kind that Dask gives"
        raise EnvironmentProblem(
            f"The scheduler {address} cannot be reached ({reason}), so nothing was graded: see that it runs there, "
            "that no firewall is between, and that both sides use TLS or neither."
        ) from error
    raise EnvironmentProblem(
        f"The scheduler {address} runs version {theirs} of Dask's distributed, and here it is {ours}, so nothing was "
        "graded: install the versions of constraints.txt there."
    )


async def _version_of(address: str) -> str:
    """Ask a scheduler for its version."""
    secrets = Security().get_connection_args("client")
    async with rpc(address, timeout=SECONDS_TO_CONNECT, connection_args=secrets) as scheduler:
        found = await scheduler.versions(packages=[])
    return str(found["packages"]["distributed"])


class _Deaf(WorkerPlugin):
    """Makes a worker ignore Ctrl-C, which a terminal sends to all processes: the one in front ends the others."""

    def setup(self, worker: Worker) -> None:
        interrupts.ignore()


def _kill(here: LocalCluster) -> None:
    """End the workers and all that they started, at once."""
    doomed = []
    for nanny in here.workers.values():
        nanny.auto_restart = False
        with contextlib.suppress(psutil.NoSuchProcess, TypeError):
            worker = psutil.Process(nanny.pid)
            doomed += [worker, *worker.children(recursive=True)]
    for process in doomed:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


@contextlib.contextmanager
def _hidden_main() -> Iterator[None]:
    """Keep new processes from importing the program that started them; they need nothing of it."""
    main = sys.modules["__main__"]
    before = main.__spec__
    main.__spec__ = ModuleSpec("autograder.__main__", None)
    try:
        yield
    finally:
        main.__spec__ = before
