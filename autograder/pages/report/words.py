"""What a class report says in sentences: its head, its counts, how a number is to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from autograder.pages.report.data import Discrimination, Figures, Report, State, Student
from autograder.pages.report.statistics import FEWEST

if TYPE_CHECKING:  # which makes its page with these words
    from autograder.pages.report.overall import Mark, Row

DATA_SETS = {"vendored": "the vendored digits"}
CLEARLY, HARDLY = 0.4, 0.2  # a correlation with the rest of the points from which on an exercise tells students apart
MOST_NAMED = 12


def number(value: float | None) -> str:
    """Return a number with two digits at most, or a dash."""
    return "–" if value is None else f"{round(value, 2):g}"


def counted(count: int, one: str, several: str = "") -> str:
    """Return a count with its noun: `1 student`, `3 students`."""
    return f"{count} {one if count == 1 else several or f'{one}s'}"


def listed(words: Sequence[str]) -> str:
    """Return words as a sentence lists them."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def some(words: Sequence[str], most: int = MOST_NAMED) -> str:
    """Return the first of many words, and how many more there are."""
    more = len(words) - most
    return f"{', '.join(words[:most])} and {more} more" if more > 0 else ", ".join(words)


def time(text: str) -> str:
    """Return a time as people write it."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{when.day} {when:%B %Y, %H:%M}"


def states(counts: Mapping[State, int], late: int = 0) -> str:
    """Return how many students are in which state, and how many are late."""
    kinds = {
        State.graded: ("is graded", "are graded"),
        State.waits: (
            "is graded but for an answer that waits for a person",
            "are graded but for answers that wait for a person",
        ),
        State.ungraded: ("has handed in and is not graded yet", "have handed in and are not graded yet"),
        State.refused: ("was refused", "were refused"),
        State.missing: ("has not handed in", "have not handed in"),
    }
    told = [f"{counts[state]} {words[counts[state] != 1]}" for state, words in kinds.items() if counts[state]]
    late_ones = f" {late} {'is' if late == 1 else 'are'} late." if late else ""
    return f"{counted(sum(counts.values()), 'student')}: {listed(told)}.{late_ones}"


def made_with(report: Report) -> str:
    """Return what the verdicts were made with: data set and draw."""
    sets = _each(report.data_sets, {name: DATA_SETS.get(name, f"the data set {name}") for name in report.data_sets})
    draws = _each(
        report.draws,
        {name: f"the inputs of the draw {name}" if name else "the course's usual inputs" for name in report.draws},
    )
    return f"Graded with {sets} and {draws}." if sets else "Graded by something else than this grader."


def _each(counts: Mapping[str, int], names: Mapping[str, str]) -> str:
    """Return one name, or several with how many students each is for."""
    if len(counts) == 1:
        return names[next(iter(counts))]
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    return listed([f"{names[name]} ({counted(counts[name], 'student')})" for name in ordered])


def measure(figures: Figures) -> str:
    """Return mean and median, over whom they are, and what they leave out."""
    if not figures.students:
        return "Nobody is graded, so there is neither a mean nor a median."
    over = "the 1 graded student" if figures.students == 1 else f"all {figures.students} graded students"
    text = (
        f"Mean {number(figures.mean)} and median {number(figures.median)} of {number(figures.most)} points, "
        f"over {over}, late penalties taken off. Students who have not handed in or are not graded yet do not count."
    )
    if figures.left_out:
        left_out = listed(figures.left_out)
        text += f" Points for {left_out} are left out for everybody, because answers there wait for a person."
    return text


def discrimination(found: Discrimination) -> str:
    """Return how the points of an exercise go with the rest of the points, in words, with the number of students."""
    if found.students < FEWEST:
        return f"too few to say (n = {found.students}, {FEWEST} are needed)"
    if found.value is None:
        return f"all earn the same (n = {found.students})"
    if found.value < 0:
        words = "runs against the others"
    elif found.value < HARDLY:
        words = "hardly tells students apart"
    else:
        words = "tells students apart well" if found.value >= CLEARLY else "tells students apart"
    return f"{found.value:.2f}, {words} (n = {found.students})"


def counted_points(points: float) -> str:
    """Return points with their noun."""
    return f"{number(points)} point{'' if points == 1 else 's'}"


def called(student: Student | Row) -> str:
    """Return a student's name with the id, or the id alone."""
    return f"{student.name} ({student.id})" if student.name else student.id


def mark(found: Mark) -> str:
    """Return a mark in few characters: percent, a question mark for what is not settled, a dash for what is missing."""
    if found.state is State.missing:
        return "–"
    return "?" if found.percent is None else number(found.percent)
