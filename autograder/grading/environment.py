"""Words a fault of environment in one sentence: what is missing, and what to write instead."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib.metadata import version

from autograder.engine.environment import NUMPY_1
from autograder.engine.findings import EnvironmentFault, EnvironmentKind

MAY_BE_RIGHT = "The idea may be right:"
OF_TODAY = {
    "print": "print(...) with parentheses", "exec": "exec(...) with parentheses", "except": "except ... as error",
    "0": "numbers without a leading zero", "xrange": "range", "raw_input": "the value itself", "unicode": "str",
    "basestring": "str", "unichr": "chr", "long": "int", "execfile": "exec(open(...).read())",
    "reload": "importlib.reload", "reduce": "functools.reduce", "cmp": "(a > b) - (a < b)", "has_key": "key in d",
    "iteritems": "items", "iterkeys": "keys", "itervalues": "values", "urllib2": "urllib.request", "cPickle": "pickle",
    "StringIO": "io", "Queue": "queue", "ConfigParser": "configparser", "Tkinter": "tkinter", "__builtin__": "builtins",
}  # fmt: skip


def in_words(fault: EnvironmentFault) -> str:
    """Return the sentence on a fault of environment that student and instructor read."""
    return f"{MAY_BE_RIGHT} {SENTENCES[fault.kind](fault.name)}."


def label(fault: EnvironmentFault) -> str:
    """Return a fault of environment in few words, for a list: `old NumPy, np.float`."""
    name = f"np.{fault.name}" if fault.kind is EnvironmentKind.numpy else fault.name
    return f"{fault.kind}, {name}" if name else str(fault.kind)


def _module(name: str) -> str:
    return (
        f"there is no module {name} here; use what the notebook imports, and if it is a file of your own, hand it in "
        "beside the notebook"
    )


def _numpy(name: str) -> str:
    return f"the NumPy of this course, {version('numpy')}, has no np.{name} any more; write {NUMPY_1[name]}"


def _python(name: str) -> str:
    python = ".".join(platform.python_version_tuple()[:2])
    return f"this is Python 2, and here runs Python {python}; write {OF_TODAY[name]}"


def _tabs(_: str) -> str:
    return "some lines are indented with tabs and some with spaces; indent all of them with four spaces"


def _magic(name: str) -> str:
    if name.startswith("%%"):
        return f"what a cell defines that begins with {name} is not there afterwards; delete that line"
    return f"there is no {name} here; delete that line"


def _file(name: str) -> str:
    which = f"the file {name}" if name else "a file that the code opens"
    return f"{which} is not there; hand it in beside the notebook, and open it by its name alone"


def _merge(_: str) -> str:
    return (
        "git has left the marks of a conflict in the cell; keep one of the two versions and delete the lines that "
        "begin with <<<<<<<, ======= and >>>>>>>"
    )


SENTENCES: dict[EnvironmentKind, Callable[[str], str]] = {
    EnvironmentKind.module: _module,
    EnvironmentKind.numpy: _numpy,
    EnvironmentKind.python: _python,
    EnvironmentKind.tabs: _tabs,
    EnvironmentKind.magic: _magic,
    EnvironmentKind.file: _file,
    EnvironmentKind.merge: _merge,
}
