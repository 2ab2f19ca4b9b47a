"""Processes that are prepared for diagnoses: one for all notebooks of an assignment, and a copy of it for each."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from engine_cells import NUMPY, extra, item, locked
from test_engine_diagnosis import BANK, SLOPE
from test_engine_follow_through import graded, student

from autograder.engine.items import Item, SandboxKind, Solution
from autograder.engine.limits import Effort
from autograder.engine.prepared import MOST_KEPT, _notebook
from autograder.engine.proc import state_of
from autograder.engine.process import Process
from autograder.engine.workshop import Workshop

SOLUTION = Solution("slope", SLOPE, frozenset({"slope"}), ("test-slope",))


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    """Yield a workshop that nobody else has used."""
    found = Workshop(SandboxKind.bwrap, None)
    yield found
    found.close()


def notebook(answer: str = "def slope(Z):\n    return Z", *more: str, bank: str = BANK) -> Item:
    """Return a notebook of one exercise, with further cells of the student's."""
    cells = locked(NUMPY), *map(extra, more), student("slope", answer), graded("slope", "assert False, 'wrong'")
    return item(*cells, solutions=(SOLUTION,), answers=frozenset({"slope"}), bank=bank)


def copied(workshop: Workshop, item: Item) -> Process:
    """Return a process for a diagnosis."""
    found = workshop.prepared.copy_for(item, "slope", Effort(), time.monotonic() + 1000)
    assert found is not None
    return found


def parent(process: Process) -> int:
    """Return the id of the process that has forked another."""
    return int(Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[1])


def is_there(pid: int) -> bool:
    """Return whether a process has not ended."""
    return state_of(pid) not in "ZX"


def end_of(pid: int) -> None:
    """Wait until a process has ended."""
    while is_there(pid):
        time.sleep(0.01)


def test_notebooks_of_one_assignment_have_copies_of_one_process(workshop: Workshop) -> None:
    notebooks = notebook(), notebook("def slope(Z):\n    return -Z"), notebook(SLOPE, "a = 3", "b = 4")
    copies = [copied(workshop, one) for one in notebooks]
    assert len({copy.pid for copy in copies}) == 3
    assert len({parent(copy) for copy in copies}) == 1
    copies[0].kill()
    end_of(copies[0].pid)
    assert all(copy.is_alive() for copy in copies[1:])


@pytest.mark.parametrize("change", ["bank", "solution", "given"])
def test_what_the_author_changes_has_a_process_of_its_own(workshop: Workshop, change: str) -> None:
    usual = notebook()
    changed = {
        "bank": notebook(bank=BANK + "\nmore = 1"),
        "solution": replace(usual, solutions=(replace(SOLUTION, source=SLOPE.replace("1.0", "1.00")),)),
        "given": replace(usual, given=(("data.txt", b"1"),)),
    }
    assert parent(copied(workshop, usual)) != parent(copied(workshop, changed[change]))


def test_a_process_that_has_ended_is_replaced(workshop: Workshop) -> None:
    first = parent(copied(workshop, notebook()))
    os.kill(first, signal.SIGKILL)
    end_of(first)
    assert is_there(parent(copied(workshop, notebook())))


def test_few_are_kept_and_none_is_left(workshop: Workshop) -> None:
    banks = [f"{BANK}\nnumber = {number}" for number in range(MOST_KEPT + 1)]
    parents = [parent(copied(workshop, notebook(bank=bank))) for bank in banks]
    end_of(parents[0])
    assert all(map(is_there, parents[1:]))
    workshop.close()
    for pid in parents:
        end_of(pid)


def test_a_hidden_test_is_not_told_to_it() -> None:
    """It would stay there for the next notebook."""
    told = _notebook(notebook())
    assert "wrong" not in str(told["cells"])
