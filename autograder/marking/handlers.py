"""What the marking page may ask of this machine: each request is refused or handed to the `Desk`, in a few lines."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from tornado.web import Application, RequestHandler

from autograder.errors import AutograderError, EnvironmentProblem
from autograder.marking.desk import Conflict, Desk
from autograder.marking.entries import Entry
from autograder.marking.guard import HEADERS, Guard
from autograder.pages.page_templates import TEMPLATES

logger = logging.getLogger(__name__)
STATIC = Path(__file__).parent / "static"
SCRIPTS = ("mark", "draft", "draw", "keys", "server")
FILES = {
    "/": (STATIC / "mark.html", "text/html"),
    "/mark.css": (STATIC / "mark.css", "text/css"),
    "/page.css": (TEMPLATES / "shared" / "page.css", "text/css"),
    "/feedback.css": (TEMPLATES / "feedback" / "feedback.css", "text/css"),
    **{f"/{name}.js": (STATIC / f"{name}.js", "text/javascript") for name in SCRIPTS},
}
PAGE = re.compile(r"[0-9a-f]{32}")
HANDLE = re.compile(r"[0-9a-f]{0,20}")
SHUT = "Open the address that `autograder mark` has printed, with its token: this browser has not been let in yet."
Body = TypeVar("Body")


@dataclass(frozen=True)
class Watch:
    """A page says where it is."""

    page: str
    who: str = ""
    exercise: int = 1
    answer: str = ""
    seen: str = ""


@dataclass(frozen=True)
class Save:
    """A page sends a mark."""

    page: str
    entry: Entry


@dataclass(frozen=True)
class ItemChange:
    """A page adds an item; without points, it is not to be offered any more."""

    exercise: int
    text: str
    points: str | None = None


class Handler(RequestHandler):
    """Refuses what does not come from our page, and turns troubles into sentences."""

    def initialize(self, desk: Desk, guard: Guard, pool: ThreadPoolExecutor) -> None:
        """Take what all requests share."""
        self.desk, self.guard, self.pool = desk, guard, pool

    def set_default_headers(self) -> None:
        """Allow the browser nothing that the page does not need."""
        self.clear_header("Server")
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        """Refuse whoever may not come in."""
        said = self.guard.objection(self.request.method or "", self.request.headers)
        if not said and not self._is_let_in():
            said = SHUT
        if said:
            self.fail(403, said)

    def _is_let_in(self) -> bool:
        return self.guard.knows(self.get_cookie(self.guard.cookie_name) or "")

    def fail(self, status: int, message: str, **more: Any) -> None:
        """End the request with a sentence."""
        self.set_status(status)
        self.finish({"message": message, **more})

    def write_error(self, status_code: int, **_: Any) -> None:
        """Say in a sentence what tornado has refused, or that something is broken."""
        said = "This request is not understood." if status_code < 500 else "This is a fault of autograder."
        self.finish({"message": said})

    def log_exception(self, kind: Any, error: Any, traceback: Any) -> None:
        """Keep the traceback of a crash in the course's log."""
        logger.error("marking: %s", self.request.path, exc_info=(kind, error, traceback))

    def body(self, kind: type[Body]) -> Body | None:
        """Return what the request says; None if it is refused."""
        if self.request.headers.get("Content-Type") == "application/json":
            with suppress(msgspec.MsgspecError, UnicodeError, RecursionError):
                found = msgspec.json.decode(self.request.body, type=kind)
                page = getattr(found, "page", None)
                if page is None or PAGE.fullmatch(page):
                    return found
        self.fail(400, "This request is not understood: load the page again.")
        return None

    async def reply(self, ask: Callable[[], dict[str, Any]]) -> None:
        """Answer with what the desk says, or with a sentence on why it cannot."""
        try:
            found = await asyncio.get_running_loop().run_in_executor(self.pool, ask)
        except Conflict as error:
            self.fail(409, "Somebody else has changed this answer since you opened it.", theirs=error.theirs)
        except EnvironmentProblem as error:
            self.fail(503, str(error))
        except AutograderError as error:
            self.fail(422, str(error))
        except OSError as error:
            logger.exception("marking: %s", self.request.path)
            self.fail(503, f"{error.strerror or 'The disk has failed'}: nothing was saved. Mend that, and save again.")
        except Exception:
            logger.exception("marking: %s", self.request.path)
            self.fail(500, "This is a fault of autograder, not of yours; the course's log has the traceback.")
        else:
            self.finish(found)


class Files(Handler):
    """The page and what belongs to it. The address with the token sets the cookie."""

    def prepare(self) -> None:
        """Let in whoever has the token."""
        if self.request.path == "/" and (token := self.get_query_argument("token", "")):
            said = self.guard.objection(self.request.method or "", self.request.headers)
            if said or not self.guard.lets_in(token):
                self.fail(403, said or "This token is not that of the running server: " + SHUT)
                return
            self.set_cookie(self.guard.cookie_name, self.guard.cookie, httponly=True, samesite="Lax")
            self.redirect("/")  # the token stays in no history and in no picture of the screen
            return
        super().prepare()

    def get(self) -> None:
        """Send a file."""
        path, kind = FILES[self.request.path]
        self.set_header("Content-Type", f"{kind}; charset=utf-8")
        self.finish(path.read_bytes())


class Begin(Handler):
    """What does not change while people mark, and a name for the page that asks."""

    async def get(self) -> None:
        """Send it."""
        await self.reply(lambda: self.desk.begin() | {"page": secrets.token_hex(16)})


class OneAnswer(Handler):
    """One answer."""

    async def get(self, exercise: str, handle: str) -> None:
        """Send it."""
        await self.reply(lambda: self.desk.answer(int(exercise), handle))


class Watching(Handler):
    """How things stand, and where everybody is."""

    async def post(self) -> None:
        """Note where the page is, and send it."""
        if (asked := self.body(Watch)) is not None:
            handle = asked.answer if HANDLE.fullmatch(asked.answer) else ""
            await self.reply(lambda: self.desk.watch(asked.page, asked.who, asked.exercise, handle, asked.seen))


class Leaving(Handler):
    """A page that is being closed."""

    async def post(self) -> None:
        """Forget where it was."""
        if (asked := self.body(Watch)) is not None:
            await self.reply(lambda: self.desk.leave(asked.page))


class Saving(Handler):
    """A mark to be written."""

    async def post(self) -> None:
        """Write it."""
        if (asked := self.body(Save)) is not None:
            await self.reply(lambda: self.desk.save(asked.page, asked.entry))


class Undoing(Handler):
    """The last mark to be taken back."""

    async def post(self) -> None:
        """Take it back."""
        if (asked := self.body(Watch)) is not None:
            await self.reply(lambda: self.desk.undo(asked.page))


class Zeroing(Handler):
    """No points for what is empty."""

    async def post(self) -> None:
        """Write them."""
        if (asked := self.body(Watch)) is not None:
            await self.reply(lambda: self.desk.zero_empty(asked.page, asked.exercise))


class Items(Handler):
    """The items that are added while marking."""

    async def post(self) -> None:
        """Add one, or offer it no longer."""
        if (asked := self.body(ItemChange)) is not None:
            points = asked.points
            if points is None:
                await self.reply(lambda: self.desk.forget_item(asked.exercise, asked.text))
            else:
                await self.reply(lambda: self.desk.add_item(asked.exercise, points, asked.text))


class Nothing(Handler):
    """Whatever else is asked for."""

    def prepare(self) -> None:
        """Say so, to those who may know."""
        super().prepare()
        if not self._finished:
            self.fail(404, "There is nothing here.")


def application(desk: Desk, guard: Guard, pool: ThreadPoolExecutor) -> Application:
    """Return what answers the requests."""
    shared = {"desk": desk, "guard": guard, "pool": pool}
    routes: list[Any] = [(re.escape(path), Files, shared) for path in FILES]
    routes += [
        (r"/api/begin", Begin, shared),
        (r"/api/answer/(\d{1,4})/([0-9a-f]{20})", OneAnswer, shared),
        (r"/api/watch", Watching, shared),
        (r"/api/leave", Leaving, shared),
        (r"/api/save", Saving, shared),
        (r"/api/undo", Undoing, shared),
        (r"/api/zero", Zeroing, shared),
        (r"/api/items", Items, shared),
    ]
    return Application(routes, log_function=lambda _: None, default_handler_class=Nothing, default_handler_args=shared)
