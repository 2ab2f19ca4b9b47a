"""What may cross from one process to the other: a codec for each type, and the order in which they are asked.

A new type is a new codec. The packer itself handles values that have no codec, and random number generators that both
sides already have.

`codec` is the shape that all have. `scalars`, `numbers` (exact ones), `dates` and `binary` are single values;
`containers`, `named` and `collected` hold others; `arrays` are NumPy's, `tables` those of pandas and `sparse` those of
SciPy; `generators` are of random numbers.
"""

from __future__ import annotations

from typing import Any

from ..frames import Malformed
from . import arrays, binary, collected, containers, dates, generators, named, numbers, scalars, sparse, tables
from .codec import Codec

# NumPy's scalars come first: some of them are Python's, too. So do the containers that are dicts.
CODECS: tuple[Codec, ...] = (
    arrays.scalars,
    scalars.plain,
    scalars.whole,
    scalars.complexes,
    *binary.CODECS,
    *numbers.CODECS,
    *dates.CODECS,
    *collected.CODECS,
    *containers.CODECS,
    arrays.arrays,
    *generators.CODECS,
    scalars.types,
    *tables.CODECS,
    *named.CODECS,
    *sparse.CODECS,
)
RECOGNISED = (tables.codec_of, named.codec_of, sparse.codec_of)  # by what they have, not by their type
BY_TAG = {codec.tag: codec for codec in CODECS}
BY_TYPE = {kind: codec for codec in CODECS for kind in codec.kinds}


def codec_of(value: Any) -> Codec | None:
    """Return the codec for a value, or None if its type has no codec."""
    found = BY_TYPE.get(type(value)) or next(filter(None, (recognise(value) for recognise in RECOGNISED)), None)
    return found or next((codec for codec in CODECS if isinstance(value, codec.kinds)), None)


def snapshot(value: Any) -> Any:
    """Return what tells later whether a mutable object was changed; what it holds is looked at from outside only."""
    codec = codec_of(value)
    assert codec is not None
    assert codec.snapshot is not None
    return codec.snapshot(value)


def has_changed(value: Any, before: Any) -> bool:
    """Return whether a mutable object holds other things than when `before` was taken."""
    codec = codec_of(value)
    return codec is None or not codec.same(snapshot(value), before)


def replace_content(old: Any, new: Any) -> None:
    """Make a mutable object hold what `new`, of the same kind, holds.

    Raises
    ------
    CannotCross
        If an array has got another shape or dtype: NumPy cannot do that from outside.
    Malformed
        If it cannot be changed, or `new` is of another kind.
    """
    codec = codec_of(old)
    if codec is None or codec.replace is None:
        raise Malformed("An argument was changed into something else.")
    codec.replace(old, new)
