"""How well the reference of each assignment learns: training and test accuracy over ten seeds, and one full run."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterable
from statistics import median

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from autograder.reference import reference

SEEDS = range(10)
SAMPLES = 2000
BATCH = 64
EPOCHS, WANTED = 50, 0.87  # of the full run on Fashion-MNIST

Labels = NDArray[np.int64]
Data = tuple[NDArray[np.float64], Labels, NDArray[np.float64], Labels]
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

    data = digits.sample(digits.get_fashion_mnist(scale=(0, 1)), 10_000, 10_000, np.random.default_rng(2))
    epochs = {"digits": 20, "fashion_mnist": 15}[digits.current("fashion_mnist").key]
    return _clothes(data, seed, range(epochs))


def _clothes(data: Data, seed: int, epochs: Iterable[int]) -> Judged:
    """Train the network 784-256-128-64-10 for as many epochs as there are items in `epochs`."""
    functions, rng = reference("deep"), np.random.default_rng(seed)
    trX, trY, tsX, tsY = data
    network = functions.he_initialise([784, 256, 128, 64, 10], rng)
    for _ in epochs:
        network, _ = functions.train(trX, trY, network, 0.02, BATCH, 1, rng)
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


def show(console: Console) -> None:
    """Print a table for each assignment."""
    for name, (assignment, data_set, train) in TRAININGS.items():
        reference(assignment)
        import digits  # on the path since the reference was loaded

        right: dict[str, list[float]] = {"training": [], "test": []}
        for seed in track(SEEDS, f"accuracy of {name}: seeds", console=Console(stderr=True)):
            with contextlib.redirect_stdout(io.StringIO()):
                judged = dict(zip(right, train(seed), strict=True))
            for part, (labels, answers) in judged.items():
                right[part].append(float(np.mean(labels == answers)))
        what = f"{digits.current(data_set).key}, {_sizes(judged)} images"
        table = Table("accuracy", "minimum", "median", "maximum", title=f"{name}: {len(SEEDS)} seeds on {what}")
        for part, values in right.items():
            table.add_row(part, *(f"{value:.4f}" for value in (min(values), median(values), max(values))))
        console.print(table)
    show_full_run(console)


def show_full_run(console: Console) -> None:
    """Train the deep network on all of Fashion-MNIST, if it is at hand, and print how well it does."""
    import digits

    source = digits.current("fashion_mnist")
    if source.key == "digits" or source.partial:
        console.print("deep, ReLU: the complete Fashion-MNIST is not at hand, so there is no full run.")
        return
    everything = source.n_train, source.n_test, np.random.default_rng(2)
    data = digits.sample(digits.get_fashion_mnist(scale=(0, 1)), *everything)
    epochs = track(range(EPOCHS), "full run of deep: epochs", console=Console(stderr=True))
    judged = dict(zip(("training", "test"), _clothes(data, 0, epochs), strict=True))
    title = (
        f"deep, ReLU: {EPOCHS} epochs on {source.key}, {_sizes(judged)} images (at least {WANTED} wanted in the test)"
    )
    table = Table("part", "accuracy", title=title)
    for part, (labels, answers) in judged.items():
        table.add_row(part, f"{np.mean(labels == answers):.4f}")
    console.print(table)


def _sizes(judged: dict[str, tuple[Labels, Labels]]) -> str:
    return " and ".join(f"{labels.size:,} {part}" for part, (labels, _) in judged.items())
