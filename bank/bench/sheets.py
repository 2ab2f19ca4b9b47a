"""What the course reaches on real data where an older exercise sheet prints a number; the book has a page of it.

Trains with the reference of `deep`, right and with the sheet's faults put back in; it takes about a quarter of an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from autograder.course.reference import reference

PASSES, UPDATES = 18, 60_000  # of 10,000 images: as many updates as the sheet's three passes of 60,000
EPOCHS = 50
SEEDS = range(3)

Array = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Program:
    """A training program for 784-32-32-10, one sample at a time, with or without each of three faults."""

    slope_of_activation: bool
    variance_as_deviation: bool
    raw_pixels: bool

    def start(self, functions: ModuleType, rng: np.random.Generator) -> dict[str, Array]:
        """Return the weights to start from; the fault takes the variance for the standard deviation."""
        parameters = functions.initialise([784, 32, 32, 10], rng)
        if self.variance_as_deviation:
            for name in ("W1", "W2", "W3"):
                parameters[name] /= np.sqrt(max(parameters[name].shape))
        return parameters


PROGRAMS = (
    Program(True, True, True),
    Program(False, True, True),
    Program(True, False, True),
    Program(True, True, False),
    Program(False, False, True),
    Program(False, True, False),
    Program(True, False, False),
    Program(False, False, False),
)


def faults() -> list[dict[str, Any]]:
    """Train each program from three seeds; return accuracies on unseen images after each 60,000 updates, and the loss.

    MNIST must be at hand, the first 10,000 training images of it at least.
    """
    functions = reference("deep")
    import digits  # on the path since the reference was loaded

    trX, trY, tsX, tsY = digits.get_mnist(scale=(0, 1))
    X, test_X = (images.reshape(len(images), -1).T for images in (trX[:10_000], tsX))
    Y, test_Y = trY[np.newaxis, :10_000], tsY[np.newaxis]
    runs = [(program, seed) for program in PROGRAMS for seed in SEEDS]
    found: list[dict[str, Any]] = []
    for program, seed in track(runs, "three faults: runs", console=Console(stderr=True)):
        results = _run(program, functions, (255 if program.raw_pixels else 1) * X, Y, seed, test_X, test_Y)
        if seed == SEEDS[0]:
            found.append({**vars(program), "accuracies": [], "losses": [], "first_losses": []})
        found[-1]["first_losses"].append(round(results[0][0], 4))
        found[-1]["accuracies"].append([round(accuracy, 4) for _, accuracy in results[1:]])
        found[-1]["losses"].append(round(results[-1][0], 4))
    return found


def _run(
    program: Program, functions: ModuleType, X: Array, Y: Labels, seed: int, test_X: Array, test_Y: Labels
) -> list[tuple[float, float]]:
    """Return loss and accuracy on unseen images at the start and after each 60,000 updates."""
    rng = np.random.default_rng(seed)
    step = functions.doubtful_step if program.slope_of_activation else functions.train_one_sample
    unseen = (255 if program.raw_pixels else 1) * test_X
    parameters = program.start(functions, rng)
    samples = [(X[:, [k]], int(Y[0, k])) for k in range(Y.size)]
    results = [functions.feed_forward_dataset(unseen, test_Y, parameters)]
    done = 0
    for _ in range(PASSES):
        for k in rng.permutation(Y.size):
            parameters = step(*samples[k], parameters, 0.003)
            done += 1
            if done % UPDATES == 0:
                results.append(functions.feed_forward_dataset(unseen, test_Y, parameters))
    return results


def clothes() -> dict[str, dict[str, list[float]]]:
    """Train 784-256-128-64-10 on the complete Fashion-MNIST from two starts; return losses and unseen accuracies."""
    functions = reference("deep")
    import digits  # on the path since the reference was loaded

    trX, trY, tsX, tsY = digits.get_fashion_mnist(scale=(0, 1))
    X, test_X = (np.ascontiguousarray(images.reshape(len(images), -1).T) for images in (trX, tsX))
    dims = [784, 256, 128, 64, 10]
    he = functions.he_initialise(dims, np.random.default_rng(1))
    narrow = {name: 0.01 * value / max(float(np.std(value)), 1e-9) for name, value in he.items()}
    found = {}
    for name, parameters in (("0.01", narrow), ("He", he)):
        rng, losses, accuracies = np.random.default_rng(2), [], []
        for _ in track(range(EPOCHS), f"Fashion-MNIST from {name}: epochs", console=Console(stderr=True)):
            parameters, history = functions.train(X, trY[np.newaxis], parameters, 0.02, 64, 1, rng)
            labels, _ = functions.predict(test_X, parameters)
            losses.append(round(history[-1], 6))
            accuracies.append(round(float(np.mean(labels == tsY)), 4))
        found[name] = {"losses": losses, "accuracies": accuracies}
    return found


def show(console: Console, kept: dict[str, Any]) -> None:
    """Measure what the data at hand allow, print it, and put it into `kept`."""
    reference("deep")
    import digits  # on the path since the reference was loaded

    if digits.current("mnist").key == "mnist":
        kept["faults"] = faults()
        console.print(faults_table(kept["faults"]))
    if digits.current("fashion_mnist").key == "fashion_mnist":
        kept["clothes"] = clothes()
        console.print(clothes_table(kept["clothes"]))


def faults_table(found: list[dict[str, Any]]) -> Table:
    """Return a table of the programs: what is wrong in each, and what it reaches."""
    title = f"784-32-32-10 on MNIST, one sample at a time: {len(SEEDS)} seeds"
    table = Table("derivative at", "deviation", "pixels", "accuracy after 180,000 updates", "loss", title=title)
    for row in found:
        last = [accuracies[-1] for accuracies in row["accuracies"]]
        table.add_row(
            "the activation" if row["slope_of_activation"] else "z",
            "1/n" if row["variance_as_deviation"] else "1/sqrt(n)",
            "0..255" if row["raw_pixels"] else "0..1",
            " ".join(f"{value:.4f}" for value in last),
            " ".join(f"{value:.3f}" for value in row["losses"]),
        )
    return table


def clothes_table(found: dict[str, dict[str, list[float]]]) -> Table:
    """Return a table of the two starts: training loss and accuracy on unseen images after some of the epochs."""
    table = Table("epoch", title="784-256-128-64-10 on Fashion-MNIST: training loss, accuracy")
    for name in found:
        table.add_column(f"from {name}")
    for epoch in (*range(1, 9), 10, 20, EPOCHS):
        runs = [(run["losses"][epoch - 1], run["accuracies"][epoch - 1]) for run in found.values()]
        table.add_row(str(epoch), *(f"{loss:.4f}, {accuracy:.4f}" for loss, accuracy in runs))
    return table
