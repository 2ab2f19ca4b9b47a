"""What is wrong with a function: how outcomes differ, what wrong values are right up to, how values are shown."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from autograder.engine.inside import protocol
from autograder.engine.inside.diagnosing.bank import DOOR, Inputs, read
from autograder.engine.inside.diagnosing.calls import Call
from autograder.engine.inside.diagnosing.examination import Examination
from autograder.engine.inside.diagnosing.examples import draw, smallest
from autograder.engine.inside.diagnosing.ladder import Relation
from autograder.engine.inside.diagnosing.outcomes import Difference, Outcome, alike, difference, is_equal
from autograder.engine.inside.diagnosing.relations import Pair, relation
from autograder.engine.inside.diagnosing.shown import MOST_ENTRIES, MOST_TEXT, shown

RIGHT = np.array([[1.5, -2.5, 0.5], [0.0, 3.5, -1.0]])


def between(theirs: Any, right: Any) -> tuple[str, tuple[str | int, ...]] | None:
    """Return the rung on which two results differ, and the way there."""
    found = difference(Outcome(theirs), Outcome(right))
    return (found.rung, found.path) if found else None


def told(theirs: Outcome, right: Outcome, same: Any = None) -> Difference:
    """Return how two outcomes differ, which they do."""
    found = difference(theirs, right, same)
    assert found is not None
    return found


# Outcomes.


@pytest.mark.parametrize(
    ("theirs", "right", "rung", "path"),
    [
        (None, RIGHT, "form", ()),
        ("1.5", 1.5, "form", ()),
        ({"A": RIGHT}, RIGHT, "form", ()),
        (RIGHT, (RIGHT, {"Z": RIGHT}), "form", ()),
        ((RIGHT,), (RIGHT, {"Z": RIGHT}), "form", ()),
        (2.5, (2.5, 1), "form", ()),
        ((RIGHT, RIGHT), (RIGHT, {"Z": RIGHT}), "form", (1,)),
        ({"A": RIGHT, "B": 1.0}, {"A": RIGHT}, "form", ()),
        (RIGHT.T, RIGHT, "shape", ()),
        (RIGHT.ravel(), RIGHT, "shape", ()),
        ({"W": RIGHT, "b": RIGHT[:, 0]}, {"W": RIGHT, "b": RIGHT[:, :1]}, "shape", ("b",)),
        (np.trunc(RIGHT).astype(int), RIGHT, "integers", ()),
        (np.where(RIGHT == 0, np.nan, RIGHT), RIGHT, "not finite", ()),
        (np.where(RIGHT == 0, np.inf, RIGHT), RIGHT, "not finite", ()),
        (RIGHT + 1e-3, RIGHT, "value", ()),
        (RIGHT.astype(int) + 2, RIGHT, "value", ()),
        ((2.5, 0), (2.5, 1), "value", (1,)),
        ([2.5, 0], (2.5, 1), "value", (1,)),
        (np.array([2.5, 0]), (2.5, 1), "value", (1,)),
        ({"a": {"b": (1.0, RIGHT)}}, {"a": {"b": (1.0, -RIGHT)}}, "value", ("a", "b", 1)),
    ],
)
def test_the_first_rung_that_breaks_is_found_and_the_way_there(
    theirs: Any, right: Any, rung: str, path: tuple[str | int, ...]
) -> None:
    assert between(theirs, right) == (rung, path)


@pytest.mark.parametrize(
    ("theirs", "right"),
    [
        (RIGHT.tolist(), RIGHT),
        (RIGHT.astype(np.float32), RIGHT),
        (RIGHT * (1 + 1e-7), RIGHT),
        (np.array([[2.5]]), 2.5),
        (2.5, np.array([2.5])),
        (np.array([1, 2]), np.array([1.0, 2.0])),
        ([RIGHT, 1], (RIGHT, 1)),
        (np.array([np.nan, 1.0]), np.array([np.nan, 1.0])),
        (None, None),
        ([], []),
        ("a", "a"),
    ],
)
def test_what_differs_in_form_or_rounding_alone_is_no_difference(theirs: Any, right: Any) -> None:
    assert between(theirs, right) is None


def test_an_exception_comes_before_all_else_and_only_where_the_author_raises_none() -> None:
    raised = Outcome(error="ValueError", text="no")
    assert difference(raised, Outcome(1.0)) == Difference("raises", (), raised, Outcome(1.0))
    assert difference(raised, Outcome(error="ValueError", text="other words")) is None


def test_a_changed_argument_is_a_side_effect_once_the_result_is_right() -> None:
    changes = Outcome(RIGHT, changed=("Z",))
    found = told(changes, Outcome(RIGHT))
    assert (found.rung, found.theirs) == ("side effect", ("Z",))
    assert difference(changes, changes) is None
    assert difference(Outcome(RIGHT), changes) is None
    assert told(Outcome(-RIGHT, changed=("Z",)), Outcome(RIGHT)).rung == "value"


def test_among_several_differences_that_on_the_lowest_rung_is_told() -> None:
    right = {"W": RIGHT, "b": RIGHT[:, :1], "c": 1.0}
    assert between({"W": -RIGHT, "b": RIGHT[:, 0], "c": np.nan}, right) == ("shape", ("b",))
    assert between({"W": -RIGHT, "b": RIGHT[:, :1], "c": np.nan}, right) == ("not finite", ("c",))
    assert between({"W": -RIGHT, "b": -RIGHT[:, :1], "c": 1.0}, right) == ("value", ("W",))


def test_a_comparison_of_the_banks_own_decides_and_what_it_raises_means_another_result() -> None:
    def near(theirs: Any, right: Any) -> bool:
        return bool(abs(theirs - right) < 1)

    assert difference(Outcome(2.5), Outcome(2.0), near) is None
    assert told(Outcome(4.5), Outcome(2.0), near).rung == "value"
    assert told(Outcome(None), Outcome(2.0), near).rung == "form"
    assert told(Outcome(2.0), Outcome(2.0), lambda *_: False).rung == "value"


@pytest.mark.parametrize("name", ["KeyError", "NameError", "AttributeError"])
def test_exceptions_that_name_what_is_missing_are_alike_if_it_is_the_same(name: str) -> None:
    assert alike(Outcome(error=name, text="'W3'"), Outcome(error=name, text="'W3'"))
    assert not alike(Outcome(error=name, text="'W3'"), Outcome(error=name, text="'cache'"))
    assert alike(Outcome(error="ValueError", text="(3, 4) and (5,)"), Outcome(error="ValueError", text="matmul"))


def test_a_comparison_of_the_banks_own_decides_alone_whether_wrong_results_are_the_same() -> None:
    def strict(one: float, other: float) -> bool:
        return abs(one - other) < 1e-9

    assert alike(Outcome(1.0), Outcome(1.0 + 1e-7))
    assert not alike(Outcome(1.0), Outcome(1.0 + 1e-7), strict)
    assert alike(Outcome(None), Outcome(None), strict)  # it cannot compare these


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (np.nan, np.nan, True),
        (np.nan, 1.0, False),
        (1, 1.0, False),
        ({"Z": RIGHT}, {"Z": RIGHT.copy()}, True),
        ({"Z": RIGHT}, {"Z": {}}, False),
        ({"Z": {}}, {"Z": RIGHT}, False),
        ({"Z": RIGHT}, {"A": RIGHT}, False),
        ([RIGHT], 5, False),
        ([1, 2], [1, 2, 3], False),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), True),
        (np.array([1.0, 2.0]), np.array([1, 2]), False),
        ("text", "text", True),
    ],
)
def test_an_argument_counts_as_changed_whatever_has_become_of_it(one: Any, other: Any, equal: bool) -> None:
    assert is_equal(one, other) is equal


def test_two_wrong_outcomes_are_alike_if_they_fail_or_change_alike() -> None:
    assert alike(Outcome(error="ValueError", text="no"), Outcome(error="ValueError", text="never"))
    assert not alike(Outcome(error="KeyError"), Outcome(error="ValueError"))
    assert not alike(Outcome(error="KeyError"), Outcome(RIGHT))
    assert alike(Outcome(-RIGHT, changed=("Z",)), Outcome(-RIGHT, changed=("Z",)))
    assert not alike(Outcome(-RIGHT, changed=("Z",)), Outcome(-RIGHT))
    assert not alike(Outcome(-RIGHT), Outcome(RIGHT))


# What wrong values are right up to.


def pairs(wrong: Callable[[np.ndarray], Any], *rights: np.ndarray, **drawn: Callable[[np.ndarray], Any]) -> list[Pair]:
    """Return pairs of wrong and right arrays, of which inputs are made as well."""
    inputs = [{name: make(right) for name, make in drawn.items()} for right in rights]
    return [Pair(np.asarray(wrong(r)), r, i) for r, i in zip(rights, inputs, strict=True)]


def random(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    """Return arrays of random numbers."""
    rng = np.random.default_rng(1)
    return [rng.normal(size=shape) for shape in shapes]


VARIED = random((2, 3), (4, 5), (3, 2), (1, 4))
SQUARE = random((2, 2), (3, 3), (3, 3))


@pytest.mark.parametrize(
    ("wrong", "kind", "number"),
    [
        (lambda right: 2.5 * right, "factor", 2.5),
        (lambda right: -0.5 * right, "factor", -0.5),
        (lambda right: -right, "sign", -1.0),
        (lambda right: right + 0.25, "offset", 0.25),
        (lambda right: right.T, "transposed", 0.0),
        (lambda right: right[::-1, ::-1], "order", 0.0),
        (lambda right: np.vstack([right[:1] ** 2 + 3, right[1:]]), "row", 1.0),
        (np.abs, "signs", 0.0),
        (lambda right: right / np.abs(right).sum(axis=0), "columns", 0.0),
        (lambda right: right / np.abs(right).sum(axis=1, keepdims=True), "rows", 0.0),
    ],
)
def test_wrong_values_are_right_up_to_something(wrong: Callable[[np.ndarray], Any], kind: str, number: float) -> None:
    found = relation(pairs(wrong, *VARIED))
    assert found is not None
    assert found.kind == kind
    assert found.number == pytest.approx(number)


@pytest.mark.parametrize(
    ("wrong", "size"),
    [
        (lambda right: right * right.shape[1], "the number of columns of Z"),
        (lambda right: right / right.shape[1], "1 / the number of columns of Z"),
        (lambda right: right * right.shape[0], "the number of rows of Z"),
        (lambda right: right / -right.shape[1], "-1 / the number of columns of Z"),
    ],
)
def test_a_factor_that_goes_with_the_input_is_named_by_what_it_is(
    wrong: Callable[[np.ndarray], Any], size: str
) -> None:
    found = relation(pairs(wrong, *VARIED, Z=lambda right: right + 1))
    assert found is not None
    assert (found.kind, found.size) == ("factor", size)
    assert relation(pairs(wrong, *VARIED)) is None, "without the input there are no sizes to go by"


def test_a_size_explains_nothing_where_an_input_of_another_kind_lacks_the_array() -> None:
    wrong = lambda right: right * right.shape[1]  # noqa: E731
    assert relation([*pairs(wrong, *VARIED[:2], Z=np.copy), *pairs(wrong, *VARIED[2:])]) is None
    assert relation([*pairs(wrong, *VARIED[:2], Z=np.copy), *pairs(wrong, *VARIED[2:], Z=np.sum)]) is None


def test_a_factor_in_arrays_of_one_size_is_a_number() -> None:
    same_size = random((2, 3), (2, 3), (2, 3))
    found = relation(pairs(lambda right: 3 * right, *same_size, Z=np.copy))
    assert found is not None
    assert (found.kind, round(found.number, 9), found.size) == ("factor", 3.0, "")


def test_pairs_that_are_not_finite_or_0_are_left_out() -> None:
    overflowed, nothing = Pair(np.full((2, 2), np.inf), VARIED[1][:2, :2]), Pair(np.ones((2, 2)), np.zeros((2, 2)))
    found = relation([*pairs(lambda right: 2.5 * right, *VARIED), overflowed, nothing])
    assert found is not None
    assert (found.kind, round(found.number, 9)) == ("factor", 2.5)


def test_of_pairs_that_are_right_nothing_is_said() -> None:
    """What is wrong there may be on another rung, or on other inputs."""
    assert relation(pairs(np.copy, *VARIED)) is None
    assert relation(pairs(np.copy, *(np.array(number) for number in (1.5, 2.0)))) is None


def test_single_numbers_are_off_by_the_same_number() -> None:
    assert relation(pairs(lambda right: right + 0.25, *(np.array(r) for r in (1.5, 2.0, 4.5)))) == Relation(
        "offset", 0.25
    )


def test_transposed_is_said_of_square_arrays_too_but_not_of_symmetric_ones() -> None:
    assert relation(pairs(np.transpose, *SQUARE)) == Relation("transposed")
    symmetric = [right + right.T for right in SQUARE]
    assert relation(pairs(lambda right: np.roll(right, 1), *symmetric)) == Relation("order")


def test_only_where_an_input_is_0_something_is_wrong() -> None:
    signals = [np.array([[1.5, 0.0, -2.0]]), np.array([[0.0, 2.0], [-1.0, 0.0]])]
    rights = [np.where(signal > 0, 2.0, 0.0) for signal in signals]
    wrong = [np.where(signal >= 0, 2.0, 0.0) for signal in signals]
    told = [Pair(w, r, {"Z": s}) for w, r, s in zip(wrong, rights, signals, strict=True)]
    assert relation(told) == Relation("zeros")
    elsewhere = [Pair(w, r, {"Z": s + 1}) for w, r, s in zip(wrong, rights, signals, strict=True)]
    assert relation(elsewhere) != Relation("zeros")


@pytest.mark.parametrize(
    ("place", "kind", "number"),
    [
        ((0, slice(None)), "row", 1),
        ((-1, slice(None)), "row", -1),
        ((slice(None), 1), "column", 2),
        ((slice(None), -1), "column", -1),
        ((slice(None), -2), "column", -2),
    ],
)
def test_one_row_or_column_is_wrong_counted_from_either_end(place: Any, kind: str, number: int) -> None:
    def wrong(right: np.ndarray) -> np.ndarray:
        spoilt = right.copy()
        spoilt[place] = spoilt[place] ** 2 + 3 + np.arange(spoilt[place].size)
        return spoilt

    assert relation(pairs(wrong, *random((2, 3), (4, 5), (3, 4)))) == Relation(kind, number)


def test_nothing_is_said_without_a_rule_or_of_a_single_pair() -> None:
    assert relation(pairs(lambda right: np.sin(5 * right) + 2, *VARIED)) is None
    assert relation(pairs(lambda right: 2 * right, VARIED[0])) is None
    assert relation(pairs(lambda right: right * right.sum(), *VARIED)) is None
    assert relation(pairs(lambda right: right + right.sum(), *VARIED)) is None
    assert relation(pairs(lambda right: 2 * right, *(0 * right for right in VARIED))) is None
    assert relation(pairs(lambda right: np.full(right.shape, np.nan), *VARIED)) is None


# How values are shown.


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1 / 3, "0.333333"),
        (123456789.0, "1.23457e+08"),
        (2.0, "2.0"),
        (np.float64(-0.5), "-0.5"),
        (np.int64(3), "3"),
        (True, "True"),
        (None, "None"),
        (np.nan, "np.nan"),
        (np.inf, "np.inf"),
        (-np.inf, "-np.inf"),
        (np.array([[1.0, np.nan], [-np.inf, 2 / 3]]), "np.array([[1.0, np.nan], [-np.inf, 0.666667]])"),
        (np.array([True, False]), "np.array([True, False])"),
        (np.zeros((0, 3)), "np.zeros((0, 3))"),
        (np.zeros((3, 4)), f"np.array([{', '.join(['[0.0, 0.0, 0.0, 0.0]'] * 3)}])"),
        (np.zeros((1, 13)), "<array of shape (1, 13)>"),
        ((1.0,), "(1.0,)"),
        ((1.0, [2, "a"]), "(1.0, [2, 'a'])"),
        ({"W1": np.array([[0.5]])}, "{'W1': np.array([[0.5]])}"),
        (object(), "<object>"),
        pytest.param(10**5000, "<int>", id="digits"),
        pytest.param({"W1": [10**5000]}, "<dict>", id="digits-inside"),
    ],
)
def test_values_are_shown_with_six_digits_and_large_arrays_by_their_shape(value: Any, text: str) -> None:
    assert shown(value) == text


def test_what_is_shown_can_be_pasted_up_to_twelve_entries() -> None:
    value = np.linspace(-1, 1, MOST_ENTRIES).reshape(3, 4)
    assert np.allclose(eval(shown(value), {"np": np}), value, atol=1e-6)


def test_a_long_text_is_cut() -> None:
    text = shown([1.25] * 500)
    assert len(text) == MOST_TEXT
    assert text.endswith(" ...")


# Banks.

BANK = """
import numpy as np

from autograder.misconceptions import author, edited, inputs, matrix, misconception, sizes, unusual
from hypothesis import strategies as st


@inputs("scale", call="scale(X, factor)")
@st.composite
def arrays(draw):
    n, m = draw(sizes((1, 3), (1, 4)))
    return {"X": draw(matrix(n, m)), "factor": draw(st.sampled_from([0.5, 2.0, 3.0]))}


@misconception("scale", see="eq:scale")
def absolute(X, factor):
    '''You take absolute values,
    which loses the signs.'''
    return np.abs(author.scale(X, factor))


plus = edited("scale", ("X * factor", "X + factor"), says="You add.", see="eq:scale")
overwritten = edited("scale", ("    return", "    X *= 1.0\\n    X += 1.0\\n    return"), says="You change X.",
    kind="side effect")
shifted = edited("scale", ("- 1.0", "+ 1.0"), says="You move it the other way.", kind="fragile")


@unusual("scale")
def by_a_loop(X, factor):
    return [[x * factor - 1.0 for x in row] for row in X.tolist()]
"""
SOLUTION = '''def scale(X, factor):
    """Scale, and move."""
    return X * factor - 1.0
'''


def defined(text: str) -> Callable[..., Any]:
    """Return the function `scale` of a text."""
    names: dict[str, Any] = {"np": np}
    exec(text, names)
    function: Callable[..., Any] = names["scale"]
    return function


def author(name: str) -> Any:
    """Look up the author's functions."""
    if name != "scale":
        raise NameError(f"name {name!r} is not defined")
    return defined(SOLUTION)


def examined(text: str, bank: str = BANK) -> protocol.Diagnosis | None:
    """Return what is wrong with a student's function."""
    function = defined(text)
    known = read(bank, author).of("scale")
    examination = Examination("scale", known, lambda _: function, author, SOLUTION, probes=25, looks=100)
    return examination.diagnosis()


def wrong_in(text: str, bank: str = BANK) -> protocol.Diagnosis:
    """Return what is wrong with a student's function, which something is."""
    found = examined(text, bank)
    assert found is not None
    return found


def shown_of(text: str) -> protocol.Example:
    """Return the call that shows what is wrong with a student's function."""
    example = wrong_in(text)["example"]
    assert example is not None
    return example


def student(expression: str, before: str = "pass") -> str:
    return f"def scale(X, factor):\n    {before}\n    return {expression}\n"


def test_a_bank_is_read_with_what_it_says() -> None:
    known = read(BANK, author).of("scale")
    assert [wrong.name for wrong in known.wrong] == ["absolute", "plus", "overwritten", "shifted"]
    assert known.wrong[0].says == "You take absolute values, which loses the signs."
    assert (known.wrong[3].kind, known.wrong[3].costs, known.wrong[1].see) == ("fragile", True, "eq:scale")
    assert [right.name for right in known.unusual] == ["by_a_loop"]
    assert len(known.inputs) == 1
    assert not read(BANK, author).of("other").wrong


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1 / 0", ZeroDivisionError),
        ("def", SyntaxError),
        ("from autograder.misconceptions import nothing_of_the_kind", ImportError),
        ("from autograder.misconceptions import author\nauthor.unheard_of(1)", NameError),
    ],
)
def test_what_a_bank_raises_is_raised_and_leaves_no_module_behind(
    text: str, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, DOOR, raising=False)
    before = {name: sys.modules.get(name) for name in ("autograder", DOOR)}
    with pytest.raises(kind):
        read(text, author)
    assert {name: sys.modules.get(name) for name in before} == before


def test_a_bank_whose_inputs_are_too_much_for_the_author_is_refused() -> None:
    with pytest.raises(ValueError, match="the author's function raises an exception for every input"):
        examined(SOLUTION, BANK.replace("scale(X, factor)", "scale(X, factor, 1)", 1))


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        (student("abs(X * factor - 1)"), ["absolute"]),
        (student("factor + X - 1"), ["plus"]),
        (student("1 + np.multiply(factor, X)"), ["shifted"]),
    ],
)
def test_a_misconception_is_named_in_whatever_words_it_is_written(text: str, labels: list[str]) -> None:
    assert wrong_in(text)["labels"] == labels


def test_two_edits_in_one_function_are_named_both() -> None:
    found = wrong_in(student("1.0 + X + factor"))
    assert found["labels"] == ["plus", "shifted"]
    assert found["says"] == ["You add.", "You move it the other way."]
    assert found["see"] == ["eq:scale", ""]
    assert found["kinds"] == ["wrong", "fragile"]


def test_a_changed_argument_is_named_beside_another_mistake() -> None:
    changes = "before = X.copy(); X *= 1.0; X += 1.0"
    assert wrong_in(student("abs(before * factor - 1)", changes))["labels"] == ["absolute", "overwritten"]
    assert wrong_in(student("abs(before * factor - 1)", "before = X.copy(); X *= 5.0"))["labels"] == ["absolute"]
    assert wrong_in(student("7 * before", changes))["labels"] == []
    assert wrong_in(student("before * factor - 1", "before = X.copy(); X *= 5.0"))["labels"] == []


EXTREME = """
@inputs("scale", call="scale(X, factor)")
@st.composite
def huge(draw):
    return {"X": 1e300 * draw(matrix(1, 2)), "factor": 1e9}
"""


def test_a_misconception_is_named_though_extreme_inputs_show_another_mistake() -> None:
    cut = "np.clip(abs(X * factor - 1), 0, 1e6)"
    assert wrong_in(student(cut), BANK + EXTREME)["labels"] == ["absolute"]
    assert wrong_in(student(f"{cut} + (X > 2)"), BANK + EXTREME)["labels"] == []


def test_two_edits_are_named_only_if_both_are_there() -> None:
    found = wrong_in(student("1.0 + X + 2 * factor"))
    assert found["labels"] == []
    assert found["rung"] == "value"


def test_what_no_misconception_does_has_the_first_rung_and_what_it_is_right_up_to() -> None:
    found = wrong_in(student("5.0 * (X * factor - 1)"))
    assert (found["labels"], found["rung"]) == ([], "value")
    assert found["relation"] == {"kind": "factor", "number": pytest.approx(5.0), "size": ""}


def test_the_example_is_small_and_can_be_pasted() -> None:
    example = shown_of(student("abs(X * factor - 1)"))
    names: dict[str, Any] = {"np": np, "scale": defined(SOLUTION)}
    exec("\n".join(example["lines"]), names)
    assert names["X"].size == 1
    assert np.array_equal(eval(example["call"], names), eval(example["right"], names))
    assert np.array_equal(np.abs(eval(example["right"], names)), eval(example["theirs"], names))


def test_what_is_right_has_no_diagnosis_and_what_is_wrong_the_same_one_each_time() -> None:
    assert examined(SOLUTION) is None
    assert examined("def scale(X, factor):\n    return [[x * factor - 1 for x in row] for row in X]") is None
    assert examined(student("X * 7")) == examined(student("X * 7"))


def test_an_exception_and_a_changed_argument_are_shown_in_words() -> None:
    raises = student("X.scaled(factor)")
    assert wrong_in(raises)["rung"] == "raises"
    assert shown_of(raises)["theirs"] == "raises AttributeError"
    assert "scaled" in shown_of(raises)["raised"]
    changes = student("before * factor - 1", "before = X.copy(); X *= 0; X += 7")
    assert wrong_in(changes)["rung"] == "side effect"
    assert shown_of(changes)["theirs"] == "changes X"


@pytest.mark.parametrize(
    ("text", "theirs", "right"),
    [
        ("def scale(X, factor):\n    print(X * factor - 1.0)\n", "None", "np.array([[-1.0]])"),
        (student("{'X0': X * factor - 1}"), "{'X0': np.array([[-1.0]])}", "np.array([[-1.0]])"),
    ],
)
def test_a_result_that_the_call_cannot_use_is_of_another_form_and_shown_whole(
    text: str, theirs: str, right: str
) -> None:
    first = BANK.replace('call="scale(X, factor)"', 'call="scale(X, factor)[0]"')
    found = wrong_in(text, first)
    assert (found["rung"], found["labels"]) == ("form", [])
    assert found["example"] is not None
    assert found["example"]["call"] == "scale(X, factor)"
    assert (found["example"]["theirs"], found["example"]["right"]) == (theirs, right)
    assert not found["example"]["raised"]


# Calls, and the search for the smallest input.


def test_a_call_may_define_functions_and_use_what_python_has() -> None:
    given = Inputs("scale", "def halved(X):\n    return scale(X, 0.5)\n\nsum(len(row) for row in list(halved(X)))")
    assert Call(given).with_functions({"X": np.zeros((3, 2))}, author).value == 6


def test_a_call_of_a_function_that_is_missing_says_so() -> None:
    outcome = Call(Inputs("other", "other(X)")).with_functions({"X": np.zeros((1, 1))}, author)
    assert (outcome.error, outcome.text) == ("NameError", "name 'other' is not defined")


def test_a_call_gets_copies_and_says_what_it_changes() -> None:
    drawn: dict[str, Any] = {"X": np.ones((1, 2)), "P": {"W": np.zeros(2)}}
    given = Inputs("scale", "P['W'] += 1\nX.sum()")
    outcome = Call(given).with_functions(drawn, author)
    assert (outcome.value, outcome.changed) == (2.0, ("P",))
    assert not drawn["P"]["W"].any()


def test_the_smallest_input_is_found_and_the_search_ends() -> None:
    numbers = st.fixed_dictionaries({"n": st.integers(0, 10**6), "m": st.integers(0, 10**6)})
    assert smallest(numbers, lambda drawn: drawn["n"] >= 700, 200) == {"n": 700, "m": 0}
    assert smallest(numbers, lambda drawn: False, 20) is None


def test_nothing_is_drawn_any_more_once_enough_has_been_looked_at() -> None:
    looked: list[Any] = []

    def counted(draw_one: Any) -> Any:
        looked.append(None)
        return {"n": draw_one(st.lists(st.integers(0, 1000), min_size=20, max_size=20))}

    found = smallest(st.composite(counted)(), lambda drawn: sum(drawn["n"]) > 5000, 15)
    assert found is not None
    assert sum(found["n"]) > 5000
    assert len(looked) <= 20, "beside what is looked at, Hypothesis draws a few that are too large"


def test_the_same_inputs_are_drawn_each_time() -> None:
    numbers = st.fixed_dictionaries({"n": st.integers(0, 10**12)})
    assert draw(numbers, 20) == draw(numbers, 20)
    assert len({drawn["n"] for drawn in draw(numbers, 20)}) > 10


def test_numbers_that_overflow_on_the_way_are_right_up_to_nothing() -> None:
    huge = np.array([[1.7e308]])
    assert relation([Pair(huge, -huge), Pair(huge, -huge / 2)]) is None
