"""The vendored images, and what is done with images once they are loaded."""

import os
import subprocess
import sys
from pathlib import Path

import digits
import numpy as np
import pytest
from matplotlib import pyplot as plt

SOURCE = Path(digits.__file__).parent
FIRST_DEALT = [0, 7, 9, 5, 8, 1, 3, 3, 7, 0, 9, 4]


@pytest.fixture
def data() -> digits.Data:
    return digits.get_mnist()


def test_shapes_types_and_counts(data):
    trX, trY, tsX, tsY = data
    assert trX.shape == (1347, 1, 28, 28)
    assert tsX.shape == (450, 1, 28, 28)
    assert trY.shape == (1347,)
    assert tsY.shape == (450,)
    assert {trX.dtype, tsX.dtype} == {np.dtype(np.float64)}
    assert {trY.dtype, tsY.dtype} == {np.dtype(np.int64)}
    assert set(trY) == set(tsY) == set(range(10))


def test_the_images_are_those_of_scikit_learn_scaled_up(data):
    datasets = pytest.importorskip("sklearn.datasets")
    raw = datasets.load_digits()
    images = np.concatenate([data[0], data[2]])[:, 0]
    labels = np.concatenate([data[1], data[3]])
    np.testing.assert_array_equal(labels, raw.target)
    # A second way to scale up: ask for each big pixel which small one it came from.
    inner = images[:, 2:-2, 2:-2]
    rows, cols = np.divmod(np.arange(24 * 24), 24)
    small = raw.images[:, rows // 3, cols // 3].reshape(-1, 24, 24)
    np.testing.assert_allclose(inner, small / 8 - 1, rtol=0, atol=1e-15)
    frame = images.copy()
    frame[:, 2:-2, 2:-2] = -1
    assert (frame == -1).all()


@pytest.mark.parametrize("scale", [(-1, 1), (0, 1), (0.1, 0.7), (-3, 0)])
def test_scale_is_reached_and_never_exceeded(scale):
    trX, _, tsX, _ = digits.get_mnist(scale)
    assert (trX.min(), trX.max()) == scale
    assert (tsX.min(), tsX.max()) == scale
    assert len(np.unique(trX)) == 17


@pytest.mark.parametrize("scale", [(1, -1), (0, 0), (0, float("inf")), (float("nan"), 1), 1, (0, 1, 2)])
def test_a_scale_that_is_none_is_refused(scale):
    with pytest.raises(digits.DataError, match="scale"):
        digits.get_mnist(scale)


def test_the_substitution_is_said_once_on_stdout(capsys):
    digits.get_mnist()
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    assert "digits of the course" in out
    assert "1,347 + 450" in out
    assert err == ""


def test_current_says_digits_and_prints_nothing(capsys):
    source = digits.current("mnist")
    assert (source.name, source.key, source.partial) == ("mnist", "digits", False)
    assert (source.n_train, source.n_test) == (1347, 450)
    assert source.class_names == tuple("0123456789")
    assert "vendored" in source.where
    with pytest.raises(AttributeError):
        source.key = "mnist"
    assert capsys.readouterr() == ("", "")


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(digits.DataError, match=r"'mnits'.*mnist"):
        digits.current("mnits")


def test_each_call_gives_fresh_arrays(data):
    data[0][:] = 5
    data[1][:] = 5
    again = digits.get_mnist()
    assert again[0].max() == 1
    assert set(again[1]) == set(range(10))


def test_sample_gives_columns_of_the_right_images(data, capsys):
    trX, trY, tsX, tsY = digits.sample(data, 200, 100, np.random.default_rng(1))
    assert (trX.shape, trY.shape) == ((784, 200), (1, 200))
    assert (tsX.shape, tsY.shape) == ((784, 100), (1, 100))
    for X, Y, images, labels in ((trX, trY, *data[:2]), (tsX, tsY, *data[2:])):
        known = {image.tobytes(): label for image, label in zip(images, labels, strict=True)}
        assert [known[column.tobytes()] for column in X.T] == Y[0].tolist()
    assert capsys.readouterr() == ("", "")


def test_sample_draws_without_replacement_and_by_the_generator(data):
    every = digits.sample(data, 1347, 450, np.random.default_rng(1))
    assert sorted(column.tobytes() for column in every[0].T) == sorted(image.tobytes() for image in data[0])
    draws = [digits.sample(data, 50, 50, np.random.default_rng(seed)) for seed in (3, 3, 4)]
    np.testing.assert_array_equal(draws[0][0], draws[1][0])
    assert not np.array_equal(draws[0][0], draws[2][0])
    rng = np.random.default_rng(3)
    first, second = (digits.sample(data, 50, 50, rng) for _ in range(2))
    assert not np.array_equal(first[2], second[2])


def test_sample_takes_what_there_is_and_says_so(data, capsys):
    capsys.readouterr()
    trX, trY, tsX, tsY = digits.sample(data, 2000, 1000, np.random.default_rng(1))
    assert trX.shape[1] == trY.shape[1] == 1347
    assert tsX.shape[1] == tsY.shape[1] == 450
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    assert "1,347" in out
    assert "450" in out
    assert err == ""


def test_sample_of_nothing_is_empty_and_of_less_refused(data):
    trX, trY, _, _ = digits.sample(data, 0, 5, np.random.default_rng(1))
    assert (trX.shape, trY.shape) == ((784, 0), (1, 0))
    with pytest.raises(digits.DataError, match="-1"):
        digits.sample(data, -1, 5, np.random.default_rng(1))


def test_sample_copies(data):
    before = [array.copy() for array in data]
    for array in digits.sample(data, 10, 10, np.random.default_rng(1)):
        array[:] = 7
    for array, old in zip(data, before, strict=True):
        np.testing.assert_array_equal(array, old)


@pytest.mark.parametrize("shape", ["columns", "images", "channel"])
def test_show_draws_each_image_under_its_label(data, shape):
    images, labels = data[0][:13], data[1][:13]
    given = {
        "columns": (images.reshape(13, 784).T, labels[None]),
        "images": (images[:, 0], labels),
        "channel": (images, [str(label) for label in labels]),
    }[shape]
    figure = digits.show(*given, columns=5)
    axes = figure.axes
    assert len(axes) == 15
    assert [ax.get_title() for ax in axes[:13]] == [str(label) for label in labels]
    for ax, image in zip(axes, images[:, 0], strict=False):
        np.testing.assert_array_equal(ax.images[0].get_array(), image)
    assert not axes[13].images
    assert {ax.images[0].get_clim() for ax in axes[:13]} == {(-1, 1)}
    figure.draw_without_rendering()
    assert plt.get_fignums() == [], "an open figure would be drawn twice in a notebook"


def test_show_without_labels(data):
    figure = digits.show(data[0][:2])
    assert [ax.get_title() for ax in figure.axes] == ["", ""]


@pytest.mark.parametrize(
    ("images", "labels", "word"),
    [
        (np.zeros((783, 3)), None, "783"),
        (np.zeros((3, 784)), None, r"\(784, n\)"),
        (np.zeros((784, 3)), [1, 2], "2 labels"),
        (np.zeros((784, 0)), None, "pass 1 to"),
        (np.zeros((784, 5000)), None, "5,000"),
        (3, None, "shape"),
    ],
)
def test_show_refuses_what_does_not_fit(images, labels, word):
    with pytest.raises(digits.DataError, match=word):
        digits.show(images, labels)


def damaged(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes(8) + content[middle + 8 :]


@pytest.mark.parametrize("fault", ["missing", "damaged", "empty", "changed", "other"])
def test_a_damaged_vendored_file_is_refused(fault, tmp_path, monkeypatch):
    path = tmp_path / "digits.npz"
    original = digits.VENDORED
    monkeypatch.setattr(digits, "VENDORED", path)
    with np.load(original) as archive:
        images, labels = archive["images"], archive["labels"]
    if fault == "damaged":
        path.write_bytes(damaged(original.read_bytes()))
    elif fault == "empty":
        path.write_bytes(b"")
    elif fault == "changed":
        np.savez_compressed(path, images=images, labels=labels[::-1])
    elif fault == "other":
        np.savez_compressed(path, images=images)
    with pytest.raises(digits.DataError, match=r"digits\.npz.*copy it anew") as caught:
        digits.get_mnist()
    assert "\n" not in str(caught.value)


def test_every_assignment_folder_links_to_the_module_and_the_images():
    assert (SOURCE / "multi_layer").is_dir()
    for folder in (path.parent for path in SOURCE.glob("*/*.ipynb")):
        for name in ("digits.py", "digits.npz"):
            link = folder / name
            assert link.is_symlink(), link
            assert link.readlink() == Path("..", name)


BARE = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"pooch", "requests", "tqdm", "platformdirs", "sklearn", "pandas"}:
            raise ImportError(name)
        if name in {"multiprocessing", "subprocess", "ssl"}:
            refused.append(name)
refused = []
sys.meta_path.insert(0, Refuse())
import digits
assert "matplotlib" not in sys.modules
assert not refused, refused
trX, trY, tsX, tsY = digits.get_mnist()
digits.show(trX[:3], trY[:3])
assert digits.current("mnist").key == "digits"
print(len(trX))
"""


def run(code: list[str], **options):
    env = os.environ | {"PYTHONPATH": str(SOURCE), "MPLBACKEND": "agg"}
    command = [sys.executable, *code]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=600, **options)


def test_numpy_and_matplotlib_are_enough():
    done = run(["-c", BARE])
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[-2] == "1347"


def test_a_read_only_working_folder_will_do(tmp_path):
    cwd = tmp_path / "locked"
    cwd.mkdir()
    cwd.chmod(0o555)
    done = run(["-m", "digits", "status"], cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert "vendored" in done.stdout
    assert list(cwd.iterdir()) == []
    # As root the folder is writable after all; so see also that nothing appeared in the cache.
    assert not (tmp_path / "cache").exists()


def test_the_digits_take_the_place_of_notmnist_split_in_three(data, capsys):
    capsys.readouterr()
    parts = digits.get_notmnist()
    out, err = capsys.readouterr()
    assert out == "digits: using the 1,078 + 359 + 360 digits of the course; notMNIST is not installed.\n"
    assert err == ""
    assert [part.shape for part in parts[::2]] == [(1078, 1, 28, 28), (359, 1, 28, 28), (360, 1, 28, 28)]
    assert [part.shape for part in parts[1::2]] == [(1078,), (359,), (360,)]
    assert {part.dtype for part in parts[1::2]} == {np.dtype(np.int64)}
    dealt = [(image.tobytes(), label) for k in (0, 2, 4) for image, label in zip(*parts[k : k + 2], strict=True)]
    given = [(image.tobytes(), label) for k in (0, 2) for image, label in zip(*data[k : k + 2], strict=True)]
    assert sorted(dealt) == sorted(given), "every image once, with its own label"
    assert all(set(labels) == set(range(10)) for labels in parts[1::2])


def test_notmnist_is_split_the_same_way_every_time():
    first, second = digits.get_notmnist(), digits.get_notmnist(scale=(0, 1))
    assert all(map(np.array_equal, first[1::2], second[1::2]))
    np.testing.assert_allclose(first[4], 2 * second[4] - 1, atol=1e-15)
    assert first[1][:12].tolist() == FIRST_DEALT, "another split makes every known accuracy another"


def test_current_says_what_stands_in_for_notmnist():
    source = digits.current("notmnist")
    assert (source.name, source.key, source.partial) == ("notmnist", "digits", False)
    assert (source.n_train, source.n_validation, source.n_test) == (1078, 359, 360)
    assert source.class_names == tuple("0123456789")


def test_the_digits_take_the_place_of_fashion_mnist(data, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("DIGITS_DATA", str(tmp_path))
    capsys.readouterr()
    assert all(map(np.array_equal, digits.get_fashion_mnist(), data))
    said = capsys.readouterr().out
    assert said == "digits: using the 1,347 + 450 digits of the course; Fashion-MNIST is not installed.\n"
    source = digits.current("fashion_mnist")
    assert (source.name, source.key, source.class_names) == ("fashion_mnist", "digits", tuple("0123456789"))


def test_a_training_takes_fewer_only_in_a_browser(monkeypatch):
    assert digits.here(2000, in_browser=600) == 2000
    monkeypatch.setattr(sys, "platform", "emscripten")
    assert digits.here(2000, in_browser=600) == 600
