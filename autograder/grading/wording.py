"""Words a finding: for the student, who reads nothing of a hidden test, and for the instructor, who reads all of it.

This is the only place that does. What it may say of a hidden test is in `redaction`.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograder.engine.environment import fault_of
from autograder.engine.findings import Ending, EnvironmentFault, Finding, FindingKind, Line
from autograder.engine.inside.errors import OTHER_SHAPE
from autograder.grading.environment import in_words, label
from autograder.grading.redaction import Released, cell_in_words

DIFFERS = "A result differs from what the test expects."
NOT_PLAIN = (
    "A result is not a plain value, so the test cannot use it: return a number, a text, a date, a list, a dictionary "
    "or an array."
)
MALFORMED = "What came back is not made of plain values, so the test could not read it."
SENTENCES = {
    FindingKind.machine_memory: "Stopped: the machine had hardly any memory left.",
    FindingKind.apart: "This cell runs apart from the notebook, so what it defines is not there afterwards.",
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
NOT_WRITTEN = ("", "not written yet")
NO_KEY = "What this line reads has no such key: look how the function that made it calls it."
NO_KEY_FOR_TEST = "The test looks for a key that is not there."
DEBUGGERS = ("breakpoint()", "set_trace()")


def for_student(finding: Finding, released: Released) -> str:
    """Return what the student may read of a finding; of an assertion without a message, that is nothing.

    Parameters
    ----------
    released
        What is released of the notebook.
    """
    return _with_cause(finding, _for_student(finding, released), released)


def _for_student(finding: Finding, released: Released) -> str:
    is_hidden, kind = released.hides(finding.test), finding.kind
    if kind in EXCEPTIONS:
        whole = released.exception(finding) if is_hidden else _whole(finding)
        fault = fault_of(whole) if is_hidden and finding.environment else finding.environment
        return _with_fault(_exception(finding, whole, released), fault)
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
    told = _with_cause(finding, _for_instructor(finding, released), released)
    return f"{told}\nEnvironment, not idea: {label(finding.root)}." if finding.root else told


def _for_instructor(finding: Finding, released: Released) -> str:
    if finding.kind in EXCEPTIONS:
        lines = [f"{_place(line, released)}: {line.text}" for line in finding.lines]
        is_ours = finding.kind in (FindingKind.syntax, FindingKind.debugger)
        last = _exception(finding, _whole(finding), released) if is_ours else _whole(finding)
        return _with_fault("\n".join([*lines, last]), finding.environment)
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
    if kind is FindingKind.apart and finding.environment:
        return in_words(finding.environment)
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


def _exception(finding: Finding, whole: str, released: Released) -> str:
    """Return an exception with the place where it was raised."""
    last = finding.lines[-1] if finding.lines else None
    if last is None:
        return _with_key(finding, whole, NO_KEY_FOR_TEST)
    if finding.kind is FindingKind.debugger:
        left = next((call for call in DEBUGGERS if call in last.text), "it")
        return f"A debugger was left in {_place(last, released)}: delete {left}."
    if finding.kind is FindingKind.syntax:
        return f"{whole} (line {last.number} of the cell)"
    if finding.exception == "NotImplementedError" and finding.text in NOT_WRITTEN and last.function:
        return f"{last.function} is not written yet."
    return _with_key(finding, f"{whole} ({_place(last, released)}: {last.text})", NO_KEY)


def _with_key(finding: Finding, text: str, sentence: str) -> str:
    return f"{text}. {sentence}" if finding.exception == "KeyError" else text


def _whole(finding: Finding) -> str:
    return ": ".join(part for part in (finding.exception, finding.text) if part)


def _place(line: Line, released: Released) -> str:
    where = f", in {line.function}" if line.function else released.cell(line.cell, " of {}")
    return f"line {line.number}{where}"


def _with_fault(text: str, fault: EnvironmentFault | None) -> str:
    return f"{_sentence(text)} {in_words(fault)}" if fault else text


def _with_cause(finding: Finding, text: str, released: Released) -> str:
    """Return a text with what is known of the cell that it follows from."""
    cause = finding.cause
    if cause is None or finding.kind is FindingKind.not_called_again:  # which says it itself
        return text
    told = for_student(cause, released)
    if cause.kind is not FindingKind.apart:
        cell = cell_in_words(cause.cell) if cause.cell else "its cell"
        told = f"{cell[0].upper()}{cell[1:]} has ended with this: {told}"
    return f"{_sentence(text)} {told}".strip()


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."
