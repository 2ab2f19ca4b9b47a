"""A test that fails because of an earlier exercise passes with the author's function there, and says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from engine_cells import NUMPY, SECONDS, extra, hidden, locked, run, visible

from autograder.engine import tests as testing
from autograder.engine.findings import Ending
from autograder.engine.inside import protocol
from autograder.engine.inside.analysis import bound_names, parse
from autograder.engine.inside.frames import Closed
from autograder.engine.items import Cell, CellReport, Kind, Solution
from autograder.engine.process import Process
from autograder.engine.workshop import Workshop

UNWRITTEN = "raise NotImplementedError('not written yet')"
TWICE = "def twice(x):\n    return 2 * x"
FOUR = "def four(x):\n    return twice(twice(x))"
EIGHT = "def eight(x):\n    return 2 * four(x)"
TESTS = {
    "twice": "assert twice(3) == 6, 'twice is wrong'",
    "four": "assert four(3) == 12, 'four is wrong'",
    "eight": "assert eight(3) == 24, 'eight is wrong'",
}
AUTHOR = {"twice": TWICE, "four": FOUR, "eight": EIGHT}


def student(name: str, source: str) -> Cell:
    """Return the cell in which a student answers an exercise."""
    return Cell(Kind.student, name, source, source)


def graded(name: str, source: str, seconds: float = SECONDS) -> Cell:
    """Return a hidden test with points."""
    return replace(hidden(source, seconds=seconds), name=f"test-{name}")


def ran(author: dict[str, str], *cells: Cell) -> dict[str, CellReport]:
    """Run a notebook whose exercises the author has solved so; return the reports of its tests by name.

    A test belongs to the exercise before it.
    """
    tests: dict[str, list[str]] = {name: [] for name in author}
    current = ""
    for cell in cells:
        current = cell.name if cell.name in author else current
        if cell.kind is Kind.test:
            tests[current].append(cell.name)
    solutions = tuple(
        Solution(name, source, frozenset(bound_names(parse(source).body)), tuple(tests[name]))
        for name, source in author.items()
    )
    answers = frozenset().union(*(solution.answers for solution in solutions))
    report = run(*cells, solutions=solutions, answers=answers)
    return {cell.name: found for cell, found in zip(cells, report.cells, strict=True) if cell.kind is Kind.test}


def follows(answers: dict[str, str], *others: Cell, author: dict[str, str] | None = None) -> dict[str, tuple[str, ...]]:
    """Run exercises, each with its test, and others cells; return which names each failed test follows from."""
    author = author or {name: AUTHOR[name] for name in answers}
    cells = [cell for name, text in answers.items() for cell in (student(name, text), graded(name, TESTS[name]))]
    reports = ran(author, locked(NUMPY), *cells, *others)
    return {name: report.follows for name, report in reports.items() if report.ending is not Ending.ok}


@pytest.mark.parametrize(
    "wrong",
    [
        "def twice(x):\n    return x + 2",
        f"def twice(x):\n    {UNWRITTEN}",
        "def twice(x):\n    import os\n    os._exit(1)",
        "def twice(x:",
        "pass",
        "twice = 7",
        "raise ValueError('the whole cell')",
    ],
)
def test_a_right_function_follows_from_a_wrong_one_before_it(wrong: str) -> None:
    assert follows({"twice": wrong, "four": FOUR}) == {"test-twice": (), "test-four": ("twice",)}


def test_an_earlier_function_that_never_returns_costs_its_own_test_only() -> None:
    reports = ran(
        {"twice": TWICE, "four": FOUR},
        student("twice", "def twice(x):\n    while True:\n        pass"),
        graded("twice", "assert twice(1) == 2", seconds=1),
        student("four", FOUR),
        graded("four", "assert four(5) == 20", seconds=1),
    )
    assert [report.ending for report in reports.values()] == [Ending.timeout] * 2
    assert [report.follows for report in reports.values()] == [(), ("twice",)]


def test_a_mistake_of_the_exercise_itself_gains_nothing() -> None:
    wrong = {"twice": "def twice(x):\n    return x", "four": "def four(x):\n    return twice(x)"}
    assert follows(wrong) == {"test-twice": (), "test-four": ()}


def test_what_is_right_in_itself_is_not_replaced_for_what_comes_after_it() -> None:
    answers = {"twice": "def twice(x):\n    return x", "four": FOUR, "eight": EIGHT}
    assert follows(answers) == {"test-twice": (), "test-four": ("twice",), "test-eight": ("twice",)}
    answers["four"] = "def four(x):\n    return 3 * twice(x)"
    assert follows(answers) == {"test-twice": (), "test-four": (), "test-eight": ("four", "twice")}


def test_what_passes_is_not_replaced() -> None:
    answers = {"twice": TWICE, "four": "def four(x):\n    return x", "eight": EIGHT}
    assert follows(answers) == {"test-four": (), "test-eight": ("four",)}


def test_a_later_exercise_vouches_for_no_earlier_one() -> None:
    author = {"four": "def four(x):\n    return 4 * x", "twice": TWICE}
    answers = {"four": "def four(x):\n    return twice(twice(x))", "twice": "def twice(x):\n    return x"}
    assert follows(answers, author=author) == {"test-four": (), "test-twice": ()}


def test_a_name_that_the_exercise_binds_anew_is_its_own_mistake() -> None:
    again = f"def twice(x):\n    return x\n{FOUR}"
    assert follows({"twice": "def twice(x):\n    return 0", "four": again}) == {"test-twice": (), "test-four": ()}


def test_a_test_that_asks_the_wrong_function_itself_gets_the_right_one() -> None:
    asks = graded("four-asks", "assert four(twice(1)) == 8, 'four is wrong'")
    found = follows({"twice": "def twice(x):\n    return x", "four": "def four(x):\n    return 4 * x"}, asks)
    assert found == {"test-twice": (), "test-four-asks": ("twice",)}


@pytest.mark.parametrize("ends", ["return x + 1", UNWRITTEN])
def test_what_a_cell_has_computed_is_computed_again(ends: str) -> None:
    training = locked("result = [four(n) for n in range(3)]\nprint('trained')")
    between = extra("def twice(x):\n    return x")  # whoever binds the name again binds it in vain
    trained = graded("result", "assert result == [0, 4, 8], 'the result is wrong'")
    more = graded("more", "assert len(result) == 3 and result[2] == 8, 'the result is wrong'")
    answers = {"twice": f"def twice(x):\n    {ends}", "four": FOUR}
    expected = {"test-twice": (), "test-four": ("twice",), "test-result": ("twice",), "test-more": ("twice",)}
    assert follows(answers, training, trained, more) == expected
    assert follows(answers, between, training, trained, more) == expected


def test_what_a_cell_keeps_of_the_wrong_function_is_made_again() -> None:
    answers = {"twice": "def twice(x):\n    return x", "four": "f = twice\nfour = lambda x: f(f(x))"}
    assert follows(answers) == {"test-twice": (), "test-four": ("twice",)}


KEEP = "def keep(x):\n    return x, {'x': x}"
BACK = "def back(d, cache):\n    return d * cache['x']"
LOOP = "def loop(x):\n    y, cache = keep(x)\n    return back(1, cache) + y"
PAIR = {"keep": KEEP, "back": BACK, "loop": LOOP}


def pair(**answers: str) -> dict[str, tuple[str, ...]]:
    """Run two functions that share a cache, and a third that uses both, which a cell calls too."""
    given = PAIR | answers
    either = "try:\n    d = back(2, {'x': 3})\nexcept KeyError:\n    d = back(2, keep(3)[1])\nassert d == 6"
    reports = ran(
        PAIR,
        student("keep", given["keep"]),
        graded("keep", "assert keep(3)[0] == 3"),
        student("back", given["back"]),
        graded("back", either),
        student("loop", given["loop"]),
        graded("loop", "assert loop(3) == 6"),
        locked("found = loop(5)"),
        graded("found", "try:\n    said = found\nexcept NameError:\n    said = None\nassert said == 10"),
    )
    return {name: report.follows for name, report in reports.items() if report.ending is not Ending.ok}


@pytest.mark.parametrize(
    ("wrong", "answers"),
    [
        ("back", {"keep": KEEP.replace("'x'", "'own'"), "back": BACK.replace("d *", "d +").replace("'x'", "'own'")}),
        ("back", {"keep": KEEP.replace("'x'", "'own'"), "back": f"def back(d, cache):\n    {UNWRITTEN}"}),
        ("keep", {"keep": KEEP.replace("x, {'x'", "-x, {'own'"), "back": BACK.replace("'x'", "'own'")}),
    ],
)
def test_a_right_function_may_agree_with_a_wrong_one_on_a_form_of_their_own(
    wrong: str, answers: dict[str, str]
) -> None:
    """The author's function cannot use what the right one leaves, or the other way round."""
    assert pair(**answers) == {f"test-{wrong}": (), "test-loop": (wrong,), "test-found": (wrong,)}


def test_a_function_of_a_later_exercise_is_the_students_own() -> None:
    """Else an exercise could be answered with the author's answer to another one."""
    late = "def keep(x):\n    return x, {'own': x}", "def back(d, cache):\n    return loop(d * cache['own']) / 2"
    assert pair(keep=late[0], back=late[1], loop=f"def loop(x):\n    {UNWRITTEN}")["test-back"] == ()
    wrong = late[0].replace("x, {", "-x, {")
    assert pair(keep=wrong, back=late[1], loop=f"def loop(x):\n    {UNWRITTEN}")["test-back"] == ()


@pytest.mark.parametrize("loop", [LOOP.replace("(1, cache)", "(1, cache['more'])"), LOOP.replace("+ y", "- y")])
def test_with_a_form_of_their_own_a_mistake_of_the_exercise_itself_gains_nothing(loop: str) -> None:
    own = {"keep": KEEP.replace("'x'", "'own'"), "back": BACK.replace("d *", "d +").replace("'x'", "'own'")}
    assert pair(**own, loop=loop) == {"test-back": (), "test-loop": (), "test-found": ()}


def test_a_visible_test_with_points_follows_too() -> None:
    seen = replace(visible("seen = four(3)\nassert seen == 12"), name="test-seen")
    found = follows({"twice": "def twice(x):\n    return x", "four": FOUR}, seen, extra("later = 1"))
    assert found == {"test-twice": (), "test-four": ("twice",), "test-seen": ("twice",)}


def test_a_notebook_with_threads_is_followed_through() -> None:
    pool = "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)\npool.submit(int).result()"
    found = follows({"twice": f"{pool}\ndef twice(x):\n    return x", "four": FOUR})
    assert found == {"test-twice": (), "test-four": ("twice",)}


def follows_unwritten(author: dict[str, str], *tests: str) -> list[tuple[str, ...]]:
    """Run two exercises, the first one unwritten; return which names the test of each follows from."""
    first, second = author
    unwritten = f"{author[first].partition(':')[0]}:\n    {UNWRITTEN}"
    answers = student(first, unwritten), student(second, author[second])
    pairs = zip(answers, map(graded, author, tests), strict=True)
    reports = ran(author, locked(NUMPY), *(cell for pair in pairs for cell in pair))
    return [report.follows for report in reports.values()]


def test_random_numbers_and_changes_of_arguments_come_back() -> None:
    author = {
        "draw": "def draw(rng, out):\n    out[:] = rng.random(3)\n    return np.random.rand()",
        "pair": "def pair(rng):\n    out = np.zeros(3)\n    last = draw(rng, out)\n    return out, rng.random(), last",
    }
    pair = (
        "np.random.seed(4)\nwanted = np.random.default_rng(1).random(4)\n"
        "out, more, last = pair(np.random.default_rng(1))\n"
        "assert np.allclose([*out, more], wanted), 'wrong draws'\n"
        "np.random.seed(4)\nassert last == np.random.rand(), 'wrong state'"
    )
    draw = "assert draw(np.random.default_rng(1), np.zeros(3)) < 2, 'wrong'"
    assert follows_unwritten(author, draw, pair) == [(), ("draw",)]


def test_the_author_seeds_and_draws_aside_from_the_test() -> None:
    """What the test draws later stays hidden, whatever the student's code calls before."""
    author = {
        "start": "def start(seed):\n    np.random.seed(seed)\n    return np.random.rand()",
        "pair": "def pair():\n    return start(3)",
    }
    draws = (
        "np.random.seed(4)\nwanted = np.random.rand(2)\nnp.random.seed(4)\npair()\n"
        "assert np.array_equal(np.random.rand(2), wanted), 'the test draws other numbers'"
    )
    assert follows_unwritten(author, "assert start(1) < 1", draws) == [(), ("start",)]


def test_a_generator_of_the_authors_gives_a_list() -> None:
    author = {
        "parts": "def parts(x):\n    for n in range(x):\n        yield np.full(2, n)",
        "total": "def total(x):\n    return sum(part.sum() for part in parts(x))",
    }
    tests = (
        locked("result = total(3)"),
        graded("total", "assert total(4) == 12, 'wrong'"),
        graded("result", "assert result == 6, 'wrong'"),
    )
    wrong = student("parts", f"def parts(x):\n    {UNWRITTEN}")
    graded_parts = graded("parts", "assert len(list(parts(3))) == 3, 'wrong'")
    reports = ran(author, locked(NUMPY), wrong, graded_parts, student("total", author["total"]), *tests)
    assert [report.follows for report in reports.values()] == [(), ("parts",), ("parts",)]


def test_a_part_of_the_points_is_followed_through_as_a_part() -> None:
    reports = ran(
        {"twice": TWICE, "four": FOUR},
        student("twice", "def twice(x):\n    return x"),
        graded("twice", TESTS["twice"]),
        student("four", FOUR),
        graded("part", "assert four(3) == 12, 'four is wrong'\n0.5"),
    )
    assert (reports["test-part"].follows, reports["test-part"].credit) == (("twice",), 0.5)


def test_the_authors_text_stays_out_of_the_students_process() -> None:
    secret = "def twice(x):\n    secret_of_the_author = 2\n    return secret_of_the_author * x"
    spy = """
def four(x):
    import gc, inspect, sys
    seen = [twice, type(twice), *gc.get_objects(), *sys.modules.values()]
    text = " ".join(repr(vars(one)) for one in seen[:2] if hasattr(one, "__dict__"))
    try:
        text += inspect.getsource(twice)
    except (TypeError, OSError):
        pass
    codes = [one for one in gc.get_objects() if type(one).__name__ == "function" and hasattr(one, "__code__")]
    text += " ".join(name for one in codes for name in one.__code__.co_varnames)
    assert "secret_of_" "the_author" not in text, "found"
    return twice(twice(x))
"""
    found = follows({"twice": "def twice(x):\n    return x", "four": spy}, author={"twice": secret, "four": FOUR})
    assert found == {"test-twice": (), "test-four": ("twice",)}


def test_the_author_computes_with_what_locked_cells_hold() -> None:
    author = {"scaled": "def scaled(x):\n    return FACTOR * x", "four": "def four(x):\n    return 2 * scaled(x)"}
    reports = ran(
        author,
        locked("FACTOR = 2"),
        student("scaled", "def scaled(x): return x"),
        graded("scaled", "assert scaled(3) == 6"),
        student("four", author["four"]),
        graded("four", "assert four(3) == 12"),
    )
    assert reports["test-four"].follows == ("scaled",)


def test_nothing_is_followed_through_without_solutions() -> None:
    wrong = student("twice", "def twice(x): return x")
    report = run(wrong, graded("twice", TESTS["twice"]), student("four", FOUR), graded("four", TESTS["four"]))
    assert [cell.follows for cell in report.cells] == [()] * 4


def test_an_answer_that_is_as_it_was_handed_out_is_not_followed_through() -> None:
    wrong = student("twice", "def twice(x): return x")
    cells = wrong, graded("twice", TESTS["twice"]), student("four", FOUR), graded("four", TESTS["four"])
    for stub, names in (("# Your code here.", ("twice",)), (f"{FOUR}\n", ())):
        solutions = (
            Solution("twice", TWICE, frozenset({"twice"}), ("test-twice",)),
            Solution("four", FOUR, frozenset({"four"}), ("test-four",), stub),
        )
        report = run(*cells, solutions=solutions, answers=frozenset({"twice", "four"}))
        assert report.cells[3].follows == names


@pytest.mark.parametrize("after", [0, 2, 3])
def test_a_test_process_that_cannot_be_had_costs_tests_and_not_the_run(
    monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """The test process is ended after so many requests, and no other one can be started."""
    ask, asked = testing.Tests._ask, []

    def ended(self: testing.Tests, *words: Any) -> Any:
        answer = ask(self, *words)
        asked.append(answer)
        if len(asked) == after and self.tester is not None:
            self.tester.kill()
            self.tester = None
        return answer

    def spawn(self: Workshop, role: protocol.Role, files: Any) -> Process:
        if role == "test" and len(asked) >= after:
            raise Closed
        return Workshop._spawn(self, role, files)

    monkeypatch.setattr(testing.Tests, "_ask", ended)
    monkeypatch.setattr(Workshop, "spawn", spawn)
    reports = ran(
        {"twice": TWICE, "four": FOUR},
        student("twice", "def twice(x): return x"),
        graded("twice", TESTS["twice"]),
        student("four", FOUR),
        locked("result = four(3)"),
        graded("four", "assert result == 12, 'the result is wrong'"),
    )
    assert all(report.ending is not Ending.ok and not report.follows for report in reports.values())
