"""Packs what a student needs on a laptop: the release, what to install for it, and how to begin.

It all follows from the assignment: the packages are those that its notebooks and modules import, and the README says
what lies beside them.
"""

from __future__ import annotations

import ast
import re
import sys
import time
import zipfile
from collections.abc import Iterable, Iterator
from importlib import metadata, resources
from pathlib import Path, PurePosixPath

import nbformat

from autograder.course.book_pages import INDEX, LABEL, Shelf, pages_for
from autograder.course.cells import code_cells
from autograder.course.course import Course
from autograder.engine.inside.analysis import skim
from autograder.errors import UsageError
from autograder.files.digest import files_below
from autograder.offline.links import FOLDER

BOOK_BESIDE = f"{FOLDER}/{INDEX}"
DIGITS = "digits.npz"
REQUIREMENTS, README = "requirements.txt", "README.txt"
JUPYTER = "jupyterlab"


def pack(course: Course, name: str, into: Path | None = None, shelf: Shelf | None = None) -> Path:
    """Write `NAME.zip`, all that a student needs on a laptop, from `release/NAME/`; return its path.

    The pages of the book that its links lead to come along, unless the course's configuration says where the book is
    published. A README or a list of requirements that the assignment brings is kept. Packing a release twice gives the
    same bytes: every file is dated like the newest one of the release.

    Parameters
    ----------
    into
        The folder that gets it. Default: `dist/` in the course.
    shelf
        The pages of the book. Default: those that the course has.

    Raises
    ------
    UsageError
        If the assignment has not been released, or the configuration makes no sense.
    """
    folder, target = course.release / name, (into or course.root / "dist") / f"{name}.zip"
    if not folder.is_dir():
        raise UsageError(f"{folder} is missing: run `autograder release {name}` first.")
    target.parent.mkdir(exist_ok=True)
    dated = time.localtime(max(path.stat().st_mtime for path in files_below(folder)))[:6]
    _write(target, name, packed(course, name, folder, shelf), dated)
    return target


def packed(course: Course, name: str, folder: Path, shelf: Shelf | None = None) -> dict[str, bytes]:
    """Return what the archive of a release holds, by name: its files, and what a student needs beside them."""
    content = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files_below(folder)}
    pages = pages_for(course, name, shelf)
    content.update({f"{FOLDER}/{path}": text.encode() for path, text in pages.items()})
    released = dict(content)
    content[REQUIREMENTS] = requirements(released).encode()
    content.setdefault(README, readme(name, released, course.book_url).encode())
    return content


def requirements(released: dict[str, bytes]) -> str:
    """Return what to install for these files, one package a line, in the versions that the course was made with.

    The file of this name that an assignment brings is kept, with JupyterLab if it does not name it.
    """
    if REQUIREMENTS in released:
        own = released[REQUIREMENTS].decode("utf-8", errors="replace")
        named = re.search(r"^\s*(jupyterlab|notebook|jupyter)\b", own, re.MULTILINE)
        return own if named else f"{own.rstrip()}\n{_pinned(JUPYTER)}\n"
    ours = {PurePosixPath(path).stem for path in released if path.endswith(".py")}
    ours |= {PurePosixPath(path).parts[0] for path in released if "/" in path}
    names = {name for path, data in released.items() for name in _imported(path, data)}
    wanted = names - ours - sys.stdlib_module_names
    known = metadata.packages_distributions()
    packages = {known[name][0] if name in known else name for name in wanted}
    return "".join(f"{line}\n" for line in sorted({_pinned(package) for package in {JUPYTER, *packages}}))


def readme(name: str, released: dict[str, bytes], url: str) -> str:
    """Return how to begin: what to type, what lies beside the notebook, what to hand in."""
    notebooks = sorted(path for path in released if path.endswith(".ipynb"))
    first = f"{name}.ipynb" if f"{name}.ipynb" in notebooks else notebooks[0]
    has_pages = BOOK_BESIDE in released
    others = sorted(
        path
        for path in released
        if not path.endswith((".ipynb", ".py")) and path != DIGITS and not (has_pages and path.startswith(f"{FOLDER}/"))
    )
    said = []
    if label := _equation_in(released[path] for path in notebooks):
        if url:
            said.append(f"Equations named like {label} stand in the course book ({url}/{FOLDER}/{INDEX}).")
        elif has_pages:
            said.append(
                f"Equations named like {label} stand in the pages of the book that come with it: {BOOK_BESIDE}."
            )
    if DIGITS in released:
        said.append(f"Nothing is downloaded: {DIGITS} holds 1,797 handwritten digits.")
    if others:
        said.append(f"The notebook finds beside it: {', '.join(others)}.")
    files = notebooks[0] if len(notebooks) == 1 else " and ".join((", ".join(notebooks[:-1]), notebooks[-1]))
    one = len(notebooks) == 1
    said.append(
        f"Hand in the {'file' if one else 'files'} {files}. Keep {'its name' if one else 'their names'}; do not delete "
        "or copy cells."
    )
    text = (resources.files("autograder.course") / "handout" / README).read_text(encoding="utf-8")
    return text.replace("NAME", name).replace("NOTEBOOK", first) + "".join(f"{line}\n" for line in said)


def _imported(path: str, data: bytes) -> Iterator[str]:
    """Yield the top-level names of what a file imports: a notebook anywhere, a module when it is imported itself."""
    try:
        if path.endswith(".ipynb"):
            notebook = nbformat.reads(data.decode(), as_version=4)
            nodes = [node for cell in code_cells(notebook) for node in ast.walk(skim(cell.source))]
        elif path.endswith(".py"):
            nodes = list(ast.parse(data).body)
        else:
            return
    except (ValueError, SyntaxError):  # a file that is there to be mended, for example
        return
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _pinned(package: str) -> str:
    try:
        return f"{package.lower()}=={metadata.version(package)}"
    except metadata.PackageNotFoundError:
        return package


def _equation_in(notebooks: Iterable[bytes]) -> str:
    """Return the label of an equation that a notebook names, or an empty string."""
    found = (LABEL.search(data.decode("utf-8", errors="replace")) for data in notebooks)
    return next((label[0] for label in found if label), "")


def _write(target: Path, name: str, content: dict[str, bytes], dated: tuple[int, ...]) -> None:
    partial = target.with_suffix(".part")
    year, month, day, hour, minute, second = dated
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(content.items()):
            entry = zipfile.ZipInfo(f"{name}/{path}", (year, month, day, hour, minute, second))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, data)
    partial.replace(target)
