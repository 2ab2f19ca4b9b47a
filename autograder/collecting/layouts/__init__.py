"""How downloads are laid out: which file of an archive is whose, a module for each learning platform.

Nothing here reads what students have handed in.

`blackboard`, `brightspace`, `canvas`, `exchange`, `folder`, `gradescope`, `moodle` and `sakai` are all of one shape
(`Product` in `pieces`); `pattern` and `plugin` are an instructor's own, `hints` names what is not certain enough.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from autograder.collecting.entries import Entry
from autograder.collecting.layouts import blackboard, brightspace, canvas, exchange, folder, gradescope, moodle, sakai
from autograder.collecting.layouts.hints import hint
from autograder.collecting.layouts.pieces import Asked, Piece, Sorted
from autograder.collecting.lms import Lms
from autograder.errors import SubmissionError, UsageError
from autograder.shown.terminal import one_line

PRODUCTS = {
    Lms.moodle: moodle.PRODUCT,
    Lms.canvas: canvas.PRODUCT,
    Lms.blackboard: blackboard.PRODUCT,
    Lms.brightspace: brightspace.PRODUCT,
    Lms.gradescope: gradescope.PRODUCT,
    Lms.sakai: sakai.PRODUCT,
    Lms.exchange: exchange.PRODUCT,
    Lms.folder: folder.PRODUCT,
}


def sort_out(lms: Lms, entries: list[Entry], asked: Asked) -> Sorted:
    """Say of each file whose it is.

    Raises
    ------
    UsageError
        If the download does not have the layout that it is said to have, or its layout cannot be told.
    """
    depth = len(entries[0].path.parts) if entries else 0
    entries = _without_top(entries, asked)
    taken_off = depth - len(entries[0].path.parts) if entries else 0
    layout = detect(entries) if lms is Lms.auto else lms
    product = PRODUCTS[layout]
    if layout is not Lms.folder and entries and not any(map(product.fits, entries)):
        example = one_line(str(entries[0].path))
        raise UsageError(
            f"No name in it is as {layout.value} writes them (there is {example}): name another layout with --lms, say "
            "with --pattern which part of a name is the student, or pack a folder per student."
        )
    if lms is Lms.auto and layout is Lms.folder and (sentence := hint(entries, asked, taken_off)):
        raise UsageError(sentence)
    read, pieces, refused = product.reader(entries, asked), list[Piece](), dict[str, str]()
    for entry in entries:
        try:
            pieces += [replace(piece, called=str(entry.path)) for piece in read(entry)]
        except SubmissionError as error:
            refused[one_line(str(entry.path))] = str(error)
    if layout is Lms.folder and entries and not pieces:
        raise UsageError(
            f"Nothing in it says whose it is (there is {one_line(str(entries[0].path))}): name the layout with --lms, "
            "say with --pattern which part of a name is the student, or pack a folder per student."
        )
    return Sorted(layout.value, tuple(_with_times(pieces) if product.keeps_times else pieces), refused)


def detect(entries: Iterable[Entry]) -> Lms:
    """Return the layout that most of the names at the top have."""
    entries = list(entries)
    tops = {entry.path.parts[0] for entry in entries}
    fitting = {
        lms: len({entry.path.parts[0] for entry in entries if product.fits(entry)}) for lms, product in PRODUCTS.items()
    }
    best = max(fitting, key=lambda lms: fitting[lms])
    return best if 2 * fitting[best] > len(tops) else Lms.folder


def _with_times(pieces: list[Piece]) -> list[Piece]:
    """Take the files' times for those of handing in, unless all are of the ten minutes that packing took."""
    known = [piece.entry.time for piece in pieces if piece.entry.time]
    if not known or (max(known) - min(known)).total_seconds() <= 600:
        return pieces
    return [replace(piece, time=piece.entry.time) for piece in pieces]


def _without_top(entries: list[Entry], asked: Asked) -> list[Entry]:
    """Take off the one folder that everything lies in, unless it is a student's.

    Raises
    ------
    UsageError
        If it may be one or the other.
    """
    tops = {entry.path.parts[0] for entry in entries}
    if len(tops) != 1 or any(len(entry.path.parts) == 1 for entry in entries):
        return entries
    top = tops.pop()
    below = [replace(entry, path=PurePosixPath(*entry.path.parts[1:])) for entry in entries]
    if detect(entries) is not Lms.folder or (asked.is_known(top) and top != asked.name):
        return entries
    if top == asked.name or detect(below) is not Lms.folder:
        return _without_top(below, asked)
    if not folder.are_students(below, asked):
        return entries
    below = _without_top(below, asked)
    if detect(below) is Lms.folder:
        folder.require_several(top, below, asked)
    return below
