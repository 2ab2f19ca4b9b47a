"""The files of Pyodide are found, verified and laid together, or nothing is; tiny files stand in for them."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from assignment_cells import REPOSITORY

from autograder.course.course import Course
from autograder.errors import EnvironmentProblem, UsageError
from book.lite import fetch
from book.lite.__main__ import get
from book.lite.assemble import assemble, check, room_for
from book.lite.chapters import link_chapters
from book.lite.notebooks import FIRST, lay_notebooks
from book.lite.pieces import LOCK, Carrier, Pieces, Wheel, sha256
from book.lite.wheels import course_wheel, installed_wheel

CORE = {"pyodide.mjs": b"core", "python_stdlib.zip": b"library"}
NUMPY, SIX = "numpy-2-cp314-cp314-wasm32.whl", "six-1-py3-none-any.whl"
FILES = {**CORE, NUMPY: b"numpy", SIX: b"six, packed anew"}
PIECES = Pieces(
    {"python": "3.14.0"},
    {
        "1.0": {name: sha256(content) for name, content in CORE.items()},
        "1.1": {name: sha256(content + b" of 1.1") for name, content in CORE.items()},
    },
    (
        Wheel("NumPy", "2", NUMPY, (), ("numpy",), sha256(b"numpy")),
        Wheel("six", "1", SIX, (), ("six",), sha256(b"six, packed anew"), sha256(b"six")),
    ),
    Carrier("carrier", "1", sha256(b"carrier")),
)


def folder_with(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, files: Mapping[str, bytes]) -> Path:
    with tarfile.open(path, "w:bz2") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def nothing_half_made(root: Path) -> bool:
    return not (root / "made").exists() and not list((root / "_build").glob("*"))


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_pyodide_is_assembled_from_a_folder_or_an_archive(tmp_path: Path, kind: str) -> None:
    deep = {f"pyodide/{name}": content for name, content in FILES.items()} | {"pyodide/scipy.whl": b"not wanted"}
    place = {
        "folder": lambda: folder_with(tmp_path / "place", deep),
        "zip": lambda: zipped(tmp_path / "place.whl", deep),
        "tar": lambda: tarred(tmp_path / "place.tar.bz2", deep),
    }[kind]()
    assemble([place], tmp_path / "made", PIECES, tmp_path)
    made = {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()}
    lock = json.loads(made.pop(LOCK))
    assert made == FILES
    assert {name: entry["file_name"] for name, entry in lock["packages"].items()} == {"numpy": NUMPY, "six": SIX}
    assert lock["packages"]["six"]["sha256"] == sha256(FILES[SIX])
    check(tmp_path / "made", PIECES)


def test_a_wheel_of_plain_python_may_come_from_the_index_and_core_and_wheels_from_two_places(tmp_path: Path) -> None:
    newer = {name: content + b" of 1.1" for name, content in CORE.items()}
    places = [
        folder_with(tmp_path / "fetched", {SIX: b"six"}),
        zipped(tmp_path / "carrier.whl", {**newer, NUMPY: b"numpy"}),
    ]
    assemble(places, tmp_path / "made", PIECES, tmp_path)
    lock = json.loads((tmp_path / "made" / LOCK).read_text())
    assert lock["packages"]["six"]["sha256"] == sha256(b"six")
    assert (tmp_path / "made" / "pyodide.mjs").read_bytes() == newer["pyodide.mjs"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({**FILES, NUMPY: b"another build"}, f"{NUMPY} in PLACE is not the file that was tested"),
        ({name: content for name, content in FILES.items() if name != SIX}, f"PLACE has no {SIX}"),
        ({**FILES, "pyodide.mjs": b"core of 1.1"}, "has no"),  # half of it is another version
        ({}, "and 3 more files are missing"),
    ],
)
def test_a_wrong_or_missing_file_is_named_and_nothing_is_left(
    tmp_path: Path, files: dict[str, bytes], said: str
) -> None:
    place = folder_with(tmp_path / "place", {"README": b"", **files})
    with pytest.raises(UsageError, match=re.escape(said.replace("PLACE", str(place)))) as raised:
        assemble([place], tmp_path / "made", PIECES, tmp_path)
    assert str(raised.value).count("\n") == 0
    assert nothing_half_made(tmp_path)


def test_a_failure_leaves_what_was_there_before(tmp_path: Path) -> None:
    assemble([folder_with(tmp_path / "place", FILES)], tmp_path / "made", PIECES, tmp_path)
    with pytest.raises(UsageError):
        assemble([folder_with(tmp_path / "empty", {"README": b""})], tmp_path / "made", PIECES, tmp_path)
    check(tmp_path / "made", PIECES)


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_no_path_in_an_archive_says_where_a_file_goes(tmp_path: Path, pack: object) -> None:
    climbing = {f"../../{name}": content for name, content in FILES.items()} | {f"{tmp_path}/planted": b"x"}
    archive = pack(tmp_path / "archive", climbing)  # type: ignore[operator]
    root = tmp_path / "a" / "b"
    root.mkdir(parents=True)
    assemble([archive], root / "made", PIECES, root)
    assert {path.name for path in (root / "made").iterdir()} == {*FILES, LOCK}
    assert {path.name for path in tmp_path.iterdir()} == {"archive", "a"}
    assert {path.name for path in (tmp_path / "a").iterdir()} == {"b"}


def test_links_in_an_archive_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"numpy")
    path = tarred(tmp_path / "place.tar", {name: content for name, content in FILES.items() if name != NUMPY})
    with tarfile.open(path, "w") as archive:
        entry = tarfile.TarInfo(NUMPY)
        entry.type, entry.linkname = tarfile.SYMTYPE, str(tmp_path / "secret")
        archive.addfile(entry)
    with pytest.raises(UsageError, match="has no"):
        assemble([path], tmp_path / "made", PIECES, tmp_path)


@pytest.mark.parametrize("content", [b"no archive at all", b"PK\x03\x04 cut off", b"BZh9 cut off"])
def test_what_is_not_an_archive_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pyodide.tar.bz2"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=re.escape(str(path))):
        assemble([path], tmp_path / "made", PIECES, tmp_path)
    with pytest.raises(UsageError, match="does not exist"):
        assemble([tmp_path / "nowhere"], tmp_path / "made", PIECES, tmp_path)
    assert nothing_half_made(tmp_path)


@pytest.mark.parametrize("fault", ["changed", "missing", "lock"])
def test_a_folder_that_has_changed_is_not_built_from(tmp_path: Path, fault: str) -> None:
    made = tmp_path / "made"
    assemble([folder_with(tmp_path / "place", FILES)], made, PIECES, tmp_path)
    if fault == "missing":
        (made / NUMPY).unlink()
    else:
        (made / (LOCK if fault == "lock" else NUMPY)).write_bytes(b"{}")
    with pytest.raises(UsageError, match=rf"[Rr]emove {re.escape(str(made))}, and run make lite"):
        get([], made, PIECES, tmp_path)


def test_a_full_disk_is_a_sentence_and_nothing_is_left(tmp_path: Path) -> None:
    """The largest file that this process may write is smaller than a piece, as on a disk without room."""
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (3, resource.RLIM_INFINITY))\n"
        "from autograder.errors import EnvironmentProblem\n"
        "from book.lite.assemble import assemble\n"
        "sys.path.append('tests/book')\n"
        "from test_lite_pieces import PIECES\n"
        "root = Path(sys.argv[1])\n"
        "try:\n    assemble([root / 'place'], root / 'made', PIECES, root)\n"
        "except EnvironmentProblem as error:\n    print(error)\n"
    )
    folder_with(tmp_path / "place", FILES)
    environment = {"PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'tests'}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    assert done.stdout.count("\n") == 1, done.stderr
    assert str(tmp_path / "made") in done.stdout
    assert nothing_half_made(tmp_path)


def test_a_disk_without_room_is_told_from_one_that_may_not_be_written() -> None:
    for number, said in ((28, "no room"), (13, "cannot be written")):
        with pytest.raises(EnvironmentProblem, match=said), room_for(Path("made")):
            raise OSError(number, "said by the system")


@pytest.mark.parametrize(("index", "said"), [("empty", "does not give"), ("wrong", "SHA-256")])
def test_pip_refuses_what_was_not_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: str, said: str
) -> None:
    """An index without the files, and one with other files of the same name: nothing is left of either."""
    place = tmp_path / "index"
    place.mkdir()
    entry, content = installed_wheel("comm")
    if index == "wrong":
        (place / entry["file_name"]).write_bytes(content)
    for name, value in (("NO_INDEX", "1"), ("FIND_LINKS", str(place)), ("CONFIG_FILE", "/dev/null")):
        monkeypatch.setenv(f"PIP_{name}", value)
    other = sha256(b"another file")
    wheel = Wheel("comm", str(entry["version"]), str(entry["file_name"]), (), ("comm",), other, other)
    pieces = replace(PIECES, wheels=(wheel,), carrier=Carrier("comm", str(entry["version"]), other))
    with pytest.raises(EnvironmentProblem, match=said) as raised:
        get([], tmp_path / "made", pieces, tmp_path)
    assert "make lite PYODIDE=" in str(raised.value)
    assert nothing_half_made(tmp_path)


def test_pip_is_asked_for_exact_files_only() -> None:
    pieces = Pieces.read()
    lines = fetch.requirements(pieces).splitlines()
    assert all(re.fullmatch(r"[\w-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}", line) for line in lines)
    names = {wheel.name.lower().replace("_", "-") for wheel in pieces.wheels}
    assert {need.lower().replace("_", "-") for wheel in pieces.wheels for need in wheel.depends} <= names
    assert {"numpy", "matplotlib", "ipython", "jedi", "micropip"} <= names
    assert all(set(files) == set(pieces.core["314.0.4"]) for files in pieces.core.values())


def test_what_lies_beside_the_notebooks_is_packed_for_import(tmp_path: Path) -> None:
    release = REPOSITORY / "release"
    entry, content = course_wheel(release)
    assert course_wheel(release)[1] == content, "The same bytes each time."
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", tmp_path / "there"]
    (tmp_path / entry["file_name"]).write_bytes(content)
    subprocess.run([*command, tmp_path / entry["file_name"]], check=True, capture_output=True)
    asked = "import digits; print(digits.__file__, digits.get_mnist()[0].shape)"
    environment = {"PYTHONPATH": str(tmp_path / "there"), "DIGITS_DATA": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True)
    assert str(tmp_path / "there") in done.stdout
    assert "(1347, 1, 28, 28)" in done.stdout


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    release = folder_with(tmp_path, {"a/helper.py": b"x = 1", "b/helper.py": b"x = 2"})
    with pytest.raises(UsageError, match=r"helper.py differs"):
        course_wheel(release)


def test_notebooks_are_the_released_ones_with_links_into_the_book(course: Course, tmp_path: Path) -> None:
    names = lay_notebooks(course, tmp_path)
    assert names == ["deep", "foundations", "momentum", "multi_layer", "two_layer"]
    for name in names:
        mine = json.loads((tmp_path / f"{name}.ipynb").read_text(encoding="utf-8"))
        released = json.loads((course.release / name / f"{name}.ipynb").read_text(encoding="utf-8"))
        first, *cells = mine["cells"]
        assert first["id"] == FIRST
        assert f"{name}.ipynb" in "".join(first["source"])
        for cell, before in zip(cells, released["cells"], strict=True):
            unlinked = re.sub(r"\]\([^)]*\)", "", "".join(cell["source"]))
            assert unlinked == re.sub(r"\]\([^)]*\)", "", "".join(before["source"]))
            assert {**cell, "source": ""} == {**before, "source": ""}
        links = re.findall(r"\]\(([^)]*book/[^)]*)\)", json.dumps(mine))
        assert links
        assert all(re.fullmatch(r"/book/[\w-]+\.html(#[\w-]+)?", link) for link in links)


def test_a_chapter_links_to_the_notebooks_that_are_there_and_once(tmp_path: Path) -> None:
    page = tmp_path / "book" / "chapter.html"
    before = "".join(f'<a class="x" href="../assignments/{name}.zip">download</a>' for name in ("deep", "other"))
    folder_with(tmp_path, {"book/chapter.html": before.encode()})
    for _ in range(2):
        link_chapters(tmp_path, ["deep"])
    text = page.read_text()
    assert text.count("lite/notebooks/index.html?path=deep.ipynb") == 1
    assert text.count("in-browser") == 1
    assert re.sub(r"<span.*?</span>", "", text) == before


def test_errors_are_sentences_for_the_command_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "book.lite", "build", "--pyodide", tmp_path / "none", "--html", tmp_path]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == UsageError.exit_code
    assert done.stderr.count("\n") == 1, done.stderr
    assert not (tmp_path / "lite").exists()
