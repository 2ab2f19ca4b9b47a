"""Messages that say the same with other numbers, taken for one.

What a test says holds the student's numbers, so in a class hardly two messages are equal. Here a message is what is
left of it without numbers; of an exception, its type is enough. This takes time in proportion to the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from autograder.engine.findings import FindingKind
from autograder.grading.verdict import HELD_AGAINST, CellVerdict
from autograder.pages.report.data import Said

NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w])|(?<![\w.])[-+]?(?:nan|inf)\b")
DIFFERS = "…"
LONGEST = 600  # characters of a message
MOST = 8  # messages of one test
EXCEPTIONS = (FindingKind.raised, FindingKind.syntax)


def grouped(cells: Iterable[CellVerdict]) -> tuple[Said, ...]:
    """Return what one test said to the students whom it has failed, the most frequent first, at most so many.

    Parameters
    ----------
    cells
        Its outcomes, one of each student.
    """
    failed = [(cell, shown(cell)) for cell in cells if cell.status in HELD_AGAINST]
    found = counted((_key(cell, text), text, _exception(cell)) for cell, text in failed if text)
    rest = sum(said.students for said in found[MOST:])
    return (*found[:MOST], *([Said("other messages", rest)] if rest else []))


def counted(told: Iterable[tuple[str, str, str]]) -> list[Said]:
    """Return texts that have the same key as one, each with how many there are, the most frequent first.

    Parameters
    ----------
    told
        For each text its key, the text, and the type of the exception that says it, if one does.
    """
    texts: dict[str, list[str]] = {}
    raised: dict[str, str] = {}
    for key, text, exception in told:
        texts.setdefault(key, []).append(text)
        raised.setdefault(key, exception)
    found = [Said(_common(some), len(some), raised[key]) for key, some in texts.items()]
    return sorted(found, key=lambda said: (-said.students, said.text))


def shown(cell: CellVerdict) -> str:
    """Return what a test says, for the instructor: an exception in full, also where a hidden test was running."""
    finding, exception = cell.finding, _exception(cell)
    if finding is not None and exception:
        text = f"{exception}: {finding.text}" if finding.text else exception
    elif finding is not None and finding.kind is FindingKind.assertion and finding.text:
        text = finding.text  # without what else has gone wrong in the notebook
    else:
        text = cell.message or cell.detail
    text = " ".join(text[: 2 * LONGEST].split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}{DIFFERS}"


def _key(cell: CellVerdict, text: str) -> str:
    """Return what messages that say the same have in common; an exception can be raised with any text."""
    return _exception(cell) or without_numbers(text)


def _exception(cell: CellVerdict) -> str:
    """Return the type of the exception that has ended a test, if one has."""
    finding = cell.finding
    return finding.exception if finding is not None and finding.kind in EXCEPTIONS else ""


def without_numbers(text: str) -> str:
    """Return a text with an ellipsis for each number."""
    return NUMBER.sub(DIFFERS, text)


def _common(texts: list[str]) -> str:
    """Return one text for all: a number that differs becomes an ellipsis; of other texts, the most frequent."""
    if len(set(map(without_numbers, texts))) > 1:
        (text, _), *_ = Counter(texts).most_common(1)
        return text
    numbers = [NUMBER.findall(text) for text in texts]
    same = [len(set(column)) == 1 for column in zip(*numbers, strict=True)]
    place = iter(same)
    return NUMBER.sub(lambda number: number[0] if next(place) else DIFFERS, texts[0])
