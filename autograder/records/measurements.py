"""What a run took: CPU and wall seconds and memory of each cell, apart from the verdict since they vary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from autograder.engine.items import CellReport, Ending, Report
from autograder.grading.verdict import (
    SCHEMA,
)
from autograder.intake.align import Aligned


def measurements(aligned: Aligned, reports: Mapping[str, Report], before: str = "") -> str:
    """Return what a run took as JSON text: CPU and wall seconds and the largest resident bytes, for each cell.

    What was not run this time is as the measurements `before` have it.
    """
    known = _measured(before)
    cells: list[dict[str, Any]] = []
    for name, item in sorted(aligned.items.items()):
        told = reports[name].cells if name in reports else ()
        for number, cell in enumerate(item.cells):
            report = told[number] if number < len(told) else CellReport(ending=Ending.kept)
            took = {"cpu": report.cpu, "wall": report.wall, "memory": report.memory}
            if report.ending is Ending.kept:
                took = known.get((name, cell.name), took)
            cells.append({"notebook": name, "cell": cell.name, **took})
    total = {
        "cpu": sum(cell["cpu"] for cell in cells),
        "wall": sum(cell["wall"] for cell in cells),
        "memory": max((cell["memory"] for cell in cells), default=0),
    }
    return json.dumps({"schema": SCHEMA, "total": total, "cells": cells}, indent=1) + "\n"


def _measured(text: str) -> dict[tuple[str, str], dict[str, Any]]:
    try:
        cells = json.loads(text)["cells"]
        return {(c["notebook"], c["cell"]): {key: c[key] + 0 for key in ("cpu", "wall", "memory")} for c in cells}
    except (ValueError, RecursionError, KeyError, TypeError):
        return {}
