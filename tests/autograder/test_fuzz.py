"""Whatever a student hands in is refused with a sentence or laid beside the assignment; what comes out can be shown.

The doors are the public ones: `read_submission`, `align`, and what makes outputs and Markdown harmless.
"""

from __future__ import annotations

import copy
import json
import re
import shutil
import socket
from typing import Any

import nbformat
import pytest
from anything import ANY, CHANGES, FAULT, NODE, REFERENCE, TEXT
from assignment_cells import REPOSITORY
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode
from tiny_course import RIGHT, TinyCourse, tiny_notebook

from autograder.course.assignment import Assignment, read_assignment
from autograder.course.cells import grade_id, is_locked, is_test
from autograder.course.release import generated
from autograder.engine.inside.frames import HEAD, Channel, Malformed
from autograder.engine.inside.link import Link, Lost
from autograder.engine.limits import OutputLimits
from autograder.engine.outputs_clean import clean_outputs
from autograder.errors import SubmissionError
from autograder.grading.outputs import with_outputs
from autograder.grading.verdict import Verdict
from autograder.intake.align import Aligned, align
from autograder.intake.submission import read_submission
from autograder.shown.harmless import clean_html, clean_markdown, rendered_markdown

often = settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
Handed = tuple[TinyCourse, Assignment, NotebookNode]


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Handed:
    """Return the tiny course, its assignment, and a right submission."""
    course = TinyCourse(tmp_path_factory.mktemp("fuzz"))
    shutil.copy(REPOSITORY / "nbgrader_config.py", course.root)
    course.write_source(tiny_notebook())
    with generated(course, "tiny") as folder:
        released = {"tiny": nbformat.read(folder / "tiny.ipynb", as_version=4)}
    assignment = read_assignment(course, "tiny", released)
    notebook = copy.deepcopy(released["tiny"])
    for cell in notebook.cells:
        cell.source = RIGHT.get(cell.id, cell.source)
    return course, assignment, notebook


def laid(handed: Handed, content: bytes) -> Aligned | None:
    """Hand something in and lay it beside the assignment; None if a sentence has refused it."""
    course, assignment, _ = handed
    course.hand_in_bytes("ada", content)
    try:
        submission = read_submission(course, "tiny", "ada")
        found = align(assignment, submission, 60)
    except SubmissionError as error:
        refused = str(error)
    else:
        check(assignment, found)
        return found
    assert refused.strip()
    return None


def check(assignment: Assignment, found: Aligned) -> None:
    """Check that an aligned submission has all that is the instructor's, as the instructor wrote it."""
    if "tiny" not in found.notebooks:
        return
    notebook, source = found.notebooks["tiny"], assignment.sources["tiny"]
    nbformat.validate(notebook)
    nbformat.writes(notebook).encode()
    named = [cell for cell in notebook.cells if grade_id(cell)]
    known = [cell for cell in source.cells if grade_id(cell)]
    assert [grade_id(cell) for cell in named] == [grade_id(cell) for cell in known]
    for ours, theirs in zip(known, named, strict=True):
        assert is_test(ours) == is_test(theirs)
        assert ours.metadata.nbgrader.get("points") == theirs.metadata.nbgrader.get("points")
        if is_locked(ours):
            assert ours.source == theirs.source
    items = found.items["tiny"].cells
    assert [cell.released for cell in items if cell.is_hidden] == ["# a released comment"] * 3
    shown = with_outputs(found, {}, Verdict("tiny", "ada", "", "", (), {}))["tiny"]
    assert len(shown.cells) == len(notebook.cells)
    for sentence in (*found.oddities, *found.tampering):
        sentence.encode()


# Structure.


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all parts of a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, part in inside for found in places(part, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], how: str, new: Any) -> Any:
    """Return a JSON value with the part at a path replaced, deleted, doubled or wrapped."""
    if not path:
        return new if how == "replace" else value
    value = copy.copy(value)
    key, rest = path[0], path[1:]
    if rest:
        value[key] = changed(value[key], rest, how, new)
    elif how == "replace":
        value[key] = new
    elif how == "delete":
        del value[key]
    elif how == "wrap":
        value[key] = [value[key]]
    elif isinstance(value, list):
        value.insert(key, copy.deepcopy(value[key]))
    else:
        value[f"{key}"] = {"again": value[key]}
    return value


@often
@given(data=st.data())
def test_a_notebook_with_other_parts_is_refused_or_graded(handed: Handed, data: st.DataObject) -> None:
    raw = json.loads(nbformat.writes(handed[2]))
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(places(raw)))
        raw = changed(raw, path, data.draw(st.sampled_from(["replace", "delete", "double", "wrap"])), data.draw(ANY))
    laid(handed, json.dumps(raw).encode())


CELLS = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "markdown", "raw"]), "source": TEXT | st.sampled_from(list(RIGHT.values()))},
    optional={
        "id": TEXT,
        "metadata": ANY | st.fixed_dictionaries({"nbgrader": ANY | st.fixed_dictionaries({"grade_id": TEXT})}),
        "outputs": ANY,
        "execution_count": ANY,
        "attachments": ANY,
    },
)


@often
@given(
    cells=st.lists(CELLS, max_size=6),
    form=st.sampled_from([(4, 5), (4, 4), (4, 0), (3, 0), (2, 0), (5, 0), (4, "x")]),
    metadata=ANY,
    rest=st.dictionaries(TEXT, ANY, max_size=2),
)
def test_a_notebook_of_any_cells_is_refused_or_graded(
    handed: Handed, cells: list[Any], form: tuple[Any, Any], metadata: Any, rest: dict[str, Any]
) -> None:
    raw = {**rest, "nbformat": form[0], "nbformat_minor": form[1], "metadata": metadata, "cells": cells}
    laid(handed, json.dumps(raw).encode())


# Bytes.


@often
@given(data=st.data())
def test_a_file_with_other_bytes_is_refused_or_graded(handed: Handed, data: st.DataObject) -> None:
    content = bytearray(nbformat.writes(handed[2]).encode())
    for _ in range(data.draw(st.integers(1, 8))):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(len(content), start + 200)))
        content[start:end] = data.draw(
            st.binary(max_size=12) | st.sampled_from([b"", b"\0" * 40, b"[" * 5000, b"\xff\xfe"])
        )
    laid(handed, bytes(content))


@often
@given(content=st.binary(max_size=60) | st.text(max_size=30).map(lambda text: text.encode("utf-16", "surrogatepass")))
@example(b"\xef\xbb\xbf{}")
@example(b"[" * 10**6)
@example(b'{"cells": [], "nbformat": 1e999}')
def test_a_file_of_any_bytes_is_refused(handed: Handed, content: bytes) -> None:
    assert laid(handed, content) is None


def test_the_right_submission_is_graded(handed: Handed) -> None:
    found = laid(handed, nbformat.writes(handed[2]).encode())
    assert found is not None
    assert (found.oddities, found.tampering) == ((), ())


# What is shown.

PIECES = [
    "<script>", "</script>", "<img src=x onerror=alert(1)>", "<svg onload=1>", "<style>", "</style>", "<!--", "-->",
    "<!-->", "--!>", "<![CDATA[", "]]>", "<math>", "<mtext>", "<mglyph>", "<table>", "<td>", "<a href='",
    "javascript:1", "'>", '">', '<b title="', "</b>", "<noscript>", "</noscript>", "<textarea>", "<title>",
    "<p id=toc>", "<iframe srcdoc='", "&lt;", "&#x3c;img src=x onerror=1&#x3e;", "<div style='position:fixed'>", "$",
    "$$", "\\href{javascript:1}{x}", "`", "```\n", "\n\n", "    ", "> ", "# ", "- ", "[x](", ")", "![", "](", "]",
    "[x]: ", "<http://a.b>", "<x@y.z>", "|", "\n|-|-|\n", "text", "<br/>", "<b>", "<details>", "attachment:x",
    "data:text/html,", "//evil.org", "/formgrader", "\x00", "\\", "~~", "<form action=/x>", "<base href=//x>",
    "<meta http-equiv=refresh>", "<plaintext>", "<?php ", "?>", "<!DOCTYPE x>", "=", "/",
]  # fmt: skip
SOUP = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=12).map("".join)
LINK = re.compile(r"#|https?://[\w.-]+\.[a-z]|data:image/|[\w/-]+\.(?:png|jpe?g|gif|svg)$", re.IGNORECASE)


def dangers(html: str) -> list[str]:
    """Return what a browser would do with HTML beside showing it, as seen by a parser that cleaning does not use."""
    page = BeautifulSoup(html, "html.parser")
    found = [tag.name for tag in page.select("script, style, iframe, svg, math, form, input, base, meta, link, object")]
    for tag in page.find_all(True):
        for name, value in tag.attrs.items():
            text = " ".join(value) if isinstance(value, list) else str(value)
            ours = name in {"href", "src"}
            if name.startswith("on") or (ours and not LINK.match(text)) or ("position" in text and name == "style"):
                found.append(f"{name}={text}")
    return found


@settings(often, max_examples=300)
@given(SOUP)
def test_html_of_anything_comes_out_harmless(html: str) -> None:
    found = clean_html(html, OutputLimits().for_outputs())
    assert dangers(found) == []
    assert clean_html(found, OutputLimits().for_outputs()) == found


@settings(often, max_examples=150)
@given(SOUP, st.dictionaries(st.just("x"), ANY, max_size=1))
def test_markdown_of_anything_comes_out_harmless(text: str, attachments: dict[str, Any]) -> None:
    found = clean_markdown(text, {}, {"taken"}, OutputLimits().for_outputs())
    html = rendered_markdown(found)
    assert html is not None
    assert dangers(html) == []


MIMES = [
    "text/plain",
    "text/html",
    "text/markdown",
    "text/latex",
    "image/png",
    "image/svg+xml",
    "application/javascript",
]
OUTPUTS = st.lists(
    ANY
    | st.fixed_dictionaries(
        {"output_type": st.sampled_from(["stream", "display_data", "execute_result", "error", "x"]) | ANY},
        optional={
            "text": SOUP | ANY,
            "name": ANY,
            "data": ANY | st.dictionaries(st.sampled_from(MIMES), SOUP | ANY, max_size=3),
            "ename": ANY,
            "evalue": SOUP | ANY,
        },
    ),
    max_size=4,
)


@settings(often, max_examples=80)
@given(OUTPUTS | ANY)
@example([{"output_type": "display_data", "data": {"image/png": "no picture!"}}])
def test_outputs_of_anything_are_outputs(outputs: Any) -> None:
    for output in clean_outputs(outputs, OutputLimits(), OutputLimits().for_outputs()):
        node = nbformat.from_dict(output)
        nbformat.validate(node, ref=node.output_type, version=4)
        json.dumps(node, ensure_ascii=False).encode()
        assert dangers(node.get("data", {}).get("text/html", "")) == []
        assert node.get("data") != {}, "nothing to show"


# What a test meets when the student's process answers anything at all.

HANDLE = st.tuples(st.just("h"), st.integers(-1, 3), st.sampled_from(["function", "object"]), TEXT, TEXT, ANY).map(list)
ANSWER = st.fixed_dictionaries(
    {"op": st.sampled_from(["value", "value", "value", "raised", "callback", "missing", "module"]) | ANY},
    optional={
        "value": REFERENCE,
        "nodes": st.lists(NODE | HANDLE | ANY, max_size=5) | ANY,
        "changed": CHANGES,
        "outputs": ANY,
        "random": REFERENCE,
        "target": st.integers(-1, 2) | ANY,
        "args": REFERENCE,
        "kwargs": REFERENCE,
        "name": ANY,
        "fault": FAULT,
        "blobs": st.just([]),
    },
)
FUNCTION = {"op": "value", "value": [0], "nodes": [["h", 0, "function", "f", "", []]], "blobs": []}


@settings(often, max_examples=60)
@given(st.lists(ANSWER, max_size=4))
def test_a_test_meets_an_answer_or_an_exception(answers: list[dict[str, Any]]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for answer in (FUNCTION, *answers):
            head = json.dumps({"blobs": [], **answer}).encode()
            theirs.sendall(HEAD.pack(len(head), 0) + head)
        theirs.shutdown(socket.SHUT_WR)
        fault: Exception | None = None
        try:
            link = Link(Channel(ours), set(), lambda output: None)
            function = link.look_up("f")
            function([1], {"a": 2}, key=lambda x: x)
        except (Malformed, Lost, KeyError):
            return
        except Exception as error:
            fault = error
        assert fault is None or hasattr(fault, "student_fault") or isinstance(fault, (TypeError, RuntimeError))
