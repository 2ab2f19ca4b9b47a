"""Tells a fault of environment from a fault of idea: code for another Python, NumPy or machine is not wrong, but old.

It reads what is said of an exception and nothing else, so it tells no more than that does.
"""

from __future__ import annotations

import re

from autograder.engine.findings import EnvironmentFault, EnvironmentKind

NUMPY = re.compile(r"module 'numpy' has no attribute '(\w{1,40})'|`np\.(\w{1,40})` was removed in the NumPy 2")
NUMPY_1 = {
    "int": "int", "float": "float", "complex": "complex", "object": "object", "str": "str", "bool8": "np.bool",
    "unicode": "str", "float_": "np.float64", "complex_": "np.complex128", "longfloat": "np.longdouble",
    "singlecomplex": "np.complex64", "int0": "np.intp", "string_": "np.bytes_", "unicode_": "np.str_",
    "Inf": "np.inf", "Infinity": "np.inf", "infty": "np.inf", "PINF": "np.inf", "NINF": "-np.inf", "NaN": "np.nan",
    "product": "np.prod", "cumproduct": "np.cumprod", "alltrue": "np.all", "sometrue": "np.any",
    "round_": "np.round", "trapz": "np.trapezoid", "in1d": "np.isin", "asfarray": "np.asarray", "mat": "np.asmatrix",
    "msort": "np.sort", "asscalar": "the method item", "cast": "the method astype",
}  # fmt: skip
PYTHON_2 = {
    r"Missing parentheses in call to 'print'": "print",
    r"Missing parentheses in call to 'exec'": "exec",
    r"multiple exception types must be parenthesized": "except",
    r"leading zeros in decimal integer literals are not permitted": "0",
    r"name '(xrange|raw_input|unicode|basestring|unichr|long|execfile|reload|reduce|cmp)' is not defined": "",
    r"'dict' object has no attribute '(has_key|iteritems|iterkeys|itervalues)'": "",
    r"(?:No module named|no module) '(urllib2|cPickle|StringIO|Queue|ConfigParser|Tkinter|__builtin__)'": "",
}
OTHERS = {
    EnvironmentKind.module: r"(?:No module named|no module) '([\w.]{1,80})'",
    EnvironmentKind.tabs: r"^TabError\b()",
    EnvironmentKind.magic: r"^UsageError: (?:Line|Cell) magic function `(%{1,2}\w{1,40})",
    EnvironmentKind.file: r"^FileNotFoundError\b(?:.*'([^'\n]{1,80})')?",
}
MERGE_MARK = re.compile(r"(?:<{7}|>{7}) |={7}$")
CELL_MAGIC = re.compile(r"\s*(%%\w{1,40})")


def fault_of(said: str) -> EnvironmentFault | None:
    """Return which fault of environment an exception is, from its name and what is said of it; None for others."""
    for pattern, name in PYTHON_2.items():
        if found := re.search(pattern, said):
            return EnvironmentFault(EnvironmentKind.python, name or found[1])
    if found := NUMPY.search(said):
        name = found[1] or found[2]
        return EnvironmentFault(EnvironmentKind.numpy, name) if name in NUMPY_1 else None
    for kind, pattern in OTHERS.items():
        if found := re.search(pattern, said):
            return EnvironmentFault(kind, found[1] or "")
    return None


def fault_of_line(text: str) -> EnvironmentFault | None:
    """Return the fault of environment of a line that is not Python: a mark of git where two versions meet."""
    return EnvironmentFault(EnvironmentKind.merge, text[:7]) if MERGE_MARK.match(text) else None


def fault_of_cell(text: str) -> EnvironmentFault | None:
    """Return the fault of environment of a cell that ran well and defines nothing: a magic runs it apart."""
    found = CELL_MAGIC.match(text)
    return EnvironmentFault(EnvironmentKind.magic, found[1]) if found else None
