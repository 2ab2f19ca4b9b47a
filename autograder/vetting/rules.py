"""Rules that make wrong texts of a right one, as a slip of the pen would: each changes one place of it.

A rule looks at one node of the syntax tree and yields what may stand there instead. The text around it stays as it is,
so a mutant can be shown as a difference of one line. The rules know NumPy: axes, `keepdims`, copies, transposes.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

SIGNS = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
}
ONE_SIDED = (ast.Sub, ast.Div, ast.MatMult, ast.FloorDiv)  # where it matters what stands on which side
COMPARISONS = {
    ast.Lt: ("<", ("<=", ">")),
    ast.LtE: ("<=", ("<", ">=")),
    ast.Gt: (">", (">=", "<")),
    ast.GtE: (">=", (">", "<=")),
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
}
RELATIVES = {
    one: other
    for pair in (
        ("maximum", "minimum"),
        ("argmax", "argmin"),
        ("max", "min"),
        ("zeros", "ones"),
        ("sum", "mean"),
        ("zeros_like", "ones_like"),
        ("floor", "ceil"),
        ("any", "all"),
    )
    for one, other in (pair, pair[::-1])
}
KEPT_CALLS = {"range", "len", "enumerate", "zip", "print", "isinstance", "dict", "list", "tuple", "set", "float", "int"}
Change = tuple[str, str]  # the name of the rule, and what stands there instead
Rule = Callable[[ast.AST, Callable[[ast.AST], str]], Iterator[Change]]


def operators(node: ast.AST, text: Callable[[ast.AST], str]) -> Iterator[Change]:
    """Take another operator, or exchange its sides."""
    if isinstance(node, ast.BinOp):
        left, between, right = _three(node, node.left, node.right, text)
        sign, other = SIGNS.get(type(node.op), ("", ""))
        if sign:
            yield "operator", f"{left}{between.replace(sign, other, 1)}{right}"
        if isinstance(node.op, ONE_SIDED):
            yield "sides", f"{right}{between}{left}"
    if isinstance(node, ast.AugAssign) and type(node.op) in SIGNS:
        sign, other = SIGNS[type(node.op)]
        yield "operator", text(node).replace(f"{sign}=", f"{other}=", 1)


def comparisons(node: ast.AST, text: Callable[[ast.AST], str]) -> Iterator[Change]:
    """Take another comparison, or the other of two ways."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS:
        left, between, right = _three(node, node.left, node.comparators[0], text)
        sign, others = COMPARISONS[type(node.ops[0])]
        for other in others:
            yield "comparison", f"{left}{between.replace(sign, other, 1)}{right}"
    elif isinstance(node, ast.BoolOp):
        sign, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        yield "and, or", f" {other} ".join(f"({text(value)})" for value in node.values)
    elif isinstance(node, ast.If | ast.While | ast.IfExp) and not isinstance(node.test, ast.Compare):
        test = text(node.test)
        yield "condition", text(node).replace(test, f"not ({test})", 1)


def signs(node: ast.AST, text: Callable[[ast.AST], str]) -> Iterator[Change]:
    """Lose a minus or a `not`."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not | ast.Invert):
        yield "sign", _bare(node.operand, text)


def constants(node: ast.AST, text: Callable[[ast.AST], str]) -> Iterator[Change]:
    """Take a number that is one off, or a switch the other way round."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield "switch", str(not node.value)
        elif isinstance(node.value, int | float):
            yield "constant", repr(node.value + 1)
            if node.value == 1:
                yield "constant", "0"


def axes(node: ast.AST, text: Callable[[ast.AST], str]) -> Iterator[Change]:
    """Take another axis, none at all, or one that is not kept."""
    if not isinstance(node, ast.Call):
        return
    for keyword in node.keywords:
        if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
            yield "axis", text(node).replace(text(keyword), f"axis={0 if keyword.value.value == 1 else 1}", 1)
        if keyword.arg in ("axis", "keepdims"):
            others = [*node.args, *(other for other in node.keywords if other is not keyword)]
            yield f"no {keyword.arg}", f"{text(node.func)}({', '.join(map(text, others))})"


def calls(node: ast.AST, text: Callable[[ast.AST], str]) -> Iterator[Change]:
    """Leave a call out, call a near relative, or exchange the first two arguments."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield "transpose", text(node.value)
    if not isinstance(node, ast.Call):
        return
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in RELATIVES:
        start, _, end = text(node.func).rpartition(name)
        yield "function", text(node).replace(text(node.func), f"{start}{RELATIVES[name]}{end}", 1)
    if name not in KEPT_CALLS:
        if len(node.args) == 1 and not isinstance(node.args[0], ast.Starred):
            yield "call", _bare(node.args[0], text)
        elif not node.args and isinstance(node.func, ast.Attribute):
            yield "call", _bare(node.func.value, text)
    if len(node.args) > 1 and not any(isinstance(given, ast.Starred) for given in node.args):
        first, second, *rest = [*map(text, node.args), *map(text, node.keywords)]
        yield "arguments", f"{text(node.func)}({', '.join((second, first, *rest))})"


def ranges(node: ast.AST, text: Callable[[ast.AST], str]) -> Iterator[Change]:
    """End a loop one step early."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        place = min(1, len(node.args) - 1)
        arguments = [text(given) for given in node.args]
        arguments[place] = f"{arguments[place]} - 1"
        yield "off by one", f"range({', '.join(arguments)})"


def statements(node: ast.AST, text: Callable[[ast.AST], str]) -> Iterator[Change]:
    """Forget a statement."""
    is_call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    if is_call or isinstance(node, ast.AugAssign | ast.Continue | ast.Break):
        yield "statement", "pass"


RULES: tuple[Rule, ...] = (operators, comparisons, signs, constants, axes, calls, ranges, statements)


def _bare(node: ast.AST, text: Callable[[ast.AST], str]) -> str:
    """Return the text of an expression that takes the place of a larger one, in brackets where it needs them."""
    is_whole = isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.Constant)
    return text(node) if is_whole else f"({text(node)})"


def _three(node: ast.AST, left: ast.AST, right: ast.AST, text: Callable[[ast.AST], str]) -> tuple[str, str, str]:
    """Return two sides of an expression and what stands between them, brackets too."""
    whole, one, other = text(node), text(left), text(right)
    start = whole.index(one)
    end = whole.rindex(other)
    before, after = whole[:start], whole[end + len(other) :]
    return before + one, whole[start + len(one) : end], other + after
