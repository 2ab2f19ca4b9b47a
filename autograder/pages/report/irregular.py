"""What is irregular in a class: tampering, another assignment's notebook, environments that lack something, oddities.

Each is one sentence with everybody whom it concerns, so that three hundred renamed files are one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from autograder.grading.environment import label
from autograder.grading.verdict import Verdict
from autograder.intake.elsewhere import LOOKS_LIKE
from autograder.pages.report.data import Irregular, Kind
from autograder.pages.report.messages import DIFFERS, without_numbers

ORDER = list(Kind)
QUOTED = re.compile(r"(?<!\w)'[^']*'(?!\w)")


def irregular(verdicts: Sequence[Verdict], refused: Iterable[tuple[str, str]] = ()) -> tuple[Irregular, ...]:
    """Return what is irregular, the gravest kind first, and then what most students have.

    Parameters
    ----------
    refused
        Whose work was refused, and why: it may be another assignment's.
    """
    told = [(kind, text, verdict.student) for verdict in verdicts for kind, text in _of(verdict)]
    for student, why in refused:
        if LOOKS_LIKE in why:
            named = why.partition(LOOKS_LIKE)[2].partition(")")[0].rstrip(".")
            told.append((Kind.other, f"{LOOKS_LIKE}{named}", student))
    found: dict[tuple[Kind, str], tuple[set[str], set[str]]] = {}
    for kind, text, student in told:
        pattern = without_numbers(QUOTED.sub(DIFFERS, text)) if kind is Kind.oddity else text
        texts, students = found.setdefault((kind, pattern), (set(), set()))
        texts.add(text)
        students.add(student)
    lines = [
        Irregular(kind, pattern if len(texts) > 1 else next(iter(texts)), tuple(sorted(students)))
        for (kind, pattern), (texts, students) in found.items()
    ]
    return tuple(sorted(lines, key=lambda one: (ORDER.index(one.kind), -len(one.students), one.text)))


def _of(verdict: Verdict) -> Iterator[tuple[Kind, str]]:
    """Yield what is irregular about a submission; of one to another assignment, that is all there is to say."""
    elsewhere = [sentence for sentence in verdict.oddities if LOOKS_LIKE in sentence]
    if elsewhere:
        yield Kind.other, elsewhere[0]
        return
    yield from ((Kind.tampering, sentence) for sentence in verdict.tampering)
    for cell in verdict.cells:
        if cell.environment:
            yield Kind.environment, f"{label(cell.environment)}, in {cell.exercise}"
    yield from ((Kind.oddity, sentence) for sentence in verdict.oddities)
