"""What the command line shows of vetting: a progress bar, which cells are hidden, faults, mutants that survive."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from autograder.shown.terminal import escape

if TYPE_CHECKING:  # nothing here needs more of them than their names
    from collections.abc import Iterable

    from autograder.course.faults import Fault
    from autograder.vetting.mutants import Mutated, Survivor
    from autograder.vetting.report import Hidden, Report


class VettingProgress:
    """One bar over the notebooks of each check, with an estimate."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("notebooks,"),
            TimeElapsedColumn(),
            TextColumn("gone,"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=console,
            transient=True,
            disable=not console.is_terminal,  # a log of it would say nothing
        )
        self.prefix = ""

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._bar.stop()

    def begin(self, what: str, notebooks: int) -> None:
        """Show a bar for a check."""
        for task in self._bar.task_ids:
            self._bar.remove_task(task)
        self._bar.add_task(escape(f"{self.prefix}{what}"), total=notebooks)

    def done(self) -> None:
        """Move the bar."""
        self._bar.advance(self._bar.task_ids[-1])


def show_hidden(console: Console, name: str, hidden: Iterable[Hidden]) -> None:
    """Say how many cells have regions that students never see, and which."""
    for of in hidden:
        tests = ", ".join(f"{exercise} {number}" for exercise, number in of.tests.items())
        told = [f"{of.solutions} with a solution"]
        told += [f"{sum(of.tests.values())} with hidden tests ({tests})"] if tests else []
        told += [f"{of.schemes} with a mark scheme"] if of.schemes else []
        notebook = f"{of.notebook}.ipynb" if of.notebook != name else name
        _say(console, f"{notebook}: {of.cells} cells have hidden regions: {', '.join(told)}")


def show_faults(console: Console, faults: Iterable[Fault]) -> None:
    """Print faults, a line each."""
    for fault in faults:
        console.print(f"[bold red]{fault.check}:[/] {escape(fault.sentence)}", soft_wrap=True, highlight=False)


def show_report(console: Console, report: Report) -> None:
    """Print what vetting has found out about an assignment."""
    show_hidden(console, report.assignment, report.hidden)
    show_faults(console, report.faults)
    if report.not_looked_at:
        _say(console, f"[yellow]not looked at because of this:[/] {', '.join(report.not_looked_at)}")
    if report.left_out:
        _say(console, f"[dim]left out, since they take long: {escape(', '.join(report.left_out))}[/]")
    if report.mutated is not None:
        _show_mutated(console, report.mutated)
    number = len(report.faults)
    found = "[green]fit[/]" if report.is_fit else f"[bold red]{number} fault{'s' if number > 1 else ''}[/]"
    ran = f"{report.notebooks} notebooks, {report.seconds:.0f} seconds"
    _say(console, f"[bold]{escape(report.assignment)}:[/] {found} [dim]({ran})[/]")


def _show_mutated(console: Console, mutated: Mutated) -> None:
    for survivor in mutated.survivors:
        _show_survivor(console, survivor)
    counted = f"{mutated.killed} caught, {mutated.equivalent} equivalent, {len(mutated.survivors)} not caught"
    _say(console, f"mutants of the solution: {counted} ({mutated.share:.1%} of those that differ are caught)")


def _show_survivor(console: Console, survivor: Survivor) -> None:
    where = f"{survivor.notebook}.ipynb, {survivor.exercise}, line {survivor.line}"
    _say(console, f"[yellow]not caught:[/] {escape(where)} ({survivor.rule})")
    for line in survivor.difference.splitlines():
        colour = "red" if line.startswith("-") else "green"
        _say(console, f"    [{colour}]{escape(line)}[/]")


def _say(console: Console, text: str) -> None:
    console.print(text, soft_wrap=True, highlight=False)
