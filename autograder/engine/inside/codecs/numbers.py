"""Exact numbers of the standard library: fractions and decimals, as text of bounded length."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from ..bounds import LONGEST_NUMBER
from ..errors import CannotCross
from ..frames import Malformed
from ..protocol import Node
from .codec import Codec, Reader, Writer

DECIMAL = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?(?:E([+-]?[0-9]{1,9}))?|INFINITY|S?NAN[0-9]*)")


def _write_fraction(writer: Writer, value: Fraction, depth: int) -> Node:
    digits = hex(Fraction.numerator.fget(value)), hex(Fraction.denominator.fget(value))  # type: ignore[attr-defined]
    if max(map(len, digits)) > LONGEST_NUMBER:
        raise CannotCross(
            f"A Fraction of more than {LONGEST_NUMBER} digits cannot be handed over: round it to a float."
        )
    return ["fraction", *digits]


def _read_fraction(reader: Reader, parts: Node, depth: int) -> Fraction:
    numerator, denominator = parts
    if not all(type(digits) is str and len(digits) <= LONGEST_NUMBER for digits in parts):
        raise Malformed("A fraction has more digits than allowed.")
    return Fraction(int(numerator, 16), int(denominator, 16))


def _write_decimal(writer: Writer, value: Decimal, depth: int) -> Node:
    text = Decimal.__str__(value).upper()
    if not _is_short(text):
        raise CannotCross(
            f"A Decimal of more than {LONGEST_NUMBER} digits, before or after its point, cannot be handed over: "
            "make it a float."
        )
    return ["decimal", text]


def _read_decimal(reader: Reader, parts: Node, depth: int) -> Decimal:
    (text,) = parts
    if type(text) is not str or not _is_short(text):
        raise Malformed("A decimal is written in a way that is not allowed.")
    return Decimal(text)


def _is_short(text: str) -> bool:
    """Return whether a text is a decimal that stays small even as a whole number: 1E+999999 would not."""
    found = DECIMAL.fullmatch(text) if len(text) <= LONGEST_NUMBER else None
    return found is not None and abs(int(found[1] or 0)) <= LONGEST_NUMBER


fractions = Codec("fraction", (Fraction,), _write_fraction, _read_fraction)
decimals = Codec("decimal", (Decimal,), _write_decimal, _read_decimal)
CODECS = (fractions, decimals)
