"""The learning platforms whose downloads can be collected; apart, so that the command line need not load the rest."""

from enum import StrEnum


class Lms(StrEnum):
    """Where a download comes from; `auto` looks."""

    auto = "auto"
    canvas = "canvas"
    moodle = "moodle"
    blackboard = "blackboard"
    brightspace = "brightspace"
    gradescope = "gradescope"
    sakai = "sakai"
    exchange = "exchange"
    folder = "folder"
