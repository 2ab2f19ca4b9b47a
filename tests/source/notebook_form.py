"""The form that every instructor notebook has: points, names, hidden regions, rules for tests.

`NotebookForm` holds the tests; a test file subclasses it for one assignment. Nothing here trains a network; what the
tests of a notebook catch is tried elsewhere.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
import pytest
from assignment_cells import REPOSITORY
from nbformat import NotebookNode

from autograder.course.cells import helper_cells, is_task
from autograder.course.mark_scheme import mark_scheme
from autograder.course.names import bound_names, needed_names

BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
HELPERS = "test-helpers"
FORBIDDEN_CALLS = {"isinstance", "type", "id", "print", "globals", "locals", "vars", "setattr", "exec", "eval"}


class Form:
    """An assignment's source notebook, and what its author says of it.

    Parameters
    ----------
    points
        The functions that students write, in their order, and the points of each.
    given
        The locked cells that bind names which tests may use.
    trained
        What the training cell leaves for the tests of the trained network, whose names have "accuracy" in them.
    by_hand
        The points that a person gives, for tasks.
    """

    def __init__(
        self, name: str, points: dict[str, int], given: tuple[str, ...], trained: set[str], by_hand: int = 0
    ) -> None:
        self.name, self.points, self.given, self.trained, self.by_hand = name, points, given, trained, by_hand
        self.path = REPOSITORY / "source" / name / f"{name}.ipynb"

    @cached_property
    def notebook(self) -> NotebookNode:
        """Return the source notebook."""
        return nbformat.read(self.path, as_version=4)

    @cached_property
    def code(self) -> list[NotebookNode]:
        """Return its code cells."""
        return [cell for cell in self.notebook.cells if cell.cell_type == "code"]

    @property
    def solutions(self) -> list[NotebookNode]:
        """Return the cells that students fill in."""
        return [cell for cell in self.code if cell.metadata.nbgrader.solution]

    @property
    def helpers(self) -> NotebookNode:
        """Return the cell of the functions that hidden tests share."""
        (cell,) = helper_cells(self.notebook)
        return cell

    @cached_property
    def uses(self) -> dict[str, frozenset[str]]:
        """Return the names that each shared function uses, those that others use for it too."""
        found: dict[str, frozenset[str]] = {}
        for node in ast.parse(self.helpers.source).body:
            if isinstance(node, ast.FunctionDef):
                needed = needed_names(ast.unparse(node))
                found[node.name] = needed.union(*(found[name] for name in needed & found.keys()))
        return found

    @property
    def tests(self) -> list[NotebookNode]:
        """Return all test cells that judge something."""
        return [cell for cell in self.code if cell.metadata.nbgrader.grade and cell.id != HELPERS]

    @property
    def visible(self) -> list[NotebookNode]:
        """Return the tests that everybody may read."""
        return [cell for cell in self.tests if cell.id.endswith("-visible")]

    @property
    def hidden(self) -> list[NotebookNode]:
        """Return the tests that carry points."""
        return [cell for cell in self.tests if not cell.id.endswith("-visible")]

    @property
    def quick_tests(self) -> list[NotebookNode]:
        """Return the tests that need no trained network."""
        return [cell for cell in self.tests if "accuracy" not in cell.id]

    def finished(self) -> dict[str, Any]:
        """Return the names that the notebook's functions and imports define; no test, no training has run."""
        names: dict[str, Any] = {}
        for cell in self.code:
            if cell.id in self.points or (cell.id in self.given and cell.id != "training"):
                exec(compile(cell.source, cell.id, "exec"), names)
        return names

    def points_found(self) -> Counter[str]:
        """Return the points of the test cells, by exercise."""
        found: Counter[str] = Counter()
        for cell in self.tests:
            found[exercise(cell)] += cell.metadata.nbgrader.points
        return found

    def points_in_table(self) -> dict[str, int]:
        """Return the points that the table at the top gives to each function."""
        table = next(cell for cell in self.notebook.cells if cell.id == "points").source
        return {name: int(points) for name, points in re.findall(r"`(\w+)`(?: \|)? (\d+)", table)}


def exercise(cell: NotebookNode) -> str:
    """Return the function that a test cell is named after."""
    return str(cell.id).split("-")[1]


def known_labels() -> set[str]:
    """Return the labels of all equations in the book."""
    return {label for path in (REPOSITORY / "book").glob("*.md") for label in labels_in(path)}


def labels_in(chapter: Path) -> list[str]:
    """Return the labels of a chapter's equations, written as an option or in brackets after the formula."""
    text = chapter.read_text(encoding="utf-8")
    return re.findall(r"^ *:label: (eq:\S+)", text, re.M) + re.findall(r"^\$\$ \((eq:\S+)\)", text, re.M)


def without_docstring(function: ast.FunctionDef) -> list[ast.stmt]:
    """Return the body of a function."""
    return function.body[1:] if ast.get_docstring(function) is not None else function.body


def function_of(cell: NotebookNode) -> ast.FunctionDef:
    """Return the one function that a solution cell defines."""
    (function,) = ast.parse(cell.source).body
    assert isinstance(function, ast.FunctionDef)
    return function


class NotebookForm:
    """The tests of an assignment's form; a subclass says which assignment in `form`.

    The arguments `solution`, `visible_test`, `hidden_test`, `test`, `quick_test` run a test once for each such cell,
    `function` once for each exercise.
    """

    form: Form

    @property
    def table(self) -> str:
        """The file that says what the author of the assignment says of it."""
        return f"tests/source/test_{self.form.name}_notebook.py"

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        form = self.form
        groups = {
            "solution": form.solutions,
            "visible_test": form.visible,
            "hidden_test": form.hidden,
            "test": form.tests,
            "quick_test": form.quick_tests,
        }
        for argument, cells in groups.items():
            if argument in metafunc.fixturenames:
                metafunc.parametrize(argument, cells, ids=[cell.id for cell in cells])
        if "function" in metafunc.fixturenames:
            metafunc.parametrize("function", form.points)

    @pytest.fixture(autouse=True)
    def digits_at_hand(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.syspath_prepend(REPOSITORY / "source")

    @pytest.fixture(scope="class")
    @classmethod
    def finished(cls) -> dict[str, Any]:
        with pytest.MonkeyPatch.context() as patch:  # this comes before `digits_at_hand`, which lives for one test
            patch.syspath_prepend(REPOSITORY / "source")
            return cls.form.finished()

    def test_file_is_a_valid_notebook_without_traces_of_a_run(self) -> None:
        notebook = self.form.notebook
        nbformat.validate(notebook)
        assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5), "save the notebook in the format 4.5"
        kernel = notebook.metadata.kernelspec
        assert (kernel.name, kernel.display_name) == ("python3", "Python 3 (ipykernel)"), "choose the kernel Python 3"
        ran = [cell.id for cell in self.form.code if cell.outputs or cell.execution_count is not None]
        assert not ran, f"clear the outputs and counters of {ran}"
        written = self.form.path.read_text(encoding="utf-8") == nbformat.writes(notebook) + "\n"
        assert written, f"{self.form.path} is not as nbformat writes it: nbformat.write(nbformat.read(path, 4), path)"

    def test_points_are_those_of_the_course(self) -> None:
        points = self.form.points_found()
        assert points == self.form.points, f"the notebook has other points than POINTS in {self.table}"
        total = sum(points.values()) + self.form.by_hand
        assert total == 100, f"the assignment is worth {total} points: take them from other tests, or change this 100"

    def test_names_are_fixed_and_unique(self) -> None:
        form = self.form
        ids = [cell.id for cell in form.notebook.cells]
        twice = [name for name, times in Counter(ids).items() if times > 1]
        assert not twice, f"several cells have the id {twice}"
        odd = [name for name in ids if not re.fullmatch(r"[a-zA-Z][\w-]{2,63}", name)]
        assert not odd, f"give these cells an id of 3 to 64 letters, digits, - and _: {odd}"
        other = [cell.id for cell in form.code if cell.metadata.nbgrader.grade_id != cell.id]
        assert not other, f"the id of these cells is not their grade_id: {other}"
        old = [cell.id for cell in form.code if cell.metadata.nbgrader.schema_version != 3]
        assert not old, f"run `nbgrader update source` for {old}"
        exercises = [cell.id for cell in form.solutions]
        assert exercises == list(form.points), f"the exercises are not those of POINTS in {self.table}, in that order"
        missing = set(form.given) - set(ids)
        assert not missing, f"GIVEN in {self.table} names cells that are not there: {sorted(missing)}"

    def test_roles_of_cells(self) -> None:
        for cell in self.form.code:
            role = cell.metadata.nbgrader
            assert role.locked != role.solution, f"{cell.id} has to be either locked or an answer"
            assert not (role.grade and role.solution), f"{cell.id} is a test and an answer: make it one of them"
            assert cell.id.startswith("test-") == role.grade, f"{cell.id}: tests alone are called test-..."

    def test_every_test_follows_the_stub_of_its_exercise(self) -> None:
        current = ""
        for cell in self.form.code:
            current = cell.id if cell.metadata.nbgrader.solution else current
            if cell in self.form.tests:
                assert exercise(cell) == current, f"{cell.id} stands below the stub {current}: move or rename it"

    def test_helper_cell_holds_functions_and_imports_before_the_first_exercise(self) -> None:
        cell, ids = self.form.helpers, [cell.id for cell in self.form.notebook.cells]
        assert cell.id == HELPERS, f"the helper cell is called {cell.id}: call it {HELPERS}"
        first = f"exercise-{next(iter(self.form.points))}"
        assert ids[ids.index(HELPERS) + 1] == first, f"{HELPERS} has to stand right above {first}"
        assert cell.metadata.nbgrader.points == 0, f"{HELPERS} gives points: it has to give 0"
        comment, begin, *region, end = cell.source.splitlines()
        opening = "# Functions that the hidden tests share (0 points)."
        assert comment == opening, f"the first line of {HELPERS} has to be {opening!r}"
        assert (begin, end) == (BEGIN, END), f"all lines of {HELPERS} but the first have to be one hidden region"
        assert not any("### " in line for line in region), f"{HELPERS} has to have one region only"
        # Only definitions are there again when the test process had to be replaced.
        defines = all(isinstance(node, ast.Import | ast.FunctionDef) for node in ast.parse(cell.source).body)
        assert defines, f"{HELPERS} may hold imports and functions only"

    def test_shared_functions_have_names_that_no_student_takes_and_need_nothing_below_them(self) -> None:
        form = self.form
        imported = bound_names(form.helpers.source) - form.uses.keys()
        odd = [name for name in form.uses if not re.fullmatch(r"_[a-z]\w+", name)]
        assert not odd, f"the name of a function in {HELPERS} starts with an underscore: rename {odd}"
        known = {*form.points, *form.given, *imported, *dir(builtins)}
        for name, used in form.uses.items():
            assert used <= known, f"{name} uses {sorted(used - known)}"
            known.add(name)

    def test_shared_functions_are_used_by_several_tests(self) -> None:
        uses = self.form.uses
        times: Counter[str] = Counter()
        for cell in self.form.hidden:
            names = needed_names(cell.source)
            times.update(names.union(*(uses[name] for name in names & uses.keys())))
        once = [name for name in uses if times[name] < 2]
        assert not once, f"The test that uses them is the place for {once}"

    def test_no_function_is_written_in_two_hidden_tests(self) -> None:
        bodies: dict[str, list[str]] = {}
        for cell in [self.form.helpers, *self.form.hidden]:
            for node in ast.parse(cell.source).body:
                if isinstance(node, ast.FunctionDef):
                    body = ast.dump(ast.FunctionDef("f", node.args, without_docstring(node), [], None))
                    bodies.setdefault(body, []).append(f"{node.name} in {cell.id}")
        twice = [places for places in bodies.values() if len(places) > 1]
        assert not twice, f"These belong into {HELPERS}: {twice}"

    def test_exercise_has_text_stub_visible_and_hidden_tests(self, function: str) -> None:
        cells = self.form.notebook.cells
        ids = [cell.id for cell in cells]
        stub = ids.index(function)
        assert ids[stub - 1] == f"exercise-{function}", "the text of the exercise has to stand right above its stub"
        assert ids[stub + 1] == f"test-{function}-visible", "the visible test has to stand right below the stub"
        assert ids[stub + 2].startswith(f"test-{function}-"), "hidden tests have to follow the visible one"
        text = cells[stub - 1].source
        assert "**A small example" in text, f"exercise-{function} has no paragraph that starts with **A small example"
        linked = "_build/html/book/" in text or function == "multi_layer_network"
        assert linked, f"exercise-{function} has no link to ../../_build/html/book/CHAPTER.html#equation-..."

    def test_solution_is_one_function_with_one_region(self, solution: NotebookNode) -> None:
        assert function_of(solution).name == solution.id, "the function and the id of its cell differ"
        regions = solution.source.count("### BEGIN SOLUTION"), solution.source.count("### END SOLUTION")
        assert regions == (1, 1), "an answer has one solution region"
        released = solution.source.split("    ### BEGIN SOLUTION")[0]
        assert released.rstrip().endswith('"""'), "the region begins right after the docstring"
        assert solution.source.rstrip().endswith("### END SOLUTION"), "nothing may stand below the region"

    def test_docstring_is_the_specification(self, solution: NotebookNode) -> None:
        function = function_of(solution)
        text = ast.get_docstring(function) or ""
        labels = set(re.findall(r"eq:[\w-]+", text))
        assert labels, "the docstring names no equation (eq:...)"
        assert labels <= known_labels(), f"the book has no equation {sorted(labels - known_labels())}"
        missing = [part for part in ("Parameters", "Returns", "Example") if f"\n{part}\n---" not in text]
        assert not missing, f"the docstring has no part called {missing}"
        for argument in function.args.args:
            assert re.search(rf"^{argument.arg} : ", text, re.M), f"{argument.arg} is not described"

    def test_docstrings_fit_a_screen(self) -> None:
        """Lab shows about 100 letters of a line on a screen 1280 pixels wide."""
        too_long = [
            line
            for cell in self.form.notebook.cells
            if cell.cell_type == "code" and not cell.metadata.nbgrader.grade
            for node in ast.walk(ast.parse(cell.source))
            if isinstance(node, ast.FunctionDef) and ast.get_docstring(node)
            for line in cell.source.splitlines()[node.body[0].lineno - 1 : node.body[0].end_lineno]
            if len(line) > 100
        ]
        assert too_long == []

    def test_links_lead_to_equations_of_the_chapter(self) -> None:
        text = "\n".join(cell.source for cell in self.form.notebook.cells if cell.cell_type == "markdown")
        links = set(re.findall(r"\.\./\.\./_build/html/book/([\w-]+)\.html#equation-([\w-]+)", text))
        assert links, "no text links to an equation of the book"
        for chapter, anchor in links:
            labels = labels_in(REPOSITORY / "book" / f"{chapter}.md")
            anchors = {label.replace(":", "-").lower() for label in labels}
            assert anchor in anchors, f"{chapter} has no equation {anchor}"

    def test_visible_test_has_no_points_and_no_hidden_part(self, visible_test: NotebookNode) -> None:
        assert visible_test.metadata.nbgrader.points == 0, "a visible test gives 0 points"
        assert BEGIN not in visible_test.source, "a visible test has no hidden region"

    def test_hidden_test_releases_one_comment(self, hidden_test: NotebookNode) -> None:
        comment, begin, *region, end = hidden_test.source.splitlines()
        points = hidden_test.metadata.nbgrader.points
        assert points > 0, "a hidden test gives points"
        unit = "point" if points == 1 else "points"
        opening = f"# Hidden test ({points} {unit}): "
        fits = re.match(rf"{re.escape(opening)}.+\.$", comment)
        assert fits, f"its first line has to be {opening!r} and a sentence that says what is checked"
        assert (begin, end) == (BEGIN, END), "all lines but the first have to be one hidden region"
        assert not any("### " in line for line in region), "there has to be one region only"

    def test_test_ends_in_an_assert_with_a_message(self, test: NotebookNode) -> None:
        tree = ast.parse(test.source)
        assert isinstance(tree.body[-1], ast.Assert), "a test ends in an assertion"
        for node in ast.walk(tree):
            assert not (isinstance(node, ast.Assert) and node.msg is None), f"line {node.lineno} has no message"

    def test_test_only_calls_and_looks_at_results(self, test: NotebookNode) -> None:
        for node in ast.walk(ast.parse(test.source)):
            assert not isinstance(node, ast.Delete | ast.Global), ast.unparse(node)
            if isinstance(node, ast.Compare):
                for operator, right in zip(node.ops, node.comparators, strict=True):
                    identity = isinstance(operator, ast.Is | ast.IsNot)
                    none = isinstance(right, ast.Constant) and right.value is None
                    assert not identity or none, ast.unparse(node)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in FORBIDDEN_CALLS, ast.unparse(node)

    def test_hidden_test_is_self_contained_but_for_the_helper_cell(self, hidden_test: NotebookNode) -> None:
        form = self.form
        answers, trained = set(form.points) | set(form.given), form.trained
        tree = ast.parse(hidden_test.source)
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
        own = {alias.asname or alias.name for node in imports for alias in node.names}
        own |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        own |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        own |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
        assert not own & (answers | {"parameters", "costs"} | trained), "a test hides a name of the notebook"
        assert not own & form.uses.keys(), "a test hides a shared function from the tests below it"
        foreign = {node.id for node in names} - own - set(dir(builtins))
        shared = foreign & form.uses.keys()
        foreign = foreign.union(*(form.uses[name] for name in shared)) - bound_names(form.helpers.source)
        foreign -= set(dir(builtins))
        functions = foreign & answers
        allowed = trained if "accuracy" in hidden_test.id else set()
        unknown = sorted(foreign - functions - allowed)
        assert not unknown, (
            f"the test uses {unknown}: import or define it in the test or in {HELPERS}; if a locked cell gives it, "
            f"name that cell in GIVEN of {self.table}"
        )
        assert exercise(hidden_test) in functions or allowed, "the test does not call the function of its exercise"

    def test_reference_passes_silently(
        self, quick_test: NotebookNode, finished: dict[str, Any], capsys: pytest.CaptureFixture[str]
    ) -> None:
        names = dict(finished)
        for cell in (self.form.helpers, quick_test) if BEGIN in quick_test.source else (quick_test,):
            exec(compile(cell.source, cell.id, "exec"), names)
        printed = capsys.readouterr()
        assert (printed.out, printed.err) == ("", ""), "a test prints nothing"


class WrittenForm(NotebookForm):
    """The tests of an assignment whose last exercise is written, and graded by a person."""

    shared_seeds: frozenset[str] = frozenset()  # of tests that look at one thing from several sides

    def task(self) -> NotebookNode:
        """Return the written exercise."""
        (task,) = [cell for cell in self.form.notebook.cells if is_task(cell)]
        return task

    def rubric(self) -> str:
        """Return what the person who grades goes by."""
        return str(self.task().source.split("### BEGIN MARK SCHEME\n")[1].split("### END MARK SCHEME")[0])

    def test_table_of_points_agrees_with_the_cells(self) -> None:
        table = next(cell for cell in self.form.notebook.cells if cell.id == "points").source
        rows = dict(re.findall(r"^\| \d+ \| `?(\w+)`?[^|]* \| (\d+) \|$", table, re.M))
        found = {name: int(points) for name, points in rows.items()}
        wanted = {**self.form.points, "written": self.form.by_hand}
        assert found == wanted, f"the table in the cell `points` has other points than POINTS in {self.table}"

    def test_a_number_that_belongs_to_a_seed_says_so(self, hidden_test: NotebookNode) -> None:
        numbers = [line for line in hidden_test.source.splitlines() if re.search(r"\d\.\d{6,}", line)]
        unsaid = [line for line in numbers if "# fixed: " not in line]
        assert not unsaid, f"say '# fixed:' and why in {unsaid}"

    def test_hidden_tests_draw_other_numbers_each(self) -> None:
        seeds = Counter(
            seed
            for cell in [self.form.helpers, *self.form.hidden]
            for seed in set(re.findall(r"(?:State|network|problem)\((\d+)", cell.source))
        )
        twice = {seed for seed, times in seeds.items() if times > 1} - self.shared_seeds
        assert not twice, f"several tests have the seed {sorted(twice)}: take others, or name it in shared_seeds"

    def test_the_written_exercise_is_a_locked_task_with_a_rubric_and_a_place_to_answer(self) -> None:
        task, points = self.task(), self.form.by_hand
        role = task.metadata.nbgrader
        assert (role.grade_id, role.schema_version) == (task.id, 3)
        assert (role.task, role.locked, role.grade, role.solution, role.points) == (True, True, False, False, points)
        assert mark_scheme(task).total == points
        assert sum(map(int, re.findall(r"^- \[(\d+)\] ", self.rubric(), re.M))) == points, "every item is found"
        place = [cell.id for cell in self.form.notebook.cells].index(task.id)
        answer = self.form.notebook.cells[place + 1]
        assert (answer.id, answer.cell_type, dict(answer.metadata)) == ("written-answer", "markdown", {})

    def test_nothing_of_the_rubric_is_released(self) -> None:
        name = self.form.name
        released = (REPOSITORY / "release" / name / f"{name}.ipynb").read_text(encoding="utf-8")
        assert "MARK SCHEME" not in released
        for line in filter(None, map(str.strip, self.rubric().splitlines())):
            assert line[:40] not in released
