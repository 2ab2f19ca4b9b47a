"""The command line: `fetch` lays Pyodide into `_build/pyodide`, `build` adds the notebooks to the built book.

`make lite` calls the one, and then `make book` the other.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from autograder.course.course import Course
from autograder.errors import AutograderError, Stopped
from autograder.files.swap import scratch

from .assemble import assemble, check, room_for
from .chapters import link_chapters
from .fetch import fetch
from .pieces import Pieces
from .site import build_site

ROOT = Path(__file__).resolve().parents[2]


def get(places: list[Path], target: Path, pieces: Pieces, root: Path = ROOT) -> None:
    """Lay Pyodide into `target`: from the places named, or else, if it is not there yet, by pip."""
    if places:
        assemble(places, target, pieces, root)
    elif target.is_dir():
        check(target, pieces)
    else:
        print("Fetching Python for the browser (once, 120 MB, of which 31 MB are kept) ...", flush=True)
        with room_for(target), scratch(root) as folder:
            assemble(fetch(pieces, folder), target, pieces, root)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the two commands; return 0, or say in a sentence what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m book.lite", description="The notebooks in the browser.")
    parser.add_argument("command", choices=("fetch", "build"))
    parser.add_argument("places", nargs="*", type=Path, help="folders or archives with the files of Pyodide")
    parser.add_argument("--pyodide", type=Path, default=ROOT / "_build" / "pyodide", help="the assembled folder")
    parser.add_argument("--html", type=Path, default=ROOT / "_build" / "html", help="the built book")
    options = parser.parse_intermixed_args(arguments)
    pieces = Pieces.read()
    try:
        if options.command == "fetch":
            get(options.places, options.pyodide, pieces)
        else:
            link_chapters(options.html, build_site(Course(ROOT), options.pyodide, options.html, pieces))
    except AutograderError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Stopped; nothing has changed.", file=sys.stderr)
        return Stopped.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
