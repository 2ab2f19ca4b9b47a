"""How far a grading run is, in cells: an estimate for submissions that are not read yet, the truth for the others."""

from __future__ import annotations

from threading import Lock

from autograder.runs.request import Watcher


class Tally:
    """Counts cells for a watcher.

    Parameters
    ----------
    submissions, expected
        How many submissions there are, and the cells that each of them probably has.
    """

    def __init__(self, watcher: Watcher, submissions: int, expected: int) -> None:
        self.watcher, self.expected = watcher, expected
        self.cells, self.done = submissions * expected, 0
        self.running: dict[str, tuple[int, int]] = {}  # cells and cells done
        self.lock = Lock()
        watcher.begin(submissions, self.cells)

    def skip(self) -> None:
        """Count a submission out."""
        self._update(cells=-self.expected)

    def begin(self, student: str, cells: int) -> None:
        """Count a submission in that has so many cells."""
        self.running[student] = (cells, 0)
        self._update(cells=cells - self.expected)

    def step(self, student: str, done: int) -> None:
        """Count the cells of a submission that is being run."""
        with self.lock:
            if student in self.running:
                cells, _ = self.running[student]
                self.running[student] = (cells, min(done, cells))
        self._update()

    def end(self, student: str) -> None:
        """Count all cells of a submission as done."""
        with self.lock:
            cells, _ = self.running.pop(student)
        self._update(done=cells)

    def _update(self, done: int = 0, cells: int = 0) -> None:
        with self.lock:
            self.done += done
            self.cells += cells
            now = self.done + sum(steps for _, steps in self.running.values())
        self.watcher.progress(now, self.cells)
