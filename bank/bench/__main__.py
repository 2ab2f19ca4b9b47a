"""What the README and the book claim, measured: `make bench`. Here is the speed of the reference; the rest follows.

Speed is a ratio within one run, one BLAS thread, median of five interleaved pairs. With --keep the accuracies are
written to `book/measured.json`, from which README and book have them, and what each misconception does to a training to
`book/field-guide.json`. With --accuracy or --guide nothing else is measured, and with --guide --new only what the
field guide lacks.
"""

from __future__ import annotations

import os

os.environ.update({f"{blas}_NUM_THREADS": "1" for blas in ("OMP", "OPENBLAS", "MKL")})  # before NumPy is imported

import argparse
import json
from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from autograder.course.course import Course
from autograder.course.reference import reference
from bank.bench import accuracy, field_guide, following, grading, sheets

NET_DIMS = [784, 200, 10]
SAMPLES = 2000
PAIRS = 5
ITERATIONS = 40

Matrix = NDArray[np.float64]


def six_products(rng: np.random.Generator) -> Callable[[], None]:
    """Return a function that does just the matrix products of one layer-wise iteration (784-200-10, 2,000 samples)."""
    n0, n1, n2 = NET_DIMS
    X, A1, dZ1, dZ2 = (rng.standard_normal((n, SAMPLES)) for n in (n0, n1, n1, n2))
    W1, W2 = rng.standard_normal((n1, n0)), rng.standard_normal((n2, n1))

    def run() -> None:
        for left, right in ((W1, X), (W2, A1), (dZ2, A1.T), (W2.T, dZ2), (dZ1, X.T), (W1.T, dZ1)):
            left @ right

    return run


def speed_ratio() -> float:
    """Return the time of `multi_layer_network` over that of its six bare matrix products."""
    rng = np.random.default_rng(0)
    X, Y = rng.uniform(-1, 1, (NET_DIMS[0], SAMPLES)), rng.integers(0, NET_DIMS[-1], (1, SAMPLES))
    train = reference("multi_layer").multi_layer_network
    products = six_products(rng)
    ratios = []
    for _ in track(range(PAIRS + 1), "speed: pairs", console=Console(stderr=True)):
        start = perf_counter()
        train(X, Y, NET_DIMS, num_iterations=ITERATIONS, learning_rate=0.1, log=False)
        middle = perf_counter()
        for _ in range(ITERATIONS):
            products()
        ratios.append((middle - start) / (perf_counter() - middle))
    return median(ratios[1:])  # the first pair warms up


def main() -> None:
    """Print all results."""
    parser = argparse.ArgumentParser(prog="python -m bank.bench", description="Measure what README and book claim.")
    parser.add_argument("--keep", action="store_true", help="write what was measured for the book")
    parser.add_argument("--accuracy", action="store_true", help="measure accuracies only, no times")
    parser.add_argument("--guide", action="store_true", help="measure misconceptions only (a quarter of an hour)")
    parser.add_argument("--new", action="store_true", help="with --guide: only those not yet measured")
    options = parser.parse_args()
    console, course = Console(), Course.find()
    if options.keep or options.guide:
        field_guide.show(course, console, keep=options.keep, new=options.new)
    if options.guide:
        return
    path = course.root / "book" / "measured.json"
    measured = json.loads(path.read_text(encoding="utf-8"))
    if not options.accuracy:
        ratio = speed_ratio()
        console.print(f"multi_layer_network over its six matrix products: {ratio:.3f} (at most 1.10 wanted)")
    accuracy.show(console, measured["accuracy"])
    sheets.show(console, measured)
    if options.keep:
        path.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    if not options.accuracy:
        grading.show(course, console)
        following.show(course, console)


if __name__ == "__main__":
    main()
