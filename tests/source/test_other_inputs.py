"""Whatever inputs a course or a run draws, hidden tests tell right from wrong; nearly all points rest on such inputs.

The tests run in this process, without the engine and without trained networks; of these, `test_new_course` trains some.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from assignment_cells import REPOSITORY
from assignment_variants import variants_of
from test_messages import ASSIGNMENTS, Rehearsal

from autograder.course.course import Course
from autograder.course.draws import Draw, share

MANY = {"two_layer": 10, "multi_layer": 10, "momentum": 10, "foundations": 4, "deep": 4}  # by how long they take


def draws(number: int) -> list[Draw]:
    """Return so many draws."""
    return [Draw(f"run {k}", b"a secret") for k in range(number)]


@pytest.fixture(autouse=True)
def with_the_students_module() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(REPOSITORY / "source")
        yield


@pytest.mark.parametrize("name", Course(REPOSITORY).assignments())
def test_nearly_all_points_rest_on_inputs_that_are_drawn(name: str) -> None:
    found = share(Course(REPOSITORY).read_sources(name), name)
    assert found.points >= 0.95 * found.of


def solution_fails(name: str, number: int) -> list[tuple[str, str, str]]:
    """Return which tests the author's solution fails, in which draws, and what they say."""
    return [
        (draw.name, test, str(error))
        for draw in draws(number)
        for rehearsal in [Rehearsal(name, draw)]
        for exercise in rehearsal.exercises
        for test, error in rehearsal.failures(exercise, {}).items()
    ]


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_solution_passes_in_every_draw(name: str) -> None:
    assert solution_fails(name, MANY[name]) == []


@pytest.mark.long
@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_solution_passes_in_many_more(name: str) -> None:
    assert solution_fails(name, 50) == []


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_unusual_right_answers_pass_too(name: str) -> None:
    for draw in draws(2):
        rehearsal = Rehearsal(name, draw)
        for what, (exercise, answer) in variants_of(name).right.items():
            assert rehearsal.failures(exercise, {exercise: answer}) == {}, (what, draw.name)


@pytest.mark.long
@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_mistakes_fail_in_other_draws(name: str) -> None:
    for draw in draws(2):
        rehearsal = Rehearsal(name, draw)
        for what, (exercise, answer, failing) in variants_of(name).mistakes.items():
            if any(test != "visible" and "accuracy" not in test for test in failing):
                assert rehearsal.failures(exercise, {exercise: answer}), (what, draw.name)
