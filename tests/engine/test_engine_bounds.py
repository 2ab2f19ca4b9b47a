"""What one notebook puts out and what its tests leave behind have a total, and no point depends on it."""

from __future__ import annotations

import json

from engine_cells import NUMPY, answer, extra, hidden, locked, run, visible

from autograder.engine.items import Ending
from autograder.engine.limits import OutputLimits
from autograder.engine.outputs_clean import of_notebook

LIMITS = OutputLimits()
HTML = "from IPython.display import HTML, Image, display\n"
PICTURE = f"{HTML}display(Image(data=bytes(2_500_000), format='png'))"


def test_the_outputs_of_a_notebook_have_a_total_and_each_cut_is_told() -> None:
    f = answer("def f():\n    print('y' * 150_000)\n    return 1")
    report = run(f, *[extra(PICTURE)] * 12, *[hidden("assert f() == 1")] * 20)
    sizes = [len(json.dumps(cell.outputs)) for cell in report.cells]
    assert all(cell.ending is Ending.ok for cell in report.cells)
    assert LIMITS.notebook // 2 < sum(sizes) < LIMITS.notebook + 100_000
    for cell in report.cells[1:]:
        text = str(cell.outputs)
        assert (of_notebook(LIMITS) in text) != ("image/png" in text or "y" * 150_000 in text)
    assert sum(of_notebook(LIMITS) in str(cell.outputs) for cell in report.cells) >= 11


def test_a_dozen_figures_are_all_kept() -> None:
    figure = f"{HTML}display(Image(data=bytes(100_000), format='png'))"
    report = run(*[extra(figure)] * 12)
    assert [[list(output["data"]) for output in cell.outputs] for cell in report.cells] == [
        [["image/png", "text/plain"]]
    ] * 12


def test_tags_within_tags_cost_their_own_picture_only() -> None:
    report = run(extra(f"{HTML}display(HTML('<div>' * 100_000))\nprint('after')\ndisplay(HTML('<b>x</b>'))"))
    first, second, third = report.cells[0].outputs
    assert "Not shown as HTML" in first["data"]["text/plain"]
    assert (second["text"], third["data"]["text/html"]) == ("after\n", "<b>x</b>")


def test_a_cell_that_has_run_again_is_charged_once() -> None:
    ends = answer("import os\ndef f(): os._exit(1)")
    report = run(
        ends, *[extra(f"{HTML}display(Image(data=bytes(1_000_000), format='png'))")] * 4, *[visible("f()")] * 3
    )
    assert of_notebook(LIMITS) not in str([cell.outputs for cell in report.cells])


LARGE = answer("import numpy as np\ndef f(n): return np.ones(n)")


def test_what_a_visible_test_binds_has_a_total() -> None:
    tests = [visible(f"kept{k} = f(1_000_000)\nassert kept{k}.size == 10**6\nsmall{k} = {k}") for k in range(6)]
    last = extra("print(small5, *[name for name in sorted(globals()) if name[:4] == 'kept'])")
    report = run(locked(NUMPY), LARGE, *tests, last)
    assert all(cell.ending is Ending.ok for cell in report.cells)
    assert report.cells[-1].outputs[0]["text"] == "5 kept0 kept1 kept2 kept3\n"  # 8 MB each
    assert report.oddities == tuple(
        f"the name kept{k} of the test visible holds more than is kept, so later cells lack it" for k in (4, 5)
    )


def test_a_name_that_is_bound_again_makes_room() -> None:
    tests = [visible("big = f(3_000_000)\nassert big.size"), *[hidden("own = f(3_000_000)\nassert own.size")] * 5]
    report = run(locked(NUMPY), LARGE, *tests, extra("assert big.size == 3_000_000"))
    assert all(cell.ending is Ending.ok for cell in report.cells)
    assert report.oddities == ()


def test_what_a_hidden_test_binds_does_not_stay_if_it_is_large() -> None:
    look = hidden("try: large\nexcept NameError: pass\nelse: assert False, 'it is still there'\nassert small == 1")
    report = run(locked(NUMPY), LARGE, hidden("large, small = f(10_000_000), 1\nassert large.size"), look)
    assert [cell.finding for cell in report.cells[-2:]] == [None, None]
    assert report.oddities == ()
