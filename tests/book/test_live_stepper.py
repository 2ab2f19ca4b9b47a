"""The stepper judges every entry of the worked network, and tells a wrong line from one that inherits a mistake."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import chromium, reload
from live_figures import live_figure, said
from playwright.sync_api import Browser, Locator, Page

import autograder

pytestmark = pytest.mark.browser
PAGE, FIGURE = "back-propagation", "stepper"
X = np.array([[0.0, 1, 3, 3], [-1, 2, -3, -1]])
Y = np.array([[0, 1, 1, 0]])
P = {
    "W1": np.array([[1.0, 1], [-2, 1], [2, 1]]),
    "b1": np.array([[2.0], [2], [-1]]),
    "W2": np.array([[2.0, 1, -2], [1, 2, -1]]),
    "b2": np.array([[0.0], [np.log(3)]]),
}
ASK = """([box, call, args]) => {
  const figure = Live.of(box);
  return args.map(arg => figure[call](...arg));
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def lines(X: np.ndarray, Y: np.ndarray, P: dict[str, np.ndarray], mine: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return what each line comes to if the lines above it are those of `mine`, where it has them."""
    ref = autograder.reference("multi_layer")
    found: dict[str, Any] = {}
    own = lambda name: mine.get(name, found[name])  # noqa: E731
    m = Y.size
    found["Z1"] = ref.linear_forward(X, P["W1"], P["b1"])[0]
    found["A1"] = ref.relu(own("Z1"))[0]
    found["Z2"] = ref.linear_forward(own("A1"), P["W2"], P["b2"])[0]
    found["p"] = ref.softmax_cross_entropy_loss(own("Z2"), Y)[0]
    found["loss"] = np.array([[-np.log(own("p")[Y[0], np.arange(m)]).mean()]])
    # The derivative of the loss, from probabilities that need not be those of any logits.
    targets = np.eye(own("p").shape[0])[:, Y[0]]
    found["dZ2"] = (own("p") - targets) / m
    found["dA1"], found["dW2"], found["db2"] = ref.linear_backward(own("dZ2"), {"A": own("A1")}, P["W2"], P["b2"])
    found["dZ1"] = ref.relu_der(own("dA1"), {"Z": own("Z1")})
    _, found["dW1"], found["db1"] = ref.linear_backward(own("dZ1"), {"A": X}, P["W1"], P["b1"])
    return found


def network(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Draw a network of any sizes with its batch."""
    inputs, hidden, classes, m = rng.integers(2, 6, size=4)
    P = {"W1": rng.standard_normal((hidden, inputs)), "b1": rng.standard_normal((hidden, 1))}
    P |= {"W2": rng.standard_normal((classes, hidden)), "b2": rng.standard_normal((classes, 1))}
    return rng.standard_normal((inputs, m)), rng.integers(classes, size=(1, m)), P


def listed(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    return {name: array.tolist() for name, array in arrays.items()}


def entry(box: Locator, row: int, column: int) -> Locator:
    return box.locator(f'input[aria-label*="row {row}, column {column}"]')


def fill(page: Page, box: Locator, name: str, values: list[list[str]]) -> None:
    """Fill in a line with the keyboard alone, row by row."""
    box.locator(f'.stepper-chip[aria-label^="{name}:"]').click()
    entry(box, 1, 1).select_text()
    for text in (text for row in values for text in row):
        page.keyboard.type(text)
        page.keyboard.press("Enter")


def verdict(box: Locator, name: str) -> str:
    return (box.locator(f'.stepper-chip[aria-label^="{name}:"]').get_attribute("aria-label") or "").split(": ")[1]


def test_every_line_is_computed_as_in_python(browser: Browser, html: Path):
    rng = np.random.default_rng(7)
    cases: list[tuple[dict[str, Any], dict[str, np.ndarray]]] = []
    asked = []
    for _ in range(30):
        inputs, labels, parameters = network(rng)
        right = lines(inputs, labels, parameters, {})
        wrong = rng.choice(list(right), size=rng.integers(0, 4), replace=False)
        mine = {name: np.abs(right[name] + rng.standard_normal(right[name].shape)) + 0.01 for name in wrong}
        cases.append((mine, lines(inputs, labels, parameters, mine)))
        asked.append([listed({"X": inputs, "Y": labels, **parameters}), listed(mine)])
    with live_figure(browser, html, PAGE, FIGURE) as (page, box):
        answers = page.evaluate(ASK, [box.element_handle(), "follow", asked])
        published = page.evaluate("JSON.parse(document.getElementById('live-stepper').textContent)")
    for answer, (mine, expected) in zip(answers, cases, strict=True):
        for name, array in expected.items():
            assert np.abs(np.array(answer[name]) - array).max() < 1e-6, (name, list(mine))
    for name, array in lines(X, Y, P, {}).items():
        assert np.abs(np.array(published["exact"][name]) - array).max() < 1e-12, name


def test_a_reader_may_type_fractions_decimals_and_logarithms(browser: Browser, html: Path):
    ln = math.log
    readable = {
        "-3/16": -3 / 16, "\N{MINUS SIGN}3/16": -3 / 16, " - 3 / 16 ": -3 / 16, "0.25": 0.25, "0,25": 0.25, ".5": 0.5,
        "5 + ln 3": 5 + ln(3), "2 ln 2 - 1/2 ln 3": 2 * ln(2) - ln(3) / 2, "(ln 4 - ln(4/3))/2": ln(3) / 2,
        "2*3": 6, "+4": 4,
    }  # fmt: skip
    unreadable = ["", "-", "3/", "one", "1 2", "1.2.3", "(2", "3/0", "alert(1)", "1e5", "ln"]
    with live_figure(browser, html, PAGE, FIGURE) as (page, box):
        asked = [[text] for text in [*readable, *unreadable]]
        answers = page.evaluate(ASK, [box.element_handle(), "read", asked])
    for answer, (text, value) in zip(answers, readable.items(), strict=False):
        assert answer is not None, text
        assert abs(answer["value"] - value) < 1e-12, text
    assert answers[len(readable) :] == [None] * len(unreadable)


def test_an_entry_is_judged_at_once_and_the_enter_key_goes_on(browser: Browser, html: Path):
    with live_figure(browser, html, PAGE, FIGURE) as (page, box):
        entry(box, 1, 1).focus()
        page.keyboard.type("1")
        page.keyboard.press("Enter")
        said(box, "Z1, row 1, column 1 is exact.")
        page.keyboard.type("7")
        page.keyboard.press("ArrowDown")
        said(box, "Z1, row 1, column 2 is not exact. Z1 is the first wrong line.")
        assert entry(box, 1, 2).get_attribute("aria-invalid") == "true"
        assert entry(box, 2, 2).evaluate("input => input === document.activeElement")
        page.keyboard.press("ArrowUp")
        page.keyboard.type("five")  # a pause is enough: nobody leaves the entry
        said(box, "Z1, row 1, column 2: type a number")


def test_a_line_that_follows_from_a_wrong_one_is_told_from_a_wrong_line(browser: Browser, html: Path):
    with live_figure(browser, html, PAGE, FIGURE) as (page, box):
        fill(page, box, "dZ2", [["3", "1", "1", "-3"], ["3/16", "-1/16", "-0.0625", "0.188"]])
        assert verdict(box, "dZ2") == "first wrong line"
        fill(page, box, "db2", [["2"], ["4"]])  # the sum over the first row is 3 + 1 + 1 - 3
        said(box, "db2, row 2, column 1 is exact.")
        assert verdict(box, "db2") == "follows from your dZ2"
        fill(page, box, "dW2", [["-8", "-1", "-7"], ["9", "1", "7"]])
        assert verdict(box, "dW2") == "wrong"
        said(box, "dW2, row 2, column 3 is exact.")
        fill(page, box, "dZ2", [["-3"]])
        assert verdict(box, "dZ2") == "exact"
        assert verdict(box, "dW2") == "first wrong line"


def test_a_hint_names_shapes_and_an_equation_but_no_value(browser: Browser, html: Path):
    with live_figure(browser, html, PAGE, FIGURE) as (_, box):
        for name in lines(X, Y, P, {}):
            box.locator(f'.stepper-chip[aria-label^="{name}:"]').click()
            box.get_by_role("button", name="Hint").click()
            hint = box.locator(".stepper-help")
            assert hint.locator("a[href*='#equation-eq-']").count() == 1, name
            assert "/" not in hint.inner_text(), name


def test_the_table_shows_exact_values_of_finished_lines_and_the_first_wrong_one(browser: Browser, html: Path):
    with live_figure(browser, html, PAGE, FIGURE) as (page, box):
        fill(page, box, "db2", [["-4"], ["-4/16"]])
        fill(page, box, "db1", [["-4"], ["2"], ["1"]])
        page.keyboard.press("Enter")  # the focus is on Next, and Next leads to the table
        said(box, "The first wrong line is db2")
        row = box.get_by_role("row").filter(has_text="first wrong line")
        assert row.get_by_role("img").first.get_attribute("aria-label") == "db2, in sixteenths: \u22124; 4"
        assert box.get_by_role("row").filter(has_text="still empty").get_by_role("img").count() == 0
        box.get_by_role("button", name="Show all exact values").click()
        assert box.get_by_role("row").filter(has_text="still empty").get_by_role("img").count() == 10
        box.get_by_role("button", name="Show the drawing").click()
        assert page.locator("#fig-worked-network svg.drawing").is_visible()
        reload(page, lambda: verdict(box, "db1") == "exact")
        box.get_by_role("button", name="Table").click()
        box.get_by_role("button", name="Start again").click()
        assert verdict(box, "db1") == "still empty"
