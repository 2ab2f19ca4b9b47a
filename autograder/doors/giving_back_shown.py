"""What the command line shows of grades and feedback that go back to the learning platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from autograder.shown.terminal import escape

if TYPE_CHECKING:  # nothing here needs more of them than their names
    from autograder.giving_back.export import Exported
    from autograder.giving_back.feedback_zip import Packed


def show_exported(console: Console, done: Exported) -> None:
    """Say where the grades are, and what is worth knowing about them."""
    for sentence in done.notes:
        console.print(f"[yellow]note:[/] {escape(sentence)}", soft_wrap=True, highlight=False)
    scores = "score" if done.written == 1 else "scores"
    console.print(f"{done.written} {scores}: {escape(str(done.path))}", soft_wrap=True, highlight=False)


def show_packed(console: Console, done: Packed) -> None:
    """Say where the archive is, and whose page is not in it."""
    if done.left_out:
        them = ", ".join(done.left_out)
        console.print(
            f"[yellow]note:[/] {escape(them)}: left out, since the platform's name for their work is not known. For "
            "Moodle's groups, run `autograder export` with the grading worksheet first.",
            soft_wrap=True,
            highlight=False,
        )
    pages = "page" if done.pages == 1 else "pages"
    console.print(f"{done.pages} {pages}: {escape(str(done.path))}", soft_wrap=True, highlight=False)
