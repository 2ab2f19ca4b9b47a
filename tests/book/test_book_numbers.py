"""README and book print the accuracies that `make bench KEEP=1` has kept, and these meet what the course promises."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from book_pages import BOOK, CHAPTERS, ROOT
from book_words import captions, code, formulas, lines, pages_in_order, questions

MEASURED = json.loads((BOOK / "measured.json").read_text(encoding="utf-8"))
ROWS: list[dict[str, Any]] = MEASURED["accuracy"]
NAMES = {"digits": "vendored digits", "mnist": "MNIST", "notmnist": "notMNIST", "fashion_mnist": "Fashion-MNIST"}
PROMISED = {  # (network, data): what the tests of the trained network ask for
    ("two_layer", "digits"): 0.85,
    ("multi_layer", "digits"): 0.85,
    ("multi_layer", "mnist"): 0.85,
    ("momentum", "digits"): 0.8682,
    ("momentum", "notmnist"): 0.8682,
    ("deep, sigmoid", "digits"): 0.88,
    ("deep, sigmoid", "mnist"): 0.88,
    ("deep, ReLU", "digits"): 0.88,
    ("deep, ReLU", "fashion_mnist"): 0.78,
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['assignment']} on {row['data']}")
def test_the_readme_has_the_row(row: dict[str, Any]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    name, *network = row["assignment"].split(", ")
    label = ", ".join([f"`{name}`", *network])
    sizes = f"{row['training']:,}, {row['test']:,}"
    numbers = [f"{row[number]:.4f}" for number in ("minimum", "median", "maximum")]
    assert f"| {' | '.join([label, NAMES[row['data']], sizes, *numbers])} |" in readme


def test_the_readme_has_no_other_row() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^\| `[^|]*\| [^|]*\| [\d,]+, [\d,]+ \| 0\.\d{4} ", readme, re.M)) == len(ROWS)


def test_every_network_of_ten_seeds_passes_its_test() -> None:
    lowest = {(row["assignment"], row["data"]): row["minimum"] for row in ROWS}
    assert lowest.keys() >= PROMISED.keys()
    assert {key: lowest[key] for key, least in PROMISED.items() if lowest[key] < least + 0.01} == {}


@pytest.mark.parametrize(("name", "label"), [("He", "He"), ("0.01", "standard deviation 0.01")])
def test_the_readme_has_the_full_runs_on_clothes(name: str, label: str) -> None:
    run, readme = MEASURED["clothes"][name], (ROOT / "README.md").read_text(encoding="utf-8")
    pairs = [f"{run['losses'][epoch - 1]:.4f}, {run['accuracies'][epoch - 1]:.4f}" for epoch in (1, 5, 10, 50)]
    assert f"| {' | '.join([label, *pairs])} |" in readme


def test_the_full_run_on_clothes_reaches_what_the_sheet_prints() -> None:
    assert MEASURED["clothes"]["He"]["accuracies"][-1] >= 0.87


# Numbers of two or more digits that a sentence may hold though its page does not compute them, each with its reason.
DEFINED = {
    "10": "digits, classes, a base",
    "20": "a round number",
    "28": "pixels of an edge of an image",
    "100": "per cent",
    "784": "pixels of an image",
    "1000": "a round number",
    "3.11": "the oldest Python",
    "1797": "vendored images",
    "1347": "vendored images to train on",
    "450": "vendored images to test on",
    "10000": "images of MNIST to test on",
    "60000": "images of MNIST to train on",
}
NUMBER = re.compile(r"(?<![\w.-])\d[\d,]*(?:\.\d+)?(?![\w-])")
LAYERS = re.compile(r"\b\d+(?:-\d+)+\b")  # 784-30-10, and the pages of a reference
YEAR = re.compile(r"(?:19|20)\d\d")
READ = [path for path in pages_in_order() if path.stem in {*CHAPTERS, "index", "how-to-use", "in-pytorch", "sheets"}]


def numbers_in(text: str) -> set[str]:
    """Return the numbers of a code or formula as a sentence may write them: also in per cent."""
    text = re.sub(r"(?<=\d)(_|\{,\}|,(?=\d{3}\b))(?=\d)", "", text)
    found = set(re.findall(r"\d+(?:\.\d+)?(?:e-?\d+)?", text))
    return found | {f"{100 * float(number):g}" for number in found if re.fullmatch(r"0\.\d+", number)}


def has_two_digits(number: str) -> bool:
    return (
        len(number.replace(".", "").lstrip("0").rstrip("0" if "." not in number else "")) > 1 or int(float(number)) > 9
    )


@pytest.mark.parametrize("path", READ, ids=lambda path: path.stem)
def test_no_result_is_typed(path: Path) -> None:
    """A number is glued, or given: in a formula (a derivation), a code cell, a question or the list above."""
    given = set(map(float, numbers_in("\n".join([code(path), questions(path), *formulas(path)])) | set(DEFINED)))
    typed = []
    for line in (*lines(path), *captions(path, "caption")):
        text = "" if "{cite:" in line.raw else LAYERS.sub(" ", line.text)
        for number in (found.rstrip(",").replace(",", "") for found in NUMBER.findall(text)):
            if has_two_digits(number) and float(number) not in given and not YEAR.fullmatch(number):
                typed.append(f"{number}: {line}")
    assert not typed, f"{len(typed)} numbers are typed:\n" + "\n".join(typed)
