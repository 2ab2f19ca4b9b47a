"""What every page of the built book must have, and must not have."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from book_pages import BOOK, CHAPTERS, ROOT, code_blocks, ids, pages, plain_text, readable_files, soup

LABELS = [
    "relu",
    "relu-der",
    "softmax",
    "softmax-shift",
    "log-softmax",
    "cross-entropy",
    "softmax-jacobian",
    "softmax-ce-grad",
    "classify",
    "linear-forward",
    "network",
    "dW",
    "db",
    "dA-prev",
    "layer-recursion",
    "initialisation",
    "gradient-descent",
    "chain-rule-node",
    "numerical-gradient",
    "one-hot",
    "two-layer-forward",
    "two-layer-backward",
    "two-layer-step",
    "two-layer-start",
    "rate-limit",
    "sum-or-mean",
    "scaled-initialisation",
    "he-initialisation",
    "minibatch-gradient",
    "momentum",
    "momentum-unrolled",
    "effective-rate",
    "jacobian-matrix",
    "chain-through-jacobian",
    "absolute-loss",
    "absolute-subgradient",
    "absolute-optimal",
    "weighted-median",
    "step",
    "step-network",
    "box",
    "pieces",
    "additive",
    "sigmoid",
    "sigmoid-der",
    "max-fan-initialisation",
    "one-sample-forward",
    "one-sample-backward",
    "implied-gradient",
    "relative-error",
    "signal-factor",
    "plateau",
]


def anchors(html: Path) -> set[str]:
    return {name for page in pages(html) for name in ids(page)}


def labels_in_source() -> dict[str, set[str]]:
    """Return the labels that each source notebook names, in docstrings and in its text."""
    found: dict[str, set[str]] = {}
    for path in sorted(ROOT.glob("source/*/*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        text = "\n".join(cell.source for cell in notebook.cells)
        named = set(re.findall(r"\beq:[A-Za-z][\w-]*", text))
        found[path.stem] = named | {
            label.replace("equation-eq-", "eq:") for label in re.findall(r"#(equation-eq-[\w-]+)", text)
        }
    return found


@pytest.mark.parametrize("label", LABELS)
def test_the_agreed_equations_are_there(html: Path, label: str):
    assert f"equation-eq-{label.lower()}" in {name.lower() for name in anchors(html)}


def test_every_equation_that_a_notebook_names_is_there(html: Path):
    named = labels_in_source()
    assert any(named.values()), "No source notebook names an equation of the book."
    here = {name.lower() for name in anchors(html)}
    missing = {
        notebook: sorted(
            x for x in labels if x.replace(":", "-").lower() not in {name.removeprefix("equation-") for name in here}
        )
        for notebook, labels in named.items()
    }
    assert not any(missing.values()), f"Named in a notebook, but not in the book: {missing}"


def test_every_link_from_a_notebook_into_the_book_arrives(html: Path):
    for path in sorted(ROOT.glob("source/*/*.ipynb")):
        text = path.read_text(encoding="utf-8")
        for page, anchor in re.findall(r"/([\w-]+)\.html#([\w-]+)", text):
            target = html / "book" / f"{page}.html"
            assert target.is_file(), f"{path.name} links to the page {page}, which is not built."
            assert anchor in ids(target), f"{path.name}: no #{anchor} on the page {page}."


def test_every_figure_has_real_alt_text(html: Path):
    seen = 0
    for page in pages(html):
        for image in soup(page).find("article").select("img, svg.drawing"):
            seen += 1
            alt = image.get("alt", "") or image.get("aria-label", "")
            assert len(alt) > 20, f"{page.name}: {image.get('src')} has the alt text {alt!r}."
            assert not re.search(r"[0-9a-f]{32}|\.(svg|png)$", alt), f"{page.name}: {alt!r}"
            figure = image.find_parent("figure")
            assert figure, f"{page.name}: {image.get('src')} is not a figure."
            assert figure.find("figcaption"), f"{page.name}: {image.get('src')} has no caption."
    assert seen >= 4


def test_no_page_repeats_an_id(html: Path):
    for page in pages(html):
        counts = Counter(ids(page))
        assert not {name: n for name, n in counts.items() if n > 1}, page.name


def test_every_link_inside_the_book_arrives(html: Path):
    for page in [*pages(html), *(html / "assignments").glob("*.html")]:
        for link in (soup(page).find("article") or soup(page)).find_all("a", href=True):
            target, _, anchor = link["href"].partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            there = (page.parent / target.partition("?")[0]).resolve() if target else page
            assert there.is_file(), f"{page.name} links to {link['href']}."
            assert not anchor or anchor in ids(there), f"{page.name} links to {link['href']}."


def test_the_sources_of_the_assignments_are_not_published(html: Path):
    names = {path.name for path in ROOT.glob("source/**/*") if path.is_file()}
    published = [path for path in html.rglob("*") if path.is_file() and html / "lite" not in path.parents]
    assert not [path for path in published if path.name in names]
    for path in readable_files(html):
        text = path.read_text(encoding="utf-8")
        for mark in ("BEGIN SOLUTION", "BEGIN HIDDEN TESTS", "BEGIN MARK SCHEME"):
            assert mark not in text, f"{path.name} holds {mark!r}."
    index = (html / "searchindex.js").read_text(encoding="utf-8")
    documents = re.search(r'"?docnames"?:\s*\[(.*?)\]', index).group(1)
    assert all(name.startswith("book/") or name == "genindex" for name in re.findall(r'"([^"]+)"', documents))


def test_the_licence_of_mathjax_comes_with_it(html: Path):
    assert (html / "_static/mathjax/startup.js").is_file()
    assert "Apache License" in (html / "_static/mathjax/LICENSE.txt").read_text(encoding="utf-8")


def test_every_symbol_has_meaning_shape_and_name(html: Path):
    rows = []
    for table in soup(html / "book/notation.html").find_all("table", class_="symbols"):
        head, *more = table.find_all("tr")
        titles = [cell.get_text(strip=True) for cell in head.find_all("th")]
        assert titles == ["Symbol", "Meaning", "Shape", "Python name"]
        rows += more
    assert len(rows) > 20
    symbols = Counter(symbol.strip() for row in rows for symbol in row.find("td").get_text().split("\\), \\("))
    assert max(symbols.values()) == 1, f"A symbol stands there twice: {symbols.most_common(3)}"
    for row in rows:
        cells = [cell.get_text(" ", strip=True) for cell in row.find_all("td")]
        assert len(cells) == 4, cells
        assert all(cells), f"Something is missing in the row {cells}."


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_its_parts(html: Path, chapter: str):
    page = soup(html / f"book/{chapter}.html").find("article")
    head = page.find("div", class_="chapter-head")
    assert len(head.find_all("dt")) == 4, "The head says: able to, before this, time, feeds."
    assert head.find("a"), "The head links to what comes before."
    titles = [title.get_text(strip=True).rstrip("#") for title in page.find_all("h2")]
    for wanted in ("Summary", "Exercises", "References"):
        assert any(wanted in title for title in titles), f"{chapter} has no section {wanted!r}."
    folds = page.select("summary, .admonition.dropdown > .admonition-title")
    folded = [tag.get_text(" ", strip=True) for tag in folds]
    hints = sum(text.startswith("Hint") for text in folded)
    solutions = sum(text.startswith("Solution") for text in folded)
    assert 3 <= hints <= solutions
    assert page.find("div", class_="warning"), f"{chapter} has no misconception box."


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_is_to_be_predicted_is_folded_and_the_fold_says_so(html: Path, chapter: str):
    folds = soup(html / f"book/{chapter}.html").select("details.below-input > summary .collapsed")
    assert folds
    assert {fold.get_text(strip=True) for fold in folds} == {"Show the output"}


@pytest.mark.parametrize("path", sorted(BOOK.glob("*.md")), ids=lambda path: path.stem)
def test_the_text_follows_the_rules(path: Path):
    text = path.read_text(encoding="utf-8")
    typed = re.search(r"(?i)\b(equations?|eqs?\.?|fig(ure|\.)?)\s*\(?\d", text)
    assert not typed, f"{path.name}: a number is typed by hand in {typed.group(0)!r}."
    assert not re.search(r"\bTODO\b|\bFIXME\b", text)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_visible_cells_are_short_and_fit_the_page(html: Path, chapter: str):
    page = soup(html / f"book/{chapter}.html").find("article")
    for cell in page.select("div.cell:not(.tag_hide-input) div.cell_input pre"):
        lines = cell.get_text().rstrip().splitlines()
        code = [line for line in lines if line.strip()]
        assert len(code) <= 12, f"{len(code)} lines: {lines[0]!r}"
        assert max(map(len, lines)) <= 84, f"Too wide: {max(lines, key=len)!r}"


def test_code_in_the_book_is_python(html: Path):
    """Guards the leak test: it can only run what it can read."""
    for chapter in CHAPTERS:
        page = soup(html / f"book/{chapter}.html")
        cells = page.select("div.cell_input pre")
        assert len(cells) > 5
        for cell in cells:
            ast.parse(cell.get_text())
        assert len(code_blocks(html / f"book/{chapter}.html")) >= len(cells)


def test_no_page_names_a_machine(html: Path):
    for page in pages(html):
        assert not re.search(r"/(root|home|work|tmp)/", plain_text(page)), page.name
