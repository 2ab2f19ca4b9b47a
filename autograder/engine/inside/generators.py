"""Whether drawing numbers leads a random number generator of NumPy from one state to another.

A test that hands its own generator to a student's function goes on with what comes back. It believes only what drawing
leads to: else its next inputs could be made to order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .twister import State, leads_to, numpy_normal

MOST_DRAWN = 2**24  # numbers that a function may have drawn
MOST_SEARCHED = 2**16  # of the last of them, in one of which the second half of 64 bits is looked for
WHOLE = 2**128 - 1
MULTIPLIERS = {"PCG64": 0x2360ED051FC65DA44385DF649FCCF645, "PCG64DXSM": 0xDA942042E4DD58B5}
Bits = np.random.BitGenerator


def has_advanced(before: np.random.Generator, after: np.random.Generator) -> bool:
    """Tell whether drawing numbers may have turned one generator into the other."""
    one, other = before.bit_generator, after.bit_generator
    if one.state["bit_generator"] == other.state["bit_generator"] == "MT19937":
        return leads_to(_twister(one.state), _twister(other.state), numpy_normal)
    return _last_drawn(one, other) is not None


def old_one_has_advanced(before: np.random.RandomState, after: np.random.RandomState) -> bool:
    """Tell the same of a generator of the old kind, which also keeps the second of a pair of normal numbers."""
    one, other = before.get_state(legacy=False), after.get_state(legacy=False)
    if one["bit_generator"] == other["bit_generator"] == "MT19937":
        return leads_to(_twister(one), _twister(other), numpy_normal)
    last = _last_drawn(before._bit_generator, after._bit_generator)
    if last is None:
        return False
    if not other["has_gauss"] or (one["has_gauss"] and one["gauss"] == other["gauss"]):
        return True
    uniform = (last >> np.uint64(11)) / 2.0**53
    kept = numpy_normal(uniform[:-1], uniform[1:])
    return bool(np.isclose(kept, other["gauss"], rtol=1e-9, atol=1e-12).any())


def _last_drawn(before: Bits, after: Bits) -> NDArray[np.uint64] | None:
    """Return the last numbers of 64 bits that were drawn on the way from one state to another; None for no way."""
    one, other = before.state, after.state
    name = one["bit_generator"]
    if name != other["bit_generator"] or name == "MT19937":
        return None
    drawn = {"SFC64": _drawn_from_sfc, "Philox": _drawn_from_philox}.get(name, _drawn_from_pcg)(one, other)
    if drawn is None or drawn > MOST_DRAWN:
        return None
    start = _copy(before)
    _skip(start, max(0, drawn - MOST_SEARCHED))
    last = np.asarray(start.random_raw(min(drawn, MOST_SEARCHED)), np.uint64)
    return last if _is_as_drawn(name, start.state, other) and _half_is_drawn(one, other, last) else None


def _is_as_drawn(name: str, found: Mapping[str, Any], claimed: Mapping[str, Any]) -> bool:
    """Tell whether a state is as it was said to be, but for the kept half."""
    parts = ("buffer", "buffer_pos") if name == "Philox" else ()
    same = all(np.array_equal(found["state"][part], claimed["state"][part]) for part in found["state"])
    return same and all(np.array_equal(found[part], claimed[part]) for part in parts)


def _half_is_drawn(one: Mapping[str, Any], other: Mapping[str, Any], last: NDArray[np.uint64]) -> bool:
    """Tell whether the 32 bits that are kept for later were kept before, or are the upper half of a drawn number."""
    if not other["has_uint32"] or (one["has_uint32"] and one["uinteger"] == other["uinteger"]):
        return True
    return bool((last >> np.uint64(32) == other["uinteger"]).any())


def _drawn_from_pcg(one: Mapping[str, Any], other: Mapping[str, Any]) -> int | None:
    """Return how many steps of a linear congruential generator lie between two states: one bit after the other."""
    now, wanted, plus = one["state"]["state"], other["state"]["state"], one["state"]["inc"]
    if plus != other["state"]["inc"]:
        return None
    times, bit, drawn = MULTIPLIERS[one["bit_generator"]], 1, 0
    while now != wanted and bit <= WHOLE:
        if (now ^ wanted) & bit:
            now, drawn = (now * times + plus) & WHOLE, drawn | bit
        times, plus, bit = times * times & WHOLE, (times + 1) * plus & WHOLE, bit << 1
    return drawn


def _drawn_from_sfc(one: Mapping[str, Any], other: Mapping[str, Any]) -> int | None:
    counters = (int(state["state"]["state"][3]) for state in (other, one))
    return (next(counters) - next(counters)) % 2**64


def _drawn_from_philox(one: Mapping[str, Any], other: Mapping[str, Any]) -> int | None:
    counters = (sum(int(word) << 64 * n for n, word in enumerate(s["state"]["counter"])) for s in (other, one))
    blocks = (next(counters) - next(counters)) % 2**256
    drawn: int = 4 * blocks + int(other["buffer_pos"]) - int(one["buffer_pos"])
    return drawn if drawn >= 0 else None


def _copy(bits: Bits) -> Bits:
    copy = type(bits)(0)
    copy.state = bits.state
    return copy


def _skip(bits: Bits, count: int) -> None:
    if count and hasattr(bits, "advance") and not isinstance(bits, np.random.Philox):
        bits.advance(count)
    elif count:
        bits.random_raw(count, output=False)


def _twister(state: Mapping[str, Any]) -> State:
    inner = state["state"]
    normal = float(state["gauss"]) if state.get("has_gauss") else None
    return State.of(np.asarray(inner["key"], np.uint32), int(inner["pos"]), normal)
