"""nbgrader's pages made safe to open: templates that ask no other host, and doors of the formgrader that stay shut.

The submissions that these pages show are cleaned before (`engine.harmless`); this is what the pages need besides.
"""

from __future__ import annotations

import shutil
import sys
from html import escape
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import nbgrader
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode

from autograder.course import CONFIG_NAME

TEMPLATES = Path(__file__).parent / "templates"
WORK_OF_STUDENTS = {"submitted", "autograded", "feedback"}
SANDBOX = "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"
MATHJAX = "tex-svg-full.js"  # all of MathJax in one file


def page_templates() -> list[str]:
    """Return the folders of templates for `HTMLExporter.extra_template_basedirs`: nbgrader's, then what ours add."""
    stock = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
    return [str(stock), str(TEMPLATES)]


class EscapeNames(Preprocessor):
    """Makes text of a student's names, which the formgrader puts into its page as they are; a roster may hold any."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook as it is, with the names as HTML."""
        for key in ("student", "first_name", "last_name"):
            if resources.get(key):
                resources[key] = escape(str(resources[key]))
        return nb, resources


def mathjax() -> Path | None:
    """Return the folder of MathJax that the book comes with, or None if the book's packages are not installed."""
    try:
        found = Path(str(distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline/static/mathjax")))
    except PackageNotFoundError:
        return None
    return found if (found / MATHJAX).is_file() else None


def put_mathjax_beside(feedback: Path) -> None:
    """Copy MathJax to where feedback pages look for it first, so that they ask nobody."""
    found, target = mathjax(), feedback / "mathjax.js"
    if found and not (target.is_file() and target.stat().st_size == (found / MATHJAX).stat().st_size):
        shutil.copyfile(found / MATHJAX, target)


def guard_formgrader() -> None:
    """Shut three doors of the formgrader, if it runs in this process; calling this twice does no harm.

    A link to `/formgrader?path=FOLDER` makes it run the configuration of that folder, which could be a student's. A
    file beside a submission opens as a page of the server's own, with its rights. MathJax comes from another host.
    """
    extension = sys.modules.get("nbgrader.server_extensions.formgrader.formgrader")
    if extension is None or hasattr(extension.FormgradeExtension, "is_guarded"):
        return
    extension.FormgradeExtension.is_guarded = True
    _refuse_folders_of_students(extension.handlers.FormgraderHandler)
    extension.handlers.SubmissionFilesHandler.set_extra_headers = _show_files_only
    _serve_mathjax(extension.FormgradeExtension)


def holds_work_of_students(folder: Path) -> bool:
    """Tell whether a folder is one that students' files are copied to, or lies in one."""
    folder = folder.resolve()
    return any(
        part.name in WORK_OF_STUDENTS and (part.parent / CONFIG_NAME).is_file() for part in (folder, *folder.parents)
    )


def _refuse_folders_of_students(handler: Any) -> None:
    get = handler.get

    def guarded(self: Any) -> Any:
        path = self.get_argument("path", "")
        if path and holds_work_of_students(Path(path)):
            from tornado.web import HTTPError

            raise HTTPError(403, "this folder holds students' files; open the course's own folder")
        return get(self)

    handler.get = guarded


def _show_files_only(self: Any, path: str) -> None:
    self.set_header("Content-Security-Policy", SANDBOX)


def _serve_mathjax(extension: Any) -> None:
    init_handlers = extension.init_handlers

    def with_mathjax(self: Any, webapp: Any) -> None:
        folder = mathjax()
        if folder is not None:
            from jupyter_server.utils import url_path_join
            from tornado.web import StaticFileHandler

            where = url_path_join(webapp.settings["base_url"], r"/formgrader/mathjax/(.*)")
            webapp.add_handlers(".*$", [(where, StaticFileHandler, {"path": str(folder)})])
        init_handlers(self, webapp)

    extension.init_handlers = with_mathjax
