"""Which names a piece of notebook code binds and what it imports, read from its text; nothing is executed.

It knows Python and IPython's magics, and nothing of assignments: `align` asks it about the instructor's own cells.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Iterator
from functools import lru_cache

from autograder.engine.inside import analysis

LONGEST_COMPARED = 50_000
TIMES_LONGER, LINE = 10, 120  # than another text: nobody's comments and blanks take so much


def bound_names(source: str) -> frozenset[str]:
    """Return the names that a cell binds at top level; none if the text cannot be parsed."""
    return analysis.names_bound_by(source)


@lru_cache(analysis.MOST_REMEMBERED)
def needed_names(source: str) -> frozenset[str]:
    """Return the names that a cell uses before it binds them at top level, in the functions that it defines too."""
    needed: set[str] = set()
    bound: set[str] = set()
    for statement in analysis.parse(source).body:
        binds = analysis.bound_names([statement])
        first = bound | (binds if hasattr(statement, "body") else set())  # a loop has bound its variable by then
        used = set(_used(symtable.symtable(ast.unparse(statement), "<cell>", "exec")))
        needed |= (used | binds if isinstance(statement, ast.AugAssign) else used) - first
        bound |= binds
    return frozenset(needed)


def _used(table: symtable.SymbolTable) -> Iterator[str]:
    """Yield the names that a scope and those within it take from the module."""
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (table.get_type() == "module" or symbol.is_global()):
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _used(inner)


def same_code(one: str, other: str) -> bool:
    """Return whether two texts are the same Python code, apart from comments, blanks and quotes."""
    shorter, longer = sorted((len(one), len(other)))
    if longer > min(LONGEST_COMPARED, TIMES_LONGER * shorter + LINE):
        return False
    try:
        first, second = ast.parse(one), ast.parse(other)
        return bool(first.body) and ast.dump(first) == ast.dump(second)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def import_statements(sources: Iterable[str]) -> str:
    """Return the top-level import statements of several cells as one text, each once, in order.

    Imports from `__future__` come first, where Python wants them.
    """
    found: dict[str, bool] = {}
    for source in sources:
        for statement in analysis.parse(source).body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                found[ast.unparse(statement)] = isinstance(statement, ast.ImportFrom) and (
                    statement.module == "__future__"
                )
    return "".join(f"{line}\n" for line in sorted(found, key=lambda line: not found[line]))
