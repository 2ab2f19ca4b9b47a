"""The directive `live`: a figure that answers, and a still one without JavaScript and on paper.

It writes an empty box and asks the page for two scripts; `book/_static/figures/kit.js` says how a figure comes to life.
What a figure computes with is written into the page by `live_data.publish` in a cell.

    :::{live} valley
    :label: Gradient descent in a valley
    :still: fig-valley

    start
    : What the figure shows where its script asks for `words.start`: text with formulas and links (may be left out).
    :::

A figure of several scripts names the others, in the order in which they need each other, with `:with: strokes parts`.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

SCRIPTS = Path(__file__).resolve().parent.parent / "_static" / "figures"


class live(nodes.General, nodes.Element):
    """The box of a figure that answers."""


class Live(SphinxDirective):
    """Make room for a live figure; its name is the name of its script."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "label": directives.unchanged_required,
        "still": directives.unchanged_required,
        "with": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        """Return the box; fail the build where its script or one of its options is missing."""
        name = self.arguments[0]
        scripts = [*self.options.pop("with", "").split(), name]
        for script in scripts:
            if not (SCRIPTS / f"{script}.js").is_file():
                raise self.error(f"There is no script {script}.js in book/_static/figures.")
        missing = [option for option in ("label", "still") if option not in self.options]
        if missing:
            raise self.error(f"The live figure {name} lacks the option {missing[0]}.")
        box = live(figure=name, scripts=scripts, **self.options)
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]


def visit(self: HTML5Translator, node: live) -> None:
    """Write the box; it is hidden until its script has filled it."""
    named = {"figure": node["figure"], "still": nodes.make_id(node["still"])}
    data = " ".join(f'data-{key}="{html.escape(value)}"' for key, value in named.items())
    self.body.append(f'<div class="live" hidden role="group" aria-label="{html.escape(node["label"])}" {data}>')


def depart(self: HTML5Translator, node: live) -> None:
    """Close the box."""
    self.body.append("</div>\n")


def add_scripts(app: Sphinx, name: str, template: str, context: Any, doctree: nodes.document | None) -> None:
    """Load the scripts of the live figures of a page, and styles of the same names, on that page only."""
    figures = [script for node in doctree.findall(live) for script in node["scripts"]] if doctree else []
    for script in dict.fromkeys(["kit", *figures]) if figures else []:
        app.add_js_file(f"figures/{script}.js", defer="defer")
        if (SCRIPTS / f"{script}.css").is_file():
            app.add_css_file(f"figures/{script}.css")


def setup(app: Sphinx) -> dict[str, Any]:
    """Make the directive and its HTML known."""
    app.add_node(live, html=(visit, depart))
    app.add_directive("live", Live)
    app.connect("html-page-context", add_scripts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
