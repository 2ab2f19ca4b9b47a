"""Runs the cells of one submission in a fresh kernel and keeps what each of them printed or raised.

It knows nothing of points: `verdict` reads the outputs afterwards. One bad cell does not end the run: a cell that hangs
is interrupted, and a kernel that dies is replaced and brought back to where it was.
"""

from __future__ import annotations

import contextlib
import copy
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder.notebook import exercises, grade_id, is_test
from autograder.sandbox import Room, SandboxKind, StudentKernelManager

SECONDS = 60
SECONDS_IN_ALL = 1800
HUNG = "TimeLimit"
DIED = "KernelDied"


@dataclass(frozen=True)
class Settings:
    """Settings of a grading run that change what a submission's cells do."""

    sandbox: SandboxKind = SandboxKind.bwrap
    data: Path | None = None
    seconds: int = SECONDS


def run_cells(
    notebook: NotebookNode,
    limits: dict[str, int],
    files: list[tuple[str, Path]],
    settings: Settings,
    progress: Callable[[], None] = lambda: None,
) -> NotebookNode:
    """Return a copy of `notebook` with every code cell executed in order.

    Parameters
    ----------
    notebook
        The sanitised submission: locked cells and tests carry the instructor's text.
    limits
        Wall-clock seconds for the cells that may take longer than `settings.seconds`, by `grade_id`.
    files
        Files that the notebook finds beside it, as (name, path of the original).
    progress
        Called after each cell.
    """
    result = copy.deepcopy(notebook)
    with _room(files, settings) as room:
        _Run(result, limits, settings.seconds, room, progress).all_cells()
    return result


@contextlib.contextmanager
def _room(files: list[tuple[str, Path]], settings: Settings) -> Iterator[Room]:
    with tempfile.TemporaryDirectory(prefix="bbh-", dir="/tmp") as folder:  # short: a socket's path has 107 characters
        room = Room(Path(folder, "files"), Path(folder, "run"), settings.data, settings.sandbox)
        room.files.mkdir()
        room.sockets.mkdir()
        for name, original in files:
            target = room.files / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(original, target)
        yield room


class _Run:
    """The walk through one notebook: which cells ran, which must not run again."""

    def __init__(
        self,
        notebook: NotebookNode,
        limits: dict[str, int],
        seconds: int,
        room: Room,
        progress: Callable[[], None],
    ) -> None:
        self.notebook = notebook
        self.room = room
        self.progress = progress
        self.seconds = lambda cell: limits.get(grade_id(cell) or "", seconds)
        self.exercise_of = {test: e.name for e in exercises(notebook) for test in e.tests}
        self.deadline = time.monotonic() + SECONDS_IN_ALL
        self.hung = False  # did the cell that just ended run into its limit?
        self.given_up: set[str] = set()  # exercises of which one test never ended

    def all_cells(self) -> None:
        """Execute every code cell once; go on in a new kernel after a cell that killed or blocked the old one."""
        start = 0
        while start < len(self.notebook.cells):
            client = self._new_client()
            with client.setup_kernel(
                cwd=str(self.room.files),
                env=self.room.environment(),
                stderr=DEVNULL,
                stdout=DEVNULL,
            ):
                if self._catch_up(client, start):
                    start = self._until_trouble(client, start)

    def _new_client(self) -> NotebookClient:
        return NotebookClient(
            self.notebook,
            km=StudentKernelManager(room=self.room, kernel_name="python3"),
            timeout_func=self.seconds,
            interrupt_on_timeout=True,
            error_on_timeout={"ename": HUNG, "evalue": "", "traceback": []},
            raise_on_iopub_timeout=True,  # says that the interrupt did not help
            allow_errors=True,
            on_cell_executed=self._note_reply,
            shutdown_kernel="immediate",
        )

    def _note_reply(self, execute_reply: dict[str, Any], **_: Any) -> None:
        self.hung = execute_reply["content"].get("ename") == HUNG

    def _catch_up(self, client: NotebookClient, start: int) -> bool:
        """Bring a new kernel to where the old one was; return whether it got there."""
        for index, cell in enumerate(self.notebook.cells[:start]):
            if cell.cell_type != "code" or is_test(cell) or _stopped(cell) or time.monotonic() > self.deadline:
                continue
            try:
                client.execute_cell(copy.deepcopy(cell), index)
            except (CellTimeoutError, DeadKernelError):
                _replace_outputs(cell, DIED, "The Python process ended when this cell ran again.")
                return False
            finally:
                self.notebook.cells[index] = cell  # with its first outputs
        return True

    def _until_trouble(self, client: NotebookClient, start: int) -> int:
        """Execute cells from `start` on; return the index of the cell to go on with in a new kernel."""
        for index in range(start, len(self.notebook.cells)):
            cell = self.notebook.cells[index]
            if cell.cell_type != "code":
                continue
            usable = self._one_cell(client, cell, index)
            self.progress()
            if not usable:
                return index + 1
        return len(self.notebook.cells)

    def _one_cell(self, client: NotebookClient, cell: NotebookNode, index: int) -> bool:
        """Execute one cell; return whether the kernel can still be used."""
        exercise = self.exercise_of.get(grade_id(cell) or "")
        if time.monotonic() > self.deadline:
            _replace_outputs(cell, HUNG, f"Not run: the whole notebook may take {SECONDS_IN_ALL // 60} minutes.")
            return True
        if exercise in self.given_up:
            _replace_outputs(cell, HUNG, "Not tried: an earlier test of this exercise never came to an end.")
            return True
        usable, self.hung = True, False
        try:
            client.execute_cell(cell, index)
        except CellTimeoutError:
            usable, self.hung = False, True
        except DeadKernelError:
            _replace_outputs(cell, DIED, "The Python process ended while this cell ran.")
            return False
        if self.hung:
            _replace_outputs(
                cell,
                HUNG,
                f"Stopped after {self.seconds(cell)} seconds: this cell did not come to an end.",
            )
            self.given_up |= {exercise} if exercise else set()
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                output.name = "stdout"  # to nbgrader, a warning on stderr would be a failed test
        return usable


def _replace_outputs(cell: NotebookNode, ename: str, evalue: str) -> None:
    cell.outputs = [new_output("error", ename=ename, evalue=evalue, traceback=[f"{ename}: {evalue}"])]


def _stopped(cell: NotebookNode) -> bool:
    return any(output.get("ename") in (HUNG, DIED) for output in cell.outputs)
