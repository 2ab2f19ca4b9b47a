"""What of a student's HTML, Markdown and LaTeX a browser may be shown: text, tables, pictures, formulas.

Neither script nor style sheet nor form gets through, nothing that is fetched from elsewhere, and no way into the page
around it: no link within the server that shows it, no id or class that the page's own controls go by.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from functools import cache
from html import escape, unescape
from typing import Any
from urllib.parse import unquote, urlsplit

import nh3

from autograder.shown.allowance import Allowance

LARGEST_MARKDOWN = 20_000  # characters
TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del",
    "details", "div", "dl", "dt", "em", "figcaption", "figure", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i",
    "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strike", "strong", "sub",
    "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
WITHOUT_THEIR_TEXT = {
    "script", "style", "svg", "math", "template", "iframe", "noscript", "noembed", "noframes", "object", "title",
}  # fmt: skip
ATTRIBUTES = {
    "*": {"align", "class", "dir", "lang", "style", "title", "valign"},
    "a": {"href"},
    "col": {"span", "width"},
    "colgroup": {"span"},
    "details": {"open"},
    "font": {"color"},
    "img": {"alt", "height", "src", "width"},
    "ol": {"start", "type"},
    "table": {"border", "cellpadding", "cellspacing", "width"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
STYLES = {
    "background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left", "border-right",
    "border-spacing", "border-style", "border-top", "border-width", "color", "font-family", "font-size", "font-style",
    "font-variant-numeric", "font-weight", "height", "line-height", "list-style-type", "max-height", "max-width",
    "min-width", "padding", "padding-bottom", "padding-left", "padding-right", "padding-top", "text-align",
    "text-decoration", "text-indent", "vertical-align", "white-space", "width",
}  # fmt: skip
OWN_IDS = {"exercises", "notebook", "notebook-container", "statusmessage", "toc", "top"}  # of nbgrader's pages
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}

PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|svg\+xml);base64,[A-Za-z0-9+/=\s]*")
FILE_BESIDE = re.compile(r"\w[\w-]*(?:/\w[\w-]*)*\.(?:png|jpe?g|gif|svg)", re.ASCII | re.IGNORECASE)
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]+", re.IGNORECASE)
NEAR = {"corp", "home", "internal", "intranet", "lan", "local", "localdomain", "localhost"}
LANGUAGE = re.compile(r"language-[\w+-]+")
# What makes a formula more than a formula where MathJax lets it: links, ids and classes of its own, further scripts.
TRICKS = re.compile(
    r"\\(?:href|url|class|cssId|style|require|unicode|data|html\w*|includegraphics|action|toggle|mathtip|texttip|"
    r"mmlToken)\b"
)
MARKUP = re.compile(r"<[^<>]*>")
AS_TEXT = "*Shown as text: a browser would do more with it than show it.*"
TOO_LONG = "*Not shown: this text takes too long to draw. It stands in the file that was handed in.*"
TOO_MANY_TAGS = "Not shown as HTML: it has too many tags, or tags within tags."


def clean_html(html: str, allowance: Allowance) -> str:
    """Return HTML with only what may be shown; nothing if a formula in it is more than a formula, or it is too much."""
    return _cleaned(html, None) if not _has_tricks(html) and allowance.take_html(html) else ""


def clean_data(data: Mapping[str, str], allowance: Allowance) -> dict[str, str]:
    """Return an output's data by their MIME type, harmless.

    Markdown comes out as HTML, since the ids that its headings get could be those of the page's controls. What is too
    much to be cleaned is not shown, and a sentence says so.
    """
    found = dict(data)
    markdown = found.pop("text/markdown", None)
    if markdown is not None and "text/html" not in found:
        rendered = rendered_markdown(markdown) if is_short(markdown, {}, allowance) else None
        found["text/html"] = f"<pre>{escape(markdown)}</pre>" if rendered is None else rendered
    if "text/html" in found and not _has_tricks(found["text/html"]):
        if allowance.take_html(found["text/html"]):
            found["text/html"] = _cleaned(found["text/html"], None)
        else:
            found.pop("text/html")
            found["text/plain"] = f"{TOO_MANY_TAGS}\n{found.get('text/plain', '')}".rstrip()
    for mime in ("image/png", "image/jpeg"):
        if not BASE64.fullmatch(found.get(mime, "")):
            found.pop(mime)
    for mime in ("text/html", "text/latex"):
        if mime in found and (not found[mime].strip() or _has_tricks(found[mime])):
            found.setdefault("text/plain", data.get(mime) or data.get("text/markdown", ""))
            found.pop(mime)
    return found


def is_short(text: str, attachments: Mapping[str, Any], allowance: Allowance) -> bool:
    """Return whether Markdown may be rendered; what that costs is taken then."""
    return len(text) <= LARGEST_MARKDOWN and allowance.take_markdown(text, attachments)


def clean_markdown(text: str, attachments: Mapping[str, Any], taken: Collection[str], allowance: Allowance) -> str:
    """Return a Markdown cell as it is, or, if a browser would do more than show it, its text as a block of code.

    A sentence stands for a text that takes too long to draw even so.

    Parameters
    ----------
    attachments
        The pictures that it embeds, as `clean_attachments` leaves them.
    taken
        The ids that the controls of the page go by.
    allowance
        What may be spent on it; what would take more becomes a block of code at once.
    """
    if is_short(text, attachments, allowance):
        small = {name: dict.fromkeys(kinds, "") for name, kinds in attachments.items()}  # as harmless as they are
        html = rendered_markdown(text, small)
        if html is not None and allowance.take_html(html) and _is_harmless(html, {*OWN_IDS, *taken}):
            return text
    if not allowance.take_block(text):
        return TOO_LONG
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{AS_TEXT}\n\n{fence}\n{text}\n{fence}"


def clean_attachments(attachments: object) -> dict[str, dict[str, str]]:
    """Return the attachments of a Markdown cell that are pictures: by name, and by MIME type."""
    found = {}
    for name, kinds in attachments.items() if isinstance(attachments, dict) else ():
        pictures = {
            mime: content
            for mime, content in (kinds.items() if isinstance(kinds, dict) else ())
            if isinstance(content, str) and PICTURE.fullmatch(f"data:{mime};base64,{content}")
        }
        if pictures:
            found[str(name)] = pictures
    return found


def rendered_markdown(text: str, attachments: Mapping[str, Any] | None = None) -> str | None:
    """Return Markdown as the HTML that nbgrader's pages show, or None if it cannot be rendered."""
    from nbconvert.filters import strip_files_prefix
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    try:
        renderer = IPythonRenderer(escape=False, attachments=dict(attachments or {}))
        return str(strip_files_prefix(MarkdownWithMath(renderer=renderer).render(text)))
    except Exception:  # a missing attachment, nesting without end, whatever else it may be
        return None


def _has_tricks(html: str) -> bool:
    """Return whether a formula in HTML is more than a formula, also where tags and entities stand within a command."""
    return bool(TRICKS.search(html) or TRICKS.search(unescape(MARKUP.sub("", html))))


def _is_harmless(html: str, taken: Collection[str]) -> bool:
    """Return whether cleaning takes nothing away, as two parsers see it: a browser's way, and that of nbconvert."""
    return not _has_tricks(html) and _parts(html) == _parts(_cleaned(html, taken))


def _cleaned(html: str, taken: Collection[str] | None) -> str:
    """Return HTML with only what may be shown; headings keep ids that are not `taken`, or none at all for None."""

    def allowed(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "id":
            return value if taken is not None and value not in taken and not value.startswith("comment-") else None
        if attribute == "href":
            return value if value.startswith("#") or _leads_outside(value) else None
        if attribute == "src":
            return value if PICTURE.fullmatch(value) or FILE_BESIDE.fullmatch(value) else None
        if attribute == "class":
            return " ".join(name for name in value.split() if name in _classes() or LANGUAGE.fullmatch(name)) or None
        return value

    with_ids = {heading: {"id"} for heading in HEADINGS} if taken is not None else {}
    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=WITHOUT_THEIR_TEXT,
        attributes={**ATTRIBUTES, **with_ids},
        attribute_filter=allowed,
        url_schemes={"http", "https", "data"},
        filter_style_properties=STYLES,
        link_rel=None,
    )


def _leads_outside(url: str) -> bool:
    """Return whether a link leads somewhere in the web: not to this machine, its neighbours or a formgrader."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = not re.search(r"[\\\s\x00-\x1f]", url) and parts.username is None and port in (None, 80, 443)
    far = bool(HOST.fullmatch(host)) and host.rpartition(".")[2].lower() not in NEAR
    return parts.scheme in ("http", "https") and plain and far and "formgrader" not in unquote(unquote(url)).lower()


@cache
def _classes() -> set[str]:
    """Return the classes of highlighted code, of headings and of pandas' tables."""
    from pygments.token import STANDARD_TYPES

    return {*STANDARD_TYPES.values(), "anchor-link", "dataframe", "highlight"} - {""}


def _parts(html: str) -> tuple[Counter[Any], str]:
    """Return what a browser would make of HTML: how often there is each tag with its attributes, and the text.

    Parsers add paragraphs and bodies of tables; blanks do not matter.
    """
    from bs4 import BeautifulSoup, Comment
    from bs4.element import PreformattedString

    soup = BeautifulSoup(html, "html.parser")
    found: Counter[Any] = Counter()
    for tag in soup.find_all(True):
        if tag.name not in {"p", "tbody"} or tag.attrs:
            found[tag.name, *sorted((name, _plain(name, value)) for name, value in tag.attrs.items())] += 1
    for text in soup.find_all(string=True):
        simple = isinstance(text, Comment) and not re.search("[<>]|--", text)
        found["no text"] += isinstance(text, PreformattedString) and not simple
    return found, "".join(soup.get_text().split())


def _plain(name: str, value: Any) -> str:
    text = " ".join(value) if isinstance(value, list) else str(value)
    return re.sub(r"[\s;]", "", text).lower() if name == "style" else text
