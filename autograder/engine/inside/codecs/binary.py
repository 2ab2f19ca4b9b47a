"""Bytes, which travel as blobs beside the message."""

from __future__ import annotations

from ..protocol import Node
from .codec import Codec, Reader
from .containers import replace_all


def _content(reader: Reader, parts: Node) -> bytearray:
    (number,) = parts
    return reader.blob(number)


fixed = Codec(
    "b",
    (bytes,),
    write=lambda writer, value, depth: ["b", writer.blob(bytes(value))],
    read=lambda reader, parts, depth: bytes(_content(reader, parts)),
)
changeable = Codec(
    "B",
    (bytearray,),
    write=lambda writer, value, depth: ["B", writer.blob(bytes(value))],
    read=lambda reader, parts, depth: bytearray(_content(reader, parts)),
    snapshot=bytes,
    replace=replace_all,
)
CODECS = (fixed, changeable)
