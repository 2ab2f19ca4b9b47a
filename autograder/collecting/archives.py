"""What a download holds, file by file: a zip archive or a folder, listed without unpacking it, read with limits.

An archive is somebody else's: its names may lead elsewhere, its sizes may lie, its files may be links. Whatever is
refused is refused here, so that nobody who asks for an `Entry` has to think of it again.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from autograder.errors import SubmissionError
from autograder.files.digest import BY_PRODUCTS
from autograder.intake.limits import (
    DEEPEST,
    LARGEST_FOLDER,
    LARGEST_LIST,
    LONGEST_NAME,
    LONGEST_PATH,
    MOST_ENTRIES,
    MOST_RATIO,
    RATIO_FROM,
)
from autograder.shown.terminal import CONTROL, one_line

PIECE = 2**16  # what is unpacked at once
IGNORED = {*BY_PRODUCTS, "__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".git"}
DEVICES = re.compile(r"(?:CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³]|CONIN\$|CONOUT\$) *(?:\..*)?", re.IGNORECASE)
DRIVE = re.compile(r"[A-Za-z]:")
OTHERS = {
    b"\x1f\x8b": "a gzip archive (.tar.gz)",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
}
LOCAL_HEADER = 30
EXTENDED_TIME, UNICODE_NAME = 0x5455, 0x7075
DOS_BEGINNING = 1980


@dataclass(frozen=True)
class Entry:
    """A file of a download.

    Parameters
    ----------
    path
        Where it stands, relative and safe: no part of it leads anywhere else. Composed characters (NFC).
    time
        When it was last changed, in UTC, if the download tells.
    read
        Returns its content; raises `SubmissionError` if that is more than the given number of bytes, or damaged.
    """

    path: PurePosixPath
    time: datetime | None
    read: Callable[[int], bytes]


@dataclass
class Listing:
    """The files of a download, and those that were refused: the name as it may be shown, and why."""

    entries: list[Entry] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, irregular: str, time: datetime | None, read: Callable[[int], bytes] | None) -> None:
        """Add a file under its name in the download, or refuse it.

        `irregular` says what it is if it is not a file; a folder has no `read`, and only its name is looked at.
        """
        shown = one_line(name)
        try:
            parts = safe_parts(name)
            if irregular:
                raise SubmissionError(f"it is {irregular}, which is never followed")
        except SubmissionError as error:
            self.refused[shown] = f"{shown} was not taken: {error}."
            return
        if parts and read is not None and not any(part in IGNORED or part.startswith("._") for part in parts):
            self.entries.append(Entry(PurePosixPath(*parts), time, read))


class BadArchive(SubmissionError):
    """An archive of which nothing can be taken."""


@contextmanager
def opened(path: Path) -> Iterator[Listing]:
    """Yield what a zip archive or a folder holds; the entries can be read until this ends.

    Raises
    ------
    BadArchive
        If it is not an archive that can be read, or is made to do harm.
    """
    if path.is_dir():
        yield _list_folder(path)
    else:
        with path.open("rb") as file:
            yield list_zip(file, path.name)


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


def _list_folder(folder: Path) -> Listing:
    listing = Listing()
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in IGNORED)
        for name in sorted([*files, *(name for name in folders if Path(here, name).is_symlink())]):
            path = Path(here, name)
            status = path.lstat()
            irregular = "" if stat.S_ISREG(status.st_mode) else "no regular file"
            irregular = "a link" if stat.S_ISLNK(status.st_mode) else irregular
            where = decoded(os.fsencode(path.relative_to(folder)))
            time = datetime.fromtimestamp(status.st_mtime, UTC).replace(tzinfo=None)
            listing.add(where, irregular, _credible(time), _file_reader(path, one_line(where)))
            if len(listing.entries) > MOST_ENTRIES:
                raise BadArchive(f"{folder} holds more than {MOST_ENTRIES} files: collect a part at a time.")
    return listing


def safe_parts(name: str) -> tuple[str, ...]:
    """Return the parts of a relative path in an archive, whichever way its slashes lean.

    Raises
    ------
    SubmissionError
        If it leads out of the archive, or to a name that some system cannot have.
    """
    if CONTROL.search(name) or any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        raise SubmissionError("its name holds control characters")
    name = unicodedata.normalize("NFC", name).replace("\\", "/")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or DRIVE.match(name) or ".." in parts:
        raise SubmissionError("its name leads out of the archive")
    if any(DEVICES.fullmatch(part) for part in parts):
        raise SubmissionError("its name is that of a device")
    sizes = [len(part.encode()) for part in parts]
    if len(parts) > DEEPEST or sum(sizes) > LONGEST_PATH or any(size > LONGEST_NAME for size in sizes):
        raise SubmissionError("its name is too long")
    return parts


def decoded(raw: bytes) -> str:
    """Return a name of which nobody says how it is encoded: UTF-8, or the one that leaves Latin letters, or cp437."""
    for encoding in ("utf-8", "cp437", "cp1252"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or all(unicodedata.name(c, "").startswith("LATIN") for c in text if c > "\x7f"):
            return text
    return raw.decode("cp437")


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
            return _credible(datetime.fromtimestamp(struct.unpack("<l", field_[1:5])[0], UTC).replace(tzinfo=None))
        return _credible(datetime(*info.date_time).astimezone(UTC).replace(tzinfo=None))
    except (ValueError, OverflowError, OSError):
        return None


def _credible(time: datetime) -> datetime | None:
    """Return a time, or None for the first day of the DOS calendar and for what is still to come."""
    now = datetime.now(UTC).replace(tzinfo=None)
    if time < datetime(DOS_BEGINNING, 1, 3) or time > now + timedelta(days=1):
        return None
    return time.replace(microsecond=0)


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
                    _require_room(shown, content, most)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error) as error:
            raise SubmissionError(f"{shown} is damaged ({error}): ask for it again.") from error
        if len(content) != info.file_size:
            raise SubmissionError(f"{shown} is damaged (it is not as long as it says): ask for it again.")
        return bytes(content)

    return read


def _file_reader(path: Path, shown: str) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise SubmissionError(f"{shown} is not a regular file any more.")
                content = file.read(most + 1)
        except OSError as error:
            raise SubmissionError(f"{shown} cannot be read: {error.strerror}.") from error
        _require_room(shown, content, most)
        return content

    return read


def _require_room(shown: str, content: bytes | bytearray, most: int) -> None:
    if len(content) > most:
        raise SubmissionError(
            f"{shown} is too large: with it, the submission is larger than {LARGEST_FOLDER // 2**20} MB."
        )


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
    """A file of which nobody reads more than so many bytes at once: `zipfile` reads the table of contents whole."""

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
