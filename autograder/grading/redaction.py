"""What a student may read of an exception that was raised while a hidden test was running.

The text of such an exception is of unknown origin and might carry the test's numbers. So of it remain words of our own
and of Python's, and what the student or the instructor's released text has written anyway.
"""

from __future__ import annotations

import builtins
import re

from autograder.engine.findings import Finding, Line, Origin
from autograder.engine.inside.errors import CANNOT, PASSES
from autograder.engine.items import Cell, Kind

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
    r"only integers, slices .*": "an index is not an integer",
    r"arrays used as indices must be .*": "an index is not an integer",
    r"only (?:size-1|length-1|0-dimensional) arrays .*": "an array is used where one number is needed",
    r"setting an array element with a sequence.*": "the rows of an array differ in length, or hold no numbers",
    r"The truth value of an array .*": "a whole array is used where one truth value is needed",
    r"could not convert string to float.*": "text is used where a number is needed",
    r"invalid literal for int.*": "text is used where a number is needed",
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
WITHHELD = "what it says is left out, since a hidden test was running"


class Released:
    """The released text of a notebook: all that its student has seen or written, and so may read again.

    Parameters
    ----------
    cells
        The cells of the notebook.
    """

    def __init__(self, cells: tuple[Cell, ...]) -> None:
        given = "\n".join(cell.released for cell in cells if cell.kind is not Kind.student)
        everything = set(re.findall(WORD, "\n".join(cell.released for cell in cells)))
        self.given = set(re.findall(WORD, given)), _texts(given) | {"not written yet"}
        self.words = everything if len(everything) <= MOST_WORDS else self.given[0]
        tests = [cell for cell in cells if cell.kind is Kind.test]
        self._cells = [cell.name for cell in cells]
        self._open_tests = {cell.name for cell in tests} - {cell.name for cell in tests if cell.is_hidden}

    def hides(self, test: str | None) -> bool:
        """Return whether what was found may hold something of a hidden test; an unknown test counts as hidden."""
        return test is not None and test not in self._open_tests

    def function(self, name: str) -> str:
        """Return the name of a function that a student may read; one that was made up could tell something."""
        return name if name in self.words else "a function"

    def cell(self, place: int, words: str) -> str:
        """Return these words with the cell at a place in them; nothing if it is not known."""
        return words.format(cell_in_words(self._cells[place])) if 0 <= place < len(self._cells) else ""

    def argument(self, text: str) -> str:
        """Return what a test passes wrongly; a function that a function has made may be named after its arguments."""
        name, what, rest = text.removeprefix(PASSES).partition(CANNOT)
        return text if not what or name in self.words else f"{PASSES}a function{what}{rest}"

    def exception(self, finding: Finding) -> str:
        """Return what a student may read of an exception.

        Whoever chooses among words can tell something by the choice. So a word must be Python's own, or stand in that
        line of the student's that is shown with the message; where no line is shown, it must stand in the instructor's
        released text. What the test's own lines raise may name whatever the notebook names.
        """
        words, texts = self._allowed(finding.origin, finding.lines)
        name = finding.exception if finding.exception in BUILT_IN else "Exception"
        said = WITHHELD if finding.text else ""
        if finding.text in texts:
            said = finding.text
        for pattern, saying in COMPILED:
            match = pattern.fullmatch(finding.text)
            if match and all(word in words | BUILT_IN for word in match.groups()):
                said = saying.format(*match.groups())
                break
        return f"{name}: {said}" if said else name

    def _allowed(self, origin: Origin, lines: tuple[Line, ...]) -> tuple[set[str], set[str]]:
        words, texts = self.given
        if origin is Origin.test:
            return self.words, texts
        if not lines:
            return words, texts
        own = re.findall(WORD, lines[-1].text)
        return set(own[:MOST_WORDS_OF_A_LINE]), {*_texts(lines[-1].text), "not written yet"}


def cell_in_words(name: str) -> str:
    """Return how a sentence calls a cell; one without a name of its own is called `cell 7`."""
    return name if name.startswith("cell ") else f"the cell {name}"


def _texts(code: str) -> set[str]:
    return {one or other for one, other in re.findall(TEXT, code)}
