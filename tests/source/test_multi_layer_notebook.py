"""The form of the instructor notebook `multi_layer`: points, names, hidden regions, rules for tests.

Nothing here trains a network; what the tests catch is the business of `autograder vet`.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections import Counter
from pathlib import Path

import nbformat
import pytest

REPOSITORY = Path(__file__).parents[2]
NOTEBOOK = REPOSITORY / "source" / "multi_layer" / "multi_layer.ipynb"
POINTS = {
    "relu": 10,
    "relu_der": 15,
    "softmax_cross_entropy_loss": 15,
    "softmax_cross_entropy_loss_der": 15,
    "initialize_network": 10,
    "linear_forward": 5,
    "linear_backward": 10,
    "classify": 10,
    "update_parameters": 3,
    "multi_layer_network": 3 + 4,
}
GIVEN = (
    "imports",
    "sample_mnist",
    "linear",
    "linear_der",
    "layer_forward",
    "multi_layer_forward",
    "layer_backward",
    "multi_layer_backward",
    "training",
)
BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
FORBIDDEN_CALLS = {"isinstance", "type", "id", "print", "globals", "locals", "vars", "setattr", "exec", "eval"}

notebook = nbformat.read(NOTEBOOK, as_version=4)
code = [cell for cell in notebook.cells if cell.cell_type == "code"]
solutions = [cell for cell in code if cell.metadata.nbgrader.solution]
tests = [cell for cell in code if cell.metadata.nbgrader.grade]
visible = [cell for cell in tests if cell.id.endswith("-visible")]
hidden = [cell for cell in tests if cell not in visible]


def each(cells: list[nbformat.NotebookNode]) -> pytest.MarkDecorator:
    """Run a test once for each of the cells."""
    return pytest.mark.parametrize("cell", cells, ids=[cell.id for cell in cells])


def exercise(cell: nbformat.NotebookNode) -> str:
    """Return the function that a test cell is named after."""
    return str(cell.id).split("-")[1]


def test_file_is_a_valid_notebook_without_traces_of_a_run() -> None:
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.kernelspec.display_name == "Python 3 (ipykernel)"
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert NOTEBOOK.read_text(encoding="utf-8") == nbformat.writes(notebook) + "\n"


def test_points_are_those_of_the_course() -> None:
    points: Counter[str] = Counter()
    for cell in tests:
        points[exercise(cell)] += cell.metadata.nbgrader.points
    assert points == POINTS
    assert sum(points.values()) == 100


def test_table_of_points_agrees_with_the_cells() -> None:
    table = next(cell for cell in notebook.cells if cell.id == "points").source
    one_each = dict(re.findall(r"^\| \d+ \| `(\w+)` \| (\d+) \|$", table, re.M))
    parts = dict(re.findall(r"`(\w+)` (\d+)", table))
    parts["multi_layer_network"] = str(int(parts["multi_layer_network"]) + 4)
    assert {name: int(points) for name, points in (one_each | parts).items()} == POINTS
    assert "the trained network 4 | 10 |" in table
    assert "**100**" in table


def test_names_are_fixed_and_unique() -> None:
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-zA-Z][\w-]{2,63}", name) for name in ids)
    assert all(cell.metadata.nbgrader.grade_id == cell.id for cell in code)
    assert all(cell.metadata.nbgrader.schema_version == 3 for cell in code)
    assert [cell.id for cell in solutions] == list(POINTS)
    assert set(GIVEN) <= set(ids)


def test_roles_of_cells() -> None:
    for cell in code:
        role = cell.metadata.nbgrader
        assert role.locked != role.solution, cell.id
        assert not (role.grade and role.solution), cell.id
        assert cell.id.startswith("test-") == role.grade, cell.id


def test_every_test_follows_the_stub_of_its_exercise() -> None:
    current = ""
    for cell in code:
        current = cell.id if cell.metadata.nbgrader.solution else current
        if cell.metadata.nbgrader.grade:
            assert exercise(cell) == current, cell.id


@pytest.mark.parametrize("function", POINTS)
def test_exercise_has_text_stub_visible_and_hidden_tests(function: str) -> None:
    ids = [cell.id for cell in notebook.cells]
    stub = ids.index(function)
    assert ids[stub - 1] == f"exercise-{function}"
    assert ids[stub + 1] == f"test-{function}-visible"
    assert ids[stub + 2].startswith(f"test-{function}-")
    assert "**A small example" in notebook.cells[stub - 1].source
    assert "_build/html/book/" in notebook.cells[stub - 1].source or function == "multi_layer_network"


@each(solutions)
def test_solution_is_one_function_with_one_region(cell: nbformat.NotebookNode) -> None:
    (function,) = ast.parse(cell.source).body
    assert isinstance(function, ast.FunctionDef)
    assert function.name == cell.id
    assert cell.source.count("### BEGIN SOLUTION") == cell.source.count("### END SOLUTION") == 1
    released = cell.source.split("    ### BEGIN SOLUTION")[0]
    assert released.rstrip().endswith('"""'), "the region begins right after the docstring"
    assert cell.source.rstrip().endswith("### END SOLUTION")


@each(solutions)
def test_docstring_is_the_specification(cell: nbformat.NotebookNode) -> None:
    (function,) = ast.parse(cell.source).body
    assert isinstance(function, ast.FunctionDef)
    text = ast.get_docstring(function) or ""
    labels = set(re.findall(r"eq:[\w-]+", text))
    assert labels
    assert labels <= known_labels()
    assert all(f"\n{part}\n---" in text for part in ("Parameters", "Returns", "Example"))
    for argument in function.args.args:
        assert re.search(rf"^{argument.arg} : ", text, re.M), f"{argument.arg} is not described"


def known_labels() -> set[str]:
    """Return the labels of all equations in the book."""
    return {label for path in (REPOSITORY / "book").glob("*.md") for label in labels_in(path)}


def labels_in(chapter: Path) -> list[str]:
    """Return the labels of a chapter's equations, written as an option or in brackets after the formula."""
    text = chapter.read_text(encoding="utf-8")
    return re.findall(r"^:label: (eq:\S+)", text, re.M) + re.findall(r"^\$\$ \((eq:\S+)\)", text, re.M)


def test_links_lead_to_equations_of_the_chapter() -> None:
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    links = set(re.findall(r"\.\./\.\./_build/html/book/([\w-]+)\.html#equation-([\w-]+)", text))
    assert links
    for chapter, anchor in links:
        labels = labels_in(REPOSITORY / "book" / f"{chapter}.md")
        anchors = {label.replace(":", "-").lower() for label in labels}
        assert anchor in anchors, f"{chapter} has no equation {anchor}"


@each(visible)
def test_visible_test_has_no_points_and_no_hidden_part(cell: nbformat.NotebookNode) -> None:
    assert cell.metadata.nbgrader.points == 0
    assert BEGIN not in cell.source


@each(hidden)
def test_hidden_test_releases_one_comment(cell: nbformat.NotebookNode) -> None:
    comment, begin, *region, end = cell.source.splitlines()
    points = cell.metadata.nbgrader.points
    assert points > 0
    unit = "point" if points == 1 else "points"
    assert re.match(rf"# Hidden test \({points} {unit}\): .+\.$", comment)
    assert (begin, end) == (BEGIN, END)
    assert not any("### " in line for line in region)


@each(tests)
def test_test_ends_in_an_assert_with_a_message(cell: nbformat.NotebookNode) -> None:
    tree = ast.parse(cell.source)
    assert isinstance(tree.body[-1], ast.Assert)
    for node in ast.walk(tree):
        assert not (isinstance(node, ast.Assert) and node.msg is None), f"line {node.lineno} has no message"


@each(tests)
def test_test_only_calls_and_looks_at_results(cell: nbformat.NotebookNode) -> None:
    for node in ast.walk(ast.parse(cell.source)):
        assert not isinstance(node, ast.Delete | ast.Global), ast.unparse(node)
        if isinstance(node, ast.Compare):
            for operator, right in zip(node.ops, node.comparators, strict=True):
                identity = isinstance(operator, ast.Is | ast.IsNot)
                none = isinstance(right, ast.Constant) and right.value is None
                assert not identity or none, ast.unparse(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in FORBIDDEN_CALLS, ast.unparse(node)


@each(hidden)
def test_hidden_test_is_self_contained(cell: nbformat.NotebookNode) -> None:
    tree = ast.parse(cell.source)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    own = {alias.asname or alias.name for node in imports for alias in node.names}
    own |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    own |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    own |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
    assert not own & (set(POINTS) | set(GIVEN) | {"parameters", "costs"}), "a test hides a name of the notebook"
    foreign = {node.id for node in names} - own - set(dir(builtins))
    functions = {name for name in foreign if name in POINTS or name in GIVEN}
    allowed = {"parameters"} if "accuracy" in cell.id else set()
    assert foreign - functions <= allowed
    assert exercise(cell) in functions or allowed


def test_trained_network_is_trained_once() -> None:
    at = [cell.id for cell in code if "500" in cell.source and "multi_layer_network(" in cell.source]
    assert at == ["multi_layer_network", "training"]


@pytest.fixture(scope="module")
def finished() -> dict[str, object]:
    """Return the names that the notebook's functions and imports define; no test, no training has run."""
    names: dict[str, object] = {}
    for cell in code:
        if cell.id in POINTS or (cell.id in GIVEN and cell.id != "training"):
            exec(compile(cell.source, cell.id, "exec"), names)
    return names


@pytest.fixture(autouse=True)
def digits_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(REPOSITORY / "source")


@each([cell for cell in tests if "accuracy" not in cell.id])
def test_reference_passes_silently(
    cell: nbformat.NotebookNode, finished: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(cell.source, cell.id, "exec"), dict(finished))
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "")


def test_reference_loss_of_large_scores_is_exact(finished: dict[str, object]) -> None:
    import numpy as np

    loss_function = finished["softmax_cross_entropy_loss"]
    assert callable(loss_function)
    scores = np.array([[1000.0, 0], [0, 1000], [0, -1000]])
    probabilities, _, loss = loss_function(scores, np.array([[1, 1]]))
    assert loss == 500.0
    assert np.array_equal(probabilities, [[1, 0], [0, 1], [0, 0]])


def test_reference_prints_what_it_records(finished: dict[str, object], capsys: pytest.CaptureFixture[str]) -> None:
    import numpy as np

    train = finished["multi_layer_network"]
    assert callable(train)
    costs, _ = train(np.ones((3, 4)), np.array([[0, 1, 0, 1]]), [3, 4, 2], num_iterations=61)
    lines = capsys.readouterr().out.splitlines()
    assert [int(line.split()[1].rstrip(":")) for line in lines] == [1, 21, 41, 61]
    assert [line.split()[-1] for line in lines] == [f"{cost:.5f}" for cost in costs]
