"""The cheats that hand a hidden value on to another process, another notebook or another student."""

from __future__ import annotations

from cheat import KEEP, OTHERS, SHOW, Cheat, double

ASKS = """
import ctypes, fcntl, mmap, os, sys
libc = ctypes.CDLL(None)
file = open(sys.executable, 'rb')
size, out = os.path.getsize(file.name), ctypes.create_string_buffer(2**20)
view = mmap.mmap(file.fileno(), size, prot=mmap.PROT_READ)
at = libc.mmap
at.restype, at.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
start = ctypes.c_void_p(at(None, size, 1, 1, file.fileno(), 0))
"""
CHANNELS = [
    Cheat(
        "channel",
        "pages in memory",
        alone=True,
        answers=double(
            f"{ASKS}\nbits = int(abs(x) * 1000) if isinstance(x, (int, float)) else 0\n"
            "for n in range(32):\n"
            "    os.posix_fadvise(file.fileno(), n * 65536, 65536, os.POSIX_FADV_DONTNEED)\n"
            "    if bits >> n & 1: os.pread(file.fileno(), 1, n * 65536)"
        ),
        accomplice=f"""{ASKS}
if libc.mincore(start, ctypes.c_size_t(size), out) == 0: print('GOT IN', out[: size // 4096])
for flags in (8, 1):
    try: print('GOT IN', os.preadv(file.fileno(), [bytearray(1)], 0, flags))
    except OSError: pass
if libc.syscall(451, file.fileno(), (ctypes.c_uint64 * 2)(0, size), out, 0) == 0: print('GOT IN', out[:40])""",
    ),
    Cheat(
        "channel",
        "locks on the files of all",
        alone=True,
        answers=double(f"{ASKS}\nfcntl.flock(file, fcntl.LOCK_EX)\nprint('GOT IN')"),
        accomplice=f"""{ASKS}
for look in (lambda: fcntl.flock(file, fcntl.LOCK_EX), lambda: fcntl.fcntl(file, fcntl.F_GETLK, bytes(64))):
    try: print('GOT IN', look())
    except OSError: pass""",
    ),
    Cheat(
        "channel",
        "what the kernel counts for all",
        last="""
import os
for name in ('vmstat', 'meminfo', 'diskstats', 'stat', 'loadavg', 'sys/fs/inode-nr', 'sys/fs/dentry-state', 'locks'):
    for folder in ('/proc', *(os.path.join('/proc', who, 'root', 'proc') for who in ('self', '1'))):
        if os.path.exists(f'{folder}/{name}'): print('GOT IN', open(f'{folder}/{name}').read())""",
    ),
    Cheat(
        "settled",
        "a cell that prints what it finds when it runs once more",
        first=KEEP + "\nseen = []\nimport glob\nprint('KEPT', *glob.glob('/tmp/*'), *glob.glob('/dev/shm/*'))",
        answers=double(
            "import os, signal, time\nkeep(x)\n"
            "if type(x) is not int or x != 2: os.kill(1, signal.SIGINT), time.sleep(5)  # 2 is in the visible test"
        ),
        last=SHOW + "\nimport time\nprint(time.monotonic_ns())",
        costs=OTHERS,
        told="ran once more",
    ),
]
