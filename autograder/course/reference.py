"""The reference implementation of every function, loaded from the solutions of a source notebook.

This is the only door to it: book, benchmark, misconception bank and tests come through here. It runs the definitions
of the notebook (imports, given functions, solutions), never its tests and never its training.
"""

from __future__ import annotations

import ast
import linecache
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from autograder.errors import UsageError

if TYPE_CHECKING:  # each worker process imports this package, and nothing of notebooks with it
    from autograder.course.course import Course

DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


def reference(name: str, course: Course | None = None) -> ModuleType:
    """Return the reference functions of assignment `name` as attributes of a module.

    Parameters
    ----------
    name
        An assignment, for example ``"multi_layer"``.
    course
        The course to load it from. Default: the one that this package stands in, or else the one around the working
        directory.

    Raises
    ------
    UsageError
        If there is no such assignment, or a solution cannot be executed.
    """
    return _load(name, course or _home())


def _home() -> Course:
    from autograder.course.course import Course

    try:
        return Course.find(Path(__file__).parent)
    except UsageError:
        return Course.find()


@cache
def _load(name: str, course: Course) -> ModuleType:
    from autograder.course.cells import code_cells, is_test

    notebooks = course.read_sources(name)
    module = ModuleType(f"reference_{name}", f"The reference functions of the assignment {name}.")
    module.__file__ = str(course.source_notebook(name))
    if str(course.source) not in sys.path:  # the given cells import digits
        sys.path.append(str(course.source))
    for notebook in notebooks.values():
        for number, cell in enumerate(code_cells(notebook), 1):
            if not is_test(cell):
                _run_definitions(cell.source, f"<{name}: {cell.get('id', f'code cell {number}')}>", module)
    return module


def _run_definitions(source: str, label: str, module: ModuleType) -> None:
    tree = ast.parse(source, label)
    tree.body = [node for node in tree.body if isinstance(node, DEFINITIONS)]
    linecache.cache[label] = (len(source), None, source.splitlines(keepends=True), label)
    try:
        exec(compile(tree, label, "exec"), module.__dict__)
    except Exception as error:
        raise UsageError(f"The cell {label} of {module.__file__} cannot be executed: {error}.") from error
