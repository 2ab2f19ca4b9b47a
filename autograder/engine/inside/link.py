"""The line to the student's process for one test: every question that a test asks of the student's code.

Everything that comes back may be made to deceive the test. So values are rebuilt from plain nodes, and an exception is
one of our own that carries their text.
"""

from __future__ import annotations

import contextlib
import inspect
import random
from collections.abc import Callable, Iterator
from typing import Any

from . import protocol
from .bounds import LONGEST_NAME, MOST_TYPES
from .calls import Depth, Watched, apply_changes, pack_arguments, unpack_arguments
from .errors import CANNOT, PASSES, CannotCross
from .exceptions import arguments_of, clean_frames, describe, rebuild, said_by
from .frames import Channel, Closed, Malformed, Message
from .generators import Generator
from .protocol import Node
from .proxies import Handle, Module, Proxy, Remote, type_named
from .randomness import Streams
from .values import Packer, Table, Unpacker


class Lost(BaseException):
    """The student's process hung or died; no `except Exception` of a test may go on after it."""

    def __init__(self, function: str) -> None:
        super().__init__(function)
        self.function = function


class ArgumentCannotCross(CannotCross):
    """A test passes something that is not a plain value."""


class Link:
    """The line to one copy of the student's process, for one test.

    Parameters
    ----------
    channel
        The socket whose other end the copy has.
    given_up
        Functions that have hung or died before, which are not called again.
    show
        Takes what the student's code puts out, piece by piece.
    """

    def __init__(self, channel: Channel, given_up: set[str], show: Callable[[Any], None]) -> None:
        self.channel = channel
        self.show = show
        self.given_up = given_up
        self.streams = Streams()
        self.depth = Depth()
        self.handles: dict[int, Proxy | Handle] = {}
        self.lent: dict[int, Table] = {}  # the arguments of the call that an object came of: it may change them yet
        self.callbacks: list[Callable[..., Any]] = []
        self.types: dict[str, type[Handle]] = {}
        self.function = ""  # whose call is going on
        self.is_over = False
        self.is_shown = False  # will a student read what comes of calls?
        self.callbacks_now = 0
        self.has_raised = False  # has a call of a student's function ended with an exception?

    def call(self, target: Remote, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a function of the student's."""
        name = target.__name__
        with self._inside(name):
            packer = self._packer()
            try:
                packed_args, packed_kwargs = pack_arguments(packer, args, kwargs)
            except CannotCross as error:
                raise ArgumentCannotCross(f"{PASSES}{name}{CANNOT}. {error}") from None
            call = protocol.Call(op="call", target=target._number, args=packed_args, kwargs=packed_kwargs)
            return self._converse(packer, call)

    @contextlib.contextmanager
    def _inside(self, name: str) -> Iterator[None]:
        """Say whose code runs, in case it hangs or dies; code that has done so before is not run again."""
        if name in self.given_up:
            raise Lost(name)
        outer, self.function = self.function, name
        try:
            yield
        finally:
            self.function = outer

    def attribute(self, target: Remote, name: str) -> Any:
        """Read an attribute of a function or an object of the student's."""
        number = target._number
        with self._inside(target.__name__):
            return self._converse(self._packer(), protocol.Attribute(op="attribute", target=number, name=name))

    def operate(self, target: Handle, operation: str, *others: Any) -> Any:
        """Let the student's process do something with objects of the student's: add two, take the length of one."""
        packer = self._packer()
        operands = packer.put((target, *others))
        with self._inside(target.__name__):
            return self._converse(packer, protocol.Operate(op="operate", operation=operation, operands=operands))

    def look_up(self, name: str) -> Any:
        """Return what a name of the student's stands for.

        Raises
        ------
        KeyError
            If there is no such name.
        """
        return self._converse(self._packer(), protocol.Name(op="name", name=name))

    def item(self, number: int, key: Any) -> Any:
        """Index an object of the student's."""
        packer = self._packer()
        return self._converse(packer, protocol.Item(op="item", target=number, key=packer.put(key)))

    def iterate(self, number: int) -> Any:
        """Start to iterate over an object of the student's."""
        return self._converse(self._packer_of(number), protocol.Iterate(op="iterate", target=number))

    def next(self, number: int) -> Any:
        """Take one step of an iteration.

        Raises
        ------
        StopIteration
            At its end.
        """
        return self._converse(self._packer_of(number), protocol.Next(op="next", target=number))

    def bind(self, name: str, value: Any) -> None:
        """Tell the copy that the test has given one of the student's names another value."""
        packer = self._packer()
        self._send(packer, protocol.Bind(op="bind", names=packer.put({name: value})))
        self._receive()

    def run_cell(self, number: int, source: str) -> bool:
        """Let the copy run a cell, which may call functions that were bound before; return whether it ended well."""
        self._send(self._packer(), protocol.Cell(op="cell", number=number, source=source))
        while True:
            message, blobs = self._receive()
            if message.get("op") != "callback":
                break
            self._answer_callback(message, Unpacker(message.get("nodes", []), blobs, self._native))
        if message.get("op") != "done":
            raise Malformed("The student's process gave something that is not a valid answer.")
        return message.get("fault") is None

    def delete(self, name: str) -> None:
        """Tell the copy that the test has deleted one of the student's names."""
        self._send(self._packer(), protocol.Delete(op="delete", name=name))
        self._receive()

    def _converse(self, packer: Packer, request: protocol.Request) -> Any:
        if self.is_shown and self.callbacks_now and request["op"] not in ("call", "name"):
            # An object of the student's would be told, step by step, what the author's function does with it.
            raise CannotCross("An object cannot take the place of a number or an array here.")
        with self.depth.one_deeper():
            self._send(packer, request)
            while True:
                message, blobs = self._receive()
                unpacker = Unpacker(message.get("nodes", []), blobs, self._native, packer.objects)
                if message.get("op") == "callback":
                    self._answer_callback(message, unpacker)
                    continue
                self.has_raised |= request["op"] == "call" and message.get("op") == "raised"
                try:
                    return self._answer(message, unpacker, packer)
                except StopIteration as error:
                    if request["op"] == "next":
                        raise
                    # It would end a loop of the test's, as if all were well.
                    raise RuntimeError(f"{self.function or 'an object'} raised StopIteration") from error

    def _answer(self, message: Message, unpacker: Unpacker, packer: Packer) -> Any:
        op = message.get("op")
        if op == "missing":
            raise KeyError
        if op == "module":
            return Module(str(message.get("name")))
        outputs = message.get("outputs")
        for output in outputs if isinstance(outputs, list) else []:
            self.show(output)
        if "changed" in message:
            apply_changes(message["changed"], unpacker, packer.objects)
        if op == "raised":
            raise student_exception(message.get("fault"), unpacker.get(message.get("args")))
        if op != "value":
            raise Malformed("The student's process gave something that is not a valid answer.")
        value = unpacker.get(message.get("value"))
        if isinstance(value, Handle):
            self.lent.setdefault(value._number, packer.objects)
        return value

    def _answer_callback(self, message: Message, unpacker: Unpacker) -> None:
        args, kwargs = unpack_arguments(unpacker, message)
        number = message.get("target")
        if type(number) is not int or not 0 <= number < len(self.callbacks):
            raise Malformed("The student's process called a function that was not passed to it.")
        watched = Watched(unpacker.objects)
        packer = self._packer(watched.known)
        answer: protocol.Value | protocol.Raised
        self.callbacks_now += 1
        try:
            value = self.callbacks[number](*args, **kwargs)
            answer = protocol.Value(op="value", value=packer.put(value), changed=watched.changes(packer))
        except Exception as error:
            packer = self._packer()
            answer = protocol.Raised(op="raised", fault=describe(error), args=arguments_of(packer, error))
        finally:
            self.callbacks_now -= 1
        self._send(packer, answer)

    def _send(
        self, packer: Packer, message: protocol.Request | protocol.Cell | protocol.Value | protocol.Raised
    ) -> None:
        if self.is_over:
            raise CannotCross("The test uses something of the student's that belongs to an earlier test.")
        try:
            self.channel.send(packer.message({**message, "streams": self.streams.news()}), packer.blobs)
        except Closed:
            raise Lost(self.function) from None

    def _receive(self) -> tuple[Message, list[bytearray]]:
        try:
            return self.channel.receive()
        except Closed:
            raise Lost(self.function) from None

    def _packer(self, known: dict[int, int] | None = None) -> Packer:
        return Packer(self._foreign, known, self._stream)

    def _packer_of(self, number: int) -> Packer:
        packer = self._packer()
        packer.objects = self.lent.get(number, {})
        return packer

    def _stream(self, generator: Generator) -> Node:
        return ["S", self.streams.number(generator)]

    def _foreign(self, value: Any) -> Node:
        if type(value) is random.Random:
            return self._stream(value)
        if isinstance(value, (Proxy, Handle)):
            if value._link is not self:
                raise CannotCross("It belongs to an earlier test.")
            return ["o", value._number]
        if callable(value):
            if value not in self.callbacks:
                self.callbacks.append(value)
            return ["k", self.callbacks.index(value)]
        raise CannotCross(
            f"A {type(value).__name__} is not a plain value: pass numbers, text, dates, lists, dictionaries or arrays."
        )

    def _native(self, node: Node) -> Any:
        if node[0] == "o":
            return self.callbacks[node[1]]
        if node[0] == "S":
            return self.streams.generator(node[1])
        if node[0] != "h":
            raise Malformed("The student's process sent something that is not a value.")
        _, number, kind, name, doc, parameters = node
        if not (type(number) is int and type(name) is str and type(doc) is str):
            raise Malformed("The student's process described a function in a way that is not allowed.")
        if number not in self.handles:
            name = name[:LONGEST_NAME]
            proxy = Proxy(self, number, name, doc, _signature(parameters))
            self.handles[number] = proxy if kind == "function" else self._type(name)(self, number, name, doc)
        return self.handles[number]

    def _type(self, name: str) -> type[Handle]:
        if name not in self.types and len(self.types) >= MOST_TYPES:
            return Handle
        return self.types.setdefault(name, type_named(name))


def student_exception(fault: Any, args: Any) -> Exception:
    """Rebuild an exception of the student's, with the numbers of their lines.

    Raises
    ------
    Malformed
        If it is described in a way that is not allowed.
    """
    error = rebuild(fault, args)
    if not isinstance(error, CannotCross):
        name, frames = type(error).__name__, clean_frames(fault.get("frames"))
        error.student_fault = {"name": name, "text": said_by(error), "frames": frames}  # type: ignore[attr-defined]
    return error


def _signature(parameters: Any) -> inspect.Signature | None:
    try:
        return inspect.Signature(
            [
                inspect.Parameter(name, inspect._ParameterKind(kind), **({"default": None} if has_default else {}))
                for name, kind, has_default in parameters
            ]
        )
    except (ValueError, TypeError):
        return None
