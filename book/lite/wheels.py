"""Packs plain Python into wheels: the course's helper modules with their data, and a package that is installed here.

A notebook imports them from a wheel even where it cannot see the files beside it: that takes a service worker, which
browsers only grant to https and to this machine.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from autograder.errors import UsageError

from .pieces import Wheel

COURSE = "course-files"
LONG_AGO = (1980, 1, 1, 0, 0, 0)


def course_wheel(release: Path) -> tuple[dict[str, Any], bytes]:
    """Return the entry in the lock file, and the wheel, of what lies beside the released notebooks.

    Raises
    ------
    UsageError
        If two assignments have different files of one name: in the browser they would share it.
    """
    files: dict[str, bytes] = {}
    for path in sorted([*release.glob("*/*"), *release.glob("*/*/*.py")]):  # modules, and packages of them
        if path.suffix == ".ipynb" or not path.is_file() or path.name.startswith("."):
            continue
        name = "/".join(path.relative_to(release).parts[1:])
        if files.setdefault(name, path.read_bytes()) != path.read_bytes():
            raise UsageError(f"{path} differs from the {name} of another assignment: give it a name of its own.")
    imports = tuple(sorted({name.partition("/")[0].removesuffix(".py") for name in files if name.endswith(".py")}))
    return packed(COURSE, "1", files, imports)


def installed_wheel(name: str) -> tuple[dict[str, Any], bytes]:
    """Return the entry in the lock file, and the wheel, of a package of plain Python that is installed here."""
    here = metadata.distribution(name)
    files = {
        path.as_posix(): Path(str(here.locate_file(path))).read_bytes()
        for path in here.files or []
        if "__pycache__" not in path.parts and (".dist-info" not in path.parts[0] or "licenses" in path.parts)
    }
    return packed(name, here.version, files, (name,))


def packed(
    name: str, version: str, files: Mapping[str, bytes], imports: tuple[str, ...]
) -> tuple[dict[str, Any], bytes]:
    """Return the entry in the lock file, and the wheel, of these files: the same bytes each time."""
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: book.lite\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},sha256={_digest(data)},{len(data)}\n" for path, data in content.items())
    content[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in content.items():
            archive.writestr(zipfile.ZipInfo(path, LONG_AGO), data, zipfile.ZIP_DEFLATED)
    wheel = Wheel(name, version, f"{stem}-py3-none-any.whl", (), imports, "")
    return wheel.entry(made.getvalue()), made.getvalue()


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
