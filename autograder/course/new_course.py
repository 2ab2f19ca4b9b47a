"""Makes a private course folder from a public one: the same assignments, hidden tests with random inputs of its own.

The public repository shows its solutions and its hidden tests. Whoever has read those can write down the answers to
their inputs; so a private course draws others, which derive from a secret that only its folder knows.
"""

from __future__ import annotations

import re
import secrets
import shutil
from importlib import resources
from pathlib import Path

from autograder.course.book_pages import carry_book
from autograder.course.course import CONFIG_NAME, Course
from autograder.course.draws import Share, share
from autograder.course.release import NOT_RELEASED
from autograder.course.update_course import note_origin
from autograder.errors import UsageError

SECRET = ".secret"
GIVEN = {
    "README.md": "README.md",
    "roster.csv": "roster.csv",
    ".gitignore": "gitignore",
    ".github/workflows/course.yml": "workflow.yml",
}
COURSE_ID = re.compile(r"""(?<=CourseDirectory\.course_id = )(["']).*?\1""")
OWN_INPUTS = f'''
# The inputs of hidden tests derive from the secret in this file. Keep it: without it nothing is graded, and with
# another one everybody meets other inputs.
c.Autograder.secret = "{SECRET}"
'''


def new_course(course: Course, target: Path) -> tuple[Course, dict[str, Share]]:
    """Make the folder `target` from `course`.

    Returns
    -------
    course, shares
        The new course, and for each assignment how many of its points rest on inputs of the new course's own.

    Raises
    ------
    UsageError
        If there is something at `target` already, or `course` has no assignment.
    """
    target = target.resolve()
    names = course.assignments()
    if not names:
        raise UsageError(f"{course.source} holds no assignment, so there is nothing to make a course from.")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} is there already and not empty: name a folder that does not exist yet.")
    if target.is_relative_to(course.root.resolve()):
        raise UsageError(f"{target} lies in the public course {course.root}: name a folder outside of it.")
    fresh = target.with_name(f".{target.name}.fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        _fill(course, Course(fresh), target.name)
        if target.exists():
            target.rmdir()
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    made = Course(target)
    return made, {name: share(made.read_sources(name), name) for name in names}


def _fill(course: Course, private: Course, title: str) -> None:
    config = (course.root / CONFIG_NAME).read_text(encoding="utf-8")
    own = COURSE_ID.sub(lambda _: repr(title), config) + OWN_INPUTS
    (private.root / CONFIG_NAME).write_text(own, encoding="utf-8")
    shutil.copytree(course.source, private.source, symlinks=True, ignore=NOT_RELEASED)
    if course.banks.is_dir() and private.banks.is_relative_to(private.root):
        shutil.copytree(course.banks, private.banks, ignore=shutil.ignore_patterns("__*"))
    carry_book(course, private)
    templates = resources.files("autograder.course") / "private"
    for name, source in GIVEN.items():
        (private.root / name).parent.mkdir(parents=True, exist_ok=True)
        (private.root / name).write_bytes((templates / source).read_bytes())
    note_origin(course, private)
    place = private.root / SECRET
    place.touch(mode=0o600)
    place.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
