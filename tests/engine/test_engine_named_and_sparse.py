"""Named tuples and sparse matrices cross as what they are, rebuilt; what no class and no index may be is refused."""

from __future__ import annotations

import time
from collections import namedtuple
from typing import Any, NamedTuple

import numpy as np
import pytest
from anything import ANY, NODE
from engine_cells import answer, check, hidden, locked, run, visible
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_engine_values import refuse, sent

from autograder.engine.inside.codecs import has_changed, replace_content, snapshot
from autograder.engine.inside.errors import CannotCross
from autograder.engine.inside.frames import Malformed
from autograder.engine.inside.kept import size_of
from autograder.engine.inside.values import Unpacker
from autograder.engine.items import Ending

scipy_sparse: Any = pytest.importorskip("scipy.sparse")


class Point(NamedTuple):
    """A named tuple as a student would write it."""

    x: float
    label: str = "p"

    def norm(self) -> float:
        """Return something that only this class can."""
        return abs(self.x)


Renamed = namedtuple("Renamed", ["a", "def", "a"], rename=True)


def rebuilt(*node: Any, nodes: tuple[Any, ...] = ()) -> Any:
    return Unpacker([list(node), *nodes], [], refuse).get([0])


def test_a_named_tuple_arrives_with_its_fields() -> None:
    found = sent([Point(1.5), Point(np.float64(2), "q"), Renamed(1, 2, 3)])
    assert found == [(1.5, "p"), (2.0, "q"), (1, 2, 3)]
    assert (found[0].x, found[1].label, found[2]._1) == (1.5, "q", 2)
    assert repr(found[0]) == "Point(x=1.5, label='p')"
    assert type(found[0]) is type(found[1]) is not Point, "the class of the other side is never looked for"
    assert not hasattr(found[0], "norm")
    assert sent(Point([1])) == ([1], "p")


@pytest.mark.parametrize(
    "fields", [["__class__"], ["_replace"], ["_fields"], ["a", "a"], ["def"], ["a b"], ["a=1"], [1], ["a" * 81], "a"]
)
def test_fields_that_none_can_have_are_refused(fields: Any) -> None:
    with pytest.raises(Malformed):
        rebuilt("named", "P", fields, *[1] * len(fields))


@pytest.mark.parametrize("name", ["class", "a.b", "", 1, "x" * 81, "a(object): pass\nimport os\nclass b"])
def test_names_that_none_can_have_are_refused(name: Any) -> None:
    with pytest.raises(Malformed):
        rebuilt("named", name, ["a"], 1)


def test_more_or_fewer_values_than_fields_are_refused() -> None:
    for values in ([], [1, 2]):
        with pytest.raises(Malformed):
            rebuilt("named", "P", ["a"], *values)
    with pytest.raises(Malformed):
        rebuilt("named", "P", [f"a{n}" for n in range(256)], *range(256))


def test_what_only_looks_like_a_named_tuple_is_a_tuple() -> None:
    for fields in (("a",), ("a", "__len__"), "ab", ["a", "b"], (1, 2), None):
        kind = type("Odd", (tuple,), {"_fields": fields})
        assert type(sent(kind((1, 2)))) is tuple


def test_many_kinds_of_named_tuples_cost_no_more_than_large_arrays() -> None:
    nodes = [["l", *[[n] for n in range(1, 100_000)]], *(["named", f"P{n}", ["a"], 1] for n in range(1, 100_000))]
    begun = time.process_time()
    with pytest.raises(Malformed, match="larger"):
        Unpacker(nodes, [], refuse).get([0])
    assert time.process_time() - begun < 60


def test_tests_ask_named_tuples_for_their_fields_and_pass_their_own() -> None:
    check(
        locked("from collections import namedtuple\nPoint = namedtuple('Point', 'x y')"),
        answer(
            "from typing import NamedTuple\nclass Moved(NamedTuple):\n    point: Point\n    by: float\n"
            "def move(p, by):\n    return Moved(Point(p.x + by, p.y), by)"
        ),
        visible("found = move(Point(1, 2), 3)\nassert found.point.x == 4 and found.point == (4, 2) and found.by == 3"),
        hidden("a, b = move(Point(1, 2), 0)\nassert a == Point(1, 2) and a._asdict() == {'x': 1, 'y': 2}"),
    )


DENSE = np.array([[0, 1.5, 0, 2], [0, 0, 0, 0], [3, 0, 0, 4]])
KINDS = ("csr", "csc", "coo", "bsr", "dia", "lil", "dok")


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dense", [DENSE, DENSE.astype(int), DENSE > 0, DENSE * 1j, np.zeros((0, 3)), np.zeros((2, 0))])
def test_a_sparse_matrix_arrives_as_it_is(kind: str, old: bool, dense: np.ndarray) -> None:
    matrix = getattr(scipy_sparse, f"{kind}_{'matrix' if old else 'array'}")(dense)
    found = sent(matrix)
    assert type(found) is type(matrix)
    assert found.dtype == matrix.dtype
    np.testing.assert_array_equal(found.toarray(), dense)
    assert sent([matrix, matrix])[0].shape == dense.shape
    found[0:1] if kind not in ("coo", "bsr", "dia") else found.tocsr()


def test_what_a_matrix_has_beside_its_entries_arrives_too() -> None:
    blocks = scipy_sparse.bsr_array(np.kron(np.eye(3), np.ones((2, 2))), blocksize=(2, 2))
    assert sent(blocks).blocksize == (2, 2)
    zeros = scipy_sparse.csr_array(([0.0, 1.0], [0, 1], [0, 2]), shape=(1, 3))
    assert sent(zeros).nnz == 2, "an entry that is 0 is an entry"
    doubled = scipy_sparse.coo_array(([1, 2], ([0, 0], [1, 1])), shape=(2, 2))
    assert sent(doubled).nnz == 2
    flat = scipy_sparse.coo_array(np.array([0, 1, 2]))
    assert sent(flat).shape == (3,)
    roomy = scipy_sparse.csr_array(DENSE)
    roomy.data, roomy.indices = np.append(roomy.data, 9), np.append(roomy.indices, 0)
    np.testing.assert_array_equal(sent(roomy).toarray(), DENSE)


def array(*numbers: Any, dtype: Any = np.int32) -> np.ndarray:
    return np.array(numbers, dtype)


ONES = np.ones(2)
HOSTILE = {
    "a column beyond": ("csr", [2, 2], ONES, array(0, 7), array(0, 1, 2)),
    "a negative column": ("csr", [2, 2], ONES, array(0, -1), array(0, 1, 2)),
    "rows that end beyond": ("csr", [2, 2], ONES, array(0, 1), array(0, 1, 9)),
    "rows that end too soon": ("csr", [2, 2], ONES, array(0, 1), array(0, 1, 1)),
    "rows that go back": ("csr", [3, 2], ONES, array(0, 1), array(0, 2, 1, 2)),
    "rows that begin before": ("csr", [2, 2], ONES, array(0, 1), array(-5, 1, 2)),
    "too few rows": ("csr", [9, 2], ONES, array(0, 1), array(0, 1, 2)),
    "a row beyond": ("csc", [2, 2], ONES, array(0, 2), array(0, 1, 2)),
    "fewer indices than data": ("csr", [2, 2], np.ones(3), array(0, 1), array(0, 1, 2)),
    "indices that are no numbers": ("csr", [2, 2], ONES, np.array([0.0, 1.0]), array(0, 1, 2)),
    "indices in two dimensions": ("csr", [2, 2], ONES, array([0, 1]), array(0, 1, 2)),
    "an entry beyond": ("coo", [2, 2], ONES, array(0, 1), array(0, 2)),
    "a negative entry": ("coo", [2, 2], ONES, array(0, -2), array(0, 1)),
    "entries with too few indices": ("coo", [2, 2], ONES, array(0, 1)),
    "an item beyond, in lists": ("lil", [2, 2], ONES, array(0, 1), array(0, 2)),
    "a thousand million lists": ("lil", [10**9, 2], ONES, array(0, 1), array(0, 1)),
    "an item beyond, in a dict": ("dok", [2, 2], ONES, array(0, 5), array(0, 1)),
    "blocks that do not fit": ("bsr", [3, 4], np.ones((1, 2, 2)), array(0), array(0, 1)),
    "blocks of nothing": ("bsr", [2, 2], np.ones((1, 0, 2)), array(0), array(0, 1)),
    "a block beyond": ("bsr", [2, 2], np.ones((1, 2, 2)), array(1), array(0, 1)),
    "a diagonal twice": ("dia", [2, 2], np.ones((2, 2)), array(0, 0)),
    "more diagonals than data": ("dia", [2, 2], np.ones((1, 2)), array(0, 1)),
    "a negative shape": ("csr", [-1, 2], ONES, array(0, 1), array(0)),
    "a shape that is none": ("csr", [2.0, 2], ONES, array(0, 1), array(0, 1, 2)),
    "no shape": ("coo", [], ONES),
    "text": ("csr", [2, 2], np.array(["a", "b"]), array(0, 1), array(0, 1, 2)),
    "no arrays": ("csr", [2, 2], [1, 2], array(0, 1), array(0, 1, 2)),
    "another kind": ("npz", [2, 2], ONES, array(0, 1), array(0, 1, 2)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_indices_that_lead_elsewhere_never_reach_scipy(name: str) -> None:
    kind, shape, *parts = HOSTILE[name]
    with pytest.raises(Malformed):
        built(kind, shape, parts)


def built(kind: Any, shape: Any, parts: Any) -> Any:
    """Return what arrives if a message holds a matrix of these parts."""
    from test_engine_values import nothing_foreign

    from autograder.engine.inside.values import Packer

    packer = Packer(nothing_foreign)
    references = [packer.put(part) for part in parts]
    nodes = [*packer.nodes, ["sparse", kind, True, shape, *references]]
    blobs = [bytearray(blob) for blob in packer.blobs]
    return Unpacker(nodes, blobs, refuse).get([len(nodes) - 1])


NUMBERS = st.lists(st.integers(-2, 4), max_size=5)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(KINDS),
    st.lists(st.integers(0, 3), min_size=1, max_size=3),
    NUMBERS.map(lambda numbers: np.array(numbers, float)),
    st.lists(NUMBERS.map(lambda numbers: np.array(numbers, np.int32)), max_size=3),
)
def test_whatever_is_rebuilt_can_be_used(kind: str, shape: list[int], data: np.ndarray, rest: list[np.ndarray]) -> None:
    try:
        matrix = built(kind, shape, [data, *rest])
    except Malformed:
        return
    assert matrix.toarray().shape == tuple(shape)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["named", "sparse"]), st.lists(NODE | ANY, max_size=5), st.lists(NODE, max_size=3))
def test_anything_is_rebuilt_or_refused(tag: str, parts: list[Any], nodes: list[Any]) -> None:
    try:
        rebuilt(tag, *parts, nodes=tuple(nodes))
    except (Malformed, CannotCross):
        return


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_of_a_matrix_is_noticed_and_made(kind: str) -> None:
    matrix = scipy_sparse.csr_array(DENSE).asformat(kind)
    before = snapshot(matrix)
    assert not has_changed(matrix, before)
    changed = (2 * matrix).asformat(kind)
    replace_content(matrix, changed)
    assert has_changed(matrix, before)
    np.testing.assert_array_equal(matrix.toarray(), 2 * DENSE)
    with pytest.raises(CannotCross):
        replace_content(matrix, scipy_sparse.csr_array((2, 2)).asformat(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_a_matrix_that_a_test_keeps_is_counted_with_its_entries(kind: str) -> None:
    entries = scipy_sparse.coo_array(np.random.default_rng(1).random((300, 300)))
    assert size_of(entries.asformat(kind), 10**9) > 300 * 300 * 8


SPARSE = "import numpy as np\nfrom scipy import sparse"


def test_tests_pass_and_get_sparse_matrices() -> None:
    check(
        locked(SPARSE),
        answer(
            "def doubled(A):\n    return (A + A).tocsr()\n"
            "def scale(A):\n    A.data *= 3\n"
            "def diagonal(n):\n    return sparse.diags_array([np.ones(n)], offsets=[0])"
        ),
        visible(
            "A = sparse.csr_array(np.eye(3))\nB = doubled(A)\n"
            "assert sparse.issparse(B) and B.format == 'csr' and (B != 2 * A).nnz == 0\n"
            "scale(A)\nassert A[1, 1] == 3"
        ),
        hidden("np.testing.assert_array_equal((diagonal(4) @ np.arange(4.0)), np.arange(4.0))"),
    )


def test_a_matrix_that_lies_about_its_indices_costs_its_own_test() -> None:
    lie = "def bad():\n    A = sparse.csr_array(np.eye(2))\n    A.indices[:] = 10**6\n    return A"
    report = run(locked(SPARSE), answer(lie), hidden("bad().toarray()"), hidden("assert 1 + 1 == 2"))
    assert report.cells[2].ending is Ending.error
    assert report.cells[3].ending is Ending.ok
