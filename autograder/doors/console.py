"""What the command line shows: a progress bar with an estimate, a line per submission, tables."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from autograder.doors.late_shown import show_late
from autograder.shown.terminal import escape

if TYPE_CHECKING:  # nothing here needs more of them than their names
    from autograder.collecting.collect import Collected
    from autograder.collecting.roster import Imported
    from autograder.course.course import Course
    from autograder.course.update_course import Updated
    from autograder.grading.verdict import ExerciseDiagnosis, Verdict
    from autograder.runs.request import Line, Outcome

MOST_CHANGES = 50  # that are shown; the file has all


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
            f"[dim]{escape(line.lost)}[/]{f'  [yellow]{line.odd}[/]' if line.odd else ''}"
        )

    def tell(self, sentence: str) -> None:
        """Print what happens to the workers."""
        self.console.print(f"[yellow]{escape(sentence)}[/]", soft_wrap=True, highlight=False)


class CellProgress:
    """One bar over the cells of a single notebook."""

    def __init__(self, console: Console) -> None:
        self.bar = Progress(
            TextColumn("cells"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self.task = self.bar.add_task("cells", total=None)

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.bar.stop()

    def show(self, done: int, cells: int) -> None:
        """Move the bar."""
        self.bar.update(self.task, completed=done, total=cells)


def show_verdict(console: Console, verdict: Verdict) -> None:
    """Print a verdict: a line per test, what is wrong with which function, what tests say, what was odd, the sum."""
    from autograder.grading.verdict import VENDORED  # it has been loaded by now

    data = "" if verdict.data_set == VENDORED else f", {verdict.data_set}"
    named = f", draw {escape(verdict.draw)}" if verdict.draw else ""
    table = Table("exercise", "test", "points", "", title=f"{verdict.assignment}{data}{named}")
    before = ""
    for cell in verdict.cells:
        colour = {"passed": "green", "followed through": "yellow"}.get(cell.status, "red")
        shown = cell.exercise if cell.exercise != before else ""
        test = cell.test.removeprefix(f"test-{cell.exercise}-")
        table.add_row(shown, test, f"{cell.points:g}/{cell.max_points:g}", f"[{colour}]{cell.status}[/]")
        before = cell.exercise
    console.print(table)
    for one in verdict.diagnoses:
        _show_diagnosis(console, one)
    for cell in verdict.cells:
        if cell.message:
            console.print(f"[bold]{cell.test}:[/] {escape(cell.message)}", highlight=False)
        if cell.detail:
            console.print(f"[dim]{escape(cell.detail)}[/]", highlight=False)
    for what, sentences in (("oddity", verdict.oddities), ("tampering", verdict.tampering)):
        for sentence in sentences:
            console.print(f"[yellow]{what}:[/] {escape(sentence)}", highlight=False)
    console.print(f"[bold]{verdict.score:g} of {verdict.max_score:g} points[/]", highlight=False)


def _show_diagnosis(console: Console, one: ExerciseDiagnosis) -> None:
    """Print what is wrong with a function, and the call that shows it, one line of Python to a line."""
    from autograder.grading.diagnosed import which_result  # it has been loaded by now

    console.print(f"[bold]{escape(one.exercise)}:[/] {escape(one.message)}", highlight=False)
    example = one.diagnosis.example
    if example is None:
        return
    which = which_result(one.diagnosis)
    theirs = f"{example.theirs}: {example.raised}" if example.raised else example.theirs
    for line in (*example.lines, example.call):
        console.print(f"    {escape(line)}", soft_wrap=True, highlight=False)
    for what, value in ((f"yours{f', {which}' if which else ''}", theirs), ("right", example.right)):
        console.print(f"    [dim]# {what}:[/] {escape(value)}", soft_wrap=True, highlight=False)


def show_outcome(console: Console, outcome: Outcome) -> None:
    """Say what a grading run did not do, and where its log is."""
    from autograder.grading.solution import told  # it has been loaded by now

    if outcome.unchanged:
        console.print(f"{len(outcome.unchanged)} unchanged since they were graded (--force grades them again).")
    if outcome.changes:
        _show_changes(console, outcome)
    show_late(console, outcome.late.values())
    for sentence in told(outcome.faults):
        console.print(f"[bold red]test fault:[/] {escape(sentence)}", soft_wrap=True, highlight=False)
    for test in outcome.unpassed:
        said = f"{escape(test)}: nobody in this run has passed it. Does its exercise say all that it asks for?"
        console.print(f"[yellow]test:[/] {said}", soft_wrap=True, highlight=False)
    if any("tampering" in line.odd for line in outcome.graded):
        console.print("[yellow]tampering:[/] the class report shows who has changed what (`autograder report`).")
    for student, problem in sorted(outcome.problems.items()):
        console.print(f"[bold red]not graded:[/] {escape(student)}: {escape(problem)}", soft_wrap=True)
    if outcome.log.exists():
        show_paths(console, {"log": outcome.log})


def _show_changes(console: Console, outcome: Outcome) -> None:
    from autograder.records.changes import FILE  # it has been loaded by now

    listed = sorted(outcome.changes, key=lambda change: (change.exercise, change.student))
    table = Table("student", "exercise", "before", "after", "why", title="scores that have changed")
    for change in listed[:MOST_CHANGES]:
        table.add_row(
            escape(change.student), escape(change.exercise), f"{change.before:g}", f"{change.after:g}", change.why
        )
    console.print(table)
    if len(listed) > MOST_CHANGES:
        console.print(f"and {len(listed) - MOST_CHANGES} more")
    show_paths(console, {"all changes": outcome.log.with_name(FILE)})


def show_paths(console: Console, paths: dict[str, Path]) -> None:
    """Print what there is to open, one line each, never broken."""
    for what, path in paths.items():
        console.print(f"  {what:<16} {path}", soft_wrap=True, highlight=False)


def show_collected(console: Console, done: Collected, dry_run: bool) -> None:
    """Print what a download was taken for, a line per student, and what was refused."""
    table = Table("student", "", "handed in (UTC)", "files", title=f"layout: {escape(done.layout)}")
    table.add_column("", overflow="fold")
    colours = {"new": "green", "replaces": "yellow", "refused": "red"}
    for row in sorted(done.rows, key=lambda row: (row.action == "refused", row.student)):
        late = " LATE" if row.late else ""
        time = f"{row.time:%Y-%m-%d %H:%M:%S}" if row.time else ""
        action = f"[{colours.get(row.action, 'dim')}]{row.action}[/]"
        note = "see below" if row.action == "refused" else row.note
        table.add_row(escape(row.student), action, f"{time}{late}".strip(), str(row.files or ""), escape(note))
    console.print(table)
    refused = [row for row in done.rows if row.action == "refused"]
    told = (row.note if row.note.startswith(row.student) else f"{row.student}: {row.note}" for row in refused)
    for sentence in [*done.refused, *told]:
        console.print(f"[bold red]refused:[/] {escape(sentence)}", soft_wrap=True, highlight=False)
    counted = Counter(row.action for row in done.rows)
    listed = ", ".join(f"{count} {action}" for action, count in counted.items())
    console.print(f"{'would be: ' if dry_run else ''}{listed or 'nothing'}", highlight=False)
    if done.kept:
        show_paths(console, {"replaced": done.kept})


def show_imported(console: Console, done: Imported) -> None:
    """Say what an import changed, what it refused and what is worth knowing."""
    for sentence in done.refused:
        console.print(f"[bold red]refused:[/] {escape(sentence)}", soft_wrap=True, highlight=False)
    for sentence in done.warnings:
        console.print(f"[yellow]note:[/] {escape(sentence)}", soft_wrap=True, highlight=False)
    console.print(f"{done.new} new, {done.changed} changed, {done.unchanged} unchanged", highlight=False)


def show_updated(console: Console, done: Updated, private: Course, dry_run: bool) -> None:
    """Say what an update of a private course did, a line for each kind with the files below it."""
    told = {
        "replaced, since you had not changed them": done.replaced,
        "new": done.new,
        "yours, and unchanged in the public course": done.kept,
        "changed by both: yours stay, compare them with those in incoming/": done.incoming,
        "left as they are, since work is handed in; name the assignment to update it": done.held,
    }
    for sentence, paths in told.items():
        if paths:
            console.print(f"[bold]{len(paths)}[/] {sentence}:", highlight=False)
            for path in paths:
                console.print(f"  {escape(path)}", soft_wrap=True, highlight=False)
    changed = len(done.replaced) + len(done.new)
    verb = "would change" if dry_run else "changed"
    console.print(
        f"{changed} {'file' if changed == 1 else 'files'} {verb} in {escape(str(private.root))}.", soft_wrap=True
    )
