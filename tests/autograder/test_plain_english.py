"""What the grader says reads like English that a native reader does not notice."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from assignment_cells import REPOSITORY

FILES = sorted([*(REPOSITORY / "autograder").rglob("*.py"), *(REPOSITORY / "bank").rglob("*.py")])
TRANSLATED = {
    "say 'is not a ...'": r"(?<!here )\b(?:is|are|was|were) (?:no|none)\b(?! (?:longer|more|way|such|end)\b)",
    "say 'instead of'": r"\bin the place of\b",
    "say 'Return whether'": r"^Tell whether\b",
}


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield the texts of a module, docstrings too, with their lines; of an f-string the parts between the braces."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value


@pytest.mark.parametrize("better", TRANSLATED)
def test_nothing_sounds_translated(better: str) -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}:{line}: {match[0]!r} in {text.strip()[:80]!r}"
        for path in FILES
        for line, text in texts(path.read_text())
        if (match := re.search(TRANSLATED[better], text))
    ]
    assert not found, f"{better}\n" + "\n".join(found)
