"""What may cross between the student's code and a test, and what a test takes from where."""

from __future__ import annotations

import pickle

import pytest
from engine_cells import NUMPY, answer, check, endings, extra, hidden, last, locked, printed, run, visible

from autograder.engine.items import Ending

GIVEN = """
import collections
import datetime
import decimal
import fractions
import numpy as np

class Array(np.ndarray): pass
class Float(float): pass
class Text(str): pass
class Table(dict): pass
class Numbers(list): pass
class Whole(int): pass
class Pair(collections.namedtuple("Pair", "left right")): pass
class Tally(collections.Counter): pass
class Part(fractions.Fraction): pass

def read_only(array):
    array.flags.writeable = False
    return array

def described(x):
    name = type(x).__module__ + "." + type(x).__name__
    if isinstance(x, np.ndarray):
        order = "F" if x.flags.f_contiguous and not x.flags.c_contiguous else "C"
        return [name, x.dtype.str, list(x.shape), order, x.flags.writeable, x.flags.owndata or True, x.tobytes().hex()]
    if isinstance(x, np.generic):
        return [name, x.dtype.str, x.tobytes().hex()]
    if isinstance(x, (list, tuple)):
        return [name, [described(part) for part in x]]
    if isinstance(x, dict):
        return [name, [[described(key), described(value)] for key, value in x.items()]]
    if isinstance(x, (set, frozenset)):
        return [name, sorted([described(part) for part in x], key=repr)]
    if isinstance(x, float):
        return [name, x.hex()]
    if isinstance(x, complex):
        return [name, x.real.hex(), x.imag.hex()]
    if isinstance(x, str):
        return [name, [ord(letter) for letter in x]]
    return [name, repr(x)]
"""

# An expression, and the plain value as which it arrives if that is another one.
VALUES = {
    "None": "",
    "True": "",
    "0": "",
    "2**63": "",
    "-(2**200)": "",
    "1.5": "",
    "-0.0": "",
    "5e-324": "",
    "float('nan')": "",
    "float('-inf')": "",
    "complex(float('nan'), -0.0)": "",
    "'text \\u00e4 \\U0001d11e'": "",
    "'\\ud800 alone'": "",
    "''": "",
    "b'\\x00\\xff'": "",
    "bytearray(b'ab')": "",
    "[]": "",
    "[1, [2.0, ('x', None)], {}]": "",
    "()": "",
    "{1: 'a', 'b': [2], (1, 2): None, None: 0, 2.5: 1}": "",
    "{'b': 1, 'a': 2}": "",
    "set()": "",
    "{1, 'a', (2, 3)}": "",
    "frozenset({1, frozenset()})": "",
    "range(3, 30, 4)": "",
    "range(2**70)": "",
    "np.arange(6.0).reshape(2, 3)": "",
    "np.asfortranarray(np.arange(6.0).reshape(2, 3))": "",
    "np.arange(6).reshape(2, 3).T": "",
    "np.arange(12).reshape(3, 4)[::2, ::-1]": "np.ascontiguousarray(np.arange(12).reshape(3, 4)[::2, ::-1])",
    "np.array(7.0)": "",
    "np.zeros((0, 3))": "",
    "np.zeros((2, 0, 3), np.int8)": "",
    "np.array(['ab', 'c'])": "",
    "np.array([b'ab', b'c'])": "",
    "np.array([True, False])": "",
    "np.array([1, 2], '>i4')": "",
    "np.array([1 + 2j], np.complex64)": "",
    "np.array([1.5, np.nan, -np.inf], np.float16)": "",
    "np.array([1.5], np.longdouble)": "",
    "np.array([2**64 - 1], np.uint64)": "",
    "np.ones((1,) * 32)": "",
    "read_only(np.ones(2))": "",
    "np.broadcast_to(np.float32(3), (2, 2))": "read_only(np.full((2, 2), 3, np.float32))",
    "np.float64(1.5)": "",
    "np.float32(-0.0)": "",
    "np.int8(-3)": "",
    "np.bool_(True)": "",
    "np.complex128(1 - 2j)": "",
    "np.str_('text')": "",
    "np.bytes_(b'text')": "",
    "np.ones(2).view(Array)": "np.ones(2)",
    "np.matrix([[1, 2]])": "np.array([[1, 2]])",
    "np.ma.masked_array([1, 2], [0, 0])": "np.array([1, 2])",
    "Float(2.5)": "2.5",
    "Text('text')": "'text'",
    "Table(a=1)": "{'a': 1}",
    "Numbers([1])": "[1]",
    "Whole(7)": "7",
    "Whole(-(2**70))": "-(2**70)",
    "Pair(1, [2])": "",
    "collections.OrderedDict(b=1, a=2)": "",
    "collections.defaultdict(list, a=[1])": "",
    "collections.Counter('aab')": "",
    "Tally('aab')": "collections.Counter('aab')",
    "collections.deque([1, [2]])": "",
    "collections.deque([1, 2, 3], 2)": "",
    "fractions.Fraction(-22, 7)": "",
    "fractions.Fraction(3**2000)": "",
    "Part(22, 7)": "fractions.Fraction(22, 7)",
    "decimal.Decimal('-1.50')": "",
    "decimal.Decimal('1E+9999')": "",
    "decimal.Decimal('-Infinity')": "",
    "decimal.Decimal('sNaN7')": "",
    "datetime.date(2026, 2, 28)": "",
    "datetime.time(23, 59, 59, 999, fold=1)": "",
    "datetime.datetime(2026, 1, 2, 3, 4, 5, 6)": "",
    "datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)": "",
    "datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=-3), 'home'))": "",
    "datetime.timezone(datetime.timedelta(minutes=90))": "",
    "datetime.timedelta(-3, 4, 5)": "",
    "np.datetime64('2026-01-02')": "",
    "np.timedelta64(3, 'h')": "",
    "np.array(['2026-01-02', 'NaT'], 'datetime64[ns]')": "",
    "np.array([1, 2], 'timedelta64[25s]')": "",
    "np.array([(1, [2.0, 3.0], ('x',))], [('a', int), ('b', float, (2,)), ('c', [('d', 'U3')])])": "",
    "np.array([(1, 2.0)], np.dtype([('a', 'i1'), ('b', float)], align=True))": (
        "np.array([(1, 2.0)], [('a', 'i1'), ('b', float)])"
    ),
    "[Float(1.0), {Text('k'): Whole(1)}]": "[1.0, {'k': 1}]",
    "float": "",
    "np.float32": "",
}


@pytest.mark.parametrize("value", VALUES)
def test_a_value_arrives_as_exactly_its_plain_type(value: str) -> None:
    wanted = VALUES[value] or value
    check(
        locked(GIVEN),
        answer(f"def make():\n    return {value}\ndef seen(x):\n    return described(x)"),
        visible(f"assert described(make()) == described({wanted}), described(make())"),
        visible(f"assert seen({value}) == described({wanted}), seen({value})"),
        visible(f"assert described(make) != described({wanted})"),
    )


@pytest.mark.parametrize(
    "value",
    [
        "np.array([None, 1])",
        "np.array([(1, None)], [('a', int), ('b', object)])",
        "np.array([(1, None)], [('a', int), ('b', object)])[0]",
        "decimal.Decimal('1e999999')",
        "decimal.Decimal('1' * 30_000)",
        "fractions.Fraction(1, 10**40_000)",
        "datetime.datetime(2026, 1, 2, tzinfo=zoneinfo.ZoneInfo('UTC'))",
        "np",
        "[1, {'module': np}]",
        "{'deep': nested(100)}",
    ],
)
def test_what_cannot_cross_gives_a_sentence(value: str) -> None:
    nested = "def nested(n):\n    return [nested(n - 1)] if n else 0"
    cells = (
        locked(f"{NUMPY}\nimport datetime, decimal, fractions, zoneinfo"),
        locked(nested),
        answer(f"def make():\n    return {value}\ndef take(x):\n    return 1"),
    )
    for word in ("make()", f"take({value})"):
        report = last(*cells, visible(word))
        assert report.ending is Ending.error
        assert any(end in report.message for end in ("handed", "nested deeper", "plain value")), report.message


def test_a_hidden_test_says_that_a_result_is_no_plain_value() -> None:
    report = last(locked(NUMPY), answer("def f():\n    return np.array([None])"), hidden("f()"))
    assert report.ending is Ending.error
    assert report.message.startswith("A result is not a plain value")
    assert "dtype object" in report.detail


def test_one_object_passed_twice_arrives_as_one() -> None:
    check(
        locked(NUMPY),
        answer("def alike(a, b):\n    return a is b\ndef inside(a, b):\n    return b['x'][0] is a"),
        visible("for x in ([1], {1: 2}, {3}, np.ones(2), (1, 2), (), frozenset({1}), 1j):\n    assert alike(x, x), x"),
        visible("a = np.ones(2)\nassert inside(a, {'x': [a]})\nassert alike(b=a, a=a)"),
        visible("assert not alike([1], [1])\nassert not alike(np.ones(2), np.ones(2))"),
    )


def test_an_argument_that_comes_back_is_the_callers_own() -> None:
    check(
        locked(NUMPY),
        answer("def same(x):\n    return x\ndef deep(x):\n    return {'first': x[0], 'all': x}"),
        visible("for x in ([1], {1: 2}, {3}, np.ones(2), np.random.default_rng(1)):\n    assert same(x) is x, x"),
        visible("x = [np.ones(2), 3]\nr = deep(x)\nassert r['all'] is x and r['first'] is x[0]"),
        visible("x = [1]\nassert same(list(x)) is not x"),
    )


CHANGES = {
    "append to a list": ("x.append(4)", "[1, 2]", "[1, 2, 4]"),
    "empty a list": ("x.clear()", "[1, 2]", "[]"),
    "sort a list": ("x.sort()", "[2, 1]", "[1, 2]"),
    "replace an entry by an equal one of another type": ("x[0] = 1.0", "[1, 2]", "[1.0, 2]"),
    "set an entry of a dict": ("x['b'] = 2", "{'a': 1}", "{'a': 1, 'b': 2}"),
    "remove an entry of a dict": ("del x['a']", "{'a': 1, 'b': 0}", "{'b': 0}"),
    "order of a dict": ("x['a'] = x.pop('a')", "{'a': 1, 'b': 0}", "{'b': 0, 'a': 1}"),
    "add to a set": ("x.add(2)", "{1}", "{1, 2}"),
    "bytes": ("x[0] = 66", "bytearray(b'A')", "bytearray(b'B')"),
    "an array": ("x[0] = 9", "np.zeros(2)", "np.array([9.0, 0.0])"),
    "an array through a view": ("v = x[1:]; v += 1", "np.zeros(2)", "np.array([0.0, 1.0])"),
    "a Fortran array": ("x[1, 0] = 3", "np.zeros((2, 2), order='F')", "np.array([[0, 0.0], [3, 0]])"),
    "a 0-d array": ("x[...] = 3", "np.array(1.0)", "np.array(3.0)"),
    "something deep inside": ("x[0]['a'][1][0] = 5", "[{'a': (1, [2])}]", "[{'a': (1, [5])}]"),
    "an array in a dict": ("x['W'] -= 1", "{'W': np.ones(2)}", "{'W': np.zeros(2)}"),
    "nothing": ("x = [3]", "[1]", "[1]"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_argument_that_is_changed_in_place_is_changed_at_the_caller(change: str) -> None:
    body, before, after = CHANGES[change]
    check(
        locked(GIVEN),
        answer(f"def f(x):\n    {body}\ndef g(x):\n    {body}\n    raise ValueError('afterwards')"),
        visible(f"x = {before}\nassert f(x) is None\nassert described(x)[0] == described({after})[0]"),
        visible(f"x = {before}\nf(x)\nassert repr(x) == repr({after}), x"),
        visible(f"x = {before}\ntry: g(x)\nexcept ValueError: pass\nassert repr(x) == repr({after}), x"),
    )


def test_a_row_that_is_passed_writes_into_its_matrix() -> None:
    check(
        locked(NUMPY),
        answer("def f(a):\n    a[0] = 9"),
        visible(
            "A = np.zeros((2, 2))\nf(A[1])\nassert A.tolist() == [[0, 0], [9, 0]]\nf(A.T)\n"
            "assert A[0].tolist() == [9, 0]"
        ),
        visible("A = np.zeros((2, 2))\nf(A[:, ::-1])\nassert A.tolist() == [[9, 9], [0, 0]]"),
    )


def test_an_entry_that_is_assigned_anew_leaves_the_callers_array_alone() -> None:
    check(
        locked(NUMPY),
        answer("def f(p):\n    p['W'] = p['W'] - 1\ndef g(p):\n    p['W'] -= 1\n    p['W'] = p['W'] * 10"),
        visible("W = np.ones(2)\np = {'W': W}\nf(p)\nassert W.tolist() == [1, 1]\nassert p['W'].tolist() == [0, 0]"),
        visible("W = np.ones(2)\np = {'W': W}\ng(p)\nassert W.tolist() == [0, 0]\nassert p['W'] is not W"),
    )


def test_two_entries_that_change_places_are_still_the_callers_objects() -> None:
    check(
        locked(NUMPY),
        answer("def swap(x):\n    x[0], x[1] = x[1], x[0]"),
        visible(
            "a, b = np.zeros(1), np.ones(1)\nx = [a, b]\nswap(x)\nassert x[0] is b and x[1] is a\nassert b[0] == 1"
        ),
    )


def test_an_array_that_must_not_be_written_to_is_not() -> None:
    check(
        locked(NUMPY),
        answer("def f(a):\n    a[0] = 1"),
        visible(
            "a = np.zeros(2)\na.flags.writeable = False\ntry: f(a)\n"
            "except ValueError as error: assert 'read-only' in str(error)\nelse: assert False\nassert a[0] == 0"
        ),
    )


def test_an_argument_whose_shape_was_changed_in_place_gives_a_sentence() -> None:
    source = "a = np.zeros(4)\nf(a)"
    cells = (locked(NUMPY), answer("def f(a):\n    a.shape = (2, 2)"))
    for cell in (visible(source), hidden(source)):
        report = last(*cells, cell)
        assert report.ending is Ending.error
        assert "another shape" in report.detail
        assert "another shape" in report.message


def test_a_list_that_contains_itself() -> None:
    check(
        answer("def knot():\n    x = [1]\n    x.append(x)\n    return x\ndef tied(x):\n    return x[1] is x\n"
               "def tie(x):\n    x.append(x)"),
        visible("x = knot()\nassert x[0] == 1 and x[1] is x"),
        visible("x = [1]\nx.append(x)\nassert tied(x)"),
        visible("x = [1]\ntie(x)\nassert len(x) == 2 and x[1] is x"),
        visible("d = {}\nd['me'] = d\nassert len(d) == 1"),
    )  # fmt: skip


# Random numbers.

DRAWS = """
def draw(n):
    return np.random.rand(n)
def normal(n):
    return np.random.randn(n)
def plain(n):
    return [random.random() for _ in range(n)]
def gauss(n):
    return [random.gauss(0, 1) for _ in range(n)]
def seeded():
    np.random.seed(7)
    random.seed(7)
    return np.random.rand(), random.random()
"""


@pytest.mark.parametrize("where", [visible, hidden])
@pytest.mark.parametrize(
    "source",
    [
        "np.random.seed(1)\na = draw(4)\nnp.random.seed(1)\nassert np.array_equal(a, np.random.rand(4))",
        "np.random.seed(1)\na = np.r_[draw(2), draw(1), normal(3)]\n"
        "np.random.seed(1)\nassert np.array_equal(a, [*np.random.rand(3), *np.random.randn(3)])",
        "np.random.seed(1)\nnp.random.randn(1)\na = normal(2)\n"
        "np.random.seed(1)\nassert np.array_equal(a, np.random.randn(3)[1:])",
        "random.seed(1)\na = [*gauss(3), *plain(2)]\n"
        "random.seed(1)\nassert a == [*(random.gauss(0, 1) for _ in range(3)), random.random(), random.random()]",
        "random.seed(1)\na = plain(2)\nb = plain(2)\n"
        "random.seed(1)\nassert a + b == [random.random() for _ in range(4)]",
    ],
)
def test_the_seed_of_a_test_determines_what_the_function_draws(where: object, source: str) -> None:
    check(locked("import random\nimport numpy as np"), answer(DRAWS), where(source))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("seed", "call"),
    [
        ("np.random.seed(1)", "list(draw(3))"),
        ("np.random.seed(1); np.random.randn()", "list(normal(3))"),
        ("np.random.seed(1); np.random.rand(3)", "list(draw(3))"),
        ("np.random.set_state(state)", "list(draw(3))"),
        ("random.seed(1)", "plain(3)"),
        ("random.seed(1); random.gauss(0, 1)", "gauss(3)"),
        ("random.setstate(plain_state)", "plain(3)"),
    ],
)
def test_the_same_seed_twice_gives_the_same_numbers_twice(seed: str, call: str) -> None:
    """Although the test itself has drawn nothing between the calls."""
    check(
        locked("import random\nimport numpy as np"),
        answer(DRAWS),
        visible(
            f"np.random.seed(1)\nstate, plain_state = np.random.get_state(), random.getstate()\n"
            f"{seed}\na = {call}\n{seed}\nb = {call}\nc = {call}\nassert a == b\nassert b != c"
        ),
    )


@pytest.mark.parametrize("where", [visible, hidden])
@pytest.mark.parametrize("call", ["list(draw(2))", "list(normal(2))", "plain(2)", "gauss(2)"])
@pytest.mark.parametrize("seed", ["pass", "np.random.seed(1); random.seed(1)"])
def test_two_calls_draw_different_numbers(where: object, call: str, seed: str) -> None:
    check(
        locked("import random\nimport numpy as np"),
        answer(DRAWS),
        where(f"{seed}\nassert {call} != {call}"),  # type: ignore[operator]
    )


def test_the_two_global_generators_have_nothing_to_do_with_each_other() -> None:
    check(
        locked("import random\nimport numpy as np"),
        answer(DRAWS),
        visible("a = plain(2)\nnp.random.seed(1)\nassert a != plain(2)"),
        visible("a = list(draw(2))\nrandom.seed(1)\nassert a != list(draw(2))"),
    )


def test_a_callback_draws_from_the_tests_stream_and_can_seed_the_students() -> None:
    check(
        locked(NUMPY),
        answer("def f(g):\n    return [np.random.rand(), g(), np.random.rand()]"),
        visible(
            "np.random.seed(1)\na = f(np.random.rand)\nb = np.random.rand()\n"
            "np.random.seed(1)\nfirst, second = np.random.rand(2)\n"
            "assert a == [first, first, second]\nassert b == second"
        ),
        visible(
            "np.random.seed(1)\na = f(lambda: np.random.seed(2))[2]\nnp.random.seed(2)\nassert a == np.random.rand()"
        ),
    )


def test_a_seed_before_a_step_of_an_iteration_counts() -> None:
    check(
        locked(NUMPY),
        answer("def f():\n    while True:\n        yield np.random.rand()"),
        visible(
            "steps = iter(f())\nnp.random.seed(1)\na = next(steps), next(steps)\n"
            "np.random.seed(1)\nb = next(steps)\n"
            "np.random.seed(1)\nassert a == tuple(np.random.rand(2))\nassert b == a[0]"
        ),
    )


def test_a_seed_in_a_cell_changes_nothing_in_a_test() -> None:
    numbers = "found = draw(1)[0], plain(1)[0], np.random.rand(), random.random()"
    cells = [locked("import random\nimport numpy as np"), answer(DRAWS)]
    keep = visible(numbers.replace("found", "expected"))
    for seed in ("np.random.seed(3); random.seed(3)", "np.random.rand(); random.random()"):
        check(*cells, keep, extra(seed), visible(f"{numbers}\nassert found == expected"))


MADE_TO_ORDER = {
    "zeros": "np.random.set_state(('MT19937', np.zeros(624, np.uint32), 624))",
    "plain zeros": "import random; random.setstate((3, (0,) * 624 + (624,), None))",
    "a seed of one's own": "np.random.seed(99)",
    "a plain seed of one's own": "import random; random.seed(99)",
    "numbers drawn": "import random; np.random.randn(3); random.gauss(0, 1)",
    "a normal number of one's own": "s = np.random.get_state(); np.random.set_state((*s[:3], 1, 0.25))",
    "a plain normal number of one's own": "import random; random.setstate((*random.getstate()[:2], 0.25))",
}


@pytest.mark.parametrize("where", [visible, hidden])
@pytest.mark.parametrize("state", MADE_TO_ORDER.values(), ids=MADE_TO_ORDER)
def test_nothing_of_the_students_changes_what_a_test_draws(where: object, state: str) -> None:
    drawn = "found = np.random.randn(), np.random.rand(), random.gauss(0, 1), random.random()"
    again = f"{drawn}\nassert found == expected"
    for seed in ("pass", "np.random.seed(5); random.seed(6)"):
        check(
            locked(f"import random\n{NUMPY}\n{seed}"),
            answer(f"def f(g):\n    {state}\n    g()\n    {state}\n    return 1"),
            visible(drawn.replace("found", "expected")),
            visible(again),
            where(f"assert f(lambda: None) == 1\n{again}"),  # type: ignore[operator]
            extra(state),
            where(again),  # type: ignore[operator]
        )


GENERATORS = [
    "np.random.default_rng(1)",
    "np.random.RandomState(1)",
    "np.random.Generator(np.random.MT19937(1))",
    "np.random.Generator(np.random.Philox(1))",
    "np.random.Generator(np.random.SFC64(1))",
    "np.random.Generator(np.random.PCG64DXSM(1))",
    "np.random.RandomState(np.random.PCG64(1))",
    "random.Random(1)",
]
ANY_DRAW = """
    return [rng.normalvariate() if isinstance(rng, random.Random) else rng.normal() for _ in range(3)]
"""
STREAMS = f"""
kept = []
def draw(rng):{ANY_DRAW}
def keep(rng):
    kept.append(rng)
def is_kept(rng):
    return rng is kept[0]
def give():
    return kept[0]
def ask(g):
    return g(kept[0])
"""


@pytest.mark.parametrize("where", [visible, hidden])
@pytest.mark.parametrize("make", GENERATORS)
def test_a_generator_that_a_test_passes_is_one_stream_over_many_calls(where: object, make: str) -> None:
    check(
        locked(f"import random\n{NUMPY}\ndef own(rng):{ANY_DRAW}"),
        answer(STREAMS),
        where(f"a, b = {make}, {make}\nassert draw(a) + draw(a) == own(b) + own(b)"),  # type: ignore[operator]
        where(f"assert draw({make}) == draw({make})"),  # type: ignore[operator]
        where(f"a = {make}\nassert draw(a) == own(a)\nassert draw(a) == own(a)"),  # type: ignore[operator]
        where(f"a, b = {make}, {make}\nassert draw(a) == draw(b)\nassert draw(a) == draw(b)"),  # type: ignore[operator]
    )


@pytest.mark.parametrize("make", GENERATORS)
def test_a_generator_that_is_put_back_is_put_back_for_the_student_too(make: str) -> None:
    back = {"np.random.R": "rng.set_state(state)", "random": "rng.setstate(state)"}
    put = next((how for start, how in back.items() if make.startswith(start)), "rng.bit_generator.state = state")
    get = put.replace("set", "get").replace("(state)", "()").removesuffix(" = state")
    check(
        locked(f"import random\n{NUMPY}"),
        answer(STREAMS),
        visible(
            f"rng = {make}\nstate = {get}\na = draw(rng)\n{put}\nb = draw(rng)\nassert a == b\nassert draw(rng) != a"
        ),
    )


@pytest.mark.parametrize("make", GENERATORS)
def test_a_generator_stays_one_object(make: str) -> None:
    check(
        locked(f"import random\n{NUMPY}"),
        answer(STREAMS),
        visible(
            f"rng, other = {make}, {make}\nkeep(rng)\nassert is_kept(rng)\nassert not is_kept(other)\n"
            "assert give() is rng\nassert ask(lambda given: given is rng)"
        ),
    )


def test_many_generators_take_no_more_time_than_few() -> None:
    """That is: each call looks at the generators that it passes, not at all that were passed before."""
    call = "draw(np.random.RandomState(n))"
    check(locked(NUMPY), answer("def draw(rng):\n    pass"), visible(f"for n in range(1000): {call}", seconds=20))


def test_the_global_generator_is_a_generator_like_others() -> None:
    check(
        locked(f"import random\n{NUMPY}"),
        answer(STREAMS),
        visible(
            "a = np.random.mtrand._rand\nnp.random.seed(1)\nb = draw(a)\nassert b == list(np.random.normal(size=3))"
        ),
    )


@pytest.mark.parametrize("make", [make for make in GENERATORS if "random.Random(" not in make])
def test_a_generator_of_the_students_comes_as_a_copy(make: str) -> None:
    check(
        locked(NUMPY),
        answer(f"rng = {make}\ndef give():\n    return rng\ndef draw():\n    return rng.normal()"),
        visible(
            "a, b = give(), give()\nassert a is not b\n"
            "assert a.normal() == b.normal() == draw()\nassert draw() != draw()"
        ),
    )


# Functions and objects that cross.

CALLS = """
def apply(f, *args, **kwargs):
    return f(*args, **kwargs)
def guarded(f):
    try:
        return f()
    except KeyError:
        return 'caught'
def give(f):
    return f
def compose(f, g):
    return lambda x: f(g(x))
def square(x):
    return x * x
def is_mine(f):
    return f is square
def filled(f):
    a = np.zeros(2)
    f(a)
    return a
def gradient(f, x, h=1e-5):
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))])
"""


@pytest.mark.parametrize("where", [visible, hidden])
@pytest.mark.parametrize(
    "source",
    [
        "assert apply(np.sin, 0.5) == np.sin(0.5)",
        "k = 3\nassert apply(lambda x, y=1: k * x + y, 2, y=5) == 11",
        "assert apply(sum, [1, 2]) == 3",
        "def down(n):\n    return 0 if n == 0 else 1 + apply(down, n - 1)\nassert down(8) == 8",
        "def loud(): raise KeyError('key')\nassert guarded(loud) == 'caught'",
        "def loud(): raise ValueError('too much')\ntry: guarded(loud)\n"
        "except ValueError as error: assert str(error) == 'too much'\nelse: assert False",
        "def fill(a): a[0] = 5\nassert filled(fill).tolist() == [5, 0]",
        "f = lambda x: x\nassert give(f) is f\nassert give([f])[0] is f\nassert give(np.sin) is np.sin",
        "assert compose(lambda x: x + 1, np.square)(3) == 10",
        "assert apply(square, 3) == 9\nassert is_mine(square)\nassert not is_mine(apply)\nassert is_mine(give(square))",
        "assert list(map(square, [1, 2])) == [1, 4]",
        "f = lambda x: float((x ** 3).sum())\nassert np.allclose(gradient(f, np.array([1.0, 2.0])), [3, 12])",
        "assert apply(lambda f: f(4), square) == 16",
        "assert square.__name__ == 'square' and callable(square)",
        "import inspect\nassert list(inspect.signature(gradient).parameters) == ['f', 'x', 'h']",
    ],
)
def test_functions_are_arguments_and_results(where: object, source: str) -> None:
    check(locked(NUMPY), answer(CALLS), where(source))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("kind", "message"),
    [("KeyError('W')", "KeyError"), ("b'\\xff'.decode()", "UnicodeDecodeError"), ("[][1]", "IndexError")],
)
def test_what_a_callback_raises_goes_through_the_students_code(kind: str, message: str) -> None:
    loud = f"def loud():\n    x = {kind}\n    if isinstance(x, Exception): raise x"
    check(
        locked(NUMPY),
        answer(CALLS),
        visible(
            f"{loud}\ntry: loud()\nexcept {message} as error: said = str(error)\n"
            f"try: apply(loud)\nexcept {message} as error: assert str(error) == said, str(error)\nelse: assert False"
        ),
    )


def test_calls_inside_calls_end() -> None:
    source = "def down(n):\n    return apply(down, n + 1)\ndown(0)"
    report = last(locked(NUMPY), answer(CALLS), visible(source))
    assert report.ending is Ending.error
    assert "RecursionError" in report.message


OBJECTS = """
class Network:
    size = 4
    def __call__(self, x):
        return 2 * x
    def __getitem__(self, key):
        return {'W': np.ones(2)}[key]
def network():
    return Network()
def count(n):
    yield from range(n)
def forever():
    n = 0
    while True:
        yield n
        n += 1
def forward(x):
    cache = Network()
    cache.x = x
    return x + 1, (cache, np.ones(2))
def backward(cache):
    return cache[0].x, cache[1]
def stops():
    yield 1
    raise ValueError('stopped')
"""


@pytest.mark.parametrize("where", [visible, hidden])
@pytest.mark.parametrize(
    "source",
    [
        "assert list(count(3)) == [0, 1, 2]",
        "g = count(2)\nassert [next(g), next(g), next(g, 'end')] == [0, 1, 'end']",
        "assert [b for a, b in zip(range(3), forever())] == [0, 1, 2]",
        "assert 2 in count(3)",
        "assert network()(4) == 8\nassert network()['W'].tolist() == [1, 1]",
        "try: network()['V']\nexcept KeyError as error: assert error.args == ('V',)\nelse: assert False",
        "assert not hasattr(network(), 'depth')\nassert getattr(network(), 'depth', 3) == 3",
        "assert Network()(2) == 4",
        "y, cache = forward(3)\nx, ones = backward(cache)\nassert (x, y) == (3, 4) and ones.sum() == 2",
        "seen = []\ntry:\n    for x in stops(): seen.append(x)\nexcept ValueError: seen.append('stop')\n"
        "assert seen == [1, 'stop']",
        "try: iter(network()).__next__()\nexcept KeyError: pass\nelse: assert False",
    ],
)
def test_generators_and_instances_can_be_called_indexed_and_iterated(where: object, source: str) -> None:
    check(locked(NUMPY), answer(OBJECTS), where(source))  # type: ignore[operator]


CHANGES_LATER = """
def f(x, names):
    while len(names) < 3:
        x += 1
        names.append(len(names))
        yield x
class Later:
    def __init__(self, x):
        self.x = x
    def __iter__(self):
        self.x += 1
        yield self.x.sum()
"""


@pytest.mark.parametrize("where", [visible, hidden])
@pytest.mark.parametrize(
    "source",
    [
        "x, names = np.zeros(2), []\nfor _ in f(x, names): pass\nassert x.tolist() == [3, 3] and names == [0, 1, 2]",
        "x, names = np.zeros(2), []\ng = f(x, names)\nassert not x.any()\nnext(g)\nassert x.tolist() == [1, 1]",
        "x, names = np.zeros(2), []\ng = iter(f(x, names))\ngot = next(g)\nassert got is x and names == [0]",
        "x, y = np.zeros(2), np.zeros(3)\na, b = f(x, []), f(y, [])\nnext(a)\nassert x.any() and not y.any()",
        "x = np.zeros(2)\nassert list(Later(x)) == [2] and x.tolist() == [1, 1]",
    ],
)
def test_what_an_iteration_changes_in_the_arguments_of_its_call_is_changed_at_each_step(
    where: object, source: str
) -> None:
    check(locked(NUMPY), answer(CHANGES_LATER), where(source))  # type: ignore[operator]


def test_a_function_of_an_earlier_test_is_refused_with_a_sentence() -> None:
    cells = (
        answer("def f(x):\n    return x\ndef g(h):\n    return h(1)"),
        visible("kept = [f]\nassert kept[0](1) == 1"),
    )
    for use in ("kept[0](1)", "g(kept[0])"):
        for cell in (visible(use), hidden(use)):
            report = last(*cells, cell)
            assert report.ending is Ending.error
            assert "earlier test" in report.detail, report.detail


# Where a test takes its names from.


@pytest.mark.parametrize("where", [visible, hidden])
def test_imports_and_definitions_of_locked_cells_are_the_instructors(where: object) -> None:
    check(
        locked("import math\nimport numpy as np\ndef helper(x):\n    return 2 * x"),
        answer(
            "import math\nmath.sqrt = lambda x: 0\nnp.sum = lambda x: 0\nhelper = lambda x: 0\ndef f():\n    "
            "return helper(1)"
        ),
        extra("np = None\nmath = None\ndef helper(x): return 0"),
        where("assert helper(2) == 4 and math.sqrt(4) == 2 and np.sum([1, 2]) == 3\nassert f() == 0"),  # type: ignore[operator]
        answers=frozenset({"f"}),
    )


def test_a_locked_value_is_the_instructors_and_a_differing_one_is_named() -> None:
    cells = (locked(NUMPY), locked("N = 3\nA = np.arange(N)"), answer("def f():\n    return N"))
    test = "assert N == 3 and A.tolist() == [0, 1, 2]"
    assert check(*cells, visible(test), hidden(test)).oddities == ()
    report = check(*cells, extra("N = 5\nA[:] = 9"), visible(test), hidden(test))
    assert sorted(report.oddities) == [
        "the name A of a locked cell has another value in the student's process",
        "the name N of a locked cell has another value in the student's process",
    ]


def test_a_locked_value_that_is_not_a_number_is_the_same_on_both_sides() -> None:
    cells = locked("missing = [float('nan'), {'a': 1}]"), answer("def f():\n    return 1")
    assert check(*cells, visible("assert missing[0] != 1")).oddities == ()


def test_a_locked_value_that_is_random_does_not_disturb_the_tests_own_numbers() -> None:
    check(
        locked(f"{NUMPY}\nnp.random.seed(1)\nX = np.random.rand(2)"),
        answer("def f(x):\n    return x"),
        visible("np.random.seed(5)\nf(X)\na = np.random.rand()\nnp.random.seed(5)\nassert a == np.random.rand()"),
    )


@pytest.mark.parametrize("where", [visible, hidden])
@pytest.mark.parametrize(
    "between",
    ["result = f(2)", "def helper(x):\n    return f(x)\nresult = helper(2)", "out = f(2)\nresult = out"],
)
def test_a_locked_cell_that_calls_the_students_function_gives_the_students_value(where: object, between: str) -> None:
    cells = (answer("def f(x):\n    return x + 40"), locked(between))
    check(*cells, where("assert result == 42"))  # type: ignore[operator]
    check(*cells, extra("result = 7"), where("assert result == 7"))  # type: ignore[operator]


def test_a_locked_cell_that_uses_an_earlier_result_gives_the_students_value() -> None:
    check(
        answer("def f(x):\n    return x + 40"),
        locked("out = f(2)"),
        locked("more = out + 1"),
        hidden("assert more == 43"),
    )


def test_released_lines_bind_names_for_later_cells_and_hidden_lines_do_not() -> None:
    report = run(
        locked(NUMPY),
        answer("def f(x):\n    return x + 1"),
        visible("A = f(np.ones(2))\ndef helper(x):\n    return f(x)"),
        extra("print(A, helper(3))"),
        hidden("C = 5", released="B = f(1)"),
        extra("print(B)\nprint('C' in dir())"),
        hidden("assert B == 2 and C == 5 and helper(3) == 4 and A[0] == 2"),
    )
    assert [str(cell.ending) for cell in report.cells] == ["ok"] * 7
    assert printed(report.cells[3]) == "[2. 2.] 4"
    assert printed(report.cells[5]) == "2\nFalse"


def test_names_of_one_test_are_there_in_later_tests() -> None:
    report = run(
        answer("def f(x):\n    return [x]"),
        visible("kept = f(1)\nimport math\ndef helper():\n    return kept"),
        visible("assert kept == [1] and helper() is kept and math.sqrt(4) == 2\nkept.append(2)"),
        visible("assert kept == [1, 2]"),
        hidden("secret = f(3)"),
        hidden("assert secret == [3]"),
        visible("secret"),
    )
    assert endings(report) == ["ok"] * 6 + ["error"]
    assert "NameError" in report.cells[-1].message


SQUARES = """
def squares(n):
    return [i ** 2 for i in range(1, n + 1)]
"""
USES_SQUARES = """
orig_squares = squares
del squares
try:
    sum_of_squares(1)
except NameError:
    pass
else:
    raise AssertionError("sum_of_squares does not use squares")
finally:
    squares = orig_squares
"""


@pytest.mark.parametrize("where", [visible, hidden])
def test_a_name_that_a_test_deletes_is_deleted_in_the_students_copy(where: object) -> None:
    uses = "def sum_of_squares(n):\n    return sum(squares(n))"
    alone = "def sum_of_squares(n):\n    return sum(i * i for i in range(n + 1))"
    after = "\nassert sum_of_squares(3) == 14 and squares(2) == [1, 4]"
    check(answer(SQUARES), answer(uses), where(USES_SQUARES + after), where(after))  # type: ignore[operator]
    report = last(answer(SQUARES), answer(alone), where(USES_SQUARES))  # type: ignore[operator]
    assert report.ending is Ending.failed
    assert report.message == "sum_of_squares does not use squares"


def test_a_name_that_a_failed_test_has_not_bound_is_nobodys() -> None:
    report = run(
        locked(NUMPY),
        answer("def f(x): return x + 1\nown = every = 5"),
        hidden("assert f(1) == 3\nown = 6"),
        hidden("assert own == 5"),
        visible("for every in range(f(0) - 1): pass"),
        visible("assert every == 5"),
        answers=frozenset("f"),
    )
    assert endings(report)[2:] == ["failed", "error", "ok", "error"]
    assert report.cells[3].message.startswith("NameError: name 'own' is not defined")


def test_what_tests_have_bound_outlives_their_process() -> None:
    report = run(
        locked(NUMPY),
        answer("def f(): return 1"),
        visible("three = np.ones(3)\ndef more(x): return x + len(three) + f()\nsix = f() + 5"),
        visible("import os\nos._exit(1)"),
        visible("assert six == 6 and more(1) == 5 and three.sum() == 3"),
        hidden("assert six == 6 and more(1) == 5 and three.sum() == 3"),
    )
    assert endings(report)[2:] == ["ok", "error", "ok", "ok"]


def test_a_name_that_a_test_rebinds_is_rebound_in_the_students_copy_for_that_test_only() -> None:
    cells = (answer(SQUARES), answer("def sum_of_squares(n):\n    return sum(squares(n))"))
    check(
        *cells,
        visible("squares = lambda n: [1] * n\nassert sum_of_squares(5) == 5"),
        visible("assert sum_of_squares(2) == 5 and squares(2) == [1, 4]"),
        hidden("del squares"),
        hidden("assert squares(1) == [1]"),
        hidden("def squares(n): return [7]\nassert sum_of_squares(3) == 7"),
        hidden("squares = 5\nassert squares == 5"),
    )


def test_a_deleted_name_is_gone() -> None:
    report = last(answer(SQUARES), visible("del squares\nsquares(1)"))
    assert report.ending is Ending.error
    assert "NameError" in report.message
    assert last(answer(SQUARES), visible("del nothing")).ending is Ending.error


def test_each_test_has_a_fresh_copy_of_the_students_process() -> None:
    test = "assert tick() == 1 and tick() == 2\nassert seen == [0] and push() == 2"
    body = (
        "n = 0\nseen = [0]\ndef tick():\n    global n\n    n += 1\n    return n\ndef push():\n    "
        "seen.append(1)\n    return len(seen)"
    )
    report = check(answer(body), visible(test), hidden(test), visible(test), hidden(test), extra("print(n, seen)"))
    assert printed(report.cells[-1]) == "0 [0]"


def test_what_a_function_does_to_its_process_is_over_with_the_test() -> None:
    check(
        answer(
            "import os\ndef note():\n    os.environ['X'] = 'x'\n    os.chdir('/')\ndef look():\n    "
            "return 'X' in os.environ, os.getcwd()"
        ),
        visible("note()\nassert look() == (True, '/')"),
        visible("assert look() == (False, '/home/student')"),
    )


@pytest.mark.parametrize("where", [visible, hidden])
def test_builtins_in_a_test_are_pythons(where: object) -> None:
    body = (
        "def f():\n    return 1\n"
        "import builtins\nsum = max = print = lambda *_: 0\nbuiltins.sorted = builtins.abs = lambda _: 0"
    )
    test = "assert abs(-2) == 2 and sorted([2, 1]) == [1, 2] and sum([1, 2]) == 3 and max(1, 2) == 2 and f() == 1\n"
    check(answer(body), where(test), answers=frozenset({"f"}))  # type: ignore[operator]


def test_a_builtin_that_the_assignment_asks_for_is_the_students() -> None:
    check(
        answer("def sum(x):\n    return 'mine'"),
        visible("assert sum([1]) == 'mine'"),
        hidden("assert sum([]) == 'mine'"),
    )


def test_a_module_that_only_the_student_imports_is_no_part_of_a_test() -> None:
    check(answer("import math\ndef f():\n    return math.pi"), hidden("assert f() > 3"), answers=frozenset({"f"}))
    report = last(answer("import math\ndef f():\n    return 1"), visible("math.pi"), answers=frozenset({"f"}))
    assert report.ending is Ending.error
    assert "only the student's code imports" in report.message


@pytest.mark.parametrize("where", [visible, hidden])
@pytest.mark.parametrize(
    ("ending", "credit"),
    [
        ("0.5", 0.5),
        ("2", 2.0),
        ("np.float32(0.25)", 0.25),
        ("points = 1 if f() == 2 else 0\npoints", 1.0),
        ("0", 0.0),
        ("-1", 0.0),
        ("1 if f() else 0", 1.0),
        ("True", None),
        ("np.True_", None),
        ("float('nan')", 0.0),
        ("2.0 * np.array_equal(f(), 2)", 2.0),
        ("np.isclose([f(), 1], 2).mean()", 0.5),
        ("np.add(f(), 1)", None),
        ("float('inf')", 0.0),
        ("f()", None),
        ("mine", None),
        ("'1'", None),
        ("None", None),
        ("np.ones(1)", None),
        ("1j", None),
        ("3;\npass", None),
        ("network()(1)", None),
    ],
)
def test_a_number_that_a_test_ends_with_is_partial_credit(where: object, ending: str, credit: float | None) -> None:
    cells = (locked(NUMPY), answer("mine = 2\ndef f():\n    return 2\n" + OBJECTS))
    report = check(*cells, where(ending))  # type: ignore[operator]
    assert report.cells[-1].credit == credit


# Exceptions of the student's.

RAISES = """
class Mine(ValueError):
    def __init__(self, a, b):
        super().__init__(f"{a} and {b}")
class Hostile(ValueError):
    def __str__(self):
        raise RuntimeError("no text")
class Lasting(ValueError):
    def __str__(self):
        return Text("text")
class Text(str):
    def __eq__(self, other):
        return True
    __hash__ = str.__hash__
def fail(kind):
    raise {
        "value": ValueError("a value"), "key": KeyError("W1"), "mine": Mine(1, 2), "hostile": Hostile("x"),
        "exit": SystemExit(3), "interrupt": KeyboardInterrupt("stop"), "assert": AssertionError("not so"),
        "group": ExceptionGroup("two", [ValueError(1), KeyError(2)]), "stop": StopIteration(4),
        "todo": NotImplementedError("not written yet"), "empty": TypeError(),
        "file": FileNotFoundError(2, "No such", "x"),
        "text": Lasting("x"), "base": BaseException("all"), "warning": UserWarning("careful"),
    }[kind]
def decode():
    return b"\\xff".decode()
def singular():
    return np.linalg.inv(np.zeros((2, 2)))
def axis():
    return np.ones(2).sum(axis=3)
def opened():
    return open("nothing.txt")
"""


@pytest.mark.parametrize("where", [visible, hidden])
@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        ("fail('value')", "ValueError", "a value"),
        ("fail('key')", "KeyError", "'W1'"),
        ("fail('key')", "LookupError", "'W1'"),
        ("fail('mine')", "ValueError", "1 and 2"),
        ("fail('hostile')", "ValueError", ""),
        ("fail('text')", "ValueError", "text"),
        ("fail('empty')", "TypeError", ""),
        ("fail('file')", "FileNotFoundError", "[Errno 2] No such: 'x'"),
        ("fail('file')", "OSError", "[Errno 2] No such: 'x'"),
        ("fail('group')", "ExceptionGroup", "two (2 sub-exceptions)"),
        ("fail('stop')", "RuntimeError", "fail raised StopIteration"),
        ("fail('todo')", "NotImplementedError", "not written yet"),
        ("fail('assert')", "AssertionError", "not so"),
        ("fail('warning')", "UserWarning", "careful"),
        ("decode()", "UnicodeDecodeError", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        ("singular()", "np.linalg.LinAlgError", "Singular matrix"),
        ("axis()", "np.exceptions.AxisError", "axis 3 is out of bounds for array of dimension 1"),
        ("axis()", "IndexError", "axis 3 is out of bounds for array of dimension 1"),
        ("opened()", "FileNotFoundError", "[Errno 2] No such file or directory: 'nothing.txt'"),
    ],
)
def test_an_exception_keeps_its_type_and_text(where: object, call: str, kind: str, text: str) -> None:
    source = (
        f"try: {call}\nexcept {kind} as error: assert str(error) == {text!r}, str(error)\nelse: assert False, 'nothing'"
    )
    check(locked(NUMPY), answer(RAISES), where(source))  # type: ignore[operator]


def test_the_argument_of_a_key_error_and_the_name_of_a_class_of_the_students() -> None:
    check(
        locked(NUMPY),
        answer(RAISES),
        visible("try: fail('key')\nexcept KeyError as error: assert error.args == ('W1',)"),
        visible("try: fail('mine')\nexcept ValueError as error: assert type(error).__name__ == 'Mine'"),
        visible("try: fail('value')\nexcept Exception as error: assert type(error) is ValueError"),
    )


@pytest.mark.parametrize(
    ("kind", "name"), [("exit", "SystemExit"), ("interrupt", "KeyboardInterrupt"), ("base", "BaseException")]
)
@pytest.mark.parametrize("where", [visible, hidden])
def test_a_function_that_wants_to_end_python_ends_its_test_only(where: object, kind: str, name: str) -> None:
    cells = (locked(NUMPY), answer(RAISES), where(f"fail({kind!r})"), where("assert True"))  # type: ignore[operator]
    report = run(*cells)
    assert endings(report)[2:] == ["error", "ok"]
    assert report.cells[2].message.startswith(name)


@pytest.mark.parametrize("where", [visible, hidden])
def test_the_students_own_lines_are_told_and_none_of_the_tests(where: object) -> None:
    body = "def inner(x):\n    return 1 / x\n\ndef outer(x):\n    y = inner(x)\n    return y"
    report = last(answer(body), where("secret_name = 0\nouter(secret_name)"))  # type: ignore[operator]
    assert report.ending is Ending.error
    assert report.detail.splitlines() == [
        "line 5, in outer: y = inner(x)",
        "line 2, in inner: return 1 / x",
        "ZeroDivisionError: division by zero",
    ]
    assert report.message == "ZeroDivisionError: division by zero (line 2, in inner: return 1 / x)"
    assert "secret_name" not in repr(report)


@pytest.mark.parametrize("where", [visible, hidden])
def test_an_assertion_of_the_students_is_an_error_and_not_a_failure(where: object) -> None:
    report = last(answer("def f(x):\n    assert x > 0, 'positive only'\n    return x"), where("f(-1)"))  # type: ignore[operator]
    assert report.ending is Ending.error
    assert report.message.startswith("AssertionError")


def test_an_assertion_of_the_test_is_a_failure_with_its_message() -> None:
    cells = (locked(NUMPY), answer("def f(x):\n    return x"))
    report = last(*cells, hidden("assert f(1) == 2, 'f(1) is not two'"))
    assert (report.ending, report.message) == (Ending.failed, "f(1) is not two")
    helper = "def same(a, b):\n    assert a == b, 'they differ'\nsame(f(1), 2)"
    assert last(*cells, hidden(helper)).message == "they differ"
    assert last(*cells, hidden("assert f(1) == 2")).message == ""


LEAKS = {
    "the arguments in an exception": ("raise ValueError(repr((x, y)))", "f(7654321, np.array([123.456]))"),
    "an argument as the exception's type": ("raise type('E' + str(x), (Exception,), {})()", "f(7654321, 1)"),
    "a key": ("return {}[x]", "f('p7654321', 1)"),
    "an attribute": ("return getattr(y, x)", "f('p7654321', 1)"),
    "a name": ("raise NameError(f\"name '{x}' is not defined\")", "f('p7654321', 1)"),
    "an assertion": ("assert not x, x", "f(7654321, 1)"),
    "NumPy's own comparison": ("return y", "np.testing.assert_allclose(f(0, np.ones(2)), [7654321, 123.456])"),
    "NumPy's comparison in a helper": (
        "return y",
        "def h(a, b):\n    np.testing.assert_equal(a, b)\nh(f(0, 1), 7654321)",
    ),
    "a syntax error": ("return eval(str(x) + '+')", "f(7654321, 1)"),
    "the file that cannot be opened": ("return open(str(x))", "f('p7654321', 1)"),
    "an error of the test": ("return []", "{'p7654321': 1}[str(f(0, 0)) + 'p7654321']"),
    "a result that is not a plain value": ("return [np.array([None]), x]", "f(7654321, 1)"),
    "a name of a function": ("f.__name__ = str(x)\n    import os; os._exit(1)", "f('p7654321', 1)"),
    "a group": ("raise ExceptionGroup(str(x), [ValueError(x)])", "f(7654321, 1)"),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_message_has_nothing_of_a_hidden_test(leak: str) -> None:
    body, test = LEAKS[leak]
    report = last(locked(NUMPY), answer(f"def f(x, y):\n    {body}"), hidden(test))
    assert report.ending is not Ending.ok
    assert report.message
    assert "7654321" not in report.message
    assert "123.456" not in report.message


def test_what_hidden_tests_pass_cannot_come_out_of_a_later_cell() -> None:
    report = run(
        answer("seen = []\ndef f(x):\n    seen.append(x)\n    open('/tmp/seen', 'a').write(str(x))\n    return x"),
        hidden("f(7654321)"),
        extra("print(seen)\nimport os\nprint(os.path.exists('/tmp/seen'))"),
        visible("assert seen == []"),
    )
    assert endings(report) == ["ok"] * 4
    assert printed(report.cells[2]) == "[]\nFalse"


def test_why_a_name_is_missing_is_said() -> None:
    report = last(answer("1 / 0\ndef f():\n    return 1"), hidden("assert f() == 1"))
    assert report.ending is Ending.error
    assert report.message.startswith("NameError: name 'f' is not defined")
    reason = "ZeroDivisionError: division by zero (line 1 of the cell answer: 1 / 0)"
    assert report.message.endswith(f"The cell answer has ended with this: {reason}")


BROKEN = "# relu\ndef f(x):\n\u00a0   return x"


def test_a_syntax_error_names_the_line_of_the_cell() -> None:
    report = run(extra(f"\n{BROKEN}"), hidden("f(1)"), answers=frozenset({"f"}))
    reason = "SyntaxError: invalid non-printable character U+00A0 (line 4 of the cell)"
    assert report.cells[0].message == reason
    told = f"NameError: name 'f' is not defined. The cell extra has ended with this: {reason}"
    assert report.cells[1].message == told


@pytest.mark.parametrize(
    ("call", "named"),
    [
        ("breakpoint()", "breakpoint()"),
        ("import pdb; pdb.set_trace()", "set_trace()"),
        ("from IPython.core.debugger import set_trace; set_trace()", "set_trace()"),
    ],
)
def test_a_debugger_that_was_left_is_named_with_its_line(call: str, named: str) -> None:
    report = run(
        answer(f"def f(x):\n    {call}\n    return 2 * x"), extra("f(1)"), visible("f(1)"), hidden("f(7654321)")
    )
    reason = f"A debugger was left in line 2, in f: delete {named}."
    assert [cell.message for cell in report.cells[1:]] == [reason] * 3
    assert endings(report) == ["ok", "error", "error", "error"]


def test_a_finding_is_data_that_travels() -> None:
    body = "def inner(x):\n    return 1 / x\n\ndef f(x):\n    return inner(x)"
    cell, test = run(extra(f"{body}\nf(0)"), hidden("f(0)"), answers=frozenset({"f"})).cells
    assert (cell.finding.test, test.finding.test) == (None, "hidden")
    for found in (cell.finding, test.finding):
        assert (found.kind, found.origin, found.exception) == ("raised", "student", "ZeroDivisionError")
        assert [(line.number, line.function) for line in found.lines[-2:]] == [(5, "f"), (2, "inner")]
        assert pickle.loads(pickle.dumps(found)) == found


def test_no_name_that_a_function_gives_itself_is_told_of_a_line() -> None:
    body = "def f(x):\n    f.__code__ = f.__code__.replace(co_name=f'x{x}')\n    return g(x)\n"
    body += "def g(x):\n    raise ValueError\ng.__code__ = g.__code__.replace(co_name='x7654321')"
    report = last(answer(body), hidden("f(7654321)"))
    assert report.message == "ValueError (line 5, in g: raise ValueError)"


def test_an_underflow_is_no_mistake_and_an_overflow_stays_one() -> None:
    strict = answer("np.seterr(all='raise')\ndef f(x):\n    return np.exp(x)")
    check(locked(NUMPY), strict, hidden("assert f(-800.0) == 0\nassert f(np.array([-800.0, 0.0])).tolist() == [0, 1]"))
    check(locked(NUMPY), strict, visible("assert f(-800.0) == 0"))
    found = last(locked(NUMPY), strict, hidden("assert f(800.0) > 0"))
    assert found.message.startswith("FloatingPointError: ")
    own = run(locked(NUMPY), strict, extra("f(-800.0)"), hidden("assert f(0.0) == 1")).cells
    assert own[2].message.startswith("FloatingPointError: underflow"), "their own cells do what they say"
    assert own[3].ending is Ending.ok
