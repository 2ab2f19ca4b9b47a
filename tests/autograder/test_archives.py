"""Archives that were made to do harm, or came to harm: what is refused, and that the rest can be read."""

from __future__ import annotations

import io
import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograder.collecting import zips
from autograder.collecting.archives import opened
from autograder.collecting.entries import BadArchive, Listing, decoded, safe_parts
from autograder.collecting.zips import list_zip
from autograder.errors import SubmissionError

MEGABYTE = 2**20


def packed(content: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive with these files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return file.getvalue()


def listed(data: bytes) -> Listing:
    """Return what an archive holds."""
    return list_zip(io.BytesIO(data), "download.zip")


def raw_zip(*files: tuple[bytes, bytes], flags: int = 0, extra: bytes = b"") -> bytes:
    """Return a zip archive, byte by byte, of files that are stored under raw names."""
    body, table = b"", b""
    for name, data in files:
        head = struct.pack("<HHHHHLLLHH", 20, flags, 0, 0, 0x21, zlib.crc32(data), len(data), len(data), len(name), 0)
        entry = struct.pack("<H", 20) + head[:-2] + struct.pack("<HHHHLL", len(extra), 0, 0, 0, 0, len(body))
        table += b"PK\1\2" + entry + name + extra
        body += b"PK\3\4" + head + name + data
    end = struct.pack("<HHHHLLH", 0, 0, len(files), len(files), len(table), len(body), 0)
    return body + table + b"PK\5\6" + end


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../../etc/passwd", "leads out"),
        ("ada/../../x.ipynb", "leads out"),
        ("/etc/passwd", "leads out"),
        ("C:/windows/x.ipynb", "leads out"),
        ("C:x.ipynb", "leads out"),
        ("..\\..\\x.ipynb", "leads out"),
        ("\\\\server\\x.ipynb", "leads out"),
        ("__MACOSX/../../x", "leads out"),
        ("ada/\x1b]0;title\x07.ipynb", "control characters"),
        ("ada/\u202egpj.ipynb", "control characters"),
        ("ada/line\nbreak.ipynb", "control characters"),
        ("ada/nul\0.ipynb", "control characters"),
        ("ada/CON", "device"),
        ("ada/lpt1.ipynb", "device"),
        ("ada/" + "x" * 300 + ".ipynb", "too long"),
        ("ada/" + "山" * 90 + ".ipynb", "too long"),
        ("ada/" + "d/" * 40 + "x.ipynb", "too long"),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused_and_the_others_are_there(name: str, said: str) -> None:
    found = listed(raw_zip((name.encode(), b"{}"), (b"bob/tiny.ipynb", b"{}"), flags=0x800))
    assert [str(entry.path) for entry in found.entries] == ["bob/tiny.ipynb"]
    (sentence,) = found.refused.values()
    assert said in sentence
    assert not any(char < " " or char == "\u202e" for char in sentence)


def test_folders_with_hostile_names_are_refused_too() -> None:
    found = listed(raw_zip((b"../up/", b""), (b"ada/", b""), (b"ada/tiny.ipynb", b"{}")))
    assert [str(entry.path) for entry in found.entries] == ["ada/tiny.ipynb"]
    assert list(found.refused) == ["../up/"]


@given(st.text(min_size=1).filter(lambda text: "\0" not in text))
@example("a/./b//c")
def test_whatever_the_name_it_stays_below(name: str) -> None:
    try:
        parts = safe_parts(name)
    except SubmissionError:
        return
    root = Path("/course/submitted")
    assert os.path.normpath(root.joinpath(*parts)) == str(root.joinpath(*parts))
    assert root.joinpath(*parts).is_relative_to(root)
    assert all(part == unicodedata.normalize("NFC", part) for part in parts)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(kind: int) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        link = zipfile.ZipInfo("ada/tiny.ipynb")
        link.create_system, link.external_attr = 3, (kind | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    found = listed(file.getvalue())
    assert not found.entries
    assert "which is never followed" in next(iter(found.refused.values()))


def test_what_systems_leave_behind_is_left_out() -> None:
    names = ["__MACOSX/ada/._tiny.ipynb", ".DS_Store", "ada/.ipynb_checkpoints/tiny-checkpoint.ipynb", "ada/tiny.ipynb"]
    found = listed(packed(dict.fromkeys(names, b"{}")))
    assert [str(entry.path) for entry in found.entries] == ["ada/tiny.ipynb"]
    assert not found.refused


def test_a_bomb_is_told_by_its_growth() -> None:
    (entry,) = listed(packed({"ada/tiny.ipynb": b"0" * 20 * MEGABYTE})).entries
    with pytest.raises(SubmissionError, match="a bomb"):
        entry.read(100 * MEGABYTE)


def test_a_file_is_not_read_beyond_its_limit() -> None:
    (entry,) = listed(packed({"a.ipynb": b"0123456789"}, zipfile.ZIP_STORED)).entries
    assert entry.read(10) == b"0123456789"
    with pytest.raises(SubmissionError, match="too large"):
        entry.read(9)


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_kinds_of_compression_that_grow_without_measure_are_refused(kind: int) -> None:
    """Forty bytes of bzip2 can be 45 megabytes, and the standard library unpacks them at once."""
    (entry,) = listed(packed({"a.ipynb": b"0" * MEGABYTE}, kind)).entries
    with pytest.raises(SubmissionError, match="unusual way"):
        entry.read(2 * MEGABYTE)


@pytest.mark.parametrize("said", [0, 5, 500, 2**31])
def test_lies_about_the_size_do_not_help(said: int) -> None:
    data = b"0123456789" * 10
    archive = bytearray(packed({"a.ipynb": data}))
    for header, place in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        start = archive.index(header) + place
        archive[start : start + 4] = struct.pack("<L", said)
    (entry,) = listed(bytes(archive)).entries
    with pytest.raises(SubmissionError, match="damaged"):
        entry.read(10 * MEGABYTE)


def test_entries_that_share_bytes_are_refused() -> None:
    data = packed({"a.ipynb": b"1" * 1000, "b.ipynb": b"2" * 1000})
    places = [i for i in range(len(data)) if data.startswith(b"PK\1\2", i)]
    shared = bytearray(data)
    shared[places[1] + 42 : places[1] + 46] = bytes(4)  # the second begins where the first does
    with pytest.raises(BadArchive, match="share bytes"):
        listed(bytes(shared))


def test_an_entry_that_reaches_into_the_table_of_contents_is_refused() -> None:
    data = bytearray(raw_zip((b"a.ipynb", b"12345")))
    start = data.index(b"PK\1\2") + 20
    data[start : start + 4] = struct.pack("<L", 60)
    with pytest.raises(BadArchive, match="the table of contents"):
        listed(bytes(data))


def test_too_many_files_are_not_even_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed({f"{number}.ipynb": b"" for number in range(300)})
    with pytest.raises(BadArchive, match="lists too many files"):
        list_zip(io.BytesIO(data), "download.zip", longest_list=10_000)
    monkeypatch.setattr(zips, "MOST_ENTRIES", 299)
    with pytest.raises(BadArchive, match="more than 299 files"):
        listed(data)


def test_an_encrypted_file_is_refused_and_the_others_are_read() -> None:
    data = bytearray(packed({"a.ipynb": b"1", "b.ipynb": b"2"}))
    for header, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(header) + place] |= 1
    first, second = listed(bytes(data)).entries
    with pytest.raises(SubmissionError, match="encrypted"):
        first.read(10)
    assert second.read(10) == b"2"


def test_a_damaged_file_is_refused_and_the_others_are_read() -> None:
    data = bytearray(packed({"a.ipynb": b"wrong", "b.ipynb": b"right"}, zipfile.ZIP_STORED))
    data[data.index(b"wrong")] ^= 1
    first, second = listed(bytes(data)).entries
    with pytest.raises(SubmissionError, match="damaged"):
        first.read(10)
    assert second.read(10) == b"right"


TAR = bytes(257) + b"ustar" + bytes(250)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (packed({"a.ipynb": b"1" * 1000})[:-30], "incomplete zip archive"),
        (b"PK\3\4", "incomplete zip archive"),
        (b"", "is not a zip archive"),
        (b"{}", "is not a zip archive"),
        (b"\x1f\x8b\x08rest", r"a gzip archive \(.tar.gz\)"),
        (TAR, "a tar archive"),
        (b"a" + TAR[1:], "a tar archive"),
        (b"Rar!\x1a\x07", "a RAR archive"),
        (b"7z\xbc\xaf\x27\x1crest", "a 7z archive"),
    ],
)
def test_what_is_no_zip_archive_is_named(data: bytes, said: str) -> None:
    with pytest.raises(BadArchive, match=said):
        listed(data)


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused(noise: bytes) -> None:
    good = packed({"ada/tiny.ipynb": b"{}"})
    said = []
    for data in (noise, good[:40] + noise + good[40:], good + noise, noise + good):
        try:
            for entry in listed(data).entries:
                entry.read(1000)
        except SubmissionError as error:
            said.append(str(error))
    assert all(sentence.isprintable() for sentence in said)


NAMES = ["Ångström/tiny.ipynb", "山田太郎/tiny.ipynb", "عائشة/tiny.ipynb", "Björk/tiny.ipynb", "नेहा/tiny.ipynb"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("flags", [0, 0x800])
def test_names_of_all_scripts_in_utf_8_with_and_without_the_flag(name: str, form: str, flags: int) -> None:
    raw = unicodedata.normalize(form, name).encode()  # type: ignore[arg-type]
    (entry,) = listed(raw_zip((raw, b"{}"), flags=flags)).entries
    assert str(entry.path) == unicodedata.normalize("NFC", name)
    assert entry.read(10) == b"{}"


@pytest.mark.parametrize("encoding", ["cp437", "cp1252"])
@pytest.mark.parametrize("name", ["Müller Jörg", "José Núñez", "Zoë Brontë"])
def test_western_names_in_older_encodings(name: str, encoding: str) -> None:
    assert decoded(name.encode(encoding)) == name


def test_the_unicode_name_beside_an_older_one_counts() -> None:
    raw, name = b"???/tiny.ipynb", "山田太郎/tiny.ipynb"
    field = struct.pack("<BL", 1, zlib.crc32(raw)) + name.encode()
    extra = struct.pack("<HH", 0x7075, len(field)) + field
    (entry,) = listed(raw_zip((raw, b"{}"), extra=extra)).entries
    assert str(entry.path) == name


def test_times_are_in_utc_where_the_archive_says_so() -> None:
    then = datetime(2024, 5, 1, 12, 0, 0, tzinfo=UTC)
    extra = struct.pack("<HHBL", 0x5455, 5, 1, int(then.timestamp()))
    (entry,) = listed(raw_zip((b"a.ipynb", b"{}"), extra=extra)).entries
    assert entry.time == then.replace(tzinfo=None)
    (entry,) = listed(raw_zip((b"a.ipynb", b"{}"))).entries
    assert entry.time is None  # the first day of the DOS calendar says nothing


def test_a_folder_is_listed_like_an_archive(tmp_path: Path) -> None:
    (tmp_path / "ada" / ".ipynb_checkpoints").mkdir(parents=True)
    (tmp_path / "ada" / ".ipynb_checkpoints" / "x.ipynb").write_bytes(b"{}")
    (tmp_path / "ada" / "tiny.ipynb").write_bytes(b"{}")
    (tmp_path / "ada" / "link.txt").symlink_to("/etc/passwd")
    (tmp_path / "bob").symlink_to(tmp_path / "ada")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / os.fsdecode("Müller.ipynb".encode("cp1252"))).write_bytes(b"[]")
    with opened(tmp_path) as found:
        assert [str(entry.path) for entry in found.entries] == ["Müller.ipynb", "ada/tiny.ipynb"]
        assert [entry.read(2) for entry in found.entries] == [b"[]", b"{}"]
        assert set(found.refused) == {"ada/link.txt", "bob", "pipe"}


@pytest.mark.parametrize("become", [lambda p: p.symlink_to("/etc/passwd"), lambda p: os.mkfifo(p)])
def test_a_file_that_becomes_something_else_is_not_followed(tmp_path: Path, become: Callable[[Path], None]) -> None:
    path = tmp_path / "tiny.ipynb"
    path.write_bytes(b"{}")
    with opened(tmp_path) as found:
        path.unlink()
        become(path)
        with pytest.raises(SubmissionError):
            found.entries[0].read(1000)
