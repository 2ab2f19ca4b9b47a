"""A filter of system calls: what no notebook needs is refused, and the rest may ask and change only what is its own.

Namespaces keep processes apart, but not all that the kernel knows: which pages of a file are in memory, who holds a
lock on it, how many keys, watches or ports of a virtual machine a user has are the same for all. Two students could
meet there, or a test's argument could wait there for the next hand-in.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
from collections.abc import Iterable, Iterator

from . import system_call_numbers as calls

LOAD, AND, EQUAL, AT_LEAST, MORE, RETURN = 0x20, 0x54, 0x15, 0x35, 0x25, 0x06  # of the classic Berkeley packet filter
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # where the kernel's record of a call has them; arguments take 8 bytes each
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
OTHER_NUMBERS = 0x40000000  # from here on, x86-64 has every call a second time (x32)
ALL = 0xFFFFFFFF

LOCKED_OR_HUGE = 0x2000 | 0x40000  # MAP_LOCKED and MAP_HUGETLB: from stores that all users share
NEW_NAMESPACES = 0x7E020000
# normal, random, sequential, do not need, free, (not) for forks, (no) huge pages, (not) in dumps, (not) wiped by forks:
# what concerns the caller's own pages. Others bring the pages of a file into memory, or out of it, for everybody.
ADVICE = (0, 1, 2, 4, 8, 10, 11, 14, 15, 16, 17, 18, 19)
# duplicate, flags, take or wait for a lock, duplicate and close on exec, size of a pipe. Whoever asks who holds a lock,
# or watches a folder, learns of others.
CONTROL = (0, 1, 2, 3, 4, 6, 7, 1030, 1032)
# Terminals: settings, flow, groups, sizes; pseudo-terminals: number, lock, other end. Descriptors: bytes to read, waits
# or not, closed on exec or not.
DEVICE = (
    *(0x5401, 0x5402, 0x5403, 0x5404, 0x5409, 0x540A, 0x540B, 0x540E, 0x540F, 0x5410, 0x5411, 0x5413, 0x5414),
    *(0x541B, 0x5421, 0x5422, 0x5429, 0x542A, 0x542B, 0x542C, 0x542D, 0x5430, 0x5431, 0x5441, 0x5450, 0x5451),
)
FAMILIES, PROTOCOLS = (1, 2, 10), (0, 6, 17)  # UNIX, IPv4, IPv6; the usual one, TCP, UDP
# die with the parent, dumpable (to ask), name, filter and privileges (to ask), name of memory
PROCESS = (1, 2, 3, 15, 16, 21, 23, 30, 38, 39, 0x53564D41)
Check = tuple[int, int, tuple[int, ...]]  # an argument, the bits of it that count, and what these may be
CHECKS: dict[str, list[Check]] = {
    "mmap": [(3, LOCKED_OR_HUGE, (0,))],
    "madvise": [(2, ALL, ADVICE)],
    "fcntl": [(1, ALL, CONTROL)],
    "ioctl": [(1, 0xFFFF, DEVICE)],
    "socket": [(0, ALL, FAMILIES), (2, ALL, PROTOCOLS)],
    "prctl": [(0, ALL, PROCESS)],
    "clone": [(0, NEW_NAMESPACES, (0,))],
}

Line = tuple[int, int, int, int]  # code, lines to skip if so, lines to skip if not, value


class _Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("k", ctypes.c_uint32)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("first", ctypes.POINTER(_Instruction))]


def refuse() -> None:
    """Refuse all calls that are not listed, to this process and its children, for good.

    The process must have no way to new privileges.

    Raises
    ------
    OSError
        If the kernel cannot filter system calls.
    """
    if not FILTER:
        return
    program = _Program(len(FILTER), (_Instruction * len(FILTER))(*(_Instruction(*line) for line in FILTER)))
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"filter system calls: {os.strerror(number)}")


def _program(machine: str) -> Iterator[Line]:
    """Return the filter: blocks that each decide about some calls, or leave the number for the next."""
    yield from [(LOAD, 0, 0, ARCHITECTURE), (EQUAL, 1, 0, ARCHITECTURES[machine]), _refuse(errno.EPERM)]
    yield (LOAD, 0, 0, NUMBER)
    yield from _between(OTHER_NUMBERS, ALL, _refuse(errno.EPERM))
    yield from _between(calls.NEWEST + 1, OTHER_NUMBERS - 1, _refuse(errno.ENOSYS))
    for first, last in _runs(calls.numbers(calls.PLAIN, machine).values()):
        yield from _between(first, last, (RETURN, 0, 0, ALLOW))
    for name, number in calls.numbers(calls.CHECKED, machine).items():
        block = list(_checked(CHECKS[name]))
        yield from [(EQUAL, 0, len(block), number), *block]
    for number in calls.numbers(calls.UNKNOWN, machine).values():
        yield from _between(number, number, _refuse(errno.ENOSYS))
    first, last = calls.numbers(calls.ATTRIBUTES, machine).values()
    yield from _between(first, last, _refuse(errno.ENOTSUP))
    yield _refuse(errno.EPERM)


def _refuse(number: int) -> Line:
    return (RETURN, 0, 0, REFUSE | number)


def _between(first: int, last: int, decision: Line) -> list[Line]:
    return [(AT_LEAST, 0, 2, first), (MORE, 1, 0, last), decision]


def _checked(checks: list[Check]) -> Iterator[Line]:
    for argument, bits, allowed in checks:
        yield (LOAD, 0, 0, ARGUMENTS + 8 * argument)  # its lower half, which is all that the kernel looks at
        yield (AND, 0, 0, bits)
        yield from ((EQUAL, len(allowed) - place, 0, value) for place, value in enumerate(allowed))
        yield _refuse(errno.EPERM)
    yield (RETURN, 0, 0, ALLOW)


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return runs of consecutive numbers as pairs: the first and the last."""
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1] = runs[-1][0], number
        else:
            runs.append((number, number))
    return runs


FILTER = list(_program(platform.machine())) if platform.machine() in ARCHITECTURES else []  # once, for all forks
