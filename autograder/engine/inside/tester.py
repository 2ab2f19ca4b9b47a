"""The test process: runs test cells; every name that the instructor's text does not give comes from the student's.

One process serves one notebook. It keeps the names that tests bind, as a notebook would, and gets a connection to a
fresh copy of the student's process for each test.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import socket
import sys
from functools import cached_property
from typing import Any, cast

import numpy as np

from . import protocol
from .analysis import DEFINITIONS, bound_names, definitions, flows_from, locked_cells, parse
from .authors import Author
from .bounds import LARGEST_CREDIT
from .diagnosing.diagnose import Diagnoser, nothing
from .diagnosing.ladder import Rung
from .differing import differs, nothing_else
from .endings import fault_of
from .errors import CannotCross
from .exceptions import said_by
from .forks import is_copy
from .frames import Channel, Malformed, say_hello
from .kept import Kept
from .link import Link, Lost
from .names import Namespace
from .namespaces import die_with_parent
from .protocol import Node
from .proxies import Handle, Proxy
from .randomness import OwnRandomness, start_afresh
from .shell import Output, Stream, ZMQInteractiveShell
from .values import Packer, Unpacker

ALL_HIDDEN = -1  # the place of hidden tests, which share one set of names


class Tester:
    """Runs the tests of one notebook as the supervisor asks for them."""

    def __init__(self, channel: Channel, shell: ZMQInteractiveShell, reap: float) -> None:
        self.channel = channel
        self.reap = reap
        self.copies: list[int] = []
        self.shell = shell
        self.outputs = shell.outputs
        self.link: Link | None = None
        self.locked_randomness = OwnRandomness()
        self.bound: dict[int, dict[str, Any]] = {}
        self.kept = Kept()
        self.given_up: set[str] = set()
        self.given_up_following: set[str] = set()  # the same while the author's functions took the place of others
        self.own_names: set[str] = set()  # what tests bind up to here, never asked of the student's process
        self.tested: set[int] = set()  # places of the hidden tests that have run in this process
        self.differing: list[str] = []
        self.is_mute = False  # is what the student's code puts out of no interest now?

    def serve(self) -> None:
        """Run what comes over the channel until it is closed."""
        notebook, _ = self.channel.receive()
        self._begin(cast(protocol.Notebook, notebook))
        while True:
            message, blobs, descriptors = self.channel.receive_with_descriptors()
            if message["op"] == "bound":
                self._take_over(cast(protocol.Bound, message), blobs)
                continue
            if message["op"] == "prepare":
                self._prepare(cast(protocol.Prepare, message))
                continue
            if message["op"] == "copy":
                self._copy(descriptors[0])
                continue
            channel = Channel(socket.socket(fileno=descriptors[0]))
            if message["op"] == "replay":
                self._replay(cast(protocol.Replay, message), channel)
            elif message["op"] == "diagnose":
                self._diagnose(cast(protocol.Diagnose, message), channel)
            else:
                self._test(cast(protocol.Test, message), channel)

    def _take_over(self, message: protocol.Bound, blobs: list[bytearray]) -> None:
        """Bind what a test has bound in a test process before this one."""
        tree = parse(message["definitions"])
        with contextlib.suppress(Exception):
            exec(compile(tree, "<definitions>", "exec"), self.before)
        made = {name: dict.__getitem__(self.before, name) for name in bound_names(tree.body) & self.before.keys()}
        plain = Unpacker(message["nodes"], blobs, _nothing_native).get(message["names"])
        self.bound[message["place"]] = {**made, **plain}
        self.kept.forget_large(self.bound[message["place"]], plain.keys(), message["place"])

    def _begin(self, notebook: protocol.Notebook) -> None:
        self.cells = notebook["cells"]
        self.answers = frozenset(notebook["answers"])
        self.imports_text = notebook["imports"]
        self.bank = notebook["bank"]
        imports = parse(self.imports_text)
        self.imports = compile(imports, "<imports>", "exec")
        self.imported = bound_names(imports.body)
        trees = {place: parse(cell["released"]) for place, cell in enumerate(self.cells) if cell["kind"] != "student"}
        locked = {place: tree for place, tree in trees.items() if self.cells[place]["kind"] == "locked"}
        tests = [tree for place, tree in trees.items() if place not in locked]
        self.locked = locked_cells(locked, self.answers, tests)
        self.binds = {place: bound_names(parse(self._text(place)).body) for place in trees if place not in locked}
        self.shared = self.answers.union(*(bound_names(tree.body) for tree in locked.values()))
        self.given_up = set(notebook["given_up"])
        self.before, self.after = Namespace(self), Namespace(self)  # while the cells run; when all have run

    @cached_property
    def author(self) -> Author:
        """The author's own functions."""
        kinds = {"student": "solution", "locked": "released"}
        sources = [str(cell.get(kinds[cell["kind"]], "")) for cell in self.cells if cell["kind"] in kinds]
        return Author(self.imports_text, sources, self._computed)

    def _computed(self, name: str) -> Any:
        """Return what a locked cell computes under a name."""
        if not any(name in locked.names for locked in self.locked.values()):
            raise KeyError(name)
        for names in (self.after, self.before):
            if dict.__contains__(names, name) or names._compute(name):
                return dict.__getitem__(names, name)
        raise KeyError(name)

    def _link(self, channel: Channel, follow: list[str]) -> Link:
        """Return the line to a copy; let the author's functions take these names there."""
        link = Link(channel, self.given_up_following if follow else self.given_up, self._show)
        self._bind(link, follow)
        return link

    def _bind(self, link: Link, follow: list[str]) -> None:
        for name in follow:
            answer = self.author.get_lent(name)
            if callable(answer) or not link.is_shown:  # a value would be shown as it is
                link.bind(name, answer)

    def _replay(self, message: protocol.Replay, channel: Channel) -> None:
        """Let a copy run cells with the author's functions under some names, also where a cell binds these names."""
        self.is_mute, is_done, has_raised = True, False, False
        with contextlib.suppress(BaseException):
            start_afresh()
            link = self._link(channel, message["follow"])
            for number, source in message["cells"]:
                has_raised |= not link.run_cell(number, source)
                self._bind(link, message["follow"])
            is_done = True
        channel.close()
        self.channel.send(protocol.Replayed(op="replayed", is_done=is_done, has_raised=has_raised))

    @cached_property
    def diagnoser(self) -> Diagnoser:
        """What examines the student's functions."""
        return Diagnoser(self.bank, self.author, [str(cell.get("solution", "")) for cell in self.cells])

    def _prepare(self, message: protocol.Prepare) -> None:
        """Draw the inputs of a diagnosis, which copies of this process will share."""
        start_afresh()
        self.after.advance(len(self.cells))
        self.diagnoser.prepare(message["exercise"], message["probes"])
        gc.collect()
        gc.freeze()
        self.channel.send(protocol.Prepared(op="prepared"))

    def _copy(self, descriptor: int) -> None:
        """Fork; the child answers at its own channel, this process at the old one."""
        if is_copy(self.channel, descriptor, self.copies, self.reap):
            die_with_parent()
            self.channel.close()
            sock = socket.socket(fileno=descriptor)
            say_hello(sock)
            self.channel = Channel(sock)

    def _diagnose(self, message: protocol.Diagnose, channel: Channel) -> None:
        """Find out what is wrong with a function of the student's."""
        self.is_mute, fault = True, ""
        found: protocol.Diagnosis | None = None
        try:
            start_afresh()
            link = Link(channel, set(), self._show)  # what hung on a test's input may be right on these
            link.is_shown = True
            self._bind(link, message["follow"])
            found = self.diagnoser.diagnosis(message, link)
        except Lost:
            found = nothing(Rung.lost)
        except Exception as error:
            if getattr(error, "student_fault", None) is None:  # what the student's code says is no fault of the bank
                fault = f"{type(error).__name__}: {said_by(error)}"
        channel.close()
        self.channel.send(protocol.Diagnosed(op="diagnosed", found=found, fault=fault))

    def _test(self, message: protocol.Test, channel: Channel) -> None:
        place, released_only, follow = message["place"], message["released_only"], message["follow"]
        cell = self.cells[place]
        names = self.before if released_only or not cell["hidden"] else self.after
        tests_so_far = [bound for here, bound in self.binds.items() if here <= place]
        self.own_names = set().union(*tests_so_far) - self.shared
        self.outputs.take()
        self.differing, self.is_mute = [], False
        for namespace in (self.before, self.after):  # functions of visible tests know the former
            namespace.begin_test()
        names.advance(place)
        if names is self.after:
            self.tested.add(place)
        keep = sys.stdout, sys.stderr
        self.shell.user_ns = names
        sys.stdout = sys.stderr = Stream(self.outputs, "stdout")
        text = cell["released"] if released_only else self._text(place)
        tree, fault, credit = parse(text), None, None
        try:
            start_afresh()
            self.link = self._link(channel, follow)
            credit = self._run(tree, text, place, names)
        except BaseException as error:
            fault = fault_of(error)
            if isinstance(error, Lost):
                (self.given_up_following if follow else self.given_up).update({error.function} - {""})
        finally:
            if self.link is not None:
                self.link.is_over = True
            has_raised = self.link is not None and self.link.has_raised
            self.link = None
            sys.stdout, sys.stderr = keep
        outputs = self.outputs.take()
        forgotten = self.kept.forget_large(names, self.binds[place], place if names is self.before else ALL_HIDDEN)
        packer = Packer(nothing_else)
        answer = protocol.Tested(
            op="tested",
            fault=fault,
            has_raised=has_raised,
            credit=credit,
            outputs=outputs,
            differing=self.differing,
            forgotten=forgotten if names is self.before else [],  # no hidden test needs what another one binds
        )
        if names is self.before and not follow:
            self._keep_bindings(place, parse(cell["released"]), names, packer, answer)
        channel.close()
        self.channel.send(packer.message(answer), packer.blobs)

    def missed_by(self, names: Namespace, place: int) -> list[ast.stmt]:
        """Return the definitions of a hidden test that `names` lacks because the test has not run in this process."""
        is_hidden = self.cells[place].get("hidden", False)
        is_missed = is_hidden and names is self.after and place not in self.tested
        return definitions(parse(self._text(place))) if is_missed else []

    def _text(self, place: int) -> str:
        cell = self.cells[place]
        return str(cell.get("source", cell["released"]))

    def _run(self, tree: ast.Module, text: str, place: int, names: Namespace) -> float | None:
        """Run a test; return the number that it ends with, if the test process has computed it."""
        if not tree.body and text.strip() and not all(line.strip()[:1] in "#" for line in text.splitlines()):
            compile(text, f"<test {place}>", "exec")  # raises the syntax error
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, f"<test {place}>", "exec"), names)
        if last is None:
            return None
        assert isinstance(last, ast.Expr)
        value = eval(compile(ast.Expression(last.value), f"<test {place}>", "eval"), names)
        is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        if is_number and not 0 <= value < np.inf:
            return 0.0  # a score that is below 0 or cannot be computed
        if not is_number or not value < LARGEST_CREDIT:
            return None
        theirs = self.answers | names.theirs.keys()
        return None if flows_from(theirs, tree, last.value) else float(value)

    def _keep_bindings(
        self, place: int, tree: ast.Module, names: Namespace, packer: Packer, answer: protocol.Tested
    ) -> None:
        """Remember what the released lines have bound, and say it, for later cells of the student."""
        mine = sorted((bound_names(tree.body) & names.keys()) - self.answers)
        bound = {name: dict.__getitem__(names, name) for name in mine}
        bound = {name: value for name, value in bound.items() if not isinstance(value, (Proxy, Handle))}
        self.bound[place] = bound
        answer["definitions"] = "\n".join(ast.unparse(node) for node in definitions(tree))
        rest = bound_names(node for node in tree.body if not isinstance(node, DEFINITIONS))
        plain = {}
        for name in sorted(rest & bound.keys()):
            try:
                Packer(nothing_else).put(bound[name])
            except (CannotCross, RecursionError):
                continue
            plain[name] = bound[name]
        answer["names"], answer["has_names"] = packer.put(plain), bool(plain)

    def compare(self, name: str, ours: Any) -> None:
        """Note a name of a locked cell that has another value in the student's process."""
        if self.link is not None and differs(self.link, name, ours):
            self.differing.append(name)

    def _show(self, output: Output) -> None:
        """Take what the student's code has put out: text goes where the test's own `print` goes."""
        if self.is_mute or not isinstance(output, dict):
            return
        if output.get("output_type") == "stream":
            sys.stdout.write(str(output.get("text")))
        elif output.get("output_type") == "display_data" and isinstance(output.get("data"), dict):
            self.outputs.display("display_data", output["data"], {})


def _nothing_native(node: Node) -> Any:
    raise Malformed("A test has bound something that is not a plain value.")
