"""Which files of Pyodide the notebooks need, and which SHA-256 each must have; `pieces.json` lists them.

The files of one list belong together: a wheel for the browser runs with the Pyodide that it was built for. A wheel of
plain Python may come from Pyodide's release, which packs it anew, or from the package index.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCK = "pyodide-lock.json"


@dataclass(frozen=True)
class Wheel:
    """A package: its file, what it needs, and the SHA-256 of the file in Pyodide's release and in the package index.

    `fetched` is empty where the package index has no such file.
    """

    name: str
    version: str
    file: str
    depends: tuple[str, ...]
    imports: tuple[str, ...]
    released: str
    fetched: str = ""

    @property
    def known(self) -> frozenset[str]:
        """Each SHA-256 that the file may have."""
        return frozenset({self.released, self.fetched} - {""})

    def entry(self, content: bytes) -> dict[str, Any]:
        """Return what the lock file of Pyodide says of this wheel."""
        return {
            "name": self.name,
            "version": self.version,
            "file_name": self.file,
            "install_dir": "site",
            "package_type": "package",
            "sha256": sha256(content),
            "depends": list(self.depends),
            "imports": list(self.imports),
            "unvendored_tests": False,
        }


@dataclass(frozen=True)
class Carrier:
    """A package of the package index that carries the files which the index itself does not have."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class Pieces:
    """All files: the interpreter's, by version, the wheels, and the package that carries both."""

    info: Mapping[str, str]
    core: Mapping[str, Mapping[str, str]]
    wheels: tuple[Wheel, ...]
    carrier: Carrier

    @classmethod
    def read(cls, path: Path | None = None) -> Pieces:
        """Return the list that the repository holds."""
        said = json.loads((path or Path(__file__).with_name("pieces.json")).read_text(encoding="utf-8"))
        wheels = [_wheel(name, **one) for name, one in said["wheels"].items()]
        return cls(said["info"], said["core"], tuple(wheels), Carrier(**said["carrier"]))

    @property
    def names(self) -> frozenset[str]:
        """The names of all files."""
        return frozenset({wheel.file for wheel in self.wheels}.union(*self.core.values()))

    def known(self, name: str) -> frozenset[str]:
        """Return each SHA-256 that a file of this name may have."""
        of_core = {files[name] for files in self.core.values() if name in files}
        return frozenset(of_core.union(*(wheel.known for wheel in self.wheels if wheel.file == name)))

    def lock(self, entries: Iterable[Mapping[str, Any]]) -> str:
        """Return the text of a lock file with these packages and no others."""
        packages = {re.sub("[-_.]+", "-", entry["name"]).lower(): entry for entry in entries}
        return json.dumps({"info": self.info, "packages": packages}, indent=1, sort_keys=True) + "\n"


def _wheel(name: str, **said: Any) -> Wheel:
    return Wheel(name, **{**said, "depends": tuple(said["depends"]), "imports": tuple(said["imports"])})


def sha256(content: bytes) -> str:
    """Return the SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()
