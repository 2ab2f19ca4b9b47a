"""How well the reference of each assignment learns: training and test accuracy over ten seeds."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from autograder.course.reference import reference

SEEDS = range(10)
SAMPLES = 2000

Labels = NDArray[np.int64]
Judged = tuple[tuple[Labels, Labels], tuple[Labels, Labels]]


def two_layer(seed: int) -> Judged:
    """Train as the notebook does; return the labels of training and test images, each with what the network answers."""
    import digits

    functions, rng = reference("two_layer"), np.random.default_rng(seed)
    trX, trY, tsX, tsY = digits.sample(digits.get_mnist(scale=(0, 1)), 10_000, 10_000, np.random.default_rng(1))
    parameters, _ = functions.train(trX, trY, functions.starting_parameters(rng), 0.1, 32, 20, rng)
    answers = [functions.forward(X, parameters)[0].argmax(axis=0) for X in (trX, tsX)]
    return (trY, answers[0]), (tsY, answers[1])


def multi_layer(seed: int) -> Judged:
    """Train as the notebook does; return the labels of training and test images, each with what the network answers."""
    import digits

    functions = reference("multi_layer")
    trX, trY, tsX, tsY = digits.sample(digits.get_mnist(), SAMPLES, 10_000, np.random.default_rng(seed))
    np.random.seed(seed)  # noqa: NPY002 - the course draws weights with numpy.random
    _, parameters = functions.multi_layer_network(trX, trY, [784, 200, 10], log=False)
    answers = [functions.classify(X, parameters) for X in (trX, tsX)]
    return (trY, answers[0]), (tsY, answers[1])


def momentum(seed: int) -> Judged:
    """Train as the notebook does; return the labels of training and test images, each with what the network answers."""
    import digits

    functions = reference("momentum")
    training, trY, _, _, test, tsY = digits.get_notmnist(scale=(0, 1))
    trX, tsX = (images.reshape(len(images), -1).T for images in (training, test))
    start = functions.initialise([784, 100, 10], np.random.default_rng(seed))
    parameters, _ = functions.train(trX, trY[np.newaxis], start, 0.1, 0.9, 100)
    answers = [functions.forward(X, parameters)[0].argmax(axis=0) for X in (trX, tsX)]
    return (trY, answers[0]), (tsY, answers[1])


def deep_sigmoid(seed: int) -> Judged:
    """Train as the notebook does; return the labels of training and test images, each with what the network answers."""
    import digits

    functions, rng = reference("deep"), np.random.default_rng(seed)
    trX, trY, tsX, tsY = digits.sample(digits.get_mnist(scale=(0, 1)), 10_000, 10_000, np.random.default_rng(1))
    network = functions.initialise([784, 32, 32, 10], rng)
    for _ in range({"digits": 12, "mnist": 4}[digits.current("mnist").key]):
        for k in rng.permutation(trY.size):
            network = functions.train_one_sample(trX[:, [k]], int(trY[0, k]), network, 0.05)
    samples = [(X[:, [k]], int(Y[0, k])) for X, Y in ((trX, trY), (tsX, tsY)) for k in range(Y.size)]
    answers = np.array([functions.feed_forward_sample(x, y, network)[1] for x, y in samples])
    return (trY[0], answers[: trY.size]), (tsY[0], answers[trY.size :])


def deep_relu(seed: int) -> Judged:
    """Train as the notebook does; return the labels of training and test images, each with what the network answers."""
    import digits

    functions, rng = reference("deep"), np.random.default_rng(seed)
    clothes = digits.get_fashion_mnist(scale=(0, 1))
    trX, trY, tsX, tsY = digits.sample(clothes, 10_000, 10_000, np.random.default_rng(2))
    epochs = {"digits": 20, "fashion_mnist": 15}[digits.current("fashion_mnist").key]
    start = functions.he_initialise([784, 256, 128, 64, 10], rng)
    network, _ = functions.train(trX, trY, start, 0.02, 64, epochs, rng)
    answers = [functions.predict(X, network)[0] for X in (trX, tsX)]
    return (trY, answers[0]), (tsY, answers[1])


# What is trained: the assignment, its data set, and the function that trains.
TRAININGS: dict[str, tuple[str, str, Callable[[int], Judged]]] = {
    "two_layer": ("two_layer", "mnist", two_layer),
    "multi_layer": ("multi_layer", "mnist", multi_layer),
    "momentum": ("momentum", "notmnist", momentum),
    "deep, sigmoid": ("deep", "mnist", deep_sigmoid),
    "deep, ReLU": ("deep", "fashion_mnist", deep_relu),
}


def show(console: Console, kept: list[dict[str, Any]]) -> None:
    """Print a table for each assignment, and put what it reaches on unseen images into `kept`."""
    for name, (assignment, data_set, train) in TRAININGS.items():
        reference(assignment)
        import digits  # on the path since the reference was loaded

        right: dict[str, list[float]] = {"training": [], "test": []}
        for seed in track(SEEDS, f"accuracy of {name}: seeds", console=Console(stderr=True)):
            with contextlib.redirect_stdout(io.StringIO()):
                judged = dict(zip(right, train(seed), strict=True))
            for part, (labels, answers) in judged.items():
                right[part].append(float(np.mean(labels == answers)))
        key, sizes = digits.current(data_set).key, {part: labels.size for part, (labels, _) in judged.items()}
        what = f"{key}, {' and '.join(f'{size:,} {part}' for part, size in sizes.items())} images"
        table = Table("accuracy", "minimum", "median", "maximum", title=f"{name}: {len(SEEDS)} seeds on {what}")
        for part, values in right.items():
            table.add_row(part, *(f"{value:.4f}" for value in (min(values), median(values), max(values))))
        console.print(table)
        row = {"assignment": name, "data": key, **sizes}
        numbers = {"minimum": min(values), "median": median(values), "maximum": max(values)}
        _keep(kept, row | {number: round(value, 4) for number, value in numbers.items()})


def _keep(kept: list[dict[str, Any]], row: dict[str, Any]) -> None:
    """Replace an older row of the same assignment and data by this one, or add it at the end."""
    same = [k for k, old in enumerate(kept) if all(old[key] == row[key] for key in ("assignment", "data"))]
    place = same[0] if same else len(kept)
    kept[place : place + 1] = [row]
