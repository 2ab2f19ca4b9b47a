"""A filter of system calls, for what no namespace of one's own keeps apart.

The kernel's keys belong to a user, whatever namespace it is in, and outlive whoever made them: two students could meet
there. The others are ways into the kernel that nothing in a notebook needs, each with a history of holes.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform

LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # instructions of the classic Berkeley packet filter
NUMBER, ARCHITECTURE = 0, 4  # where the kernel's record of a call has them
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
OTHER_NUMBERS = 0x40000000  # from here on, x86-64 has every call a second time (x32)
NAMES = (
    "add_key", "request_key", "keyctl", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter",
    "io_uring_register",
)  # fmt: skip
REFUSED = {
    "x86_64": (0xC000003E, dict(zip(NAMES, (248, 249, 250, 321, 298, 323, 425, 426, 427), strict=True))),
    "aarch64": (0xC00000B7, dict(zip(NAMES, (217, 218, 219, 280, 241, 282, 425, 426, 427), strict=True))),
}


class _Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("k", ctypes.c_uint32)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("first", ctypes.POINTER(_Instruction))]


def refuse() -> None:
    """Refuse these calls to this process and its children for good; it must have no way to new privileges.

    Raises
    ------
    OSError
        If the kernel cannot filter system calls.
    """
    if platform.machine() not in REFUSED:
        return
    architecture, numbers = REFUSED[platform.machine()]
    tests = [(AT_LEAST, OTHER_NUMBERS), *((EQUAL, number) for number in numbers.values())]
    lines = [(LOAD, 0, 0, ARCHITECTURE), (EQUAL, 0, len(tests) + 2, architecture), (LOAD, 0, 0, NUMBER)]
    lines += [(code, len(tests) - place, 0, value) for place, (code, value) in enumerate(tests)]
    lines += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE | errno.EPERM)]
    program = _Program(len(lines), (_Instruction * len(lines))(*(_Instruction(*line) for line in lines)))
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"filter system calls: {os.strerror(number)}")
