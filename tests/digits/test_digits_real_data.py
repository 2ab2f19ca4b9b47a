"""The real files, where `$DIGITS_DATA` has them; the numbers are published properties of MNIST."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import digits
import numpy as np
import pytest

pytestmark = pytest.mark.real_data

FIRST_LABELS = [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
FIRST_TEST_LABELS = [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.fixture(autouse=True)
def setting(real, monkeypatch):
    monkeypatch.setenv("DIGITS_DATA", str(real))


def test_the_images_and_labels_are_those_of_mnist(capsys):
    trX, trY, _, tsY = digits.get_mnist(scale=(0, 1))
    source = digits.current("mnist")
    assert (source.key, source.partial) == ("mnist", len(trY) < 60_000)
    assert (source.n_train, source.n_test) == (len(trY), len(tsY))
    assert len(trY) in (10_000, 60_000)
    assert len(tsY) == 10_000
    assert trY[:10].tolist() == FIRST_LABELS
    assert tsY[:10].tolist() == FIRST_TEST_LABELS
    assert np.bincount(tsY).tolist() == TEST_COUNTS
    assert (trX.min(), trX.max()) == (0, 1)
    # Mean 0.1307 and deviation 0.3081 are those of the 60,000; the first 10,000 come close.
    assert trX.mean() == pytest.approx(0.1307, abs=2e-3)
    assert trX.std() == pytest.approx(0.3081, abs=2e-3)
    assert capsys.readouterr() == ("", "")


def test_a_sample_for_the_second_assignment(capsys):
    data = digits.get_mnist()
    trX, trY, tsX, _ = digits.sample(data, 2000, 1000, np.random.default_rng(0))
    assert (trX.shape, trY.shape, tsX.shape) == ((784, 2000), (1, 2000), (784, 1000))
    assert capsys.readouterr() == ("", "")


def test_another_data_set_under_the_name_of_mnist_is_refused(real, tmp_path, monkeypatch):
    if not (real / "notmnist").is_dir():
        pytest.skip("notMNIST is not in DIGITS_DATA")
    for name in digits.FILES:
        folder = "notmnist" if name.startswith("t10k") else "mnist"
        (tmp_path / f"{name}.gz").symlink_to(real / folder / f"{name}.gz")
    monkeypatch.setenv("DIGITS_DATA", str(tmp_path))
    with pytest.raises(digits.DataError, match="has the content of t10k-images-idx3-ubyte of notMNIST"):
        digits.get_mnist()


def test_the_test_images_in_place_of_the_training_images_are_named(real, tmp_path, monkeypatch):
    for name in digits.FILES:
        (tmp_path / f"{name}.gz").symlink_to(real / "mnist" / f"{name.replace('train-images', 't10k-images')}.gz")
    monkeypatch.setenv("DIGITS_DATA", str(tmp_path))
    with pytest.raises(digits.DataError, match="has the content of t10k-images"):
        digits.get_mnist()


def test_fetch_from_the_shell(real, alone, serve, tmp_path):
    names = [f"{name}.gz" for name in digits.FILES]
    bodies = {name: (real / "mnist" / name).read_bytes() for name in names}
    command = [sys.executable, "-m", "digits", "fetch", "mnist", f"--base-url={serve(bodies)}"]
    env = os.environ | {"PYTHONPATH": str(Path(digits.__file__).parent)}
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    for name, body in bodies.items():
        assert hashlib.sha256((alone / "mnist" / name).read_bytes()).digest() == (hashlib.sha256(body).digest())


def test_the_letters_are_those_of_notmnist(real, capsys):
    if not (real / "notmnist").is_dir():
        pytest.skip("notMNIST is not in DIGITS_DATA")
    parts = digits.get_notmnist(scale=(0, 1))
    assert [len(part) for part in parts] == [6000, 6000, 2000, 2000, 2000, 2000]
    assert np.bincount(np.concatenate(parts[1::2])).tolist() == [1000] * 10
    assert (parts[0].min(), parts[0].max()) == (0, 1)
    source = digits.current("notmnist")
    assert (source.key, source.class_names) == ("notmnist", tuple("ABCDEFGHIJ"))
    assert (source.n_train, source.n_validation, source.n_test) == (6000, 2000, 2000)
    assert capsys.readouterr() == ("", "")


def test_the_clothes_are_those_of_fashion_mnist(real, monkeypatch):
    """By the labels that its authors print, in the setting's folder or where Debian's package puts it."""
    if not (real / "fashion_mnist").is_dir():
        monkeypatch.delenv("DIGITS_DATA")
    source = digits.current("fashion_mnist")
    if source.key == "digits":
        pytest.skip("Fashion-MNIST is neither in DIGITS_DATA nor installed as dataset-fashion-mnist")
    _, trY, _, tsY = digits.get_fashion_mnist(scale=(0, 1))
    assert np.bincount(trY).tolist() == [6000] * 10
    assert np.bincount(tsY).tolist() == [1000] * 10
    assert [source.class_names[label] for label in tsY[:3]] == ["ankle boot", "pullover", "trouser"]
    assert source.class_names[trY[1893]] == "sneaker"
