"""SciPy's sparse matrices and arrays, where SciPy is installed: rebuilt from the arrays that they consist of.

SciPy's compiled code reads and writes wherever an index points, so every index is checked before it sees one. SciPy is
imported only when a matrix arrives.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import PathFinder
from typing import Any

import numpy as np

from ..bounds import MOST_DIMENSIONS, MOST_NODES
from ..errors import OTHER_SHAPE, CannotCross
from ..frames import Malformed
from ..protocol import Node
from .codec import Codec, Reader, Writer

NUMBERS = "biufc"
LARGEST_INDEX = 2**62
BYTES_OF_A_ROW = 200  # that a matrix of lists takes for a row without entries
ABSENT = "SciPy is not installed where the tests run: install it there, or let the function return an array."
IMPOSSIBLE = "A sparse matrix has indices that it cannot have."
# How each kind crosses: those that change one entry at a time, as a list of entries.
CROSSES_AS = {"csr": "csr", "csc": "csc", "bsr": "bsr", "dia": "dia", "coo": "coo", "lil": "coo", "dok": "coo"}


def codec_of(value: Any) -> Codec | None:
    """Return the codec of a sparse matrix, if it is one."""
    module: Any = sys.modules.get("scipy.sparse")
    if module is None or not hasattr(module, "issparse"):
        return None
    return matrices if module.issparse(value) and getattr(value, "format", None) in CROSSES_AS else None


def _scipy() -> Any:
    """Return `scipy.sparse`, as installed: a file of that name beside the notebook is never imported here."""
    if "scipy.sparse" not in sys.modules and PathFinder.find_spec("scipy", sys.path[:-1]) is None:
        raise CannotCross(ABSENT)
    return import_module("scipy.sparse")


def _write(writer: Writer, value: Any, depth: int) -> Node:
    shape, kind, is_array, arrays = _parts(value)
    return ["sparse", kind, is_array, shape, *[writer.put(part, depth) for part in arrays]]


def _parts(value: Any) -> tuple[list[int], str, bool, list[np.ndarray]]:
    """Return shape, kind, whether it is one of the newer arrays, and the arrays that it consists of, as copies."""
    is_array = isinstance(value, _scipy().sparray)
    kind = value.format
    made = value.asformat(CROSSES_AS[kind]) if len(value.shape) == 2 else value.tocoo()
    if made.format == "dia":
        arrays = [made.data, made.offsets]
    elif made.format == "coo":
        arrays = [made.data, *made.coords]
    else:
        used = int(made.indptr[-1])  # there may be room for more
        arrays = [made.data[:used], made.indices[:used], made.indptr]
    return [int(size) for size in value.shape], kind, is_array, [np.array(part) for part in arrays]


def _read(reader: Reader, parts: Node, depth: int) -> Any:
    kind, is_array, shape, *rest = parts
    if kind not in CROSSES_AS or not 1 <= len(shape) <= MOST_DIMENSIONS:
        raise Malformed("A sparse matrix is of a kind that does not exist.")
    if not all(type(size) is int and 0 <= size < LARGEST_INDEX for size in shape):
        raise Malformed("A sparse matrix has an impossible shape.")
    data, *indices = [_array(reader.get(part, depth)) for part in rest]
    if data.dtype.kind not in NUMBERS or not all(array.dtype.kind == "i" and array.ndim == 1 for array in indices):
        raise Malformed("A sparse matrix consists of something else than numbers.")
    if len(shape) != 2 or CROSSES_AS[kind] == "coo":
        return _made_of_entries(reader, kind, is_array is True, tuple(shape), data, indices)
    if kind == "dia":
        _check_diagonals(shape, data, indices)
        content: Any = (data, indices[0])
    else:
        _check_compressed(kind, shape, data, indices)
        content = (data, indices[0], indices[1])
    make = getattr(_scipy(), f"{kind}_{'array' if is_array is True else 'matrix'}")
    return make(content, shape=tuple(shape))


def _array(value: Any) -> np.ndarray:
    if type(value) is not np.ndarray:
        raise Malformed("A sparse matrix consists of something else than arrays.")
    return value.copy()


def _made_of_entries(
    reader: Reader, kind: str, is_array: bool, shape: tuple[int, ...], data: np.ndarray, indices: list[np.ndarray]
) -> Any:
    """Return a matrix that is given by its entries, each with as many indices as there are dimensions."""
    if len(indices) != len(shape) or data.ndim != 1:
        raise Malformed(IMPOSSIBLE)
    for of, size in zip(indices, shape, strict=True):
        if len(of) != len(data) or (len(of) and not 0 <= of.min() <= of.max() < size):
            raise Malformed(IMPOSSIBLE)
    if kind == "lil":
        reader.claim(shape[0] * BYTES_OF_A_ROW)
    if kind in ("lil", "dok") and len(data) > MOST_NODES:
        raise Malformed("A sparse matrix has more entries than allowed.")
    module = _scipy()
    make = module.coo_array if is_array else module.coo_matrix
    return make((data, tuple(indices)), shape=shape).asformat(kind)


def _check_diagonals(shape: list[int], data: np.ndarray, indices: list[np.ndarray]) -> None:
    """Check that each row of the data is one diagonal, and that there is a place for it."""
    (offsets,) = indices
    is_inside = not len(offsets) or -LARGEST_INDEX < offsets.min() <= offsets.max() < LARGEST_INDEX
    if data.ndim != 2 or len(offsets) != len(data) or not is_inside or len(np.unique(offsets)) != len(offsets):
        raise Malformed(IMPOSSIBLE)


def _check_compressed(kind: str, shape: list[int], data: np.ndarray, indices: list[np.ndarray]) -> None:
    """Check that the entries of each row, or column, follow one another, and that each lies inside."""
    of, starts = indices
    blocks = [1, 1]
    if kind == "bsr":
        if data.ndim != 3 or not all(data.shape[1:]) or shape[0] % data.shape[1] or shape[1] % data.shape[2]:
            raise Malformed(IMPOSSIBLE)
        blocks = list(data.shape[1:])
    elif data.ndim != 1:
        raise Malformed(IMPOSSIBLE)
    rows, columns = (size // block for size, block in zip(shape, blocks, strict=True))
    along, across = (columns, rows) if kind == "csc" else (rows, columns)
    if len(starts) != along + 1 or starts[0] != 0 or starts[-1] != len(of) or len(of) != len(data):
        raise Malformed(IMPOSSIBLE)
    if (starts[1:] < starts[:-1]).any() or (len(of) and not 0 <= of.min() <= of.max() < across):
        raise Malformed(IMPOSSIBLE)


def _same(now: Any, before: Any) -> bool:
    *kind, arrays = now
    *kind_before, arrays_before = before
    if kind != kind_before or len(arrays) != len(arrays_before):
        return False
    pairs = zip(arrays, arrays_before, strict=True)
    return all(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes() for a, b in pairs)


def _replace(old: Any, new: Any) -> None:
    if not isinstance(old, type(new)):
        raise Malformed("An argument was changed into something else.")
    if new.shape != old.shape:
        raise CannotCross(OTHER_SHAPE)
    type(new).__init__(old, new, copy=True)  # as if it had been made of the new one


matrices = Codec("sparse", (), _write, _read, snapshot=_parts, same=_same, replace=_replace)
CODECS = (matrices,)
