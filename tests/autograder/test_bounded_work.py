"""Whatever a student writes or prints, looking at it takes little: every place meets its worst input.

Each piece of work runs under a limit on CPU time that only a blow-up passes, and on memory.
"""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from bounded import bounded
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from tiny_course import RIGHT, TinyCourse, tiny_notebook

from autograder.engine import faults
from autograder.engine.environment import fault_of
from autograder.engine.findings import FindingKind
from autograder.engine.inside.analysis import bound_names, skim
from autograder.engine.inside.frames import HEAD, Channel, Malformed
from autograder.engine.inside.kept import size_of
from autograder.engine.items import Cell, Kind, Report
from autograder.engine.limits import OutputLimits
from autograder.engine.outputs_clean import OF_CELL, clean_outputs, of_notebook
from autograder.engine.reach import Reach
from autograder.errors import SubmissionError
from autograder.grading.outputs import with_outputs
from autograder.grading.redaction import Released
from autograder.grading.verdict import Verdict
from autograder.grading.wording import for_instructor, for_student
from autograder.intake.align import Aligned, align
from autograder.intake.edits import Edits
from autograder.intake.matching import match
from autograder.intake.notebook_file import read_notebook
from autograder.intake.submission import read_submission
from autograder.pages.own_cells import NO_ROOM, own_cell
from autograder.shown.allowance import steps_of_html
from autograder.shown.harmless import TOO_MANY_TAGS, clean_data, rendered_markdown
from autograder.shown.terminal import escape, one_line

LIMITS = OutputLimits()
SENTENCE = of_notebook(LIMITS)
MEGABYTE = 2**20
Outputs = list[dict[str, Any]]


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """Import what is imported late, so that no process pays for it that is measured."""
    assert rendered_markdown("*x*")
    own_cell(new_code_cell("x"), lambda where: None, LIMITS.for_page())
    skim("%x")


# What cells put out.


def page_of(outputs: Outputs) -> str:
    """Return the page of a cell that has put this out."""
    cell = new_code_cell("1", outputs=[nbformat.from_dict(output) for output in outputs])
    return str(own_cell(cell, lambda where: None, LIMITS.for_page()))


def html_shown(html: str) -> tuple[Outputs, str]:
    """Return the outputs of a cell that shows HTML, and its page."""
    shown = [{"output_type": "display_data", "data": {"text/html": html, "text/plain": "in words"}}]
    outputs = clean_outputs(shown, LIMITS, LIMITS.for_outputs())
    return outputs, page_of(outputs)


def distinct(tag: str, n: int) -> str:
    return "".join(f"<{tag} title={i}>" for i in range(n))


TAGS: dict[str, str] = {
    "nested": "<div>" * 100_000,
    "nested and closed": "<div>" * 100_000 + "</div>" * 100_000,
    "lists in lists": "<ul><li>" * 100_000,
    "cells of tables": "<table><td>" * 100_000,
    "nested in drawings": "<svg>" + "<input>" * 100_000,
    "formats that are all different": distinct("b", 50_000),
    "formats that are opened again in each paragraph": distinct("b", 2000) + "<p>x" * 100_000,
    "few formats, many paragraphs": f"<p>{distinct('b', 100)}</p>" + "<p>x</p>" * 300_000,
    "ends that end nothing": "<p>" + distinct("b", 150) + "</p>" * 300_000,
    "ends within comments": "<div><!-- </div> -->" * 100_000,
    "ends within attributes": "<div title='</div>'>" * 100_000,
    "ends within text areas": "<xmp><div></xmp>" * 100_000,
    "ends out of reach": "<div><table><tr><td></div></td></tr></table>" * 50_000,
    "void where it is not void": "<svg><col><wbr>" * 100_000,
    "attributes": "<b " + " ".join(f"a{i}=1" for i in range(200_000)) + ">",
    "attributes behind a sign": "<b title='>' " + " ".join(f"a{i}=1" for i in range(200_000)) + ">",
    "one long tag": "<b title='" + "x" * 3_000_000 + "'>x</b>",
    "style": "<b style='" + "color:red;" * 200_000 + "'>x</b>",
    "classes": "<b class='x highlight'>x</b>" * 100_000,
    "links": "<a href='https://" + "a." * 1_000_000 + "!'>x</a>",
    "siblings": "<i>x</i>" * 400_000,
    "entities": "&" * 3_000_000,
    "signs": "<" * 3_000_000,
    "beginnings": "<a" * 1_000_000,
    "comments": "<!--" * 500_000,
    "instructions": "<?x " * 500_000,
    "sections": "<![CDATA[" * 300_000,
    "quotes": "<a b='" * 500_000,
    "formulas": "<p>" + "\\[" * 2400 + "</p><p>" + "\\(" * 2400 + "$ x" * 1000,
    "many formulas": ("<p>" + "\\[" * 2400 + "</p>") * 500,
    "formulas that can be set": "<p>" + "$x'x'x'x'$ " * 200_000 + "</p>",
    "formulas in parts": ("<p>" + "$x'x'x'x'$ " * 400 + "</p>") * 500,
    "pictures beside it": "<img src=x.png>" * 200_000,
}


@pytest.mark.parametrize("html", TAGS.values(), ids=TAGS)
def test_html_of_any_shape_is_cleaned_and_shown(html: str) -> None:
    outputs, page = bounded(lambda: html_shown(html))
    assert len(str(outputs)) < 2 * len(html) + 1000
    assert len(page) < LIMITS.page + 1000


@pytest.mark.parametrize("name", ["nested", "attributes", "few formats, many paragraphs", "ends within comments"])
def test_a_sentence_says_that_html_is_too_much(name: str) -> None:
    outputs, page = html_shown(TAGS[name])
    assert [output["data"] for output in outputs] == [{"text/plain": f"{TOO_MANY_TAGS}\nin words"}]
    assert TOO_MANY_TAGS in page


def table(rows: int, columns: int) -> str:
    """Return a table as pandas writes it."""
    head = "<style scoped>\n    .dataframe tbody tr th { vertical-align: top; } th > p {}\n</style>\n"
    cells = "".join(f"<td>{n}.5 &lt; x</td>\n" for n in range(columns))
    body = "".join(f"<tr>\n<th>{row}</th>\n{cells}</tr>\n" for row in range(rows))
    return f'<div>\n{head}<table border="1" class="dataframe">\n<tbody>\n{body}</tbody>\n</table>\n</div>'


def test_an_honest_table_is_shown() -> None:
    outputs, page = bounded(lambda: html_shown(table(200, 60)))
    assert outputs[0]["data"]["text/html"].count("<td>") == 12_000
    assert page.count("<td>") == 12_000


@pytest.mark.parametrize(
    ("html", "steps"),
    [
        ("", 0),
        ("a < b", 1),
        ("<p>x</p>", 6),
        ("<p><b>x</b></p>", 13),
        ("<br><br><br>", 15),
        ("<p></b></p>", 12),
        ("<p title='a > b' hidden class=x>y</p>", 6),
        ("<!-- a comment --><!DOCTYPE html>", 2),
    ],
)
def test_how_steps_are_counted(html: str, steps: int) -> None:
    assert steps_of_html(html, LIMITS.deepest) == steps


@pytest.mark.parametrize("odd", ["<!-- <b> -->", "<a title='<'>", "<?php ?>", "<b title='x>", "</ b>", "<a b='c'd>"])
def test_where_tags_cannot_be_told_the_square_of_the_length_counts(odd: str) -> None:
    assert steps_of_html(odd * 100, LIMITS.deepest) == len(odd * 100) ** 2 // 200


@pytest.mark.parametrize("name", ["nested", "ends within attributes", "ends out of reach", "void where it is not void"])
def test_no_tag_hides_from_the_count(name: str) -> None:
    steps = steps_of_html(TAGS[name], LIMITS.deepest)
    assert steps is None or steps > LIMITS.html


FIGURE = {"output_type": "display_data", "data": {"image/png": base64.b64encode(bytes(100_000)).decode()}}


def test_a_dozen_figures_are_all_shown() -> None:
    left, page = LIMITS.for_outputs(), LIMITS.for_page()
    cells = [clean_outputs([FIGURE], LIMITS, left) for _ in range(12)]
    assert all(len(outputs) == 1 and outputs[0]["data"] == FIGURE["data"] for outputs in cells)
    shown = [own_cell(new_code_cell("", outputs=list(map(nbformat.from_dict, o))), lambda w: None, page) for o in cells]
    assert all(one.count("<img") == 1 and NO_ROOM not in one for one in shown)


def printed(text: str) -> dict[str, str]:
    return {"output_type": "stream", "name": "stdout", "text": text}


FLOODS: dict[str, Outputs] = {
    "pictures": [{"output_type": "display_data", "data": {"image/png": "A" * (8 * MEGABYTE)}}],
    "smaller pictures": [{"output_type": "display_data", "data": {"image/png": "A" * MEGABYTE}}] * 8,
    "text": [printed("x" * 8 * MEGABYTE)],
    "wide text": [printed("\U0001f600" * 2 * MEGABYTE)],
    "many texts": [printed("x" * 1000)] * 8000,
    "many small ones": [{"output_type": "display_data", "data": {"text/plain": "x"}}, printed("y")] * 4000,
    "errors": [{"output_type": "error", "ename": "E", "evalue": "x" * 8000}] * 1000,
    "markdown": [{"output_type": "display_data", "data": {"text/markdown": "#" + "[" * 19_000}}] * 400,
    "html": [{"output_type": "display_data", "data": {"text/html": "<div>" * 1000}}] * 600,
    "latex": [{"output_type": "display_data", "data": {"text/latex": "$\\href{" * 100_000}}] * 10,
}


def flooded(outputs: Outputs) -> tuple[int, int, bool]:
    """Return what is kept of fifty cells that put this out: bytes, outputs, whether each cell that is cut says so."""
    left = LIMITS.for_outputs()
    cells = [clean_outputs(outputs, LIMITS, left) for _ in range(50)]
    size = sum(len(json.dumps(cell, ensure_ascii=False).encode()) for cell in cells)
    told = [any(said in str(cell) for said in (SENTENCE, OF_CELL)) for cell in cells]
    return size, sum(map(len, cells)), all(told) or size < MEGABYTE


@pytest.mark.parametrize("outputs", FLOODS.values(), ids=FLOODS)
def test_the_outputs_of_fifty_cells_have_a_total(outputs: Outputs) -> None:
    size, count, is_told = bounded(lambda: flooded(outputs))
    assert size < 2 * LIMITS.notebook
    assert count < LIMITS.outputs + 200
    assert is_told


def test_what_is_cut_is_told_once_in_a_cell_and_the_rest_is_kept() -> None:
    left = LIMITS.for_outputs()
    big = {"output_type": "display_data", "data": {"image/png": "A" * (4 * MEGABYTE)}}
    first, second = (clean_outputs([printed("a"), big, big, printed("b")], LIMITS, left) for _ in range(2))
    assert [output["output_type"] for output in first] == ["stream", "display_data", "stream"]
    assert first[2]["text"] == f"{OF_CELL}\nb"
    assert [output.get("text") for output in second] == [f"a{SENTENCE}\nb"]


@pytest.mark.parametrize("entry", [b"{}", b"[]", b'{"a":1}', b"[[]]"])
def test_no_answer_of_a_process_grows_without_end_in_memory(entry: bytes) -> None:
    def receive() -> None:
        ours, theirs = socket.socketpair()
        head = b'{"op":"done","blobs":[],"outputs":[' + (entry + b",") * (15 * MEGABYTE // (len(entry) + 1)) + b"1]}"
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**24)
        if not (pid := __import__("os").fork()):
            ours.sendall(HEAD.pack(len(head), 0) + head)
            __import__("os")._exit(0)
        try:
            Channel(theirs).receive()
        finally:
            __import__("os").waitpid(pid, 0)

    with pytest.raises(AssertionError, match=Malformed.__name__):
        bounded(receive, megabytes=300)


# What students write.

PATTERNS = {
    "brackets": "[", "brackets in no heading": "#[", "pictures": "![", "links": "[a](", "references": "[a]",
    "formulas": "\\\\[", "round formulas": "\\\\(", "environments": "\\begin{a} ", "dollars": "$a ", "stars": "*a ",
    "scores": "_a_", "ticks": "` `` ", "quotes": "> ", "lists": "> - ", "items": "-\n", "tables": "a|b\n-|-\n",
    "tags": "<div>", "formats": "<b title=x>", "entities": "&", "comments": "<!--", "sections": "<![CDATA[",
    "instructions": "<?x ", "declarations": "<!x ", "fences": "```\n", "notes": "[^1]: a\n", "backslashes": "\\",
}  # fmt: skip


def marked(text: str, attachments: dict[str, Any] | None = None, cells: int = 40) -> int:
    """Record Markdown cells with a text and show them; return the length of the page."""
    more = {"attachments": attachments} if attachments else {}
    notebook = new_notebook(cells=[new_markdown_cell(text, id=f"m{n}", **more) for n in range(cells)])
    aligned = Aligned({"tiny": notebook}, {"tiny": _item()}, {"tiny": []}, (), ())
    recorded = with_outputs(aligned, {"tiny": Report(())}, Verdict("tiny", "ada", "", "", (), {}))["tiny"]  # type: ignore[arg-type]
    for cell in recorded.cells if not attachments else []:
        assert rendered_markdown(cell.source)  # as the formgrader does
    left = LIMITS.for_page()
    return sum(len(own_cell(cell, lambda where: bytes(MEGABYTE), left)) for cell in recorded.cells)


def _item(*cells: Cell) -> Any:
    from autograder.engine.items import Item

    return Item(cells)


@pytest.mark.parametrize("unit", PATTERNS.values(), ids=PATTERNS)
def test_markdown_of_any_shape_is_recorded_and_shown(unit: str) -> None:
    assert bounded(lambda: marked((unit * 20_000)[:19_900])) < LIMITS.page + 100_000


def test_pictures_are_not_multiplied() -> None:
    png = {"x.png": {"image/png": "A" * (4 * MEGABYTE)}}
    for text in ("![](attachment:x.png)" * 900, "![][a]" * 2000 + "\n\n[a]: attachment:x.png", "![](x.png)" * 1900):
        assert bounded(lambda text=text: marked(text, png, cells=5)) < LIMITS.page + 100_000


def test_a_picture_that_is_attached_is_shown() -> None:
    png = {"x.png": {"image/png": "A" * MEGABYTE}}
    assert marked("![](attachment:x.png)", png, cells=4) > 4 * MEGABYTE


CODE = {
    "names in text": "'\\N{a", "parentheses": "(", "decorators": "@a\n", "numbers": "1", "magics": "%x\n",
    "commands": "!x\n", "help": "x?\n", "assigned magics": "a = %x\n", "semicolons": ";", "minus": "-", "sums": "1+",
    "attributes": "a.", "not": "not ", "lambdas": "lambda:", "assignments": "a=", "calls": "a()", "items": "a[x]",
    "text": "'a' ", "open text": "'''", "formats": "f'{", "statements": "x=1;", "lines": "x\n", "dictionaries": "{1:",
    "definitions": "def f():0\n", "branches": "if x:0\n", "comments": "#\n", "continued": "\\\n", "NUL": "\0",
}  # fmt: skip


def looked_at(text: str) -> None:
    """Do with code cells whatever is done without running them."""
    texts = [text + tail for tail in ("", "1", "?")]
    cells = tuple(Cell(Kind.student, f"cell {n}", text, text) for n, text in enumerate(texts))
    bound_names(skim(text).body)
    reach = Reach(cells)
    reach.bound_at("cell 0")
    for _ in range(60):  # tests that fail there
        told = faults.in_cell({"kinds": ["builtins.ValueError"], "text": "x", "frames": [[0, 1, "f"]] * 20}, cells)
        assert told.kind is FindingKind.raised
    Released(cells)
    known = new_code_cell("x = 1", metadata={"nbgrader": {"grade_id": "given", "locked": True}})
    for one in texts:
        Edits().note(known, known, new_code_cell(one, metadata=known.metadata))
    left = LIMITS.for_page()
    for one in [*texts, *[text[:19_900]] * 9]:
        own_cell(new_code_cell(one), lambda where: None, left)


@pytest.mark.parametrize("length", [1500, 99_000])
@pytest.mark.parametrize("unit", CODE.values(), ids=CODE)
def test_code_of_any_shape_is_looked_at(unit: str, length: int) -> None:
    bounded(lambda: looked_at((unit * length)[:length]))


def test_what_a_magic_assigns_is_bound_and_what_help_asks_is_not() -> None:
    text = "%matplotlib inline\nx = %time f()\nfiles = !ls\nif x:\n    %time y\nf?\n>>> z = 1\n!ls\ndef g(): pass"
    assert bound_names(skim(text).body) == {"x", "files", "z", "g"}
    assert bound_names(skim("%%time\nx = 1").body) == set()
    assert bound_names(skim("x = 1" + " + 1" * 3000).body) <= {"x"}


def test_names_that_lead_to_names_are_followed_once() -> None:
    chain = "".join(f"a{n + 1} = a{n}\n" for n in range(6000))
    names = [f"b{n}" for n in range(6000)]
    wide = f"{' = '.join(names)} = {', '.join(f'c{n}' for n in range(6000))}\n"

    def follow() -> list[list[int]]:
        texts = [chain, *[wide] * 3, f"def f(): return {', '.join(names)}, a6000"]
        cells = [Cell(Kind.student, f"cell {n}", text, text) for n, text in enumerate(texts)]
        test = Cell(Kind.test, "test", "f()", "f()")
        reach = Reach((*cells, test))
        return [reach.affected(len(cells), {name}) for name in ("a0", "a5999", "c7", "d")]

    found = bounded(follow)
    assert found == [[0], [0], [1, 2, 3], []]


SAID = {
    "arguments": "f() takes " + "positional argument but " * 90,
    "zero": "division " * 220,
    "broadcast": "shapes " * 290,
    "quotes": "'" * 2000,
    "places": " (0123456789.py, line 1" * 90,
    "words": "f() got an unexpected keyword argument 'a" * 48,
    "operands": "unsupported operand type(s) for " * 60,
}


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
def test_what_an_exception_says_is_worded(said: str) -> None:
    cells = (Cell(Kind.test, "test", "f()\nhidden", "f()"), Cell(Kind.student, "f", "def f(): 1", "def f(): 1"))

    def word() -> None:
        for kind in ("FileNotFoundError", "SyntaxError", "TypeError"):
            fault = {"origin": "student", "name": kind, "text": said * 100, "frames": [[1, 1, "f"]]}
            found = faults.in_test(fault, "test", cells)
            fault_of(f"{kind}: {found.text}")
            released = Released(cells)
            for_student(found, released), for_instructor(found, released)
            one_line(escape(found.text))

    bounded(word)


# What is handed in.


def notebook_of(cells: list[dict[str, Any]]) -> bytes:
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def raw(source: Any, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None, **more}


FILES: dict[str, Callable[[], bytes]] = {
    "lists": lambda: b'{"cells":[],"x":[' + b"[]," * 6_000_000 + b"1]}",
    "dictionaries": lambda: b'{"cells":[],"x":[' + b'{"a":1},' * 2_000_000 + b"1]}",
    "numbers": lambda: b'{"cells":[],"x":[' + b"1e1," * 4_900_000 + b"1]}",
    "texts": lambda: b'{"cells":[],"x":[' + b'"ab",' * 3_900_000 + b"1]}",
    "depth": lambda: b'{"cells":' + b"[" * 10_000_000,
    "a long number": lambda: b'{"cells":[],"x":' + b"1" * 19_000_000 + b"}",
    "marks of a conflict": lambda: b"<<<<<<< \n" * 2_000_000,
    "backslashes": lambda: b'{"cells":"' + b"\\" * 19_000_000,
    "blanks": lambda: (b'"a"' + b" " * 1000) * 19_000,
    "lines": lambda: notebook_of([raw(["\n"] * 3_000_000)]),
    "outputs": lambda: notebook_of([raw("x", outputs=[["x"] * 1_000_000])]),
    "metadata": lambda: notebook_of([raw("x", metadata={"nbgrader": json.loads("[" * 150 + "]" * 150)})] * 1900),
    "half characters": lambda: b'{"cells":[],"x":["\\ud800",' + b'"a",' * 4_000_000 + b"1]}",
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_a_file_of_any_shape_is_read_or_refused(content: Callable[[], bytes]) -> None:
    def read() -> int:
        try:
            return len(read_notebook(content(), "tiny.ipynb")[0].cells)
        except SubmissionError:
            return -1

    assert bounded(read) >= -1


def released(cell: str, text: str, **role: Any) -> NotebookNode:
    role = {"grade_id": cell, "schema_version": 3, "grade": False, "solution": False, "locked": True, **role}
    return new_code_cell(text, id=cell, metadata={"nbgrader": role})


KNOWN = [
    *(released(f"answer{n}", f"def f{n}(x):\n    # write here\n", solution=True, locked=False) for n in range(30)),
    *(released(f"test{n}", f"assert f{n}(1) == {n}, 'f{n} is wrong'\n" * 5, grade=True, points=1) for n in range(30)),
]
CROWDS: dict[str, Callable[[], list[NotebookNode]]] = {
    "much alike": lambda: [new_code_cell(KNOWN[n % 60].source + f"# {n}", id=f"c{n}") for n in range(2000)],
    "all of one name": lambda: [released("answer0", "x = 1\n" * 30_000), *[released("answer0", "y")] * 1999],
    "all of one test": lambda: [released("test0", "\n" * 9000 + "x")] * 2000,
    "all bind all names": lambda: [new_code_cell("\n".join(f"f{n} = {k}" for n in range(30))) for k in range(2000)],
    "commas": lambda: [new_code_cell("a," * 25_000)] * 300,
    "one cell of all": lambda: [new_code_cell("\n".join(cell.source for cell in KNOWN) + "\n" * 19_000_000, id="x")],
    "one cell that is nearly a test": lambda: [released("answer0", "assert f1(1) == 1, 'f1 is wron" * 5000)] * 1000,
}


@pytest.mark.parametrize("crowd", CROWDS.values(), ids=CROWDS)
def test_cells_without_end_are_laid_beside_the_released_ones(crowd: Callable[[], list[NotebookNode]]) -> None:
    found = bounded(lambda: match(KNOWN, KNOWN, crowd()).recognised)
    assert 0 <= found <= len(KNOWN)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[TinyCourse, Any, NotebookNode]:
    """Return the tiny course, its assignment, and a right submission."""
    from engine_reports import released_of

    from autograder.course.assignment import read_assignment

    course = TinyCourse(tmp_path_factory.mktemp("bounds"))
    course.write_source(tiny_notebook())
    notebook = released_of(tiny_notebook())
    assignment = read_assignment(course, "tiny", {"tiny": notebook})
    for cell in notebook.cells:
        cell.source = RIGHT.get(cell.id, cell.source)
    return course, assignment, notebook


def handed_in(course: TinyCourse, assignment: Any, files: dict[str, bytes]) -> int:
    """Hand files in and lay them beside the assignment; return how many sentences say what was odd."""
    folder = course.submitted / "ada" / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    try:
        found = align(assignment, read_submission(course, "tiny", "ada"), 60)
    except SubmissionError:
        return 0
    return len(found.oddities) + len(found.tampering)


@pytest.mark.parametrize("name", ["double", "test-double-visible", "nobody's"])
def test_a_crowd_of_cells_that_bear_one_name_is_put_right(tiny: Any, name: str) -> None:
    course, assignment, notebook = tiny
    cells = json.loads(nbformat.writes(notebook))["cells"]
    role = {"nbgrader": {"grade_id": name, "locked": False, "solution": True}}
    crowd = [raw(f"{n}\n" * (30_000 if not n else 1), metadata=role) for n in range(1900)]
    assert 0 < bounded(lambda: handed_in(course, assignment, {"tiny.ipynb": notebook_of(crowd + cells)})) < 100


def test_twenty_large_notebooks_take_no_more_than_one(tiny: Any) -> None:
    course, assignment, notebook = tiny
    cells = json.loads(nbformat.writes(notebook))["cells"]
    large = notebook_of([*cells, raw(["x"] * 2_000_000)])
    files = {"tiny.ipynb": notebook_of(cells), **{f"other{n}.ipynb": large for n in range(19)}}
    assert bounded(lambda: handed_in(course, assignment, files)) > 0


# What stays in memory.


def test_the_size_of_what_a_test_binds() -> None:
    import numpy as np

    class Box:
        pass

    box: Any = Box()
    box.__class__.__module__ = "__main__"
    box.inside = np.zeros(10**6)
    same = bytes(10**6)
    seen: list[Any] = [same, same]
    seen.append(seen)
    for value, least, most in [
        (np.zeros(10**6), 8 * 10**6, 9 * 10**6),
        (np.zeros(10**6)[:1], 8 * 10**6, 9 * 10**6),
        (np.broadcast_to(np.zeros(1), 10**6), 8 * 10**6, 9 * 10**6),
        ({"a": [np.zeros(10**5)] * 9, "b": np.ones(10**6)}, 8 * 10**6, 10 * 10**6),
        (seen, 10**6, 2 * 10**6),
        (box, 8 * 10**6, 9 * 10**6),
        (np, 0, 10**4),
    ]:
        assert least <= size_of(value, 10**9) <= most
    assert size_of([bytes(1000) for _ in range(10**4)], 10**4) < 2 * 10**5


def test_a_data_set_of_outputs_is_not_held_twice() -> None:
    found = clean_data({"text/plain": "x" * MEGABYTE}, LIMITS.for_outputs())
    assert found == {"text/plain": "x" * MEGABYTE}
