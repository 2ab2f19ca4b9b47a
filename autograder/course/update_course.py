"""Brings a private course up to date: what its instructor has not touched follows the public course, the rest stays.

`new_course` notes what it has copied. A file that is still as it was copied is replaced by today's; a file that both
sides have changed is not touched, and today's is laid beside the course in `incoming/`, to be compared.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from autograder.course.book_pages import carry_book
from autograder.course.course import Course
from autograder.errors import UsageError
from autograder.files.digest import files_below
from autograder.files.durable import write_atomically

ORIGIN = ".origin.json"
INCOMING = "incoming"


@dataclass
class Updated:
    """What an update did, as paths in the course: `held` belong to assignments that students have handed in."""

    replaced: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    incoming: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)


def note_origin(course: Course, private: Course) -> None:
    """Note in a private course what it has from the public one."""
    have = {path: file for path, file in carried(course).items() if (private.root / path).is_file()}
    _write_origin(private, {path: _hash(file) for path, file in have.items()})


def carried(course: Course) -> dict[str, Path]:
    """Return the files that a private course has from this one, by their places in it."""
    found: dict[str, Path] = {}
    for folder in (course.source, course.banks):
        if folder.is_dir() and folder.is_relative_to(course.root):
            inside = (path for path in files_below(folder) if not path.is_symlink() and not path.name.startswith("__"))
            found |= {PurePosixPath(path.relative_to(course.root)).as_posix(): path for path in inside}
    return dict(sorted(found.items()))


def update_course(course: Course, private: Course, names: Collection[str] = (), *, dry_run: bool = False) -> Updated:
    """Bring what `private` has from `course` up to date; what it knows of the book is always today's.

    Parameters
    ----------
    names
        Assignments to bring up to date although students have handed them in.
    dry_run
        Only find out what would be done.

    Raises
    ------
    UsageError
        If `private` is the public course itself, or an assignment is unknown.
    """
    if private.root == course.root:
        raise UsageError(f"{private.root} is the public course itself: name the folder that `new-course` made of it.")
    for name in names:
        course.notebooks(name)
    done, origin = Updated(), _read_origin(private)
    handed_in = {path.parent.name for path in private.submitted.glob("*/*/*.ipynb")} - set(names)
    for path, file in carried(course).items():
        mine, today = private.root / path, _hash(file)
        here = _hash(mine) if mine.is_file() else None
        if here == today or (here is None and path in origin):  # the instructor has taken it away
            origin[path] = today
            continue
        if here is not None and origin.get(path) == today:
            done.kept.append(path)
            continue
        if _assignment_of(path, course) in handed_in:
            done.held.append(path)
            continue
        if here is None or here == origin.get(path):
            (done.new if here is None else done.replaced).append(path)
            _copy(file, mine, dry_run=dry_run)
        else:
            done.incoming.append(path)
            _copy(file, private.root / INCOMING / path, dry_run=dry_run)
        origin[path] = today
    if not dry_run:
        _write_origin(private, origin)
        _link(course, private)
        carry_book(course, private)
    return done


def _assignment_of(path: str, course: Course) -> str:
    """Return the assignment that a file belongs to; what all share, like `digits.py`, belongs to none."""
    place = course.root / path
    if place.is_relative_to(course.banks):
        return place.stem
    parts = place.relative_to(course.source).parts
    return parts[0] if len(parts) > 1 else ""


def _copy(file: Path, target: Path, *, dry_run: bool) -> None:
    if dry_run:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.part")
    shutil.copyfile(file, partial)
    partial.replace(target)


def _link(course: Course, private: Course) -> None:
    """Make the links that new assignments have to what all share."""
    for link in _links(course.source):
        mine = private.source / link.relative_to(course.source)
        if mine.parent.is_dir() and not mine.exists():
            mine.symlink_to(link.readlink())


def _links(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_symlink())


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_origin(private: Course) -> dict[str, str]:
    """Return the hashes that were noted; without them, each file that differs counts as changed on both sides."""
    path = private.root / ORIGIN
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read ({error}): restore it, or delete it and compare by hand.") from error
    if not isinstance(found, dict):
        raise UsageError(f"{path} does not list files: restore it, or delete it and compare by hand.")
    return {str(name): str(value) for name, value in found.items()}


def _write_origin(private: Course, origin: dict[str, str]) -> None:
    write_atomically(private.root / ORIGIN, json.dumps(dict(sorted(origin.items())), indent=1) + "\n")
