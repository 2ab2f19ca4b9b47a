"""The images of the course: real IDX files where they are at hand, vendored digits where not.

This module loads, samples, shows and, if told to, downloads images; it knows nothing of networks or
of grading. Its `check`, for a student's functions, lies in the folder `checks`. A data set is
looked for in `$DIGITS_DATA` (or its subfolder of that name), or, if that is not set, in the user's
cache folder and in those of system packages; `digits.npz` stands in for a missing one.

    python -m digits status         what is at hand
    python -m digits fetch mnist    download MNIST into the cache folder; or notmnist, fashion_mnist

The vendored images are the 1,797 of scikit-learn's `load_digits`, unchanged, from "Optical
Recognition of Handwritten Digits" (E. Alpaydin and C. Kaynak, 1998, UCI Machine Learning
Repository, CC BY 4.0). MNIST is the work of Y. LeCun, C. Cortes and C. J. C. Burges; notMNIST, ten
letters in many typefaces, is that of Y. Bulatov (2011), in the form that D. Flanagan gave it;
Fashion-MNIST, ten kinds of clothes, is that of H. Xiao, K. Rasul and R. Vollgraf (2017, MIT).
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import hashlib
import importlib.util
import math
import os
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Data = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]
DataInThree = tuple[
    NDArray[np.float64],
    NDArray[np.int64],
    NDArray[np.float64],
    NDArray[np.int64],
    NDArray[np.float64],
    NDArray[np.int64],
]

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
FILES = TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS
DIGIT_NAMES = tuple("0123456789")
LETTER_NAMES = tuple("ABCDEFGHIJ")
CLOTHES_NAMES = (
    *("T-shirt", "trouser", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)
VENDORED = Path(__file__).parent / "digits.npz"
VENDORED_SHA256 = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"
VENDORED_COUNTS = 1347, 450


class DataError(Exception):
    """What is wrong with the data or with the request for them, and what to do, in a sentence."""


@dataclass(frozen=True)
class DataSet:
    """What is known of a data set; `sha256` is by file, then by the number of items in it.

    The files are those of MNIST, or its test files alone: these are then split in three.
    """

    title: str
    class_names: tuple[str, ...]
    sha256: Mapping[str, Mapping[int, str]]
    mirrors: tuple[str, ...]
    system_folders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """What a `get_` function would load now; `key` is "digits" for the vendored images."""

    name: str
    key: str
    partial: bool
    n_train: int
    n_test: int
    class_names: tuple[str, ...]
    where: str
    n_validation: int = 0


class _Found(NamedTuple):
    """The files of a data set, where they are from, and what to do if one is wrong."""

    data_set: DataSet
    paths: Mapping[str, Path]
    where: str
    remedy: str


# Of the uncompressed content, so that any gzip program will do; 10,000 to train are the first ones.
MNIST_SHA256 = {
    TRAIN_IMAGES: {
        60_000: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        10_000: "2889698e6bc3614913e76901316712919d1998fc2b44512451bfe65bc1e668b1",
    },
    TRAIN_LABELS: {
        60_000: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        10_000: "651e38e2ac0632f5113ec18f1df4977117f953197819034009971a6675a0df78",
    },
    TEST_IMAGES: {10_000: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
    TEST_LABELS: {10_000: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
}
MNIST_MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist",
    "https://ossci-datasets.s3.amazonaws.com/mnist",
)
NOTMNIST_SHA256 = {
    TEST_IMAGES: {10_000: "8e7f38ae95cc8f48e0986175ffc9137e5007ebcf3d8fdf6656c904eb9dab198b"},
    TEST_LABELS: {10_000: "5f8e6012f2ce730700d8d05fca098bc47f71d25b890e4bec7ac5ebfd614a4001"},
}
NOTMNIST_MIRRORS = ("https://github.com/davidflanagan/notMNIST-to-MNIST/raw/master",)
FASHION_MNIST_SHA256 = {
    TRAIN_IMAGES: {60_000: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"},
    TRAIN_LABELS: {60_000: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"},
    TEST_IMAGES: {10_000: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"},
    TEST_LABELS: {10_000: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"},
}
FASHION_MNIST_MIRRORS = (
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
)
FASHION_MNIST_FOLDERS = ("/usr/share/datasets/fashion-mnist",)  # of Debian's dataset-fashion-mnist
DATA_SETS = {
    "mnist": DataSet("MNIST", DIGIT_NAMES, MNIST_SHA256, MNIST_MIRRORS),
    "notmnist": DataSet("notMNIST", LETTER_NAMES, NOTMNIST_SHA256, NOTMNIST_MIRRORS),
    "fashion_mnist": DataSet(
        "Fashion-MNIST",
        CLOTHES_NAMES,
        FASHION_MNIST_SHA256,
        FASHION_MNIST_MIRRORS,
        FASHION_MNIST_FOLDERS,
    ),
}


def get_mnist(scale: tuple[float, float] = (-1, 1)) -> Data:
    """Return MNIST, or the vendored digits and one printed line that says so.

    Returns `trX (N, 1, 28, 28)`, `trY (N,)`, `tsX`, `tsY`: images to train and to test, floats from
    `scale[0]`, the background, to `scale[1]`, full ink, and labels, integers 0..9. N is what the
    files hold: 60,000 and 10,000 if complete, 1,347 and 450 if vendored. Raises DataError if a file
    is missing, damaged or not what its name says, if `$DIGITS_DATA` is no folder, or if `scale` is
    not two finite numbers, the lower one first.
    """
    trX, trY, tsX, tsY = _get("mnist", scale)
    return trX, trY, tsX, tsY


def get_fashion_mnist(scale: tuple[float, float] = (-1, 1)) -> Data:
    """Return Fashion-MNIST, or the vendored digits and one printed line that says so.

    Returns what `get_mnist` returns, and raises what it raises: 60,000 images of clothes to train
    and 10,000 to test, or 1,347 and 450 digits if vendored; `current("fashion_mnist").class_names`
    says what the labels stand for.
    """
    trX, trY, tsX, tsY = _get("fashion_mnist", scale)
    return trX, trY, tsX, tsY


def get_notmnist(scale: tuple[float, float] = (-1, 1)) -> DataInThree:
    """Return notMNIST, the letters A to J, or the vendored digits and one printed line that says so.

    Returns `trX (N, 1, 28, 28)`, `trY (N,)`, `vaX`, `vaY`, `tsX`, `tsY`: images to train, to choose
    settings by (validation) and to test, in `scale` as those of `get_mnist`, and labels, integers
    0..9; `current("notmnist").class_names` says what they stand for. One file is split 60/20/20 by a
    permutation that is always the same: 6,000 + 2,000 + 2,000, or 1,078 + 359 + 360 if vendored.
    Raises DataError as `get_mnist` does.
    """
    trX, trY, vaX, vaY, tsX, tsY = _get("notmnist", scale)
    return trX, trY, vaX, vaY, tsX, tsY


def current(name: str) -> Source:
    """Say what is at hand from headers alone; raise DataError for a wrong one or unknown name."""
    return _source(name, _find(name), items=False)


def sample(data: Data, n_train: int, n_test: int, rng: np.random.Generator) -> Data:
    """Draw images without replacement from the result of `get_mnist`, as columns.

    Returns `trX (784, n_train)`, `trY (1, n_train)`, `tsX (784, n_test)`, `tsY (1, n_test)`, copies
    all. Where there are fewer than asked for, it takes all and prints one line that says so. Raises
    DataError if a number is negative. `rng` is advanced.
    """
    trX, trY, tsX, tsY = data
    if n_train < 0 or n_test < 0:
        raise DataError(f"A sample of {n_train} + {n_test} images cannot be: ask for 0 or more.")
    n_tr, n_ts = min(n_train, len(trY)), min(n_test, len(tsY))
    if (n_tr, n_ts) != (n_train, n_test):
        print(f"digits: {n_tr:,} images to train and {n_ts:,} to test, which is all there are.")
    train = rng.permutation(len(trY))[:n_tr]
    test = rng.permutation(len(tsY))[:n_ts]
    trA, tsA = (images.reshape(-1, 784).T.copy() for images in (trX[train], tsX[test]))
    return trA, trY[None, train], tsA, tsY[None, test]


def here(usual: int, *, in_browser: int) -> int:
    """Return how many of something a training takes: in a browser fewer, since it is slow there."""
    return in_browser if sys.platform == "emscripten" else usual


def show(images: ArrayLike, labels: ArrayLike | None = None, *, columns: int = 10) -> Figure:
    """Draw images in a grid, each under its label; the smallest value is black, the largest white.

    `images` are (784, n) columns, (n, 28, 28) or (n, 1, 28, 28); `labels` (1, n), (n,) or a list
    of strings. The figure is closed for pyplot, so that a notebook draws it once: as the last value
    of a cell, or by `display`. Raises DataError if shapes or numbers do not fit.
    """
    import matplotlib.pyplot as plt

    pixels = np.asarray(images)
    if pixels.shape[1:] not in ((28, 28), (1, 28, 28)) and pixels.shape[0::2] != (784,):
        raise DataError(f"Images of shape {pixels.shape} cannot be shown: pass (784, n) columns.")
    pictures = (pixels.T if pixels.ndim == 2 else pixels).reshape(-1, 28, 28)
    n = len(pictures)
    names = [""] * n if labels is None else list(np.ravel(labels))
    if not 0 < n <= 200 or len(names) != n:
        raise DataError(f"{n:,} images, {len(names):,} labels: pass 1 to 200, a label for each.")
    width = max(1, min(columns, n))
    height = math.ceil(n / width)
    size = width, height * (1 if labels is None else 1.3)
    figure, axes = plt.subplots(height, width, figsize=size, squeeze=False, layout="constrained")
    span = {"vmin": pictures.min(), "vmax": pictures.max()}
    for k, ax in enumerate(axes.flat):
        ax.set_axis_off()
        if k < n:
            ax.imshow(pictures[k], cmap="gray", interpolation="nearest", **span)
            ax.set_title(names[k], fontsize=11, pad=3)
    plt.close(figure)
    return figure


def check(function: Any) -> None:
    """Print whether a function of an exercise runs and gives what its docstring says.

    It calls the function on small random inputs, the same ones every time. A derivative is compared
    with central differences of the functions that you wrote before it, and the entry that is most
    off is named. It is no grade: the tests look at more.
    """
    caller = sys._getframe(1)
    try:
        import checks
    except ModuleNotFoundError as error:
        raise DataError(f"{error}: unpack the folder checks beside digits.py again.") from error
    checks.check(function, {**caller.f_globals, **caller.f_locals})


def fetch(name: str, base_urls: Iterable[str] = ()) -> None:
    """Download a data set into the cache folder, where it appears only after it is verified.

    The mirrors (`base_urls`, if given) are tried in turn until one gives all files; stderr tells of
    those that do not. Raises DataError if none does, or if the cache folder cannot be written.
    """
    data_set, folder = _data_set(name), _cache_folder() / name
    with contextlib.suppress(DataError):
        if (found := _find(name, [(folder, "")])) and not _source(name, found, items=True).partial:
            print(f"digits: the complete {data_set.title} is in {folder} already.")
            return
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder.parent) as scratch:
            source = _fetch_any(name, tuple(base_urls) or data_set.mirrors, Path(scratch))
            folder.mkdir(exist_ok=True)
            for file in data_set.sha256:
                (Path(scratch) / f"{file}.gz").replace(folder / f"{file}.gz")
    except OSError as error:
        raise DataError(f"{folder} cannot be written ({error}): set XDG_CACHE_HOME.") from error
    print(f"digits: {folder} now has {_added(source)} images, verified.")


def _get(name: str, scale: tuple[float, float]) -> list[NDArray[Any]]:
    if np.shape(scale) != (2,) or not -math.inf < scale[0] < scale[1] < math.inf:
        raise DataError(f"The scale {scale} is not two finite numbers, the lower one first.")
    found = _find(name)
    arrays = _read(found) if found else _read_vendored()
    values = np.linspace(*scale, 256 if found else 17)
    if not found:
        title, counts = _data_set(name).title, _added(_source(name, None, items=False))
        print(f"digits: using the {counts} digits of the course; {title} is not installed.")
    if _in_three(name):
        arrays = _split(np.concatenate(arrays[::2]), np.concatenate(arrays[1::2]))
    return [_scaled(a, values) if a.ndim == 3 else a.astype(np.int64) for a in arrays]


def _in_three(name: str) -> bool:
    """Tell whether a data set is split here, since it does not come with images to train apart."""
    return TRAIN_IMAGES not in _data_set(name).sha256


def _shares(n: int) -> tuple[int, int, int]:
    """Return how many of n images train, validate and test."""
    n_train, n_validation = 60 * n // 100, 20 * n // 100
    return n_train, n_validation, n - n_train - n_validation


def _split(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Deal images and their labels out in three parts; RandomState deals alike in every NumPy."""
    order = np.random.RandomState(20).permutation(len(labels))
    parts = np.split(order, np.cumsum(_shares(len(labels)))[:2])
    return [array[part] for part in parts for array in (images, labels)]


def _added(source: Source) -> str:
    counts = source.n_train, source.n_validation, source.n_test
    return " + ".join(f"{count:,}" for count in counts if count)


def _scaled(images: NDArray[np.uint8], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Look pixels up in `values`, block by block, since an index takes eight bytes a pixel."""
    result = np.empty((len(images), 1, 28, 28))
    for start in range(0, len(images), 1000):
        result[start : start + 1000, 0] = values[images[start : start + 1000]]
    return result


def _data_set(name: str) -> DataSet:
    if name not in DATA_SETS:
        raise DataError(f"There is no data set {name!r}: choose among {', '.join(DATA_SETS)}.")
    return DATA_SETS[name]


def _cache_folder() -> Path:
    """Return the folder whose subfolders keep downloads, also for a user without a home."""
    xdg = Path(os.environ.get("XDG_CACHE_HOME", ""))
    own = {"win32": "AppData/Local", "darwin": "Library/Caches"}.get(sys.platform, ".cache")
    with contextlib.suppress(RuntimeError):
        return (xdg if xdg.is_absolute() else Path.home() / own) / "backprop-by-hand"
    return Path(tempfile.gettempdir()) / "backprop-by-hand"


def _places(name: str) -> Iterator[tuple[Path, str]]:
    """Yield the folders to look in, and what to do about a wrong file there.

    A setting is the only place, so that a run finds the same on every machine. All data sets call
    their files alike: those right in the folder are MNIST's, unless the folder is named for others.
    """
    if setting := os.environ.get("DIGITS_DATA"):
        folder, remedy = Path(setting), "put the right file there, or unset DIGITS_DATA"
        if not folder.is_dir():
            raise DataError(f"DIGITS_DATA is {setting}, which is no folder: correct or unset it.")
        yield folder / name, remedy
        if name == (folder.name if folder.name in DATA_SETS else "mnist"):
            yield folder, remedy
        return
    yield _cache_folder() / name, f"run `python -m digits fetch {name}` to replace it"
    for folder in map(Path, _data_set(name).system_folders):
        yield folder, "install the package that brings it once more"


def _find(name: str, places: Iterable[tuple[Path, str]] = ()) -> _Found | None:
    """Return the files of the first place that has any; None if no place has."""
    data_set = _data_set(name)
    for folder, remedy in places or _places(name):
        try:
            there = {path.name: path for path in folder.iterdir()} if folder.is_dir() else {}
        except OSError as error:
            raise DataError(f"{folder} cannot be read ({error.strerror}): {remedy}.") from error
        files = tuple(data_set.sha256)
        paths = {file: there[n] for file in files for n in (file, f"{file}.gz") if n in there}
        missing = [f"{file}.gz" for file in files if file not in paths]
        if paths and missing:
            raise DataError(f"{folder} has some files but not {', '.join(missing)}; {remedy}.")
        if paths:
            return _Found(data_set, paths, str(folder), remedy)
    return None


def _source(name: str, found: _Found | None, *, items: bool) -> Source:
    """Describe what was found; verify the items too if asked to."""
    if found is None:
        if items:
            _read_vendored()
        n_validation, (n_train, n_test) = 0, VENDORED_COUNTS
        if _in_three(name):
            n_train, n_validation, n_test = _shares(sum(VENDORED_COUNTS))
        vendored = "vendored digits.npz"
        return Source(name, "digits", False, n_train, n_test, DIGIT_NAMES, vendored, n_validation)
    known, names = found.data_set.sha256, found.data_set.class_names
    arrays = _read(found, items=items)
    if _in_three(name):
        n_train, n_validation, n_test = _shares(len(arrays[0]))
        return Source(name, name, False, n_train, n_test, names, found.where, n_validation)
    trX, _, tsX, _ = arrays
    partial = (len(trX), len(tsX)) != (max(known[TRAIN_IMAGES]), max(known[TEST_IMAGES]))
    return Source(name, name, partial, len(trX), len(tsX), names, found.where)


def _read(found: _Found, *, items: bool = True) -> list[NDArray[np.uint8]]:
    """Return images (N, 28, 28) and labels (N,) for each pair of files; without items, (N, 0)."""
    arrays = []
    for file, path in found.paths.items():
        try:
            arrays.append(_read_file(path, file, found.data_set, items))
        except (OSError, EOFError, zlib.error, DataError) as error:
            fault = error if isinstance(error, DataError) else f"cannot be read ({error})"
            raise DataError(f"{found.where}/{path.name} {fault}; {found.remedy}.") from error
    for images, labels in zip(arrays[::2], arrays[1::2], strict=True):
        if len(images) != len(labels):
            fault = f"{len(images):,} images but {len(labels):,} labels for them"
            raise DataError(f"{found.where} has {fault}; {found.remedy}.")
    return arrays


def _read_file(path: Path, file: str, data_set: DataSet, items: bool) -> NDArray[np.uint8]:
    """Read a file, never more than one byte past the largest that is known; all faults raise."""
    kinds = (1, "labels", 1), (3, "images", 28 * 28)
    (magic, kind, size), (other_magic, other, _) = kinds if "labels" in file else kinds[::-1]
    known, start = data_set.sha256[file], 4 + 4 * magic
    at_most = start + size * max(known) + 1 if items else start
    with path.open("rb") as raw:
        # Some browsers and servers unpack a file and keep its name: the content decides.
        packed = raw.peek(2)[:2] == b"\x1f\x8b"
        content = (gzip.GzipFile(fileobj=raw) if packed else raw).read(at_most)
    if content[:4] == bytes((0, 0, 8, other_magic)):
        raise DataError(f"holds {other}, not {kind}")
    if content[:4] != bytes((0, 0, 8, magic)) or len(content) < start:
        raise DataError(f"does not begin as an IDX file of {kind} must")
    n, *pixels = np.frombuffer(content[4:start], ">u4").tolist()
    if pixels not in ([], [28, 28]):
        raise DataError(f"holds images of {pixels[0]}x{pixels[1]} pixels, not 28x28")
    if n not in known:
        counts = " or ".join(f"{count:,}" for count in known)
        raise DataError(f"announces {n:,} {kind}, where {data_set.title} has {counts}")
    if not items:
        return np.empty((n, 0), np.uint8)
    if (excess := len(content) - start - n * size) != 0:
        raise DataError(f"is too {'long' if excess > 0 else 'short'} for the {n:,} {kind} in it")
    array = np.frombuffer(content, np.uint8, offset=start).reshape(n, *pixels)
    if kind == "labels" and array.max() > 9:
        raise DataError(f"holds the label {array.max()}, where labels are 0 to 9")
    if (digest := hashlib.sha256(content).hexdigest()) == known[n]:
        return array
    for other_set in DATA_SETS.values():
        for name, hashes in other_set.sha256.items():
            if digest in hashes.values():
                raise DataError(f"has the content of {name} of {other_set.title}")
    raise DataError("was changed or damaged, since its SHA-256 is not that of the original")


def _read_vendored() -> list[NDArray[np.uint8]]:
    """Return the vendored images, each pixel a 3x3 block in a frame of 2, and labels, split."""
    try:
        with np.load(VENDORED, allow_pickle=False) as archive:
            images, labels = archive["images"], archive["labels"]
        digest = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
        form = images.shape, images.dtype, labels.shape, labels.dtype
        if form != ((1797, 8, 8), np.uint8, (1797,), np.uint8) or digest != VENDORED_SHA256:
            raise ValueError("its content was changed")
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{VENDORED} is of no use ({error}): copy it anew.") from error
    big = np.pad(images.repeat(3, axis=1).repeat(3, axis=2), ((0, 0), (2, 2), (2, 2)))
    (trX, tsX), (trY, tsY) = (np.split(array, VENDORED_COUNTS[:1]) for array in (big, labels))
    return [trX, trY, tsX, tsY]


def _fetch_any(name: str, mirrors: Iterable[str], folder: Path) -> Source:
    """Fill a folder from the first mirror that gives all files, and describe them."""
    if None in map(importlib.util.find_spec, ("pooch", "tqdm")):
        raise DataError("A download needs two packages: run `python -m pip install pooch tqdm`.")
    import pooch
    from requests import HTTPError, RequestException

    download = pooch.HTTPDownloader(progressbar=True, timeout=30)
    paths = {file: folder / f"{file}.gz" for file in _data_set(name).sha256}
    for mirror in (mirror.rstrip("/") for mirror in mirrors):
        try:
            for path in paths.values():
                print(f"digits: fetching {mirror}/{path.name}")
                download(f"{mirror}/{path.name}", str(path), None)
            return _source(name, _Found(_data_set(name), paths, mirror, "not used"), items=True)
        except (DataError, HTTPError) as error:
            print(f"digits: {error}", file=sys.stderr)
        except (RequestException, ValueError) as error:
            print(f"digits: {mirror} does not deliver ({type(error).__name__}).", file=sys.stderr)
    raise DataError("No mirror served: check the connection, or set DIGITS_DATA to the files' folder.")


def _status() -> int:
    """Print a table of what is at hand, every file verified; return 1 if one is wrong."""
    wrong = 0
    print(f"{'data set':13} {'at hand':16} {'train':>7} {'test':>7}  where")
    for name in DATA_SETS:
        try:
            source = _source(name, _find(name), items=True)
            real = "partial" if source.partial else "complete"
            state = real if source.key == name else "vendored digits"
            print(f"{name:13} {state:16} {source.n_train:7,} {source.n_test:7,}  {source.where}")
        except DataError as error:
            wrong = 1
            print(f"{name:13} {'unusable':16} {'-':>7} {'-':>7}  {error}")
    return wrong


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 0 if all is well, 1 on a fault; exit with 2 if misspelt."""
    parser = argparse.ArgumentParser(prog="python -m digits", description="The course's images.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("status", help="say what is at hand")
    fetching = commands.add_parser("fetch", help="download a data set into the cache folder")
    fetching.add_argument("name", choices=tuple(DATA_SETS))
    fetching.add_argument("--base-url", action="append", default=[], help="a mirror; may repeat")
    options = parser.parse_args(argv)
    try:
        if options.command == "status":
            return _status()
        fetch(options.name, options.base_url)
    except (DataError, KeyboardInterrupt) as error:
        print(f"digits: {str(error) or 'stopped.'}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
