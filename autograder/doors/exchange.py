"""Feedback through nbgrader's exchange: for those whose work came through it; the others are named, and nothing breaks.

The exchange hands a page to whoever knows the secret of the submission, which `nbgrader submit` has made. Work that was
collected from a learning platform has none, so its feedback cannot go this way.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from nbgrader.exchange.default.release_feedback import ExchangeReleaseFeedback

from autograder.intake.submission import TIMESTAMP

SECRET = "submission_secret.txt"
MOST_NAMED = 10


def guard_release_feedback() -> None:
    """Make nbgrader's `release_feedback` leave out those it cannot reach, and say so; calling it twice does no harm."""
    copy_files = ExchangeReleaseFeedback.copy_files
    if getattr(copy_files, "is_guarded", False):
        return

    def copy_what_can_be(self: Any) -> None:
        folders = _folders(self)
        if not folders:
            self.fail(f"There is no feedback on {self.coursedir.assignment_id} yet: generate it first.")
        outside = sorted(student for student, folder in folders.items() if not _is_addressed(self, student, folder))
        if outside:
            more = f" and {len(outside) - MOST_NAMED} more" if len(outside) > MOST_NAMED else ""
            sentence = (
                f"The work of {', '.join(outside[:MOST_NAMED])}{more} did not come through nbgrader's exchange, so "
                "feedback cannot go back through it: send the pages in feedback/ by the learning platform."
            )
            if len(outside) == len(folders):
                self.fail(sentence)
            self.log.warning(sentence)
        before = self.coursedir.student_id_exclude
        self.coursedir.student_id_exclude = ",".join(filter(None, [before, *outside]))
        try:
            copy_files(self)
        finally:
            self.coursedir.student_id_exclude = before

    copy_what_can_be.is_guarded = True  # type: ignore[attr-defined]
    ExchangeReleaseFeedback.copy_files = copy_what_can_be


def _folders(exchange: Any) -> dict[str, Path]:
    """Return the folders of feedback that are asked for, by student."""
    wanted = Path(exchange.src_path)  # with a pattern for the student
    step = Path(exchange.coursedir.format_path(exchange.coursedir.feedback_directory, "*", "")).parent
    name = exchange.coursedir.assignment_id
    excluded = set(filter(None, exchange.coursedir.student_id_exclude.split(",")))
    found = {folder.parent.name: folder for folder in step.glob(f"*/{name}") if any(folder.glob("*.html"))}
    return {
        student: folder for student, folder in found.items() if student not in excluded and folder.match(str(wanted))
    }


def _is_addressed(exchange: Any, student: str, folder: Path) -> bool:
    """Return whether feedback has what the exchange goes by; what only the submission has is brought there."""
    coursedir = exchange.coursedir
    submitted = Path(coursedir.format_path(coursedir.submitted_directory, student, coursedir.assignment_id))
    for name in (TIMESTAMP, SECRET):
        source, target = submitted / name, folder / name
        if not target.exists() and source.is_file() and not source.is_symlink():
            shutil.copyfile(source, target)
    if not (folder / SECRET).is_file() or not (folder / SECRET).read_bytes().strip():
        return False
    if not (folder / TIMESTAMP).exists():  # it is only told in the log
        (folder / TIMESTAMP).write_text("at an unknown time", encoding="utf-8")
    return True
