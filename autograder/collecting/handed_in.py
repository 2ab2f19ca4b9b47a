"""One student's work out of a download: read with limits, unpacked, the notebooks of the assignment found in it.

It decides which of several versions counts, and refuses where nothing says so; it writes nothing.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath

from autograder.collecting.layouts.pieces import Piece, without_number
from autograder.collecting.people import folded
from autograder.collecting.zips import list_zip
from autograder.errors import SubmissionError
from autograder.intake.folder import is_notebook, notebook_stem
from autograder.intake.limits import DEEPEST_ZIP, LARGEST_FOLDER, LARGEST_LIST_WITHIN, MOST_FILES
from autograder.intake.submission import BESIDE
from autograder.shown.terminal import one_line

Files = dict[PurePosixPath, bytes]


@dataclass(frozen=True)
class Work:
    """One student's files, as they are to lie in `submitted/STUDENT/NAME/`.

    `called` are the names that the notebooks have in the download, or the archives that they came in.
    """

    files: Files
    time: datetime | None
    late: bool
    notes: tuple[str, ...]
    called: tuple[str, ...] = ()


@dataclass(frozen=True)
class _File:
    """A file of a student's work that has been read."""

    path: PurePosixPath
    content: bytes
    piece: Piece

    @property
    def shown(self) -> str:
        """Its name in the download, as it may stand in a sentence."""
        return one_line(str(self.piece.entry.path))


def work_of(pieces: list[Piece], wanted: tuple[str, ...]) -> Work:
    """Read one student's files and choose among them.

    Parameters
    ----------
    wanted
        The names of the assignment's notebooks.

    Raises
    ------
    SubmissionError
        If there is no notebook, or nothing says which one counts, or it is too large or damaged.
    """
    notes: list[str] = []
    files = _unpacked(_read(pieces), notes)
    notebooks = [file for file in files if is_notebook(file.path)]
    if not notebooks:
        listed = ", ".join(sorted(file.shown for file in files)[:3])
        raise SubmissionError(f"There is no notebook in it (it has {listed}): ask the student for the .ipynb file.")
    chosen = _chosen(notebooks, wanted, notes)
    base = {file.path.parent for file in chosen.values()}
    if len(base) > 1:
        them = " and ".join(sorted(file.shown for file in chosen.values()))
        raise SubmissionError(f"{them} lie in several folders: put the notebooks of the assignment into one.")
    content = {PurePosixPath(target): file.content for target, file in chosen.items()}
    top = base.pop()
    for file in files:
        path = file.path.relative_to(top) if file.path.is_relative_to(top) else file.path
        if folded(path.parts[0]) in BESIDE:  # or a folder of that name, which would be in the way of ours
            notes.append(f"the student's own {folded(path.parts[0])} was left out")
        elif not is_notebook(file.path):
            content[path] = file.content
    _require_places(content)
    used = [file.piece for file in chosen.values()]
    times = [piece.time for piece in used if piece.time]
    called = tuple(dict.fromkeys(piece.called for piece in used))
    late = any(piece.late for piece in used)
    return Work(content, max(times, default=None), late, tuple(dict.fromkeys(notes)), called)


def _read(pieces: list[Piece]) -> list[_File]:
    """Read the files of one student, of two with the same name the newer one."""
    found: dict[str, Piece] = {}
    for piece in pieces:
        key = folded(str(piece.path))
        other = found.setdefault(key, piece)
        if other is not piece:
            newest = _newer(piece, other)
            if newest is None:
                them = f"{one_line(str(other.entry.path))} and {one_line(str(piece.entry.path))}"
                raise SubmissionError(f"{them} have the same name or differ in case only: one of them has to go.")
            found[key] = newest
    if len(found) > MOST_FILES:
        raise SubmissionError(f"It holds more than {MOST_FILES} files: ask for what belongs to the assignment.")
    room, files = LARGEST_FOLDER, []
    for piece in found.values():
        files.append(_File(piece.path, piece.entry.read(room), piece))
        room -= len(files[-1].content)
    return files


def _newer(piece: Piece, other: Piece) -> Piece | None:
    """Return the newer of two files of one name, by the download's number or by time; None if neither tells."""
    if piece.newer is not None and other.newer is not None:
        return piece if piece.newer > other.newer else other
    if piece.time and other.time and piece.time != other.time:
        return piece if piece.time > other.time else other
    return None


def _unpacked(files: list[_File], notes: list[str], depth: int = 1) -> list[_File]:
    """Return a student's files; if there is no notebook among them, what is in their zip archives."""
    zips = [file for file in files if file.path.suffix.lower() == ".zip"]
    if not zips or any(is_notebook(file.path) for file in files):
        return files
    if depth > DEEPEST_ZIP:
        raise SubmissionError(f"{zips[0].shown} holds archives in archives in archives: ask for the notebook itself.")
    inner: list[Piece] = []
    for file in zips:
        listing = list_zip(io.BytesIO(file.content), file.piece.entry.path.name, LARGEST_LIST_WITHIN)
        if listing.refused:
            raise SubmissionError(f"In {file.shown}: {next(iter(listing.refused.values()))}")
        inner += [replace(file.piece, path=entry.path, entry=replace(entry, time=None)) for entry in listing.entries]
        notes.append(f"unpacked {file.shown}")
    rest = [file for file in files if file not in zips]
    packed = sum(len(file.content) for file in rest)
    outside = [replace(file.piece, entry=replace(file.piece.entry, read=_again(file.content))) for file in rest]
    found = _read([*outside, *(replace(piece, newer=None) for piece in inner)])
    if sum(len(file.content) for file in found) + packed > LARGEST_FOLDER:
        raise SubmissionError(
            f"It is larger than {LARGEST_FOLDER // 2**20} MB: ask for what belongs to the assignment."
        )
    return _unpacked(found, notes, depth + 1)


def _again(content: bytes) -> Callable[[int], bytes]:
    return lambda most: content


def _chosen(notebooks: list[_File], wanted: tuple[str, ...], notes: list[str]) -> dict[str, _File]:
    """Return the notebooks to keep, by the names that they are to have.

    What is called like a notebook of the assignment, numbered or not, is that notebook; a single other one is too.
    """
    groups: defaultdict[str, list[_File]] = defaultdict(list)
    names = {folded(name): name for name in wanted}
    for file in notebooks:
        stem = notebook_stem(file.path)
        plain = stem if folded(stem) in names else without_number(stem)[0]
        groups[folded(plain)].append(file)
    if len(wanted) == len(groups) == 1 and not groups.keys() & names.keys():
        (group,) = groups.values()
        groups = defaultdict(list, {folded(wanted[0]): group})
        notes.append(f"was called {group[0].path.name}" if len(group) == 1 else "was called otherwise")
    chosen = {f"{names[key]}.ipynb": _newest(group, notes) for key, group in groups.items() if key in names}
    notes += [
        f"was called {one_line(file.path.name)}"
        for file in chosen.values()
        if file.path.suffix != ".ipynb" and folded(notebook_stem(file.path)) in names
    ]
    for key, group in groups.items():
        for file in group if key not in names else ():
            chosen[f"{notebook_stem(file.path)}.ipynb"] = file
            notes.append(f"also has {one_line(file.path.name)}")
    return chosen


def _newest(group: list[_File], notes: list[str]) -> _File:
    """Return the newest of several versions of a notebook."""
    first = group[0]
    if len({file.content for file in group}) == 1:
        return first
    numbered = all(file.piece.newer is not None for file in group)
    times = {file.piece.time for file in group}
    if numbered:
        newest = max(group, key=lambda file: (without_number(notebook_stem(file.path))[1], file.piece.newer))
    elif None not in times and len(times) == len(group):
        newest = max(group, key=lambda file: file.piece.time or datetime.min)
    else:
        them = " and ".join(sorted(file.shown for file in group))
        raise SubmissionError(f"{them} differ, and nothing says which of them is newer: one has to go.")
    notes.append(f"newest of {len(group)}: {newest.shown}")
    return newest


def _require_places(content: Files) -> None:
    """Check that all files can lie in one folder, on any file system."""
    seen: dict[str, PurePosixPath] = {}
    for path in content:
        other = seen.setdefault(folded(str(path)), path)
        if other is not path:
            raise SubmissionError(f"{other} and {path} differ in case only: one of them has to go.")
    for path in content:
        for parent in path.parents:
            if folded(str(parent)) in seen:
                raise SubmissionError(f"{seen[folded(str(parent))]} is both a file and a folder.")
    if len(content) > MOST_FILES:
        raise SubmissionError(f"It holds more than {MOST_FILES} files: ask for what belongs to the assignment.")
