"""A released notebook as a page of the book: to read without any program, and to be linked to, exercise by exercise.

Of a function that is given, the page shows what it is and not how: what one assignment gives, another one may ask for.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Mapping

from bs4 import BeautifulSoup
from markupsafe import Markup, escape
from nbformat import NotebookNode

from autograder.course.book import Contents, anchor
from autograder.course.cells import is_solution, is_test
from autograder.offline.built import name_formula
from autograder.offline.links import EQUATION, FOLDER, Target
from autograder.offline.page import html_page
from autograder.pages.own_cells import code
from autograder.shown.allowance import Allowance
from autograder.shown.formulas import is_wide, set_formulas
from autograder.shown.harmless import rendered_markdown

BESIDE = re.compile(rf'href="{FOLDER}/([\w-]+\.html)"')
GIVEN = "# given: the notebook has it"
LABEL = re.compile(r"\beq:[A-Za-z][\w-]*")


def released_view(name: str, notebook: NotebookNode, targets: Mapping[str, Target], contents: Contents) -> str:
    """Return a released notebook as a page that lies in a folder beside the chapters.

    Parameters
    ----------
    targets
        The places in the book that its links lead to, by the files that they are called in a release.
    """
    above = (
        f'<a href="../{FOLDER}/index.html">The book</a> · <a href="{name}.zip" download>{name}.zip</a>, to work on it'
    )
    cells = [_cell(cell, contents) for cell in notebook.cells]

    def link(found: re.Match[str]) -> str:
        target = targets.get(found[1])
        return f'href="../{target.address}"' if target else f'href="../{FOLDER}/index.html"'

    body = BESIDE.sub(link, "\n".join(cells))
    return html_page(f"{name}, as it is handed out", body, above, in_frame=False)


def _cell(cell: NotebookNode, contents: Contents) -> str:
    if cell.cell_type == "code":
        source = cell.source if is_solution(cell) or is_test(cell) else outline(cell.source)
        return f'<div id="{escape(cell.id)}">{_with_links(str(code(source)), contents)}</div>'
    soup = BeautifulSoup(rendered_markdown(cell.source) or str(escape(cell.source)), "html.parser")
    for link in soup.find_all("a", class_="anchor-link"):
        link.decompose()
    for tag in soup.find_all(["h1", "h2", "h3", "h4", "h5", "h6"]):
        tag.attrs = {}
    # The text is the instructor's, so there may be as much of it as there is.
    set_formulas(soup, Allowance(*[sys.maxsize] * 8))
    for table in soup.find_all("table"):
        table.wrap(soup.new_tag("div", attrs={"class": "scrolls", "tabindex": "0"}))
    for head in soup.find_all("th"):
        if head.math and head.get_text() == head.math.get_text():
            name_formula(head, head.get_text())
    for formula in soup.find_all("math", display="block"):
        wide = {"tabindex": "0"} if is_wide(str(formula)) else {}
        formula.wrap(soup.new_tag("span", attrs={"class": "formula", **wide}))
    return f'<div id="{escape(cell.id)}">{Markup(str(soup))}</div>'


def outline(source: str) -> str:
    """Return code with the bodies of its functions and classes left out, but for their docstrings."""
    try:
        nodes = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    except SyntaxError:  # a line for IPython, for example
        return source if "def " not in source else GIVEN
    lines = source.splitlines()
    for node in reversed(nodes):
        first = node.body[0].end_lineno if ast.get_docstring(node) is not None else node.body[0].lineno - 1
        lines[first : node.end_lineno] = [f"    ...  {GIVEN}"]
    return "\n".join(lines)


def _with_links(html: str, contents: Contents) -> str:
    """Return code in which the labels of equations lead to them."""

    def link(found: re.Match[str]) -> str:
        key = anchor(found[0])
        one = contents.equations.get(key)
        return f'<a href="../{FOLDER}/{one.page}.html#{EQUATION}{key}">{found[0]}</a>' if one else found[0]

    return LABEL.sub(link, html)
