"""The student's own cells on the feedback page: shown, and harmless, whatever they hold."""

from __future__ import annotations

import base64

import pytest
from bs4 import BeautifulSoup
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell

from autograder.engine.limits import OutputLimits
from autograder.pages.own_cells import own_cell

EVIL = "</pre></style><script>alert(1)</script>\u202e\x1b[31m"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def shown(cell: NotebookNode, files: dict[str, bytes] | None = None) -> BeautifulSoup:
    """Return what the page shows of a cell; `files` lie beside the notebook."""
    return BeautifulSoup(own_cell(cell, (files or {}).get, OutputLimits().for_page()), "html.parser")


def output(data: dict[str, object]) -> NotebookNode:
    """Return a cell that has shown something."""
    return new_code_cell("1", outputs=[new_output("display_data", data)])


@pytest.mark.parametrize(
    "cell",
    [
        new_code_cell(EVIL),
        new_code_cell("x" * 60_000 + EVIL),
        new_raw_cell(EVIL),
        new_markdown_cell(EVIL),
        new_markdown_cell("a" * 30_000 + EVIL),
        new_code_cell("", outputs=[new_output("stream", text=EVIL)]),
        new_code_cell("", outputs=[new_output("error", ename=EVIL, evalue=EVIL, traceback=[EVIL])]),
        *(output({mime: EVIL}) for mime in ("text/plain", "text/html", "text/latex", "image/svg+xml", "image/png")),
        output({"text/plain": [EVIL, EVIL]}),
        output({}),
    ],
)
def test_nothing_gets_out_of_its_box(cell: NotebookNode) -> None:
    found = shown(cell)
    assert not found.select("script, style, iframe, object, svg")
    assert not [name for tag in found.find_all(True) for name in tag.attrs if name.startswith("on")]
    assert "\u202e" not in found.get_text()
    assert "\x1b" not in str(found)


def test_a_picture_is_in_the_page_itself() -> None:
    found = shown(output({"image/svg+xml": SVG, "text/plain": "a figure"}))
    assert found.img
    kind, _, content = str(found.img["src"]).partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(content).decode() == SVG
    assert found.img["alt"]


def test_pictures_beside_the_notebook_are_taken_along_and_nothing_else_is() -> None:
    files = {"a.png": b"12", "sub/b.jpg": b"34", "../c.png": b"secret", "notes.txt": b"secret"}
    text = "![one](a.png) ![](sub/b.jpg) ![three](../c.png) ![four](notes.txt) ![five](gone.png) ![six](http://x.org/a.png)"
    found = shown(new_markdown_cell(text), files)
    assert [str(picture["src"]) for picture in found.select("img")] == [
        "data:image/png;base64,MTI=",
        "data:image/jpeg;base64,MzQ=",
    ]
    assert "secret" not in str(found)
    assert "[five]" in found.get_text()


def test_headings_and_links_do_nothing_to_the_page_around_them() -> None:
    found = shown(new_markdown_cell("# Top\n\n[in](#exercise-1) [out](https://numpy.org/a) [near](http://localhost/a)"))
    assert not found.select("h1, [id]")
    assert found.select_one(".own-heading")
    assert [(link["href"], link["rel"]) for link in found.select("a")] == [
        ("https://numpy.org/a", ["noopener", "noreferrer"])
    ]


@pytest.mark.parametrize("command", ["\\mmlToken", "\\mml<wbr>Token", "&#92;mmlToken", "\\mml<!-- -->Token"])
def test_a_formula_that_sets_attributes_is_not_shown_as_html(command: str) -> None:
    html = f"<b>Look:</b> ${command}{{mi}}[id='top']{{x}}$"
    found = shown(output({"text/html": html, "text/plain": "a formula"}))
    assert found.get_text().endswith("a formula")
    assert not found.select("b, math, [id]")


def test_code_has_colours_and_an_empty_cell_takes_no_room() -> None:
    assert shown(new_code_cell("def f():\n    return 'a'")).select_one(".own-code .k")
    assert not str(shown(new_code_cell("  ")))
