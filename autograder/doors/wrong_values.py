"""A wrong value on the command line, as one sentence: which option, what it was given, what it takes.

Typer words this with the terms of the library that it checks values with.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import typer
from typer.core import TyperGroup

from autograder.errors import UsageError

NUMBERS = {int: "a whole number", float: "a number"}


class Commands(TyperGroup):
    """All commands; a wrong value ends in a `UsageError`, whatever command it was for."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that is asked for.

        Raises
        ------
        UsageError
            If a value makes no sense for its option or argument.
        """
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            if getattr(error, "param", None) is None or type(error) is not typer.BadParameter:
                raise  # a missing one, which is told well
            raise UsageError(sentence(error)) from error


def sentence(error: typer.BadParameter) -> str:
    """Return what is wrong with a value, and which ones there are."""
    param: Any = error.param
    option = max(param.opts, key=len) if param.param_type_name == "option" else param.human_readable_name
    takes, given = _takes(param), _given(error)
    if takes and given is not None:
        return f"{option} takes {takes}, not {given!r}."
    return f"{option}: {error.message.removeprefix('Value error, ')}"


def _takes(param: Any) -> str:
    """Return what an option takes, in words; an empty text if Typer knows best."""
    descriptor = getattr(param, "type_descriptor", None)
    if descriptor is None:
        return ""
    if descriptor.choices:
        names = [str(getattr(choice, "value", choice)) for choice in descriptor.choices]
        return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    least, most = (getattr(descriptor.parameter_info, name, None) for name in ("min", "max"))
    words = next((NUMBERS[kind] for kind in NUMBERS if _is_of(descriptor.annotation, kind)), "")
    if words and least is not None:
        words += f" from {least:g}" + (" on" if most is None else "")
    return words + (f" to {most:g}" if words and most is not None else "")


def _is_of(annotation: Any, kind: type) -> bool:
    """Return whether an annotation is a type, or that or None."""
    return annotation is kind or kind in getattr(annotation, "__args__", ())


def _given(error: typer.BadParameter) -> str | None:
    """Return what was typed; None if the error does not hold it."""
    with suppress(AttributeError, LookupError):
        cause: Any = error.__cause__
        given = cause.errors()[0]["input"]
        return str(given) if isinstance(given, str | int | float) else None
    return None
