"""What the instructor's notebook calls things: the headings of exercises, and what tests say that they check."""

from __future__ import annotations

import re

from nbformat import NotebookNode

from autograder.course.cells import HIDDEN_BEGIN, grade_id, is_solution, is_task, is_test

HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
POINTS = re.compile(r"\s*\(\s*\d+(?:\.\d+)?\s+points?\s*\)")
KIND = re.compile(r"^(?:hidden|visible)\s+tests?\b\s*(?:\([^)]*\))?\s*:\s*", re.IGNORECASE)


def headings(source: NotebookNode) -> dict[str, str]:
    """Return the heading that each answer cell and each task stands under, without its points."""
    found: dict[str, str] = {}
    last = ""
    for cell in source.cells:
        name = grade_id(cell)
        if cell.cell_type == "markdown" and not is_solution(cell):
            last = next((_words(match[1]) for match in HEADING.finditer(cell.source)), last)
        if name and (is_solution(cell) or is_task(cell)):
            found[name] = last
            last = ""
    return found


def comments_of(source: NotebookNode) -> dict[str, str]:
    """Return what each test says that it checks: the comment at its head, above any hidden region."""
    return {str(grade_id(cell)): _comment(cell.source) for cell in source.cells if is_test(cell)}


def _comment(text: str) -> str:
    lines = []
    for line in text.splitlines():
        if not line.startswith("#") or HIDDEN_BEGIN in line:
            break
        lines.append(line.lstrip("# ").strip())
    said = KIND.sub("", " ".join(filter(None, lines))).rstrip(".")
    return said[:1].upper() + said[1:]


def _words(heading: str) -> str:
    return POINTS.sub("", heading).replace("`", "").replace("**", "").replace("$", "").strip()
