"""How a network of each assignment learns when one of its functions is replaced: a training, a loss and a single step.

Smaller than in the notebooks where these would take long, and always on the vendored digits, so that the numbers are
the same on every machine. It measures nothing by itself; `field_guide` does.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from tempfile import TemporaryDirectory
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.course.reference import reference

Array = NDArray[Any]
Parameters = dict[str, Any]
Data = tuple[Array, Array, Array, Array]
Functions = SimpleNamespace
SEED = 1
RATE = 0.5  # of the step that shows which gradient it used; with 1 it would not show a rate that counts twice


def with_function(assignment: str, exercise: str, function: Any) -> Functions:
    """Return the author's functions of an assignment, which call another one in place of an exercise's own."""
    module = reference(assignment)
    names = dict(vars(module))
    for name, value in vars(module).items():
        if isinstance(value, FunctionType) and value.__globals__ is vars(module):
            names[name] = FunctionType(value.__code__, names, name, value.__defaults__, value.__closure__)
            names[name].__kwdefaults__ = value.__kwdefaults__
    names[exercise] = function
    return Functions(**names)


@contextmanager
def vendored_digits() -> Iterator[Any]:
    """Yield the module `digits`, which finds no real images meanwhile."""
    reference("two_layer")
    import digits  # on the path since the reference was loaded

    before = os.environ.get("DIGITS_DATA")
    with TemporaryDirectory() as empty:
        os.environ["DIGITS_DATA"] = empty
        try:
            yield digits
        finally:
            os.environ.pop("DIGITS_DATA")
            if before is not None:
                os.environ["DIGITS_DATA"] = before


@cache
def _images(low: float) -> Data:
    with vendored_digits() as digits:
        return digits.sample(digits.get_mnist(scale=(low, 1)), 10_000, 10_000, np.random.default_rng(SEED))


@cache
def _letters() -> Data:
    with vendored_digits() as digits:
        trX, trY, _, _, tsX, tsY = digits.get_notmnist(scale=(0, 1))
    return trX.reshape(len(trX), -1).T, trY[np.newaxis], tsX.reshape(len(tsX), -1).T, tsY[np.newaxis]


class Learning(ABC):
    """A training of an assignment; its functions are the student's, one of them wrong."""

    assignment: str
    network: str  # what is trained, in words
    low = 0.0  # the darkest pixel
    batches = True  # whether a step takes more than one sample
    trained: frozenset[str] = frozenset()  # the exercises that it calls

    def data(self) -> Data:
        """Return fresh copies of the images and labels to train and to test on."""
        trX, trY, tsX, tsY = (part.copy() for part in _images(self.low))
        return trX, trY, tsX, tsY

    @abstractmethod
    def start(self, functions: Functions) -> Parameters:
        """Return the parameters that a training begins with."""

    @abstractmethod
    def loss(self, functions: Functions, X: Array, Y: Array, parameters: Parameters) -> Any:
        """Return the loss of a batch."""

    @abstractmethod
    def step(self, functions: Functions, X: Array, Y: Array, parameters: Parameters) -> Parameters:
        """Return the parameters after one step with the rate `RATE`."""

    @abstractmethod
    def train(self, functions: Functions, data: Data) -> tuple[Any, float]:
        """Return the losses on the way, and the accuracy on unseen images."""


class TwoLayer(Learning):
    """The training of `two_layer`, as in its notebook."""

    assignment, network = "two_layer", "784-30-10, 20 epochs of mini-batches of 32"
    trained = frozenset({"one_hot", "relu", "relu_der", "softmax", "cross_entropy", "softmax_cross_entropy_der"})
    trained |= {"forward", "backward", "train"}

    def start(self, functions: Functions) -> Parameters:
        """Return the start of the notebook."""
        return functions.starting_parameters(np.random.default_rng(SEED))

    def loss(self, functions: Functions, X: Array, Y: Array, parameters: Parameters) -> Any:
        """Return the loss as the notebook's functions compute it."""
        return functions.cross_entropy(functions.forward(X, parameters)[0], Y)

    def step(self, functions: Functions, X: Array, Y: Array, parameters: Parameters) -> Parameters:
        """Return the parameters after one step."""
        return functions.train(X, Y, parameters, RATE, Y.size, 1, np.random.default_rng(SEED))[0]

    def train(self, functions: Functions, data: Data) -> tuple[Any, float]:
        """Train, and read the unseen images."""
        trX, trY, tsX, tsY = data
        rng = np.random.default_rng(SEED)
        start = functions.starting_parameters(rng)
        parameters, losses, *_ = functions.train(trX, trY, start, 0.1, 32, 20, rng)
        return losses, functions.share_right(tsX, tsY, parameters)


class MultiLayer(Learning):
    """The training of `multi_layer`, with fewer hidden units, images and steps than in its notebook."""

    assignment, network = "multi_layer", "784-30-10, 250 steps with all of 400 images"
    low = -1.0
    trained = frozenset({"relu", "relu_der", "softmax_cross_entropy_loss", "softmax_cross_entropy_loss_der"})
    trained |= {"initialize_network", "linear_forward", "linear_backward", "classify", "update_parameters"}
    trained |= {"multi_layer_network"}
    dims = (784, 30, 10)

    def data(self) -> Data:
        """Return the images and labels."""
        trX, trY, tsX, tsY = super().data()
        return trX[:, :400], trY[:, :400], tsX, tsY

    def start(self, functions: Functions) -> Parameters:
        """Return the start of the notebook."""
        np.random.seed(SEED)  # noqa: NPY002 - the course draws weights with numpy.random
        return functions.initialize_network(list(self.dims))

    def loss(self, functions: Functions, X: Array, Y: Array, parameters: Parameters) -> Any:
        """Return the loss as the notebook's functions compute it."""
        return functions.softmax_cross_entropy_loss(functions.multi_layer_forward(X, parameters)[0], Y)[2]

    def step(self, functions: Functions, X: Array, Y: Array, parameters: Parameters) -> Parameters:
        """Return the parameters after one step."""
        dims = [len(X), *(len(parameters[f"b{layer}"]) for layer in (1, 2))]
        return functions.multi_layer_network(X, Y, dims, 1, RATE, False, parameters)[1]

    def train(self, functions: Functions, data: Data) -> tuple[Any, float]:
        """Train, and read the unseen images."""
        trX, trY, tsX, tsY = data
        np.random.seed(SEED)  # noqa: NPY002
        losses, parameters, *_ = functions.multi_layer_network(trX, trY, list(self.dims), 250, log=False)
        return losses, float(np.mean(np.ravel(functions.classify(tsX, parameters)) == tsY.ravel()))


class Momentum(Learning):
    """The training of `momentum`, with fewer hidden units than in its notebook."""

    assignment, network = "momentum", "784-30-10, 100 steps with all images"
    trained = frozenset(
        {"relu", "softmax", "compute_layer", "average_ce", "grad_ce", "back_propagation", "momentum_step", "train"}
    )

    def data(self) -> Data:
        """Return the images and labels."""
        trX, trY, tsX, tsY = (part.copy() for part in _letters())
        return trX, trY, tsX, tsY

    def start(self, functions: Functions) -> Parameters:
        """Return the start of the notebook."""
        return functions.initialise([784, 30, 10], np.random.default_rng(3))

    def loss(self, functions: Functions, X: Array, Y: Array, parameters: Parameters) -> Any:
        """Return the loss as the notebook's functions compute it."""
        return functions.average_ce(Y, functions.forward(X, parameters)[0])

    def step(self, functions: Functions, X: Array, Y: Array, parameters: Parameters) -> Parameters:
        """Return the parameters after one step."""
        return functions.train(X, Y, parameters, RATE, 0.9, 1)[0]

    def train(self, functions: Functions, data: Data) -> tuple[Any, float]:
        """Train, and read the unseen images."""
        trX, trY, tsX, tsY = data
        parameters, losses, *_ = functions.train(trX, trY, self.start(functions), 0.1, 0.9, 100)
        answers = functions.forward(tsX, parameters)[0].argmax(axis=0)
        return losses, float(np.mean(answers == tsY[0]))


class DeepSigmoid(Learning):
    """The first training of `deep`, half as long as in its notebook; its losses are those on unseen images."""

    assignment, network = "deep", "784-32-32-10 with sigmoids, 6 passes of one sample at a time"
    batches = False
    trained = frozenset(
        {"sigmoid", "dsigmoid", "initialise", "feed_forward_sample", "feed_forward_dataset", "train_one_sample"}
    )

    def start(self, functions: Functions) -> Parameters:
        """Return the start of the notebook."""
        return functions.initialise([784, 32, 32, 10], np.random.default_rng(4))

    def loss(self, functions: Functions, X: Array, Y: Array, parameters: Parameters) -> Any:
        """Return the loss as the notebook's functions compute it."""
        if Y.size == 1:
            return functions.feed_forward_sample(X, int(Y[0, 0]), parameters)[0]
        return functions.feed_forward_dataset(X, Y, parameters)[0]

    def step(self, functions: Functions, X: Array, Y: Array, parameters: Parameters) -> Parameters:
        """Return the parameters after one step."""
        return functions.train_one_sample(X, int(Y[0, 0]), parameters, RATE)

    def train(self, functions: Functions, data: Data) -> tuple[Any, float]:
        """Train, and read the unseen images."""
        trX, trY, tsX, tsY = data
        network, rng = self.start(functions), np.random.default_rng(5)
        losses, accuracy = [], 0.0
        for half in np.array_split(np.concatenate([rng.permutation(trY.size) for _ in range(6)]), 12):
            for k in half:
                network = functions.train_one_sample(trX[:, [k]], int(trY[0, k]), network, 0.05)
            loss, accuracy, *_ = functions.feed_forward_dataset(tsX, tsY, network)
            losses.append(loss)
        return losses, accuracy


class DeepReLU(Learning):
    """The second training of `deep`, with narrower layers than in its notebook."""

    assignment, network = "deep", "784-128-64-32-10 with ReLUs, 20 epochs of mini-batches of 64"
    trained = frozenset({"he_initialise", "minibatches", "train", "predict"})

    def start(self, functions: Functions) -> Parameters:
        """Return the start of the notebook."""
        return functions.he_initialise([784, 128, 64, 32, 10], np.random.default_rng(7))

    def loss(self, functions: Functions, X: Array, Y: Array, parameters: Parameters) -> Any:
        """Return the loss as the notebook's functions compute it."""
        return functions.train(X, Y, parameters, 0.0, Y.size, 1, np.random.default_rng(SEED))[1][0]

    def step(self, functions: Functions, X: Array, Y: Array, parameters: Parameters) -> Parameters:
        """Return the parameters after one step."""
        return functions.train(X, Y, parameters, RATE, Y.size, 1, np.random.default_rng(SEED))[0]

    def train(self, functions: Functions, data: Data) -> tuple[Any, float]:
        """Train, and read the unseen images."""
        trX, trY, tsX, tsY = data
        rng = np.random.default_rng(8)
        network, losses, *_ = functions.train(trX, trY, self.start(functions), 0.02, 64, 20, rng)
        return losses, float(np.mean(np.ravel(functions.predict(tsX, network)[0]) == tsY.ravel()))


LEARNING: tuple[Learning, ...] = (TwoLayer(), MultiLayer(), Momentum(), DeepSigmoid(), DeepReLU())
