"""No cheat of the corpus earns a point, tells a hidden test, reaches the machine, or costs anybody else anything.

The whole class is graded in one run, once as whoever runs the tests and, if that is root, once more as an ordinary
user; each test below then looks at one cheat.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from assignment_cells import REPOSITORY
from cheat_class import HONEST, POINTS, Classroom, Graded
from cheat_corpus import CHEATS, Cheat

SOMEBODY = 1000
TOTAL = sum(POINTS.values())
USERS = [
    pytest.param("oneself", marks=pytest.mark.xdist_group("cheats")),
    pytest.param("ordinary", marks=pytest.mark.xdist_group("cheats-ordinary")),
]
GRADED = [cheat for cheat in CHEATS if not cheat.refused]


def become() -> list[str]:
    """Return the words that run a command as an ordinary user without any capability."""
    bwrap, setpriv = shutil.which("bwrap"), shutil.which("setpriv")
    if os.getuid() != 0 or bwrap is None or setpriv is None:
        pytest.skip("only root, with bwrap and setpriv, can become somebody else")
    needed = {Path(sys.base_prefix), Path(sys.prefix), REPOSITORY}
    rights = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"]
    user = [setpriv, f"--reuid={SOMEBODY}", f"--regid={SOMEBODY}", "--clear-groups", "--bounding-set=-all"]
    return [bwrap, "--dev-bind", "/", "/", *reachable(sorted(needed)), *rights, "--", *user]


def reachable(paths: list[Path]) -> list[str]:
    """Return bubblewrap's words that let everybody reach paths below folders that are root's alone."""
    words: list[str] = []
    for path in paths:
        shut = [folder for folder in reversed(path.parents) if not folder.stat().st_mode & stat.S_IXOTH]
        if shut:
            steps = [folder for folder in reversed(path.parents) if folder.is_relative_to(shut[0])]
            if str(shut[0]) not in words:
                words += ["--perms", "0755", "--tmpfs", str(shut[0])]
            words += [word for step in steps[1:] for word in ("--perms", "0755", "--dir", str(step))]
            words += ["--ro-bind", str(path), str(path)]
    return words


@pytest.fixture(scope="session", params=USERS)
def graded(request: pytest.FixtureRequest) -> Iterator[Graded]:
    """Return the class, graded."""
    words = become() if request.param == "ordinary" else []
    with tempfile.TemporaryDirectory(prefix="cheats-") as folder:
        Path(folder).chmod(0o755)
        room = Classroom(Path(folder), words, SOMEBODY)
        yield room.grade()
        room.close()


def each(cheats: list[Cheat]) -> pytest.MarkDecorator:
    """Parametrize a test with cheats."""
    return pytest.mark.parametrize("cheat", cheats, ids=lambda cheat: cheat.student)


def test_names_are_unique() -> None:
    assert len({cheat.student for cheat in CHEATS}) == len(CHEATS)


def test_the_untouched_submissions_get_what_they_deserve(graded: Graded) -> None:
    assert graded.score("untouched") == TOTAL
    wrong = {"double": "test-double", "relu": "test-relu", "mean_loss": "test-loss"}
    for exercise, prefix in wrong.items():
        lost = {test: 0 if test.startswith(prefix) else most for test, most in POINTS.items()}
        assert graded.points(f"untouched-{exercise}") == lost


def test_the_run_comes_to_its_end(graded: Graded) -> None:
    refused = [cheat for cheat in CHEATS if cheat.refused]
    assert graded.exit_code == (3 if refused else 0)
    assert "Traceback" not in graded.said
    assert f"{len(refused)} could not be graded" in graded.said


@pytest.mark.parametrize("student", HONEST)
def test_others_get_their_points(graded: Graded, student: str) -> None:
    assert graded.score(student) == TOTAL


def test_nothing_of_others_is_changed(graded: Graded) -> None:
    assert len(graded.before) > 100
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
    sentence = next(line for line in graded.said.splitlines() if f"/{cheat.student}/" in line)
    assert cheat.refused in sentence
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


@each([cheat for cheat in CHEATS if cheat.alone])
def test_the_submission_behind_it_gets_its_points(graded: Graded, cheat: Cheat) -> None:
    assert graded.alone[cheat.student] == 0
    assert not graded.stranded[cheat.student]
    assert graded.points(f"zz-{cheat.student}") == POINTS
