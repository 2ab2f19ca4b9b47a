"""Doors of the formgrader that stay shut: no settings in a student's folder are run, and none of their files opens."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from autograder.course.course import CONFIG_NAME
from autograder.pages.page_templates import mathjax

WORK_OF_STUDENTS = {"submitted", "autograded", "feedback"}
SANDBOX = "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"


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


def holds_work_of_students(folder: Path, coursedir: Any = None) -> bool:
    """Return whether a folder is one that students' files are copied to, or lies in one.

    No configuration is loaded to learn that, since it could be a student's: apart from the usual names, only those
    count that the course of this formgrader has (`coursedir`).
    """
    folder = folder.resolve()
    steps = () if coursedir is None else [getattr(coursedir, f"{step}_directory") for step in WORK_OF_STUDENTS]
    ours = [Path(coursedir.root, step).resolve() for step in steps]
    return any(
        part in ours or (part.name in WORK_OF_STUDENTS and (part.parent / CONFIG_NAME).is_file())
        for part in (folder, *folder.parents)
    )


def _refuse_folders_of_students(handler: Any) -> None:
    get = handler.get

    def guarded(self: Any) -> Any:
        path = self.get_argument("path", "")
        if path and holds_work_of_students(Path(path), self.coursedir):
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
