"""The student's own cells as HTML for the feedback page: code in colours, text, and what the cells have shown.

All of it is hostile. Nothing comes through but text, tables, pictures and formulas; a picture is in the page itself, so
that the page needs no file beside it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag
from markupsafe import Markup, escape
from nbformat import NotebookNode

from autograder.shown.allowance import Allowance
from autograder.shown.formulas import set_formulas
from autograder.shown.harmless import (
    BASE64,
    FILE_BESIDE,
    HEADINGS,
    clean_attachments,
    clean_html,
    is_short,
    rendered_markdown,
)
from autograder.shown.terminal import plain

LONGEST_CODE = 20_000  # characters that are shown in colours: some texts take the square of that
LONGEST_TEXT = 100_000
LARGEST_PICTURE = 2_000_000  # bytes
PICTURES = ("image/png", "image/jpeg")
NO_ROOM = "Not shown: this page has no room for more of your cells."
SHOWN = "A picture that the cell has shown"
ESCAPE_SEQUENCE = re.compile("\x1b\\[[0-9;]*[A-Za-z]")
FileBeside = Callable[[str], bytes | None]  # what a file beside the notebook holds, if it is there


def own_cells(cells: Iterable[NotebookNode], beside: FileBeside, allowance: Allowance) -> Markup:
    """Return cells of the student's and what they have shown, one below the other."""
    return Markup("").join(own_cell(cell, beside, allowance) for cell in cells)


def files_beside(folder: Path) -> FileBeside:
    """Return what reads the pictures that lie in the folder of a graded notebook, and no other file."""
    folder = folder.resolve()

    def read(where: str) -> bytes | None:
        path = (folder / where).resolve()
        try:
            if not path.is_relative_to(folder) or path.stat().st_size > LARGEST_PICTURE or not path.is_file():
                return None
            return path.read_bytes()
        except OSError:
            return None

    return read


def own_cell(cell: NotebookNode, beside: FileBeside, allowance: Allowance) -> Markup:
    """Return a cell of the student's and what it has shown; what the page has no room for, a sentence replaces."""
    parts = [_source(cell, beside, allowance)]
    if cell.cell_type == "code":
        parts += [_output(output, beside, allowance) for output in cell.get("outputs", [])]
    fitting = [allowance.take("bytes", len(part.encode())) for part in parts]
    shown = [part for part, fits in zip(parts, fitting, strict=True) if fits]
    return Markup("").join(shown if all(fitting) else [*shown, _text(NO_ROOM, "own-output")])


def _source(cell: NotebookNode, beside: FileBeside, allowance: Allowance) -> Markup:
    if cell.cell_type == "code":
        in_colours = len(cell.source) <= LONGEST_CODE and allowance.take("code", len(cell.source))
        return code(cell.source) if in_colours else _text(cell.source, "own-code")
    if cell.cell_type == "markdown":
        pictures = clean_attachments(cell.get("attachments"))
        html = rendered_markdown(cell.source, pictures) if is_short(cell.source, pictures, allowance) else None
        cleaned = clean_html(html, allowance) if html is not None else ""
        return _rich(cleaned, beside, "own-text", allowance) if cleaned else _text(cell.source, "own-text plain")
    return _text(cell.source, "own-text plain")


def code(source: str, kind: str = "own-code") -> Markup:
    """Return Python code in colours; `kind` is the class of the element."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    if not source.strip():
        return Markup("")
    source = plain(source)
    if len(source) > LONGEST_CODE:
        return _text(source, kind)
    html = highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)).rstrip("\n")
    return Markup('<pre class="{}" tabindex="0"><code>{}</code></pre>').format(kind, Markup(html))


def _output(output: NotebookNode, beside: FileBeside, allowance: Allowance) -> Markup:
    """Return what a cell has shown: the richest form of it that a page may hold."""
    kind = output.get("output_type")
    if kind == "stream":
        return _text(_joined(output.get("text")), "own-output")
    if kind == "error":
        told = "\n".join(map(str, output.get("traceback") or [])) or f"{output.get('ename')}: {output.get('evalue')}"
        return _text(told, "own-output own-error")
    data: dict[str, Any] = output.get("data") or {}
    if "text/html" in data and (cleaned := clean_html(_joined(data["text/html"]), allowance)):
        return _rich(cleaned, beside, "own-html", allowance)
    if "text/latex" in data:
        return _rich(str(escape(_joined(data["text/latex"]))), beside, "own-html", allowance)
    if "image/svg+xml" in data:
        drawn = base64.b64encode(_joined(data["image/svg+xml"]).encode("utf-8", "replace")).decode()
        return _picture("image/svg+xml", drawn)
    for mime in PICTURES:
        if mime in data and BASE64.fullmatch(content := _joined(data[mime])):
            return _picture(mime, content)
    return _text(_joined(data.get("text/plain")), "own-output")


def _joined(text: Any) -> str:
    return "".join(map(str, text)) if isinstance(text, list) else str(text or "")


def _text(text: str, kind: str) -> Markup:
    """Return text as it is."""
    text = plain(ESCAPE_SEQUENCE.sub("", text))
    text = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}\n..."
    return Markup('<pre class="{}" tabindex="0">{}</pre>').format(kind, text) if text.strip() else Markup("")


def _picture(mime: str, content: str) -> Markup:
    address = f"data:{mime};base64,{''.join(content.split())}"
    return Markup('<div class="own-picture"><img src="{}" alt="{}"></div>').format(address, SHOWN)


def _rich(html: str, beside: FileBeside, kind: str, allowance: Allowance) -> Markup:
    """Return cleaned HTML that needs nothing but itself, and does nothing to the page around it."""
    soup = BeautifulSoup(plain(html), "html.parser")
    for tag in soup.find_all(True):
        if tag.name in HEADINGS:
            tag.name, tag["class"] = "p", "own-heading"
        elif tag.name == "a":
            _leave_only_outside(tag)
        elif tag.name == "pre":
            tag["tabindex"] = "0"  # what is too wide can be scrolled by keyboard
        elif tag.name == "img":
            _embed(tag, beside, allowance)
    set_formulas(soup, allowance)
    return Markup('<div class="{}" tabindex="0">{}</div>').format(kind, Markup(str(soup)))


def _leave_only_outside(link: Tag) -> None:
    if "anchor-link" in (link.get("class") or []):
        link.decompose()
    elif str(link.get("href", "")).startswith("http"):
        link["rel"] = "noopener noreferrer"
    else:
        link.unwrap()


def _embed(picture: Tag, beside: FileBeside, allowance: Allowance) -> None:
    """Put a picture that lies beside the notebook into the page."""
    picture["alt"] = picture.get("alt") or SHOWN
    source = str(picture.get("src", ""))
    if source.startswith("data:"):
        return
    is_file = FILE_BESIDE.fullmatch(source) and allowance.pictures
    content = beside(source) if is_file else None
    if content is None or not allowance.take("pictures", len(content)):
        picture.replace_with(f"[{picture['alt']}]")
        return
    kind = source.rpartition(".")[2].lower().replace("jpg", "jpeg").replace("svg", "svg+xml")
    picture["src"] = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
