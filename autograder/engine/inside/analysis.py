"""What code says about names: which it binds, which it uses, which of the instructor's depend on the student's code.

It reads syntax trees only and runs nothing. A student's text takes `skim`, whose work is bounded.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from .bounds import LONGEST_SKIMMED

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
COMPARING = {"allclose", "array_equal", "array_equiv", "equal", "greater", "isclose", "less", "not_equal"}  # NumPy's
MOST_REMEMBERED = 2048  # cells
NOT_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)


def parse(source: str) -> ast.Module:
    """Return the tree of an instructor's cell, magics included, as it can be run; an empty tree if it is not Python."""
    return _tree(source) or _tree(_transformed(source)) or ast.Module([], [])


def skim(source: str) -> ast.Module:
    """Return the tree of a text by anybody, to read names in: magics do nothing in it, and it is never run.

    It is empty if the text is not Python, or longer than anybody writes: IPython's own way of reading magics takes the
    square of their number, so they are only taken out here.
    """
    if len(source) > LONGEST_SKIMMED or source.lstrip().startswith("%%"):
        return ast.Module([], [])
    return _tree(source) or _tree("\n".join(map(_without_magic, source.split("\n")))) or ast.Module([], [])


def _tree(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except NOT_PYTHON:
        return None


def _transformed(source: str) -> str:
    """Return a cell as IPython runs it; what IPython cannot read stays as it is."""
    from IPython.core.inputtransformer2 import TransformerManager  # most cells do without

    try:
        return str(TransformerManager().transform_cell(source))
    except (*NOT_PYTHON, RuntimeError):
        return source


def _without_magic(line: str) -> str:
    """Return a line without what only IPython knows: magics, help, calls without parentheses, prompts of a console."""
    text = line.lstrip(" \t")
    indent = line[: len(line) - len(text)]
    text = next((text.removeprefix(prompt) for prompt in (">>> ", "... ") if text.startswith(prompt)), text)
    if text[:1] in ("%", "!", "?", "/", ",", ";") or text.rstrip().endswith("?"):
        return f"{indent}pass"
    names, sign, value = text.partition("=")
    return f"{indent}{names}= None" if sign and value.lstrip()[:1] in ("%", "!") else indent + text


def bound_names(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names that statements bind at top level: assignments, definitions, imports, loops, `with`."""
    found, waiting = set[str](), list(nodes)
    while waiting:  # no function calls itself here: an expression may be deeper than Python lets functions be
        names, inside = _binds(waiting.pop())
        found |= names
        waiting += inside
    return found


@lru_cache(MOST_REMEMBERED)
def names_bound_by(source: str) -> frozenset[str]:
    """Return the names that a cell of the instructor's binds; every submission has the same cells."""
    return frozenset(bound_names(parse(source).body))


def used_names(nodes: Iterable[ast.AST]) -> set[str]:
    """Return all names that occur in statements, in functions that they define too."""
    return {child.id for node in nodes for child in ast.walk(node) if isinstance(child, ast.Name)}


def definitions(tree: ast.Module) -> list[ast.stmt]:
    """Return the imports and definitions of a cell."""
    return [node for node in tree.body if isinstance(node, DEFINITIONS)]


def does_something(tree: ast.Module) -> bool:
    """Return whether a text has statements that do anything: more than comments, strings and `pass`."""
    return any(
        not isinstance(node, ast.Pass) and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in tree.body
    )


@dataclass(frozen=True)
class Locked:
    """A locked cell: its definitions, which every process has, and the rest, if a test may compute it itself."""

    definitions: list[ast.stmt]
    rest: list[ast.stmt]
    names: frozenset[str]


def locked_cells(
    trees: dict[int, ast.Module], answers: frozenset[str], tests: Iterable[ast.Module]
) -> dict[int, Locked]:
    """Return what each locked cell gives to tests; a cell that calls a student's function gives its definitions only.

    Parameters
    ----------
    trees
        The locked cells by their place in the notebook.
    answers
        Names that the student defines.
    tests
        The released lines of test cells: what they bind was made with the student's functions.
    """
    theirs = set(answers) | {name for tree in tests for name in bound_names(tree.body)}
    size = -1
    while size != len(theirs):  # a function that calls a function that calls the student's ...
        size = len(theirs)
        for tree in trees.values():
            for node in definitions(tree):
                if used_names([node]) & theirs and not isinstance(node, (ast.Import, ast.ImportFrom)):
                    theirs |= bound_names([node])
            rest = _rest(tree)
            if used_names(rest) & theirs:
                theirs |= bound_names(rest)
    found = {}
    for place, tree in trees.items():
        rest = _rest(tree)
        ours = not used_names(rest) & theirs
        names = bound_names(rest) if ours else set()
        found[place] = Locked(definitions(tree), rest if ours else [], frozenset(names))
    return found


def _rest(tree: ast.Module) -> list[ast.stmt]:
    return [node for node in tree.body if not isinstance(node, DEFINITIONS)]


def flows_from(names: Iterable[str], tree: ast.Module, value: ast.expr) -> bool:
    """Return whether an expression hands on what names stand for, as it is or converted: `f(1)`, `float(f(1))`, `r`.

    A comparison, one by a function of NumPy's too, or a function of the cell's own makes something new of it.
    """
    theirs, own = set(names), bound_names(definitions(tree))

    def flows(node: ast.AST) -> bool:
        if isinstance(node, ast.Name):
            return node.id in theirs
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in own:
                return False
            if isinstance(node.func, ast.Attribute) and node.func.attr in COMPARING and not flows(node.func.value):
                return False
            return flows(node.func) or any(map(flows, node.args))
        if isinstance(node, (ast.Compare, ast.Lambda)):
            return False
        if isinstance(node, ast.IfExp):
            return flows(node.body) or flows(node.orelse)
        return any(map(flows, ast.iter_child_nodes(node)))

    for statement in tree.body:
        given = getattr(statement, "value", None)
        if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and given is not None and flows(given):
            theirs |= bound_names([statement])
    return flows(value)


def _binds(node: ast.AST) -> tuple[set[str], Iterable[ast.AST]]:
    """Return the names that a node binds by itself, and the nodes in it that may bind some in the same namespace."""
    inside: Iterable[ast.AST] = ast.iter_child_nodes(node)
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}, ()
        case ast.Lambda():
            return set(), ()
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            walrus = (inner.target.id for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr))
            return set(walrus), ()
        case ast.Name(id=name, ctx=ast.Store()):
            return {name}, ()
        case ast.Import() | ast.ImportFrom():
            bound = (alias.asname or alias.name.split(".")[0] for alias in node.names)
            return {name for name in bound if name != "*"}, ()
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            return {name}, inside
        case ast.ExceptHandler(body=body):  # the name of the exception is gone after the handler
            return set(), body
    return set(), inside
