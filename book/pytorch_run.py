"""One network, twice: its gradients and its training by the functions of `deep`, and by PyTorch.

Run as a program it writes `in-pytorch.json`, which the appendix shows where PyTorch is not installed; it draws and
prints nothing.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
import plotting  # noqa: F401 (knows the way to digits)
from numpy.typing import NDArray

import autograder

# isort: split
import digits

if TYPE_CHECKING:
    import torch

Array = NDArray[np.float64]
Parameters = Mapping[str, Array]

COMMITTED = Path(__file__).with_name("in-pytorch.json")
NET_DIMS = [784, 256, 128, 64, 10]
RATE, BATCH, EPOCHS = 0.1, 64, 10


def vendored_digits() -> tuple[Array, NDArray[np.int64]]:
    """Return the vendored training images (784, 1347) in [0, 1] and their labels (1, 1347), whatever is at hand."""
    with tempfile.TemporaryDirectory() as empty, mock.patch.dict(os.environ, XDG_CACHE_HOME=empty):
        os.environ.pop("DIGITS_DATA", None)
        with contextlib.redirect_stdout(io.StringIO()):
            images, labels, *_ = digits.get_mnist(scale=(0, 1))
    return images.reshape(len(images), -1).T, labels[np.newaxis]


def by_hand() -> tuple[dict[str, Array], list[float]]:
    """Return the gradient of each parameter on the first batch, and the loss before and after each epoch."""
    ref = autograder.reference("deep")
    X, Y = vendored_digits()
    first = ref.he_initialise(NET_DIMS, np.random.default_rng(7))
    # A step with the rate 1 changes each parameter by its gradient: eq:implied-gradient.
    moved, *_ = ref.train(X[:, :BATCH], Y[:, :BATCH], first, 1.0, BATCH, 1, np.random.default_rng(0))
    gradients = {name: first[name] - moved[name] for name in first}
    losses, now, rng = [_loss(ref, X, Y, first)], first, np.random.default_rng(8)
    for _ in range(EPOCHS):
        now, *_ = ref.train(X, Y, now, RATE, BATCH, 1, rng)
        losses.append(_loss(ref, X, Y, now))
    return gradients, losses


def _loss(ref: ModuleType, X: Array, Y: NDArray[np.int64], parameters: Parameters) -> float:
    _, probabilities = ref.predict(X, parameters)
    return float(-np.log(probabilities[Y[0], np.arange(Y.size)]).mean())


def network(parameters: Parameters) -> torch.nn.Sequential:
    """Return the network with these weights: a `Linear` stores b as a flat array."""
    from torch import nn, tensor

    layers: list[nn.Module] = []
    for number in range(1, len(parameters) // 2 + 1):
        W = tensor(parameters[f"W{number}"])
        b = tensor(parameters[f"b{number}"][:, 0])
        linear = nn.Linear(W.shape[1], W.shape[0], dtype=W.dtype)
        linear.load_state_dict({"weight": W, "bias": b})
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def in_pytorch() -> tuple[dict[str, Array], list[float]]:
    """Return the same as `by_hand`, computed by autograd from the same weights and batches."""
    import torch

    torch.set_num_threads(1)  # the matrices are small: several threads wait for each other
    ref = autograder.reference("deep")
    X, Y = vendored_digits()
    model = network(ref.he_initialise(NET_DIMS, np.random.default_rng(7)))
    images, labels = torch.tensor(X.T), torch.tensor(Y[0])
    loss_of = torch.nn.CrossEntropyLoss()

    loss_of(model(images[:BATCH]), labels[:BATCH]).backward()
    gradients = _in_our_shape(model)

    optimiser, rng = torch.optim.SGD(model.parameters(), lr=RATE), np.random.default_rng(8)
    losses = [loss_of(model(images), labels).item()]
    for _ in range(EPOCHS):
        for batch_X, batch_Y in ref.minibatches(X, Y, BATCH, rng):
            optimiser.zero_grad()
            loss_of(model(torch.tensor(batch_X.T)), torch.tensor(batch_Y[0])).backward()
            optimiser.step()
        losses.append(loss_of(model(images), labels).item())
    return gradients, losses


def _in_our_shape(model: torch.nn.Sequential) -> dict[str, Array]:
    gradients = {}
    for number, layer in enumerate(model[::2], 1):
        gradients[f"W{number}"] = layer.weight.grad.numpy().copy()
        gradients[f"b{number}"] = layer.bias.grad.numpy()[:, np.newaxis].copy()
    return gradients


def compare() -> dict[str, Any]:
    """Run both and return what the appendix shows; needs PyTorch."""
    import torch

    (ours, our_losses), (theirs, their_losses) = by_hand(), in_pytorch()
    gradients = {}
    for name, gradient in ours.items():
        entry = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
        gradients[name] = {
            "entry": [int(index) for index in entry],
            "by hand": float(gradient[entry]),
            "PyTorch": float(theirs[name][entry]),
            "largest difference": float(np.abs(gradient - theirs[name]).max()),
        }
    return {
        "versions": {"NumPy": np.__version__, "PyTorch": torch.__version__.partition("+")[0]},
        "gradients": gradients,
        "losses": {"by hand": our_losses, "PyTorch": their_losses},
    }


def result() -> tuple[dict[str, Any], str]:
    """Return the comparison and a sentence that says where it is from: computed now, or the committed one."""
    if importlib.util.find_spec("torch") is None:
        found = json.loads(COMMITTED.read_text(encoding="utf-8"))
        words = "PyTorch was not installed when this page was built, so its numbers are the recorded ones"
    else:
        found = compare()
        words = "The numbers of PyTorch were computed when this page was built"
    return found, f"{words} (PyTorch {found['versions']['PyTorch']}, NumPy {found['versions']['NumPy']})."


if __name__ == "__main__":
    COMMITTED.write_text(json.dumps(compare(), indent=1) + "\n", encoding="utf-8")
