"""The build is strict: a failing cell and a warning each end it with an error."""

from __future__ import annotations

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


def scratch_book(folder: Path, page: str) -> Path:
    """Make a book of one page under the course's own configuration."""
    (folder / "book").mkdir()
    shutil.copy(ROOT / "_config.yml", folder)
    shutil.copytree(ROOT / "book" / "_static", folder / "book" / "_static")
    shutil.copy(ROOT / "book" / "references.bib", folder / "book")
    (folder / "_toc.yml").write_text("format: jb-book\nroot: book/index\n", encoding="utf-8")
    (folder / "book" / "index.md").write_text(page, encoding="utf-8")
    return folder


def test_a_sound_page_builds(tmp_path: Path):
    result = build(scratch_book(tmp_path, FINE), tmp_path / "out")
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert (tmp_path / "out/_build/html/book/index.html").is_file()


@pytest.mark.parametrize(
    ("addition", "complaint"),
    [
        ("```{code-cell} ipython3\n1 / 0\n```\n", "ZeroDivisionError"),
        ("```{code-cell} ipython3\nimport warnings\nwarnings.warn('odd')\n```\n", "stderr"),
        ("See {eq}`eq:does-not-exist`.\n", "eq:does-not-exist"),
        ("See {cite:p}`nobody1900`.\n", "nobody1900"),
        ("```{code-cell} ipython3\nfrom myst_nb import glue\n```\n{glue:text}`no_value`\n", "no_value"),
    ],
    ids=["failing cell", "warning in a cell", "missing equation", "missing source", "missing number"],
)
def test_a_fault_fails_the_build(tmp_path: Path, addition: str, complaint: str):
    result = build(scratch_book(tmp_path, f"{FINE}\n{addition}"), tmp_path / "out")
    assert result.returncode != 0
    assert complaint in result.stdout + result.stderr


def test_a_notebook_outside_the_toc_is_not_published(tmp_path: Path):
    folder = scratch_book(tmp_path, FINE)
    for place in ("source/multi_layer", "book"):
        (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / place / "secret.md").write_text(FINE + "\nxyzzyplugh\n", encoding="utf-8")
    result = build(folder, tmp_path / "out")
    assert result.returncode == 0, result.stdout[-3000:]
    files = [path for path in (tmp_path / "out/_build/html").rglob("*") if path.is_file()]
    assert not [path for path in files if path.stem == "secret"]
    assert not [path for path in files if b"xyzzyplugh" in path.read_bytes()]
