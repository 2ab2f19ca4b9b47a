"""No page or download of the built book earns points: its functions fail the hidden tests, its lines are its own."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from book_pages import ASSIGNMENTS, BOOK, ROOT, code_blocks, plain_text, readable_files, soup, source_notebook

from autograder.course import cells

REGION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)
INNOCENT = """
import numpy as np

def leaky(z, slope=0.1):
    return np.where(z > 0, z, slope * z)
"""
EXPRESSIONS = "leak_expressions.py"
AT_ONE_LOOK = pytest.mark.xdist_group("leaks-made")


def leaks(*pages: list[str], program: str = "leak_runner.py") -> list[list[list[str]]]:
    """Run the blocks of each page in a process of their own and return the exercises that they solve."""
    here = Path(__file__).parent
    paths = os.pathsep.join(map(str, (here, ROOT, BOOK)))
    environment = {**os.environ, "PYTHONPATH": paths, "MPLBACKEND": "agg", "OPENBLAS_NUM_THREADS": "1"}
    result = subprocess.run(
        [sys.executable, str(here / program)],
        input=json.dumps(pages),
        cwd=BOOK,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return json.loads(result.stdout.splitlines()[-1])


def solutions(name: str) -> dict[str, str]:
    """Return each graded function's solution cell by the function's name."""
    notebook = source_notebook(name)
    graded = {exercise.name for exercise in cells.exercises(notebook)}
    found = {cells.grade_id(cell): cell.source for cell in notebook.cells if cells.is_solution(cell)}
    return {name: text for name, text in found.items() if name in graded and f"def {name}(" in text}


def neighbours(region: str) -> set[str]:
    """Return the pairs of consecutive lines of a solution region that mean something, each as one string."""
    lines = [" ".join(line.split()) for line in region.splitlines()]
    telling = [line for line in lines if len(line) > 5 and not line.startswith("#")]
    return {f"{first} {second}" for first, second in pairwise(telling)}


def solution_pairs() -> set[str]:
    """Return those pairs for every solution region of every assignment."""
    sources = [cell.source for name in ASSIGNMENTS for cell in source_notebook(name).cells]
    regions = [region for source in sources for region in REGION.findall(source)]
    return set().union(*map(neighbours, regions))


def test_no_page_solves_an_exercise(html: Path):
    # Of what students get, another test looks at every function.
    read = (path for path in readable_files(html) if path.parent.name != "assignments")
    blocks = {path.name: code_blocks(path) for path in read}
    pages = {name: page for name, page in blocks.items() if any("def " in block or "lambda" in block for block in page)}
    found = {name: solved for name, solved in zip(pages, leaks(*pages.values()), strict=True) if solved}
    assert len(pages) > 5
    assert not found, f"These functions earn points: {found}"


def test_a_released_notebook_shows_no_function_that_does_anything(html: Path):
    for name in ASSIGNMENTS:
        page = soup(html / "assignments" / f"{name}.html")
        blocks = page.select('main > div:not([id^="test-"]) > pre')  # visible tests bring small functions of their own
        nodes = [node for block in blocks for node in ast.walk(ast.parse(block.get_text()))]
        functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
        assert len(functions) > 8
        for function in functions:
            *said, last = function.body
            assert all(isinstance(node, ast.Expr) for node in said), function.name
            assert isinstance(last, ast.Raise) or ast.unparse(last) == "...", function.name


def test_no_two_lines_of_a_solution_stand_in_the_book(html: Path):
    pairs = solution_pairs()
    assert len(pairs) > 10
    offline = sorted((html.parent / "offline").glob("*.html"))
    assert offline, "the book's pages for releases are made with it"
    for path in [*readable_files(html), *offline]:
        text = plain_text(path)
        assert not [pair for pair in pairs if pair in text], path.name


@pytest.fixture(scope="module")
def noticed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[str]]]:
    """Return what is noticed on pages that are made for it, all of them beside one look at the hidden tests."""
    folder = tmp_path_factory.mktemp("pages")
    made = {name: code_blocks(page_of_solutions(folder / f"{name}.html", name)) for name in ASSIGNMENTS}
    helper = solutions("multi_layer")["linear_forward"].replace("def linear_forward", "def helper")
    kept = f"import numpy as np\n{helper}\ntools = {{'of the trade': [helper]}}\ndel helper"
    made |= {"another name": [kept], "innocent": [INNOCENT]}
    return dict(zip(made, leaks(*made.values()), strict=True))


def page_of_solutions(page: Path, name: str) -> Path:
    """Write a page with the solutions of an assignment, each in a block of its own after a block that is not Python."""
    blocks = [
        cell.source
        for cell in source_notebook(name).cells
        if cell.cell_type == "code" and not cells.is_test(cell) and "def " in cell.source
    ]
    texts = ["$ not python", "import numpy as np", *blocks]
    page.write_text("".join(f"<pre>{escape(text)}</pre>" for text in texts), encoding="utf-8")
    return page


@AT_ONE_LOOK
@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_every_leaked_function_is_noticed(noticed: dict[str, list[list[str]]], name: str):
    found = {exercise for _, exercise in noticed[name]}
    assert found >= set(solutions(name)), "A function that earns full marks was not noticed."


@AT_ONE_LOOK
def test_a_leak_under_another_name_is_noticed(noticed: dict[str, list[list[str]]]):
    assert noticed["another name"] == [["of the trade[0], block 0", "linear_forward"]]


@AT_ONE_LOOK
def test_an_innocent_function_is_not_accused(noticed: dict[str, list[list[str]]]):
    assert noticed["innocent"] == []


def test_two_copied_lines_are_noticed(tmp_path: Path):
    pair = sorted(solution_pairs())[0]
    page = tmp_path / "page.html"
    page.write_text(f"<pre><span>{escape(pair)}</span></pre>", encoding="utf-8")
    assert pair in plain_text(page)


def expressions(path: Path) -> list[str]:
    """Return the code blocks of a file and the code inside its sentences."""
    inline = soup(path).find("article") if path.suffix == ".html" else None
    return code_blocks(path) + [code.get_text() for code in (inline.find_all("code") if inline else ())]


def test_no_expression_solves_an_exercise(html: Path):
    # A released assignment shows what its author wants to show.
    files = [path for path in readable_files(html) if path.parent.name != "assignments"]
    pages = {path.name: expressions(path) for path in files}
    pages = {name: blocks for name, blocks in pages.items() if blocks}
    found = dict(zip(pages, leaks(*pages.values(), program=EXPRESSIONS), strict=True))
    lines = [f"{name}: {exercise} <- {text!r}" for name, solved in found.items() for text, exercise in solved]
    assert not lines, "These expressions earn points:\n" + "\n".join(lines)


# What stood in the first edition, with other names or samples in rows; an empty name is for what gives nothing away.
STOOD_THERE = [
    ("one_hot", "np.eye(3)[:, Y[0]]"),
    ("average_ce", "chosen = np.take_along_axis(P, t, axis=0)\nh.append(-np.log(np.maximum(chosen, 1e-300)).mean())"),
    ("softmax", "lse = np.logaddexp.reduce\nat = np.exp(starts - lse(starts, axis=1)[:, None])"),
    ("update_parameters", "network = {k: network[k] - 0.1 * slope['d' + k] for k in network}"),
    ("linear_forward", "Z = P[0] @ nodes + P[1]"),
    ("linear_backward", "dA = P[2].T @ dF * np.where(Z > 0, 1, 0.1)\nd = dF @ h(Z).T, dF.sum(1)[:, None]"),
    ("", "E = np.exp(Z)\nE / E.sum(axis=0)"),
    ("", "slope = (f(x + h) - f(x - h)) / (2 * h)"),
    ("", "q = (after - before) / 0.01"),
    ("", "np.where(Z > 0, Z, 0.1 * Z)"),
    ("", "T = ref.one_hot(labels, 10)\nprint(T.sum(axis=0))"),
]


def test_an_expression_is_noticed_whatever_its_names_are():
    found = leaks(*([text] for _, text in STOOD_THERE), program=EXPRESSIONS)
    for (exercise, text), solved in zip(STOOD_THERE, found, strict=True):
        solves = {name for _, name in solved}
        assert exercise in solves if exercise else not solves, (text, solved)


def test_every_graded_function_is_looked_at():
    assert {"multi_layer", "two_layer"} <= set(ASSIGNMENTS)
    wanted = {
        "relu",
        "relu_der",
        "softmax_cross_entropy_loss",
        "softmax_cross_entropy_loss_der",
        "initialize_network",
        "linear_forward",
        "linear_backward",
        "classify",
        "update_parameters",
        "multi_layer_network",
    }
    assert wanted <= set(solutions("multi_layer"))
    for name in ASSIGNMENTS:
        graded = [exercise.name for exercise in cells.exercises(source_notebook(name))]
        assert len(solutions(name)) > len(graded) / 2, f"Most exercises of {name} are functions."


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
