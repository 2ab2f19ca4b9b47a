"""Which inputs hidden tests draw: everybody's, those of a course that has a secret, or those of one grading run.

The seeds of random generators in hidden regions get further numbers, which derive from the course's secret, from the
name of the draw and from the cell; the source notebooks stay as they are, and stay public if they were. Whoever knows
the secret and the name meets the same inputs again. In a course without a secret, a draw without a name leaves
everything as it is written.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import hmac
import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from autograder.course.cells import HIDDEN_BEGIN, HIDDEN_END, code_cells, grade_id, helper_cells, is_hidden_test, points
from autograder.course.course import Course
from autograder.course.names import bound_names, needed_names
from autograder.errors import UsageError

GENERATORS = ("RandomState", "default_rng")
FIXED = "# fixed:"  # a line that says so keeps its seed: its numbers have to be those of another place
OTHER = "any other"  # the name of a draw that shows what changes from one to the next


@dataclass(frozen=True)
class Draw:
    """One draw of the inputs: of the course that has this secret, and of the runs that have this name."""

    name: str = ""
    secret: bytes = b""

    @property
    def is_public(self) -> bool:
        """Whether the tests are as they are written."""
        return not (self.name or self.secret)

    @property
    def fingerprint(self) -> str:
        """What tells this draw from others, and tells nobody the secret."""
        return "public" if self.is_public else self._digest()[:4].hex()

    def salt(self, *where: str) -> tuple[int, ...]:
        """Return what is added to the seeds of a cell: too much for somebody who knows some inputs to try it all."""
        return struct.unpack(">4I", self._digest(*where)[:16])

    def _digest(self, *where: str) -> bytes:
        return hmac.digest(self.secret, json.dumps([self.name, *where]).encode(), hashlib.sha256)


PUBLIC = Draw()


@dataclass(frozen=True)
class Share:
    """How many of the points that the machine gives rest on inputs that differ from draw to draw."""

    points: float
    of: float


def draw_of(course: Course, name: str | None = None) -> Draw:
    """Return a draw of a course; without a name, the one that its configuration names.

    Raises
    ------
    UsageError
        If the name cannot be one, or the secret is missing.
    """
    chosen = course.draw if name is None else name
    if not chosen.isprintable():
        raise UsageError(f"A draw cannot be called {chosen!r}: use characters that can be printed.")
    return Draw(chosen, _secret(course.secret) if course.secret else b"")


def _secret(path: Path) -> bytes:
    """Return what the file of a course's secret holds."""
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise UsageError(
            f"The inputs of this course's hidden tests derive from {path}, which cannot be read "
            f"({error.strerror or error}). It is not under version control: copy it from where you have graded "
            "before. With another secret, everybody meets other inputs."
        ) from error
    if not secret:
        raise UsageError(f"The inputs of this course's hidden tests derive from {path}, and that file is empty.")
    return secret


def drawn(sources: Mapping[str, NotebookNode], assignment: str, draw: Draw) -> dict[str, NotebookNode]:
    """Return the notebooks of an assignment with the inputs of a draw; those that are given stay as they are."""
    if draw.is_public:
        return dict(sources)
    found = {}
    for notebook, source in sources.items():
        found[notebook] = copy.deepcopy(source)
        for cell in filter(is_hidden_test, code_cells(found[notebook])):
            cell.source = salted(cell.source, draw.salt(assignment, notebook, str(grade_id(cell))))
    return found


def share(sources: Mapping[str, NotebookNode], assignment: str) -> Share:
    """Return how much of an assignment differs from draw to draw: tests whose text does, or that of their helpers."""
    others = drawn(sources, assignment, Draw(OTHER))
    total = found = 0.0
    for notebook, source in sources.items():
        helpers = {grade_id(cell) for cell in helper_cells(source)}
        drawing: set[str] = set()
        for cell, other in zip(code_cells(source), code_cells(others[notebook]), strict=True):
            if grade_id(cell) in helpers:
                drawing |= _drawing(cell.source, other.source)
                continue
            total += points(cell)
            if cell.source != other.source or not drawing.isdisjoint(needed_names(cell.source)):
                found += points(cell)
    return Share(found, total)


def _drawing(before: str, after: str) -> set[str]:
    """Return the functions of a helper cell that draw other inputs now, if only through one that is defined above."""
    found: set[str] = set()
    if before != after:
        for old, new in zip(ast.parse(before).body, ast.parse(after).body, strict=True):
            text = ast.unparse(old)
            if text != ast.unparse(new) or needed_names(text) & found:
                found |= bound_names(text)
    return found


def salted(source: str, salt: tuple[int, ...]) -> str:
    """Return a test in which every generator of its hidden region starts from its seed and from `salt`.

    ``RandomState(11)`` becomes ``RandomState([11, 12, 34, 56, 78])``; a line that says ``# fixed:`` stays.
    """
    added = ", ".join(map(str, salt)).encode()
    lines = source.splitlines(keepends=True)
    for call in sorted(_seeded(source, lines), key=lambda call: (call.lineno, call.col_offset), reverse=True):
        seed = call.args[0]
        assert seed.end_lineno == seed.lineno
        assert seed.end_col_offset is not None
        line = lines[seed.lineno - 1].encode()
        text = line[seed.col_offset : seed.end_col_offset]
        several = b"*" if isinstance(seed, ast.List | ast.Tuple) else b""
        line = line[: seed.col_offset] + b"[%b%b, %b]" % (several, text, added) + line[seed.end_col_offset :]
        lines[seed.lineno - 1] = line.decode()
    return "".join(lines)


def _seeded(source: str, lines: list[str]) -> Iterator[ast.Call]:
    """Yield the calls in a hidden region that make a generator from a seed of one line."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a magic; such a test keeps its seeds
        return
    hidden = _hidden_lines(lines)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or len(node.args) != 1 or node.keywords:
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        seed = node.args[0]
        one_line = seed.lineno == seed.end_lineno and not isinstance(seed, ast.Starred)
        fixed = FIXED in lines[seed.lineno - 1]
        if name in GENERATORS and one_line and not fixed and seed.lineno in hidden:
            yield node


def _hidden_lines(lines: list[str]) -> set[int]:
    found, inside = set(), False
    for number, line in enumerate(lines, 1):
        inside = (inside or HIDDEN_BEGIN in line) and HIDDEN_END not in line
        if inside:
            found.add(number)
    return found
