"""Where real files are looked for, and what is refused when they are found."""

import gzip
import tracemalloc
from dataclasses import replace
from pathlib import Path

import digits
import numpy as np
import pytest

TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = digits.FILES
N_COMPLETE, N_PARTIAL, N_TEST = 30, 10, 20


def refusal(word: str) -> str:
    with pytest.raises(digits.DataError, match=word) as caught:
        digits.get_mnist()
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("below", ["", "mnist"])
def test_complete_files(stand, folder, fill, capsys, packed, below):
    fill(folder / below, stand.full, packed=packed)
    trX, trY, tsX, tsY = digits.get_mnist(scale=(0, 1))
    np.testing.assert_allclose(trX[:, 0], stand.images / 255, rtol=0, atol=1e-15)
    np.testing.assert_allclose(tsX[:, 0], stand.test_images / 255, rtol=0, atol=1e-15)
    assert trY.tolist() == stand.labels.tolist()
    assert tsY.tolist() == stand.test_labels.tolist()
    assert trX.shape == (N_COMPLETE, 1, 28, 28)
    assert (trX.dtype, trY.dtype) == (np.float64, np.int64)
    source = digits.current("mnist")
    assert (source.key, source.partial) == ("mnist", False)
    assert (source.n_train, source.n_test) == (N_COMPLETE, N_TEST)
    assert source.where == str(folder / below)
    assert capsys.readouterr() == ("", "")


def test_partial_files_are_told_by_the_header(stand, folder, fill, capsys):
    fill(folder, stand.part)
    assert len(digits.get_mnist()[0]) == N_PARTIAL
    source = digits.current("mnist")
    assert (source.key, source.partial, source.n_train) == ("mnist", True, N_PARTIAL)
    assert digits.main(["status"]) == 0
    assert "partial" in capsys.readouterr().out


def test_a_gzip_name_with_plain_content_will_do(stand, folder, fill):
    fill(folder, {f"{name}.gz": content for name, content in stand.full.items()}, packed=False)
    assert len(digits.get_mnist()[0]) == N_COMPLETE


def test_current_is_cheap_since_it_reads_headers_only(stand, folder, fill):
    fill(folder, stand.full | {TRAIN_IMAGES: stand.full[TRAIN_IMAGES][:500]}, packed=False)
    (folder / TEST_IMAGES).write_bytes(gzip.compress(stand.full[TEST_IMAGES])[:5000])
    assert digits.current("mnist").n_train == N_COMPLETE
    refusal("too short")


def test_a_setting_is_the_only_place(stand, folder, alone, fill):
    """A grading run, and every page of the book, must find the same on every machine."""
    fill(alone / "mnist", stand.full)
    assert digits.current("mnist").key == "digits", "the cache is not looked into"
    fill(folder, stand.part)
    assert digits.current("mnist").n_train == N_PARTIAL


def test_without_a_setting_the_cache_comes_before_the_vendored(stand, alone, fill):
    assert digits.current("mnist").key == "digits"
    fill(alone / "mnist", stand.full)
    assert digits.current("mnist").n_train == N_COMPLETE


def test_a_system_folder_comes_last(stand, tmp_path, fill, monkeypatch):
    entry = digits.DATA_SETS["mnist"]
    system = tmp_path / "system"
    other = digits.DataSet("MNIST", entry.class_names, entry.sha256, (), (str(system),))
    monkeypatch.setitem(digits.DATA_SETS, "mnist", other)
    assert digits.current("mnist").key == "digits"
    fill(system, stand.full)
    assert digits.current("mnist").where == str(system)


def test_a_setting_that_is_no_folder_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("DIGITS_DATA", str(tmp_path / "nowhere"))
    assert "nowhere" in refusal("DIGITS_DATA")
    with pytest.raises(digits.DataError, match="nowhere"):
        digits.current("mnist")
    assert digits.main(["status"]) == 1


def test_an_empty_setting_is_none(monkeypatch):
    monkeypatch.setenv("DIGITS_DATA", "")
    assert digits.current("mnist").key == "digits"


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32", "emscripten"])
def test_the_cache_is_below_the_home_where_the_system_puts_it(platform, stand, monkeypatch, tmp_path, fill):
    monkeypatch.setattr(digits.sys, "platform", platform)
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/to/be/ignored")
    monkeypatch.setenv("HOME", str(tmp_path))
    below = {"darwin": "Library/Caches", "win32": "AppData/Local"}.get(platform, ".cache")
    fill(tmp_path / below / "backprop-by-hand" / "mnist", stand.full)
    assert digits.current("mnist").key == "mnist"


def test_a_user_without_a_home_gets_the_vendored_images(monkeypatch):
    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(digits.Path, "home", homeless)
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert digits.current("mnist").key == "digits"


@pytest.mark.parametrize("missing", digits.FILES)
def test_an_incomplete_folder_is_refused(missing, stand, folder, fill):
    fill(folder, {name: content for name, content in stand.full.items() if name != missing})
    assert str(folder) in refusal(f"not {missing}")


# A fault: the file that is wrong, its content made from the right ones, a word of the refusal.
WRONG = {
    "empty": (TRAIN_IMAGES, lambda _: b"", "does not begin as an IDX file of images"),
    "a web page": (TRAIN_IMAGES, lambda _: b"<!DOCTYPE html><title>Log in", "does not begin"),
    "header only begun": (TRAIN_IMAGES, lambda full: full[TRAIN_IMAGES][:9], "does not begin"),
    "first byte": (TRAIN_IMAGES, lambda full: b"\1" + full[TRAIN_IMAGES][1:], "does not begin"),
    "item type": (TRAIN_IMAGES, lambda full: changed(full[TRAIN_IMAGES], 2, 13), "does not begin"),
    "labels as images": (TRAIN_IMAGES, lambda full: full[TRAIN_LABELS], "holds labels, not images"),
    "images as labels": (TRAIN_LABELS, lambda full: full[TRAIN_IMAGES], "holds images, not labels"),
    "size": (TRAIN_IMAGES, lambda full: changed(full[TRAIN_IMAGES], 11, 27), "27x28"),
    "count": (TRAIN_IMAGES, lambda full: changed(full[TRAIN_IMAGES], 7, 29), "29 images.*30 or 10"),
    "count huge": (TRAIN_IMAGES, lambda full: changed(full[TRAIN_IMAGES], 4, 255), "4,278,190,110"),
    "short": (TRAIN_IMAGES, lambda full: full[TRAIN_IMAGES][:-1], "too short for the 30 images"),
    "long": (TRAIN_LABELS, lambda full: full[TRAIN_LABELS] + b"\0", "too long for the 30 labels"),
    "label": (TRAIN_LABELS, lambda full: changed(full[TRAIN_LABELS], -1, 10), "holds the label 10"),
    "pixel": (TEST_IMAGES, lambda full: full[TEST_IMAGES][:-8] + b"anything", "SHA-256"),
    "order": (TEST_LABELS, lambda full: full[TEST_LABELS][:8] + full[TEST_LABELS][:7:-1], "SHA-256"),
    "test as training": (TRAIN_IMAGES, lambda full: full[TEST_IMAGES], "20 images"),
    "training as test": (TEST_LABELS, lambda full: full[TRAIN_LABELS], "30 labels"),
}


def changed(content: bytes, place: int, value: int) -> bytes:
    array = bytearray(content)
    array[place] = value
    return bytes(array)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_content_is_refused(fault, stand, folder, fill, packed, capsys):
    file, make, word = WRONG[fault]
    fill(folder, stand.full | {file: make(stand.full)}, packed=packed)
    message = refusal(word)
    assert f"{folder}/{file}" in message
    assert "put the right file there" in message
    assert digits.main(["status"]) == 1
    assert message in capsys.readouterr().out


def test_the_test_file_of_equal_length_in_place_of_the_training_file(stand, folder, fill):
    stand.sha256[TRAIN_IMAGES][N_TEST] = "0" * 64
    fill(folder, stand.full | {TRAIN_IMAGES: stand.full[TEST_IMAGES]})
    refusal(f"has the content of {TEST_IMAGES}")


def test_partial_images_with_complete_labels_are_refused(stand, folder, fill):
    fill(folder, stand.full | {TRAIN_IMAGES: stand.part[TRAIN_IMAGES]})
    refusal("10 images but 30 labels")
    with pytest.raises(digits.DataError, match="10 images but 30 labels"):
        digits.current("mnist")


def broken_gzip(fault: str, good: bytes) -> bytes:
    return {
        "cut": good[: len(good) // 2],
        "checksum": good[:-8] + bytes(4) + good[-4:],
        "garbage behind": good + b"garbage",
        "garbage inside": good[:40] + b"\xff" * 40 + good[80:],
    }[fault]


@pytest.mark.parametrize("fault", ["cut", "checksum", "garbage behind", "garbage inside"])
def test_a_broken_gzip_file_is_refused(fault, stand, folder, fill):
    fill(folder, stand.full)
    path = folder / f"{TRAIN_IMAGES}.gz"
    path.write_bytes(broken_gzip(fault, path.read_bytes()))
    assert str(path) in refusal("cannot be read")


def test_a_folder_under_a_file_name_is_refused(stand, folder, fill):
    fill(folder, stand.full)
    (folder / f"{TEST_LABELS}.gz").unlink()
    (folder / f"{TEST_LABELS}.gz").mkdir()
    refusal("cannot be read")


def test_a_gzip_bomb_does_not_fill_the_memory(stand, folder, fill):
    fill(folder, stand.full)
    bomb = stand.full[TRAIN_IMAGES] + bytes(200_000_000)
    (folder / f"{TRAIN_IMAGES}.gz").write_bytes(gzip.compress(bomb, 1))
    del bomb
    tracemalloc.start()
    try:
        refusal("too long")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000, "the whole file of 200 MB was unpacked"


@pytest.fixture
def letters(monkeypatch, stand):
    """Make the module take the stand-in's test files for notMNIST; return them."""
    known = {file: stand.sha256[file] for file in (TEST_IMAGES, TEST_LABELS)}
    small = digits.DataSet("notMNIST", digits.LETTER_NAMES, known, ())
    monkeypatch.setitem(digits.DATA_SETS, "notmnist", small)
    return {file: stand.full[file] for file in known}


def test_notmnist_is_one_pair_of_files_split_in_three(stand, letters, folder, fill, capsys):
    fill(folder / "notmnist", letters)
    parts = digits.get_notmnist(scale=(0, 1))
    assert [len(part) for part in parts] == [12, 12, 4, 4, 4, 4]
    pixels = np.concatenate([part[:, 0] for part in parts[::2]])
    labels = np.concatenate(parts[1::2])
    known = {image.tobytes(): label for image, label in zip(stand.test_images / 255, stand.test_labels, strict=True)}
    found = [known[(np.round(image * 255) / 255).tobytes()] for image in pixels]
    assert found == labels.tolist()
    assert len(np.unique(pixels, axis=0)) == N_TEST
    source = digits.current("notmnist")
    assert (source.key, source.partial, source.class_names) == ("notmnist", False, tuple("ABCDEFGHIJ"))
    assert (source.n_train, source.n_validation, source.n_test) == (12, 4, 4)
    assert capsys.readouterr() == ("", "")


def test_files_of_mnist_are_not_taken_for_notmnist(stand, letters, folder, fill):
    fill(folder, stand.full)
    assert digits.current("mnist").key == "mnist"
    assert digits.current("notmnist").key == "digits"


def test_a_folder_called_notmnist_may_be_named_itself(stand, letters, fill, monkeypatch, tmp_path):
    fill(tmp_path / "notmnist", letters)
    monkeypatch.setenv("DIGITS_DATA", str(tmp_path / "notmnist"))
    assert digits.current("notmnist").where == str(tmp_path / "notmnist")


def test_half_of_notmnist_or_a_changed_one_is_refused(stand, letters, folder, fill):
    fill(folder / "notmnist", {TEST_IMAGES: letters[TEST_IMAGES]})
    with pytest.raises(digits.DataError, match=f"not {TEST_LABELS}"):
        digits.get_notmnist()
    other = (letters[TEST_LABELS][-1] + 1) % 10
    fill(folder / "notmnist", {TEST_LABELS: changed(letters[TEST_LABELS], -1, other)})
    with pytest.raises(digits.DataError, match="SHA-256"):
        digits.get_notmnist()


def test_fetch_asks_for_the_files_of_notmnist_only(stand, letters, serve, alone):
    asked: list[str] = []
    bodies = {f"{name}.gz": gzip.compress(content) for name, content in letters.items()}
    assert digits.main(["fetch", "notmnist", f"--base-url={serve(bodies, asked=asked)}"]) == 0
    assert asked == list(bodies)
    assert digits.current("notmnist").where == str(alone / "notmnist")


@pytest.fixture
def clothes(monkeypatch, stand):
    """Make the module take the stand-in for Fashion-MNIST, and nothing for MNIST."""
    entry = digits.DATA_SETS["fashion_mnist"]
    monkeypatch.setitem(digits.DATA_SETS, "fashion_mnist", replace(entry, sha256=stand.sha256, system_folders=()))
    unknown = {file: dict.fromkeys(known, "") for file, known in stand.sha256.items()}
    monkeypatch.setitem(digits.DATA_SETS, "mnist", replace(digits.DATA_SETS["mnist"], sha256=unknown))
    return stand.full


def test_fashion_mnist_has_the_form_of_mnist_and_names_of_its_own(clothes, stand, folder, fill, capsys):
    fill(folder / "fashion_mnist", clothes)
    trX, trY, tsX, tsY = digits.get_fashion_mnist(scale=(0, 1))
    np.testing.assert_allclose(trX[:, 0], stand.images / 255, atol=1e-15)
    np.testing.assert_allclose(tsX[:, 0], stand.test_images / 255, atol=1e-15)
    assert (trY.tolist(), tsY.tolist()) == (stand.labels.tolist(), stand.test_labels.tolist())
    source = digits.current("fashion_mnist")
    assert (source.key, source.partial, source.where) == ("fashion_mnist", False, str(folder / "fashion_mnist"))
    assert (source.class_names[0], source.class_names[9], len(source.class_names)) == ("T-shirt", "ankle boot", 10)
    assert capsys.readouterr() == ("", "")


def test_files_right_in_a_folder_are_mnist_s_unless_it_is_named_for_others(clothes, folder, fill, monkeypatch):
    fill(folder, clothes)
    assert digits.current("fashion_mnist").key == "digits"
    with pytest.raises(digits.DataError, match="has the content of train-images-idx3-ubyte of Fashion-MNIST"):
        digits.get_mnist()
    fill(folder / "fashion_mnist", clothes)
    monkeypatch.setenv("DIGITS_DATA", str(folder / "fashion_mnist"))
    assert digits.current("fashion_mnist").key == "fashion_mnist"
    assert digits.current("mnist").key == "digits"


def test_fetch_brings_fashion_mnist(clothes, serve, alone):
    bodies = {f"{name}.gz": gzip.compress(content) for name, content in clothes.items()}
    assert digits.main(["fetch", "fashion_mnist", f"--base-url={serve(bodies)}"]) == 0
    assert digits.current("fashion_mnist").where == str(alone / "fashion_mnist")
