"""A mistake is named: in the verdict of a graded class, for as long as the bank of misconceptions says so."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from command import autograder
from tiny_course import RIGHT, TinyCourse

from autograder.course.new_course import new_course
from autograder.engine.diagnoses import Counterexample, Diagnosis, Relation, Rung
from autograder.grading.diagnosed import what_is_wrong
from autograder.grading.verdict import Verdict

Run = Callable[..., tuple[int, str, str]]
BANK = '''
from hypothesis import strategies as st
from autograder.misconceptions import inputs, misconception

@inputs("double", call="double(x)")
def numbers():
    return st.fixed_dictionaries({"x": st.integers(-5, 5)})

@misconception("double", see="eq:double")
def times_itself(x):
    """You multiply the number by itself, which is not the same as taking it twice."""
    return x * x

@inputs("square", call="square(x)")
def others():
    return st.fixed_dictionaries({"x": st.integers(-5, 5)})
'''
SQUARED = "def double(x):\n    return x**2"
SAYS = "You multiply the number by itself, which is not the same as taking it twice."


@pytest.fixture
def course(tiny: TinyCourse) -> TinyCourse:
    """Return the tiny course with a bank of misconceptions."""
    tiny.banks.mkdir(parents=True)
    (tiny.banks / "tiny.py").write_text(BANK)
    return tiny


def verdict(course: TinyCourse, student: str = "ada") -> Verdict:
    """Return what is recorded of a student."""
    return Verdict.from_json((course.reports / "tiny" / "verdicts" / f"{student}.json").read_text())


def said(course: TinyCourse) -> dict[str, str]:
    """Return what is recorded of the mistakes by exercise."""
    return {one.exercise: one.message for one in verdict(course).diagnoses}


def test_a_verdict_names_the_mistake_and_shows_it(course: TinyCourse, run_autograder: Run) -> None:
    course.hand_in("ada", double=SQUARED, square=RIGHT["square"])
    assert run_autograder("grade", "tiny")[0] == 0
    (one,) = verdict(course).diagnoses
    assert (one.exercise, one.message) == ("double", SAYS)
    assert one.diagnosis.example == Counterexample(("x = 1",), "double(x)", "1", "2")
    assert [known.see for known in one.diagnosis.known] == ["eq:double"]


def test_the_class_report_counts_mistakes(course: TinyCourse, run_autograder: Run) -> None:
    """Whatever the tests say of it: two students have made the same one."""
    course.hand_in("ada", double=SQUARED, square=RIGHT["square"])
    course.hand_in("ben", double="def double(x):\n    return x * x * 1.0", square=RIGHT["square"])
    course.hand_in("cem", double="def double(x):\n    return 7", square=RIGHT["square"])
    assert run_autograder("grade", "tiny")[0] == 0
    code, out, _ = run_autograder("report", "tiny")
    assert code == 0
    assert "You multiply the number by itself" in " ".join(out.replace("│", " ").split())


def test_an_edit_of_the_bank_names_the_mistake_anew(course: TinyCourse, run_autograder: Run) -> None:
    course.hand_in("ada", double=SQUARED, square="def square(x):\n    return 2 * x")
    assert run_autograder("grade", "tiny")[0] == 0
    before = verdict(course)
    bank = course.banks / "tiny.py"
    bank.write_text(BANK.replace("You multiply", "Here you multiply"))
    assert run_autograder("grade", "tiny")[0] == 0
    after = verdict(course)
    assert (said(course)["double"], after.score) == (f"Here y{SAYS[1:]}", before.score)
    bank.unlink()
    assert run_autograder("grade", "tiny")[0] == 0
    assert verdict(course).diagnoses == ()


def test_an_exercise_that_is_not_graded_again_keeps_its_diagnosis(course: TinyCourse, run_autograder: Run) -> None:
    course.hand_in("ada", double=SQUARED, square="def square(x):\n    return 2 * x")
    assert run_autograder("grade", "tiny")[0] == 0
    before = said(course)
    source = course.read_source("tiny")
    source.cells[-1].source = source.cells[-1].source.replace("square(-3)", "square(-2)").replace("9", "4")
    course.write_source(source)
    assert run_autograder("grade", "tiny")[0] == 0
    assert said(course) == before
    assert list(before) == ["double", "square"]


def test_a_bank_that_cannot_be_read_is_named(course: TinyCourse, run_autograder: Run) -> None:
    course.hand_in("ada", **RIGHT)
    (course.banks / "tiny.py").write_bytes(b"\xff\xfe")
    code, _, err = run_autograder("grade", "tiny")
    assert code != 0
    assert f"The misconceptions in {course.banks / 'tiny.py'} cannot be read" in " ".join(err.split()).replace(
        "- ", "-"
    )
    assert "Traceback" not in err


@pytest.mark.parametrize("stock", [False, True])
def test_no_bank_goes_out_with_a_release(course: TinyCourse, run_autograder: Run, stock: bool) -> None:
    course.hand_in("ada", double=SQUARED, square=RIGHT["square"])
    assert course.nbgrader().generate_assignment("tiny")["success"] if stock else run_autograder("release")[0] == 0
    assert run_autograder("grade", "tiny")[0] == run_autograder("feedback", "tiny")[0] == 0
    out = [path for folder in (course.release, course.root / "dist", course.feedback) for path in folder.rglob("*")]
    texts = {path: path.read_bytes() for path in out if path.is_file()}
    for path in list(texts):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                texts |= {path / name: archive.read(name) for name in archive.namelist()}
    assert len(texts) > 1
    assert not [path for path, text in texts.items() if b"autograder.misconceptions" in text or b"times_itself" in text]


def test_a_private_course_has_the_banks_too(course: TinyCourse, tmp_path: Path) -> None:
    private, _ = new_course(course, tmp_path / "mine")
    assert private.misconceptions("tiny") == BANK


def test_trying_a_notebook_names_the_mistake(course: TinyCourse) -> None:
    path = course.hand_in("ada", double=SQUARED, square=RIGHT["square"])
    code, out, _ = autograder(course.root, "try", str(path))
    assert code == 0
    assert SAYS in " ".join(out.split())


@pytest.mark.parametrize(
    ("diagnosis", "words"),
    [
        (Diagnosis("f", Rung.missing), "There is no function f"),
        (Diagnosis("f", Rung.value, relation=Relation("sign", -1)), "The result is wrong. Only its sign is wrong."),
        (Diagnosis("f", Rung.value, where=("dW1",)), "The entry 'dW1' is wrong."),
        (Diagnosis("f", Rung.shape, where=(1, "W")), "The entry 'W' of the second result has another shape"),
        (
            Diagnosis("f", Rung.value, relation=Relation("factor", 3, "the number of columns of Z")),
            "It is the number of columns of Z times the right one",
        ),
        (
            Diagnosis("f", Rung.value, relation=Relation("factor", 0.5, "1 / the number of rows of A")),
            "It is the right one divided by the number of rows of A for every input that was tried.",
        ),
        (
            Diagnosis("f", Rung.value, relation=Relation("factor", -3, "-the number of rows of A")),
            "It is the number of rows of A times the right one, with the wrong sign, for every input",
        ),
        (Diagnosis("f", Rung.value, relation=Relation("factor", 2.5)), "It is 2.5 times the right one for every"),
        (Diagnosis("f", Rung.value, relation=Relation("column", -2)), "Only its second-last column is wrong"),
        (Diagnosis("f", Rung.value, relation=Relation("row", 2)), "Only its second row is wrong."),
        (Diagnosis("f", Rung.value, relation=Relation("signs")), "are right but for the signs of some of them."),
        (Diagnosis("f", Rung.value, relation=Relation("columns")), "Every column is the right one times a factor"),
        (Diagnosis("f", Rung.value, relation=Relation("column", -1)), "Only its last column is wrong"),
        (
            Diagnosis("f", Rung.raises, example=Counterexample((), "f()", "raises KeyError", "1", "'Z'")),
            "f raises KeyError ('Z') for input that the exercise allows.",
        ),
        (
            Diagnosis("f", Rung.form, example=Counterexample((), "f(Z)", "None", "np.array([[1.0]])", "")),
            "f returns nothing: does it end with return and what the exercise asks for?",
        ),
        (
            Diagnosis("f", Rung.form, where=(1,), example=Counterexample((), "f(Z)[1]", "None", "{'Z': 1.0}", "")),
            "The second result is None, which is not what the exercise asks for.",
        ),
        (
            Diagnosis("f", Rung.side_effect, example=Counterexample((), "f()", "changes Z", "leaves Z as before")),
            "f changes Z, which the caller still needs.",
        ),
    ],
)
def test_a_diagnosis_is_worded(diagnosis: Diagnosis, words: str) -> None:
    assert words in what_is_wrong(diagnosis)
