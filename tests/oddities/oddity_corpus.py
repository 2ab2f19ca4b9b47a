"""The honest oddities: what editors, browsers and students do to a right submission, and what may come of it."""

from __future__ import annotations

import json

from oddity import (
    Oddity,
    answer,
    as_bytes,
    as_json,
    colab,
    delete,
    double_up,
    each_cell,
    encoded,
    extra,
    first,
    forget,
    format_3,
    kernel,
    merge,
    move,
    new_ids,
    output,
    turn,
    vs_code,
    write,
)
from oddity_class import GIVEN, HELPER, RIGHT, STUB

DOUBLE, RELU = RIGHT["double"], RIGHT["relu"]
WRONG = "def relu(Z):\n    return Z"
LARGER = "def larger(a, b):\n    return np.maximum(a, b)"
BY_LARGER = "def relu(Z):\n    return larger(Z, 0)"
HUGE = 25 * 2**20  # characters of an output; a notebook without outputs may have less

CELLS = [
    Oddity("nothing odd at all"),
    Oddity("a test was deleted", (delete("test-relu-hidden"),), odd=("test cell test-relu-hidden was deleted",)),
    Oddity("the imports were deleted", (delete("given"),), odd=("locked cell given was deleted",)),
    Oddity(
        "an answer was deleted",
        (delete("relu"),),
        lost=("relu",),
        odd=("answer cell relu was deleted",),
        said="is still as it was handed out",
    ),
    Oddity(
        "all but the answers was deleted",
        (
            delete(
                "title",
                "given",
                "text-double",
                "test-double-visible",
                "test-double-hidden",
                "test-relu-visible",
                "test-relu-hidden",
                "sample",
                "test-loss-visible",
                "test-loss-hidden",
            ),
        ),
        odd=("given was deleted", "test-loss-hidden was deleted"),
    ),
    Oddity("an answer twice", (double_up("relu"),), odd=("the cell relu is there more than once",)),
    Oddity("a test twice", (double_up("test-relu-visible"),), odd=("test-relu-visible is there more than once",)),
    Oddity(
        "the stub once more in front",
        (write(relu="def relu(Z):\n    raise NotImplementedError"), double_up("relu", RELU)),
        odd=("answer cell relu is there in several pieces",),
    ),
    Oddity(
        "an answer split in two",
        (write(relu=LARGER), double_up("relu", BY_LARGER)),
        odd=("answer cell relu is there in several pieces",),
    ),
    Oddity(
        "an answer split into a cell without metadata",
        (write(relu=BY_LARGER), extra(LARGER, "relu")),
    ),
    Oddity(
        "an answer split with the helper in front",
        (extra(LARGER, "test-double-hidden"), write(relu=BY_LARGER)),
    ),
    Oddity("two answers merged", (merge("double", "relu"),), odd=("relu was merged into the answer cell double",)),
    Oddity(
        "three answers merged",
        (merge("double", "relu"), merge("double", "mean_loss")),
        odd=("relu was merged into the answer cell double", "mean_loss was merged into the answer cell double"),
    ),
    Oddity(
        "an answer merged with its test",
        (merge("relu", "test-relu-visible"),),
        odd=("test cell test-relu-visible was merged into the answer cell relu",),
    ),
    Oddity(
        "the imports merged with an answer",
        (merge("given", "double"),),
        odd=("locked cell given was merged into the answer cell double",),
    ),
    Oddity(
        "a test merged with the next answer",
        (merge("test-double-visible", "relu"),),
        odd=("test cell test-double-visible was merged into the answer cell relu",),
    ),
    Oddity("cells in another order", (move("mean_loss", "given"),), odd=("stood in another order (double",)),
    Oddity("an answer at the end", (move("double", "why"),), odd=("stood in another order (double)",)),
    Oddity("an answer as markdown", (turn("relu", "markdown"),), odd=("relu had become a markdown cell",)),
    Oddity("a test as raw text", (turn("test-relu-hidden", "raw"),), odd=("test-relu-hidden had become a raw cell",)),
    Oddity("a written answer as code", (turn("why", "code"),), odd=("answer cell why had become a code cell",)),
    Oddity(
        "the answer in a cell of its own",
        (delete("relu"), extra(RELU, "test-double-hidden")),
        odd=("the cell relu does not bear the name that nbgrader gave; recognised by the names",),
    ),
    Oddity(
        "the answer below the untouched stub",
        (write(relu=STUB["relu"]), extra(RELU, "relu")),
        odd=("relu does not bear the name",),
    ),
    Oddity(
        "the answer above the untouched stub",
        (write(relu=STUB["relu"]), extra(RELU, "test-double-hidden")),
        odd=("relu does not bear the name",),
    ),
    Oddity(
        "a test written in another form",
        (write(test_double_visible='assert (double( 2 ) == 4), "double(2) is not 4"  # black'),),
        odd=("test cell test-double-visible was written in another form",),
    ),
    Oddity("white space everywhere", (write(given=GIVEN.replace("\n", "  \r\n") + "\t\n\n"),)),
    Oddity(
        "an import added to the given cell",
        (write(given=f"{GIVEN}\nimport os"),),
        odd=("os in the locked cell given was changed; it was graded as handed out",),
    ),
    Oddity(
        "trying things in a copy of a test",
        (double_up("test-double-visible", "assert double(3) == 6"),),
        changed=("cell 6 bears the name of the test cell test-double-visible, but has another text",),
    ),
]

EDITORS = [
    Oddity("saved by colab", save=as_json(colab), odd=("recognised by cell id",)),
    Oddity(
        "saved by colab with new ids",
        (new_ids,),
        as_json(colab),
        odd=("recognised by text", "the names that they define"),
    ),
    Oddity("saved by vs code", save=as_json(vs_code), odd=("given, double, test-double-visible",)),
    Oddity(
        "saved by vs code with new ids",
        (new_ids,),
        as_json(vs_code),
        odd=("recognised by text", "the names that they define"),
    ),
    Oddity("metadata of one cell lost", (forget("relu"),), odd=("the cell relu does not bear the name",)),
    Oddity(
        "all lost and the answers deleted but one",
        (delete("relu", "mean_loss"), forget(), new_ids),
        lost=("relu", "mean_loss"),
        odd=("answer cell relu was deleted", "answer cell mean_loss was deleted"),
    ),
    Oddity(
        "all lost and two answers merged",
        (merge("relu", "mean_loss"), forget(), new_ids),
        odd=("mean_loss was merged into the answer cell relu",),
    ),
    Oddity(
        "all lost and an answer split",
        (
            write(relu=BY_LARGER),
            extra(LARGER, "relu"),
            forget(),
            new_ids,
        ),
        odd=("the names that they define",),
    ),
    Oddity("all lost and reordered", (move("mean_loss", "given"), forget(), new_ids), odd=("stood in another order",)),
    Oddity(
        "all lost and a broken answer",
        (answer("relu", RELU.replace("return np", "return (np")), forget(), new_ids),
        lost=("relu",),
        odd=("the names that they define",),
        said="SyntaxError",
    ),
    Oddity(
        "all lost and tests deleted",
        (delete("test-relu-visible", "test-loss-visible", "sample"), forget(), new_ids),
        odd=("test cell test-relu-visible was deleted", "locked cell sample was deleted"),
    ),
    Oddity(
        "all lost and an answer as markdown",
        (turn("relu", "markdown"), forget(), new_ids),
        odd=("relu had become a markdown cell",),
    ),
    Oddity(
        "all lost and a test changed",
        (write(test_double_visible="assert double(2) == 4, 'double(2) is not four'"), forget(), new_ids),
        odd=("a text that is much alike",),
        changed=("the text of the test cell test-double-visible was changed",),
    ),
    Oddity(
        "names of nbgrader changed",
        (lambda notebook: notebook.cells[3].metadata.nbgrader.update(grade_id="mine"),),
        odd=("calls itself 'mine'", "the cell double does not bear the name"),
    ),
    Oddity("kernel of a browser", (kernel(name="python", display_name="Python (Pyodide)"),)),
    Oddity("kernel of an environment", (kernel(name="my-env", display_name="my env"),), odd=("the kernel 'my-env'",)),
    Oddity("no kernel at all", (kernel(),)),
    Oddity("notebook format 3", save=as_json(format_3), odd=("old notebook format 3",)),
    Oddity(
        "metadata of the notebook missing",
        save=as_json(lambda raw: raw.pop("metadata") and raw),
        odd=("had lost its own metadata",),
    ),
    Oddity(
        "metadata of cells missing",
        save=each_cell(lambda cell: cell.pop("metadata")),
        odd=("cell 1 had lost its metadata", "recognised by cell id"),
    ),
    Oddity("outputs missing", save=each_cell(lambda cell: (cell.pop("outputs", 0), cell.pop("execution_count", 0)))),
    Oddity("text as one line each", save=each_cell(lambda cell: cell.update(source="".join(cell["source"])))),
    Oddity(
        "lines without ends",
        save=each_cell(lambda cell: cell.update(source="".join(cell["source"]).split("\n"))),
        odd=("the lines of cell 1 had lost their ends",),
    ),
    Oddity("keys that nobody knows", save=each_cell(lambda cell: cell.update(theme="dark", outputs_hidden=3))),
    Oddity("broken outputs", save=each_cell(lambda cell: cell.update(outputs=[{"output_type": "?"}, 3, None]))),
    Oddity("state of widgets", (lambda notebook: notebook.metadata.update(widgets={"state": {}}),)),
    Oddity(
        "a cell that is none",
        save=as_json(lambda raw: raw["cells"].append(None)),
        odd=("1 of the entries of exam.ipynb were not cells",),
    ),
]

FILES = [
    Oddity("named by a browser", file="exam (1).ipynb", odd=("exam.ipynb was handed in as exam (1).ipynb",)),
    Oddity("named by jupyter", file="exam-Copy1.ipynb", odd=("handed in as exam-Copy1.ipynb",)),
    Oddity("named in german", file="Kopie von exam.ipynb", odd=("handed in as Kopie von exam.ipynb",)),
    Oddity("named after the student", file="alice müller.ipynb", odd=("handed in as alice müller.ipynb",)),
    Oddity(
        "named after the student and without metadata",
        (forget(), new_ids),
        file="alice.ipynb",
        odd=("handed in as alice.ipynb", "recognised by text"),
    ),
    Oddity(
        "scratch beside it",
        file="alice.ipynb",
        files={"scratch.ipynb": (delete(*RIGHT, "given"), lambda nb: nb.update(cells=nb.cells[:1]))},
        odd=("handed in as alice.ipynb", "scratch.ipynb is another notebook"),
    ),
    Oddity(
        "answers in the copy",
        tuple(answer(name, text) for name, text in STUB.items()),
        files={"exam-Copy1.ipynb": ()},
        odd=("exam-Copy1.ipynb was taken, since it is the only one with answers",),
    ),
    Oddity(
        "a copy with other answers",
        files={"exam-Copy1.ipynb": (write(relu=WRONG),)},
        odd=("exam.ipynb was taken, since it has the assignment's name",),
    ),
    Oddity(
        "the same twice",
        file="exam (1).ipynb",
        files={"exam (2).ipynb": ()},
        odd=("exam (1).ipynb was taken, since they are all the same",),
    ),
    Oddity(
        "a name that is close",
        file="my exam.ipynb",
        files={"alice.ipynb": (write(relu=WRONG),)},
        odd=("my exam.ipynb was taken, since its name is the closest",),
    ),
    Oddity(
        "two that differ",
        file="exam (1).ipynb",
        files={"exam (2).ipynb": (write(relu=WRONG),)},
        refused="which differ and could each be exam.ipynb",
    ),
    Oddity(
        "another notebook altogether",
        (lambda nb: nb.update(cells=nb.cells[:1]),),
        file="diary.ipynb",
        refused="nothing of the assignment",
    ),
    Oddity(
        "nothing left of it",
        (lambda nb: nb.update(cells=nb.cells[:1]),),
        refused="Nothing of the assignment exam can be recognised",
    ),
    Oddity(
        "an empty file and a copy",
        save=as_bytes(lambda _: b""),
        files={"exam-Copy1.ipynb": ()},
        odd=("handed in as exam-Copy1.ipynb", "exam.ipynb cannot be read"),
    ),
    Oddity(
        "checkpoints and what a mac leaves",
        files={".ipynb_checkpoints/exam-checkpoint.ipynb": (), "__MACOSX/._exam.ipynb": "x", ".DS_Store": "x"},
    ),
    Oddity("ends of lines as on windows", save=as_bytes(lambda content: content.replace(b"\n", b"\r\n"))),
    Oddity(
        "ends of lines as on windows in the cells",
        save=as_json(lambda raw: json.loads(json.dumps(raw).replace("\\n", "\\r\\n"))),
    ),
    Oddity("byte order mark", save=encoded("utf-8-sig"), odd=("begins with a byte order mark",)),
    Oddity("utf 16", save=encoded("utf-16"), odd=("was saved as UTF-16, not as UTF-8",)),
    Oddity("windows 1252", (write(why="Since it is schön."),), encoded("cp1252"), odd=("was read as Windows-1252",)),
    Oddity("nul bytes at the end", save=as_bytes(lambda content: content + b"\0" * 4096), odd=("ends in NUL bytes",)),
    Oddity(
        "huge outputs",
        (output(output_type="stream", name="stdout", text="x" * (HUGE // 10)),),
        odd=("MB; its outputs were left out",),
    ),
    Oddity("other files", files={"notes.txt": "mine", "pictures/a.svg": "<svg/>", "data.csv": "1,2"}),
    Oddity("the given file handed in too", files={"helper.py": HELPER}),
    Oddity("the given file changed", files={"helper.py": "TOLERANCE = 1\n"}, odd=("helper.py is not as it was",)),
    Oddity(
        "a module of their own",
        (answer("double", "import mine\ndef double(x):\n    return mine.twice(x)"),),
        files={"mine.py": "def twice(x):\n    return x + x\n"},
    ),
    Oddity(
        "a package of their own",
        (answer("double", "from own.deep import twice as double"),),
        files={"own/__init__.py": "", "own/deep.py": "def twice(x):\n    return x + x\n"},
    ),
]


def double(body: str, before: str = "") -> tuple:
    """Return an edit by which `double` does something else on the way."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return (answer("double", f"{before}\ndef double(x):\n{lines}"),)


NOISE = "import sys, warnings\nwarnings.warn('careful')\nprint('hm', file=sys.stderr)\n"
PERSISTENT = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"

CODE = [
    Oddity("warnings and prints", double(f"{NOISE}print('x')\nreturn 2 * x", NOISE)),
    Oddity("deprecated calls", double("np.row_stack([[1], [2]])\nreturn 2 * x")),
    Oddity("a cell that fails", (extra("1 / 0"), extra("undefined_name", "given"))),
    Oddity("a cell that asks", (extra("name = input('Who are you? ')"),)),
    Oddity(
        "an answer that asks",
        double("return int(input('Factor: ')) * x"),
        lost=("double",),
        said="input() needs somebody to answer",
    ),
    Oddity(
        "show everywhere",
        (
            *double("""
plt.figure()
plt.plot([1, 2])
plt.show()
return 2 * x"""),
            extra("plt.plot([1, 2]); plt.show()"),
            extra("plt.show()", "relu"),
        ),
    ),
    Oddity("leaving with exit", (extra("exit()"), extra("quit()", "relu"))),
    Oddity("leaving with sys exit", (extra("import sys\nsys.exit(0)"),)),
    Oddity("the process ends", (extra("import os\nos._exit(1)"),)),
    Oddity("an answer that ends the process", double("import os\nos._exit(0)"), lost=("double",)),
    Oddity("an endless cell", (extra("while True: pass"),)),
    Oddity("an endless answer", double("while True: pass"), lost=("double",)),
    Oddity("an endless answer that does not listen", double(PERSISTENT), lost=("double",)),
    Oddity("an endless recursion", double("return double(x)"), lost=("double",)),
    Oddity("too much memory", double("return x * len(bytearray(2**40))"), lost=("double",)),
    Oddity(
        "slow but right",
        double("""
for _ in range(3_000_000): pass
return 2 * x"""),
    ),
    Oddity(
        "much too slow",
        double("""
for _ in range(10**10): pass
return 2 * x"""),
        lost=("double",),
    ),
    Oddity("waiting", double("import time\ntime.sleep(0.1)\nreturn 2 * x")),
    Oddity("timing", (extra("%timeit -n 3 -r 1 double(2)"), extra("%%time\nx = double(2)", "test-relu-visible"))),
    Oddity(
        "magics",
        (
            first("""
%matplotlib inline
%load_ext autoreload
%autoreload 2
%config InlineBackend.figure_format = 'svg'"""),
        ),
    ),
    Oddity("magics in an answer", (answer("double", f"%matplotlib inline\n{DOUBLE}"),)),
    Oddity("shell escapes", (extra("!ls\nfiles = !echo hi\n!nvidia-smi"), answer("relu", f"!echo here\n{RELU}"))),
    Oddity("installing packages", (first("!pip --version\n%pip --version"),)),
    Oddity(
        "mounting a drive",
        (
            first("""
from google.colab import drive
drive.mount('/content/drive')"""),
        ),
    ),
    Oddity(
        "type hints",
        (
            answer(
                "double",
                """
from __future__ import annotations
from typing import Any
def double(x: Any) -> Any:
    y: Any = 2 * x
    return y""",
            ),
            answer(
                "mean_loss",
                """
from numpy.typing import NDArray
def mean_loss(P: NDArray, Y: 'NDArray') -> float:
    return float(((P - Y)**2).mean())""",
            ),
        ),
    ),
    Oddity(
        "decorators",
        (
            answer(
                "double",
                (
                    """
import functools
def traced(f):
    @functools.wraps(f)
    def inner(*a, **k):
        return f(*a, **k)
    return inner
"""
                    "@traced\ndef double(x):\n    return 2 * x"
                ),
            ),
        ),
    ),
    Oddity(
        "numpy vectorize",
        (
            answer(
                "relu",
                """
@np.vectorize
def relu(z):
    return z if z > 0 else 0.0""",
            ),
        ),
    ),
    Oddity("a lambda", (answer("double", "double = lambda x: 2 * x"),)),
    Oddity(
        "a partial",
        (
            answer(
                "double",
                """
from functools import partial
import operator
double = partial(operator.mul, 2)""",
            ),
        ),
    ),
    Oddity(
        "an object that is called",
        (
            answer(
                "double",
                """
class Double:
    def __call__(self, x):
        return 2 * x
double = Double()""",
            ),
        ),
    ),
    Oddity(
        "recursion",
        (
            answer(
                "mean_loss",
                (
                    """
def mean_loss(P, Y):
    def total(d):
        return 0.0 if len(d) == 0 else d[0] ** 2 + total(d[1:])
    return total(P - Y) / len(P)"""
                ),
            ),
        ),
    ),
    Oddity(
        "other seeds",
        (
            extra("""
import random
random.seed(7)
np.random.seed(7)"""),
            *double("np.random.seed(3)\nreturn 2 * x"),
        ),
    ),
    Oddity(
        "another name for numpy",
        (
            answer(
                "relu",
                """
import numpy
def relu(Z):
    return numpy.maximum(Z, 0)""",
            ),
            extra("import numpy as N\nN.ones(3)"),
        ),
    ),
    Oddity(
        "a global renamed",
        (
            answer(
                "double",
                """
factor = 2
def double(x):
    return factor * x""",
            ),
            extra("factor_of_two = factor\nfactor = 2.0"),
        ),
    ),
    Oddity(
        "an old numpy", double("return np.float(2) * x"), lost=("double",), said="has no np.float any more; write float"
    ),
    Oddity(
        "an infinite old numpy",
        double("return 2 * x if x is not np.Inf else x"),
        lost=("double",),
        said="has no np.Inf any more; write np.inf",
    ),
    Oddity(
        "an old python",
        (
            answer(
                "double",
                """
def double(x):
    print x
    return 2 * x""",
            ),
        ),
        lost=("double",),
        said="this is Python 2",
    ),
    Oddity("an old range", double("return sum(x for _ in xrange(2))"), lost=("double",), said="this is Python 2"),
    Oddity(
        "an old exception",
        (
            answer(
                "double",
                """
def double(x):
    try:
        return 2 * x
    except ValueError, error:
        raise""",
            ),
        ),
        lost=("double",),
        said="this is Python 2",
    ),
    Oddity(
        "async",
        (
            extra("""
import asyncio
async def later():
    await asyncio.sleep(0)
    return 1
await later()"""),
            *double("""
async def twice():
    return 2 * x
try:
    twice().send(None)
except StopIteration as end:
    return end.value"""),
        ),
    ),
    Oddity(
        "quotes within quotes",
        double("""
d = {'a': 2}
print(f"{d['a']} and {d['''a''']!r:>{d['a'] + 3}}")
return d['a'] * x"""),
    ),
    Oddity(
        "letters that are not english",
        (
            answer(
                "double",
                """
größe = 2
π = 3.14
def verdopple(число):
    return größe * число
double = verdopple""",
            ),
        ),
    ),
    Oddity("comments only", (extra("# what I did"), extra("", "relu"), first("\n\n"))),
    Oddity("a star import", (first("from numpy import *\nfrom math import *"),)),
    Oddity("a main part", (answer("double", f"{DOUBLE}\nif __name__ == '__main__':\n    print(double(2))"),)),
    Oddity(
        "a helper is deleted at the end",
        (
            answer(
                "double",
                """
def twice(x):
    return 2 * x
def double(x):
    return twice(x)""",
            ),
            extra("del twice", "why"),
        ),
    ),
    Oddity(
        "a helper is deleted at once",
        (
            answer(
                "double",
                """
def twice(x):
    return 2 * x
def double(x):
    return twice(x)
del twice""",
            ),
        ),
        lost=("double",),
        said="'twice' is not defined",
    ),
    Oddity(
        "print is replaced",
        (
            first("""
import builtins
old = print
def print(*a, **k):
    old('>', *a, **k)
builtins.print = print"""),
        ),
    ),
    Oddity(
        "logging",
        double("""
import logging
logging.basicConfig(level=0)
logging.warning('at %s', x)
return 2 * x"""),
    ),
    Oddity(
        "a progress bar",
        double("""
from tqdm.auto import tqdm
for _ in tqdm(range(3)): pass
return 2 * x"""),
    ),
    Oddity(
        "threads",
        double("""
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(2) as pool:
    return list(pool.map(lambda v: 2 * v, [x]))[0]"""),
    ),
    Oddity("an error that is not numpy's", (extra("raise KeyboardInterrupt"), extra("raise SystemExit(3)", "relu"))),
    Oddity(
        "a result of another kind",
        (
            answer(
                "mean_loss",
                """
def mean_loss(P, Y):
    return np.mean((P - Y) ** 2, keepdims=True)""",
            ),
        ),
    ),
    Oddity(
        "settings changed",
        (
            first("""
np = __import__('numpy')
np.seterr(all='raise')
np.set_printoptions(precision=2)
import warnings
warnings.simplefilter('error')"""),
        ),
    ),
    Oddity(
        "another working folder",
        (
            first("""
import os, tempfile
os.chdir(tempfile.mkdtemp())"""),
        ),
    ),
    Oddity(
        "files written",
        (
            extra("""
open('log.txt', 'w').write('x')
np.save('a.npy', np.ones(3))
assert open('log.txt').read() == 'x'"""),
        ),
    ),
]

ODDITIES = [*CELLS, *EDITORS, *FILES, *CODE]
