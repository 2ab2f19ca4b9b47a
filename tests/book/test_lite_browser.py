"""An assignment in the browser, from the chapter's link to the grade, in a Chromium that reaches this machine only."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from book_pages import ASSIGNMENTS
from chromium import chromium, new_page
from command import autograder
from lite_visits import IS_KEPT, LAN, ONLY_HERE, Notebook, solutions, solved
from playwright.sync_api import Browser, Page
from test_book_browser import served

from autograder.course.course import Course
from autograder.course.new_course import new_course
from book.lite.assemble import check
from book.lite.chapters import link_chapters
from book.lite.pieces import Pieces
from book.lite.site import build_site

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.xdist_group("lite")]


@pytest.fixture(scope="module")
def site(html: Path, course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the built book with the notebooks in it."""
    pytest.importorskip("jupyterlite_core", reason="JupyterLite is not installed; make lite installs it")
    pyodide, pieces = course.root / "_build" / "pyodide", Pieces.read()
    if not pyodide.is_dir():
        pytest.skip("The files of Pyodide are not at hand; make lite fetches them.")
    check(pyodide, pieces)
    copy = tmp_path_factory.mktemp("lite") / "deeper" / "html"  # as on a server where the book is not at the top
    shutil.copytree(html, copy, ignore=shutil.ignore_patterns("lite"))
    link_chapters(copy, build_site(course, pyodide, copy, pieces))
    return copy


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(ONLY_HERE) as started:
        yield started


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    with served(site.parents[1]) as found:
        yield f"{found}/deeper/html"


def watched(browser: Browser) -> tuple[Page, list[str]]:
    """Return a page of a browser that has no memory, and a list of what it asks."""
    page = new_page(browser)
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    return page, asked


def test_from_the_chapter_to_the_grade(browser: Browser, address: str, course: Course, tmp_path: Path) -> None:
    page, asked = watched(browser)
    page.goto(f"{address}/book/two-layers.html")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "/lite/" in url], "A chapter loads something of the notebooks."
    page.get_by_role("link", name="open it in the browser").first.click()
    notebook = Notebook(page)
    assert "Error" not in notebook.run("import digits")
    assert notebook.run("def one_hot") == ""
    visible_test = "one_hot(Y.copy(), 3)"
    assert "NotImplementedError" in notebook.run(visible_test)
    solution = solutions(course.source / "two_layer" / "two_layer.ipynb")["one_hot"]
    solution = solution.replace("### BEGIN SOLUTION", "").replace("### END SOLUTION", "")
    notebook.fill("def one_hot", f"{solution}\nfrom digits import check\ncheck(one_hot)")
    assert notebook.run("def one_hot").startswith("one_hot: defined, runs, ")
    assert notebook.run(visible_test) == ""
    equation = page.locator("a[href*='equation-eq-relu']").first
    equation.hover()
    with page.context.expect_page() as opened:
        equation.click()
    opened.value.locator("#equation-eq-relu").first.wait_for()
    assert opened.value.url.startswith(f"{address}/book/")
    (tmp_path / "handed-in" / "ada").mkdir(parents=True)
    file = notebook.download(tmp_path / "handed-in" / "ada")
    assert file.name == "two_layer.ipynb"
    assert json.loads(file.read_text())["metadata"]["kernelspec"]["name"] == "python"
    assert {urlsplit(url).netloc for url in asked} <= {urlsplit(address).netloc, ""}
    made, _ = new_course(course, tmp_path / "course")
    assert autograder(made.root, "collect", "two_layer", str(tmp_path / "handed-in"))[0] == 0
    assert autograder(made.root, "grade", "two_layer")[0] == 0
    verdict = json.loads((made.root / "reports/two_layer/verdicts/ada.json").read_text())
    assert (verdict["oddities"], verdict["tampering"]) == ([], [])
    assert {cell["exercise"]: cell["points"] for cell in verdict["cells"] if cell["points"]}.keys() == {"one_hot"}
    assert sum(cell["points"] for cell in verdict["cells"]) == 5


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_every_cell_runs_with_the_solutions(
    browser: Browser, site: Path, course: Course, tmp_path: Path, name: str
) -> None:
    """Shown with -s: how long a notebook takes in the browser."""
    copy = tmp_path / "html"
    shutil.copytree(site / "lite", copy / "lite")
    path = copy / "lite" / "files" / f"{name}.ipynb"
    path.write_text(json.dumps(solved(path, solutions(course.source / name / f"{name}.ipynb"))), encoding="utf-8")
    with served(copy) as found:
        page, asked = watched(browser)
        page.goto(f"{found}/lite/notebooks/index.html?path={name}.ipynb")
        notebook = Notebook(page)
        said = notebook.run_all()
        ran = json.loads(notebook.download(tmp_path).read_text(encoding="utf-8"))
        assert {urlsplit(url).netloc for url in asked} <= {urlsplit(found).netloc, ""}
    print(name, said)
    cells = [cell for cell in ran["cells"] if cell["cell_type"] == "code"]
    assert not [cell["id"] for cell in cells if not cell["execution_count"] and "".join(cell["source"]).strip()]
    outputs = [(cell["id"], output) for cell in cells for output in cell["outputs"]]
    assert not [(cell, output["evalue"]) for cell, output in outputs if output["output_type"] == "error"]
    assert not [(cell, output["text"]) for cell, output in outputs if output.get("name") == "stderr"]
    assert sum("image/png" in output.get("data", {}) for _, output in outputs) > 2
    page.context.close()


def test_work_is_kept_in_the_browser(browser: Browser, address: str) -> None:
    page, _ = watched(browser)
    page.goto(f"{address}/lite/notebooks/index.html?path=foundations.ipynb")
    notebook = Notebook(page)
    notebook.fill("def box_network", "mine = 1")
    page.keyboard.press("Control+S")
    page.wait_for_function(IS_KEPT, arg=["foundations.ipynb", "mine = 1"])
    page.goto("about:blank")
    page.goto(f"{address}/lite/notebooks/index.html?path=foundations.ipynb")
    Notebook(page).cell("mine = 1").wait_for()


def test_images_are_there_without_a_service_worker(browser: Browser, address: str) -> None:
    """A browser grants none to plain http, except on this machine."""
    page, _ = watched(browser)
    page.goto(f"{address.replace('127.0.0.1', LAN)}/lite/notebooks/index.html?path=multi_layer.ipynb")
    assert page.evaluate("!('serviceWorker' in navigator)")
    notebook = Notebook(page)
    for words in ("import digits", "def sample_mnist"):
        assert "Error" not in notebook.run(words)
    assert "Error" not in notebook.run("digits.show(first_images")
    notebook.cell("digits.show(first_images").locator("img").wait_for()
