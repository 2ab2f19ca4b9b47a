"""Numbers in the cells of a platform's file: written as both read them, and left alone where they are right already."""

from __future__ import annotations

from autograder.collecting.sheet import Sheet


def put_score(sheet: Sheet, row: int, column: int, score: float) -> None:
    """Write a score with two decimals, which is as many as platforms keep."""
    cells = sheet.rows[row]
    if column >= len(cells) or number(cells[column]) != round(score, 2):
        sheet.put(row, column, f"{score:.2f}")


def differs(cell: str, value: float) -> bool:
    """Return whether a cell holds another number."""
    found = number(cell)
    return found is not None and found != round(value, 2)


def number(cell: str) -> float | None:
    """Return the number in a cell, with a point or a comma before its decimals; None if there is none."""
    try:
        return round(float(cell.strip().replace(",", ".")), 2)
    except ValueError:
        return None
