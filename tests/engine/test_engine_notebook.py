"""A student's cells behave as in a notebook: magics, figures, the last expression, `await`, errors."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from engine_cells import NUMPY, answer, check, endings, extra, hidden, last, locked, printed, run, said, visible

from autograder.engine.items import Ending
from autograder.grading.redaction import Released
from autograder.grading.wording import as_error

PNG = b"\x89PNG\r\n\x1a\n"


def kinds(outputs: list[dict[str, object]]) -> list[object]:
    """Return the kinds of outputs."""
    return [output["output_type"] for output in outputs]


def test_cells_share_their_names_and_run_in_their_order() -> None:
    assert said("x = 1", "x += 1; print(x)", "del x", "print('x' in dir())", "x") == ["", "2", "", "False", "NameError"]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("1 + 1", "2"),
        ("x = 3\nx", "3"),
        ("'text'", "'text'"),
        ("import numpy as np\nnp.ones(2)", "array([1., 1.])"),
        ("[1, 2]", "[1, 2]"),
    ],
)
def test_the_last_expression_is_shown(source: str, text: str) -> None:
    (output,) = check(extra(source)).cells[0].outputs
    assert output["output_type"] == "execute_result"
    assert output["data"]["text/plain"] == text


@pytest.mark.parametrize(
    "source", ["1 + 1;", "None", "x = 1", "def f(): return 1", "# comment", "", "1\nx = 2", "pass"]
)
def test_nothing_is_shown_where_there_is_nothing_to_show(source: str) -> None:
    assert check(extra(source)).cells[0].outputs == []


def test_earlier_results_can_be_had_again() -> None:
    seen = said("6 * 7", "print(_, Out[1], In[1], _1)", "print(_oh == Out, len(In))")
    assert seen == ["", "42 42 6 * 7 42", "True 4"]


def test_magics() -> None:
    report = check(
        extra("%matplotlib inline"),
        extra("%timeit -n 1 -r 1 sum(range(10))"),
        extra("%%time\nx = 5"),
        extra("print(x)"),
        extra("open('a.txt', 'w').write('text');\n!ls"),
        extra("files = !ls\nprint(files)"),
        extra("%pwd"),
        extra("%%capture caught\nprint('inside')"),
        extra("print(caught.stdout)"),
        extra("sum?"),
        extra("%%writefile made.py\nvalue = 3"),
        extra("import made\nprint(made.value)"),
        extra("%%bash\necho from the shell"),
        extra("%precision 3"),
        extra("%load_ext autoreload\n%autoreload 2"),
        extra("%config InlineBackend.figure_format = 'retina'"),
        extra("%pylab inline"),
        extra("%%html\n<b>bold</b>"),
        extra("%env X=1"),
        extra("import sys; print(len(sys.argv))"),
    )
    assert "per loop" in printed(report.cells[1])
    assert "Wall time" in printed(report.cells[2])
    assert printed(report.cells[3]) == "5"
    assert printed(report.cells[4]) == "a.txt"
    assert printed(report.cells[5]) == "['a.txt']"
    assert report.cells[6].outputs[0]["data"]["text/plain"] == "'/home/student'"
    assert printed(report.cells[8]) == "inside"
    assert printed(report.cells[11]) == "3"
    assert printed(report.cells[12]) == "from the shell"
    assert printed(report.cells[19]) == "1"


def test_functions_defined_beside_a_magic_are_tested() -> None:
    cells = answer("%time x = 1\n!true\ndef f():\n    return x"), visible("assert f() == 1"), hidden("assert f() == 1")
    check(*cells, answers=frozenset({"f"}))


def test_an_unknown_magic_is_an_error_of_its_cell() -> None:
    report = run(extra("%nothing_like_this"), extra("print('next')"))
    assert printed(report.cells[1]) == "next"
    assert "nothing_like_this" in repr(report.cells[0].outputs)


def test_rich_output() -> None:
    report = check(
        extra("from IPython.display import display, HTML, Markdown, Latex, SVG"),
        extra(
            "display(HTML('<b>bold</b>'), Markdown('*text*'))\ndisplay({'a': 1})\nprint('between')\n"
            "display(Latex('$x$'))"
        ),
        extra("class Rich:\n    def _repr_html_(self): return '<i>rich</i>'\nRich()"),
        extra("HTML('<script>alert(1)</script>')"),
        extra("from IPython.display import clear_output\nprint('first')\nclear_output()\nprint('second')"),
    )
    html, markdown, plain, between, latex = report.cells[1].outputs
    assert html["data"]["text/html"] == "<b>bold</b>"
    assert markdown["data"]["text/html"] == "<p><em>text</em></p>\n", "rendered and cleaned here, not in a browser"
    assert plain["data"]["text/plain"] == "{'a': 1}"
    assert between["text"] == "between\n"
    assert latex["data"]["text/latex"] == "$x$"
    assert report.cells[2].outputs[0]["data"]["text/html"] == "<i>rich</i>"
    assert printed(report.cells[4]) == "second"


def test_an_object_whose_representation_fails_costs_nothing() -> None:
    broken = (
        "class Broken:\n    def __repr__(self): raise ValueError('no')\n    "
        "def _repr_html_(self): raise ValueError('no')\nBroken()"
    )
    report = run(extra(broken), extra("print('next')"))
    assert printed(report.cells[1]) == "next"


@pytest.mark.parametrize("show", ["plt.show()", "", "plt.gcf()", "fig"])
def test_a_figure_is_a_picture(show: str) -> None:
    report = check(extra(f"import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2]);\n{show}"))
    pictures = [
        output["data"]["image/png"] for output in report.cells[0].outputs if "image/png" in output.get("data", {})
    ]
    assert pictures
    assert all(base64.b64decode(picture).startswith(PNG) for picture in pictures)


def test_a_figure_belongs_to_the_cell_that_drew_it() -> None:
    report = check(extra("import matplotlib.pyplot as plt\nplt.plot([1, 2]);"), extra("print('nothing drawn')"))
    assert "display_data" in kinds(report.cells[0].outputs)
    assert kinds(report.cells[1].outputs) == ["stream"]


@pytest.mark.parametrize("where", [visible, hidden])
def test_a_figure_that_a_function_draws_in_a_test_is_shown_there(where: object) -> None:
    drawn = "import matplotlib.pyplot as plt\ndef f():\n    plt.plot([1, 2])\n    print('drawn')"
    report = check(answer(drawn), where("f()"), answers=frozenset("f"))  # type: ignore[operator]
    assert "display_data" in kinds(report.cells[1].outputs)
    assert printed(report.cells[1]) == "drawn"


def test_await_at_top_level_and_coroutines() -> None:
    assert said(
        "import asyncio\nasync def f(x):\n    await asyncio.sleep(0)\n    return x + 1",
        "print(await f(1))",
        "x = await asyncio.gather(f(1), f(2))\nprint(x)",
        "async def wait():\n    return [i async for i in numbers()]\nasync def numbers():\n    yield 1",
        "print(await wait())",
    ) == ["", "2", "[2, 3]", "", "[1]"]


def test_an_exception_is_an_output_with_the_students_own_lines() -> None:
    report = run(extra("def f(x):\n    return 1 / x\nprint('before')"), extra("y = 0\nf(y)"), extra("print('after')"))
    assert endings(report) == ["ok", "error", "ok"]
    assert kinds(report.cells[1].outputs) == ["error"]
    error = as_error(report.cells[1].finding, Released(()))
    assert (error["ename"], error["evalue"]) == ("ZeroDivisionError", "division by zero")
    assert error["traceback"] == ["line 2: f(y)\nline 2, in f: return 1 / x\nZeroDivisionError: division by zero"]


def test_what_was_printed_before_an_exception_stays() -> None:
    report = run(extra("print('before')\n1 / 0\nprint('after')"))
    assert printed(report.cells[0]) == "before"
    assert kinds(report.cells[0].outputs) == ["stream", "error"]


@pytest.mark.parametrize(
    "source",
    ["def f(:\n    pass", "x = (1,\n", "def f():\nreturn 1", "  x = 1\n y = 2", "\0", "return 1", "'\\ud800'.x y"],
)
def test_a_syntax_error_costs_its_exercise_only(source: str) -> None:
    report = run(
        answer("def g():\n    return 1"),
        answer(source),
        visible("f()"),
        hidden("assert f() == 1"),
        visible("assert g() == 1"),
        hidden("assert g() == 1"),
        answers=frozenset({"f", "g"}),
    )
    assert endings(report) == ["ok", "error", "error", "error", "ok", "ok"]
    assert "Error" in report.cells[1].message


def test_input_says_why_it_cannot_be() -> None:
    report = run(extra("name = input('Your name? ')"), answer("def f():\n    return input()"), visible("f()"))
    for cell in (report.cells[0], report.cells[2]):
        assert cell.ending is Ending.error
        assert "input() needs somebody to answer" in cell.message


def test_the_shell_is_the_one_that_notebooks_know() -> None:
    assert said("print(type(get_ipython()).__name__, __name__)", "import __main__; x = 3; print(__main__.x)") == [
        "ZMQInteractiveShell __main__",
        "3",
    ]


def test_warnings_and_stderr_cost_nothing() -> None:
    body = (
        "import sys, warnings, logging\n"
        "def f(x):\n    warnings.warn('careful')\n    print('to stderr', file=sys.stderr)\n"
        "    logging.warning('logged')\n    return np.log(x)"
    )
    report = check(
        locked(NUMPY),
        answer(body),
        extra("f(0)"),
        visible("assert f(0) < 0"),
        hidden("assert f(0) < 0"),
        answers=frozenset("f"),
    )
    said_there = [output for output in report.cells[2].outputs if output["output_type"] == "stream"]
    assert {output["name"] for output in said_there} == {"stderr"}
    assert "careful" in printed(report.cells[2])
    assert "divide by zero" in printed(report.cells[2])


def test_printed_text_keeps_its_stream_and_order() -> None:
    report = check(
        extra(
            "import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c', end='')\nsys.stdout.write('d')\n"
            "sys.stdout.flush();"
        )
    )
    assert [
        (output["name"], output["text"]) for output in report.cells[0].outputs if output["output_type"] == "stream"
    ] == [
        ("stdout", "a\n"),
        ("stderr", "b\n"),
        ("stdout", "cd"),
    ]


def test_text_of_all_kinds_can_be_printed() -> None:
    report = check(extra("print('\\u00e4 \\U0001d11e')"), extra("print('\\ud800')"), extra("print('a\\0b\\x1b[31m')"))
    assert printed(report.cells[0]) == "\u00e4 \U0001d11e"


def test_files_beside_the_notebook() -> None:
    given = (("data/table.csv", b"1,2\n"), ("helper.py", b"value = 4\n"))
    own = (("mine.py", b"value = 5\n"), ("notes.txt", b"\xff\x00"))
    cells = (
        locked("import helper"),
        extra("print(open('data/table.csv').read(), helper.value)"),
        answer("import mine\ndef f():\n    return mine.value, open('notes.txt', 'rb').read()"),
        visible(
            "assert f() == (5, b'\\xff\\0') and helper.value == 4\nassert open('data/table.csv').read() == '1,2\\n'"
        ),
        hidden("import os\nassert not os.path.exists('mine.py') and os.path.exists('helper.py')"),
    )
    report = check(*cells, given=given, own=own, answers=frozenset("f"))
    assert printed(report.cells[1]) == "1,2\n 4"


def test_classes_dataclasses_and_pickles_work_in_cells() -> None:
    assert said(
        "from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: int = 0\ndef total(x): return sum(x)",
        "import pickle\nprint(pickle.loads(pickle.dumps(Point(3))))",
        "import inspect\nprint(inspect.getsource(total).splitlines()[0])",
        "from multiprocessing import Pool\ndef square(x): return x * x\n"
        "with Pool(2) as pool: print(pool.map(square, [1, 2]))",
        "from concurrent.futures import ThreadPoolExecutor\nprint(list(ThreadPoolExecutor(2).map(square, [3])))",
    ) == ["", "Point(x=3)", "def total(x): return sum(x)", "[1, 4]", "[9]"]


def test_every_cell_is_announced_once_it_is_done() -> None:
    from engine_cells import item

    from autograder.engine.items import Settings
    from autograder.engine.session import run_item

    seen: list[int] = []
    cells = answer("def f(): return 1"), visible("f()"), hidden("f()"), extra("1 / 0"), hidden("f()")
    run_item(item(*cells), Settings(), lambda: seen.append(1))
    assert len(seen) == len(cells)


def test_the_same_notebook_gives_the_same_report_again() -> None:
    cells = (
        answer("import random, os\ndef f():\n    return random.random()\nprint({'a', 'b', 'c'}, f(), hash('x'))\nf"),
        extra("f() / 0"),
        extra("object.__new__"),
        visible("print(f())"),
        hidden("assert f() == 0, f()"),
    )
    first, second = (run(*cells, answers=frozenset("f")) for _ in range(2))
    for one, other in zip(first.cells, second.cells, strict=True):
        assert (one.outputs, one.message, one.detail) == (other.outputs, other.message, other.detail)


def test_an_empty_notebook_and_empty_cells() -> None:
    assert run().cells == ()
    assert endings(run(extra(""), locked("# nothing"), visible("# nothing"), hidden(""))) == ["ok"] * 4


def test_a_test_with_a_syntax_error_is_an_error_of_that_test() -> None:
    report = run(answer("def f(): return 1"), visible("assert f( == 1"), visible("assert f() == 1"))
    assert endings(report) == ["ok", "error", "ok"]
    assert last(answer("x = 1"), hidden("assert x ==")).ending is Ending.error


def test_a_test_may_use_magics() -> None:
    check(answer("def f(): return 1"), visible("%matplotlib inline\nassert f() == 1"))


def test_only_the_tests_that_are_asked_for_run() -> None:
    """A test that everybody may read still binds its names for later cells, whether it is asked for or not."""
    cells = (
        answer("def double(x):\n    return 2 * x"),
        replace(visible("four = double(2)\nprint('seen')"), name="binds"),
        replace(visible("raise ValueError('not asked for')"), name="no"),
        replace(hidden("raise ValueError('not asked for')"), name="neither"),
        extra("print(four)"),
        replace(hidden("assert double(four) == 8"), name="yes"),
    )
    report = run(*cells, tests=frozenset({"yes"}))
    endings_of = {cell.name: found.ending for cell, found in zip(cells, report.cells, strict=True)}
    kept = dict.fromkeys(("binds", "no", "neither"), Ending.kept)
    assert endings_of == {"answer": Ending.ok, "extra": Ending.ok, "yes": Ending.ok, **kept}
    assert report.cells[1].outputs == []
    assert printed(report.cells[4]) == "4"


def test_after_a_test_whose_failure_is_enough_no_hidden_test_runs() -> None:
    cells = (
        answer("def double(x):\n    return 3 * x"),
        replace(hidden("assert double(0) == 0"), name="passes"),
        replace(hidden("assert double(2) == 5"), name="not enough"),
        replace(hidden("assert double(2) == 4"), name="enough"),
        replace(hidden("assert double(2) == 6"), name="after it"),
    )
    report = run(*cells, enough=frozenset({"passes", "enough"}))
    assert endings(report) == [Ending.ok, Ending.ok, Ending.failed, Ending.failed, Ending.kept]
