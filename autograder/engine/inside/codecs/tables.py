"""The tables of pandas, where it is installed: columns of numbers, text, dates and categories, rebuilt from these.

pandas is imported only when a table arrives. Nothing of a table crosses but arrays and lists of plain scalars, from
which pandas makes a new one.
"""

from __future__ import annotations

import datetime
import sys
from decimal import Decimal
from fractions import Fraction
from importlib import import_module
from importlib.machinery import PathFinder
from typing import Any

import numpy as np

from ..errors import CannotCross
from ..frames import Malformed
from ..protocol import Node, Reference
from .codec import Codec, Reader, Writer
from .scalars import PLAIN

NUMBERS = "biufcmM"
SCALARS = PLAIN | {complex, bytes, Decimal, Fraction}
SCALARS |= {datetime.date, datetime.datetime, datetime.time, datetime.timedelta}
EXTENSIONS = {"string", "str", "boolean", "Float32", "Float64"}
EXTENSIONS |= {f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)}
ABSENT = "pandas is not installed where the tests run: install it there, or let the function return a dictionary."


def codec_of(value: Any) -> Codec | None:
    """Return the codec of a table, if it is one."""
    pandas: Any = sys.modules.get("pandas")
    if pandas is None or not hasattr(pandas, "DataFrame"):
        return None
    kinds = ((pandas.DataFrame, tables), (pandas.Series, columns), (pandas.Index, indices))
    return next((codec for kind, codec in kinds if isinstance(value, kind)), None)


def _pandas() -> Any:
    """Return pandas, as installed: a file of that name beside the notebook is never imported here."""
    if "pandas" not in sys.modules and PathFinder.find_spec("pandas", sys.path[:-1]) is None:
        raise CannotCross(ABSENT)
    return import_module("pandas")


def _write_table(writer: Writer, value: Any, depth: int) -> Node:
    value = _pandas().DataFrame(value)  # a subclass crosses as what it is underneath
    parts = [_column(writer, value.iloc[:, place], depth) for place in range(value.shape[1])]
    return ["table", writer.put(value.columns, depth), writer.put(value.index, depth), *parts]


def _read_table(reader: Reader, parts: Node, depth: int) -> Any:
    names, index, *contents = parts
    found = {place: _contents(reader, content, depth) for place, content in enumerate(contents)}
    table = _pandas().DataFrame(found, index=_index(reader, index, depth))
    table.columns = _index(reader, names, depth)
    return table


def _write_series(writer: Writer, value: Any, depth: int) -> Node:
    value = _pandas().Series(value)
    index, name = writer.put(value.index, depth), writer.put(_label(value.name), depth)
    return ["series", index, name, _column(writer, value, depth)]


def _read_series(reader: Reader, parts: Node, depth: int) -> Any:
    index, name, content = parts
    values = _contents(reader, content, depth)
    return _pandas().Series(values, index=_index(reader, index, depth), name=_label(reader.get(name, depth)))


def _write_index(writer: Writer, value: Any, depth: int) -> Node:
    pandas = _pandas()
    names = [writer.put(_label(name), depth) for name in value.names]
    if isinstance(value, pandas.RangeIndex):
        return ["index", "range", names, writer.put(range(value.start, value.stop, value.step), depth)]
    levels = [value.get_level_values(level) for level in range(value.nlevels)]
    kind = "levels" if isinstance(value, pandas.MultiIndex) else "plain"
    return ["index", kind, names, *[_column(writer, level, depth) for level in levels]]


def _read_index(reader: Reader, parts: Node, depth: int) -> Any:
    pandas, (kind, names, *contents) = _pandas(), parts
    names = [_label(reader.get(name, depth)) for name in names]
    if kind == "range":
        found = reader.get(contents[0], depth)
        if type(found) is not range:
            raise Malformed("A table is numbered by something that is not a range.")
        return pandas.RangeIndex(found, name=names[0])
    levels = [_contents(reader, content, depth) for content in contents]
    if kind == "levels":
        return pandas.MultiIndex.from_arrays(levels, names=names)
    return pandas.Index(levels[0], name=names[0])


def _index(reader: Reader, reference: Reference, depth: int) -> Any:
    index = reader.get(reference, depth)
    if not isinstance(index, _pandas().Index):
        raise Malformed("A table has labels that are not an index.")
    return index


def _label(name: Any) -> Any:
    """Return the name of a column, which may be any scalar, or a tuple of these."""
    parts = name if type(name) is tuple else (name,)
    if all(type(part) in SCALARS or isinstance(part, np.generic) for part in parts):
        return name
    raise CannotCross(f"A column that is named by a {type(name).__name__} cannot be handed over: name it by text.")


def _column(writer: Writer, values: Any, depth: int) -> Reference:
    return writer.put(_plain(values), depth)


def _plain(values: Any) -> tuple[Any, ...]:
    """Return the contents of a column as a kind and what it is made of."""
    dtype = values.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in NUMBERS:
        return "array", np.array(values.to_numpy())
    if isinstance(dtype, np.dtype) and dtype.kind == "O" and all(type(part) in SCALARS for part in values):
        return "object", list(values)
    if str(dtype) in EXTENSIONS:
        parts = (part.item() if isinstance(part, np.generic) else part for part in values)
        return str(dtype), [None if gone else part for part, gone in zip(parts, values.isna(), strict=True)]
    if isinstance(dtype, _pandas().CategoricalDtype):
        found = _pandas().Categorical(values)
        return "category", np.array(found.codes), _plain(found.categories), bool(found.ordered)
    raise CannotCross(
        f"A column of dtype {dtype} cannot be handed over: only numbers, text, categories and dates without a time "
        "zone can."
    )


def _contents(reader: Reader, reference: Reference, depth: int) -> Any:
    return _made(reader.get(reference, depth))


def _made(plain: Any) -> Any:
    """Return the contents of a column, made anew of what `_plain` gives; of anything else, raise `Malformed`."""
    if type(plain) is not tuple or type(plain[0]) is not str:
        raise Malformed("A table has a column that is not one.")
    kind, content, *more = plain
    is_array = type(content) is np.ndarray and content.ndim == 1 and content.dtype.kind in NUMBERS
    is_list = type(content) is list and all(type(part) in SCALARS for part in content)
    if kind == "array" and is_array:
        return content.copy()
    if kind == "category" and is_array:
        kinds, is_ordered = more
        if kinds[0] == "category":
            raise Malformed("A table has a column that is not one.")
        pandas = _pandas()
        return pandas.Categorical.from_codes(content, categories=pandas.Index(_made(kinds)), ordered=is_ordered is True)
    if kind == "object" and is_list:
        values = np.empty(len(content), object)
        values[:] = content
        return values
    if kind in EXTENSIONS and is_list:
        return _pandas().array(content, dtype=kind)
    raise Malformed("A table has a column that is not one.")


def _same(now: Any, before: Any) -> bool:
    axes = zip(now.axes, before.axes, strict=True)
    return bool(now.equals(before)) and all(one.identical(other) for one, other in axes)


def _replace(old: Any, new: Any) -> None:
    if type(new) is not type(old):
        raise Malformed("An argument was changed into something else.")
    type(new).__init__(old, new)  # as if it had been made of the new one: columns, labels and all


tables = Codec(
    "table", (), _write_table, _read_table, snapshot=lambda table: table.copy(), same=_same, replace=_replace
)
columns = Codec(
    "series", (), _write_series, _read_series, snapshot=lambda series: series.copy(), same=_same, replace=_replace
)
indices = Codec("index", (), _write_index, _read_index)
CODECS = (tables, columns, indices)
