"""The build is strict: a failing cell and a warning each end it with an error."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from book_pages import ROOT, build

HEAD = """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# A page

"""
FINE = HEAD + "```{code-cell} ipython3\nprint(1 + 1)\n```\n\nOne number: $1$.\n"


FAILING = "```{code-cell} ipython3\n1 / 0\n```\n"
FAULTS = {  # by page: what is wrong there, and what the build says
    "warning-in-a-cell": ("```{code-cell} ipython3\nimport warnings\nwarnings.warn('odd')\n```\n", "stderr"),
    "missing-equation": ("See {eq}`eq:does-not-exist`.\n", "eq:does-not-exist"),
    "missing-source": ("See {cite:p}`nobody1900`.\n", "nobody1900"),
    "missing-number": (
        "```{code-cell} ipython3\nfrom myst_nb import glue\n```\n{glue:text}`no_value`\n",
        "no_value",
    ),
}


def scratch_book(folder: Path, **others: str) -> Path:
    """Make a book of a sound page, and others, under the course's own configuration."""
    (folder / "book").mkdir(parents=True)
    shutil.copy(ROOT / "_config.yml", folder)
    for part in ("_static", "_ext"):
        shutil.copytree(ROOT / "book" / part, folder / "book" / part)
    shutil.copy(ROOT / "book" / "references.bib", folder / "book")
    chapters = "".join(f"  - file: book/{name}\n" for name in others)
    toc = "format: jb-book\nroot: book/index\n" + (f"chapters:\n{chapters}" if others else "")
    (folder / "_toc.yml").write_text(toc, encoding="utf-8")
    for name, page in {"index": FINE, **others}.items():
        (folder / "book" / f"{name}.md").write_text(page, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def warnings(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the warnings of a build, each of which fails it: the book has each fault on a page of its own."""
    folder = tmp_path_factory.mktemp("faulty")
    pages = {name: f"{FINE}\n{addition}" for name, (addition, _) in FAULTS.items()}
    result = build(scratch_book(folder / "source", **pages), folder / "out")
    assert result.returncode != 0
    plain = re.sub(r"\x1b\[[\d;]*m", "", result.stdout + result.stderr)
    assert f"build finished with problems, {len(FAULTS)} warnings" in plain
    return re.findall(r"^.*\.md:\d+: (?:WARNING|ERROR): .*$", plain, re.M)


@pytest.mark.xdist_group("faulty-book")
@pytest.mark.parametrize("page", FAULTS)
def test_a_fault_is_a_warning_and_fails_the_build(warnings: list[str], page: str):
    said = [warning for warning in warnings if f"/{page}.md" in warning]
    assert said
    assert all(FAULTS[page][1] in warning for warning in said), said


@pytest.mark.long
@pytest.mark.parametrize("page", FAULTS)
def test_one_fault_alone_fails_the_build(tmp_path: Path, page: str):
    addition, complaint = FAULTS[page]
    result = build(scratch_book(tmp_path / "source", **{page: f"{FINE}\n{addition}"}), tmp_path / "out")
    assert result.returncode != 0
    assert complaint in result.stdout + result.stderr


def test_a_failing_cell_ends_the_build(tmp_path: Path):
    result = build(scratch_book(tmp_path / "source", failing=f"{FINE}\n{FAILING}"), tmp_path / "out")
    assert result.returncode != 0
    assert "ZeroDivisionError" in result.stdout + result.stderr


def test_a_sound_book_builds_and_what_is_not_in_its_contents_is_not_published(tmp_path: Path):
    folder = scratch_book(tmp_path / "source")
    for place in ("source/multi_layer", "book"):
        (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / place / "secret.md").write_text(FINE + "\nxyzzyplugh\n", encoding="utf-8")
    result = build(folder, tmp_path / "out")
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert (tmp_path / "out/_build/html/book/index.html").is_file()
    files = [path for path in (tmp_path / "out/_build/html").rglob("*") if path.is_file()]
    assert not [path for path in files if path.stem == "secret"]
    assert not [path for path in files if b"xyzzyplugh" in path.read_bytes()]
