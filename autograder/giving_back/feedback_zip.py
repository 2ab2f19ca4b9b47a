"""Packs the pages of feedback as a learning platform takes them back: under the names of what was downloaded.

Canvas reads the student's and the attachment's number in a name, LAST_FIRST_12_99_FILE (`infer_comment_context_from_
filename` of its assignments, and the guide "How do I upload all student submissions for an assignment?"); a group gets
one file, which Canvas gives to all members. Moodle reads the student's number in this assignment in the name of the
folder, NAME_101_assignsubmission_file (`mod/assign/feedback/file/importziplib.php`), for each member of a group, too.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from autograder.collecting.layouts import canvas, moodle
from autograder.collecting.lms_names import LmsNames, WorkNames
from autograder.collecting.people import Person
from autograder.collecting.roster import people_of
from autograder.course.course import Course
from autograder.errors import UsageError
from autograder.files.durable import write_atomically
from autograder.giving_back.formats import Platform

MOMENT = (1980, 1, 1, 0, 0, 0)  # the same pages make the same archive


@dataclass
class Packed:
    """An archive of feedback: where it is, how many pages are in it, and whose are not."""

    path: Path
    pages: int = 0
    left_out: list[str] = field(default_factory=list)


def pack(course: Course, name: str, pages: list[Path], platform: Platform, output: Path | None = None) -> Packed:
    """Pack pages, `feedback/STUDENT/NAME/NOTEBOOK.html`, into a zip archive.

    Raises
    ------
    UsageError
        If nothing can be packed, since the work was not collected from this platform.
    """
    done = Packed(output or course.reports / name / f"feedback-{platform}.zip")
    of: defaultdict[str, list[Path]] = defaultdict(list)
    for page in pages:
        of[page.parent.parent.name].append(page)
    work, persons = LmsNames.of(course).work.get(name, {}), {person.id: person for person in people_of(course)}
    named = _canvas_names if platform is Platform.canvas else _moodle_names
    packed: dict[str, Path] = {}
    numbered = {student: persons.get(student, Person(student)) for student in of}
    for student in sorted(of, key=lambda student: (not _is_representative(numbered[student], work), student)):
        names = dict(named(numbered[student], work.get(student, WorkNames()), of[student]))
        if names:
            for path, page in names.items():
                packed.setdefault(path, page)
        else:
            done.left_out.append(student)
    if not packed:
        raise UsageError(
            f"No page of {name} can be packed for {platform}, since no work of it was collected from a download of "
            f"{platform}: collect it from there, which also keeps what {platform} calls the files."
        )
    done.pages = len(packed)
    done.left_out.sort()
    write_atomically(done.path, _zipped(packed))
    return done


def _is_representative(person: Person, work: dict[str, WorkNames]) -> bool:
    """Return whether a student's number is that in the name: of a group, Canvas names one member."""
    found = (canvas.FILE.fullmatch(called) for called in work.get(person.id, WorkNames()).called)
    return any(match and match["user"] == person.lms_id for match in found)


def _canvas_names(person: Person, work: WorkNames, pages: list[Path]) -> Iterator[tuple[str, Path]]:
    match = next((found for called in work.called if (found := canvas.FILE.fullmatch(called))), None)
    if work.layout == Platform.canvas and match:
        for page in pages:
            yield f"{match[0][: match.start('file')]}{page.name}", page


def _moodle_names(person: Person, work: WorkNames, pages: list[Path]) -> Iterator[tuple[str, Path]]:
    top = next((PurePosixPath(called).parts for called in work.called), ())
    flat = moodle.FLAT.fullmatch(top[0]) if len(top) == 1 else None
    folder = moodle.FOLDER.fullmatch(top[0]) if len(top) > 1 else None
    for page in pages:
        if work.layout == Platform.moodle and flat and flat["number"] == work.participant:
            yield f"{top[0][: flat.start('file')]}{page.name}", page
        elif work.layout == Platform.moodle and folder and folder["number"] == work.participant:
            yield f"{top[0]}/{page.name}", page
        elif work.participant:
            name = re.sub(r"[_/\\]+", " ", f"{person.first_name} {person.last_name}".strip() or person.id)
            yield f"{name}_{work.participant}_assignsubmission_file/{page.name}", page


def _zipped(packed: dict[str, Path]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, page in sorted(packed.items()):
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, page.read_bytes())
    return file.getvalue()
