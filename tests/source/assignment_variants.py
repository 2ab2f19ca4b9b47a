"""Answers to an assignment, right and wrong ones, sent through the real engine: which tests fail, and what they say.

A variant is the released notebook with the reference's answers, some of them replaced. It runs as a whole, training and
all, or only the cells of functions and the named tests, which takes about a second.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent
from types import MappingProxyType

import nbformat
import pytest
from answer_forms import FORMS, in_form
from assignment_cells import REPOSITORY

from autograder.course.assignment import read_assignment
from autograder.course.cells import code_cells, grade_id, is_solution
from autograder.course.course import Course
from autograder.course.reference import DEFINITIONS
from autograder.course.samples import without_marks
from autograder.engine.diagnoses import Diagnosis
from autograder.engine.items import Cell, Kind, Settings
from autograder.engine.session import run_item
from autograder.grading.grader import Grader
from autograder.grading.job import Job
from autograder.grading.verdict import Status
from autograder.intake.submission import read_submission
from autograder.vetting.trivial import DOES_NOTHING, NOTHING

HELPERS = "test-helpers-"


@dataclass(frozen=True)
class Outcome:
    """What became of the tests: points by test, those of failing ones, what these say; what is wrong, by exercise."""

    points: dict[str, float]
    lost: dict[str, float]
    said: dict[str, str]
    diagnoses: dict[str, Diagnosis]

    @property
    def score(self) -> float:
        """Return the points that were earned."""
        return sum(self.points.values()) - sum(self.lost.values())


class Variants:
    """Runs variants of one assignment in a scratch course.

    Mistakes are diagnosed only if `diagnosed` says so: it takes as long as all the rest.
    """

    def __init__(self, name: str, folder: Path, *, diagnosed: bool = False) -> None:
        self.name = name
        home = Course(REPOSITORY)
        self.course = Course(folder)
        self.course.source.symlink_to(home.source)
        self._handed_out = (home.release / name / f"{name}.ipynb").read_text(encoding="utf-8")
        assignment = read_assignment(home, name, {name: nbformat.reads(self._handed_out, as_version=4)})
        self.assignment = assignment if diagnosed else replace(assignment, bank="")
        self._graders: dict[Path | None, Grader] = {}
        cells = list(code_cells(home.read_source(name)))
        self.right = {str(grade_id(c)): without_marks(c.source) for c in cells if is_solution(c)}
        tests = [c.metadata.nbgrader for c in cells if c.metadata.nbgrader.grade]
        self.points = {test.grade_id: float(test.points) for test in tests if test.points}

    def run(self, answers: dict[str, str], tests: Collection[str] = (), data: Path | None = None) -> Outcome:
        """Run the reference with `answers` in the place of some of its functions.

        Parameters
        ----------
        tests
            What the names of the tests to run begin with, after "test-". Without any, the whole notebook runs.
        """
        given = {name: dedent(text).strip() for name, text in answers.items()}
        assert given.keys() <= self.right.keys()
        return self._run({**self.right, **given}, tuple(f"test-{test}-" for test in tests), data)

    def run_stub(self) -> Outcome:
        """Run the notebook as it is handed out."""
        return self._run({}, (), None)

    def _run(self, answers: dict[str, str], tests: tuple[str, ...], data: Path | None) -> Outcome:
        grader = self._grader(data)
        job = self._job(grader, answers)
        if tests:
            item = job.items[self.name]
            chosen = tuple(cell for cell in item.cells if _is_needed(cell, tests))
            job = replace(job, items={self.name: replace(item, cells=chosen)})
        verdict = grader.judge(job, {self.name: run_item(job.items[self.name], grader.settings)})
        ran = {cell.name for cell in job.items[self.name].cells}
        judged = [cell for cell in verdict.cells if cell.test in ran]
        points = {cell.test: cell.max_points for cell in judged if cell.max_points}
        lost = {cell.test: cell.max_points - cell.points for cell in judged if cell.points < cell.max_points}
        said = {cell.test: cell.message for cell in judged if cell.status is not Status.passed}
        return Outcome(points, lost, said, {one.exercise: one.diagnosis for one in verdict.diagnoses})

    def _grader(self, data: Path | None) -> Grader:
        if data not in self._graders:
            self._graders[data] = Grader(self.assignment, Settings(data=data))
        return self._graders[data]

    def _job(self, grader: Grader, answers: dict[str, str]) -> Job:
        notebook = json.loads(self._handed_out)
        for cell in notebook["cells"]:
            named = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if cell["cell_type"] == "code" and named in answers:
                cell["source"] = answers[named]
        folder = self.course.submitted / "ada" / self.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        job = grader.prepare(read_submission(self.course, self.name, "ada"))
        assert (job.aligned.oddities, job.aligned.tampering) == ((), ())
        return job


def _is_needed(cell: Cell, tests: tuple[str, ...]) -> bool:
    """Return whether a cell defines something that tests call, or is one of the tests."""
    if cell.kind is Kind.test:
        return f"{cell.name}-".startswith((HELPERS, *tests))
    return cell.kind is Kind.student or all(isinstance(node, DEFINITIONS) for node in ast.parse(cell.source).body)


class VariantTests:
    """The tests of an assignment's mistakes and unusual right answers; a subclass says which these are.

    A mistake is an exercise, an answer, and the tests that must fail, without the name of the exercise; a right answer
    is an exercise and an answer. `groups` names the tests of an exercise whose others need a trained network;
    `in_64_bits` are exercises that differentiate others numerically, which 32 bits are too few for.
    """

    name: str
    by_machine: int
    mistakes: Mapping[str, tuple[str, str, set[str]]]
    right: Mapping[str, tuple[str, str]]
    groups: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    in_64_bits: Collection[str] = ()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        for argument, cases in (("mistake", self.mistakes), ("unusual", self.right)):
            if argument in metafunc.fixturenames:
                metafunc.parametrize(argument, cases)
        for argument, cases in (("fault", "told"), ("pair", "own_caches"), ("names", "own_names")):
            if argument in metafunc.fixturenames:
                metafunc.parametrize(argument, getattr(self, cases))
        if "nothing" in metafunc.fixturenames:
            metafunc.parametrize("nothing", NOTHING)
            metafunc.parametrize("exercise", exercises_of(self.name))

    @pytest.fixture(scope="class")
    @classmethod
    def variants(cls, tmp_path_factory: pytest.TempPathFactory) -> Variants:
        return Variants(cls.name, tmp_path_factory.mktemp(cls.name))

    def judged(self, variants: Variants, exercise: str, answer: str) -> Outcome:
        """Run the tests of one exercise on an answer."""
        return variants.run({exercise: answer}, self.groups.get(exercise, (exercise,)))

    def test_a_mistake_fails_the_tests_that_are_meant_for_it(self, variants: Variants, mistake: str) -> None:
        exercise, answer, failing = self.mistakes[mistake]
        outcome = self.judged(variants, exercise, answer)
        assert {test.removeprefix(f"test-{exercise}-") for test in outcome.said} == failing, outcome.said
        for test, message in outcome.said.items():
            assert len(message) > 20, f"{test} says {message!r}"

    def test_what_is_right_but_unusual_loses_nothing(self, variants: Variants, unusual: str) -> None:
        outcome = self.judged(variants, *self.right[unusual])
        assert outcome.said == {}
        assert outcome.score == sum(outcome.points.values()) > 0

    @pytest.mark.parametrize("form", FORMS)
    def test_results_in_another_form_lose_nothing(self, variants: Variants, form: str) -> None:
        names = [name for name in exercises_of(self.name) if "32" not in form or name not in self.in_64_bits]
        answers = {name: in_form(variants.right[name], name, form) for name in names}
        outcome = variants.run(answers, [test for name in answers for test in self.groups.get(name, (name,))])
        assert outcome.said == {}

    def test_the_reference_earns_all_that_a_machine_gives(self, variants: Variants) -> None:
        outcome = variants.run({})
        assert outcome.said == {}
        assert outcome.score == self.by_machine

    def test_what_does_nothing_earns_nothing(self, variants: Variants, exercise: str, nothing: str) -> None:
        answer = variants.right[exercise] + DOES_NOTHING.format(exercise=exercise, returned=NOTHING[nothing])
        outcome = self.judged(variants, exercise, answer)
        assert outcome.score == 0, outcome.points.keys() - outcome.lost.keys()

    def test_the_stubs_earn_nothing(self, variants: Variants) -> None:
        outcome = variants.run_stub()
        assert outcome.lost == variants.points
        assert sum(variants.points.values()) == self.by_machine


class NamesFaults:
    """For an assignment some of whose messages are to hold certain words: `told` has (test, words) by mistake."""

    told: Mapping[str, tuple[str, str]]

    def test_a_message_names_the_fault(self, variants: Variants, fault: str) -> None:
        exercise, answer, _ = self.mistakes[fault]
        test, words = self.told[fault]
        assert words in self.judged(variants, exercise, answer).said[f"test-{exercise}-{test}"]


class TakesOwnCaches:
    """For an assignment that leaves the form of caches open.

    `own_caches` has answers that belong together; `own_names` has the names of two functions that share a cache, and an
    answer to the first one whose cache has a name that the other one does not know.
    """

    own_caches: Mapping[str, dict[str, str]]
    own_names: Mapping[str, tuple[str, str, str]]
    groups: Mapping[str, tuple[str, ...]]

    def test_caches_of_its_own_lose_nothing(self, variants: Variants, pair: str) -> None:
        outcome = variants.run(self.own_caches[pair], self.own_caches[pair].keys())
        assert outcome.said == {}

    def test_a_name_that_the_other_function_does_not_know_costs_one_point(self, variants: Variants, names: str) -> None:
        first, second, answer = self.own_names[names]
        (training,) = self.groups.values()
        outcome = variants.run({first: answer}, [first, second, *training])
        assert outcome.lost == {f"test-{second}-cache": 1}
        assert f"{second} cannot use the cache" in outcome.said[f"test-{second}-cache"]
        after = [test for test in outcome.said if test in outcome.points and test.removeprefix("test-") in training]
        assert all(outcome.said[test].startswith("Right in itself") for test in after)

    def test_a_function_that_is_not_written_is_no_fault_of_the_other(self, variants: Variants, names: str) -> None:
        first, second, _ = self.own_names[names]
        stub = f"def {first}(*arguments):\n    raise NotImplementedError('not written yet')"
        assert not [test for test in variants.run({first: stub}, [second]).said if not test.endswith("-visible")]

    @pytest.mark.parametrize("body", ["return None", "raise NotImplementedError('not written yet')"])
    def test_caches_of_its_own_cost_nothing_beside_a_mistake(self, variants: Variants, pair: str, body: str) -> None:
        """The author's function, which takes the place of the wrong one, would not know them."""
        *_, last = self.own_caches[pair]
        wrong = f"def {last}(*arguments):\n    {body}"
        (training,) = self.groups.values()
        outcome = variants.run(self.own_caches[pair] | {last: wrong}, [*self.own_caches[pair], *training])
        assert {test.split("-")[1] for test in outcome.lost} == {last}


class OnRealImages:
    """For an assignment that the real images can train."""

    by_machine: int

    @pytest.mark.long
    @pytest.mark.real_data
    def test_the_reference_earns_the_same_on_real_images(self, variants: Variants) -> None:
        outcome = variants.run({}, data=real_data())
        assert outcome.said == {}
        assert outcome.score == self.by_machine


def variants_of(name: str) -> type[VariantTests]:
    """Return the tests that know the wrong answers of an assignment."""
    module = importlib.import_module(f"test_{name}_variants")
    (found,) = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, VariantTests) and value is not VariantTests
    ]
    return found


def exercises_of(name: str) -> list[str]:
    """Return the names of an assignment's exercises that a machine grades."""
    return [str(grade_id(cell)) for cell in code_cells(Course(REPOSITORY).read_source(name)) if is_solution(cell)]


def real_data() -> Path:
    """Return the folder of the real data sets, or skip the test."""
    folder = os.environ.get("DIGITS_DATA")
    if not folder:
        pytest.skip("DIGITS_DATA names no folder of real data sets")
    return Path(folder)
