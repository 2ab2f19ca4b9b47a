"""The marking page in a browser, by keyboard alone: a class is marked, by two at once, and shows up where it should."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import violations
from chromium import chromium, new_page
from command import autograder
from downloads import collected
from marked_course import a_copy, form_a_team, marking
from nbgrader.api import Gradebook
from playwright.sync_api import Browser, Page, Route, expect
from tiny_course import TinyCourse

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("marking")]
PATIENCE = 300_000  # milliseconds
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def course(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> TinyCourse:
    return a_copy(tmp_path_factory, tmp_path / "a course")


def opened(browser: Browser, address: str, **options: object) -> Page:
    page = new_page(browser, **options)
    page.goto(address)
    expect(page.locator("#label")).not_to_be_empty()
    expect(page.locator("html[data-ready]")).to_have_count(1)
    assert "token" not in page.url
    return page


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def says(page: Page, words: str) -> None:
    expect(page.locator("#status")).to_contain_text(words)


def test_two_mark_a_class_by_keyboard(browser: Browser, course: TinyCourse) -> None:
    with marking(course.root, "--as", "eve") as address:
        eve = opened(browser, address)
        expect(eve.locator("#label")).to_have_text("Ada King (ada)")
        expect(eve.locator("#counted")).to_have_text("0 of 4 marked")
        expect(eve.locator("#answer math")).to_have_count(1)
        press(eve, "1", "2", "4", "2", "2", "c")
        expect(eve.locator("#points")).to_have_value("2")
        eve.keyboard.type("Nearly: see j and 1.")
        press(eve, "Control+Enter")
        says(eve, "Saved Ada King (ada): 2 points")
        expect(eve.locator("#counted")).to_have_text("1 of 4 marked")

        # bob has written what would take over the page, and has a name like that
        expect(eve.locator("#label")).to_contain_text("<img src=x onerror=alert(1)>")
        assert eve.title() == "Marking tiny"
        press(eve, "i")
        eve.keyboard.type("0.5")
        press(eve, "Tab")
        eve.keyboard.type("a neat sketch")
        press(eve, "Enter")
        expect(eve.locator("#points")).to_have_value("0.5")
        press(eve, "r", "Enter")
        expect(eve.locator("#comment")).to_have_value("Nearly: see j and 1.")
        press(eve, "Control+s")
        says(eve, "Saved: 0.5 of 4 points")

        # somebody else marks what eve has open
        press(eve, "j")
        expect(eve.locator("#label")).to_have_text("cem")
        dan = opened(browser, address.replace("127.0.0.1", "localhost"))
        expect(dan.locator("#label")).to_have_text("dora")  # since eve is on cem
        dan.locator("#who").fill("dan")
        press(dan, "Escape", "k")
        expect(eve.locator("#others")).to_have_text("dan is on this one, too.")
        press(dan, "z", "Enter")
        expect(dan.locator("#counted")).to_have_text("3 of 4 marked")
        says(eve, "Somebody else has changed this answer")
        expect(eve.locator("#state")).to_contain_text("marked: 0 points")
        press(dan, "k")
        expect(dan.locator("#label")).to_have_text("cem")
        press(dan, "3")
        press(eve, "1", "Control+s")
        says(eve, "Saved: 2 of 4 points")
        press(dan, "Control+s")
        expect(dan.locator("#conflict")).to_contain_text("Theirs: 2 of 4 points")
        expect(dan.locator("#points")).to_have_value("1")
        press(dan, "m")
        says(dan, "Saved: 1 of 4 points")
        expect(eve.locator("#state")).to_have_text(re.compile(r"marked: 1 point$"))

        # what is typed while a mark is on its way is not lost
        press(dan, "c")
        held: list[Route] = []
        dan.route("**/api/save", lambda route: held.append(route))
        dan.keyboard.type("One")
        press(dan, "Control+s")
        while not held:
            dan.wait_for_timeout(10)
        dan.keyboard.type(", two")
        held[0].continue_()
        says(dan, "Saved: 1 of 4 points")
        expect(dan.locator("#comment")).to_have_value("One, two")
        expect(dan.locator("#state")).to_contain_text("unsaved")

        # points that make no sense, and undo
        press(eve, "n")
        expect(eve.locator("#label")).to_have_text("dora")
        expect(eve.locator("#answer")).to_contain_text("Nothing is written here")
        press(eve, "p")
        eve.keyboard.type("NaN")
        press(eve, "Enter")
        says(eve, "'NaN' is not a number of points")
        eve.keyboard.press("Control+a")
        eve.keyboard.type("7")
        press(eve, "Enter")
        says(eve, "earns 0 to 4 points, not 7")
        press(eve, "Escape", "f", "Enter")
        says(eve, "All answers to this exercise are marked")
        press(eve, "u")
        says(eve, "Taken back: dora")
        expect(eve.locator("#counted")).to_have_text("3 of 4 marked")

        # what was not saved comes back after a reload
        press(eve, "c")
        eve.keyboard.type("Not finished")
        eve.reload()
        says(eve, "is back")
        expect(eve.locator("#comment")).to_have_value("Not finished")
        press(eve, "]")
        expect(eve.locator("#answer")).to_contain_text("Words of mine")
        expect(eve.locator("#counted")).to_have_text("0 of 4 marked")
        for page in (eve, dan):
            page.context.close()

    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        found = {
            name: (grade.manual_score, grade.needs_manual_grade)
            for name in ("ada", "bob", "cem", "dora")
            for grade in [book.find_grade("essay", "tiny", "tiny", name)]
        }
        assert found == {"ada": (2.0, False), "bob": (0.5, False), "cem": (1.0, False), "dora": (None, True)}
        comment = book.find_comment("essay", "tiny", "tiny", "ada").comment
        assert comment.splitlines() == [
            "[2] names the chain rule",
            "[1] has the shape of $W^{[1]}$, with a reason",
            "[-1] quotes the result",
            "",
            "Nearly: see j and 1.",
        ]
    assert autograder(course.root, "feedback", "tiny")[0] == 0
    assert autograder(course.root, "report", "tiny")[0] == 0
    page = new_page(browser)
    page.goto((course.feedback / "ada" / "tiny" / "tiny.html").as_uri())
    card = page.locator(".card", has=page.get_by_role("heading", name="essay"))
    assert card.locator(".items li").all_inner_texts()[0].split() == ["2", "names", "the", "chain", "rule"]
    assert card.locator(".items math").count() == 1
    assert card.locator(".comment").inner_text().endswith("Nearly: see j and 1.")
    page.context.close()
    with (course.reports / "tiny" / "report.csv").open(newline="") as rows:
        assert [row["essay"] for row in csv.DictReader(rows)][:3] == ["2.0", "0.5", "1.0"]


def test_groups_empty_and_changed_answers_by_keyboard(browser: Browser, course: TinyCourse) -> None:
    form_a_team(course)
    with marking(course.root) as address:
        page = opened(browser, address)
        press(page, "f", "Enter")
        says(page, "Saved Ada King (ada): 4 points")
        page.context.close()
    for student, before, after in (("ada", "chain rule", "product rule"), ("bob", "<script", "*Your answer*<!--")):
        path = course.submitted / student / "tiny" / "tiny.ipynb"
        path.write_text(path.read_text().replace(before, after))
    blank = (course.submitted / "cem" / "tiny" / "tiny.ipynb").read_text().replace("I do not know.", " ")
    assert collected(course, {"Team A_345_assignsubmission_file/tiny.ipynb": blank.encode()})[0] == 0
    assert autograder(course.root, "grade", "tiny")[0] == 0
    with marking(course.root) as address:
        page = opened(browser, address)
        expect(page.locator("#label")).to_have_text("Ada King (ada)")
        expect(page.locator("#state")).to_have_text("1 of 3, changed since it was marked (4 of 4 points)")
        expect(page.locator("#points")).to_have_value("4")
        press(page, "e")
        expect(page.locator("#empty-answers")).to_have_text("Cem Doe (cem), Dora Doe (dora), Emil Doe (emil)")
        expect(page.locator("#zero-empty")).to_be_focused()
        assert violations(page) == []
        press(page, "Enter")
        says(
            page,
            "0 points for 1 empty answer: Cem Doe (cem), Dora Doe (dora), Emil Doe (emil). Undo (u) takes it back.",
        )
        expect(page.locator("#counted")).to_have_text("1 of 3 marked")
        expect(page.locator("#empty-box")).to_be_hidden()
        press(page, "e")
        says(page, "No answer here waits that is empty")
        press(page, "u")
        says(page, "Taken back: Cem Doe (cem), Dora Doe (dora), Emil Doe (emil) is as it was before.")
        expect(page.locator("#group")).to_contain_text("your mark reaches all 3")
        expect(page.locator("#state")).to_contain_text("empty, or as it was handed out")
        for scheme, width in (("light", 1280), ("dark", 390)):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") == width
            if folder := os.environ.get("PICTURES"):
                page.screenshot(path=f"{folder}/mark-{scheme}.png", full_page=True)
        press(page, "1", "Control+s")
        says(page, "Saved: 2 of 4 points")
        page.context.close()
    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        found = [book.find_grade("essay", "tiny", "tiny", name).manual_score for name in ("cem", "dora", "emil")]
    assert found == [2, 2, 2]


def test_everybody_can_mark_without_names(browser: Browser, course: TinyCourse) -> None:
    with marking(course.root, "--anonymous") as address:
        for scheme, width in (("light", 1280), ("dark", 320)):
            size = {"width": width, "height": 800}
            page = opened(browser, address, viewport=size, color_scheme=scheme, bypass_csp=True)
            assert violations(page) == []
            page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") == width
            everything = page.content() + page.url
            for name in ("ada", "King", "bob", "Rowles", "example.org"):
                assert name not in everything
            page.context.close()
