"""The field guide says what the bank says and what was measured, shows no code, and its filter works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from book_pages import ASSIGNMENTS, ROOT, soup
from chromium import chromium, new_page
from playwright.sync_api import Browser, Page

from autograder.course.course import Course
from autograder.engine.inside.diagnosing.bank import Wrong
from bank.bench.checks import notice
from bank.bench.field_guide import FILE, bank_of, curve, learning_of, measured, solutions, written
from bank.bench.learning import LEARNING, with_function

COURSE = Course(ROOT)
KEPT: dict[str, Any] = json.loads((ROOT / FILE).read_text(encoding="utf-8"))
PAGE = "book/field-guide.html"
WHOLE = 500_000  # bytes of the page itself
AGAIN = {  # some mistakes that are still accurate, and some that are not
    "two_layer": ("relu_der_no_mask", "der_no_mean"),
    "multi_layer": ("step_first_layer_only", "training_starts_again"),
    "momentum": ("open_gate", "forward_once"),
    "deep": ("biases_stay", "bias_forgotten", "generator_of_its_own"),
}


def known(assignment: str) -> list[Wrong]:
    """Return the bank of an assignment."""
    return bank_of(COURSE, assignment).wrong


def test_all_assignments_are_in_it() -> None:
    assert set(KEPT["wrong"]) == set(ASSIGNMENTS)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_what_was_kept_belongs_to_the_bank_of_today(assignment: str) -> None:
    """If this fails, measure again: `.venv/bin/python -m bank.bench --guide --keep --new`."""
    kept = KEPT["wrong"][assignment]
    assert list(kept) == [wrong.name for wrong in known(assignment)]
    for wrong in known(assignment):
        learning = learning_of(assignment, wrong.of)
        trains = learning is not None and wrong.of in learning.trained and wrong.kind != "slow"
        assert trains == bool({"losses", "error"} & kept[wrong.name].keys()), wrong.name


def test_each_training_is_described_as_it_is() -> None:
    for learning in LEARNING:
        kept = KEPT["right"][type(learning).__name__]
        described = kept["assignment"], kept["exercises"], kept["network"]
        assert described == (learning.assignment, sorted(learning.trained), learning.network)
        assert kept["accuracy"] > 0.87
        assert curve(kept["losses"]) == kept["losses"]


def test_the_file_is_written_as_the_measurement_writes_it() -> None:
    assert written(KEPT) == (ROOT / FILE).read_text(encoding="utf-8")


@pytest.mark.parametrize("learning", LEARNING, ids=lambda learning: type(learning).__name__)
def test_no_check_accuses_the_author(learning: Any) -> None:
    assert learning.trained <= solutions(COURSE, learning.assignment).keys()
    functions = with_function(learning.assignment, "", None)
    for exercise in sorted(learning.trained)[:3]:
        assert notice(COURSE, learning, exercise, learning.assignment, functions) == []


@pytest.mark.long
@pytest.mark.parametrize(("assignment", "name"), [(key, name) for key, names in AGAIN.items() for name in names])
def test_measured_again_it_is_the_same(assignment: str, name: str) -> None:
    wrong = next(wrong for wrong in known(assignment) if wrong.name == name)
    again = measured(COURSE, assignment, wrong, solutions(COURSE, assignment)[wrong.of])
    kept = KEPT["wrong"][assignment][name]
    assert again["found"] == kept["found"]
    # Another BLAS adds in another order, which a training amplifies.
    assert abs(again["accuracy"] - kept["accuracy"]) < 0.02
    losses = [np.array(entry["losses"], dtype=float) for entry in (again, kept)]  # None becomes nan
    assert np.allclose(*losses, rtol=0.05, atol=0.02, equal_nan=True)


def test_each_entry_has_the_sentence_of_the_bank_and_its_equation(html: Path) -> None:
    page = soup(html / PAGE)
    assert len(page.select(".bug")) == sum(map(len, KEPT["wrong"].values()))
    for assignment in ASSIGNMENTS:
        for wrong in known(assignment):
            entry = page.find(id=f"{assignment}-{wrong.name}")
            said = entry.find("p")
            link = said.find("a").extract()
            assert said.get_text(strip=True) == wrong.says
            assert link["href"].endswith(f"#equation-{wrong.see.replace(':', '-').lower()}")
            said.append(link)  # other tests read this page, too
            assert entry.find_parent("details")["id"] == f"{assignment}-{wrong.of}"


def test_the_numbers_of_equations_are_those_of_the_chapters(html: Path) -> None:
    links = {link["href"]: link.get_text() for link in soup(html / PAGE).select(".bug p > a[href*='#equation-']")}
    for href, words in links.items():
        file, _, place = href.partition("#")
        assert words in soup(html / "book" / file).find(id=place).get_text(), href


def test_it_shows_no_code(html: Path) -> None:
    article = soup(html / PAGE).find("article")
    assert not article.find("pre")
    names = {*ASSIGNMENTS, *(exercise for name in ASSIGNMENTS for exercise in solutions(COURSE, name))}
    assert {code.get_text(strip=True) for code in article.find_all("code")} <= names


def test_it_is_light(html: Path) -> None:
    assert (html / PAGE).stat().st_size < WHOLE


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def shown(page: Page) -> int:
    """Return how many entries the form says are shown, once the page agrees."""
    said = page.locator("#bug-filter output").inner_text()
    number = int(said.split()[0])
    assert said == f"{number} of {sum(map(len, KEPT['wrong'].values()))} shown"
    assert page.locator(".bug:not([hidden])").count() == number
    return number


def counted(assignment: str | None, fits: Any) -> int:
    """Return how many kept entries fit."""
    return sum(
        fits(entry) for name, kept in KEPT["wrong"].items() for entry in kept.values() if assignment in (None, name)
    )


@pytest.mark.browser
def test_the_filter_finds_what_was_measured_and_keeps_it_in_the_address(browser: Browser, html: Path) -> None:
    page = new_page(browser, viewport={"width": 1280, "height": 900})
    address = (html / PAGE).as_uri()
    page.goto(address)
    everything = shown(page)
    assert not page.locator("details.bugs[open]").count()
    page.get_by_label("accuracy still above").check()
    high = shown(page)
    assert high == counted(None, lambda entry: 0.85 < entry.get("accuracy", 0) <= 1)
    page.get_by_label("Noticed by").select_option("gradient")
    both = shown(page)
    assert both == counted(None, lambda entry: 0.85 < entry.get("accuracy", 0) <= 1 and "gradient" in entry["found"])
    page.get_by_label("Exercise").select_option("two_layer-relu_der")
    assert 0 < shown(page) < both
    page.wait_for_function("location.hash.includes('relu_der')")
    assert unquote(page.url).endswith("#exercise=two_layer-relu_der&check=gradient&high=1")
    found = shown(page)
    page.goto("about:blank")
    page.goto(f"{address}#exercise=two_layer-relu_der&check=gradient&high=1")
    assert shown(page) == found
    page.get_by_role("button", name="Show all").click()
    page.wait_for_function("!location.hash")
    assert shown(page) == everything
    page.get_by_role("searchbox", name="Search", exact=True).press_sequentially("WRONG way round")
    assert 0 < shown(page) < 30
    page.context.close()


@pytest.mark.browser
def test_a_link_opens_one_mistake_and_without_a_script_all_is_there(browser: Browser, html: Path) -> None:
    page = new_page(browser, viewport={"width": 390, "height": 844})
    page.goto((html / PAGE).as_uri() + "#momentum-" + next(iter(KEPT["wrong"]["momentum"])))
    assert 0 <= page.locator(".bug:target").bounding_box()["y"] < 844
    page.context.close()
    plain = new_page(browser, java_script_enabled=False)
    plain.goto((html / PAGE).as_uri())
    assert not plain.locator("#bug-filter").is_visible()
    plain.locator("details.bugs > summary").first.click()
    assert plain.locator(".bug").first.is_visible()
    plain.context.close()
