"""No cheat of the corpus earns a point, tells a hidden test, reaches the machine, or costs anybody else anything.

The class is graded in one run as whoever runs the tests; those who want to be alone are another class, so that two
workers share the time. If whoever runs the tests is root, those to whom it might matter are graded once more as an
ordinary user: all but what happens in Python alone, and in the short tests one of each family. Each test below then
looks at one cheat.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import another_user
import pytest
from cheat import Cheat
from cheat_class import HONEST, POINTS, Classroom, Graded
from cheat_corpus import CHEATS

TOTAL = sum(POINTS.values())
GRADED = [cheat for cheat in CHEATS if not cheat.refused]
OF_PYTHON = {
    *(
        "browser",
        "callback",
        "change",
        "credit",
        "data",
        "detection",
        "diagnosis",
        "frame",
        "frames",
        "given",
        "history",
        "hook",
    ),
    *("name", "object", "patch", "random", "remember", "table", "transformer"),
}
ONE_OF_EACH = {cheat.family: cheat for cheat in reversed(CHEATS) if cheat.family not in OF_PYTHON}.values()
CLASSES = {
    "oneself": [cheat for cheat in CHEATS if not cheat.alone],
    "oneself-alone": [cheat for cheat in CHEATS if cheat.alone],
    "ordinary": [cheat for cheat in CHEATS if cheat in ONE_OF_EACH],
    "ordinary-others": [cheat for cheat in CHEATS if cheat.family not in OF_PYTHON and cheat not in ONE_OF_EACH],
}
MARKS = {name: [pytest.mark.xdist_group(f"cheats-{name}")] for name in CLASSES}
MARKS["ordinary-others"].append(pytest.mark.long)
USERS = [pytest.param(name, marks=MARKS[name]) for name in CLASSES]


@pytest.fixture(scope="session", params=USERS)
def graded(request: pytest.FixtureRequest) -> Iterator[Graded]:
    """Return the class, graded."""
    words = another_user.become() if request.param.startswith("ordinary") else []
    if words is None:
        pytest.skip("only root, with bwrap and setpriv, can become somebody else")
    with tempfile.TemporaryDirectory(prefix="cheats-") as folder:
        Path(folder).chmod(0o755)
        room = Classroom(Path(folder), words, another_user.ID, CLASSES[request.param])
        yield room.grade()
        room.close()


def each(cheats: list[Cheat]) -> pytest.MarkDecorator:
    """Parametrize a test with cheats, and with the class in which they are graded."""
    cases = [
        pytest.param(name, cheat, marks=MARKS[name], id=f"{name}-{cheat.student}")
        for name, everybody in CLASSES.items()
        for cheat in cheats
        if cheat in everybody
    ]
    return pytest.mark.parametrize(("graded", "cheat"), cases, indirect=["graded"], scope="session")


def test_names_are_unique() -> None:
    assert len({cheat.student for cheat in CHEATS}) == len(CHEATS)


def test_every_cheat_has_its_classes() -> None:
    assert len(CLASSES["oneself"]) + len(CLASSES["oneself-alone"]) == len(CHEATS)
    as_another = CLASSES["ordinary"] + CLASSES["ordinary-others"]
    assert {cheat.student for cheat in CHEATS if cheat.family not in OF_PYTHON} == {c.student for c in as_another}
    assert {cheat.family for cheat in CLASSES["ordinary"]} | OF_PYTHON == {cheat.family for cheat in CHEATS}


def test_the_untouched_submissions_get_what_they_deserve(graded: Graded) -> None:
    assert graded.score("untouched") == TOTAL
    wrong = {"double": "test-double", "relu": "test-relu", "mean_loss": "test-loss", "guess": "test-guess"}
    for exercise, prefix in wrong.items():
        lost = {test: 0 if test.startswith(prefix) else most for test, most in POINTS.items()}
        assert graded.points(f"untouched-{exercise}") == lost


def test_the_run_comes_to_its_end(graded: Graded) -> None:
    refused = [cheat for cheat in graded.cheats if cheat.refused]
    assert graded.exit_code == (3 if refused else 0)
    assert "Traceback" not in graded.said
    assert (f"{len(refused)} could not be graded" in graded.said) == bool(refused)


@pytest.mark.parametrize("student", HONEST)
def test_others_get_their_points(graded: Graded, student: str) -> None:
    assert graded.score(student) == TOTAL


def test_nothing_of_others_is_changed(graded: Graded) -> None:
    seen = {name.split("/")[1] for name in graded.before if name.startswith("submitted/")}
    assert seen >= {cheat.student for cheat in graded.cheats if not cheat.alone and not cheat.refused} | set(HONEST)
    changed = {name for name, content in graded.before.items() if graded.after.get(name) != content}
    assert not changed


def test_no_process_is_left_and_nobody_has_called(graded: Graded) -> None:
    assert not graded.left_processes
    assert not graded.connections


def test_the_release_tells_nothing(graded: Graded) -> None:
    course = graded.course
    for where, text in graded.files(course.release, course.root / "dist"):
        without_checksums = re.sub(r"\b[0-9a-f]{32,64}\b", "", text)
        assert not graded.canaries.told_by(without_checksums), where


@each([cheat for cheat in CHEATS if cheat.refused])
def test_a_sentence_says_why_it_is_refused(graded: Graded, cheat: Cheat) -> None:
    sentence = next(line for line in graded.said.splitlines() if cheat.student in line)
    assert cheat.refused in sentence
    assert not re.search("[\x00-\x08\x0b-\x1f]", graded.said)
    assert not (graded.course.autograded / cheat.student).exists()


@each(GRADED)
def test_it_earns_nothing_and_costs_its_own_exercise_only(graded: Graded, cheat: Cheat) -> None:
    deserved = graded.points(f"untouched-{cheat.goes_for}")
    costs = tuple("test-" + name.replace("mean_", "") for name in cheat.costs)
    found = graded.points(cheat.student)
    assert {test: got for test, got in found.items() if got > deserved[test]} == {}, "points for nothing"
    lost = {test for test, got in found.items() if got < deserved[test] and not (costs and test.startswith(costs))}
    assert lost == set(), [cell["message"] for cell in graded.verdict(cheat.student)["cells"] if cell["test"] in lost]
    assert graded.score(cheat.student) == sum(found.values())


@each(GRADED)
def test_it_tells_nothing_of_hidden_tests(graded: Graded, cheat: Cheat) -> None:
    for student in [cheat.student] + [f"zz-{cheat.student}"] * cheat.alone:
        told = {where: found for where, text in graded.messages(student) if (found := graded.canaries.told_by(text))}
        assert not told
        for where, text in graded.files(graded.course.feedback / student):
            assert not [word for word in graded.canaries.words if word in text], where
            assert not [number for number in graded.canaries.numbers if repr(number) in text], where


@each(GRADED)
def test_it_gets_nowhere(graded: Graded, cheat: Cheat) -> None:
    for student in [cheat.student] + [f"zz-{cheat.student}"] * cheat.alone:
        for where, text in graded.messages(student):
            assert "GOT IN" not in re.sub(r"print\([^)]*\)", "", text), where


@each([cheat for cheat in CHEATS if cheat.told])
def test_a_sentence_tells_of_it(graded: Graded, cheat: Cheat) -> None:
    verdict = graded.verdict(cheat.student)
    assert any(cheat.told in sentence for sentence in (*verdict["tampering"], *verdict["oddities"]))


@each(GRADED)
def test_what_it_leaves_to_be_looked_at_is_harmless(graded: Graded, cheat: Cheat) -> None:
    page = graded.page(cheat.student)
    assert not page.scripts
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    links = [value for name, value in page.attributes if name in ("href", "src", "action", "data", "background")]
    assert not [link for link in links if not re.match(r"#|data:image/|[\w-]+\.(png|jpg)$", link)]


@each([cheat for cheat in CHEATS if cheat.alone])
def test_the_submission_behind_it_gets_its_points(graded: Graded, cheat: Cheat) -> None:
    assert graded.alone[cheat.student] == 0
    assert not graded.stranded[cheat.student]
    assert graded.points(f"zz-{cheat.student}") == POINTS
