"""The page that lists the messages of the engine tells the truth: of each word, and of what really crosses."""

from __future__ import annotations

import socket
from typing import Any, get_args, get_type_hints

import pytest
from engine_cells import NUMPY, answer, check, extra, hidden, locked, visible

from autograder.engine.inside import protocol
from autograder.engine.inside.frames import Channel
from autograder.engine.inside.student import Student

MESSAGES = {
    get_args(get_type_hints(kind)["op"])[0]: kind
    for kind in vars(protocol).values()
    if isinstance(kind, type) and "op" in getattr(kind, "__annotations__", {})
}
FRAMING = {"blobs"}
SENDERS = "Worker to", "Server to", "Student process to", "Test process to", "Copy to", "The answer to"


@pytest.mark.parametrize("word", MESSAGES)
def test_each_message_has_its_word_for_a_name_and_says_who_sends_it(word: str) -> None:
    kind = MESSAGES[word]
    assert kind.__name__.lower() == word
    assert (kind.__doc__ or "").startswith(SENDERS)


def test_a_student_process_does_what_it_can_be_asked_for() -> None:
    asked = {
        word
        for word, kind in MESSAGES.items()
        if (kind.__doc__ or "").startswith(("Worker to student process", "Test process to copy"))
    }
    one, other = socket.socketpair()
    with one, other:
        student: Any = Student(Channel(one), None, 0)  # type: ignore[arg-type]
        assert student.jobs.keys() | {"copy", "turn"} == asked


def test_what_crosses_is_what_the_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, Any]] = []
    send, body = Channel.send, Channel._body

    def sent(self: Channel, message: dict[str, Any], *more: Any, **named: Any) -> None:
        seen.append(message)
        send(self, message, *more, **named)

    def received(self: Channel, *sizes: int) -> tuple[dict[str, Any], list[bytearray]]:
        message, blobs = body(self, *sizes)
        seen.append(message)
        return message, blobs

    monkeypatch.setattr(Channel, "send", sent)
    monkeypatch.setattr(Channel, "_body", received)
    check(
        locked(NUMPY),
        answer("def f(x):\n    return x"),
        visible("def helper(x):\n    return f(x)\nlimit = 3\nassert helper(2) == 2"),
        extra("f(limit)"),
        hidden("assert f(np.ones(2)).sum() == 2"),
    )
    words = {message["op"] for message in seen if "op" in message}
    assert words - {"ready"} == {
        *("spawn", "cell", "done", "copy", "copied", "turn", "define", "bind", "test", "tested")
    }
    for message in seen:
        kinds = [MESSAGES[message["op"]]] if "op" in message else [protocol.Files, protocol.Notebook]
        assert any(kind.__required_keys__ <= message.keys() - FRAMING <= hints(kind) for kind in kinds), message


def hints(kind: Any) -> set[str]:
    """Return the fields that a message may have."""
    return set(get_type_hints(kind))
