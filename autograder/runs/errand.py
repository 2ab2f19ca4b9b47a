"""What a worker is sent to do for one submission: run its notebooks with the engine and bring back the reports.

Errands travel by value. What all submissions get is kept apart: workers receive it once, known by its content.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import monotonic

from autograder import __version__
from autograder.engine.items import Item, Report, Settings
from autograder.errors import EnvironmentProblem
from autograder.farm.pool import Duty, Pool, Worker
from autograder.files.digest import digest
from autograder.grading.decides import PACKAGE, deciding_files


@dataclass(frozen=True)
class Errand:
    """The notebooks of one submission by name, each with the name under which its given files are shared.

    `data` is the name under which the folder of the data set is shared, empty for the vendored one.
    """

    settings: Settings
    items: dict[str, tuple[Item, str]]
    data: str = ""


@dataclass(frozen=True)
class Answer:
    """The reports on the notebooks of one submission by name, and the seconds that it took to run them."""

    reports: dict[str, Report]
    seconds: float


def pack(items: Mapping[str, Item], settings: Settings, pool: Pool[Errand, Answer], data_set: str) -> Errand:
    """Return the errand for a submission; what all submissions get is shared under a name made of its content.

    Parameters
    ----------
    items, settings
        The notebooks of the submission, and how to run them.
    pool
        Whose workers will run it.
    data_set
        The name of the data set, made of its content.
    """
    packed = {}
    for name, item in items.items():
        content = hashlib.sha256(repr([(file, len(data)) for file, data in item.given]).encode())
        for _, data in item.given:
            content.update(data)
        pool.share(content.hexdigest(), item.given)
        packed[name] = (replace(item, given=()), content.hexdigest())
    if settings.data is None:
        return Errand(settings, packed)
    pool.share_folder(data_set, settings.data)
    return Errand(replace(settings, data=None), packed, data_set)


def run(errand: Errand, worker: Worker) -> Answer:
    """Run an errand in a worker, which is told of each cell that is done."""
    from autograder.engine.session import run_item  # only workers need the machinery

    start = monotonic()
    settings = replace(errand.settings, data=worker.shared(errand.data)) if errand.data else errand.settings
    reports = {
        name: run_item(replace(item, given=worker.shared(given)), settings, worker.step)
        for name, (item, given) in errand.items.items()
    }
    return Answer(reports, monotonic() - start)


def duty(settings: Settings) -> Duty[Errand, Answer]:
    """Return what workers of this machine do."""
    return Duty(run, partial(prepare, settings), close)


def duty_far(settings: Settings) -> Duty[Errand, Answer]:
    """Return what workers elsewhere do, which may lack something and see none of our files."""
    here, has_data = replace(settings, data=None), settings.data is not None
    return Duty(run, partial(prepare_far, here, Needs.here(), has_data=has_data), close)


@dataclass(frozen=True)
class Needs:
    """What has to be the same in a worker that is not ours, so that its verdicts are the same."""

    versions: tuple[tuple[str, str], ...]

    @classmethod
    def here(cls) -> Needs:
        """Return what is installed in this process's environment."""
        python = ".".join(map(str, sys.version_info[:3]))
        found = [("Python", python), ("autograder", __version__), ("the engine's content", _engine()[:12])]
        for package in ("NumPy", "IPython", "Matplotlib"):
            try:
                found.append((package, version(package)))
            except PackageNotFoundError:
                found.append((package, "none"))
        return cls(tuple(found))

    def require(self) -> None:
        """Look whether it is the same here.

        Raises
        ------
        EnvironmentProblem
            If not; the message says what differs.
        """
        if sys.platform != "linux":
            raise EnvironmentProblem(f"It does not run on Linux but on {sys.platform}, where there is no sandbox.")
        here = dict(Needs.here().versions)
        different = [(name, wanted) for name, wanted in self.versions if here[name] != wanted]
        if different:
            told = "; ".join(f"{name} is {here[name]} there, {wanted} here" for name, wanted in different)
            raise EnvironmentProblem(f"{told}: install this version of autograder, with constraints.txt, there.")


def prepare(settings: Settings) -> None:
    """Start what the engine keeps running in a worker of this machine."""
    from autograder.engine.session import require_sandbox

    require_sandbox(settings)


def prepare_far(settings: Settings, needs: Needs, *, has_data: bool) -> None:
    """Check whether a worker elsewhere can do our work, and start what the engine keeps running there.

    Raises
    ------
    EnvironmentProblem
        If it lacks something; the message says what.
    """
    from autograder.engine.session import require_sandbox

    needs.require()
    try:
        require_sandbox(settings)
    except EnvironmentProblem as error:
        raise EnvironmentProblem(str(error).replace(", so nothing was graded", "")) from error
    if has_data:
        close()  # it starts anew with the data set, which comes with the first errand


def close() -> None:
    """End what the engine keeps running in this worker."""
    from autograder.engine import session

    session.close()


def _engine() -> str:
    """Return a hash of all that decides a verdict, and of what brings it to workers and back."""
    farm = [
        PACKAGE / "farm" / name for name in ("clock.py", "pool.py", "tasks.py", "dask/station.py", "dask/folder.py")
    ]
    return digest([*deciding_files(), Path(__file__), *farm], PACKAGE)
