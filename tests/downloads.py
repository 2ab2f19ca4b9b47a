"""Downloads of learning platforms for tests: zip archives of files, collected into a course by the command line."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from command import autograder

from autograder.course.course import Course

MAY = (2024, 5, 1, 12, 0, 0)


def zipped(content: dict[str, bytes]) -> bytes:
    """Return a zip archive of files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name, MAY), data)
    return file.getvalue()


def collected(course: Course, content: dict[str, bytes], *options: str) -> tuple[int, str]:
    """Collect an archive with these files into the tiny course; return the exit code and all that was said."""
    path = course.root.parent / "download.zip"
    path.write_bytes(zipped(content))
    code, out, err = autograder(course.root, "collect", "tiny", str(path), *options)
    return code, f"{out}\n{err}"


def submitted(course: Course) -> dict[str, bytes]:
    """Return the notebooks that were collected, by student."""
    return {path.parts[-3]: path.read_bytes() for path in course.submitted.glob("[!.]*/tiny/tiny.ipynb")}


def imported(course: Course, text: str, name: str = "roster.csv") -> tuple[int, str]:
    """Import a roster; return the exit code and all that was said."""
    path = Path(course.root / name)
    path.write_text(text, encoding="utf-8")
    code, out, err = autograder(course.root, "roster", "import", name)
    return code, f"{out}\n{err}"
