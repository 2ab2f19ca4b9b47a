"""Turns what the sandbox says into outputs and messages that may be shown: to the instructor, and to the student.

What comes from the student's process is text of unknown origin. The instructor gets it as text, cut to a length. A
student reads of a hidden test only what the instructor wrote for it, words of our own, and where in the student's own
cells it happened: an exception's message might carry the test's numbers.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from autograder.engine.harmless import clean_data
from autograder.engine.inside.errors import OTHER_SHAPE
from autograder.engine.inside.exceptions import clean_frames
from autograder.engine.older import with_remark
from autograder.engine.work import Cell, CellReport, Ending, Kind

MOST_TEXT = 300_000
MOST_RICH = 12 * 2**20
MOST_OUTPUTS = 500
MOST_MARKDOWN = 100_000  # characters of one cell's Markdown that are rendered; what is beyond is shown as text
LONGEST_MESSAGE = 2000
MIMES = {
    "text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "image/svg+xml",
}  # fmt: skip

# What Python and NumPy say, and what a student may read of it when a hidden test made them say it. What stands in
# parentheses is kept if it is a word of the student's own text.
WORD = r"([A-Za-z_][A-Za-z_0-9]{0,60})"
SAYINGS = {
    rf"name '{WORD}' is not defined.*": "name '{}' is not defined",
    rf"cannot access local variable '{WORD}' .*": "the local variable '{}' has no value yet",
    rf"'{WORD}' object is not callable": "'{}' object is not callable",
    rf"'{WORD}' object is not subscriptable": "'{}' object is not subscriptable",
    rf"'{WORD}' object is not iterable": "'{}' object is not iterable",
    rf"'{WORD}' object does not support item assignment": "'{}' object does not support item assignment",
    rf"cannot unpack non-iterable {WORD} object": "cannot unpack a {}",
    rf"'{WORD}' object has no attribute '{WORD}'.*": "'{}' object has no attribute '{}'",
    rf"module '{WORD}' has no attribute '{WORD}'(?s:.*)": "module '{}' has no attribute '{}'",
    rf"`np\.{WORD}` was removed in the NumPy 2.0 release\..*": "`np.{}` was removed in the NumPy 2.0 release",
    rf"unsupported operand type\(s\) for \S{{1,3}}:? '{WORD}' and '{WORD}'": "'{}' and '{}' do not go together",
    rf"can't multiply sequence by non-int of type '{WORD}'": "a list cannot be multiplied by a '{}'",
    rf"{WORD}\(\) got an unexpected keyword argument '{WORD}'.*": "{}() does not take the argument '{}'",
    rf"{WORD}\(\) missing \d+ required positional arguments?: .*": "{}() wants more arguments",
    rf"{WORD}\(\) takes .* positional arguments? but .* given": "{}() takes fewer arguments",
    rf"No module named '{WORD}'": "there is no module '{}' here",
    rf"'{WORD}'": "'{}'",
    r"not enough values to unpack.*": "not enough values to unpack",
    r"too many values to unpack.*": "too many values to unpack",
    r"operands could not be broadcast.*": "two arrays have shapes that do not fit each other",
    r"non-broadcastable output operand.*": "a result does not fit the array that it is written into",
    r"shapes .* not aligned.*": "two matrices have shapes that cannot be multiplied",
    r"matmul: .*mismatch.*": "two matrices have shapes that cannot be multiplied",
    r"cannot reshape array of size .*": "an array cannot be reshaped like this",
    r"index .* is out of bounds.*": "an index is out of bounds",
    r"(?:list|tuple|string|pop) .*index out of range": "an index is out of range",
    r"axis .* is out of bounds for array.*": "an array has fewer axes",
    r"too many indices for array.*": "an array has fewer axes",
    r"only integers, slices .*": "an index is no integer",
    r"arrays used as indices must be .*": "an index is no integer",
    r"only (?:size-1|length-1|0-dimensional) arrays .*": "an array stands where one number is needed",
    r"setting an array element with a sequence.*": "the rows of an array differ in length, or hold no numbers",
    r"The truth value of an array .*": "a whole array stands where one truth value is needed",
    r"could not convert string to float.*": "text stands where a number is needed",
    r"invalid literal for int.*": "text stands where a number is needed",
    r"assignment destination is read-only": "an array that must not be changed is written to",
    r"(?:float |integer )?(?:division|modulo) .*by zero|division by zero": "division by zero",
    r"maximum recursion depth exceeded.*": "a function calls itself without end",
    r"Unable to allocate .*": "there is not enough memory",
    r"input\(\) needs somebody to answer.*": "input() needs somebody to answer: write the value into the code",
}  # fmt: skip
COMPILED = [(re.compile(pattern), words) for pattern, words in SAYINGS.items()]
TEXT = r"""(?:"([^"\\\n]{1,200})"|'([^'\\\n]{1,200})')"""  # a piece of text in code
MOST_WORDS = 1000  # of a notebook; with more, which function hung or died would tell too much
MOST_WORDS_OF_A_LINE = 12  # the first so many may be said
BUILT_IN = {*dir(builtins), "NoneType", "numpy", "ndarray", "LinAlgError"}
MOST_LINES = 500  # of a cell whose lines may be said
PASSES = "The test passes to "
WITHHELD = "what it says is left out, since a hidden test was running"


@dataclass(frozen=True)
class Why:
    """Why the student's process was ended, in a sentence for everybody."""

    ending: Ending
    sentence: str


class Explainer:
    """Explains the ends of the cells of one notebook.

    Parameters
    ----------
    cells
        The cells; their released text is all that a student has seen or written.
    """

    def __init__(self, cells: tuple[Cell, ...]) -> None:
        self.cells = cells
        given = "\n".join(cell.released for cell in cells if cell.kind is not Kind.student)
        everything = re.findall(WORD, "\n".join(cell.released for cell in cells))
        self.given = set(re.findall(WORD, given)), _texts(given) | {"not written yet"}
        self.words = set(everything) if len(set(everything)) <= MOST_WORDS else self.given[0]

    def explain(self, fault: dict[str, Any], *, hidden: bool) -> tuple[Ending, str, str]:
        """Return how a test ended, what its student may read, and all that there is to read."""
        origin, name, text = (readable(fault.get(part)) for part in ("origin", "name", "text"))
        text = text[:LONGEST_MESSAGE]
        if origin == "malformed":
            sentence = "What came back is not made of plain values, so the test could not read it."
            return Ending.error, sentence, f"{sentence} ({text})"
        if origin == "assert":
            return Ending.failed, text, text
        if origin == "library":
            return Ending.failed, "A result differs from what the test expects." if hidden else text, text
        if origin == "argument":
            return Ending.error, self._without_strange_names(text) if hidden else text, text
        if origin == "cannot cross":
            sentence = "A result is not a plain value (number, text, list, dict, array ...), so the test cannot use it."
            return Ending.error, sentence if hidden and text != OTHER_SHAPE else text, text
        lines = self.lines(fault.get("frames"))
        whole = ": ".join(part for part in (name, text) if part)
        shown = self.harmless(origin, name, text, lines) if hidden else whole
        where = f" (line {lines[-1][0]}: {lines[-1][1]})" if lines else ""
        return Ending.error, with_remark(shown + where), "\n".join([*(f"line {n}: {line}" for n, line in lines), whole])

    def harmless(self, origin: str, name: str, text: str, lines: list[tuple[int, str]]) -> str:
        """Return what a student may read of an exception when a hidden test was running.

        Everything that can be chosen tells something: so its words must be Python's, or stand in the line of the
        student's that is shown with it; without such a line, in the instructor's text. What the test's own lines
        raise may name whatever the notebook names.
        """
        words, texts = self.given
        if origin == "test":
            words = self.words
        elif lines:
            own = re.findall(WORD, lines[-1][1])
            words, texts = set(own[:MOST_WORDS_OF_A_LINE]), {*_texts(lines[-1][1]), "not written yet"}
        name = name if name in BUILT_IN else "Exception"
        said = WITHHELD if text else ""
        if text in texts:
            said = text
        for pattern, saying in COMPILED:
            match = pattern.fullmatch(text)
            if match and all(word in words | BUILT_IN for word in match.groups()):
                said = saying.format(*match.groups())
                break
        return f"{name}: {said}" if said else name

    def _without_strange_names(self, text: str) -> str:
        """Return what a test passed wrongly; a function that a function has made may be named after its arguments."""
        name, what, rest = text.removeprefix(PASSES).partition(" a value that cannot be handed over")
        return text if not what or name in self.words else f"{PASSES}a function{what}{rest}"

    def lines(self, frames: Any) -> list[tuple[int, str]]:
        """Return the student's own lines of a traceback, with their numbers in their cells."""
        found = []
        for place, number, _ in clean_frames(frames):
            if 0 <= place < len(self.cells) and self.cells[place].kind is not Kind.test:
                text = self.cells[place].released
                lines = text.splitlines()
                number += next((k for k, line in enumerate(lines) if line.strip()), 0)  # IPython drops blank ones above
                if 0 < number <= len(lines) <= MOST_LINES:
                    found.append((number, lines[number - 1].strip()[:200]))
        return found

    def cell(self, outputs: Any, fault: Any) -> CellReport:
        """Return the report of a cell that is no test."""
        found = clean_outputs(outputs)
        if not isinstance(fault, dict):
            return CellReport(found)
        kinds = fault.get("kinds")
        name = str(kinds[0]).rpartition(".")[2][:80] if isinstance(kinds, list) and kinds else "Exception"
        message = with_remark(readable(f"{name}: {fault.get('text')}")[:LONGEST_MESSAGE])
        for output in found:
            if output["output_type"] == "error":
                lines = [f"line {n}: {line}" for n, line in self.lines(fault.get("frames"))]
                output["traceback"] = [*lines, message]
        return CellReport(found, Ending.error, message, message)


def _texts(code: str) -> set[str]:
    return {one or other for one, other in re.findall(TEXT, code)}


def readable(text: Any) -> str:
    """Return text that can be written to any file: halves of surrogate pairs cannot."""
    return str(text).encode("utf-8", "replace").decode()


def ended(why: Why, outputs: Iterable[dict[str, Any]] = ()) -> CellReport:
    """Return the report of a cell whose process was ended."""
    name = "TimeLimit" if why.ending is Ending.timeout else "ProcessEnded"
    error = {"output_type": "error", "ename": name, "evalue": why.sentence, "traceback": [why.sentence]}
    return CellReport([*outputs, error], why.ending, why.sentence, why.sentence)


def clean_outputs(outputs: Any, stream: str = "") -> list[dict[str, Any]]:
    """Return outputs of a notebook, rebuilt from what a process says they are; `stream` renames printed text."""
    found: list[dict[str, Any]] = []
    text = rich = markdown = 0
    for output in outputs[:MOST_OUTPUTS] if isinstance(outputs, list) else []:
        if not isinstance(output, dict):
            continue
        kind = output.get("output_type")
        if kind == "stream" and isinstance(output.get("text"), str):
            said = readable(output["text"][: max(0, MOST_TEXT - text)])
            text += len(said)
            name = stream or ("stderr" if output.get("name") == "stderr" else "stdout")
            if found and found[-1]["output_type"] == "stream" and found[-1]["name"] == name:
                found[-1]["text"] += said
            else:
                found.append({"output_type": "stream", "name": name, "text": said})
        elif kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
            data = {
                mime: readable(value)
                for mime, value in output["data"].items()
                if mime in MIMES and isinstance(value, str)
            }
            rich += sum(map(len, data.values()))
            markdown += len(data.get("text/markdown", ""))
            shown = clean_data(data, MOST_MARKDOWN - markdown) if rich <= MOST_RICH else {}
            if shown:
                entry: dict[str, Any] = {"output_type": kind, "data": shown, "metadata": {}}
                found.append({**entry, "execution_count": None} if kind == "execute_result" else entry)
        elif kind == "error":
            name, value = readable(output.get("ename"))[:80], readable(output.get("evalue"))[:LONGEST_MESSAGE]
            found.append({"output_type": "error", "ename": name, "evalue": value, "traceback": [f"{name}: {value}"]})
    return found
