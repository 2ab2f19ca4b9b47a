"""The directive `question`: choices that a reader opens one by one, each with its explanation.

A question needs no server and no script: every choice is a `<details>`. In print all of them are open.

    :::{question} What is max(0, -2)?
    -2
    : No: the larger of the two numbers is 0.

    0
    : Right. All negative numbers become 0.
    :::

What stands before the choices belongs to the question. An explanation that starts with "Right" marks
the right choice; there must be exactly one.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator


class question(nodes.General, nodes.Element):
    """A question with its choices."""


class asked(nodes.General, nodes.TextElement):
    """The words of the question."""


class choice(nodes.General, nodes.Element):
    """One choice, folded: the answer, then why it is right or wrong."""


class answer(nodes.General, nodes.TextElement):
    """What a reader clicks on."""


class Question(SphinxDirective):
    """Turn the definition list of the content into choices."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the question; fail the build where it is not answered exactly once."""
        words, messages = self.state.inline_text(self.arguments[0], self.lineno)
        content = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, content)
        found = question()
        found += asked("", "", *words)
        for node in content.children:
            found += [_choice(item) for item in node] if isinstance(node, nodes.definition_list) else [node]
        choices = [node for node in found if isinstance(node, choice)]
        right = sum(node["right"] for node in choices)
        if len(choices) < 2 or right != 1:
            raise self.error(f"This question has {len(choices)} choices and {right} that start with 'Right'.")
        return [found, *messages]


def _choice(item: nodes.definition_list_item) -> choice:
    term, definition = item[0], item[1]
    found = choice(right=definition.astext().startswith("Right"))
    found += answer("", "", *term.children)
    found += definition.children
    return found


def _open(tag: str, css: str) -> Any:
    def visit(self: HTML5Translator, node: nodes.Element) -> None:
        state = " right" if node.get("right") else ""
        self.body.append(self.starttag(node, tag, "", CLASS=css + state))

        if isinstance(node, answer):
            self.body.append("<span>")  # one item beside the mark, whatever formulas and code the answer holds

    return visit


def _close(tag: str) -> Any:
    def depart(self: HTML5Translator, node: nodes.Element) -> None:
        self.body.append(f"</span></{tag}>\n" if isinstance(node, answer) else f"</{tag}>\n")

    return depart


def setup(app: Sphinx) -> dict[str, Any]:
    """Make the directive and its HTML known."""
    for kind, tag in ((question, "div"), (asked, "p"), (choice, "details"), (answer, "summary")):
        app.add_node(kind, html=(_open(tag, kind.__name__), _close(tag)))
    app.add_directive("question", Question)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
