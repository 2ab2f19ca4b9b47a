"""Notebook outputs rebuilt from what a process says they are, within limits, of kinds that may be shown."""

from __future__ import annotations

import re
from typing import Any

from autograder.engine.inside.bounds import LONGEST_NAME
from autograder.engine.limits import MEBIBYTE, OutputLimits
from autograder.shown.allowance import Allowance
from autograder.shown.harmless import clean_data

LONGEST_MESSAGE = 2000
CODE_OF_A_CELL = re.compile(r"/tmp/ipykernel_7/[0-9a-f]{10}\.py(?::(\d+))?")  # the shell names it after its hash
MIMES = {
    "text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "image/svg+xml",
}  # fmt: skip

OF_CELL = "Not shown: this cell puts out more than is kept of a cell."


def of_notebook(limits: OutputLimits) -> str:
    """Return the sentence on what a notebook has no room for."""
    return f"Not shown: this notebook puts out more than {limits.notebook // MEBIBYTE} MB, or {limits.outputs} outputs."


def readable(text: Any) -> str:
    """Return text that can be written to any file: halves of surrogate pairs cannot."""
    return str(text).encode("utf-8", "replace").decode()


def clean_outputs(outputs: Any, limits: OutputLimits, left: Allowance, stream: str = "") -> list[dict[str, Any]]:
    """Return outputs of a notebook, rebuilt from what a process says they are; what is cut, a sentence takes its place.

    Parameters
    ----------
    limits
        What is kept of a cell.
    left
        What is left for the notebook.
    stream
        The name that printed text gets; by default, the one that it has.
    """
    kept = _Kept(limits, left, stream)
    for number, output in enumerate(outputs if isinstance(outputs, list) else []):
        if number >= limits.count:
            kept.cut(OF_CELL)
            break
        if isinstance(output, dict):
            kept.add(output)
    return kept.found


class _Kept:
    """The outputs of one cell that are kept."""

    def __init__(self, limits: OutputLimits, left: Allowance, stream: str) -> None:
        self.limits, self.left, self.stream = limits, left, stream
        self.found: list[dict[str, Any]] = []
        self.text, self.rich = limits.text, limits.rich  # left for this cell
        self.is_cut = False

    def add(self, output: dict[str, Any]) -> None:
        """Keep an output, as far as it is of a known kind and there is room for it."""
        kind = output.get("output_type")
        if kind == "stream" and isinstance(output.get("text"), str):
            self._add_text(output["text"], "stderr" if output.get("name") == "stderr" else "stdout")
        elif kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
            self._add_rich(kind, output["data"])
        elif kind == "error":
            name, value = (readable(output.get(key)) for key in ("ename", "evalue"))
            self._add_error(name[:LONGEST_NAME], value[:LONGEST_MESSAGE])

    def cut(self, why: str) -> None:
        """Say, once in a cell, that something is not shown."""
        if not self.is_cut:
            self.is_cut = True
            self._print(f"{why}\n", self.stream or "stdout")

    def _add_error(self, name: str, value: str) -> None:
        """Add an exception; there is always room for one."""
        entry = {"output_type": "error", "ename": name, "evalue": value, "traceback": [f"{name}: {value}"]}
        is_first = all(output["output_type"] != "error" for output in self.found)
        fits = self.left.take("outputs", 1) and self.left.take("bytes", 2 * len((name + value).encode()))
        if is_first or fits:
            self.found.append(entry)
        else:
            self.cut(of_notebook(self.limits))

    def _add_text(self, text: str, name: str) -> None:
        is_short = len(text) <= self.text
        said = readable(text[: self.text])
        self.text -= len(said)
        said = CODE_OF_A_CELL.sub(lambda found: f"line {found[1]} of a cell" if found[1] else "a cell", said)
        said, fits = self._fitting(said)
        if said:
            self._print(said, self.stream or name)
        if not fits:
            self.cut(of_notebook(self.limits))
        elif not is_short:
            self.cut(OF_CELL)

    def _fitting(self, text: str) -> tuple[str, bool]:
        """Return what of a text the notebook has room for, and whether that is all of it."""
        content = text.encode()
        room = min(len(content), self.left.bytes) if self.left.take("outputs", 1) else 0
        self.left.take("bytes", room)
        return content[:room].decode("utf-8", "ignore"), room == len(content)

    def _print(self, text: str, name: str) -> None:
        last = self.found[-1] if self.found else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["text"] += text
        else:
            self.found.append({"output_type": "stream", "name": name, "text": text})

    def _add_rich(self, kind: str, given: dict[str, Any]) -> None:
        data = {
            mime: readable(value) for mime, value in given.items() if mime in MIMES and isinstance(value, str) and value
        }
        characters = sum(map(len, data.values()))
        if not characters:
            return
        if characters > self.rich:
            self.cut(OF_CELL)
            return
        self.rich -= characters
        size = sum(len(value.encode()) for value in data.values())
        if not (self.left.take("outputs", 1) and self.left.take("bytes", size)):
            self.cut(of_notebook(self.limits))
            return
        if shown := clean_data(data, self.left):
            entry: dict[str, Any] = {"output_type": kind, "data": shown, "metadata": {}}
            self.found.append({**entry, "execution_count": None} if kind == "execute_result" else entry)
