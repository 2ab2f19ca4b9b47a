"""The server gathers its memory in large pages before it forks, where the system can do that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MEMORY = """
import ctypes, mmap
from autograder.engine.inside import large_pages

def large():
    lines = open("/proc/self/smaps_rollup").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("AnonHugePages"))

room = mmap.mmap(-1, 8 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for page in range(0, 8 << 20, 4096):
    room[page : page + 4] = page.to_bytes(4, "little")
before = large()
{refused}
large_pages.gather()
assert all(room[page : page + 4] == page.to_bytes(4, "little") for page in range(0, 8 << 20, 4096))
print(large() - before)
"""
REFUSED = "large_pages.MADV_COLLAPSE = 9999  # as an older system knows none"


def gained(refused: str = "") -> int:
    """Return how many KB of a process's memory lie in large pages after `gather` that did not before."""
    done = subprocess.run([sys.executable, "-c", MEMORY.format(refused=refused)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def knows_large_pages() -> bool:
    """Return whether the system gathers pages when a program asks for it (Linux 6.1 and later)."""
    release = tuple(int(part) for part in Path("/proc/sys/kernel/osrelease").read_text().split("-")[0].split(".")[:2])
    return release >= (6, 1) and Path("/sys/kernel/mm/transparent_hugepage/enabled").exists()


@pytest.mark.skipif(not knows_large_pages(), reason="this system does not gather pages when it is asked")
def test_memory_lies_in_large_pages_and_is_the_same():
    assert gained() >= 2 << 10


def test_a_system_that_refuses_changes_nothing():
    assert gained(REFUSED) == 0
