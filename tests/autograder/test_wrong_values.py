"""A wrong value of any option ends in one sentence that names the option, the value, and what there is to choose."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command import autograder
from typer.main import get_command

from autograder.doors.cli import app

FOREIGN = ("Value error", "Input should", "unable to parse", "pydantic", "Traceback", "Usage:", "Invalid value")


def options() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every option and argument of every command, with the words of the command."""

    def walk(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
        for name, inner in getattr(command, "commands", {}).items():
            yield from walk(inner, (*words, name))
        if not getattr(command, "commands", None):
            yield from ((words, param) for param in command.params)

    return walk(get_command(app), ())


CHOICES = [(words, param) for words, param in options() if param.type_descriptor.choices]
NUMBERS = [
    (words, param)
    for words, param in options()
    if {int, float} & {param.type_descriptor.annotation, *getattr(param.type_descriptor.annotation, "__args__", ())}
]


def said(root: Path, words: tuple[str, ...], param: Any, value: str) -> str:
    """Return what the command says to a value; whatever else it needs is given to it."""
    needed = ["x" for words_of, other in options() if words_of == words and other.required and other is not param]
    code, out, err = autograder(root, *words, *needed, f"{param.opts[0]}={value}")
    assert code == 2
    assert not [word for word in FOREIGN if word in out + err]
    assert err.startswith("autograder: ")
    assert err.count("\n") == 1, "one sentence"
    return err


def names(case: Any) -> str:
    return " ".join((*case[0], *case[1].opts)) if isinstance(case, tuple) else ""


def test_the_walk_finds_what_there_is() -> None:
    assert {"--format", "--zip", "--lms", "--sandbox"} <= {param.opts[0] for _, param in CHOICES}
    assert {"--workers", "--port", "--seconds", "--mutants"} <= {param.opts[0] for _, param in NUMBERS}
    assert ("roster", "import") in {words for words, _ in options()}


@pytest.mark.parametrize("case", CHOICES, ids=names)
def test_a_choice_that_does_not_exist(case: tuple[tuple[str, ...], Any], tmp_path: Path) -> None:
    words, param = case
    err = said(tmp_path, words, param, "blackbird")
    assert f"{param.opts[-1]} takes " in err
    assert err.rstrip().endswith(", not 'blackbird'.")
    for choice in param.type_descriptor.choices:
        assert choice.value in err


@pytest.mark.parametrize("case", NUMBERS, ids=names)
def test_what_is_no_number_or_lies_outside(case: tuple[tuple[str, ...], Any], tmp_path: Path) -> None:
    words, param = case
    err = said(tmp_path, words, param, "many")
    assert "number" in err
    assert "not 'many'." in err
    limits = param.type_descriptor.parameter_info
    if limits.min is not None:
        assert f"from {limits.min:g}" in said(tmp_path, words, param, str(limits.min - 1))
    if limits.max is not None:
        assert f"to {limits.max:g}" in said(tmp_path, words, param, str(limits.max + 1))


def test_the_formats_of_export(tmp_path: Path) -> None:
    code, _, err = autograder(tmp_path, "export", "x", "--format", "blackboard")
    assert code == 2
    assert err == "autograder: --format takes canvas, moodle or csv, not 'blackboard'.\n"


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    code, _, err = autograder(tmp_path, "grade", "x", "--data", "nowhere")
    assert code == 2
    assert "--data: " in err
    assert "nowhere" in err
    assert "does not exist" in err
