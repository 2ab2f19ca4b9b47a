"""The student process: runs cells, copies itself for every test, answers calls.

From the first cell on, the student's code may have replaced everything in this process. So nobody believes what it
says, and it never gets anything that a student must not know.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from . import protocol
from .calls import Depth, Watched, apply_changes, pack_arguments, unpack_arguments
from .described import described
from .errors import CannotCross
from .exceptions import arguments_of, describe, rebuild
from .forks import is_copy
from .frames import Channel, Closed, Malformed, Message, say_hello
from .operations import OPERATIONS
from .protocol import Node
from .randomness import Copies
from .shell import ZMQInteractiveShell
from .values import Packer, Unpacker

Blobs = list[bytearray]


class Student:
    """One process with the student's names in it: the one that runs the cells, or a copy of it."""

    def __init__(self, channel: Channel, shell: ZMQInteractiveShell, reap: float) -> None:
        self.channel = channel
        self.shell = shell
        self.reap = reap
        self.handles: list[Any] = []
        self.numbers: dict[int, int] = {}
        self.lent: dict[int, Watched] = {}  # the arguments of the call that an object came of: it may change them yet
        self.streams = Copies()
        self.depth = Depth()
        self.copies: list[int] = []
        self.jobs: dict[str, Callable[[Any, Blobs], None]] = {
            "cell": self.run_cell,
            "define": self.define,
            "bind": self.bind,
            "delete": self.delete,
            "name": self.look_up,
            "call": self.call,
            "item": self.item,
            "iterate": self.iterate,
            "next": self.next,
            "attribute": self.attribute,
            "operate": self.operate,
        }

    def serve(self) -> None:
        """Do what comes over the channel until it is closed."""
        while True:
            message, blobs, descriptors = self.channel.receive_with_descriptors()
            if message.get("op") == "copy":
                self.copy(descriptors[0])
            elif message.get("op") == "turn":
                self.turn(descriptors[0])
            else:
                self.do(message, blobs)

    def do(self, message: Message, blobs: Blobs) -> None:
        """Do what a message asks for."""
        self.streams.take(message.get("streams", []))
        self.jobs[message["op"]](message, blobs)

    def copy(self, descriptor: int) -> None:
        """Fork; the child answers at its own channel, this process at the old one."""
        if is_copy(self.channel, descriptor, self.copies, self.reap):
            self.turn(descriptor)

    def turn(self, descriptor: int) -> None:
        """Answer a test at another channel from now on, and nobody at the old one."""
        self.channel.close()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        np.seterr(under="ignore")  # what is too small to tell from 0 is 0, whatever a cell wishes to be told of
        sock = socket.socket(fileno=descriptor)
        say_hello(sock)
        self.channel = Channel(sock)

    # What the process that runs the cells is asked for.

    def run_cell(self, message: protocol.Cell, blobs: Blobs) -> None:
        """Run one cell as a notebook would; answer with its outputs."""
        self.shell.compile.current = message["number"]
        done = self.shell.run_cell(message["source"], store_history=True)
        error = done.error_before_exec or done.error_in_exec
        outputs = self.shell.outputs.take()
        fault = None if error is None else self._fault(error)
        self.channel.send(protocol.Done(op="done", outputs=outputs, fault=fault))

    def define(self, message: protocol.Define, blobs: Blobs) -> None:
        """Run definitions of the instructor's that every process has."""
        with contextlib.suppress(BaseException):
            exec(compile(message["source"], "<definitions>", "exec"), self.shell.user_ns)
        self.channel.send(protocol.Done(op="done"))

    def bind(self, message: protocol.Bind, blobs: Blobs) -> None:
        """Take over names that a released line of a test has bound."""
        names = self._unpacker(message, blobs).get(message["names"])
        self.shell.user_ns.update(names)
        self.channel.send(protocol.Done(op="done"))

    def delete(self, message: protocol.Delete, blobs: Blobs) -> None:
        """Forget a name that a test has deleted."""
        self.shell.user_ns.pop(message["name"], None)
        self.channel.send(protocol.Done(op="done"))

    # What a copy is asked for by a test.

    def look_up(self, message: protocol.Name, blobs: Blobs) -> None:
        """Answer what a name stands for."""
        name = message["name"]
        if name not in self.shell.user_ns:
            self.channel.send(protocol.Missing(op="missing"))
            return
        value = self.shell.user_ns[name]
        if isinstance(value, types.ModuleType):
            self.channel.send(protocol.Module(op="module", name=str(value.__name__)))
            return
        self._answer(lambda: value, Watched({}))

    def call(self, message: protocol.Call, blobs: Blobs) -> None:
        """Call a function with copies of a test's arguments."""
        unpacker = self._unpacker(message, blobs)
        args, kwargs = unpack_arguments(unpacker, message)
        function = self.handles[message["target"]]
        self._answer(lambda: function(*args, **kwargs), Watched(unpacker.objects))

    def item(self, message: protocol.Item, blobs: Blobs) -> None:
        """Index an object."""
        unpacker = self._unpacker(message, blobs)
        key, target = unpacker.get(message["key"]), self.handles[message["target"]]
        self._answer(lambda: target[key], Watched({}))

    def iterate(self, message: protocol.Iterate, blobs: Blobs) -> None:
        """Start to iterate over an object."""
        target = self.handles[message["target"]]
        self._answer(lambda: iter(target), self._lent_to(message["target"]))

    def next(self, message: protocol.Next, blobs: Blobs) -> None:
        """Go one step on in an iteration."""
        target = self.handles[message["target"]]
        self._answer(lambda: next(target), self._lent_to(message["target"]))

    def attribute(self, message: protocol.Attribute, blobs: Blobs) -> None:
        """Read an attribute of an object."""
        target = self.handles[message["target"]]
        self._answer(lambda: getattr(target, message["name"]), Watched({}))

    def operate(self, message: protocol.Operate, blobs: Blobs) -> None:
        """Add two objects, take the length of one: what Python does without a name for it."""
        operands = self._unpacker(message, blobs).get(message["operands"])
        self._answer(lambda: OPERATIONS[message["operation"]](*operands), Watched({}))

    def _lent_to(self, number: int) -> Watched:
        return self.lent.get(number, Watched({}))

    # How values come and go.

    def _answer(self, work: Callable[[], Any], watched: Watched) -> None:
        packer = self._packer(watched.known)
        answer: protocol.Value | protocol.Raised
        try:
            with self.depth.one_deeper():
                value = work()
            self._flush_figures()
            answer = protocol.Value(op="value", value=packer.put(value), changed=watched.changes(packer))
            if id(value) in self.numbers:
                self.lent.setdefault(self.numbers[id(value)], watched)
        except (Closed, Malformed):
            raise
        except BaseException as error:
            packer = self._packer(watched.known)
            answer = protocol.Raised(op="raised", fault=self._fault(error), args=arguments_of(packer, error))
            with contextlib.suppress(CannotCross):
                answer["changed"] = watched.changes(packer)
        answer["outputs"] = self.shell.outputs.take()
        try:
            self.channel.send(packer.message(answer), packer.blobs)
        except Malformed as error:  # nothing of it was sent
            refused = protocol.Raised(op="raised", fault=self._fault(CannotCross(str(error))), args=None, nodes=[])
            self.channel.send(refused)

    def _flush_figures(self) -> None:
        helpers = sys.modules.get("matplotlib._pylab_helpers")
        if helpers is not None and helpers.Gcf.figs:
            self.shell.events.trigger("post_execute")

    def _fault(self, error: BaseException) -> protocol.Fault:
        """Describe an exception: its type, the built-in types that it is, what it says, the student's lines."""
        frames = self.shell.frames(error.__traceback__)
        if isinstance(error, SyntaxError) and error.filename in self.shell.compile.cell_of:
            frames.append((self.shell.compile.cell_of[error.filename], error.lineno or 0, "<module>"))
        return {**describe(error), "frames": frames}

    def _packer(self, known: dict[int, int] | None = None) -> Packer:
        return Packer(self._foreign, known, self._stream)

    def _stream(self, value: Any) -> Node | None:
        number = self.streams.number(value)
        return None if number is None else ["S", number]

    def _foreign(self, value: Any) -> Node:
        if isinstance(value, _Callback):
            return ["o", value.number]
        if stream := self._stream(value):
            return stream
        if isinstance(value, types.ModuleType):
            raise CannotCross("A module cannot be handed to a test.")
        if id(value) not in self.numbers:
            self.numbers[id(value)] = len(self.handles)
            self.handles.append(value)
        return ["h", self.numbers[id(value)], *described(value)]

    def _unpacker(self, message: protocol.Values, blobs: Blobs) -> Unpacker:
        return Unpacker(message.get("nodes", []), blobs, self._native)

    def _native(self, node: Node) -> Any:
        if node[0] == "o":
            return self.handles[node[1]]
        if node[0] == "k":
            return _Callback(self, node[1])
        if node[0] == "S":
            return self.streams.generators[node[1]]
        raise Malformed("A message holds something that is not a value.")

    def call_back(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a function of the test's, from inside a call."""
        packer = self._packer()
        packed_args, packed_kwargs = pack_arguments(packer, args, kwargs)
        callback = protocol.Callback(op="callback", target=number, args=packed_args, kwargs=packed_kwargs)
        self.channel.send(packer.message(callback), packer.blobs)
        while True:
            message, blobs = self.channel.receive()
            if message["op"] in ("value", "raised"):
                self.streams.take(message["streams"])
                break
            self.do(message, blobs)  # the callback calls another function of the student's
        unpacker = Unpacker(message.get("nodes", []), blobs, self._native, packer.objects)
        if message["op"] == "raised":
            raise rebuild(message["fault"], unpacker.get(message["args"]))
        apply_changes(message["changed"], unpacker, packer.objects)
        return unpacker.get(message["value"])


class _Callback:
    """A function of the test's, as the student's code sees it."""

    def __init__(self, student: Student, number: int) -> None:
        self.student = student
        self.number = number

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.student.call_back(self.number, args, kwargs)
