"""The live ten layers compute what NumPy computes with the same numbers, and say what became of signal and gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import chromium
from live_figures import live_figure, said
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, Page

import autograder

pytestmark = pytest.mark.browser
Array = NDArray[np.float64]
Opened = tuple[Page, Locator]
UNITS, SAMPLES, LAYERS, CLASSES = 64, 100, 10, 10
DEVIATIONS = (0.01, 2 / UNITS, 1 / UNITS**0.5, (2 / UNITS) ** 0.5, 0.5)
ACTIVATIONS = ("sigmoid", "tanh", "ReLU")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def figure(browser: Browser, html: Path) -> Iterator[Opened]:
    with live_figure(browser, html, "deeper", "first-weights") as (page, box):
        yield page, box


@pytest.fixture(scope="module")
def drawn(figure: Opened) -> list[Array]:
    """Return the figure's random numbers: the input, the derivatives on top, the scores' weights, all weights."""
    shapes = [(UNITS, SAMPLES)] * 2 + [(CLASSES, UNITS)] + [(UNITS, UNITS)] * LAYERS
    found = figure[1].evaluate("box => Live.of(box).drawn()")
    return [np.array(values).reshape(shape) for values, shape in zip(found, shapes, strict=True)]


def functions(name: str) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    deep = autograder.reference("deep")
    return {
        "sigmoid": (deep.sigmoid, deep.dsigmoid),
        "tanh": (np.tanh, lambda Z: np.cosh(Z) ** -2.0),
        "ReLU": (lambda Z: np.maximum(Z, 0), lambda Z: 1.0 * (Z > 0)),
    }[name]


def size(A: Array) -> float:
    return float(np.sqrt(np.mean(A**2)))


def passed(name: str, s: float, drawn: list[Array]) -> dict[str, Any]:
    """Return the sizes of activations and gradients in all layers, what hardly learns, and the first loss."""
    g, g_der = functions(name)
    A, dA, scores, *weights = drawn
    activations, slopes, gradients = [], [], []
    for W in weights:
        Z = s * W @ A
        A, slope = g(Z), g_der(Z)
        activations.append(A)
        slopes.append(slope)
    for W, slope in zip(weights[::-1], slopes[::-1], strict=True):
        gradients.insert(0, size(dA * slope))
        dA = s * W.T @ (dA * slope)
    dead = [np.mean((slope == 0).all(axis=1)) for slope in slopes]
    saturated = [np.mean(slope < g_der(np.zeros(1)) / 10) for slope in slopes]
    labels = np.arange(SAMPLES)[np.newaxis] % CLASSES
    loss = autograder.reference("multi_layer").softmax_cross_entropy_loss(s * scores @ A, labels)[2]
    lost = dead if name == "ReLU" else saturated
    spreads = [activation.std(axis=1).mean() for activation in activations]
    return {"activations": [size(A) for A in activations], "spreads": spreads, "lost": lost} | {
        "gradients": gradients,
        "loss": float(np.squeeze(loss)),
    }


def test_its_numbers_are_standard_normal(drawn: list[Array]):
    for values in drawn:
        assert abs(values.mean()) < 5 / values.size**0.5
        assert values.std() == pytest.approx(1, abs=4 / values.size**0.5)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_it_computes_what_numpy_computes(figure: Opened, drawn: list[Array], name: str):
    for s in DEVIATIONS:
        found = figure[1].evaluate("(box, [name, s]) => Live.of(box).measured(name, s)", [name, s])
        expected = passed(name, s, drawn)
        assert found.keys() == expected.keys()
        for what, values in expected.items():
            # The samples differ in the last digits of activations near one half: no more than these can agree.
            rounding = 1e-12 if what == "spreads" else 0
            np.testing.assert_allclose(found[what], values, 1e-6, rounding, err_msg=f"{name}, {s}: {what}")


def test_it_says_what_became_of_signal_and_gradient(figure: Opened):
    _, box = figure
    for activation, start, signal, gradient in (
        ("ReLU", "0.01", "the signal has died away", "it vanishes"),
        ("ReLU", "2/n", "the signal has died away", "it vanishes"),
        ("ReLU", "He, √(2/n)", "the signal arrives", "it arrives"),
        ("ReLU", "He, twice", "the signal has exploded", "it explodes"),
        ("sigmoid", "Glorot, 1/√n", "the signal has died away", "it vanishes"),
        ("tanh", "He, twice", "of the activations are saturated", "times that in layer 10"),
    ):
        box.get_by_role("button", name=activation, exact=True).click()
        box.get_by_role("button", name=start, exact=True).click()
        said(box, signal)
        said(box, gradient)


def test_the_first_loss_is_that_of_guessing_when_no_signal_arrives(figure: Opened):
    _, box = figure
    box.get_by_role("button", name="ReLU", exact=True).click()
    box.get_by_role("button", name="0.01", exact=True).click()
    guessing = f"{np.log(CLASSES):.4f}"
    assert box.get_by_text(f"First loss {guessing}; guessing has −ln 1/10 = {guessing}.").is_visible()


def test_a_mark_moves_the_slider_and_the_keys_move_on_from_there(figure: Opened):
    _, box = figure
    slider = box.get_by_role("slider", name="Standard deviation")
    for mark, value in (("0.01", "0.01"), ("2/n", "0.0313"), ("He, √(2/n)", "0.177"), ("Glorot, 1/√n", "0.125")):
        box.get_by_role("button", name=mark, exact=True).click()
        assert slider.get_attribute("aria-valuetext") == value
        assert box.get_by_role("button", name=mark, exact=True).get_attribute("aria-pressed") == "true"
    slider.press("ArrowRight")
    assert 0.125 < float(slider.get_attribute("aria-valuetext") or "") < 0.14
    assert not box.locator('[aria-label="Standard deviation"] [aria-pressed="true"]').count()
    slider.press("ArrowLeft")
    assert box.get_by_role("button", name="Glorot, 1/√n").get_attribute("aria-pressed") == "true"
