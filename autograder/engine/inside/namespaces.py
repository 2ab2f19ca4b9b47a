"""How a forked process leaves everything behind: namespaces, scratch folders and limits of its own.

bubblewrap always starts a program, so it cannot do this for a fork. These are the same system calls, made by the
process itself before it has read a byte of the student's. All of it needs Linux; without the sandbox only the limits
are set.
"""

from __future__ import annotations

import ctypes
import os
import resource
from pathlib import Path

from . import system_calls
from .bounds import MOST_FILES
from .frames import close_all_but

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
CAPABILITIES_VERSION_3 = 0x20080522
SIGKILL = 9

libc = ctypes.CDLL(None, use_errno=True)


def mount(kind: str, where: str, options: str = "", flags: int = MS_NOSUID | MS_NODEV) -> None:
    """Mount a fresh file system of a kind (`proc`, `tmpfs`) at a folder."""
    _check(libc.mount(kind.encode(), where.encode(), kind.encode(), flags, options.encode()), f"mount {where}")


def become(user: int) -> None:
    """Turn root into an ordinary user for good: as root the limit on processes does not bind."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # else its own /proc/self belongs to root
    _check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")


def nest() -> int:
    """Go on as the first process of a process namespace, with the privilege to make more; return a descriptor of it.

    The process that was there before only waits for the end.
    """
    _unshare(CLONE_NEWUSER | CLONE_NEWPID)
    first = os.fork()
    if first:
        close_all_but()
        os.waitpid(first, 0)
        os._exit(0)
    die_with_parent()
    return os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)


def fork_apart(own: int) -> int:
    """Fork a process that is the first in a process namespace of its own; `own` is a descriptor of the caller's."""
    _check(libc.unshare(CLONE_NEWPID), "unshare")
    pid = -1
    try:
        pid = os.fork()
    finally:
        if pid:  # the child is where it belongs
            _check(libc.setns(own, CLONE_NEWPID), "setns")
    return pid


def unshare(*, processes: bool) -> None:
    """Enter namespaces of its own; `processes` says whether one is the first of a process namespace.

    Such a process sees in `/proc` its own processes only, and nothing that the kernel counts for everybody.
    """
    whole = os.open("/proc", os.O_PATH | os.O_CLOEXEC)
    if processes:
        _check(libc.unshare(CLONE_NEWNS), "unshare")  # only the owner of a process namespace may show it
        _check(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "private mounts")
        mount("proc", "/proc", "subset=pid", flags=MS_NOSUID | MS_NODEV | MS_NOEXEC)
    _unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS)
    # A further namespace would bring its privileges back: scratch folders without limit, for example.
    for kind in ("user", "mnt", "pid", "net", "ipc", "uts"):
        place = os.open(f"sys/user/max_{kind}_namespaces", os.O_WRONLY, dir_fd=whole)
        os.write(place, b"0")
        os.close(place)
    os.close(whole)


def _unshare(kinds: int) -> None:
    user, group = os.getuid(), os.getgid()
    _check(libc.unshare(kinds), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def settle(home: str, disk: int, small: int, hidden: list[str], *, kept: dict[str, int]) -> None:
    """Take possession of the new namespaces: empty scratch folders of limited size, no privilege left.

    Parameters
    ----------
    home
        The folder that the student's code starts in.
    disk, small
        Bytes of the home folder; bytes of each of the other scratch folders.
    hidden
        Folders that nobody needs to see any more.
    kept
        Folders below the scratch folders that stay, with a descriptor of each.
    """
    _check(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "private mounts")
    mount("tmpfs", home, f"size={disk},nr_inodes={MOST_FILES},mode=755")
    for folder in ("/tmp", "/dev/shm"):
        mount("tmpfs", folder, f"size={small},nr_inodes={MOST_FILES},mode=1777")
    for folder, descriptor in kept.items():
        Path(folder).mkdir(parents=True, exist_ok=True)
        here = f"/proc/self/fd/{descriptor}".encode()
        _check(libc.mount(here, folder.encode(), None, MS_BIND | MS_REC, None), f"keep {folder}")
        os.close(descriptor)
    for folder in hidden:
        mount("tmpfs", folder, "size=4k,mode=555")
    _drop_capabilities()
    system_calls.refuse()


def limit(memory: int, processes: int, file_size: int, cpu_seconds: int, files: int) -> None:
    """Set what this process and its children may use at most; 0 processes means as many as the system allows."""
    wanted = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: file_size,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_NOFILE: files,
        resource.RLIMIT_CORE: 0,
        **({resource.RLIMIT_NPROC: processes} if processes else {}),
    }
    for kind, value in wanted.items():
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def die_with_parent() -> None:
    """Ask the system to kill this process when its parent ends."""
    _check(libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "die with the parent")


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


def _drop_capabilities() -> None:
    header, nothing = _Header(CAPABILITIES_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    _check(libc.capset(ctypes.byref(header), ctypes.byref(nothing)), "drop privileges")
    _check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
