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
    code, out, _ = run_autograder("summary", "tiny")
    assert code == 0
    assert "environment: old NumPy, np.float: cleo (square), dan (square)" in out.replace("\n", "")
    page = (tiny.reports / "tiny" / "summary.html").read_text()
    assert "3 students have code that needs something that is not here" in page
    assert (
        "<li>old NumPy, np.float: cleo (square), dan (square)</li><li>missing module, torch: bob (double)</li>" in page
    )
    assert "double [environment]: NameError" in page
    assert "square [environment]: wrong" not in page


def test_a_class_without_such_faults_has_no_such_section(tiny: TinyCourse, run_autograder: Run) -> None:
    tiny.hand_in("eve", **{**RIGHT, "square": "def square(x):\n    return 2 * x"})
    assert run_autograder("grade", "tiny")[0] == 0
    assert "nvironment" not in run_autograder("summary", "tiny")[1]
    assert "nvironment" not in (tiny.reports / "tiny" / "summary.html").read_text()
