"""The released notebooks for the browser: their links lead to the book, and a first cell says how to hand in.

Nothing else is changed, so that what a student downloads is the assignment that the grader knows.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from autograder.course.book_pages import linked
from autograder.course.course import Course
from autograder.offline.links import FOLDER

LINK = re.compile(rf"\]\({FOLDER}/([\w-]+\.html)\)")
FIRST = "in-the-browser"
SAID = [
    "**You are working in your browser.**\n",
    "Python starts within half a minute; nothing is sent anywhere.\n",
    "Your work is saved in this browser on this machine, and nowhere else: press *Ctrl+S* now and then, and choose "
    "*File > Download* to keep a copy.\n",
    "**To hand in**, choose *File > Download*, and hand in the file {name}.ipynb that you get.",
]


def lay_notebooks(course: Course, into: Path) -> list[str]:
    """Write every released notebook into a folder, as `NAME.ipynb`; return their names."""
    names = []
    for path in sorted(course.release.glob("*/*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        _lead_to_book(notebook, course, path.parent.name)
        notebook["cells"].insert(0, _first_cell(path.stem))
        into.mkdir(parents=True, exist_ok=True)
        (into / path.name).write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        names.append(path.stem)
    return names


def _first_cell(name: str) -> dict[str, Any]:
    source = [line.format(name=name) for line in SAID]
    metadata = {"deletable": False, "editable": False}
    return {"cell_type": "markdown", "id": FIRST, "metadata": metadata, "source": source}


def _lead_to_book(notebook: dict[str, Any], course: Course, name: str) -> None:
    """Let links lead to the book at the top of the web server; a script of the site mends them where it lies deeper."""
    by_file = {target.file: target.address for target in linked(course.read_sources(name).values())}

    def link(found: re.Match[str]) -> str:
        return f"](/{by_file.get(found[1], f'{FOLDER}/index.html')})"

    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            lines = cell["source"] if isinstance(cell["source"], list) else cell["source"].splitlines(keepends=True)
            cell["source"] = [LINK.sub(link, line) for line in lines]
