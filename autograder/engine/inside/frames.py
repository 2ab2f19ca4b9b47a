"""Frames on a socket: a JSON head and binary blobs, with limits that are checked before anything is allocated.

Every process that reads a frame may face a hostile writer, so reading either returns a well-formed frame or raises
`Malformed`.
"""

from __future__ import annotations

import array
import json
import os
import socket
import struct
import time
from collections.abc import Mapping
from typing import Any

from .bounds import LARGEST_BLOBS, LARGEST_HEAD, MOST_BLOBS, MOST_DICTS, MOST_LISTS

HEAD = struct.Struct(">IQ")  # bytes of JSON, bytes of all blobs together
Message = dict[str, Any]


class Malformed(Exception):
    """The other side sent something that is not a frame, or more than a frame may hold."""


class Closed(Exception):
    """The other side is gone."""


class Channel:
    """One end of a stream socket that carries frames.

    Parameters
    ----------
    sock
        The connected socket.
    patience
        Seconds that the other side may take to accept a frame; None for as long as it likes.
    """

    def __init__(self, sock: socket.socket, patience: float | None = None) -> None:
        self.sock = sock
        self.patience = patience
        self.until: float | None = None  # when to give up waiting for the rest of a frame

    def send(
        self, message: Mapping[str, Any], blobs: list[bytes] | tuple[bytes, ...] = (), descriptors: tuple[int, ...] = ()
    ) -> None:
        """Write one frame; open file descriptors travel beside it.

        Raises
        ------
        Malformed
            If the frame would be larger than the other side may accept.
        Closed
            If nobody reads any more.
        """
        head = json.dumps({**message, "blobs": [len(blob) for blob in blobs]}, separators=(",", ":")).encode()
        size = sum(map(len, blobs))
        if len(head) > LARGEST_HEAD or size > LARGEST_BLOBS or len(blobs) > MOST_BLOBS:
            raise Malformed("It is larger than what may be handed from one process to the other.")
        start = HEAD.pack(len(head), size) + head
        self.sock.settimeout(self.patience)
        try:
            if descriptors:
                rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))
                sent = self.sock.sendmsg([start], [rights])
                if sent < len(start):  # to send nothing fails if the other side has read all and closed its end
                    self.sock.sendall(start[sent:])
            else:
                self.sock.sendall(start)
            for blob in blobs:
                self.sock.sendall(blob)
        except (BrokenPipeError, ConnectionResetError, TimeoutError) as error:
            raise Closed from error
        finally:
            self.sock.settimeout(None)

    def receive(self, blobs: int = LARGEST_BLOBS) -> tuple[Message, list[bytearray]]:
        """Read one frame; its blobs are fresh and writable, and so many bytes at most.

        Raises
        ------
        Malformed
            If what arrives is not a frame.
        Closed
            If the other side is gone.
        """
        length, size = HEAD.unpack(self._exactly(HEAD.size))
        return self._body(length, size, blobs)

    def receive_soon(self, seconds: float, blobs: int = LARGEST_BLOBS) -> tuple[Message, list[bytearray]]:
        """Read one frame from somebody who may stop in the middle of it, with so many bytes of blobs at most.

        Parameters
        ----------
        seconds
            How long the whole frame may take.

        Raises
        ------
        Malformed
            If what arrives is not a frame.
        Closed
            If the other side is gone, or does not end its frame in time.
        """
        self.until = time.monotonic() + seconds
        try:
            return self.receive(blobs)
        except TimeoutError as error:
            raise Closed from error
        finally:
            self.until = None
            self.sock.settimeout(None)

    def receive_with_descriptors(self, most: int = 1) -> tuple[Message, list[bytearray], list[int]]:
        """Read one frame and the file descriptors that came beside its first bytes."""
        space = socket.CMSG_SPACE(most * array.array("i").itemsize)
        start, ancillary, _, _ = self.sock.recvmsg(HEAD.size, space, socket.MSG_CMSG_CLOEXEC)
        if not start:
            raise Closed
        found = array.array("i")
        for level, kind, content in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                found.frombytes(content[: len(content) - len(content) % found.itemsize])
        length, size = HEAD.unpack(start + self._exactly(HEAD.size - len(start)))
        message, blobs = self._body(length, size)
        return message, blobs, list(found)

    def close(self) -> None:
        """Close this end."""
        self.sock.close()

    def _body(self, length: int, size: int, most: int = LARGEST_BLOBS) -> tuple[Message, list[bytearray]]:
        if length > LARGEST_HEAD or size > most:
            raise Malformed(f"A frame of {length + size} bytes is larger than allowed.")
        head = self._exactly(length)
        if head.count(b"{") > MOST_DICTS or head.count(b"[") > MOST_LISTS:  # in memory they are many times larger
            raise Malformed("A frame's head has too many parts.")
        try:
            message = json.loads(head)
        except (ValueError, RecursionError) as error:
            raise Malformed("A frame's head is not JSON.") from error
        lengths = message.pop("blobs", None) if isinstance(message, dict) else None
        if not isinstance(lengths, list) or len(lengths) > MOST_BLOBS:
            raise Malformed("A frame's head does not say what follows.")
        if not all(type(n) is int and n >= 0 for n in lengths) or sum(lengths) != size:
            raise Malformed("A frame's blobs do not add up.")
        return message, [self._exactly(n) for n in lengths]

    def _exactly(self, size: int) -> bytearray:
        content = bytearray(size)
        view, done = memoryview(content), 0
        while done < size:
            if self.until is not None:
                self.sock.settimeout(max(0.001, self.until - time.monotonic()))
            try:
                count = self.sock.recv_into(view[done:], min(size - done, 2**20))
            except ConnectionResetError as error:
                raise Closed from error
            if count == 0:
                raise Closed
            done += count
        return content


def pair() -> tuple[socket.socket, socket.socket]:
    """Return two connected stream sockets; the first can hear the hello of whoever gets the second."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    return ours, theirs


def say_hello(sock: socket.socket) -> None:
    """Send the byte by which the supervisor learns, from the system, which process this is."""
    sock.sendall(b"h")


def hear_hello(sock: socket.socket) -> int:
    """Return the process id of whoever said hello at the other end, as the system vouches for it.

    Raises
    ------
    Closed
        If nobody is there any more.
    """
    try:
        said, ancillary, _, _ = sock.recvmsg(1, socket.CMSG_SPACE(struct.calcsize("3i")))
    except (TimeoutError, ConnectionResetError) as error:
        raise Closed from error
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
    for level, kind, content in ancillary:
        if said and level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
            return int(struct.unpack("3i", content)[0])
    raise Closed


def close_all_but(*kept: int) -> None:
    """Close every file descriptor above the standard three, except those `kept`."""
    start = 3
    for descriptor in (*sorted(d for d in kept if d >= 3), 2**20):
        if descriptor > start:
            os.closerange(start, descriptor)
        start = descriptor + 1
