"""What is kept for whoever looks for a fault: what the loggers below `autograder` say, in files of bounded size.

A record is one line, whatever it is about says; a traceback follows it with every line indented, so that no text of a
student's can pass for a record.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from autograder.shown.terminal import plain

LARGEST = 4 * 2**20  # bytes
BACKUPS = 3  # older files that are kept beside it
SET_IN = "    | "
COMMAND = "command"  # the name of the handler that keeps what the running command says

ours = logging.getLogger("autograder")
ours.addHandler(logging.NullHandler())  # or Python prints what nobody keeps


class _Lines(logging.Formatter):
    """Writes when and what, parted by a tab."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="seconds")
        lines = [f"{time}\t{' '.join(plain(record.getMessage()).splitlines())}"]
        if record.exc_info:
            lines += [SET_IN + line for line in plain(self.formatException(record.exc_info)).splitlines()]
        return "\n".join(lines)


class _File(RotatingFileHandler):
    """A log file; what keeps it from being written is an error like that of any other file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=LARGEST, backupCount=BACKUPS, encoding="utf-8", errors="replace", delay=True)
        self.setFormatter(_Lines())

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        raise


@contextmanager
def written_to(path: Path) -> Iterator[None]:
    """Write what is logged within a `with` statement to a file."""
    handler = _File(path)
    ours.addHandler(handler)
    _at_least(logging.INFO)
    try:
        yield
    finally:
        ours.removeHandler(handler)
        handler.close()


def keep(path: Path) -> None:
    """From now on, write tracebacks of crashes to a file, which is made when it is needed."""
    for handler in [handler for handler in ours.handlers if handler.get_name() == COMMAND]:
        ours.removeHandler(handler)
        handler.close()
    handler = _File(path)
    handler.set_name(COMMAND)
    handler.addFilter(lambda record: record.levelno >= logging.CRITICAL)
    ours.addHandler(handler)


def kept_in() -> Path | None:
    """Return the file that `keep` was told, if any."""
    found = [handler for handler in ours.handlers if handler.get_name() == COMMAND and isinstance(handler, _File)]
    return Path(found[0].baseFilename) if found else None


def show() -> None:
    """Show all that is logged on stderr too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    ours.addHandler(handler)
    ours.setLevel(logging.DEBUG)


def is_shown() -> bool:
    """Return whether `show` was called."""
    return ours.level == logging.DEBUG


@contextmanager
def quiet(name: str) -> Iterator[None]:
    """Let a library's logger say nothing within a `with` statement."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _at_least(level: int) -> None:
    if not ours.isEnabledFor(level):
        ours.setLevel(level)
