"""Building the book and taking its pages apart, for the tests beside this file."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import nbformat
import yaml
from bs4 import BeautifulSoup
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
CHAPTERS = tuple(
    Path(chapter["file"]).name
    for part in yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["parts"]
    if part.get("numbered")
    for chapter in part["chapters"]
)
ASSIGNMENTS = tuple(sorted(path.stem for path in (ROOT / "source").glob("*/*.ipynb")))


def build(folder: Path, output: Path) -> subprocess.CompletedProcess[str]:
    """Build the book in `folder` from clean, as `make book` does: warnings are errors."""
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(folder)]
    command += ["--path-output", str(output), "--all", "-W", "--keep-going"]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    environment.pop("MPLBACKEND", None)  # any backend but the notebook's own leaves no figures in a page
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=900)


def source_notebook(name: str) -> NotebookNode:
    """Return an assignment whose functions the book must not give away."""
    path = ROOT / "source" / name / f"{name}.ipynb"
    if not path.is_file():
        raise AssertionError(f"{path} is missing: these tests compare the book with it.")
    return nbformat.read(path, as_version=4)


def pages(html: Path) -> list[Path]:
    """Return the pages of the built book that come from a chapter."""
    return sorted((html / "book").glob("*.html"))


@cache
def soup(page: Path) -> BeautifulSoup:
    """Return the parsed page, which many tests share: they look at it and change nothing."""
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


@cache
def ids(page: Path) -> tuple[str, ...]:
    """Return the ids of a page's elements, in their order."""
    return tuple(tag["id"] for tag in soup(page).find_all(id=True))


def readable_files(html: Path) -> list[Path]:
    """Return every file of the built book that a reader can read as text, but for the theme's and JupyterLite's."""
    endings = {".html", ".ipynb", ".md", ".py", ".txt", ".js", ".rst", ".json"}
    not_ours = {html / "_static", html / "lite"}
    found = (path for path in html.rglob("*") if path.suffix in endings and path.is_file())
    return sorted(path for path in found if not_ours.isdisjoint(path.parents))


def code_blocks(path: Path) -> list[str]:
    """Return the code that stands in a page or download, in its order."""
    if path.suffix == ".html":
        return [block.get_text() for block in soup(path).find_all("pre")]
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        notebook = nbformat.reads(text, as_version=4)
        return [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    if path.suffix == ".py":
        return [text]
    if path.suffix in {".md", ".txt", ".rst"}:
        fenced = re.findall(r"^(`{3,}|~{3,})[^\n]*\n(.*?)^\1", text, re.DOTALL | re.MULTILINE)
        return [_without_options(body) for _, body in fenced]
    return []


def _without_options(body: str) -> str:
    body = re.sub(r"\A---\n.*?^---\n", "", body, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"\A(:[^\n]*\n)+", "", body)


def plain_text(path: Path) -> str:
    """Return the file without tags, each run of white space as one blank."""
    text = soup(path).get_text() if path.suffix == ".html" else path.read_text(encoding="utf-8")
    return " ".join(text.split())
