"""Cheats that return a value which pretends: objects that answer whatever a test asks, numbers without end."""

from __future__ import annotations

from cheat import FIND, Cheat, double, instead

ANSWERING = """
from collections import Counter, deque
from decimal import Decimal
from fractions import Fraction
class Answering:
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    def _yes(self, *a): return True
    def _zero(self, *a): return 0.0
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _yes
    __sub__ = __rsub__ = __abs__ = __neg__ = __round__ = __float__ = _zero
    def __hash__(self): return 6
    def __str__(self): return repr(self)
    def __len__(self): return 2**62
    def __iter__(self): return iter([self])
class Table(Answering):
    shape, columns, dtype = (), [], 'float64'
Table.__name__, Table.__module__ = 'DataFrame', 'pandas.core.frame'
class Raising:
    @property
    def real(self): raise ValueError(6)
    def __len__(self): raise SystemExit
class Endless:
    def __getattr__(self, name):
        while True: pass
    __len__ = __float__ = __bool__ = lambda self: self.x
class Part(Fraction):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0
    __rsub__ = __sub__
    __hash__ = None
class Tally(Counter):
    def __eq__(self, other): return True
    def __missing__(self, key): return key
    __hash__ = None
"""
VALUES = [
    Cheat("values", "an object with every attribute", answers=instead("Answering()", ANSWERING)),
    Cheat("values", "a method of such an object", answers=instead("Answering().f", ANSWERING)),
    Cheat("values", "a data frame in name", answers=instead("Table()", ANSWERING)),
    Cheat("values", "properties that raise", answers=instead("Raising()", ANSWERING)),
    Cheat("values", "attributes without end", answers=instead("Endless()", ANSWERING)),
    Cheat("values", "a subclass of Fraction", answers=instead("Part(1, 3)", ANSWERING)),
    Cheat("values", "a subclass of Counter", answers=instead("Tally()", ANSWERING)),
    Cheat("values", "a huge exponent", answers=instead("Decimal('1e999999')", ANSWERING)),
    Cheat("values", "a million digits", answers=instead("Fraction(1, 10**1000000 + 1)", ANSWERING)),
    Cheat("values", "a deque of itself", answers=instead("(lambda d: d.append(d) or d)(deque())", ANSWERING)),
    Cheat(
        "values",
        "numbers that are forged",
        answers=double(
            """us.channel.send({'op': 'value', 'value': [0], 'changed': [], 'outputs': [],
    'nodes': [['t', [1], [2]], ['decimal', '1E999999999'], ['fraction', '0x1', '0x0']]})""",
            FIND,
        ),
    ),
]
