"""Memory in pages of two megabytes: a fork then copies a few entries of the page table and not ten thousand."""

from __future__ import annotations

import contextlib
import ctypes
from pathlib import Path

LARGE = 2 << 20
MADV_COLLAPSE = 25  # Linux 6.1


def gather() -> None:
    """Ask the system to gather this process's own memory in large pages; where it cannot, nothing changes."""
    libc = ctypes.CDLL(None)
    libc.madvise.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/maps").read_text().splitlines():
            span, rights, _, _, _, *name = line.split()
            start, end = (int(address, 16) for address in span.split("-"))
            if rights == "rw-p" and name in ([], ["[heap]"]):
                for page in range(-(-start // LARGE) * LARGE, end // LARGE * LARGE, LARGE):
                    libc.madvise(page, LARGE, MADV_COLLAPSE)
