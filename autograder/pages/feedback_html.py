"""Makes one HTML file of a feedback page: style inside, no script, nothing that is fetched, every text escaped."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment
from markupsafe import Markup

from autograder.course.mark_scheme import number
from autograder.engine.limits import OutputLimits
from autograder.pages.own_cells import code
from autograder.pages.short_text import short_text
from autograder.pages.student_page import Mark, Page
from autograder.pages.templating import environment, style
from autograder.shown.formulas import is_wide, mathml

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
    return Markup(_environment().get_template("page.html.j2").render(page=page, style=style("feedback")))


@cache
def _environment() -> Environment:
    found = environment("feedback")
    found.filters["signed"] = lambda value: number(value).replace("-", "\N{MINUS SIGN}")
    found.filters["set"] = lambda text: short_text(text, OutputLimits().for_page())
    found.filters["shape"] = SHAPES.__getitem__
    found.filters["formula"] = _formula
    found.filters["kind"] = lambda mark: mark.name
    found.filters["python"] = lambda lines: code("\n".join(lines), "example-code")
    return found


def _formula(tex: str) -> Markup:
    """Return a formula of the book's in its box; nothing if it cannot be set."""
    drawn = mathml(tex, display=True) if tex else ""
    wide = Markup(' tabindex="0"') if is_wide(drawn) else ""
    return Markup('<div class="formula"{}>{}</div>').format(wide, Markup(drawn)) if drawn else Markup("")
