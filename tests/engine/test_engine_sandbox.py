"""What a student's code can see and do in the sandbox, tried by running such code there."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import another_user
import pytest
from assignment_cells import REPOSITORY
from engine_cells import answer, check, extra, hidden, printed, run, said, visible

from autograder.engine.inside.bounds import MOST_FILES
from autograder.engine.items import SandboxKind, Settings
from autograder.engine.limits import Limits
from autograder.engine.sandbox import command

NONE = Settings(sandbox=SandboxKind.none)


def everywhere(body: str) -> list[str]:
    """Return what a function prints in a cell, in a visible test and in a hidden one."""
    source = "import os, sys\ndef look():\n    " + body.replace("\n", "\n    ")
    report = check(answer(source), extra("look()"), visible("look()"), hidden("look()"), answers=frozenset({"look"}))
    return [printed(cell) for cell in report.cells[1:]]


def test_who_the_students_code_is() -> None:
    for seen in everywhere("print(os.getuid(), os.geteuid(), os.getgid(), os.getgroups())"):
        uid, effective, gid, *groups = seen.replace("[", "").replace("]", "").split()
        assert uid == effective != "0"
        assert gid != "0"
        assert "0" not in groups


def test_it_has_no_privilege() -> None:
    body = "print([line.split()[1].strip('0') for line in open('/proc/self/status') if line[:6] in "
    for seen in everywhere(
        body
        + "('CapInh', 'CapPrm', 'CapEff', 'CapAmb')])\nprint('NoNewPrivs:\\t1' in open('/proc/self/status').read())"
    ):
        assert seen.splitlines() == ["['', '', '', '']", "True"]


def test_the_number_of_its_files_is_limited() -> None:
    """What the kernel knows of each is in no process's memory."""
    source = (
        "import os\ntry:\n"
        f"    for number in range({MOST_FILES + 10}):\n        os.symlink('x', f'/tmp/{{number}}')\n"
        "except OSError as error:\n    print(error.strerror)"
    )
    assert said(source) == ["No space left on device"]


def test_it_sees_its_own_processes_only() -> None:
    body = (
        "pids = [int(name) for name in os.listdir('/proc') if name.isdigit()]\n"
        "print(os.getpid() in pids, len(pids) <= 6)\n"
        "print({open(f'/proc/{pid}/cmdline', 'rb').read()[:200].count(b'pytest') for pid in pids})"
    )
    for seen in everywhere(body):
        assert seen.splitlines() == ["True True", "{0}"]
    assert said("import os; print(os.getpid())") == ["1"]


def test_its_environment_is_fixed() -> None:
    names = (
        "DIGITS_DATA HOME LANG LOGNAME MKL_NUM_THREADS MPLBACKEND OMP_NUM_THREADS OPENBLAS_NUM_THREADS PATH "
        "PYTHONHASHSEED TMPDIR USER"
    )
    os.environ["A_SECRET"] = "token"
    try:
        for seen in everywhere(
            "print(*sorted(os.environ))\n"
            "print(open('/proc/self/environ').read().count('token'), open('/proc/1/environ').read().count('token'))\n"
            "print(os.environ['HOME'], os.getcwd(), os.environ['OPENBLAS_NUM_THREADS'])"
        ):
            assert seen.splitlines() == [names, "0 0", "/home/student /home/student 1"]
    finally:
        del os.environ["A_SECRET"]


def test_it_has_one_descriptor_besides_the_standard_ones() -> None:
    body = (
        "found = {}\nfor name in os.listdir('/proc/self/fd'):\n    "
        "try: found[int(name)] = os.readlink(f'/proc/self/fd/{name}')\n"
        "    except OSError: pass\n"
        "print([found.pop(n) for n in (0, 1, 2)], [path.split(':')[0] for path in found.values()])"
    )
    for seen in everywhere(body):
        assert seen == "['/dev/null', '/dev/null', '/dev/null'] ['socket']"


def test_nothing_of_the_course_or_the_machine_is_there(tmp_path: Path) -> None:
    secret = tmp_path / "gradebook.db"
    secret.write_text("grades")
    paths = [
        str(path)
        for path in (
            secret,
            REPOSITORY / "tests",
            REPOSITORY / "source",
            REPOSITORY / "autograder",
            Path.home() / ".ssh",
            Path.home() / ".bashrc",
        )
    ]
    paths += [
        "/etc/passwd",
        "/etc/shadow",
        "/var",
        "/run/engine/inside/values.py",
        "/sys/kernel",
        "/boot",
    ]
    for seen in everywhere(f"print([path for path in {paths!r} if os.path.exists(path)])"):
        assert seen == "[]"
    assert all(Path(path).exists() for path in paths[:4]), "they are there outside"


def test_the_grader_cannot_be_imported() -> None:
    assert said("import autograder", "import autograder.engine.inside") == ["ModuleNotFoundError"] * 2


def test_everything_but_the_scratch_folders_is_read_only() -> None:
    body = (
        "for folder in ('/', '/usr', '/usr/bin', '/etc', '/dev', '/proc', '/sys', '/data', '/run', '/home', "
        "sys.prefix, sys.base_prefix):\n"
        "    try:\n        open(folder + '/x', 'w').write('x')\n        print('written', folder)\n    "
        "except OSError: pass\n"
        "for folder in ('/home/student', '/tmp', '/dev/shm'):\n    open(folder + '/x', 'w').write('x')\n"
        "print('done')"
    )
    for seen in everywhere(body):
        assert seen == "done"


@pytest.mark.parametrize(
    ("folder", "most"), [("/home/student", Limits().disk), ("/tmp", Limits().small), ("/dev/shm", Limits().small)]
)
def test_scratch_folders_are_limited_in_size(folder: str, most: int) -> None:
    fill = (
        f"n = 0\ntry:\n    while n < 600:\n        "
        f"with open(f'{folder}/{{n}}', 'wb') as file: file.write(bytes(2**20))\n        n += 1\n"
        "except OSError: pass\nprint(n)"
    )
    assert 0 < int(said(fill)[0]) <= most // 2**20


def test_a_file_is_limited_in_size_and_no_core_is_dumped() -> None:
    write = "try:\n    open('one', 'wb').write(bytes(200 * 2**20))\nexcept OSError as error: print(error.strerror)"
    assert said(write) == ["File too large"]
    assert said("import resource; print(resource.getrlimit(resource.RLIMIT_CORE))") == ["(0, 0)"]


def test_no_network_not_even_to_this_machine() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        abstract.bind(f"\0backprop-{os.getpid()}")
        abstract.listen()
        ask = [
            f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), timeout=5); "
            f"print('reached')",
            f"s = socket.socket(socket.AF_UNIX); s.connect('\\0backprop-{os.getpid()}'); print('reached')",
            "socket.create_connection(('192.0.2.1', 80), timeout=5); print('reached')",
        ]
        assert said(*ask[:2], settings=NONE) == ["reached"] * 2
        refused = said(*ask)
    assert refused == ["OSError", "ConnectionRefusedError", "OSError"]


@pytest.mark.parametrize("flag", [0x10000000, 0x00020000, 0x20000000, 0x40000000, 0x10000000 | 0x00020000])
def test_no_further_namespaces(flag: int) -> None:
    body = (
        f"import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        f"print(libc.unshare({flag}) != 0, ctypes.get_errno() != 0)"
    )
    assert set(everywhere(body)) == {"True True"}


def test_no_mounts_no_devices_no_other_user() -> None:
    body = (
        "import ctypes\nlibc = ctypes.CDLL(None)\n"
        "print(libc.mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None), libc.umount(b'/home/student'), "
        "libc.mount(None, b'/', None, 32 | 4096, None))\n"
        "print(libc.setuid(0), libc.setgid(0), libc.chroot(b'/tmp'), libc.sethostname(b'x', 1))\n"
        "try: os.mknod('/tmp/disk', 0o60666, os.makedev(8, 0)); print('made')\nexcept PermissionError: pass\n"
        "try: open('/proc/sys/user/max_user_namespaces', 'w').write('9'); print('written')\nexcept OSError: pass"
    )
    for seen in everywhere(body):
        assert seen.splitlines() == ["-1 -1 -1", "-1 -1 -1 -1"]


def test_programs_that_change_the_user_do_not() -> None:
    body = "import glob, subprocess\nfor name in ('su', 'sudo', 'mount', 'bwrap', 'unshare'):\n" + (
        "    done = subprocess.run(f'{name} -c id' if name == 'su' else f'{name} --ro-bind / / id' if name == "
        "'bwrap' else "
        "f'{name} -U -r id' if name == 'unshare' else f'{name} id', shell=True, capture_output=True, text=True)\n"
        "    if 'uid=0' in done.stdout: print(name)"
    )
    assert set(everywhere(body)) == {""}


def test_processes_are_limited_in_number() -> None:
    count = (
        "n = 0\nchildren = []\ntry:\n    while n < 1000:\n        pid = os.fork()\n"
        "        if pid == 0:\n            import time\n            time.sleep(600)\n            os._exit(0)\n"
        "        children.append(pid)\n        n += 1\nexcept OSError: pass\n"
        "for pid in children:\n    os.kill(pid, 9)\n    os.waitpid(pid, 0)\nprint(n)"
    )
    for seen in everywhere(count):
        assert 10 < int(seen) <= Limits().processes


def test_nothing_of_the_student_before_is_there() -> None:
    folders = "('/home/student', '/tmp', '/dev/shm', '/var/tmp', '/dev', '/run', '/data')"
    look = (
        f"import os\nfor folder in {folders}:\n    "
        f"print(folder, sorted(os.listdir(folder)) if os.path.isdir(folder) else '')"
    )
    leave = (
        f"for folder in {folders}:\n    try: open(folder + '/left', 'w').write('left')\n    except OSError: pass\n"
        "import numpy, sys, builtins, tempfile\nnumpy.left = builtins.left = sys.left = 1\n"
        "try: os.mkfifo('/dev/shm/pipe')\nexcept OSError: pass\n"
        "from multiprocessing import shared_memory\nshared_memory.SharedMemory('memory', create=True, size=10)\n"
        "print(os.path.exists('/home/student/left'), os.path.exists('/tmp/left'))"
    )
    before, left = said(look, leave)
    assert left == "True True"
    after = said(
        look,
        "import numpy, sys, builtins\nprint(hasattr(numpy, 'left'), hasattr(builtins, 'left'), hasattr(sys, 'left'))",
    )
    assert after == [before, "False False False"]
    python = {Path(prefix).parts[2] for prefix in (sys.prefix, sys.base_prefix) if prefix.startswith("/tmp/")}
    for folder, there in {"/home/student": [], "/tmp": sorted(python), "/dev/shm": []}.items():
        assert f"{folder} {there}" in before.splitlines()


def test_nothing_is_shared_with_a_process_of_another_run() -> None:
    make = "import socket\nkept = globals().get('kept', []) + [socket.socket(socket.AF_UNIX)]\n"
    make += "kept[-1].bind('\\0here')\nprint('made')"
    assert said(make) == said(make) == ["made"]
    assert said(make, make) == ["made", "OSError"]


def test_a_python_within_the_folder_of_another_is_shown_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As environments lie below the Python that they were made with; both read-only, although this is below `/tmp`."""
    outer, inner = tmp_path / "python", tmp_path / "python" / "envs" / "mine"
    for place in (outer, inner):
        (place / "lib").mkdir(parents=True)
        (place / "lib" / "here").write_text(f"{place.name}\n")
    (outer / "envs" / "private").write_text("grades")
    monkeypatch.setattr(sys, "base_prefix", str(outer))
    monkeypatch.setattr(sys, "prefix", str(inner))
    look = f"cat {outer}/lib/here {inner}/lib/here; ls {outer}/envs {inner}; touch {outer}/x {inner}/x {inner}/lib/x"
    words = command(["/bin/sh", "-c", look], SandboxKind.bwrap, None, {}, Limits())
    done = subprocess.run(words, capture_output=True, text=True)
    seen = f"python\nmine\n{outer}/envs:\nmine\n\n{inner}:\nlib\n"
    assert (done.stdout, done.stderr.count("Read-only file system")) == (seen, 3)


def test_own_files_come_last_on_the_path() -> None:
    names = (
        "numpy.py",
        "json.py",
        "sitecustomize.py",
        "usercustomize.py",
        "ipykernel_launcher.py",
        "IPython.py",
        "array.py",
        "random.py",
    )
    own = tuple((name, b"print('taken over')\nraise SystemExit\n") for name in (*names, "mine.py"))
    own += (("numpy/__init__.py", b"print('taken over')"), ("mine2.pth", b"import mine"))
    report = run(
        extra("import json, numpy, random, array, IPython\nprint(numpy.ones(1), json.dumps(1), random.random() < 1)"),
        extra(
            "import subprocess, sys\n"
            "print(subprocess.run([sys.executable, '-c', 'import numpy; print(1)'], capture_output=True, "
            "text=True, cwd='/').stdout)"
        ),
        answer("def f():\n    import numpy\n    return numpy.ones(1)"),
        visible("import numpy, json\nassert f() == [1] and json.dumps(numpy.ones(1).tolist()) == '[1.0]'"),
        hidden("import numpy, random\nassert f() == [1] and random.random() < 1 and numpy.ones(1)[0] == 1"),
        extra("import mine"),
        own=own,
    )
    assert [str(cell.ending) for cell in report.cells[:-1]] == ["ok"] * 5, report
    assert printed(report.cells[0]) == "[1.] 1 True"
    assert printed(report.cells[1]) == "1"
    assert printed(report.cells[5]).startswith("taken over")


@pytest.mark.parametrize("name", ["../outside.txt", "/tmp/outside.txt", "a/../../outside.txt", "/etc/outside.txt"])
def test_own_files_stay_in_their_folder(name: str) -> None:
    look = "import os, glob\nprint(glob.glob('/*/outside.txt') + glob.glob('/home/outside.txt') + os.listdir('.'))"
    report = run(extra(look), own=((name, b"x"),))
    assert printed(report.cells[0]) == "[]"


def test_the_data_set_is_there_and_read_only(tmp_path: Path) -> None:
    (tmp_path / "digits.txt").write_text("0123")
    tmp_path.chmod(0o755)
    body = (
        "import os\nprint(os.environ['DIGITS_DATA'], open('/data/digits.txt').read())",
        "open('/data/digits.txt', 'w')",
        "os.remove('/data/digits.txt')",
    )
    assert said(*body, settings=Settings(data=tmp_path)) == ["/data 0123", "OSError", "OSError"]
    assert (tmp_path / "digits.txt").read_text() == "0123"


@pytest.mark.parametrize("kind", SandboxKind)
def test_without_a_data_set_none_is_there_whatever_the_machine_has(kind: SandboxKind) -> None:
    look = (
        "import os\nprint([name for name in os.listdir(os.environ['DIGITS_DATA']) if 'mnist' in name or 'idx' in name])"
    )
    assert said(look, settings=Settings(kind)) == ["[]"]


SEARCH = """
import glob, os
def search(one, other, own=False):
    found = 0
    for path in glob.glob("/proc/[0-9]*/mem"):
        if path == f"/proc/{os.getpid()}/mem" and not own:
            continue
        try:
            maps = open(path.replace("mem", "maps")).read().splitlines()
            memory = open(path, "rb")
        except OSError:
            continue
        for line in maps:
            start, end = (int(number, 16) for number in line.split()[0].split("-"))
            try:
                memory.seek(start)
                found += one + other in memory.read(end - start)
            except (OSError, OverflowError, ValueError):
                continue
    return found
"""


def test_the_test_process_is_out_of_reach() -> None:
    check(
        answer(SEARCH),
        hidden("THE_HIDDEN_NUMBER = 4\nassert search(b'THE_HIDDEN', b'_NUMBER') == 0"),
        hidden("assert search(b'THE_HIDDEN', b'_NUMBER', own=True) > 0"),
    )


@pytest.mark.skipif(os.getuid() != 0, reason="this is not root already")
def test_all_of_this_holds_for_somebody_who_is_not_root() -> None:
    become = another_user.become()
    if become is None:
        pytest.skip("bwrap and setpriv are needed to become somebody else")
    test = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(Path(__file__))]
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o777)
        done = subprocess.run(
            [*become, *test],
            cwd=REPOSITORY,
            env={"PATH": os.environ["PATH"], "HOME": home, "TMPDIR": home, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    print(done.stdout, done.stderr, sep="\n")  # pytest shows it when the test fails
    assert done.returncode == 0
    assert "1 skipped" in done.stdout


def test_python_may_be_called_by_a_way_that_leads_through_other_folders(tmp_path: Path) -> None:
    """As in `../.venv/bin/python -m autograder`, said in a folder that the sandbox does not have."""
    way = os.path.relpath(sys.executable, tmp_path)
    assert way.startswith("..")
    text = "from engine_cells import *; print(*endings(run(extra('1'), locked('2'))))"
    here = Path(__file__).parent
    paths = {"PYTHONPATH": os.pathsep.join([str(here), str(here.parent)]), "PATH": os.environ["PATH"]}
    done = subprocess.run([way, "-c", text], cwd=tmp_path, env=paths, capture_output=True, text=True)
    assert done.stdout.split() == ["ok", "ok"], done.stderr
