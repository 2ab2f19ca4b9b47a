"""What code of the instructor's says about names: which it binds, which it uses, which depend on the student's code.

It reads syntax trees only and runs nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


def parse(source: str) -> ast.Module:
    """Return the tree of a cell's text, magics included; an empty tree if it is not Python."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    from IPython.core.inputtransformer2 import TransformerManager  # most cells do without

    try:
        return ast.parse(TransformerManager().transform_cell(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def bound_names(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names that statements bind at top level: assignments, definitions, imports, loops, `with`."""
    found = _Bindings()
    for node in nodes:
        found.visit(node)
    return found.names


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

    A comparison, or a function of the cell's own, makes something new of it.
    """
    theirs, own = set(names), bound_names(definitions(tree))

    def flows(node: ast.AST) -> bool:
        if isinstance(node, ast.Name):
            return node.id in theirs
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in own:
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


class _Bindings(ast.NodeVisitor):
    """Collects what is bound in the namespace that a statement runs in: not inside functions and classes."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        self.names.add(node.name)

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _definition  # noqa: N815 - ast fixes the names

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Pass by a lambda: it binds nothing outside itself."""

    def _comprehension(self, node: ast.AST) -> None:
        walrus = (inner.target.id for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr))
        self.names.update(walrus)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension  # noqa: N815

    def visit_Name(self, node: ast.Name) -> None:
        """Note a name that is assigned to."""
        if isinstance(node.ctx, ast.Store):
            self.names.add(node.id)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        bound = (alias.asname or alias.name.split(".")[0] for alias in node.names)
        self.names.update(name for name in bound if name != "*")

    visit_Import = visit_ImportFrom = _import  # noqa: N815

    def _capture(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self.names.update([node.name] if node.name else [])
        self.generic_visit(node)

    visit_MatchAs = visit_MatchStar = _capture  # noqa: N815

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        """Pass by the name of an exception: it is gone after the handler."""
        for statement in node.body:
            self.visit(statement)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        """Note the name of the rest of a mapping pattern."""
        self.names.update([node.rest] if node.rest else [])
        self.generic_visit(node)
