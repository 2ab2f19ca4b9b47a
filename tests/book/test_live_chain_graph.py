"""The graph whose nodes the reader chooses has the derivatives of central differences, whatever the nodes are."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from chromium import chromium
from live_figures import live_figure, said
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
PAGE, FIGURE = "chain-rule-on-a-graph", "chain-graph"
OPERATIONS: dict[str, Callable[[float, float], float]] = {"add": operator.add, "multiply": operator.mul, "max": max}
POINTS = ({"x": 2.0, "c": 3.0}, {"x": -1.5, "c": 0.5}, {"x": 0.5, "c": -4.0})
COMPUTE = "([box, states]) => states.map(state => Live.of(box).compute(state))"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def result(state: dict[str, Any], nudged: str = "", h: float = 0.0) -> float:
    """Return y, with `h` added to what one of x, c, p and q is."""
    do = {name: OPERATIONS[kind] for name, kind in state["operations"].items()}
    x, c = (state["inputs"][name] + h * (nudged == name) for name in "xc")
    p = (do["p"](c, x) if state["wiring"] == "waiting" else do["p"](x, c)) + h * (nudged == "p")
    q = (do["q"](x, p) if state["wiring"] == "waiting" else do["q"](x, c)) + h * (nudged == "q")
    return do["y"](p, q)


def test_all_derivatives_are_those_of_central_differences(browser: Browser, html: Path):
    states = [
        {"wiring": wiring, "operations": dict(zip("pqy", kinds, strict=True)), "inputs": inputs}
        for wiring in ("waiting", "diamond")
        for kinds in product(OPERATIONS, repeat=3)
        for inputs in POINTS
    ]
    with live_figure(browser, html, PAGE, FIGURE) as (page, box):
        answers = page.evaluate(COMPUTE, [box.element_handle(), states])
    checked = 0
    for state, answer in zip(states, answers, strict=True):
        assert abs(answer["values"]["y"] - result(state)) < 1e-12, state
        for name in "xcpq":
            up, down, here = result(state, name, 1e-4), result(state, name, -1e-4), result(state)
            if abs(up + down - 2 * here) > 1e-6:  # a max node changes sides here: there is no derivative
                continue
            assert abs(answer["gradients"][name] - (up - down) / 2e-4) < 1e-6, (state, name)
            checked += 1
    assert checked > 500


def test_the_walk_goes_one_node_at_a_time_and_adds_up_at_copies(browser: Browser, html: Path):
    with live_figure(browser, html, PAGE, FIGURE) as (_, box):
        assert box.locator("text.chain-back").count() == 9
        box.get_by_role("button", name="From the start").click()
        assert box.locator("text.chain-back").count() == 0
        assert box.locator("text.chain-forward").count() == 4
        panel, following = box.locator(".chain-panel").first, box.get_by_role("button", name="Next")
        told = []
        while following.is_enabled():
            following.click()
            told.append(panel.inner_text())
        assert "p = c \u00d7 x = 3 \u00d7 2 = 6" in told[0]
        assert "to p: local 2 \u00d7 upstream 1 = 2" in told[5]
        assert "dp = 2 + 1 = 3" in told[6]
        assert "to x: local 3 \u00d7 upstream 3 = 9" in told[7]
        assert "dx = 9 + 6 = 15" in told[8]
        said(box, "dx = 9 + 6 = 15")


def test_other_nodes_and_other_inputs_change_what_comes_back(browser: Browser, html: Path):
    with live_figure(browser, html, PAGE, FIGURE) as (_, box):
        box.get_by_label("y", exact=True).select_option("max")
        said(box, "y = 12, dx = 12, dc = 4.")
        box.get_by_label("x", exact=True).fill("0.5")
        said(box, "y = 1.5, dx = 3, dc = 0.5.")
        box.get_by_label("Used twice").select_option("diamond")
        said(box, "dc = ")


def test_a_nudge_confirms_the_derivative(browser: Browser, html: Path):
    with live_figure(browser, html, PAGE, FIGURE) as (_, box):
        box.get_by_role("button", name="Nudge x").click()
        said(box, "dx \u00d7 0.1 predicts a change of 1.5; y changes by 1.53, from 18 to 19.53.")
        box.get_by_label("Nudge by").select_option("0.01")
        box.get_by_role("button", name="Nudge x").click()
        said(box, "predicts a change of 0.15; y changes by 0.1503")
