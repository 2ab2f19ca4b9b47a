"""The class report of a class that has everything: who is in which state, what the numbers are over, what is alike."""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
from base64 import b64decode
from pathlib import Path

import msgspec
import pytest
from bs4 import BeautifulSoup, Tag
from command import autograder
from reported_class import HOSTILE, data_of, reported_class
from tiny_course import TinyCourse
from told_course import SAID

from autograder.pages.report.data import Report
from autograder.records.changes import Change, ChangeList


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> TinyCourse:
    """Return the course, with a report."""
    made = reported_class(tmp_path_factory.mktemp("report") / "a course")
    assert autograder(made.root, "report", "tiny")[0] == 0
    return made


@pytest.fixture(scope="module")
def data(course: TinyCourse) -> dict:
    """Return what the report's JSON file holds."""
    return data_of(course)


@pytest.fixture(scope="module")
def page(course: TinyCourse) -> BeautifulSoup:
    """Return the page."""
    return BeautifulSoup((course.reports / "tiny" / "report.html").read_text(), "html.parser")


def text(tag: Tag | None) -> str:
    """Return the words of an element."""
    assert tag is not None
    return " ".join(tag.get_text(" ").split())


def exercise(data: dict, name: str) -> dict:
    return next(one for one in data["exercises"] if one["name"] == name)


def test_everybody_on_the_roster_has_a_state(data: dict, page: BeautifulSoup) -> None:
    assert {one["id"]: one["state"] for one in data["students"]} == {
        **dict.fromkeys(("ben", "cem", "dora", "emil", "hugo", "ines"), "graded"),
        "ada": "waits for a person",
        "fay": "not handed in",
        "gita": "refused",
        "mia": "refused",
        "zoe": "not graded yet",
    }
    assert text(page.select_one(".lead")) == (
        "11 students: 6 are graded, 1 is graded but for an answer that waits for a person, 1 has handed in and is not "
        "graded yet, 2 were refused and 1 has not handed in. 1 is late."
    )
    rows = {text(row.select_one(".id")): text(row) for row in page.select("table.students tbody tr")}
    assert len(rows) == 11
    assert rows["ada"].startswith("Ada King ada")
    assert "is not a notebook" in rows["gita"]
    assert "2 days late (2 days at 1 point each): 2 points off" in rows["hugo"]


def test_mean_and_median_say_over_whom(data: dict, page: BeautifulSoup) -> None:
    figures = data["figures"]
    assert (figures["students"], figures["most"], figures["left_out"]) == (7, 8, ["essay"])
    assert sum(figures["bars"]) == 7
    scores = {"ada": 8, "ben": 3, "cem": 3, "dora": 5, "emil": 5, "hugo": 6, "ines": 6}
    assert figures["mean"] == pytest.approx(sum(scores.values()) / 7)
    assert figures["median"] == 5
    said = text(page.select_one("header"))
    assert f"Mean {36 / 7:.2f} and median 5 of 8 points, over all 7 graded students" in said
    assert "Points for essay are left out for everybody" in said


def test_an_answer_that_waits_is_not_a_zero(data: dict, page: BeautifulSoup, course: TinyCourse) -> None:
    ada = next(one for one in data["students"] if one["id"] == "ada")
    assert ada["points"]["essay"] is None
    assert exercise(data, "essay")["graded"] == 6
    assert exercise(data, "essay")["waiting"] == 1
    row = next(row for row in page.select("table.students tbody tr") if text(row.select_one(".id")) == "ada")
    assert "?" in text(row.select("td")[-1])
    with (course.reports / "tiny" / "report.csv").open(newline="") as file:
        table = {line["student"]: line for line in csv.DictReader(file)}
    assert (table["ada"]["essay"], table["ben"]["essay"], table["fay"]["score"]) == ("", "3.0", "")


def test_messages_that_differ_in_a_number_are_one(data: dict) -> None:
    test = next(one for one in exercise(data, "square")["tests"] if one["name"] == "test-square-hidden")
    assert {"text": "square(3) is …, which is wrong", "students": 4, "exception": ""} in test["messages"]
    assert test["title"] == "A released comment"
    assert (test["looked_at"], test["passed"]) == (7, 3)


def test_a_mistake_is_counted_with_what_to_teach_again(data: dict, page: BeautifulSoup) -> None:
    (mistake, *_) = [one for one in exercise(data, "double")["mistakes"] if one["text"] == SAID]
    assert mistake["students"] == 1
    assert "equation (1.2) in chapter 1, Numbers" in mistake["see"]
    assert exercise(data, "quadruple")["followed"] == 3
    assert "too few to say (n = 7, 20 are needed)" in text(page.select_one("section table.sortable"))


def test_the_same_wrong_code_is_shown_side_by_side(data: dict, page: BeautifulSoup) -> None:
    (alike,) = data["alike"]
    assert (alike["exercise"], alike["students"]) == ("square", ["dora", "emil"])
    assert [code.get_text() for code in page.select(".beside code")] == alike["code"]
    assert "sum_of_all" in alike["code"][1]


@pytest.mark.parametrize(("groups", "alike"), [(("Reds", "Reds"), 0), (("Reds", "Blues"), 1)])
def test_a_group_has_the_same_code_since_it_hands_in_together(
    course: TinyCourse, tmp_path: Path, groups: tuple[str, str], alike: int
) -> None:
    copy = TinyCourse(Path(shutil.copytree(course.root, tmp_path / "grouped", symlinks=True)))
    (copy.root / "groups.csv").write_text(f"id,group\ndora,{groups[0]}\nemil,{groups[1]}\n")
    assert autograder(copy.root, "roster", "import", "groups.csv")[0] == 0
    assert autograder(copy.root, "report", "tiny")[0] == 0
    assert len(data_of(copy)["alike"]) == alike


def test_what_needs_the_instructor_is_named(data: dict, page: BeautifulSoup) -> None:
    found = text(page.select_one(".attention"))
    assert "This looks like your assignment other: mia" in found
    assert "Refused. Gita Rao (gita)" in found
    assert "Tampering. The text of the test cell test-square-hidden was changed: cem" in found
    assert "Not graded yet: zoe" in found
    assert "1 answer to essay" in found
    assert any(one["kind"] == "environment" and one["students"] == ["ines"] for one in data["irregular"])


def test_links_lead_to_feedback_and_notebook(course: TinyCourse, page: BeautifulSoup) -> None:
    links = [str(link["href"]) for link in page.select(".links a")]
    assert len(links) == 14
    for link in links:
        assert (course.reports / "tiny" / link).resolve().is_file()
    for link in page.select("a[href^='#']"):
        assert page.find(id=str(link["href"])[1:]) is not None


def test_nothing_of_a_student_is_markup_or_a_formula(course: TinyCourse, page: BeautifulSoup) -> None:
    html = (course.reports / "tiny" / "report.html").read_text()
    assert HOSTILE not in html
    assert len(page.select("script")) == 1
    assert HOSTILE in page.select_one("table.students").get_text(), "it is there as text"  # type: ignore[union-attr]
    assert not re.search(r"<(?:img|link|iframe|object)|(?:src|href)=.(?:https?|javascript):|url\(.?http", html)
    with (course.reports / "tiny" / "report.csv").open(newline="") as file:
        for line in csv.reader(file):
            assert not any(cell.startswith(("=", "+", "-", "@")) for cell in line)


def test_the_policy_allows_its_own_script_and_style_only(page: BeautifulSoup) -> None:
    policy = str(page.select_one("meta[http-equiv]")["content"])  # type: ignore[index]
    for kind in ("script", "style"):
        (allowed,) = re.findall(rf"{kind}-src 'sha256-([^']+)'", policy)
        (own,) = page.select(kind)
        assert b64decode(allowed) == hashlib.sha256(str(own.string).encode()).digest()
    assert "unsafe" not in policy


def test_the_data_keep_to_their_schema(course: TinyCourse) -> None:
    content = (course.reports / "tiny" / "report.json").read_bytes()
    report = msgspec.json.decode(content, type=Report)
    assert report.assignment == "tiny"
    assert report.data_sets == {"vendored": 7}


def test_a_report_without_names_tells_nobody(course: TinyCourse) -> None:
    before = (course.reports / "tiny" / "report.json").read_bytes()
    assert autograder(course.root, "report", "tiny", "--anonymous")[0] == 0
    assert (course.reports / "tiny" / "report.json").read_bytes() == before
    first = data_of(course, "report-anonymous")
    for kind in ("html", "csv", "json"):
        content = (course.reports / "tiny" / f"report-anonymous.{kind}").read_text()
        told = re.findall(r"\b(?:ada|ben|cem|dora|emil|gita|hugo|ines|mia|zoe|King|Noether)\b", content, re.IGNORECASE)
        assert told == []
        assert "wrote this" not in content
        assert "ipynb" not in content
        assert "nowhere_to_be_found" not in content
        assert "alert" not in content, "an exception says what its author likes"
    names = [one["id"] for one in first["students"]]
    assert names == sorted(set(names))
    assert len(names) == 11
    assert autograder(course.root, "report", "tiny", "--anonymous")[0] == 0
    assert [one["id"] for one in data_of(course, "report-anonymous")["students"]] == names


def test_a_small_class_is_listed_and_a_large_one_on_request(
    course: TinyCourse, monkeypatch: pytest.MonkeyPatch
) -> None:
    from autograder.doors import report_shown

    assert "Ada King (ada)" in autograder(course.root, "report", "tiny")[1]
    monkeypatch.setattr(report_shown, "MOST_STUDENTS", 3)
    assert "Ada King (ada)" not in autograder(course.root, "report", "tiny")[1]
    assert "Ada King (ada)" in autograder(course.root, "report", "tiny", "--all")[1]


def test_its_name_of_before_still_works(course: TinyCourse) -> None:
    assert autograder(course.root, "summary", "tiny")[0] == 0
    assert "summary" not in autograder(course.root, "--help")[1]


def test_all_assignments_with_weights(course: TinyCourse) -> None:
    code, out, _ = autograder(course.root, "report")
    assert code == 0
    assert "tiny" in out
    with (course.reports / "report.csv").open(newline="") as file:
        table = {line["student"]: line for line in csv.DictReader(file)}
    assert float(table["hugo"]["total_percent"]) == pytest.approx(100 * 9 / 12)
    assert (table["fay"]["total_percent"], table["fay"]["tiny_state"]) == ("0.0", "not handed in")
    assert (table["ada"]["total_percent"], table["ada"]["open_weight"]) == ("", "1.0")
    assert (table["zoe"]["tiny_percent"], table["zoe"]["tiny_state"]) == ("", "not graded yet")
    html = (course.reports / "report.html").read_text()
    assert HOSTILE not in html
    assert autograder(course.root, "report", "--anonymous")[0] == 0
    assert "Hugo" not in (course.reports / "report-anonymous.html").read_text()


@pytest.mark.parametrize(
    ("weights", "said"),
    [("{'tiny': -1}", "the weight of each assignment"), ("{'tinny': 1}", "no such assignment"), ("3", "a dictionary")],
)
def test_weights_that_make_no_sense_are_refused(course: TinyCourse, weights: str, said: str) -> None:
    config = course.root / "nbgrader_config.py"
    before = config.read_text()
    config.write_text(f"{before}\nc.Autograder.weights = {weights}\n")
    code, _, err = autograder(course.root, "report")
    config.write_text(before)
    assert code == 2
    assert said in " ".join(err.split())


def test_what_has_changed_since_the_report_before(course: TinyCourse) -> None:
    """The last test of this course: it changes a grade."""
    from nbgrader.api import Gradebook

    assert data_of(course)["since"] is None
    with Gradebook(f"sqlite:///{course.gradebook}") as book:
        grade = book.find_grade("essay", "tiny", "tiny", "ada")
        grade.manual_score, grade.needs_manual_grade = 4.0, False
        book.find_grade("essay", "tiny", "tiny", "ben").manual_score = 0.0
        book.find_grade("test-double-hidden", "tiny", "tiny", "ben").auto_score = 2.0
        book.db.commit()
    ChangeList(course, "tiny").add([Change("ben", "double", 0.0, 2.0, "test edited")])  # as a grading run does
    for _ in range(2):  # a second report forgets nothing
        assert autograder(course.root, "report", "tiny")[0] == 0
        since = data_of(course)["since"]
        assert since["states"] == {"graded": [6, 7], "waits for a person": [1, 0]}
        assert {one["student"]: (one["before"], one["after"], one["why"]) for one in since["scores"]} == {
            "ada": (8, 12, "essay ? → 4"),
            "ben": (6, 5, "double 0 → 2 (test edited); essay 3 → 0"),
        }
