"""Collects a download: lays what a learning platform packed into `submitted/STUDENT/NAME/`, a student at a time.

First a plan is made, which touches nothing; then each student's folder is swapped in whole, so that a run that was
killed can be started again. Whatever a folder held before is kept in `submitted/.replaced/`.
"""

from __future__ import annotations

import errno
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from nbgrader.utils import parse_utc

from autograder.collecting.archives import opened
from autograder.collecting.elsewhere import Belonging, OtherAssignment
from autograder.collecting.entries import BadArchive, Entry
from autograder.collecting.handed_in import Files, Work, work_of
from autograder.collecting.layouts import sort_out
from autograder.collecting.layouts.pattern import compiled, sort_by_pattern
from autograder.collecting.layouts.pieces import Asked, Piece, Sorted
from autograder.collecting.layouts.plugin import ByPlugin
from autograder.collecting.lms import Lms
from autograder.collecting.lms_names import LmsNames, WorkNames, changing
from autograder.collecting.people import Owner, People, folded
from autograder.collecting.roster import people_of
from autograder.course.course import Course
from autograder.errors import SubmissionError, UsageError
from autograder.files.durable import sync, sync_tree
from autograder.files.lock import held
from autograder.files.swap import swap_in
from autograder.intake.limits import LONGEST_PATH
from autograder.intake.submission import BESIDE, LATE_MARK, TIMESTAMP, UNKNOWN_TIME
from autograder.shown.terminal import one_line

REPLACED, FRESH = ".replaced", ".collecting"
# What names, or what lies in their place, can bring about for one student; a full disk stops everybody.
OF_ONE_STUDENT = frozenset(
    {
        errno.EISDIR,
        errno.ENOTDIR,
        errno.EEXIST,
        errno.ENOTEMPTY,
        errno.ENAMETOOLONG,
        errno.EILSEQ,
        errno.EINVAL,
        errno.ELOOP,
        errno.EACCES,
        errno.EPERM,
    }
)


@dataclass(frozen=True)
class Row:
    """What is done with one student's work.

    Parameters
    ----------
    student
        The id; for a refused one what the download calls them.
    action
        new, replaces, unchanged, older (what is here is newer and stays) or refused.
    time
        When it was handed in, in UTC, if the download tells.
    note
        What was irregular; why it was refused.
    other
        The assignment that it looks like, if that is why it was refused.
    """

    student: str
    action: str
    files: int = 0
    time: datetime | None = None
    late: bool = False
    note: str = ""
    other: str = ""


@dataclass
class Collected:
    """What was, or would be, done: the layout that was found, a row for each student, what else was refused."""

    layout: str
    rows: list[Row] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    kept: Path | None = None

    @property
    def failed(self) -> int:
        """How many could not be taken."""
        return len(self.refused) + sum(row.action == "refused" for row in self.rows)

    @property
    def likely(self) -> str:
        """The other assignment that most of the download looks like, or an empty text."""
        found, times = Counter(row.other for row in self.rows).most_common(1)[0] if self.rows else ("", 0)
        return found if 2 * times > len(self.rows) else ""


def collect(
    course: Course, name: str, path: Path, lms: Lms = Lms.auto, *, dry_run: bool = False, pattern: str = ""
) -> Collected:
    """Put what a download holds into `submitted/`; with `dry_run`, only say what would be done.

    Parameters
    ----------
    pattern
        A regular expression with a group `student`, which says whose a file is; it takes the place of a layout.

    Raises
    ------
    UsageError
        If there is no such assignment or download, or nothing of it can be taken.
    EnvironmentProblem
        If another run is collecting, or the gradebook, which knows the students, cannot be read.
    """
    if pattern:
        compiled(pattern)  # before anything is read
    notebooks = tuple(course.notebooks(name))
    _require_download(course, path)
    names = LmsNames.of(course)
    people = People(people_of(course), names.groups(), names.participants())
    asked = Asked(name, notebooks, tuple(course.assignments()), people.knows, people.means, people.is_called)
    with opened_download(path) as (entries, refused):
        if pattern:
            found = sort_by_pattern(entries, pattern)
        elif lms is Lms.auto and ByPlugin.is_configured(course):
            found = ByPlugin(course).sort_out(entries, name)
        else:
            found = sort_out(lms, entries, asked)
        done = Collected(found.layout, refused=[*refused.values(), *found.refused.values()])
        if not entries and not done.refused:
            raise UsageError(f"{path} holds no file.")
        collector = _Collector(course, asked, people)
        if dry_run:
            done.rows += collector.rows(found, None)
            return done
        with _alone(course) as fresh, changing(course) as names:
            kept = _place_for_replaced(course.submitted)
            done.rows += collector.rows(found, _Writer(course, name, fresh, kept))
            done.kept = kept if kept.exists() else None
            names.work.setdefault(name, {}).update(collector.names)
            _keep_refused(names.refused.setdefault(name, {}), done.rows, people)
    return done


def _keep_refused(kept: dict[str, str], rows: list[Row], people: People) -> None:
    """Keep why the work of a student was refused, until some of it is taken: refused is not missing."""
    for row in rows:
        kept.pop(row.student, None)
        if row.action == "refused" and row.student in people.ids:
            kept[row.student] = row.note


@contextmanager
def opened_download(path: Path) -> Iterator[tuple[list[Entry], dict[str, str]]]:
    """Yield the files of a download and what was refused; an archive that cannot be read at all is a `UsageError`."""
    try:
        with opened(path) as listing:
            yield listing.entries, listing.refused
    except BadArchive as error:
        raise UsageError(f"Nothing was collected: {error}") from error


def _require_download(course: Course, path: Path) -> None:
    if not path.exists():
        raise UsageError(f"There is no {path}: name the zip archive that was downloaded, or a folder.")
    here, submitted = path.resolve(), course.submitted.resolve()
    if submitted.is_relative_to(here) or here.is_relative_to(submitted):
        raise UsageError(f"{path} is where collected work goes: name the download.")


class _Collector:
    """Goes through a download student by student."""

    def __init__(self, course: Course, asked: Asked, people: People) -> None:
        self.course, self.asked, self.people = course, asked, people
        self.belonging = Belonging(course, asked.name)
        there = course.submitted.iterdir() if course.submitted.is_dir() else ()
        self.there = {folded(path.name): path.name for path in there}
        self.names: dict[str, WorkNames] = {}  # what the download calls the work that lies in submitted/ then

    def rows(self, found: Sorted, write: _Writer | None) -> Iterator[Row]:
        """Yield a row for each student, after `write` has written their work."""
        pieces: defaultdict[Owner, list[Piece]] = defaultdict(list)
        for piece in found.pieces:
            pieces[piece.owner].append(piece)
        owners, students = defaultdict(list), {}
        for owner in pieces:
            try:
                students[owner] = self.people.whose(owner)
                for student in students[owner]:
                    owners[folded(student)].append(owner)
            except SubmissionError as error:
                yield Row(owner.label, "refused", note=str(error))
        each = [(student, owner) for owner, members in students.items() for student in members]
        for student, owner in sorted(each, key=lambda item: (item[0], item[1].label)):
            same = owners[folded(student)]
            try:
                if len(same) > 1:
                    raise SubmissionError(_same(student, same))
                work = work_of(pieces[owner], self.asked.notebooks)
                self.belonging.require(student, work)
                is_group = self.people.is_group(owner)
                if is_group:
                    work = replace(work, notes=(*work.notes, f"handed in by {owner.label}"))
                row = self._row(student, work, write)
                if row.action != "older":
                    participant = owner.number if owner.by_name and not is_group else ""
                    group = owner.label if is_group else ""
                    self.names[student] = WorkNames(found.layout, list(work.called), participant, group)
                yield row
            except SubmissionError as error:
                other = error.name if isinstance(error, OtherAssignment) else ""
                yield Row(student if len(same) == 1 else owner.label, "refused", note=str(error), other=other)

    def _row(self, student: str, work: Work, write: _Writer | None) -> Row:
        there = self.there.get(folded(student), student)
        if there != student:
            raise SubmissionError(
                f"{self.course.submitted.name}/ has {there}, which differs from {student} in case only: rename it."
            )
        folder = self.course.submitted / student / self.asked.name
        try:
            action = _action(folder, work)
            is_unknown = action == "replaces" and _makes_time_unknown(folder, work)
            if is_unknown:
                told = (
                    f"nothing tells when: enter it with `autograder due {self.asked.name} --handed-in {student} TIME`"
                )
                work = replace(work, notes=(*work.notes, told))
            if write is not None and action in ("new", "replaces"):
                write(student, work, is_unknown=is_unknown)
        except OSError as error:
            if error.errno not in OF_ONE_STUDENT:
                raise
            where = one_line(str(error.filename or folder), LONGEST_PATH)
            raise SubmissionError(f"It cannot be put into {folder} ({where}: {error.strerror}).") from error
        return Row(student, action, len(work.files), work.time, work.late, "; ".join(work.notes))


def _same(student: str, owners: list[Owner]) -> str:
    them = " and ".join(sorted(owner.label for owner in owners))
    return (
        f"{them} would all be {student}: give the roster the number of each in the learning platform (lms_id), the "
        "groups as they are now, or keep one of them."
    )


def _action(folder: Path, work: Work) -> str:
    """Return what is to be done about what a student has handed in before."""
    if folder.is_symlink() or folder.parent.is_symlink():
        raise SubmissionError(f"{folder} is, or lies in, a link, and links are never followed: delete it.")
    if not folder.exists():
        return "new"
    before = _time_of(folder)
    if _is_same(folder, work.files):
        is_told = (before or not work.time) and (folder / LATE_MARK).exists() == work.late
        return "unchanged" if is_told else "replaces"
    return "older" if before and work.time and work.time < before else "replaces"


def _makes_time_unknown(folder: Path, work: Work) -> bool:
    """Return whether there was a time, or none that is known, and now there are other files and no time."""
    if work.time or not any((folder / name).exists() for name in (TIMESTAMP, UNKNOWN_TIME)):
        return False
    return not _is_same(folder, work.files) or not (folder / TIMESTAMP).exists()


def _time_of(folder: Path) -> datetime | None:
    try:
        with (folder / TIMESTAMP).open(encoding="utf-8", errors="replace") as file:
            found: datetime | None = parse_utc(file.read(100).strip())
    except Exception:  # no time, or none that can be read: dateutil raises several kinds
        return None
    return found


def _is_same(folder: Path, files: Files) -> bool:
    there = {PurePosixPath(path.relative_to(folder)): path for path in folder.rglob("*") if not path.is_dir()}
    for name in BESIDE:
        there.pop(PurePosixPath(name), None)
    return (
        there.keys() == files.keys()
        and all(
            not path.is_symlink() and path.is_file() and path.stat().st_size == len(files[name])
            for name, path in there.items()
        )
        and all(path.read_bytes() == files[name] for name, path in there.items())
    )


class _Writer:
    """Writes students' work beside `submitted/`'s folders, and swaps it in."""

    def __init__(self, course: Course, name: str, fresh: Path, kept: Path) -> None:
        self.course, self.name, self.fresh, self.kept = course, name, fresh, kept

    def __call__(self, student: str, work: Work, *, is_unknown: bool) -> None:
        """Write one student's work; what was there before is kept.

        With `is_unknown`, it is noted that a time that the gradebook may have is that of earlier work.

        The new folder first takes the place that the old one is to have, and then they are exchanged: whenever this is
        killed, the student has the one or the other, and nothing is lost.
        """
        fresh, target = self.fresh / ".work", self.course.submitted / student / self.name
        shutil.rmtree(fresh, ignore_errors=True)
        for path, content in work.files.items():
            (fresh / path).parent.mkdir(parents=True, exist_ok=True)
            (fresh / path).write_bytes(content)
        if work.time:
            (fresh / TIMESTAMP).write_text(f"{work.time:%Y-%m-%d %H:%M:%S} UTC\n", encoding="utf-8")
        if is_unknown:
            (fresh / UNKNOWN_TIME).write_text("handed in anew, at an unknown time\n", encoding="utf-8")
        if work.late:  # only Canvas marks what is late
            (fresh / LATE_MARK).write_text("Canvas\n", encoding="utf-8")
        sync_tree(fresh)
        target.parent.mkdir(exist_ok=True)
        if target.exists():
            place = self.kept / student / self.name
            place.parent.mkdir(parents=True, exist_ok=True)
            fresh.rename(place)
            swap_in(place, target)
        else:
            fresh.rename(target)
        sync(target.parent)


def _place_for_replaced(submitted: Path) -> Path:
    """Return a folder of this run's own, laid out like `submitted/` itself."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H.%M.%S")
    place, number = submitted / REPLACED / now, 1
    while place.exists():
        number += 1
        place = place.with_name(f"{now} ({number})")
    return place


@contextmanager
def _alone(course: Course) -> Iterator[Path]:
    """Yield an empty folder on the file system of `submitted/`; nobody else collects meanwhile."""
    fresh = course.submitted / FRESH
    with held(course.collecting_lock, f"is collecting into {course.submitted}"):
        shutil.rmtree(fresh, ignore_errors=True)  # of a run that was killed
        fresh.mkdir(parents=True)
        try:
            yield fresh
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
