"""The live valley takes the page's walks, says rightly which of them converge, and answers mouse and keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
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
Opened = tuple[Page, Locator]
SETTINGS = list(product((0.02, 0.07, 0.09), (0.0, 0.7, 0.95), (1, 25, 60)))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def valley(browser: Browser, html: Path) -> Iterator[Opened]:
    with live_figure(browser, html, "training", "valley") as (page, box):
        yield page, box


def walk(rate: float, gamma: float, curvature: float, start: tuple[float, float]) -> NDArray[np.float64]:
    step = autograder.reference("momentum").momentum_step
    P, v = {"w": np.array(start)}, {"w": np.zeros(2)}
    path = [P["w"]]
    for _ in range(40):
        P, v = step(P, v, {"dw": P["w"] * [1, curvature]}, rate, gamma)
        path.append(P["w"])
    return np.array(path)


def ask(box: Locator, what: str, *arguments: Any) -> Any:
    return box.evaluate("(box, [what, given]) => Live.of(box)[what](...given)", [what, arguments])


def move(box: Locator, label: str, value: float) -> None:
    box.get_by_label(label).evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }", value
    )


def set_rate(box: Locator, rate: float) -> None:
    """Walk the slider, whose places are not the rates themselves, to the rate that it shows."""
    box.get_by_label("Learning rate").evaluate(
        """(input, rate) => {
          for (let k = 0; k <= Number(input.max); k++) {
            input.value = k;
            input.dispatchEvent(new Event('input'));
            if (Number(input.nextElementSibling.textContent) === rate) return;
          }
          throw new Error(`The slider has no rate ${rate}.`);
        }""",
        rate,
    )


def test_its_walks_are_those_of_the_page(valley: Opened):
    for rate, gamma, steep in SETTINGS:
        for start in ((-10.0, 1.0), (2.5, -1.5)):
            asked = {"rate": rate, "gamma": gamma, "steep": steep, "start": list(start)}
            found = np.array(ask(valley[1], "walk", asked), dtype=float)
            np.testing.assert_allclose(
                found, walk(rate, gamma, steep, start), rtol=1e-6, atol=1e-12, err_msg=str(asked)
            )


def test_its_eigenvalues_are_those_of_the_step(valley: Opened):
    for rate, gamma, c in SETTINGS:
        step = np.array([[1 - rate * c, -gamma], [rate * c, gamma]])
        found = ask(valley[1], "eigenvalues", {"rate": rate, "gamma": gamma}, c)
        values = np.linalg.eigvals(step)
        assert found["largest"] == pytest.approx(np.abs(values).max(), rel=1e-6)
        if np.isreal(values).all():
            assert sorted(found["real"]) == pytest.approx(sorted(values.real), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("gamma", [0.0, 0.3, 0.9])
def test_its_limit_parts_the_walks_that_converge_from_the_others(valley: Opened, gamma: float):
    for c in (2, 25):
        limit = ask(valley[1], "limit", {"gamma": gamma}, c)
        below, above = (np.abs(walk(factor * limit, gamma, c, (0.0, 1.0))[:, 1]) for factor in (0.9, 1.1))
        assert below[-10:].max() < below[:10].max() / 2
        assert above[-10:].max() > above[:10].max() * 2


def test_it_says_how_near_the_bottom_a_walk_ends_and_which_direction_is_slow(valley: Opened):
    _, box = valley
    for name, rate, gamma in (("Plain, 0.07", 0.07, 0.0), ("Momentum, 0.07", 0.07, 0.7)):
        box.get_by_role("button", name=name).click()
        left = np.linalg.norm(walk(rate, gamma, 25, (-10.0, 1.0))[-1])
        said(box, f"After 40 steps {left:.2g} from the bottom.")
        assert box.get_by_role("button", name=name).get_attribute("aria-pressed") == "true"
    box.get_by_role("button", name="Plain, 0.02").click()
    said(box, "The flat direction is the slow one.")


def test_it_says_why_a_walk_diverges(valley: Opened):
    _, box = valley
    set_rate(box, 0.08)
    said(box, "Never arrives: the rate 0.08 is exactly 2/c = 0.08.")
    set_rate(box, 0.09)
    said(box, "Diverges: the rate 0.09 is above 2/c = 0.08.")
    assert box.get_by_text("Steep, c = 25: factor −1.25: each step overshoots and grows.").is_visible()
    move(box, "Momentum", 0.2)
    said(box, "After 40 steps")
    set_rate(box, 0.1)
    said(box, "Diverges: the rate 0.1 is above 2(1 + γ)/c = 0.096.")


def test_its_axes_have_one_scale(valley: Opened):
    _, box = valley
    widths = box.locator("ellipse").first.evaluate("line => [line.rx.baseVal.value, line.ry.baseVal.value]")
    assert widths[0] / widths[1] == pytest.approx(5), (
        "A level line with curvatures 1 and 25 is five times as long as high."
    )
    move(box, "Curvature", 1)
    widths = box.locator("ellipse").first.evaluate("line => [line.rx.baseVal.value, line.ry.baseVal.value]")
    assert widths[0] == pytest.approx(widths[1])


def test_the_start_follows_the_keys_a_click_and_a_drag(valley: Opened):
    page, box = valley
    handle = box.get_by_role("slider", name="Start of the walk")
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("ArrowDown")
    assert handle.get_attribute("aria-valuetext") == "w₁ = −9.9, w₂ = −0.1"
    place = box.locator(".live-map").bounding_box()
    assert place
    unit, middle = place["width"] / 14, place["y"] + place["height"] / 2
    page.mouse.click(place["x"] + 11 * unit, middle - unit)
    assert handle.get_attribute("aria-valuetext") == "w₁ = 0.0, w₂ = 1.0"
    page.mouse.move(place["x"] + 11 * unit, middle - unit)
    page.mouse.down()
    page.mouse.move(place["x"] + 5 * unit, middle + 1.5 * unit, steps=3)
    page.mouse.up()
    assert handle.get_attribute("aria-valuetext") == "w₁ = −6.0, w₂ = −1.5"


def test_it_plays_step_by_step_or_shows_the_end_at_once(browser: Browser, html: Path):
    with live_figure(browser, html, "training", "valley", reduced_motion="reduce") as (_, box):
        box.get_by_role("button", name="Reset").click()
        said(box, "After 0 steps 10 from the bottom.")
        box.get_by_role("button", name="Step").click()
        said(box, "After 1 step 9.3 from the bottom.")
        box.get_by_role("button", name="Play").click()
        said(box, "After 40 steps")
    with live_figure(browser, html, "training", "valley", reduced_motion="no-preference") as (_, box):
        # In one task of the browser: a slow machine might play to the end between two clicks from outside.
        names = box.get_by_role("button", name="Play").evaluate(
            "play => [0, 1].map(() => { play.click(); return play.textContent; })"
        )
        assert names == ["Pause", "Play"]
        box.get_by_role("button", name="Play").click()
        said(box, "After 40 steps")
        box.get_by_role("button", name="Play").wait_for()
