"""Which names a piece of notebook code binds and what it imports, read from its text; nothing is executed.

It knows Python and IPython's magics, and nothing of assignments: `align` asks it about the instructor's own cells.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from autograder.engine.inside import analysis


def bound_names(source: str) -> frozenset[str]:
    """Return the names that a cell binds at top level; none if the text cannot be parsed."""
    return frozenset(analysis.bound_names(analysis.parse(source).body))


def seeds_in(sources: Iterable[str]) -> tuple[int, ...]:
    """Return the whole numbers that cells hand to functions called `seed`, each once."""
    return tuple(analysis.seeds(map(analysis.parse, sources)))


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
