"""What a student's code may ask of the kernel: nothing about others, nothing that others can ask about it."""

from __future__ import annotations

import platform

import pytest
from engine_cells import NUMPY, answer, check, extra, hidden, printed, said, visible

MACHINE = ("x86_64", "aarch64").index(platform.machine())
# A file that everybody can read, a page of memory, and a call by its number; `None` stands for where a call has none.
ASK = f"""
import ctypes, errno, mmap, os, sys
libc = ctypes.CDLL(None, use_errno=True)
shared = os.open(sys.executable, os.O_RDONLY)
page = libc.mmap
page.restype, page.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
mapped = page(None, 4096, 1, 2, shared, 0)
out = ctypes.create_string_buffer(4096)
def ask(numbers, *arguments):
    libc.syscall.restype = ctypes.c_long
    number = numbers[{MACHINE}]
    if number is None:
        return 'refused'
    ctypes.set_errno(0)
    found = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    refused = found == -1 and ctypes.get_errno() in (errno.EPERM, errno.ENOSYS, errno.ENOTSUP)
    return 'refused' if refused else f'{{found}}, errno {{ctypes.get_errno()}}'
"""
REFUSED = {
    "which pages are in memory: mincore": "(27, 232), mapped, 4096, out",
    "which pages are in memory: preadv2 that does not wait": "(327, 286), shared, out, 0, 0, 0, 8",
    "which pages are in memory: pwritev2": "(328, 287), shared, out, 0, 0, 0, 8",
    "which pages are in memory: cachestat": "(451, 451), shared, out, out, 0",
    "pages out of memory: fadvise64": "(221, 223), shared, 0, 4096, 4",
    "pages into memory: readahead": "(187, 213), shared, 0, 4096",
    "pages into memory: madvise that will need them": "(28, 233), mapped, 4096, 3",
    "pages into memory: madvise that populates": "(28, 233), mapped, 4096, 22",
    "pages out of memory: madvise that pages out": "(28, 233), mapped, 4096, 21",
    "pages out of memory: madvise that cools": "(28, 233), mapped, 4096, 20",
    "pages that are merged: madvise": "(28, 233), mapped, 4096, 12",
    "pages of another process: process_madvise": "(440, 440), 0, out, 1, 4, 0",
    "locks on a file: flock": "(73, 32), shared, 2",
    "who locks a file: fcntl": "(72, 25), shared, 5, out",
    "who locks a file: fcntl of descriptors": "(72, 25), shared, 36, out",
    "a lease on a file": "(72, 25), shared, 1024, 0",
    "who changes a folder: dnotify": "(72, 25), shared, 1026, 1",
    "who reads a file: inotify": "(294, 26), 0",
    "who reads a file: fanotify": "(300, 262), 0, 0",
    "pages of a pipe, of which a user has so many": "(72, 25), shared, 1031, 1048576",
    "what the whole machine uses: sysinfo": "(99, 179), out",
    "where a file lies on the disk": "(16, 29), shared, 0xC020660B, out",
    "input of a terminal: TIOCSTI": "(16, 29), shared, 0x5412, out",
    "ports of virtual machines: AF_VSOCK": "(41, 198), 40, 1, 0",
    "the kernel's ciphers: AF_ALG": "(41, 198), 38, 5, 0",
    "the kernel's tables: AF_NETLINK": "(41, 198), 16, 3, 0",
    "packets: AF_PACKET": "(41, 198), 17, 3, 0",
    "a protocol with a module of its own: SCTP": "(41, 198), 2, 1, 132",
    "memory without a name: memfd_create": "(319, 279), b'x', 0",
    "memory that nobody else sees: memfd_secret": "(447, 447), 0",
    "memory by number: shmget": "(29, 194), 77, 4096, 0o1666",
    "semaphores by number: semget": "(64, 190), 77, 1, 0o1666",
    "queues by number: msgget": "(68, 186), 77, 0o1666",
    "queues by name: mq_open": "(240, 180), b'x', 0o102, 0o600, 0",
    "pages that stay: mlock": "(149, 228), mapped, 4096",
    "pages that stay: mmap": "(9, 222), 0, 4096, 3, 0x2022, -1, 0",
    "huge pages of the machine: mmap": "(9, 222), 0, 2097152, 3, 0x40022, -1, 0",
    "keys: add_key": "(248, 217), b'user', b'mine', b'x', 1, -4",
    "keys: request_key": "(249, 218), b'user', b'mine', 0, 0",
    "keys: keyctl": "(250, 219), 0, -3, 0",
    "mounts: open_tree": "(428, 428), -100, b'/', 1",
    "mounts: mount": "(165, 40), b'x', b'/tmp', b'tmpfs', 0, 0",
    "mounts: fsopen": "(430, 430), b'tmpfs', 0",
    "files by number: name_to_handle_at": "(303, 264), shared, b'', out, out, 0x1000",
    "files by number: open_by_handle_at": "(304, 265), shared, out, 0",
    "namespaces: unshare": "(272, 97), 0x10000000",
    "namespaces: setns": "(308, 268), shared, 0",
    "namespaces: clone": "(56, 220), 0x10000011, 0, 0, 0, 0",
    "namespaces: clone3": "(435, 435), out, 88",
    "other processes: ptrace": "(101, 117), 0, 0, 0, 0",
    "other processes: process_vm_readv": "(310, 270), 1, out, 1, out, 1, 0",
    "other processes: kcmp": "(312, 272), 1, 1, 0, 0, 0",
    "other processes: pidfd_getfd": "(438, 438), shared, 0, 0",
    "the kernel's programs: bpf": "(321, 280), 0, out, 120",
    "the kernel's counters: perf_event_open": "(298, 241), out, 0, -1, -1, 0",
    "faults of others: userfaultfd": "(323, 282), 1",
    "input and output in the background: io_uring_setup": "(425, 425), 1, out",
    "input and output in the background: io_setup": "(206, 0), 1, out",
    "pages from pipe to pipe: splice": "(275, 76), shared, 0, 1, 0, 10, 0",
    "pages from pipe to pipe: vmsplice": "(278, 75), 1, out, 0, 0",
    "the disk of everybody: sync": "(162, 81),",
    "the core that another is on: sched_setaffinity": "(203, 122), 0, 4096, out",
    "the clock: clock_settime": "(227, 112), 0, out",
    "the name of the machine": "(170, 161), b'x', 1",
    "another personality": "(135, 92), 0x0040000",
    "further filters: seccomp": "(317, 277), 2, 0, 0",
    "further filters: landlock": "(444, 444), 0, 0, 1",
    "who may look at it: prctl": "(157, 167), 4, 0, 0, 0, 0",
    "whose orphans it gets: prctl": "(157, 167), 36, 1, 0, 0, 0",
    "attributes of files": "(188, 5), b'/tmp', b'user.x', b'x', 1, 0",
    "every call once more, of x86-64": "(0x40000000 | 39, None),",
    "a call that there is not": "(0x7fff, 0x7fff), 0",
}


@pytest.fixture(scope="module")
def seen() -> list[list[str]]:
    """Return what a cell, a visible test and a hidden one say to each of the calls."""
    calls = "\n    ".join(f"print(ask({arguments}))" for arguments in REFUSED.values())
    source = f"{ASK}\ndef look():\n    {calls}"
    report = check(answer(source), extra("look()"), visible("look()"), hidden("look()"), answers=frozenset({"look"}))
    return [printed(cell).splitlines() for cell in report.cells[1:]]


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_in_cells_and_in_tests(seen: list[list[str]], what: str) -> None:
    place = list(REFUSED).index(what)
    assert [lines[place] for lines in seen] == ["refused"] * 3


NEEDED = {
    "a program": "import subprocess\nprint(subprocess.run(['echo', 'yes'], capture_output=True, text=True).stdout)",
    "a line for the shell": "!echo yes",
    "a pseudo-terminal": "import os, pty\npid, end = pty.fork()\nif not pid: print('yes', flush=True), os._exit(0)\n"
    "os.waitpid(pid, 0)\nprint('yes')\nos.close(end)",
    "threads": "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(2) as pool:\n"
    "    print(*pool.map(str, ['yes']))",
    "processes": "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(2) as pool:\n"
    "    print(*pool.map(str, ['yes']))",
    "shared memory": "from multiprocessing import shared_memory\nm = shared_memory.SharedMemory(create=True, size=3)\n"
    "m.buf[:3] = b'yes'\nprint(bytes(m.buf[:3]).decode())\nm.close(), m.unlink()",
    "an event loop": "import asyncio\nasync def say():\n    await asyncio.sleep(0.01)\n    return 'yes'\n"
    "print(await say())",
    "copies of files with what is known of them": "import shutil, sys\nshutil.copy2(sys.executable, 'copy')\n"
    "shutil.copytree('/usr/share/zoneinfo/Europe', 'more') if os.path.isdir('/usr/share/zoneinfo/Europe') else 0\n"
    "print('yes')",
    "a data base": "import sqlite3\nbase = sqlite3.connect('x.db')\nbase.execute('create table t (a)')\n"
    "base.execute('insert into t values (?)', ('yes',))\nbase.commit()\n"
    "print(sqlite3.connect('x.db').execute('select a from t').fetchone()[0])",
    "a lock on a file of one's own": "import fcntl\nwith open('lock', 'w') as file: fcntl.lockf(file, fcntl.LOCK_EX)\n"
    "print('yes')",
    "arrays in files": "a = np.memmap('a', dtype='u1', mode='w+', shape=3)\na[:] = list(b'yes')\na.flush()\n"
    "print(bytes(np.load(np.save('b', a) or 'b.npy')).decode())",
    "large arrays": "a = np.ones((1500, 1500))\nprint('yes' if (a @ a)[0, 0] == 1500 else 'no')",
    "time": "%time sum(range(10))\nimport time, resource\ntime.sleep(0.01), resource.getrusage(resource.RUSAGE_SELF)\n"
    "print('yes')",
    "an alarm": "import signal, time\nsignal.signal(signal.SIGALRM, lambda *a: print('yes'))\n"
    "signal.setitimer(signal.ITIMER_REAL, 0.01)\ntime.sleep(0.2)",
    "a figure": "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.savefig('a.png')\nplt.close()\nprint('yes')",
}


@pytest.fixture(scope="module")
def done() -> list[str]:
    """Return what the cells of one notebook print that do what notebooks do."""
    return said(f"import os\n{NUMPY}", *NEEDED.values())[1:]


@pytest.mark.parametrize("what", NEEDED)
def test_what_notebooks_do_goes_on(done: list[str], what: str) -> None:
    assert done[list(NEEDED).index(what)].split()[-1:] == ["yes"]


COUNTED_FOR_ALL = (
    "meminfo stat loadavg uptime vmstat diskstats interrupts locks slabinfo key-users zoneinfo sys sysvipc pressure fs"
)


def test_nothing_that_is_counted_for_everybody_is_shown() -> None:
    names = [f"/proc/{name}" for name in COUNTED_FOR_ALL.split()] + ["/sys"]
    look = f"import os\ndef look():\n    print([name for name in {names} if os.path.exists(name)])"
    report = check(answer(look), extra("look()"), visible("look()"), hidden("look()"), answers=frozenset({"look"}))
    assert [printed(cell) for cell in report.cells[1:]] == ["[]"] * 3
