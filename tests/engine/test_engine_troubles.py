"""Whatever a student's code does to its process and to others, it costs the cell or the exercise concerned only."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import replace

import psutil
import pytest
from engine_cells import NUMPY, answer, check, endings, extra, hidden, last, locked, printed, run, visible

from autograder.engine.findings import FindingKind
from autograder.engine.items import Cell, Ending, Report, Settings
from autograder.engine.limits import MEBIBYTE, Limits, Patience
from autograder.engine.session import require_sandbox

BEFORE = "def before(x):\n    return x + 1"
AFTER = "def after(x):\n    return before(x) + 1"
PATIENCE = 10  # seconds that the system gets to tidy up
# Those who wait for somebody who never comes wait less long here; still far longer than anybody takes who does come.
IMPATIENT = Settings(limits=Limits(patience=Patience(hello=12, send=6, answer=6, binding=6, grace=3)))


def with_neighbours(*cells: Cell, settings: Settings = IMPATIENT) -> Report:
    """Run cells between two exercises that are right, whose hidden tests come first and last; check those."""
    idle = processes(settings)
    report = run(
        locked(NUMPY),
        answer(BEFORE),
        visible("assert before(1) == 2\nkept = before(1)"),
        hidden("assert before(2) == 3"),
        *cells,
        answer(AFTER),
        extra("print('alive', kept)"),
        visible("assert after(1) == 3"),
        hidden("assert after(kept) == 4 and before(np.ones(1))[0] == 2"),
        settings=settings,
    )
    found = endings(report)
    assert found[:4] + found[-4:] == ["ok"] * 8, [cell.message for cell in report.cells]
    assert printed(report.cells[-3]) == "alive 2"
    no_process_is_left(idle, settings)
    return report


def no_process_is_left(before: set[int], settings: Settings = IMPATIENT) -> None:
    """Wait until no process is there that was not there before."""
    end = time.monotonic() + PATIENCE
    while (found := processes(settings) - before) and time.monotonic() < end:
        time.sleep(0.05)
    assert not found, "processes are left"


def processes(settings: Settings = IMPATIENT) -> set[int]:
    """Return the ids of all processes that descend from this one; the server is among them."""
    require_sandbox(settings)
    return {process.pid for process in psutil.Process().children(recursive=True)}


def trouble(body: str, before: str = "") -> str:
    """Return an answer whose function does what `body` says."""
    return f"import os, sys, time\n{before}\ndef trouble(x=0):\n    " + body.replace("\n", "\n    ")


HALF_A_SECOND = 0.5
STOPPED = "Stopped after 0.5 seconds: this did not come to an end."
ENDLESS = {
    "a loop": "while True: pass",
    "a sleep": "time.sleep(10**6)",
    "a loop that catches everything": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "a child that loops": "child = os.fork()\nwhile child == 0: pass\nos.waitpid(child, 0)",
}


@pytest.mark.parametrize("body", ENDLESS.values(), ids=ENDLESS)
def test_a_cell_without_an_end(body: str) -> None:
    report = with_neighbours(
        answer(f"import os, time\n{body}\ndef trouble(): return 1", HALF_A_SECOND), hidden("trouble()")
    )
    cell, test = report.cells[4:6]
    assert (cell.ending, cell.message) == (Ending.timeout, STOPPED)
    assert test.ending is Ending.timeout
    assert test.message.endswith(f"The cell answer has ended with this: {STOPPED}")


@pytest.mark.parametrize("where", [visible, hidden])
@pytest.mark.parametrize("body", ENDLESS.values(), ids=ENDLESS)
def test_a_function_without_an_end_is_not_called_again(where: object, body: str) -> None:
    report = with_neighbours(
        answer(trouble(body) + "\ndef other():\n    return 5"),
        where("trouble()", seconds=HALF_A_SECOND),  # type: ignore[operator]
        where("assert other() == 5\ntrouble()"),  # type: ignore[operator]
        where("try: trouble()\nexcept Exception: pass\nassert True"),  # type: ignore[operator]
        where("assert other() == 5"),  # type: ignore[operator]
    )
    first, second, third, other = report.cells[5:9]
    assert (first.ending, first.message) == (Ending.timeout, STOPPED)
    assert (second.ending, second.message) == (Ending.timeout, f"trouble is not called again. {STOPPED}")
    assert third.ending is Ending.timeout
    assert second.finding.kind is third.finding.kind is FindingKind.not_called_again
    assert other.ending is Ending.ok


SHARED = "import math\ndef shared(x):\n    assert x > 0, 'not above 0'\n    return math.floor(x)"
TROUBLES = {
    "the student's function hangs": "f(0)",
    "the test itself hangs": "while f(1): pass",
    "the test process ends": "import os\nos._exit(0)",
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_what_hidden_tests_share_outlives_a_trouble(trouble: str) -> None:
    report = run(
        visible("def near(x, y): return x == y"),
        hidden(SHARED),
        answer("def f(x):\n    while x == 0: pass\n    return x\ndef g(x):\n    return x"),
        hidden("assert shared(g(1.5)) == 1"),
        hidden(trouble, seconds=1),
        hidden("assert near(shared(g(2.5)), 2)"),
        hidden("shared(g(-1))"),
        extra("print(shared)"),
    )
    assert endings(report)[:4] == ["ok"] * 4
    assert report.cells[4].ending in (Ending.timeout, Ending.error)
    assert report.cells[5].ending is Ending.ok, report.cells[5].message
    assert (report.cells[6].ending, report.cells[6].message) == (Ending.failed, "not above 0")
    told = "NameError: name 'shared' is not defined (line 1 of the cell extra: print(shared))"
    assert report.cells[7].message == told


DEADLY = {
    "exit": "os._exit(0)",
    "abort": "os.abort()",
    "a wrong address": "import ctypes\nctypes.string_at(0)",
    "a stack that overflows": "sys.setrecursionlimit(10**9)\ndef deep(n): return deep(n + 1)\nimport ctypes\n"
                              "ctypes.string_at(0)",
    "its own kill": "import signal\nos.kill(os.getpid(), signal.SIGKILL)\nos._exit(0)",
    "kill of its group": "import signal\nos.killpg(0, signal.SIGKILL)\nos._exit(0)",
    "no descriptors": "os.closerange(0, 1000)",
    "another program": "os.execv('/bin/true', ['true'])",
    "rubbish in all descriptors": "for number in range(256):\n    try: os.write(number, b'\\xff' * 1000)\n    "
                                  "except OSError: pass",
    "a frame that is not a frame": "for number in range(3, 256):\n    "
                            "try: os.write(number, bytes([0, 0, 0, 2] + [0] * 8) + b'{}')\n"
    "    except OSError: pass",
}  # fmt: skip


@pytest.mark.parametrize("body", DEADLY.values(), ids=DEADLY)
def test_a_cell_that_ends_its_process(body: str) -> None:
    report = with_neighbours(answer(f"import os, sys\n{body}\ndef trouble(): return 1"), hidden("trouble()"))
    cell, test = report.cells[4:6]
    assert cell.ending is Ending.error
    assert cell.message == "The Python process ended while this cell ran."
    assert test.message.endswith("The cell answer has ended with this: The Python process ended while this cell ran.")


@pytest.mark.parametrize("where", [visible, hidden])
@pytest.mark.parametrize("body", DEADLY.values(), ids=DEADLY)
def test_a_function_that_ends_its_process(where: object, body: str) -> None:
    report = with_neighbours(answer(trouble(body)), where("trouble()"), where("trouble()"))  # type: ignore[operator]
    first, second = report.cells[5:7]
    assert first.ending is second.ending is Ending.error
    if "rubbish" not in first.message and "plain values" not in first.message:
        assert first.message == "The Python process ended in a call of trouble."
        assert second.message == f"trouble is not called again. {first.message}"


UNKIND = {
    "kill of the parent": "os.kill(os.getppid(), 9) if os.getppid() else None",
    "kill of process 1": "os.kill(1, 9)",
    "end of process 1": "os.kill(1, 15)",
    "kill of everybody": "os.kill(-1, 9)",
    "stop of everybody": "os.kill(-1, 19)",
    "interrupt of everybody": "os.kill(-1, 2)",
}


@pytest.mark.parametrize("where", [visible, hidden])
@pytest.mark.parametrize("body", UNKIND.values(), ids=UNKIND)
def test_signals_to_others_reach_nobody_else(where: object, body: str) -> None:
    quiet = f"try:\n    {body}\nexcept (ProcessLookupError, PermissionError): pass\nreturn 1"
    report = with_neighbours(
        answer(trouble(quiet)),
        where("trouble()", seconds=2),  # type: ignore[operator]
        where("assert before(5) == 6"),  # type: ignore[operator]
    )
    assert report.cells[6].ending is Ending.ok, report.cells[6].message


@pytest.mark.parametrize("body", UNKIND.values(), ids=UNKIND)
def test_signals_to_others_in_a_cell_cost_earlier_exercises_nothing(body: str) -> None:
    with_neighbours(
        answer(f"import os\ntry:\n    {body}\nexcept (ProcessLookupError, PermissionError): pass", seconds=2)
    )


# An eighth of what is usual, so that the tests need no large machine.
LITTLE = Settings(limits=replace(IMPATIENT.limits, memory=512 * MEBIBYTE))
MEMORY = {
    "one process": ("x = []\nwhile True: x.append(bytearray(2**22))", "MemoryError"),
    "many processes": (
        "for _ in range(24):\n    if os.fork() == 0:\n        x = bytearray(os.urandom(64)) * 2**20\n"
        "        time.sleep(10**6)\ntime.sleep(10**6)",
        "512 MB of memory",
    ),
}


@pytest.mark.parametrize(("body", "said"), MEMORY.values(), ids=MEMORY)
def test_memory_without_an_end(body: str, said: str) -> None:
    report = with_neighbours(
        answer(f"import os, time\n{body}"),
        answer(trouble(body)),
        visible("trouble()"),
        hidden("trouble()"),
        settings=LITTLE,
    )
    for cell in (report.cells[4], report.cells[6]):
        assert cell.ending is Ending.error
        assert said in cell.message
    assert report.cells[7].ending is Ending.error


def test_one_array_that_is_too_large() -> None:
    report = with_neighbours(
        answer(trouble("return np.ones(2**33)")), hidden("trouble()"), hidden("assert before(0) == 1")
    )
    assert report.cells[5].ending is Ending.error
    assert report.cells[5].message.startswith("MemoryError: there is not enough memory")
    assert "MemoryError" in report.cells[5].detail
    assert report.cells[6].ending is Ending.ok


BOMBS = {
    "a bomb": "while True:\n    try: os.fork()\n    except OSError: pass",
    "a bomb that does not wait": "for _ in range(1000):\n    try:\n        "
    "if os.fork() == 0: time.sleep(10**6)\n    except OSError: pass",
    "children without a parent": "for _ in range(20):\n    if os.fork() == 0:\n        "
    "if os.fork() == 0:\n            os.setsid()\n"
    "            time.sleep(10**6)\n        os._exit(0)",
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS)
def test_processes_without_an_end(body: str) -> None:
    report = with_neighbours(
        answer(f"import os, time\n{body}", 1),
        answer(trouble(body)),
        visible("trouble()", 1),
        hidden("trouble()", seconds=1),
    )
    ended = {str(cell.ending) for cell in (report.cells[4], report.cells[6])}
    assert ended in ({"timeout"}, {"ok"}), report.cells


def test_while_other_programs_have_the_processor_the_time_stands_still() -> None:
    """A student who computes for half of the time that there is gets there, however many others want to compute."""
    half = "import time\nwhile time.process_time() < before + 0.5: pass\nprint('there')"
    busy = ["sh", "-c", "while :; do :; done"]
    others = [subprocess.Popen(busy, start_new_session=True) for _ in range(6 * len(os.sched_getaffinity(0)))]
    try:
        limits = Limits(wall_per_cpu=1, wall_when_busy=1000)
        cell = extra(f"import time\nbefore = time.process_time()\n{half}", seconds=1)
        report = run(cell, settings=Settings(limits=limits))
        assert printed(report.cells[0]) == "there"
        assert report.cells[0].wall > 1, "the others were not in the way, so nothing is shown"
    finally:
        for other in others:
            other.kill()
            other.wait()


def test_processes_that_a_cell_leaves_behind_are_ended_and_told() -> None:
    leave = "import subprocess\nchild = subprocess.Popen(['sleep', '1000'])"
    report = with_neighbours(extra(leave), extra("print(child.wait())"))
    assert printed(report.cells[5]) == "-9"
    (oddity,) = report.oddities
    assert "processes" in oddity


@pytest.mark.parametrize("daemon", [True, False])
def test_threads_that_are_left_behind(daemon: bool) -> None:
    body = (
        f"import threading, time\nfor _ in range(5):\n    "
        f"threading.Thread(target=time.sleep, args=(10**6,), daemon={daemon}).start()"
    )
    report = with_neighbours(answer(body), answer(trouble(body)), visible("trouble()"), hidden("trouble()"))
    assert endings(report)[4:8] == ["ok"] * 4


@pytest.mark.parametrize("folder", ["/home/student", "/tmp", "/dev/shm"])
def test_a_disk_that_is_full(folder: str) -> None:
    fill = (
        f"def fill():\n    n = 0\n    try:\n        while True:\n            "
        f"with open(f'{folder}/{{n}}', 'wb') as file: file.write(bytes(2**24))\n"
        "            n += 1\n    except OSError as error:\n        return error.strerror, n < 40"
    )
    report = with_neighbours(
        answer(fill),
        visible("assert fill() == ('No space left on device', True)"),
        extra("print(fill())"),
        extra(f"try: open('{folder}/more', 'wb').write(bytes(2**24))\nexcept OSError as error: print(error.strerror)"),
        hidden("assert before(1) == 2"),
    )
    assert printed(report.cells[6]) == "('No space left on device', True)"
    assert printed(report.cells[7]) == "No space left on device"
    assert report.cells[8].ending is Ending.ok


FLOODS = {
    "one long line": "print('x' * 10**7)",
    "many lines": "for n in range(10**5): print(n)",
    "stderr": "import sys\nfor n in range(10**5): print(n, file=sys.stderr)",
    "the descriptor": "import os\nfor n in range(1000): os.write(1, b'x' * 10**5)",
    "displays": "from IPython.display import display\nfor n in range(10**3): display(n)",
    "pictures": "from IPython.display import display, HTML\nfor n in range(100): display(HTML('x' * 10**6))",
    "warnings": "import warnings\nwarnings.simplefilter('always')\nfor n in range(10**4): warnings.warn(str(n))",
    "a program": "import subprocess\nsubprocess.run('yes | head -c 10000000', shell=True)",
}


@pytest.mark.parametrize("body", FLOODS.values(), ids=FLOODS)
def test_a_flood_of_output_is_cut_and_costs_nothing(body: str) -> None:
    report = with_neighbours(extra(body), answer(trouble(body)), visible("trouble()"), hidden("trouble()"))
    assert endings(report)[4:8] == ["ok"] * 4
    for cell in report.cells:
        assert len(repr(cell.outputs)) < 16 * 2**20
        assert len(cell.outputs) <= 501
        assert len(printed(cell)) < 400_000


@pytest.mark.parametrize(
    "body", ["sys.exit()", "sys.exit(1)", "exit()", "quit()", "raise SystemExit", "raise KeyboardInterrupt"]
)
def test_an_exit_in_a_cell_ends_that_cell_only(body: str) -> None:
    report = with_neighbours(extra(f"import sys\nprint('first')\n{body}\nprint('second')"), extra("print('third')"))
    assert printed(report.cells[4]).startswith("first")
    assert printed(report.cells[5]) == "third"


def test_a_recursion_without_an_end() -> None:
    report = with_neighbours(
        extra("def g(n): return g(n + 1)\ng(0)"),
        answer("def trouble(n):\n    return trouble(n + 1)"),
        hidden("trouble(0)"),
        hidden("try: trouble(0)\nexcept RecursionError: pass\nelse: assert False"),
    )
    assert endings(report)[4:8] == ["error", "ok", "error", "ok"]
    assert report.cells[6].message.startswith("RecursionError: a function calls itself without end")


HALF = "for number in range(3, 256):\n    try: os.write(number, {content})\n    except OSError: pass\nwhile True: pass"
CONTENTS = {
    "a byte": "b'\\0'",
    "a head without a body": "bytes([0, 0, 0, 9]) + bytes(8)",
    "blobs that never come": 'bytes([0, 0, 0, 18, 0, 0, 0, 0, 0, 0, 0, 9]) + b\'{"op":1,"blobs":[9]}\'',
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_an_answer_that_never_ends_keeps_nobody_waiting(content: str) -> None:
    body = HALF.format(content=content)
    report = with_neighbours(
        answer(f"import os\n{body}", HALF_A_SECOND),
        answer(trouble(body)),
        visible("trouble()", HALF_A_SECOND),
        hidden("trouble()", seconds=HALF_A_SECOND),
    )
    assert Ending.ok not in [cell.ending for cell in (report.cells[4], report.cells[6], report.cells[7])]


FORGED = (
    "import json, os\n"
    "def forge(fields):\n"
    "    head = json.dumps({**fields, 'blobs': []}).encode()\n"
    "    for number in range(3, 256):\n"
    "        try: os.write(number, len(head).to_bytes(4, 'big') + bytes(8) + head)\n"
    "        except OSError: pass\n"
)


def test_a_process_that_has_answered_and_does_not_listen_keeps_nobody_waiting() -> None:
    idle = processes()
    report = run(
        locked(NUMPY),
        answer(BEFORE),
        hidden("assert before(2) == 3"),
        extra(FORGED + "forge({'op': 'done', 'outputs': [], 'fault': None})\nwhile True: pass", 1),
        visible("large = np.arange(10**6)", 1),
        extra("'" + "x" * 10**6 + "'", 1),
        visible("assert before(large)[2] == 3", 1),
        hidden("assert before(large)[2] == 3"),
        settings=IMPATIENT,
    )
    assert report.cells[2].ending is Ending.ok, report.cells[2].message
    no_process_is_left(idle)


FORGERIES = {
    "more answers than questions": "for _ in range(50): forge({'op': 'done', 'outputs': [], 'fault': None})",
    "a copy that does not exist": "forge({'op': 'copied'})",
    "outputs of a wrong kind": "forge({'op': 'done', 'outputs': {'a': [1]}, 'fault': 7})",
    "outputs with wrong parts": "forge({'op': 'done', 'outputs': [3, None, {}, {'output_type': 'stream'}, "
    "{'output_type': 'display_data', 'data': {'image/png': 3}}, {'output_type': 'error', 'ename': [1]}], "
    "'fault': None})",
    "a fault with wrong parts": "forge({'op': 'done', 'outputs': [], 'fault': "
    "{'kinds': [7, None], 'text': {'a': 1}, 'frames': [[1, 2], 3, [10**30, -1, 'f'], [True, 1, 'x']]}})",
    "nothing": "forge({})",
}


@pytest.mark.parametrize("body", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_answer_of_a_cell_costs_only_its_student_and_ends(body: str) -> None:
    idle = processes()
    report = run(
        answer(BEFORE),
        visible("assert before(1) == 2"),
        extra(FORGED + body, 2),
        answer(AFTER, 2),
        visible("assert after(1) == 3", 2),
        hidden("assert before(1) == 2", seconds=2),
        hidden("assert after(1) == 3", seconds=2),
        settings=IMPATIENT,
    )
    assert endings(report)[:2] == ["ok", "ok"]
    no_process_is_left(idle)
    assert check(answer("def f(): return 1"), hidden("assert f() == 1"), settings=IMPATIENT).oddities == ()


ANSWERS = {
    "no answer": "forge({})",
    "a value that is not a value": "forge({'op': 'value', 'value': [5], 'nodes': [], 'changed': []})",
    "a value without changes": "forge({'op': 'value', 'value': 1, 'nodes': []})",
    "a change of nothing": "forge({'op': 'value', 'value': 1, 'nodes': [], 'changed': [[7, 1]]})",
    "a callback that is not a callback": "forge({'op': 'callback', 'target': -1, 'args': [0], 'kwargs': [1], 'nodes': "
                               "[['t'], ['d']]})",
    "a callback without end": "for _ in range(10**4): forge({'op': 'callback', 'target': 0})",
    "an unknown operation": "forge({'op': ['x'], 'nodes': [['t']]})",
    "a raise of nothing": "forge({'op': 'raised', 'fault': None})",
    "a hash of a list": "forge({'op': 'value', 'value': [0], 'nodes': [['d', [1], 2], ['l']], 'changed': []})",
    "a handle that is not a handle": "forge({'op': 'value', 'value': [0], 'nodes': [['h', 1]], 'changed': []})",
    "a callback that was not passed": "forge({'op': 'value', 'value': [0], 'nodes': [['o', 3]], 'changed': []})",
    "a wrong index of a callback": "forge({'op': 'value', 'value': [0], 'nodes': [['o', 'x']], 'changed': []})",
    "a stream that was not passed": "forge({'op': 'value', 'value': [0], 'nodes': [['S', 9]], 'changed': []})",
    "a stream that is not a number": "forge({'op': 'value', 'value': [0], 'nodes': [['S', {}]], 'changed': []})",
    "a module without a name": "forge({'op': 'module'})",
    "no such name": "forge({'op': 'missing'})",
    "outputs of a wrong kind": "forge({'op': 'value', 'value': 1, 'changed': [], 'outputs': [{'output_type': "
                               "'stream', 'parts': 3}, "
    "{'output_type': 'stream', 'text': 5}, {'parts': [1]}]})",
}  # fmt: skip


@pytest.mark.parametrize("where", [visible, hidden])
@pytest.mark.parametrize("body", ANSWERS.values(), ids=ANSWERS)
def test_a_forged_answer_of_a_call_ends_its_test_only(where: object, body: str) -> None:
    report = with_neighbours(
        answer(FORGED + f"def trouble():\n    {body}\n    return 1"),
        where("x = trouble()\nassert type(x) is int and x == 7", seconds=2),  # type: ignore[operator]
        where("assert before(3) == 4"),  # type: ignore[operator]
    )
    assert report.cells[5].ending is not Ending.ok
    assert report.cells[6].ending is Ending.ok, report.cells[6].message


ALWAYS = """
class Always:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __gt__ = __le__ = __ge__ = __contains__ = __lt__
    __hash__ = None
    def __array__(self, *a, **k): return np.full(3, np.nan)
    def __float__(self): return float('nan')
class AlwaysArray(np.ndarray):
    def __eq__(self, other): return True
    def __array_function__(self, *a, **k): return True
    def __array_ufunc__(self, *a, **k): return True
class AlwaysFloat(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    __hash__ = float.__hash__
"""


@pytest.mark.parametrize("value", ["Always()", "np.ones(3).view(AlwaysArray)", "AlwaysFloat(1.0)", "[AlwaysFloat(2)]"])
@pytest.mark.parametrize(
    "test",
    [
        "assert f() == 7",
        "np.testing.assert_allclose(f(), 7)",
        "assert np.allclose(f(), 7)",
        "assert abs(f() - 7) < 1e-6",
        "assert np.array_equal(f(), [7, 7, 7])",
    ],
)
def test_an_object_that_is_equal_to_everything_passes_no_test(value: str, test: str) -> None:
    report = last(
        locked(NUMPY),
        answer(f"{ALWAYS}\ndef f():\n    return {value}", 5),
        hidden(test),
        answers=frozenset("f"),
        settings=IMPATIENT,
    )
    assert report.ending in (Ending.failed, Ending.error)


def test_a_student_that_takes_its_own_process_apart_changes_no_other_test() -> None:
    body = (
        "import gc, sys\n"
        "for x in gc.get_objects():\n"
        "    if type(x).__name__ == 'Student': x._answer = lambda *a: None; x.jobs = {}\n"
        "np.testing.assert_allclose = lambda *a, **k: None\n"
        "sys.modules['numpy'] = None\n"
        "def f():\n    return 1"
    )
    report = run(locked(NUMPY), answer(body, 2), hidden("np.testing.assert_allclose(f(), 2)", seconds=2))
    assert report.cells[-1].ending is not Ending.ok


ENDS_ALL = "import os, signal, time\ndef f(x):\n    os.kill(1, signal.SIGINT)\n    time.sleep(100)"
CAME_BACK = (
    "a hidden test's call ended the process of the notebook: its cells ran once more for the tests after it, and what "
    "they put out then was thrown away"
)


def test_what_cells_put_out_is_settled_before_the_first_hidden_test() -> None:
    """The process that hidden tests meet after a death has run the cells once more; who knows what they print then."""
    report = run(
        extra("import os\nvalue = os.urandom(8).hex()\nprint(value)"),
        answer(f"{ENDS_ALL}\ndef g():\n    return value"),
        hidden("f(1)"),
        hidden("print(g())"),
        extra("print(value)"),
    )
    first, _, ended, later, last = report.cells
    assert [ended.ending, later.ending] == [Ending.error, Ending.ok]
    assert printed(first) == printed(last) != printed(later) != "", "the cells did run once more"
    assert report.oddities == (CAME_BACK,)


def test_what_a_cell_leaves_when_it_runs_once_more_is_not_told() -> None:
    """Else whether it does could depend on what a hidden test before it asked."""
    leaves = (
        "import os, subprocess\nif os.urandom(1)[0] % 2:\n    subprocess.Popen(['sleep', '100'])\n    print('left')"
    )
    report = run(
        extra(leaves), answer(f"{ENDS_ALL}\nf0, f1, f2, f3 = [f] * 4"), *[hidden(f"f{n}(1)") for n in range(4)]
    )
    left = ["a cell left processes running; they were ended"] * (printed(report.cells[0]) == "left")
    assert report.oddities == (*left, CAME_BACK)
