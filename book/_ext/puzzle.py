"""The directive `puzzle`: a forward line, room for the reader's lines, and what the page needs to judge them.

    ```{puzzle} transpose
    ```

Python runs in the reader's browser, from the notebooks' own copy of it beside the book: the page gets its judge as
text. Without that copy the puzzles are a script to download, which `{puzzle-progress}` and `{puzzle-script}` name.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

BOOK = Path(__file__).parents[1]
DIFFERENCES = BOOK.parent / "source" / "checks" / "differences.py"
JUDGE = BOOK / "puzzles.py"
SCRIPT = "puzzles_to_solve.py"
PAGE = "book/puzzles"
IMPORTS = re.compile(r"^from (?:__future__|checks\.differences) import .*\n+", re.M)
FORM = """<div class="puzzle-form" data-puzzle="{name}" hidden>
<label for="puzzle-{name}">Your lines, which compute <code>dX</code>:</label>
<textarea id="puzzle-{name}" rows="3" spellcheck="false" autocapitalize="off" autocomplete="off"></textarea>
<button type="button" aria-label="Check the puzzle {name}">Check</button>
<p class="puzzle-says" role="status"></p>
</div>
"""
ALONE = '''"""Ten small derivatives to find: write your lines below, then run this file. It needs Python with NumPy.

Each answer is a text of Python lines that set dX, the derivative of a loss with respect to X. They find X, what else
the forward line names, its result Y, and dY, the derivative of the loss with respect to Y.
"""

from __future__ import annotations

ANSWERS = {{
{answers}}}


# What follows judges the answers; you need not read it.
{program}

if __name__ == "__main__":
    for name, lines in ANSWERS.items():
        verdict = judge(name, lines)
        print(f"{{name + ':':11}}{{verdict.says}}")
'''


class Puzzle(SphinxDirective):
    """Shows the forward line of a puzzle, and a form that is hidden until a script can work with it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the line and the form."""
        name, known = self.arguments[0], _puzzles()
        if name not in known:
            raise self.error(f"{JUDGE} has no puzzle {name}.")
        forward = known[name].forward
        return [
            nodes.literal_block(forward, forward, language="python"),
            nodes.raw("", FORM.format(name=name), format="html"),
        ]


class Progress(SphinxDirective):
    """The line that says how many puzzles are solved."""

    def run(self) -> list[nodes.Node]:
        """Return the line; a script fills it."""
        return [nodes.raw("", '<p class="puzzle-progress" role="status" hidden></p>\n', format="html")]


class Script(SphinxRole):
    """A link to the puzzles as a script."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link."""
        return [nodes.raw("", f'<a href="{SCRIPT}" download>{self.text}</a>', format="html")], []


def _puzzles() -> dict[str, Any]:
    sys.path[:0] = [path for path in map(str, (BOOK, BOOK.parent / "source")) if path not in sys.path]
    from puzzles import PUZZLES

    return PUZZLES


def script() -> str:
    """Return the puzzles as one file."""
    answers = "".join(f'    # {one.forward}\n    "{name}": """\n\n""",\n' for name, one in _puzzles().items())
    parts = (IMPORTS.sub("", path.read_text(encoding="utf-8").partition('"""\n\n')[2]) for path in (DIFFERENCES, JUDGE))
    return ALONE.format(answers=answers, program="\n\n".join(parts))


def _add_scripts(app: Sphinx, page: str, *_: Any) -> None:
    if page == PAGE:
        app.add_js_file("puzzles.js", defer="defer")
        app.add_css_file("puzzles.css")


def _write(app: Sphinx, failed: Exception | None) -> None:
    """Lay the judge beside the page: as text for the browser, and as a script."""
    if failed is None and (page := Path(app.outdir, f"{PAGE}.html")).is_file():
        texts = {
            "differences.py": DIFFERENCES.read_text(encoding="utf-8"),
            "puzzles.py": JUDGE.read_text(encoding="utf-8"),
        }
        python = f"self.PUZZLES_PYTHON = {json.dumps(texts)};\n"
        Path(app.outdir, "_static", "puzzles-python.js").write_text(python, encoding="utf-8")
        page.with_name(SCRIPT).write_text(script(), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Make directives and role known, and the page's script and styles part of that page alone."""
    app.add_directive("puzzle", Puzzle)
    app.add_directive("puzzle-progress", Progress)
    app.add_role("puzzle-script", Script())
    app.connect("html-page-context", _add_scripts)
    app.connect("build-finished", _write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
