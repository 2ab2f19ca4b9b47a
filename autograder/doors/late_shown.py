"""What the command line shows of due dates and late work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console

from autograder.shown.terminal import escape

if TYPE_CHECKING:  # nothing here needs more of them than their names
    from autograder.records.due import Due
    from autograder.records.lateness import Lateness

MOST_LATE = 50  # that are shown after a grading run; `autograder due NAME` has all


def show_due(console: Console, name: str, done: Due) -> None:
    """Print when an assignment is due, the rule, the extensions, and who handed in late."""
    from autograder.course.late_rule import told  # they have been loaded by now
    from autograder.course.times import Span, shown

    late, zone = done.late, done.late.penalties.zone
    would = " (would be; nothing was written)" if done.is_tried else ""
    due = shown(late.terms.due, zone) if late.terms.due else "no due date"
    console.print(f"[bold]{escape(name)}[/]{would}: {escape(due)}", highlight=False, soft_wrap=True)
    console.print(f"late: {escape(str(late.penalties))}", highlight=False, soft_wrap=True)
    for student, extension in sorted(late.terms.extensions.items()):
        span = told(Span(extension.days, extension.seconds // 60))
        until = f" until {shown(late.terms.due + extension, zone)}" if late.terms.due else ""
        console.print(f"extension: {escape(student)}{escape(until)}, +{span}", highlight=False, soft_wrap=True)
    if late.of:
        count = len(late.of)
        handed = f"{count} submission{'' if count == 1 else 's'}"
        unknown = sum(one.handed_in is None for one in late.of.values())
        console.print(f"{handed}, {unknown} without a known time", highlight=False)
    show_late(console, late.of.values(), len(late.of))
    for change in done.changes:
        console.print(
            f"changed: {escape(change.student)} {change.before:g} -> {change.after:g} points off ({change.why})",
            highlight=False,
            soft_wrap=True,
        )


def show_late(console: Console, students: Iterable[Lateness], most: int = MOST_LATE) -> None:
    """Print who was late, what it costs and why; nothing if nobody was."""
    listed = [one for one in students if one.reason or one.trouble]
    for one in listed[:most]:
        colour = "bold red" if one.trouble else "yellow"
        console.print(
            f"[{colour}]late:[/] {escape(one.student)}: {escape(one.trouble or one.reason)}",
            highlight=False,
            soft_wrap=True,
        )
    if len(listed) > most:
        console.print(f"and {len(listed) - most} more: `autograder due` shows all", highlight=False)
