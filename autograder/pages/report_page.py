"""The class report as one HTML page with a picture of the class: no script, no request, everything escaped."""

from __future__ import annotations

import io
from html import escape
from typing import TYPE_CHECKING

from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from autograder.pages.class_data import Summary

STYLE = """
:root { color-scheme: light dark; --line: #8884; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
figure { margin: 1.5rem 0; overflow-x: auto; background: #fff; border-radius: .4rem; }
figcaption { padding: .5rem 1rem; color: #333; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
td.number, th.number { text-align: right; }
"""


def render(summary: Summary) -> str:
    """Return the report as the text of one HTML page."""
    scores = sorted(row.score for row in summary.rows)
    middle = (scores[(len(scores) - 1) // 2] + scores[len(scores) // 2]) / 2
    title = f"{escape(summary.assignment)}: class report"
    caption = (
        f"Share of the points that each student earned in each exercise; students: {len(scores)}, "
        f"median {middle:g} of {summary.max_score:g} points."
    )
    if any(row.pending for row in summary.rows):
        caption += " A question mark: not graded by hand yet."
    figure = f'<figure role="img" aria-label="{escape(caption)}">{_picture(summary)}<figcaption>{caption}</figcaption>'
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>\n'
        f"<body><h1>{title}</h1>\n"
        f"{figure}</figure>\n{_faults(summary)}{_environment(summary)}"
        f"<h2>Exercises</h2>{_exercise_table(summary)}\n<h2>Students</h2>{_student_table(summary)}\n</body></html>\n"
    )


def _faults(summary: Summary) -> str:
    """Return what is at fault in the tests themselves, if anything is."""
    if not summary.faults:
        return ""
    return f"<h2>Tests at fault</h2><ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in summary.faults)}</ul>\n"


def _environment(summary: Summary) -> str:
    """Return who was stopped by the environment and not by an idea, if anybody was."""
    faults = summary.environment()
    if not faults:
        return ""
    count = sum(bool(row.environment) for row in summary.rows)
    who = "1 student has" if count == 1 else f"{count} students have"
    lines = "".join(f"<li>{escape(fault)}: {escape(', '.join(places))}</li>" for fault, places in faults.items())
    return (
        f"<h2>Environment</h2><p>{who} code that needs something that is not here (an old NumPy, a module, a file). "
        f"The ideas may be right.</p><ul>{lines}</ul>\n"
    )


def _exercise_table(summary: Summary) -> str:
    head = ["Exercise", "Points", "Full marks", "Most frequent message"]
    rows = [
        [
            e.name,
            f"{e.points:g}",
            f"{summary.full_marks(e)} of {len(summary.rows)}",
            summary.common_message(e),
        ]
        for e in summary.exercises
    ]
    return _table(head, rows)


def _student_table(summary: Summary) -> str:
    head = ["Student", "Score", "What was said"]
    rows = []
    for row in summary.rows:
        notes = [
            f"{exercise}{' [environment]' if exercise in row.environment else ''}: {messages[0]}"
            for exercise, messages in row.messages.items()
        ]
        if row.penalty:
            notes.insert(0, f"late, {row.penalty:g} points off")
        if row.needs_grading:
            notes.insert(0, "has answers to grade by hand")
        rows.append([row.student, f"{row.score:g}", "\n".join(notes)])
    return _table(head, rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    names = "".join(f"<th>{escape(name)}</th>" for name in head)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(text).replace(chr(10), '<br>')}</td>" for text in row) + "</tr>" for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{names}</tr></thead><tbody>{lines}</tbody></table></div>'


def _picture(summary: Summary) -> str:
    """Draw students by exercises; a number in every cell, so that the picture can be read without colour."""
    names = [exercise.name for exercise in summary.exercises]
    share = [
        [row.points.get(e.name, 0.0) / e.points if e.points else 1.0 for e in summary.exercises] for row in summary.rows
    ]
    figure = Figure(figsize=(2.5 + 0.75 * len(names), 2.2 + 0.34 * len(share)), layout="constrained")
    axes = figure.subplots()
    axes.imshow(share, cmap="cividis", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(names)), names, rotation=35, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(share)), [row.student.replace("$", r"\$") for row in summary.rows])
    for y, row in enumerate(share):
        for x, value in enumerate(row):
            axes.text(
                x,
                y,
                "?" if names[x] in summary.rows[y].pending else f"{100 * value:.0f}",
                ha="center",
                va="center",
                color="black" if value >= 0.5 else "white",
            )
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    text = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "class report"}):
        FigureCanvasSVG(figure).print_svg(text, metadata={"Date": None})
    drawing = text.getvalue()
    return drawing[drawing.index("<svg") :]
