"""Reads the bytes of a notebook file that somebody's editor has saved, without trusting them.

Whatever encoding, format and size it has, its cells come out as nbformat 4 wants them, without outputs: nobody uses
those that are handed in. Nothing here knows of assignments or folders.
"""

from __future__ import annotations

import json
import re
from pathlib import PurePath
from typing import Any

from nbformat import NotebookNode, from_dict

from autograder.errors import SubmissionError
from autograder.intake.broken import both_sides, refusal
from autograder.intake.limits import DEEPEST_JSON, LARGEST_FILE, LARGEST_NOTEBOOK, MOST_CELLS, MOST_TOKENS

LONGEST_KEY = 20  # bytes: longer than the names that are looked for
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
WITHOUT_ID = "-without-id"
UNUSED = b"\0\x1a \r\n\t"  # what may stand behind a notebook
TOKEN = re.compile(rb'"((?:[^"\\]++|\\.)*+)"(\s*+:)?|[\[{]|[\]}]|"', re.DOTALL)
HALF_A_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")
PARSED = ("code", "markdown", "raw")
OLD_NAMES = {"heading": "markdown", "html": "markdown", None: "code"}


def read_notebook(content: bytes, where: str, among: int = 1) -> tuple[NotebookNode, tuple[str, ...]]:
    """Return the notebook that a file holds, and a sentence for each thing that was odd about the file.

    Cells without a usable id get one that depends on their place only; nbformat would draw one at random.

    Parameters
    ----------
    where
        The path of the file, for messages.
    among
        How many files share what one may take.

    Raises
    ------
    SubmissionError
        If it cannot be read as a notebook.
    """
    name, oddities = shown_name(where), list[str]()
    if not content.strip(UNUSED):
        raise SubmissionError(f"{where} is empty: ask the student to save the notebook and hand it in again.")
    if len(content) > LARGEST_FILE // among:
        raise SubmissionError(
            f"{where} is larger than {LARGEST_FILE // among // 2**20} MB: "
            "ask the student to clear all outputs and to hand it in again."
        )
    content = _as_utf8(content, where, oddities)
    slim = _without_outputs(content, where, MOST_TOKENS // among)
    if len(content) > LARGEST_NOTEBOOK:
        oddities.append(f"{name} has {len(content) // 2**20} MB; its outputs were left out")
    if len(slim) > LARGEST_NOTEBOOK:
        raise SubmissionError(
            f"{where} is larger than {LARGEST_NOTEBOOK // 2**20} MB even without its outputs: "
            "ask the student to take pictures and data out of the cells and to hand it in again."
        )
    text = _text(slim, where, oddities)
    try:
        raw = _parsed(text)
    except (ValueError, RecursionError) as error:
        raw = _settled(content, where, MOST_TOKENS // among, oddities)
        if raw is None:
            raise refusal(where, text, error) from error
    notebook = _notebook(raw, where, oddities)
    return notebook, tuple(oddities)


def _notebook(raw: Any, where: str, oddities: list[str]) -> NotebookNode:
    if not isinstance(raw, dict):
        raise SubmissionError(f"{where} is JSON, but not a notebook: it has no list of cells.")
    cells = _cells_of(raw, where, oddities)
    taken: set[str] = set()
    notebook = NotebookNode(nbformat=4, nbformat_minor=5, metadata=_kernel(raw))
    notebook.cells = [_cell(cell, number, taken, oddities) for number, cell in enumerate(cells, 1)]
    return notebook


def _settled(content: bytes, where: str, most: int, oddities: list[str]) -> Any:
    """Return a notebook of which git has left two versions, if they differ in nothing that is looked at; else None."""
    if len(content) > LARGEST_NOTEBOOK:
        return None

    def read(side: str) -> Any:
        return _parsed(_text(_without_outputs(side.encode(), where, most), where, []))

    sides = both_sides(_text(content, where, []), read)
    if sides is None or _answers(sides[0], where) != _answers(sides[1], where):
        return None
    oddities.append(
        f"{shown_name(where)} held a conflict of git in counters or outputs only; it was read as one version"
    )
    return sides[0]


def _answers(raw: Any, where: str) -> list[Any]:
    """Return what is looked at of a notebook's cells, and how many there are, whatever they are."""
    cells = _notebook(raw, where, []).cells
    return [len(raw.get("cells", ())), *((cell.cell_type, cell.source, cell.metadata) for cell in cells)]


def shown_name(path: str) -> str:
    """Return the last part of a path as it may stand in a sentence."""
    name = PurePath(path).name.encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else "?" for c in name[:100])


def _as_utf8(content: bytes, where: str, oddities: list[str]) -> bytes:
    """Return a JSON text in UTF-8, without a byte order mark and without what stands behind it."""
    encoding, name = json.detect_encoding(content), shown_name(where)
    if encoding == "utf-8-sig":
        content = content[3:]
        oddities.append(f"{name} begins with a byte order mark; it was left out")
    elif encoding != "utf-8":
        if len(content) > 4 * LARGEST_NOTEBOOK:
            raise SubmissionError(
                f"{where} is in {encoding.upper()} and too large: ask the student to clear all outputs."
            )
        content = content.decode(encoding, "replace").encode("utf-8", "replace")
        oddities.append(f"{name} was saved as {encoding.upper().removesuffix('-LE').removesuffix('-BE')}, not as UTF-8")
    end = content.rstrip(UNUSED)
    if b"\0" in content[len(end) :]:
        oddities.append(f"{name} ends in NUL bytes; they were cut off")
    return end


def _without_outputs(content: bytes, where: str, most: int) -> bytes:
    """Return a notebook's JSON text without the outputs of its cells and the state of its widgets.

    It is cut out before anything is built of it, so that a notebook takes no more memory than its file has bytes.
    """
    kept: list[bytes] = []
    inside: list[tuple[bytes, bool]] = []  # the containers that are open: the key they stand under; is it an object?
    key, start, skipping = b"", 0, 0
    for number, token in enumerate(TOKEN.finditer(content)):
        if number > most or len(inside) > DEEPEST_JSON:
            raise SubmissionError(
                f"{where} is not a notebook that an editor has saved: it has too many parts, or parts within parts."
            )
        first = content[token.start() : token.start() + 1]
        if first in (b"[", b"{"):
            name = key if inside and inside[-1][1] else b""
            if skipping:
                skipping += 1
            elif _is_unused(name, inside):
                kept += [content[start : token.start()], b"[]" if first == b"[" else b"{}"]
                skipping = 1
            else:
                inside.append((name, first == b"{"))
        elif first in (b"]", b"}"):
            if skipping:
                skipping -= 1
                start = token.end()
            elif inside:
                inside.pop()
        elif not skipping and token[2] is not None:
            key = token[1] if token.end(1) - token.start(1) <= LONGEST_KEY else b""
    return b"".join([*kept, b"" if skipping else content[start:]])


def _is_unused(name: bytes, inside: list[tuple[bytes, bool]]) -> bool:
    if name == b"outputs":
        return len(inside) > 2 and inside[-1] == (b"", True) and inside[-2] == (b"cells", False)
    return name == b"widgets" and len(inside) == 2 and inside[-1][0] == b"metadata"


def _text(content: bytes, where: str, oddities: list[str]) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        oddities.append(f"{shown_name(where)} is not in UTF-8; it was read as Windows-1252")
        return content.decode("cp1252", "replace")


def _parsed(text: str) -> Any:
    """Return what JSON says; raises `ValueError` or `RecursionError`."""
    raw = json.loads(text, strict=False)
    if HALF_A_CHARACTER.search(text):  # it has a name in JSON only: no file and no database could hold it
        raw = json.loads(json.dumps(raw, ensure_ascii=False).encode("utf-8", "replace"))
    return raw


def _cells_of(raw: dict[str, Any], where: str, oddities: list[str]) -> list[dict[str, Any]]:
    found, sheets, name = raw.get("cells"), raw.get("worksheets"), shown_name(where)
    if not isinstance(found, list) and isinstance(sheets, list):
        lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        found = [cell for cells in lists if isinstance(cells, list) for cell in cells]
        oddities.append(f"{name} was saved in the old notebook format 3; it was read as format 4")
    elif not isinstance(raw.get("metadata"), dict):
        oddities.append(f"{name} had lost its own metadata")
    if not isinstance(found, list):
        raise SubmissionError(f"{where} is JSON, but not a notebook: it has no list of cells.")
    if len(found) > MOST_CELLS:
        raise SubmissionError(
            f"{where} has more than {MOST_CELLS} cells: "
            "ask the student to delete what does not belong to the assignment."
        )
    cells = [cell for cell in found if isinstance(cell, dict)]
    if len(cells) < len(found):
        oddities.append(f"{len(found) - len(cells)} of the entries of {name} were not cells; they were left out")
    return cells


def _kernel(raw: dict[str, Any]) -> NotebookNode:
    """Return of a notebook's metadata what is looked at: which kernel it asks for."""
    metadata = raw.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    name = kernel.get("name") if isinstance(kernel, dict) else None
    return from_dict({"kernelspec": {"name": name}} if isinstance(name, str) else {})


def _cell(raw: dict[str, Any], number: int, taken: set[str], oddities: list[str]) -> NotebookNode:
    """Return a cell with nothing in it but what is looked at: its text, its pictures, nbgrader's metadata."""
    metadata, kind = raw.get("metadata"), raw.get("cell_type")
    source = _source(raw, number, oddities)
    if kind == "heading":
        level = raw.get("level")
        source = f"{'#' * (level if isinstance(level, int) and 0 < level < 7 else 1)} {source}"
    if kind not in PARSED:
        kind = OLD_NAMES.get(kind, "raw") if kind is None or isinstance(kind, str) else "raw"
    if not isinstance(metadata, dict):
        metadata = {}
        oddities.append(f"cell {number} had lost its metadata")
    role = {"nbgrader": metadata["nbgrader"]} if "nbgrader" in metadata else {}
    cell = {"cell_type": kind, "id": _id(raw, metadata, number, taken), "metadata": role, "source": source}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    elif pictures := _pictures(raw.get("attachments")):
        cell["attachments"] = pictures
    return from_dict(cell)


def _source(raw: dict[str, Any], number: int, oddities: list[str]) -> str:
    """Return the text of a cell, which may be one text or a list of lines, with ordinary ends of lines."""
    found = next((raw[key] for key in ("source", "input") if key in raw), "")  # `input` in format 3
    if isinstance(found, list):
        lines = [line for line in found if isinstance(line, str)]
        joint = "" if any(line.endswith("\n") for line in lines[:-1]) or len(lines) < 2 else "\n"
        if joint:
            oddities.append(f"the lines of cell {number} had lost their ends; each was taken for a line")
        found = joint.join(lines)
    text = found if isinstance(found, str) else ""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _id(raw: dict[str, Any], metadata: dict[str, Any], number: int, taken: set[str]) -> str:
    """Return the cell's id; Colab keeps it in the metadata."""
    for wish in (raw.get("id"), metadata.get("id")):
        if isinstance(wish, str) and CELL_ID.fullmatch(wish) and wish not in taken and not wish.endswith(WITHOUT_ID):
            break
    else:
        wish = f"cell-{number}{WITHOUT_ID}"
    taken.add(wish)
    return wish


def _pictures(attachments: Any) -> dict[str, dict[str, str]]:
    """Return what is attached to a text, as far as it has the form of attachments."""
    bundles = attachments if isinstance(attachments, dict) else {}
    return {
        name: {mime: data for mime, data in bundle.items() if isinstance(data, str)}
        for name, bundle in bundles.items()
        if isinstance(bundle, dict)
    }
