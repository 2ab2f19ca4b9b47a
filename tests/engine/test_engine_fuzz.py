"""Whatever a student's process writes into its lines: the notebook comes to its end, and nothing is earned by it.

The processes are real, and so are the lines: a cell, or a function that a test calls, takes the socket of its process
and writes frames that are true, changed, cut off, doubled or no frames at all. Others must go on as if nothing were.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import nbformat
from anything import ANY, CHANGES, FAULT, NODE, REFERENCE, TEXT
from engine_cells import answer, extra, hidden, item, visible
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autograder.engine.items import Cell, Ending, Settings
from autograder.engine.limits import Limits, Patience
from autograder.engine.session import run_item

# Nothing below depends on somebody being in time: whoever waits in vain may give up soon.
HASTY = Settings(limits=Limits(patience=Patience(send=2, answer=1, binding=2, grace=1), starts=3))
SECONDS = 3.0
TAKE = "import gc, os\nsock = next(o for o in gc.get_objects() if type(o).__name__ == 'Student').channel.sock\n"
NEIGHBOUR = "def g(x):\n    return x + 1"

few = settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
WORDS = ["done", "copied", "refused", "value", "raised", "callback", "missing", "module", "tested", "cell", "turn"]
MESSAGE = st.fixed_dictionaries(
    {"op": st.sampled_from(WORDS) | ANY},
    optional={
        "outputs": ANY | st.lists(st.fixed_dictionaries({"output_type": st.just("stream"), "text": TEXT}), max_size=2),
        "fault": FAULT,
        "value": REFERENCE,
        "nodes": st.lists(NODE | ANY, max_size=5) | ANY,
        "changed": CHANGES,
        "target": st.integers(-1, 2) | ANY,
        "args": REFERENCE,
        "kwargs": REFERENCE,
        "streams": ANY,
        "credit": ANY,
        "name": ANY,
        "blobs": ANY | st.lists(st.integers(-1, 4), max_size=3),
    },
)


def frame(message: dict[str, Any], *, more: int = 0, size: int | None = None, blobs: bytes = b"") -> bytes:
    """Return a frame whose head may lie about how long it is, and about its blobs."""
    head = json.dumps({"blobs": [len(blobs)] if blobs else [], **message}).encode()
    return struct.pack(">IQ", max(0, len(head) + more) % 2**32, len(blobs) if size is None else size) + head + blobs


LIES = st.builds(
    frame,
    MESSAGE,
    more=st.just(0) | st.integers(-20, 20) | st.just(2**31),
    size=st.none() | st.integers(0, 2**64 - 1),
    blobs=st.binary(max_size=20),
)
WRITTEN = st.lists(LIES | LIES | st.binary(max_size=40), min_size=1, max_size=4).map(b"".join)
THEN = st.sampled_from(["", "os._exit(0)", "sock.close()", "raise ValueError(x)", "return 918273645"])


def ended(*cells: Cell) -> list[Ending]:
    """Run a notebook; check that it has a report of each cell, with outputs that are outputs; return how they ended."""
    report = run_item(item(*cells, answers=frozenset({"f", "g"})), HASTY)
    assert len(report.cells) == len(cells)
    for cell in report.cells:
        for output in cell.outputs:
            node = nbformat.from_dict(output)
            nbformat.validate(node, ref=node.output_type, version=4)
            json.dumps(node, ensure_ascii=False).encode()
    return [cell.ending for cell in report.cells]


@few
@given(WRITTEN, THEN)
@example(frame({"op": "value", "value": [0], "nodes": [["j", 5]]}) * 3, "os._exit(0)")
@example(frame({"op": "value", "value": [0], "nodes": []}, size=2**63), "")
@example(frame({"op": "tested", "fault": None, "credit": 5, "outputs": [], "differing": []}) * 2, "os._exit(0)")
@example(struct.pack(">IQ", 16 * 2**20, 0) + b"[" * 10**6, "")
@example(struct.pack(">IQ", 2**32 - 1, 2**64 - 1), "sock.close()")
def test_a_call_that_writes_anything_costs_its_exercise(written: bytes, then: str) -> None:
    body = f"def f(x):\n    sock.sendall({written!r})\n    {then or 'pass'}"
    endings = ended(
        answer(TAKE + body),
        answer(NEIGHBOUR),
        visible("assert g(1) == 2"),
        hidden("assert f(2) == 4 and f(3) == 918273646", seconds=SECONDS),
        hidden("assert g(2) == 3"),
    )
    assert endings[3] is not Ending.ok
    assert [endings[2], endings[4]] == [Ending.ok] * 2


@few
@given(WRITTEN, st.sampled_from(["", "os._exit(0)", "sock.close()", "1 / 0"]))
@example(frame({"op": "done", "outputs": [], "fault": None}) * 5, "")
@example(frame({"op": "copied"}) * 5, "")
@example(struct.pack(">IQ", 100, 0) + b"{", "")
def test_a_cell_that_writes_anything_earns_nothing(written: bytes, then: str) -> None:
    endings = ended(
        answer("def f(x):\n    return 3 * x"),
        extra(f"{TAKE}sock.sendall({written!r})\n{then}", seconds=SECONDS),
        visible("assert f(1) == 918273645", seconds=SECONDS),
        hidden("assert f(2) == 918273645", seconds=SECONDS),
    )
    assert Ending.ok not in endings[2:]
