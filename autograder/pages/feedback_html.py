"""Makes one HTML file of a feedback page: style inside, no script, nothing that is fetched, every text escaped."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from autograder.course.mark_scheme import number
from autograder.engine.limits import OutputLimits
from autograder.pages.own_cells import code
from autograder.pages.page_templates import TEMPLATES
from autograder.pages.short_text import short_text
from autograder.pages.student_page import Mark, Page
from autograder.shown.terminal import plain

# What each outcome looks like; colour comes on top of that, and words for those who hear the page.
SHAPES = {
    Mark.passed: "✓",
    Mark.failed: "✗",
    Mark.followed: "↷",
    Mark.untried: "–",
    Mark.waiting: "…",
    Mark.graded: "✎",
    Mark.fault: "○",
}


def render(page: Page) -> Markup:
    """Return the page as HTML."""
    return Markup(_environment().get_template("page.html.j2").render(page=page, style=_style()))


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(TEMPLATES / "feedback"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["number"] = lambda value: f"{round(value, 2):g}"
    found.filters["points"] = lambda value: f"{round(value, 2):g} point{'' if value == 1 else 's'}"
    found.filters["signed"] = lambda value: number(value).replace("-", "\N{MINUS SIGN}")
    found.filters["set"] = lambda text: short_text(text, OutputLimits().for_page())
    found.filters["shape"] = SHAPES.__getitem__
    found.filters["kind"] = lambda mark: mark.name
    found.filters["breakable"] = lambda name: escape(name).replace("_", Markup("_<wbr>"))
    found.filters["python"] = lambda lines: code("\n".join(lines), "example-code")
    return found


def _harmless(value: object) -> object:
    """Return text without characters that change its direction, or that nobody sees."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _style() -> Markup:
    return Markup((TEMPLATES / "feedback" / "feedback.css").read_text(encoding="utf-8"))
