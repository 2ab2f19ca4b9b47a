"""Any plain value survives the way from one process to the other, and no message can do more than be refused."""

from __future__ import annotations

import json
import math
import socket
import struct
import threading
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autograder.engine.inside import frames, values
from autograder.engine.inside.calls import Watched, apply_changes
from autograder.engine.inside.codecs import CODECS, replace_content
from autograder.engine.inside.errors import CannotCross
from autograder.engine.inside.frames import HEAD, LARGEST_BLOBS, LARGEST_HEAD, Channel, Closed, Malformed
from autograder.engine.inside.link import clean_frames, student_exception
from autograder.engine.inside.values import Packer, Unpacker

slow = settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

DTYPES = st.one_of(
    arrays.boolean_dtypes(),
    arrays.integer_dtypes(endianness="?"),
    arrays.unsigned_integer_dtypes(endianness="?"),
    arrays.floating_dtypes(endianness="?"),
    arrays.complex_number_dtypes(endianness="?"),
    arrays.byte_string_dtypes(endianness="?", min_len=1, max_len=5),
    arrays.unicode_string_dtypes(endianness="?", min_len=1, max_len=5),
    arrays.datetime64_dtypes(endianness="?"),
    arrays.timedelta64_dtypes(endianness="?"),
)
RECORDS = ([("a", "<i2"), ("b", ">f8", (2,))], [("", "U2"), ("c", [("d", "M8[s]"), ("e", "S1", (0,))])])
DTYPES = DTYPES | st.sampled_from(RECORDS).map(np.dtype)
ARRAYS = DTYPES.flatmap(
    lambda kind: arrays.arrays(kind, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
)
TEXT = st.text(st.characters(), max_size=8)
KEYS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXT, st.binary(max_size=8),
    st.complex_numbers(allow_nan=False), st.builds(range, st.integers(-9, 9)),
)  # fmt: skip
ZONES = st.none() | st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)
NUMBERS = st.fractions() | st.decimals(allow_nan=False)
KEYS = KEYS | NUMBERS | st.dates() | st.datetimes(timezones=ZONES) | st.times(timezones=ZONES) | st.timedeltas() | ZONES
HASHABLE = st.recursive(KEYS, lambda of: st.tuples(of, of) | st.frozensets(of, max_size=3), max_leaves=4)
LEAVES = st.one_of(KEYS, st.floats(), st.complex_numbers(), st.builds(bytearray, st.binary(max_size=8)), ARRAYS)
LEAVES = LEAVES | st.decimals()
LEAVES = LEAVES | ARRAYS.filter(lambda array: array.size > 0).map(lambda array: array.ravel()[0])
VALUES = st.recursive(
    LEAVES,
    lambda of: st.one_of(
        st.lists(of, max_size=4),
        st.lists(of, max_size=4).map(tuple),
        st.dictionaries(HASHABLE, of, max_size=4),
        st.dictionaries(HASHABLE, of, max_size=4).map(Counter),
        st.dictionaries(HASHABLE, of, max_size=4).map(OrderedDict),
        st.dictionaries(HASHABLE, of, max_size=4).map(lambda parts: defaultdict(list, parts)),
        st.builds(deque, st.lists(of, max_size=4), st.none() | st.integers(4, 9)),
        st.sets(HASHABLE, max_size=4),
        st.frozensets(HASHABLE, max_size=4),
    ),
    max_leaves=12,
)


def nothing_foreign(value: Any) -> Any:
    raise CannotCross(str(type(value)))


def refuse(node: Any) -> Any:
    raise Malformed("nothing foreign")


def sent(value: Any) -> Any:
    """Send a value as two processes would: packed, written as JSON, read, rebuilt."""
    packer = Packer(nothing_foreign)
    reference = packer.put(value)
    message = json.loads(json.dumps(packer.message({"value": reference})))
    return Unpacker(message["nodes"], [bytearray(blob) for blob in packer.blobs], refuse).get(message["value"])


def same(a: Any, b: Any) -> bool:
    """Return whether two values are of the same types and hold the same, bit by bit."""
    if type(a) is not type(b):
        return False
    if isinstance(a, (np.ndarray, np.generic)):
        return a.dtype == b.dtype and a.dtype.str == b.dtype.str and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, float):
        return (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1, a) == math.copysign(1, b))
    if isinstance(a, complex):
        return same(a.real, b.real) and same(a.imag, b.imag)
    if isinstance(a, Decimal):
        return str(a) == str(b)
    if isinstance(a, deque):
        return a.maxlen == b.maxlen and same(list(a), list(b))
    if isinstance(a, (datetime, time)):
        return a.isoformat() == b.isoformat() and a.fold == b.fold and repr(a.tzinfo) == repr(b.tzinfo)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return same(list(a.items()), list(b.items()))
    if isinstance(a, (set, frozenset)):
        return a == b and sorted(map(kinds, a)) == sorted(map(kinds, b))
    return a == b


def kinds(value: Any) -> str:
    """Return a value and the types in it, as text."""
    inside = [kinds(part) for part in value] if isinstance(value, (tuple, frozenset)) else []
    return f"{type(value).__name__} {repr(value) if not inside else sorted(inside)}"


@slow
@given(VALUES)
def test_a_plain_value_arrives_as_it_is(value: Any) -> None:
    assert same(sent(value), value)


@slow
@given(VALUES, VALUES)
def test_values_that_differ_arrive_differing(one: Any, other: Any) -> None:
    assert same(sent(one), sent(other)) == same(one, other)


@slow
@given(ARRAYS)
def test_the_layout_of_an_array_survives(array: np.ndarray) -> None:
    for layout in (array, np.asfortranarray(array), array.T):
        found = sent(layout)
        assert found.flags.c_contiguous == layout.flags.c_contiguous
        assert found.flags.f_contiguous == layout.flags.f_contiguous
        assert found.flags.writeable
        assert same(found, layout)


@slow
@given(st.lists(VALUES, min_size=1, max_size=3))
def test_what_is_one_object_stays_one_object(parts: list[Any]) -> None:
    found = sent([parts, parts, {"x": parts}])
    assert found[0] is found[1] is found[2]["x"]
    assert same(found[0], parts)


@slow
@given(st.lists(st.integers(), max_size=5), st.lists(st.integers(), max_size=5))
def test_changes_arrive(before: list[int], after: list[int]) -> None:
    packer = Packer(nothing_foreign)
    ours = {"x": list(before), "y": [1]}
    reference = packer.put(ours)
    unpacker = Unpacker(json.loads(json.dumps(packer.nodes)), [], refuse)
    theirs = unpacker.get(reference)
    watched = Watched(unpacker.objects)
    theirs["x"][:] = after
    back = Packer(nothing_foreign, watched.known)
    changes = watched.changes(back)
    assert len(changes) <= 1
    assert changes or before == after
    apply_changes(changes, Unpacker(back.nodes, [], refuse, packer.objects), packer.objects)
    assert ours == {"x": after, "y": [1]}


# Hostile messages.

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-3, 8) | st.floats() | st.text(max_size=5),
    lambda of: st.lists(of, max_size=4) | st.dictionaries(st.text(max_size=3), of, max_size=3),
    max_leaves=10,
)
TAGS = st.sampled_from([*(codec.tag for codec in CODECS), "u", "h", "o", "k", "", "tf", "ls", "?"])
REFERENCES = st.one_of(st.integers(-1, 8).map(lambda n: [n]), JSON)
PARTS = st.sampled_from(["key", "pos", "state", "inc", "counter"])
STATES = st.fixed_dictionaries(
    {
        "bit_generator": st.sampled_from(["MT19937", "PCG64", "Philox", "SFC64", "PCG64DXSM", "x"]) | JSON,
        "state": JSON
        | st.dictionaries(PARTS, JSON | st.just("0x5"), max_size=4),
    },
    optional=dict.fromkeys(("has_uint32", "uinteger", "has_gauss", "gauss", "buffer", "buffer_pos"), JSON),
)  # fmt: skip
WORDS = st.fixed_dictionaries({"words": st.lists(st.integers(-1, 2**65), max_size=5) | JSON})
HEX = st.sampled_from(["0x0", "0x1", "-0x7", "0x" + "f" * 30_000, "0xg"]) | JSON
FIELDS = st.recursive(
    st.sampled_from(["<f8", "|O", "<M8[D]", "<m8[7ns]", "<M8[x]", "<U1"]) | JSON,
    lambda of: st.lists(
        st.tuples(st.sampled_from("ab") | JSON, of, st.lists(st.integers(-1, 2**33), max_size=2)).map(list), max_size=3
    ),
    max_leaves=5,
)
NODES = st.one_of(
    st.tuples(TAGS, REFERENCES).map(list),
    st.tuples(TAGS, REFERENCES, REFERENCES).map(list),
    st.builds(lambda tag, parts: [tag, *parts], TAGS, st.lists(REFERENCES, max_size=6)),
    st.tuples(
        st.just("a"),
        st.sampled_from(["<f8", "|b1", "<U1", "|S0", "<U0", "|O", "<M8[D]", "<f3", "f8,f8", "|V8", "<U99999999", ">c8"])
        | JSON,
        st.lists(st.integers(-1, 3), max_size=3) | st.just([2**62, 4]) | st.just([0, 2**62]) | JSON,
        st.sampled_from("CFA") | JSON,
        st.booleans() | JSON,
        st.integers(-2, 3) | JSON,
    ).map(list),
    st.tuples(st.just("x"), st.sampled_from(["<f8", "|b1", "|O", "<U0"]) | JSON, st.integers(-2, 3) | JSON).map(list),
    st.tuples(st.just("fraction"), HEX, HEX).map(list),
    st.tuples(
        st.just("decimal"), st.sampled_from(["1E99999", "1E-20001", "9" * 30_000, "SNAN", "1E", "--1", "٣"]) | JSON
    ).map(list),
    st.builds(
        lambda tag, parts: [tag, *parts],
        st.sampled_from(["date", "time", "datetime", "timedelta", "timezone"]),
        st.lists(st.integers(-1, 12) | st.just(2**70) | REFERENCES, max_size=9),
    ),
    st.tuples(
        st.sampled_from("ax"),
        FIELDS,
        st.lists(st.integers(-1, 3), max_size=2),
        st.just("C"),
        st.just(True),
        st.integers(0, 1),
    ).map(list),
    st.tuples(st.just("g"), STATES | JSON | WORDS).map(list),
    JSON,
)
BLOBS = st.lists(
    st.sampled_from([b"", b"\x01", bytes(8), b"\xff" * 16, b"\xff\xff\xff\x7f"]).map(bytearray), max_size=3
)


@settings(slow, max_examples=800)
@given(st.lists(NODES, max_size=6) | JSON, BLOBS, REFERENCES)
def test_a_table_of_anything_is_rebuilt_or_refused(nodes: Any, blobs: list[bytearray], reference: Any) -> None:
    try:
        Unpacker(nodes, blobs, refuse, {0: [1]}).get(reference)
    except (Malformed, CannotCross):
        return


@slow
@given(VALUES, st.data())
def test_a_changed_table_is_rebuilt_or_refused(value: Any, data: st.DataObject) -> None:
    packer = Packer(nothing_foreign)
    reference = packer.put(value)
    nodes = json.loads(json.dumps(packer.nodes))
    if nodes:
        node = data.draw(st.sampled_from(nodes))
        place = data.draw(st.integers(0, len(node) - 1))
        node[place] = data.draw(JSON | REFERENCES | TAGS)
    try:
        Unpacker(nodes, [bytearray(blob) for blob in packer.blobs], refuse).get(reference)
    except (Malformed, CannotCross):
        return


@slow
@given(JSON, JSON)
def test_an_exception_of_anything_is_rebuilt_or_refused(fault: Any, args: Any) -> None:
    try:
        assert isinstance(student_exception(fault, args), Exception)
    except Malformed:
        return


BUILTIN = [
    "builtins.OSError",
    "builtins.ExceptionGroup",
    "builtins.UnicodeDecodeError",
    "builtins.KeyError",
    "__main__.E",
]
BUILTIN += [
    "builtins.StopIteration",
    "builtins.SyntaxError",
    "builtins.ImportError",
    "builtins.SystemExit",
    "__main__.",
    "x.a b",
]


@slow
@example(["builtins.ExceptionGroup"], "two", (), [])
@example(["__main__.E", "builtins.UnicodeDecodeError"], "text", (), [[0, 1, "f"]])
@given(
    st.lists(st.sampled_from(BUILTIN) | TEXT, max_size=3),
    TEXT,
    st.lists(VALUES, max_size=3).map(tuple) | JSON,
    JSON | st.lists(st.tuples(st.integers(), st.integers(), TEXT).map(list)),
)
def test_an_exception_of_any_type_is_rebuilt(kinds: list[str], text: str, args: Any, found: Any) -> None:
    error = student_exception({"kinds": kinds, "text": text, "frames": found}, args)
    assert isinstance(error, Exception)
    assert str(error) == text
    assert all(list(map(type, frame)) == [int, int, str] for frame in clean_frames(found))


@slow
@given(JSON | st.lists(st.tuples(st.integers(-1, 4), REFERENCES).map(list)), st.lists(NODES, max_size=3))
def test_changes_of_anything_are_made_or_refused(changes: Any, nodes: list[Any]) -> None:
    objects = {0: [1], 1: {"a": 1}, 2: np.zeros(2), 3: np.random.default_rng(1)}
    try:
        apply_changes(changes, Unpacker(nodes, [], refuse, objects), objects)
    except (Malformed, CannotCross):
        return


@slow
@given(VALUES, VALUES)
def test_content_of_another_kind_is_refused(old: Any, new: Any) -> None:
    try:
        replace_content(old, new)
    except (Malformed, CannotCross):
        return
    assert type(old) is type(new)


@pytest.mark.parametrize("kind", ["t", "l", "f"])
def test_a_value_that_doubles_with_each_level_stays_small(kind: str) -> None:
    nodes = [[kind, [n + 1], [n + 1]] for n in range(40)] + [["l" if kind == "l" else "t"]]
    value = Unpacker(nodes, [], refuse).get([0])
    assert len(value) == (1 if kind == "f" else 2)


def test_deep_nesting_is_refused_and_not_too_deep_nesting_is_not() -> None:
    def nested(depth: int) -> list[Any]:
        return [["l", [n + 1]] for n in range(depth)] + [["l"]]

    assert Unpacker(nested(50), [], refuse).get([0])
    for depth in (100, 10**5):
        with pytest.raises(Malformed):
            Unpacker(nested(depth), [], refuse).get([0])


def test_a_tuple_that_contains_itself_is_refused() -> None:
    for node in (["t", [0]], ["f", [0]], ["d", [0], 1], ["s", [0]]):
        with pytest.raises(Malformed):
            Unpacker([node], [], refuse).get([0])


def test_an_array_that_claims_to_be_huge_is_refused() -> None:
    for shape in ([2**40], [2**31, 2**31, 2**31], [0, 2**62, 2**62]):
        with pytest.raises(Malformed):
            Unpacker([["a", "<f8", shape, "C", True, 0]], [bytearray(8)], refuse).get([0])
    with pytest.raises(Malformed):
        Unpacker([["a", "<U999999999", [], "C", True, 0]], [bytearray(8)], refuse).get([0])


def test_each_codec_has_its_tag_and_can_do_all_that_its_kind_needs() -> None:
    assert len({codec.tag for codec in CODECS}) == len(CODECS)
    for codec in CODECS:
        assert (codec.read is None) == (codec.empty is not None) == (codec.fill is not None)
        assert (codec.snapshot is None) == (codec.replace is None)


def test_a_value_with_too_many_parts_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "MOST_NODES", 1000)
    Packer(nothing_foreign).put([[] for _ in range(999)])
    with pytest.raises(CannotCross):
        Packer(nothing_foreign).put([[] for _ in range(1000)])
    with pytest.raises(Malformed):
        Unpacker([["l"]] * 1001, [], refuse)


# Frames.


def received(content: bytes) -> Any:
    """Return what a channel makes of bytes after which the line is closed."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        writer = threading.Thread(target=lambda: (theirs.sendall(content), theirs.shutdown(socket.SHUT_WR)))
        writer.start()
        try:
            return Channel(ours).receive()
        finally:
            ours.close()
            writer.join()


def framed(head: bytes, blobs: bytes = b"", length: int | None = None, size: int | None = None) -> bytes:
    return HEAD.pack(len(head) if length is None else length, len(blobs) if size is None else size) + head + blobs


@slow
@given(st.binary(max_size=200))
def test_bytes_that_are_no_frame_are_refused(content: bytes) -> None:
    with pytest.raises((Malformed, Closed)):
        received(content)


@slow
@given(JSON, st.binary(max_size=20), st.lists(st.integers(-1, 20), max_size=3) | JSON)
def test_a_frame_of_anything_is_read_or_refused(message: Any, blobs: bytes, lengths: Any) -> None:
    if isinstance(message, dict):
        message["blobs"] = lengths
    try:
        found, parts = received(framed(json.dumps(message).encode(), blobs))
    except (Malformed, Closed):
        return
    assert isinstance(found, dict)
    assert b"".join(parts) == blobs


@slow
@given(st.dictionaries(TEXT, JSON, max_size=3), st.lists(st.binary(max_size=50), max_size=4))
def test_a_frame_arrives_as_it_was_sent(message: dict[str, Any], blobs: list[bytes]) -> None:
    message.pop("blobs", None)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        Channel(theirs).send(message, blobs)
        found, parts = Channel(ours).receive()
    assert json.dumps(found) == json.dumps(message)
    assert parts == blobs


@pytest.mark.parametrize(
    ("length", "size"),
    [(2**32 - 1, 0), (LARGEST_HEAD + 1, 0), (2, 2**60), (2, 2**64 - 1), (2, LARGEST_BLOBS + 1)],
)
def test_a_frame_that_announces_too_much_is_refused_before_memory_is_taken(
    length: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    monkeypatch.setattr(frames, "bytearray", lambda size: taken.append(size) or bytearray(size), raising=False)
    with pytest.raises(Malformed):
        received(framed(b"{}", length=length, size=size))
    assert taken == [HEAD.size]


@pytest.mark.parametrize(
    "lengths", ["[1152921504606846976]", "[-1, 1]", "[true]", "[1e300]", "null", "7", "[" + "0," * 200_000 + "0]"]
)
def test_blobs_that_do_not_add_up_are_refused(lengths: str) -> None:
    with pytest.raises(Malformed):
        received(framed(b'{"blobs":' + lengths.encode() + b"}"))


@pytest.mark.parametrize("head", [b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe", b"[1]", b"7", b"1" * 5000, b""])
def test_a_head_that_is_no_object_is_refused(head: bytes) -> None:
    with pytest.raises(Malformed):
        received(framed(head))


def test_a_line_that_breaks_off_is_closed() -> None:
    for content in (b"", b"\0", struct.pack(">IQ", 9, 0), framed(b'{"blobs":[5]}', b"abc", size=5)):
        with pytest.raises(Closed):
            received(content)


def test_a_message_that_is_too_large_is_not_sent() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(Malformed):
        Channel(ours).send({"text": "x" * LARGEST_HEAD})
