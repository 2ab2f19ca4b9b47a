"""The way to a Dask cluster that runs already.

On a cluster we are guests: it is never stopped or changed, and others may use it meanwhile. It sees everything that is
graded on it, hidden tests and submissions, and whoever can reach its scheduler can run programs on its workers. So it
has to be one that no student can reach. `tcp://` is neither encrypted nor does it ask who comes; `tls://` does both.
What a worker answers is believed, and unpickled here: who runs the cluster could run programs here, too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

import dask
from distributed import Client, Security, rpc
from distributed.utils import silence_logging_cmgr
from distributed.versions import VersionMismatchWarning

from autograder.errors import EnvironmentProblem, UsageError

SETTINGS = {"distributed.admin.large-graph-warning-threshold": "10 GiB"}  # a task carries its submission


@dataclass(frozen=True)
class Patience:
    """For how many seconds something is waited for.

    Parameters
    ----------
    reach
        The first answer of the scheduler.
    answer
        Any later answer.
    join
        A worker, where there is none.
    after_refusal
        Another worker, where all that are there were refused.
    silent
        Any worker, before we say that we are waiting.
    """

    reach: float = 10.0
    answer: float = 30.0
    join: float = 300.0
    after_refusal: float = 5.0
    silent: float = 10.0


@dataclass(frozen=True)
class Door:
    """A way to a cluster: what opens the connection, the address of its scheduler, and how long we wait there."""

    open: Callable[[], AbstractContextManager[Client]]
    address: str
    patience: Patience


def cluster(address: str, patience: Patience | None = None) -> Door:
    """Return a door to a Dask cluster that runs already; for `tls://` Dask's settings name the certificates.

    Raises
    ------
    UsageError
        If that is not the address of a scheduler.
    """
    if not re.fullmatch(r"(tcp|tls)://[^\s/]+:\d{1,5}", address):
        raise UsageError(
            f"{address!r} is not the address of a Dask scheduler, which looks like tcp://HOST:8786, or tls://HOST:8786."
        )
    patience = patience or Patience()
    return Door(partial(_reached, address, patience.reach), address, patience)


@contextlib.contextmanager
def _reached(address: str, seconds: float) -> Iterator[Client]:
    warnings.filterwarnings("ignore", category=VersionMismatchWarning)  # we look ourselves
    with (
        dask.config.set(SETTINGS),
        silence_logging_cmgr(logging.CRITICAL),
        contextlib.closing(_connect(address, seconds)) as client,
    ):
        yield client


def _connect(address: str, seconds: float) -> Client:
    """Return a connection to a scheduler that has answered and runs the same version of Dask."""
    if address.startswith("tls:") and not dask.config.get("distributed.comm.tls.ca-file"):
        raise EnvironmentProblem(
            f"The scheduler {address} wants certificates, and none are named, so nothing was graded: set "
            "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and "
            "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY to their files."
        )
    try:  # a client would wait for ever for something else that listens there
        theirs = asyncio.run(asyncio.wait_for(_version_of(address, seconds), seconds))
        ours = version("distributed")
        if theirs == ours:
            return Client(address, timeout=seconds, set_as_default=False)
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


async def _version_of(address: str, seconds: float) -> str:
    """Ask a scheduler for its version."""
    secrets = Security().get_connection_args("client")
    async with rpc(address, timeout=seconds * 0.8, connection_args=secrets) as scheduler:
        found = await scheduler.versions(packages=[])
    return str(found["packages"]["distributed"])
