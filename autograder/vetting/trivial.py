"""Whether what does nothing earns nothing: the stubs, and answers that return something without computing it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from autograder.course.faults import Fault, fault_at
from autograder.engine.inside.analysis import parse
from autograder.engine.items import Solution
from autograder.grading.grader import Grader
from autograder.intake.submission import Submission
from autograder.vetting.field import Field, Trial
from autograder.vetting.variants import Place, Variants, earned

CHECK = "trivial"
STUBS = "the stubs"

# What does nothing: by name, what becomes of the right result (`right`) of a call with `arguments`.
NOTHING = {
    "nothing": "None",
    "zero": "0",
    "its argument": "arguments[0] if arguments else None",
    "zeros of the right form": "_filled(right, np.zeros)",
    "ones of the right form": "_filled(right, np.ones)",
    "noise of the right form": "_filled(right, np.random.default_rng(7).random)",
}

DOES_NOTHING = """
import functools
import numpy as np
def _filled(right, fill):
    if isinstance(right, dict):
        return {{key: _filled(value, fill) for key, value in right.items()}}
    if isinstance(right, (tuple, list)):
        return type(right)(_filled(value, fill) for value in right)
    if hasattr(right, "__next__"):  # a generator
        return (_filled(value, fill) for value in right)
    if isinstance(right, np.ndarray):
        return fill(right.shape).astype(right.dtype)
    return fill(()).astype(type(right)).item() if isinstance(right, (int, float, np.generic)) else right
def _nothing(function):
    @functools.wraps(function)
    def does_nothing(*arguments, **named):
        right = function(*arguments, **named)
        arguments += tuple(named.values())
        return {returned}
    return does_nothing
{exercise} = _nothing({exercise})
"""


def faults_of_trivial(field: Field, variants: Variants) -> Iterator[Fault]:
    """Yield the exercises that give points for nothing."""
    sources = variants.grader.assignment.sources
    trials, whose = {STUBS: _stubs(variants.grader)}, dict[str, tuple[Place, str]]()
    for place in variants.places:
        for what, returned in NOTHING.items():
            if answer := does_nothing(place.solution, returned):
                key = f"{place.notebook}/{place.name}/{what}"
                trials[key], whose[key] = variants.of(place, answer), (place, what)
    found = dict(field.run("answers that do nothing", trials))
    for cell in found[STUBS].verdict.cells:
        if cell.points:
            says = f"the stub earns {cell.points:g} points here. Let the test look at what the function returns."
            yield fault_at(sources, CHECK, says, cell.notebook, cell.test)
    tests: dict[tuple[str, str], list[str]] = {}
    for key, (place, what) in whose.items():
        for test, points in earned(place, found[key]).items():
            if points:
                tests.setdefault((place.notebook, test), []).append(what)
    for (notebook, test), those in tests.items():
        says = f"an answer that returns {_listed(those)} earns points here. Let the test look at the values first."
        yield fault_at(sources, CHECK, says, notebook, test)


def _listed(those: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(those[:-1]), those[-1])))


def does_nothing(solution: Solution, returned: str) -> str:
    """Return an answer whose functions do nothing; empty if it defines no function."""
    known = [node.name for node in parse(solution.source).body if isinstance(node, ast.FunctionDef)]
    names = [solution.name] if solution.name in known else known
    added = [DOES_NOTHING.format(exercise=name, returned=returned) for name in names]
    return "".join([solution.source, *added]) if added else ""


def _stubs(grader: Grader) -> Trial:
    handed_out = Submission(STUBS, Path(STUBS), dict(grader.assignment.released), {}, "")
    return Trial(grader, grader.prepare(handed_out))
