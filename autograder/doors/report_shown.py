"""What the command line shows of a class report: few lines, however large the class is, and where the rest is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from autograder.doors.console import show_paths
from autograder.shown.terminal import escape

if TYPE_CHECKING:  # nothing here needs more of them than their names
    from autograder.pages.report.data import Exercise, Report
    from autograder.pages.report.files import Written
    from autograder.pages.report.overall import WrittenOverall

MOST_STUDENTS = 30  # that are listed unless all are asked for
MOST_LINES = 10  # of what needs somebody


def show_report(console: Console, written: Written, *, everybody: bool = False) -> None:
    """Print a class report: states, exercises, what needs the instructor, students if they are few, and the files."""
    from autograder.pages.report import words  # it has been loaded by now

    report = written.report
    console.print(words.states(report.states, report.late), soft_wrap=True, highlight=False)
    console.print(words.measure(report.figures), soft_wrap=True, highlight=False)
    if everybody or len(report.students) <= MOST_STUDENTS:
        console.print(_students(report))
    console.print(_exercises(report))
    for exercise in report.exercises:
        if told := _most_frequent(exercise):
            console.print(f"[bold]{exercise.name}:[/] {escape(told)}", soft_wrap=True, highlight=False)
    _show_needs(console, report)
    if not everybody and len(report.students) > MOST_STUDENTS:
        console.print("The page has a line for each student, and so has --all.", highlight=False)
    show_paths(console, {"page": written.page, "table": written.table, "data": written.data})


def show_overall(console: Console, written: WrittenOverall, *, everybody: bool = False) -> None:
    """Print what the class has earned in all assignments, and the files."""
    from autograder.pages.report import words  # it has been loaded by now

    overall = written.overall
    table = Table("assignment", "weight", "graded", "mean %", title="all assignments")
    for one in overall.assignments:
        table.add_row(one.name, words.number(one.weight), str(one.graded), words.number(one.mean))
    console.print(table)
    if everybody or len(overall.students) <= MOST_STUDENTS:
        students = Table("student", *(one.name for one in overall.assignments), "total %")
        for student in overall.students:
            marks = (words.mark(student.marks[one.name]) for one in overall.assignments)
            students.add_row(escape(words.called(student)), *marks, words.number(student.total))
        console.print(students)
    show_paths(console, {"page": written.page, "table": written.table, "data": written.data})


def _students(report: Report) -> Table:
    from autograder.pages.report import words

    table = Table("student", "state", "score", "points lost in")
    for student in report.students:
        state = f"{student.state.value}{', late' if student.late else ''}"
        table.add_row(
            escape(words.called(student)),
            state,
            words.number(student.score),
            ", ".join(_lost(report, student.points)) or escape(student.why),
        )
    return table


def _lost(report: Report, points: dict[str, float | None]) -> list[str]:
    """Return the exercises in which points are missing, with how many."""
    found = []
    for exercise in report.exercises:
        earned = points.get(exercise.name, exercise.points)
        if earned is None:
            found.append(f"{exercise.name} (to be graded)")
        elif earned < exercise.points:
            found.append(f"{exercise.name} -{exercise.points - earned:g}")
    return found


def _exercises(report: Report) -> Table:
    from autograder.pages.report import words

    table = Table("exercise", "points", "all points", "mean", "right in itself", title=report.assignment)
    for exercise in report.exercises:
        full = f"{exercise.full} of {exercise.graded}" if exercise.graded else "?"
        mean = words.number(exercise.mean) if exercise.graded else "?"
        table.add_row(exercise.name, words.number(exercise.points), full, mean, str(exercise.followed or ""))
    return table


def _most_frequent(exercise: Exercise) -> str:
    """Return what most students were told in an exercise, with how many: a mistake, or else what its tests say."""
    said = [(one.students, one.text) for one in exercise.mistakes]
    said = said or [(one.students, one.text) for test in exercise.tests for one in test.messages]
    students, text = max(said, key=lambda one: one[0], default=(0, ""))
    return f"{students} {'was' if students == 1 else 'were'} told: {text}" if students else ""


def _show_needs(console: Console, report: Report) -> None:
    """Say what needs the instructor, each kind in few lines."""
    from autograder.pages.report import words
    from autograder.pages.report.data import Kind, State

    for sentence in report.faults:
        console.print(f"[bold red]test fault:[/] {escape(sentence)}", soft_wrap=True, highlight=False)
    for exercise in report.exercises:
        for test in exercise.tests:
            if test.nobody and not test.fault:
                told = f"{test.name} of {exercise.name}, which has looked at {test.looked_at} answers"
                console.print(f"[yellow]nobody passes:[/] {told}", soft_wrap=True, highlight=False)
    for kind in (Kind.tampering, Kind.other, Kind.environment):
        for one in report.of_kind(kind)[:MOST_LINES]:
            told = f"{one.text}: {words.some(one.students)}"
            console.print(f"[yellow]{kind.value}:[/] {escape(told)}", soft_wrap=True, highlight=False)
    for student in [student for student in report.students if student.state is State.refused][:MOST_LINES]:
        told = f"{words.called(student)}: {student.why}"
        console.print(f"[bold red]refused:[/] {escape(told)}", soft_wrap=True, highlight=False)
    for exercise in report.exercises:
        if exercise.waiting:
            told = f"{words.counted(exercise.waiting, 'answer')} to {exercise.name}"
            console.print(f"[yellow]to be graded by a person:[/] {told}", soft_wrap=True, highlight=False)
    waiting = [student.id for student in report.students if student.state is State.ungraded]
    if waiting:
        console.print(f"[yellow]not graded yet:[/] {escape(words.some(waiting))}", soft_wrap=True, highlight=False)
