"""Ways by which an answer could pass that is none: each was found by reading the engine as an attacker would."""

from __future__ import annotations

import pytest
from engine_cells import NUMPY, answer, check, endings, extra, hidden, last, locked, run, visible
from untemper import UNTEMPER

from autograder.engine.inside.frames import Malformed
from autograder.engine.inside.values import Unpacker
from autograder.engine.items import Ending

WORDS = UNTEMPER + "words = np.array([untemper(n) for n in range(624)], np.uint32)\n"
KEEP = "rng.bit_generator.state = s"
STATE = "s = rng.bit_generator.state"
# What a function does with the generator that a test hands it, after which its next numbers are such as it likes.
FORGED = {
    "default_rng(1)": f"{STATE}; s['state']['state'] = 1; {KEEP}",
    "default_rng(2)": f"{STATE}; s['has_uint32'], s['uinteger'] = 1, 0; {KEEP}",
    "default_rng(3)": "rng.bit_generator.advance(2**100)",
    "Generator(np.random.PCG64DXSM(1))": f"{STATE}; s['state']['state'] = 1; {KEEP}",
    "Generator(np.random.Philox(1))": f"{STATE}; s['buffer'][:], s['buffer_pos'] = 0, 0; {KEEP}",
    "Generator(np.random.SFC64(1))": f"{STATE}; s['state']['state'][:3] = 0; {KEEP}",
    "Generator(np.random.MT19937(1))": f"{STATE}; s['state']['key'], s['state']['pos'] = words, 0; {KEEP}",
    "RandomState(1)": "rng.set_state(('MT19937', words, 0))",
    "RandomState(2)": "rng.set_state((*rng.get_state()[:3], 1, 1e-9))",
    "RandomState(np.random.PCG64(1))": "rng.normal(); s = rng.get_state(legacy=False); s['gauss'] = 1e-9; "
    "rng.set_state(s)",
}


@pytest.mark.parametrize("where", [visible, hidden])
@pytest.mark.parametrize(("make", "forgery"), FORGED.items())
def test_a_generator_comes_back_only_as_drawing_leaves_it(where: object, make: str, forgery: str) -> None:
    report = run(
        locked(NUMPY),
        answer(f"{WORDS}\ndef draw(rng):\n    rng.random() if hasattr(rng, 'random') else rng.rand()\n    {forgery}"),
        where(f"rng = np.random.{make}\ndraw(rng)"),  # type: ignore[operator]
        answers=frozenset({"draw"}),
    )
    assert endings(report)[-1] == "error"
    assert "not made of plain values" in report.cells[-1].message


@pytest.mark.parametrize("amount", [0, 1, 7, 10**6])
@pytest.mark.parametrize("bits", ["PCG64", "PCG64DXSM", "Philox", "SFC64", "MT19937"])
def test_a_generator_may_have_drawn_anything(bits: str, amount: int) -> None:
    check(
        locked(NUMPY),
        answer(f"def draw(rng):\n    rng.integers(9)\n    rng.random({amount})\n    rng.permutation(5)"),
        hidden(
            f"a, b = (np.random.Generator(np.random.{bits}(1)) for _ in range(2))\ndraw(a)\n"
            f"b.integers(9)\nb.random({amount})\nb.permutation(5)\n"
            "assert list(a.integers(9, size=9)) == list(b.integers(9, size=9))"
        ),
    )


@pytest.mark.parametrize("where", [visible, hidden])
def test_python_does_not_answer_for_the_student(where: object) -> None:
    """An exercise may ask for a function that has the name of a built-in one."""
    report = last(answer("pass"), where("assert sum([1, 2]) == 3"), answers=frozenset({"sum"}))  # type: ignore[operator]
    assert report.ending is Ending.error
    assert "'sum' is not defined" in report.message


STOPS = """
class Table:
    def __getitem__(self, key): raise StopIteration
    def __iter__(self): raise StopIteration
def f(x):
    return Table()
"""


@pytest.mark.parametrize(
    "test",
    ["assert all(map(lambda k: table[k] == k, range(3)))", "assert all(a == b for a, b in map(zip, [table], [[1]]))"],
)
def test_no_answer_ends_a_loop_of_the_test(test: str) -> None:
    report = last(answer(STOPS), hidden(f"table = f(1)\n{test}"), answers=frozenset({"f"}))
    assert report.ending is Ending.error


def test_the_name_of_a_function_that_a_function_has_made_tells_nothing() -> None:
    """It may be made of the arguments; a name of the notebook is told."""
    body = "def f(x):\n    def g(y): pass\n    g.__name__ = 'v' + repr(x)\n    return g"
    report = last(answer(body), hidden("import io\nf(314159)(io.StringIO())"), answers=frozenset({"f"}))
    assert "a function what cannot be handed over" in report.message
    assert "314159" not in report.message
    report = last(answer(body), hidden("import io\nf(io.StringIO())"), answers=frozenset({"f"}))
    assert "passes to f what cannot be handed over" in report.message


def refused(*nodes: list, blobs: tuple[bytes, ...] = ()) -> None:
    """Check that a message with these values is refused."""

    def foreign(node: list) -> None:
        raise Malformed("nothing foreign")

    with pytest.raises(Malformed):
        Unpacker(list(nodes), [bytearray(blob) for blob in blobs], foreign).get([0])


@pytest.mark.parametrize("place", [-1, -(2**20), 5, 2**31])
def test_a_generator_does_not_read_beyond_its_buffer(place: int) -> None:
    words = {"words": [0, 0, 0, 0]}
    state = {"bit_generator": "Philox", "state": {"counter": words, "key": {"words": [0, 0]}}, "buffer": words}
    refused(["g", "new", {**state, "buffer_pos": place, "has_uint32": 0, "uinteger": 0}])


def test_one_blob_does_not_become_more_memory_than_a_message_may_hold() -> None:
    blob = bytes(2**20)
    refused(["l", *([n] for n in range(1, 1002))], *[["a", "|u1", [2**20], "C", True, 0]] * 1001, blobs=(blob,))


def test_an_array_of_empty_texts_takes_no_memory() -> None:
    for code in ("<U0", "|S0"):
        refused(["a", code, [2**40], "C", True, 0], blobs=(b"",))
    few = Unpacker([["a", "<U0", [3], "C", True, 0]], [bytearray()], lambda node: None).get([0])
    assert few.shape == (3,)


def test_a_cell_cannot_forge_the_state_that_a_test_starts_with() -> None:
    check(
        locked(f"import random\n{NUMPY}"),
        answer(f"{WORDS}\ndef f():\n    return 1"),
        extra("np.random.set_state(('MT19937', words, 0))"),
        extra("import random\nrandom.setstate((3, (*map(int, words), 0), None))"),
        hidden("X = np.random.rand(3)\nassert X.min() > 1e-4 and random.random() > 1e-4"),
        answers=frozenset({"f"}),
    )


@pytest.mark.parametrize("code", [",f8", "f8,f8", "<f8,", "3<f8", "(2,)<f8", "<f3", "|O8", "<M8[D]", "<f８"])
def test_the_name_of_a_dtype_is_one_and_nothing_more(code: str) -> None:
    """NumPy evaluates what stands before a comma."""
    refused(["a", code, [1], "C", True, 0], blobs=(bytes(8),))
