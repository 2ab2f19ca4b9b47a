"""The form of the instructor notebook `momentum`, its written exercise, and what else is special about it."""

from __future__ import annotations

import re
from collections import Counter

from assignment_cells import REPOSITORY
from nbformat import NotebookNode
from notebook_form import Form, NotebookForm

from autograder.notebook import is_task

POINTS = {
    "relu": 5,
    "softmax": 10,
    "compute_layer": 5,
    "average_ce": 10,
    "grad_ce": 10,
    "back_propagation": 25,
    "momentum_step": 10,
    "train": 10,
}
WRITTEN = 15
GIVEN = ("imports", "data", "forward", "initialise", "training", "evaluate")


class TestMomentum(NotebookForm):
    """The notebook `momentum`."""

    form = Form("momentum", POINTS, GIVEN, {"parameters"}, by_hand=WRITTEN)

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
        assert {name: int(points) for name, points in rows.items()} == {**POINTS, "written": WRITTEN}

    def test_a_number_that_belongs_to_a_seed_says_so(self, hidden_test: NotebookNode) -> None:
        numbers = [line for line in hidden_test.source.splitlines() if re.search(r"\d\.\d{6,}", line)]
        assert all("# fixed: " in line for line in numbers)

    def test_hidden_tests_draw_other_numbers_each(self) -> None:
        """But for those of training, which look at one trajectory from two sides."""
        seeds = Counter(
            seed
            for cell in self.form.hidden
            for seed in set(re.findall(r"(?:State|network|problem)\((\d+)", cell.source))
        )
        assert {seed for seed, times in seeds.items() if times > 1} <= {"81"}

    def test_the_written_exercise_is_a_locked_task_with_a_rubric_and_a_place_to_answer(self) -> None:
        task = self.task()
        role = task.metadata.nbgrader
        assert (role.grade_id, role.schema_version) == (task.id, 3)
        assert (role.task, role.locked, role.grade, role.solution, role.points) == (True, True, False, False, WRITTEN)
        assert sum(map(int, re.findall(r"^- \*\*(\d+)\*\*", self.rubric(), re.M))) == WRITTEN
        place = [cell.id for cell in self.form.notebook.cells].index(task.id)
        answer = self.form.notebook.cells[place + 1]
        assert (answer.id, answer.cell_type, dict(answer.metadata)) == ("written-answer", "markdown", {})

    def test_nothing_of_the_rubric_is_released(self) -> None:
        released = (REPOSITORY / "release" / "momentum" / "momentum.ipynb").read_text(encoding="utf-8")
        assert "MARK SCHEME" not in released
        for line in filter(None, map(str.strip, self.rubric().splitlines())):
            assert line[:40] not in released
