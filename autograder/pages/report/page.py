"""The class report as one HTML file: nothing is fetched, every text is escaped, one small script sorts and filters.

The policy of the page allows that script and that style and no other, by their hashes; without the script everything
can be read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from jinja2 import Environment
from markupsafe import Markup

from autograder.pages.report import words
from autograder.pages.report.data import Figures, Kind, Report
from autograder.pages.templating import allowed, environment, script, style

POLICY = "default-src 'none'; script-src {}; style-src {}; form-action 'none'; base-uri 'none'"
SHADES = 4  # of a cell that is neither empty nor full
MOST_CHANGES = 50
MOST_ODDITIES, MOST_LINES = 60, 20  # sentences, of each kind that needs somebody
TALL, WIDE, GAP = 120, 60, 6  # of the bars, in units of the drawing


class Named(Protocol):
    """Somebody with an id and, perhaps, a name."""

    @property
    def id(self) -> str:
        """What the course calls them."""

    @property
    def name(self) -> str:
        """First and last name, or an empty string."""


@dataclass(frozen=True)
class Bar:
    """A bar of the distribution: where it stands, how tall it is, how many students it is for, from and to where."""

    x: int
    tall: float
    students: int
    words: str


def render(report: Report) -> str:
    """Return the report as the text of one HTML page."""
    named = {student.id: words.called(student) for student in report.students}
    return page(
        "report.html.j2",
        report=report,
        bars=bars(report.figures),
        named=lambda students: [named.get(student, student) for student in students],
        kinds=Kind,
    )


def page(template: str, **values: object) -> str:
    """Return a page of the room `report`."""
    policy = POLICY.format(allowed(script("report")), allowed(style("report")))
    look = {"style": style("report"), "script": script("report"), "policy": Markup(policy)}
    return _environment().get_template(template).render(words=words, **look, **values)


def bars(figures: Figures) -> list[Bar]:
    """Return the bars of the distribution."""
    highest, steps = max(figures.bars, default=0) or 1, len(figures.bars)
    return [
        Bar(
            place * (WIDE + GAP),
            round(TALL * count / highest, 1),
            count,
            f"{words.number(place * figures.most / steps)} to {words.number((place + 1) * figures.most / steps)}",
        )
        for place, count in enumerate(figures.bars)
    ]


def shade(points: float | None, most: float) -> str:
    """Return the class of a cell with these points: `h0` for none of them up to `h5` for all."""
    if points is None:
        return "open"
    share = points / most if most else 1.0
    if share >= 1:
        return f"h{SHADES + 1}"
    return "h0" if share <= 0 else f"h{1 + min(SHADES - 1, int(share * SHADES))}"


def order_of(students: Iterable[Named]) -> list[Named]:
    """Return students by name, those without one by id."""
    return sorted(students, key=lambda student: (student.name.casefold() or student.id.casefold(), student.id))


@cache
def _environment() -> Environment:
    found = environment("report")
    found.filters["number"] = words.number
    found.filters["shade"] = shade
    found.filters["in_order"] = order_of
    found.globals.update(
        MOST_CHANGES=MOST_CHANGES, MOST_ODDITIES=MOST_ODDITIES, MOST_LINES=MOST_LINES, TALL=TALL, WIDE=WIDE
    )
    return found
