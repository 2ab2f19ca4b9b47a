"""The class report tells whom the environment has stopped and not an idea."""

from __future__ import annotations

import json
from collections.abc import Callable

from tiny_course import RIGHT, TinyCourse

Run = Callable[..., tuple[int, str, str]]


def test_the_class_report_says_whom_the_environment_has_stopped(tiny: TinyCourse, run_autograder: Run) -> None:
    old = "import math\ndef square(x):\n    return x * np.float(x)"
    tiny.hand_in("ada", **RIGHT)
    tiny.hand_in("bob", **{**RIGHT, "double": "import torch\ndef double(x):\n    return 2 * x"})
    tiny.hand_in("cleo", **{**RIGHT, "square": f"import numpy as np\n{old}"})
    tiny.hand_in("dan", **{**RIGHT, "square": f"import numpy as np\n{old}"})
    tiny.hand_in("eve", **{**RIGHT, "square": "def square(x):\n    return 2 * x"})
    assert run_autograder("grade", "tiny")[0] == 0
    verdict = json.loads((tiny.reports / "tiny" / "verdicts" / "cleo.json").read_text())
    found = [cell["finding"]["environment"] for cell in verdict["cells"] if cell["finding"]]
    assert found == [{"kind": "old NumPy", "name": "float"}] * 2
    code, out, _ = run_autograder("report", "tiny")
    assert code == 0
    assert "environment: old NumPy, np.float, in square: cleo, dan" in out.replace("\n", "")
    page = (tiny.reports / "tiny" / "report.html").read_text()
    assert "This code needs something that is not here" in page
    assert "<li>old NumPy, np.float, in square: cleo, dan</li>\n<li>missing module, torch, in double: bob</li>" in page
    assert "eve" not in page[page.index("<h3>Environment</h3>") : page.index("</section>")]


def test_a_class_without_such_faults_has_no_such_section(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("eve", **{**RIGHT, "square": "def square(x):\n    return 2 * x"})
    assert run_autograder("grade", "tiny")[0] == 0
    assert "nvironment" not in run_autograder("report", "tiny")[1]
    assert "nvironment" not in (tiny.reports / "tiny" / "report.html").read_text()
