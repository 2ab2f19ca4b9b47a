"""No honest oddity costs a point beyond the exercise that it concerns, and what was put right is named.

The whole class is graded in one run; each test below then looks at one submission.
"""

from __future__ import annotations

import csv
from pathlib import Path

import nbformat
import pytest
from graded_class import GradedClass
from oddity import Oddity
from oddity_class import POINTS, RIGHT, OddityClass
from oddity_corpus import ODDITIES

GRADED = [oddity for oddity in ODDITIES if not oddity.refused]
REFUSED = [oddity for oddity in ODDITIES if oddity.refused]
STOCK = {
    "nothing odd at all", "saved by colab with new ids", "named by a browser", "answers in the copy", "utf 16",
    "named after the student and without metadata", "notebook format 3", "nul bytes at the end", "an old numpy",
    "an answer merged with its test", "metadata of the notebook missing", "two that differ", "nothing left of it",
}  # fmt: skip

pytestmark = pytest.mark.xdist_group("oddities")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> GradedClass:
    """Return the class, graded."""
    return OddityClass(tmp_path_factory.mktemp("oddities")).grade(ODDITIES)


def each(oddities: list[Oddity]) -> pytest.MarkDecorator:
    """Parametrize a test with oddities."""
    return pytest.mark.parametrize("oddity", oddities, ids=lambda oddity: oddity.student)


def prefix_of(exercise: str) -> str:
    """Return how the names of an exercise's tests begin."""
    return f"test-{exercise.removeprefix('mean_')}-"


def test_names_are_unique() -> None:
    assert len({oddity.student for oddity in ODDITIES}) == len(ODDITIES)


def test_the_run_comes_to_its_end(graded: GradedClass) -> None:
    assert graded.exit_code == 3
    assert "Traceback" not in graded.said
    assert f"{len(REFUSED)} could not be graded, {len(GRADED)} are graded" in graded.said


@each(GRADED)
def test_it_costs_its_own_exercise_only(graded: GradedClass, oddity: Oddity) -> None:
    prefixes = tuple(map(prefix_of, oddity.lost))
    found = graded.points(oddity.student)
    deserved = {test: 0 if oddity.lost and test.startswith(prefixes) else most for test, most in POINTS.items()}
    assert found == deserved, [(cell["test"], cell["message"]) for cell in graded.verdict(oddity.student)["cells"]]
    assert graded.score(oddity.student) == sum(found.values())


@each(GRADED)
def test_what_was_put_right_is_named(graded: GradedClass, oddity: Oddity) -> None:
    verdict = graded.verdict(oddity.student)
    for wanted, sentences in ((oddity.odd, verdict["oddities"]), (oddity.changed, verdict["tampering"])):
        for words in wanted:
            assert any(words in sentence for sentence in sentences), sentences
        if not wanted:
            assert sentences == []


@each([oddity for oddity in GRADED if oddity.said])
def test_the_message_says_what_it_is(graded: GradedClass, oddity: Oddity) -> None:
    cells = graded.verdict(oddity.student)["cells"]
    lost = [cell for cell in cells if cell["test"].startswith(tuple(map(prefix_of, oddity.lost)))]
    assert lost
    for cell in lost:
        assert cell["status"] != "failed", "not wrong, but not to be run"
        assert oddity.said in cell["message"]


@each(GRADED)
def test_the_notebook_has_its_name_and_the_written_answer(graded: GradedClass, oddity: Oddity) -> None:
    folder = graded.course.autograded / oddity.student / "exam"
    assert [path.name for path in folder.glob("*.ipynb")] == ["exam.ipynb"]
    notebook = nbformat.read(folder / "exam.ipynb", as_version=4)
    written = next(cell.source for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "why")
    assert written == ("Since it is schön." if oddity.name == "windows 1252" else RIGHT["why"])


@each(REFUSED)
def test_a_sentence_says_why_it_is_refused(graded: GradedClass, oddity: Oddity) -> None:
    sentences = [line for line in graded.said.splitlines() if f"not graded: {oddity.student}:" in line]
    assert len(sentences) == 1
    assert oddity.refused in sentences[0]
    assert not (graded.course.autograded / oddity.student).exists()


def test_stock_nbgrader_gives_the_same_scores(graded: GradedClass, tmp_path: Path) -> None:
    room = OddityClass(tmp_path)
    some = [oddity for oddity in ODDITIES if oddity.name in STOCK]
    assert len(some) == len(STOCK)
    for oddity in some:
        room.hand_in(oddity)
    assert room.run("nbgrader", "generate_assignment", "exam", "--force")[0] == 0
    said = room.run("nbgrader", "autograde", "exam")[1]
    room.run("nbgrader", "export")
    rows = csv.DictReader((room.course.root / "grades.csv").open())
    scores = {row["student_id"]: float(row["raw_score"]) for row in rows if row["raw_score"]}
    for oddity in some:
        place = room.course.autograded / oddity.student / "exam"
        if oddity.refused:
            assert oddity.refused in said
            assert not place.exists()
        else:
            assert scores[oddity.student] == graded.score(oddity.student), oddity.name
            assert [path.name for path in place.glob("*.ipynb")] == ["exam.ipynb"]
