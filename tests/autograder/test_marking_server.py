"""The server of `autograder mark`: what the command says, and whom the page lets in."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from command import autograder
from marked_course import ESSAYS, marking, written_course
from nbgrader.api import Gradebook
from tiny_course import TinyCourse

pytestmark = pytest.mark.xdist_group("marking-server")
SECONDS = 300  # far more than an answer takes on an idle machine
Run = Callable[..., tuple[int, str, str]]
PAGE = "a" * 32


def with_rows(course: TinyCourse) -> None:
    """Put the class into the gradebook without running anybody's code: only the answers' rows matter here."""
    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        book.add_assignment("tiny")
        book.add_notebook("tiny", "tiny")
        book.add_task_cell("essay", "tiny", "tiny", max_score=4, cell_type="markdown")
        for student in ESSAYS:
            book.add_student(student)
            book.add_submission("tiny", student)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> TinyCourse:
    found = written_course(tmp_path_factory.mktemp("served") / "a course")
    with_rows(found)
    return found


@pytest.fixture(scope="module")
def address(course: TinyCourse) -> Iterator[str]:
    with marking(course.root, "--anonymous", "--as", "eve") as found:
        yield found


class Client:
    """Sends requests as nobody's browser would."""

    def __init__(self, address: str) -> None:
        self.parts = urlsplit(address)
        self.host = self.parts.netloc
        self.cookie = ""

    def send(
        self, method: str, path: str, body: object = None, **headers: str | None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Send one; a header that is None is left out."""
        sent: dict[str, str | None] = {"Host": self.host, "Cookie": self.cookie or None}
        if method == "POST":
            sent |= {"Origin": f"http://{self.host}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.parts.port, timeout=SECONDS)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        kept = {name: value for name, value in sent.items() if value is not None}
        connection.request(method, path, raw if method == "POST" else None, kept)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.headers, content

    def come_in(self) -> None:
        status, headers, _ = self.send("GET", f"/?{self.parts.query}")
        assert (status, headers["Location"]) == (302, "/")
        cookie = str(headers["Set-Cookie"])
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        self.cookie = cookie.split(";")[0]


@pytest.fixture
def client(address: str) -> Client:
    found = Client(address)
    found.come_in()
    return found


def test_the_page_is_served_to_whoever_has_the_token(client: Client) -> None:
    status, headers, content = client.send("GET", "/")
    assert status == 200
    assert b"<script>" not in content
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert headers["Server"] is None
    for path in ("/mark.js", "/draw.js", "/draft.js", "/keys.js", "/server.js", "/mark.css"):
        assert client.send("GET", path)[0] == 200, path
    begin = json.loads(client.send("GET", "/api/begin")[2])
    assert begin["who"] == "eve"
    assert begin["anonymous"] is True
    status, _, content = client.send("POST", "/api/watch", {"page": begin["page"], "exercise": 1})
    assert status == 200
    assert len(json.loads(content)["answers"]) == 4


def test_every_colour_of_the_page_is_one_that_its_style_sheets_name(client: Client) -> None:
    page = client.send("GET", "/")[2].decode()
    sheets = [client.send("GET", path) for path in re.findall(r'rel="stylesheet" href="([^"]+)"', page)]
    assert {status for status, _, _ in sheets} == {200}
    text = "\n".join(content.decode() for _, _, content in sheets)
    used, named = set(re.findall(r"var\((--[\w-]+)", text)), set(re.findall(r"(--[\w-]+):", text))
    assert "--paper" in used
    assert used <= named


EVERY = [
    ("GET", "/"), ("GET", "/mark.js"), ("GET", "/api/begin"), ("GET", f"/api/answer/1/{'0' * 20}"), ("GET", "/nothing"),
    *[("POST", f"/api/{name}") for name in ("watch", "save", "undo", "items", "leave")],
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_nobody_comes_in_without_the_cookie(address: str, method: str, path: str) -> None:
    stranger = Client(address)
    for cookie in (None, f"autograder-mark-{stranger.parts.port}=", f"autograder-mark-{stranger.parts.port}=x\u00e9"):
        status, _, content = stranger.send(method, path, {"page": PAGE}, Cookie=cookie)
        assert status == 403
        assert "has printed" in json.loads(content)["message"]


@pytest.mark.parametrize(("method", "path"), EVERY)
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "", "[::1]", "0.0.0.0"])
def test_another_name_for_this_machine_is_refused(client: Client, method: str, path: str, host: str) -> None:
    assert client.send(method, path, {"page": PAGE}, Host=host)[0] in (400, 403)
    assert client.send("GET", f"/?{client.parts.query}", Host=host)[0] in (400, 403)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://{host}", None])
def test_another_page_cannot_write(client: Client, origin: str | None) -> None:
    origin = origin and origin.format(host=client.host)
    for path in ("watch", "save", "undo", "items", "leave"):
        assert client.send("POST", f"/api/{path}", {"page": PAGE}, Origin=origin)[0] == 403
    fetched = client.send("POST", "/api/undo", {"page": PAGE}, Sec_Fetch_Site="cross-site")
    assert fetched[0] == 403


def test_another_page_cannot_read(client: Client) -> None:
    assert client.send("GET", "/api/begin", Origin="http://evil.example")[0] == 403


@pytest.mark.parametrize("token", ["", "x", "%00", "%C3%A9"])
def test_a_wrong_token_lets_nobody_in(address: str, token: str) -> None:
    status, headers, _ = Client(address).send("GET", f"/?token={token}")
    assert status in (400, 403)
    assert headers["Set-Cookie"] is None


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"[" * 100_000, b"\xff", {"page": "../x"}, {"page": PAGE, "exercise": "1"}, {"page": None}],
)
def test_what_is_not_understood_is_refused(client: Client, body: object) -> None:
    status, _, content = client.send("POST", "/api/watch", body)
    assert status == 400
    assert json.loads(content)["message"]


def test_requests_are_bounded_and_are_json(client: Client) -> None:
    assert client.send("POST", "/api/watch", {"page": PAGE}, Content_Type="text/plain")[0] == 400
    with contextlib.suppress(OSError):  # the server closes the connection before all of it is sent
        assert client.send("POST", "/api/watch", b"x" * 1_000_000)[0] == 400
    assert client.send("GET", "/api/begin")[0] == 200


@pytest.mark.parametrize("path", ["/nothing", "/../mark.html", "/static/mark.js", "/api/answer/1/..%2f", "/%2e%2e/x"])
def test_nothing_else_is_there(client: Client, path: str) -> None:
    assert client.send("GET", path)[0] == 404


def test_a_sentence_says_what_is_refused(client: Client) -> None:
    (answer, *_) = json.loads(client.send("POST", "/api/watch", {"page": PAGE, "exercise": 1})[2])["answers"]
    entry = {"exercise": 1, "answer": answer["id"], "seen": answer["version"], "points": "nan", "comment": ""}
    status, _, content = client.send("POST", "/api/save", {"page": PAGE, "entry": entry})
    assert (status, "not a number" in json.loads(content)["message"]) == (422, True)
    status, _, content = client.send("POST", "/api/save", {"page": PAGE, "entry": entry | {"points": "2", "seen": ""}})
    assert status == 409
    assert json.loads(content)["theirs"]["state"] == "waiting"
    for path, exercise in (("watch", 7), ("items", 7)):
        body = {"page": PAGE, "exercise": exercise, "text": "a", "points": "1"}
        assert client.send("POST", f"/api/{path}", body)[0] == 422
    assert client.send("GET", f"/api/answer/1/{'0' * 20}")[0] == 422


def test_a_taken_port_is_a_sentence(course: TinyCourse) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, _, err = autograder(course.root, "mark", "tiny", "--port", port)
    assert code == 4
    assert f"Port {port} is taken" in err
    assert "--port" in err


def test_nothing_to_mark_is_a_sentence(tiny: TinyCourse, run_autograder: Run, tmp_path: Path) -> None:
    code, _, err = run_autograder("mark", "tiny")
    assert (code, "Nothing in tiny is marked by a person" in err) == (2, True)
    course = written_course(tmp_path / "written")
    code, _, err = autograder(course.root, "mark", "tiny")
    assert (code, "autograder grade tiny" in err) == (2, True)
    code, _, err = autograder(course.root, "mark", "tiny", "--part", "3/2")
    assert (code, "1/3" in err) == (2, True)
    code, _, err = autograder(course.root, "mark", "none")
    assert code == 2
