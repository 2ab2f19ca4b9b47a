"""The rooms of the package ask one another in one direction: what a room answers never depends on who asks."""

from __future__ import annotations

import ast
import graphlib
import re
from pathlib import Path

import pytest
from assignment_cells import REPOSITORY

PACKAGE = REPOSITORY / "autograder"


def imports(package: Path) -> dict[str, set[str]]:
    """Return which rooms each room imports, and each module outside of them, at the top of a module or within."""
    found: dict[str, set[str]] = {}
    for path in package.rglob("*.py"):
        room = path.relative_to(package).parts[0]
        asked = found.setdefault(room, set())
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == package.name:
                names = [f"{node.module}.{alias.name}".split(".")[1] for alias in node.names]
                asked |= {name if (package / name).is_dir() else f"{name}.py" for name in names} - {room}
    return found


def circle(found: dict[str, set[str]]) -> list[str]:
    """Return rooms that ask one another in a circle; none if there is no such circle."""
    try:
        graphlib.TopologicalSorter(found).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def named(text: str) -> re.Pattern[str]:
    """Return what fits the modules that a docstring names: `cells`, `commands_...`, `..._shown`."""
    words = (re.escape(word).replace(r"\.\.\.", r"\w+") for word in re.findall(r"`([\w.]+)`", text))
    return re.compile("|".join(words))


def rooms() -> list[Path]:
    return sorted(path.parent for path in PACKAGE.rglob("__init__.py") if path.parent != PACKAGE)


@pytest.mark.parametrize("room", rooms(), ids=lambda room: str(room.relative_to(PACKAGE)))
def test_the_head_of_a_room_names_each_of_its_modules(room: Path) -> None:
    said = ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or ""
    modules = {path.stem for path in room.glob("*.py")} - {"__init__"}
    assert {name for name in modules if not named(said).fullmatch(name)} == set()


def test_the_guide_names_each_room() -> None:
    guide = (REPOSITORY / "CONTRIBUTING.md").read_text()
    top = [room.name for room in rooms() if room.parent == PACKAGE]
    assert [name for name in top if f"| `{name}/` |" not in guide] == []


def test_no_rooms_ask_one_another_in_a_circle() -> None:
    found = imports(PACKAGE)
    assert "intake" in found["grading"]
    assert circle(found) == []


@pytest.mark.parametrize(("second", "length"), [("from room.one import a", 3), ("import os", 0)])
def test_a_circle_is_found(tmp_path: Path, second: str, length: int) -> None:
    for name, text in {"one": "def f():\n    from room.two import b", "two": second}.items():
        folder = tmp_path / "room" / name
        folder.mkdir(parents=True)
        (folder / "module.py").write_text(text)
    assert len(circle(imports(tmp_path / "room"))) == length
