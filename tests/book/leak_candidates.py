"""Takes code blocks apart into candidates: expressions, alone or after the statements before them.

A candidate says nothing yet about what it computes; `leak_expressions` finds that out. What a page calls and a student
could not (the reference, for example) counts as a free name of its own, and so may a number in an expression.
"""

from __future__ import annotations

import ast
import builtins
import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

PLAIN = ["len", "range", "sum", "zip", "max", "min", "abs", "enumerate", "float", "int", "list", "tuple", "dict"]
PLAIN += ["sorted", "reversed", "round", "bool", "map"]
BUILTINS = {name: getattr(builtins, name) for name in PLAIN}
METHODS = {name for kind in (np.ndarray, dict, list) for name in dir(kind)}
OPERATIONS = (ast.BinOp, ast.Call, ast.Compare, ast.UnaryOp, ast.Subscript, ast.DictComp, ast.ListComp, ast.IfExp)
SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For)
MOST_BEFORE, MOST_NAMES = 3, 5


@dataclass
class Candidate:
    """Some statements, perhaps none, and an expression, with the names that have to be bound."""

    before: list[ast.stmt]
    value: ast.expr
    text: str
    names: tuple[str, ...] = ()
    key: str = ""
    places: set[tuple[str, int]] = field(default_factory=set)

    @cached_property
    def mutates(self) -> bool:
        """Whether it may change an array; `np.add.at` changes even one that is not writeable."""
        if ".at(" in self.text:
            return True
        nodes = [node for statement in self.before for node in ast.walk(statement)]
        stored = (node for node in nodes if isinstance(getattr(node, "ctx", None), ast.Store))
        return any(isinstance(node, ast.AugAssign) for node in nodes) or any(
            isinstance(node, ast.Subscript) for node in stored
        )

    def code(self) -> tuple[Any, Any]:
        """Return the compiled statements (None if there are none) and the compiled expression."""
        module = ast.fix_missing_locations(ast.Module(self.before, []))
        first = compile(module, "<before>", "exec") if self.before else None
        return first, compile(ast.fix_missing_locations(ast.Expression(self.value)), "<value>", "eval")


class _Atoms(ast.NodeTransformer):
    """Puts a name in the place of what a student could not call, and of `caches["A1"]`, `P[2]`, `layer.W`."""

    def __init__(self, known: set[str]) -> None:
        self.known = known
        self.found: dict[str, str] = {}
        self.foreign = False

    def _atom(self, node: ast.AST) -> ast.Name:
        kind = "call" if isinstance(node, ast.Call) else "atom"
        name = self.found.setdefault(ast.unparse(node), f"{kind}{len(self.found)}")
        return ast.Name(name, ast.Load())

    def _is_free(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id not in self.known

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        constant = isinstance(node.slice, (ast.Constant, ast.JoinedStr))
        if isinstance(node.ctx, ast.Load) and constant and self._is_free(node.value):
            return self._atom(node)
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if self._is_free(node.value) and node.attr not in METHODS:
            self.foreign = True
            return self._atom(node)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        called = node.func
        foreign = isinstance(called, ast.Attribute) and self._is_free(called.value) and called.attr not in METHODS
        if not foreign and not self._is_free(called):
            return self.generic_visit(node)
        self.foreign = True
        return self._atom(node)


class _Number(ast.NodeTransformer):
    """Puts the name `number` in the place of one number, or `count` if it is an integer."""

    def __init__(self, value: float) -> None:
        self.value = value

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        same = type(node.value) is type(self.value) and node.value == self.value
        return ast.Name("count" if isinstance(self.value, int) else "number", ast.Load()) if same else node


class _Renamed(ast.NodeTransformer):
    """Gives names other names."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self.names.get(node.id, node.id), node.ctx)


def functions_on(blocks: list[str]) -> dict[str, Any]:
    """Return the functions that the blocks define at their top, each made without running anything else."""
    found: dict[str, Any] = {"np": np}
    for tree in map(_parsed, blocks):
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and not node.decorator_list and not node.args.defaults:
                exec(compile(ast.Module([node], []), "<function>", "exec"), found)
    return {name: value for name, value in found.items() if name not in ("np", "__builtins__")}


def candidates(page: str, blocks: list[str], known: set[str]) -> Iterator[Candidate]:
    """Yield the candidates of a page's blocks; `known` are the names of what can be called."""
    for number, tree in enumerate(map(_parsed, blocks)):
        seen: set[str] = set()
        for node in ast.walk(tree):
            for body in (getattr(node, name, None) for name in ("body", "orelse")):
                for one in _of_body(body) if isinstance(body, list) else ():
                    if one.text not in seen:
                        seen.add(one.text)
                        yield from _forms(one, known | set(PLAIN) | {"np"}, (page, number))


def _parsed(block: str) -> ast.Module:
    try:
        return ast.parse(block)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def _of_body(body: list[ast.stmt]) -> Iterator[Candidate]:
    for i, statement in enumerate(body):
        for value in _values(statement):
            yield Candidate([], value, ast.unparse(value))
        for n in range(1, min(MOST_BEFORE, i) + 1):
            before = body[i - n : i]
            if not all(isinstance(one, SIMPLE) for one in before) or not _stands_alone(before):
                break
            yield from _after(before, statement)


def _stands_alone(statements: list[ast.stmt]) -> bool:
    """Return whether statements run outside of a function: none of them returns, say."""
    try:
        compile(ast.fix_missing_locations(ast.Module(statements, [])), "<statements>", "exec")
    except SyntaxError:
        return False
    return True


def _after(before: list[ast.stmt], statement: ast.stmt) -> Iterator[Candidate]:
    """Yield what a statement computes from the statements before it."""
    later: set[str] = set().union(*(_names(one, ast.Load) for one in before[1:]), set())
    text = "\n".join(map(ast.unparse, before))
    for value in _values(statement):
        if _names(before[0], ast.Store) & (later | _names(value, ast.Load)):
            yield Candidate(before, value, f"{text}\n{ast.unparse(value)}")
    if isinstance(statement, (ast.AugAssign, ast.Assign)):
        for name in _names(statement, ast.Store) | _changed(statement):
            yield Candidate([*before, statement], ast.Name(name, ast.Load()), f"{text}\n{ast.unparse(statement)}")


def _changed(statement: ast.AugAssign | ast.Assign) -> set[str]:
    targets = [statement.target] if isinstance(statement, ast.AugAssign) else statement.targets
    return {one.value.id for one in targets if isinstance(one, ast.Subscript) and isinstance(one.value, ast.Name)}


def _values(statement: ast.stmt) -> Iterator[ast.expr]:
    """Yield the parts of a statement's expressions in which something is computed."""
    for name, field_value in ast.iter_fields(statement):
        if name in ("body", "orelse"):
            continue
        for root in field_value if isinstance(field_value, list) else [field_value]:
            for node in ast.walk(root) if isinstance(root, ast.AST) else ():
                stored = isinstance(getattr(node, "ctx", None), ast.Store)
                if isinstance(node, (*OPERATIONS, ast.Tuple, ast.List, ast.Dict)) and not stored:
                    yield node


def _names(tree: ast.AST, kind: type[ast.expr_context]) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, kind)}


def _forms(one: Candidate, known: set[str], place: tuple[str, int]) -> Iterator[Candidate]:
    """Yield a candidate as it stands, with atoms, and with one of its numbers as a name."""
    stored = set().union(*(_names(statement, ast.Store) for statement in one.before), set())
    plain = one.before, one.value
    atoms = _Atoms(known | stored | _inside(one.value))
    forms = [_visited(atoms, *plain)]
    if atoms.found and not atoms.foreign:
        forms.append(plain)
    for before, value in forms:
        yield from _named(Candidate(before, value, one.text, places={place}), known)
        for number in sorted(_numbers(before, value), key=str)[:3]:
            changed = _visited(_Number(number), before, value)
            yield from _named(Candidate(*changed, one.text, places={place}), known)


def _visited(visitor: ast.NodeTransformer, before: list[ast.stmt], value: ast.expr) -> tuple[list[ast.stmt], ast.expr]:
    before, value = pickle.loads(pickle.dumps((before, value)))
    return [visitor.visit(statement) for statement in before], visitor.visit(value)


def _numbers(before: list[ast.stmt], value: ast.expr) -> set[float]:
    constants = [node.value for tree in (*before, value) for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    whole = {number for number in constants if type(number) is int and number > 2}
    return whole | {number for number in constants if type(number) is float and 1e-4 < number < 1}


def _inside(value: ast.expr) -> set[str]:
    """Return the names that comprehensions and lambdas inside an expression bind."""
    arguments = {node.arg for node in ast.walk(value) if isinstance(node, ast.arg)}
    return _names(value, ast.Store) | arguments


def _named(one: Candidate, known: set[str]) -> Iterator[Candidate]:
    """Yield the candidate with its free names, unless it has none or too many."""
    free: list[str] = []
    bound: set[str] = set()
    for statement in one.before:
        changed = isinstance(statement, ast.AugAssign) and _names(statement.target, ast.Store)
        loads = _names(statement, ast.Load) | (changed or set())
        inner = _names(statement, ast.Store) if isinstance(statement, ast.For) else set()
        free += sorted(loads - bound - known - inner - set(free) - _bound_in(statement))
        bound |= _names(statement, ast.Store)
    free += sorted(_names(one.value, ast.Load) - bound - known - set(free) - _inside(one.value))
    computes = one.before or any(isinstance(node, OPERATIONS) for node in ast.walk(one.value))
    if computes and 0 < len(free) <= MOST_NAMES:
        one.names, one.key = tuple(free), _key(one, free)
        yield one


def _bound_in(statement: ast.stmt) -> set[str]:
    scopes = (ast.DictComp, ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.Lambda)
    return set().union(*(_inside(node) for node in ast.walk(statement) if isinstance(node, scopes)), set())


def _key(one: Candidate, free: list[str]) -> str:
    short = _Renamed(
        {
            name: f"{name[:4] if name.startswith('call') else 'v'}{number}"
            for number, name in enumerate(free)
            if name not in ("number", "count")
        }
    )
    before, value = _visited(short, one.before, one.value)
    return "\n".join(map(ast.unparse, (*before, value)))
