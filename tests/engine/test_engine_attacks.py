"""Ways by which a wrong answer could pass: each was found by reading the engine as an attacker would."""

from __future__ import annotations

import pytest
from engine_cells import NUMPY, answer, check, extra, hidden, last, locked, visible
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
def test_what_a_function_makes_of_a_generator_stays_with_it(where: object, make: str, forgery: str) -> None:
    numbers = "list(rng.normal(size=3)) + list(rng.uniform(size=3))"
    check(
        locked(NUMPY),
        answer(
            f"{WORDS}\ndef draw(rng, g):\n    {forgery}\n    g(rng)\n    rng.normal()\n    {forgery}\n    return rng"
        ),
        where(  # type: ignore[operator]
            f"rng = np.random.{make}\nexpected = {numbers}\nrng = np.random.{make}\nseen = []\n"
            f"assert draw(rng, seen.append) is rng and seen[0] is rng\nassert {numbers} == expected"
        ),
        answers=frozenset({"draw"}),
    )


FORGE = """
import inspect, gc, sys
def forge(**fields):
    student = next(one for one in gc.get_objects() if type(one).__name__ == 'Student')
    student.channel.send({'op': 'value', 'value': 1, 'nodes': [], 'changed': [], 'outputs': [], **fields})
    sys.modules['os']._exit(0)
"""
ZEROS = {"kind": "python", "version": 3, "words": [*([0] * 624), 624], "normal": 0.25}
MOVED = {"kind": "legacy", "bit_generator": "MT19937", "state": {"key": {"words": [0] * 624}, "pos": "0x0"}}
MOVED |= {"has_gauss": "0x1", "gauss": 0.25}
CLAIMS = {
    "states": {"streams": [[0, ZEROS], [1, MOVED], [2, MOVED]]},
    "the words of older versions": {"random": 7},
    "a change of the generator that was passed": {"changed": [[2, [0]]], "nodes": [["g", MOVED]]},
    "a change of an argument into a generator": {"changed": [[0, [0]]], "nodes": [["g", MOVED]]},
}


@pytest.mark.parametrize("where", [visible, hidden])
@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_whatever_is_said_of_random_numbers_changes_none(where: object, claim: dict[str, object]) -> None:
    numbers = "[np.random.randn(), np.random.rand(), random.gauss(0, 1), random.random(), rng.normal(), rng.uniform()]"
    check(
        locked(f"import random\n{NUMPY}"),
        answer(f"{FORGE}\ndef f(box):\n    forge(**{claim!r})"),
        where(  # type: ignore[operator]
            "def seeded():\n    np.random.seed(1), random.seed(2)\n    return np.random.RandomState(3)\n"
            f"rng = seeded()\nexpected = {numbers}\nrng = seeded()\n"
            f"try:\n    f([rng])\nexcept BaseException as error:\n    failed = error\nassert {numbers} == expected"
        ),
        answers=frozenset({"f"}),
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
    assert "a function a value that cannot be handed over" in report.message
    assert "314159" not in report.message
    report = last(answer(body), hidden("import io\nf(io.StringIO())"), answers=frozenset({"f"}))
    assert "passes to f a value that cannot be handed over" in report.message


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
    refused(["g", {"kind": "new", **state, "buffer_pos": place, "has_uint32": 0, "uinteger": 0}])


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


@pytest.mark.parametrize("code", [",f8", "f8,f8", "<f8,", "3<f8", "(2,)<f8", "<f3", "|O8", "<M8[x]", "<f８"])
def test_the_name_of_a_dtype_is_one_and_nothing_more(code: str) -> None:
    """NumPy evaluates what stands before a comma."""
    refused(["a", code, [1], "C", True, 0], blobs=(bytes(8),))
