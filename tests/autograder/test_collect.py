"""Collecting: every layout that platforms pack, who is whose, what is replaced, and nothing outside of submitted/."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_course import RIGHT, TinyCourse

from autograder.collecting import lms_names
from autograder.collecting.collect import Collected, collect
from autograder.collecting.entries import Entry
from autograder.collecting.layouts import detect
from autograder.collecting.lms import Lms
from autograder.collecting.roster import import_roster
from autograder.course.course import Course
from autograder.errors import EnvironmentProblem, UsageError
from autograder.files.lock import held
from autograder.intake.limits import LARGEST_FOLDER, MOST_FILES
from autograder.intake.submission import STUDENT, read_submission, students
from autograder.records.record import Recorder

Run = Callable[..., tuple[int, str, str]]
MAY = (2024, 5, 1, 12, 0, 0)
JUNE = (2024, 6, 1, 12, 0, 0)
ROSTER = """id,name,lms_id,email
ada,Ada Lovelace,12,ada@example.org
alan,Alan Turing,13,
kim1,Kim Lee,21,
kim2,Kim Lee,22,
taro,山田 太郎,31,
åsa,Åsa Ångström,32,
"""


def zipped(content: dict[str, bytes | tuple[bytes, tuple[int, ...]]]) -> bytes:
    """Return a zip archive of files, each its content or that and a time."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            data, time = data if isinstance(data, tuple) else (data, MAY)
            archive.writestr(zipfile.ZipInfo(name, time), data, zipfile.ZIP_DEFLATED)  # type: ignore[arg-type]
    return file.getvalue()


@pytest.fixture
def take(tiny: TinyCourse, tmp_path: Path) -> Callable[..., Collected]:
    """Return a function that collects an archive with these files into the tiny course."""

    def take(content: dict[str, bytes], lms: Lms = Lms.auto, *, dry_run: bool = False) -> Collected:
        path = tmp_path / "download.zip"
        path.write_bytes(zipped(content))
        return collect(tiny, "tiny", path, lms, dry_run=dry_run)

    return take


Take = Callable[..., Collected]


def submitted(course: Course) -> dict[str, bytes]:
    """Return all that is in submitted/, but for what was replaced."""
    found = (path for path in course.submitted.rglob("*") if path.is_file())
    names = {str(path.relative_to(course.submitted)): path.read_bytes() for path in found}
    return {name: content for name, content in names.items() if not name.startswith(".")}


def actions(done: Collected) -> dict[str, str]:
    """Return what was done, by student."""
    return {row.student: row.action for row in done.rows}


def with_roster(course: Course, text: str = ROSTER) -> None:
    """Import a roster."""
    path = course.root / "roster.csv"
    path.write_text(text, encoding="utf-8")
    assert not import_roster(course, path).refused


MOODLE = "_assignsubmission_file_"
INNER = zipped({"work/tiny.ipynb": b"A", "work/data.csv": b"D", "__MACOSX/work/._tiny.ipynb": b"x"})
PLAIN = {"ada/tiny/tiny.ipynb": b"A", "bob/tiny/tiny.ipynb": b"B"}


@pytest.mark.parametrize(
    ("layout", "content"),
    [
        ("canvas", {"ada_12_99_tiny.ipynb": b"A", "bob_LATE_13_98_tiny-1.ipynb": b"B"}),
        ("canvas", {"submissions/ada_12_99_tiny.ipynb": b"A", "submissions/bob_13_98_homework.ipynb": b"B"}),
        ("moodle", {f"ada_123{MOODLE}/tiny.ipynb": b"A", f"bob_124{MOODLE}/tiny.ipynb": b"B"}),
        ("moodle", {"ada_123_assignsubmission_file/tiny.ipynb": b"A", f"bob_124{MOODLE}/home work.ipynb": b"B"}),
        ("moodle", {f"ada_123{MOODLE}tiny.ipynb": b"A", f"bob_124{MOODLE}1_2_tiny.ipynb": b"B"}),
        ("folder", {"ada/tiny.ipynb": b"A", "bob/tiny.ipynb": b"B"}),
        ("folder", {"ada/a.ipynb": b"A", "bob/b.ipynb": b"B"}),
        ("folder", PLAIN),
        ("folder", {**PLAIN, "bob/other/other.ipynb": b"C", "bob/notes.txt": b"N"}),
        ("folder", {"ada.ipynb": b"A", "bob.ipynb": b"B"}),
        ("folder", {"class/ada.ipynb": b"A", "class/bob.ipynb": b"B"}),
        ("folder", {f"download/{name}": data for name, data in PLAIN.items()}),
        ("folder", {f"tiny/{name}": data for name, data in PLAIN.items()}),
        ("folder", {"ada\\tiny.ipynb": b"A", "bob\\tiny.ipynb": b"B"}),
        ("folder", {**PLAIN, "__MACOSX/ada/._x": b"", ".DS_Store": b"", "ada/.ipynb_checkpoints/tiny.ipynb": b""}),
    ],
)
def test_layouts(tiny: TinyCourse, take: Take, layout: str, content: dict[str, bytes]) -> None:
    done = take(content)
    assert done.layout == layout
    assert actions(done) == {"ada": "new", "bob": "new"}
    assert not done.failed
    mark = {"bob/tiny/late-mark.txt": b"Canvas\n"} if any("_LATE_" in name for name in content) else {}
    assert submitted(tiny) == {"ada/tiny/tiny.ipynb": b"A", "bob/tiny/tiny.ipynb": b"B", **mark}


@pytest.mark.parametrize("name", ["ada_12_99_work.zip", f"ada_12{MOODLE}/work.zip", "ada/work.zip", "ada.zip"])
def test_archives_of_students_are_unpacked(tiny: TinyCourse, take: Take, name: str) -> None:
    done = take({name: INNER})
    assert submitted(tiny) == {"ada/tiny/tiny.ipynb": b"A", "ada/tiny/data.csv": b"D"}
    assert "unpacked" in done.rows[0].note


def test_one_students_folder_is_that_students(tiny: TinyCourse, take: Take) -> None:
    take({"ada/tiny.ipynb": b"A", "ada/lib/helper.py": b"H"})
    assert submitted(tiny) == {"ada/tiny/tiny.ipynb": b"A", "ada/tiny/lib/helper.py": b"H"}


def test_a_folder_is_collected_like_an_archive(tiny: TinyCourse, tmp_path: Path) -> None:
    (tmp_path / "here" / "ada").mkdir(parents=True)
    (tmp_path / "here" / "ada" / "tiny.ipynb").write_bytes(b"A")
    (tmp_path / "here" / "bob").symlink_to(tmp_path / "here" / "ada")
    done = collect(tiny, "tiny", tmp_path / "here")
    assert submitted(tiny) == {"ada/tiny/tiny.ipynb": b"A"}
    assert "bob was not taken: it is a link" in done.refused[0]


def test_a_layout_that_is_named_is_taken_at_its_word(tiny: TinyCourse, take: Take) -> None:
    content = {"ada_12_99_tiny.ipynb": b"A", "bob_13_98_tiny.ipynb": b"B", "odd.ipynb": b"?"}
    assert actions(take(content, dry_run=True)) == {"ada": "new", "bob": "new"}
    assert set(actions(take(content, Lms.folder, dry_run=True))) == {"ada_12_99_tiny", "bob_13_98_tiny", "odd"}
    assert "not named as Canvas" in take(content, Lms.canvas, dry_run=True).refused[0]
    with pytest.raises(UsageError, match="as moodle writes them"):
        take(content, Lms.moodle)


def test_whoever_cannot_be_told_is_refused(tiny: TinyCourse, take: Take) -> None:
    with pytest.raises(UsageError):
        take({"tiny.ipynb": b"A"})
    done = take({"tiny.ipynb": b"A", "ada/tiny.ipynb": b"A", "grades.csv": b"1"}, Lms.folder)
    assert actions(done) == {"ada": "new"}
    assert {sentence.split(" ")[0] for sentence in done.refused} == {"tiny.ipynb", "grades.csv"}


def test_students_are_found_in_the_roster(tiny: TinyCourse, take: Take) -> None:
    with_roster(tiny)
    for content, student in [
        ({"lovelaceada_12_99_tiny.ipynb": b"1"}, "ada"),
        ({"somebody_LATE_13_99_tiny.ipynb": b"2"}, "alan"),
        ({f"Kim Lee_22{MOODLE}/tiny.ipynb": b"3"}, "kim2"),
        ({f"Ada Lovelace_22{MOODLE}/tiny.ipynb": b"4"}, "ada"),
        ({"ada@example.org/tiny.ipynb": b"5"}, "ada"),
        ({"Turing, Alan/tiny.ipynb": b"6"}, "alan"),
        ({f"太郎 山田_1{MOODLE}/tiny.ipynb": b"7"}, "taro"),
        ({unicodedata.normalize("NFD", "Åsa Ångström/tiny.ipynb"): b"8"}, "åsa"),
        ({unicodedata.normalize("NFD", "åsa/tiny.ipynb"): b"9"}, "åsa"),
    ]:
        done = take(content)
        assert [row.student for row in done.rows] == [student], content
        assert submitted(tiny)[f"{student}/tiny/tiny.ipynb"] == next(iter(content.values()))


def test_strangers_and_namesakes_are_refused_and_the_others_taken(tiny: TinyCourse, take: Take) -> None:
    with_roster(tiny)
    names = {"Ghost": "Ghost (Moodle 1) is nobody in the roster", "Kim Lee": "could be kim1 and kim2"}
    done = take({f"{name}_1{MOODLE}/tiny.ipynb": b"A" for name in (*names, "Ada Lovelace")})
    assert actions(done)["ada"] == "new"
    notes = " ".join(row.note for row in done.rows if row.action == "refused")
    assert done.failed == 2
    assert all(said in notes for said in names.values())


def test_two_students_with_one_name_are_both_named(tiny: TinyCourse, take: Take) -> None:
    done = take({"leekim_21_1_tiny.ipynb": b"1", "leekim_22_2_tiny.ipynb": b"2", "ada_12_3_tiny.ipynb": b"A"})
    assert sorted(actions(done).values()) == ["new", "refused", "refused"]
    for row in done.rows:
        if row.action == "refused":
            assert "leekim (Canvas 21) and leekim (Canvas 22)" in row.note
    assert list(submitted(tiny)) == ["ada/tiny/tiny.ipynb"]
    with_roster(tiny)
    assert actions(take({"leekim_21_1_tiny.ipynb": b"1", "leekim_22_2_tiny.ipynb": b"2"})) == {
        "kim1": "new",
        "kim2": "new",
    }


def test_ids_that_differ_in_case_only_are_not_mixed_up(tiny: TinyCourse, take: Take) -> None:
    done = take({"ada/tiny.ipynb": b"A", "Ada/tiny.ipynb": b"B", "bob/tiny.ipynb": b"C"})
    assert sorted(row.action for row in done.rows) == ["new", "refused", "refused"]
    done = take({"Bob/tiny.ipynb": b"D", "eve/tiny.ipynb": b"E"})
    assert actions(done) == {"Bob": "refused", "eve": "new"}
    assert "submitted/ has bob" in next(row.note for row in done.rows if row.student == "Bob")


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ({"ada_12_9_tiny.ipynb": b"1", "ada_12_8_tiny-1.ipynb": b"2", "ada_LATE_12_7_tiny-2.ipynb": b"3"}, b"3"),
        ({"ada_12_7_tiny.ipynb": b"1", "ada_LATE_12_9_tiny.ipynb": b"2"}, b"2"),
        ({"ada_12_7_homework-1.ipynb": b"1", "ada_12_6_homework-10.ipynb": b"2"}, b"2"),
        ({"ada/tiny.ipynb": (b"1", JUNE), "ada/tiny (1).ipynb": (b"2", MAY)}, b"1"),
        ({"ada/tiny.ipynb": b"1", "ada/tiny (1).ipynb": b"1"}, b"1"),
    ],
)
def test_the_newest_of_several_counts(tiny: TinyCourse, take: Take, content: dict[str, bytes], kept: bytes) -> None:
    done = take(content)
    assert submitted(tiny)["ada/tiny/tiny.ipynb"] == kept
    assert len([name for name in submitted(tiny) if name.endswith(".ipynb")]) == 1
    assert done.rows[0].late == any("LATE" in name and data == kept for name, data in content.items())


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({"ada/tiny.ipynb": b"1", "ada/tiny-1.ipynb": b"2"}, ["ada/tiny.ipynb", "ada/tiny-1.ipynb"]),
        ({"ada/tiny.ipynb": b"1", "ada/Tiny.ipynb": b"2"}, ["ada/tiny.ipynb", "ada/Tiny.ipynb"]),
        ({"ada/tiny.ipynb": b"1", "ada/x/tiny-1.ipynb": b"2"}, ["ada/tiny.ipynb", "ada/x/tiny-1.ipynb"]),
        ({"ada/tiny.ipynb": b"1", "ada/x": b"2", "ada/x/y": b"3"}, ["x is both"]),
        ({"ada/notes.pdf": b"1"}, ["no notebook", "notes.pdf"]),
        ({"ada/w.zip": zipped({"../../x": b"1", "tiny.ipynb": b"2"})}, ["ada/w.zip", "leads out"]),
        ({"ada/w.zip": zipped({"v.zip": zipped({"u.zip": INNER})})}, ["archives in archives"]),
        ({"ada/w.zip": b"no zip"}, ["w.zip is not a zip archive"]),
        ({"ada/w.tar.gz": b"\x1f\x8b"}, ["no notebook", "w.tar.gz"]),
        ({"ada/w.zip": zipped({"tiny.ipynb": b"0" * 20 * 2**20})}, ["a bomb"]),
        ({"ada/tiny.ipynb": b"1", **{f"ada/{n}.txt": b"" for n in range(MOST_FILES)}}, ["more than 200 files"]),
        ({"ada/w.zip": zipped({f"{n}.ipynb": b"" for n in range(20_000)})}, ["too many files"]),
    ],
)
def test_what_cannot_be_resolved_is_refused(
    tiny: TinyCourse, take: Take, content: dict[str, bytes], named: list[str]
) -> None:
    done = take({**content, "bob/tiny.ipynb": b"B"})
    assert actions(done) == {"ada": "refused", "bob": "new"}
    (note,) = (row.note for row in done.rows if row.student == "ada")
    assert all(name in note for name in named), note
    assert submitted(tiny) == {"bob/tiny/tiny.ipynb": b"B"}


def test_several_archives_of_one_student_share_the_room(tiny: TinyCourse, take: Take) -> None:
    half = os.urandom(2**20) * (LARGEST_FOLDER // 2**20 // 2 + 1)
    content = {f"{n}.zip": zipped({f"{n}.ipynb": half}) for n in "ab"}
    done = take({"ada/all.zip": zipped(content), "bob/tiny.ipynb": b"B"})
    assert "larger than 100 MB" in next(row.note for row in done.rows if row.student == "ada")


def test_a_time_is_taken_where_the_archive_tells_one(tiny: TinyCourse, take: Take) -> None:
    done = take({"ada/tiny.ipynb": (b"A", MAY), "bob/tiny.ipynb": (b"B", JUNE)})
    for student, month in (("ada", 5), ("bob", 6)):
        said = datetime(2024, month, 1, 12).astimezone().utctimetuple()
        (row,) = (row for row in done.rows if row.student == student)
        assert row.time is not None
        assert row.time.utctimetuple()[:6] == said[:6]
        assert submitted(tiny)[f"{student}/tiny/timestamp.txt"].decode() == f"{row.time} UTC\n"
    assert students(tiny, "tiny") == ["ada", "bob"]


@pytest.mark.parametrize(
    "content",
    [
        {"ada/tiny.ipynb": (b"A", MAY), "bob/tiny.ipynb": (b"B", (*MAY[:4], 9, 0))},
        {"ada_12_99_tiny.ipynb": (b"A", MAY), "bob_13_98_tiny.ipynb": (b"B", JUNE)},
        {"ada/tiny.ipynb": (b"A", MAY), "bob/tiny.ipynb": (b"B", (1980, 1, 1, 0, 0, 0))},
        {"ada/tiny.ipynb": (b"A", MAY), "bob/tiny.ipynb": (b"B", (2107, 1, 1, 0, 0, 0))},
    ],
)
def test_the_time_of_packing_is_nobodys(tiny: TinyCourse, take: Take, content: dict[str, bytes]) -> None:
    take(content)
    assert sorted(submitted(tiny)) == ["ada/tiny/tiny.ipynb", "bob/tiny/tiny.ipynb"]


def test_a_student_does_not_write_the_time(tiny: TinyCourse, take: Take) -> None:
    done = take({"ada/tiny.ipynb": b"A", "ada/timestamp.txt": b"2001-01-01 00:00:00 UTC"})
    assert list(submitted(tiny)) == ["ada/tiny/tiny.ipynb"]
    assert "left out" in done.rows[0].note


@pytest.mark.parametrize("name", ["timestamp.txt", "late-mark.txt", "Timestamp.TXT"])
def test_a_folder_called_like_a_file_of_ours_is_left_out_and_stops_nobody(
    tiny: TinyCourse, take: Take, name: str
) -> None:
    inner = zipped({"tiny.ipynb": b"B", f"{name}/x": b"x"})
    done = take({"ada_12_1_tiny.ipynb": b"A", "bob_LATE_13_2_work.zip": inner, "eve_14_3_tiny.ipynb": b"E"})
    assert actions(done) == {"ada": "new", "bob": "new", "eve": "new"}
    assert sorted(submitted(tiny)) == [
        "ada/tiny/tiny.ipynb",
        "bob/tiny/late-mark.txt",
        "bob/tiny/tiny.ipynb",
        "eve/tiny/tiny.ipynb",
    ]
    assert f"the student's own {name.casefold()} was left out" in done.rows[1].note


def test_what_is_in_the_way_of_one_student_stops_nobody_else(tiny: TinyCourse, take: Take) -> None:
    tiny.submitted.mkdir()
    (tiny.submitted / "bob").write_text("a file where a folder should be")
    done = take({"ada/tiny.ipynb": b"A", "bob/tiny.ipynb": b"B", "eve/tiny.ipynb": b"E"})
    assert actions(done) == {"ada": "new", "bob": "refused", "eve": "new"}
    assert "File exists" in done.rows[1].note


def kept(course: Course) -> set[tuple[str, bytes]]:
    """Return what was replaced: student and file, and content."""
    found = (path for path in (course.submitted / ".replaced").rglob("*") if path.is_file())
    return {("/".join(path.parts[-3:]), path.read_bytes()) for path in found}


def test_a_different_one_replaces_and_the_old_one_is_kept(tiny: TinyCourse, take: Take) -> None:
    take({"ada/tiny.ipynb": b"1", "ada/x.csv": b"X", "bob/tiny.ipynb": b"B"})
    done = take({"ada/tiny.ipynb": b"2", "bob/tiny.ipynb": b"B"})
    assert actions(done) == {"ada": "replaces", "bob": "unchanged"}
    assert submitted(tiny) == {"ada/tiny/tiny.ipynb": b"2", "bob/tiny/tiny.ipynb": b"B"}
    assert kept(tiny) == {("ada/tiny/tiny.ipynb", b"1"), ("ada/tiny/x.csv", b"X")}
    take({"ada/tiny.ipynb": b"3"})
    assert len(list((tiny.submitted / ".replaced").iterdir())) == 2
    assert students(tiny, "tiny") == ["ada", "bob"]
    assert tiny.nbgrader().get_submitted_students("tiny") == {"ada", "bob"}


def test_an_older_one_does_not_replace(tiny: TinyCourse, take: Take) -> None:
    take({"ada/tiny.ipynb": (b"new", JUNE), "bob/tiny.ipynb": (b"B", MAY)})
    done = take({"ada/tiny.ipynb": (b"old", MAY), "bob/tiny.ipynb": (b"newer", JUNE)})
    assert actions(done) == {"ada": "older", "bob": "replaces"}
    assert submitted(tiny)["ada/tiny/tiny.ipynb"] == b"new"
    assert submitted(tiny)["bob/tiny/tiny.ipynb"] == b"newer"


def test_a_dry_run_writes_nothing(tiny: TinyCourse, take: Take) -> None:
    done = take({"ada/tiny.ipynb": b"1"}, dry_run=True)
    assert actions(done) == {"ada": "new"}
    assert not tiny.submitted.exists()
    take({"ada/tiny.ipynb": b"1"})
    before = sorted(tiny.submitted.rglob("*"))
    assert actions(take({"ada/tiny.ipynb": b"2"}, dry_run=True)) == {"ada": "replaces"}
    assert sorted(tiny.submitted.rglob("*")) == before
    assert submitted(tiny) == {"ada/tiny/tiny.ipynb": b"1"}


@pytest.mark.parametrize("place", ["ada", "ada/tiny"])
def test_links_in_submitted_are_not_followed(tiny: TinyCourse, take: Take, tmp_path: Path, place: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tiny.submitted / place).parent.mkdir(parents=True)
    (tiny.submitted / place).symlink_to(elsewhere)
    done = take({"ada/tiny.ipynb": b"A", "bob/tiny.ipynb": b"B"})
    assert actions(done) == {"ada": "refused", "bob": "new"}
    assert not list(elsewhere.iterdir())


HOSTILE = st.text(st.sampled_from("ab./\\: *?[]\n\0\u202eÅ山é"), min_size=1, max_size=12)


@given(names=st.lists(HOSTILE, min_size=1, max_size=5, unique=True))
def test_nothing_is_written_outside_of_submitted(names: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("around")
    course = Course(root / "a" / "course")
    (course.source / "tiny").mkdir(parents=True)
    (course.source / "tiny" / "tiny.ipynb").write_text("{}")
    (course.root / "nbgrader_config.py").write_text("c = get_config()\n")
    path = root / "download.zip"
    path.write_bytes(zipped({f"{name}/tiny.ipynb".lstrip("\0"): b"A" for name in names} | {"ok/tiny.ipynb": b"B"}))
    before = {p for p in root.rglob("*") if course.submitted not in p.parents}
    collect(course, "tiny", path, Lms.folder)
    lock = course.collecting_lock
    ours = {course.submitted, lock, lock.parent, lock.parent.parent, lms_names.place(course), lms_names.lock(course)}
    assert {p for p in root.rglob("*") if course.submitted not in p.parents} == before | ours
    assert all(STUDENT.fullmatch(p.name) for p in course.submitted.iterdir() if not p.name.startswith("."))
    assert "ok" in students(course, "tiny")


KILLED = """
import os, sys
from pathlib import Path
from autograder.collecting import collect
from autograder.course.course import Course
calls = 0
real = getattr(collect, sys.argv[1])
def die_at_the_second(*arguments):
    global calls
    calls += 1
    if calls == 2:
        os._exit(9)
    return real(*arguments)
setattr(collect, sys.argv[1], die_at_the_second)
collect.collect(Course(Path(sys.argv[2])), "tiny", Path(sys.argv[3]))
"""


@pytest.mark.parametrize("moment", ["sync_tree", "swap_in", "sync"])
def test_a_killed_run_can_be_started_again(tiny: TinyCourse, take: Take, tmp_path: Path, moment: str) -> None:
    pupils = ("ada", "bob", "eve")
    take({f"{name}/{file}": b"old" for name in pupils for file in ("tiny.ipynb", "x.csv")})
    (tmp_path / "download.zip").write_bytes(
        zipped({f"{name}/{file}": b"new" for name in pupils for file in ("tiny.ipynb", "y.csv")})
    )
    words = [sys.executable, "-c", KILLED, moment, str(tiny.root), str(tmp_path / "download.zip")]
    assert subprocess.run(words, check=False).returncode == 9
    for name in pupils:
        have = {path: data for path, data in submitted(tiny).items() if path.startswith(name)}
        assert have in (
            {f"{name}/tiny/tiny.ipynb": b"old", f"{name}/tiny/x.csv": b"old"},
            {f"{name}/tiny/tiny.ipynb": b"new", f"{name}/tiny/y.csv": b"new"},
        )
    assert students(tiny, "tiny") == list(pupils)
    collect(tiny, "tiny", tmp_path / "download.zip")
    assert submitted(tiny) == {f"{name}/tiny/{file}": b"new" for name in pupils for file in ("tiny.ipynb", "y.csv")}
    old = {(f"{name}/tiny/{file}", b"old") for name in pupils for file in ("tiny.ipynb", "x.csv")}
    assert {found for found in kept(tiny) if found[1] == b"old"} == old
    assert not (tiny.submitted / ".collecting").exists()


def test_two_runs_do_not_collect_at_once(tiny: TinyCourse, take: Take) -> None:
    with (
        held(tiny.collecting_lock, "is collecting"),
        pytest.raises(EnvironmentProblem, match=rf"Another process is collecting into .* \(process {os.getpid()} of"),
    ):
        take({"ada/tiny.ipynb": b"A"})
    assert actions(take({"ada/tiny.ipynb": b"A"})) == {"ada": "new"}


def configure(course: Course, *lines: str) -> None:
    """Add lines to the course's configuration."""
    path = course.root / "nbgrader_config.py"
    path.write_text("\n".join([path.read_text(), *lines, ""]))


def test_the_courses_own_expression_is_respected(tiny: TinyCourse, take: Take) -> None:
    with_roster(tiny)
    expression = r".*/(?P<student_id>\w+)_attempt_(?P<timestamp>[0-9\-]+)_(?P<file_id>\w+)"
    configure(tiny, f"c.FileNameCollectorPlugin.named_regexp = {expression!r}")
    content = {
        "ada_attempt_2024-05-01_tiny.ipynb": b"1",
        "ada_attempt_2024-06-01_tiny.ipynb": b"2",
        "12_99_tiny.ipynb": b"?",
    }
    done = take(content)
    assert done.layout == "the course's FileNameCollectorPlugin"
    assert actions(done) == {"ada": "new"}
    assert "12_99_tiny.ipynb was not taken" in done.refused[0]
    assert submitted(tiny) == {"ada/tiny/tiny.ipynb": b"2", "ada/tiny/timestamp.txt": b"2024-06-01 00:00:00 UTC\n"}
    assert take(content, Lms.folder, dry_run=True).layout == "folder"


def test_the_courses_own_plugin_is_respected_and_not_trusted(tiny: TinyCourse, take: Take) -> None:
    (tiny.root / "own_collector.py").write_text(
        "from nbgrader.plugins import FileNameCollectorPlugin\n"
        "from pathlib import Path\n\n\n"
        "class Own(FileNameCollectorPlugin):\n"
        "    def collect(self, submitted_file):\n"
        "        who = Path(submitted_file).stem\n"
        "        if who == 'broken':\n"
        "            raise KeyError(who)\n"
        "        return {'student_id': who[::-1], 'file_id': '../../x' if who == 'evil' else 'tiny'}\n"
    )
    configure(tiny, "c.ZipCollectApp.collector_plugin = 'own_collector.Own'")
    done = take({"ada.ipynb": b"A", "evil.ipynb": b"E", "broken.ipynb": b"B"})
    assert done.layout == "the course's Own"
    assert submitted(tiny) == {"ada/tiny/tiny.ipynb": b"A"}
    assert sorted(sentence.split(" ")[0] for sentence in done.refused) == ["broken.ipynb", "evil.ipynb"]
    configure(tiny, "c.ZipCollectApp.collector_plugin = 'nowhere.Plugin'")
    with pytest.raises(UsageError, match="collector plugin"):
        take({"ada.ipynb": b"A"})


def test_what_was_collected_can_be_graded(tiny: TinyCourse, take: Take) -> None:
    path = tiny.hand_in("somebody", **RIGHT)
    content = path.read_bytes()
    path.unlink()
    path.parent.rmdir()
    take({"ada_12_99_my homework.ipynb": content, "bob_LATE_13_98_tiny-2.ipynb": content})
    for student in ("ada", "bob"):
        submission = read_submission(tiny, "tiny", student)
        assert list(submission.notebooks) == ["tiny"]
        assert [cell.source for cell in submission.notebooks["tiny"].cells] == [
            cell.source for cell in nbformat.reads(content.decode(), 4).cells
        ]
    with Recorder(tiny, "tiny") as recorder:
        assert list(recorder.register()) == ["tiny"]


def test_the_command_line(tiny: TinyCourse, run_autograder: Run, tmp_path: Path) -> None:
    path = tmp_path / "download.zip"
    path.write_bytes(zipped({"ada_12_99_tiny.ipynb": b"A", "bob_LATE_13_98_tiny.ipynb": b"B", "../x": b"!"}))
    code, out, err = run_autograder("collect", "tiny", str(path), "--dry-run")
    assert code == 3
    assert "would be: 2 new" in out
    assert not tiny.submitted.exists()
    code, out, err = run_autograder("collect", "tiny", str(path))
    assert code == 3
    assert "layout: canvas" in out
    assert "LATE" in out
    assert "../x was not taken" in out
    assert "1 could not be taken, the others (2) are" in err
    path.write_bytes(zipped({"ada_12_99_letter.pdf": b"%PDF"}))
    code, _, err = run_autograder("collect", "tiny", str(path))
    assert code == 3
    assert "1 could not be taken, and there is nothing else in it." in err


def test_requests_that_make_no_sense(tiny: TinyCourse, tmp_path: Path) -> None:
    (tiny.submitted / "ada").mkdir(parents=True)
    (tmp_path / "no.zip").write_bytes(b"\x1f\x8b")
    (tmp_path / "empty").mkdir()
    for name, path, said in [
        ("nonsense", tmp_path, "no assignment called"),
        ("tiny", tmp_path / "nowhere.zip", "There is no"),
        ("tiny", tmp_path / "no.zip", "gzip"),
        ("tiny", tmp_path / "empty", "holds no file"),
        ("tiny", tiny.submitted, "where collected work goes"),
        ("tiny", tiny.submitted / "ada", "where collected work goes"),
        ("tiny", tiny.root, "where collected work goes"),
    ]:
        with pytest.raises(UsageError, match=said):
            collect(tiny, name, path)


@given(st.lists(st.sampled_from(["ada/x.ipynb", "a_1_2_x.ipynb", f"a_1{MOODLE}/x.ipynb"]), min_size=1, max_size=5))
def test_detection_does_not_depend_on_the_order(names: list[str]) -> None:
    from pathlib import PurePosixPath

    entries = [Entry(PurePosixPath(name), None, lambda most: b"") for name in names]
    assert detect(entries) == detect(reversed(entries))
