"""The entries of the field guide: the directive `field-guide` writes those of an assignment.

    ```{field-guide} two_layer
    ```

Without an assignment it writes the form that filters them, which `field-guide.js` brings to life. The sentences are the
bank's and the numbers those that `make bench KEEP=1` has kept; no code is shown, neither wrong nor right.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from autograder.course.book import Contents, anchor
from autograder.course.course import Course
from autograder.engine.inside.diagnosing.bank import Wrong, read

PAGE, FILE = "book/field-guide", "book/field-guide.json"
HIGH = 0.85  # the accuracy that the tests of trained networks ask for
WIDTH, HEIGHT, TOP = 96, 64, 3.0  # of a drawing; the loss at its upper edge
SAME = 0.01  # what no drawing shows
CHECKS = {
    "error": "the error message",
    "start": "the loss at the start",
    "gradient": "the gradient check",
    "double": "doubling the batch",
    "visible": "the visible test",
}
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Guide:
    """What an entry is written with: what was measured, the equations, the exercises' places in the notebooks."""

    measured: Mapping[str, Any]
    contents: Contents
    places: Mapping[tuple[str, str], str]

    def training(self, assignment: str, exercise: str) -> tuple[str, Entry] | None:
        """Return the name and the right run of the training that calls an exercise."""
        for name, run in self.measured["right"].items():
            if run["assignment"] == assignment and exercise in run["exercises"]:
                return name, run
        return None


class FieldGuide(SphinxDirective):
    """Writes the entries of an assignment, or the form that filters all of them."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the HTML."""
        course = Course(Path(self.env.srcdir))
        self.env.note_dependency(FILE)
        measured = json.loads((course.root / FILE).read_text(encoding="utf-8"))
        known = {name: bank(course, name) for name in measured["wrong"]}
        if not self.arguments:
            text = form(known)
        else:
            name = self.arguments[0]
            self.env.note_dependency(str(course.banks / f"{name}.py"))
            places = {(use.assignment, use.name): use.cell for use in self.env.exercises["uses"]}
            guide = Guide(measured, self.env.exercises["contents"], places)
            text = "".join(exercises(guide, name, known[name]))
        return [nodes.raw("", text, format="html")]


def bank(course: Course, assignment: str) -> list[Wrong]:
    """Return the misconceptions of an assignment, those of an exercise together; none of them is called."""
    return list(read(course.misconceptions(assignment), lambda name: None).wrong)


def by_exercise(wrong: list[Wrong]) -> Iterator[tuple[str, list[Wrong]]]:
    """Yield the exercises of a bank, each with its misconceptions."""
    order = list(dict.fromkeys(one.of for one in wrong))
    for exercise, group in groupby(sorted(wrong, key=lambda one: order.index(one.of)), key=lambda one: one.of):
        yield exercise, list(group)


def exercises(guide: Guide, assignment: str, wrong: list[Wrong]) -> Iterator[str]:
    """Yield the HTML of an assignment: its right curves, and a fold for each exercise."""
    runs = {name: run for name, run in guide.measured["right"].items() if run["assignment"] == assignment}
    paths = "".join(f'<path id="right-{name}" d="{path(run["losses"])}"/>' for name, run in runs.items())
    if paths:
        yield f'<svg class="bug-right" width="0" height="0" aria-hidden="true"><defs>{paths}</defs></svg>'
    kept = guide.measured["wrong"][assignment]
    for exercise, group in by_exercise(wrong):
        entries = [(one, kept[one.name]) for one in group]
        high = sum(is_high(entry) for _, entry in entries)
        words = f"{len(group)} mistakes" + (f", {high} of them still above {100 * HIGH:.0f} %" if high else "")
        yield f'<details class="fold bugs" id="{assignment}-{exercise}">'
        yield f"<summary><code>{exercise}</code> <span>{words}</span></summary>"
        yield place(guide, assignment, exercise)
        yield from (item(guide, assignment, one, entry) for one, entry in entries)
        yield "</details>\n"


def place(guide: Guide, assignment: str, exercise: str) -> str:
    """Return the sentence on an exercise: where it is, and what the right function reaches."""
    cell = guide.places[assignment, exercise]
    where = f'<a href="../assignments/{assignment}.html#{cell}">The exercise</a> in <code>{assignment}</code>. '
    training = guide.training(assignment, exercise)
    if training is None:
        return f'<p class="bug-place">{where}Nothing is trained with it, so its mistakes have no curves.</p>'
    run = training[1]
    return f'<p class="bug-place">{where}With the right function the training reaches {percent(run["accuracy"])}.</p>'


def item(guide: Guide, assignment: str, wrong: Wrong, entry: Entry) -> str:
    """Return the HTML of one misconception."""
    name = f"{assignment}-{wrong.name}"
    training = guide.training(assignment, wrong.of)
    drawn = drawing(training[0], entry["losses"]) if training and "losses" in entry else ""
    said = f"<p>{escape(wrong.says, quote=False)} {equation(guide.contents, wrong.see)}</p>"
    found = f'<p class="bug-found">{effect(wrong, entry, training)} {noticed(entry)}'
    link = f'<a href="#{name}" title="Link to this mistake">#</a></p>'
    return f'<div class="bug" id="{name}" data-f="{" ".join(marks(entry))}">{drawn}{said}{found} {link}</div>\n'


def effect(wrong: Wrong, entry: Entry, training: tuple[str, Entry] | None) -> str:
    """Return in words what a misconception does to the training."""
    if wrong.kind == "slow":
        return "Right but slow, so it was not trained."
    if training is None:
        return ""
    if "error" in entry:
        return f"The training stops with a <b>{entry['error']}</b>."
    end = "The loss becomes nan or inf. " if None in entry["losses"] else ""
    same = "Trains like the right function. " if is_same(entry, training[1]) else ""
    accuracy = entry["accuracy"]  # as the program computes it, which may be what is wrong
    words = (
        f"Test accuracy <b>{percent(accuracy)}</b>" if accuracy <= 1 else f"It reports the accuracy <b>{accuracy:g}</b>"
    )
    return f"{end}{same}{words}."


def noticed(entry: Entry) -> str:
    """Return in words which checks notice a misconception."""
    names = [words for check, words in CHECKS.items() if check in entry["found"]]
    if not names:
        return "None of the checks notices it" + (" before that." if "error" in entry else ".")
    return f"Noticed by {', '.join(names[:-1])}{' and ' if names[1:] else ''}{names[-1]}."


def checks(entry: Entry) -> list[str]:
    """Return the checks that notice a misconception, an error that stops the training among them."""
    return (["error"] if "error" in entry else []) + list(entry["found"])


def marks(entry: Entry) -> list[str]:
    """Return what the filter may ask for."""
    return (["high"] if is_high(entry) else []) + (checks(entry) or ["none"])


def is_high(entry: Entry) -> bool:
    """Return whether the trained network passes for a right one by its accuracy."""
    return bool(HIGH < entry.get("accuracy", 0) <= 1)


def is_same(entry: Entry, right: Entry) -> bool:
    """Return whether a run cannot be told from the right one."""
    one, other = entry["losses"], right["losses"]
    if len(one) != len(other) or None in one or entry["accuracy"] != right["accuracy"]:
        return False
    return all(abs(a - b) < SAME for a, b in zip(one, other, strict=True))


def percent(fraction: float) -> str:
    """Return a fraction as it is printed."""
    return f"{100 * fraction:.1f} %"


def equation(contents: Contents, label: str) -> str:
    """Return the link to an equation, by its number."""
    found = contents.equations[anchor(label)]
    chapter = contents.chapters[found.page]
    return f'<a href="{found.page}.html#equation-{anchor(label)}">({chapter}.{found.number})</a>'


def drawing(name: str, losses: list[float | None]) -> str:
    """Return the two curves of a misconception; the words beside them say what can be read off."""
    line = path(losses)
    curves = f'<use href="#right-{name}"/>' + (f'<path d="{line}"/>' if line else "")
    return f'<svg viewBox="-2 -2 {WIDTH + 4} {HEIGHT + 4}" aria-hidden="true">{curves}</svg>'


def path(losses: list[float | None]) -> str:
    """Return a curve as the path of a drawing, up to the first value that is not a number; it may be empty."""
    shown = list(losses[: losses.index(None)] if None in losses else losses)
    step = WIDTH / max(1, len(losses) - 1)
    points = [(round(k * step), round(HEIGHT * (1 - min(max(y or 0, 0), TOP) / TOP))) for k, y in enumerate(shown)]
    moves = [f"{x - at} {y - was}" for (at, was), (x, y) in pairwise(points)]
    if not points:
        return ""
    return f"M{points[0][0]} {points[0][1]}" + (f"l{' '.join(moves)}".replace(" -", "-") if moves else "h1")


def form(known: Mapping[str, list[Wrong]]) -> str:
    """Return the form that filters the entries; it is hidden until its script runs."""
    groups = "".join(
        f'<optgroup label="{name}">'
        + "".join(f'<option value="{name}-{exercise}">{exercise}</option>' for exercise, _ in by_exercise(wrong))
        + "</optgroup>"
        for name, wrong in known.items()
    )
    found = "".join(f'<option value="{check}">{words}</option>' for check, words in CHECKS.items())
    return (
        '<form class="bug-filter" id="bug-filter" hidden>'
        '<label>Search <input type="search" name="q" autocomplete="off"></label>'
        f'<label>Exercise <select name="exercise"><option value="">all</option>{groups}</select></label>'
        '<label>Noticed by <select name="check"><option value="">anything or nothing</option>'
        f'{found}<option value="none">none of the checks</option></select></label>'
        f'<label class="bug-high"><input type="checkbox" name="high"> accuracy still above {100 * HIGH:.0f} %</label>'
        '<button type="reset">Show all</button> <output name="shown"></output></form>\n'
    )


def load_script(app: Sphinx, page: str, *_: Any) -> None:
    """Let the page of the field guide, and no other, load its script and its styles."""
    if page == PAGE:
        app.add_js_file("field-guide.js", loading_method="defer")
        app.add_css_file("field-guide.css")


def setup(app: Sphinx) -> dict[str, Any]:
    """Make the directive known."""
    app.add_directive("field-guide", FieldGuide)
    app.connect("html-page-context", load_script)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
