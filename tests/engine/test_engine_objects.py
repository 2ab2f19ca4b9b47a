"""A student's objects in a test: what is asked of them where they are, and what is never left to them to answer."""

from __future__ import annotations

import pytest
from engine_cells import NUMPY, SECONDS, answer, check, endings, extra, hidden, last, locked, run, visible

from autograder.engine.items import Ending

POINT = """
from dataclasses import dataclass
from fractions import Fraction

@dataclass(frozen=True, order=True)
class Point:
    \"\"\"A point in the plane.\"\"\"
    x: float
    y: float
    tags: tuple = ()

    def norm(self): return (self.x**2 + self.y**2) ** 0.5
    def __add__(self, other): return Point(self.x + other.x, self.y + other.y)
    def __abs__(self): return self.norm()
    @property
    def size(self): raise ValueError("no size")
    @property
    def without_end(self):
        while True: pass
    @classmethod
    def origin(cls): return cls(0, 0)

class Stack:
    def __init__(self, *items): self.items = list(items)
    def push(self, item): self.items.append(item); return self
    def fill(self, numbers): numbers += self.items
    def __len__(self): return len(self.items)
    def __iter__(self): return iter(self.items)
    def __contains__(self, item): return True

def axes():
    import matplotlib.pyplot as plt
    _, ax = plt.subplots()
    ax.plot([1, 2], [3, 5], label="loss")
    ax.set_xlabel("epoch")
    return ax

def counted(): counted.calls += 1
counted.calls = 0

def moved(point): return Point(point.x + 1, point.y)
"""
USES = {
    "a method": "assert Point(3, 4).norm() == 5",
    "an attribute": "p = Point(3, [4])\nassert p.x == 3 and p.y == [4] and Point.origin().tags == ()",
    "an attribute that is not there": "p = Point(1, 2)\nassert not hasattr(p, 'z') and getattr(p, 'z', 7) == 7",
    "objects with one another": "p = Point(1, 2) + Point(2, 2)\n"
    "assert p == Point(3, 4) != Point(4, 3) and p > Point(1, 9)",
    "in a set": "assert len({Point(1, 2), Point(1, 2), Point(2, 1)}) == 2",
    "sorted": "assert [p.x for p in sorted([Point(2, 1), Point(1, 2)])] == [1, 2]",
    "as a number": "assert abs(Point(3, 4)) == 5",
    "as text": "assert str(Point(3, 4)) == 'Point(x=3, y=4, tags=())' == f'{Point(3, 4)}'",
    "its class": "assert isinstance(Point(1, 2), Point) and not isinstance(3, Point)\n"
    "assert not isinstance(Stack(), Point) and issubclass(Point, Point) and Point.__doc__ == 'A point in the plane.'",
    "a length": "s = Stack()\nassert not s and len(s) == 0\nassert s.push(3) and len(s) == 1 and s.items == [3]",
    "what it holds": "s = Stack(1, 2)\nassert 2 in s and 3 not in s and list(s) == [1, 2] and sum(s) == 3",
    "an argument changed by a method": "numbers = [0]\nStack(1, 2).fill(numbers)\nassert numbers == [0, 1, 2]",
    "a copy of a part": "s = Stack(1)\ns.items.append(2)\nassert len(s) == 1",
    "a figure": "ax = axes()\nassert ax.get_xlabel() == 'epoch' and len(ax.lines) == 1\n"
    "assert ax.lines[0].get_ydata().tolist() == [3, 5] and ax.lines[0].get_label() == 'loss'",
    "an attribute of a function": "counted()\ncounted()\nassert counted.calls == 2",
    "passed back": "assert moved(Point(1, 2)) == Point(2, 2)",
    "in a function of the test's": "assert Stack(3).push(Point(1, 2)).items[1].norm() > 2",
    "another test has another copy": "assert counted.calls == 0",
    "an exception of a property": "try: Point(1, 2).size\nexcept ValueError as error: assert str(error) == 'no size'\n"
    "else: assert False",
}  # fmt: skip


@pytest.mark.parametrize("where", [visible, hidden])
def test_a_test_asks_objects_where_they_are(where: object) -> None:
    check(locked(NUMPY), answer(POINT), *(where(use) for use in USES.values()))  # type: ignore[operator]


REFUSED = {
    "Point(1, 2).x = 3": "sets 'x' of a Point",
    "del Point(1, 2).x": "deletes 'x' of a Point",
    "Stack(1)[0] = 1": "sets an item of a Stack",
    "del Stack(1)[0]": "deletes an item of a Stack",
    "Point(1, 2)._x": "asks for '_x' of a Point",
    "Point(1, 2).equals(3)": "would decide by itself",
    "counted.calls = 0": "sets 'calls' of a function",
    "copy.deepcopy(Point(1, 2))": "copies a Point",
    "Point(1, 2) - 1": "calculates with a Point",
    "1 - Point(1, 2)": "calculates with a Point",
    "np.ones(2) * Point(1, 2)": "calculates with a Point",
    "Point(1, 2) < 3": "compares a Point",
    "3 in Point(1, 2)": "looks for something in a Point",
}


def test_what_is_refused_says_what_and_of_which_type() -> None:
    report = run(locked(f"{NUMPY}\nimport copy"), answer(POINT), *map(visible, REFUSED))
    for cell, (source, words) in zip(report.cells[2:], REFUSED.items(), strict=True):
        assert cell.ending is Ending.error, source
        assert words in cell.message, cell.message


def test_no_message_has_a_word_of_the_engines() -> None:
    sources = [
        "counted - 1",
        "len(Point)",
        "Point(1, 2)[0]",
        "iter(Point(1, 2))",
        "Point(1, 2).z",
        "with Point(1, 2): pass",
    ]
    sources += ["{**Point(1, 2)}", "Point(1, 2) + Stack()", "counted.z", "-Stack()", "[][Stack()]", "float(Stack())"]
    report = run(locked(NUMPY), answer(POINT), *map(visible, [*sources, *REFUSED]))
    for cell in report.cells[2:]:
        assert cell.message
        for word in ("Handle", "Proxy", "Remote", "proxies"):
            assert word not in cell.message + cell.detail


ALWAYS = """
class Always:
    def __getattr__(self, name): return self
    def __call__(self, *args, **options): return self
    def yes(self, *args): return True
    def zero(self, *args): return 0.0
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = yes
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __pow__ = zero
    __abs__ = __neg__ = __round__ = __float__ = zero
    def __hash__(self): return 7
def f(x): return Always()
def g(x):
    answer = Always()
    answer.loss = Always()
    return answer
"""
WANTED = [
    "assert f(1) == 7", "assert not f(1) != 7", "assert f(1) < 7", "assert abs(f(1) - 7) < 1e-9", "assert 7 in f(1)",
    "assert f(1) in {7}", "assert f(1) in [7, 8]", "assert {7: 'x'}[f(1)]", "assert np.allclose(f(1), 7)",
    "assert np.isclose(7, f(1))", "assert np.array_equal(f(1), [7])", "np.testing.assert_allclose(f(1), 7)",
    "np.testing.assert_equal(f(1), 7)", "assert (f(1) == np.ones(2)).all()", "assert float(f(1)) == 7",
    "assert np.linalg.norm(f(1) - np.ones(2)) < 1", "assert max(f(1), 7) == 7", "assert isinstance(f(1), float)",
    "assert g(1).loss == 7", "assert abs(g(1).loss - 7) < 1e-9", "assert g(1).loss.value() == 7",
    "assert f(1).equals(7)", "assert f(1).issubset({7})",
    "assert np.asarray(f(1)) == 7", "assert str(f(1)) == '7'", "assert sorted([f(1), 7])[0] == 7",
]  # fmt: skip


def test_an_object_that_is_equal_to_everything_passes_no_test() -> None:
    report = run(locked(NUMPY), answer(ALWAYS), *map(hidden, WANTED))
    passed = [test for test, cell in zip(WANTED, report.cells[2:], strict=True) if cell.ending is Ending.ok]
    assert not passed


def test_a_property_without_end_costs_its_test_and_is_not_asked_again() -> None:
    report = run(
        answer(POINT),
        hidden("Point(1, 2).without_end", seconds=2),
        hidden("Point(1, 2).without_end", seconds=2),
        hidden("assert Stack(1).items == [1]"),
    )
    assert endings(report)[1:] == ["timeout", "timeout", "ok"]
    assert "Point is not called again" in report.cells[2].message


def test_an_object_of_an_earlier_test_is_refused() -> None:
    report = run(
        answer(POINT),
        visible("held = [Point(1, 2)]\nmethod = held[0].norm"),
        visible("held[0].x"),
        visible("[held[0] == Point(1, 2)]"),
    )
    assert endings(report)[2:] == ["error", "error"]


def test_a_function_that_stands_in_for_a_failed_one_reads_a_students_object() -> None:
    report = last(
        answer("class Box:\n    def __init__(self, x): self.x = x"),
        answer("def wide(box):\n    return -1"),
        answer("def twice(x):\n    return 2 * wide(Box(x))"),
        visible("def wide_of(box):\n    return box.x + 1\nassert twice(3) == -2"),
    )
    assert report.ending is Ending.ok
    check(
        answer("class Box:\n    def __init__(self, x): self.x = x\ndef give(function):\n    return function(Box(4))"),
        visible("assert give(lambda box: box.x + 1) == 5\nassert give(lambda box: box).x == 4"),
        extra("give(print)", seconds=SECONDS),
    )


def test_types_of_more_names_than_are_told_apart_are_objects() -> None:
    many = "def many():\n    return [type(f'T{n}', (), {'n': n})() for n in range(300)]"
    check(answer(many), visible("found = many()\nassert [x.n for x in found] == list(range(300))"))


def test_a_loss_that_is_a_fraction_is_compared_as_in_jupyter() -> None:
    loss = "from fractions import Fraction\ndef loss(P):\n    return sum(Fraction(p) for p in P) / len(P)"
    check(answer(loss), visible("assert abs(loss([0.25, 0.5]) - 0.375) < 1e-12"))


MODELS = """
from scipy import sparse
from sklearn.linear_model import LinearRegression
def fitted(X, y):
    return LinearRegression().fit(X, y)
def diagonal(n):
    return sparse.eye_array(n, format="csr")
"""


def test_a_fitted_model_and_a_sparse_matrix_are_asked_for_arrays() -> None:
    pytest.importorskip("sklearn")
    check(
        locked(NUMPY),
        answer(MODELS),
        hidden(
            "X = np.arange(6.0).reshape(6, 1)\nmodel = fitted(X, 3 * X[:, 0] + 1)\n"
            "np.testing.assert_allclose(model.coef_, [3])\nnp.testing.assert_allclose(model.predict([[2.0]]), [7])"
        ),
        hidden("S = diagonal(3)\nassert S.shape == (3, 3) and S.nnz == 3 and (S.toarray() == np.eye(3)).all()"),
    )
