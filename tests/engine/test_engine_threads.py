"""Threads and pools that a cell starts and a graded function uses later: a copy of the process would lack them."""

from __future__ import annotations

import time

import pytest
from engine_cells import NUMPY, answer, check, endings, extra, hidden, locked, printed, run, visible

from autograder.engine.findings import FindingKind
from autograder.engine.items import Settings
from autograder.engine.limits import Limits
from autograder.engine.session import require_sandbox

SOON = 8  # seconds, far more than it takes to start one notebook
POOLS = {
    "ThreadPoolExecutor": (
        "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(2)",
        "pool.submit(twice, x).result()",
    ),
    "ProcessPoolExecutor": (
        "from concurrent.futures import ProcessPoolExecutor\npool = ProcessPoolExecutor(2)",
        "pool.submit(twice, x).result()",
    ),
    "multiprocessing.Pool": (
        "import multiprocessing\npool = multiprocessing.Pool(2)",
        "pool.apply(twice, (x,))",
    ),
    "an event loop in a thread": (
        "import asyncio, threading\nloop = asyncio.new_event_loop()\n"
        "threading.Thread(target=loop.run_forever, daemon=True).start()\n"
        "async def later(x): return twice(x)",
        "asyncio.run_coroutine_threadsafe(later(x), loop).result()",
    ),
}


@pytest.mark.parametrize("pool", POOLS)
def test_a_pool_that_another_cell_has_made_costs_nothing(pool: str) -> None:
    made, used = POOLS[pool]
    report = check(
        locked(NUMPY),
        answer(f"def twice(x): return 2 * x\n{made}"),
        answer(f"def double(x):\n    return {used}"),
        extra("print(double(1))"),
        visible("assert double(2) == 4\nkept = 7"),
        hidden("assert double(3) == 6"),
        extra("print(double(kept))"),
        hidden("assert double(np.arange(3))[2] == 4 and double(4) == 8"),
    )
    assert [printed(report.cells[place]) for place in (3, 6)] == ["2", "14"]
    (oddity,) = report.oddities
    assert oddity.startswith("a cell left threads")
    assert ("and processes" in oddity) == ("rocess" in pool)


def test_a_function_that_waits_for_ever_loses_only_its_own_test() -> None:
    report = run(
        answer("from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)"),
        answer("def double(x): return pool.submit(lambda: 2 * x).result()"),
        answer("def trouble(x): return pool.submit(lambda: pool.submit(lambda: 2 * x).result()).result()"),
        extra("print(double(2))"),
        hidden("assert trouble(1) == 2", seconds=1),
        hidden("assert double(3) == 6"),
        hidden("assert trouble(1) == 2", seconds=1),
    )
    assert endings(report) == ["ok"] * 4 + ["timeout", "ok", "timeout"]
    assert report.cells[6].message.startswith("trouble is not called again.")


def test_a_busy_thread_ends_with_its_notebook() -> None:
    busy = "import threading\ndef spin():\n    while True: pass\nthreading.Thread(target=spin, daemon=True).start()"
    report = run(
        answer(f"{busy}\ndef double(x): return 2 * x"),
        visible("assert double(1) == 2"),
        hidden("assert double(2) == 4"),
        hidden("while True: double(2)", seconds=1),
    )
    assert endings(report) == ["ok", "ok", "ok", "timeout"]


def test_nothing_of_one_test_reaches_another() -> None:
    remember = (
        "import os, threading\nseen = []\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "def peek(x):\n"
        "    paths = '/tmp/x', '/home/student/x', '/dev/shm/x'\n"
        "    found = [*seen, *(open(path).read() for path in paths if os.path.exists(path))]\n"
        "    seen.append(x)\n"
        "    for path in paths: open(path, 'w').write(str(x))\n"
        "    return found"
    )
    check(
        answer(remember),
        hidden("assert peek(7654321) == []"),
        hidden("assert peek(123456) == []"),
        visible("assert peek(1) == []"),
    )


def test_a_thread_that_has_ended_does_not_count() -> None:
    report = check(
        answer("from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(2) as pool:\n"
               "    made = list(pool.map(abs, [-1, -2]))\ndef first(): return made[0]"),
        hidden("assert first() == 1"),
    )  # fmt: skip
    assert report.oddities == ()


def test_a_progress_bar_does_not_count() -> None:
    report = check(
        answer("from tqdm.auto import tqdm\nfor _ in tqdm(range(3)): pass\ndef one(): return 1"),
        hidden("assert one() == 1"),
    )
    assert report.oddities == ()


def test_without_time_the_finding_says_what_the_code_waits_for() -> None:
    pool = "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(2)\npool.submit(abs, 1)"
    report = run(
        answer(f"{pool}\ndef double(x): return 2 * x"),
        visible("assert double(1) == 2"),
        extra("import time\ntime.sleep(10**6)"),
        hidden("assert double(2) == 4"),
        settings=Settings(limits=Limits(notebook_seconds=SOON)),
    )
    assert endings(report) == ["ok", "ok", "timeout", "error"]
    assert report.cells[3].finding.kind is FindingKind.threads
    assert report.cells[3].message.endswith("Start them inside the function.")


def test_what_became_of_a_cell_at_first_stays_when_it_runs_again() -> None:
    """The second process of a notebook dies in a cell that the first one has run well: by the clock."""
    require_sandbox(Settings())
    report = run(
        extra(f"import os, time\nif time.time() > {time.time() + SOON}: os._exit(1)\nprint('alive')"),
        extra(f"import os, time\ntime.sleep({SOON + 1})\nos._exit(1)"),
        extra("print('on')"),
    )
    assert endings(report) == ["ok", "error", "ok"]
    assert printed(report.cells[0]) == "alive"
