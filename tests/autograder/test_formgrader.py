"""The written exercise of `momentum`, graded as an instructor does: in nbgrader's formgrader, in a real browser."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from assignment_cells import REPOSITORY
from chromium import chromium, new_page
from command import run as run_program
from formgrader_server import formgrader
from playwright.sync_api import Browser, Page

from autograder.course.cells import is_task
from autograder.course.course import Course

pytestmark = pytest.mark.browser
ANSWER = "First the scores, then the weights: an answer that only this test knows."
COMMENT = "The shapes are right, but say where the mean enters."
POINTS = 12


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Return a course in which one student has handed in the stubs and a derivation, and is graded by machine."""
    root = tmp_path_factory.mktemp("formgrader") / "a course"
    shutil.copytree(REPOSITORY / "source" / "momentum", root / "source" / "momentum")
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    notebook = nbformat.read(REPOSITORY / "release" / "momentum" / "momentum.ipynb", as_version=4)
    place = next(cell for cell in notebook.cells if cell.id == "written-answer")
    place.source = ANSWER
    path = root / "submitted" / "ada" / "momentum" / "momentum.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    run(root, "autograder", "grade", "momentum", "--workers", "1")
    return Course(root)


def run(root: Path, *words: str) -> str:
    """Run a command in the course folder; return what it printed."""
    code, out, _ = run_program(root, *words)
    assert code == 0
    return out


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def opened(browser: Browser) -> Page:
    """Open a page that gets nothing from elsewhere: grading must work where nothing else can be reached."""
    page = new_page(browser)
    page.route("**/*", lambda route: route.continue_() if "//127.0.0.1" in route.request.url else route.abort())
    return page


def saved(page: Page, kind: str, field: str, value: str) -> None:
    """Fill a field and wait until the server has taken it."""
    with page.expect_response(lambda r: f"/api/{kind}/" in r.url and r.request.method == "PUT") as response:
        page.locator(field).fill(value)
        page.locator(field).blur()
    assert response.value.ok, response.value.text()


def exported(root: Path) -> dict[str, str]:
    """Return ada's line of `nbgrader export`."""
    run(root, "nbgrader", "export", "--assignment=['momentum']")
    (row,) = csv.DictReader((root / "grades.csv").open(encoding="utf-8"))
    return row


def test_points_and_comment_for_the_written_exercise_arrive_everywhere(course: Course, browser: Browser) -> None:
    before = exported(course.root)
    assert (before["student_id"], float(before["raw_score"]), float(before["max_score"])) == ("ada", 0, 100)
    assert before["score"] == "", "an answer waits for a person"
    assert (before["to_grade"], before["comments"]) == ("1", "")
    assert "to be graded" in run(course.root, "autograder", "report", "momentum")

    with formgrader(course.root) as address:
        page = opened(browser)
        page.goto(f"{address}/formgrader/gradebook/momentum/momentum")
        page.locator("td.name a.name-hidden").click()
        page.wait_for_function("window.formgrader && formgrader.grades?.loaded && formgrader.comments?.loaded")
        assert ANSWER in page.locator("body").inner_text()
        assert "MARK SCHEME" in page.locator("body").inner_text(), "the grader has the rubric before their eyes"
        saved(page, "grade", "input#written", str(POINTS))
        saved(page, "comment", "textarea#written-comment", COMMENT)

    after = exported(course.root)
    assert (float(after["score"]), after["to_grade"]) == (POINTS, "0")
    assert after["comments"] == f"written: {COMMENT}"

    run(course.root, "autograder", "report", "momentum")
    report = course.reports / "momentum"
    (line,) = csv.DictReader((report / "report.csv").open(encoding="utf-8"))
    assert (float(line["score"]), float(line["written"])) == (POINTS, POINTS)
    assert COMMENT in (report / "report.html").read_text(encoding="utf-8")

    run(course.root, "autograder", "grade", "momentum", "--workers", "1", "--force")
    assert exported(course.root) == after, "grading by machine once more keeps what a person has entered"


@pytest.mark.parametrize("command", [("autograder", "feedback"), ("nbgrader", "generate_feedback", "--force")])
def test_no_feedback_shows_the_rubric(course: Course, command: tuple[str, ...]) -> None:
    run(course.root, *command, "momentum")
    page = (course.feedback / "ada" / "momentum" / "momentum.html").read_text(encoding="utf-8")
    assert ANSWER in page
    assert "MARK SCHEME" not in page
    task = next(cell for cell in course.read_source("momentum").cells if is_task(cell))
    scheme = task.source.split("BEGIN MARK SCHEME")[1]
    for line in filter(None, (line.strip("- *").split("**")[-1][:30].strip() for line in scheme.splitlines())):
        assert line not in page
