"""Fetches the pieces by pip, each by name, version and SHA-256, so that pip refuses what was not tested.

It asks the package index that pip is set up for and no other host; what it has fetched is laid together by `assemble`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from autograder.errors import EnvironmentProblem

from .pieces import Pieces

OTHERWISE = "Or get the release archive of Pyodide {version}, and name it: make lite PYODIDE=pyodide-{version}.tar.bz2"
NO_ROOM = re.compile(r"No space left|Errno 28")
CHANGED = re.compile(r"DO NOT MATCH THE HASHES")
UNKNOWN = re.compile(r"No matching distribution found for (\S+)")


def requirements(pieces: Pieces) -> str:
    """Return what pip is asked for: a line for each package, with the SHA-256 of its file."""
    wanted = [(wheel.name, wheel.version, wheel.fetched) for wheel in pieces.wheels if wheel.fetched]
    wanted.append((pieces.carrier.name, pieces.carrier.version, pieces.carrier.sha256))
    return "".join(f"{name}=={version} --hash=sha256:{digest}\n" for name, version, digest in wanted)


def fetch(pieces: Pieces, into: Path) -> list[Path]:
    """Fetch all pieces into an empty folder, with pip's own progress bar; return the places they lie in.

    Raises
    ------
    EnvironmentProblem
        If pip cannot get them, or gets other files than those that were tested.
    """
    asked = into / "requirements.txt"
    asked.write_text(requirements(pieces), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps", "--require-hashes"]
    # They run in the browser's Python, which is newer than ours and than what the carrier itself asks for.
    version = ".".join(pieces.info["python"].split(".")[:2])
    command += ["--only-binary=:all:", "--python-version", version, "--ignore-requires-python"]
    done = subprocess.run([*command, "--dest", into, "-r", asked], stderr=subprocess.PIPE, text=True, errors="replace")
    if done.returncode:
        raise EnvironmentProblem(f"{_reason(done.stderr)} {OTHERWISE.format(version=max(pieces.core))}")
    carriers = into.glob(f"{pieces.carrier.name.replace('-', '_')}-*.whl")
    return [into, *carriers]


def _reason(said: str) -> str:
    """Return in a sentence what pip's errors mean."""
    if NO_ROOM.search(said):
        return "The disk is full: make room for 300 MB, and run make lite again."
    if CHANGED.search(said):
        return "The package index gives another file than the one that was tested (its SHA-256 differs)."
    if found := UNKNOWN.search(said):
        return f"The package index does not give {found[1]}: check the network, and run make lite again."
    lines = (
        [line for line in said.splitlines() if line.startswith("ERROR:")] or said.splitlines() or ["no reason given"]
    )
    return f"pip could not fetch the files of Pyodide ({lines[-1].removeprefix('ERROR:').strip().rstrip('.')})."
