"""Reads a zip archive that somebody else has made, file by file, without unpacking it.

Names come in many encodings, times in two forms, and some archives are bombs: no two files of one may share bytes, and
none may grow beyond measure.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, BinaryIO

from autograder.collecting.entries import BadArchive, Listing, credible, decoded, require_room
from autograder.errors import SubmissionError
from autograder.intake.limits import LARGEST_LIST, MOST_ENTRIES, MOST_RATIO, RATIO_FROM
from autograder.shown.terminal import one_line

PIECE = 2**16  # what is unpacked at once
OTHERS = {
    b"\x1f\x8b": "a gzip archive (.tar.gz)",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
}
LOCAL_HEADER = 30
EXTENDED_TIME, UNICODE_NAME = 0x5455, 0x7075


def list_zip(file: BinaryIO, name: str, longest_list: int = LARGEST_LIST) -> Listing:
    """Return what a zip archive holds; `longest_list` bounds the bytes of its table of contents.

    Raises
    ------
    BadArchive
        If nothing can be taken from it.
    """
    shown = one_line(name)
    head = file.read(265)
    try:
        archive = zipfile.ZipFile(_Bounded(file, longest_list))
        infos = archive.infolist()
        _require_apart(archive, file, infos)
    except _TooLong as error:
        raise BadArchive(f"{shown} lists too many files: it is not what it says it is, ask for another one.") from error
    except _Overlap as error:
        raise BadArchive(
            f"{shown} is made to do harm: its files share bytes ({error}), so it would grow without end."
        ) from error
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError, EOFError) as error:
        raise BadArchive(f"{shown} {_what_else(head)}") from error
    if len(infos) > MOST_ENTRIES:
        raise BadArchive(f"{shown} holds more than {MOST_ENTRIES} files: collect a part at a time.")
    listing = Listing()
    for info in infos:
        kind = stat.S_IFMT(info.external_attr >> 16)
        name = zip_name(info)
        if name.endswith(("/", "\\")) or kind == stat.S_IFDIR:
            listing.add(name, "", None, None)
            continue
        irregular = {0: "", stat.S_IFREG: "", stat.S_IFLNK: "a link"}.get(kind, "no regular file")
        listing.add(name, irregular, _zip_time(info), _zip_reader(archive, info, one_line(name)))
    return listing


def zip_name(info: zipfile.ZipInfo) -> str:
    """Return the name of an entry; without the flag for UTF-8, `zipfile` has taken it for cp437."""
    name = info.orig_filename
    if info.flag_bits & 0x800:
        return name
    raw = name.encode("cp437")
    extra = _extra_fields(info.extra).get(UNICODE_NAME, b"")
    if len(extra) > 5 and extra[0] == 1 and struct.unpack("<L", extra[1:5])[0] == zlib.crc32(raw):
        return extra[5:].decode("utf-8", "replace")
    return decoded(raw)


def _extra_fields(extra: bytes) -> dict[int, bytes]:
    found = {}
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        found[kind] = extra[4 : 4 + size]
        extra = extra[4 + size :]
    return found


def _zip_time(info: zipfile.ZipInfo) -> datetime | None:
    """Return when a file was changed, in UTC; archives without the field for it tell the hour of their own place."""
    field_ = _extra_fields(info.extra).get(EXTENDED_TIME, b"")
    try:
        if len(field_) >= 5 and field_[0] & 1:
            return credible(datetime.fromtimestamp(struct.unpack("<l", field_[1:5])[0], UTC).replace(tzinfo=None))
        return credible(datetime(*info.date_time).astimezone(UTC).replace(tzinfo=None))
    except (ValueError, OverflowError, OSError):
        return None


def _zip_reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo, shown: str) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        if info.flag_bits & 0x1:
            raise SubmissionError(f"{shown} is encrypted: ask for it without a password.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others cannot be read bit by bit
            raise SubmissionError(f"{shown} is compressed in an unusual way: ask for an ordinary zip archive.")
        content = bytearray()
        try:
            with archive.open(info) as file:
                while piece := file.read(PIECE):
                    content += piece
                    if len(content) > RATIO_FROM and len(content) > MOST_RATIO * info.compress_size:
                        raise SubmissionError(
                            f"{shown} grows more than {MOST_RATIO} times when it is unpacked: a bomb."
                        )
                    require_room(shown, content, most)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error) as error:
            raise SubmissionError(f"{shown} is damaged ({error}): ask for it again.") from error
        if len(content) != info.file_size:
            raise SubmissionError(f"{shown} is damaged (it is not as long as it says): ask for it again.")
        return bytes(content)

    return read


def _require_apart(archive: zipfile.ZipFile, file: BinaryIO, infos: list[zipfile.ZipInfo]) -> None:
    """Check that no two entries share bytes, and that none reaches into the table of contents."""
    ends, before = 0, ""
    for info in sorted(infos, key=lambda info: info.header_offset):
        shown = one_line(zip_name(info))
        if info.header_offset < ends:
            raise _Overlap(f"{before} and {shown}")
        file.seek(info.header_offset)
        header = file.read(LOCAL_HEADER)
        if len(header) < LOCAL_HEADER:
            raise zipfile.BadZipFile("a file begins where the archive ends")
        ends = info.header_offset + LOCAL_HEADER + sum(struct.unpack("<HH", header[26:30])) + info.compress_size
        before = shown
    if ends > archive.start_dir:
        raise _Overlap(f"{before} and the table of contents")


def _what_else(head: bytes) -> str:
    """Return what a file is that is not a zip archive, and what to do about it."""
    for magic, kind in {**OTHERS, **({head[:4]: "a tar archive"} if head[257:262] == b"ustar" else {})}.items():
        if magic and head.startswith(magic):
            return f"is {kind}; zip archives and folders are taken: unpack it, or have it packed as .zip."
    if head.startswith(b"PK"):
        return "is a damaged or incomplete zip archive: get it again, the transfer may have broken off."
    return "is not a zip archive: zip archives and folders are taken."


class _TooLong(Exception):
    """The table of contents is longer than allowed."""


class _Overlap(Exception):
    """Two entries of an archive share bytes."""


class _Bounded:
    """A file that refuses to read more than so many bytes at once: `zipfile` reads the table of contents whole."""

    def __init__(self, file: BinaryIO, most: int) -> None:
        self.file, self.most = file, most

    def read(self, size: int = -1) -> bytes:
        """Read; refuse to read too much."""
        content = self.file.read(min(size, self.most + 1) if size >= 0 else self.most + 1)
        if len(content) > self.most:
            raise _TooLong
        return content

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)
