"""The way from an equation to the exercises that use it, and from a chapter to its assignment.

Below each labelled equation stands its label, and which exercises use it. The role `assignment` links to an assignment,
and the directive `exercises` lists all exercises with section, equation and minutes:

    The assignment {assignment}`two_layer`.

    ```{exercises}
    ```

All of it is read in the released notebooks. When the book is built, they are laid beside it as pages to read and zips
to work on; and the chapters become pages that need no network, which a release takes from.
"""

from __future__ import annotations

import shutil
from itertools import groupby
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective, SphinxRole

from autograder.course.book import Contents, anchor
from autograder.course.book_pages import Shelf, linked, made_folder
from autograder.course.course import Course
from autograder.course.handout import pack
from autograder.course.uses import Use, planned, released_notebooks, uses
from autograder.offline.built import articles
from autograder.offline.links import Target
from autograder.pages.released_view import released_view

VIEWS = "../assignments"  # from a page of the book


class section_of(nodes.Inline, nodes.Element):
    """Stands for the sections of equations until all pages are read."""


class Assignment(SphinxRole):
    """A link to an assignment: to read, and to download."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the two links."""
        name = self.text.strip()
        if name not in self.env.exercises["notebooks"]:
            problem = self.inliner.reporter.error(f"There is no assignment {name} in release/.", line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, problem)], [problem]
        return _assignment(name), []


class Exercises(SphinxDirective):
    """Lists all exercises, a table for each assignment."""

    def run(self) -> list[nodes.Node]:
        """Return the tables."""
        found: list[nodes.Node] = []
        for name, group in groupby(self.env.exercises["uses"], key=lambda use: use.assignment):
            listed = list(group)
            minutes = self.env.exercises["notebooks"][name]
            words = f", about {minutes} minutes:" if minutes else ":"
            found.append(nodes.paragraph("", "", *_assignment(name), nodes.Text(words)))
            found.append(_table([self._row(use) for use in listed]))
        return found

    def _row(self, use: Use) -> list[list[nodes.Node]]:
        contents: Contents = self.env.exercises["contents"]
        known = [contents.equations[key] for key in use.equations if key in contents.equations]
        equations: list[nodes.Node] = []
        for one in known:
            options = {"refdoc": self.env.docname, "refdomain": "math", "reftype": "eq", "reftarget": one.label}
            equations += [nodes.Text(", ")] if equations else []
            equations.append(addnodes.pending_xref("", nodes.inline("", one.label), refexplicit=False, **options))
        minutes = str(use.minutes) if use.minutes else ""
        return [[_exercise(use)], [section_of(keys=list(use.equations))], equations, [nodes.Text(minutes)]]


def _assignment(name: str) -> list[nodes.Node]:
    page, archive = f"{VIEWS}/{name}.html", f"{VIEWS}/{name}.zip"
    read = nodes.reference("", "", nodes.literal("", name), refuri=page, internal=False)
    load = nodes.reference("", "download", refuri=archive, internal=False)
    return [read, nodes.Text(" ("), load, nodes.Text(")")]


def _exercise(use: Use) -> nodes.reference:
    link = nodes.reference("", "", refuri=f"{VIEWS}/{use.assignment}.html#{use.cell}", internal=False)
    link += nodes.literal("", use.name)
    return link


def _table(rows: list[list[list[nodes.Node]]]) -> nodes.table:
    heads = [[nodes.Text(word)] for word in ("Exercise", "Section", "Equation", "Minutes")]
    group = nodes.tgroup(cols=len(heads))
    group += [nodes.colspec(colwidth=width) for width in (30, 40, 20, 10)]
    group += nodes.thead("", _table_row(heads))
    group += nodes.tbody("", *map(_table_row, rows))
    return nodes.table("", group, classes=["exercises"])


def _table_row(cells: list[list[nodes.Node]]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))


def read_releases(app: Sphinx, env: BuildEnvironment, *_: Any) -> None:
    """Read the released notebooks once, before any page is read."""
    course = Course(Path(app.srcdir))
    notebooks, contents = released_notebooks(course.root / "release"), Contents.of(course)
    plans = {name: planned(notebook) for name, notebook in notebooks.items()}
    env.exercises = {"notebooks": plans, "contents": contents, "uses": uses(notebooks, contents)}
    if not hasattr(env, "equation_sections"):
        env.equation_sections = {}


def say_used_in(app: Sphinx, doctree: nodes.document) -> None:
    """Print below each labelled equation its label, and the exercises that use it; note its section."""
    env = app.env
    for equation in list(doctree.findall(nodes.math_block)):
        label = str(equation.get("label") or "")
        if not label.startswith("eq:"):
            continue
        key, section = anchor(label), _section(equation)
        if section is not None:
            env.equation_sections[key] = (env.docname, section["ids"][0], section.next_node(nodes.title).deepcopy())
        line = nodes.paragraph("", "", nodes.literal("", label), classes=["used-in"])
        using = [use for use in env.exercises["uses"] if key in use.equations]
        for number, use in enumerate(using):
            line += nodes.Text(", " if number else " is used in ")
            line += [_exercise(use), nodes.Text(f" ({use.assignment})")]
        equation.parent.insert(equation.parent.index(equation) + 1, line)


def _section(node: nodes.Node) -> nodes.section | None:
    while node is not None and not isinstance(node, nodes.section):
        node = node.parent
    return node


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget the sections of a page that is read again."""
    kept = getattr(env, "equation_sections", {})
    env.equation_sections = {key: place for key, place in kept.items() if place[0] != docname}


def merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    """Take over the sections that another process has noted."""
    env.equation_sections |= {key: place for key, place in other.equation_sections.items() if place[0] in docnames}


def name_sections(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the sections of equations where they were asked for; a section is named once."""
    for asked in list(doctree.findall(section_of)):
        places = dict.fromkeys(key for key in asked["keys"] if key in app.env.equation_sections)
        sections = {app.env.equation_sections[key][:2]: app.env.equation_sections[key][2] for key in places}
        found: list[nodes.Node] = []
        for (page, section), title in sections.items():
            href = f"{app.builder.get_relative_uri(docname, page)}#{section}"
            found += [nodes.Text("; ")] if found else []
            found.append(nodes.reference("", "", *title.deepcopy().children, refuri=href, internal=True))
        asked.replace_self(found)
        # A title may hold a formula, which nobody has noted on this page: without this, MathJax is not loaded there.
        app.env.get_domain("math").data["has_equations"][docname] = True


def lay_beside(app: Sphinx, problem: Exception | None) -> None:
    """Write the pages that need no network, and what students get, as pages and zips."""
    if problem or app.builder.name != "html":
        return
    course, html = Course(Path(app.srcdir)), Path(app.outdir)
    notebooks, contents = released_notebooks(course.root / "release"), Contents.of(course)
    sources = {name: course.read_source(name) for name in notebooks}
    targets = linked(sources.values())
    made = html.parent / made_folder(course).name
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    for file, text in articles(html, targets | {Target(page) for page in contents.chapters}).items():
        (made / file).write_text(text, encoding="utf-8")
    folder = html / "assignments"
    shutil.rmtree(folder, ignore_errors=True)
    by_file = {target.file: target for target in targets}
    for name, notebook in notebooks.items():
        pack(course, name, folder, Shelf(made, contents))
        view = released_view(name, notebook, by_file, contents)
        (folder / f"{name}.html").write_text(view, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Make the role and the directive known, and what is done when."""
    app.add_role("assignment", Assignment())
    app.add_directive("exercises", Exercises)
    app.connect("env-before-read-docs", read_releases)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("doctree-read", say_used_in)
    app.connect("doctree-resolved", name_sections)
    app.connect("build-finished", lay_beside)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
