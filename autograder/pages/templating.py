"""How pages are made of templates: every text is escaped, and style and script stand in the page itself.

All pages share colours and the look of what they have in common, `shared/page.css`.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from autograder.pages.page_templates import TEMPLATES
from autograder.shown.terminal import plain


def environment(room: str) -> Environment:
    """Return what renders the templates of a room, such as `feedback`."""
    found = Environment(
        loader=FileSystemLoader([TEMPLATES / room, TEMPLATES / "shared"]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["number"] = lambda value: f"{round(value, 2):g}"
    found.filters["points"] = lambda value: f"{round(value, 2):g} point{'' if value == 1 else 's'}"
    found.filters["breakable"] = lambda name: escape(name).replace("_", Markup("_<wbr>"))
    return found


@cache
def style(room: str) -> Markup:
    """Return the style of a room's pages, after what all pages share."""
    return Markup("\n".join(_text(*parts) for parts in (("shared", "page.css"), (room, f"{room}.css"))))


@cache
def script(room: str) -> Markup:
    """Return the script of a room's pages."""
    return Markup(_text(room, f"{room}.js"))


def allowed(text: str) -> str:
    """Return the source expression that lets a policy allow exactly this style or script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _text(*parts: str) -> str:
    return TEMPLATES.joinpath(*parts).read_text(encoding="utf-8")


def _harmless(value: object) -> object:
    """Return text without characters that change its direction, or that nobody sees."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value
