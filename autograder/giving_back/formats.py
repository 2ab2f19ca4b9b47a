"""Whose files are written; apart, so that the command line need not load the rest."""

from enum import StrEnum


class Format(StrEnum):
    """Whose file grades are written into."""

    canvas = "canvas"
    moodle = "moodle"
    csv = "csv"


class Platform(StrEnum):
    """Who takes an archive of feedback."""

    canvas = "canvas"
    moodle = "moodle"
