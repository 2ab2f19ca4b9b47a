"""Words a finding: for the student, who reads nothing of a hidden test, and for the instructor, who reads all of it.

This is the only place that does. What it may say of a hidden test is in `redaction`.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograder.engine.findings import Ending, Finding, FindingKind
from autograder.engine.inside.errors import OTHER_SHAPE
from autograder.grading.redaction import Released
from autograder.shown.older import with_remark

DIFFERS = "A result differs from what the test expects."
NOT_PLAIN = "A result is not a plain value (number, text, list, dict, array ...), so the test cannot use it."
MALFORMED = "What came back is not made of plain values, so the test could not read it."
SENTENCES = {
    FindingKind.machine_memory: "Stopped: the machine had hardly any memory left.",
    FindingKind.ended_in_cell: "The Python process ended while this cell ran.",
    FindingKind.test_without_end: "The test did not come to an end with what the student's code gave it.",
    FindingKind.ended_too_often: "Not run: the Python process of the notebook has ended too often.",
    FindingKind.threads: (
        "Not run: the code waits for threads or processes that another cell has started, and there was no time left "
        "to start them again for this test. Start them inside the function."
    ),
    FindingKind.not_run: "this test was not run",
}
EXCEPTIONS = (FindingKind.raised, FindingKind.syntax, FindingKind.debugger)
DEBUGGERS = ("breakpoint()", "set_trace()")


def for_student(finding: Finding, released: Released) -> str:
    """Return what the student may read of a finding; of an assertion without a message, that is nothing.

    Parameters
    ----------
    released
        What is released of the notebook.
    """
    is_hidden, kind = released.hides(finding.test), finding.kind
    if kind in EXCEPTIONS:
        whole = released.exception(finding) if is_hidden else _whole(finding)
        return _with_cause(finding, _exception(finding, whole), released)
    if kind is FindingKind.comparison and is_hidden:
        return DIFFERS
    if kind is FindingKind.argument and is_hidden:
        return released.argument(finding.text)
    if kind is FindingKind.result and is_hidden and finding.text != OTHER_SHAPE:
        return NOT_PLAIN
    if kind is FindingKind.malformed:
        return MALFORMED
    return _plain(finding, released.function(finding.function), released)


def for_instructor(finding: Finding, released: Released) -> str:
    """Return all that there is to read of a finding: the student's lines on the way to it come first."""
    if finding.kind in EXCEPTIONS:
        lines = [f"{_place(line.number, line.function)}: {line.text}" for line in finding.lines]
        last = _exception(finding, _whole(finding)) if finding.test is None or not lines else _whole(finding)
        return _with_cause(finding, "\n".join([*lines, last]), released)
    if finding.kind is FindingKind.malformed:
        return f"{MALFORMED} ({finding.text})"
    return _plain(finding, finding.function, released)


def right_in_itself(names: Sequence[str], points: float, most: float) -> str:
    """Return what the student reads of a test that fails only because of functions of earlier exercises."""
    listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    part = "" if points == most else f" It gives {points:g} of its {most:g} points."
    return f"Right in itself: this failed because of {listed}, from an earlier exercise.{part}"


def as_error(finding: Finding, released: Released) -> dict[str, object]:
    """Return a finding as the error output of its cell, for the instructor's copy of the notebook."""
    name = "AssertionError" if finding.ending is Ending.failed else finding.exception
    name = name or ("TimeLimit" if finding.ending is Ending.timeout else "ProcessEnded")
    is_plain = finding.kind is FindingKind.raised and finding.test is None
    value = finding.text if is_plain else for_student(finding, released)
    told = for_instructor(finding, released)
    return {"output_type": "error", "ename": name, "evalue": value, "traceback": [told]}


def _plain(finding: Finding, function: str, released: Released) -> str:
    """Return the sentence of a finding that is not an exception."""
    kind, numbers = finding.kind, finding.numbers
    if kind is FindingKind.time_limit:
        return f"Stopped after {numbers['seconds']:g} seconds: this did not come to an end."
    if kind is FindingKind.memory_limit:
        return f"Stopped: more than {numbers['megabytes']:g} MB of memory were in use."
    if kind is FindingKind.notebook_time:
        return f"Not run: the whole notebook may take {numbers['minutes']:g} minutes."
    if kind is FindingKind.ended_in_call:
        return f"The Python process ended in a call of {function}."
    if kind is FindingKind.not_called_again:
        before = for_student(finding.cause, released) if finding.cause else ""
        return f"{function} is not called again. {before}".rstrip()
    return SENTENCES.get(kind, finding.text)


def _exception(finding: Finding, whole: str) -> str:
    """Return an exception with the place where it was raised, and a remark if its code is for an older Python."""
    last = finding.lines[-1] if finding.lines else None
    if last is None:
        return with_remark(whole)
    if finding.kind is FindingKind.debugger:
        left = next((call for call in DEBUGGERS if call in last.text), "it")
        return f"A debugger was left in {_place(last.number, last.function)}: delete {left}."
    if finding.kind is FindingKind.syntax:
        return with_remark(f"{whole} (line {last.number} of the cell)")
    if finding.test is None:
        return with_remark(whole)
    return with_remark(f"{whole} ({_place(last.number, last.function)}: {last.text})")


def _whole(finding: Finding) -> str:
    return ": ".join(part for part in (finding.exception, finding.text) if part)


def _place(number: int, function: str) -> str:
    return f"line {number}, in {function}" if function else f"line {number}"


def _with_cause(finding: Finding, text: str, released: Released) -> str:
    if finding.cause is None:
        return text
    return f"{text.removesuffix('.')}. Its cell has ended with this: {for_student(finding.cause, released)}"
