"""What a mistake costs, in each assignment: part of `make bench`. A mistake is to cost its own exercise, and once.

Each exercise is left unwritten, and made to crash, in an otherwise right notebook, which runs as a whole. Then each
wrong answer that the tests know, and random pairs of them in different exercises, run without the training cells.
"""

from __future__ import annotations

import ast
import random
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from assignment_cells import REPOSITORY
from assignment_variants import exercises_of, variants_of
from cases_on_cores import on_all_cores, variants
from rich.console import Console
from rich.table import Table

from autograder.course.cells import code_cells, grade_id
from autograder.course.course import Course

ASSIGNMENTS = ("two_layer", "multi_layer", "momentum", "foundations", "deep")
PAIRS = 300
MOST_BESIDE = 2  # points of other exercises that a mistake may cost
EXACT = 0.95  # of all pairs
UNWRITTEN = 'raise NotImplementedError("not written yet")'
CRASHES = "import os\nos._exit(1)"


@dataclass(frozen=True)
class Case:
    """Answers by exercise, in an otherwise right notebook; if `whole`, it runs with its training."""

    assignment: str
    answers: tuple[tuple[str, str], ...]
    whole: bool = False


def lost(case: Case) -> dict[str, float]:
    """Return the points that a notebook loses, by exercise."""
    tests = variants_of(case.assignment)
    groups = (
        []
        if case.whole
        else [group for name in exercises_of(case.assignment) for group in tests.groups.get(name, (name,))]
    )
    found: dict[str, float] = defaultdict(float)
    for test, points in variants(case.assignment).run(dict(case.answers), groups).lost.items():
        owner = max((name for name in exercises_of(case.assignment) if test.startswith(f"test-{name}-")), key=len)
        found[owner] += points
    return dict(found)


def with_body(assignment: str, exercise: str, body: str) -> str:
    """Return an answer whose function has this body."""
    cells = code_cells(Course(REPOSITORY).read_source(assignment))
    tree = ast.parse(next(cell.source for cell in cells if grade_id(cell) == exercise))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == exercise:
            node.body = ast.parse(body).body
    return ast.unparse(tree)


def single_mistakes(name: str) -> dict[str, tuple[str, Case]]:
    """Return each exercise unwritten and crashing, and all wrong answers that the tests know: exercise and case."""
    empty = {
        f"{exercise} {how}": (exercise, Case(name, ((exercise, with_body(name, exercise, body)),), whole=True))
        for exercise in exercises_of(name)
        for how, body in (("unwritten", UNWRITTEN), ("crashes", CRASHES))
    }
    return empty | {
        key: (of, Case(name, ((of, answer),))) for key, (of, answer, _) in variants_of(name).mistakes.items()
    }


def pairs_of(name: str, mistakes: Iterable[tuple[str, Case]]) -> list[tuple[Case, Case, Case]]:
    """Return random pairs of wrong answers in different exercises: one alone, the other alone, both."""
    known = sorted((mistake for mistake in mistakes if not mistake[1].whole), key=str)
    draw, pairs = random.Random(name), []
    while len(pairs) < PAIRS // len(ASSIGNMENTS):
        (one, first), (other, second) = draw.sample(known, 2)
        if one != other:
            pairs.append((first, second, Case(name, first.answers + second.answers)))
    return pairs


def main(assignments: tuple[str, ...]) -> None:
    """Measure, and print a table."""
    table = Table("assignment", "case", "measured", "wanted", title="what a mistake costs")
    for name in assignments:
        mistakes = single_mistakes(name)
        alone = on_all_cores(lost, [case for _, case in mistakes.values()], f"{name}: one mistake")
        dear = {}  # what costs too much besides
        for key, (exercise, case) in mistakes.items():
            beside = {other: points for other, points in alone[case].items() if other != exercise}
            if sum(beside.values()) > MOST_BESIDE:
                dear[key] = beside
        pairs = pairs_of(name, mistakes.values())
        together = on_all_cores(lost, [both for _, _, both in pairs], f"{name}: pairs")
        total = {case: sum(points.values()) for case, points in (alone | together).items()}
        exact = sum(total[both] == total[first] + total[second] for first, second, both in pairs)
        cheap = f"{len(mistakes) - len(dear)} of {len(mistakes)}"
        table.add_row(name, f"single mistakes that cost at most {MOST_BESIDE} points beside", cheap, "all")
        table.add_row(name, "pairs that cost what the two cost alone", f"{exact} of {len(pairs)}", f"{EXACT:.0%}")
        for key, beside in dear.items():
            table.add_row(name, key, f"also costs {beside}", f"at most {MOST_BESIDE}")
    Console().print(table)


if __name__ == "__main__":
    pytest.register_assert_rewrite("assignment_variants")
    main(tuple(sys.argv[1:]) or ASSIGNMENTS)
