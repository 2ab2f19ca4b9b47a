"""Downloads from servers on loopback: good ones, bad ones, none."""

import gzip
import os
import socket
import subprocess
import sys
from pathlib import Path

import digits
import pytest

TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = digits.FILES


def packed(files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{name}.gz": gzip.compress(content) for name, content in files.items()}


def fetch(*mirrors: str) -> int:
    return digits.main(["fetch", "mnist", *(f"--base-url={mirror}" for mirror in mirrors)])


def left(cache: Path) -> list[str]:
    return sorted(str(path.relative_to(cache)) for path in cache.rglob("*"))


EVERYTHING = sorted(["mnist", *(f"mnist/{name}.gz" for name in digits.FILES)])


@pytest.fixture
def nobody() -> str:
    """Return the address of a port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_a_good_mirror(stand, serve, alone, capsys):
    assert fetch(serve(packed(stand.full))) == 0
    out, err = capsys.readouterr()
    assert "30 + 20 images, verified" in out
    assert "100%" in err, "the progress bar"
    assert left(alone) == EVERYTHING
    assert digits.current("mnist").where == str(alone / "mnist")
    assert len(digits.get_mnist()[0]) == 30


def test_the_mirrors_of_the_table_are_used_unless_others_are_given(stand, serve, alone, monkeypatch):
    asked: list[str] = []
    entry = digits.DATA_SETS["mnist"]
    mirror = serve(packed(stand.full), asked=asked)
    other = digits.DataSet("MNIST", entry.class_names, entry.sha256, (mirror,))
    monkeypatch.setitem(digits.DATA_SETS, "mnist", other)
    assert fetch() == 0
    assert asked == [f"{name}.gz" for name in digits.FILES]


def test_a_complete_set_is_not_fetched_again(stand, serve, capsys):
    asked: list[str] = []
    mirror = serve(packed(stand.full), asked=asked)
    assert fetch(mirror) == fetch(mirror) == 0
    assert len(asked) == 4
    assert "already" in capsys.readouterr().out


@pytest.mark.parametrize("old", ["damaged", "partial", "incomplete"])
def test_what_is_not_the_complete_set_is_replaced(old, stand, serve, alone, fill):
    content = {
        "damaged": stand.full | {TRAIN_LABELS: b"?"},
        "partial": stand.part,
        "incomplete": {TEST_IMAGES: stand.full[TEST_IMAGES]},
    }[old]
    fill(alone / "mnist", content)
    assert fetch(serve(packed(stand.full))) == 0
    assert digits.current("mnist").n_train == 30
    assert left(alone) == EVERYTHING


def bad_mirror(fault: str, stand, serve, nobody: str) -> str:
    good = packed(stand.full)
    images, labels = f"{TEST_IMAGES}.gz", f"{TEST_LABELS}.gz"
    if fault == "absent":
        return nobody
    if fault == "no address":
        return "http://[oops"
    if fault == "truncated":
        return serve(good, cut=(labels,))
    changes = {
        "cut and honest": {labels: good[labels][:-20]},
        "missing": {images: None},
        "swapped": {images: good[labels], labels: good[images]},
        "training for test": {labels: good[f"{TRAIN_LABELS}.gz"]},
        "wrong": packed({TEST_LABELS: stand.full[TEST_LABELS][:-1] + b"\0"}),
        "a web page": {labels: b"<!DOCTYPE html><title>Log in</title>"},
        "mixed": packed({TRAIN_LABELS: stand.part[TRAIN_LABELS]}),
    }[fault]
    return serve({name: body for name, body in (good | changes).items() if body is not None})


FAULTS = {
    "absent": "does not deliver",
    "no address": "does not deliver",
    "truncated": "does not deliver",
    "cut and honest": "cannot be read",
    "missing": "404",
    "swapped": "holds labels, not images",
    "training for test": "announces 30 labels",
    "wrong": "SHA-256",
    "a web page": "does not begin as an IDX file",
    "mixed": "30 images but 10 labels",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_mirror_leaves_nothing(fault, stand, serve, nobody, alone, capsys):
    assert fetch(bad_mirror(fault, stand, serve, nobody)) == 1
    err = capsys.readouterr().err
    assert FAULTS[fault] in err
    assert "check the connection" in err.splitlines()[-1]
    assert left(alone) == []
    assert digits.current("mnist").key == "digits"


@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_bad_mirror_comes_the_next(fault, stand, serve, nobody, alone):
    assert fetch(bad_mirror(fault, stand, serve, nobody), serve(packed(stand.full))) == 0
    assert left(alone) == EVERYTHING
    assert digits.current("mnist").n_train == 30


def test_a_bad_mirror_leaves_the_partial_set_that_was_there(stand, serve, nobody, alone, fill):
    fill(alone / "mnist", stand.part)
    assert fetch(nobody) == 1
    assert len(digits.get_mnist()[0]) == 10
    assert left(alone) == EVERYTHING


def test_files_appear_only_when_all_are_verified(stand, serve, alone, monkeypatch):
    seen: list[list[str]] = []
    read = digits._read
    monkeypatch.setattr(digits, "_read", lambda *a, **k: (seen.append(left(alone / "mnist")), read(*a, **k))[1])
    assert fetch(serve(packed(stand.full))) == 0
    assert seen == [[]]


def test_an_interrupt_leaves_nothing(stand, serve, alone, monkeypatch, capsys):
    import pooch

    def interrupted(self, url, path, _):
        Path(path).write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", interrupted)
    assert fetch(serve({})) == 1
    assert "stopped" in capsys.readouterr().err
    assert left(alone) == []


def test_a_cache_that_cannot_be_written_is_a_sentence(stand, serve, alone, capsys):
    alone.parent.write_bytes(b"a file where the folder should be")
    assert fetch(serve(packed(stand.full))) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "cannot be written" in err
    assert "XDG_CACHE_HOME" in err


def test_without_pooch_it_says_what_to_install(stand, serve, alone, monkeypatch, capsys):
    find = digits.importlib.util.find_spec
    monkeypatch.setattr(digits.importlib.util, "find_spec", lambda name: None if name == "pooch" else find(name))
    assert fetch(serve(packed(stand.full))) == 1
    assert "pip install pooch" in capsys.readouterr().err
    assert left(alone) == []


@pytest.mark.parametrize(
    "words", [["fetch", "emnist"], ["fetch"], ["fecth", "mnist"], [], ["fetch", "mnist", "--fast"]]
)
def test_a_wrong_command_exits_with_2(words, capsys):
    with pytest.raises(SystemExit) as caught:
        digits.main(words)
    assert caught.value.code == 2
    assert "usage: python -m digits" in capsys.readouterr().err


def test_from_the_shell_when_offline(nobody, tmp_path):
    command = [sys.executable, "-m", "digits", "fetch", "mnist", "--base-url", nobody]
    env = os.environ | {"PYTHONPATH": str(Path(digits.__file__).parent)}
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "check the connection" in done.stderr
