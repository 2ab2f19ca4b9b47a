"""Builds the site, JupyterLite with the released notebooks, from an assembled Pyodide folder.

It is built aside and moved in whole. Everything that it loads lies in its own folder; the book's pages load nothing
of it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from autograder.course.course import Course
from autograder.errors import AutograderError, EnvironmentProblem
from autograder.files.swap import scratch, swap_in

from .assemble import check, room_for
from .notebooks import lay_notebooks
from .pieces import LOCK, Pieces, Wheel
from .wheels import course_wheel, installed_wheel

KERNEL = "@jupyterlite/pyodide-kernel-extension"
OF_KERNEL = {
    "piplite": "piplite",
    "pyodide-kernel": "pyodide_kernel",
    "ipykernel": "ipykernel",
}  # and what each imports
# Without comm and jedi the kernel waits for ever; Matplotlib is needed before a cell can say that it wants it.
LOADED = ("micropip", *OF_KERNEL, "comm", "jedi", "ipython", "numpy", "matplotlib", "course-files")
PYODIDE = "static/pyodide"
SCRIPT = Path(__file__).with_name("links.js")
LICENCES = """\
This folder is put together from free software, unchanged but for a script in the pages of its apps:
JupyterLite and its Pyodide kernel (BSD-3-Clause), https://github.com/jupyterlite
Pyodide (MPL-2.0), with CPython (PSF-2.0), https://github.com/pyodide/pyodide
Packages for Python in static/pyodide/*.whl, each with its own licence inside.
"""
SETTINGS = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "appName": "Backprop by Hand",
        "litePluginSettings": {
            f"{KERNEL}:kernel": {"disablePyPIFallback": True, "loadPyodideOptions": {"packages": list(LOADED)}}
        },
    },
}


def build_site(course: Course, pyodide: Path, html: Path, pieces: Pieces) -> list[str]:
    """Build the site into `html/lite`, which appears whole or stays as it was; return the names of the notebooks.

    Raises
    ------
    AutograderError
        If the Pyodide folder is not whole, or JupyterLite cannot build.
    """
    check(pyodide, pieces)
    with room_for(html / "lite"), scratch(course.root) as folder:
        source, site = folder / "source", folder / "lite"
        names = lay_notebooks(course, source / "contents")
        shutil.copytree(pyodide, source / PYODIDE)
        _add_wheels(course, source / PYODIDE)
        (source / "jupyter-lite.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
        _run_builder(source, site)
        _add_script(site)
        (site / "LICENCES.txt").write_text(LICENCES, encoding="utf-8")
        missing = [name for name in names if not (site / "files" / f"{name}.ipynb").is_file()]
        if missing or not (site / "api/contents/all.json").is_file():
            raise AutograderError(
                f"JupyterLite has left out {', '.join(missing) or 'all notebooks'}: run make lite again."
            )
        swap_in(site, html / "lite")
    return names


def _add_wheels(course: Course, folder: Path) -> None:
    """Add to a Pyodide folder, and to its lock file, the kernel and what the notebooks import."""
    lock = json.loads((folder / LOCK).read_text(encoding="utf-8"))
    for entry, content in [course_wheel(course.release), installed_wheel("comm"), *_kernel_wheels()]:
        (folder / entry["file_name"]).write_bytes(content)
        lock["packages"][entry["name"]] = entry
    (folder / LOCK).write_text(json.dumps(lock), encoding="utf-8")


def _kernel_wheels() -> list[tuple[dict[str, Any], bytes]]:
    found = []
    for name, imports in OF_KERNEL.items():
        paths = sorted((_extension() / "static" / "pypi").glob(f"{imports}-*.whl"))
        if len(paths) != 1:
            raise EnvironmentProblem(f"jupyterlite-pyodide-kernel brings {len(paths)} wheels named {imports}, not one.")
        wheel = Wheel(name, paths[0].name.split("-")[1], paths[0].name, (), (imports,), "")
        found.append((wheel.entry(paths[0].read_bytes()), paths[0].read_bytes()))
    return found


def _extension() -> Path:
    """Return where the kernel is installed as an extension of JupyterLab."""
    folder = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / KERNEL
    try:
        metadata.version("jupyterlite-core")
    except metadata.PackageNotFoundError as error:
        raise EnvironmentProblem("JupyterLite is not installed: run make lite, which installs it.") from error
    if not folder.is_dir():
        raise EnvironmentProblem("The kernel of JupyterLite is not installed: run make lite, which installs it.")
    return folder


def _run_builder(source: Path, site: Path) -> None:
    """Run JupyterLite's builder with the kernel as the only extension: others would look for a server."""
    only = {
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
        "ignore_sys_prefix": ["federated_extensions"],
        "federated_extensions": [str(_extension())],
    }
    (source / "build.json").write_text(json.dumps({"LiteBuildConfig": only}), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("jupyter-lite")), "build", "--config", "build.json"]
    command += [
        "--lite-dir",
        ".",
        "--contents",
        "contents",
        "--output-dir",
        str(site),
        "--apps",
        "notebooks",
        "--apps",
        "lab",
    ]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, errors="replace")
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise AutograderError(f"JupyterLite could not build the notebooks ({said}).")


def _add_script(site: Path) -> None:
    """Let the pages that show notebooks mend the links to the book."""
    for app in ("notebooks", "lab"):
        page = site / app / "index.html"
        text = page.read_text(encoding="utf-8")
        tag = f"<script>{SCRIPT.read_text(encoding='utf-8')}</script>"
        page.write_text(text.replace("</head>", f"{tag}</head>", 1), encoding="utf-8")
