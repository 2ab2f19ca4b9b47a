"""Makes a private course folder from a public one: the same assignments, hidden tests with random inputs of its own.

The public repository shows its solutions and its hidden tests. Whoever has read those can write down the answers to
their inputs; so a private course draws others, which derive from a secret that only its folder knows.
"""

from __future__ import annotations

import ast
import hashlib
import hmac
import re
import secrets
import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import nbformat

from autograder.course.book import Contents
from autograder.course.cells import HIDDEN_BEGIN, HIDDEN_END, code_cells, grade_id, helper_cells, is_hidden_test
from autograder.course.course import CONFIG_NAME, Course
from autograder.course.names import bound_names, needed_names
from autograder.course.release import NOT_RELEASED
from autograder.errors import UsageError

SECRET = ".secret"
GENERATORS = ("RandomState", "default_rng")
FIXED = "# fixed:"  # a line that says so keeps its seed: its numbers have to be those of another place
COURSE_ID = re.compile(r"""(?<=CourseDirectory\.course_id = )(["']).*?\1""")


def new_course(course: Course, target: Path) -> tuple[Course, dict[str, int]]:
    """Make the folder `target` from `course`.

    Returns
    -------
    course, changed
        The new course, and for each assignment how many hidden tests draw other inputs now.

    Raises
    ------
    UsageError
        If there is something at `target` already, or `course` has no assignment.
    """
    target = target.resolve()
    names = course.assignments()
    if not names:
        raise UsageError(f"{course.source} holds no assignment, so there is nothing to make a course from.")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} is there already and not empty: name a folder that does not exist yet.")
    if target.is_relative_to(course.root.resolve()):
        raise UsageError(f"{target} lies in the public course {course.root}: name a folder outside of it.")
    fresh = target.with_name(f".{target.name}.fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        changed = _fill(course, Course(fresh), target.name, names)
        if target.exists():
            target.rmdir()
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return Course(target), changed


def _fill(course: Course, private: Course, title: str, names: list[str]) -> dict[str, int]:
    config = (course.root / CONFIG_NAME).read_text(encoding="utf-8")
    (private.root / CONFIG_NAME).write_text(COURSE_ID.sub(lambda _: repr(title), config), encoding="utf-8")
    shutil.copytree(course.source, private.source, symlinks=True, ignore=NOT_RELEASED)
    if course.banks.is_dir() and private.banks.is_relative_to(private.root):
        shutil.copytree(course.banks, private.banks, ignore=shutil.ignore_patterns("__*"))
    contents = Contents.of(course)
    if contents.equations:
        contents.keep(private.root)
    templates = resources.files("autograder.course") / "private"
    for name, source in (("README.md", "README.md"), ("roster.csv", "roster.csv"), (".gitignore", "gitignore")):
        (private.root / name).write_bytes((templates / source).read_bytes())
    place = private.root / SECRET
    place.touch(mode=0o600)
    place.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
    key = place.read_bytes()
    return {name: _give_own_seeds(private, name, key) for name in names}


def _give_own_seeds(course: Course, name: str, key: bytes) -> int:
    """Change the seeds in the hidden tests of an assignment; return how many tests draw other inputs now."""
    changed = 0
    for notebook in course.notebooks(name):
        path = course.source_notebook(name, notebook)
        content = nbformat.read(path, as_version=4)
        helpers = {grade_id(cell) for cell in helper_cells(content)}
        drawing: set[str] = set()
        for cell in filter(is_hidden_test, code_cells(content)):
            where = f"{name}/{notebook}/{grade_id(cell)}"
            salt = int.from_bytes(hmac.digest(key, where.encode(), hashlib.sha256)[:4], "big")
            before, cell.source = cell.source, salted(cell.source, salt)
            if grade_id(cell) in helpers:
                drawing |= _drawing(before, cell.source)
            else:
                changed += cell.source != before or not drawing.isdisjoint(needed_names(before))
        path.write_text(nbformat.writes(content) + "\n", encoding="utf-8")
    return changed


def _drawing(before: str, after: str) -> set[str]:
    """Return the functions of a helper cell that draw other inputs now, be it through one that is defined above."""
    found: set[str] = set()
    if before != after:
        for old, new in zip(ast.parse(before).body, ast.parse(after).body, strict=True):
            text = ast.unparse(old)
            if text != ast.unparse(new) or needed_names(text) & found:
                found |= bound_names(text)
    return found


def salted(source: str, salt: int) -> str:
    """Return a test in which every generator of its hidden region starts from its seed and from `salt`.

    ``RandomState(11)`` becomes ``RandomState([11, 1234567])``; a line that says ``# fixed:`` stays.
    """
    lines = source.splitlines(keepends=True)
    for call in sorted(_seeded(source, lines), key=lambda call: (call.lineno, call.col_offset), reverse=True):
        seed = call.args[0]
        assert seed.end_lineno == seed.lineno
        assert seed.end_col_offset is not None
        line = lines[seed.lineno - 1].encode()
        text = line[seed.col_offset : seed.end_col_offset]
        line = line[: seed.col_offset] + b"[%b, %d]" % (text, salt) + line[seed.end_col_offset :]
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
        one_line = seed.lineno == seed.end_lineno and not isinstance(seed, ast.List | ast.Tuple | ast.Starred)
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
