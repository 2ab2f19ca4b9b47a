"""Gradescope: a folder for each submission, and `submission_metadata.yml`, which says whose each one is.

From the archive of "Export Submissions". The file has an entry for each folder, with `:submitters:` (`:name:`, `:sid:`,
`:email:`), all of whom have handed the work in, and `:created_at:`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import yaml

from autograder.collecting.entries import Entry, credible
from autograder.collecting.layouts.pieces import Asked, Piece, Product, Reader, strange
from autograder.collecting.people import Owner
from autograder.errors import SubmissionError, UsageError
from autograder.intake.limits import LARGEST_ROSTER
from autograder.shown.terminal import one_line

METADATA = "submission_metadata.yml"
FOLDER = re.compile(r"submission_\d+")


def fits(entry: Entry) -> bool:
    """Return whether a file is Gradescope's, or lies in a folder for a submission."""
    parts = entry.path.parts
    return parts == (METADATA,) or (len(parts) > 1 and bool(FOLDER.fullmatch(parts[0])))


def reader(entries: list[Entry], asked: Asked) -> Reader:
    """Return what says whose a file is."""
    known = _metadata(entries)

    def read(entry: Entry) -> list[Piece]:
        parts = entry.path.parts
        if parts == (METADATA,):
            return []
        found = known.get(parts[0])
        said = found if isinstance(found, dict) else {}
        people = said.get(":submitters")
        if len(parts) < 2 or not isinstance(people, list) or not people:
            raise strange(entry, "Gradescope")
        path, time = PurePosixPath(*parts[1:]), _time(said.get(":created_at"))
        return [Piece(_owner(person, entry), path, entry, time=time) for person in people]

    return read


def _metadata(entries: list[Entry]) -> dict[Any, Any]:
    file = next((entry for entry in entries if entry.path.parts == (METADATA,)), None)
    if file is None:
        raise UsageError(f"There is no {METADATA} in it, which says whose each submission is: export it again.")
    try:
        found = yaml.load(file.read(LARGEST_ROSTER), Loader=_Plain)
    except (yaml.YAMLError, SubmissionError, ValueError, RecursionError) as error:
        told = " ".join(str(error).split())
        raise UsageError(f"The {METADATA} in it cannot be read ({one_line(told)}): export it again.") from error
    return found if isinstance(found, dict) else {}


class _Plain(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads YAML without merging, by which a small file could grow into a huge one."""

    def flatten_mapping(self, node: Any) -> None:
        """Leave what is to be merged where it is."""


def _owner(person: Any, entry: Entry) -> Owner:
    said = person if isinstance(person, dict) else {}
    name, sid, email = (_text(said.get(key)) for key in (":name", ":sid", ":email"))
    if not (name or sid or email):
        raise strange(entry, "Gradescope")
    return Owner(f"{name or email or sid} (Gradescope)", email or sid or name, others=(sid, name))


def _text(said: Any) -> str:
    return str(said).strip() if isinstance(said, str | int) else ""


def _time(said: Any) -> datetime | None:
    if not isinstance(said, datetime):
        return None
    return credible(said.astimezone(UTC).replace(tzinfo=None) if said.tzinfo else said)


PRODUCT = Product(fits, reader)
