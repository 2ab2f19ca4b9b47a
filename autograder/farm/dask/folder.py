"""A folder of files that travels to workers on other machines, which see none of ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from autograder.farm.dask.station import scratch
from autograder.files.digest import files_below


class Folder:
    """Pickled, it is the contents of the files; unpickled, the path of a copy in the worker's private folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[dict[str, bytes]], Path], tuple[dict[str, bytes]]]:
        files = {path.relative_to(self.path).as_posix(): path.read_bytes() for path in files_below(self.path)}
        return _unpacked, (files,)


def _unpacked(files: dict[str, bytes]) -> Path:
    """Write the files into the worker's private folder, readable for whom the sandbox runs as."""
    folder = scratch() / f"data-{len(list(scratch().iterdir()))}"
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder
