"""Notebook outputs rebuilt from what a process says they are, within limits, of kinds that may be shown."""

from __future__ import annotations

import re
from typing import Any

from autograder.engine.inside.bounds import LONGEST_NAME
from autograder.engine.limits import OutputLimits
from autograder.shown.harmless import clean_data

LONGEST_MESSAGE = 2000
CODE_OF_A_CELL = re.compile(r"/tmp/ipykernel_7/[0-9a-f]{10}\.py(?::(\d+))?")  # the shell names it after its hash
MIMES = {
    "text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "image/svg+xml",
}  # fmt: skip


def readable(text: Any) -> str:
    """Return text that can be written to any file: halves of surrogate pairs cannot."""
    return str(text).encode("utf-8", "replace").decode()


def clean_outputs(outputs: Any, limits: OutputLimits, stream: str = "") -> list[dict[str, Any]]:
    """Return outputs of a notebook, rebuilt from what a process says they are; `stream` renames printed text."""
    found: list[dict[str, Any]] = []
    text = rich = markdown = 0
    for output in outputs[: limits.count] if isinstance(outputs, list) else []:
        if not isinstance(output, dict):
            continue
        kind = output.get("output_type")
        if kind == "stream" and isinstance(output.get("text"), str):
            said = readable(output["text"][: max(0, limits.text - text)])
            text += len(said)
            said = CODE_OF_A_CELL.sub(lambda found: f"line {found[1]} of a cell" if found[1] else "a cell", said)
            name = stream or ("stderr" if output.get("name") == "stderr" else "stdout")
            if found and found[-1]["output_type"] == "stream" and found[-1]["name"] == name:
                found[-1]["text"] += said
            else:
                found.append({"output_type": "stream", "name": name, "text": said})
        elif kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
            data = {
                mime: readable(value)
                for mime, value in output["data"].items()
                if mime in MIMES and isinstance(value, str)
            }
            rich += sum(map(len, data.values()))
            markdown += len(data.get("text/markdown", ""))
            shown = clean_data(data, limits.markdown - markdown) if rich <= limits.rich else {}
            if shown:
                entry: dict[str, Any] = {"output_type": kind, "data": shown, "metadata": {}}
                found.append({**entry, "execution_count": None} if kind == "execute_result" else entry)
        elif kind == "error":
            name, value = readable(output.get("ename"))[:LONGEST_NAME], readable(output.get("evalue"))[:LONGEST_MESSAGE]
            found.append({"output_type": "error", "ename": name, "evalue": value, "traceback": [f"{name}: {value}"]})
    return found
