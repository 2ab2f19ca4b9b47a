"""Whether mistakes are named, in each assignment: part of `make bench`.

Each misconception of the banks that costs points is handed in, as it stands there and written another way, in an
otherwise right notebook; and random pairs of them in different exercises. Beside that it says what a diagnosis costs.

It takes about a second of CPU for each of some 1,600 notebooks, a quarter of an hour on two quiet cores. It says how
far it is, prints a table after each assignment, and measures single assignments where it is given their names;
`--every 5` looks at every fifth case only.
"""

from __future__ import annotations

import argparse
import ast
import functools
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import pytest
from assignment_variants import variants_of
from banks import ASSIGNMENTS, answer, bank, examined, function
from cases_on_cores import on_all_cores, variants
from rich.console import Console
from rich.table import Table

from autograder.engine.inside import protocol
from autograder.engine.lending import Lent
from autograder.engine.limits import Effort
from autograder.engine.process import Process
from autograder.engine.tests import Tests

PAIRS = 300
NAMED = 0.95  # of those that are written another way, and of all pairs
CPU = 1.5  # seconds of a diagnosis
AT_A_GLANCE = Effort(looks=1)


@dataclass(frozen=True)
class Case:
    """Answers by exercise in an otherwise right notebook, and the label of what is wrong with each."""

    assignment: str
    answers: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Found:
    """The exercises that have lost points; by exercise, the labels that were named and the CPU seconds it took."""

    lost: frozenset[str]
    labels: dict[str, tuple[str, ...]]
    seconds: dict[str, float]


spent: dict[str, float] = {}  # CPU seconds of the diagnoses of this process's notebook, by exercise


def counted(examine: Callable[..., Any]) -> Callable[..., Any]:
    """Return what examines a function and counts the CPU seconds of both processes, the prepared and the student's."""

    @functools.wraps(examine)
    def counting(tests: Tests, lent: Lent, examining: Process, request: protocol.Diagnose, seconds: float) -> Any:
        before = examining.cpu() + lent.process.cpu()
        try:
            return examine(tests, lent, examining, request, seconds)
        finally:
            taken = examining.cpu() + lent.process.cpu() - before
            spent[request["exercise"]] = spent.get(request["exercise"], 0.0) + max(taken, 0.0)

    return counting


Tests.examine = counted(Tests.examine)  # type: ignore[method-assign]  # in each process of the pool


def ran(case: Case) -> Found:
    """Return what is found out about a notebook that has these mistakes."""
    spent.clear()
    tests = variants_of(case.assignment)
    groups = [group for name, _ in case.answers for group in tests.groups.get(name, (name,))]
    outcome = variants(case.assignment, diagnosed=True).run(dict(case.answers), groups)
    lost = frozenset(name for name, _ in case.answers if any(test.startswith(f"test-{name}-") for test in outcome.lost))
    labels = {name: tuple(known.label for known in one.known) for name, one in outcome.diagnoses.items()}
    return Found(lost, labels, dict(spent))


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
    for written in [node for node in tree.body if isinstance(node, ast.FunctionDef)]:
        stored = [node for node in ast.walk(written) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
        given = {argument.arg for argument in ast.walk(written) if isinstance(argument, ast.arg)}
        renamed = _Renamed({node.id for node in stored} - given)
        written.body = [renamed.visit(statement) for statement in written.body]
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


def unusual_with_diagnosis(name: str) -> list[str]:
    """Return the unusual right answers that get a diagnosis."""
    known = bank(name).unusual
    return [one.name for one in known if examined(name, one.of, function(name, one), AT_A_GLANCE) is not None]


def measured(name: str, every: int) -> Table:
    """Measure an assignment; return what is said of it."""
    cases = dict(list(misconceptions(name).items())[::every])
    ways = {label: replace(case, answers=_rewritten(case.answers)) for label, case in cases.items()}
    found = on_all_cores(ran, [*cases.values(), *ways.values()], f"{name}: misconceptions")
    pairs = on_all_cores(ran, pairs_of(name, misconceptions(name))[::every], f"{name}: pairs")
    table = Table("case", "measured", "wanted", title=f"which mistakes are named in {name}")
    for words, wanted, those, is_so in (
        ("misconceptions that fail a hidden test", "all", cases, lambda case, of: bool(of.lost)),
        ("diagnosed as themselves", "all", cases, is_named),
        ("written another way, diagnosed as themselves", f"{NAMED:.0%}", ways, is_named),
    ):
        missed = [label for label, case in those.items() if not is_so(case, found[case])]
        table.add_row(words, f"{len(those) - len(missed)} of {len(those)}", wanted)
        for label in missed:
            table.add_row(f"  not {label}", str(found[those[label]].labels), "")
    missed_pairs = [case for case, of in pairs.items() if not is_named(case, of)]
    table.add_row("pairs, both named", f"{len(pairs) - len(missed_pairs)} of {len(pairs)}", f"{NAMED:.0%}")
    for case in missed_pairs:
        table.add_row(f"  not {case.labels}", str(pairs[case].labels), "")
    strange = unusual_with_diagnosis(name)
    table.add_row("unusual right answers with a diagnosis", f"{len(strange)} of {len(bank(name).unusual)}", "0")
    taken = {case: of for case, of in (found | pairs).items() if of.seconds}
    seconds = sorted((cpu, exercise) for of in taken.values() for exercise, cpu in of.seconds.items())
    table.add_row("CPU seconds of a diagnosis, median", f"{median(cpu for cpu, _ in seconds):.2f}", "")
    table.add_row("CPU seconds of a diagnosis, most", f"{seconds[-1][0]:.2f} ({seconds[-1][1]})", f"at most {CPU}")
    return table


def main(assignments: Iterable[str], every: int) -> None:
    """Measure, and print a table for each assignment."""
    for name in assignments:
        Console().print(measured(name, every))


def _rewritten(answers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((exercise, another_way(text)) for exercise, text in answers)


if __name__ == "__main__":
    pytest.register_assert_rewrite("assignment_variants")
    parser = argparse.ArgumentParser(description="Measure which mistakes are named.")
    parser.add_argument("assignments", nargs="*", default=ASSIGNMENTS, help="which; all of them if none is named")
    parser.add_argument("--every", type=int, default=1, help="look at one case out of so many")
    options = parser.parse_args()
    main(options.assignments, options.every)
