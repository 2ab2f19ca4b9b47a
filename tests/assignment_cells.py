"""What tests of several rooms share; they cannot import it from `conftest`, of which there are several."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

REPOSITORY = Path(__file__).parent.parent


def nbgrader_cell(name: str, source: str, **role: object) -> nbformat.NotebookNode:
    """Return a code cell that nbgrader knows as `name`."""
    metadata = {"schema_version": 3, "grade_id": name, "solution": False, "grade": False, "locked": True, **role}
    metadata.setdefault("task", False)
    return new_code_cell(source, id=name, metadata={"nbgrader": metadata})
