"""Opens JupyterLab on a copy of the release, in `lab/`: `make lab`. Links lead to the built book, at the equation.

JupyterLab would show a page of the book without its scripts, and at its top. So its server serves the built book too,
and the links of the copies lead there; the browser opens them beside JupyterLab.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

from autograder.course.book_pages import bring_pages, linked
from autograder.course.course import Course
from autograder.errors import AutograderError
from autograder.offline.links import FOLDER

SERVED = "/static"  # where Jupyter's server has the folders of `extra_static_paths`
LINK = re.compile(rf"\]\({FOLDER}/([\w-]+\.html)\)")


def main(options: list[str]) -> None:
    """Copy what has not been copied yet, and become JupyterLab."""
    course = Course.find()
    copy_releases(course)
    print("Your work is in lab/; neither a new release nor make clean touches it.", flush=True)
    command = lab_command(course, options)
    os.execv(command[0], command)


def copy_releases(course: Course) -> None:
    """Copy each release that has no copy in `lab/` yet."""
    for folder in sorted(path for path in course.release.glob("*/") if path.is_dir()):
        copy = course.root / "lab" / folder.name
        if copy.exists():
            continue
        copy.parent.mkdir(exist_ok=True)
        shutil.copytree(folder, copy)
        bring_pages(course, folder.name, copy)
        for notebook in copy.glob("*.ipynb"):
            _link(course, folder.name, notebook)


def lab_command(course: Course, options: list[str]) -> list[str]:
    """Return what starts JupyterLab on these copies; `options` are further ones."""
    program = Path(sys.executable).with_name("jupyter-lab")
    return [
        str(program),
        *(["--allow-root"] if os.getuid() == 0 else []),
        f"--ServerApp.root_dir={course.root}",
        f"--ServerApp.preferred_dir={course.root / 'lab'}",
        f"--ServerApp.extra_static_paths={course.root / '_build' / 'html'}",
        *options,
    ]


def _link(course: Course, name: str, notebook: Path) -> None:
    """Let the links of a copy lead to the built book, as far as that has been built."""
    by_file = {target.file: target for target in linked(course.read_sources(name).values())}

    def served(link: re.Match[str]) -> str:
        target = by_file.get(link[1])
        built = target is not None and (course.root / "_build" / "html" / FOLDER / f"{target.page}.html").is_file()
        return f"]({SERVED}/{target.address})" if target is not None and built else link[0]

    notebook.write_text(LINK.sub(served, notebook.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except AutograderError as error:
        sys.exit(str(error))
