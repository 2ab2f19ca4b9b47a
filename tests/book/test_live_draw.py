"""On the landing page one draws a digit: the image, what is read, what is learnt and what is said are right."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from book_pages import soup
from chromium import chromium
from drawn import SKELETONS, Drawing, counts, dense, unsteady
from live_figures import live_figure, said
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, Page

import autograder

pytestmark = pytest.mark.browser
FIGURES = ("index", "deeper")
NAMES = ("W1", "b1", "W2", "b2")
CLOSE = 1e-6


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def figure(browser: Browser, html: Path) -> Iterator[tuple[Page, Locator]]:
    with live_figure(browser, html, "index", "draw") as opened:
        yield opened


def published(html: Path, page: str) -> dict[str, Any]:
    """Return what a page has published for its figure, the network as arrays of NumPy."""
    script = soup(html / "book" / f"{page}.html").select_one("#live-draw")
    assert script
    data = json.loads(script.get_text())
    for name in NAMES:
        if isinstance(data[name], dict):
            numbers = np.frombuffer(base64.b64decode(data[name]["float32"]), "<f4")
            data[name] = numbers.astype(float).reshape(data[name]["shape"])
        data[name] = np.array(data[name])
    return data


def images(data: dict[str, Any], letters: str = "") -> NDArray[np.float64]:
    """Return the test images, or those of these letters, as columns, each pixel of the 8x8 in its place."""
    ink = np.frombuffer((letters or data["images"]).encode(), np.uint8).reshape(-1, 8, 8) - 97.0
    if data["side"] == 28:
        ink = np.pad(ink.repeat(3, axis=1).repeat(3, axis=2), ((0, 0), (2, 2), (2, 2)))
    return data["low"] + (data["high"] - data["low"]) * ink.reshape(len(ink), -1).T / 16


def call(box: Locator, code: str, given: Any = None) -> Any:
    """Run code with what the figure's start has returned, `live`."""
    return box.evaluate(f"(box, given) => {{ const live = Live.of(box); return {code}; }}", given)


def parameters(data: dict[str, Any]) -> dict[str, NDArray[np.float64]]:
    return {name: data[name] for name in NAMES}


def chances(net: dict[str, NDArray[np.float64]], X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the reference's functions make of the columns of X."""
    ref = autograder.reference("multi_layer")
    scores, _ = ref.multi_layer_forward(X, net)
    return ref.softmax_cross_entropy_loss(scores, np.zeros((1, X.shape[1]), dtype=int))[0]


def after_a_step(net: dict[str, Any], x: NDArray[np.float64], label: int, rate: float) -> dict[str, Any]:
    ref, y = autograder.reference("multi_layer"), np.array([[label]])
    scores, caches = ref.multi_layer_forward(x, net)
    _, cache, _ = ref.softmax_cross_entropy_loss(scores, y)
    found = ref.multi_layer_backward(ref.softmax_cross_entropy_loss_der(y, cache), caches, net)
    return {name: net[name] - rate * found[f"d{name}"] for name in NAMES}


@pytest.mark.parametrize("page", FIGURES)
def test_it_reads_and_learns_as_the_reference_does(browser: Browser, html: Path, page: str):
    data = published(html, page)
    net, X = parameters(data), images(data)
    noise = np.random.default_rng(1).uniform(data["low"], data["high"], (len(X), 2))
    with live_figure(browser, html, page, "draw") as (_, box):
        for x in [*X[:, :4].T, *noise.T, np.full(len(X), data["low"])]:
            given = [x.tolist(), 3, 0.003]
            read = call(box, "live.read(live.net(), given[0])", given)
            assert np.abs(np.array(read["chances"]) - chances(net, x[:, None])[:, 0]).max() < CLOSE
            assert np.abs(np.array(read["hidden"]) - np.maximum(net["W1"] @ x + net["b1"][:, 0], 0)).max() < CLOSE
            taught = call(box, "live.taught(live.net(), ...given)", given)
            for name, wanted in after_a_step(net, x[:, None], 3, 0.003).items():
                assert np.abs(np.array(taught[name]) - wanted.ravel()).max() < CLOSE, name
        labels = np.array([int(label) for label in data["labels"]])
        right = (chances(net, X).argmax(axis=0) == labels).sum()
        assert call(box, "live.rightly(live.net())") == right
        moved = after_a_step(net, X[:, :1], 3, 0.03)
        right = (chances(moved, X).argmax(axis=0) == labels).sum()
        given = [X[:, 0].tolist(), 3, 0.03]
        assert call(box, "live.rightly(live.taught(live.net(), ...given))", given) == right


def test_a_drawing_becomes_the_image_that_the_rules_make_of_it(figure: tuple[Page, Locator], html: Path):
    _, box = figure
    ink, rng = published(html, "index")["ink"], np.random.default_rng(2)
    drawings = [*SKELETONS.values(), *(unsteady(SKELETONS[digit], rng) for digit in (2, 4, 8))]
    for drawing in drawings:
        strokes = [stroke.tolist() for stroke in drawing]
        made = call(box, "live.counts(...given)", [strokes, ink])
        assert made == counts(drawing, ink).ravel().tolist()
        assert abs(sum(made) - ink) <= 4
    # A dot, a dash, and nothing: none of them has a height to be scaled by.
    for strokes in ([[[50, 50]]], [[[20, 50], [80, 50]]], []):
        made = call(box, "live.counts(...given)", [strokes, ink])
        assert len(made) == 64
        assert bool(strokes) == (max(made) > 0)


def test_a_digit_of_the_course_comes_back_as_itself(
    figure: tuple[Page, Locator], html: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    _, box = figure
    data = published(html, "index")
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "source")
    monkeypatch.setenv("DIGITS_DATA", str(tmp_path))
    import digits

    *_, pictures, _ = digits.get_mnist()
    known = {picture.tobytes() for picture in pictures}
    for image in range(3):
        ink = [ord(letter) - 97 for letter in data["images"][64 * image : 64 * image + 64]]
        blocks = (np.arange(16) < np.array(ink)[:, None]).reshape(8, 8, 4, 4).transpose(0, 2, 1, 3)
        assert call(box, "live.blocks(given)", blocks.astype(int).ravel().tolist()) == ink
        assert np.array(call(box, "live.input(given)", ink)).tobytes() in known


def draw(page: Page, box: Locator, drawing: Drawing) -> str:
    """Draw with the mouse on an empty pad; return the sentence that the figure says, without its end."""
    box.get_by_role("button", name="Clear").click()
    pad = box.locator(".draw-pad")
    pad.scroll_into_view_if_needed()
    assert pad.evaluate("pad => getComputedStyle(pad).touchAction") == "none"
    place = pad.bounding_box()
    assert place
    for stroke in map(dense, drawing):
        spots = np.array([place["x"], place["y"]]) + stroke * place["width"] / 100
        page.mouse.move(*spots[0])
        page.mouse.down()
        for spot in spots[1:]:
            page.mouse.move(*spot)
        page.mouse.up()
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 300)))")
    return box.locator(".live-says").inner_text()


def test_most_digits_drawn_with_a_mouse_are_read_rightly(figure: tuple[Page, Locator]):
    answers = {digit: draw(*figure, drawing) for digit, drawing in SKELETONS.items()}
    read = [digit for digit, answer in answers.items() if answer.startswith(f"Read as {digit}, probability")]
    assert len(read) >= 8, answers


@pytest.mark.long
def test_most_digits_by_other_hands_are_read_rightly(figure: tuple[Page, Locator]):
    rng = np.random.default_rng(0)
    read = [
        draw(*figure, unsteady(drawing, rng)).startswith(f"Read as {digit},")
        for digit, drawing in SKELETONS.items()
        for _ in range(10)
    ]
    print(np.reshape(read, (10, 10)).sum(axis=1))
    assert sum(read) >= 75, np.reshape(read, (10, 10)).sum(axis=1)


def test_the_keyboard_draws_and_takes_back(figure: tuple[Page, Locator]):
    page, box = figure
    pad = box.locator(".draw-pad")
    pad.focus()
    page.keyboard.press("Delete")
    said(box, "An empty image, read as")
    page.keyboard.press("Space")
    for _ in range(16):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    said(box, "Read as 1, probability")
    drawn = call(box, "live.seen()")
    page.keyboard.press("ArrowLeft")  # the pen is up
    assert call(box, "live.seen()") == drawn
    page.keyboard.press("Backspace")
    said(box, "An empty image, read as")
    assert set(call(box, "live.seen()")) == {-1}
    box.get_by_role("button", name="Undo").click()
    said(box, "Read as 9, probability")


def test_the_arrow_keys_choose_a_sample(figure: tuple[Page, Locator], html: Path):
    page, box = figure
    data = published(html, "index")
    first = box.get_by_role("button", name="Sample 1, a 0")
    first.focus()
    page.keyboard.press("ArrowRight")
    said(box, "Read as 1, probability")
    assert box.get_by_role("button", name="Sample 2, a 1").get_attribute("aria-pressed") == "true"
    x = images(data, data["samples"][1]["ink"])[:, 0]
    assert np.abs(np.array(call(box, "live.seen()")) - x).max() < CLOSE
    assert box.get_by_label("This is a").input_value() == "1"


def test_a_unit_says_what_it_adds(figure: tuple[Page, Locator], html: Path):
    _, box = figure
    data = published(html, "index")
    x = images(data, data["samples"][data["first"]]["ink"])[:, 0]
    hidden = np.maximum(data["W1"] @ x + data["b1"][:, 0], 0)
    adds = data["W2"][9] * hidden
    units = box.locator(".draw-unit")
    lit = units.evaluate_all("all => all.map(unit => unit.classList.contains('draw-on'))")
    assert lit == (hidden > 0).tolist()
    for unit in (int(adds.argmax()), int(adds.argmin())):
        amount = f"{adds[unit]:.2f}".replace("-", "\N{MINUS SIGN}")
        units.nth(unit).focus()
        words = box.locator(".draw-words").inner_text()
        assert words.endswith(f"adds {amount} to the score of 9."), words
        assert units.nth(unit).get_attribute("aria-label") == words
    units.nth(int(np.flatnonzero(hidden == 0)[0])).hover()
    assert box.locator(".draw-words").inner_text().endswith("is off and adds nothing.")


def test_a_step_on_a_misread_image_teaches_it_and_reset_forgets_it(figure: tuple[Page, Locator], html: Path):
    _, box = figure
    data = published(html, "index")
    box.locator(".draw-sample").nth(10).click()
    label, net = data["samples"][10]["label"], parameters(data)
    x = images(data, data["samples"][10]["ink"])
    before = chances(net, x)[label, 0]
    box.locator("summary").click()
    reset = box.get_by_role("button", name="Reset the network")
    assert reset.is_disabled()
    box.get_by_role("button", name="Take one step").click()
    after = chances(after_a_step(net, x, label, data["rates"][data["rate"]]), x)[label, 0]
    said(box, f"Step 1: the loss on this image was {-math.log(before):.3f} and is {-math.log(after):.3f}.")
    row = box.locator(".draw-changes tr", has_text=f"Probability of {label}")
    assert row.locator("td").all_inner_texts() == [f"{before:.3f}", f"{after:.3f}"]
    assert after > before
    assert box.locator(".draw-was").first.is_visible()
    reset.click()
    said(box, f"Read as {chances(net, x)[:, 0].argmax()}, probability")
    assert not box.locator(".draw-changes").is_visible()


def test_noise_is_read_as_a_digit(figure: tuple[Page, Locator]):
    page, box = figure
    button = box.get_by_role("button", name="Noise")
    button.click()
    said(box, "Nothing but noise, read as")
    first = call(box, "live.seen()")
    assert len(set(first)) > 10
    button.click()
    other = "([box, first]) => Live.of(box).seen().some((x, k) => x !== first[k])"
    page.wait_for_function(other, arg=[box.element_handle(), first])
