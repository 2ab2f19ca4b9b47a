"""What a worker is sent to do for one submission: run its notebooks with the engine and bring back the reports.

Errands travel by value. What all submissions get is no part of them: workers receive it once, known by its content.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from autograder import __version__
from autograder.engine.items import Item, Report, Settings
from autograder.errors import EnvironmentProblem
from autograder.farm.dask.station import scratch, shared
from autograder.files.digest import digest, files_below

if TYPE_CHECKING:  # workers need nothing of it
    from autograder.farm.dask.farm import Farm


@dataclass(frozen=True)
class Errand:
    """The notebooks of one submission by name, each with the name under which its given files are shared.

    `data` is the name under which the data set is shared, if the worker does not see its folder.
    """

    settings: Settings
    items: dict[str, tuple[Item, str]]
    data: str = ""


@dataclass(frozen=True)
class Answer:
    """The reports on the notebooks of one submission by name, and the seconds that it took to run them."""

    reports: dict[str, Report]
    seconds: float


class DataSet:
    """A folder of files that travels: pickled it is their contents, and unpickled the path of a copy in a worker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[[dict[str, bytes]], Path], tuple[dict[str, bytes]]]:
        files = {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in files_below(self.folder)}
        return _unpacked, (files,)


def _unpacked(files: dict[str, bytes]) -> Path:
    """Write the files of a data set into the worker's private folder, readable for whom the sandbox runs as."""
    folder = scratch() / f"data-{len(list(scratch().iterdir()))}"
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def pack(items: Mapping[str, Item], settings: Settings, farm: Farm, data_set: str) -> Errand:
    """Return the errand for a submission; what all submissions get is shared under a name made of its content.

    Parameters
    ----------
    items, settings
        The notebooks of the submission, and how to run them.
    farm
        Whose workers will run it: those of a cluster see none of our files.
    data_set
        The name of the data set, made of its content.
    """
    packed = {}
    for name, item in items.items():
        content = hashlib.sha256(repr([(file, len(data)) for file, data in item.given]).encode())
        for _, data in item.given:
            content.update(data)
        farm.share(content.hexdigest(), item.given)
        packed[name] = (replace(item, given=()), content.hexdigest())
    if settings.data is None or farm.door.is_ours:
        return Errand(settings, packed)
    farm.share(data_set, DataSet(settings.data))
    return Errand(replace(settings, data=None), packed, data_set)


def run(errand: Errand, step: Callable[[], None]) -> Answer:
    """Run an errand in a worker; `step` is called after each cell."""
    from autograder.engine.session import run_item  # only workers need the machinery

    start = monotonic()
    settings = replace(errand.settings, data=shared(errand.data)) if errand.data else errand.settings
    reports = {
        name: run_item(replace(item, given=shared(given)), settings, step)
        for name, (item, given) in errand.items.items()
    }
    return Answer(reports, monotonic() - start)


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
    """Start what the engine keeps running in a worker of ours."""
    from autograder.engine.session import require_sandbox

    require_sandbox(settings)


def prepare_far(settings: Settings, needs: Needs, *, has_data: bool) -> None:
    """Look whether a worker that is not ours can do our work, and start what the engine keeps running there.

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
    """Return a hash of all of the engine that runs in workers."""
    here = Path(__file__).parent
    folder = here.parent
    code = [*(folder / "engine").rglob("*.py"), here / "errand.py", folder / "farm" / "dask" / "station.py"]
    return digest(code, folder)
