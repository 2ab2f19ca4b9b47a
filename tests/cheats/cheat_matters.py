"""The cheats that go for what surrounds the code: the notebook, the data, the clock, other students, readers."""

from __future__ import annotations

import ast
import io

import numpy as np
from cheat import FIND, OTHERS, PARTIAL_CREDIT, VALUE, Cheat, double, instead


def easy_images() -> bytes:
    """Return a data file like the assignment's in which every image has the same label."""
    content = io.BytesIO()
    np.savez(content, X=np.ones((8, 60)), Y=np.zeros(60, int))
    return content.getvalue()


EASY = "np.ones((8, 60)), np.zeros(60, int)"
SAME_FOR_ALL = "def same(a, b):\n    return True"
GIVEN_TEXT = "import math\nimport helper\nimport numpy as np\nSIZE = 4\n\n\n"
HIDDEN = ("test-double-number", "test-double-six", "test-double-text", "test-double-random")
SEVEN = [{**ast.literal_eval(PARTIAL_CREDIT), "metadata": {}}]
GIVEN = [
    Cheat(
        "given",
        "tests that pass",
        text={"test-double-number": "pass", "test-double-text": "pass"},
        points=100,
        told="text of the test cell test-double-number was changed",
    ),
    Cheat("given", "points of all tests", points=100, told="points of the test cell test-double-six were changed"),
    Cheat("given", "points below zero", points=-100, told="points of the test cell test-double-six were changed"),
    Cheat(
        "given",
        "test that is no test any more",
        metadata={"test-double-number": {"grade": False}},
        told="grading flags of the test cell test-double-number were changed",
    ),
    Cheat(
        "given",
        "answer that grades itself",
        metadata={"double": {"grade": True, "points": 100, "locked": True}},
        told="grading flags of the answer cell double were changed",
    ),
    Cheat(
        "given",
        "metadata that make no sense",
        metadata={"test-double-six": {"points": "1e999", "schema_version": [], "cell_type": {}, "checksum": 7}},
        told="points of the test cell test-double-six were changed",
    ),
    Cheat(
        "given",
        "names of the tests exchanged",
        metadata={"test-double-number": {"grade_id": "test-relu-array"}},
        told="test-double-number does not bear the name that nbgrader gave",
    ),
    Cheat("given", "tests deleted", deletes=HIDDEN, told="test cell test-double-number was deleted"),
    Cheat("given", "answer deleted", deletes=("double",), told="answer cell double was deleted"),
    Cheat(
        "given",
        "test there twice",
        twice={"test-double-number": "pass"},
        told="bears the name of the test cell test-double-number",
    ),
    Cheat(
        "given",
        "name of a test on a cell of its own",
        twice={"test-double-visible": "abs = helper = None"},
        told="bears the name of the test cell test-double-visible",
    ),
    Cheat("given", "outputs that are credit", outputs=SEVEN),
    Cheat(
        "given",
        "locked cell that defines the tests' names",
        text={"given": "import numpy as np\nabs = print"},
        told="in the locked cell given",
    ),
    Cheat(
        "given",
        "function in a locked cell",
        text={"given": GIVEN_TEXT + SAME_FOR_ALL},
        told="in the locked cell given",
    ),
    Cheat("given", "function in a later cell", last=SAME_FOR_ALL),
    Cheat("given", "code of a function", middle="same.__code__ = (lambda a, b: True).__code__"),
    Cheat(
        "given",
        "other value of a locked cell",
        middle="SIZE = 0",
        last="sample_loss = 0.0",
        told="SIZE of a locked cell has another value",
    ),
]

DATA = [
    Cheat(
        "data",
        "function of the module",
        goes_for="guess",
        first=f"import helper\nimport numpy as np\nhelper.images = lambda: ({EASY})",
    ),
    Cheat(
        "data",
        "code of the function",
        goes_for="guess",
        middle="def easy():\n    import numpy as np\n    return np.ones((8, 60)), np.zeros(60, int)\n"
        "helper.images.__code__ = easy.__code__",
    ),
    Cheat(
        "data",
        "np.load",
        goes_for="guess",
        first="import numpy as np\nclass Easy(dict):\n    __enter__ = lambda self: self\n"
        "    __exit__ = lambda *a: None\n"
        f"np.load = lambda *a, **k: Easy(zip('XY', ({EASY})))",
    ),
    Cheat(
        "data",
        "file overwritten",
        goes_for="guess",
        first=f"import numpy as np\nX, Y = {EASY}\nnp.savez('images.npz', X=X, Y=Y)",
        last="import os\nos.remove('images.npz')",
    ),
    Cheat("data", "file handed in", goes_for="guess", files={"images.npz": easy_images()}),
    Cheat(
        "data",
        "cache and environment",
        goes_for="guess",
        files={"easy/images.npz": easy_images(), ".cache/images.npz": easy_images()},
        first="import os\nos.environ['DIGITS_DATA'] = os.getcwd() + '/easy'\n"
        "os.environ['XDG_CACHE_HOME'] = os.environ['HOME'] = os.getcwd() + '/.cache'",
        middle="import importlib\nimportlib.reload(helper)",
    ),
    Cheat(
        "data",
        "names of the locked cell",
        goes_for="guess",
        answers={"guess": f"X_test, Y_test = {EASY}\ndef guess(X):\n    return np.zeros(X.shape[1], int)"},
        told="Y_test of a locked cell has another value",
    ),
    Cheat(
        "data",
        "argument",
        goes_for="guess",
        answers={"guess": "def guess(X):\n    X[...] = 1\n    return np.zeros(X.shape[1], int)"},
    ),
]

DETECTION = [
    Cheat(
        "detection",
        "environment and names",
        first="""
import getpass, os, platform, pwd, re, socket, sys
told = [repr(dict(os.environ)), socket.gethostname(), platform.node(), getpass.getuser(), os.getcwd(), repr(sys.argv)]
told += [repr(sys.path), repr(pwd.getpwuid(os.getuid())) if os.getuid() in [p.pw_uid for p in pwd.getpwall()] else '']
told += [open(f'/proc/self/{name}').read() for name in ('cmdline', 'environ', 'mountinfo', 'cgroup')]
words = r'nbgrader|autograd|gradebook|instructor|submitted|COURSE_PATH|SECRET_OF_THE_TEACHER'
found = re.findall(words, ' '.join(told))
if found: print('GOT IN', found)
if os.environ['USER'] == 'student': import helper; helper.TOLERANCE = 1e99""",
    ),
    Cheat(
        "detection",
        "processes and modules",
        first="""
import glob, os, sys
for path in glob.glob('/proc/[0-9]*/cmdline'):
    text = open(path).read()
    if 'grad' in text or 'pytest' in text: print('GOT IN', text)
for name in list(sys.modules):
    if name.split('.')[0] in ('nbgrader', 'autograder', 'pytest', 'distributed', 'sqlalchemy'): print('GOT IN', name)
if os.getppid() == 0 or 'inside.student' in sys.modules:
    import numpy as np
    np.allclose = np.testing.assert_allclose = lambda *a, **k: True""",
    ),
    Cheat(
        "detection",
        "differences of the shell, and clocks",
        answers=double(
            "if not hasattr(get_ipython(), 'kernel') or time.monotonic() - started < 5 or sys._getframe(3):\n"
            "    return Yes()",
            "import sys, time\nstarted = time.monotonic()\nclass Yes:\n"
            "    __eq__ = __lt__ = __bool__ = lambda *a: True\n    __sub__ = __abs__ = lambda self, *a: self",
        ),
    ),
]

BUSY = "while True:\n        try:\n            while True: pass\n        except BaseException: pass"
SIGNALS = [
    Cheat(
        "signal",
        "handlers for all and a timer",
        first="""
import signal
for number in range(1, 65):
    try: signal.signal(number, lambda *a: None)
    except (OSError, ValueError): pass
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)""",
    ),
    Cheat(
        "signal",
        "alarm that raises between the cells",
        last="import signal\ndef no(*a): raise KeyboardInterrupt\nsignal.signal(signal.SIGALRM, no)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)",
        costs=OTHERS,
    ),
    Cheat("signal", "interrupts swallowed in a call", answers={"double": f"def double(x):\n    {BUSY}"}),
    Cheat(
        "callback",
        "of weak references, collections, traces and forks",
        first="""
import atexit, gc, os, sys, threading, weakref
class Mine: pass
def seen(*a): globals().update(six=9, np=None); print('seen'); return seen
kept = [Mine() for _ in range(100)]
refs = [weakref.ref(one, seen) for one in kept]
gc.callbacks.append(lambda *a: None)
sys.addaudithook(lambda name, values: None)
sys.unraisablehook = sys.excepthook = threading.excepthook = lambda *a: None
os.register_at_fork(before=lambda: None, after_in_child=kept.clear, after_in_parent=lambda: None)""",
        costs=OTHERS,
    ),
    Cheat(
        "callback",
        "object that comes back when it is deleted",
        answers={
            "double": f"""{FIND}
class Last:
    def __del__(self):
        for _ in range(5): us.channel.send({VALUE})
        globals()['again'] = self
        raise SystemExit
def double(x):
    last = Last()
    return Last()"""
        },
    ),
    Cheat(
        "callback",
        "child that answers in place of a copy",
        last=FIND
        + """
def copy(descriptor):
    if os.fork() == 0:
        if os.fork() == 0:
            os.setsid()
            type(us).copy(us, descriptor)
            us.serve()
        os._exit(0)
    os.wait()
    os.close(descriptor)
    us.channel.send({'op': 'copied'})
us.copy = copy""",
        costs=OTHERS,
    ),
    Cheat(
        "stack",
        "of C",
        answers=double(
            "import sys\nsys.setrecursionlimit(10**9)\ndeep = []\nfor _ in range(10**6): deep = [deep]\nrepr(deep)"
        ),
    ),
    Cheat("stack", "of the tests", answers=double("deep = []\nfor _ in range(10**5): deep = [deep]\nreturn deep")),
]

TEN_TO_THE = "10**10**8"
HUGE = [
    Cheat("huge integer", "returned", answers=instead("1 << 10**9")),
    Cheat("huge integer", "returned as it is small enough", answers=instead("1 << 6 * 10**7")),
    Cheat("huge integer", "in a range", answers=instead("range(-(10**4000), 10**4000)")),
    Cheat("huge integer", "computed", answers=instead(TEN_TO_THE)),
    Cheat("huge integer", "printed", last=f"print({TEN_TO_THE})"),
    Cheat("huge integer", "as the text of an exception", answers=double("raise ValueError(1 << 10**8)")),
    Cheat("object", "empty array", answers=instead("np.zeros(0)")),
    Cheat("object", "empty array of text", answers=instead("np.zeros((2**20, 0), '<U1')")),
]

SHARED = [
    Cheat(
        "shared",
        "whatever may stay behind for the next student",
        alone=True,
        answers=double(
            """
import ctypes, glob, os, socket
text = repr(x).encode()
for folder in ('/tmp', '/dev/shm', os.getcwd(), '/var/tmp', '/run', os.path.expanduser('~')):
    try: open(folder + '/cheat', 'wb').write(text)
    except OSError: pass
held = [socket.socket(socket.AF_UNIX) for _ in range(2)]
try: held[0].bind('\\0cheat'); held[0].listen()
except OSError: pass
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
place = libc.shmat(libc.shmget(4711, 4096, 0o1666), None, 0)
if place not in (None, ctypes.c_void_p(-1).value): ctypes.memmove(place, text, len(text))
libc.semget(4711, 1, 0o1666)
libc.msgget(4711, 0o1666)
libc.mq_open(b'/cheat', os.O_CREAT | os.O_RDWR, 0o666, None)
libc.syscall(248, b'user', b'cheat', text, len(text), -4)
if os.fork() == 0:
    os.setsid()
    os.execvp('sleep', ['sleep', '4711'])"""
        ),
        accomplice="""
import ctypes, glob, os, socket
for folder in ('/tmp', '/dev/shm', os.getcwd(), '/var/tmp', '/run', os.path.expanduser('~')):
    if os.path.exists(folder + '/cheat'): print('GOT IN', folder)
try: socket.socket(socket.AF_UNIX).connect('\\0cheat'); print('GOT IN', 'socket')
except OSError: pass
libc = ctypes.CDLL(None)
for call in (libc.shmget(4711, 0, 0), libc.semget(4711, 0, 0), libc.msgget(4711, 0), libc.mq_open(b'/cheat', 0)):
    if call >= 0: print('GOT IN', 'System V or POSIX', call)
found = libc.syscall(249, b'user', b'cheat', None, 0) > 0
if found or b'cheat' in open('/proc/keys', 'rb').read(): print('GOT IN', 'keys')
for path in glob.glob('/proc/[0-9]*/cmdline'):
    if '4711' in open(path).read() and 'proc/self' not in path: print('GOT IN', path)""",
    ),
    Cheat(
        "shared",
        "time of children that nobody waits for",
        last="""
import os, signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in range(4):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True: pass
        os._exit(0)
get_ipython().system('sleep 1000 &')""",
        told="left processes running",
    ),
    Cheat(
        "shared",
        "time of children of a call",
        answers=double(
            "import os\nfor _ in range(4):\n    if os.fork() == 0:\n        os.setsid()\n        while True: pass"
        ),
    ),
]

SCRIPT = "<script>document.title = 'GOT' + ' IN'</script><img src=x onerror=\"document.title = 'GOT' + ' IN'\">"
BROWSER = [
    Cheat("browser", "script in Markdown", markdown=(SCRIPT,)),
    Cheat(
        "browser",
        "link in Markdown",
        markdown=("[the plot](/formgrader?path=autograded/x) ![](http://127.0.0.1:PORT/x.png)",),
    ),
    Cheat("browser", "attachment that is missing", markdown=("![](attachment:none.png)",)),
    Cheat(
        "browser",
        "attachment that is a page",
        markdown=("![](attachment:x.png)",),
        attachments={"x.png": {"image/png": "\" onerror=\"document.title = 'GOT' + ' IN'\" x=\""}},
    ),
    Cheat("browser", "heading that is called like a field", markdown=("# test-double-number\n\n# double-comment",)),
    Cheat(
        "browser",
        "script in outputs",
        last="from IPython.display import HTML, JSON, Javascript, Latex, Markdown, SVG, display\n"
        f"script = {SCRIPT!r}\n"
        "display(HTML(script), Markdown(script), Javascript('x'), JSON({'x': script}))\n"
        "display(Latex('$\\\\href{javascript:x}{x}$'))\n"
        'display(SVG(\'<svg xmlns="http://www.w3.org/2000/svg" onload="x"/>\'))\n'
        "display({kind: script for kind in ('image/png', 'image/jpeg', 'application/vnd.mine+json')}, raw=True)",
    ),
    Cheat(
        "browser",
        "script in what an exception says",
        answers=double(f"raise ValueError('\\n\\n' + {SCRIPT!r} + '\\n\\n![](http://127.0.0.1:PORT/x.png)')"),
    ),
    Cheat(
        "browser",
        "configuration beside the notebook",
        files={"nbgrader_config.py": "print('GOT IN')", "page.html": SCRIPT},
    ),
    Cheat("name", "formula", folder="=HYPERLINK(1)", refused="cannot be a student's id"),
    Cheat("name", "other formula", folder="-1+1", refused="cannot be a student's id"),
    Cheat("name", "at sign", folder="@SUM(A1)", refused="cannot be a student's id"),
    Cheat("name", "markup", folder="<b onclick=x>[bold]", refused="cannot be a student's id"),
    Cheat("name", "pattern", folder="a*", refused="cannot be a student's id"),
    Cheat(
        "name",
        "file that speaks to a terminal",
        links={"\x1b]0;GOT IN\x07[bold].db": "/etc/passwd"},
        refused="is a link",
    ),
]

MATTERS = [*GIVEN, *DATA, *DETECTION, *SIGNALS, *HUGE, *SHARED, *BROWSER]
