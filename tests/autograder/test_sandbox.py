"""What a student's code can see and do in the sandbox, tried by running such code there."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.execute import Settings, run_cells
from autograder.sandbox import SandboxKind

Cells = list[str]


def printed(*cells: str, files: list[tuple[str, Path]] | None = None, settings: Settings | None = None) -> Cells:
    """Run cells in the sandbox; return what each printed or the name of the exception that it raised."""
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    done: nbformat.NotebookNode = run_cells(notebook, {}, files or [], settings or Settings(seconds=20))
    return [
        "".join(output.get("text", "") or output.get("ename", "") for output in cell.outputs).strip()
        for cell in done.cells
    ]


def test_nothing_of_the_machine_shows(tmp_path: Path) -> None:
    secret = tmp_path / "gradebook.db"
    secret.write_text("grades")
    os.environ["A_SECRET"] = "token"
    try:
        seen = printed(
            "import os, pathlib",
            f"print(os.path.exists({str(secret)!r}), os.path.exists({str(Path(__file__).parent)!r}))",
            "print('A_SECRET' in os.environ, b'A_SECRET' in open('/proc/1/environ', 'rb').read())",
            "print(len([p for p in os.listdir('/proc') if p.isdigit()]) <= 4)",
            "print(os.getuid() != 0, os.getcwd())",
            "pathlib.Path('/usr/x').write_text('x')",
            "pathlib.Path('result.txt').write_text('x'); print('written')",
            "print([v for v in os.environ if 'NBGRADER' in v or 'AUTOGRADER' in v or 'JPY' in v])",
        )
    finally:
        del os.environ["A_SECRET"]
    assert seen[1:] == [
        "False False",
        "False False",
        "True",
        "True /home/student",
        "OSError",
        "written",
        "[]",
    ]


def test_no_network_not_even_to_this_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ask = f"import socket; print(bool(socket.create_connection(('127.0.0.1', {port}), timeout=5)))"
        assert printed(ask) == ["ConnectionRefusedError"]
        assert printed(ask, settings=Settings(sandbox=SandboxKind.none)) == ["True"], "the server is there"


def test_disk_file_size_and_memory_are_limited() -> None:
    seen = printed(
        "import numpy as np",
        "open('one', 'wb').write(bytes(200 * 2**20))",
        "for i in range(6):\n    open(f'part{i}', 'wb').write(bytes(100 * 2**20))",
        "import os\nfor name in os.listdir('.'):\n    if name.startswith(('one', 'part')): os.remove(name)",
        "np.ones(2**30)",
        "print('alive')",
    )
    assert seen[1:3] == ["OSError", "OSError"]
    assert "MemoryError" in seen[4]
    assert seen[5] == "alive"


def test_one_blas_thread_and_fixed_hashes() -> None:
    ask = "import os; print(os.environ['OPENBLAS_NUM_THREADS'], os.environ['PYTHONHASHSEED'], hash('a'))"
    assert printed(ask) == printed(ask)


def test_files_of_the_submission_come_last_on_the_path(tmp_path: Path) -> None:
    for name in ("numpy.py", "sitecustomize.py", "json.py", "mine.py"):
        (tmp_path / name).write_text("print('taken over')\n")
    files = [(path.name, path) for path in tmp_path.iterdir()]
    seen = printed("import json, numpy; print(numpy.ones(1))", "import mine", files=files)
    assert seen == ["[1.]", "taken over"]


def test_the_data_set_is_a_setting_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "mnist").mkdir()
    seen = printed(
        "import os; print(os.environ.get('DIGITS_DATA'), os.listdir('/data'))", settings=Settings(data=tmp_path)
    )
    assert seen == ["/data ['mnist']"]


@pytest.mark.parametrize(
    "answer",
    ["print('x' * 10**7)", "for i in range(10**5): print(i)"],
    ids=["one long line", "many lines"],
)
def test_a_flood_of_output_ends(answer: str) -> None:
    assert printed(answer, "print('alive')")[1] == "alive"
