"""What a cheat is: a small edit of a submission, in which the exercise that it goes for is answered wrongly.

An edit is the text of an answer, of an extra cell, or of a file handed in beside the notebook. Three words in these
texts are filled in before they are handed in: COURSE_PATH, WITNESS_PATH and PORT, so that nobody has to guess. A cheat
prints GOT IN where it has reached something that it must not reach.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

FIND = """
import gc, json, os, struct, sys, time
us = next(found for found in gc.get_objects() if type(found).__name__ == 'Student')
"""
KEEP = """
import mmap, os
shared = mmap.mmap(-1, 1 << 16)
def keep(x):
    text = repr(x).encode()
    shared[: len(text)] = text
    for folder in ('/tmp', '/dev/shm', os.getcwd()):
        open(f'{folder}/kept', 'ab').write(text)
        open(f'{folder}/' + repr(x).replace('/', '')[:99], 'w').close()
"""
SHOW = """
import os
print(shared[:].rstrip(b'\\0'), seen)
for folder in ('/tmp', '/dev/shm', os.getcwd()):
    print(os.listdir(folder), open(f'{folder}/kept').read() if os.path.exists(f'{folder}/kept') else '')
"""
OTHERS = ("relu", "mean_loss", "guess")
VALUE = "{'op': 'value', 'value': True, 'nodes': [], 'random': None, 'changed': [], 'outputs': []}"
PARTIAL_CREDIT = "{'output_type': 'execute_result', 'data': {'text/plain': '7.0'}, 'execution_count': 1}"


@dataclass(frozen=True)
class Cheat:
    """One cheat and what it may bring.

    Parameters
    ----------
    goes_for
        The exercise whose points it wants; the untouched submission answers it wrongly and the others rightly.
    answers
        Answers that replace those of the untouched submission.
    first, middle, last
        Extra cells: before all others, behind the visible test of `double`, behind all others.
    times
        How often the last one stands there.
    files, links
        What is handed in beside the notebook; `links` are symbolic links.
    text
        Replaces the text of cells of the instructor's; `points` replaces the points that all test cells claim.
    metadata
        Replaces parts of what nbgrader noted on cells, by their names.
    twice
        Puts before the cell of that name another one of the same name, with this text.
    deletes
        Cells that are not handed in.
    outputs
        The outputs that all code cells come with.
    markdown, attachments
        Extra Markdown cells, and what is attached to each.
    folder
        The name of the student's folder, if it is not made of the cheat's own.
    costs
        Exercises that it may lose besides: it has blown them up.
    told
        Words of a sentence that tells of it: as tampering, or as an oddity.
    refused
        It is not graded at all, and a sentence with these words says so.
    alone
        It is graded in a run of its own with one honest submission behind it, in the same worker.
    accomplice
        An extra cell of that submission.
    """

    family: str
    name: str
    goes_for: str = "double"
    answers: dict[str, str] = field(default_factory=dict)
    first: str = ""
    middle: str = ""
    last: str = ""
    times: int = 1
    files: dict[str, str | bytes] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    text: dict[str, str] = field(default_factory=dict)
    points: float | None = None
    metadata: dict[str, dict[str, Any]] = field(default_factory=dict)
    twice: dict[str, str] = field(default_factory=dict)
    deletes: tuple[str, ...] = ()
    outputs: list[dict[str, Any]] = field(default_factory=list)
    markdown: tuple[str, ...] = ()
    attachments: dict[str, Any] = field(default_factory=dict)
    folder: str = ""
    costs: tuple[str, ...] = ()
    told: str = ""
    refused: str = ""
    alone: bool = False
    accomplice: str = ""

    @property
    def student(self) -> str:
        """The id under which it is handed in."""
        return self.folder or "-".join(
            "".join(c if c.isalnum() else " " for c in f"{self.family} {self.name}").lower().split()
        )


def double(body: str, before: str = "") -> dict[str, str]:
    """Return an answer to `double` that does what `body` says before it returns something wrong."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return {"double": f"{before}\ndef double(x):\n{lines}    return 3 * x\n"}


def instead(expression: str, before: str = "") -> dict[str, str]:
    """Return an answer to `double` that returns an expression."""
    return {"double": f"{before}\ndef double(x):\n    return {expression}\n"}
