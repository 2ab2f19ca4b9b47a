"""Nothing that a student chooses, neither a message nor a name, does anything to the instructor's terminal."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.text import Text
from tiny_course import RIGHT, TinyCourse

from autograder.shown.terminal import CONTROL, UNSEEN, escape, plain

SEQUENCE = "\x1b]0;owned\x07\x9b2J\x08\r\u202e[bold red]said[/]"
Run = Callable[..., tuple[int, str, str]]


@given(st.text() | st.text("\\[]b/"))
@example("\\")
@example("[b]\\\\")
def test_text_is_shown_as_it_is_but_for_control_characters(text: str) -> None:
    found = Text.from_markup(escape(text)).plain
    assert found == plain(text)
    assert not CONTROL.search(found)
    assert Text.from_markup(f"[bold]{escape(text)}[/bold]").plain == found, "whatever stands around it"
    assert re.sub("\ufffd", "", found) == UNSEEN.sub("", CONTROL.sub("", text)).replace("\ufffd", "")


def test_ordinary_text_stays() -> None:
    for text in ("a\tb\nc", "Ångström 山田太郎 😀", "[1, 2] {x} <b>"):
        assert plain(text) == text


def test_nothing_unseen_stays() -> None:
    kept = {0x200C, 0x200D}  # joiners
    seen = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440)}
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        if unicodedata.category(char) == "Cf":
            assert (plain(char) == char) == (code in kept | seen), hex(code)
    assert plain("ada\u200b\u200e\ufeff\U000e0041") == "ada"
    assert plain("می\u200cخواهم 👩\u200d🔬") == "می\u200cخواهم 👩\u200d🔬"


@pytest.mark.parametrize("words", [("try",), ("grade", "tiny")])
def test_a_message_and_a_name_do_nothing(tiny: TinyCourse, run_autograder: Run, words: tuple[str, ...]) -> None:
    path = tiny.hand_in("ada", double=f"def double(x):\n    raise ValueError({SEQUENCE!r})", square=RIGHT["square"])
    refused = tiny.hand_in("bob", **RIGHT).parent
    (refused / f"{SEQUENCE.replace('/', '')}.db").symlink_to("/dev/null")
    (tiny.submitted / "\x1b[31mred" / "tiny").mkdir(parents=True)
    _, out, err = run_autograder(*words, *([str(path)] if words == ("try",) else []))
    assert "3 of 5" in out or "not graded" in out
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", out + err)
    log = tiny.reports / "tiny" / "grading.log"
    assert not log.exists() or not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", log.read_text())
