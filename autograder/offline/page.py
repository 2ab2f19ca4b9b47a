"""Makes one file of an article: style inside, no script, nothing that is fetched; it prints, and follows dark mode.

JupyterLab shows such a page in a frame where no link can be followed, since its server refuses what a frame without an
address asks for. There, where no script may run either, the style makes plain words of all links, and the way to the
chapter names its file.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from html import escape
from importlib import resources

from autograder.offline.links import FOLDER, Target

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'self'"
BETWEEN = re.compile(r'<a href="([\w-]+\.html)(?:#[^"]*)?"><span>(.*?)</span></a>', re.DOTALL)


def html_page(title: str, body: str, above: str = "", *, in_frame: bool = True) -> str:
    """Return an article as a page.

    Parameters
    ----------
    title
        Its name, as plain text.
    body
        Its HTML, which is taken as it is.
    above
        What stands over it, as HTML.
    in_frame
        Whether it may be shown in JupyterLab's frame.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style()}</style>\n</head>\n"
        f"<body{' class=framed' if in_frame else ''}>\n"
        + (f'<header><p class="above">{above}</p></header>\n' if above else "")
        + f"<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def link(href: str, words: str) -> str:
    """Return a link as such pages have them; `words` are HTML."""
    return f'<a href="{escape(href)}"><span>{words}</span></a>'


def way_to(target: Target, title: str) -> str:
    """Return the sentence that leads from a part to its chapter."""
    file = f'<span class="file"> ({FOLDER}/{target.page}.html)</span>'
    return f"<p>This is a part of {link(f'{target.page}.html#{target.anchor}', escape(title))}{file}.</p>"


def only_to(html: str, files: Collection[str]) -> str:
    """Return a page whose links lead to these files; of any other link into the book the words are left."""
    return BETWEEN.sub(lambda link: link[0] if link[1] in files else link[2], html)


@cache
def style() -> str:
    """Return the style of such pages; the colours are those of all pages."""
    package = resources.files("autograder")
    places = (package / "pages/templates/shared/page.css", package / "offline/page.css")
    return "\n".join(place.read_text(encoding="utf-8") for place in places)
