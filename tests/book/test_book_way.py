"""From the exercise to its equation and back, as a student's browser goes: from a zip, in JupyterLab, in the book."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from axe import violations
from book_pages import ASSIGNMENTS, CHAPTERS, ROOT, ids, pages, soup, source_notebook
from chromium import chromium, new_page
from formgrader_server import running
from playwright.sync_api import Browser

from autograder.course import cells
from autograder.course.book import Book, Contents, anchor
from autograder.course.book_pages import leads, linked
from autograder.course.course import CONFIG_NAME, Course
from autograder.course.uses import released_notebooks, uses
from autograder.doors.lab import copy_releases, lab_command
from autograder.offline.links import rewritten

LINK = re.compile(r"\]\((book/[\w-]+\.html)\)")
LARGEST_ZIP = 700_000  # bytes
LIGHT, DARK = ("light", 1000), ("dark", 390)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def unpacked(html: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which a student has unpacked all zips that the book offers."""
    folder = tmp_path_factory.mktemp("a student's folder")
    for name in ASSIGNMENTS:
        with zipfile.ZipFile(html / "assignments" / f"{name}.zip") as archive:
            archive.extractall(folder)
    return folder


def links_of(folder: Path, name: str) -> dict[str, str]:
    """Return the links into the book of an unpacked assignment, by their files, with the anchors that are meant."""
    notebook = nbformat.read(folder / name / f"{name}.ipynb", as_version=4)
    meant = {f"book/{target.file}": target.anchor for target in linked([source_notebook(name)])}
    text = "\n".join(cell.source for cell in notebook.cells)
    assert "_build" not in text
    return {file: meant[file] for file in LINK.findall(text)}


@pytest.mark.browser
@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_every_link_from_an_unpacked_zip_arrives(browser: Browser, html: Path, unpacked: Path, name: str):
    found = links_of(unpacked, name)
    assert len(found) > 5
    assert (html / "assignments" / f"{name}.zip").stat().st_size < LARGEST_ZIP
    page = new_page(browser, java_script_enabled=False, viewport={"width": 390, "height": 844})
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url) if not request.is_navigation_request() else None)
    for file, meant in found.items():
        page.goto((unpacked / name / file).as_uri())
        assert page.locator("h1").is_visible(), file
        if meant.startswith("equation-"):
            assert meant.removeprefix("equation-eq-") in page.locator("h1 code").inner_text().lower()
            assert page.locator(".first math").first.bounding_box()["y"] < 844, "the equation comes first"
    assert [url for url in fetched if not url.startswith("data:")] == []
    page.context.close()


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_pages_of_a_zip_link_to_what_is_there(unpacked: Path, name: str):
    here = sorted((unpacked / name / "book").glob("*.html"))
    assert len(here) > 5
    texts = {page.name: page.read_text(encoding="utf-8") for page in here}
    known = {name: set(re.findall(r' id="?([^" >]+)', text)) for name, text in texts.items()}
    for file_name, text in texts.items():
        odd = re.search(r"<(script|link|button|svg)\b|\\[(\[]", text)
        assert not odd, f"{file_name} has {odd.group(0)}: a script, or a formula that is not set."
        for href in re.findall(r'<a href="([^"]+)"', text):
            file, _, place = href.partition("#")
            if not file.startswith("http"):
                assert (file or file_name) in known, f"{file_name} links to {href}."
                assert not place or place in known[file or file_name], f"{file_name} links to {href}."


@pytest.mark.browser
def test_a_chapter_of_a_zip_opens_at_the_equation(browser: Browser, unpacked: Path):
    page = new_page(browser)
    page.goto((unpacked / "two_layer/book/eq-relu.html").as_uri())
    page.get_by_role("link", name="From scores to probabilities").first.click()
    page.wait_for_url("**/scores-to-probabilities.html#equation-eq-relu")
    assert 0 <= page.locator("#equation-eq-relu").bounding_box()["y"] < 300
    page.context.close()


@pytest.mark.browser
def test_the_pages_are_for_everybody(browser: Browser, html: Path, unpacked: Path):
    book = unpacked / "two_layer" / "book"
    looked_at = {book / "eq-dw.html": LIGHT, book / "two-layers.html": DARK}
    looked_at[html / "assignments" / "foundations.html"] = DARK
    faults = []
    for path, (theme, width) in looked_at.items():
        page = new_page(browser, bypass_csp=True, color_scheme=theme, viewport={"width": width, "height": 844})
        page.goto(path.as_uri())
        faults += [f"{path.name}: {fault}" for fault in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            faults.append(f"{path.name} is wider than {width} pixels")
        page.context.close()
    assert not faults, "\n".join(faults)


@pytest.mark.browser
def test_in_jupyterlab_a_click_shows_the_equation(browser: Browser, html: Path, unpacked: Path, tmp_path: Path):
    """Beside an unpacked zip in JupyterLab itself; from `make lab`, in the built book."""
    course = lab_course(html, tmp_path / "a course")
    copy_releases(course)
    shutil.copytree(unpacked / "two_layer", course.root / "zip")
    with running([*lab_command(course, [])], course.root) as address:
        page = new_page(browser, viewport={"width": 1400, "height": 900})
        page.goto(f"{address}/lab/tree/zip/two_layer.ipynb")
        page.locator('.jp-MarkdownOutput a[href*="eq-relu.html"]').first.click()
        shown = page.frame_locator(".jp-HTMLViewer iframe")
        shown.locator("h1", has_text="eq:relu").wait_for()
        assert shown.locator(".first math").is_visible()
        assert shown.locator(".file").inner_text() == " (book/scores-to-probabilities.html)"
        links = shown.locator("a").evaluate_all("all => all.map(a => getComputedStyle(a).visibility)")
        assert set(links) == {"hidden"}, "JupyterLab's server refuses what its viewer asks for: no link may promise it"
        page.goto(f"{address}/lab/tree/lab/two_layer/two_layer.ipynb")
        with page.expect_popup() as opened:
            page.locator('.jp-MarkdownOutput a[href$="#equation-eq-relu"]').first.click()
        book = opened.value
        book.wait_for_function("window.MathJax && MathJax.startup && MathJax.startup.promise")
        book.evaluate("MathJax.startup.promise.then(() => true)")
        equation = book.locator("#equation-eq-relu mjx-container")
        assert -5 <= equation.bounding_box()["y"] < 900, "the page opens at the equation"
        page.context.close()


def lab_course(html: Path, root: Path) -> Course:
    """Return the repository's course, with this built book."""
    (root / "_build").mkdir(parents=True)
    for room in ("source", "release", "book", "_toc.yml", CONFIG_NAME):
        (root / room).symlink_to(ROOT / room)
    (root / "_build" / "html").symlink_to(html)
    return Course(root)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_where_the_book_is_published_every_link_arrives(html: Path, name: str, tmp_path: Path):
    url = "https://example.org/backprop"
    shutil.copy(ROOT / CONFIG_NAME, tmp_path)
    with (tmp_path / CONFIG_NAME).open("a") as config:
        config.write(f"c.Autograder.book_url = '{url}/'\n")
    text = "\n".join(cell.source for cell in source_notebook(name).cells if cell.cell_type == "markdown")
    found = re.findall(rf"\]\({url}/([^)]*)\)", rewritten(text, leads(Course(tmp_path))))
    assert len(found) > 5
    book = Book.of(Course(ROOT), name)
    book.url = url
    found += [book.place(key).href.removeprefix(f"{url}/") for key in book.equations]  # as feedback has them
    for href in found:
        file, _, place = href.partition("#")
        assert (html / file).is_file(), href
        assert not place or place in ids(html / file), href


def test_every_equation_says_where_it_is_used(html: Path):
    contents = Contents.of(Course(ROOT))
    known = uses(released_notebooks(ROOT / "release"), contents)
    assert {use.assignment for use in known} == set(ASSIGNMENTS)
    seen = 0
    for page in pages(html):
        for line in soup(page).select("p.used-in"):
            seen += 1
            key = anchor(line.code.get_text())
            assert line.find_previous_sibling(class_="math")["id"] == f"equation-{key}"
            said = [(link.get_text(), link["href"]) for link in line.find_all("a")]
            using = [use for use in known if key in use.equations]
            assert said == [(use.name, f"../assignments/{use.assignment}.html#{use.cell}") for use in using]
    assert seen == len(contents.equations)


def test_the_table_lists_every_exercise_with_section_equation_and_minutes(html: Path):
    rows = soup(html / "book/how-to-use.html").select("table.exercises tbody tr")
    exercises = [exercise for name in ASSIGNMENTS for exercise in cells.exercises(source_notebook(name))]
    assert len(rows) == len(exercises)
    for row in rows:
        name, section, equation, minutes = row.find_all("td")
        assert name.a["href"].startswith("../assignments/")
        assert int(minutes.get_text()) % 5 == 0
        if name.get_text(strip=True) != "written":
            assert re.fullmatch(r"(\(\d\.\d+\)(, )?)+", equation.get_text().strip()), row
            assert section.a, row


def test_the_assignments_come_in_the_order_of_the_chapters(html: Path):
    read = [link["href"] for link in soup(html / "book/how-to-use.html").select('p > a[href$=".zip"]')]
    assert [Path(href).stem for href in read] == ["two_layer", "multi_layer", "momentum", "foundations", "deep"]


def test_next_alone_leads_from_the_first_page_through_all_chapters(html: Path):
    page, walked = html / "book" / "index.html", []
    while link := soup(page).select_one("a.right-next"):
        page = page.parent / str(link["href"])
        walked.append(page.stem)
    assert walked[: len(CHAPTERS) + 1] == ["how-to-use", *CHAPTERS]
    assert CHAPTERS[3] == "back-propagation"


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_a_released_notebook_can_be_read_and_leads_to_its_equations(html: Path, name: str):
    page = html / "assignments" / f"{name}.html"
    shown = soup(page)
    text = shown.get_text()
    notebook = nbformat.read(ROOT / "release" / name / f"{name}.ipynb", as_version=4)
    assert [tag["id"] for tag in shown.select("main > div[id]")] == [cell.id for cell in notebook.cells]
    assert "not written yet" in text
    assert "BEGIN" not in text
    assert shown.find("a", href=f"{name}.zip")
    assert len({a["href"] for a in shown.find_all("a") if "#equation-eq-" in a["href"]}) > 4
