"""An IPython shell without a kernel: cells run as in a notebook, and what they print, show and raise is collected."""

from __future__ import annotations

import builtins
import io
import linecache
import os
import pdb
import sys
from hashlib import sha1
from types import TracebackType
from typing import Any, NoReturn

from IPython.core import debugger
from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from .bounds import FIRST_FRAMES, MOST_FRAMES, MOST_OUTPUTS, MOST_RICH, MOST_TEXT
from .exceptions import DEBUGGER_LEFT, said_by

CUT = "\n... the rest of this cell's output was left out.\n"
Output = dict[str, Any]
Frame = tuple[int, int, str]  # number of the cell, line in it, name of the function


class Outputs:
    """What a cell puts out, in order and within limits; `stream` gets what `print` writes."""

    def __init__(self) -> None:
        self.found: list[Output] = []
        self.text = self.rich = 0
        self.cut = False

    def take(self) -> list[Output]:
        """Return what has been collected and start anew."""
        found = self.found
        for output in found:
            if "parts" in output:
                output["text"] = "".join(output.pop("parts"))
        self.__init__()  # type: ignore[misc]
        return found

    def stream(self, name: str, text: str) -> None:
        """Add printed text."""
        if self.cut or not text:
            return
        left = MOST_TEXT - self.text
        if len(text) > left:
            text, self.cut = text[:left] + CUT, True
        self.text += len(text)
        last = self.found[-1] if self.found else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["parts"].append(text)
        else:
            self._add({"output_type": "stream", "name": name, "parts": [text]})

    def display(self, kind: str, data: dict[str, Any], metadata: dict[str, Any], **more: Any) -> None:
        """Add a figure, a table, the value of a cell's last expression."""
        data = {str(mime): _text(value) for mime, value in data.items()}
        self.rich += sum(map(len, data.values()))
        if self.rich > MOST_RICH:
            self.stream("stdout", CUT)
            self.cut = True
        elif not self.cut:
            self._add({"output_type": kind, "data": data, "metadata": {}, **more})

    def error(self, name: str, value: str, lines: list[str]) -> None:
        """Add an exception; there is always room for one."""
        self.found.append({"output_type": "error", "ename": name, "evalue": value, "traceback": lines})

    def _add(self, output: Output) -> None:
        if len(self.found) < MOST_OUTPUTS:
            self.found.append(output)
        elif not self.cut:
            self.cut = True
            self.found.append({"output_type": "stream", "name": "stdout", "parts": [CUT]})


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        import base64

        return base64.b64encode(value).decode()
    return value if type(value) is str else str(value)


class Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a cell."""

    encoding = "utf-8"

    def __init__(self, outputs: Outputs, name: str) -> None:
        self.outputs = outputs
        self.name = name

    def write(self, text: str) -> int:
        """Take printed text."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.outputs.stream(self.name, text)
        return len(text)

    def writable(self) -> bool:
        """Say that this can be written to."""
        return True


class _Publisher(DisplayPublisher):
    shell: Any

    def publish(self, data: Any, metadata: Any = None, *_: Any, **__: Any) -> None:
        self.shell.outputs.display("display_data", dict(data), {})

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.take()


class _Hook(DisplayHook):
    shell: Any

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        self.shell.outputs.display("execute_result", dict(format_dict), {}, execution_count=self.prompt_count)

    def finish_displayhook(self) -> None:
        pass


class _Compiler(CachingCompiler):
    """Names a cell's code after its text, and remembers which cell it was."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cell_of: dict[str, int] = {}
        self.current = 0

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        name = f"/tmp/ipykernel_7/{sha1(raw_code.encode('utf-8', 'replace')).hexdigest()[:10]}.py"
        self.cell_of[name] = self.current
        return name


class ZMQInteractiveShell(InteractiveShell):
    """The shell that a student's cells run in; it has the name that notebooks know it by."""

    compiler_class = Type(_Compiler)
    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    compile: _Compiler

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.outputs = Outputs()
        super().__init__(*args, **kwargs)

    def showtraceback(self, *_: Any, exception_only: bool = False, **__: Any) -> None:
        """Collect the exception that is being handled."""
        kind, error, traceback = sys.exc_info()
        if kind is not None and error is not None:
            said = said_by(error, "(this exception cannot be printed)")
            self.outputs.error(kind.__name__, said, describe(self.frames(traceback), f"{kind.__name__}: {said}"))

    def showsyntaxerror(self, *_: Any, **__: Any) -> None:
        """Collect a syntax error."""
        self.showtraceback()

    def frames(self, traceback: TracebackType | None) -> list[Frame]:
        """Return the frames of a traceback that are lines of cells; the outermost comes first."""
        found: list[Frame] = []
        while traceback is not None:
            code = traceback.tb_frame.f_code
            cell = self.compile.cell_of.get(code.co_filename)
            if cell is not None:
                found.append((cell, traceback.tb_lineno, code.co_name))
            traceback = traceback.tb_next
        last = MOST_FRAMES - FIRST_FRAMES
        return found[:FIRST_FRAMES] + found[-last:] if len(found) > MOST_FRAMES else found

    def _format_exception_for_storage(self, *_: Any, **__: Any) -> list[str]:
        return []  # IPython would write it into its history: slowly, and the history is off

    def enable_gui(self, gui: Any = None) -> None:
        """Do without windows."""

    def ask_exit(self) -> None:
        """Ignore `exit()`: the notebook goes on."""


def describe(frames: list[Frame], last: str) -> list[str]:
    """Return a traceback as text: the numbers of the student's own lines, and what the exception says."""
    lines = [f"line {line}" + ("" if function == "<module>" else f", in {function}") for _, line, function in frames]
    return [*lines, last]


def make_shell() -> ZMQInteractiveShell:
    """Return the process's shell, warmed up: everything that is slow the first time has been done once."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell: ZMQInteractiveShell = ZMQInteractiveShell.instance(config=config)
    shell.run_cell("%matplotlib inline\nimport matplotlib.pyplot as plt\nimport numpy as np", store_history=False)
    shell.run_cell("plt.figure(figsize=(1, 1)); plt.plot([1, 2]); plt.title('x'); plt.show()", store_history=False)
    shell.run_cell("print(np.ones(2) @ np.ones(2)); 1", store_history=False)
    shell.run_cell("1 / 0", store_history=False)
    shell.reset(new_session=True)
    shell.outputs.take()
    return shell


def connect_streams(shell: ZMQInteractiveShell) -> None:
    """Send what is printed to the shell's outputs, let `input` raise an error, and drop everything else."""
    out: Any = Stream(shell.outputs, "stdout")
    err: Any = Stream(shell.outputs, "stderr")
    sys.stdout = sys.__stdout__ = out  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = err  # type: ignore[misc]
    nowhere = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)

    def ask(prompt: object = "") -> NoReturn:
        raise RuntimeError("input() needs somebody to answer, and nobody is there: write the value into the code.")

    ask.__name__ = "input"
    builtins.input = ask

    def debug(*_: object, **__: object) -> NoReturn:
        raise RuntimeError(DEBUGGER_LEFT)

    sys.breakpointhook = pdb.set_trace = debugger.set_trace = debug
    linecache.clearcache()
