"""Says of an exception that it comes from code for another Python or NumPy: such an answer is old, not wrong.

It reads the sentence that is shown of the exception and nothing else, so it tells no more than that one does.
"""

from __future__ import annotations

import platform
import re
from importlib.metadata import version

PYTHON = "This is Python 2; here runs Python {python}."
NUMPY = "The NumPy of this course, {numpy}, has no np.{name} any more{instead}."
PYTHON_2 = [
    r"Missing parentheses in call to '(?:print|exec)'",
    r"multiple exception types must be parenthesized",
    r"leading zeros in decimal integer literals are not permitted",
    r"name '(?:xrange|raw_input|unicode|basestring|unichr|long|execfile|reload|reduce|cmp)' is not defined",
    r"'dict' object has no attribute '(?:has_key|iteritems|iterkeys|itervalues)'",
    r"(?:No module named|no module) '(?:urllib2|cPickle|StringIO|Queue|ConfigParser|Tkinter|__builtin__)'",
]
NUMPY_1 = {
    "int": "int", "float": "float", "complex": "complex", "object": "object", "str": "str",
    "unicode": "str", "float_": "np.float64", "complex_": "np.complex128", "Inf": "np.inf",
    "infty": "np.inf", "NaN": "np.nan", "product": "np.prod", "cumproduct": "np.cumprod", "alltrue": "np.all",
    "sometrue": "np.any", "round_": "np.round", "trapz": "np.trapezoid", "in1d": "np.isin",
    "asfarray": "np.asarray",
}  # fmt: skip
FROM_PYTHON_2 = re.compile("|".join(PYTHON_2))
FROM_NUMPY_1 = re.compile(r"module 'numpy' has no attribute '(\w{1,40})'|`np\.(\w{1,40})` was removed in the NumPy 2")


def remark(shown: str) -> str:
    """Return a sentence to put behind what is shown of an exception, or an empty text."""
    if FROM_PYTHON_2.search(shown):
        return PYTHON.format(python=".".join(platform.python_version_tuple()[:2]))
    found = FROM_NUMPY_1.search(shown)
    name = (found[1] or found[2]) if found else ""
    return NUMPY.format(numpy=version("numpy"), name=name, instead=f": use {NUMPY_1[name]}") if name in NUMPY_1 else ""


def with_remark(shown: str) -> str:
    """Return what is shown of an exception with the sentence behind it, if there is one."""
    return f"{shown}{'' if shown.endswith('.') else '.'} {said}" if (said := remark(shown)) else shown
