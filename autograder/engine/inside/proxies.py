"""What stays in the student's process, as a test sees it: functions, objects and modules, which never come over.

A proxy or a handle holds a number only. Whatever a test does with it is done where the object is, and comes back as a
value like any other. An operation that is told another value of the test's is not passed on: an object that is equal to
everything, or gives 0 whatever is subtracted from it, would otherwise be taken for the right answer.
"""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from .bounds import LONGEST_NAME
from .errors import CannotCross, NoAttribute
from .operations import ALONE, CALCULATIONS, COMPARISONS

if TYPE_CHECKING:
    from .link import Link


# What values and tables have under these names compares them with a value of the test's.
COMPARING = frozenset({"equals", "identical", "isdisjoint", "issubset", "issuperset", "startswith", "endswith"})


class Remote:
    """What is known of something of the student's: its number in their process, and its name."""

    _link: Link
    _number: int
    _kind: str  # of what it is, in messages
    __name__: str

    def __init__(self, link: Link, number: int, name: str, doc: str) -> None:
        self._set(_link=link, _number=number, __name__=name, __doc__=doc or None)

    def _set(self, **fields: Any) -> None:
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it where it is."""
        return self._link.call(self, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"a test cannot read {name!r} of a {self._kind}")
        if name.startswith("_"):
            raise NoAttribute(
                f"The test asks for {name!r} of a {self._kind}, which stays with the student's code: a test can use "
                "attributes and methods whose names do not start with an underscore."
            )
        if name in COMPARING:
            raise NoAttribute(
                f"The test asks for {name!r} of a {self._kind}, which stays with the student's code and would decide "
                "by itself whether it is right: let the test compare what its attributes and other methods give."
            )
        return self._link.attribute(self, name)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        self._refuse(f"sets {name!r} of", "let a method or a function of the student's set it")

    def __delattr__(self, name: str) -> NoReturn:
        self._refuse(f"deletes {name!r} of", "let a method or a function of the student's do it")

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        self._refuse("copies", "let a function of the student's copy it")

    def _refuse(self, does: str, instead: str) -> NoReturn:
        raise CannotCross(f"The test {does} a {self._kind}, which stays with the student's code: {instead}.")


class Proxy(Remote):
    """A function of the student's: calling it ships the arguments over and the result back."""

    _kind = "function"

    def __init__(self, link: Link, number: int, name: str, doc: str, signature: inspect.Signature | None) -> None:
        super().__init__(link, number, name, doc)
        self._set(__qualname__=name)
        if signature is not None:
            self._set(__signature__=signature)

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"


class Handle(Remote):
    """An object of the student's that is not a plain value. Each type of theirs has a subclass of its name here."""

    def __init__(self, link: Link, number: int, kind: str, doc: str = "") -> None:
        super().__init__(link, number, kind, doc)
        self._set(_kind=kind)

    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        self._refuse("sets an item of", "let a method or a function of the student's set it")

    def __delitem__(self, key: Any) -> NoReturn:
        self._refuse("deletes an item of", "let a method or a function of the student's do it")

    def __getitem__(self, key: Any) -> Any:
        return self._link.item(self._number, key)

    def __iter__(self) -> Any:
        return self._link.iterate(self._number)

    def __next__(self) -> Any:
        return self._link.next(self._number)

    def __contains__(self, value: Any) -> bool:
        try:
            parts = iter(self)
        except TypeError:
            raise CannotCross(
                f"The test looks for something in a {self._kind}, which cannot be iterated over: let the test ask a "
                "method instead."
            ) from None
        return any(part is value or part == value for part in parts)  # compared here, not by the student's code

    def __round__(self, digits: int | None = None) -> Any:
        return self._link.operate(self, "round", digits)

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, Remote) and bool(self._link.operate(self, "isinstance", instance))

    def __subclasscheck__(self, kind: Any) -> bool:
        return isinstance(kind, Handle) and bool(self._link.operate(self, "issubclass", kind))

    def __eq__(self, other: object) -> Any:
        return self._link.operate(self, "eq", other) if isinstance(other, Handle) else NotImplemented

    def __ne__(self, other: object) -> Any:
        return self._link.operate(self, "ne", other) if isinstance(other, Handle) else NotImplemented

    def __hash__(self) -> int:
        return self._link.operate(self, "hash")

    def __repr__(self) -> str:
        return self._as_text("repr")

    def __str__(self) -> str:
        return self._as_text("str")

    def _as_text(self, operation: str) -> str:
        if self._link.is_over:  # the engine itself may want to name it
            return f"<{self._kind} object>"
        return self._link.operate(self, operation)


def _alone(operation: str) -> Callable[[Handle], Any]:
    return lambda self: self._link.operate(self, operation)


def _with_another(operation: str, *, is_reflected: bool = False) -> Callable[[Handle, Any], Any]:
    def operate(self: Handle, other: Any) -> Any:
        if not isinstance(other, Handle):
            does = "compares" if operation in COMPARISONS else "calculates with"
            raise CannotCross(
                f"The test {does} a {self._kind}, which is not a number that can be handed over: return a float, "
                "or let the test ask for an attribute of it."
            )
        return self._link.operate(*(other, operation, self) if is_reflected else (self, operation, other))

    return operate


for _name in ALONE:
    setattr(Handle, f"__{_name}__", _alone(_name))
for _name in (*COMPARISONS, *CALCULATIONS):
    setattr(Handle, f"__{_name}__", _with_another(_name))
for _name in CALCULATIONS:
    setattr(Handle, f"__r{_name}__", _with_another(_name, is_reflected=True))


# Python names the type in what it says of such an object; these words are ours and mean nothing to a student.
Proxy.__name__, Handle.__name__ = "function", "object"


def type_named(name: str) -> type[Handle]:
    """Return a type of handles of a name, so that what Python says of one names the student's type."""
    is_name = name.isidentifier() and not keyword.iskeyword(name) and len(name) <= LONGEST_NAME
    return type(name if is_name else "object", (Handle,), {"__module__": "__main__", "__doc__": None})


class Module:
    """A module that the student's text has imported and the instructor's has not."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> NoReturn:
        raise NoAttribute(f"The test uses the module {self._name!r}, which only the student's code imports.")
