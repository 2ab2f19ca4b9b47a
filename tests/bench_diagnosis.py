"""Whether mistakes are named, in each assignment: part of `make bench`.

Each misconception of the banks that costs points is handed in, as it stands there and written another way, in an
otherwise right notebook; and random pairs of them in different exercises. It takes an hour or two on two cores, so it
measures single assignments where it is given their names.
"""

from __future__ import annotations

import ast
import random
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter

import pytest
from assignment_variants import variants_of
from banks import ASSIGNMENTS, answer, bank
from cases_on_cores import on_all_cores, variants
from rich.console import Console
from rich.progress import track
from rich.table import Table

PAIRS = 300
NAMED = 0.95  # of those that are written another way, and of all pairs
TIMED = 20  # misconceptions of each assignment


@dataclass(frozen=True)
class Case:
    """Answers by exercise in an otherwise right notebook, and the label of what is wrong with each."""

    assignment: str
    answers: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Found:
    """The exercises that have lost points, and the labels that were named, by exercise."""

    lost: frozenset[str]
    labels: dict[str, tuple[str, ...]]


def ran(case: Case, *, diagnosed: bool = True) -> Found:
    """Return what is found out about a notebook that has these mistakes."""
    tests = variants_of(case.assignment)
    groups = [group for name, _ in case.answers for group in tests.groups.get(name, (name,))]
    outcome = variants(case.assignment, diagnosed=diagnosed).run(dict(case.answers), groups)
    lost = frozenset(name for name, _ in case.answers if any(test.startswith(f"test-{name}-") for test in outcome.lost))
    labels = {name: tuple(known.label for known in one.known) for name, one in outcome.diagnoses.items()}
    return Found(lost, labels)


def is_named(case: Case, found: Found) -> bool:
    """Return whether each mistake was named as what it is, and no other."""
    return all(found.labels.get(exercise) == (label,) for exercise, label in case.labels)


BY_EINSUM = """
def my_product(left, right):
    left, right = np.asarray(left), np.asarray(right)
    return np.einsum("ij,jk->ik", left, right) if left.ndim == right.ndim == 2 else np.dot(left, right)
"""
BY_LOOPS = """
def my_product(left, right):
    left, right = np.asarray(left), np.asarray(right)
    if left.ndim != 2 or right.ndim != 2:
        return np.matmul(left, right)
    if left.shape[1] != right.shape[0]:
        raise ValueError("the inner sizes of the matrices differ")
    product = np.zeros((left.shape[0], right.shape[1]))
    for i in range(left.shape[0]):
        for j in range(right.shape[1]):
            for k in range(left.shape[1]):
                product[i, j] += left[i, k] * right[k, j]
    return product
"""


class _Renamed(ast.NodeTransformer):
    """Gives a function's own names other ones, and writes matrix products and comparisons another way."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = {name: f"my_{name.lower()}_{place}" for place, name in enumerate(sorted(names))}

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self.names.get(node.id, node.id), node.ctx)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.op, ast.MatMult):
            return node
        return ast.Call(ast.Name("my_product", ast.Load()), [node.left, node.right], [])

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        turned = {ast.Gt: ast.Lt, ast.Lt: ast.Gt, ast.GtE: ast.LtE, ast.LtE: ast.GtE}.get(type(node.ops[0]))
        if len(node.ops) > 1 or turned is None:
            return node
        return ast.Compare(node.comparators[0], [turned()], [node.left])


def another_way(text: str) -> str:
    """Return an answer with other names in its functions, loops or `einsum` for `@`, and comparisons turned round."""
    tree = ast.parse(text)
    for function in [node for node in tree.body if isinstance(node, ast.FunctionDef)]:
        stored = [node for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
        given = {argument.arg for argument in ast.walk(function) if isinstance(argument, ast.arg)}
        renamed = _Renamed({node.id for node in stored} - given)
        function.body = [renamed.visit(statement) for statement in function.body]
    product = BY_LOOPS if len(text) % 2 else BY_EINSUM
    return f"{product}\n\n{ast.unparse(ast.fix_missing_locations(tree))}"


def misconceptions(name: str) -> dict[str, Case]:
    """Return the misconceptions of an assignment that cost points, each handed in."""
    return {
        wrong.name: Case(name, ((wrong.of, answer(name, wrong)),), ((wrong.of, wrong.name),))
        for wrong in bank(name).wrong
        if wrong.costs
    }


def pairs_of(name: str, cases: dict[str, Case]) -> list[Case]:
    """Return random pairs of misconceptions in different exercises."""
    draw, pairs = random.Random(name), []
    while len(pairs) < PAIRS // len(ASSIGNMENTS):
        one, other = draw.sample([cases[label] for label in sorted(cases)], 2)
        if one.labels[0][0] != other.labels[0][0]:
            pairs.append(Case(name, one.answers + other.answers, one.labels + other.labels))
    return pairs


def seconds_of_diagnosis(cases: list[Case]) -> float:
    """Return the median of the seconds that a diagnosis takes, one notebook at a time."""
    taken = []
    for case in track(cases, "seconds of a diagnosis", console=Console(stderr=True)):
        pair = []
        for diagnosed in (True, False):
            start = perf_counter()
            ran(case, diagnosed=diagnosed)
            pair.append(perf_counter() - start)
        taken.append(pair[0] - pair[1])
    return median(taken)


def main(assignments: tuple[str, ...]) -> None:
    """Measure, and print a table."""
    table = Table("assignment", "case", "measured", "wanted", title="which mistakes are named")
    for name in assignments:
        cases = misconceptions(name)
        ways = {label: replace(case, answers=_rewritten(case.answers)) for label, case in cases.items()}
        found = on_all_cores(ran, [*cases.values(), *ways.values()], f"{name}: misconceptions")
        pairs = on_all_cores(ran, pairs_of(name, cases), f"{name}: pairs")
        costs = [label for label, case in cases.items() if found[case].lost]
        named = [label for label, case in cases.items() if is_named(case, found[case])]
        other = [label for label, case in ways.items() if is_named(case, found[case])]
        both = [case for case, of in pairs.items() if is_named(case, of)]
        for words, those, wanted in (
            ("misconceptions that fail a hidden test", costs, "all"),
            ("diagnosed as themselves", named, "all"),
            ("written another way", other, f"{NAMED:.0%}"),
        ):
            table.add_row(name, words, f"{len(those)} of {len(cases)}", wanted)
            for label in cases.keys() - set(those):
                table.add_row(name, f"{words}: not {label}", str(found[cases[label]].labels), "")
        table.add_row(name, "pairs, both named", f"{len(both)} of {len(pairs)}", f"{NAMED:.0%}")
        taken = seconds_of_diagnosis(random.Random(name).sample(sorted(cases.values(), key=str), TIMED))
        table.add_row(name, "seconds of a diagnosis, median", f"{taken:.2f}", "at most 1.5")
    Console().print(table)


def _rewritten(answers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((exercise, another_way(text)) for exercise, text in answers)


if __name__ == "__main__":
    pytest.register_assert_rewrite("assignment_variants")
    main(tuple(sys.argv[1:]) or ASSIGNMENTS)
