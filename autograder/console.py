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

from autograder.grade import Line, Outcome
from autograder.summary import Summary


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
        """Show the bar."""
        self.bar.update(self.task, description=f"grading {submissions}", total=cells, visible=True)

    def progress(self, done: int, cells: int) -> None:
        """Move the bar; hide it if there is nothing to do."""
        self.bar.update(self.task, completed=done, total=cells, visible=cells > 0)

    def submission_done(self, line: Line) -> None:
        """Print the line of a submission."""
        self.console.print(
            f"  [bold]{escape(line.student)}[/]  {line.score:g}/{line.max_score:g}  {line.seconds:.0f} s  "
            f"[dim]{escape(line.lost)}[/]"
        )


def show_outcome(console: Console, outcome: Outcome) -> None:
    """Say what a grading run did not do, and where its log is."""
    if outcome.unchanged:
        console.print(f"{outcome.unchanged} unchanged since they were graded (--force grades them again).")
    for student, problem in sorted(outcome.problems.items()):
        console.print(f"[bold red]not graded:[/] {escape(student)}: {escape(problem)}", soft_wrap=True)
    if outcome.log.exists():
        show_paths(console, {"log": outcome.log})


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
