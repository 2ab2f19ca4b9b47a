"""The form of the instructor notebook `momentum`: points, roles of cells, the written exercise, rules for tests."""

from __future__ import annotations

import ast
import builtins
import re
from collections import Counter
from pathlib import Path

import nbformat
import pytest

from autograder.notebook import exercises, is_task

REPOSITORY = Path(__file__).parents[2]
NOTEBOOK = REPOSITORY / "source" / "momentum" / "momentum.ipynb"
RELEASED = REPOSITORY / "release" / "momentum" / "momentum.ipynb"
POINTS = {
    "relu": 5,
    "softmax": 10,
    "compute_layer": 5,
    "average_ce": 10,
    "grad_ce": 10,
    "back_propagation": 25,
    "momentum_step": 10,
    "train": 10,
    "written": 15,
}
GIVEN = ("imports", "data", "forward", "initialise", "training", "evaluate")
FORBIDDEN_CALLS = {"isinstance", "type", "id", "print", "globals", "locals", "vars", "setattr", "exec", "eval"}

notebook = nbformat.read(NOTEBOOK, as_version=4)
code = [cell for cell in notebook.cells if cell.cell_type == "code"]
solutions = [cell for cell in code if cell.metadata.nbgrader.solution]
tests = [cell for cell in code if cell.metadata.nbgrader.grade]
hidden = [cell for cell in tests if not cell.id.endswith("-visible")]
written = next(cell for cell in notebook.cells if is_task(cell))


def each(cells: list[nbformat.NotebookNode]) -> pytest.MarkDecorator:
    """Run a test once for each of the cells."""
    return pytest.mark.parametrize("cell", cells, ids=[cell.id for cell in cells])


def test_the_file_is_a_clean_notebook_with_fixed_names() -> None:
    nbformat.validate(notebook)
    assert NOTEBOOK.read_text(encoding="utf-8") == nbformat.writes(notebook) + "\n"
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    for cell in (*code, written):
        role = cell.metadata.nbgrader
        assert (role.grade_id, role.schema_version) == (cell.id, 3)
        assert role.locked != role.solution, cell.id
        assert cell.id.startswith("test-") == role.grade, cell.id


def test_points_are_those_of_the_course_and_of_the_table() -> None:
    assert {exercise.name: exercise.points for exercise in exercises(notebook)} == POINTS
    assert sum(POINTS.values()) == 100
    table = next(cell for cell in notebook.cells if cell.id == "points").source
    rows = dict(re.findall(r"^\| \d+ \| `?(\w+)`?[^|]* \| (\d+) \|$", table, re.M))
    assert {name: int(points) for name, points in rows.items()} == POINTS


def test_every_exercise_has_its_parts_in_their_order() -> None:
    ids = [cell.id for cell in notebook.cells]
    for function in list(POINTS)[:-1]:
        stub = ids.index(function)
        assert ids[stub - 1] == f"exercise-{function}"
        assert ids[stub + 1] == f"test-{function}-visible"
        assert ids[stub + 2].startswith(f"test-{function}-")
        assert f"reflection-{function}" in ids or function == "compute_layer"
        assert "**A small example" in notebook.cells[stub - 1].source
        assert "_build/html/book/" in notebook.cells[stub - 1].source


@each(solutions)
def test_the_docstring_is_the_specification(cell: nbformat.NotebookNode) -> None:
    (function,) = ast.parse(cell.source).body
    assert isinstance(function, ast.FunctionDef)
    assert function.name == cell.id
    assert cell.source.split("    ### BEGIN SOLUTION")[0].rstrip().endswith('"""')
    text = ast.get_docstring(function) or ""
    assert re.findall(r"eq:[\w-]+", text)
    assert all(f"\n{part}\n---" in text for part in ("Parameters", "Returns", "Example"))
    for argument in function.args.args:
        assert re.search(rf"^{argument.arg} : ", text, re.M), f"{argument.arg} is not described"


def test_every_equation_that_is_named_stands_in_the_book() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "book").glob("*.md"))
    labels = set(re.findall(r"^:label: (eq:\S+)", text, re.M)) | set(re.findall(r"^\$\$ \((eq:\S+)\)", text, re.M))
    said = "\n".join(cell.source for cell in notebook.cells)
    assert set(re.findall(r"\beq:[A-Za-z][\w-]*", said)) <= labels
    anchors = {label.replace(":", "-").lower() for label in labels}
    assert {link.removeprefix("#equation-") for link in re.findall(r"#equation-[\w-]+", said)} <= anchors


@each(hidden)
def test_a_hidden_test_releases_one_comment(cell: nbformat.NotebookNode) -> None:
    comment, begin, *region, end = cell.source.splitlines()
    points = cell.metadata.nbgrader.points
    assert points > 0
    assert re.match(rf"# Hidden test \({points} point{'s' * (points > 1)}\): .+\.$", comment)
    assert (begin, end) == ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
    assert not any("### " in line for line in region)


@each(tests)
def test_a_test_only_calls_and_looks_at_results(cell: nbformat.NotebookNode) -> None:
    tree = ast.parse(cell.source)
    assert isinstance(tree.body[-1], ast.Assert)
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Delete | ast.Global | ast.Is | ast.IsNot)
        assert not (isinstance(node, ast.Assert) and node.msg is None), f"line {node.lineno} has no message"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in FORBIDDEN_CALLS, ast.unparse(node)


@each(hidden)
def test_a_hidden_test_is_self_contained_and_its_seeds_can_be_replaced(cell: nbformat.NotebookNode) -> None:
    tree = ast.parse(cell.source)
    nodes = list(ast.walk(tree))
    own = {alias.asname or alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names}
    own |= {n.name for n in nodes if isinstance(n, ast.FunctionDef)} | {n.arg for n in nodes if isinstance(n, ast.arg)}
    own |= {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    functions = {*POINTS, *GIVEN} - {"data", "imports"}
    assert not own & (functions | {"parameters", "history"}), "a test hides a name of the notebook"
    foreign = {n.id for n in nodes if isinstance(n, ast.Name)} - own - set(dir(builtins))
    assert foreign - functions <= ({"parameters"} if "accuracy" in cell.id else set())
    numbers = [line for line in cell.source.splitlines() if re.search(r"\d\.\d{6,}", line)]
    assert all("# fixed: " in line for line in numbers), "a number that belongs to a seed does not say so"


def test_hidden_tests_draw_other_numbers_each() -> None:
    seeds = Counter(
        seed for cell in hidden for seed in set(re.findall(r"(?:State|network|problem)\((\d+)", cell.source))
    )
    assert set(seeds) - {seed for seed, times in seeds.items() if times == 1} <= {"81"}, "one seed in two tests"


def test_the_written_exercise_is_a_locked_task_with_a_rubric_and_a_place_to_answer() -> None:
    role = written.metadata.nbgrader
    assert (role.task, role.locked, role.grade, role.solution, role.points) == (True, True, False, False, 15)
    rubric = written.source.split("### BEGIN MARK SCHEME\n")[1].split("### END MARK SCHEME")[0]
    assert sum(map(int, re.findall(r"^- \*\*(\d+)\*\*", rubric, re.M))) == 15
    place = [cell.id for cell in notebook.cells].index(written.id)
    answer = notebook.cells[place + 1]
    assert (answer.id, answer.cell_type, dict(answer.metadata)) == ("written-answer", "markdown", {})


def test_nothing_of_the_rubric_is_released() -> None:
    scheme = written.source.split("### BEGIN MARK SCHEME\n")[1].split("### END MARK SCHEME")[0]
    released = RELEASED.read_text(encoding="utf-8")
    assert "MARK SCHEME" not in released
    for line in filter(None, map(str.strip, scheme.splitlines())):
        assert line[:40] not in released
