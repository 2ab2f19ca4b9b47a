"""What Python does with objects without a name for it, as far as a test may let the student's process do it.

None of these is told a value of the test's: the operands are all the student's own.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

ALONE: dict[str, Callable[..., Any]] = {
    "len": len,
    "bool": bool,
    "int": int,
    "float": float,
    "complex": complex,
    "index": operator.index,
    "abs": abs,
    "neg": operator.neg,
    "pos": operator.pos,
    "invert": operator.invert,
    "trunc": math.trunc,
}
COMPARISONS = {name: getattr(operator, name) for name in ("lt", "le", "gt", "ge")}
CALCULATIONS = {
    name: getattr(operator, f"__{name}__")
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor")
}
OTHERS: dict[str, Callable[..., Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "hash": hash,
    "round": round,
    "repr": repr,
    "str": str,
    "isinstance": lambda kind, value: isinstance(value, kind),
    "issubclass": lambda kind, other: issubclass(other, kind),
}
OPERATIONS = {**ALONE, **COMPARISONS, **CALCULATIONS, **OTHERS}
