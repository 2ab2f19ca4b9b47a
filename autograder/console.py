"""What the command line shows: a progress bar with an estimate, a line per submission, tables."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from autograder.grade import Outcome
from autograder.summary import Summary
from autograder.verdict import Status, Verdict


class GradingProgress:
    """Watches a grading run: one bar over the cells of all submissions, one line for each that is done."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("cells,"),
            TimeElapsedColumn(),
            TextColumn("gone,"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=console,
        )
        self.task = self.bar.add_task("grading", total=None, visible=False)

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.bar.stop()

    def begin(self, submissions: int, cells: int) -> None:
        """Show the bar, if there is anything to do."""
        self.bar.update(self.task, description=f"grading {submissions}", total=cells, visible=submissions > 0)

    def cell_done(self) -> None:
        """Move the bar by one cell."""
        self.bar.advance(self.task)

    def submission_done(self, verdict: Verdict, seconds: float) -> None:
        """Print the line of a submission."""
        lost = [cell for cell in verdict.cells if cell.status is not Status.passed]
        trouble = ", ".join(dict.fromkeys(f"{cell.exercise} {cell.status}" for cell in lost)) or "all tests passed"
        self.console.print(
            f"  [bold]{escape(verdict.student)}[/]  {verdict.score:g}/{verdict.max_score:g}  {seconds:.0f} s  "
            f"[dim]{escape(trouble)}[/]"
        )


def show_outcome(console: Console, outcome: Outcome) -> None:
    """Say what a grading run did not do."""
    if outcome.unchanged:
        console.print(f"{len(outcome.unchanged)} unchanged since they were graded (--force grades them again).")
    for student, problem in sorted(outcome.problems.items()):
        console.print(f"[bold red]not graded:[/] {escape(student)}: {escape(problem)}", soft_wrap=True)


def show_summary(console: Console, summary: Summary) -> None:
    """Print the class report as two tables."""
    students = Table(
        "student",
        "score",
        "points lost in",
        title=f"{summary.assignment}: {len(summary.rows)} students",
    )
    for row in summary.rows:
        lost = [e for e in summary.exercises if row.points.get(e.name, 0) < e.points]
        listed = ", ".join(f"{e.name} -{e.points - row.points.get(e.name, 0):g}" for e in lost)
        students.add_row(escape(row.student), f"{row.score:g}", listed)
    console.print(students)
    parts = Table("exercise", "points", "full marks", "most frequent message")
    for exercise in summary.exercises:
        full = f"{summary.full_marks(exercise)} of {len(summary.rows)}"
        parts.add_row(exercise.name, f"{exercise.points:g}", full, escape(summary.common_message(exercise)))
    console.print(parts)


def show_paths(console: Console, paths: dict[str, Path]) -> None:
    """Print what there is to open, one line each, never broken."""
    for what, path in paths.items():
        console.print(f"  {what:<16} {path}", soft_wrap=True, highlight=False)
